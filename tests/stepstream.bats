#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What stepstream makes of a plan, without a board.
bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/..
	O=${O:-$root/build}
	PATH=$O:$PATH
	cd "$BATS_TEST_TMPDIR"
	cp "$root/tests/cases/stepstream/printer.cfg" .
	export GANTRY_CONFIG=$BATS_TEST_TMPDIR/printer.cfg
}

# records on stdin, END comes by itself; RECORDS MOVES are counted
plan() {
	echo 'plan 1.0 config=00000000'
	awk '{ print } $1 == "move" { moves++ }
		END { printf "end line=%d t=1e6 records=%d moves=%d lines=%d " \
			"duration=0 filament=0 distance=0\n", \
			NR, NR, moves, NR }'
}

# X DISTANCE from rest to rest at 100 mm/s and 3000 mm/s2, at time T
move_x() { # T X DISTANCE LINE
	awk -v t="$1" -v x="$2" -v d="$3" -v n="$4" 'BEGIN {
		ta = 100 / 3000
		printf "move line=%d t=%.17g x=%.17g y=0 z=0 e=0 dx=%d dy=0 " \
			"dz=0 de=0 d=%.17g ta=%.17g tc=%.17g td=%.17g v0=0 " \
			"vc=100 a=3000 pa=0\n", n, t, x, d < 0 ? -1 : 1, \
			d < 0 ? -d : d, ta, \
			((d < 0 ? -d : d) - 100 * ta) / 100, ta }'
}

here() { # a position for X, Y, Z, E
	echo "set-position line=1 t=0 axes=XYZ x=$1 y=$2 z=$3 e=$4"
}

steps() {
	awk -f "$root/tests/e2e/steps.awk" "$@"
}

@test "the configuration comes first, with the names of its pins" {
	run -0 --separate-stderr stepstream --dump <<<"$(plan </dev/null)"
	[ "${lines[0]}" = "allocate_oids count=17" ]
	[[ $output == *"config_stepper oid=0 step_pin=PC2 dir_pin=PB9 invert_step=0 step_pulse_ticks=32"* ]]
	[[ $output == *"config_endstop oid=5 pin=PA5 pull_up=1"* ]]
	[[ $output == *"finalize_config crc="* ]]
	[ -z "$stderr" ]
}

@test "a move is stepped within 12.5 us of the closed form" {
	{ here 0 0 0 0; move_x 0 0 30 2; } | plan >p
	stepstream --dump p | steps >s
	[ "$(wc -l <s)" = 2400 ]
	# up to 100 mm/s in 33 ms, along, and down again; step k at (k + 1/2) / 80
	awk '{ s = (NR - 0.5) / 80; ramp = 100 * 100 / 2 / 3000
		if (s < ramp) t = sqrt(2 * s / 3000)
		else if (s < 30 - ramp) t = 1 / 30 + (s - ramp) / 100
		else t = 1 / 3 - sqrt(2 * (30 - s) / 3000)
		d = $3 - 0.25 - t
		if (d < 0) d = -d
		if (d > worst) worst = d }
		END { print worst
			exit !(worst > 1e-9 && worst <= 12.6e-6) }' s
}

@test "--max-step-error narrows the steps and costs commands" {
	{ here 0 0 0 0; move_x 0 0 30 2; } | plan >p
	stepstream --dump p | grep -c queue_step >wide
	stepstream --dump --max-step-error=1 p >d
	[ "$(grep -c queue_step d)" -gt "$(cat wide)" ]
	steps d | awk '{ s = (NR - 0.5) / 80
		if (s > 2 && s < 28) { d = $3 - 0.25 - 1 / 30 - (s - 5 / 3) / 100
			if (d > 1.1e-6 || d < -1.1e-6) exit 1 } }'
}

@test "mcu.max_stepper_error is the window, half of it on either side" {
	{ here 0 0 0 0; move_x 0 0 30 2; } | plan >p
	stepstream --dump --max-step-error=1 p >narrow
	sed -i 's/^\[mcu\]/&\nmax_stepper_error: 0.000002/' printer.cfg
	stepstream --dump p >d
	cmp narrow d
	stepstream --dump --max-step-error=5 p >d
	run ! cmp -s narrow d
	sed -i 's/^max_stepper_error: .*/max_stepper_error: 1/' printer.cfg
	run -78 stepstream --dump p
}

