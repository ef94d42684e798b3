#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`brood run` under an interactive shell on a pseudo-terminal, and without a terminal. TAP.

    terminals.py ROUNDS [PATTERN]       every case that many times; only the titles that match
"""
import os
import shutil
import signal
import sys
import tempfile
import termios
import time

from kit import (BROOD, SLACK, Failure, Front, Process, Skip, Terminal, await_none, await_that, expect, marked, names,
                 program, public_folder, run, run_cases)

GRACE = 0.3
AFTER_KILL = 0.5
SHELLS = {
    # --noediting: what the terminal's modes are is then the affair of the programs that we test.
    "bash": ["bash", "--norc", "--noprofile", "--noediting", "-i"],
    "dash": ["dash", "-i"],
    "brood": [BROOD, "sh", "-i"],
}
PROMPT = r"@> "
# Both shells, in their own words.
STOPPED = r"\[1\] ?\+ +Stopped"


class Shell(Terminal):
    """An interactive shell; scripts reach it as variables, so that what is typed is not what is shown."""

    def __init__(self, kind, **variables):
        if not shutil.which(SHELLS[kind][0]):
            raise Skip(f"{kind} is not installed")
        path = f"{public_folder()}:{os.environ['PATH']}"
        super().__init__(*SHELLS[kind], env=dict(variables, PATH=path))
        self.prompt()
        self.canonical = self.modes()[3]

    def prompt(self):
        self.expect(PROMPT)

    def command(self, text):
        self.type(text + "\n")

    def type_until(self, key, pattern):
        """For a program that may lose a key while it sees to a signal."""
        def attempt():
            self.type(key)
            try:
                return self.expect(pattern, 0.5)
            except Failure:
                return None
        await_that(f"an answer to {key}", attempt)

    def find(self, comm):
        """The one process of that name, but the shell."""
        return await_that(f"a process {comm}", lambda: next(
            (process for process in marked(self.mark) if process.comm == comm and process.pid != self.pid), None))[0]

    def expect_modes(self):
        """Lines are lines again, and typing is seen."""
        wanted = termios.ICANON | termios.ECHO | termios.ISIG
        await_that("the terminal's modes are back", lambda: self.modes()[3] & wanted == wanted, 2)

    def expect_ours(self):
        expect(self.foreground() == self.pid, f"the terminal is that of group {self.foreground()}, not the shell's")

    def expect_code(self, code):
        self.command("echo c$?c")
        got = self.expect(r"^c(\d+)c\n").group(1)
        expect(got == str(code), f"exit code {got}, not {code}")
        self.prompt()

    def await_only_shell(self, seconds=2):
        def only_shell():
            return all(process.pid == self.pid for process in marked(self.mark))
        try:
            await_that("only the shell is left", lambda: only_shell() and only_shell(), seconds)
        except Failure as failure:
            raise Failure("these are alive: " + names(marked(self.mark))) from failure


def await_state(process, states):
    await_that(f"{process.comm} is in one of the states {states}", lambda: process.state_now() in states)


UP = r"up (\d+)\n"


def await_pid(shell):
    return Process(int(shell.expect(UP).group(1)))


def start_in_background(shell, options=""):
    """The job of $S, when it is up; the shell has shown its prompt before that or behind it."""
    shell.command(f'brood run {options} sh -c "$S" &')
    return Process(int(shell.expect_both(UP, PROMPT).group(1)))


# ---- programs that take the terminal

def editor(kind):
    with Shell(kind) as shell:
        shell.command("brood run screen")
        shell.expect("^screen 24x80\n")
        shell.type("x")
        shell.expect("key 78\n")
        shell.resize(30, 100)
        shell.expect("^screen 30x100\n")
        shell.type("\x03")
        shell.expect("key 03\n")
        shell.type("\x1a")
        shell.expect("key 1a\n")
        shell.expect(STOPPED)
        shell.prompt()
        shell.expect_ours()
        shell.expect_modes()
        await_state(shell.find("brood"), "T")
        await_state(shell.find("screen"), "T")
        shell.command("jobs")
        shell.expect(STOPPED)
        shell.prompt()
        shell.command("fg")
        shell.expect("^screen again\n")
        shell.type("y")
        shell.expect("^key 79\n")
        shell.resize(40, 120)
        shell.expect("^screen 40x120\n")
        shell.type("q")
        shell.prompt()
        shell.expect_code(0)
        shell.await_only_shell()


# Its prompt, behind which it waits for a key; a key that comes before may be lost.
LESS_ASKS = r"[\n\r\x1b[0-9;HK]*:\x1b\[K"


def pager(kind):
    if not shutil.which("less"):
        raise Skip("less is not installed")
    with tempfile.NamedTemporaryFile("w", prefix="lines-") as file, Shell(kind, FILE=file.name) as shell:
        file.write("".join(f"line {number}.\n" for number in range(1, 201)))
        file.flush()
        shell.command('brood run less "$FILE"')
        shell.expect(r"line 1\..*line 23\.")
        shell.type(" ")
        shell.expect(r"line 46\." + LESS_ASKS)
        # A signal between its prompt and its read would wait there for a key: that is less, not brood.
        less = shell.find("less")
        await_state(less, "S")
        # Ctrl-C ends nothing in a pager, and brood has to see that.
        shell.type("\x03")
        shell.expect("\a")
        shell.type_until("g", r"line 1\..*?" + LESS_ASKS)
        await_state(less, "S")
        shell.resize(10, 80)
        shell.expect(r"line 9\..*?" + LESS_ASKS)
        await_state(less, "S")
        # It puts the terminal in order before it stops: the shell may not go on before that.
        shell.type("\x1a")
        shell.expect(STOPPED)
        shell.prompt()
        expect(less.state_now() == "T", "brood has stopped before its job")
        shell.command("fg")
        shell.expect(r"line \d+\..*?" + LESS_ASKS)
        shell.type("G")
        shell.expect(r"line 200\.")
        shell.type("q")
        shell.prompt()
        shell.expect_code(0)
        shell.expect_modes()
        shell.await_only_shell()


PASSWORD = 'stty -echo; echo "up $$"; read word; stty echo; echo "got $word."'


def password(kind):
    with Shell(kind, S=PASSWORD) as shell:
        shell.command('brood run sh -c "$S"')
        await_pid(shell)
        begun = shell.at
        shell.type("secret\n")
        shell.expect("^got secret\\.\n")
        expect(shell.text[begun:].count("secret") == 1, "the terminal showed the password")
        shell.prompt()
        shell.expect_modes()


def password_interrupted(kind):
    """The shell does nothing for the terminal here: brood has to."""
    with Shell(kind, S=PASSWORD) as shell:
        shell.command('brood run sh -c "$S"')
        await_pid(shell)
        shell.type("\x03")
        shell.prompt()
        shell.expect_modes()
        shell.expect_code(130)
        shell.await_only_shell()


def shell_inside(kind):
    inner = " ".join(SHELLS[kind])
    with Shell(kind) as shell:
        outer_group = shell.foreground()
        shell.command(f"PS1='inner> ' brood run {inner}")
        shell.expect("^inner> ")
        shell.command("cat")
        await_that("cat has the terminal", lambda: shell.foreground() == shell.find("cat").pid)
        shell.type("\x03")
        shell.expect("^(\\^C\n?)?inner> ")
        shell.command("sleep 1000")
        await_that("sleep has the terminal", lambda: shell.foreground() == shell.find("sleep").pid)
        shell.type("\x1a")
        shell.expect(STOPPED)
        shell.expect("^inner> ")
        shell.command("jobs")
        shell.expect(STOPPED)
        shell.expect("^inner> ")
        shell.command("bg")
        shell.expect("^inner> ")
        await_state(shell.find("sleep"), "S")
        shell.command("fg")
        await_that("sleep has the terminal", lambda: shell.foreground() == shell.find("sleep").pid)
        shell.type("\x03")
        shell.expect("^(\\^C\n?)?inner> ")
        shell.resize(31, 101)
        shell.command("stty size")
        shell.expect("^31 101\n")
        shell.expect("^inner> ")
        shell.command("exit 5")
        shell.prompt()
        shell.expect_code(5)
        expect(shell.foreground() == outer_group, "the terminal was not given back")
        shell.await_only_shell()


def shell_inside_limited(kind):
    with Shell(kind) as shell:
        shell.command(f"PS1='inner> ' brood run -t 700ms -k 300ms {' '.join(SHELLS[kind])}")
        shell.expect("^inner> ")
        shell.command("sleep 1000")
        shell.expect("time limit of 700ms")
        shell.prompt()
        shell.expect_code(124)
        shell.expect_ours()
        shell.expect_modes()
        shell.await_only_shell(SLACK)


# ---- job control

READER = 'echo "up $$"; exec cat'


def stop_and_go(kind):
    with Shell(kind, S=READER) as shell:
        shell.command('brood run sh -c "$S"')
        job = await_pid(shell)
        front = shell.find("brood")
        shell.type("\x1a")
        shell.expect(STOPPED)
        shell.prompt()
        await_state(job, "T")
        await_state(front, "T")
        shell.command("jobs")
        shell.expect(STOPPED)
        shell.prompt()
        shell.command("fg")
        await_state(job, "SR")
        shell.type("hello\n")
        shell.expect("^hello\n")
        shell.expect("^hello\n")
        shell.type("\x04")
        shell.prompt()
        shell.expect_code(0)
        shell.await_only_shell()


def stopped_again(kind):
    """The guard sleeps over a fg and another Ctrl-Z: that it has gone on meanwhile is not to be seen."""
    with Shell(kind, S=READER) as shell:
        shell.command('brood run sh -c "$S"')
        job = await_pid(shell)
        guard = shell.find("brood-guard")
        front = shell.find("brood")
        shell.type("\x1a")
        shell.expect(STOPPED)
        shell.prompt()
        await_state(guard, "S")
        os.kill(guard.pid, signal.SIGSTOP)
        await_state(guard, "T")
        shell.command("fg")
        await_state(front, "S")
        await_state(job, "S")
        shell.type("\x1a")
        await_state(job, "T")
        os.kill(guard.pid, signal.SIGCONT)
        shell.expect(STOPPED)
        shell.prompt()
        shell.command("fg")
        await_state(job, "SR")
        shell.type("\x03")
        shell.prompt()
        shell.expect_code(130)
        shell.await_only_shell()


def deaf_to_stops(kind):
    """brood stops when its job has stopped, and not before: this one goes on."""
    with Shell(kind, S='trap "" TSTP; ' + READER) as shell:
        shell.command('brood run sh -c "$S"')
        await_pid(shell)
        shell.type("\x1a")
        shell.type("hello\n")
        shell.expect("^hello\n")
        shell.type("\x04")
        shell.prompt()
        shell.expect_code(0)


def suspended(kind):
    """The command stops its own group only, which is not ours; the shell sees it all the same."""
    with Shell(kind) as shell:
        shell.command(f"PS1='inner> ' brood run {' '.join(SHELLS[kind])}")
        shell.expect("^inner> ")
        shell.command("suspend")
        shell.expect(STOPPED)
        shell.prompt()
        shell.expect_ours()
        shell.command("fg")
        shell.expect("^inner> |^fg\n.*\n")
        shell.command("exit 6")
        shell.prompt()
        shell.expect_code(6)
        shell.await_only_shell()


def background_and_foreground(kind):
    with Shell(kind, S='echo "up $$"; exec act pause') as shell:
        shell.command('brood run sh -c "$S"')
        job = await_pid(shell)
        shell.type("\x1a")
        shell.expect(STOPPED)
        shell.prompt()
        await_state(job, "T")
        shell.command("bg")
        shell.prompt()
        await_state(job, "S")
        await_state(shell.find("brood"), "S")
        shell.expect_ours()
        shell.command("fg")
        await_that("it has the terminal", lambda: shell.foreground() == os.getpgid(job.pid))
        shell.type("\x03")
        shell.prompt()
        shell.expect_code(130)
        shell.await_only_shell()


def background_read(kind):
    with Shell(kind, S=READER) as shell:
        job = start_in_background(shell)
        await_state(job, "T")
        front = shell.find("brood")
        await_state(front, "T")
        shell.expect_ours()
        shell.command("jobs")
        shell.expect(STOPPED)
        shell.prompt()
        shell.command("fg")
        await_state(job, "SR")
        shell.type("hello\n")
        shell.expect("^hello\n")
        shell.expect("^hello\n")
        shell.type("\x04")
        shell.prompt()
        shell.expect_code(0)
        shell.await_only_shell()


def background_write(kind):
    with Shell(kind, S='read line <"$FIFO"; echo written') as shell:
        with tempfile.TemporaryDirectory() as folder:
            fifo = os.path.join(folder, "fifo")
            os.mkfifo(fifo)
            shell.command(f"stty tostop; FIFO={fifo}")
            shell.prompt()
            shell.command('export FIFO; brood run sh -c "$S" &')
            shell.prompt()
            with open(fifo, "w", encoding="ascii") as file:
                file.write("go\n")
            job = shell.find("sh")
            await_state(job, "T")
            await_state(shell.find("brood"), "T")
            shell.command("fg")
            shell.expect("^written\n")
            shell.prompt()
            shell.expect_code(0)
            shell.await_only_shell()


def background_takes_nothing(kind):
    """Started, running, at its limit: the terminal is the shell's, and so are its modes."""
    with Shell(kind, S='echo "up $$"; exec act ignore 15 pause') as shell:
        before = shell.modes()
        start_in_background(shell, "-t 400ms -k 200ms")
        front = shell.find("brood")
        while front.is_alive():
            shell.expect_ours()
            time.sleep(0.001)
        shell.expect("time limit of 400ms")
        shell.expect_ours()
        expect(shell.modes() == before, "the terminal's modes have changed")
        shell.await_only_shell(SLACK)


