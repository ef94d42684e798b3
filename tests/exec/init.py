#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`brood exec --init`: as the first process of a PID namespace, under a shell on a terminal, and as any other
process. TAP.

    init.py [PATTERN]       only the titles that match
"""
import ctypes
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tree"))

# pylint: disable=wrong-import-position
from kit import (ACT, BROOD, SLACK, Front, Process, Skip, await_none, await_that, children, expect, marked,
                 program, run_cases)
from terminals import PROMPT, READER, SHELLS, STOPPED, Shell, await_pid, await_state

# 50 at a time: whoever made them must be able to.
ORPHANS = 'i=0; while [ $i -lt 20 ]; do j=0; while [ $j -lt 50 ]; do (true &); j=$((j+1)); done; i=$((i+1)); done'
# In a namespace of its own, whose processes /proc shows: how many are zombies, and how many there are.
COUNT = ('cat /proc/[0-9]*/stat 2>/dev/null | sed "s/.*) //" | grep -c ^Z')


def init(*arguments, **more):
    return Front(program(BROOD), "exec", "--init", *arguments, **more)


def isolated():
    """Words in front of a program that make it the first process of a PID namespace."""
    if not shutil.which("unshare"):
        raise Skip("unshare is not installed")
    words = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() != 0:
        words[1:1] = ["--user", "--map-root-user"]
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode != 0:
        raise Skip("no PID namespace can be made here")
    return words


def exit_codes():
    for script, code in (("exit 0", 0), ("exit 7", 7), ("exit 255", 255), ("kill -TERM $$", 143),
                         ("kill -KILL $$", 137), ("kill -SEGV $$", 139)):
        with init("sh", "-c", script) as front:
            expect(front.wait()[0] == code, f"{script}: exit code {front.popen.returncode}")
    for path, code in (("/no/such/program", 127), ("/", 126)):
        with init(path) as front:
            expect(front.wait()[0] == code, f"{path}: exit code {front.popen.returncode}")


SIGNALS = [number for number in signal.valid_signals()
           if number not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGTTIN, signal.SIGTTOU,
                             signal.SIGTSTP, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL,
                             signal.SIGTRAP, signal.SIGABRT, signal.SIGSYS)]


def passes_on(before):
    """Each signal comes, and comes as itself. The numbers come through descriptor 3, a byte each."""
    words = [word for number in SIGNALS for word in ("say-on", str(int(number)))]
    with Front(*before, program(BROOD), "exec", "--init", "sh", "-c", 'exec 3>&1; exec "$@"', "sh", program(ACT),
               *words, "ready", "pause") as front:
        while b"r" not in front.seen:
            expect(front.read(10), "it never started")
        target = front.pid
        if before:
            target = await_that("brood in its namespace", lambda: children(front.pid))[0][0]
        at = len(front.seen)
        for number in SIGNALS:
            os.kill(target, number)
            while len(front.seen) == at:
                expect(front.read(10), f"signal {number} did not come")
            expect(front.seen[at] == int(number), f"signal {number} came as {front.seen[at]}")
            at = len(front.seen)
        os.kill(target, signal.SIGQUIT)


def at_once():
    longest = 0.0
    for _ in range(20):
        with init("sh", "-c", 'echo up; exec "$@"', "sh", program(ACT), "exit-on", "15", "7", "pause") as front:
            front.await_lines("up")
            await_that("it waits", lambda front=front: any(
                process.comm == "act" and process.state_now() == "S" for process in marked(front.mark)))
            since = front.signal(signal.SIGTERM)
            code, then = front.wait()
            expect(code == 7, f"exit code {code}")
            longest = max(longest, then - since)
    expect(longest < SLACK, f"a stop took {longest * 1000:.0f} ms")
    return f"the longest of 20 stops took {longest * 1000:.1f} ms"


def reaps(before):
    """A thousand processes lose their parent; none is left as a zombie, and the code is the program's."""
    script = f'{ORPHANS}; for try in 1 2 3 4 5 6 7 8 9 10; do n=$({COUNT}); [ "$n" = 0 ] && break; sleep 0.1; done; '
    script += 'echo "zombies $n"; exit 9'
    with Front(*before, program(BROOD), "exec", "--init", "sh", "-c", script) as front:
        found = front.await_lines(r"zombies (\d+)", seconds=60)[0][0]
        code, _ = front.wait()
        expect(found == "0", f"{found} zombies are left")
        expect(code == 9, f"exit code {code}")


