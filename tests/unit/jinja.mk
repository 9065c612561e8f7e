UNIT_TESTS += tests/unit/test-jinja
tests/unit/test-jinja_SRCS = tests/unit/test-jinja.c
FUZZERS += jinja
jinja_SRCS = tests/fuzz/jinja.c
UNIT_TESTS += tests/unit/test-macro-line
tests/unit/test-macro-line_SRCS = tests/unit/test-macro-line.c
UNIT_TESTS += tests/unit/test-macro-e2e
tests/unit/test-macro-e2e_SRCS = tests/unit/test-macro-e2e.c
