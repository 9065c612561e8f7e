# firmware core and the simulated machine: MCU_SIM_SRCS

# what was laid down, and its picture
PICTURE_SRCS = mcu-fw/sim/laid.c mcu-fw/sim/picture.c mcu-fw/sim/canvas.c \
	mcu-fw/sim/canvas_png.c
