#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# gcode-plan: from G-code to plans, summaries and complaints.
bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/..
	PATH=${O:-$root/build}:$PATH
	cd "$BATS_TEST_TMPDIR"
	export GANTRY_CONFIG=$PWD/printer.cfg
	cat >printer.cfg <<-'END'
	[mcu]
	serial: sim:
	[printer]
	kinematics: cartesian
	max_velocity: 300
	max_accel: 3000
	max_z_velocity: 5
	max_z_accel: 100
	[stepper_x]
	step_pin: PC2
	dir_pin: PB9
	enable_pin: !PC3
	microsteps: 16
	rotation_distance: 40
	endstop_pin: ^PA5
	position_endstop: 0
	position_max: 235
	[stepper_y]
	step_pin: PB8
	dir_pin: PB7
	enable_pin: !PC3
	microsteps: 16
	rotation_distance: 40
	endstop_pin: ^PA6
	position_endstop: 0
	position_max: 235
	[stepper_z]
	step_pin: PB6
	dir_pin: !PB5
	enable_pin: !PC3
	microsteps: 16
	rotation_distance: 8
	endstop_pin: ^PA7
	position_endstop: 0
	position_max: 250
	[extruder]
	step_pin: PB4
	dir_pin: PB3
	enable_pin: !PC3
	microsteps: 16
	rotation_distance: 33.683
	nozzle_diameter: 0.400
	filament_diameter: 1.750
	heater_pin: PA1
	sensor_type: EPCOS 100K B57560G104F
	sensor_pin: PC5
	control: pid
	pid_Kp: 21.527
	pid_Ki: 1.063
	pid_Kd: 108.982
	min_temp: 0
	max_temp: 275
	[heater_bed]
	heater_pin: PA2
	sensor_type: EPCOS 100K B57560G104F
	sensor_pin: PC4
	control: pid
	pid_Kp: 54.027
	pid_Ki: 0.770
	pid_Kd: 948.182
	min_temp: 0
	max_temp: 110
	[fan]
	pin: PA0
	END
	cp "$root/tests/cases/part.gcode" part.gcode
}

# the plan of these lines as text
plan() {
	printf "$1" | gcode-plan --format=text --idle=0
}

@test "a plan begins with its version and ends with an END record" {
	gcode-plan --format=text part.gcode >plan
	head -1 plan | grep -qE '^plan 1\.2 config=[0-9a-f]{8}$'
	tail -1 plan | grep -qE "^end line=31 .*lines=31 "
	gcode-plan part.gcode >plan
	[ "$(head -c 4 plan | od -An -c | tr -d ' ')" = '211GPL' ]
}

@test "a plan is the same each time, from a file and from a pipe" {
	gcode-plan part.gcode >one
	gcode-plan part.gcode >two
	cmp one two
	gcode-plan --format=text part.gcode | grep -v '^source' >one
	cat part.gcode | gcode-plan --format=text | grep -v '^source' >two
	cmp one two
}

@test "every move starts where and when the one before it ended" {
	gcode-plan --format=text part.gcode >plan
	awk '$1 == "barrier" || $1 == "home" { seen = 0 }
		$1 == "move" {
		for (i = 2; i <= NF; i++) {
			split($i, kv, "="); v[kv[1]] = kv[2] }
		if (seen && ((v["x"] - x) ^ 2 + (v["y"] - y) ^ 2 > 1e-18 ||
		    v["t"] - t > 1e-9 || t - v["t"] > 1e-9)) {
			print; bad = 1 }
		x = v["x"] + v["d"] * v["dx"]; y = v["y"] + v["d"] * v["dy"]
		t = v["t"] + v["ta"] + v["tc"] + v["td"]; seen = 1; n++ }
		END { exit bad || n != 14 }' plan
}

@test "a binary plan is not written to a terminal: 64" {
	command -v script >/dev/null || skip "script is not installed"
	run script -qec "gcode-plan part.gcode; echo status \$?" /dev/null
	[[ "$output" == *"not for a terminal"*"status 64"* ]]
	# nobody would want it who asks for something else
	run script -qec "gcode-plan --summary part.gcode; echo status \$?" /dev/null
	[[ "$output" == *"filament "*"status 0"* ]]
}

@test "JSON has one object a record" {
	gcode-plan --format=json part.gcode >plan
	gcode-plan --format=text part.gcode >text
	[ "$(wc -l <plan)" -eq $(($(wc -l <text) - 1)) ]
	head -1 plan | grep -q '^{"record":"source",'
	grep -q '"record":"heater-wait".*"min":null,"max":null}$' plan
	grep -q '"record":"layer","line":13,.*"index":1,"z":0.2}' plan
}

@test "the summary has the figures of the plan" {
	gcode-plan --format=none --summary part.gcode >summary 2>err
	[ ! -s err ]
	grep -qE '^time +0:0[23]:[0-9.]* in all: 0:00:11\.5 in motion' summary
	grep -qE '^filament +0\.003 m' summary
	grep -qE '^layers +2, up to Z 0\.40 mm' summary
	grep -qE '^prints +X 80\.00\.\.100\.00, Y 80\.00\.\.100\.00' summary
	grep -qE '^heat .*extruder to 200 C' summary
	# 25 mm/s at 0.0335 mm a mm, 1.75 mm filament
	grep -qE '^flow +up to 2\.01 mm3/s \(line 13\), 2\.00 on' summary
}

# the motion's time on a rail of so many volts, ender3pro.conf made faster
time_on() { # VOLTS [SHARE]
	sed -e "s/voltage = 24.0/voltage = $1/" \
		-e 's/max_velocity = 300/max_velocity = 1500/' \
		-e "s/max_accel = 3000/max_accel = 8000; torque_share = ${2-0.5}/" \
		"$root/share/machines/ender3pro.conf" >"volts$1.conf"
	printf 'G28\nG1 X20 Y20 F60000\nG1 X200 Y180\nG1 X20\nG1 Y20\n' |
		gcode-plan -q -c "volts$1.conf" --format=json --summary |
		tee summary | sed 's/.*"time_s":\([0-9.]*\),.*/\1/'
}

@test "by the torque of its motors 48 V plan faster than 24 V, 12 V slower" {
	set -- "$(time_on 12.0)" "$(time_on 24.0)" "$(time_on 48.0)" \
		"$(time_on 24.0 0)"
	grep -q '"moves_slowed_by_motors":0,' summary
	time_on 12.0 >/dev/null
	grep -q '"moves_slowed_by_motors":[1-9]' summary
	echo "12 V $1 s, 24 V $2 s, 48 V $3 s, as commanded $4 s"
	awk -v a="$1" -v b="$2" -v c="$3" -v d="$4" \
		'BEGIN { exit !(a > 1.2 * b && b > 1.1 * c && c >= d) }'
}

@test "a plan stays below the steps that the board makes" {
	sed 's/^\[mcu\]/&\nmax_step_rate: 16000/' printer.cfg >slow.cfg
	printf 'G28\nG1 X100 Y100 F18000\nG1 X200\n' |
		gcode-plan -c slow.cfg --format=text >plan
	# 80 steps a mm: 16000 are 200 mm/s along X, 141 at 45 degrees
	grep '^move' plan | sed 's/.* vc=\([0-9.]*\) .*/\1/' >speeds
	[ "$(awk '{ printf "%.1f ", $1 }' speeds)" = "141.4 200.0 " ]
}

@test "a job may raise the acceleration, whatever is known of motors" {
	printf 'G28\nSET_VELOCITY_LIMIT ACCEL=5000\nG1 X50 F6000\n' >fast
	for c in ender3pro manta-m8p-48v; do
		gcode-plan -c "$root/share/machines/$c.conf" --format=text \
			fast | grep '^move .* a=5000 '
	done
}

@test "RESUME goes back to where PAUSE stood" {
	printf '%s\n' G28 'G1 X50 Y50 Z10 F6000' PAUSE G91 'G1 Z5' G90 \
		'G1 X9 Y9' 'RESUME VELOCITY=20' 'G1 X60' RESUME 'G1 Z10' >p.gcode
	gcode-plan --format=text p.gcode | grep '^move' >plan
	# the way back, then the next line from there; a second RESUME is none
	grep '^move line=8 .* x=9 y=9 z=15 ' plan | grep -q ' vc=20 '
	grep -q '^move line=9 .* x=50 y=50 z=10 e=0 dx=1 dy=0 dz=0 ' plan
	[ "$(tail -n 1 plan | cut -d' ' -f2)" = line=9 ]
	sed 's/^RESUME V.*/CLEAR_PAUSE/' p.gcode |
		gcode-plan --format=text | grep -q '^move line=9 .* x=9 y=9 '
}

# Puts a command behind the homing of a file, and plans it.
purged() { # FILE COMMAND [CONFIG]
	awk -v c="$2" '{ print } /^G28|^PRINT_START/ && !d { print c; d = 1 }' \
		"$1" >purge.gcode
	grep -qn "^$2" purge.gcode
	line=$(grep -n "^$2" purge.gcode | cut -d: -f1)
	gcode-plan -q -c "${3-$root/tests/cases/gcode-lint/bed235.conf}" \
		--assume-ready --format=text purge.gcode >plan
}

# The purge lies on a bed of 235 mm, beside everything that the first layer of
# the print has, by a bead's width.
lies_beside() {
	awk -v line="$line" '
	/^layer/ { layer++ }
	/^move/ {
		for (i = 2; i <= NF; i++) {
			split($i, q, "=")
			v[q[1]] = q[2]
		}
		if (v["de"] <= 0 || v["dx"] == 0 && v["dy"] == 0)
			next
		own = v["line"] == line
		if (!own && (layer < 1 || z != "" && v["z"] > z + 0.001))
			next
		if (!own)
			z = v["z"]
		else
			pushed += v["d"] * v["de"]
		for (k = 0; k < 2; k++) {
			x = v["x"] + k * v["d"] * v["dx"]
			y = v["y"] + k * v["d"] * v["dy"]
			if (!(own in x0) || x < x0[own]) x0[own] = x
			if (!(own in x1) || x > x1[own]) x1[own] = x
			if (!(own in y0) || y < y0[own]) y0[own] = y
			if (!(own in y1) || y > y1[own]) y1[own] = y
		}
	}
	END {
		printf "purge %.1f mm, X %.1f-%.1f Y %.1f-%.1f; ", pushed,
		    x0[1], x1[1], y0[1], y1[1]
		printf "print X %.1f-%.1f Y %.1f-%.1f\n", x0[0], x1[0],
		    y0[0], y1[0]
		exit !(pushed > 2 && x0[1] >= 1 && y0[1] >= 1 &&
		    x1[1] <= 234 && y1[1] <= 234 &&
		    (x1[1] < x0[0] - 0.9 || x0[1] > x1[0] + 0.9 ||
		    y1[1] < y0[0] - 0.9 || y0[1] > y1[0] + 0.9))
	}' plan
}

