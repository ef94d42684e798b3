# XCU 2.4 Reserved Words

=== reserved words are words where no command begins
echo ! { } case do done elif else esac fi for if in then until while
--- out
! { } case do done elif else esac fi for if in then until while

=== a reserved word is recognised as the first word of a command
if true; then echo a; fi
while false; do :; done
until true; do :; done
for i in 1; do echo $i; done
case x in x) echo c; esac
{ echo d; }
! false && echo e
--- out
a
1
c
d
e

=== a reserved word is recognised behind another one
if if true; then true; fi then if true
then echo a; fi fi
{ { echo b; } }
while ! true; do :; done
if true; then while false; do :; done fi
! { false; } && echo c
--- out
a
b
c

=== a reserved word behind an assignment is a command's name
x=1 if 2>/dev/null || echo none
--- out
none

=== a reserved word behind a redirection is a command's name
</dev/null if 2>/dev/null || echo none
--- out
none

=== a reserved word as the word of a case
case if in if) echo a;; esac
case in in in) echo b;; esac
case case in case) echo c;; esac
--- out
a
b
c

=== a reserved word as a pattern
case esac in (esac) echo a;; esac
case do in fi|do) echo b;; esac
case x in if|then|x) echo c;; esac
--- out
a
b
c

=== a reserved word as a value of for
for x in do done if in; do echo $x; done
--- out
do
done
if
in

=== a reserved word as the name of a variable
if=1 while=2 in=3
echo $if $while ${in}
for in in a; do echo $in; done
for do in b; do echo $do; done
--- out
1 2 3
a
b

=== } needs a separator in front of it
{ echo a }
}
--- out
a }

=== { needs a blank behind it
{echo a 2>/dev/null || echo none
--- out
none

=== words that only begin like a reserved word are none
iff() { echo a; }
iff
dodo=1; echo $dodo
--- out
a
1

=== in is recognised only as the third word of for and case
echo in
x=1 in 2>/dev/null || echo none
for in in in; do echo $in; done
case in in in) echo case;; esac
--- out
in
none
in
case

=== in alone is a syntax error
in || echo no command
--- status !0
--- err any

=== a word that an expansion makes is no reserved word
x=if
$x 2>/dev/null || echo none
y='}'
{ echo a $y; }
--- out
none
a }

=== a reserved word alone is a syntax error
then
--- status !0
--- err any

=== done without do is a syntax error
done
--- status !0
--- err any

=== a } without a { is a syntax error
}
--- status !0
--- err any

=== fi without if is a syntax error
echo a
fi
echo b
--- status !0
--- out
a
--- err any

=== ! in front of a subshell and a group
! (exit 1); echo $?
! { true; }; echo $?
--- out
0
1

=== ! as an argument is text
echo ! a
echo a !
--- out
! a
a !

=== the beginning of a reserved word is none
for name in c cas d don e el els esa f fo i t the u unti w whil; do
	eval "$name() { echo $name; }; $name"
done
--- out
c
cas
d
don
e
el
els
esa
f
fo
i
t
the
u
unti
w
whil
