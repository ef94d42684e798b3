#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood mailbox: put, take, ls, retry, rm, pause, drain, wait, stats; wrong use of everything.
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
	umount "$BATS_TEST_TMPDIR/disk" 2>/dev/null || true
}

mailbox() {
	"$BROOD" mailbox "$@"
}

put() {
	mailbox put "$@" >/dev/null
}

# One field of the JSON of a message.
field() {
	mailbox ls --json "${@:3}" "$2" | python3 -c 'import json, sys
print(json.loads(sys.stdin.readline())[sys.argv[1]])' "$1"
}

# Waits until that message is in that state.
await() {
	for _ in {1..2000}; do
		[ "$(field state "$1" "${@:3}")" != "$2" ] || return 0
		sleep 0.01
	done
	return 1
}

@test "mailbox: help shows the actions, and help of an action its options" {
	run -0 --separate-stderr "$BROOD" mailbox --help
	[ -z "$stderr" ]
	[[ "$output" = "Usage: brood mailbox ACTION "* ]]
	help=$output
	run -0 "$BROOD" help mailbox
	[ "$output" = "$help" ]
	for action in put take run ls log wait retry rm pause resume drain stats serve; do
		[[ "$help" = *$'\n  '"$action "* ]]
		run -0 --separate-stderr "$BROOD" mailbox "$action" --help
		[ -z "$stderr" ]
		[[ "$output" = "Usage: brood mailbox $action "* ]]
		[[ "$output" = *"--box BOX"* ]]
		[ "$(wc -L <<<"$output")" -le 80 ]
		own=$output
		run -0 "$BROOD" help mailbox "$action"
		[ "$output" = "$own" ]
		run -0 "$BROOD" mailbox "$action" -h --no-such-option
		[ "$output" = "$own" ]
	done
}

@test "mailbox: an action that is none is an error that names the nearest" {
	run -125 --separate-stderr "$BROOD" mailbox
	[ "$stderr" = "brood: mailbox: no action was named (brood mailbox --help lists them)" ]
	run -125 --separate-stderr "$BROOD" mailbox ptu
	[ "$stderr" = "brood: mailbox: ptu is no action; did you mean brood mailbox put?" ]
	run -125 --separate-stderr "$BROOD" mailbox frobnicate
	[ "$stderr" = "brood: mailbox: frobnicate is no action (brood mailbox --help lists them)" ]
	run -125 --separate-stderr "$BROOD" help mailbox resmue
	[ "$stderr" = "brood: mailbox: resmue is no action; did you mean brood mailbox resume?" ]
	run -125 --separate-stderr "$BROOD" mailbox --box x put
	[ "$stderr" = "brood: mailbox: unknown option --box (brood mailbox --help lists them)" ]
	run -125 --separate-stderr "$BROOD" mailbox put --pri 5 -m x
	[ "$stderr" = "brood: mailbox put: unknown option --pri; did you mean --prio?" ]
	[ ! -e state ]
}

@test "put: prints the id of the message, from 1 on" {
	run -0 --separate-stderr mailbox put -m one
	[ "$output" = 1 ]
	[ -z "$stderr" ]
	run -0 mailbox put -m two
	[ "$output" = 2 ]
	run -0 mailbox put -b other -m one
	[ "$output" = 1 ]
	[ "$(stat -c %a state/brood/mailbox/default)" = 700 ]
	[ "$(stat -c %a state/brood/mailbox)" = 700 ]
}

@test "take: the messages come as they went in, each once" {
	put -m one
	printf 'two\nlines\n' | put -
	printf 'a\0b' | put
	: | put -
	[ "$(mailbox take)" = one ]
	mailbox take >out
	cmp out <(printf 'two\nlines\n')
	mailbox take >out
	cmp out <(printf 'a\0b')
	mailbox take >out
	[ ! -s out ]
	run -124 --separate-stderr mailbox take
	[ -z "$output$stderr" ]
}

