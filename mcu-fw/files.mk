# firmware core and the simulated machine: MCU_SIM_SRCS

# what was laid down, and its picture
PICTURE_SRCS = mcu-fw/sim/laid.c mcu-fw/sim/picture.c mcu-fw/sim/canvas.c \
	mcu-fw/sim/canvas_png.c
FILE_CFLAGS_mcu-fw_sim_canvas_png.c = $(CAIRO_CPPFLAGS)
PICTURE_LIBS = $(CAIRO_LIBS)
