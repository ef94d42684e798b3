# XCU 2.15 readonly

=== a readonly variable cannot be set
readonly x=1
(x=2; echo no) 2>/dev/null || echo error
(export x=2; echo no) 2>/dev/null || echo error
(readonly x=2; echo no) 2>/dev/null || echo error
(: ${x:=2} $((x = 2)); echo no) 2>/dev/null || echo error
(for x in 2; do :; done; echo no) 2>/dev/null || echo error
echo $x
--- out
error
error
error
error
error
1

=== it cannot be unset
readonly x=1
(unset x; echo no) 2>/dev/null || echo error
echo $x
--- out
error
1
--- differs bash: goes on

=== read, getopts and cd cannot set it
readonly x=1
echo 2 | (read x) 2>/dev/null || echo error
(getopts a x -a) 2>/dev/null || echo error
echo $x
--- out
error
error
1

=== a variable without a value may be readonly
readonly x
(x=1) 2>/dev/null || echo error
echo ${x-unset}
--- out
error
unset

=== several at once
readonly a b=2 c='x y'
(b=1) 2>/dev/null || echo error
(c=1) 2>/dev/null || echo error
(a=1) 2>/dev/null || echo error
echo "$c"
--- out
error
error
error
x y

=== readonly -p tells them so that a shell can read it
readonly a='x y' b="it's" c='$z "`' d
readonly -p | grep -E '^readonly (a|b|c|d)' >f
sh -c '. ./f; printf "<%s>\n" "$a" "$b" "$c" "${d-unset}"; a=1' 2>/dev/null
[ $? -ne 0 ] && echo readonly
--- out
<x y>
<it's>
<$z "`>
<unset>
readonly

=== a readonly variable may be exported
readonly x=1
export x
sh -c 'echo $x'
--- out
1

=== in commands it is an ordinary variable
readonly x=1
export x
sh -c 'x=2; echo $x'
--- out
2

=== in a subshell it is readonly too, and outside what is so inside is not
readonly x=1
(x=2) 2>/dev/null || echo error
(readonly y=1)
y=2
echo $y
--- out
error
2

=== a function of that name may be defined
readonly f=1
f() { echo function; }
f
--- out
function

=== what is no name is an error
(readonly 1a; echo no) 2>/dev/null || echo error
(readonly a-b=1; echo no) 2>/dev/null || echo error
--- out
error
error
--- differs bash: goes on

=== a tilde in its operands is expanded
readonly x=~/a:~/b
[ "$x" = "$HOME/a:$HOME/b" ] && echo yes
--- out
yes

=== an assignment in front of a command is refused too
readonly x=1
(x=2 true; echo no) 2>/dev/null || echo error
(x=2 sh -c 'echo no') 2>/dev/null || echo error
--- out
error
error
