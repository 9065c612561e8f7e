#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The house rules that a machine can check.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/.."
}

sources() {
	find cmd libcommon mcu-fw -name '*.[ch]' | sort
}

# who may include whom (style: an include points to a lower floor only)
allowed() { # FOLDER: prints the folders it may include
	case $1 in
	base) echo base ;;
	io) echo "io base" ;;
	lang) echo "lang io base" ;;
	wire) echo "wire proto io base" ;;
	motion) echo "motion proto base" ;;
	machine) echo "machine lang wire motion io base" ;;
	cli) echo "cli io base" ;;
	proto) echo proto ;;
	esac
}

@test "an include points to a lower floor only" {
	bad=0
	for floor in base io lang wire motion machine cli proto; do
		for f in libcommon/$floor/*.[ch]; do
			[ -f "$f" ] || continue
			for inc in $(sed -n \
				's/^#include "\([a-z]*\)\/.*/\1/p' "$f"); do
				case " $(allowed $floor) " in
				*" $inc "*) ;;
				*) echo "$f includes $inc/"; bad=1 ;;
				esac
			done
		done
	done
	[ $bad = 0 ]
}

@test "commands never include each other" {
	bad=0
	for dir in cmd/*/; do
		p=$(basename "$dir")
		if grep -nE '^#include "(\.\./|cmd/)' "$dir"*.[ch] 2>/dev/null |
			grep -v "\"cmd/$p/"; then
			bad=1
		fi
	done
	[ $bad = 0 ]
}

@test "the firmware includes only itself and the wire it shares with the host" {
	run grep -rnE '^#include "(base|io|lang|wire|motion|machine|cli)/' \
		$(find mcu-fw/core mcu-fw/hal.h mcu-fw/board -name '*.[ch]' \
			-not -path '*/board/sim/*' 2>/dev/null) /dev/null
	[ -z "$output" ] || { echo "$output"; false; }
}

@test "the firmware's core names no board" {
	run grep -rnE '^#include "[^"]*board/' \
		$(find mcu-fw/core -name '*.[ch]' 2>/dev/null) /dev/null
	[ -z "$output" ] || { echo "$output"; false; }
}

banned='strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atof|strtok|localtime'
banned="$banned|gmtime|asctime|ctime|tmpnam|mktemp|system|popen"

@test "calls that hide overflow, locale or errors are not used" {
	run grep -nE "(^|[^a-zA-Z0-9_>.])($banned)[[:blank:]]*\(" $(sources)
	[ -z "$output" ] || { echo "$output"; false; }
}

@test "no file is longer than 800 lines" {
	for f in $(sources) tests/unit/*.c; do
		n=$(wc -l <"$f")
		[ "$n" -le 800 ] || { echo "$f: $n lines"; false; }
	done
}

@test "no function is longer than 60 lines" {
	run awk 'FNR == 1 { start = 0 }
		/^\{/ { start = FNR }
		/^\}/ { if (start && FNR - start - 1 > 60)
			print FILENAME ":" start ": " FNR - start - 1 " lines"
			start = 0 }' $(sources)
	[ -z "$output" ] || { echo "$output"; false; }
}

@test "every file begins with its licence" {
	for f in $(sources) tests/*.bats cmd/*/*.sh; do
		[ -f "$f" ] || continue
		head -3 "$f" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' ||
			{ echo "$f"; false; }
	done
}

@test "the sources are laid out as .clang-format says" {
	command -v clang-format >/dev/null || skip "clang-format is not installed"
	clang-format --version | grep -q ' 14\.' ||
		skip "another clang-format than 14"
	run clang-format --dry-run -Werror $(sources)
	[ "$status" = 0 ] || { echo "$output" | grep error: | head; false; }
}

@test "shell scripts pass shellcheck" {
	command -v shellcheck >/dev/null || skip "shellcheck is not installed"
	shellcheck -s sh configure cmd/*/*.sh share/deps tests/run tests/slugs tests/check-fresh tests/fuzz/run tests/bench/run share/lint/* share/demo/run
}