@test "take: a message of 16 MiB comes back, a longer one is refused" {
	head -c 16777216 /dev/urandom >big
	put <big
	mailbox take >out
	cmp big out
	echo >>big
	run -125 --separate-stderr mailbox put <big
	[ "$stderr" = "brood: mailbox put: standard input: longer than a message may be (16 MiB)" ]
	run -124 mailbox take
}

@test "-b: a name, a folder with a slash, \$BROOD_BOX" {
	put -b ./box -m folder
	[ -d box ]
	put -b mail -m name
	[ -d state/brood/mailbox/mail ]
	BROOD_BOX=mail run -0 mailbox take
	[ "$output" = name ]
	BROOD_BOX=$PWD/box run -0 mailbox take
	[ "$output" = folder ]
	BROOD_BOX=$PWD/box run -0 mailbox put -b mail -m again
	[ "$output" = 2 ]
	mkdir home
	HOME=$PWD/home XDG_STATE_HOME='' put -m home
	[ -d home/.local/state/brood/mailbox/default ]
}

@test "-b: what is no mailbox is left alone" {
	run -125 --separate-stderr mailbox ls -b nowhere
	[ "$stderr" = "brood: mailbox ls: nowhere: there is no such mailbox ($XDG_STATE_HOME/brood/mailbox/nowhere)" ]
	[ ! -e state ]
	run -125 --separate-stderr mailbox put -b ./no/parent -m x
	[ "$stderr" = "brood: mailbox put: ./no/parent: the folder that it would lie in is not there ($PWD/no/parent)" ]
	mkdir full
	echo mine >full/file
	run -125 --separate-stderr mailbox put -b ./full -m x
	[ "$stderr" = "brood: mailbox put: ./full: this is no mailbox, or one of another version ($PWD/full)" ]
	run -125 --separate-stderr mailbox put -b "$PWD/full" -m x
	[ "$stderr" = "brood: mailbox put: $PWD/full: this is no mailbox, or one of another version" ]
	[ "$(ls full)" = file ]
	echo mine >plain
	run -125 --separate-stderr mailbox put -b ./plain -m x
	[ "$(cat plain)" = mine ]
	for name in '' . .. .hidden; do
		run -125 --separate-stderr mailbox put -b "$name" -m x
		[[ "$stderr" = "brood: mailbox put: the name of"* ]]
	done
	run -125 --separate-stderr env -u XDG_STATE_HOME -u HOME "$BROOD" mailbox put -m x
	[[ "$stderr" = *"neither XDG_STATE_HOME nor HOME"* ]]
}

@test "messages of ours quote what is in a name" {
	run -125 --separate-stderr mailbox ls -b $'evil\e[31m\n'
	[[ "$stderr" = *'evil\x1b[31m\x0a'* ]]
	[[ "$stderr" != *$'\e'* ]]
	put -m $'\e[31mred\nbrood: fake'
	run -0 --separate-stderr mailbox ls
	[[ "$output" = *'\x1b[31mred\x0abrood: fake' ]]
	[ "${#lines[@]}" -eq 2 ]
}

@test "--prio: higher goes first, within a priority the older" {
	put -m a
	put --prio 5 -m b
	put --prio=-5 -m c
	put --prio 5 -m d
	put --prio 127 -m e
	put --prio -128 -m f
	order=
	for _ in 1 2 3 4 5 6; do
		order+=$(mailbox take)
	done
	[ "$order" = ebdacf ]
}

@test "--after: not before those are done" {
	put -m first
	put -m second
	put --after 1,2 --prio 9 -m third
	[ "$(field state 3)" = blocked ]
	run -0 mailbox ls 3
	[[ "${lines[1]}" = *"third  after 1,2" ]]
	[ "$(field after 3)" = "[1, 2]" ]
	[ "$(mailbox take)" = first ]
	[ "$(mailbox take)" = second ]
	[ "$(mailbox take)" = third ]
	run -125 --separate-stderr mailbox put --after 99 -m x
	[ "$stderr" = "brood: default: message 99: it was never there (--after)" ]
	run -125 --separate-stderr mailbox put --after "$(seq -s, 1 3),$(yes 1 | head -62 | paste -sd,)" -m x
	[ "$stderr" = "brood: default: --after names too many messages" ]
}

