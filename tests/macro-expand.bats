#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# macro-expand: the filter, its errors, and its ways of looking.
bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/..
	O=${O:-$root/build}
	PATH=$O:$PATH
	cd "$BATS_TEST_TMPDIR"
	cp "$root/tests/cases/macro-expand/base.cfg" .
}

# a configuration of the shared machine and what stands on stdin
config() {
	{ printf '[include base.cfg]\n'; cat; } >p.cfg
}

# one macro X with this template
macro() {
	printf '[gcode_macro X]\ngcode:\n' >tail
	sed 's/^/  /' >>tail
	config <tail
}

# expands lines given as arguments; stderr to err
expand() {
	printf '%s\n' "$@" | macro-expand -c p.cfg 2>err
}

# that line fails with exit 65 and that slug, at that place
fails() { # SLUG PLACE LINE
	run -65 expand "$3"
	grep -F "$1" err || { cat err; false; }
	head -1 err | grep -q "^$2" || { cat err; false; }
}

@test "a configuration without macros passes every byte" {
	config </dev/null
	printf 'G28\r\n\n; x\n  G1 X1  \nNEVER_HEARD A=1\n\001\377\nG1 X2' >in
	macro-expand -c p.cfg in >out
	cmp in out
	macro-expand -c p.cfg <in >out
	cmp in out
}

@test "with macros every line that calls none passes unchanged, to the last byte" {
	macro <<<'M117 x'
	printf 'G28\r\n\n; x\n  G1 X1  \nNEVER_HEARD A=1 \nM104 S0;c\n' >in
	macro-expand -c p.cfg in >out
	cmp in out
	# the last line may have no newline; what follows it may not suffer
	for last in G28 'G1 X5' '; end' '  ' 'M104 S0 ;x'; do
		printf 'G1 X1\n%s' "$last" >in
		macro-expand -c p.cfg in >out
		cmp in out
		macro-expand -c p.cfg in in >out
		printf 'G1 X1\n%s\nG1 X1\n%s' "$last" "$last" | cmp - out
	done
	[ "$(printf X | macro-expand -c p.cfg | od -c | tail -n 2)" = \
		"$(printf 'M117 x\n' | od -c | tail -n 2)" ]
}

@test "a real file passes unchanged through a configuration with macros" {
	config <<<"[include $root/share/macros/*.cfg]"
	macro-expand -c p.cfg "$root/share/demo/gantry.gcode" >out
	cmp out "$root/share/demo/gantry.gcode"
}