@test "LINE_PURGE and VORON_PURGE lie beside the first layer of real files" {
	files=$root/share/demo/gantry.gcode
	for f in torus30-prusaslicer torus30-arcwelder slic3r; do
		[ -d "$root/../shared/gcode" ] || continue
		xz -dc "$root/../shared/gcode/$f.gcode.xz" >$f.gcode
		files="$files $f.gcode"
	done
	for f in $files; do
		for c in LINE_PURGE VORON_PURGE; do
			echo "$f $c"
			purged $f $c
			lies_beside
		done
	done
}

@test "a mesh fades with height, and BED_MESH_OFFSET moves it" {
	cat printer.cfg - >tilt.cfg <<-'END'
	[bed_mesh]
	method: split
	mesh_min: 0, 0
	mesh_max: 200, 200
	fade_start: 1
	fade_end: 11
	fade_target: 0
	[bed_mesh tilted]
	version: 1
	points:
	  0, 0.1, 0.2
	  0, 0.1, 0.2
	  0, 0.1, 0.2
	x_count: 3
	y_count: 3
	mesh_x_pps: 2
	mesh_y_pps: 2
	algo: lagrange
	tension: 0.2
	min_x: 0
	max_x: 200
	min_y: 0
	max_y: 200
	END
	ends_at_z() { # Z G-CODE
		printf "G28\nBED_MESH_PROFILE LOAD=tilted\n$2" |
			gcode-plan -q -c tilt.cfg --format=text | grep '^move' |
			tail -1 | awk -v want="$1" '{
				for (i = 2; i <= NF; i++) {
					split($i, q, "=")
					v[q[1]] = q[2]
				}
				z = v["z"] + v["d"] * v["dz"]
				print z, "want", want
				exit !(z - want < 1e-6 && want - z < 1e-6)
			}'
	}
	ends_at_z 0.6 'G1 Z0.5 F300\nG1 X100 Y100\n'
	ends_at_z 0.66 'BED_MESH_OFFSET X=60\nG1 Z0.5 F300\nG1 X100 Y100\n'
	ends_at_z 6.05 'G1 Z6 F300\nG1 X100 Y100\n'
	ends_at_z 12 'G1 Z12 F300\nG1 X100 Y100\n'
	ends_at_z 1.55 'BED_MESH_OFFSET ZFADE=4.5\nG1 Z1.5 F300\nG1 X100 Y100\n'
	ends_at_z 0.5 'G1 Z0.5 F300\nG1 X100\nBED_MESH_CLEAR\nG1 Z0.5 X50\n'
	# smooth, the plan is above the bed, and says where it fades; nothing
	# moves when that changes: Z counts anew
	sed -i '/^method:/d' tilt.cfg
	ends_at_z 0.5 'G1 Z0.5 F300\nG1 X100 Y100\n'
	ends_at_z 6 'BED_MESH_OFFSET X=60 ZFADE=2\nG1 Z6 F300\nG1 X100 Y100\n'
	use='fade_start=1 fade_end=11 fade_target=0'
	printf '%s\n' G28 'BED_MESH_PROFILE LOAD=tilted' 'G1 X100 Z5 F600' \
		'BED_MESH_OFFSET X=60 ZFADE=2' BED_MESH_CLEAR 'G1 Z5' |
		gcode-plan -q -c tilt.cfg --format=text >plan
	grep -q "^mesh-use line=2 .* $use x=0 y=0 fade=0 z=0$" plan
	grep '^mesh-use line=4 ' plan | grep -q " $use x=60 y=0 fade=2 z="
	[ "$(grep -c '^mesh-row' plan)" -eq 7 ]
	# it stands at 5 + 0.6 * 0.1 mm: above the bed 0.16 mm high at 160 mm
	# that is z + (11 - 2 - z) / 10 * 0.16
	grep '^mesh-use line=4 ' plan | awk '{ split($NF, v, "=")
		d = v[2] + (9 - v[2]) / 10 * 0.16 - 5.06
		exit !(d < 1e-9 && d > -1e-9) }'
	grep -q '^mesh-use line=5 .* z=5.06' plan
	grep '^move line=6 ' plan | grep -q ' z=5.06.* dz=-1 '
}

@test "Z keeps to its limits and to its range on a bed that is known" {
	cat printer.cfg - >steep.cfg <<-'END'
	[bed_mesh]
	[bed_mesh steep]
	points:
	  -0.2, 0, 1, -0.2
	  -0.2, 0, 1, -0.2
	  -0.2, 0, 1, -0.2
	x_count: 4
	y_count: 3
	mesh_x_pps: 0
	mesh_y_pps: 0
	algo: direct
	min_x: 0
	max_x: 60
	min_y: 0
	max_y: 200
	END
	printf '%s\n' G28 'BED_MESH_PROFILE LOAD=steep' 'G1 Z5 Y100 F300' \
		'G1 X60 F18000' 'G1 Y200' >steep.gcode
	gcode-plan -c steep.cfg --format=text steep.gcode >plan
	# steepest, 0.085 mm a mm, behind 40 mm: 5 mm/s of Z.  Along Y it is flat
	sed -n 's/^move line=\([45]\) .* vc=\([^ ]*\) .*/\1 \2/p' plan |
		awk '$1 == 4 && $2 > 45 && $2 <= 5 / 0.085 { slow = 1 }
			$1 == 5 && $2 > 200 { fast = 1 }
			END { exit !(slow && fast) }'
	# so it is where that is what was probed the last time
	{ cat steep.cfg; printf '[probe]\npin: PA3\nz_offset: 1\n'; } >felt.cfg
	sed -i 's/^\[bed_mesh\]/&\nmesh_min: 10, 10\nmesh_max: 50, 90/' felt.cfg
	for name in steep other; do
		sed "s/^BED_MESH.*/BED_MESH_CALIBRATE PROFILE=$name/
			s/^G1 Z5 Y100/G1 X0 Y100 Z5/" steep.gcode >felt.gcode
		gcode-plan -c felt.cfg --format=text felt.gcode |
			sed -n 's/^move line=4 .* vc=\([^ ]*\) .*/\1/p' >"$name"
	done
	awk '$1 > 45 && $1 <= 5 / 0.085 { slow = 1 } END { exit !slow }' steep
	awk '$1 > 200 { fast = 1 } END { exit !fast }' other
	printf '%s\n' 'G1 X60 Z0.1' 'G1 X30' 'G1 X60' >>steep.gcode
	run -65 gcode-plan -c steep.cfg --format=none steep.gcode
	[[ $output == *"steep.gcode:6:8: error: 'Z' would get to -0.1"*"on the bed mesh 'steep', outside of 0.."*"check position_min [out-of-range]" ]]
	sed 's/^\[stepper_z\]/&\nposition_min: -1/' steep.cfg >below.cfg
	gcode-plan -c below.cfg --format=none steep.gcode
}

@test "what BED_MESH_CALIBRATE does not read is told, and it probes" {
	cat >>printer.cfg <<-'END'
	[probe]
	pin: PA3
	z_offset: 1
	[bed_mesh]
	mesh_min: 10, 10
	mesh_max: 200, 200
	END
	sed -i '/stepper_z/,$s/^position_max: 250/&\nposition_min: -2/' printer.cfg
	printf '%s\n' G28 'BED_MESH_CALIBRATE METHOD=automatic' \
		'BED_MESH_CALIBRATE METHOD=rapid_scan ALGORITHM=bicubic' \
		'BED_MESH_CALIBRATE bicubic_tension=.5 MESH_PPS=2,2' >a.gcode
	run -0 --separate-stderr gcode-plan --format=text a.gcode
	[ "$(grep -c '^probe ' <<<"$output")" -eq 27 ]
	[[ "${stderr_lines[0]}" == \
		"a.gcode:3:27: warning: 'METHOD' is automatic "*"[bad-value]" ]]
	[[ "${stderr_lines[1]}" == \
		"a.gcode:3:48: warning: 'ALGORITHM' counts in [bed_mesh] only"* ]]
	[[ "${stderr_lines[2]}" == "a.gcode:4:36: warning: 'BICUBIC_TENSION' "* ]]
	[[ "${stderr_lines[3]}" == "a.gcode:4:48: warning: 'MESH_PPS' "* ]]
	[ "${#stderr_lines[@]}" -eq 4 ]
	wrong 'G28\nPROBE SAMPLES_RESULT=least\n' \
		'bad.gcode:2:22: *average or median \[bad-value]'
	wrong 'G28\nG1 Z-2\nPROBE\n' \
		'bad.gcode:3:1: *Z -2.000 mm*(-2 mm)* \[out-of-range]'
}

