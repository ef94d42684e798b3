#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood mailbox run, log and serve: workers, their signals and their deaths.
bats_require_minimum_version 1.5.0
load kill_ours

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	export XDG_STATE_HOME=$PWD/state
	unset CI NO_COLOR CLICOLOR_FORCE BROOD_BOX
	background=
}

teardown() {
	for pid in $background; do kill_ours "$pid"; done
}

mailbox() {
	"$BROOD" mailbox "$@"
}

put() {
	mailbox put "$@" >/dev/null
}

# A worker in the background, with what it says in the file `words`. Leaves its process id in
# $worker. Without job control bash would make it ignore SIGINT.
start() {
	set -m
	"$BROOD" mailbox run "$@" 2>words &
	worker=$!
	set +m
	background="$background $worker"
}

# Waits for the worker's end; its exit code is in $code.
finish() {
	code=0
	wait "$worker" || code=$?
}

# Waits until that file is there.
appears() {
	for _ in {1..3000}; do
		[ ! -e "$1" ] || return 0
		sleep 0.01
	done
	return 1
}

# Waits until the worker has said that.
says() {
	for _ in {1..3000}; do
		! grep -qF -- "$1" words || return 0
		sleep 0.01
	done
	cat words
	return 1
}

state() {
	mailbox ls --json "$1" | sed 's/.*"state":"\([a-z]*\)".*/\1/'
}

outputs() {
	find state/brood/mailbox/default/out -type f -printf '%f\n' | sort -n
}

tried() {
	mailbox ls --json "$1" | sed 's/.*"tried":\([0-9]*\).*/\1/'
}

