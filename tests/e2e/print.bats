#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# G-code goes through gcode-plan and stepstream onto the simulated machine.
bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/../..
	O=${O:-$root/build}
	PATH=$O:$PATH
	cd "$BATS_TEST_TMPDIR"
	export GANTRY_CONFIG=$root/share/machines/ender3pro.conf
	part=$root/tests/cases/part.gcode
	json=$root/share/demo/json-lines.awk
	for p in gcode-plan stepstream mcu-sim; do
		[ -x "$O/$p" ] || skip "$p is not built"
	done
}

# a value of the simulator's report
told() { # FILE PATH
	awk -f "$json" "$1" | sed -n "s/^$2 //p"
}

simulate() { # OPTION...
	stepstream -q --simulate --sim-arg=--report=report.json "$@"
}

# Does the report end where the G-code does, to a microstep?
ends_right() { # GCODE
	want=$(awk -f "$root/tests/e2e/expect.awk" "$1")
	for a in x y z; do
		told report.json "position.$a"
		told report.json "step_distance.$a"
	done | paste -d' ' - - | awk -v want="$want" '
		BEGIN { split(want, w, " ") }
		{ d = $1 - w[NR]; if (d < 0) d = -d
			print "axis", NR, $1, "wanted", w[NR]
			if (d > $2 * 1.001) bad = 1 }
		END { exit (bad || NR != 3) }'
}

@test "a print ends where the G-code says, with all of its filament" {
	gcode-plan "$part" | simulate >events
	ends_right "$part"
	e=$(awk -f "$root/tests/e2e/expect.awk" "$part" | cut -d' ' -f4)
	told report.json filament_mm | awk -v e="$e" \
		'{ d = $1 - e; print $1, e; exit !(d < 0.011 && d > -0.011) }'
	[ "$(told report.json shutdown)" = null ]
	run ! grep -q faults.0 <(awk -f "$json" report.json)
}

@test "the events are JSON, in the order of time, and tell the print" {
	gcode-plan "$part" | simulate >events
	while IFS= read -r line; do
		awk -f "$json" <<<"$line" >flat
		grep -q '^t [0-9]' flat
		grep -q '^event [a-z-]*$' flat
		sed -n 's/^t //p' flat >>times
	done <events
	sort -g -c times
	grep -q '"event":"homed","axis":"z"' events
	[ "$(grep -c '"event":"layer"' events)" = 2 ]
	grep -q '"event":"target","heater":"extruder","target":200' events
	tail -n 1 events | grep -q '"event":"end","outcome":"done"'
}

@test "two runs are the same, byte for byte" {
	gcode-plan "$part" >plan
	stepstream --simulate --dump plan >one
	stepstream --simulate --dump plan >two
	[ "$(wc -l <one)" -gt 100 ]
	cmp one two
}

@test "with one byte in a hundred spoilt the print is the same to the step" {
	gcode-plan "$part" >plan
	simulate plan >/dev/null
	mv report.json good.json
	simulate --sim-arg=--fault=link:0.01 plan >/dev/null
	[ "$(told report.json link.frames_bad)" -gt 0 ]
	for v in position.x position.y position.z motors.stepper_x.steps \
		motors.stepper_y.steps motors.extruder.position_steps; do
		[ "$(told good.json $v)" = "$(told report.json $v)" ]
	done
}

# A plan that never ends, in a file to read from: some seconds of motion,
# then nothing.  The writer stays until it is killed.
endless() {
	{ sed '/^G1 Z0.4/,$d' "$part"
		for _ in $(seq 2000); do
			printf 'G1 X100 Y80 E0.1 F1500\nG1 X80 Y80 E0.1\n'
		done; } >endless.gcode
	gcode-plan endless.gcode >endless.plan
}

@test "the host killed in mid-print: heaters are off within 5 s of the end" {
	endless
	stepstream -q --simulate --sim-arg=--report=report.json endless.plan \
		>events 3>&- &
	pid=$!
	until grep -qs '"event":"layer"' events; do sleep 0.01; done
	kill -KILL $pid
	wait $pid || true
	until [ -s report.json ]; do sleep 0.05; done
	last=$(told report.json link.last_byte_s)
	for h in extruder heater_bed; do
		[ "$(told report.json heaters.$h.on)" = false ]
		told report.json heaters.$h.last_on_s | awk -v last="$last" \
			'{ print $1, last; exit !($1 < last + 5) }'
	done
}

