/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame that rings, and the accelerometer that feels it. */
#ifndef GANTRY_SIM_FRAME_H
#define GANTRY_SIM_FRAME_H

#include "base/diag.h"
#include "lang/json.h"
#include "machine/machine.h"

/*
 * Each axis carries its head through springs: modes that are driven by their
 * base, the motor's position.  Between two steps the base moves evenly, so a
 * mode only sees changes of speed and everything between them is exact.  What
 * is felt therefore lags FRAME_LAG_S behind: a step must have been made before
 * the way to it is known.
 *
 * The head's acceleration, gravity and noise are sampled by a sensor that is
 * read register by register over SPI or I2C, with its FIFO, its rate a little
 * off and its steps: an ADXL345, LIS2DW, LIS3DH, MPU9250, ICM20948 or BMI160,
 * as the configuration has one on the main board.
 */
#define FRAME_LAG_S 0.010

enum {
	FRAME_MODES_MAX = 8,
};

struct frame_mode {
	int axis;
	double freq_hz, damping;
	double gain; /* share of the head's motion that goes through it */
};

/* "x:52:0.05[:0.8]": 0, or -1 after reporting. */
int frame_mode_parse(const char *text, struct frame_mode *, struct diag_sink *);

struct model;
struct frame;

/* clock_percent: how fast the accelerometer's clock goes */
struct frame *frame_new(struct model *, const struct frame_mode *, int n_modes,
    double clock_percent);
void frame_free(struct frame *);
/* The carriage has moved: to be called after each step. */
void frame_moved(struct frame *, const double pos[MACHINE_AXES]);
/* {"x": {"ring_mm": ..., "stops": ...}, ...}: how far each axis swung when its
 * motor had stopped for the last time. */
void frame_report(struct frame *, struct json *);

#endif
