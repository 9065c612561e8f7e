/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the template language share. */
#ifndef GANTRY_LANG_JINJA_PRIVATE_H
#define GANTRY_LANG_JINJA_PRIVATE_H

#include <string.h>

#include "lang/jinja.h"

/*
 * A failure leaves by longjmp to the innermost trap, as in other small
 * languages: everything that evaluation makes lives in the arena, so there is
 * nothing to clean up on the way.  Hence no struct buf between here and the
 * trap; text grows in a struct jj_sb.
 */
struct jj_trap {
	jmp_buf env;
	struct jj_trap *outer;
};

struct jj_sb { /* text that grows in the arena */
	char *p;
	size_t len, cap;
};

/* The outermost scope of a template holds every name by its number; those
 * within it are short lists. */
#define JJ_SCOPE_ROOM 4
struct jj_scope {
	struct jj_scope *outer;
	struct jj_value *v;
	uint32_t *sym; /* NULL: the outermost one */
	uint32_t n, cap;
	bool held; /* a macro or a loop looks into it later */
	struct jj_value v_room[JJ_SCOPE_ROOM];
	uint32_t sym_room[JJ_SCOPE_ROOM];
};

struct jj_mark { /* from here on the page comes from that place */
	uint32_t out;
	uint32_t pos : 31;
	uint32_t data : 1; /* text: pos goes on as out does */
};

struct jj_undo { /* a shared container as it was */
	struct jj_undo *next;
	struct jj_list *l;
	struct jj_dict *d;
	struct jj_list was_l;
	struct jj_dict was_d;
};

struct jinja {
	struct arena arena;
	/* small values come from here: zeroed, and the first piece is kept */
	char *room, *room_end, *first;
	char *stack; /* where it was when the render began */
	struct jinja_limits limit;
	struct jj_trap *trap;
	const struct jj_node *at; /* being evaluated, for the place */
	uint64_t steps;
	size_t memory;
	unsigned depth, nested;
	const void *open[208]; /* containers being written */
	unsigned n_open;
	struct jj_sb *out, *page; /* page: the text of the whole */
	struct jj_mark *mark;	  /* what wrote which part of the page */
	uint32_t n_marks, cap_marks;
	const struct jinja_template *tpl;
	struct jj_value context; /* dict */
	struct jj_scope *scope;	 /* innermost */
	struct jj_scope *root;	 /* of the template */
	uint8_t *inner; /* by symbol: was it ever bound within the root? */
	struct jj_loop *recursive; /* that "loop(...)" would go on with */
	struct jj_undo *undo;
	bool kept_changed;
	bool autoescape;
	bool live_ok; /* "x is defined" does not read x */
	uint64_t random;
	/* the pending error */
	const char *class;
	struct jj_sb why;
	size_t pos;
	bool placed;
	/* --cover: which way a branch goes, told or taken */
	const struct jinja_cover *cover;
};

/* Undefined: what to say when it is used. */
enum jj_undef_how {
	JJ_U_NAME, /* 'x' is undefined */
	JJ_U_ATTR, /* 'dict object' has no attribute 'x' */
	JJ_U_HINT, /* the text itself */
};

struct jj_undef {
	enum jj_undef_how how;
	struct jj_value object, key;
	const char *hint;
	struct jj_str *name;
	size_t pos;
	bool placed;
};

struct jj_big { /* sign and magnitude, base 2^32, no leading zeros */
	bool neg;
	uint32_t n;
	uint32_t d[];
};

struct jj_range_value {
	int64_t start, stop, step;
	int64_t n;
};

struct jj_complex {
	double re, im;
};

enum jj_view_kind {
	JJ_KEYS,
	JJ_VALUES,
	JJ_ITEMS
};

struct jj_view {
	enum jj_view_kind what;
	struct jj_dict *d;
};

struct jj_method {
	struct jj_value self;
	const struct jj_builtin *f;
};

