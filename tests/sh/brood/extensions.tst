# What is there beyond the standard

=== source is .
source ./file
--- file file
echo a $1
--- args b
--- out
a b

=== echo -n
echo -n a
echo b
--- out
ab

=== echo takes escapes
echo 'a\tb'
--- out
a	b

=== set - turns -x and -v off, and its operands are parameters, as in old scripts
set -- a b
set -v
set -
echo $# $1
set -f - c
echo $# $1 $-
set -
echo $#
--- out
2 a
1 c f
1
--- err any

=== set + alone is no operand
set + a
echo $# $1
--- out
1 a
