#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood pipe: --tee, mem=, --rate: every byte arrives, whoever ends, and nothing stands in the way of
# bytes when none of them is asked for.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	unset CI
}

# The helper's bytes, and their checksum.
fill() {
	"$HELPERS/act" fill 1 "$1" | sha256sum
}

@test "--tee gives every byte to every branch and to the next stage" {
	run -0 --separate-stderr "$BROOD" pipe "$HELPERS/act fill 1 5000000" --tee 'sha256sum >a' \
		--tee 'cat | cat | sha256sum >b' 'sha256sum'
	[ -z "$stderr" ]
	[ "$output" = "$(fill 5000000)" ]
	[ "$(cat a)" = "$output" ]
	[ "$(cat b)" = "$output" ]
	run -0 "$BROOD" pipe -c 'echo x' --tee 'cat >c'
	[ "$output" = x ]
	[ "$(cat c)" = x ]
	run -0 "$BROOD" pipe 'echo x' --tee='tr x y >d' 'tr x z' --tee 'tr z w >e' 'cat >f'
	[ "$(cat d e f)" = $'y\nw\nz' ]
}

@test "a branch that ends early stops nobody else, and is no failure" {
	run -0 --separate-stderr "$BROOD" pipe "$HELPERS/act fill 1 5000000" --tee 'head -c 1 >a' 'sha256sum'
	[ "$output" = "$(fill 5000000)" ]
	[ -z "$stderr" ]
	run -0 "$BROOD" pipe "$HELPERS/act fill 1 5000000" --tee 'sha256sum >b' 'head -c 3'
	[ "$(cat b)" = "$(fill 5000000)" ]
	[ "$output" = abc ]
	# When nobody reads any more, the producer goes, and is excused.
	run -0 --separate-stderr "$BROOD" pipe yes --tee 'head -n 1 >c' 'head -n 2'
	[ "$output" = $'y\ny' ]
	[ -z "$stderr" ]
}

@test "the status of every branch counts" {
	run -3 --separate-stderr "$BROOD" pipe --keep-going --status record 'seq 5' \
		--tee 'cat >a' --tee "sh -c 'cat; exit 3' | cat >b" 'cat >c'
	[ "$stderr" = "brood: pipe: stage 1b.1 (sh): exit 3" ]
	/usr/bin/python3 -c 'import json
r = json.load(open("record"))
assert [s["stage"] for s in r["stages"]] == ["1", "1a", "1b.1", "1b.2", "2"], r
assert [s["ok"] for s in r["stages"]] == [True, True, False, True, True], r'
	cmp a c
	run -0 "$BROOD" pipe --last 'seq 5' --tee 'false' 'cat'
	[ "$output" = "$(seq 5)" ]
}

@test "mem= and buf= change no byte" {
	for options in mem=1 mem=4097 mem=64M 'mem=64K buf=4K' 'buf=4096' 'buf=1M'; do
		run -0 --separate-stderr "$BROOD" pipe "[$options] $HELPERS/act fill 1 1000003" sha256sum
		[ "$output" = "$(fill 1000003)" ]
		[ -z "$stderr" ]
	done
	"$BROOD" pipe "$HELPERS/act fill 1 1000003" '[mem=1M] cat' >out
	[ "$(sha256sum <out)" = "$(fill 1000003)" ]
}

@test "mem= takes in what its reader does not want yet" {
	mkfifo go
	"$BROOD" pipe "[mem=8M] sh -c '\$HELPERS/act fill 1 6000000; echo >filled'" 'sh -c "read -r x <go; wc -c"' >out 3>&- &
	brood=$!
	until [ -e filled ]; do read -rt 0.01 <> <(:) || true; done
	echo >go
	wait "$brood"
	[ "$(cat out)" = 6000000 ]
}

