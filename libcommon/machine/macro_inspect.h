/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What templates read, for --list, --check and --cover. */
#ifndef GANTRY_MACHINE_MACRO_INSPECT_H
#define GANTRY_MACHINE_MACRO_INSPECT_H

#include <stdbool.h>

struct jj_node;
struct macro_template;

#define MACRO_PARAMS_MAX 200

struct macro_read {
	const char *name;
	const struct jj_node *at;  /* the first place */
	const struct jj_node *def; /* of |default(...), or NULL */
	bool has_default, guarded; /* "is defined", "in params", "if" */
};

struct macro_params {
	struct macro_read v[MACRO_PARAMS_MAX];
	unsigned n;
	bool all; /* params or rawparams are used as a whole */
};

void macro_read_params(const struct macro_template *, struct macro_params *);

#endif
