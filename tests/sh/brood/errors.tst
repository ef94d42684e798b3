# Errors name file, line and column

=== a quote that is not closed
echo a
echo "b
--- status 2
--- out
a
--- err
script:2:6: unterminated " (opened here)

=== a word where none may stand
echo a
  fi
--- status 2
--- out
a
--- err /\Ascript:2:3: .*\n\Z/

=== a command that is not found
true
  no_such_command a
--- status 127
--- err
script:2:3: no_such_command: not found

=== an unset variable
set -u
echo a$x
--- status !0
--- err /\Ascript:2:7: x: parameter not set\n\Z/

=== a built-in's error
cd /no/such/directory
--- status !0
--- err /\Ascript:1:4: cd: \/no\/such\/directory: .*\n\Z/

=== a redirection that fails
true
echo a >/no/such/f
--- status 1
--- err /\Ascript:2:8: /no/such/f: .*\n\Z/

=== a readonly variable
readonly x=1
 x=2
--- status !0
--- err
script:2:2: x: is read-only

=== an arithmetic error
echo $((1 + ))
--- status !0
--- err /\Ascript:1:13: arithmetic: .*\n\Z/

=== in a function it is the line of the function
f() {
	no_such_command
}
f
--- status 127
--- err
script:2:2: no_such_command: not found

=== in a file that . reads it is that file
. ./file
--- file file
:
no_such_command
--- status 127
--- err
./file:2:1: no_such_command: not found

=== no caret where standard error is no terminal
no_such_command
--- status 127
--- err /\A[^\n]*\n\Z/

=== on a terminal the line is shown with a caret
echo a; no_such_command
--- tty
--- status 127
--- out
a
script:1:9: no_such_command: not found
    echo a; no_such_command
            ^

=== what a built-in refuses is the word that it came from
x='a b' y=/nosuch
kill -s TERM %7
cd $x
export A=1 2=3
--- status 1
--- err
script:2:14: kill: %7: there is no such job
script:3:4: cd: too many operands
script:4:12: export: 2=3: is no name of a variable

=== words with expansions are found, where each makes one field, or one alone does not
x='a b'
printf "$x"%d 1 >/dev/null 2>&1
type $(echo true) nosuch >/dev/null
printf %d $x "$x" >/dev/null
--- status 1
--- err
script:3:19: type: nosuch: not found
script:4:11: printf: a: is no number
script:4:11: printf: b: is no number
script:4:14: printf: a b: is no number

=== where words cannot be told from each other it is the command
a='1 x' b=2
  printf %d $a $b >/dev/null
--- status 1
--- err
script:2:3: printf: x: is no number

=== behind command it is the word behind it
command -p cd /nosuch/a
command nosuch
command -V nosuch
--- status !0
--- err /\Ascript:1:15: cd: .*\nscript:2:9: nosuch: not found\nscript:3:12: command: nosuch: not found\n\Z/

=== every message of a built-in has line and column
while read -r line; do
	$TESTEE -c " $line" 2>&1 >/dev/null </dev/null | sed "s/^[^:]*:\([0-9]*:[0-9]*\): .*/\1/" |
		{ read -r where; printf '%s  %s\n' "$where" "$line"; }
