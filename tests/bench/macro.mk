BENCH_PROGS += tests/bench/macro
tests/bench/macro_SRCS = tests/bench/macro.c
