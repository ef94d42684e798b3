#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood pipe: both forms, stage options, redirections, exit codes, the record, wrong use.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	unset CI NO_COLOR CLICOLOR_FORCE
}

# Evaluates a Python expression on the record r in the file record; s are its stages.
holds() {
	/usr/bin/python3 -c 'import json, sys
text = open("record").read()
assert text.count("\n") == 1 and text.endswith("\n"), text
r = json.loads(text)
s = r["stages"]
print(r, file=sys.stderr)
assert eval(sys.argv[1]), sys.argv[1]' "$1"
}

@test "each argument is a stage" {
	run -0 --separate-stderr "$BROOD" pipe 'seq 100' 'grep 7' "sed 's/7/ 7 /'" 'tail -n 1'
	[ "$output" = "9 7 " ]
	[ -z "$stderr" ]
	run -0 "$BROOD" pipe 'echo one'
	[ "$output" = one ]
}

@test "a lone bar separates the stages of the other form" {
	run -0 --separate-stderr "$BROOD" pipe seq 100 '|' grep -e '7|x' -e 9 '|' wc -l
	[ "$output" = 19 ]
	run -0 "$BROOD" pipe echo 'a > b; $c' '|' cat
	[ "$output" = 'a > b; $c' ]
	[ ! -e b ]
	run -0 "$BROOD" pipe echo x '|' '[ok=0,1 name=none]' grep y '|' cat
	[ -z "$output" ]
	run -0 "$BROOD" pipe -c 'echo "x  y"' cat '|' tr x z
	[ "$output" = 'z  y' ]
}

@test "the input of the first stage and the output of the last one are ours" {
	run -0 --separate-stderr "$BROOD" pipe cat cat cat <<<"through"
	[ "$output" = through ]
	run -0 "$BROOD" pipe --json cat cat <<<"with a record too"
	[ "${lines[0]}" = "with a record too" ]
	run -0 --separate-stderr "$BROOD" pipe 'echo x' 'sh -c "cat >&2"'
	[ "$stderr" = x ]
	run -0 sh -c '"$BROOD" pipe cat cat <&-'
	[ -z "$output" ]
}

@test "nothing is expanded, and quotes are those of a shell" {
	touch a.c b.c
	run -0 "$BROOD" pipe "printf '%s\n' *.c \$HOME \"\$x \\\"y\\\"\" '|' a\\ b ~" cat
	[ "$output" = $'*.c\n$HOME\n$x "y"\n|\na b\n~' ]
}

@test "files can be redirected to and from" {
	printf 'b\na\n' >in
	run -0 "$BROOD" pipe 'sort <in' 'cat >out'
	[ "$(cat out)" = $'a\nb' ]
	run -0 "$BROOD" pipe 'echo c' 'cat >>out'
	[ "$(cat out)" = $'a\nb\nc' ]
	run -0 "$BROOD" pipe "sh -c 'echo o; echo e >&2' 2>err" cat
	[ "$output" = o ]
	[ "$(cat err)" = e ]
	run -0 --separate-stderr "$BROOD" pipe "sh -c 'echo o; echo e >&2' 2>&1" sort
	[ "$output" = $'e\no' ]
	run -0 --separate-stderr "$BROOD" pipe "sh -c 'echo e >&2' >all 2>&1"
	[ -z "$output$stderr" ]
	[ "$(cat all)" = e ]
	run -125 --separate-stderr "$BROOD" pipe 'touch started' 'cat <nosuch'
	[ "$stderr" = "brood: pipe: stage 2: < takes the place of what the stage in front of it writes" ]
	run -125 --separate-stderr "$BROOD" pipe 'cat <nosuch' 'touch started'
	[ "$stderr" = "brood: pipe: stage 1: nosuch: No such file or directory" ]
	[ ! -e started ]
}

@test "a redirection to or from a FIFO waits for the other end, as in a shell" {
	mkfifo in out
	"$BROOD" pipe 'cat <in' 'cat >out' 3>&- &
	brood=$!
	echo through >in
	[ "$(cat out)" = through ]
	wait "$brood"
	# Each is the other end of the other one's: a shell opens them in two processes.
	run -0 --separate-stderr timeout 20 "$BROOD" pipe 'head -n 1 <in' "sh -c 'echo round; cat >&2' >in"
	[ "$stderr" = round ]
	run -0 timeout 20 "$BROOD" pipe 'head -n 1 <in' "sh -c 'echo round >&2; cat' 2>in"
	[ "$output" = round ]
}