struct jj_macro {
	const struct jj_node *node; /* of kind N_MACRO or N_CALLBLOCK */
	struct jj_scope *scope;	    /* where it was defined */
	const char *name;	    /* NULL: a call block */
};

struct jj_cycler {
	const struct jj_value *v;
	uint32_t n, at;
};

struct jj_joiner {
	struct jj_value sep;
	bool used;
};

/* Iteration over anything, live as Python's. */
struct jj_iter {
	struct jj_value src;
	uint64_t i;
	uint32_t used; /* of a dict, when it began */
	bool done;
};

struct jj_gen;
typedef bool (*jj_gen_next)(struct jinja *, struct jj_gen *, struct jj_value *);
struct jj_gen {
	const char *name; /* "generator object sync_do_map" */
	jj_gen_next next;
	struct jj_iter it;
	struct jj_value src;
	const struct jj_args *args;
	const struct jj_builtin *each; /* what map() or select() calls */
	struct jj_value attr;	       /* and what map() takes */
	struct jj_value extra;
	void *data;
	bool begun, done;
};

struct jj_loop {
	struct jj_value src;
	struct jj_iter it;
	struct jj_loop *outer;
	const struct jj_node *node; /* for loop(...); NULL if not recursive */
	struct jj_scope *scope;
	int64_t index0, length; /* length -1: not yet known */
	unsigned depth0;
	struct jj_value cur, prev, peeked;
	struct jj_value changed;
	bool has_peeked, ended;
};

/* A builtin: parameters by name, or all arguments raw. */
#define JJ_PARAMS_MAX 6
struct jj_builtin {
	const char *name;
	const char *python; /* its name in messages; NULL: name */
	struct jj_value (*fn)(struct jinja *, struct jj_value *argv);
	struct jj_value (*raw)(
	    struct jinja *, struct jj_value self, const struct jj_args *);
	uint8_t min, max; /* of argv, self counted */
	const char *param[JJ_PARAMS_MAX];
};

/* ---- the tree ---- */
enum jj_node_kind {
	/* expressions */
	N_CONST,
	N_NAME,
	N_LIST,
	N_TUPLE,
	N_DICT,
	N_GETATTR,
	N_GETITEM,
	N_SLICE,
	N_CALL,
	N_FILTER,
	N_TEST,
	N_UNARY,
	N_BINARY,
	N_CONCAT,
	N_COMPARE,
	N_NOT,
	N_AND,
	N_OR,
	N_COND,
	/* statements */
	N_DATA,
	N_PRINT,
	N_SET,
	N_SETBLOCK,
	N_IF,
	N_FOR,
	N_MACRO,
	N_CALLBLOCK,
	N_FILTERBLOCK,
	N_WITH,
	N_BLOCK,
	N_AUTOESCAPE,
	N_DO,
	N_BREAK,
	N_CONTINUE,
	N_LOADER, /* include, import, from, extends: there is no loader */
	/* targets of assignments */
	N_NSREF,
};

enum jj_op {
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV,
	OP_FLOORDIV,
	OP_MOD,
	OP_POW,
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_IN,
	OP_NOTIN,
	OP_NEG,
	OP_POS,
};

struct jj_callargs {
	struct jj_node **v;
	struct jj_str **kwname;
	struct jj_node **kw;
	struct jj_node *star, *starstar;
	uint32_t n, nkw;
};

struct jj_body {
	struct jj_node **v;
	uint32_t n;
};

struct jj_node {
	enum jj_node_kind kind;
	uint8_t op;   /* enum jj_op */
	uint8_t ops;  /* N_COMPARE: how many more */
	bool flag;    /* N_FOR recursive; N_TEST asks whether it is defined;
		       * N_NAME is not of the context */
	bool loopvar; /* N_FOR: the body names "loop" */
	bool plain;   /* N_FILTER, N_TEST: arguments by place, as many as fit */
	uint32_t pos, line;
	uint32_t sym;	 /* of a name */
	uint32_t branch; /* of N_IF, N_COND, N_FOR: its number */
	struct jj_node *a, *b, *c;
	struct jj_body body, other; /* items, statements, else */
	struct jj_callargs *args;
	struct jj_str *name;
	struct jj_value value;
	const struct jj_builtin *builtin; /* filter or test */
	uint8_t *oplist;		  /* N_COMPARE */
};

