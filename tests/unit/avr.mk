# An ATmega in simavr: built only when a test or a bench asks for it, with the
# packages of share/deps firmware.
AVR_TEST_LIBS = $(O)/libcommon.a -lsimavr -lelf -lconfig -ljansson -lz -lm
AVR_TEST_CC = $(call say,CC,$@)mkdir -p $(@D) && $(CC) $(CPPFLAGS_ALL) \
	$(filter-out -Werror,$(CFLAGS_ALL)) -Wno-format-nonliteral -Imcu-fw/board/sim -o $@

$(O)/tests/avr/avr-run: tests/avr/avr-run.c tests/avr/chip.c \
	cmd/mcu-sim/lockstep.c cmd/mcu-sim/pty.c $(SIM_MODEL_SRCS) \
	mcu-fw/sim/laid.c | all
	$(AVR_TEST_CC) -Icmd/mcu-sim $^ $(AVR_TEST_LIBS)

$(O)/tests/avr/step-rate: tests/avr/step-rate.c tests/avr/host.c \
	tests/avr/chip.c | all
	$(AVR_TEST_CC) $^ $(AVR_TEST_LIBS)

$(O)/tests/avr/step-times: tests/avr/step-times.c tests/avr/host.c \
	tests/avr/chip.c | all
	$(AVR_TEST_CC) $^ $(AVR_TEST_LIBS)

$(O)/tests/avr/budget: tests/avr/budget.c tests/avr/host.c tests/avr/chip.c \
	| all
	$(AVR_TEST_CC) $^ $(AVR_TEST_LIBS)

# asks over a terminal: any emulator's, any board's
$(O)/tests/avr/protocol: tests/avr/protocol.c tests/avr/host.c tests/avr/tty.c \
	| all
	$(AVR_TEST_CC) $^ $(AVR_TEST_LIBS)
