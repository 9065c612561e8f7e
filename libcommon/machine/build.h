/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the tree of a configuration to the machine, in pieces. */
#ifndef GANTRY_MACHINE_BUILD_H
#define GANTRY_MACHINE_BUILD_H

#include "machine/machine.h"
#include "machine/tree.h"

/* Everything is allocated in the tree's arena and lives as long as it. */
void *build_alloc(struct tree *, size_t n, size_t size);
char *build_strdup(struct tree *, const char *);

/* The pin of a key; false if the key is absent.  Aliases of [board_pins] are
 * replaced; the board must be known. */
bool build_pin(struct tree *, const struct tree_section *, const char *key,
    struct machine_pin *);
void build_spi(
    struct tree *, const struct tree_section *, struct machine_spi *);

/* Motors: the index in m->stepper, or -1 when there is no step_pin. */
int build_stepper(struct tree *, struct machine *, struct tree_section *);
/* tower: the carriage ends at its switch and has no position_max */
void build_rail(
    struct tree *, struct tree_section *, struct machine_rail *, bool tower);
void build_mcus(struct tree *, struct machine *);
void build_kinematics(struct tree *, struct machine *);
void build_one_rail(struct tree *, struct machine *, const char *name,
    struct machine_rail *, bool tower);
void build_other_kinematics(
    struct tree *, struct machine *, struct tree_section *printer);
void build_extra_steppers(struct tree *, struct machine *);
void build_probe(struct tree *, struct machine *);
void build_sensor(
    struct tree *, struct tree_section *, struct machine_sensor *);
/* an error that names the nearest known sensor */
void machine_unknown_sensor(
    struct tree *, const struct tree_section *, const char *type);
void build_heaters(struct tree *, struct machine *);
void build_fans(struct tree *, struct machine *);
void build_outputs(struct tree *, struct machine *);
void build_extruders(struct tree *, struct machine *);
void build_features(struct tree *, struct machine *);
void build_motors(struct tree *, struct machine *);
/* When all else is right: do its motors move the head? */
void build_kinematics_check(struct tree *, const struct machine *);
const char *build_rail_name(const struct tree *, const struct tree_section *a,
    const struct tree_section *b, const char *board_key);
/* All of it; errors are counted in the tree, which the machine then owns. */
struct machine *machine_from_tree(struct tree *);

/* --- build_advance.c ----------------------------------------------------- */
/* What the section says of pressure advance; laws other than the linear one
 * set the factor to 1. */
void build_advance(struct tree *, struct tree_section *,
    struct machine_advance *, double *factor);
/* The whole name of an axis' shaper of this type, arguments and all. */
char *build_shaper_name(struct tree *, struct tree_section *, char axis,
    const char *type, double freq);

#endif
