#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood run: the limit on silence.
bats_require_minimum_version 1.5.0
load kill_ours

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	unset CI
	brood=
}

teardown() {
	kill_ours "$brood"
}

@test "a command that writes nothing for so long is stopped, with 124" {
	run -124 --separate-stderr "$BROOD" run --idle 100ms -- "$HELPERS/act" pause
	[ "$stderr" = "brood: act: no output for 100ms, stopped (TERM)" ]
	run -124 --separate-stderr "$BROOD" run --idle=.1 -s INT "$HELPERS/act" print 1 a print 2 b pause
	[ "$output" = a ]
	[ "$stderr" = "bbrood: act: no output for 100ms, stopped (INT)" ]
	run -124 "$BROOD" run --idle 100ms "$HELPERS/act" exit-on 15 0 pause
}

@test "-k kills a silent command that does not end" {
	run -124 --separate-stderr "$BROOD" run --idle 100ms -k 100ms "$HELPERS/act" ignore 15 pause
	[ "$stderr" = "brood: act: no output for 100ms; it did not end within 100ms of SIGTERM and was killed" ]
}

@test "output on either stream keeps it going" {
	run -0 --separate-stderr "$BROOD" run --idle 1s -- sh -c '
		for i in 1 2 3 4; do sleep 0.2; echo $i; sleep 0.2; echo $i >&2; done'
	[ "$output" = $'1\n2\n3\n4' ]
	[ "$stderr" = $'1\n2\n3\n4' ]
}

@test "the bytes are those of the command" {
	"$HELPERS/act" fill 1 3000000 >plain
	"$BROOD" run --idle 1m "$HELPERS/act" fill 1 3000000 >through
	cmp plain through
	run -7 --separate-stderr "$BROOD" run --idle 1m "$HELPERS/act" print 2 'no newline' exit 7
	[ -z "$output" ]
	[ "$stderr" = 'no newline' ]
}

@test "a reader that takes its time is not the command's silence" {
	"$BROOD" run --idle 200ms "$HELPERS/act" fill 1 1000000 exit 0 | {
		sleep 0.7
		cat
	} >out
	[ "$(stat -c %s out)" -eq 1000000 ]
	[ "${PIPESTATUS[0]}" -eq 0 ]
}

@test "a command that has ended is not silent" {
	run -3 --separate-stderr "$BROOD" run --idle 100ms "$HELPERS/act" exit 3
	[ -z "$stderr" ]
}

@test "the record tells idle from timeout" {
	run -124 --separate-stderr "$BROOD" run --idle 100ms -t 1m --json "$HELPERS/act" pause
	[[ "$stderr" = *'"cause":"idle","code":null,"signal":"SIGTERM","timed_out":false,'* ]]
	run -124 --separate-stderr "$BROOD" run --idle 1m -t 100ms --json "$HELPERS/act" pause
	[[ "$stderr" = *'"cause":"timeout","code":null,"signal":"SIGTERM","timed_out":true,'* ]]
}

@test "silence counts with -o, -q and --ts too" {
	run -124 --separate-stderr "$BROOD" run --idle 100ms -q -o out "$HELPERS/act" print 1 abc pause
	[ "${stderr_lines[0]}" = "brood: act: no output for 100ms, stopped (TERM)" ]
	[ "${stderr_lines[1]}" = "brood: act: its output:" ]
	[ "${stderr_lines[2]}" = abc ]
	[ "$(cat out)" = abc ]
	run -124 "$BROOD" run --idle 100ms --ts=T "$HELPERS/act" print 1 abc pause
	[ "${lines[0]}" = "T abcbrood: act: no output for 100ms, stopped (TERM)" ]
}

@test "a signal to brood is told from silence" {
	mkfifo said
	"$BROOD" run --idle 1m --json "$HELPERS/act" ready pause 3>said 2>err &
	brood=$!
	read -r -n 1 <said
	kill "$brood"
	code=0
	wait "$brood" || code=$?
	[ "$code" -eq 143 ]
	grep -q '"cause":"canceled"' err
}

@test "while brood was stopped, nothing could be heard" {
	mkfifo said go
	"$BROOD" run --idle 500ms "$HELPERS/act" ready copy 4 1 exit 5 3>said 4<>go >out 2>err &
	brood=$!
	read -r -n 1 <said
	kill -STOP "$brood"
	sleep 1
	kill -CONT "$brood"
	echo word >go
	until grep -q word out; do kill -0 "$brood"; done
	kill "$brood"
	wait "$brood" || true
	run ! grep 'no output' err
}

@test "0 and off are no limit, and wrong values are refused" {
	run -0 "$BROOD" run --idle 0 true
	run -0 "$BROOD" run --idle off true
	run -125 --separate-stderr "$BROOD" run --idle soon touch here
	[ "$stderr" = "brood: run: --idle: 'soon' is not a duration (accepted: 500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds), off)" ]
	run -125 --separate-stderr "$BROOD" run --idle
	[ "$stderr" = "brood: run: --idle needs a value: TIME" ]
	[ ! -e here ]
}
