/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread of one camera: open, grab, encode, hand over, try again. */
#include "camera.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/die.h"
#include "base/xalloc.h"
#include "draw.h"
#include "encode.h"
#include "hotplug.h"
#include "jpeg.h"

#define SECOND_NS 1000000000LL

enum {
	QUALITY_MIN = 30,
	HEARTBEAT_MS = 1000,
	/* no picture for so long: the camera has stalled, open it again */
	STALL_MS = 3000,
	RETRY_FIRST_MS = 250,
	RETRY_LAST_MS = 2000,
	/* a thread that is told to stop may take so long before it is left
	 * to itself: a camera may hang in the kernel for as long as it likes */
	STOP_MS = 500,
};

struct camera {
	char *name;
	struct source_want want;
	int quality;
	struct source *src;
	void (*wake)(void *);
	void *arg;
	pthread_t thread;
	int poke[2]; /* a byte: look at the orders */
	struct frame_pool pool;

	/* under lock: orders to the thread, news from it */
	pthread_mutex_t lock;
	pthread_cond_t at_end;
	bool stop, telling, ended, orphan;
	struct source *next; /* what it shall be instead */
	struct source_want next_want;
	int next_quality;
	double demand;
	int level;
	struct frame *newest;
	struct camera_status status;

	_Atomic uint64_t seq;
	_Atomic int64_t heartbeat_ns;

	/* the thread's own */
	struct encoder *encoder;
	struct hotplug *hotplug;
	bool open;
	double opened_fps; /* what the source was asked for */
	struct source_got got;
	int64_t retry_ns, last_picture_ns, keep_due_ns, lower_since_ns;
	int retry_ms;
	int64_t second_ns;
	unsigned captured_now, published_now;
};

const char *
camera_state_name(enum camera_state s)
{
	static const char *const names[] = {
	    "asleep", "starting", "live", "stalled", "absent", "ended"};

	return names[s];
}

/* ---- handing over ---- */

/* nobody is there to be woken once we are told to stop; and who tells us to
 * waits until this is over */
static void
tell(struct camera *c)
{
	pthread_mutex_lock(&c->lock);
	c->telling = !c->stop;
	pthread_mutex_unlock(&c->lock);
	if (!c->telling)
		return;
	c->wake(c->arg);
	pthread_mutex_lock(&c->lock);
	c->telling = false;
	pthread_cond_signal(&c->at_end);
	pthread_mutex_unlock(&c->lock);
}

static void
publish(struct camera *c, struct frame *f)
{
	struct frame *old;

	f->seq = atomic_load_explicit(&c->seq, memory_order_relaxed) + 1;
	pthread_mutex_lock(&c->lock);
	old = c->newest;
	c->newest = f;
	if (f->width) {
		c->status.width = f->width;
		c->status.height = f->height;
	}
	c->status.published++;
	pthread_mutex_unlock(&c->lock);
	atomic_store_explicit(&c->seq, f->seq, memory_order_release);
	frame_unref(old);
	tell(c);
}

static int64_t
wall_us_of(int64_t mono_ns)
{
	struct timespec ts;
	int64_t age_ns = clock_monotonic_ns() - mono_ns;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000 - age_ns / 1000;
}

static void
placeholder(struct camera *c, const char *reason)
{
	int w = c->want.width ? c->want.width : c->src->width;
	int h = c->want.height ? c->want.height : c->src->height;
	struct frame *f = frame_pool_take(&c->pool, 0);
	struct picture pic = {.pixel = PIX_YUYV};
	struct buf why = BUF_INIT;
	struct canvas canvas;

	/* as large as the last picture, so that nothing jumps */
	if (c->status.width) {
		w = c->status.width;
		h = c->status.height;
	}
	canvas_init(&canvas, w ? w : 640, h ? h : 480);
	draw_placeholder(&canvas, c->name, reason);
	pic.data = canvas.yuyv;
	pic.len = canvas_bytes(&canvas);
	pic.width = canvas.width;
	pic.height = canvas.height;
	pic.stride = 2 * canvas.width;
	if (encoder_jpeg(c->encoder, &pic, 85, f, &why))
		BUG("placeholder: %s", why.data);
	canvas_release(&canvas);
	buf_release(&why);
	f->kind = FRAME_PLACEHOLDER;
	f->grab_ns = clock_monotonic_ns();
	f->wall_us = wall_us_of(f->grab_ns);
	publish(c, f);
}

