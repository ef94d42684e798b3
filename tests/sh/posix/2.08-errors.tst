# XCU 2.8 Exit Status and Errors: the table of consequences

=== a syntax error ends a script
echo a
fi
echo b
--- status !0
--- out
a
--- err any

=== a syntax error in eval ends a script
eval 'echo a; fi'
echo b
--- status !0
--- err any

=== a syntax error in a file that . reads ends a script
. ./f
echo b
--- file f
if
--- status !0
--- err any

=== a syntax error in a command of -c
echo a
if then
--- via c
--- status !0
--- out
a
--- err any

=== an error of a special built-in ends a script: shift
set -- a
shift 2
echo not reached
--- status !0
--- err any
--- differs bash: goes on

=== an error of a special built-in ends a script: set
set -o no_such_option
echo not reached
--- status !0
--- err any

=== an error of a special built-in ends a script: export
export -no_such_option
echo not reached
--- status !0
--- err any

=== an error of a special built-in ends a script: readonly
readonly 1a=b
echo not reached
--- status !0
--- err any
--- differs bash: goes on

=== an error of a special built-in ends a script: unset
readonly r=1
unset r
echo not reached
--- status !0
--- err any
--- differs bash: goes on

=== an error of a special built-in ends a script: . of a file that is not there
. ./none
echo not reached
--- status !0
--- err any

=== an error of a special built-in ends a script: exec of a program that is not there
exec ./none
echo not reached
--- status 127
--- err any

=== an error of a special built-in ends a script: return with a bad number
f() { return x; }
f
echo not reached
--- status !0
--- err any
--- differs bash: goes on

=== with command in front it does not end the script
command . ./none
command shift 2
command set -o no_such_option
command export 1a=b
readonly r=1
command unset r
echo reached
--- out
reached
--- err any

=== with command in front the status is not 0
for c in '. ./none' 'shift 99' 'set -o no_such_option' 'export 1a=b'; do
	command $c 2>/dev/null && echo "0 for $c"
done
echo end
--- out
end

=== an error of another built-in does not end a script
cd /no/such
umask x
read 1a </dev/null
kill -no_such $$
unalias none
wait %9
fg
getopts
echo reached
--- out
reached
--- err any

=== an error of a program does not end a script
ls /no/such
sh -c 'exit 9'
echo $?
--- out
9
--- err any

=== a redirection error of a special built-in ends a script
: </no/such
echo not reached
--- status !0
--- err any

=== a redirection error of each special built-in ends a script
for c in 'break' 'colon=: :' 'continue' '. ./f' 'eval :' 'exit' 'export a' 'readonly b' 'return' 'set x' 'shift' 'times' 'trap' 'unset a'; do
	(eval "$c </no/such"; echo "went on: $c") 2>/dev/null
done
echo end
--- file f
--- out
end

=== a redirection error of exec ends a script
exec </no/such
echo not reached
--- status !0
--- err any

=== with command in front a redirection error of a special built-in is none
command : </no/such
command exec </no/such
echo reached
--- out
reached
--- err any

=== a redirection error of another built-in does not end a script
echo a </no/such
true </no/such
read x </no/such
echo reached
--- out
reached
--- err any

=== a redirection error of a program does not end a script
ls </no/such
echo reached $?
--- out
reached 1
--- err any
--- differs dash: gives 2

=== a redirection error of a function does not run it
f() { echo ran; }
f </no/such
echo reached
--- out
reached
--- err any

=== a redirection error of a subshell does not end a script
(echo ran) </no/such
echo reached
--- out
reached
--- err any

=== a redirection error without a command does not end a script
</no/such
[ $? -ne 0 ] && echo error
--- out
error
--- err any

=== a redirection error in a pipeline does not end a script
echo a | cat </no/such
echo reached
--- out
reached
--- err any

=== an assignment error ends a script
readonly r=1
r=2
echo not reached
--- status !0
--- err any

=== an assignment error in front of a special built-in ends a script
readonly r=1
r=2 :
echo not reached
--- status !0
--- err any

=== an assignment error in front of a program ends a script
readonly r=1
r=2 ls
echo not reached
--- status !0
--- err any
--- differs bash: goes on

=== an assignment error in front of a function ends a script
readonly r=1
f() { echo ran; }
r=2 f
echo not reached
--- status !0
--- err any
--- differs bash: goes on

