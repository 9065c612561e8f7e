/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts and libconfig's values as values of the schema's types. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/xalloc.h"
#include "lang/conftext.h"
#include "lang/klippercfg.h"
#include "machine/tree-private.h"

#define SHOWN_MAX 40 /* characters of a culprit in a message */

/* "a, b, c" of "a|b|c"; the nearest to got, or NULL */
static const char *
choices(struct tree *t, const char *list, const char *got, struct buf *out)
{
	const char *names[32];
	int n = 0;

	while (*list && n < 32) {
		size_t len = strcspn(list, "|");

		names[n++] = arena_strndup(&t->arena, list, len);
		buf_addf(out, "%s%s", n > 1 ? ", " : "", names[n - 1]);
		list += len + (list[len] == '|');
	}
	return diag_nearest(got, names, n);
}

static void
wrong_type(struct tree *t, const struct tree_entry *e, const char *got)
{
	struct buf want = BUF_INIT;
	const char *near;

	if (e->key->type == SCHEMA_CHOICE) {
		near = choices(t, e->key->choices, got, &want);
		tree_say(t, DIAG_ERROR, &e->place, "config-type",
		    near ? "'%s' is '%.*s'; '%s' was meant?"
			 : "'%s' is '%.*s', it must be one of %s",
		    e->name, SHOWN_MAX, got, near ? near : want.data);
	} else {
		schema_type_name(e->key, &want);
		tree_say(t, DIAG_ERROR, &e->place, "config-type",
		    "'%s' wants %s%s, not '%.*s'", e->name,
		    e->key->type <= SCHEMA_INT || e->key->type == SCHEMA_PIN ||
			    e->key->type >= SCHEMA_DOUBLES
			? "a "
			: "",
		    want.data, SHOWN_MAX, got);
	}
	buf_release(&want);
}

static bool
is_within(const struct schema_key *k, double v)
{
	return isfinite(v) && v >= k->min && v <= k->max &&
	       !(v <= k->min && (k->flags & SCHEMA_ABOVE)) &&
	       !(v >= k->max && (k->flags & SCHEMA_BELOW));
}

static bool
in_range(struct tree *t, const struct tree_entry *e, double v)
{
	struct schema_key k = *e->key;
	struct buf range = BUF_INIT;

	if (is_within(&k, v)) {
		k = schema_bounded(&k);
		if (is_within(&k, v))
			return true;
	}
	schema_range(&k, &range);
	tree_say(t, DIAG_ERROR, &e->place, "config-range",
	    "'%s' is %.10g%s%s, it must be %s", e->name, v, *k.unit ? " " : "",
	    k.unit, range.data ? range.data : "finite");
	buf_release(&range);
	return false;
}

/* --- single values ---------------------------------------------------- */

static bool
is_choice(const char *choices, const char *s)
{
	size_t len = strlen(s);

	for (const char *c = choices; *c;) {
		size_t n = strcspn(c, "|");

		if (n == len && memcmp(c, s, n) == 0)
			return true;
		c += n + (c[n] == '|');
	}
	return false;
}

/* Any of ^ ~ !, a board's name and ':', the pin's name. */
static bool
is_pin(const char *s)
{
	s += strspn(s, "^~! \t");
	return *s && *s != ':' && s[strlen(s) - 1] != ':' &&
	       !strpbrk(s, "^~!,\n");
}

static int
scalar(const struct schema_key *k, enum schema_type type, const char *text,
    struct tree_value *v)
{
	switch (type) {
	case SCHEMA_DOUBLE:
		v->type = TREE_DOUBLE;
		return klippercfg_double(text, &v->d);
	case SCHEMA_INT:
		v->type = TREE_INT;
		return klippercfg_int(text, &v->i);
	case SCHEMA_BOOL:
		v->type = TREE_BOOL;
		return klippercfg_bool(text, &v->b);
	case SCHEMA_CHOICE:
		if (!is_choice(k->choices, text))
			return -1;
		break;
	case SCHEMA_PIN:
		if (!is_pin(text))
			return -1;
		break;
	default:
		break;
	}
	v->type = TREE_STRING;
	v->s = text;
	return 0;
}

/* --- lists ------------------------------------------------------------ */

struct items {
	struct tree_value *v;
	size_t n, alloc;
};

static struct tree_value *
one_more(struct items *list)
{
	ALLOC_GROW(list->v, list->n + 1, list->alloc);
	memset(&list->v[list->n], 0, sizeof(*list->v));
	return &list->v[list->n++];
}