static void
set_state(struct camera *c, enum camera_state state, const char *reason)
{
	bool changed;

	pthread_mutex_lock(&c->lock);
	changed =
	    c->status.state != state || strcmp(c->status.reason, reason) != 0;
	c->status.state = state;
	snprintf(c->status.reason, sizeof(c->status.reason), "%s", reason);
	pthread_mutex_unlock(&c->lock);
	if (changed && state != CAMERA_LIVE && state != CAMERA_STARTS)
		placeholder(c, reason);
}

/* ---- rate ---- */

static double
needed_fps(const struct camera *c, double demand, int level)
{
	double fps = demand;

	if (c->want.fps > 0 && (fps <= 0 || fps > c->want.fps))
		fps = c->want.fps;
	return level > 0 ? fps / (1 << level) : fps;
}

/* keep this picture?  Fractional: 20 of 30 a second is two of three. */
static bool
keep(struct camera *c, int64_t grab_ns, double fps)
{
	int64_t period_ns = fps > 0 ? (int64_t)(1e9 / fps) : 0;

	/* a source that ticks as asked jitters: take it half a beat early */
	if (c->got.fps > 0 && c->got.fps <= fps * 1.01)
		return true;
	if (grab_ns < c->keep_due_ns - period_ns / 8)
		return false;
	c->keep_due_ns += period_ns;
	if (c->keep_due_ns < grab_ns)
		c->keep_due_ns = grab_ns + period_ns / 2;
	return true;
}

static void
count_second(struct camera *c, int64_t now)
{
	double s = (double)(now - c->second_ns) * 1e-9;

	if (s < 1)
		return;
	pthread_mutex_lock(&c->lock);
	c->status.captured_fps = c->captured_now / s;
	c->status.published_fps = c->published_now / s;
	pthread_mutex_unlock(&c->lock);
	c->captured_now = c->published_now = 0;
	c->second_ns = now;
}

/* ---- pictures ---- */

static int
into_frame(struct camera *c, const struct picture *pic, int quality,
    struct frame *f, struct buf *why)
{
	struct jpeg_walk walk;

	if (pic->pixel != PIX_MJPEG)
		return encoder_jpeg(c->encoder, pic, quality, f, why);
	jpeg_walk_begin(&walk);
	if (jpeg_walk_on(&walk, pic->data, pic->len) != JPEG_WHOLE) {
		buf_adds(why, "a broken JPEG");
		return -1;
	}
	if (jpeg_clean_size(&walk, NULL) > FRAME_BYTES_MAX)
		return -1;
	frame_reserve(f, jpeg_clean_size(&walk, NULL));
	f->len = jpeg_clean(&walk, pic->data, NULL, f->data);
	f->width = walk.width;
	f->height = walk.height;
	return 0;
}

static void
damaged(struct camera *c)
{
	pthread_mutex_lock(&c->lock);
	c->status.damaged++;
	pthread_mutex_unlock(&c->lock);
}

