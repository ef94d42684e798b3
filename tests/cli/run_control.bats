#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood run: --mem, --tasks and --cgroup.
bats_require_minimum_version 1.5.0

setup() {
	load ordinary_user
	cd "$BATS_TEST_TMPDIR" || exit
	unset CI NO_COLOR CLICOLOR_FORCE
	chmod 755 .
}

# Where a controller can be had, a run with a high limit works; else it is refused with 125.
needs() {
	run --separate-stderr "$BROOD" run "$@" -- true
	[[ $status != 125 || $stderr != *"controller is not there for us"* ]] || skip "${stderr#brood: run: }"
	[ "$status" = 0 ]
}

# What a command reads to keep it all: 100 MiB through a pipe.
much() {
	head -c 100M /dev/zero 2>/dev/null || true
}

# The control groups of a command, one a line.
groups() {
	"$BROOD" run "$@" -- grep -o '/brood-.*' /proc/self/cgroup || true
}

# Whether any group of a brood of ours is left anywhere.
left() {
	find /sys/fs/cgroup -maxdepth 6 -type d -name 'brood-*-*-*' 2>/dev/null
}

@test "what uses more memory than --mem is killed, and that is told" {
	needs --mem 1G
	run -137 --separate-stderr "$BROOD" run --mem 32M --status record -- tail -c 90M < <(much)
	[ "$stderr" = "brood: tail: killed: used more than the 32M of --mem" ]
	grep -q '"cause":"oom"' record
	grep -q '"signal":"SIGKILL"' record
}

@test "a command that has lost a process and fails ends by oom, one that ends well does not" {
	needs --mem 1G
	run --separate-stderr "$BROOD" run --mem 32M --status record -- sh -c "tail -c 90M >/dev/null; exit 3" < <(much)
	# What was killed with the shell may be a moment longer in ending.
	[[ $stderr == *"brood: sh: "*"killed: used more than the 32M of --mem"* ]]
	grep -q '"cause":"oom"' record
	run --separate-stderr "$BROOD" run --mem 32M --status record -- sh -c "tail -c 90M >/dev/null; exit 0" < <(much)
	# With cgroup v2 all of it is killed.
	if [ "$status" = 0 ]; then
		[[ $stderr == *"brood: sh: a process of it was killed: used more than the 32M of --mem" ]]
		grep -q '"cause":"exit"' record
	fi
}

@test "within --mem nothing is said" {
	needs --mem 1G
	run -0 --separate-stderr "$BROOD" run --mem 512M -- sh -c "head -c 1M /dev/zero | tail -c 1M | wc -c"
	[ "$output" = 1048576 ]
	[ -z "$stderr" ]
}

@test "each attempt is judged by itself" {
	needs --mem 1G
	run -0 --separate-stderr "$BROOD" run --mem 32M --retry 1 --backoff 0 --status record -- \
		sh -c '[ "$BROOD_ATTEMPT" = 2 ] || exec tail -c 90M' < <(much)
	[[ $stderr == "brood: sh: killed: used more than the 32M of --mem"* ]]
	[ "$(grep -o '"cause":"[a-z]*"' record | paste -sd ' ')" = '"cause":"oom" "cause":"exit"' ]
}

@test "--tasks is how many processes there may be" {
	needs --tasks 100
	run --separate-stderr "$BROOD" run --tasks 2 -- sh -c 'sleep 60 & sleep 60 & wait'
	[ "$status" != 0 ]
	[[ $stderr == *"ork"* ]]
	# Four at once: the shell and three that wait for it.
	run -0 "$BROOD" run --tasks 4 -- sh -c 'for i in 1 2 3; do (read x <&3) & done 3<&0; wait' <<<$'a\nb\nc'
}

@test "the command and what it starts are in a group of its own, from the beginning, and brood is not" {
	needs --mem 1G
	[ "$(groups --mem 1G | wc -l)" = 1 ]
	[ -z "$(groups -t 1m)" ]
	[ "$("$BROOD" run --mem 1G -- sh -c 'sh -c "grep -o /brood-.* /proc/self/cgroup"' | wc -l)" = 1 ]
	[ -z "$(left)" ]
}

@test "both together, as a user too" {
	needs --mem 1G --tasks 100
	groups=$(groups --mem 1G --tasks 100 | wc -l)
	[ "$groups" = 1 ] || [ "$groups" = 2 ]
	run -137 --separate-stderr "$BROOD" run --mem 32M --tasks 100 -- tail -c 90M < <(much)
	run --separate-stderr "$BROOD" run --mem 1G --tasks 2 -- sh -c 'sleep 60 & sleep 60 & wait'
	[ "$status" != 0 ]
	if [ "$(id -u)" = 0 ]; then
		run -137 --separate-stderr "$BROOD" run -u 12345 --mem 32M --tasks 100 -- tail -c 90M < <(much)
	fi
	[ -z "$(left)" ]
}

@test "without a guard as well, and in a PID namespace" {
	needs --mem 1G
	[ "$(groups --tree group --mem 1G | wc -l)" = 1 ]
	run --separate-stderr "$BROOD" run --tree pidns --mem 32M -- tail -c 90M < <(much)
	[[ $status = 137 || $stderr == *"cannot be had here"* ]]
	[ -z "$(left)" ]
}

