#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood mailbox read and send: tasks over a FIFO alone.
bats_require_minimum_version 1.5.0
load kill_ours

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	unset CI NO_COLOR CLICOLOR_FORCE
	reader=
}

teardown() {
	kill_ours "$reader"
}

# Starts a reader in the background and waits until it holds the FIFO. Leaves its process id in
# $reader.
reading() {
	# Without job control bash would make it ignore SIGINT.
	set -m
	"$BROOD" mailbox read --fifo box "$@" >out 2>err &
	reader=$!
	set +m
	await holds
}

holds() {
	[ -p box ] && readlink "/proc/$reader/fd/"* 2>/dev/null | grep -qx "$PWD/box"
}

# Tries until it holds, for 20 s at most.
await() {
	for _ in {1..2000}; do
		if "$@"; then
			return 0
		fi
		sleep 0.01
	done
	return 1
}

# Writes lines into the FIFO, all at once: the reader may end in the middle of them.
tell() {
	printf '%s\n' "$@" >told
	cat told >box
}

# Whether the pipe `slow` has no room for one more piece.
fills() {
	[ "$(python3 -c 'import fcntl, os, struct, sys, termios
fd = os.open("slow", os.O_RDONLY | os.O_NONBLOCK)
print(struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, b"    "))[0] > 61440)')" = True ]
}

has_line() {
	grep -qx "$2" "$1"
}

# Waits for the reader's end and compares its exit code.
ends() {
	code=0
	wait "$reader" || code=$?
	reader=
	[ "$code" -eq "$1" ]
}

@test "tasks are printed as they come, until the end word" {
	reading --until EOD
	echo 'task 1' >box
	await has_line out 'task 1'
	echo 'task 2' >box
	await has_line out 'task 2'
	printf 'task 3\ntask 4\nEOD\n' >box
	ends 0
	[ "$(cat out)" = $'task 1\ntask 2\ntask 3\ntask 4' ]
	[ ! -s err ]
	[ ! -e box ]
}

@test "writers come and go, and none of them gets SIGPIPE" {
	reading --until EOD
	for i in {1..300}; do
		echo "task $i" >box
	done
	echo EOD >box
	ends 0
	[ "$(cat out)" = "$(for i in {1..300}; do echo "task $i"; done)" ]
}

@test "a command runs once for each task, with the task on stdin and in place of {}" {
	reading --until EOD -- sh -c 'read -r line; echo "<$1> <$2> <$3> <$line>"' sh {} 'a {} and {}' '{'
	tell one 'two words' '$(touch made) `x` ; | * "' '' EOD
	ends 0
	[ "$(sed -n 1p out)" = '<one> <a one and one> <{> <one>' ]
	[ "$(sed -n 2p out)" = '<two words> <a two words and two words> <{> <two words>' ]
	[ "$(sed -n 3p out)" = '<$(touch made) `x` ; | * "> <a $(touch made) `x` ; | * " and $(touch made) `x` ; | * "> <{> <$(touch made) `x` ; | * ">' ]
	[ "$(sed -n 4p out)" = '<> <a  and > <{> <>' ]
	[ "$(wc -l <out)" -eq 4 ]
	[ ! -e made ]
}

@test "one after the other, in their order" {
	reading --until EOD -- sh -c 'mkdir alone && echo "$1" && rmdir alone' sh {}
	for i in {1..20}; do
		echo "$i"
	done >box
	echo EOD >box
	ends 0
	[ "$(cat out)" = "$(seq 20)" ]
}

@test "-j runs several at once, and never more" {
	mkfifo first second
	reading --until EOD -j 2 -- sh -c '
		mkdir "slot.$$"; n=$(ls -d slot.* | wc -l); [ "$n" -le 2 ] || echo "$n at once"
		case $1 in
		a) echo a >first; read -r _ <second;;
		b) read -r _ <first; echo b >second;;
		esac
		rmdir "slot.$$"; echo "$1"' sh {}
	tell a b c d e f g EOD
	ends 0
	[ "$(sort out)" = "$(printf '%s\n' a b c d e f g)" ]
}

