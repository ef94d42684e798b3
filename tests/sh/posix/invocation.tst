# XCU sh: invocation, options, $0

=== a script's name and its operands
echo $0 $# $1 $2
--- args a 'b c'
--- out
script 2 a b c

=== -c runs a string
$TESTEE -c 'echo a; echo b'
$TESTEE -c 'echo $0 $1 $2' name x y
$TESTEE -c 'echo $#'
$TESTEE -c ''
echo $?
--- out
a
b
name x y
0
0

=== -s reads standard input, with operands
echo 'echo $# $1' | $TESTEE -s a b
echo 'echo $#' | $TESTEE -s
echo 'echo in' | $TESTEE
--- out
2 a
0
in

=== options in front: -e -f -u -x and others
$TESTEE -f -c 'echo *'
$TESTEE -u -c 'echo ${x}' 2>/dev/null || echo error
$TESTEE -ec 'false; echo no' || echo ended
$TESTEE -x -c 'echo a' 2>&1
$TESTEE -euf -c 'echo *'
--- out
*
error
ended
+ echo a
a
*

=== -o and +o with long names
$TESTEE -o noglob -c 'echo *'
$TESTEE -o errexit -c 'false; echo no' || echo ended
$TESTEE -f +o noglob -c 'echo scrip*'
$TESTEE -f +f -c 'echo scrip*'
--- out
*
ended
script
script

=== -a, -C, -n and -v
$TESTEE -a -c 'x=1; sh -c "echo \$x"'
$TESTEE -C -c 'echo a >f; echo b >f' 2>/dev/null; cat f
$TESTEE -n -c 'echo no'
echo 'echo a' | $TESTEE -v 2>&1
--- out
1
a
echo a
a

=== -- and - end the options
$TESTEE -- script2 a
$TESTEE -c -- 'echo b'
$TESTEE - script2 c
--- file script2
echo $0 $1
--- out
script2 a
b
script2 c

=== an option behind the script's name is an operand
echo $1 $2
--- args -x -e
--- out
-x -e

=== an unknown option is an error
$TESTEE -Z 2>/dev/null </dev/null
[ $? -ne 0 ] && echo error
$TESTEE -o no_such_option -c : 2>/dev/null
[ $? -ne 0 ] && echo error
--- out
error
error

=== a script that is not there: status 127
$TESTEE ./none
echo $?
--- out
127
--- err any
--- differs dash: gives 2

=== a script that may not be read: 126
echo echo no >f
chmod 0 f
$TESTEE ./f
echo $?
--- needs user
--- out
126
--- err any
--- differs dash: gives 2

=== a script whose name has no slash is looked for here, and then along PATH
mkdir bin
echo 'echo here' >the_script
echo 'echo along' >bin/other_script
chmod +x bin/other_script
$TESTEE the_script
PATH=$PWD/bin:$PATH $TESTEE other_script
--- out
here
along
--- differs dash: does not look along PATH

=== the status is that of the last command
$TESTEE -c 'exit 3'; echo $?
$TESTEE -c 'false'; echo $?
echo '(exit 4)' | $TESTEE; echo $?
echo | $TESTEE; echo $?
--- out
3
1
4
0

=== a syntax error gives a status that is not 0
$TESTEE -c 'if' 2>/dev/null; [ $? -ne 0 ] && echo error
echo ')' | $TESTEE 2>/dev/null; [ $? -ne 0 ] && echo error
--- out
error
error

=== -i is interactive: prompts on standard error
printf 'echo a\n' | PS1='P> ' ENV= $TESTEE -i 2>err
grep -q 'P> ' err && echo prompt
--- out
a
prompt

=== PS1 and PS2 are expanded
printf 'x=1\necho "a\nb"\n' | PS1='$x-> ' PS2='$x.. ' ENV= $TESTEE -i 2>err
grep -q '1-> ' err && grep -q '1\.\. ' err && echo prompts
--- out
a
b
prompts

=== a script with a first line #! is one with a comment
printf '#!/nowhere\necho a\n' >f
$TESTEE ./f
--- out
a

=== a binary file is no script
printf '\177ELF\0\0\0' >f
$TESTEE ./f 2>/dev/null
[ $? -ne 0 ] && echo error
--- out
error

=== standard input of -c and of a script is the command's
echo line | $TESTEE -c 'read x; echo "<$x>"'
echo 'cat' >f
echo line | $TESTEE ./f
--- out
<line>
line

=== 200 invocations
i=0
while [ $i -lt 200 ]; do $TESTEE -c : || echo no; i=$((i + 1)); done
echo end
--- limit 30
--- out
end

=== exit in .profile ends a login shell
$TESTEE -l -c 'echo not here'
echo $?
--- file .profile
echo profile
exit 3
--- env HOME=.
--- out
profile
3
--- differs bash: reads no profile when it is posix