@test "an adaptive mesh lies around the objects, or else the first layer" {
	{ cat "$root/tests/cases/gcode-lint/bed235.conf"
	echo 'bed_mesh: { mesh_min = [10.0, 10.0]; mesh_max = [220.0, 220.0];'
	echo 'probe_count = [7, 7]; adaptive_margin = 5.0; };'; } >mesh.conf
	cat >defined.gcode <<-'END'
	EXCLUDE_OBJECT_DEFINE NAME=a POLYGON=[[50,60],[80,60],[80,100]]
	EXCLUDE_OBJECT_DEFINE NAME=b POLYGON=[[120,70],[150,80]]
	BED_MESH_CALIBRATE ADAPTIVE=1
	BED_MESH_CALIBRATE ADAPTIVE=1 ADAPTIVE_MARGIN=0
	BED_MESH_CALIBRATE
	EXCLUDE_OBJECT NAME=b
	BED_MESH_CALIBRATE ADAPTIVE=1
	END
	run -0 gcode-plan -c mesh.conf --format=none defined.gcode
	[[ "${lines[0]}" == *"12 points, 4 x 3, X 45.00..154.98, Y 55.00..105.00 mm, around"* ]]
	[[ "${lines[1]}" == *"X 50.00..149.99, Y 60.00..100.00 mm, around"* ]]
	[[ "${lines[2]}" == *"49 points, 7 x 7, X 10.00..220.00, Y 10.00..220.00 mm "* ]]
	[[ "${lines[3]}" == *"X 45.00..85.00, Y 55.00..105.00 mm, around"* ]]
	# the hull of a layer that nothing labels: a bar across the bed
	printf "BED_MESH_CALIBRATE ADAPTIVE=1 ADAPTIVE_MARGIN=0\nG1 Z0.2\n%s\n" \
		"$(printf 'G1 X20 Y20\nG1 X200 Y200 E9\nG1 X200 Y190 E10\n')" |
		gcode-plan -c mesh.conf --assume-ready --read-ahead \
			--format=none 2>told
	grep "20 points, 6 x 6, X 20.00..200.00" told
	# what was saved before the mesh is restored behind it
	{ printf 'G90\nSAVE_GCODE_STATE\nG91\nBED_MESH_CALIBRATE %s\n' \
		'ADAPTIVE=1 ADAPTIVE_MARGIN=0'
	printf 'RESTORE_GCODE_STATE\nG1 Z0.2\n'
	printf 'G1 X20 Y20\nG1 X200 Y200 E9\nG1 X200 Y190 E10\n'; } |
		gcode-plan -c mesh.conf --assume-ready --read-ahead \
			--format=none 2>told
	grep "20 points, 6 x 6, X 20.00..200.00" told
	# no label anywhere: what the first layer has, skirt and all
	grep -v '^EXCLUDE_OBJECT\|^; printing object' \
		"$root/share/demo/gantry.gcode" |
		awk '{ print } /^G28/ { print "BED_MESH_CALIBRATE " \
			"ADAPTIVE=1 ADAPTIVE_MARGIN=0" }' >plain.gcode
	gcode-plan -c mesh.conf --assume-ready --format=text plain.gcode \
		2>told >plan
	grep -o 'X [0-9.]* *\.\.[0-9.]*, Y [0-9.]*\.\.[0-9.]*' told |
		sed 's/\.\./ /g; s/[^0-9. ]/ /g' >mesh
	awk '
	/^layer/ { layer++ }
	/^move/ && layer == 1 {
		for (i = 2; i <= NF; i++) {
			split($i, q, "=")
			v[q[1]] = q[2]
		}
		if (v["de"] <= 0 || v["dx"] == 0 && v["dy"] == 0)
			next
		for (k = 0; k < 2; k++) {
			x = v["x"] + k * v["d"] * v["dx"]
			y = v["y"] + k * v["d"] * v["dy"]
			if (x0 == "" || x < x0) x0 = x
			if (x1 == "" || x > x1) x1 = x
			if (y0 == "" || y < y0) y0 = y
			if (y1 == "" || y > y1) y1 = y
		}
	}
	END { print x0, x1, y0, y1 }' plan | cat - mesh | awk '
		{
			print
			for (i = 1; i <= 4; i++) {
				d = $i - was[i]
				if (NR == 2 && (d > 0.07 || d < -0.07))
					bad = 1
				was[i] = $i
			}
		}
		END { exit bad || NR != 2 }'
}

@test "LINE_PURGE pushes what it is told, at the flow it is told" {
	purged "$root/share/demo/gantry.gcode" "LINE_PURGE AMOUNT=20 FLOW=6"
	grep "^move line=$line " plan | awk '
		{
			for (i = 2; i <= NF; i++) {
				split($i, q, "=")
				v[q[1]] = q[2]
			}
			if (v["de"] > 0) {
				e += v["d"] * v["de"]
				flow = v["vc"] * v["de"] * 2.405282
			}
		}
		END {
			printf "%.3f mm, %.3f mm3/s\n", e, flow
			exit !(e > 19.99 && e < 20.01 &&
			    flow > 5.9 && flow < 6.01)
		}'
}

@test "a purge keeps out of zones; without room it is left out, and told" {
	conf=$root/tests/cases/gcode-lint/bed235.conf
	f=$root/share/demo/gantry.gcode
	purged "$f" LINE_PURGE "$conf"
	before=$(grep "^move line=$line .* de=0\.[0-9]" plan | head -1 |
		sed 's/.* y=\([0-9]*\).*/\1/')
	{ cat "$conf"; printf 'keep_out: { clip: { min = [0.0, %d.0, 0.0];' \
		$((before - 5)); printf ' max = [235.0, %d.0, 9.0]; }; };\n' \
		$((before + 5)); } >zone.conf
	purged "$f" LINE_PURGE zone.conf
	lies_beside
	after=$(grep "^move line=$line .* de=0\.[0-9]" plan | head -1 |
		sed 's/.* y=\([0-9]*\).*/\1/')
	echo "y $before, then $after"
	[ "$after" -lt $((before - 5)) ] || [ "$after" -gt $((before + 5)) ]
	printf 'EXCLUDE_OBJECT_DEFINE NAME=a POLYGON=[[1,1],[1,234],[234,234]]\n' \
		>full.gcode
	printf 'LINE_PURGE\nVORON_PURGE\n' >>full.gcode
	run -0 --separate-stderr gcode-plan -c "$conf" --assume-ready \
		--format=none full.gcode
	[[ "${stderr_lines[0]}" == "full.gcode:2:1: warning: "*"[no-room]" ]]
	[[ "${stderr_lines[1]}" == "full.gcode:3:1: warning: "*"[no-room]" ]]
	printf 'EXCLUDE_OBJECT_DEFINE NAME=a POLYGON=[[3,3],[3]]\n' >bad.gcode
	run -65 --separate-stderr gcode-plan -c "$conf" --format=none bad.gcode
	[[ "${stderr_lines[0]}" == *"'POLYGON' of 'a'"*"[bad-value]" ]]
}

@test "SMART_PARK stands in front of the objects, where it is told them" {
	printf 'G28\nEXCLUDE_OBJECT_DEFINE NAME=%s POLYGON=%s\n' \
		a '[[60,80],[90,120]]' >park.gcode
	printf 'EXCLUDE_OBJECT_DEFINE NAME=b POLYGON=[[150,50],[170,90]]\n' \
		>>park.gcode
	printf 'SMART_PARK MARGIN=5 HEIGHT=12\nG92 X0\n' >>park.gcode
	gcode-plan --format=text park.gcode | grep '^move' | tail -1 >last
	echo 'M117 here' >>park.gcode
	awk '{
		for (i = 2; i <= NF; i++) {
			split($i, q, "=")
			v[q[1]] = q[2]
		}
		x = v["x"] + v["d"] * v["dx"]
		y = v["y"] + v["d"] * v["dy"]
		z = v["z"] + v["d"] * v["dz"]
		exit !(x > 54.99 && x < 55.01 && y > 44.99 && y < 45.01 &&
		    z > 11.99 && z < 12.01)
	}' last
	gcode-plan --format=text --exclude=b <park.gcode | grep '^move' |
		tail -1 | grep -q ' dy='
}

@test "--read-ahead looks for the first layer in a pipe as in a file" {
	grep -v '^EXCLUDE_OBJECT\|^; printing object' \
		"$root/share/demo/gantry.gcode" >plain.gcode
	purged plain.gcode LINE_PURGE
	grep -v '^source' plan >file.plan
	set -- -q -c "$root/tests/cases/gcode-lint/bed235.conf" \
		--assume-ready --format=text
	cat purge.gcode | gcode-plan "$@" --read-ahead |
		grep -v '^source' | cmp - file.plan
	cat purge.gcode | gcode-plan "$@" | grep -v '^source' >blind.plan
	run ! cmp -s blind.plan file.plan
}

@test "--profile=scurve limits the jerk, tells its cost, and prints the same" {
	sed 's/^max_accel: 3000/&\nmax_jerk: 60000/' printer.cfg >jerk.cfg
	gcode-plan -q -c jerk.cfg -o plain.plan part.gcode
	gcode-plan -c jerk.cfg --profile=scurve -o s.plan part.gcode 2>told
	grep -q '^profile *s-curve of 60000 mm/s3: [0-9.]* s ([0-9.]* %) more' \
		told
	gcode-plan -c jerk.cfg --profile=scurve --format=json --summary \
		part.gcode >summary
	grep -q '"jerk_mm_s3":60000,"jerk_costs_s":[0-9]' summary
	for p in plain s; do
		stepstream -q -c jerk.cfg --simulate $p.plan | tail -1 >$p.end
	done
	[ "$(grep -o '"position":[^]]*' plain.end)" = \
		"$(grep -o '"position":[^]]*' s.end)" ]
	cost=$(sed 's/.*"jerk_costs_s":\([0-9.]*\),.*/\1/' summary)
	sed 's/.*"t":\([0-9.]*\),.*/\1/' plain.end s.end | paste -s - |
		awk -v cost="$cost" '{
			off = $2 - $1 - cost
			print $1, $2, cost
			exit !(cost > 0.1 && off > -0.3 && off < 0.3)
		}'
	gcode-plan -q -c jerk.cfg --profile=scurve --format=text part.gcode >text
	[ "$(grep -o ' j=-*[0-9.]* ' text | sort -u | paste -s)" = \
		"$(printf ' j=-60000 \t j=60000 ')" ]
	grep '^move' text | awk '{
			for (i = 2; i <= NF; i++) {
				split($i, q, "=")
				v[q[1]] = q[2]
			}
			e = v["v0"] + v["a"] * (v["ta"] - v["td"])
			if (NR > 1 && (v["v0"] - last > 1e-3 ||
			    last - v["v0"] > 1e-3))
				bad++
			last = e
		}
		END { exit !(NR > 20 && !bad) }'
}

@test "the summary goes aside when the plan is on standard output" {
	gcode-plan --summary part.gcode >plan 2>summary
	grep -q '^time' summary
	gcode-plan part.gcode | cmp - plan
	gcode-plan --summary -o other part.gcode >summary
	grep -q '^time' summary
	cmp other plan
}

@test "the JSON summary is one object with the same figures" {
	gcode-plan --format=json --summary part.gcode >summary
	[ "$(wc -l <summary)" -eq 1 ]
	grep -q '"filament_mm":3.36,' summary
	grep -q '"layers":2,' summary
	grep -q '"prints_mm":{"x":\[80,100\],"y":\[80,100\],"z":\[0.2,0.4\]}' \
		summary
	[ "$(sed 's/.*"time_s":\([0-9]*\.[0-9]\).*/\1/' summary)" = 11.4 ]
}

@test "without motion the summary says so" {
	printf 'M117 x\n' | gcode-plan --format=none --summary >summary
	grep -qE '^prints +nothing' summary
	printf '' | gcode-plan --format=json --summary |
		grep -q '"prints_mm":null'
}

