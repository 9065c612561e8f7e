/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages of a dictionary: signatures, bytes and text. */
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/num.h"
#include "proto/frame.h"
#include "proto/vlq.h"
#include "wire/dict-private.h"

static const struct {
	const char *text;
	enum dict_type type;
} types[] = {
    {"%u", DICT_UINT32},
    {"%i", DICT_INT32},
    {"%hu", DICT_UINT16},
    {"%hi", DICT_INT16},
    {"%c", DICT_BYTE},
    {"%s", DICT_BYTES},
    {"%.*s", DICT_BYTES},
    {"%*s", DICT_BYTES},
};

/* The type spelled at s, and the length of its spelling (0: none). */
static size_t
type_at(const char *s, size_t len, enum dict_type *type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		size_t n = strlen(types[i].text);

		if (n <= len && memcmp(s, types[i].text, n) == 0) {
			*type = types[i].type;
			return n;
		}
	}
	return 0;
}

/* Debug text: only the types count, wherever they stand. */
static int
parse_output(const char *s, struct dict_param *param)
{
	int n = 0;

	while ((s = strchr(s, '%')) != NULL) {
		size_t used;

		if (s[1] == '%') {
			s += 2;
			continue;
		}
		if (n == DICT_PARAMS_MAX)
			return -1;
		used = type_at(s, strlen(s), &param[n].type);
		if (used == 0)
			return -1;
		param[n].name = param[n].label = "";
		n++;
		s += used;
	}
	return n;
}

static int
parse_param(struct dict *d, const char *s, size_t len, struct dict_param *p)
{
	const char *eq = memchr(s, '=', len);
	size_t name_len, rest;
	char *label;

	if (!eq || eq == s || eq - s > 60)
		return -1;
	name_len = (size_t)(eq - s);
	rest = len - name_len - 1;
	if (rest == 0 || type_at(eq + 1, rest, &p->type) != rest)
		return -1;
	label = arena_alloc(&d->arena, name_len + 3);
	label[0] = ' ';
	memcpy(label + 1, s, name_len + 1);
	p->label = label;
	p->label_len = (uint8_t)(name_len + 2);
	p->name = arena_strndup(&d->arena, s, name_len);
	return 0;
}

int
dict_parse_signature(struct dict *d, const char *text, struct dict_message *m)
{
	struct dict_param param[DICT_PARAMS_MAX] = {{0}}, *copy;
	size_t len = strcspn(text, " ");
	int n = 0;

	m->signature = arena_strdup(&d->arena, text);
	if (m->kind == DICT_OUTPUT) {
		m->name = "#output";
		n = parse_output(text, param);
	} else {
		m->name = arena_strndup(&d->arena, text, len);
		if (len == 0)
			return -1;
		for (const char *s = text + len; *s; s += len) {
			s++;
			len = strcspn(s, " ");
			if (n == DICT_PARAMS_MAX ||
			    parse_param(d, s, len, &param[n]) != 0)
				return -1;
			n++;
		}
	}
	if (n < 0)
		return -1;
	copy = arena_alloc(&d->arena, (size_t)(n + 1) * sizeof(*copy));
	memcpy(copy, param, (size_t)n * sizeof(*copy));
	m->param = copy;
	m->n_params = (uint8_t)n;
	return 0;
}

size_t
dict_encode(
    const struct dict_message *m, const struct dict_value *v, uint8_t *out)
{
	uint8_t *p = out, *end = out + FRAME_PAYLOAD_MAX;

	memcpy(p, m->head, m->head_len);
	p += m->head_len;
	for (int i = 0; i < m->n_params; i++) {
		uint8_t num[VLQ_MAX];
		size_t n;

		if (m->param[i].type == DICT_BYTES) {
			if (v[i].len >= (size_t)(end - p))
				return 0;
			*p++ = (uint8_t)v[i].len;
			if (v[i].len > 0)
				memcpy(p, v[i].data, v[i].len);
			p += v[i].len;
			continue;
		}
		n = (size_t)(vlq_put(num, v[i].num) - num);
		if (n > (size_t)(end - p))
			return 0;
		memcpy(p, num, n);
		p += n;
	}
	return (size_t)(p - out);
}

size_t
dict_encode_numbers(
    const struct dict_message *m, uint8_t *out, int n, const uint32_t *v)
{
	struct dict_value value[DICT_PARAMS_MAX];

	if (n != m->n_params)
		BUG("%d parameters for '%s'", n, m->signature);
	for (int i = 0; i < n; i++)
		value[i] = (struct dict_value){.num = v[i]};
	return dict_encode(m, value, out);
}

size_t
dict_decode(const struct dict *d, const uint8_t *p, size_t len,
    const struct dict_message **mp, struct dict_value v[DICT_PARAMS_MAX])
{
	const uint8_t *start = p, *end = p + len;
	const struct dict_message *m;
	uint32_t id;

	p = vlq_get(p, end, &id);
	if (!p)
		return 0;
	m = dict_by_id(d, (int32_t)id);
	if (!m)
		return 0;
	for (int i = 0; i < m->n_params; i++) {
		v[i] = (struct dict_value){0};
		if (m->param[i].type != DICT_BYTES) {
			p = vlq_get(p, end, &v[i].num);
			if (!p)
				return 0;
			continue;
		}
		if (p == end || *p > end - p - 1)
			return 0;
		v[i].len = *p++;
		v[i].data = p;
		p += v[i].len;
	}
	*mp = m;
	return (size_t)(p - start);
}

