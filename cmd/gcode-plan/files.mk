PROGS += gcode-plan
gcode-plan_SRCS = cmd/gcode-plan/main.c cmd/gcode-plan/exclude.c \
	cmd/gcode-plan/input.c \
	cmd/gcode-plan/json.c cmd/gcode-plan/objects.c \
	cmd/gcode-plan/plot.c cmd/gcode-plan/plot_signal.c cmd/gcode-plan/resume.c \
	cmd/gcode-plan/summary.c
