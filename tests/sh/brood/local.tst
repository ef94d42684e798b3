# local

=== a local variable ends with its function
x=1
f() { local x; x=2; echo $x; }
f
echo $x
--- out
2
1

=== with a value
x=1
f() { local x=2 y=3; echo $x $y; }
f
echo $x ${y-unset}
--- out
2 3
1 unset

=== what is called sees it
f() { local x=2; g; }
g() { echo $x; x=3; }
x=1
f
echo $x
--- out
2
1

=== its value is not split
f() { local x=$1; echo "$x"; }
f 'a  b *'
--- out
a  b *

=== each call has its own
f() { local n=$1; [ $n -gt 0 ] && f $((n - 1)); echo $n; }
f 3
--- out
0
1
2
3

=== without a value it keeps the one of outside, or is unset
x=1
f() { local x y; echo ${x-unset} ${y-unset}; }
f
--- out
1 unset

=== the end by return, and by an error of a subshell
x=1
f() { local x=2; return 3; }
f
echo $? $x
(g() { local x=2; exit 4; }; g)
echo $? $x
--- out
3 1
4 1

=== local in a subshell of the function is the subshell's
f() {
	(local y=2; echo $y)
	x=$(local y=3; echo $y)
	y=4
	echo $x
}
y=1
f
echo $y
--- out
2
3
4

=== local - makes the options of set local
set -f
f() { local - x=1; set +f; local -; set -C; g; echo $- $x; }
g() { set -u; }
f
echo $-
h() { (local -; set -a; echo $-); echo $-; }
h
--- out
Cu 1
f
af
f
