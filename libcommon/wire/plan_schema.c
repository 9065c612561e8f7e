/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each record of the plan stream holds. */
#include "wire/plan_schema.h"

#include <string.h>

#include "base/endian.h"

const unsigned char plan_magic[8] = {
    0x89, 'G', 'P', 'L', '\r', '\n', 0x1a, '\n'};

#define AT(member) offsetof(struct plan_record, u.member)
#define END                                                                    \
	{                                                                      \
		NULL, PLAN_F_END, 0                                            \
	}

static const struct plan_field nothing[] = {END};

/* the doubles first, in the order of struct plan_move */
static const struct plan_field move[] = {
    {"x", PLAN_F_DOUBLE, AT(move.start[0])},
    {"y", PLAN_F_DOUBLE, AT(move.start[1])},
    {"z", PLAN_F_DOUBLE, AT(move.start[2])},
    {"e", PLAN_F_DOUBLE, AT(move.start_e)},
    {"dx", PLAN_F_DOUBLE, AT(move.dir[0])},
    {"dy", PLAN_F_DOUBLE, AT(move.dir[1])},
    {"dz", PLAN_F_DOUBLE, AT(move.dir[2])},
    {"de", PLAN_F_DOUBLE, AT(move.ratio_e)},
    {"d", PLAN_F_DOUBLE, AT(move.distance)},
    {"ta", PLAN_F_DOUBLE, AT(move.accel_t)},
    {"tc", PLAN_F_DOUBLE, AT(move.cruise_t)},
    {"td", PLAN_F_DOUBLE, AT(move.decel_t)},
    {"v0", PLAN_F_DOUBLE, AT(move.start_v)},
    {"vc", PLAN_F_DOUBLE, AT(move.cruise_v)},
    {"a", PLAN_F_DOUBLE, AT(move.accel)},
    {"j", PLAN_F_RARE, AT(move.jerk)},
    {"pa", PLAN_F_FLAG, AT(move.advance)},
    END,
};

static const struct plan_field dwell[] = {
    {"duration", PLAN_F_DOUBLE, AT(dwell.duration)},
    END,
};

static const struct plan_field home[] = {
    {"axes", PLAN_F_AXES, AT(home.axes)},
    {"x", PLAN_F_DOUBLE, AT(home.pos[0])},
    {"y", PLAN_F_DOUBLE, AT(home.pos[1])},
    {"z", PLAN_F_DOUBLE, AT(home.pos[2])},
    END,
};

static const struct plan_field set_position[] = {
    {"axes", PLAN_F_AXES, AT(set.axes)},
    {"x", PLAN_F_DOUBLE, AT(set.pos[0])},
    {"y", PLAN_F_DOUBLE, AT(set.pos[1])},
    {"z", PLAN_F_DOUBLE, AT(set.pos[2])},
    {"e", PLAN_F_DOUBLE, AT(set.e)},
    END,
};

static const struct plan_field heater[] = {
    {"name", PLAN_F_NAME, AT(heater.name)},
    {"target", PLAN_F_DOUBLE, AT(heater.target)},
    END,
};

static const struct plan_field heater_wait[] = {
    {"name", PLAN_F_NAME, AT(wait.name)},
    {"min", PLAN_F_OPEN, AT(wait.min)},
    {"max", PLAN_F_OPEN, AT(wait.max)},
    END,
};

static const struct plan_field value[] = {
    {"name", PLAN_F_NAME, AT(value.name)},
    {"value", PLAN_F_DOUBLE, AT(value.value)},
    END,
};

static const struct plan_field advance[] = {
    {"extruder", PLAN_F_NAME, AT(advance.extruder)},
    {"advance", PLAN_F_DOUBLE, AT(advance.advance)},
    {"smooth_time", PLAN_F_DOUBLE, AT(advance.smooth_time)},
    END,
};

