#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# real time: runs alone
# stepstream in real time: mcu-sim behind a pseudo-terminal.
bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/..
	O=${O:-$root/build}
	PATH=$O:$PATH
	cd "$BATS_TEST_TMPDIR"
	cp "$root/tests/cases/stepstream/printer.cfg" .
	export GANTRY_CONFIG=$BATS_TEST_TMPDIR/printer.cfg
	[ -x "$O/mcu-sim" ] || skip "mcu-sim is not built"
	mcu-sim --pty=port -c printer.cfg --report=report.json 2>sim.err 3>&- &
	sim=$!
	until [ -e port ]; do sleep 0.05; done
}

teardown() {
	[ -z "${sim:-}" ] || kill "$sim" 2>/dev/null || true
}

short() { # T X LINE: 2 mm along X from rest to rest
	awk -v t="$1" -v x="$2" -v n="$3" 'BEGIN {
		printf "move line=%d t=%.17g x=%.17g y=0 z=0 e=0 dx=1 dy=0 dz=0 " \
			"de=0 d=2 ta=0.01 tc=%.17g td=0.01 v0=0 vc=30 a=3000 " \
			"pa=0\n", n, t, x, 2 / 30 - 0.01 }'
}

@test "a plan that comes in drips is carried out as it comes" {
	t=$(awk 'BEGIN { printf "%.17g", 2 / 30 + 0.01 }')
	{ echo 'plan 1.0 config=00000000'
		echo 'set-position line=1 t=0 axes=XYZ x=0 y=0 z=0 e=0'
		short 0 0 2
		sleep 1
		short "$t" 2 3
		echo 'end line=4 t=9 records=3 moves=2 lines=4 duration=0 filament=0 distance=0'
	} | stepstream -q --port="$PWD/port" >events
	tail -n 1 events | grep -q '"outcome":"done".*"position":\[4,0,0,0\]'
	tail -n 1 events | grep -q '"steps":320,'
}

@test "after the idle timeout the axes have to be homed again" {
	printf '[idle_timeout]\ntimeout: 1\n' >>printer.cfg
	t=$(awk 'BEGIN { printf "%.17g", 2 / 30 + 0.01 }')
	{ echo 'plan 1.0 config=00000000'
		echo 'set-position line=1 t=0 axes=XYZ x=0 y=0 z=0 e=0'
		short 0 0 2
		sleep 4
		short "$t" 2 3
		sleep 1
	} | { run -65 --separate-stderr stepstream -q --port="$PWD/port"
		printf '%s\n' "$output" >events
		printf '%s\n' "$stderr" >err; }
	grep -q '"event":"idle-timeout"' events
	grep "axis 'x' is to move after the idle timeout" err |
		grep -qF "[not-homed]"
}

# one request to the socket, its answer
ask() { # JSON
	perl -MIO::Socket::UNIX -e '
		$s = IO::Socket::UNIX->new($ARGV[0]) or die "no socket: $!";
		print $s "$ARGV[1]\n"; print scalar <$s>;' sock "$1"
}

# to and fro along X for a long time, from rest to rest
strokes() { # HOW-MANY
	echo 'plan 1.0 config=00000000'
	echo 'set-position line=1 t=0 axes=XYZ x=0 y=0 z=0 e=0'
	awk -v n="$1" 'BEGIN { ta = 0.1 / 3; T = 0.3 + ta
		for (i = 0; i < n; i++)
			printf "move line=%d t=%.17g x=%d y=0 z=0 e=0 dx=%d dy=0 " \
				"dz=0 de=0 d=30 ta=%.17g tc=%.17g td=%.17g v0=0 " \
				"vc=100 a=3000 pa=0\n", i + 2, i * T, \
				i % 2 * 30, i % 2 ? -1 : 1, ta, T - 2 * ta, ta
		printf "end line=%d t=%.17g records=%d moves=%d lines=%d " \
			"duration=0 filament=0 distance=0\n", n + 2, n * T, \
			n + 1, n, n }'
}

