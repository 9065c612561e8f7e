#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# gcode-lint: a case that passes and one that fails for every rule, and what
# the program does with files and pipes.
bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/..
	O=${O:-$root/build}
	PATH=$O:$PATH
	cases=$BATS_TEST_DIRNAME/cases/gcode-lint
	unset GANTRY_CONFIG
	cd "$BATS_TEST_TMPDIR"
	cp "$cases/bed235.conf" printer.conf
	good=$cases/bad-word/pass.gcode
	bad=$cases/bad-word/fail.gcode
}

# lint_case FOLDER pass|fail [OPTION...]: with the options of the case (args),
# its settings (conf, pass.conf), its macros (pass.cfg), or a machine of its own
lint_case() {
	d=$1 kind=$2
	shift 2
	args=()
	[ ! -f "$d/args" ] || read -ra args <"$d/args"
	if [ -f "$d/$kind.printer.cfg" ]; then
		args+=(-c "$d/$kind.printer.cfg")
	else
		cp "$cases/bed235.conf" case.conf
		[ ! -f "$d/conf" ] || cat "$d/conf" >>case.conf
		[ ! -f "$d/$kind.conf" ] || cat "$d/$kind.conf" >>case.conf
		[ ! -f "$d/$kind.cfg" ] || cp "$d/$kind.cfg" macros.cfg
		args+=(-c case.conf)
	fi
	gcode-lint -q "${args[@]}" "$@" "$d/$kind.gcode"
}

slugs() { # of the findings on stdin
	sed -n 's/.*\[\([a-z0-9-]*\)\]$/\1/p' | sort -u | tr '\n' ' '
}

@test "every rule fires on its case, and no other rule does" {
	for d in "$cases"/*/; do
		s=$(basename "$d")
		lint_case "$d" fail >out || true
		[ "$(slugs <out)" = "$s " ] || { echo "$s:"; cat out; false; }
	done
}

@test "no rule fires on the case that passes" {
	for d in "$cases"/*/; do
		lint_case "$d" pass --strict >out ||
			{ echo "$d:"; cat out; false; }
		[ ! -s out ] || { echo "$d:"; cat out; false; }
	done
}

@test "every rule has a case that passes and one that fails" {
	gcode-lint --list-rules | awk '{ print $2 }' >rules
	[ "$(wc -l <rules)" -gt 75 ]
	while read -r s; do
		[ -f "$cases/$s/pass.gcode" ] && [ -f "$cases/$s/fail.gcode" ] ||
			{ echo "$s"; false; }
	done <rules
}

@test "a finding has file, line, column, level, slug, the line and a caret" {
	run -1 gcode-lint "$bad"
	[ "${lines[0]}" = "$bad:14:6: error: 'O' means nothing in a move [bad-word]" ]
	[ "${lines[1]}" = " G1 X5O Y50 F6000" ]
	[ "${lines[2]}" = "      ^" ]
	[ "${lines[3]}" = "gcode-lint: 1 error, 0 warnings, 0 notes" ]
}

@test "--pass hands clean G-code on byte for byte" {
	for f in "$good" "$root/tests/cases/part.gcode"; do
		gcode-lint --pass "$f" 2>err | cmp - "$f"
		gcode-lint --pass --hold <"$f" 2>err | cmp - "$f"
	done
}

@test "--pass stops at the first error, --hold lets nothing out" {
	{ cat "$good"; yes 'G1 X50 Y50 F6000' | head -20000; cat "$bad"; } >long
	status=0
	gcode-lint --pass long >out 2>err || status=$?
	[ $status -eq 1 ]
	[ "$(wc -c <out)" -lt "$(wc -c <long)" ]
	cmp -n "$(wc -c <out)" out long
	status=0
	gcode-lint --pass --hold long >out 2>err || status=$?
	[ $status -eq 1 ]
	[ ! -s out ]
	grep -q 'bad-word' err
}

@test "a mark of macro-expand names the macro's own line" {
	printf 'G28 ;@ wipe.cfg:41 WIPE\nG1 F60 X5O ;@ wipe.cfg:42 WIPE\n' >m
	run -1 gcode-lint -q m
	[[ $output = "wipe.cfg:42: error: "*"[bad-word] (in WIPE, line 2 of m)" ]]
}

