/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stepper motors: moves of many steps, each at its tick. */
#ifndef GANTRY_FW_STEPPER_H
#define GANTRY_FW_STEPPER_H

#include <stdint.h>

struct stepper;
struct stepper *stepper_get(uint8_t oid);

#endif
