#!/bin/sh
# SPDX-License-Identifier: MIT
# each_fault.sh CHILD PROBE...
#
# Runs each probe once per system call that it makes between its two marks, and once more for every
# error that table.txt names for that call, with that one call failing; in the child too. A probe is
# silent and exits with 0 when it coped or reported the error as documented, and left nothing behind;
# with 77 without a fault if what it needs is not there.
#
# TABLE is another table. BASE, a list of strace -e inject expressions, denies calls for the whole run besides, so that the
# fallbacks are gone through as well.
#
# Prints TAP, one case per probe and call, and at the end "F faults, B bad".
set -u
here=$(dirname "$0")
table=${TABLE:-$here/table.txt}
child=$1
shift
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
# So that malloc keeps no freed chunks that would count as used.
export GLIBC_TUNABLES=glibc.malloc.tcache_count=0
marks=sched_get_priority_max,sched_get_priority_min
cases=0 failed=0 faults=0 bad=0

result() { # VERDICT TITLE
	cases=$((cases + 1))
	[ "$1" = ok ] || failed=$((failed + 1))
	echo "$1 $cases - $2"
}

base() { # the denials of BASE as options
	for denial in ${BASE-}; do
		printf ' -e inject=%s' "$denial"
	done
}

base_calls() {
	for denial in ${BASE-}; do
		printf ',%s' "${denial%%:*}"
	done
}

# Says for the calls of a trace how often each was made: by the parent before the first mark, by it
# between the marks, and by one child at most.
count_calls() {
	awk '
	NR == 1 { parent = $1 }
	match($2, /^[a-z0-9_]+\(/) {
		name = substr($2, 1, RLENGTH - 1)
		if (name == "sched_get_priority_max") inside = 1
		else if (name == "sched_get_priority_min") inside = 0
		else if ($1 == parent) { seen[name]; if (inside) between[name]++; else if (!between[name]) before[name]++ }
		else { seen[name]; if (++child[name, $1] > most[name]) most[name] = child[name, $1] }
	}
	END { for (name in seen) print name, before[name] + 0, between[name] + 0, most[name] + 0 }' "$1"
}

# Counts the injected faults of a trace that count: in a child, or between the marks.
count_injected() {
	awk -v call="$call" '
	NR == 1 { parent = $1 }
	/ sched_get_priority_max\(/ { inside = 1 }
	/ sched_get_priority_min\(/ { inside = 0 }
	/\(INJECTED\)$/ && (index($0, " " call "(") || index($0, "<... " call " resumed")) {
		if ($1 != parent || inside) n++
	}
	END { print n + 0 }' "$1"
}

try_error() { # ERROR[!|~][@1] with $probe, $call, $steps, $before, $between, $in_child set
	must=
	error=${1%@1} last=500
	[ "$error" = "$1" ] || last=1
	case $error in
	*!) must=cope error=${error%!} ;;
	*~) must=ran error=${error%\~} ;;
	esac
	n=1
	while [ "$n" -le "$last" ]; do
		[ "$n" -gt "$in_child" ] && [ "$n" -le "$before" ] && n=$((before + 1))
		# shellcheck disable=SC2046 # a list of options
		timeout -s KILL 20 strace -f -qq -o "$tmp/trace" -e "trace=$call,$marks$(base_calls)" $(base) \
			-e "inject=$call:error=$error:when=$n" \
			"$probe" "$child" "$error" "$steps" $must >"$tmp/said" 2>&1
		status=$?
		hit=$(count_injected "$tmp/trace")
		if [ "$hit" -eq 0 ]; then
			[ "$n" -gt "$in_child" ] && [ "$n" -gt $((before + between)) ] && break
			n=$((n + 1))
			continue
		fi
		call_faults=$((call_faults + hit))
		if [ "$status" -ne 0 ] || [ -s "$tmp/said" ]; then
			call_bad=$((call_bad + 1))
			echo "# $name: $call $n fails with $error: exit status $status: $(tr '\n' ';' <"$tmp/said")"
		fi
		n=$((n + 1))
	done
}

try_call() { # CALL BEFORE BETWEEN IN_CHILD
	call=$1 before=$2 between=$3 in_child=$4
	if ! line=$(grep -E "^${call}[[:space:]]" "$table"); then
		result 'not ok' "$name: $call is not in the table"
		return
	fi
	# shellcheck disable=SC2086 # into words
	set -- $line
	[ "$2" = exempt ] && return
	case " ${BASE-}" in
	*" $call:"*) return ;;
	esac
	if [ "$between" -eq 0 ] && [ "$in_child" -eq 0 ]; then
		return
	fi
	errors=$(echo "$2" | tr ',' '\n') steps=$3 call_faults=0 call_bad=0
	# The first call of all is a child's, or nobody's.
	[ "$in_child" -gt 0 ] || errors=$(echo "$errors" | grep -v '@1$') || return
	for each in $errors; do
		try_error "$each"
	done
	faults=$((faults + call_faults))
	bad=$((bad + call_bad))
	verdict=ok
	[ "$call_bad" -eq 0 ] && [ "$call_faults" -gt 0 ] || verdict='not ok'
	result "$verdict" "$name: $call fails: $call_faults faults, $call_bad bad"
}

for probe; do
	name=$(basename "$probe")${BROOD_ENGINE:+ on engine $BROOD_ENGINE}${BASE:+ with $BASE}
	# shellcheck disable=SC2046 # a list of options
	strace -f -c -o "$tmp/summary" $(base) "$probe" "$child" >"$tmp/said" 2>&1
	status=$?
	if [ "$status" -eq 77 ]; then
		result ok "$name # SKIP what it needs is not there"
		continue
	fi
	if [ "$status" -ne 0 ] || [ -s "$tmp/said" ]; then
		result 'not ok' "$name: works without a fault: $status: $(tr '\n' ';' <"$tmp/said")"
		continue
	fi
	# shellcheck disable=SC2046
	strace -f -qq -o "$tmp/trace" $(base) "$probe" "$child" >/dev/null 2>&1
	count_calls "$tmp/trace" >"$tmp/counts"
	awk '/^-/ { rule++; next } rule == 1 { print $NF }' "$tmp/summary" >"$tmp/calls"
	while read -r seen; do
		case $seen in
		sched_get_priority_m??) continue ;;
		esac
		counts=$(grep "^$seen " "$tmp/counts") || counts="$seen 0 0 0"
		# shellcheck disable=SC2086 # into words
		try_call $counts
	done <"$tmp/calls"
done
echo "1..$cases"
echo "# $faults faults, $bad bad"
[ "$failed" -eq 0 ]
