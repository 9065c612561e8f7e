UNIT_TESTS += tests/unit/test-klippercfg
tests/unit/test-klippercfg_SRCS = tests/unit/test-klippercfg.c