@test "a comment silences a rule for its line, or from there on" {
	printf 'G28\nG1 Z5 F600\nG1 X5O ; gantry-lint: ignore=bad-word\n' >f
	run -0 gcode-lint -q f
	printf 'G28\n; gantry-lint: ignore=bad-word\nG1 Z5 F600\nG1 X5O\n' >f
	run -0 gcode-lint -q f
	printf 'G28\nG1 Z5 F600\nG1 X5O ; gantry-lint: ignore=blob\n' >f
	run -1 gcode-lint -q f
}

@test "a comment behind a line holds for what is found of it later, too" {
	sed 's/^M109.*/& ; gantry-lint: ignore=hot-idle/' \
		"$cases/hot-idle/fail.gcode" >f
	run -0 gcode-lint -q f
	[[ $output = "f:6: "*"[hot-idle]" ]]
	sed 's/^G4.*/& ; gantry-lint: ignore=hot-idle/' f >g
	run -0 gcode-lint -q g
	[ -z "$output" ]
}

@test "what the plan shows is told with its place in the macro" {
	sed 's/^G4.*/& ;@ wipe.cfg:42 WIPE/; s/^G90/G90 ;@ f:7/' \
		"$cases/hot-idle/fail.gcode" >f
	run -0 gcode-lint -q f
	[[ $output = "wipe.cfg:42: warning: "*"[hot-idle]" ]]
}

@test "what is extruded is judged by the temperature it will have" {
	sed 's/^M109/M104/; s/^M190.*/G4 P5000/' "$good" >f
	run -1 gcode-lint -q f
	[[ $output = "f:15: error: E moves with the nozzle at about "*"[cold-extrusion]" ]]
	sed 's/P5000/P110000/' f >g
	run -0 gcode-lint -q g
	[[ $output = *"nobody waited for the nozzle: it is at about 2"*"[heat-wait]" ]]
	# off in mid-print: it stays warm for some seconds
	sed 's/^G1 X70 Y70 E.676$/&\nM104 S0\nG4 P60000/' "$good" >h
	run -1 gcode-lint -q h
	[[ $output = *"[cold-extrusion]"* ]]
	sed 's/P60000/P1000/' h >i
	run gcode-lint -q i
	[[ $output != *"[cold-extrusion]"* ]]
}

@test "a target beyond the heater's power is told where the power is known" {
	sed 's/S60/S110/' "$good" >f
	run gcode-lint -q f
	[[ $output != *"[heater-power]"* ]]
	sed 's/^heater_bed: {/& power = 60;/' printer.conf >weak.conf
	run -1 gcode-lint -q -c weak.conf f
	[[ $output = *"'heater_bed' to 110 C: with its 60 W it gets to about 89 C at most [heater-power]"* ]]
	[[ $output = *"[heater-verify]"* ]]
}

@test "--rule changes a level, by slug or number; unknown ones are refused" {
	run -0 gcode-lint --rule=bad-word=off "$bad"
	run -0 gcode-lint --rule=F001=warning "$bad"
	run -1 gcode-lint --strict --rule=F001=warning "$bad"
	run -64 gcode-lint --rule=bad-wrd=off "$bad"
	[[ $output = *"did you mean 'bad-word'?" ]]
	run -64 gcode-lint --rule=bad-word=fatal "$bad"
}

@test "json, sarif, tap and junit say the same as text" {
	run -1 gcode-lint --format=json "$bad"
	flat=$(awk -f "$root/share/demo/json-lines.awk" <<<"$output")
	grep -qx 'version 1' <<<"$flat"
	grep -qx 'findings.0.rule bad-word' <<<"$flat"
	grep -qx 'findings.0.line 14' <<<"$flat"
	grep -qx 'errors 1' <<<"$flat"
	run -1 gcode-lint --format=sarif "$bad"
	flat=$(awk -f "$root/share/demo/json-lines.awk" <<<"$output")
	grep -qx 'version 2.1.0' <<<"$flat"
	grep -qx 'runs.0.results.0.ruleId bad-word' <<<"$flat"
	cp "$bad" 'a b%.gcode'
	gcode-lint --format=sarif 'a b%.gcode' >out || true
	grep -q '"uri": *"a%20b%25.gcode"' out
	grep -qx 'runs.0.results.0.locations.0.physicalLocation.region.startLine 14' <<<"$flat"
	run -1 gcode-lint --format=tap "$bad"
	[ "${lines[0]}" = "TAP version 13" ]
	[ "$(grep -c '^not ok' <<<"$output")" = 1 ]
	n=$(gcode-lint --list-rules | wc -l)
	grep -qx "1..$n" <<<"$output"
	[ "$(grep -cE '^(not )?ok' <<<"$output")" = "$n" ]
	run -1 gcode-lint --format=junit "$bad" "$good"
	[ "$(grep -c '<failure' <<<"$output")" = 1 ]
	[ "$(grep -c '<testsuite ' <<<"$output")" = 2 ]
}

