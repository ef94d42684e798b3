#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood filter: grep's letters, levels, fields, times, limits, and wrong use.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	unset GREP_COLORS GREP_COLOR CI
	export TZ=UTC0
}

filter() {
	"$BROOD" filter "$@"
}

# The same output and the same exit code as grep -aE with these words.
same() {
	local expected=0 code=0
	grep -aE "$@" >expected 2>/dev/null || expected=$?
	filter "$@" >got 2>/dev/null || code=$?
	if ! cmp -s expected got || [ "$expected" -ne "$code" ]; then
		echo "exit code $code instead of $expected: $*"
		diff expected got
		return 1
	fi
}

logs() {
	cat >log <<'END'
INFO: started
2026-11-22 07:00:00 [warn] disk almost full
	at line 2 of the trace
{"time":"2026-11-22T07:10:00Z","level":30,"msg":"hello","http":{"status":200},"latency":12}
{"time":"2026-11-22T07:20:00Z","level":"error","msg":"bad \"gateway\"","http":{"status":502},"latency":600}
ts=2026-11-22T07:30:00Z level=warning msg="slow query" latency=900
ERROR: an error happened
END
}

@test "shows what grep shows, for each letter and many of their combinations" {
	seq 1 120 >a
	seq 50 150 >b
	printf 'x 7\n\n77 y\nno newline 7' >c
	: >d
	for letters in "" -v -c "-c -v" -n -b "-n -b" -H "-H -n" -h -l -L -q -s "-m 3" "-m 3 -v" \
		"-m 1 -A 2" "-m 2 -C 3" -A1 -B1 -C1 -2 "-12 -n" "-A 0" "-n -C2" "-b -C2" "-C2 -m 5" -o "-o -b" \
		"-o -n" "-ob -v" "-c -m 2" "-L -v" "-Z -l" "-Z -H" "-m 0" "-A 3 -v" "-B 3 -v -n" -w -x -i \
		"--group-separator=XX -A1" "--no-group-separator -A1" "--label=z -H" -a --line-buffered \
		"--color=always" "--color=always -n -H -C1" "--color=always -o -n" "--color=always -v -C1" \
		"--color=always -b -v" "--colour=always -c"; do
		[[ $letters != *colour* ]] || letters=--color=never
		for pattern in 7 '^1|no' '^$' ''; do
			# shellcheck disable=SC2086 # a list of words
			same $letters -e "$pattern" c d missing a b
		done
	done
}

@test "GREP_COLORS says how it looks, as with grep" {
	printf 'one two\nthree\none\nfour\n' >a
	for GREP_COLORS in mt=1 ms=32:mc=33:sl=7:cx=2 ms=:sl=1 rv:sl=1:cx=2 ne:fn=1:ln=2:bn=3:se=4 'x:ms=q;:ln='; do
		export GREP_COLORS
		same --color=always -n -H -b -C1 -e on a
		same --color=always -n -H -b -C1 -v -e on a
		same --color=always -o -e on a
	done
	run -0 filter --color=auto on a
	[ "$output" = $'one two\none' ]
	TERM=xterm run -0 "$HELPERS/on_pty" -- "$BROOD" filter --color on a
	[[ $output == *$'\033[01;31m'* ]]
	NO_COLOR=1 TERM=xterm run -0 "$HELPERS/on_pty" -- "$BROOD" filter --color on a
	[[ $output != *$'\033'* ]]
}

@test "standard input is read without operands and for -, and files keep their names" {
	printf 'b\na\n' >f
	[ "$(filter a <f)" = a ]
	[ "$(filter -H a <f)" = "(standard input):a" ]
	[ "$(filter --label=me -H a - <f)" = me:a ]
	[ "$(printf 'a\n' | filter a - f)" = $'(standard input):a\nf:a' ]
}

@test "options may stand behind operands, and -- ends them" {
	printf 'a\n-v\n' >f
	[ "$(filter a f -v)" = -v ]
	[ "$(filter -e a -v -- f)" = -v ]
	[ "$(filter -- -v f)" = -v ]
	printf 'a\n' >./-n
	[ "$(filter a -- -n)" = a ]
}