@test "several files are one plan, with their names in it" {
	printf 'G28\nG1 X5 F600\n' >a.gcode
	printf 'G1 X9' >b.gcode # no newline
	gcode-plan --format=text a.gcode b.gcode >plan
	[ "$(grep -c '^move' plan)" -eq 2 ]
	grep -q '^source line=0 t=0 text="a.gcode"$' plan
	grep -q '^source line=0 .*text="b.gcode"$' plan
	tail -2 plan | grep -q '^move line=1 .*x=5 '
}

# a complaint at file, line and column, status 65, and no END
wrong() { # GCODE EXPECTED
	printf "$1" >bad.gcode
	local status=0
	gcode-plan --format=text bad.gcode >plan 2>err || status=$?
	[ $status -eq 65 ] || { echo "status $status"; cat err; return 1; }
	[[ "$(tail -1 err)" == $2 ]] || { cat err; return 1; }
	run ! grep -q '^end' plan
}

@test "what is wrong is told with its place, and the plan has no end" {
	wrong 'G28\nSET_PIN PIN="a\n' \
		'bad.gcode:2:9: error: *"a* \[malformed]'
	wrong 'G28\nG1 X5 Y=3\n' 'bad.gcode:2:7: error: *=3* \[bad-number]'
	wrong 'G28\nM106 S-1\n' 'bad.gcode:2:6: error: *-1* \[bad-value]'
	wrong 'G28\nG2 X5\n' 'bad.gcode:2:1: error: *centre* \[bad-arc]'
	wrong 'SET_INPUT_SHAPER SHAPER_TYPE=zzz\n' \
		'bad.gcode:1:*: error: *zzz* \[bad-shaper]'
	wrong 'M109 S900\n' \
		'bad.gcode:1:7: error: *900 C*275 C \[bad-target]'
	wrong 'SET_PIN VALUE=1\n' 'bad.gcode:1:1: *PIN* \[missing-argument]'
	wrong 'SET_FAN_SPEED FAN=x\n' 'bad.gcode:1:19: *x* \[unknown-name]'
	wrong 'SET_PRESSURE_ADVANCE ADVANCE=.1 OFFSET=1\n' \
		'bad.gcode:1:40: *OFFSET*linear*pressure_advance_model* \[bad-value]'
	wrong 'G28\nTESTZ Z=-1\n' \
		'bad.gcode:2:1: *MANUAL_PROBE begins it* \[bad-value]'
	wrong 'MANUAL_PROBE\n' 'bad.gcode:1:1: *G28* \[not-homed]'
	wrong 'G28\nMANUAL_PROBE\nMANUAL_PROBE\n' \
		'bad.gcode:3:1: *ACCEPT or ABORT* \[bad-value]'
	wrong 'G28\nMANUAL_PROBE\nTESTZ Z=+-\n' \
		'bad.gcode:3:9: *+ - ++ --* \[bad-number]'
	wrong 'G28\nMANUAL_PROBE\nTESTZ\n' \
		'bad.gcode:3:1: *Z* \[missing-argument]'
	wrong 'G28\nPROBE_CALIBRATE\n' 'bad.gcode:2:1: *probe* \[unknown-name]'
	wrong 'DISABLE_INPUT_SHAPER AXIS=X,Q\n' \
		'bad.gcode:1:29: *AXIS*Q* \[bad-value]'
	wrong 'ENABLE_INPUT_SHAPER EXTRUDER=extruder,other\n' \
		'bad.gcode:1:39: *other* \[unknown-name]'
	wrong 'G20\n' 'bad.gcode:1:1: error: *inches* \[inches]'
	wrong 'G1 X5\n' 'bad.gcode:1:4: error: *G28* \[not-homed]'
	wrong 'G28\nG1 X235.012\n' \
		'bad.gcode:2:4: error: *235.012 mm*0..235 mm* \[out-of-range]'
	wrong 'G28\nG1 E1\n' 'bad.gcode:2:4: *170 C*M109* \[cold-extrude]'
	wrong 'M109 S200\nG28\nG1 E51\n' \
		'bad.gcode:3:4: *51.000 mm*50 mm* \[extrude-length]'
	wrong 'M109 S200\nG28\nG1 X10 E10\n' \
		'bad.gcode:3:8: *2.405 mm2*0.640 mm2* \[extrude-ratio]'
}

add_feeder() {
	printf '%s\n' '[manual_stepper feeder]' 'step_pin: PA3' 'dir_pin: PA4' \
		'microsteps: 16' 'rotation_distance: 40' >>printer.cfg
}

@test "what no plan may say is refused in the file, or in the configuration" {
	wrong 'G28\nG1 X5 F0.0000001\nG1 X6\n' \
		'bad.gcode:2: *more than 3.2e+07 s* \[bad-value]'
	wrong 'G4 P9999999\nG4 S1000000\nG4 S1000000\n'"$(
		yes 'G4 S1000000\n' | head -30 | tr -d '\n')" \
		'bad.gcode:33:1: *1e+06 s of waiting*3.2e+07 s* \[bad-value]'
	wrong 'M104 S-5\n' 'bad.gcode:1:7: *-5 C*0..275 C* \[bad-target]'
	add_feeder
	wrong 'MANUAL_STEPPER STEPPER=feeder MOVE=1e6 SPEED=0.01 ACCEL=0\n' \
		'bad.gcode:1:*1e6* \[bad-number]'
	wrong 'MANUAL_STEPPER STEPPER=feeder MOVE=1000000 SPEED=0.01\n' \
		'bad.gcode:1:1: *1e+08 s*3.2e+07 s \[bad-value]'
	wrong 'G28\nMANUAL_STEPPER STEPPER=feeder GCODE_AXIS=A\n'"$(
		)"'G1 X0.000001 A100\n' \
		"bad.gcode:3:1: *'A'*1e+08 mm*by itself \\[bad-value]"
	sed 's/^max_z_velocity: .*/max_z_velocity: 1e-12/
		s/^max_accel: .*/max_accel: 1e12/' printer.cfg >c
	echo G28 >a.gcode
	run -78 --separate-stderr gcode-plan -c c --format=none a.gcode
	[[ "${stderr_lines[0]}" == "c:"*": error: 'max_accel' is "$(
		)"1e+12 mm/s2, it must be 0.001 to 1000000000 mm/s2 [config-range]" ]]
	[[ "${stderr_lines[1]}" == "c:"*": error: 'max_z_velocity' is "$(
		)"1e-12 mm/s, it must be 0.001 to 1000000 mm/s [config-range]" ]]
}

@test "a saved state has the origin of a motor that is an axis" {
	add_feeder
	printf '%s\n' G28 'MANUAL_STEPPER STEPPER=feeder GCODE_AXIS=A' \
		'G92 A10' SAVE_GCODE_STATE 'G92 A0' 'G91' 'G1 X10 A5 F600' \
		RESTORE_GCODE_STATE 'G1 X20 A20' >a.gcode
	gcode-plan --format=text a.gcode >plan
	grep -q '^along line=7 .* ratio=0.5 pos=0$' plan
	# to 20 less 10, from 5: evenly
	run ! grep -q '^along line=9' plan
	printf 'G1 X30 A25\n' >>a.gcode
	gcode-plan --format=text a.gcode | grep '^move line=10 '
	sed -i 's/A25/A40/' a.gcode
	gcode-plan --format=text a.gcode | grep '^along line=10 .* ratio=2 pos=10$'
}

@test "homing that asks too much of motors is told, each speed once" {
	cat >>printer.cfg <<-'END'
	[supply main]
	voltage: 24
	[board]
	supply: main
	[motor stepper_x]
	model: Creality 42-34
	current: 0.8
	moved_mass: 0.5
	END
	sed -i 's/^max_accel: .*/max_accel: 90000/' printer.cfg
	printf 'G28 Y\nG28\nG28 X\n' >a.gcode
	run -0 --separate-stderr gcode-plan --format=none a.gcode
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ "$stderr" == "a.gcode:2:1: warning: 'homing_speed' of stepper_x, 5 mm/s with 90000 mm/s2, takes "*" % of the torque that plans use: its motors bear "*" mm/s2 [weak-motor]" ]]
	# the second carriage of an axis has speeds of its own
	cp -r "$root/tests/cases/kinematics" .
	printf '%s\n' '[printer]' 'max_accel: 20000' 'max_velocity: 500' \
		'[dual_carriage]' 'homing_speed: 400' \
		>>kinematics/motors/idex.cfg
	run -0 --separate-stderr gcode-plan -c kinematics/motors/idex.cfg \
		--format=none a.gcode
	[[ "${stderr_lines[0]}" == "a.gcode:2:1: warning: 'homing_speed' of dual_carriage, 400 mm/s"*"[weak-motor]" ]]
}

@test "a plan that would last a year without a rest ends before" {
	sed -i 's/^max_z_velocity: .*/max_z_velocity: 0.001/
		/stepper_z/,$s/^position_max: 250/position_max: 40000/' printer.cfg
	wrong 'G28\nG1 X10 F600\nG1 Z33000\nG1 X5\n' \
		'bad.gcode:3: error: *3.2e+07 s* \[bad-value]'
	grep -q '^move line=2 ' plan
	run ! grep -q '^move line=[34] ' plan
}

@test "a saved mesh is the last stage's, one that is broken is refused" {
	cat >>printer.cfg <<-'END'
	[bed_mesh]
	mesh_min: 10, 10
	mesh_max: 200, 200
	[bed_mesh default]
	version = 1
	points =
	  0.0, 0.1, 0.2
	  0.0, 0.1, 0.2
	  0.0, 0.1, 0.2
	x_count = 3
	y_count = 3
	mesh_x_pps = 2
	mesh_y_pps = 2
	algo = lagrange
	tension = 0.2
	min_x = 0.0
	max_x = 200.0
	min_y = 0.0
	max_y = 200.0
	END
	plan 'G28\nBED_MESH_PROFILE LOAD=default\nG1 Z1 F600\nG1 X100 F6000\nBED_MESH_CLEAR\nG1 X50 Z1\n' >plan
	grep -q '^mesh-row line=2 .* row=6 heights=0,0.033.*,0.2$' plan
	grep -q '^mesh-use line=2 .* name="default" columns=7 rows=7 min_x=0 min_y=0 max_x=200 max_y=200 ' plan
	# the plan is above the bed, and no move is cut
	[ "$(grep -c '^move line=4 .* x=0 .* z=1 .* dz=0 ' plan)" -eq 1 ]
	# 0.1 mm up at 100 mm, and down again without the mesh
	grep -q '^mesh-use line=5 .* name="" columns=0 rows=0 .* z=1.1$' plan
	grep '^move line=6 ' plan | grep -q ' x=100 .* z=1.1 '
	wrong 'BED_MESH_PROFILE LOAD=other\n' \
		'bad.gcode:1:23: *other* \[unknown-name]'
	sed -i 's/^x_count = 3/x_count = 4/' printer.cfg
	wrong 'BED_MESH_PROFILE LOAD=default\n' \
		'bad.gcode:1:23: *default* \[bad-mesh]'
	sed -i 's/^x_count = 4/x_count = 3/; s/^mesh_min: .*/&\nfade_start: 1\nfade_end: 1.05/' \
		printer.cfg
	wrong 'BED_MESH_PROFILE LOAD=default\n' \
		'*fades over less than it is high \[bad-mesh]'
}

