#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood pipe: nobody is left behind, whoever is killed, and nobody is stopped too early.
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

is_alive() {
	[ -e "/proc/$1" ] && ! grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null
}

# Whether none of the processes of the file pids, one in each line, is alive; their number is $1.
none_alive() {
	[ "$(wc -l <pids)" = "$1" ]
	while read -r pid; do
		! is_alive "$pid" || return 1
	done <pids
}

# Waits until none of them is, or for so many milliseconds; says how long it took.
until_none_alive() {
	local begin now
	begin=$(date +%s%N)
	while now=$(date +%s%N); ! none_alive "$1" && ((now - begin < $2 * 1000000)); do
		read -rt 0.005 <> <(:) || true
	done
	none_alive "$1"
}

# Until the file pids has so many lines.
until_there() {
	until [ -e pids ] && [ "$(wc -l <pids)" = "$1" ]; do
		read -rt 0.005 <> <(:) || true
	done
}

# Stages that say who they are.
PRODUCER='sh -c "echo \$\$ >>pids; exec yes"'
MIDDLE='sh -c "echo \$\$ >middle; echo \$\$ >>pids; exec cat"'
CONSUMER='sh -c "echo \$\$ >>pids; cat >/dev/null; exec \$HELPERS/act pause"'

@test "a stage that is killed in the middle: its status, and all others are gone within a second" {
	"$BROOD" pipe --status record "$PRODUCER" "$MIDDLE" "$CONSUMER" 2>err 3>&- &
	brood=$!
	until_there 3
	kill -KILL "$(cat middle)"
	until_none_alive 3 1000
	code=0
	wait "$brood" || code=$?
	[ "$code" = 137 ]
	brood=
	grep -q "stage 2 (sh): SIGKILL" err
	/usr/bin/python3 -c 'import json
s = json.load(open("record"))["stages"]
assert s[1]["signal"] == "KILL" and s[1]["cause"] == "signal", s
assert s[2]["cause"] == "canceled", s'
}

@test "after SIGKILL of brood nothing is left, also what has left its session" {
	"$BROOD" pipe "$PRODUCER" "$MIDDLE" \
		'sh -c "setsid \$HELPERS/act pause & echo \$! >>pids; echo \$\$ >>pids; cat >/dev/null"' 3>&- &
	brood=$!
	until_there 4
	kill -KILL "$brood"
	until_none_alive 4 1000
	brood=
}

@test "after a signal to brood while it starts its stages nothing is left" {
	for ((i = 0; i < ${PIPE_KILLS:-30}; i++)); do
		marker="sleep 9$RANDOM$RANDOM$RANDOM"
		"$BROOD" pipe "$marker" "$marker" "$marker" "$marker" "$marker" "$marker" 3>&- &
		brood=$!
		read -rt "0.00$((RANDOM % 9))" <> <(:) || true
		if ((i % 3 > 0)); then kill -KILL "$brood"; else kill "$brood"; fi
		wait "$brood" || true
		brood=
		begin=$(date +%s%N)
		while pgrep -fx "$marker" >pids && (($(date +%s%N) - begin < 1000000000)); do
			read -rt 0.005 <> <(:) || true
		done
		[ ! -s pids ]
	done
}

@test "after SIGKILL of brood relays are gone too" {
	"$BROOD" pipe --rate 1M "$PRODUCER" --tee "$MIDDLE >/dev/null" "[mem=1M] $MIDDLE" "$CONSUMER" 3>&- &
	brood=$!
	until_there 4
	until [ "$(pgrep -cf '^brood pipe-relay ')" -ge 2 ]; do read -rt 0.01 <> <(:) || true; done
	pgrep -f '^brood pipe-relay ' -P "$(pgrep -d, -P "$brood")" >>pids
	[ "$(wc -l <pids)" = 6 ]
	kill -KILL "$brood"
	until_none_alive 6 1000
	brood=
}

@test "after SIGKILL of brood a relay does not wait for its reader" {
	mkfifo slow
	"$BROOD" pipe --rate 1K "$PRODUCER" >slow 3>&- &
	brood=$!
	exec {slow}<slow
	until_there 1
	pgrep -f '^brood pipe-relay 1024 ' >>pids
	[ "$(wc -l <pids)" = 2 ]
	kill -KILL "$brood"
	until_none_alive 2 1000
	exec {slow}<&-
	brood=
}

@test "with another signal relays still hand on what comes" {
	"$BROOD" pipe -s USR1 \
		'[mem=1M] sh -c "trap \"echo last; exit 0\" USR1; echo \$\$ >>pids; while :; do \$HELPERS/act pause & wait \$!; done"' \
		"$HELPERS/act ignore 10 print 2 ready copy 0 1" >out 2>err 3>&- &
	brood=$!
	until_there 1
	until grep -q ready err; do read -rt 0.005 <> <(:) || true; done
	kill "$brood"
	wait "$brood" || true
	brood=
	[ "$(cat out)" = last ]
}

