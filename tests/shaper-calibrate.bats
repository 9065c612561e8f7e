#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# shaper-calibrate: recordings of machines that do not exist, and broken ones.
bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	O=${O:-$root/build}
	cd "$BATS_TEST_TMPDIR"
	shared=$root/../shared/reference/resonance
}

cal() {
	"$O/shaper-calibrate" "$@"
}

# a recording of a machine with these words: modes=40/0.05/1 ...
synth() {
	"$O/tests/unit/test-shaper-fit" "$@"
}

# FILE CONTENT SLUG PLACE: an error with its slug and place, nothing else
broken() {
	printf "$2" >"$1"
	status=0
	cal analyze "$1" >out 2>err || status=$?
	[ $status -eq 65 ] || { echo "$1: exit $status"; cat err; false; }
	[ ! -s out ]
	grep -qF "$3" err || { echo "$1: $(cat err)"; false; }
	grep -q "^$1:$4: error: " err || { echo "$1: $(cat err)"; false; }
}

row='1.0,1,2,9800\n'
header='#time,accel_x,accel_y,accel_z\n'

@test "a broken recording is refused with its line and column" {
	broken a.csv "$header$row"'1.1,1,2\n' '[columns]' 3:8
	broken b.csv "$header$row"'1.1,1,2,3,4\n' '[columns]' 3:10
	broken c.csv "$header$row"'1.1,1,,3\n' '[columns]' 3:7
	broken d.csv "$header$row"'1.1,1,x,3\n' '[number]' 3:7
	broken e.csv "$header$row"'1.1,1,0x5,3\n' '[number]' 3:7
	broken f.csv "$header$row"'1.1,nan,2,3\n' '[number]' 3:5
	broken g.csv "$header$row"'1.1,1,2 2,3\n' '[number]' 3:7
	broken h.csv "$header$row"'1.1,1e9,2,3\n' '[range]' 3:5
	broken i.csv "$header$row"'0.9,1,2,3\n' '[time-order]' 3:1
	broken j.csv "$header$row"'1.1,1,2' '[truncated]' 3:8
	broken k.csv "$header$row"'1.1,1,-' '[truncated]' 3:7
	: >l.csv
	run -65 --separate-stderr cal analyze l.csv
	[[ $stderr == "l.csv: error: there are no samples in it [empty]" ]]
	broken m.csv 'hello world\n' '[format]' 1:1
	broken n.csv '#time,x,y,z\n' '[format]' 1:1
	broken o.csv "$header#sweep freq_start=no\n$row" '[sweep]' 2:8
	broken p.csv "$header$row"'1.1,1,2,\000\n' '[number]' 3:9
}

@test "a recording too short for a spectrum is refused [too-short]" {
	synth kind=rest | head -500 >x.csv
	run -65 --separate-stderr cal analyze x.csv
	[[ $stderr == *"samples"*"[too-short]"* ]]
	printf "$header$row" >y.csv
	run -65 --separate-stderr cal analyze y.csv
	[[ $stderr == *"[too-short]"* ]]
}

@test "a line without end is refused before memory is gone [line-too-long]" {
	{ printf "$header"; head -c 300000 /dev/zero | tr '\0' 1; } >x.csv
	run -65 --separate-stderr cal analyze x.csv
	[[ $stderr == "x.csv:2:"*"[line-too-long]"* ]]
}

@test "a rate that no accelerometer has is refused [rate]" {
	awk 'BEGIN { for (i = 0; i < 5000; i++) print i ",1,2,3" }' >x.csv
	run -65 --separate-stderr cal analyze x.csv
	[[ $stderr == *"[rate]"* ]]
	awk 'BEGIN { print "#time,accel_x,accel_y,accel_z"
		for (i = 0; i < 9000; i++)
			printf "%.6f,1,2,3\n", i / 3200 + (i > 5000) * 1e6 }' >x.csv
	run -65 --separate-stderr cal analyze x.csv
	[[ $stderr == *"the time jumps: 1e+06 s are missing, the first after 1.56"*"[rate]" ]]
}

