#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The macros of share/macros on machines of any size.
bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/..
	O=${O:-$root/build}
	PATH=$O:$PATH
	cd "$BATS_TEST_TMPDIR"
	sed "s|@MACROS@|$root/share/macros/*.cfg|" \
		"$root/tests/cases/macro-expand/small.cfg" >small.cfg
	sed "s|@MACROS@|$root/share/macros/*.cfg|" \
		"$root/tests/cases/macro-expand/large.cfg" >large.cfg
}

@test "the macros pass --check, and --cover takes all their branches" {
	for m in small large; do
		run -0 macro-expand -c $m.cfg --check
		[ -z "$output" ] || { echo "$output"; false; }
		run -0 macro-expand -c $m.cfg --cover
		[[ $output == *' 0 templates fail' ]]
		[[ $output =~ ([0-9]+)\ of\ ([0-9]+)\ ways ]]
		[ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ]
	done
}

# each job gives its golden output on both machines
@test "jobs with the macros come out as recorded" {
	for job in "$root"/tests/cases/macro-expand/jobs/*.gcode; do
		for m in small large; do
			name=$(basename "$job" .gcode)-$m
			macro-expand -c $m.cfg "$job" >got 2>err ||
				{ cat err; false; }
			diff "$root/tests/cases/macro-expand/jobs/$name.out" \
				got || { echo "$name"; false; }
		done
	done
}

# where the moves of an expansion go: axis, least, most
@test "no move of the macros leaves the machine, however tall the print" {
	for m in small large; do
		case $m in
		small) x=120 y=120 z=100 ;;
		large) x=500 y=400 z=600 ;;
		esac
		for top in 0.2 50 $((z - 1)) $z; do
			printf '%s\n' G28 'M109 S210' "G1 X10 Y10 Z$top F3000" \
				PAUSE RESUME M600 RESUME PRINT_END >job
			macro-expand -c $m.cfg job >out
			awk -v x=$x -v y=$y -v z=$z '
				/^G90/ { abs = 1 } /^G91/ { abs = 0 }
				BEGIN { abs = 1 }
				/^G28/ { p["X"] = p["Y"] = p["Z"] = 0 }
				/^PAUSE/ { for (a in p) q[a] = p[a] }
				/^RESUME/ { for (a in q) p[a] = q[a] }
				/^SAVE/ { was = abs } /^RESTORE/ { abs = was }
				/^G[01] / { for (i = 2; i <= NF; i++) {
					a = substr($i, 1, 1)
					v = substr($i, 2) + 0
					if (a !~ /[XYZ]/) continue
					p[a] = abs ? v : p[a] + v } }
				p["X"] < 0 || p["X"] > x + 1e-9 ||
				p["Y"] < 0 || p["Y"] > y + 1e-9 ||
				p["Z"] < 0 || p["Z"] > z + 1e-9 {
					print FILENAME ": " $0; bad = 1 }
				END { exit bad }' out
		done
	done
}
