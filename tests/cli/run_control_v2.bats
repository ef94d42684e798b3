#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood run: --mem, --tasks, --cgroup and --tree cgroup in trees of control groups of version 2, which root makes
# here: where its group has processes, is delegated, is limited itself, is the topmost one that can be seen.
bats_require_minimum_version 1.5.0

setup() {
	load ordinary_user
	cd "$BATS_TEST_TMPDIR" || exit
	chmod 755 .
	[ "$(id -u)" = 0 ] || skip "only root can make such trees"
	top=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	[ -n "$top" ] || skip "no cgroup v2"
	hands_on=" $(cat "$top/cgroup.subtree_control") "
	[[ $hands_on == *" memory "* && $hands_on == *" pids "* ]] || skip "$top/cgroup.subtree_control is without memory and pids"
	tree=$top/brood-test-$$
	mkdir "$tree" "$tree/ours" 2>/dev/null || skip "no group can be made in $top"
	echo "+memory +pids" >"$tree/cgroup.subtree_control"
}

teardown() {
	[ -n "${tree:-}" ] || return 0
	for group in "$tree"/*/ "$tree"/; do
		rmdir "$group" 2>/dev/null || true
	done
	[ ! -e "$tree" ]
}

# In that group: inside GROUP COMMAND...
inside() {
	(
		echo "$BASHPID" >"$1/cgroup.procs"
		shift
		"$@"
	)
}

# What a command reads to keep it all: 100 MiB through a pipe.
much() {
	head -c 100M /dev/zero 2>/dev/null || true
}

delegate() {
	chown 12345 "$1" "$1/cgroup.procs" "$1/cgroup.subtree_control"
}

# Nothing of a brood of ours is left in the tree.
nothing_left() {
	[ -z "$(find "$tree" -type d -name 'brood-*-*-*')" ]
}

@test "a group that has processes gets one beside it, and brood stays where it is" {
	run -0 inside "$tree/ours" "$BROOD" run --mem 64M --tasks 9 -- sh -c 'cat /proc/self/cgroup /proc/$PPID/cgroup'
	[[ "${lines[0]}" == "0::"*"/brood-test-$$/brood-"* ]]
	[[ "${lines[1]}" == "0::"*"/brood-test-$$/ours" ]]
	nothing_left
}

@test "--mem kills and --tasks limits what is in it, one by one and both" {
	run -137 --separate-stderr inside "$tree/ours" "$BROOD" run --mem 32M --status record -- tail -c 90M < <(much)
	[ "$stderr" = "brood: tail: killed: used more than the 32M of --mem" ]
	grep -q '"cause":"oom"' record
	run --separate-stderr inside "$tree/ours" "$BROOD" run --tasks 2 -- sh -c 'sleep 60 & sleep 60 & wait'
	[ "$status" = 2 ]
	[[ $stderr == *"ork"* ]]
	run -137 inside "$tree/ours" "$BROOD" run --mem 32M --tasks 2 -- tail -c 90M < <(much)
	nothing_left
}

@test "a user to whom the group above is delegated has both" {
	needs_a_user
	delegate "$tree"
	run -137 --separate-stderr inside "$tree/ours" as "$BROOD" run --mem 32M --tasks 9 -- tail -c 90M < <(much)
	[ "$stderr" = "brood: tail: killed: used more than the 32M of --mem" ]
	run --separate-stderr inside "$tree/ours" as "$BROOD" run --tasks 2 -- sh -c 'sleep 60 & sleep 60 & wait'
	[ "$status" = 2 ]
	nothing_left
}

@test "a user to whom its own group alone is delegated is told which one is not" {
	needs_a_user
	delegate "$tree/ours"
	run -125 --separate-stderr inside "$tree/ours" as "$BROOD" run --mem 1G -- touch started
	[ "$stderr" = "brood: run: --mem: the memory controller is not there for us: $tree: Permission denied (-l as=SIZE limits each process alone)" ]
	run -125 --separate-stderr inside "$tree/ours" as "$BROOD" run --tasks 9 -- touch started
	[ "$stderr" = "brood: run: --tasks: the pids controller is not there for us: $tree: Permission denied (-l nproc=N limits all processes of its user)" ]
	# The directory is not all: processes are moved by a file of it.
	chown 12345 "$tree"
	run -125 --separate-stderr inside "$tree/ours" as "$BROOD" run --mem 1G -- touch started
	[[ $stderr == *": $tree: Permission denied ("* ]]
	[ ! -e started ]
}

@test "one controller without the other: that limit holds, the other one is refused, and so are both" {
	echo "-memory" >"$tree/cgroup.subtree_control"
	run -0 inside "$tree/ours" "$BROOD" run --tasks 9 -- true
	run -125 --separate-stderr inside "$tree/ours" "$BROOD" run --mem 1G -- touch started
	[ "$stderr" = "brood: run: --mem: the memory controller is not there for us: $tree/ours/cgroup.controllers does not have it (-l as=SIZE limits each process alone)" ]
	run -125 inside "$tree/ours" "$BROOD" run --tasks 9 --mem 1G -- touch started
	[ ! -e started ]
	nothing_left
	echo "+memory -pids" >"$tree/cgroup.subtree_control"
	run -125 --separate-stderr inside "$tree/ours" "$BROOD" run --mem 1G --tasks 9 -- touch started
	[ "$stderr" = "brood: run: --tasks: the pids controller is not there for us: $tree/ours/cgroup.controllers does not have it (-l nproc=N limits all processes of its user)" ]
	[ ! -e started ]
	nothing_left
}

@test "what limits brood's own group limits the one beside it as well" {
	echo 200M >"$tree/ours/memory.max"
	echo 150M >"$tree/ours/memory.high"
	echo 40 >"$tree/ours/pids.max"
	show() {
		inside "$tree/ours" "$BROOD" run "$@" -- sh -c '
			cd "$1$(sed s/0:://p\;d /proc/self/cgroup)" && cat memory.max memory.high pids.max | paste -sd " "' sh "$top"
	}
	[ "$(show --tasks 9)" = "209715200 157286400 9" ]
	[ "$(show --mem 100M)" = "104857600 157286400 40" ]
	[ "$(show --mem 1G --tasks 100)" = "209715200 157286400 40" ]
	# Killed by that one it was not killed for --mem.
	echo max >"$tree/ours/memory.high"
	echo 32M >"$tree/ours/memory.max"
	run -137 --separate-stderr inside "$tree/ours" "$BROOD" run --mem 1G --status record -- tail -c 90M < <(much)
	[[ $stderr == "brood: tail: killed by SIGKILL"* ]]
	grep -q '"cause":"signal"' record
	nothing_left
}

@test "the topmost group has processes and hands on: the command's is below it" {
	[ -e "$top/cgroup.procs" ] && [ ! -e "$top/cgroup.type" ] || skip "$top is not the topmost one"
	run -0 inside "$top" "$BROOD" run --mem 64M --tasks 9 -- cat /proc/self/cgroup
	[[ $output == "0::/brood-"* && $output != *brood-test* ]]
	run -137 inside "$top" "$BROOD" run --mem 32M -- tail -c 90M < <(much)
	[ -z "$(find "$top" -maxdepth 1 -name 'brood-*-*-*')" ]
}

@test "in a namespace whose topmost group has processes it is refused, with the file that says so" {
	unshare --cgroup --mount true 2>/dev/null || skip "no namespaces here"
	mkdir inner
	run -125 --separate-stderr inside "$tree/ours" unshare --cgroup --mount sh -c '
		mount -t cgroup2 none inner || exit 9
		exec "$1" run --mem 64M -- touch started' sh "$BROOD"
	[ "$stderr" = "brood: run: --mem: the memory controller is not there for us: $PWD/inner/cgroup.subtree_control does not have it (-l as=SIZE limits each process alone)" ]
	[ ! -e started ]
}

@test "in a namespace whose topmost group hands on, the command's is below that" {
	unshare --cgroup --mount true 2>/dev/null || skip "no namespaces here"
	mkdir inner
	echo "+memory +pids" >"$tree/cgroup.subtree_control"
	# The namespace begins at the tree, which by then hands controllers on and is without a process.
	run -0 inside "$top" sh -c '
		echo -memory -pids >"$1/cgroup.subtree_control"
		echo $$ >"$1/cgroup.procs"
		exec unshare --cgroup --mount sh -c "
			mount -t cgroup2 none inner || exit 9
			echo \$\$ >inner/ours/cgroup.procs
			echo +memory +pids >inner/cgroup.subtree_control
			\"\$0\" run --mem 64M --tasks 9 -- cat /proc/self/cgroup" "$2"' sh "$tree" "$BROOD"
	[[ $output == "0::/brood-"* && $output != */*/* ]]
	nothing_left
}

@test "a group that hands controllers on takes no command" {
	run -125 --separate-stderr inside "$tree/ours" "$BROOD" run --cgroup "$tree" -- touch started
	[ "$stderr" = "brood: --cgroup: $tree: Device or resource busy (it hands controllers on to groups below it, and so takes no processes)" ]
	[ ! -e started ]
}

@test "with --cgroup, --tree cgroup and --user a command is where it is told to be" {
	needs_a_user
	mkdir "$tree/other"
	run -0 inside "$tree/ours" "$BROOD" run -u 12345 --cgroup "$tree/other" -- cat /proc/self/cgroup
	[[ $output == */other ]]
	if [ -e "$tree/ours/cgroup.kill" ]; then
		run -0 inside "$tree/ours" "$BROOD" run --tree cgroup -- cat /proc/self/cgroup
		[[ $output == *"/brood-test-$$/ours/brood-"* ]]
	else
		run -125 inside "$tree/ours" "$BROOD" run --tree cgroup -- touch started
		[ ! -e started ]
	fi
	run -0 inside "$tree/ours" "$BROOD" exec --cgroup "$tree/other" -- cat /proc/self/cgroup
	[[ $output == */other ]]
	[ -z "$(find "$tree" -mindepth 2 -type d)" ]
}

