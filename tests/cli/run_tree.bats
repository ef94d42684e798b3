#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood run: what becomes of the processes that a command has started, and what they have used.
bats_require_minimum_version 1.5.0
load kill_ours

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	unset CI
	brood=
}

teardown() {
	kill_ours "$brood"
	[ ! -e pids ] || while read -r pid; do kill_ours "$pid"; done <pids
}

# Whether a process is there and is no zombie.
is_alive() {
	[ -e "/proc/$1" ] && ! grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null
}

# Whether none of the processes of the file pids, each in a line of its own, is alive.
none_alive() {
	[ -s pids ]
	while read -r pid; do
		! is_alive "$pid" || return 1
	done <pids
}

# The beginning of a script whose child has left the session and ignores TERM.
STUBBORN='[ -p said ] || mkfifo said
	setsid "$HELPERS/act" ignore 15 print 3 "
" close 3 pause 3>said & echo $! >pids
	read -r x <said
'

# Evaluates a Python expression on the record r in the file record.
holds() {
	/usr/bin/python3 -c 'import json, sys
r = json.loads(open("record").read())
print(r, file=sys.stderr)
assert eval(sys.argv[1]), sys.argv[1]' "$1"
}

@test "what the command leaves behind is stopped, and that is said" {
	run -3 --separate-stderr "$BROOD" run --status record sh -c \
		'"$HELPERS/act" pause & echo $! >pids; setsid "$HELPERS/act" pause & echo $! >>pids; exit 3'
	[ "$stderr" = "brood: sh: 2 processes left behind were killed" ]
	none_alive
	holds 'r["left_killed"] == 2 and r["code"] == 3 and r["cause"] == "exit"'
	run -0 --separate-stderr "$BROOD" run sh -c '"$HELPERS/act" pause & echo $! >pids'
	[ "$stderr" = "brood: sh: 1 process left behind was killed" ]
	none_alive
}

@test "what ignores the signal is killed after -k" {
	run -0 --separate-stderr "$BROOD" run -k 100ms sh -c "$STUBBORN"
	[ "$stderr" = "brood: sh: 1 process left behind was killed" ]
	none_alive
}

@test "with -q a command that ends well leaves no word" {
	run -0 --separate-stderr "$BROOD" run -q sh -c '"$HELPERS/act" pause & echo $! >pids'
	[ -z "$output$stderr" ]
	none_alive
}

@test "a limit and what it has cost stand in one line" {
	run -124 --separate-stderr "$BROOD" run -t 500ms -k 100ms sh -c "$STUBBORN"'exec "$HELPERS/act" pause'
	[ "$stderr" = "brood: sh: time limit of 500ms reached, 1 process left behind was killed" ]
	none_alive
	run -124 --separate-stderr "$BROOD" run --idle 500ms -k 100ms sh -c "$STUBBORN"'exec "$HELPERS/act" pause'
	[ "$stderr" = "brood: sh: no output for 500ms, stopped (TERM), 1 process left behind was killed" ]
	none_alive
}

@test "--orphans wait waits for them" {
	mkfifo go
	"$BROOD" run --orphans wait sh -c '(read x <go; echo $x >late) & echo $$ >main; exit 5' 2>err &
	brood=$!
	until [ -s main ] && ! is_alive "$(cat main)"; do :; done
	echo word >go
	code=0
	wait "$brood" || code=$?
	[ "$code" -eq 5 ]
	[ "$(cat late)" = word ]
	[ ! -s err ]
}

@test "the limits hold for what is waited for" {
	run -124 --separate-stderr "$BROOD" run --orphans wait -t 200ms sh -c \
		'"$HELPERS/act" pause & echo $! >pids; exit 5'
	[ "$stderr" = "brood: sh: time limit of 200ms reached, 1 process left behind was killed" ]
	none_alive
	run -124 --separate-stderr "$BROOD" run --orphans wait --idle 200ms sh -c \
		'"$HELPERS/act" pause & echo $! >pids; exit 5'
	[ "$stderr" = "brood: sh: no output for 200ms, stopped (TERM), 1 process left behind was killed" ]
	none_alive
}

@test "a signal ends the waiting for them" {
	mkfifo ready
	"$BROOD" run --orphans wait sh -c '"$HELPERS/act" ready pause & echo $! >pids; echo $$ >main; exit 5' 3>ready &
	brood=$!
	read -r -n 1 <ready
	until [ -s main ] && ! is_alive "$(cat main)"; do :; done
	kill "$brood"
	code=0
	wait "$brood" || code=$?
	[ "$code" -eq 5 ]
	none_alive
}