@test "what lacks a fact is told once in every format" {
	run -0 gcode-lint "$good" "$good"
	[ "$(grep -c 'not checked for want of facts: .*, flow (extruder.max_volumetric_flow), ' <<<"$output")" = 1 ]
	run -0 gcode-lint --format=json "$good"
	awk -f "$root/share/demo/json-lines.awk" <<<"$output" |
		grep -qx 'not_checked.mesh-area bed_mesh'
	run -0 gcode-lint --format=tap "$good"
	[[ $output = *"mesh-area # SKIP bed_mesh"* ]]
	run -0 gcode-lint --format=junit "$good"
	[[ $output = *'<skipped message="bed_mesh"/>'* ]]
	run -0 gcode-lint --format=tap --max-flow=20 "$good"
	[[ $output = *": flow"$'\n'* ]]
}

@test "with --strict a warning fails its test, too" {
	f=$cases/hot-idle/fail.gcode
	run -0 gcode-lint --format=tap "$f"
	[[ $output != *"not ok"* ]]
	run -1 gcode-lint --strict --format=tap "$f"
	[[ $output = *"not ok "*": hot-idle"* ]]
	run -1 gcode-lint --strict --format=junit "$f"
	[[ $output = *'failures="1"'*'<failure message='* ]]
}

@test "-o writes the report whole, and stdout stays empty" {
	run -1 gcode-lint --format=json -o report.json "$bad"
	[ -z "$output" ]
	grep -q '"bad-word"' report.json
}

@test "--fix mends what has one right answer, and is content with itself" {
	printf '\357\273\277G28\r\nG90\r\nG90\r\nM83\r\nG1 X5 F600' >f
	gcode-lint --fix f >out 2>err
	printf 'G28\nG90\nM83\nG1 X5 F600\n' | cmp - out
	[ "$(wc -l <err)" -eq 4 ]
	gcode-lint --fix out >again 2>err
	cmp out again
	[ ! -s err ]
}

@test "--fix puts the mode of E before the first layer" {
	d=$cases/extrusion-mode
	gcode-lint --fix "$d/fail.gcode" >out
	diff "$d/fail.gcode" out >delta || true
	grep -qx '> M82' delta
	[ "$(grep -c '^[<>]' delta)" = 1 ]
}

@test "--fix follows the mode of E through the file, and leaves macros alone" {
	{
		sed 's/^M83/M82/; s/^;Z:0.4/M82\n&/; s/^G1 X50 Y50 F6000/G1 E-1 F2400\n&\nG1 E1 F2400/' "$good"
		echo '; use_relative_e_distances = 1'
	} >f
	run -1 gcode-lint -q f
	[[ $output = *"the part is printed with absolute E from here on, the slicer wrote relative E [extrusion-mode]"* ]]
	gcode-lint --fix f >out 2>err
	diff f out >delta || true
	grep '^[<>]' delta >lines
	printf '> M83\n< M82\n' | cmp - lines
	grep -q 'put M83 before this line' err
	run gcode-lint -q out
	[[ $output != *"[extrusion-mode]"* ]]
	# behind a macro a mode is not known to be redundant
	printf 'G90\nM82\nMY_MACRO\nG90\nM82\nM82\nG28\n' >f
	gcode-lint --fix f 2>err | cmp - <(sed 5d f)
	grep -q "f:6: dropped 'M82', it is in force already" err
}

@test "--fix takes line numbers with right checksums away, and -o mends in place" {
	printf 'N1 G28*18\nN2 G1 X5 F600*55\nN3 G1 X6*99\n' >f
	gcode-lint --fix -o f f 2>err
	printf 'G28\nG1 X5 F600\nN3 G1 X6*99\n' | cmp - f
	grep -q 'removed line numbers and checksums from 2 lines' err
}

