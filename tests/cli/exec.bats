#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood exec: environment, secrets, order of the steps, exit codes, --dry-run.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	export KEPT=kept OTHER=other
	unset "${!BROOD_EXEC_@}"
	# Those of the machine are no secrets of ours.
	while read -r name; do
		unset "$name"
	done < <(compgen -e | grep '_FILE$' | grep -v '^BATS_')
}

# The environment of the program, sorted, without what bats and the loader put there.
environment() {
	"$BROOD" exec "$@" "$HELPERS/show_env" | tr '\0' '\n' |
		grep -E '^(KEPT|OTHER|A|B|C|PW|DB|BROOD_EXEC_[A-Z]*)(_FILE)?(=|$)' | sort | tr '\n' ';'
}

# A program that writes its name into the log, and ends with the given code.
part() {
	printf '#!/bin/sh\necho "%s" >>"%s/log"\nexit %s\n' "${1##*/}" "$PWD" "${2:-0}" >"$1"
	chmod +x "$1"
}

@test "exec: it becomes the program: the same process, with its arguments and its exit code" {
	run -0 sh -c 'echo $$; exec "$0" exec -- sh -c "echo \$\$ \$1" x "a b"' "$BROOD"
	[ "${lines[0]} a b" = "${lines[1]}" ]
	run -7 "$BROOD" exec -- sh -c 'exit 7'
	run -143 "$BROOD" exec -- sh -c 'kill $$'
	echo input | "$BROOD" exec cat >out
	[ "$(cat out)" = input ]
}

@test "exec: what cannot be the program is told with 126 and 127" {
	touch file
	run -127 --separate-stderr "$BROOD" exec no-such-program
	[ "$stderr" = "brood: no-such-program: not found on PATH" ]
	run -127 --separate-stderr "$BROOD" exec ./no-such-program
	[ "$stderr" = "brood: ./no-such-program: No such file or directory" ]
	run -126 --separate-stderr "$BROOD" exec ./file
	[ "$stderr" = "brood: ./file: Permission denied (it is not executable)" ]
	run -126 --separate-stderr "$BROOD" exec /
	[ "$stderr" = "brood: /: Is a directory" ]
	printf '#!/no/such/interpreter\n' >script
	chmod +x script
	run -127 --separate-stderr "$BROOD" exec ./script
	[ "$stderr" = "brood: ./script: interpreter /no/such/interpreter was not found" ]
	run -125 --separate-stderr "$BROOD" exec -C /no/such true
	[ "$stderr" = "brood: /no/such: No such file or directory (chdir)" ]
	run -125 --separate-stderr "$BROOD" exec
	[ "$stderr" = "brood: exec: no program was given (brood exec --help)" ]
	run -125 --separate-stderr "$BROOD" exec --wiat x true
	[ "$stderr" = "brood: exec: unknown option --wiat; did you mean --wait?" ]
	for option in "--orphans wait" --init-group "--ok 3" "--rewrite TERM:QUIT"; do
		# shellcheck disable=SC2086
		run -125 --separate-stderr "$BROOD" exec $option true
		[ "$stderr" = "brood: exec: ${option%% *} needs --init" ]
	done
	BROOD_EXEC_OK=3 run -125 --separate-stderr "$BROOD" exec true
	[ "$stderr" = "brood: exec: BROOD_EXEC_OK needs --init" ]
	for kind in pid time; do
		run -125 --separate-stderr "$BROOD" exec --unshare "$kind" true
		[ "$stderr" = "brood: exec: --unshare $kind: begins with a new process, and this one is replaced (--init: it stays)" ]
	done
}

@test "exec: options that others call by another name are told by ours" {
	for pair in no-new-privs:nnp reuid:user "clear-groups:groups none" i:clear-env nofile:limit workdir:chdir; do
		theirs=${pair%%:*} dashes=--
		[ "${#theirs}" -gt 1 ] || dashes=-
		run -125 --separate-stderr "$BROOD" exec "$dashes$theirs" x
		[ "$stderr" = "brood: exec: unknown option $dashes$theirs; did you mean --${pair#*:}?" ]
	done
	# Only where there is such an option.
	run -125 --separate-stderr "$BROOD" exec --memory 1G true
	[ "$stderr" = "brood: exec: unknown option --memory (brood exec --help lists them)" ]
	run -125 --separate-stderr "$BROOD" run --memory 1G true
	[ "$stderr" = "brood: run: unknown option --memory; did you mean --mem?" ]
}

