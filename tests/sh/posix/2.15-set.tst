# XCU 2.15 set (-e has a file of its own)

=== operands become the positional parameters
set a 'b c' d
echo $# "$2"
set -- x
echo $# $1
set -- -a -- b
echo $# "$*"
--- out
3 b c
1 x
3 -a -- b

=== set -- takes them away, set alone does not
set a b
set -- 
echo $#
set a b
set -u
echo $#
--- out
0
2

=== operands behind options
set -u -f a b
echo $# $1
case $- in *f*u*|*u*f*) echo fu;; esac
set +uf c
echo $# $1
--- out
2 a
fu
1 c

=== set - x is left to the shell, set -- - is not
set -- -
echo $# $1
set -- +a
echo $# $1
--- out
1 -
1 +a

=== a + ends an option
set -f
: >ab
echo a*
set +f
echo a*
--- out
a*
ab

=== set without operands tells all variables so that a shell can read it
a='x  y' b="it's" c='$z "`\' d='one
two' e=
set >f
unset a b c d e
grep -E '^[a-e]=' f >g
sed -n '/^d=/,/two/p' f >h
unset a b c d e
. ./f 2>/dev/null
printf '<%s>\n' "$a" "$b" "$c" "$d" "$e"
--- out
<x  y>
<it's>
<$z "`\>
<one
two>
<>
--- differs bash: its readonly ones end the script

=== set tells them in order
b_2=2 b_1=1 b_3=3
set | grep '^b_' | tr -d "'"
--- out
b_1=1
b_2=2
b_3=3

=== set -o tells the options
set -o | grep -q noglob && echo yes
set -o | grep -q errexit && echo yes
--- out
yes
yes

=== set +o tells them so that a shell can read it
set -f -u
set +o >f
set +f +u
. ./f
case $- in *f*) echo f;; esac
case $- in *u*) echo u;; esac
--- out
f
u

=== long names of options
for o in allexport errexit monitor noclobber noexec noglob notify nounset verbose xtrace ignoreeof nolog vi; do
	(set -o $o) 2>/dev/null || [ $o = noexec ] || echo "no $o"
	(set +o $o) 2>/dev/null || echo "no + $o"
done
echo end
--- out
end

=== short and long names mean the same
set -o noglob
case $- in *f*) echo f;; esac
set +f -u
(set +o nounset; echo "<$x>")
set +o nounset
case $- in *u*|*f*) echo no;; *) echo none;; esac
--- out
f
<>
none

=== set -a exports what is set
set -a
x=1
read y <in
for z in 3; do :; done
: ${w=4}
sh -c 'echo $x $y $z $w'
set +a
v=5
sh -c 'echo ${v-unset}'
--- file in
2
--- out
1 2 3 4
unset

=== set -C keeps > from overwriting
set -C
echo a >f
(echo b >f) 2>/dev/null || echo error
echo c >|f
cat f
--- out
error
c

=== set -f turns pathname expansion off
: >f1
set -f
echo f* [f]1
--- out
f* [f]1

=== set -n reads and does not run
set -n
echo no
--- out

=== set -n finds errors of syntax
echo a
set -n
if
--- status !0
--- out
a
--- err any

=== set -u makes an unset variable an error
set -u
(echo $x) 2>/dev/null || echo error
(echo ${x}) 2>/dev/null || echo error
(echo $((x + 1))) 2>/dev/null || echo arithmetic
x=
echo "<$x>"
--- out
error
error
arithmetic
<>
--- differs dash: lets an unset variable of arithmetic pass

=== set -v writes lines as they are read
set -v
echo a # comment
echo b
set +v
echo c
--- out
a
b
c
--- err
echo a # comment
echo b
set +v

=== set -x writes commands as they are run
set -x
x=1
echo $x 'a b'
set +x
echo c
--- out
1 a b
c
--- err
+ x=1
+ echo 1 'a b'
+ set +x
--- differs dash: does not quote

=== set -x in a function, a loop and a pipeline
f() { echo $1; }
set -x
f a
for i in 1 2; do echo $i; done
--- out
a
1
2
--- err
+ f a
+ echo a
+ echo 1
+ echo 2
--- differs bash: tells the words of for, too

=== set -x with redirections goes where standard error was
set -x
echo a 2>f
cat f
--- out
a
--- err
+ echo a
+ cat f

=== set -o pipefail
set -o pipefail
false | true
echo $?
set +o pipefail
false | true
echo $?
--- differs dash: has no pipefail
--- out
1
0

=== set -b, -h and -m can be set
set -b; case $- in *b*) echo b;; esac
set -h; case $- in *h*) echo h;; esac
set +b +h; case $- in *b*|*h*) echo no;; esac
--- out
b
h
--- differs dash: has no -h

=== an unknown option is an error
(set -Z; echo no) 2>/dev/null || echo error
(set -o no_such; echo no) 2>/dev/null || echo error
(set -fZ; echo no) 2>/dev/null || echo error
--- out
error
error
error
--- differs bash: goes on

=== set changes nothing but what it was told
x=1
set a
set -f
set +f
echo $x $1 $?
--- out
1 a 0

=== in a function set changes the function's parameters
f() { set -- x y; echo $#; }
f a
echo $#
--- args p
--- out
2
1

=== options set in a function last
f() { set -f; }
f
case $- in *f*) echo f;; esac
--- out
f

=== many parameters
i=0 l=
while [ $i -lt 500 ]; do l="$l $i"; i=$((i + 1)); done
set -- $l
echo $# ${500}
--- out
500 499

=== set -x shows command in front of a command
set -x
command true
command -p true
command -- cat /dev/null
command command echo a
--- out
a
--- err
+ command true
+ command -p true
+ command -- cat /dev/null
+ command command echo a
