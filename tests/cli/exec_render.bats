#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood exec --render: files made of templates. The templates themselves: tests/unit/test_exec_template.c.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	unset "${!BROOD_EXEC_@}"
	export A=1
	umask 022
	echo 'a=${A} b=${B:-two} $host' >tpl
}

# Whether nothing was left behind: what is not finished has a dot in front.
is_clean() {
	[ -z "$(find . -name ".?*")" ]
}

@test "exec: a template becomes a file, with what the steps before have made" {
	run -0 "$BROOD" exec -e B=x --render tpl:out cat out
	[ "$output" = 'a=1 b=x $host' ]
	run -0 "$BROOD" exec --render tpl:out --render out:second cat second
	[ "$output" = 'a=1 b=two $host' ]
	is_clean
	run -0 "$BROOD" exec --render tpl:- true
	[ "$output" = 'a=1 b=two $host' ]
}

@test "exec: a mistake leaves the old file as it is, and names the place" {
	echo old >out
	printf 'fine\n  x=${NO_SUCH}\n' >tpl
	run -125 --separate-stderr "$BROOD" exec --render tpl:out touch started
	[ "$stderr" = "brood: tpl:2:5: NO_SUCH is not set (--render)" ]
	echo '${NO_SUCH:?we need ${A}}' >tpl
	run -125 --separate-stderr "$BROOD" exec --render tpl:out touch started
	[ "$stderr" = "brood: tpl:1:1: NO_SUCH: we need 1 (--render)" ]
	[ "$(cat out)" = old ] && [ ! -e started ] && is_clean
}

@test "exec: --render-vars leaves all other forms alone" {
	echo '${A} ${host} ${x%y} $${A}' >tpl
	run -0 "$BROOD" exec --render-vars A,B --render tpl:out cat out
	[ "$output" = '1 ${host} ${x%y} ${A}' ]
}

@test "exec: mode and owner are those of the old file, or those that are asked for" {
	chmod 640 tpl
	"$BROOD" exec --render tpl:out true
	[ "$(stat -c %a out)" = 640 ]
	chmod 604 out
	"$BROOD" exec --render tpl:out true
	[ "$(stat -c %a out)" = 604 ]
	"$BROOD" exec --render tpl:out:0600 --render tpl:new:4711 true
	[ "$(stat -c %a out)" = 600 ]
	[ "$(stat -c %a new)" = 4711 ]
	chmod 4755 tpl
	"$BROOD" exec --render tpl:third true
	[ "$(stat -c %a third)" = 755 ]
	if [ "$(id -u)" -eq 0 ]; then
		chown 1:2 out
		"$BROOD" exec --render tpl:out true
		[ "$(stat -c %u:%g out)" = 1:2 ]
	fi
}

@test "exec: a link stays one, what is no file is left alone" {
	mkdir real
	echo old >real/file
	ln -s real/file link
	"$BROOD" exec --render tpl:link true
	[ -L link ] && [ "$(cat real/file)" = 'a=1 b=two $host' ]
	run -125 --separate-stderr "$BROOD" exec --render tpl:real true
	[ "$stderr" = "brood: real: Is a directory (--render)" ]
	mkfifo pipe
	run -125 --separate-stderr "$BROOD" exec --render tpl:pipe true
	[ "$stderr" = "brood: pipe: it is there, and no regular file (--render)" ]
	run -125 --separate-stderr "$BROOD" exec --render tpl:no/such true
	[ "$stderr" = "brood: no/such: No such file or directory (--render)" ]
	run -125 --separate-stderr "$BROOD" exec --render nowhere:out true
	[ "$stderr" = "brood: nowhere: No such file or directory (--render)" ]
	is_clean
}

@test "exec: what is no SRC:DST is refused" {
	for bad in x : x: :x x::600; do
		run -125 --separate-stderr "$BROOD" exec --render "$bad" true
		[ "$stderr" = "brood: exec: --render: '$bad' is not SRC:DST or SRC:DST:MODE" ]
	done
	for bad in 8 x 77777 600x ''; do
		run -125 --separate-stderr "$BROOD" exec --render "tpl:out:$bad" true
		[ "$stderr" = "brood: exec: --render: '$bad' is no file mode (accepted: 0644, 600)" ]
	done
}

@test "exec: a disk that is full leaves the old file as it is" {
	echo old >out
	head -c 100000 /dev/zero | tr '\0' x >tpl
	# A signal comes with that limit, which a program may ignore.
	run -125 --separate-stderr bash -c 'trap "" XFSZ; ulimit -f 10; exec "$0" exec --render tpl:out true' "$BROOD"
	[ "$stderr" = "brood: out: File too large (--render)" ]
	[ "$(cat out)" = old ] && is_clean
}

@test "exec: a reader sees the old file or the new one, though brood is killed at any moment" {
	for n in 1 2; do
		head -c 300000 /dev/zero | tr '\0' "$n" >"tpl$n"
	done
	cp tpl1 out
	# Killed after that many microseconds, in which it comes from nothing to all.
	for delay in $(seq 0 100 6000); do
		"$BROOD" exec --render "tpl$((delay / 100 % 2 + 1)):out" true 3>&- &
		brood=$!
		sleep "$(printf '0.%06d' "$delay")"
		kill -KILL "$brood" 2>/dev/null || true
		wait "$brood" 2>/dev/null || true
		cmp -s out tpl1 || cmp -s out tpl2
	done
}

@test "exec: every call that makes the file may be the last one" {
	command -v strace >/dev/null || skip "no strace"
	strace -o /dev/null true 2>/dev/null || skip "no process may be traced here"
	head -c 100000 /dev/zero | tr '\0' 2 >tpl
	for call in openat fchmod write fsync close rename; do
		for n in 1 2 3 4 5; do
			echo old >out
			strace -qq -o /dev/null -e inject="$call:signal=KILL:when=$n" "$BROOD" exec \
				--render tpl:out true 2>/dev/null || true
			[ "$(cat out)" = old ] || cmp -s out tpl
		done
	done
}
