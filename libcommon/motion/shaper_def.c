/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Input shapers: from name, frequency and damping to impulses or kernel. */
#include "motion/shaper_def.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

const char *const shaper_family_names[SHAPER_FAMILIES + 1] = {"zv", "mzv",
    "zvd", "ei", "2hump_ei", "3hump_ei", "custom", "smooth_zv", "smooth_mzv",
    "smooth_ei", "smooth_2hump_ei", "smooth_si", "smooth_zvd_ei", NULL};

/* min_freq_hz: where max_accel falls to about 1500 mm/s2 */
static const struct {
	double max_damping, min_freq_hz;
} bounds[SHAPER_FAMILIES] = {
    [SHAPER_ZV] = {0.99, 21},
    [SHAPER_MZV] = {0.99, 23},
    [SHAPER_ZVD] = {0.99, 29},
    [SHAPER_EI] = {0.4, 29},
    [SHAPER_2HUMP_EI] = {0.3, 39},
    [SHAPER_3HUMP_EI] = {0.2, 48},
    [SHAPER_CUSTOM] = {0.99, 21},
    [SHAPER_SMOOTH_ZV] = {0.99, 21},
    [SHAPER_SMOOTH_MZV] = {0.99, 23},
    [SHAPER_SMOOTH_EI] = {0.99, 24.5},
    [SHAPER_SMOOTH_2HUMP_EI] = {0.99, 25},
    [SHAPER_SMOOTH_SI] = {0.99, 25},
    [SHAPER_SMOOTH_ZVD_EI] = {0.99, 30.5},
};

/* Smooth kernels, lowest power first; 1/width is freq over periods. */
static const struct {
	double periods, offset; /* offset in units of the width */
	int n;
	double c[SHAPER_COEFS_MAX];
} kernels[] = {
    {0.8025, -.04884905, 5,
	{0.01966833207740377, -1.465471373781904, 29.52796003014231,
	    5.861885495127615, -118.4265334338076}},
    {0.95625, -.06001021, 7,
	{1.713117990217123, 1.57172781617736, -62.18762409216703,
	    -37.75923018121473, 698.0200035767849, 125.8892756660212,
	    -1906.717580206364}},
    {1.06625, -.06105875, 7,
	{1.848276903900512, 1.396748042940248, -62.49388325512682,
	    -35.71975707450795, 669.6653197989012, 120.5310596109878,
	    -1797.048868963208}},
    {1.14875, -.07154474, 9,
	{0.8375784787864095, -4.018706414213658, 57.95603221424528,
	    121.2177946817349, -1475.914693073253, -1051.778387878068,
	    10554.22832043971, 2524.826047114184, -22525.88434486782}},
    {1.245, -.06745088, 9,
	{1.267781046297883, -2.226157642004671, 4.234582468800491,
	    52.69679971161049, -295.546608490564, -476.8554763069169,
	    2579.985143622855, 1206.747198930197, -6186.76006449789}},
    {1.475, -.06313782, 9,
	{1.083220648523371, -3.577268915175282, 43.1595785340444,
	    96.48879052981883, -1209.429748155012, -807.3061869131075,
	    8786.608981369287, 1914.349309746547, -18835.07746719777}},
};

/*
 * Multi-hump shapers: fits cubic in the damping for 5 % tolerance (Singhose,
 * Porter, Tuttle, Singer, 1997).  Times in units of 1/f, not of the damped
 * period; the first is 0.
 */
struct cubic {
	double c[4];
};

static const struct cubic two_hump_t[] = {{{0}},
    {{.49890, .16270, -.54262, 6.16180}}, {{.99748, .18382, -1.58270, 8.17120}},
    {{1.49920, -.09297, -.28338, 1.85710}}};
static const struct cubic two_hump_a[] = {{{.16054, .76699, 2.26560, -1.22750}},
    {{.33911, .45081, -2.58080, 1.73650}}, {{.34089, -.61533, -.68765, .42261}},
    {{.15997, -.60246, 1.00280, -.93145}}};
static const struct cubic three_hump_t[] = {{{0}},
    {{.49974, .23834, .44559, 12.4720}}, {{.99849, .29808, -2.36460, 23.3990}},
    {{1.49870, .10306, -2.01390, 17.0320}},
    {{1.99960, -.28231, .61536, 5.40450}}};
