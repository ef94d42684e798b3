#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood run: --preserve-status, --reraise, --foreground.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	unset CI
}

# Says how a program ended, which a shell does not tell apart: "exit 143", "signal 15", "signal 15 core".
ended() {
	/usr/bin/python3 -c 'import os, sys
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
status = os.waitpid(pid, 0)[1]
if os.WIFSIGNALED(status):
    print("signal", os.WTERMSIG(status), *(["core"] if os.WCOREDUMP(status) else []))
else:
    print("exit", os.WEXITSTATUS(status))' "$@"
}

@test "--preserve-status answers with the command's own status" {
	run -9 --separate-stderr "$BROOD" run --preserve-status -t 100ms "$HELPERS/act" exit-on 15 9 pause
	[ "$stderr" = "brood: act: time limit of 100ms reached" ]
	run -143 "$BROOD" run --preserve-status -t 100ms "$HELPERS/act" pause
	run -137 "$BROOD" run --preserve-status -t 100ms -k 100ms "$HELPERS/act" ignore 15 pause
	run -0 "$BROOD" run --preserve-status -t 100ms "$HELPERS/act" exit-on 15 0 pause
	run -3 "$BROOD" run --preserve-status -t 1m "$HELPERS/act" exit 3
	run -9 "$BROOD" run --preserve-status --idle 100ms "$HELPERS/act" exit-on 15 9 pause
}

@test "the record says that the limit passed all the same" {
	run -143 "$BROOD" run --preserve-status -t 100ms --status record "$HELPERS/act" pause
	grep -q '"cause":"timeout","code":null,"signal":"SIGTERM","timed_out":true' record
}

@test "--reraise dies of the command's signal" {
	for signal in 1 2 9 10 13 15 34 64; do
		run -0 ended "$BROOD" run --reraise "$HELPERS/act" raise "$signal"
		[ "${lines[-1]}" = "signal $signal" ]
		run -0 ended "$BROOD" run "$HELPERS/act" raise "$signal"
		[ "${lines[-1]}" = "exit $((128 + signal))" ]
	done
	run -0 ended "$BROOD" run --reraise "$HELPERS/act" exit 143
	[ "$output" = "exit 143" ]
}

@test "--reraise leaves the core dump to the command" {
	ulimit -c unlimited
	run -0 ended "$BROOD" run --reraise "$HELPERS/act" core 0 raise 11
	[ "${lines[-1]}" = "signal 11" ]
}

@test "a limit gives 124 with --reraise, but not with --preserve-status" {
	run -0 ended "$BROOD" run --reraise -t 100ms "$HELPERS/act" pause
	[ "${lines[-1]}" = "exit 124" ]
	run -0 ended "$BROOD" run --reraise --preserve-status -t 100ms "$HELPERS/act" pause
	[ "${lines[-1]}" = "signal 15" ]
}

@test "with --foreground the command stays in our group" {
	run -0 setsid -w sh -c 'echo $$; exec "$BROOD" run --foreground "$HELPERS/show_state"'
	[[ "$output" =~ ^([0-9]+)$'\n'"pid "[0-9]+$'\n'"ppid "[0-9]+$'\n'"pgid "([0-9]+) ]]
	[ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ]
}

@test "with --foreground a command that was brought to the foreground reads from the terminal" {
	mkfifo go
	run -0 --separate-stderr "$HELPERS/on_pty" 'name?' 'joe^M' -- bash -mc '
		"$BROOD" run --foreground sh -c "read go <go; echo name?; read x; echo hello \$x" &
		{ until [ "$(ps -o tpgid= -p $!)" -eq $! ]; do :; done; echo >go; } >/dev/null 2>&1 </dev/null &
		fg %1'
	[[ "$output" = *"hello joe"* ]]
}

@test "--foreground does not go with a group of its own" {
	run -125 --separate-stderr "$BROOD" run --foreground --tree group touch here
	[ "$stderr" = "brood: run: --foreground: not with --tree group, which is a group of its own" ]
	[ ! -e here ]
}
