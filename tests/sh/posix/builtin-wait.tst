# XCU wait

=== wait without operands waits for all, its status is 0
(sleep 0.1; echo a; exit 3) &
(exit 4) &
wait
echo $?
--- out
a
0

=== wait for a process gives its status
(exit 3) & a=$!
(exit 4) & b=$!
wait $a; echo $?
wait $b; echo $?
--- out
3
4

=== of several the last one's status counts
(exit 3) & a=$!
(exit 4) & b=$!
wait $a $b; echo $?
wait $b $a 2>/dev/null; echo $?
--- out
4
127
--- differs dash: keeps statuses for good

=== the status of one that ended long ago is known
(exit 5) &
p=$!
sleep 0.2
true | true
wait $p
echo $?
--- out
5

=== one that is no child of the shell is 127
wait 1
echo $?
(exit 3) &
p=$!
wait $p
(wait $p) 2>/dev/null
echo $?
--- out
127
127
--- err ignored

=== one that a signal ended is above 128
sleep 100 &
kill $!
wait $!
s=$?
[ $s -gt 128 ] && kill -l $s
--- err ignored
--- out
TERM

=== by the number of a job
(exit 3) &
wait %1
echo $?
--- out
3

=== a subshell waits for its own only
sleep 0.3 &
(wait; echo first)
wait
echo second
--- out
first
second

=== many
ps=
i=0
while [ $i -lt 40 ]; do (exit $i) & ps="$ps $!"; i=$((i + 1)); done
n=0
for p in $ps; do wait $p; [ $? = $n ] || echo "$p: $?"; n=$((n + 1)); done
echo end
--- out
end

=== with nothing in the background it returns at once
wait
echo $?
--- out
0
