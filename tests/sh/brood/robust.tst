=== eval within eval without end is an error, not a crash
x='eval "$x"'; eval "$x"
--- status 2
--- err /too deep/

=== a file that reads itself without end is an error
. ./self
--- file self
. ./self
--- status 2
--- err /too deep/

=== functions that call each other without end are an error, and a subshell's is its own
f() { g; }
g() { f; }
(f)
echo $?
--- out
2
--- err /too deep: [0-9]+ calls of functions/

=== with a small stack the limit is lower
ulimit -s 256
f() { f; }
f
--- status 2
--- err /too deep/

=== a command in PS4 is not traced, which would never end
PS4='$(echo x)'
set -x
echo y
--- out
y
--- err
xecho y

=== a function that defines itself anew for ever keeps no memory
memory() { sed -n 's/^VmData:[^0-9]*\([0-9]*\).*/\1/p' /proc/$$/status; }
self='f() { unset -f f; eval "$self"; }'
eval "$self"
i=0
while [ $((i += 1)) -le 20000 ]; do
	f
	case $i in 2000) before=$(memory) ;; esac
done
after=$(memory)
echo $((after - before < 500))
--- out
1

=== a trap that raises its own signal without end is an error
trap 'kill -USR1 $$' USR1
kill -USR1 $$
--- status 2
--- err /too deep/

=== 100 000 nested parentheses, braces and substitutions are a syntax error
for text in '( ' '{ ' '$(' '${x-' '$((' 'if ' '"$(echo "' 'while ' 'case a in a) '; do
	awk -v text="$text" 'BEGIN { printf "echo ok\nx "; if (text !~ /\$/) print ""
		for (i = 0; i < 100000; i++) printf "%s", text; print "" }' >deep
	$TESTEE deep >out 2>err
	echo "$? $(cat out) $(grep -c 'nested too deeply' err)"
done
--- out
2 ok 1
2 ok 1
2 ok 1
2 ok 1
2 ok 1
2 ok 1
2 ok 1
2 ok 1
2 ok 1
--- limit 60

=== arithmetic that is nested too deeply, and a variable that leads to itself, are errors
for text in '!' '- ' 'a=' '1?'; do
	awk -v text="$text" 'BEGIN { printf "echo $(("
		for (i = 0; i < 100000; i++) printf "%s", text; print "1))" }' >deep
	$TESTEE deep >out 2>err
	echo "$? $(cat out)$(grep -c 'nested too deeply' err)"
done
awk 'BEGIN { printf "echo $(("
	for (i = 0; i < 100000; i++) printf "("
	printf "1"
	for (i = 0; i < 100000; i++) printf ")"; print "))" }' >deep
$TESTEE deep 2>err || grep -c 'nested too deeply' err
(a=b b=a; : $((a)))
echo $?
--- out
2 1
2 1
2 1
2 1
1
2
--- err /leads to itself/
--- limit 60

=== long lists are no nesting
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "true && "; print "echo and"
	for (i = 0; i < 100000; i++) printf ": ; "; print "echo sequence"
	printf "if false; then :; "
	for (i = 0; i < 100000; i++) printf "elif false; then :; "; print "else echo elif; fi"
	printf "echo $(("; for (i = 0; i < 100000; i++) printf "1+"; print "0))" }' >long
$TESTEE long
--- out
and
sequence
elif
100000
--- limit 60

=== a word and a here-document of 10 MB
{
	printf 'x='; head -c 10000000 /dev/zero | tr '\0' a
	printf '\necho ${#x}\nwc -c <<E\n'; head -c 10000000 /dev/zero | tr '\0' b
	printf '\nE\n'
} >big
$TESTEE big
--- out
10000000
10000001
--- limit 60

=== a full disk is told and is the status of the built-in
echo a >/dev/full
echo $?
printf '%s\n' a b >/dev/full
echo $?
{ echo a; } >/dev/full
echo $?
pwd >/dev/full
echo $?
x=$(echo a >/dev/full)
echo $?
$TESTEE -c 'echo a' >/dev/full
echo $?
--- out
1
1
1
1
1
1
--- err /echo: write error: No space left on device/

=== a closed standard output is told
echo a >&-
echo $?
$TESTEE -c 'echo a' >&-
echo $?
--- out
1
1
--- err /write error: Bad file descriptor/

=== EPIPE with SIGPIPE ignored is told
trap '' PIPE
{ while echo x; do :; done 2>err; cat err >&2; } | head -n 1
--- out
x
--- err /write error: Broken pipe/

