#!/bin/sh
# SPDX-License-Identifier: MIT
# mailbox_tool.sh BROOD [STRIDE]
#
# brood mailbox, killed at each of its system calls that change something: first the one that puts
# messages in, then the one that works them off, until one lives to its end. Each message whose id was
# printed is worked off, whole. STRIDE: of the worker's calls one of so many. Prints TAP.
set -u
brood=$1 stride=${2:-1}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp" || exit 1
calls=write,writev,pwrite64,fdatasync,fsync,ftruncate,openat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,mmap,flock
if ! strace -o /dev/null true 2>/dev/null; then
	echo '1..1'
	echo 'ok 1 - killed at each system call # SKIP processes cannot be traced here'
	exit 0
fi

killed_at() { # N COMMAND...: runs it; whether it was killed there
	n=$1
	shift
	strace -qq -o /dev/null -e "inject=$calls:signal=KILL:when=$n" "$@"
	[ "$?" -eq 137 ]
}

: >promised
n=1
while killed_at "$n" "$brood" mailbox put -b ./box -m "message $n, whole" >id 2>said; do
	# A line is an id only when it has its end.
	[ "$(wc -l <id)" -eq 1 ] && echo "message $n, whole" >>promised
	n=$((n + 1))
done
puts=$n
for i in 1 2 3 4 5; do
	"$brood" mailbox put -b ./box -m "message -$i, whole" >id && echo "message -$i, whole" >>promised
done

n=1
# shellcheck disable=SC2016 # for the shell that works
while killed_at "$n" "$brood" mailbox run -b ./box --until-empty --backoff 0 -- \
	sh -c 'text=$(cat); printf "%s\n" "$text" >>worked' >said 2>&1; do
	n=$((n + stride))
done
works=$n
# shellcheck disable=SC2016
"$brood" mailbox run -b ./box --until-empty --backoff 0 -- sh -c 'text=$(cat); printf "%s\n" "$text" >>worked'
last=$?

echo '1..3'
failed=0
result() { # VERDICT TITLE
	[ "$1" = ok ] || failed=1
	echo "$1 - $2"
}
sort -u worked >once
sort promised >promised_sorted
lost=$(comm -23 promised_sorted once | wc -l)
torn=$(grep -cvxE 'message -?[0-9]+, whole' once)
verdict=ok
[ "$lost" -eq 0 ] && [ "$puts" -gt 10 ] && [ "$works" -gt 10 ] || verdict='not ok'
result "$verdict" "killed at $puts calls of put and $works of run: $lost of $(wc -l <promised) lost"
verdict=ok
[ "$torn" -eq 0 ] || verdict='not ok'
result "$verdict" "$torn of $(wc -l <once) torn"
verdict=ok
[ "$last" -eq 0 ] && [ -z "$("$brood" mailbox ls -b ./box 2>&1 | sed 1d)" ] || verdict='not ok'
result "$verdict" 'nothing is left in it'
[ "$failed" -eq 0 ]
