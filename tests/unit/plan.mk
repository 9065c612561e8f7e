UNIT_TESTS += tests/unit/test-plan-stream
tests/unit/test-plan-stream_SRCS = tests/unit/test-plan-stream.c
UNIT_TESTS += tests/unit/test-effort
tests/unit/test-effort_SRCS = tests/unit/test-effort.c
UNIT_TESTS += tests/unit/test-scurve
tests/unit/test-scurve_SRCS = tests/unit/test-scurve.c
UNIT_TESTS += tests/unit/test-bed
tests/unit/test-bed_SRCS = tests/unit/test-bed.c tests/unit/steps-plan.c \
	tests/unit/steps-record.c
UNIT_TESTS += tests/unit/test-mesh-grid
tests/unit/test-mesh-grid_SRCS = tests/unit/test-mesh-grid.c
UNIT_TESTS += tests/unit/test-mesh-fill
tests/unit/test-mesh-fill_SRCS = tests/unit/test-mesh-fill.c
