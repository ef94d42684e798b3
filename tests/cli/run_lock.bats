#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood run: --lock and --wait.
bats_require_minimum_version 1.5.0
load kill_ours

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	unset CI NO_COLOR CLICOLOR_FORCE
	holder=
	waiter=
}

teardown() {
	kill_ours "$holder" "$waiter"
}

# Holds the lock in the background until something is written to the FIFO "go". Leaves the process
# id of brood in $holder.
hold() {
	mkfifo ready go
	"$BROOD" run --lock lock -- sh -c 'echo >ready; read -r word <go; exit 0' &
	holder=$!
	read -r -t 20 _ <ready
}

let_go() {
	echo >go
	wait "$holder"
	holder=
}

# Waits for the lock in the background; returns when it does. Leaves its process id in $waiter.
await() {
	mkfifo words
	# Without job control bash would make it ignore SIGINT.
	set -m
	"$BROOD" run -v --lock lock "$@" >out 2>words &
	waiter=$!
	set +m
	exec 4<words
	read -r -t 20 line <&4
	[[ "$line" = *": waiting: held by pid $holder (sh) since "* ]]
}

@test "the lock is taken and given back" {
	run -0 --separate-stderr "$BROOD" run --lock lock -- sh -c 'cat lock; umask'
	[ -z "$stderr" ]
	[[ "${lines[0]}" =~ ^[0-9]+\ sh\ [0-9]+$ ]]
	[ ! -s lock ]
	run -3 "$BROOD" run --lock lock -- sh -c 'exit 3'
	run -127 "$BROOD" run --lock lock no-such-command
	run -0 "$BROOD" run --lock=lock --wait 0 true
}

@test "the file is made with the modes that the umask leaves" {
	umask 027
	run -0 "$BROOD" run --lock lock true
	[ "$(stat -c %a lock)" = 640 ]
}

@test "--wait 0 fails at once and names the holder" {
	hold
	run -125 --separate-stderr "$BROOD" run --lock lock --wait 0 -- touch made
	[[ "$stderr" =~ ^brood:\ touch:\ lock:\ held\ by\ pid\ $holder\ \(sh\)\ since\ [0-9][0-9]:[0-9][0-9]$ ]]
	[ ! -e made ]
	let_go
	run -0 "$BROOD" run --lock lock --wait 0 -- touch made
	[ -e made ]
}

@test "a run that is refused empties no file of the one that goes on" {
	echo precious >log
	echo precious >record
	hold
	run -125 "$BROOD" run --lock lock --wait 0 -o log --status record -- echo new
	run -124 "$BROOD" run --lock lock --wait 10ms -o log --status record -- echo new
	[ "$(cat log record)" = $'precious\nprecious' ]
	let_go
}

@test "a time that passes gives 124" {
	hold
	run -124 --separate-stderr "$BROOD" run --lock lock --wait 50ms -- touch made
	[[ "$stderr" =~ ^brood:\ touch:\ lock:\ not\ free\ within\ 50ms:\ held\ by\ pid\ $holder ]]
	[ ! -e made ]
	let_go
}

@test "who waits comes next" {
	hold
	await -- echo mine
	[ ! -s out ]
	let_go
	code=0
	wait "$waiter" || code=$?
	waiter=
	[ "$code" -eq 0 ]
	[ "$(cat out)" = mine ]
}

@test "who waits with a limit comes next, and the limit is not that of the command" {
	hold
	await --wait 100s -- echo mine
	let_go
	wait "$waiter"
	waiter=
	[ "$(cat out)" = mine ]
}

@test "waiting does not use the processor" {
	hold
	await --wait 100s -- true
	# What it has said was said on its way there.
	for _ in {1..2000}; do
		read -r -a before <"/proc/$waiter/stat"
		[ "${before[2]}" != S ] || break
		sleep 0.01
	done
	# It sleeps in flock(2), not in a loop.
	for _ in {1..200}; do
		read -r -a now <"/proc/$waiter/stat"
		[ "${now[2]}" = S ]
	done
	[ "$((now[13] + now[14] - before[13] - before[14]))" -le 1 ]
	let_go
	wait "$waiter"
	waiter=
}

@test "TERM, INT and HUP end the waiting" {
	hold
	for signal in TERM INT HUP; do
		rm -f words
		await -- touch made
		kill -"$signal" "$waiter"
		code=0
		wait "$waiter" || code=$?
		waiter=
		[ "$code" -eq $((128 + $(kill -l "$signal"))) ]
	done
	[ ! -e made ]
	let_go
}

@test "a signal that was ignored does not end the waiting" {
	hold
	trap '' HUP
	await -- echo mine
	trap - HUP
	kill -HUP "$waiter"
	let_go
	wait "$waiter"
	waiter=
	[ "$(cat out)" = mine ]
}

@test "one at a time, however many come" {
	for i in 1 2 3 4 5 6 7 8; do
		"$BROOD" run --lock lock -- sh -c 'mkdir alone && rmdir alone' &
		pids[i]=$!
	done
	for i in 1 2 3 4 5 6 7 8; do
		wait "${pids[i]}"
	done
}