=== an assignment error in for ends a script
readonly r=1
for r in a b; do echo ran; done
echo not reached
--- status !0
--- err any

=== an assignment error of read does not end a script
readonly r=1
read r
[ $? -ne 0 ] && echo $r
--- in
x
--- out
1
--- err any

=== an assignment error of getopts does not end a script
readonly r=1
getopts a r -a
[ $? -ne 0 ] && echo $r
--- out
1
--- err any

=== an assignment error in a subshell ends the subshell
readonly r=1
(r=2; echo not reached)
[ $? -ne 0 ] && echo reached
--- out
reached
--- err any

=== an expansion error ends a script
echo ${x?missing}
echo not reached
--- status !0
--- err any

=== a bad substitution ends a script
echo ${x!y}
echo not reached
--- status !0
--- err any

=== an arithmetic error ends a script
echo $((1 +))
echo not reached
--- status !0
--- err any

=== an unset variable with set -u ends a script
set -u
echo $x
echo not reached
--- status !0
--- err any

=== an expansion error in a substitution ends the substitution
y=$(echo ${x?missing}; echo no)
[ $? -ne 0 ] && echo "reached <$y>"
--- out
reached <>
--- err any

=== an expansion error in a pipeline ends that stage
echo ${x?missing} | cat
echo reached
--- out
reached
--- err any

=== an expansion error in the background does not end the script
echo ${x?missing} &
wait
echo reached
--- out
reached
--- err any

=== an expansion error in a function ends the script
f() { echo ${x?missing}; }
f
echo not reached
--- status !0
--- err any

=== a command that is not found has status 127 and does not end a script
no_such_command
echo $?
./none
echo $?
/no/such/command
echo $?
--- out
127
127
127
--- err any

=== a file that cannot be executed has status 126
: >f
chmod 644 f
./f
echo $?
mkdir d
./d
echo $?
--- out
126
126
--- err any

=== a file on the path that cannot be executed has status 126
mkdir bin
: >bin/cmd_here
PATH=$PWD/bin:$PATH
cmd_here
echo $?
--- out
126
--- err any
--- differs dash: gives 127

=== an empty name is not found
''
echo $?
x=
"$x" a
echo $?
--- out
127
127
--- err any

=== the message names the command
no_such_command
--- status 127
--- err /no_such_command/

=== a command that a signal ended has a status above 128
sh -c 'kill -TERM $$'
s=$?; [ $s -gt 128 ] && kill -l $s
sh -c 'kill -KILL $$'
s=$?; [ $s -gt 128 ] && kill -l $s
--- out
TERM
KILL
--- err ignored

=== a status is the low 8 bits of what exit was given
sh -c 'exit 255'; echo $?
(exit 256); echo $?
--- out
255
0

=== the status of a script is that of its last command
true
false
--- status 1

=== the status of a script that ends in an error is not 0 and at most 125
(echo ${x?}) 2>/dev/null
[ $? -gt 0 ] && [ $? -le 125 ] && echo yes
sh -c 'fi' 2>/dev/null
[ $? -gt 0 ] && [ $? -le 125 ] && echo yes
--- out
yes
yes

=== an interactive shell goes on after errors
readonly r=1
r=2
echo a
echo ${x?missing}
echo b
shift 99
echo c
: </no/such
echo d
. ./none
echo e
echo $((1 +))
echo f
export -Z
echo g
--- via stdin
--- options -i
--- err ignored
--- out
a
b
c
d
e
f
g
--- differs dash: ends where its input is no terminal

=== an interactive shell goes on after a syntax error
echo a
fi
echo b
eval 'if'
echo c
--- via stdin
--- options -i
--- err ignored
--- out
a
b
c
--- differs dash: ends where its input is no terminal

=== an interactive shell skips the rest of the line behind an error
echo a; echo ${x?missing}; echo b
echo c
--- via stdin
--- options -i
--- err ignored
--- out
a
c
--- differs dash: ends where its input is no terminal

=== a trap on EXIT runs when an error ends the script
trap 'echo bye' EXIT
echo ${x?missing}
--- status !0
--- out
bye
--- err any

=== an expansion that fails in a redirection of a compound command ends the shell
for command in '{ :; }' 'for i in 1; do :; done' 'if :; then :; fi' 'case x in x) ;; esac'; do
	$TESTEE -c "$command"' >${x?bad}; echo not here'
	[ $? -gt 0 ] && echo ended
done
--- out
ended
ended
ended
ended
--- err any
