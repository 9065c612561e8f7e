#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# printjob by itself: the stages are scripts that do as the test says.
bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/..
	cd "$BATS_TEST_TMPDIR"
	mkdir bin
	cp "${O:-$root/build}/printjob" bin/
	export XDG_STATE_HOME=$PWD/state T=$PWD
	unset GANTRY_CONFIG
	PATH=/usr/local/bin:/usr/bin:/bin # none of the real stages
	# gcode-plan: 'plan' and the lines; what the checks see is counted
	fake gcode-plan '
		case " $* " in
		*" --format=none "*)
			echo "check: $*" >>"$T/log"
			if [ -f "$T/check" ]; then . "$T/check"; fi
			exec cat >/dev/null ;;
		esac
		echo "plan: $*" >>"$T/log"
		if [ -f "$T/plan" ]; then . "$T/plan"; fi
		echo plan
		for f; do :; done
		case " $*" in *" -- "*) exec cat -- "$f" ;; *) exec cat ;; esac'
	fake stepstream '
		echo "step: $*" >>"$T/log"
		if [ -f "$T/step" ]; then . "$T/step"; fi
		cat >"$T/printed"
		echo "{\"event\":\"end\"}"'
	printf 'G28\nG1 X1\n' >part.gcode
}

fake() { # NAME SCRIPT
	printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
	chmod +x "bin/$1"
}

# waits up to 10 s for a file
await() {
	local i
	for i in $(seq 200); do
		[ ! -e "$1" ] || return 0
		sleep 0.05
	done
	echo "never came: $1" >&2
	return 1
}

# the job in the background ended with status $1
ended() {
	local status=0
	wait $! || status=$?
	[ $status -eq "$1" ] || { echo "status $status"; return 1; }
}

