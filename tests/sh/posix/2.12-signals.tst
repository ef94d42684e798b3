# XCU 2.12 Signals and Error Handling

=== a signal that is not trapped ends the shell
sh -c 'kill -TERM $$; echo no'
[ $? -gt 128 ] && echo ended
--- err ignored
--- out
ended

=== a trapped signal runs its action, and the script goes on
trap 'echo got' USR1
kill -USR1 $$
echo on
--- out
got
on

=== an ignored signal does nothing, in commands too
trap '' TERM
kill -TERM $$
sh -c 'kill -TERM $$; echo also'
echo on
--- out
also
on

=== a trapped signal has its default in commands
trap 'echo got' TERM
sh -c 'kill -TERM $$; echo no'
[ $? -gt 128 ] && echo ended
--- err ignored
--- out
ended

=== a trapped signal has its default in a subshell
trap 'echo got' TERM
(sh -c 'kill -TERM $PPID'; sleep 1; echo no)
[ $? -gt 128 ] && echo ended
--- err ignored
--- out
ended

=== an ignored signal stays ignored in a subshell
trap '' TERM
(sh -c 'kill -TERM $PPID'; echo on)
--- out
on

=== the action runs behind the command in the foreground
trap 'echo got' USR1
(sleep 0.1; kill -USR1 $$) &
sh -c 'sleep 0.4; echo command'
wait
--- out
command
got

=== wait is ended by a trapped signal, and its status is above 128
trap 'echo got' USR1
(sleep 0.2; kill -USR1 $$; sleep 100) &
p=$!
wait $p
[ $? -gt 128 ] && echo interrupted
kill $p
--- out
got
interrupted

=== the status of that wait tells the signal
trap : USR1
(sleep 0.2; kill -USR1 $$; exec sleep 100) &
wait $!
s=$?
kill -l $s
kill $!
--- out
USR1

=== a signal that was ignored at the beginning cannot be trapped
trap '' TERM
$TESTEE -c 'trap "echo got" TERM; kill -TERM $$; echo on'
--- out
on

=== it cannot be reset either
trap '' TERM
$TESTEE -c 'trap - TERM; kill -TERM $$; echo on'
--- out
on

=== background commands without job control ignore SIGINT
(trap 'echo no' INT; trap; sleep 0.3; echo alive) >f &
sleep 0.1
kill -INT $!
wait $!
tail -n 1 f
--- out
alive

=== background commands without job control have SIGTERM as ever
sleep 100 &
kill -TERM $!
wait $!
s=$?
kill -l $s
--- err ignored
--- out
TERM

=== an action runs before the next command
trap 'x=$((x + 1))' USR1
x=0
kill -USR1 $$
kill -USR1 $$
kill -USR1 $$
echo $x
--- out
3

=== an action may send the signal again
n=0
trap 'n=$((n + 1)); [ $n -lt 3 ] && kill -USR1 $$' USR1
kill -USR1 $$
:
echo $n
--- out
3

=== an action runs with the variables and functions of the shell
f() { echo "f $x"; }
trap 'f; x=2' USR1
x=1
kill -USR1 $$
echo $x
--- out
f 1
2

=== a signal in a loop of built-ins is seen
trap 'echo got; exit 0' USR1
(sleep 0.2; kill -USR1 $$) &
while :; do :; done
--- out
got

=== a signal in read is seen
trap 'echo got; exit 0' USR1
mkfifo p
(sleep 0.2; kill -USR1 $$; sleep 0.3) >p &
read x <p
echo end
--- out
got

=== SIGPIPE ends a writer
(trap - PIPE; yes) | head -n 1
--- out
y

=== SIGCHLD may be trapped
trap 'n=1' CHLD
sh -c 'exit 0' &
wait $!
wait
:
trap - CHLD
echo $n
--- out
1

=== a signal while a subshell runs in the foreground
trap 'echo outer' USR1
(sleep 0.3; echo inner) &
p=$!
kill -USR1 $$
wait $p
echo end
--- out
outer
inner
end

=== a command killed by a signal sets $?
sh -c 'kill -HUP $$'
s=$?
[ $s -gt 128 ] && kill -l $s
(kill -9 $(sh -c 'echo $PPID'))
s=$?
kill -l $s
--- err ignored
--- out
HUP
KILL

=== the shell ends by the signal that ended exec'd programs
$TESTEE -c 'exec sh -c "kill -USR2 \$\$"'
s=$?
kill -l $s
--- err ignored
--- out
USR2

=== a program in the background ignores INT and QUIT, one in the foreground does not
sh -c 'kill -INT $$; kill -QUIT $$; echo alive' &
wait $!
sh -c 'kill -QUIT $$; echo no'
[ $? -gt 128 ] && echo killed
--- err ignored
--- out
alive
killed

=== so do programs of a subshell in the background
(sh -c 'kill -INT $$; kill -QUIT $$; echo alive') &
wait $!
(:; sh -c 'kill -INT $$; echo alive'; :) &
wait $!
--- err ignored
--- out
alive
alive
--- differs bash: they get the defaults again

=== a trap ends a loop that has no simple command in it
for loop in 'while case a in a) ;; esac; do case b in b) ;; esac; done' \
	'until case a in a) ! case b in b) ;; esac ;; esac; do case b in b) ;; esac; done'; do
	$TESTEE -c '
		trap "echo trapped; exit 3" TERM
		(sleep 0.1; kill -TERM $$) &
		eval "$1"' sh "$loop"
	echo $?
done
--- out
trapped
3
trapped
3
