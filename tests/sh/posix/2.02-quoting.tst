# XCU 2.2 Quoting

=== a backslash keeps the next character as it is
printf '<%s>\n' \| \& \; \< \> \( \) \$ \` \\ \" \' \ x \	y
--- out
<|>
<&>
<;>
<<>
<>>
<(>
<)>
<$>
<`>
<\>
<">
<'>
< x>
<	y>

=== a backslash in front of an ordinary character goes away
printf '%s\n' \a\b\c \n \0 \_
--- out
abc
n
0
_

=== a backslash and a newline join two lines into one
ec\
ho a\
b c\
 d
--- out
ab c d

=== a joined line may end in the middle of an operator
true &\
& echo yes; false |\
| echo yes
echo x >\
>f; cat f
case a in (a) echo one ;\
; esac
--- out
yes
yes
x
one

=== a joined line may end in the middle of a reserved word
i\
f true; the\
n echo yes; f\
i
--- out
yes

=== a joined line may end in the middle of an expansion
abc=value
echo $a\
bc ${a\
bc} $\
abc $\
{abc}
echo $\
(echo sub) $(\
(1 + 2)) $((1 +\
 2))
--- out
value value value value
sub 3 3

=== two backslashes at the end of a line join nothing
echo a\\
echo b
--- out
a\
b

=== quoted blanks do not end a word
printf '<%s>\n' a\ b 'c d' "e f" g' 'h" "i
--- out
<a b>
<c d>
<e f>
<g h i>

=== quoted operators are text
echo 'a;b' "c|d" e\&f '>' "<" \(\)
--- out
a;b c|d e&f > < ()

=== a quoted # begins no comment
echo \# '#' "#" a#b
--- out
# # # a#b

=== quoted pattern characters match themselves only
: >ab
: >'*'
echo \* '*' "*" a\* 'a'* "a"?
--- out
* * * a* ab ab

=== single quotes keep everything
printf '%s\n' '$HOME `echo x` $(echo y) \ \\ " # ~ *
next line'
--- out
$HOME `echo x` $(echo y) \ \\ " # ~ *
next line

=== a backslash before a newline stays within single quotes
printf '%s' 'a\
b'
--- out
a\
b
\c

=== a single quote cannot stand within single quotes, but beside them
echo 'it'\''s' 'it'"'"'s'
--- out
it's it's

=== empty quotes are an empty word
set -- '' "" ''""
echo $#
for x; do echo "<$x>"; done
--- out
3
<>
<>
<>

=== empty quotes beside text add nothing
set -- a'' ''b c""d
echo "$# $*"
--- out
3 a b cd

=== double quotes keep all but $ ` and backslash
x=value
echo "a  b	c | & ; < > ( ) ' * ? [ # ~ = %"
echo "$x ${x} $(echo sub) `echo back` $((1 + 1))"
--- out
a  b	c | & ; < > ( ) ' * ? [ # ~ = %
value value sub back 2

=== in double quotes a backslash quotes $ ` " \ and newline only
printf '%s\n' "\$x \`x\` \" \\ \a \n \' \* \  \! \&"
printf '%s\n' "one \
line"
--- out
$x `x` " \ \a \n \' \* \  \! \&
one line

=== a newline in double quotes is kept
echo "one
two"
--- out
one
two

=== what is expanded in double quotes is not split and matches no files
: >f1; : >f2
x='a  b  *'
echo "$x"
echo "$(echo 'c  d  f*')"
--- out
a  b  *
c  d  f*

=== a $ that begins no expansion is text
echo $ "$" a$ "a$" "$ b" $% "$%" $.
--- out
$ $ a$ a$ $ b $% $% $.

=== double quotes within a command substitution within double quotes
x='1  2'
echo "a $(echo "b  $x  $(echo "c  d")") e"
--- out
a b  1  2  c  d e

