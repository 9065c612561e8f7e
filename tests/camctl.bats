#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# real time: runs alone
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
	: >serve.err # there before the server is
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
	run -64 camctl grab --source=passwd
	run -69 camctl grab --timeout=1 --source=/dev/nothing
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
	run -0 bash -o pipefail -c 'camctl grab --source=test:64x48@60 | :'
	[ -z "$output" ]
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

# ---- hostile clients ----

client() {
	# its own end is the end of its memory
	ASAN_OPTIONS=detect_leaks=0 timeout 60 "$O/tests/camera/client" "${url#http://}" "$@"
}
resident_kb() {
	sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(cat pid)/status"
}
roomy() { # KB: a build with sanitizers takes more of everything
	if grep -qa __asan_init "$O/camctl"; then echo $(($1 * 4)); else echo "$1"; fi
}
well() { # a well-behaved client notices nothing, and memory stays
	worst=$(client time /snapshot 10)
	[ "$worst" -lt 1000 ] || { echo "snapshot took $worst ms"; return 1; }
	[ "$(resident_kb)" -lt "$(roomy 32768)" ] ||
		{ echo "resident: $(resident_kb) kB"; return 1; }
}

@test "80 MB of headers, of one line, or behind a request are not taken in" {
	serve --source=test:640x480@15
	url=${url%/}
	for kind in headers line chatter; do
		# what the sockets hold, and not much more
		[ "$(client $kind 80)" -lt 40000000 ]
		well
	done
	stopped 143
}

@test "300 heads that trickle in are given up, and disturb nobody" {
	serve --source=test:640x480@15
	url=${url%/}
	client trickle 300 8 >left &
	trickler=$!
	sleep 1
	well
	wait $trickler
	[ "$(cat left)" = 0 ]
	stopped 143
}

@test "1,000 connections that say nothing disturb nobody" {
	serve --source=test:640x480@15
	url=${url%/}
	client many 1000 3 >open &
	crowd=$!
	sleep 1
	well
	client mainsail /stream 1 >seen
	[ "$(cut -d. -f1 <seen | cut -d' ' -f1)" -ge 5 ]
	wait $crowd
	[ "$(cat open)" -ge 1000 ]
	stopped 143
}

@test "1,000 who ask for a picture at once all have it within a second" {
	serve --source=test:640x480@30
	url=${url%/}
	# the first 1,000 wake the camera
	for _ in 1 2; do
		client burst /snapshot 1000 >seen
		read -r n worst <seen
		echo "$n pictures, $worst ms at most"
		[ "$n" = 1000 ]
		[ "$worst" -lt 1000 ]
	done
	well
	stopped 143
}

@test "1,000 who ask a silent camera at once all have a placeholder within a second" {
	mkfifo fifo
	serve --source=mjpeg:fifo
	url=${url%/}
	client burst /snapshot 1000 >seen
	read -r n worst <seen
	echo "$n pictures, $worst ms at most"
	[ "$n" = 1000 ]
	[ "$worst" -lt 1000 ]
	well
	stopped 143
}

@test "pipelined requests are all answered, half-open ones served on" {
	serve --source=test:640x480@15
	url=${url%/}
	[ "$(client pipeline 3000)" = 3000 ]
	[ "$(client half /stream 1)" -gt 50000 ]
	[ "$(client half /snapshot 1)" -gt 1000 ]
	well
	stopped 143
}