def adopts():
    """Without a namespace: what lost its parent becomes brood's child, and is reaped there."""
    script = f'{ORPHANS}; echo done; read -r line; exit 3'
    with init("sh", "-c", script, stdin=subprocess.PIPE) as front:
        front.await_lines("done", seconds=60)
        await_that("only the program is left", lambda: len(children(front.pid)) == 1, 5)
        front.popen.stdin.close()
        expect(front.wait()[0] == 3, "another exit code")


def kills_the_rest():
    """Also what left its session, ignores TERM, and has children of its own."""
    script = ('i=0; while [ $i -lt 20 ]; do setsid sh -c \'trap "" TERM; sleep 1000 & sleep 1000\' & i=$((i+1)); done; '
              'echo up; exit 4')
    with init("sh", "-c", script) as front:
        code, then = front.wait()
        expect(code == 4, f"exit code {code}")
        await_none(front.mark, then, 0.1 + SLACK, "the rest is gone")


def leaves_the_rest():
    with init("--orphans", "leave", "sh", "-c", "setsid sleep 1000 & echo up") as front:
        expect(front.wait()[0] == 0, "another exit code")
        expect([process.comm for process in marked(front.mark)] in (["sleep"], ["sh"], ["setsid"]),
               "the rest is gone")


def waits_for_the_rest():
    with init("--orphans", "wait", "sh", "-c", "(setsid cat >/dev/null; exit 5) <&3 & exit 6", "--keep-fds",
              stdin=subprocess.DEVNULL) as front:
        # Descriptor 3 is closed: the rest ends at once, and so does brood.
        expect(front.wait()[0] == 6, "another exit code")
    reader, writer = os.pipe()
    with init("--orphans", "wait", "--keep-fds", "sh", "-c", f"(setsid cat <&{reader} >/dev/null) & echo up; exit 6",
              pass_fds=[reader]) as front:
        os.close(reader)
        front.await_lines("up")
        await_that("only the rest is left", lambda: all(
            process.comm in ("cat", "brood", "setsid") for process in marked(front.mark)))
        expect(front.popen.poll() is None, "brood did not wait")
        os.close(writer)
        expect(front.wait()[0] == 6, "another exit code")
        expect(not marked(front.mark), "something is left")


def gives_up_waiting():
    with init("--orphans", "wait", "sh", "-c", "setsid sleep 1000 & echo up; exit 6") as front:
        front.await_lines("up")
        await_that("only the rest is left", lambda: all(
            process.comm in ("sleep", "brood") for process in marked(front.mark)))
        since = front.signal(signal.SIGTERM)
        expect(front.wait()[0] == 6, "another exit code")
        await_none(front.mark, since, 0.1 + SLACK, "the rest is gone")


def to_the_group():
    """With --init-group the signal reaches what the program waits for; without it, only the program."""
    # The trap of a shell runs when the program that it waits for has ended.
    script = 'trap "exit 8" TERM; echo up; sleep 1000; exit 9'
    with init("--init-group", "sh", "-c", script) as front:
        front.await_lines("up")
        await_that("sleep runs", lambda: any(process.comm == "sleep" for process in marked(front.mark)))
        front.signal(signal.SIGTERM)
        expect(front.wait(5)[0] == 8, "another exit code")


def becomes_another():
    """--rewrite: the program gets another signal than brood, or none."""
    words = [word for number in [*SIGNALS, signal.SIGTTIN, signal.SIGTTOU] for word in ("say-on", str(int(number)))]
    with init("--rewrite", "TERM:QUIT,HUP:0", "--rewrite", "USR1:12,RTMIN+1:KILL,12:usr1", "--rewrite", "KILL:TERM",
              "true") as front:
        expect(front.wait()[0] == 125, "KILL is passed on")
    with init("--rewrite", "TERM:QUIT,HUP:0", "--rewrite", "USR1:12,RTMIN+1:KILL,12:usr1", "sh", "-c",
              'exec 3>&1; exec "$@"', "sh", program(ACT), *words, "ready", "pause") as front:
        while b"r" not in front.seen:
            expect(front.read(10), "it never started")
        # INT comes as itself, and after HUP: the first byte behind each shows that none came for that. TTIN and TTOU
        # are never passed on.
        for sent, comes in ((signal.SIGTERM, signal.SIGQUIT), (signal.SIGHUP, None), (signal.SIGTTIN, None),
                            (signal.SIGTTOU, None), (signal.SIGINT, signal.SIGINT),
                            (signal.SIGUSR1, signal.SIGUSR2), (signal.SIGUSR2, signal.SIGUSR1)):
            at = len(front.seen)
            os.kill(front.pid, sent)
            while comes and len(front.seen) == at:
                expect(front.read(10), f"signal {sent} did not come")
            expect(not comes or front.seen[at] == comes, f"signal {sent} came as {front.seen[at:]}")
        os.kill(front.pid, signal.SIGRTMIN + 1)
        expect(front.wait(5)[0] == 137, f"exit code {front.popen.returncode}")


