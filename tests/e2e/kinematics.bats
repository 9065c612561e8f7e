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

# what the summary expects, with homing and heat, against the machine's clock
agrees_on_time() {
	{ gcode-plan --format=json --summary here.gcode | awk -f "$json" |
		sed -n 's/^total_s //p'
	tail -n 1 events | awk -f "$json" | sed -n 's/^t //p'; } | awk '
		{ print "s:", $1; t[NR] = $1 }
		END { d = t[1] - t[2]
			exit (NR != 2 || !(t[1] > 1) || d > 2 || d < -2) }'
}

# Prints it; every motor of the axes ends within a microstep of where it says.
prints() { # KIND [MESH Z]
	cp "$cases"/*.cfg .
	export GANTRY_CONFIG=$PWD/$1.cfg
	echo "${2:-}" >>"$1.cfg"
	sed "/^G28/a ${2:+BED_MESH_PROFILE LOAD=tilted};" \
		"$cases/part.gcode" >here.gcode
	gcode-plan here.gcode >plan
	stepstream -q --simulate --sim-arg=--report=report.json plan >events
	agrees_on_time
	tail -n 1 events | grep -q '"outcome":"done"'
	[ "$(told shutdown)" = null ]
	run ! grep -q faults.0 <(awk -f "$json" report.json)
	[ "$(told filament_mm)" = 2.68 ]
	echo "31.3 7.7 ${3:-10}" | motors "$1" >want
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

@test "homing takes as long as the summary says, on every kind" {
	cp "$cases"/*.cfg .
	echo G28 >home.gcode
	for kind in delta deltesian rotary_delta polar rails idex \
		generic_cartesian; do
		export GANTRY_CONFIG=$PWD/$kind.cfg
		{ gcode-plan --format=json --summary home.gcode |
			awk -f "$json" | sed -n 's/^homing_s //p'
		gcode-plan home.gcode | stepstream -q --simulate |
			sed -n 's/^{"t":\([0-9.]*\),"event":"homed".*/\1/p' |
			tail -n 1; } | awk -v kind=$kind '
			{ print kind, $1, "s"; t[NR] = $1 }
			END { d = t[2] - t[1]
				exit (NR != 2 || !(t[1] > 1) ||
					d > 0.1 || d < 0) }'
	done
}

@test "a delta homes its towers together and prints to the microstep" {
	prints delta
	# three switches, three times: all at once, back, all again
	[ "$(grep -c '"event":"homed"' events)" = 3 ]
}

@test "on a saved mesh every motor of every kind ends where the bed is" {
	mesh='[bed_mesh]
[bed_mesh tilted]
points:
  -0.3, 0.0, 0.3
  -0.2, 0.1, 0.4
  -0.1, 0.2, 0.5
x_count: 3
y_count: 3
min_x: -100
max_x: 100
min_y: -100
max_y: 100'
	for kind in delta deltesian rotary_delta polar generic_cartesian; do
		echo "$kind"
		prints $kind "$mesh" 10.2016
	done
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
	# nor rails, where three of them lie in one plane with the head
	sed -i s/-100/0/ winch.cfg
	gcode-plan here.gcode >plan
	run --separate-stderr stepstream -q --simulate plan
	[ "$status$stderr" = 0 ]
}

@test "a machine given as a matrix prints to the microstep" {
	prints generic_cartesian
}

@test "two heads print apart, as copies and mirrored; what is beside follows" {
	export GANTRY_CONFIG=$cases/idex.cfg
	gcode-plan "$cases/two-heads.gcode" >plan
	stepstream -q --simulate --sim-arg=--report=report.json \
		--sim-arg=--laid=laid.csv plan >events
	[ "$(told shutdown)" = null ]
	run ! grep -q faults.0 <(awk -f "$json" report.json)
	# the first at 45, the other 260 - 45; Y was forced on by 5
	[ "$(told position.x)" = 45 ]
	[ "$(told second_carriage.x)" = 215 ]
	[ "$(told position.y)" = 25 ]
	# 1.5 by itself; 2 as a copy; 2 until it was let go
	[ "$(told motors.extruder.position_steps)" = 150 ]
	[ "$(told motors.extruder1.position_steps)" = 200 ]
	[ "$(told 'motors.extruder_stepper belted.position_steps')" = 200 ]
	# its switch lies 10 mm below where it began: 30 mm from there, then 20
	[ "$(told 'motors.manual_stepper door.position_steps')" = 800 ]
	# the second's own line and its mirrored one; the copy in between
	# only made up for what was drawn back
	awk -F, 'NR > 1 && $2 > 150 { print > "second.csv" }' laid.csv
	awk -F, 'NR == 1 && ($2 < 199 || $5 > 181) ||
		NR == 2 && ($2 < 209 || $5 > 201 || $6 > 21) { exit 1 }
		END { exit NR != 2 }' second.csv
}

