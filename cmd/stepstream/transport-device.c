/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A board on a serial port or a pseudo-terminal, in real time. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "cli/cli.h"
#include "io/serial.h"
#include "io/signals.h"
#include "proto/frame.h"
#include "transport.h"

#define MS		1000000ll
#define PENDING_MAX	65536 /* bytes the device does not take */
#define BOOTLOADER_BAUD 115200
#define STIR_BAUD	2400

struct device {
	struct transport base;
	struct serial *port;
	char *path;
	uint32_t baud;
	struct buf pending; /* not written yet */
};

void
transport_pause(int64_t ns)
{
	struct timespec t = {ns / 1000000000, (long)(ns % 1000000000)};

	while (nanosleep(&t, &t) != 0 && errno == EINTR)
		;
}

static int64_t
device_now(struct transport *t)
{
	(void)t;
	return clock_monotonic_ns();
}

static int
gone(struct device *d, const char *what)
{
	buf_clear(&d->base.why);
	buf_addf(&d->base.why, "lost '%s': %s", d->path, what);
	return -1;
}

static int
device_write(struct device *d)
{
	while (d->pending.len > 0) {
		ssize_t n =
		    write(serial_fd(d->port), d->pending.data, d->pending.len);

		if (n > 0)
			buf_consume(&d->pending, (size_t)n);
		else if (n < 0 && errno == EAGAIN)
			break;
		else if (n < 0 && errno != EINTR)
			return gone(d, strerror(errno));
	}
	if (d->pending.len > PENDING_MAX)
		return gone(d, "it takes no more bytes");
	return 0;
}

static int
device_read(struct device *d, struct buf *in)
{
	char data[4096];
	ssize_t n = read(serial_fd(d->port), data, sizeof(data));

	if (n > 0)
		buf_add(in, data, (size_t)n);
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		return gone(d, strerror(errno));
	return 0;
}

static int
device_exchange(struct transport *t, struct buf *out, int64_t until_ns,
    int wake_fd, struct buf *in)
{
	struct device *d = (struct device *)t;
	struct pollfd p[3] = {
	    {.fd = serial_fd(d->port), .events = POLLIN},
	    {.fd = wake_fd, .events = POLLIN},
	    {.fd = signals_fd(), .events = POLLIN},
	};
	int64_t wait;
	int n;

	buf_add(&d->pending, out->data, out->len);
	buf_clear(out);
	if (device_write(d) != 0)
		return -1;
	if (d->pending.len > 0)
		p[0].events |= POLLOUT;
	wait = until_ns - clock_monotonic_ns();
	/* whole milliseconds, rounded up: never wakes too early to do good */
	wait = wait <= 0	     ? 0
	       : wait > 3600000 * MS ? 3600000
				     : (wait + MS - 1) / MS;
	n = poll(p, 3, (int)wait);
	if (n < 0)
		return errno == EINTR ? 1 : gone(d, strerror(errno));
	if (p[0].revents & POLLIN) {
		if (device_read(d, in) != 0)
			return -1;
	} else if (p[0].revents & (POLLERR | POLLHUP | POLLNVAL)) {
		return gone(d, "it was unplugged or closed");
	}
	return (p[1].revents | p[2].revents) != 0;
}

static void
device_drop_output(struct transport *t)
{
	struct device *d = (struct device *)t;

	buf_clear(&d->pending);
	serial_drop_output(d->port);
}

/*
 * An AVR board may sit in the boot loader that opening the port has started;
 * it leaves at this message.  To firmware it is noise, which one sync byte
 * ends.
 */
static void
leave_bootloader(struct device *d)
{
	static const char leave[] = {0x1b, 1, 0, 1, 0x0e, 0x11, 4};
	static const char sync = FRAME_SYNC;
	struct buf in = BUF_INIT;

	if (serial_has_line(d->port)) {
		serial_set_baud(d->port, STIR_BAUD);
		device_read(d, &in);
		serial_set_baud(d->port, BOOTLOADER_BAUD);
		transport_pause(100 * MS);
		serial_drop_input(d->port);
		buf_add(&d->pending, leave, sizeof(leave));
		device_write(d);
		transport_pause(50 * MS);
		serial_drop_input(d->port);
		serial_set_baud(d->port, d->baud);
	}
	buf_add(&d->pending, &sync, 1);
	device_write(d);
	buf_release(&in);
}

static int
device_reset(struct transport *t, const char *method, struct buf *why)
{
	struct device *d = (struct device *)t;

	(void)method;
	if (!serial_has_line(d->port)) {
		buf_addf(why, "'%s' has no reset wire", d->path);
		return -1;
	}
	serial_set_baud(d->port, STIR_BAUD);
	transport_pause(100 * MS);
	serial_set_dtr(d->port, true);
	transport_pause(100 * MS);
	serial_set_dtr(d->port, false);
	transport_pause(100 * MS);
	serial_set_dtr(d->port, true);
	serial_set_baud(d->port, d->baud);
	transport_pause(1000 * MS);
	leave_bootloader(d);
	return 0;
}

static int
device_close(struct transport *t)
{
	struct device *d = (struct device *)t;

	serial_close(d->port);
	buf_release(&d->pending);
	buf_release(&t->why);
	free(d->path);
	free(d);
	return 0;
}

static void
explain(const char *path, struct buf *why, int *status)
{
	struct buf found = BUF_INIT;
	int error = errno;

	*status = error == EBUSY ? EXIT_BUSY : EXIT_NO_DEVICE;
	buf_addf(why, "cannot open '%s': ", path);
	if (error == EBUSY) {
		buf_adds(why, "another program is using it");
	} else if (error == EACCES) {
		buf_adds(why, "permission denied: join the group that owns it "
			      "(usually 'dialout') and log in again");
	} else if (error == ENOTTY) {
		buf_adds(why, "it is no serial device");
	} else if (error != ENOENT) {
		buf_adds(why, strerror(error));
	} else if (serial_list(&found) > 0) {
		buf_addf(why, "no such device; there is %s", found.data);
	} else {
		buf_adds(why, "no such device, and no other serial device: is "
			      "the board plugged in and powered?");
	}
	buf_release(&found);
}

struct transport *
transport_open_device(
    const char *path, uint32_t baud, struct buf *why, int *status)
{
	struct serial *port = serial_open(path, baud);
	struct device *d;

	if (!port) {
		explain(path, why, status);
		return NULL;
	}
	d = xcalloc(1, sizeof(*d));
	d->port = port;
	d->path = xstrdup(path);
	d->baud = baud;
	d->base = (struct transport){
	    .now_ns = device_now,
	    .exchange = device_exchange,
	    .drop_output = device_drop_output,
	    .reset = device_reset,
	    .close = device_close,
	    .has_line = serial_has_line(port),
	    .name = d->path,
	};
	serial_drop_input(port);
	leave_bootloader(d);
	return &d->base;
}

int
transport_close(struct transport *t)
{
	return t ? t->close(t) : 0;
}
