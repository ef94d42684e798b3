#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood run: starting commands, exit codes, what is said about failures.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	unset CI NO_COLOR CLICOLOR_FORCE
}

# A file that can be executed.
program() {
	printf '%b' "$2" >"$1"
	chmod +x "$1"
}

@test "the exit code is the command's own" {
	run -0 --separate-stderr "$BROOD" run true
	[ -z "$output$stderr" ]
	run -1 "$BROOD" run false
	run -77 "$BROOD" run "$HELPERS/act" exit 77
	run -255 "$BROOD" run -- "$HELPERS/act" exit 255
	run -124 --separate-stderr "$BROOD" run "$HELPERS/act" exit 124
	[ -z "$stderr" ]
}

@test "a command killed by signal n gives 128+n, and it is said" {
	run -139 --separate-stderr "$BROOD" run "$HELPERS/act" core 0 raise 11
	[ "$stderr" = "brood: act: killed by SIGSEGV" ]
	run -137 --separate-stderr "$BROOD" run "$HELPERS/act" raise 9
	[ "$stderr" = "brood: act: killed by SIGKILL" ]
}

@test "nothing is said about SIGINT and SIGPIPE" {
	run -130 --separate-stderr "$BROOD" run "$HELPERS/act" raise 2
	[ -z "$stderr" ]
	run -141 --separate-stderr "$BROOD" run "$HELPERS/act" raise 13
	[ -z "$stderr" ]
}

@test "arguments come through unchanged" {
	run -0 "$BROOD" run printf '<%s>' 'a b' '' '$x' '*' -t
	[ "$output" = '<a b><><$x><*><-t>' ]
}

@test "options end at the command or at --" {
	run -0 "$BROOD" run echo -t 5s --bogus
	[ "$output" = "-t 5s --bogus" ]
	run -0 "$BROOD" run -- echo -q
	[ "$output" = "-q" ]
	run -127 --separate-stderr "$BROOD" run -- -q
	[ "$stderr" = "brood: -q: not found on PATH" ]
}

@test "a command that is not there gives 127" {
	run -127 --separate-stderr "$BROOD" run no-such-command
	[ "$stderr" = "brood: no-such-command: not found on PATH" ]
	run -127 --separate-stderr "$BROOD" run ./no-such-command
	[ "$stderr" = "brood: ./no-such-command: No such file or directory" ]
	run -127 --separate-stderr "$BROOD" run ''
	[ "$stderr" = "brood: '': not found (the command is an empty word)" ]
}

@test "a time limit in the place of the command is noticed" {
	run -127 --separate-stderr "$BROOD" run 5m make
	[ "$stderr" = "brood: 5m: not found on PATH (a time limit is given with -t 5m)" ]
}

@test "a file that is not executable gives 126" {
	echo 'echo hi' >plain
	run -126 --separate-stderr "$BROOD" run ./plain
	[ "$stderr" = "brood: ./plain: Permission denied (it is not executable)" ]
	run -126 --separate-stderr "$BROOD" run -e PATH="$PWD" plain
	[ "$stderr" = "brood: plain: found on PATH, but it is not executable" ]
	run -126 --separate-stderr "$BROOD" run /
	[ "$stderr" = "brood: /: Is a directory" ]
}

@test "a script without #! gives 126 and a hint" {
	program script 'echo hi\n'
	run -126 --separate-stderr "$BROOD" run ./script
	[ "$stderr" = "brood: ./script: Exec format error (no #! line?)" ]
	program empty ''
	run -126 --separate-stderr "$BROOD" run ./empty
	[ "$stderr" = "brood: ./empty: Exec format error (it is empty)" ]
}

@test "a missing interpreter gives 127 and is named" {
	program script '#!/no/such/interpreter -x\n'
	run -127 --separate-stderr "$BROOD" run ./script
	[ "$stderr" = "brood: ./script: interpreter /no/such/interpreter was not found" ]
	program script '#!/bin/sh\r\n'
	run -127 --separate-stderr "$BROOD" run ./script
	[ "$stderr" = "brood: ./script: interpreter /bin/sh was not found: its #! line ends with a carriage return" ]
	mkdir dir && mv script dir
	run -127 --separate-stderr "$BROOD" run -C dir ./script
	[[ "$stderr" = "brood: ./script: interpreter /bin/sh was not found"* ]]
}

@test "too long an argument list gives 126" {
	head -c 200000 /dev/zero | tr '\0' x >value
	{ printf 'A='; cat value; } >env
	run -126 --separate-stderr "$BROOD" run --env-file env true
	[[ "$stderr" = "brood: true: argument list too long ("* ]]
	[ "${#stderr_lines[@]}" -eq 1 ]
}

@test "-C changes the directory, and a missing one gives 125" {
	mkdir there
	run -0 "$BROOD" run -C there pwd
	[ "$output" = "$PWD/there" ]
	run -0 "$BROOD" run --chdir=there -- sh -c 'echo $PWD'
	[ "$output" = "$PWD/there" ]
	program there/script '#!/bin/sh\necho here\n'
	run -0 "$BROOD" run -C there ./script
	[ "$output" = here ]
	run -125 --separate-stderr "$BROOD" run -C /no/such true
	[ "$stderr" = "brood: /no/such: No such file or directory (chdir)" ]
	run -125 --separate-stderr "$BROOD" run -C /dev/null true
	[ "$stderr" = "brood: /dev/null: Not a directory (chdir)" ]
}

