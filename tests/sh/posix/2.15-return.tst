# XCU 2.15 return

=== return ends a function with a status
f() { echo a; return 3; echo no; }
f
echo $?
--- out
a
3

=== without an operand the status is that of the last command
f() { (exit 4); return; }
f
echo $?
g() { return; }
(exit 5)
g
echo $?
--- out
4
5

=== it ends loops, groups, ifs and cases of the function
f() { for x in 1 2; do while true; do { if true; then case a in a) return 6;; esac; fi; }; done; done; }
f
echo $?
--- out
6

=== it ends only the innermost function
f() { g; echo f$?; return 2; }
g() { return 1; }
f
echo $?
--- out
f1
2

=== it ends a file that . reads
. ./file
echo $?
--- file file
return 3
echo no
--- out
3

=== in a function of a file it ends the function
. ./file
--- file file
f() { return 2; echo no; }
f
echo a$?
--- out
a2

=== in eval it ends the function
f() { eval 'return 3'; echo no; }
f
echo $?
--- out
3

=== in an and-or list
f() { true && return 3 || echo no; echo no; }
f
echo $?
f() { false || return; echo no; }
f
echo $?
--- out
3
1

=== in a subshell of the function it ends the subshell
f() { (return 3; echo no); echo $?; }
f
--- out
3

=== redirections of the function are put back
f() { return 0; } >f
f
echo a
g() { { return 0; } >f; }
g
echo b
--- out
a
b

=== the positional parameters of the caller are back
f() { set -- x; return; }
f a b
echo $1
--- args p
--- out
p

=== return in a trap's action within a function
f() { trap 'echo got; return 0' USR1; kill -USR1 $$; :; echo no; }
f
echo end
--- out
got
end

=== return in a condition
f() { while return 3; do :; done; }
f; echo $?
f() { if return 4; then :; fi; }
f; echo $?
f() { ! return 5; }
f; echo $?
--- out
3
4
5

=== return with command in front
f() { command return 3; echo no; }
f
echo $?
--- out
3

=== a status of 0 to 255
f() { return 0; }; f; echo $?
f() { return 255; }; f; echo $?
--- out
0
255

=== $? behind a function that returned within a trap is what was returned
f() { return 7; }
f || echo $?
--- out
7
