#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""An interactive `brood sh` on a pseudo-terminal: what it says, and does, at its prompt. TAP.

    prompts.py [PATTERN]                only the titles that match
"""
import re
import signal
import sys

from kit import BROOD, Terminal, await_that, expect, marked, run_cases

PROMPT = r"@> "


class Shell(Terminal):
    def __init__(self, *ignored, **variables):
        """ignored: signals that are when it begins, as a multiplexer may have it."""
        script = "".join(f"trap '' {name}; " for name in ignored) + 'exec "$BROOD" sh'
        super().__init__("sh", "-c", script, env=dict(variables, BROOD=BROOD, PS2="more> "))
        self.expect(PROMPT)

    def enter(self, line, *patterns):
        """What is typed is seen; then what is expected; then the prompt."""
        self.type(line + "\n")
        for pattern in (re.escape(line) + "\n", *patterns, PROMPT):
            self.expect(pattern)

    def is_told(self, line, text):
        """All that is shown between the line and the next prompt."""
        self.type(line + "\n")
        begun = self.at
        self.expect("@> $")
        shown = self.text[begun:self.at]
        wanted = line + "\n" + text + "@> "
        expect(shown == wanted, f"it shows {shown!r}, not {wanted!r}")

    def await_state(self, comm, state):
        await_that(f"{comm} is in state {state}", lambda: any(
            process.comm == comm and process.state_now() == state for process in marked(self.mark)))

    def stop(self, command, comm):
        self.type(command + "\n")
        self.await_state(comm, "S")
        await_that("it is in the foreground", lambda: self.foreground() != self.pid)
        self.type("\x1a")
        self.expect(r"\^Z\n\[1\] \+ Stopped .*\n@> $")
        self.await_state(comm, "T")


# ---- Ctrl-C

def interrupt_at_prompt():
    with Shell() as shell:
        shell.type("echo lost")
        shell.expect("echo lost")
        shell.type("\x03")
        shell.expect(r"\^C\n@> $")
        shell.is_told("echo a$?", "a130\n")
        shell.is_told("echo $?", "0\n")


def interrupt_within_command():
    with Shell() as shell:
        shell.type("if true\n")
        shell.expect("more> $")
        shell.type("th\x03")
        shell.expect(r"\^C\n@> $")
        shell.is_told("echo a$?", "a130\n")


def interrupt_with_trap():
    with Shell() as shell:
        shell.is_told("trap 'echo trapped' INT", "")
        shell.type("\x03")
        shell.expect(r"\^C\ntrapped\n@> $")
        shell.is_told("echo a", "a\n")


def interrupt_of_commands():
    with Shell() as shell:
        for command in ("while :; do :; done", "read x", "sleep 1000", "sleep 1000 | cat", "x=$(sleep 1000)",
                        "{ sleep 1000; echo not; }; echo nor", "wait"):
            shell.type(f"echo u''p; {command}; echo behind\n")
            shell.expect("^up\n")
            if "sleep" in command:
                # Before it runs the key would be for the shell.
                shell.await_state("sleep", "S")
            shell.type("\x03")
            shell.expect(r"^\^C\n@> $")
            shell.is_told("echo a$?", "a130\n")
            if command.startswith("{"):
                shell.enter("sleep 1000 &")


def interrupt_of_one_stage():
    with Shell() as shell:
        # What a key does that comes before the last stage is there: that one only sees the end of its input.
        shell.type("sh -c 'kill -INT $$' | cat; echo behind\n")
        shell.expect(r"behind\n\n@> $")
        shell.is_told("echo a$?", "a130\n")


# ---- other signals

def trap_at_prompt():
    with Shell() as shell:
        shell.is_told("trap 'echo trapped $x' USR1; x=1", "")
        shell.type("ec")
        shell.expect("ec")
        shell.popen.send_signal(signal.SIGUSR1)
        shell.expect("trapped 1\n@> $")
        shell.type("ho a\n")
        shell.expect("a\n@> $")


def trap_that_exits():
    with Shell() as shell:
        shell.is_told("trap 'exit 7' USR1", "")
        shell.popen.send_signal(signal.SIGUSR1)
        expect(shell.wait() == 7, "it does not end with 7")


def trap_within_command():
    with Shell() as shell:
        shell.is_told("trap 'echo trapped' USR1", "")
        shell.type("if true\n")
        shell.expect("more> $")
        shell.popen.send_signal(signal.SIGUSR1)
        shell.type("then echo a; fi\n")
        shell.expect("trapped\na\n@> $")


# ---- the end of input

def end_of_input():
    with Shell() as shell:
        shell.is_told("(exit 3)", "")
        shell.type("\x04")
        expect(shell.wait() == 3, "it does not end with the last status")
        while shell.read(0):
            pass
        expect(shell.text.endswith("@> \n"), f"it ends with {shell.text[-20:]!r}")


def ignored_end():
    with Shell() as shell:
        shell.is_told("set -o ignoreeof", "")
        for _ in range(3):
            shell.type("\x04")
            shell.expect(r"\nsh: exit ends the shell \(set -o ignoreeof\)\n@> $")
        shell.is_told("echo $?", "0\n")
        shell.is_told("set +o ignoreeof", "")
        shell.type("\x04")
        expect(shell.wait() == 0, "it does not end with 0")


def ignored_end_without_terminal():
    """A terminal that is gone has no end of ends."""
    with Shell() as shell:
        shell.is_told("set -o ignoreeof", "")
        shell.hang_up()
        shell.wait()


def end_with_stopped_job():
    with Shell() as shell:
        shell.stop("sleep 1000", "sleep")
        shell.type("\x04")
        shell.expect("\nsh: there are stopped jobs .*\n@> $")
        shell.is_told("echo a", "a\n")
        shell.type("\x04")
        shell.expect("\nsh: there are stopped jobs .*\n@> $")
        shell.type("\x04")
        expect(shell.wait() == 0, "it does not end with 0")


def exit_with_stopped_job():
    with Shell() as shell:
        shell.stop("sleep 1000", "sleep")
        shell.is_told("exit 5", "sh: exit: there are stopped jobs (exit again to leave them)\n")
        shell.is_told("echo $?", "1\n")
        shell.is_told("exit 5", "sh: exit: there are stopped jobs (exit again to leave them)\n")
        shell.is_told("", "")
        shell.type("exit 5\n")
        expect(shell.wait() == 5, "it does not end with 5")


def exit_and_end_with_stopped_job():
    with Shell() as shell:
        shell.stop("sleep 1000", "sleep")
        shell.enter("exit", "there are stopped jobs .*\n")
        shell.type("\x04")
        shell.wait()


# ---- jobs

def told_with_the_prompt():
    with Shell() as shell:
        shell.enter("sleep 0.1 &", r"\[1\] \d+\n")
        await_that("it has ended", lambda: not any(process.comm == "sleep" for process in marked(shell.mark)))
        expect(not shell.read(0.3), "something is shown without a prompt")
        shell.is_told("", "[1] + Done sleep 0.1\n")
        shell.is_told("", "")


def told_at_once():
    with Shell() as shell:
        shell.is_told("set -b", "")
        shell.enter("sleep 0.1 &", r"\[1\] \d+\n")
        shell.expect(r"\n\[1\] \+ Done sleep 0.1\n@> $")
        shell.is_told("echo a", "a\n")


def told_beside_a_command():
    with Shell() as shell:
        shell.is_told("set -b", "")
        shell.enter("sleep 0.1 & sh -c 'while kill -0 $PPID; do [ -e /proc/$1 ] || exit; done' sh $!; sleep 0.3; echo a",
                    r"\[1\] \d+\n", r"^\[1\] \+ Done sleep 0.1\n", "^a\n")


def stopped_twice():
    with Shell() as shell:
        shell.stop("sleep 1000", "sleep")
        shell.type("fg\n")
        shell.expect("^sleep 1000\n")
        shell.await_state("sleep", "S")
        shell.type("\x1a")
        shell.expect(r"\^Z\n\[1\] \+ Stopped .*\n@> $")
        shell.type("fg\n")
        shell.expect("^sleep 1000\n")
        shell.await_state("sleep", "S")
        shell.type("\x03")
        shell.expect(r"\^C\n@> $")
        shell.is_told("echo $?", "130\n")


def stopped_by_reading(*ignored):
    """As multiplexers begin their shells."""
    with Shell(*ignored) as shell:
        shell.type("cat\n")
        shell.expect("cat\n")
        shell.await_state("cat", "S")
        await_that("it is in the foreground", lambda: shell.foreground() != shell.pid)
        shell.type("\x1a")
        shell.expect(r"\^Z\n\[1\] \+ Stopped cat\n@> $")
        shell.type("bg\n")
        shell.expect(r"bg\n\[1\] cat\n")
        shell.await_state("cat", "T")
        # Told with this prompt or with the next one.
        shell.type("\n")
        shell.expect(r"^(@> \n\[1\] \+ Stopped \(SIGTTIN\) cat\n|\[1\] \+ Stopped \(SIGTTIN\) cat\n@> \n)@> $")
        shell.type("fg\n")
        shell.expect("^cat\n")
        shell.await_state("cat", "S")
        shell.type("line\n")
        shell.expect("line\nline\n")
        shell.type("\x04")
        shell.expect("@> $")


# ---- errors

def carets():
    with Shell(LC_ALL="C.UTF-8") as shell:
        shell.is_told("nosuch", "sh: nosuch: not found\n")
        shell.is_told("echo a; nosuch", "a\nsh: nosuch: not found\n    echo a; nosuch\n            ^\n")
        shell.is_told("cd /nosuch/a", "sh: cd: /nosuch/a: No such file or directory\n    cd /nosuch/a\n       ^\n")
        shell.is_told(": ä )", 'sh: found ")", which nothing before it asks for\n    : ä )\n        ^\n')
        shell.is_told("f() { nosuch; }", "")
        shell.is_told("f", "sh: nosuch: not found\n")
        shell.is_told("eval ': ; nosuch'", "sh: eval:1:5: nosuch: not found\n    : ; nosuch\n        ^\n")
        shell.type("echo 'a\n")
        shell.expect("more> $")
        shell.type("b'; nosuch\n")
        shell.expect("a\nb\nsh: nosuch: not found\n    b'; nosuch\n        \\^\n@> $")


def line_numbers_after_errors():
    with Shell() as shell:
        shell.is_told("echo $LINENO", "1\n")
        shell.enter("echo ${x?a}")
        shell.is_told("echo $LINENO", "3\n")


def cases():
    yield "Ctrl-C at the prompt begins a new line", interrupt_at_prompt
    yield "Ctrl-C within a command forgets all of it", interrupt_within_command
    yield "Ctrl-C runs its trap", interrupt_with_trap
    yield "Ctrl-C ends whatever runs, and what was to follow", interrupt_of_commands
    yield "a SIGINT of one stage ends what was to follow", interrupt_of_one_stage
    yield "a trap runs at the prompt", trap_at_prompt
    yield "a trap that exits ends the shell at its prompt", trap_that_exits
    yield "a trap does not forget the lines of a command", trap_within_command
    yield "Ctrl-D ends the shell, on a line of its own", end_of_input
    yield "set -o ignoreeof", ignored_end
    yield "set -o ignoreeof does not keep a shell whose terminal is gone", ignored_end_without_terminal
    yield "Ctrl-D warns once of stopped jobs", end_with_stopped_job
    yield "exit warns once of stopped jobs", exit_with_stopped_job
    yield "Ctrl-D behind an exit that has warned ends the shell", exit_and_end_with_stopped_job
    yield "the end of a job is told with the next prompt", told_with_the_prompt
    yield "set -b: at once", told_at_once
    yield "set -b: while another command runs", told_beside_a_command
    yield "Ctrl-Z, fg, Ctrl-Z, fg, Ctrl-C", stopped_twice
    yield "a job that bg continues is stopped when it reads the terminal", stopped_by_reading
    yield "the same where SIGTTIN and SIGTTOU were ignored", stopped_by_reading, "TTIN", "TTOU"
    yield "errors show the line, unless it begins with what is wrong", carets
    yield "lines are counted on behind errors", line_numbers_after_errors


def main():
    run_cases(list(cases()), sys.argv[1] if len(sys.argv) > 1 else None)


if __name__ == "__main__":
    main()
