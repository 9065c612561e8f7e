PROGS += mcu-sim
mcu-sim_SRCS = cmd/mcu-sim/main.c cmd/mcu-sim/lockstep.c cmd/mcu-sim/pty.c \
	$(FW_SIM_SRCS) $(SIM_MODEL_SRCS) $(PICTURE_SRCS)
mcu-sim_LIBS = $(PICTURE_LIBS)