@test "damaged and cut off gzip data is refused [compressed]" {
	synth kind=rest | gzip -9 >x.gz
	head -c 3000 x.gz >cut.gz
	run -65 --separate-stderr cal analyze cut.gz
	[[ $stderr == *"cut off [compressed]"* ]]
	{ head -c 3000 x.gz; head -c 3000 /dev/zero; } >bad.gz
	run -65 --separate-stderr cal analyze bad.gz
	[[ $stderr == *"[compressed]"* ]]
	printf '\050\265\057\375abc' >x.zst
	run -65 --separate-stderr cal analyze x.zst
	[[ $stderr == *"zstd -dc"*"[compressed]"* ]]
}

@test "broken spectra are refused with their place" {
	broken a.csv 'freq,psd_x,psd_y,psd_z\n1,2,3,4\n' '[format]' 1:23
	broken b.csv 'freq,psd_x,psd_y,psd_z,psd_xyz\n1,2,3\n' '[columns]' 2:6
	broken c.csv 'freq,psd_x,psd_y,psd_z,psd_xyz\n1,2,3,4,q\n' '[number]' 2:9
	broken d.csv 'freq,psd_x,psd_y,psd_z,psd_xyz\n2,2,3,4,9\n1,2,3,4,9\n' '[time-order]' 3:1
	broken e.csv 'freq,psd_x,psd_y,psd_z,psd_xyz\n2,-2,3,4,9\n' '[range]' 2:3
	printf 'freq,psd_x,psd_y,psd_z,psd_xyz\n1,2,3,4,9\n' >f.csv
	run -65 --separate-stderr cal analyze f.csv
	[[ $stderr == *"[empty]"* ]]
}

@test "a missing file is 66, a folder too, a full disk 74" {
	run -66 cal analyze no.csv
	run -66 cal analyze .
	synth kind=rest >x.csv
	run -74 bash -c "'$O/shaper-calibrate' noise x.csv >/dev/full"
}

@test "the modes of a sweep are found, and a shaper that stills them" {
	synth modes=41/0.05/0.65,63.5/0.04/0.35 >x.csv
	run -0 --separate-stderr cal analyze x.csv
	[ -z "$stderr" ]
	[[ $output == *"mode 1:   41.0"*"mode 2:   63.5"* ]]
	[[ $output == *$'\n'"input_shaper.shaper_type_x="* ]]
	[[ $output == *$'\n'"input_shaper.shaper_freq_x="* ]]
	[[ $output == *$'\n'"input_shaper.damping_ratio_x=0.0"* ]]
	# comments and KEY=VALUE lines and nothing else
	! grep -vE '^#|^[a-z_.]+=[a-z0-9_.]+$' <<<"$output"
}

@test "the same recording gives the same bytes, by file, pipe and gzip" {
	synth modes=47/0.06/1 seed=7 >x.csv
	cal analyze --format=json x.csv >a
	cal analyze --format=json x.csv >b
	cmp a b
	cal analyze --format=json - <x.csv | sed 's/<stdin>/x.csv/' >b
	cmp a b
	gzip -c x.csv >x.csv.gz
	cal analyze --format=json x.csv.gz | sed 's/x.csv.gz/x.csv/' >b
	cmp a b
	# CRLF, an old first line, blank lines, comments
	{ echo '## statistics'; sed 's/$/\r/; 500s/$/\n\r/' x.csv; } |
		cal analyze --format=json | sed 's/<stdin>/x.csv/' >b
	cmp a b
}

@test "recordings in g and JSON lines say what the CSV says" {
	synth modes=47/0.06/1 fs=1600 step=0 >x.csv
	cal analyze --method=incumbent x.csv | grep Recommended >a
	awk -F, 'NR == 1 { print "Sample,X,Y,Z"; next }
		{ printf "%d,%.7f,%.7f,%.7f\n", NR - 2, $2 / 9806.65,
			$3 / 9806.65, $4 / 9806.65 }
		END { print "Rate 1600, overflows 0" }' x.csv >duet.csv
	cal analyze --method=incumbent duet.csv | grep Recommended >b
	cmp a b
	awk -F, 'BEGIN { printf "{\"name\":\"one\",\"samples\":[" }
		NR > 1 { printf "%s[%s,%s,%s,%s]", (NR > 2 ? "," : ""), $1, $2, $3, $4 }
		END { print "],\"more\":{\"a\":[1,null]}}" }' x.csv >x.stdata
	cal analyze --method=incumbent x.stdata >out
	grep Recommended out >b
	cmp a b
	grep -q 'x.stdata:one' out
}