@test "a motor by itself is homed: where its switch is gets the name of MOVE" {
	export GANTRY_CONFIG=$cases/idex.cfg
	# the switch lies 10 mm below; there is none above
	printf '%s\n' 'MANUAL_STEPPER STEPPER=door SET_POSITION=0' \
		'MANUAL_STEPPER STEPPER=door MOVE=7 STOP_ON_ENDSTOP=try_home' \
		'MANUAL_STEPPER STEPPER=door MOVE=-100 STOP_ON_ENDSTOP=home' \
		'MANUAL_STEPPER STEPPER=door MOVE=-80' >door.gcode
	gcode-plan door.gcode >plan
	stepstream -q --simulate --sim-arg=--report=report.json plan >events
	[ "$(told 'motors.manual_stepper door.position_steps')" = 800 ]
	sed 's/=try_home/=home/' door.gcode | gcode-plan >plan
	run -1 --separate-stderr stepstream -q --simulate plan
	[[ "$stderr" == *"door' was not triggered on its way to 7 mm"* ]]
	sed 's/=try_home/=homing/' door.gcode >bad.gcode
	run -65 --separate-stderr gcode-plan bad.gcode
	[[ "$stderr" == *"bad.gcode:2:52: error: "*"'homing' [bad-value]" ]]
}

@test "two heads keep their distance" {
	export GANTRY_CONFIG=$cases/idex.cfg
	printf 'G28\nG1 X180 F6000\nSET_DUAL_CARRIAGE CARRIAGE=1\nG1 X%s\n' \
		221 >ok.gcode
	sed 's/221/219/' ok.gcode >near.gcode
	gcode-plan ok.gcode >/dev/null
	run -65 gcode-plan near.gcode
	[[ $output == *"'X' would go to 219.000 mm, outside of 220..260"* ]]
	# both move: each takes half of it
	printf 'G28\nSET_DUAL_CARRIAGE CARRIAGE=1 MODE=MIRROR\nG1 X%s F6000\n' \
		85 >ok.gcode
	sed 's/X85/X85.1/' ok.gcode >near.gcode
	gcode-plan ok.gcode >/dev/null
	run -65 gcode-plan near.gcode
	[[ $output == *"outside of -50..85"* ]]
	printf 'SET_DUAL_CARRIAGE CARRIAGE=0 MODE=COPY\n' >self.gcode
	run -65 gcode-plan self.gcode
	[[ $output == *"this carriage is the head"*"[bad-value]"* ]]
}

