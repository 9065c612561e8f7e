#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The macros of share/macros on machines of any size.
bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/..
	O=${O:-$root/build}
	PATH=$O:$PATH
	cd "$BATS_TEST_TMPDIR"
	for m in small large delta; do
		sed "s|@MACROS@|$root/share/macros/*.cfg|" \
			"$root/tests/cases/macro-expand/$m.cfg" >$m.cfg
	done
}

@test "the macros pass --check, and --cover takes all their branches" {
	for m in small large delta; do
		run -0 macro-expand -c $m.cfg --check
		[ -z "$output" ] || { echo "$output"; false; }
		run -0 macro-expand -c $m.cfg --cover
		[[ $output == *' 0 templates fail' ]]
		[[ $output =~ ([0-9]+)\ of\ ([0-9]+)\ ways ]]
		[ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ]
	done
}

@test "the macros work on a machine that knows no objects" {
	sed '/^\[exclude_object\]/d' small.cfg >bare.cfg
	run -1 cmp -s small.cfg bare.cfg
	run -0 macro-expand -c bare.cfg --check
	run -0 macro-expand -c bare.cfg --cover
	[[ $output == *' 0 templates fail' ]]
}

# each job gives its golden output on all three machines
@test "jobs with the macros come out as recorded" {
	for job in "$root"/tests/cases/macro-expand/jobs/*.gcode; do
		for m in small large delta; do
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

# a Cartesian machine of that size, from the small one
size() { # X Y Z
	awk -v v="$*" 'BEGIN { split(v, max) } /^\[stepper_[xyz]\]/ { n++ }
		/^position_max/ { $2 = max[n] } { print }' small.cfg
}

@test "gcode-plan can make each move of the macros, low and high" {
	size 120 120 120 >m120.cfg
	size 235 235 250 >m250.cfg
	size 350 350 400 >m400.cfg
	# a pad and a bin that no machine reaches
	for m in m120 m250 m400 delta; do
		cat $m.cfg - >far-$m.cfg <<-'E'
			[delayed_gcode _SET]
			initial_duration: 0.01
			gcode:
			  SET_GCODE_VARIABLE MACRO=WIPE_NOZZLE VARIABLE=pad VALUE="{{'x': 900, 'y': -900}}"
			  SET_GCODE_VARIABLE MACRO=_PARK VARIABLE=bin_x VALUE=-900
		E
	done
	for m in m120 m250 m400 delta far-m120 far-m250 far-m400 far-delta; do
		top=${m##*m}
		[[ $m == *delta ]] && top=297.5
		for z in 0.2 $((${top%.*} - 1)) "$top"; do
			cat >job <<-E
				EXCLUDE_OBJECT_DEFINE NAME=a POLYGON=[[3,3],[9,9],[3,9]]
				PRINT_START BED=60 EXTRUDER=210
				WIPE_NOZZLE
				G1 X0 Y0 F6000
				G1 Z$z
				TIMELAPSE_TAKE_FRAME
				PRINT_END
			E
			macro-expand -c $m.cfg -o out job
			gcode-plan -c $m.cfg out >plan || { echo "$m $z"; false; }
		done
	done
}