@test "a spectrum that was written is read back and judged alike" {
	synth modes=47/0.06/1 >x.csv
	cal analyze --method=incumbent --psd=p.csv x.csv | grep Recomm >a
	head -1 p.csv | grep -q '^freq,psd_x,psd_y,psd_z,psd_xyz,shapers:,zv('
	cal analyze --method=incumbent p.csv | grep Recomm >b
	cmp a b
	# two recordings become one file of two curves
	cal analyze --method=incumbent --psd=two.csv x.csv x.csv >/dev/null
	head -1 two.csv | grep -q '^freq,"x.csv","x.csv",shapers:,zv('
	# every row has a field for each, and an empty one under "shapers:"
	awk -F, 'NF != 9 || (NR > 1 && $4 != "") { exit 1 }' two.csv
	cal analyze --method=incumbent two.csv >out
	grep Recomm out | cmp a -
	# files of old versions say it by their columns
	sed 's/shapers:,//; s/,,/,/' p.csv >old.csv
	cal analyze p.csv | grep Recomm >a
	cal analyze old.csv | grep Recomm | cmp a -
}

@test "nothing moving, nothing resonating: no clear resonance, exit 1" {
	synth kind=rest >x.csv
	run -1 cal analyze x.csv
	[[ $output == *"no clear resonance"* ]]
	synth seed=1 >x.csv
	run -1 cal analyze x.csv
	[[ $output == *"no clear resonance"* ]]
	[[ $output != *shaper_type* ]]
	run -1 cal analyze --format=json x.csv
	[[ $output == *'"recommended":null'* ]]
}

@test "a test that is not known is no resonance, but a question" {
	# at one frequency all the time, and rising at an odd rate
	synth start=47 end=49 rate=0.2 modes=60/0.1/0.3 >x.csv
	run -1 --separate-stderr cal analyze x.csv
	[[ $output == *"no clear resonance: "*"; say how the sweep went, "* ]]
	synth modes=47/0.06/1 rate=2.7 end=90 >x.csv
	run -1 cal analyze x.csv
	[[ $output == *"no clear resonance: "*"; say how the sweep went, "* ]]
	run -0 cal analyze --hz-per-sec=2.7 --freq-end=90 x.csv
	[[ $output == *"mode 1:   47.0"* ]]
	run -0 cal analyze --method=spectrum x.csv
	[[ $output == *"Recommended shaper is "* ]]
}

@test "free decays tell frequency and damping as well" {
	synth kind=ringdown modes=51.7/0.037/1 moves=6 >x.csv
	run -0 cal analyze --method=ringdown x.csv
	[[ $output == *"6 decays"*"mode 1:   51.7"*"damping 0.037"* ]]
	[[ $output == *"input_shaper.damping_ratio_x=0.037" ]]
	synth kind=ringdown modes=41/0.03/0.6,70/0.04/0.4 moves=6 >x.csv
	run -0 cal analyze --method=ringdown x.csv
	[[ $output =~ "mode 1:   41.0".*"mode 2:   "(69.9|70.0) ]]
	synth kind=rest >x.csv
	run -1 cal analyze --method=ringdown x.csv
	[[ $output == *"no clear resonance: there are no two decays in it" ]]
	[[ $output != *sweep* ]]
}

@test "the sweep's parameters come from options and from a comment" {
	synth modes=47/0.06/1 start=10 end=70 rate=3 period=0 >x.csv
	run -0 cal analyze --freq-start=10 --freq-end=70 --hz-per-sec=3 \
		--sweeping-period=0 x.csv
	[[ $output == *"sweep as told: 10 to 70 Hz, 3 Hz/s, along"* ]]
	[[ $output == *"mode 1:   47.0"* ]]
	{ echo '#sweep freq_start=10 freq_end=70 hz_per_sec=3 sweeping_period=0 dx=1'
		cat x.csv; } >y.csv
	run -0 cal analyze y.csv
	[[ $output == *"sweep as told: 10 to 70 Hz"*"mode 1:   47.0"* ]]
}

