# XCU 2.15 exit

=== exit ends the shell with a status
exit 3
echo no
--- status 3

=== without an operand the status is that of the last command
(exit 5)
exit
--- status 5

=== at the beginning it is 0
exit
--- status 0

=== in a subshell only that ends
(exit 3; echo no); echo $?
(false; exit); echo $?
x=$(exit 4); echo $?
exit 5 | true; echo $?
true | exit 6; echo $?
exit 7 & wait $!; echo $?
--- out
3
1
4
0
6
7

=== in a function, a group, a loop, eval and .
for t in 'f() { exit 3; }; f' '{ exit 3; }' 'while :; do exit 3; done' 'eval exit 3' 'if exit 3; then :; fi' 'case a in a) exit 3;; esac' 'true && exit 3' '. ./file'; do
	$TESTEE -c "$t; echo no"
	echo $?
done
--- file file
exit 3
--- out
3
3
3
3
3
3
3
3

=== the status is between 0 and 255
(exit 0); echo $?
(exit 255); echo $?
--- out
0
255

=== the trap on EXIT runs before the end
trap 'echo bye' EXIT
echo a
exit 3
--- status 3
--- out
a
bye

=== in that trap $? is the status, and exit alone keeps it
trap 'echo $?; exit' EXIT
exit 4
--- status 4
--- out
4

=== an exit in that trap decides
trap 'exit 5' EXIT
exit 4
--- status 5

=== the trap runs once, whatever it does
trap 'echo once; exit 6' EXIT
exit
--- status 6
--- out
once

=== commands in that trap do not change the status
trap 'false; true; echo x' EXIT
exit 3
--- status 3
--- out
x

=== exit alone in the action of another trap takes the status of before it
trap 'true; exit' USR1
(exit 7)
kill -USR1 $$
--- status 0

=== a number that is none is an error
exit x
--- status !0
--- err any

=== the end of the input ends the shell like exit
(exit 9)
--- status 9

=== what is open is closed, and what was written is there
exec 3>f
echo a >&3
exit
--- status 0

=== exit in the condition of set -e
set -e
if (exit 3); then :; fi
exit 4
--- status 4

=== exit with command in front
command exit 3
echo no
--- status 3

=== background jobs go on
$TESTEE -c '(sleep 0.2; echo late >f) & exit 0'
echo $?
sleep 0.6
cat f
--- out
0
late
