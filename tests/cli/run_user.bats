#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood run: -u, --group, --groups: who the command is.
bats_require_minimum_version 1.5.0

setup() {
	load ordinary_user
	cd "$BATS_TEST_TMPDIR" || exit
	unset CI NO_COLOR CLICOLOR_FORCE
	# Others shall be able to come here.
	chmod 755 .
}

needs_root() {
	[ "$(id -u)" = 0 ] || skip "only root can be somebody else"
	setpriv --reuid 12345 --regid 12345 --clear-groups true 2>/dev/null || skip "ids cannot be set here"
}

# What the command says of itself: "UID GID GROUPS", real, effective and saved ids being the same.
ids() {
	${with:+"$with"} "$BROOD" run "$@" -- cat /proc/self/status | awk '
		$1 == "Uid:" || $1 == "Gid:" {
			if ($2 != $3 || $3 != $4 || $4 != $5)
				print "mixed"
			ids = ids $2 " "
		}
		$1 == "Groups:" { $1 = ""; sub("^ ", ""); groups = $0 }
		END { print ids groups }' | sed 's/ *$//'
}

# Runs a command where /etc/passwd and /etc/group are those of this folder.
with_files() {
	unshare -m sh -c 'mount --bind passwd /etc/passwd && mount --bind group /etc/group && exec "$@"' sh "$@"
}

make_files() {
	needs_root
	printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'broken' 'app:x:4001:4002:An App:/srv/app:/bin/false' \
		'1234:x:4003:4004::/digits:/bin/sh' 'homeless:x:4005:4006:::/bin/sh' >passwd
	printf '%s\n' 'root:x:0:' 'web:x:4080:other,app' 'log:x:4081:app' 'alien:x:4082:apple' 'own:x:4002:app' \
		'77:x:4083:' >group
	with_files true 2>/dev/null || skip "no mount namespaces here"
}

in_files() {
	local with=with_files
	ids "$@"
}

