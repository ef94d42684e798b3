# SPDX-License-Identifier: MIT
# For teardown: kills those of the given processes that work in the test's folder still. A number
# that was written down may be a stranger's by now.
kill_ours() {
	local pid
	for pid; do
		case $(readlink "/proc/$pid/cwd") in
		"$BATS_TEST_TMPDIR"*) kill -KILL "$pid" 2>/dev/null || true ;;
		esac
	done
}
