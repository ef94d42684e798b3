#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Nothing grows in a loop: growth.py [--part PERCENT] [-k PATTERN] SHELL

Each kind of loop is run by SHELL ("brood sh") in a script of its own: 10 000 000 turns of those that only
use memory, 1 000 000 of those that ask the kernel for something, 50 000 of those that make processes. When a
tenth of them is done, and at the end, the script notes what /proc says of its memory: what is allocated
(VmData, to the page), what is resident and the most that ever was (VmRSS, VmHWM, which the kernel counts
roughly), and how many descriptors are open. None of it may have grown by more than SLACK, that is by one byte
in 17 turns, one byte in two, or 12 bytes in one. Prints TAP.

--part: only as many turns, for a quick look. -k: only kinds whose title has PATTERN.
"""
import argparse
import os
import re
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
import time

# In KiB; descriptors: background jobs that run at the moment have some.
SLACK = {"VmData": 512, "VmRSS": 1024, "VmHWM": 1024, "VmFds": 50}
LIMIT = 1 << 30  # bytes of address space, so that what grows ends
PLAIN, CALLING, PROCESSES = 10_000_000, 1_000_000, 50_000

# In front of every script. What it notes must not need memory of its own the second time: so it is called once
# before anything counts.
NOTE = """
note() {
	set -- /proc/$$/fd/*
	text="VmFds $#"
	while read -r key value unit; do
		case $key in
		VmData: | VmRSS: | VmHWM:) text="$text ${key%:} $value" ;;
		esac
	done </proc/$$/status
	echo "$text" >>notes
}
i=0 tenth=TENTH
note
"""
WHILE = "while [ $((i += 1)) -le TURNS ]; do\nBODY\ncase $i in \"$tenth\") note ;; esac\ndone\nnote\n"

# Title, body of a turn, what stands in front of the loop. Those that only use memory:
PLAIN_LOOPS = [
    ("an arithmetic expression", "j=$((i * 3 % 7 + (i & 1 ? j : -j)))"),
    ("assignments", "a=$i b=\"$a x\" c=$a$b"),
    ("a string that grows and is cut", "s=$s$i; case ${#s} in ???*) s=;; esac"),
    ("cuts, defaults and lengths",
     "p=/usr/lib/$i.c; q=${p##*/} r=${p%.*} s=${none:-$q} t=${p:+$r} n=${#p}; : ${u=$i}; unset u"),
    ("case", "case $i in *[02468]) x=even ;; *5 | *3) x=some ;; [!a-z]*) x=other ;; esac"),
    ("functions", "f $i two 'the third'", "f() { g \"$2\" \"$1\"; return 1; }\ng() { x=$1$2; }"),
    ("local variables", "f $i", "f() { local a=$1 b c=x; a=$a$b$c; }"),
    ("command substitutions of built-ins", "x=$(echo $i) y=`printf '%s-%05d' x $i`; z=\"$(f $x)\"",
     "f() { echo \"<$1>\"; }"),
    ("subshells of built-ins", "(a=$i; set -- 1 2 3; x=$1); (exit 3)"),
    ("eval", "eval \"x=$i; if [ \\$x -gt 5 ]; then y='$i $x'; fi\""),
    ("functions that are defined again", "eval \"f() { echo $i \\\"\\$1\\\"; }\"; unset -f f"),
    ("functions that define themselves again while they run", "f", "f() { eval 'g() { x=$i; }'; eval \"$self\"; g; }\n"
     "self='f() { unset -f f; eval \"$self\"; }'"),
    ("names that are new each time", "eval \"v$i=1; unset v$i; f$i() { :; }; unset -f f$i; alias a$i=b; unalias a$i\""),
    ("aliases", "alias e=\"echo $i\" ee='x=$i '; eval 'ee y=$x'; unalias e ee"),
    ("field splitting", "set -- $list; IFS=:; set -- $list; unset IFS; for w in $list x; do x=$w; done",
     "list='a b:c  d:e f g:h'"),
    ("positional parameters", "set -- \"$@\" $i; case $# in 12) shift 3; set -- ${1+\"$@\"} ;; esac; x=\"$*\""),
    ("getopts", "OPTIND=1; while getopts ab:c o -a -b$i -c x; do :; done"),
    ("break and continue", "for a in 1 2 3; do case $a in 2) continue ;; 3) break ;; esac; done"),
    ("options and lists of variables", "export e=$i; readonly -p; export -p; set -f; set +f -u +u; unset e",
     "exec >/dev/null"),
]
# Those that ask the kernel for something.
CALLING_LOOPS = [
    ("assignments in front of functions and built-ins", "a=$i f; b=$i :; IFS=: read -r c d <n",
     "f() { x=$a; }\necho a:b >n"),
    ("printf, test and echo", "printf '%s %d %x\\n' $i $i $i; [ $i -gt 3 ] && echo $i $i", "exec >/dev/null"),
    ("a trap that is set and taken back", "trap 'x=$i' USR1; trap - USR1; trap '' USR2; trap - USR2"),
    ("a trap that is run", "kill -USR1 $$", "trap 'x=$i; eval \"y=$i\"' USR1"),
    ("read from a here-document", "read -r a b <<E\n$i and $i\nE"),
    ("here-documents", ": <<E <<'F'\n$i $(echo $i)\nE\nplain\nF"),
    ("redirections", ": >/dev/null; { :; } 2>/dev/null; f 3<n; echo $i >>/dev/null", "f() { :; } <n\n: >n"),
    ("redirections that stay", "exec 3<n; read -r x <&3; exec 3<&- 4>/dev/null; exec 4>&-", "echo x >n"),
    ("redirections that fail", "{ :; } <none; command : <none; command : >n/n; command : >&9; { :; } >&9",
     "exec 2>/dev/null; : >n"),
    ("commands that fail", "command cd none; command . ./none; command set -o none; command export 1=2; none; "
     "command eval 'echo (' ; command trap x NONE; command shift 9; readonly r; (r=1)", "exec 2>/dev/null"),
    ("programs that are not there", "none; ./none", "exec 2>/dev/null"),
    ("pathnames", "set -- *.c [ab]*; for f in d/*; do x=$f; done",
     "mkdir d; for f in a b c d e; do : >$f.c >d/$f; done"),
    ("cd, pwd, umask, command -v, type and hash",
     "cd d; cd ..; pwd; umask 022; command -v cat; type cat; hash cat; hash -r", "mkdir d; exec >/dev/null"),
    ("a file that is read by dot", ". ./n $i", "echo 'x=$1; f() { :; }' >n"),
    ("set -x", "x=$i; : \"$x\" ${x#1}", "exec 2>/dev/null; set -x"),
]
PROCESS_LOOPS = [
    ("a program", "/bin/true $i >/dev/null"),
    ("a program's output", "x=$(/bin/echo $i)"),
    ("a pipeline", "echo $i | { read x; exit 3; }"),
    ("a subshell that becomes a program", "(exec 3<&-; exec /bin/true)"),
    ("a subshell that changes directory, umask, traps and functions", "(cd /; umask 0; trap 'x=1' TERM; f() { :; })"),
    ("a background job that is waited for", ": & wait $!"),
    ("background jobs that nobody waits for", ": &"),
    ("background jobs that are waited for together", ": & case $i in *00) wait ;; esac"),
    ("errors that end subshells", "(: $((1 / 0))); (eval 'if ('); (: ${none?$i}; x)", "exec 2>/dev/null"),
    ("a program that a signal ends", "sh -c 'kill -KILL $$'", "exec 2>/dev/null"),
    ("a program in a group of its own", "/bin/true; : & wait", "set -m"),
]
# Lines are turns.
READ_LINES = """
while read -r line; do
	case $((i += 1)) in "$tenth") note ;; esac
done <lines
note
"""