@test "what a terminal would act on is made visible in messages" {
	run -127 --separate-stderr "$BROOD" run $'\e[31m\xff\n'
	[ "$stderr" = 'brood: \x1b[31m\xff\x0a: not found on PATH' ]
}

@test "standard input is inherited" {
	run -0 "$BROOD" run cat <<<"from here"
	[ "$output" = "from here" ]
}

@test "with CI or --json it is empty unless it is a terminal" {
	CI=true run -0 "$BROOD" run cat <<<"from here"
	[ -z "$output" ]
	run -0 --separate-stderr "$BROOD" run --json cat <<<"from here"
	[ -z "$output" ]
	CI='' run -0 "$BROOD" run cat <<<"from here"
	[ "$output" = "from here" ]
	CI=true run -0 "$BROOD" run --stdin inherit cat <<<"from here"
	[ "$output" = "from here" ]
	CI=true run -0 "$HELPERS/on_pty" 'name?' 'joe^M' -- \
		"$BROOD" run sh -c 'echo name?; read x; echo hello $x'
	[[ "$output" = *"hello joe"* ]]
}

@test "--stdin null and a file" {
	run -0 "$BROOD" run --stdin null cat <<<"from here"
	[ -z "$output" ]
	echo content >file
	run -0 "$BROOD" run --stdin=file cat <<<"from here"
	[ "$output" = content ]
	run -125 --separate-stderr "$BROOD" run --stdin no/such cat
	[ "$stderr" = "brood: no/such: No such file or directory (--stdin)" ]
}

@test "a closed standard input is empty, and cannot be inherited" {
	run -0 bash -c '"$BROOD" run cat <&-'
	[ -z "$output" ]
	run -125 bash -c '"$BROOD" run --stdin inherit cat <&-'
	[ "$output" = "brood: run: --stdin inherit: standard input is closed" ]
}

@test "no file of ours lands on a closed standard descriptor" {
	run -0 bash -c '"$BROOD" run -o out --status status "$HELPERS/show_fds" - 0<&- 1>&- 2>&-'
	[ "$(wc -l <status)" -eq 1 ]
	[ "$(awk '$1 < 3 { print $1 }' out | tr '\n' ' ')" = "0 1 2 " ]
	run bash -c '"$BROOD" run echo lost 2>err >&-'
	[ "$status" -ne 0 ]
	grep -q 'Bad file descriptor' err
}

@test "open descriptors reach the command, ours do not" {
	run -0 "$BROOD" run --status status "$HELPERS/show_fds" - 7</dev/null 8</dev/null
	grep -q '^7 ' <<<"$output"
	grep -q '^8 ' <<<"$output"
	run ! grep -q "$(stat -c ' %d %i ' status)" <<<"$output"
}

@test "an ignored SIGCHLD costs no exit code" {
	run -3 bash -c 'trap "" CHLD; exec "$BROOD" run "$HELPERS/act" exit 3'
}

@test "-v says what is run" {
	run -0 --separate-stderr "$BROOD" run -v -t 90 printf 'a b\n'
	[[ "${stderr_lines[0]}" =~ ^"brood: printf: pid "[0-9]+", in a process group of its own, time limit 1m30s: printf 'a b\\n'"$ ]]
	[[ "${stderr_lines[1]}" = "brood: printf: exit 0 "* ]]
}

@test "--report says what was used" {
	run -0 --separate-stderr "$BROOD" run --report "$HELPERS/act" burn 50
	[[ "$stderr" =~ ^"brood: act: exit 0 · "[0-9.]+" s wall · 0."[0-9]+" s cpu ("[0-9]+" %) · "[0-9.]+" "[kM]B" peak (tree) · 1 process · "[0-9.]+" "[a-zA-Z]+" read, "[0-9.]+" "[a-zA-Z]+" written"$ ]]
	run -127 --separate-stderr "$BROOD" run --report no-such
	[ "${stderr_lines[1]}" = "brood: no-such: not started" ]
}

@test "--color decides about the word brood" {
	run -127 --separate-stderr "$BROOD" run --color always no-such
	[ "$stderr" = $'\e[1mbrood:\e[0m no-such: not found on PATH' ]
	CLICOLOR_FORCE=1 run -127 --separate-stderr "$BROOD" run no-such
	[ "$stderr" = $'\e[1mbrood:\e[0m no-such: not found on PATH' ]
	CLICOLOR_FORCE=1 NO_COLOR=1 run -127 --separate-stderr "$BROOD" run no-such
	[ "$stderr" = 'brood: no-such: not found on PATH' ]
	TERM=xterm run -0 --separate-stderr "$HELPERS/on_pty" -- "$BROOD" run no-such
	[ "$output" = $'\e[1mbrood:\e[0m no-such: not found on PATH' ]
	TERM=dumb run -0 --separate-stderr "$HELPERS/on_pty" -- "$BROOD" run no-such
	[ "$output" = 'brood: no-such: not found on PATH' ]
	TERM=xterm run -0 --separate-stderr "$HELPERS/on_pty" -- "$BROOD" run --color=never no-such
	[ "$output" = 'brood: no-such: not found on PATH' ]
}
