#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Prints one G-code file: the pipeline, a lock, a journal, one exit status.
#
#   [gzip -dc |] [macro-expand |] [gcode-lint |] gcode-plan | stepstream
#
# Each stage runs in a session of its own, so that ^C at the terminal reaches
# this script alone, which hands it to the last stage, once.  Descriptors: 3 is
# what the next stage reads, 4 what it writes, 5 the far end of that pipe, 6
# keeps the fifo open meanwhile, 7 takes the output of the last stage, 9 is the
# lock.
set -u

version=@VERSION@
me=printjob

# exit statuses, as everywhere in Gantry
usage=64 no_input=66 no_device=69 system=71 io=74 busy=75

config='' dry_run='' simulate='' sim_args='' port='' name='' journal=''
events='' snapshot='' quiet='' verbose='' file=''
tmp='' record='' pids='' last='' cut='' caught='' signalled=''

warn()
{
	printf '%s: %s\n' "$me" "$*" >&2
}

die() # STATUS WORD...
{
	status=$1
	shift
	warn "$@"
	exit "$status"
}

say()
{
	[ "$quiet" ] || printf '%s: %s\n' "$me" "$*" >&2
}

show_help()
{
	cat <<EOF
usage: printjob [-nqv] [-c FILE] [--port=DEVICE] [--name=NAME] [--journal=DIR]
                [--events=FILE] [--status=FILE] FILE
       printjob --simulate [--sim-arg=ARG] [-nqv] [-c FILE] FILE

Print a G-code file: the whole pipeline with one exit status

Job:
  -c, --config=FILE              the printer: printer.conf or printer.cfg
      --port=DEVICE              the board's port, not the configured one
      --name=NAME                name of the job, not the file's
  -n, --dry-run                  plan and summarise; nothing is sent

Simulation:
      --simulate                 print on the simulated machine
      --sim-arg=ARG              hand ARG to mcu-sim; may be repeated

Records:
      --journal=DIR              keep locks and records there (default:
                                 gantry in \$XDG_STATE_HOME, ~/.local/state)
      --events=FILE              write events as JSON lines; - is stdout
      --status=FILE              keep a JSON snapshot of the machine there

Common:
  -h, --help                     print this help
  -q, --quiet                    say only what went wrong
  -v, --verbose                  say more; may be repeated
  -V, --version                  print the version

FILE may end in .gz or .xz; - is standard input.
EOF
}

# one word that the shell reads back as $1
quote()
{
	case $1 in
	'' | *[!A-Za-z0-9_./:=,@%+-]*)
		printf "'"
		printf %s "$1" | sed "s/'/'\\\\''/g"
		printf "'"
		;;
	*)
		printf %s "$1"
		;;
	esac
}

# the program $1: beside this script, else in PATH; fails when there is none
find_program()
{
	if [ -x "$here/$1" ] && [ ! -d "$here/$1" ]; then
		printf '%s\n' "$here/$1"
	else
		command -v "$1"
	fi
}

need_program()
{
	find_program "$1" || die $no_device "'$1' is neither in '$here' nor in PATH"
}

# ---- the command line ----

option() # NAME VALUE
{
	case $1 in
	-c | --config) config=$2 ;;
	--sim-arg) sim_args="$sim_args --sim-arg=$(quote "$2")" ;;
	--port) port=$2 ;;
	--name) name=$2 ;;
	--journal) journal=$2 ;;
	--events) events=$2 ;;
	--status) snapshot=$2 ;;
	*) bad_option "$1" ;;
	esac
}

bad_option()
{
	die $usage "unknown option '$1'; see --help"
}

flag() # NAME
{
	case $1 in
	-n | --dry-run) dry_run=1 ;;
	--simulate) simulate=1 ;;
	-q | --quiet) quiet=1 ;;
	-v | --verbose) verbose=1 ;;
	-h | --help) show_help && exit || exit $io ;;
	-V | --version) echo "$me (gantry) $version" && exit || exit $io ;;
	*) bad_option "$1" ;;
	esac
}

