/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading and setting the controls of a camera. */
#include "controls.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/diag.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "v4l2.h"

/* Kernels changed some names (5.14 and later); either will do. */
static const struct {
	uint32_t id;
	const char *names[2];
} aliases[] = {
    {V4L2_CID_EXPOSURE_AUTO, {"auto_exposure", "exposure_auto"}},
    {V4L2_CID_EXPOSURE_ABSOLUTE,
	{"exposure_time_absolute", "exposure_absolute"}},
    {V4L2_CID_EXPOSURE_AUTO_PRIORITY,
	{"exposure_dynamic_framerate", "exposure_auto_priority"}},
    {V4L2_CID_FOCUS_AUTO, {"focus_automatic_continuous", "focus_auto"}},
    {V4L2_CID_AUTO_WHITE_BALANCE,
	{"white_balance_automatic", "white_balance_temperature_auto"}},
};

static void
make_key(const char *name, char *key, size_t size)
{
	size_t n = 0;

	for (; *name && n + 1 < size; name++) {
		if (isalnum((unsigned char)*name))
			key[n++] = (char)tolower((unsigned char)*name);
		else if (n && key[n - 1] != '_')
			key[n++] = '_';
	}
	while (n && key[n - 1] == '_')
		n--;
	key[n] = '\0';
}

static const char *
alias_of(const struct control *c)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (aliases[i].id == c->id)
			return aliases[i]
			    .names[strcmp(aliases[i].names[0], c->key) == 0];
	return NULL;
}

static bool
is_text_or_array(const struct control *c)
{
	return c->type == V4L2_CTRL_TYPE_STRING || c->elements > 1 ||
	       c->type >= V4L2_CTRL_COMPOUND_TYPES;
}

static void
read_value(int fd, struct control *c)
{
	struct v4l2_ext_control x = {.id = c->id};
	struct v4l2_ext_controls all = {
	    .which = V4L2_CTRL_WHICH_CUR_VAL, .count = 1, .controls = &x};

	if (is_text_or_array(c) || c->type == V4L2_CTRL_TYPE_BUTTON ||
	    (c->flags & V4L2_CTRL_FLAG_WRITE_ONLY) ||
	    v4l2_call(fd, VIDIOC_G_EXT_CTRLS, &all))
		return;
	c->value = c->type == V4L2_CTRL_TYPE_INTEGER64 ? x.value64 : x.value;
	c->has_value = true;
}

void
controls_read(struct controls *cs, int fd)
{
	const uint32_t next =
	    V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
	struct v4l2_query_ext_ctrl q = {.id = next};
	size_t cap = 0;

	memset(cs, 0, sizeof(*cs));
	for (; cs->n < 1000 && v4l2_call(fd, VIDIOC_QUERY_EXT_CTRL, &q) == 0;
	     q.id |= next) {
		struct control *c;

		if (q.type == V4L2_CTRL_TYPE_CTRL_CLASS ||
		    (q.flags & V4L2_CTRL_FLAG_DISABLED))
			continue;
		ALLOC_GROW(cs->v, (size_t)cs->n + 1, cap);
		c = memset(&cs->v[cs->n++], 0, sizeof(*c));
		c->id = q.id;
		c->type = q.type;
		c->flags = q.flags;
		c->min = q.minimum;
		c->max = q.maximum;
		c->step = (int64_t)q.step;
		c->initial = q.default_value;
		c->elements = q.elems;
		snprintf(c->name, sizeof(c->name), "%.32s", q.name);
		make_key(c->name, c->key, sizeof(c->key));
		c->alias = alias_of(c);
		read_value(fd, c);
	}
}

void
controls_release(struct controls *cs)
{
	free(cs->v);
	cs->v = NULL;
	cs->n = 0;
}

const struct control *
controls_find(const struct controls *cs, const char *key)
{
	char k[40];

	make_key(key, k, sizeof(k));
	for (int i = 0; i < cs->n; i++)
		if (strcmp(cs->v[i].key, k) == 0 ||
		    (cs->v[i].alias && strcmp(cs->v[i].alias, k) == 0))
			return &cs->v[i];
	return NULL;
}

