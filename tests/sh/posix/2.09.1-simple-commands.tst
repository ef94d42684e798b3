# XCU 2.9.1 Simple Commands

=== assignments without a command are for the shell
x=1 y=2
echo $x $y
--- out
1 2

=== assignments are made from the left to the right
x=1 y=$x z=$y
x=2 w=$x x=3
echo $x $y $z $w
--- out
3 1 1 2

=== assignments in front of a program are for it alone
x=0
x=1 sh -c 'echo $x'
echo $x
y=2 sh -c 'echo $y'
echo ${y-unset}
--- out
1
0
2
unset

=== they do not change the words of the command
x=0
x=1 echo $x
--- out
0

=== in front of a built-in they do not last
x=0
x=1 true
y=1 echo a
x=2 read z </dev/null
echo $x ${y-unset}
--- out
a
0 unset

=== in front of a special built-in they last
x=0
x=1 :
y=2 eval 'echo $y'
z=3 export w=4
echo $x $y $z $w
--- out
2
1 2 3 4

=== with command in front they do not last
x=0
x=1 command :
y=1 command eval 'echo $y'
echo $x ${y-unset}
--- out
1
0 unset

=== in front of a function they are seen by it and what it runs
f() { echo $x; sh -c 'echo $x'; }
x=1 f
--- out
1
1

=== an assignment to an exported variable is seen by programs
export x=1
x=2
sh -c 'echo $x'
--- out
2

=== an assignment in front of a program is exported to it only
x=1 env | grep '^x='
env | grep '^x='
echo end
--- out
x=1
end

=== a variable of the environment for one command
PATH=/nowhere ls 2>/dev/null || echo none
ls >/dev/null && echo there
--- out
none
there

=== the words behind the name are arguments, whatever they look like
echo a=b x=1 c
echo ${x-unset}
--- out
a=b x=1 c
unset

=== an assignment behind a redirection is one
>f x=1
echo $x
--- out
1

=== an expansion may be the name
x=echo
$x a
$x$y b
"$x" c
x='echo d'
$x e
--- out
a
b
c
d e

=== an expansion that gives nothing in front of a name is skipped
x=
$x echo a
$(true) echo b
$x $y echo c
--- out
a
b
c

=== an assignment behind an expansion that gives nothing is an argument
e=
$e x=1 2>/dev/null || echo none
--- out
none

=== only words that begin with a name and an unquoted = are assignments
x\=1 2>/dev/null || echo none
'x=1' 2>/dev/null || echo none
e=x
$e=1 2>/dev/null || echo none
"x"=1 2>/dev/null || echo none
--- out
none
none
none
none

=== an assignment may be empty, and may have more than one =
x= y==a=b
echo "<$x> $y"
--- out
<> =a=b

=== the value of an assignment may have quotes and expansions
x='a  b'"  c"\ \ d$((1 + 1))$(echo '  e')
echo "$x"
--- out
a  b  c  d2  e

=== without a name the status is that of the last substitution
x=$(exit 3); echo $?
x=1; echo $?
$(exit 4); echo $?
x=$(exit 5) y=a; echo $?
>f; echo $?
--- out
3
0
4
5
0

=== without a name redirections do not last, assignments do
x=1 >f
echo $x
--- out
1

=== words are expanded before redirections and assignments
n=0
x=$((n += 1)) true $((n += 10))
[ $n -ge 10 ] && echo yes
--- out
yes

=== a special built-in comes first
mkdir bin
printf 'echo program\n' >bin/export
chmod +x bin/export
PATH=$PWD/bin:$PATH
export a=1
echo $a
--- out
1

=== a function comes before a built-in and a program
echo() { printf 'function %s\n' "$1"; }
true() { return 3; }
ls() { echo mine; }
echo a
true || echo b
ls
--- out
function a
function b
function mine

=== a name with a slash is a path, not a function or built-in
mkdir d
printf 'printf "program %%s\\n" $1\n' >d/echo
chmod +x d/echo
d/echo a
./d/echo b
$PWD/d/echo c
--- out
program a
program b
program c

