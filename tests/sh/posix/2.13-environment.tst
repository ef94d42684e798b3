# XCU 2.13 Shell Execution Environment

=== a command gets open files, directory, mask, variables and signals
exec 5>f
umask 027
export x=1
y=2
trap '' USR1
trap : USR2
mkdir d
cd d
sh -c 'echo a >&5; umask; echo $x ${y-unset}; basename "$PWD"; kill -USR1 $$; echo alive; kill -USR2 $$; echo no'
cat ../f
--- err ignored
--- out
0027
1 unset
d
alive
a

=== a command changes nothing in the shell
sh -c 'cd /; umask 0; x=1; export x; trap "" TERM; set -f; exec 5>/dev/null'
umask
echo ${x-unset}
[ "$PWD" != / ] && echo same
case $- in *f*) echo f;; esac
--- out
0022
unset
same

=== a subshell is a copy
x=1
f() { echo f$x; }
alias a='echo alias'
set -f
mkdir d
cd d
umask 077
exec 4>out
(
	echo $x
	f
	eval a
	echo *
	umask
	basename "$PWD"
	echo text >&4
)
cat out
--- out
1
f1
alias
*
0077
d
text

=== what a subshell changes is its own: each kind
x=1
f() { echo f; }
alias a='echo old'
exec 4>out
(
	x=2
	f() { echo other; }
	alias a='echo new'
	cd /
	umask 0
	set -u
	exec 4>/dev/null
	trap 'echo t' USR1
	export y=1
	readonly x
	set -- 1 2 3
	echo in >&4
)
f
eval a
x=3
echo $x ${y-unset} $#
umask
[ "$PWD" = / ] || echo here
trap
echo out >&4
cat out
echo $z
--- out
f
old
3 unset 0
0022
here
out


=== the same for a command substitution, a pipeline and a background list
x=1
y=$(x=2; cd /; set -f; umask 0; echo a)
echo b | { x=3; cd /; set -f; umask 0; cat; }
{ x=4; cd /; set -f; umask 0; } &
wait
echo $x $y
umask
[ "$PWD" = / ] || echo here
case $- in *f*) echo f;; esac
--- out
b
1 a
0022
here

=== traps are reset in a subshell, ignored signals are not
trap 'echo exit' EXIT
trap 'echo usr1' USR1
trap '' USR2
(trap 'echo x' TERM; kill -USR2 $(sh -c 'echo $PPID'); echo alive)
(true)
x=$(true)
echo "<$x>"
--- out
alive
<>
exit

=== a group, a function and eval run in the shell itself
{ x=1; }
f() { y=2; }
f
eval z=3
. ./file
echo $x $y $z $w
--- file file
w=4
--- out
1 2 3 4

=== redirections of a compound command end with it
{ echo a; exec 3>&1; } >f
{ echo b >&3; } 2>/dev/null
cat f
echo c
--- out
a
b
c

=== exec within a redirected group lasts there only for other descriptors
{ exec >g; echo a; } >f
echo b
cat g
--- out
b
a

=== a subshell's exit leaves the shell's files
exec 3<f
(read x <&3; echo $x)
read x <&3
echo $x
--- file f
one
two
--- out
one
two

=== the environment of a command is what is exported
env -i A=1 "$(command -v sh)" -c 'export B=2; C=3; D=4 env' | grep '^[ABCD]=' | sort
--- out
A=1
B=2
D=4

=== a variable that was unset does not go to commands
unset ABC
env | grep '^ABC=' || echo gone
--- env ABC=1
--- out
gone

=== values with newlines and any bytes go to commands
x='a
b	c '
export x
sh -c 'printf "%s\n" "$x"'
--- out
a
b	c 

=== a large environment
i=0
while [ $i -lt 500 ]; do export "v$i=value of variable number $i"; i=$((i + 1)); done
env | grep -c '^v[0-9]*=value'
--- out
500

=== the number of the shell's process in a subshell
[ "$$" = "$(echo $$)" ] && ( [ "$(sh -c 'echo $PPID')" ] ) && echo yes
--- out
yes