@test "a FIFO that nobody opens is within reach of the time limit" {
	mkfifo in out err
	for redirection in '<in writing' '>out reading' '2>>err reading'; do
		file=${redirection%% *}
		run -124 --separate-stderr timeout 20 "$BROOD" pipe -t 100ms --status record "cat $file"
		[ "$stderr" = "brood: pipe: stage 1: ${file##*[<>]}: time limit of 100ms reached, and nobody has opened it for ${redirection##* }" ]
		holds 'r["timed_out"] and r["code"] == 124 and s[0]["cause"] == "timeout" and s[0]["pid"] is None'
	done
	# One that cannot be opened is told at once, whoever waits for another.
	run -125 --separate-stderr timeout 20 "$BROOD" pipe 'cat <in' 'cat >nodir/file'
	[ "$stderr" = "brood: pipe: stage 2: nodir/file: No such file or directory" ]
	# What is left of the limit is for the stages.
	mkfifo go
	"$BROOD" pipe -t 1s 'cat <in' "$HELPERS/act pause" 2>messages 3>&- &
	brood=$!
	exec {in}>in
	code=0
	wait "$brood" || code=$?
	exec {in}>&-
	[ "$code" = 124 ]
	[ "$(cat messages)" = "brood: pipe: time limit of 1s reached" ]
}

@test "options of a stage: ok, name, cwd, env, err" {
	mkdir dir
	run -0 "$BROOD" pipe '[cwd=dir env.A="x y"] sh -c "pwd; echo \$A" >out' <<<""
	[ "$(cat dir/out)" = "$PWD/dir"$'\nx y' ]
	run -0 "$BROOD" pipe -C dir -e A=outer -e B=2 '[env.A=inner] sh -c "echo \$A \$B"' 'tee out'
	[ "$output" = "inner 2" ]
	[ ! -e out ]
	run -0 --separate-stderr "$BROOD" pipe '[err=drop] sh -c "echo e >&2; echo o"' cat
	[ "$output" = o ]
	[ -z "$stderr" ]
	run -0 --separate-stderr "$BROOD" pipe '[err=join] sh -c "echo e >&2"' cat
	[ "$output" = e ]
	run -0 "$BROOD" pipe '[err=e.log] sh -c "echo e >&2"' cat
	[ "$(cat e.log)" = e ]
	run -0 --separate-stderr "$BROOD" pipe 'echo x' '[ok=0,1] grep y' 'wc -l'
	[ "$output" = 0 ]
	run -0 "$BROOD" pipe -e PATH="$HELPERS" 'act exit 0' '[env.PATH=/usr/bin:/bin] true'
}

@test "buf= makes the pipe behind its stage larger" {
	mkfifo go
	"$BROOD" pipe "[buf=1M] $HELPERS/act fill 1 1000000 print 2 filled" \
		'sh -c "read -r x <go; wc -c"' 2>err >out 3>&- &
	brood=$!
	# Nobody reads yet, and all of it fits.
	until grep -q filled err; do read -rt 0.01 <> <(:) || true; done
	echo >go
	wait "$brood"
	[ "$(cat out)" = 1000000 ]
}

@test "the exit code is that of the rightmost stage that failed" {
	run -3 "$BROOD" pipe "$HELPERS/act exit 2" "$HELPERS/act exit 3" "$HELPERS/act exit 0"
	run -2 "$BROOD" pipe "$HELPERS/act exit 2" 'cat'
	run -139 "$BROOD" pipe 'true' "$HELPERS/act core 0 raise 11" 'cat'
	run -1 "$BROOD" pipe 'true' 'false'
	run -0 "$BROOD" pipe --last 'false' 'false' 'true'
	run -4 "$BROOD" pipe --last 'false' "$HELPERS/act exit 4"
}

