#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood pipe --stats: what the table says, and that nothing changes by looking.
bats_require_minimum_version 1.5.0
load kill_ours

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	unset CI COLUMNS NO_COLOR CLICOLOR_FORCE
	export LC_ALL=C.UTF-8 TERM=xterm
	brood=
}

teardown() {
	kill_ours "$brood"
}

# Runs a pipeline that ends with that exit code: its output is in $output, what --stats says in the
# file table.
piped() {
	local code=0
	# shellcheck disable=SC2153 # the build says what it is
	"$BROOD" pipe --stats "${@:2}" >out 2>table || code=$?
	cat table
	output=$(cat out)
	[ "$code" -eq "$1" ]
}

# The line of a stage in the table, without its last blanks.
row() {
	grep "^ $1 " "${2:-table}"
}

@test "the stage that burns the processor is the bottleneck" {
	piped 0 'head -c 500M /dev/zero' "sh -c '\"\$HELPERS/act\" burn 1500; cat >/dev/null; echo end'" cat
	[ "$output" = end ]
	[[ "$(row 2)" = *"← bottleneck (cpu)" ]]
	[ "$(grep -c ' ← ' table)" -eq 1 ]
	[[ "$(tail -n 1 table)" = *" bottleneck: 2 sh -c "*"(cpu)" ]]
}

@test "a stage that sleeps is the bottleneck wherever it stands" {
	seq 30000 >numbers
	slow="sh -c 'head -c 1000; sleep 1; cat'"
	piped 0 "[name=slow] $slow <numbers" cat cat
	[[ "$(row 1)" = *"bottleneck ("* ]]
	piped 0 'seq 3000000' "[name=slow] $slow" 'tail -n 1'
	[[ "$(row 2)" = *"bottleneck ("* ]]
	piped 0 'seq 3000000' cat "[name=slow] $slow >/dev/null"
	[[ "$(row 3)" = *"bottleneck ("* ]]
	[[ "$(tail -n 1 table)" = *" bottleneck: 3 slow ("* ]]
}

@test "who waits for what comes from outside is told" {
	mkfifo fifo
	{ echo a; sleep 1; echo b; } >fifo &
	piped 0 cat cat <fifo
	[ "$output" = $'a\nb' ]
	[[ "$(row 1)" = *"bottleneck (waits for its input)" ]]
}

@test "who waits for the reader of all is told" {
	mkfifo fifo
	{ sleep 1; cat >/dev/null; } <fifo &
	"$BROOD" pipe --stats 'head -c 30M /dev/zero' cat >fifo 2>table
	[[ "$(row 2)" = *"bottleneck (waits for its reader)" ]]
}

@test "a rate limit is told with the stage that it slows down" {
	piped 0 --rate 20M 'head -c 30M /dev/zero' 'wc -c'
	[ "$output" -eq 31457280 ]
	[[ "$(row 1)" = *"← bottleneck (rate limit)" ]]
	[ "$(grep -c '^ [0-9] ' table)" -eq 2 ]
}

@test "the totals are what has gone through" {
	piped 0 'head -c 700M /dev/zero' cat 'wc -c'
	[[ "$(row 1)" = *"→  700MiB  ["* ]]
	[[ "$(row 2)" = *" 700MiB →  700MiB  ["* ]]
	[[ "$(row 3)" = *" 700MiB →"* ]]
	[[ "$(tail -n 1 table)" =~ ^"  700MiB 0:00:0"[0-9]" [".*"/s]" ]]
}

@test "the totals of a stage are those of all its processes" {
	piped 0 "sh -c 'head -c 200M /dev/zero; (head -c 300M /dev/zero & wait)'" 'wc -c'
	[ "$output" -eq 524288000 ]
	[[ "$(row 1)" = *"→  500MiB  ["* ]]
	[[ "$(row 2)" = *" 500MiB →"* ]]
}

@test "what brood itself writes to start stages is not theirs" {
	stages=()
	for ((i = 0; i < 30; i++)); do stages+=('sleep 0.6'); done
	piped 0 "${stages[@]}"
	[ "$(grep -c '^ *[1-9][0-9]* sleep' table)" -eq 30 ]
	run ! grep KiB table
}

@test "how each stage has ended stands in the table" {
	piped 3 yes 'head -n 1' "sh -c 'cat; exit 3'"
	[[ "$(row 1)" = *" SIGPIPE  "* ]]
	[[ "$(row 2)" = *" done  "* ]]
	[[ "$(row 3)" = *" exit 3  "* ]]
}

@test "without a terminal there is one table and nothing that moves a cursor" {
	piped 0 'sleep 0.6' cat
	[ "$(wc -l <table)" -eq 4 ]
	[[ "$(head -n 1 table)" = " # stage"*"in → out"*"rate" ]]
	run ! grep -q $'[\033\r]' table
}

