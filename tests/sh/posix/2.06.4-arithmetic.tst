# XCU 2.6.4 Arithmetic Expansion

=== the operators of C
echo $((1 + 2)) $((5 - 7)) $((3 * 4)) $((7 / 2)) $((7 % 3)) $((-7 / 2)) $((-7 % 3))
echo $((1 << 4)) $((256 >> 3)) $((6 & 3)) $((6 | 3)) $((6 ^ 3)) $((~5))
echo $((1 < 2)) $((2 < 1)) $((2 <= 2)) $((3 > 2)) $((2 >= 3)) $((2 == 2)) $((2 != 2))
echo $((1 && 0)) $((2 && 3)) $((0 || 0)) $((0 || 5)) $((!0)) $((!7))
echo $((1 ? 2 : 3)) $((0 ? 2 : 3)) $((-3)) $((+3)) $((- -3)) $((-(-3)))
--- out
3 -2 12 3 1 -3 -1
16 32 2 7 5 -6
1 0 1 1 0 1 0
0 1 0 1 1 0
2 3 -3 3 3 3

=== precedence is that of C
echo $((1 + 2 * 3)) $(((1 + 2) * 3)) $((10 - 2 - 3)) $((2 * 3 % 4)) $((100 / 10 / 2))
echo $((1 << 2 + 1)) $((1 | 2 ^ 3 & 2)) $((1 + 1 == 2)) $((1 < 2 == 1)) $((0 || 1 && 0))
echo $((!1 + 1)) $((~1 + 2)) $((-2 * -3)) $((1 ? 0 ? 1 : 2 : 3)) $((0 ? 1 : 0 ? 2 : 3))
echo $((7 & 3 == 3)) $((1 || 0 && 0)) $((2 > 1 > 0))
--- out
7 9 5 2 5
8 1 1 1 0
1 0 6 2 3
1 1 1

=== numbers are decimal, octal and hexadecimal
echo $((10)) $((010)) $((0x10)) $((0X1f)) $((0xAbC)) $((0)) $((00)) $((0777))
--- out
10 8 16 31 2748 0 0 511

=== numbers are of 64 bits with a sign
echo $((9223372036854775807)) $((-9223372036854775807)) $((2147483647 + 1)) $((1 << 62))
--- out
9223372036854775807 -9223372036854775807 2147483648 4611686018427387904

=== blanks are free
echo $((1+2)) $((  1  +  2  )) $(( 1	+	2 )) $((
	1 +
	2
))
--- out
3 3 3 3

