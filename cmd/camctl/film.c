/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Collecting pictures beside the film, and making the film of them. */
#include "film.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "avi.h"
#include "base/xalloc.h"
#include "io/file.h"

enum kind {
	FOLDER,
	ROW,
	AVI,
	FFMPEG,
};

struct film {
	struct film_wish wish;
	char *path;
	enum kind kind;
	struct buf spool; /* its name */
	off_t bytes;	  /* of whole pictures in it */
	int fd;
	size_t *length; /* of each picture */
	size_t cap;
	uint64_t n;
	int width, height;
	uint8_t *last;
	size_t last_len;
};

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n > k && strcasecmp(s + n - k, end) == 0;
}

static int
kind_of(const char *path)
{
	static const char *const encoded[] = {".mp4", ".mkv", ".mov", ".webm"};

	if (path[strlen(path) - 1] == '/')
		return FOLDER;
	if (ends_with(path, ".mjpeg") || ends_with(path, ".mjpg"))
		return ROW;
	if (ends_with(path, ".avi"))
		return AVI;
	for (size_t i = 0; i < sizeof(encoded) / sizeof(encoded[0]); i++)
		if (ends_with(path, encoded[i]))
			return FFMPEG;
	return -1;
}

static bool
in_path(const char *program)
{
	const char *p = getenv("PATH");

	while (p && *p) {
		size_t n = strcspn(p, ":");
		char file[4096];

		snprintf(file, sizeof(file), "%.*s/%s", (int)n, p, program);
		if (access(file, X_OK) == 0)
			return true;
		p += n + (p[n] == ':');
	}
	return false;
}

