/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lock-step: the host says how far time may go. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/endian.h"
#include "cli/cli.h"
#include "io/file.h"
#include "mcu-fw/board/sim/sim.h"
#include "mcu-sim.h"
#include "proto/lockstep.h"

#define REST_STEP_S 0.05
#define REST_MAX_S  10.0

static int link_fd = STDOUT_FILENO;

/* Standard output is the link's alone: what writes to "-" writes to standard
 * error from here on. */
static void
take_link(void)
{
	int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

	if (fd >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
		link_fd = fd;
}

static int
answer(void)
{
	uint8_t head[LOCKSTEP_HEAD];
	static struct buf out;

	head[0] = LOCKSTEP_ANSWER;
	put_le64(head + 1, sim_clock);
	put_le32(head + 9, (uint32_t)sim_link_out.len);
	buf_clear(&out);
	buf_add(&out, head, sizeof(head));
	if (sim_link_out.len > 0)
		buf_add(&out, sim_link_out.data, sim_link_out.len);
	buf_clear(&sim_link_out);
	return file_write_all(link_fd, out.data, out.len);
}

/* One request in the buffer: 1 done, 0 not all there yet, -1 nonsense. */
static int
serve_one(struct model *m, struct buf *in)
{
	const uint8_t *p = (const uint8_t *)in->data;
	uint32_t n;

	if (in->len < LOCKSTEP_HEAD)
		return 0;
	n = get_le32(p + 9);
	if (p[0] != LOCKSTEP_RUN || n > LOCKSTEP_DATA_MAX)
		return -1;
	if (in->len < LOCKSTEP_HEAD + n)
		return 0;
	if (n > 0) {
		sim_link_write(p + LOCKSTEP_HEAD, n);
		model_host_spoke(m);
	}
	if (sim_link_out.len == 0)
		sim_run(get_le64(p + 1));
	buf_consume(in, LOCKSTEP_HEAD + n);
	return answer() == 0 ? 1 : -1;
}

/* The host is gone: on until all stands and is off. */
static void
come_to_rest(struct model *m)
{
	uint64_t step = (uint64_t)(REST_STEP_S * sim_freq);
	uint64_t end = sim_clock + (uint64_t)(REST_MAX_S * sim_freq);

	while (sim_clock < end && !model_at_rest(m)) {
		sim_run(sim_clock + step);
		buf_clear(&sim_link_out);
	}
}

int
serve_lockstep(struct model *m)
{
	uint8_t hello[LOCKSTEP_HELLO];
	struct buf in = BUF_INIT;
	int result = 0;
	ssize_t n;

	memcpy(hello, LOCKSTEP_MAGIC, 4);
	put_le32(hello + 4, sim_freq);
	take_link();
	if (file_write_all(link_fd, hello, sizeof(hello)) != 0)
		result = -1;
	while (result == 0) {
		buf_grow(&in, LOCKSTEP_HEAD + 4096);
		n = file_read(
		    STDIN_FILENO, in.data + in.len, LOCKSTEP_HEAD + 4096);
		if (n <= 0)
			break;
		in.len += (size_t)n;
		in.data[in.len] = '\0';
		while ((result = serve_one(m, &in)) == 1)
			;
	}
	if (result == 0 && in.len > 0)
		result = -1; /* cut off in the middle */
	if (errno == EPIPE || errno == ECONNRESET)
		result = 0; /* the host has died: what a machine lives with */
	come_to_rest(m);
	buf_release(&in);
	return result;
}
