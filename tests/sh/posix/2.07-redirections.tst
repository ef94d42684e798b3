# XCU 2.7 Redirection

=== > makes a file, and empties one that is there
echo a >f
cat f
echo b >f
cat f
: >f
wc -c <f
--- out
a
b
0

=== < reads a file
echo a >f
cat <f
read x <f
echo $x
--- out
a
a

=== >> writes behind the end
echo a >>f
echo b >>f
cat f
--- out
a
b

=== without a number < is 0 and > is 1
echo a 1>f
cat 0<f
--- out
a

=== any number from 0 to 9 may be redirected
echo a 3>f >&3
cat f
{ echo b >&9; } 9>g
cat g
exec 5<g
read x <&5
echo $x
exec 5<&-
--- out
a
b
b

=== <> opens to read and to write and empties nothing
printf 'abcd\n' >f
echo X 1<>f
cat f
read x <>f
echo $x
echo n 1<>new
cat new
--- out
X
cd
X
n

=== without a number <> is standard input
echo a >f
cat <>f
--- out
a

=== 2> takes standard error
sh -c 'echo err >&2; echo out' 2>f
cat f
--- out
out
err

=== n>&m makes n a copy of m
{ echo out; echo err >&2; } >f 2>&1
cat f
{ echo a >&2; } 2>&1 | cat
--- out
out
err
a

=== redirections are made from the left to the right
{ echo out; echo err >&2; } 2>&1 >f
cat f
--- out
err
out

=== the same descriptor may be redirected more than once
echo a >f >g
wc -c <f
cat g
--- out
0
a

=== n>&- and n<&- close
echo a 3>&1 1>&- >&3
{ echo b >&3; } 3>&- 2>/dev/null || echo closed
{ cat <&4; } 4<&- 2>/dev/null || echo closed
--- out
a
closed
closed

=== a copy of a closed descriptor is an error
echo a >&7
echo $?
--- out
1
--- err any
--- differs dash: gives 2

=== what behind >& is neither digits nor - is an error
x=abc
(echo a >&$x) 2>/dev/null
[ $? -ne 0 ] && echo error
--- out
error
--- differs bash: takes it for a file

=== the number behind >& may come from an expansion
x=2
echo a >&$x 2>f 2>&1
{ echo b >&$x; } 2>f
cat f
exec 4>&1
y=4
echo c >&"$y" >&$((2 + 2)) >&$(echo 4)
--- out
b
c
--- err
a

=== a standard stream is duplicated whichever way it is open, as scripts of autoconf ask for it
if (exec 3>&0) 2>f; then cat; else echo closed; fi
cat 4>&0 <&4
{ sh -c : 5>&0; : 5>&0; } || echo no
sh -c 'echo b' <&1 <&2 || echo no
--- in
a
--- out
a
b

=== another number that is open the wrong way is an error
cat 3>/dev/null <&3 || echo $?
echo a 3</dev/null >&3 || echo $?
--- out
1
1
--- err any

=== closing may come from an expansion
x=-
{ echo a >&3; } 3>&$x 2>/dev/null || echo closed
--- out
closed

=== redirections may stand anywhere in a command
>f echo a b
cat f
echo >f c d
cat f
echo e >f f
cat f
x=1 >f env | grep '^x=1'
>f y=2
echo $y
--- out
a b
c d
e f
2

=== redirections alone make the file
>f
>g 2>h <f
ls
--- out
f
g
h
script

=== redirections alone do not last
>f
echo a
--- out
a

=== a redirection of a built-in does not last
echo a >f
echo b
true >g 2>&1
echo c >&2
read x <f
read y
echo $x $y
--- in
stdin
--- out
b
a stdin
--- err
c

=== blanks between the operator and the word are free
echo a>f
echo b	>	g
cat<f < g
--- out
b

=== the word is expanded, and its quotes go
x=name
echo a >$x
echo b >"$x 2"
echo c >'$x'
echo d >~/e
echo e >$(echo f)$((1 + 1))
cat name 'name 2' '$x' e f2
--- out
a
b
c
d
e

=== the word matches no files
: >abc
echo x >ab*
ls
--- out
ab*
abc
script

=== the word is not split
x='a b'
echo t >$x
ls
--- out
a b
script

=== an empty word is an error
x=
echo a >$x
[ $? -ne 0 ] && echo error
--- out
error
--- err any

=== a file that cannot be opened is an error, and the command does not run
echo a </no/such/file
[ $? -gt 0 ] && [ $? -lt 126 ] && echo error
echo a >/no/such/file
[ $? -gt 0 ] && [ $? -lt 126 ] && echo error
{ echo ran; } </no/such/file
echo ran
--- out
error
error
ran
--- err any

=== a file to read must be there, one to write need not
(cat <none) 2>/dev/null || echo none
(cat <>new) && ls new
--- out
none
new

=== a directory cannot be written to
mkdir d
(echo a >d) 2>/dev/null || echo error
--- out
error

=== those behind one that fails are not made
echo a </no/such >f
ls f 2>/dev/null || echo none
--- out
none
--- err any

