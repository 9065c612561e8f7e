/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files and "-". */
#define _XOPEN_SOURCE 700 /* realpath() */
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"

struct file_output {
	int fd;
	char *path;   /* final name; NULL: written in place */
	char *beside; /* where the bytes are now */
	struct file_output *next;
};

/* every output not committed yet; few, so a list will do */
static struct file_output *pending;

int
file_open_input(const char *path, const char **name)
{
	struct stat st;
	int fd;

	if (!path || strcmp(path, "-") == 0) {
		*name = "<stdin>";
		return STDIN_FILENO;
	}
	*name = path;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		errno = EISDIR;
		return -1;
	}
	return fd;
}

static void
wait_for(int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};

	poll(&p, 1, -1);
}

ssize_t
file_read(int fd, void *data, size_t len)
{
	for (;;) {
		ssize_t n = read(fd, data, len);

		if (n >= 0)
			return n;
		if (errno == EAGAIN)
			wait_for(fd, POLLIN);
		else if (errno != EINTR)
			return -1;
	}
}

int
file_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EAGAIN) {
			wait_for(fd, POLLOUT);
		} else if (n < 0 && errno != EINTR) {
			return -1;
		} else if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int
file_read_all(int fd, struct buf *out, size_t limit)
{
	for (;;) {
		ssize_t n;

		buf_grow(out, 65536);
		n = file_read(fd, out->data + out->len, 65536);
		if (n <= 0)
			return (int)n;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		if (out->len > limit) {
			errno = EFBIG;
			return -1;
		}
	}
}

void
file_cleanup_on_signal(void)
{
	for (struct file_output *f = pending; f; f = f->next)
		unlink(f->beside);
}

static void
forget(struct file_output *f)
{
	for (struct file_output **p = &pending; *p; p = &(*p)->next) {
		if (*p == f) {
			*p = f->next;
			break;
		}
	}
	free(f->path);
	free(f->beside);
	free(f);
}

static bool
is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static void
clean_up_and_die(int sig)
{
	file_cleanup_on_signal();
	signal(sig, SIG_DFL);
	raise(sig); /* delivered when the handler returns */
}

/* Unfinished files go at exit; and at signals that would end the program,
 * unless it handles or ignores them itself (io/signals.h). */
static void
arrange_cleanup(void)
{
	static const int sigs[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
	static bool arranged;

	if (arranged)
		return;
	arranged = true;
	atexit(file_cleanup_on_signal);
	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		struct sigaction now;

		if (sigaction(sigs[i], NULL, &now) == 0 &&
		    now.sa_handler == SIG_DFL)
			signal(sigs[i], clean_up_and_die);
	}
}

/* The file that takes the bytes until commit, beside the one that path names
 * after its links; with the mode of the file it replaces. */
static int
create_beside(struct file_output *f, const char *path)
{
	struct buf name = BUF_INIT;
	mode_t mask = umask(0);
	mode_t mode = 0666 & ~mask;
	struct stat st;

	umask(mask);
	f->path = realpath(path, NULL);
	if (!f->path)
		f->path = xstrdup(path);
	else if (stat(f->path, &st) == 0)
		mode = st.st_mode & 0777;
	buf_addf(&name, "%s.XXXXXX", f->path);
	f->beside = buf_detach(&name);
	f->fd = mkstemp(f->beside);
	if (f->fd < 0)
		return -1;
	fcntl(f->fd, F_SETFD, FD_CLOEXEC);
	fchmod(f->fd, mode);
	return 0;
}

struct file_output *
file_create(const char *path)
{
	struct file_output *f = xcalloc(1, sizeof(*f));
	int error;

	if (!path || strcmp(path, "-") == 0) {
		f->fd = STDOUT_FILENO;
		return f;
	}
	if (is_special(path)) {
		f->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		if (f->fd >= 0)
			return f;
	} else if (create_beside(f, path) == 0) {
		arrange_cleanup();
		f->next = pending;
		pending = f;
		return f;
	}
	error = errno;
	forget(f);
	errno = error;
	return NULL;
}

int
file_fd(const struct file_output *f)
{
	return f->fd;
}

int
file_put(struct file_output *f, const void *data, size_t len)
{
	return file_write_all(f->fd, data, len);
}

int
file_commit(struct file_output *f)
{
	int rc = 0, error = 0;

	if (f->fd != STDOUT_FILENO && close(f->fd))
		rc = -1;
	if (rc == 0 && f->path && rename(f->beside, f->path))
		rc = -1;
	if (rc) {
		error = errno;
		if (f->beside)
			unlink(f->beside);
	}
	forget(f);
	errno = error;
	return rc;
}

void
file_abandon(struct file_output *f)
{
	if (f->fd != STDOUT_FILENO)
		close(f->fd);
	if (f->beside)
		unlink(f->beside);
	forget(f);
}

int
file_replace(const char *path, const void *data, size_t len)
{
	struct file_output *f = file_create(path);
	int error;

	if (!f)
		return -1;
	if (file_put(f, data, len) == 0)
		return file_commit(f);
	error = errno;
	file_abandon(f);
	errno = error;
	return -1;
}

int
file_replaceable(const char *path)
{
	struct file_output *f;
	struct stat st;

	if (path && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	if (path && strcmp(path, "-") != 0 && is_special(path))
		return access(path, W_OK);
	f = file_create(path);
	if (!f)
		return -1;
	file_abandon(f);
	return 0;
}