record() {
	cat state/gantry/jobs/*.job
}

@test "a job goes through gcode-plan into stepstream and exits 0" {
	run -0 bin/printjob part.gcode
	printf 'plan\nG28\nG1 X1\n' | cmp - printed
	[[ $output == *"'part.gcode' is done after 0:00:0"* ]]
}

@test "names with blanks, quotes and dashes reach the stages whole" {
	cp -- part.gcode "-it's a \"part\".gcode"
	run -0 bin/printjob -c "my 'conf" --port "/dev/tty 1" \
	    -- "-it's a \"part\".gcode"
	grep -q G28 printed
	grep -qF "plan: -c my 'conf --read-ahead -- -it's a \"part\".gcode" log
	grep -qF "step: -c my 'conf --port=/dev/tty 1" log
}

@test "gz, xz and standard input give the same plan as the file" {
	bin/printjob -q part.gcode
	cp printed want
	gzip -k part.gcode
	xz -k part.gcode
	bin/printjob -q part.gcode.gz
	cmp printed want
	bin/printjob -q part.gcode.xz
	cmp printed want
	bin/printjob -q - <part.gcode
	cmp printed want
}

@test "a file that gcode-plan refuses never reaches stepstream" {
	echo 'exit 65' >check
	run -65 bin/printjob part.gcode
	run ! grep step: log
	record | grep -x 'status: 65'
}

@test "the first stage that failed gives the status" {
	echo 'exit 65' >plan
	echo 'cat >/dev/null; exit 76' >step
	run -65 bin/printjob part.gcode
	record | grep -x 'print-status: 76'
}

@test "a stage killed by SIGPIPE is not blamed when the next one failed" {
	echo 'yes' >plan
	echo 'exit 69' >step
	run -69 bin/printjob part.gcode
	record | grep -x 'print-status: 141'
	# services are started with SIGPIPE ignored
	run -69 bash -c "trap '' PIPE; bin/printjob part.gcode 2>&1"
	[[ $output != *[Bb]roken* ]]
}

@test "a stage killed by SIGPIPE fails the job when nothing else failed" {
	echo 'yes' >plan
	echo 'exit 0' >step
	run -141 bin/printjob part.gcode
}

@test "gcode-plan killed in mid-print exits 137" {
	echo 'echo plan; kill -KILL $$' >plan
	echo 'cat >/dev/null; exit 65' >step
	run -137 bin/printjob part.gcode
	[[ $output == *"printjob: 'gcode-plan' was killed by signal KILL"* ]]
	echo 'cat >/dev/null' >plan
	echo 'kill -SEGV $$' >step
	run -139 bin/printjob part.gcode
	[[ $output == *"printjob: 'stepstream' was killed by signal SEGV"* ]]
}

@test "stages that sleep on their input are ended when stepstream has died" {
	echo 'exit 69' >step
	mkfifo never
	sleep 30 3>&- >never &
	run -69 timeout 10 bin/printjob - <never
	kill $!
}

@test "TERM reaches stepstream once and is what the job dies of" {
	echo 'trap "echo TERM >>$T/got; kill \$! ; exit 143" TERM
	    touch $T/up; sleep 30 & wait' >step
	bin/printjob part.gcode 3>&- &
	await up
	kill -TERM $!
	ended 143
	run -0 cat got
	[ "$output" = TERM ]
	record | grep -x 'status: 143'
}

@test "^C at the terminal reaches stepstream exactly once" {
	echo 'trap "echo INT >>$T/got" INT
	    touch $T/up
	    while [ ! -f $T/got ]; do sleep 0.05; done
	    sleep 0.3; exit 130' >step
	# the foreground group of a terminal: everything that printjob starts
	env --default-signal=INT setsid bin/printjob \
	    part.gcode 3>&- &
	await up
	kill -INT -- -$!
	ended 130
	run -0 cat got
	[ "$output" = INT ]
}

@test "a second INT is handed on too" {
	echo 'trap "echo INT >>$T/got" INT
	    touch $T/up
	    while [ ! -f $T/got ] || [ $(wc -l <$T/got) -lt 2 ]; do
		sleep 0.05
	    done
	    exit 130' >step
	env --default-signal=INT setsid bin/printjob \
	    part.gcode 3>&- &
	await up
	kill -INT $!
	await got
	kill -INT $!
	ended 130
}

@test "a signal while the file is checked prints nothing" {
	echo 'touch $T/up; exec sleep 30' >check
	bin/printjob part.gcode 3>&- &
	await up
	kill -TERM $!
	ended 143
	run ! grep step: log
}

@test "a busy printer exits 75 and says which job holds it" {
	echo 'touch $T/up; while [ ! -f $T/go ]; do sleep 0.05; done' >step
	bin/printjob --port /dev/p1 --name first part.gcode 3>&- &
	await up
	run -75 bin/printjob --port /dev/p1 --name second part.gcode
	[[ $output == *"printer '/dev/p1' is busy: job 'first', pid $!, since "* ]]
	# another printer is free
	rm step
	run -0 bin/printjob --port /dev/p2 part.gcode
	touch go
	wait $!
	run -0 bin/printjob --port /dev/p1 part.gcode
}

@test "the printer stays busy while stepstream outlives a killed printjob" {
	echo 'touch $T/up; while [ ! -f $T/go ]; do sleep 0.05; done; touch $T/off' >step
	bin/printjob --port /dev/p1 part.gcode 3>&- &
	await up
	kill -KILL $!
	ended 137
	run -75 bin/printjob --port /dev/p1 part.gcode
	touch go
	await off
}

@test "the configured port is the lock, and a symlink is the same port" {
	touch port
	ln -s port alias
	fake printerconf 'echo "$T/alias"'
	echo 'touch $T/up; while [ ! -f $T/go ]; do sleep 0.05; done' >step
	bin/printjob part.gcode 3>&- &
	await up
	run -75 bin/printjob --port ./port part.gcode
	touch go
	wait $!
}

@test "simulated jobs do not wait for each other" {
	echo 'echo x >>$T/up; while [ $(wc -l <$T/up) -lt 2 ]; do sleep 0.05; done' >step
	bin/printjob --simulate part.gcode 3>&- &
	run -0 timeout 10 bin/printjob --simulate part.gcode
	wait $!
	grep -q 'step: --simulate' log
	# the same with serial = "sim:"
	rm up
	fake printerconf 'echo sim:'
	bin/printjob part.gcode 3>&- &
	run -0 timeout 10 bin/printjob part.gcode
	wait $!
}

@test "the record holds name, times, command lines and every status" {
	run -0 bin/printjob --name tower --simulate part.gcode
	run -0 record
	[[ $output =~ ^'job: tower' ]]
	[[ $output == *$'\nfile: part.gcode\n'* ]]
	[[ $output =~ $'\nstart: '20[0-9-]*T[0-9:]*Z$'\n' ]]
	[[ $output == *$'\ncheck: '*/bin/gcode-plan\ --read-ahead\ --format=none* ]]
	[[ $output == *$'\nprint: '*/bin/stepstream\ --simulate* ]]
	[[ $output =~ $'\nend: '20[0-9-]*T[0-9:]*Z$'\n'status:\ 0$ ]]
	[ "$(grep -c status: <<<"$output")" -eq 4 ]
}

