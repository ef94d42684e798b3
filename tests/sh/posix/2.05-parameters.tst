# XCU 2.5 Parameters and Variables

=== a parameter whose value is empty is set
x=
echo "${x-unset}" "${y-unset}"
--- out
 unset

=== a name holds letters, digits and underscores and begins with no digit
_a1=1 A_b=2 a=3 _=
echo $_a1 $A_b ${a}b
--- out
1 2 3b

=== names of upper and lower case differ
a=1 A=2
echo $a $A
--- out
1 2

=== the longest name is taken
a=1 ab=2
echo $ab ${a}b $a.b $a-b "$a"b
--- out
2 1b 1.b 1-b 1b

=== a word that looks like an assignment with a bad name is a command
1a=x 2>/dev/null || echo none
a-b=x 2>/dev/null || echo none
--- out
none
none

=== an assignment's value is not split
x='a  b'
y=$x
echo "$y"
z=$(echo 'c  d')$x
echo "$z"
--- out
a  b
c  da  b

=== an assignment's value matches no files
: >f1
x=f* y=?1
echo "$x $y"
--- out
f* ?1

=== positional parameters are numbers from 1
set -- a b c
echo $1 $2 $3 "${1}${2}${4-unset}"
--- out
a b c abunset

=== above 9 braces are needed
set -- a b c d e f g h i j k
echo $10 ${10} ${11}
--- out
a0 j k

=== a positional parameter's number is decimal, with zeros in front too
set -- a b c d e f g h i j
echo ${01} ${010} ${0002}
--- out
a j b

=== operands of the shell are its first positional parameters
echo $# "$1" "$2"
--- args 'a b' c
--- out
2 a b c

=== the operands of -c begin with $0
echo $0 $# $1 $2
--- via c
--- args name a b
--- out
name 2 a b

=== the operands of -s are the positional parameters
echo $# $1 $2
--- via stdin
--- args a b
--- out
2 a b

=== "$@" is a field for each parameter
set -- 'a b' '' c
for x in "$@"; do echo "<$x>"; done
for x; do echo "<$x>"; done
--- out
<a b>
<>
<c>
<a b>
<>
<c>

=== $@ is split further, empty ones go
set -- 'a b' '' c
for x in $@; do echo "<$x>"; done
--- out
<a>
<b>
<c>

=== $* unquoted is like $@ unquoted
set -- 'a b' '' c
for x in $*; do echo "<$x>"; done
--- out
<a>
<b>
<c>

=== "$@" without parameters is no field
set --
f() { echo $#; }
f "$@"
f $@
f $*
f "$*"
f "$@" "$@"
--- out
0
0
0
1
0

=== text beside "$@" joins the first and the last field
set -- 1 2 3
for x in "a$@b"; do echo "<$x>"; done
set -- 1
for x in "a$@b"; do echo "<$x>"; done
set --
for x in "a$@b"; do echo "<$x>"; done
--- out
<a1>
<2>
<3b>
<a1b>
<ab>

=== "$@$@" joins the last and the first
set -- 1 2
for x in "$@$@"; do echo "<$x>"; done
for x in "$@""$@"; do echo "<$x>"; done
--- out
<1>
<21>
<2>
<1>
<21>
<2>

=== an empty first or last field of "$@" stays
set -- '' a ''
for x in "$@"; do echo "<$x>"; done
--- out
<>
<a>
<>

=== "$*" joins by the first character of IFS
set -- a b c
echo "$*"
IFS=:-
echo "$*"
IFS=-:
echo "$*"
IFS=' '
echo "$*"
--- out
a b c
a:b:c
a-b-c
a b c

=== "$*" joins by nothing if IFS is empty, by a space if it is unset
set -- a b c
IFS=
echo "$*"
unset IFS
echo "$*"
--- out
abc
a b c

=== with an empty IFS $* and $@ are a field for each
set -- 'a b' c ''
IFS=
for x in $*; do echo "<$x>"; done
for x in $@; do echo "<$x>"; done
--- out
<a b>
<c>
<a b>
<c>

=== $* in an assignment joins like "$*"
set -- a b
IFS=:
x=$*
IFS=' '
echo "$x"
set -- 'a  b' c
x="$*"
echo "$x"
--- out
a:b
a  b c

=== $* in the word of a case joins
set -- a b
case $* in 'a b') echo yes;; esac
case "$*" in 'a b') echo yes;; esac
--- out
yes
yes

=== $# counts the positional parameters
echo $#
set -- a 'b c' ''
echo $# ${#}
shift
echo $#
--- out
0
3 3
2

=== $? is the status of the last pipeline
true; echo $?
false; echo $?
(exit 7); echo $?
sh -c 'exit 9' | sh -c 'exit 8'; echo $?
! true; echo $?
--- out
0
1
7
8
1

=== $? is 0 at the beginning
echo $?
--- out
0

=== $? in a subshell begins with that of its parent
(exit 3)
(echo $?)
(exit 4)
echo $(echo $?)
--- out
3
4

=== an assignment sets $? to 0
false
x=1
echo $?
--- out
0

=== $- holds the letters of the options that are set
set -f
case $- in *f*) echo f;; esac
set +f -u
case $- in *f*) echo still f;; esac
case $- in *u*) echo u;; esac
--- out
f
u

