# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What comes next is done by an ordinary user: as COMMAND...
needs_a_user() {
	[ "$(id -u)" != 0 ] || setpriv --reuid 12345 --regid 12345 --clear-groups true 2>/dev/null || skip "ids cannot be set here"
}

as() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid 12345 --regid 12345 --clear-groups "$@"
	else
		"$@"
	fi
}
