# SPDX-License-Identifier: GPL-3.0-or-later
# Motor positions of the machines of tests/cases/kinematics, in microsteps,
# from X Y Z; written from the geometry, apart from libcommon/motion.
#
# awk -v kind=delta -f motors.awk <<<'10 20 5'

function sq(a) { return a * a }
function rad(deg) { return deg * pi / 180 }
function asin(s) { return atan2(s, sqrt(1 - s * s)) }

function tower(deg)
{
	return sqrt(sq(333) - sq(174.75 * cos(rad(deg)) - x) - \
		sq(174.75 * sin(rad(deg)) - y)) + z
}

# the elbow lies on a circle about the shoulder, as far from the effector's
# joint as the lower arm reaches: by the law of cosines
function shoulder(deg,    u, v, w, reach, apart)
{
	u = x * cos(rad(deg)) + y * sin(rad(deg)) - 33.9
	w = y * cos(rad(deg)) - x * sin(rad(deg))
	v = z - 412.9
	reach = sqrt(u * u + v * v)
	apart = (sq(170) + sq(reach) - (sq(320) - sq(w))) / (2 * 170 * reach)
	return (atan2(v, u) + atan2(sqrt(1 - sq(apart)), apart)) / \
		(2 * pi / 3200 * 16 / 107)
}

function cable(a, b, c) { return sqrt(sq(x - a) + sq(y - b) + sq(z - c)) }

function motors()
{
	if (kind == "delta")
		return tower(210) / mm " " tower(330) / mm " " tower(90) / mm
	if (kind == "deltesian")
		return (sqrt(sq(217) - sq(x + 160)) + z) / mm " " \
			(sqrt(sq(217) - sq(x - 160)) + z) / mm " " y / mm
	if (kind == "rotary_delta")
		return shoulder(30) " " shoulder(150) " " shoulder(270)
	if (kind == "polar")
		return atan2(y, x) * 16000 / 2 / pi " " \
			sqrt(x * x + y * y) / mm " " z / 0.0025
	if (kind == "winch")
		return cable(0, -2000, -100) / mm " " \
			cable(2000, 1000, -100) / mm " " \
			cable(-2000, 1000, -100) / mm " " cable(0, 0, 3000) / mm
	return (x + y) / mm " " (x - y) / mm " " z / 2 / 0.0025
}

{
	pi = atan2(0, -1)
	mm = 0.0125
	x = $1
	y = $2
	z = $3
	print motors()
}
