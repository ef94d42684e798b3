# XCU getopts

=== options, with and without a value
while getopts ab:c o; do
	echo "$o ${OPTARG-unset}"
done
shift $((OPTIND - 1))
echo "$# $*"
--- args -a -b one -ca rest
--- out
a unset
b one
c unset
a unset
1 rest
--- differs dash: sets OPTARG to nothing where it should be unset

=== a value in the same word
while getopts a:b o; do
	echo "$o ${OPTARG-unset}"
done
echo $OPTIND
--- args -b -aval -ba val x
--- out
b unset
a val
b unset
a val
5
--- differs dash: sets OPTARG to nothing where it should be unset

=== -- ends the options
while getopts a o; do
	echo $o
done
shift $((OPTIND - 1))
echo "$@"
--- args -a -- -a
--- out
a
-a

=== an unknown option gives ? and a message
getopts a o
echo "$? $o ${OPTARG-unset}"
--- args -x
--- err any
--- out
0 ? unset

=== a colon first: no message, OPTARG says which
getopts :a: o; echo "$o $OPTARG"
getopts :a: o; echo "$o $OPTARG"
--- args -x -a
--- out
? x
: a

=== operands in place of the positional parameters
getopts a o -a; echo "$o"
--- args -b
--- out
a

=== at the end the status is not 0 and the variable a question mark
o=
getopts a o x
echo "$? $o $OPTIND"
--- out
1 ? 1

=== setting OPTIND to 1 begins anew
getopts ab o; echo $o
OPTIND=1
getopts ab o; echo $o
--- args -ab
--- out
a
a

=== at the end OPTIND is the first operand's index, also if OPTIND was of a longer list
set -- -h -c foo
while getopts hc: o; do :; done
echo $OPTIND
set --
while getopts hc: o; do :; done
echo $OPTIND
--- out
4
1
