include cmd/stepstream/mcu.mk

# the program itself: add its files here, and PROGS += stepstream
stepstream_SRCS = $(MCU_SRCS)
