#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""check_tap.py SAMPLE: whether the runner says of every test of sample.c what its name says."""
import os
import re
import subprocess
import sys
import tempfile

CASE = re.compile(r"(not )?ok (\d+) - (\w+)( # SKIP)?( # TODO .+)?")


def run(words, **extra):
    return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False,
                          env={**os.environ, **extra})


def cases(text):
    """[(name, outcome)]; what is no TAP ends it all."""
    lines = text.splitlines()
    if lines[0] != "TAP version 13" or not re.fullmatch(r"1\.\.\d+", lines[1]):
        sys.exit(f"no plan: {lines[:2]}")
    found = []
    for line in lines[2:]:
        if line.startswith("# "):
            continue
        match = CASE.fullmatch(line)
        if not match or int(match[2]) != len(found) + 1:
            sys.exit(f"not to be expected here: {line}")
        found.append((match[3], ("skips" if match[4] else "fails" if match[1] else "passes") + (match[5] or "")))
    if len(found) != int(lines[1][3:]):
        sys.exit(f"{lines[1]}, and {len(found)} cases")
    return found


def run_listed(words, *tests):
    """With a list of tests that are to fail."""
    with tempfile.NamedTemporaryFile("w") as listed:
        name = os.path.basename(words[0])
        listed.write("# a comment\n" + "".join(f"{name} | {test} | no call\n" for test in tests))
        listed.write("other | fails_by_fail | no call\n")
        listed.flush()
        return run(words, TAP_MISSING=listed.name)


def main():
    sample = sys.argv[1:]
    results = []
    whole = run(sample)
    found = cases(whole.stdout)
    for name, outcome in found:
        results.append((name.startswith(outcome), f"{name}: {outcome}"))
    failed = sum(outcome == "fails" for _, outcome in found)
    results.append((whole.returncode == failed, f"{failed} failed, exit code {whole.returncode}"))
    todo = run_listed(sample, "fails_int", "passes_int", "skips")
    outcomes = dict(cases(todo.stdout))
    dying = run_listed([*sample, "dying"], "dies")
    results.append((cases(dying.stdout) == [("dies", "fails # TODO no call"), ("passes_true", "passes")]
                    and dying.returncode == 0, "a test that is to fail may die"))
    stale = run_listed([*sample, "good"], "was_there_once")
    results.append((stale.returncode == 1 and "was_there_once" in stale.stdout, "a line about no test"))
    expected = {**dict(found), "fails_int": "fails # TODO no call", "passes_int": "passes # TODO no call"}
    results.append((outcomes == expected and todo.returncode == failed, "a list of what is to fail"))
    results.append((run(sample, TAP_MISSING="/nowhere").returncode != failed, "a list that is not there"))
    good = run([*sample, "good"])
    results.append((good.returncode == 0 and len(cases(good.stdout)) == 2, "a good group"))
    unset = run([*sample, "unset"])
    results.append((unset.returncode == 2 and all(o == "fails" for _, o in cases(unset.stdout)),
                    "a group that was not set up"))
    abort = run(sample, CMOCKA_TEST_ABORT="1")
    results.append((abort.returncode != 0 and "ok 1" not in abort.stdout, "abort()"))
    print(f"1..{len(results)}")
    for i, (right, name) in enumerate(results, 1):
        print(f"{'ok' if right else 'not ok'} {i} - {name}")
    return not all(right for right, _ in results)


if __name__ == "__main__":
    sys.exit(main())
