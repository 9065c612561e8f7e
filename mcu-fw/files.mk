# firmware core and the simulated machine: MCU_SIM_SRCS

# what was laid down, and its picture
PICTURE_SRCS = mcu-fw/sim/laid.c