@test "a guard that is killed leaves nothing behind either, and the exit code is 125" {
	mkfifo never
	"$BROOD" pipe --status record cat \
		'sh -c "setsid \$HELPERS/act pause & echo \$! >>pids; echo \$\$ >middle; echo \$\$ >>pids; exec cat"' "$CONSUMER" <never 2>err 3>&- &
	brood=$!
	exec {never}>never
	until_there 3
	# The parent of the second stage's own process.
	kill -KILL "$(awk '{ print $4 }' "/proc/$(cat middle)/stat")"
	until_none_alive 3 1000
	code=0
	wait "$brood" || code=$?
	exec {never}>&-
	[ "$code" = 125 ]
	brood=
	/usr/bin/python3 -c 'import json
s = json.load(open("record"))["stages"]
assert s[1]["cause"] == "guard", s'
}

@test "what ignores TERM is killed within the second too when another stage is killed" {
	mkfifo go
	"$BROOD" pipe 'sh -c "trap \"\" TERM; echo \$\$ >>pids; read -r x <go; kill -9 \$\$"' \
		'sh -c "echo \$\$ >>pids; exec \$HELPERS/act ignore 15 pause"' 2>err 3>&- &
	brood=$!
	until_there 2
	echo >go
	until_none_alive 2 1000
	code=0
	wait "$brood" || code=$?
	[ "$code" = 137 ]
	brood=
}

@test "signals to brood stop all stages, and a second one kills" {
	for signal in TERM HUP INT; do
		: >pids
		# A shell has INT ignored in the background.
		/usr/bin/python3 -c 'import signal, os, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' "$BROOD" pipe "$PRODUCER" "$MIDDLE" "$CONSUMER" 3>&- &
		brood=$!
		until_there 3
		kill -"$signal" "$brood"
		code=0
		wait "$brood" || code=$?
		none_alive 3
		# All of them are told to end with TERM.
		[ "$code" = 143 ]
	done
	: >pids
	"$BROOD" pipe cat 'sh -c "trap \"echo >termed\" TERM; echo \$\$ >>pids; while :; do \$HELPERS/act pause & wait \$!; done"' 3>&- &
	brood=$!
	until_there 1
	kill "$brood"
	until [ -e termed ]; do read -rt 0.005 <> <(:) || true; done
	kill "$brood"
	code=0
	wait "$brood" || code=$?
	[ "$code" = 137 ]
	none_alive 1
	brood=
}

@test "a stage that has ended leaves nothing behind that holds its pipe" {
	run -0 timeout 10 "$BROOD" pipe --status record 'sh -c "\$HELPERS/act pause & echo \$! >>pids; echo x"' 'cat'
	[ "$output" = x ]
	none_alive 1
	/usr/bin/python3 -c 'import json
assert json.load(open("record"))["stages"][0]["left_killed"] == 1'
}

@test "yes and head, again and again: never 141, nobody left" {
	rounds=${PIPE_ROUNDS:-100}
	marker=$(mktemp -p "$BATS_TEST_TMPDIR" XXXXXXXX)
	for ((i = 0; i < rounds; i++)); do
		"$BROOD" pipe "yes $marker" 'head -n 1' >out || {
			echo "round $i: $?"
			return 1
		}
		[ "$(cat out)" = "$marker" ]
	done
	run -1 pgrep -f "yes $marker"
}

@test "the exit code after a signal is that of the stages, 128+n if none runs" {
	"$BROOD" pipe "$MIDDLE" "sh -c 'trap \"exit 0\" TERM; echo \$\$ >>pids; while :; do \$HELPERS/act pause & wait \$!; done'" 3>&- </dev/zero &
	brood=$!
	until_there 2
	kill "$brood"
	code=0
	wait "$brood" || code=$?
	# The first one could not do better, the second one did.
	[ "$code" = 143 ]
	: >pids
	"$BROOD" pipe "sh -c 'trap \"exit 0\" TERM; echo \$\$ >>pids; while :; do \$HELPERS/act pause & wait \$!; done'" 3>&- &
	brood=$!
	until_there 1
	kill "$brood"
	wait "$brood"
	"$BROOD" pipe --status record '[retry=9] false' 2>err 3>&- &
	brood=$!
	until grep -q "attempt 3/10" err; do read -rt 0.005 <> <(:) || true; done
	kill "$brood"
	code=0
	wait "$brood" || code=$?
	[ "$code" = 143 ]
	brood=
}