@test "--summary tells time, filament, layers and extents" {
	run -0 gcode-lint --summary "$good"
	grep -qE '^  filament +0\.00 m|^  filament +0\.01 m' <<<"$output"
	grep -qE '^  layers +2$' <<<"$output"
	grep -qE 'X 50.00 to 70.00, Y 50.00 to 70.00, Z 0.20 to 0.40' <<<"$output"
	run -0 gcode-lint --summary --format=json "$good"
	awk -f "$root/share/demo/json-lines.awk" <<<"$output" |
		grep -qx 'layers 2'
}

@test "--diff sees path, flow, speed and heat, and no text" {
	run -0 gcode-lint --diff "$good" "$good"
	{ sed 's/G1 X/G01X/; s/G01X/G1  X/' "$good"; echo '; a comment'; } >same
	run -0 gcode-lint --diff "$good" same
	sed '0,/X70 Y50/s/X70 Y50/X70.5 Y50/' "$good" >path
	run -1 gcode-lint --diff "$good" path
	[[ $output = *"layer 0.200: path "* ]]
	sed 's/E\.676/E.743/' "$good" >flow
	run -1 gcode-lint --diff "$good" flow
	[[ $output = *"layer 0.200: filament a mm of path"* ]]
	sed 's/F1500/F900/' "$good" >speed
	run -1 gcode-lint --diff "$good" speed
	[[ $output = *"speed of beads 2"* ]]
	sed 's/S210/S215/' "$good" >heat
	run -1 gcode-lint --diff --format=json "$good" heat
	awk -f "$root/share/demo/json-lines.awk" <<<"$output" |
		grep -qx 'differences.0.what nozzle'
}

@test "a macro is held to the parameters that its template reads [macro-parameter]" {
	printf '[gcode_macro WIPE]\ngcode:\n  {%% set n = params.COUNT|default(3)|int %%}\n  G1 X{params["AT"]}\n[gcode_macro ANY]\ngcode: M117 {rawparams}\n' >macros.cfg
	echo 'macros = ["macros.cfg"];' >>printer.conf
	printf 'G28\nWIPE COUNT=2 AT=5\nANY X=1\n' >f
	run -0 gcode-lint --strict -q f
	[ -z "$output" ]
	printf 'G28\nWIPE CUONT=2\n' >f
	run -1 gcode-lint -q f
	[[ $output = *"macro 'WIPE' does not read 'CUONT' [macro-parameter]" ]]
}

@test "a first layer beyond the mesh is told [mesh-area]" {
	mesh='bed_mesh: { mesh_min = [60.0, 60.0]; mesh_max = [200.0, 200.0]; };'
	{ cat printer.conf; echo "$mesh"; } >mesh.conf
	run -0 gcode-lint -q -c mesh.conf "$good"
	[[ $output = *"X 50.0 to 70.0 mm, the mesh 60.0 to 200.0 mm [mesh-area]" ]]
	sed 's/60\.0, 60\.0/10.0, 10.0/' mesh.conf >wide.conf
	run -0 gcode-lint -q -c wide.conf "$good"
	[ -z "$output" ]
}

with_macro() { # BODY: p.conf has the macro TRY with these lines
	{
		printf '[gcode_macro TRY]\ngcode:\n'
		printf '%b\n' "$1" | sed 's/^/  /'
		printf '[gcode_macro OTHER]\ngcode: M117 {params.B|default(1)}\n'
	} >macros.cfg
	{ cat printer.conf; echo 'macros = ["macros.cfg"];'; } >p.conf
}

@test "--diff is silent about what is the same print, and finds one bead" {
	f=$cases/uneven-flow/pass.gcode
	awk '/^M83/ { print "M82"; next } /^G1/ {
		line = $1
		for (i = 2; i <= NF; i++) {
			if ($i ~ /^E/) { e += substr($i, 2); $i = sprintf("E%.5f", e) }
			line = line " " $i
		}
		print line; next } { print }' "$f" >absolute
	run -0 gcode-lint --diff "$f" absolute
	[ "$output" = "no difference" ]
	# the same bead in two moves
	awk '/^G1 X70 Y50 E/ && !d { d = 1; split($0, w, "E"); split(w[2], e, " ")
		print "G1 X60 Y50 E" e[1] / 2; print "G1 X70 Y50 E" e[1] / 2; next }
		{ print }' "$good" >cut
	sed -i 's/^G1 X60 Y50 E.*/& F1500/' cut
	run -0 gcode-lint --diff "$good" cut
	# one bead among many; a target that comes back in the same layer
	sed '73s/E.338/E.258/' "$f" >thin
	run -1 gcode-lint --diff "$f" thin
	[[ $output = "thin:"*": note: layer "*": filament near X "*"[flow]"* ]]
	sed '0,/^G1 X70 Y70/s//M104 S230\n&/; 0,/^G1 X50 Y70/s//M104 S210\n&/' "$good" >heat
	run -1 gcode-lint --diff "$good" heat
	[[ $output = *"layer 0.200: nozzle 210 -> 230 C (+9.5 %) [temperature]"* ]]
}