@test "a call is replaced by its lines, rendered against the state there" {
	macro <<-'E'
		{% set n = params.N|default(2)|int %}
		{% for i in range(n) %}
		G1 X{printer.gcode_move.gcode_position.x + i + 1}
		{% endfor %}
	E
	run -0 expand 'G28' 'G1 X10 F600' 'x n=3' 'X'
	[ "$output" = 'G28
G1 X10 F600
G1 X11.0
G1 X12.0
G1 X13.0
G1 X14.0
G1 X15.0' ]
}

@test "the configuration may be a printer.conf that names macro files" {
	printf '[gcode_macro X]\ngcode: M117 {printer.configfile.settings.stepper_x.position_max}\n' >m.cfg
	{ cat "$root/share/machines/ender3pro.conf"; echo 'macros = ["m*.cfg"];'; } >p.conf
	run -0 macro-expand -c p.conf <<<X
	[ "$output" = 'M117 235.0' ] || [ "$output" = 'M117 220.0' ] ||
		{ echo "$output"; false; }
	sed -i 's/m\*/absent/' p.conf
	run -78 macro-expand -c p.conf
	[[ $output == *'[macro-file]'* ]]
}

@test "macro files may include the same file" {
	printf '[gcode_macro X]\ngcode: M117 x\n' >x.cfg
	printf '[include x.cfg]\n[gcode_macro A]\ngcode: X\n' >a.cfg
	printf '[include x.cfg]\n[gcode_macro B]\ngcode: X\n' >b.cfg
	{ cat "$root/share/machines/ender3pro.conf"; echo 'macros = ["a.cfg", "b.cfg"];'; } >p.conf
	run -0 macro-expand -c p.conf --check
	run -0 macro-expand -c p.conf <<<$'A\nB'
	[ "$output" = $'M117 x\nM117 x' ]
	# one name for two macros is a mistake all the same
	printf '[gcode_macro X]\ngcode: M117 y\n' >>b.cfg
	run -78 macro-expand -c p.conf --check
	[[ $output == *'X already registered'*'[macro-name]'* ]]
}

@test "--annotate names the place of each line, for later stages" {
	macro <<<$'M117 a\nM117 b'
	printf 'G28\nX\nG1 X1\n' >in.gcode
	run -0 macro-expand -c p.cfg --annotate in.gcode
	[ "$output" = ';@ in.gcode:1
G28
;@ p.cfg:4 X
M117 a
M117 b
;@ in.gcode:3
G1 X1' ]
}

@test "an error ends the output, with its place and who called" {
	config <<-'E'
		[gcode_macro OUTER]
		gcode:
		  M117 one
		  INNER A=1
		  M117 never
		[gcode_macro INNER]
		gcode:
		  G1 X{ {'a': 1}.purge_height + 1 }
	E
	run -65 expand G28 OUTER G1
	[ "$output" = 'G28
M117 one' ]
	cat >want <<-'E'
		p.cfg:9:18: error: 'dict object' has no attribute 'purge_height' [undefined]
		p.cfg:5:3: note: in 'INNER', called here by 'INNER A=1' [called]
		<stdin>:2:1: note: in 'OUTER', called here by 'OUTER' [called]
	E
	diff want err
}

@test "-o leaves nothing behind when a macro fails" {
	macro <<<'{1/0}'
	run -65 macro-expand -c p.cfg -o out <<<X
	[ ! -e out ]
	echo G28 >out.in
	macro-expand -c p.cfg -o out out.in
	cmp out out.in
}

@test "--keep-going goes on behind a failed line and says 65 in the end" {
	macro <<<'{1/0}'
	printf 'G28\nX\nG1 X1\n' >in
	run -65 --separate-stderr macro-expand -c p.cfg --keep-going in
	[ "$output" = 'G28
G1 X1' ]
}

@test "what only the machine knows is an error until it is given" {
	macro <<<'M117 {printer.extruder.temperature}'
	fails '[state]' p.cfg:4:26 X
	grep -q "'extruder.temperature'" err
	run -0 macro-expand -c p.cfg --set extruder.temperature=21.5 <<<X
	[ "$output" = 'M117 21.5' ]
	echo '{"extruder": {"temperature": 33.25}}' >state.json
	run -0 macro-expand -c p.cfg --state=state.json <<<X
	[ "$output" = 'M117 33.25' ]
	run -0 macro-expand -c p.cfg --assume <<<X
	[ "$output" = 'M117 0.0' ]
	run -0 macro-expand -c p.cfg <<<$'M109 S200\nX'
	[ "${lines[1]}" = 'M117 200.0' ]
}

@test "--state takes the snapshot of stepstream" {
	macro <<<'M117 {printer.heater_bed.temperature} {printer.toolhead.homed_axes}'
	echo '{"t":1,"line":99,"homed":"xy","position":[1,2,3,0],"heaters":{"heater_bed":{"temperature":61.5,"target":60,"power":0.1}},"sensors":{},"fans":{},"pins":{}}' >state
	run -0 macro-expand -c p.cfg --state=state <<<X
	[ "$output" = 'M117 61.5 xy' ]
}

@test "--state asks a socket, and waits until the machine is where the template stands" {
	macro <<<'M117 {printer.heater_bed.temperature}'
	cat >serve <<-'E'
		use IO::Socket::UNIX;
		my $l = IO::Socket::UNIX->new(Local => 'sock', Listen => 1) or die;
		alarm 20;
		my $n = 0;
		while (my $c = $l->accept) {
			my $ask = <$c>;
			open my $log, '>>', 'asked'; print $log $ask; close $log;
			# two lines have to be done: the third answer says so
			my ($line, $bed) = ($n, 20 + $n);
			$n++;
			print $c "{\"t\":1,\"state\":\"printing\",\"line\":$line,\"heaters\":{\"heater_bed\":" .
				"{\"temperature\":$bed,\"target\":60,\"power\":0}}}\n";
		}
	E
	perl serve 3>&- &
	until [ -S sock ]; do sleep 0.02; done
	run -0 macro-expand -c p.cfg --state=sock <<<$'G28\nG1 X1\nX'
	kill $!
	[ "${lines[2]}" = 'M117 22.0' ] || { echo "$output"; cat asked; false; }
	[ "$(sort -u asked)" = '{"request":"status"}' ]
	[ "$(wc -l <asked)" -ge 3 ]
	# nobody listens
	run -66 macro-expand -c p.cfg --state=sock <<<X
}

@test "renamed commands get their own name back, unless it is for Klipper" {
	config <<-'E'
		[gcode_macro PAUSE]
		rename_existing: PAUSE_BASE
		variable_n: 0
		gcode:
		  SET_GCODE_VARIABLE MACRO=PAUSE VARIABLE=n VALUE={n + 1}
		  PAUSE_BASE {rawparams}
	E
	run -0 expand 'PAUSE X=1'
	[ "$output" = 'PAUSE X=1' ]
	run -0 macro-expand -c p.cfg --klipper <<<PAUSE
	[ "$output" = 'SET_GCODE_VARIABLE MACRO=PAUSE VARIABLE=n VALUE=1
PAUSE_BASE' ]
}

@test "SAVE_VARIABLE is seen at once and written only with --save-variables" {
	config <<-'E'
		[save_variables]
		filename: v.cfg
		[gcode_macro X]
		gcode:
		  SAVE_VARIABLE VARIABLE=runs VALUE={printer.save_variables.variables.runs|default(0) + 1}
		  Y
		[gcode_macro Y]
		gcode: M117 {printer.save_variables.variables.runs}
	E
	printf '[Variables]\nruns = 4\nname = "a"\n' >v.cfg
	run -0 expand X X
	[ "$output" = 'M117 5
M117 6' ]
	grep -q 'runs = 4' v.cfg
	macro-expand -c p.cfg --save-variables <<<X >/dev/null
	[ "$(cat v.cfg)" = "[Variables]
name = 'a'
runs = 5" ]
	echo 'broken = hello' >>v.cfg
	run -78 macro-expand -c p.cfg </dev/null
	[[ $output == *'[saved-variables]'* ]]
}

@test "timers run out between the lines of the stream" {
	config <<-'E'
		[delayed_gcode BOOT]
		initial_duration: 1
		gcode: M117 boot
		[delayed_gcode TICK]
		gcode: M117 tick
	E
	run -0 expand 'UPDATE_DELAYED_GCODE ID=TICK DURATION=2' 'G4 P1000' \
		'G4 P1500' 'G4 P9000'
	[ "$output" = 'M117 boot
G4 P1000
G4 P1500
M117 tick
G4 P9000' ]
}

@test "timers follow the plan of the moves, with look-ahead" {
	config <<-'E'
		[delayed_gcode TICK]
		gcode: M117 tick
	E
	# 0.5 mm at 100 mm/s: 5 ms each; from rest to rest it would be 26 ms
	{ printf 'G1 X0 F6000\nUPDATE_DELAYED_GCODE ID=TICK DURATION=2\n'
	awk 'BEGIN { for (i = 1; i <= 1000; i++)
		printf "G1 X%g\n", i % 400 < 200 ? i % 200 / 2 : 100 - i % 200 / 2 }'
	} | macro-expand -c p.cfg >out
	awk '/tick/ { print NR; exit !(NR > 380 && NR < 395) }' out
	grep -c tick out
}

@test "--trace shows the calls with their parameters" {
	config <<-'E'
		[gcode_macro A]
		gcode:
		  B N=1
		  G1 X1
		[gcode_macro B]
		gcode: M117 {params.N}
	E
	run -0 macro-expand -c p.cfg --trace <<<$'G28\nA'
	[ "$output" = '  G28
+ A
  + B N=1
      M117 1
    G1 X1' ]
}

@test "--list names macros, parameters, defaults and descriptions" {
	config <<-'E'
		[gcode_macro START]
		description: Begins
		gcode: M117 {params.BED|default(60 + 1)|int} {params['T']}
	E
	run -0 macro-expand -c p.cfg --list
	[ "$output" = 'START BED=60 + 1 T
	p.cfg:2
	Begins' ]
	macro <<-'E'
		{% set a = params.A|default(5 if printer.fan is defined
		    else "two  blanks")|float %}
		M117 {params.B|default((a + 1) * 2)} {params.C|d(a.b)}
	E
	run -0 macro-expand -c p.cfg --list
	[[ $output == 'X A=5 if printer.fan is defined else "two  blanks"'*$'\n'* ]]
	[[ $output == *' B=(a + 1) * 2 C=a.b'* ]]
}

@test "--render --delimiters=jinja: expressions in two braces, as Jinja2 has it" {
	run -0 macro-expand --render=- --delimiters=jinja <<-'E'
		a {x} {{ 1 + 1 }} {{- {"k": {"l": 5}}.k.l -}} c {# {{ #}{{{1: 2}[1]}}
		{% raw %}{{ {% {# }}{% endraw %}{% if 1 %}{ }}{% endif %}}
	E
	[ "$output" = 'a {x} 25c 2
{{ {% {# }}{ }}}' ]
	run -65 macro-expand --render=- --delimiters=jinja <<<'{{ 1 }'
	run -64 macro-expand --delimiters=jinja </dev/null
	run -64 macro-expand --context=c </dev/null
}

@test "what holds itself is written all the same" {
	run -0 macro-expand --render=- <<-'E'
		{% set d = {} %}{% set x = d.update({'b': [d]}) %}{d} {d|pprint}
	E
	[ "$output" = "{'b': [{...}]} {'b': [<Recursion on dict>]}" ]
}

@test "--render renders a template alone, with a context" {
	printf 'G1 X{ x * 2 } {%% for i in l %%}{i}{%% endfor %%}\n' >t
	echo '{"x": 2.5, "l": [1, {"$t": [2]}]}' >c
	run -0 macro-expand --render=t --context=c
	[ "$output" = 'G1 X5.0 1(2,)' ]
	run -65 macro-expand --render=- <<<'a { 1 + }'
	[[ $output == '<stdin>:1:9: error: '*'[template]' ]]
	echo '[1]' >c
	run -65 macro-expand --render=t --context=c
	[[ $output == *'[context]'* ]]
	printf '{%% set l = [] %%}{%% do l.append(1) %%}{l}' >t
	run -0 macro-expand --render=t --kalico
	[ "$output" = '[1]' ]
}

@test "--repl runs lines, shows values, takes settings" {
	macro <<<'M117 {printer.extruder.temperature}'
	run -0 --separate-stderr macro-expand -c p.cfg --repl <<-'E'
		G1 X5
		? printer.toolhead.position.x
		:set extruder.temperature=20
		X
		{% set a = 3 %}{a * 2}
	E
	[ "$output" = 'G1 X5
5.0
M117 20.0
6' ]
	{
		printf '? printer.toolhead.positio\n? ""\n;'
		printf '%5000s\n' x
	} >lines
	run -0 macro-expand -c p.cfg --repl <lines
	[ "${lines[0]}" = undefined ]
	[ "${#lines[1]}" = 5001 ]
	macro-expand -c p.cfg --repl <<<'? 1 + nosuch' 2>err
	grep -qF '[eval]' err
}

@test "hostile templates end at their limits" {
	macro <<<'{% for i in range(999999999) %}{% endfor %}'
	fails '[limit]' p.cfg:4 X
	macro <<<'{"x" * 999999999}'
	fails '[limit]' p.cfg:4 X
	macro <<<'{% for i in range(99999) %}{"0123456789" * 999}{% endfor %}'
	fails '[limit]' p.cfg:4 X
	macro <<<'{% macro m() %}{m()}{% endmacro %}{m()}'
	fails '[limit]' p.cfg:4 X
	macro <<<'{10 ** 99999999}'
	run -65 expand X
}

@test "hostile templates cannot take the stack, nor time without counting" {
	limit() {
		run -65 --separate-stderr macro-expand --render <(printf '%s' "$1")
		[[ $stderr == *'[limit]'* ]] || { echo "$1: $stderr"; false; }
	}
	# a macro that calls itself at the bottom of a deep expression
	limit "{% macro m() %}{ m()$(printf '|lower%.0s' {1..2900}) }{% endmacro %}{ m() }"
	# generators upon generators; keys and lists that double
	limit "{% set n = namespace(g=[1]) %}{% for i in range(9999) %}{%
		set n.g = n.g|map('abs') %}{% endfor %}{ n.g|list }"
	limit "{% set n = namespace(g=1) %}{% for i in range(40) %}{%
		set n.g = (n.g, n.g) %}{% endfor %}{ {n.g: 1} }"
	limit "{% set n = namespace(g=1, h=1) %}{% for i in range(60) %}{%
		set n.g = [n.g, n.g] %}{% set n.h = [n.h, n.h] %}{% endfor %}{
		n.g == n.h }"
	# searches that almost find, over and over
	limit "{% set x = 'a' * 9000000 %}{% set y = 'a' * 4000000 ~ 'b' %}{%
		for i in range(9999) %}{% set z = y in x %}{% endfor %}"
}

@test "each error of a template is told at its place" {
	macro <<<'M117 {nosuch.x}'
	fails '[undefined]' p.cfg:4:9 X
	macro <<<'M117 {params.A + 5}'
	fails '[type]' p.cfg:4 'X A=1'
	macro <<<'M117 {5 // 0}'
	fails '[divide]' p.cfg:4:11 X
	macro <<<'{[].pop()}'
	fails '[value]' p.cfg:4 X
	macro <<<'{action_raise_error("not today")}'
	fails '[raised]' p.cfg:4 X
	macro <<<'{action_emergency_stop("fire")}M117'
	fails '[shutdown]' p.cfg:3 X
	macro <<<'X'
	fails '[recursion]' p.cfg:4:3 X
	macro <<<'RESPOND MSG="open'
	fails '[malformed]' p.cfg:4:3 X
	macro <<<'G1 X{params.NONE}'
	fails '[move]' p.cfg:4:3 X
	macro <<<'SET_GCODE_VARIABLE MACRO=X'
	fails '[parameter]' p.cfg:4:3 X
	macro <<<'SET_HEATER_TEMPERATURE HEATER=none TARGET=5'
	fails '[heater]' p.cfg:4:3 X
	macro <<<'M104 S999'
	fails '[range]' p.cfg:4:3 X
	macro <<<'RESTORE_GCODE_STATE NAME=never'
	fails '[state-name]' p.cfg:4:3 X
	macro <<<'SET_GCODE_VARIABLE MACRO=X VARIABLE=no VALUE=1'
	fails '[variable]' p.cfg:4:3 X
	macro <<<'SDCARD_PRINT_FILE FILENAME=absent.gcode'
	fails '[sd-file]' p.cfg:4:3 X
}

@test "errors of commands that need a section" {
	config <<-'E'
		[bed_mesh]
		mesh_min: 10, 10
		mesh_max: 100, 100
		[delayed_gcode D]
		gcode: M117
		[gcode_macro X]
		gcode: UPDATE_DELAYED_GCODE ID=none DURATION=1
		[gcode_macro Y]
		variable_a: 1
		gcode: BED_MESH_PROFILE LOAD=none
		[gcode_macro Z]
		gcode: SET_GCODE_VARIABLE MACRO=Y VARIABLE=a VALUE=hello
	E
	fails '[delayed]' p.cfg:8:8 X
	fails '[mesh]' p.cfg:11:8 Y
	fails '[literal]' p.cfg:13:8 Z
}

@test "a command that nobody has is warned of in a macro, and passed on" {
	macro <<<'NO_SUCH_THING A=1'
	run -0 expand X
	[ "$output" = 'NO_SUCH_THING A=1' ]
	grep -qF 'p.cfg:4:3: warning' err
	grep -qF '[unknown-command]' err
}

# the configuration does not load: exit 78 and that slug
refused() { # SLUG PLACE
	run -78 macro-expand -c p.cfg </dev/null
	[[ $output == *"$1"* ]] || { echo "$output"; false; }
	[[ $output == *"p.cfg:$2"* ]] || { echo "$output"; false; }
}

@test "what is wrong with a configuration is told at its place" {
	macro <<<$'M117\n{% if 1 %}'
	refused '[template]' 5:13
	config <<<$'[gcode_macro X]\nvariable_a: hello\ngcode: M117'
	refused '[literal]' 3
	config <<<$'[gcode_macro X]\nvariable_a: 1'
	refused '[macro-gcode]' 2
	config <<<$'[gcode_macro X Y]\ngcode: M117'
	refused '[macro-name]' 2
	config <<<$'[gcode_macro FOO]\nrename_existing: BAR\ngcode: M117'
	refused '[rename]' 2
	config <<<$'[gcode_macro X]\ncolour: red\ngcode: M117\n[gcode_makro X]\ngcode: M117'
	run -0 macro-expand -c p.cfg </dev/null
	[[ $output == *'[unknown-option]'* ]]
	[[ $output == *'[unknown-section]'* ]]
}

@test "bad --state and --set are told" {
	config </dev/null
	echo '{' >state
	run -65 macro-expand -c p.cfg --state=state </dev/null
	[[ $output == *'[state-json]'* ]]
	run -66 macro-expand -c p.cfg --state=absent </dev/null
	run -64 macro-expand -c p.cfg --set nonsense </dev/null
	[[ $output == *'[set]'* ]]
}

@test "--set takes names that exist, and what it gives is seen" {
	config <<'E'
[gcode_macro X]
variable_bed: 60
gcode:
  M117 {bed} {printer.print_stats.info.current_layer} {printer.toolhead.position.y} {printer["led_effect a"].enabled}
[virtual_sdcard]
path: .
[led_effect a]
layers: x
E
	run -0 --separate-stderr macro-expand -c p.cfg \
		--set 'gcode_macro X.bed=70' --set 'led_effect a.enabled=True' \
		--set print_stats.info.current_layer=4 \
		--set 'toolhead.position=[1,2.5,3,4]' <<<X
	[ "$output" = 'M117 70 4 2.5 True' ]
	while IFS='|' read -r given said; do
		run -64 macro-expand -c p.cfg --set "$given" </dev/null
		[[ $output == *"error: $said [set]" ]] || { echo "$given: $output"; false; }
	done <<'E'
extruder.temprature=210|'extruder' has no field 'temprature'; did you mean 'temperature'?
extrudr.temperature=210|this printer has no 'extrudr'; did you mean 'extruder'?
gcode_macro X.bad=1|'gcode_macro X' has no field 'bad'; did you mean 'bed'?
print_stats.info.layers=1|'print_stats.info' has no field 'layers'
toolhead.position.x=1|'toolhead.position' has no fields of its own: set it whole
stepper_x.position=1|this printer has no 'stepper_x'
virtual_sdcard.progress=0.5|'virtual_sdcard.progress' follows from the stream here and stays 0.0
extruder=210|'extruder=210' is not OBJECT.FIELD=VALUE
E
}

# --check finds that slug at that place in the template on stdin
finds() { # SLUG PLACE
	run -1 macro-expand -c p.cfg --check
	[[ $output == *"p.cfg:$2"*"$1"* ]] || { echo "$output"; false; }
}

passes() {
	run -0 macro-expand -c p.cfg --check
	[[ $output != *warning:* && $output != *error:* ]] ||
		{ echo "$output"; false; }
}

@test "M001: names, objects and fields that are nowhere" {
	macro <<<'M117 {lenght}'
	finds '[m001]' 4:9
	macro <<<'M117 {printer.toolhead.positoin}'
	finds '[m001]' 4
	macro <<<'M117 {printer.bltouch.x}'
	finds '[m001]' 4
	macro <<<'{% set a = 1 %}M117 {a} {printer.bltouch.x if printer.bltouch is defined}'
	passes
	macro <<<'M117 {params.A}'
	run -0 macro-expand -c p.cfg --check
	[[ $output == *"note: parameter 'A'"* ]]
}

@test "M001: a variable that nobody set is an error only where it is used" {
	user() {
		{
			printf '[gcode_macro _USER]\nvariable_a: 1\ngcode:\n'
			printf '[gcode_macro X]\ngcode:\n'
			sed 's/^/  /; s/@/printer["gcode_macro _USER"]/g'
		} | config
	}
	user <<<'{% set on = @.no %}{% if on and @.a %}M117{% endif %}'
	passes
	user <<<'{% if not @.no or @.nay == 5 or @.non is none %}M117{% endif %}'
	passes
	user <<<'{% set n = @.no %}{% if n and n|int > 5 %}M117 {n}{% endif %}'
	passes
	user <<<'{% set n = @.no|default(3) %}M117 {n}'
	passes
	user <<<'{% set n = @.no %}M117 {n + 1}'
	finds "warning: 'gcode_macro _USER' has no field 'no'" 7
	[[ $output == *"'n' stays undefined, and using it fails [m001]"* ]]
	user <<<'M117 {@.no}'
	finds "warning: 'gcode_macro _USER' has no field 'no': it is empty" 7
	user <<<'M117 {@.no|int} {@.nay.x}'
	finds "error: 'gcode_macro _USER' has no field 'no' [m001]" 7
	finds "error: 'gcode_macro _USER' has no field 'nay' [m001]" 7
}

@test "M007: what the slicer passes, against what the macro reads" {
	macro <<<'M117 {params.BED|default(60)} {params.HOT}'
	printf 'G28\nX BED_TEMP=60\nX BED_TEMP=70\nG1 X1\n' >job.gcode
	run -1 macro-expand -c p.cfg --check job.gcode
	[[ $output == *"job.gcode:2:1: error: X reads no parameter 'BED_TEMP'"* ]]
	[[ $output == *"job.gcode:2:1: warning: X wants the parameter 'HOT'"* ]]
	[[ $output != *job.gcode:3* ]]
	run -66 macro-expand -c p.cfg --check no-such-file
}

@test "--check names the commands of a job that nobody has, once, and the nearest" {
	config <<-'E'
		[gcode_macro PRINT_START]
		gcode:
		  NO_SUCH_EXTRA
		  {% if printer.z_tilt %}Z_TILT_ADJUST{% endif %}
	E
	printf '%s\n' G28 'PRINT_STRAT BED=60' ODDITY ODDITY M862.3 T0 'M117 x 5' \
		'; NOTHING' 'G1 X1 E1' 'G5 X1' >job.gcode
	run -1 --separate-stderr macro-expand -c p.cfg --check job.gcode
	[ "$output" = "p.cfg:4:3: note: unknown command 'NO_SUCH_EXTRA' [unknown-command]
job.gcode:2:1: warning: unknown command 'PRINT_STRAT'; did you mean 'PRINT_START'? [unknown-command]
job.gcode:3:1: warning: unknown command 'ODDITY' [unknown-command]
job.gcode:5:1: note: unknown command 'M862.3' [unknown-command]
job.gcode:10:1: warning: unknown command 'G5' [unknown-command]" ]
	run -0 macro-expand -c p.cfg --check
}

@test "M002: text compared with a number" {
	macro <<<'{% set a = params.A|default("1") %}{% if a > 5 %}M117{% endif %}'
	finds '[m002]' 4
	macro <<<'{% if params.A|default(1)|int > 5 %}M117{% endif %}'
	passes
}

@test "M003: state that the same macro changed above" {
	macro <<<$'G28\nM117 {printer.toolhead.homed_axes}'
	finds '[m003]' 5
	macro <<<$'M117 {printer.toolhead.homed_axes}\nG28'
	passes
}

@test "M004: SAVE_CONFIG within reach of a print" {
	config <<<$'[gcode_macro PRINT_START]\ngcode: TUNE\n[gcode_macro TUNE]\ngcode: SAVE_CONFIG'
	finds '[m004]' 5
	config <<<$'[gcode_macro TUNE]\ngcode: SAVE_CONFIG'
	passes
}

@test "M005: a circle of calls" {
	config <<<$'[gcode_macro AA]\ngcode: BB\n[gcode_macro BB]\ngcode: AA'
	finds '[m005]' 5
	config <<<$'[gcode_macro AA]\ngcode: BB\n[gcode_macro BB]\ngcode: M117'
	passes
}

@test "M006: names of status that are gone" {
	macro <<<'M117 {printer.toolhead.max_accel_to_decel|default(1)}'
	finds '[m006]' 4
	macro <<<'M117 {printer.toolhead.max_accel}'
	passes
}

@test "methods of params are no parameters" {
	config <<-'E'
		[gcode_macro A]
		gcode:
		  {% set _ = params.__setitem__('Q', 5) %}
		  {% set _ = params.update({'R': 6}) %}
		  {% for p in params.keys() %}
		  M117 {p} {params.get('S', 1)}
		  {% endfor %}
		[gcode_macro B]
		gcode: A X=1
	E
	run -0 macro-expand -c p.cfg --check
	[ -z "$output" ]
}

@test "M007: parameters that do not fit" {
	config <<<$'[gcode_macro A]\ngcode: B TEMPP=5\n[gcode_macro B]\ngcode: M104 S{params.TEMP|default(0)}'
	finds '[m007]' 3
	[[ $output == *"is 'TEMP' meant?"* ]]
	config <<<$'[gcode_macro A]\ngcode: B TEMP=5\n[gcode_macro B]\ngcode: M104 S{params.TEMP|default(0)}'
	passes
}

@test "M008: waits and loops without end" {
	macro <<<'TEMPERATURE_WAIT SENSOR=heater_bed MAXIMUM=40'
	finds '[m008]' 4
	config <<<$'[delayed_gcode D]\ngcode: UPDATE_DELAYED_GCODE ID=D DURATION=5'
	finds '[m008]' 3
	macro <<<'TEMPERATURE_WAIT SENSOR=heater_bed MINIMUM=40'
	passes
}

@test "--cover takes every branch and reports those that fail" {
	macro <<-'E'
		{% if params.A|default("x") == "deep" %}
		M117 {1 / 0}
		{% elif 'z' in printer.toolhead.homed_axes %}
		M117 homed
		{% endif %}
	E
	run -0 macro-expand -c p.cfg --cover
	[[ $output == *'4 of 4 ways taken'* ]]
	macro <<<'{% if printer.toolhead.homed_axes %}M117 {nosuch.x}{% endif %}'
	run -1 macro-expand -c p.cfg --cover
	[[ $output == *'p.cfg:4'*'[cover-fails]'* ]]
	macro <<<'{% for i in [] %}{% if 1 %}M117{% endif %}{% endfor %}'
	run -1 macro-expand -c p.cfg --cover
	[[ $output == *'[cover-unreached]'* ]]
}

@test "--cover tries names that exist where a parameter is part of one" {
	names() {
		{
			printf '[gcode_macro _T1]\nvariable_pla: {"bed": 60}\n'
			printf 'gcode:\n[gcode_macro X]\ngcode:\n'
			sed 's/^/  /'
		} | config
	}
	names <<<'M117 {printer["gcode_macro _T" ~ params.T|default(1)].pla.bed}'
	run -0 macro-expand -c p.cfg --cover
	names <<-'E'
		{% set h = params.H|default("extruder") %}
		{% if printer[h].target > 1e9 %}M117 hot{% endif %}
		{% set m = printer["gcode_macro _T1"][params.M|default("pla")] %}
		{% if m.bed == 60 %}M117 bed{% endif %}
	E
	run -0 macro-expand -c p.cfg --cover
	[[ $output == *' 4 of 4 ways taken, 0 templates fail' ]]
	names <<<'M117 {printer["tool " ~ params.T|default(1)].x}'
	run -1 macro-expand -c p.cfg --cover
	[[ $output == *"no attribute 'tool 0'"*'1 templates fail' ]]
}

@test "the same input gives the same bytes, random numbers included" {
	macro <<<'M117 {range(1000000)|random}'
	macro-expand -c p.cfg --seed=7 <<<X >a
	macro-expand -c p.cfg --seed=7 <<<X >b
	macro-expand -c p.cfg --seed=8 <<<X >c
	cmp a b
	! cmp -s a c
}

@test "the output into a full disk is exit 74" {
	config </dev/null
	run -74 bash -c 'echo G28 | macro-expand -c p.cfg >/dev/full'
	echo NO_SUCH >job.gcode
	run -74 bash -c 'macro-expand -c p.cfg --check job.gcode >/dev/full'
}
