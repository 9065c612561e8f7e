/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules that look at the commands of templates: M003, M004, M005, M007,
 * M008. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "lang/jinja_walk.h"
#include "machine/macro_check.h"
#include "machine/macro_inspect.h"

/* ---- M003: state that the same macro has changed above ---- */

static const struct change {
	const char *command, *object, *field; /* field NULL: any */
} changes[] = {{"G28", "toolhead", "homed_axes"},
    {"G28", "toolhead", "position"}, {"G0", "toolhead", "position"},
    {"G1", "toolhead", "position"}, {"G0", "gcode_move", "gcode_position"},
    {"G1", "gcode_move", "gcode_position"}, {"G0", "gcode_move", "position"},
    {"G1", "gcode_move", "position"},
    {"G90", "gcode_move", "absolute_coordinates"},
    {"G91", "gcode_move", "absolute_coordinates"},
    {"M82", "gcode_move", "absolute_extrude"},
    {"M83", "gcode_move", "absolute_extrude"}, {"M104", "extruder", "target"},
    {"M109", "extruder", "target"}, {"M109", "extruder", "temperature"},
    {"M109", "extruder", "can_extrude"}, {"M140", "heater_bed", "target"},
    {"M190", "heater_bed", "temperature"}, {"M106", "fan", "speed"},
    {"M107", "fan", "speed"}, {"SET_VELOCITY_LIMIT", "toolhead", "max_accel"},
    {"SET_VELOCITY_LIMIT", "toolhead", "max_velocity"},
    {"SET_GCODE_OFFSET", "gcode_move", "homing_origin"},
    {"BED_MESH_CALIBRATE", "bed_mesh", NULL},
    {"BED_MESH_CLEAR", "bed_mesh", NULL},
    {"QUAD_GANTRY_LEVEL", "quad_gantry_level", NULL},
    {"Z_TILT_ADJUST", "z_tilt", NULL}, {"PAUSE", "pause_resume", NULL},
    {"SAVE_VARIABLE", "save_variables", NULL},
    {"ACTIVATE_EXTRUDER", "toolhead", "extruder"},
    {"PROBE", "probe", "last_z_result"},
    {"QUERY_PROBE", "probe", "last_query"}};

struct late {
	struct jinja_walk walk;
	struct macro_checking *c;
	bool told[64];
};

static void
late_read(struct late *l, const struct jj_node *n, const char *object,
    const char *field)
{
	for (size_t i = 0; i < l->c->script.n; i++) {
		const struct macro_script_line *line = &l->c->script.line[i];

		if (line->pos >= n->pos)
			return;
		for (size_t k = 0; k < sizeof(changes) / sizeof(changes[0]);
		     k++) {
			const struct change *ch = &changes[k];

			if (l->told[k] || strcmp(ch->command, line->word) ||
			    strcmp(ch->object, object) ||
			    (ch->field && strcmp(ch->field, field)))
				continue;
			l->told[k] = true;
			macro_find(l->c, DIAG_WARNING, "m003", n->pos,
			    "'%s.%s' is read as it was before the '%s' "
			    "above: the template is rendered first",
			    object, field, line->word);
		}
	}
}

/* printer["gcode_macro X"].v behind SET_GCODE_VARIABLE MACRO=X VARIABLE=v */
static void
late_variable(struct late *l, const struct jj_node *n, const char *macro,
    const char *field)
{
	for (size_t i = 0; i < l->c->script.n; i++) {
		const struct macro_script_line *line = &l->c->script.line[i];
		const char *m, *v;
		long ml, vl;

		if (line->pos >= n->pos)
			return;
		if (strcmp(line->word, "SET_GCODE_VARIABLE") != 0)
			continue;
		ml = macro_script_param(line, "MACRO", &m);
		vl = macro_script_param(line, "VARIABLE", &v);
		if (ml != (long)strlen(macro) || vl != (long)strlen(field) ||
		    strncmp(m, macro, (size_t)ml) != 0 ||
		    strncmp(v, field, (size_t)vl) != 0)
			continue;
		macro_find(l->c, DIAG_WARNING, "m003", n->pos,
		    "'%s' of '%s' is read as it was before the "
		    "SET_GCODE_VARIABLE above: the template is rendered "
		    "first",
		    field, macro);
		return;
	}
}

static bool
visit_late(struct jinja_walk *walk, const struct jj_node *n)
{
	struct late *l = (struct late *)walk;
	const struct jj_str *object;

	if (n->kind != N_GETATTR)
		return true;
	object = jinja_item_of(n->a, "printer");
	if (!object)
		return true;
	if (strncmp(object->data, "gcode_macro ", 12) == 0)
		late_variable(l, n, object->data + 12, n->name->data);
	else
		late_read(l, n, object->data, n->name->data);
	return true;
}

void
macro_check_m003(struct macro_checking *c)
{
	struct late l = {.walk = {visit_late}, .c = c};

	jinja_walk(&l.walk, c->t->tpl);
}

