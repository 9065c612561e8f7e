/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the readers of the several formats share. */
#ifndef GANTRY_SHAPER_DATA_PRIVATE_H
#define GANTRY_SHAPER_DATA_PRIVATE_H

#include "data.h"

#define GRAVITY_MM_S2 9806.65

/* a reader in the middle of its file */
struct data_reader {
	struct input *in;
	struct data_handler *h;
	struct data_rows rows;
	double last_t_s;
	bool any;
};

/* one row; -1 when the handler stops */
int data_emit(struct data_reader *, double t_s, const double a[3]);
int data_flush(struct data_reader *);

/* A decimal number at p: its end, or NULL when there is none.  Exact. */
const char *data_number(const char *p, const char *end, double *out);

/* n numbers with commas between them, in limits; reports and returns -1 */
int data_fields(const struct input *, const char *text, size_t len, bool whole,
    int n, double *out);

int data_read_raw(
    struct data_reader *, const char *text, size_t len, bool whole);
int data_read_duet(struct data_reader *, const char *text, size_t len);
int data_read_stored(struct data_reader *, const char *text, size_t len);
int data_read_json(struct data_reader *);

#endif
