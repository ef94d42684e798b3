# XCU 2.15 set -e

=== a command that fails ends the shell, with its status
set -e
true
(exit 3)
echo no
--- status 3

=== a program, a built-in, a function, an assignment
for c in false 'sh -c "exit 1"' 'cd /no/such' 'x=$(false)' 'f() { return 1; }; f' 'test a = b' 'no_such_command' '{ false; }' '(false)' 'true | false' 'eval false' '. ./file' 'command false' '[ a = b ]' 'read x </dev/null' 'echo a >/no/such/f' 'true && false' 'case a in a) false;; esac' 'if true; then false; fi' 'for i in 1; do false; done' 'while true; do false; done' 'until false; do false; done'; do
	$TESTEE -ec "$c
echo no" 2>/dev/null && echo "not for $c"
done
echo end
--- file file
false
--- out
end

=== not in the condition of if, elif, while and until
set -e
if false; then :; fi
if false; then :; elif false; then :; fi
while false; do :; done
until true; do :; done
if false | false; then :; fi
if { false; true; }; then echo a; fi
if (false; echo b); then :; fi
echo end
--- out
a
b
end

=== not in front of && and ||
set -e
false || true
false && true
false || false || true
true && false || true
{ false; echo a; } || true
(false; echo b) && true
echo end
--- out
a
b
end

=== not of a command behind && that did not run
set -e
false && false
echo a
false && true && true
echo b
--- out
a
b

=== the last one of an and-or list ends it
set -e
true && false
echo no
--- status 1

=== the last one of an or list ends it
set -e
false || false
echo no
--- status 1

=== not of a pipeline with !
set -e
! true
! false
! true | true
! { false; }
! (false; echo a)
echo end
--- out
a
end

=== in a pipeline only the last command counts
set -e
false | true
(exit 3) | (exit 0)
echo a
true | (exit 4)
echo no
--- status 4
--- out
a

=== a function called in a condition does not end by it
set -e
f() { false; echo f; }
if f; then echo a; fi
f && echo b
f || echo no
! f || echo c
echo end
--- out
f
a
f
b
f
f
c
end

=== a function called elsewhere does
set -e
f() { false; echo no; }
f
echo no
--- status 1

=== eval and . in a condition
set -e
if eval 'false; echo a'; then :; fi
. ./file || echo no
echo end
--- file file
false
echo b
--- out
a
b
end
--- differs dash: ends in the file that . reads

=== in a subshell: the subshell ends, and then the shell
set -e
(false; echo no)
echo no
--- status 1

=== a subshell that is not the last of an or list goes on
set -e
(echo a; false; echo b) || echo no
echo end
--- out
a
b
end

=== in a command substitution, whose status counts only in an assignment
set -e
echo "<$(echo a; false)>"
x=$(echo b; false) || echo "$x"
x=$(false)
echo no
--- status 1
--- out
<a>
b

=== in the last command of a loop, an if and a case
set -e
for i in 1 2; do true && echo $i; done
for i in 1 2; do [ $i = 3 ] && echo no; done
echo a
if true; then [ a = b ] && echo no; fi
echo b
case a in a) [ a = b ] && echo no;; esac
echo c
--- out
1
2
a
b
c

=== a function whose last list did not run to its end
set -e
f() { false && true; }
f
echo no
--- status 1

=== a group whose last list did not run to its end goes on
set -e
{ false && true; }
echo a
--- out
a

=== a subshell whose last list did not run to its end does not
set -e
(false && true)
echo no
--- status 1

=== a background command does not end it
set -e
false &
wait
echo a
(exit 3) &
wait $! || echo $?
--- out
a
3

=== wait for one that failed does
set -e
(exit 3) &
wait $!
echo no
--- status 3

=== a trap on EXIT runs
set -e
trap 'echo bye $?' EXIT
(exit 5)
echo no
--- status 5
--- out
bye 5

=== set +e turns it off
set -e
set +e
false
echo a
--- out
a

=== set -e in a subshell is its own
(set -e; true)
false
echo a
(set -e; false; echo no)
echo $?
--- out
a
1

=== set -e within a function stays
f() { set -e; }
f
false
echo no
--- status 1

=== set -e within a condition counts behind it
if set -e; false; then :; fi
echo a
false
echo no
--- status 1
--- out
a

=== an expansion error, a redirection error and one of syntax
$TESTEE -ec 'echo ${x?}; echo no' 2>/dev/null; [ $? -ne 0 ] && echo 1
$TESTEE -ec 'true </no/such; echo no' 2>/dev/null; [ $? -ne 0 ] && echo 2
$TESTEE -ec 'fi; echo no' 2>/dev/null; [ $? -ne 0 ] && echo 3
--- out
1
2
3

=== the shell's option -e
echo a
false
echo no
--- options -e
--- status 1
--- out
a

=== case, if and loops without anything that ran
set -e
case a in b) ;; esac
if false; then :; fi
for x in; do false; done
while false; do false; done
echo end
--- out
end

=== break and continue in what failed
set -e
for x in 1 2; do false || continue; echo no; done
while true; do false || break; done
echo end
--- out
end

=== a negated command as the last of a function
set -e
f() { ! true; }
f
echo no
--- status 1

=== an assignment with two substitutions: the last one counts
set -e
x=$(false)$(true)
echo a
y=1 x=$(true)$(false)
echo no
--- status 1
--- out
a

=== exported and readonly declarations do not fail by a substitution
set -e
export x=$(false)
readonly y=$(false)
echo a
--- out
a

=== a status of an else branch that fails
set -e
if false; then :; else false; fi
echo no
--- status 1