=== a variable and its value in $( ) and ${ }
x=5 y=x
echo $((x)) $(($x)) $((${x})) $((x + $x)) $((${#x} + 1)) $((${z-7})) $(($(echo 2) + `echo 3`))
--- out
5 5 5 10 2 7 5

=== a variable may hold an octal or hexadecimal number
x=010 y=0x1F z=-3
echo $((x)) $((y)) $((z)) $((x + y))
--- out
8 31 -3 39

=== an unset or empty variable is 0
e=
echo $((u)) $((e)) $((u + 1)) $((e + 1))
--- out
0 0 1 1

=== = assigns and gives the value
echo $((x = 3)) $x $((y = x = 4)) $x $y
--- out
3 3 4 4 4

=== the operators that assign
x=7
echo $((x += 3)) $((x -= 2)) $((x *= 4)) $((x /= 3)) $((x %= 7)) $x
echo $((x <<= 3)) $((x >>= 1)) $((x |= 3)) $((x &= 6)) $((x ^= 5)) $x
--- out
10 8 32 10 3 3
24 12 15 6 3 3

=== an assignment lasts
: $((x = 5)) 
echo $x
f() { : $((y = 6)); }
f
echo $y
--- out
5
6

=== an assignment in a subshell is its own
x=1
(: $((x = 2)))
y=$(echo $((x = 3)))
echo $x $y
--- out
1 3

=== an assignment in an environment variable reaches commands
export x=1
: $((x += 1))
sh -c 'echo $x'
--- out
2

=== && || and ?: evaluate only what they need
a=0
: $((0 && (a = 1))) $((1 || (a = 2))) $((1 ? 0 : (a = 3))) $((0 ? (a = 4) : 0))
echo $a
: $((1 && (a += 1))) $((0 || (a += 10))) $((1 ? (a += 100) : 0)) $((0 ? 0 : (a += 1000)))
echo $a
echo $((0 && 1 / 0)) $((1 || 1 / 0)) $((1 ? 2 : 1 / 0))
--- out
0
1111
0 1 2

=== assignment groups from the right, and is weaker than ?:
: $((a = 1 ? 2 : 3))
: $((b = c = 5))
echo $a $b $c
--- out
2 5 5

=== expansions are made before the expression is read
op=+ e='1 + 2'
echo $((3 $op 4)) $(($e)) $((2 * $e)) $((2 * ($e)))
--- out
7 3 4 6

=== the result of an expansion may be part of a number
x=1 y=2
echo $(($x$y)) $((1$y)) $((0x$x$y)) $((${x}0))
--- out
12 12 18 10

=== parentheses may be nested
echo $(((((1 + 2)) * (3)))) $((((((1))))))
--- out
9 1

=== arithmetic within arithmetic
echo $((1 + $((2 * $((3 + 4)))))) $(($((1)) + $((1))))
--- out
15 2

=== double quotes around it and beside it
x=2
echo "$((x + 1))" "a$((x))b" a$((x))b
--- out
3 a2b a2b

=== quotes within double quotes are no matter to the parentheses
echo $((1 + (2))) ")" $(( (1) ))
--- out
3 ) 1

=== the result is split by IFS
IFS=1
set -- $((212)) "$((313))"
echo $# "$@"
--- out
3 2 2 313

=== positional and special parameters
set -- 4 5
echo $(($1 + $2)) $(($# * 10)) $(($? + 1)) $((${1}0))
--- out
9 20 1 40

=== division by zero is an error
(echo $((1 / 0))) 2>/dev/null || echo error
(echo $((1 % 0))) 2>/dev/null || echo error
(x=0; echo $((5 / x))) 2>/dev/null || echo error
--- out
error
error
error

=== an error in it ends a shell
echo $((1 / 0))
echo not reached
--- status !0
--- err any

=== what is no expression is an error
for e in '1 +' '1 2' '* 3' '(1' '1 = 2' '1 ? 2' '@' '1 +* 2' '08' '0xg'; do
	(eval "echo \$(($e))") 2>/dev/null && echo "not for $e"
done
echo end
--- out
end

=== a value that is no number is an error
x=abc+ y='1 2'
(echo $((x))) 2>/dev/null || echo error
(echo $((y))) 2>/dev/null || echo error
--- out
error
error

=== an assignment to a readonly variable is an error
readonly r=1
(echo $((r = 2))) 2>/dev/null || echo error
echo $((r + 1))
--- out
error
2

=== set -u: an unset variable is an error
set -u
(echo $(($u + 1))) 2>/dev/null || echo error
--- out
error

=== in a here-document
x=2
cat <<end
$((x * 3)) $(( x + $x ))
end
--- out
6 4

=== in a redirection, a case and an assignment
y=$((1 + 1))
echo a >f$((y + 1))
cat f3
case $((y * 2)) in $((3 + 1))) echo yes;; esac
--- out
a
yes

=== a loop counts
i=0 s=0
while [ $((i += 1)) -le 100 ]; do s=$((s + i)); done
echo $s
--- out
5050

=== names may look like numbers only from the second character
a1=3 _2=4
echo $((a1 + _2)) $((a1+_2))
--- out
7 7

=== a backslash and a newline within are gone
echo $((1 +\
 2\
0))
--- out
21

=== comparisons of negative numbers
echo $((-1 < 0)) $((-1 > -2)) $((-5 >= -5)) $((3 - -2))
--- out
1 1 1 5

=== the sign of a shift to the right is kept
echo $((-16 >> 2)) $((-1 >> 1))
--- out
-4 -1

=== multiplication wraps at 64 bits
echo $((9223372036854775807 + 1)) $((4611686018427387904 * 4))
--- out
-9223372036854775808 0

=== the names of the operators need no blanks
x=6 y=3
echo $((x&y)) $((x|y)) $((x^y)) $((x<y)) $((x>>1)) $((x?y:x)) $((x==y||x!=y&&1)) $((!x)) $((~x))
--- out
2 7 5 0 3 3 1 0 -7

=== an expression that is empty is 0
e=
echo $(( )) $(($e))
--- out
0 0
--- differs dash: is an error
