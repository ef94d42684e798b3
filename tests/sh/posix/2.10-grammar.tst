# XCU 2.10 Shell Grammar

=== a program of nothing but newlines


--- out

=== a complete command may end in ; & or nothing
echo a;
echo b &
wait
echo c
--- out
a
b
c

=== linebreaks in front of and behind a complete command


echo a


echo b


--- out
a
b

=== a list as the body of everything
{ echo a; echo b & wait; echo c && echo d; }
(echo e
echo f;)
if true
then echo g; echo h;
fi
--- out
a
b
c
d
e
f
g
h

=== and_or, pipelines and ! in all their combinations
! true | false && ! false || echo no
true && ! true | true || echo b
! ! true 2>/dev/null || true
echo end
--- out
b
end
--- differs dash: ! ! is a syntax error

=== ! in front of ! turns the status around again
! ! true
echo $?
! ! ! true | false
echo $?
! ! false
echo $?
--- out
0
0
1
--- differs dash: ! ! is a syntax error

=== rule 1: reserved words at the place of a command
if true; then { for x in 1; do while true; do until false; do case x in x) break 3;; esac; done; done; done; }; fi
echo $x
--- out
1

=== rule 2: the word of a redirection may be anything
echo a >if
cat <if
echo b >'{'
cat <\{
echo c >1
cat <1
--- out
a
b
c

=== rule 3: the delimiter of a here-document may be anything
cat <<if
a
if
cat <<1
b
1
cat <<done
c
done
--- out
a
b
c

=== rule 4: esac ends a case where a pattern could stand
case a in
	a) echo a;;
esac
case a in esac
case esac in (esac) echo b; esac
case x in a) ;; esac; echo c
--- out
a
b
c

=== rule 5: the name of for
for _ in a; do echo $_; done
for a1_B in b; do echo $a1_B; done
for for in c; do echo $for; done
--- out
a
b
c

=== rule 6: in and do at the third word
for x in in do; do echo $x; done
for x do echo no; done
for x
in a
do echo $x; done
case a
in a) echo case; esac
--- out
in
do
a
case

=== rule 7: assignments in front of the name only
x=1 y=2 eval 'echo $x$y z=3'
echo ${z-unset}
--- out
12 z=3
unset

=== rule 8: a name and ( ) is a function
f( ) { echo f; }
f
g ()
{ echo g; }
g
f1_x() (echo h)
f1_x
--- out
f
g
h

=== rule 9: in a function's body no assignment is recognised early
f() { x=1; echo $x; }
f
--- out
1

=== a subshell right behind a word is a syntax error
echo a (echo b)
--- status !0
--- err any

=== a separator behind & is a syntax error
true & ; echo a
--- status !0
--- err any

=== ;; outside a case is a syntax error
echo a ;;
--- status !0
--- err any

=== newlines behind | && || do { ( then else in ;;
true |
cat
true &&
echo a
false ||
echo b
while true; do
echo c; break; done
{
echo d; }
(
echo e)
if false; then
:; else
echo f; fi
case a in
a)
echo g;;

esac
--- out
a
b
c
d
e
f
g

=== a newline in front of | or && is a syntax error
echo a
| cat
--- status !0
--- out
a
--- err any

=== a comment wherever a newline may be
if # a
true # b
then # c
{ # d
echo a # e
} # f
fi # g
case a in # h
# i
a) # j
echo b # k
;; # l
# m
esac # n
for x in 1 # o
do # p
echo c # q
done # r
true && # s
echo d
--- out
a
b
c
d

=== redirections behind every compound command
{ echo a; } >f; (echo b) >>f; if true; then echo c; fi >>f
for x in 1; do echo d; done >>f; while true; do echo e; break; done >>f
until false; do echo g; break; done >>f; case a in a) echo h;; esac >>f
cat f
--- out
a
b
c
d
e
g
h

=== io numbers and operators of every kind in one command
echo x >a
{ cat <&3; echo y >&4; echo z >&2; } 3<a 4>>b 2>|c <>d
cat b c
--- out
x
y
z

=== a function definition within other commands
if true; then f() { echo a; }; fi
f
{ g() { echo b; }; }; g
(h() { echo c; }; h)
true && i() { echo d; }
i
for x in 1; do j() { echo e; }; done; j
--- out
a
b
c
d
e

=== a case within a case within $( ) within quotes
echo "$(case a in a) case b in b) echo "x)"; esac;; esac)"
--- out
x)

=== the last command of a script may be any
if true; then echo a; fi
--- via c
--- out
a

=== words in which only quotes differ from a reserved word
{ echo a;}
{ echo b;};{ echo c;}
(echo d);(echo e)
--- out
a
b
c
d
e
