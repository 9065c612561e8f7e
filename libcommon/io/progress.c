/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line on the terminal. */
#define _DEFAULT_SOURCE /* TIOCGWINSZ */
#include "io/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	DELAY_NS = 500000000,
	INTERVAL_NS = 100000000,
	BAR = 24
};

void
progress_begin(struct progress *p, bool quiet)
{
	memset(p, 0, sizeof(*p));
	p->enabled = !quiet && isatty(STDERR_FILENO);
	p->start_ns = clock_monotonic_ns();
}

static int
terminal_width(void)
{
	struct winsize ws;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 10)
		return ws.ws_col;
	return 80;
}

void
progress_show(struct progress *p, double fraction, const char *text)
{
	char line[512], bar[BAR + 1];
	long long now;
	pid_t foreground;
	int n = 0;

	if (!p->enabled)
		return;
	now = clock_monotonic_ns();
	if (now - p->start_ns < DELAY_NS || now - p->last_ns < INTERVAL_NS)
		return;
	foreground = tcgetpgrp(STDERR_FILENO);
	/* -1: not our terminal, as for a stage that printjob started */
	if (foreground >= 0 && foreground != getpgrp())
		return;
	p->last_ns = now;
	p->shown = true;
	if (fraction >= 0) {
		int full;

		fraction = fraction > 1 ? 1 : fraction;
		full = (int)(fraction * BAR);
		memset(bar, '.', BAR);
		memset(bar, '#', (size_t)full);
		bar[BAR] = '\0';
		n = snprintf(line, sizeof(line), "%3d%% [%s] ",
		    (int)(fraction * 100), bar);
	}
	snprintf(line + n, sizeof(line) - (size_t)n, "%s", text);
	fprintf(stderr, "\r%.*s\033[K", terminal_width() - 1, line);
	fflush(stderr);
}

void
progress_clear(struct progress *p)
{
	if (!p->shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	p->shown = false;
}
