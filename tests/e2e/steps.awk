# SPDX-License-Identifier: GPL-3.0-or-later
# Takes the text of stepstream --dump apart: one line a step,
#	STEP_PIN DIR_LEVEL SECONDS
# with the clock at -v hz= ticks a second (16e6).
BEGIN { if (!hz) hz = 16e6 }

function value(key,    i)
{
	for (i = 2; i <= NF; i++)
		if (index($i, key "=") == 1)
			return substr($i, length(key) + 2)
	return ""
}

$1 == "config_stepper" { pin[value("oid")] = value("step_pin") }
$1 == "set_next_step_dir" { dir[value("oid")] = value("dir") }
$1 == "reset_step_clock" { last[value("oid")] = value("clock") }
$1 == "queue_step" {
	oid = value("oid")
	gap = value("interval") + 0
	n = value("count") + 0
	add = value("add") + 0
	t = last[oid]
	for (k = 0; k < n; k++) {
		t += gap
		gap += add
		printf "%s %d %.9f\n", pin[oid], dir[oid], t / hz
	}
	last[oid] = t
}
# a cubic: intervals in 1/2^8 ticks, the first gap apart
$1 == "queue_step_cubic" {
	oid = value("oid")
	gap = value("interval") + 0
	n = value("count") + 0
	add = value("add") + 0
	add2 = value("add2") + 0
	t = last[oid] + value("first")
	part = 128
	for (k = 0; k < n; k++) {
		if (k > 0) {
			part += gap
			t += int(part / 256)
			part %= 256
			gap += add
			add += add2
		}
		printf "%s %d %.9f\n", pin[oid], dir[oid], t / hz
	}
	last[oid] = t
}
