# the floors base, io and cli
UNIT_TESTS += tests/unit/test-base tests/unit/test-io tests/unit/test-cli
tests/unit/test-base_SRCS = tests/unit/test-base.c
tests/unit/test-io_SRCS = tests/unit/test-io.c
tests/unit/test-cli_SRCS = tests/unit/test-cli.c