@test "exec: a profile under which no program could start is refused" {
	echo '{ "defaultAction": "SCMP_ACT_ALLOW" }' >all.json
	run --separate-stderr "$BROOD" exec --seccomp all.json true
	[[ $stderr != *"was built without"* ]] || skip "built without libseccomp"
	[ "$status" = 0 ] || skip "no filters here: $stderr"
	mkdir d
	part d/1
	for action in ERRNO KILL_PROCESS; do
		echo '{ "defaultAction": "SCMP_ACT_'$action'" }' >strict.json
		run -125 --separate-stderr "$BROOD" exec --seccomp strict.json touch started
		[ "$stderr" = "brood: strict.json: execve is forbidden, and so no program could be started (--seccomp)" ]
		run -125 "$BROOD" exec --dry-run --seccomp strict.json touch started
		run -125 "$BROOD" exec --run-parts d --seccomp strict.json touch started
	done
	# As a child's it is told as by brood run.
	echo '{ "defaultAction": "SCMP_ACT_ERRNO" }' >strict.json
	run -126 --separate-stderr "$BROOD" exec --init --seccomp strict.json touch started
	[ "$stderr" = "brood: --seccomp: strict.json: Operation not permitted (a profile must allow execve)" ]
	[ ! -e started ]
}

@test "exec: -e, --unset, --clear-env, --env-file and words change the environment" {
	printf 'A=1\nB=2\nKEPT\n' >vars
	[ "$(environment -e A=0 --env-file vars -e B=3 --unset OTHER)" = "A=1;B=3;KEPT=kept;" ]
	[ "$(environment --clear-env --env-file vars C=x)" = "A=1;B=2;C=x;KEPT=kept;" ]
	[ "$(environment -e A=1 -- A=2)" = "A=2;KEPT=kept;OTHER=other;" ]
	[ "$(environment --env-file -nowhere)" = "KEPT=kept;OTHER=other;" ]
	run -125 --separate-stderr "$BROOD" exec --env-file nowhere touch started
	[ "$stderr" = "brood: nowhere: No such file or directory (--env-file)" ]
	printf 'A=1\n=2\n' >vars
	run -125 --separate-stderr "$BROOD" exec --env-file vars touch started
	[ "$stderr" = "brood: vars:2:1: a name is missing before the = (--env-file)" ]
	run -125 --separate-stderr "$BROOD" exec -e =x touch started
	[ "$stderr" = "brood: exec: -e: '=x' has no name (accepted: NAME=value, NAME)" ]
	[ ! -e started ]
}

@test "exec: the program is looked for on the PATH that it gets" {
	mkdir bin
	part bin/my-tool
	run -0 "$BROOD" exec -e PATH="$PWD/bin:$PATH" my-tool
	echo "PATH=$PWD/bin:$PATH" >vars
	run -0 "$BROOD" exec --env-file vars my-tool
	run -127 "$BROOD" exec PATH=/nowhere true
	run -0 "$BROOD" exec --clear-env true
}

@test "exec: --secret-files makes variables of files" {
	printf 'top secret\n\n' >pw
	printf 'x' >db
	: >empty
	export PW_FILE=$PWD/pw DB_FILE=$PWD/db A_FILE=$PWD/empty B_FILE=/no/such C_FILE=/dev/null
	[ "$(environment --secret-files)" = \
		"A=;B_FILE=/no/such;C_FILE=/dev/null;DB=x;KEPT=kept;OTHER=other;PW=top secret;" ]
	export PW=set
	run -125 --separate-stderr "$BROOD" exec --secret-files touch started
	[ "$stderr" = "brood: exec: secret PW: the variable is set as well as the file $PWD/pw: only one can be meant" ]
	[ ! -e started ]
	unset PW
	export SSL_CERT_FILE=$PWD/db AWS_CONFIG_FILE=$PWD/db LONG_FILE=$PWD/long
	head -c 131073 /dev/zero | tr '\0' x >long
	run -0 "$BROOD" exec --secret-files sh -c 'echo "$SSL_CERT_FILE $AWS_CONFIG_FILE $LONG_FILE$SSL_CERT"'
	[ "$output" = "$PWD/db $PWD/db $PWD/long" ]
}

