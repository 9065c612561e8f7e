# runs a command and writes down its times and its memory
BENCH_PROGS += tests/bench/timed
tests/bench/timed_SRCS = tests/bench/timed.c
