#!/bin/sh
# SPDX-License-Identifier: MIT
# denied.sh [--short] DENY PROGRAM...
#
# Runs test programs on kernels that lack or lock away something: each denial alone and all of them
# together. --short: only all that an old kernel lacks, together. The programs print TAP; theirs goes to a file that is shown
# when something fails. Tests that cannot hold skip themselves by BROOD_TEST_DENIED. Prints TAP, one
# case per denial and program.
set -u
short=
if [ "${1-}" = --short ]; then
	short=1
	shift
fi
deny=$1
shift
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cases=0 failed=0

# pthread_create of glibc 2.36 needs clone3 or ENOSYS, so that with EPERM programs with threads of
# their own cannot be: these, and single contract tests, which say so themselves.
has_threads=' test_go_peer storm_thief threads '

# An old kernel does not know a call (ENOSYS) or an argument (EINVAL, EOPNOTSUPP, ENOTTY); a filter
# says EPERM, but for clone3, where it is ENOSYS today.
old=clone3=ENOSYS,pidfd_open=ENOSYS,pidfd_send_signal=ENOSYS,close_range=ENOSYS,waitid-pidfd=EINVAL,execveat=ENOSYS,pwritev2=ENOSYS,pidfd-info=ENOTTY,fchmodat2=ENOSYS
locked=clone3=ENOSYS,pidfd_open=EPERM,pidfd_send_signal=EPERM,close_range=EPERM,waitid-pidfd=EPERM,execveat=EPERM,pwritev2=EPERM,pidfd-info=EPERM,fchmodat2=EPERM,set-rw-hint=EPERM
alone="clone3=ENOSYS clone3=EPERM pidfd_open=ENOSYS pidfd_open=EPERM pidfd_send_signal=ENOSYS
	pidfd_send_signal=EPERM pidfd_send_signal-flags=EINVAL close_range=ENOSYS close_range=EPERM
	waitid-pidfd=EINVAL waitid-pidfd=EPERM execveat=ENOSYS execveat=EPERM memfd_create=EPERM pwritev2=ENOSYS
	pwritev2=EPERM pwritev2-flags=EOPNOTSUPP pidfd-info=ENOTTY clone3=ENOSYS,clone-pidfd=EINVAL"
[ -n "$short" ] && locked='' alone=''

for denial in $old $locked $alone; do
	name=$denial
	[ "$denial" = "$old" ] && name='all of an old kernel'
	[ "$denial" = "$locked" ] && name='all of a filter'
	for program; do
		cases=$((cases + 1))
		program_name=$(basename "$program")
		title="$program_name without $name"
		if [ "$denial" = clone3=EPERM ]; then
			case $has_threads in
			*" $program_name "*)
				echo "ok $cases - $title # SKIP pthread_create needs clone3"
				continue
				;;
			esac
		fi
		timeout 300 "$deny" "$denial" "$program" >"$tmp/said" 2>&1 </dev/null
		status=$?
		# cmocka calls a skipped case "not ok N # SKIP"
		skipped=$(grep -c '^\(not \)\{0,1\}ok.*# [Ss][Kk][Ii][Pp]' "$tmp/said")
		if [ "$status" -eq 0 ] && grep -q '^1\.\.[1-9]' "$tmp/said" &&
			! grep '^not ok' "$tmp/said" | grep -qv '# [Ss][Kk][Ii][Pp]'; then
			echo "ok $cases - $title: $skipped skipped"
		else
			failed=$((failed + 1))
			echo "not ok $cases - $title: exit status $status"
			grep -v '^ok' "$tmp/said" | head -n 20 | sed 's/^/# /'
		fi
	done
done
echo "1..$cases"
[ "$failed" -eq 0 ]