static const struct cubic three_hump_a[] = {
    {{.11275, .76632, 3.29160, -1.44380}},
    {{.23698, .61164, -2.57850, 4.85220}},
    {{.30008, -.19062, -2.14560, .13744}},
    {{.23775, -.73297, .46885, -2.08650}},
    {{.11244, -.45439, .96382, -1.46000}}};

static double
cubic_at(const struct cubic *p, double x)
{
	return p->c[0] + x * (p->c[1] + x * (p->c[2] + x * p->c[3]));
}

/* arguments of "mzv(...)" and "ei(...)" */
struct args {
	bool has_n, has_t, has_tau, has_v;
	double n, t, tau, v;
};

static int
take_arg(struct args *a, enum shaper_family family, int position,
    const char *key, size_t key_len, double value)
{
	static const char *const mzv_keys[] = {"n", "t", "tau"};
	const char *name = NULL;

	if (key_len == 0) {
		if (family == SHAPER_EI && position == 0)
			name = "v_tol";
		else if (family == SHAPER_MZV && position < 2)
			name = mzv_keys[position];
	} else if (family == SHAPER_EI) {
		name = "v_tol";
	} else {
		for (int i = 0; i < 3; i++)
			if (strlen(mzv_keys[i]) == key_len &&
			    memcmp(mzv_keys[i], key, key_len) == 0)
				name = mzv_keys[i];
	}
	if (!name || (key_len && (strlen(name) != key_len ||
				     memcmp(name, key, key_len) != 0)))
		return -1;
	if (strcmp(name, "v_tol") == 0 && !a->has_v) {
		a->has_v = true;
		a->v = value;
	} else if (strcmp(name, "n") == 0 && !a->has_n) {
		a->has_n = true;
		a->n = value;
	} else if (strcmp(name, "t") == 0 && !a->has_t) {
		a->has_t = true;
		a->t = value;
	} else if (strcmp(name, "tau") == 0 && !a->has_tau) {
		a->has_tau = true;
		a->tau = value;
	} else {
		return -1;
	}
	return 0;
}

/* "n=5, t=1" between the parentheses */
static int
parse_args(const char *s, size_t len, enum shaper_family family, struct args *a)
{
	int position = 0, named = 0;
	size_t at = 0;

	while (at <= len) {
		size_t end = at, eq, key, from;
		double value;

		while (end < len && s[end] != ',')
			end++;
		for (key = at; key < end && s[key] == ' '; key++)
			;
		for (eq = key; eq < end && s[eq] != '='; eq++)
			;
		from = eq < end ? eq + 1 : key;
		while (from < end && s[from] == ' ')
			from++;
		at = end + 1;
		while (end > from && s[end - 1] == ' ')
			end--;
		if (num_parse_decimal(s + from, end - from, &value))
			return -1;
		if (from == key)
			eq = key; /* no name */
		while (eq > key && s[eq - 1] == ' ')
			eq--;
		named += eq > key;
		if (take_arg(a, family, position, s + key, eq - key, value))
			return -1;
		position++;
	}
	return named == 0 || named == position ? 0 : -1;
}

/* Undamped amplitudes of the n-impulse mzv; -1 when one is negative. */
static int
mzv_amplitudes(int n, double t, double *a)
{
	double tau = t * (n - 2) / (n - 2 * t - 1);
	double re[SHAPER_IMPULSES_MAX] = {1}, im[SHAPER_IMPULSES_MAX] = {0};
	double sum = 0;

	/*
	 * The sampled response is a polynomial of degree n-1 in one spacing's
	 * delay; its zeros are where it shall vanish, at 1 + i/tau times the
	 * shaper's frequency.  They come in conjugate pairs by the choice of
	 * tau, so the coefficients are real: they are the amplitudes.
	 */
	for (int i = 0; i < n - 1; i++) {
		double angle = 2 * NUM_PI * (1 + i / tau) * t / (n - 1);
		double zr = cos(angle), zi = sin(angle);

		for (int k = i + 1; k > 0; k--) {
			double r = re[k - 1] - zr * re[k] + zi * im[k];

			im[k] = im[k - 1] - zr * im[k] - zi * re[k];
			re[k] = r;
		}
		{
			double r = -zr * re[0] + zi * im[0];

			im[0] = -zr * im[0] - zi * re[0];
			re[0] = r;
		}
	}
	for (int k = 0; k < n; k++)
		sum += re[k];
	for (int k = 0; k < n; k++) {
		a[k] = re[k] / sum;
		if (a[k] < -1e-5)
			return -1;
	}
	return 0;
}