@test "who is killed by SIGPIPE is excused if its reader ended well" {
	run -0 --separate-stderr "$BROOD" pipe yes 'head -n 1'
	[ "$output" = y ]
	[ -z "$stderr" ]
	run -0 "$BROOD" pipe yes cat cat 'head -n 1'
	run -141 --separate-stderr "$BROOD" pipe --strict yes 'head -n 1'
	[ "$stderr" = "brood: pipe: stage 1 (yes): SIGPIPE" ]
	run -5 "$BROOD" pipe yes "$HELPERS/act exit 5"
	# The world outside has not said that it has had enough.
	"$BROOD" pipe --status record yes cat | head -n 1 >out || true
	run -0 bash -c 'set -o pipefail; "$BROOD" pipe yes cat | head -n 1; echo "${PIPESTATUS[0]}"'
	[ "${lines[1]}" = 141 ]
	holds 'r["code"] == 141 and not s[1]["excused"] and s[1]["signal"] == "PIPE"'
}

@test "a failed stage is named, and what had to be stopped" {
	run -3 --separate-stderr "$BROOD" pipe 'echo x' "[name=third] sh -c 'cat; exit 3'" 'cat'
	[ "$stderr" = "brood: pipe: stage 2 (third): exit 3" ]
	run -3 --separate-stderr "$BROOD" pipe -q 'echo x' "sh -c 'exit 3'" 'cat'
	[ -z "$stderr" ]
	run -137 --separate-stderr "$BROOD" pipe "$HELPERS/act pause" "$HELPERS/act raise 9" "$HELPERS/act pause"
	[ "${stderr_lines[0]}" = "brood: pipe: stage 2 (act): SIGKILL" ]
	[ "${stderr_lines[1]}" = "brood: pipe: 2 other stages were stopped (--keep-going lets them end)" ]
	run -130 --separate-stderr "$BROOD" pipe "$HELPERS/act raise 2" cat
	[ -z "$stderr" ]
}

@test "those behind a stage that failed finish what they have" {
	mkfifo go
	"$BROOD" pipe --status record "$HELPERS/act pause" "sh -c 'echo last; exit 3'" "sh -c 'read -r x <go; cat >out'" 3>&- 2>messages &
	brood=$!
	# Longer than one that is stopped would get.
	read -rt 1.2 <> <(:) || true
	echo >go
	code=0
	wait "$brood" || code=$?
	[ "$code" = 3 ]
	[ "$(cat out)" = "last" ]
	holds 's[0]["signal"] == "TERM" and s[2]["cause"] == "exit" and s[2]["code"] == 0'
	[ "$(sed -n 2p messages)" = "brood: pipe: 1 other stage was stopped (--keep-going lets them end)" ]
}

@test "--keep-going lets the others end by themselves" {
	mkfifo go
	"$BROOD" pipe --keep-going --status record "$HELPERS/act raise 9" "sh -c 'read -r x <go; cat; echo done >out'" 3>&- &
	brood=$!
	# Longer than the others would have got.
	read -rt 1.2 <> <(:) || true
	echo >go
	code=0
	wait "$brood" || code=$?
	[ "$code" = 137 ]
	[ "$(cat out)" = "done" ]
	holds 's[1]["cause"] == "exit" and s[1]["code"] == 0'
}

@test "the record tells of every stage" {
	"$BROOD" pipe --json yes '[name=first] head -n 2' 2>record >out
	[ "$(cat out)" = $'y\ny' ]
	holds 'r["v"] == "brood.pipe/1" and r["ok"] is True and r["code"] == 0 and not r["timed_out"]'
	holds '[x["name"] for x in s] == ["yes", "first"] and s[1]["argv"] == ["head", "-n", "2"]'
	holds 's[0]["cause"] == "signal" and s[0]["signal"] == "PIPE" and s[0]["excused"] and s[0]["code"] is None'
	holds 's[1]["cause"] == "exit" and s[1]["code"] == 0 and s[1]["signal"] is None and s[1]["ok"]'
	holds 'all(x["pid"] > 1 and x["wall_s"] >= 0 and x["attempt"] == 1 for x in s)'
	rm record
	"$BROOD" pipe --status-fd 7 'echo x' '[ok=1] grep y' 7>record
	holds 's[1]["code"] == 1 and s[1]["ok"] is True'
	run -0 "$BROOD" pipe --status record 'echo x' cat
	holds 'r["stages"][0]["stage"] == "1"'
	run -125 --separate-stderr "$BROOD" pipe --status-fd 9 'echo x'
	[ "$stderr" = "brood: pipe: --status-fd: 9 is not an open descriptor" ]
	run -125 --separate-stderr "$BROOD" pipe --status no/file 'echo x'
	[ "$stderr" = "brood: no/file: No such file or directory (--status)" ]
}

