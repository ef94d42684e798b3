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
	# Whoever reads the log does not learn what the program would.
	printf 'hush\n' >pw
	echo '${NO_SUCH:?${A} ${PW:-x} ${PW?y} ${X-${PW}} ${PW:+is set}}' >tpl
	run -125 --separate-stderr "$BROOD" exec --secret PW=pw --render tpl:out touch started
	[ "$stderr" = "brood: tpl:1:1: NO_SUCH: 1 *** *** *** is set (--render)" ]
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

@test "exec: a file can be made for another user" {
	run -125 --separate-stderr "$BROOD" exec --render tpl:out::no-such-user touch started
	[ "$stderr" = "brood: exec: --render: no such user 'no-such-user' in /etc/passwd" ]
	run -125 --separate-stderr "$BROOD" exec --dry-run --render tpl:out::1:no-such-group touch started
	[ "$stderr" = "brood: exec: --render: no such group 'no-such-group' in /etc/group" ]
	[ ! -e out ] && [ ! -e started ]
	# One's own may be named by everybody.
	"$BROOD" exec --render "tpl:out:600:$(id -u):$(id -g)" true
	[ "$(stat -c %u:%g:%a out)" = "$(id -u):$(id -g):600" ]
	if [ "$(id -u)" -ne 0 ]; then
		echo old >out
		run -125 --separate-stderr "$BROOD" exec --render tpl:out::0 touch started
		[ "$stderr" = "brood: out: Operation not permitted (--render)" ]
		[ "$(cat out)" = old ] && [ ! -e started ] && is_clean
		skip "the rest needs root"
	fi
	chown 1:2 out
	"$BROOD" exec --render tpl:out::root true
	[ "$(stat -c %u:%g:%a out)" = 0:0:600 ]
	"$BROOD" exec --render tpl:out:4750:7:8 true
	[ "$(stat -c %u:%g:%a out)" = 7:8:4750 ]
	"$BROOD" exec --render tpl:out:640::9 true
	[ "$(stat -c %u:%g:%a out)" = 7:9:640 ]
	# A number without a name has a group of the same number.
	"$BROOD" exec --render tpl:out::54321 true
	[ "$(stat -c %u:%g out)" = 54321:54321 ]
}

@test "exec: a link that leads to nothing yet stays one, a ring of links is an error" {
	mkdir real
	ln -s "$PWD/real/file" second
	ln -s real/../second first
	"$BROOD" exec --render tpl:first true
	[ -L first ] && [ -L second ] && [ "$(cat real/file)" = 'a=1 b=two $host' ]
	ln -s ring ring
	run -125 --separate-stderr "$BROOD" exec --render tpl:ring true
	[ "$stderr" = "brood: ring: Too many levels of symbolic links (--render)" ]
	ln -s no/such/file none
	run -125 --separate-stderr "$BROOD" exec --render tpl:none true
	[ "$stderr" = "brood: none: No such file or directory (--render)" ]
	[ -L ring ] && [ -L none ] && is_clean
}

@test "exec: what is written to /dev/stdout goes there, whatever that is" {
	"$BROOD" exec --render tpl:/dev/stdout echo after >out
	[ "$(cat out)" = "$(printf 'a=1 b=two $host\nafter')" ]
	[ "$("$BROOD" exec --render tpl:/dev/stdout echo after)" = "$(cat out)" ]
	"$BROOD" exec --render tpl:/dev/stderr sh -c 'echo after >&2' 2>err
	cmp out err
	echo before >log
	"$BROOD" exec --render tpl:log echo after >>log
	[ "$(cat log)" = "$(printf 'before\na=1 b=two $host\nafter')" ]
}

@test "exec: nothing is left behind, whatever the name of the folder" {
	mkdir -p a.XXXXXX/real
	run -125 "$BROOD" exec --render tpl:a.XXXXXX/real true
	[ -z "$(find a.XXXXXX -name '.*')" ]
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
		[ "$stderr" = "brood: exec: --render: '$bad' is not SRC:DST, SRC:DST:MODE or SRC:DST:MODE:OWNER" ]
	done
	for bad in tpl:out:: tpl:out:::; do
		run -125 --separate-stderr "$BROOD" exec --render "$bad" true
		[ "$stderr" = "brood: exec: --render: '$bad': the owner is missing" ]
	done
	run -125 --separate-stderr "$BROOD" exec --render tpl:out:8:0 true
	[ "$stderr" = "brood: exec: --render: '8' is no file mode (accepted: 0644, 600)" ]
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

@test "exec: a file is on the disk before it takes the old one's place, and its name after that" {
	command -v strace >/dev/null || skip "no strace"
	strace -o /dev/null true 2>/dev/null || skip "no process may be traced here"
	echo old >out
	# Looking for leaks is no thing for who is traced.
	export LSAN_OPTIONS=detect_leaks=0
	run -125 --separate-stderr strace -qq -o /dev/null -e inject=fsync:error=EIO:when=1 "$BROOD" exec --render tpl:out \
		touch started
	[ "$stderr" = "brood: out: Input/output error (--render)" ]
	[ "$(cat out)" = old ] && [ ! -e started ] && is_clean
	strace -qq -b execve -o trace -e trace=fsync,rename,renameat,renameat2 "$BROOD" exec --render tpl:out true
	[ "$(sed -n 's/\(fsync\|rename\).*/\1/p' trace | tr '\n' ' ')" = "fsync rename fsync " ]
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
