/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UTF-8 as bytes and code points, strict, without a locale. */
#ifndef GANTRY_LANG_UTF8_H
#define GANTRY_LANG_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One code point at the start of the n bytes: its length (1..4) and, if cp is
 * not NULL, its value.  0 when the bytes are not UTF-8: overlong forms,
 * surrogates, values above U+10FFFF and cut sequences are refused.
 */
size_t utf8_decode(const char *s, size_t n, uint32_t *cp);

/* Appends a valid code point at out (room for 4); returns its length. */
size_t utf8_encode(char *out, uint32_t cp);

/* All n bytes are UTF-8; else *bad (may be NULL) is the first wrong byte. */
bool utf8_valid(const char *s, size_t n, size_t *bad);

/* White space as Python's str.isspace() sees it (NBSP and its kin too). */
bool utf8_is_space(uint32_t cp);
/* Length of the white space character at the start, or at the end; 0 none. */
size_t utf8_space_at(const char *s, size_t n);
size_t utf8_space_before(const char *s, size_t n);
/* Drops white space on both sides of the n bytes at *s; returns the rest. */
size_t utf8_strip(const char **s, size_t n);

#endif
