/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated board in lock-step: a child process and its virtual time. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/endian.h"
#include "base/xalloc.h"
#include "cli/cli.h"
#include "io/signals.h"
#include "proto/lockstep.h"
#include "transport.h"

#define PROGRAM	 "mcu-sim"
#define NS_PER_S 1000000000ull

struct simulator {
	struct transport base;
	int fd;
	pid_t pid;
	uint32_t freq;
	uint64_t clock;
};

/* 0, or -1 at the end of file or on an error. */
static int
read_exactly(int fd, void *data, size_t len)
{
	char *p = data;

	while (len > 0) {
		ssize_t n = read(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
send_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int64_t
sim_now(struct transport *t)
{
	struct simulator *s = (struct simulator *)t;

	/* rounded down here, up in ticks_at(): a moment asked for is reached */
	return (int64_t)(s->clock / s->freq * NS_PER_S +
			 s->clock % s->freq * NS_PER_S / s->freq);
}

static uint64_t
ticks_at(const struct simulator *s, int64_t ns)
{
	uint64_t n = ns > 0 ? (uint64_t)ns : 0;

	return n / NS_PER_S * s->freq +
	       (n % NS_PER_S * s->freq + NS_PER_S - 1) / NS_PER_S;
}

static int
gone(struct simulator *s)
{
	buf_clear(&s->base.why);
	buf_adds(&s->base.why, "the simulator '" PROGRAM "' has ended");
	return -1;
}

static int
sim_exchange(struct transport *t, struct buf *out, int64_t until_ns,
    int wake_fd, struct buf *in)
{
	struct simulator *s = (struct simulator *)t;
	uint8_t head[LOCKSTEP_HEAD];
	uint8_t ask[LOCKSTEP_HEAD + 1024];
	size_t n = out->len < 1024 ? out->len : 1024;
	uint32_t got;

	(void)wake_fd;
	ask[0] = LOCKSTEP_RUN;
	/* what does not fit goes at this same moment, before time passes */
	put_le64(ask + 1, n < out->len ? 0 : ticks_at(s, until_ns));
	put_le32(ask + 9, (uint32_t)n);
	memcpy(ask + LOCKSTEP_HEAD, out->data, n);
	buf_consume(out, n);
	if (send_all(s->fd, ask, LOCKSTEP_HEAD + n) != 0 ||
	    read_exactly(s->fd, head, sizeof(head)) != 0 ||
	    head[0] != LOCKSTEP_ANSWER)
		return gone(s);
	s->clock = get_le64(head + 1);
	got = get_le32(head + 9);
	if (got > LOCKSTEP_DATA_MAX)
		return gone(s);
	if (got > 0) {
		buf_grow(in, got);
		if (read_exactly(s->fd, in->data + in->len, got) != 0)
			return gone(s);
		in->len += got;
		in->data[in->len] = '\0';
	}
	if (out->len > 0)
		return sim_exchange(t, out, until_ns, wake_fd, in);
	return signals_pending() != 0;
}

static void
sim_drop_output(struct transport *t)
{
	(void)t; /* handed over is handed over, as on a real wire */
}

static int
sim_close(struct transport *t)
{
	struct simulator *s = (struct simulator *)t;
	char waste[256];
	int status = 0;

	shutdown(s->fd, SHUT_WR);
	while (read(s->fd, waste, sizeof(waste)) > 0)
		;
	close(s->fd);
	while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
		;
	buf_release(&t->why);
	free(s);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* The simulator beside our own executable, or else by its bare name. */
static char *
find_program(void)
{
	struct buf path = BUF_INIT;
	ssize_t n;
	char *slash;

	buf_grow(&path, 4096);
	n = readlink("/proc/self/exe", path.data, 4095);
	path.data[n > 0 ? n : 0] = '\0';
	slash = strrchr(path.data, '/');
	path.len = slash ? (size_t)(slash - path.data) + 1 : 0;
	path.data[path.len] = '\0';
	buf_adds(&path, PROGRAM);
	if (!slash || access(path.data, X_OK) != 0) {
		buf_clear(&path);
		buf_adds(&path, PROGRAM);
	}
	return buf_detach(&path);
}

static void
run_child(int fd, char *program, char **argv)
{
	/* an interrupt of the terminal is ours to handle */
	setpgid(0, 0);
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	execvp(program, argv);
	_exit(127);
}

static pid_t
spawn(int fds[2], const char *config_path, const char *const *args, int n_args)
{
	char *program = find_program();
	char **argv = xcalloc((size_t)n_args + 6, sizeof(*argv));
	pid_t pid;
	int n = 0;

	argv[n++] = xstrdup(PROGRAM);
	argv[n++] = xstrdup("--lockstep");
	if (config_path) {
		argv[n++] = xstrdup("-c");
		argv[n++] = xstrdup(config_path);
	}
	for (int i = 0; i < n_args; i++)
		argv[n++] = xstrdup(args[i]);
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		run_child(fds[1], program, argv);
	}
	while (n > 0)
		free(argv[--n]);
	free(argv);
	free(program);
	return pid;
}

struct transport *
transport_open_simulator(const char *config_path, const char *const *args,
    int n_args, struct buf *why, int *status)
{
	struct simulator *s;
	uint8_t hello[LOCKSTEP_HELLO];
	int fds[2], child = 0;
	pid_t pid;

	*status = EXIT_SYSTEM;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0) {
		buf_addf(why, "cannot make a socket: %s", strerror(errno));
		return NULL;
	}
	pid = spawn(fds, config_path, args, n_args);
	close(fds[1]);
	if (pid < 0) {
		buf_addf(why, "cannot start a process: %s", strerror(errno));
		close(fds[0]);
		return NULL;
	}
	if (read_exactly(fds[0], hello, sizeof(hello)) != 0 ||
	    memcmp(hello, LOCKSTEP_MAGIC, 4) != 0 || get_le32(hello + 4) == 0) {
		close(fds[0]);
		while (waitpid(pid, &child, 0) < 0 && errno == EINTR)
			;
		*status = EXIT_NO_DEVICE;
		if (WIFEXITED(child) && WEXITSTATUS(child) == 127)
			buf_adds(why,
			    "cannot start '" PROGRAM "': it is "
			    "neither beside this program nor in PATH");
		else
			buf_adds(why, "the simulator '" PROGRAM
				      "' ended before it began");
		return NULL;
	}
	s = xcalloc(1, sizeof(*s));
	s->fd = fds[0];
	s->pid = pid;
	s->freq = get_le32(hello + 4);
	s->base = (struct transport){
	    .now_ns = sim_now,
	    .exchange = sim_exchange,
	    .drop_output = sim_drop_output,
	    .close = sim_close,
	    .is_virtual = true,
	    .name = "sim:",
	};
	return &s->base;
}