struct jinja_template {
	struct arena arena;
	char *text; /* newlines normalised, one at the end dropped */
	size_t len;
	struct jj_body body;
	struct jj_str **sym; /* names */
	bool *apart; /* by name: some reads of it never mean the context */
	uint32_t n_sym;
	struct jj_node **block; /* N_BLOCK by order */
	uint32_t n_blocks;
	uint32_t n_branches;
	uint32_t sym_loop, sym_caller, sym_varargs, sym_kwargs, sym_self;
	unsigned flags;
};

/* ---- jinja_value.c, jinja_dict.c ---- */
void *jj_alloc_more(struct jinja *, size_t);
void jj_alloc_begin(struct jinja *); /* forgets everything */

/* zeroed, 16-byte aligned, until the next jinja_begin() */
static inline void *
jj_alloc(struct jinja *j, size_t size)
{
	char *p = j->room;

	if (size > (size_t)(j->room_end - p))
		return jj_alloc_more(j, size);
	j->room = p + ((size + 15) & ~(size_t)15);
	return p;
}

struct jj_str *jj_str_in(struct arena *, const char *, size_t);

static inline struct jj_value
jj_ptr(enum jj_kind kind, void *p)
{
	return (struct jj_value){.kind = kind, .u.p = p};
}

static inline struct jj_value
jj_of_str(struct jj_str *s)
{
	return (struct jj_value){.kind = JJ_STR, .u.s = s};
}

static inline struct jj_value
jj_missing(void)
{
	return (struct jj_value){.kind = JJ_MISSING, .u.p = NULL};
}

struct jj_value jj_undef_name(struct jinja *, struct jj_str *);
struct jj_value jj_undef_attr(
    struct jinja *, struct jj_value object, struct jj_value key);
struct jj_value jj_undef_hint(struct jinja *, const char *hint);
const char *jj_type_name(struct jj_value);
bool jj_true(struct jinja *, struct jj_value);

static inline bool
jj_is_int(struct jj_value v) /* bool, int */
{
	return v.kind == JJ_INT || v.kind == JJ_BOOL || v.kind == JJ_BIG;
}

static inline bool
jj_is_number(struct jj_value v) /* bool, int, float */
{
	return jj_is_int(v) || v.kind == JJ_FLOAT;
}

bool jj_equal(struct jinja *, struct jj_value, struct jj_value);
bool jj_identical(struct jj_value, struct jj_value);
bool jj_contains(struct jinja *, struct jj_value item, struct jj_value in);
/* a OP b for the six comparisons */
bool jj_compare(struct jinja *, enum jj_op, struct jj_value, struct jj_value);
int64_t jj_len(struct jinja *, struct jj_value); /* -1: has none */
void jj_read_live(struct jinja *, struct jj_value) __attribute__((noreturn));
void jj_use(struct jinja *, struct jj_value undef) __attribute__((noreturn));
void jj_type_error(struct jinja *, const char *fmt, struct jj_value)
    __attribute__((noreturn));
void jj_vfail(struct jinja *, const char *class, const char *fmt, va_list)
    __attribute__((noreturn, format(printf, 3, 0)));
uint32_t jj_hash(struct jinja *, struct jj_value);
struct jj_value jj_dict_find(const struct jj_dict *, struct jj_str *key);
struct jj_value jj_dict_get(
    struct jinja *, const struct jj_dict *, struct jj_value key);
void jj_dict_set(
    struct jinja *, struct jj_dict *, struct jj_value key, struct jj_value);
bool jj_dict_del(
    struct jinja *, struct jj_dict *, struct jj_value key, struct jj_value *);
