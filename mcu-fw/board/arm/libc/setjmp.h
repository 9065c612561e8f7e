/* SPDX-License-Identifier: GPL-3.0-or-later */
/* setjmp.h of chips without a libc: see ../start.S. */
#ifndef GANTRY_FW_LIBC_SETJMP_H
#define GANTRY_FW_LIBC_SETJMP_H

typedef unsigned jmp_buf[10]; /* the standard's name */
int setjmp(jmp_buf) __attribute__((returns_twice));
void longjmp(jmp_buf, int) __attribute__((noreturn));

#endif
