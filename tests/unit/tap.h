/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unit tests say TAP; main() ends with return done_testing(). */
#ifndef GANTRY_TESTS_TAP_H
#define GANTRY_TESTS_TAP_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

#define ok(cond, ...) tap_ok((cond), __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, want, ...)                                                 \
	tap_is_int((got), (want), __FILE__, __LINE__, __VA_ARGS__)
#define is_near(got, want, within, ...)                                        \
	tap_is_near((got), (want), (within), __FILE__, __LINE__, __VA_ARGS__)
#define is_str(got, want, ...)                                                 \
	tap_is_str((got), (want), __FILE__, __LINE__, __VA_ARGS__)

#define TAP_FORMAT(f, a) __attribute__((unused, format(printf, f, a)))

/* The line of one test; a failed one names its place. */
__attribute__((format(printf, 4, 0))) static bool
tap_line(bool good, const char *file, int line, const char *fmt, va_list ap)
{
	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	vprintf(fmt, ap);
	putchar('\n');
	if (!good) {
		tap_failed++;
		printf("# at %s:%d\n", file, line);
	}
	return good;
}

TAP_FORMAT(4, 5)
static bool
tap_ok(bool good, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_line(good, file, line, fmt, ap);
	va_end(ap);
	return good;
}

TAP_FORMAT(5, 6)
static bool
tap_is_int(long long got, long long want, const char *file, int line,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!tap_line(got == want, file, line, fmt, ap))
		printf("# got %lld, want %lld\n", got, want);
	va_end(ap);
	return got == want;
}

TAP_FORMAT(6, 7)
static bool
tap_is_near(double got, double want, double within, const char *file, int line,
    const char *fmt, ...)
{
	bool good = fabs(got - want) <= within;
	va_list ap;

	va_start(ap, fmt);
	if (!tap_line(good, file, line, fmt, ap))
		printf(
		    "# got %.17g, want %.17g within %g\n", got, want, within);
	va_end(ap);
	return good;
}

TAP_FORMAT(5, 6)
static bool
tap_is_str(const char *got, const char *want, const char *file, int line,
    const char *fmt, ...)
{
	bool good = got && strcmp(got, want) == 0;
	va_list ap;

	va_start(ap, fmt);
	if (!tap_line(good, file, line, fmt, ap))
		printf("# got '%s'\n# want '%s'\n", got ? got : "(null)", want);
	va_end(ap);
	return good;
}

__attribute__((unused)) static void
tap_skip(const char *what, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_count, what, why);
}

static int
done_testing(void)
{
	printf("1..%d\n", tap_count);
	if (tap_failed)
		fprintf(stderr, "# %d of %d failed\n", tap_failed, tap_count);
	return tap_failed ? 1 : 0;
}

#endif
