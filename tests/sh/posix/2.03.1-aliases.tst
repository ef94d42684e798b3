# XCU 2.3.1 Alias Substitution

=== the name of a command is replaced by an alias
alias hi='echo hello'
hi there
--- out
hello there

=== an argument is not replaced
alias hi='echo hello'
echo hi
--- out
hi

=== a quoted name is no alias
alias hi='echo hello'
\hi 2>/dev/null || echo none
'hi' 2>/dev/null || echo none
h"i" 2>/dev/null || echo none
h\
i
--- out
none
none
none
hello

=== a name that comes out of an expansion is no alias
alias hi='echo hello'
x=hi
$x 2>/dev/null || echo none
$(echo hi) 2>/dev/null || echo none
--- out
none
none

=== an alias may be more than one command
alias both='echo a; echo b'
both c
--- out
a
b c

=== an alias may begin a compound command
alias start='if true; then' end='fi'
start echo yes; end
--- out
yes

=== an alias may be a reserved word
alias wenn=if dann=then ende=fi
wenn true; dann echo yes; ende
alias open='{' close='}'
open echo group; close
--- out
yes
group

=== an alias may stand for a redirection or an assignment
alias quiet='>/dev/null' set_x='x=1'
quiet echo no
set_x
echo $x
--- out
1

=== the word behind an assignment is looked up
alias hi='echo hello'
x=1 hi
--- out
hello

=== the word behind a redirection is looked up
alias hi='echo hello'
>f hi
cat f
--- out
hello

=== behind an operator and a reserved word a command begins
alias hi='echo hello'
true; hi
true && hi
false || hi
! hi
if hi; then hi; else :; fi
for x in 1; do hi; done
{ hi; }
(hi)
echo | hi
case x in x) hi;; esac
--- out
hello
hello
hello
hello
hello
hello
hello
hello
hello
hello
hello

=== an alias is used from the next line on
alias hi='echo hello'; hi 2>/dev/null || echo not yet
hi
--- out
not yet
hello

=== the value of an alias that names itself is not replaced again
alias echo='echo x'
echo a
--- out
x a

=== two aliases that name each other end
alias a1='b1 x' b1='a1 y'
a1 z 2>/dev/null || echo none
--- out
none

=== aliases within aliases are replaced
alias one='two x' two='three y' three='echo z'
one a
--- out
z y x a

=== behind a value that ends in a blank the next word is looked up
alias run='echo ' arg='value'
run arg arg
--- out
value arg

=== the blank may be a tab
alias run='echo	' arg='value'
run arg
--- out
value

=== the chain goes on as long as the values end in blanks
alias run='echo ' one='1 ' two='2 ' three='3'
run one two three three
--- out
1 2 3 three

=== behind a value without a blank the next word is not looked up
alias run='echo' arg='value'
run arg
--- out
arg

=== an alias's value may end in the middle of a command
alias say='echo a b'
say; say c
say | cat
--- out
a b
a b c
a b

=== an empty alias goes away
alias nothing='' blank=' '
nothing echo a
blank echo b
nothing
echo $?
--- out
a
b
0

=== an alias may hold quotes that the rest of the line sees
alias q="echo 'a  b'"
q c
--- out
a  b c

=== an alias may hold an unclosed quote, which the line closes
alias q="echo 'a  "
q b'
--- out
a   b

=== an alias is replaced within $( )
alias hi='echo hello'
echo "$(hi)"
echo `hi`
--- out
hello
hello

=== an alias is replaced in the text of eval
alias hi='echo hello'
eval hi
eval 'hi there'
--- out
hello
hello there

=== an alias that eval defines is there in the next line of its text
eval 'alias hi="echo hello"
hi'
--- out
hello

=== an alias is replaced in the text of a file that . reads
alias hi='echo hello'
. ./f
--- file f
hi
--- out
hello

=== a function's body uses the aliases of where it was defined
alias hi='echo hello'
f() { hi; }
unalias hi
f
--- out
hello

=== an alias defined later changes nothing in a function
f() { hi; }
alias hi='echo hello'
f 2>/dev/null || echo none
--- out
none

=== a reserved word is recognised before an alias of that name
alias if='echo alias'
if true; then echo yes; fi
--- out
yes

=== the name of an alias may hold ! % , - @
alias a%b='echo 1' c,d='echo 2' e@f='echo 3' g!h='echo 4' i-j='echo 5'
a%b
c,d
e@f
g!h
i-j
--- out
1
2
3
4
5

=== an alias replaces a built-in's and a function's name
f() { echo function; }
alias f='echo alias' true='echo true'
f
true
--- out
alias
true

=== the word of case and for is not looked up
alias a='echo alias'
case a in a) echo same;; esac
for a in 1; do echo "$a"; done
--- out
same
1

=== a subshell has the aliases, and what it changes is its own
alias hi='echo hello'
(hi; alias hi='echo other')
hi
--- out
hello
hello

=== here-documents may begin in an alias
alias doc='cat <<end'
doc
text
end
--- out
text

=== an alias ends with a comment up to the end of the line
alias c='echo a #'
c b
echo c
--- out
a
c

=== an alias in a pipeline's second command
alias upper='tr a-z A-Z'
echo abc | upper
--- out
ABC

=== unalias takes effect in the next line
alias hi='echo hello'
unalias hi
hi 2>/dev/null || echo none
--- out
none
