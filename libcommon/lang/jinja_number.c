/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arithmetic of templates: Python's operators on numbers and sequences. */
#include <math.h>
#include <string.h>

#include "lang/jinja_private.h"

static const char *const sign[] = {[OP_ADD] = "+",
    [OP_SUB] = "-",
    [OP_MUL] = "*",
    [OP_DIV] = "/",
    [OP_FLOORDIV] = "//",
    [OP_MOD] = "%",
    [OP_POW] = "** or pow()"};

double
jj_to_double(struct jinja *j, struct jj_value v)
{
	return v.kind == JJ_FLOAT ? v.u.f : jj_int_double(j, v);
}

static struct jj_value
as_int(struct jj_value v)
{
	return v.kind == JJ_BOOL ? jj_int(v.u.b) : v;
}

/* exact, also beyond 2^53 */
static int
cmp_int_double(struct jinja *j, struct jj_value i, double f)
{
	double whole;
	int c;

	if (isnan(f))
		return 2;
	if (isinf(f))
		return f > 0 ? -1 : 1;
	if (i.kind == JJ_INT && i.u.i < 1ll << 53 && i.u.i > -(1ll << 53)) {
		double d = (double)i.u.i;

		return (d > f) - (d < f);
	}
	whole = floor(f);
	c = jj_int_cmp(i, jj_int_of_double(j, whole));
	return c ? c : (whole < f ? -1 : 0);
}

int
jj_num_cmp(struct jinja *j, struct jj_value a, struct jj_value b)
{
	a = as_int(a);
	b = as_int(b);
	if (a.kind == JJ_INT && b.kind == JJ_INT)
		return (a.u.i > b.u.i) - (a.u.i < b.u.i);
	if (a.kind == JJ_FLOAT && b.kind == JJ_FLOAT) {
		if (isnan(a.u.f) || isnan(b.u.f))
			return 2;
		return (a.u.f > b.u.f) - (a.u.f < b.u.f);
	}
	if (a.kind == JJ_FLOAT) {
		int c = cmp_int_double(j, b, a.u.f);

		return c == 2 ? c : -c;
	}
	if (b.kind == JJ_FLOAT)
		return cmp_int_double(j, a, b.u.f);
	return jj_int_cmp(a, b);
}

static double
float_mod(double a, double b)
{
	double r = fmod(a, b);

	if (r != 0) {
		if ((b < 0) != (r < 0))
			r += b;
	} else {
		r = copysign(0, b);
	}
	return r;
}

static double
float_floordiv(double a, double b)
{
	double r = fmod(a, b), q = (a - r) / b, whole;

	if (r != 0 && (b < 0) != (r < 0))
		q -= 1;
	if (q == 0)
		return copysign(0, a / b);
	whole = floor(q);
	return q - whole > 0.5 ? whole + 1 : whole;
}

static struct jj_value
complex_pow(struct jinja *j, double base, double power)
{
	/* as Python does it: polar form */
	struct jj_complex *c = jj_alloc(j, sizeof(*c));
	double len = pow(fabs(base), power);
	double phase = atan2(0, base) * power;

	if (isinf(len))
		jj_fail(j, "OverflowError",
		    "(34, 'Numerical result out of range')");
	c->re = len * cos(phase);
	c->im = len * sin(phase);
	return jj_ptr(JJ_COMPLEX, c);
}

static struct jj_value
float_pow(struct jinja *j, double a, double b)
{
	double r;

	if (a == 0 && b < 0)
		jj_fail(j, "ZeroDivisionError",
		    "0.0 cannot be raised to a negative power");
	if (a < 0 && isfinite(a) && isfinite(b) && b != floor(b))
		return complex_pow(j, a, b);
	r = pow(a, b);
	if (isinf(r) && isfinite(a) && isfinite(b))
		jj_fail(j, "OverflowError",
		    "(34, 'Numerical result out of range')");
	return jj_float(r);
}

