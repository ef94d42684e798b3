#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood filter --fifo: writers come and go.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	pid=
}

teardown() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
}

# In the background, until the FIFO is there.
begin() {
	env --default-signal=INT "$BROOD" filter --fifo box "$@" >out 2>err &
	pid=$!
	until [ -p box ]; do kill -0 $pid; done
}

wait_for_lines() {
	until [ "$(wc -l <out)" -ge "$1" ]; do kill -0 $pid; done
}

# Stops it by a signal; it must die of that.
end() {
	local code=0
	kill -"${1:-TERM}" $pid
	wait $pid || code=$?
	pid=
	[ "$code" -eq $((128 + $(kill -l "${1:-TERM}"))) ]
}

@test "a logger writes INFO and ERROR lines into the FIFO, the filter shows the errors as they come" {
	begin '^ERROR:'
	for i in 1 2 3; do
		echo "INFO: request $i" >box
		echo "ERROR: request $i failed" >box
		wait_for_lines "$i"
	done
	end
	[ "$(cat out)" = $'ERROR: request 1 failed\nERROR: request 2 failed\nERROR: request 3 failed' ]
	[ ! -e box ]
	[ ! -s err ]
}

@test "--not leaves health checks out of a FIFO" {
	begin -e ERROR -e WARN --not healthz
	printf 'ERROR: a\nWARN: healthz\nINFO: b\nWARN: c\n' >box
	wait_for_lines 2
	end
	[ "$(cat out)" = $'ERROR: a\nWARN: c' ]
}

@test "a FIFO that was there stays, one that is made has its mode and goes" {
	umask 077
	mkfifo -m 640 box
	begin x
	end
	[ -p box ]
	rm box
	begin --mode 622 x
	[ "$(stat -c %a box)" = 622 ]
	end INT
	[ ! -e box ]
}

@test "each line is there exactly once, however often writers come and go" {
	begin .
	n=300
	for ((i = 0; i < n; i++)); do
		echo "line $i" >box
	done
	wait_for_lines "$n"
	for ((i = 0; i < n; i++)); do echo "line $i"; done | cmp - out
}

@test "writers at the same time, in pieces and in large blocks, lose nothing" {
	begin .
	for w in 1 2 3 4; do
		(for ((i = 0; i < 300; i++)); do echo "w$w $i" >box; done) &
		writers="$writers $!"
	done
	# shellcheck disable=SC2086 # a list of words
	wait $writers
	wait_for_lines 1200
	for w in 1 2 3 4; do
		grep "^w$w " out | cut -d' ' -f2 | cmp - <(seq 0 299)
	done
	seq 1 200000 >box
	wait_for_lines 201200
	tail -n 200000 out | cmp - <(seq 1 200000)
}

@test "a line that comes in two pieces from one writer is one line" {
	begin end
	exec 5>box
	printf 'the beg' >&5
	printf 'inning and the end\nnext' >&5
	wait_for_lines 1
	exec 5>&-
	# Not ended yet: what follows belongs to it, whoever writes it.
	echo " end" >box
	wait_for_lines 2
	[ "$(cat out)" = $'the beginning and the end\nnext end' ]
}

@test "what is in the FIFO when it is stopped is looked at" {
	"$BROOD" filter --fifo box -m 1 a >out 2>err &
	pid=$!
	until [ -p box ]; do kill -0 $pid; done
	exec 5>box
	kill -STOP $pid
	printf 'b\na1\n' >&5
	kill -TERM $pid
	kill -CONT $pid
	code=0
	wait $pid || code=$?
	pid=
	[ "$code" -eq 143 ]
	[ "$(cat out)" = a1 ]
	exec 5>&-
}

@test "-m and -q end it, and -c counts at the end" {
	begin -m 2 a
	printf 'a\nb\na\n' >box
	wait $pid
	pid=
	[ "$(cat out)" = $'a\na' ]
	begin -q a
	echo a >box
	wait $pid
	begin -c -m 2 a
	printf 'a\nb\na\n' >box
	wait $pid
	pid=
	[ "$(cat out)" = 2 ]
}

@test "several FIFOs are told apart by name" {
	"$BROOD" filter --fifo box --fifo tray a >out &
	pid=$!
	until [ -p tray ]; do kill -0 $pid; done
	echo a1 >box
	wait_for_lines 1
	echo a2 >tray
	wait_for_lines 2
	end
	[ "$(cat out)" = $'box:a1\ntray:a2' ]
	[ ! -e box ]
	[ ! -e tray ]
}

@test "when the reader of its output goes it ends, though nothing matches" {
	mkfifo out
	"$BROOD" filter --fifo box a >out &
	pid=$!
	exec 6<out
	until [ -p box ]; do kill -0 $pid; done
	exec 6<&-
	code=0
	wait $pid || code=$?
	pid=
	[ "$code" -eq 141 ]
	[ ! -e box ]
}

@test "what is no FIFO is refused and left alone" {
	echo mine >file
	mkfifo real
	ln -s real link
	ln -s nowhere broken
	for name in file link broken .; do
		run -2 "$BROOD" filter --fifo $name a
		[ "$output" = "brood: filter: $name: is not a FIFO" ]
	done
	[ "$(cat file)" = mine ]
	[ ! -e nowhere ]
	run -2 "$BROOD" filter --fifo missing/box a
	[ "$output" = "brood: filter: missing/box: No such file or directory" ]
	run -2 "$BROOD" filter --fifo '' a
	[ "$output" = "brood: filter: --fifo: the name of the FIFO is empty" ]
}

@test "a FIFO that is replaced meanwhile is not removed" {
	begin a
	rm box
	echo mine >box
	end
	[ "$(cat box)" = mine ]
}

@test "one log, two filters, three files" {
	mkfifo all
	"$BROOD" filter --level error <all >errors &
	first=$!
	mkfifo warnings.in
	"$BROOD" filter --level =warn <warnings.in >warnings &
	second=$!
	printf 'INFO: a\nERROR: b\nWARN: c\nERROR: d\n' | tee all warnings.in >everything
	wait $first
	wait $second
	[ "$(cat errors)" = $'ERROR: b\nERROR: d' ]
	[ "$(cat warnings)" = 'WARN: c' ]
	[ "$(wc -l <everything)" -eq 4 ]
}
