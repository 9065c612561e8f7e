/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a camera's name to a source. */
#include "pick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cameras.h"
#include "cli/cli.h"
#include "listen.h"

/* a server that runs owns the camera: take its stream */
struct source *
pick_from_server(const char *name)
{
	struct buf spec = BUF_INIT, why = BUF_INIT;
	char *path = cameras_socket_path();
	struct source *s = NULL;
	int fd;

	if (!path)
		return NULL;
	buf_addf(&spec, "unix:%s", path);
	fd = listen_connect(spec.data, &why);
	if (fd >= 0) {
		close(fd);
		buf_addf(&spec, ":/%s%sstream?key=pipe", name ? name : "",
		    name ? "/" : "");
		s = source_new(spec.data, &why);
	}
	buf_release(&spec);
	buf_release(&why);
	free(path);
	return s;
}

static const struct camera_entry *
choose(const struct cameras *cs, const char *name)
{
	const struct camera_entry *c;

	if (!cs->n)
		cli_die(EXIT_CONFIG, "no camera is configured: see --source, "
				     "or 'camctl list'");
	c = name ? cameras_find(cs, name) : &cs->v[0];
	if (!c)
		cli_die(EXIT_BAD_USAGE, "no camera is called '%s'", name);
	if (!name && cs->n > 1)
		cli_die(EXIT_BAD_USAGE, "which of the %d cameras?", cs->n);
	return c;
}

/* outlives the configuration: one program picks one camera */
static char chosen[64];

struct source *
pick_source(const struct pick *p, const char *name, struct camera_config *out)
{
	struct buf why = BUF_INIT;
	const struct camera_entry *c;
	struct cameras cs;
	struct source *s;

	*out = (struct camera_config){.name = name ? name : "camera",
	    .want = {.fps = p->fps},
	    .quality = (int)p->quality};
	if (p->source) {
		s = source_new(p->source, &why);
		if (!s)
			cli_die(EXIT_BAD_USAGE, "--source: %s", why.data);
		buf_release(&why);
		return s;
	}
	s = pick_from_server(name);
	if (s)
		return s;
	if (cameras_load(&cs, p->config, cli_sink()))
		exit(cli_finish(EXIT_CONFIG));
	c = choose(&cs, name);
	snprintf(chosen, sizeof(chosen), "%s", c->name);
	out->name = chosen;
	out->want = c->want;
	if (p->fps > 0)
		out->want.fps = p->fps;
	s = cameras_source(c, &why);
	if (!s)
		cli_die(EXIT_CONFIG, "%s: %s", c->name, why.data);
	cameras_release(&cs);
	return s;
}
