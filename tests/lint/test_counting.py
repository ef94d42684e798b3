#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""scripts/run_tests.py counts what ran, and counts as failed whatever did not end as it should; TAP."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import run_tests  # noqa: E402  (the path comes first)

# Title, output, what meson thinks, exit code; passed, failed, skipped.
CASES = [
    ("a TAP program counts by its cases", "1..2\nok 1 - a\nok 2 - b\n", "OK", 0, (2, 0, 0)),
    ("what a child prints between the cases does not count", "1..1\nokay\nhello\nok 1 - a\n", "OK", 0, (1, 0, 0)),
    ("a case without a number", "1..2\nok - a\nnot ok - b\n", "FAIL", 1, (1, 1, 0)),
    ("a failed case", "1..2\nok 1 - a\nnot ok 2 - b\n", "FAIL", 1, (1, 1, 0)),
    ("a skipped case, as bats says it", "1..2\nok 1 a\nok 2 b # skip why\n", "OK", 0, (1, 0, 1)),
    ("a skipped case, as cmocka says it", "1..2\nok 1 - a\nnot ok 2 # SKIP b\n", "FAIL", 0, (1, 0, 1)),
    ("a case that cannot pass here, and does not", "1..2\nok 1 - a\nnot ok 2 - b # TODO why\n", "OK", 0, (1, 0, 1)),
    ("a case that cannot pass here, and does", "1..2\nok 1 - a\nok 2 - b # TODO why\n", "FAIL", 1, (1, 1, 0)),
    ("a skipped program", "1..0 # SKIP no mandoc\n", "SKIP", 0, (0, 0, 1)),
    ("a crash in the middle", "1..3\nok 1 - a\n", "ERROR", -6, (1, 2, 0)),
    ("a crash before the plan", "", "ERROR", -11, (0, 1, 0)),
    ("a crash after the last case", "1..1\nok 1 - a\n", "ERROR", -11, (1, 1, 0)),
    ("an exit code although no case failed", "1..1\nok 1 - a\n", "ERROR", 1, (1, 1, 0)),
    ("a time limit", "1..2\nok 1 - a\n", "TIMEOUT", -15, (1, 1, 0)),
    ("a time limit after the last case", "1..1\nok 1 - a\n", "TIMEOUT", -15, (1, 1, 0)),
    ("a case that runs twice, as after a stray fork", "1..2\nok 1 - a\nok 1 - a\n", "ERROR", 0, (2, 1, 0)),
    ("more cases than planned", "1..1\nok 1 - a\nok 2 - b\n", "ERROR", 0, (2, 1, 0)),
    ("two plans", "1..1\nok 1 - a\n1..1\nok 1 - b\n", "ERROR", 0, (2, 1, 0)),
    ("another program that passes", "hello\n", "OK", 0, (1, 0, 0)),
    ("another program that fails", "hello\n", "FAIL", 3, (0, 1, 0)),
    ("another program that skips", "", "SKIP", 77, (0, 0, 1)),
    ("another program that hangs", "", "TIMEOUT", -15, (0, 1, 0)),
]


def main():
    print(f"1..{len(CASES)}")
    failed = 0
    for number, (title, stdout, result, code, wanted) in enumerate(CASES, 1):
        count = run_tests.count_entry({"stdout": stdout, "result": result, "returncode": code})
        got = (count["passed"], count["failed"], count["skipped"])
        failed += got != wanted
        print(f"{'ok' if got == wanted else 'not ok'} {number} - {title}")
        if got != wanted:
            print(f"# {got}, not {wanted}")
    return bool(failed)


sys.exit(main())
