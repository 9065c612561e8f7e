/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camctl's parts that need no camera and no network. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "cmd/camctl/backlog.h"
#include "cmd/camctl/camera.h"
#include "cmd/camctl/controls.h"
#include "cmd/camctl/device.h"
#include "cmd/camctl/draw.h"
#include "cmd/camctl/encode.h"
#include "cmd/camctl/http.h"
#include "cmd/camctl/jpeg.h"
#include "cmd/camctl/v4l2.h"
#include "tests/unit/tap.h"

/* ---- JPEG ---- */

static struct frame_pool pool;

static struct frame *
picture(int quality)
{
	struct frame *f = frame_pool_take(&pool, 0);
	struct encoder *e = encoder_new();
	struct picture pic = {.pixel = PIX_YUYV};
	struct buf why = BUF_INIT;
	struct canvas c;

	canvas_init(&c, 128, 96);
	draw_placeholder(&c, "bed", "a reason that needs more than one line");
	pic.data = c.yuyv;
	pic.len = canvas_bytes(&c);
	pic.width = c.width;
	pic.height = c.height;
	pic.stride = 2 * c.width;
	ok(encoder_jpeg(e, &pic, quality, f, &why) == 0, "a canvas encodes");
	pic.len--;
	ok(encoder_jpeg(e, &pic, quality, f, &why) < 0 && why.len,
	    "a picture a byte short is refused with a reason");
	canvas_release(&c);
	encoder_free(e);
	buf_release(&why);
	return f;
}

/* the same JPEG without its Huffman tables, as cameras send it */
static size_t
without_tables(const struct frame *f, uint8_t *out)
{
	size_t n = 2, at = 2;

	memcpy(out, f->data, 2);
	while (f->data[at + 1] != 0xda) {
		size_t len =
		    2 + ((size_t)f->data[at + 2] << 8 | f->data[at + 3]);

		if (f->data[at + 1] != 0xc4) {
			memcpy(out + n, f->data + at, len);
			n += len;
		}
		at += len;
	}
	memcpy(out + n, f->data + at, f->len - at);
	return n + f->len - at;
}

static void
check_jpeg(void)
{
	struct frame *f = picture(80);
	uint8_t *bare = xcalloc(f->len + 64, 1), *out;
	size_t n = without_tables(f, bare), m;
	struct encoder *e = encoder_new();
	struct buf one = BUF_INIT, two = BUF_INIT, why = BUF_INIT;
	struct jpeg_walk w;
	int width, height, more = 0;

	jpeg_walk_begin(&w);
	for (size_t k = 1; k < n; k++)
		more += jpeg_walk_on(&w, bare, k) == JPEG_MORE;
	is_int(more, (int)n - 1, "byte by byte the walk asks for more");
	ok(jpeg_walk_on(&w, bare, n + 64) == JPEG_WHOLE,
	    "with the last byte it is whole");
	ok(w.end == n, "padding behind it does not count");
	is_int(w.width, 128, "its width is known");
	is_int(w.height, 96, "its height is known");
	ok(!w.has_huffman, "the tables are missed");
	out = xmalloc(jpeg_clean_size(&w, "{\"layer\":3}"));
	m = jpeg_clean(&w, bare, "{\"layer\":3}", out);
	ok(m > f->len, "mended, it has tables and a comment");
	ok(encoder_planes(e, f->data, f->len, &one, &width, &height, &why) ==
		    0 &&
		encoder_planes(e, out, m, &two, &width, &height, &why) == 0 &&
		one.len == two.len && memcmp(one.data, two.data, one.len) == 0,
	    "the standard's tables decode to the very same pixels");
	jpeg_walk_begin(&w);
	ok(jpeg_walk_on(&w, f->data, f->len / 2) == JPEG_MORE,
	    "half a picture is not whole");
	memcpy(bare + f->len / 2, "\xff\xd8\xff", 3);
	jpeg_walk_begin(&w);
	ok(jpeg_walk_on(&w, bare, n) == JPEG_BAD,
	    "one that breaks off into the next is bad");
	free(bare);
	free(out);
	buf_release(&one);
	buf_release(&two);
	buf_release(&why);
	encoder_free(e);
	frame_unref(f);
}

