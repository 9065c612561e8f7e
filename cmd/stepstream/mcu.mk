# everything behind mcu.h
MCU_SRCS = $(addprefix cmd/stepstream/, mcu.c mcu-accel.c mcu-accel-chip.c mcu-adc.c mcu-advice.c \
	mcu-connect.c mcu-endstop.c mcu-live.c mcu-output.c mcu-queue.c \
	mcu-session.c mcu-stepper.c mcu-survey.c recorder.c sample-clock.c transport-device.c \
	transport-sim.c)
