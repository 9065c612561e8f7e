UNIT_TESTS += tests/unit/test-plan-stream
tests/unit/test-plan-stream_SRCS = tests/unit/test-plan-stream.c