static void
check_thumbnail(void)
{
	struct frame *f = picture(50);
	static const uint8_t exif[] = {0xff, 0xe1, 0, 12, 'E', 'x', 'i', 'f',
	    0xff, 0xd8, 0xff, 0xd9, 0, 0};
	uint8_t *with = xmalloc(f->len + sizeof(exif)), *out;
	struct jpeg_walk w;
	size_t n;

	memcpy(with, f->data, 2);
	memcpy(with + 2, exif, sizeof(exif));
	memcpy(with + 2 + sizeof(exif), f->data + 2, f->len - 2);
	jpeg_walk_begin(&w);
	ok(jpeg_walk_on(&w, with, f->len + sizeof(exif)) == JPEG_WHOLE &&
		w.has_thumbnail,
	    "a thumbnail is seen");
	out = xmalloc(jpeg_clean_size(&w, NULL));
	n = jpeg_clean(&w, with, NULL, out);
	ok(n == f->len && memcmp(out, f->data, n) == 0,
	    "without it the picture is what it was");
	free(with);
	free(out);
	frame_unref(f);
}

static void
check_layouts(void)
{
	struct encoder *e = encoder_new();
	struct frame *f = frame_pool_take(&pool, 0);
	uint8_t *grey = xmalloc(64 * 48 * 3);

	memset(grey, 128, 64 * 48 * 3);
	for (int p = PIX_YUYV; p < PIX_COUNT; p++) {
		struct picture pic = {.pixel = (enum pixel)p,
		    .data = grey,
		    .width = 64,
		    .height = 48};
		struct buf why = BUF_INIT, planes = BUF_INIT;
		int w, h, off = 0;

		pic.stride = pixel_stride(pic.pixel, 64);
		pic.len = pixel_size(pic.pixel, pic.stride, 48);
		for (int i = 0; i < PLANES_MAX - 1; i++)
			pic.more[i] = (struct picture_plane){grey, 64 * 24,
			    pixel_more_stride(pic.pixel, pic.stride)};
		ok(encoder_jpeg(e, &pic, 90, f, &why) == 0 &&
			encoder_planes(
			    e, f->data, f->len, &planes, &w, &h, &why) == 0,
		    "%s becomes a JPEG", pixel_name(pic.pixel));
		for (size_t i = 0; i < planes.len; i++)
			off += abs((uint8_t)planes.data[i] - 128) > 12;
		is_int(off, 0, "%s stays grey", pixel_name(pic.pixel));
		buf_release(&why);
		buf_release(&planes);
	}
	free(grey);
	frame_unref(f);
	encoder_free(e);
}

/* noise that every layout can be: what matters is that nothing moves */
static void
fill_noise(uint8_t *p, size_t n)
{
	uint32_t x = 1;

	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		p[i] = (uint8_t)(x >> 26);
	}
}

/* luma of rows row.. of a picture, from the JPEG that f is */
static bool
same_luma(struct encoder *e, const struct frame *f, const struct buf *whole,
    int row, struct buf *part)
{
	struct buf why = BUF_INIT;
	int w, h;
	bool same;

	if (encoder_planes(e, f->data, f->len, part, &w, &h, &why))
		return false;
	same = memcmp(whole->data + (size_t)row * (size_t)w, part->data,
		   (size_t)w * (size_t)h) == 0;
	buf_release(&why);
	return same;
}

