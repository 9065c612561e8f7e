/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trigger synchronisation: one cause, once, stops all that signed up. */
#ifndef GANTRY_FW_TRSYNC_H
#define GANTRY_FW_TRSYNC_H

#include <stdint.h>

struct trsync;

/* func is called in interrupt context, once; then it must sign up again. */
struct trsync_signal {
	struct trsync_signal *next;
	void (*func)(struct trsync_signal *);
};

struct trsync *trsync_get(uint8_t oid);
/* Already signed up: shutdown. */
void trsync_sign_up(struct trsync *, struct trsync_signal *,
    void (*func)(struct trsync_signal *));
/* Interrupts are off; only the first reason counts. */
void trsync_trigger(struct trsync *, uint8_t reason);

#endif