@test "several recordings: one choice, the spread, who agrees" {
	for i in 1 2 3; do
		synth modes=4$i/0.05/1 seed=$i >$i.csv
	done
	run -0 cal analyze 1.csv 2.csv 3.csv
	[[ $output == *"main mode over 3 recordings: 42.0"*" Hz +-0.8"* ]]
}

@test "repeated sweeps are given one answer, by modes and by spectra" {
	for i in 1 2 3 4; do
		synth modes=66.5/0.04/0.7,47/0.06/0.3 end=100 sigma=300 \
			seed=$i >$i.csv
		cal analyze -q $i.csv >>fit
		cal analyze -q --axis=x --method=spectrum $i.csv >>spectrum
	done
	for m in fit spectrum; do
		[ "$(grep -c ^input_shaper.shaper_type $m)" = 4 ]
		[ "$(grep ^input_shaper.shaper_type $m | sort -u | wc -l)" = 1 ]
		awk -F= '/shaper_freq/ { if (!n++) lo = hi = $2
			if ($2 < lo) lo = $2; if ($2 > hi) hi = $2 }
			END { exit !(hi - lo <= 0.41) }' $m
	done
}

@test "with the configuration it is told what changes, and where" {
	synth modes=47/0.06/1 >x.csv
	cp "$root/share/machines/ender3pro.conf" p.conf
	cal analyze x.csv >plain
	run -0 cal analyze -c p.conf x.csv
	[[ $output == *"no shaper is configured for x now"* ]]
	[[ $output == *"p.conf: shaper_freq_x is not there (0.0), becomes 4"* ]]
	# a row of its own for what is configured, and the same answer
	grep -c '' p.conf >lines
	printf 'input_shaper: {\n\tshaper_type_x = "ei";\n%s\n};\n' \
		'shaper_freq_x = 40.0;' >>p.conf
	cal analyze -c p.conf x.csv >out
	grep -q '^# ei  *40.0 Hz  *0.100 .* configured now$' out
	grep -qF "p.conf:$(($(cat lines) + 3)): shaper_freq_x is 40.0, becomes 4" out
	diff <(grep ^input plain) <(grep ^input out)
	cal analyze -c p.conf --format=json x.csv |
		grep -q '"configured":{"name":"ei","freq":40,"damping":0.1,'
	# its corner velocity and limit count, unless something else is said
	"$O/printerconf" set -q -c p.conf printer.square_corner_velocity=12
	cal analyze -c p.conf x.csv | grep ' < *$' >corner
	cal analyze --scv=12 x.csv | grep ' < *$' | cmp - corner
	cal analyze -c p.conf --scv=5 x.csv | grep ' < *$' >corner
	grep ' < *$' plain | cmp - corner
	echo 'resonance_tester: { max_smoothing = 0.06; };' >>p.conf
	cal analyze -c p.conf --scv=5 x.csv >out
	cal analyze --max-smoothing=0.06 x.csv | grep ^input >limit
	grep ^input out | cmp - limit
	# once it is taken over nothing changes
	"$O/printerconf" set -q -c p.conf - <out
	cal analyze -c p.conf --scv=5 x.csv | grep -q '^# p.conf says so already'
	# by the spectrum as well
	cal analyze -c p.conf --axis=x --method=incumbent x.csv >out
	grep -q '^# configured now: .* (vibrations = ' out
	grep -q '^# p.conf:.* becomes ' out
	run -78 --separate-stderr cal analyze -c no.conf x.csv
	[[ $stderr == *no.conf* ]]
}

@test "the JSON has a version, and curves of every shaper" {
	synth modes=47/0.06/1 >x.csv
	for m in fit spectrum incumbent; do
		cal analyze --method=$m --format=json x.csv >$m
		grep -q "^{\"version\":1,\"method\":\"$m\"," $m
		# as many residuals as frequencies, none above 1
		tr -d '\n' <$m | sed 's/.*"by_shaper"://' | awk -F'"freq":' '{
			n = split($2, f, "]"); want = split(f[1], x, ",")
			n = split($0, part, "\"vibrations\":\\[")
			for (i = 2; i <= n; i++) {
				split(part[i], v, "]")
				if (split(v[1], y, ",") != want) exit 1
				for (k in y) if (y[k] > 1 || y[k] < 0) exit 1 }
			exit !(want == 136 && n >= 6) }'
		grep -q '"by_mode":{"damping":0.[01]' $m
	done
}