static const struct plan_field law[] = {
    {"extruder", PLAN_F_NAME, AT(law.extruder)},
    {"law", PLAN_F_U32, AT(law.law)},
    {"shaped", PLAN_F_U32, AT(law.shaped)},
    {"linear", PLAN_F_DOUBLE, AT(law.linear)},
    {"offset", PLAN_F_DOUBLE, AT(law.offset)},
    {"velocity", PLAN_F_DOUBLE, AT(law.velocity)},
    {"time_offset", PLAN_F_DOUBLE, AT(law.time_offset)},
    END,
};

static const struct plan_field calibrated[] = {
    {"key", PLAN_F_NAME, AT(calibrated.key)},
    {"how", PLAN_F_U32, AT(calibrated.how)},
    {"value", PLAN_F_DOUBLE, AT(calibrated.value)},
    END,
};

static const struct plan_field screws[] = {
    {"screws", PLAN_F_U32, AT(screws.n)},
    {"turn", PLAN_F_U32, AT(screws.turn)},
    {"most", PLAN_F_OPEN, AT(screws.most)},
    END,
};

static const struct plan_field along[] = {
    {"name", PLAN_F_NAME, AT(along.name)},
    {"ratio", PLAN_F_DOUBLE, AT(along.ratio)},
    {"pos", PLAN_F_DOUBLE, AT(along.pos)},
    END,
};

static const struct plan_field shaper[] = {
    {"axis", PLAN_F_AXES, AT(shaper.axis)},
    {"type", PLAN_F_LONG_NAME, AT(shaper.type)},
    {"freq", PLAN_F_DOUBLE, AT(shaper.freq)},
    {"damping", PLAN_F_DOUBLE, AT(shaper.damping)},
    END,
};

static const struct plan_field layer[] = {
    {"index", PLAN_F_U32, AT(layer.index)},
    {"z", PLAN_F_DOUBLE, AT(layer.z)},
    END,
};

static const struct plan_field progress[] = {
    {"fraction", PLAN_F_DOUBLE, AT(progress.fraction)},
    END,
};

static const struct plan_field text[] = {
    {"text", PLAN_F_TEXT, AT(text.s)},
    END,
};

static const struct plan_field carriage[] = {
    {"axis", PLAN_F_AXES, AT(carriage.axis)},
    {"index", PLAN_F_U32, AT(carriage.index)},
    {"mode", PLAN_F_U32, AT(carriage.mode)},
    {"pos", PLAN_F_DOUBLE, AT(carriage.pos)},
    END,
};

static const struct plan_field follow[] = {
    {"name", PLAN_F_NAME, AT(follow.name)},
    {"motion", PLAN_F_NAME, AT(follow.motion)},
    {"rotation_distance", PLAN_F_DOUBLE, AT(follow.rotation_distance)},
    END,
};

static const struct plan_field stepper[] = {
    {"name", PLAN_F_NAME, AT(stepper.name)},
    {"how", PLAN_F_U32, AT(stepper.how)},
    {"pos", PLAN_F_DOUBLE, AT(stepper.pos)},
    {"speed", PLAN_F_DOUBLE, AT(stepper.speed)},
    {"accel", PLAN_F_DOUBLE, AT(stepper.accel)},
    END,
};

static const struct plan_field probe[] = {
    {"what", PLAN_F_U32, AT(probe.what)},
    {"column", PLAN_F_U32, AT(probe.column)},
    {"row", PLAN_F_U32, AT(probe.row)},
    {"samples", PLAN_F_U32, AT(probe.samples)},
    {"retries", PLAN_F_U32, AT(probe.retries)},
    {"median", PLAN_F_U32, AT(probe.median)},
    {"speed", PLAN_F_DOUBLE, AT(probe.speed)},
    {"lift_speed", PLAN_F_DOUBLE, AT(probe.lift_speed)},
    {"retract", PLAN_F_DOUBLE, AT(probe.retract)},
    {"tolerance", PLAN_F_DOUBLE, AT(probe.tolerance)},
    {"low", PLAN_F_DOUBLE, AT(probe.low)},
    END,
};

