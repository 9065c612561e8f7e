#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Real sliced files through the whole pipeline, on the simulated machine.
#
# What is expected is read from the G-code by expect.awk, which knows nothing
# of Gantry: where the head ends, and how much filament went in and out.  How
# long the print took is held against what gcode-plan --summary says, to 0.1 %.
bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/../..
	O=${O:-$root/build}
	PATH=$O:$PATH
	gcode=$root/../shared/gcode
	json=$root/share/demo/json-lines.awk
	cases=$BATS_TEST_DIRNAME/../cases
	unset GANTRY_CONFIG
	export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
	cd "$BATS_TEST_TMPDIR"
}

# a value of the machine's report
report() { # PATH
	awk -f "$json" report.json | sed -n "s/^$1 //p"
}

# Does the simulated machine end where the file says, to a microstep?
# Filament: to a step of the extruder; some slicers scale it by M221.
ends_right() { # FILE
	read -r x y z e < <(awk -f "$BATS_TEST_DIRNAME/expect.awk" \
		-v home_x=0 -v home_y=0 -v home_z=0 "$1")
	awk -v x="$x" -v y="$y" -v z="$z" -v e="$e" \
		-v px="$(report position.x)" -v py="$(report position.y)" \
		-v pz="$(report position.z)" -v pe="$(report filament_mm)" '
		function off(a, b) { return a > b ? a - b : b - a }
		BEGIN {
			printf "want %g %g %g %g, have %g %g %g %g\n",
			    x, y, z, e, px, py, pz, pe
			exit !(off(x, px) <= 0.0125 + 1e-6 &&
			    off(y, py) <= 0.0125 + 1e-6 &&
			    off(z, pz) <= 0.0025 + 1e-6 &&
			    off(e, pe) <= 0.01076 + 1e-6)
		}'
}

# The summary's time against the clock of the simulated print.
takes_as_told() { # CONFIG FILE
	macro-expand -q -c "$1" "$2" |
		gcode-plan -q -c "$1" --format=json --summary >summary.json
	tail -1 events.jsonl | cat - summary.json | awk '
		{
			match($0, /"(t|total_s)":[0-9.]+/)
			v = substr($0, RSTART, RLENGTH)
			sub(/.*:/, "", v)
			t[NR] = v + 0
		}
		END {
			off = 100 * (t[2] / t[1] - 1)
			printf "took %.3f s, told %.3f s, %+.3f %%\n",
			    t[1], t[2], off
			exit !(t[1] > 60 && off > -0.1 && off < 0.1)
		}'
}

prints() { # CONFIG FILE
	printjob --simulate -q -c "$1" --events=events.jsonl \
		--sim-arg=--report=report.json "$2"
	ends_right "$2"
	[ "$(report heaters.extruder.on)" = false ]
	[ "$(report heaters.heater_bed.on)" = false ]
	[ "$(report shutdown)" = null ]
	[ "$(report motors.stepper_x.blocked_steps)" = 0 ]
	[ "$(report motors.stepper_z.blocked_steps)" = 0 ]
	[ "$(report motors.extruder.cold_steps)" = 0 ]
	tail -1 events.jsonl | grep -q '"event":"end","outcome":"done"'
	takes_as_told "$1" "$2"
}

# a file of a slicer; its start macro, which is not ours, written out
unpack() { # NAME NOZZLE BED
	[ -d "$gcode" ] || skip "no shared data"
	xz -dc "$gcode/$1.gcode.xz" | tr -d '\r' | awk -v t="$2" -v b="$3" '
		tolower($1) == "print_start" {
			print "M140 S" b; print "M104 S" t; print "M190 S" b
			print "M109 S" t; print "G28"; next }
		tolower($1) == "print_end" {
			print "M104 S0"; print "M140 S0"; print "M84"; next }
		/^TIMELAPSE_TAKE_FRAME/ || /^M141/ { next }
		# no printer prints without homing
		/^G(90|21)/ && !homed && home { print "G28"; homed = 1 }
		{ print }' home="${4-}" >"$1.gcode"
}

@test "the demo file prints, and the machine ends where and when it says" {
	prints "$root/share/machines/ender3pro.conf" "$root/share/demo/gantry.gcode"
}

@test "PrusaSlicer: torus30 prints" {
	unpack torus30-prusaslicer 210 60
	prints "$cases/gcode-lint/bed235.conf" torus30-prusaslicer.gcode
}

@test "ArcWelder: torus30 prints with its arcs" {
	unpack torus30-arcwelder 210 60
	prints "$cases/gcode-lint/bed235.conf" torus30-arcwelder.gcode
}

@test "Slic3r prints" {
	unpack slic3r 205 0
	prints "$cases/gcode-lint/bed235.conf" slic3r.gcode
}

@test "ideaMaker prints, its flow scaled by M221" {
	unpack ideamaker 215 60
	prints "$cases/gcode-lint/bed235.conf" ideamaker.gcode
}

@test "Cura prints" {
	unpack cura 235 110
	prints "$cases/gcode-lint/bed300.conf" cura.gcode
}

@test "PrusaSlicer with arcs and a macro for its start prints" {
	unpack prusaslicer 240 110
	prints "$cases/gcode-lint/bed300.conf" prusaslicer.gcode
}

@test "objects marked by M486 print" {
	unpack m486 240 110
	prints "$cases/gcode-lint/bed300.conf" m486.gcode
}

@test "SuperSlicer prints" {
	unpack superslicer 240 110
	prints "$cases/gcode-lint/bed300.conf" superslicer.gcode
}