@test "a limit on smoothing is kept, one on vibration too" {
	synth modes=41/0.05/0.65,63.5/0.04/0.35 >x.csv
	cal analyze --format=json --max-smoothing=0.1 x.csv >out
	s=$(sed 's/.*"recommended":{[^}]*"smoothing":\([0-9.]*\).*/\1/' out)
	awk "BEGIN { exit !($s <= 0.1) }"
	cal analyze --format=json --max-vibration=2 x.csv >out
	v=$(sed 's/.*"recommended":{[^}]*"vibrations_worst":\([0-9.e-]*\).*/\1/' out)
	awk "BEGIN { exit !($v <= 0.02) }"
	# what cannot be had is said, and smooths no tenfold for a last tenth
	run -0 cal analyze --max-smoothing=0.03 x.csv
	[[ $output == *"no shaper leaves less than 5 % at worst and smooths by less than 0.03 mm: "* ]]
	run -0 cal analyze --max-vibration=0.1 x.csv
	[[ $output == *"no shaper leaves less than 0.1 % at worst: this one is a compromise"* ]]
	awk '/ mm .*<  / { sub(/ mm.*/, ""); exit !($NF < 0.2) }' <<<"$output"
}

warns() { # SLUG FILE [OPTION ...]
	cal analyze "${@:3}" "$2" >/dev/null 2>err || :
	grep -qF "$1" err || { echo "no $1: $(cat err)"; false; }
}

# FACTOR: another clock made the stamps
stretch() {
	awk -F, -v OFS=, -v by=$1 'NR > 1 { $1 = sprintf("%.6f", $1 * by) } 1'
}

@test "a clock that goes otherwise is told, and makes no modes" {
	synth modes=47/0.06/1 >good.csv
	for by in 0.9995 1.0002 1.001; do
		stretch $by <good.csv >x.csv
		run -0 cal analyze --freq-end=80 --hz-per-sec=4 x.csv
		awk -v by=$by '/clock is/ { sub(/.*clock is /, "")
			d = (by - 1) * 1e6; d = d < 0 ? -d : d
			exit !($1 - d < 10 && d - $1 < 10) }' <<<"$output"
		[[ $output == *"[clock-drift]"* ]]
		[[ $output == *"mode 1:   47.0"* && $output != *"mode 2:"* ]]
	done
	synth modes=41/0.05/0.65,63.5/0.04/0.35 | stretch 1.0003 >x.csv
	run -0 cal analyze --freq-end=80 --hz-per-sec=4 x.csv
	[[ $output =~ "mode 1:   "4(0.9|1.0).*"mode 2:   "63.[456] ]]
	[[ $output != *"mode 3:"* ]]
	# one that is a percent wrong is no clock at all
	stretch 1.01 <good.csv >x.csv
	run -1 cal analyze --freq-end=80 --hz-per-sec=4 x.csv
	[[ $output == *"follows another command, or another clock"* ]]
}

