# XCU read

=== a line becomes fields, the last variable gets the rest
read a b c
echo "[$a][$b][$c]"
--- in
 one  two three  four  
--- out
[one][two][three  four]

=== variables for which nothing is left are empty
c=x
read a b c
echo "[$a][$b][$c]"
--- in
one
--- out
[one][][]

=== a backslash quotes, and joins lines
read a b
echo "[$a][$b]"
--- in
o\ ne tw\
o
--- out
[o ne][two]

=== -r leaves backslashes alone
read -r a b
echo "[$a][$b]"
--- in
o\ ne tw\
--- out
[o\][ne tw\]

=== at the end of input the status is 1 and what was there is set
read a
echo "$? [$a]"
read a
echo "$? [$a]"
--- in
half
\c
--- out
1 [half]
1 []

=== IFS of the command alone
IFS=: read a b
echo "[$a][$b]"
--- in
x:y:z
--- out
[x][y:z]

=== a separator that is no white space ends a field, also an empty one
IFS=:
read a b c d
echo "[$a][$b][$c][$d]"
--- in
::x:
--- out
[][][x][]

=== no more is read than the line, also from a file
read a
cat
--- in
one
two
three
--- out
two
three

=== in a loop with commands that read too
while read a; do
	head -n 1
done <lines
--- file lines
1
2
3
4
--- out
2
4

=== a loop reads all lines of a pipe
printf '%s\n' a b c | while read x; do echo "<$x>"; done
--- out
<a>
<b>
<c>

=== what a loop leaves in a pipe is for the next command
printf '%s\n' a b c d | { read x; read y; echo "$x$y"; cat; }
--- out
ab
c
d

=== -d reads up to another byte
printf 'a;b;c' | { read -d ';' x; echo "$x"; read -d ';' x; echo "$x"; read -d ';' x; echo "$? $x"; }
--- out
a
b
1 c
--- differs dash: has no -d

=== an invalid name is an error
read 1a
test $? -gt 1 && echo error
--- in
x
--- out
error
--- err any
--- differs bash: gives 1

=== the end of a child does not break off the opening of a FIFO
mkfifo f
: & wait
sleep 0.1 &
(sleep 0.3; echo a >f) &
read x <f
echo $? $x
--- out
0 a

=== the end of a background command does not break off read
mkfifo f
sleep 100 &
a=$!
is() { case $(cat /proc/$1/stat 2>/dev/null) in *") $2 "* | $3) ;; *) false ;; esac; }
(
	exec >f
	until is $$ S; do :; done
	kill $a
	until is $a Z ''; do :; done
	echo line
) &
read -r x <f
echo "$? $x"
--- out
0 line
