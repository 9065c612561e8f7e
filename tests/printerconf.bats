#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# printerconf: import, check, show, get, set, motor, keys.
bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/..
	PATH=${O:-$root/build}:$PATH
	cd "$BATS_TEST_TMPDIR"
	cp "$root/share/machines/ender3pro.conf" printer.conf
	export HOME=$PWD/home
	unset GANTRY_CONFIG XDG_CONFIG_HOME
}

base() { # a small Klipper configuration that is complete
	cat <<-'EOF'
	[mcu]
	serial: /dev/ttyUSB0
	[printer]
	kinematics: none
	max_velocity: 300
	max_accel: 3000
	EOF
}

# check says [SLUG] at that level after KEY=VALUE... were set in the example
finds() { # LEVEL SLUG KEY=VALUE...
	level=$1 slug=$2
	shift 2
	[ $# = 0 ] || printerconf set -q "$@"
	run printerconf check
	echo "$output"
	grep -qF " $level: " <<<"$output"
	grep -F "$slug" <<<"$output" | grep -qF " $level: "
}

m8p() { # the example becomes a Manta M8P with a TMC5160 on 48 V for X
	printerconf set -q 'board.model=BTT Manta M8P V2' \
		supply.high.voltage=48 supply.high.for=motors \
		supply.high.capacitance=2200 tmc5160.stepper_x.cs_pin=PE3 \
		'tmc5160.stepper_x.module=TMC5160T Pro' \
		tmc5160.stepper_x.run_current=0.58 \
		tmc5160.stepper_x.supply=high motor.stepper_x.supply=high
}

@test "the example machines have neither error nor warning" {
	for f in "$root"/share/machines/*.conf; do
		run -0 printerconf check --strict -c "$f"
		grep -q '0 errors, 0 warnings' <<<"$output"
	done
}

# --- reading ---------------------------------------------------------------

@test "an unknown key names file, line and the nearest known name" {
	echo 'printer: { kinematics = "none"; max_velocity = 1; max_acel = 2; };' >p
	run -78 printerconf show -c p
	grep -qF "p:1: error: 'max_acel' is not a key of 'printer'; 'max_accel' was meant? [config-unknown]" <<<"$output"
}

@test "a word out of a list names the nearest of them" {
	echo 'printer: { kinematics = "cartesain"; };' >p
	run -78 printerconf show -c p
	grep -qF "p:1: error: 'kinematics' is 'cartesain'; 'cartesian' was meant? [config-type]" <<<"$output"
	echo 'heater_bed: { control = "magic"; };' >p
	run -78 printerconf show -c p
	grep -qF "p:1: error: 'control' is 'magic', it must be one of pid, watermark [config-type]" <<<"$output"
}

@test "a value out of range names value, limit and unit" {
	printf 'mcu: {};\nprinter: {\n\tmax_velocity = -3;\n};\n' >p
	run -78 printerconf show -c p
	grep -qF "p:3: error: 'max_velocity' is -3 mm/s, it must be above 0 mm/s [config-range]" <<<"$output"
}

@test "all errors are said, not only the first" {
	printf 'printer: {\n a = 1;\n max_accel = "x";\n max_velocity = 0; };\n' >p
	run -78 printerconf show -c p
	[ "$(grep -c error: <<<"$output")" = 3 ]
	grep -qF "[config-type]" <<<"$output"
}

@test "a text that is not libconfig names the line that stopped it" {
	printf 'printer: {\n  max_velocity = 3\n  max_accel 4;\n};\n' >p
	run -78 printerconf check -c p
	grep -qF "p:3: error: syntax error at 'max_accel 4;' [config-syntax]" <<<"$output"
}

@test "what is needed and missing is said with its sentence" {
	echo 'printer: { kinematics = "none"; max_z_accel = 1; };' >p
	run -78 printerconf check -c p
	grep -qF "'printer' lacks 'max_velocity': greatest speed" <<<"$output"
	grep -qF "there is no section 'mcu' [config-missing]" <<<"$output"
	! grep -q 'at most' <<<"$output" # it bounds nothing else
}

@test "a whole number beyond 32 bits does not wrap" {
	echo 'mcu: { baud = 4294967296; };' >p
	run -78 printerconf show -c p
	grep -qF "'baud' is 4294967296 bit/s, it must be 2400 to 4000000 bit/s" <<<"$output"
}

@test "two values of one key exclude each other" {
	{ base; printf '[fan]\npin: PA1\n'; } >p.cfg
	echo 'fan: { pin = "PA1"; PIN = "PA2"; };' >p
	run -78 printerconf show -c p
	grep -qF "p:1: error: 'PIN' is given twice in 'fan' [config-conflict]" <<<"$output"
}

@test "a pin of a board that is not there is refused" {
	{ base; printf '[fan]\npin: toolhead:PA1\n'; } >p.cfg
	run -78 printerconf check -c p.cfg
	grep -qF "p.cfg:8: error: 'pin' is 'toolhead:PA1', but there is no board called 'toolhead' [config-pin]" <<<"$output"
}

@test "an include that leads nowhere is refused" {
	{ base; echo '[include nowhere.cfg]'; } >p.cfg
	run -78 printerconf check -c p.cfg
	grep -qF "p.cfg:7: error: there is no file 'nowhere.cfg' to include [config-include]" <<<"$output"
}

@test "a file that cannot be opened is exit 66" {
	run -66 printerconf show -c none.conf
	grep -qF "none.conf: error: cannot read the configuration: No such file or directory [config-open]" <<<"$output"
}

@test "too much of something is refused" {
	seq 5000 | sed 's/.*/[output_pin p&]\npin: PA&/' >p.cfg
	run -78 printerconf show -c p.cfg
	grep -qF "too many sections, the limit is 4096 [config-limit]" <<<"$output"
	{ echo 'lint: {'; seq -f 'r%g = "off";' 60000; echo '};'; } >p
	run -78 timeout 20 printerconf show -c p
	grep -qF "p:4098:7: error: too many settings in one group, the limit is 4096 [config-limit]" <<<"$output"
	yes 'a: {' | head -1000 >p
	run -78 printerconf show -c p
	grep -qF "p:5:4: error: groups are nested too deeply, the limit is 4 [config-limit]" <<<"$output"
}

@test "the configuration is looked for in the order of the page" {
	mv printer.conf a
	run -66 printerconf get printer.max_accel
	grep -q 'there is no configuration' <<<"$output"
	mkdir -p home/.config/gantry
	sed 's/max_accel = 3000/max_accel = 3001/' a >home/.config/gantry/printer.conf
	[ "$(printerconf get printer.max_accel)" = 3001 ]
	sed 's/max_accel = 3000/max_accel = 3002/' a >printer.conf
	[ "$(printerconf get printer.max_accel)" = 3002 ]
	sed 's/max_accel = 3000/max_accel = 3003/' a >b
	[ "$(GANTRY_CONFIG=b printerconf get printer.max_accel)" = 3003 ]
	[ "$(GANTRY_CONFIG=b printerconf get -c a printer.max_accel)" = 3000 ]
}

# --- import ------------------------------------------------------------------

klipper() {
	mkdir -p kl/KAMP
	{
		base
		cat <<-'EOF'
		[include KAMP/*.cfg]
		# this comment is about the macro
		[gcode_macro START]
		gcode:
		  G28 ; home
		  {% if params.X %}
		    G1 X{params.X}
		  {% endif %}
		# this one is about the fan
		[fan_generic my fan]
		pin: ^!PA1
		[idle_timeout]
		gcode:
		  M84
		  M104 S0
		[extruder_stepper belt]
		step_pin: PA2
		dir_pin: PA3
		microsteps: 16
		rotation_distance: 40
		gear_ratio: 57:11, 2:1
		[display]
		lcd_type: st7920
		[fann]
		pin: PA9

		#*# <---------------------- SAVE_CONFIG ---------------------->
		#*# DO NOT EDIT THIS BLOCK OR BELOW. The contents are auto-generated.
		#*#
		#*# [printer]
		#*# max_accel = 99
		#*# square_corner_velocity = 8.5
		#*#
		#*# [bed_mesh default]
		#*# points =
		#*# 	  0.1, 0.2
		#*# 	  0.3, -0.4
		EOF
	} >kl/printer.cfg
	printf '[gcode_macro PURGE]\ngcode:\n  G1 E5\n' >kl/KAMP/purge.cfg
	printf '[respond]\n[gcode_macro HI]\ngcode:\n' >kl/KAMP/hi.cfg
}

@test "an import keeps values, names, macros and what was saved" {
	klipper
	run -0 printerconf import -o out kl/printer.cfg
	[ "$(printerconf get -c out/printer.conf printer.max_accel)" = 3000 ]
	[ "$(printerconf get -c out/printer.conf printer.square_corner_velocity)" = 8.5 ]
	[ "$(printerconf get -c out/printer.conf 'fan_generic.my fan.pin')" = '^!PA1' ]
	[ "$(printerconf get -c out/printer.conf 'extruder_stepper.belt.gear_ratio')" = '57:11, 2:1' ]
	[ "$(printerconf get -c out/printer.conf idle_timeout.gcode)" = '\nM84\nM104 S0' ]
	[ "$(printerconf get -c out/printer.conf bed_mesh.default.points)" = '\n0.1, 0.2\n0.3, -0.4' ]
	grep -qF 'macros = ["macros.cfg", "KAMP/hi.cfg", "KAMP/purge.cfg"];' out/printer.conf
	grep -q '# this comment is about the macro' out/macros.cfg
	grep -q '^    G1 X{params.X}$' out/macros.cfg
	! grep -q 'about the fan' out/macros.cfg
	! grep -q respond out/KAMP/hi.cfg
	cmp kl/KAMP/purge.cfg out/KAMP/purge.cfg
}

@test "an import has macros once that are included twice or changed later" {
	klipper
	printf '[include hi.cfg]\n[gcode_macro A]\ngcode:\n  HI\n' \
		>kl/KAMP/purge.cfg
	printf '[gcode_macro HI]\ngcode:\n  M117 hi\n' >kl/KAMP/hi.cfg
	run -0 printerconf import -o out kl/printer.cfg
	[ -f out/KAMP/hi.cfg ]
	echo A >job
	macro-expand -c out/printer.conf job | grep -qx 'M117 hi'
	printf '[gcode_macro HI]\ngcode:\n  M117 ho\n' >kl/KAMP/z.cfg
	run -0 printerconf import -o other kl/printer.cfg
	macro-expand -c other/printer.conf job | grep -qx 'M117 ho'
}

@test "an import lists what it could not carry, with its place" {
	klipper
	run -0 printerconf import -o out kl/printer.cfg
	grep -qF "kl/printer.cfg:28: note: section 'display' is left out: there is no display on a pipe [config-unknown]" <<<"$output"
	grep -qF "kl/printer.cfg:30: warning: there is no section 'fann'; 'fan' was meant? [config-unknown]" <<<"$output"
	grep -q '2 things were not carried over' <<<"$output"
}

@test "an import without -o goes to stdout and keeps the macros where they are" {
	klipper
	printerconf import kl/printer.cfg >p 2>err
	grep -qF 'macros = ["kl/printer.cfg"];' p
	run -0 printerconf check -c p
}

@test "an import replaces nothing without --force" {
	klipper
	mkdir out
	echo mine >out/macros.cfg
	run -74 printerconf import -o out kl/printer.cfg
	grep -q "'out/macros.cfg' is there already" <<<"$output"
	[ ! -e out/printer.conf ]
	[ "$(cat out/macros.cfg)" = mine ]
	run -0 printerconf import --force -o out kl/printer.cfg
	grep -q START out/macros.cfg
}

# one section a line, without what stands outside all of them
sections() {
	sed 's/^{//; s/}$//; s/},"/},\n"/g' | sed 's/},$/}/' | grep -v '^"":' |
		sort
}

@test "an import and its original have the same values and defaults" {
	klipper
	printerconf import -o out kl/printer.cfg 2>/dev/null
	printerconf show --defaults --format=json -c kl/printer.cfg 2>/dev/null |
		sections >a
	printerconf show --defaults --format=json -c out/printer.conf |
		sections >b
	cmp a b
}

@test "a printer.cfg shown as cfg reads back the same" {
	klipper
	printerconf show --format=cfg -c kl/printer.cfg >again.cfg 2>/dev/null
	printerconf show -c kl/printer.cfg >a 2>/dev/null
	printerconf show -c again.cfg >b
	cmp a b
}

@test "what is not Klipper's is not imported" {
	run -65 printerconf import printer.conf
	grep -q "is no Klipper configuration" <<<"$output"
}

# --- show, get, keys ---------------------------------------------------------

@test "show --defaults marks what was not given" {
	run -0 printerconf show --defaults printer stepper_x
	grep -qF '	max_velocity = 300;' <<<"$output"
	grep -qF '	minimum_cruise_ratio = 0.5; # default' <<<"$output"
	grep -qF '	second_homing_speed = 25; # default' <<<"$output"
	! grep -q heater_bed <<<"$output"
}

@test "what show prints is the same configuration" {
	printerconf show >p
	printerconf show -c p >q
	cmp p q
	printerconf show --defaults >p
	run -0 printerconf check -q -c p
}

@test "get prints one value alone and several as set reads them" {
	[ "$(printerconf get extruder.sensor_type)" = 'EPCOS 100K B57560G104F' ]
	run -0 printerconf get fan.pin fan.max_power
	[ "$output" = "fan.pin=PA0
fan.max_power=1." ]
	run -1 printerconf get fan.colour
	grep -qF "'printer.conf' has no value 'fan.colour'" <<<"$output"
}

@test "what get prints of a section, set takes back without a change" {
	printerconf get bed_screws extruder | grep -v max_extrude >lines
	cp printer.conf before
	printerconf set - <lines 2>err
	printerconf set -q - <lines
	printerconf show --defaults | sed 's/ # default//' | sort >a
	printerconf show --defaults -c before | sed 's/ # default//' | sort >b
	cmp a b
}

@test "keys explain type, range, default and meaning" {
	run -0 printerconf keys printer
	grep -qF 'max_velocity: greatest speed of the tool head' <<<"$output"
	grep -qF '(number, at least 0, below 1; default 0.5)' <<<"$output"
	run -1 printerconf keys nothing
}

@test "printer.conf(5) says what the schema says" {
	sed '1,/^\.\\" The rest is made by/d; /^\.\\" End of what is made/,$d' \
		"$root/man/man5/printer.conf.5" >page
	printerconf keys --format=mdoc >made
	diff page made
}

# --- set ---------------------------------------------------------------------

@test "set changes a value where it stands and nothing else" {
	cp printer.conf before
	run -0 printerconf set printer.max_accel=2500
	[ "$output" = "printer.conf:20: printer.max_accel = 2500, was 3000" ]
	[ "$(diff before printer.conf | grep -c '^[<>]')" = 2 ]
	[ "$(printerconf get printer.max_accel)" = 2500 ]
}

@test "set puts what is new at the end of its group, in its layout" {
	printerconf set -q printer.minimum_cruise_ratio=0.4 \
		input_shaper.shaper_freq_x=57.2 'fan_generic.my fan.pin=PB1'
	grep -B1 -A1 -F 'minimum_cruise_ratio = 0.4;' printer.conf >got
	[ "$(cat got)" = "	square_corner_velocity = 5.0;
	minimum_cruise_ratio = 0.4;
};" ]
	tail -9 printer.conf >got
	sed 's/\t/ /g' got >flat
	[ "$(cat flat)" = ' shaper_freq_x = 57.2;
};

fan_generic: {
 my_fan: {
  name = "my fan";
  pin = "PB1";
 };
};' ]
}

@test "set reads KEY=VALUE lines, comments let pass" {
	printf '# measured\n\ninput_shaper.shaper_type_x=ei\ninput_shaper.shaper_freq_x = 48.5\n' |
		printerconf set -q -
	[ "$(printerconf get input_shaper.shaper_type_x)" = ei ]
	[ "$(printerconf get input_shaper.shaper_freq_x)" = 48.5 ]
}

@test "set does all or nothing" {
	cp printer.conf before
	run -65 printerconf set printer.max_accel=2500 printer.max_velocity=fast
	grep -q "'max_velocity' wants a number, not 'fast'" <<<"$output"
	cmp before printer.conf
	run -65 printerconf set printer.max_acel=1
	grep -q "'max_accel' was meant" <<<"$output"
	run -78 printerconf set stepper_x.position_max=-5
	grep -q "it must be above 'position_min'" <<<"$output"
	cmp before printer.conf
}

@test "set --dry-run says and leaves" {
	cp printer.conf before
	run -0 printerconf set -n printer.max_accel=1000
	grep -q 'was 3000' <<<"$output"
	cmp before printer.conf
}

@test "set keeps the mode and a link to the file" {
	mv printer.conf real
	chmod 640 real
	ln -s real printer.conf
	printerconf set -q printer.max_accel=1000
	[ -L printer.conf ]
	[ "$(stat -c %a real)" = 640 ]
	grep -q 'max_accel = 1000;' real
}

@test "set finds a key behind comments, strings and nested groups" {
	cat >p <<-'EOF'
	/* printer: { max_accel = 1; } */
	idle_timeout: { gcode = "printer: { max_accel = 2; }"
	    "more"; };
	fan_generic: { printer: { pin = "PA1"; max_power = 0.3; }; };
	printer: { kinematics = "none"; max_velocity = 1; max_accel = 3 };
	mcu: { serial = "x" };
	EOF
	run -0 printerconf set -c p printer.max_accel=4 \
		fan_generic.printer.max_power=0.5 'idle_timeout.gcode=M84'
	grep -qF 'printer: { max_accel = 1; } */' p
	grep -qF 'max_velocity = 1; max_accel = 4 };' p
	grep -qF 'max_power = 0.5; }; };' p
	grep -qF 'gcode = "M84"; };' p
}

@test "check says when it does not know a driver or a module" {
	finds note '[hw-unknown]' motor.stepper_x.driver=A4998
	grep -qF "stepper_x: no driver 'A4998' is known; 'A4988' was meant?" <<<"$output"
	m8p
	finds note '[hw-unknown]' 'tmc5160.stepper_x.module=TMC5160T Prp'
	grep -qF "'TMC5160T Pro' was meant?" <<<"$output"
}

# --- motor -------------------------------------------------------------------

@test "motor agrees with the worked figures" {
	printerconf set -q motor.stepper_y.current=0.8
	run -0 printerconf motor stepper_y
	grep -qF '24 V: full current up to 223 mm/s, half torque up to 348 (at best 513) mm/s' <<<"$output"
	grep -qF '48 V: full current up to 486 mm/s, half torque up to 741 (at best 1121) mm/s' <<<"$output"
}

@test "motor draws a picture" {
	printerconf motor --plot=m.svg >/dev/null
	grep -q '<svg' m.svg
	grep -q 'stepper_y' m.svg
	run -64 printerconf motor --plot=m.gif
}

@test "motor without data is exit 1, and --list helps" {
	{ base; } >p.cfg
	run -1 printerconf motor -c p.cfg
	run -0 printerconf motor --list
	grep -q '^LDO 42STH48-2504AC ' <<<"$output"
	run -78 printerconf check -c <(sed 's/42-34/42-43/' printer.conf)
	grep -qF "there is no motor 'Creality 42-43'; 'Creality 42-34' was meant?" <<<"$output"
}

# --- check -------------------------------------------------------------------

@test "check: drivers and their rails" {
	finds error '[hw-driver-voltage]' supply.main.voltage=48
	grep -qF "stepper_x: the rail 'main' has 48 V, a TMC2208 stands 36 V [hw-driver-voltage]" <<<"$output"
	grep -qF "'heater_bed' is on the rail 'main' of 48 V: heaters, fans and logic belong on 12 or 24 V [hw-heater-rail]" <<<"$output"
	cp "$root/share/machines/ender3pro.conf" printer.conf
	m8p
	finds warning '[hw-rail-voltage]' supply.high.voltage=49
	finds error '[hw-driver-voltage]' supply.high.voltage=48 tmc5160.stepper_x.module=TMC5160T
}

@test "check: currents against motor, driver and sense resistor" {
	finds warning '[hw-run-current]' motor.stepper_x.current=0.8
	finds error '[hw-run-current]' motor.stepper_x.current=0.9
	m8p
	finds note '[hw-current-scale]' tmc5160.stepper_x.run_current=0.58
	finds error '[hw-sense-resistor]' tmc5160.stepper_x.sense_resistor=0.022
}

@test "check: speed and acceleration against torque" {
	finds warning '[hw-speed]' printer.max_velocity=500
	grep -qF "'max_velocity' takes stepper_x to 500 mm/s; on 24 V it has half of its torque up to 450 mm/s (at best 693) [hw-speed]" <<<"$output"
	finds error '[hw-speed]' printer.max_velocity=800
	finds error '[hw-accel]' printer.max_velocity=300 printer.max_accel=60000
	finds warning '[hw-accel]' printer.max_accel=20000
}

@test "check: homing, which no plan slows, against torque" {
	printerconf set -q printer.max_accel=20000 stepper_x.homing_speed=450
	finds warning '[hw-homing]' printer.max_velocity=500
	grep -qF "'homing_speed' of stepper_x, 450 mm/s with 20000 mm/s2, takes 154 % of the torque that plans use: its motors bear 355.1 mm/s with that, 11523 mm/s2 up to that speed [hw-homing]" <<<"$output"
	# that of Y is too much at any speed: told once
	[ "$(grep -c "of stepper_y.*hw-homing" <<<"$output")" -eq 1 ]
	# gcode-plan says it where G28 stands
	printf 'G28\nG1 X100 F27000\n' >a.gcode
	run -0 --separate-stderr gcode-plan -c printer.conf --format=text a.gcode
	[[ "${stderr_lines[0]}" == "a.gcode:1:1: warning: 'homing_speed' of stepper_x"*" bear 355.1 mm/s with that"*"[weak-motor]" ]]
	printerconf set -q stepper_x.homing_speed=355 printer.max_accel=11000 \
		stepper_x.homing_retract_speed=450
	run printerconf check
	! grep "'homing_speed'.*hw-homing" <<<"$output"
}

@test "check: the input shaper against the acceleration" {
	finds warning '[hw-shaper]' input_shaper.shaper_freq_x=30
	run -0 printerconf set -q input_shaper.shaper_freq_x=60
	run printerconf check
	! grep -q hw-shaper <<<"$output"
}

@test "check: stealthChop" {
	printerconf set -q tmc2209.stepper_x.uart_pin=PB1 tmc2209.stepper_x.run_current=0.58
	finds warning '[hw-stealthchop]' tmc2209.stepper_x.stealthchop_threshold=200
}

@test "check: buses and slots of a Manta M8P" {
	m8p
	finds error '[hw-spi]' tmc5160.stepper_x.spi_bus=spi1
	cp "$root/share/machines/ender3pro.conf" printer.conf
	m8p
	finds warning '[hw-spi]' tmc5160.stepper_x.spi_speed=4000000
	finds error '[hw-diag]' stepper_x.step_pin=PD4 'tmc5160.stepper_x.diag1_pin=^!PF4'
	finds error '[hw-pwm-pin]' fan.pin=PF5 fan.hardware_pwm=true
	finds error '[hw-pullup]' extruder.sensor_type=PT1000
}

@test "check: sensorless homing" {
	m8p
	finds warning '[hw-sensorless]' 'tmc5160.stepper_x.diag1_pin=^!PF4' \
		stepper_x.endstop_pin=tmc5160_stepper_x:virtual_endstop
}

@test "check: what braking does to a rail" {
	m8p
	finds error '[hw-braking]' supply.high.capacitance=100 printer.max_velocity=600 printer.max_accel=20000 motor.stepper_x.moved_mass=1
	grep -q 'keep it below 55 V' <<<"$output"
}

@test "check: steps and pulses" {
	finds error '[hw-steps]' stepper_x.full_steps_per_rotation=400
	finds warning '[hw-step-pulse]' stepper_x.step_pulse_duration=0.00000001
	finds error '[hw-step-rate]' stepper_x.microsteps=256 stepper_y.microsteps=256
}

@test "check: heat, supply, pins, lines" {
	finds error '[hw-max-temp]' extruder.max_temp=320
	finds warning '[hw-max-temp]' heater_bed.max_temp=150
	finds error '[hw-power]' supply.main.current=10
	finds error '[hw-pin]' fan.pin=PA1
	grep -qF "pin PA1 is 'heater_pin' of 'extruder' and 'pin' of 'fan' [hw-pin]" <<<"$output"
	finds note '[hw-enable]'
	finds warning '[hw-baud]' board.model=Melzi mcu.baud=115200
}

@test "check: figures that no such motor has" {
	finds warning '[hw-motor]' motor.stepper_x.inductance=88
}

@test "check says what it could not check" {
	base >p.cfg
	run -0 printerconf check -c p.cfg
	grep -F '[hw-unknown]' <<<"$output" | grep -q 'no supply is configured'
}
