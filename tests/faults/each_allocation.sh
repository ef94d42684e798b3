#!/bin/sh
# SPDX-License-Identifier: MIT
# each_allocation.sh LIBRARY CHILD PROBE...
#
# Runs each probe once per allocation between its two marks, failing another one each time, until
# none is left to fail. LIBRARY is failmalloc.c, preloaded. The library must say -ENOMEM, or do
# without, and leave nothing behind. Prints TAP, one case per probe.
set -u
library=$1 child=$2
shift 2
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
export GLIBC_TUNABLES=glibc.malloc.tcache_count=0
steps=config,lookup,open,pipe,clone,pump,wait,guard
cases=0 failed=0
for probe; do
	name=$(basename "$probe")
	n=0 bad=0
	while :; do
		n=$((n + 1))
		: >"$tmp/hit"
		FAILMALLOC=$n FAILMALLOC_FD=9 LD_PRELOAD=$library timeout 20 \
			"$probe" "$child" ENOMEM "$steps" >"$tmp/said" 2>&1 9>"$tmp/hit"
		status=$?
		[ "$status" -ne 77 ] || break
		if [ "$status" -ne 0 ] || [ -s "$tmp/said" ]; then
			bad=$((bad + 1))
			echo "# $name: allocation $n fails: exit status $status: $(tr '\n' ';' <"$tmp/said")"
		fi
		[ -s "$tmp/hit" ] || break
	done
	cases=$((cases + 1))
	if [ "$status" -eq 77 ]; then
		echo "ok $cases - $name # SKIP what it needs is not there"
		continue
	fi
	verdict=ok
	# A probe that makes no allocation at all was not tried.
	if [ "$bad" -gt 0 ] || [ "$n" -le 1 ]; then
		verdict='not ok'
		failed=$((failed + 1))
	fi
	echo "$verdict $cases - $name: each allocation fails: $((n - 1)) faults, $bad bad"
done
echo "1..$cases"
[ "$failed" -eq 0 ]