=== 500 subshells
i=0
while [ $i -lt 500 ]; do (x=$i); i=$((i + 1)); done
echo ${x-unset}
--- out
unset

=== what read has taken in a subshell is taken, and no more
seq 5 >file
{ read a | cat; read b; echo $b; } <file
{ (read a; trap : INT); read b; echo $b; } <file
{ x=$(read a; trap : INT; echo $a); read b; echo $x $b; } <file
seq 5 | { read a | cat; read b; echo $b; }
seq 5 | { (read a; trap : INT); read b; echo $b; }
seq 5 | { read a <&3 & wait; read b; echo $b; } 3<&0
--- out
2
2
1 2
2
2
2

=== what read has taken before the shell kills itself is taken, and no more
seq 5 >file
{ $TESTEE -c 'read a; kill -KILL $$'; cat; } <file
--- out
2
3
4
5
--- err ignored

=== set -m in a subshell leaves the shell as it was
before=$(grep SigIgn /proc/$$/status)
(set -m; true)
(set -m; true; trap : INT)
x=-m
(set $x; true)
[ "$before" = "$(grep SigIgn /proc/$$/status)" ] && echo same
case $- in *m*) echo m ;; esac
--- out
same

=== where getopts is in a word is put back after a subshell that begins anew
set -- -abc
getopts abc o
(OPTIND=1; getopts abc o; echo $o; set -- -c; OPTIND=1; getopts c o; echo $o)
getopts abc o
echo $o
x=$(OPTIND=1; echo $OPTIND)
getopts abc o
echo $o
--- out
a
c
b
c

=== a subshell's cd is undone without a descriptor to spare
ulimit -n 4
(cd /)
[ . -ef "$HOME" ] && echo back
--- out
back
--- err ignored

=== the directory of a subshell is its own, for programs too
mkdir d
>d/in
(cd d && echo *)
echo *
x=$(cd d && pwd)
ls
[ "$x" = "$PWD/d" ] && [ "$(env pwd)" = "$(pwd -P)" ] && echo same
--- out
in
d script
d
script
same

=== a function that a subshell unsets is still there
f() { echo f; }
(unset -f f)
x=$(unset -f f)
f
--- out
f

=== the action of a trap waits until a subshell is over
trap 'echo usr1' USR1
x=$(sh -c 'kill -s USR1 $PPID; echo in'); echo "x=$x"
(y=1; cd /; sh -c 'kill -s USR1 $PPID'); echo "y=${y-unset}"
f() { x=3; printf %s "$(echo "$x$1")"; }
z=$(f 4; exit 5); echo "$? $x $z"
(x=2; (x=1); echo $x | cat; while [ $x -lt 5 ]; do x=$((x + 1)); done; exit $x); echo $?
--- out
usr1
x=in
usr1
y=unset
5 in 34
2
5

=== a subshell that loops dies of a signal that its shell traps
trap 'echo term' TERM
(trap; sh -c 'kill -s TERM $PPID'; while :; do :; done)
echo $?
--- out
trap -- 'echo term' TERM
143
--- err ignored
--- differs dash: shows no traps in a subshell

=== a subshell without a reader dies of SIGPIPE, and its shell does not
mkfifo f
exec 3<>f 4>f 3>&-
(echo a >&4; echo no); echo $?
x=$(echo a >&4; echo no); echo "$? $x"
(printf '%s\n' a b >&4 || echo no) && echo no
trap 'echo pipe' PIPE
(echo a >&4; echo no); echo $?
(exit 3); echo $?
trap '' PIPE
(echo a >&4; echo "yes $?") 2>/dev/null; echo $?
--- out
141
141 
141
3
yes 1
0

=== a subshell that exports many variables starts programs
echo in | {
	i=0
	while [ $i -lt 300 ]; do export v$i=$i; i=$((i + 1)); done
	sh -c 'cat; echo $v299'
	echo out
}
--- out
in
299
out
