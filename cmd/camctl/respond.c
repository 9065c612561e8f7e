/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heads and bodies of everything but a stream. */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "server-private.h"

static const struct {
	int status;
	const char *phrase, *text;
} phrases[] = {
    {200, "OK", ""},
    {204, "No Content", ""},
    {400, "Bad Request", "that is no HTTP request"},
    {401, "Unauthorized", "say who you are"},
    {404, "Not Found", "nothing of that name is here"},
    {405, "Method Not Allowed", "this server is for looking only"},
    {413, "Content Too Large", "no request here has a body"},
    {414, "URI Too Long", "no address here is that long"},
    {431, "Request Header Fields Too Large", "the headers are too long"},
    {501, "Not Implemented", "unknown method"},
    {503, "Service Unavailable", "too many are looking already"},
    {505, "HTTP Version Not Supported", "HTTP/1.x only"},
};

static size_t
phrase(int status)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return i;
	return 2;
}

static void
head_begin(struct conn *c, int status)
{
	buf_clear(&c->head);
	buf_addf(&c->head,
	    "HTTP/1.1 %d %s\r\n"
	    "Server: camctl\r\n"
	    "Access-Control-Allow-Origin: *\r\n"
	    "Cross-Origin-Resource-Policy: cross-origin\r\n"
	    "Cache-Control: no-store, no-cache, must-revalidate, max-age=0\r\n"
	    "Pragma: no-cache\r\n",
	    status, phrases[phrase(status)].phrase);
}

static void
head_end(struct conn *c, const char *type, size_t length)
{
	if (type)
		buf_addf(&c->head, "Content-Type: %s\r\n", type);
	buf_addf(&c->head, "Content-Length: %zu\r\nConnection: %s\r\n\r\n",
	    length, c->keep_alive ? "keep-alive" : "close");
	c->state = CONN_SENDING;
}

static void
text(struct conn *c, int status, const char *extra, const char *type,
    const char *body, size_t len)
{
	head_begin(c, status);
	if (extra)
		buf_adds(&c->head, extra);
	head_end(c, type, len);
	if (!c->head_only)
		buf_add(&c->head, body, len);
}

void
respond_error(struct conn *c, int status)
{
	size_t i = phrase(status);
	char body[160];
	int n;

	/* after these nobody knows where the next request begins */
	if (status != 401 && status != 404 && status != 405)
		c->keep_alive = false;
	n = snprintf(body, sizeof(body), "%d %s: %s\n", status,
	    phrases[i].phrase, phrases[i].text);
	text(c, status,
	    status == 401   ? "WWW-Authenticate: Basic realm=\"camctl\"\r\n"
	    : status == 405 ? "Allow: GET, HEAD, OPTIONS\r\n"
			    : NULL,
	    "text/plain; charset=utf-8", body, (size_t)n);
}

static void
options(struct conn *c, const struct http_request *r)
{
	head_begin(c, 204);
	buf_adds(&c->head,
	    "Allow: GET, HEAD, OPTIONS\r\n"
	    "Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n"
	    "Access-Control-Max-Age: 86400\r\n");
	if (r->wants_cors_headers)
		buf_adds(&c->head, "Access-Control-Allow-Headers: "
				   "Authorization, Cache-Control, "
				   "Content-Type, Pragma\r\n");
	buf_addf(&c->head, "Connection: %s\r\n\r\n",
	    c->keep_alive ? "keep-alive" : "close");
	c->state = CONN_SENDING;
}

/* ---- a snapshot ---- */

static const char *
kind_of(const struct frame *f, bool fresh)
{
	return f->kind == FRAME_PLACEHOLDER ? "placeholder"
	       : fresh			    ? "live"
					    : "last";
}

/* may this frame answer, or is there hope for a better one? */
static bool
will_do(const struct conn *c, const struct frame *f, enum camera_state st)
{
	double age = (double)(c->server->now_ns - f->grab_ns) * 1e-9;

	if (f->kind == FRAME_PLACEHOLDER)
		return st == CAMERA_ABSENT || st == CAMERA_ENDED;
	return f->grab_ns >= c->since_ns || age <= c->max_age_s ||
	       st == CAMERA_ENDED;
}