void jj_dict_clear(struct jinja *, struct jj_dict *);
void jj_list_reserve(struct jinja *, struct jj_list *, uint32_t n);
void jj_list_change(struct jinja *, struct jj_list *); /* before a change */
void jj_dict_change(struct jinja *, struct jj_dict *);
void jj_undo_all(struct jinja *);
void jj_enter(struct jinja *); /* one more level of nesting, bounded */
/* what goes over a whole text or list counts as steps, too */
static inline void
jj_work(struct jinja *j, struct jj_value over)
{
	if (over.kind == JJ_STR)
		j->steps += over.u.s->len / 16;
	else if (over.kind == JJ_LIST || over.kind == JJ_TUPLE)
		j->steps += over.u.l->n / 4;
}

void jj_leave(struct jinja *);
void jj_too_long(struct jinja *) __attribute__((noreturn));

/* ---- jinja_sb.c ---- */
void jj_sb_more(struct jinja *, struct jj_sb *, const char *, size_t);

static inline void
jj_sb_add(struct jinja *j, struct jj_sb *b, const char *s, size_t n)
{
	if (n - 1 >= b->cap - b->len) { /* not even one, or too many */
		if (n)
			jj_sb_more(j, b, s, n);
		return;
	}
	memcpy(b->p + b->len, s, n);
	b->len += n;
}

/* most pieces of a page are a few letters: cheaper than a call */
static inline void
jj_copy_text(char *to, const char *from, size_t n)
{
	uint64_t a, b;
	uint32_t c, d;

	if (n > 16) {
		memcpy(to, from, n);
	} else if (n >= 8) {
		memcpy(&a, from, 8);
		memcpy(&b, from + n - 8, 8);
		memcpy(to, &a, 8);
		memcpy(to + n - 8, &b, 8);
	} else if (n >= 4) {
		memcpy(&c, from, 4);
		memcpy(&d, from + n - 4, 4);
		memcpy(to, &c, 4);
		memcpy(to + n - 4, &d, 4);
	} else {
		to[0] = from[0];
		to[n / 2] = from[n / 2];
		to[n - 1] = from[n - 1];
	}
}

/* the same for text that is a value already */
static inline void
jj_sb_add_str(struct jinja *j, struct jj_sb *b, const struct jj_str *s)
{
	size_t n = s->len;

	if (n - 1 >= b->cap - b->len) {
		if (n)
			jj_sb_more(j, b, s->data, n);
		return;
	}
	jj_copy_text(b->p + b->len, s->data, n);
	b->len += n;
}

static inline void
jj_sb_putc(struct jinja *j, struct jj_sb *b, char c)
{
	if (b->len == b->cap)
		jj_sb_more(j, b, &c, 1);
	else
		b->p[b->len++] = c;
}

void jj_sb_puts(struct jinja *, struct jj_sb *, const char *);
void jj_sb_addf(struct jinja *, struct jj_sb *, const char *, ...)
    __attribute__((format(printf, 3, 4)));
void jj_sb_fill(struct jinja *, struct jj_sb *, uint32_t c, int64_t n);
struct jj_value jj_sb_value(struct jinja *, struct jj_sb *);

/* ---- jinja_text.c: UTF-8 and characters ---- */
uint32_t jj_utf8_next(const char **p, const char *end);
unsigned jj_utf8_put(char *out, uint32_t c); /* 1..4 bytes */
size_t jj_utf8_offset(const struct jj_str *, uint32_t chars);
uint32_t jj_utf8_count(const char *, size_t);
bool jj_is_space(uint32_t);
bool jj_is_alpha(uint32_t);
bool jj_is_alnum(uint32_t);
bool jj_is_printable(uint32_t);
bool jj_is_upper(uint32_t);
bool jj_is_lower(uint32_t);
bool jj_is_digit(uint32_t);	/* str.isdigit */
bool jj_is_numeric(uint32_t);	/* str.isnumeric */
int jj_decimal_value(uint32_t); /* -1: not a decimal digit */
uint32_t jj_upper1(uint32_t);
uint32_t jj_lower1(uint32_t);
struct jj_value jj_upper_str(struct jinja *, const struct jj_str *);
void jj_put_upper(struct jinja *, struct jj_sb *, uint32_t);
void jj_put_title(struct jinja *, struct jj_sb *, uint32_t);
struct jj_value jj_lower_str(struct jinja *, const struct jj_str *);
struct jj_value jj_trim_str(struct jinja *, const struct jj_str *,
    const struct jj_str *chars, bool left, bool right);