@test "-j: where there are not enough descriptors for so many, the rest waits" {
	mkfifo box
	seq 40 >told
	echo EOD >>told
	exec 5<>box
	cat told >&5
	# shellcheck disable=SC2016
	run -0 --separate-stderr timeout 60 sh -c 'ulimit -n 30
		exec "$BROOD" mailbox read --fifo box --until EOD -j 40 -- sh -c "sleep 0.05; cat"'
	exec 5>&-
	[ -z "$stderr" ]
	[ "$(sort -n <<<"$output")" = "$(seq 40)" ]
}

@test "a command that fails ends the reading with its exit code" {
	reading --until EOD -- sh -c 'echo "$1"; exit "$1"' sh {}
	tell 0 3 0 4 EOD
	ends 3
	[ "$(cat out)" = $'0\n3' ]
	[ "$(sed -n 1p err)" = 'brood: mailbox read: box: task 2: exit code 3 (3)' ]
	[ "$(sed -n 2p err)" = 'brood: mailbox read: box: 3 tasks behind the end are lost' ]
	[ ! -e box ]
}

@test "--keep-going goes on, and answers with the first failure" {
	reading --until EOD --keep-going -- sh -c 'echo "$1"; exit "$1"' sh {}
	tell 0 3 0 4 EOD
	ends 3
	[ "$(cat out)" = $'0\n3\n0\n4' ]
	[ "$(cat err)" = $'brood: mailbox read: box: task 2: exit code 3 (3)\nbrood: mailbox read: box: task 4: exit code 4 (4)' ]
}

@test "a command killed by a signal, and one that is not there" {
	reading --until EOD -- "$HELPERS/act" raise 9
	echo task >box
	ends 137
	[ "$(cat err)" = 'brood: mailbox read: box: task 1: killed by SIGKILL (task)' ]
	reading --until EOD -- no-such-command {}
	echo task >box
	ends 127
	[ "$(cat err)" = 'brood: mailbox read: box: task 1: no-such-command: not found on PATH (task)' ]
	reading --until EOD -k -- ./box
	tell task EOD
	ends 126
}

@test "--count ends after so many, and what is behind them is said to be lost" {
	reading --count 2
	tell a b c d
	ends 0
	[ "$(cat out)" = $'a\nb' ]
	[ "$(cat err)" = 'brood: mailbox read: box: 2 tasks behind the end are lost' ]
	run -0 "$BROOD" mailbox read --help
}

@test "--timeout gives 124 when no task has come for that long" {
	run -124 --separate-stderr "$BROOD" mailbox read --fifo box -t 50ms
	[ "$stderr" = "brood: mailbox read: box: no task came for 50ms" ]
	[ ! -e box ]
	# While a command runs, nobody is waited for.
	mkfifo box
	exec 5<>box
	echo task >&5
	run -124 --separate-stderr "$BROOD" mailbox read --fifo box -t 500ms -- sh -c 'sleep 0.7; echo "$1"' sh {}
	exec 5>&-
	[ "$output" = task ]
}

@test "a FIFO that was there stays, and so do its permissions" {
	mkfifo -m 0640 box
	reading --until EOD
	echo EOD >box
	ends 0
	[ -p box ]
	[ "$(stat -c %a box)" = 640 ]
}

@test "one that is made has the permissions of --mode, whatever the umask" {
	umask 077
	reading --create --until EOD --mode 0622
	[ "$(stat -c %a box)" = 622 ]
	echo EOD >box
	ends 0
	reading --until EOD
	[ "$(stat -c %a box)" = 600 ]
	echo EOD >box
	ends 0
	[ ! -e box ]
}

@test "--no-create wants it to be there" {
	run -125 --separate-stderr "$BROOD" mailbox read --no-create --fifo box
	[ "$stderr" = "brood: mailbox read: box: No such file or directory" ]
	[ ! -e box ]
	mkfifo box
	reading --no-create --until EOD
	echo EOD >box
	ends 0
	[ -p box ]
}