static struct jj_value
float_op(struct jinja *j, enum jj_op op, double a, double b)
{
	if (b == 0 && (op == OP_DIV || op == OP_FLOORDIV || op == OP_MOD))
		jj_fail(j, "ZeroDivisionError", "%s",
		    op == OP_DIV	? "float division by zero"
		    : op == OP_FLOORDIV ? "float floor division by zero"
					: "float modulo");
	switch (op) {
	case OP_ADD:
		return jj_float(a + b);
	case OP_SUB:
		return jj_float(a - b);
	case OP_MUL:
		return jj_float(a * b);
	case OP_DIV:
		return jj_float(a / b);
	case OP_FLOORDIV:
		return jj_float(float_floordiv(a, b));
	case OP_MOD:
		return jj_float(float_mod(a, b));
	default:
		return float_pow(j, a, b);
	}
}

static struct jj_value
int_pow(struct jinja *j, struct jj_value a, struct jj_value b)
{
	if (jj_int_sign(b) < 0) {
		if (!jj_int_sign(a))
			jj_fail(j, "ZeroDivisionError",
			    "0.0 cannot be raised to a negative power");
		return float_pow(j, jj_int_double(j, a), jj_int_double(j, b));
	}
	if (b.kind == JJ_BIG && jj_int_bits(a) > 1)
		jj_fail(j, "OverflowError", "a power beyond all limits");
	if (b.kind == JJ_BIG) {
		bool odd = b.u.big->d[0] & 1;

		return jj_int_sign(a) < 0 && !odd ? jj_int(1) : a;
	}
	return jj_int_pow(j, a, (uint64_t)b.u.i);
}

static struct jj_value
big_op(struct jinja *j, enum jj_op op, struct jj_value a, struct jj_value b)
{
	struct jj_value r;

	switch (op) {
	case OP_ADD:
		return jj_int_add(j, a, b);
	case OP_SUB:
		return jj_int_sub(j, a, b);
	case OP_MUL:
		return jj_int_mul(j, a, b);
	case OP_DIV:
		return jj_float(jj_int_truediv(j, a, b));
	case OP_FLOORDIV:
		jj_int_divmod(j, a, b, &r, NULL);
		return r;
	case OP_MOD:
		jj_int_divmod(j, a, b, NULL, &r);
		return r;
	default:
		return int_pow(j, a, b);
	}
}

static struct jj_value
int_op(struct jinja *j, enum jj_op op, struct jj_value a, struct jj_value b)
{
	int64_t r;

	if (!jj_int_sign(b) &&
	    (op == OP_DIV || op == OP_FLOORDIV || op == OP_MOD))
		jj_fail(j, "ZeroDivisionError", "%s",
		    op == OP_DIV	? "division by zero"
		    : op == OP_FLOORDIV ? "integer division or modulo by zero"
					: "integer modulo by zero");
	if (a.kind != JJ_INT || b.kind != JJ_INT)
		return big_op(j, op, a, b);
	switch (op) {
	case OP_ADD:
		if (!__builtin_add_overflow(a.u.i, b.u.i, &r))
			return jj_int(r);
		break;
	case OP_SUB:
		if (!__builtin_sub_overflow(a.u.i, b.u.i, &r))
			return jj_int(r);
		break;
	case OP_MUL:
		if (!__builtin_mul_overflow(a.u.i, b.u.i, &r))
			return jj_int(r);
		break;
	case OP_DIV:
		if (a.u.i < 1ll << 53 && a.u.i > -(1ll << 53) &&
		    b.u.i < 1ll << 53 && b.u.i > -(1ll << 53))
			return jj_float((double)a.u.i / (double)b.u.i);
		break;
	case OP_FLOORDIV:
		if (a.u.i == INT64_MIN && b.u.i == -1)
			break;
		r = a.u.i / b.u.i;
		if (a.u.i % b.u.i && (a.u.i < 0) != (b.u.i < 0))
			r--;
		return jj_int(r);
	case OP_MOD:
		if (b.u.i == -1)
			return jj_int(0);
		r = a.u.i % b.u.i;
		if (r && (r < 0) != (b.u.i < 0))
			r += b.u.i;
		return jj_int(r);
	default:
		break;
	}
	return big_op(j, op, a, b);
}

static void
unsupported(
    struct jinja *j, enum jj_op op, struct jj_value a, struct jj_value b)
{
	jj_fail(j, "TypeError",
	    "unsupported operand type(s) for %s: '%s' and '%s'", sign[op],
	    jj_type_name(a), jj_type_name(b));
}