static int
apply_args(const struct args *a, struct shaper_type *type, char *why)
{
	double amplitudes[SHAPER_IMPULSES_MAX];

	if (type->family == SHAPER_EI) {
		if (!a->has_v || a->v <= 0 || a->v >= 0.5) {
			snprintf(why, SHAPER_WHY_MAX,
			    "v_tol is not between 0 and 0.5");
			return -1;
		}
		type->tolerance = a->v;
		return 0;
	}
	if (!a->has_n || a->has_t == a->has_tau || a->n != floor(a->n) ||
	    a->n < 3 || a->n > SHAPER_IMPULSES_MAX) {
		snprintf(why, SHAPER_WHY_MAX,
		    "mzv takes a whole n from 3 to %d and one of t and tau",
		    SHAPER_IMPULSES_MAX);
		return -1;
	}
	type->n = (int)a->n;
	type->duration =
	    a->has_t ? a->t : a->tau * (a->n - 1) / (a->n + 2 * a->tau - 2);
	if (!(type->duration > 0) || !(type->n > 2 * type->duration + 1) ||
	    mzv_amplitudes(type->n, type->duration, amplitudes)) {
		snprintf(why, SHAPER_WHY_MAX,
		    "no mzv of %d impulses lasts %g periods", type->n,
		    type->duration);
		return -1;
	}
	return 0;
}

/* "0.25:0, 0.5:0.5, 0.25:1": amplitude and time of each impulse */
static int
parse_impulses(const char *s, size_t len, struct shaper_type *type)
{
	double sum = 0, *a = type->a, *t = type->t;
	size_t at = 0;
	int n = 0;

	for (; at <= len; n++) {
		const char *comma = memchr(s + at, ',', len - at), *colon;
		size_t end = comma ? (size_t)(comma - s) : len;

		while (at < end && s[at] == ' ')
			at++;
		colon = memchr(s + at, ':', end - at);
		if (n == SHAPER_IMPULSES_MAX || !colon ||
		    num_parse_decimal(
			s + at, (size_t)(colon - s) - at, &a[n]) ||
		    num_parse_decimal(
			colon + 1, end - (size_t)(colon + 1 - s), &t[n]))
			return -1;
		if (n == 0 ? t[0] != 0 : !(t[n] > t[n - 1]))
			return -1;
		sum += a[n];
		at = end + 1;
	}
	type->n = n;
	return n >= 2 && sum > 1e-3 && t[n - 1] <= 10 ? 0 : -1;
}

/* What stands between the parentheses; -1 with a line in why. */
static int
read_args(const char *s, size_t len, struct shaper_type *type, char *why)
{
	struct args args = {0};

	if (type->family == SHAPER_CUSTOM) {
		if (parse_impulses(s, len, type) == 0)
			return 0;
		snprintf(why, SHAPER_WHY_MAX,
		    "impulses are amplitude:time pairs, 2 to %d, the first "
		    "at 0, as in custom(0.25:0,0.5:0.5,0.25:1)",
		    SHAPER_IMPULSES_MAX);
		return -1;
	}
	if ((type->family != SHAPER_EI && type->family != SHAPER_MZV) ||
	    parse_args(s, len, type->family, &args)) {
		snprintf(why, SHAPER_WHY_MAX,
		    "arguments are not those of a shaper, as in "
		    "mzv(n=5,t=1) or ei(v_tol=0.02)");
		return -1;
	}
	return apply_args(&args, type, why);
}

int
shaper_type_parse(
    const char *text, size_t len, struct shaper_type *out, char *why)
{
	size_t stem = 0;

	while (stem < len && text[stem] != '(')
		stem++;
	*out = (struct shaper_type){.family = SHAPER_FAMILIES,
	    .tolerance = 0.05,
	    .n = 3,
	    .duration = 0.75};
	for (int i = 0; i < SHAPER_FAMILIES; i++)
		if (strlen(shaper_family_names[i]) == stem &&
		    memcmp(shaper_family_names[i], text, stem) == 0)
			out->family = (enum shaper_family)i;
	if (out->family == SHAPER_FAMILIES || len >= SHAPER_NAME_MAX) {
		snprintf(why, SHAPER_WHY_MAX, "unknown shaper");
		return -1;
	}
	memcpy(out->name, text, len);
	out->max_damping = bounds[out->family].max_damping;
	out->min_freq_hz = bounds[out->family].min_freq_hz;
	if (stem == len) {
		if (out->family != SHAPER_CUSTOM)
			return 0;
		snprintf(why, SHAPER_WHY_MAX,
		    "custom needs its impulses, as in "
		    "custom(0.25:0,0.5:0.5,0.25:1)");
		return -1;
	}
	if (len < stem + 2 || text[len - 1] != ')') {
		snprintf(why, SHAPER_WHY_MAX, "no ')' at the end");
		return -1;
	}
	return read_args(text + stem + 1, len - stem - 2, out, why);
}

