UNIT_TESTS += tests/unit/test-line
tests/unit/test-line_SRCS = tests/unit/test-line.c cmd/stepstream/line.c \
	cmd/stepstream/profile.c
UNIT_TESTS += tests/unit/test-crew
tests/unit/test-crew_SRCS = tests/unit/test-crew.c
UNIT_TESTS += tests/unit/test-heater
tests/unit/test-heater_SRCS = tests/unit/test-heater.c
UNIT_TESTS += tests/unit/test-sample-clock
tests/unit/test-sample-clock_SRCS = tests/unit/test-sample-clock.c \
	cmd/stepstream/sample-clock.c
FUZZERS += executor
executor_SRCS = tests/fuzz/executor.c $(STEPSTREAM_SRCS) $(MCU_SRCS)
