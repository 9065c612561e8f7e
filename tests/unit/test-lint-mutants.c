/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gcode-lint against random defects in real files: which share does it find?
 *
 * A defect counts when it changes the print: a bead by more than 0.2 mm, a
 * temperature by more than 5 C, the filament of a bead by more than 20 % over
 * 0.2 mm.  Whether it does is judged by the executor alone, line by line,
 * without the checker. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "cmd/gcode-lint/lint.h"
#include "io/file.h"
#include "tests/unit/tap.h"

#define FILAMENT_MM   (0.2 * 0.03) /* what 0.2 mm of a usual bead takes */
#define DEFECTS	      1000	   /* over all files, where shared data is */
#define PLAIN_DEFECTS 150	   /* of the demo file, in a plain clone */

enum defect {
	DIGIT_LOST,
	LINE_DROPPED,
	LINE_DOUBLED,
	AXIS_SWAPPED,
	MODE_FLIPPED,
	TEMPERATURE_EDITED,
	N_DEFECTS
};
static const char *const defect_name[] = {"digit lost", "line dropped",
    "line doubled", "axis swapped", "mode flipped", "temperature edited"};

struct text { /* a file as lines */
	char *data;
	size_t len;
	size_t *start; /* n + 1 of them */
	size_t n;
};

/* what a line did, by the executor */
struct effect {
	bool bead;
	float from[3], to[3], mid[3];
	float filament, depth;
	float push; /* on the spot, beyond what was pulled back */
	float nozzle, bed;
};

struct recorder {
	struct gcode_exec *exec;
	struct diag_sink sink;
	const struct machine *m;
	struct effect *v;
	size_t n;
	uint32_t line;
	double e_high;
	int n_moves;
};

static uint64_t seed = 88172645463325252u;

static uint32_t
rnd(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 33) % below;
}

static void
quiet(struct diag_sink *s, enum diag_level level, const struct diag_place *p,
    const char *slug, const char *text)
{
	(void)s, (void)level, (void)p, (void)slug, (void)text;
}

static void
on_move(void *ctx, const struct gcode_exec_move *m)
{
	struct recorder *r = ctx;
	struct effect *e = &r->v[r->line];
	double de = m->to[3] - m->from[3];
	double way = hypot(m->to[0] - m->from[0], m->to[1] - m->from[1]);

	if (de > 1e-6 && way > 1e-6) {
		if (!e->bead) {
			e->bead = true;
			for (int i = 0; i < 3; i++)
				e->from[i] = (float)m->from[i];
			e->depth = (float)fmax(r->e_high - m->from[3], 0);
			e->nozzle = (float)gcode_exec_target(r->exec, 0);
			e->bed = (float)gcode_exec_target(r->exec, 1);
		}
		for (int i = 0; i < 3; i++) {
			e->to[i] = (float)m->to[i];
			e->mid[i] += (float)m->to[i];
		}
		r->n_moves++;
		e->filament += (float)de;
	} else if (m->to[3] > r->e_high)
		e->push += (float)(m->to[3] - r->e_high);
	r->e_high = fmax(r->e_high, m->to[3]);
}

static void
record(const struct lint_facts *facts, const struct machine *m, const char *s,
    size_t len, struct effect *out, size_t n_lines)
{
	static const struct gcode_hooks hooks = {.move = on_move};
	static const struct gcode_options options = {
	    .keep_going = true, .assume_ready = true};
	struct recorder r = {.m = m, .v = out, .n = n_lines};
	const char *end = s + len;

	(void)facts;
	memset(out, 0, n_lines * sizeof(*out));
	r.sink.emit = quiet;
	r.exec = gcode_exec_new(m, &options, &hooks, &r, &r.sink);
	gcode_exec_file(r.exec, "mutant", false);
	while (s < end) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		size_t n = (size_t)((nl ? nl + 1 : end) - s);

		r.n_moves = 0;
		gcode_exec_lines(r.exec, s, n);
		if (r.n_moves)
			for (int i = 0; i < 3; i++)
				out[r.line].mid[i] /= (float)r.n_moves;
		r.line++;
		s += n;
	}
	gcode_exec_free(r.exec);
}

static double
apart(const float a[3], const float b[3])
{
	double d = 0;

	for (int i = 0; i < 3; i++)
		d = fmax(d, fabs((double)a[i] - (double)b[i]));
	return d;
}

