/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a server on a network must survive. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "io/file.h"
#include "tests/camera/client.h"

/* sends until refused; how many bytes it took */
static long long
pour(int fd, const char *piece, size_t len, long long total)
{
	long long sent = 0;

	while (sent < total) {
		ssize_t n = send(fd, piece, len, MSG_NOSIGNAL);

		if (n <= 0)
			break;
		sent += n;
	}
	return sent;
}

static int
flood(const char *mode, int mb)
{
	static char piece[65536];
	int fd = client_connect();
	const char *start = "GET /snapshot HTTP/1.1\r\n";

	memset(piece, 'a', sizeof(piece));
	if (strcmp(mode, "headers") == 0) {
		for (size_t i = 0; i + 32 <= sizeof(piece); i += 32)
			memcpy(piece + i, "X-Header-Header: aaaaaaaaaaaaa\r\n",
			    32);
	} else if (strcmp(mode, "line") == 0) {
		start = "GET /";
	} else {
		start = "GET /stream HTTP/1.1\r\n\r\n";
	}
	if (file_write_all(fd, start, strlen(start)))
		return 1;
	printf("%lld\n", pour(fd, piece, sizeof(piece), (long long)mb << 20));
	return 0;
}

static void
raise_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

/* n heads that never end, a byte a second; how many are left at the end */
static int
trickle(int n, int seconds)
{
	static int fds[4096];
	int left = 0;

	for (int i = 0; i < n; i++) {
		fds[i] = client_connect();
		if (file_write_all(fds[i], "GET / HTTP/1.1\r\nX", 17))
			fds[i] = -1;
	}
	for (int s = 0; s < seconds; s++) {
		sleep(1);
		for (int i = 0; i < n; i++)
			if (fds[i] >= 0 &&
			    send(fds[i], "x", 1, MSG_NOSIGNAL) < 0)
				fds[i] = -1;
	}
	for (int i = 0; i < n; i++)
		left += fds[i] >= 0;
	printf("%d\n", left);
	return 0;
}

static int
many(int n, int seconds)
{
	int open = 0;

	for (int i = 0; i < n; i++)
		open += client_try_connect() >= 0;
	printf("%d\n", open);
	fflush(stdout);
	sleep((unsigned)seconds);
	return 0;
}

/* n ask at the same moment, each on a connection of its own: how many get a
 * picture, and the longest that one waits, in ms */
static int
burst(const char *path, int n)
{
	struct pollfd *fds = xcalloc((size_t)n, sizeof(*fds));
	int64_t start = clock_monotonic_ns(), worst = 0;
	int left = n, pictures = 0;
	char text[65536];

	for (int i = 0; i < n; i++) {
		fds[i] =
		    (struct pollfd){.fd = client_connect(), .events = POLLIN};
		client_ask(fds[i].fd, path);
	}
	while (left && poll(fds, (nfds_t)n, 10000) > 0)
		for (int i = 0; i < n; i++) {
			ssize_t got;

			if (fds[i].fd < 0 || !fds[i].revents)
				continue;
			got = file_read(fds[i].fd, text, sizeof(text));
			if (got > 12 && memcmp(text + 8, " 200", 4) == 0) {
				worst = clock_monotonic_ns() - start;
				pictures++;
			}
			close(fds[i].fd);
			fds[i].fd = -1;
			left--;
		}
	printf("%d %lld\n", pictures, (long long)(worst / 1000000));
	free(fds);
	return 0;
}

/* n requests in one go; how many answers came */
static int
pipeline(int n)
{
	const char *ask = "GET /favicon.ico HTTP/1.1\r\nHost: x\r\n\r\n";
	struct buf out = BUF_INIT, in = BUF_INIT;
	int fd = client_connect(), answers = 0;
	char text[65536];
	ssize_t got;

	for (int i = 0; i < n; i++)
		buf_adds(&out, ask);
	for (size_t sent = 0; sent < out.len;) {
		ssize_t k = send(fd, out.data + sent,
		    out.len - sent > 4000 ? 4000 : out.len - sent,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (k > 0)
			sent += (size_t)k;
		else if (errno != EAGAIN)
			break;
		while ((got = recv(fd, text, sizeof(text), MSG_DONTWAIT)) > 0)
			buf_add(&in, text, (size_t)got);
	}
	shutdown(fd, SHUT_WR);
	while ((got = file_read(fd, text, sizeof(text))) > 0)
		buf_add(&in, text, (size_t)got);
	for (char *p = in.data; p && (p = strstr(p, "HTTP/1.1 204")); p++)
		answers++;
	printf("%d\n", answers);
	return 0;
}

/* asks, says it has no more to say, and reads on: bytes got in that time */
static int
half(const char *path, int seconds)
{
	int64_t end = clock_monotonic_ns() + seconds * 1000000000LL;
	int fd = client_connect();
	long long total = 0;
	char text[65536];
	ssize_t n;

	client_ask(fd, path);
	shutdown(fd, SHUT_WR);
	while (clock_monotonic_ns() < end &&
	       (n = file_read(fd, text, sizeof(text))) > 0)
		total += n;
	printf("%lld\n", total);
	return 0;
}

int
hostile(int argc, char **argv)
{
	const char *mode = argv[2];
	int a = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 0;
	int b = argc > 4 ? (int)strtol(argv[4], NULL, 10) : 0;

	raise_limit();
	if (strcmp(mode, "headers") == 0 || strcmp(mode, "line") == 0 ||
	    strcmp(mode, "chatter") == 0)
		return flood(mode, a);
	if (strcmp(mode, "trickle") == 0)
		return trickle(a > 4096 ? 4096 : a, b);
	if (strcmp(mode, "many") == 0)
		return many(a, b);
	if (strcmp(mode, "burst") == 0)
		return burst(argv[3], b);
	if (strcmp(mode, "pipeline") == 0)
		return pipeline(a);
	if (strcmp(mode, "half") == 0)
		return half(argv[3], b);
	fprintf(stderr, "client: unknown mode '%s'\n", mode);
	return 64;
}