@test "what is wrong with a recording is said in words" {
	synth modes=47/0.06/1 >good.csv
	cal analyze good.csv >/dev/null 2>err
	[ ! -s err ]
	awk -F, 'NR == 1 { print; next } { if (NR > 9000 && NR < 9100)
		$2 = 78453.2; print $1 "," $2 "," $3 "," $4 }' good.csv >x.csv
	warns '[clipping]' x.csv
	awk -F, -v OFS=, 'NR > 1 { $3 = 12 } 1' good.csv >x.csv
	warns '[dead-axis]' x.csv
	awk -F, -v OFS=, 'NR > 1 && NR % 2 { $3 = 0 } 1' good.csv >x.csv
	warns '[dead-band]' x.csv
	synth modes=79/0.03/1 >x.csv
	warns '[edge]' x.csv
	awk -F, -v OFS=, 'NR > 1 { $4 -= 9806 } 1' good.csv >x.csv
	warns '[gravity]' x.csv
	synth modes=47/0.06/1 sigma=60000 >x.csv
	warns '[incoherent]' x.csv --axis=x --freq-end=80 --hz-per-sec=4
	awk -F, -v OFS=, 'NR > 1 { $2 *= 0.4 } 1' good.csv >x.csv
	warns '[loose-mount]' x.csv --freq-end=80 --hz-per-sec=4
	sed '9000,9040d' good.csv >x.csv
	warns '[lost-samples]' x.csv
	awk -F, -v OFS=, 'NR == 9000 { $1 = t } { t = $1 } 1' good.csv >x.csv
	warns '[repeated-time]' x.csv
	! grep -q lost-samples err
	awk -F, -v OFS=, 'NR > 1 { i = NR - 2
		$1 = sprintf("%.6f", (i - i % 10) / 3207.9) } 1' good.csv >x.csv
	warns 'whole batches were stamped at once [repeated-time]' x.csv
	! grep -q lost-samples err
	synth modes=47/0.06/1 tone=66.1 >x.csv
	warns '[steady-tone]' x.csv
	awk -F, -v OFS=, 'NR > 1 { i = NR - 2; $1 = sprintf("%.6f",
		i / 3200 + i * i * 1.2e-10) } 1' good.csv >x.csv
	warns '[uneven-rate]' x.csv
	warns '[wrong-axis]' good.csv --axis=y
	stretch 1.006 <good.csv >x.csv
	warns '[unexplained]' x.csv --freq-end=80 --hz-per-sec=4
	head -c -1 good.csv >x.csv
	warns '[unfinished]' x.csv
}

@test "noise is measured and judged" {
	synth kind=rest >x.csv
	run -0 cal noise x.csv
	[[ $output == *"x 20."*"y 20."*"normal" ]] || [[ $output == *normal ]]
	synth kind=rest sigma=1800 >x.csv
	run -1 cal noise x.csv
	[[ $output == *trouble* ]]
	run -1 cal noise --format=json x.csv
	[[ $output == *'"verdict":"trouble'* ]]
}

@test "a compared machine: stiffer, softer, unchanged" {
	synth modes=47/0.06/1 seed=1 >a.csv
	synth modes=47/0.06/1 seed=2 >b.csv
	synth modes=52/0.06/1 seed=3 >c.csv
	run -0 cal compare a.csv b.csv
	[[ $output == *"verdict: no change" ]]
	run -0 cal compare a.csv c.csv
	[[ $output == *"47.00 Hz is now at 52.00 Hz (+10.6 %"*"verdict: stiffer"* ]]
	run -0 cal compare c.csv a.csv
	[[ $output == *"verdict: softer"* ]]
	# what came, and what only one of them can show
	synth modes=47/0.06/0.8,70/0.04/0.2 seed=4 >d.csv
	run -0 cal compare a.csv d.csv
	[[ $output == *"the new has a mode at 70."*" that the old has not"* ]]
	[[ $output == *"verdict: "* && $output != *"no change"* ]]
	synth modes=47/0.06/0.8,70/0.04/0.2 end=65 seed=5 >e.csv
	run -0 cal compare d.csv e.csv
	[[ $output == *"the new went from 5 to 65 Hz and cannot show it"* ]]
}

@test "belts are compared by their modes" {
	h=0.70710678
	synth modes=72/0.035/0.8,48/0.06/0.2 dx=$h dy=-$h end=110 >a.csv
	synth modes=66.5/0.04/0.8,47/0.06/0.2 dx=$h dy=$h end=110 seed=2 >b.csv
	run cal belts a.csv b.csv
	[[ $output == *"A 72.00 Hz, B 66.50 Hz: -5.50 Hz"* ]]
	[[ $output == *"belt A is tighter by about 17 %"* ]]
}