struct jj_value jj_replace_str(struct jinja *, const struct jj_str *,
    const struct jj_str *old, const struct jj_str *new, int64_t count);
struct jj_value jj_sub(
    struct jinja *, const struct jj_str *, size_t from, size_t to); /* bytes */
struct jj_value jj_escape(struct jinja *, struct jj_value);	    /* HTML */
/* jinja_find.c: byte offset of the first (last) occurrence, -1 if there is none
 */
int64_t jj_find_text(const char *in, size_t n, const char *what, size_t len);
int64_t jj_rfind_text(const char *in, size_t n, const char *what, size_t len);
bool jj_char_by_name(const char *, size_t, uint32_t *);

/* ---- jinja_repr.c ---- */
void jj_str_to(struct jinja *, struct jj_sb *, struct jj_value);
void jj_repr_to(struct jinja *, struct jj_sb *, struct jj_value);
void jj_repr_text(
    struct jinja *, struct jj_sb *, const char *, size_t, bool ascii);
struct jj_str *jj_str_of(struct jinja *, struct jj_value);
const char *jj_repr_z(struct jinja *, struct jj_value); /* for messages */
struct jj_value jj_pprint(struct jinja *, struct jj_value);
/* indent: what one level is indented by; NULL: all in one line */
struct jj_value jj_tojson(
    struct jinja *, struct jj_value, const struct jj_str *indent);

/* ---- jinja_big.c ---- */
#define JJ_DIGITS_MAX 4300 /* of an integer as text, Python's own limit */
struct jj_value jj_big_norm(struct jinja *, struct jj_big *);
struct jj_value jj_int_add(struct jinja *, struct jj_value, struct jj_value);
struct jj_value jj_int_sub(struct jinja *, struct jj_value, struct jj_value);
struct jj_value jj_int_mul(struct jinja *, struct jj_value, struct jj_value);
/* floor division; b is not 0; q, r may be NULL */
void jj_int_divmod(struct jinja *, struct jj_value, struct jj_value b,
    struct jj_value *q, struct jj_value *r);
struct jj_value jj_int_pow(struct jinja *, struct jj_value, uint64_t);
struct jj_value jj_int_neg(struct jinja *, struct jj_value);
int jj_int_cmp(struct jj_value, struct jj_value);
int jj_int_sign(struct jj_value);
double jj_int_double(struct jinja *, struct jj_value); /* or fails */
double jj_int_truediv(struct jinja *, struct jj_value, struct jj_value);
struct jj_value jj_int_of_double(struct jinja *, double integral);
/* digits of that base, underscores allowed between them */
bool jj_int_parse(
    struct jinja *, const char *, size_t, unsigned base, struct jj_value *);
void jj_int_to(struct jinja *, struct jj_sb *, struct jj_value, unsigned base);
unsigned jj_int_bits(struct jj_value);

/* ---- jinja_decimal.c ---- */
/* v * 10^d rounded half to even, v >= 0; false: beyond what is done here */
bool jj_scaled(double v, int64_t d, uint64_t *);
size_t jj_put_scaled(char *out, uint64_t, unsigned d);	/* up to 24 bytes */
int jj_digits17(double v, char *digits, int *exponent); /* 0: not here */