@test "a NUL byte is told, with its place" {
	printf 'G28\nG1 X\0005\n' >bad.gcode
	run -65 --separate-stderr gcode-plan --format=none bad.gcode
	[[ "$stderr" == "bad.gcode:2:5: error: a NUL byte"*"[malformed]" ]]
}

@test "what the machine does not have is told once, and passed by" {
	sed -i '/^\[extruder\]/,$d' printer.cfg
	printf '%s\n' 'M190 S60' 'M106 S255' 'M140 S0' M107 'M106 S127' \
		'M140 S50' 'M141 S40' M106 'M141 S41' >a.gcode
	run -0 --separate-stderr gcode-plan --format=none a.gcode
	[[ "${stderr_lines[0]}" == \
		"a.gcode:1:1: warning: "*"heater_bed"*"[no-heater]" ]]
	[[ "${stderr_lines[1]}" == "a.gcode:2:1: warning: "*"[no-fan]" ]]
	[[ "${stderr_lines[2]}" == \
		"a.gcode:7:1: warning: "*"chamber"*"[no-heater]" ]]
	[ "${#stderr_lines[@]}" -eq 3 ]
	printf 'G28\nG1 E1\n' >a.gcode
	run -65 --separate-stderr gcode-plan --format=none a.gcode
	[[ "$stderr" == "a.gcode:2:4: error: "*"[no-extruder]" ]]
}

@test "an unknown command is told once a name, with what may be meant" {
	printf 'FOO A=1\nFOO\nM205 X1\nSET_PIN_ PIN=a\n' >a.gcode
	run -0 --separate-stderr gcode-plan --format=none a.gcode
	[[ "${stderr_lines[0]}" == \
		"a.gcode:1:1: note: 'FOO' "*"macro-expand"*"[unknown-command]" ]]
	[[ "${stderr_lines[1]}" == "a.gcode:3:1: note: 'M205' "* ]]
	[[ "${stderr_lines[2]}" == "a.gcode:4:1: warning: "*"'SET_PIN'?"* ]]
	[ "${#stderr_lines[@]}" -eq 3 ]
	run -0 --separate-stderr gcode-plan -q --format=none a.gcode
	[ "${#stderr_lines[@]}" -eq 1 ]
}

@test "an argument that is misspelt is told; what is another's is not" {
	printf '%s\n' 'SET_VELOCITY_LIMIT ACCELL=3' 'SET_VELOCITY_LIMIT ACCELL=3' \
		'SET_PRESSURE_ADVANCE extruder=extruder Advanc=0.1' \
		'RESPOND TYPE=echo MSG=a' 'EXCLUDE_OBJECT_DEFINE NAME=a COLOUR=red' \
		'SET_INPUT_SHAPER SHAPER_TYPE=mzv SHAPER_FREQX=40' >a.gcode
	run -0 --separate-stderr gcode-plan --format=none a.gcode
	[ "${stderr_lines[0]}" = "a.gcode:1:20: warning: 'ACCELL' is unknown and \
passed by; is it 'ACCEL'? [unknown-argument]" ]
	[[ "${stderr_lines[1]}" == "a.gcode:3:"*"'ADVANC'"*"'ADVANCE'?"* ]]
	[[ "${stderr_lines[2]}" == "a.gcode:6:"*"'SHAPER_FREQX'"*"'SHAPER_FREQ_X'?"* ]]
	[ "${#stderr_lines[@]}" -eq 3 ]
}

@test "a place mark names the line of the macro" {
	printf 'G28\n;@ m.cfg:30 PARK\nG1 X5\nG1 X500\n' >a.gcode
	run -65 --separate-stderr gcode-plan --format=none a.gcode
	[[ "$stderr" == "m.cfg:31:4: error: "*"(in macro 'PARK') [out-of-range]" ]]
}

@test "-o writes the whole plan or nothing" {
	gcode-plan -o plan part.gcode
	gcode-plan part.gcode | cmp - plan
	printf 'G28\nG1 X999\n' >bad.gcode
	run -65 gcode-plan -o other bad.gcode
	[ ! -e other ]
	run -65 gcode-plan -o plan bad.gcode
	gcode-plan part.gcode | cmp - plan
	[ "$(ls | wc -l)" -eq 4 ]
}

@test "a file that is not there is 66, a full disk 74, nothing to write 64" {
	run -66 gcode-plan --format=none nothere.gcode
	[[ "$output" == "gcode-plan: cannot open 'nothere.gcode':"* ]]
	run -74 bash -c 'gcode-plan part.gcode >/dev/full'
	run -74 bash -c 'gcode-plan --format=none --summary part.gcode >/dev/full'
	run -64 gcode-plan --format=none -o plan part.gcode
}

@test "no configuration is 78, with a way out" {
	unset GANTRY_CONFIG
	rm printer.cfg
	run -78 env HOME="$PWD" gcode-plan --format=none part.gcode
	[ "${#lines[@]}" -ge 1 ]
}

@test "when input goes quiet, motion comes to rest and is handed out" {
	mkfifo in
	gcode-plan --format=text --idle=0.05 <in >plan 3>&- &
	exec 4>in
	printf 'G28\nG1 X50 F6000\n' >&4
	for _ in $(seq 200); do
		if grep -q '^move' plan; then break; fi
		sleep 0.05
	done
	grep -q '^move line=2 .*td=0\.0[1-9]' plan # to rest
	printf 'G1 X60\n' >&4
	exec 4>&-
	wait $!
	grep -q '^move line=3 .*v0=0 ' plan # from rest
	tail -1 plan | grep -q '^end'
}

@test "a terminal's error is told and its line skipped" {
	command -v script >/dev/null || skip "script is not installed"
	printf 'G28\nG1 X999\nG1 X5 F600\n\004' >typed
	run script -qec "gcode-plan --format=text 2>err" /dev/null <typed
	[[ "$output" == *"move line=3"*"end line="* ]]
	grep -q '^<stdin>:2:4: error' err
}

@test "TERM ends at rest, without an END record" {
	mkfifo in
	gcode-plan --format=text --idle=0 <in >plan 3>&- &
	exec 4>in
	printf 'G28\nG1 X50 F6000\n' >&4
	sleep 0.2
	kill $!
	status=0
	wait $! || status=$?
	exec 4>&-
	[ $status -eq 143 ]
	run ! grep -q '^end' plan
	head -1 plan | grep -q '^plan 1.2'
}

@test "M112 stops, and nothing comes after it" {
	plan 'G28\nG1 X5 F600\nM112\nG1 X9\n' >plan
	[ "$(grep -c '^move' plan)" -eq 1 ]
	tail -2 plan | head -1 | grep -q '^stop line=3'
}

@test "chords stay within the tolerance that is asked for" {
	printf 'G28\nG1 X50 Y50 F6000\nG2 X70 Y50 I10 J0\n' >arc.gcode
	for tolerance in 0.1 0.01 0.001; do
		gcode-plan --format=text --arc-tolerance=$tolerance arc.gcode |
			awk -v tol=$tolerance '$1 == "move" && $2 == "line=3" {
			for (i = 2; i <= NF; i++) {
				split($i, kv, "="); v[kv[1]] = kv[2] }
			x = v["x"] + v["d"] * v["dx"] / 2 - 60
			y = v["y"] + v["d"] * v["dy"] / 2 - 50
			off = 10 - sqrt(x * x + y * y); n++
			if (off > tol || off < tol / 2) bad = 1 }
			END { exit bad || !n }'
	done
}

@test "--assume-ready plans what its macros would have heated and homed" {
	printf 'START_PRINT\nG1 X5 Y5 E.1 F600\n' >a.gcode
	run -65 gcode-plan --format=none a.gcode
	run -0 gcode-plan --format=none --assume-ready a.gcode
}

# the clock of the simulated print at its end, s
simulated() {
	stepstream -q --simulate | sed -n 's/^{"t":\([0-9.]*\),"event":"end".*/\1/p'
}

@test "the time in all is that of a simulated print" {
	for p in stepstream mcu-sim; do
		command -v $p >/dev/null || skip "$p is not built"
	done
	cp "$root/share/machines/ender3pro.conf" printer.conf
	for file in part.gcode "$root/share/demo/gantry.gcode"; do
		export GANTRY_CONFIG=$PWD/printer.conf
		reckoned=$(gcode-plan --format=json --summary "$file" |
			sed 's/.*"total_s":\([0-9.]*\).*/\1/')
		clock=$(gcode-plan "$file" | simulated)
		echo "# $(basename "$file"): $reckoned s, simulated $clock s" >&3
		awk -v a="$reckoned" -v b="$clock" 'BEGIN {
			d = a > b ? a - b : b - a
			exit !(b > 100 && d < 2 + 0.001 * b) }'
	done
}

# two squares, labelled, with retractions between them
objects() { # LABEL-A-BEGIN END LABEL-B-BEGIN END
	cat <<-END
	M109 S200
	G28
	M83
	G1 E-.8 F1800
	$1
	G1 X10 Y10 Z.2 F6000
	G1 E.8 F1800
	G1 X20 E.5 F3000
	G1 Y20 E.5
	G1 E-.8 F1800
	$2
	$3
	G1 X50 Y50 F6000
	G1 E.8 F1800
	G1 X60 E.5 F3000
	G1 E-.8 F1800
	$4
	G1 X5 Y5 F6000
	END
}

