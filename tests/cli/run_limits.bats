#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood run: time limits, signals, terminals.
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

# Runs brood in the background with the given arguments; its job writes to the FIFO when it is ready.
# Leaves the process id in $brood.
background() {
	mkfifo ready
	# Without job control bash would make it ignore SIGINT.
	set -m
	"$BROOD" run "$@" 3>ready 2>err >out &
	brood=$!
	set +m
	read -r -n 1 -t 20 <ready
}

@test "the time limit ends the command with 124" {
	run -124 --separate-stderr "$BROOD" run -t 0.1s -- "$HELPERS/act" pause
	[ "$stderr" = "brood: act: time limit of 100ms reached" ]
	run -124 --separate-stderr "$BROOD" run --timeout=100ms "$HELPERS/act" pause
	run -124 --separate-stderr "$BROOD" run -t.1 "$HELPERS/act" pause
}

@test "the time limit gives 124 whatever the command answers" {
	run -124 --separate-stderr "$BROOD" run -t 0.1s -- "$HELPERS/act" exit-on 15 0 pause
	run -124 --separate-stderr "$BROOD" run -t 0.1s -s KILL -- "$HELPERS/act" pause
	[ "$stderr" = "brood: act: time limit of 100ms reached" ]
}

@test "a command within its limit is left alone" {
	run -3 --separate-stderr "$BROOD" run -t 1m "$HELPERS/act" exit 3
	[ -z "$stderr" ]
	run -0 "$BROOD" run -t 0 true
	run -0 "$BROOD" run -t off -k off --wait-delay off true
}

@test "-k kills what does not end" {
	run -124 --separate-stderr "$BROOD" run -t 100ms -k 100ms "$HELPERS/act" ignore 15 pause
	[ "$stderr" = "brood: act: time limit of 100ms reached; it did not end within 100ms of SIGTERM and was killed" ]
}

@test "-s chooses the first signal" {
	run -124 --separate-stderr "$BROOD" run -q -s SIGUSR1 -t 100ms -k 20s "$HELPERS/act" ignore 15 pause
	run -124 "$BROOD" run --json -s 12 -t 100ms "$HELPERS/act" pause
	[[ "$output" = *'"signal":"SIGUSR2"'* ]]
	run -124 "$BROOD" run --json -s rtmin+3 -t 100ms "$HELPERS/act" pause
	[[ "$output" = *'"signal":"SIGRTMIN+3"'* ]]
}

@test "the whole process group is stopped" {
	run -124 "$BROOD" run -t 200ms -o out sh -c 'sh -c "echo \$\$; exec sleep 1000"; exit 0'
	pid=$(head -n 1 out)
	[ -n "$pid" ]
	# Signalled together with its parent, it may be gone a moment later than that.
	while kill -0 "$pid" 2>/dev/null && ! grep -q '^State:.*Z' "/proc/$pid/status"; do :; done
}

@test "wrong durations name the option, the value and what is accepted" {
	for option in -t --timeout -k --kill-after --wait-delay; do
		run -125 --separate-stderr "$BROOD" run "$option" '5 minutes' true
		[ "$stderr" = "brood: run: $option: '5 minutes' is not a duration (accepted: 500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds), off)" ]
	done
	run -125 --separate-stderr "$BROOD" run -t 9999999999 true
	[[ "$stderr" = "brood: run: -t: '9999999999' is too long a time "* ]]
	run -125 --separate-stderr "$BROOD" run -s FOO true
	[ "$stderr" = "brood: run: -s: 'FOO' is not a signal (accepted: TERM, SIGTERM, 15, RTMIN+3)" ]
	run -125 "$BROOD" run -s 0 true
}

@test "TERM, INT and HUP stop the command, and its exit code counts" {
	for signal in TERM INT HUP; do
		rm -f ready
		background "$HELPERS/act" exit-on 15 7 ready pause
		kill -"$signal" "$brood"
		code=0
		wait "$brood" || code=$?
		[ "$code" -eq 7 ]
		[ ! -s err ]
	done
}