/* 1200 rows are ten stripes, the last one short; restart markers count to 8 */
static void
check_stripes(enum pixel pixel)
{
	enum {
		W = 720,
		H = 1200,
		ROWS = 128
	};
	struct frame *f = frame_pool_take(&pool, 0);
	struct encoder *e = encoder_new();
	struct buf why = BUF_INIT, whole = BUF_INIT, part = BUF_INIT;
	struct picture pic = {.pixel = pixel, .width = W, .height = H};
	uint8_t *pixels = xmalloc(W * H * 3);
	int w, h, same = 0;

	fill_noise(pixels, W * H * 3);
	pic.data = pixels;
	pic.stride = pixel_stride(pixel, W);
	pic.len = pixel_size(pixel, pic.stride, H);
	ok(encoder_jpeg(e, &pic, 80, f, &why) == 0 &&
		encoder_planes(e, f->data, f->len, &whole, &w, &h, &why) == 0 &&
		w == W && h == H,
	    "a large %s picture is whole", pixel_name(pixel));
	for (int row = 0; row < H; row += ROWS) {
		struct picture p = pic;

		p.data = pixels + (size_t)row * (size_t)pic.stride;
		p.height = H - row < ROWS ? H - row : ROWS;
		p.len = pixel_size(pixel, p.stride, p.height);
		if (encoder_jpeg(e, &p, 80, f, &why) == 0)
			same += same_luma(e, f, &whole, row, &part);
	}
	is_int(same, 10, "%s: its stripes are what each would be alone",
	    pixel_name(pixel));
	free(pixels);
	buf_release(&why);
	buf_release(&whole);
	buf_release(&part);
	encoder_free(e);
	frame_unref(f);
}

/* ---- HTTP ---- */