static bool
differs(const struct effect *a, const struct effect *b)
{
	double way = fmax(apart(a->from, a->to), apart(b->from, b->to));
	double de = fabs((double)a->filament - (double)b->filament);
	double most = fmax((double)a->filament, (double)b->filament);

	if (fabs((double)a->push - (double)b->push) > FILAMENT_MM)
		return true;
	if (a->bead != b->bead)
		return way > 0.2;
	if (!a->bead)
		return false;
	return apart(a->from, b->from) > 0.2 || apart(a->to, b->to) > 0.2 ||
	       apart(a->mid, b->mid) > 0.2 ||
	       (de > 0.2 * most && de > FILAMENT_MM) ||
	       fabs((double)a->depth - (double)b->depth) > 0.05 ||
	       fabs((double)a->nozzle - (double)b->nozzle) > 5 ||
	       fabs((double)a->bed - (double)b->bed) > 5;
}

static double
distance(const float p[3], const float a[3], const float b[3])
{
	double ab = 0, ap = 0, d = 0, f;

	for (int i = 0; i < 3; i++) {
		double side = (double)b[i] - (double)a[i];

		ab += side * side;
		ap += side * ((double)p[i] - (double)a[i]);
	}
	f = ab > 0 ? fmin(fmax(ap / ab, 0), 1) : 0;
	for (int i = 0; i < 3; i++) {
		double q = (double)a[i] + f * ((double)b[i] - (double)a[i]) -
			   (double)p[i];

		d += q * q;
	}
	return sqrt(d);
}

/* The bead of a dropped line, and the next one that now covers for it. */
static bool
dropped_matters(const struct effect *gone, const struct effect *next,
    const struct effect *now)
{
	double had = (double)gone->filament + (double)next->filament;

	if (!gone->bead)
		return differs(gone, &(struct effect){0}) || differs(next, now);
	if (!next->bead || !now->bead)
		return true;
	return distance(gone->to, now->from, now->to) > 0.2 ||
	       apart(next->to, now->to) > 0.2 ||
	       apart(gone->from, now->from) > 0.2 ||
	       (fabs(had - (double)now->filament) > 0.2 * had &&
		   fabs(had - (double)now->filament) > FILAMENT_MM) ||
	       fabs((double)gone->depth - (double)now->depth) > 0.05;
}

/* The lines of the mutant b that stand for line i of the original a. */
static bool
changes_print(const struct effect *a, size_t n, const struct effect *b,
    enum defect kind, size_t at)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = i;

		if (kind == LINE_DROPPED && i >= at) {
			if (i == at && dropped_matters(&a[i], &a[i + 1], &b[i]))
				return true;
			if (i <= at + 1)
				continue;
			k--;
		}
		if (kind == LINE_DOUBLED && i > at)
			k++;
		if (kind == LINE_DOUBLED && i == at &&
		    differs(&(struct effect){0}, &b[i + 1]))
			return true;
		if (differs(&a[i], &b[k]))
			return true;
	}
	return false;
}

/* --- making defects --------------------------------------------------------
 */

static bool
is_command(const struct text *t, size_t line)
{
	const char *s = t->data + t->start[line];

	return *s != ';' && *s != '\n' && *s != '\r' &&
	       t->start[line + 1] - t->start[line] > 2;
}

static size_t
code_len(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] == ';' || s[i] == '\n' || s[i] == '\r')
			return i;
	return n;
}

static bool
starts(const char *s, const char *word)
{
	return strncmp(s, word, strlen(word)) == 0;
}

static bool
lose_digit(char *s, size_t *n)
{
	size_t len = code_len(s, *n), digits = 0, pick;

	for (size_t i = 2; i < len; i++)
		digits += s[i] >= '0' && s[i] <= '9';
	if (digits == 0)
		return false;
	pick = rnd((uint32_t)digits);
	for (size_t i = 2; i < len; i++) {
		if (s[i] < '0' || s[i] > '9' || pick-- > 0)
			continue;
		memmove(s + i, s + i + 1, *n - i - 1);
		--*n;
		return true;
	}
	return false;
}

static bool
swap_axis(char *s, size_t n)
{
	bool any = false;

	if (!starts(s, "G1 ") && !starts(s, "G0 ") && !starts(s, "G2 ") &&
	    !starts(s, "G3 "))
		return false;
	for (size_t i = 2; i < code_len(s, n); i++) {
		if (s[i] == 'X' || s[i] == 'Y') {
			s[i] = s[i] == 'X' ? 'Y' : 'X';
			any = true;
		}
	}
	return any;
}

