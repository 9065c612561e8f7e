# SPDX-License-Identifier: GPL-3.0-or-later
# calls.awk: objdump -d of an image in; who calls whom, and what follows of it:
#	-v want=stack		the deepest stack, in bytes
#	-v want=divisions	divisions that an interrupt can reach; exit 1
#	-v from_main=1		that the main loop can, instead
#	-v want=interrupts	the functions that an interrupt can reach
# -v pc=3 or 2: an AVR, and how many bytes its return addresses take; 0: a
# Cortex-M.  Calls by pointers are of three kinds: a timer's event from the
# dispatcher, a command from the main loop, else what a trigger or a checksum
# was given.

function hex(s,  i, v) {
	v = 0
	s = tolower(s)
	sub(/^0x/, "", s)
	for (i = 1; i <= length(s); i++)
		v = v * 16 + index("123456789abcdef", substr(s, i, 1))
	return v
}

function registers(list,  n, i, part, a, ends) {
	n = 0
	gsub(/[{} r]/, "", list)
	gsub(/l$/, "14", list) # lr, without its r
	split(list, part, ",")
	for (i in part) {
		if (split(part[i], ends, "-") == 2)
			n += ends[2] - ends[1] + 1
		else
			n++
	}
	return n
}

function add_call(to) {
	if (to != f && to != "")
		calls[f] = calls[f] " " to
}

/^[0-9a-f]+ <.*>:$/ {
	before = f
	f = $2
	gsub(/[<>:]/, "", f)
	# a label of the dispatcher goes on to the next one
	if (f == "avr_dispatch_begin")
		labels = 1
	if (labels && falls)
		calls[before] = calls[before] " " f
	order[++n_order] = f
	if (f == "avr_dispatch_end")
		labels = 0
	framed = 0
	falls = 1
	next
}

!/\t/ { next }

{
	split($0, part, "\t")
	op = part[3]
	arg = part[4]
	target = ""
	if (match($0, /<[^>+]+>/))
		target = substr($0, RSTART + 1, RLENGTH - 2)
	falls = op !~ /^(ret|reti|rjmp|jmp|ijmp|eijmp|b|b\.n|b\.w|bx|pop)$/
	if (op ~ /div/)
		divides[f] = 1
}

pc > 0 && op == "push" { frame[f]++; next }
pc > 0 && op == "rcall" && arg ~ /^\.\+0/ { frame[f] += pc; next }
pc > 0 && op == "sbiw" && arg ~ /^r28/ && !framed {
	split(arg, v, ", ")
	local = hex(v[2])
	next
}
pc > 0 && op == "subi" && arg ~ /^r28/ && !framed {
	split(arg, v, ", ")
	local = hex(v[2])
	next
}
pc > 0 && op == "sbci" && arg ~ /^r29/ && !framed {
	split(arg, v, ", ")
	local += 256 * hex(v[2])
	next
}
pc > 0 && op == "out" && arg ~ /^0x3d, r28/ {
	if (!framed)
		frame[f] += local
	framed = 1
	local = 0
	next
}
pc > 0 && op ~ /^e?(icall|ijmp)$/ { points[f] = 1; next }
pc > 0 && op ~ /^(r?call|r?jmp|br..)$/ { add_call(target); next }

pc == 0 && (op ~ /^push/ || (op ~ /^stmdb/ && arg ~ /^sp!/)) {
	sub(/^sp!, /, "", arg)
	frame[f] += 4 * registers(arg)
	next
}
pc == 0 && op ~ /^sub/ && arg ~ /^sp, / {
	match(arg, /#[0-9]+/)
	frame[f] += substr(arg, RSTART + 1, RLENGTH - 1)
	next
}
pc == 0 && op == "blx" { points[f] = 1; next }
pc == 0 && op == "bx" && arg != "lr" { points[f] = 1; next }
pc == 0 && op ~ /^(bl?|b[a-z][a-z])(\.[nw])?$/ { add_call(target); next }

function is_event(name) {
	return name ~ /_event(\.|$)/ && name !~ /^stepper_/
}

function may_point(from, to) {
	if (from ~ /dispatch|systick/)
		return is_event(to)
	if (from ~ /^(main|arm_start|command_task|sched_pass)/)
		return to ~ /^command_/ && to != "command_task"
	if (from ~ /deferred/)
		return to ~ /^step_(cubic|inline)/
	return to ~ /^(on_trigger|sum)(\.|$)/
}

function point(name,  i) {
	for (i = 1; i <= n_order; i++)
		if (may_point(name, order[i]))
			calls[name] = calls[name] " " order[i]
}

# Below this function, and which way: deep[], below[].
function depth(name,  n, i, to, d, best, way) {
	if (name in deep)
		return deep[name]
	if (name in busy)
		return 0 # a loop of labels
	busy[name] = 1
	best = 0
	n = split(calls[name], to_of, " ")
	for (i = 1; i <= n; i++)
		to[i] = to_of[i]
	for (i = 1; i <= n; i++) {
		if (to[i] == name)
			continue
		d = depth(to[i]) + pc
		if (d > best) {
			best = d
			way = to[i]
		}
	}
	delete busy[name]
	below[name] = way
	return deep[name] = best + frame[name]
}

function reach(name, from,  n, i, to) {
	if (name in reached)
		return
	reached[name] = from
	n = split(calls[name], to_of, " ")
	for (i = 1; i <= n; i++)
		to[i] = to_of[i]
	for (i = 1; i <= n; i++)
		reach(to[i], name)
}

function way_down(name,  s) {
	for (s = name; below[name] != ""; name = below[name])
		s = s " > " below[name]
	return s
}

function is_timer(name) {
	if (pc)
		return calls[name] ~ / (check|dispatch|generic)( |$)/
	return name == "arm_systick"
}

END {
	for (i = 1; i <= n_order; i++)
		if (order[i] in points)
			point(order[i])
	first = pc ? "main" : "arm_start"
	for (i = 1; i <= n_order; i++) {
		name = order[i]
		if (name !~ /^(__vector_[0-9]+|arm_systick|chip_uart_irq)$/)
			continue
		n_roots++
		reach(from_main ? first : name, "")
		d = depth(name) + (pc ? pc : 36)
		if (is_timer(name)) {
			timers = d
			timer = name
		} else if (d > others) {
			others = d
			other = name
		}
	}
	if (want == "divisions") {
		for (name in reached) {
			if (!(name in divides) && name !~ /^__.*(div|mod)/)
				continue
			bad = 1
			for (s = name; reached[name] != ""; name = reached[name])
				s = reached[name] " > " s
			print s
		}
		n = 0
		for (name in reached)
			n++
		if (n_roots < 2 || n < 30) {
			print "too little to be the interrupts: " n
			bad = 1
		}
		exit bad
	}
	if (want == "interrupts") {
		for (name in reached)
			print name
		exit
	}
	print depth(first) + timers + others
	if (way) {
		print depth(first), way_down(first)
		print timers, way_down(timer)
		print others, way_down(other)
	}
}