=== a program is looked for in the folders of PATH, in order
mkdir a b
printf 'echo a\n' >a/cmd_here
printf 'echo b\n' >b/cmd_here
chmod +x a/* b/*
old=$PATH
PATH=$PWD/a:$PWD/b:$old
cmd_here
PATH=$PWD/b:$PWD/a:$old
cmd_here
rm b/cmd_here
cmd_here
--- out
a
b
a

=== an empty part of PATH is the current directory
printf 'echo here\n' >cmd_here
chmod +x cmd_here
old=$PATH
PATH=:$old; cmd_here
PATH=$old:; cmd_here
PATH=/nowhere::$old; cmd_here
--- out
here
here
here

=== a file that cannot be executed is passed over
mkdir a b
printf 'echo a\n' >a/cmd_here
printf 'echo b\n' >b/cmd_here
chmod +x b/cmd_here
PATH=$PWD/a:$PWD/b:$PATH
cmd_here
--- out
b

=== a directory of that name is passed over
mkdir -p a/cmd_here b
printf 'echo b\n' >b/cmd_here
chmod +x b/cmd_here
PATH=$PWD/a:$PWD/b:$PATH
cmd_here
--- out
b

=== a changed PATH makes the names be looked for anew
mkdir a b
printf 'echo a\n' >a/cmd_here
printf 'echo b\n' >b/cmd_here
chmod +x a/* b/*
old=$PATH
PATH=$PWD/a:$old
cmd_here; cmd_here
PATH=$PWD/b:$old
cmd_here
(PATH=$PWD/a:$old; cmd_here)
cmd_here
--- out
a
a
b
a
b

=== an executable file of no known format is run as a script
printf 'echo $0 $# $1\nx=1\n' >cmd
chmod +x cmd
x=0
./cmd a b
echo $x
--- out
./cmd 2 a
0

=== such a script does not see what is not exported
printf 'echo ${x-unset} ${y-unset}; f 2>/dev/null || echo none\n' >cmd
chmod +x cmd
x=1
export y=2
f() { echo function; }
./cmd
--- out
unset 2
none

=== such a script has its options and aliases from the beginning
printf 'case $- in *f*) echo f;; *) echo none;; esac\n' >cmd
chmod +x cmd
set -f
./cmd
--- out
none

=== #! names the program
printf '#!/bin/cat\ntext\n' >cmd
chmod +x cmd
./cmd
--- out
#!/bin/cat
text

=== arguments reach a program as they are
sh -c 'for x; do echo "<$x>"; done' - 'a  b' '' "c
d" '*' \\
--- out
<a  b>
<>
<c
d>
<*>
<\>

=== a very long argument
x=$(printf '%0100000d' 0)
sh -c 'echo ${#1}' - "$x"
--- out
100000

=== too many arguments are an error
x=$(printf '%0120000d' 0)
set -- "$x" "$x" "$x" "$x" "$x"
set -- "$@" "$@" "$@" "$@" "$@" "$@"
/bin/true "$@" "$@" "$@" "$@"
[ $? -ge 126 ] && echo error
--- out
error
--- err any

=== a declaration's arguments are expanded as assignments
x='a  b *'
export y=$x
readonly z=$x
command export w=$x
echo "$y|$z|$w"
--- out
a  b *|a  b *|a  b *

=== other commands' arguments are not
x='a b'
set -- y=$x
echo $#
--- out
2

=== a built-in's standard streams are the command's
printf 'a\n' | read x
echo b | { read x; echo $x; }
echo c >f; read y <f; echo $y
--- out
b
c

=== the status of a program is that of the command
sh -c 'exit 0'; echo $?
sh -c 'exit 1'; echo $?
sh -c 'exit 200'; echo $?
--- out
0
1
200

=== _ may be a variable's name in front of a command
_x=1 sh -c 'echo $_x'
--- out
1

=== an assignment to PATH on the same line is used for the search
mkdir a
printf 'echo found\n' >a/cmd_here
chmod +x a/cmd_here
PATH=$PWD/a:$PATH cmd_here
cmd_here 2>/dev/null || echo none
--- out
found
none
--- needs no-valgrind