@test "-f takes patterns from a file, one a line, and an empty file matches nothing" {
	printf 'a\nc\n' >patterns
	printf 'a\nb\nc\n' >f
	[ "$(filter -f patterns f)" = $'a\nc' ]
	[ "$(filter -f patterns -e b -c f)" = 3 ]
	[ "$(filter -f - f <patterns)" = $'a\nc' ]
	: >none
	run -1 filter -f none f
	[ -z "$output" ]
	[ "$(filter -v -f none f)" = $'a\nb\nc' ]
	run -2 filter -f missing f
	[ "$output" = "brood: filter: missing: No such file or directory (-f)" ]
	printf 'a\n(\n' >patterns
	run -2 filter -f patterns f
	[[ $output == *patterns:2* ]]
}

@test "-E, -G, -F and -P are the four languages; the last one counts" {
	printf 'a+b\naab\n' >f
	[ "$(filter 'a+b' f)" = aab ]
	[ "$(filter -G 'a+b' f)" = a+b ]
	[ "$(filter -F 'a+b' f)" = a+b ]
	[ "$(filter -P 'a(?=ab)' f)" = aab ]
	[ "$(filter -F -E 'a+b' f)" = aab ]
	[ "$(filter -E --fixed-strings 'a+b' f)" = a+b ]
}

@test "-z: lines end with NUL" {
	printf 'one\ntwo\0three\0' >f
	filter -z two f | cmp - <(printf 'one\ntwo\0')
	filter -z -c . f | cmp - <(printf '2\n')
	filter -z -v two f | cmp - <(printf 'three\0')
}

@test "-m leaves standard input behind the last line, if it can" {
	printf 'a1\nb\na2\na3\n' >f
	{ filter -m 2 a; cat; } <f >out
	[ "$(cat out)" = $'a1\na2\na3' ]
	{ filter -m 1 -A 1 a; cat; } <f >out
	[ "$(cat out)" = $'a1\nb\nb\na2\na3' ]
}

@test "exit codes: 0 selected, 1 none, 2 trouble, and -q ends well at the first line" {
	printf 'a\n' >f
	run -0 filter a f
	run -1 filter b f
	run -2 filter a f missing
	[ "$output" = $'f:a\nbrood: filter: missing: No such file or directory' ]
	run -2 filter -s a missing
	[ -z "$output" ]
	run -0 filter -q a f missing
	[ -z "$output" ]
	run -0 filter -q a missing f
	run -2 filter a .
	[ "$output" = "brood: filter: .: Is a directory" ]
	run -2 filter '(' f
	[[ $output == "brood: filter: "* ]]
	yes a | run -0 filter -q a
}

@test "what is written to a file is not read from it again" {
	printf 'a\n' >f
	run -2 --separate-stderr bash -c "'$BROOD' filter a f >>f"
	[ "$stderr" = "brood: filter: f: input file is also the output" ]
	[ "$(cat f)" = a ]
}

@test "a reader that goes away ends it as it ends grep" {
	run -0 bash -c "seq 1000000 | '$BROOD' filter 1 | head -1; echo \${PIPESTATUS[1]}"
	[ "${lines[1]}" = 141 ]
	run -0 --separate-stderr bash -c "trap '' PIPE; seq 1000000 | '$BROOD' filter 1 | head -1; echo \${PIPESTATUS[1]}"
	[ "${lines[1]}" = 2 ]
	[[ $stderr == *"brood: filter: standard output: Broken pipe"* ]]
}

@test "a full disk is trouble" {
	run -2 --separate-stderr bash -c "echo a | '$BROOD' filter a >/dev/full"
	[ "$stderr" = "brood: filter: standard output: No space left on device" ]
	run -2 --separate-stderr bash -c "echo a | '$BROOD' filter a >&-"
}

@test "lines of ten megabytes come through whole, and longer ones than --max-line are cut" {
	{ head -c 10000000 /dev/zero | tr '\0' x; echo END; echo y; } >f
	filter END f >out
	head -1 f | cmp - out
	[ "$(filter --max-line 1M -c END f)" = 0 ]
	filter --max-line 5 . f >out
	[ "$(cat out)" = $'xxxxx [cut]\ny' ]
	[ "$(printf '12345\n123456\n' | filter --max-line 5 .)" = $'12345\n12345 [cut]' ]
	[ "$(printf '123456' | filter --max-line 5 -n .)" = $'1:12345 [cut]' ]
	[ "$(filter --max-line 5 -v z f)" = $'xxxxx [cut]\ny' ]
}

