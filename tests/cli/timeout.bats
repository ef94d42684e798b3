#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood under the name of timeout. What is asked of it is asked of the timeout that is installed too, if
# that is GNU's: an expectation that does not hold for both is wrong, or a difference, and those stand at
# the end.
bats_require_minimum_version 1.5.0
load kill_ours

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	unset CI NO_COLOR CLICOLOR_FORCE
	export LC_ALL=C
	ln -s "$BROOD" timeout
	ours=$PWD/timeout
	all=("$ours")
	peer=$(command -v timeout)
	! "$peer" --version | grep -q 'GNU coreutils' || all+=("$peer")
	runner=
}

teardown() {
	kill_ours "$runner"
}

# GNU's of the last years has them; the tests of what is newer ask ours alone where it has not.
peer_has() {
	[ "${#all[@]}" -eq 2 ] && "$peer" "$@" >/dev/null 2>&1
}

# Starts a timeout in the background; its command writes a byte to descriptor 3 when it is ready. Leaves
# the process id in $runner.
background() {
	rm -f ready
	mkfifo ready
	# Without job control bash would make it ignore SIGINT and SIGQUIT.
	set -m
	"$@" 3>ready &
	runner=$!
	set +m
	read -r -n 1 -t 20 <ready
	# An older GNU gives up if a signal comes before it has noticed that its command runs.
	until grep -q '^State:.*S' "/proc/$runner/status"; do :; done
}

# Sets $code to that of what runs in the background.
end() {
	code=0
	wait "$runner" || code=$?
	runner=
}

is_gone() {
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null
}

@test "the exit code is the command's own" {
	for T in "${all[@]}"; do
		run -0 --separate-stderr "$T" 10 true
		[ -z "$output$stderr" ]
		run -2 "$T" 10 sh -c 'exit 2'
		run -124 "$T" 10 sh -c 'exit 124'
		run -255 "$T" 10 sh -c 'exit 255'
		run -0 "$T" 1d true
		run -0 "$T" 0 true
		run -0 "$T" 0s true
	done
}

@test "a command that runs for too long gives 124, without a word" {
	for T in "${all[@]}"; do
		run -124 --separate-stderr "$T" .1 sleep 30
		[ -z "$output$stderr" ]
		run -124 "$T" 0.1s sleep 30
		run -124 "$T" .001m sleep 30
		run -124 "$T" 0.00002h sleep 30
		run -124 "$T" 0.000001d sleep 30
		# Whatever it answers then.
		run -124 "$T" .1 "$HELPERS/act" exit-on 15 0 pause
	done
}

@test "--preserve-status keeps the command's own" {
	for T in "${all[@]}"; do
		run -143 "$T" --preserve-status .1 sleep 30
		run -7 "$T" --preserve-status .1 "$HELPERS/act" exit-on 15 7 pause
		run -0 "$T" --preserve-status .1 "$HELPERS/act" exit-on 15 0 pause
	done
	run -143 "$ours" -p .1 sleep 30
	! peer_has -p 1 true || run -143 "$peer" -p .1 sleep 30
}

@test "a command that had to be killed gives 137" {
	for T in "${all[@]}"; do
		run -137 "$T" -s KILL .1 sleep 30
		run -137 "$T" --foreground -s KILL .1 sleep 30
		run -137 "$T" -k .1 .1 "$HELPERS/act" ignore 15 pause
		run -137 "$T" -k .1 -p .1 "$HELPERS/act" ignore 15 pause || [ "$T" = "$peer" ]
		run -137 "$T" --foreground -k .1 .1 "$HELPERS/act" ignore 15 pause
		# One that obeys is not killed.
		run -124 "$T" -k 30 .1 sleep 30
	done
}

@test "signal 0 is no signal, but the time of -k begins with it" {
	for T in "${all[@]}"; do
		run -137 "$T" -s0 -k .1 .1 sleep 30
		run -137 "$T" --foreground -s 0 -k .1 .1 sleep 30
	done
}

@test "without -k a command that does not want to end is waited for" {
	for T in "${all[@]}"; do
		# It ends when its input does, a good while behind its limit.
		mkfifo input
		"$T" .05 sh -c 'trap "" TERM; read -r line; exit 3' <input &
		runner=$!
		exec 5>input
		until grep -q '^State:.*Z' "/proc/$runner/status" || tail_of_limit "$runner"; do :; done
		echo >&5
		exec 5>&-
		end
		rm input
		[ "$code" -eq 124 ]
	done
}