static const struct plan_field mesh[] = {
    {"name", PLAN_F_NAME, AT(mesh.name)},
    {"columns", PLAN_F_U32, AT(mesh.columns)},
    {"rows", PLAN_F_U32, AT(mesh.rows)},
    {"min_x", PLAN_F_DOUBLE, AT(mesh.low[0])},
    {"min_y", PLAN_F_DOUBLE, AT(mesh.low[1])},
    {"max_x", PLAN_F_DOUBLE, AT(mesh.high[0])},
    {"max_y", PLAN_F_DOUBLE, AT(mesh.high[1])},
    END,
};

static const struct plan_field mesh_offset[] = {
    {"x", PLAN_F_DOUBLE, AT(mesh_offset.shift[0])},
    {"y", PLAN_F_DOUBLE, AT(mesh_offset.shift[1])},
    {"fade", PLAN_F_DOUBLE, AT(mesh_offset.shift[2])},
    END,
};

static const struct plan_field mesh_row[] = {
    {"row", PLAN_F_U32, AT(mesh_row.row)},
    {"heights", PLAN_F_DOUBLES, AT(mesh_row.z)},
    END,
};

static const struct plan_field mesh_use[] = {
    {"name", PLAN_F_NAME, AT(mesh_use.name)},
    {"columns", PLAN_F_U32, AT(mesh_use.columns)},
    {"rows", PLAN_F_U32, AT(mesh_use.rows)},
    {"min_x", PLAN_F_DOUBLE, AT(mesh_use.low[0])},
    {"min_y", PLAN_F_DOUBLE, AT(mesh_use.low[1])},
    {"max_x", PLAN_F_DOUBLE, AT(mesh_use.high[0])},
    {"max_y", PLAN_F_DOUBLE, AT(mesh_use.high[1])},
    {"fade_start", PLAN_F_DOUBLE, AT(mesh_use.fade[0])},
    {"fade_end", PLAN_F_DOUBLE, AT(mesh_use.fade[1])},
    {"fade_target", PLAN_F_DOUBLE, AT(mesh_use.fade[2])},
    {"x", PLAN_F_DOUBLE, AT(mesh_use.shift[0])},
    {"y", PLAN_F_DOUBLE, AT(mesh_use.shift[1])},
    {"fade", PLAN_F_DOUBLE, AT(mesh_use.shift[2])},
    {"z", PLAN_F_DOUBLE, AT(mesh_use.z)},
    END,
};

static const struct plan_field end[] = {
    {"records", PLAN_F_U64, AT(end.records)},
    {"moves", PLAN_F_U64, AT(end.moves)},
    {"lines", PLAN_F_U64, AT(end.lines)},
    {"duration", PLAN_F_DOUBLE, AT(end.duration)},
    {"filament", PLAN_F_DOUBLE, AT(end.filament)},
    {"distance", PLAN_F_DOUBLE, AT(end.distance)},
    END,
};

static const struct plan_kind kinds[] = {
    {PLAN_MOVE, "move", move},
    {PLAN_DWELL, "dwell", dwell},
    {PLAN_BARRIER, "barrier", nothing},
    {PLAN_HOME, "home", home},
    {PLAN_SET_POSITION, "set-position", set_position},
    {PLAN_HEATER, "heater", heater},
    {PLAN_HEATER_WAIT, "heater-wait", heater_wait},
    {PLAN_FAN, "fan", value},
    {PLAN_PIN, "pin", value},
    {PLAN_MOTORS_OFF, "motors-off", text},
    {PLAN_EXTRUDER, "extruder", text},
    {PLAN_ADVANCE, "advance", advance},
    {PLAN_SHAPER, "shaper", shaper},
    {PLAN_LAYER, "layer", layer},
    {PLAN_PROGRESS, "progress", progress},
    {PLAN_MESSAGE, "message", text},
    {PLAN_OBJECT, "object", text},
    {PLAN_REPORT, "report", text},
    {PLAN_PAUSE, "pause", nothing},
    {PLAN_STOP, "stop", nothing},
    {PLAN_SOURCE, "source", text},
    {PLAN_SYNC, "sync", nothing},
    {PLAN_CARRIAGE, "carriage", carriage},
    {PLAN_FOLLOW, "follow", follow},
    {PLAN_STEPPER, "stepper", stepper},
    {PLAN_PROBE, "probe", probe},
    {PLAN_MESH, "mesh", mesh},
    {PLAN_MESH_OFFSET, "mesh-offset", mesh_offset},
    {PLAN_LAW, "advance-law", law},
    {PLAN_MESH_ROW, "mesh-row", mesh_row},
    {PLAN_MESH_USE, "mesh-use", mesh_use},
    {PLAN_CALIBRATED, "calibrated", calibrated},
    {PLAN_ALONG, "along", along},
    {PLAN_OBJECT_TOLD, "object-told", text},
    {PLAN_SCREWS, "screws", screws},
    {PLAN_OBJECT_LEFT, "object-left", text},
    {PLAN_END, "end", end},
};