operand()
{
	[ -z "$file" ] || die $usage "one file at a time: '$file', then '$1'"
	[ "$1" ] || die $usage "the name of the file is empty"
	file=$1
}

parse()
{
	while [ $# -gt 0 ]; do
		case $1 in
		--)
			shift
			for word; do
				operand "$word"
			done
			return
			;;
		--*=*)
			option "${1%%=*}" "${1#*=}"
			;;
		-c | --config | --sim-arg | --port | --name | --journal | \
		    --events | --status)
			[ $# -gt 1 ] || die $usage "option '$1' needs an argument; see --help"
			option "$1" "$2"
			shift
			;;
		--*)
			flag "$1"
			;;
		-c*)
			config=${1#-c}
			;;
		-?*)
			letters=${1#-}
			while [ "$letters" ]; do
				flag "-${letters%"${letters#?}"}"
				letters=${letters#?}
			done
			;;
		*)
			operand "$1"
			;;
		esac
		shift
	done
	[ "$file" ] || die $usage "no file given; see --help"
}

# ---- the journal: a file of 'key: value' lines for each job ----

note() # KEY VALUE...
{
	[ "$record" ] || return 0
	key=$1
	shift
	printf '%s: %s\n' "$key" "$*" 2>/dev/null >>"$record" ||
	    warn "cannot write the journal '$record'"
}

now()
{
	date -u +%Y-%m-%dT%H:%M:%SZ
}

# a name for a file of it
slug()
{
	printf %s "$1" | tr -c 'A-Za-z0-9._-' _ | cut -c 1-100
}

open_journal()
{
	if [ -z "$journal" ]; then
		[ "${XDG_STATE_HOME:-}${HOME:-}" ] || die $usage \
		    "neither XDG_STATE_HOME nor HOME is set; say --journal"
		journal=${XDG_STATE_HOME:-$HOME/.local/state}/gantry
	fi
	mkdir -p "$journal/jobs" "$journal/lock" ||
	    die $io "cannot make the journal in '$journal'"
	record=$journal/jobs/$(date -u +%Y%m%dT%H%M%SZ)-$(slug "$name")-$$
	(: >"$record.job") ||
	    die $io "cannot write the journal '$record.job'"
	progress=$record.progress
	record=$record.job
	note job "$name"
	note file "$file"
	note config "${config:-default}"
	note pid $$
	note start "$(now)"
}

# ---- the lock: one job a printer ----

# what the printer is known by: its port, else its configuration
printer_name()
{
	known=$port
	if [ -z "$known" ] && printerconf=$(find_program printerconf); then
		set -- get mcu.serial
		[ -z "$config" ] || set -- "$@" -c "$config"
		known=$("$printerconf" "$@" 2>/dev/null)
	fi
	[ "$known" ] || known=${config:-default}
	if [ -e "$known" ]; then
		known=$(readlink -f -- "$known")
	fi
	printf '%s\n' "$known"
}

take_lock()
{
	printer=$(printer_name)
	[ "$printer" != sim: ] || return 0 # each run has a machine of its own
	command -v flock >/dev/null || die $no_device "'flock' is not in PATH"
	lock=$journal/lock/$(slug "$printer")
	note printer "$printer"
	(: >>"$lock") || exit $io
	exec 9>>"$lock"
	if ! flock -n 9; then
		note end "$(now)"
		note status $busy
		die $busy "the printer '$printer' is busy: $(cat "$lock")"
	fi
	printf "job '%s', pid %s, since %s\n" "$name" $$ "$(now)" >"$lock"
}

# ---- the pipeline ----

# shellcheck disable=SC2317 # called by traps
# A signal goes to the last stage, which ends the print; the rest follows.
on_signal()
{
	caught=1
	signalled=$1
	[ -z "$last" ] || kill -s "$1" "$last" 2>/dev/null
}

# shellcheck disable=SC2317
clean_up()
{
	[ -z "$tmp" ] || rm -rf "$tmp"
}

# Starts the stage $1 with the signals at their defaults: in the background a
# shell ignores INT, and services are often started with PIPE ignored.  The
# last stage keeps the lock: while it runs, the printer is busy.
start() # COMMAND [last]
{
	[ -z "$verbose" ] || warn "runs $1"
	note "$phase" "$1"
	stage="exec setsid env --default-signal=INT,QUIT,PIPE $1"
	if [ "${2-}" ]; then
		eval "$stage" <&3 >&4 3<&- 4>&- 7>&- &
	else
		eval "$stage" <&3 >&4 3<&- 4>&- 5<&- 7>&- 9>&- &
	fi
	last=$!
	pids="$pids $last"
	word=${1%% *}
	stages="$stages $last=${word##*/}"
}

# A stage that was killed cannot say so itself.
tell_death() # PID CODE
{
	case $2 in
	129 | 13[0-9] | 1[4-9][0-9])
		stage=${stages#* "$1"=}
		warn "'${stage%% *}' was killed by signal $(kill -l $(($2 - 128)))"
		;;
	esac
}

# The status of process $1; a signal interrupts wait, but not the stage.
wait_for()
{
	code=''
	while :; do
		caught=''
		wait "$1"
		again=$?
		# 127: it was collected at the moment of the signal
		[ "$code" ] && [ $again -eq 127 ] || code=$again
		[ "$caught" ] || break
	done
}

# The stages before the last may sleep on their input: they get a second to
# end by themselves, then the signal $1.
end_rest()
{
	tries=0
	for pid in $pids; do
		while kill -0 "$pid" 2>/dev/null && [ $tries -lt 20 ]; do
			sleep 0.05
			tries=$((tries + 1))
		done
		if kill -s "$1" "$pid" 2>/dev/null; then
			cut="$cut $pid "
		fi
	done
}

# Runs the commands, an argument each, joined by pipes, from 3 to 7.  Sets
# result to the status of the first one, in the order of the pipeline, that
# failed by itself.  Death by SIGPIPE, or by our hand after the last stage had
# ended, follows from something else and counts only if nothing else failed.
pipeline()
{
	pids=''
	stages=''
	cut=''
	while [ $# -gt 1 ]; do
		mkfifo "$tmp/pipe" || exit $system
		# shellcheck disable=SC2094 # a pipe, both ends of it
		exec 6<>"$tmp/pipe" 5<"$tmp/pipe" 4>"$tmp/pipe" 6<&-
		rm -f "$tmp/pipe"
		start "$1"
		exec 4>&- 3<&5 5<&-
		shift
	done
	exec 4>&7
	start "$1" last
	exec 3<&- 4>&-
	[ -z "$signalled" ] || kill -s "$signalled" "$last"
	wait_for "$last"
	last_code=$code
	last_pid=$last
	last=''
	pids=${pids% "$last_pid"}
	end_rest TERM
	end_rest KILL
	result=0
	weak=0
	for pid in $pids; do
		wait_for "$pid"
		note "$phase-status" "$code"
		case $code,$cut in
		0,*) ;;
		141,* | 143,*" $pid "* | 137,*" $pid "*) weak=141 ;;
		*)
			[ $result -ne 0 ] || result=$code
			tell_death "$pid" "$code"
			;;
		esac
	done
	note "$phase-status" "$last_code"
	[ "$signalled" ] || tell_death "$last_pid" "$last_code"
	[ $result -ne 0 ] || result=$last_code
	[ $result -ne 0 ] || result=$weak
}

