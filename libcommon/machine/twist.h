/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a twisted axis does to a probe beside the nozzle. */
#ifndef GANTRY_MACHINE_TWIST_H
#define GANTRY_MACHINE_TWIST_H

#include "machine/machine.h"

/*
 * The axis that carries nozzle and probe may be twisted along its length, so
 * that one of them hangs lower here and higher there.  As measured and saved
 * in [axis_twist_compensation], this is to be added to a height that was
 * probed at (x, y), the probe's place: straight lines between the points of
 * z_compensations from compensation_start_x to compensation_end_x, and of
 * zy_compensations along Y, and on beyond their ends.  mm; 0 without it.
 */
double machine_twist(const struct machine *, double x, double y);

#endif
