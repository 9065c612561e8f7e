# UNIT_TESTS += tests/unit/test-name, tests/unit/test-name_SRCS = tests/unit/test-name.c
include $(wildcard tests/unit/*.mk)
include $(wildcard tests/bench/*.mk)
