/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files and "-": input that is read as it comes, output that is whole. */
#ifndef GANTRY_IO_FILE_H
#define GANTRY_IO_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"

/*
 * Input: "-" or NULL is standard input and is called "<stdin>" in messages.
 * A directory is refused (EISDIR).  Returns a descriptor or -1 with errno.
 */
int file_open_input(const char *path, const char **name);

/* read(2) that goes on after EINTR; 0 at the end, -1 with errno. */
ssize_t file_read(int fd, void *data, size_t len);
/* Writes all of it: 0, or -1 with errno.  Waits where fd would block. */
int file_write_all(int fd, const void *data, size_t len);
/* Whole contents, at most limit bytes (EFBIG beyond): 0, or -1 with errno. */
int file_read_all(int fd, struct buf *out, size_t limit);

/*
 * Output that appears whole or not at all: bytes go to a file beside path,
 * which takes its place at file_commit().  file_abandon() removes it.  "-" or
 * NULL writes to standard output directly.  Devices and pipes named by path
 * are written in place; a link stays and its target is replaced, keeping its
 * mode.  Files not committed are removed at exit, by signals that end the
 * program, and by file_cleanup_on_signal().
 */
struct file_output;
struct file_output *file_create(const char *path); /* NULL: errno */
int file_fd(const struct file_output *);
int file_put(struct file_output *, const void *data, size_t len);
int file_commit(struct file_output *);	 /* frees; 0, or -1 with errno */
void file_abandon(struct file_output *); /* frees */
void file_cleanup_on_signal(void);	 /* async-signal-safe */

/* Replaces path by these bytes at once: 0, or -1 with errno. */
int file_replace(const char *path, const void *data, size_t len);
/* Could it, as things are?  Leaves path alone, opens no device or pipe: 0, or
 * -1 with errno. */
int file_replaceable(const char *path);

#endif