/* ---- M007: parameters that do not fit ---- */

static bool
reads(const struct macro_params *p, const char *name, size_t n)
{
	for (unsigned i = 0; i < p->n; i++)
		if (strlen(p->v[i].name) == n &&
		    strncmp(p->v[i].name, name, n) == 0)
			return true;
	return p->all;
}

static const char *
nearest(const struct macro_params *p, const char *name)
{
	const char *names[MACRO_PARAMS_MAX];

	for (unsigned i = 0; i < p->n; i++)
		names[i] = p->v[i].name;
	return diag_nearest(name, names, (int)p->n);
}

static void
check_call(struct macro_checking *c, const struct macro_script_line *l,
    const struct macro_def *callee)
{
	struct macro_params p;
	struct macro_line parsed;

	if (callee == c->m && callee->rename)
		return;
	macro_read_params(callee->t, &p);
	macro_line_init(&parsed);
	macro_line_parse(&parsed, l->text, strlen(l->text));
	/* what is put together cannot be judged: "{rawparams}" */
	if (!parsed.traditional &&
	    !memchr(l->text, MACRO_HOLE, strcspn(l->text, "=")) &&
	    macro_line_extended(&parsed) == 0) {
		bool open = false;

		for (size_t i = 0; i < parsed.n_params; i++) {
			const char *key = parsed.param[i].key, *near;

			open |= strchr(key, MACRO_HOLE) != NULL;
			if (strchr(key, MACRO_HOLE) ||
			    reads(&p, key, strlen(key)))
				continue;
			near = nearest(&p, key);
			macro_find(c, DIAG_ERROR, "m007", l->pos,
			    "%s reads no parameter '%s'%s%s%s", callee->name,
			    key, near ? "; is '" : "", near ? near : "",
			    near ? "' meant?" : "");
		}
		for (unsigned i = 0;
		     i < p.n && !open && !strchr(l->text, MACRO_HOLE); i++)
			if (!p.v[i].has_default && !p.v[i].guarded &&
			    !macro_line_get(&parsed, p.v[i].name))
				macro_find(c, DIAG_WARNING, "m007", l->pos,
				    "%s wants the parameter '%s'", callee->name,
				    p.v[i].name);
	}
	macro_line_release(&parsed);
}

void
macro_check_line(struct macro_world *w, const char *s, size_t n,
    const struct diag_place *at, struct diag_sink *sink)
{
	struct macro_checking c = {.w = w, .sink = sink, .line = at};
	struct macro_script_line l = {.pos = 0};
	struct macro_command *cmd = NULL;
	struct macro_line parsed;
	struct buf text = BUF_INIT;

	macro_line_init(&parsed);
	macro_line_parse(&parsed, s, n);
	if (*parsed.command)
		cmd = macro_find_command(w, parsed.command);
	/* once for each macro: a job calls some at every layer */
	if (cmd && cmd->macro && cmd->macro->t && cmd->macro->t->tpl &&
	    !cmd->macro->called) {
		cmd->macro->called = true;
		buf_add(&text, parsed.text, parsed.len);
		buf_adds(&text, "");
		l.text = text.data;
		check_call(&c, &l, cmd->macro);
	}
	if (!cmd && *parsed.command) {
		buf_add(&text, parsed.text, parsed.len);
		buf_adds(&text, "");
		macro_check_stranger(&c, 0, parsed.command, text.data);
	}
	buf_release(&text);
	macro_line_release(&parsed);
}

void
macro_check_calls(struct macro_checking *c)
{
	for (size_t i = 0; i < c->script.n; i++) {
		const struct macro_script_line *l = &c->script.line[i];
		struct macro_command *cmd =
		    *l->word ? macro_find_command(c->w, l->word) : NULL;

		if (cmd && cmd->macro)
			check_call(c, l, cmd->macro);
		else if (!cmd && !strchr(l->word, MACRO_HOLE))
			macro_check_stranger(c, l->pos, l->word, l->text);
	}
}

/* ---- M008: waits and loops without end ---- */

struct loops {
	struct jinja_walk walk;
	struct macro_checking *c;
};

struct param_seek {
	struct jinja_walk walk;
	bool found, bounded;
};

static bool
visit_param(struct jinja_walk *walk, const struct jj_node *n)
{
	struct param_seek *s = (struct param_seek *)walk;

	s->found |= jinja_item_of(n, "params") != NULL;
	if (n->kind == N_FILTER && (strcmp(n->name->data, "min") == 0 ||
				       strcmp(n->name->data, "max") == 0))
		s->bounded = true;
	return true;
}

static bool
visit_loop(struct jinja_walk *walk, const struct jj_node *n)
{
	struct loops *l = (struct loops *)walk;
	struct param_seek s = {{visit_param}, false, false};

	if (n->kind != N_FOR || n->b->kind != N_CALL ||
	    n->b->a->kind != N_NAME ||
	    strcmp(n->b->a->name->data, "range") != 0)
		return true;
	jinja_walk_node(&s.walk, n->b);
	if (s.found && !s.bounded)
		macro_find(l->c, DIAG_WARNING, "m008", n->b->pos,
		    "a parameter says how often this loop runs, without a "
		    "bound");
	return true;
}