@test "-v shows a table" {
	run -0 --separate-stderr "$BROOD" pipe -v yes 'head -n 1'
	[[ "${stderr_lines[0]}" =~ ^\ ?#\ +stage\ +end\ +wall\ +cpu$ ]]
	[[ "${stderr_lines[1]}" =~ ^\ 1\ +yes\ +SIGPIPE,\ excused\ +[0-9.]+\ s\ +[0-9.]+\ s$ ]]
	[[ "${stderr_lines[2]}" =~ ^\ 2\ +head\ -n\ 1\ +exit\ 0\ +[0-9.]+\ s\ +[0-9.]+\ s$ ]]
	[ "${#stderr_lines[@]}" = 3 ]
}

@test "a time limit stops all, and gives 124" {
	run -124 --separate-stderr "$BROOD" pipe -t 100ms --status record "$HELPERS/act pause" "$HELPERS/act pause"
	[ "$stderr" = "brood: pipe: time limit of 100ms reached" ]
	holds 'r["timed_out"] and all(x["cause"] == "timeout" for x in s)'
	run -124 "$BROOD" pipe -t 100ms -k 50ms "$HELPERS/act ignore 15 pause" cat
	run -0 "$BROOD" pipe -t 1h true cat
}

@test "a time limit of all gives 124, whatever else has failed" {
	run -124 --separate-stderr "$BROOD" pipe --keep-going -t 300ms --status record "$HELPERS/act pause" "$HELPERS/act exit 3"
	[ "${stderr_lines[0]}" = "brood: pipe: time limit of 300ms reached" ]
	[ "${stderr_lines[1]}" = "brood: pipe: stage 2 (act): exit 3" ]
	[ "${#stderr_lines[@]}" = 2 ]
	holds 'r["timed_out"] and s[0]["cause"] == "timeout" and s[1]["cause"] == "exit"'
	run -124 "$BROOD" pipe --last -t 100ms "$HELPERS/act pause" true
	# Those of stages and the one of all are told apart.
	run -124 --separate-stderr "$BROOD" pipe --keep-going -t 400ms "[t=100ms] $HELPERS/act pause" "$HELPERS/act pause"
	[ "${stderr_lines[0]}" = "brood: pipe: time limit of 400ms reached" ]
	[ "${stderr_lines[1]}" = "brood: pipe: stage 1 (act): time limit of 100ms reached" ]
}

@test "at the limit of all, each has the time of --kill-after" {
	run -124 timeout 20 "$BROOD" pipe -t 200ms "$HELPERS/act pause" \
		"bash -c 'trap \"read -t 1.2 x <>go; echo cleaned >clean; exit 0\" TERM; mkfifo go; read -r x <>go'"
	[ "$(cat clean)" = cleaned ]
}

@test "the time limit of all ends the waiting for another attempt" {
	begin=$(date +%s%N)
	run -124 --separate-stderr "$BROOD" pipe -t 800ms --status record '[retry=9] false'
	took=$((($(date +%s%N) - begin) / 1000000))
	# The attempts are at 0, 200, 600 and 1400 ms.
	[ "$took" -lt 1300 ]
	holds 'r["timed_out"] and s[0]["cause"] == "timeout" and s[0]["attempt"] in (2, 3)'
}

@test "a time limit of one stage is its failure" {
	run -124 --separate-stderr "$BROOD" pipe --status record "$HELPERS/act pause" "[t=100ms] $HELPERS/act pause" cat
	[ "${stderr_lines[0]}" = "brood: pipe: stage 2 (act): time limit of 100ms reached" ]
	holds 'not r["timed_out"] and s[1]["cause"] == "timeout" and s[0]["cause"] == "canceled"'
	run -0 "$BROOD" pipe --last "[t=100ms] $HELPERS/act pause" 'cat'
}

@test "retry= tries a stage again on the same pipes" {
	run -0 --separate-stderr "$BROOD" pipe --status record 'echo in' \
		"[retry=3] sh -c 'echo >>tries; [ \"\$(wc -l <tries)\" -ge 3 ] && cat'" 'sed s/in/out/'
	[ "$output" = out ]
	[ "${stderr_lines[0]}" = "brood: pipe: stage 2 (sh): exit 1, attempt 2/4 in 200ms" ]
	holds 's[1]["attempt"] == 3 and r["ok"]'
	run -4 --separate-stderr "$BROOD" pipe "[retry=1] $HELPERS/act exit 4" cat
	[ "${stderr_lines[1]}" = "brood: pipe: stage 1 (act): exit 4" ]
	run -0 "$BROOD" pipe "[retry=2] sh -c 'echo >>more; wc -l <more; [ \"\$(wc -l <more)\" -ge 2 ]' >out"
	[ "$(cat out)" = 2 ]
}

@test "retry= and a file that is none" {
	run -1 --separate-stderr "$BROOD" pipe "[retry=1] false >/dev/null"
	[ "${stderr_lines[0]}" = "brood: pipe: stage 1 (false): exit 1, attempt 2/2 in 200ms" ]
	[ "${stderr_lines[1]}" = "brood: pipe: stage 1 (false): exit 1" ]
	[ "${#stderr_lines[@]}" = 2 ]
}

@test "what cannot be found or started keeps all from starting" {
	run -127 --separate-stderr "$BROOD" pipe 'touch started' nosuch cat
	[ "$stderr" = "brood: pipe: stage 2: nosuch: not found on PATH (each argument is a stage: quote its words together)" ]
	run -127 --separate-stderr "$BROOD" pipe touch started '|' nosuch
	[ "$stderr" = "brood: pipe: stage 2: nosuch: not found on PATH" ]
	[ ! -e started ]
	run -127 --separate-stderr "$BROOD" pipe 'cat' './nosuch'
	[[ "$stderr" = "brood: pipe: stage 2: ./nosuch: No such file or directory"* ]]
	: >plain
	run -126 "$BROOD" pipe 'echo x' './plain'
	run -125 --separate-stderr "$BROOD" pipe -C nodir 'echo x' cat
	[ "$stderr" = "brood: pipe: stage 1: chdir nodir: No such file or directory" ]
	run -125 --separate-stderr "$BROOD" pipe 'echo x' '[cwd=nodir] cat'
	[ "$stderr" = "brood: pipe: stage 2: chdir nodir: No such file or directory" ]
	run -127 "$BROOD" pipe --status record 'sleep 100' './nosuch'
	holds 's[1]["cause"] == "spawn" and s[1]["pid"] is None and not r["ok"]'
	holds 's[0]["cause"] == "dependency" and s[0]["pid"] is None'
	run -127 "$BROOD" pipe --status record 'sleep 100' nosuch
	holds 'r["code"] == 127 and s[1]["cause"] == "spawn" and s[0]["cause"] == "dependency"'
	run -126 --separate-stderr "$BROOD" pipe 'touch started' "$PWD/plain"
	[ "$stderr" = "brood: pipe: stage 2: $PWD/plain: Permission denied (found, but not executable)" ]
	[ ! -e started ]
	run -126 --separate-stderr "$BROOD" pipe 'cat' "$PWD"
	[ "$stderr" = "brood: pipe: stage 2: $PWD: Permission denied (found, but not executable)" ]
	# Where only the start can tell, what stands behind it is no failure of its own.
	for last in '' --last; do
		run -127 --separate-stderr "$BROOD" pipe $last -C / 'sleep 100' "./nosuch" 'sleep 100' 'sleep 100'
		[[ "$stderr" = "brood: pipe: stage 2: ./nosuch: No such file or directory"* ]]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}

@test "few descriptors are enough" {
	for word in 1 2 3 4 5; do
		run -0 bash -c 'ulimit -n 36; "$BROOD" pipe "echo $1" cat cat cat cat cat cat cat cat cat' _ "$word"
		[ "$output" = "$word" ]
	done
}

@test "wrong stages are refused with stage, column and the right form" {
	run -125 --separate-stderr "$BROOD" pipe 'cat x' 'a | b'
	[ "$stderr" = "brood: pipe: stage 2, column 3: | stands unquoted: each stage is an argument of its own ('|' is the character itself)" ]
	run -125 --separate-stderr "$BROOD" pipe 'a && b'
	[ "$stderr" = "brood: pipe: stage 1, column 3: && stands unquoted: a stage is one command ('&&' is the text itself, sh -c '...' runs a script)" ]
	run -125 --separate-stderr "$BROOD" pipe 'echo `id`'
	[[ "$stderr" = "brood: pipe: stage 1, column 6: \` stands unquoted: nothing is expanded"* ]]
	run -125 --separate-stderr "$BROOD" pipe cat ''
	[ "$stderr" = "brood: pipe: stage 2, column 1: there is no command" ]
	run -125 --separate-stderr "$BROOD" pipe cat '|'
	[ "$stderr" = "brood: pipe: stage 2: there is no command" ]
	run -125 --separate-stderr "$BROOD" pipe '|' cat
	[ "$stderr" = "brood: pipe: stage 1: there is no command" ]
	run -125 --separate-stderr "$BROOD" pipe "[ok=0,x] cat"
	[ "$stderr" = "brood: pipe: stage 1, column 5: ok=0,x is no list of exit codes (accepted: 0,1)" ]
	run -125 --separate-stderr "$BROOD" pipe 'LC_ALL=C sort'
	[ "$stderr" = "brood: pipe: stage 1, column 1: LC_ALL=...: a variable is set with [env.LC_ALL=...] in front of the command" ]
	run -125 --separate-stderr "$BROOD" pipe 'a >x' b
	[ "$stderr" = "brood: pipe: stage 1: > leaves nothing for the next stage (--tee 'cat > FILE' writes both)" ]
	[ ! -e x ]
}

@test "wrong options are refused" {
	run -125 --separate-stderr "$BROOD" pipe
	[ "$stderr" = "brood: pipe: no stage was given (brood pipe --help)" ]
	run -125 --separate-stderr "$BROOD" pipe --tee cat cat
	[ "$stderr" = "brood: pipe: --tee cat: there is no stage in front of it (give that with -c STAGE)" ]
	run -127 --separate-stderr "$BROOD" pipe cat '|' --tee cat '|' cat
	[ "$stderr" = "brood: pipe: stage 2: --tee: not found on PATH (options stand in front of the first stage)" ]
	run -125 --separate-stderr "$BROOD" pipe cat --tee
	[ "$stderr" = "brood: pipe: --tee needs a value: STAGES" ]
	run -125 --separate-stderr "$BROOD" pipe cat -v
	[ "$stderr" = "brood: pipe: stage 2: -v: options stand in front of the stages" ]
	run -125 --separate-stderr "$BROOD" pipe cat --tee 'a | b ;'
	[[ "$stderr" = "brood: pipe: --tee 1, stage 2, column 7: ; stands unquoted"* ]]
	run -125 --separate-stderr "$BROOD" pipe --strict --last cat
	[ "$stderr" = "brood: pipe: --strict and --last: which of them?" ]
	run -125 --separate-stderr "$BROOD" pipe --rate 0 cat
	[ "$stderr" = "brood: pipe: --rate: '0' is not a size per second (accepted: 4096, 64K, 512M, 2G)" ]
	run -125 --separate-stderr "$BROOD" pipe -t 5x cat
	[[ "$stderr" = "brood: pipe: -t: '5x' is not a duration"* ]]
	run -125 --separate-stderr "$BROOD" pipe -s NONE cat
	[[ "$stderr" = "brood: pipe: -s: 'NONE' is not a signal"* ]]
	run -125 --separate-stderr "$BROOD" pipe --status-fd x cat
	[[ "$stderr" = "brood: pipe: --status-fd: 'x' is not the number"* ]]
	run -125 --separate-stderr "$BROOD" pipe -e =x cat
	[[ "$stderr" = "brood: pipe: -e: '=x' has no name"* ]]
	run -125 --separate-stderr "$BROOD" pipe --kep-going cat
	[[ "$stderr" = *"--keep-going"* ]]
}

@test "--help says what there is" {
	run -0 "$BROOD" pipe --help
	[[ "$output" = *"--keep-going"* ]]
	run -0 "$BROOD" help pipe
	[[ "$output" = "Usage: brood pipe"* ]]
	run -0 "$BROOD" --help
	[[ "$output" = *"  pipe "* ]]
	[[ "$output" != *pipe-relay* ]]
}
