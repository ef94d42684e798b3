# XCU 2.15 unset

=== unset takes variables away
x=1 y=2
unset x y
echo ${x-unset} ${y-unset}
--- out
unset unset

=== one that is not set is no error
unset no_such_variable
echo $?
--- out
0

=== -v is for variables, -f for functions
f=1
f() { echo function; }
unset -v f
echo ${f-unset}
f
f=2
unset -f f
echo $f
f 2>/dev/null || echo none
--- out
unset
function
2
none

=== a function that is not there is no error
unset -f no_such_function
echo $?
--- out
0

=== a variable that is unset is not exported any more
export x=1
unset x
x=2
sh -c 'echo ${x-unset}'
--- out
unset

=== a readonly variable stays
readonly x=1
(unset x; echo no) 2>/dev/null || echo error
(unset -v x; echo no) 2>/dev/null || echo error
echo $x
--- out
error
error
1
--- differs bash: goes on

=== IFS that is unset splits as at the beginning
x='a b:c'
IFS=:
unset IFS
set -- $x
echo $#
--- out
2

=== PATH that is unset finds no programs of one's own
mkdir bin
printf 'echo found\n' >bin/cmd_here
chmod +x bin/cmd_here
PATH=$PWD/bin:$PATH
cmd_here
(unset PATH; cmd_here) 2>/dev/null
[ $? -eq 127 ] && echo none
--- out
found
none

=== variables that the shell has set
unset PS1 PS2 PS4 CDPATH
echo ${PS2-unset} ${PS4-unset}
--- out
unset unset

=== in a subshell it is gone only there
x=1
(unset x; echo ${x-unset})
echo $x
--- out
unset
1

=== several, with names from expansions
a=1 b=2 c=3
n='a b'
unset $n
echo ${a-u} ${b-u} ${c-u}
--- out
u u 3

=== what is no name is an error
(unset 1a; echo no) 2>/dev/null || echo error
(unset a-b; echo no) 2>/dev/null || echo error
--- out
error
error
--- differs bash: goes on

=== a function that is running
f() { unset -f f; echo still; g; }
g() { unset -f g; echo still; }
f
f 2>/dev/null || echo none
--- out
still
still
none

=== an array of many
i=0
while [ $i -lt 500 ]; do eval "v$i=$i"; i=$((i + 1)); done
i=0
while [ $i -lt 500 ]; do unset v$i; i=$((i + 1)); done
set | grep -c '^v[0-9]' 
--- status 1
--- out
0
