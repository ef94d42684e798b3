# XCU 2.9.4 Compound Commands

=== ( ) runs in a subshell
x=1
(x=2; cd /; umask 077; set -f; echo $x)
echo $x
[ "$PWD" = / ] || echo here
case $- in *f*) echo f;; esac
--- out
2
1
here

=== exit ends only the subshell, and is its status
(exit 3; echo no)
echo $?
(true)
echo $?
(false)
echo $?
--- out
3
0
1

=== subshells may be nested, with newlines and operators
(
	echo a
	(echo b; (echo c))
)
(echo d) && (echo e) | cat
--- out
a
b
c
d
e

=== functions, variables and options are there in a subshell
f() { echo f; }
x=1
set -u
(f; echo $x; case $- in *u*) echo u;; esac)
--- out
f
1
u

=== what a subshell defines is gone behind it
(f() { echo f; }; alias a=echo; export x=1; trap 'true' INT; f)
f 2>/dev/null || echo none
alias a 2>/dev/null || echo none
echo ${x-unset}
--- out
f
none
none
unset

=== what a subshell takes away is there behind it
f() { echo f; }
x=1
readonly y=2
(unset x; unset -f f; shift; f 2>/dev/null || echo none)
f
echo $x $# $y
--- args a b
--- out
none
f
1 2 2

=== $$ and $? in a subshell
[ "$(echo $$)" = $$ ] && echo same
false
(echo $?)
--- out
same
1

=== break and return in a subshell leave nothing outside of it
for i in 1 2; do (while :; do break; done; echo in); echo $i; done
f() { (return 3; echo no); echo $?; }
f
--- out
in
1
in
2
3

=== { } runs in the shell itself
{ x=1; cd /; }
echo $x $PWD
--- out
1 /

=== the status of a group is that of its last command
{ true; false; }; echo $?
{ false; true; }; echo $?
--- out
1
0

=== a group over several lines, and nested
{
	echo a
	{ echo b; { echo c; }; }
}
{ (echo d) }
{ { echo e; } }
--- out
a
b
c
d
e

=== { and } in the middle of a command are words
echo { a }
--- out
{ a }

=== exit in a group ends the shell
{ exit 3; }
echo no
--- status 3

=== for takes each of its words
for x in a 'b c' d"e f" $y "" $(echo g h); do echo "<$x>"; done
--- out
<a>
<b c>
<de f>
<>
<g>
<h>

=== for without in takes the positional parameters
set -- a 'b c' ''
for x do echo "<$x>"; done
for x; do echo "<$x>"; done
for x
do echo "<$x>"; done
--- out
<a>
<b c>
<>
<a>
<b c>
<>
<a>
<b c>
<>

=== for with an empty list does nothing, and its status is 0
false
for x in; do echo no; done
echo $?
for x in $y; do echo no; done
echo $? ${x-unset}
--- out
0
0 unset

=== newlines in a for
for x

in a b

do

echo $x
done
for x in c
do echo $x; done
for x in d;

do echo $x; done
--- out
a
b
c
d

=== the variable of for keeps its last value
for x in a b c; do :; done
echo $x
--- out
c

=== the words of for are expanded once, at the beginning
y='1 2'
for x in $y; do y=other; echo $x; done
set -- a b
for x; do set -- c; echo $x; done
--- out
1
2
a
b

=== the status of for is that of its last command
for x in 1 2; do false; done; echo $?
for x in 1 2; do [ $x = 2 ]; done; echo $?
--- out
1
0

=== the first turn of a for sees the status of the command before it
(exit 3)
for x in 1 2; do echo $?; done
f() { (exit 4); for x in 1; do return; done; }
f; echo $?
(exit 5)
for x in; do :; done; echo $?
--- out
3
0
4
0

=== for loops may be nested
for x in 1 2; do for y in a b; do echo $x$y; done; done
--- out
1a
1b
2a
2b

=== the variable of for may be changed inside
for x in 1 2; do x=a$x; echo $x; done
--- out
a1
a2

=== case takes the first pattern that matches
case abc in
	b*) echo no;;
	a*) echo yes;;
	abc) echo late;;
esac
--- out
yes

=== a case without a match does nothing, and its status is 0
false
case a in b) echo no;; esac
echo $?
case a in esac
echo $?
--- out
0
0

=== the status of a case is that of its commands
case a in a) false;; esac; echo $?
case a in a) ;; esac; echo $?
false; case a in a) ;; esac; echo $?
--- out
1
0
0

=== several patterns with |, and a ( in front
case b in a|b|c) echo 1;; esac
case b in (a|b) echo 2;; esac
case 'x y' in 'x y' | z) echo 3;; esac
case d in (a) echo no;; (d) echo 4;; esac
--- out
1
2
3
4