static void
check_route(const char *target, enum http_what what, int camera)
{
	static const char *const names[] = {"bed", "top"};
	struct http_request r;
	struct http_route to;
	char text[512];
	int n = snprintf(
	    text, sizeof(text), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", target);

	ok(http_parse(text, (size_t)n, &r) == n, "%s is a request", target);
	to = http_route(&r, names, 2, 0);
	ok(to.what == what && to.camera == camera, "%s goes where it should",
	    target);
}

static void
check_http(void)
{
	struct http_request r;
	char value[16];
	const char *head = "GET /a?b=%20c&d HTTP/1.0\nConnection: Keep-Alive\n"
			   "authorization:  Basic eA==  \n\n";

	check_route("/", HTTP_PAGE, -1);
	check_route("/?action=stream", HTTP_STREAM, 0);
	check_route("/webcam/?action=snapshot&t=1", HTTP_SNAPSHOT, 0);
	check_route("/webcam2/stream", HTTP_STREAM, 1);
	check_route("/?action=stream_1", HTTP_STREAM, 1);
	check_route("/?action=stream_2", HTTP_NOWHERE, 0);
	check_route("/?action=command", HTTP_NOWHERE, 0);
	check_route("/x/top/snapshot.jpg", HTTP_SNAPSHOT, 1);
	check_route("/top", HTTP_PAGE, 1);
	check_route("/top/state", HTTP_STATE, 1);
	check_route("/t%6fp/stream", HTTP_STREAM, 1);
	check_route("/nothing", HTTP_NOWHERE, 0);
	check_route("http://host/stream", HTTP_STREAM, 0);
	is_int(http_parse(head, strlen(head), &r), (int)strlen(head),
	    "newlines alone will do");
	ok(r.keep_alive && r.minor == 0, "HTTP/1.0 may keep alive");
	is_str(r.auth, "Basic eA==", "blanks around a value are dropped");
	ok(http_query(r.query, "b", value, sizeof(value)), "b is there");
	is_str(value, " c", "and decoded");
	ok(http_query(r.query, "d", value, sizeof(value)) && !*value,
	    "a key without a value is empty");
	ok(!http_query(r.query, "a", value, sizeof(value)), "a is not");
	for (size_t k = 0; k < strlen(head); k++)
		if (http_parse(head, k, &r) != 0) {
			ok(false, "complete after %zu bytes", k);
			return;
		}
	ok(true, "nothing less is complete");
}

/* ---- a client's backlog ---- */

/* A receiver that reads rate bytes a second out of a buffer of room bytes, and
 * a link that is faster than it.  Returns the average age of frames, in s, when
 * the last byte of them is read; frames of part bytes come every interval. */
static double
simulate(double rate, double room, size_t part, double interval, int *frames)
{
	double held = 0, unsent = 0, t = 0, age = 0, next = 0;
	double queue[4096][2]; /* bytes to come before its end, birth */
	int head = 0, tail = 0, n = 0;
	struct backlog b;

	backlog_init(&b, 1);
	for (int step = 0; step < 60000; step++, t += 0.0005) {
		double can = rate * 0.0005, take = can < held ? can : held;
		double moved;

		held -= take;
		for (int i = head; i < tail; i++)
			queue[i][0] -= take;
		while (head < tail && queue[head][0] <= 0) {
			age += t - queue[head++][1];
			n++;
		}
		moved = unsent < room - held ? unsent : room - held;
		unsent -= moved;
		held += moved;
		if (t >= next && tail < 4096) {
			struct backlog_facts f = {true, (uint32_t)(room - held),
			    (uint32_t)unsent, (uint32_t)unsent};

			next += interval;
			if (backlog_ready(
				&b, &f, part, 1 + (int64_t)(t * 1e9))) {
				backlog_sent(&b, part);
				unsent += (double)part;
				queue[tail][0] = held + unsent;
				queue[tail++][1] = t;
			}
		}
	}
	*frames = n;
	return n ? age / n : 1e9;
}

static void
check_backlog(void)
{
	int n;
	double age = simulate(160e3, 110e3, 18000, 1 / 30.0, &n);

	ok(age < 0.3, "at 160 kB/s frames are %.0f ms old, not seconds",
	    age * 1e3);
	ok(n > 0.8 * 30 * 160e3 / 18000,
	    "and it gets what it can take: %d in 30 s", n);
	age = simulate(40e3, 400e3, 18000, 1 / 30.0, &n);
	ok(age < 2.0, "at 40 kB/s, behind a large buffer, %.0f ms", age * 1e3);
	age = simulate(50e6, 200e3, 18000, 1 / 60.0, &n);
	ok(n > 1780, "a fast client gets every one of 1800: %d", n);
	ok(age < 0.005, "at once: %.2f ms", age * 1e3);
}

/* ---- which camera ---- */

static struct device
camera(const char *node, const char *port, const char *serial)
{
	struct device d = {.kind = DEVICE_CAPTURE};

	snprintf(d.node, sizeof(d.node), "%s", node);
	snprintf(d.card, sizeof(d.card), "C920");
	snprintf(d.port, sizeof(d.port), "%s", port);
	snprintf(d.usb_id, sizeof(d.usb_id), "046d:0825");
	snprintf(d.serial, sizeof(d.serial), "%s", serial);
	return d;
}

static void
check_match(void)
{
	struct device v[4] = {camera("/dev/video0", "usb-1", "A"),
	    camera("/dev/video1", "usb-1", "A"),
	    camera("/dev/video2", "usb-2", "B"),
	    camera("/dev/video4", "usb-3", "B")};
	struct devices ds = {v, 4};
	struct buf why = BUF_INIT;

	v[1].kind = DEVICE_METADATA;
	ok(device_find(&ds, &(struct device_match){.serial = "A"}, &why) ==
		&v[0],
	    "a serial number finds its camera, not its metadata");
	ok(!device_has_twin(&ds, &v[0]), "it has no twin");
	ok(device_find(&ds, &(struct device_match){.serial = "B"}, &why) ==
		NULL,
	    "two with one serial number are not guessed at");
	ok(strstr(why.data, "/dev/video2 (port 'usb-2')") &&
		strstr(why.data, "/dev/video4"),
	    "both are named");
	ok(device_has_twin(&ds, &v[2]), "they are twins");
	buf_clear(&why);
	device_identity(&ds, &v[3], &why);
	is_str(why.data, "port = \"usb-3\"; model = \"C920\";",
	    "a twin is told by its port");
	ok(device_find(&ds,
	       &(struct device_match){.serial = "B", .port = "usb-3"},
	       &why) == &v[3],
	    "and found by it");
	buf_clear(&why);
	ok(device_find(&ds, &(struct device_match){.model = "none"}, &why) ==
		NULL,
	    "what is not there is not found");
	is_str(why.data, "not plugged in: model 'none'", "and said");
	buf_release(&why);
}

/* ---- which mode ---- */

static void
check_choice(void)
{
	struct v4l2_mode v[] = {
	    {V4L2_PIX_FMT_YUYV, "", 640, 480, {30, 15}, 2, false},
	    {V4L2_PIX_FMT_MJPEG, "", 1920, 1080, {30, 5}, 2, false},
	    {V4L2_PIX_FMT_MJPEG, "", 640, 480, {30, 15, 5}, 3, false},
	    {V4L2_PIX_FMT_MJPEG, "", 1280, 720, {30, 15, 5}, 3, false},
	};
	struct source_want want = {640, 480, 10, PIX_NONE};
	struct buf why = BUF_INIT;
	double fps;

	ok(v4l2_choose(v, 4, &want, &fps, &why) == &v[2],
	    "JPEGs before raw pictures, of the size asked for");
	is_near(fps, 15, 0, "at the slowest rate that is fast enough");
	want.width = 700;
	ok(v4l2_choose(v, 4, &want, &fps, &why) == &v[3],
	    "the smallest that is large enough");
	want.width = 4000;
	want.fps = 60;
	ok(v4l2_choose(v, 4, &want, &fps, &why) == &v[1],
	    "the largest if none is");
	is_near(fps, 30, 0, "at its best rate if none is fast enough");
	want.pixel = PIX_NV12;
	ok(!v4l2_choose(v, 4, &want, &fps, &why) && why.len,
	    "a format that is not there is refused: %s", why.data);
	buf_release(&why);
}

/* a picture whose planes lie apart is the one whose planes do not */
static void
check_apart(enum pixel together, enum pixel apart)
{
	enum {
		W = 96,
		H = 160, /* two stripes */
	};
	struct frame *a = frame_pool_take(&pool, 0);
	struct frame *b = frame_pool_take(&pool, 0);
	struct encoder *e = encoder_new();
	uint8_t *d = xmalloc(W * H * 3 / 2);
	struct buf why = BUF_INIT;
	int row = pixel_more_stride(together, W);
	struct picture pic = {.pixel = together,
	    .data = d,
	    .len = W * H * 3 / 2,
	    .width = W,
	    .height = H,
	    .stride = W};

	for (size_t i = 0; i < W * H * 3 / 2; i++)
		d[i] = (uint8_t)(i / 3 + i / 700 * 50);
	ok(encoder_jpeg(e, &pic, 80, a, &why) == 0, "planes together");
	pic.pixel = apart;
	pic.len = W * H;
	for (int i = 0; i < 2; i++) {
		size_t len = (size_t)row * H / 2;

		pic.more[i].len = len;
		pic.more[i].stride = row;
		pic.more[i].data = memcpy(xmalloc(len),
		    d + W * H + (pixel_planes(apart) == 3 ? i * len : 0), len);
	}
	ok(encoder_jpeg(e, &pic, 80, b, &why) == 0 && a->len == b->len &&
		memcmp(a->data, b->data, a->len) == 0,
	    "%s is the same picture as %s", pixel_name(apart),
	    pixel_name(together));
	pic.more[pixel_planes(apart) - 2].len--;
	ok(encoder_jpeg(e, &pic, 80, b, &why) < 0 && why.len,
	    "a plane that is a byte short is refused: %s", why.data);
	for (int i = 0; i < 2; i++) {
		uint8_t *p;

		memcpy(&p, &pic.more[i].data, sizeof(p));
		free(p);
	}
	buf_release(&why);
	free(d);
	frame_unref(a);
	frame_unref(b);
	encoder_free(e);
}

static void
check_settings(void)
{
	struct settings s = {NULL, 0};

	is_int(settings_parse(&s, "a=1, b : two words,c=3", ","), 0,
	    "a list of settings is read");
	is_int(s.n, 3, "all of them");
	is_str(s.v[1].value, "two words", "without blanks around");
	settings_set(&s, "a", "9");
	is_str(s.v[0].value, "9", "a later one replaces");
	is_int(settings_parse(&s, "nonsense", ","), -1, "what is none is not");
	settings_release(&s);
}

static void
check_frames(void)
{
	struct frame *a = frame_pool_take(&pool, 1000), *b;
	uint8_t *data = a->data;

	frame_ref(a);
	frame_unref(a);
	ok(a->data == data, "a frame lives as long as somebody holds it");
	frame_unref(a);
	b = frame_pool_take(&pool, 500);
	ok(b->data && b->cap >= 500, "and its memory is used again");
	frame_unref(b);
}

/* ---- a camera that hangs in the kernel ---- */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t turn;
	bool entered, let_go, freed;
	int woken;
} hang = {.lock = PTHREAD_MUTEX_INITIALIZER, .turn = PTHREAD_COND_INITIALIZER};