@test "exec: --secret makes one variable, whose file must be there" {
	printf 'a\nb\r\n' >pw
	[ "$("$BROOD" exec --secret PW=pw sh -c 'printf %s "$PW"' | od -An -c | tr -d ' ')" = 'a\nb' ]
	export DB_FILE=$PWD/pw
	[ "$("$BROOD" exec --secret DB sh -c 'echo "$DB_FILE|$DB"')" = "|$(printf 'a\nb')" ]
	unset DB_FILE
	run -125 --separate-stderr "$BROOD" exec --secret NO_SUCH_ONE touch started
	[ "$stderr" = "brood: exec: secret NO_SUCH_ONE: /run/secrets/NO_SUCH_ONE: No such file or directory" ]
	printf 'a\0b' >pw
	run -125 --separate-stderr "$BROOD" exec --secret PW=pw touch started
	[ "$stderr" = "brood: exec: secret PW: pw holds a NUL byte, which no variable can" ]
	head -c 131073 /dev/zero | tr '\0' x >pw
	run -125 --separate-stderr "$BROOD" exec --secret PW=pw touch started
	[ "$stderr" = "brood: exec: secret PW: pw is larger than 128 KiB, which no variable can be" ]
	run -125 --separate-stderr "$BROOD" exec --secret KEPT=pw touch started
	[ "$stderr" = "brood: exec: secret KEPT: the variable is set as well as the file pw: only one can be meant" ]
	run -125 --separate-stderr "$BROOD" exec --secret =x touch started
	[ "$stderr" = "brood: exec: --secret: '=x' is not the name of a variable" ]
	[ ! -e started ]
}

@test "exec: a secret that may not be read is an error" {
	[ "$(id -u)" -ne 0 ] || skip "root may read everything"
	echo x >pw
	chmod 0 pw
	PW_FILE=$PWD/pw run -125 --separate-stderr "$BROOD" exec --secret-files touch started
	[ "$stderr" = "brood: exec: secret PW: $PWD/pw: Permission denied" ]
	[ ! -e started ]
}

@test "exec: options can be given as variables, which the program does not get" {
	export BROOD_EXEC_ENV="A=1 'B=x y'" BROOD_EXEC_CHDIR=/ BROOD_EXEC_LIMIT=nofile=77 BROOD_EXEC_UNSET=OTHER
	[ "$(environment)" = "A=1;B=x y;KEPT=kept;" ]
	[ "$(environment -e A=2)" = "A=2;B=x y;KEPT=kept;" ]
	[ "$("$BROOD" exec sh -c 'ulimit -n; pwd')" = "$(printf '77\n/')" ]
	[ "$("$BROOD" exec -C /usr pwd)" = /usr ]
	unset "${!BROOD_EXEC_@}"
	BROOD_EXEC_WIAT=x run -125 --separate-stderr "$BROOD" exec true
	[ "$stderr" = "brood: exec: BROOD_EXEC_WIAT: there is no such option; did you mean BROOD_EXEC_WAIT?" ]
	BROOD_EXEC_HELP=1 run -125 --separate-stderr "$BROOD" exec true
	[ "$stderr" = "brood: exec: BROOD_EXEC_HELP: there is no such option (brood exec --help lists them)" ]
	BROOD_EXEC_INIT=maybe run -125 --separate-stderr "$BROOD" exec true
	[ "$stderr" = "brood: exec: BROOD_EXEC_INIT: 'maybe' is neither yes nor no (accepted: 1, yes, true, on; 0, no, false, off)" ]
	BROOD_EXEC_WAIT="'open" run -125 --separate-stderr "$BROOD" exec true
	[[ $stderr == "brood: exec: BROOD_EXEC_WAIT: "*" (words are separated by blanks, and quoted as for a shell)" ]]
	BROOD_EXEC_WAIT=db run -125 --separate-stderr "$BROOD" exec true
	[[ $stderr == "brood: exec: BROOD_EXEC_WAIT: 'db': it does not say what kind of thing that is "* ]]
	BROOD_EXEC_USER='' run -0 "$BROOD" exec true
}

