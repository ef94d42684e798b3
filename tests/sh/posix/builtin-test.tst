# XCU test

=== no operand is false, one is true if it is not empty
test; echo $?
test ""; echo $?
test x; echo $?
test -n; echo $?
test !; echo $?
[ ]; echo $?
[ x ]; echo $?
--- out
1
1
0
0
0
1
0

=== two operands: a unary operator, or a negation
test -n ""; echo $?
test -n x; echo $?
test -z ""; echo $?
test ! ""; echo $?
test ! x; echo $?
--- out
1
0
0
0
1

=== three operands: a binary operator goes first
test a = a; echo $?
test a = b; echo $?
test a != b; echo $?
test ! = !; echo $?
test -n = -n; echo $?
test "(" = "("; echo $?
test ! -n ""; echo $?
test "(" x ")"; echo $?
--- out
0
1
0
0
0
0
0
0

=== four operands
test ! a = b; echo $?
test "(" ! x ")"; echo $?
test "(" -n x ")"; echo $?
--- out
0
1
0

=== numbers
for op in -eq -ne -gt -ge -lt -le; do
	test 2 $op 10; printf '%d' $?
	test 2 $op 2; printf '%d' $?
	test -3 $op -4; printf '%d ' $?
done
echo
--- out
101 010 110 100 011 001 

=== an operand that is no integer is an error above 1
test 1 -eq x
[ $? -gt 1 ] && echo error
--- out
error
--- err any

=== ] is needed
[ a
[ $? -gt 1 ] && echo error
--- out
error
--- err any

=== files
mkdir d
echo x >f
: >empty
ln -s f l
ln -s none dangling
mkfifo p
chmod 755 d
for t in "-d d" "-d f" "-f f" "-f d" "-e d" "-e none" "-s f" "-s empty" "-h l" "-L l" "-h f" \
	"-e dangling" "-h dangling" "-p p" "-p f" "-r f" "-x d" "-c /dev/null" "-b /dev/null" "-S f"; do
	test $t; printf '%s ' $?
done
echo
--- out
0 1 0 1 0 1 0 1 0 0 1 1 0 0 1 0 0 0 1 1 

=== newer, older, the same file
touch -d 2020-01-01 old
touch -d 2021-01-01 new
ln old same
test new -nt old; echo $?
test old -nt new; echo $?
test old -ot new; echo $?
test old -ef same; echo $?
test old -ef new; echo $?
test new -nt none; echo $?
--- out
0
1
0
0
1
0
--- differs dash: a file that does not exist is not older there

=== -t wants a terminal
test -t 0 </dev/null; echo $?
--- out
1

=== -a and -o, with -a first
test x -a y; echo $?
test x -a ""; echo $?
test "" -o x; echo $?
test "" -a "" -o x; echo $?
test x -o "" -a ""; echo $?
test "(" x -o "" ")" -a ""; echo $?
--- out
0
1
0
0
0
1
