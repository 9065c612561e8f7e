/* SPDX-License-Identifier: GPL-3.0-or-later */
/* client ADDR:PORT MODE...: asks camctl serve as browsers do, and as enemies.
 *
 *	get PATH                  the body, on standard output
 *	time PATH N               N requests; prints the longest in ms
 *	mainsail|fluidd PATH S    reads S seconds as that front end does
 *	slow PATH KB_S S          reads that slowly; prints pictures, and their
 *	                          average and greatest age in ms
 *	stall PATH N S            N viewers that stop reading after a while
 *	crowd PATH N S            N viewers; prints pictures of the worst, the
 *	                          average and greatest age, pictures of all
 *	burst PATH N              N at once; prints how many got a picture, and
 *	                          the longest wait in ms
 *	headers|line|chatter MB, trickle N S, many N S, pipeline N, half N S
 */
#define _DEFAULT_SOURCE /* usleep() */
#include "tests/camera/client.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "io/file.h"

static size_t
body_length(const char *head)
{
	const char *s = strstr(head, "Content-Length: ");

	return s ? (size_t)strtoul(s + 16, NULL, 10) : 0;
}

/* one request on a connection that may go on; the body is read */
static void
one(int fd, const char *path, struct buf *body)
{
	struct buf head = BUF_INIT;
	char text[65536];
	size_t want;
	ssize_t n;

	client_ask(fd, path);
	client_head(fd, &head, body);
	want = body_length(head.data);
	while (body->len < want && (n = file_read(fd, text, sizeof(text))) > 0)
		buf_add(body, text, (size_t)n);
	if (strncmp(head.data + 8, " 200", 4) != 0) {
		fprintf(stderr, "%.40s\n", head.data);
		exit(1);
	}
	buf_release(&head);
}

static int
get(const char *path)
{
	struct buf body = BUF_INIT;
	int fd = client_connect();

	one(fd, path, &body);
	return file_write_all(STDOUT_FILENO, body.data, body.len) ? 74 : 0;
}

static int
longest(const char *path, int n)
{
	int64_t worst = 0;

	for (int i = 0; i < n; i++) {
		struct buf body = BUF_INIT;
		int64_t start = clock_monotonic_ns(), took;
		int fd = client_connect();

		one(fd, path, &body);
		took = clock_monotonic_ns() - start;
		worst = took > worst ? took : worst;
		close(fd);
		buf_release(&body);
		usleep(30000);
	}
	printf("%lld\n", (long long)(worst / 1000000));
	return 0;
}

/* ---- viewers ---- */

static double age_sum_ms, age_max_ms;
static int ages;

static void
note_age(struct parser *p)
{
	double ms = (double)(client_wall_us() - p->stamp_us) * 1e-3;

	if (p->pictures < 2)
		return; /* the first may have waited for us */
	age_sum_ms += ms;
	age_max_ms = ms > age_max_ms ? ms : age_max_ms;
	ages++;
}

static int
front_end(const char *which, const char *path, double seconds)
{
	bool fluidd = strcmp(which, "fluidd") == 0;
	int64_t end = clock_monotonic_ns() + (int64_t)(seconds * 1e9);
	struct buf head = BUF_INIT, rest = BUF_INIT;
	struct parser p = {.pictures = 0};
	int fd = client_connect();
	char text[8192];
	ssize_t n;

	client_ask(fd, path);
	client_head(fd, &head, &rest);
	if (fluidd && fluidd_begin(&p, head.data)) {
		fprintf(stderr, "%s\n", p.wrong);
		return 1;
	}
	(fluidd ? fluidd_feed : mainsail_feed)(
	    &p, rest.data, rest.len, note_age);
	while (clock_monotonic_ns() < end && !p.wrong) {
		n = file_read(fd, text, sizeof(text));
		if (n <= 0) {
			fputs("the stream ended\n", stderr);
			return 1;
		}
		(fluidd ? fluidd_feed : mainsail_feed)(
		    &p, text, (size_t)n, note_age);
	}
	if (p.wrong)
		fprintf(stderr, "%s: %s\n", which, p.wrong);
	printf("%d %.1f %.1f\n", p.pictures, ages ? age_sum_ms / ages : 0,
	    age_max_ms);
	return p.wrong ? 1 : 0;
}

