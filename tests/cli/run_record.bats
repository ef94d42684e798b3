#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood run: the record brood.result/1.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	unset CI
}

# Evaluates a Python expression on the record r in a file.
holds() {
	/usr/bin/python3 -c 'import json, re, sys
lines = open(sys.argv[1], "rb").read().decode().splitlines()
assert len(lines) == 1, lines
r = json.loads(lines[0])
print(r, file=sys.stderr)
assert eval(sys.argv[2]), sys.argv[2]' "$1" "$2"
}

@test "the record has exactly its members" {
	"$BROOD" run --status record true
	holds record 'list(r) == "v name pid argv cause code signal timed_out start wall_s user_s sys_s rss_peak_tree rss_peak_max procs left_killed read_bytes write_bytes attempt".split()'
	holds record 'r["v"] == "brood.result/1" and r["attempt"] == 1'
	holds record 'r["rss_peak_tree"] >= r["rss_peak_max"] > 0 and r["procs"] == 1 and r["left_killed"] == 0'
}

@test "a command that exits" {
	run -3 --separate-stderr "$BROOD" run --json -- "$HELPERS/act" burn 60 exit 3
	[ -z "$output" ]
	echo "$stderr" >record
	holds record 'r["cause"] == "exit" and r["code"] == 3 and r["signal"] is None and not r["timed_out"]'
	holds record 'r["name"] == "act" and r["argv"][1:] == ["burn", "60", "exit", "3"] and r["pid"] > 1'
	holds record '0.05 < r["wall_s"] < 30 and 0.05 < r["user_s"] + r["sys_s"] < 30'
	holds record '100000 < r["rss_peak_max"] < 100000000 and r["read_bytes"] >= 0 and r["write_bytes"] >= 0'
	holds record 're.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ", r["start"])'
}

@test "a command that is killed, one that is stopped, one that cannot be started" {
	run -137 "$BROOD" run --status record "$HELPERS/act" raise 9
	holds record 'r["cause"] == "signal" and r["code"] is None and r["signal"] == "SIGKILL"'
	run -124 "$BROOD" run --status record -t 100ms "$HELPERS/act" exit-on 15 5 pause
	holds record 'r["cause"] == "timeout" and r["code"] == 5 and r["signal"] is None and r["timed_out"]'
	run -127 "$BROOD" run --status record no-such x
	holds record 'r["cause"] == "spawn" and r["code"] is None and r["pid"] is None and r["wall_s"] is None and r["argv"] == ["no-such", "x"]'
	run -125 "$BROOD" run --status record -C /no/such true
	holds record 'r["cause"] == "spawn"'
	run -124 "$BROOD" run --status record "$HELPERS/act" exit 124
	holds record 'r["cause"] == "exit" and r["code"] == 124 and not r["timed_out"]'
}

@test "strings are valid JSON whatever the bytes" {
	"$BROOD" run --status record true $'a"\\\n\x01\x7f' $'\xff\xc3' 'é€'
	holds record 'r["argv"][1:] == ["a\"\\\n\x01\x7f", "\ufffd\ufffd", "é€"]'
}

@test "--json, --status-fd and --status give the same record" {
	"$BROOD" run --json --status-fd 7 --status=a true 7>b 2>c
	cmp a b
	cmp b c
	"$BROOD" run --status-fd=1 echo x >d
	[ "$(head -n 1 d)" = x ]
	tail -n 1 d >e
	holds e 'r["code"] == 0'
}

@test "the command does not get the descriptor of --status-fd" {
	run -0 "$BROOD" run --status-fd 7 "$HELPERS/show_fds" - 7>record 8>other
	grep -q '^8 ' <<<"$output"
	run ! grep -q '^7 ' <<<"$output"
	holds record 'r["code"] == 0'
}

@test "an old record does not survive" {
	echo old >record
	run -125 "$BROOD" run --status record -o /no/such/file true
	[ ! -s record ]
}

@test "wrong places for the record are refused" {
	run -125 --separate-stderr "$BROOD" run --status-fd 77 touch here
	[ "$stderr" = "brood: run: --status-fd: 77 is not an open descriptor" ]
	run -125 --separate-stderr "$BROOD" run --status-fd x touch here
	[ "$stderr" = "brood: run: --status-fd: 'x' is not the number of a descriptor" ]
	run -125 --separate-stderr "$BROOD" run --status no/such touch here
	[ "$stderr" = "brood: no/such: No such file or directory (--status)" ]
	[ ! -e here ]
	run -125 --separate-stderr "$BROOD" run --status /dev/full true
	[ "$stderr" = "brood: /dev/full: No space left on device (--status)" ]
	run -125 --separate-stderr "$BROOD" run --status-fd 7 true 7</dev/null
	[ "$stderr" = "brood: descriptor 7: Bad file descriptor (--status-fd)" ]
	run -3 "$BROOD" run --status /dev/full "$HELPERS/act" exit 3
}