const char *
control_type_name(const struct control *c)
{
	switch (c->type) {
	case V4L2_CTRL_TYPE_BOOLEAN:
		return c->elements > 1 ? "bool array" : "bool";
	case V4L2_CTRL_TYPE_MENU:
	case V4L2_CTRL_TYPE_INTEGER_MENU:
		return "menu";
	case V4L2_CTRL_TYPE_BUTTON:
		return "button";
	case V4L2_CTRL_TYPE_STRING:
		return "text";
	case V4L2_CTRL_TYPE_BITMASK:
		return "bitmask";
	case V4L2_CTRL_TYPE_INTEGER:
	case V4L2_CTRL_TYPE_INTEGER64:
		return c->elements > 1 ? "int array" : "int";
	default:
		return "compound";
	}
}

bool
control_can_set(const struct control *c)
{
	return !(c->flags &
		   (V4L2_CTRL_FLAG_READ_ONLY | V4L2_CTRL_FLAG_DISABLED)) &&
	       c->elements <= 1 && c->type < V4L2_CTRL_COMPOUND_TYPES;
}

bool
control_menu_item(
    int fd, const struct control *c, int64_t index, struct buf *out)
{
	struct v4l2_querymenu m = {.id = c->id, .index = (uint32_t)index};

	if (v4l2_call(fd, VIDIOC_QUERYMENU, &m))
		return false;
	if (c->type == V4L2_CTRL_TYPE_INTEGER_MENU)
		buf_addf(out, "%lld", (long long)m.value);
	else
		buf_addf(out, "%.32s", (const char *)m.name);
	return true;
}

/* ---- setting ---- */

static int
menu_value(int fd, const struct control *c, const char *text, int64_t *out)
{
	struct buf item = BUF_INIT;
	bool found = false;

	if (num_parse_int(text, strlen(text), out) == 0) {
		found = *out >= c->min && *out <= c->max &&
			control_menu_item(fd, c, *out, &item);
	} else {
		for (int64_t i = c->min; i <= c->max && !found; i++) {
			buf_clear(&item);
			*out = i;
			found = control_menu_item(fd, c, i, &item) &&
				strcasecmp(item.data, text) == 0;
		}
	}
	buf_release(&item);
	return found ? 0 : -1;
}

static void
say_menu(int fd, const struct control *c, struct buf *why)
{
	buf_adds(why, "there are");
	for (int64_t i = c->min; i <= c->max; i++) {
		struct buf item = BUF_INIT;

		if (control_menu_item(fd, c, i, &item))
			buf_addf(why, " %lld '%s'", (long long)i, item.data);
		buf_release(&item);
	}
}

/* a mask may be hexadecimal */
static int
mask_value(const char *text, int64_t *out)
{
	int64_t v = 0;

	if (strncmp(text, "0x", 2) != 0)
		return num_parse_int(text, strlen(text), out);
	if (!text[2] || strlen(text) > 10)
		return -1;
	for (text += 2; *text; text++) {
		const char *digits = "0123456789abcdef", *p;

		p = strchr(digits, tolower((unsigned char)*text));
		if (!p)
			return -1;
		v = v << 4 | (p - digits);
	}
	*out = v;
	return 0;
}

static bool
one_of(const char *s, const char *a, const char *b, const char *c)
{
	return strcasecmp(s, a) == 0 || strcasecmp(s, b) == 0 ||
	       strcasecmp(s, c) == 0;
}

static int
number_value(
    const struct control *c, const char *text, int64_t *out, struct buf *why)
{
	int64_t step = c->step > 0 ? c->step : 1;

	if (c->type == V4L2_CTRL_TYPE_BUTTON) {
		*out = 0;
		return 0;
	}
	if (c->type == V4L2_CTRL_TYPE_BITMASK) {
		if (mask_value(text, out) == 0 && *out >= 0 &&
		    !(*out & ~c->max))
			return 0;
		buf_addf(why, "%s: '%s' is no mask within 0x%llx", c->key, text,
		    (unsigned long long)c->max);
		return -1;
	}
	if (one_of(text, "true", "on", "yes"))
		*out = 1;
	else if (one_of(text, "false", "off", "no"))
		*out = 0;
	else if (num_parse_int(text, strlen(text), out)) {
		buf_addf(why, "%s: '%s' is not a number", c->key, text);
		return -1;
	}
	if (*out >= c->min && *out <= c->max && (*out - c->min) % step == 0)
		return 0;
	buf_addf(why, "%s: %lld is not one of %lld to %lld", c->key,
	    (long long)*out, (long long)c->min, (long long)c->max);
	if (step > 1)
		buf_addf(why, " in steps of %lld", (long long)step);
	return -1;
}

