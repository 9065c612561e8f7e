BENCH_PROGS += tests/bench/frame-age
tests/bench/frame-age_SRCS = tests/bench/frame-age.c tests/camera/parsers.c \
	tests/camera/net.c
tests/bench/frame-age_LIBS = -lturbojpeg