/* a reader on a thin line: a little at a time */
static int
slow(const char *path, double kb_s, double seconds)
{
	int64_t start = clock_monotonic_ns(), now;
	struct buf head = BUF_INIT, rest = BUF_INIT;
	struct parser p = {.pictures = 0};
	int fd = client_connect();
	double got = 0;
	char text[2048];

	client_ask(fd, path);
	client_head(fd, &head, &rest);
	mainsail_feed(&p, rest.data, rest.len, note_age);
	while (
	    (now = clock_monotonic_ns()) < start + (int64_t)(seconds * 1e9)) {
		double may = kb_s * 1e3 * (double)(now - start) * 1e-9;
		ssize_t n;

		if (got >= may) {
			usleep(5000);
			continue;
		}
		n = file_read(fd, text, sizeof(text));
		if (n <= 0) {
			fputs("the stream ended\n", stderr);
			return 1;
		}
		got += (double)n;
		mainsail_feed(&p, text, (size_t)n, note_age);
	}
	printf("%d %.1f %.1f\n", p.pictures, ages ? age_sum_ms / ages : 0,
	    age_max_ms);
	return p.wrong ? 1 : 0;
}

static int
stall(const char *path, int n, double seconds)
{
	char text[20000];

	for (int i = 0; i < n; i++) {
		int fd = client_connect();

		client_ask(fd, path);
		if (file_read(fd, text, sizeof(text)) <= 0)
			return 1;
	}
	fputs("stalled\n", stdout);
	fflush(stdout);
	usleep((useconds_t)(seconds * 1e6));
	return 0;
}

static int
crowd(const char *path, int n, double seconds)
{
	int64_t end = clock_monotonic_ns() + (int64_t)(seconds * 1e9);
	struct parser *p = xcalloc((size_t)n, sizeof(*p));
	struct pollfd *fds = xcalloc((size_t)n, sizeof(*fds));
	int worst = 1 << 30, all = 0;
	char text[65536];

	for (int i = 0; i < n; i++) {
		fds[i] =
		    (struct pollfd){.fd = client_connect(), .events = POLLIN};
		client_ask(fds[i].fd, path);
	}
	while (clock_monotonic_ns() < end) {
		if (poll(fds, (nfds_t)n, 100) <= 0)
			continue;
		for (int i = 0; i < n; i++) {
			ssize_t got;

			if (!fds[i].revents)
				continue;
			got = file_read(fds[i].fd, text, sizeof(text));
			if (got <= 0) {
				fputs("a stream ended\n", stderr);
				return 1;
			}
			mainsail_feed(&p[i], text, (size_t)got, note_age);
			if (p[i].wrong) {
				fprintf(stderr, "%s\n", p[i].wrong);
				return 1;
			}
		}
	}
	for (int i = 0; i < n; i++) {
		worst = p[i].pictures < worst ? p[i].pictures : worst;
		all += p[i].pictures;
	}
	printf("%d %.1f %.1f %d\n", worst, ages ? age_sum_ms / ages : 0,
	    age_max_ms, all);
	return 0;
}

static double
arg(int argc, char **argv, int i)
{
	return i < argc ? strtod(argv[i], NULL) : 0;
}

int
main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[2] : "";
	const char *path = argc > 3 ? argv[3] : "/";

	if (argc < 3) {
		fputs("usage: client ADDR:PORT MODE ...\n", stderr);
		return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	client_address = argv[1];
	if (strcmp(mode, "get") == 0)
		return get(path);
	if (strcmp(mode, "time") == 0)
		return longest(path, (int)arg(argc, argv, 4));
	if (strcmp(mode, "mainsail") == 0 || strcmp(mode, "fluidd") == 0)
		return front_end(mode, path, arg(argc, argv, 4));
	if (strcmp(mode, "slow") == 0)
		return slow(path, arg(argc, argv, 4), arg(argc, argv, 5));
	if (strcmp(mode, "stall") == 0)
		return stall(path, (int)arg(argc, argv, 4), arg(argc, argv, 5));
	if (strcmp(mode, "crowd") == 0)
		return crowd(path, (int)arg(argc, argv, 4), arg(argc, argv, 5));
	return hostile(argc, argv);
}
