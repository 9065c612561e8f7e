PROGS += printerconf
printerconf_SRCS = $(addprefix cmd/printerconf/, main.c check.c conf.c \
	import.c keys.c macros.c motor.c motor_plot.c set.c show.c) \
	mcu-fw/sim/canvas.c mcu-fw/sim/canvas_png.c
printerconf_LIBS = $(PICTURE_LIBS)
