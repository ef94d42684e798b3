# XCU alias, unalias

=== alias tells one so that a shell can read it
alias a='echo b'
alias a
alias b="it's"
x=$(alias b)
unalias b
eval "alias $x"
alias b
--- out
a='echo b'
b='it'\''s'
--- differs dash: quotes otherwise

=== alias without operands tells all
alias a=1 b=2
alias | grep -E '^[ab]=' | tr -d "'"
--- out
a=1
b=2

=== an alias that is not there is an error, the others are told
alias a=1
alias none a 2>/dev/null | tr -d "'"
alias none 2>/dev/null
[ $? -ne 0 ] && echo error
--- out
a=1
error

=== a value may be empty, or have blanks and newlines
alias e='' s='  a  ' n='echo a
echo b'
n
--- out
a
b

=== the value is expanded when alias runs
x=1
alias a="echo $x" b='echo $x'
x=2
a
b
--- out
1
2

=== a definition replaces the old one
alias a='echo 1'
alias a='echo 2'
a
--- out
2

=== unalias takes them away, -a all
alias a='echo 1' b='echo 2' c='echo 3'
unalias a b
a 2>/dev/null || echo none
c
unalias -a
c 2>/dev/null || echo none
alias
--- out
none
3
none

=== unalias of one that is not there is an error
unalias none
[ $? -ne 0 ] && echo error
--- out
error
--- err any

=== unalias in a subshell is its own
alias a='echo 1'
(unalias a)
a
--- out
1
