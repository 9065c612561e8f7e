UNIT_TESTS += tests/unit/test-jinja
tests/unit/test-jinja_SRCS = tests/unit/test-jinja.c
FUZZERS += jinja
jinja_SRCS = tests/fuzz/jinja.c
