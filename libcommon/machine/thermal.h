/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How parts of a printer warm up and cool down. */
#ifndef GANTRY_MACHINE_THERMAL_H
#define GANTRY_MACHINE_THERMAL_H

/*
 * A heater warms a block, the block warms a sensor, the room cools the block,
 * the part fan more so.  The simulated machine is made of these, and the time
 * that a print waits for heat is reckoned with them.  J/K, W/K, W/K more with
 * the fan at full speed, W, s: typical of such parts.
 */
struct thermal_body {
	double capacity, loss, fan_loss, power, lag;
};

#define THERMAL_AMBIENT_DEG_C 22.0
/* RMS of a reading */
#define THERMAL_NOISE_DEG_C 0.05
/* the lumps are moved so far at once, s */
#define THERMAL_STEP_S 0.05

/* by the name of the heater: hot-end, bed, or chamber */
const struct thermal_body *thermal_body(const char *heater);

/* dt seconds (at most THERMAL_STEP_S) with power_w and the fan at 0..1 */
void thermal_step(const struct thermal_body *, double dt, double power_w,
    double fan, double *block, double *sense);

#endif