def ends_well():
    """--ok: some ends count as 0; that it was not even started does not."""
    for script, code in (("exit 3", 0), ("exit 143", 0), ("kill -TERM $$", 0), ("kill -HUP $$", 0), ("exit 4", 4),
                         ("kill -KILL $$", 137), ("exit 0", 0)):
        with init("--ok", "3,143", "--ok", "HUP", "sh", "-c", script) as front:
            expect(front.wait()[0] == code, f"{script}: exit code {front.popen.returncode}")
    with init("--ok", "127", "/no/such/program") as front:
        expect(front.wait()[0] == 127, "what was not started counts as well")
    with init("--ok", "127", "sh", "-c", "exit 127") as front:
        expect(front.wait()[0] == 0, "the program's own 127 does not count")


def follows_its_parent():
    """--pdeathsig: brood gets the signal when who started it ends, and passes it on."""
    script = 'trap "echo told; exit 3" USR1; echo "up $$"; while :; do sleep 0.02; done'
    with Front("sh", "-c", '"$@" & read -r line', "sh", program(BROOD), "exec", "--init", "--pdeathsig", "USR1",
               "sh", "-c", script, stdin=subprocess.PIPE) as front:
        front.await_lines(r"up \d+")
        front.popen.stdin.close()
        front.await_lines("told")
        await_that("nothing is left", lambda: not marked(front.mark))


def says_what_it_cannot_kill():
    """Without /proc nobody knows what there is to kill."""
    if b"__asan_init" in pathlib.Path(BROOD).read_bytes():
        raise Skip("a sanitizer needs /proc")
    words = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--user", "--map-root-user"]
    hide = 'mount -t tmpfs none /proc && exec "$@"'
    if subprocess.run([*words, "sh", "-c", hide, "sh", "true"], capture_output=True, check=False).returncode != 0:
        raise Skip("/proc cannot be hidden here")
    with Front(*words, "sh", "-c", hide, "sh", program(BROOD), "exec", "--init", "sh", "-c",
               "sleep 1000 & exit 4") as front:
        expect(front.wait(5)[0] == 4, f"exit code {front.popen.returncode}")
        expect("brood: exec: init: what the program has left behind could not be killed" in front.said(),
               f"it said {front.said()}")


def first_of_all_stops_nothing():
    """PID 1 cannot be stopped, and is not to hang because its program was."""
    words = isolated()
    with Front(*words, program(BROOD), "exec", "--init", "sh", "-c", "echo up; read -r line; echo $line; exit 3",
               stdin=subprocess.PIPE) as front:
        front.await_lines("up")
        brood = await_that("brood in its namespace", lambda: children(front.pid))[0][0]
        inner = Process(await_that("the program", lambda: children(brood))[0][0])
        os.kill(inner.pid, signal.SIGSTOP)
        await_state(inner, "T")
        os.kill(brood, signal.SIGCONT)
        await_state(inner, "S")
        front.popen.stdin.write(b"on\n")
        front.popen.stdin.close()
        front.await_lines("on")
        expect(front.wait()[0] == 3, "another exit code")


def first_of_all_can_be_ended():
    """The kernel drops what ends others for PID 1: while it waits, or runs programs of a folder, it has to see to
    that itself."""
    words = isolated()
    for number in signal.SIGTERM, signal.SIGINT, signal.SIGQUIT:
        with Front(*words, program(BROOD), "exec", "-v", "--wait", "file:/", "--wait", "file:/no/such/file", "true",
                   preexec_fn=lambda: [signal.signal(each, signal.SIG_DFL) for each in (signal.SIGINT, signal.SIGQUIT)]
                   ) as front:
            await_that("brood waits", lambda front=front: "file:/ is there" in front.said())
            os.kill(children(front.pid)[0], number)
            code = front.wait(5)[0]
            expect(code == 128 + number, f"{number}: exit code {code}")
            expect(f"ended by {signal.Signals(number).name}" in front.said(), "it did not say so")


