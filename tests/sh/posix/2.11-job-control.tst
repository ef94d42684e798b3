# XCU 2.11 Job Control

=== set -m gives each background job a process group of its own
set -m
sleep 100 &
p=$!
g=$(ps -o pgid= -p $p | tr -d ' ')
[ "$g" = "$p" ] && echo own
kill $p
wait $p 2>/dev/null
[ $? -gt 128 ] && echo killed
--- needs ps
--- err ignored
--- out
own
killed
--- differs dash: has no job control without a terminal

=== without set -m a background job is in the group of the shell
sleep 100 &
p=$!
g=$(ps -o pgid= -p $p | tr -d ' ')
s=$(ps -o pgid= -p $$ | tr -d ' ')
[ "$g" = "$s" ] && echo same
kill $p
--- needs ps
--- err ignored
--- out
same

=== set -m: all processes of a pipeline are in one group
set -m
sleep 100 | sleep 100 &
sleep 0.1
g=$(ps -o pgid= -p $! | tr -d ' ')
[ "$(ps -eo pgid=,comm= | grep -c "^ *$g sleep")" = 2 ] && echo both
kill -- -$g
wait
--- needs ps
--- err ignored
--- out
both
--- differs dash: has no job control without a terminal

=== set -m: a job in the foreground has a group of its own too
set -m
sh -c '[ "$(ps -o pgid= -p $$ | tr -d " ")" = $$ ] && echo own'
--- needs ps
--- err ignored
--- out
own
--- differs dash: has no job control without a terminal

=== set -m: kill % sends to the whole job
set -m
sh -c 'sleep 100; echo no' &
p=$!
sleep 0.1
kill %1
wait $p
[ $? -gt 128 ] && echo killed
--- err ignored
--- out
killed
--- differs dash: has no job control without a terminal

=== set -m: standard input of the background is the shell's
set -m
cat &
wait
--- in
stdin
--- err ignored
--- out
stdin
--- differs dash: has no job control without a terminal

=== set -m: a background job does not ignore SIGINT
set -m
sh -c 'kill -INT $$; echo no' &
wait $!
[ $? -gt 128 ] && echo ended
--- err ignored
--- out
ended
--- differs dash: has no job control without a terminal

=== jobs tells number, current or previous, state and command
sleep 101 &
sleep 102 &
sleep 103 &
jobs
kill $(jobs -p)
--- out
[1]   Running sleep 101
[2] - Running sleep 102
[3] + Running sleep 103
--- differs dash: has more blanks
--- differs bash: has more blanks

=== jobs -p tells the number of the process
sleep 100 &
p=$!
[ "$(jobs -p)" = $p ] && echo yes
jobs -p %1 >f
[ "$(cat f)" = $p ] && echo yes
kill $p
--- out
yes
yes
--- differs dash: takes no operands with -p

=== the forms of a job's name
sleep 101 &
sleep 102 &
for j in %1 %2 %% %+ %- '%sleep 101' '%?102'; do
	jobs -p "$j" >f && [ -s f ] && echo "$j"
done
kill %1 %2
--- out
%1
%2
%%
%+
%-
%sleep 101
%?102
--- differs dash: has not all of them

=== %% is the last one put in the background, %- the one before
sleep 101 &
a=$!
sleep 102 &
b=$!
[ "$(jobs -p %%)" = $b ] && [ "$(jobs -p %+)" = $b ] && echo current
[ "$(jobs -p %-)" = $a ] && echo previous
kill $a $b
--- out
current
previous
--- differs dash: has no current job

=== a job that is not there is an error
jobs %5 2>/dev/null || echo none
kill %5 2>/dev/null || echo none
wait %5 2>/dev/null
[ $? -ne 0 ] && echo none
--- out
none
none
none

=== wait %n waits for a job
(exit 3) &
wait %1
echo $?
(exit 4) &
(exit 5) &
wait %+
echo $?
--- out
3
5

=== fg without job control is an error
sleep 0 &
fg 2>/dev/null || echo error
bg 2>/dev/null || echo error
wait
--- out
error
error

=== set -m: fg waits for a job of the background and gives its status
set -m
(sleep 0.1; exit 3) &
fg %1 >/dev/null
echo $?
--- err ignored
--- out
3
--- differs dash: has no job control without a terminal

=== set -m: fg tells the command
set -m
sleep 0.3 &
fg
--- err ignored
--- out
sleep 0.3
--- differs dash: has no job control without a terminal

=== set -m: a stopped job goes on with bg
set -m
sh -c 'kill -STOP $$; echo on' &
until jobs | grep -q Stopped; do :; done
jobs >f
grep -qi stop f && echo stopped
bg %1 >/dev/null
wait
--- err ignored
--- out
stopped
on
--- differs dash: has no job control without a terminal
--- limit 5

