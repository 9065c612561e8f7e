# The firmware's core and its boards; the simulated machine around it.

FW_CORE_SRCS = mcu-fw/core/sched.c mcu-fw/core/command.c \
	mcu-fw/core/basic.c mcu-fw/core/stepper.c mcu-fw/core/dry_stop.c mcu-fw/core/trsync.c \
	mcu-fw/core/endstop.c mcu-fw/core/digital_out.c \
	mcu-fw/core/pwm_out.c mcu-fw/core/adc.c mcu-fw/core/spi.c \
	mcu-fw/core/bulk.c mcu-fw/core/buttons.c mcu-fw/core/display.c \
	mcu-fw/core/i2c.c mcu-fw/core/tmcuart.c mcu-fw/core/thermocouple.c \
	mcu-fw/core/counter.c mcu-fw/core/neopixel.c mcu-fw/core/fifo_sensor.c \
	mcu-fw/core/survive.c

# the firmware as a part of a program on the host: a chip on a virtual clock
FW_SIM_SRCS = $(FW_CORE_SRCS) mcu-fw/board/sim/board.c \
	mcu-fw/board/sim/wire.c mcu-fw/board/sim/dictionary.c \
	mcu-fw/tools/dictionary.c
$(foreach f,$(FW_SIM_SRCS),\
	$(eval FILE_CFLAGS_$(subst /,_,$(f)) = -Imcu-fw/board/sim))

# what was laid down, and its picture
PICTURE_SRCS = mcu-fw/sim/laid.c mcu-fw/sim/picture.c mcu-fw/sim/canvas.c \
	mcu-fw/sim/canvas_png.c
FILE_CFLAGS_mcu-fw_sim_canvas_png.c = $(CAIRO_CPPFLAGS)
PICTURE_LIBS = $(CAIRO_LIBS)

# the machine behind the pins
SIM_MODEL_SRCS = mcu-fw/sim/model.c mcu-fw/sim/motion.c mcu-fw/sim/thermal.c \
	mcu-fw/sim/beside.c mcu-fw/sim/faults.c mcu-fw/sim/frame.c mcu-fw/sim/adxl345.c \
	mcu-fw/sim/fifo_chip.c

include mcu-fw/firmware.mk
