#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# camctl from outside: sources, server, filters; no camera is needed.
bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/..
	O=${O:-$root/build}
	PATH=$O:$PATH
	cd "$BATS_TEST_TMPDIR"
	export XDG_STATE_HOME=$PWD/state XDG_RUNTIME_DIR=$PWD
	unset GANTRY_CONFIG
}

teardown() {
	[ ! -e pid ] || kill -9 "$(cat pid)" 2>/dev/null || true
}

# a server of these options on a free port; $url is its root
serve() {
	camctl serve --listen=127.0.0.1:0 "$@" 2>serve.err 3>&- &
	echo $! >pid
	for _ in $(seq 100); do
		url=$(sed -n 's/^camctl: listening at \(http.*\)$/\1/p' \
			serve.err | head -1)
		[ -z "$url" ] || return 0
		sleep 0.05
	done
	cat serve.err
	return 1
}

stopped() { # STATUS
	local status=0
	kill -TERM "$(cat pid)"
	wait "$(cat pid)" || status=$?
	rm pid
	[ $status = "$1" ] || { echo "serve: exit $status"; cat serve.err; return 1; }
}

@test "a snapshot of the test clock is a JPEG of the size asked for" {
	camctl grab --source=test:320x240@15 -o a.jpg
	file a.jpg | grep -q 'JPEG image data.*320x240'
}

@test "a stream holds as many pictures as asked, and is a source again" {
	camctl stream --source=test:320x240@60 --frames=7 >a.mjpeg
	camctl stream --source=mjpeg:a.mjpeg@60 --frames=7 >b.mjpeg
	cmp a.mjpeg b.mjpeg
	# a pipe that ends is the end, with what came before it
	camctl stream --source=mjpeg:- --queue=100 <a.mjpeg >c.mjpeg
	[ -s c.mjpeg ]
}

@test "yuv4mpeg has a header and pictures of its size" {
	camctl stream --source=test:64x48@60 --frames=3 --format=yuv4mpeg >a.y4m
	head -1 a.y4m | grep -qx 'YUV4MPEG2 W64 H48 F60000:1000 Ip A1:1 C420jpeg'
	header=$(head -1 a.y4m | wc -c)
	[ "$(wc -c <a.y4m)" -eq $((header + 3 * (6 + 64 * 48 * 3 / 2))) ]
}

@test "a source that is none is a usage error with its grammar" {
	run -64 camctl grab --source=test:huge
	[[ "$output" == *"want test:WxH@FPS"* ]]
	run -64 camctl grab --source=/etc/passwd
	run -64 camctl serve --source='a/b=test:64x48@5'
	run -64 camctl serve --source=a=test:64x48@5 --source=a=test:64x48@5
	[[ "$output" == *"two cameras are called 'a'"* ]]
}

@test "a file without a JPEG, or none at all, is no device" {
	echo nothing >a.mjpeg
	run -69 camctl grab --timeout=1 --source=mjpeg:a.mjpeg
	[[ "$output" == *"holds no JPEG"* ]]
	run -69 camctl grab --timeout=1 --source=mjpeg:none.mjpeg
	[[ "$output" == *"No such file"* ]]
}

@test "a reader that goes away is the end, not an error" {
	run -0 bash -o pipefail -c \
		'camctl stream --source=test:320x240@60 | head -c 1000 >/dev/null'
}

@test "every URL shape of the front ends answers" {
	serve --source=bed=test:320x240@30 --source=top=test:160x120@30
	for p in '?action=snapshot' snapshot snapshot.jpg webcam/snapshot \
		'webcam/?action=snapshot&cacheBust=1' bed/snapshot; do
		curl -sf -o a.jpg "$url$p" || { echo "$p"; false; }
		file a.jpg | grep -q 320x240 || { echo "$p"; false; }
	done
	for p in top/snapshot 'top/?action=snapshot' webcam2/snapshot \
		'?action=snapshot_1' 'a/b/top/snapshot.jpg'; do
		curl -sf -o a.jpg "$url$p" || { echo "$p"; false; }
		file a.jpg | grep -q 160x120 || { echo "$p"; false; }
	done
	for p in '?action=stream' stream webcam/?action=stream bed/stream; do
		curl -s -m 1 -D head "$url$p" >body || [ $? = 28 ]
		grep -qix $'content-type: multipart/x-mixed-replace;boundary=boundarydonotcross\r' head
		head -1 body | grep -aqx -- $'--boundarydonotcross\r'
	done
	[ "$(curl -s -o /dev/null -w '%{http_code}' "${url}nothing")" = 404 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -X POST -d a=b "${url}stream")" = 413 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -X DELETE "${url}stream")" = 405 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -X OPTIONS "${url}stream")" = 204 ]
	[ "$(curl -sI "${url}stream" | head -1)" = $'HTTP/1.0 200 OK\r' ]
	curl -s "${url}state" | grep -q '"ok":true'
	curl -s "$url" | grep -q 'bed/stream'
	stopped 143
}

@test "an auth file that others can read, or that holds no user, is refused" {
	echo me:secret >auth
	chmod 644 auth
	run -78 camctl serve --source=test:64x48@5 --auth-file=auth
	[[ "$output" == "auth: error: others can read it (mode 644): chmod 600 first [auth-file]" ]]
	chmod 600 auth
	printf '# nobody\nnonsense\n' >auth
	run -78 camctl serve --source=test:64x48@5 --auth-file=auth
	[[ "$output" == "auth:2:1: error: not a line USER:PASSWORD [auth-file]" ]]
	echo '#' >auth
	run -78 camctl serve --source=test:64x48@5 --auth-file=auth
}

@test "with an auth file nobody sees anything without the password" {
	(umask 077 && printf 'me:secret\nyou:other\n' >auth)
	serve --source=test:320x240@30 --auth-file=auth
	for p in '' stream snapshot state metrics; do
		[ "$(curl -s -o /dev/null -w '%{http_code}' "$url$p")" = 401 ]
		[ "$(curl -s -o /dev/null -u me:wrong -w '%{http_code}' "$url$p")" = 401 ]
	done
	curl -sf -u me:secret "${url}snapshot" | file - | grep -q JPEG
	curl -sf -u you:other "${url}snapshot" | file - | grep -q JPEG
	stopped 143
}

@test "a unix socket serves, is not for others, and is replaced when stale" {
	serve --source=test:320x240@30 --listen=unix:cam.sock
	curl -sf --unix-socket cam.sock http://x/snapshot | file - | grep -q JPEG
	[ "$(stat -c %a cam.sock)" = 660 ]
	camctl grab --source=unix:cam.sock:/stream | file - | grep -q JPEG
	kill -9 "$(cat pid)"
	[ -S cam.sock ]
	serve --source=test:320x240@30 --listen=unix:cam.sock
	curl -sf --unix-socket cam.sock http://x/snapshot | file - | grep -q JPEG
	run -75 camctl serve --source=test:64x48@5 --listen=unix:cam.sock
	stopped 143
	[ ! -e cam.sock ]
}