@test "--diff compares objects, and tells in every format" {
	f=$cases/object-pairs/pass.gcode
	sed '0,/^G1 X70 Y50 E/s//G1 X70.3 Y50 E/' "$f" >moved
	run -1 gcode-lint --diff "$f" moved
	[[ $output = *"object '"*"path "*"[path]"* ]]
	for format in json sarif tap junit; do
		run -1 gcode-lint --diff --format=$format "$bad" moved
		[ -n "$output" ]
	done
	run -1 gcode-lint --diff --format=tap "$f" moved
	[[ $output = *"not ok 1 - moved: path"*"ok 4 - moved: temperature"*"1..6" ]]
	run -1 gcode-lint --diff --format=sarif "$f" moved
	awk -f "$root/share/demo/json-lines.awk" <<<"$output" |
		grep -qx 'runs.0.results.0.ruleId path'
	# what a file is found to have does not get into the report
	run -0 gcode-lint --summary --format=json "$bad"
	awk -f "$root/share/demo/json-lines.awk" <<<"$output" |
		grep -qx 'layers 2'
}

@test "the configuration's macros are looked at, by macro-expand's rules" {
	with_macro '{% if params.X|default(3)|int > 2 %}\nG28\n{% endif %}\nM117 {printer.toolhead.position.x}'
	sed -i 's/^  M117/  M118/' macros.cfg
	run gcode-lint -q -c p.conf "$good"
	[[ $output = "macros.cfg:6: warning: 'toolhead.position' is read as it was before the 'G28' above"*"[macro-stale]" ]]
	[ "$status" -eq 0 ]
	with_macro '{% if params.X|default(3)|int > 2 %}\nG28\n{% endif %}'
	run -0 gcode-lint --strict -q -c p.conf "$good"
	[ -z "$output" ]
	while IFS='~' read -r slug text; do
		with_macro "$text"
		run gcode-lint --strict -q -c p.conf "$good"
		[[ $output = "macros.cfg:"*"$slug"* ]] || { echo "$text: $output"; false; }
		[ "$(slugs <<<"$output")" = "${slug:1:-1} " ] || { echo "$output"; false; }
		[ "$status" -eq 1 ]
	done <<-'E'
		[macro-undefined]~M117 {BED}
		[macro-undefined]~M117 {printer.extruder.warmth}
		[macro-types]~{% set b = params.B|default("6") %}\n{% if b > 5 %}\nG28\n{% endif %}
		[macro-circle]~TRY
		[macro-old-name]~M117 {printer.probe.last_z_result if printer.probe is defined else 0}
		[macro-broken]~{% if %}
		[macro-parameter]~OTHER A=1
	E
	# a job is judged by its lines: what else is wrong is told in passing
	with_macro 'M117 {BED}'
	for hold in '' --hold; do
		gcode-lint --pass $hold -c p.conf "$good" 2>err | cmp - "$good"
		grep -q '^macros.cfg:.*: warning: .*\[macro-undefined\]$' err
	done
	run -1 gcode-lint --pass --hold --strict -c p.conf "$good"
	run -0 gcode-lint -q -c p.conf --rule=macro-undefined=off "$good"
}

