#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the tests of build folders and counts the cases.

    run_tests.py [NAME:]BUILD [MESON-TEST-OPTION...] [-- [NAME:]BUILD ...]

Every case of a test that speaks TAP counts by itself, any other test counts as one. Failures are printed
in full. The last line is `N passed, N failed`, with `, N skipped` if there were any; the exit code is 0
if nothing failed and something passed.
"""
import collections
import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys

POINT = re.compile(r"^(not )?ok\b\s*(\d+)?\s*-?\s*(.*)$")
PLAN = re.compile(r"^1\.\.(\d+)\s*(#.*)?$")
SKIP = re.compile(r"#\s*skip\b", re.I)
TODO = re.compile(r"#\s*todo\b", re.I)
MESON = "/usr/bin/meson" if pathlib.Path("/usr/bin/meson").exists() else shutil.which("meson")


def make_catchable():
    """A shell without job control starts what is in its background with these ignored; tests send them."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
        signal.signal(number, signal.SIG_DFL)


class Count(collections.Counter):
    """passed, failed, skipped; and what to say about a failure."""

    def __init__(self):
        super().__init__()
        self.reasons = []

    def fail(self, reason, cases=1):
        self["failed"] += cases
        self.reasons.append(reason)


def count_tap(entry, count):
    plans, numbers = [], []
    for line in entry["stdout"].splitlines():
        if plan := PLAN.match(line):
            plans.append(int(plan.group(1)))
        elif point := POINT.match(line):
            bad, number, title = point.groups()
            numbers.append(int(number) if number else len(numbers) + 1)
            if SKIP.search(title):  # cmocka writes "not ok N # SKIP"
                count["skipped"] += 1
            elif TODO.search(title) and bad:  # it is known, and written down, that it cannot pass here
                count["skipped"] += 1
            elif TODO.search(title):
                count.fail(f"passes, and is written down as one that cannot: {title}")
            elif bad:
                count.fail(title)
            else:
                count["passed"] += 1
    if len(plans) > 1:
        count.fail("more than one plan: a program runs one group")
    elif plans[0] > len(numbers):
        count.fail(f"{plans[0] - len(numbers)} of {plans[0]} cases never ran", plans[0] - len(numbers))
    elif len(set(numbers)) != len(numbers) or plans[0] < len(numbers):
        count.fail("more cases than planned, or one number twice")
    elif plans[0] == 0:
        count["skipped"] += 1


def count_entry(entry):
    count = Count()
    if any(PLAN.match(line) for line in entry["stdout"].splitlines()):
        count_tap(entry, count)
        if not count["failed"] and (entry["result"] == "TIMEOUT" or entry["returncode"] != 0):
            count.fail(f"{entry['result']}, exit code {entry['returncode']}, though no case failed")
    elif entry["result"] == "OK":
        count["passed"] += 1
    elif entry["result"] == "SKIP":
        count["skipped"] += 1
    else:
        count.fail(f"{entry['result']}, exit code {entry['returncode']}")
    return count


def show(name, entry, count):
    print(f"\n---- {name}{entry['name']}: {'; '.join(count.reasons)}")
    print(f"     {' '.join(entry['command'])}")
    for stream in ("stdout", "stderr"):
        for line in entry.get(stream, "").rstrip().splitlines():
            print(f"     {line}")


def run(build, options, name):
    """Counts of one `meson test`."""
    total = Count()
    logs = pathlib.Path(build, "meson-logs")
    for log in logs.glob("testlog*.json"):  # the name says which setup was used
        log.unlink()
    if name:
        print(f"==== {name}", flush=True)
    process = subprocess.Popen([MESON, "test", "-C", build, *options], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                               preexec_fn=make_catchable)
    for line in process.stdout:
        # Its own lines, one per test; the rest of what it says is said better below.
        if re.match(r"\s*\d+/\d+ ", line) or re.match(r"(ninja: error|FAILED|ERROR|.*(error|warning):)", line):
            # A bad exit code is an ERROR to meson; what is left is cmocka's "not ok N # SKIP".
            print(re.sub(r"\bFAIL(?=\s.*subtests passed)", "SKIP", line.rstrip()), flush=True)
    code = process.wait()
    entries = [json.loads(line) for log in logs.glob("testlog*.json")
               for line in log.read_text().splitlines()]
    failures = []
    for entry in entries:
        count = count_entry(entry)
        total.update(count)
        if count["failed"]:
            failures.append((entry, count))
    for entry, count in failures:
        show(f"{name}: " if name else "", entry, count)
    if not entries or code != 0 and not total["failed"] and not total["skipped"]:
        total.fail("meson test failed")
        print(f"\n---- {name or build}: `meson test` ended with exit code {code}, {len(entries)} tests ran")
    return total


def main():
    runs, total = [[]], Count()
    for argument in sys.argv[1:]:
        if argument == "--":
            runs.append([])
        else:
            runs[-1].append(argument)
    for build, *options in runs:
        name, _, folder = build.rpartition(":")
        total.update(run(folder, options, name))
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    print(f"\n{total['passed']} passed, {total['failed']} failed{skipped}")
    return bool(total["failed"]) or not total["passed"]


if __name__ == "__main__":
    sys.exit(main())
