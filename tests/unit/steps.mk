UNIT_TESTS += tests/unit/test-steps-traces
tests/unit/test-steps-traces_SRCS = tests/unit/test-steps-traces.c \
	tests/unit/steps-record.c
