#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The yardsticks of the end-to-end tests, held against sums done by hand.
bats_require_minimum_version 1.5.0

setup() {
	here=$BATS_TEST_DIRNAME
	json=$here/../../share/demo/json-lines.awk
}

expect() {
	run -0 awk -f "$here/expect.awk" "$@"
	echo "$output"
}

@test "expect: relative and absolute moves end where they should" {
	expect <<<$'G28\nG1 X10 Y20 Z.3 F6000\nG91\nG1 X-2.5 Z1\nG90\nG0 Y7'
	[ "$output" = "7.500000 7.000000 1.300000 0.000000" ]
}

@test "expect: G92 moves the origin, G28 takes it back" {
	expect <<<$'G28\nG1 X10\nG92 X0\nG1 X5'
	[ "$output" = "15.000000 0.000000 0.000000 0.000000" ]
	expect <<<$'G28\nG1 X10\nG92 X0\nG28 X\nG1 X5'
	[ "$output" = "5.000000 0.000000 0.000000 0.000000" ]
}

@test "expect: filament is counted through M82, M83, G92 and G91" {
	expect <<<$'M82\nG1 E10\nG1 E8\nG92 E0\nG1 E1\nM83\nG1 E.5\nG91\nM82\nG1 E2'
	[ "$output" = "0.000000 0.000000 0.000000 11.500000" ]
}

@test "expect: M221 scales filament, comments and compact words are read" {
	expect <<<$'M83\nM221 S50\nG1X1Y2E4 ; G1 X100\n;G1 X9\ng1 z3 e1'
	[ "$output" = "1.000000 2.000000 3.000000 2.500000" ]
}

@test "json-lines lays nested values flat" {
	run -0 awk -f "$json" <<<'{"a": {"b": [1, "x y", []]}, "t":-1.5e3}
{"u" : true}'
	[ "$output" = $'a.b.0 1\na.b.1 x y\nt -1.5e3\nu true' ]
}

@test "json-lines refuses what is no JSON" {
	run -65 awk -f "$json" <<<'{"a" 1}'
	run -65 awk -f "$json" <<<'{"a":'
	run -65 awk -f "$json" <<<'[1 2]'
}
