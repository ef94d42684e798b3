# XCU command, type

=== command runs no function
echo() { printf 'function\n'; }
echo a
command echo b
--- out
function
b

=== command of a special built-in keeps errors from ending the shell
command set -o no_such_option
command export 1a
echo here
--- err any
--- out
here

=== assignments in front of such a command do not last
x=1 command :
echo ${x-unset}
--- out
unset

=== the status is the command's, 127 and 126 where it cannot be run
command false; echo $?
command no_such_command; echo $?
: >f
command ./f; echo $?
--- out
1
127
126
--- err any

=== -p looks in the default path
PATH=/nowhere
command -p ls script
command -p cat script | command -p head -n 1
--- out
script
PATH=/nowhere

=== -v tells what a name would run
f() { :; }
alias a='echo x'
command -v f
command -v export
command -v if
command -v a | tr -d "'"
case $(command -v ls) in /*/ls) echo path;; esac
command -v no_such_command || echo none
--- out
f
export
if
alias a=echo x
path
none

=== -v tells a path for a program found along PATH
mkdir bin
: >bin/cmd_here
chmod +x bin/cmd_here
PATH=$PWD/bin:$PATH
[ "$(command -v cmd_here)" = "$PWD/bin/cmd_here" ] && echo yes
[ "$(command -v ./bin/cmd_here)" ] && echo yes
command -v ./bin/none || echo none
--- out
yes
yes
none

=== -V and type tell it in words
f() { :; }
command -V f | grep -q f && echo 1
type f | grep -qi function && echo 2
type export | grep -qi special && echo 3
type if | grep -qi -e reserved -e keyword && echo 4
type ls | grep -q /ls && echo 5
type no_such_command >/dev/null 2>&1 || echo 6
--- out
1
2
3
4
5
6

=== type of several
type true false >f && wc -l <f
--- out
2

=== command alone does nothing
command
echo $?
--- out
0

=== command in a pipeline, with redirections, and within itself
command echo a | command cat
command echo b >f
command command cat f
--- out
a
b

=== -- ends the options
command -- echo a
--- out
a

=== a name from an expansion
c=echo
command $c a
command -v $c >/dev/null && echo b
--- out
a
b

=== what runs in the shell is said to be a built-in, though it is a program as well
for x in cd echo '[' printf eval; do
	type "$x" | grep -q builtin && command -V "$x" | grep -q builtin || echo "$x"
done
--- out