/* ---- jinja_number.c ---- */
struct jj_value jj_binary(
    struct jinja *, enum jj_op, struct jj_value, struct jj_value);
struct jj_value jj_unary(struct jinja *, enum jj_op, struct jj_value);
double jj_to_double(struct jinja *, struct jj_value number);
int jj_num_cmp(struct jinja *, struct jj_value, struct jj_value); /* 2: nan */
bool jj_float_parse(struct jinja *, const char *, size_t, double *);
struct jj_value jj_round(struct jinja *, struct jj_value, int64_t digits);
/* an argument that must be an integer (operator.index) */
int64_t jj_index(struct jinja *, struct jj_value);
int64_t jj_size_arg(struct jinja *, struct jj_value); /* clamped */

/* ---- jinja_lexer.c ---- */
enum jj_tok {
	T_EOF,
	T_DATA,
	T_VAR_BEGIN,
	T_VAR_END,
	T_BLOCK_BEGIN,
	T_BLOCK_END,
	T_NAME,
	T_STRING,
	T_INTEGER,
	T_FLOAT,
	T_ADD,
	T_SUB,
	T_DIV,
	T_FLOORDIV,
	T_MUL,
	T_MOD,
	T_POW,
	T_TILDE,
	T_LBRACKET,
	T_RBRACKET,
	T_LPAREN,
	T_RPAREN,
	T_LBRACE,
	T_RBRACE,
	T_EQ,
	T_NE,
	T_GT,
	T_GE,
	T_LT,
	T_LE,
	T_ASSIGN,
	T_DOT,
	T_COLON,
	T_PIPE,
	T_COMMA,
	T_SEMICOLON,
};

struct jj_token {
	enum jj_tok kind;
	uint32_t pos, line;
	const char *s; /* of the source */
	size_t len;
	struct jj_value value; /* string, number */
};

struct jj_lexer {
	struct jinja *j; /* for memory and failures */
	struct jinja_template *t;
	size_t pos;
	uint32_t line;
	enum {
		L_TEXT,
		L_VAR,
		L_BLOCK,
		L_RAW
	} state;
	char stack[256]; /* of brackets to come */
	unsigned depth;
};

void jj_lex_begin(struct jj_lexer *, struct jinja *, struct jinja_template *);
void jj_lex(struct jj_lexer *, struct jj_token *);
const char *jj_tok_name(enum jj_tok);
/* a mistake of the template's text; line and pos give the place */
void jj_syntax(struct jinja *, const char *class, uint32_t line, size_t pos,
    const char *fmt, ...) __attribute__((noreturn, format(printf, 5, 6)));
/* escapes of a string literal: the value, or NULL and why */
struct jj_str *jj_unescape(
    struct jinja *, struct arena *, const char *, size_t, const char **why);

/* ---- jinja_parser.c, jinja_statement.c, jinja_check.c ---- */
struct jj_parser {
	struct jinja *j;
	struct jinja_template *t;
	struct jj_lexer lex;
	struct jj_token cur, ahead;
	bool has_ahead;
	unsigned depth, links;
	bool ns_targets;     /* a.b is a target */
	const char *tag[64]; /* open tags, for messages */
	unsigned n_tags;
	const char *const *end[64]; /* sets of tags that may close */
	unsigned n_ends;
	uint32_t cap_sym, cap_blocks;
};

struct jj_nodes {
	struct jj_node **v;
	uint32_t n, cap;
};

void jj_parse(struct jj_parser *);
void jj_check(struct jinja *, struct jinja_template *);
/* jinja_frames.c: reads that never mean the context */
void jj_frames(struct jinja *, struct jinja_template *);
struct jj_node *jj_parse_expression(struct jj_parser *);
struct jj_node *jj_parse_tuple(
    struct jj_parser *, bool simple, bool cond, bool parens);
struct jj_node *jj_parse_filter(
    struct jj_parser *, struct jj_node *, bool start_inline);
