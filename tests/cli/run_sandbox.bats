#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood run: --caps, --nnp, --seccomp, --chroot, --unshare and the maps: what the command may do.
bats_require_minimum_version 1.5.0

setup() {
	load ordinary_user
	cd "$BATS_TEST_TMPDIR" || exit
	unset CI NO_COLOR CLICOLOR_FORCE
	chmod 755 .
}

needs_root() {
	[ "$(id -u)" = 0 ] || skip "needs root"
	setpriv --bounding-set=-chown true 2>/dev/null || skip "capabilities cannot be changed here"
}

needs_user_namespaces() {
	unshare -U true 2>/dev/null || skip "no user namespaces here"
}

needs_seccomp() {
	allow_all >all.json
	run --separate-stderr "$BROOD" run --seccomp all.json -- true
	[[ $stderr != *"was built without"* ]] || skip "built without libseccomp"
	[ "$status" = 0 ] || skip "no filters here: $stderr"
}

allow_all() {
	echo '{ "defaultAction": "SCMP_ACT_ALLOW" }'
}

# profile ACTION NAME...: everything but these.
profile() {
	local action=$1 names
	shift
	names=$(printf '"%s",' "$@")
	printf '{ "defaultAction": "SCMP_ACT_ALLOW",\n  "syscalls": [ { "names": [%s], "action": "%s" } ] }\n' \
		"${names%,}" "$action"
}

# field NAME OPTION...: a line of /proc/self/status of the command.
field() {
	local name=$1
	shift
	"$BROOD" run "$@" -- awk -v name="$name:" '$1 == name { print $2 }' /proc/self/status
}

# All sets of capabilities: inheritable, permitted, effective, bounding, ambient.
sets() {
	"$BROOD" run "$@" -- awk '/^Cap/ { sub("^0*", "", $2); printf "%s ", $2 ? $2 : "0" }' /proc/self/status
}

@test "root has the capabilities of the list and no others" {
	needs_root
	[ "$(sets --caps=)" = "0 0 0 0 0 " ]
	[ "$(sets --caps none)" = "0 0 0 0 0 " ]
	[ "$(sets --caps net_bind_service)" = "400 400 400 400 0 " ]
	[ "$(sets --caps CAP_CHOWN,cap_kill,10)" = "421 421 421 421 0 " ]
	# As by setpriv.
	[ "$(sets --caps -sys_admin)" = "$(all=$(awk '/^CapBnd/ { print $2 }' /proc/self/status)
		left=$(printf %x $((0x$all & ~0x200000)))
		echo "$left $left $left $left 0 ")" ]
}

@test "a user has what is named, as ambient capabilities" {
	needs_root
	[ "$(sets -u 12345 --caps net_bind_service)" = "400 400 400 400 400 " ]
	[ "$(sets -u 12345 --caps=)" = "0 0 0 0 0 " ]
	# What is only left over is not given to it.
	[ "$(sets -u 12345 --caps -sys_admin | awk '{ print $2, $3, $5 }')" = "0 0 0" ]
	[ "$(sets -u 12345 --caps +net_raw | awk '{ print $2, $3, $5 }')" = "2000 2000 2000" ]
	[ "$(sets -u 12345 | awk '{ print $2, $3, $5 }')" = "0 0 0" ]
}

@test "a wrong capability is told with the one that may be meant" {
	run -125 --separate-stderr "$BROOD" run --caps net_bind_servce -- touch started
	[[ $stderr == "brood: run: --caps: 'net_bind_servce' is no capability; did you mean net_bind_service? (accepted: "* ]]
	run -125 --separate-stderr "$BROOD" run --caps 63 -- touch started
	[[ $stderr == "brood: run: --caps: this kernel has no capability '63', its last one is "* ]]
	[ ! -e started ]
}

@test "who may not change capabilities is told so" {
	needs_a_user
	run -125 --separate-stderr as "$BROOD" run --caps= -- touch started
	[ "$stderr" = "brood: --caps: chown: Operation not permitted (only root may, or who has the capability setpcap)" ]
	run -125 --separate-stderr as "$BROOD" run --caps kill -- touch started
	[[ $stderr == "brood: --caps: "*": Operation not permitted ("* ]]
	[ ! -e started ]
}

