#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# configure, make install, share/deps: what a packager and a newcomer meet.
bats_require_minimum_version 1.5.0

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	O=${O:-$root/build}
	cd "$BATS_TEST_TMPDIR"
}

make_quiet() {
	make -s --no-print-directory -C "$root" O="${O##*/}" "$@"
}

# a compiler that does not find the headers given
compiler_without() {
	{
		echo '#!/bin/sh'
		echo 'for a; do case $a in *.c)'
		echo "	grep -qE '<($1)>' \"\$a\" && exit 1 ;; esac; done"
		echo 'exec cc "$@"'
	} >blind-cc
	chmod +x blind-cc
	cp "$root/configure" .
}

@test "configure names everything that is missing, with its package, at the end" {
	compiler_without 'jansson.h|zlib.h'
	run -1 ./configure CC="$PWD/blind-cc"
	[[ "$output" == *"jansson (Debian: libjansson-dev)"* ]]
	[[ "$output" == *"zlib (Debian: zlib1g-dev)"* ]]
	[[ "$output" != *"libconfig (Debian"* ]]
	[ ! -e config.mk ]
}

@test "configure does without cairo, asked to or not" {
	compiler_without cairo.h
	run -0 ./configure CC="$PWD/blind-cc"
	run -1 grep HAVE_CAIRO config.h
	run -0 ./configure --without-cairo
	run -1 grep HAVE_CAIRO config.h
}

@test "configure keeps what the compiler said in config.log" {
	compiler_without zlib.h
	run -1 ./configure CC="$PWD/blind-cc"
	grep -q '=== zlib' config.log
	grep -q '^zlib: no' config.log
}

@test "configure writes the prefix and the flags that it was given" {
	cp "$root/configure" .
	./configure --prefix=/opt/g --enable-werror CFLAGS='-O1 -g3' >/dev/null
	grep -qx 'PREFIX = /opt/g' config.mk
	grep -qx 'CFLAGS = -O1 -g3' config.mk
	grep -q -- '-Wformat=2 -Werror' config.mk
}

@test "configure refuses an option it does not know with exit 64" {
	cp "$root/configure" .
	run -64 ./configure --with-wings
	[[ "$output" == *"'--with-wings'"* ]]
	[ ! -e config.mk ]
}

@test "make install puts programs, pages and machines below DESTDIR and PREFIX" {
	make_quiet install DESTDIR="$PWD/root" PREFIX=/usr >/dev/null
	for p in $(make_quiet list-programs); do
		root/usr/bin/$p --version
		[ -f root/usr/share/man/man1/$p.1 ]
	done
	for f in "$root"/share/machines/*; do
		[ ! -f "$f" ] || cmp "$f" root/usr/share/gantry/machines/"${f##*/}"
	done
	cmp "$root/share/doc/resonances.md" \
		root/usr/share/gantry/doc/resonances.md
}

@test "make uninstall removes every file that make install put there" {
	make_quiet install DESTDIR="$PWD/root" PREFIX=/usr >/dev/null
	[ -n "$(find root -type f)" ]
	make_quiet uninstall DESTDIR="$PWD/root" PREFIX=/usr >/dev/null
	[ -z "$(find root -type f)" ]
}

@test "share/deps says what it installs before it does" {
	mkdir bin
	printf '#!/bin/sh\nexit 1\n' >bin/dpkg-query
	printf '#!/bin/sh\necho "$@" >>%s/apt\n' "$PWD" >bin/apt-get
	printf '#!/bin/sh\nshift\nexec env "$@"\n' >bin/sudo
	chmod +x bin/*
	run -0 env PATH="$PWD/bin:$PATH" sh "$root/share/deps" -n build check
	[[ "$output" == *"installing Debian packages:"*libconfig-dev*bats* ]]
	[ ! -e apt ]
	[ "$(id -u)" = 0 ] || skip "the rest asks for root"
	run -0 env PATH="$PWD/bin:$PATH" sh "$root/share/deps" check
	grep -q -- '-q update' apt
	grep -q -- 'install -y --no-install-recommends bats mandoc' apt
}

@test "share/deps says why when the packages cannot be installed" {
	[ "$(id -u)" = 0 ] || skip "asks for root"
	mkdir bin
	printf '#!/bin/sh\nexit 1\n' >bin/dpkg-query
	printf '#!/bin/sh\necho "E: no route" >&2; exit 100\n' >bin/apt-get
	chmod +x bin/*
	run -71 env PATH="$PWD/bin:$PATH" sh "$root/share/deps" check
	[[ "$output" == *"E: no route"* ]]
	[[ "$output" == *"'apt-get update' failed"* ]]
}

@test "a test run ends with its count, and a test that ended early is failed" {
	printf '#!/bin/sh\necho ok 1 - a\necho "ok 2 - b # SKIP c"\necho 1..2\n' >good
	printf '#!/bin/sh\necho ok 1 - a\nexit 139\n' >torn
	printf '#!/bin/sh\necho ok 1 - a\necho not ok 2 - b\necho 1..2\nexit 1\n' >bad
	chmod +x good torn bad
	cp "$root/tests/run" .
	run -0 ./run "$PWD/o" "$PWD/good"
	[ "${lines[-1]}" = "1 passed, 0 failed, 1 skipped" ]
	run -1 ./run "$PWD/o" "$PWD/good" "$PWD/torn" "$PWD/bad"
	[ "${lines[-1]}" = "3 passed, 2 failed, 1 skipped" ]
	[[ "$output" == *"torn"*"ended early (exit 139, 1 of ? tests)"* ]]
}

@test "a file in real time runs alone, and once more when it failed" {
	cp "$root/tests/run" .
	{
		printf '#!/usr/bin/env bats\n# real time\n'
		printf '%stest "alone, and good the second time" {\n' @
		printf '[ ! -e busy ]\n[ -e seen ] || { touch seen; false; }\n}\n'
	} >slow.bats
	printf '#!/bin/sh\ntouch busy; sleep 1; rm busy; echo ok 1; echo 1..1\n' >other
	chmod +x other
	# bats inside of bats: without what the outer one has exported
	path=/usr/local/bin:/usr/bin:/bin
	run -0 env -i PATH="$path" ./run "$PWD/o" "$PWD/slow.bats" "$PWD/other"
	[ "${lines[0]}" = "$PWD/slow.bats: failed, once more:" ]
	[ "${lines[-1]}" = "2 passed, 0 failed, 0 skipped" ]
	sed -i 's/-e seen/-e never/' slow.bats
	run -1 env -i PATH="$path" ./run "$PWD/o" "$PWD/slow.bats" "$PWD/other"
	[ "${lines[-1]}" = "1 passed, 1 failed, 0 skipped" ]
}
