# XCU true, false

=== true is 0, false is not
true; echo $?
false; [ $? -ne 0 ] && echo yes
--- out
0
yes

=== operands and options are nothing to them
true a -b --help; echo $?
false a -b --version; [ $? -ne 0 ] && echo yes
--- out
0
yes

=== their redirections are made
true >f
false >g
ls f g
--- out
f
g