@test "motors are enabled before their first step, and off in the end" {
	{ here 0 0 0 0; move_x 0 0 30 2; } | plan >p
	stepstream --dump p >d
	oid=$(sed -n 's/config_digital_out oid=\([0-9]*\) pin=PC3 .*/\1/p' d)
	run -0 grep "queue_digital_out oid=$oid " d
	[[ ${lines[0]} == *"clock=3200000 on_ticks=0" ]] # 50 ms before 0.25 s
	[[ ${lines[1]} == *"on_ticks=1" ]]
	[ ${#lines[@]} -eq 2 ]
}

@test "recorded traces: every step is there, within the bound" {
	traces=$root/../shared/reference/traces
	[ -d "$traces" ] || skip "the recorded traces are not here"
	for c in 01_line_from_rest 02_corners 03_polyline20 04_zigzag_infill \
		12_z_limits 13_m220_m221 17_sds_filter 18_slow_steps \
		19_mixed_path; do
		awk -F, -f "$root/tests/e2e/trace-plan.awk" \
			"$traces/$c/plan.csv" >p
		stepstream --dump p | steps | sort -k1,1 -s >got
		hz=$(awk -f "$root/share/demo/json-lines.awk" \
			"$traces/$c/machine.json" |
			sed -n 's/^clock_hz.exact.csv.gz //p')
		gzip -dc "$traces/$c/exact.csv.gz" | awk -F, -v hz="$hz" '
			BEGIN { pin["stepper_x"] = "PC2"; pin["stepper_y"] = "PB8"
				pin["stepper_z"] = "PB6"; pin["extruder"] = "PB4" }
			NR > 1 { printf "%s %d %.9f\n", pin[$1], ($2 > 0), $3 / hz }' |
			sort -k1,1 -s >want
		[ "$(wc -l <got)" = "$(wc -l <want)" ]
		# where its extruder stops on a midpoint the last recording is
		# 2.98 us off by itself
		paste -d' ' got want | awk -v c="$c" '
			BEGIN { most = c == "19_mixed_path" ? 15.6e-6 : 12.6e-6 }
			$1 != $4 || $2 != $5 { print c ": direction", $0; bad = 1 }
			{ d = $3 - $6; sum += d * d; n++
				if (d < 0) d = -d
				if (d > worst) worst = d }
			END { printf "%s: %d steps, worst %.2f us, rms %.2f us\n",
				c, n, worst * 1e6, sqrt(sum / n) * 1e6
				exit (bad || worst > most) }' >&3
	done
}

@test "the same plan gives the same bytes, and -o makes them whole" {
	cp "$root/tests/cases/stepstream/dict.json" dict
	{ here 0 0 0 0; move_x 0 0 30 2; } | plan >p
	stepstream -q -o a --dictionary=dict p >events
	stepstream -q -o b --dictionary=dict p >/dev/null
	cmp a b
	# frames: length, 0x1n, payload, CRC, 0x7e
	[ "$(od -An -tu1 -j1 -N1 a)" -eq 16 ]
	tail -c 1 a | od -An -tx1 | grep -q 7e
	# a cut plan leaves no file
	head -n 3 p >cut
	run -65 stepstream -q -o c --dictionary=dict cut
	[ ! -e c ]
	# a pin that this board has not
	sed -i 's/PC2/PD2/' printer.cfg
	run -78 stepstream -q -o c --dictionary=dict p
	[[ $output == *"printer.cfg:"*"no pin 'PD2' on mcu 'mcu'"* ]]
	[ ! -e c ]
}

@test "a plan that is cut off in motion exits 65 and slows down to rest" {
	# 100 mm/s along X in pieces of half a millimetre, no end
	awk 'BEGIN { print "plan 1.0 config=00000000"
		print "set-position line=1 t=0 axes=XYZ x=0 y=0 z=0 e=0"
		printf "move line=2 t=0 x=0 y=0 z=0 e=0 dx=1 dy=0 dz=0 de=0 " \
			"d=%.17g ta=%.17g tc=0 td=0 v0=0 vc=100 a=3000 pa=0\n", \
			5 / 3, 1 / 30
		for (i = 0; i < 6000; i++)
			printf "move line=%d t=%.17g x=%.17g y=0 z=0 e=0 dx=1 " \
				"dy=0 dz=0 de=0 d=0.5 ta=0 tc=0.005 td=0 v0=100 " \
				"vc=100 a=3000 pa=0\n", i + 3, \
				1 / 30 + i * 0.005, 5 / 3 + i * 0.5 }' >p
	run -65 --separate-stderr bash -c 'stepstream --dump p >d'
	[[ $stderr == *"p: error: the plan was cut off after 6002 records"*"[plan-cut]"* ]]
	# the last 30 ms are a t^2 / 2 = 1.35 mm, 108 steps, and the stop may
	# lie anywhere between two; at full speed it would be 240
	steps d | awk '{ t[NR] = $3 } END {
		for (k = NR; t[k] > t[NR] - 0.03; k--)
			n++
		print NR, n
		exit !(NR > 10000 && n > 84 && n < 131) }'
}