@test "the control socket pauses, slows, resumes and tells the status" {
	strokes 12 >plan
	stepstream -q --port="$PWD/port" --control=sock plan >events 3>&- &
	pid=$!
	until [ -S sock ] && grep -qs printing events; do sleep 0.05; done
	sleep 1
	[ "$(ask '{"request":"pause"}')" = '{"ok":true}' ]
	[[ $(ask '{"request":"pause"}') == *'"ok":false'*already* ]]
	sleep 2 # it has slowed down to rest
	one=$(ask '{"request":"status"}' | sed 's/.*"position":\([^]]*\).*/\1/')
	sleep 0.3
	two=$(ask '{"request":"status"}' | sed 's/.*"position":\([^]]*\).*/\1/')
	[ "$one" = "$two" ]
	[ "$(ask '{"request":"set-speed-factor","factor":0.5}')" = '{"ok":true}' ]
	[ "$(ask '{"request":"set-target","heater":"heater_bed","target":30}')" = \
		'{"ok":true}' ]
	[ "$(ask '{"request":"resume"}')" = '{"ok":true}' ]
	wait $pid
	grep -q '"event":"state","state":"paused"' events
	grep -q '"event":"target","heater":"heater_bed","target":30' events
	tail -n 1 events | grep -q '"outcome":"done".*"position":\[0,0,0,0\]'
	tail -n 1 events | grep -q '"steps":28800,'
	# 4 s at full speed, most of it at half, and the pause
	tail -n 1 events | sed 's/{"t":\([0-9.]*\).*/\1/' |
		awk '{ print; exit !($1 > 7) }'
}

@test "requests that make no sense are answered, and nothing happens" {
	strokes 6 >plan
	stepstream -q --port="$PWD/port" --control=sock plan >events 3>&- &
	pid=$!
	until [ -S sock ] && grep -qs printing events; do sleep 0.05; done
	[[ $(ask 'pause') == '{"ok":false,"error":'* ]]
	[[ $(ask '{}') == *"'request' is missing"* ]]
	[[ $(ask '{"request":"dance"}') == *'unknown request'* ]]
	[[ $(ask '{"request":"resume"}') == *'not paused'* ]]
	[[ $(ask '{"request":"set-target","heater":"x","target":1}') == *heater* ]]
	[[ $(ask '{"request":"set-target","heater":"extruder","target":900}') == \
		*max_temp* ]]
	[[ $(ask '{"request":"set-speed-factor","factor":2}') == *0.05* ]]
	wait $pid
	[ ! -e sock ]
	tail -n 1 events | grep -q '"outcome":"done"'
}

@test "cancel comes to rest and exits 1; an emergency stop stops at once" {
	strokes 40 >plan
	stepstream -q --port="$PWD/port" --control=sock plan >events 2>err 3>&- &
	pid=$!
	until [ -S sock ] && grep -qs printing events; do sleep 0.05; done
	sleep 1
	[ "$(ask '{"request":"cancel"}')" = '{"ok":true}' ]
	status=0
	wait $pid || status=$?
	[ $status = 1 ]
	tail -n 1 events | grep -q '"outcome":"cancelled"'
	stepstream -q --port="$PWD/port" --control=sock plan >events 2>err 3>&- &
	pid=$!
	until [ -S sock ] && grep -qs printing events; do sleep 0.05; done
	sleep 1
	ask '{"request":"emergency-stop"}'
	status=0
	wait $pid || status=$?
	[ $status = 1 ]
	tail -n 1 events | grep -q '"outcome":"emergency-stop"'
	# the board is reset by the next one
	strokes 2 | stepstream -q --port="$PWD/port" >events
	tail -n 1 events | grep -q '"outcome":"done"'
}

@test "a host that is held up in mid-print goes on to the right end" {
	# 0.15 s ahead of the plan, as long behind it
	printf '[input_shaper]\nshaper_type: 2hump_ei\nshaper_freq_x: 5\n' \
		>>printer.cfg
	strokes 20 >plan
	stepstream -q --port="$PWD/port" plan >events 3>&- &
	pid=$!
	until grep -qs printing events; do sleep 0.05; done
	for _ in 1 2; do
		sleep 1.2
		kill -STOP $pid
		sleep 1.2
		kill -CONT $pid
	done
	wait $pid
	tail -n 1 events | grep -q '"outcome":"done".*"position":\[0,0,0,0\]'
	tail -n 1 events | grep -q '"late":[1-9]'
	kill -TERM $sim
	wait $sim || true
	sim=
	awk -f "$root/share/demo/json-lines.awk" report.json >flat
	grep -x 'motors.stepper_x.position_steps 0' flat
	grep -x 'motors.stepper_x.unpowered_steps 0' flat
	grep -x 'shutdown null' flat
}

