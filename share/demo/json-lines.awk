# SPDX-License-Identifier: GPL-3.0-or-later
# Lays JSON out flat: one line a value, its path, a blank, the value.
#
#   {"a": {"b": [1, "x y"]}}   ->   a.b.0 1
#                                   a.b.1 x y
#
# Several documents may follow each other; escapes in strings stay as they are.

{ text = text $0 "\n" }

function blank()
{
	while (substr(text, at, 1) ~ /[ \t\r\n]/ && at <= length(text))
		at++
}

function bad()
{
	print "json-lines: no JSON at character " at >"/dev/stderr"
	failed = 1
	exit 65
}

# the string at the point, without its quotes
function string(    from)
{
	from = ++at
	while (at <= length(text) && substr(text, at, 1) != "\"")
		at += substr(text, at, 1) == "\\" ? 2 : 1
	if (at > length(text))
		bad()
	return substr(text, from, at++ - from)
}

function join(path, name)
{
	return path == "" ? name : path "." name
}

function members(path, end,    n, name)
{
	at++
	for (blank(); substr(text, at, 1) != end; blank()) {
		if (n++ > 0) {
			if (substr(text, at++, 1) != ",")
				bad()
			blank()
		}
		name = n - 1
		if (end == "}") {
			name = string()
			blank()
			if (substr(text, at++, 1) != ":")
				bad()
		}
		value(join(path, name))
	}
	at++
}

function value(path,    c)
{
	blank()
	c = substr(text, at, 1)
	if (c == "{")
		members(path, "}")
	else if (c == "[")
		members(path, "]")
	else if (c == "\"")
		print path, string()
	else if (match(substr(text, at, 40), /^[-+.0-9a-zA-Z]+/)) {
		print path, substr(text, at, RLENGTH)
		at += RLENGTH
	} else
		bad()
}

END {
	if (failed)
		exit 65
	at = 1
	for (blank(); at <= length(text); blank())
		value("")
}
