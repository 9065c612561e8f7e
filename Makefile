# Gantry: see README.md.  Files are listed by name in each folder's files.mk.
.SUFFIXES:
.DEFAULT_GOAL = all
.PHONY: all unit-tests list-programs check check-quick check-fresh fuzz bench demo install uninstall clean distclean distcheck

# demo and check set a new machine up by themselves; for the rest a person
# runs ./configure and sees what it says
ifneq ($(wildcard config.mk),)
include config.mk
ifneq ($(shell test configure -nt config.mk && echo old),)
$(if $(filter clean distclean,$(MAKECMDGOALS)),,$(error configure has changed: run it again, or make distclean))
endif
else ifneq ($(filter demo check check-quick check-fresh,$(MAKECMDGOALS)),)
$(if $(shell sh share/deps build >&2 && ./configure >&2 || echo failed),\
	$(error the set-up failed, see above))
include config.mk
else ifeq ($(filter clean distclean check-fresh,$(MAKECMDGOALS)),)
$(error run ./configure first)
endif

O ?= build
comma := ,
PREFIX ?= /usr/local
# V=1 shows the commands
ifeq ($(V),)
say = @printf '  %-4s %s\n' $(1) $(2);
else
say =
endif
ifneq ($(SAN),)
O := $(O)-$(subst $(comma),-,$(SAN))
endif

CPPFLAGS_ALL = -D_POSIX_C_SOURCE=200809L -I. -Ilibcommon $(CONFIG_CPPFLAGS) $(CPPFLAGS)
CFLAGS_ALL = $(CONFIG_CFLAGS) $(CFLAGS)
LDFLAGS_ALL = $(CONFIG_LDFLAGS) $(LDFLAGS)
ifneq ($(SAN),)
CFLAGS_ALL += -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all
LDFLAGS_ALL += -fsanitize=$(SAN)
endif

