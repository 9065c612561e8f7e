/* SPDX-License-Identifier: GPL-3.0-or-later */
/* posix_openpt() and the link to what it made. */
#define _XOPEN_SOURCE 700
#include "io/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/xalloc.h"

struct pty {
	int ours, theirs; /* theirs stays open: a hang-up is no error */
	char *link;
};

static int
make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) != 0)
		return -1;
	t.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR |
				 IGNCR | ICRNL | IXON);
	t.c_oflag &= ~(tcflag_t)OPOST;
	t.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	t.c_cflag = (t.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	return tcsetattr(fd, TCSANOW, &t);
}

/* The link appears whole, whether or not an older one is there. */
static int
make_link(const char *target, const char *link)
{
	struct stat st;
	char *temp;
	int result;

	if (lstat(link, &st) == 0 && !S_ISLNK(st.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	temp = xmalloc(strlen(link) + 5);
	memcpy(temp, link, strlen(link));
	memcpy(temp + strlen(link), ".new", 5);
	unlink(temp);
	result = symlink(target, temp);
	if (result == 0)
		result = rename(temp, link);
	if (result != 0)
		unlink(temp);
	free(temp);
	return result;
}

struct pty *
pty_open(const char *link)
{
	struct pty *p = xcalloc(1, sizeof(*p));
	const char *name;
	int saved;

	p->theirs = -1;
	p->ours = posix_openpt(O_RDWR | O_NOCTTY);
	if (p->ours >= 0 && grantpt(p->ours) == 0 && unlockpt(p->ours) == 0 &&
	    (name = ptsname(p->ours))) {
		p->theirs = open(name, O_RDWR | O_NOCTTY);
		if (p->theirs >= 0 && make_raw(p->theirs) == 0 &&
		    fcntl(p->ours, F_SETFL, O_NONBLOCK) == 0 &&
		    make_link(name, link) == 0) {
			p->link = xstrdup(link);
			return p;
		}
	}
	saved = errno;
	pty_close(p);
	errno = saved;
	return NULL;
}

void
pty_close(struct pty *p)
{
	if (!p)
		return;
	if (p->link)
		unlink(p->link);
	if (p->theirs >= 0)
		close(p->theirs);
	if (p->ours >= 0)
		close(p->ours);
	free(p->link);
	free(p);
}

int
pty_fd(const struct pty *p)
{
	return p->ours;
}