@test "an empty input and what is no plan are refused" {
	run -65 stepstream --dump </dev/null
	[[ $output == *"the plan is empty"*"[plan-cut]"* ]]
	run -65 stepstream --dump <<<"G1 X10"
	[[ $output == *"[plan-"*"]"* ]]
	run -66 stepstream --dump none
	[[ $output == *"none"*"No such file"* ]]
}

@test "names that the machine has not are told with their line" {
	echo 'heater line=7 t=0 name="nozzle" target=200' | plan >p
	run -65 --separate-stderr stepstream --dump p
	[[ $stderr == *"p:7: error: no heater 'nozzle' in the configuration [unknown-heater]"* ]]
	echo 'heater-wait line=7 t=0 name="nozzle" min=1 max=2' | plan >p
	run -65 --separate-stderr stepstream --dump p
	[[ $stderr == *"[unknown-heater]"* ]]
	echo 'fan line=7 t=0 name="blower" value=1' | plan >p
	run -65 --separate-stderr stepstream --dump p
	[[ $stderr == *"no fan 'blower'"*"[unknown-fan]"* ]]
	echo 'pin line=7 t=0 name="lamp" value=1' | plan >p
	run -65 --separate-stderr stepstream --dump p
	[[ $stderr == *"no output pin 'lamp'"*"[unknown-pin]"* ]]
	echo 'extruder line=7 t=0 text="extruder1"' | plan >p
	run -65 --separate-stderr stepstream --dump p
	[[ $stderr == *"no extruder 'extruder1'"*"[unknown-extruder]"* ]]
	echo 'shaper line=7 t=0 axis=X type="wobble" freq=40 damping=0.1' | plan >p
	run -65 --separate-stderr stepstream --dump p
	[[ $stderr == *"no input shaper 'wobble'"*"[bad-shaper]"* ]]
	echo 'stepper line=7 t=0 name="stepper_x" how=0 pos=1 speed=1 accel=0' |
		plan >p
	run -65 --separate-stderr stepstream --dump p
	[[ $stderr == *"stepper as 'stepper_x'"*"[unknown-stepper]"* ]]
	echo 'follow line=7 t=0 name="belt" motion="" rotation_distance=0' |
		plan >p
	run -65 --separate-stderr stepstream --dump p
	[[ $stderr == *"stepper as 'belt'"*"[unknown-stepper]"* ]]
	echo 'carriage line=7 t=0 axis=Y index=1 mode=1 pos=0' | plan >p
	run -65 --separate-stderr stepstream --dump p
	[[ $stderr == *"axis 'y' has no second carriage [no-carriage]"* ]]
	echo 'probe line=7 t=0 what=0 column=0 row=0 samples=1 retries=0' \
		'median=0 speed=5 lift_speed=5 retract=2 tolerance=1 low=0' |
		plan >p
	run -65 --separate-stderr stepstream --dump p
	[[ $stderr == *"no 'probe' with a pin"*"[no-probe]"* ]]
}

