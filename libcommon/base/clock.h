/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host time: monotonic nanoseconds. */
#ifndef GANTRY_BASE_CLOCK_H
#define GANTRY_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_monotonic_ns(void);
int64_t clock_cpu_ns(void); /* CPU time of this process */

#endif