@test "memory stays flat over a long input and over a line without end" {
	# A sanitizer takes all the addresses there are.
	! grep -q -e __asan_init -e __tsan_init "$BROOD" || skip
	for input in "yes 'INFO: some text that fills a line'" "head -c 400000000 /dev/zero"; do
		# 64 MiB of address space beside the program.
		run -0 bash -c "$input | head -c 400000000 |
			(ulimit -v 120000; '$BROOD' filter --max-line 1M -c o || [ \$? -eq 1 ])"
	done
}

@test "--level knows plain, JSON and logfmt lines, names and numbers" {
	logs
	[ "$(filter --level warn -c log)" = 4 ]
	[ "$(filter --level error log)" = "$(sed -n '5p;7p' log)" ]
	[ "$(filter --level =info log)" = "$(sed -n '1p;4p' log)" ]
	[ "$(filter --level '<warn' log)" = "$(sed -n '1p;4p' log)" ]
	[ "$(filter --level '=warn,=info' -c log)" = 4 ]
	[ "$(filter --level 50 -c log)" = 2 ]
	[ "$(filter --level 3 -c log)" = 2 ]
	[ "$(filter --level warn -e slow log)" = "$(sed -n 6p log)" ]
	[ "$(filter --level warn -v -e slow -c log)" = 3 ]
	run -2 filter --level warn '' log
	[ "${lines[0]}" = "brood: filter: '': No such file or directory (beside --not, --level, --where, --since and --until a pattern needs -e)" ]
	run -1 filter --level fatal log
	run -2 filter --level loud log
	[[ $output == "brood: filter: --level: 'loud' is not a level"* ]]
}

@test "--where asks for fields, --fields shows them" {
	logs
	[ "$(filter --where 'level>=warn and latency>500' -c log)" = 2 ]
	[ "$(filter --where 'http.status=502' -n log | cut -c1-2)" = 5: ]
	[ "$(filter --where 'not http.status' -c log)" = 5 ]
	[ "$(filter --where 'latency' --fields latency,msg,http.status log)" = \
		$'12\thello\t200\n600\tbad "gateway"\t502\n900\tslow query\t' ]
	[ "$(filter -n --where 'msg*=slow' --fields msg log)" = $'6:slow query' ]
	# A line with none of them is shown as it is.
	[ "$(filter --fields msg,x -e hello -e happened log)" = $'hello\t\nERROR: an error happened' ]
	run -2 filter --where 'a=' log
	[[ $output == "brood: filter: --where:3: a value is missing here"* ]]
	run -2 filter --fields a,,b x log
	[[ $output == "brood: filter: --fields: 'a,,b' holds an empty name" ]]
}

@test "--not leaves out lines that match, whatever else selects them" {
	printf 'ERROR a\nERROR healthz\nINFO healthz\nINFO b\nERROR b 7\n' >f
	# The same lines as a second grep would leave.
	without() {
		local -a nots=()
		for pattern in "$@"; do nots+=(-e "$pattern"); done
		grep -aE -e ERROR f | grep -avE "${nots[@]}"
	}
	[ "$(filter -e ERROR --not healthz f)" = "$(without healthz)" ]
	[ "$(filter -e ERROR --not healthz --not '[0-9]' f)" = "$(without healthz '[0-9]')" ]
	[ "$(filter -e ERROR --not $'healthz\n[0-9]' f)" = 'ERROR a' ]
	[ "$(filter --not healthz f)" = "$(grep -v healthz f)" ]
	[ "$(filter -n --not healthz f)" = "$(grep -nv healthz f)" ]
	[ "$(filter -c --not healthz -e ERROR f)" = 2 ]
	[ "$(filter -v -e ERROR --not healthz f)" = 'INFO b' ]
	[ "$(filter -o --not ' a' -e 'ERROR [a-z]' f)" = $'ERROR h\nERROR b' ]
	[ "$(filter -m 1 -n --not a f)" = '4:INFO b' ]
	[ "$(filter --not ERROR -A1 -n f)" = $'3:INFO healthz\n4:INFO b\n5-ERROR b 7' ]
	[ "$(filter -l --not b f)" = f ]
	run -1 filter -q --not . f
	[ "$(filter --level error --not a f)" = 'ERROR b 7' ]
	# The language and the letters hold for it as well.
	[ "$(filter -F --not '[0-9]' -c f)" = 5 ]
	[ "$(filter -G --not 'a\|b' -c f)" = 0 ]
	[ "$(filter -P --not 'health(?=z)' -c f)" = 3 ]
	[ "$(filter -i --not HEALTHZ -c f)" = 3 ]
	[ "$(filter -w --not health -c f)" = 5 ]
	[ "$(filter -x --not 'INFO b' -c f)" = 4 ]
	[ "$(filter -z --not 7 f | wc -c)" -eq 0 ]
	[ "$(filter --not '' f)" = '' ]
	run -2 filter --not 'a(' f
	[ "$output" = "brood: filter: --not: the pattern, column 2: ( without its )" ]
	run -2 filter -o --not a f
	[ "$output" = "brood: filter: --only-matching needs a pattern" ]
}