@test "an axis without an endstop is not homed" {
	sed -i '/PA6/d' printer.cfg
	echo 'home line=7 t=0 axes=Y x=0 y=0 z=0' | plan >p
	run stepstream --dump p
	case $status in
	65) [[ $output == *"axis 'y' has no endstop"*"[no-endstop]"* ]] ;;
	78) [[ $output == *"endstop_pin"* ]] ;; # the configuration says so
	*) false ;;
	esac
}

@test "what cannot be driven is told before anything is done" {
	sed -i 's/^endstop_pin: ^PA5/endstop_pin: tmc2209_stepper_x:virtual_endstop/' \
		printer.cfg
	printf '[tmc2209 stepper_x]\nuart_pin: PC11\ndiag_pin: PC12\n%s\n' \
		'run_current: 0.5' >>printer.cfg
	run -78 stepstream --dump <<<"$(plan </dev/null)"
	[[ $output == *"printer.cfg"*"virtual_endstop"*"[not-driven]"* ]]
}

@test "the command line is checked" {
	run -64 stepstream --simulate --port=/dev/null
	run -64 stepstream --sim-arg=x
	run -64 stepstream -o x
	[[ $output == *"--dictionary"* ]]
	run -64 stepstream -o x --dictionary=d --port=/dev/null
	run -64 stepstream --dump -o - --dictionary=d
	run -64 stepstream a b
	run -64 stepstream --max-step-error=1000
}

