# XCU 2.15 eval

=== eval joins its operands with spaces and runs them
eval echo a 'b;' echo '"c  d"'
x='echo e'
eval $x f
eval "$x  g"
--- out
a b
c  d
e f
e g

=== the words are expanded twice
y=1 x='$y'
eval echo $x
eval echo \$x
eval echo \$x "$x" '$x'
n=2
eval x$n=val
eval echo \$x$n
--- out
1
$y
$y 1 $y
val

=== the status is that of the commands
eval false; echo $?
eval true; echo $?
eval '(exit 3)'; echo $?
eval 'true; false'; echo $?
--- out
1
0
3
1

=== without commands the status is 0
false; eval; echo $?
false; eval ''; echo $?
false; eval '' ' ' ''; echo $?
false; eval '
'; echo $?
false; eval '# comment'; echo $?
--- out
0
0
0
0
0

=== it runs in the shell itself
eval x=1
eval 'f() { echo f; }'
f
eval 'set -- a b'
echo $x $#
eval 'cd /'
pwd
--- out
f
1 2
/

=== several lines
eval 'echo a
echo b

if true
then echo c
fi'
--- out
a
b
c

=== a syntax error is told, and lines in front of it have run
(eval 'echo a
fi
echo b') 2>/dev/null
[ $? -ne 0 ] && echo error
--- out
a
error

=== within each other
eval eval 'eval echo a'
eval "eval 'echo b'"
--- out
a
b

=== return, break and exit reach through it
f() { eval return 3; echo no; }
f; echo $?
for x in 1 2; do eval break; done; echo $x
eval 'exit 4'
echo no
--- status 4
--- out
3
1

=== redirections and assignments in front
eval 'echo a; echo b' >f
cat f
x=1 eval 'echo $x'
echo $x
--- out
a
b
1
1

=== -- is taken as the end of the options
eval -- echo a
--- out
a
--- differs dash: takes it for a command

=== $? in it is that of the command before
false
eval echo '$?'
--- out
1

=== quotes, here-documents and substitutions in the text
eval 'x="a  b"; echo "$x"; cat <<end
$x
end
echo $(echo c)'
--- out
a  b
a  b
c

=== a long text
t=
i=0
while [ $i -lt 1000 ]; do t="$t
x=$i"; i=$((i + 1)); done
eval "$t"
echo $x
--- out
999