@test "nonsense and tricks with paths are answered as errors" {
	serve --source=test:64x48@15
	port=${url##*:} port=${port%/}
	answer() { # REQUEST STATUS
		printf "$1" | timeout 5 bash -c \
			"exec 5<>/dev/tcp/127.0.0.1/$port; cat >&5; head -1 <&5" >line
		grep -q " $2 " line || { echo "$1: $(cat line)"; return 1; }
	}
	answer 'GET /../../etc/passwd HTTP/1.1\r\n\r\n' 404
	answer 'GET /%%2e%%2e/%%2e%%2e/etc/passwd HTTP/1.1\r\n\r\n' 404
	answer 'GET /..%%2fsnapshot HTTP/1.1\r\n\r\n' 404
	answer 'GET //etc/passwd HTTP/1.1\r\n\r\n' 404
	answer 'GET /a%%00b HTTP/1.1\r\n\r\n' 400
	answer 'GET /%%zz HTTP/1.1\r\n\r\n' 400
	answer 'GET snapshot HTTP/1.1\r\n\r\n' 400
	answer 'GET / HTTP/2.0\r\n\r\n' 505
	answer 'GET /\r\n\r\n' 400
	answer 'BREW / HTTP/1.1\r\n\r\n' 501
	answer 'GET / HTTP/1.1\r\n folded\r\n\r\n' 400
	answer 'GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello' 413
	answer 'GET / HTTP/1.1\r\nContent-Length: -5\r\n\r\n' 400
	answer 'GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' 413
	answer "GET /$(printf %03000d 0) HTTP/1.1\r\n\r\n" 414
	answer 'GET /snapshot HTTP/1.1\r\n\r\n' 200
	stopped 143
}

# ---- viewers ----

@test "two front ends' own parsers accept every part" {
	serve --source=test:320x240@30
	url=${url%/}
	client mainsail '/webcam/?action=stream&timestamp=1' 2 >seen
	[ "$(cut -d' ' -f1 seen)" -ge 20 ]
	client fluidd '/webcam/?action=stream&cacheBust=1' 2 >seen
	[ "$(cut -d' ' -f1 seen)" -ge 20 ]
	stopped 143
}

@test "a reader of 160 kB/s sees pictures younger than 300 ms on average" {
	# 18 kB at 30 a second: three times as much as it takes
	serve --source=test:640x480@30 --quality=90
	url=${url%/}
	client slow /stream 160 8 >seen
	read -r n average worst <seen
	echo "$n pictures, $average ms on average, $worst at most"
	[ "$n" -ge 30 ]
	[ "${average%.*}" -lt 300 ]
	stopped 143
}

@test "100 viewers, 20 of them stalled: the others see every picture, memory is flat" {
	serve --source=test:320x240@10 --cpu=0
	url=${url%/}
	client crowd /stream 80 1 >/dev/null
	before=$(resident_kb)
	client stall /stream 20 14 >stalled &
	stalled=$!
	until grep -q stalled stalled; do sleep 0.1; done
	client crowd /stream 80 12 >seen
	read -r n average worst <seen
	echo "worst viewer: $n pictures, $average ms on average, $worst at most"
	[ "$n" -ge 100 ]
	[ "${average%.*}" -lt 100 ]
	wait $stalled
	[ "$(resident_kb)" -lt $((before + $(roomy 8192))) ]
	stopped 143
}

@test "a snapshot is answered within a second, whatever the camera does" {
	mkfifo fifo
	serve --source=gone=mjpeg:nothing.mjpeg --source=still=mjpeg:fifo \
		--source=bed=test:320x240@30
	url=${url%/}
	for p in /gone/snapshot /still/snapshot /bed/snapshot; do
		[ "$(client time $p 3)" -lt 1000 ]
	done
	curl -s -D head -o a.jpg "$url/gone/snapshot"
	grep -q 'X-Camctl-Frame: placeholder' head
	file a.jpg | grep -q JPEG
	curl -s -D head -o a.jpg "$url/bed/snapshot"
	grep -q 'X-Camctl-Frame: live' head
	# the placeholder is a stream too, at least one part a second
	client mainsail /gone/stream 3 >seen
	[ "$(cut -d' ' -f1 seen)" -ge 3 ]
	stopped 143
}

@test "the camera sleeps when nobody looks, and its rate is that of who does" {
	serve --source=test:320x240@60
	url=${url%/}
	curl -s "$url/state" | grep -q '"state":"asleep"'
	client mainsail '/stream?fps=5' 2 >seen
	curl -s "$url/state" | grep -q '"asked":5,'
	[ "$(cut -d' ' -f1 seen)" -le 15 ]
	for _ in $(seq 100); do
		curl -s "$url/state" | grep -q '"state":"asleep"' && break
		sleep 0.1
	done
	curl -s "$url/state" | grep -q '"state":"asleep"'
	stopped 143
}

@test "over its budget the rate steps down; while a print runs it is smaller" {
	mkdir locks
	serve --source=test:640x480@60 --cpu=0 --print-cpu=0 --bandwidth=0 \
		--print-bandwidth=10 --print-sign=locks
	url=${url%/}
	client mainsail /stream 9 >seen &
	viewer=$!
	sleep 2
	curl -s "$url/state" | grep -q '"printing":false,"step_down":0'
	: >locks/printer
	(exec 9<locks/printer && flock 9 && sleep 8) 3>&- &
	sleep 6
	curl -s "$url/state" >s
	grep -q '"printing":true,"step_down":[1-3]' s || { cat s; false; }
	wait $viewer
	stopped 143
}

@test "a service manager's sockets are used, and it is told" {
	command -v perl >/dev/null || skip "perl is not installed"
	cat >run.pl <<-'P'
		use Socket; use POSIX;
		socket(my $n, AF_UNIX, SOCK_DGRAM, 0); bind($n, pack_sockaddr_un("notify"));
		if (fork() == 0) {
			# what perl opens itself is closed by exec: 3 must be a copy
			open(my $d, "<", "/dev/null");
			socket(my $s, AF_INET, SOCK_STREAM, 0);
			bind($s, pack_sockaddr_in(0, INADDR_LOOPBACK)); listen($s, 5);
			POSIX::dup2(fileno($s), 3) if fileno($s) != 3;
			$ENV{LISTEN_PID} = $$; $ENV{LISTEN_FDS} = 1;
			$ENV{NOTIFY_SOCKET} = "$ENV{PWD}/notify";
			$ENV{WATCHDOG_USEC} = 400000;
			open(my $p, ">", "pid"); print $p $$; close($p);
			exec "camctl", "serve", "--source=test:64x48@15";
		}
		my $all = "";
		alarm(20);
		for (1..5) { recv($n, my $m, 200, 0); $all .= "$m\n" }
		open(my $o, ">", "told"); print $o $all; close($o);
	P
	: >serve.err
	perl run.pl 2>serve.err 3>&- &
	manager=$!
	for _ in $(seq 100); do
		url=$(sed -n 's/^camctl: listening at \(http.*\)\/$/\1/p' serve.err)
		[ -z "$url" ] || break
		sleep 0.1
	done
	curl -sf "$url/snapshot" | file - | grep -q JPEG
	wait $manager
	grep -q READY=1 told
	grep -q WATCHDOG=1 told
	kill "$(cat pid)"
}

# ---- configuration, devices ----

@test "an entry that says not which camera, or wrongly, is refused in its place" {
	printf 'cameras: {\n  bed: { fps = 5.0; };\n};\n' >a.conf
	run -78 camctl check -c a.conf
	[[ "$output" == *"a.conf:2:"*"say which"*"[camera]"* ]]
	printf 'cameras: {\n  bed: { port = "x"; resolution = "big"; };\n};\n' >a.conf
	run -78 camctl check -c a.conf
	[[ "$output" == *"WIDTHxHEIGHT"*"[camera]"* ]]
	printf 'cameras: {\n  bed: { port = "x"; controls = ["none"]; };\n};\n' >a.conf
	run -78 camctl check -c a.conf
	[[ "$output" == *"NAME=VALUE"*"[camera]"* ]]
}

@test "a camera that is not there is told, with what was looked for" {
	printf 'cameras: { bed: { serial = "A1"; }; };\n' >a.conf
	run -1 camctl check -c a.conf
	[[ "$output" == *"not plugged in: serial 'A1'"*"[camera-not-found]" ]]
	run -69 camctl grab -c a.conf --timeout=1 bed
	[[ "$output" == *"not plugged in"* ]]
	run -1 camctl link -c a.conf --folder=links
	[ -d links ] && [ ! -e links/bed ]
	run -69 camctl set -c a.conf bed brightness=1
	run -64 camctl grab -c a.conf nobody
	camctl link -c a.conf --udev-rule >rules
	grep -q 'ENV{ID_SERIAL_SHORT}=="A1", SYMLINK+="gantry/bed"' rules
}

@test "a configured camera may be a clock; the server finds it, grab finds the server" {
	printf 'cameras: { bed: { device = "test:160x120@30"; }; };\n' >a.conf
	camctl check -c a.conf >said
	grep -q 'bed: works: test clock, YUYV 160x120' said
	camctl grab -c a.conf bed | file - | grep -q 160x120
	serve -c a.conf
	# no -c: the picture comes through the server's socket
	camctl grab bed | file - | grep -q 160x120
	curl -s "${url}state" | grep -q '"captured":[1-9]'
	stopped 143
}

@test "SIGHUP: the configuration is read again, and viewers notice only what concerns them" {
	conf() { # ENTRY...
		printf 'cameras: {\n' >a.conf
		printf '  %s\n' "$@" '};' >>a.conf
	}
	reads() { # N: so many readings are told
		for _ in $(seq 100); do
			[ "$(grep -c "$1" serve.err)" -lt "$2" ] || return 0
			sleep 0.05
		done
		cat serve.err
		return 1
	}
	size() { curl -sf "$url/$1/snapshot" | file - | sed 's/.*, \([0-9x]*\), components.*/\1/'; }
	conf 'a: { device = "test:160x120@30"; };' \
		'b: { device = "test:64x48@30"; };' \
		'd: { device = "test:64x48@30"; };'
	serve -c a.conf
	url=${url%/}
	client mainsail /a/stream 4 >a.seen &
	a=$!
	client fluidd /b/stream 4 >b.seen &
	b=$!
	sleep 1
	# one goes, one is new and first, one is another, one stays
	conf 'c: { device = "test:96x64@30"; };' \
		'a: { device = "test:160x120@30"; };' \
		'b: { device = "test:320x240@30"; };'
	kill -HUP "$(cat pid)"
	reads 'read again' 1
	[ "$(size a)" = 160x120 ]
	[ "$(size b)" = 320x240 ]
	[ "$(size c)" = 96x64 ]
	curl -sf "$url/snapshot" | file - | grep -q 96x64
	curl -s "$url/state" >s
	run -1 grep -q '"d":{' s
	# a mistake: all stays
	conf 'a: { fps = 5.0; };'
	kill -HUP "$(cat pid)"
	reads 'going on as before' 1
	grep -q 'a.conf:2:.*\[camera\]' serve.err
	[ "$(size c)" = 96x64 ]
	wait $a
	wait $b
	[ "$(cut -d' ' -f1 a.seen)" -ge 40 ]
	curl -s "$url/a/state" >s
	grep -q '"a":{"state":"[a-z]*","reason":"[^"]*".*"opened":1,' s
	stopped 143
}

@test "crowsnest.conf becomes cameras, and what is left behind is told" {
	cat >crowsnest.conf <<-'C'
		[crowsnest]
		log_path: ~/logs
		no_proxy: true
		[cam 1]
		mode: ustreamer    # a comment
		port: 8080
		device: /dev/v4l/by-id/usb-x-video-index0
		resolution: 640x480
		max_fps: 15
		custom_flags: --quality 50
		v4l2ctl: focus_auto=0,brightness=3
		[cam top-view]
		device = test:64x48@15
		max_fps = 10
	C
	camctl import crowsnest.conf -o a.conf 2>err
	grep custom_flags err | grep -qF '[not-carried]'
	grep listen= err | grep -qF '[not-carried]'
	grep -qF 'controls = ["focus_auto=0", "brightness=3"];' a.conf
	grep -qF 'http_port = 8080;' a.conf
	# and it is a configuration
	camctl grab -c a.conf top-view | file - | grep -q 64x48
	# what is no node makes no rule, least of all one for every camera
	printf '[cam pi]\ndevice: /base/soc/i2c/imx219@10\n[cam n]\ndevice: /dev/video99\n' >pi.conf
	camctl import pi.conf -o b.conf 2>err
	grep -q "camera 'pi' is libcamera's and has no node.*\[not-carried\]" err
	grep -q "'/dev/video99' changes when cameras come and go; plug it in.*\[not-carried\]" err
	camctl link -c b.conf --udev-rule >rules
	[ "$(grep -c SYMLINK rules)" = 1 ]
	printf '[cam x]\nport: 8080\n' >bad.conf
	run -65 camctl import bad.conf
	[[ "$output" == "bad.conf:1:1: error: camera 'x' has no device [crowsnest]" ]]
	printf 'nonsense\n' >bad.conf
	run -65 camctl import bad.conf
	[[ "$output" == *"[crowsnest]"* ]]
	run -66 camctl import none.conf
}

# ---- films ----

events() {
	for i in 1 2 3 4; do
		echo "{\"t\":$i.5,\"event\":\"layer\",\"layer\":$i,\"z\":0.$i}"
	done
	echo '{"t":9,"event":"end","outcome":"done"}'
}

@test "a film has a picture a layer, tagged, and the last one longer" {
	events | camctl timelapse --source=test:64x48@30 --delay=0 -o film/ \
		--preview=last.jpg
	[ "$(ls film | grep -c '^frame0000')" = 4 ]
	grep -a -q '"frame":3,"t":3.5,"layer":3,"z":0.3' film/frame000003.jpg
	[ "$(wc -l <film/index.jsonl)" = 4 ]
	cmp last.jpg film/frame000004.jpg
	events | camctl timelapse --source=test:64x48@30 --delay=0 -o a.avi
	file a.avi | grep -q 'RIFF.*AVI.*64 x 48.*Motion JPEG'
	[ "$(head -c 4000 a.avi | grep -a -c 'LIST')" -ge 1 ]
	events | camctl timelapse --source=test:64x48@30 --delay=0 -o a.mjpeg \
		--repeat-last=0
	camctl stream --source=mjpeg:- --queue=9 <a.mjpeg >b.mjpeg
	[ "$(grep -a -c '"event"' a.mjpeg || true)" = 0 ]
	[ ! -e a.mjpeg.pictures ]
}

@test "when the plan asks, pictures are taken when it has parked, not at layers" {
	{
		events | head -1
		echo '{"t":2,"event":"position","position":[1,2,0.3,4]}'
		echo '{"t":2,"event":"message","message":"TIMELAPSE_TAKE_FRAME"}'
		events | tail -4
		echo '{"t":8,"event":"message","message":"TIMELAPSE_TAKE_FRAME"}'
	} | camctl timelapse --source=test:64x48@30 --delay=0 -o film/ --pass >out
	[ "$(ls film | grep -c '^frame0000')" = 3 ]
	grep -q '"position":\[1,2,0.3,4\]' film/index.jsonl
	[ "$(wc -l <out)" = 8 ]
}

@test "mp4 is made by ffmpeg; without it the film is refused before the print" {
	mkdir empty
	ln -s "$O/camctl" empty/camctl
	run -69 env PATH=$PWD/empty camctl timelapse --source=test:64x48@30 -o a.mp4 </dev/null
	[[ "$output" == *"ffmpeg is not installed"*".avi"* ]]
	run -69 camctl timelapse --source=test:64x48@30 -o a.gif </dev/null
	command -v ffmpeg >/dev/null || skip "ffmpeg is not installed"
	events | camctl timelapse --source=test:64x48@30 --delay=0 -o a.mp4
	ffprobe -v error -count_frames -show_entries \
		stream=codec_name,nb_read_frames -of csv a.mp4 | grep -qx 'stream,h264,9'
}

@test "a full disk is told and exits 74, and costs a film no more than its pictures" {
	run -74 bash -c 'camctl grab --source=test:64x48@30 >/dev/full'
	run -74 bash -c 'camctl stream --source=test:64x48@30 --frames=2 >/dev/full'
	# a limit of the size of files fills up as a disk does, without root
	full() { # KB ARGUMENT...
		bash -c 'trap "" XFSZ; ulimit -f $0; exec camctl timelapse \
			--source=test:320x240@30 --delay=0 "$@"' "$@" 2>err
	}
	size=$(camctl grab --source=test:320x240@30 | wc -c)
	events >lines
	status=0
	full $((size * 5 / 2 / 1024 + 1)) -o a.mjpeg <lines || status=$?
	[ $status = 74 ]
	grep -q 'a.mjpeg: File too large; the film goes on without that picture' err
	grep -q 'camctl: 2 pictures in a.mjpeg, 2 could not be taken' err
	# and those are whole
	camctl stream --source=mjpeg:a.mjpeg@30 --frames=2 >b.mjpeg
	cmp a.mjpeg b.mjpeg
	status=0
	full 1 -o film/ <lines || status=$?
	[ $status = 74 ]
	[ -z "$(ls film | grep frame)" ]
}

@test "a line that is no event is told, and the film goes on" {
	{ echo nonsense; events; } |
		camctl timelapse --source=test:64x48@30 --delay=0 -o film/ 2>err
	grep -qxF "<stdin>:1:1: warning: not an event of stepstream: 'nonsense' [event]" err
	[ "$(ls film | grep -c '^frame0000')" = 4 ]
	run -69 camctl timelapse --source=test:64x48@30 -o b.avi </dev/null
	[[ "$output" == *"no picture was taken"* ]]
}

@test "a print with the timelapse macro parks for each picture" {
	for p in macro-expand gcode-plan stepstream mcu-sim; do
		[ -x "$O/$p" ] || skip "$p is not built"
	done
	cp "$root/share/machines/ender3pro.conf" printer.conf
	echo "macros = [\"$root/share/macros/timelapse.cfg\"];" >>printer.conf
	printf '%s\n' 'M104 S200' G28 'M109 S200' 'G1 Z0.2 F600' \
		'G1 X50 Y50 F6000' TIMELAPSE_TAKE_FRAME ';LAYER_CHANGE' \
		';Z:0.4' 'G1 Z0.4' TIMELAPSE_TAKE_FRAME 'M104 S0' >a.gcode
	macro-expand -c printer.conf a.gcode | gcode-plan -q -c printer.conf |
		stepstream -q -c printer.conf --simulate |
		camctl timelapse --source=test:64x48@30 --delay=0 -o film/
	[ "$(wc -l <film/index.jsonl)" = 2 ]
	# both were taken at the place of parking, not where the print was
	[ "$(grep -c '"position":\[5,230,0.[24],' film/index.jsonl)" = 2 ] ||
		{ cat film/index.jsonl; false; }
}