# Whether timeout has sent its signal: the command ignores it, so the limit has to have passed.
tail_of_limit() {
	read -r up _ </proc/uptime
	read -r -a stat <"/proc/$1/stat"
	[ "$(awk -v up="$up" -v start="${stat[21]}" -v hz="$(getconf CLK_TCK)" \
		'BEGIN { print (up - start / hz > 0.2) }')" -eq 1 ]
}

@test "-s takes names, numbers and exit statuses" {
	for T in "${all[@]}"; do
		for signal in USR1 SIGUSR1 usr1 10 138; do
			run -124 "$T" -s "$signal" .1 "$HELPERS/act" exit-on 10 0 ignore 15 pause
			run -5 "$T" --preserve-status --signal="$signal" .1 "$HELPERS/act" exit-on 10 5 ignore 15 pause
		done
		run -5 "$T" --preserve-status --signal RTMIN+3 .1 "$HELPERS/act" exit-on 37 5 ignore 15 pause
		for signal in invalid '' SIG TERMX 15x -1 999 RTMAX+1; do
			run -125 --separate-stderr "$T" --signal="$signal" 1 sh -c 'echo started'
			[ -z "$output" ]
			[[ "$stderr" = *"timeout: '$signal': invalid signal"* ]] || [ "$signal" = '' ]
		done
	done
}

@test "options may be short, long and abbreviated, and end at the first operand" {
	for T in "${all[@]}"; do
		run -137 "$T" -sKILL -k1 .1 sleep 30
		run -137 "$T" -vs KILL .1 sleep 30
		run -137 "$T" --si=KILL .1 sleep 30
		run -137 "$T" --kill .1 --s 0 .1 sleep 30
		run -143 "$T" --pre --for .1 sleep 30
		run -0 "$T" -- 10 true
		run -0 "$T" 10 echo -k 5 --help
		[ "$output" = "-k 5 --help" ]
		run -127 "$T" 10 -- true
	done
	run -143 "$ours" -fps TERM .1 sleep 30
	! peer_has -p 1 true || run -143 "$peer" -fps TERM .1 sleep 30
}

@test "a wrong command line gives 125, says so, and starts nothing" {
	for T in "${all[@]}"; do
		for line in '' 1 '-k' '-k 1' '-s' '--bogus 1 touch made' '-x 1 touch made' '--v 1 touch made' \
			'--verbose=3 1 touch made' '--signal' '-k x 1 touch made' '--kill-after=x 1 touch made' \
			'--foo=1 1 touch made' 'x touch made'; do
			# shellcheck disable=SC2086
			run -125 --separate-stderr "$T" $line
			[ -z "$output" ]
			[ -n "$stderr" ]
		done
	done
	[ ! -e made ]
	help='(timeout --help shows how it is used)'
	run -125 "$ours" --bogus 1 true
	[ "$output" = "timeout: unknown option --bogus $help" ]
	run -125 "$ours" -x 1 true
	[ "$output" = "timeout: unknown option -x $help" ]
	run -125 "$ours" -vx 1 true
	[ "$output" = "timeout: unknown option -x $help" ]
	run -125 "$ours" --v 1 true
	[ "$output" = "timeout: option --v is ambiguous: --verbose --version $help" ]
	run -125 "$ours" --verb=3 1 true
	[ "$output" = "timeout: option --verbose takes no value $help" ]
	run -125 "$ours" -k
	[ "$output" = "timeout: option -k needs a value $help" ]
	run -125 "$ours" --kill
	[ "$output" = "timeout: option --kill-after needs a value $help" ]
	run -125 "$ours" 1
	[ "$output" = "timeout: no command was given $help" ]
	run -125 "$ours"
	[ "$output" = "timeout: no time limit and no command were given $help" ]
	run -125 "$ours" -s FOO 1 true
	[ "$output" = "timeout: 'FOO': invalid signal (accepted: TERM, SIGTERM, 15, RTMIN+3, 0)" ]
}