@test "--nnp keeps set-user-ID programs from working" {
	[ "$(field NoNewPrivs --nnp)" = 1 ]
	[ "$(field NoNewPrivs)" = "$(awk '/^NoNewPrivs/ { print $2 }' /proc/self/status)" ]
	run -125 --separate-stderr "$BROOD" run --nnp=yes -- true
	[ "$stderr" = "brood: run: --nnp takes no value" ]
}

@test "a profile forbids a system call, or kills" {
	needs_seccomp
	profile SCMP_ACT_ERRNO uname >errno.json
	profile SCMP_ACT_KILL_PROCESS uname >kill.json
	run -1 --separate-stderr "$BROOD" run --seccomp errno.json -- uname
	[[ $stderr == *"Operation not permitted"* ]]
	run -159 --separate-stderr "$BROOD" run --seccomp kill.json -- uname
	[ "$stderr" = "brood: uname: killed by SIGSYS" ]
	[ "$("$BROOD" run --seccomp kill.json -- echo fine)" = fine ]
	[ "$(field Seccomp --seccomp kill.json)" = 2 ]
	[ "$(field NoNewPrivs --seccomp kill.json)" = 1 ]
	# What it starts is under it too.
	run -159 "$BROOD" run --seccomp kill.json -- sh -c 'uname; exit $?'
	[ "$(grep -c . <<<"$output")" -ge 0 ]
}

@test "a profile holds for a user without rights" {
	needs_seccomp
	profile SCMP_ACT_ERRNO uname >errno.json
	if [ "$(id -u)" = 0 ]; then
		needs_root
		run -1 "$BROOD" run -u 12345 --seccomp errno.json -- uname
		run -1 setpriv --reuid 12345 --regid 12345 --clear-groups "$BROOD" run --seccomp errno.json -- uname
	else
		run -1 "$BROOD" run --seccomp errno.json -- uname
	fi
}