@test "--not leaves the same lines as grep | grep -v over a large input, with each engine" {
	seq 1 300000 | sed 's/7/ seven /g' >f
	grep -aE 'seven|5$' f | grep -avE '3 |^1|9$' >expected
	for engine in auto built-in pcre2; do
		filter --engine $engine -e 'seven|5$' --not '3 |^1' --not '9$' f | cmp - expected
	done
	[ "$(filter -c -e 'seven|5$' --not '3 |^1' --not '9$' - <f)" = "$(wc -l <expected)" ]
	filter -n -e 'seven|5$' --not '3 |^1' --not '9$' f | cmp - <(grep -naE 'seven|5$' f | grep -avE '3 |^[0-9]+:1|9$')
}

@test "--since and --until select by time; a line without one follows the one before" {
	logs
	[ "$(filter --since 2026-11-22T07:20:00Z log)" = "$(sed -n 5,7p log)" ]
	[ "$(filter --until 2026-11-22T07:10:00Z log)" = "$(sed -n 1,3p log)" ]
	[ "$(filter --since '2026-11-22 07:00:00' --until '2026-11-22 07:15' log)" = "$(sed -n 2,4p log)" ]
	[ "$(filter --since '2026-11-22 07:00:00' -e line log)" = "$(sed -n 3p log)" ]
	{
		echo "$(date -u -d '-1 hour' +%FT%TZ) old"
		echo "$(date -u -d '-1 minute' +%FT%TZ) new"
	} >now
	[[ $(filter --since -10m now) == *new ]]
	[ "$(filter --since 2h -c now)" = 2 ]
	[ "$(filter --until 10m -c now)" = 1 ]
	run -2 filter --since yesterday now
	[[ $output == "brood: filter: --since: 'yesterday' is not a time"* ]]
	run -2 filter --since 10m --until 20m now
	[ "$output" = "brood: filter: --until lies before --since" ]
}

@test "conditions go with context, numbers and counts" {
	logs
	[ "$(filter --level error -n -B1 log)" = "$(grep -n '' log | sed -n '4s/^4:/4-/p;5p;6s/^6:/6-/p;7p')" ]
	[ "$(filter --level warn -m 2 log)" = "$(sed -n '2p;5p' log)" ]
	[ "$(filter --level warn -l log)" = log ]
	[ "$(filter --level fatal -L log)" = log ]
	[ "$(filter --level error --stats log 2>&1 >/dev/null)" != "" ]
}

@test "a line comes out before the next one is there" {
	mkfifo in out
	filter a <in >out &
	exec 5>in 6<out
	for i in 1 2 3; do
		echo "a$i" >&5
		read -r -t 20 line <&6
		[ "$line" = "a$i" ]
		echo b >&5
	done
	exec 5>&-
	wait $!
	exec 6<&-
}

@test "signals: what was decided is there, and it dies of the signal; the time limit is 124" {
	for signal in INT TERM HUP; do
		mkfifo in.$signal
		# What runs in the background has INT ignored, and that stays so.
		env --default-signal=INT "$BROOD" filter a <in.$signal >out.$signal &
		pid=$!
		exec 5>in.$signal
		echo a1 >&5
		until [ -s out.$signal ]; do :; done
		kill -$signal $pid
		wait $pid || code=$?
		[ "$code" -eq $((128 + $(kill -l $signal))) ]
		[ "$(cat out.$signal)" = a1 ]
		exec 5>&-
	done
	run -124 --separate-stderr filter -t 100ms a < <(echo a; exec sleep 20)
	[ "$output" = a ]
	[ "$stderr" = "brood: filter: time limit of 100ms reached" ]
}

