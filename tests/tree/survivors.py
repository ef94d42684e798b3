#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Nothing of a job is alive when brood has ended, or at -k + 500 ms after brood was killed. TAP.

    survivors.py ROUNDS [PATTERN]       every case that many times; only the titles that match
"""
import os
import shutil
import signal
import stat
import subprocess
import sys
import time

from kit import (ACT, BROOD, FORKER, SLACK, Failure, Process, Skip, Terminal, await_none, await_that, children, expect,
                 marked, names, none_left, program, public_folder, run, run_cases)

GRACE = 0.3
# After the death of brood itself: the grace, and this.
AFTER_KILL = 0.5

# Four processes: a plain child, one in a session of its own, one that ignores TERM, and their parent.
SCRIPT = """
sh -c 'echo up plain $$; exec sleep 1000' &
setsid sh -c 'echo up session $$; exec sleep 1000' &
sh -c 'trap "" TERM INT HUP; echo up stubborn $$; exec sleep 1000' &
echo up main $$
wait
"""
DAEMONS = 200
DAEMON_SCRIPT = f"""
i=0
while [ $i -lt {DAEMONS} ]; do
    (setsid sh -c 'echo up; sleep 1000 & sleep 1000' &)
    i=$((i + 1))
done
sleep 1000
"""


def grace(duration=GRACE):
    return f"-k{duration * 1000:.0f}ms"


def await_script(front, count=4):
    """The processes of the script by their names."""
    found = {name: Process(int(pid)) for name, pid in front.await_lines(r"up (\w+) (\d+)", count)}
    expect(all(process.is_alive() for process in found.values()), "the script is up, and not")
    return found


def check_gone(front, processes=()):
    """For the moment after brood has ended: it must have ended last."""
    left = [process for process in processes if process.is_alive()] or marked(front.mark)
    expect(not left and none_left(front.mark), "brood has ended, and these live: " + names(left))


def check_code(code, wanted):
    expect(code in wanted, f"exit code {code}, not {' or '.join(map(str, wanted))}")


def end_by_term(front):
    sent = front.signal(signal.SIGTERM)
    code, ended = front.wait()
    return code, ended - sent


# ---- the script with four processes

def script_term(user):
    with run(grace(), "sh", "-c", SCRIPT, user=user) as front:
        processes = await_script(front)
        front.find_guard()
        code, took = end_by_term(front)
        check_gone(front, processes.values())
        check_code(code, [143])
        expect(took < GRACE + AFTER_KILL + SLACK, f"it took {took * 1000:.0f} ms")
        front.await_guard_gone(time.monotonic(), SLACK)
        return f"{took * 1000:.0f} ms, grace {GRACE * 1000:.0f} ms"


def script_limit(user):
    limit = 1.0
    with run(f"-t{limit}", grace(), "sh", "-c", SCRIPT, user=user) as front:
        processes = await_script(front)
        code, ended = front.wait()
        check_gone(front, processes.values())
        check_code(code, [124])
        took = ended - front.begun
        expect(limit + GRACE <= took < limit + GRACE + AFTER_KILL + SLACK, f"it took {took * 1000:.0f} ms")
        return f"{took * 1000:.0f} ms, limit and grace {(limit + GRACE) * 1000:.0f} ms"


def script_killed(user):
    with run(grace(), "sh", "-c", SCRIPT, user=user) as front:
        processes = await_script(front)
        front.find_guard()
        sent = front.signal(signal.SIGKILL)
        limit = GRACE + AFTER_KILL + SLACK
        took = await_none(front.mark, sent, limit, "brood was killed")
        check_gone(front, processes.values())
        front.await_guard_gone(sent, limit)
        return f"{took * 1000:.0f} ms, grace {GRACE * 1000:.0f} ms"


# A shell around it, so that the end of brood is not the end of the session, which would help.
ON_TERMINAL = 'trap : INT QUIT; "$@"; echo code $?; read answer'


def on_terminal(*arguments, user=None):
    return Terminal("sh", "-c", ON_TERMINAL, "sh", program(BROOD), "run", *arguments, user=user)


def await_on_terminal(terminal, count):
    found = {}
    while len(found) < count:
        name, pid = terminal.expect(r"^up (\w+) (\d+)\n").groups()
        found[name] = Process(int(pid))
    return found


def front_of(terminal):
    return next(process for process in marked(terminal.mark) if process.comm == "brood")


def await_only_shell(terminal, since, limit):
    def only_shell():
        others = [process for process in marked(terminal.mark) if process.pid != terminal.pid]
        now = time.monotonic()
        return None if others or len(marked(terminal.mark)) > 1 else now
    try:
        now, _ = await_that("only the shell", only_shell, since + limit - time.monotonic())
    except Failure as failure:
        left = names(marked(terminal.mark))
        raise Failure(f"{limit * 1000:.0f} ms later these are alive: {left}") from failure
    expect(now - since <= limit, f"it took {(now - since) * 1000:.0f} ms")
    return now - since


def script_interrupted(user):
    # An hour's grace: only the second Ctrl-C can end it.
    with on_terminal("-k1h", "sh", "-c", SCRIPT, user=user) as terminal:
        processes = await_on_terminal(terminal, 4)
        terminal.type("\x03")
        await_that("the script dies of Ctrl-C", lambda: not processes["main"].is_alive())
        # Two of a kind that wait for a process are one: brood answers Ctrl-\\ when it has seen the first.
        terminal.type("\x1c")
        terminal.expect("running for")
        expect(processes["stubborn"].is_alive(), "the one that ignores TERM is gone, and nobody insisted")
        sent = time.monotonic()
        terminal.type("\x03")
        code = terminal.expect(r"code (\d+)\n").group(1)
        left = [process for process in marked(terminal.mark) if process.pid != terminal.pid]
        expect(not left, "brood has ended, and these live: " + names(left))
        took = time.monotonic() - sent
        check_code(code, ["130", "137"])
        expect(took < AFTER_KILL + SLACK, f"it took {took * 1000:.0f} ms")
        return f"{took * 1000:.0f} ms after the second"


def stubborn_interrupted(user):
    deaf = 'trap "" INT TERM QUIT; ' + SCRIPT
    with on_terminal("-k1h", "sh", "-c", deaf, user=user) as terminal:
        await_on_terminal(terminal, 4)
        terminal.type("\x03")
        terminal.type("\x1c")
        terminal.expect("running for")
        sent = time.monotonic()
        terminal.type("\x03")
        code = terminal.expect(r"code (\d+)\n").group(1)
        left = [process for process in marked(terminal.mark) if process.pid != terminal.pid]
        expect(not left, "brood has ended, and these live: " + names(left))
        check_code(code, ["137"])
        return f"{(time.monotonic() - sent) * 1000:.0f} ms after the second"


def script_killed_on_terminal(user):
    with on_terminal(grace(), "sh", "-c", SCRIPT, user=user) as terminal:
        await_on_terminal(terminal, 4)
        front = front_of(terminal)
        sent = time.monotonic()
        os.kill(front.pid, signal.SIGKILL)
        took = await_only_shell(terminal, sent, GRACE + AFTER_KILL + SLACK)
        terminal.expect(r"code 137\n")
        return f"{took * 1000:.0f} ms, grace {GRACE * 1000:.0f} ms"


# ---- daemons

def daemons(user, ending, limit=3.0):
    options = [f"-t{limit}"] if ending == "limit" else []
    with run(*options, grace(), "sh", "-c", DAEMON_SCRIPT, user=user) as front:
        def sleeps():
            return [process for process in marked(front.mark) if process.comm == "sleep"]
        try:
            front.await_lines("up", DAEMONS)
            await_that("all daemons sleep", lambda: len(sleeps()) == 2 * DAEMONS + 1 or front.popen.poll() is not None)
            expect(front.popen.poll() is None, "brood has ended before that")
        except Failure:
            # A machine with other things to do may need longer to start them all.
            if ending == "limit" and limit < 20:
                return daemons(user, ending, 2 * limit)
            raise
        if ending == "KILL":
            sent = front.signal(signal.SIGKILL)
            took = await_none(front.mark, sent, GRACE + AFTER_KILL + SLACK, "brood was killed")
            front.await_end_of_output(sent, GRACE + AFTER_KILL + SLACK)
        elif ending == "TERM":
            code, took = end_by_term(front)
            check_gone(front)
            check_code(code, [143])
        else:
            code, ended = front.wait()
            check_gone(front)
            check_code(code, [124])
            took = ended - front.begun - limit
        expect(took < GRACE + AFTER_KILL + SLACK, f"it took {took * 1000:.0f} ms")
        return f"{2 * DAEMONS} of {2 * DAEMONS} gone in {took * 1000:.0f} ms"


# ---- those that are hard to kill

def forking(ending, *arguments):
    """A process that forks faster than anybody can look."""
    options = ["-t1"] if ending == "limit" else []
    # The first process of a chain has ended long ago.
    with run(*options, grace(0.1), "--orphans=wait", program(FORKER), *arguments) as front:
        front.await_lines("up")
        front.find_guard()
        if ending == "limit":
            code, ended = front.wait()
            check_code(code, [124])
            took = ended - front.begun - 1
        elif ending == "TERM":
            _, took = end_by_term(front)
        else:
            sent = front.signal(signal.SIGKILL)
            took = front.await_end_of_output(sent, 0.1 + AFTER_KILL + SLACK)
        front.await_guard_gone(time.monotonic(), SLACK)
        front.await_end_of_output(time.monotonic(), 0)
        check_gone(front)
        expect(took < 0.1 + AFTER_KILL + SLACK, f"it took {took * 1000:.0f} ms")
        return f"{took * 1000:.0f} ms"


def stopped(which):
    """SIGSTOP does not hide anybody: TERM is followed by CONT."""
    script = {
        "child": ["{", "setsid", "print", "1", "up\n", "raise", "19", "pause", "}", "pause"],
        "main": ["print", "1", "up\n", "raise", "19", "pause"],
    }[which]
    with run("-t400ms", "-k1h", program(ACT), *script) as front:
        front.await_lines("up")
        code, _ = front.wait()
        check_gone(front)
        check_code(code, [124])


def own_group_killed():
    script = "setsid sh -c 'echo up; exec sleep 1000' & sleep 1000 & read line; kill -KILL 0"
    with run(grace(), "sh", "-c", script, stdin=subprocess.PIPE) as front:
        front.await_lines("up")
        front.popen.stdin.write(b"go\n")
        front.popen.stdin.close()
        code, _ = front.wait()
        check_gone(front)
        check_code(code, [137])


def own_group_killed_on_terminal():
    script = "setsid sh -c 'echo up; exec sleep 1000' & sleep 1000 & read line; kill -KILL 0"
    # An interactive shell, so that the group is that of the job and not the shell's own.
    with Terminal("bash", "--norc", "--noprofile", "--noediting", "-i", env={"SCRIPT": script}) as terminal:
        terminal.expect("@> ")
        terminal.type(f'{program(BROOD)} run {grace()} sh -c "$SCRIPT"\n')
        terminal.expect("^up\n")
        sent = time.monotonic()
        terminal.type("go\n")
        terminal.expect("@> ")
        await_only_shell(terminal, sent, GRACE + AFTER_KILL + SLACK)


def without_environment():
    """The tree is known by its parents, not by anything that a process can drop."""
    script = "env -i setsid sh -c 'cd /; echo up $$; exec sleep 1000 </dev/null >/dev/null 2>&1' & wait"
    with run(grace(), "sh", "-c", script) as front:
        lost = Process(int(front.await_lines(r"up (\d+)")[0][0]))
        await_that("it has dropped its output", lambda: Process(lost.pid).comm == "sleep")
        lost = Process(lost.pid)
        try:
            end_by_term(front)
            expect(not lost.is_alive(), f"{lost} is alive")
        finally:
            if lost.is_alive():
                os.kill(lost.pid, signal.SIGKILL)


def set_uid(ending):
    """What may not be signalled cannot be killed; all others are, and brood says so and does not hang."""
    if os.geteuid() != 0:
        raise Skip("only root can make a set-uid program")
    if os.statvfs(public_folder()).f_flag & os.ST_NOSUID:
        raise Skip("the temporary folder is mounted with nosuid")
    name = f"root-{os.getpid()}"
    untouchable = os.path.join(public_folder(), name)
    shutil.copy(ACT, untouchable)
    os.chmod(untouchable, 0o755 | stat.S_ISUID)
    script = f"{untouchable} become-root print 1 'up root\n' pause & sh -c 'echo up plain; exec sleep 1000' & wait"
    try:
        with run("-t500ms", grace(0.1), "sh", "-c", script, user="nobody") as front:
            front.await_lines(r"up \w+", 2)
            if ending == "KILL":
                front.signal(signal.SIGKILL)

            def rest():
                mine = (name, "brood", "brood-guard")
                return [process for process in marked(front.mark) if process.comm not in mine]
            await_that("all others are gone", lambda: not rest() and not rest(), 0.5 + 0.1 + AFTER_KILL + SLACK)
            # It stays with what it cannot kill, or says so and ends: both are an answer. Gone, all ends.
            root = [process for process in marked(front.mark) if process.comm == name]
            stays = front.popen.poll() is None
            expect(len(root) == 1, f"{len(root)} set-uid programs are left")
            os.kill(root[0].pid, signal.SIGKILL)
            await_none(front.mark, time.monotonic(), 2, "it can be killed now")
            if ending == "KILL":
                return None
            code, _ = front.wait(2)
            check_code(code, [124])
            return f"brood {'stays until it has gone' if stays else 'has ended before it'}; it said: {front.said()}"
    finally:
        os.unlink(untouchable)


# ---- orphans

def orphans_killed():
    with run(grace(), "sh", "-c", SCRIPT.replace("wait", "exit 3")) as front:
        code, _ = front.wait()
        check_gone(front)
        check_code(code, [3])
    with run("--orphans=kill", "-k1h", "sh", "-c", "setsid sleep 1000 & sleep 1000 & exit 3") as front:
        code, _ = front.wait()
        check_gone(front)
        check_code(code, [3])


# The orphan lives until its input ends, which is ours to decide.
ORPHAN_SCRIPT = "echo main $$; setsid sh -c 'echo up $$; cat; echo done' <&3 & exit 3"


def orphans_waited_for():
    reader, writer = os.pipe()
    script = ORPHAN_SCRIPT.replace("<&3", f"<&{reader}")
    with run("--orphans=wait", "sh", "-c", script, pass_fds=[reader]) as front:
        os.close(reader)
        front.await_lines(r"up \d+")
        main = Process(int(front.await_lines(r"main (\d+)")[0][0]))
        await_that("the main process has ended", lambda: not main.is_alive())
        expect(front.popen.poll() is None, "brood did not wait")
        os.close(writer)
        front.await_lines("done")
        code, _ = front.wait()
        check_code(code, [3])


def orphans_waited_for_in_time():
    with run("--orphans=wait", "-t500ms", grace(), "sh", "-c", SCRIPT.replace("wait", "exit 3")) as front:
        front.await_lines(r"up (\w+) (\d+)", 4)
        code, ended = front.wait()
        check_gone(front)
        check_code(code, [124])
        expect(ended - front.begun >= 0.5 + GRACE, "it did not wait for its limit")


def orphans_left():
    with run("--orphans=leave", "sh", "-c", SCRIPT.replace("wait", "exit 3")) as front:
        code, _ = front.wait()
        check_code(code, [3])
        front.await_lines(r"up \w+ \d+", 4, seconds=5)
        await_that("three are left", lambda: [process.comm for process in marked(front.mark)] == ["sleep"] * 3)


def orphans_left_but_stopped():
    with run("--orphans=leave", grace(), "sh", "-c", SCRIPT) as front:
        await_script(front)
        code, _ = end_by_term(front)
        check_gone(front)
        check_code(code, [143])


# ---- brood in brood; brood that stands still; a guard that fails

def nested(ending):
    with run(grace(0.4), program(BROOD), "run", grace(), "sh", "-c", SCRIPT) as front:
        await_script(front)
        # Two fronts; their guards carry no mark that we could rely on.
        fronts = [process for process in marked(front.mark) if process.comm == "brood"]
        expect(len(fronts) == 2, f"{len(fronts)} fronts")
        inner = next(process for process in fronts if process.pid != front.pid)
        guards = [Process(pid) for process in fronts for pid in children(process.pid)]
        limit = 0.4 + AFTER_KILL + SLACK
        if ending == "TERM":
            code, took = end_by_term(front)
            check_gone(front)
            check_code(code, [143])
            expect(took < limit, f"it took {took * 1000:.0f} ms")
        elif ending == "KILL":
            sent = front.signal(signal.SIGKILL)
            await_none(front.mark, sent, limit, "the outer brood was killed")
        else:
            os.kill(inner.pid, signal.SIGKILL)
            code, _ = front.wait()
            check_gone(front)
            check_code(code, [137])
        await_that("no guard is left", lambda: not any(guard.is_alive() for guard in guards), limit)


def stopped_front():
    """The guard keeps the limit while brood itself stands still."""
    with run("-t600ms", grace(), "sh", "-c", SCRIPT) as front:
        processes = await_script(front)
        begun = front.begun
        front.signal(signal.SIGSTOP)
        await_that("brood is stopped", lambda: Process(front.pid).state == "T")
        await_that("its job is gone", lambda: not any(process.is_alive() for process in processes.values()),
                   begun + 0.6 + GRACE + AFTER_KILL + SLACK - time.monotonic())
        front.signal(signal.SIGCONT)
        code, _ = front.wait()
        check_code(code, [124])


def killed_guard():
    with run(grace(), "sh", "-c", SCRIPT) as front:
        await_script(front)
        guard = front.find_guard()
        sent = time.monotonic()
        os.kill(guard.pid, signal.SIGKILL)
        code, ended = front.wait()
        check_gone(front)
        check_code(code, [125, 137, 143])
        expect(ended - sent < GRACE + AFTER_KILL + SLACK, f"it took {(ended - sent) * 1000:.0f} ms")
        return f"exit code {code} after {(ended - sent) * 1000:.0f} ms; brood said: {front.said()}"


def stalled_guard(ending):
    options = ["-t500ms"] if ending == "limit" else []
    with run(*options, grace(), "sh", "-c", SCRIPT) as front:
        await_script(front)
        guard = front.find_guard()
        os.kill(guard.pid, signal.SIGSTOP)
        sent = time.monotonic()
        if ending == "TERM":
            front.signal(signal.SIGTERM)
        code, ended = front.wait()
        check_gone(front)
        check_code(code, [124] if ending == "limit" else [125, 137, 143])
        front.await_guard_gone(time.monotonic(), SLACK)
        return f"exit code {code} after {(ended - sent) * 1000:.0f} ms; brood said: {front.said()}"


def cases():
    for user in (None, "nobody"):
        name = user or "ourselves"
        yield f"as {name}: nothing survives TERM", script_term, user
        yield f"as {name}: nothing survives the time limit", script_limit, user
        yield f"as {name}: nothing survives the KILL of brood", script_killed, user
        yield f"as {name}: nothing survives the second Ctrl-C", script_interrupted, user
        yield f"as {name}: nothing survives the second Ctrl-C, though all ignore it", stubborn_interrupted, user
        yield f"as {name}: nothing survives the KILL of brood on a terminal", script_killed_on_terminal, user
        for ending in ("TERM", "limit", "KILL"):
            yield f"as {name}: 400 daemons, {ending}", daemons, user, ending
    for arguments in (["chain"], ["fan", "300"]):
        for ending in ("TERM", "limit", "KILL"):
            yield f"forker {' '.join(arguments)}, {ending}", forking, ending, *arguments
    for which in ("child", "main"):
        yield f"the limit finds a stopped {which}", stopped, which
    yield "a job that kills its own group", own_group_killed
    yield "a job that kills its own group, and brood with it", own_group_killed_on_terminal
    yield "a daemon that has dropped everything", without_environment
    for ending in ("limit", "KILL"):
        yield f"a set-uid program stays, all others go, {ending}", set_uid, ending
    yield "orphans are killed", orphans_killed
    yield "orphans are waited for", orphans_waited_for
    yield "orphans are waited for until the time limit", orphans_waited_for_in_time
    yield "orphans are left alone", orphans_left
    yield "orphans are left alone, but not when the job is stopped", orphans_left_but_stopped
    for ending in ("TERM", "KILL", "KILL of the inner one"):
        yield f"brood in brood, {ending}", nested, ending
    yield "a stopped brood keeps the limit", stopped_front
    yield "a killed guard", killed_guard
    for ending in ("limit", "TERM"):
        yield f"a guard that stalls, {ending}", stalled_guard, ending


def main():
    rounds = int(sys.argv[1])
    run_cases(list(cases()) * rounds, sys.argv[2] if len(sys.argv) > 2 else None)


main()
