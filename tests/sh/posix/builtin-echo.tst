# XCU echo, with the XSI option, and -n

=== operands with a space between them
echo a  b 'c  d'
echo
--- out
a b c  d


=== -n leaves out the newline
echo -n a; echo b
--- out
ab

=== escapes are carried out
echo 'a\tb\\c\0101'
--- out
a	b\cA
--- differs bash: takes escapes only with -e

=== \c ends the output
echo 'a\cb' c; echo d
--- out
ad
--- differs bash: takes escapes only with -e
