#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# From a sweep to a shaper on the simulated machine, and what it is good for.
bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	O=${O:-$root/build}
	PATH=$O:$PATH
	for p in gcode-plan stepstream mcu-sim printerconf shaper-calibrate; do
		[ -x "$O/$p" ] || skip "$p is not built"
	done
	cd "$BATS_TEST_TMPDIR"
	cp "$root/share/machines/ender3pro.conf" printer.conf
	cat >>printer.conf <<-'EOF'
		adxl345: { cs_pin = "PA4"; spi_bus = "spi1"; };
	EOF
	export GANTRY_CONFIG=$PWD/printer.conf
}

simulate() { # OPTION...
	gcode-plan | stepstream -q --simulate "$@" >events
}

value() { # KEY FILE: of "KEY=VALUE" lines
	sed -n "s/^$1=//p" "$2"
}

near() { # GOT WANT WITHIN
	awk "BEGIN { d = $1 - $2; exit !(d <= $3 && -d <= $3) }" ||
		{ echo "got $1, want $2 within $3"; false; }
}

mode() { # N FILE: "frequency damping"
	sed -n "s/^#   mode $1: *\([0-9.]*\) Hz.*damping \([0-9.]*\) .*/\1 \2/p" \
		"$2"
}

@test "the frame has the resonance it was given, and the lines are taken" {
	set -o pipefail
	shaper-calibrate sweep --axis=x |
		simulate --sim-arg=--resonance=x:52:0.05 --accelerometer=x.csv
	[ "$(head -1 x.csv)" = "#time,accel_x,accel_y,accel_z" ]
	shaper-calibrate analyze x.csv >answer
	grep -q 'sweep as told: 5 to 135 Hz, 1 Hz/s with carrier, along 1' answer
	set -- $(mode 1 answer)
	near $1 52 0.05
	near $2 0.05 0.001
	! grep -q 'mode 2' answer
	printerconf set - <answer
	f=$(value input_shaper.shaper_freq_x answer)
	[ "$(printerconf get input_shaper.shaper_freq_x)" = "$f" ]
}

# a sensor's clock may be off by some percent; the stamps are the board's
@test "two modes of Y are told apart, whatever the sensor's clock thinks" {
	set -o pipefail
	for off in -3.4 2.5; do
		shaper-calibrate sweep --axis=y --freq-end=90 --hz-per-sec=2 |
			simulate --sim-arg=--resonance=y:41:0.02:0.65 \
				--sim-arg=--resonance=y:63.5:0.1:0.35 \
				--sim-arg=--sensor-clock=$off \
				--accelerometer=y.csv
		awk -F, '/^#/ { next } !n++ { from = $1 } END {
			d = ((n - 1) / ($1 - from) / 3200 - 1) * 100
			exit !(d - '$off' < 0.02 && d - '$off' > -0.02) }' y.csv
		shaper-calibrate analyze --axis=y y.csv >answer 2>err
		[ ! -s err ]
		set -- $(mode 1 answer) $(mode 2 answer)
		near $1 41 0.05
		near $2 0.02 0.0006
		near $3 63.5 0.2
		near $4 0.1 0.003
		! grep -q 'mode 3' answer
	done
}

@test "what the sweep was is in the recording: any rate, any direction" {
	set -o pipefail
	shaper-calibrate sweep --axis=1,-2 --freq-start=20 --freq-end=70 \
		--hz-per-sec=2.7 --accel-per-hz=45 --sweeping-period=0.9 |
		simulate --sim-arg=--resonance=x:40:0.05 \
			--sim-arg=--resonance=y:55:0.05 --accelerometer=d.csv
	shaper-calibrate analyze d.csv >answer
	grep -q 'as told: 20 to 70 Hz, 2.7 Hz/s .* along 0.45,-0.89,0.00' answer
	near $(mode 1 answer | cut -d' ' -f1) 40 0.1
	near $(mode 2 answer | cut -d' ' -f1) 55 0.1
	# the modes of the recording say nothing of an axis that was not moved
	grep -q 'no single axis was moved' answer
}

@test "a mode that hardly is damped rings on and is no fan" {
	set -o pipefail
	shaper-calibrate sweep --axis=x --freq-end=60 --hz-per-sec=2 |
		simulate --sim-arg=--resonance=x:25:0.02 --accelerometer=x.csv
	shaper-calibrate analyze x.csv >answer 2>err
	[ ! -s err ]
	near $(mode 1 answer | cut -d' ' -f1) 25 0.02
}

@test "a machine at rest is quiet, and one that is stiff has no resonance" {
	shaper-calibrate noise --motion |
		simulate --accelerometer=rest.csv
	run -0 shaper-calibrate noise rest.csv
	[[ $output == *normal ]]
	run -1 shaper-calibrate analyze rest.csv
	[[ $output == *"no clear resonance"* ]]
}

