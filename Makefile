# Gantry: see README.md.  Files are listed by name in each folder's files.mk.
.SUFFIXES:
.PHONY: all unit-tests list-programs check check-quick demo install clean distclean

# demo and check set a new machine up by themselves; for the rest a person
# runs ./configure and sees what it says
ifneq ($(wildcard config.mk),)
include config.mk
else ifneq ($(filter demo check check-quick check-fresh,$(MAKECMDGOALS)),)
$(if $(shell sh share/deps build >&2 && ./configure >&2 || echo failed),\
	$(error the set-up failed, see above))
include config.mk
else ifeq ($(filter clean distclean check-fresh,$(MAKECMDGOALS)),)
$(error run ./configure first)
endif

O ?= build
comma := ,
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
	$(AR) rcs $@ $(LIB_OBJS)

# one rule a program: <name>_SRCS, <name>_LIBS
define program
$(O)/$(1): $$($(1)_SRCS:%.c=$(O)/%.o) $(LIB)
	$$(CC) $$(LDFLAGS_ALL) -o $$@ $$($(1)_SRCS:%.c=$(O)/%.o) $(LIB) $$($(1)_LIBS) $$(CONFIG_LIBS)
OBJS += $$($(1)_SRCS:%.c=$(O)/%.o)
endef
$(foreach p,$(PROGS) $(UNIT_TESTS),$(eval $(call program,$(p))))

# one rule a script: it is told the version
define script
$(O)/$(1): $$($(1)_SRCS) config.h
	@mkdir -p $$(@D)
	sed "s/@VERSION@/$$$$(sed -n 's/.*GANTRY_VERSION \"\(.*\)\"/\1/p' config.h)/" $$< >$$@
	chmod +x $$@
endef
$(foreach p,$(SCRIPTS),$(eval $(call script,$(p))))

$(O)/%.o: %.c config.mk
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(FILE_CFLAGS_$(subst /,_,$<)) -MMD -MP -c -o $@ $<

-include $(LIB_OBJS:.o=.d) $(OBJS:.o=.d)

unit-tests: $(UNIT_TESTS:%=$(O)/%)

list-programs:
	@printf '%s\n' $(PROGS) $(SCRIPTS)

BATS_TESTS = $(sort $(wildcard tests/*.bats tests/e2e/*.bats))

check: all unit-tests $(FUZZ_REPLAYS)
	@sh share/deps check
	@tests/run -j 2 $(O) $(UNIT_TESTS:%=$(O)/%) $(FUZZ_REPLAYS) $(BATS_TESTS)

check-quick: all unit-tests
	@tests/run -j 2 $(O) $(UNIT_TESTS:%=$(O)/%)

demo: all
	@sh share/deps demo
	@O=$(O) sh share/demo/run

clean:
	rm -rf build build-*

distclean: clean
	rm -f config.h config.mk config.log
