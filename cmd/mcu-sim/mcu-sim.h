/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two ways of running the simulated board. */
#ifndef MCU_SIM_MCU_SIM_H
#define MCU_SIM_MCU_SIM_H

#include "mcu-fw/sim/model.h"

/* Serves the protocol of proto/lockstep.h; 0, or -1: it was broken. */
int serve_lockstep(struct model *);
/* Serves a pseudo-terminal in real time until a signal; 0 or a status. */
int serve_pty(struct model *, const char *link);

#endif
