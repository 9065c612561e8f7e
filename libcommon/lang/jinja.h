/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jinja2, the template language of macros: compile once, render often. */
#ifndef GANTRY_LANG_JINJA_H
#define GANTRY_LANG_JINJA_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

/*
 * The language as Klipper sets it up: {% statements %}, { expressions } in
 * single braces, {# comments #}; nothing is trimmed but the last newline;
 * the tags do, break and continue of Kalico on request.  Numbers and their
 * texts are Python's: integers of any size, shortest round-trip floats.
 *
 *	struct jinja_error why = JINJA_ERROR_INIT;
 *	struct jinja_template *t;
 *	struct jinja *j = jinja_new(NULL);
 *
 *	t = jinja_compile(text, len, 0, &why);
 *	jinja_set(j, "x", jj_int(5));
 *	if (jinja_render(j, t, &out, &why))
 *		...
 *
 * Values live in the arena of the struct jinja that made them and are gone
 * with the next jinja_begin(), which jinja_render() does not call: make the
 * values, render, and begin again.  What has to stay is copied into an arena
 * of the caller's (jj_copy()).  A template is read-only once compiled.
 */
struct jinja;
struct jinja_template;
struct jj_value;

/* what went wrong; class is Python's name of it ("UndefinedError") */
struct jinja_error {
	const char *class; /* static text */
	struct buf text;
	size_t pos;    /* offset in the template's text */
	unsigned line; /* of it, from 1; 0 when there is no place */
	unsigned col;  /* in characters, from 1 */
};

#define JINJA_ERROR_INIT                                                       \
	{                                                                      \
		NULL, BUF_INIT, 0, 0, 0                                        \
	}

void jinja_error_release(struct jinja_error *);

enum jinja_flags {
	JINJA_KALICO = 1, /* do, break, continue */
	JINJA_DOUBLE = 2, /* {{ expressions }} in double braces, as usual */
};

/* Bounds of one render; 0 stands for the default. */
struct jinja_limits {
	uint64_t steps; /* nodes evaluated (20 million) */
	size_t output;	/* bytes (16 MB) */
	size_t memory;	/* bytes of values (256 MB) */
	unsigned depth; /* macros and recursive loops (200) */
};

struct jinja_template *jinja_compile(
    const char *text, size_t len, unsigned flags, struct jinja_error *);
void jinja_template_free(struct jinja_template *);

struct jinja *jinja_new(const struct jinja_limits *);
void jinja_free(struct jinja *);

/* Forgets the values and the context of the last render. */
void jinja_begin(struct jinja *);
/* A name of the context; a later one of the same name wins. */
void jinja_set(struct jinja *, const char *name, struct jj_value);
/* The text is appended to out: 0, or -1 with the error filled. */
int jinja_render(struct jinja *, const struct jinja_template *, struct buf *out,
    struct jinja_error *);
/* Where in the template's text that byte of the last render was written;
 * until jinja_begin(). */
size_t jinja_origin(const struct jinja *, size_t out);
void jinja_seed(struct jinja *, uint64_t seed); /* of |random */

/* Values. */
enum jj_kind {
	JJ_UNDEF,
	JJ_NONE,
	JJ_BOOL,
	JJ_INT,
	JJ_BIG, /* beyond 64 bits */
	JJ_FLOAT,
	JJ_COMPLEX,
	JJ_STR,
	JJ_BYTES,
	JJ_LIST,
	JJ_TUPLE,
	JJ_DICT,
	JJ_RANGE,
	JJ_VIEW, /* dict.keys(), .values(), .items() */
	JJ_NAMESPACE,
	JJ_MACRO,
	JJ_FUNC,
	JJ_METHOD,
	JJ_LOOP,
	JJ_ITER, /* a generator */
	JJ_CYCLER,
	JJ_JOINER,
	JJ_BLOCKS, /* "self" */
	JJ_HOST,   /* an object of the caller's */
	JJ_LIVE,   /* known to nobody here: reading it is an error */
	JJ_MISSING /* no value: an argument that was not given */
};

struct jj_value {
	enum jj_kind kind;
	union {
		bool b;
		int64_t i;
		double f;
		struct jj_str *s;
		struct jj_list *l;
		struct jj_dict *d;
		struct jj_big *big;
		void *p;
	} u;
};

struct jj_str {
	uint32_t len;	/* bytes, UTF-8 */
	uint32_t chars; /* code points */
	uint32_t hash;	/* 0: not yet known */
	bool markup;	/* went through |safe or |e */
	uint8_t attr;	/* is it a method's name? 0: not yet known */
	char data[];	/* and a NUL */
};