static struct jj_value
concat_lists(struct jinja *j, struct jj_value a, struct jj_value b)
{
	struct jj_value r = a.kind == JJ_LIST
				? jj_list_new(j, a.u.l->n + b.u.l->n)
				: jj_tuple_new(j, a.u.l->n + b.u.l->n);

	for (uint32_t i = 0; i < a.u.l->n; i++)
		jj_append(j, r, a.u.l->v[i]);
	for (uint32_t i = 0; i < b.u.l->n; i++)
		jj_append(j, r, b.u.l->v[i]);
	j->steps += r.u.l->n / 8;
	return r;
}

static struct jj_value
add_sequences(struct jinja *j, struct jj_value a, struct jj_value b)
{
	struct jj_sb s = {NULL, 0, 0};
	struct jj_value r;

	if (a.kind == JJ_STR && b.kind == JJ_STR) {
		bool markup = a.u.s->markup || b.u.s->markup;

		if (markup) {
			a = jj_escape(j, a);
			b = jj_escape(j, b);
		}
		s.cap = (size_t)a.u.s->len + b.u.s->len;
		s.p = jj_alloc(j, s.cap + 1);
		jj_sb_add(j, &s, a.u.s->data, a.u.s->len);
		jj_sb_add(j, &s, b.u.s->data, b.u.s->len);
		r = jj_sb_value(j, &s);
		r.u.s->markup = markup;
		return r;
	}
	if ((a.kind == JJ_LIST || a.kind == JJ_TUPLE) && a.kind == b.kind)
		return concat_lists(j, a, b);
	if (a.kind == JJ_STR || a.kind == JJ_LIST || a.kind == JJ_TUPLE) {
		const char *own = a.kind == JJ_STR ? "str" : jj_type_name(a);

		if (a.kind == JJ_TUPLE)
			own = "tuple";
		jj_fail(j, "TypeError",
		    "can only concatenate %s (not \"%s\") to %s", own,
		    jj_type_name(b), own);
	}
	unsupported(j, OP_ADD, a, b);
	return a;
}

static struct jj_value
repeat(struct jinja *j, struct jj_value seq, struct jj_value times)
{
	int64_t n = times.kind == JJ_BOOL ? times.u.b : times.u.i;
	struct jj_sb s = {NULL, 0, 0};
	struct jj_value r;
	size_t unit;

	if (times.kind == JJ_BIG)
		jj_fail(j, "OverflowError",
		    "cannot fit 'int' into an index-sized integer");
	if (n < 0)
		n = 0;
	unit = seq.kind == JJ_STR ? seq.u.s->len
				  : seq.u.l->n * sizeof(struct jj_value);
	if (unit && (uint64_t)n > j->limit.memory / unit)
		jj_fail(j, "MemoryError",
		    "a repetition beyond the limit of %zu bytes",
		    j->limit.memory);
	if (seq.kind == JJ_STR) {
		for (; unit && n > 0; n--)
			jj_sb_add(j, &s, seq.u.s->data, seq.u.s->len);
		return jj_sb_value(j, &s);
	}
	r = seq.kind == JJ_LIST ? jj_list_new(j, 0) : jj_tuple_new(j, 0);
	for (; unit && n > 0; n--)
		for (uint32_t i = 0; i < seq.u.l->n; i++)
			jj_append(j, r, seq.u.l->v[i]);
	return r;
}

static bool
is_sequence(struct jj_value v)
{
	return v.kind == JJ_STR || v.kind == JJ_LIST || v.kind == JJ_TUPLE;
}

static struct jj_value
mul_sequences(struct jinja *j, struct jj_value a, struct jj_value b)
{
	if (is_sequence(a) && jj_is_int(b))
		return repeat(j, a, b);
	if (is_sequence(b) && jj_is_int(a))
		return repeat(j, b, a);
	if (is_sequence(a) || is_sequence(b))
		jj_type_error(j,
		    "can't multiply sequence by non-int of type '%s'",
		    is_sequence(a) ? b : a);
	unsupported(j, OP_MUL, a, b);
	return a;
}