=== patterns are expanded
x='a*' y=abc
case $y in $x) echo 1;; esac
case $y in "$x") echo no;; *) echo 2;; esac
case a* in "$x") echo 3;; esac
case ~ in "$HOME") echo 4;; esac
case $(echo a) in `echo a`) echo 5;; esac
case 3 in $((1 + 2))) echo 6;; esac
--- out
1
2
3
4
5
6

=== patterns are expanded only until one matches
n=0
case a in b$((n += 1))) ;; a) ;; c$((n += 10))) ;; esac
echo $n
--- out
1

=== a pattern matches the whole word
case abc in b) echo no;; a) echo no;; bc) echo no;; *) echo yes;; esac
--- out
yes

=== the word of a case is not split and matches no files
: >abc
x='a  b'
case $x in 'a  b') echo 1;; esac
case a* in abc) echo no;; 'a*') echo 2;; esac
set -- c d
case "$*" in 'c d') echo 3;; esac
--- out
1
2
3

=== * ? and [ ] in patterns, quoted they match themselves
case abc in a?c) echo 1;; esac
case abc in a[xyb]c) echo 2;; esac
case abc in a[!b]c) echo no;; *) echo 3;; esac
case '*' in \*) echo 4;; esac
case 'a?c' in a'?'c) echo 5;; esac
case abc in a"?"c) echo no;; *) echo 6;; esac
case '' in '') echo 7;; esac
case '' in *) echo 8;; esac
case '[a]' in '[a]') echo 9;; esac
--- out
1
2
3
4
5
6
7
8
9

=== patterns match a slash and a dot in front
case a/b in a*b) echo 1;; esac
case a/b in a?b) echo 2;; esac
case .a in *a) echo 3;; esac
case .a in ?a) echo 4;; esac
--- out
1
2
3
4

=== the last list of a case needs no ;;
case a in a) echo 1; esac
case a in a) echo 2
esac
case a in b) ;; a) esac
echo $?
--- out
1
2
0

=== newlines in a case
case a

in

b)

echo no

;;

a)
echo yes
;;

esac
--- out
yes

=== ;& goes on with the next list
case a in
	a) echo a;&
	b) echo b;;
	c) echo c;;
esac
case b in a) echo a;& b) echo b;& c) echo c;& d) echo d;; e) echo e;; esac
--- differs dash: has no ;&
--- out
a
b
b
c
d

=== ;& does not look at the next pattern
n=0
case a in a) echo a;& b$((n += 1))) echo b;; esac
echo $n
--- differs dash: has no ;&
--- out
a
b
0

=== ;& in the last list ends the case
case a in a) false;& esac
echo $?
case a in a) echo x;& b) esac
echo $?
--- differs dash: has no ;&
--- out
1
x
0

=== if runs what follows then, or else
if true; then echo a; else echo b; fi
if false; then echo a; else echo b; fi
if false; then echo c; fi
--- out
a
b

=== elif is asked in order
for x in 1 2 3 4; do
	if [ $x = 1 ]; then echo one
	elif [ $x = 2 ]; then echo two
	elif [ $x = 3 ]; then echo three
	else echo more
	fi
done
--- out
one
two
three
more

=== the status of an if is that of what ran, 0 if nothing did
if true; then false; fi; echo $?
if false; then false; fi; echo $?
if false; then :; else (exit 3); fi; echo $?
if (exit 5); then :; fi; echo $?
if false; then :; elif false; then :; fi; echo $?
--- out
1
0
3
0
0

=== the condition may be a list, of which the last counts
if false; true; then echo a; fi
if true; false; then echo b; else echo c; fi
if ! false && true; then echo d; fi
if echo e | grep -q e; then echo e; fi
if { false; }; then :; elif (true); then echo f; fi
--- out
a
c
d
e
f

=== any command may be the only one behind the else that follows an elif
for x in a b c d e f g h; do
	if [ $x = 1 ]; then :; elif [ $x = 2 ]; then :; else
		case $x in *) printf '%s ' $x ;; esac
	fi
	if [ $x = 1 ]; then :; elif [ $x = 2 ]; then :; else { printf '%s ' $x; }; fi
	if [ $x = 1 ]; then :; elif [ $x = 2 ]; then :; else (printf '%s ' $x); fi
	if [ $x = 1 ]; then :; elif [ $x = 2 ]; then :; else ! printf '%s ' $x; fi
	if [ $x = 1 ]; then :; elif [ $x = 2 ]; then :; else if :; then printf '%s ' $x; fi; fi
	if [ $x = 1 ]; then :; elif [ $x = 2 ]; then :; else printf '%s ' $x & wait; fi
	if [ $x = 1 ]; then :; elif [ $x = 2 ]; then :; else for y in $x; do printf '%s ' $y; done; fi
	if [ $x = 1 ]; then :; elif [ $x = 2 ]; then :; else
		while printf '%s\n' $x; do break; done
	fi
