/* SPDX-License-Identifier: GPL-3.0-or-later */
/* INT and TERM through one self-pipe. */
#include "io/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "io/file.h"

static int pipe_fd[2] = {-1, -1};
static volatile sig_atomic_t first;

static void
die_of(int sig)
{
	sigset_t set;

	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
}

static void
handler(int sig)
{
	int error = errno;
	char byte = 0;

	if (first) {
		file_cleanup_on_signal();
		die_of(sig);
	}
	first = sig;
	while (write(pipe_fd[1], &byte, 1) < 0 && errno == EINTR)
		continue;
	errno = error;
}

void
signals_begin(void)
{
	static const int sigs[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction sa;

	if (pipe_fd[0] >= 0 || pipe(pipe_fd))
		return;
	for (int i = 0; i < 2; i++) {
		fcntl(pipe_fd[i], F_SETFL, O_NONBLOCK);
		fcntl(pipe_fd[i], F_SETFD, FD_CLOEXEC);
	}
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = handler;
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		struct sigaction old;

		/* nohup and background jobs stay immune */
		if (sigaction(sigs[i], NULL, &old) == 0 &&
		    old.sa_handler == SIG_IGN)
			continue;
		sigaction(sigs[i], &sa, NULL);
	}
}

int
signals_fd(void)
{
	return pipe_fd[0];
}

int
signals_pending(void)
{
	return first;
}

void
signals_raise(void)
{
	if (!first)
		return;
	file_cleanup_on_signal();
	die_of(first);
}
