#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What holds for every program from its first commit.
bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/..
	O=${O:-$root/build}
	PATH=$O:$PATH
	cd "$BATS_TEST_TMPDIR"
	export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
}

# every program that the Makefile builds
programs() {
	make -s --no-print-directory -C "$root" O="${O##*/}" list-programs
}

# long options in a text, one a line
options() {
	grep -oE -- '(^|[^-A-Za-z0-9])--[a-z][-a-z0-9]*' | grep -oE -- '--.*' |
		sort -u
}

@test "-h and --help print the usage on stdout, nothing on stderr, and exit 0" {
	for p in $(programs); do
		for h in -h --help; do
			"$p" $h >out 2>err || { echo "$p $h: exit $?"; false; }
			[ ! -s err ] || { echo "$p $h: stderr"; false; }
			grep -q "^usage: $p" out || { echo "$p: no usage"; false; }
			[ "$(awk 'length > 100' out | wc -l)" = 0 ]
		done
	done
}

@test "--version names the program and the version" {
	for p in $(programs); do
		"$p" --version >out 2>err
		grep -qE "^$p \(gantry\) [0-9]+\.[0-9]+" out ||
			{ echo "$p: $(cat out)"; false; }
		[ ! -s err ]
	done
}

@test "an unknown option is one line on stderr and exit 64" {
	for p in $(programs); do
		status=0
		"$p" --no-such-option >out 2>err </dev/null || status=$?
		[ $status -eq 64 ] || { echo "$p: exit $status"; false; }
		[ "$(wc -l <err)" -eq 1 ]
		grep -q "^$p: " err
		[ ! -s out ]
	done
}

@test "help into a full disk is exit 74" {
	for p in $(programs); do
		status=0
		"$p" --help >/dev/full 2>err || status=$?
		[ $status -eq 74 ] || { echo "$p: exit $status"; false; }
		[ -s err ]
	done
}

# a stage that reads EPIPE as an event of its own says 74 instead of dying
@test "a program whose reader has gone dies of SIGPIPE, or says 74" {
	for p in $(programs); do
		mkfifo -m 600 pipe
		(
			trap '' PIPE # as some parents leave it
			exec 4<>pipe 5>pipe 4<&- 3>&-
			status=0
			"$p" --help >&5 2>err || status=$?
			echo $status >status
		)
		rm pipe
		grep -qxE '141|74' status ||
			{ echo "$p: exit $(cat status)"; false; }
	done
}

@test "every program has a manual page that mandoc accepts" {
	for p in $(programs); do
		[ -f "$root/man/man1/$p.1" ] || { echo "no page: $p"; false; }
	done
	for page in "$root"/man/man*/*.[15]; do
		mandoc -Tlint -Wwarning "$page" >lint 2>&1 ||
			{ cat lint; false; }
	done
}

@test "help and manual page name the same options" {
	for p in $(programs); do
		"$p" --help | options >help
		subs=$(sed -n 's/^\.\\" subcommands: //p' "$root/man/man1/$p.1")
		for s in $subs; do "$p" "$s" --help | options >>help; done
		sort -u -o help help
		# .Fl -long in mdoc is the option --long
		grep -oE '(^\.(It|Op) |[ .])Fl -[a-z][-a-z0-9]*' \
			"$root/man/man1/$p.1" | sed 's/.*Fl -/--/' |
			sort -u >page
		diff help page || { echo "$p: help and page differ"; false; }
	done
}

@test "every manual page has the sections of the house" {
	for p in $(programs); do
		for s in NAME SYNOPSIS DESCRIPTION "EXIT STATUS" EXAMPLES \
			"SEE ALSO"; do
			grep -qE "^\.Sh \"?$s" "$root/man/man1/$p.1" ||
				{ echo "$p.1: no $s"; false; }
		done
	done
}

@test "every exit status that a page lists is one of the house's" {
	for p in $(programs); do
		sed -n '/^\.Sh .*EXIT STATUS/,/^\.Sh .*EXAMPLES/p' \
			"$root/man/man1/$p.1" |
			sed -n 's/^\.It \(Er \|\)\([0-9][0-9]*\).*/\2/p' >codes
		[ -s codes ] || { echo "$p.1 lists no status"; false; }
		grep -vxE '0|1|6[4569]|70|71|74|75|76|78|130|143' codes &&
			{ echo "$p.1: unknown status"; false; }
		true
	done
}

@test "a slug without a paragraph, without a case or unknown is noticed" {
	mkdir -p cmd/p man/man1 tests/cases/p/cased
	printf '%s\n' 'const struct row diag_table[] = {' '    {"cased", 1},' \
		'    {"said", 2},' '    {"bare", 3},' '};' '{"other", 4},' \
		>cmd/p/diag.c
	printf '%s\n' '.Sh DIAGNOSTICS' '.It Bq cased' '.It Bq said' \
		'.It Bq gone' '.Sh SEE ALSO' >man/man1/p.1
	printf 'grep "[said]" err\n' >tests/p.bats
	run -1 "$root/tests/slugs" p .
	[ "$output" = "p: 'bare' is not explained in the page
p: 'bare' has no case
p: the page explains 'gone', which is not in the table" ]
}

@test "the slugs of every program, its page and its cases agree" {
	for p in $(programs); do
		"$root/tests/slugs" "$p"
	done
}

# EXAMPLES: what a page shows behind ".Dl $ " or "$ " in a literal display is
# run in an empty folder that holds part.gcode and printer.conf; a page marks
# the ones that need hardware with .\" not run
@test "the examples of the manual pages run" {
	for p in gcode-plan stepstream mcu-sim printjob; do
		[ -x "$O/$p" ] || skip "a stage of the examples is not built: $p"
	done
	for page in "$root"/man/man1/*.1; do
		p=$(basename "$page" .1)
		programs | grep -qx "$p" || continue
		rm -rf ex && mkdir ex
		cp "$root/share/machines/ender3pro.conf" ex/printer.conf
		cp "$root/tests/cases/part.gcode" ex/part.gcode
		sed -n '/^\.Sh EXAMPLES/,/^\.Sh /p' "$page" |
			awk '/not run/ { skip = 1 } /^\.(Pp|Bd)/ { skip = 0 }
				skip { next }
				sub(/^\.Dl \$ /, "") || sub(/^\$ /, "")' |
			sed 's/\\e/\\/g; s/\\-/-/g; s/\\(aq/'"'"'/g; s/\\&//g' \
				>cmds
		[ -s cmds ] || { echo "$p.1: no example runs"; false; }
		while IFS= read -r c; do
			(cd ex && bash -o pipefail -c "$c" >../o 2>../e \
				</dev/null) ||
				{ echo "$p: '$c': exit $?"; cat e; false; }
		done <cmds
	done
}
