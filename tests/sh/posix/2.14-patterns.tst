# XCU 2.14 Pattern Matching Notation

=== an ordinary character matches itself
m() { case $1 in $2) echo yes;; *) echo no;; esac; }
m a a; m a b; m ab a; m a ab; m '' ''; m A a
--- out
yes
no
no
no
yes
no

=== ? matches any one character
m() { case $1 in $2) echo yes;; *) echo no;; esac; }
m a '?'; m '' '?'; m ab '?'; m ab '??'; m abc 'a?c'; m '?' '?'; m '
' '?'
--- out
yes
no
no
yes
yes
yes
yes

=== * matches any string
m() { case $1 in $2) echo yes;; *) echo no;; esac; }
m '' '*'; m abc '*'; m abc 'a*'; m abc '*c'; m abc '*b*'; m abc '*d*'; m abc 'a*c'; m abc 'abc*'; m ac 'a*b*c'
m abababab '*ab*ab'
--- out
yes
yes
yes
yes
yes
no
yes
yes
no
yes

=== a bracket expression matches one of its characters
m() { case $1 in $2) echo yes;; *) echo no;; esac; }
m a '[abc]'; m d '[abc]'; m ab '[abc]'; m '' '[abc]'; m b 'b[]'; m b '[b][b]'; m bb '[b][b]'
--- out
yes
no
no
no
no
no
yes

=== ! first in brackets negates
m() { case $1 in $2) echo yes;; *) echo no;; esac; }
m a '[!a]'; m b '[!a]'; m '!' '[a!]'; m '' '[!a]'; m b '[!a-c]'; m d '[!a-c]'
--- out
no
yes
yes
no
no
yes

=== a range of characters
m() { case $1 in $2) echo yes;; *) echo no;; esac; }
m b '[a-c]'; m d '[a-c]'; m 5 '[0-9]'; m x '[a-cx-z]'; m - '[a-]'; m - '[-a]'; m b '[a-]'; m - '[!-]'
--- out
yes
no
yes
yes
yes
yes
no
no

=== a ] first in brackets is a character
m() { case $1 in $2) echo yes;; *) echo no;; esac; }
m ']' '[]]'; m a '[]a]'; m ']' '[!]]'; m a '[!]]'; m ']' '[]-a]'; m '^' '[]-a]'
--- out
yes
yes
no
yes
yes
yes

=== a bracket that is not closed is a character
m() { case $1 in $2) echo yes;; *) echo no;; esac; }
m '[a' '[a'; m a '[a'; m '[' '['; m '[]' '[]'; m '[!' '[!'; m 'x[y' 'x[?'
--- out
yes
no
yes
yes
yes
yes

=== classes of characters
for c in alnum alpha blank cntrl digit graph lower print punct space upper xdigit; do
	printf '%s:' $c
	for x in a Z 5 ' ' '.' '	'; do
		eval "case \$x in [[:$c:]]) printf 1;; *) printf 0;; esac"
	done
	echo
done
--- out
alnum:111000
alpha:110000
blank:000101
cntrl:000001
digit:001000
graph:111010
lower:100000
print:111110
punct:000010
space:000101
upper:010000
xdigit:101000

=== classes among other characters
m() { case $1 in $2) echo yes;; *) echo no;; esac; }
m _ '[[:alpha:]_]'; m 1 '[[:alpha:]_]'; m 1 '[![:alpha:]_]'; m - '[[:digit:]-]'; m ']' '[[:digit:]]]'; m '1]' '[[:digit:]]]'
--- out
yes
no
yes
yes
no
yes

=== collating symbols and equivalence classes of one character
m() { case $1 in $2) echo yes;; *) echo no;; esac; }
m a '[[.a.]]'; m - '[[.-.]a]'; m a '[[=a=]]'; m b '[[=a=]]'; m ']' '[[.].]]'
--- out
yes
yes
yes
no
yes
--- differs dash: knows classes only

=== quoted characters match themselves
case '*' in \*) echo 1;; esac
case a in \*) echo no;; *) echo 2;; esac
case '?' in '?') echo 3;; esac
case '[a]' in '['a']') echo 4;; esac
case a in "[a]") echo no;; *) echo 5;; esac
case ab in a'*') echo no;; a*) echo 6;; esac
case '\' in \\) echo 7;; esac
--- out
1
2
3
4
5
6
7

=== quoted characters in brackets
case - in [a'-'z]) echo 1;; esac
case b in [a'-'z]) echo no;; *) echo 2;; esac
case ']' in [']']) echo 3;; esac
case ']' in [a\]]) echo 4;; esac
case '!' in ['!'a]) echo 5;; esac
case b in [\!a]) echo no;; *) echo 6;; esac
case '\' in [\\]) echo 7;; esac
case \" in ['"']) echo 8;; esac
--- out
1
2
3
4
5
6
7
8

=== a backslash that comes from an expansion quotes
m() { case $1 in $2) echo yes;; *) echo no;; esac; }
m '*' '\*'; m a '\*'; m '\a' '\a'; m a '\a'; m '\' '\\'; m 'a*' 'a\*'; m ']' '[\]]'
--- out
yes
no
no
yes
yes
yes
yes

=== quoted expansions match as they are
p='*' q='[a]' r='?'
case abc in "$p") echo no;; $p) echo 1;; esac
case '[a]' in "$q") echo 2;; esac
case a in $q) echo 3;; esac
case ab in a"$r") echo no;; a$r) echo 4;; esac
--- out
1
2
3
4

=== a part of a pattern may be quoted and another not
p='*'
case 'a*bc' in 'a*'*) echo 1;; esac
case 'axbc' in 'a*'*) echo no;; a"x"*) echo 2;; esac
case 'a*bc' in a"$p"$p) echo 3;; esac
--- out
1
2
3

=== / and . are ordinary outside of names of files
case a/b.c in *) echo 1;; esac
case /a in ?a) echo 2;; esac
case .a in *) echo 3;; esac
case a/b in a[/]b) echo 4;; esac
case .a in [.]a) echo 5;; esac
--- out
1
2
3
4
5

=== in names of files / is matched by / only
mkdir a; : >a/b; : >acb
echo a*b a?b a[c/]b a[!c]b a/b a/*
--- out
acb acb a[c/]b a[!c]b a/b a/b

=== in names of files a . in front is matched by . only
: >.a; : >ba
echo *a ?a [.b]a .* [!b]a | sed 's/\. \.\. //'
--- out
ba ba ba .a [!b]a

=== in names of files a . behind a slash too
mkdir d; : >d/.a; : >d/b
echo d/* d/.[a-z] */?
--- out
d/b d/.a d/b

=== a pattern of a name without pattern characters need not exist
echo none [n]one 'n'one
--- out
none [n]one none

=== characters of several bytes
m() { case $1 in $2) echo yes;; *) echo no;; esac; }
m é '?'; m é '??'; m é '[é]'; m è '[é]'; m è '[!é]'; m aéb 'a?b'; m é '[[:alpha:]]'; m é '[à-ï]'
--- env LC_ALL=C.UTF-8
--- out
yes
no
yes
no
yes
yes
yes
yes
--- differs dash: matches bytes

=== bytes that are no characters match ? and *
x=$(printf 'a\377b')
case $x in a?b) echo yes;; esac
case $x in a*b) echo yes;; esac
--- env LC_ALL=C.UTF-8
--- out
yes
yes

=== in the C locale a byte is a character
case é in ??) echo yes;; esac
--- out
yes

=== patterns without end in sight do not take forever
x=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
case $x in *a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b) echo no;; *) echo yes;; esac
--- out
yes
--- differs dash: takes forever
