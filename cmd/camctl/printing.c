/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signs of a running print: printjob's lock, stepstream's status. */
#include "printing.h"

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/file.h"

enum {
	FRESH_S = 60,
	STATUS_MAX = 1 << 20,
};

static bool
is_locked(int fd)
{
	if (flock(fd, LOCK_SH | LOCK_NB))
		return true;
	flock(fd, LOCK_UN);
	return false;
}

static bool
says_printing(int fd)
{
	struct buf text = BUF_INIT;
	const char *state = NULL;
	bool yes = false;
	json_t *j;

	if (file_read_all(fd, &text, STATUS_MAX) == 0 && text.len) {
		j = json_loadb(text.data, text.len, 0, NULL);
		if (j)
			state = json_string_value(json_object_get(j, "state"));
		yes = state && strcmp(state, "printing") == 0;
		json_decref(j);
	}
	buf_release(&text);
	return yes;
}

static bool
file_says(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	bool yes = false;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		yes = is_locked(fd) ||
		      (time(NULL) - st.st_mtime < FRESH_S && says_printing(fd));
	close(fd);
	return yes;
}

bool
printing_now(const char *sign)
{
	DIR *dir = opendir(sign);
	struct dirent *e;
	bool yes = false;

	if (!dir)
		return file_says(sign);
	while (!yes && (e = readdir(dir))) {
		int fd;

		if (e->d_name[0] == '.')
			continue;
		fd = openat(
		    dirfd(dir), e->d_name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			continue;
		yes = is_locked(fd);
		close(fd);
	}
	closedir(dir);
	return yes;
}

char *
printing_lock_folder(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	struct buf path = BUF_INIT;

	if (state && *state)
		buf_addf(&path, "%s/gantry/lock", state);
	else if (home && *home)
		buf_addf(&path, "%s/.local/state/gantry/lock", home);
	else
		return NULL;
	return buf_detach(&path);
}
