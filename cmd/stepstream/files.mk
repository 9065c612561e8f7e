include cmd/stepstream/mcu.mk

PROGS += stepstream
STEPSTREAM_SRCS = $(addprefix cmd/stepstream/, accel.c axes.c axes-board.c axes-extra.c axes-left.c axes-setup.c axes-steps.c control.c control-request.c \
	events.c exclude.c exec.c fan.c homing.c input.c journal.c line.c probe.c profile.c recover.c report.c \
	salvage.c screws.c session.c session-events.c session-setup.c \
	session-tick.c surface.c)
stepstream_SRCS = cmd/stepstream/main.c $(STEPSTREAM_SRCS) $(MCU_SRCS)
stepstream_LIBS += -lpthread