static int
prepare(struct film *f, struct buf *why)
{
	if (f->kind == FOLDER) {
		if (mkdir(f->path, 0755) && errno != EEXIST) {
			buf_addf(why, "%s: %s", f->path, strerror(errno));
			return -1;
		}
		return 0;
	}
	if (f->kind == FFMPEG && !in_path("ffmpeg")) {
		buf_addf(why,
		    "ffmpeg is not installed and makes '%s'; install it, or "
		    "name the film .avi or .mjpeg",
		    f->path);
		return -1;
	}
	buf_addf(&f->spool, "%s.pictures", f->path);
	f->fd = open(f->spool.data,
	    O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (f->fd < 0) {
		buf_addf(why, "%s: %s", f->spool.data, strerror(errno));
		return -1;
	}
	return 0;
}

static void
film_free(struct film *f)
{
	if (f->fd >= 0)
		close(f->fd);
	buf_release(&f->spool);
	free(f->length);
	free(f->last);
	free(f->path);
	free(f);
}

struct film *
film_begin(const struct film_wish *w, struct buf *why)
{
	int kind = w->path && *w->path ? kind_of(w->path) : -1;
	struct film *f;

	if (kind < 0) {
		buf_addf(why,
		    "'%s': a film is called .mp4, .mkv, .mov, .webm, .avi, "
		    ".mjpeg or DIR/",
		    w->path ? w->path : "");
		return NULL;
	}
	f = xcalloc(1, sizeof(*f));
	f->wish = *w;
	f->path = xstrdup(w->path);
	f->kind = (enum kind)kind;
	f->fd = -1;
	if (prepare(f, why)) {
		film_free(f);
		return NULL;
	}
	return f;
}

uint64_t
film_pictures(const struct film *f)
{
	return f->n;
}

/* what of a picture still went onto a full disk would spoil the next one */
static void
forget_rest(struct film *f)
{
	int e = errno;

	if (ftruncate(f->fd, f->bytes) == 0)
		lseek(f->fd, f->bytes, SEEK_SET);
	errno = e;
}

int
film_add(struct film *f, const uint8_t *jpeg, size_t len, int width, int height)
{
	f->width = width;
	f->height = height;
	if (f->kind == FOLDER) {
		struct buf name = BUF_INIT;
		int e;

		buf_addf(&name, "%sframe%06llu.jpg", f->path,
		    (unsigned long long)f->n + 1);
		e = file_replace(name.data, jpeg, len);
		buf_release(&name);
		f->n += !e;
		return e;
	}
	if (file_write_all(f->fd, jpeg, len)) {
		forget_rest(f);
		return -1;
	}
	f->bytes += (off_t)len;
	ALLOC_GROW(f->length, f->n + 1, f->cap);
	f->length[f->n++] = len;
	f->last = xrealloc(f->last, len);
	memcpy(f->last, jpeg, len);
	f->last_len = len;
	return 0;
}

static double
rate_of(const struct film *f)
{
	double fps = f->wish.fps;

	if (f->wish.length_s > 0) {
		fps = (double)f->n / f->wish.length_s;
		fps = fps < 5 ? 5 : fps > 60 ? 60 : fps;
	}
	return fps;
}

/* the encoder: as idle as can be, and nothing on its standard input */
static int
run_ffmpeg(struct film *f, const char *out)
{
	char fps[32], crf[16];
	const char *argv[40] = {"ffmpeg", "-hide_banner", "-loglevel", "error",
	    "-nostdin", "-y", "-f", "mjpeg", "-framerate", fps, "-i",
	    f->spool.data, "-vf", "scale=trunc(iw/2)*2:trunc(ih/2)*2",
	    "-threads", "2", "-g", "5", "-an", "-pix_fmt", "yuv420p"};
	int n = 21, status;
	bool webm = ends_with(f->path, ".webm");
	pid_t pid;

	snprintf(fps, sizeof(fps), "%.4f", rate_of(f));
	snprintf(crf, sizeof(crf), "%u", f->wish.crf);
	argv[n++] = "-c:v";
	argv[n++] = webm ? "libvpx-vp9" : "libx264";
	argv[n++] = "-crf";
	argv[n++] = crf;
	argv[n++] = webm ? "-b:v" : "-movflags";
	argv[n++] = webm ? "0" : "+faststart";
	argv[n++] = out;
	argv[n] = NULL;
	pid = fork();
	if (pid == 0) {
		char *words[40];

		setpriority(PRIO_PROCESS, 0, 19);
		memcpy(words, argv, sizeof(words));
		execvp("ffmpeg", words);
		_exit(127);
	}
	if (pid < 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	errno = 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int
encode(struct film *f, struct buf *why)
{
	const char *dot = strrchr(f->path, '.');
	struct buf out = BUF_INIT;
	int e;

	/* beside, with the right ending, and renamed when it is whole */
	buf_addf(&out, "%s.new%s", f->path, dot);
	e = run_ffmpeg(f, out.data) || rename(out.data, f->path);
	if (e) {
		unlink(out.data);
		buf_addf(why, "ffmpeg failed; the pictures are in '%s'",
		    f->spool.data);
	}
	buf_release(&out);
	return e ? -1 : 0;
}

static int
write_avi(struct film *f, struct buf *why)
{
	struct file_output *out = file_create(f->path);

	if (out && avi_write(out, f->fd, f->length, f->n, f->width, f->height,
		       rate_of(f)) == 0) {
		if (file_commit(out) == 0)
			return 0;
		out = NULL;
	}
	buf_addf(why, "%s: %s; the pictures are in '%s'", f->path,
	    strerror(errno), f->spool.data);
	if (out)
		file_abandon(out);
	return -1;
}

static int
finish(struct film *f, struct buf *why)
{
	for (int i = 0; i < f->wish.repeat_last && f->last; i++) {
		uint8_t *copy =
		    memcpy(xmalloc(f->last_len), f->last, f->last_len);
		int e = film_add(f, copy, f->last_len, f->width, f->height);

		free(copy);
		if (e)
			break; /* a shorter end is no reason for no film */
	}
	if (!f->n) {
		buf_adds(why, "no picture was taken: there is no film");
		unlink(f->spool.data);
		return -1;
	}
	if (f->kind == ROW && rename(f->spool.data, f->path)) {
		buf_addf(why, "%s: %s", f->path, strerror(errno));
		return -1;
	}
	if (f->kind == FFMPEG ? encode(f, why)
	    : f->kind == AVI  ? write_avi(f, why)
			      : 0)
		return -1;
	if (f->kind != ROW)
		unlink(f->spool.data);
	return 0;
}

int
film_end(struct film *f, struct buf *why)
{
	int e = 0;

	if (f->kind != FOLDER)
		e = finish(f, why);
	else if (!f->n) {
		buf_adds(why, "no picture was taken");
		e = -1;
	}
	film_free(f);
	return e;
}
