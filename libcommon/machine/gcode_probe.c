/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PROBE, PROBE_ACCURACY, BED_MESH_CALIBRATE: how high the bed is. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "machine/gcode_private.h"
#include "machine/tree.h"

#define ACCURACY_SAMPLES 10
#define NEAR_MM		 1e-9

/* as configured, or as the command has it; 0 or -1 */
int
gcode_probe_read(struct gcode_exec *ex, const struct gcode_line *line,
    double samples, struct plan_record *rec)
{
	const struct machine_probe *p = &ex->machine->probe;
	double retries = p->retries, speed = p->speed, lift = p->lift_speed;
	double retract = p->retract, tolerance = p->tolerance;
	const struct gcode_word *result = gcode_word(line, "SAMPLES_RESULT");

	*rec = gcode_record(ex, PLAN_PROBE);
	if (!p->pin.name)
		return gcode_fail(ex, NULL, "unknown-name",
		    "the machine has no [probe] with a pin");
	if (gcode_number(ex, line, "SAMPLES", 1, 1000, &samples) < 0 ||
	    gcode_number(
		ex, line, "SAMPLES_TOLERANCE_RETRIES", 0, 1000, &retries) < 0 ||
	    gcode_number(ex, line, "PROBE_SPEED", 1e-3, 1e5, &speed) < 0 ||
	    gcode_number(ex, line, "LIFT_SPEED", 1e-3, 1e5, &lift) < 0 ||
	    gcode_number(ex, line, "SAMPLE_RETRACT_DIST", 1e-3, 1e3, &retract) <
		0 ||
	    gcode_number(ex, line, "SAMPLES_TOLERANCE", 0, 1e3, &tolerance) < 0)
		return -1;
	rec->u.probe.median = p->median;
	if (result && !gcode_view_is(result->value, "MEDIAN") &&
	    !gcode_view_is(result->value, "AVERAGE"))
		return gcode_fail(ex, result->value.s, "bad-value",
		    "'SAMPLES_RESULT' is average or median");
	if (result)
		rec->u.probe.median = gcode_view_is(result->value, "MEDIAN");
	rec->u.probe.samples = (uint32_t)samples;
	rec->u.probe.retries = (uint32_t)retries;
	rec->u.probe.speed = speed;
	rec->u.probe.lift_speed = lift;
	rec->u.probe.retract = retract;
	rec->u.probe.tolerance = tolerance;
	rec->u.probe.low = ex->reach.low[2];
	return 0;
}

/* After the motion before; the head goes down from where it is. */
int
gcode_probe_post(struct gcode_exec *ex, struct plan_record *rec)
{
	double at[3];

	memcpy(at, planner_position(ex->planner), sizeof(at));
	if (gcode_on_bed(ex))
		at[2] += bed_offset(&ex->mesh.bed, at);
	if (!(at[2] > rec->u.probe.low))
		return gcode_fail(ex, NULL, "out-of-range",
		    "the head is at Z %.3f mm, as low as it may be (%g mm): "
		    "there is no way down to probe",
		    at[2], rec->u.probe.low);
	gcode_check_homing(ex, PLAN_Z, true);
	gcode_barrier(ex);
	gcode_post(ex, rec, NULL);
	return 0;
}

static int
probe(struct gcode_exec *ex, const struct gcode_line *line, double samples,
    uint32_t what)
{
	struct plan_record rec;

	if (gcode_probe_read(ex, line, samples, &rec))
		return -1;
	if (!(ex->homed & PLAN_Z))
		return gcode_fail(ex, NULL, "not-homed",
		    "'Z' is not homed: G28 has to come before probing");
	rec.u.probe.what = what;
	return gcode_probe_post(ex, &rec);
}

int
gcode_probe_for(
    struct gcode_exec *ex, const struct gcode_line *line, uint32_t what)
{
	return probe(ex, line, ex->machine->probe.samples, what);
}

int
gcode_do_probe(struct gcode_exec *ex, const struct gcode_line *line)
{
	return gcode_probe_for(ex, line, PLAN_PROBE_HEIGHT);
}

int
gcode_do_probe_accuracy(struct gcode_exec *ex, const struct gcode_line *line)
{
	return probe(ex, line, ACCURACY_SAMPLES, PLAN_PROBE_ACCURACY);
}

/* --- a mesh ----------------------------------------------------------------
 */

int
gcode_probe_go(struct gcode_exec *ex, const double nozzle[2], double z,
    double speed, double lift_speed)
{
	double to[4];

	memcpy(to, ex->st.last, sizeof(to));
	if (fabs(to[2] - z) > NEAR_MM) {
		to[2] = z;
		if (gcode_go(ex, to, lift_speed))
			return -1;
	}
	memcpy(to, nozzle, 2 * sizeof(*to));
	return gcode_go(ex, to, speed);
}

/* The probe above the point, at the height of travel. */
static int
go_above(struct gcode_exec *ex, const double at[2], double z, double speed,
    double lift_speed)
{
	const double *offset = ex->machine->probe.offset;
	double nozzle[2] = {at[0] - offset[0], at[1] - offset[1]};

	return gcode_probe_go(ex, nozzle, z, speed, lift_speed);
}