@test "a journal that cannot be written exits 74 before anything runs" {
	echo text >state
	run -74 bin/printjob part.gcode
	[[ $output == *"cannot make the journal in"* ]]
	[ ! -e log ]
}

@test "dry-run plans, prints the summary and sends nothing" {
	echo 'echo 2 moves' >check
	run -0 bin/printjob -n part.gcode
	[ "$output" = '2 moves' ]
	[ ! -e printed ] && [ ! -e state ]
	echo 'exit 65' >check
	run -65 bin/printjob -n part.gcode
}

@test "macro-expand and gcode-lint join the pipeline in this order" {
	fake macro-expand 'echo "expand: $*" >>"$T/log"; echo E; cat "$4"'
	fake gcode-lint 'echo "lint: $*" >>"$T/log"; echo L; cat'
	run -0 bin/printjob -c p.conf part.gcode
	printf 'plan\nL\nE\nG28\nG1 X1\n' | cmp - printed
	grep -qx 'expand: -c p.conf -- part.gcode' log
	grep -qx 'lint: -c p.conf --pass --hold' log
	# the second time it was clean a moment ago
	grep -qx 'lint: -c p.conf --pass -q' log
	fake gcode-lint 'exit 1'
	rm -f printed
	run -1 bin/printjob -c p.conf part.gcode
	[ ! -e printed ]
}

@test "quiet jobs say nothing, and need neither terminal nor HOME" {
	run -0 env -i PATH="$PATH" T="$T" setsid bin/printjob -q \
	    --journal "$PWD/j" part.gcode </dev/null
	[ -z "$output" ]
	grep -q -- ' -q' log
	ls j/jobs/*.job
	run -64 env -i PATH="$PATH" T="$T" bin/printjob part.gcode
	[[ $output == *"say --journal"* ]]
	echo 'exit 65' >plan
	run -65 bin/printjob -q part.gcode
	[[ $output == "printjob: 'part.gcode' ended with status 65 after"* ]]
}

@test "events go to the file, to stdout or nowhere" {
	run -0 --separate-stderr bin/printjob part.gcode
	[ -z "$output" ]
	run -0 --separate-stderr bin/printjob --events - part.gcode
	[ "$output" = '{"event":"end"}' ]
	run -0 --separate-stderr bin/printjob --events=ev part.gcode
	[ -z "$output" ]
	grep -qx '{"event":"end"}' ev
	run -74 bin/printjob --events=/nonexistent/ev part.gcode
}

@test "wrong command lines exit 64 and point to --help" {
	run -64 bin/printjob
	[[ $output == "printjob: no file given; see --help" ]]
	run -64 bin/printjob --nothing part.gcode
	[[ $output == "printjob: unknown option '--nothing'; see --help" ]]
	run -64 bin/printjob -qx part.gcode
	[[ $output == "printjob: unknown option '-x'; see --help" ]]
	run -64 bin/printjob part.gcode --port
	run -64 bin/printjob part.gcode other.gcode
	[ ! -e log ]
}

@test "a missing file exits 66, a missing program 69" {
	run -66 bin/printjob none.gcode
	[[ $output == "printjob: cannot read 'none.gcode'" ]]
	run -66 bin/printjob .
	rm bin/stepstream
	run -69 bin/printjob part.gcode
	[[ $output == *"'stepstream' is neither in "*" nor in PATH" ]]
}

@test "no temporary directory stays behind" {
	mkdir tmp
	TMPDIR=$PWD/tmp bin/printjob -q part.gcode
	echo 'exit 69' >step
	TMPDIR=$PWD/tmp run -69 bin/printjob -q part.gcode
	run -0 ls -A tmp
	[ -z "$output" ]
}

@test "shellcheck finds nothing in printjob" {
	command -v shellcheck >/dev/null || skip "no shellcheck here"
	shellcheck -s sh "$root/cmd/printjob/printjob.sh"
}
