UNIT_TESTS += tests/unit/test-klippercfg
tests/unit/test-klippercfg_SRCS = tests/unit/test-klippercfg.c
UNIT_TESTS += tests/unit/test-machine
tests/unit/test-machine_SRCS = tests/unit/test-machine.c
UNIT_TESTS += tests/unit/test-torque
tests/unit/test-torque_SRCS = tests/unit/test-torque.c
FUZZERS += config
config_SRCS = tests/fuzz/config.c