@test "a second gantry goes by two motors; a third carriage is refused" {
	cp "$cases"/*.cfg .
	export GANTRY_CONFIG=$PWD/generic_cartesian.cfg
	cat >>generic_cartesian.cfg <<-'END'
	[dual_carriage v]
	primary_carriage: y
	safe_distance: 50
	endstop_pin: ^PA4
	position_endstop: 235
	position_max: 235
	homing_speed: 50
	[extra_carriage v1]
	primary_carriage: v
	endstop_pin: ^PD6
	[stepper v]
	carriages: v
	step_pin: PC6
	dir_pin: PC7
	microsteps: 16
	rotation_distance: 40
	[stepper v1]
	carriages: v1
	step_pin: PD4
	dir_pin: PD5
	microsteps: 16
	rotation_distance: 40
	END
	printf '%s\n' 'SET_KINEMATIC_POSITION X=0 Y=0 Z=1' 'G1 X30 Y20 F6000' \
		'SET_DUAL_CARRIAGE CARRIAGE=v' 'G1 Y135' >gantry.gcode
	gcode-plan -q gantry.gcode | stepstream -q --dump |
		awk -f "$root/tests/e2e/steps.awk" | awk '
		{ n[$1] += $2 > 0 ? 1 : -1 }
		END { print n["PC2"], n["PB8"], n["PC6"], n["PD4"] }' >steps
	[ "$(cat steps)" = "4000 800 10800 10800" ]
	printf '%s\n' '[dual_carriage w]' 'primary_carriage: y' \
		'position_endstop: 0' 'position_max: 235' >>generic_cartesian.cfg
	run -78 gcode-plan -q gantry.gcode
	[[ $output == *"'w' is a third carriage on axis 'y', beside 'v': two are driven [config-conflict]"* ]]
}

@test "second carriages whose motors share belts home and go their ways" {
	cp "$cases"/*.cfg .
	export GANTRY_CONFIG=$PWD/generic_cartesian.cfg
	for axis in x:u:PA4:PC6:PC7:u-v y:v:PD6:PD4:PD5:u+v; do
		IFS=: read -r primary name pin step dir sum <<<"$axis"
		cat <<-END
		[dual_carriage $name]
		primary_carriage: $primary
		safe_distance: 50
		endstop_pin: ^$pin
		position_endstop: 235
		position_max: 235
		homing_speed: 50
		[stepper $name]
		carriages: $sum
		step_pin: $step
		dir_pin: $dir
		microsteps: 16
		rotation_distance: 40
		END
	done >>generic_cartesian.cfg
	printf '%s\n' G28 'G1 X10 Y20 Z5 F6000' \
		'SET_DUAL_CARRIAGE CARRIAGE=u' 'SET_DUAL_CARRIAGE CARRIAGE=v' \
		'G1 X170 Y190' 'SET_DUAL_CARRIAGE CARRIAGE=x' 'G1 X20 Y150' \
		'SET_DUAL_CARRIAGE CARRIAGE=y' 'G1 X10 Y50' >belts.gcode
	gcode-plan -q belts.gcode >plan
	stepstream -q --simulate --sim-arg=--report=report.json plan >events
	[ "$(told position.x) $(told position.y)" = "10 50" ]
	[ "$(told second_carriage.x) $(told second_carriage.y)" = "170 150" ]
}

@test "a second head's place survives a hundred changes to the step" {
	export GANTRY_CONFIG=$cases/idex.cfg
	{ echo G28
		for i in $(seq 50); do
			printf 'G1 X10.004 F12000\nSET_DUAL_CARRIAGE CARRIAGE=1\n'
			printf 'G1 X200.007\nSET_DUAL_CARRIAGE CARRIAGE=0\nG1 X0\n'
		done; } | gcode-plan >plan
	stepstream -q --simulate --sim-arg=--report=report.json plan >events
	[ "$(told position.x)" = 0 ]
	[ "$(told second_carriage.x)" = 200.0125 ]
}

# heights of the mesh in the events against the bed of mcu-sim(1), warp 0.4
follows_bed() {
	grep '"event":"mesh"' events | awk -f "$json" | awk '
		{ v[$1] = $2 }
		END { for (r = 0; r < 4; r++) for (c = 0; c < 5; c++) {
			x = v["min_x"] + (v["max_x"] - v["min_x"]) * c / 4
			y = v["min_y"] + (v["max_y"] - v["min_y"]) * r / 3
			a = 2 * x / 235 - 1
			b = 2 * y / 235 - 1
			z = 0.4 * (0.5 * (a * a - b * b) + 0.3 * a + 0.2 * b)
			d = v["points." r "." c] - z
			print r, c, d
			if (d > 0.0026 || d < -0.0026) bad = 1
			n++
			} exit (bad || n != 20) }'
}

# 0.2 above the bed of warp 0.4, to a step of Z and what the mesh is off by;
# beads at least
lies_on_bed() { # BEADS
	awk -F, -v beads="$1" 'function bed(x, y) {
			x = 2 * x / 235 - 1; y = 2 * y / 235 - 1
			return 0.4 * (0.5 * (x * x - y * y) + 0.3 * x + 0.2 * y) }
		function off(x, y, z, d) { d = z - 0.2 - bed(x, y)
			print x, y, z, d
			if (d > 0.01 || d < -0.01) bad = 1
			if (bed(x, y) < low) low = bed(x, y) }
		NR > 1 { off($2, $3, $4); off($5, $6, $7); n++ }
		END { print n, low; exit (bad || n < beads || low > -0.08) }' \
		laid.csv
}

@test "Z is homed to a BLTouch, a warped bed is probed, the mesh comes back" {
	cp "$cases/probe.cfg" "$cases/head.cfg" .
	export GANTRY_CONFIG=$PWD/probe.cfg
	printf 'G28\nG1 X100 Y100 Z3 F3000\nPROBE_ACCURACY SAMPLES=3\n%s\n%s\n' \
		BED_MESH_CALIBRATE 'G1 Z10' | gcode-plan >plan
	stepstream -q --simulate --sim-arg=--report=report.json \
		--sim-arg=--warp=0.4 --mesh=mesh plan >events
	grep -q '"event":"probe-accuracy","x":60,"y":90,.*"samples":3,' events
	follows_bed
	run ! grep -q faults.0 <(awk -f "$json" report.json)
	# all of the correction has faded there, to the mean of the mesh
	[ "$(told position.z)" = 9.97 ]
	# what was written is what the configuration takes: a print without a
	# probing, paused for another homing, is laid down on that bed
	printerconf import probe.cfg -o . >/dev/null
	printerconf set -c printer.conf - <mesh >/dev/null
	{ printf 'G28\nBED_MESH_PROFILE LOAD=default\nM104 S200\nM109 S200\n'
		printf 'M83\nG1 X60 Y60 Z0.2 F6000\nG1 X160 Y60 E5\nG28 X\n'
		printf 'BED_MESH_OFFSET X=%s\nG1 X90 Y90\n' 5 0
		printf 'G1 X160 Y60\nG1 Z0.2\nG1 Y160 E5\nG1 X60 Y60 E5\n'
		printf 'BED_MESH_CLEAR\nG1 Z7\nM104 S0\n'; } |
		gcode-plan -c printer.conf >plan
	stepstream -q -c printer.conf --simulate --sim-arg=--warp=0.4 \
		--sim-arg=--report=report.json --sim-arg=--laid=laid.csv plan >events
	lies_on_bed 4
	[ "$(told position.z)" = 7 ]
	run ! grep -q faults.0 <(awk -f "$json" report.json)
}

@test "a twisted axis is taken out of what was probed, in the time told" {
	cp "$cases/head.cfg" .
	{ cat "$cases/probe.cfg"
		printf '[axis_twist_compensation]\nz_compensations: %s\n' \
			'0, 0.1, 0.4'
		printf 'compensation_start_x: 20\ncompensation_end_x: 180\n'
	} >probe.cfg
	export GANTRY_CONFIG=$PWD/probe.cfg
	printf 'G28\nBED_MESH_CALIBRATE MESH_MAX=180,100 PROBE_COUNT=3,3\n' |
		tee probe.gcode | gcode-plan >plan
	stepstream -q --simulate --sim-arg=--warp=0 plan >events
	grep '"event":"mesh"' events | awk -f "$json" | awk '
		/^points/ {
			split($1, p, ".")
			d = $2 - (p[3] == 0 ? 0 : p[3] == 1 ? 0.1 : 0.4)
			print
			n++
			if (d > 0.0026 || d < -0.0026) bad = 1
		}
		END { exit bad || n != 9 }'
	gcode-plan --format=json --summary probe.gcode >summary
	grep -q '"probing_s":[1-9]' summary
	tail -1 events | sed 's/.*"t":\([0-9.]*\),.*/\1/' >took
	sed 's/.*"total_s":\([0-9.]*\),.*/\1/' summary | paste took - | awk '{
		print
		off = $2 / $1 - 1
		exit !(off > -0.005 && off < 0.005) }'
}