=== the quotes inside $( ) are its own
echo "$(echo 'a"b')" "$(echo "a'b")" "$(printf '%s' ')' "(")"
--- out
a"b a'b )(

=== backslashes inside $( ) are for the command alone
printf '%s\n' "$(printf '%s.' \\\\ '\\' "\\")"
--- out
\\.\\.\.

=== in backquotes within double quotes \" is a quote of the command
echo "`echo \"a  b\"`"
--- out
a  b

=== quotes may begin and end anywhere in a word
e'c'h"o" a"b"'c'\d
--- out
abcd

=== a quoted word is no reserved word
\if 2>/dev/null || echo 'no command'
'while' 2>/dev/null || echo 'no command'
"{" 2>/dev/null || echo 'no command'
--- out
no command
no command
no command

=== a quoted = makes no assignment
a\=1 2>/dev/null || echo none
'a'=1 2>/dev/null || echo none
a'='1 2>/dev/null || echo none
echo "${a-unset}"
--- out
none
none
none
unset

=== a quoted digit in front of > is a word
echo \2>f
cat f
echo "2">f
cat f
--- out
2
2

=== quotes in single quotes and the other way round
echo '"' "'" '"$x"' "'\$x'"
--- out
" ' "$x" '$x'

=== $'...' knows the escapes of C
printf '%s' $'\a\b\e\f\n\r\t\v\\\'\"?' | od -An -c | tr -s ' '
--- out
 \a \b 033 \f \n \r \t \v \ ' " ?
--- differs dash: has no $'...'

=== $'...' knows bytes in octal and hexadecimal
printf '%s' $'\101\60\7a\x41\x7a\xA' | od -An -to1 | tr -s ' '
--- out
 101 060 007 141 101 172 012
--- differs dash: has no $'...'

=== an octal escape in $'...' has at most three digits
echo $'\1011'
--- out
A1
--- differs dash: has no $'...'

=== $'\cX' is a control character
printf '%s' $'\cA\ca\c[\c?\c\\\c^\c_\cz' | od -An -to1 | tr -s ' '
--- out
 001 001 033 177 034 036 037 032
--- differs dash: has no $'...'

=== within $'...' nothing is expanded
x=1
echo $'$x `echo` $(echo) ${x} #'
--- out
$x `echo` $(echo) ${x} #
--- differs dash: has no $'...'

=== a single quote within $'...' is written with a backslash
echo $'it\'s' a$'b\tc'd
--- out
it's ab	cd
--- differs dash: has no $'...'

=== what $'...' gives is quoted
: >f
set -- $'a b\tc' $'*' $''
echo $#
echo "$1|$2|$3"
--- out
3
a b	c|*|
--- differs dash: has no $'...'

=== a newline within $'...' is kept
echo $'one
two'
--- out
one
two
--- differs dash: has no $'...'

=== $'...' in double quotes is text
printf '%s\n' "$'a\tb'"
--- out
$'a\tb'

=== $'...' in a here-document is text
cat <<end
$'a\tb'
end
--- out
$'a\tb'

=== $'...' as the delimiter of a here-document quotes it
x=1
cat <<$'a b'
$x
a b
--- out
$x
--- differs dash: has no $'...'

=== $'...' as a pattern matches itself
case '*' in $'\52') echo yes ;; esac
case 'a' in $'*') echo no ;; *) echo other ;; esac
x='a	b'; echo "${x#*$'\t'}"
--- out
yes
other
b
--- differs dash: has no $'...'

=== $'...' in the word of an expansion
echo ${x-$'a\tb'} "${y:-c}"
--- out
a	b c
--- differs dash: has no $'...'

=== a backslash in the expansion of a variable is a character
x='a\b' y='\*' z='\\'
printf '%s\n' $x $y $z "$x" "$y" "$z"
--- out
a\b
\*
\\
a\b
\*
\\

=== quotes in the expansion of a variable are characters
x="'a b'" y='"c d"'
printf '<%s>' $x $y; echo
--- out
<'a><b'><"c><d">

=== quotes are removed from the words of redirections
echo 1 >'f'"g"\h
cat fgh
--- out
1

=== a double quote in double quotes within ${...}
x=
echo "${x:-"a  b"}" "${x:-a  b}" ${x:-"a  b"} ${x:-a  b}
--- out
a  b a  b a  b a b

=== a } in quotes does not end ${...}
x=
echo ${x:-'}'} ${x:-"}"} ${x:-\}} "${x:-\}}" "${x:-"}"}"
--- out
} } } } }

=== a single quote within "${...}" is a character
x=
echo "${x:-it's}" "${x:-'a'}"
--- out
it's 'a'

=== single quotes within "${x#...}" quote
x='*a$b'
echo "${x#'*'}" "${x%'$b'}" "${x#"*"}" "${x#\*}"
--- out
a$b *a a$b a$b

=== a script may hold bytes that are no characters
printf '%s' 'é' "é" \é | od -An -to1 | tr -s ' '
--- out
 303 251 303 251 303 251

=== a single quote that is not closed is a syntax error
echo one
echo 'two
--- status !0
--- out
one
--- err any

=== a double quote that is not closed is a syntax error
echo one
echo "two
--- status !0
--- out
one
--- err any