def interrupted(kind):
    with Shell(kind, S='setsid sleep 1000 & echo "up $$"; exec sleep 1000') as shell:
        shell.command('brood run sh -c "$S"')
        await_pid(shell)
        shell.type("\x03")
        shell.prompt()
        shell.expect_code(130)
        shell.await_only_shell(SLACK)


def limited(kind):
    script = "setsid sleep 1000 & sleep 1000 & exec screen stay"
    with Shell(kind, S=script) as shell:
        shell.command('brood run -t 500ms -k 300ms sh -c "$S"')
        shell.expect("^screen 24x80\n")
        shell.expect("time limit of 500ms")
        shell.prompt()
        shell.expect_modes()
        shell.expect_ours()
        shell.await_only_shell(SLACK)
        shell.expect_code(124)


def limited_while_stopped(kind):
    """Who sleeps on Ctrl-Z does not escape the limit."""
    with Shell(kind, S='setsid sleep 1000 & echo "up $$"; exec sleep 1000') as shell:
        shell.command('brood run -t 500ms -k 300ms sh -c "$S"')
        job = await_pid(shell)
        front = shell.find("brood")
        shell.type("\x1a")
        shell.expect(STOPPED)
        shell.prompt()
        await_state(front, "T")
        await_that("the job is gone", lambda: not job.is_alive(), 0.5 + GRACE + AFTER_KILL + SLACK)
        shell.command("fg")
        shell.expect("time limit of 500ms")
        shell.prompt()
        shell.expect_code(124)
        shell.await_only_shell(SLACK)