@test "after a signal to brood each stage has the time of --kill-after, whoever has ended" {
	"$BROOD" pipe "$PRODUCER" \
		'bash -c "trap \"read -rt 1.2 x <>never; echo cleaned >clean; exit 0\" TERM; mkfifo never; echo \$\$ >>pids; while :; do \$HELPERS/act pause & wait \$!; done"' 3>&- &
	brood=$!
	until_there 2
	kill "$brood"
	code=0
	wait "$brood" || code=$?
	[ "$(cat clean)" = cleaned ]
	none_alive 2
	brood=
}

@test "after a Ctrl-C those that go on are not stopped" {
	cat >last <<-'END'
		#!/bin/sh
		trap 'echo INT >>interrupted' INT
		echo $$ >>pids
		wc -c >/dev/null
		# Longer than one that is stopped would get.
		read -rt 1.2 x <>never
		echo done >out
	END
	chmod +x last
	mkfifo never
	run -0 /usr/bin/python3 - <<-'END'
		import os, pty, signal, time
		pid, fd = pty.fork()
		if pid == 0:
		    os.execvp(os.environ["BROOD"], ["brood", "pipe", "sh -c 'echo $$ >>pids; exec yes'", "bash ./last"])
		while not os.path.exists("pids") or open("pids").read().count("\n") < 2:
		    time.sleep(0.01)
		# While stages are being started it is passed on to them, in case they were not there.
		os.kill(pid, signal.SIGQUIT)
		said = b""
		while b"running for" not in said:
		    said += os.read(fd, 1000)
		os.write(fd, b"\x03")
		_, status = os.waitpid(pid, 0)
		assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT, status
		assert open("out").read() == "done\n"
	END
	[ "$(cat interrupted)" = INT ]
	none_alive 2
}

@test "Ctrl-C reaches every stage once, and the exit code says so" {
	# Each stage that catches it says so once.
	cat >stage <<-'END'
		#!/bin/sh
		trap 'echo INT >>'"$PWD/$1"'; exit 0' INT
		echo $$ >>pids
		while :; do "$HELPERS/act" pause & wait $!; done
	END
	chmod +x stage
	run -0 /usr/bin/python3 - <<-'END'
		import os, pty, signal, time
		pid, fd = pty.fork()
		if pid == 0:
		    os.execvp(os.environ["BROOD"], ["brood", "pipe", "./stage a", "./stage b", "./stage c"])
		while not os.path.exists("pids") or open("pids").read().count("\n") < 3:
		    time.sleep(0.01)
		# While stages are being started it is passed on to them, in case they were not there.
		os.kill(pid, signal.SIGQUIT)
		said = b""
		while b"running for" not in said:
		    said += os.read(fd, 1000)
		os.write(fd, b"\x03")
		_, status = os.waitpid(pid, 0)
		assert status == 0, status
		for name in "abc":
		    assert open(name).read() == "INT\n", name
	END
	none_alive 3
}

@test "Ctrl-Z stops all stages and brood, and fg continues them" {
	run -0 /usr/bin/python3 - <<-'END'
		import os, pty, signal, time
		def state(pid):
		    return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0]
		pid, fd = pty.fork()
		if pid == 0:
		    # As a shell does it: a job with a group of its own in the foreground.
		    child = os.fork()
		    if child == 0:
		        os.setpgid(0, 0)
		        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
		        os.tcsetpgrp(0, os.getpid())
		        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
		        act = os.environ["HELPERS"] + "/act"
		        os.execvp(os.environ["BROOD"], ["brood", "pipe",
		            f"sh -c 'echo $$ >>pids; exec {act} pause'",
		            f"sh -c 'echo $$ >>pids; exec {act} pause'"])
		    _, status = os.waitpid(child, os.WUNTRACED)
		    open("stopped", "w").write(f"{child} {int(os.WIFSTOPPED(status))} "
		        f"{os.WSTOPSIG(status) if os.WIFSTOPPED(status) else 0}\n")
		    while not os.path.exists("go"):
		        time.sleep(0.01)
		    os.killpg(child, signal.SIGCONT)
		    while any(state(p) == "T" for p in open("pids").read().split()):
		        time.sleep(0.01)
		    os.killpg(child, signal.SIGTERM)
		    _, status = os.waitpid(child, 0)
		    os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 99)
		while not os.path.exists("pids") or open("pids").read().count("\n") < 2:
		    time.sleep(0.01)
		pids = open("pids").read().split()
		os.write(fd, b"\x1a")
		while not os.path.exists("stopped") or not open("stopped").read().endswith("\n"):
		    time.sleep(0.01)
		child, stopped, number = open("stopped").read().split()
		assert stopped == "1" and int(number) == signal.SIGTSTP, (stopped, number)
		assert all(state(p) == "T" for p in pids + [child])
		open("go", "w").close()
		_, status = os.waitpid(pid, 0)
		assert os.WIFEXITED(status) and os.WEXITSTATUS(status) == 143, status
	END
	none_alive 2
}
