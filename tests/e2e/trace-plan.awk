# SPDX-License-Identifier: GPL-3.0-or-later
# A recorded plan.csv as the text twin of a plan: XYZ and E segments of one
# start time are one move.
NR == 1 { next }

{
	t = $2
	if (!(t in seen)) {
		seen[t] = 1
		order[++n] = t
	}
	if ($1 == "toolhead") {
		xyz[t] = $0
	} else {
		e[t] = $0
	}
}

function number(v) { return sprintf("%.17g", v) }

function emit(t,    f, g, sign, de, d, v1, pa)
{
	pa = 0
	if (t in xyz) {
		split(xyz[t], f, ",")
		de = 0
		if (t in e) {
			split(e[t], g, ",")
			de = g[13] / f[13]
			at_e = g[6]
			pa = g[10] + 0
		}
		x = f[6]; y = f[7]; z = f[8]
	} else {
		split(e[t], f, ",")
		at_e = f[6]
		sign = f[13] < 0 ? -1 : 1
		de = sign
		f[9] = f[10] = f[11] = 0
		f[12] *= sign; f[13] *= sign; f[14] *= sign
	}
	v1 = f[13] - f[14] * f[5]
	d = (f[12] + f[13]) / 2 * f[3] + f[13] * f[4] + (f[13] + v1) / 2 * f[5]
	if (!placed++)
		print "set-position line=1 t=0 axes=XYZ x=" number(x) \
			" y=" number(y) " z=" number(z) " e=" number(at_e)
	print "move line=" placed " t=" number(t - 0.25) " x=" number(x) \
		" y=" number(y) " z=" number(z) " e=" number(at_e) \
		" dx=" number(f[9]) " dy=" number(f[10]) " dz=" number(f[11]) \
		" de=" number(de) " d=" number(d) " ta=" f[3] " tc=" f[4] \
		" td=" f[5] " v0=" number(f[12]) " vc=" number(f[13]) \
		" a=" number(f[14]) " pa=" pa
	x += f[9] * d; y += f[10] * d; z += f[11] * d
	at_e += de * d
}

END {
	print "plan 1.0 config=00000000"
	for (i = 1; i <= n; i++) {
		# the file has the queues one after the other: sort by time
		for (k = i; k > 1 && order[k] + 0 < order[k - 1] + 0; k--) {
			s = order[k]; order[k] = order[k - 1]; order[k - 1] = s
		}
	}
	for (i = 1; i <= n; i++)
		emit(order[i])
	print "end line=" n " t=1e6 records=" placed + 1 " moves=" placed \
		" lines=" placed " duration=0 filament=0 distance=0"
}
