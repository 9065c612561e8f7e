BENCH_PROGS += tests/bench/numbers
tests/bench/numbers_SRCS = tests/bench/numbers.c