static bool
flip_mode(char *s)
{
	if (starts(s, "G90"))
		s[2] = '1';
	else if (starts(s, "G91"))
		s[2] = '0';
	else if (starts(s, "M82"))
		s[2] = '3';
	else if (starts(s, "M83"))
		s[2] = '2';
	else
		return false;
	return true;
}

static bool
edit_temperature(char *s, size_t *n)
{
	char *p, number[16];
	long v;
	int len;
	size_t old;

	if (!starts(s, "M104") && !starts(s, "M109") && !starts(s, "M140") &&
	    !starts(s, "M190"))
		return false;
	p = memchr(s, 'S', code_len(s, *n));
	if (!p)
		return false;
	v = strtol(p + 1, NULL, 10);
	if (v == 0)
		return false;
	old = strspn(p + 1, "0123456789");
	v += rnd(2) ? 6 + (long)rnd(50) : -(6 + (long)rnd(50));
	if (v < 10)
		v = 10;
	len = snprintf(number, sizeof(number), "%ld", v);
	memmove(p + 1 + len, p + 1 + old, *n - (size_t)(p + 1 + old - s));
	memcpy(p + 1, number, (size_t)len);
	*n += (size_t)len - old;
	return true;
}

/* the mutant in out; false: this line has no such defect */
static bool
make(const struct text *t, enum defect kind, size_t at, struct buf *out)
{
	size_t n = t->start[at + 1] - t->start[at];
	char line[4200];
	bool ok = true;

	if (n > 4096 || !is_command(t, at))
		return false;
	memset(line, 0, sizeof(line));
	memcpy(line, t->data + t->start[at], n);
	if (kind == DIGIT_LOST)
		ok = lose_digit(line, &n);
	else if (kind == AXIS_SWAPPED)
		ok = swap_axis(line, n);
	else if (kind == MODE_FLIPPED)
		ok = flip_mode(line);
	else if (kind == TEMPERATURE_EDITED)
		ok = edit_temperature(line, &n);
	if (!ok)
		return false;
	buf_clear(out);
	buf_add(out, t->data, t->start[at]);
	if (kind != LINE_DROPPED)
		buf_add(out, line, n);
	if (kind == LINE_DOUBLED)
		buf_add(out, line, n);
	buf_add(out, t->data + t->start[at + 1], t->len - t->start[at + 1]);
	return true;
}

/* --- running ----------------------------------------------------------------
 */

