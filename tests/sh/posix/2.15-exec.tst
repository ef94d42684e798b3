# XCU 2.15 exec

=== exec becomes another program
exec echo a
echo no
--- out
a

=== the process stays the same
p=$$
exec sh -c "[ \$\$ = $p ] && echo same"
--- out
same

=== the status is the program's
exec sh -c 'exit 7'
--- status 7

=== redirections without a command last
exec >f
echo a
exec >&2
cat f
echo b
--- err
a
b

=== every redirection of exec lasts
exec 3>f 4>>g 5<in 2>&1 6>&3
echo a >&3
echo b >&4
echo c >&6
read x <&5
exec 3>&- 4>&-
cat f g
echo $x
{ echo d >&3; } 2>/dev/null || echo closed
--- file in
line
--- out
a
c
b
line
closed

=== its descriptors go to commands
exec 3>f
sh -c 'echo a >&3'
cat f
--- out
a

=== exec alone does nothing
exec
echo $?
exec --
echo $?
--- out
0
0
--- differs dash: takes -- for a command

=== a program that is not found ends the shell with 127
exec no_such_command
echo no
--- status 127
--- err any

=== a file that cannot be executed ends it with 126
: >f
exec ./f
echo no
--- status 126
--- err any

=== in a subshell only that ends
(exec echo a; echo no)
(exec no_such_command; echo no) 2>/dev/null
echo $?
x=$(exec echo b); echo $x
exec echo c | cat
exec echo d & wait
--- out
a
127
b
c
d

=== assignments in front are exported to the program
x=1 exec sh -c 'echo $x'
--- out
1

=== functions and built-ins are not looked for
ls() { echo function; }
f() { echo f; }
(exec f) 2>/dev/null || echo none
exec ls script
--- out
none
script

=== a script without #! is run as one
printf 'echo $0 $1\n' >cmd
chmod +x cmd
exec ./cmd a
--- out
./cmd a
--- differs bash: gives its whole path as $0

=== PATH of the shell is used
mkdir dir
printf '#!/bin/sh\necho found\n' >dir/cmd_here
chmod +x dir/cmd_here
PATH=$PWD/dir:$PATH
exec cmd_here
--- out
found

=== a redirection of exec that fails ends the shell
exec 3</no/such/file
echo no
--- status !0
--- err any

=== a command's redirections are its own
exec echo a >f
--- out

=== traps: EXIT is not run when the shell becomes a program
trap 'echo bye' EXIT
exec echo a
--- out
a

=== ignored signals stay so, trapped ones are reset
trap '' TERM
trap 'echo no' HUP
exec sh -c 'kill -TERM $$; echo alive; kill -HUP $$; echo no'
--- status 129
--- out
alive
--- err ignored

=== in a loop on redirected input
exec <in
while read x; do echo "<$x>"; done
--- file in
a
b
--- out
<a>
<b>

=== exec takes the rest of the script's standard input along
read x
exec cat
--- in
one
two
three
--- out
two
three

=== standard output put away and back
exec 3>&1 >f
echo hidden
exec 1>&3 3>&-
echo seen
cat f
--- out
seen
hidden

=== a program's arguments
exec printf '<%s>\n' a 'b c' '' '*'
--- out
<a>
<b c>
<>
<*>

=== with command in front
command exec 3>f
echo a >&3
cat f
command exec echo b
--- out
a
b

=== what cannot be executed leaves an interactive shell as it was
before=$(grep SigIgn /proc/$$/status)
exec /dev/null
[ "$before" = "$(grep SigIgn /proc/$$/status)" ] && echo same
--- options -i
--- via stdin
--- out
same
--- err ignored
--- differs dash: ends where its input is no terminal

=== a command that exec cannot find ends a script, with command in front as well
(command exec nosuchcommand; echo not here)
echo $?
command exec /dev/null
echo not here
--- status 126
--- out
127
--- err any
