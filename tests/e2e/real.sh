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

# s that an event stream spent on heating
real_heat() { # EVENTS
	awk '/"event":"state"/ {
			match($0, /"t":[0-9.]+/)
			t = substr($0, RSTART + 4, RLENGTH - 4)
			if (hot) sum += t - since
			hot = /"state":"heating"/
			since = t
		}
		END { printf "%.6f\n", sum }' "$1"
}

# "TOOK HEAT TOLD HEAT", s: the simulated print and the summary
real_times() { # CONFIG FILE EVENTS
	macro-expand -q -c "$1" "$2" |
		gcode-plan -q -c "$1" --format=json --summary |
		cat "$3" - | awk -v heat="$(real_heat "$3")" '
		function value(key) {
			if (!match($0, "\"" key "\":[0-9.]+")) return "?"
			v = substr($0, RSTART, RLENGTH)
			sub(/.*:/, "", v)
			return v
		}
		/"event":"end"/ { took = value("t") }
		/"total_s":/ { print took, heat, value("total_s"),
			value("heating_s") }'
}

# Does the summary tell the time?  What the machine waits for heat scatters by
# a second, with the noise of its sensors: it is held against the model apart.
real_time_told() { # CONFIG FILE EVENTS
	real_times "$@" | awk '
		function off(a, b) { return a > b ? a / b - 1 : b / a - 1 }
		{
			print "took, of it heating; told, of it heating:", $0
			good = $1 > 60 && off($1 - $2, $3 - $4) < 0.001 &&
			    off($2 + 1, $4 + 1) < 0.02
		}
		END { exit !good }'
}
