# XCU 2.6 Word Expansions: their order, and empty fields

=== words are expanded from the left to the right
set -- ${x:=1} $x ${x:+$((x += 1))} $x
echo "$@"
--- out
1 1 2 2

=== the expansions of a word are made in its order
echo a${x:=1}b$((x + 1))c$(echo $x)d
--- out
a1b2c1d

=== an expansion that gives nothing makes no field
x=
set -- $x $y $(true) ``
echo $#
--- out
0

=== an expansion that gives nothing makes an empty field where quotes are
x=
set -- "$x" ''$x $x"" "$(true)" "$@"
echo $#
--- out
4

=== the result of an expansion is not expanded again
x='$y ~ $(echo a) `echo b` $((1)) ${z}' y=no
printf '%s\n' "$x"
--- out
$y ~ $(echo a) `echo b` $((1)) ${z}

=== splitting comes before pathname expansion
: >fa; : >fb
x='fa* *b'
echo $x
--- out
fa fb

=== pathname expansion's results are not split
: >'a b'
set -- a*
echo "$# $1"
--- out
1 a b

=== pathname expansion applies to what tilde expansion gives no more
mkdir d
: >d/x
HOME='*'
echo ~
--- out
*

=== quotes that come from expansions stay
x=\'a\' y=\"b\" z=\\d
printf '%s\n' $x $y $z
--- out
'a'
"b"
\d

=== a $ alone is itself
echo $ a$ $/ "$"
--- out
$ a$ $/ $

=== only some expansions are made in an assignment
x='a  b  *'
y=$x
z=~/$x
[ "$y" = "$x" ] && [ "$z" = "$HOME/$x" ] && echo yes
--- out
yes

=== an expansion error in an assignment's value
(x=${y?}; echo no) 2>/dev/null || echo error
--- out
error

=== brace lists are text
echo {a,b} a{1..3}
--- out
{a,b} a{1..3}
--- differs bash: makes lists of braces also in posix mode
