# XCU 2.15 shift

=== shift takes the first parameter away
set -- a b c
shift
echo $# $1 $2
--- out
2 b c

=== shift n takes n away
set -- a b c d
shift 2
echo $# $1
shift 0
echo $# $1
shift 2
echo $# ${1-none}
--- out
2 c
2 c
0 none

=== more than there are is an error
set -- a
(shift 2; echo no) 2>/dev/null || echo error
echo $#
--- out
error
1
--- differs bash: goes on

=== without parameters too
(shift; echo no) 2>/dev/null || echo error
--- out
error
--- differs bash: goes on

=== the status of an error is not 0
set -- a
command shift 2 2>/dev/null
[ $? -ne 0 ] && echo $#
--- out
1

=== what is no number is an error
set -- a b
(shift x; echo no) 2>/dev/null || echo error
(shift -1; echo no) 2>/dev/null || echo error
--- out
error
error
--- differs bash: goes on

=== the number may come from an expansion
set -- a b c
n=2
shift $n
echo $1
shift $((1 + 0))
echo $#
--- out
c
0

=== in a function it is for the function's
f() { shift; echo $1; }
f a b
echo $1
--- args p q
--- out
b
p

=== a loop over all
set -- a 'b c' d
while [ $# -gt 0 ]; do echo "$1"; shift; done
--- out
a
b c
d

=== many
set -- $(i=0; while [ $i -lt 1000 ]; do echo $i; i=$((i + 1)); done)
n=0
while [ $# -gt 0 ]; do shift; n=$((n + 1)); done
echo $n
--- out
1000

=== set behind shift
set -- a b c
shift
set -- x "$@"
echo "$@"
--- out
x b c
