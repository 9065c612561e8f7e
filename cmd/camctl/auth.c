/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Basic authentication without a leak through time. */
#include "auth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "complain.h"
#include "io/file.h"

enum {
	FILE_MAX = 65536,
	TOKEN_MAX = 512,
};

struct auth {
	char **token; /* base64 of USER:PASSWORD */
	size_t n, cap;
};

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *
base64(const char *s, size_t n)
{
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)(unsigned char)s[i] << 16;

		if (i + 1 < n)
			v |= (unsigned)(unsigned char)s[i + 1] << 8;
		if (i + 2 < n)
			v |= (unsigned char)s[i + 2];
		buf_addc(&out, digits[v >> 18]);
		buf_addc(&out, digits[v >> 12 & 63]);
		buf_addc(&out, (char)(i + 1 < n ? digits[v >> 6 & 63] : '='));
		buf_addc(&out, (char)(i + 2 < n ? digits[v & 63] : '='));
	}
	return buf_detach(&out);
}

static int
take_line(struct auth *a, const char *s, size_t n, const struct diag_place *at,
    struct diag_sink *sink)
{
	if (n && s[n - 1] == '\r')
		n--;
	if (!n || *s == '#')
		return 0;
	if (!memchr(s, ':', n) || *s == ':' || n > TOKEN_MAX / 2) {
		complain(sink, BAD_AUTH_FILE, at, "not a line USER:PASSWORD");
		return -1;
	}
	ALLOC_GROW(a->token, a->n + 1, a->cap);
	a->token[a->n++] = base64(s, n);
	return 0;
}

static int
take_lines(struct auth *a, const char *path, const struct buf *text,
    struct diag_sink *sink)
{
	struct diag_place at = {path, 0, 1};
	const char *s = text->data, *end = s + text->len;

	while (s < end) {
		const char *nl = memchr(s, '\n', (size_t)(end - s));
		size_t n = nl ? (size_t)(nl - s) : (size_t)(end - s);

		at.line++;
		if (take_line(a, s, n, &at, sink))
			return -1;
		s += n + 1;
	}
	if (!a->n) {
		at.line = 0;
		complain(sink, BAD_AUTH_FILE, &at,
		    "nobody is in it: nobody could look");
		return -1;
	}
	return 0;
}

struct auth *
auth_load(const char *path, struct diag_sink *sink)
{
	struct diag_place at = {path, 0, 0};
	struct auth *a = xcalloc(1, sizeof(*a));
	struct buf text = BUF_INIT;
	const char *name;
	struct stat st;
	int fd = file_open_input(path, &name);

	if (fd < 0 || fstat(fd, &st) || file_read_all(fd, &text, FILE_MAX)) {
		diag_report(
		    sink, DIAG_ERROR, &at, "auth-file", "%s", strerror(errno));
		auth_free(a);
		a = NULL;
	} else if (S_ISREG(st.st_mode) && (st.st_mode & 077)) {
		complain(sink, BAD_AUTH_FILE, &at,
		    "others can read it (mode %03o): chmod 600 first",
		    (unsigned)(st.st_mode & 0777));
		auth_free(a);
		a = NULL;
	} else if (take_lines(a, path, &text, sink)) {
		auth_free(a);
		a = NULL;
	}
	if (fd > STDIN_FILENO)
		close(fd);
	buf_release(&text);
	return a;
}

void
auth_free(struct auth *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n; i++)
		free(a->token[i]);
	free(a->token);
	free(a);
}

/* always TOKEN_MAX steps */
static unsigned
differs(const char *a, const char *b)
{
	unsigned d = 0;
	size_t i = 0, j = 0;

	for (int k = 0; k < TOKEN_MAX; k++) {
		d |= (unsigned char)a[i] ^ (unsigned char)b[j];
		i += a[i] != '\0';
		j += b[j] != '\0';
	}
	return d;
}

bool
auth_allows(const struct auth *a, const char *header)
{
	unsigned ok = 0;

	if (strncasecmp(header, "Basic ", 6) != 0)
		return false;
	header += 6;
	while (*header == ' ')
		header++;
	for (size_t i = 0; i < a->n; i++)
		ok |= differs(header, a->token[i]) == 0;
	return ok;
}
