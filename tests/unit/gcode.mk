UNIT_TESTS += tests/unit/test-gcode
tests/unit/test-gcode_SRCS = tests/unit/test-gcode.c
FUZZERS += gcode
gcode_SRCS = tests/fuzz/gcode.c
UNIT_TESTS += tests/unit/test-plan-traces
tests/unit/test-plan-traces_SRCS = tests/unit/test-plan-traces.c \
	tests/unit/gcode-machine.c