@test "the object being printed is given up at once, and the way goes on" {
	{ echo 'SET_KINEMATIC_POSITION X=0 Y=0 Z=0'
		echo 'EXCLUDE_OBJECT_DEFINE NAME=next CENTER=100,15'
		echo 'EXCLUDE_OBJECT_START NAME=long'
		for i in $(seq 60); do
			printf 'G1 X%d Y%d.5 F3000\n' $((i % 2 * 50)) "$i"
		done
		printf 'EXCLUDE_OBJECT_END\nEXCLUDE_OBJECT_START NAME=Next\n'
		printf 'G1 X100 Y10\nG1 Y20\nEXCLUDE_OBJECT_END\n'
	} | gcode-plan >plan
	stepstream -q --port="$PWD/port" --control=sock plan >events 3>&- &
	pid=$!
	until grep -qs '"object":"long"' events; do sleep 0.05; done
	sleep 1
	[[ $(ask '{"request":"exclude","object":"lang"}') == \
		*"called 'lang'"*": there are 'next', 'long'"* ]]
	[ "$(ask '{"request":"exclude","object":"LONG"}')" = '{"ok":true}' ]
	[[ $(ask '{"request":"exclude","object":"long"}') == *already* ]]
	[ "$(ask '{"request":"list-objects"}')" = "$(printf %s \
		'{"ok":true,"objects":[{"name":"next","printing":false,' \
		'"excluded":false},{"name":"long","printing":true,' \
		'"excluded":true}]}')" ]
	wait $pid
	tail -n 1 events | grep -q '"outcome":"done".*"position":\[100,20,0,0\]'
	kill "$sim"
	wait "$sim" || true
	sim=
	# the board made the steps that lead there
	awk -f "$root/share/demo/json-lines.awk" report.json |
		grep -qx 'motors.stepper_x.position_steps 8000'
	# begun, but not more of it than two lines after the request
	tail -n 1 events | sed 's/.*"steps":\([0-9]*\).*/\1/' |
		awk '{ print; exit !($1 > 8000 && $1 < 40000) }'
}

@test "a host that is killed: the board knows where it came to rest" {
	printf '%s\n' 'SET_KINEMATIC_POSITION X=0 Y=0 Z=0' 'M104 S24' \
		'G1 X100 Y30 F9000' 'G1 X0' 'G1 Y10' >part.gcode
	gcode-plan part.gcode >plan
	stepstream -q --port="$PWD/port" --journal=journal plan >events 3>&- &
	pid=$!
	until grep -qs '"position":\[[1-9]' journal; do sleep 0.05; done
	kill -KILL $pid
	wait $pid || true
	run stepstream --recover --journal=journal --port="$PWD/port"
	[ "$status" = 0 ]
	[[ $output == *"the motors stand at X"*"nothing has to be homed" ]]
	cp journal once
	sleep 3.5 # nobody feeds the heater: the board has shut down
	run stepstream --recover --journal=journal --port="$PWD/port"
	[ "$status" = 0 ]
	cmp once journal
	gcode-plan --resume=journal --format=gcode part.gcode >rest.gcode
	run ! grep -q '^G28' rest.gcode
	gcode-plan rest.gcode >rest.plan
	stepstream -q --port="$PWD/port" rest.plan >events
	kill -TERM $sim
	wait $sim || true
	sim=
	awk -f "$root/share/demo/json-lines.awk" report.json >flat
	grep -x 'motors.stepper_x.position_steps 0' flat
	grep -x 'motors.stepper_y.position_steps 800' flat
	# where the board is not the one, or nobody was there, it is told
	echo '{}' >journal
	mcu-sim --pty=port2 -c printer.cfg 3>&- &
	sim=$!
	until [ -e port2 ]; do sleep 0.05; done
	run -65 stepstream --recover --journal=journal --port="$PWD/port2"
	[[ $output == *"lacks 'board'"*"[bad-journal]" ]]
	run -66 stepstream --recover --journal=none --port="$PWD/port2"
	run -1 stepstream --recover --journal=once --port="$PWD/port2"
	[[ $output == *"is not known: its power was gone"* ]]
	run -64 stepstream --recover --port="$PWD/port2"
	run -64 stepstream --recover --journal=once plan
}