# ---- the job ----

# Finds the programs and composes the stages before stepstream: the commands
# are in unpack, expand, lint and plan; empty is absent.
compose()
{
	unpack='' expand='' lint='' lint_again=''
	case $file in
	-) ;;
	*.gz) unpack=$(need_program gzip) || exit ;;
	*.xz) unpack=$(need_program xz) || exit ;;
	esac
	plan=$(need_program gcode-plan) || exit
	conf=''
	[ -z "$config" ] || conf=" -c $(quote "$config")"
	# the first program that knows G-code opens the file, for its messages
	input=" -- $(quote "$file")"
	if [ "$unpack" ]; then
		unpack="$(quote "$unpack") -dc"
		input=''
	elif [ "$file" = - ]; then
		input=''
	fi
	if expand=$(find_program macro-expand); then
		expand=$(quote "$expand")$conf$input
		input=''
	fi
	if lint=$(find_program gcode-lint); then
		lint="$(quote "$lint")$conf --pass"
		lint_again="$lint -q$input"
		lint="$lint --hold${quiet:+ -q}$input"
		input=''
	fi
	plan=$(quote "$plan")$conf
	# a file is whole: what goes by the print may look at all of it
	[ "$file" = - ] || plan="$plan --read-ahead"
	planned=$input
}

