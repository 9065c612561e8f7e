# make firmware BOARD=atmega2560: ELF, HEX or BIN, dictionary, size

.PHONY: firmware flash
FW_BOARDS = atmega2560 atmega1284p
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
	mcu-fw/*.h mcu-fw/board/$(2)/*.h libcommon/proto/*.h)
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

firmware: $(O)/libcommon.a
	@$(if $(filter $(BOARD),$(FW_BOARDS)),,\
		echo "firmware: say BOARD=, one of $(FW_BOARDS)" >&2; exit 64)
	@sh share/deps firmware
	@$(MAKE) -s --no-print-directory firmware-image BOARD=$(BOARD)
	@sh mcu-fw/tools/size $(BOARD) $(O)/firmware/$(BOARD)/firmware.elf

.PHONY: firmware-image
FW_IMAGE = $(if $(filter atmega%,$(BOARD)),hex,bin)
firmware-image: $(O)/firmware/$(BOARD)/firmware.$(FW_IMAGE)
