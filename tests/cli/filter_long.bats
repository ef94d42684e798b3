#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood filter over long times: ten thousand writers, twenty gigabytes, a thousand rotations.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	pid=
}

teardown() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
}

wait_for_lines() {
	until [ "$(wc -l <out)" -ge "$1" ]; do kill -0 $pid; done
}

@test "each line is there exactly once over ten thousand writers, programs of their own" {
	"$BROOD" filter --fifo box . >out &
	pid=$!
	until [ -p box ]; do kill -0 $pid; done
	for ((i = 0; i < 10000; i++)); do
		if ((i % 10)); then echo "line $i" >box; else /bin/echo "line $i" >box; fi
	done
	wait_for_lines 10000
	for ((i = 0; i < 10000; i++)); do echo "line $i"; done | cmp - out
	# It is what it was: no descriptor more.
	[ "$(find /proc/$pid/fd -mindepth 1 | wc -l)" -le 8 ]
}

@test "memory stays flat over twenty gigabytes, half of them in lines without end" {
	# A sanitizer takes all the addresses there are.
	! grep -q -e __asan_init -e __tsan_init "$BROOD" || skip
	{ yes 'INFO: some text that fills a line, and a number: 4711' | head -c 10G; head -c 10G /dev/zero; } |
		(ulimit -v 120000; exec "$BROOD" filter -c --max-line 1M 4711) >out
	[ "$(cat out)" -eq $((10 * 1024 * 1024 * 1024 / 54)) ]
}

@test "a thousand rotations of all kinds lose no line" {
	echo 0 >log
	"$BROOD" filter --follow --since-start . log >out &
	pid=$!
	wait_for_lines 1
	n=1
	for ((i = 1; i <= 1000; i++)); do
		for ((j = 0; j < 5; j++)); do echo $((n++)); done >>log
		case $((RANDOM % 3)) in
		0) mv log "log.$i" ;;
		# What is cut off, or deleted before it was opened, cannot be read any more.
		1)
			wait_for_lines $n
			: >log
			;;
		2)
			wait_for_lines $n
			rm log
			;;
		esac
	done
	wait_for_lines $n
	sort -n out | cmp - <(seq 0 $((n - 1)))
	kill -TERM $pid
	wait $pid || [ $? -eq 143 ]
	pid=
	[ "$(wc -l <out)" -eq $n ]
}
