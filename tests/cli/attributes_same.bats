#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a program finds under brood run and brood exec is what it finds under setpriv, prlimit, nice, taskset,
# choom and env together.
bats_require_minimum_version 1.5.0

setup() {
	# Where others can come, too.
	place=$(mktemp -d /tmp/brood-same-XXXXXX)
	chmod 755 "$place"
	cd "$place" || exit
	unset CI NO_COLOR CLICOLOR_FORCE
	# Everything of a process that these tools can change, and what they must not.
	cat >state <<-'END'
		#!/bin/sh
		# Not what the shell itself does with signals.
		grep -E '^(Uid|Gid|Groups|Cap[A-Z][a-z]*|NoNewPrivs|Seccomp|Umask|SigBlk|SigIgn|SigCgt|ShdPnd|Cpus_allowed_list|NSpid):' /proc/self/status |
			grep -v NSpid
		cat /proc/self/limits
		cat /proc/self/oom_score_adj
		nice
		ionice
		chrt -p $$ | sed 's/^pid [0-9]*//'
		pwd -P
		ls /proc/self/fd | wc -l
		for ns in /proc/self/ns/*; do readlink "$ns"; done
		awk '{ print "tty", $7 }' /proc/self/stat
		env | grep -v -E '^(_|PWD|OLDPWD|SHLVL)=' | sort
	END
	chmod 755 state
	export KEPT=1 B=2
}

teardown() {
	cd / && rm -rf "$place"
}

# Runs a command with nothing open but its three streams: brood exec hands on no others.
bare() {
	(
		for fd in "/proc/$BASHPID/fd"/*; do
			[ "${fd##*/}" -le 2 ] || eval "exec ${fd##*/}>&-"
		done
		"$@"
	)
}

needs_root() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	setpriv --reuid 12345 --regid 12345 --clear-groups --bounding-set=-all true 2>/dev/null ||
		skip "ids and capabilities cannot be changed here"
}

# same OPTION...: what brood makes is what is in the file expected.
same() {
	local tool
	for tool in run exec; do
		bare "$BROOD" "$tool" "$@" "$place/state" >"$tool.state"
		diff -u expected "$tool.state"
	done
}

# expect COMMAND...: what the others make.
expect() {
	bare "$@" "$place/state" >expected
	[ -s expected ]
}

@test "nothing asked for, nothing changed" {
	expect env
	same
}

@test "limits, nice value, mask, directory and environment of an ordinary user" {
	expect sh -c 'cd /usr && umask 027 && exec env -u B A=1 nice -n 3 prlimit --nofile=100:200 --core=0 --cpu=60:70 "$@"' sh
	same -l nofile=100:200 -l core=0 -l cpu=60:70 --umask 027 --nice 3 -C /usr -e A=1 --unset B
}

@test "an empty environment but for what is given" {
	expect env -i PATH="$PATH" A=1
	same --clear-env -e PATH A=1
}

@test "processors, policy, priority at disks, and at the end of memory" {
	cpu=$(awk '/^Cpus_allowed_list/ { split($2, first, "[-,]"); print first[1] }' /proc/self/status)
	expect taskset -c "$cpu" chrt -b 0 ionice -c 3 choom -n 500 --
	same --cpus "$cpu" --sched batch --ionice idle --oom-score-adj 500
	expect ionice -c 2 -n 7
	same --ionice best-effort:7
}

@test "no new privileges" {
	expect setpriv --no-new-privs
	same --nnp
}

@test "a user by number, without groups" {
	needs_root
	expect env -u USER -u LOGNAME HOME=/ setpriv --reuid 12345 --regid 54321 --clear-groups
	same -u 12345:54321
}

@test "a user by name, with all its groups" {
	needs_root
	user=daemon
	expect env USER=$user LOGNAME=$user HOME="$(getent passwd $user | cut -d: -f6)" \
		setpriv --reuid $user --regid "$(id -g $user)" --init-groups
	same -u $user
}

@test "groups of choice" {
	needs_root
	expect env -u USER -u LOGNAME HOME=/ setpriv --reuid 12345 --regid 7 --groups 5,6,4000000000
	same -u 12345 --group 7 --groups 6,5,4000000000
	expect setpriv --regid 7 --groups 5
	same --group 7 --groups 5
}

@test "a user without any capability, ever" {
	needs_root
	expect env -u USER -u LOGNAME HOME=/ setpriv --reuid 12345 --regid 12345 --clear-groups \
		--bounding-set=-all --inh-caps=-all --ambient-caps=-all --no-new-privs
	same -u 12345:12345 --caps= --nnp
}

@test "a user with some capabilities" {
	needs_root
	expect env -u USER -u LOGNAME HOME=/ setpriv --reuid 12345 --regid 12345 --clear-groups \
		--bounding-set=-all,+net_bind_service,+chown --inh-caps=-all,+net_bind_service,+chown \
		--ambient-caps=-all,+net_bind_service,+chown
	same -u 12345:12345 --caps net_bind_service,chown
}

@test "root with some capabilities" {
	needs_root
	expect setpriv --bounding-set=-all,+kill,+setuid --inh-caps=-all,+kill,+setuid
	same --caps kill,setuid
}

@test "all of it together" {
	needs_root
	expect sh -c 'cd /usr && umask 077 && exec env -u B -u USER -u LOGNAME HOME=/ A=1 nice -n 5 chrt -b 0 ionice -c 3 \
		choom -n 300 -- prlimit --nofile=64 --nproc=1000:2000 --as=4294967296 --stack=1048576:2097152 "$@"' sh \
		setpriv --reuid 12345 --regid 54321 --groups 5,6 --bounding-set=-all,+net_raw --inh-caps=-all,+net_raw \
		--ambient-caps=-all,+net_raw --no-new-privs
	same -u 12345 --group 54321 --groups 5,6 --caps net_raw --nnp -l nofile=64 -l nproc=1000:2000 -l as=4G \
		-l stack=1M:2M --nice 5 --sched batch --ionice idle --oom-score-adj 300 --umask 077 -C /usr -e A=1 --unset B
}

@test "a directory that is another one's /" {
	needs_root
	mkdir -p root
	for folder in bin lib lib64 usr proc etc sys dev; do
		[ ! -e "/$folder" ] || mkdir -p "root/$folder"
	done
	cp state root/state
	# Everything there as here, but another root.
	bound() {
		unshare -m sh -c 'for folder in bin lib lib64 usr proc etc sys dev; do
				[ ! -e "/$folder" ] || mount --rbind "/$folder" "root/$folder" || exit 125
			done
			exec "$@"' sh "$@"
	}
	bound true 2>/dev/null || skip "nothing can be mounted here"
	bare bound chroot root /state | grep -v '^mnt:' >expected
	[ -s expected ]
	for tool in run exec; do
		bare bound "$BROOD" "$tool" --chroot root -C / -- /state | grep -v '^mnt:' >"$tool.state"
		diff -u expected "$tool.state"
	done
}