def same_state():
    """The program gets from --init what it gets without."""
    words = ["--umask", "027", "-l", "nofile=99", "-C", "/", "-e", "A=1", os.environ["HELPERS"] + "/show_process"]
    for before in [], ["--keep-signals"]:
        texts = []
        for more in [], ["--init"]:
            run = subprocess.run([BROOD, "exec", *before, *more, *words], stdin=subprocess.DEVNULL, capture_output=True,
                                 text=True, check=True, preexec_fn=lambda: [
                                     signal.signal(each, signal.SIG_IGN) for each in (signal.SIGCHLD, signal.SIGHUP)])
            texts.append(re.sub(r"^fd [12] .*\n", "", run.stdout, flags=re.M))
        expect(texts[0] == texts[1], "\n".join(set(texts[0].splitlines()) ^ set(texts[1].splitlines())))


def passes_values_on():
    """What sigqueue(3) sends with a signal comes along."""
    script = ("import ctypes, signal\n"
              "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])\n"
              "wanted = ctypes.create_string_buffer(128)\n"
              "libc = ctypes.CDLL(None)\n"
              "libc.sigemptyset(wanted)\n"
              "libc.sigaddset(wanted, int(signal.SIGUSR1))\n"
              "info = ctypes.create_string_buffer(128)\n"
              "print('up', flush=True)\n"
              "libc.sigwaitinfo(wanted, info)\n"
              "print('value', int.from_bytes(info.raw[24:28], 'little'), flush=True)\n")
    with init(sys.executable, "-c", script) as front:
        front.await_lines("up")
        expect(ctypes.CDLL(None).sigqueue(front.pid, int(signal.SIGUSR1), ctypes.c_void_p(4711)) == 0,
               "it cannot be sent")
        front.await_lines("value 4711")
        expect(front.wait()[0] == 0, "another exit code")


# ---- terminals

def stop_and_go(kind, option):
    with Shell(kind, S=READER) as shell:
        shell.command(f'brood exec --init {option} sh -c "$S"')
        job = await_pid(shell)
        front = shell.find("brood")
        for _ in range(3):
            shell.type("\x1a")
            shell.expect(STOPPED)
            shell.prompt()
            await_state(job, "T")
            await_state(front, "T")
            shell.expect_ours()
            shell.command("fg")
            await_state(job, "SR")
        shell.type("hello\n")
        shell.expect("^hello\n")
        shell.expect("^hello\n")
        shell.type("\x04")
        shell.prompt()
        shell.expect_code(0)
        shell.expect_ours()
        shell.await_only_shell()


def interrupted(kind, option):
    """Once: a program that counts has had one, and not one from brood as well."""
    script = 'n=0; trap "n=\\$((n+1)); echo int \\$n" INT; trap "echo all \\$n; exit 5" QUIT; echo "up $$"; while :; do sleep 1000; done'
    with Shell(kind, S=script) as shell:
        shell.command(f'brood exec --init {option} sh -c "$S"')
        await_pid(shell)
        for number in range(1, 4):
            await_that("it sleeps", lambda: shell.find("sleep"))
            shell.type("\x03")
            shell.expect(f"^(\\^C)?int {number}\n")
        await_that("it sleeps", lambda: shell.find("sleep"))
        shell.type("\x1c")
        shell.expect("^(\\^\\\\)?all 3\n")
        shell.prompt()
        shell.expect_code(5)
        shell.expect_ours()
        shell.await_only_shell()


