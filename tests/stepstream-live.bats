#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
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
