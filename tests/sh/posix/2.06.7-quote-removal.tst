# XCU 2.6.7 Quote Removal

=== quotes of the word go away
printf '<%s>\n' a'b'c a"b"c a\bc 'a'"b"\c
--- out
<abc>
<abc>
<abc>
<abc>

=== quotes that came out of an expansion stay
x=\' y=\" z='\'
printf '<%s>' $x $y $z "$x" "$y" "$z"; echo
--- out
<'><"><\><'><"><\>

=== quotes within quotes stay
printf '<%s>\n' '"' "'" '\' "\\" "'a'" '"a"'
--- out
<">
<'>
<\>
<\>
<'a'>
<"a">

=== quotes go from the name of a command and from assignments
'ec'ho a
x='a 'b" c"\ d
echo "$x"
--- out
a
a b c d

=== quotes go from the words of for, case, redirections and delimiters
for i in 'a b'; do echo "$i"; done
case 'a'"b" in a'b') echo yes;; esac
echo c >'f 1'
cat <'f 1'
cat <<'e n'd
$x
e nd
--- out
a b
yes
c
$x

=== a quoted name that matches files keeps nothing of its quotes
: >'a b'
echo 'a '* "a"*
--- out
a b a b

=== a pattern without a match loses its quotes
echo 'no 'n"e"*\x
--- out
no ne*x