@test "--on-full drop-old never waits: the newest lines are there, and the number of the others is told" {
	mkfifo out
	exec 5<>out
	seq 1 200000 >numbers
	filter --on-full drop-old --keep 64K --pipe-size 0 . <numbers >out 2>err &
	pid=$!
	# It has read all while nobody took anything: it only waits to write the rest.
	until [ "$(sed -n 's/^pos:\t//p' /proc/$pid/fdinfo/0 2>/dev/null)" -ge "$(wc -c <numbers)" ]; do :; done
	exec 6<out 5>&-
	cat <&6 >got
	wait $pid
	tail -1 got | grep -qx 200000
	dropped=$(sed -n 's/^brood: dropped \([0-9]*\) lines$/\1/p' err)
	[ "$((dropped + $(wc -l <got)))" -eq 200000 ]
	[ "$dropped" -gt 100000 ]
	sort -nc got
}

@test "--on-full spill keeps everything in a file, in order, and removes it" {
	mkfifo out
	exec 5<>out
	seq 1 300000 >numbers
	filter --on-full spill=kept --pipe-size 0 . <numbers >out &
	pid=$!
	until [ "$(sed -n 's/^pos:\t//p' /proc/$pid/fdinfo/0 2>/dev/null)" -ge "$(wc -c <numbers)" ]; do :; done
	[ -s kept ]
	exec 6<out 5>&-
	cat <&6 >got
	wait $pid
	cmp numbers got
	[ ! -e kept ]
	echo mine >kept
	run -2 filter --on-full spill=kept a <numbers
	[ "$output" = "brood: filter: kept: is not empty (--on-full spill)" ]
	ln -s elsewhere link
	run -2 filter --on-full spill=link a <numbers
	[ ! -e elsewhere ]
}

@test "wrong use is exit code 2 and one line that says what is right" {
	wrong() {
		local expected=$1
		shift
		run -2 --separate-stderr filter "$@" </dev/null
		[ -z "$output" ]
		[ "$stderr" = "brood: filter: $expected" ]
	}
	wrong "no pattern was given (brood filter --help)"
	wrong "unknown option --bogus (brood filter --help lists them)" --bogus x
	wrong "unknown option --levle; did you mean --level?" --levle x
	wrong "-e needs a value: PATTERN" -e
	wrong "-A: 'x' is not a number of lines" -A x a
	wrong "-m: '1x' is not a number of lines" -m 1x a
	wrong "--color: 'red' is not auto, always or never" --color=red a
	wrong "--on-full: 'wait' is not block, drop-old or spill=FILE" --on-full wait a
	wrong "--max-line: 'big' is not a size (accepted: 4096, 64K, 512M, 2G)" --max-line big a
	wrong "--max-line: '0' is too small a size (accepted: 1 to 1T)" --max-line 0 a
	wrong "--keep: '2T' is too large a size (accepted: 1024 to 1T)" --keep 2T a
	wrong "--mode: '9' is not a mode (accepted: 600, 0660)" --mode 9 --fifo f a
	wrong "--mode needs --fifo FILE" --mode 660 a
	wrong "--keep needs --on-full drop-old" --keep 2M a
	wrong "--follow: which file?" --follow a
	wrong "--follow: standard input has no name to follow it by" --follow a -
	wrong "--tail and --since-start need --follow" --tail 5 a f
	wrong "--fifo: files beside it need --follow" --fifo box a f
	wrong "--only-matching needs a pattern" -o --level warn
	wrong "--only-matching: not with --fields" -o --fields x a
	wrong "--invert-match needs a pattern" -v --level warn
	wrong "-t: 'soon' is not a duration (accepted: 500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds), off)" -t soon a
	wrong "--engine: 'fast' is not auto, built-in, hyperscan or pcre2" --engine fast a
	run -2 filter -r a .
	[[ $output == "brood: filter: -r: folders are not searched"* ]]
	[ ! -e box ]
}

@test "--help lists the options, and numbers that are too large are large" {
	run -0 filter --help
	[[ $output == "Usage: brood filter"* ]]
	printf 'a\nb\n' >f
	[ "$(filter -A 99999999999999999999999 a f)" = $'a\nb' ]
	[ "$(filter -m 99999999999999999999999 a f)" = a ]
	[ "$(filter -m -1 a f)" = a ]
	[ "$(filter -99999999999999999999999 a f)" = $'a\nb' ]
}
