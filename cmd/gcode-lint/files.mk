PROGS += gcode-lint
# the checker, for the program and for its tests
LINT_SRCS = $(addprefix cmd/gcode-lint/, rules.c findings.c \
	report_text.c report_json.c report_tests.c facts.c macros.c header.c \
	heightmap.c flow.c habits.c objects.c summary.c beads.c diff.c fix.c lint.c \
	lint_line.c lint_command.c lint_heat.c lint_habits.c lint_warm.c lint_move.c lint_clear.c lint_machine.c lint_macros.c lint_extrude.c \
	lint_arc.c lint_object.c lint_plan.c lint_end.c lint_complaint.c)
gcode-lint_SRCS = cmd/gcode-lint/main.c cmd/gcode-lint/stream.c $(LINT_SRCS)
