# XCU 2.3 Token Recognition

=== blanks separate words, however many
echo   a 	b		c
--- out
a b c

=== the end of the input ends a command without a newline
echo a
--- via c
--- out
a

=== operators need no blanks around them
echo a;echo b&&echo c||echo d
(echo e);{ echo f;};echo g|cat>x;cat<x
true&wait
--- out
a
b
c
e
f
g

=== the longest operator wins
echo a>>f;echo b>>f
cat<f>g;cat g
cat<<x;echo c
here
x
: >|f
echo d 1<>f>&2 2>&1
case x in x)echo e;;esac
--- out
a
b
here
c
e
--- err
d

=== a digit right in front of < or > is a descriptor's number
echo 2>f
echo 2 >g
wc -l <f; cat g
--- out

0
2

=== a number that is not right in front is a word
echo 3>f 3 > g
test -s f || cat g
--- out
3

=== a word that ends in a digit is no descriptor's number
echo a2>f
cat f
echo 2a>f
cat f
--- out
a2
2a

=== a descriptor's number may have a leading zero
echo a 01>f
cat f
--- out
a
--- differs dash: takes one digit only

=== a # at the beginning of a word is a comment
echo a # b; echo c
# echo d
echo e;# f
echo g&&#h
echo i
(echo j#k
)#l
--- out
a
e
g
i
j#k

=== a # within a word is text
echo a#b 'a'#b ""#b $#b \#b
--- out
a#b a#b #b 0b #b

=== a comment is not continued by a backslash
# comment \
echo a
echo b # comment \
echo c
--- out
a
b
c

=== a comment at the end of the input needs no newline
echo a # b
--- via c
--- out
a

=== quotes mean nothing in a comment
echo a # it's "half
echo b # `echo $(
--- out
a
b

=== an empty script does nothing
--- out

=== lines of blanks and comments alone do nothing
true
	  
# only this

--- out

=== the status of a script without commands is 0
# nothing

--- status 0

=== a backslash and a newline are gone before tokens are made
echo a\
#b
ech\
o c
echo 2\
>f; test -s f || echo d
--- out
a#b
c

d

=== an expansion belongs to the word whatever blanks it holds
echo a$(echo b  c)d "$(echo e  f)" x$(( 1  +  1 ))y `echo g  h` ${z-i  j}
--- out
ab cd e f x2y g h i j

=== parentheses of $( ) and ( ) may be nested
echo $( (echo a; (echo b)); echo $(echo c) )
--- out
a b c

=== a case within $( ) may have patterns with one parenthesis
echo $(case x in
	a) echo A;;
	x) echo X;;
esac) $(case y in (y) echo Y; esac)
--- out
X Y

=== a comment within $( ) may hold a parenthesis and quotes
echo $(
	echo a # ) it's
	echo b # "
)
--- out
a b

=== a here-document within $( )
echo "$(cat <<x
a ) b ' c
x
)" d
--- out
a ) b ' c d

=== a newline is an operator of its own
echo a
echo b;
echo c &
wait
--- out
a
b
c

=== words are not split where an operator character is quoted
echo a';'b a"&"b a\|b
--- out
a;b a&b a|b

=== a here-document begins behind the next newline
cat <<x; echo behind
inside
x
echo after
--- out
inside
behind
after

=== two here-documents follow each other in order
cat <<x - <<y; echo z
one
x
two
y
--- out
two
z

=== here-documents of several commands of a line
cat <<x; cat <<y
1
x
2
y
--- out
1
2

=== a here-document of a command that goes on in the next line
cat <<x |
a
b
x
sort -r
cat <<x &&
c
x
echo d
--- out
b
a
c
d

=== a carriage return is no blank
printf 'echo a\r\n' >f
. ./f | od -An -c | tr -s ' '
--- out
 a \r \n

=== $(( that is no arithmetic may be a subshell within a substitution
echo $((echo a); (echo b))
--- out
a b
--- differs dash: takes $(( for arithmetic only

=== two ( need a blank where a subshell is meant
( (echo a) )
( (echo a); echo b)
--- out
a
a
b

=== a very long word is one word
x=x
i=0
while [ $i -lt 14 ]; do x=$x$x; i=$((i + 1)); done
eval "y=$x"
echo ${#y}
--- out
16384

=== & at the end of a line and before a comment
echo a & # b
wait
--- out
a

=== the script is run line by line
echo a
)
echo b
--- status !0
--- out
a
--- err any

=== a syntax error further on in the line keeps all of it from running
echo a; echo b; )
--- status !0
--- out
--- err any

=== on standard input no more is read than the command needs
cat
line for cat
another
--- via stdin
--- differs dash: reads ahead
--- out
line for cat
another

=== read takes its line from the script on standard input
echo a; read x
this is read
echo "<$x>"
--- via stdin
--- differs dash: reads ahead
--- out
a
<this is read>

=== exec'd programs get the rest of a script on standard input
echo a
exec cat
rest
--- via stdin
--- differs dash: reads ahead
--- out
a
rest