@test "pictures are SVG, PNG and PDF, the same bytes every time" {
	grep -q HAVE_CAIRO "$root/config.h" || skip "built without cairo"
	synth modes=41/0.05/0.65,63.5/0.04/0.35 >x.csv
	cal analyze --plot=a.svg --spectrogram=a.png x.csv >/dev/null
	cal analyze --plot=b.svg --spectrogram=b.png x.csv >/dev/null
	cmp a.svg b.svg
	cmp a.png b.png
	head -c 200 a.svg | grep -q '<svg '
	[ "$(head -c 4 a.png | od -An -tx1)" = " 89 50 4e 47" ]
	cal compare --plot=c.pdf x.csv x.csv >/dev/null
	[ "$(head -c 5 c.pdf)" = %PDF- ]
	run -74 --separate-stderr cal analyze --plot=x.gif x.csv
	[[ $stderr == *"'x.gif' ends neither in .svg nor in .png nor in .pdf" ]]
}

@test "the plot in the terminal is comments, with and without UTF-8" {
	synth modes=41/0.05/1 >x.csv
	LC_ALL=C.UTF-8 cal analyze --plot=- x.csv >out
	grep -q '^#.*|.*█' out
	grep -q '^# *\^ 41.0 Hz, damping 0.050' out
	! grep -vE '^#|^[a-z_.]+=' out
	LC_ALL=C cal analyze --plot=- x.csv >out
	grep -q '^#.*|.*#' out
	! LC_ALL=C grep -q '[^ -~]' out
	# it stands at the resonance: the highest column is at 41 Hz of 200
	awk -F'|' '/^# 1e/ && !n++ { next } /\|/ && match($2, /[#.]/) && !m++ {
		exit !(RSTART >= 13 && RSTART <= 15) }' out
}

@test "the printer's resonance_tester is what a sweep is like" {
	cp "$root/share/machines/ender3pro.conf" p.conf
	echo 'resonance_tester: { min_freq = 10.0; max_freq = 90.0; hz_per_sec = 2.0; };' >>p.conf
	run -0 cal sweep -c p.conf --freq-end=80
	[[ $output == *"#sweep freq_start=10 freq_end=80 accel_per_hz=60 hz_per_sec=2 "* ]]
}

@test "a test motion stays within the machine or is refused" {
	cal sweep -c "$root/share/machines/ender3pro.conf" --axis=x >x.gcode
	grep -q '^; #sweep freq_start=5 freq_end=135 .* dx=1 dy=0 dz=0$' x.gcode
	run -78 --separate-stderr cal sweep --at=1,100,20 --axis=x \
		-c "$root/share/machines/ender3pro.conf"
	[[ $stderr == *"the test moves x from -16.81 to"*"beyond"* ]]
	run -78 --separate-stderr cal sweep --axis=z \
		-c "$root/share/machines/ender3pro.conf"
	[[ $stderr == *"z by up to 18.7 mm/s and 1550 mm/s2, beyond"*"5 mm/s and"* ]]
}

# The known command is compared with what was recorded minutes later: what its
# moves are late, each by a microsecond, would add up to false modes.
@test "a sweep's plan lasts as long as its pulses, to a quarter millisecond" {
	while read -r from to rate more; do
		cal sweep -c "$root/share/machines/ender3pro.conf" \
			--freq-start=$from --freq-end=$to --hz-per-sec=$rate \
			$more >x.gcode
		# the last move is the one that brings it to rest
		"$O/gcode-plan" -c "$root/share/machines/ender3pro.conf" \
			--format=text x.gcode | awk -v f=$from -v to=$to \
			-v rate=$rate '/^report/ { on = 1 }
			on && $1 == "move" { sub("t=", "", $3)
				if (!n++) first = $3
				last = $3 }
			END { while (f <= to + 1e-6) {
					want += 0.5 / f; f += 0.5 / f * rate }
				got = last - first - want
				if (n < 100 || got > 2.5e-4 || got < -2.5e-4) {
					print n, got; exit 1 } }' ||
			{ echo "$from $to $rate $more"; false; }
	done <<-'EOF'
		5 135 1 --axis=x
		5 135 1 --axis=1,1
		7 110 1.6 --axis=y --accel-per-hz=27 --sweeping-period=0.3
		9 64 0.5 --axis=1,-2 --sweeping-accel=688 --sweeping-period=0.8
	EOF
}