=== set -m: a stopped job goes on with fg
set -m
sh -c 'kill -STOP $$; exit 5' &
until jobs | grep -q Stopped; do :; done
fg %1 >/dev/null
echo $?
--- err ignored
--- out
5
--- differs dash: has no job control without a terminal
--- limit 5

=== set -m: a foreground job that stops has a status above 128
set -m
sh -c 'kill -STOP $$; exit 5'
[ $? -gt 128 ] && echo stopped
fg >/dev/null
echo $?
--- err ignored
--- out
stopped
5
--- differs dash: has no job control without a terminal

=== set -m: the status of a stopped job tells the signal
set -m
sh -c 'kill -TSTP $$'
s=$?
kill -l $s
kill -CONT %1
wait
--- err ignored
--- out
TSTP
--- differs dash: has no job control without a terminal

=== set -m: jobs tells which state each job is in
set -m
sh -c 'kill -STOP $$' &
sleep 100 &
(exit 3) &
sleep 0.3
jobs >f
sed 's/^[^A-Z]*//; s/[( ]*SIG.*//' f | cut -d ' ' -f 1
kill -CONT %1
kill %2
wait
--- err ignored
--- out
Stopped
Running
Done(3)
--- differs dash: has no job control without a terminal

=== jobs forgets a job after it told that it is done
true &
wait
jobs
echo end
--- out
end
--- differs dash: tells it again

=== a done job is told once
(exit 0) &
sleep 0.2
jobs >f
jobs >g
[ -s f ] && echo told
[ -s g ] || echo once
--- out
told
once

=== a subshell has no jobs of its own at first
sleep 100 &
(sleep 0; wait; echo end)
kill $!
--- out
end

=== jobs in a substitution tells those of the shell
sleep 100 &
[ -n "$(jobs)" ] && echo there
kill $!
--- out
there
--- differs dash: tells nothing

=== set +m turns it off
set -m
set +m
sleep 100 &
g=$(ps -o pgid= -p $! | tr -d ' ')
[ "$g" != "$!" ] && echo same
kill $!
--- needs ps
--- err ignored
--- out
same

=== $- tells m
set -m
case $- in *m*) echo m;; esac
set +m
case $- in *m*) echo no;; *) echo off;; esac
--- err ignored
--- out
m
off
--- differs dash: has no job control without a terminal

=== an interactive shell has job control
case $- in *m*) echo m;; esac
--- via stdin
--- options -i -m
--- err ignored
--- out
m
--- differs dash: has no job control without a terminal
--- differs bash: has none without a terminal

=== on a terminal a job is put in the foreground, and the shell behind it
set -m
sh -c '[ "$(ps -o tpgid= -p $$ | tr -d " ")" = $$ ] && echo job'
[ "$(ps -o tpgid= -p $$ | tr -d " ")" = $$ ] && echo shell
sh -c 'kill -STOP $$' >/dev/null
[ "$(ps -o tpgid= -p $$ | tr -d " ")" = $$ ] && echo shell
fg >/dev/null
[ "$(ps -o tpgid= -p $$ | tr -d " ")" = $$ ] && echo shell
--- tty
--- needs ps
--- out
job
shell
shell
shell
--- differs dash: writes what is for standard error to standard output

=== on a terminal a job in the background stops when it reads
set -m
cat &
until jobs | grep -q Stopped; do :; done
jobs %1 >f
grep -qi stop f && echo stopped
kill -9 %1
--- tty
--- out
stopped
--- differs dash: writes of itself
--- limit 5

=== jobs in a pipeline tells the states of the moment
set -m
sh -c 'kill -STOP $$' &
until jobs | grep -q Stopped; do :; done
echo stopped
kill -9 %1
--- err ignored
--- out
stopped
--- differs dash: has no job control without a terminal
--- limit 5

=== set -m in a subshell gives its jobs groups of their own
own() { [ $(ps -o pgid= -p $1) = $1 ] && echo own; }
(set -m; sleep 5 & own $!; kill $!; trap : INT)
( (set -m; sleep 5 & own $!; kill $!; trap : INT) )
(set -m; sh -c 'trap : INT; [ $(ps -o pgid= -p $$) = $$ ] && echo own'; :)
set -m
(sleep 5 & own $!; kill $!; trap : INT)
(set -m; sleep 5 & own $!; kill $!)
echo end
--- needs ps
--- out
own
own
own
own
end
--- err ignored
--- differs dash: has no job control without a terminal

=== set -m is shown by $- in subshells too
set -m
case $- in *m*) echo m ;; esac
case $(echo $-) in *m*) echo m ;; esac
(case $- in *m*) echo m ;; esac)
--- out
m
m
m
--- differs dash: has no job control without a terminal
