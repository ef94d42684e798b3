#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A pipe that a process of the job has taken with it does not keep its reader waiting. TAP."""
import shutil
import subprocess
import time

from kit import BROOD, SLACK, expect, program, run_cases

JOB = "sh -c 'setsid sleep 2 & sleep 5'"
MOST = 0.9


def measure(command):
    begun = time.monotonic()
    done = subprocess.run(["sh", "-c", f"({command} {JOB} | cat)"], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=20, check=False)
    return time.monotonic() - begun, done


def pipe():
    took, done = measure(f"{program(BROOD)} run -t 300ms")
    expect(b"time limit of 300ms reached" in done.stderr, f"it said {done.stderr!r}")
    expect(0.3 <= took < MOST + (SLACK - 0.25), f"it took {took * 1000:.0f} ms")
    peer = measure("timeout 0.3")[0] if shutil.which("timeout") else None
    return f"brood run {took * 1000:.0f} ms" + (f", timeout {peer * 1000:.0f} ms" if peer else "")


run_cases([("the limit ends a pipe that a daemon holds", pipe)])