@test "--after: dead with the one it waits for" {
	put -m first
	put --after 1 -m second
	run -3 mailbox take -- sh -c 'exit 3'
	[ "$(field state 1)" = dead ]
	[ "$(field state 2)" = dead ]
}

@test "--delay: not before that time" {
	put --delay 1h -m later
	put -m now
	[ "$(field state 1)" = delayed ]
	run -0 mailbox ls 1
	[[ "${lines[1]}" = *"later  due in 59m"*s || "${lines[1]}" = *"later  due in 1h" ]]
	[ "$(mailbox take)" = now ]
	run -124 mailbox take
	put --delay 300ms -m soon
	[ "$(mailbox take --wait)" = soon ]
}

@test "take: the command gets the message on standard input and for {}" {
	put -m 'a b $(touch bad); *'
	run -0 mailbox take -- sh -c 'printf "<%s>" "$@"; cat' sh '{}' 'x{}y{}' plain
	[ "$output" = '<a b $(touch bad); *><xa b $(touch bad); *ya b $(touch bad); *><plain>a b $(touch bad); *' ]
	[ ! -e bad ]
	printf 'line\n' | put
	run -0 mailbox take -- printf '<%s>' '{}'
	[ "$output" = '<line>' ]
	run -124 --separate-stderr mailbox take -- touch bad
	[ ! -e bad ]
}

@test "take: {} cannot hold a NUL byte, and the message says so" {
	printf 'a\0b' | put
	run -126 --separate-stderr mailbox take -- echo '{}'
	[[ "$stderr" = *"its text holds a NUL byte, which {} cannot"* ]]
	[ "$(field state 1)" = dead ]
	mailbox retry 1
	mailbox take -- cat >out
	cmp out <(printf 'a\0b')
}

@test "take: environment of the command" {
	put -b ./box --retry 1 -m x
	run -75 mailbox take -b ./box -- sh -c 'exit 75'
	await 1 ready -b ./box
	run -0 mailbox take -b ./box -- sh -c 'echo "$BROOD_MSG_ID $BROOD_ATTEMPT $BROOD_BOX"'
	[ "$output" = "1 1 $PWD/box" ]
}

@test "take: exit 0 is done, 75 is later and does not count, others are failed tries" {
	put --retry 1 -m x
	run -75 --separate-stderr mailbox take -- sh -c 'exit 75'
	[ -z "$stderr" ]
	[ "$(field tried 1)" = 0 ]
	await 1 ready
	run -3 --separate-stderr mailbox take -- sh -c 'exit 3'
	[ "$stderr" = "brood: default: message 1: exit code 3; try 1 of 2 (x)" ]
	await 1 ready
	run -137 --separate-stderr mailbox take -- sh -c 'kill -KILL $$'
	[ "$stderr" = "brood: default: message 1: killed by SIGKILL; try 2 of 2, it is dead now (x)" ]
	[ "$(field state 1)" = dead ]
	[ "$(field code 1)" = 137 ]
	[ "$(field reason 1)" = "killed by SIGKILL" ]
	run -0 mailbox retry 1
	run -0 mailbox take -- true
	[ "$(field state 1)" = "done" ]
}

@test "take: an exit code of 1 is always that of the command; 124 with no words: nothing was there" {
	run -124 --separate-stderr mailbox take -- false
	[ -z "$output$stderr" ]
	put -m x
	run -1 --separate-stderr mailbox take -- false
	[ "$stderr" = "brood: default: message 1: exit code 1; try 1 of 1, it is dead now (x)" ]
	run -124 --separate-stderr mailbox take
	[ -z "$output$stderr" ]
}