@test "the group goes when the command has ended, whatever it has made in it" {
	needs --mem 1G
	"$BROOD" run --mem 1G -- sh -c '
		for group in $(find /sys/fs/cgroup -maxdepth 6 -type d -name "brood-*-*-*" 2>/dev/null); do
			mkdir -p "$group/a/b" 2>/dev/null || true
		done'
	[ -z "$(left)" ]
	run -124 "$BROOD" run -t 100ms --mem 1G -- sleep 60
	[ -z "$(left)" ]
	run -127 "$BROOD" run --mem 1G -- ./missing
	[ -z "$(left)" ]
	run -125 "$BROOD" run --mem 1G --stdin ./missing -- true
	[ -z "$(left)" ]
}

@test "what a killed brood has left behind is removed by the next one, what lives is not" {
	needs --mem 1G
	mkfifo ready hold
	"$BROOD" run --mem 1G -- sh -c 'echo >ready; read x <hold' 3>&- &
	brood=$!
	read -r _ <ready
	[ -n "$(left)" ]
	# It lives: the next one leaves it alone.
	"$BROOD" run --mem 1G -- true
	[ -n "$(left)" ]
	kill -KILL "$brood"
	wait "$brood" || true
	# Its guard ends the command, and the group is empty then.
	for group in $(left); do
		while [ -s "$group/cgroup.procs" ]; do "$BROOD" run -- true; done
	done
	"$BROOD" run --mem 1G -- true
	[ -z "$(left)" ]
}

@test "a user to whom groups are delegated has both limits" {
	[ "$(id -u)" = 0 ] || skip "only root can delegate"
	needs_a_user
	needs --mem 1G
	needs --tasks 100
	# Where brood has made its groups, there is one for the user, and everything of this test in it.
	"$BROOD" run --mem 1G --tasks 100 -- sh -c 'find /sys/fs/cgroup -maxdepth 6 -type d -name "brood-*-*-*"' >made
	places=$(xargs -n 1 dirname <made | sort -u)
	(
		for place in $places; do
			[ -e "$place/cgroup.clone_children" ] || exit 77
			mkdir "$place/brood-test-$$"
			chown -R 12345 "$place/brood-test-$$"
			echo "$BASHPID" >"$place/brood-test-$$/cgroup.procs"
		done
		setpriv --reuid 12345 --regid 12345 --clear-groups "$BROOD" run --mem 32M --tasks 50 -- tail -c 90M < <(much) 2>words
		echo $? >code
		setpriv --reuid 12345 --regid 12345 --clear-groups "$BROOD" run --tasks 2 -- sh -c 'sleep 60 & sleep 60 & wait' 2>/dev/null
		echo $? >>code
	) || true
	for place in $places; do
		[ ! -e "$place/brood-test-$$" ] || rmdir "$place/brood-test-$$"
	done
	[ -s code ] || skip "no cgroup v1 here"
	[ "$(paste -sd ' ' code)" = "137 2" ]
	[ "$(cat words)" = "brood: tail: killed: used more than the 32M of --mem" ]
}

@test "where the controller cannot be had nothing is started" {
	needs_a_user
	run --separate-stderr as "$BROOD" run --mem 1G -- touch started
	[ "$status" != 0 ] || skip "an ordinary user may make groups here"
	[ "$status" = 125 ]
	[[ $stderr =~ ^"brood: run: --mem: the memory controller is not there for us: "(/[^:]*": Permission denied"|/.*" does not have it"|"no cgroup v2 or v1 has it")" (-l as=SIZE limits each process alone)"$ ]]
	run -125 --separate-stderr as "$BROOD" run --tasks 10 -- touch started
	[[ $stderr =~ ^"brood: run: --tasks: the pids controller is not there for us: "(/[^:]*": Permission denied"|/.*" does not have it"|"no cgroup v2 or v1 has it")" (-l nproc=N limits all processes of its user)"$ ]]
	[ ! -e started ]
}

@test "values that are none are refused" {
	check() {
		run -125 --separate-stderr "$BROOD" run "$1" "$2" -- touch started
		[ "$stderr" = "brood: run: $1: $3" ]
	}
	for bad in '' x -1 1.5G 5X 0; do
		check --mem "$bad" "'$bad' is no size (accepted: 4096, 64K, 512M, 2G)"
	done
	check --mem 9999999999G "'9999999999G' is too much (accepted: 4096, 64K, 512M, 2G)"
	for bad in '' x -1 0 1.5 4194305 99999999999999999999; do
		check --tasks "$bad" "'$bad' is not a number of tasks (accepted: 1 to 4194304)"
	done
	run -125 --separate-stderr "$BROOD" run --mem 1G --cgroup /x -- touch started
	[ "$stderr" = "brood: run: --mem: not with --cgroup, which is another control group" ]
	run -125 --separate-stderr "$BROOD" run --tasks 5 --tree cgroup -- touch started
	[ "$stderr" = "brood: run: --tasks: not with --tree cgroup, which is another control group" ]
	[ ! -e started ]
}

@test "--cgroup is a group that is there" {
	run -125 --separate-stderr "$BROOD" run --cgroup "$PWD" -- touch started
	[ "$stderr" = "brood: --cgroup: $PWD: Invalid argument (it is no control group)" ]
	run -125 --separate-stderr "$BROOD" run --cgroup missing -- touch started
	[ "$stderr" = "brood: --cgroup: missing: No such file or directory" ]
	[ ! -e started ]
	needs --tasks 100
	place=$("$BROOD" run --tasks 100 -- sh -c 'for dir in $(find /sys/fs/cgroup -maxdepth 6 -type d -name "brood-*-*-*"); do dirname "$dir"; done' | head -n 1)
	group=$place/brood-test-$$
	mkdir "$group"
	[ "$("$BROOD" run --cgroup "$group" -- grep -c "/brood-test-$$\$" /proc/self/cgroup)" = 1 ]
	rmdir "$group"
}