=== $- of a script has no i
case $- in *i*) echo interactive;; *) echo no;; esac
--- out
no

=== $$ is the same in a subshell
a=$$
b=$(echo $$)
c=$( (echo $$) )
[ $a = $b ] && [ $a = $c ] && echo same
(echo $$) | { read d; [ $a = $d ] && echo same; }
--- out
same
same

=== $$ is the number of the shell's process
[ "$(sh -c 'echo $PPID')" = $$ ] && echo yes
--- out
yes

=== $! is the last process put in the background
sleep 0 &
a=$!
[ -n "$a" ] && wait $a && echo $?
kill -0 $$ && true &
[ $! != $a ] && echo other
wait
--- out
0
other

=== $! is unset or empty while nothing ran in the background
echo "<$!>"
--- out
<>

=== $! is kept in a subshell
true &
a=$!
[ "$(echo $!)" = $a ] && echo same
wait
--- out
same

=== $0 is the name of the script
echo $0
f() { echo $0; }
f
(echo $0)
echo $(echo $0)
--- out
script
script
script
script

=== special parameters in braces
set -- a b
echo ${#} ${*} ${@} "${*}" ${?} ${0}
--- out
2 a b a b a b 0 script

=== positional and special parameters cannot be assigned
1=x 2>/dev/null || echo none
?=x 2>/dev/null || echo none
--- out
none
none

=== variables come from the environment
echo $ABC
--- env ABC=a value
--- out
a value

=== what came from the environment goes on to commands, changed too
ABC=other
sh -c 'echo $ABC'
--- env ABC=value
--- out
other

=== other variables do not go to commands
x=1
sh -c 'echo ${x-unset}'
export x
sh -c 'echo ${x-unset}'
--- out
unset
1

=== IFS is not taken from the environment
x='a b:c'
set -- $x
echo $#
--- env IFS=:
--- out
2

=== IFS begins with space, tab and newline
printf '%s' "$IFS" | od -An -c
--- out
      \t  \n

=== HOME may be assigned
HOME=/abc
echo ~ $HOME
--- out
/abc /abc

=== LINENO is the line of the command
echo $LINENO
echo $LINENO

echo $LINENO; echo "$LINENO"
if true; then
	echo $LINENO
fi
--- out
1
2
4
4
6
--- differs dash: has no LINENO

=== LINENO in a command substitution is that of its line
x=$(echo $LINENO)
echo $x


echo $(echo $LINENO)
--- out
1
5
--- differs dash: has no LINENO

=== LINENO in arithmetic
echo $((LINENO + 1))
echo $((LINENO))
--- out
2
2
--- differs dash: has no LINENO

=== LINENO can be assigned or unset
unset LINENO
echo ${LINENO-unset}
--- out
unset

=== LINENO that was unset in a subshell is as it was outside
(unset LINENO; echo ${LINENO-unset})
x=$(unset LINENO; echo ${LINENO-unset}; :)
echo $x $LINENO
--- out
unset
unset 3
--- differs dash: has no LINENO

=== PATH is where commands are found
mkdir bin
printf 'echo mine\n' >bin/mine
chmod +x bin/mine
PATH=$PWD/bin:$PATH
mine
--- out
mine

=== PPID is the parent's number, in subshells too
a=$PPID
[ "$a" -gt 0 ] && [ "$(echo $PPID)" = $a ] && (  [ $PPID = $a ] ) && echo same
sh -c 'echo $PPID' >f
read b <f
[ $b = $$ ] && echo shell
--- out
same
shell

=== PWD is the current directory
mkdir d
[ "$(cd d && echo $PWD)" = "$PWD/d" ] && echo yes
cd d
[ "$PWD" = "$OLDPWD/d" ] && echo yes
--- out
yes
yes

=== a PWD in the environment that is wrong is set right
[ "$PWD" = "$(pwd -P)" ] && echo yes
--- env PWD=/nowhere/at/all
--- out
yes

=== a PWD with . or .. in it is set right
case $PWD in */./*|*/../*|*/.|*/..) echo wrong;; *) echo right;; esac
--- env PWD=/tmp/../tmp/.
--- out
right

=== PS4 is in front of the lines of a trace
set -x
echo a
PS4='> '
echo b
--- out
a
b
--- err
+ echo a
+ PS4='> '
> echo b
--- differs dash: does not quote

=== PS4 begins with a plus sign and a space
echo "<$PS4>"
--- out
<+ >

=== PS4 is expanded
x=1
PS4='$x: '
set -x
echo a
--- out
a
--- err
1: echo a

=== PS2 begins with > and a space
printf '<%s>\n' "$PS2"
--- options -i
--- err ignored
--- out
<> >

=== OPTIND is 1 at the beginning
echo $OPTIND
--- out
1

=== an environment name that is no variable's is passed on
env 'a.b=1' SHELL_UNDER_TEST=1 true && echo yes
--- out
yes

=== readonly variables keep their value
readonly x=1
(x=2) 2>/dev/null
[ $? -ne 0 ] && echo "$x"
--- out
1

=== ENV is not read by a shell that is not interactive
echo script
--- env ENV=./env
--- file env
echo env
--- out
script

=== ENV is expanded and read by an interactive shell
echo script
--- options -i
--- env ENV=$HOME/env
--- err ignored
--- file env
echo env
--- out
env
script
