/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A connection to a board that is there. */
#include <math.h>

#include "cli/cli.h"
#include "mcu-private.h"

int
mcu_live_open(struct mcu *mcu, int *status)
{
	(void)status;
	return mcu_fail(
	    mcu, EXIT_NO_DEVICE, "only --dump and --output work as yet");
}

void
mcu_live_close(struct mcu *mcu)
{
	(void)mcu;
}

int
mcu_live_configure(struct mcu *mcu, uint32_t crc, const char *finalize)
{
	(void)crc;
	(void)finalize;
	return mcu->failure.len > 0 ? -1 : 0;
}

void
mcu_live_flush(struct mcu *mcu, uint64_t horizon)
{
	(void)mcu;
	(void)horizon;
}

void
mcu_live_drop_steps(struct mcu *mcu)
{
	(void)mcu;
}

int
mcu_live_query(
    struct mcu *mcu, enum mcu_command cmd, uint8_t oid, const bool *answered)
{
	(void)cmd;
	(void)oid;
	return mcu->failure.len == 0 && *answered ? 0 : -1;
}

int
mcu_live_query_reason(
    struct mcu *mcu, uint8_t oid, uint32_t reason, const bool *answered)
{
	(void)oid;
	(void)reason;
	return mcu->failure.len == 0 && *answered ? 0 : -1;
}

double
mcu_now(struct mcu *mcu)
{
	(void)mcu;
	return -INFINITY;
}

void
mcu_run(struct mcu *mcu, double until, int wake_fd)
{
	(void)until;
	(void)wake_fd;
	mcu_flush(mcu, -INFINITY);
}

uint64_t
mcu_extend_clock(const struct mcu *mcu, uint32_t clock)
{
	(void)mcu;
	return clock;
}

bool
mcu_idle(const struct mcu *mcu)
{
	for (int i = 0; i < mcu->n_steppers; i++)
		if (mcu->step_queue[i]->count > 0)
			return false;
	for (int i = 0; i < mcu->n_queues; i++)
		if (mcu->queue[i]->count > 0)
			return false;
	return true;
}

void
mcu_emergency_stop(struct mcu *mcu)
{
	(void)mcu;
}
