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
	. "$BATS_TEST_DIRNAME/real.sh"
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
	real_time_told "$1" "$2" events.jsonl
}

unpack() { # NAME NOZZLE BED
	[ -d "$gcode" ] || skip "no shared data"
	real_file "$gcode" "$@" >"$1.gcode"
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
