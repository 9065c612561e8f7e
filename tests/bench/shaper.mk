# writes a recording of 130 s: the test program of the fit does it
BENCH_PROGS += tests/bench/shaper-recording
tests/bench/shaper-recording_SRCS = tests/unit/test-shaper-fit.c \
	tests/unit/shaper-synth.c $(SHAPER_SRCS)
tests/bench/shaper-recording_LIBS = $(SHAPER_LIBS)