static void
take_picture(struct camera *c, const struct picture *pic, double fps, int level)
{
	int quality = level > 1 ? c->quality - 15 * (level - 1) : c->quality;
	struct buf why = BUF_INIT;
	struct frame *f;

	c->last_picture_ns = clock_monotonic_ns();
	c->captured_now++;
	pthread_mutex_lock(&c->lock);
	c->status.captured++;
	pthread_mutex_unlock(&c->lock);
	if (!keep(c, pic->grab_ns, fps))
		return;
	f = frame_pool_take(&c->pool, 0);
	if (into_frame(c, pic,
		quality < QUALITY_MIN && c->quality > QUALITY_MIN ? QUALITY_MIN
								  : quality,
		f, &why)) {
		frame_unref(f);
		damaged(c);
	} else {
		f->grab_ns = pic->grab_ns;
		f->wall_us = wall_us_of(pic->grab_ns);
		set_state(c, CAMERA_LIVE, "");
		c->published_now++;
		c->retry_ms = RETRY_FIRST_MS;
		publish(c, f);
	}
	buf_release(&why);
}

/* ---- opening and losing ---- */

static void
close_source(struct camera *c)
{
	if (!c->open)
		return;
	c->src->ops->close(c->src);
	c->open = false;
}

static void
lost(struct camera *c, enum camera_state state, const char *why)
{
	close_source(c);
	pthread_mutex_lock(&c->lock);
	c->status.lost++;
	pthread_mutex_unlock(&c->lock);
	set_state(c, state, why);
	c->retry_ns = clock_monotonic_ns() + c->retry_ms * 1000000LL;
	c->retry_ms =
	    c->retry_ms * 2 > RETRY_LAST_MS ? RETRY_LAST_MS : c->retry_ms * 2;
}

static void
open_source(struct camera *c, double fps)
{
	struct source_want want = c->want;
	struct buf why = BUF_INIT;

	want.fps = fps;
	if (c->src->ops->open(c->src, &want, &c->got, &why)) {
		lost(
		    c, CAMERA_ABSENT, why.data ? why.data : "cannot be opened");
		buf_release(&why);
		return;
	}
	buf_release(&why);
	c->open = true;
	c->opened_fps = fps;
	c->lower_since_ns = 0;
	c->last_picture_ns = clock_monotonic_ns();
	c->keep_due_ns = 0;
	pthread_mutex_lock(&c->lock);
	c->status.got = c->got;
	c->status.asked_fps = fps;
	c->status.opened++;
	pthread_mutex_unlock(&c->lock);
	set_state(c, CAMERA_STARTS, "starting");
}

static void
grab(struct camera *c, double fps, int level)
{
	struct buf why = BUF_INIT;
	struct picture pic;

	switch (c->src->ops->grab(c->src, &pic, &why)) {
	case GRAB_PICTURE:
		take_picture(c, &pic, fps, level);
		c->src->ops->done(c->src);
		break;
	case GRAB_NOTHING:
		break;
	case GRAB_DAMAGED:
		damaged(c);
		break;
	case GRAB_LOST:
		lost(c, c->src->ends ? CAMERA_ENDED : CAMERA_ABSENT,
		    why.data ? why.data : "lost");
		if (c->src->ends)
			c->retry_ns = INT64_MAX;
		break;
	}
	buf_release(&why);
}

/* more is needed than the source was asked for: at once.  Less: after ten
 * seconds, since a new rate costs a gap. */
static bool
wants_another_rate(struct camera *c, double fps, int64_t now)
{
	if (c->got.fps <= 0 || c->src->never_sleeps || c->opened_fps <= 0)
		return false;
	if (fps > c->opened_fps * 1.01)
		return true;
	if (fps >= c->opened_fps * 0.75) {
		c->lower_since_ns = 0;
		return false;
	}
	if (!c->lower_since_ns)
		c->lower_since_ns = now;
	return now - c->lower_since_ns > 10 * SECOND_NS;
}

/* ---- the loop ---- */

static int
timeout_ms(const struct camera *c, int64_t now, bool wanted)
{
	int64_t until = now + HEARTBEAT_MS * 1000000LL;

	if (c->open && c->src->due_ns && c->src->due_ns < until)
		until = c->src->due_ns;
	if (!c->open && wanted && c->retry_ns < until)
		until = c->retry_ns;
	/* round up: waking early would only spin */
	return until <= now ? 0 : (int)((until - now + 999999) / 1000000);
}