static int
send_value(int fd, const struct control *c, int64_t v, const char *text,
    struct buf *why)
{
	char copy[1024];
	struct v4l2_ext_control x = {.id = c->id};
	struct v4l2_ext_controls all = {
	    .which = V4L2_CTRL_WHICH_CUR_VAL, .count = 1, .controls = &x};

	if (c->type == V4L2_CTRL_TYPE_STRING) {
		snprintf(copy, sizeof(copy), "%s", text);
		x.string = copy;
		x.size = (uint32_t)(c->max + 1 < (int64_t)sizeof(copy)
					? c->max + 1
					: (int64_t)sizeof(copy));
	} else if (c->type == V4L2_CTRL_TYPE_INTEGER64) {
		x.value64 = v;
	} else {
		x.value = (int32_t)v;
	}
	if (v4l2_call(fd, VIDIOC_S_EXT_CTRLS, &all) == 0)
		return 0;
	buf_addf(why, "%s: %s", c->key,
	    errno == EBUSY    ? "busy"
	    : errno == EACCES ? "the camera lets nobody set this now"
			      : strerror(errno));
	return -1;
}

static int
unknown_name(const struct controls *cs, const char *key, struct buf *why)
{
	const char **names = xcalloc((size_t)cs->n + 1, sizeof(*names));
	const char *near;

	for (int i = 0; i < cs->n; i++)
		names[i] = cs->v[i].key;
	near = diag_nearest(key, names, cs->n);
	buf_addf(why, "'%s' is no control of this camera", key);
	if (near)
		buf_addf(why, "; is '%s' meant?", near);
	free(names);
	return -1;
}

int
control_apply(int fd, const struct controls *cs, const char *key,
    const char *value, struct buf *why)
{
	const struct control *c = controls_find(cs, key);
	int64_t v = 0;

	if (!c)
		return unknown_name(cs, key, why);
	if (!control_can_set(c)) {
		buf_addf(why, "%s: cannot be set (%s)", c->key,
		    c->elements > 1 ? control_type_name(c) : "read only");
		return -1;
	}
	if (strcmp(value, "default") == 0 && c->type != V4L2_CTRL_TYPE_STRING) {
		v = c->initial;
	} else if (c->type == V4L2_CTRL_TYPE_MENU ||
		   c->type == V4L2_CTRL_TYPE_INTEGER_MENU) {
		if (menu_value(fd, c, value, &v)) {
			buf_addf(why, "%s: '%s' is not in the menu; ", c->key,
			    value);
			say_menu(fd, c, why);
			return -1;
		}
	} else if (c->type != V4L2_CTRL_TYPE_STRING &&
		   number_value(c, value, &v, why)) {
		return -1;
	}
	return send_value(fd, c, v, value, why);
}

/* an automatic that masks others goes first */
static bool
is_switch(const struct control *c)
{
	return c->type == V4L2_CTRL_TYPE_BOOLEAN ||
	       (c->flags & V4L2_CTRL_FLAG_UPDATE) ||
	       c->id == V4L2_CID_EXPOSURE_AUTO;
}

int
controls_apply(int fd, const struct settings *set, struct buf *why)
{
	struct controls cs;
	int failed = 0;

	if (!set->n)
		return 0;
	controls_read(&cs, fd);
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < set->n; i++) {
			const struct control *c =
			    controls_find(&cs, set->v[i].key);
			bool first = c && is_switch(c);
			size_t before = why->len;

			if (first != (pass == 0))
				continue;
			if (before)
				buf_adds(why, "; ");
			if (control_apply(
				fd, &cs, set->v[i].key, set->v[i].value, why))
				failed++;
			else if (before)
				why->data[why->len = before] = '\0';
		}
	}
	controls_release(&cs);
	return failed;
}
