/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a data dictionary, plain or compressed. */
#include "wire/dict.h"
#include "proto/frame.h"
#include "tests/fuzz/fuzz.h"

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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct diag_sink sink = {.emit = quiet};
	struct dict *d = dict_load(data, len, "fuzz", &sink);
	struct dict_value v[DICT_PARAMS_MAX];
	const struct dict_message *m;
	struct buf out = BUF_INIT, why = BUF_INIT;
	uint8_t p[FRAME_PAYLOAD_MAX];
	struct dict_enum *e;
	int32_t value;

	if (!d)
		return 0;
	for (size_t i = 0; i + 8 < len && i < 64; i++)
		if (dict_decode(
			d, data + i, len - i > 59 ? 59 : len - i, &m, v) > 0) {
			buf_clear(&out);
			dict_format(m, v, &out);
			buf_clear(&why);
			dict_encode_text(d, out.data, p, &why);
		}
	e = dict_enum(d, "pin");
	if (e) {
		dict_enum_value(e, "PA7", &value);
		dict_enum_nearest(e, "PA77", &out);
	}
	buf_release(&out);
	buf_release(&why);
	dict_free(d);
	return 0;
}
