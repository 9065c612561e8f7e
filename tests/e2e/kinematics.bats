#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The same part on simulated machines of every kind, shaped, with pressure
# advance: homed by their own rules, ended where their own geometry says.
bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/../..
	O=${O:-$root/build}
	PATH=$O:$PATH
	cd "$BATS_TEST_TMPDIR"
	cases=$root/tests/cases/kinematics
	json=$root/share/demo/json-lines.awk
	for p in gcode-plan stepstream mcu-sim; do
		[ -x "$O/$p" ] || skip "$p is not built"
	done
}

# a value of the simulator's report
told() { # PATH
	awk -f "$json" report.json | sed -n "s/^$1 //p"
}

motors() { # KIND
	awk -v kind="$1" -v CONVFMT=%.9g -f "$root/tests/e2e/motors.awk"
}

# Prints it; every motor of the axes ends within a microstep of X Y Z.
prints() { # KIND [X Y Z]
	export GANTRY_CONFIG=$cases/$1.cfg
	gcode-plan "$cases/part.gcode" >plan
	stepstream -q --simulate --sim-arg=--report=report.json plan >events
	tail -n 1 events | grep -q '"outcome":"done"'
	[ "$(told shutdown)" = null ]
	run ! grep -q faults.0 <(awk -f "$json" report.json)
	[ "$(told filament_mm)" = 2.68 ]
	echo "31.3 7.7 10" | motors "$1" >want
	for a in x y z; do told position.$a; done | paste -sd' ' | motors "$1" \
		| cat want - | awk '
		NR == 1 { n = split($0, w) }
		NR == 2 { for (i = 1; i <= n; i++) {
				d = $i - w[i]
				print "motor", i, "is off by", d
				if (d > 1 || d < -1) bad = 1
			} }
		END { exit (bad || NR != 2 || n < 3) }'
}

@test "a delta homes its towers together and prints to the microstep" {
	prints delta
	# three switches, three times: all at once, back, all again
	[ "$(grep -c '"event":"homed"' events)" = 3 ]
}

@test "a delta's tower whose switch is dead is named" {
	export GANTRY_CONFIG=$cases/delta.cfg
	echo G28 | gcode-plan >plan
	run -1 --separate-stderr stepstream -q --simulate \
		--sim-arg=--fault=endstop-jam:y plan
	[[ $stderr == *"endstop 'b' did not trigger"* ]]
}

@test "a deltesian homes X and Z as one, then Y, and prints to the microstep" {
	prints deltesian
	[ "$(grep -o '"event":"homed","axis":"."' events | cut -d'"' -f8 |
		paste -sd' ')" = "x z y" ]
}

@test "a rotary delta prints to the microstep" {
	prints rotary_delta
}

@test "a polar machine prints to the microstep" {
	prints polar
}

@test "a machine hung on cables prints to the microstep, without switches" {
	prints winch
	run ! grep -q '"event":"homed"' events
}

@test "a machine given as a matrix prints to the microstep" {
	prints generic_cartesian
}