def interrupted_once():
    """What the terminal sends has come to the program already. Two that come at once would be one: so brood is stopped
    until the program has had it."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(program(BROOD), ["brood", "exec", "--init", "sh", "-c", 'exec 3>&1; exec "$@"', "sh", program(ACT),
                                  "say-on", "2", "say-on", "12", "ready", "pause"])
    seen = b""
    try:
        for byte, act in ((b"r", lambda: (os.kill(pid, signal.SIGSTOP), await_state(Process(pid), "T"),
                                          os.write(terminal, b"\x03"))),
                          (b"\x02", lambda: (os.kill(pid, signal.SIGUSR2), os.kill(pid, signal.SIGCONT))),
                          (b"\x0c", lambda: None)):
            while byte not in seen:
                expect(select.select([terminal], [], [], 10)[0], f"{byte} did not come")
                seen += os.read(terminal, 4096)
            act()
        expect(seen.count(b"\x02") == 1, "it came twice")
    finally:
        # The terminal's end is that of all who sit at it.
        os.kill(pid, signal.SIGKILL)
        os.close(terminal)
        os.waitpid(pid, 0)


def stops_each_time():
    """Continued and stopped again before brood has looked: both are stopped, again and again."""
    with init("sleep", "1000", start_new_session=False, preexec_fn=lambda: os.setpgid(0, 0)) as front:
        job = Process(await_that("the program", lambda: children(front.pid))[0][0])
        await_that("it sleeps", lambda: Process(job.pid).comm == "sleep")
        brood = Process(front.pid)
        for _ in range(300):
            os.killpg(front.pid, signal.SIGTSTP)
            await_state(job, "T")
            await_state(brood, "T")
            os.killpg(front.pid, signal.SIGCONT)
        os.killpg(front.pid, signal.SIGTERM)
        expect(front.wait(5)[0] == 143, f"exit code {front.popen.returncode}")


def background(kind, option):
    """A read in the background stops both; in the foreground it goes on."""
    with Shell(kind, S=READER) as shell:
        shell.command(f'brood exec --init {option} sh -c "$S" &')
        job = Process(int(shell.expect_both(r"up (\d+)\n", PROMPT).group(1)))
        await_state(job, "T")
        await_state(shell.find("brood"), "T")
        shell.expect_ours()
        shell.command("fg")
        await_state(job, "SR")
        shell.type("hello\n")
        shell.expect("^hello\n")
        shell.expect("^hello\n")
        shell.type("\x03")
        shell.prompt()
        shell.expect_code(130)
        shell.await_only_shell()


def shell_inside(kind):
    inner = " ".join(SHELLS[kind])
    with Shell(kind) as shell:
        shell.command(f"PS1='inner> ' brood exec --init {inner}")
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
        shell.command("exit 5")
        # Some say first that a job is stopped.
        shell.command("exit 5")
        shell.prompt()
        shell.expect_ours()
        shell.await_only_shell()


def cases():
    yield "exit codes are the program's, or 128 and the signal", exit_codes
    yield "every signal goes on as itself", passes_on, []
    yield "what is sent with a signal goes on with it", passes_values_on
    yield "one Ctrl-C is one signal", interrupted_once
    yield "it stops with the program, each time", stops_each_time
    yield "a stop takes no time", at_once
    yield "a thousand orphans are adopted and reaped", adopts
    yield "what is left is killed, a daemon in a session of its own too", kills_the_rest
    yield "--orphans leave: what is left lives on", leaves_the_rest
    yield "--orphans wait: what is left is waited for", waits_for_the_rest
    yield "--orphans wait: a signal ends that", gives_up_waiting
    yield "--init-group: signals go to all of the group", to_the_group
    yield "--rewrite: another signal goes on", becomes_another
    yield "--ok: the exit code is 0", ends_well
    yield "--pdeathsig: the end of brood's parent goes on", follows_its_parent
    yield "what cannot be killed is said", says_what_it_cannot_kill
    yield "the program finds the same state as without --init", same_state
    yield "as PID 1: a thousand orphans are reaped", in_namespace, reaps
    yield "as PID 1: every signal goes on as itself", in_namespace, passes_on
    yield "as PID 1: a stopped program can be continued", first_of_all_stops_nothing
    yield "as PID 1: a signal ends what is waited for", first_of_all_can_be_ended
    for kind in SHELLS:
        for option in "", "--init-group":
            words = f" {option}" if option else ""
            yield f"{kind}{words}: Ctrl-Z and fg, three times", stop_and_go, kind, option
            yield f"{kind}{words}: Ctrl-C comes once", interrupted, kind, option
            yield f"{kind}{words}: a background read stops, and goes on in the foreground", background, kind, option
        yield f"{kind}: a shell in brood", shell_inside, kind


def in_namespace(function):
    return function(isolated())


if __name__ == "__main__":
    run_cases(list(cases()), sys.argv[1] if len(sys.argv) > 1 else None)
