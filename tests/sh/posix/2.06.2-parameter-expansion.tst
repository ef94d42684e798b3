# XCU 2.6.2 Parameter Expansion

=== ${x-word} if it is unset, ${x:-word} also if it is empty
e= s=v
echo "<${u-w}><${u:-w}><${e-w}><${e:-w}><${s-w}><${s:-w}>"
--- out
<w><w><><w><v><v>

=== ${x=word} and ${x:=word} assign
e= s=v e2=
echo "<${u=w}><${u2:=w}><${e=w}><${e2:=w}><${s=w}><${s:=w}>"
echo "<$u><$u2><$e><$e2><$s>"
--- out
<w><w><><w><v><v>
<w><w><><w><v>

=== ${x+word} and ${x:+word} take the other
e= s=v
echo "<${u+w}><${u:+w}><${e+w}><${e:+w}><${s+w}><${s:+w}>"
--- out
<><><w><><w><w>

=== ${x?word} and ${x:?word} give the value if there is one
e= s=v
echo "<${s?w}><${s:?w}><${e?w}>"
--- out
<v><v><>

=== ${x?word} of an unset one writes the word and ends the shell
echo ${u?it is missing}
echo not reached
--- status !0
--- err /u.*it is missing/

=== ${x:?word} of an empty one too
e=
echo ${e:?it is empty}
echo not reached
--- status !0
--- err /e.*it is empty/

=== ${x?} has a message of its own
echo ${u?}
echo not reached
--- status !0
--- err /u/

=== ${x?word} in a subshell ends the subshell
(echo ${u?missing}; echo not reached)
[ $? -ne 0 ] && echo here
--- out
here
--- err /missing/

=== the word of ${x?word} is expanded
w=text
(: ${u?$w $(echo more)})
[ $? -ne 0 ] && echo here
--- out
here
--- err /text more/

=== the word is expanded only if it is used
s=v n=0
: ${s-$((n += 1))} ${s:-$(echo ran >f)} ${s=$((n += 1))} ${u+$((n += 1))} ${s?$((n += 1))}
echo $n
test -e f || echo not run
--- out
0
not run

=== the word may be any expansion
w=a
echo ${u-$w} ${u-${v-b}} ${u-$(echo c)} ${u-`echo d`} ${u-$((2 + 3))} ${u-'e  e'} ${u-"f$w"}
--- out
a b c d 5 e  e fa

=== the word may be empty
set -- ${u-} "${u-}" ${u:-}
echo $#
--- out
1

=== the words of an unquoted expansion are split
set -- ${u-a b  c}
echo "$#: $1,$2,$3"
set -- ${u-'a b' c"d e"f}
echo "$#: $1,$2"
set -- x${u-a b}y
echo "$#: $1,$2"
--- out
3: a,b,c
2: a b,cd ef
2: xa,by

=== the words of a quoted expansion are one
set -- "${u-a b  c}" "${u-a "b  c" d}"
echo "$#: $1,$2"
--- out
2: a b  c,a b  c d

=== ${x=word} assigns without quotes, and gives the value
set -- ${u="a  b" c}
echo "$#: $u"
--- out
3: a  b c

=== "$@" in the word is its fields
set -- 'a b' c
for x in ${u-"$@"}; do echo "<$x>"; done
for x in "${u-$@}"; do echo "<$x>"; done
for x in ${1+"$@"}; do echo "<$x>"; done
set --
for x in ${1+"$@"}; do echo "<$x>"; done
--- out
<a b>
<c>
<a b>
<c>
<a b>
<c>

=== of positional parameters
set -- a ''
echo "<${1-w}><${2-w}><${2:-w}><${3-w}><${1+w}><${3+w}>"
--- out
<a><><w><w><w><>

=== of special parameters
set --
echo "<${*-w}>" "<${@-w}>" "<${#-w}>" "<${?-w}>" "<${1:-w}>" "<${0:+w}>"
--- out
<w> <w> <0> <0> <w> <w>
--- differs dash: says that ${*-w} is set

=== a positional parameter cannot be assigned by ${1=word}
set --
(echo ${1=x}) 2>/dev/null || echo error
--- out
error

=== a special parameter cannot be assigned by ${*=word}
set --
(echo ${*:=x}) 2>/dev/null || echo error
--- out
error

