# XCU 2.15 break, continue

=== break leaves the innermost loop
for x in a b c; do echo $x; break; done
while true; do break; done
until false; do break; done
for x in 1 2; do for y in a b; do [ $y = b ] && break; echo $x$y; done; done
--- out
a
1a
2a

=== break n leaves n loops
for x in 1 2; do for y in a b; do for z in c d; do echo $x$y$z; break 2; done; done; done
echo -
for x in 1 2; do while true; do until false; do break 3; done; done; done
echo end
--- out
1ac
2ac
-
end

=== break with more than there are leaves all
for x in 1 2; do for y in a b; do break 9; done; echo no; done
echo end
--- out
end

=== break 1 is break
for x in 1 2; do break 1; done
echo $x
--- out
1

=== the status of break is 0
for x in 1; do false; break; done
echo $?
while (exit 3); do :; done
while true; do break; done
echo $?
--- out
0
0

=== the number may come from an expansion
n=2
for x in 1 2; do for y in a b; do break $n; done; done
echo $x$y
--- out
1a

=== break in a condition, in an if, a case, a group, an and-or list
while break; do echo no; done
for x in 1 2; do if true; then break; fi; done; echo $x
for x in 1 2; do case $x in 1) break;; esac; done; echo $x
for x in 1 2; do { break; }; done; echo $x
for x in 1 2; do true && break || echo no; done; echo $x
for x in 1 2; do ! break; done; echo $x
--- out
1
1
1
1
1

=== break in eval and in a file that . reads
for x in 1 2; do eval break; done; echo $x
for x in 1 2; do . ./file; echo no; done; echo $x
--- file file
break
echo no
--- out
1
1

=== break runs the redirections of the loop to their end
for x in a b; do echo $x; break; done >f
echo b
cat f
while read y; do break; done <f
echo $y
--- out
b
a
a

=== continue goes on with the next turn
for x in 1 2 3; do [ $x = 2 ] && continue; echo $x; done
i=0
while [ $i -lt 3 ]; do i=$((i + 1)); [ $i = 2 ] && continue; echo $i; done
i=0
until [ $i -ge 3 ]; do i=$((i + 1)); continue; echo no; done
echo $i
--- out
1
3
1
3
3

=== continue n goes on with an outer loop
for x in 1 2; do for y in a b; do echo $x$y; continue 2; done; echo no; done
for x in 1 2; do while true; do until false; do continue 3; done; done; echo no; done
echo $x
--- out
1a
2a
2

=== continue with more than there are goes on with the outermost
for x in 1 2; do for y in a b; do continue 9; done; echo no; done
echo $x$y
--- out
2a

=== the status of continue is 0
for x in 1; do false; continue; done
echo $?
--- out
0

=== continue in the condition
i=0
while i=$((i + 1)); [ $i -lt 3 ] && continue; [ $i -lt 4 ]; do echo body; done
echo $i
--- out
body
4

=== continue in eval, case, if and group
for x in 1 2; do eval continue; echo no; done; echo $x
for x in 1 2; do case $x in *) continue;; esac; echo no; done; echo $x
for x in 1 2; do if true; then { continue; }; fi; echo no; done; echo $x
--- out
2
2
2

=== continue with command in front
for x in 1 2; do command continue; echo no; done; echo $x
for x in 1 2; do command break; echo no; done; echo $x
--- out
2
1

=== a number that is 0 or none is an error
for x in 1; do break 0; done
echo not reached
--- status !0
--- err any
--- differs bash: goes on

=== a word that is no number is an error for continue
for x in 1; do continue x; done
echo not reached
--- status !0
--- err any

=== redirections of break do not last
for x in 1 2; do break >f; done
echo $x
ls f
--- out
1
f

=== a break in a function in a loop of its own
f() { while :; do break; done; echo f; }
while :; do f; break; done
--- out
f

=== a loop around a subshell is none of those that enclose break in it
for x in a b; do (for y in c d; do break 2; done; echo in $x); echo $x; done
for x in a; do echo $(for y in c d; do break 2; done; echo in $x); done
for x in a b; do (for y in c d; do continue 2; done; echo in $x) | cat; done
f() { for y in c d; do break 2; done; echo f; }
for x in a; do (f); done
--- out
in a
a
in b
b
in a
in a
in b
f
--- differs dash: leaves the subshell
--- differs bash: leaves the command substitution

=== a break in a function is for none of the loops around its call
f() { break; echo f; }
g() { continue; echo g; }
for x in 1 2; do f; g; echo $x; done
--- err ignored
--- out
f
g
1
f
g
2