static int
probe_all(struct gcode_exec *ex, const struct gcode_line *line,
    const struct mesh_grid *g)
{
	const struct tree_section *s =
	    tree_section(machine_tree(ex->machine), "bed_mesh");
	double z = tree_double(s, "horizontal_move_z", 5);
	double speed = tree_double(s, "speed", 50);
	double lift = ex->machine->probe.lift_speed;
	struct plan_record rec;
	double zero[2];
	int r;

	if (gcode_number(ex, line, "HORIZONTAL_MOVE_Z", -10, 1e3, &z) < 0 ||
	    gcode_probe_read(ex, line, ex->machine->probe.samples, &rec))
		return -1;
	rec.u.probe.what = PLAN_PROBE_MESH;
	for (int i = 0; i < g->n_probes; i++) {
		const struct mesh_probe *p = &g->probe[i];

		if (go_above(ex, p->at, z, speed, i == 0 ? speed : lift))
			return -1;
		rec.u.probe.column = (uint32_t)p->column;
		rec.u.probe.row = (uint32_t)p->row;
		if (gcode_probe_post(ex, &rec))
			return -1;
	}
	r = gcode_mesh_zero(ex, g, zero);
	if (r <= 0)
		return r;
	rec.u.probe.what = PLAN_PROBE_ZERO;
	rec.u.probe.column = 0;
	rec.u.probe.row = 0;
	if (go_above(ex, zero, z, speed, lift))
		return -1;
	return gcode_probe_post(ex, &rec);
}

void
gcode_mesh_felt(struct gcode_exec *ex)
{
	struct plan_record rec = gcode_record(ex, PLAN_MESH);
	struct gcode_mesh *g = &ex->mesh;

	g->probed = true;
	memcpy(g->name, g->felt.name, sizeof(g->name));
	memcpy(rec.u.mesh.name, g->felt.name, sizeof(g->name));
	rec.u.mesh.columns = g->felt.columns;
	rec.u.mesh.rows = g->felt.rows;
	memcpy(rec.u.mesh.low, g->felt.low, sizeof(rec.u.mesh.low));
	memcpy(rec.u.mesh.high, g->felt.high, sizeof(rec.u.mesh.high));
	gcode_barrier(ex);
	gcode_post(ex, &rec, NULL);
	gcode_mesh_guess(ex);
	if (g->bed.shift[0] != 0 || g->bed.shift[1] != 0 ||
	    g->bed.shift[2] != 0)
		gcode_mesh_tell_offset(ex);
}

void
gcode_probe_tell_method(struct gcode_exec *ex, const struct gcode_line *line)
{
	const struct gcode_word *w = gcode_word(line, "METHOD");

	if (w && !gcode_view_is(w->value, "AUTOMATIC"))
		gcode_note(ex, DIAG_WARNING, w->value.s, "bad-value",
		    "'METHOD' is automatic and nothing else here");
}

/* What other hosts let a command say of a mesh, and is said elsewhere here. */
static void
tell_unread(struct gcode_exec *ex, const struct gcode_line *line)
{
	static const char *const key[] = {
	    "ALGORITHM", "BICUBIC_TENSION", "MESH_PPS"};

	gcode_probe_tell_method(ex, line);
	for (size_t i = 0; i < sizeof(key) / sizeof(key[0]); i++) {
		const struct gcode_word *w = gcode_word(line, key[i]);

		if (w)
			gcode_note(ex, DIAG_WARNING, w->value.s, "bad-value",
			    "'%s' counts in [bed_mesh] only", key[i]);
	}
}

int
gcode_probe_mesh(struct gcode_exec *ex, const struct gcode_line *line,
    const struct mesh_grid *grid)
{
	tell_unread(ex, line);
	struct gcode_mesh *g = &ex->mesh;
	char name[64];

	if (!gcode_text(line, "PROFILE", name) || !*name)
		memcpy(name, "default", sizeof("default"));
	gcode_mesh_drop(ex);
	gcode_mesh_forget(ex);
	if (probe_all(ex, line, grid))
		return -1;
	memset(&g->felt, 0, sizeof(g->felt));
	memcpy(g->felt.name, name, sizeof(name));
	g->felt.columns = (uint32_t)grid->count[0];
	g->felt.rows = (uint32_t)grid->count[1];
	memcpy(g->felt.low, grid->low, sizeof(g->felt.low));
	memcpy(g->felt.high, grid->high, sizeof(g->felt.high));
	gcode_mesh_felt(ex);
	return 0;
}

/* To the last stage, which has the mesh that was probed. */
void
gcode_mesh_tell_offset(struct gcode_exec *ex)
{
	struct plan_record rec = gcode_record(ex, PLAN_MESH_OFFSET);

	memcpy(rec.u.mesh_offset.shift, ex->mesh.bed.shift,
	    sizeof(rec.u.mesh_offset.shift));
	gcode_barrier(ex);
	gcode_post(ex, &rec, NULL);
}

void
gcode_mesh_forget(struct gcode_exec *ex)
{
	struct plan_record rec = gcode_record(ex, PLAN_MESH);

	if (!ex->mesh.probed)
		return;
	ex->mesh.probed = false;
	gcode_barrier(ex);
	gcode_post(ex, &rec, NULL);
	gcode_mesh_guess(ex);
}