static struct jj_complex
as_complex(struct jinja *j, struct jj_value v)
{
	struct jj_complex c = {0, 0};

	if (v.kind == JJ_COMPLEX)
		return *(struct jj_complex *)v.u.p;
	c.re = jj_to_double(j, v);
	return c;
}

static struct jj_value
complex_op(struct jinja *j, enum jj_op op, struct jj_value a, struct jj_value b)
{
	struct jj_complex x = as_complex(j, a), y = as_complex(j, b);
	struct jj_complex *r = jj_alloc(j, sizeof(*r));
	double d = y.re * y.re + y.im * y.im;

	switch (op) {
	case OP_ADD:
		r->re = x.re + y.re;
		r->im = x.im + y.im;
		break;
	case OP_SUB:
		r->re = x.re - y.re;
		r->im = x.im - y.im;
		break;
	case OP_MUL:
		r->re = x.re * y.re - x.im * y.im;
		r->im = x.re * y.im + x.im * y.re;
		break;
	case OP_DIV:
		if (d == 0)
			jj_fail(
			    j, "ZeroDivisionError", "complex division by zero");
		r->re = (x.re * y.re + x.im * y.im) / d;
		r->im = (x.im * y.re - x.re * y.im) / d;
		break;
	default:
		unsupported(j, op, a, b);
	}
	return jj_ptr(JJ_COMPLEX, r);
}

struct jj_value
jj_binary(struct jinja *j, enum jj_op op, struct jj_value a, struct jj_value b)
{
	if (jj_is_number(a) && jj_is_number(b)) {
		if (a.kind == JJ_FLOAT || b.kind == JJ_FLOAT)
			return float_op(
			    j, op, jj_to_double(j, a), jj_to_double(j, b));
		return int_op(j, op, as_int(a), as_int(b));
	}
	if (op == OP_MOD && a.kind == JJ_STR)
		return jj_printf(j, a.u.s, b);
	if (a.kind == JJ_UNDEF)
		jj_use(j, a);
	if (b.kind == JJ_UNDEF)
		jj_use(j, b);
	if ((a.kind == JJ_COMPLEX &&
		(jj_is_number(b) || b.kind == JJ_COMPLEX)) ||
	    (b.kind == JJ_COMPLEX && jj_is_number(a)))
		return complex_op(j, op, a, b);
	if (op == OP_ADD)
		return add_sequences(j, a, b);
	if (op == OP_MUL)
		return mul_sequences(j, a, b);
	unsupported(j, op, a, b);
	return a;
}

struct jj_value
jj_unary(struct jinja *j, enum jj_op op, struct jj_value v)
{
	if (v.kind == JJ_UNDEF)
		jj_use(j, v);
	v = as_int(v);
	if (v.kind == JJ_FLOAT)
		return op == OP_NEG ? jj_float(-v.u.f) : v;
	if (v.kind == JJ_INT || v.kind == JJ_BIG)
		return op == OP_NEG ? jj_int_neg(j, v) : v;
	if (v.kind == JJ_COMPLEX) {
		struct jj_complex *c = jj_alloc(j, sizeof(*c));

		*c = *(struct jj_complex *)v.u.p;
		if (op == OP_NEG) {
			c->re = -c->re;
			c->im = -c->im;
		}
		return jj_ptr(JJ_COMPLEX, c);
	}
	jj_type_error(j,
	    op == OP_NEG ? "bad operand type for unary -: '%s'"
			 : "bad operand type for unary +: '%s'",
	    v);
}

int64_t
jj_index(struct jinja *j, struct jj_value v)
{
	if (v.kind == JJ_INT)
		return v.u.i;
	if (v.kind == JJ_BOOL)
		return v.u.b;
	if (v.kind == JJ_BIG)
		jj_fail(j, "OverflowError",
		    "Python int too large to convert to C ssize_t");
	jj_type_error(j, "'%s' object cannot be interpreted as an integer", v);
}

int64_t
jj_size_arg(struct jinja *j, struct jj_value v)
{
	int64_t n = jj_index(j, v);

	return n > INT32_MAX ? INT32_MAX : n < -INT32_MAX ? -INT32_MAX : n;
}