void
respond_snapshot(struct conn *c, bool final)
{
	struct site *site = &c->server->site[c->site];
	struct frame *f = camera_newest(site->camera);
	struct camera_status st;
	bool fresh;

	camera_status(site->camera, &st);
	fresh = will_do(c, f, st.state);
	if (!fresh && !final) {
		frame_unref(f);
		return;
	}
	head_begin(c, 200);
	buf_addf(&c->head,
	    "X-Timestamp: %lld.%06lld\r\nX-Camctl-Frame: %s\r\n"
	    "X-Camctl-Age: %.3f\r\n"
	    "X-UStreamer-Online: %s\r\nX-UStreamer-Width: %d\r\n"
	    "X-UStreamer-Height: %d\r\n",
	    (long long)(f->wall_us / 1000000),
	    (long long)(f->wall_us % 1000000), kind_of(f, fresh),
	    (double)(c->server->now_ns - f->grab_ns) * 1e-9,
	    f->kind == FRAME_LIVE ? "true" : "false", f->width, f->height);
	head_end(c, "image/jpeg", f->len);
	if (c->head_only)
		frame_unref(f);
	else
		c->frame = f;
}

bool
respond_is_due(const struct conn *c)
{
	int64_t now = c->server->now_ns, crowd = c->server->crowd_ns;
	int64_t due = c->since_ns + SNAPSHOT_WAIT_MS * MS_NS;

	if (c->crowd_ns && (!crowd || c->crowd_ns < crowd))
		crowd = c->crowd_ns;
	if (crowd && crowd + CROWD_WAIT_MS * MS_NS < due)
		due = crowd + CROWD_WAIT_MS * MS_NS;
	return now >= due;
}

static void
snapshot(struct conn *c, const struct http_request *r)
{
	struct site *site = &c->server->site[c->site];
	char value[32];
	double v;

	/* a frame younger than a beat and a half is as new as it gets */
	c->max_age_s = 1.5 / (site->fps_default > 0 ? site->fps_default : 15);
	if (http_query(r->query, "max_age", value, sizeof(value)) &&
	    num_parse_decimal(value, strlen(value), &v) == 0 && v >= 0)
		c->max_age_s = v;
	c->state = CONN_SNAPSHOT;
	site->wanted_ns = c->server->now_ns;
	camera_demand(site->camera, site->demand > 0 ? site->demand : 1e3);
	respond_snapshot(c, respond_is_due(c));
}

/* ---- the rest ---- */

static void
document(struct conn *c, const struct http_route *to)
{
	struct buf body = BUF_INIT;
	const char *type = "application/json";

	switch (to->what) {
	case HTTP_STATE:
		state_json(c->server, c->site, &body);
		break;
	case HTTP_METRICS:
		state_metrics(c->server, &body);
		type = "text/plain; version=0.0.4; charset=utf-8";
		break;
	default:
		page_html(c->server, to->camera, &body);
		type = "text/html; charset=utf-8";
		break;
	}
	text(c, 200, NULL, type, body.data ? body.data : "", body.len);
	buf_release(&body);
}

void
respond(struct conn *c, const struct http_request *r)
{
	struct server *s = c->server;
	struct http_route to;

	c->keep_alive = r->keep_alive;
	c->head_only = r->method == HTTP_HEAD;
	if (r->has_body) {
		respond_error(c, 413);
		return;
	}
	if (r->method == HTTP_OPTIONS) {
		options(c, r);
		return;
	}
	if (r->method >= HTTP_KNOWN) {
		respond_error(c, r->method == HTTP_KNOWN ? 405 : 501);
		return;
	}
	if (s->config.auth && !c->listener->open &&
	    !auth_allows(s->config.auth, r->auth)) {
		respond_error(c, 401);
		return;
	}
	to = http_route(r, s->names, s->n_sites,
	    c->listener->camera < 0 ? 0 : c->listener->camera);
	if (to.what == HTTP_PAGE && to.camera < 0)
		to.camera = c->listener->camera;
	c->site = to.camera < 0 ? 0 : to.camera;
	switch (to.what) {
	case HTTP_NOWHERE:
		respond_error(c, 404);
		break;
	case HTTP_STREAM:
		stream_begin(c, r);
		break;
	case HTTP_SNAPSHOT:
		snapshot(c, r);
		break;
	case HTTP_FAVICON:
		text(c, 204, NULL, NULL, "", 0);
		break;
	default:
		document(c, &to);
		break;
	}
}