@test "--orphans leave lets them live" {
	run -5 --separate-stderr "$BROOD" run --orphans leave --status record sh -c \
		'"$HELPERS/act" pause >&- 2>&- & echo $! >pids; exit 5'
	[ -z "$stderr" ]
	is_alive "$(cat pids)"
	holds 'r["left_killed"] == 0'
}

@test "--orphans leave does not spare what a limit stops" {
	run -124 "$BROOD" run --orphans leave -t 200ms sh -c \
		'setsid "$HELPERS/act" pause & echo $! >pids; exec "$HELPERS/act" pause'
	none_alive
}

@test "a second signal kills all of it" {
	mkfifo ready
	"$BROOD" run -k 1h sh -c 'setsid "$HELPERS/act" ignore 15 ready pause & echo $! >pids
		exec "$HELPERS/act" ignore 15 ready pause' 3>ready 2>err &
	brood=$!
	read -r -n 2 <ready
	kill "$brood"
	until ! kill "$brood" 2>/dev/null; do :; done
	code=0
	wait "$brood" || code=$?
	[ "$code" -eq 137 ]
	none_alive
}

@test "signals work when the command has ended and the rest is being stopped" {
	# Without job control bash would make it ignore SIGQUIT.
	set -m
	"$BROOD" run -k 1h sh -c "$STUBBORN"'echo $$ >main; exit 6' 2>err &
	brood=$!
	set +m
	until [ -s main ] && ! is_alive "$(cat main)"; do :; done
	kill -QUIT "$brood"
	until grep -q 'running for' err; do :; done
	until ! kill "$brood" 2>/dev/null; do :; done
	code=0
	wait "$brood" || code=$?
	[ "$code" -eq 6 ]
	none_alive
}

@test "nothing survives when brood is killed" {
	mkfifo ready
	"$BROOD" run -k 100ms sh -c 'setsid "$HELPERS/act" ignore 15 ready pause & echo $! >pids
		echo $$ >>pids; exec "$HELPERS/act" ignore 15 ready pause' 3>ready &
	brood=$!
	read -r -n 2 <ready
	kill -KILL "$brood"
	until none_alive; do :; done
}

@test "each attempt begins with nothing left of the one before it" {
	run -1 --separate-stderr "$BROOD" run -k 100ms --retry 3 --backoff 0 sh -c '
		for pid in $(cat pids 2>/dev/null); do ! kill -0 $pid 2>/dev/null || echo $pid is alive; done
		setsid "$HELPERS/act" ignore 15 pause >&- 2>&- & echo $! >>pids; exit 1'
	[ -z "$output" ]
	[ "$(wc -l <pids)" -eq 4 ]
	none_alive
}

# The command waits until brood has said, because of -v, that it runs.
# shellcheck disable=SC2089 # a script for another shell
KILL_GUARD='until grep -q "pid $$," err; do :; done; kill -KILL $PPID'

@test "a guard that is killed takes the command with it, and that is said" {
	code=0
	"$BROOD" run -v --status record sh -c \
		'setsid "$HELPERS/act" pause & echo $! >pids; '"$KILL_GUARD"'; exec "$HELPERS/act" pause' 2>err || code=$?
	[ "$code" -eq 125 ]
	grep -q 'after its guard was lost' err
	none_alive
	holds 'r["cause"] == "guard"'
}

@test "strangers among our children are not touched when the guard is killed" {
	# shellcheck disable=SC2090
	export KILL_GUARD
	run -125 sh -c '"$HELPERS/act" pause >&- 2>&- 3>&- & echo $! >pids
		exec "$BROOD" run -v sh -c "$KILL_GUARD; exec \"\$HELPERS/act\" pause" 2>err'
	is_alive "$(cat pids)"
}

@test "the memory is that of the tree, and not ours" {
	run -0 "$BROOD" run --status record sh -c '
		hold="x = bytearray(30000000); import time; time.sleep(0.5)"
		/usr/bin/python3 -c "$hold" & /usr/bin/python3 -c "$hold" & wait'
	holds 'r["rss_peak_tree"] > 60e6 and 30e6 < r["rss_peak_max"] < 60e6 and r["procs"] >= 3'
	/usr/bin/python3 -c 'x = bytearray(200000000)
import os, subprocess
subprocess.run([os.environ["BROOD"], "run", "--status", "record", "true"], check=True)'
	holds '0 < r["rss_peak_max"] < 20e6 and 0 < r["rss_peak_tree"] < 20e6'
}

@test "processor time and storage are those of the tree" {
	run -0 "$BROOD" run --status record --orphans wait sh -c 'setsid "$HELPERS/act" burn 200 & exit 0'
	holds 'r["user_s"] + r["sys_s"] > 0.15 and r["wall_s"] < 0.15'
}