static void
wait_for_events(struct camera *c, int ms)
{
	struct pollfd p[3] = {{.fd = c->poke[0], .events = POLLIN},
	    {.fd = hotplug_fd(c->hotplug), .events = POLLIN}, {.fd = -1}};
	char bytes[64];

	if (c->open && c->src->events) {
		p[2].fd = c->src->fd;
		p[2].events = c->src->events;
	}
	if (poll(p, 3, ms) <= 0)
		return;
	if (p[0].revents)
		while (read(c->poke[0], bytes, sizeof(bytes)) > 0)
			continue;
	/* something came or went: no need to wait for the next try */
	if (p[1].revents && hotplug_drain(c->hotplug) && !c->open &&
	    c->retry_ns != INT64_MAX) {
		c->retry_ns = 0;
		c->retry_ms = RETRY_FIRST_MS;
	}
}

static void
one_round(struct camera *c, double demand, int level)
{
	int64_t now = clock_monotonic_ns();
	double fps = needed_fps(c, demand, level);
	bool wanted = demand > 0 || c->src->never_sleeps;

	atomic_store_explicit(&c->heartbeat_ns, now, memory_order_relaxed);
	count_second(c, now);
	if (c->open && !wanted) {
		close_source(c);
		set_state(c, CAMERA_ASLEEP, "asleep: nobody looks");
	}
	if (c->open && wants_another_rate(c, fps, now)) {
		close_source(c);
		c->retry_ns = 0;
	}
	if (!c->open && wanted && now >= c->retry_ns)
		open_source(c, fps);
	wait_for_events(c, timeout_ms(c, clock_monotonic_ns(), wanted));
	if (!c->open)
		return;
	grab(c, fps, level);
	if (c->open && !c->src->never_sleeps &&
	    clock_monotonic_ns() - c->last_picture_ns > STALL_MS * 1000000LL)
		lost(c, CAMERA_STALLED, "no picture for 3 s: opening again");
}

static void
become(struct camera *c)
{
	struct source *old = c->src;

	close_source(c);
	pthread_mutex_lock(&c->lock);
	c->src = c->next;
	c->want = c->next_want;
	c->quality = c->next_quality;
	c->next = NULL;
	/* the size of a placeholder is that of what comes */
	c->status.width = c->status.height = 0;
	pthread_mutex_unlock(&c->lock);
	source_free(old);
	memset(&c->got, 0, sizeof(c->got));
	c->retry_ns = 0;
	c->retry_ms = RETRY_FIRST_MS;
	set_state(c, CAMERA_ASLEEP, "asleep: nobody looks");
}

static void
destroy(struct camera *c)
{
	frame_unref(c->newest);
	source_free(c->src);
	source_free(c->next);
	encoder_free(c->encoder);
	hotplug_free(c->hotplug);
	frame_pool_release(&c->pool);
	pthread_cond_destroy(&c->at_end);
	pthread_mutex_destroy(&c->lock);
	close(c->poke[0]);
	close(c->poke[1]);
	free(c->name);
	free(c);
}

static void
end(struct camera *c)
{
	bool orphan;

	pthread_mutex_lock(&c->lock);
	c->ended = true;
	orphan = c->orphan;
	pthread_cond_signal(&c->at_end);
	pthread_mutex_unlock(&c->lock);
	if (!orphan)
		return;
	pthread_detach(pthread_self());
	destroy(c);
}

static void *
camera_thread(void *arg)
{
	struct camera *c = arg;

	for (;;) {
		double demand;
		bool stop, other;
		int level;

		pthread_mutex_lock(&c->lock);
		stop = c->stop;
		demand = c->demand;
		level = c->level;
		other = c->next != NULL;
		pthread_mutex_unlock(&c->lock);
		if (stop)
			break;
		if (other)
			become(c);
		one_round(c, demand, level);
	}
	close_source(c);
	end(c);
	return NULL;
}

/* ---- for the others ---- */

