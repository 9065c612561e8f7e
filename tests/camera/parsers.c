/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How two front ends find pictures in a stream. */
#define _GNU_SOURCE /* memmem() */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/camera/client.h"

/* a header line of that name; NULL if there is none */
static const char *
header(const char *text, const char *name)
{
	size_t n = strlen(name);

	while (text && *text) {
		if (strncasecmp(text, name, n) == 0 && text[n] == ':')
			return text + n + 1;
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return NULL;
}

static void
take_stamp(struct parser *p, const char *text)
{
	const char *s = header(text, "X-Timestamp");

	p->stamp_us = s ? (int64_t)(strtod(s, NULL) * 1e6) : 0;
}

/*
 * Everything before FF D8 is header text; a line content-length must be in
 * it; the picture is shown when one byte behind it has come.  FF D8 inside a
 * picture begins a new one.
 */
void
mainsail_feed(struct parser *p, const void *data, size_t len,
    void (*show)(struct parser *))
{
	buf_add(&p->in, data, len);
	for (;;) {
		if (!p->in_body) {
			const char *soi =
			    p->in.len
				? memmem(p->in.data, p->in.len, "\xff\xd8", 2)
				: NULL;
			const char *n;

			if (!soi)
				return;
			p->head_end = (size_t)(soi - p->in.data);
			p->in.data[p->head_end] = '\0';
			n = header(p->in.data, "content-length");
			take_stamp(p, p->in.data);
			if (!n) {
				p->wrong = "no Content-Length before a picture";
				return;
			}
			p->need = (size_t)strtoul(n, NULL, 10);
			p->in.data[p->head_end] = (char)0xff;
			buf_consume(&p->in, p->head_end);
			p->in_body = 1;
		}
		if (p->in.len < p->need + 1)
			return;
		p->data = (const uint8_t *)p->in.data;
		p->len = p->need;
		if (memmem(p->data + 2, p->len - 2, "\xff\xd8", 2))
			p->wrong = "FF D8 inside a picture";
		if (p->data[p->len - 2] != 0xff || p->data[p->len - 1] != 0xd9)
			p->wrong = "a picture does not end at its length";
		p->pictures++;
		show(p);
		buf_consume(&p->in, p->need);
		p->in_body = 0;
	}
}

int
fluidd_begin(struct parser *p, const char *head)
{
	const char *type = header(head, "content-type"), *b;
	size_t n;

	if (!type || !strstr(type, "multipart")) {
		p->wrong = "the content type is not multipart";
		return -1;
	}
	b = strstr(type, "boundary=");
	n = b ? strcspn(b + 9, ";\r\n") : 0;
	if (!n || n > 60) {
		p->wrong = "no boundary";
		return -1;
	}
	snprintf(p->boundary, sizeof(p->boundary), "--%.*s", (int)n, b + 9);
	return 0;
}

/* the pieces between boundaries; data behind the first empty line */
void
fluidd_feed(struct parser *p, const void *data, size_t len,
    void (*show)(struct parser *))
{
	size_t b = strlen(p->boundary);
	char *mark, *body;

	buf_add(&p->in, data, len);
	while (p->in.len &&
	       (mark = memmem(p->in.data, p->in.len, p->boundary, b))) {
		*mark = '\0';
		body = memmem(
		    p->in.data, (size_t)(mark - p->in.data), "\r\n\r\n", 4);
		if (body) {
			*body = '\0';
			take_stamp(p, p->in.data);
			p->data = (const uint8_t *)body + 4;
			p->len = (size_t)(mark - body) - 4;
			/* the line end before the boundary is left in */
			if (p->len < 6 || p->data[0] != 0xff ||
			    p->data[1] != 0xd8)
				p->wrong = "a part is no picture";
			p->pictures++;
			show(p);
		}
		buf_consume(&p->in, (size_t)(mark - p->in.data) + b);
	}
}
