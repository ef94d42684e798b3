#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A stop and a continue that meet: `brood run` in a script on a terminal is held at one system call
after the other, and there comes what usually comes long after. TAP.

    stepped.py [PATTERN]       only the titles that match
"""
import ctypes
import errno
import os
import signal
import sys
import time

from kit import PATIENCE, Failure, Process, Skip, await_that, children, expect, run_cases
from terminals import READER, STOPPED, Shell, await_pid, await_state

PTRACE_SYSCALL = 24
PTRACE_SETOPTIONS = 0x4200
PTRACE_SEIZE = 0x4206
PTRACE_INTERRUPT = 0x4207
PTRACE_LISTEN = 0x4208
PTRACE_DETACH = 17
PTRACE_O_TRACESYSGOOD = 1
PTRACE_EVENT_STOP = 128
WALL = 0x40000000
STOPS = (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
# More system calls than brood makes between a Ctrl-Z and its own stop, or a start and its first wait.
MANY = 400

_ptrace = ctypes.CDLL(None, use_errno=True).ptrace
_ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_ptrace.restype = ctypes.c_long


class Stepper:
    """Holds a process before and behind each of its system calls."""

    def __init__(self, pid):
        self.process = Process(pid)
        self.pid = pid
        self.is_held = False
        self.request, self.signal = PTRACE_SYSCALL, 0
        if _ptrace(PTRACE_SEIZE, pid, None, PTRACE_O_TRACESYSGOOD) < 0:
            error = ctypes.get_errno()
            if error in (errno.EPERM, errno.ENOSYS):
                raise Skip("no process may be traced here")
            raise OSError(error, "ptrace")
        self.call(PTRACE_INTERRUPT)
        await_that("it is held", self.look)

    def call(self, request, number=0):
        if _ptrace(request, self.pid, None, number) < 0:
            raise OSError(ctypes.get_errno(), f"ptrace({request:#x})")

    def look(self):
        """Whether it is held now, and was not before. What it is told next depends on why."""
        pid, status = os.waitpid(self.pid, WALL | os.WNOHANG)
        if pid == 0:
            return None
        expect(os.WIFSTOPPED(status), "it has ended")
        self.is_held = True
        self.request, self.signal = PTRACE_SYSCALL, 0
        number = os.WSTOPSIG(status)
        if number == signal.SIGTRAP | 0x80:
            return "call"
        if status >> 16 == PTRACE_EVENT_STOP:
            if number in STOPS:
                self.request = PTRACE_LISTEN
                return "stopped"
            return "other"
        if status >> 16 == 0 and number != signal.SIGTRAP:
            self.signal = number
        return "other"

    def go(self):
        self.is_held = False
        self.call(self.request, self.signal)

    def step(self, others=None):
        """To the next system call or stop; with others: "asleep" if they and it sleep before that."""
        if self.is_held:
            self.go()
        end = time.monotonic() + PATIENCE
        sleeps = 0
        while time.monotonic() < end:
            what = self.look()
            if what in ("call", "stopped"):
                return what
            if what:
                self.go()
            # Two looks: if another has woken it between them, it waits for us by now.
            is_asleep = others is not None and all(
                process.state_now() in ("S", "T", None) for process in (self.process, *others))
            sleeps = sleeps + 1 if is_asleep else 0
            if sleeps == 2:
                return "asleep"
        raise Failure("it neither goes on nor sleeps")

    def settle(self, others):
        """Goes on until it sleeps or is stopped; returns which."""
        for _ in range(MANY * 10):
            what = self.step(others)
            if what != "call":
                return what
        raise Failure("it never sleeps")

    def let_go(self):
        if not self.is_held:
            self.call(PTRACE_INTERRUPT)
            await_that("it is held", self.look)
        self.call(PTRACE_DETACH, self.signal)


def press_and_await_stop(shell, job):
    shell.type("\x1a")
    shell.expect(STOPPED)
    shell.prompt()
    await_state(job, "T")


def bring_back(shell, job):
    shell.command("fg")
    await_state(job, "SR")


def expect_alive(shell, word):
    """The job reads and writes, which takes the terminal."""
    shell.type(word + "\n")
    shell.expect(f"^{word}\n")
    shell.expect(f"^{word}\n")


def continued_while_it_stops(kind):
    """Ctrl-Z, and the fg comes at each point of what brood does until it stops as well."""
    script = 'brood run sh -c "$S"; echo "still here"'
    with Shell(kind, S=READER, OUTER=script) as shell:
        shell.command('sh -c "$OUTER"')
        job = await_pid(shell)
        front = Stepper(shell.find("brood").pid)
        guard = shell.find("brood-guard")
        for calls in range(MANY):
            expect(front.settle([guard, job]) == "asleep", f"it is stopped before Ctrl-Z number {calls + 1}")
            press_and_await_stop(shell, job)
            what = "call"
            for _ in range(calls):
                what = front.step()
                if what != "call":
                    break
            bring_back(shell, job)
            if what == "stopped":
                break
            expect(front.settle([guard, job]) == "asleep",
                   f"the job goes on, brood has stopped: fg came at call {calls} behind Ctrl-Z")
            expect_alive(shell, f"word{calls}")
        else:
            raise Failure("it never stops")
        expect(front.settle([guard, job]) == "asleep", "brood does not go on with its job")
        front.let_go()
        begun = shell.at
        shell.type("\x03")
        shell.prompt()
        expect("still here" not in shell.text[begun:], "the script went on after Ctrl-C")
        shell.await_only_shell()
        return f"{calls} points"


def start_held(shell):
    """brood in a script, held as soon as its job is up; returns both and the guard."""
    shell.command('sh -c "$OUTER"')
    front = Stepper(int(shell.expect(r"at (\d+)\n").group(1)))
    shell.type("\n")
    for _ in range(MANY * 10):
        expect(front.step() == "call", "it has stopped at once")
        guards = [process for process in map(Process, children(front.pid)) if process.comm == "brood-guard"]
        if not guards:
            continue
        # It has done what it could without brood, and the job was the last of that.
        await_state(guards[0], "S")
        if children(guards[0].pid):
            return front, await_pid(shell), guards[0]
    raise Failure("no job was started")


def continued_at_start(kind):
    """Ctrl-Z before brood knows that its job is up, and the fg comes at each point from then on."""
    script = """sh -c 'echo "at $$"; read go; exec brood run sh -c "$S"'; echo "still here\""""
    for calls in range(MANY):
        with Shell(kind, S=READER, OUTER=script) as shell:
            front, job, guard = start_held(shell)
            press_and_await_stop(shell, job)
            what = "call"
            for _ in range(calls):
                what = front.step()
                if what != "call":
                    break
            bring_back(shell, job)
            expect(front.settle([guard, job]) == "asleep",
                   f"the job goes on, brood has stopped: fg came at call {calls} of its start")
            expect(job.state_now() == "S", f"the job was stopped again: fg came at call {calls} of the start")
            expect_alive(shell, "word")
            front.let_go()
            begun = shell.at
            shell.type("\x03")
            shell.prompt()
            expect("still here" not in shell.text[begun:], "the script went on after Ctrl-C")
            shell.await_only_shell()
        if what == "stopped":
            return f"{calls} points"
    raise Failure("it never stops")


def cases():
    for kind in ("bash", "dash"):
        yield f"{kind}: fg at each point of a stop", continued_while_it_stops, kind
    # A shell for each point: the quicker one.
    yield "dash: Ctrl-Z at the start, fg at each point from then on", continued_at_start, "dash"


def main():
    run_cases(list(cases()), sys.argv[1] if len(sys.argv) > 1 else None)


main()
