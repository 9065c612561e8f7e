/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Says that there are no pictures, where cairo is not there. */
#include "cli/cli.h"
#include "plot.h"

static int
none(const char *path)
{
	cli_warn("%s: this build has no cairo and draws no pictures; --plot=- "
		 "draws in the terminal",
	    path);
	return -1;
}

int
plot_analysis(const struct analysis *a, const char *path)
{
	(void)a;
	return none(path);
}

int
plot_spectrogram(const struct analysis *a, const char *path)
{
	(void)a;
	return none(path);
}

int
plot_sides(const struct sides *s, const char *const names[2], const char *title,
    const char *path)
{
	(void)s;
	(void)names;
	(void)title;
	return none(path);
}

int
plot_scan(const struct scan *s, const char *path)
{
	(void)s;
	return none(path);
}
