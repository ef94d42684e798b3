# XCU ulimit

=== -f tells and sets the size of files
ulimit -f 100
ulimit -f
ulimit
--- out
100
100

=== soft and hard
ulimit -S -n 50
ulimit -S -n
ulimit -n
ulimit -H -n 100
ulimit -H -n
--- out
50
50
100

=== a subshell's limits are its own, and children have them
(ulimit -n 60; ulimit -n; sh -c 'ulimit -n')
[ "$(ulimit -n)" != 60 ] && echo same
--- out
60
60
same

=== the limits of the standard
for o in c d f n s t v; do
	ulimit -$o >/dev/null || echo "no $o"
done
ulimit -a >f && [ -s f ] && echo all
--- out
all

=== unlimited
ulimit -S -c 0
ulimit -c
(ulimit -S -c unlimited; ulimit -S -c) 2>/dev/null | grep -q -e unlimited -e 0 && echo yes
--- out
0
yes

=== a soft limit above the hard one is an error
ulimit -n 100
(ulimit -S -n 200) 2>/dev/null || echo error
--- out
error

=== what is no number is an error
ulimit -n x
[ $? -ne 0 ] && echo error
--- err any
--- out
error

=== a file may not grow beyond it
ulimit -f 1
(trap '' XFSZ; printf '%02000d' 0 >f) 2>/dev/null
echo "$(wc -c <f)"
--- out
512