void
macro_check_waits(struct macro_checking *c)
{
	struct loops l = {{visit_loop}, c};

	jinja_walk(&l.walk, c->t->tpl);
	for (size_t i = 0; i < c->script.n; i++) {
		const struct macro_script_line *line = &c->script.line[i];
		const char *v;
		long n;

		if (strcmp(line->word, "TEMPERATURE_WAIT") == 0 &&
		    macro_script_param(line, "MINIMUM", &v) < 0 &&
		    macro_script_param(line, "MAXIMUM", &v) >= 0)
			macro_find(c, DIAG_WARNING, "m008", line->pos,
			    "the wait for MAXIMUM has no end where it stays "
			    "warmer than that");
		if (!c->timer || line->in_branch ||
		    strcmp(line->word, "UPDATE_DELAYED_GCODE") != 0)
			continue;
		n = macro_script_param(line, "ID", &v);
		if (n == (long)strlen(c->timer) &&
		    strncmp(v, c->timer, (size_t)n) == 0)
			macro_find(c, DIAG_WARNING, "m008", line->pos,
			    "'%s' starts itself again, without end", c->timer);
	}
}

/* ---- M004 and M005: who calls whom ---- */

struct graph {
	struct macro_world *w;
	struct diag_sink *sink;
	struct macro_script *script; /* of each macro */
	uint8_t *state;		     /* 0 new, 1 on the way, 2 done */
	unsigned path[256];
	unsigned depth;
};

static void
report(struct graph *g, unsigned macro, size_t pos, enum diag_level level,
    const char *slug, const char *what, const char *name)
{
	struct buf chain = BUF_INIT;
	struct diag_place at;

	macro_place_of(g->w->macro[macro].t, pos, &at);
	for (unsigned i = 0; i < g->depth; i++)
		buf_addf(&chain, "%s%s", i ? " -> " : "",
		    g->w->macro[g->path[i]].name);
	buf_addf(&chain, " -> %s", name);
	diag_report(g->sink, level, &at, slug, "%s: %s", what, chain.data);
	buf_release(&chain);
}

static void
look(struct graph *g, unsigned i, bool printing)
{
	static const char *const ends[] = {
	    "SAVE_CONFIG", "RESTART", "FIRMWARE_RESTART"};
	struct macro_script *s = &g->script[i];

	if (g->depth == sizeof(g->path) / sizeof(g->path[0]))
		return;
	g->state[i] = 1;
	g->path[g->depth++] = i;
	for (size_t k = 0; k < s->n; k++) {
		const struct macro_script_line *l = &s->line[k];
		struct macro_command *c =
		    *l->word ? macro_find_command(g->w, l->word) : NULL;

		for (int e = 0; printing && c && c->builtin && e < 3; e++)
			if (strcmp(c->builtin->name, ends[e]) == 0)
				report(g, i, l->pos, DIAG_ERROR, "m004",
				    "a print can get here, and this ends it",
				    l->word);
		if (!c || !c->macro)
			continue;
		if (g->state[c->macro - g->w->macro] == 1 && !printing)
			report(g, i, l->pos, DIAG_WARNING, "m005",
			    "macros call each other in a circle", l->word);
		else if (g->state[c->macro - g->w->macro] == 0)
			look(g, (unsigned)(c->macro - g->w->macro), printing);
	}
	g->depth--;
	g->state[i] = 2;
}

static bool
of_a_print(const char *name)
{
	static const char *const names[] = {"PRINT_START", "START_PRINT",
	    "PRINT_END", "END_PRINT", "PAUSE", "RESUME", "CANCEL_PRINT", "M600",
	    "BEFORE_LAYER_CHANGE", "AFTER_LAYER_CHANGE", "SET_PRINT_STATS_INFO",
	    "G28", "M109", "M190"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

void
macro_check_graph(struct macro_world *w, struct diag_sink *sink)
{
	struct graph g = {.w = w, .sink = sink};
	unsigned n = w->n_macros;

	g.script = xcalloc(n + 1, sizeof(*g.script));
	g.state = xcalloc(n + 1, 1);
	for (unsigned i = 0; i < n; i++)
		macro_script_read(&g.script[i], w->macro[i].t);
	for (unsigned i = 0; i < n; i++)
		if (!g.state[i])
			look(&g, i, false);
	memset(g.state, 0, n + 1);
	for (unsigned i = 0; i < n; i++)
		if (!g.state[i] && of_a_print(w->macro[i].name))
			look(&g, i, true);
	for (unsigned i = 0; i < n; i++)
		macro_script_release(&g.script[i]);
	free(g.script);
	free(g.state);
}