@test "a print follows the bed that was probed before it, without facets" {
	export GANTRY_CONFIG=$cases/probe.cfg
	# cleared and taken again by the name that it was saved by
	{ printf 'G28\nBED_MESH_CALIBRATE\nM104 S200\nM109 S200\nM83\nG28 X\n'
		printf 'BED_MESH_PROFILE %s\n' SAVE=now
		printf 'BED_MESH_CLEAR\nG1 Z3\nBED_MESH_PROFILE LOAD=now\n'
		printf 'G1 X60 Y60 Z0.2 F6000\nG1 X160 Y60 E5\n'
		printf 'G1 X160 Y160 E5\nG1 X60 Y60 E5\nBED_MESH_CLEAR\nG1 Z7\n'
		echo M104 S0; } | gcode-plan >plan
	stepstream -q --simulate --sim-arg=--report=report.json \
		--sim-arg=--warp=0.4 --sim-arg=--laid=laid.csv plan >events
	lies_on_bed 3
	[ "$(told position.z)" = 7 ]
	run ! grep -q faults.0 <(awk -f "$json" report.json)
}

@test "BED_MESH_OFFSET, ZFADE and BED_MESH_CLEAR count from the move after" {
	cp "$cases"/*.cfg .
	export GANTRY_CONFIG=$PWD/probe.cfg
	sed -i 's/^max_velocity.*/max_velocity: 5000/' probe.cfg
	line='G1 X50 Y%s F6000\nG1 Z%s\nG1 X160 E5\n'
	# shellcheck disable=SC2059
	{ printf 'G28\nBED_MESH_CALIBRATE\nM104 S200\nM109 S200\nM83\nG28 X\n'
		printf "$line" 80 0.2
		printf "BED_MESH_OFFSET X=-30 Y=20\n$line" 53.33 0.2
		printf "BED_MESH_OFFSET X=0 Y=0\n$line" 20 5.5
		printf "BED_MESH_OFFSET ZFADE=2.25\n$line" 30 5.5
		printf "BED_MESH_CLEAR\n$line" 40 0.2
		echo M104 S0; } | gcode-plan >plan
	stepstream -q --simulate --sim-arg=--report=report.json \
		--sim-arg=--warp=0.4 --sim-arg=--laid=laid.csv plan >events 2>err
	# at such speeds a bed is steep, which the plan could not know
	grep -q "the bed that was probed rises by 0.00.* than max_z_velocity" err
	awk -F, 'function bed(x, y) { x = 2 * x / 235 - 1; y = 2 * y / 235 - 1
			return 0.4 * (0.5 * (x * x - y * y) + 0.3 * x + 0.2 * y) }
		function want(x, y) {
			if (y == 80) return 0.2 + bed(x, y)
			if (y == 53) return 0.2 + bed(x - 30, y + 20.33)
			if (y == 20) return 5.5 - 0.03 + 0.5 * (bed(x, y) + 0.03)
			if (y == 30) return 5.5 - 0.03 + 0.25 * (bed(x, y) + 0.03)
			return 0.2 }
		function off(x, y, z, d) { d = z - want(x, y)
			print x, y, z, d
			if (d > 0.014 || d < -0.014) bad = 1 }
		NR > 2 { y = int($3 + 0.5); off($2, y, $4); off($5, y, $7)
			n += !seen[y]++ }
		END { exit bad || n != 5 }' laid.csv
	run ! grep -q faults.0 <(awk -f "$json" report.json)
}

