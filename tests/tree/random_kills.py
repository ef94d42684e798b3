#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""kill -9 of brood, of its guard or of its job, at a random moment of a random tree: nothing is left. TAP.

    random_kills.py ROUNDS [SEED [ROUND]]       ROUND: that one alone, to see a failure again
"""
import os
import random
import secrets
import signal
import sys
import time

from kit import (ACT, SLACK, Failure, Process, await_none, await_that, children, expect, none_left, note, program, run,
                 run_cases)

GRACE = 0.1
LIMIT = GRACE + 0.5 + SLACK
TARGETS = ("front", "guard", "job")
# What brood may answer when that was killed, besides 124 where there was a time limit. A guard or a job can
# be hit before its program has begun: then brood has failed, and says so.
CODES = {"guard": {125, 128 + signal.SIGKILL, 128 + signal.SIGTERM}, "job": {125, 128 + signal.SIGKILL}}


def grow(dice, depth):
    """Words for `act`: a process and all that it starts."""
    words = []
    if depth > 0:
        words += dice.choice([[], [], ["setsid"], ["setpgid"]])
    words += dice.choice([[], [], ["ignore", "15"], ["ignore", "15", "ignore", "1", "ignore", "2"]])
    if depth < 3:
        for _ in range(dice.choice([0, 1, 1, 2, 3] if depth else [1, 2, 3, 4])):
            words += ["{", *grow(dice, depth + 1), "}"]
    end = dice.random()
    if depth > 0 and end < 0.25:
        return words  # leaves its children behind
    if depth > 0 and end < 0.35:
        return words + ["raise", str(int(signal.SIGSTOP)), "pause"]
    if depth == 0 and end < 0.1:
        return words + ["exit", "0"]
    return words + ["pause"]


def find(target, front):
    """The process to hit, as soon as there is one; None if brood ends before."""
    while front.popen.poll() is None:
        if target == "front":
            return Process(front.pid)
        for pid in children(front.pid):
            guard = Process(pid)
            if target == "guard" and guard.state not in "ZX":
                return guard
            for job in map(Process, children(pid)):
                # The first one: what the guard adopts comes behind it.
                if job.state not in "ZX":
                    return job
    return None


def kill(process):
    try:
        os.kill(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    return time.monotonic()


def kill_target(target, front, guards):
    """When, and whom; `guards` becomes every guard that was there."""
    def guards_now():
        # A guard that has not begun is still a brood; what brood has adopted is neither.
        found = [process for process in map(Process, children(front.pid)) if process.comm in ("brood", "brood-guard")]
        guards.update((guard.pid, guard) for guard in found)
        return found
    guards_now()
    victim = find(target, front)
    guards_now()
    sent = kill(victim) if victim else time.monotonic()
    # A guard that is killed before it has begun is replaced: then that one too.
    while target == "guard" and victim and front.popen.poll() is None and time.monotonic() < sent + LIMIT:
        known = set(guards)
        for guard in guards_now():
            if guard.pid not in known and guard.state not in "ZX":
                sent, victim = kill(guard), guard
        time.sleep(0.001)
    return sent, victim


def kill_one(dice, target):
    tree = grow(dice, 0)
    has_limit, user = dice.random() < 0.3, "nobody" if os.geteuid() == 0 and dice.random() < 0.3 else None
    delay = dice.uniform(0, 0.003) if dice.random() < 0.4 else dice.uniform(0, 0.04)
    options = [f"-t{dice.uniform(0.001, 0.06):.4f}"] if has_limit else []
    # A sanitizer looks for leaks in a process of its own, which would be taken for a guard.
    environment = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
    with run(*options, f"-k{GRACE}", program(ACT), *tree, user=user, env=environment) as front:
        time.sleep(delay)
        guards = {}
        sent, victim = kill_target(target, front, guards)
        took = await_none(front.mark, sent, LIMIT, f"kill of {victim}")
        front.await_end_of_output(sent, LIMIT)
        code, _ = front.wait(sent + LIMIT - time.monotonic())
        await_that("the guard has ended", lambda: not any(guard.is_alive() for guard in guards.values()),
                   sent + LIMIT - time.monotonic())
        expect(none_left(front.mark), "somebody came back")
        if target == "front":
            allowed = {-signal.SIGKILL}
        else:
            allowed = CODES[target] | ({124} if has_limit else set())
        # It may have ended by itself a moment before, or because its main process did.
        if not victim or tree[-1] == "0" or has_limit:
            allowed = allowed | {0, 124}
        expect(code in allowed, f"exit code {code}, not one of {sorted(allowed)}")
        expect(code != 125 or "killed" in front.said() or "guard" in front.said(), "125 without a reason")
        return took


def rounds_of(target, seed, numbers):
    longest, failures = 0.0, []
    for number in numbers:
        try:
            longest = max(longest, kill_one(random.Random(f"{seed} {number}"), target))
        except Failure as failure:
            failures.append(f"round {number}: {failure}")
    expect(not failures, f"{len(failures)} of {len(numbers)} rounds failed\n" + "\n".join(failures))
    return f"{len(numbers)} rounds, the longest {longest * 1000:.0f} ms, grace {GRACE * 1000:.0f} ms"


def main():
    rounds = int(sys.argv[1])
    seed = sys.argv[2] if len(sys.argv) > 2 else secrets.token_hex(4)
    numbers = [int(sys.argv[3])] if len(sys.argv) > 3 else range(rounds)
    note(f"seed {seed}")
    chosen = {target: [] for target in TARGETS}
    for number in numbers:
        chosen[random.Random(f"{seed} target {number}").choice(TARGETS)].append(number)
    run_cases([(f"a random kill of the {target}", rounds_of, target, seed, chosen[target])
               for target in TARGETS if chosen[target]])


main()
