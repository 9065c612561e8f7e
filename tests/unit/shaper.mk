UNIT_TESTS += tests/unit/test-shaper-def
tests/unit/test-shaper-def_SRCS = tests/unit/test-shaper-def.c
