#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# mcu-sim at the command line: lock-step by hand, files, faults, terminals.
bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/..
	O=${O:-$root/build}
	PATH=$O:$PATH
	cd "$BATS_TEST_TMPDIR"
	export GANTRY_CONFIG=$root/share/machines/ender3pro.conf
	json=$root/share/demo/json-lines.awk
}

teardown() {
	[ -z "${pid-}" ] || kill -KILL "$pid" 2>/dev/null || true
}

# little-endian bytes of a number
le() { # BYTES NUMBER
	local i n=$2
	for ((i = 0; i < $1; i++)); do
		printf "\\x$(printf %02x $((n & 255)))"
		n=$((n >> 8))
	done
}

# "let time go to this tick", with these bytes for the wire (in hexadecimal)
run_to() { # TICK [HEX]
	local hex=${2-}
	printf R
	le 8 "$1"
	le 4 $((${#hex} / 2))
	printf "$(sed 's/../\\x&/g' <<<"$hex")"
}

# the answers, as "clock hex"
answers() {
	od -An -v -tx1 | tr -d ' \n' | sed 's/^474c5331\(..\)\(..\)\(..\)\(..\)/freq \4\3\2\1\n/' |
		awk 'NR == 1 { print; next }
		{ while (length($0) >= 26) {
			len = hex(substr($0, 21, 2) substr($0, 19, 2))
			print hex(substr($0, 9, 2) substr($0, 7, 2) \
			    substr($0, 5, 2) substr($0, 3, 2)), \
			    substr($0, 27, 2 * len)
			$0 = substr($0, 27 + 2 * len)
		} }
		function hex(s,    i, v) {
			v = 0
			for (i = 1; i <= length(s); i++)
				v = 16 * v + index("0123456789abcdef",
				    substr(s, i, 1)) - 1
			return v
		}'
}

@test "lock-step begins with the clock's frequency" {
	mcu-sim --lockstep </dev/null | answers >out
	[ "$(head -n 1 out)" = "freq 044aa200" ] # 72000000
	mcu-sim --lockstep --clock=16000000 </dev/null | answers >out
	[ "$(head -n 1 out)" = "freq 00f42400" ]
}

@test "time stops at the moment asked for, or when the board has spoken" {
	{ run_to 5000; run_to 400000; run_to 400000; } |
		mcu-sim --lockstep | answers >out
	# 'starting': 6 bytes of 10 bits at 250000 baud, 72 ticks a microsecond
	sed -n 2p out | grep -qx '5000 '
	sed -n 3p out | grep -qE '^17280 0610[0-9a-f]+7e$'
	sed -n 4p out | grep -qx '400000 '
}

@test "a moment in the past hands over bytes and lets no time pass" {
	{ run_to 100000; run_to 100000; run_to 0 05109e817e; run_to 200000; } |
		mcu-sim --lockstep | answers >out
	sed -n 4p out | grep -qx '100000 '
	# 5 bytes there and 5 back: 400 us
	sed -n 5p out | grep -qx '128800 05118f087e'
}

@test "identify hands out a dictionary that zlib reads" {
	{ run_to 100000; run_to 100000; run_to 1000000 08100100285e9f7e; } |
		mcu-sim --lockstep | answers >out
	sed -n 4p out | grep -qE '^[0-9]+ 301100002878da'
}

@test "input that is no lock-step is told, exit 76" {
	run -76 --separate-stderr bash -c \
		'printf "hello, simulator" | mcu-sim --lockstep'
	[[ $stderr == *"the host does not speak lock-step"* ]]
	run -76 bash -c 'printf R12 | mcu-sim --lockstep'
}

@test "--lockstep or --pty: one of them must be said, exit 64" {
	run -64 mcu-sim
	[[ $output == *"say --lockstep or --pty=LINK"* ]]
	run -64 mcu-sim --lockstep --pty=x
	run -64 mcu-sim --lockstep operand
}

@test "the report is JSON and tells where all is" {
	run_to 72000000 | mcu-sim --lockstep --start=10,20,30 \
		--report=r.json >/dev/null
	awk -f "$json" r.json >flat
	grep -qx 'position.x 10' flat
	grep -qx 'position.y 20' flat
	grep -qx 'position.z 30' flat
	grep -qx 'filament_mm 0' flat
	grep -qx 'heaters.extruder.on false' flat
	grep -qx 'shutdown null' flat
	grep -qx 'boots 1' flat
	grep -qx 'motors.stepper_x.steps 0' flat
	# - is standard error where standard output is the link
	run_to 72000000 | mcu-sim --lockstep --start=10,20,30 \
		--report=- 2>r2.json >out
	cmp r.json r2.json
	! grep -aq motors out
}

@test "two runs write the same report, another seed other noise" {
	{ for i in $(seq 20); do
		run_to $((i * 200000)) 08100100285e9f7e
	done; } >in
	for i in 1 2; do
		mcu-sim --lockstep --report=r$i.json --fault=link:0.1 <in >o$i
	done
	cmp r1.json r2.json
	cmp o1 o2
	mcu-sim --lockstep --fault=link:0.1 --seed=2 <in >o3
	! cmp -s o1 o3
}

@test "a fault that is none is told with its slug, exit 64" {
	run -64 mcu-sim --lockstep --fault=thermistor-shirt
	[[ $output == *"did you mean 'thermistor-short'?"*"[fault]"* ]]
	run -64 mcu-sim --lockstep --fault=link
	[[ $output == *"needs a value"*"[fault]"* ]]
	run -64 mcu-sim --lockstep --fault=link:2
	run -64 mcu-sim --lockstep --fault=brownout@soon
	run -64 mcu-sim --lockstep --fault=thermistor-short:nose </dev/null
	[[ $output == *"no heater 'nose' to break [fault]"* ]]
	run -64 mcu-sim --lockstep --fault=endstop-jam:w </dev/null
}

@test "a brown-out restarts the chip" {
	{ run_to 36000000; run_to 72000000; run_to 72000000; } |
		mcu-sim --lockstep --fault=brownout@0.75 --report=r.json |
		answers >out
	awk -f "$json" r.json | grep -qx 'boots 2'
	# it says 'starting' once more
	[ "$(cut -d' ' -f2 <out | grep -c '^0610')" = 2 ]
}

# in a straight line at 150 mm/s; a second without bytes is more than is sent
# ahead, so the motors stop by themselves
@test "a wire that holds its bytes for a second costs a pause, not the print" {
	printf '%s\n' G28 'G1 Z1 F300' 'G1 X30 Y20 F9000' 'G1 X200 Y200' \
		'G1 X20 Y20' 'G1 X200 Y200' 'G1 X20 Y20' 'G1 X200 Y100' |
		gcode-plan >plan
	stepstream -q --simulate --sim-arg=--start=3,3,1 \
		--sim-arg=--report=r.json --sim-arg=--fault=link-delay:1@13 \
		plan >events
	[ "$(grep -c '"event":"late"' events)" -eq 1 ]
	awk -f "$json" r.json >flat
	grep -qx 'position.x 200' flat
	grep -qx 'position.y 100' flat
	grep -qx 'shutdown null' flat
	run ! grep '^faults.0' flat
}

@test "a picture must be .svg or .png, and of something" {
	run -64 mcu-sim --lockstep --picture=x.jpeg
	run -74 bash -c 'mcu-sim --lockstep --picture=x.svg </dev/null'
	[ ! -e x.svg ]
}

@test "a configuration that is not there is told, exit 78" {
	run -78 mcu-sim --lockstep -c nowhere.conf
	[[ $output == *nowhere.conf* ]]
}

@test "a resonance that is none is told, exit 64" {
	for r in x w:50:0.1 x:50 x:50:2 x:0:0.1 x:50:0.1:2 x:50:0.1:1:1; do
		run -64 mcu-sim --lockstep --resonance=$r </dev/null
		[[ $output == *"'$r' is no resonance"*"[resonance]"* ]]
	done
}

@test "a terminal answers in real time and goes with its program" {
	mcu-sim --pty=tty --report=r.json 3>&- &
	pid=$!
	until [ -L tty ]; do sleep 0.02; done
	exec 5<>tty
	printf '\x7e\x08\x10\x01\x00\x28\x5e\x9f\x7e' >&5
	# whatever comes first, the identify_response is 48 bytes of it
	head -c 48 <&5 | od -An -v -tx1 | tr -d ' \n' >out
	exec 5>&-
	grep -q '301100002878da' out
	kill "$pid"
	status=0
	wait "$pid" || status=$?
	pid=
	[ "$status" = 143 ]
	[ ! -e tty ]
	awk -f "$json" r.json | grep -qx 'boots 1'
}

@test "a file in the way of the terminal stays" {
	echo mine >tty
	run -71 mcu-sim --pty=tty
	[ "$(cat tty)" = mine ]
}
