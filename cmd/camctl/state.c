/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The server about itself: JSON for programs, lines for metrics. */
#include "lang/json.h"

#include <stdio.h>

#include "server-private.h"

/* the client's line in both dialects */
static void
clients(struct server *s, int site, struct json *j)
{
	json_object(j, "clients_stat");
	for (struct conn *c = s->conns; c; c = c->next) {
		char id[16];

		if (c->state != CONN_STREAM || c->site != site)
			continue;
		snprintf(id, sizeof(id), "%08x", c->id);
		json_object(j, id);
		json_fixed(j, "fps", c->fps_now, 2);
		json_string(j, "key", c->key);
		json_bool(j, "extra_headers", c->extra_headers);
		json_bool(j, "advance_headers", false);
		json_bool(j, "dual_final_frames", false);
		json_bool(j, "zero_data", false);
		json_int(j, "sent", (int64_t)c->parts);
		json_int(j, "dropped", (int64_t)c->dropped);
		json_fixed(j, "age_ms", c->age_ms, 1);
		json_int(j, "unread_guess", (int64_t)c->backlog.tank);
		json_close(j);
	}
	json_close(j);
}

/* what ustreamer's clients look at, of one camera */
static void
result(struct server *s, int i, struct json *j)
{
	struct site *site = &s->site[i];
	struct camera_status st;

	camera_status(site->camera, &st);
	json_object(j, "result");
	json_string(j, "instance_id", site->name);
	json_object(j, "encoder");
	json_string(j, "type", st.got.pixel == PIX_MJPEG ? "HW" : "CPU");
	json_int(j, "quality", site->quality);
	json_close(j);
	json_object(j, "source");
	json_object(j, "resolution");
	json_int(j, "width", st.width);
	json_int(j, "height", st.height);
	json_close(j);
	json_bool(j, "online", st.state == CAMERA_LIVE);
	json_fixed(j, "desired_fps", site->fps_default, 2);
	json_fixed(j, "captured_fps", st.captured_fps, 2);
	json_close(j);
	json_object(j, "stream");
	json_fixed(j, "queued_fps", st.published_fps, 2);
	json_int(j, "clients", site->n_streams);
	clients(s, i, j);
	json_close(j);
	json_close(j);
}

static void
camera(struct server *s, int i, struct json *j)
{
	struct site *site = &s->site[i];
	struct camera_status st;
	struct frame *f = camera_newest(site->camera);

	camera_status(site->camera, &st);
	json_object(j, site->name);
	json_string(j, "state", camera_state_name(st.state));
	json_string(j, "reason", st.reason);
	json_string(j, "device", st.got.device);
	json_string(j, "format", pixel_name(st.got.pixel));
	json_int(j, "width", st.width);
	json_int(j, "height", st.height);
	json_object(j, "fps");
	json_fixed(j, "wanted", site->fps_default, 2);
	json_fixed(j, "asked", st.asked_fps > 999 ? 0 : st.asked_fps, 2);
	json_fixed(j, "agreed", st.got.fps, 2);
	json_fixed(j, "captured", st.captured_fps, 2);
	json_fixed(j, "published", st.published_fps, 2);
	json_close(j);
	json_int(j, "captured", (int64_t)st.captured);
	json_int(j, "published", (int64_t)st.published);
	json_int(j, "damaged", (int64_t)st.damaged);
	json_int(j, "opened", (int64_t)st.opened);
	json_int(j, "lost", (int64_t)st.lost);
	json_int(j, "frame_bytes", (int64_t)f->len);
	json_fixed(
	    j, "frame_age_ms", (double)(s->now_ns - f->grab_ns) * 1e-6, 1);
	json_int(j, "memory", (int64_t)st.memory);
	json_int(j, "clients", site->n_streams);
	json_int(j, "sent", (int64_t)site->parts);
	json_close(j);
	frame_unref(f);
}

void
state_json(struct server *s, int site, struct buf *out)
{
	const struct server_budget *b =
	    s->printing ? &s->config.printing : &s->config.budget;
	struct json j;

	json_begin(&j, out);
	json_object(&j, NULL);
	json_bool(&j, "ok", true);
	result(s, site, &j);
	json_object(&j, "cameras");
	for (int i = 0; i < s->n_sites; i++)
		camera(s, i, &j);
	json_close(&j);
	json_object(&j, "server");
	json_bool(&j, "printing", s->printing);
	json_int(&j, "step_down", s->level);
	json_fixed(&j, "cpu", s->cpu_now, 4);
	json_fixed(&j, "cpu_budget", b->cpu, 4);
	json_fixed(&j, "bandwidth", s->bandwidth_now, 0);
	json_fixed(&j, "bandwidth_budget", b->bandwidth, 0);
	json_int(&j, "connections", s->n_conns);
	json_int(&j, "accepted", (int64_t)s->accepted);
	json_int(&j, "refused", (int64_t)s->refused);
	json_int(&j, "evicted", (int64_t)s->evicted);
	json_int(&j, "requests", (int64_t)s->requests);
	json_int(&j, "bytes", (int64_t)s->bytes_out);
	json_close(&j);
	json_close(&j);
	json_newline(&j);
}

static void
metric(struct buf *out, const char *name, const char *camera_name, double v)
{
	if (camera_name)
		buf_addf(out, "camctl_%s{camera=\"%s\"} %.15g\n", name,
		    camera_name, v);
	else
		buf_addf(out, "camctl_%s %.15g\n", name, v);
}

void
state_metrics(struct server *s, struct buf *out)
{
	for (int i = 0; i < s->n_sites; i++) {
		const char *n = s->site[i].name;
		struct camera_status st;

		camera_status(s->site[i].camera, &st);
		metric(out, "online", n, st.state == CAMERA_LIVE);
		metric(out, "captured_total", n, (double)st.captured);
		metric(out, "published_total", n, (double)st.published);
		metric(out, "damaged_total", n, (double)st.damaged);
		metric(out, "lost_total", n, (double)st.lost);
		metric(out, "sent_total", n, (double)s->site[i].parts);
		metric(out, "clients", n, s->site[i].n_streams);
	}
	metric(out, "connections", NULL, s->n_conns);
	metric(out, "accepted_total", NULL, (double)s->accepted);
	metric(out, "evicted_total", NULL, (double)s->evicted);
	metric(out, "refused_total", NULL, (double)s->refused);
	metric(out, "sent_bytes_total", NULL, (double)s->bytes_out);
	metric(out, "cpu", NULL, s->cpu_now);
	metric(out, "printing", NULL, s->printing);
	metric(out, "step_down", NULL, s->level);
}
