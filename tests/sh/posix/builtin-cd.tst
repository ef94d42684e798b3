# XCU cd, pwd

=== cd sets PWD and OLDPWD
mkdir -p a/b
cd a
old=$PWD
cd b
test "$PWD" = "$old/b" && test "$OLDPWD" = "$old" && echo ok
--- out
ok

=== cd - goes back and tells where
mkdir a
cd a
cd - | sed "s|$HOME|HOME|"
--- out
HOME

=== without an operand it goes home
mkdir a
cd a
cd
test "$PWD" = "$HOME" && echo ok
--- out
ok

=== .. is taken away logically, or physically with -P
mkdir -p real/sub
ln -s real/sub link
cd link
cd ..
echo "${PWD#"$HOME"}"
cd link
cd -P ..
echo "${PWD#"$HOME"}"
--- out

/real

=== pwd keeps the name of a link, -P does not
mkdir real
ln -s real link
cd link
pwd | sed "s|$HOME||"
pwd -P | sed "s|.*/||"
--- out
/link
real

=== CDPATH is searched, and the place told
mkdir -p x/y
CDPATH=x
cd y | sed "s|$HOME||"
--- out
/x/y

=== ./ does not look at CDPATH
mkdir -p x/y y
CDPATH=x
cd ./y
echo "${PWD#"$HOME"}"
--- out
/y

=== a directory that is not there is an error
cd none
test $? -gt 0 && echo error
--- out
error
--- err any

=== a subshell's directory is its own
mkdir a
(cd a; echo "${PWD#"$HOME"}")
echo "${PWD#"$HOME"}"
--- out
/a


=== cd to a name of dots
mkdir -p a/b/c
cd a/b/c/../../.
echo "${PWD#"$HOME"}"
--- out
/a

=== - goes to OLDPWD, and tells it
mkdir a b
cd a
cd ../b
cd - | sed "s|$HOME||"
cd - >/dev/null
echo "${PWD#"$HOME"} ${OLDPWD#"$HOME"}"
--- out
/a
/a /b

=== OLDPWD is where one was
mkdir a
old=$PWD
cd a
[ "$OLDPWD" = "$old" ] && echo yes
--- out
yes

=== HOME that is empty or unset
unset HOME
(cd) 2>/dev/null && pwd
echo end
--- out
end
--- differs dash: stays where it is

=== -P resolves links, -L keeps them, the last one counts
mkdir real
ln -s real link
(cd -P link; basename "$PWD")
(cd -L link; basename "$PWD")
(cd -P -L link; basename "$PWD")
(cd -LP link; basename "$PWD")
--- out
real
link
link
real

=== the directory may be quoted, have blanks, or begin with a -
mkdir 'a b' ./-x
cd 'a b'
basename "$PWD"
cd ..
cd -- -x
basename "$PWD"
--- out
a b
-x

=== two slashes at the beginning stay, three are one
cd //tmp; pwd
cd ..; cd tmp; pwd
cd ///tmp; pwd
cd /..//tmp//; pwd
--- out
//tmp
//tmp
/tmp
/tmp

=== a file is no directory
: >f
cd f 2>/dev/null || echo error
basename "$PWD" | grep -q tst- && echo here
--- out
error
here

=== CDPATH: several places, an empty one is the current directory
mkdir -p x/one y/two three
CDPATH=x:y:
cd two >/dev/null && basename "$PWD"
cd ../.. 
CDPATH=x::y
cd three && basename "$PWD"
--- out
two
three

=== -e with -P tells if the new directory cannot be found out
mkdir -p a
cd -Pe a && echo ok
--- out
ok
--- differs dash: has no -e

=== cd in a function and a group
mkdir -p a/b
f() { cd a; }
f
{ cd b; }
echo "${PWD#"$HOME"}"
--- out
/a/b

=== too long a way is gone in steps
p=0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789
i=0
while [ $i -lt 50 ]; do mkdir $p 2>/dev/null && cd $p || break; i=$((i + 1)); done
echo $i
--- out
50
--- differs dash: stops at the length of a path
--- differs bash: stops at the length of a path