@test "TERM: it comes to rest, heaters go off, and it dies of TERM" {
	endless
	status=0
	env --default-signal=TERM stepstream -q --simulate \
		--sim-arg=--report=report.json endless.plan >events 3>&- &
	pid=$!
	until grep -qs '"event":"layer"' events; do sleep 0.01; done
	kill -TERM $pid
	wait $pid || status=$?
	[ "$status" = 143 ]
	tail -n 1 events | grep -q '"outcome":"interrupted"'
	[ "$(told report.json shutdown)" = null ]
	[ "$(told report.json heaters.extruder.on)" = false ]
	# where it stands is where the steps say: none was lost on the way
	x=$(tail -n 1 events | awk -f "$json" | sed -n 's/^position.0 //p')
	told report.json position.x |
		awk -v x="$x" '{ d = $1 - x; exit !(d < 0.013 && d > -0.013) }'
}

@test "the plan cut off in mid-print: rest, heaters off, exit 65" {
	endless
	head -c $(($(wc -c <endless.plan) / 2)) endless.plan >cut
	run -65 --separate-stderr simulate cut
	[[ $stderr == *"the plan was cut off"*"[plan-cut]"* ]]
	[[ ${lines[-1]} == *'"outcome":"cut-off"'* ]]
	[ "$(told report.json shutdown)" = null ]
	[ "$(told report.json heaters.extruder.on)" = false ]
	[ "$(told report.json heaters.heater_bed.on)" = false ]
}

@test "a reader of events that leaves does not end the print" {
	gcode-plan "$part" >plan
	run -0 bash -o pipefail -c "stepstream -q --simulate \
		--sim-arg=--report=report.json plan 2>err | head -n 1"
	grep -q "nobody reads the events" err
	ends_right "$part"
	run -74 bash -c 'stepstream -q --simulate plan >/dev/full'
}

@test "status and journal name the last line that was done" {
	gcode-plan "$part" | simulate --status=status --journal=journal >events
	awk -f "$json" status >flat
	grep -qx 'state done' flat
	grep -qx 'homed ' flat # the motors are off
	grep -q '^heaters.extruder.temperature [0-9]' flat
	grep -qx 'layer 2' flat
	line=$(grep -n '^M84' "$part" | cut -d: -f1)
	grep -qx "line $line" flat
	cmp status journal
	# cut off, the journal names a line that was really reached
	endless
	head -c $(($(wc -c <endless.plan) / 2)) endless.plan >cut
	run -65 simulate --journal=journal cut
	line=$(awk -f "$json" journal | sed -n 's/^line //p')
	[ "$line" -gt 20 ] && [ "$line" -lt "$(wc -l <endless.gcode)" ]
}

# Heaters and fans are told something meanwhile; the last stalls are at the end.
@test "a link that is held up for two seconds costs a hot print a pause" {
	printf '%s\n' 'M104 S200' G28 'M109 S200' M83 'G1 Z1 F600' \
		'G1 X20 Y20 F9000' 'M106 S255' 'G1 X200 Y200 E9 F6000' \
		'M106 S100' 'G1 X20 Y20 E9' 'M106 S0' 'G1 X200 Y100 E9' \
		'M106 S200' 'G1 X20 Y20 E9' >hot.gcode
	gcode-plan hot.gcode >plan
	simulate plan >events
	from=$(sed -n 's/^{"t":\([0-9.]*\),.*"state":"printing".*/\1/p' events |
		tail -n 1)
	until=$(tail -n 1 events | sed 's/^{"t":\([0-9.]*\),.*/\1/')
	told report.json motors.extruder.position_steps >want
	for a in x y z; do told report.json "position.$a"; done >>want
	for hold in 1.2 2.3; do
		for at in $(awk -v a="$from" -v b="$until" 'BEGIN {
			for (i = 0; i < 9; i++) print a + (b - a) * i / 8.7 }'); do
			simulate --sim-arg=--fault="link-delay:$hold@$at" \
				plan >events
			echo "held at $at"
			told report.json motors.extruder.position_steps >got
			for a in x y z; do
				told report.json "position.$a"
			done >>got
			diff want got
			[ "$(told report.json shutdown)" = null ]
			run ! grep -q faults.0 <(awk -f "$json" report.json)
		done
	done
	grep -q '"outcome":"done"' events
}

# A cold print of two strokes with a rest between them; the line of each.
strokes() {
	printf '%s\n' 'SET_KINEMATIC_POSITION X=20 Y=20 Z=1' \
		'G1 X120 Y20 F3000' 'G1 Y40' 'G4 P3000' 'G1 X20 Y90' \
		'G1 Z1.4 F60' 'G1 X30 F6000' >strokes.gcode
	gcode-plan strokes.gcode >strokes.plan
}

# What stood at that moment, by the simulator and by the journal.
reset_at() { # SECONDS
	run -76 simulate --sim-arg=--start=20,20,1 --journal=journal \
		--sim-arg=--fault=brownout@"$1" strokes.plan
	for i in 0 1 2; do
		a=xyz
		told report.json "position.${a:i:1}"
	done | paste -sd' ' >stood
	awk -f "$json" journal >flat
	sed -n 's/^position.[012] //p' flat | paste -sd' ' >counted
	diff stood counted
	sed -n 's/^line //p;s/^kept //p' flat | paste -sd' ' >known
}