def killed_while_stopped(kind):
    with Shell(kind, S='setsid sleep 1000 & echo "up $$"; exec sleep 1000') as shell:
        shell.command('brood run -k 300ms sh -c "$S"')
        await_pid(shell)
        shell.type("\x1a")
        shell.expect(STOPPED)
        shell.prompt()
        # dash's kill does not continue what it hits.
        shell.command("kill %1; kill -CONT %1")
        shell.prompt()
        shell.await_only_shell(GRACE + AFTER_KILL + SLACK)


def in_pipeline(kind):
    with Shell(kind, S=READER) as shell:
        shell.command('brood run sh -c "$S" | cat')
        job = await_pid(shell)
        shell.type("\x1a")
        shell.expect(STOPPED)
        shell.prompt()
        await_state(job, "T")
        shell.command("fg")
        await_state(job, "SR")
        shell.type("hello\n")
        shell.expect("^hello\n")
        shell.expect("^hello\n")
        shell.type("\x03")
        shell.prompt()
        shell.await_only_shell()


def in_script(kind):
    """Ctrl-C ends the script as well, as if brood were not there; Ctrl-Z stops all of it."""
    script = 'brood run sh -c "$S"; echo "still here"'
    with Shell(kind, S=READER, OUTER=script) as shell:
        shell.command('sh -c "$OUTER"')
        job = await_pid(shell)
        shell.type("\x1a")
        shell.expect(STOPPED)
        shell.prompt()
        await_state(job, "T")
        shell.command("fg")
        await_state(job, "SR")
        begun = shell.at
        shell.type("\x03")
        shell.prompt()
        expect("still here" not in shell.text[begun:], "the script went on after Ctrl-C")
        shell.await_only_shell()


