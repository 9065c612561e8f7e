/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asking a board that failed, or was left, where its motors stand. */
#include <math.h>
#include <string.h>

#include "mcu-live.h"

#define MS	    1000000ll
#define LOOK_NS	    (300 * MS) /* between two looks at motors that may move */
#define LOOKS	    30
#define SETTLE_NS   (100 * MS) /* for a board that has just started */
#define GAP_UNKNOWN UINT32_MAX
#define REACHED_S   2.0 /* heard of so lately it may be asked */

static void
wait(struct mcu *mcu, int64_t ns)
{
	const bool never = false;

	mcu_live_until(mcu, &never, ns);
}

/* What is known of them by the board's own report of a life that ended. */
static int
read_report(struct mcu *mcu, struct buf *why)
{
	struct mcu_live *l = mcu->live;

	if (!mcu->command[MCU_CMD_GET_RESET_STATE] ||
	    !mcu->command[MCU_CMD_GET_RESET_POSITION]) {
		buf_adds(why, "its firmware does not keep that");
		return -1;
	}
	l->reset_seen = false;
	if (mcu_live_ask(
		mcu, MCU_CMD_GET_RESET_STATE, 0, NULL, &l->reset_seen) != 0)
		return -1;
	if (l->reset_count == 0 || l->reset_crc != mcu->config_crc) {
		buf_adds(why, l->reset_count == 0
				  ? "its power was gone, or a boot loader "
				    "wrote over its memory"
				  : "it had another configuration");
		return -1;
	}
	for (uint32_t i = 0; i < l->reset_count; i++) {
		l->reset_seen = false;
		if (mcu_live_ask(mcu, MCU_CMD_GET_RESET_POSITION, 1, &i,
			&l->reset_seen) != 0)
			return -1;
	}
	return 0;
}

void
mcu_live_left(struct mcu *mcu, uint32_t oid, uint32_t position, uint32_t gap)
{
	for (int i = 0; i < mcu->n_steppers; i++) {
		struct mcu_stepper *s = mcu->stepper[i];

		if (s->base.oid != oid)
			continue;
		s->left_known = true;
		s->left = (int32_t)position;
		s->left_gap = gap;
	}
	mcu->live->reset_seen = true;
}

/* One look at motors that may still be moving: does any? */
static int
look(struct mcu *mcu, bool *moved)
{
	*moved = false;
	for (int i = 0; i < mcu->n_steppers; i++) {
		struct mcu_stepper *s = mcu->stepper[i];
		int32_t at;

		if (mcu_stepper_position(s, &at) != 0)
			return -1;
		at = s->position;
		*moved |= !s->left_known || at != s->left;
		/* what does not slow down by itself stopped from any speed */
		s->left_gap = mcu->command[MCU_CMD_STEPPER_STOP_WHEN_DRY]
				  ? 0
				  : GAP_UNKNOWN;
		s->left = at;
		s->left_known = true;
	}
	return 0;
}

/* The board is as the other session left it, and may have moves. */
static int
read_living(struct mcu *mcu, struct buf *why)
{
	struct mcu_live *l = mcu->live;
	bool moved = true;

	mcu->configured = true; /* answers of objects are taken */
	for (int i = 0; i < LOOKS && moved; i++) {
		l->config_seen = false;
		if (mcu_live_ask(
			mcu, MCU_CMD_GET_CONFIG, 0, NULL, &l->config_seen) != 0)
			return -1;
		if (l->is_shutdown)
			return read_report(mcu, why);
		if (look(mcu, &moved) != 0)
			return -1;
		if (moved)
			wait(mcu, LOOK_NS);
	}
	return 0;
}

/* What another session left. */
static int
read_left(struct mcu *mcu, struct buf *why)
{
	struct mcu_live *l = mcu->live;

	l->config_seen = false;
	if (mcu_live_ask(mcu, MCU_CMD_GET_CONFIG, 0, NULL, &l->config_seen) !=
	    0)
		return -1;
	if (!l->is_config || l->is_shutdown)
		return read_report(mcu, why);
	if (l->crc == mcu->config_crc)
		return read_living(mcu, why);
	buf_adds(why, "it has another configuration");
	return -1;
}

/* Its own session failed: the link begins anew if the board did. */
static int
read_failed(struct mcu *mcu, struct buf *why)
{
	struct mcu_live *l = mcu->live;
	struct clocksync sync = l->sync;
	int result = 0;

	if (l->restarted) {
		wait(mcu, SETTLE_NS);
		result = mcu_live_begin_anew(mcu);
	}
	if (result == 0)
		result = read_report(mcu, why);
	l->sync = sync; /* print time goes on as it was */
	return result;
}

int
mcu_survey(struct mcu *mcu, struct buf *why)
{
	struct mcu_live *l = mcu->live;
	struct buf failure = mcu->failure;
	int status = mcu->status, result;

	if (!l) {
		buf_adds(why, "there is no board");
		return -1;
	}
	if (failure.len > 0 && !mcu_live_heard(mcu, REACHED_S)) {
		buf_adds(why, "it cannot be reached");
		return -1;
	}
	memset(&mcu->failure, 0, sizeof(mcu->failure));
	for (int i = 0; i < mcu->n_steppers; i++)
		mcu->stepper[i]->left_known = false;
	l->restarting = true; /* nothing that it says is a surprise now */
	l->polling = false;
	mcu_finish_text(mcu);
	result = mcu->configured ? read_failed(mcu, why) : read_left(mcu, why);
	if (mcu->failure.len > 0 && why->len == 0)
		buf_add(why, mcu->failure.data, mcu->failure.len);
	buf_release(&mcu->failure);
	mcu->failure = failure;
	mcu->status = status;
	return result;
}

bool
mcu_stepper_left(const struct mcu_stepper *s, int32_t *position, double *gap_s)
{
	*position = s->invert_dir ? -s->left : s->left;
	*gap_s = s->left_gap == 0	      ? (double)INFINITY
		 : s->left_gap == GAP_UNKNOWN ? 0
					      : s->left_gap / s->base.mcu->freq;
	return s->left_known;
}

double
mcu_certain(const struct mcu *mcu)
{
	const struct mcu_live *l = mcu->live;

	if (!l)
		return -HUGE_VAL;
	if (l->shut_seen)
		return (double)mcu_extend_clock(mcu, l->shut_clock) / mcu->freq;
	return clocksync_clock(&l->sync, l->alive_ns) / mcu->freq;
}
