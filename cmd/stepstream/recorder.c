/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is sent, written down: as text, as the bytes of the wire. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "cli/cli.h"
#include "io/file.h"
#include "mcu-private.h"
#include "wire/frame.h"

#define CHUNK	 (128 * 1024)	  /* bytes a write, when nobody waits */
#define STALE_NS (20 * 1000000ll) /* a reader never waits longer for text */

struct recorder {
	const struct dict *dict;
	struct file_output *dump, *output;
	struct buf text, bytes;
	uint8_t frame[FRAME_MAX + MSG_SHORT];
	size_t frame_len;	     /* payload so far */
	uint64_t seq, frames, total; /* total: bytes of the wire */
	int64_t written_ns;
	int error;
};

static struct file_output *
create(const char *path, struct diag_sink *sink, int *status)
{
	struct diag_place place = {.file = path};
	struct file_output *f = file_create(path);

	if (!f) {
		diag_report(
		    sink, DIAG_ERROR, &place, NULL, "%s", strerror(errno));
		*status = EXIT_IO;
	}
	return f;
}

struct recorder *
recorder_open(const struct dict *dict, const char *dump_path,
    const char *output_path, struct diag_sink *sink, int *status)
{
	struct recorder *r = xcalloc(1, sizeof(*r));

	r->dict = dict;
	if (dump_path && !(r->dump = create(dump_path, sink, status)))
		goto fail;
	if (output_path && !(r->output = create(output_path, sink, status)))
		goto fail;
	return r;
fail:
	recorder_abandon(r);
	return NULL;
}

static void
write_out(struct recorder *r, struct file_output *f, struct buf *b)
{
	if (f && b->len > 0 && r->error == 0 &&
	    file_write_all(file_fd(f), b->data, b->len) != 0)
		r->error = errno;
	buf_clear(b);
}

static void
end_frame(struct recorder *r)
{
	size_t len;

	if (r->frame_len == 0)
		return;
	len = frame_close(r->frame, r->seq++, r->frame_len);
	buf_add(&r->bytes, r->frame, len);
	r->total += len;
	r->frames++;
	r->frame_len = 0;
	if (r->bytes.len >= CHUNK)
		write_out(r, r->output, &r->bytes);
}

static void
put_text(struct recorder *r, const uint8_t *msg, size_t len)
{
	struct dict_value v[DICT_PARAMS_MAX];
	const struct dict_message *m;

	if (dict_decode(r->dict, msg, len, &m, v) == 0)
		return;
	dict_format(m, v, &r->text);
	buf_addc(&r->text, '\n');
	if (r->text.len >= CHUNK) {
		write_out(r, r->dump, &r->text);
		r->written_ns = clock_monotonic_ns();
	}
}

/* Where a message of that length goes in the frame. */
static inline uint8_t *
room_for(struct recorder *r, size_t len)
{
	uint8_t *to;

	if (r->frame_len + len > FRAME_PAYLOAD_MAX)
		end_frame(r);
	to = r->frame + FRAME_HEAD + r->frame_len;
	r->frame_len += len;
	return to;
}

void
recorder_put(struct recorder *r, const uint8_t *msg, size_t len)
{
	if (r->output)
		memcpy(room_for(r, len), msg, len);
	if (r->dump)
		put_text(r, msg, len);
}

void
recorder_put_message(struct recorder *r, const struct msg *m)
{
	/* nearly all are short: a copy of fixed length costs nothing */
	if (r->output && m->len >= MSG_SHORT_MIN && m->len <= MSG_SHORT)
		memcpy(room_for(r, m->len), m->data, MSG_SHORT);
	else if (r->output)
		memcpy(room_for(r, m->len), m->data, m->len);
	if (r->dump)
		put_text(r, m->data, m->len);
}

int
recorder_flush(struct recorder *r)
{
	int64_t now = clock_monotonic_ns();

	if (r->dump && now - r->written_ns >= STALE_NS) {
		write_out(r, r->dump, &r->text);
		r->written_ns = now;
	}
	errno = r->error;
	return r->error ? -1 : 0;
}

void
recorder_stats(const struct recorder *r, struct mcu_stats *s)
{
	s->frames_sent = r->frames;
	s->bytes_sent = r->total;
}

static int
commit(struct recorder *r, struct file_output **f)
{
	if (!*f)
		return 0;
	if (r->error != 0) {
		file_abandon(*f);
	} else if (file_commit(*f) != 0) {
		r->error = errno;
	}
	*f = NULL;
	return 0;
}

int
recorder_close(struct recorder *r)
{
	int error;

	end_frame(r);
	write_out(r, r->dump, &r->text);
	write_out(r, r->output, &r->bytes);
	commit(r, &r->dump);
	commit(r, &r->output);
	error = r->error;
	recorder_abandon(r);
	errno = error;
	return error ? -1 : 0;
}

void
recorder_discard(struct recorder *r)
{
	if (r->output)
		file_abandon(r->output);
	r->output = NULL;
}

void
recorder_abandon(struct recorder *r)
{
	if (!r)
		return;
	if (r->dump)
		file_abandon(r->dump);
	if (r->output)
		file_abandon(r->output);
	buf_release(&r->text);
	buf_release(&r->bytes);
	free(r);
}