static void
hang_set(bool *what)
{
	pthread_mutex_lock(&hang.lock);
	*what = true;
	pthread_cond_broadcast(&hang.turn);
	pthread_mutex_unlock(&hang.lock);
}

static void
hang_until(const bool *what)
{
	pthread_mutex_lock(&hang.lock);
	while (!*what)
		pthread_cond_wait(&hang.turn, &hang.lock);
	pthread_mutex_unlock(&hang.lock);
}

static int
hanging_open(struct source *s, const struct source_want *want,
    struct source_got *got, struct buf *why)
{
	(void)s;
	(void)want;
	(void)got;
	hang_set(&hang.entered);
	hang_until(&hang.let_go);
	buf_adds(why, "it hung");
	return -1;
}

static void
hanging_free(struct source *s)
{
	(void)s;
	hang_set(&hang.freed);
}

static void
count_wake(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&hang.lock);
	hang.woken++;
	pthread_mutex_unlock(&hang.lock);
}

static void
check_hang(void)
{
	static const struct source_ops ops = {
	    .open = hanging_open, .free = hanging_free};
	struct source src = {.ops = &ops, .fd = -1};
	struct camera_config cf = {.name = "bed", .quality = 80};
	struct camera *c = camera_start(&cf, &src, count_wake, NULL);
	struct frame *f;
	int before;

	camera_demand(c, 10);
	hang_until(&hang.entered);
	f = camera_newest(c);
	ok(f && f->kind == FRAME_PLACEHOLDER,
	    "while a camera hangs there is a placeholder");
	frame_unref(f);
	pthread_mutex_lock(&hang.lock);
	before = hang.woken;
	pthread_mutex_unlock(&hang.lock);
	camera_free(c);
	ok(!hang.freed, "freeing a camera that hangs does not wait for it");
	hang_set(&hang.let_go);
	hang_until(&hang.freed);
	ok(hang.woken == before,
	    "its thread tells nobody when it comes back, and frees the source");
}

int
main(void)
{
	frame_pool_init(&pool);
	check_jpeg();
	check_thumbnail();
	check_layouts();
	check_apart(PIX_NV12, PIX_NV12M);
	check_apart(PIX_YU12, PIX_YU12M);
	check_apart(PIX_YV12, PIX_YV12M);
	check_stripes(PIX_YUYV);
	check_stripes(PIX_GREY);
	check_stripes(PIX_RGB24);
	check_http();
	check_backlog();
	check_match();
	check_choice();
	check_settings();
	check_frames();
	check_hang();
	frame_pool_release(&pool);
	return done_testing();
}
