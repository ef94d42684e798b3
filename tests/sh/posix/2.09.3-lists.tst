# XCU 2.9.3 Lists

=== ; runs one after the other
echo a; echo b ; echo c;
--- out
a
b
c

=== the status of a list is that of its last command
true; false; echo $?
false; true; echo $?
--- out
1
0

=== && runs the next one if the status is 0
true && echo a
false && echo b
echo $?
true && true && echo c
true && false && echo d
echo $?
--- out
a
1
c
1

=== || runs the next one if the status is not 0
true || echo a
echo $?
false || echo b
false || false || echo c
false || false
echo $?
--- out
0
b
c
1

=== && and || are of one rank, from the left to the right
true || echo a && echo b
false && echo c || echo d
true && false || echo e && echo f
false || true && echo g
false && false || false || echo h
--- out
b
d
e
f
g
h

=== the status is that of the last command that ran
false && true; echo $?
true || (exit 3); echo $?
(exit 3) || (exit 4); echo $?
(exit 5) && true; echo $?
--- out
1
0
4
5

=== newlines may stand behind && and ||
true &&

echo a
false ||
# comment

echo b
--- out
a
b

=== pipelines and ! in such a list
! false && echo a
echo b | cat && echo c
false | true && echo d
! true | false && echo e
--- out
a
b
c
d
e

=== compound commands in such a list
{ false; } || echo a
(exit 1) || echo b
if true; then false; fi || echo c
while false; do :; done && echo d
f() { return 2; }
f || echo $?
--- out
a
b
c
d
2

=== & runs in the background, and its status is 0
false &
echo $?
wait
(exit 3) & echo $?
wait
--- out
0
0

=== & ends a command like ;
true & echo a
{ true & echo b; }
true & true & wait; echo c
--- out
a
b
c

=== & is for the whole and-or list in front of it
mkfifo p q
read x <p && echo $x &
echo first
echo second >p
wait
false || read x <q && echo $x &
echo third
echo fourth >q
wait
--- out
first
second
third
fourth

=== the next command does not wait for one in the background
mkfifo p
cat p &
echo first
echo second >p
wait
--- out
first
second

=== standard input of the background is /dev/null
cat & wait
{ cat; echo a; } & wait
echo b
cat
--- in
stdin
--- out
a
b
stdin

=== standard input of the background may be redirected
cat <f & wait
echo piped | cat & wait
{ read x; echo $x; } <f & wait
--- file f
file
--- out
file
piped
file

=== a background command is a subshell
x=1
x=2 &
wait
echo $x
{ x=3; cd /; } &
wait
echo $x
[ "$PWD" = / ] || echo same
--- out
1
1
same

=== $! is the number that wait and kill know
(exit 7) &
wait $!
echo $?
sleep 100 &
kill $!
wait $! 2>/dev/null
[ $? -gt 128 ] && echo killed
--- out
7
killed

=== $! of a pipeline is its last command's
echo a | (exit 6) &
wait $!
echo $?
--- out
6

=== $! of an and-or list
false || (exit 4) &
wait $!
echo $?
true && (exit 5) &
wait $!
echo $?
--- out
4
5

=== wait without operands waits for all
(sleep 0.1; echo a) &
(echo b >&2) 2>/dev/null &
wait
echo c
--- out
a
c

=== a background command in a loop
for i in 1 2 3; do echo $i & wait; done
--- out
1
2
3

=== a background command of a background subshell
{ { echo a; } & wait; } &
wait
--- out
a

=== a list within braces in the background
{ echo a; echo b; } &
wait
--- out
a
b

=== an & within a substitution
echo $(echo a & wait; echo b)
--- out
a b

=== two ; are no empty command
echo a ;; echo b
--- status !0
--- err any

=== an operator without a command in front is a syntax error
for c in '; echo' '& echo' '&& echo' '|| echo' '| echo' 'true && ; echo' 'true ||' 'true &&' 'true & && true' 'true | | cat'; do
	(eval "$c") 2>/dev/null && echo "not for $c"
done
echo end
--- out
end

=== a background command ignores SIGINT and SIGQUIT
sh -c 'kill -INT $$; echo a' & wait
{ sh -c 'kill -QUIT $$; echo b'; } & wait
--- out
a
b
--- differs bash: a group of commands does not ignore SIGQUIT

=== many in the background
i=0
while [ $i -lt 50 ]; do (exit 0) & i=$((i + 1)); done
wait
echo $?
--- out
0

=== what is asynchronous and cannot be started has a number and a status all the same
nosuchcommand & echo $?
wait $!; echo $?
/dev/null & echo $?
wait $!; echo $?
sleep 0 </nonexistent/file & echo $?
wait $!; [ $? -gt 0 ] && echo failed
true | nosuchcommand & echo $?
wait $!; echo $?
--- out
0
127
0
126
0
failed
0
127
--- err any