@test "objects are listed, whoever labels them" {
	while IFS='|' read -r a b c d; do
		objects "$a" "$b" "$c" "$d" | gcode-plan --list-objects \
			--format=json --idle=0 >list
		grep -q '^\[{"name":"'"${e:-}"'[^"]*1","time_s":[0-9.]*,"filament_mm":1,"x":\[10,20\],"y":\[10,20\],"z":\[0.2,0.2\]},' list
		grep -q '{"name":"[^"]*2".*"filament_mm":0.5,"x":\[50,60\]' list
	done <<-'END'
	EXCLUDE_OBJECT_START NAME=P1|EXCLUDE_OBJECT_END|EXCLUDE_OBJECT_START NAME=P2|EXCLUDE_OBJECT_END
	M486 S1|M486 S-1|M486 S2|M486 S-1
	; printing object id:1|; stop printing object id:1|; printing object id:2|; stop printing object id:2
	;MESH:cube 1|;MESH:NONMESH|;MESH:cube 2|;MESH:NONMESH
	;PRINTING: 1|;PRINTING: NON-OBJECT|;PRINTING: 2|;PRINTING: NON-OBJECT
	END
	# what was drawn back before an object, or is behind it, is not its own
	objects ';MESH:a' ';MESH:NONMESH' ';MESH:b' ';MESH:NONMESH' |
		sed '10{h;d};11G' | gcode-plan --list-objects \
		--format=json --idle=0 >list
	[[ $(cat list) == *'"a",'*'"filament_mm":1,'*'"b",'*'"filament_mm":0.5,'* ]]
}

@test "names of objects are long, numbers have names, and none gives orders" {
	long=$(printf '%0100d' 0)
	objects "EXCLUDE_OBJECT_START NAME=${long}1" EXCLUDE_OBJECT_END \
		"EXCLUDE_OBJECT_START NAME=${long}2" EXCLUDE_OBJECT_END >plate
	[ "$(gcode-plan --list-objects --format=none plate | grep -c ^0)" = 2 ]
	gcode-plan --summary --format=json --exclude=${long}2 plate |
		grep -q '"filament_mm":0.2,'
	objects '; printing object cube 1
	M486 S7' 'M486 S-1' 'M486 S8 A"cube 2"' 'M486 S-1' |
		sed '1i M486 T2' >plate
	gcode-plan --list-objects --format=none plate >list
	[ "$(grep -v '^	' list | paste -sd,)" = "cube 1,cube 2" ]
	# a name on a line of its own has letters that are no words
	objects 'M486 S7' 'M486 S-1' 'M486 S8
	M486 Abox.stl Copy 2 P7' 'M486 S-1' | gcode-plan --list-objects \
		--format=none --idle=0 >list
	[ "$(grep -v '^	' list | paste -sd,)" = "7,box.stl Copy 2 P7" ]
	# one that is told at the top of the file holds for all that follows
	objects 'M486 S7' 'M486 S-1' 'M486 S8' 'M486 S-1' |
		sed '1i M486 S7\nM486 Aleft\nM486 S8 A"right"\nM486 S-1' >told
	gcode-plan --list-objects --format=none told >list
	[ "$(grep -v '^	' list | paste -sd,)" = "left,right" ]
	gcode-plan --summary --format=json --exclude=right told |
		grep -q '"filament_mm":0.2,'
	gcode-plan --format=text --exclude='cube 2' plate >name
	gcode-plan --format=text <(sed '1a M486 P8' plate) >number
	diff <(grep ^move name | sed 's/line=[0-9]*//') \
		<(grep ^move number | sed 's/line=[0-9]*//')
	objects "$(printf '; printing object a\033[31mb')" '; stop printing object x' \
		'; start printing object, unique label id: 5' \
		'; stop printing object, unique label id: 5' >plate
	gcode-plan --list-objects --format=none plate >list
	grep -q 'a?\[31mb' list
	grep -q '^unique label id: 5' list
}

@test "an object is left out: the way goes on from the last one printed" {
	objects ';MESH:a' ';MESH:NONMESH' ';MESH:b' ';MESH:NONMESH' >plate
	gcode-plan --format=text --exclude=B plate | grep '^move' >moves
	# the last: from the end of a straight to the park position, with the
	# filament as far back as it was
	tail -1 moves | grep -q ' x=20 y=20 z=0.2 e=0.[12][0-9]* dx=-0.70.* de=0 '
	run ! grep -E ' x=5[0-9]' moves
	gcode-plan --format=text --exclude=a plate | grep '^move' >moves
	run ! grep -E ' x=1[0-9]' moves
	[ "$(gcode-plan --format=json --summary --exclude=a --exclude=b \
		plate | grep -c '"filament_mm":-0.8,')" -eq 1 ]
}

@test "an object that is not there is refused, with those that are" {
	objects ';MESH:a' ';MESH:NONMESH' ';MESH:b' ';MESH:NONMESH' >plate
	run -65 --separate-stderr gcode-plan -o plan --exclude=c plate
	[[ "$stderr" == *"'c'; there are 'a', 'b' [unknown-object]" ]]
	[ ! -e plan ]
	run -0 --separate-stderr bash -c \
		'gcode-plan --format=none --exclude=c <plate'
	[[ "$stderr" == *"warning: "*"[unknown-object]" ]]
}

# the polygon that a colour is drawn by: its points, one a line
drawn() { # COLOUR
	sed -n 's/^<path fill="'"$1"'".* d="M\(.*\)Z"\/>$/\1/p' plot.svg |
		tr -s ' ' '\n' | paste -d' ' - -
}

@test "a plot shows each speed that is reached, and when" {
	printf 'G28\nG1 X50 F6000\nG1 Y50 F3000\n' |
		gcode-plan --format=none --plot=plot.svg --idle=0
	head -c 4 plot.svg | grep -q '<svg'
	tail -1 plot.svg | grep -q '</svg>'
	# 0.53 s at up to 100 mm/s, then 1.01 s at up to 50: 5 % below the top
	# of the panel, and 5 % above its middle
	drawn '#1f77b4' | awk '$2 == 47.1 && $1 > 100 && $1 < 420 { a++ }
		$2 == 118.6 && $1 > 440 && $1 < 1060 { b++ }
		$2 == 190 { c++ } END { exit !(a > 250 && b > 500 && c) }'
	run ! grep -q shaped plot.svg
}

@test "a plot of some lines, or of some time, shows these only" {
	gcode-plan --format=none --plot=plot.svg --plot-lines=13-14 part.gcode
	grep -q '>lines 13 to 14<' plot.svg
	gcode-plan --format=none --plot=plot.svg --plot-time=1.3-2 part.gcode
	grep -q '>part.gcode<' plot.svg
	grep -q '>lines 13 to 13<' plot.svg
	# cut there, though the move is longer
	grep -q '>1.3</text>' plot.svg
	run ! grep -q '>1.25</text>' plot.svg
	gcode-plan --format=none --plot=plot.svg --plot-lines=900-901 part.gcode
	grep -q '>no moves here<' plot.svg
	run -64 gcode-plan --plot=plot.svg --plot-lines=5 part.gcode
	run -64 gcode-plan --plot-lines=5-6 part.gcode
	run -64 gcode-plan --plot=x --plot-lines=5-6 --plot-time=1-2 part.gcode
	run -74 gcode-plan --format=none --plot=/nowhere/x.svg part.gcode
}

@test "a plot shows what shaper and pressure advance make of the plan" {
	printf '[input_shaper]\nshaper_freq_x: 40\nshaper_type: ei\n' \
		>>printer.cfg
	sed -i 's/^nozzle_d/pressure_advance: 0.05\nnozzle_d/' printer.cfg
	gcode-plan --format=none --plot=plot.svg part.gcode
	grep -q '>shaped<' plot.svg
	grep -q '>with pressure advance<' plot.svg
	# the speed of the head behind its shaper is drawn where that can be seen
	run ! grep -q 'fill="#0b2545"' plot.svg
	gcode-plan --format=none --plot=plot.svg --plot-lines=13-16 part.gcode
	grep -q 'fill="#0b2545"' plot.svg
	gcode-plan --format=none --plot=plot.svg part.gcode
	mv plot.svg ei.svg
	sed -i 's/^shaper_type:.*/shaper_type: smooth_ei/' printer.cfg
	gcode-plan --format=none --plot=plot.svg part.gcode
	[ "$(grep -c '<path' plot.svg)" = "$(grep -c '<path' ei.svg)" ]
	grep -q '>shaped<' plot.svg
	run ! cmp -s plot.svg ei.svg
}

journal() { # LINE Z
	cat >journal <<-END
	{"t":9.5,"state":"printing","source":"dir/$file","line":$1,
	"line_position":[0,0,0,0],"position":[90.1,80.2,$2,3.3]}
	END
}

# what is laid down behind line $1, without when and how much before
beads() { # LINE
	awk -v after="$1" '$1 == "move" && $2 != "" {
		split($2, l, "="); if (l[2] <= after) next
		out = l[2]
		for (i = 4; i <= NF; i++) {
			split($i, kv, "=")
			if (kv[1] ~ /^(x|y|z|dx|dy|dz|de|d)$/)
				out = out " " sprintf("%.6f", kv[2]) }
		print out }'
}

@test "a print goes on behind the last line that was done" {
	cp part.gcode half.gcode
	file=half.gcode
	for line in 13 15 21 24; do
		journal $line 0.2
		gcode-plan --format=text half.gcode | beads $line >whole
		gcode-plan --resume=journal --format=text half.gcode |
			sed -n '/^source .*text="half.gcode"/h;//!H;$!d;x;p' |
			beads $line >rest
		[ -s rest ]
		diff whole rest
	done
	# whoever asks to give one up has to know its name
	{ echo "EXCLUDE_OBJECT_DEFINE NAME='next one' POLYGON=[[1,1],[9,1],[9,9]]"
		cat part.gcode
	} >half.gcode
	journal 22 0.2
	gcode-plan --resume=journal --format=text half.gcode |
		grep -q '^object-told .*text="next one" '
}

