#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood run: -o, --tee, --ts, --prefix, -q, and outputs that fail.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	unset CI
}

both='echo one; echo two >&2; echo three; echo four >&2'

@test "-o writes both streams to a file, in order" {
	echo old >out
	run -0 --separate-stderr "$BROOD" run -o out sh -c "$both"
	[ -z "$output$stderr" ]
	[ "$(cat out)" = $'one\ntwo\nthree\nfour' ]
	run -3 "$BROOD" run --output=out sh -c "printf open; exit 3"
	[ "$(cat out)" = open ]
}

@test "--tee shows them as well, each on its own stream" {
	run -0 --separate-stderr "$BROOD" run -o out --tee sh -c "$both"
	[ "$output" = $'one\nthree' ]
	[ "$stderr" = $'two\nfour' ]
	[ "$(sort out)" = $'four\none\nthree\ntwo' ]
	run -125 --separate-stderr "$BROOD" run --tee true
	[ "$stderr" = "brood: run: --tee needs -o FILE" ]
}

@test "with --tee open lines do not get into each other in the file" {
	run -0 "$BROOD" run -o out --tee sh -c 'printf a; echo x >&2; printf b; echo y >&2; echo c; printf d'
	[ "$(sort out)" = $'abc\nd\nx\ny' ]
}

@test "large outputs come through complete" {
	seq 300000 >expected
	"$BROOD" run -o out seq 300000
	cmp expected out
	"$BROOD" run -o out --tee seq 300000 >shown
	cmp expected out
	cmp expected shown
	"$BROOD" run --prefix=x seq 300000 | sed s/^x// | cmp expected -
	head -c 3000000 /dev/urandom >expected
	"$BROOD" run -o out cat expected
	cmp expected out
}

@test "--ts puts the time before each line of both streams" {
	run -0 --separate-stderr "$BROOD" run --ts sh -c "$both"
	stamp='[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}'
	[[ "$output" =~ ^$stamp" one"$'\n'$stamp" three"$ ]]
	[[ "$stderr" =~ ^$stamp" two"$'\n'$stamp" four"$ ]]
}

@test "--ts has a format of its own" {
	TZ=UTC0 run -0 "$BROOD" run --ts='%Z[%6N]' echo x
	[[ "$output" =~ ^"UTC["[0-9]{6}"] x"$ ]]
}

@test "--prefix puts the name or a text before each line" {
	run -0 "$BROOD" run --prefix printf 'a\n\nb'
	[ "$output" = $'printf: a\nprintf: \nprintf: b' ]
	run -0 "$BROOD" run --prefix='> ' printf 'a\nb'
	[ "$output" = $'> a\n> b' ]
	run -0 "$BROOD" run --ts=T --prefix='> ' -o out --tee printf 'a\n'
	[ "$output" = 'T > a' ]
	[ "$(cat out)" = 'T > a' ]
}

@test "an open line is shown at once and stamped once" {
	run -0 --separate-stderr "$HELPERS/on_pty" 'name?' 'joe^M' -- \
		"$BROOD" run --prefix='> ' sh -c 'printf "name?"; read x; printf " hello"; echo " $x"'
	[[ "$output" = '> name?'*' hello joe'* ]]
	[[ "$output" != *'> '*'> '* ]]
}

@test "-q is silent when all is well" {
	run -0 --separate-stderr "$BROOD" run -q sh -c "$both"
	[ -z "$output$stderr" ]
}

@test "-q shows the last 40 lines of a failure" {
	run -3 --separate-stderr "$BROOD" run -q sh -c 'seq 100; echo oops >&2; exit 3'
	[ -z "$output" ]
	[ "${stderr_lines[0]}" = "brood: sh: exit code 3, the last 40 of 101 lines of its output:" ]
	[ "$(tail -n +2 <<<"$stderr")" = "$(seq 62 100; echo oops)" ]
	run -3 --separate-stderr "$BROOD" run -q sh -c 'printf short; exit 3'
	[ "$stderr" = $'brood: sh: exit code 3, its output:\nshort' ]
	run -3 --separate-stderr "$BROOD" run -q sh -c 'exit 3'
	[ "$stderr" = 'brood: sh: exit code 3, no output' ]
	run -124 --separate-stderr "$BROOD" run -q -t 100ms "$HELPERS/act" print 1 x pause
	[ "$stderr" = $'brood: act: time limit of 100ms reached\nbrood: act: its output:\nx' ]
	run -137 --separate-stderr "$BROOD" run -q "$HELPERS/act" raise 9
	[[ "$stderr" = *"killed by SIGKILL, no output" ]]
}

