/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that are whole or not there, and signals that are remembered. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/file.h"
#include "io/signals.h"
#include "tap.h"

static char folder[] = "/tmp/gantry-io-XXXXXX";

/* how many files the folder holds, by the shell's own eyes */
static int
files(void)
{
	FILE *f;
	int n = -1, status;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", "ls -A . | wc -l >../$0.count",
		    strrchr(folder, '/') + 1, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	char name[64];
	snprintf(name, sizeof(name), "%s.count", folder);
	f = fopen(name, "r");
	if (f && fscanf(f, "%d", &n) != 1)
		n = -1;
	if (f)
		fclose(f);
	unlink(name);
	return n;
}

static const char *
contents(const char *path)
{
	static struct buf b;
	const char *name;
	int fd = file_open_input(path, &name);

	buf_clear(&b);
	if (fd < 0 || file_read_all(fd, &b, 1 << 20))
		return NULL;
	close(fd);
	return b.data;
}

static void
test_whole_or_nothing(void)
{
	struct file_output *f;
	struct stat st;

	ok(file_replace("a", "one", 3) == 0, "a file is written");
	is_str(contents("a"), "one", "and holds what was written");
	chmod("a", 0640);
	f = file_create("a");
	file_put(f, "two and more", 12);
	is_str(contents("a"), "one", "before commit the old one is there");
	ok(file_commit(f) == 0, "commit works");
	is_str(contents("a"), "two and more", "after it the new one");
	ok(stat("a", &st) == 0 && (st.st_mode & 0777) == 0640,
	    "with the mode of the old one");
	f = file_create("a");
	file_put(f, "x", 1);
	file_abandon(f);
	is_str(contents("a"), "two and more", "abandoned bytes change nothing");
	ok(symlink("a", "link") == 0 && file_replace("link", "via", 3) == 0,
	    "a link can be written");
	ok(lstat("link", &st) == 0 && S_ISLNK(st.st_mode), "stays a link");
	is_str(contents("a"), "via", "and its target changes");
	ok(!file_create("no/such/folder") && errno == ENOENT,
	    "a folder that is not there is told by errno");
	is_int(files(), 2, "nothing else is left in the folder");
}

static void
test_special(void)
{
	struct file_output *f = file_create("/dev/full");
	const char *name;
	struct buf b = BUF_INIT;
	int fd;

	ok(f && file_put(f, "x", 1) == -1 && errno == ENOSPC,
	    "a device is written in place and a full one is noticed");
	if (f)
		file_abandon(f);
	ok(file_open_input(".", &name) == -1 && errno == EISDIR,
	    "a folder is no input");
	is_int(file_open_input("-", &name), 0, "- is standard input");
	is_str(name, "<stdin>", "and called <stdin>");
	fd = file_open_input("/dev/zero", &name);
	ok(file_read_all(fd, &b, 1000000) == -1 && errno == EFBIG,
	    "reading everything stops at the limit");
	close(fd);
	buf_release(&b);
}

/* more than a pipe holds, into a descriptor that does not block */
static void
test_slow_reader(void)
{
	static char data[1 << 20], back[4096];
	int p[2];
	ssize_t n, total = 0;
	int status;

	if (pipe(p))
		return;
	fcntl(p[1], F_SETFL, O_NONBLOCK);
	if (fork() == 0) {
		close(p[0]);
		_exit(file_write_all(p[1], data, sizeof(data)) ? 1 : 0);
	}
	close(p[1]);
	while ((n = file_read(p[0], back, sizeof(back))) > 0)
		total += n;
	close(p[0]);
	wait(&status);
	ok(total == sizeof(data) && status == 0,
	    "a slow reader gets every byte from a writer that may not block");
}

enum end {
	END_EXIT,
	END_DEFAULT,
	END_TWICE
};

/* a program with an unfinished file ends; how */
static int
end_with_unfinished(enum end how)
{
	int ready[2], status;
	char byte;
	pid_t pid;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (pid == 0) {
		if (how == END_TWICE)
			signals_begin();
		struct file_output *f = file_create("unfinished");
		file_put(f, "x", 1);
		if (how == END_EXIT)
			exit(3);
		if (write(ready[1], "r", 1) != 1)
			_exit(9);
		if (how == END_TWICE) {
			struct pollfd pf = {signals_fd(), POLLIN, 0};

			while (poll(&pf, 1, 10000) < 0)
				;
			if (signals_pending() != SIGTERM ||
			    write(ready[1], "r", 1) != 1)
				_exit(8);
		}
		for (;;)
			pause();
	}
	close(ready[1]);
	for (int i = 0; i < (int)how && read(ready[0], &byte, 1) == 1; i++)
		kill(pid, SIGTERM);
	close(ready[0]);
	waitpid(pid, &status, 0);
	return status;
}

static void
test_ends(void)
{
	int before = files(), status;

	status = end_with_unfinished(END_EXIT);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 3,
	    "a program leaves with an unfinished file");
	is_int(files(), before, "and the file is gone");
	status = end_with_unfinished(END_DEFAULT);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM,
	    "a program dies of TERM with an unfinished file");
	is_int(files(), before, "and the file is gone");
	status = end_with_unfinished(END_TWICE);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM,
	    "the first TERM is remembered, the second kills");
	is_int(files(), before, "and the file is gone");
}

int
main(void)
{
	char command[64];
	pid_t pid;

	if (!mkdtemp(folder) || chdir(folder))
		return 1;
	test_whole_or_nothing();
	test_special();
	test_slow_reader();
	fflush(stdout);
	test_ends();
	if (chdir("/") == 0 && (pid = fork()) == 0) {
		snprintf(command, sizeof(command), "rm -rf %s", folder);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	while (wait(NULL) > 0)
		;
	return done_testing();
}
