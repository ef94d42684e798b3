#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood run: -l, --nice, --umask.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	unset CI NO_COLOR CLICOLOR_FORCE
}

# limit NAME of a command started with the given options: "SOFT HARD".
limit() {
	name=$1
	shift
	"$BROOD" run "$@" -- prlimit --"$name" --raw --noheadings -o SOFT,HARD | tr -s ' '
}

all='as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'

@test "every limit can be set" {
	for name in $all; do
		value=37
		# Enough for a program to start.
		case $name in as | data | stack | rss | memlock) value=1073741824 ;; esac
		# Raising takes privileges that the tests may not have.
		hard=$(prlimit --"$name" --raw --noheadings -o HARD)
		[ "$hard" = unlimited ] || [ "$hard" -ge "$value" ] || value=$hard
		expected=$value
		# A bare number is seconds, and the kernel counts microseconds.
		[ "$name" != rttime ] || expected=37000000
		[ "$name $hard" = "rttime unlimited" ] || [ "$name" != rttime ] || continue
		[ "$(limit "$name" -l "$name=$value")" = "$expected $expected" ]
	done
	[ "$(prlimit --help | grep -c -E '^ -[a-z], --(as|core|cpu|data|fsize|locks|memlock|msgqueue|nice|nofile|nproc|rss|rtprio|rttime|sigpending|stack)\b')" -eq 16 ]
}

@test "a value is both limits, SOFT:HARD each" {
	ulimit -n 1000
	[ "$(limit nofile -l nofile=100)" = "100 100" ]
	[ "$(limit nofile -l nofile=100:200)" = "100 200" ]
	[ "$(limit nofile -l nofile=100:)" = "100 1000" ]
	[ "$(limit nofile -l nofile=:900)" = "900 900" ]
	ulimit -S -n 500
	[ "$(limit nofile -l nofile=:900)" = "500 900" ]
	ulimit -S -c 0
	[ "$(limit core --limit=core=unlimited:unlimited)" = "unlimited unlimited" ]
	[ "$(limit core -l core=1:unlimited)" = "1 unlimited" ]
}

@test "bytes may have a unit" {
	[ "$(limit fsize -l fsize=3)" = "3 3" ]
	[ "$(limit fsize -l fsize=3K:3M)" = "3072 3145728" ]
	[ "$(limit fsize -l fsize=3k:3m)" = "3072 3145728" ]
	[ "$(limit as -l as=3G:2T)" = "3221225472 2199023255552" ]
}

@test "times are durations, rounded up" {
	[ "$(limit cpu -l cpu=1m30s)" = "90 90" ]
	[ "$(limit cpu -l cpu=1.5)" = "2 2" ]
	[ "$(limit cpu -l cpu=1ms:1d)" = "1 86400" ]
	[ "$(limit cpu -l cpu=unlimited)" = "unlimited unlimited" ]
	[ "$(limit rttime -l rttime=1ns:2ms)" = "1 2000" ]
}

@test "the last one counts, and limits can be given together" {
	[ "$(limit nofile -l nofile=100 -l core=0 -l nofile=200)" = "200 200" ]
	[ "$(limit core -l nofile=100 -l core=0 -l nofile=200)" = "0 0" ]
}

@test "limits hold for the command alone" {
	ulimit -c 0
	run -0 --separate-stderr "$BROOD" run -l fsize=0 -o out -- echo text
	[ "$(cat out)" = text ]
	run -153 --separate-stderr "$BROOD" run -l fsize=10 -- sh -c 'exec head -c 100 /dev/zero >file'
	[ "$stderr" = "brood: sh: killed by SIGXFSZ" ]
	[ "$(stat -c %s file)" -eq 10 ]
}

@test "a name that is none is answered with the nearest and with all" {
	list="accepted: $all"
	run -125 --separate-stderr "$BROOD" run -l nofil=3 true
	[ "$stderr" = "brood: run: -l: 'nofil' is no limit; did you mean nofile? ($list)" ]
	run -125 --separate-stderr "$BROOD" run --limit stakc=3 true
	[ "$stderr" = "brood: run: --limit: 'stakc' is no limit; did you mean stack? ($list)" ]
	for name in xyzzy '' NOFILE-and-more-than-that '=3'; do
		run -125 --separate-stderr "$BROOD" run -l "$name" true
		[ "$stderr" = "brood: run: -l: '${name%%=*}' is no limit ($list)" ]
	done
}