@test "the sensor is found by axes-map as axes_map says" {
	sed -i 's/spi_bus = "spi1";/& axes_map = ["-z", "y", "x"];/' printer.conf
	# Z makes a gentler move than the others, within its limits
	for a in x y z; do
		shaper-calibrate axes-map --motion --axis=$a |
			simulate --accelerometer=$a.csv
	done
	[ "$(sed -n 2p z.csv)" = "#move length=30 speed=5 accel=100" ]
	shaper-calibrate axes-map -c printer.conf x.csv y.csv z.csv >answer
	[ "$(tail -1 answer)" = "adxl345.axes_map=z,y,-x" ]
	# the map is undone: machine X moves what is called Z, backwards
	awk -F, 'NR > 1 { s += $4 * $4; x += $2 * $2 } END { exit !(NR > 3000) }' x.csv
}

# ring FILE.conf: mm that X swings when it has stopped at a corner
ring() {
	printf '%s\n' G28 'G1 Z20 F600' 'G1 X60 Y100 F6000' 'G4 P1500' \
		'G1 X160 F9000' 'G1 Y150 F9000' 'G4 P500' >corner.gcode
	GANTRY_CONFIG=$1 simulate --max-step-error=1 \
		--sim-arg=--resonance=x:52:0.05 --sim-arg=--report=r.json \
		<corner.gcode
	sed 's/.*"frame":{"x":{"ring_mm":\([0-9.e-]*\).*/\1/' r.json
}

# residual of zv or mzv at 52 Hz, 0.05
theory() { # TYPE FREQ DAMPING
	awk -v type="$1" -v f="$2" -v z="$3" 'BEGIN {
		pi = 3.14159265358979
		d = sqrt(1 - z * z)
		n = type == "zv" ? 2 : 3
		k = exp(-(type == "zv" ? 1 : 0.75) * pi * z / d)
		q = 1 - sqrt(0.5)
		a[1] = n == 2 ? 1 : q
		a[2] = n == 2 ? k : (sqrt(2) - 1) * k
		a[3] = q * k * k
		step = (n == 2 ? 0.5 : 0.375) / (f * d)
		w = 2 * pi * 52
		for (i = 1; i <= n; i++) {
			t = (i - 1) * step
			e = a[i] * exp(-0.05 * w * ((n - 1) * step - t))
			x += e * cos(w * sqrt(1 - 0.05 * 0.05) * t)
			y += e * sin(w * sqrt(1 - 0.05 * 0.05) * t)
			s += a[i]
		}
		print sqrt(x * x + y * y) / s }'
}

@test "with the recommended shaper a corner rings as little as theory says" {
	# at the steps of the machine what is left may be half a step more
	cp printer.conf coarse.conf
	printerconf set -q -c coarse.conf input_shaper.shaper_type_x=zv \
		input_shaper.shaper_freq_x=52.4 \
		input_shaper.damping_ratio_x=0.05
	left=$(ring coarse.conf)
	want=$(awk "BEGIN { print $(ring printer.conf) * \
		$(theory zv 52.4 0.05) + 40 / 200 / 16 / 2 }")
	awk "BEGIN { exit !($left > 0.001 && $left < $want) }"
	# fine steps, to see what the shaper leaves and nothing else
	sed -i '0,/microsteps = 16/s//microsteps = 256/' printer.conf
	shaper-calibrate sweep --axis=x --freq-end=80 --hz-per-sec=2 |
		simulate --sim-arg=--resonance=x:52:0.05 --accelerometer=x.csv
	shaper-calibrate analyze -q --axis=x x.csv >answer
	plain=$(ring printer.conf)
	type=$(value input_shaper.shaper_type_x answer)
	freq=$(value input_shaper.shaper_freq_x answer)
	[ "$type" = zv ] # theory below knows zv and mzv
	cp printer.conf shaped.conf
	printerconf set -c shaped.conf - <answer
	shaped=$(ring shaped.conf)
	want=$(theory "$type" "$freq" \
		"$(value input_shaper.damping_ratio_x answer)")
	near "$(awk "BEGIN { print $shaped / $plain }")" "$want" 0.01
	awk "BEGIN { exit !($shaped < 0.04 * $plain) }"
	# and badly chosen ones as much as it says
	for s in 'zv 45 0.05' 'zv 60 0.1' 'mzv 60 0.05' 'mzv 44 0.1'; do
		set -- $s
		cp printer.conf other.conf
		printerconf set -q -c other.conf input_shaper.shaper_type_x=$1 \
			input_shaper.shaper_freq_x=$2 \
			input_shaper.damping_ratio_x=$3
		near "$(awk "BEGIN { print $(ring other.conf) / $plain }")" \
			"$(theory $s)" 0.015
	done
}

