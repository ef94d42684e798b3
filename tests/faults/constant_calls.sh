#!/bin/sh
# SPDX-License-Identifier: MIT
# constant_calls.sh CHILD PROBE...
#
# A start costs as many system calls with 2000 open descriptors, and a limit as high as it goes, as
# with three: nothing loops over the table. Prints TAP.
set -u
child=$1
shift
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
export GLIBC_TUNABLES=glibc.malloc.tcache_count=0
cases=0 failed=0

# How many calls are made between the marks, and in the child. How often it polls and reads, and asks
# whether it is still the same process, and whether the first stage is survived by its group, depends on
# how bytes and ends come together.
count() {
	awk '
	NR == 1 { parent = $1 }
	/ sched_get_priority_max\(/ { inside = 1 }
	/ sched_get_priority_min\(/ { inside = 0 }
	$2 ~ /^(ppoll|epoll_wait|epoll_pwait|read|getpid)\(/ { next }
	/ pidfd_send_signal\([0-9]+, 0,/ { next }
	$2 ~ /^[a-z0-9_]+\(/ && ($1 != parent || inside) { n++ }
	END { print n + 0 }' "$1"
}

for probe; do
	name=$(basename "$probe")
	strace -f -qq -o "$tmp/few" "$probe" "$child"
	status=$?
	if [ "$status" -eq 77 ]; then
		cases=$((cases + 1))
		echo "ok $cases - $name # SKIP what it needs is not there"
		continue
	fi
	[ "$status" -eq 0 ] || failed=1
	python3 -c '
import os, resource, sys
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
for i in range(2000):
    os.set_inheritable(os.open("/dev/null", os.O_RDONLY), True)
os.execvp(sys.argv[1], sys.argv[1:])' strace -f -qq -o "$tmp/many" "$probe" "$child" || failed=1
	few=$(count "$tmp/few") many=$(count "$tmp/many")
	cases=$((cases + 1))
	verdict=ok
	if [ "$few" -ne "$many" ] || [ "$few" -eq 0 ]; then
		verdict='not ok'
		failed=1
	fi
	echo "$verdict $cases - $name: $few calls with few descriptors, $many with 2000"
done
echo "1..$cases"
[ "$failed" -eq 0 ]
