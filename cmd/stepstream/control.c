/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests of other programs: JSON lines over a local socket. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "cli/cli.h"
#include "control-request.h"
#include "session.h"

#define CLIENTS_MAX 16
#define LINE_MAX_B  4096

struct client {
	int fd; /* -1: free */
	struct buf in, out;
};

struct control {
	int fd;
	char *path;
	struct client client[CLIENTS_MAX];
};

static int
listen_at(const char *path, struct buf *why)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct stat st;
	int fd;

	if (strlen(path) >= sizeof(a.sun_path)) {
		buf_addf(why, "the path is longer than %zu bytes",
		    sizeof(a.sun_path) - 1);
		return -1;
	}
	memcpy(a.sun_path, path, strlen(path) + 1);
	/* one that was left behind makes room; anything else stays */
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    chmod(path, 0600) != 0 || listen(fd, CLIENTS_MAX) != 0) {
		buf_adds(why, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

struct control *
control_open(const char *path, struct diag_sink *sink)
{
	struct diag_place place = {.file = path};
	struct buf why = BUF_INIT;
	struct control *c;
	int fd = listen_at(path, &why);

	if (fd < 0) {
		diag_report(sink, DIAG_ERROR, &place, NULL,
		    "cannot listen there: %s", why.data);
		buf_release(&why);
		return NULL;
	}
	c = xcalloc(1, sizeof(*c));
	c->fd = fd;
	c->path = xstrdup(path);
	for (int i = 0; i < CLIENTS_MAX; i++)
		c->client[i].fd = -1;
	return c;
}

static void
hang_up(struct client *k)
{
	close(k->fd);
	k->fd = -1;
	buf_release(&k->in);
	buf_release(&k->out);
}

void
control_close(struct control *c)
{
	if (!c)
		return;
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (c->client[i].fd >= 0)
			hang_up(&c->client[i]);
	close(c->fd);
	unlink(c->path);
	free(c->path);
	free(c);
}

/* --- requests ---------------------------------------------------------- */

static void
answer(struct client *k, const char *error)
{
	struct json j;

	json_begin(&j, &k->out);
	json_object(&j, NULL);
	json_bool(&j, "ok", !error);
	if (error)
		json_string(&j, "error", error);
	json_close(&j);
	json_newline(&j);
}

static const char *
do_pause(struct session *s, const struct control_request *q)
{
	(void)q;
	if (s->paused)
		return "it is paused already";
	s->paused = true;
	line_brake(&s->line);
	session_state(s, "paused");
	return NULL;
}

static const char *
do_resume(struct session *s, const struct control_request *q)
{
	(void)q;
	if (!s->paused)
		return "it is not paused";
	if (s->line.mode == LINE_BRAKE)
		return "it is still slowing down: ask again";
	s->paused = false;
	line_resume(&s->line);
	session_state(s, "printing");
	return NULL;
}

static const char *
do_cancel(struct session *s, const struct control_request *q)
{
	(void)q;
	session_stop(s, STOP_CANCEL, EXIT_NO, "cancelled by request");
	return NULL;
}

static const char *
do_emergency(struct session *s, const struct control_request *q)
{
	(void)q;
	session_stop(s, STOP_EMERGENCY, EXIT_NO, "emergency stop by request");
	session_emergency(s);
	return NULL;
}

static const char *
do_target(struct session *s, const struct control_request *q)
{
	int i = machine_heater_index(s->machine, q->heater);

	if (i < 0)
		return "'heater' has to name a heater of the configuration";
	if (!q->has_target || !(q->target >= 0) ||
	    q->target > s->machine->heater[i].sensor.max_temp)
		return "'target' has to be a number from 0 to max_temp";
	session_set_target(s, i, q->target);
	return NULL;
}

static const char *
do_factor(struct session *s, const struct control_request *q)
{
	if (!q->has_factor || !(q->factor >= 0.05 && q->factor <= 1))
		return "'factor' has to be a number from 0.05 to 1";
	if (s->line.v > 0 || s->line.mode == LINE_BRAKE)
		return "pause first: it changes while the machine stands";
	line_set_factor(&s->line, q->factor);
	return NULL;
}

static const char *
do_exclude(struct session *s, const struct control_request *q)
{
	const char *error = exclude_ask(s, q->object);
	struct json *j;

	if (error)
		return error;
	j = session_event(s, session_now(s), "exclude");
	json_string(j, "object", q->object);
	events_close(&s->events);
	return NULL;
}

static const struct {
	const char *name;
	const char *(*fn)(struct session *, const struct control_request *);
} requests[] = {
    {"pause", do_pause},
    {"resume", do_resume},
    {"cancel", do_cancel},
    {"emergency-stop", do_emergency},
    {"set-target", do_target},
    {"set-speed-factor", do_factor},
    {"exclude", do_exclude},
};

static void
handle(struct session *s, struct client *k, const char *line, size_t len)
{
	struct control_request q;
	const char *error = control_request_read(&q, line, len);

	if (error) {
		answer(k, error);
		return;
	}
	if (strcmp(q.name, "status") == 0) {
		report_status_json(s, session_now(s), &k->out);
		return;
	}
	if (strcmp(q.name, "list-objects") == 0) {
		exclude_list(s, &k->out);
		return;
	}
	error = "unknown request: one of status, pause, resume, cancel, "
		"emergency-stop, set-target, set-speed-factor, exclude, "
		"list-objects";
	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++)
		if (strcmp(q.name, requests[i].name) == 0)
			error = requests[i].fn(s, &q);
	answer(k, error);
}

static void
read_client(struct session *s, struct client *k)
{
	char chunk[1024], *nl;
	ssize_t n;

	while ((n = recv(k->fd, chunk, sizeof(chunk), MSG_DONTWAIT)) > 0) {
		buf_add(&k->in, chunk, (size_t)n);
		while ((nl = memchr(k->in.data, '\n', k->in.len)) != NULL) {
			size_t len = (size_t)(nl - k->in.data);

			handle(s, k, k->in.data, len);
			buf_consume(&k->in, len + 1);
		}
		if (k->in.len > LINE_MAX_B)
			break;
	}
	if (k->in.len > LINE_MAX_B || n == 0 ||
	    (n < 0 && errno != EAGAIN && errno != EINTR)) {
		send(k->fd, k->out.data ? k->out.data : "", k->out.len,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		hang_up(k);
	}
}

static void
write_client(struct client *k)
{
	ssize_t n =
	    send(k->fd, k->out.data, k->out.len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n > 0)
		buf_consume(&k->out, (size_t)n);
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		hang_up(k);
}

static void
take_clients(struct control *c)
{
	int fd;

	while ((fd = accept(c->fd, NULL, NULL)) >= 0) {
		int i = 0;

		while (i < CLIENTS_MAX && c->client[i].fd >= 0)
			i++;
		if (i == CLIENTS_MAX) {
			close(fd);
			continue;
		}
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		memset(&c->client[i], 0, sizeof(c->client[i]));
		c->client[i].fd = fd;
	}
}

void
control_poll(struct control *c, struct session *s)
{
	take_clients(c);
	for (int i = 0; i < CLIENTS_MAX; i++) {
		if (c->client[i].fd >= 0)
			read_client(s, &c->client[i]);
		if (c->client[i].fd >= 0 && c->client[i].out.len > 0)
			write_client(&c->client[i]);
	}
}