@test "take: a command that cannot be run fails the try with 126 or 127" {
	put --retry 1 -m x
	run -127 --separate-stderr mailbox take -- no-such-command
	[ "$stderr" = "brood: default: message 1: no-such-command: not found on PATH; try 1 of 2 (x)" ]
	await 1 ready
	run -126 --separate-stderr mailbox take -- /etc/passwd
	[[ "$stderr" = *"/etc/passwd: Permission denied; try 2 of 2, it is dead now (x)" ]]
}

@test "take -t: the time limit is a failed try and 124; -k" {
	put -m x
	run -124 --separate-stderr mailbox take -t 100ms -- sleep 30
	[ "$stderr" = "brood: default: message 1: the time limit was reached; try 1 of 1, it is dead now (x)" ]
	[ "$(field code 1)" = 124 ]
	mailbox retry 1
	run -124 mailbox take -t 100ms -k 100ms -- "$HELPERS/act" ignore 15 pause
}

@test "take: nothing of the command is left behind" {
	put -m x
	run -0 --separate-stderr mailbox take -- sh -c 'setsid sleep 1000 & echo $! >pid'
	[[ "$stderr" = *"1 process left behind was killed" ]]
	run ! kill -0 "$(cat pid)"
}

@test "take --wait: waits for a message; a time that passes is 124" {
	run -124 --separate-stderr mailbox take --wait=50ms
	[ -z "$output$stderr" ]
	run -124 --separate-stderr mailbox take --wait=50ms -- cat
	[ -z "$output$stderr" ]
	mailbox take --wait >out &
	background=$!
	put -m x
	wait "$background"
	[ "$(cat out)" = x ]
	mailbox take -w -- cat >out &
	background=$!
	put -m y
	wait "$background"
	[ "$(cat out)" = y ]
}

@test "take: a command stays there for run; --text takes it as a line that a shell reads" {
	put -- echo 'it is' "mine's"
	run -125 --separate-stderr mailbox take
	[ -z "$output" ]
	[ "$stderr" = "brood: default: message 1: it is a command, for brood mailbox run (--text takes it as text); it stays there" ]
	run -125 --separate-stderr mailbox take -- touch bad
	[ "$stderr" = "brood: default: message 1: it is a command, for brood mailbox run (--text takes it as text); it stays there" ]
	[ ! -e bad ]
	[ "$(field state 1)" = ready ]
	[ "$(field tried 1)" = 0 ]
	[ "$(mailbox take --text)" = "echo 'it is' 'mine'\\''s'" ]
	put -- printf '%s|' a 'b c'
	# shellcheck disable=SC2016
	run -0 mailbox take --text -- sh -c 'eval "$1"' sh '{}'
	[ "$output" = 'a|b c|' ]
}

@test "take: what could not be written is given back" {
	head -c 300000 /dev/zero | put
	run -125 --separate-stderr sh -c '"$BROOD" mailbox take >/dev/full'
	[ "$stderr" = "brood: standard output: No space left on device" ]
	[ "$(field state 1)" = ready ]
	[ "$(field tried 1)" = 0 ]
	mkfifo pipe
	mailbox take >pipe 2>words &
	background=$!
	# Of a message that does not fit into a pipe the reader takes a byte, and goes.
	head -c 1 pipe >/dev/null
	code=0
	wait "$background" || code=$?
	[ "$code" -eq 125 ]
	[ "$(cat words)" = "brood: standard output: Broken pipe" ]
	[ "$(field state 1)" = ready ]
}

@test "ls: a table, and one line of JSON for each" {
	put --retry 2 -- ./send.sh a@b
	put -m 'some text'
	run -0 --separate-stderr mailbox ls
	[ "${lines[0]}" = "ID    STATE    TRY   AGE   WORKER         WHAT" ]
	[[ "${lines[1]}" =~ ^"1     ready    0/3   "[0-9]s"    -              ./send.sh a@b"$ ]]
	[[ "${lines[2]}" =~ ^"2     ready    0/1   "[0-9]s"    -              some text"$ ]]
	run -0 mailbox ls --json
	[ "${#lines[@]}" -eq 2 ]
	python3 - "$output" <<-'EOF'
		import json, sys
		one, two = map(json.loads, sys.argv[1].splitlines())
		assert one["v"] == "brood.mailbox/1" and one["box"] == "default", one
		assert one["argv"] == ["./send.sh", "a@b"] and one["tries"] == 3, one
		assert two["text"] == "some text" and two["bytes"] == 9 and two["is_whole"], two
	EOF
	mailbox take --text >/dev/null
	run -0 mailbox ls --json
	[ "${#lines[@]}" -eq 1 ]
	run -0 mailbox ls -a
	[ "${#lines[@]}" -eq 3 ]
	run -0 mailbox ls --state done,dead
	[ "${#lines[@]}" -eq 2 ]
	[[ "${lines[1]}" = "1     done "* ]]
}