@test "the lock lasts over all attempts" {
	run -1 "$BROOD" run --lock lock --retry 2 --backoff off -q -- \
		sh -c '"$BROOD" run --lock lock --wait 0 true 2>>refused; exit 1'
	[ "$(grep -c 'held by' refused)" -eq 3 ]
}

@test "a lock file that is left behind is free, whatever stands in it" {
	echo "$$ editor 1700000000" >lock
	run -0 --separate-stderr "$BROOD" run --lock lock --wait 0 true
	[ -z "$stderr" ]
}

@test "what stands in the file is not believed" {
	hold
	for text in "$$ editor 1700000000" '1 init 1700000000' 'rubbish' '' $'7 a\n8 b 9'; do
		printf '%s\n' "$text" >lock
		run -125 --separate-stderr "$BROOD" run --lock lock --wait 0 true
		[ "$stderr" = "brood: true: lock: held by pid $holder (brood)" ]
	done
	printf '%s \033[31m\a 1700000000\n' "$holder" >lock
	run -125 --separate-stderr "$BROOD" run --lock lock --wait 0 true
	[[ "$stderr" = *'(\x1b[31m\x07) since 2023-11-1'* ]]
	let_go
}

@test "a lock held by another program is respected" {
	exec 9>lock
	flock 9
	# Who has taken it has gone: that a process is named would be a lie.
	run -125 --separate-stderr "$BROOD" run --lock lock --wait 0 true
	[ "$stderr" = "brood: true: lock: held by another process" ]
	exec 9>&-
	run -1 "$BROOD" run --lock lock --wait 0 flock -n lock true
}

@test "a command that would wait for its own ancestor is told so" {
	run -125 --separate-stderr timeout 20 "$BROOD" run --lock lock -- "$BROOD" run --lock lock true
	[[ "$stderr" =~ ^brood:\ true:\ lock:\ would\ wait\ for\ itself:\ held\ by\ pid\ [0-9]+\ \(brood\) ]]
}

@test "what is no regular file is refused, and never blocks" {
	mkdir directory
	mkfifo fifo
	ln -s target link
	run -125 --separate-stderr timeout 20 "$BROOD" run --lock directory true
	[ "$stderr" = "brood: run: --lock: directory: it is a directory (a lock is a regular file)" ]
	run -125 --separate-stderr timeout 20 "$BROOD" run --lock fifo true
	[ "$stderr" = "brood: run: --lock: fifo: it is a FIFO (a lock is a regular file)" ]
	run -125 --separate-stderr timeout 20 "$BROOD" run --lock link true
	[ "$stderr" = "brood: run: --lock: link: it is a symbolic link (a lock is a regular file)" ]
	[ ! -e target ]
	run -125 --separate-stderr timeout 20 "$BROOD" run --lock /dev/null true
	[ "$stderr" = "brood: run: --lock: /dev/null: it is not a regular file" ]
	run -125 --separate-stderr timeout 20 "$BROOD" run --lock nowhere/lock true
	[ "$stderr" = "brood: run: --lock: nowhere/lock: No such file or directory" ]
}

@test "a file that may only be read can be locked" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	chmod 755 "$BATS_TEST_TMPDIR" "$(dirname "$BATS_TEST_TMPDIR")" "$(dirname "$(dirname "$BATS_TEST_TMPDIR")")"
	: >lock
	chmod 644 lock
	cp "$BROOD" ./brood
	run -0 --separate-stderr setpriv --reuid 65534 --clear-groups ./brood run --lock lock echo mine
	[ "$output" = mine ]
	hold
	run -125 --separate-stderr setpriv --reuid 65534 --clear-groups ./brood run --lock lock --wait 0 true
	[[ "$stderr" = *": lock: held by pid $holder (sh) since "* ]]
	let_go
}

@test "a lock file that was replaced while it was waited for is locked anew" {
	hold
	await -- sh -c 'flock -n lock true || echo locked'
	rm lock
	let_go
	wait "$waiter"
	waiter=
	[ "$(cat out)" = locked ]
}

@test "the command does not get the descriptor of the lock" {
	run -0 "$BROOD" run --lock lock -- sh -c 'readlink /proc/$$/fd/*; echo end'
	[[ "$output" = *end ]]
	[[ "$output" != *"$PWD/lock"* ]]
}

@test "--wait is told what it needs" {
	run -125 --separate-stderr "$BROOD" run --wait 1s true
	[ "$stderr" = "brood: run: --wait needs --lock FILE" ]
	run -125 --separate-stderr "$BROOD" run --lock '' true
	[ "$stderr" = "brood: run: --lock: the name of the file is empty" ]
	run -125 --separate-stderr "$BROOD" run --lock lock --wait soon true
	[ "$stderr" = "brood: run: --wait: 'soon' is not a duration (accepted: 500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds), off)" ]
	[ ! -e lock ]
	run -0 "$BROOD" run --lock lock --wait off true
}

@test "a record never goes into a file of ours that took the number of a closed descriptor" {
	run -125 --separate-stderr "$BROOD" run --lock lock --status-fd 3 touch ran 3<&-
	[ "$stderr" = "brood: run: --status-fd: 3 is not an open descriptor" ]
	[ ! -s lock ]
	[ ! -e ran ]
}
