/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a camera's name to a source. */
#include "pick.h"

#include "cli/cli.h"

struct source *
pick_source(const struct pick *p, const char *name, struct camera_config *out)
{
	struct buf why = BUF_INIT;
	struct source *s;

	*out = (struct camera_config){.name = name ? name : "camera",
	    .want = {.fps = p->fps},
	    .quality = (int)p->quality};
	if (!p->source)
		cli_die(EXIT_BAD_USAGE, "no camera: see --source");
	s = source_new(p->source, &why);
	if (!s)
		cli_die(EXIT_BAD_USAGE, "--source: %s", why.data);
	buf_release(&why);
	return s;
}