static void
normalise(struct shaper *s)
{
	double sum = 0;

	for (int i = 0; i < s->n; i++)
		sum += s->a[i];
	for (int i = 0; i < s->n; i++) {
		s->a[i] /= sum;
		s->centre_s += s->a[i] * s->t_s[i];
	}
}

static void
make_mzv(const struct shaper_type *type, double period_s, double damping,
    double d, struct shaper *s)
{
	double k =
	    exp(-2 * NUM_PI * type->duration * damping / ((type->n - 1) * d));
	double decay = 1;

	s->n = type->n;
	mzv_amplitudes(type->n, type->duration, s->a);
	for (int i = 0; i < s->n; i++, decay *= k) {
		s->a[i] *= decay;
		s->t_s[i] = i * type->duration / (s->n - 1) * period_s;
	}
}

/* three impulses, fits in damping and tolerance */
static void
make_ei(double v, double period_s, double z, struct shaper *s)
{
	double t2 = 0.4999 + ((0.46159 + 8.57843 * v) * v +
				 ((4.26169 - 108.644 * v) * v +
				     (1.75601 + 336.989 * v) * v * z) *
				     z) *
				 z;

	s->n = 3;
	s->a[0] = 0.24968 + 0.24961 * v +
		  (0.80008 + 1.23328 * v + (0.49599 + 3.17316 * v) * z) * z;
	s->a[2] = 0.25149 + 0.21474 * v +
		  (-0.83249 + 1.41498 * v + (0.85181 - 4.90094 * v) * z) * z;
	s->a[1] = 1 - s->a[0] - s->a[2];
	s->t_s[1] = t2 * period_s;
	s->t_s[2] = period_s;
}

static void
make_humps(int n, const struct cubic *a, const struct cubic *t, double freq_hz,
    double damping, struct shaper *s)
{
	s->n = n;
	for (int i = 0; i < n; i++) {
		s->a[i] = cubic_at(&a[i], damping);
		s->t_s[i] = cubic_at(&t[i], damping) / freq_hz;
	}
}

static void
make_smooth(enum shaper_family family, double freq_hz, struct shaper *s)
{
	int k = (int)family - SHAPER_SMOOTH_ZV;

	s->n_coefs = kernels[k].n;
	memcpy(s->c, kernels[k].c, sizeof(s->c));
	s->width_s = kernels[k].periods / freq_hz;
	s->offset_s = kernels[k].offset * s->width_s;
}

int
shaper_make(const struct shaper_type *type, double freq_hz, double damping,
    struct shaper *out)
{
	double d = sqrt(1 - damping * damping);
	double period_s = 1 / (freq_hz * d);
	double k = exp(-NUM_PI * damping / d);

	memset(out, 0, sizeof(*out));
	if (!(freq_hz > 0) || !(damping >= 0) || damping > type->max_damping)
		return -1;
	switch (type->family) {
	case SHAPER_ZV:
		out->n = 2;
		out->a[0] = 1;
		out->a[1] = k;
		out->t_s[1] = 0.5 * period_s;
		break;
	case SHAPER_ZVD:
		out->n = 3;
		out->a[0] = 1;
		out->a[1] = 2 * k;
		out->a[2] = k * k;
		out->t_s[1] = 0.5 * period_s;
		out->t_s[2] = period_s;
		break;
	case SHAPER_MZV:
		make_mzv(type, period_s, damping, d, out);
		break;
	case SHAPER_EI:
		make_ei(type->tolerance, period_s, damping, out);
		break;
	case SHAPER_2HUMP_EI:
		make_humps(4, two_hump_a, two_hump_t, freq_hz, damping, out);
		break;
	case SHAPER_3HUMP_EI:
		make_humps(
		    5, three_hump_a, three_hump_t, freq_hz, damping, out);
		break;
	case SHAPER_CUSTOM:
		out->n = type->n;
		for (int i = 0; i < type->n; i++) {
			out->a[i] = type->a[i];
			out->t_s[i] = type->t[i] / freq_hz;
		}
		break;
	default:
		make_smooth(type->family, freq_hz, out);
		return 0;
	}
	normalise(out);
	return 0;
}
