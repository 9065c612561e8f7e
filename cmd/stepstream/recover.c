/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Brings the journal of a print up to what the board itself remembers. */
#include "recover.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "cli/cli.h"
#include "journal.h"

static void
report(const struct axes_left *left, const char *kept, const char *why)
{
	cli_warn("the motors stand at X%.3f Y%.3f Z%.3f", left->pos[0],
	    left->pos[1], left->pos[2]);
	if (strcmp(kept, "xyz") == 0)
		cli_warn("nothing has to be homed");
	else
		cli_warn("%s%s%s%s",
		    *kept ? "certain is only "
			  : "nothing "
			    "is certain",
		    kept, *why ? ": " : "", why);
}

/* The board has told; its counters begin where the journal says. */
static int
conclude(struct session *s, struct journal *j)
{
	const struct axes *a = &s->axes;
	double *zero = xcalloc((size_t)a->n_motors + 1, sizeof(*zero));
	struct buf why = BUF_INIT;
	struct axes_left left;
	char kept[4];
	int status;

	for (int i = 0; i < a->n_motors; i++)
		zero[i] = journal_zero(j, a->motor[i].config->name);
	buf_adds(&why, "");
	if (axes_left(&s->axes, zero, &left) != 0) {
		status =
		    journal_bad(j, "it does not tell where every motor began");
	} else {
		salvage_axes(j->homed & ~left.lost, kept);
		salvage_explain(&left, &why);
		status = journal_amend(j, left.pos, kept, why.data);
		if (status == EXIT_DONE && !s->options.quiet)
			report(&left, kept, why.data);
	}
	buf_release(&why);
	free(zero);
	return status;
}

int
recover(struct session *s, const char *path)
{
	struct buf why = BUF_INIT;
	struct journal j;
	int status = journal_open(&j, path, s->sink);

	if (status != EXIT_DONE)
		return status;
	if (mcu_survey(s->mcu, &why) != 0) {
		cli_warn("where the motors stand is not known: %s", why.data);
		status = EXIT_NO;
	} else if (j.board != mcu_configuration(s->mcu)) {
		status = journal_bad(
		    &j, "the board was configured otherwise in that print");
	} else {
		status = conclude(s, &j);
	}
	journal_close(&j);
	buf_release(&why);
	return status;
}
