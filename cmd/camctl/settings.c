/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings of controls as text: in files, in lists. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "controls.h"
#include "io/file.h"

enum {
	FILE_MAX = 65536
};

void
settings_set(struct settings *s, const char *key, const char *value)
{
	for (int i = 0; i < s->n; i++) {
		if (strcmp(s->v[i].key, key) != 0)
			continue;
		free(s->v[i].value);
		s->v[i].value = xstrdup(value);
		return;
	}
	s->v = xreallocarray(s->v, (size_t)s->n + 1, sizeof(*s->v));
	s->v[s->n++] = (struct setting){xstrdup(key), xstrdup(value)};
}

void
settings_release(struct settings *s)
{
	for (int i = 0; i < s->n; i++) {
		free(s->v[i].key);
		free(s->v[i].value);
	}
	free(s->v);
	s->v = NULL;
	s->n = 0;
}

static char *
trimmed(const char *s, size_t n)
{
	while (n && (*s == ' ' || *s == '\t')) {
		s++;
		n--;
	}
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t' || s[n - 1] == '\r'))
		n--;
	return xstrndup(s, n);
}

int
settings_parse(struct settings *s, const char *text, const char *separators)
{
	while (*text) {
		size_t n = strcspn(text, separators);
		size_t k = strcspn(text, "=:");

		if (k < n) {
			char *key = trimmed(text, k);
			char *value = trimmed(text + k + 1, n - k - 1);
			int bad = !*key || !*value;

			if (!bad)
				settings_set(s, key, value);
			free(key);
			free(value);
			if (bad)
				return -1;
		} else if (strspn(text, " \t\r") < n) {
			return -1;
		}
		text += n;
		text += *text != '\0';
	}
	return 0;
}

int
settings_load(struct settings *s, const char *path)
{
	struct buf text = BUF_INIT;
	const char *name;
	int fd = file_open_input(path, &name), e = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (file_read_all(fd, &text, FILE_MAX))
		e = -1;
	else if (text.len && settings_parse(s, text.data, "\n")) {
		errno = EINVAL;
		e = -1;
	}
	close(fd);
	buf_release(&text);
	return e;
}

int
settings_save(const struct settings *s, const char *path)
{
	struct buf text = BUF_INIT;
	int e;

	for (int i = 0; i < s->n; i++)
		buf_addf(&text, "%s=%s\n", s->v[i].key, s->v[i].value);
	e = file_replace(path, text.data ? text.data : "", text.len);
	buf_release(&text);
	return e;
}
