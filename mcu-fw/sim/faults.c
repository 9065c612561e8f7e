/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Things that break on purpose, now or at a set moment. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "mcu-fw/sim/model-private.h"

enum target {
	TARGET_NONE,
	TARGET_HEATER,
	TARGET_AXIS
};

static const struct kind {
	const char *name;
	enum model_fault_kind kind;
	enum target target;
	bool has_value;
} kinds[] = {
    {"link", FAULT_LINK, TARGET_NONE, true},
    {"link-delay", FAULT_LINK_DELAY, TARGET_NONE, true},
    {"thermistor-short", FAULT_SHORT, TARGET_HEATER, false},
    {"thermistor-open", FAULT_OPEN, TARGET_HEATER, false},
    {"heater-dead", FAULT_HEATER_DEAD, TARGET_HEATER, false},
    {"heater-on", FAULT_HEATER_ON, TARGET_HEATER, false},
    {"endstop-jam", FAULT_JAM, TARGET_AXIS, false},
    {"endstop-stuck", FAULT_STUCK, TARGET_AXIS, false},
    {"brownout", FAULT_BROWNOUT, TARGET_NONE, false},
};
#define N_KINDS (int)(sizeof(kinds) / sizeof(*kinds))

static const struct kind *
find_kind(const char *text, size_t n, struct diag_sink *sink)
{
	const char *names[N_KINDS], *nearest;
	char *word = xstrndup(text, n);
	const struct kind *found = NULL;

	for (int i = 0; i < N_KINDS; i++) {
		names[i] = kinds[i].name;
		if (strcmp(word, names[i]) == 0)
			found = &kinds[i];
	}
	if (!found) {
		nearest = diag_nearest(word, names, N_KINDS);
		diag_report(sink, DIAG_ERROR, NULL, "fault",
		    "unknown fault '%s'%s%s%s", word,
		    nearest ? ": did you mean '" : "", nearest ? nearest : "",
		    nearest ? "'?" : "");
	}
	free(word);
	return found;
}

static int
bad(struct diag_sink *sink, const char *text, const char *why)
{
	diag_report(
	    sink, DIAG_ERROR, NULL, "fault", "fault '%s' %s", text, why);
	return -1;
}

int
model_fault_parse(
    const char *text, struct model_fault *f, struct diag_sink *sink)
{
	size_t n = strcspn(text, ":@");
	const struct kind *k = find_kind(text, n, sink);
	const char *p = text + n;

	memset(f, 0, sizeof(*f));
	if (!k)
		return -1;
	f->kind = k->kind;
	if (*p == ':' && k->target != TARGET_NONE) {
		n = strcspn(++p, ":@");
		f->target = xstrndup(p, n);
		p += n;
	}
	if (k->has_value) {
		if (*p != ':')
			return bad(sink, text, "needs a value: NAME:VALUE");
		n = strcspn(++p, "@");
		if (num_parse_decimal(p, n, &f->value) != 0 || f->value < 0 ||
		    (f->kind == FAULT_LINK && f->value > 1))
			return bad(sink, text,
			    f->kind == FAULT_LINK
				? "needs a probability from 0 to 1"
				: "needs seconds");
		p += n;
	}
	if (*p == '@') {
		p++;
		n = strlen(p);
		if (num_parse_decimal(p, n, &f->at_s) != 0 || f->at_s < 0)
			return bad(sink, text, "needs seconds after '@'");
		p += n;
	}
	return *p == '\0' ? 0 : bad(sink, text, "says too much");
}

/* The heater of that name, also "bed"; the first without a name. */
static struct heater *
find_heater(struct model *m, const char *name)
{
	int i = name ? machine_heater_index(m->machine, name) : 0;

	if (name && i < 0 && strcmp(name, "bed") == 0)
		i = machine_heater_index(m->machine, "heater_bed");
	return i >= 0 && i < m->n_heaters ? &m->heater[i] : NULL;
}

static struct axis *
find_axis(struct model *m, const char *name)
{
	if (!name)
		return &m->axis[0];
	if (strlen(name) != 1 || !strchr("xyz", *name))
		return NULL;
	return &m->axis[*name - 'x'];
}

static void
break_axis(struct model *m, const struct model_fault *f)
{
	struct axis *a = find_axis(m, f->target);

	a->jam = f->kind == FAULT_JAM;
	a->stuck = f->kind == FAULT_STUCK;
}

static void
break_heater(struct model *m, const struct model_fault *f)
{
	struct heater *h = find_heater(m, f->target);

	thermal_advance(h);
	h->is_short |= f->kind == FAULT_SHORT;
	h->is_open |= f->kind == FAULT_OPEN;
	h->dead |= f->kind == FAULT_HEATER_DEAD;
	h->stuck |= f->kind == FAULT_HEATER_ON;
	h->on |= h->stuck;
}

static void
set_alarm(struct model *m)
{
	sim_alarm = UINT64_MAX;
	for (int i = 0; i < m->options.n_faults; i++) {
		const struct model_fault *f = &m->options.fault[i];
		uint64_t at = (uint64_t)(f->at_s * sim_freq);

		if (!f->done && at < sim_alarm)
			sim_alarm = at;
	}
}

static void
apply(struct model *m, struct model_fault *f)
{
	f->done = true;
	switch (f->kind) {
	case FAULT_LINK:
		sim_link_spoil(f->value, m->options.seed);
		break;
	case FAULT_LINK_DELAY:
		sim_link_hold(sim_clock + (uint64_t)(f->value * sim_freq));
		break;
	case FAULT_JAM:
	case FAULT_STUCK:
		break_axis(m, f);
		break;
	case FAULT_BROWNOUT:
		set_alarm(m);
		sim_restart();
	default:
		break_heater(m, f);
	}
}

static void
on_alarm(void *ctx)
{
	struct model *m = ctx;

	for (int i = 0; i < m->options.n_faults; i++) {
		struct model_fault *f = &m->options.fault[i];

		if (!f->done && (uint64_t)(f->at_s * sim_freq) <= sim_clock)
			apply(m, f);
	}
	set_alarm(m);
}

int
faults_begin(struct model *m, struct diag_sink *sink)
{
	for (int i = 0; i < m->options.n_faults; i++) {
		const struct model_fault *f = &m->options.fault[i];
		bool is_axis = f->kind == FAULT_JAM || f->kind == FAULT_STUCK;
		bool is_heater =
		    f->kind >= FAULT_SHORT && f->kind <= FAULT_HEATER_ON;

		if (is_heater && !find_heater(m, f->target)) {
			diag_report(sink, DIAG_ERROR, NULL, "fault",
			    "no heater '%s' to break",
			    f->target ? f->target : "");
			return -1;
		}
		if (is_axis && !find_axis(m, f->target)) {
			diag_report(sink, DIAG_ERROR, NULL, "fault",
			    "no endstop '%s' to break: x, y or z", f->target);
			return -1;
		}
	}
	sim_alarm_fn = on_alarm;
	sim_alarm_ctx = m;
	set_alarm(m);
	return 0;
}
