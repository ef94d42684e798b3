# XCU 2.6.6 Pathname Expansion

=== patterns become the names that match, sorted
: >b; : >a; : >c; : >ab
echo * a* ?
--- out
a ab b c script a ab a b c

=== a pattern without a match stays
echo none* [x]y ?
--- out
none* [x]y ?

=== * ? and [ ] match
: >a1; : >a2; : >b1; : >ab
echo a? ?1 [ab]1 a[0-9] a[!0-9] *1
--- out
a1 a2 ab a1 b1 a1 b1 a1 a2 ab a1 b1

=== a name that begins with a dot is matched by a dot only
: >.hidden; : >shown
echo *hid* .h* ?hidden [.]hidden [!a]hidden
--- out
*hid* .hidden ?hidden [.]hidden [!a]hidden

=== * does not match . and ..
: >f
echo * .[!.]*
--- out
f script .[!.]*

=== a slash is matched by a slash only
mkdir a; : >a/f
echo a*f a?f a[/]f */f a/* */*
--- out
a*f a?f a[/]f a/f a/f a/f

=== patterns in several parts of a name
mkdir -p a1/x a2/x b1/x
: >a1/x/f; : >a2/x/f; : >b1/x/g
echo a*/x/f */x/[fg] */*/*
--- out
a1/x/f a2/x/f a1/x/f a2/x/f b1/x/g a1/x/f a2/x/f b1/x/g

=== a dot behind a slash too
mkdir d; : >d/.h; : >d/s
echo d/* d/.h* */.h
--- out
d/s d/.h d/.h

=== a slash at the end matches directories only
mkdir d e; : >f
echo */ [def]/
--- out
d/ e/ d/ e/

=== two slashes stay
mkdir d; : >d/f
echo d//* .//d/*
--- out
d//f .//d/f

=== quoted pattern characters match themselves
: >'a*'; : >ab
echo 'a*' a\* "a*" a'*' a* *\*
--- out
a* a* a* a* a* ab a*

=== pattern characters that come from an expansion match
: >a1; : >a2
x='a*'
echo $x "$x" $(echo 'a?')
--- out
a1 a2 a* a1 a2

=== set -f turns it off
: >a1
set -f
echo a* ?1
set +f
echo a*
--- out
a* ?1
a1

=== an assignment and a case make no names
: >a1
x=a*
echo "$x"
case a* in a1) echo no;; 'a*') echo yes;; esac
--- out
a*
yes

=== for takes the names
: >f1; : >f2
for x in f*; do echo "<$x>"; done
--- out
<f1>
<f2>

=== names with blanks and special characters are one field each
: >'a b'; : >'a$c'; : >"a'd"; : >'a\e'
for x in a*; do printf '<%s>\n' "$x"; done
--- out
<a b>
<a$c>
<a'd>
<a\e>

=== a [ that is not closed is a character
: >'[a'
echo [a [a* [
--- out
[a [a [

=== a ] first in brackets is a character
: >']'; : >a
echo [].] [!].]
--- out
] a

=== a range and a negation
for x in a b c d e; do : >f$x; done
echo f[b-d] f[!b-d] f[-a] f[a-] f[ace]
--- out
fb fc fd fa fe fa fa fa fc fe

=== classes of characters
: >fa; : >fB; : >f1; : >f_
echo f[[:alpha:]] f[[:digit:]] f[[:upper:]] f[![:alnum:]] f[[:lower:][:digit:]]
--- out
fB fa f1 fB f_ f1 fa

=== a link that leads nowhere is a name
ln -s nowhere link
echo l*
--- out
link

=== a directory that may not be searched has no names
mkdir d; : >d/f
chmod 0 d
echo d/*
chmod 700 d
--- needs user
--- out
d/*

=== a name behind a directory that only may be searched
mkdir d; : >d/f
chmod 100 d
echo [d]/f
echo d/*
chmod 700 d
--- needs user
--- out
d/f
d/*

=== the pattern of a quoted slash
mkdir a; : >a/b
echo a'/'* a\/* "a/"*
--- out
a/b a/b a/b

=== names are matched in the current directory of the moment
mkdir d; : >d/f
cd d
echo *
--- out
f

=== absolute patterns
echo /[e]tc /e[t]c/passw[d]
--- out
/etc /etc/passwd

=== two stars are like one
: >ab
echo a** **b
--- out
ab ab

=== a name that is not a file below a file
: >f
echo f/* f*/x
--- out
f/* f*/x

=== in a subshell and in a substitution
: >a1; : >a2
(echo a*)
echo $(echo a*)
--- out
a1 a2
a1 a2

=== many names
mkdir d
i=0
while [ $i -lt 1000 ]; do : >d/f$i; i=$((i + 1)); done
set -- d/*
echo $# $1
--- out
1000 d/f0

=== a backslash that comes from an expansion quotes in a pattern
: >'a*b'; : >axb
x='a\**'
echo $x
--- out
a*b

=== characters of several bytes are one for ?
: >é; : >éa
echo ? ?a
--- env LC_ALL=C.UTF-8
--- out
é éa
--- differs dash: counts bytes
