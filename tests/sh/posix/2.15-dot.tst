# XCU 2.15 dot

=== . runs the commands of a file in the shell itself
. ./file
echo $x
f
--- file file
x=1
f() { echo f; }
echo in
--- out
in
1
f

=== the status is that of the last command
. ./a; echo $?
. ./b; echo $?
--- file a
false
--- file b
true
(exit 7)
--- out
1
7

=== a file without commands: the status is 0
false
. ./empty
echo $?
. ./blank
echo $?
. /dev/null
echo $?
--- file empty
--- file blank

# comment

--- out
0
0
0

=== a name without a slash is looked for along PATH
mkdir dir
echo 'echo found' >dir/the_file
PATH=$PWD/dir:$PATH
. the_file
--- out
found

=== the file along PATH need not be executable
mkdir dir
echo 'echo found' >dir/the_file
chmod 644 dir/the_file
PATH=/nowhere:$PWD/dir:$PATH
. the_file
--- out
found

=== a name with a slash is not looked for
. dir/file
. $PWD/dir/file
. ./dir/../dir/file
--- file dir/file
echo x
--- out
x
x
x

=== a file that is not there ends the shell
. ./none
echo not reached
--- status !0
--- err any

=== a file that is not on PATH ends the shell
. no_such_file_anywhere
echo not reached
--- status !0
--- err any

=== with command in front it does not
command . ./none
[ $? -ne 0 ] && echo here
--- err any
--- out
here

=== return ends the file, with a status
. ./file
echo $?
. ./file2
echo $?
--- file file
echo a
return 3
echo no
--- file file2
false
return
--- out
a
3
1

=== return in a function of the file ends the function
. ./file
--- file file
f() { return 4; }
f
echo $?
--- out
4

=== a return in a file within a function ends the file only
f() { . ./file; echo $?; }
f
--- file file
return 5
--- out
5

=== exit in it ends the shell
. ./file
echo no
--- file file
exit 3
--- status 3

=== the positional parameters are there
set -- a b
. ./file
--- file file
echo $# $1
--- out
2 a

=== what it sets of them lasts
. ./file
echo $# $1
--- file file
set -- x y z
--- out
3 x

=== $0 stays
. ./file
--- file file
echo $0
--- out
script

=== files within files
. ./a
--- file a
echo a
. ./b
echo a again
--- file b
echo b
--- out
a
b
a again

=== a file may change the one that is running
. ./a
--- file a
echo one
echo 'echo changed' >b
. ./b
--- out
one
changed

=== redirections and assignments
x=0
x=1 . ./file >f
echo $x
cat f
--- file file
echo in $x
--- out
1
in 1

=== without a last newline
printf 'echo a\necho b' >file
. ./file
--- out
a
b

=== compound commands, here-documents and functions in it
. ./file
--- file file
for x in 1 2; do
	echo $x
done
cat <<end
$x
end
f() {
	echo f
}
f
--- out
1
2
2
f

=== a command that is cut short in it is a syntax error
. ./file
echo not reached
--- file file
echo a
if true; then
--- status !0
--- out
a
--- err any
--- differs bash: goes on

=== a file of a pipe
echo 'echo piped' >in
mkfifo p
cat in >p &
. ./p
--- out
piped

=== commands in it read the shell's standard input
. ./file
echo "$x"
cat
--- file file
read x
--- in
one
two
--- out
one
two

=== a loop that reads files
for f in a b; do . ./$f; done
--- file a
echo 1
--- file b
echo 2
--- out
1
2

=== a directory is an error
mkdir d
(. ./d) 2>/dev/null || echo error
--- out
error
--- differs dash: takes it for an empty file

=== the file is closed behind it
i=0
while [ $i -lt 1200 ]; do . ./file; i=$((i + 1)); done
echo $x
--- file file
x=$i
--- out
1199
