#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What a real browser makes of camctl serve.
bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/..
	O=${O:-$root/build}
	PATH=$O:$PATH
	cd "$BATS_TEST_TMPDIR"
	export XDG_RUNTIME_DIR=$PWD HOME=$PWD
	for browser in chromium chromium-browser google-chrome; do
		! command -v $browser >/dev/null || break
	done
	command -v $browser >/dev/null || skip "chromium is not installed"
	: >serve.err # there before the server is
	camctl serve --listen=127.0.0.1:0 --source=bed=test:640x480@15 \
		--source=top=test:320x240@15 2>serve.err 3>&- &
	echo $! >pid
	for _ in $(seq 100); do
		url=$(sed -n 's/^camctl: listening at \(http.*\)\/$/\1/p' serve.err)
		[ -z "$url" ] || return 0
		sleep 0.05
	done
	return 1
}

teardown() {
	[ ! -e pid ] || kill -9 "$(cat pid)" 2>/dev/null || true
}

# the document as the browser has it after a while
dom() { # URL
	timeout 90 $browser --headless --no-sandbox --disable-gpu \
		--disable-dev-shm-usage --user-data-dir="$PWD/profile" \
		--virtual-time-budget=60000 --dump-dom "$1" 2>browser.err 3>&-
}

@test "a browser shows the stream: the numbers of its pictures go up" {
	sed "s,SERVER,$url,g" "$root/tests/camera/look.html" >look.html
	dom "file://$PWD/look.html" >out
	seen=$(sed -n 's/.*id="seen">\([ 0-9]*\) done<.*/\1/p' out)
	echo "seen: $seen"
	[ -n "$seen" ] || { cat out browser.err; false; }
	last=-1
	for n in $seen; do
		[ "$n" -ge "$last" ]
		last=$n
	done
	# read every fourth picture: what is drawn keeps up with what is sent
	[ "$(echo "$seen" | tr ' ' '\n' | sort -un | grep -c .)" -ge 5 ]
}

@test "the page shows every camera, live, with its size" {
	dom "$url/" >out
	for c in bed top; do
		grep -q "<article data-name=\"$c\"" out
	done
	# the picture has come, and its shape is known
	[ "$(grep -o 'aspect-ratio: [0-9]* / [0-9]*' out | grep -c .)" = 2 ]
	grep -q 'class="dot live"' out || { cat out; false; }
	grep -q '640×480 · ' out
}

@test "the page of one camera finds its pictures, with and without a slash" {
	for p in /top /top/ /webcam/top; do
		dom "$url$p" >out
		[ "$(grep -o '<article' out | grep -c .)" = 1 ]
		grep -q 'aspect-ratio: 320 / 240' out || { cat out; false; }
	done
}
