/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timed FILE COMMAND...: runs it; what it took goes to FILE, one line:
 * wall, user and system seconds, largest resident set in kB, exit status. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static double
seconds(struct timeval tv)
{
	return (double)tv.tv_sec + (double)tv.tv_usec * 1e-6;
}

static int
report(const char *path, double wall_s, int status)
{
	struct rusage use;
	FILE *fp = fopen(path, "w");

	getrusage(RUSAGE_CHILDREN, &use);
	if (!fp ||
	    fprintf(fp, "%.3f %.3f %.3f %ld %d\n", wall_s,
		seconds(use.ru_utime), seconds(use.ru_stime), use.ru_maxrss,
		status) < 0 ||
	    fclose(fp) != 0) {
		fprintf(stderr, "timed: %s: %s\n", path, strerror(errno));
		return -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	double start = now_s();
	int status;
	pid_t pid;

	if (argc < 3) {
		fputs("usage: timed FILE COMMAND...\n", stderr);
		return 64;
	}
	pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		fprintf(stderr, "timed: %s: %s\n", argv[2], strerror(errno));
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		fprintf(stderr, "timed: %s\n", strerror(errno));
		return 71;
	}
	status =
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (report(argv[1], now_s() - start, status) < 0)
		return 74;
	return status;
}