@test "objects are printed on the bed though nothing between is probed" {
	export GANTRY_CONFIG=$cases/probe.cfg
	{ printf 'EXCLUDE_OBJECT_DEFINE NAME=a POLYGON=%s\n' \
			'[[25,25],[60,25],[60,50],[25,50]]'
		printf 'EXCLUDE_OBJECT_DEFINE NAME=b POLYGON=%s\n' \
			'[[130,150],[175,150],[175,175]]'
		printf 'G28\nBED_MESH_CALIBRATE ADAPTIVE=1 PROBE_COUNT=6,6\n'
		printf 'M104 S200\nM109 S200\nM83\nG28 X\n'
		printf 'G1 X25 Y25 Z0.2 F6000\nG1 X60 Y50 E5\nG1 X130 Y150\n'
		printf 'G1 X175 Y175 E5\nG1 Y150 E4\nM104 S0\n'; } >two.gcode
	gcode-plan --summary --format=json two.gcode |
		sed 's/.*"total_s":\([0-9.]*\),.*"mesh_points":\([0-9]*\),"mesh_points_whole":\([0-9]*\),"probing_saved_s":\([0-9]*\).*/\1 \2 \3 \4/' >told
	gcode-plan two.gcode >plan
	stepstream -q --simulate --sim-arg=--report=report.json \
		--sim-arg=--warp=0.4 --sim-arg=--laid=laid.csv plan >events
	grep -q '"event":"mesh".*"felt":12,' events
	# homing X above the mesh moves Z along, no step comes with another
	tail -1 events | sed 's/.*"step_rate_max":\([0-9]*\).*/\1/' >rate
	[ "$(cat rate)" -lt 30000 ]
	awk -F, 'function bed(x, y) { x = 2 * x / 235 - 1; y = 2 * y / 235 - 1
			return 0.4 * (0.5 * (x * x - y * y) + 0.3 * x + 0.2 * y) }
		function off(x, y, z, d) { d = z - 0.2 - bed(x, y)
			if (d > 0.01 || d < -0.01) bad = 1 }
		NR > 1 { off($2, $3, $4); off($5, $6, $7); n++ }
		END { exit (bad || n < 3) }' laid.csv
	# all of the time told, and what it would have been
	read -r total points whole saved <told
	[ "$points $whole" = '12 36' ]
	sed 's/ ADAPTIVE=1//' two.gcode |
		gcode-plan --summary --format=json |
		sed 's/.*"total_s":\([0-9.]*\),.*/\1/' >all
	tail -1 events | sed 's/.*"t":\([0-9.]*\),.*/\1/' | paste all - |
		awk -v total="$total" -v saved="$saved" '{
			print total, saved, $0
			a = total / $2 - 1
			b = ($1 - total) / saved - 1
			exit !(a < 0.005 && a > -0.005 && b < 0.02 && b > -0.02 &&
			    saved > 60) }'
}