done
--- out
a a a a a a a a
b b b b b b b b
c c c c c c c c
d d d d d d d d
e e e e e e e e
f f f f f f f f
g g g g g g g g
h h h h h h h h

=== newlines in an if
if

true

then

echo a

elif

true

then

echo b

else

echo c

fi
--- out
a

=== an if that is nested
if true; then if false; then echo a; else echo b; fi; fi
if if false; then true; else true; fi; then echo c; fi
--- out
b
c

=== $? in then and else is the condition's status
if (exit 3); then :; else echo $?; fi
if (exit 0); then echo $?; fi
if (exit 3); then :; elif echo $?; (exit 4); then :; else echo $?; fi
--- out
3
0
3
4

=== while runs as long as the condition's status is 0
i=0
while [ $i -lt 3 ]; do echo $i; i=$((i + 1)); done
--- out
0
1
2

=== until runs as long as it is not 0
i=0
until [ $i -ge 3 ]; do echo $i; i=$((i + 1)); done
--- out
0
1
2

=== the status of a loop is that of its last body, 0 if none ran
while false; do :; done; echo $?
until true; do :; done; echo $?
i=0; while [ $i -lt 1 ]; do i=1; (exit 3); done; echo $?
i=0; until [ $i -gt 0 ]; do i=1; false; done; echo $?
(exit 5); while false; do :; done; echo $?
--- out
0
0
3
1
0

=== the condition of a loop may be a list
i=0
while i=$((i + 1)); echo c$i; [ $i -lt 3 ]; do echo b$i; done
until false; i=$((i + 1)); [ $i -gt 5 ]; do echo u$i; done
--- out
c1
b1
c2
b2
c3
u4
u5

=== newlines in a loop
i=0
while

[ $i -lt 1 ]

do

echo a
i=1

done
--- out
a

=== loops of a pipeline and with redirections
i=0
while [ $i -lt 3 ]; do echo $i; i=$((i + 1)); done | sort -r
while read x; do echo "<$x>"; done <<end
a
b
end
until read x; do :; done <f
echo "$x"
--- file f
last
--- out
2
1
0
<a>
<b>
last

=== an empty body is a syntax error
for c in 'while true; do done' 'for x in a; do done' 'if true; then fi' 'if then echo; fi' '{ }' '( )' 'until do :; done' 'f() { }' 'if true; then :; else fi'; do
	(eval "$c") 2>/dev/null && echo "not for $c"
done
echo end
--- out
end

=== what is not closed is a syntax error
for c in 'while true; do :' 'for x in a; do :' 'if true; then :' '{ :' '( :' 'case a in a) :' 'case a in' 'if true' 'for x in' 'case a' 'while :; do :; fi' '{ :; )' '( : }' 'if :; then :; done'; do
	(eval "$c") 2>/dev/null && echo "not for $c"
done
echo end
--- out
end

=== other errors of syntax in compound commands
for c in 'for 1a in b; do :; done' 'for x-y in b; do :; done' 'for $x in a; do :; done' 'case a b in a) ;; esac' 'case in a) ;; esac' 'case a in ) ;; esac' 'case a in a|) ;; esac' 'case a in |a) ;; esac' 'for x in a do :; done' 'if true; else :; fi' '(:) (:)' '{ :; } { :; }' '{ :; } echo' 'if :; then :; fi echo'; do
	(eval "$c") 2>/dev/null && echo "not for $c"
done
echo end
--- out
end

=== a compound command may be followed by operators
{ echo a; } && (echo b) || echo no
if false; then :; fi; echo c
for x in 1; do echo d; done & wait
while false; do :; done | cat
case a in a) echo e;; esac; { echo f; }
(echo g); (echo h)
--- out
a
b
c
d
e
f
g
h

=== deep nesting
x=
i=0
while [ $i -lt 200 ]; do x="{ ${x:-echo deep}; }"; i=$((i + 1)); done
eval "$x"
x=
i=0
while [ $i -lt 50 ]; do x="if true; then ${x:-echo deeper}; fi"; i=$((i + 1)); done
eval "$x"
--- out
deep
deeper

=== a long loop
i=0
while [ $i -lt 20000 ]; do i=$((i + 1)); done
echo $i
--- out
20000
