#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# real time: runs alone
# camctl with real V4L2 devices: Debian's kernel in qemu with its own test
# camera (vivid) and with a USB camera made of a program; tests/camera/init is
# what runs there.
bats_require_minimum_version 1.5.0

setup_file() {
	root=$BATS_TEST_DIRNAME/..
	O=${O:-$root/build}
	export GUEST=$BATS_FILE_TMPDIR/guest
	mkdir -p "$GUEST"
	[ -x "$O/tests/camera/uvc-camera" ] && [ -x "$O/tests/camera/client" ] || {
		echo "the camera for the guest is not built" >"$GUEST/why"
		return 0
	}
	# what is real time elsewhere is minutes there; camctl.bats has the
	# same server, encoder and parsers under sanitizers
	if grep -qa __asan_init "$O/camctl"; then
		echo "emulated and with sanitizers it is too slow for its times" \
			>"$GUEST/why"
		return 0
	fi
	"$root/tests/camera/boot" "$O" "$GUEST" >"$GUEST/why" \
		2>"$GUEST/err" 3>&- || true
	[ ! -e "$GUEST/said" ] || rm "$GUEST/why"
}

setup() {
	[ ! -e "$GUEST/why" ] || skip "$(tail -1 "$GUEST/why")"
}

guest() { # NAME...: the guest says ok to each
	for n; do
		grep -qax "ok $n" "$GUEST/said" || {
			grep -a -A 12 "^not ok $n " "$GUEST/said" ||
				tail -n 20 "$GUEST/said"
			cat "$GUEST/err"
			return 1
		}
	done
}

@test "the guest boots, and ends by itself" {
	grep -qa '^guest: done' "$GUEST/said"
}

@test "list finds cameras and tells metadata nodes apart" {
	guest list-finds-vivid list-tells-metadata json-hides-metadata
}

@test "show knows formats, rates and controls of every type" {
	guest show-formats show-rates show-controls show-menu
}

@test "set takes numbers, words of menus and defaults, and explains" {
	guest set-int set-int-holds set-menu-by-words set-default \
		set-range-is-told set-unknown-suggests
}

@test "a raw camera gives JPEGs, with the controls of the configuration" {
	guest grab-raw grab-raw-is-jpeg config-controls-applied check-works
}

@test "a camera with buffers of planes gives JPEGs too" {
	guest planes-grab planes-is-jpeg
}

@test "planes in memory of their own are a picture too" {
	guest planes-nv12m-grab planes-nv12m-works planes-yu12m-grab \
		planes-yu12m-works
}

# [camera-number] [camera-twice] [camera-format] [camera-control]
# [camera-not-found] [camera-bus] [camera-refused]
@test "check explains what is wrong" {
	guest check-number check-number-says-what-stays check-twice \
		check-size check-format check-control check-not-found \
		check-bus check-busy check-permission check-through-the-server
}

@test "a USB camera is known by its serial, and its rates are listed" {
	guest usb-listed usb-identity usb-import usb-by-id usb-mjpeg usb-rates
}

@test "its JPEGs pass through untouched, at the slowest rate that will do" {
	guest usb-grab usb-passed-through usb-rate-that-is-needed usb-control
}

@test "the camera sleeps until somebody looks; grab shares it with the server" {
	guest asleep-when-nobody-looks serve-live grab-through-the-server \
		asleep-again
}

@test "link follows the camera" {
	guest link link-points link-gone
}

@test "unplugged: a placeholder within a second; replugged: it goes on" {
	guest unplug-noticed unplug-reason unplug-snapshot-within-1s \
		replug-comes-back replug-same-number replug-stream-goes-on \
		viewer-saw-nothing-wrong
}

@test "controls set by hand are set again after a replug" {
	guest usb-set replug-controls-again
}

@test "torn pictures are dropped and counted; a stall is noticed and ends" {
	guest truncated-are-dropped stall-noticed stall-ends
}

@test "two cameras with one serial are never guessed at" {
	guest twins-told twins-identity-by-port twins-ambiguous \
		twins-by-id-refused twins-by-port
}

@test "the udev rule makes the link" {
	guest udev-rule udev-rule-works
}

managed() {
	grep -qax "guest: no systemd" "$GUEST/said" && skip "systemd is not installed"
	guest "$@"
}

@test "systemd starts it with the first viewer, behind all the walls of its unit" {
	managed unit-socket-listens unit-not-started-yet \
		unit-started-by-the-first-viewer unit-says-ready \
		unit-camera-is-live unit-is-nobody-much unit-keeps-controls
}

@test "systemd reloads it in place, and replaces it when it does not answer" {
	managed unit-reloads unit-watchdog unit-serves-again unit-ends-well
}