@test "what is no FIFO is refused and left alone" {
	echo precious >file
	mkdir folder
	mkfifo fifo
	ln -s fifo link
	ln -s nowhere dangling
	for name in file folder link dangling /dev/null; do
		run -125 --separate-stderr timeout 20 "$BROOD" mailbox read --fifo "$name"
		[ "$stderr" = "brood: mailbox read: $name: what is there is no FIFO" ]
		run -125 --separate-stderr timeout 20 "$BROOD" mailbox send --fifo "$name" message
		[ "$stderr" = "brood: mailbox send: $name: what is there is no FIFO" ]
	done
	[ "$(cat file)" = precious ]
	[ ! -e nowhere ]
	run -125 --separate-stderr "$BROOD" mailbox read --fifo folder/no/box
	[ "$stderr" = "brood: mailbox read: folder/no/box: No such file or directory" ]
	run -125 --separate-stderr "$BROOD" mailbox send --fifo box message
	[ "$stderr" = "brood: mailbox send: box: No such file or directory" ]
}

@test "one that another has made in its place is not removed" {
	reading --until EOD
	mv box mine
	mkfifo box
	echo EOD >mine
	ends 0
	[ -p box ]
}

@test "a second reader of the same FIFO is refused" {
	reading --until EOD
	run -125 --separate-stderr "$BROOD" mailbox read --fifo box --until EOD
	[ "$stderr" = "brood: mailbox read: box: another brood mailbox reads it already" ]
	XDG_STATE_HOME=$PWD run -125 --separate-stderr "$BROOD" mailbox serve --fifo box
	[ "$stderr" = "brood: mailbox serve: box: another brood mailbox reads it already" ]
	[ -p box ]
	echo EOD >box
	ends 0
}

@test "TERM, INT and HUP end it, and the FIFO goes" {
	for signal in TERM INT HUP; do
		reading
		kill -"$signal" "$reader"
		ends $((128 + $(kill -l "$signal")))
		[ ! -e box ]
	done
}

@test "a signal stops the command that runs, and what it has started" {
	reading -- sh -c 'trap "" HUP; sleep 1000 & echo $! >child; echo $$ >pid.new; mv pid.new pid; wait' sh
	echo task >box
	await test -s pid
	kill -TERM "$reader"
	ends 143
	[ ! -e box ]
	run ! kill -0 "$(cat pid)"
	run ! kill -0 "$(cat child)"
}

@test "a writer that never ends does not keep a signal from ending it" {
	reading
	yes >box &
	writer=$!
	await test -s out
	kill -TERM "$reader"
	ends 143
	kill "$writer" 2>/dev/null || true
	[ ! -e box ]
	# How many that were depends on who was faster; they are not counted for ever.
	[[ "$(cat err)" =~ ^("brood: mailbox read: box: "("at least ")?[0-9]+" task"s?" behind the end "(is|are)" lost")?$ ]]
	reading --count 1
	yes >box &
	writer=$!
	ends 0
	kill "$writer" 2>/dev/null || true
	[ "$(cat out)" = y ]
}

@test "tasks that were taken and could not be written are said to be lost" {
	mkfifo slow
	set -m
	"$BROOD" mailbox read --fifo box >slow 2>err &
	reader=$!
	set +m
	exec 5<slow
	await holds
	# The first one fills standard output.
	head -c 60000 /dev/zero | tr '\0' 'x' >told
	{ cat told; echo; cat told; echo; echo last; } >box
	await fills
	kill -TERM "$reader"
	ends 143
	exec 5<&-
	[[ "$(cat err)" =~ ^"brood: mailbox read: box: "[12]" task"s?" behind the end "(is|are)" lost"$ ]]
}

@test "a second signal kills a command that does not stop" {
	reading -- sh -c 'trap "" TERM; echo >ready; exec "$0" pause' "$HELPERS/act"
	echo task >box
	await test -e ready
	# Two that come at the same time are one to the kernel.
	for _ in {1..20}; do
		kill -TERM "$reader" 2>/dev/null || break
		sleep 0.01
	done
	ends 143
	[ ! -e box ]
}

@test "a reader that is gone ends it without a word, and the FIFO goes" {
	set -m
	{
		"$BROOD" mailbox read --fifo box 2>err || echo $? >code
	} | head -n 1 >out &
	set +m
	await test -p box
	# What comes before head has gone is still written well.
	until [ -s code ]; do
		"$BROOD" mailbox send --fifo box -t 100ms task 2>/dev/null || true
	done
	[ "$(cat code)" = 141 ]
	[ ! -s err ]
	[ ! -e box ]
}

