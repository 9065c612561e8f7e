FW_TEST_SRCS = tests/unit/fw-host.c $(FW_SIM_SRCS)
UNIT_TESTS += tests/unit/test-fw-command
tests/unit/test-fw-command_SRCS = tests/unit/test-fw-command.c $(FW_TEST_SRCS)
FUZZERS += frame-mcu
frame-mcu_SRCS = tests/fuzz/frame-mcu.c $(FW_TEST_SRCS)
UNIT_TESTS += tests/unit/test-fw-objects
tests/unit/test-fw-objects_SRCS = tests/unit/test-fw-objects.c $(FW_TEST_SRCS)
UNIT_TESTS += tests/unit/test-fw-dictionary
tests/unit/test-fw-dictionary_SRCS = tests/unit/test-fw-dictionary.c \
	$(FW_SIM_SRCS)
UNIT_TESTS += tests/unit/test-fw-h7
tests/unit/test-fw-h7_SRCS = tests/unit/test-fw-h7.c \
	mcu-fw/board/stm32h7/chip.c mcu-fw/board/stm32h7/buses.c
FILE_CFLAGS_tests_unit_test-fw-h7.c = -Imcu-fw/board/stm32h7
FILE_CFLAGS_mcu-fw_board_stm32h7_chip.c = -Imcu-fw/board/stm32h7
FILE_CFLAGS_mcu-fw_board_stm32h7_buses.c = -Imcu-fw/board/stm32h7
UNIT_TESTS += tests/unit/test-fw-devices
tests/unit/test-fw-devices_SRCS = tests/unit/test-fw-devices.c \
	tests/unit/fw-chips.c $(FW_TEST_SRCS)
UNIT_TESTS += tests/unit/test-fw-f1
tests/unit/test-fw-f1_SRCS = tests/unit/test-fw-f1.c mcu-fw/board/stm32f1/i2c.c
FILE_CFLAGS_tests_unit_test-fw-f1.c = -Imcu-fw/board/stm32f1
FILE_CFLAGS_mcu-fw_board_stm32f1_i2c.c = -Imcu-fw/board/stm32f1
UNIT_TESTS += tests/unit/test-fw-f1-chip
tests/unit/test-fw-f1-chip_SRCS = tests/unit/test-fw-f1-chip.c mcu-fw/board/stm32f1/chip.c
FILE_CFLAGS_tests_unit_test-fw-f1-chip.c = -Imcu-fw/board/stm32f1
FILE_CFLAGS_mcu-fw_board_stm32f1_chip.c = -Imcu-fw/board/stm32f1
