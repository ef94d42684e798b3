# SPDX-License-Identifier: MIT
"""What the tests of trees and terminals share: marked processes, deadlines, pseudo-terminals, TAP.

Every process of a test carries a mark in its environment, which forks and programs inherit and which no
other process of the machine has. So survivors are found wherever they went, and never by their name.
"""
import errno
import fcntl
import json
import os
import pwd
import re
import secrets
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import traceback

MARK = "BROOD_TREE_MARK"
BROOD = os.environ["BROOD"]
ACT = os.path.join(os.environ["HELPERS"], "act")
FORKER = os.environ.get("FORKER", "")
SCREEN = os.environ.get("SCREEN", "")
# What a loaded machine may add to a time limit that is tested; sanitizers make it slower.
SLACK = float(os.environ.get("SLACK", "0.25"))
# When something that must come is given up.
PATIENCE = 20.0
# Cases that run at the same time: they mostly wait.
AT_ONCE = 3


class Failure(Exception):
    pass


class Skip(Exception):
    pass


def expect(condition, text):
    if not condition:
        raise Failure(text)


def await_that(what, test, seconds=PATIENCE):
    """Asks until the answer is true; returns it and when that question was put."""
    end = time.monotonic() + seconds
    while True:
        begun = time.monotonic()
        answer = test()
        if answer:
            return answer, begun
        if begun > end:
            raise Failure(f"{what}: not within {seconds:.2f} s")
        time.sleep(0.002)


# ---- processes

class Process:
    """One process, told from others of the same number by its start."""

    def __init__(self, pid):
        self.pid = pid
        fields = read_stat(pid)
        self.comm, self.state, self.start = fields or ("?", "X", None)

    def is_alive(self):
        fields = read_stat(self.pid)
        return fields is not None and fields[2] == self.start and fields[1] not in "ZX"

    def state_now(self):
        fields = read_stat(self.pid)
        return fields[1] if fields and fields[2] == self.start else None

    def __str__(self):
        return f"{self.comm}({self.pid}, {self.state})"


def read_stat(pid):
    """(comm, state, start), or None if there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read().decode(errors="replace")
    except OSError:
        return None
    head, _, tail = text.rpartition(")")
    words = tail.split()
    return head.partition("(")[2], words[0], words[19]


def marked(mark):
    """The processes alive that carry the mark."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                environ = file.read()
        except OSError:
            continue
        if wanted in environ.split(b"\0"):
            process = Process(int(name))
            if process.state not in "ZX":
                found.append(process)
    return found


def names(processes):
    """For a message."""
    return ", ".join(map(str, processes[:12])) + (f" and {len(processes) - 12} more" if len(processes) > 12 else "")


def none_left(mark):
    """Since when that has been true; None if it is not."""
    if marked(mark):
        return None
    now = time.monotonic()
    # A process in the middle of execve shows no environment: two looks.
    return None if marked(mark) else now


def await_none(mark, since, limit, what):
    """Nothing with the mark is alive `limit` seconds after `since`; returns how long it took."""
    try:
        now, _ = await_that(what, lambda: none_left(mark), max(0.0, since + limit - time.monotonic()))
    except Failure as failure:
        left = names(marked(mark))
        raise Failure(f"{what}: {limit * 1000:.0f} ms later these are alive: {left}") from failure
    expect(now - since <= limit, f"{what}: it took {(now - since) * 1000:.0f} ms")
    return now - since