=== closed standard descriptors are not taken for files of the shell
exec 5>&1 <&- >&-
x=$(echo a)
y=$(/bin/echo b)
echo $x $y >file
cat <file >&5
cat <<E | cat >&5
here
E
--- out
a b
here

=== without descriptors redirections, pipelines and substitutions fail with a message
ulimit -n 3
{ echo no; } >file
echo $?
(exit 3)
echo $?
. ./dotted
echo lost
--- file dotted
echo lost
--- status !0
--- err /dotted: Too many open files/
--- out
1
3

=== with very few descriptors a file is still read, and a job runs in the background
ulimit -n 11
. ./dotted
(exit 3) & wait $!
echo $?
/bin/echo program & wait
--- file dotted
echo dotted
--- out
dotted
3
program

=== every built-in that writes tells that it could not
readonly r=1
trap : USR1
alias a=b
hash cat
sleep 9 & job=$!
for place in /dev/full '&-'; do
	for command in 'echo a' 'echo -n a' 'printf a' pwd set 'set -o' 'set +o' 'export -p' 'readonly -p' alias \
		trap umask 'umask -S' ulimit 'ulimit -a' times 'type cat' 'command -v cat' 'command -V cat' \
		'kill -l' hash jobs 'cd -P .; cd -' 'eval echo a' '{ echo a; }' '(echo a)' 'f a' 'for x in 1 2; do echo $x; done' \
		'case a in a) pwd;; esac' 'x=1 echo a' 'echo $(echo a)'; do
		f() { echo "$1"; }
		eval "command eval '$command' >$place" 2>err
		echo "$? $(grep -c 'write error: ' err)" >told
		case $(cat told) in '1 '[12]) ;; *) echo "$command >$place: $(cat told err)" ;; esac
	done
done
kill $job
--- out

=== a program that cannot be started is told, and its status is 126
(ulimit -n 4; /bin/echo x; echo $?; x=$(/bin/echo x); echo $?; echo a | /bin/cat; echo $?; : & echo $?)
--- out
126
2
2
126
--- err /Too many open files/

=== a field that is too wide is an error of printf
printf '%999999999d' 1 >out
echo $?
printf '%*d' 999999999 1 >out
echo $?
printf '%1000000d' 1 | wc -c
--- out
1
1
1000000
--- err /no field is as wide/

=== an interactive shell that begins with TTIN ignored, as in tmux: its background jobs have it back
trap '' TTIN
$TESTEE -i -m -c 'grep SigIgn /proc/self/status >told & wait' 2>/dev/null
read name mask <told
echo $((0x$mask & 0x100000))
--- out
0

=== a job in the background holds one descriptor
ulimit -n 150
i=0
while [ $i -lt 100 ]; do sleep 60 & i=$((i + 1)); done
jobs >/dev/null
echo $(echo a | cat)
kill $(jobs -p)
wait
[ $(ls /proc/$$/fd | wc -l) -lt 40 ] && echo closed
--- limit 30
--- out
a
closed

=== a small stack: what is nested too deeply is an error, not a crash
repeat() {
	r_n=$2 r_text=
	while [ "$r_n" -gt 0 ]; do r_text=$r_text$1 r_n=$((r_n - 1)); done
	printf %s "$r_text"
}
{ repeat '(' 990; printf :; repeat ')' 990; } >subshells
{ printf 'echo '; repeat '${x:-' 990; repeat '}' 990; } >words
{ printf 'f() { eval "'; repeat '{ ' 900; printf 'f; '; repeat '}; ' 900; printf '"; }; f'; } >groups
{ printf 'f() { eval "echo '; repeat '\${x:-' 900; printf '\$(f)'; repeat '}' 900; printf '"; }; f'; } >both
{ printf 'echo '; repeat '$(echo ' 990; repeat ')' 990; } >substitutions
echo 'f() { f; }; f' >functions
{ printf 'test '; repeat '\( ' 1990; printf a; repeat ' \)' 1990; } >tests
for i in 8192 512 256 128; do
	ulimit -S -s "$i"
	for k in subshells words groups both substitutions functions tests; do
		$TESTEE "$k" >/dev/null 2>&1 </dev/null
		[ $? -le 2 ] || echo "$i $k: $?"
	done
done
--- out
--- limit 60

=== a here-document that begins in a substitution has to end there
alias a='echo $(cat <<G)'
echo first
a
hello
G
--- status 2
--- out
first
--- err /:3:1: the here-document that begins here is to end within the substitution/
