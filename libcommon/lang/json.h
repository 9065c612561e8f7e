/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON out: values appended to a buf, one line a record if wanted. */
#ifndef GANTRY_LANG_JSON_H
#define GANTRY_LANG_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 *	struct json j;
 *
 *	json_begin(&j, &out);
 *	json_object(&j, NULL);
 *	json_fixed(&j, "t", 12.25, 6);
 *	json_string(&j, "event", "layer");
 *	json_array(&j, "xyz");
 *	json_double(&j, NULL, 0.2);
 *	json_close(&j);
 *	json_close(&j);
 *	json_newline(&j);
 *
 * appends {"t":12.25,"event":"layer","xyz":[0.2]} and a newline.  The writer
 * owns nothing; the buf is the caller's.  key is NULL in arrays and at the
 * top, a string in objects; anything else is a BUG(), as is a depth beyond
 * JSON_DEPTH_MAX or a newline inside an open value.  Output is one line:
 * control bytes in strings are escaped, bytes that are not UTF-8 become
 * U+FFFD, and a double that is not finite becomes null.
 */
#define JSON_DEPTH_MAX 60

/* jansson, which reads JSON, has functions of these names too: to the linker
 * ours must be others.  No file includes both headers. */
#define json_object  json_out_object
#define json_array   json_out_array
#define json_string  json_out_string
#define json_stringn json_out_stringn
#define json_null    json_out_null

struct json {
	struct buf *out;
	unsigned depth;
	uint64_t objects; /* bit d: level d is an object, else an array */
	uint64_t filled;  /* bit d: level d holds something already */
};

void json_begin(struct json *, struct buf *out);
void json_object(struct json *, const char *key);
void json_array(struct json *, const char *key);
void json_close(struct json *); /* the innermost object or array */
void json_newline(struct json *);

void json_string(struct json *, const char *key, const char *value);
void json_stringn(
    struct json *, const char *key, const char *value, size_t len);
void json_int(struct json *, const char *key, int64_t value);
void json_double(struct json *, const char *key, double value); /* shortest */
/* at most that many decimals (0..17), trailing zeros dropped */
void json_fixed(struct json *, const char *key, double value, int decimals);
void json_bool(struct json *, const char *key, bool value);
void json_null(struct json *, const char *key);

#endif