@test "errnoRet, args, includes and excludes are as docker has them" {
	needs_seccomp
	cat >profile.json <<-'END'
		{
			"defaultAction": "SCMP_ACT_ALLOW",
			"defaultErrnoRet": 1,
			"archMap": [
				{ "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] },
				{ "architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"] }
			],
			"syscalls": [
				{ "names": ["uname"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38, "comment": "not built",
				  "args": [], "includes": {}, "excludes": { "caps": ["CAP_SYS_MODULE"] } },
				{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28,
				  "includes": { "arches": ["amd64", "arm64"], "minKernel": "4.8" } },
				{ "names": ["rmdir", "unlinkat"], "action": "SCMP_ACT_ERRNO", "includes": { "minKernel": "99.1" } },
				{ "names": ["kill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13,
				  "args": [{ "index": 1, "value": 12, "valueTwo": 0, "op": "SCMP_CMP_EQ" }] }
			]
		}
	END
	caps=()
	[ "$(id -u)" != 0 ] || caps=(--caps none)
	run -1 --separate-stderr "$BROOD" run "${caps[@]}" --seccomp profile.json -- uname
	[[ $stderr == *"Function not implemented"* ]]
	run -1 --separate-stderr "$BROOD" run --seccomp profile.json -- mkdir folder
	[[ $stderr == *"No space left on device"* ]]
	mkdir folder
	"$BROOD" run --seccomp profile.json -- rmdir folder
	run -1 --separate-stderr "$BROOD" run --seccomp profile.json -- sh -c 'kill -0 $$ && kill -12 $$'
	[[ $stderr == *"Permission denied"* ]]
	if [ "$(id -u)" = 0 ]; then
		needs_root
		# It can have the capability, so the rule is not for it.
		"$BROOD" run --caps sys_module --seccomp profile.json -- uname
	fi
}

@test "what a profile gets wrong is told with its place" {
	needs_seccomp
	check() {
		printf '%s' "$1" >bad.json
		run -125 --separate-stderr "$BROOD" run --seccomp bad.json -- touch started
		[ "$stderr" = "brood: bad.json:$2 (--seccomp)" ] || {
			echo "$1: $stderr"
			return 1
		}
	}
	ok='"defaultAction": "SCMP_ACT_ALLOW"'
	printf '{\n  "defaultAction" "x" }' >bad.json
	run -125 --separate-stderr "$BROOD" run --seccomp bad.json -- touch started
	[[ $stderr == "brood: bad.json:2:"[0-9]*": "*" (--seccomp)" ]]
	printf '{ "defaultAction": "SCMP_ACT_ALLOW", "defaultAction": "SCMP_ACT_KILL" }' >bad.json
	run -125 --separate-stderr "$BROOD" run --seccomp bad.json -- touch started
	[[ $stderr == "brood: bad.json:1:"*"duplicate"*" (--seccomp)" ]]
	check '[]' ' this is not an object'
	check '{}' ' defaultAction is missing'
	check '{ "defaultAction": 7 }' ' defaultAction: this is not a string'
	check '{ "defaultAction": "ALLOW" }' " defaultAction: 'ALLOW' is no action (accepted: SCMP_ACT_ALLOW, _ERRNO, _KILL, _KILL_THREAD, _KILL_PROCESS, _LOG, _TRACE, _TRAP)"
	check '{ "defaultAction": "SCMP_ACT_NOTIFY" }' ' defaultAction: SCMP_ACT_NOTIFY needs somebody who listens'
	check "{ $ok, \"syscall\": [] }" ' syscall: this key means nothing; did you mean syscalls?'
	check "{ $ok, \"architectures\": [\"x86\"] }" " architectures[0]: 'x86' is no architecture (as in SCMP_ARCH_X86_64)"
	check "{ $ok, \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\"] }" ' flags[0]: this flag cannot be had here'
	check "{ $ok, \"defaultErrnoRet\": 5000 }" ' defaultErrnoRet: 5000 is not within 0 to 4095'
	check "{ $ok, \"syscalls\": [{ \"names\": [1], \"action\": \"SCMP_ACT_KILL\" }] }" ' syscalls[0].names[0]: this is not a string'
	check "{ $ok, \"syscalls\": [{ \"names\": [], \"action\": \"SCMP_ACT_KILL\", \"args\": [{ \"index\": 6, \"op\": \"SCMP_CMP_EQ\" }] }] }" ' syscalls[0].args[0].index: 6 is not within 0 to 5'
	check "{ $ok, \"syscalls\": [{ \"names\": [], \"action\": \"SCMP_ACT_KILL\", \"args\": [{ \"index\": 1, \"op\": \"EQ\" }] }] }" " syscalls[0].args[0].op: 'EQ' is no comparison (accepted: SCMP_CMP_EQ, _NE, _LT, _LE, _GE, _GT, _MASKED_EQ)"
	check "{ $ok, \"syscalls\": [{ \"names\": [], \"action\": \"SCMP_ACT_KILL\", \"includes\": { \"caps\": [\"CAP_X\"] } }] }" " syscalls[0].includes.caps[0]: 'CAP_X' is no capability"
	check "{ $ok, \"syscalls\": [{ \"names\": [], \"action\": \"SCMP_ACT_KILL\", \"excludes\": { \"minKernel\": \"5\" } }] }" " syscalls[0].excludes.minKernel: '5' is no version of a kernel, as in 4.8"
	check "{ $ok, \"syscalls\": [{ \"names\": [\"unmae\"], \"action\": \"SCMP_ACT_ERRNO\" }] }" " syscalls[0].names[0]: 'unmae' is no system call that is known here"
	run -125 --separate-stderr "$BROOD" run --seccomp missing.json -- touch started
	[ "$stderr" = "brood: run: --seccomp: missing.json: No such file or directory" ]
	[ ! -e started ]
	# A call that would only be allowed need not be known.
	printf '{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
		{ "names": ["call_of_tomorrow"], "action": "SCMP_ACT_ALLOW" } ] }' >strict.json
	run -126 --separate-stderr "$BROOD" run --seccomp strict.json -- true
	[ "$stderr" = "brood: --seccomp: strict.json: Operation not permitted (a profile must allow execve)" ]
}

@test "a profile that kills what starts the program kills it" {
	needs_seccomp
	profile SCMP_ACT_KILL_PROCESS execve >kill.json
	run -159 --separate-stderr "$BROOD" run --seccomp kill.json -- true
	[ "$stderr" = "brood: true: killed by SIGSYS" ]
}

