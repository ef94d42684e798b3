# What runs without a process of its own leaves nothing behind

=== a substitution of built-ins changes nothing
x=$(y=1; cd /; umask 0; set -f; f() { :; }; echo a)
echo "$x ${y-unset}"
umask
[ "$PWD" != / ] && echo here
case $- in *f*) echo no;; esac
command -v f || echo none
--- out
a unset
0022
here
none

=== a subshell of built-ins that fails in the middle changes nothing
readonly r=1
(x=1; cd /; r=2; echo no) 2>/dev/null
(x=1; cd /; : ${u?missing}; echo no) 2>/dev/null
echo ${x-unset}
[ "$PWD" != / ] && echo here
--- out
unset
here

=== loops and functions end in their subshell
for i in 1 2; do x=$(for j in a b; do echo $j; break 1; done); echo $x; done
f() { x=$(return 3; echo no); echo $?; }
f
--- out
a
a
3

=== exported, readonly and local variables
export e=1
f() { local l=2; (e=3; l=4; export n=5; readonly q=6); echo $e $l ${n-unset}; q=7; echo $q; }
f
--- out
1 2 unset
7

=== positional parameters, OPTIND and $?
set -- -a b
x=$(getopts a o; shift; echo $# $OPTIND)
echo "$x $# $OPTIND ${o-unset}"
(exit 3)
x=$(echo $?)
echo $x
--- out
1 2 2 1 unset
3

=== commands see what a subshell exported, and no longer behind it
(export x=1; sh -c 'echo $x')
sh -c 'echo ${x-unset}'
x=$(export y=2; sh -c 'echo $y'); echo $x
sh -c 'echo ${y-unset}'
--- out
1
unset
2
unset

=== traps in a subshell
trap 'echo usr1' USR1
(trap 'echo sub' EXIT; kill -USR1 $$; :)
:
--- out
sub
usr1

=== a directory that is gone
mkdir d
cd d
(cd /)
rmdir ../d
(cd / && pwd)
echo end
--- out
/
end

=== 20000 substitutions and subshells of built-ins
i=0
while [ $i -lt 20000 ]; do x=$(echo $i); (y=$x); i=$((i + 1)); done
echo $x ${y-unset}
--- out
19999 unset

=== a long here-document that fails leaves no descriptor behind
i=0
{
	echo 'cat <<END'
	while [ $i -lt 3000 ]; do echo 'some text $#'; i=$((i + 1)); done
	echo '${u?}'
	echo END
} >long
eval "f() {
$(cat long)
}"
ulimit -n 64
i=0
while [ $i -lt 100 ]; do (f) 2>/dev/null; i=$((i + 1)); done
cat <<END
$i
END
--- out
100

=== job control of a subshell stays in it, whatever spells it
x=-m
(set $x; case $- in *m*) echo in; esac)
(set -o "${y-monitor}"; case $- in *m*) echo in; esac)
(set a $x; case $- in *m*) echo no; esac)
: $(set ${z--am})
case $- in *m*) echo out; esac
pgid() {
	ps -o pgid= -p "$1" | tr -d ' '
}
sleep 1000 &
[ "$(pgid $$)" = "$(pgid $!)" ] || echo a group of its own
kill $!
--- out
in
in

=== 20000 substitutions and subshells of built-ins while a trap is set
trap 'echo term' TERM
trap 'exit 1' HUP INT PIPE
i=0
while [ $i -lt 20000 ]; do x=$(echo $i); (y=$x); i=$((i + 1)); done
echo $x ${y-unset}
--- out
19999 unset

=== whatever number a script asks for is its own: the shell moves away
echo one >data
i=10
while [ $i -lt 60 ]; do
	eval "exec $i<data"
	i=$((i + 1))
done
i=10
while [ $i -lt 60 ]; do
	eval "read x <&$i"
	[ "$x" = one ] || echo "$i: $x"
	i=$((i + 1))
done
echo end
--- out
end

=== so it does for a while, in files that are read, and with a standard stream that is kept
echo data >data
exec 40<data
. ./dotted 42<data
{ { echo kept; } 43<data; exec 44<data 45<data 46<data; } >file 47<data
read x <&44
echo "$x $(cat file)"
f() {
	read x <&40
	echo "in $x"
}
f 40<data
printf '%s\n' 1 2 3 | while read x; do exec 40<data 41<data 42<data; read y <&41; echo "$x $y"; done
echo end
--- file dotted
exec 41<data
read x <&41
echo "$x"
--- out
data
data kept
in data
1 data
2 data
3 data
end

=== a script runs with few descriptors
ulimit -n 20
(ulimit -n 8; exec $TESTEE few)
(ulimit -n 5; exec $TESTEE few)
--- file few
echo a
x=$(echo b)
echo $x
(echo c)
echo end
--- out
a
b
c
end
a
b
c
end