=== those in front of one that fails are made
echo a >f </no/such
ls f
--- out
f
--- err any

=== set -C: > does not overwrite a file
set -C
echo a >f
echo b >f
[ $? -ne 0 ] && cat f
--- out
a
--- err any

=== set -C: >| overwrites
set -C
echo a >f
echo b >|f
cat f
--- out
b

=== >| without set -C is like >
echo a >|f
echo b >|f
cat f
--- out
b

=== set -C: >> and <> are as ever
set -C
echo a >f
echo b >>f
echo X 1<>f
cat f
--- out
X
b

=== set -C: what is no regular file may be written to
set -C
echo a >/dev/null && echo yes
mkfifo p
cat p & 
echo b >p
wait
--- out
yes
b

=== set -C: not through a link to a file either
set -C
echo a >f
ln -s f l
(echo b >l) 2>/dev/null || cat f
--- out
a

=== a compound command's redirection is for all its commands
{ echo a; echo b; } >f
cat f
(echo c; echo d) >f
cat f
if true; then echo e; fi >f
cat f
for x in 1 2; do echo $x; done >f
cat f
while read x; do echo "<$x>"; done <f
case a in a) echo g;; esac >f
cat f
until true; do :; done <f
--- out
a
b
c
d
e
1
2
<1>
<2>
g

=== within a redirected one others are redirected
{ echo a; echo b >g; echo c; } >f
cat f
cat g
--- out
a
c
b

=== several redirections of a compound command
{ echo out; echo err >&2; } >f 2>g
cat f g
{ cat; echo err >&2; } <f >h 2>&1
cat h
--- out
out
err
out
err

=== a failed redirection of a compound command: it is not run
if true; then echo no; fi </no/such
echo $?
for x in 1; do echo no; done </no/such
echo $?
(echo no) </no/such
echo $?
--- out
1
1
1
--- err any
--- differs dash: gives 2

=== exec's redirections last
exec 3>f
echo a >&3
echo b >&3
exec 3>&-
cat f
exec <f
read x
echo $x
exec >g
echo c
exec >&2
cat g
--- out
a
b
a
--- err
c

=== descriptors that commands get are those of the script and no more
exec 3>f
sh -c 'echo a >&3'
exec 3>&-
{ sh -c 'echo b >&3'; } 2>/dev/null || echo closed
cat f
--- out
closed
a

=== a command gets a descriptor that its own redirection opens
sh -c 'echo a >&4' 4>f
cat f
--- out
a

=== the descriptors of the shell itself are not seen
exec 9>&1
ls /proc/self/fd | wc -l
--- out
5
--- needs no-valgrind

=== a function's redirection at its call
f() { echo a; echo b >&2; }
f >x 2>y
cat x y
f 2>&1 | sort
--- out
a
b
a
b

=== a pipeline's redirections come behind the pipe
echo a | cat >f
cat f
echo b >f | cat
cat f
{ echo c >&2; } 2>&1 | cat
--- out
a
b
c

=== reading from two files at once
printf '1\n2\n' >a
printf 'x\ny\n' >b
while read p <&3 && read q <&4; do echo $p$q; done 3<a 4<b
--- out
1x
2y

=== a redirection in a loop of one command
i=0
while [ $i -lt 3 ]; do
	echo $i
	i=$((i + 1))
done >f
cat f
--- out
0
1
2

=== swapping standard output and standard error
f() { echo out; echo err >&2; }
f 3>&1 1>&2 2>&3 3>&-
--- out
err
--- err
out

=== a redirection to a fifo waits for its other end
mkfifo p
cat <p &
echo a >p
wait
--- out
a

=== a number and an operator in a word of their own are no redirection
echo a 2'>'f "3<" \>
--- out
a 2>f 3< >

=== a built-in's redirection of its own output is closed again
i=0
while [ $i -lt 300 ]; do echo a >f; i=$((i + 1)); done
cat f
--- out
a

=== closing standard output makes a built-in fail
echo a >&-
[ $? -ne 0 ] && echo failed
--- out
failed
--- err any

=== a full device makes a built-in fail
echo a >/dev/full
[ $? -ne 0 ] && echo failed
--- out
failed
--- err any

=== a redirection without a word is a syntax error
echo a >
echo b
--- status !0
--- err any

=== an operator behind > is a syntax error
echo a > ; echo b
--- status !0
--- err any

=== in front of a compound command there is no redirection
>f { echo a; }
--- status !0
--- err any

=== a number that was closed before a compound command is closed again behind it
{ :; } 3>f 4>g
f() { :; }
f 5>h
for fd in 3 4 5; do
	{ true >&$fd; } 2>/dev/null && echo $fd is open
done
echo end
--- out
end

=== a number that is open the wrong way cannot be duplicated, for whatever it is
sh -c 'echo in' 3>/dev/null <&3 || echo $?
true 3</dev/null >&3 || echo $?
{ echo in; } 3</dev/null 4>&3 || echo $?
--- err any
--- out
1
1
1
--- differs dash: does not look how it is open
--- differs bash: does not look how it is open