@test "a probe is calibrated by hand, and so is an end stop" {
	cp "$cases/head.cfg" .
	export GANTRY_CONFIG=$cases/probe.cfg
	# the bed at the place that the probe feels, X60 Y90, to 0.0001 mm
	{ printf 'G28\nG1 X100 Y100 Z4 F6000\nPROBE_CALIBRATE SPEED=20\n'
		printf 'TESTZ Z=-3\nTESTZ Z=-1\nTESTZ Z=-\nTESTZ Z=++\n'
		printf 'TESTZ Z=%s\nACCEPT\n' "$(awk 'BEGIN {
			x = 2 * 60 / 235 - 1; y = 2 * 90 / 235 - 1
			h = 0.4 * (0.5 * (x * x - y * y) + 0.3 * x + 0.2 * y)
			x = 2 * 117.5 / 235 - 1; y = 2 * 117.5 / 235 - 1
			printf "%.4f", h }')"
		printf 'SET_GCODE_OFFSET Z=0.12\nZ_OFFSET_APPLY_PROBE\n'; } |
		gcode-plan >plan
	stepstream -q --simulate --sim-arg=--warp=0.4 plan >events
	# to -1 and -0.1 and back; 60, 90 is where the nozzle ends
	grep -q '"message":"Z -0.100, tried above: 0.000"' events
	grep -q '"message":"Z 0.000, tried below: -0.100, tried above: 1.000"' events
	tail -1 events | grep -q '"position":\[60,90,'
	sed -n 's/.*"set":"\(bltouch.z_offset\)=\(.*\)"}/\1 \2/p' events >set
	awk '{ d = $2 - (NR == 1 ? 2.345 : 2.225); print
		if ($1 != "bltouch.z_offset" || d > 0.0051 || d < -0.0051) bad = 1
		} END { exit bad || NR != 2 }' set
	sed 's/probe:z_virtual_endstop/^PA7\nposition_endstop: 0.5/; /^\[bltouch/,$d' \
		"$cases/probe.cfg" >endstop.cfg
	printf 'G28\nZ_ENDSTOP_CALIBRATE\nTESTZ Z=-0.4\nTESTZ Z=+0.05\nACCEPT\n' |
		gcode-plan -c endstop.cfg >plan
	stepstream -q --simulate -c endstop.cfg plan >events
	grep -q '"event":"calibrated","z":0.15,"set":"stepper_z.position_endstop=0.3500"' events
}

# screws of M3 that raise the bed when turned counter-clockwise
screws() { # WORDS, EXIT
	printf 'G28\nSCREWS_TILT_CALCULATE %s\n' "$1" >screws.gcode
	gcode-plan screws.gcode >plan
	run "-$2" --separate-stderr stepstream --simulate \
		--sim-arg=--warp=1.5 plan
	grep '"event":"screws"' <<<"$output" >told
}