def hang_up(kind, when):
    with Shell(kind, S='setsid sleep 1000 & echo "up $$"; exec sleep 1000') as shell:
        if when == "background":
            start_in_background(shell, "-k 300ms")
        else:
            shell.command('brood run -k 300ms sh -c "$S"')
            await_pid(shell)
        if when == "stopped":
            shell.type("\x1a")
            shell.expect(STOPPED)
            shell.prompt()
        since = shell.hang_up()
        took = await_none(shell.mark, since, GRACE + AFTER_KILL + SLACK, "the terminal hung up")
        return f"{took * 1000:.0f} ms, grace {GRACE * 1000:.0f} ms"


# ---- without a terminal

def supervised():
    """A supervisor stops and continues us: the job stands still and goes on with us."""
    with run("-k300ms", "sh", "-c", 'echo "up $$"; exec sleep 1000') as front:
        job = Process(int(front.await_lines(r"up (\d+)")[0][0]))
        us = Process(front.pid)
        front.signal(signal.SIGTSTP)
        await_state(us, "T")
        await_state(job, "T")
        front.signal(signal.SIGCONT)
        await_state(us, "S")
        await_state(job, "S")
        front.signal(signal.SIGTERM)
        code, _ = front.wait()
        expect(code == 143, f"exit code {code}")
        expect(not job.is_alive(), "the job lives")


