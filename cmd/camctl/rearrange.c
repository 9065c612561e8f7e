/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Other cameras while the server runs: who is not concerned sees nothing. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "server-private.h"

static struct camera *
start(struct server *s, const struct server_camera *c)
{
	struct camera *started;
	sigset_t all, old;

	/* the cameras' threads leave signals to the one that runs the loop */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	started = camera_start(&c->config, c->source, server_wake, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return started;
}

/* everything that says which camera, by its new place; to[] -1: gone */
static void
renumber(struct server *s, const int *to)
{
	for (struct conn *c = s->conns; c; c = c->next) {
		bool looks = c->state == CONN_STREAM ||
			     c->state == CONN_SNAPSHOT || c->frame;

		/* the count of viewers is that of the old place */
		if (looks && to[c->site] < 0)
			conn_drop(c);
	}
	conn_reap(s);
	for (struct conn *c = s->conns; c; c = c->next)
		c->site = to[c->site] < 0 ? 0 : to[c->site];
	for (struct listener *l = s->listeners; l; l = l->next) {
		if (l->camera < 0)
			continue;
		l->camera = to[l->camera];
		if (l->camera < 0)
			server_deafen(l);
	}
}

static void
fill(struct server *s, struct site *site, const struct server_change *c)
{
	site->fps_default = c->camera.config.want.fps;
	site->quality = c->camera.config.quality;
	if (c->was < 0) {
		site->name = xstrdup(c->camera.name);
		site->camera = start(s, &c->camera);
		camera_step_down(site->camera, s->level);
	} else if (c->camera.source) {
		camera_replace(
		    site->camera, &c->camera.config, c->camera.source);
	}
}

void
server_rearrange(struct server *s, const struct server_change *v, int n)
{
	struct site *site = xcalloc((size_t)n, sizeof(*site));
	int *to = xcalloc((size_t)s->n_sites + 1, sizeof(*to));

	for (int i = 0; i < s->n_sites; i++)
		to[i] = -1;
	for (int i = 0; i < n; i++)
		if (v[i].was >= 0)
			to[v[i].was] = i;
	renumber(s, to);
	for (int i = 0; i < s->n_sites; i++) {
		if (to[i] >= 0) {
			site[to[i]] = s->site[i];
			continue;
		}
		camera_free(s->site[i].camera);
		free(s->site[i].name);
	}
	free(to);
	free(s->site);
	s->site = site;
	s->n_sites = n;
	s->names = xreallocarray(s->names, (size_t)n, sizeof(*s->names));
	for (int i = 0; i < n; i++) {
		fill(s, &site[i], &v[i]);
		s->names[i] = site[i].name;
	}
}