def script_of(body, before, turns):
    text = (NOTE + before + "\n" + WHILE).replace("BODY", body)
    return text.replace("TURNS", str(turns)).replace("TENTH", str(turns // 10))


def prepare():
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(shell, script, turns):
    """What is wrong (None: nothing), and what was noted."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "script"), "w") as f:
            f.write(script)
        if "<lines" in script:
            with open(os.path.join(folder, "lines"), "w") as f:
                f.writelines(f"line {i}\n" for i in range(turns))
        process = subprocess.run([*shell, "script"], cwd=folder, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=prepare,
                                 env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"})
        notes = []
        if os.path.exists(os.path.join(folder, "notes")):
            with open(os.path.join(folder, "notes")) as f:
                for line in f:
                    words = line.split()
                    notes.append(dict(zip(words[::2], map(int, words[1::2]))))
    told = f"{notes[-2:]}, stderr {process.stderr[-300:]}"
    if process.returncode != 0:
        return f"status {process.returncode}", told
    if len(notes) != 3 or any(len(note) != 4 for note in notes):
        return f"{len(notes)} notes and not 3", told
    tenth, end = notes[1:]
    grown = [key for key in end if end[key] > tenth[key] + SLACK[key]]
    return ", ".join(grown) + " grew" if grown else None, told


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--part", type=float, default=100)
    parser.add_argument("-k", dest="pattern", default="")
    parser.add_argument("shell")
    args = parser.parse_args()
    shell = shlex.split(args.shell)
    if os.sep in shell[0]:
        shell[0] = os.path.abspath(shell[0])
    kinds = []
    for loops, most in (PLAIN_LOOPS, PLAIN), (CALLING_LOOPS, CALLING), (PROCESS_LOOPS, PROCESSES):
        turns = int(most * args.part / 100)
        for title, body, *before in loops:
            kinds.append((title, script_of(body, before[0] if before else "", turns), turns))
    turns = int(PLAIN * args.part / 100)
    kinds.append(("lines of a file", NOTE.replace("TENTH", str(turns // 10)) + READ_LINES, turns))
    kinds = [kind for kind in kinds if re.search(args.pattern, kind[0])]
    print(f"1..{len(kinds)}")
    n_bad = 0
    for number, (title, script, turns) in enumerate(kinds, 1):
        begin = time.monotonic()
        wrong, told = run(shell, script, turns)
        told = f"{time.monotonic() - begin:.1f} s, {told}"
        n_bad += wrong is not None
        print(f"{'not ok' if wrong else 'ok'} {number} - {turns} turns: {title}", flush=True)
        print(f"# {wrong}: {told}" if wrong else f"# {told}", flush=True)
    return 1 if n_bad else 0


sys.exit(main())