struct jj_node *jj_parse_postfix(struct jj_parser *, struct jj_node *);
struct jj_node *jj_parse_filters(struct jj_parser *, struct jj_node *);
struct jj_node *jj_node_pair(struct jj_parser *, enum jj_node_kind,
    const struct jj_token *, struct jj_node *, struct jj_node *);
struct jj_node *jj_node_const(
    struct jj_parser *, const struct jj_token *, struct jj_value);
bool jj_token_is(const struct jj_token *, const char *name);
void jj_deeper(struct jj_parser *); /* one level of nesting, bounded */
void jj_link(struct jj_parser *);   /* one link of a chain, bounded */
struct jj_node *jj_parse_primary(struct jj_parser *);
struct jj_node *jj_node_new(
    struct jj_parser *, enum jj_node_kind, const struct jj_token *);
void jj_nodes_add(struct jj_parser *, struct jj_nodes *, struct jj_node *);
struct jj_body jj_nodes_body(struct jj_parser *, const struct jj_nodes *);
uint32_t jj_symbol(struct jj_parser *, const char *, size_t);
void jj_next(struct jj_parser *);
const struct jj_token *jj_look(struct jj_parser *);
bool jj_at_name(const struct jj_parser *, const char *);
bool jj_skip(struct jj_parser *, enum jj_tok);
bool jj_skip_name(struct jj_parser *, const char *);
struct jj_token jj_expect(struct jj_parser *, enum jj_tok);
void jj_expect_name(struct jj_parser *, const char *);
void jj_wrong(struct jj_parser *, const struct jj_token *, const char *, ...)
    __attribute__((noreturn, format(printf, 3, 4)));
const char *jj_describe(struct jj_parser *, const struct jj_token *);
const char *jj_quote(struct jinja *, const char *, size_t); /* repr */

/* ---- jinja_eval.c, jinja_exec.c, jinja_call.c, jinja_iter.c ---- */
struct jj_value jj_eval(struct jinja *, const struct jj_node *);
enum jj_flow {
	F_NEXT,
	F_BREAK,
	F_CONTINUE
};
enum jj_flow jj_exec(struct jinja *, const struct jj_body *);
struct jj_value jj_lookup(struct jinja *, const struct jj_node *name);
void jj_assign(struct jinja *, const struct jj_node *, struct jj_value);
void jj_bind_sym(struct jinja *, uint32_t sym, struct jj_value);
struct jj_scope *jj_scope_push(struct jinja *, struct jj_scope *outer);
struct jj_scope *jj_scope_hold(struct jj_scope *);
bool jj_body_reads(const struct jj_body *, uint32_t sym);
struct jj_value jj_call(
    struct jinja *, struct jj_value f, const struct jj_args *);
struct jj_value jj_call_builtin(struct jinja *, const struct jj_builtin *,
    const struct jj_value *self, const struct jj_args *);
/* room holds JJ_ARGS_ROOM values that live as long as the call */
#define JJ_ARGS_ROOM 6
void jj_eval_args(struct jinja *, const struct jj_callargs *, struct jj_args *,
    struct jj_value *room);
struct jj_value jj_getattr(
    struct jinja *, struct jj_value, const struct jj_str *);
struct jj_value jj_getitem(struct jinja *, struct jj_value, struct jj_value);
/* the attribute alone, JJ_MISSING when there is none */
struct jj_value jj_attribute(
    struct jinja *, struct jj_value, const struct jj_str *);
struct jj_value jj_subscript(
    struct jinja *, struct jj_value, struct jj_value key);
bool jj_slices(const struct jj_node *of, struct jj_value);
struct jj_value jj_slice(
    struct jinja *, struct jj_value, const struct jj_value part[3]);
struct jj_value jj_call_macro(
    struct jinja *, const struct jj_macro *, const struct jj_args *);
struct jj_value jj_loop_call(
    struct jinja *, struct jj_loop *, struct jj_value src);
struct jj_value jj_loop_attr(
    struct jinja *, struct jj_loop *, const struct jj_str *);
