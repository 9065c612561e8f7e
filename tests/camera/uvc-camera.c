/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A USB camera made of a program: USB/IP on one side, JPEGs on the other. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/endian.h"
#include "base/xalloc.h"
#include "cmd/camctl/jpeg.h"
#include "io/file.h"

/*
 * uvc-camera PORT SERIAL SMALL.mjpeg LARGE.mjpeg: plugs a high-speed camera
 * into the kernel's virtual host controller (vhci-hcd) and serves it until it
 * is killed, which unplugs it.  640x480 and 1280x720, MJPEG, 30, 15 and 5
 * pictures a second, brightness and contrast.  What the host commits to is
 * said on standard output.  SIGUSR1: stop sending (a stall), or go on.
 * SIGUSR2: from now on every other picture is cut in half.
 */
enum {
	URBS_MAX = 64,
	PAYLOAD = 16384,
	PICTURES_MAX = 64,
	PROBE_SIZE = 26,
};

struct urb {
	uint32_t seq, len;
};

struct pictures {
	uint8_t *data[PICTURES_MAX];
	size_t len[PICTURES_MAX];
	int n;
};

static int bus = -1;
static struct pictures sizes[2];
static uint8_t probe[PROBE_SIZE];
static uint16_t brightness = 128, contrast = 32;
static const char *serial_text;
static struct urb urbs[URBS_MAX];
static int n_urbs;
static bool streaming;
static uint8_t toggle;
static int64_t due_ns;
static const uint8_t *part;
static size_t part_left;
static int at;
static volatile sig_atomic_t stalled, cut;

static void
on_signal(int sig)
{
	if (sig == SIGUSR1)
		stalled = !stalled;
	else
		cut = !cut;
}

/* ---- descriptors ---- */

#define LE16(v) (v) & 0xff, (v) >> 8 & 0xff
#define LE32(v) LE16(v), (v) >> 16 & 0xff, (v) >> 24 & 0xff

static const uint8_t device_descriptor[] = {18, 1, LE16(0x0200), 0xef, 2, 1, 64,
    LE16(0x1209), LE16(0x0001), LE16(0x0100), 1, 2, 3, 1};

#define FRAME(index, w, h)                                                     \
	38, 0x24, 7, index, 0, LE16(w), LE16(h), LE32(w *h * 16 * 5),          \
	    LE32(w *h * 16 * 30), LE32(w *h * 2), LE32(333333), 3,             \
	    LE32(333333), LE32(666666), LE32(2000000)

static const uint8_t config_descriptor[] = {
    /* configuration, association */
    9, 2, LE16(9 + 8 + 9 + 51 + 9 + 14 + 11 + 76 + 6 + 7), 2, 1, 0, 0x80, 50, 8,
    11, 0, 2, 0x0e, 3, 0, 2,
    /* control interface: header, camera, processing unit, output */
    9, 4, 0, 0, 0, 0x0e, 1, 0, 0, 13, 0x24, 1, LE16(0x0100), LE16(51),
    LE32(15000000), 1, 1, 18, 0x24, 2, 1, LE16(0x0201), 0, 0, LE16(0), LE16(0),
    LE16(0), 3, 0, 0, 0, 11, 0x24, 5, 2, 1, LE16(0), 2, 3, 0, 0, 9, 0x24, 3, 3,
    LE16(0x0101), 0, 2, 0,
    /* streaming interface: header, format, two sizes, colours, endpoint */
    9, 4, 1, 0, 1, 0x0e, 2, 0, 0, 14, 0x24, 1, 1, LE16(14 + 11 + 76 + 6), 0x81,
    0, 3, 0, 0, 0, 1, 0, 11, 0x24, 6, 1, 2, 1, 1, 0, 0, 0, 0,
    FRAME(1, 640, 480), FRAME(2, 1280, 720), 6, 0x24, 0x0d, 1, 1, 4, 7, 5, 0x81,
    2, LE16(512), 0};

static size_t
string_descriptor(int index, uint8_t *out)
{
	const char *s = index == 1   ? "Gantry"
			: index == 2 ? "Test Camera"
				     : serial_text;
	size_t n = 2;

	if (index == 0) {
		memcpy(out, (uint8_t[]){4, 3, 9, 4}, 4);
		return 4;
	}
	for (; *s && n < 120; s++) {
		out[n++] = (uint8_t)*s;
		out[n++] = 0;
	}
	out[0] = (uint8_t)n;
	out[1] = 3;
	return n;
}

/* ---- the wire ---- */

static void
send_all(const void *data, size_t len)
{
	if (file_write_all(bus, data, len)) {
		perror("uvc-camera: bus");
		exit(1);
	}
}

static void
put_be(uint8_t *p, uint32_t v)
{
	v = htonl(v);
	memcpy(p, &v, 4);
}

