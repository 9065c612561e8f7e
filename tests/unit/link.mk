UNIT_TESTS += tests/unit/test-link
tests/unit/test-link_SRCS = tests/unit/test-link.c tests/unit/lossy.c
UNIT_TESTS += tests/unit/test-wire
tests/unit/test-wire_SRCS = tests/unit/test-wire.c
FUZZERS += frame-host dict
frame-host_SRCS = tests/fuzz/frame-host.c
dict_SRCS = tests/fuzz/dict.c