=== ${#x} is the length
x=hello e=
echo ${#x} ${#e} "${#x}" ${#u}
set -- abc defg
echo ${#1} ${#2}
--- out
5 0 5 0
3 4

=== ${#x} counts characters, not bytes
x='aäö€'
echo ${#x}
--- env LC_ALL=C.UTF-8
--- out
4
--- differs dash: counts bytes

=== ${#} and $# are the number of parameters
set -- a b c
echo ${#} $# "${#}"
--- out
3 3 3

=== the length of special parameters
set -- a b c
echo ${#0} ${##} ${#?}
--- out
6 1 1

=== ${x%pattern} takes away the shortest match at the end
x=file.tar.gz
echo ${x%.*} ${x%.gz} ${x%z} ${x%none} ${x%} ${x%*} ${x%?}
--- out
file.tar file.tar file.tar.g file.tar.gz file.tar.gz file.tar.gz file.tar.g

=== ${x%%pattern} takes away the longest
x=file.tar.gz
echo ${x%%.*} ${x%%t*} ${x%%none} "<${x%%*}>"
--- out
file file. file.tar.gz <>

=== ${x#pattern} takes away the shortest match at the beginning
x=/usr/local/bin
echo ${x#/} ${x#*/} ${x#/usr} ${x#none} ${x#*} ${x#?}
--- out
usr/local/bin usr/local/bin /local/bin /usr/local/bin /usr/local/bin usr/local/bin

=== ${x##pattern} takes away the longest
x=/usr/local/bin
echo ${x##*/} ${x##/*/} ${x##none} "<${x##*}>"
--- out
bin bin /usr/local/bin <>

=== in these patterns quotes take away the meaning
x='*a*b' y='*'
echo "${x#'*'}" "${x#"*"}" "${x#\*}" "${x#"$y"}" "<${x##$y}>" "${x%"$y"b}"
--- out
a*b a*b a*b a*b <> *a

=== in these patterns bracket expressions work
x=abc123
echo ${x%%[0-9]*} ${x##*[!0-9]} ${x#[[:alpha:]]} ${x%[13]}
--- out
abc 123 bc123 abc12

=== in these patterns a slash is no special character
x=a/b.c/d
echo ${x%.*} ${x##*c}
--- out
a/b /d

=== the pattern may be an expansion
p='*.' x=a.b.c
echo ${x#$p} ${x##$p} ${x%${x#?}} ${x#"$(echo a)"}
--- out
b.c c a .b.c

=== of an unset or an empty variable nothing is taken away
e=
echo "<${u#a}><${u%%*}><${e##*}>"
--- out
<><><>

=== of a positional parameter
set -- a.b c.d
echo ${1%.*} ${2#*.} "${1##*.}"
--- out
a d b

=== the outer double quotes do not quote the pattern
x=abcabc
echo "${x#*b}" "${x##*b}" "${x%b*}" "${x%%b*}"
--- out
cabc c abca a

=== a } in the pattern is quoted
x='a}b'
echo "${x#*\}}" "${x#*'}'}" "${x%"}"*}"
--- out
b b a

=== expansions may be nested
x=abcdef
echo ${x#${x%def}} ${x%"${x#abc}"} ${u-${v-${w-deep}}}
--- out
def abc deep

=== set -u: an unset variable is an error
set -u
echo $u
echo not reached
--- status !0
--- err /u/

=== set -u: an unset positional parameter is an error
set -u
echo $1
echo not reached
--- status !0
--- err any

=== set -u: $@ and $* are none
set -u
echo "<$*>" "$@"
for x in "$@" $*; do echo $x; done
echo end
--- out
<>
end

=== set -u: with a word there is no error
set -u
echo "<${u-a}><${u:-b}><${u+c}><${u:=d}>"
--- out
<a><b><><d>

=== set -u: ${#x}, ${x%y} and ${x#y} of an unset one are errors
set -u
for e in '${#u}' '${u%a}' '${u##a}'; do
	(eval "echo $e") 2>/dev/null || echo error
done
--- out
error
error
error

=== set -u: an empty one is none
set -u
e=
echo "<$e><${e}><${#e}>"
--- out
<><><0>

=== set -u: in a function the parameters are the function's
set -u
f() { echo "${1-none}"; (echo $1) 2>/dev/null || echo error; }
f
f a
--- args x
--- out
none
error
a
a

=== an expansion without braces ends at the first character that is none of a name
x=1
echo $x.a $x/a $x-a $x:a $x{a} $x[a] "$x'a"
--- out
1.a 1/a 1-a 1:a 1{a} 1[a] 1'a

=== an expansion that is not closed is a syntax error
echo a
echo ${x
--- status !0
--- out
a
--- err any

=== a bad name in braces is an error
echo a
echo ${1a} 
echo b
--- status !0
--- out
a
--- err any

=== blanks in braces are an error
(eval 'echo ${ x}') 2>/dev/null || echo error
--- out
error

=== newlines in the word are kept
echo "${u-a
b}"
--- out
a
b

=== a word of several lines with a comment's sign
echo ${u-a#b} "${u-#}"
--- out
a#b #

=== a backslash in the word of a quoted expansion
printf '%s\n' "${u-\a\$\"\}\\}" ${u-\a\$\"\}\\}
--- out
\a$"}\
a$"}\

=== the value of a quoted expansion is one field with its blanks
x='  a  b  '
printf '<%s>' "$x" "${x}" "${x-}" "${u-$x}"; echo
--- out
<  a  b  ><  a  b  ><  a  b  ><  a  b  >

=== patterns in values match no files in quotes
: >f
x='*'
echo "$x" "${x}" "${u-*}"
--- out
* * *

=== an assignment in an expansion lasts, in a subshell it does not
: ${a=1}
(: ${b=2})
echo $a ${b-unset}
--- out
1 unset

=== a readonly variable is not assigned by ${x=word}
readonly r
(echo ${r=a}) 2>/dev/null || echo error
--- out
error

=== the value may be long
x=$(printf '%05000d' 0)
echo ${#x}
y=$x$x
echo ${#y} ${#x}
z=${y#$x}
echo ${#z}
--- out
5000
10000 5000
5000

=== a value that begins with the variable itself and sets it further on
x=a
x=$x$((x = 5))$x
echo "$x"
x=a
x=$x${y:=$((x = 6))}$x
echo "$x"
--- out
a55
a66