@test "standard output that is full is waited for, and a signal still ends it" {
	mkfifo slow
	set -m
	"$BROOD" mailbox read --fifo box >slow 2>err &
	reader=$!
	set +m
	exec 5<slow
	await holds
	head -c 300000 /dev/zero | tr '\0' 'x' | fold -w 99 >box &
	read -r -t 20 line <&5
	kill -TERM "$reader"
	ends 143
	exec 5<&-
	[ ! -e box ]
}

@test "send writes each word as a message, or each line of standard input" {
	reading --until EOD
	"$BROOD" mailbox send --fifo box one 'two words' -- ''
	printf 'three\nfour' | "$BROOD" mailbox send --fifo box --end EOD
	ends 0
	[ "$(cat out)" = $'one\ntwo words\n--\n\nthree\nfour' ]
}

@test "send passes a line on as soon as it comes" {
	mkfifo lines
	reading --until EOD
	"$BROOD" mailbox send --fifo box <lines &
	sender=$!
	exec 5>lines
	echo first >&5
	await has_line out first
	exec 5>&-
	wait "$sender"
	"$BROOD" mailbox send --fifo box EOD
	ends 0
}

@test "send waits for a reader, but no longer than it was told" {
	mkfifo box
	run -124 --separate-stderr "$BROOD" mailbox send --fifo box -t 50ms message
	[ "$stderr" = "brood: mailbox send: box: no reader came" ]
	run -124 --separate-stderr "$BROOD" mailbox send --fifo box -t 0 message
	"$BROOD" mailbox send --fifo box message &
	sender=$!
	read -r line <box
	[ "$line" = message ]
	wait "$sender"
}

@test "send: standard input that is closed is an error" {
	mkfifo box
	exec 5<>box
	# shellcheck disable=SC2016
	run -125 --separate-stderr sh -c '"$BROOD" mailbox send --fifo box <&-'
	[ "$stderr" = "brood: mailbox send: standard input is closed" ]
	exec 5>&-
}