static uint32_t
get_be(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return ntohl(v);
}

static void
reply(uint32_t seq, int status, const void *data, size_t len, size_t actual)
{
	uint8_t h[48] = {0};

	put_be(h, 3);
	put_be(h + 4, seq);
	put_be(h + 20, (uint32_t)status);
	put_be(h + 24, (uint32_t)actual);
	send_all(h, sizeof(h));
	if (len)
		send_all(data, len);
}

/* ---- requests ---- */

static void
fill_probe(uint8_t *p, int frame, uint32_t interval)
{
	int w = frame == 2 ? 1280 : 640, h = frame == 2 ? 720 : 480;

	memset(p, 0, PROBE_SIZE);
	p[0] = 1;
	p[2] = 1;
	p[3] = (uint8_t)frame;
	put_le32(p + 4, interval);
	put_le32(p + 18, (uint32_t)(w * h * 2));
	put_le32(p + 22, PAYLOAD);
}

static void
negotiate(const uint8_t *in, bool commit)
{
	uint32_t want = get_le32(in + 4);
	uint32_t interval = want <= 400000    ? 333333
			    : want <= 1000000 ? 666666
					      : 2000000;
	int frame = in[3] == 2 ? 2 : 1;

	fill_probe(probe, frame, interval);
	if (!commit)
		return;
	printf("commit %s at %d\n", frame == 2 ? "1280x720" : "640x480",
	    10000000 / (int)interval);
	streaming = true;
	part_left = 0;
	due_ns = clock_monotonic_ns();
}

static size_t
get_control(const uint8_t *s, uint8_t *out)
{
	int what = s[1], selector = s[3], entity = s[5], interface = s[4];

	if (what == 0x86) { /* GET_INFO: can be read and set */
		out[0] = 3;
		return 1;
	}
	if (interface == 1) {
		if (what == 0x85) {
			put_le16(out, PROBE_SIZE);
			return 2;
		}
		if (what == 0x81)
			memcpy(out, probe, PROBE_SIZE);
		else
			fill_probe(out, what == 0x83 ? 2 : 1,
			    what == 0x83 ? 2000000 : 333333);
		return PROBE_SIZE;
	}
	if (entity != 2 || (selector != 2 && selector != 3))
		return 0;
	put_le16(out, what == 0x81    ? (selector == 2 ? brightness : contrast)
		      : what == 0x82  ? 0
		      : what == 0x83  ? 255
		      : what == 0x84  ? 1
		      : what == 0x85  ? 2
		      : selector == 2 ? 128
				      : 32);
	return 2;
}

static size_t
get_descriptor(const uint8_t *s, uint8_t *out)
{
	switch (s[3]) {
	case 1:
		memcpy(out, device_descriptor, sizeof(device_descriptor));
		return sizeof(device_descriptor);
	case 2:
		memcpy(out, config_descriptor, sizeof(config_descriptor));
		return sizeof(config_descriptor);
	case 3:
		return string_descriptor(s[2], out);
	default:
		return 0;
	}
}

static void
control(uint32_t seq, const uint8_t *s, const uint8_t *data, uint32_t len)
{
	uint8_t out[512];
	size_t n = 0;

	if (!(s[0] & 0x80)) { /* to us */
		if (s[0] == 0x21 && s[1] == 1 && s[4] == 1 && len >= 8)
			negotiate(data, s[3] == 2);
		else if (s[0] == 0x21 && s[1] == 1 && s[5] == 2 && len >= 2) {
			if (s[3] == 2)
				brightness = get_le16(data);
			else
				contrast = get_le16(data);
			printf("set %s %u\n",
			    s[3] == 2 ? "brightness" : "contrast",
			    get_le16(data));
		}
		if (s[0] == 0x02 && s[1] == 1) /* halt cleared: stream ends */
			streaming = false;
		reply(seq, 0, NULL, 0, len);
		return;
	}
	if (s[0] == 0xa1)
		n = get_control(s, out);
	else if (s[0] == 0x80 && s[1] == 6)
		n = get_descriptor(s, out);
	else if (s[1] == 0 || s[1] == 8 || s[1] == 10) {
		memset(out, 0, 2);
		n = s[1] == 0 ? 2 : 1;
	}
	if (!n) {
		reply(seq, -EPIPE, NULL, 0, 0);
		return;
	}
	if (n > len)
		n = len;
	reply(seq, 0, out, n, n);
}

static void
unlink_urb(uint32_t seq, uint32_t victim)
{
	uint8_t h[48] = {0};
	int status = 0;

	for (int i = 0; i < n_urbs; i++) {
		if (urbs[i].seq != victim)
			continue;
		memmove(&urbs[i], &urbs[i + 1],
		    (size_t)(n_urbs - i - 1) * sizeof(urbs[0]));
		n_urbs--;
		status = -ECONNRESET;
		break;
	}
	put_be(h, 4);
	put_be(h + 4, seq);
	put_be(h + 20, (uint32_t)status);
	send_all(h, sizeof(h));
}

