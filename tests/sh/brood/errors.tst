# Errors name file, line and column

=== a quote that is not closed
echo a
echo "b
--- status 2
--- out
a
--- err /script:2:6: .*/

=== a word where none may stand
echo a
  fi
--- status 2
--- out
a
--- err /script:2:3: /

=== a command that is not found
true
  no_such_command a
--- status 127
--- err /script:2:3: no_such_command: not found/

=== an unset variable
set -u
echo a$x
--- status !0
--- err /script:2:[0-9]+: x/

=== a built-in's error
cd /no/such/directory
--- status !0
--- err /script:1:(1:)? cd: /

=== a redirection that fails
true
echo a >/no/such/f
--- status 1
--- err /script:2:[0-9]+: .*no/such/f/

=== a readonly variable
readonly x=1
x=2
--- status !0
--- err /script:2:[0-9]+: x.*/

=== an arithmetic error
echo $((1 + ))
--- status !0
--- err /script:1:[0-9]+: /

=== in a function it is the line of the function
f() {
	no_such_command
}
f
--- status 127
--- err /script:2:2: no_such_command/

=== in a file that . reads it is that file
. ./file
--- file file
:
no_such_command
--- status 127
--- err /file:2:1: no_such_command/

=== no caret where standard error is no terminal
no_such_command
--- status 127
--- err /\A[^\n]*\n\Z/

=== on a terminal the line is shown with a caret
echo a; no_such_command
--- tty
--- status 127
--- out
a
script:1:9: no_such_command: not found
    echo a; no_such_command
            ^