LIB_SRCS =
PROGS =
SCRIPTS =
UNIT_TESTS =
FUZZERS =
BENCH_PROGS =
# programs that tests look through
CHECK_PROGS =
include libcommon/files.mk
include mcu-fw/files.mk
include $(wildcard cmd/*/files.mk)
include tests/files.mk

LIB = $(O)/libcommon.a
LIB_OBJS = $(LIB_SRCS:%.c=$(O)/%.o)
BINS = $(PROGS:%=$(O)/%)

all: $(LIB) $(BINS) $(SCRIPTS:%=$(O)/%)

$(LIB): $(LIB_OBJS)
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $(LIB_OBJS)

# one rule a program: <name>_SRCS, <name>_LIBS
define program
$(O)/$(1): $$($(1)_SRCS:%.c=$(O)/%.o) $(LIB)
	$$(call say,LD,$$@)$$(CC) $$(LDFLAGS_ALL) -o $$@ $$($(1)_SRCS:%.c=$(O)/%.o) $(LIB) $$($(1)_LIBS) $$(CONFIG_LIBS)
OBJS += $$($(1)_SRCS:%.c=$(O)/%.o)
endef
$(foreach p,$(PROGS) $(UNIT_TESTS) $(BENCH_PROGS) $(CHECK_PROGS),$(eval $(call program,$(p))))

# one rule a script: it is told the version
define script
$(O)/$(1): $$($(1)_SRCS) config.h
	@mkdir -p $$(@D)
	@sed "s/@VERSION@/$$$$(sed -n 's/.*GANTRY_VERSION \"\(.*\)\"/\1/p' config.h)/" $$< >$$@
	@chmod +x $$@
endef
$(foreach p,$(SCRIPTS),$(eval $(call script,$(p))))

$(O)/%.o: %.c config.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(FILE_CFLAGS_$(subst /,_,$<)) -MMD -MP -c -o $@ $<

unit-tests: $(UNIT_TESTS:%=$(O)/%) $(CHECK_PROGS:%=$(O)/%)

list-programs:
	@printf '%s\n' $(PROGS) $(SCRIPTS)

BATS_TESTS = $(sort $(wildcard tests/*.bats tests/e2e/*.bats))

# Fuzz targets: FUZZERS += name, name_SRCS; tests/fuzz/seeds/name/ has seeds.
# check replays the seeds, `make fuzz` lets libFuzzer look for more.
FUZZ_REPLAYS = $(FUZZERS:%=$(O)/replay-%)
define fuzzer
replay-$(1)_SRCS = $$($(1)_SRCS) tests/fuzz/replay.c
$(call program,replay-$(1))
endef
$(foreach p,$(FUZZERS),$(eval $(call fuzzer,$(p))))

# behind all that adds to OBJS
-include $(LIB_OBJS:.o=.d) $(OBJS:.o=.d)

check: all unit-tests $(FUZZ_REPLAYS)
	@sh share/deps check camera
	@tests/run -j 2 $(O) $(UNIT_TESTS:%=$(O)/%) $(FUZZ_REPLAYS) $(BATS_TESTS)

check-quick: all unit-tests
	@tests/run -j 2 $(O) $(UNIT_TESTS:%=$(O)/%)

check-fresh:
	@tests/check-fresh

# FUZZ="name ..." FUZZ_SECONDS=600
FUZZ ?= $(FUZZERS)
FUZZ_SECONDS ?= 60
FUZZ_CFLAGS = -fsanitize=address,undefined,fuzzer-no-link \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
fuzz:
	@sh share/deps fuzz
	@$(MAKE) -s O=build-fuzz CC=clang CFLAGS="$(FUZZ_CFLAGS)" \
		$(FUZZ:%=build-fuzz/fuzz-%)
	@tests/fuzz/run build-fuzz $(FUZZ_SECONDS) $(FUZZ)

define fuzz_program
$(O)/fuzz-$(1): $$($(1)_SRCS:%.c=$(O)/%.o) $(LIB)
	$$(call say,LD,$$@)$$(CC) $$(CFLAGS) -fsanitize=fuzzer -o $$@ \
		$$($(1)_SRCS:%.c=$(O)/%.o) $(LIB) $$($(1)_LIBS) $$(CONFIG_LIBS)
endef
$(foreach p,$(FUZZERS),$(eval $(call fuzz_program,$(p))))

bench: all $(BENCH_PROGS:%=$(O)/%) $(CHECK_PROGS:%=$(O)/%)
	@sh share/deps bench
	@tests/bench/run $(O)

demo: all
	@sh share/deps demo
	@O=$(O) sh share/demo/run

MAN_PAGES = $(wildcard man/man1/*.1 man/man5/*.5)
SHARED = $(wildcard share/machines/* share/macros/* share/systemd/* \
	share/lint/* share/doc/*)
D = $(DESTDIR)$(PREFIX)
install: all
	mkdir -p $(D)/bin $(D)/share/man/man1 $(D)/share/man/man5 \
		$(D)/share/gantry/machines $(D)/share/gantry/macros \
		$(D)/share/gantry/systemd $(D)/share/gantry/lint \
		$(D)/share/gantry/doc
	cp $(BINS) $(SCRIPTS:%=$(O)/%) $(D)/bin/
	for p in $(MAN_PAGES); do \
		cp $$p $(D)/share/man/$$(basename $$(dirname $$p))/; done
	for f in $(SHARED); do \
		cp $$f $(D)/share/gantry/$$(basename $$(dirname $$f))/; done

uninstall:
	cd $(D)/bin && rm -f $(PROGS) $(SCRIPTS)
	for p in $(MAN_PAGES); do \
		rm -f $(D)/share/man/$$(basename $$(dirname $$p))/$$(basename $$p); \
	done
	rm -rf $(D)/share/gantry

# the committed tree, unpacked elsewhere, builds, passes and installs
distcheck:
	rm -rf build/dist && mkdir -p build/dist/gantry
	git archive HEAD | tar -x -C build/dist/gantry
	cd build/dist/gantry && ./configure >/dev/null && $(MAKE) -s all && \
		$(MAKE) -s check && $(MAKE) -s install PREFIX=/usr \
		DESTDIR=$$PWD/root && test -x root/usr/bin/printjob
	rm -rf build/dist

clean:
	rm -rf build build-*

distclean: clean
	rm -f config.h config.mk config.log