@test "figures that cannot be right together are told once [machine-profile]" {
	while IFS='|' read -r text group; do
		{ cat printer.conf; echo "$group"; } >p.conf
		run -1 gcode-lint -q -c p.conf --rule=no-feedrate=off "$good" "$good"
		[[ $output = "p.conf:"*"error: $text"*"[machine-profile]" ]] || { echo "$output"; false; }
		[ "$(wc -l <<<"$output")" -eq 1 ]
	done <<-'E'
		probing this corner takes the nozzle to X 265 mm, the travel is 0 to 235 mm|probe: { pin = "PB1"; x_offset = -40; z_offset = 1; }; bed_mesh: { mesh_min = [10.0, 10.0]; mesh_max = [225.0, 225.0]; };
		home_xy_position takes the nozzle to Y 250 mm|safe_z_home: { home_xy_position = [100.0, 250.0]; };
		screw2 takes the nozzle to X -5 mm|bed_screws: { screw1 = [30.0, 30.0]; screw2 = [-5.0, 30.0]; screw3 = [30.0, 200.0]; };
		'keep_out clip' is empty: min is above max in Y|keep_out: { clip: { min = [10.0, 230.0, 0.0]; max = [20.0, 200.0, 5.0]; }; };
		the receptacle takes the nozzle to X 260 mm|clearance: { receptacle = [260.0, 10.0]; receptacle_z = 5.0; };
	E
	sed '/^stepper_y/,/^}/s/rotation_distance = 40/rotation_distance = 4000/' printer.conf >p.conf
	run -1 gcode-lint -q -c p.conf "$good"
	[[ $output = *"'stepper_y' moves 1.25 mm a microstep"*"[machine-profile]"* ]]
	{ cat printer.conf; echo 'bed_mesh: { mesh_min = [10.0, 10.0]; mesh_max = [225.0, 225.0]; };'; } >p.conf
	run -0 gcode-lint -q -c p.conf "$good"
	[ -z "$output" ]
}

@test "a motor that does not fit its supply or driver is told [motor-drive]" {
	for c in ender3pro manta-m8p-48v; do
		run gcode-lint -c "$root/share/machines/$c.conf" "$good"
		[[ $output != *"[motor-drive]"* ]]
	done
	sed '/^supply/,/^}/s/voltage = 24.0/voltage = 48.0/' \
		"$root/share/machines/ender3pro.conf" >p.conf
	run -0 gcode-lint -q -c p.conf "$good"
	[[ $output = *"p.conf:"*"warning: stepper_x: the rail 'main' has 48 V, a TMC2208 stands 36 V (hw-driver-voltage) [motor-drive]"* ]]
}

@test "keep-out zones, flow and levels come from the configuration" {
	cat printer.conf - >facts.conf <<-E
		keep_out: { clip: { min = [65.0, 45.0, 0.0]; max = [75.0, 55.0, 5.0]; }; };
		lint: { keep-out = "note"; };
	E
	run -0 gcode-lint -q -c facts.conf "$good"
	[[ $output = *": note: "*"[keep-out]"* ]]
	sed 's/keep-out/kep-out/' facts.conf >odd.conf
	run -78 gcode-lint -q -c odd.conf "$good"
	[[ $output = *"odd.conf:"*"lint.kep-out: no such rule"* ]]
	run -0 gcode-lint "$good"
	[[ $output = *"not checked for want of facts: "*", flow ("* ]]
}

@test "the gantry is a beam over the whole width" {
	d=$cases/head-meets-part
	# behind the first object, not beside it
	awk '/^G1 X150 Y150 F6000/ { far = 1 }
	     far { gsub(/Y150/, "Y60"); gsub(/Y170/, "Y80") } { print }' \
		"$d/pass.gcode" >f
	cat printer.conf "$d/conf" >high.conf
	run -0 gcode-lint -q -c high.conf f
	sed 's/gantry_height = 1.2/gantry_height = 1.0/' high.conf >low.conf
	run -1 gcode-lint -q -c low.conf f
	[[ $output = *": at Y 60.0 Z 0.3 the gantry, 1 mm above the nozzle, meets a part that is 1.5 mm high [head-meets-part]" ]]
	sed 's/"cartesian"/"corexy"/' low.conf >corexy.conf
	run -1 gcode-lint -q -c corexy.conf f
}

