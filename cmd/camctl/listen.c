/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses into sockets, and the two things systemd asks for. */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/num.h"

/* Room for a thousand at once: where the queue is full, the next one who
 * knocks has to wait a second before the system knocks again. */
enum {
	BACKLOG = 4096
};

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	struct sockaddr_storage room;
};

static int
parse_unix(const char *path, union address *a, socklen_t *len)
{
	size_t n = strlen(path);

	if (!n || n >= sizeof(a->un.sun_path))
		return -1;
	a->un.sun_family = AF_UNIX;
	memcpy(a->un.sun_path, path, n + 1);
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + 1);
	return 0;
}

static int
parse_host(char *host, uint16_t port, union address *a, socklen_t *len)
{
	size_t n = strlen(host);

	if (n > 1 && host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_port = htons(port);
		*len = sizeof(a->in6);
		return inet_pton(AF_INET6, host + 1, &a->in6.sin6_addr) == 1
			   ? 0
			   : -1;
	}
	a->in.sin_family = AF_INET;
	a->in.sin_port = htons(port);
	*len = sizeof(a->in);
	if (strcmp(host, "*") == 0) {
		a->in.sin_addr.s_addr = htonl(INADDR_ANY);
		return 0;
	}
	if (!*host || strcmp(host, "localhost") == 0)
		snprintf(host, 16, "127.0.0.1");
	return inet_pton(AF_INET, host, &a->in.sin_addr) == 1 ? 0 : -1;
}

static int
parse(const char *spec, union address *a, socklen_t *len, struct buf *why)
{
	const char *colon = strrchr(spec, ':');
	char host[64];
	uint64_t port;
	size_t n;

	memset(a, 0, sizeof(*a));
	if (strncmp(spec, "unix:", 5) == 0) {
		if (parse_unix(spec + 5, a, len) == 0)
			return 0;
	} else if (colon &&
		   num_parse_uint(colon + 1, strlen(colon + 1), &port) == 0 &&
		   port <= 65535) {
		n = (size_t)(colon - spec);
		if (n < sizeof(host) - 16) {
			memcpy(host, spec, n);
			host[n] = '\0';
			if (parse_host(host, (uint16_t)port, a, len) == 0)
				return 0;
		}
	}
	buf_addf(why,
	    "'%s' is no address: want ADDR:PORT, [ADDR6]:PORT or "
	    "unix:PATH",
	    spec);
	return -1;
}

/* a socket file that nobody answers at is left over from a crash */
static void
remove_stale(const union address *a, socklen_t len)
{
	struct stat st;
	int fd;

	if (lstat(a->un.sun_path, &st) || !S_ISSOCK(st.st_mode))
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (connect(fd, &a->any, len) && errno == ECONNREFUSED)
		unlink(a->un.sun_path);
	close(fd);
}

int
listen_open(const char *spec, struct buf *why)
{
	union address a;
	socklen_t len;
	mode_t mask;
	int fd, on = 1, e;

	if (parse(spec, &a, &len, why))
		return -1;
	fd = socket(
	    a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && a.any.sa_family == AF_UNIX)
		remove_stale(&a, len);
	else if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* the file must never be open to others, not even for a moment */
	mask = umask(0117);
	e = fd < 0 || bind(fd, &a.any, len) || listen(fd, BACKLOG);
	umask(mask);
	if (e) {
		buf_addf(why, "%s: %s%s", spec, strerror(errno),
		    errno == EADDRINUSE ? ": somebody listens there already"
		    : errno == EACCES	? ": ports below 1024 need a right"
					: "");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

int
listen_connect(const char *spec, struct buf *why)
{
	union address a;
	socklen_t len;
	int fd;

	if (parse(spec, &a, &len, why))
		return -1;
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, &a.any, len)) {
		buf_addf(why, "%s: %s", spec, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

void
listen_name(int fd, struct buf *out)
{
	union address a;
	socklen_t len = sizeof(a);
	char text[INET6_ADDRSTRLEN];

	memset(&a, 0, sizeof(a));
	if (getsockname(fd, &a.any, &len)) {
		buf_adds(out, "?");
	} else if (a.any.sa_family == AF_UNIX) {
		buf_addf(out, "unix:%s", a.un.sun_path);
	} else if (a.any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &a.in6.sin6_addr, text, sizeof(text));
		buf_addf(out, "[%s]:%u", text, ntohs(a.in6.sin6_port));
	} else {
		inet_ntop(AF_INET, &a.in.sin_addr, text, sizeof(text));
		buf_addf(out, "%s:%u", text, ntohs(a.in.sin_port));
	}
}

int
listen_port(int fd)
{
	union address a;
	socklen_t len = sizeof(a);

	memset(&a, 0, sizeof(a));
	if (getsockname(fd, &a.any, &len) || a.any.sa_family == AF_UNIX)
		return 0;
	return ntohs(
	    a.any.sa_family == AF_INET6 ? a.in6.sin6_port : a.in.sin_port);
}

bool
listen_is_loopback(int fd)
{
	union address a;
	socklen_t len = sizeof(a);

	memset(&a, 0, sizeof(a));
	if (getsockname(fd, &a.any, &len) || a.any.sa_family == AF_UNIX)
		return true;
	if (a.any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&a.in6.sin6_addr);
	return ntohl(a.in.sin_addr.s_addr) >> 24 == 127;
}

void
listen_close(int fd)
{
	union address a;
	socklen_t len = sizeof(a);

	memset(&a, 0, sizeof(a));
	if (getsockname(fd, &a.any, &len) == 0 && a.any.sa_family == AF_UNIX &&
	    a.un.sun_path[0])
		unlink(a.un.sun_path);
	close(fd);
}

/* ---- systemd ---- */

static uint64_t
environment_number(const char *name)
{
	const char *s = getenv(name);
	uint64_t n;

	return s && num_parse_uint(s, strlen(s), &n) == 0 ? n : 0;
}

int
listen_inherited(void)
{
	uint64_t n = environment_number("LISTEN_FDS");

	if (environment_number("LISTEN_PID") != (uint64_t)getpid() || n > 64)
		n = 0;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	for (int i = 0; i < (int)n; i++) {
		int fd = LISTEN_FIRST_FD + i;

		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	}
	return (int)n;
}

void
notify_manager(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	union address a;
	socklen_t len;
	int fd;

	memset(&a, 0, sizeof(a));
	if (!path || (*path != '/' && *path != '@') ||
	    parse_unix(path, &a, &len))
		return;
	if (*path == '@') { /* the abstract name is not ended by a NUL */
		a.un.sun_path[0] = '\0';
		len--;
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL, &a.any, len);
	close(fd);
}

int
notify_watchdog_ms(void)
{
	uint64_t us = environment_number("WATCHDOG_USEC");
	uint64_t pid = environment_number("WATCHDOG_PID");

	if (!us || (pid && pid != (uint64_t)getpid()))
		return 0;
	return us < 4000 ? 1 : (int)(us / 2000);
}