def children(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
    except OSError:
        pass
    return found


def kill_marked(mark):
    """Cleans up behind a test that failed."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and (left := marked(mark)):
        for process in left:
            try:
                os.kill(process.pid, signal.SIGKILL)
            except OSError:
                pass


# ---- users

_public = None


def public_folder():
    """A folder that every user can reach, with the programs in it: the build's own may be private."""
    global _public
    if _public is None:
        folder = tempfile.TemporaryDirectory(prefix="brood-tree-")
        os.chmod(folder.name, 0o755)
        for program in (BROOD, ACT, FORKER, SCREEN):
            if program:
                shutil.copy(program, folder.name)
        _public = folder
    return _public.name


def program(path):
    return os.path.join(public_folder(), os.path.basename(path))


def as_user(user):
    """Arguments of Popen to become that user; None is who we are."""
    if user is None:
        return {}
    if os.geteuid() != 0:
        raise Skip("only root can become somebody else")
    try:
        entry = pwd.getpwnam(user)
    except KeyError as error:
        raise Skip(f"there is no user {user}") from error
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


# ---- a running brood

def await_end(popen, name, seconds):
    if popen.poll() is not None:
        return
    pidfd = os.pidfd_open(popen.pid)
    try:
        ready, _, _ = select.select([pidfd], [], [], max(0.0, seconds))
    finally:
        os.close(pidfd)
    expect(ready, f"{name} has not ended within {seconds:.2f} s")


class Front:
    """A `brood` in a session of its own, without a terminal; its output is read by us."""

    def __init__(self, *arguments, user=None, mark=None, env=None, **options):
        self.mark = mark or secrets.token_hex(8)
        self.seen = b""
        self.errors = tempfile.TemporaryFile()
        environment = dict(os.environ, **{MARK: self.mark}, **(env or {}))
        environment.pop("CI", None)
        self.guard = None
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("start_new_session", True)
        self.begun = time.monotonic()
        self.popen = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=self.errors, cwd=public_folder(),
                                      env=environment, **as_user(user), **options)
        self.pid = self.popen.pid

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        kill_marked(self.mark)
        if self.guard and self.guard.is_alive():
            os.kill(self.guard.pid, signal.SIGKILL)
        self.popen.stdout.close()
        self.popen.wait()
        if error and not isinstance(error, Skip):
            error.args = (f"{error}\nbrood said: {self.said()!r}\nthe job said: {self.seen[-1000:]!r}",)
        self.errors.close()

    def said(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def read(self, seconds):
        """Whether the output goes on."""
        ready, _, _ = select.select([self.popen.stdout], [], [], max(0.0, seconds))
        piece = os.read(self.popen.stdout.fileno(), 65536) if ready else b""
        self.seen += piece
        return piece

    def await_lines(self, pattern, count=1, seconds=PATIENCE):
        """Reads until that many lines match; returns the matches."""
        end = time.monotonic() + seconds
        wanted = re.compile(rb"^" + pattern.encode() + rb"$", re.M)
        while True:
            found = list(wanted.finditer(self.seen[:self.seen.rfind(b"\n") + 1]))
            if len(found) >= count:
                return [[group.decode() for group in match.groups()] for match in found]
            piece = self.read(end - time.monotonic())
            expect(piece or time.monotonic() < end and self.popen.poll() is None,
                   f"{len(found)} of {count} lines {pattern!r} came")

    def signal(self, number):
        """Returns when it was sent."""
        now = time.monotonic()
        os.kill(self.pid, number)
        return now

    def find_guard(self):
        def look():
            for pid in children(self.pid):
                process = Process(pid)
                if process.comm == "brood-guard" and process.state not in "ZX":
                    return process
            return None
        self.guard, _ = await_that("a guard", look)
        return self.guard

    def wait(self, seconds=PATIENCE):
        """(exit code, when); the code of one killed by signal n is -n."""
        await_end(self.popen, "brood", seconds)
        return self.popen.wait(), time.monotonic()

    def await_end_of_output(self, since, limit):
        """Nobody holds our output any more: the surest sign, also of those that no list shows."""
        while True:
            piece = self.read(since + limit - time.monotonic())
            if not piece:
                break
        ready, _, _ = select.select([self.popen.stdout], [], [], 0)
        expect(ready, f"somebody holds the output of brood {limit * 1000:.0f} ms later: "
               + (names(marked(self.mark)) or "nobody that can be seen"))
        return time.monotonic() - since

    def await_guard_gone(self, since, limit):
        _, begun = await_that(f"the guard is gone {limit * 1000:.0f} ms later",
                              lambda: not self.guard.is_alive(), since + limit - time.monotonic())
        return begun - since


def run(*arguments, **more):
    return Front(program(BROOD), "run", *arguments, **more)


# ---- terminals

class Terminal:
    """A pseudo-terminal with a program on it that leads a session, as a window has its shell."""

    def __init__(self, *arguments, user=None, rows=24, columns=80, env=None):
        self.mark = secrets.token_hex(8)
        self.text = ""
        self.at = 0
        self.master, slave = os.openpty()
        self.resize(rows, columns)
        environment = dict(os.environ, **{MARK: self.mark}, TERM="xterm", PS1="@> ", HISTFILE="/dev/null",
                           LESS="", **(env or {}))
        for name in ("ENV", "BASH_ENV", "PROMPT_COMMAND", "CI"):
            environment.pop(name, None)

        def sit_down():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        self.popen = subprocess.Popen(arguments, stdin=slave, stdout=slave, stderr=slave, cwd=public_folder(),
                                      preexec_fn=sit_down, env=environment, **as_user(user))
        os.close(slave)
        self.pid = self.popen.pid

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        is_failure = error and not isinstance(error, Skip)
        if is_failure:
            error.args = (f"{error}\n{self.describe()}",)
        kill_marked(self.mark)
        if self.master >= 0:
            os.close(self.master)
        self.popen.wait()

    def describe(self):
        """What is there, for a message about a failure."""
        alive = f"alive: {names(marked(self.mark)) or 'nobody'}"
        if self.master < 0:
            return f"the terminal showed: {self.text!r}\n{alive}"
        while self.read(0):
            pass
        return f"the terminal showed: {self.text!r}\n{alive}; the terminal is that of group {self.foreground()}"

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys):
        os.write(self.master, keys.encode())

    def read(self, seconds):
        ready, _, _ = select.select([self.master], [], [], max(0.0, seconds))
        if not ready:
            return False
        try:
            piece = os.read(self.master, 65536)
        except OSError as error:
            if error.errno == errno.EIO:
                return False
            raise
        self.text += piece.decode(errors="replace").replace("\r", "")
        return bool(piece)

    def expect(self, pattern, seconds=PATIENCE):
        """Reads until the pattern appears behind what was expected before; returns the match."""
        end = time.monotonic() + seconds
        wanted = re.compile(pattern, re.S | re.M)
        while True:
            match = wanted.search(self.text, self.at)
            if match:
                self.at = match.end()
                return match
            if not self.read(end - time.monotonic()):
                raise Failure(f"{pattern!r} did not appear")

    def expect_both(self, *patterns):
        """In any order; returns the match of the first."""
        begun, ends, first = self.at, [], None
        for pattern in patterns:
            self.at = begun
            match = self.expect(pattern)
            first = first or match
            ends.append(self.at)
        self.at = max(ends)
        return first

    def foreground(self):
        """The terminal's foreground group."""
        return struct.unpack("i", fcntl.ioctl(self.master, termios.TIOCGPGRP, b"\0\0\0\0"))[0]

    def modes(self):
        return termios.tcgetattr(self.master)

    def hang_up(self):
        os.close(self.master)
        self.master = -1
        return time.monotonic()

    def wait(self, seconds=PATIENCE):
        await_end(self.popen, self.popen.args[0], seconds)
        return self.popen.wait()