@test "a value that is none is answered with what is accepted" {
	for value in '' ' 5' -5 +5 5K 5.5 0x10 1:2:3 99999999999999999999 18446744073709551615 5x five \
		unlimite 5:x; do
		run -125 --separate-stderr "$BROOD" run -l "nofile=$value" true
		[ "$stderr" = "brood: run: -l: '$value' is no value for nofile (accepted: a number; unlimited; SOFT:HARD)" ]
	done
	for value in : 5KK 5B 16777216T 1.5G; do
		run -125 --separate-stderr "$BROOD" run -l "as=$value" true
		[ "$stderr" = "brood: run: -l: '$value' is no value for as (accepted: bytes, or with K, M, G or T behind them; unlimited; SOFT:HARD)" ]
	done
	for value in 5K off -1 '5 s'; do
		run -125 --separate-stderr "$BROOD" run -l "cpu=$value" true
		[ "$stderr" = "brood: run: -l: '$value' is no value for cpu (accepted: 500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds); unlimited; SOFT:HARD)" ]
	done
	run -125 --separate-stderr "$BROOD" run -l rtprio=100 true
	[ "$stderr" = "brood: run: -l: '100' is no value for rtprio (accepted: a number; unlimited; at most 99; SOFT:HARD)" ]
	run -125 --separate-stderr "$BROOD" run -l nice=41 true
	[[ "$stderr" = *"at most 40;"* ]]
	run -125 --separate-stderr "$BROOD" run -l nofile true
	[ "$stderr" = "brood: run: -l: nofile has no value (accepted: nofile=VALUE or nofile=SOFT:HARD; a number; unlimited)" ]
	run -125 --separate-stderr "$BROOD" run -l nofile=5:3 true
	[ "$stderr" = "brood: run: -l: 'nofile=5:3': the soft limit is above the hard one" ]
	run -125 --separate-stderr "$BROOD" run -l "nofile=$(printf '%0100d' 5)" true
	[[ "$stderr" = *"is no value for nofile"* ]]
	run -125 --separate-stderr "$BROOD" run -l
	[ "$stderr" = "brood: run: -l needs a value: NAME=VALUE" ]
}

@test "a soft limit above the hard one that holds is refused before anything is started" {
	ulimit -n 1000
	run -125 --separate-stderr "$BROOD" run -l nofile=2000: touch made
	[ "$stderr" = "brood: run: -l: nofile: 2000 is above the hard limit, which is 1000" ]
	[ ! -e made ]
}

@test "a limit that may not be raised is told, and nothing is started" {
	run -125 --separate-stderr "$BROOD" run -l nofile=4000000000 touch made
	[ "$stderr" = "brood: -l nofile: Operation not permitted (above the hard limit, or above fs.nr_open)" ]
	[ "$(id -u)" -eq 0 ] || skip "the rest needs root"
	chmod 755 "$BATS_TEST_TMPDIR" "$(dirname "$BATS_TEST_TMPDIR")" "$(dirname "$(dirname "$BATS_TEST_TMPDIR")")"
	cp "$BROOD" ./brood
	ulimit -c 0
	run -125 --separate-stderr setpriv --reuid 65534 --clear-groups ./brood run -l core=5 true
	[ "$stderr" = "brood: -l core: Operation not permitted (above the hard limit, which only the superuser may raise)" ]
	run -125 --separate-stderr setpriv --reuid 65534 --clear-groups ./brood run --nice -1 true
	[ "$stderr" = "brood: --nice: Permission denied (only the superuser may raise a priority)" ]
	[ ! -e made ]
}

@test "--nice is added to ours, as by nice" {
	base=$(nice)
	[ "$("$BROOD" run --nice 5 nice)" -eq "$(nice -n 5 nice)" ]
	[ "$("$BROOD" run --nice=+5 nice)" -eq "$(nice -n 5 nice)" ]
	[ "$(nice -n 3 "$BROOD" run --nice 5 nice)" -eq "$(nice -n 3 nice -n 5 nice)" ]
	[ "$("$BROOD" run --nice 0 nice)" -eq "$base" ]
	[ "$("$BROOD" run --nice 1000000 nice)" -eq "$(nice -n 1000000 nice)" ]
	[ "$("$BROOD" run --nice 99999999999999999999999 nice)" -eq 19 ]
	[ "$(id -u)" -eq 0 ] || skip "the rest needs root"
	[ "$("$BROOD" run --nice -1000 nice 2>&1)" = "$(nice -n -1000 nice 2>/dev/null)" ] || skip "no CAP_SYS_NICE"
}

@test "--nice wants a whole number" {
	for value in x '' 5x 1.5 - ' 5' '-+5'; do
		run -125 --separate-stderr "$BROOD" run --nice "$value" true
		[ "$stderr" = "brood: run: --nice: '$value' is not a whole number (accepted: 5, -5; it is added to ours)" ]
	done
}

@test "--umask is that of the command" {
	umask 022
	for mode in 077 0 27 0777 007; do
		run -0 "$BROOD" run --umask "$mode" -- sh -c umask
		[ "$((0$output))" -eq "$((0$mode))" ]
	done
	run -0 "$BROOD" run --umask 077 -o out -- touch made
	[ "$(stat -c %a out made)" = $'644\n600' ]
}

@test "--umask in letters means what it means to the shell" {
	for now in 022 077 0; do
		umask "$now"
		for mode in u=rwx,g=rx,o= a=r go-w g+w,o-rwx u= +x =rw -x ug+r,a-x u+ o=x,o+w; do
			run -0 "$BROOD" run --umask "$mode" -- bash -c umask
			[ "$output" = "$(umask -- "$mode" && umask)" ]
		done
	done
}

@test "a mask is what it is for the shell's umask" {
	for mode in u=rwxs o+t g=u u=rw+x-w a+X go=u-w; do
		[ "$("$BROOD" run --umask "$mode" -- bash -c umask)" = "$("$BROOD" sh -c "umask -- '$mode'; umask")" ]
	done
}

@test "a mask that is none is refused" {
	for mode in '' 8 1000 07777 u u=rwxz x 'g=rx,' ',' 'u=rwx,,g=' 'u = r' -22 0x12; do
		run -125 --separate-stderr "$BROOD" run --umask "$mode" true
		[ "$stderr" = "brood: run: --umask: '$mode' is no file mode mask (accepted: 022, u=rwx,g=rx,o=)" ]
	done
}