@test "ls: those that are asked for; 1 if one is not there" {
	put -m one
	put -m two
	run -0 mailbox ls 2
	[ "${#lines[@]}" -eq 2 ]
	run -1 --separate-stderr mailbox ls 77
	[ -z "$output" ]
	run -1 --separate-stderr mailbox ls 2 77
	[ "${#lines[@]}" -eq 2 ]
	[ "$stderr" = "brood: default: message 77: there is no such message (any more)" ]
}

@test "retry: dead ones are ready again, others are refused" {
	for _ in 1 2 3; do
		put -m x
		run -1 mailbox take -- false
	done
	put -m y
	run -0 mailbox ls 2
	[[ "${lines[1]}" = *"  exit code 1" ]]
	run -0 mailbox retry 2
	run -0 mailbox ls 2
	[[ "${lines[1]}" = *" x" ]]
	[ "$(field state 2)" = ready ]
	[ "$(field tried 2)" = 0 ]
	run -1 --separate-stderr mailbox retry 4
	[ "$stderr" = "brood: default: message 4: it is ready, not dead" ]
	run -1 --separate-stderr mailbox retry 99
	[ "$stderr" = "brood: default: message 99: there is no such message (any more)" ]
	run -0 mailbox retry --dead
	run -0 mailbox ls --state ready
	[ "${#lines[@]}" -eq 5 ]
	run -0 mailbox retry --dead
}

@test "rm: takes messages out; one that a worker is at is refused" {
	put -m one
	put -m two
	run -0 mailbox rm 1
	[ "$(mailbox take)" = two ]
	run -1 --separate-stderr mailbox rm 2
	[ "$stderr" = "brood: default: message 2: it is done already" ]
	run -1 --separate-stderr mailbox rm 1
	[ "$stderr" = "brood: default: message 1: there is no such message (any more)" ]
	put -m three
	mkfifo go
	"$BROOD" mailbox take -- sh -c 'read -r _ <go' &
	background=$!
	await 3 running
	run -125 --separate-stderr mailbox rm 3
	[ "$stderr" = "brood: default: message 3: a worker is at it (pid $background)" ]
	# The others of the list are removed all the same.
	put -m four
	put -m five
	run -125 --separate-stderr mailbox rm 4 3 99 5
	[ "${stderr_lines[0]}" = "brood: default: message 3: a worker is at it (pid $background)" ]
	[ "${stderr_lines[1]}" = "brood: default: message 99: there is no such message (any more)" ]
	[ "${#stderr_lines[@]}" -eq 2 ]
	[ "$(field state 4)$(field state 5)" = removedremoved ]
	echo >go
	wait "$background"
	put -m six
	run -1 mailbox take -- false
	run -0 mailbox rm --dead
	[ "$(field state 6)" = removed ]
}

@test "pause: nothing can be taken until resume" {
	put -m x
	run -0 --separate-stderr mailbox pause
	[ -z "$output$stderr" ]
	run -124 --separate-stderr mailbox take
	[ "$stderr" = "brood: default: it is paused (brood mailbox resume ends that)" ]
	run -124 --separate-stderr mailbox take -- cat
	[ "$stderr" = "brood: default: it is paused (brood mailbox resume ends that)" ]
	run -0 mailbox put -m y
	run -0 mailbox resume
	[ "$(mailbox take)" = x ]
}