bool jj_loop_next(struct jinja *, struct jj_loop *, struct jj_value *);
/* One more activation of a macro, a block or a recursive loop: fails where
 * there are too many, or where they leave too little of the C stack for the
 * deepest expression. */
void jj_descend(struct jinja *);
struct jj_value jj_body_text(
    struct jinja *, const struct jj_body *); /* captured */
void jj_iter_begin(struct jinja *, struct jj_iter *, struct jj_value);
bool jj_iter_next(struct jinja *, struct jj_iter *, struct jj_value *);
bool jj_iterable(struct jj_value);
struct jj_value jj_to_list(struct jinja *, struct jj_value); /* a new one */
struct jj_value jj_gen_new(struct jinja *, const char *name, jj_gen_next,
    struct jj_value src, const struct jj_args *);
struct jj_value jj_global(struct jinja *, const struct jj_str *);
struct jj_value jj_fn_lipsum(
    struct jinja *, void *host, const struct jj_args *);
uint64_t jj_random(struct jinja *);
struct jj_value jj_dict_update(
    struct jinja *, struct jj_value, const struct jj_args *);
void jj_emit(struct jinja *, struct jj_value);

/* ---- filters, tests, methods ---- */
/* does f take these as they stand, one after the other? */
bool jj_takes_plain(const struct jj_builtin *, const struct jj_callargs *);
const struct jj_builtin *jj_find_filter(const char *, size_t);
const struct jj_builtin *jj_find_test(const char *, size_t);
const struct jj_builtin *jj_find_method(struct jj_value, const struct jj_str *);
/* does any value of the language have a method of that name? */
bool jj_names_method(struct jj_str *);
struct jj_value jj_method_names(struct jinja *, struct jj_value);
struct jj_value jj_printf(
    struct jinja *, const struct jj_str *, struct jj_value args);
struct jj_value jj_format(
    struct jinja *, const struct jj_str *, const struct jj_args *);
void jj_float_text(struct jinja *, struct jj_sb *, double, uint32_t type,
    int64_t precision, bool alt);
struct jj_value jj_format_spec(
    struct jinja *, struct jj_value, const char *spec, size_t len);
struct jj_value jj_attr_path(struct jinja *, struct jj_value,
    struct jj_value attribute, struct jj_value none);
/* encodings and errors may be missing */
struct jj_value jj_encode(
    struct jinja *, struct jj_str *, struct jj_value, struct jj_value);
struct jj_value jj_decode(
    struct jinja *, const struct jj_str *, struct jj_value, struct jj_value);
struct jj_value jj_do_wordwrap(struct jinja *, struct jj_value *);
struct jj_value jj_do_indent(struct jinja *, struct jj_value *);
struct jj_value jj_do_truncate(struct jinja *, struct jj_value *);
struct jj_value jj_do_urlize(struct jinja *, struct jj_value *);
struct jj_value jj_capitalize(struct jinja *, const struct jj_str *);
/* padded to a width; align is < > or, in the middle, ^ as center() has it and
 * | as formats have it */
struct jj_value jj_pad(struct jinja *, const struct jj_str *, int64_t width,
    uint32_t fill, char align);
bool jj_all_case(struct jinja *, const struct jj_str *, bool upper);
const struct jj_builtin *jj_small_method(struct jj_value, const char *name);
struct jj_value jj_split_lines(
    struct jinja *, const struct jj_str *, bool keep_ends);
/* in place; keys may be NULL */
void jj_sort(struct jinja *, struct jj_list *, const struct jj_value *keys,
    bool reverse);
extern const struct jj_builtin jj_filters_text[], jj_filters_seq[];
extern const struct jj_builtin jj_filters_num[];
extern const struct jj_builtin jj_methods_str[], jj_methods_class[];
extern const struct jj_builtin jj_methods_list[], jj_methods_dict[];
extern const struct jj_builtin jj_methods_tuple[];

#endif
