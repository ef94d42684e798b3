# XCU hash

=== hash remembers where a program is
hash ls
hash | grep -q ls && echo yes
--- out
yes

=== -r forgets
hash ls
hash -r
hash 2>/dev/null | grep -q '/ls' || echo none
--- out
none

=== a program that is not there is an error
hash no_such_command
[ $? -ne 0 ] && echo error
--- err any
--- out
error

=== a remembered place that is gone is looked for again
mkdir a b
printf 'echo a\n' >a/cmd_here; printf 'echo b\n' >b/cmd_here
chmod +x a/cmd_here b/cmd_here
PATH=$PWD/a:$PWD/b:$PATH
cmd_here
rm a/cmd_here
cmd_here
--- out
a
b

=== setting PATH forgets
mkdir a
printf 'echo found\n' >a/ls
chmod +x a/ls
ls script
PATH=$PWD/a:$PATH
ls script
--- out
script
found