@test "drain: nothing can be put in until resume" {
	put -m x
	run -0 mailbox drain
	run -125 --separate-stderr mailbox put -m y
	[ "$stderr" = "brood: default: nothing was put in: the mailbox is draining and takes nothing in (brood mailbox resume ends that)" ]
	run -124 --separate-stderr mailbox drain --wait=50ms
	[ "$stderr" = "brood: default: 1 message is still there" ]
	mailbox drain --wait &
	background=$!
	[ "$(mailbox take)" = x ]
	wait "$background"
	run -124 mailbox take --wait
	run -0 mailbox resume
	run -0 mailbox put -m z
}

@test "wait: until messages are done; 1 if one is dead; 124 if the time passes" {
	put -m one
	put -m two
	run -124 --separate-stderr mailbox wait -t 50ms 1
	[ "$stderr" = "brood: default: message 1: it is not done yet" ]
	mailbox wait 1 2 &
	background=$!
	mailbox take >/dev/null
	mailbox take >/dev/null
	wait "$background"
	run -0 mailbox wait 1,2
	put -m three
	run -9 mailbox take -- sh -c 'exit 9'
	run -1 --separate-stderr mailbox wait 1 3
	[ "$stderr" = "brood: default: message 3: it is dead: exit code 9" ]
	run -1 --separate-stderr mailbox wait 99
	[ "$stderr" = "brood: default: message 99: there is no such message" ]
}

@test "stats: counts, as a list and as JSON" {
	put -m one
	put --delay 1h -m two
	put -m three
	mailbox take >/dev/null
	run -1 mailbox take -- false
	run -0 mailbox stats
	[ "${lines[0]}" = "ready     0" ]
	[[ "$output" = *$'\ndelayed   1\n'*$'\ndead      1\ndone      1\n'*$'\nsent      3\n'* ]]
	mailbox stats --json | python3 -c 'import json, sys
counts = json.load(sys.stdin)
assert counts["v"] == "brood.mailbox.stats/1" and counts["box"] == "default", counts
assert (counts["delayed"], counts["dead"], counts["done"], counts["sent"]) == (1, 1, 1, 3), counts
assert counts["paused"] is False and counts["draining"] is False, counts'
}

