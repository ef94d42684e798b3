# XCU 2.15 times

=== two lines of two times each
times | sed 's/[0-9][0-9]*m[0-9][0-9]*[.][0-9][0-9]*s/T/g'
--- out
T T
T T

=== the status is 0
false
times >/dev/null
echo $?
--- out
0

=== the first line is the shell's own
i=0
while [ $i -lt 100000 ]; do i=$((i + 1)); done
times >f
read own rest <f
case $own in 0m0.0*s) [ "${own#0m0.0[1-9]}" != "$own" ] && echo more || echo none;; *) echo more;; esac
--- out
more

=== the second line is its children's
sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done'
times >f
{ read a; read own rest; } <f
case $own in 0m0.00*s) echo none;; *) echo more;; esac
--- out
more
