/* SPDX-License-Identifier: GPL-3.0-or-later */
/* str.encode() and bytes.decode(): UTF-8, ASCII, Latin-1. */
#include <string.h>

#include "lang/jinja_private.h"
#include "lang/utf8.h"

enum codec {
	UTF8,
	ASCII,
	LATIN1
};

enum on_error {
	STRICT,
	IGNORE,
	REPLACE
};

/* a name as Python takes it: case, "-", "_" and blanks do not matter */
static enum codec
codec_of(struct jinja *j, struct jj_value v, const char *method)
{
	static const struct {
		const char *name;
		enum codec codec;
	} known[] = {{"utf8", UTF8}, {"u8", UTF8}, {"utf", UTF8},
	    {"cp65001", UTF8}, {"ascii", ASCII}, {"usascii", ASCII},
	    {"646", ASCII}, {"latin1", LATIN1}, {"latin", LATIN1},
	    {"l1", LATIN1}, {"iso88591", LATIN1}, {"88591", LATIN1}};
	char name[24];
	size_t n = 0;

	if (v.kind == JJ_MISSING)
		return UTF8;
	if (v.kind != JJ_STR)
		jj_fail(j, "TypeError",
		    "%s() argument 'encoding' must be str, not %s", method,
		    jj_type_name(v));
	for (const char *p = v.u.s->data; *p && n < sizeof(name) - 1; p++)
		if (!strchr("-_ ", *p))
			name[n++] = (char)jj_lower1((unsigned char)*p);
	name[n] = '\0';
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].codec;
	jj_fail(j, "LookupError", "unknown encoding: %.60s", v.u.s->data);
}

static enum on_error
handler_of(struct jinja *j, struct jj_value v, const char *method)
{
	if (v.kind == JJ_MISSING)
		return STRICT;
	if (v.kind != JJ_STR)
		jj_fail(j, "TypeError",
		    "%s() argument 'errors' must be str, not %s", method,
		    jj_type_name(v));
	if (strcmp(v.u.s->data, "ignore") == 0)
		return IGNORE;
	return strcmp(v.u.s->data, "replace") == 0 ? REPLACE : STRICT;
}

struct jj_value
jj_encode(struct jinja *j, struct jj_str *s, struct jj_value encoding,
    struct jj_value errors)
{
	enum on_error how = handler_of(j, errors, "encode");
	enum codec codec = codec_of(j, encoding, "encode");
	uint32_t end = codec == ASCII ? 0x80 : 0x100, at = 0;
	const char *p = s->data, *stop = p + s->len;
	struct jj_sb b = {NULL, 0, 0};

	if (codec == UTF8 || s->len == s->chars)
		return jj_ptr(JJ_BYTES, s);
	for (; p < stop; at++) {
		uint32_t c = jj_utf8_next(&p, stop);

		if (c < end)
			jj_sb_putc(j, &b, (char)c);
		else if (how == REPLACE)
			jj_sb_putc(j, &b, '?');
		else if (how == STRICT)
			jj_fail(j, "UnicodeEncodeError",
			    "'%s' codec can't encode character '\\%c%0*x' in "
			    "position %u: ordinal not in range(%u)",
			    codec == ASCII ? "ascii" : "latin-1",
			    c < 0x100	  ? 'x'
			    : c < 0x10000 ? 'u'
					  : 'U',
			    c < 0x100	  ? 2
			    : c < 0x10000 ? 4
					  : 8,
			    c, at, end);
	}
	return jj_ptr(JJ_BYTES, jj_sb_value(j, &b).u.s);
}

struct jj_value
jj_decode(struct jinja *j, const struct jj_str *s, struct jj_value encoding,
    struct jj_value errors)
{
	enum on_error how = handler_of(j, errors, "decode");
	enum codec codec = codec_of(j, encoding, "decode");
	struct jj_sb b = {NULL, 0, 0};
	char one[4];

	for (uint32_t i = 0; i < s->len;) {
		unsigned char c = (unsigned char)s->data[i];
		size_t n = codec == UTF8 && c >= 0x80
			       ? utf8_decode(s->data + i, s->len - i, NULL)
			       : codec != ASCII || c < 0x80;

		if (n && codec == LATIN1)
			jj_sb_add(j, &b, one, jj_utf8_put(one, c));
		else if (n)
			jj_sb_add(j, &b, s->data + i, n);
		else if (how == STRICT)
			jj_fail(j, "UnicodeDecodeError",
			    codec == ASCII
				? "'ascii' codec can't decode byte 0x%02x in "
				  "position %u: ordinal not in range(128)"
				: "'utf-8' codec can't decode byte 0x%02x in "
				  "position %u: invalid start byte",
			    c, i);
		else if (how == REPLACE)
			jj_sb_puts(j, &b, "\357\277\275");
		i += n ? (uint32_t)n : 1;
	}
	return jj_sb_value(j, &b);
}