@test "durations are numbers with one unit at most" {
	for T in "${all[@]}"; do
		for duration in invalid '' ' -0.1' 42D 1ms 1m30s 1mm 5x nan s . 1e 1,5; do
			run -125 --separate-stderr "$T" "$duration" sh -c 'echo started'
			[ -z "$output" ]
			[[ "$stderr" = "timeout: invalid time interval '$duration'"* ]] || [ "$T" = "$peer" ]
			run -125 "$T" -k "$duration" 1 true
		done
		run -125 "$T" -- -1 true
		for duration in 10.34 9.999999999 1e1 +10 ' 10' 0x10 0x1d .5e1m 1.d; do
			run -0 "$T" "$duration" true
		done
		for duration in 0x1p-4 1e-2 +.05 1E-9d; do
			run -124 "$T" "$duration" sleep 30
		done
	done
	run -125 "$ours" 1ms true
	[ "$output" = "timeout: invalid time interval '1ms' (accepted: 10, 1.5, 2s, 5m, 1h, 1d; 0: none)" ]
}

@test "what is not nothing does not become nothing" {
	# The newest GNU has mended this; ask it only if it has.
	for T in "${all[@]}"; do
		[ "$T" = "$ours" ] || ! "$T" 1e-10000 sleep .05 || continue
		run -124 "$T" 1e-10000 sleep 30
		run -124 "$T" 1e-400d sleep 30
		run -125 "$T" ' -1e-10000' true
	done
}

@test "very long times are as good as none" {
	for T in "${all[@]}"; do
		for duration in 4294967296 9223372036854775807 9223372036854775808 9223372036854775808d 2.34e+5d \
			1e300 1.18973e+4932 99999999999999999999999999999d inf infinity INFd; do
			run -0 --separate-stderr "$T" "$duration" true
			[ -z "$stderr" ]
			run -0 "$T" -k "$duration" 10 true
		done
		run -125 "$T" -- -1.18973e+4932 true
	done
}

@test "a command that cannot be run gives 126, one that is not there 127" {
	echo echo hi >plain
	mkdir -p path/folder
	for T in "${all[@]}"; do
		run -126 --separate-stderr "$T" 10 .
		[[ "$stderr" = timeout:* ]] || [ "$T" = "$peer" ]
		run -126 "$T" 10 ./plain
		run -126 "$T" 10 /
		PATH=$PWD/path:$PATH run -126 "$T" 10 folder
		run -127 --separate-stderr "$T" 10 no-such-command
		[[ "$stderr" = *timeout:*no-such-command* ]]
		run -127 "$T" 10 ./no-such-command
		run -127 "$T" 10 ''
		run -127 "$T" 10 10 true
	done
	run -127 "$ours" 10 no-such-command
	[ "$output" = "timeout: no-such-command: not found on PATH" ]
	run -127 "$ours" 10 10 true
	[ "$output" = "timeout: 10: not found on PATH" ]
}

@test "a script without a first line for it is run by sh" {
	echo 'echo "hi $1"; exit 5' >script
	chmod +x script
	for T in "${all[@]}"; do
		run -5 "$T" 10 ./script there
		[ "$output" = "hi there" ]
	done
}

@test "the command gets what we have" {
	for T in "${all[@]}"; do
		# Also where a program that asks would be given nothing by brood run.
		CI=1 run -0 "$T" 10 cat <<<words
		[ "$output" = words ]
		run -0 "$T" 10 sh -c 'echo out; echo err >&2; echo five >&5' 5>five
		[ "$output" = $'out\nerr' ]
		[ "$(cat five)" = five ]
		run -0 env -i A=b "$T" 10 env
		[ "$output" = A=b ]
	done
}

