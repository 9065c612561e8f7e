/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The surface of a bed, as smooth as motors want it. */
#ifndef GANTRY_MOTION_BED_H
#define GANTRY_MOTION_BED_H

#include "motion/jet.h"
#include "motion/mesh.h"

/*
 * What is added to Z where motors are driven: the mesh without its facets.
 * Between its points the height is a cubic in X and in Y (Catmull and Rom)
 * that meets them all and has no kink; outside of the mesh that of the edge is
 * held.  It fades with Z as any mesh does.  Where the machine is, the surface
 * of shift away counts, and the share of shift[2] above.
 */
struct bed {
	struct mesh mesh;
	struct mesh_fade fade;
	double shift[3]; /* BED_MESH_OFFSET */
};

double bed_offset(const struct bed *, const double pos[3]);
struct jet bed_jet(const struct bed *, const struct jet pos[3]);
/* Z of the plan where the machine is at pos. */
double bed_inverse(const struct bed *, const double pos[3]);

#endif