@test "wrong use says what is wrong, and nothing is made" {
	check() {
		run -125 --separate-stderr mailbox "${@:2}" </dev/null
		[ "$stderr" = "brood: mailbox $1" ] || {
			echo "$stderr"
			return 1
		}
	}
	check "put: --prio: '128' is not a whole number from -128 to 127" put --prio 128 -m x
	check "put: --prio: 'high' is not a whole number from -128 to 127" put --prio high -m x
	check "put: --retry: '-1' is not a whole number from 0 to 1000000" put --retry=-1 -m x
	check "put: --after: '0' is not the id of a message (accepted: 7; 7,8,9)" put --after 0 -m x
	check "put: --after: '1,' is not the id of a message (accepted: 7; 7,8,9)" put --after 1, -m x
	check "put: --delay: 'soon' is not a duration (accepted: 500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds), off)" put --delay soon -m x
	check "put: -t: 'x' is not a duration (accepted: 500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds), off)" put -t x true
	check "put: -k: 'x' is not a duration (accepted: 500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds), off)" put -k x true
	check "put: -e: '=x' has no name (accepted: NAME=value, NAME)" put -e =x true
	check "put: -C: the name of the directory is empty" put -C '' true
	check "put: --sync: 'maybe' is not group, always or off" put --sync maybe -m x
	check "put: -t is for a command (data gets the limits of its worker)" put -t 1s -m x
	check "put: --clear-env is for a command (data gets the limits of its worker)" put --clear-env -m x
	check "put: -m: not with a command or -" put -m x true
	check "put: -m: not with a command or -" put -m x -
	check "put: no command was given behind --" put --
	check "put: 'x' stands behind -, which is all of the data" put - x
	check "put: -m needs a value: TEXT" put -m
	check "put: -b needs a value: BOX" put -b
	check "take: --wait: 'x' is not a duration (accepted: 500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds), off)" take --wait=x
	check "take: -t is for a command (--wait=TIME waits for a message)" take -t 1s
	check "run: -j: '0' is not a whole number from 1 to 1000" run -j 0
	check "run: -j: '1001' is not a whole number from 1 to 1000" run -j 1001
	check "run: --idle-exit: 'x' is not a duration (accepted: 500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds), off)" run --idle-exit x
	check "run: --keep: '-1' is not a whole number from 0 to 1000000000" run --keep=-1
	check "run: --backoff: 'x' is not a duration (accepted: 500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds), off)" run --backoff x
	check "run: --sync: 'x' is not group, always or off" run --sync x
	check "ls: 'x' is not the id of a message (accepted: 7; 7,8,9)" ls x
	check "ls: --state: 'x' is not ready, delayed, blocked, running, done, dead or removed" ls --state x
	check "ls: -a: options stand in front of the ids" ls 1 -a
	check "log: of which message? (ID)" log
	check "log: of one message at a time" log 1 2
	check "retry: which message? (ID... or --dead)" retry
	check "rm: which message? (ID... or --dead)" rm
	check "rm: '1x' is not the id of a message (accepted: 7; 7,8,9)" rm 1x
	check "wait: for which message? (ID...)" wait
	check "wait: -t: 'x' is not a duration (accepted: 500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds), off)" wait -t x 1
	check "pause: 'x': nothing may follow" pause x
	check "resume: 'x': nothing may follow" resume x
	check "drain: 'x': nothing may follow" drain x
	check "stats: 'x': nothing may follow" stats x
	check "serve: which FIFO? (--fifo FILE)" serve
	check "serve: 'x': nothing may follow" serve --fifo f x
	check "serve: -t needs --commands" serve --fifo f -t 1s
	[ ! -e state ]
	[ ! -e f ]
}

@test "put: standard input that is closed, empty or a terminal is an error" {
	run -125 --separate-stderr mailbox put </dev/null
	[ "$stderr" = "brood: mailbox put: no message was given: standard input is empty (- puts an empty message in)" ]
	# shellcheck disable=SC2016
	run -125 --separate-stderr sh -c '"$BROOD" mailbox put <&-'
	[ "$stderr" = "brood: mailbox put: standard input is closed" ]
	run -0 --separate-stderr "$HELPERS/on_pty" -- "$BROOD" mailbox put
	[[ "$output" = *"no message was given"* ]]
	[ "$stderr" = "exit 125" ]
	[ ! -e state ]
}

@test "a full disk: 125 and its name; what was there can be taken" {
	mkdir disk
	mount -t tmpfs -o size=400k none disk 2>/dev/null || skip "no tmpfs can be mounted"
	head -c 50000 /dev/zero >disk/filler
	put -b disk/box -m first
	head -c 200000 /dev/urandom >big
	code=0
	for _ in 1 2 3 4 5 6 7 8; do
		mailbox put -b disk/box <big >/dev/null 2>err || code=$?
	done
	[ "$code" = 125 ]
	[ "$(cat err)" = "brood: disk/box: nothing was put in: No space left on device" ]
	run -0 mailbox ls -b disk/box
	[[ "${lines[1]}" = "1     ready "* ]]
	run -0 mailbox stats -b disk/box
	run -125 --separate-stderr mailbox take -b disk/box
	[ "$stderr" = "brood: disk/box: nothing can be taken: No space left on device" ]
	rm disk/filler
	[ "$(mailbox take -b disk/box)" = first ]
	run -0 mailbox put -b disk/box -m last
}

@test "a limit on the size of files is as a full disk" {
	put -m first
	run -125 --separate-stderr "$BROOD" run -l fsize=100K -- "$BROOD" mailbox put < <(head -c 200000 /dev/zero)
	[[ "$stderr" = "brood: default: nothing was put in: File too large" ]]
	[ "$(mailbox take)" = first ]
	run -0 mailbox put -m second
}