@test "a user is found by name, with all groups that list it" {
	make_files
	[ "$(in_files -u app)" = "4001 4002 4002 4080 4081" ]
	[ "$(in_files --user=app)" = "4001 4002 4002 4080 4081" ]
	[ "$(in_files -u 4001)" = "4001 4002 4002 4080 4081" ]
	# What the libc's tools say.
	[ "$(in_files -u app)" = "$(with_files setpriv --reuid app --regid own --init-groups sh -c '
		awk "/^[UG]id/ { printf \"%s \", \$2 } /^Groups/ { \$1 = \"\"; print }" /proc/self/status' | tr -s ' ' | sed 's/ *$//')" ]
}

@test "a name counts before a number" {
	make_files
	[ "$(in_files -u 1234)" = "4003 4004 4004" ]
	[ "$(in_files -u :77)" = "0 4083" ]
}

@test "USER:GROUP has that group alone" {
	make_files
	[ "$(in_files -u app:web)" = "4001 4080" ]
	[ "$(in_files -u app:4999)" = "4001 4999" ]
	[ "$(in_files -u 4001:0)" = "4001 0" ]
	[ "$(in_files -u :web)" = "0 4080" ]
}

@test "--group replaces the user's own group, --groups the others" {
	make_files
	[ "$(in_files -u app --group alien)" = "4001 4082 4002 4080 4081 4082" ]
	[ "$(in_files --group alien)" = "0 4082" ]
	[ "$(in_files -u app --groups log,4999)" = "4001 4002 4081 4999" ]
	[ "$(in_files -u app --groups none)" = "4001 4002" ]
	[ "$(in_files -u app --groups=)" = "4001 4002" ]
	[ "$(setpriv --groups 5,6 "$BROOD" run -u 12345 --groups keep -- awk '/^Groups/ { print $2, $3 }' /proc/self/status)" = "5 6" ]
	run -125 --separate-stderr with_files "$BROOD" run -u app:web --group log -- true
	[ "$stderr" = "brood: run: --group: --user app:web names a group already" ]
}

@test "a number without a line is a user with a group of that number" {
	needs_root
	[ "$(ids -u 54321)" = "54321 54321" ]
	[ "$(ids -u 54321:5)" = "54321 5" ]
	[ "$("$BROOD" run -u 54321 -- sh -c 'echo "$HOME ${USER-none} ${LOGNAME-none}"')" = "/ none none" ]
	[ "$(ids -u 4294967294)" = "4294967294 4294967294" ]
}

@test "HOME, USER and LOGNAME are those of the user, and what is given counts more" {
	make_files
	show='echo "$HOME $USER $LOGNAME"'
	[ "$(with_files "$BROOD" run -u app -- sh -c "$show")" = "/srv/app app app" ]
	[ "$(with_files "$BROOD" run -u homeless -- sh -c "$show")" = "/ homeless homeless" ]
	[ "$(with_files "$BROOD" run -u app --clear-env -- /usr/bin/env | sort | paste -sd ' ')" = "HOME=/srv/app LOGNAME=app USER=app" ]
	[ "$(HOME=/mine with_files "$BROOD" run -u app -e HOME -e USER=you -- sh -c "$show")" = "/mine you app" ]
	[ "$(with_files "$BROOD" run -u app -- HOME=/word sh -c 'echo $HOME')" = "/word" ]
	[ "$(with_files "$BROOD" run -u app --unset HOME -- sh -c 'echo ${HOME-none}')" = "none" ]
	# Who changes the group alone stays who he is.
	[ "$(HOME=/mine "$BROOD" run -u :5 -- sh -c 'echo $HOME')" = "/mine" ]
}

@test "a user or a group that is not there is told, and nothing is started" {
	for bad in -u --user; do
		run -125 --separate-stderr "$BROOD" run $bad nobody-of-that-name -- touch started
		[ "$stderr" = "brood: run: --user: no such user 'nobody-of-that-name' in /etc/passwd" ]
	done
	run -125 --separate-stderr "$BROOD" run -u 4294967295 -- touch started
	[ "$stderr" = "brood: run: --user: no such user '4294967295' in /etc/passwd" ]
	run -125 --separate-stderr "$BROOD" run -u -1 -- touch started
	[ "$stderr" = "brood: run: --user: no such user '-1' in /etc/passwd" ]
	run -125 --separate-stderr "$BROOD" run -u : -- touch started
	[ "$stderr" = "brood: run: --user: no such group '' in /etc/group" ]
	run -125 --separate-stderr "$BROOD" run --group no-such-group -- touch started
	[ "$stderr" = "brood: run: --group: no such group 'no-such-group' in /etc/group" ]
	run -125 --separate-stderr "$BROOD" run --groups 0,no-such-group -- touch started
	[ "$stderr" = "brood: run: --groups: no such group 'no-such-group' in /etc/group" ]
	run -125 --separate-stderr "$BROOD" run --groups 0, -- touch started
	[ "$stderr" = "brood: run: --groups: no such group '' in /etc/group" ]
	run -125 --separate-stderr "$BROOD" run -u '' -- touch started
	[ "$stderr" = "brood: run: -u: the name of the user is empty" ]
	[ ! -e started ]
}

@test "with --chroot the names are those of the new root" {
	needs_root
	mkdir -p root/etc
	echo 'inner:x:4444:4445::/inner:/bin/sh' >root/etc/passwd
	# The file of the new root, and not ours, although the link says so from here.
	mv root/etc/passwd root/etc/real
	ln -s /etc/real root/etc/passwd
	cp "$BROOD" root/brood
	root/brood --version >/dev/null
	run -125 --separate-stderr "$BROOD" run --chroot root -u nobody -- /brood --version
	[ "$stderr" = "brood: run: --user: no such user 'nobody' in root/etc/passwd" ]
	if ldd root/brood 2>/dev/null | grep -q "=>"; then
		skip "this brood is not a static program"
	fi
	[ "$("$BROOD" run --chroot root -u inner -- /brood sh -c 'echo "$HOME $USER"')" = "/inner inner" ]
	# On a kernel before 5.6 a link is not followed rather than to a file of ours.
	if strace -o /dev/null true 2>/dev/null; then
		run -125 --separate-stderr strace -qq -o /dev/null -e inject=openat2:error=ENOSYS "$BROOD" exec --chroot root \
			-u inner -- /brood --version
		[ "$stderr" = "brood: exec: --user: user 'inner': root/etc/passwd: Too many levels of symbolic links" ]
		mv root/etc/real root/etc/passwd
		[ "$(strace -qq -o /dev/null -e inject=openat2:error=ENOSYS "$BROOD" exec --chroot root -u inner -- \
			/brood sh -c 'echo "$HOME"')" = /inner ]
	fi
	rm root/etc/passwd
	run -125 --separate-stderr "$BROOD" run --chroot root -u inner -- /brood --version
	[ "$stderr" = "brood: run: --user: user 'inner': root/etc/passwd: No such file or directory" ]
}

@test "who may not become another one is told so" {
	needs_a_user
	run -125 --separate-stderr as "$BROOD" run -u 54321 --groups keep -- touch started
	[ "$stderr" = "brood: --user: gid 54321: Operation not permitted (only root may, or who has the capability setgid)" ]
	run -125 --separate-stderr as "$BROOD" run -u "54321:$(as id -g)" --groups keep -- touch started
	[ "$stderr" = "brood: --user: uid 54321: Operation not permitted (only root may, or who has the capability setuid)" ]
	run -125 --separate-stderr as "$BROOD" run --groups 54321 -- touch started
	[ "$stderr" = "brood: --groups: groups: Operation not permitted (only root may, or who has the capability setgid)" ]
	run -125 --separate-stderr as "$BROOD" run -u root -- touch started
	[[ $stderr == "brood: --user: "*": Operation not permitted ("* ]]
	[ ! -e started ]
}

@test "an ordinary user may name itself" {
	me=$(id -u)
	if [ "$me" = 0 ]; then
		needs_root
		[ "$(setpriv --reuid 12345 --regid 12345 --clear-groups "$BROOD" run -u 12345 -- id -u)" = 12345 ]
		# Also where the group stands among the supplementary ones.
		[ "$(setpriv --reuid 12345 --regid 12345 --groups 12345 "$BROOD" run -u 12345 -- id -u)" = 12345 ]
		return
	fi
	[ "$("$BROOD" run -u "$me:$(id -g)" --groups keep -- id -u)" = "$me" ]
}