@test "send gives up when nobody reads, and says what was sent" {
	mkfifo box
	exec 5<>box
	run -124 --separate-stderr "$BROOD" mailbox send --fifo box -t 50ms < <(yes 'message' | head -n 100000)
	[[ "$stderr" =~ ^brood:\ mailbox\ send:\ box:\ message\ [0-9]+:\ nobody\ has\ read\ for\ that\ long$ ]]
	n=${stderr//[!0-9]/}
	# All that it says were sent lie there, whole, and nothing else.
	[ "$(timeout 20 head -n $((n - 1)) <&5 | uniq -c | tr -s ' ')" = " $((n - 1)) message" ]
	exec 5>&-
}

@test "send says when nobody reads any more" {
	mkfifo box
	mkfifo lines
	"$BROOD" mailbox send --fifo box <lines 2>err &
	sender=$!
	exec 5>lines
	exec 6<box
	echo one >&5
	read -r line <&6
	[ "$line" = one ]
	exec 6<&-
	echo two >&5
	code=0
	wait "$sender" || code=$?
	exec 5>&-
	[ "$code" -eq 125 ]
	[ "$(cat err)" = "brood: mailbox send: box: message 2: nobody reads any more" ]
}

@test "a message with a newline is refused, and one over 1 MiB" {
	mkfifo box
	# At once, and before anything is sent.
	run -125 --separate-stderr timeout 20 "$BROOD" mailbox send --fifo box fine $'a\nb'
	[ "$stderr" = "brood: mailbox send: box: message 2: it holds a newline, which ends a message" ]
	run -125 --separate-stderr timeout 20 "$BROOD" mailbox send --fifo box --end $'a\nb' fine
	[ "$stderr" = "brood: mailbox send: --end: it holds a newline, which ends a message" ]
	exec 5<>box
	run -125 --separate-stderr "$BROOD" mailbox send --fifo box $'a\nb'
	[ "$stderr" = "brood: mailbox send: box: message 1: it holds a newline, which ends a message" ]
	run -125 --separate-stderr "$BROOD" mailbox send --fifo box < <(head -c 1100000 /dev/zero | tr '\0' x)
	[ "$stderr" = "brood: mailbox send: box: message 1: it is longer than 1 MiB" ]
	exec 5>&-
}

@test "a task that is too long is passed over and said, the next one is done" {
	reading --until EOD
	{
		head -c 1100000 /dev/zero | tr '\0' x
		echo
		echo next
		echo EOD
	} >box
	ends 125
	[ "$(sed -n 1p err)" = "brood: mailbox read: box: a task longer than 1 MiB was passed over" ]
	[ ! -e box ]
}

@test "eight senders at once: every message whole, long ones too" {
	reading --until EOD
	for i in 1 2 3 4 5 6 7 8; do
		# Of 6, 60, 600, ... bytes.
		for length in 6 60 600 6000 60000 6 600 60000 6000; do
			printf "$i%.0s" $(seq "$length")
			echo
		done | "$BROOD" mailbox send --fifo box &
		pids[i]=$!
	done
	for i in 1 2 3 4 5 6 7 8; do
		wait "${pids[i]}"
	done
	"$BROOD" mailbox send --fifo box EOD
	ends 0
	[ "$(wc -l <out)" -eq 72 ]
	# Each line is one digit again and again, in one of the lengths.
	[ "$(awk '{ d = substr($0, 1, 1); l = length($0); gsub(d, ""); print d, l, length($0) }' out | sort | uniq -c | awk '{ $1 = $1 } 1')" = \
		"$(for i in 1 2 3 4 5 6 7 8; do
			for length in 6 60 600 6000 60000; do
				n=2
				[ "$length" -ne 60 ] || n=1
				echo "$n $i $length 0"
			done
		done | sort -k2,2n -k3,3)" ]
}

@test "a shell can be the reader" {
	mkfifo box
	"$BROOD" mailbox send --fifo box one two EOD &
	got=
	while read -r line && [ "$line" != EOD ]; do
		got="$got<$line>"
	done <box
	wait $!
	[ "$got" = '<one><two>' ]
}

@test "-v says which task is begun and how it ended" {
	reading -v --until EOD -- true
	printf 'a\033[31mb\nEOD\n' >box
	ends 0
	[ "$(cat err)" = $'brood: mailbox read: box: task 1: begun (a\\x1b[31mb)\nbrood: mailbox read: box: task 1: done (a\\x1b[31mb)' ]
}

@test "QUIT says how things are" {
	reading --until EOD
	echo task >box
	await has_line out task
	kill -QUIT "$reader"
	await has_line err 'brood: mailbox read: box: 1 task taken, 0 running'
	echo EOD >box
	ends 0
}

@test "options are told what they need" {
	run -125 --separate-stderr "$BROOD" mailbox read
	[ "$stderr" = "brood: mailbox read: --fifo PATH is missing (brood mailbox take reads a mailbox)" ]
	run -125 --separate-stderr "$BROOD" mailbox send message
	[ "$stderr" = "brood: mailbox send: --fifo PATH is missing (brood mailbox put is for a mailbox)" ]
	run -125 --separate-stderr "$BROOD" mailbox read --fifo ''
	[ "$stderr" = "brood: mailbox read: --fifo: the name of the FIFO is empty" ]
	run -125 --separate-stderr "$BROOD" mailbox send --fifo '' message
	[ "$stderr" = "brood: mailbox send: --fifo: the name of the FIFO is empty" ]
	run -125 --separate-stderr "$BROOD" mailbox read --fifo box --mode 1777
	[ "$stderr" = "brood: mailbox read: --mode: '1777' is not a mode from 0 to 0777" ]
	run -125 --separate-stderr "$BROOD" mailbox read --fifo box --mode rw
	run -125 --separate-stderr "$BROOD" mailbox read --fifo box --count 0
	[ "$stderr" = "brood: mailbox read: --count: '0' is not a whole number from 1 to 9223372036854775807" ]
	run -125 --separate-stderr "$BROOD" mailbox read --fifo box --timeout soon
	run -125 --separate-stderr "$BROOD" mailbox read --fifo box -j 2
	[ "$stderr" = "brood: mailbox read: -j is for a command" ]
	run -125 --separate-stderr "$BROOD" mailbox read --fifo box -k
	[ "$stderr" = "brood: mailbox read: -k is for a command" ]
	run -125 --separate-stderr "$BROOD" mailbox read --fifo box --create --no-create
	[ ! -e box ]
}
