UNIT_TESTS += tests/unit/test-shaper-def
tests/unit/test-shaper-def_SRCS = tests/unit/test-shaper-def.c
UNIT_TESTS += tests/unit/test-shaper-fit
tests/unit/test-shaper-fit_SRCS = tests/unit/test-shaper-fit.c \
	tests/unit/shaper-synth.c $(SHAPER_SRCS)
tests/unit/test-shaper-fit_LIBS = $(SHAPER_LIBS)
UNIT_TESTS += tests/unit/test-shaper-expected
tests/unit/test-shaper-expected_SRCS = tests/unit/test-shaper-expected.c \
	$(SHAPER_SRCS)
tests/unit/test-shaper-expected_LIBS = $(SHAPER_LIBS)
FUZZERS += accel-csv
accel-csv_SRCS = tests/fuzz/accel-csv.c $(SHAPER_SRCS)
accel-csv_LIBS = $(SHAPER_LIBS)
replay-accel-csv_LIBS = $(SHAPER_LIBS)
