/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target on its seeds: tests/fuzz/seeds/NAME/ of the checkout. */
#include <dirent.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/file.h"
#include "tests/fuzz/fuzz.h"

static int
replay(const char *path)
{
	struct buf data = BUF_INIT;
	const char *name;
	int fd = file_open_input(path, &name);

	if (fd < 0 || file_read_all(fd, &data, 16 << 20))
		return -1;
	LLVMFuzzerTestOneInput((const uint8_t *)data.data, data.len);
	buf_release(&data);
	return 0;
}

int
main(int argc, char **argv)
{
	const char *name = strstr(argv[0], "replay-");
	char folder[512];
	struct dirent *e;
	int n = 0;
	DIR *dir;

	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			if (replay(argv[i]))
				perror(argv[i]);
		return 0;
	}
	snprintf(folder, sizeof(folder), "tests/fuzz/seeds/%s",
	    name ? name + strlen("replay-") : "");
	dir = opendir(folder);
	while (dir && (e = readdir(dir))) {
		char path[1024];

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		printf("%s %d - %s\n", replay(path) ? "not ok" : "ok", ++n,
		    e->d_name);
		fflush(stdout);
	}
	if (dir)
		closedir(dir);
	printf("%s %d - the target has seeds\n", n ? "ok" : "not ok", n + 1);
	printf("1..%d\n", n + 1);
	return n ? 0 : 1;
}
