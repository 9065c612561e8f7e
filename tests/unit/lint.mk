UNIT_TESTS += tests/unit/test-lint-mutants
tests/unit/test-lint-mutants_SRCS = tests/unit/test-lint-mutants.c $(LINT_SRCS)
FUZZERS += lint
lint_SRCS = tests/fuzz/lint.c $(LINT_SRCS)
