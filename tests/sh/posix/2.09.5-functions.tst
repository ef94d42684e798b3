# XCU 2.9.5 Function Definition Command

=== a function runs when its name is the name of a command
f() { echo a; }
f
f | cat
x=$(f); echo $x
--- out
a
a
a

=== defining it runs nothing, and the status is 0
false
f() { echo a; false; }
echo $?
--- out
0

=== the status of a call is that of its last command
f() { true; false; }; f; echo $?
f() { (exit 7); }; f; echo $?
f() { return; }; (exit 3); f; echo $?
--- out
1
7
3

=== the operands are its positional parameters
f() { echo $# "$1" "$2" "$*"; }
f a 'b c' d
f
--- out
3 a b c a b c d
0   

=== the caller's parameters are back behind it
f() { set -- x y z; shift; echo $# $1; }
f a
echo $# $1 $2
--- args p q
--- out
2 y
2 p q

=== $0 stays
f() { echo $0; }
f a
--- out
script

=== variables are those of the caller
x=1
f() { echo $x; x=2; y=3; }
f
echo $x $y
--- out
1
2 3

=== any compound command may be the body
f() { echo a; }
g() ( x=1; echo b )
h() for i in 1 2; do echo $i; done
i() case $1 in x) echo X;; esac
j() if [ $1 ]; then echo j; fi
k() while [ $n -gt 0 ]; do n=$((n - 1)); echo k; done
f; g; h; i x; j 1; n=1; k
echo ${x-unset}
--- out
a
b
1
2
X
j
k
unset

=== blanks and newlines in a definition
f () { echo a; }
g( ) { echo b; }
h()
{
	echo c
}
i()

(echo d)
f; g; h; i
--- out
a
b
c
d

=== a definition may be followed by operators
f() { echo a; }; f
g() { echo b; } && g
--- out
a
b

=== return ends the function
f() { echo a; return 3; echo b; }
f
echo $?
g() { for i in 1 2; do while true; do return 4; done; done; }
g
echo $?
--- out
a
3
4

=== a function may call itself
f() { [ $1 -gt 0 ] && { echo $1; f $(($1 - 1)); }; return 0; }
f 3
fac() { if [ $1 -le 1 ]; then echo 1; else echo $(($1 * $(fac $(($1 - 1))))); fi; }
fac 10
--- out
3
2
1
3628800

=== a function may call one that is defined later
f() { g; }
g() { echo g; }
f
--- out
g

=== the last definition counts
f() { echo a; }
f
f() { echo b; }
f
--- out
a
b

=== a function may redefine itself while it runs
f() { f() { echo new; }; echo old; }
f
f
--- out
old
new

=== a function may be removed while it runs
f() { unset -f f; echo still; }
f
f 2>/dev/null || echo none
--- out
still
none

=== a function may define others
f() { g() { echo g $1; }; }
g 2>/dev/null || echo none
f
g a
--- out
none
g a

=== functions and variables have names of their own
f=1
f() { echo $f; }
f
unset f
f
--- out
1


=== redirections of the definition are made at each call
n=0
f() { echo $1; } >f$n
n=1
f a
n=2
f b
cat f1 f2
ls f0 2>/dev/null || echo none
--- out
a
b
none

=== the parameters of the call are those of the expansions in these redirections
f() { cat; } <$1
f x
f y
--- file x
one
--- file y
two
--- args z
--- out
one
two

=== a here-document of the definition
f() { cat; } <<end
$1 $n
end
n=1; f a
n=2; f a
--- out
a 1
a 2

=== several redirections of the definition
f() { echo out; echo err >&2; } >o 2>e
f
cat o e
--- out
out
err

=== a redirection of the call comes in front of that of the definition
f() { echo a; } >o
f >x
cat o
wc -c <x
--- out
a
0

=== assignments in front of a call are seen inside
f() { echo $x; }
x=1
x=2 f
--- out
2

=== a function in a subshell and in a pipeline
f() { x=$1; echo $x; }
(f 1)
f 2 | cat
echo ${x-unset}
--- out
1
2
unset

=== a function hides a built-in and a program
cd() { echo "cd $1"; }
cat() { echo cat; }
cd /
cat
command cd /
echo $PWD
unset -f cd cat
cd /
--- out
cd /
cat
/

=== a function may use command to reach what it hides
echo() { command echo "<$*>"; }
echo a b
--- out
<a b>

=== a special built-in is found before a function of its name
eval 'export() { echo no; }' 2>/dev/null
export x=1
echo $x
--- out
1
--- differs dash: refuses the definition, and ends
--- differs bash: refuses the definition, and ends

=== what is no name is an error
for n in if '$x' a=b 'a b'; do
	(eval "$n() { :; }") 2>/dev/null && echo "not for $n"
done
echo end
--- out
end

=== a body that is no compound command is an error
(eval 'f() echo a') 2>/dev/null || echo error
(eval 'f()') 2>/dev/null || echo error
(eval 'f( x ) { :; }') 2>/dev/null || echo error
--- out
error
error
error
--- differs dash: takes a simple command

=== exit in a function ends the shell
f() { exit 3; }
f
echo no
--- status 3

=== break in a function called in a loop
f() { for j in a b; do break; done; echo f; }
for i in 1 2; do f; done
--- out
f
f

=== $? at the beginning is that of the caller
f() { echo $?; }
(exit 3)
f
true
f
--- out
3
0

=== LINENO in a function is that of the script
f() {
	echo $LINENO
}
f
--- out
2
--- differs dash: has no LINENO

=== a function in a function's arguments
f() { echo "f$1"; }
f "$(f "$(f a)")"
--- out
fffa

=== 1000 calls deep
f() { if [ $1 -gt 0 ]; then f $(($1 - 1)); else echo bottom; fi; }
f 1000
--- out
bottom
--- differs dash: refuses to go that deep

=== "$@" in a function is its own
f() { g "$@" x; }
g() { echo $#; }
f a 'b c' ''
--- out
4
