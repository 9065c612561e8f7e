/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chip.h of a chip behind a terminal, in real time: any emulator, any board. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/file.h"
#include "tests/avr/chip.h"

#define CYCLES_PER_US 16 /* as tests/avr/host.h has it */

struct buf chip_out = BUF_INIT;
static int fd;

void
chip_open(const char *mcu, const char *path)
{
	struct termios t;

	(void)mcu;
	fd = open(path, O_RDWR | O_NOCTTY);
	if (fd < 0 || tcgetattr(fd, &t) != 0) {
		fprintf(stderr, "cannot open '%s'\n", path);
		exit(66);
	}
	t.c_iflag = 0;
	t.c_oflag = 0;
	t.c_lflag = 0;
	t.c_cflag = CS8 | CREAD | CLOCAL;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	tcsetattr(fd, TCSANOW, &t);
}

uint64_t
chip_cycle(void)
{
	return (uint64_t)clock_monotonic_ns() / 1000 * CYCLES_PER_US;
}

void
chip_write(const void *data, size_t n)
{
	if (file_write_all(fd, data, n) != 0)
		exit(74);
}

bool
chip_run(uint64_t until)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	uint64_t now = chip_cycle();
	char data[512];
	ssize_t n;

	if (now < until &&
	    poll(&p, 1, (int)((until - now) / (1000 * CYCLES_PER_US)) + 1) >
		0) {
		n = read(fd, data, sizeof(data));
		if (n <= 0)
			return false;
		buf_add(&chip_out, data, (size_t)n);
	}
	return true;
}
