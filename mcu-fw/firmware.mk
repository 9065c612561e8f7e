# make firmware BOARD=atmega2560: ELF, HEX or BIN, dictionary, size

.PHONY: firmware flash
FW_BOARDS = atmega2560 atmega1284p stm32f103 stm32h723
BOARD ?=
FW_WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wwrite-strings -Wundef -Wno-unused-parameter
FW_CFLAGS = -std=gnu11 -Os -g -ffunction-sections -fdata-sections -flto \
	-fno-common $(FW_WARN) -I. -Ilibcommon

FW_AVR_SRCS = mcu-fw/board/avr/main.c mcu-fw/board/avr/board.c \
	mcu-fw/board/avr/uart.c mcu-fw/board/avr/peripherals.c \
	mcu-fw/board/avr/dispatch.S

# firmware_board NAME, FAMILY, PREFIX, CHIP FLAGS, SOURCES, LINK FLAGS, IMAGE
define firmware_board
$(O)/firmware/$(1)/mkdict: mcu-fw/tools/mkdict.c mcu-fw/tools/dictionary.c \
	mcu-fw/core/messages.h mcu-fw/board/$(2)/dictionary.h $(O)/libcommon.a
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)$$(CC) $$(CPPFLAGS_ALL) $$(CFLAGS_ALL) -DBOARD_$(1) \
		-DBOARD_DICTIONARY='"mcu-fw/board/$(2)/dictionary.h"' -o $$@ \
		mcu-fw/tools/mkdict.c mcu-fw/tools/dictionary.c $(O)/libcommon.a -lz -lm

$(O)/firmware/$(1)/dictionary.c: $(O)/firmware/$(1)/mkdict
	$$(call say,DICT,$$@)$$< $(O)/firmware/$(1)/dictionary.json $$@

$(O)/firmware/$(1)/firmware.elf: $$(FW_CORE_SRCS) $(5) \
	$(O)/firmware/$(1)/dictionary.c $$(wildcard mcu-fw/core/*.h \
	mcu-fw/*.h mcu-fw/board/$(2)/*.h mcu-fw/board/arm/*.[hl]* libcommon/proto/*.h)
	$$(call say,$(3),$$@)$(3)gcc $(4) $$(FW_CFLAGS) -Imcu-fw/board/$(2) \
		$(6) -Wl,--gc-sections -Wl,-Map,$$(@:.elf=.map) -o $$@ \
		$$(FW_CORE_SRCS) $(5) $(O)/firmware/$(1)/dictionary.c

$(O)/firmware/$(1)/firmware.$(7): $(O)/firmware/$(1)/firmware.elf
	@$(3)objcopy -O $(if $(filter hex,$(7)),ihex,binary) \
		$(if $(filter hex,$(7)),-R .eeprom,) $$< $$@
endef

$(eval $(call firmware_board,atmega2560,avr,avr-,-mmcu=atmega2560,\
	$(FW_AVR_SRCS),-mrelax,hex))
$(eval $(call firmware_board,atmega1284p,avr,avr-,-mmcu=atmega1284p,\
	$(FW_AVR_SRCS),-mrelax,hex))

FW_ARM_SRCS = mcu-fw/board/arm/start.S mcu-fw/board/arm/arm.c \
	mcu-fw/board/arm/link.c mcu-fw/board/arm/string.c
FW_ARM_LINK = -nostdlib -Imcu-fw/board/arm/libc -T mcu-fw/board/arm/link.ld \
	-fno-builtin -lgcc
# where an image lies: flash and RAM, address and size
fw_place = -Wl,--defsym=ROM_START=$(1),--defsym=ROM_SIZE=$(2) \
	-Wl,--defsym=RAM_START=$(3),--defsym=RAM_SIZE=$(4)
# Creality's boot loader takes the first 28 KiB
FW_F1_ROM ?= 0x08007000
$(eval $(call firmware_board,stm32f103,stm32f1,arm-none-eabi-,\
	-mcpu=cortex-m3 -mthumb -DUART_IRQ=37 -DIRQ_COUNT=60,\
	$(FW_ARM_SRCS) mcu-fw/board/stm32f1/chip.c mcu-fw/board/stm32f1/i2c.c,\
	$(FW_ARM_LINK) $(call fw_place,$(FW_F1_ROM),484K,0x20000000,64K),bin))
$(eval $(call firmware_board,stm32h723,stm32h7,arm-none-eabi-,\
	-mcpu=cortex-m7 -mthumb -DUART_IRQ=37 -DIRQ_COUNT=163,\
	$(FW_ARM_SRCS) mcu-fw/board/stm32h7/chip.c \
	mcu-fw/board/stm32h7/buses.c,\
	$(FW_ARM_LINK) $(call fw_place,0x08020000,384K,0x20000000,128K),bin))

# the same code where qemu's stm32vldiscovery wants it
$(eval $(call firmware_board,stm32vldiscovery,stm32f1,arm-none-eabi-,\
	-mcpu=cortex-m3 -mthumb -DARM_NO_CYCLE_COUNTER -DUART_IRQ=37 -DIRQ_COUNT=60,\
	$(FW_ARM_SRCS) mcu-fw/board/stm32f1/chip.c mcu-fw/board/stm32f1/i2c.c,\
	$(FW_ARM_LINK) $(call fw_place,0x08000000,128K,0x20000000,8K),bin))

firmware: $(O)/libcommon.a
	@$(if $(filter $(BOARD),$(FW_BOARDS)),,\
		echo "firmware: say BOARD=, one of $(FW_BOARDS)" >&2; exit 64)
	@sh share/deps firmware
	@$(MAKE) -s --no-print-directory firmware-image BOARD=$(BOARD)
	@sh mcu-fw/tools/size $(BOARD) $(O)/firmware/$(BOARD)/firmware.elf

.PHONY: firmware-image
FW_IMAGE = $(if $(filter atmega%,$(BOARD)),hex,bin)
firmware-image: $(O)/firmware/$(BOARD)/firmware.$(FW_IMAGE)

# make flash BOARD=... [PORT=/dev/ttyUSB0]: where Debian has a tool for it
PORT ?= /dev/ttyUSB0
FW_FILE = $(O)/firmware/$(BOARD)/firmware.$(FW_IMAGE)
flash: firmware
	@case $(BOARD) in \
	atmega2560) set -- avrdude -p atmega2560 -c wiring -b 115200 -D \
		-P $(PORT) -U flash:w:$(FW_FILE):i ;; \
	atmega1284p) set -- avrdude -p atmega1284p -c arduino -b 57600 -D \
		-P $(PORT) -U flash:w:$(FW_FILE):i ;; \
	stm32h723) set -- dfu-util -d 0483:df11 -a 0 -s 0x08020000:leave \
		-D $(FW_FILE) ;; \
	*) echo "flash: copy $(FW_FILE) to an SD card under a new name" \
		"that ends in .bin, and switch the printer on with it" >&2; \
		exit 69 ;; \
	esac; \
	command -v $$1 >/dev/null || { \
		echo "flash: needs $$1 (Debian: $$1)" >&2; exit 69; }; \
	echo "$$@"; "$$@"
