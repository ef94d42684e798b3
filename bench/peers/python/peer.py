# SPDX-License-Identifier: MIT
"""Python's subprocess: peer.py spawn|capture|lines PROGRAM [ARGUMENT...]"""
import subprocess
import sys
import time


def spawn(args):
    subprocess.run(args, stdin=subprocess.DEVNULL, check=True)
    return 1


def capture(args):
    out = subprocess.run(args, stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout
    return len(out) + out.endswith(b"x")


def lines(args):
    check = 0
    with subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as child:
        for line in child.stdout:
            length = len(line) - line.endswith(b"\n")
            check += length + (line[0] if length else 0)
    if child.returncode != 0:
        sys.exit(f"peer.py: the child failed: {child.returncode}")
    return check


def main():
    work = {"spawn": spawn, "capture": capture, "lines": lines}[sys.argv[1]]
    # readline, not iteration: that would read ahead and wait for more than one request.
    while request := sys.stdin.readline():
        check = 0
        begin = time.monotonic_ns()
        for _ in range(int(request)):
            check += work(sys.argv[2:])
        print(time.monotonic_ns() - begin, check, flush=True)


main()
