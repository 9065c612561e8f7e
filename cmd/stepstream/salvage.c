/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The board failed: what is certain of the print, for whoever goes on. */
#include <math.h>
#include <string.h>

#include "cli/cli.h"
#include "session.h"

/* What was heard may have taken that long to be heard. */
#define HEARD_S 0.1

/* Lines whose end had not come by then are not certainly done. */
static void
take_back_lines(struct session *s, double t)
{
	size_t n = s->done_at;

	/* it is noted as done only when the next one is on its way */
	if (s->open.line != 0 && s->open.t <= t && !line_empty(&s->line) &&
	    line_at(&s->line, s->line.head)->line != s->open.line) {
		s->reached = s->open;
		return;
	}
	if (n == 0 || s->done[n - 1].t <= t)
		return;
	while (n > 0 && s->done[n - 1].t > t)
		n--;
	if (n > 0)
		s->reached = s->done[n - 1];
	else
		s->reached.line = 0;
}

void
salvage_axes(uint32_t axes, char text[4])
{
	for (int i = 0; i < MACHINE_AXES; i++)
		if (axes >> i & 1)
			*text++ = (char)('x' + i);
	*text = '\0';
}

void
salvage_explain(const struct axes_left *left, struct buf *why)
{
	if (left->lost && isinf(left->speed))
		buf_addf(why,
		    "'%s' was moving, nobody knows how fast, and may have run "
		    "on",
		    left->fastest);
	else if (left->lost)
		buf_addf(why,
		    "'%s' was moving at %.0f mm/s and may have run on",
		    left->fastest, left->speed);
}

static void
tell(struct session *s, double t)
{
	struct json *j = session_event(s, t, "stands");
	char kept[4];

	salvage_axes(s->left.kept, kept);
	json_array(j, "position");
	for (int i = 0; i < 4; i++)
		json_fixed(j, NULL, s->left.pos[i], 4);
	json_close(j);
	json_string(j, "kept", kept);
	if (s->left.why.len > 0)
		json_string(j, "why", s->left.why.data);
	json_int(j, "line", s->reached.line);
	events_close(&s->events);
}

void
session_salvage(struct session *s)
{
	double certain = mcu_certain(s->mcu), now = mcu_now(s->mcu);
	struct axes_left left;

	if (mcu_kind(s->mcu) == MCU_OFFLINE)
		return;
	axes_settle(&s->axes);
	s->left.asked = true;
	if (mcu_survey(s->mcu, &s->left.why) != 0 ||
	    axes_left(&s->axes, NULL, &left) != 0) {
		take_back_lines(s, certain - HEARD_S);
		return;
	}
	take_back_lines(s, axes_moment(&s->axes, certain - HEARD_S, now));
	salvage_explain(&left, &s->left.why);
	s->left.known = true;
	s->left.kept = s->axes.homed & ~left.lost;
	memcpy(s->left.pos, left.pos, sizeof(s->left.pos));
	tell(s, now);
}