@test "what was given up in a print stays so when it is resumed" {
	file=plate
	while IFS='|' read -r a b c d; do
		objects "$a" "$b" "$c" "$d" >plate
		gcode-plan --format=text --exclude=b plate >whole.plan
		# in the first object; as the second begins; in it, drawn back
		# and not; at its end
		for line in 8 12 13 14 15 17; do
			journal $line 0.2
			sed -i 's/"line"/"excluded":["B"],&/' journal
			gcode-plan --resume=journal --format=text plate \
				>rest.plan
			# who carries it out knows, for the next time
			grep '^object-left .*text="B"' rest.plan
			beads $line <whole.plan >whole
			sed -n '/^source .*text="plate"/h;//!H;$!d;x;p' \
				rest.plan | beads $line >rest
			[ -s rest ]
			diff whole rest
		done
	done <<-'END'
	EXCLUDE_OBJECT_START NAME=a|EXCLUDE_OBJECT_END|EXCLUDE_OBJECT_START NAME=b|EXCLUDE_OBJECT_END
	;MESH:a|;MESH:NONMESH|;MESH:b|;MESH:NONMESH
	END
	# it stands there: the head is lifted above it, and purges aside
	sed 's/X50 Y50/& Z30/' plate >tall && mv tall plate
	journal 17 30
	gcode-plan --resume=journal --format=gcode plate >kept
	sed -i 's/"line"/"excluded":["b"],&/' journal
	gcode-plan --resume=journal --format=gcode plate >left
	[ "$(grep -m1 '^G1 Z' left)" = "$(grep -m1 '^G1 Z' kept)" ]
	[ "$(grep -m1 '^G1 X' left)" = "$(grep -m1 '^G1 X' kept)" ]
	# a file that gives up by itself, and brings back
	{ echo 'EXCLUDE_OBJECT NAME=a'; echo 'EXCLUDE_OBJECT NAME=c'
		echo 'EXCLUDE_OBJECT NAME=c RESET=1'; cat plate; } >self
	mv self plate
	journal 11 0.2
	gcode-plan --resume=journal --format=gcode plate |
		sed -n '/^;@ plate/q; s/^EXCLUDE_OBJECT NAME=//p' >names
	[ "$(cat names)" = '"a"' ]
	gcode-plan --format=text plate | grep -A1 '^object-left .*"c"' |
		grep '^object-told .*"c"'
	# names that have quotes of their own
	objects '' '' '; printing object 3" \; pipe' \
		'; stop printing object 3' >plate
	journal 14 0.2
	sed -i 's/"line"/"excluded":["3\\" \\\\; pipe"],&/' journal
	gcode-plan --resume=journal --format=text plate >rest.plan
	sed '1,/^object-left/d' rest.plan >behind
	grep '^object-left' rest.plan | grep -F 'text="3\" \\; pipe"'
	[ "$(grep -c '^move' behind)" = 1 ]
}

@test "a resumed print is heated and lifted before X and Y are homed" {
	file=part.gcode
	journal 15 0.25
	gcode-plan --resume=journal --format=text part.gcode |
		awk '/^source/ { next } /^[a-z]/ { print $1, $4, $5 }' |
		sed -n '2,9p' >steps
	diff - steps <<-'END'
	heater name="heater_bed" target=50
	heater-wait name="heater_bed" min=48
	heater name="extruder" target=200
	heater-wait name="extruder" min=150
	set-position axes=Z x=90.1
	move x=90.1 y=80.2
	barrier  
	home axes=XY x=0
	END
	gcode-plan --resume=journal --format=text part.gcode >plan
	run ! grep -E '^home .*axes=[XY]*Z' plan
	# filament is pressed out in the corner away from the print, above it
	grep -q '^move .* x=3 y=3 z=5.25 .* de=1 d=12 ' plan ||
		grep -q '^move .* x=232 y=232 z=5.25 .* de=1 d=12 ' plan
	grep -q '^layer .*index=1 z=0.2$' plan
}

@test "a resumed print homes only the axes that have not kept their place" {
	file=part.gcode
	journal 15 0.25
	homes() { # KEPT: what is set, and what is homed
		sed "s/\"line\"/\"kept\":\"$1\",&/" journal >counted
		gcode-plan --resume=counted --format=gcode part.gcode |
			sed '/^;@ part.gcode/,$d' |
			grep -e '^SET_KINEMATIC' -e '^G28'
	}
	at='SET_KINEMATIC_POSITION X=90.1 Y=80.2 Z=0.25'
	diff <(homes xyz) <(echo "$at ; as the motors have counted")
	diff <(homes yz) - <<-END
		$at CLEAR=X ; as the motors have counted
		G28 X
	END
	diff <(homes z) - <<-END
		$at CLEAR=XY ; as the motors have counted
		G28 X Y
	END
	sed 's/"line"/"kept":"xy","kept_why":"it fell",&/' journal >counted
	run -65 gcode-plan --resume=counted --format=none part.gcode
	[[ $output == *"height of the nozzle"*", it fell:"*"[bad-journal]" ]]
	# what homes upwards needs no height
	sed 's/^position_endstop: 0.*/homing_positive_dir: true\n&/' \
		printer.cfg >up.cfg
	diff <(gcode-plan -c up.cfg --resume=counted --format=gcode \
		part.gcode | grep -e '^SET_KINEMATIC' -e '^G28' | head -n 2) \
		- <<-END
		G28 Z ; upwards, away from the print
		G28 X Y
	END
}

@test "modes, origins, factors and limits are as they were" {
	cat >odd.gcode <<-'END'
	M109 S200
	G28
	G1 X20 Y20 Z0.2 F6000
	M82
	G92 X0 E5
	M220 S50
	M221 S90
	SET_GCODE_OFFSET Z=0.1
	SET_VELOCITY_LIMIT ACCEL=1000 SQUARE_CORNER_VELOCITY=3
	SET_PRESSURE_ADVANCE ADVANCE=0.03
	ENABLE_INPUT_SHAPER EXTRUDER=extruder
	SET_INPUT_SHAPER SHAPER_FREQ_X=40
	DISABLE_INPUT_SHAPER AXIS=x
	M106 S128
	G91
	G1 X10 E0.5 F3000
	G1 X10 E0.5
	G90
	G1 X50 E9
	G1 X60 E9.4
	END
	file=odd.gcode
	journal 17 0.2
	gcode-plan --format=text odd.gcode | beads 17 >whole
	gcode-plan --resume=journal --format=text odd.gcode >plan
	sed -n '/^source .*text="odd.gcode"/h;//!H;$!d;x;p' plan |
		beads 17 >rest
	diff whole rest
	grep -q '^advance .*advance=0.03 ' plan
	grep -q '^advance-law .*shaped=1 ' plan
	# disabled, and still set
	grep '^shaper .*axis=X' plan | tail -1 | grep -q 'freq=0 '
	grep -q '^fan .*value=0.5' plan
	# 50 mm/s commanded, at half
	grep '^move line=20 ' plan | grep -q ' vc=25 a=1000 '
}

@test "a resumed print follows the bed as before, by a mesh that is saved" {
	cat printer.cfg - >mesh.cfg <<-'END'
	[probe]
	pin: PB1
	z_offset: 1
	[bed_mesh]
	mesh_min: 20, 20
	mesh_max: 180, 180
	[bed_mesh tilted]
	points:
	  0, 0.1, 0.2
	  0, 0.1, 0.2
	  0, 0.1, 0.2
	x_count: 3
	y_count: 3
	min_x: 0
	max_x: 200
	min_y: 0
	max_y: 200
	END
	file=bed.gcode
	for how in PROFILE\ LOAD CALIBRATE\ PROFILE; do
		{ printf 'G28\nM109 S200\nM83\nBED_MESH_%s=tilted\n' "$how"
			printf 'BED_MESH_OFFSET X=10\nG1 X20 Y20 Z0.2 F6000\n'
			printf 'G1 X120 E5\nG1 Y120 E5\nG1 X30 E5\n'; } >bed.gcode
		journal 7 0.2
		gcode-plan -c mesh.cfg --resume=journal --format=text \
			bed.gcode >plan
		sed -n '/^source .*text="bed.gcode"/h;//!H;$!d;x;p' plan |
			beads 7 >"rest.${how% *}"
		grep '^set-position' plan >"stands.${how% *}"
	done
	sed 's/CALIBRATE PROFILE/PROFILE LOAD/' bed.gcode >"$file.new"
	mv "$file.new" "$file"
	gcode-plan -c mesh.cfg --format=text bed.gcode | beads 7 >whole
	diff whole rest.PROFILE
	diff whole rest.CALIBRATE
	# the last stage tells Z above the bed
	grep -q ' z=0.3001 ' stands.PROFILE
	grep -q ' z=0.3001 ' stands.CALIBRATE
	printf 'G28\nBED_MESH_CALIBRATE\nG1 X20\nG1 X30\n' >bed.gcode
	journal 3 0.2
	run -65 gcode-plan -c mesh.cfg --resume=journal --format=none bed.gcode
	[[ $output == *"the mesh 'default' that was probed"*"[bad-mesh]" ]]
}

@test "a resumed print is as square as it was" {
	printf '%s\n' G28 'M109 S200' M83 \
		'SET_SKEW XY=141.9,141,100 XZ=141.2,141.6,100 YZ=141.5,141.3,100' \
		'G1 X20 Y20 Z20 F6000' 'G1 X120 E5' 'G1 Y120 E5' 'G1 X30 E5' \
		>leans.gcode
	file=leans.gcode
	journal 6 20
	gcode-plan --format=text leans.gcode | beads 6 >whole
	gcode-plan --resume=journal --format=text leans.gcode |
		sed -n '/^source .*text="leans.gcode"/h;//!H;$!d;x;p' |
		beads 6 >rest
	grep -q 'x=119\|x=120\.[0-9]*[1-9]' <(gcode-plan --format=text leans.gcode)
	paste -d' ' whole rest | awk '{
		print
		for (i = 1; i <= NF / 2; i++) {
			d = $i - $(i + NF / 2)
			if (d > 2e-5 || d < -2e-5) bad = 1 } }
		END { exit bad || NR != 2 }'
}

@test "half a move at the end of a pipe is not made [truncated]" {
	printf 'G28\nG1 X10 Y1' >half.gcode
	run -65 bash -o pipefail -c \
		'cat half.gcode | gcode-plan --format=text 2>&1 | grep -v "^h"'
	[[ $output == *"<stdin>:2: error: the input ends in the middle of"* ]]
	run ! grep '^move\|^end' <<<"$output"
	# a file may end so, and what is no move as well
	gcode-plan --format=none half.gcode
	printf 'G28\nM84' | gcode-plan --format=none
}

@test "what cannot be resumed is refused" {
	file=part.gcode
	journal 15 0.25
	cp part.gcode other.gcode
	run -65 gcode-plan --resume=journal --format=none other.gcode
	[[ "$output" == "journal: error: "*"another file"*"[bad-journal]" ]]
	journal 900 0.25
	run -65 gcode-plan --resume=journal --format=none part.gcode
	journal 0 0.25
	run -65 gcode-plan --resume=journal --format=none part.gcode
	echo '{"a":' >journal
	run -65 gcode-plan --resume=journal --format=none part.gcode
	run -66 gcode-plan --resume=nothere --format=none part.gcode
	run -64 gcode-plan --resume=journal
	run -64 gcode-plan --format=gcode part.gcode
}

