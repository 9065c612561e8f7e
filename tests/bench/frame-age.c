/* SPDX-License-Identifier: GPL-3.0-or-later */
/* frame-age ADDR:PORT STAMPS WIDTHxHEIGHT SECONDS: looks at a stream whose
 * pictures carry their number (tests/bench/fakecam.c), and prints how many came
 * and how old they were when the last byte had been read: median and 99 % in
 * ms. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <turbojpeg.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/file.h"
#include "tests/camera/client.h"

enum {
	SLOTS = 4096,
	AGES_MAX = 100000,
	CELLS = 32,
};

static const int64_t *stamps;
static double age_ms[AGES_MAX];
static int n_ages, width, height;

static uint32_t
number_of(const uint8_t *jpeg, size_t len)
{
	static tjhandle h;
	static uint8_t grey[8192 * 8192 / 64];
	int w = (width + 7) / 8, cell = (width / CELLS & ~1);
	uint32_t n = 0;

	if (!h)
		h = tjInitDecompress();
	if (tjDecompress2(h, jpeg, len, grey, w, w, (height + 7) / 8, TJPF_GRAY,
		TJFLAG_FASTDCT))
		return 0;
	for (int i = 0; i < CELLS; i++)
		n = n << 1 |
		    (grey[(height - 8) / 8 * w + (i * cell + cell / 2) / 8] >
			128);
	return n;
}

static void
look(struct parser *p)
{
	int64_t now = clock_monotonic_ns();
	int64_t stamp = stamps[number_of(p->data, p->len) % SLOTS];

	if (p->pictures > 5 && stamp && n_ages < AGES_MAX)
		age_ms[n_ages++] = (double)(now - stamp) * 1e-6;
}

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
main(int argc, char **argv)
{
	struct buf head = BUF_INIT, rest = BUF_INIT;
	struct parser p = {.pictures = 0};
	static char text[1 << 20];
	int64_t end;
	int fd;

	if (argc != 5 || sscanf(argv[3], "%dx%d", &width, &height) != 2)
		return 64;
	client_address = argv[1];
	fd = open(argv[2], O_RDONLY);
	stamps = mmap(NULL, SLOTS * 8, PROT_READ, MAP_SHARED, fd, 0);
	if (stamps == MAP_FAILED)
		return 66;
	fd = client_connect();
	client_ask(fd, "/stream");
	client_head(fd, &head, &rest);
	if (fluidd_begin(&p, head.data))
		return 76;
	fluidd_feed(&p, rest.data, rest.len, look);
	end = clock_monotonic_ns() + (int64_t)(strtod(argv[4], NULL) * 1e9);
	while (clock_monotonic_ns() < end) {
		ssize_t n = file_read(fd, text, sizeof(text));

		if (n <= 0)
			return 74;
		fluidd_feed(&p, text, (size_t)n, look);
	}
	qsort(age_ms, (size_t)n_ages, sizeof(age_ms[0]), by_size);
	printf("%d %.2f %.2f\n", n_ages, n_ages ? age_ms[n_ages / 2] : 0,
	    n_ages ? age_ms[n_ages * 99 / 100] : 0);
	return 0;
}