@test "a board that is reset tells where it stands, and what was done" {
	strokes
	reset_at 2.5 # in the first stroke
	[ "$(cat known)" = '1 yz' ]
	grep -q "^kept_why 'stepper_x' was moving at 50 mm/s" flat
	reset_at 5 # between both
	[ "$(cat known)" = '3 xyz' ]
	grep -q '"event":"stands","position":\[120,40,1,0\]' <<<"$output"
	run ! grep -q kept_why flat
	reset_at 7 # in the second, diagonal
	[ "$(cat known)" = '3 z' ]
	reset_at 8.8 # on the way up, slower than a corner
	[ "$(cat known)" = '5 xyz' ]
}

@test "after a reset at rest the print goes on without homing, to the step" {
	strokes
	reset_at 5
	read -r x y z <stood
	gcode-plan --resume=journal strokes.gcode >rest.plan
	stepstream --dump rest.plan >dump
	run ! grep -q endstop_home dump
	simulate --sim-arg=--start="$x,$y,$z" rest.plan >events
	for a in 'x 30' 'y 90' 'z 1.4'; do
		[ "$(told report.json "position.${a% *}")" = "${a#* }" ]
	done
}

@test "a heater that does not heat ends the print with exit 76" {
	gcode-plan "$part" >plan
	run -76 --separate-stderr simulate \
		--sim-arg=--fault=heater-dead:extruder plan
	[[ $stderr == *"heater 'extruder' was shut down"* ]]
	[[ ${lines[-1]} == *'"outcome":"heater-fault"'* ]]
}

@test "a thermistor that is shorted: the board shuts down, exit 76" {
	gcode-plan "$part" >plan
	run -76 --separate-stderr simulate \
		--sim-arg=--fault=thermistor-short:extruder plan
	[[ $stderr == *"ADC out of range"*"thermistor"* ]]
}

@test "a chip with too little memory is told before anything moves, exit 78" {
	gcode-plan "$part" >plan
	run -78 simulate --sim-arg=--memory=2500 plan
	[[ $output == *"room for "*" moves only"*"configure fewer"* ]]
	run -76 simulate --sim-arg=--memory=1000 plan
	[[ $output == *"shut down: alloc_chunk"* ]]
}

@test "what was homed is homed again where it stands, in one pass or two" {
	printf 'G28\nG28\nG1 X50 Y30 Z20 F3000\nG28 X\nG28 X\n' >twice.gcode
	gcode-plan twice.gcode | simulate >events
	tail -n 1 events | grep -q '"position":\[0,30,20,0\]'
	[ "$(told report.json position.x)" = 0 ]
	gcode-plan twice.gcode >plan
	run -1 --separate-stderr simulate --sim-arg=--fault=endstop-stuck:y plan
	[[ $stderr == *"endstop 'y' is triggered before the axis has moved"* ]]
	sed 's/^stepper_x: {/&\n homing_retract_dist = 0.0;/' \
		"$GANTRY_CONFIG" >once.conf
	grep -q retract_dist once.conf
	GANTRY_CONFIG=$PWD/once.conf
	gcode-plan twice.gcode | simulate >events
	tail -n 1 events | grep -q '"position":\[0,30,20,0\]'
	# whatever looks ahead, no step comes before the switch is watched
	sed '1i SET_INPUT_SHAPER SHAPER_TYPE=2hump_ei SHAPER_FREQ_X=8' \
		twice.gcode | gcode-plan | simulate >events 2>err
	[ ! -s err ]
	tail -n 1 events | grep -q '"position":\[0,30,20,0\]'
	# a switch that was on before it was ever homed is not believed there
	gcode-plan twice.gcode >plan
	run -1 --separate-stderr simulate --sim-arg=--start=0,50,50 plan
	[[ $stderr == *"endstop 'x' is triggered before the axis has moved"* ]]
}

@test "an endstop that is jammed is told, exit 1" {
	gcode-plan "$part" >plan
	run -1 --separate-stderr simulate \
		--sim-arg=--fault=endstop-jam:x plan
	[[ $stderr == *"endstop 'x' did not trigger"* ]]
}