@test "the linter finds nothing wrong with a resumed print" {
	command -v gcode-lint >/dev/null || skip "gcode-lint is not built"
	file=part.gcode
	journal 15 0.25
	gcode-plan --resume=journal --format=gcode part.gcode >rest.gcode
	gcode-lint rest.gcode >findings || { cat findings; false; }
}

@test "real files plan, or say what they lack" {
	[ -d "$root/../shared/gcode" ] || skip "no real files here"
	for f in bunny80-prusaslicer ideamaker slic3r torus30-arcwelder \
		torus30-prusaslicer; do
		xz -dc "$root/../shared/gcode/$f.gcode.xz" >$f
		gcode-plan --format=none --summary $f >summary 2>err ||
			{ cat err; false; }
	done
	# their homing and heating is in macros
	for f in cura m486 prusaslicer superslicer; do
		xz -dc "$root/../shared/gcode/$f.gcode.xz" >$f
		run -65 gcode-plan --format=none $f
		[[ "$output" == *"macro-expand"*"cold-extrude"* ||
			"$output" == *"macro-expand"*"not-homed"* ]]
		gcode-plan --format=none --assume-ready $f 2>err ||
			{ cat err; false; }
	done
}

@test "a polar machine goes around its centre, not through it" {
	polar=$BATS_TEST_DIRNAME/cases/kinematics/polar.cfg
	printf 'G28\nG1 X10 Y10 F6000\nG1 X-10 Y-9.9\n' |
		gcode-plan -c "$polar" >/dev/null
	printf 'G28\nG1 X10 Y10 F6000\nG1 X-10 Y-10\n' >through.gcode
	run -65 gcode-plan -c "$polar" through.gcode
	[[ $output == *"through.gcode:3:"*"the centre"*"[out-of-range]"* ]]
}

# the moves of a line 1 mm from the centre, and how long they take
past_centre() { # CONFIG
	printf '%s\n' G28 'G1 X-80 Y100 Z2 F6000' 'G1 X-80 Y1' M400 \
		'G1 X80 Y1 F12000' | gcode-plan -c "$1" --format=text |
		awk '$1 == "move" && $2 == "line=5" {
			n++
			for (i = 3; i <= NF; i++)
				if ($i ~ /^t[acd]=/) t += substr($i, 4) }
			END { printf "%d %.1f\n", n, t }'
}

@test "a polar machine is slow only near its centre, where exact or by torque" {
	cp -r "$root/tests/cases/kinematics" .
	[ "$(past_centre kinematics/polar.cfg)" = "1 26.8" ]
	sed -i 's/^max_angular_velocity.*/&\nangular_limit: exact/' \
		kinematics/polar.cfg
	read -r n t <<<"$(past_centre kinematics/polar.cfg)"
	[ "$n" -gt 20 ] && [ "$n" -lt 80 ]
	awk -v t="$t" 'BEGIN { exit !(t > 1.5 && t < 2.5) }'
	read -r n t <<<"$(past_centre kinematics/motors/polar.cfg)"
	[ "$n" -gt 20 ]
	awk -v t="$t" 'BEGIN { exit !(t > 1.5 && t < 2.5) }'
}

@test "a winch has up to 26 cables; what has no axes moves in a kilometre" {
	cp "$root"/tests/cases/kinematics/{head,winch}.cfg .
	sed '/^\[stepper_d/,$d' winch.cfg >many.cfg
	for c in {d..z}; do
		printf '[stepper_%s]\nstep_pin: PD1\ndir_pin: PD2\n' "$c"
		printf 'microsteps: 16\nrotation_distance: 40\n'
		printf 'anchor_x: %d\nanchor_y: 9\nanchor_z: 3000\n' "'$c"
	done >>many.cfg
	printf 'G28\nG1 X10 Y5 F6000\n' >a.gcode
	gcode-plan -c many.cfg --format=none a.gcode
	printf 'G1 X900000\nG1 X1000001\n' >>a.gcode
	run -65 gcode-plan -c many.cfg --format=none a.gcode
	[[ "$output" == "a.gcode:3:4: error: "*"outside of the anchors"* ]]
	printf '%s\n' '[mcu]' 'serial: sim:' '[printer]' 'kinematics: none' \
		'max_velocity: 300' 'max_accel: 3000' >none.cfg
	run -65 gcode-plan -c none.cfg --format=none a.gcode
	[[ "$output" == "a.gcode:4:4: error: 'X' would go to 1000001.000 mm"*"[out-of-range]" ]]
}

# A machine of tests/cases/kinematics, changed by sed: why it is refused.
impossible() { # MACHINE SED WHY
	cp "$root"/tests/cases/kinematics/head.cfg .
	sed "$2" "$root/tests/cases/kinematics/$1.cfg" >changed.cfg
	run -78 gcode-plan -c changed.cfg </dev/null
	grep -qF "$3" <<<"$output"
}

@test "a machine hung on cables goes where they hold it, Z within its limits" {
	cp "$root"/tests/cases/kinematics/{winch,head}.cfg .
	export GANTRY_CONFIG=$PWD/winch.cfg
	go() { # WHERE: the record of the move, or what is wrong
		printf '%s\n' 'SET_KINEMATIC_POSITION X=0 Y=0 Z=9' "G1 $1 F60000" |
			gcode-plan -q --format=text 2>&1 | grep 'line=2\|:2:'
	}
	[[ $(go "X900 Y400 Z-50") == "move "* ]]
	[[ $(go "Y1001") == *":2:1: error: at X 0.000 Y 1001.000 no cables hold \
the head: that is outside of the anchors [out-of-range]" ]]
	[[ $(go "X0 Y-1000 Z1500") == *":2:14: error: 'Z' would go to \
1500.000 mm, and no higher than 1450 mm"*"[out-of-range]" ]]
	sed -i 's/^max_velocity.*/&\nmax_z_velocity: 20\nmax_z_accel: 100/' winch.cfg
	[[ $(go Z200) == *" vc=20 a=100 "* ]]
}

@test "machines whose motors cannot move the head are refused" {
	cd "$BATS_TEST_TMPDIR"
	impossible winch '/^\[stepper_c/,$d' "lacks the section 'stepper_c'"
	impossible winch 's/\(anchor_[xy]\): .*/\1: 0/' 'are in one line'
	impossible winch 's/^\[stepper_d/[stepper_f/' \
		"'stepper_f' is a cable behind a gap: 'stepper_d' is missing"
	impossible generic_cartesian 's/: x-y/: x+y/' 'independently'
	impossible rotary_delta 's/shoulder_height: .*/shoulder_height: 9/' \
		'do not reach X 0 Y 0 Z 252'
	impossible rotary_delta 's/lower_arm_length: .*/lower_arm_length: 9/' \
		"it must be above 'shoulder_radius'"
	impossible deltesian 's/^arm_length: .*/arm_length: 100/' \
		'does not reach over'
	impossible rails 's/rotation_distance: 40/rotation_distance: 1e-9/' \
		"a step of 'stepper_x' is"
	impossible rails 's/^rotation_distance: 40/&\nhoming_retract_dist: 0.02/' \
		"'homing_retract_dist' is 0.02 mm, it must be 0 or at least 2 steps of 0.0125 mm"
}

@test "skew is told, saved and loaded again" {
	skew='SET_SKEW XY=141.9,141,100'
	printf '%s\n' G28 'CALC_MEASURED_SKEW AC=141.9 BD=141 AD=100' "$skew" \
		GET_CURRENT_SKEW 'SKEW_PROFILE SAVE=mine' |
		gcode-plan --format=text | sed -n 's/^message.*text="\(.*\)"/\1/p' >told
	grep -q '^measured skew 0.006363 rad, 0.36 degrees$' told
	grep -q '^XY skew 0.006363 rad, 0.36 degrees$' told
	[ "$(grep -c '^skew_correction.mine' told)" -eq 3 ]
	cp "$root/share/machines/ender3pro.conf" skew.conf
	grep '^skew_correction' told | printerconf set -c skew.conf -
	line='G1 X100 Y100 Z20 F6000'
	for a in "$skew" 'SKEW_PROFILE LOAD=mine'; do
		printf '%s\n' G28 "$a" "$line" |
			gcode-plan -c skew.conf --format=text | grep '^move' |
			grep -o ' d=[0-9]*\.[0-9]\{4\}'
	done | uniq -c | grep -q '^ *2 '
	run -65 gcode-plan --format=none - <<<'CALC_MEASURED_SKEW AC=10 BD=141 AD=100'
	[[ $output == *'not of a square [bad-value]' ]]
}

@test "every motor that turns with the extruder limits it, by its gears" {
	cp "$root"/tests/cases/kinematics/{head,idex}.cfg .
	cat >sync.cfg <<-'EOF'
		[include idex.cfg]
		[supply main]
		voltage: 24
		[board]
		motor_supply: main
		[motor extruder_stepper belted]
		model: Creality 42-40
		current: 0.8
		[extruder_stepper belted]
		rotation_distance: 2
	EOF
	follow='SYNC_EXTRUDER_MOTION EXTRUDER=belted MOTION_QUEUE='
	printf '%s\n' G28 M83 'G1 X100 Y100 F12000' 'G1 X150 E12' "$follow" \
		'G1 X100 E12' "${follow}extruder" 'G1 X150 E12' \
		'SET_EXTRUDER_ROTATION_DISTANCE EXTRUDER=belted DISTANCE=8' \
		'G1 X100 E12' |
		gcode-plan --assume-ready -c sync.cfg --format=text |
		grep ' de=0.24 ' | sed 's/.* vc=\([0-9]*\).*/\1/' >speeds
	# turned along, left out, turned along again, and geared up
	paste -s -d' ' speeds
	paste -s -d' ' speeds | grep -qE '^(9|10)[0-9]* 200 (9|10)[0-9]* 200$'
	# a distance that would take a step for each atom
	echo "SET_EXTRUDER_ROTATION_DISTANCE EXTRUDER=belted DISTANCE=.0001" >tiny
	run -65 --separate-stderr gcode-plan -c sync.cfg tiny
	[[ $stderr == *"tiny:1:"*"0.0001 mm a turn"*"[bad-value]" ]]
	# one complaint is enough
	echo "FORCE_MOVE STEPPER=stepper_x DISTANCE=x VELOCITY=5" >tiny
	printf '[force_move]\nenable_force_move: true\n' >>sync.cfg
	run -65 --separate-stderr gcode-plan -c sync.cfg tiny
	[[ "${stderr_lines[*]}" == "tiny:1:30: error: "*"[bad-number]" ]]
}