@test "--chroot is the command's /" {
	needs_root
	mkdir -p root/sub
	cp "$BROOD" root/brood
	! ldd root/brood 2>/dev/null | grep -q "=>" || skip "this brood is not a static program"
	[ "$("$BROOD" run --chroot root -C /sub -- /brood sh -c 'pwd; cd /; echo *')" = "/sub
brood sub" ]
	run -125 --separate-stderr "$BROOD" run --chroot missing -- /brood --version
	[ "$stderr" = "brood: --chroot: missing: No such file or directory" ]
	run -125 --separate-stderr "$BROOD" run --chroot '' -- /brood --version
	[ "$stderr" = "brood: run: --chroot: the name of the directory is empty" ]
}

@test "--unshare begins namespaces" {
	needs_user_namespaces
	for name in mnt:mount pid:pid net:net ipc:ipc uts:uts cgroup:cgroup user:user; do
		ours=$(readlink "/proc/self/ns/${name%:*}")
		theirs=$("$BROOD" run --map-root --unshare "${name#*:}" -- readlink "/proc/self/ns/${name%:*}")
		[ -n "$theirs" ]
		[ "$ours" != "$theirs" ]
	done
	[ "$("$BROOD" run --map-root --unshare pid -- sh -c 'echo $$')" = 1 ]
	run -125 --separate-stderr "$BROOD" run --unshare nets -- true
	[ "$stderr" = "brood: run: --unshare: 'nets' is no namespace (accepted: user, mount, pid, net, ipc, uts, cgroup, time)" ]
}

@test "what is mounted in a new mount namespace is not seen outside" {
	needs_root
	mkdir place
	unshare --mount sh -c 'mount --make-rshared / && mount -t tmpfs none place' || skip "nothing can be mounted here"
	for tool in run exec "exec --init"; do
		# shellcheck disable=SC2016,SC2086
		[ "$(unshare --mount sh -c 'mount --make-rshared / && "$@" && grep -c " $PWD/place " /proc/self/mounts' sh \
			"$BROOD" $tool --unshare mount -- sh -c 'mount -t tmpfs none place; grep -c " $PWD/place " /proc/self/mounts' |
			tr '\n' ' ')" = "1 0 " ]
	done
}

@test "that there can be no new namespace is told of the option that wants one" {
	command -v strace >/dev/null || skip "no strace"
	strace -o /dev/null true 2>/dev/null || skip "no process may be traced here"
	export LSAN_OPTIONS=detect_leaks=0
	for option in --map-root "--unshare user"; do
		# shellcheck disable=SC2086
		run -125 --separate-stderr strace -qq -o /dev/null -e inject=unshare:error=ENOSPC "$BROOD" exec $option -- touch started
		[ "$stderr" = "brood: ${option% *}: No space left on device (there are as many as /proc/sys/user/max_* allow)" ]
	done
	[ ! -e started ]
}

@test "in its own user namespace a user is root, or whom the maps say" {
	needs_user_namespaces
	[ "$("$BROOD" run --map-root -- sh -c 'id -u; id -g' | paste -sd ' ')" = "0 0" ]
	if [ "$(id -u)" = 0 ]; then
		needs_root
		[ "$("$BROOD" run --map-users 7:0:1,8:100:5 --map-groups 9:0:1 -- sh -c 'id -u; id -g; wc -l </proc/self/uid_map' | paste -sd ' ')" = "7 9 2" ]
	fi
	needs_a_user
	[ "$(as "$BROOD" run --map-users "7:$(as id -u):1" -- id -u)" = 7 ]
	run -125 --separate-stderr as "$BROOD" run --map-users 0:0:1 -- touch started
	[ "$stderr" = "brood: --map-users: Operation not permitted (only root may map others than itself)" ]
	run -125 --separate-stderr "$BROOD" run --map-root --map-users 0:0:1 -- touch started
	[ "$stderr" = "brood: run: --map-root: not with --map-users or --map-groups" ]
	for bad in 0-1 0:1000:0 0:4294967295:1 0:5:2,1:9:1 0:5:2,3:6:1; do
		run -125 --separate-stderr "$BROOD" run --map-users "$bad" -- touch started
		[ "$stderr" = "brood: run: --map-users: '$bad' is no map of ids, or one that meets another (accepted: INSIDE:OUTSIDE:COUNT, as in 0:1000:1)" ]
	done
	[ ! -e started ]
}

@test "without rights new namespaces are refused" {
	needs_a_user
	run -125 --separate-stderr as "$BROOD" run --unshare net -- touch started
	[ "$stderr" = "brood: --unshare: Operation not permitted (only root may, or with --unshare user who may do that)" ]
	run -125 --separate-stderr as "$BROOD" run --chroot / -- touch started
	[ "$stderr" = "brood: --chroot: /: Operation not permitted (only root may, or who has the capability sys_chroot)" ]
	[ ! -e started ]
}
