# XCU 2.6.3 Command Substitution

=== $( ) and backquotes give what the commands write
echo $(echo a) `echo b` "$(echo c; echo d)" "`echo e`"
--- out
a b c
d e

=== newlines at the end go away, however many
x=$(printf 'a\n\n\n')
echo "<$x>"
x=`printf '\n\nb\n\n'`
echo "<$x>"
x=$(printf '\n\n')
echo "<$x>"
--- out
<a>
<

b>
<>

=== blanks at the end stay within double quotes
x="$(printf 'a \t \n')"
printf '%s' "$x" | od -An -c | tr -s ' '
--- out
 a \t 

=== the result is split, and matches files, unless it is quoted
: >f1; : >f2
set -- $(echo 'a b' 'f*')
echo $# $*
set -- "$(echo 'a b' 'f*')"
echo "$# $*"
--- out
4 a b f1 f2
1 a b f*

=== the result is not expanded again
x=no
printf '%s\n' "$(printf '%s' '$x `echo a` $(echo b) \\ ~')" $(printf '%s' '$x')
--- out
$x `echo a` $(echo b) \\ ~
$x

=== it runs in a subshell
x=1
y=$(x=2; cd /; echo $x)
echo $x $y
[ "$PWD" != / ] && echo same
--- out
1 2
same

=== an empty one gives nothing
set -- $() `` $( ) "$()"
echo "$# <$1>"
--- out
1 <>

=== the status of the last one is that of an assignment
x=$(exit 3); echo $?
x=$(exit 3) y=$(exit 4); echo $?
x=$(exit 3) y=4; echo $?
x=`exit 5`; echo $?
--- out
3
4
3
5

=== the status of a command with a name is its own
echo $(exit 3); echo $?
: $(exit 3); echo $?
--- out

0
0

=== the status of a command whose name becomes nothing
$(exit 3); echo $?
`true`; echo $?
x= ; $x $(exit 4); echo $?
--- out
3
0
4

=== the status of a failed substitution in a redirection
>$(echo f; exit 3); echo $?
--- out
3

=== they may be nested
echo $(echo a $(echo b $(echo c)))
echo "$(echo "a  $(echo "b  $(echo "c  d")")")"
--- out
a b c
a  b  c  d

=== backquotes are nested with backslashes
echo `echo a \`echo b \\\`echo c\\\`\``
--- out
a b c

=== in backquotes a backslash quotes $ ` and backslash
x=1
printf '%s\n' `printf '%s\n' '\\\\' '\$x' '\a'` `echo \$x`
--- out
\\
$x
\a
1

=== in backquotes within double quotes too
x=1
printf '%s\n' "`printf '%s\n' '\\\\' '\$x' '\a'`" "`echo \"a  b\"`"
--- out
\\
$x
\a
a  b

=== in $( ) quotes and backslashes mean what they mean outside
printf '%s\n' $(printf '%s\n' '\\' '\$x' "\\" \\)
--- out
\\
\$x
\
\

=== parentheses that are quoted or in a comment do not end it
echo $(echo ')' "(" \) # )
echo b
)
--- out
) ( ) b

=== a case in it
echo $(case a in a) echo A;; b) echo B;; esac)
echo "$(case b in (a) echo A;; (b) echo B; esac)"
--- out
A
B

=== compound commands, functions and pipelines in it
echo $(for x in 1 2; do echo $x; done | sort -r)
echo $(f() { echo f; }; f; f)
echo $(if false; then :; else echo e; fi)
echo $({ echo g; } && (echo s))
--- out
2 1
f f
e
g s

=== several lines and comments in it
x=$(
	echo a

	# comment
	echo b
)
echo $x
--- out
a b

=== a here-document in it
x=$(cat <<end
a $((1 + 1)) ' "
end
)
echo "$x"
--- out
a 2 ' "

=== a here-document in backquotes
x=`cat <<end
a
end
`
echo "$x"
--- out
a

=== within a here-document
cat <<end
$(echo a; echo b) `echo c`
end
--- out
a
b c

=== within arithmetic
echo $(( $(echo 1) + `echo 2` ))
--- out
3

=== standard error is not taken
x=$(echo a >&2; echo b)
echo $x
--- out
b
--- err
a

=== $? in it is that of the command before
false
echo $(echo $?)
(exit 7)
x=$(exit $?); echo $?
--- out
1
7

=== the positional parameters are there
set -- a b
echo $(echo $2 $1) $(shift; echo $1)
echo $1
--- out
b a b
a

=== exit in it ends only the substitution
x=$(echo a; exit 3; echo b)
echo "$x $?"
--- out
a 3

=== return in it ends only the substitution
f() { x=$(return 3; echo no); echo "$x $?"; echo end; }
f
--- out
 3
end

=== break in it does not leave the loop outside
for i in 1 2; do x=$(echo $i); echo $x; done
--- out
1
2

=== functions and aliases are there
f() { echo function $1; }
echo $(f a)
--- out
function a

=== a background command holds it open until it ends
x=$( (sleep 0.1; echo late) & echo soon)
echo $x
--- out
soon late

=== a large result
x=$(i=0; while [ $i -lt 2000 ]; do echo 'a line of some length, this one is 50 characters..'; i=$((i + 1)); done)
echo ${#x}
--- out
101999

=== a large result of a program
x=$(dd if=/dev/zero bs=1000 count=500 2>/dev/null | tr '\0' x)
echo ${#x}
--- out
500000

=== the standard input is the shell's
echo line | { x=$(cat); echo "<$x>"; }
x=$(read y; echo "$y"); echo "$x"
cat
--- in
one
two
--- out
<line>
one
two

=== an unquoted result beside text
set -- a$(echo 'b c')d
echo "$#: $1,$2"
--- out
2: ab,cd

=== an IFS splits the result
IFS=:
set -- $(echo a:b c:d)
echo "$#: $1,$2,$3"
--- out
3: a,b c,d

=== a substitution that is not closed is a syntax error
echo a
echo $(echo b
--- status !0
--- out
a
--- err any

=== a syntax error in it is an error
echo a
echo $(if)
echo b
--- status !0
--- out
a
--- err any

=== an assignment in it is not seen outside, even by a built-in
x=$(y=1; export z=2; readonly w=3; echo $y$z$w)
echo $x ${y-u} ${z-u} ${w-u}
w=4
--- out
123 u u u

=== options set in it are its own
x=$(set -f; set -u; echo *)
case $- in *f*|*u*) echo no;; *) echo same;; esac
--- out
same

=== set -e holds in it
set -e
echo "<$(false; echo no)>"
echo end
--- out
<>
end

=== set -e: the status of an assignment ends the shell
set -e
x=$(false; echo a)
echo not reached
--- status 1

=== umask, traps and directories set in it are its own
umask 022
x=$(umask 077; trap 'echo bye' EXIT; cd /; umask)
echo "$x"
umask
--- out
0077
bye
0022

=== 1000 of them leak no descriptors
i=0
while [ $i -lt 1000 ]; do x=$(echo $i); i=$((i + 1)); done
echo $x
exec 9>&1
echo ok >&9
--- out
999
ok

=== what is redirected within it does not come, and what stands behind does
x=$({ echo a; echo b >&2; } >/dev/null 2>&1; echo c; echo d >/dev/null; echo e)
echo $x
--- out
c e