@test "the screws of a bed that leans are told in minutes of a clock" {
	cp "$cases/head.cfg" .
	{ cat "$cases/probe.cfg"
		printf '[screws_tilt_adjust]\nscrew_thread: CCW-M3\n'
		printf 'screw%d: %s\n' 1 '75, 40' 2 '205, 40' 3 '205, 200' \
			4 '75, 200'
		printf 'screw2_name: front right\n'
	} >screws.cfg
	export GANTRY_CONFIG=$PWD/screws.cfg
	screws '' 0
	awk -f "$json" told >flat
	grep -qx 'base screw at 75,40' flat
	grep -qx 'screws.1.name front right' flat
	# the bed is the probe's place, 40 and 10 mm from the nozzle
	awk 'function bed(x, y) { x = 2 * x / 235 - 1; y = 2 * y / 235 - 1
			return 1.5 * (0.5 * (x * x - y * y) + 0.3 * x + 0.2 * y) }
		{ k = $1; sub(/^[^ ]* /, ""); v[k] = $0 }
		function off(d) { if (d > 0.0051 || d < -0.0051) bad = 1 }
		END { for (i = 0; i < 4; i++) {
			s = "screws." i "."
			d = bed(v[s "x"] - 40, v[s "y"] - 10) - bed(35, 30)
			off(v[s "z"] - v["screws.0.z"] - d)
			split(v[s "adjust"], w, /[ :]/)
			m = w[2] * 60 + w[3]
			print d, m, v[s "adjust"]
			if (i == 0) {
				if (v[s "adjust"] != "") bad = 2
			} else if (w[1] != (d > 0 ? "CW" : "CCW"))
				bad = 3
			# a turn is 0.5 mm
			else off((d > 0 ? d : -d) - m / 60 * 0.5)
			if (m > 60) whole = 1
			} exit (bad || !whole) }' flat
	[[ $stderr == *'front right: bed at '*', CW 00:'* ]]
	# all are lowered that stand higher than the lowest
	screws 'DIRECTION=CW MAX_DEVIATION=2' 0
	[ "$(grep -o '"adjust":"CW' told | wc -l)" -eq 3 ]
	screws 'DIRECTION=CCW MAX_DEVIATION=0.5' 1
	[ "$(grep -o '"adjust":"CCW' told | wc -l)" -eq 3 ]
	[[ $stderr == *"the bed differs by "*", MAX_DEVIATION is 0.500"* ]]
	stepstream --dump plan >dump
	for bad in 'G28\nSCREWS_TILT_CALCULATE DIRECTION=up' \
		'SCREWS_TILT_CALCULATE'; do
		printf '%b\n' "$bad" >bad.gcode
		run -65 gcode-plan --format=none bad.gcode
	done
	[[ $output == "bad.gcode:1:1: error: G28 "*"[not-homed]" ]]
	export GANTRY_CONFIG=$cases/probe.cfg
	run -65 gcode-plan --format=none screws.gcode
	[[ $output == *"has 0 screws: it needs 3"*"[unknown-name]" ]]
	run -65 stepstream -q --simulate plan
	[[ $output == *"4 in all, the configuration has 0"* ]]
}

# points of the mesh in the events against warp 0.4, less its height at X Y
zero_at() { # X Y
	grep '"event":"mesh"' events | awk -f "$json" | awk -v rx="$1" -v ry="$2" '
		function bed(x, y) { x = 2 * x / 235 - 1; y = 2 * y / 235 - 1
			return 0.4 * (0.5 * (x * x - y * y) + 0.3 * x + 0.2 * y) }
		{ v[$1] = $2 }
		END { for (r = 0; r < 3; r++) for (c = 0; c < 3; c++) {
			x = v["min_x"] + (v["max_x"] - v["min_x"]) * c / 2
			y = v["min_y"] + (v["max_y"] - v["min_y"]) * r / 2
			d = v["points." r "." c] - bed(x, y) + bed(rx, ry)
			print r, c, d
			if (d > 0.0051 || d < -0.0051) bad = 1
			} exit bad || bed(rx, ry)^2 < 0.0004 }'
}

@test "a mesh that cannot be kept is told before anything moves" {
	cp "$cases"/*.cfg .
	export GANTRY_CONFIG=$PWD/probe.cfg
	printf 'G28\nBED_MESH_CALIBRATE PROBE_COUNT=3,3\n' |
		gcode-plan >plan
	for path in none/mesh .; do
		run -74 --separate-stderr stepstream -q --simulate \
			--mesh=$path plan
		[[ $stderr == "stepstream: cannot write '$path': "* ]]
		[[ $output != *'"homed"'* ]]
	done
	echo kept >mesh
	run -0 stepstream -q --simulate --mesh=mesh <<<"$(
		gcode-plan --format=text <<<G28)"
	[ "$(cat mesh)" = kept ]
	[ "$(echo mesh*)" = mesh ]
}

@test "a mesh is zero at zero_reference_position, in it or beside it" {
	cp "$cases/head.cfg" .
	export GANTRY_CONFIG=$PWD/probe.cfg
	printf 'G28\nBED_MESH_CALIBRATE MESH_MAX=180,100 PROBE_COUNT=3,3\n' \
		>probe.gcode
	for at in '100 50' '150 160'; do
		sed "/^\[bed_mesh]/a zero_reference_position: ${at/ /, }" \
			"$cases/probe.cfg" >probe.cfg
		gcode-plan probe.gcode >plan
		stepstream -q --simulate --sim-arg=--warp=0.4 --mesh=mesh plan \
			>events
		# shellcheck disable=SC2086
		zero_at $at
		grep -c '"event":"probe"' events >>n
	done
	[ "$(paste -sd' ' n)" = '9 10' ]
	printf '[bed_mesh]\nfaulty_region_1_min: 140, 150\n%s\n' \
		'faulty_region_1_max: 160, 170' >>probe.cfg
	run -65 gcode-plan probe.gcode
	[[ $output == *"is in a faulty region [bad-mesh]"* ]]
}

@test "a delta is probed with all its towers" {
	{ sed 's/^position_endstop.*/&/' "$cases/delta.cfg"
		printf '[probe]\npin: ^PB1\nx_offset: 10\nz_offset: 1.5\n'
	} >delta.cfg
	cp "$cases/head.cfg" .
	export GANTRY_CONFIG=$PWD/delta.cfg
	printf 'G28\nG1 X30 Y-20 Z8 F6000\nPROBE\n' | gcode-plan >plan
	stepstream -q --simulate --sim-arg=--report=report.json plan >events
	grep '"event":"probe"' events | awk -f "$json" | awk '
		{ v[$1] = $2; print }
		function near(a, b) { return a - b < 0.02 && b - a < 0.02 }
		END { exit !(near(v["x"], 40) && near(v["y"], -20) &&
			near(v["z"], 0)) }'
	told position.z | awk '{ print; exit !($1 < 8.02 && $1 > 7.98) }'
}