@test "-q with -o stores everything, with --tee too" {
	run -0 --separate-stderr "$BROOD" run -q --prefix='> ' -o out --tee sh -c "$both"
	[ -z "$output$stderr" ]
	[ "$(cat out)" = $'> one\n> two\n> three\n> four' ]
}

@test "a full disk is told, and gives 125 if the command was fine" {
	run -125 --separate-stderr "$BROOD" run -o /dev/full echo x
	[ "$stderr" = "brood: /dev/full: No space left on device" ]
	run -3 --separate-stderr "$BROOD" run -o /dev/full sh -c 'echo x; exit 3'
	[ "$stderr" = "brood: /dev/full: No space left on device" ]
	run -125 --separate-stderr "$BROOD" run -q -o /dev/full echo x
	[ "${stderr_lines[0]}" = "brood: /dev/full: No space left on device" ]
}

@test "with --tee a full disk does not stop what is shown" {
	run -125 --separate-stderr "$BROOD" run -o /dev/full --tee seq 100000
	[ "$stderr" = "brood: /dev/full: No space left on device" ]
	[ "${#lines[@]}" -eq 100000 ]
}

@test "a file that cannot be opened gives 125, and nothing is run" {
	run -125 --separate-stderr "$BROOD" run -o no/such touch here
	[ "$stderr" = "brood: no/such: No such file or directory (-o)" ]
	run -125 --separate-stderr "$BROOD" run -o / touch here
	[ "$stderr" = "brood: /: Is a directory (-o)" ]
	[ ! -e here ]
}

@test "a standard output that cannot be written is told" {
	run -125 bash -c '"$BROOD" run --ts echo x 2>err >/dev/full'
	[ "$(cat err)" = "brood: standard output: No space left on device" ]
	run -125 bash -c '"$BROOD" run --ts echo x 2>err >&-'
	[ "$(cat err)" = "brood: standard output: Bad file descriptor" ]
	run -125 bash -c '"$BROOD" run --help 2>err >/dev/full'
	[ "$(cat err)" = "brood: standard output: No space left on device" ]
}

@test "a reader that goes away ends it silently, as SIGPIPE would" {
	run -0 bash -c '"$BROOD" run --prefix=x yes 2>err | head -n 1; echo ${PIPESTATUS[0]}'
	[ "$output" = $'xy\n141' ]
	[ ! -s err ]
	run -0 bash -c '"$BROOD" run -o out --tee seq 100000 2>err | head -n 1; echo ${PIPESTATUS[0]}'
	[ "$output" = $'1\n141' ]
	[ ! -s err ]
	[ "$(tail -n 1 out)" = 100000 ]
}

@test "a reader that does not read cannot hold up the time limit" {
	mkfifo pipe
	exec 5<>pipe
	run -124 bash -c '"$BROOD" run -t 300ms --wait-delay 100ms --ts yes >pipe 2>err'
	exec 5>&-
	grep -q '^brood: standard output: nobody reads it; [0-9]* bytes are lost$' err
	grep -q '^brood: yes: time limit of 300ms reached$' err
}

@test "an output held open by others is waited for no longer than the wait delay" {
	run -0 --separate-stderr "$BROOD" run --orphans leave --wait-delay 100ms --prefix=x sh -c 'sleep 1000 & echo $!'
	kill "${output#x}"
	[ "$stderr" = "brood: sh: it has ended, but its output was still held open after 100ms (--wait-delay)" ]
	mkfifo fifo
	"$BROOD" run --orphans leave --wait-delay off --prefix=x sh -c 'echo early; (read x <fifo; echo late) &' >out &
	echo >fifo
	wait $!
	[ "$(cat out)" = $'xearly\nxlate' ]
}
