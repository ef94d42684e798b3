# XCU 2.15 trap

=== an action runs when the signal comes
trap 'echo got' USR1
kill -USR1 $$
echo on
--- out
got
on

=== names of signals without SIG, and numbers
trap 'echo term' TERM
trap 'echo hup' 1
trap 'echo int' 2
kill -TERM $$
kill -HUP $$
kill -INT $$
--- out
term
hup
int

=== several signals at once
trap 'echo got' USR1 USR2 TERM
kill -USR1 $$; kill -USR2 $$; kill -TERM $$
--- out
got
got
got

=== - gives the default back
trap 'echo no' USR1
trap - USR1
$TESTEE -c 'trap "echo no" TERM; trap - TERM; kill -TERM $$; echo no'
[ $? -gt 128 ] && echo ended
--- err ignored
--- out
ended

=== a number in front gives the default back, too
trap 'echo no' TERM INT
trap 15 2
$TESTEE -c 'trap "echo no" TERM; trap 15; kill -TERM $$; echo no'
[ $? -gt 128 ] && echo ended
--- err ignored
--- out
ended

=== an empty action ignores
trap '' TERM INT
kill -TERM $$
kill -INT $$
echo on
--- out
on

=== the last action counts
trap 'echo a' USR1
trap 'echo b' USR1
kill -USR1 $$
--- out
b

=== EXIT and 0 run at the end
trap 'echo bye' EXIT
echo a
--- out
a
bye

=== 0 is EXIT
trap 'echo bye' 0
trap - EXIT
trap 'echo other' 0
--- out
other

=== EXIT at the end of a script, at exit, and at set -e
for c in 'true' 'exit 0' 'set -e; false' 'f() { exit; }; f' 'eval exit'; do
	$TESTEE -c "trap 'echo bye' EXIT; $c"
done
--- out
bye
bye
bye
bye
bye

=== EXIT when a signal ends the shell through an action
trap 'echo bye' EXIT
trap 'echo got; exit 3' TERM
kill -TERM $$
echo no
--- status 3
--- out
got
bye

=== EXIT in a subshell runs at its end
(trap 'echo sub' EXIT; echo a)
echo b
x=$(trap 'echo sub' EXIT; echo c)
echo $x
--- out
a
sub
b
c sub

=== EXIT in a subshell that is the last command writes where the subshell writes
echo a
{ (trap 'echo sub >&2; echo lost' EXIT); } 2>&1 >/dev/null
--- via c
--- out
a
sub

=== the EXIT of the shell does not run in its subshells
trap 'echo bye' EXIT
(true)
x=$(true)
true | true
(exit 0) &
wait
echo end
--- out
end
bye

=== the action is read when it runs
x=1
trap 'echo $x' USR1
trap "echo $x" USR2
x=2
kill -USR1 $$
kill -USR2 $$
--- out
2
1

=== $? within an action is that of the command before, and stays so behind it
trap 'echo $?; false' USR1
(exit 3)
kill -USR1 $$
echo $?
--- out
0
0

=== the status of a command is kept over an action
trap 'false' USR1
(kill -USR1 $$; exit 3)
echo $?
--- out
3

=== trap tells what is set so that a shell can read it
trap 'echo "a b" '\''c'\''' USR1
trap '' USR2
trap 'echo bye' EXIT
trap
--- out
trap -- 'echo bye' EXIT
trap -- 'echo "a b" '\''c'\''' USR1
trap -- '' USR2
bye
--- differs dash: quotes otherwise

=== what trap told can be given back
trap 'echo got "$x"' USR1
trap '' USR2
saved=$(trap)
trap - USR1 USR2
eval "$saved"
x='a  b'
kill -USR1 $$
kill -USR2 $$
echo on
--- out
got a  b
on
--- differs dash: tells nothing in a substitution

=== trap -p tells them, those that were named too
trap 'echo a' USR1
trap -p USR1
trap -p | grep USR1
trap -p USR2
--- out
trap -- 'echo a' USR1
trap -- 'echo a' USR1
trap -- - USR2
--- differs dash: has no -p

=== in a subshell trap tells those of the shell until it sets one
trap 'echo a' USR1
(trap)
(trap 'echo b' USR2; trap)
--- out
trap -- 'echo a' USR1
trap -- 'echo b' USR2
--- differs dash: tells nothing

=== an unknown signal is an error
trap 'echo no' NO_SUCH_SIGNAL
[ $? -ne 0 ] && echo error
--- out
error
--- err any

=== the others of the list are set
trap 'echo got' NO_SUCH_SIGNAL USR1
[ $? -ne 0 ] && echo error
kill -USR1 $$
--- out
error
got
--- err any
--- differs dash: stops at the first error

=== KILL and STOP among the conditions are no error, as scripts have them there, and have no effect
trap 'echo no' KILL TERM STOP
echo $?
(trap 'echo no' 9; kill -KILL $(sh -c 'echo $PPID'))
[ $? -gt 128 ] && echo killed
trap '' 9
trap - TERM KILL
echo $?
--- err ignored
--- out
0
killed
0

=== an action may be several commands
trap 'echo a
echo b; if true; then echo c; fi' USR1
kill -USR1 $$
--- out
a
b
c

=== a syntax error in an action ends the shell
trap 'fi' USR1
kill -USR1 $$
echo no
--- status !0
--- err any
--- differs bash: goes on

=== an action may set, reset and run others
trap 'trap "echo second" USR1; echo first' USR1
kill -USR1 $$
kill -USR1 $$
--- out
first
second

=== an action may end loops
trap 'echo got; break' USR1
while :; do kill -USR1 $$; :; done
echo end
--- out
got
end

=== a trap set in a function stays
f() { trap 'echo bye' EXIT; }
f
echo a
--- out
a
bye

=== an action with redirections, here-documents and positional parameters
trap 'cat <<end
$1 $#
end' USR1
kill -USR1 $$
f() { kill -USR1 $$; :; }
f x y z
--- args a
--- out
a 1
x 3

=== EXIT: the parameters and variables are those of the end
trap 'echo $1 $x' EXIT
set -- z
x=1
--- out
z 1

=== EXIT: a command that reads gets the shell's input
trap 'read x; echo "<$x>"' EXIT
--- in
line
--- out
<line>

=== EXIT in a background list
(trap 'echo bye' EXIT; echo a) &
wait
--- out
a
bye

=== a trap for ERR and DEBUG is no part of the standard: it is refused
(trap : NO_SIGNAL_AT_ALL) 2>/dev/null || echo error
--- out
error

=== signals of lower-case names may be refused, SIG in front too
trap 'echo got' USR1
kill -s USR1 $$
kill -s usr1 $$ 2>/dev/null || kill -USR1 $$
--- out
got
got

=== -- in front of the action
trap -- 'echo got' USR1
kill -USR1 $$
trap -- - USR1
trap
--- out
got

=== exit without an operand in a subshell of an action: the status there
trap '(false; exit); echo $?' USR1
true
kill -USR1 $$
trap '(exit 4); exit' EXIT
(exit 3)
--- status 3
--- out
1
--- differs dash: takes $? of before the action

=== set -e counts in an action, whatever condition the signal came into
trap 'false; echo not here' USR1
set -e
if kill -USR1 $$; then echo not here; fi
echo not here
--- status 1
