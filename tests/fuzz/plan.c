/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a plan: what is read can be written and read again. */
#include <string.h>

#include "base/die.h"
#include "tests/fuzz/fuzz.h"
#include "wire/plan.h"

static void
quiet(struct diag_sink *s, enum diag_level level,
    const struct diag_place *place, const char *slug, const char *what)
{
	(void)s;
	(void)level;
	(void)place;
	(void)slug;
	(void)what;
}

/* all records of the bytes, in the other form or the same, to out */
static bool
copy(const void *data, size_t len, bool text, struct buf *out)
{
	struct diag_sink sink = {.emit = quiet};
	struct plan_reader *r = plan_reader_new("fuzz", &sink);
	struct plan_writer w;
	struct plan_record rec;
	bool whole;

	plan_writer_init(&w, out, 0, text);
	/* in two pieces: what is cut differently reads the same */
	plan_reader_feed(r, data, len / 2);
	while (plan_reader_next(r, &rec) == PLAN_OK)
		plan_write(&w, &rec);
	plan_reader_feed(r, (const char *)data + len / 2, len - len / 2);
	while (plan_reader_next(r, &rec) == PLAN_OK)
		plan_write(&w, &rec);
	whole = plan_reader_eof(r) == 0;
	plan_writer_flush(&w);
	plan_writer_release(&w);
	plan_reader_free(r);
	return whole;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf once = BUF_INIT, binary = BUF_INIT, again = BUF_INIT;

	if (copy(data, len, true, &once)) {
		if (!copy(once.data, once.len, false, &binary) ||
		    !copy(binary.data, binary.len, true, &again))
			BUG("a plan that was read is refused when written");
		if (once.len != again.len ||
		    memcmp(once.data, again.data, once.len) != 0)
			BUG("the twins are not equal");
	}
	buf_release(&once);
	buf_release(&binary);
	buf_release(&again);
	return 0;
}
