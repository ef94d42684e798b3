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