@test "a probe that does not trigger stops the print and is named" {
	cp "$cases/probe.cfg" "$cases/head.cfg" .
	sed -i 's/^z_offset.*/&\nsamples_tolerance_retries: 1/
		s/^position_min: -5/position_min: 2.3/
		s/^samples:.*/samples: 1/' probe.cfg
	export GANTRY_CONFIG=$PWD/probe.cfg
	printf 'G28\nG1 X200 Y200 Z5 F3000\nPROBE\n' | gcode-plan >plan
	run -1 --separate-stderr stepstream -q --simulate \
		--sim-arg=--warp=-2 plan
	[[ $stderr == *"probing at X200.00 Y200.00: it did not trigger"* ]]
}

@test "a second motor on Z with a switch of its own levels its side" {
	cp "$cases/head.cfg" .
	{ sed '/^\[dual_carriage\]/,/^\[stepper_y\]/{ /^\[stepper_y\]/!d; }' \
		"$cases/idex.cfg"
		printf '[stepper_z1]\nstep_pin: PE0\ndir_pin: PE1\n%s\n%s\n%s\n' \
			'enable_pin: !PC3' 'microsteps: 16' 'rotation_distance: 8'
		echo 'endstop_pin: ^PE2'; } >two.cfg
	export GANTRY_CONFIG=$PWD/two.cfg
	printf 'G28\nG1 Z10\n' | gcode-plan >plan
	stepstream -q --simulate --sim-arg=--report=report.json plan >events
	[ "$(told position.z)" = 10 ]
	# it hung 0.4 mm lower: 160 steps less to go down
	a=$(told motors.stepper_z.position_steps)
	b=$(told motors.stepper_z1.position_steps)
	[ $((a - b)) = 160 ] || [ $((b - a)) = 160 ]
	run ! grep -q faults.0 <(awk -f "$json" report.json)
}