@test "exec: programs of folders run in the order of their names, with the environment so far" {
	mkdir d
	part d/20-b
	part d/10-a
	part d/B.sh
	part d/a.sh
	part d/.hidden
	part d/left.bak
	part 'd/not a name'
	part d/30-off
	chmod -x d/30-off
	# What others may execute, we may not.
	[ "$(id -u)" -eq 0 ] || chmod 601 d/30-off
	mkdir d/40-folder
	ln -s nowhere d/50-link
	run -0 --separate-stderr "$BROOD" exec --run-parts d -- sh -c 'echo program >>log'
	[ "$(tr '\n' ' ' <log)" = "10-a 20-b B.sh a.sh program " ]
	[ "$stderr" = "brood: exec: run-parts: d/30-off is left out: it is not executable
brood: exec: run-parts: d/50-link is left out: No such file or directory" ]
	run -0 --separate-stderr "$BROOD" exec -q --run-parts d -- true
	[ -z "$stderr" ]
	printf '#!/bin/sh\necho "$A $PW"\n' >d/10-a
	echo s >pw
	[ "$("$BROOD" exec -q -e A=1 --secret PW=pw --run-parts d true)" = "1 s" ]
	run -0 "$BROOD" exec --run-parts -nowhere true
	run -125 --separate-stderr "$BROOD" exec --run-parts nowhere touch started
	[ "$stderr" = "brood: nowhere: No such file or directory (--run-parts)" ]
	[ ! -e started ]
}

@test "exec: the first program of a folder that fails ends it all" {
	mkdir d
	part d/1
	part d/2 3
	part d/3
	run -125 --separate-stderr "$BROOD" exec --run-parts d touch started
	[ "$stderr" = "brood: exec: run-parts: d/2: exit code 3" ]
	[ "$(tr '\n' ' ' <log)" = "1 2 " ]
	printf '#!/bin/sh\nkill -KILL $$\n' >d/2
	run -125 --separate-stderr "$BROOD" exec --run-parts d touch started
	[ "$stderr" = "brood: exec: run-parts: d/2: killed by SIGKILL" ]
	printf '#!/no/such\n' >d/2
	run -125 --separate-stderr "$BROOD" exec --run-parts d touch started
	[ "$stderr" = "brood: exec: run-parts: d/2: No such file or directory (it, or the interpreter that it names)" ]
	printf 'echo\n' >d/2
	run -125 --separate-stderr "$BROOD" exec --run-parts d touch started
	[ "$stderr" = "brood: exec: run-parts: d/2: Exec format error (no #! line?)" ]
	printf '#!/bin/sh\nsleep 100\n' >d/2
	run -124 --separate-stderr "$BROOD" exec --run-parts d --run-parts-timeout 200ms touch started
	[ "$stderr" = "brood: exec: run-parts: d/2: time limit of 200ms reached" ]
	[ ! -e started ]
}

@test "exec: a signal ends a program of a folder, and then brood" {
	mkdir d
	printf '#!/bin/sh\ntrap "echo told >>log; exit" TERM\necho $PPID >pid\nwhile :; do sleep 0.02; done\n' >d/1
	chmod +x d/1
	"$BROOD" exec --run-parts d touch started 2>err &
	brood=$!
	until [ -s pid ]; do sleep 0.02; done
	kill "$brood"
	code=0
	wait "$brood" || code=$?
	[ "$code" -eq 143 ]
	# The shell says a word of its own.
	[ "$(tail -n 1 err)" = "brood: exec: run-parts: d/1: ended by SIGTERM" ]
	[ "$(cat log)" = told ]
	[ ! -e started ]
}

@test "exec: the steps come in one order, whatever that of the options" {
	mkdir d
	part d/1
	printf 'secret\n' >pw
	printf '%s\n' '${A}-${PW}' >tpl
	echo A=1 >vars
	printf '#!/bin/sh\necho "part $(cat out) $(umask)" >>log\n' >d/1
	# Each step proves that those before it were taken, and none behind it.
	run -0 "$BROOD" exec --umask 027 --run-parts d --render tpl:out \
		--wait "exec:sh -c 'test ! -e out && echo wait \$A \$PW >>log'" --secret PW=pw \
		--env-file vars -- sh -c 'echo "program $(umask)" >>log'
	[ "$(cat log)" = "$(printf 'wait 1 secret\npart 1-secret %s\nprogram 0027' "$(umask)")" ]
}

@test "exec: a step that fails leaves those behind it alone" {
	mkdir d
	part d/1
	echo x >tpl
	run -125 "$BROOD" exec --env-file nowhere --render tpl:out --run-parts d touch started
	[ ! -e out ] && [ ! -e log ]
	run -124 "$BROOD" exec --wait file:nowhere --wait-timeout 50ms --render tpl:out --run-parts d touch started
	[ ! -e out ] && [ ! -e log ]
	run -125 "$BROOD" exec --render nowhere:out --run-parts d touch started
	[ ! -e log ] && [ ! -e started ]
	# That there is no such user is known before anything is waited for; but a program may make it.
	run -125 "$BROOD" exec -u no-such-user --wait file:nowhere --wait-timeout 50ms --render tpl:out touch started
	[ ! -e out ]
	run -125 "$BROOD" exec -u no-such-user --render tpl:out --run-parts d touch started
	[ -e out ] && [ -e log ] && [ ! -e started ]
}

@test "exec: --dry-run shows the steps, checks, and does nothing" {
	mkdir d
	part d/1
	printf 'secret\n' >pw
	echo '${PW}' >tpl
	echo C=hush >vars
	run -0 --separate-stderr "$BROOD" exec --dry-run --umask 027 -l nofile=64 --nice 0 -C / \
		--run-parts "$PWD/d" --render tpl:out --wait file:/no/such --wait-timeout 5s --secret PW=pw \
		--nnp --env-file vars --env-file -nowhere --unset OTHER -e A=hush -- B=hush touch 'a b'
	[ "$output" = "env-file    vars
unset       OTHER
env         A
env         B
secret      PW from pw
wait        file:/no/such (up to 5s)
render      tpl to out
run         $PWD/d/1
umask       0027
limit       nofile 64:64
nice        0
chdir       /
nnp         yes
exec        touch 'a b'" ] || [ "$output" = "env-file    vars
unset       OTHER
env         A
env         B
secret      PW from pw
wait        file:/no/such (up to 5s)
render      tpl to out
run         $PWD/d/1
umask       0027
limit       nofile 64:64
nice        $(nice)
chdir       /
nnp         yes
exec        touch 'a b'" ]
	[ ! -e out ] && [ ! -e log ]
	run -127 "$BROOD" exec --dry-run no-such-program
	touch file
	run -126 "$BROOD" exec --dry-run ./file
	run -125 "$BROOD" exec --dry-run --secret X=nowhere true
	echo '${NO_SUCH}' >tpl
	run -125 "$BROOD" exec --dry-run --render tpl:out true
	run -125 "$BROOD" exec --dry-run --run-parts nowhere true
	PW_FILE=$PWD/pw run -0 --separate-stderr "$BROOD" exec --clear-env -e PW_FILE --secret-files --dry-run true
	[ "$output" = "clear-env   yes
env         PW_FILE
secret      PW from $PWD/pw
exec        true" ]
	# A long command line is shown to its end.
	run -0 "$BROOD" exec --dry-run echo $(seq 2000)
	[[ $output == *" 1999 2000" ]]
}

@test "exec: --dry-run looks for the program where it would be" {
	mkdir d
	part d/tool
	run -0 "$BROOD" exec --dry-run -C d ./tool
	run -127 --separate-stderr "$BROOD" exec --dry-run -C d d/tool
	[ "$stderr" = "brood: d/tool: No such file or directory" ]
	run -127 "$BROOD" exec -C d d/tool
	run -0 "$BROOD" exec --dry-run -C d "$PWD/d/tool"
	run -0 "$BROOD" exec --dry-run -C d true
	run -125 --separate-stderr "$BROOD" exec --dry-run -C nowhere true
	[ "$stderr" = "brood: nowhere: No such file or directory (chdir)" ]
	run -125 --separate-stderr "$BROOD" exec --dry-run -C d/tool true
	[ "$stderr" = "brood: d/tool: Not a directory (chdir)" ]
}

@test "exec: -v says what is done, and never a secret" {
	printf 'hush\n' >pw
	echo A=1 >vars
	run -0 --separate-stderr "$BROOD" exec -v --env-file vars --secret PW=pw --wait file:pw --render pw:out true
	[[ $stderr == "brood: exec: environment: vars
brood: exec: secret PW: from pw
brood: exec: wait: file:pw is there after "*"
brood: exec: render: pw to out
brood: exec: program: true" ]]
	[[ $stderr != *hush* ]]
}

@test "exec: sockets of a service manager stay open, other descriptors do not" {
	fds() { LISTEN_FDS=$1 bash -c 'exec 3</ 4</usr 5</dev; LISTEN_PID=$$ exec "$@"' x "${@:2}" "$BROOD" exec ${option:+"$option"} -- \
		sh -c 'for n in 3 4 5; do [ ! -e /proc/self/fd/$n ] || echo $n; done' | tr '\n' ' '; }
	[ "$(fds 2)" = "3 4 " ]
	[ "$(fds 0)" = "" ]
	[ "$(fds 2 env LISTEN_PID=1)" = "" ]
	[ "$(fds -1)" = "" ]
	# The program is another process then, for which they are not meant.
	[ "$(option=--init fds 2)" = "" ]
	[ "$(option=--keep-fds fds 0)" = "3 4 5 " ]
	# No such number is looked through, one by one.
	[ "$(fds 9999999999)" = "3 4 5 " ]
}

@test "exec: --help shows the options" {
	run -0 "$BROOD" exec --help
	[[ ${lines[0]} == "Usage: brood exec [OPTION...] "* ]]
	run -0 "$BROOD" help exec
	[[ $output == *"--run-parts DIR"* ]]
}

@test "exec: whatever system call fails, the program gets all of it or is not started" {
	command -v strace >/dev/null || skip "no strace"
	! grep -q __asan_init "$BROOD" || skip "a sanitizer does not bear that its own calls fail"
	strace -o /dev/null true 2>/dev/null || skip "no process may be traced here"
	mkdir d
	part d/1
	printf 'secret\n' >pw
	echo '${A} ${PW}' >tpl
	echo A=1 >vars
	cat >program <<-END
		#!/bin/sh
		echo "\$A|\$PW|\$(umask)|\$(ulimit -n)|\$(pwd)|\$(cat "$PWD/out")|\$(cat "$PWD/log")" >"$PWD/started"
	END
	chmod +x program
	faults=0
	for call in openat=ENFILE read=EIO newfstatat=EIO pipe2=EMFILE epoll_create1=EMFILE eventfd2=EMFILE \
		clone=EAGAIN clone3=EAGAIN ppoll=EINTR epoll_wait=EINTR waitid=EINTR mmap=ENOMEM fchmod=EPERM write=ENOSPC \
		fsync=EIO rename=EXDEV prlimit64=EPERM prctl=EPERM chdir=EACCES rt_sigprocmask=EINVAL close_range=ENOSYS \
		getdents64=EIO memfd_create=ENOSYS socketpair=EMFILE execve=EACCES; do
		for n in 1 2 3 4 5 6; do
			rm -f started log
			echo old >out
			run strace -b execve -qq -o trace -e inject="${call%=*}:error=${call#*=}:when=$n" "$BROOD" exec --env-file vars \
				--secret PW=pw --wait file:vars --wait exec:true --wait-timeout 10s --render tpl:out \
				--run-parts d --umask 027 -l nofile=99 -C /usr --nnp -- "$PWD/program"
			grep -q '(INJECTED)$' trace || break
			faults=$((faults + 1))
			# strace leaves when the program is there.
			if [ "$status" -eq 0 ]; then
				until [ -s started ]; do sleep 0.01; done
				[ "$(cat started)" = "1|secret|0027|99|/usr|1 secret|1" ]
			else
				[ "$status" -ge 124 ]
				[ -n "$output" ]
				[ ! -e started ]
			fi
			[ "$(cat out)" = old ] || [ "$(cat out)" = "1 secret" ]
		done
	done
	[ "$faults" -gt 40 ]
}
