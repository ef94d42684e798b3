#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood run: trying again.
bats_require_minimum_version 1.5.0
load kill_ours

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	unset CI BROOD_ATTEMPT
	brood=
	# Exits with the codes of its arguments, one per attempt; the last one for all further ones.
	cat >codes <<'END'
#!/bin/sh
echo x >>ran
echo "attempt $BROOD_ATTEMPT"
shift $((BROOD_ATTEMPT <= $# ? BROOD_ATTEMPT - 1 : $# - 1))
exit "$1"
END
	chmod +x codes
}

teardown() {
	kill_ours "$brood"
}

attempts() {
	wc -l <ran
}

# Runs brood in the background and waits until it waits for the next attempt.
waiting() {
	mkfifo err
	set -m
	"$BROOD" run --backoff 1h "$@" 2>err &
	brood=$!
	set +m
	exec 7<err
	read -r -t 20 line <&7
}

@test "--retry N tries up to N times more, until it ends well" {
	run -0 --separate-stderr "$BROOD" run --retry 5 --backoff 1ms ./codes 3 3 0
	[ "$output" = $'attempt 1\nattempt 2\nattempt 3' ]
	[[ "${stderr_lines[0]}" =~ ^"brood: codes: exit code 3, attempt 2/6 in "[0-9.]+[mu]s$ ]]
	[[ "${stderr_lines[1]}" =~ ^"brood: codes: exit code 3, attempt 3/6 in "[0-9.]+[mu]s$ ]]
	[ "${#stderr_lines[@]}" -eq 2 ]
}

@test "the exit code is that of the last attempt" {
	run -5 "$BROOD" run --retry 2 --backoff off ./codes 3 4 5
	[ "$(attempts)" -eq 3 ]
	run -3 --separate-stderr "$BROOD" run --retry 0 ./codes 3 0
	[ -z "$stderr" ]
}

@test "BROOD_ATTEMPT counts, and is there only with --retry" {
	run -0 "$BROOD" run --retry 1 --backoff 0 --clear-env sh -c 'echo $BROOD_ATTEMPT; [ $BROOD_ATTEMPT -eq 2 ]'
	[ "${lines[0]}" = 1 ]
	[ "${lines[2]}" = 2 ]
	run -0 "$BROOD" run sh -c 'echo "<$BROOD_ATTEMPT>"'
	[ "$output" = '<>' ]
	run -0 "$BROOD" run --retry 1 -e BROOD_ATTEMPT=mine sh -c 'echo $BROOD_ATTEMPT'
	[ "$output" = mine ]
}

@test "what brood could not do is not tried again" {
	run -127 --separate-stderr "$BROOD" run --retry 3 no-such
	[ "${#stderr_lines[@]}" -eq 1 ]
	for code in 125 126 127; do
		rm -f ran
		run -"$code" "$BROOD" run --retry 3 ./codes "$code"
		[ "$(attempts)" -eq 1 ]
	done
}

@test "--retry-on chooses exit codes" {
	run -8 "$BROOD" run --retry 9 --backoff 0 --retry-on 7,127 ./codes 7 127 8 0
	[ "$(attempts)" -eq 3 ]
	run -3 "$BROOD" run --retry 9 --backoff 0 --retry-on 0 ./codes 0 0 3
	[ "$(attempts)" -eq 6 ]
}

@test "--retry-on chooses signals, limits and what cannot be started" {
	run -137 "$BROOD" run --retry 1 --backoff 0 --retry-on KILL --status r "$HELPERS/act" raise 9
	[ "$(wc -l <r)" -eq 2 ]
	run -143 "$BROOD" run --retry 1 --retry-on KILL --status r "$HELPERS/act" raise 15
	[ "$(wc -l <r)" -eq 1 ]
	run -124 "$BROOD" run --retry 1 --backoff 0 --retry-on timeout -t 100ms --status r "$HELPERS/act" pause
	[ "$(wc -l <r)" -eq 2 ]
	run -124 "$BROOD" run --retry 1 --backoff 0 --retry-on 124 -t 100ms --status r "$HELPERS/act" pause
	[ "$(wc -l <r)" -eq 2 ]
	run -124 "$BROOD" run --retry 1 --retry-on timeout --idle 100ms --status r "$HELPERS/act" pause
	[ "$(wc -l <r)" -eq 1 ]
	run -124 "$BROOD" run --retry 1 --backoff 0 --retry-on idle --idle 100ms --status r "$HELPERS/act" pause
	[ "$(wc -l <r)" -eq 2 ]
	# That our limit needed TERM is not a reason.
	run -124 "$BROOD" run --retry 1 --retry-on TERM -t 100ms --status r "$HELPERS/act" pause
	[ "$(wc -l <r)" -eq 1 ]
	run -127 "$BROOD" run --retry 1 --backoff 0 --retry-on spawn --status r no-such
	[ "$(wc -l <r)" -eq 2 ]
}

@test "the time limit is that of one attempt" {
	run -0 --separate-stderr "$BROOD" run --retry 1 --backoff 0 -t 500ms sh -c \
		'[ $BROOD_ATTEMPT -eq 2 ] || exec "$HELPERS/act" pause'
	[ "${stderr_lines[0]}" = "brood: sh: time limit of 500ms reached" ]
	[[ "${stderr_lines[1]}" = "brood: sh: attempt 2/2 in "* ]]
}

@test "there is a record for each attempt" {
	run -4 --separate-stderr "$BROOD" run --retry 1 --backoff 0 --json --status r --status-fd 7 ./codes 3 4 7>s
	cmp r s
	[[ "$(sed -n 1p r)" = *'"code":3,'*'"attempt":1}' ]]
	[[ "$(sed -n 2p r)" = *'"code":4,'*'"attempt":2}' ]]
	[ "$(wc -l <r)" -eq 2 ]
	[ "$(grep -c '^{' <<<"$stderr")" -eq 2 ]
}

@test "with -q only a last attempt that fails is shown" {
	run -0 --separate-stderr "$BROOD" run -q --retry 2 --backoff 0 ./codes 3 0
	[ -z "$output$stderr" ]
	run -4 --separate-stderr "$BROOD" run -q --retry 1 --backoff 0 ./codes 3 4
	[ "$stderr" = $'brood: codes: exit code 4, its output:\nattempt 2' ]
	run -124 --separate-stderr "$BROOD" run -q --retry 1 --backoff 0 -t 100ms "$HELPERS/act" pause
	[ "$stderr" = $'brood: act: time limit of 100ms reached\nbrood: act: no output' ]
}

@test "-o has the output of all attempts, and each begins a line" {
	run -4 "$BROOD" run --retry 2 --backoff 0 -o out ./codes 3 4
	[ "$(cat out)" = $'attempt 1\nattempt 2\nattempt 3' ]
	run -1 "$BROOD" run --retry 1 --backoff 0 -o out --prefix=p: "$HELPERS/act" print 1 abc exit 1
	[ "$(cat out)" = $'p:abc\np:abc' ]
	run -1 "$BROOD" run --retry 1 --backoff 0 -o out --tee "$HELPERS/act" print 1 abc exit 1
	[ "$(cat out)" = abcabc ]
}

@test "--stdin FILE is read anew by each attempt" {
	echo word >in
	run -1 --separate-stderr "$BROOD" run --retry 1 --backoff 0 --stdin in sh -c 'cat; exit 1'
	[ "$output" = $'word\nword' ]
}

@test "nothing is tried again for a reader that has gone" {
	set -o pipefail
	code=0
	"$BROOD" run --retry 5 --backoff 1h --prefix yes 2>err | head -n 1 || code=$?
	[ "$code" -eq 141 ]
	[ ! -s err ]
}

@test "a signal during an attempt ends it all" {
	mkfifo said
	"$BROOD" run --retry 5 --backoff 1h "$HELPERS/act" exit-on 15 7 ready pause 3>said 2>err &
	brood=$!
	read -r -n 1 <said
	kill "$brood"
	code=0
	wait "$brood" || code=$?
	[ "$code" -eq 7 ]
	[ ! -s err ]
}

@test "a signal ends the waiting at once" {
	for signal in TERM:143 INT:130 HUP:129; do
		rm -f err
		waiting --retry 1 false
		[[ "$line" = "brood: false: exit code 1, attempt 2/2 in "* ]]
		kill -"${signal%:*}" "$brood"
		code=0
		wait "$brood" || code=$?
		[ "$code" -eq "${signal#*:}" ]
	done
}

@test "QUIT shows the state during the waiting" {
	waiting --retry 1 false
	kill -QUIT "$brood"
	read -r -t 20 line <&7
	[[ "$line" = "brood: false: not running, attempt 2/2 in less than "* ]]
	kill "$brood"
	wait "$brood" || true
}

@test "the waiting grows" {
	waiting --retry 2 --backoff 50ms..10s false
	[[ "$line" =~ "attempt 2/3 in "(4[5-9]|5[0-5])(\.[0-9]+)?ms$ ]]
	read -r -t 20 line <&7
	[[ "$line" =~ "attempt 3/3 in "(9[0-9]|10[0-9]|110)(\.[0-9]+)?ms$ ]]
	wait "$brood" || [ $? -eq 1 ]
}

@test "wrong values are refused" {
	run -125 --separate-stderr "$BROOD" run --retry often touch here
	[ "$stderr" = "brood: run: --retry: 'often' is not a number of attempts (accepted: 0 to 1000000)" ]
	run -125 "$BROOD" run --retry -1 touch here
	run -125 "$BROOD" run --retry 1000001 touch here
	run -125 --separate-stderr "$BROOD" run --retry 1 --backoff 5s..3s touch here
	[ "$stderr" = "brood: run: --backoff: '5s..3s' is not a time or a range of times (accepted: 500ms, 1s..30s, off)" ]
	run -125 --separate-stderr "$BROOD" run --retry 1 --backoff 999d touch here
	[ "$stderr" = "brood: run: --backoff: '999d' is too long a time (accepted: 500ms, 1s..30s, off)" ]
	run -125 --separate-stderr "$BROOD" run --retry 1 --retry-on 7,timout touch here
	[ "$stderr" = "brood: run: --retry-on: 'timout' is no reason to try again (accepted: exit codes, signals, timeout, idle, spawn)" ]
	run -125 --separate-stderr "$BROOD" run --backoff 1s touch here
	[ "$stderr" = "brood: run: --backoff needs --retry N" ]
	run -125 --separate-stderr "$BROOD" run --retry-on 7 touch here
	[ "$stderr" = "brood: run: --retry-on needs --retry N" ]
	[ ! -e here ]
}
