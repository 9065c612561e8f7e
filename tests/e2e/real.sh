# SPDX-License-Identifier: GPL-3.0-or-later
# Real sliced files made ready for a simulated machine, and its clock held
# against the summary: for files.bats and tests/bench/summary.bench.

# a file of a slicer; its start macro, which is not ours, written out
real_file() { # DIR NAME NOZZLE BED [HOME]
	xz -dc "$1/$2.gcode.xz" | tr -d '\r' | awk -v t="$3" -v b="$4" '
		tolower($1) == "print_start" {
			print "M140 S" b; print "M104 S" t; print "M190 S" b
			print "M109 S" t; print "G28"; next }
		tolower($1) == "print_end" {
			print "M104 S0"; print "M140 S0"; print "M84"; next }
		/^TIMELAPSE_TAKE_FRAME/ || /^M141/ { next }
		# no printer prints without homing
		/^G(90|21)/ && !homed && home { print "G28"; homed = 1 }
		{ print }' home="${5-}"
}

# "took 1.000 s, told 1.001 s, +0.100 %"; 0 when that is less than 0.1 %
real_time_told() { # CONFIG FILE EVENTS
	macro-expand -q -c "$1" "$2" |
		gcode-plan -q -c "$1" --format=json --summary |
		cat "$3" - | awk '
		/"event":"end"/ || /"total_s":/ {
			match($0, /"(t|total_s)":[0-9.]+/)
			v = substr($0, RSTART, RLENGTH)
			sub(/.*:/, "", v)
			t[++n] = v + 0
		}
		END {
			if (n != 2 || !(t[1] > 60)) {
				print "no times"
				exit 1
			}
			off = 100 * (t[2] / t[1] - 1)
			printf "took %.3f s, told %.3f s, %+.4f %%\n",
			    t[1], t[2], off
			exit !(off > -0.1 && off < 0.1)
		}'
}
