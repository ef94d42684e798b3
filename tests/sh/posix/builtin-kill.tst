# XCU kill

=== without an option it sends TERM
sleep 100 &
kill $!
wait $!
s=$?
kill -l $s
--- err ignored
--- out
TERM

=== signals by name, by number, and by -s
for o in -HUP -1 '-s HUP' '-s 1'; do
	sleep 100 &
	kill $o $! 2>/dev/null || { kill $!; echo "not $o"; continue; }
	wait $! 2>/dev/null
	[ $? -eq 129 ] && echo "$o"
done
--- err ignored
--- out
-HUP
-1
-s HUP
-s 1

=== several processes at once
sleep 100 & a=$!
sleep 100 & b=$!
kill $a $b
wait $a
s=$?
wait $b
[ $? -gt 128 ] && [ $s -gt 128 ] && echo both
--- err ignored
--- out
both

=== 0 as a signal asks whether it is there
kill -0 $$ && echo there
sleep 0 &
wait $!
kill -0 $! 2>/dev/null || echo gone
--- out
there
gone

=== -l tells the names
kill -l | tr -s '\t ' '\n\n' | grep -cx -e TERM -e HUP -e KILL -e USR1
kill -l 15
kill -l 9
kill -l 143
kill -l $((128 + 2))
--- out
4
TERM
KILL
TERM
INT

=== a process that is not there is an error
sleep 0 &
wait $!
kill $!
[ $? -ne 0 ] && echo error
--- err any
--- out
error

=== an unknown signal is an error
kill -NO_SUCH $$
[ $? -ne 0 ] && echo error
kill -s NO_SUCH $$
[ $? -ne 0 ] && echo error
--- err any
--- out
error
error

=== what is no number is an error
kill abc
[ $? -ne 0 ] && echo error
--- err any
--- out
error

=== one that is wrong does not keep it from the others
sleep 100 &
kill abc $! 2>/dev/null
[ $? -ne 0 ] && echo error
wait $!
[ $? -gt 128 ] && echo ended
--- err ignored
--- out
error
ended
--- differs dash: stops at the first
--- differs bash: its status is that of the last one

=== a group by a negative number
set -m
sh -c 'sleep 100 & sleep 100 & wait' &
sleep 0.2
kill -TERM -- -$!
wait $!
[ $? -gt 128 ] && echo ended
--- err ignored
--- out
ended
--- differs dash: has no job control without a terminal

=== a job by %
sleep 100 &
kill %1 || kill $!
wait $!
[ $? -gt 128 ] && echo ended
--- out
ended
--- differs dash: knows no jobs without a terminal
