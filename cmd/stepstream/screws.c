/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Telling how far each screw of the bed is to be turned. */
#include "screws.h"

#include <math.h>
#include <stdio.h>

#include "cli/cli.h"

void
screws_felt(struct session *s, uint32_t screw, double z)
{
	if (screw >= MACHINE_SCREWS_MAX)
		return;
	/* they are probed in turn */
	s->screws.n = (int)screw + 1;
	s->screws.z[screw] = z;
}

/* "CW 01:15": a turn and a quarter, clockwise. */
static void
put_way(const struct machine_screws *m, double raise, char *out, size_t size)
{
	struct machine_screw_way w = machine_screw_way(m, raise);

	snprintf(out, size, "%s %02d:%02d", w.ccw ? "CCW" : "CW", w.turns,
	    w.minutes);
}

static void
tell(struct session *s, const struct machine_screws *m, int base, double worst)
{
	const double *z = s->screws.z;
	struct json *j = session_event(s, session_now(s), "screws");
	char way[32];

	json_string(j, "thread", m->thread);
	json_string(j, "base", m->screw[base].name);
	json_fixed(j, "deviation", worst, 6);
	json_array(j, "screws");
	for (int i = 0; i < m->n; i++) {
		put_way(m, z[base] - z[i], way, sizeof(way));
		json_object(j, NULL);
		json_string(j, "name", m->screw[i].name);
		json_fixed(j, "x", m->screw[i].at[0], 4);
		json_fixed(j, "y", m->screw[i].at[1], 4);
		json_fixed(j, "z", z[i], 6);
		if (i != base)
			json_string(j, "adjust", way);
		json_close(j);
	}
	json_close(j);
	events_close(&s->events);
}

/* A terminal takes no orders from a name. */
static void
put_name(struct buf *out, const char *s)
{
	for (; *s; s++)
		buf_addc(out, (unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s);
}

/* For whoever holds the screwdriver. */
static void
say(struct session *s, const struct machine_screws *m, int base)
{
	const double *z = s->screws.z;
	struct buf b = BUF_INIT;
	char way[32];

	buf_adds(&b, "screws: CW is clockwise, 01:20 one turn and 20 minutes "
		     "of a clock\n");
	for (int i = 0; i < m->n; i++) {
		put_way(m, z[base] - z[i], way, sizeof(way));
		buf_addc(&b, '\t');
		put_name(&b, m->screw[i].name);
		buf_addf(&b, ": bed at %.4f mm, %s\n", z[i],
		    i == base ? "stays" : way);
	}
	progress_clear(&s->progress);
	fwrite(b.data, 1, b.len, stderr);
	buf_release(&b);
}

int
screws_record(struct session *s, const struct plan_record *r)
{
	const double *z = s->screws.z;
	struct machine_screws m;
	double worst = 0;
	int base, felt = s->screws.n, bad = 0;

	s->screws.n = 0;
	if (machine_screws(s->machine, &m) != (int)r->u.screws.n ||
	    felt != m.n || m.n == 0) {
		session_stop(s, STOP_REFUSED, EXIT_BAD_DATA,
		    "the plan has %u screws probed, %d in all, the "
		    "configuration has %d",
		    r->u.screws.n, felt, m.n);
		return -1;
	}
	if (mcu_kind(s->mcu) == MCU_OFFLINE)
		return 0; /* nothing was felt */
	base = machine_screw_base(
	    &m, z, (enum machine_screw_turn)r->u.screws.turn);
	for (int i = 0; i < m.n; i++) {
		if (fabs(z[i] - z[base]) > worst)
			bad = i;
		worst = fmax(worst, fabs(z[i] - z[base]));
	}
	tell(s, &m, base, worst);
	if (!s->options.quiet)
		say(s, &m, base);
	if (!(worst > r->u.screws.most))
		return 0;
	session_stop(s, STOP_REFUSED, EXIT_NO,
	    "the bed differs by %.3f mm at '%s' from '%s', MAX_DEVIATION is "
	    "%.3f: turn the screws and begin again",
	    worst, m.screw[bad].name, m.screw[base].name, r->u.screws.most);
	return -1;
}