@test "--report speaks of the tree" {
	run -0 --separate-stderr "$BROOD" run --report sh -c '"$HELPERS/act" burn 300 & "$HELPERS/act" burn 300; wait'
	[[ "$stderr" =~ ^"brood: sh: exit 0 · ".*" peak (tree) · 3 processes · ".*" read, ".*" written"$ ]]
}

@test "--tree chooses the means" {
	for tree in auto group guard; do
		run -0 --separate-stderr "$BROOD" run --tree "$tree" sh -c '"$HELPERS/act" pause & echo $! >pids'
		[ "$stderr" = "brood: sh: 1 process left behind was killed" ]
		none_alive
	done
	run -0 "$BROOD" run --tree group --status record true
	holds 'r["rss_peak_max"] is None and r["rss_peak_tree"] is None and r["procs"] is None and r["left_killed"] is None'
}

@test "what --tree asks for is had, or refused" {
	for tree in cgroup pidns; do
		run --separate-stderr "$BROOD" run --tree "$tree" sh -c 'setsid "$HELPERS/act" pause & echo up'
		if [ "$status" -eq 0 ]; then
			[ "$output" = up ]
		else
			[ "$status" -eq 125 ]
			[[ "$stderr" = "brood: run: --tree $tree cannot be had here: "* ]]
		fi
	done
}

@test "what --tree asks for is not replaced by something weaker" {
	unshare -U -r sh -c 'echo 0 >/proc/sys/user/max_pid_namespaces' || skip "no user namespaces"
	run -125 --separate-stderr unshare -U -r sh -c '
		echo 0 >/proc/sys/user/max_pid_namespaces
		"$BROOD" run --tree pidns touch here'
	[ "$stderr" = "brood: run: --tree pidns cannot be had here: No space left on device" ]
	[ ! -e here ]
}

@test "wrong values are refused" {
	run -125 --separate-stderr "$BROOD" run --orphans spare touch here
	[ "$stderr" = "brood: run: --orphans: 'spare' is not kill, wait or leave" ]
	run -125 --separate-stderr "$BROOD" run --tree oak touch here
	[ "$stderr" = "brood: run: --tree: 'oak' is not auto, group, guard, cgroup or pidns" ]
	[ ! -e here ]
}

@test "Ctrl-Z stops brood when the command has stopped, and fg goes on" {
	# No handler: one of Python's that comes just before a read waits for the end of that.
	export PROGRAM='import os, signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTSTP])
print("go", flush=True)
signal.sigwait([signal.SIGTSTP])
time.sleep(0.3)
print("put away", flush=True)
os.kill(os.getpid(), signal.SIGSTOP)
print("hello", input(), flush=True)'
	run -0 --separate-stderr "$HELPERS/on_pty" go '^Z' 'code 148' 'joe^M' -- \
		bash -mc '"$BROOD" run /usr/bin/python3 -c "$PROGRAM"; echo code $?; fg; echo end $?'
	[[ "$output" = *"put away"*"code 148"*"hello joe"*"end 0"* ]]
}

@test "a command in the background that reads the terminal stops, and brood with it" {
	run -0 --separate-stderr "$HELPERS/on_pty" 'code 149' 'joe^M' -- bash -mc '
		"$BROOD" run --foreground sh -c "read x; echo hello \$x" &
		wait $!; echo code $?; fg; echo end $?'
	[[ "$output" = *"code 149"*"hello joe"*"end 0"* ]]
}

@test "a shell under brood can be suspended" {
	run -0 --separate-stderr "$HELPERS/on_pty" 'P>' 'suspend^M' 'code 148' '' 'P>' 'exit 7^M' -- \
		bash -mc 'PS1="P>" "$BROOD" run bash --norc -i; echo code $?; fg; echo end $?'
	[[ "$output" = *"end 7"* ]]
}

@test "TSTP to brood alone stops the command too" {
	mkfifo pid
	run -0 --separate-stderr "$HELPERS/on_pty" 'code 148' 'joe^M' -- bash -mc '
		{ read -r pid <pid; kill -TSTP "$pid"; } &
		sh -c "echo \$\$ >pid; exec \"\$BROOD\" run sh -c \"echo go; read x; echo hello \\\$x\""
		echo code $?; fg; echo end $?'
	[[ "$output" = *"hello joe"*"end 0"* ]]
}

@test "in the /proc of another PID namespace nobody's process is taken for one of ours" {
	unshare --pid --fork true 2>/dev/null || skip "no PID namespace can be made"
	run -124 --separate-stderr unshare --pid --fork --kill-child \
		"$BROOD" run --status record -t 100ms "$HELPERS/act" pause
	[[ "$stderr" != *"left behind were killed"* ]]
	holds 'r["left_killed"] in (None, 0) and r["procs"] in (None, 0, 1)'
}