@test "each kind of sensor is heard over each of its buses" {
	set -o pipefail
	sed -i '/^adxl345/d' printer.conf
	shaper-calibrate sweep --axis=x --freq-start=30 --freq-end=75 \
		--hz-per-sec=3 | gcode-plan -o x.plan
	while read -r chip rate bus; do
		{ cat printer.conf; echo "$chip: { $bus };"; } >chip.conf
		stepstream -q -c chip.conf --simulate --sim-arg=--baud=1000000 \
			--sim-arg=--resonance=x:52:0.05 \
			--accelerometer=x.csv x.plan >events
		# by the sensor's own clock, gravity on Z
		awk -F, -v rate=$rate '/^#/ { next } !n++ { from = $1 }
			{ g += $4 } END { f = (n - 1) / ($1 - from) / rate
			exit !(f > 1.0022 && f < 1.0026 && g / n > 9700 &&
				g / n < 9900) }' x.csv
		shaper-calibrate analyze x.csv >answer 2>err
		[ ! -s err ] || { cat err; false; }
		set -- $(mode 1 answer)
		near $1 52 0.1
		near $2 0.05 0.001
	done <<-'EOF'
		adxl345 1600 cs_pin = "PA4"; rate = 1600;
		lis2dw 1600 cs_pin = "PA4"; spi_bus = "spi1";
		lis2dw 1600 i2c_bus = "i2c1";
		lis3dh 1344 cs_pin = "PA4";
		lis3dh 1344 i2c_bus = "i2c1"; i2c_address = 24;
		mpu9250 4000 i2c_bus = "i2c1";
		icm20948 4500 i2c_bus = "i2c2"; i2c_address = 105;
		bmi160 1600 cs_pin = "PA4";
		bmi160 1600 i2c_bus = "i2c1";
	EOF
}

@test "a sensor that is not there, or too fast for the link, is told" {
	sed -i '/^adxl345/d' printer.conf
	cp printer.conf other.conf
	echo 'mpu9250: { i2c_bus = "i2c1"; };' >>printer.conf
	echo 'mpu9250: { i2c_bus = "i2c1"; i2c_address = 105; };' >>other.conf
	printf '%s\n' ACCELEROMETER_MEASURE 'G4 P500' M400 \
		ACCELEROMETER_MEASURE | gcode-plan -o x.plan
	run -69 stepstream -q --simulate --sim-arg=--config=other.conf \
		--accelerometer=x.csv x.plan
	[[ $output == *"the mpu9250 does not answer at its address 0x68"* ]]
	run -0 stepstream -q --simulate --accelerometer=x.csv x.plan
	[[ $output == *"samples were lost on the way: 4000 a second are 29 kB/s"* ]]
	# on SPI nobody says no
	sed -i 's/^mpu9250.*/lis2dw: { cs_pin = "PA4"; };/' printer.conf
	sed -i 's/^mpu9250.*/lis2dw: { cs_pin = "PA6"; };/' other.conf
	run -0 stepstream -q --simulate --sim-arg=--config=other.conf \
		--accelerometer=x.csv x.plan
	[[ $output == *"x.csv: the lis2dw does not answer; check its wires and its cs_pin"* ]]
	# buses made by hand, and which of several
	cat >>printer.conf <<-'EOF'
		adxl345: { head: { cs_pin = "PB2";
			spi_software_sclk_pin = "PA5";
			spi_software_mosi_pin = "PA7";
			spi_software_miso_pin = "PA6"; }; };
		resonance_tester: { accel_chip = "adxl345 head"; };
	EOF
	stepstream -q --dump --simulate --accelerometer=x.csv x.plan >dump 2>&1
	grep -q '^spi_set_sw_bus oid=1 miso_pin=PA6 mosi_pin=PA7 sclk_pin=PA5 mode=3 pulse_ticks=14$' dump
	grep -q '^config_adxl345 oid=0 spi_oid=1$' dump
}

@test "short moves are known for what they are, and their decays fitted" {
	shaper-calibrate excite --axis=x --moves=8 |
		simulate --sim-arg=--resonance=x:52:0.05 --accelerometer=r.csv
	shaper-calibrate analyze r.csv >answer
	grep -q '#   8 decays' answer
	near $(mode 1 answer | cut -d' ' -f1) 52 0.1
}

@test "without an accelerometer in the configuration it is told, exit 78" {
	sed -i '/^adxl345/d' printer.conf
	run -78 bash -c 'echo G28 | gcode-plan |
		stepstream --simulate --accelerometer=x.csv'
	[[ $output == *"no accelerometer is configured"* ]]
	[ ! -e x.csv ]
	echo 'mpu9250: { i2c_mcu = "toolhead"; };' >>printer.conf
	run -78 bash -c 'echo G28 | gcode-plan -c "'"$root"'/share/machines/ender3pro.conf" |
		stepstream --simulate --accelerometer=x.csv'
	[[ $output == *"'mpu9250' is on no bus of the main board: it needs an i2c_bus there"* ]]
}

@test "two recordings of one plan go to two files" {
	printf '%s\n' G28 M400 'ACCELEROMETER_MEASURE NOTE="the first = 1"' \
		'G4 P1000' M400 \
		ACCELEROMETER_MEASURE ACCELEROMETER_MEASURE 'G4 P500' M400 \
		ACCELEROMETER_MEASURE | simulate --accelerometer=r.csv
	[ "$(sed -n 2p r.csv)" = "#the first = 1" ]
	[ "$(grep -c '#' r-2.csv)" = 1 ]
	[ "$(wc -l <r.csv)" -gt 3200 ] && [ "$(wc -l <r.csv)" -lt 5200 ]
	[ "$(wc -l <r-2.csv)" -gt 1500 ] && [ "$(wc -l <r-2.csv)" -lt 2700 ]
}
