# SPDX-License-Identifier: GPL-3.0-or-later
# Where a G-code file ends and what it extrudes, read independently of
# gcode-plan.  Prints: x y z e.
# e counts all filament pushed and pulled, whatever G92 calls it.
#
# Input: plain G-code as slicers write it, one command a line.  Homing puts
# the axes to -v home_x= home_y= home_z=.

function word(letter,    i)
{
	for (i = 2; i <= NF; i++)
		if (substr($i, 1, 1) == letter)
			return substr($i, 2) + 0
	missing = 1
	return 0
}

function has(letter,    i)
{
	for (i = 2; i <= NF; i++)
		if (substr($i, 1, 1) == letter)
			return 1
	return 0
}

function move(letter, at)
{
	if (!has(letter))
		return at
	return relative ? at + word(letter) : word(letter) + origin[letter]
}

{
	sub(/\r$/, "")
	sub(/;.*/, "")
	$0 = toupper($0)
	# G1X10Y20 is as good as G1 X10 Y20
	if ($0 ~ /^[GM][0-9]/)
		gsub(/[A-Z]/, " &")
}

BEGIN { flow = 1 }
$1 == "G90" { relative = 0 }
$1 == "G91" { relative = 1 }
$1 == "M82" { e_relative = 0 }
$1 == "M83" { e_relative = 1 }
$1 == "M221" && has("S") { flow = word("S") / 100 }
$1 ~ /^G0*[0123]$/ {
	x = move("X", x)
	y = move("Y", y)
	z = move("Z", z)
	if (has("E")) {
		if (relative || e_relative) {
			total += word("E") * flow
			e += word("E")
		} else {
			total += (word("E") - e) * flow
			e = word("E")
		}
	}
}
$1 == "G28" {
	all = !has("X") && !has("Y") && !has("Z")
	if (all || has("X")) { x = home_x + 0; origin["X"] = 0 }
	if (all || has("Y")) { y = home_y + 0; origin["Y"] = 0 }
	if (all || has("Z")) { z = home_z + 0; origin["Z"] = 0 }
}
$1 == "G92" {
	if (has("X")) origin["X"] = x - word("X")
	if (has("Y")) origin["Y"] = y - word("Y")
	if (has("Z")) origin["Z"] = z - word("Z")
	if (has("E")) e = word("E")
}

END { printf "%.6f %.6f %.6f %.6f\n", x, y, z, total }
