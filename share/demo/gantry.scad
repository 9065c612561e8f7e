// SPDX-License-Identifier: GPL-3.0-or-later
// A small printer that stands on its own name and prints itself.
//
// 44 x 36 x 30 mm, no supports: the nozzle stands on the part it prints, its
// cone opens at 45 degrees, and the beam bridges 11 mm on either side.

$fn = 48;

base = [44, 36, 1.6];
post = [5, 7, 28];
beam = [44, 5, 4.4];
beam_z = 17.6;	// underside
y0 = 22;	// the plane of the frame
part = 5;	// edge of the little part on the bed

// The word is drawn with a pen: strokes on a grid of 4 x 6 units.
glyphs = [
	// G
	[[[4, 5], [3, 6]], [[3, 6], [1, 6]], [[1, 6], [0, 5]], [[0, 5], [0, 1]],
	 [[0, 1], [1, 0]], [[1, 0], [3, 0]], [[3, 0], [4, 1]], [[4, 1], [4, 2.6]],
	 [[4, 2.6], [2.4, 2.6]]],
	// A
	[[[0, 0], [2, 6]], [[2, 6], [4, 0]], [[0.7, 2], [3.3, 2]]],
	// N
	[[[0, 0], [0, 6]], [[0, 6], [4, 0]], [[4, 0], [4, 6]]],
	// T
	[[[0, 6], [4, 6]], [[2, 6], [2, 0]]],
	// R
	[[[0, 0], [0, 6]], [[0, 6], [3, 6]], [[3, 6], [4, 5]], [[4, 5], [4, 4]],
	 [[4, 4], [3, 3]], [[3, 3], [0, 3]], [[1.8, 3], [4, 0]]],
	// Y
	[[[0, 6], [2, 3]], [[4, 6], [2, 3]], [[2, 3], [2, 0]]],
];

module stroke(a, b, w)
{
	hull() {
		translate(a) circle(d = w, $fn = 12);
		translate(b) circle(d = w, $fn = 12);
	}
}

module word(unit, pitch, w, h)
{
	linear_extrude(h)
		for (i = [0 : len(glyphs) - 1])
			for (s = glyphs[i])
				translate([i * pitch, 0])
					stroke(s[0] * unit, s[1] * unit, w);
}

module block(size, at)
{
	translate([at[0] - size[0] / 2, at[1] - size[1] / 2, at[2]])
		cube(size);
}

module plate()
{
	linear_extrude(base[2])
		offset(2)
			translate([2, 2])
				square([base[0] - 4, base[1] - 4]);
}

x0 = base[0] / 2;
z0 = base[2];

plate();
// the name, raised on the front edge
translate([4.6, 3.2, z0 - 0.01])
	word(1.05, 6.12, 1.3, 1.2);
// posts with feet
for (x = [post[0] / 2 + 1, base[0] - post[0] / 2 - 1]) {
	block([post[0], post[1], post[2]], [x, y0, z0 - 0.01]);
	hull() {
		block([post[0], 18, 0.6], [x, y0, z0 - 0.01]);
		block([post[0], post[1], 0.6], [x, y0, z0 + 5]);
	}
}
// the beam, and the top bar that makes it a frame
block([base[0] - 2, beam[1], beam[2]], [x0, y0, beam_z]);
block([base[0] - 2, post[1], 3.6], [x0, y0, z0 + post[2] - 3.6]);
// the part on the bed, the nozzle that stands on it, the carriage
block([part, part, part], [x0, y0, z0 - 0.01]);
translate([x0, y0, z0 + part - 0.01])
	cylinder(d1 = 1.6, d2 = 10, h = 4.2);
block([10, 10, 12], [x0, y0, z0 + part + 4.1]);