struct camera *
camera_start(const struct camera_config *cf, struct source *src,
    void (*wake)(void *), void *arg)
{
	struct camera *c = xcalloc(1, sizeof(*c));
	pthread_condattr_t attr;

	c->name = xstrdup(cf->name);
	c->want = cf->want;
	c->quality = cf->quality;
	c->src = src;
	c->wake = wake;
	c->arg = arg;
	c->retry_ms = RETRY_FIRST_MS;
	c->second_ns = clock_monotonic_ns();
	c->encoder = encoder_new();
	c->hotplug = hotplug_new();
	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->at_end, &attr);
	pthread_condattr_destroy(&attr);
	frame_pool_init(&c->pool);
	if (pipe(c->poke))
		die_no_memory();
	for (int i = 0; i < 2; i++) {
		fcntl(c->poke[i], F_SETFL, O_NONBLOCK);
		fcntl(c->poke[i], F_SETFD, FD_CLOEXEC);
	}
	atomic_store(&c->heartbeat_ns, c->second_ns);
	/* the picture for the first client; nobody is awake to be told yet */
	snprintf(
	    c->status.reason, sizeof(c->status.reason), "asleep: nobody looks");
	placeholder(c, "starting");
	if (pthread_create(&c->thread, NULL, camera_thread, c))
		die_no_memory();
	return c;
}

static void
poke(struct camera *c)
{
	while (write(c->poke[1], "", 1) < 0 && errno == EINTR)
		continue;
}

void
camera_replace(
    struct camera *c, const struct camera_config *cf, struct source *src)
{
	struct source *unused;

	pthread_mutex_lock(&c->lock);
	unused = c->next;
	c->next = src;
	c->next_want = cf->want;
	c->next_quality = cf->quality;
	pthread_mutex_unlock(&c->lock);
	source_free(unused);
	poke(c);
}

void
camera_stop(struct camera *c)
{
	int64_t until = clock_monotonic_ns() + STOP_MS * 1000000LL;
	struct timespec ts = {.tv_sec = (time_t)(until / SECOND_NS),
	    .tv_nsec = (long)(until % SECOND_NS)};
	int e = 0;

	pthread_mutex_lock(&c->lock);
	c->stop = true;
	poke(c);
	while (c->telling || (!c->ended && !e))
		e = pthread_cond_timedwait(&c->at_end, &c->lock, &ts);
	pthread_mutex_unlock(&c->lock);
}

void
camera_free(struct camera *c)
{
	bool ended;

	camera_stop(c);
	pthread_mutex_lock(&c->lock);
	ended = c->ended;
	c->orphan = !ended;
	pthread_mutex_unlock(&c->lock);
	if (!ended)
		return;
	pthread_join(c->thread, NULL);
	destroy(c);
}

void
camera_demand(struct camera *c, double fps)
{
	bool changed;

	pthread_mutex_lock(&c->lock);
	changed = fabs(c->demand - fps) > 1e-6;
	c->demand = fps;
	pthread_mutex_unlock(&c->lock);
	if (changed)
		poke(c);
}

void
camera_step_down(struct camera *c, int level)
{
	pthread_mutex_lock(&c->lock);
	c->level = c->status.level = level;
	pthread_mutex_unlock(&c->lock);
}

struct frame *
camera_newest(struct camera *c)
{
	struct frame *f;

	pthread_mutex_lock(&c->lock);
	f = frame_ref(c->newest);
	pthread_mutex_unlock(&c->lock);
	return f;
}

uint64_t
camera_newest_seq(const struct camera *c)
{
	return atomic_load_explicit(&c->seq, memory_order_acquire);
}

void
camera_status(struct camera *c, struct camera_status *out)
{
	pthread_mutex_lock(&c->lock);
	*out = c->status;
	pthread_mutex_unlock(&c->lock);
	out->memory = frame_pool_bytes(&c->pool);
}

int64_t
camera_heartbeat_ns(const struct camera *c)
{
	return atomic_load_explicit(&c->heartbeat_ns, memory_order_relaxed);
}
