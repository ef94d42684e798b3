# XCU 2.9.2 Pipelines

=== the status of a pipeline is that of its last command
false | true; echo $?
true | false; echo $?
true | (exit 7); echo $?
--- out
0
1
7

=== ! turns the status of a pipeline around
! true; echo $?
! false; echo $?
! true | false; echo $?
! (exit 5); echo $?
--- out
1
0
0
0

=== each command reads what the one before it writes
printf 'c\na\nb\n' | sort | head -n 1
--- out
a

=== a pipe is there before the redirections of its command
echo x 2>&1 >/dev/null | cat
{ echo out; echo err >&2; } 2>&1 | sort
--- out
err
out

=== a newline may stand behind the |
echo a |

cat
--- out
a

=== pipefail takes the last command that failed
set -o pipefail
(exit 3) | (exit 4) | true; echo $?
true | true; echo $?
! (exit 3) | true; echo $?
--- out
4
0
0
--- differs dash: has no pipefail

=== the commands of a pipeline run in subshells
x=1
echo y | read x
echo $x
x=2 | true
echo $x
--- out
1
1

=== the standard input of the first is the shell's
cat | tr a-z A-Z
--- in
line
--- out
LINE

=== three and more stages
echo a | cat | cat | cat | tr a b
printf '3\n1\n2\n' | sort | sed 's/$/x/' | tr '\n' ' '; echo
--- out
b
1x 2x 3x 

=== all stages run at the same time
mkfifo p
echo a >p | cat p
--- out
a

=== a stage that ends early ends those that write to it
yes | head -n 1
i=0
while echo x; do i=$((i + 1)); done 2>/dev/null | head -n 1
--- out
y
x

=== standard error does not go into the pipe
{ echo out; echo err >&2; } | tr a-z A-Z
--- out
OUT
--- err
err

=== built-ins, functions and compound commands as stages
f() { while read x; do echo "f $x"; done; }
echo a | f
{ echo b; echo c; } | f | { read x; echo "$x"; cat; }
for i in 1 2; do echo $i; done | while read x; do echo "<$x>"; done
if true; then echo d; fi | (cat)
case x in x) echo e;; esac | cat
--- out
f a
f b
f c
<1>
<2>
d
e

=== exit in a stage ends the stage
echo a | { exit 3; }
echo $?
exit 4 | true
echo $?
--- out
3
0

=== a variable set in any stage is not set outside
x=1
x=2 | x=3 | x=4
echo $x
echo 5 | { read x; }
echo $x
--- out
1
1

=== what changes in a stage changes there only
mkdir d
cd d | cd d | cd d
ls -d d
umask 022
umask 077 | umask 077
umask
set -f | set -f
echo d*
--- out
d
0022
d

=== a stage whose command is not found
no_such_command 2>/dev/null | cat
echo $?
echo a | no_such_command 2>/dev/null
echo $?
--- out
0
127

=== ! in front of a pipeline with a compound command
! { false; } | false
echo $?
! for i in 1; do false; done
echo $?
--- out
0
0

=== ! and a reserved word
! if true; then false; fi; echo $?
! while false; do :; done; echo $?
! case a in a) false;; esac; echo $?
--- out
0
1
0

=== a pipe that is filled before anyone reads
x=$(printf '%070000d' 0)
echo "$x" | { sleep 0.1; wc -c; }
echo "$x" | tr 0 1 | { read y; [ ${#y} -eq 70000 ] && echo yes; }
--- out
70001
yes

=== the shell waits for all stages
{ sleep 0.1; echo a >f; } | true
cat f 2>/dev/null || { sleep 0.3; cat f; }
--- out
a

=== the last stage's status, though another one is killed
sh -c 'kill -TERM $$' | true
echo $?
--- err ignored
--- out
0

=== a pipeline within a pipeline
echo a | { echo b | cat; cat; } | cat
--- out
b
a

=== a line that ends in a | goes on
printf '2\n1\n' | # comment
	sort |

	head -n 1
--- out
1

=== pipefail: all stages well is 0, and ! turns it around
set -o pipefail
true | true; echo $?
! false | true; echo $?
! true | true; echo $?
--- differs dash: has no pipefail
--- out
0
0
1

=== pipefail may be turned off again
set -o pipefail
false | true; echo $?
set +o pipefail
false | true; echo $?
--- differs dash: has no pipefail
--- out
1
0

=== pipefail in a subshell, a function and a group
set -o pipefail
(false | true); echo $?
f() { (exit 5) | true; }
f; echo $?
{ (exit 6) | true; }; echo $?
x=$( (exit 7) | cat); echo $?
--- differs dash: has no pipefail
--- out
1
5
6
7

=== pipefail counts as it was when the pipeline began
set -o pipefail
false | set +o pipefail; echo $?
--- differs dash: has no pipefail
--- out
1

=== pipefail with set -e
set -e -o pipefail
false | true || echo a
! false | true
false | true
echo not reached
--- differs dash: has no pipefail
--- status 1
--- out
a

=== pipefail in the background
set -o pipefail
(exit 3) | true &
wait $!
echo $?
--- differs dash: has no pipefail
--- out
3

=== 300 pipelines one after the other
i=0
while [ $i -lt 300 ]; do echo $i | cat >/dev/null; i=$((i + 1)); done
echo $i
--- out
300

=== a substitution among the words of a program in a pipeline reads from the pipe
echo a | env printf '%s.\n' $(cat)
echo b | env printf '%s.\n' ${x-$(cat)} | cat
echo c | x=$(cat) env printf 'x.\n'
--- out
a.
b.
x.