@test "on a terminal it is drawn again and again, and the last one stays" {
	run -0 --separate-stderr "$HELPERS/on_pty" '64K/64K' '' -- sh -c \
		'stty cols 100 rows 24; "$BROOD" pipe --stats yes "sh -c \"sleep 1.5; head -c 100 >here\""; echo code $?'
	[ "$(grep -c "# stage" <<<"$output")" -gt 3 ]
	[ "$(grep -c "link queue" <<<"$output")" -gt 2 ]
	[[ "$output" = *$'\033[J'*$'\033[1;33m← bottleneck (sleeps)\033[0m'* ]]
	last=${output##*$'\033[J'}
	[[ "$last" = " # stage"*"code 0" ]]
	[[ "$last" != *"link queue"* ]]
	[ "$(wc -l <<<"$last")" -eq 5 ]
}

@test "Ctrl-Z takes the table away, and fg brings it back" {
	run -0 --separate-stderr "$HELPERS/on_pty" '0/64K' '^Z' 'code 148' 'fg^M' -- bash -mc '
		"$BROOD" pipe --stats "sleep 3" cat; echo code $?; read -r word; $word; echo end $?'
	stopped=${output%%code 148*}
	# Nothing of it stands below the place where the cursor was.
	[[ "${stopped##*$'\033[J'}" != *"# stage"* ]]
	[[ "${output#*code 148}" = *"0/64K"* ]]
	[[ "$output" = *"end 0" ]]
}

@test "NO_COLOR and a terminal that can do nothing are honoured" {
	run -0 --separate-stderr env NO_COLOR=1 "$HELPERS/on_pty" -- "$BROOD" pipe --stats 'sleep 0.9' cat
	[[ "$output" = *"bottleneck ("* ]]
	[[ "$output" != *"33m"* ]]
	run -0 --separate-stderr env TERM=dumb "$HELPERS/on_pty" -- "$BROOD" pipe --stats 'sleep 0.9' cat
	[[ "$output" = *"bottleneck ("* ]]
	[[ "$output" != *$'\033'* ]]
}

@test "it is as narrow as the terminal, or COLUMNS" {
	run -0 --separate-stderr "$HELPERS/on_pty" -- sh -c \
		'stty cols 50; "$BROOD" pipe --stats "[name=a-rather-long-name-for-a-stage] sleep 0.6" cat'
	printf '%s\n' "$output" | sed 's/\x1b\[[?0-9;]*[A-Za-z]//g' >table
	[ "$(wc -L <table)" -le 50 ]
	grep -q '… ' table
	for columns in 30 60 90; do
		COLUMNS=$columns piped 0 'sleep 0.6' 'cat /dev/null'
		[ "$(wc -L <table)" -le "$columns" ]
	done
}

@test "without UTF-8 it is ASCII" {
	LC_ALL=C piped 0 'sleep 0.9' cat
	[[ "$(row 1)" = *"<- bottleneck (sleeps)" ]]
	run ! env LC_ALL=C grep -q '[^ -~]' table
}

@test "names cannot reach the terminal" {
	piped 0 $'[name=a\033[2Jb] true' cat
	[[ "$(row 1)" = *'a\x1b[2Jb '* ]]
}

@test "an ordinary user sees it too" {
	[ "$(id -u)" -eq 0 ] || skip "it is an ordinary user who runs the tests"
	chmod 755 . && cp "$BROOD" brood 2>/dev/null
	setpriv --reuid 65534 --regid 65534 --clear-groups ./brood pipe --stats \
		'head -c 20M /dev/zero' "sh -c 'cat; sleep 1'" 'wc -c' 2>table >out || skip "no way to become another user here"
	[ "$(cat out)" -eq 20971520 ]
	[[ "$(row 1)" = *"→ 20.0MiB  ["* ]]
	[[ "$(row 2)" = *" 20.0MiB → 20.0MiB  ["* ]]
	[[ "$(row 2)" = *"← bottleneck ("* ]]
}

@test "nothing of the data changes" {
	head -c 30000000 /dev/urandom >data
	for i in 1 2 3 4 5; do
		"$BROOD" pipe --stats cat cat cat 2>table <data >copy
		cmp copy data
		[ "$(tail -n +2 table | wc -l)" -eq 4 ]
	done
}

@test "a hundred times yes and head: no 141, and the end of input is seen" {
	for ((i = 0; i < 100; i++)); do
		out=$("$BROOD" pipe --stats yes 'head -n 2' cat 2>table)
		[ "$out" = $'y\ny' ]
	done
}

@test "brood holds no end of a pipe between stages" {
	mkfifo go
	"$BROOD" pipe --stats "sh -c 'read x <go; cat /dev/null'" cat cat 2>table &
	brood=$!
	until [ "$(pgrep -c -f '^cat$' -P "$(pgrep -d, -P "$brood")")" -eq 2 ]; do :; done
	pipes=$(for pid in $(pgrep -P "$(pgrep -d, -P "$brood")"); do readlink "/proc/$pid/fd/0"; done | grep -c '^pipe:')
	[ "$pipes" -ge 2 ]
	for pid in $(pgrep -x cat -P "$(pgrep -d, -P "$brood")"); do
		readlink "/proc/$pid/fd/0"
	done >links
	[ "$(grep -c '^pipe:' links)" -eq 2 ]
	for ((i = 0; i < 20; i++)); do
		readlink "/proc/$brood/fd/"* >held || true
		[ -s held ]
		[ "$(grep -cFxf links held)" -eq 0 ]
	done
	echo >go
	wait "$brood"
	brood=
}

@test "an error output that takes nothing does not matter" {
	for bad in '2>/dev/full' '2>&-'; do
		run -0 bash -c '"$BROOD" pipe --stats "seq 3" "sleep 0.6" '"$bad"
		run -0 bash -c '"$BROOD" pipe --stats "seq 3" "tail -n 1" '"$bad"
		[ "$output" = 3 ]
	done
}
