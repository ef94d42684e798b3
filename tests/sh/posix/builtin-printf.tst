# XCU printf

=== strings, characters and numbers are written as the format says
printf '%s|%5s|%-5s|%.2s|\n' abc ab ab abc
printf '%d|%5d|%-5d|%05d|%+d\n' 42 42 42 42 42
printf '%o %x %X %u\n' 8 255 255 7
printf '%c%c\n' abc xyz
printf '%%\n'
--- out
abc|   ab|ab   |ab|
42|   42|42   |00042|+42
10 ff FF 7
ax
%

=== the format is used again until no operand is left
printf '%s-%s\n' a b c
printf '[%d]' 1 2 3; echo
--- out
a-b
c-
[1][2][3]

=== operands that are missing are empty or 0
printf '<%s><%d>\n'
--- out
<><0>

=== width and precision come from operands for a *
printf '<%*s><%-*s><%.*s>\n' 4 a 4 b 2 xyz
--- out
<   a><b   ><xy>

=== numbers may be octal, hexadecimal, signed, or a character's
printf '%d %d %d %d %d\n' 010 0x10 -3 +4 "'A"
--- out
8 16 -3 4 65

=== escapes in the format
printf 'a\tb\\c\101\n'
--- out
a	b\cA

=== %b carries out the escapes of its operand
printf '%b|%b\n' 'a\tb' '\0101'
--- out
a	b|A

=== \c in a %b operand ends everything
printf '%b-%s\n' 'one\c' two; echo .
--- out
one.

=== an operand that is no number is told, and the rest is used
printf '%d\n' 12x
echo $?
--- out
12
1
--- err any

=== an operand that is no number at all counts as 0
printf '%d\n' x
echo $?
--- out
0
1
--- err any

=== a missing format is an error
printf || echo failed
--- out
failed
--- err any

=== floating point
printf '%.2f %e %g\n' 1.5 1.5 1.5
--- out
1.50 1.500000e+00 1.5
