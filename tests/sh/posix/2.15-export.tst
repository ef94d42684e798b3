# XCU 2.15 export

=== what is exported is in the environment of commands
x=1
export x
sh -c 'echo $x'
export y=2
sh -c 'echo $y'
x=3
sh -c 'echo $x'
--- out
1
2
3

=== several names at once
a=1
export a b=2 c='3 3'
sh -c 'echo "$a,$b,$c"'
--- out
1,2,3 3

=== a name that has no value is exported when it gets one
export x
sh -c 'echo ${x-unset}'
x=1
sh -c 'echo ${x-unset}'
--- out
unset
1

=== an empty value is exported
export x=
sh -c 'echo ${x-unset}.'
--- out
.

=== export -p tells them so that a shell can read it
a='x y' b="it's" c='$z `w` "v" \' d='one
two' e=
export a b c d e
export -p >f
unset a b c d e
. ./f
printf '<%s>\n' "$a" "$b" "$c" "$d" "$e"
sh -c 'printf "<%s>\n" "$a"'
--- out
<x y>
<it's>
<$z `w` "v" \>
<one
two>
<>
<x y>

=== export -p has a line for each of them
x=1
export x
export y
export -p | grep '^export [xyz]\b' | tr -d "'\""
z=3
export -p | grep '^export z' || echo none
--- out
export x=1
export y
none

=== what came from the environment is exported
export -p | grep '^export ABC=' | tr -d "'\""
unset ABC
export -p | grep '^export ABC' || echo none
--- env ABC=1
--- out
export ABC=1
none

=== a variable that is unset and set again is not exported
export x=1
unset x
x=2
sh -c 'echo ${x-unset}'
--- out
unset

=== export keeps the value
x=1
export x
echo $x
--- out
1

=== what is no name is an error
(export 1a=b; echo no) 2>/dev/null || echo error
(export a-b; echo no) 2>/dev/null || echo error
(export =x; echo no) 2>/dev/null || echo error
--- out
error
error
error
--- differs bash: goes on

=== a readonly variable can be exported, but not set
readonly r=1
export r
sh -c 'echo $r'
(export r=2; echo no) 2>/dev/null || echo error
--- out
1
error

=== in a function and in a subshell
f() { export x=1; }
f
sh -c 'echo $x'
(export y=2; sh -c 'echo $y')
sh -c 'echo ${y-unset}'
--- out
1
2
unset

=== assignments to the operands are expanded without splitting
x='a  b' 
export y=$x z=~/q
echo "$y"
[ "$z" = "$HOME/q" ] && echo home
--- out
a  b
home

=== the name may come from an expansion
n=var
export $n=1
sh -c 'echo $var'
export "${n}2=a b"
echo "$var2"
--- out
1
a b

=== -- ends the options
export -- x=1
sh -c 'echo $x'
--- out
1

=== the status is 0
false
export x
echo $?
export y=$(exit 3)
echo $?
--- out
0
0