/* who may change a container, and what that means */
enum jj_owner {
	JJ_SCRATCH, /* of this render */
	JJ_KEPT,    /* the caller's, changes stay: jj->kept_changed */
	JJ_SHARED,  /* the caller's, changes are undone after the render */
};

struct jj_list { /* tuples too */
	struct jj_value *v;
	uint32_t n, cap;
	uint8_t owner;
	bool coord; /* a tuple with .x .y .z .e */
	bool group; /* a tuple with .grouper .list */
	bool saved; /* shared, and changed in this render */
};

struct jj_entry {
	struct jj_value key, value; /* key.kind JJ_MISSING: deleted */
	uint32_t hash;
};

struct jj_dict {
	struct jj_entry *e; /* in order of insertion */
	uint32_t n, cap;    /* entries, deleted ones included */
	uint32_t used;	    /* not deleted */
	uint32_t *index;    /* hash table of entry + 1; NULL while small */
	uint32_t mask;
	uint8_t owner;
	bool saved;
};

struct jj_args {
	const struct jj_value *v;
	uint32_t n;
	struct jj_str *const *name; /* of keyword arguments */
	const struct jj_value *kw;
	uint32_t nkw;
};

/* A function of the caller's. */
struct jj_func {
	const char *name;
	struct jj_value (*call)(
	    struct jinja *, void *host, const struct jj_args *);
	void *host;
	bool type; /* shows as a class */
};

/* An object of the caller's: [key], .key, "key in object", iteration. */
struct jj_host {
	const char *type; /* "extras.gcode_macro.GetStatusWrapper" */
	/* JJ_MISSING when there is no such key */
	struct jj_value (*get)(
	    struct jinja *, void *data, const char *key, size_t len);
	struct jj_value (*names)(struct jinja *, void *data); /* a list */
	void *data;
};

static inline struct jj_value
jj_none(void)
{
	return (struct jj_value){.kind = JJ_NONE, .u.i = 0};
}

static inline struct jj_value
jj_bool(bool b)
{
	return (struct jj_value){.kind = JJ_BOOL, .u.i = b};
}

static inline struct jj_value
jj_int(int64_t i)
{
	return (struct jj_value){.kind = JJ_INT, .u.i = i};
}

static inline struct jj_value
jj_float(double f)
{
	return (struct jj_value){.kind = JJ_FLOAT, .u.f = f};
}

struct jj_value jj_string(struct jinja *, const char *, size_t len);
struct jj_value jj_strz(struct jinja *, const char *);
struct jj_value jj_list_new(struct jinja *, uint32_t room);
struct jj_value jj_tuple_new(struct jinja *, uint32_t room);
struct jj_value jj_coord(
    struct jinja *, double x, double y, double z, struct jj_value e);
struct jj_value jj_dict_new(struct jinja *);
struct jj_value jj_func(struct jinja *, const struct jj_func *);
struct jj_value jj_host(struct jinja *, const struct jj_host *);
/* a value that fails when it is read: the class is StateError */
struct jj_value jj_live(struct jinja *, const char *object, const char *field);
void jj_append(struct jinja *, struct jj_value list, struct jj_value);
void jj_put(
    struct jinja *, struct jj_value dict, const char *key, struct jj_value);
/* the value of a key of a dict, or JJ_MISSING */
struct jj_value jj_get(
    struct jinja *, struct jj_value dict, const char *key, size_t len);

/* Python's literals (variable_x: ...): 0, or -1 with the error filled. */
int jj_literal(struct jinja *, const char *text, size_t len, struct jj_value *,
    struct jinja_error *);

/* str(value) and repr(value), appended to out: 0, or -1 (too deep). */
int jj_write_str(struct jinja *, struct jj_value, struct buf *out);
int jj_write_repr(struct jinja *, struct jj_value, struct buf *out);
/* a == b as Python has it */
bool jj_same(struct jinja *, struct jj_value, struct jj_value);

/*
 * Deep copy into an arena of the caller's, with aliases and cycles kept;
 * containers get that owner.  Generators and functions become None.
 */
struct jj_value jj_copy(struct arena *, struct jj_value, enum jj_owner);
/* Were containers with owner JJ_KEPT changed since jinja_begin()? */
bool jinja_kept_changed(const struct jinja *);

/* For functions and objects of the caller's: leave with an error. */
void jj_fail(struct jinja *, const char *class, const char *fmt, ...)
    __attribute__((noreturn, format(printf, 3, 4)));
/* Runs f(j, data), catching jj_fail(): 0, or -1 with the error filled. */
int jinja_protect(struct jinja *, void (*f)(struct jinja *, void *), void *data,
    struct jinja_error *);
struct arena *jinja_arena(struct jinja *);

/* "The shortest text that reads back": Python's repr of a float. */
#define JJ_FLOAT_MAX 32
size_t jj_float_repr(char *out, double);

#endif