static void
add_number(struct buf *out, enum dict_type type, uint32_t v)
{
	char digits[12], *p = digits + sizeof(digits);
	bool negative = false;

	/* narrow unsigned fields carry -1 now and then (invert_step) */
	if (type != DICT_UINT32 && (int32_t)v < 0) {
		negative = true;
		v = -v;
	}
	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	if (negative)
		*--p = '-';
	buf_add(out, p, (size_t)(digits + sizeof(digits) - p));
}

static void
add_value(
    struct buf *out, const struct dict_param *p, const struct dict_value *v)
{
	static const char hex[] = "0123456789abcdef";

	if (p->en) {
		dict_enum_name(p->en, (int32_t)v->num, out);
		return;
	}
	if (p->type != DICT_BYTES) {
		add_number(out, p->type, v->num);
		return;
	}
	for (size_t i = 0; i < v->len; i++) {
		buf_addc(out, hex[v->data[i] >> 4]);
		buf_addc(out, hex[v->data[i] & 15]);
	}
}

/* Debug text with its numbers filled in. */
static void
format_output(
    const struct dict_message *m, const struct dict_value *v, struct buf *out)
{
	const char *s = m->signature;
	enum dict_type type;

	buf_adds(out, m->name);
	buf_addc(out, ' ');
	for (int i = 0; *s;) {
		size_t n = *s == '%' ? type_at(s, strlen(s), &type) : 0;

		if (n > 0 && i < m->n_params) {
			add_value(out, &m->param[i], &v[i]);
			i++;
			s += n;
			continue;
		}
		buf_addc(out, *s);
		s += s[0] == '%' && s[1] == '%' ? 2 : 1;
	}
}

void
dict_format(
    const struct dict_message *m, const struct dict_value *v, struct buf *out)
{
	if (m->kind == DICT_OUTPUT) {
		format_output(m, v, out);
		return;
	}
	buf_adds(out, m->name);
	for (int i = 0; i < m->n_params; i++) {
		buf_add(out, m->param[i].label, m->param[i].label_len);
		add_value(out, &m->param[i], &v[i]);
	}
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static int
parse_bytes(const char *s, size_t n, uint8_t *room, struct dict_value *v)
{
	if (n % 2 != 0 || n / 2 > FRAME_PAYLOAD_MAX)
		return -1;
	for (size_t i = 0; i < n / 2; i++) {
		int hi = hex_digit(s[2 * i]), lo = hex_digit(s[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return -1;
		room[i] = (uint8_t)(hi << 4 | lo);
	}
	v->data = room;
	v->len = n / 2;
	return 0;
}

static int
parse_value(const struct dict_param *p, const char *s, size_t n, uint8_t *room,
    struct dict_value *v)
{
	char name[64];
	int64_t num;
	int32_t value;

	if (p->type == DICT_BYTES)
		return parse_bytes(s, n, room, v);
	if (p->en) {
		if (n >= sizeof(name))
			return -1;
		memcpy(name, s, n);
		name[n] = '\0';
		if (dict_enum_value(p->en, name, &value) != 0)
			return -1;
		v->num = (uint32_t)value;
		return 0;
	}
	if (num_parse_int(s, n, &num) != 0 || num < INT32_MIN ||
	    num > UINT32_MAX)
		return -1;
	v->num = (uint32_t)num;
	return 0;
}

size_t
dict_encode_text(
    const struct dict *d, const char *text, uint8_t *out, struct buf *why)
{
	struct dict_value v[DICT_PARAMS_MAX] = {{0}};
	uint8_t room[DICT_PARAMS_MAX][FRAME_PAYLOAD_MAX];
	size_t len = strcspn(text, " "), n;
	const struct dict_message *m = NULL;
	const char *s = text + len;

	for (size_t i = 0; i < d->n_messages && !m; i++)
		if (strlen(d->message[i].name) == len &&
		    memcmp(d->message[i].name, text, len) == 0)
			m = &d->message[i];
	if (!m || m->kind == DICT_OUTPUT) {
		buf_addf(why, "unknown command '%.*s'", (int)len, text);
		return 0;
	}
	for (int i = 0; i < m->n_params; i++, s += len) {
		const struct dict_param *p = &m->param[i];

		if (strncmp(s, p->label, p->label_len) != 0) {
			buf_addf(why, "'%s' lacks '%s'", m->name, p->name);
			return 0;
		}
		s += p->label_len;
		len = strcspn(s, " ");
		if (parse_value(p, s, len, room[i], &v[i]) != 0) {
			buf_addf(why, "'%.*s' is no value for '%s'", (int)len,
			    s, p->name);
			return 0;
		}
	}
	if (*s != '\0') {
		buf_addf(why, "'%s' takes no '%s'", m->name, s + 1);
		return 0;
	}
	n = dict_encode(m, v, out);
	if (n == 0)
		buf_addf(why, "'%s' does not fit in a frame", m->name);
	return n;
}