# what the G-code makes the head do: integrate the trapezoids of every move
@test "a sweep's moves take as long as its pulses and end at rest" {
	cal sweep -c "$root/share/machines/ender3pro.conf" --axis=x \
		--pulses-only --freq-end=40 >x.gcode
	awk '/^M204/ { a = substr($2, 2) }
		/^ACCELEROMETER/ { on = !on }
		/^G1 X/ { x = substr($2, 2); d = x - last; if (d < 0) d = -d
			last = x; if (on) { t += 2 * sqrt(d / a); n++ } }
		END { if (t < 34.99 || t > 35.06 || n != 1574) {
			print t, n; exit 1 } }' x.gcode
}

@test "usage errors are 64" {
	run -64 cal
	run -64 cal anlyze
	[[ $output == *"did you mean 'analyze'"* ]]
	run -64 cal analyze --axis=w x.csv
	[[ $output == *"'w' is not x, y, z or DX,DY"* ]]
	run -64 cal analyze --shapers=zw x.csv
	run -64 cal analyze --shapers='mzv(n=2,t=1)' x.csv
	run -64 cal analyze --shaper-freq=90:50 x.csv
	run -64 cal analyze --freq-start=90 --freq-end=50 x.csv
	run -64 cal sweep x.gcode
	run -64 cal axes-map x.csv
	run -64 cal belts x.csv
	run -64 cal vibrations
}

# least KB of address space, in steps of 500, that COMMAND does with
least() {
	local kb status
	for ((kb = 12000; kb < 60000; kb += 500)); do
		status=0
		(ulimit -v $kb; "$@" >/dev/null 2>&1) 2>/dev/null || status=$?
		[ $status -gt 1 ] || break
	done
	echo $kb
}

@test "a recording ten times as long takes no more memory" {
	(ulimit -v 400000; cal --version >/dev/null 2>&1) ||
		skip "a sanitizer takes terabytes"
	synth modes=58/0.045/1 fs=800 end=135 rate=2 >short.csv
	synth modes=58/0.045/1 fs=800 end=135 rate=0.2 >long.csv
	for m in fit incumbent; do
		kb=$(least cal analyze --method=$m short.csv)
		# a tenth of what the track of the long one would be
		(ulimit -v $((kb + 2000)); cal analyze --method=$m - <long.csv >$m)
	done
	# and it is not left out: the mode lies in its second half
	grep -q 'mode 1:   58.00 Hz.*damping 0.0450' fit
	kb=$(least cal noise short.csv)
	(ulimit -v $((kb + 500)); cal noise - <long.csv || [ $? = 1 ])
}

@test "the axes map of the reference recordings is found" {
	[ -d "$shared" ] || skip "no reference recordings"
	run -0 cal axes-map "$shared"/synthetic/m01_axesmap_[xyz].csv.gz
	[[ $output == *"adxl345.axes_map=-z,y,x" ]]
	run -1 cal axes-map "$shared"/synthetic/m01_axesmap_[xxy].csv.gz \
		"$shared/synthetic/m01_axesmap_x.csv.gz"
}

@test "the speed scan of the reference is read" {
	[ -d "$shared" ] || skip "no reference recordings"
	mkdir v
	tar -xzf "$shared/synthetic/m05_vibration_profile.tar.gz" -C v
	run -0 cal vibrations v/*.csv
	[[ $output == *"corexy"*"avoid 94.6 mm/s"*"motors resonate at 120."* ]]
	[[ $output == *"symmetry 90.9 %"* ]]
}

@test "the incumbent's own files are written byte for byte" {
	[ -d "$shared" ] || skip "no reference recordings"
	for k in s03_two_close_x s10_cluster_mpu9250_x m02_idle_noise; do
		cal analyze --method=incumbent --psd=p.csv \
			"$shared/synthetic/$k.csv.gz" >/dev/null
		cmp p.csv "$shared/expected/$k.klipper.csv"
	done
}

@test "the walk from an accelerometer to a shaper works as it is typed" {
	mkdir -p share build
	cp -r "$root/share/machines" share/
	awk '/^## Later/ { exit } sub(/^    /, "")' \
		"$root/share/doc/resonances.md" >walk
	PATH=$O:$PATH bash -eo pipefail walk >out 2>err
	grep -qx '	shaper_type_x = "zv";' build/tour/printer.conf
	# 0.050 mm without the shaper
	grep -qE '"frame":\{"x":\{"ring_mm":0\.00[67]' err
}
