/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Serial devices and pseudo-terminals, as descriptors for poll(2). */
#define _XOPEN_SOURCE 700 /* realpath() */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "io/serial.h"

#define BY_ID "/dev/serial/by-id"

struct serial {
	struct sp_port *port; /* NULL: a pseudo-terminal */
	int fd;
};

static bool
is_pty(const char *path)
{
	char *real = realpath(path, NULL);
	bool pty = real && strncmp(real, "/dev/pts/", 9) == 0;

	free(real);
	return pty || strncmp(path, "/dev/rpmsg_", 11) == 0;
}

static int
open_pty(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct termios t;

	if (fd < 0)
		return -1;
	if (tcgetattr(fd, &t) == 0) {
		t.c_iflag &=
		    (tcflag_t) ~(BRKINT | ICRNL | IGNBRK | IGNCR | INLCR |
				 INPCK | ISTRIP | IXON | PARMRK);
		t.c_oflag &= (tcflag_t)~OPOST;
		t.c_lflag &=
		    (tcflag_t) ~(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
		t.c_cflag = (t.c_cflag & (tcflag_t) ~(CSIZE | PARENB)) | CS8;
		t.c_cc[VMIN] = 0;
		t.c_cc[VTIME] = 0;
		tcsetattr(fd, TCSANOW, &t);
	}
	return fd;
}

static int
open_port(struct serial *s, const char *path, uint32_t baud)
{
	if (sp_get_port_by_name(path, &s->port) != SP_OK) {
		s->port = NULL;
		errno = ENOTTY;
		return -1;
	}
	if (sp_open(s->port, SP_MODE_READ_WRITE) != SP_OK)
		return -1;
	if (sp_set_bits(s->port, 8) != SP_OK ||
	    sp_set_parity(s->port, SP_PARITY_NONE) != SP_OK ||
	    sp_set_stopbits(s->port, 1) != SP_OK ||
	    sp_set_flowcontrol(s->port, SP_FLOWCONTROL_NONE) != SP_OK ||
	    sp_set_baudrate(s->port, (int)baud) != SP_OK)
		return -1;
	sp_set_rts(s->port, SP_RTS_ON);
	sp_set_dtr(s->port, SP_DTR_ON);
	return sp_get_port_handle(s->port, &s->fd) == SP_OK ? 0 : -1;
}

struct serial *
serial_open(const char *path, uint32_t baud)
{
	struct serial *s = xcalloc(1, sizeof(*s));
	struct stat st;
	int error;

	s->fd = -1;
	if (stat(path, &st) != 0)
		goto fail;
	if (!S_ISCHR(st.st_mode)) {
		errno = ENOTTY;
		goto fail;
	}
	if (is_pty(path)) {
		s->fd = open_pty(path);
		if (s->fd < 0)
			goto fail;
	} else if (open_port(s, path, baud) != 0) {
		goto fail;
	}
	/* two hosts on one wire would both be misunderstood */
	if (flock(s->fd, LOCK_EX | LOCK_NB) != 0) {
		errno = EBUSY;
		goto fail;
	}
	return s;
fail:
	error = errno;
	serial_close(s);
	errno = error;
	return NULL;
}

void
serial_close(struct serial *s)
{
	if (!s)
		return;
	if (s->port) {
		if (s->fd >= 0)
			sp_close(s->port);
		sp_free_port(s->port);
	} else if (s->fd >= 0) {
		close(s->fd);
	}
	free(s);
}

int
serial_fd(const struct serial *s)
{
	return s->fd;
}

bool
serial_has_line(const struct serial *s)
{
	return s->port != NULL;
}

int
serial_set_baud(struct serial *s, uint32_t baud)
{
	if (!s->port)
		return 0;
	return sp_set_baudrate(s->port, (int)baud) == SP_OK ? 0 : -1;
}

void
serial_set_dtr(struct serial *s, bool on)
{
	if (s->port)
		sp_set_dtr(s->port, on ? SP_DTR_ON : SP_DTR_OFF);
}

void
serial_drop_output(struct serial *s)
{
	/* a pseudo-terminal has read it already */
	if (s->port)
		tcflush(s->fd, TCOFLUSH);
}

void
serial_drop_input(struct serial *s)
{
	char waste[256];

	while (read(s->fd, waste, sizeof(waste)) > 0)
		;
}

static int
list_by_id(struct buf *out)
{
	DIR *dir = opendir(BY_ID);
	struct dirent *e;
	int n = 0;

	if (!dir)
		return 0;
	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		buf_addf(out, "%s%s/%s", n++ ? ", " : "", BY_ID, e->d_name);
	}
	closedir(dir);
	return n;
}

int
serial_list(struct buf *out)
{
	struct sp_port **ports;
	int n = list_by_id(out);

	if (n > 0 || sp_list_ports(&ports) != SP_OK)
		return n;
	for (int i = 0; ports[i]; i++) {
		const char *text = sp_get_port_description(ports[i]);

		/* the PC's own four UARTs are not where printers are */
		if (sp_get_port_transport(ports[i]) == SP_TRANSPORT_NATIVE &&
		    strncmp(sp_get_port_name(ports[i]), "/dev/ttyS", 9) == 0)
			continue;
		buf_addf(out, "%s%s (%s)", n++ ? ", " : "",
		    sp_get_port_name(ports[i]), text ? text : "no name");
	}
	sp_free_port_list(ports);
	return n;
}