static void
keep_list(struct tree *t, struct items *list, struct tree_value *out)
{
	struct tree_value *kept =
	    arena_alloc(&t->arena, (list->n + 1) * sizeof(*kept));

	if (list->n)
		memcpy(kept, list->v, list->n * sizeof(*kept));
	out->type = TREE_LIST;
	out->list.item = kept;
	out->list.n = (uint32_t)list->n;
	free(list->v);
}

/* what the elements of the innermost lists are */
static enum schema_type
element(enum schema_type list)
{
	if (list == SCHEMA_INTS)
		return SCHEMA_INT;
	return list == SCHEMA_STRINGS ? SCHEMA_STRING : SCHEMA_DOUBLE;
}

static int
flat_list(struct tree *t, const struct schema_key *k, const char *text,
    char separator, struct tree_value *out)
{
	struct items list = {NULL, 0, 0};
	const char *item;
	int rc = 0;
	long n;

	if (!klippercfg_blank(text)) {
		while (rc == 0 &&
		       (n = klippercfg_item(&text, separator, &item)) >= 0)
			rc = scalar(k, element(k->type),
			    arena_strndup(&t->arena, item, (size_t)n),
			    one_more(&list));
	}
	keep_list(t, &list, out);
	return rc;
}

static int
nested_list(struct tree *t, const struct schema_key *k, const char *text,
    struct tree_value *out)
{
	bool ratios = k->type == SCHEMA_RATIOS;
	struct items list = {NULL, 0, 0};
	const char *item;
	int rc = 0;
	long n;

	while (rc == 0 &&
	       (n = klippercfg_item(&text, ratios ? ',' : '\n', &item)) >= 0) {
		char *line;

		if (n == 0)
			continue;
		line = arena_strndup(&t->arena, item, (size_t)n);
		rc = flat_list(t, k, line, ratios ? ':' : ',', one_more(&list));
	}
	keep_list(t, &list, out);
	return rc;
}

/* --- checks ----------------------------------------------------------- */

static bool
check_numbers(
    struct tree *t, const struct tree_entry *e, const struct tree_value *v)
{
	if (v->type == TREE_INT)
		return in_range(t, e, (double)v->i);
	if (v->type == TREE_DOUBLE)
		return in_range(t, e, v->d);
	if (v->type != TREE_LIST)
		return true;
	for (uint32_t i = 0; i < v->list.n; i++)
		if (!check_numbers(t, e, &v->list.item[i]))
			return false;
	return true;
}

static void
check(struct tree *t, struct tree_entry *e)
{
	const struct schema_key *k = e->key;

	if (!e->given || !check_numbers(t, e, &e->value))
		return;
	if ((k->flags & SCHEMA_LIST_N) && e->value.list.n != (uint32_t)k->count)
		tree_say(t, DIAG_ERROR, &e->place, "config-type",
		    "'%s' has %u elements, it must have %d", e->name,
		    (unsigned)e->value.list.n, k->count);
	if (k->type == SCHEMA_RATIOS)
		for (uint32_t i = 0; i < e->value.list.n; i++)
			if (e->value.list.item[i].list.n != 2)
				tree_say(t, DIAG_ERROR, &e->place,
				    "config-type",
				    "'%s' wants pairs, as \"50:17\"", e->name);
}

void
tree_take_text(struct tree *t, struct tree_entry *e, const char *text)
{
	const struct schema_key *k = e->key;
	int rc;

	e->raw = arena_strdup(&t->arena, text);
	if (k->type == SCHEMA_POINTS || k->type == SCHEMA_RATIOS)
		rc = nested_list(t, k, e->raw, &e->value);
	else if (k->type >= SCHEMA_DOUBLES)
		rc = flat_list(t, k, e->raw, ',', &e->value);
	else
		rc = scalar(k, k->type, e->raw, &e->value);
	if (rc)
		wrong_type(t, e, text);
	else
		check(t, e);
}

void
tree_add_text(struct tree *t, struct tree_section *s, const char *name,
    const char *text, const struct diag_place *place)
{
	const struct schema_key *k = tree_know(t, s, name, place);

	if (k)
		tree_take_text(t, tree_new_entry(t, s, k, name, place), text);
}

/* --- values that have a type already ----------------------------------- */

static bool
scalar_fits(enum schema_type type, struct tree_value *v)
{
	switch (type) {
	case SCHEMA_DOUBLE:
		if (v->type == TREE_INT) {
			v->d = (double)v->i;
			v->type = TREE_DOUBLE;
		}
		return v->type == TREE_DOUBLE;
	case SCHEMA_INT:
		return v->type == TREE_INT;
	case SCHEMA_BOOL:
		return v->type == TREE_BOOL;
	default:
		return v->type == TREE_STRING;
	}
}

/* Copies a list, its elements made to fit; depth counts the nested lists
 * still wanted. */
