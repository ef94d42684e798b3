# XCU 2.6.5 Field Splitting

=== by default at spaces, tabs and newlines
x=' a  b		c
d '
set -- $x
echo "$#: $1,$2,$3,$4"
--- out
4: a,b,c,d

=== an unset IFS is like the default
unset IFS
x=' a  b		c
d '
set -- $x
echo "$#: $1,$2,$3,$4"
--- out
4: a,b,c,d

=== an empty IFS splits nothing
IFS=
x=' a  b '
set -- $x
echo "$#: <$1>"
e=
set -- $e $u
echo $#
--- out
1: < a  b >
0

=== text of the script is not split
IFS=:
set -- a:b c:$(echo d:e)f:g
echo "$#: $1|$2|$3"
--- out
3: a:b|c:d|ef:g

=== quoted expansions are not split
x='a b'
set -- "$x" "$(echo c d)" "${x}" "$((1))"
echo "$#: $1|$2|$3"
--- out
4: a b|c d|a b

=== a character that is no white space ends one field each
IFS=:
x=a:b::c
set -- $x
echo "$#: <$1><$2><$3><$4>"
--- out
4: <a><b><><c>

=== a separator at the end makes no field, at the beginning it does
IFS=:
x=:a:
set -- $x
echo "$#: <$1><$2>"
x=::
set -- $x
echo "$#: <$1><$2>"
x=:
set -- $x
echo "$#: <$1>"
--- out
2: <><a>
2: <><>
1: <>

=== white space around a separator belongs to it
IFS=' :'
x=' a : b  :c: d :: e '
set -- $x
echo "$#:"
printf '<%s>' "$@"; echo
--- out
6:
<a><b><c><d><><e>

=== white space that is not in IFS is kept
IFS=:
x=' a : b '
set -- $x
printf '<%s>' "$@"; echo
--- out
< a >< b >

=== only the newline in IFS
IFS='
'
x='a b
c d

e'
set -- $x
printf '<%s>' "$@"; echo
--- out
<a b><c d><e>

=== letters in IFS
IFS=xy
v=1x2y3xy4
set -- $v
printf '<%s>' "$@"; echo
--- out
<1><2><3><><4>

=== a backslash in IFS
IFS='\'
v='a\b\\c'
set -- $v
printf '<%s>' "$@"; echo
--- out
<a><b><><c>

=== pattern characters in IFS
IFS='*?-['
v='a*b?c-d[e'
set -- $v
printf '<%s>' "$@"; echo
--- out
<a><b><c><d><e>

=== a tab and a space in IFS among others
IFS=' 	,'
v='a , b	,	c,, d'
set -- $v
printf '<%s>' "$@"; echo
--- out
<a><b><c><><d>

=== text beside an expansion joins the first and the last field
x='a b c'
set -- 1$x'2'
printf '<%s>' "$@"; echo
set -- 1"$x"2$x
printf '<%s>' "$@"; echo
--- out
<1a><b><c2>
<1a b c2a><b><c>

=== blanks at the edge of an expansion separate it from text
x=' a b '
set -- 1$x'2'
printf '<%s>' "$@"; echo
set -- 1$x
printf '<%s>' "$@"; echo
--- out
<1><a><b><2>
<1><a><b>

=== two expansions side by side
x='a b' y='c d' z=' e '
set -- $x$y
printf '<%s>' "$@"; echo
set -- $x$z$y
printf '<%s>' "$@"; echo
--- out
<a><bc><d>
<a><b><e><c><d>

=== a separator at the end of one expansion and the next one
IFS=:
x=a: y=b z=:
set -- $x$y
printf '<%s>' "$@"; echo
set -- $y$z$y
printf '<%s>' "$@"; echo
set -- $x$z$y
printf '<%s>' "$@"; echo
--- out
<a><b>
<b><b>
<a><><b>

=== an empty quoted part keeps a field
x= y=' '
set -- ''$x $x"" $y"" ""$y
echo $#
printf '<%s>' "$@"; echo
--- out
4
<><><><>

=== only blanks make no field
x='   '
set -- $x $x$x
echo $#
--- out
0

=== only blanks beside text
x='  '
set -- a$x $x'b' a$x'b'
printf '<%s>' "$@"; echo
--- out
<a><b><a><b>

=== for splits its words
x='a b'
for i in $x "$x" c; do echo "<$i>"; done
--- out
<a>
<b>
<a b>
<c>

=== an assignment, a case and a here-document do not split
x='a  b'
y=$x
case $x in 'a  b') echo "$y";; esac
cat <<end
$x
end
--- out
a  b
a  b

=== a redirection's word does not split
x='a b'
echo text >$x
cat 'a b'
--- out
text

=== arithmetic's result is split
IFS=0
set -- $((10203))
printf '<%s>' "$@"; echo
--- out
<1><2><3>

=== command substitution's result is split
IFS=,
set -- $(echo a,b) `echo c,d`
printf '<%s>' "$@"; echo
--- out
<a><b><c><d>

=== the IFS of the moment counts
x=a:b
set -- $x
echo $#
IFS=:
set -- $x
echo $#
IFS=' '
set -- $x
echo $#
--- out
1
2
1

=== an IFS that is assigned within the words counts for the next ones
x=a:b
set -- $x ${IFS+$x}
echo $#
--- out
2

=== IFS in front of a command does not change its own words
x=a:b
IFS=: eval 'set -- $x; echo $#'
IFS=: true $x
f() { echo $#; }
IFS=- 
y=a-b
IFS=: f $y
--- out
2
2

=== bytes that are no characters
IFS=:
x=$(printf 'a\377:\200b')
set -- $x
echo $#
--- out
2

=== characters of several bytes separate
IFS=é
x=aébéc
set -- $x
echo "$#: $1,$2,$3"
--- env LC_ALL=C.UTF-8
--- out
3: a,b,c
--- differs dash: splits at each byte

=== many fields
x=$(i=0; while [ $i -lt 5000 ]; do echo $i; i=$((i + 1)); done)
set -- $x
echo $# ${5000}
--- out
5000 4999

=== "$@" is not split, whatever IFS is
set -- 'a:b c' 'd'
IFS=':'
for x in "$@"; do echo "<$x>"; done
for x in $@; do echo "<$x>"; done
--- out
<a:b c>
<d>
<a>
<b c>
<d>

=== splitting of words of ${x-word}
IFS=:
set -- ${u-a:b c}
printf '<%s>' "$@"; echo
set -- ${u-"a:b":c}
printf '<%s>' "$@"; echo
--- out
<a><b c>
<a:b><c>

=== read splits by the same rules
IFS=: read a b c
echo "<$a><$b><$c>"
--- in
1::3:4
--- out
<1><><3:4>

=== white space in front of another separator ends no field
IFS=' ,'
x=' ,a , ,b'
set -- $x
echo $#
printf '<%s>\n' $x "$@"
--- out
4
<>
<a>
<>
<b>
<>
<a>
<>
<b>
