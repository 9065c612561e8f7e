/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connecting and asking, for all test clients. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "io/file.h"
#include "tests/camera/client.h"

const char *client_address;

int64_t
client_wall_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int
client_try_connect(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	const char *colon = strrchr(client_address, ':');
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

int
client_connect(void)
{
	int fd = client_try_connect();

	if (fd < 0) {
		perror(client_address);
		exit(69);
	}
	return fd;
}

void
client_ask(int fd, const char *path)
{
	char text[1200];
	int n = snprintf(
	    text, sizeof(text), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);

	if (file_write_all(fd, text, (size_t)n)) {
		perror("request");
		exit(74);
	}
}

void
client_head(int fd, struct buf *head, struct buf *rest)
{
	char text[4096];
	char *end = NULL;
	ssize_t n;

	while (!end && (n = file_read(fd, text, sizeof(text))) > 0) {
		buf_add(head, text, (size_t)n);
		end = strstr(head->data, "\r\n\r\n");
	}
	if (!end) {
		fputs("no answer\n", stderr);
		exit(76);
	}
	end += 4;
	buf_add(rest, end, head->len - (size_t)(end - head->data));
	head->len = (size_t)(end - head->data);
	*end = '\0';
}
