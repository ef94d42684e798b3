#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood filter --follow: files that grow, are rotated, cut off, deleted, not there yet.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	pid=
}

teardown() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
}

begin() {
	"$BROOD" filter --follow "$@" >out 2>err &
	pid=$!
}

wait_for_lines() {
	until [ "$(wc -l <out)" -ge "$1" ]; do kill -0 $pid; done
}

end() {
	kill -TERM $pid
	wait $pid || true
	pid=
}

# The file, not only its folder, is watched: the place in it was chosen before.
wait_for_watch() {
	until [ "$(cat /proc/$pid/fdinfo/* 2>/dev/null | grep -c '^inotify wd')" -ge 2 ]; do
		kill -0 $pid
	done
}

@test "shows what is appended, from now on, from the last lines, or from the start" {
	seq 1 5 >log
	begin --since-start . log
	wait_for_lines 5
	echo 6 >>log
	wait_for_lines 6
	end
	[ "$(cat out)" = "$(seq 1 6)" ]
	begin --tail 2 . log
	wait_for_lines 2
	echo 7 >>log
	wait_for_lines 3
	end
	[ "$(cat out)" = $'5\n6\n7' ]
	printf 8 >>log
	begin --tail 0 . log
	# It stands at the beginning of that line when it has read to the end of the file.
	wait_for_watch
	printf ' and more\n9\n' >>log
	wait_for_lines 2
	end
	# A line that had begun is whole.
	[ "$(cat out)" = $'8 and more\n9' ]
}

@test "a line that is not ended waits for its end" {
	printf 'a be' >log
	begin --since-start -e . log
	printf 'gin\na' >>log
	wait_for_lines 1
	printf ' second\n' >>log
	wait_for_lines 2
	end
	[ "$(cat out)" = $'a begin\na second' ]
}

@test "a file that is not there yet is waited for, also in a folder of its own" {
	begin . log
	until grep -q waiting err; do kill -0 $pid; done
	[ "$(cat err)" = "brood: filter: log: No such file or directory; waiting for it" ]
	echo 1 >log
	wait_for_lines 1
	end
	begin . later/log
	until grep -q waiting err; do kill -0 $pid; done
	mkdir later
	echo 2 >later/log
	wait_for_lines 1
	end
	[ "$(cat out)" = 2 ]
}

@test "rotation by rename: no line is lost and none comes twice, also of writers that have not noticed" {
	echo 0 >log
	begin --since-start . log
	wait_for_lines 1
	exec 5>>log
	n=1
	for ((i = 1; i <= 15; i++)); do
		for ((j = 0; j < 25; j++)); do echo $((n++)); done >&5
		mv log log.$i
		: >log
		# As logrotate does: the new file is there, the writer still has the old one.
		for ((j = 0; j < 25; j++)); do echo $((n++)); done >&5
		exec 5>>log
	done
	wait_for_lines $n
	end
	sort -n out | cmp - <(seq 0 $((n - 1)))
}

@test "several rotations within one moment are found under their later names" {
	echo 0 >log
	begin --since-start . log
	wait_for_lines 1
	kill -STOP $pid
	for i in 1 2 3; do
		echo $i >>log
		for j in 3 2 1; do [ ! -e log.$j ] || mv log.$j log.$((j + 1)); done
		mv log log.1
		: >log
	done
	echo 4 >>log
	kill -CONT $pid
	wait_for_lines 5
	end
	sort -n out | cmp - <(seq 0 4)
}

@test "rotation by copy and truncate begins again, also when the new text is as long as the old one" {
	echo first >log
	begin --since-start . log
	wait_for_lines 1
	cp log log.1
	: >log
	echo x >>log
	wait_for_lines 2
	for i in 2 3 4 5; do
		# In one write: between two looks the file has not been shorter.
		kill -STOP $pid
		: >log
		printf 'second %s, which is longer\n' $i >>log
		kill -CONT $pid
		wait_for_lines $((i + 1))
	done
	: >log
	echo last >>log
	wait_for_lines 7
	end
	[ "$(cat out)" = $'first\nx\nsecond 2, which is longer\nsecond 3, which is longer\nsecond 4, which is longer\nsecond 5, which is longer\nlast' ]
}

@test "a file that is deleted and made again is followed, and what was written to the deleted one too" {
	echo 0 >log
	begin --since-start . log
	wait_for_lines 1
	exec 5>>log
	rm log
	echo 1 >&5
	wait_for_lines 2
	echo 2 >log
	wait_for_lines 3
	echo 3 >&5
	wait_for_lines 4
	exec 5>&-
	echo 4 >>log
	wait_for_lines 5
	# Once nobody writes to it, it is let go.
	while find /proc/$pid/fd -lname '*deleted*' | grep -q .; do echo >>log; done
	end
	[ "$(grep . out)" = "$(seq 0 4)" ]
}

@test "several files have their names in front of their lines" {
	: >a
	: >b
	begin --since-start . a b
	echo 1 >>a
	wait_for_lines 1
	echo 2 >>b
	wait_for_lines 2
	end
	[ "$(cat out)" = $'a:1\nb:2' ]
}

@test "options work on: -m ends it, -n counts over a rotation, --level selects" {
	printf 'INFO: a\nERROR: b\n' >log
	begin --since-start -n -m 2 --level error log
	wait_for_lines 1
	mv log log.1
	echo 'ERROR: c' >log
	wait $pid
	pid=
	[ "$(cat out)" = $'2:ERROR: b\n3:ERROR: c' ]
	begin --since-start -m 1 --level error --not c log
	printf 'INFO: d\nERROR: e\n' >>log
	wait $pid
	pid=
	[ "$(cat out)" = 'ERROR: e' ]
}

@test "without inotify it looks often instead" {
	echo 0 >log
	# No instance is left to this user namespace, or the call is refused.
	"$HELPERS/deny" inotify_init1=EMFILE "$BROOD" filter --follow --since-start . log >out 2>err &
	pid=$!
	wait_for_lines 1
	echo 1 >>log
	wait_for_lines 2
	mv log log.1
	echo 2 >log
	wait_for_lines 3
	: >log
	echo three >>log
	wait_for_lines 4
	end
	[ "$(cat out)" = $'0\n1\n2\nthree' ]
}

@test "when the reader of its output goes it ends" {
	echo 0 >log
	mkfifo out
	"$BROOD" filter --follow nothing log >out &
	pid=$!
	exec 6<out
	exec 6<&-
	code=0
	wait $pid || code=$?
	pid=
	[ "$code" -eq 141 ]
}

@test "what cannot be followed is refused" {
	mkfifo box
	run -2 "$BROOD" filter --follow a box
	[ "$output" = "brood: filter: box: is not a file that grows (for a named pipe there is --fifo)" ]
	run -2 "$BROOD" filter --follow a .
}