@test "a command that TERM kills gives 143 and a record that says canceled" {
	background --json "$HELPERS/act" ready pause
	kill "$brood"
	code=0
	wait "$brood" || code=$?
	[ "$code" -eq 143 ]
	grep -q '"cause":"canceled","code":null,"signal":"SIGTERM"' err
	[ "$(wc -l <err)" -eq 1 ]
}

@test "a second signal kills at once" {
	background -k 1h "$HELPERS/act" ignore 15 ready pause
	kill "$brood"
	kill "$brood"
	# One that comes while the first is pending is the same one for the kernel.
	until ! kill "$brood" 2>/dev/null; do :; done
	code=0
	wait "$brood" || code=$?
	[ "$code" -eq 137 ]
}

@test "what was ignored stays ignored" {
	run -0 bash -c 'trap "" HUP INT TERM; export front=$$; exec "$BROOD" run sh -c "kill -HUP \$front; kill -INT \$front; kill -TERM \$front; kill -HUP \$\$; echo alive"'
	[ "$output" = alive ]
}

@test "QUIT shows the state and nothing else happens" {
	run -0 --separate-stderr sh -c 'export front=$$; exec "$BROOD" run -t 1m sh -c "kill -QUIT \$front; echo alive"'
	[ "$output" = alive ]
	[[ "$stderr" =~ ^"brood: sh: pid "[0-9]+", running for 0."[0-9]"s, time limit 1m"$ ]]
	run -0 --separate-stderr sh -c 'export front=$$; exec "$BROOD" run sh -c "kill -QUIT \$front"'
	[[ "$stderr" =~ ", no time limit"$ ]]
}

@test "in the foreground of a terminal the command shares our group and reads from it" {
	run -0 "$HELPERS/on_pty" 'name?' 'joe^M' -- "$BROOD" run -v sh -c 'echo name?; read x; echo hello $x'
	[[ "$output" = *"in our process group"* ]]
	[[ "$output" = *"hello joe"* ]]
}

@test "Ctrl-C reaches the command, and brood dies of it too" {
	run -0 --separate-stderr "$HELPERS/on_pty" go '^C' -- \
		"$BROOD" run "$HELPERS/act" print 1 go pause
	[ "$stderr" = "signal 2" ]
	[[ "$output" != *brood:* ]]
}

@test "what Ctrl-C means is up to the command" {
	run -0 --separate-stderr "$HELPERS/on_pty" go '^C' -- \
		"$BROOD" run "$HELPERS/act" exit-on 2 9 print 1 go pause
	[ "$stderr" = "exit 9" ]
}

@test "a second Ctrl-C kills" {
	# Ctrl-\ in between: brood answers only after it has seen the first Ctrl-C.
	run -0 --separate-stderr "$HELPERS/on_pty" go '^C' $'\002' "^\\" 'running for' '^C' -- \
		"$BROOD" run sh -c 'exec "$HELPERS/act" ignore 15 ignore 3 say-on 2 print 1 go pause 3>&1'
	[ "$stderr" = "exit 137" ]
}

@test "the modes of the terminal come back when the command is killed" {
	run -0 --separate-stderr "$HELPERS/on_pty" -- \
		sh -c '"$BROOD" run -t 200ms sh -c "stty raw -echo; exec sleep 100"; stty -a'
	[[ "$output" = *"time limit of 200ms reached"* ]]
	[[ "$output" = *" icanon "* ]]
	[[ "$output" = *" echo "* ]]
}

@test "without a terminal the command has a group of its own" {
	run -0 setsid -w "$BROOD" run "$HELPERS/show_state"
	[[ "$output" =~ "pid "([0-9]+)$'\n'"ppid "[0-9]+$'\n'"pgid "([0-9]+) ]]
	[ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ]
}

@test "TSTP and CONT are passed on to a command with a group of its own" {
	run -0 setsid -w bash -c 'set -eu
		mkfifo ready
		"$BROOD" run sh -c "echo \$\$ >ready; exec \"\$HELPERS/act\" pause" &
		read -r child <ready
		state() { until grep -q "^State:.$2" "/proc/$1/status"; do :; done; }
		kill -TSTP $!
		state $! T
		state "$child" T
		kill -CONT $!
		state "$child" S
		kill $!
		wait $! || [ $? -eq 143 ]'
}