@test "run: runs the commands with their directory and their environment" {
	mkdir there
	pushd there
	put -e MINE='a b' -- sh -c 'pwd; echo "$MINE $BROOD_MSG_ID $BROOD_ATTEMPT $BROOD_BOX"; echo error >&2'
	put --clear-env -e MINE=x -e PATH -- env
	put -C sub -- pwd
	mkdir sub
	popd
	MINE=worker run -0 --separate-stderr mailbox run --once
	[ -z "$output$stderr" ]
	run -0 mailbox log 1
	[ "$output" = "$PWD/there
a b 1 1 $XDG_STATE_HOME/brood/mailbox/default
error" ]
	run -0 mailbox log 2
	[ "$(sort <<<"$output" | cut -d= -f1 | paste -sd' ')" = "BROOD_ATTEMPT BROOD_BOX BROOD_MSG_ID MINE PATH" ]
	run -0 mailbox log 3
	[ "$output" = "$PWD/there/sub" ]
}

@test "run: data goes to the worker's own command; one without such gives it back and ends" {
	put -m hello
	run -0 --separate-stderr mailbox run --once -- sh -c 'echo "$1:"; cat' sh '{}'
	run -0 mailbox log 1
	[ "$output" = "hello:
hello" ]
	put -m again
	put -- touch made
	run -125 --separate-stderr mailbox run --once
	[ "$stderr" = "brood: default: message 2: it is data, and there is no command for data (brood mailbox run ... -- COMMAND); it stays there" ]
	[ "$(state 2)" = ready ]
	[ "$(tried 2)" = 0 ]
	[ ! -e made ]
	run -0 mailbox run --once -- true
	[ -e made ]
}

@test "run: --once does what is ready, --until-empty waits for what is not" {
	put --delay 1h -- true
	put --retry 1 -- false
	put -- touch made
	run -0 --separate-stderr timeout 30 "$BROOD" mailbox run --once --backoff 1h
	[ -e made ]
	[ "$(state 1)" = delayed ]
	[ "$(state 2)" = delayed ]
	run -124 timeout 0.3 "$BROOD" mailbox run --until-empty
	mailbox rm 1
	mailbox rm 2
	run -0 timeout 30 "$BROOD" mailbox run --until-empty
	put --delay 300ms -- touch late
	run -0 timeout 30 "$BROOD" mailbox run --until-empty
	[ -e late ]
	mailbox pause
	put -- true
	run -0 --separate-stderr timeout 30 "$BROOD" mailbox run --once
	[ "$stderr" = "brood: default: it is paused (brood mailbox resume ends that)" ]
}

@test "run: standard input of a command is empty" {
	put -- cat
	echo input | mailbox run --once
	[ "$(state 1)" = "done" ]
	run -1 --separate-stderr mailbox log 1
	[ "$stderr" = "brood: default: message 1: nothing has been written" ]
}

@test "run: a failed message is tried again after the back-off, and is dead in the end" {
	put --retry 2 -- sh -c 'echo "try $BROOD_ATTEMPT"; echo no route; exit 69'
	run -1 --separate-stderr mailbox run --until-empty --backoff 10ms
	[ "${stderr_lines[0]}" = "brood: default: message 1: exit code 69: no route; try 1 of 3 (sh -c 'echo \"try \$BROOD_ATTEMPT\"; echo no route; exit 69')" ]
	[ "${#stderr_lines[@]}" -eq 3 ]
	[[ "${stderr_lines[2]}" = *"try 3 of 3, it is dead now ("* ]]
	run -0 mailbox log 1
	[ "$output" = "try 1
no route
try 2
no route
try 3
no route" ]
	run -0 mailbox ls
	[[ "${lines[1]}" = "1     dead     3/3 "*"  exit code 69: no route" ]]
	mailbox retry 1
	run -1 mailbox run --until-empty --backoff 10ms
	[ "$(mailbox log 1 | head -n 1)" = "try 1" ]
	[ "$(mailbox log 1 | wc -l)" -eq 6 ]
}

@test "run: exit code 75 is later and does not count" {
	put -- sh -c '[ -e flag ] || { touch flag; exit 75; }'
	run -0 --separate-stderr mailbox run --until-empty --backoff 10ms -v
	[[ "$stderr" = *"message 1: later: exit code 75"*"message 1: done" ]]
	[ "$(tried 1)" = 1 ]
}

@test "run -t: the limit of the message, else that of the worker" {
	put -t 100ms -- sleep 30
	put -- sleep 30
	run -1 --separate-stderr mailbox run --once -t 200ms
	[ "${stderr_lines[0]}" = "brood: default: message 1: the time limit was reached; try 1 of 1, it is dead now (sleep 30)" ]
	[[ "${stderr_lines[1]}" = "brood: default: message 2: the time limit was reached"* ]]
	put -t 100ms -k 100ms -- "$HELPERS/act" ignore 15 pause
	run -1 mailbox run --once
	[ "$(state 3)" = dead ]
}

@test "run -j: that many at once, and no more" {
	mkfifo one two
	# Each needs the other.
	put -- sh -c 'echo >one; read -r _ <two'
	put -- sh -c 'read -r _ <one; echo >two'
	run -0 timeout 30 "$BROOD" mailbox run --once -j 2
	for _ in {1..12}; do
		put -- sh -c 'mkdir "slot.$$"; ls -d slot.* | wc -l >>count; rmdir "slot.$$"'
	done
	run -0 mailbox run --once -j 3
	[ "$(wc -l <count)" -eq 12 ]
	[ "$(sort -n count | tail -n 1)" -le 3 ]
}

@test "run -j: where there are not enough descriptors for so many, the rest waits" {
	for _ in {1..40}; do
		put --sync off -- sh -c 'sleep 0.05; echo "$BROOD_MSG_ID" >>ended'
	done
	# shellcheck disable=SC2016
	run -0 --separate-stderr timeout 60 sh -c 'ulimit -n 40; exec "$BROOD" mailbox run --once -j 40'
	[ -z "$stderr" ]
	[ "$(sort -n ended | paste -sd' ')" = "$(seq -s' ' 1 40)" ]
}

@test "run: priority and order hold" {
	for name in a b c; do
		put -- sh -c "echo $name >>order"
	done
	put --prio 1 -- sh -c 'echo first >>order'
	put --after 1 --prio 9 -- sh -c 'echo behind-a >>order'
	run -0 mailbox run --once
	[ "$(paste -sd' ' order)" = "first a behind-a b c" ]
}

@test "run: waits for what is put in, and --idle-exit ends it" {
	start --idle-exit 1s
	put -- touch made
	appears made
	finish
	[ "$code" -eq 0 ]
	[ ! -s words ]
}

@test "run: ends when the mailbox is drained" {
	start
	put -- touch made
	mailbox drain --wait
	finish
	[ "$code" -eq 0 ]
	[ -e made ]
}

@test "run: pause lets what runs finish and takes no more" {
	mkfifo go
	put -- sh -c 'touch one; read -r _ <go'
	put -- touch two
	start
	appears one
	mailbox pause
	echo >go
	mailbox wait 1
	run -124 mailbox wait -t 200ms 2
	[ ! -e two ]
	mailbox resume
	mailbox wait 2
	[ -e two ]
}

@test "run: ls tells who is at it" {
	mkfifo go
	put -- sh -c 'touch one; read -r _ <go'
	start --name crew
	appears one
	run -0 mailbox ls
	[[ "${lines[1]}" =~ ^"1     running  1/1   "[0-9]+"s    pid $worker crew "*"sh -c" ]]
	echo >go
	mailbox wait 1
}

@test "run: several workers share the work, each message once" {
	for _ in {1..40}; do
		put -- sh -c 'echo "$BROOD_MSG_ID" >>ended'
	done
	start --until-empty -j 2
	first=$worker
	start --until-empty -j 2
	finish
	[ "$code" -eq 0 ]
	wait "$first"
	[ "$(sort -n ended | paste -sd' ')" = "$(seq -s' ' 1 40)" ]
}

@test "run: a worker that is killed loses nothing: its jobs go, its messages come back" {
	put -- sh -c 'echo $$ >"pid.$BROOD_ATTEMPT"; touch "one.$BROOD_ATTEMPT"; [ "$BROOD_ATTEMPT" != 1 ] || exec sleep 1000'
	start
	appears one.1
	kill -KILL "$worker"
	wait "$worker" || true
	run -0 timeout 30 "$BROOD" mailbox run --until-empty
	[ -e one.2 ]
	run ! kill -0 "$(cat pid.1)"
	[ "$(state 1)" = "done" ]
	[ "$(tried 1)" = 2 ]
}

@test "run: workers are killed again and again, and each message is done at least once" {
	for _ in {1..30}; do
		put --retry 100 -- sh -c 'echo "$BROOD_MSG_ID" >>ended; sleep 0.02'
	done
	touch ended
	for _ in {1..6}; do
		start -j 2
		n=$(wc -l <ended)
		for _ in {1..1000}; do
			[ "$(wc -l <ended)" -lt $((n + 4)) ] || break
			[ "$(sort -un ended 2>/dev/null | wc -l)" -lt 30 ] || break
			sleep 0.01
		done
		kill -KILL "$worker"
		wait "$worker" || true
	done
	run -0 timeout 60 "$BROOD" mailbox run --until-empty -j 2 --backoff off
	[ "$(sort -un ended | paste -sd' ')" = "$(seq -s' ' 1 30)" ]
	run -0 mailbox ls
	[ -z "$output" ]
}

@test "run: the first Ctrl-C finishes what runs and takes no more" {
	mkfifo go
	put -- sh -c 'touch one; read -r _ <go; touch finished'
	put -- touch two
	start
	appears one
	kill -INT "$worker"
	says "brood: default: finishing 1 message; once more stops it"
	echo >go
	finish
	[ "$code" -eq 0 ]
	[ -e finished ]
	[ ! -e two ]
	[ "$(state 1)" = "done" ]
	[ "$(state 2)" = ready ]
}

@test "run: the second Ctrl-C stops what runs and gives the messages back" {
	put -- sh -c 'trap "touch stopped; exit 1" TERM; touch one; while :; do sleep 0.01; done'
	start
	appears one
	kill -INT "$worker"
	says "finishing 1 message"
	kill -INT "$worker"
	finish
	[ "$code" -eq 130 ]
	[ -e stopped ]
	says "brood: default: 1 message was given back"
	[ "$(state 1)" = ready ]
	[ "$(tried 1)" = 0 ]
}

@test "run: TERM and HUP stop what runs at once, and give the messages back" {
	for signal in TERM HUP; do
		rm -f one
		put -- sh -c 'touch one; exec sleep 1000'
		id=$(mailbox ls --json | tail -n 1 | sed 's/.*"id":\([0-9]*\).*/\1/')
		start
		appears one
		kill -"$signal" "$worker"
		finish
		[ "$code" -eq $((128 + $(kill -l "$signal"))) ]
		[ "$(state "$id")" = ready ]
		mailbox rm "$id"
	done
}

@test "run: a job that ignores TERM is killed after -k; a further signal kills it at once" {
	put -k 100ms -- "$HELPERS/act" ignore 15 print 1 x pause
	start
	appears state/brood/mailbox/default/out/1
	for _ in {1..1000}; do
		[ ! -s state/brood/mailbox/default/out/1 ] || break
		sleep 0.01
	done
	kill -TERM "$worker"
	finish
	[ "$code" -eq 143 ]
	[ "$(state 1)" = ready ]
	mailbox rm 1
	put -k off -- "$HELPERS/act" ignore 15 print 1 x pause
	start
	for _ in {1..1000}; do
		[ ! -s state/brood/mailbox/default/out/2 ] || break
		sleep 0.01
	done
	kill -TERM "$worker"
	says "brood: default: stopping 1 message; once more kills it"
	kill -TERM "$worker"
	finish
	[ "$code" -eq 143 ]
	[ "$(state 2)" = ready ]
}

@test "run: with nothing to finish Ctrl-C ends it" {
	start -v
	put -- touch made
	says "message 1: done"
	kill -INT "$worker"
	finish
	[ "$code" -eq 0 ]
}

@test "run: on a terminal Ctrl-C reaches the worker alone" {
	put -- sh -c 'trap "touch hit" INT; touch one; sleep 0.3; touch finished'
	run -0 --separate-stderr "$HELPERS/on_pty" "try 1 of 1" ^C -- "$BROOD" mailbox run -v
	[[ "$output" = *"finishing 1 message"* ]]
	[ "$stderr" = "exit 0" ]
	[ -e finished ]
	[ ! -e hit ]
}

@test "run: a job has no terminal, so that none waits for an answer" {
	put -- sh -c 'echo asked >/dev/tty && read -r _ </dev/tty'
	run -0 --separate-stderr "$HELPERS/on_pty" -- timeout 30 "$BROOD" mailbox run --once
	[ "$stderr" = "exit 1" ]
	[[ "$output" = *"it is dead now"* ]]
}

@test "run: QUIT tells what it is at" {
	mkfifo go
	put -- sh -c 'touch one; read -r _ <go'
	start -j 2
	appears one
	kill -QUIT "$worker"
	says "brood: default: 1 of 2 slots are busy, 0 messages are over"
	says "brood: default: message 1: pid "
	echo >go
	mailbox wait 1
}

@test "take: TERM and INT stop the command and give the message back" {
	put -m x
	for signal in TERM INT; do
		rm -f one
		set -m
		"$BROOD" mailbox take -- sh -c 'touch one; exec sleep 1000' &
		worker=$!
		set +m
		background="$background $worker"
		appears one
		kill -"$signal" "$worker"
		finish
		[ "$code" -eq $((128 + $(kill -l "$signal"))) ]
		[ "$(state 1)" = ready ]
		[ "$(tried 1)" = 0 ]
	done
}

@test "take: on a terminal the command may use it, and Ctrl-C gives the message back" {
	put -m x
	run -0 --separate-stderr "$HELPERS/on_pty" "name? " someone^M -- "$BROOD" mailbox take -- \
		sh -c 'printf "name? " >/dev/tty; read -r name </dev/tty; echo "hello $name"'
	[[ "$output" = *"hello someone"* ]]
	[ "$stderr" = "exit 0" ]
	put -m y
	run -0 --separate-stderr "$HELPERS/on_pty" ready ^C -- "$BROOD" mailbox take -- \
		sh -c 'echo ready; exec sleep 1000'
	[ "$stderr" = "signal 2" ]
	[ "$(state 2)" = ready ]
	[ "$(tried 2)" = 0 ]
}

@test "run: nothing of a job is left behind" {
	put -- sh -c 'setsid sleep 1000 & echo $! >pid'
	run -0 --separate-stderr mailbox run --once
	[ "$stderr" = "brood: default: message 1: 1 process left behind was killed" ]
	run ! kill -0 "$(cat pid)"
}

@test "run: what is not to be found is told, with its exit code" {
	put -- no-such-command
	put -C "$PWD/nowhere" -- true
	run -1 --separate-stderr mailbox run --once
	[ "${stderr_lines[0]}" = "brood: default: message 1: no-such-command: not found on PATH; try 1 of 1, it is dead now (no-such-command)" ]
	[[ "${stderr_lines[1]}" = "brood: default: message 2: $PWD/nowhere: No such file or directory; "* ]]
	[[ "$(mailbox ls --json 1)" = *'"code":127,'* ]]
}

@test "run: commands of others are not run" {
	put -b ./box -- touch bad
	chmod 777 box
	run -125 --separate-stderr mailbox run -b ./box --once
	[ "$stderr" = "brood: ./box: $PWD/box may be written by everybody: what is in it would be run as user $(id -u)" ]
	chmod 700 box
	ln -s box link
	run -125 --separate-stderr mailbox run -b ./link --once
	[ "$stderr" = "brood: ./link: $PWD/link: this is no folder, but something that leads to one" ]
	[ ! -e bad ]
	if [ "$(id -u)" = 0 ]; then
		chown -R 12345 box
		run -125 --separate-stderr mailbox run -b ./box --once
		[ "$stderr" = "brood: ./box: $PWD/box belongs to user 12345: what is in it would be run as user 0" ]
		chown -R 0 box
	fi
	[ ! -e bad ]
	run -0 mailbox run -b ./box --once
	[ -e bad ]
}

@test "run: an output never goes through a link" {
	put -- echo evil
	mkdir state/brood/mailbox/default/out
	echo mine >file
	ln -s "$PWD/file" state/brood/mailbox/default/out/1
	run -125 --separate-stderr mailbox run --once
	[[ "$stderr" = "brood: default: message 1: it cannot be started: "* ]]
	[ "$(cat file)" = mine ]
	[ "$(state 1)" = ready ]
	run -125 mailbox log 1
	rm state/brood/mailbox/default/out/1
	mkfifo state/brood/mailbox/default/out/1
	run -125 timeout 10 "$BROOD" mailbox run --once
	run -125 timeout 10 "$BROOD" mailbox log 1
}

@test "run --keep: old outputs go, those of what is dead stay" {
	put -- sh -c 'echo dead; exit 1'
	for _ in {1..5}; do
		put -- echo output
	done
	run -1 mailbox run --once --keep 2
	[ "$(outputs | paste -sd' ')" = "1 5 6" ]
	mailbox rm 1
	[ "$(outputs | paste -sd' ')" = "5 6" ]
}

@test "log -f: shows what comes until the message is done" {
	mkfifo go
	put -- sh -c 'echo one; read -r _ <go; echo two'
	"$BROOD" mailbox log -f 1 >out &
	follower=$!
	background="$background $follower"
	start --once
	for _ in {1..1000}; do
		[ "$(cat out)" != one ] || break
		sleep 0.01
	done
	[ "$(cat out)" = one ]
	echo >go
	wait "$follower"
	[ "$(cat out)" = "one
two" ]
	finish
	run -0 mailbox log -f 1
	run -1 --separate-stderr mailbox log 9
	[ "$stderr" = "brood: default: message 9: there is no such message, and no output" ]
}

@test "log -f: a try that has written nothing does not end the view of the next" {
	mkfifo go began
	put --retry 2 -- sh -c 'echo >began; read -r _ <go; [ "$BROOD_ATTEMPT" != 1 ] || exit 1; echo "try $BROOD_ATTEMPT"'
	start --until-empty --backoff off
	read -r _ <began
	"$BROOD" mailbox log -f 1 >out &
	follower=$!
	background="$background $follower"
	# The follower has the empty output of the first try open.
	for _ in {1..1000}; do
		! readlink /proc/"$follower"/fd/* 2>/dev/null | grep -q '/out/1$' || break
		sleep 0.01
	done
	readlink /proc/"$follower"/fd/* | grep -q '/out/1$'
	echo >go
	read -r _ <began
	echo >go
	finish
	wait "$follower"
	[ "$(cat out)" = "try 2" ]
}

@test "log -f: a try that counts as the first begins the output anew, and so does the view" {
	mkfifo go
	put -- sh -c 'if [ -e again ]; then echo second; else touch again; echo a long first line; read -r _ <go; exit 75; fi'
	start --until-empty --backoff 10ms
	"$BROOD" mailbox log -f 1 >out &
	follower=$!
	background="$background $follower"
	for _ in {1..1000}; do
		[ ! -s out ] || break
		sleep 0.01
	done
	echo >go
	finish
	wait "$follower"
	[ "$(cat out)" = "a long first line
second" ]
}

@test "run --sync: off, which is the default, syncs nothing" {
	command -v strace >/dev/null || skip "no strace"
	put -- true
	put -- true
	# What looks for leaks cannot itself be looked at.
	export ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0"
	strace -f -qq -e trace=fdatasync -o calls "$BROOD" mailbox run --once --sync off
	run -1 grep -q fdatasync calls
	strace -f -qq -e trace=fdatasync -o calls "$BROOD" mailbox run --once
	run -1 grep -q fdatasync calls
	put -- true
	strace -f -qq -e trace=fdatasync -o calls "$BROOD" mailbox run --once --sync always
	grep -q fdatasync calls
}

@test "run: what is put in by a job goes into the same mailbox" {
	put -b ./box -- "$BROOD" mailbox put -- touch "$PWD/made"
	run -0 mailbox run -b ./box --once
	[ -e made ]
}

@test "serve: each line that is written to the FIFO is a message" {
	"$BROOD" mailbox serve --fifo box --until EOD --prio 3 2>words &
	worker=$!
	background=$worker
	appears box
	[ "$(stat -c %a box)" = 600 ]
	printf 'one\n\ntwo words\n' >box
	# The writers come and go.
	mailbox take --wait >out
	mailbox take --wait >>out
	echo three >box
	mailbox take --wait >>out
	echo EOD >box
	finish
	[ "$code" -eq 0 ]
	[ "$(cat out)" = "onetwo wordsthree" ]
	[ ! -s words ]
	[ -p box ]
}

@test "serve --commands: a line is a command; what is none is told and left out" {
	"$BROOD" mailbox serve --fifo box --until EOD --commands -e MINE=1 2>words &
	worker=$!
	background=$worker
	appears box
	printf '%s\n' "sh -c 'echo \"\$0 \$MINE\"' 'a b'" 'touch a; touch b' 'echo $HOME' EOD >box
	finish
	[ "$code" -eq 0 ]
	[ "$(grep -c 'a line was left out' words)" -eq 2 ]
	run -0 mailbox run --once
	run -0 mailbox log 1
	[ "$output" = "a b 1" ]
	[ "$(mailbox ls -a | wc -l)" -eq 2 ]
}

@test "serve: TERM ends it; what is no FIFO is left alone" {
	"$BROOD" mailbox serve --fifo box &
	worker=$!
	background=$worker
	appears box
	echo one >box
	[ "$(mailbox take --wait)" = one ]
	kill -TERM "$worker"
	finish
	[ "$code" -eq 143 ]
	echo mine >file
	ln -s box link
	for path in file link /dev/null .; do
		run -125 --separate-stderr mailbox serve -b ./other --fifo "$path"
		[ "$stderr" = "brood: mailbox serve: $path: what is there is no FIFO" ]
	done
	[ "$(cat file)" = mine ]
	[ ! -e other ]
	run -125 --separate-stderr mailbox serve -b ./other/no --fifo new
	[ ! -e new ]
}

@test "serve: a writer that never ends keeps neither the lines from the disk nor a signal from ending it" {
	"$BROOD" mailbox serve --fifo box 2>words &
	worker=$!
	background=$worker
	appears box
	yes >box &
	writer=$!
	background="$background $writer"
	[ "$(mailbox take --wait)" = y ]
	kill -TERM "$worker"
	finish
	kill -KILL "$writer" 2>/dev/null || true
	[ "$code" -eq 143 ]
}

@test "serve: lines that lie there when it is asked to end are taken in" {
	"$BROOD" mailbox serve --fifo box 2>words &
	worker=$!
	background=$worker
	appears box
	exec 5>box
	echo first >&5
	[ "$(mailbox take --wait)" = first ]
	kill -STOP "$worker"
	printf 'second\nthird\n' >&5
	kill -TERM "$worker"
	kill -CONT "$worker"
	finish
	exec 5>&-
	[ "$code" -eq 143 ]
	[ "$(mailbox take)$(mailbox take)" = secondthird ]
	[ ! -s words ]
}

@test "serve: lines behind the end word are said to be lost; a second reader is refused" {
	"$BROOD" mailbox serve --fifo box --until EOD 2>words &
	worker=$!
	background=$worker
	appears box
	for _ in {1..1000}; do
		! "$BROOD" mailbox serve --fifo box 2>refused </dev/null || break
		[ -s refused ] && break
	done
	[ "$(cat refused)" = "brood: mailbox serve: box: another brood mailbox reads it already" ]
	printf 'one\nEOD\ntwo\nthree\n' >told
	cat told >box
	finish
	[ "$code" -eq 0 ]
	[ "$(cat words)" = "brood: mailbox serve: box: 2 lines behind the end are lost" ]
	[ "$(mailbox ls | wc -l)" -eq 2 ]
}

@test "serve: many writers at once, and no line is torn or lost" {
	"$BROOD" mailbox serve --fifo box --until EOD &
	worker=$!
	background=$worker
	appears box
	pids=
	for writer in 1 2 3 4; do
		(for i in {1..50}; do echo "$writer-$i" >>box; done) 3>&- &
		pids="$pids $!"
	done
	# shellcheck disable=SC2086
	wait $pids
	echo EOD >box
	finish
	for _ in {1..200}; do
		mailbox take
		echo
	done >out
	[ "$(sort -u out | wc -l)" -eq 200 ]
	[ "$(grep -c '^[1-4]-[0-9]*$' out)" -eq 200 ]
}