@test "the head keeps clear of zones and of the receptacle, too" {
	zone='keep_out: { clip: { min = [60.0, 90.0, 0.0]; max = [65.0, 95.0, 5.0]; }; };'
	{ cat printer.conf; echo "$zone"; } >z.conf
	run -0 gcode-lint -q -c z.conf "$good"
	head='head_x_min = 5.0; head_x_max = 5.0; head_y_min = 5.0; head_y_max = 30.0;'
	{ cat z.conf; echo "clearance: { $head };"; } >head.conf
	run -1 gcode-lint -q -c head.conf "$good"
	[[ $output = *"the tool head enters the keep-out zone X 60 to 65"*"[keep-out]"* ]]
	bin='receptacle = [60.0, 90.0]; receptacle_z = 5.0;'
	{ cat printer.conf; echo "clearance: { $head $bin };"; } >bin.conf
	run -1 gcode-lint -q -c bin.conf "$good"
	[[ $output = *"the tool head meets the receptacle"*"[receptacle]" ]]
	# up and down within its walls, and waste that falls in
	run -0 gcode-lint -q -c <(cat printer.conf; echo "clearance: { $bin };") - <<-E
		M109 S210
		G28
		M83
		G1 Z10 F600
		G1 X60 Y90 F6000
		G1 Z3 F600
		G1 E20 F300
		G1 Z10 F600
		G1 X0 Y0 F6000
		M104 S0
	E
	[ -z "$output" ]
}

@test "binary, empty and endless-line input are told, not suffered" {
	head -c 100000 /dev/urandom >noise
	status=0
	gcode-lint -q noise >out 2>err || status=$?
	[ $status -eq 1 ] || [ $status -eq 65 ]
	run -0 gcode-lint /dev/null
	head -c 40000000 /dev/zero | tr '\0' X >line
	run -65 gcode-lint line
	run -66 gcode-lint no-such-file
	run -66 gcode-lint .
}

@test "a full disk below the report is exit 74" {
	status=0
	gcode-lint "$bad" >/dev/full 2>err || status=$?
	[ $status -eq 74 ]
	status=0
	gcode-lint --pass "$good" >/dev/full 2>err || status=$?
	[ $status -eq 74 ]
}

@test "letters in the name that M486 gives are no words" {
	for m in 'S0 Apart one S7' 'S0 A"part S7 S8 M3"' 'Asides S1 S2'; do
		printf 'M486 T1\nM486 %s\nG28\nM486 S-1\n' "$m" >m.gcode
		gcode-lint m.gcode
	done
	printf 'M486 S0 S1 A"x"\n' >m.gcode
	run -1 gcode-lint m.gcode
	[[ $output == *duplicate-word* ]]
}

@test "the real files of eight slicers have no error" {
	[ -d "$root/../shared/gcode" ] || skip "no shared data"
	k="--known=PRINT_START --known=PRINT_END --known=TIMELAPSE_TAKE_FRAME"
	for f in bunny80-prusaslicer torus30-prusaslicer torus30-arcwelder \
		slic3r ideamaker; do
		xz -dc "$root/../shared/gcode/$f.gcode.xz" |
			gcode-lint -q >out || { echo "$f"; cat out; false; }
	done
	for f in cura m486 prusaslicer superslicer; do
		xz -dc "$root/../shared/gcode/$f.gcode.xz" |
			gcode-lint -q -c "$cases/bed300.conf" $k >out ||
			{ echo "$f"; cat out; false; }
	done
}

@test "the git hook keeps a file with errors out of a commit" {
	export GANTRY_CONFIG=$PWD/printer.conf
	git init -q repo
	cd repo
	git config user.email a@example.org
	git config user.name a
	cp "$root/share/lint/pre-commit" .git/hooks/
	cp "$good" part.gcode
	git add part.gcode
	git commit -qm good
	cp "$bad" part.gcode
	git add part.gcode
	cp "$good" part.gcode # what is staged counts
	run ! git commit -qm bad
	[[ $output = *"[bad-word]"* ]]
}

@test "the slicer's script passes a good file and stops at a bad one" {
	run -0 sh "$root/share/lint/slicer-post" "$good"
	run -1 sh "$root/share/lint/slicer-post" --option "$bad"
	[[ $output = *"[bad-word]"* ]]
	run -64 sh "$root/share/lint/slicer-post"
}

@test "the CI job reports in JUnit and SARIF, and fails when it should" {
	mkdir parts
	cp "$good" "parts/a part.gcode"
	run -0 sh "$root/share/lint/ci-job" parts printer.conf
	grep -q '<testsuite name="parts/a part.gcode"' lint.xml
	cp "$bad" parts/b.gcode
	run -1 sh "$root/share/lint/ci-job" parts printer.conf
	grep -q 'bad-word' lint.sarif
	run -66 sh "$root/share/lint/ci-job" repo printer.conf
}
