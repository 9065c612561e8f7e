/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many cycles each timer's event takes, at most, in a busy AVR. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "tests/avr/chip.h"
#include "tests/avr/host.h"

/*
 * Functions whose names end in _event are found in the output of avr-nm and
 * timed from the call to the return.  The script on stdin has a command a line;
 * "@N" in it is the clock plus N; a line "wait N" lets so many cycles pass, and
 * "pin A0 1" sets an input.
 */
#define EVENTS_MAX 64

struct event {
	char name[60];
	uint32_t address;
	uint64_t worst, calls;
};

static struct event events[EVENTS_MAX];
static int n_events, running = -1;
static uint64_t began;
static uint16_t stack;

static void
on_instruction(uint32_t pc, uint16_t sp)
{
	struct event *e;

	if (running >= 0) {
		if (sp <= stack)
			return;
		e = &events[running];
		e->calls++;
		if (chip_cycle() - began > e->worst)
			e->worst = chip_cycle() - began;
		running = -1;
	}
	for (int i = 0; i < n_events; i++) {
		if (events[i].address != pc)
			continue;
		running = i;
		began = chip_cycle();
		stack = sp;
	}
}

static void
read_names(const char *path)
{
	char name[200], type;
	uint32_t address;
	FILE *f = fopen(path, "r");

	if (!f)
		BUG("cannot open '%s'", path);
	while (n_events < EVENTS_MAX &&
	       fscanf(f, "%x %c %199s", &address, &type, name) == 3) {
		char *dot = strchr(name, '.');
		size_t n;

		if (dot)
			*dot = '\0';
		n = strlen(name);
		if (tolower((unsigned char)type) != 't' || n < 7 || n > 59 ||
		    strcmp(name + n - 6, "_event") != 0 ||
		    strncmp(name, "stepper_", 8) == 0)
			continue;
		memcpy(events[n_events].name, name, n + 1);
		events[n_events++].address = address;
	}
	fclose(f);
}

/* The line with clocks in the place of "@N". */
static void
say(const char *line)
{
	char out[300];
	size_t n = 0;
	uint32_t now = strchr(line, '@') ? host_clock() : 0;

	for (const char *p = line; *p && n < sizeof(out) - 12;) {
		if (*p != '@') {
			out[n++] = *p++;
			continue;
		}
		n += (size_t)snprintf(out + n, 12, "%u",
		    now + (uint32_t)strtoul(p + 1, NULL, 10));
		p += 1 + strspn(p + 1, "0123456789");
	}
	out[n] = '\0';
	host_say("%s", out);
}

int
main(int argc, char **argv)
{
	char line[300];

	if (argc != 4) {
		fprintf(stderr, "usage: budget MCU ELF NAMES <SCRIPT\n");
		return 64;
	}
	read_names(argv[3]);
	chip_trace = on_instruction;
	host_open(argv[1], argv[2]);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "wait ", 5) == 0)
			host_run(strtoul(line + 5, NULL, 10));
		else if (strncmp(line, "pin ", 4) == 0)
			chip_set_pin(line[4], line[5] - '0', line[7] == '1');
		else if (*line && *line != '#')
			say(line);
	}
	if (host_said.data && strstr(host_said.data, "shutdown"))
		printf("%s", host_said.data);
	for (int i = 0; i < n_events; i++)
		printf("%s %llu %llu\n", events[i].name,
		    (unsigned long long)events[i].worst,
		    (unsigned long long)events[i].calls);
	return 0;
}
