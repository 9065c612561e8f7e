/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RIFF AVI 1.0 with an index, as Microsoft's AVIMAINHEADER describes it. */
#include "avi.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/endian.h"

static void
tag(struct buf *b, const char *four)
{
	buf_add(b, four, 4);
}

static void
u32(struct buf *b, uint32_t v)
{
	uint8_t p[4];

	put_le32(p, v);
	buf_add(b, p, 4);
}

static void
u16(struct buf *b, uint16_t v)
{
	uint8_t p[2];

	put_le16(p, v);
	buf_add(b, p, 2);
}

static void
main_header(
    struct buf *b, uint32_t n, uint32_t largest, int w, int h, double fps)
{
	tag(b, "avih");
	u32(b, 56);
	u32(b, (uint32_t)lround(1e6 / fps));
	u32(b, (uint32_t)lround(largest * fps)); /* bytes a second, at most */
	u32(b, 0);
	u32(b, 0x10); /* has an index */
	u32(b, n);
	u32(b, 0);
	u32(b, 1); /* streams */
	u32(b, largest);
	u32(b, (uint32_t)w);
	u32(b, (uint32_t)h);
	for (int i = 0; i < 4; i++)
		u32(b, 0);
}

static void
stream_header(
    struct buf *b, uint32_t n, uint32_t largest, int w, int h, double fps)
{
	tag(b, "LIST");
	u32(b, 4 + 8 + 56 + 8 + 40);
	tag(b, "strl");
	tag(b, "strh");
	u32(b, 56);
	tag(b, "vids");
	tag(b, "MJPG");
	u32(b, 0);
	u32(b, 0);
	u32(b, 0);
	u32(b, 1000); /* scale: rate / scale pictures a second */
	u32(b, (uint32_t)lround(fps * 1000));
	u32(b, 0);
	u32(b, n);
	u32(b, largest);
	u32(b, 0xffffffff);
	u32(b, 0);
	u16(b, 0);
	u16(b, 0);
	u16(b, (uint16_t)w);
	u16(b, (uint16_t)h);
	tag(b, "strf");
	u32(b, 40);
	u32(b, 40);
	u32(b, (uint32_t)w);
	u32(b, (uint32_t)h);
	u16(b, 1);
	u16(b, 24);
	tag(b, "MJPG");
	u32(b, (uint32_t)(w * h * 3));
	for (int i = 0; i < 4; i++)
		u32(b, 0);
}

static int
copy(struct file_output *out, int spool, size_t len)
{
	char block[65536];

	while (len) {
		size_t want = len < sizeof(block) ? len : sizeof(block);
		ssize_t n = file_read(spool, block, want);

		if (n <= 0 || file_put(out, block, (size_t)n))
			return -1;
		len -= (size_t)n;
	}
	return 0;
}

static int
put_pictures(struct file_output *out, int spool, const size_t *length,
    uint64_t n, struct buf *index)
{
	uint32_t at = 4; /* counted from the word movi */

	if (lseek(spool, 0, SEEK_SET) < 0)
		return -1;
	for (uint64_t i = 0; i < n; i++) {
		struct buf head = BUF_INIT;
		uint32_t len = (uint32_t)length[i];
		int e;

		tag(&head, "00dc");
		u32(&head, len);
		e = file_put(out, head.data, head.len) ||
		    copy(out, spool, len) ||
		    ((len & 1) && file_put(out, "", 1));
		buf_release(&head);
		if (e)
			return -1;
		tag(index, "00dc");
		u32(index, 0x10); /* every picture stands by itself */
		u32(index, at);
		u32(index, len);
		at += 8 + len + (len & 1);
	}
	return 0;
}

int
avi_write(struct file_output *out, int spool, const size_t *length, uint64_t n,
    int w, int h, double fps)
{
	const uint32_t header = 4 + 8 + 56 + 8 + 4 + 8 + 56 + 8 + 40;
	struct buf head = BUF_INIT, index = BUF_INIT;
	uint64_t movi = 4, largest = 0, all;
	int e;

	for (uint64_t i = 0; i < n; i++) {
		movi += 8 + length[i] + (length[i] & 1);
		largest = length[i] > largest ? length[i] : largest;
	}
	all = 4 + 8 + header + 8 + movi + 8 + 16 * n;
	if (all >= UINT64_C(1) << 31) {
		errno = EFBIG;
		return -1;
	}
	tag(&head, "RIFF");
	u32(&head, (uint32_t)all);
	tag(&head, "AVI ");
	tag(&head, "LIST");
	u32(&head, header);
	tag(&head, "hdrl");
	main_header(&head, (uint32_t)n, (uint32_t)largest, w, h, fps);
	stream_header(&head, (uint32_t)n, (uint32_t)largest, w, h, fps);
	tag(&head, "LIST");
	u32(&head, (uint32_t)movi);
	tag(&head, "movi");
	tag(&index, "idx1");
	u32(&index, (uint32_t)(16 * n));
	e = file_put(out, head.data, head.len) ||
	    put_pictures(out, spool, length, n, &index) ||
	    file_put(out, index.data, index.len);
	buf_release(&head);
	buf_release(&index);
	return e ? -1 : 0;
}