@test "a board that is not there is one line and exit 69" {
	run -69 stepstream --port="$PWD/none" <<<"$(plan </dev/null)"
	[ ${#lines[@]} -eq 1 ]
	[[ $output == *"cannot open"*"none"* ]]
}

@test "a configuration that is not there is exit 78" {
	run -78 stepstream --dump -c none.conf <<<"$(plan </dev/null)"
	[[ $output == *"none.conf"* ]]
}

@test "a dump into a full disk is exit 74" {
	{ here 0 0 0 0; move_x 0 0 30 2; } | plan >p
	run -74 bash -c 'stepstream --dump p >/dev/full'
}

@test "a dwell at the end is waited for, and heaters are off behind it" {
	for ms in 2000 2100 2200 2300 2400 2500 2600 2700; do
		{ echo SET_KINEMATIC_POSITION X=0 Y=0 Z=0
			printf 'M104 S200\nG1 X10 F600\nG4 P%d\n' $ms
		} | gcode-plan -c printer.cfg --assume-ready >p
		stepstream -q --simulate --sim-arg=--report=r.json p >events
		tail -n 1 events | sed 's/{"t":\([0-9.]*\),.*/\1/' |
			awk -v ms=$ms '{ exit !($1 > 1 + ms / 1000) }'
		awk -f "$root/share/demo/json-lines.awk" r.json >flat
		grep -qx 'heaters.extruder.on false' flat
	done
	awk '$1 == "heaters.extruder.on_s" { exit !($2 > 2) }' flat
}

@test "a stream that was closed is no file of ours: 74, and the print is done" {
	{ here 0 0 0 0; move_x 0 0 30 2; } | plan >p
	run -74 bash -c \
		'stepstream -q --simulate --sim-arg=--report=r.json p >&-'
	[ "$output" = "stepstream: cannot write the events; going on: $(
		)Bad file descriptor" ]
	awk -f "$root/share/demo/json-lines.awk" r.json |
		grep -qx 'motors.stepper_x.position_steps 2400'
	run -74 bash -c 'stepstream -q --simulate <&- 2>&1 >events'
	[ "$output" = '<stdin>: error: Bad file descriptor' ]
	run -71 stepstream -q --simulate --control=nowhere/sock p
	[[ $output == "nowhere/sock: error: cannot listen there: "* ]]
}

@test "a reader of the dump that leaves ends it without a word" {
	{ here 0 0 0 0; for i in $(seq 200); do
		move_x "$(awk -v i="$i" 'BEGIN { printf "%.17g", (i - 1) * 0.4 }')" \
			$(((i % 2 == 0) * 30)) $((i % 2 ? 30 : -30)) $i
		done; } | plan >p
	run bash -c 'stepstream --dump p | head -n 1; echo "${PIPESTATUS[0]}"'
	[ "${lines[0]}" = "allocate_oids count=17" ]
	[ ${#lines[@]} -eq 2 ]
	[[ ${lines[1]} == 141 || ${lines[1]} == 0 ]]
}

@test "a shaper that does not exist is refused [bad-shaper]" {
	{ echo 'shaper line=7 t=0 axis=X type="wobble" freq=40 damping=0.1'
		here 0 0 0 0; } | plan >p
	run -65 stepstream -q --dump p
	[[ $output == *"p:7: error: no input shaper 'wobble'"*"[bad-shaper]"* ]]
}

# steps of X, and from when to when around the 0.433 s of 40 mm at 100 mm/s
shaped() { # RECORDS...
	{ here 0 0 0 0; [ $# = 0 ] || printf '%s\n' "$@"; move_x 0 0 40 2; } |
		plan >p
	stepstream --dump p | steps | awk '$1 == "PC2" { n++
			if (n == 1) first = $3
			last = $3 }
		END { printf "%d %.1f\n", n, (last - first) * 1e3 }'
}

@test "shapers of every kind spread a move over their reach" {
	read -r n plain < <(shaped)
	[ "$n" = 3200 ]
	# width 0.95625/40; 1.5 periods of EI's train; 8 ms of their own
	for c in "smooth_mzv 40 13 23.9" "ei 50 14 20" "zv 0 0 0" \
		"custom(.5:0,.5:.4) 50 6 8"; do
		set -- $c
		read -r n t < <(shaped \
			"shaper line=2 t=0 axis=X type=\"$1\" freq=$2 damping=0")
		echo "$1: $n steps, $plain -> $t ms" >&3
		[ "$n" = 3200 ]
		awk -v d="$t" -v p="$plain" -v lo="$3" -v hi="$4" \
			'BEGIN { d -= p; exit !(d >= lo && d <= hi + 0.05) }'
	done
}

@test "a custom shaper and a tolerance of the configuration are driven" {
	cat >>printer.cfg <<-'EOF'

	[input_shaper]
	shaper_freq_x: 50
	shaper_type_x: custom
	shaper_a_x: 0.5, 0.5
	shaper_t_x: 0, 0.008
	shaper_freq_y: 40
	shaper_type_y: ei
	vibration_tolerance: 0.1
	EOF
	read -r n t < <(shaped)
	[ "$n" = 3200 ]
	sed -i '/^\[input_shaper\]/,$d' printer.cfg
	read -r n plain < <(shaped)
	awk -v d="$t" -v p="$plain" 'BEGIN { exit !(d - p > 6 && d - p < 8.05) }'
	# as many as ten impulses, with all their digits, by either way
	train=0.123:0,0.234:0.1,0.345:0.2125,0.456:0.33,0.345:0.456,0.1:0.6785
	echo "SET_KINEMATIC_POSITION X=0\nSET_INPUT_SHAPER SHAPER_FREQ_X=50 \
SHAPER_TYPE_X=CUSTOM($train)" | sed 's,\\n,\n,g' | gcode-plan -c printer.cfg \
		--format=text | grep -qF "\"custom($train)\""
	printf '[input_shaper]\nshaper_freq_x: 50\nshaper_type_x: zv\n%s\n' \
		'shaper_a_x: 1, 1' >>printer.cfg
	run -78 --separate-stderr gcode-plan -c printer.cfg /dev/null
	[[ $stderr == *"shaper_type_x custom, not zv [config-conflict]" ]]
	ten='1,1,1,1,1,1,1,1,1,1'
	sed -i "s/: zv/: custom/; s/^shaper_a.*/shaper_a_x: $ten,1/; \
\$a shaper_t_x: 0,.001,.002,.003,.004,.005,.006,.007,.008,.009,.01" printer.cfg
	run -78 --separate-stderr gcode-plan -c printer.cfg /dev/null
	[[ $stderr == *"from 2 to 10 [config-range]" ]]
}

@test "what looks far ahead of a first move is waited for, or refused" {
	printf '%s\n' 'SET_KINEMATIC_POSITION X=20 Y=20 Z=10' M83 \
		'SET_PRESSURE_ADVANCE ADVANCE=.1 SMOOTH_TIME=.2 TIME_OFFSET=.2' \
		'G1 X60 E2 F6000' >far.gcode
	gcode-plan -q --assume-ready far.gcode >p
	stepstream -q --dump p >/dev/null
	echo 'shaper line=1 t=0 axis=X type="zv" freq=1 damping=0' | plan >p
	run -65 --separate-stderr stepstream --dump p
	[[ $stderr == *"[bad-shaper]"* ]]
}

# a motor beside the axes, with these lines behind its section
add_turn() { # LINE...
	printf '%s\n' '[manual_stepper turn]' 'step_pin: PD4' 'dir_pin: PD5' \
		'microsteps: 16' 'rotation_distance: 40' "$@" >>printer.cfg
}

# where the simulator's report leaves a motor, in steps
stands() { # MOTOR
	awk -f "$root/share/demo/json-lines.awk" report.json |
		sed -n "s/^motors\.$1\.position_steps //p"
}

@test "standing still for any time loses no step, of filters or a manual motor" {
	[ -x "$O/mcu-sim" ] || skip "mcu-sim is not built"
	add_turn 'accel: 500'
	# the first shaper looks 0.16 s ahead, far before enable pins were set
	for c in "SHAPER_FREQ_X=5 50 0.5" "SHAPER_FREQ_X=40 850 16" \
		"SHAPER_FREQ_X=40 650 12.7"; do
		set -- $c
		printf '%s\n' 'SET_KINEMATIC_POSITION X=0 Y=0 Z=0' \
			"SET_INPUT_SHAPER SHAPER_TYPE_X=3hump_ei $1" \
			'G1 X30 F6000' "G4 P$2" 'G1 X20' \
			"MANUAL_STEPPER STEPPER=turn MOVE=$3 SPEED=20" \
			'G1 X10' >still.gcode
		gcode-plan -q still.gcode | stepstream -q --simulate \
			--sim-arg=--report=report.json >events 2>err
		[ ! -s err ]
		tail -n 1 events | grep -q '"late":0}'
		[ "$(stands stepper_x)" = 800 ]
		[ "$(stands "manual_stepper turn")" = \
			"$(awk -v a="$3" 'BEGIN { print 80 * a }')" ]
	done
}

@test "a motor ends its own way before it is forced, or goes along" {
	[ -x "$O/mcu-sim" ] || skip "mcu-sim is not built"
	add_turn 'accel: 500' '[force_move]' 'enable_force_move: true'
	printf '%s\n' 'SET_KINEMATIC_POSITION X=100 Y=100 Z=10' \
		'MANUAL_STEPPER STEPPER=turn MOVE=-29.5 SPEED=20 SYNC=0' \
		'FORCE_MOVE STEPPER="manual_stepper turn" DISTANCE=4 VELOCITY=10' \
		'MANUAL_STEPPER STEPPER=turn MOVE=-20 SPEED=20 SYNC=0' \
		'MANUAL_STEPPER STEPPER=turn GCODE_AXIS=A' \
		'G1 X117.9 A-10 F3000' >own.gcode
	gcode-plan -q own.gcode >p
	stepstream -q --simulate --sim-arg=--report=report.json p >events
	stepstream --dump p | steps | awk '$1 == "PD4" { n += $2 > 0 ? 1 : -1 }
		END { print n }' >steps
	[ "$(stands "manual_stepper turn")" = "$(cat steps)" ]
	[ "$(cat steps)" = -480 ]
}

@test "an extruder follows another law of pressure advance" {
	move='move line=3 t=0 x=0 y=0 z=0 e=0 dx=1 dy=0 dz=0 de=0.05 d=100 ta=0.1 tc=0.9 td=0.1 v0=0 vc=100 a=1000 pa=1'
	sed -i 's/^\[extruder\]/&\npressure_advance_model: tanh\nlinear_advance: 0.01\nnonlinear_offset: 0.2\nlinearization_velocity: 4/' printer.cfg
	{ here 0 0 0 0; echo "$move"; } | plan >p
	# 0.55 s after the start E is at 2.5 mm and, at 5 mm/s,
	# 0.01 * 5 + 0.2 tanh(5 / 4) = 0.2197 mm ahead; a step is 0.01 mm
	stepstream --dump p | steps >got
	awk '$1 == "PB4" { e += $2 > 0 ? 1 : -1; if ($3 - first < 0.55) mid = e
			if (e > top) top = e }
		$1 == "PC2" && !first { first = $3 - 0.005 }
		END { exit !(e == 500 && mid >= 270 && mid <= 274 && top > e) }' got
	sed -i 's/^pressure_advance_model.*/&\npressure_advance: 0.04/' printer.cfg
	run -78 stepstream --dump p
	[[ $output == *"'pressure_advance' is of the linear law"*"[config-range]"* ]]
}

@test "another law of pressure advance, and its shaper, begin at their move" {
	sed -i 's/^\[extruder\]/&\npressure_advance_model: tanh\nlinear_advance: 0.01\nnonlinear_offset: 0.2\nlinearization_velocity: 4\npressure_advance_smooth_time: 0.001/' printer.cfg
	printf '[input_shaper]\nshaper_freq_x: 20\nshaper_type: zv\n' >>printer.cfg
	cat >law.gcode <<-'END'
	M83
	G1 X100 E5 F6000
	SET_PRESSURE_ADVANCE ADVANCE=0.02 OFFSET=0.1 VELOCITY=8
	ENABLE_INPUT_SHAPER EXTRUDER=extruder
	G1 X200 E5
	DISABLE_INPUT_SHAPER
	G1 X100 E5
	END
	gcode-plan -c printer.cfg --assume-ready law.gcode |
		stepstream -c printer.cfg --dump | steps | sort -k3,3n >got
	# How long X takes, by 25 ms more with its shaper; in its middle the
	# hundredths by which E leads, L u + N tanh(u / V), u = 5 mm/s; how
	# much after X it begins, much where X is shaped and E is not, ms
	awk '$1 == "PC2" { h = 1 + int(k / 8000); k++; n[h]++; x1[h] = $3
			if (n[h] == 1) x0[h] = $3
			if (n[h] == 4000) mid[h] = $3 }
		$1 == "PB4" { e[++ne] = $3; d[ne] = $2 > 0 ? 1 : -1 }
		END { for (h = 1; h <= 3; h++) {
			lead = 250 - 500 * h
			for (k = 1; e[k] <= mid[h]; k++)
				lead += d[k]
			for (k = 1; e[k] < x0[h]; k++)
				;
			printf "%.0f %d %.0f\n", 1e3 * (x1[h] - x0[h]), lead,
			    1e3 * (e[k] - x0[h])
		} }' got >sum
	[ "$(paste -sd' ' sum)" = "1053 22 8 1053 16 2 1029 16 1" ]
}

@test "a motor that is an axis of G1 goes with the head, as fast as it may" {
	add_turn 'position_max: 90'
	cat >along.gcode <<-'END'
	MANUAL_STEPPER STEPPER=turn GCODE_AXIS=A LIMIT_VELOCITY=20 LIMIT_ACCEL=200
	G1 X50 A20 F6000
	G1 X100 A60
	G1 X100 A30
	G2 X120 Y20 I20 A40
	G92 A0
	G91
	G1 Y-20 A10
	MANUAL_STEPPER STEPPER=turn GCODE_AXIS=
	END
	gcode-plan -c printer.cfg --assume-ready --format=text along.gcode >plan
	# 20 / 0.4 and 20 / 0.8 mm/s on the way
	grep '^move line=2 ' plan | grep -q ' vc=50 a=500 '
	grep '^move line=3 ' plan | grep -q ' vc=25 a=250 '
	stepstream -c printer.cfg --dump plan | steps | sort -k3,3n >got
	awk 'function off(a, b) { return a > b ? a - b : b - a }
		{ d = ($2 > 0 ? 1 : -1) / 80 }
		$1 == "PC2" { x += d }
		$1 == "PB8" { y += d }
		$1 == "PD4" { a += d
			# in time with X, and still in time behind the corner
			if (!back && x < 50 && off(a, 0.4 * x) > 0.02)
				bad = 1
			if (!back && x > 51 && x < 99 &&
			    off(a, 20 + 0.8 * (x - 50)) > 0.03)
				bad = 1
			if (a > 59.98) back = 1
			# v of A: 20 mm/s, a step each 625 us
			if ($3 - last < 0.000600) bad = 2
			last = $3 }
		END { print x, y, a, bad + 0
			exit bad || off(x, 120) > 0.01 || off(y, 0) > 0.01 ||
			    off(a, 50) > 0.01 }' got
	sed -i 's/A60/A91/' along.gcode
	run -65 --separate-stderr gcode-plan -c printer.cfg --assume-ready \
		--format=none along.gcode
	[[ "$stderr" == *"along.gcode:3:10: error: 'A', manual_stepper 'turn', would go to 91.000 mm, outside of "*"90 mm [out-of-range]" ]]
	for bad in 'G1 E5 A3' 'MANUAL_STEPPER STEPPER=turn MOVE=3' \
		'MANUAL_STEPPER STEPPER=turn GCODE_AXIS=X'; do
		{ sed -n 1p along.gcode; echo "$bad"; } >bad.gcode
		run -65 --separate-stderr gcode-plan -c printer.cfg \
			--assume-ready --format=none bad.gcode
		[[ "$stderr" == "bad.gcode:2:"*"[bad-value]" ]]
	done
}

@test "a link that is held up costs a motor beside the axes no step" {
	add_turn 'position_max: 90'
	{ echo SET_KINEMATIC_POSITION X=0 Y=0 Z=0
		echo MANUAL_STEPPER STEPPER=turn GCODE_AXIS=A LIMIT_ACCEL=3000
		for i in $(seq 5); do
			printf 'G1 X100 Y50 A%d F6000\nG1 X0 Y0 A0\n' "$i"
		done
		echo G1 X10 A85
		echo MANUAL_STEPPER STEPPER=turn GCODE_AXIS=
		echo MANUAL_STEPPER STEPPER=turn MOVE=5 SPEED=20
	} | gcode-plan -c printer.cfg >plan
	for at in 3 13; do # along with the head, and by itself
		stepstream -q -c printer.cfg --simulate \
			--sim-arg=--fault=link-delay:1@$at \
			--sim-arg=--report=r.json plan >events
		[ "$(grep -c '"event":"late"' events)" = 1 ]
		tail -n 1 events | grep -q '"outcome":"done"'
		awk -f "$root/share/demo/json-lines.awk" r.json >flat
		grep -qx 'motors.stepper_x.position_steps 800' flat
		grep -qx 'motors.manual_stepper turn.position_steps 400' flat
	done
}

@test "on a steep bed Z steps as far as that is high, as fast as Z may" {
	cat >>printer.cfg <<-'END'
	[bed_mesh]
	[bed_mesh steep]
	points:
	  -0.2, 0, 1, -0.2
	  -0.2, 0, 1, -0.2
	  -0.2, 0, 1, -0.2
	x_count: 4
	y_count: 3
	algo: direct
	min_x: 0
	max_x: 60
	min_y: 0
	max_y: 200
	END
	printf '%s\n' 'SET_KINEMATIC_POSITION X=0 Y=100 Z=5' \
		'BED_MESH_PROFILE LOAD=steep' 'G1 X60 F18000' |
		gcode-plan -q >plan
	stepstream -q --dump --dictionary="$root/tests/cases/stepstream/dict.json" \
		plan >dump
	# 2000 steps a second, at 72 MHz, but for 12.5 us; 0.0025 mm each
	awk '{ for (i = 2; i <= NF; i++) { split($i, q, "="); v[q[1]] = q[2] } }
		/^config_stepper/ && v["step_pin"] == "PB6" { z = v["oid"] }
		v["oid"] != z { next }
		/^set_next_step_dir/ { up = v["dir"] ? 1 : -1 }
		/^queue_step/ {
			end = v["interval"] + (v["count"] - 1) * v["add"]
			gap = v["interval"] < end ? v["interval"] : end
			if (v["count"] > 1 && (!least || gap < least)) least = gap
			at += up * v["count"]
			if (at > high) high = at }
		END { print high, at, least
			exit !(high >= 480 && high < 485 && at == 0 &&
				least > 35100 && least < 42000) }' dump
}
