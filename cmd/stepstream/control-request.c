/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a request: one JSON object. */
#include "control-request.h"

#include <jansson.h>
#include <string.h>

static void
copy_text(char *out, size_t size, const json_t *v)
{
	const char *s = json_string_value(v);
	size_t n = s ? strlen(s) : 0;

	if (n > size - 1)
		n = size - 1;
	if (n > 0)
		memcpy(out, s, n);
	out[n] = '\0';
}

const char *
control_request_read(struct control_request *r, const char *text, size_t len)
{
	json_t *q = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *target = json_object_get(q, "target");
	const json_t *factor = json_object_get(q, "factor");

	memset(r, 0, sizeof(*r));
	copy_text(r->name, sizeof(r->name), json_object_get(q, "request"));
	copy_text(r->heater, sizeof(r->heater), json_object_get(q, "heater"));
	copy_text(r->object, sizeof(r->object), json_object_get(q, "object"));
	r->has_target = json_is_number(target);
	r->target = json_number_value(target);
	r->has_factor = json_is_number(factor);
	r->factor = json_number_value(factor);
	json_decref(q);
	if (!q)
		return "a request is one JSON object a line";
	return r->name[0] ? NULL : "'request' is missing";
}
