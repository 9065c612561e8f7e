/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fuzz target: one function that must survive any bytes. */
#ifndef GANTRY_TESTS_FUZZ_H
#define GANTRY_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#endif