# ---- TAP

class Drain(threading.Thread):
    """Notices how long this machine keeps us waiting: said beside a failure."""

    def __init__(self):
        super().__init__(daemon=True)
        self.longest = 0.0

    def run(self):
        while True:
            begun = time.monotonic()
            time.sleep(0.005)
            self.longest = max(self.longest, time.monotonic() - begun - 0.005)


def note(text):
    for line in str(text).splitlines():
        print(f"# {line}", flush=True)


def run_case(function, arguments):
    """The lines behind "ok" or "not ok", and which of the two."""
    watch = Drain()
    watch.start()
    try:
        remark = function(*arguments)
        return True, "", remark or ""
    except Skip as skip:
        return True, f" # SKIP {skip}", ""
    except Exception as error:  # pylint: disable=broad-except
        text = f"{error}\nlongest time without the processor: {watch.longest * 1000:.0f} ms"
        return False, "", text + ("" if isinstance(error, Failure) else "\n" + traceback.format_exc())


class Worker:
    """A process of its own for one case, so that several can wait at the same time."""

    def __init__(self, function, arguments):
        self.pipe, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            with open(writer, "w", encoding="utf-8") as file:
                json.dump(run_case(function, arguments), file)
            os._exit(0)
        os.close(writer)

    def result(self):
        """Once its pipe has something to say."""
        with open(self.pipe, encoding="utf-8") as file:
            text = file.read()
        os.waitpid(self.pid, 0)
        return json.loads(text) if text else (False, "", "the test itself has died")


def run_cases(cases, only=None):
    """cases: (title, function, arguments...). A function returns a remark or nothing."""
    cases = [case for case in cases if not only or re.search(only, case[0])]
    public_folder()
    print(f"1..{len(cases)}", flush=True)
    waiting, running, results, shown = list(enumerate(cases)), {}, {}, 0
    while shown < len(cases):
        while waiting and len(running) < AT_ONCE:
            number, (_, function, *arguments) = waiting.pop(0)
            worker = Worker(function, arguments)
            running[worker.pipe] = number, worker
        ready, _, _ = select.select(list(running), [], [])
        for pipe in ready:
            number, worker = running.pop(pipe)
            results[number] = worker.result()
        while shown in results:
            passed, more, remark = results[shown]
            print(f"{'ok' if passed else 'not ok'} {shown + 1} - {cases[shown][0]}{more}", flush=True)
            note(remark)
            shown += 1
    sys.exit(not all(passed for passed, _, _ in results.values()))