@test "where a container shows a part of the tree alone, ours is found in it" {
	unshare --mount true 2>/dev/null || skip "no namespaces here"
	[ -e "$tree/cgroup.kill" ] || skip "no cgroup.kill"
	mkdir inner
	run -0 inside "$tree/ours" unshare --mount sh -c '
		mount --bind "$1" inner && umount "$2" || exit 9
		"$3" run --mem 64M -- cat /proc/self/cgroup && exec "$3" run --tree cgroup -- cat /proc/self/cgroup' \
		sh "$tree" "$top" "$BROOD"
	[[ "${lines[0]}" == *"/brood-test-$$/brood-"* ]]
	[[ "${lines[1]}" == *"/brood-test-$$/ours/brood-"* ]]
	nothing_left
	[ -z "$(find "$tree" -mindepth 2 -type d)" ]
}

@test "whoever kills brood with all its guards leaves a group that the next brood removes" {
	mkfifo ready hold
	inside "$tree/ours" sh -c 'echo $$ >pid; exec "$@"' sh \
		"$BROOD" run --mem 64M --tree group -- sh -c 'echo >ready; read x <hold' 3>&- &
	brood=$!
	read -r _ <ready
	group=$(find "$tree" -type d -name 'brood-*-*-*')
	[ -n "$group" ]
	kill -KILL "$(cat pid)"
	wait "$brood" || true
	[ -d "$group" ]
	xargs kill -KILL <"$group/cgroup.procs"
	until grep -q "populated 0" "$group/cgroup.events"; do :; done
	run -0 inside "$tree/ours" "$BROOD" run --mem 64M -- true
	nothing_left
}
