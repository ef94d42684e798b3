# XCU 2.7.4 Here-Document

=== the lines up to the delimiter are the standard input
cat <<end
a
  b  c
	d
end
--- out
a
  b  c
	d

=== an empty one is an empty file
cat <<end
end
echo $?
--- out
0

=== any word may be the delimiter
cat <<!
a
!
cat <<'end of it'
b
end of it
cat <<-EOF2 ; cat <<"}"
c
EOF2
d
}
--- out
a
b
c
d

=== the delimiter is looked for in whole lines only
cat <<end
 end
endx
xend
end 
"end"
end
--- out
 end
endx
xend
end 
"end"

=== expansions are made if the delimiter is not quoted
x=1
cat <<end
$x ${x}a ${y-b} $(echo c; echo d) `echo e` $((x + 1))
end
--- out
1 1a b c
d e 2

=== if any part of the delimiter is quoted nothing is expanded
x=1
cat <<'end'
$x $(echo) `echo` $((1)) \$ \\ \
end
cat <<\end
$x\
end
cat <<e"n"d
$x
end
--- out
$x $(echo) `echo` $((1)) \$ \\ \
$x\
$x

=== an empty quoted delimiter ends at an empty line
cat <<''
$x

echo a
--- out
$x
a

=== a backslash quotes $ ` backslash and newline only
x=1
cat <<end
\$x \`x\` \\ \a \" \'
one \
line
end
--- out
$x `x` \ \a \" \'
one line

=== quotes are characters
x='a  b'
cat <<end
"$x" '$x' "
'
end
--- out
"a  b" 'a  b' "
'

=== expansions are not split and match no files
x=' * '
cat <<end
$x*$(echo '  *  ')
end
--- out
 * *  *  

=== $@ and $* in it
set -- a 'b  c'
cat <<end
$@|$*|$#|$1
end
--- out
a b  c|a b  c|2|a
--- differs bash: splits $* in it

=== no ~ is expanded
HOME=/a
cat <<end
~ ~/x
end
--- out
~ ~/x

=== <<- takes away the tabs in front of each line and of the delimiter
if true; then
	cat <<-end
	a
		b
	  c
	end
fi
--- out
a
b
  c

=== <<- leaves blanks and tabs that are not in front
cat <<-end
 	a
	b	c
	end
--- out
 	a
b	c

=== <<- with a quoted delimiter
cat <<-'end'
	$x
	\	a
	end
--- out
$x
\	a

=== <<- leaves tabs that come from an expansion
x='	a'
cat <<-end
	$x
	end
--- out
	a

=== << leaves the tabs
cat <<end
	a
end
--- out
	a

=== a joined line is looked at as one, before the delimiter is looked for
cat <<end
a\
end
b
end
--- out
aend
b

=== several in one command: the last one counts
cat <<a <<b
1
a
2
b
--- out
2

=== several with descriptors of their own
{ cat <&3; cat <&4; cat; } 3<<a 4<<b <<c
1
a
2
b
3
c
--- out
1
2
3

=== of a compound command
while read x; do echo "<$x>"; done <<end
a
b
end
{ cat; } <<end
c
end
if read x; then echo $x; fi <<end
d
end
--- out
<a>
<b>
c
d

=== of a function's call and of its definition
f() { cat; }
f <<end
a
end
g() { cat; } <<end
b $1
end
g c
g d
--- out
a
b c
b d

=== in a pipeline
cat <<end | tr a-z A-Z
abc
end
--- out
ABC

=== in an and-or list
cat <<end && echo yes
a
end
false || cat <<end
b
end
--- out
a
yes
b

=== in a loop it is expanded each time
for x in 1 2; do
	cat <<end
x is $x
end
done
--- out
x is 1
x is 2

=== an assignment in it lasts
cat <<end
${x=1}
end
echo $x
--- out
1
1
--- differs bash: expands it in the child

=== for a built-in
read x y <<end
a b c
end
echo "$x,$y"
--- out
a,b c

=== within a substitution within a here-document
cat <<end
a $(cat <<end2
b
end2
) c
end
--- out
a b c

=== in braces the word's quotes
x=1
cat <<end
${x+a b} ${x+$(echo c)} ${y-"d"}
end
--- out
a b c d

=== a large one
i=0 x=
while [ $i -lt 100 ]; do x="$x
a line of this document, which is made of many of them, number $i"; i=$((i + 1)); done
y="$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x$x"
cat <<end | wc -l
$y$y
end
--- out
4001

=== a large one for a command that does not read it
i=0 x=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
while [ $i -lt 11 ]; do x=$x$x; i=$((i + 1)); done
true <<end
$x
end
echo $?
: <<end
$x
end
echo $?
--- out
0
0

=== one that is not read by its command is not read by the next
{ true; cat; } <<end
a
end
true <<end
no
end
cat
--- in
stdin
--- out
a
stdin

=== at the end of the file without a last newline
cat <<end
a
end
--- via c
--- out
a

=== in eval
eval 'cat <<end
a $((1 + 1))
end
echo b'
--- out
a 2
b

=== in a file that . reads
. ./f
echo $?
--- file f
cat <<end
a
end
--- out
a
0

=== the script goes on right behind it on standard input
cat <<end
a
end
cat
b
--- via stdin
--- differs dash: reads ahead
--- out
a
b

=== bytes of all kinds go through
cat <<'end' | od -An -to1 | tr -s ' '
é	

end
--- out
 303 251 011 012 012

=== the delimiter of one may be within another
cat <<a; cat <<b
b
a
a
b
--- out
b
a

=== a comment behind the operator is a comment
cat <<end # comment
# no comment
end
--- out
# no comment

=== the exit status of a substitution in it does not matter
cat <<end
$(exit 3)a
end
echo $?
--- out
a
0

=== an expansion error in it is an error
(cat <<end
${x?missing}
end
echo no) 2>/dev/null
[ $? -ne 0 ] && echo error
--- out
error
--- differs bash: goes on with the next command
--- differs dash: goes on with the next command

=== a backslash that is itself quoted joins no lines
cat <<E
a\\
b\\\
c\\\\
E
echo end
--- out
a\
b\c\\
end

=== a long one is expanded as many short ones are
lines() {
	printf '%s\n' 'a $v b${v}c ${u:-"x y" $v} $((v + '"$1"' * 2)) $(( ($v) )) \$v \\ back\' \
		'joined "quotes" '\''$v'\'' ${v%5}|${u-' '}${v:+\}$v}${#v} $ $. $v${v}' \
		'${w=$v} $((v + 1))	$@ ${1-one} "$*"'
}
i=0
while [ $i -lt 700 ]; do lines $i; i=$((i + 1)); done >text
{ echo 'v=5; cat <<END'; cat text; echo END; } >long
i=0
{ echo 'v=5'; while [ $i -lt 700 ]; do echo 'cat <<END'; lines $i; echo END; i=$((i + 1)); done; } >short
$TESTEE long 1 '2  3' >out1
$TESTEE short 1 '2  3' >out2
cmp out1 out2 && wc -l <out1 | tr -d ' '
--- out
2100

=== commands in a long one are run as in a short one
i=0
{
	echo 'cat <<END'
	while [ $i -lt 2000 ]; do echo 'a long line ${i-with something} in it'; i=$((i + 1)); done
	echo '$(echo one; cat <<"E"'
	echo '$two'
	echo 'E'
	echo ') `echo three` ${u-$(echo four)} $((5 + $(echo 0))) $( (echo six) )'
	echo END
} >long
$TESTEE long | tail -n 2
--- out
one
$two three four 5 six

=== tabs are stripped from a long one, and continued lines joined
i=0
{
	echo 'cat <<-END'
	while [ $i -lt 2000 ]; do printf '\ta \\\n\tb $#\n\t\tc\n'; i=$((i + 1)); done
	printf '\tEND\necho $?\n'
} >long
$TESTEE long >out
head -n 2 out | tr '\t' T
tail -n 1 out
wc -l <out | tr -d ' '
--- out
a Tb 0
c
0
4001

=== a long one in a function is the same each time
i=0
{
	echo 'f() { cat <<END'
	while [ $i -lt 2000 ]; do echo '$1 and some more text $((n + 1))'; i=$((i + 1)); done
	echo END
	echo '}; n=5; f a | sed -n \$p; f b >out; n=7; f c | sed -n 1p; echo $n'
} >long
$TESTEE long
tail -n 1 out
--- out
a and some more text 6
c and some more text 8
7
b and some more text 6