static void
read_all(void *data, size_t len)
{
	uint8_t *p = data;

	while (len) {
		ssize_t n = file_read(bus, p, len);

		if (n <= 0)
			exit(0); /* the host controller has let go */
		p += n;
		len -= (size_t)n;
	}
}

static void
read_command(void)
{
	static uint8_t data[65536];
	uint8_t h[48];
	uint32_t seq, len;

	read_all(h, sizeof(h));
	seq = get_be(h + 4);
	if (get_be(h) == 2) {
		unlink_urb(seq, get_be(h + 20));
		return;
	}
	len = get_be(h + 24);
	if (get_be(h + 12) == 0 && len) /* out: the data follows */
		read_all(data, len < sizeof(data) ? len : sizeof(data));
	if (get_be(h + 16) == 0) {
		control(seq, h + 40, data, len);
	} else if (n_urbs < URBS_MAX) {
		urbs[n_urbs++] = (struct urb){seq, len};
	}
	fflush(stdout);
}

/* ---- pictures ---- */

static void
next_picture(void)
{
	const struct pictures *p = &sizes[probe[3] == 2];
	int64_t now = clock_monotonic_ns();

	if (!streaming || part_left || stalled || now < due_ns)
		return;
	at = (at + 1) % p->n;
	part = p->data[at];
	part_left = cut && at % 2 ? p->len[at] / 2 : p->len[at];
	toggle ^= 1;
	due_ns += (int64_t)get_le32(probe + 4) * 100;
	if (due_ns < now)
		due_ns = now;
}

static void
feed_urbs(void)
{
	static uint8_t payload[PAYLOAD];

	while (part_left && n_urbs) {
		size_t room = urbs[0].len < PAYLOAD ? urbs[0].len : PAYLOAD;
		size_t n = part_left < room - 2 ? part_left : room - 2;

		payload[0] = 2;
		payload[1] = (uint8_t)(0x80 | toggle | (n == part_left) << 1);
		memcpy(payload + 2, part, n);
		part += n;
		part_left -= n;
		reply(urbs[0].seq, 0, payload, n + 2, n + 2);
		memmove(&urbs[0], &urbs[1], (size_t)--n_urbs * sizeof(urbs[0]));
		/* a picture that fills its last payload ends with an empty
		 * one in real devices; the EOF bit does it here */
	}
}

static void
load(const char *path, struct pictures *p)
{
	struct jpeg_split split;
	struct jpeg_walk walk;
	struct buf text = BUF_INIT;
	const uint8_t *data;
	const char *name;
	int fd = file_open_input(path, &name);

	if (fd < 0 || file_read_all(fd, &text, 64 << 20)) {
		perror(path);
		exit(66);
	}
	jpeg_split_init(&split, 16 << 20);
	jpeg_split_feed(&split, text.data, text.len);
	while (p->n < PICTURES_MAX && jpeg_split_next(&split, &data, &walk)) {
		p->data[p->n] = memcpy(xmalloc(walk.end), data, walk.end);
		p->len[p->n++] = walk.end;
	}
	if (!p->n) {
		fprintf(stderr, "%s: no JPEG\n", path);
		exit(65);
	}
}

static void
plug_in(int port)
{
	const char *attach = "/sys/devices/platform/vhci_hcd.0/attach";
	int fds[2], fd;
	char text[64];
	size_t n;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds)) {
		perror("socketpair");
		exit(71);
	}
	n = (size_t)snprintf(text, sizeof(text), "%d %d %d 3", port, fds[0],
	    (1 << 16) + port + 2);
	fd = open(attach, O_WRONLY);
	if (fd < 0 || write(fd, text, n) < 0) {
		perror(attach);
		exit(69);
	}
	close(fd);
	close(fds[0]);
	bus = fds[1];
}

int
main(int argc, char **argv)
{
	struct sigaction sa = {.sa_flags = SA_RESTART};

	if (argc != 5) {
		fputs("usage: uvc-camera PORT SERIAL SMALL LARGE\n", stderr);
		return 64;
	}
	serial_text = argv[2];
	load(argv[3], &sizes[0]);
	load(argv[4], &sizes[1]);
	fill_probe(probe, 1, 333333);
	/* signal(3) would forget the handler after the first */
	sa.sa_handler = on_signal;
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	plug_in(argv[1][0] - '0');
	for (;;) {
		struct pollfd p = {.fd = bus, .events = POLLIN};

		if (poll(&p, 1, streaming ? 3 : 100) > 0)
			read_command();
		next_picture();
		feed_urbs();
	}
}
