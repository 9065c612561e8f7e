/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bed that Z follows: what was felt, or what the plan has told. */
#include "surface.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "cli/cli.h"

/* Rounding of what plan and machine have reckoned apart, mm. */
#define NEAR_MM 1e-7

void
surface_flat(struct session *s)
{
	axes_set_bed(&s->axes, NULL);
}

void
surface_follow(struct session *s)
{
	axes_set_bed(&s->axes, s->bed.mesh.z ? &s->bed : NULL);
}

void
surface_release(struct session *s)
{
	bed_release(&s->bed);
	mesh_release(&s->rows);
}

static void
change(struct session *s, const struct bed *bed, bool known)
{
	surface_flat(s);
	if (bed->node != s->bed.node)
		bed_release(&s->bed);
	s->bed = *bed;
	s->bed_known = known;
	surface_follow(s);
}

int
surface_take(struct session *s, const struct bed *bed, bool known)
{
	double to[3];

	memcpy(to, s->axes.pos, sizeof(to));
	change(s, bed, known);
	return session_move_to(s, to, s->machine->max_z_velocity);
}

int
surface_shift(struct session *s, const double shift[3])
{
	struct bed bed = s->bed;

	memcpy(bed.shift, shift, sizeof(bed.shift));
	return surface_take(s, &bed, s->bed_known);
}

/* --- what the plan tells -----------------------------------------------------
 */

static void
keep_row(struct session *s, const struct plan_record *r)
{
	const struct plan_doubles *row = &r->u.mesh_row.z;
	struct mesh *m = &s->rows;

	if (r->u.mesh_row.row == 0)
		mesh_release(m);
	m->nx = (int)row->n;
	m->ny = (int)r->u.mesh_row.row + 1;
	m->z =
	    xreallocarray(m->z, (size_t)m->nx * (size_t)m->ny, sizeof(*m->z));
	memcpy(m->z + (size_t)m->nx * r->u.mesh_row.row, row->v,
	    (size_t)m->nx * sizeof(*m->z));
}

static int
refuse(struct session *s, const struct plan_record *r, const char *why)
{
	session_stop(s, STOP_REFUSED, EXIT_BAD_DATA,
	    "the mesh '%s' of the plan is of no use: %s", r->u.mesh_use.name,
	    why);
	return -1;
}

/* The points of a new bed, or those that it had if no rows have come. */
static int
find_points(struct session *s, const struct plan_record *r, struct bed *bed)
{
	const double *low = r->u.mesh_use.low, *high = r->u.mesh_use.high;
	struct mesh *m = &bed->mesh;

	if (!s->rows.z && !s->bed_known)
		return refuse(s, r, "its points have not come");
	if (!s->rows.z) {
		*bed = s->bed;
		return 0;
	}
	*m = s->rows;
	memset(&s->rows, 0, sizeof(s->rows));
	m->x0 = low[0];
	m->y0 = low[1];
	m->dx = (high[0] - low[0]) / (m->nx - 1);
	m->dy = (high[1] - low[1]) / (m->ny - 1);
	return 0;
}

/* The bed as told, or flat. */
static int
told(struct session *s, const struct plan_record *r, struct bed *bed)
{
	const char *why;

	memset(bed, 0, sizeof(*bed));
	if (r->u.mesh_use.rows == 0)
		return 0;
	if (find_points(s, r, bed) != 0)
		return -1;
	bed->fade.start = r->u.mesh_use.fade[0];
	bed->fade.end = r->u.mesh_use.fade[1];
	bed->fade.target = r->u.mesh_use.fade[2];
	memcpy(bed->shift, r->u.mesh_use.shift, sizeof(bed->shift));
	if (bed_ready(bed, &why) == 0)
		return 0;
	if (bed->node != s->bed.node)
		bed_release(bed);
	return refuse(s, r, why);
}

/* The head stands still, at another Z of the plan.  Should that differ from
 * the plan's own, it goes there as slowly as Z may. */
static int
use(struct session *s, const struct plan_record *r)
{
	double to[4];
	struct bed bed;

	if (told(s, r, &bed) != 0)
		return -1;
	change(s, &bed, bed.mesh.z != NULL);
	memcpy(to, s->axes.pos, sizeof(to));
	to[2] = r->u.mesh_use.z;
	if (s->axes.homed & PLAN_Z && fabs(to[2] - s->axes.pos[2]) > NEAR_MM)
		return session_move_to(s, to, s->machine->max_z_velocity);
	if (!(s->axes.homed & PLAN_Z))
		axes_set_position(&s->axes, to);
	return 0;
}

int
surface_record(struct session *s, const struct plan_record *r)
{
	if (r->type == PLAN_MESH_USE)
		return use(s, r);
	keep_row(s, r);
	return 0;
}
