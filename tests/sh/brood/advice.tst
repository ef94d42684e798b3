# What other shells have is refused with what to write instead.

=== [[ ]] is not found, and said so with advice
[[ a == a ]]
--- status 127
--- err /:1:1: \[\[: not found \(not in POSIX sh; write \[ \.\.\. \] or case\)$/

=== declare, typeset and let
declare x; typeset x; let x
--- status 127
--- err /declare: not found \(not in POSIX sh; write NAME=VALUE; .*\n.*typeset: not found \(.*\n.*let: not found \(not in POSIX sh; write : \$\(\(\.\.\.\)\)\)$/

=== what would be an assignment elsewhere
a+=x; a[1]=x; ((i++)); ((--i))
--- status 127
--- err /a\+=x: not found \(not in POSIX sh; write NAME=\$NAME\.\.\.\)\n.*a\[1\]=x: not found \(arrays .*\n.*i\+\+: not found \(.*write : .*\n.*--i: not found \(.*write : /

=== history is not there yet
fc -l
--- status 127
--- err /fc: not found \(there is no history yet\)$/

=== exec gives the same advice
exec shopt
--- status 127
--- err /exec: shopt: not found \(not in POSIX sh; set -o lists the options there are\)$/

=== a name that nobody knows gets none
nosuchcommand; a=b=c; x-+=
--- status 127
--- err /nosuchcommand: not found\n.*x-\+=: not found$/

=== a function of that name is called
pushd() { echo "function $1"; }
pushd a
--- out
function a

=== function without parentheses
function f { :; }
--- status 2
--- err /:1:1: "function" is not in POSIX sh; write name\(\) \{ \.\.\.; \}$/

=== arrays
a=(1 2 3)
--- status 2
--- err /:1:3: arrays are not in POSIX sh; use "\$@" \(set -- \.\.\.\), or a list in a string$/

=== substitutions in expansions
x=abc
echo ${x/b/c}
--- status 2
--- err /:2:.*bad substitution: \$\{x\/\.\.\.\} is not in POSIX sh \(use sed\(1\)\)$/