# Opens the file for the first stage.
open_input()
{
	if [ "$file" = - ]; then
		exec 3<&0
	elif [ -f "$file" ] && [ -r "$file" ]; then
		exec 3<"$file"
	else
		die $no_input "cannot read '$file'"
	fi
}

# the stages of compose(), then those given
run()
{
	phase=$1
	shift
	[ -z "$lint" ] || set -- "$lint" "$@"
	[ -z "$expand" ] || set -- "$expand" "$@"
	[ -z "$unpack" ] || set -- "$unpack" "$@"
	open_input
	pipeline "$@"
}

# Plans the whole file and throws the plan away: what is wrong with it is said
# before anything heats.
check()
{
	run check "$plan --format=none --summary$planned"
}

print()
{
	step=$(need_program stepstream) || exit
	step=$(quote "$step")$conf
	[ -z "$simulate" ] || step="$step --simulate"
	step=$step$sim_args
	[ -z "$port" ] || step="$step --port=$(quote "$port")"
	[ -z "$snapshot" ] || step="$step --status=$(quote "$snapshot")"
	[ -z "$quiet" ] || step="$step -q"
	run print "$plan$planned" "$step --journal=$(quote "$progress")"
}

# The end of the record, and of ourselves: by the signal, if it was one.
finish()
{
	took=$(($(date +%s) - began))
	took=$(printf %d:%02d:%02d $((took / 3600)) $((took / 60 % 60)) \
	    $((took % 60)))
	note end "$(now)"
	note status "$result"
	if [ "$result" -eq 0 ]; then
		say "'$name' is done after $took"
	else
		warn "'$name' ended with status $result after $took"
	fi
	if [ "$signalled" ] && [ "$result" -gt 128 ]; then
		clean_up
		trap - EXIT "$signalled"
		kill -s "$signalled" $$
	fi
	exit "$result"
}

main()
{
	case $0 in
	*/*) here=$(cd "$(dirname -- "$(readlink -f -- "$0")")" && pwd) ;;
	*) here=. ;;
	esac
	parse "$@"
	if [ -z "$name" ]; then
		name=${file##*/}
		[ "$file" != - ] || name=stdin
	fi
	compose
	open_input
	tmp=$(mktemp -d) || exit $system
	trap clean_up EXIT
	trap 'on_signal INT' INT
	trap 'on_signal TERM' TERM HUP
	began=$(date +%s)
	if [ "$dry_run" ]; then
		exec 7>&1
		check
		exit "$result"
	fi
	open_journal
	[ "$simulate" ] || take_lock
	result=0
	if [ "$file" != - ]; then
		exec 7>/dev/null
		[ "$quiet" ] || exec 7>&2
		check
	fi
	if [ "$result" -ne 0 ] || [ "$signalled" ]; then
		finish
	fi
	# what was clean a moment ago need not be held back and told again
	[ "$file" = - ] || lint=$lint_again
	case $events in
	'') exec 7>/dev/null ;;
	-) exec 7>&1 ;;
	*)
		(: >"$events") || exit $io
		exec 7>"$events"
		;;
	esac
	print
	finish
}

main "$@"