static int
list_fits(struct tree *t, const struct schema_key *k,
    const struct tree_value *v, int depth, struct tree_value *out)
{
	struct tree_value one = {.type = TREE_LIST, .list = {NULL, 1}};
	struct items list = {NULL, 0, 0};
	int rc = 0;

	/* one element stands for a list of it, one list for a list of it */
	one.list.item = v;
	if (v->type != TREE_LIST ||
	    (depth > 1 && v->list.n && v->list.item[0].type != TREE_LIST))
		v = &one;
	for (uint32_t i = 0; i < v->list.n && rc == 0; i++) {
		struct tree_value *item = one_more(&list);

		if (depth > 1) {
			rc = list_fits(t, k, &v->list.item[i], depth - 1, item);
		} else {
			*item = v->list.item[i];
			rc = scalar_fits(element(k->type), item) ? 0 : -1;
		}
	}
	keep_list(t, &list, out);
	return rc;
}

void
tree_add_value(struct tree *t, struct tree_section *s, const char *name,
    const struct tree_value *v, const struct diag_place *place)
{
	const struct schema_key *k = tree_know(t, s, name, place);
	bool nested, list;
	struct tree_entry *e;
	struct buf text = BUF_INIT;
	int rc = 0;

	if (!k)
		return;
	nested = k->type == SCHEMA_POINTS || k->type == SCHEMA_RATIOS;
	list = k->type >= SCHEMA_DOUBLES;
	e = tree_new_entry(t, s, k, name, place);
	/* what printer.cfg says by text may be said by text here, too */
	if (v->type == TREE_STRING &&
	    (list || k->type == SCHEMA_CHOICE || k->type == SCHEMA_PIN)) {
		tree_take_text(t, e, v->s);
		return;
	}
	e->value = *v;
	if (list)
		rc = list_fits(t, k, v, nested ? 2 : 1, &e->value);
	else if (!scalar_fits(k->type, &e->value))
		rc = -1;
	tree_format(k, &e->value, &text);
	e->raw = arena_strdup(&t->arena, text.data);
	if (rc)
		wrong_type(t, e, text.data);
	else
		check(t, e);
	buf_release(&text);
}

/* --- text ------------------------------------------------------------- */

static void
format_double(double v, struct buf *out)
{
	char text[NUM_DOUBLE_MAX];

	if (isfinite(v))
		buf_add(out, text, num_format_double(text, v));
	else
		buf_adds(out, isnan(v) ? "nan" : v > 0 ? "inf" : "-inf");
}

static void
format_at(const struct schema_key *k, const struct tree_value *v, int depth,
    struct buf *out)
{
	const char *between = ", ";

	switch (v->type) {
	case TREE_INT:
		buf_addf(out, "%lld", (long long)v->i);
		return;
	case TREE_DOUBLE:
		format_double(v->d, out);
		return;
	case TREE_BOOL:
		buf_adds(out, v->b ? "True" : "False");
		return;
	case TREE_STRING:
		buf_adds(out, v->s);
		return;
	case TREE_LIST:
		break;
	}
	if (k->type == SCHEMA_RATIOS && depth == 1)
		between = ":";
	else if (k->type == SCHEMA_POINTS && depth == 0)
		between = "\n";
	for (uint32_t i = 0; i < v->list.n; i++) {
		if (i || *between == '\n')
			buf_adds(out, between);
		format_at(k, &v->list.item[i], depth + 1, out);
	}
}

void
tree_format(
    const struct schema_key *k, const struct tree_value *v, struct buf *out)
{
	buf_adds(out, "");
	format_at(k, v, 0, out);
}

void
tree_format_conf(const struct tree_value *v, struct buf *out)
{
	size_t from = out->len;
	bool flat = true;

	switch (v->type) {
	case TREE_INT:
		buf_addf(out, "%lld", (long long)v->i);
		if (v->i > INT32_MAX || v->i < INT32_MIN)
			buf_addc(out, 'L');
		return;
	case TREE_DOUBLE:
		format_double(v->d, out);
		/* libconfig tells numbers apart by the dot */
		if (!strpbrk(out->data + from, ".e"))
			buf_adds(out, ".0");
		return;
	case TREE_BOOL:
		buf_adds(out, v->b ? "true" : "false");
		return;
	case TREE_STRING:
		conftext_quote(out, v->s);
		return;
	case TREE_LIST:
		break;
	}
	for (uint32_t i = 0; i < v->list.n; i++)
		flat &= v->list.item[i].type != TREE_LIST;
	buf_addc(out, flat ? '[' : '(');
	for (uint32_t i = 0; i < v->list.n; i++) {
		if (i)
			buf_adds(out, ", ");
		tree_format_conf(&v->list.item[i], out);
	}
	buf_addc(out, flat ? ']' : ')');
}
