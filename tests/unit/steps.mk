UNIT_TESTS += tests/unit/test-steps-traces
tests/unit/test-steps-traces_SRCS = tests/unit/test-steps-traces.c \
	tests/unit/steps-record.c
UNIT_TESTS += tests/unit/test-steps-encode
tests/unit/test-steps-encode_SRCS = tests/unit/test-steps-encode.c \
	tests/unit/steps-record.c
UNIT_TESTS += tests/unit/test-steps
tests/unit/test-steps_SRCS = tests/unit/test-steps.c tests/unit/steps-record.c
UNIT_TESTS += tests/unit/test-steps-filter
tests/unit/test-steps-filter_SRCS = tests/unit/test-steps-filter.c \
	tests/unit/steps-plan.c tests/unit/steps-record.c
UNIT_TESTS += tests/unit/test-kinematics
tests/unit/test-kinematics_SRCS = tests/unit/test-kinematics.c
UNIT_TESTS += tests/unit/test-every-kinematics
tests/unit/test-every-kinematics_SRCS = tests/unit/test-every-kinematics.c
UNIT_TESTS += tests/unit/test-motors
tests/unit/test-motors_SRCS = tests/unit/test-motors.c