def in_script_without_terminal():
    """A script that is killed with its group takes brood and its whole tree along."""
    script = f"{program(BROOD)} run -k300ms sh -c 'setsid sleep 1000 & echo up; exec sleep 1000'; echo code $?"
    with Front("sh", "-c", script) as outer:
        outer.await_lines("up")
        since = time.monotonic()
        os.killpg(outer.pid, signal.SIGTERM)
        await_none(outer.mark, since, GRACE + AFTER_KILL + SLACK, "its script was stopped")


def cases():
    for kind in SHELLS:
        yield f"{kind}: an editor: keys, resize, Ctrl-Z, fg", editor, kind
        yield f"{kind}: a pager: keys, Ctrl-C, Ctrl-Z, fg", pager, kind
        yield f"{kind}: a password is not shown", password, kind
        yield f"{kind}: Ctrl-C at a password prompt brings the echo back", password_interrupted, kind
        yield f"{kind}: a shell in brood: Ctrl-C, Ctrl-Z, jobs, bg, fg, resize, exit", shell_inside, kind
        yield f"{kind}: a shell in brood and its job at the time limit", shell_inside_limited, kind
        yield f"{kind}: Ctrl-Z, jobs, fg", stop_and_go, kind
        yield f"{kind}: Ctrl-Z, fg, Ctrl-Z while the guard is late", stopped_again, kind
        yield f"{kind}: Ctrl-Z means nothing to some", deaf_to_stops, kind
        if kind == "bash":
            yield f"{kind}: a shell in brood that suspends itself", suspended, kind
        yield f"{kind}: Ctrl-Z, bg, fg, Ctrl-C", background_and_foreground, kind
        yield f"{kind}: a background read stops, and goes on in the foreground", background_read, kind
        yield f"{kind}: with tostop a background write stops, and goes on in the foreground", background_write, kind
        yield f"{kind}: a background brood never takes the terminal", background_takes_nothing, kind
        yield f"{kind}: Ctrl-C ends all", interrupted, kind
        yield f"{kind}: the limit ends all and brings the modes back", limited, kind
        yield f"{kind}: the limit finds a job stopped by Ctrl-Z", limited_while_stopped, kind
        yield f"{kind}: kill %1 of a job stopped by Ctrl-Z", killed_while_stopped, kind
        yield f"{kind}: in a pipeline", in_pipeline, kind
        yield f"{kind}: in a script", in_script, kind
        # dash leaves background jobs alone when it is hung up, and so does the kernel.
        for when in ("foreground", "stopped") + (("background",) if kind == "bash" else ()):
            yield f"{kind}: hang-up, {when}", hang_up, kind, when
    yield "without a terminal: stopped and continued by a supervisor", supervised
    yield "without a terminal: in a script that is stopped", in_script_without_terminal


def main():
    rounds = int(sys.argv[1])
    run_cases(list(cases()) * rounds, sys.argv[2] if len(sys.argv) > 2 else None)


if __name__ == "__main__":
    main()