@test "--verbose tells the signals" {
	for T in "${all[@]}"; do
		for option in -v --verbose; do
			run -124 --separate-stderr "$T" "$option" .1 sleep 30
			[ "$stderr" = "timeout: sending signal TERM to command 'sleep'" ] || [ "$T" = "$peer" ]
			[[ "$stderr" = *"timeout: sending signal TERM to command 'sleep'" ]]
			run -137 --separate-stderr "$T" "$option" -s0 -k .1 .1 sleep 30
			# An older GNU calls it EXIT.
			words=$(grep -o 'sending.*' <<<"${stderr/EXIT/0}")
			[ "$words" = $'sending signal 0 to command \'sleep\'\nsending signal KILL to command \'sleep\'' ]
			run -137 --separate-stderr "$T" "$option" --foreground -k .1 -sRTMIN+1 .1 "$HELPERS/act" ignore 35 pause
			words=$(grep -o 'sending.*' <<<"$stderr")
			[ "$words" = "sending signal RTMIN+1 to command '$HELPERS/act'
sending signal KILL to command '$HELPERS/act'" ]
			run -0 --separate-stderr "$T" "$option" 10 true
			[ -z "$stderr" ]
		done
	done
}

@test "a message that nobody reads changes no exit code" {
	mkfifo gone
	for T in "${all[@]}"; do
		# An older GNU dies of SIGPIPE.
		[ "$T" = "$ours" ] || peer_has -p 1 true || continue
		# The pipe has no reader any more when this begins.
		{ read -r _ <gone; "$T" -v .1 sleep 30 2>&1 || echo $? >code; } | { exec 0<&-; echo >gone; }
		[ "$(cat code)" -eq 124 ]
		rm code
	done
}

@test "a signal is passed on" {
	for T in "${all[@]}"; do
		for option in -s15 --foreground; do
			for signal in HUP INT QUIT TERM; do
				number=$(kill -l "$signal")
				background "$T" "$option" 60 "$HELPERS/act" exit-on "$number" 42 ready pause
				kill -"$signal" "$runner"
				end
				[ "$code" -eq 42 ]
			done
		done
	done
	# As the newest GNU does.
	for signal in USR1 USR2 PIPE XCPU RTMIN+5; do
		background "$ours" 60 "$HELPERS/act" exit-on "$(kill -l "$signal")" 42 ready pause
		kill -"$signal" "$runner"
		end
		[ "$code" -eq 42 ]
	done
}

@test "--verbose tells what is passed on" {
	for T in "${all[@]}"; do
		background "$T" -v 60 "$HELPERS/act" exit-on 1 42 ready pause 2>err
		kill -HUP "$runner"
		end
		[ "$code" -eq 42 ]
		[ "$(grep -o 'sending.*' err)" = "sending signal HUP to command '$HELPERS/act'" ]
	done
}

@test "a signal that is passed on begins the time of -k" {
	for T in "${all[@]}"; do
		for signal in TERM INT; do
			background "$T" -k .1 60 "$HELPERS/act" ignore 2 ignore 15 ready pause
			kill -"$signal" "$runner"
			end
			[ "$code" -eq 137 ]
		done
	done
}

@test "ALRM is as good as the end of the time" {
	for T in "${all[@]}"; do
		background "$T" 60 "$HELPERS/act" exit-on 15 0 ready pause
		kill -ALRM "$runner"
		end
		[ "$code" -eq 124 ]
		background "$T" --preserve-status -s USR1 60 "$HELPERS/act" exit-on 10 9 ready pause
		kill -ALRM "$runner"
		end
		[ "$code" -eq 9 ]
		background "$T" -k .1 60 "$HELPERS/act" ignore 15 ready pause
		kill -ALRM "$runner"
		end
		[ "$code" -eq 137 ]
	done
}

@test "it dies of what the command dies of, unless time was up" {
	for T in "${all[@]}"; do
		for signal in 9 15 1 12; do
			run "$BROOD" run --json "$T" 10 "$HELPERS/act" raise "$signal"
			[[ "$output" = *"\"signal\":\"SIG$(kill -l "$signal")\""* ]]
		done
		run "$BROOD" run --json "$T" .1 sleep 30
		[[ "$output" = *'"code":124,"signal":null'* ]]
		run "$BROOD" run --json "$T" --preserve-status .1 sleep 30
		[[ "$output" = *'"code":143,"signal":null'* ]]
	done
}

@test "a core dump is the command's, and it is told" {
	ulimit -c unlimited 2>/dev/null || skip "no core dumps here"
	# A sanitizer takes them away from itself, and so from its children.
	[ "$("$ours" 10 sh -c 'ulimit -c')" = unlimited ] || skip "this build forbids core dumps"
	run -139 "$HELPERS/act" raise 11
	for T in "${all[@]}"; do
		run -139 --separate-stderr "$T" 10 "$HELPERS/act" raise 11
		told+=("$(grep -c 'the monitored command dumped core' <<<"$stderr" || true)")
	done
	[ "${told[0]}" -le 1 ]
	[ "${told[0]}" = "${told[1]:-${told[0]}}" ]
	run -139 --separate-stderr "$ours" 10 "$HELPERS/act" core 0 raise 11
	[[ "$stderr" != *dumped* ]] || grep -q '^|' /proc/sys/kernel/core_pattern
}

@test "a caller that ignores CHLD loses no exit code" {
	for T in "${all[@]}"; do
		run -3 bash -c 'trap "" CHLD; exec "$1" 10 sh -c "exit 3"' sh "$T"
		run -124 bash -c 'trap "" CHLD; exec "$1" .1 sleep 30' sh "$T"
		run -0 bash -c 'trap "" CHLD; exec "$1" 10 true' sh "$T"
	done
}

@test "blocked signals do not stop the clock" {
	for T in "${all[@]}"; do
		run -124 env --block-signal=ALRM "$T" .1 sleep 30
		run -137 env --block-signal=ALRM,CHLD "$T" -s0 -k .1 .1 sleep 30
		# And the command finds them blocked as they were.
		run -0 env --block-signal=USR1,ALRM "$T" 10 "$HELPERS/show_state"
		mask=$(sed -n 's/^SigBlk:\s*//p' <<<"$output")
		[ $((0x$mask)) -eq $(((1 << 9) | (1 << 13))) ]
	done
}

@test "a caller that ignores the signals that it takes does not matter" {
	for T in "${all[@]}"; do
		run -124 bash -c 'trap "" TERM; exec "$1" .1 sleep 30' sh "$T"
		run -124 bash -c 'trap "" ALRM; exec "$1" .1 sleep 30' sh "$T"
	done
}

@test "children that it did not start are none of its business" {
	for T in "${all[@]}"; do
		run -124 bash -c 'setsid true & exec "$1" .2 sh -c "sleep 30; echo foo"' sh "$T"
		[ -z "$output" ]
		# And are not killed.
		mkfifo hold
		run -124 bash -c 'setsid sh -c "read -r x <hold; echo alive >alive" >/dev/null 2>&1 & exec "$1" .1 sleep 30' sh "$T"
		echo >hold
		until [ -s alive ]; do :; done
		rm hold alive
	done
}

@test "a reader that is gone is seen by the command as without us" {
	for T in "${all[@]}"; do
		set +e
		"$T" 10 yes | :
		codes=("${PIPESTATUS[@]}")
		(trap '' PIPE && exec "$T" 10 yes 2>err) | :
		set -e
		[ "${codes[0]}" -eq 141 ]
		grep -q 'Broken pipe' err
	done
}

@test "a command that is stopped ends all the same" {
	for T in "${all[@]}"; do
		run -124 "$T" .1 sh -c 'kill -STOP $$; sleep 30'
		run -124 "$T" .1 "$HELPERS/act" raise 19 pause
	done
}

@test "a child in the same group ends too" {
	for T in "${all[@]}"; do
		run -124 "$T" .2 sh -c 'sleep 1000 & echo $! >pid; wait'
		until is_gone "$(cat pid)"; do :; done
	done
}

@test "a process that the command leaves when it ends in time lives on" {
	for T in "${all[@]}"; do
		mkfifo hold
		run -0 "$T" 10 sh -c '(read -r x <hold; echo alive >alive) >/dev/null 2>&1 & exit 0'
		echo >hold
		until [ -s alive ]; do :; done
		rm hold alive
	done
}

@test "--foreground: the limit is for the command alone" {
	for T in "${all[@]}"; do
		mkfifo hold
		run -124 "$T" --foreground .1 sh -c '(read -r x <hold; echo alive >alive) >/dev/null 2>&1 & wait'
		echo >hold
		until [ -s alive ]; do :; done
		rm hold alive
		run -0 "$T" --foreground 10 "$HELPERS/show_state"
		group=$(sed -n 's/^pgid //p' <<<"$output")
		[ "$group" = "$(ps -o pgid= -p $$ | tr -d ' ')" ] || [ "$group" = "$(ps -o pgid= -p "$BASHPID" | tr -d ' ')" ]
	done
}

@test "a signal to the whole group reaches the command, and is passed on once more" {
	cat >group <<-'EOF'
		#!/bin/sh
		trap '' USR1
		env --default-signal=USR1 "$1" -v --foreground 60 "$2/act" exit-on 10 42 ready pause
		echo $? >code
	EOF
	chmod +x group
	for T in "${all[@]}"; do
		[ "$T" = "$ours" ] || peer_has -p 1 true || continue
		background setsid -w ./group "$T" "$HELPERS"
		group=$(pgrep -f "^/bin/sh ./group $T" | head -n 1)
		kill -USR1 -- "-$group"
		end
		[ "$(cat code)" -eq 42 ]
	done
}

@test "one within another: the inner one does what its user asked for" {
	for T in "${all[@]}"; do
		background "$T" -s ALRM 60 "$T" -s USR1 50 sh -c 'trap "echo >got; exit" USR1; echo >&3; while :; do sleep 0.05; done'
		for inner in $(pgrep -P "$runner"); do
			until grep -q '^State:.*S' "/proc/$inner/status"; do :; done
		done
		kill -ALRM "$runner"
		end
		[ "$code" -eq 124 ]
		[ -e got ] || { echo "$T"; false; }
		rm got
		run -124 "$T" 20 "$T" .1 sleep 30
		run -124 "$T" .1 "$T" 20 sleep 30
	done
}

@test "as the first process of a container" {
	unshare --pid --fork --map-root-user true 2>/dev/null || skip "no PID namespace can be made"
	for T in "${all[@]}"; do
		run -124 unshare --pid --fork --map-root-user "$T" .1 sleep 30
		run -7 unshare --pid --fork --map-root-user "$T" 10 sh -c 'exit 7'
	done
}

@test "--foreground: the command can use the terminal" {
	for T in "${all[@]}"; do
		run -0 --separate-stderr "$HELPERS/on_pty" ready 'words^M' -- bash -c \
			'"$1" --foreground 20 sh -c "echo ready; read -r x; echo got \$x"; exit $?' sh "$T"
		[[ "$output" = *"got words"* ]]
		[ "$stderr" = "exit 0" ]
	done
}

@test "in the background of a terminal that minds, it is not stopped by what it says" {
	for T in "${all[@]}"; do
		run -0 --separate-stderr "$HELPERS/on_pty" -- bash -c \
			'set -m; stty tostop; "$1" -v .1 sleep 30 & wait $!; exit $?' sh "$T"
		[ "$stderr" = "exit 124" ]
		[[ "$output" = *"sending signal TERM to command 'sleep'"* ]]
	done
}

@test "in the background of a terminal, a command that reads it is stopped and ended" {
	for T in "${all[@]}"; do
		run -0 --separate-stderr "$HELPERS/on_pty" -- bash -c \
			'set -m; "$1" .2 cat /dev/tty & wait $!; exit $?' sh "$T"
		[ "$stderr" = "exit 124" ]
	done
}

@test "--help and --version" {
	for T in "${all[@]}"; do
		run -0 --separate-stderr "$T" --help
		[ -z "$stderr" ]
		[[ "${lines[0]}" = Usage:* ]]
		for option in --foreground --kill-after --preserve-status --signal --verbose --help --version; do
			[[ "$output" = *"$option"* ]]
		done
		run -0 "$T" --version
		[[ "$output" = timeout* ]]
		run -125 "$T" -V
		run -125 "$T" -h
	done
}

# From here on: what is different.

@test "difference: all that the command has started is stopped, wherever it went" {
	run -124 "$ours" .3 sh -c 'setsid sleep 1000 & echo $! >pid; wait'
	is_gone "$(cat pid)"
	run -137 "$ours" -k .1 .3 sh -c 'setsid sh -c "trap \"\" TERM; sleep 1000" & echo $! >pid; trap "" TERM; sleep 1000; sleep 1000'
	is_gone "$(cat pid)"
	# Also when only what it has left behind does not want to end.
	run -124 "$ours" -k .1 .3 sh -c 'setsid sh -c "trap \"\" TERM; sleep 1000" & echo $! >pid; wait'
	is_gone "$(cat pid)"
}

@test "difference: the same when it is asked to end by its signal" {
	background "$ours" -k .1 60 sh -c 'setsid sh -c "trap \"\" TERM; echo >&3; sleep 1000" & echo $! >pid; wait'
	kill "$runner"
	end
	[ "$code" -eq 143 ]
	is_gone "$(cat pid)"
}

@test "difference: nothing is left when timeout itself is killed" {
	background "$ours" -k .1 60 sh -c 'setsid sh -c "trap \"\" TERM; echo >&3; sleep 1000" & echo $! $$ >pid; wait'
	kill -KILL "$runner"
	end
	[ "$code" -eq 137 ]
	read -r -a pids <pid
	for pid in "${pids[@]}"; do
		until is_gone "$pid"; do :; done
	done
}

@test "difference: what the command leaves and what ignores the signal is killed within 5 seconds" {
	run -124 "$ours" .1 sh -c 'sh -c "trap \"\" TERM; sleep 1000" & echo $! >pid; wait'
	is_gone "$(cat pid)"
}

@test "difference: time goes on while timeout is stopped" {
	background "$ours" .2 sh -c 'echo $$ >pid; echo >&3; exec sleep 1000'
	kill -STOP "$runner"
	until is_gone "$(cat pid)"; do :; done
	kill -CONT "$runner"
	end
	[ "$code" -eq 124 ]
}

@test "difference: -s 0 sends CONT" {
	for option in -v --foreground; do
		background "$ours" "$option" -s 0 -k 60 .1 "$HELPERS/act" exit-on 18 42 ready pause
		end
		[ "$code" -eq 124 ]
	done
}

@test "difference: a signal that tells of a fault is not passed on" {
	ulimit -c 0
	background "$ours" -k .1 60 sh -c 'trap "" ILL; echo $$ >pid; echo >&3; exec sleep 1000'
	kill -ILL "$runner"
	end
	[ "$code" -eq 132 ]
	until is_gone "$(cat pid)"; do :; done
}

@test "difference: without its guard it kills the command, and says so" {
	# The guard is the parent of the command.
	run -125 --separate-stderr "$ours" 10 sh -c 'echo $$ >pid; kill -KILL $PPID; exec sleep 1000'
	[[ "$stderr" = timeout:*guard* ]]
	is_gone "$(cat pid)"
}

@test "difference: a standard input that is closed is an empty one" {
	# Closed behind what bats does with descriptors.
	run -0 --separate-stderr sh -c 'exec "$1" 10 cat <&-' sh "$ours"
	[ -z "$output$stderr" ]
}

@test "difference: KILL goes to the command, not to timeout itself" {
	run "$BROOD" run --json "$ours" -s KILL .1 sleep 30
	[[ "$output" = *'"code":137,"signal":null'* ]]
}

@test "difference: in the foreground of a terminal nothing has to be said" {
	run -0 --separate-stderr "$HELPERS/on_pty" ready 'words^M' -- bash -c \
		'"$1" 20 sh -c "echo ready; read -r x; echo got \$x"; exit $?' sh "$ours"
	[[ "$output" = *"got words"* ]]
	[ "$stderr" = "exit 0" ]
	run -0 --separate-stderr "$HELPERS/on_pty" ready '^C' -- bash -c \
		'"$1" 20 "$2/act" exit-on 2 42 print 1 ready pause; exit $?' sh "$ours" "$HELPERS"
	[ "$stderr" = "exit 42" ]
	run -0 --separate-stderr "$HELPERS/on_pty" -- bash -c \
		'"$1" -s KILL .2 sh -c "stty -echo; sleep 30"; stty -a' sh "$ours"
	[[ "$output" = *" echo "* ]]
}

@test "difference: signals that were ignored are not passed on, as in the newest GNU" {
	background bash -c 'trap "" INT; exec "$1" 60 "$2/act" exit-on 2 41 exit-on 15 42 ready pause' sh "$ours" "$HELPERS"
	kill -INT "$runner"
	kill -TERM "$runner"
	end
	[ "$code" -eq 42 ]
}

@test "difference: the words of messages" {
	run -127 "$ours" 10 $'no\nsuch\033[1m'
	[ "$output" = 'timeout: no\x0asuch\x1b[1m: not found on PATH' ]
}
