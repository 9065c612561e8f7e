UNIT_TESTS += tests/unit/test-gcode
tests/unit/test-gcode_SRCS = tests/unit/test-gcode.c
FUZZERS += gcode
gcode_SRCS = tests/fuzz/gcode.c
