/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which camera is meant: by what stays the same, and never by a guess. */
#define _XOPEN_SOURCE 700 /* realpath() */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"

static bool
same_make(const struct device *a, const struct device *b)
{
	return a->usb_id[0] && strcmp(a->usb_id, b->usb_id) == 0 &&
	       strcmp(a->serial, b->serial) == 0;
}

/* nodes of one camera share a port */
static bool
another_camera(const struct device *a, const struct device *b)
{
	return b->kind == DEVICE_CAPTURE && strcmp(a->port, b->port) != 0;
}

bool
device_has_twin(const struct devices *ds, const struct device *d)
{
	for (int i = 0; i < ds->n; i++)
		if (another_camera(d, &ds->v[i]) && same_make(d, &ds->v[i]))
			return true;
	return false;
}

void
device_identity(
    const struct devices *ds, const struct device *d, struct buf *out)
{
	if (d->serial[0] && !device_has_twin(ds, d))
		buf_addf(out, "usb_id = \"%s\"; serial = \"%s\";", d->usb_id,
		    d->serial);
	else
		buf_addf(
		    out, "port = \"%s\"; model = \"%s\";", d->port, d->card);
}

bool
device_match_empty(const struct device_match *m)
{
	return !m->device && !m->usb_id && !m->serial && !m->port && !m->model;
}

void
device_match_text(const struct device_match *m, struct buf *out)
{
	const char *const what[] = {
	    "device", "usb_id", "serial", "port", "model"};
	const char *const value[] = {
	    m->device, m->usb_id, m->serial, m->port, m->model};
	size_t start = out->len;

	for (int i = 0; i < 5; i++)
		if (value[i])
			buf_addf(out, "%s%s '%s'", out->len > start ? ", " : "",
			    what[i], value[i]);
	if (out->len == start)
		buf_adds(out, "any camera");
}

static bool
equal(const char *want, const char *is)
{
	return !want || strcmp(want, is) == 0;
}

static bool
matches(const struct device_match *m, const char *node, const struct device *d)
{
	return (!m->device || strcmp(node, d->node) == 0) &&
	       equal(m->usb_id, d->usb_id) && equal(m->serial, d->serial) &&
	       equal(m->port, d->port) && equal(m->model, d->card);
}

static void
name_candidate(const struct device *d, struct buf *out)
{
	buf_addf(
	    out, "%s%s (port '%s')", out->len ? ", " : "", d->node, d->port);
}

/* a by-id link goes to one of two equal cameras, today this one, tomorrow the
 * other: not an identity */
static bool
link_is_ambiguous(const struct devices *ds, const struct device_match *m,
    const struct device *d)
{
	return m->device && strstr(m->device, "/by-id/") && !m->port &&
	       device_has_twin(ds, d);
}

static void
say_ambiguous(const struct devices *ds, const struct device_match *m,
    const char *node, const struct device *twin, struct buf *why)
{
	struct buf names = BUF_INIT;

	for (int i = 0; i < ds->n; i++)
		if (ds->v[i].kind == DEVICE_CAPTURE &&
		    (twin ? same_make(twin, &ds->v[i])
			  : matches(m, node, &ds->v[i])))
			name_candidate(&ds->v[i], &names);
	device_match_text(m, why);
	buf_addf(why, " could be %s: say which by its port", names.data);
	buf_release(&names);
}

/* it may be this one: who may not open it cannot know */
static void
say_unknown(const struct device *d, struct buf *why)
{
	buf_addf(why, "; %s: %s%s", d->node, strerror(d->error),
	    d->error == EACCES ? ": be in the group 'video'" : "");
}

static void
say_absent(const struct devices *ds, const struct device_match *m,
    const char *node, struct buf *why)
{
	for (int i = 0; i < ds->n; i++) {
		if (!matches(m, node, &ds->v[i]))
			continue;
		if (ds->v[i].kind == DEVICE_UNKNOWN)
			buf_addf(why, "%s: %s", ds->v[i].node,
			    strerror(ds->v[i].error));
		else
			buf_addf(why, "%s gives no pictures (%s)",
			    ds->v[i].node,
			    ds->v[i].kind == DEVICE_METADATA ? "a metadata node"
							     : "no camera");
		return;
	}
	buf_adds(why, "not plugged in: ");
	device_match_text(m, why);
	for (int i = 0; i < ds->n; i++)
		if (ds->v[i].kind == DEVICE_UNKNOWN)
			say_unknown(&ds->v[i], why);
}

const struct device *
device_find(
    const struct devices *ds, const struct device_match *m, struct buf *why)
{
	const struct device *found = NULL;
	char node[PATH_MAX] = "";

	if (m->device && !realpath(m->device, node)) {
		say_absent(ds, m, "", why);
		return NULL;
	}
	for (int i = 0; i < ds->n; i++) {
		const struct device *d = &ds->v[i];

		if (d->kind != DEVICE_CAPTURE || !matches(m, node, d))
			continue;
		if (!found)
			found = d;
		else if (another_camera(found, d)) {
			say_ambiguous(ds, m, node, NULL, why);
			return NULL;
		}
	}
	if (!found) {
		say_absent(ds, m, node, why);
		return NULL;
	}
	if (link_is_ambiguous(ds, m, found)) {
		say_ambiguous(ds, m, node, found, why);
		return NULL;
	}
	return found;
}
