UNIT_TESTS += tests/unit/test-gcode
tests/unit/test-gcode_SRCS = tests/unit/test-gcode.c
FUZZERS += gcode
gcode_SRCS = tests/fuzz/gcode.c
UNIT_TESTS += tests/unit/test-plan-traces
tests/unit/test-plan-traces_SRCS = tests/unit/test-plan-traces.c \
	tests/unit/gcode-machine.c
UNIT_TESTS += tests/unit/test-planner
tests/unit/test-planner_SRCS = tests/unit/test-planner.c
UNIT_TESTS += tests/unit/test-arc tests/unit/test-gcode-exec
tests/unit/test-arc_SRCS = tests/unit/test-arc.c
tests/unit/test-gcode-exec_SRCS = tests/unit/test-gcode-exec.c \
	tests/unit/gcode-machine.c
FUZZERS += gcode-exec plan
gcode-exec_SRCS = tests/fuzz/gcode-exec.c tests/unit/gcode-machine.c
plan_SRCS = tests/fuzz/plan.c
UNIT_TESTS += tests/unit/test-reach
tests/unit/test-reach_SRCS = tests/unit/test-reach.c
UNIT_TESTS += tests/unit/test-print-time
tests/unit/test-print-time_SRCS = tests/unit/test-print-time.c \
	tests/unit/gcode-machine.c
UNIT_TESTS += tests/unit/test-mesh
tests/unit/test-mesh_SRCS = tests/unit/test-mesh.c tests/unit/gcode-machine.c