@test "what the kernel does not share is copied, and no byte is lost" {
	strace -o /dev/null true 2>/dev/null || skip "no strace"
	mkfifo p q
	for fault in tee:error=EAGAIN:when=2+3 tee:error=EINTR:when=1+5 splice:error=EAGAIN:when=1+7 \
		splice:error=EINTR:when=3+5; do
		sha256sum <p >a 3>&- &
		first=$!
		sha256sum <q >b 3>&- &
		second=$!
		"$HELPERS/act" fill 1 3000000 |
			strace -qq -o trace -e trace=tee,splice -e inject="$fault" "$BROOD" pipe-relay 0 0 3 1 \
				3>p 4>q |
			sha256sum >c
		wait "$first" "$second"
		grep -q INJECTED trace
		[ "$(cat c)" = "$(fill 3000000)" ]
		cmp a c
		cmp b c
		rm a b c
	done
}

@test "--rate is kept" {
	begin=$(date +%s%N)
	run -0 "$BROOD" pipe --rate 1M "$HELPERS/act fill 1 1500000" sha256sum
	took=$((($(date +%s%N) - begin) / 1000000))
	[ "$output" = "$(fill 1500000)" ]
	# 1.43 s by the rate; a loaded machine may need longer, but nothing may be quicker.
	[ "$took" -ge 1400 ]
	run -0 "$BROOD" pipe --rate 1G 'echo alone'
	[ "$output" = alone ]
}

@test "a relay that cannot write says so, and is shown" {
	[ -w /dev/full ] || skip "no /dev/full"
	code=0
	"$BROOD" pipe -v '[mem=1M] echo x' >/dev/full 2>err || code=$?
	[ "$code" = 125 ]
	grep -q "^brood: pipe: behind stage 1: a relay cannot write: No space left on device" err
	grep -q "^ 1+ *(relay)  exit 125" err
}

@test "a relay answers what has come before it was ready" {
	run -0 timeout 20 /usr/bin/python3 - <<-'END'
		import os, signal, subprocess
		relay = subprocess.Popen([os.environ["BROOD"], "pipe-relay", "0", "0", "1", "1"],
		    stdin=subprocess.PIPE, stdout=subprocess.PIPE,
		    preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM}))
		relay.terminate()
		assert relay.wait() == 143, relay.returncode
	END
}

@test "without these options nothing stands between the stages" {
	cat >look <<-'END'
		#!/bin/sh
		# Both ends of the one pipe, and who else has them once all have been started.
		pipe=$(readlink /proc/$$/fd/0)
		for try in 1 2 3 4 5 6 7 8 9 10; do
			holders=$(for process in /proc/[0-9]*; do
				case $(cat "$process/comm" 2>/dev/null) in
				brood*) readlink "$process"/fd/* ;;
				*) readlink "$process/fd/1" ;;
				esac 2>/dev/null | grep -qxF "$pipe" && cat "$process/comm"
			done)
			[ "$holders" != act ] || break
		done
		echo "$pipe"
		echo "$holders"
		cat >/dev/null
	END
	chmod +x look
	run -0 --separate-stderr "$BROOD" pipe --stats "sh -c 'exec \$HELPERS/act fill 1 1000000'" './look'
	[[ "${lines[0]}" = pipe:* ]]
	[ "${lines[1]}" = act ] && [ "${#lines[@]}" = 2 ] || {
		printf '%s\n' "${lines[@]}"
		return 1
	}
}

@test "bytes are the same for those who live, whoever is killed" {
	expected=$(fill 20000000)
	for ((i = 0; i < ${PIPE_KILLS:-6}; i++)); do
		rm -f pid.* sum.*
		victim=$((RANDOM % 3))
		"$BROOD" pipe --keep-going -q "$HELPERS/act fill 1 20000000" \
			--tee 'sh -c "echo \$\$ >pid.0; exec sha256sum >sum.0"' \
			--tee 'sh -c "echo \$\$ >pid.1; exec sha256sum >sum.1"' \
			'sh -c "echo \$\$ >pid.2; exec sha256sum >sum.2"' 3>&- &
		brood=$!
		until [ -s "pid.$victim" ]; do read -rt 0.001 <> <(:) || true; done
		kill -KILL "$(cat "pid.$victim")" 2>/dev/null || true
		code=0
		wait "$brood" || code=$?
		# It may have been ready before.
		[ "$code" = 137 ] || [ "$code" = 0 ]
		for who in 0 1 2; do
			[ "$who" = "$victim" ] || [ "$(cat "sum.$who")" = "$expected" ]
		done
	done
}