bool
plan_field_there(const struct plan_field *f, const struct plan_record *rec)
{
	double v = 1;

	if (f->kind == PLAN_F_RARE)
		memcpy(&v, (const uint8_t *)rec + f->offset, sizeof(v));
	return v != 0;
}

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

const struct plan_kind *
plan_kind_by_type(unsigned type)
{
	if (type == PLAN_END)
		return &kinds[N_KINDS - 1];
	if (type < 1 || type > N_KINDS - 1)
		return NULL;
	return &kinds[type - 1];
}

const struct plan_kind *
plan_kind_by_name(const char *s, size_t n)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (strlen(kinds[i].name) == n && !memcmp(kinds[i].name, s, n))
			return &kinds[i];
	return NULL;
}

/* bits of the doubles that carry over from move to move: the start (0-3),
 * start_v, cruise_v and accel (12-14) */
#define CARRIED 0x700fu

_Static_assert(
    offsetof(struct plan_move, advance) == PLAN_MOVE_DOUBLES * sizeof(double),
    "struct plan_move is 16 doubles and a flag");

size_t
plan_move_pack(
    uint8_t *out, const struct plan_move *m, const struct plan_move *last)
{
	const uint8_t *now = (const uint8_t *)m, *was = (const uint8_t *)last;
	uint8_t *p = out + 3;
	unsigned mask = 0;

	for (unsigned i = 0; i < PLAN_MOVE_DOUBLES; i++) {
		double v, base = 0;

		memcpy(&v, now + i * sizeof(v), sizeof(v));
		if (CARRIED >> i & 1)
			memcpy(&base, was + i * sizeof(v), sizeof(v));
		if (v == base)
			continue;
		put_le_double(p, v);
		p += 8;
		mask |= 1u << i;
	}
	put_le16(out, (uint16_t)mask);
	out[2] = m->advance ? 1 : 0;
	return (size_t)(p - out);
}

int
plan_move_unpack(struct plan_move *m, const struct plan_move *last,
    const uint8_t *data, size_t len)
{
	uint8_t *now = (uint8_t *)m;
	const uint8_t *was = (const uint8_t *)last, *p = data + 3;
	unsigned mask;

	if (len < 3 || data[2] > 1)
		return -1;
	mask = get_le16(data);
	if (mask >> PLAN_MOVE_DOUBLES ||
	    len < 3 + 8 * (size_t)__builtin_popcount(mask))
		return -1;
	for (unsigned i = 0; i < PLAN_MOVE_DOUBLES; i++) {
		double v = 0;

		if (CARRIED >> i & 1)
			memcpy(&v, was + i * sizeof(v), sizeof(v));
		memcpy(now + i * sizeof(v), &v, sizeof(v));
	}
	/* nobody can foretell which: no jump but the last */
	for (; mask != 0; mask &= mask - 1) {
		double v = get_le_double(p);

		p += 8;
		memcpy(now + __builtin_ctz(mask) * sizeof(v), &v, sizeof(v));
	}
	m->advance = data[2];
	return (size_t)(p - data) <= len ? (int)(p - data) : -1;
}
