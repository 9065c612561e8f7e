/* SPDX-License-Identifier: GPL-3.0-or-later */
/* multipart/x-mixed-replace as browsers read it; the newest frame wins. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "server-private.h"

/*
 * What the clients insist on: Content-Length in every part (or the worker of
 * one gives up), at least one byte behind the picture before it is shown (one
 * client), the whole next boundary (another).  So CRLF, boundary and CRLF go
 * out in the same write as the picture.  The boundary is never quoted.
 */
static const char part_tail[] = "\r\n--" BOUNDARY "\r\n";

static bool
flag(const char *query, const char *key)
{
	char v[8];

	return http_query(query, key, v, sizeof(v)) &&
	       (strcmp(v, "1") == 0 || strcmp(v, "true") == 0 ||
		   strcmp(v, "yes") == 0);
}

/* a name for the statistics: letters, digits and a few marks, else nothing */
static void
take_key(struct conn *c, const char *query)
{
	if (!http_query(query, "key", c->key, sizeof(c->key)))
		return;
	for (char *p = c->key; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-_.", *p))
			*p = '_';
}

static void
head(struct conn *c)
{
	buf_clear(&c->head);
	buf_adds(&c->head,
	    "HTTP/1.0 200 OK\r\n"
	    "Server: camctl\r\n"
	    "Access-Control-Allow-Origin: *\r\n"
	    "Cross-Origin-Resource-Policy: cross-origin\r\n"
	    "Cache-Control: no-store, no-cache, must-revalidate, "
	    "proxy-revalidate, pre-check=0, post-check=0, max-age=0\r\n"
	    "Pragma: no-cache\r\n"
	    "Expires: Mon, 3 Jan 2000 12:34:56 GMT\r\n"
	    "X-Accel-Buffering: no\r\n"
	    "Connection: close\r\n"
	    "Content-Type: multipart/x-mixed-replace;boundary=" BOUNDARY
	    "\r\n\r\n");
}

static void
extra(struct conn *c, const struct frame *f)
{
	double now = (double)c->server->now_ns * 1e-9;
	double grab = (double)f->grab_ns * 1e-9;

	buf_addf(&c->head,
	    "X-UStreamer-Online: %s\r\nX-UStreamer-Dropped: %llu\r\n"
	    "X-UStreamer-Width: %d\r\nX-UStreamer-Height: %d\r\n"
	    "X-UStreamer-Client-FPS: %.0f\r\n"
	    "X-UStreamer-Grab-End-Time: %.6f\r\n"
	    "X-UStreamer-Send-Time: %.6f\r\nX-UStreamer-Latency: %.6f\r\n",
	    f->kind == FRAME_LIVE ? "true" : "false",
	    (unsigned long long)c->dropped, f->width, f->height, c->fps_now,
	    grab, now, now - grab);
}

/* the head of a part is put behind what is in c->head */
static void
part_begin(struct conn *c, struct frame *f)
{
	int64_t now = c->server->now_ns;

	buf_addf(&c->head,
	    "Content-Type: image/jpeg\r\nContent-Length: %zu\r\n"
	    "X-Timestamp: %lld.%06lld\r\n",
	    f->len, (long long)(f->wall_us / 1000000),
	    (long long)(f->wall_us % 1000000));
	if (c->extra_headers)
		extra(c, f);
	buf_adds(&c->head, "\r\n");
	if (c->frame_seq && f->seq > c->frame_seq + 1)
		c->dropped += f->seq - c->frame_seq - 1;
	c->frame = f;
	c->frame_seq = f->seq;
	c->tail = part_tail;
	c->part_ns = c->progress_ns = now;
	c->age_ms = (double)(now - f->grab_ns) * 1e-6;
	backlog_sent(&c->backlog, c->head.len + f->len + sizeof(part_tail) - 1);
}

void
stream_begin(struct conn *c, const struct http_request *r)
{
	struct site *site = &c->server->site[c->site];
	char value[32];
	double v;

	c->keep_alive = false;
	head(c);
	if (c->head_only) {
		c->state = CONN_SENDING;
		return;
	}
	c->state = CONN_STREAM;
	c->chatter = c->in_len;
	c->in_len = 0;
	c->fps = 0;
	if (http_query(r->query, "fps", value, sizeof(value)) &&
	    num_parse_decimal(value, strlen(value), &v) == 0 && v > 0.01)
		c->fps = v;
	c->extra_headers = flag(r->query, "extra_headers");
	take_key(c, r->query);
	backlog_init(&c->backlog, c->server->now_ns);
	site->n_streams++;
	site->wanted_ns = c->server->now_ns;
	buf_adds(&c->head, "--" BOUNDARY "\r\n");
	part_begin(c, camera_newest(site->camera));
	c->due_ns = c->server->now_ns;
}

/* its own rate, kept over fractions: 2 of 3 frames if that is what it takes */
static bool
due(const struct conn *c, int64_t now)
{
	int64_t period;

	if (c->fps <= 0)
		return true;
	period = (int64_t)(1e9 / c->fps);
	return now >= c->due_ns + period - period / 8;
}

static void
set_due(struct conn *c, int64_t now)
{
	if (c->fps <= 0)
		return;
	c->due_ns += (int64_t)(1e9 / c->fps);
	if (c->due_ns < now - (int64_t)(1e9 / c->fps))
		c->due_ns = now;
}

void
stream_offer(struct conn *c)
{
	struct site *site = &c->server->site[c->site];
	struct backlog_facts facts;
	int64_t now = c->server->now_ns;
	bool repeat = now - c->part_ns > REPEAT_MS * MS_NS;
	struct frame *f;

	if (c->frame)
		return; /* a part under way is finished first */
	if (camera_newest_seq(site->camera) == c->frame_seq && !repeat)
		return;
	if (!repeat && !due(c, now))
		return;
	backlog_ask(c->fd, &facts);
	f = camera_newest(site->camera);
	if (!backlog_ready(&c->backlog, &facts, f->len, now)) {
		frame_unref(f);
		return;
	}
	set_due(c, now);
	part_begin(c, f);
	conn_write(c);
}

void
stream_part_done(struct conn *c)
{
	c->parts++;
	c->second_parts++;
	c->server->site[c->site].parts++;
}