/* the file, unpacked by xz when its name says so */
static int
open_text(const char *path)
{
	int fds[2];
	size_t n = strlen(path);
	pid_t pid;

	if (n < 3 || strcmp(path + n - 3, ".xz") != 0)
		return open(path, O_RDONLY);
	if (access(path, R_OK) != 0 || pipe(fds) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		execlp("xz", "xz", "-dc", path, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	return fds[0];
}

static void
read_text(const char *path, struct text *t)
{
	struct buf b = BUF_INIT;
	int fd = open_text(path), status;
	size_t at = 0, alloc = 0;

	*t = (struct text){0};
	if (fd < 0 || file_read_all(fd, &b, (size_t)1 << 28) != 0)
		return;
	close(fd);
	while (wait(&status) > 0)
		;
	t->len = b.len;
	t->data = buf_detach(&b);
	while (at < t->len) {
		const char *nl = memchr(t->data + at, '\n', t->len - at);

		ALLOC_GROW(t->start, t->n + 2, alloc);
		t->start[t->n++] = at;
		at = nl ? (size_t)(nl + 1 - t->data) : t->len;
		t->start[t->n] = at;
	}
}

static void
check(struct lint *l, const char *s, size_t len)
{
	const char *end = s + len;

	lint_begin(l, "mutant");
	while (s < end) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		size_t n = (size_t)((nl ? nl + 1 : end) - s);

		lint_line(l, s, n);
		s += n;
		buf_clear(&l->f->out);
	}
	lint_end(l, len && end[-1] != '\n');
	buf_clear(&l->f->out);
}

struct tally {
	unsigned made[N_DEFECTS], matter[N_DEFECTS], found[N_DEFECTS];
};

static enum defect
pick_kind(void)
{
	static const unsigned char weight[] = {30, 50, 65, 85, 90, 100};
	uint32_t r = rnd(100);
	int k = 0;

	while (r >= weight[k])
		k++;
	return (enum defect)k;
}

static void
mutants(
    struct lint *l, const struct text *t, unsigned wanted, struct tally *sum)
{
	struct effect *was = xcalloc(t->n + 2, sizeof(*was));
	struct effect *now = xcalloc(t->n + 2, sizeof(*now));
	uint64_t before[N_RULES];
	struct buf out = BUF_INIT;

	check(l, t->data, t->len);
	memcpy(before, l->f->count, sizeof(before));
	record(&l->facts, l->m, t->data, t->len, was, t->n + 2);
	for (unsigned done = 0, tries = 0; done < wanted && tries < 400000;
	     tries++) {
		enum defect kind = pick_kind();
		size_t at = rnd((uint32_t)t->n);
		bool found = false, matters;

		/* rare lines: look on from there */
		for (size_t i = 0; kind >= MODE_FLIPPED && i < t->n; i++) {
			if (make(t, kind, at, &out))
				break;
			at = (at + 1) % t->n;
		}
		if (!make(t, kind, at, &out))
			continue;
		done++;
		sum->made[kind]++;
		record(&l->facts, l->m, out.data, out.len, now, t->n + 2);
		matters = changes_print(was, t->n, now, kind, at);
		if (!matters)
			continue;
		sum->matter[kind]++;
		check(l, out.data, out.len);
		for (int r = 0; r < N_RULES; r++)
			found = found || (l->f->level[r] >= DIAG_WARNING &&
					     l->f->count[r] > before[r]);
		sum->found[kind] += found;
		if (!found && getenv("MISSED"))
			printf("# missed: %s, line %zu: %.*s\n",
			    defect_name[kind], at + 1,
			    (int)code_len(t->data + t->start[at], 80),
			    t->data + t->start[at]);
	}
	buf_release(&out);
	free(was);
	free(now);
}

static const struct sample {
	const char *path, *config;
} samples[] = {
    {"torus30-prusaslicer", "bed235"},
    {"torus30-arcwelder", "bed235"},
    {"slic3r", "bed235"},
    {"ideamaker", "bed235"},
    {"cura", "bed300"},
    {"m486", "bed300"},
    {"prusaslicer", "bed300"},
    {"superslicer", "bed300"},
};

static bool
run(const char *path, const char *config, unsigned wanted, struct tally *sum)
{
	char conf[256];
	struct diag_sink sink = {.emit = quiet};
	struct lint_facts facts;
	struct findings f;
	struct machine *m;
	struct lint l;
	struct text t;

	read_text(path, &t);
	if (t.n == 0)
		return false;
	snprintf(conf, sizeof(conf), "tests/cases/gcode-lint/%s.conf", config);
	m = machine_load(conf, &sink);
	if (!m) {
		ok(false, "%s loads", conf);
		return false;
	}
	facts_init(&facts);
	facts_known(&facts, "PRINT_START");
	facts_known(&facts, "PRINT_END");
	facts_known(&facts, "TIMELAPSE_TAKE_FRAME");
	findings_init(&f, REPORT_TEXT);
	lint_init(&l, &f, m, &facts);
	check(&l, t.data, t.len);
	ok(f.file_level[DIAG_ERROR] == 0, "%s: no error as it is", path);
	mutants(&l, &t, wanted, sum);
	lint_release(&l);
	findings_release(&f);
	facts_release(&facts);
	machine_free(m);
	free(t.start);
	free(t.data);
	return true;
}

int
main(void)
{
	struct tally sum = {{0}, {0}, {0}};
	unsigned made = 0, matter = 0, found = 0, files = 0;
	size_t n = sizeof(samples) / sizeof(samples[0]);

	for (size_t i = 0; i < n; i++) {
		char path[256];

		snprintf(path, sizeof(path), "../shared/gcode/%s.gcode.xz",
		    samples[i].path);
		files +=
		    run(path, samples[i].config, (unsigned)(DEFECTS / n), &sum);
	}
	if (files == 0)
		run("share/demo/gantry.gcode", "bed235", PLAIN_DEFECTS, &sum);
	for (int k = 0; k < N_DEFECTS; k++) {
		printf("# %-20s %4u made, %4u matter, %4u found\n",
		    defect_name[k], sum.made[k], sum.matter[k], sum.found[k]);
		made += sum.made[k];
		matter += sum.matter[k];
		found += sum.found[k];
	}
	printf("# %.1f %% of %u defects that change the print are found\n",
	    100.0 * found / (matter ? matter : 1), matter);
	ok(matter > made / 4, "many of the %u defects change the print", made);
	ok(found * 20 > matter * 19, "more than 95 %% of those are found");
	ok(sum.found[LINE_DROPPED] * 10 > sum.matter[LINE_DROPPED] * 9,
	    "more than 90 %% of the dropped lines");
	return done_testing();
}