done <cases
--- file cases
. /nosuch
alias x
bg
break x
cd /nosuch
cd -q
command -V nosuch
continue x
exec nosuch
exit x
export 1=
fg %1
getopts x
getopts x 1
hash nosuch
jobs %1
kill
kill x
kill -l x
kill -X 1
local x
printf
printf %d x
printf %y
pwd -x
read
read 1
readonly 1
return x
set -o x
set -Y
shift 1
shift x
source /nosuch
[ x
test x -eq 1
times x
trap x X
type nosuch
ulimit x
ulimit -y
umask x
unalias
unalias x
unset 1
wait x
wait -x
echo >&-; echo a >&-
readonly x; export x=1
readonly x; unset x
readonly x; read x
readonly x; f() { local x=1; }; f
--- out
1:4  . /nosuch
1:8  alias x
1:2  bg
1:8  break x
1:5  cd /nosuch
1:5  cd -q
1:13  command -V nosuch
1:11  continue x
1:7  exec nosuch
1:7  exit x
1:9  export 1=
1:2  fg %1
1:2  getopts x
1:12  getopts x 1
1:7  hash nosuch
1:7  jobs %1
1:2  kill
1:7  kill x
1:10  kill -l x
1:7  kill -X 1
1:2  local x
1:2  printf
1:12  printf %d x
1:2  printf %y
1:6  pwd -x
1:2  read
1:7  read 1
1:11  readonly 1
1:9  return x
1:9  set -o x
1:6  set -Y
1:8  shift 1
1:8  shift x
1:9  source /nosuch
1:2  [ x
1:7  test x -eq 1
1:8  times x
1:9  trap x X
1:7  type nosuch
1:9  ulimit x
1:9  ulimit -y
1:8  umask x
1:2  unalias
1:10  unalias x
1:8  unset 1
1:7  wait x
1:7  wait -x
1:2  echo >&-; echo a >&-
1:21  readonly x; export x=1
1:20  readonly x; unset x
1:19  readonly x; read x
1:26  readonly x; f() { local x=1; }; f

=== every other message too
while read -r line; do
	$TESTEE -c " $line" 2>&1 >/dev/null </dev/null | sed "s/^[^:]*:\([0-9]*:[0-9]*\): .*/\1/" |
		{ read -r where; printf '%s  %s\n' "$where" "$line"; }
done <cases
--- file cases
nosuch
/nosuch/a
/dev/null
./
x=1 nosuch
echo $((1 / 0))
echo $((1 + ))
echo $((a b))
x=1+; echo $((x))
echo ${x?a}
echo ${x:?}
echo ${}
set -u; echo $x
set -u; echo $((x))
readonly x; x=1
readonly x; x=1 true
readonly x; x=1 env
readonly x; : ${x=1}
readonly x; : $((x = 1))
readonly x; for x in 1; do :; done
: >/nosuch/a
: </nosuch
cat </nosuch
{ :; } </nosuch
(:) </nosuch
if :; then :; fi </nosuch
f() { :; } </nosuch; f
exec </nosuch
: >&9
cat >&9
: >&x
: <&1x
set -C; : >cases
set -C; >cases
f() { f; }; f
if
if :
for
for x in a; do
while :; do
case x in
case x
{ :
( :
f() :
f(
a )
}
done
;;
a &&
a |
! 
echo "a
echo 'a
echo $(a
echo `a
echo ${a
echo $((a
echo "$(fi)"
cat <
cat <<
a=(1)
a() { ;; }
< 
echo $(nosuch)
echo `nosuch`
: "$(echo a; nosuch)"
nosuch &
nosuch | cat
cat </dev/null | nosuch
! nosuch
nosuch && :
( nosuch )
{ nosuch; }
trap nosuch EXIT
eval nosuch
command nosuch
--- out
1:2  nosuch
1:2  /nosuch/a
1:2  /dev/null
1:2  ./
1:6  x=1 nosuch
1:12  echo $((1 / 0))
1:14  echo $((1 + ))
1:12  echo $((a b))
1:16  x=1+; echo $((x))
1:7  echo ${x?a}
1:7  echo ${x:?}
1:7  echo ${}
1:15  set -u; echo $x
1:18  set -u; echo $((x))
1:14  readonly x; x=1
1:14  readonly x; x=1 true
1:14  readonly x; x=1 env
1:16  readonly x; : ${x=1}
1:19  readonly x; : $((x = 1))
1:14  readonly x; for x in 1; do :; done
1:4  : >/nosuch/a
1:4  : </nosuch
1:6  cat </nosuch
1:9  { :; } </nosuch
1:6  (:) </nosuch
1:19  if :; then :; fi </nosuch
1:13  f() { :; } </nosuch; f
1:7  exec </nosuch
1:4  : >&9
1:6  cat >&9
1:4  : >&x
1:4  : <&1x
1:12  set -C; : >cases
1:10  set -C; >cases
1:6  f() { f; }; f
1:4  if
1:6  if :
1:5  for
1:16  for x in a; do
1:13  while :; do
1:11  case x in
1:8  case x
1:5  { :
1:5  ( :
1:6  f() :
1:4  f(
1:4  a )
1:2  }
1:2  done
1:2  ;;
1:6  a &&
1:5  a |
1:3  !
1:7  echo "a
1:7  echo 'a
1:7  echo $(a
1:7  echo `a
1:7  echo ${a
1:7  echo $((a
1:10  echo "$(fi)"
1:7  cat <
1:8  cat <<
1:4  a=(1)
1:8  a() { ;; }
1:3  <
1:9  echo $(nosuch)
1:8  echo `nosuch`
1:15  : "$(echo a; nosuch)"
1:2  nosuch &
1:2  nosuch | cat
1:19  cat </dev/null | nosuch
1:4  ! nosuch
1:2  nosuch && :
1:4  ( nosuch )
1:4  { nosuch; }
1:7  trap nosuch EXIT
1:2  eval nosuch
1:10  command nosuch

=== a program is named where its name stands
x=1 y=2 nosuch a
</dev/null nosuch
x=1 >/dev/null \
	nosuch
--- status 127
--- err
script:1:9: nosuch: not found
script:2:12: nosuch: not found
script:4:2: nosuch: not found

=== a here-document has lines of its own
cat <<E
a
 $(nosuch)
 ${x?is missing}
E
--- status 2
--- err
script:3:4: nosuch: not found
script:4:2: x: is missing

=== within an eval: where the eval is, and the place in its text
:
 eval ':
  cd /nosuch/a'
--- status 1
--- err /\Ascript:2:2: eval:2:6: cd: \/nosuch\/a: .*\n\Z/

=== an eval of an eval names the outermost one, and the two inner ones at most
eval "eval 'nosuch'"
eval "eval 'eval \"eval nosuch\"'"
--- status 127
--- err
script:1:1: eval:1:1: eval:1:1: nosuch: not found
script:2:1: ...: eval:1:1: eval:1:1: nosuch: not found

=== a function that an eval has made remembers it
eval 'f() {
	nosuch
}'
f
--- status 127
--- err
script:1:1: eval:2:2: nosuch: not found

=== in a trap: where its action stands
trap 'echo a
nosuch' EXIT
:
--- status 0
--- out
a
--- err
script:1:6: trap EXIT:2:1: nosuch: not found

=== in the trap of a signal
f() {
	trap ' nosuch' USR1
}
f
kill -USR1 $$
:
--- status 0
--- err
script:2:7: trap USR1:1:2: nosuch: not found

=== in a command substitution that is parsed again, since it has aliases
echo $(alias a='cd /nosuch/a'
	a
  nosuch)
--- out


--- err /\Ascript:2:2: cd: .*\nscript:3:3: nosuch: not found\n\Z/

=== an alias is where its name stands
alias a='cd /nosuch/a; nosuch'
 a
--- status 127
--- err /\Ascript:2:2: cd: .*\nscript:2:2: nosuch: not found\n\Z/

=== in a string of -c
:; nosuch
--- via c
--- args name
--- status 127
--- err
name:1:4: nosuch: not found

=== on standard input
:
 cd /nosuch/a
--- via stdin
--- status 1
--- err /\Astdin:2:5: cd: .*\n\Z/

=== a NUL byte, and a directory instead of a script
printf ':\n:\0\n' >nul
$TESTEE nul
$TESTEE -c ' . ./'
--- status 1
--- err /\Anul:2:2: NUL.*\n[^:]*:1:4: \.: \.\/: Is a directory\n\Z/

=== on a terminal: the line of a built-in's error, in the middle of a long one
f() {
	cd /nosuch/a ; : aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
}
f
: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb; cd /nosuch/b
--- tty
--- status 1
--- out
script:2:5: cd: /nosuch/a: No such file or directory
    	cd /nosuch/a ; : aaaaaaaaaaaaaaaaaaaaaaaaaa...
    	   ^
script:5:94: cd: /nosuch/b: No such file or directory
    ...bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb; cd /nosuch/b
                                                                   ^

=== on a terminal: characters of several bytes, of two columns, and control characters
: äöü; cd /nosuch/a
: 日本; cd /nosuch/b
--- tty
--- env LC_ALL=C.UTF-8
--- status 1
--- out
script:1:14: cd: /nosuch/a: No such file or directory
    : äöü; cd /nosuch/a
              ^
script:2:14: cd: /nosuch/b: No such file or directory
    : 日本; cd /nosuch/b
               ^

=== on a terminal: a script on standard input, whose functions remember their lines
printf '%s\n' 'f() {' '	cd /nosuch/a' '}' ': a' ' : b; f' '  fi' | $TESTEE
--- tty
--- status 2
--- out
stdin:2:5: cd: /nosuch/a: No such file or directory
    	cd /nosuch/a
    	   ^
stdin:6:3: found "fi", which nothing before it asks for
      fi
      ^

=== on a terminal: the text of an eval, of a trap and of -c
$TESTEE -c ':; cd /nosuch/a'
 eval ':
 cd /nosuch/b'
trap ': ; cd /nosuch/c' EXIT
--- tty
--- out
sh:1:7: cd: /nosuch/a: No such file or directory
    :; cd /nosuch/a
          ^
script:2:2: eval:2:5: cd: /nosuch/b: No such file or directory
     cd /nosuch/b
        ^
script:4:6: trap EXIT:1:8: cd: /nosuch/c: No such file or directory
    : ; cd /nosuch/c
           ^

=== in a long here-document the line and the column are right
i=1
{
	echo 'cat <<END'
	while [ $i -lt 3000 ]; do echo '$((1)) and ${u-some text}'; i=$((i + 1)); done
	echo '  ${u?gone}'
	echo END
} >long
$TESTEE long
--- status !0
--- err /long:3001:3: u: gone/

=== what is wrong in a long here-document is said before anything is run
i=1
{
	echo 'echo no; cat <<END'
	while [ $i -lt 3000 ]; do echo '$((1)) and ${u-some text}'; i=$((i + 1)); done
	echo '  ${u-'
	echo END
} >long
$TESTEE long
--- status !0
--- err /long:3001:3: unterminated \$\{/