@test "real sliced files print to their end, or say why not" {
	shared=$root/../shared/gcode
	[ -d "$shared" ] || skip "the sliced files are not here"
	printed=0
	for f in "$shared"/*.gcode.xz; do
		n=$(basename "$f" .gcode.xz)
		xz -dc "$f" >"$n.gcode"
		status=0
		gcode-plan -q "$n.gcode" >plan 2>err || status=$?
		if [ $status -ne 0 ]; then
			[ $status -eq 65 ]
			grep -qE "^$n.gcode:[0-9]+:[0-9]+: error: .*\[" err
			continue
		fi
		simulate plan >events
		[ "$(told report.json shutdown)" = null ]
		ends_right "$n.gcode"
		e=$(awk -f "$root/tests/e2e/expect.awk" "$n.gcode" |
			cut -d' ' -f4)
		told report.json filament_mm | awk -v e="$e" -v n="$n" \
			'{ print n, $1, e; d = $1 - e; exit !(d < 0.011 && d > -0.011) }'
		printed=$((printed + 1))
	done
	[ $printed -ge 5 ]
}

@test "when the input is quiet the snapshot tells that its last line was done" {
	mkfifo in
	{ gcode-plan <in | stepstream -q --simulate --status=status \
		>events; } 3>&- &
	exec 4>in
	printf 'G28 X\nG1 X10 F3000\n; nothing moves from here on\nM83\n' >&4
	for _ in $(seq 100); do
		grep -qs '"line":4,' status && break
		sleep 0.1
	done
	grep '"line":4,.*"position":\[10,0,0,0\]' status
	echo 'G1 X20' >&4
	exec 4>&-
	wait
	tail -n 1 events | grep -q '"line":5,.*"position":\[20,0,0,0\]'
}

# asks over the control socket
ask() { # JSON
	perl -MIO::Socket::UNIX -e '
		$s = IO::Socket::UNIX->new($ARGV[0]) or die "no socket: $!";
		print $s "$ARGV[1]\n"; print scalar <$s>;' sock "$1"
}

# three squares apart, each begun and ended drawn back; waits for us first
three() {
	printf "EXCLUDE_OBJECT_DEFINE NAME=square%s\n" 1 2 3
	printf 'M104 S200\nM109 S200\nG28\nG90\nM83\nG1 E-0.8 F1800\nM0\n'
	for n in 1 2 3; do
		printf 'EXCLUDE_OBJECT_START NAME=square%s\n' $n
		printf 'G1 Z0.6 F600\nG1 X%s Y20 F6000\nG1 Z0.2 F600\n' $((60 * n))
		printf 'G1 E0.8 F1800\nG1 X%s Y20 E%s F1500\n' $((60 * n + 20)) 0.67
		printf 'G1 Y40 E0.67\nG1 X%s E0.67\nG1 E-0.8 F1800\n' $((60 * n))
		printf 'EXCLUDE_OBJECT_END NAME=square%s\n' $n
	done
	printf 'G1 Z10 F600\nG1 E0.8\nM104 S0\n'
}

# excludes what is named while it waits, and lets it print
exclude() { # NAME...
	rm -f events sock
	simulate --control=sock --journal=journal --sim-arg=--laid=laid.csv \
		plan >events 3>&- &
	until grep -qs '"state":"paused"' events; do sleep 0.02; done
	for o; do
		[ "$(ask '{"request":"exclude","object":"'$o'"}')" = '{"ok":true}' ]
	done
	[[ $(ask '{"request":"exclude"}') == *"has to name one"* ]]
	[ "$(ask '{"request":"resume"}')" = '{"ok":true}' ]
	wait $!
}

@test "an object excluded in mid-print is left out, all else is as planned" {
	three | tee three.gcode | gcode-plan >plan
	for o in square1 SQUARE2 square3; do
		exclude $o
		# nothing of it was laid down, all of the others was
		awk -F, -v n="${o#??????}" 'NR > 1 { c[int(($2 + 10) / 60)] += $8 }
			END { for (i = 1; i <= 3; i++) {
				want = i == n ? 0 : 2.01
				if (c[i] - want > 0.04 || want - c[i] > 0.04)
					exit 1 } }' laid.csv
		# it ends where the whole print would, with the rest's filament
		ends_right three.gcode
		told report.json filament_mm |
			awk '{ exit !($1 > 4.005 && $1 < 4.035) }'
		tail -n 1 events | grep -q '"filament":4.02'
		grep -q '"excluded":\["'"${o,,}"'"\]' journal
	done
}

@test "with all objects excluded nothing is printed" {
	three >three.gcode
	gcode-plan three.gcode >plan
	exclude square1 square2 square3
	[ "$(wc -l <laid.csv)" = 1 ]
	told report.json filament_mm | awk '{ exit !($1 < 0.015 && $1 > -0.015) }'
	told report.json position.z | grep -qx 10
	# nor behind a crash, nor behind the next one, whose plan says so
	sed -i 's/"line":[0-9]*/"line":9/' journal
	gcode-plan --resume=journal three.gcode >rest.plan
	simulate --journal=again --sim-arg=--laid=laid.csv rest.plan >events
	grep -o '"excluded":[^]]*' journal >was
	grep -o '"excluded":[^]]*' again | diff was -
	awk -F, 'NR > 1 && $4 < 5 { exit 1 }' laid.csv
}
