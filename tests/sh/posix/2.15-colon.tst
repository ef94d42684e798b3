# XCU 2.15 colon

=== : does nothing, and its status is 0
false
:
echo $?
: a b c
echo $?
--- out
0
0

=== its words are expanded
: ${x=1} $((y = 2)) $(echo ran >f)
echo $x $y
cat f
--- out
1 2
ran

=== its redirections are made
: >f
: 2>g </dev/null
ls f g
--- out
f
g

=== assignments in front of it last
x=1 :
echo $x
--- out
1

=== options and -- are nothing to it
: -x -- --help
echo $?
--- out
0

=== as a condition and a body
while :; do :; break; done
if :; then echo a; fi
: && echo b
--- out
a
b
