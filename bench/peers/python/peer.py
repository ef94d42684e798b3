# SPDX-License-Identifier: MIT
"""Python's subprocess and asyncio: peer.py spawn|capture|lines PROGRAM [ARGUMENT...]

    peer.py feed|crowd N PROGRAM [ARGUMENT...]
"""
import asyncio
import os
import pathlib
import resource
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


def feed(args):
    with subprocess.Popen(args[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        out, _ = child.communicate(INPUT)
    if child.returncode != 0:
        sys.exit(f"peer.py: the child failed: {child.returncode}")
    return len(out) + out.endswith(b"x")


def number_in(path, word):
    return int(pathlib.Path(path).read_text().partition(word)[2].split()[0])


def look():
    return (number_in("/proc/self/smaps_rollup", "Rss:"), len(os.listdir("/proc/self/fd")),
            number_in("/proc/self/status", "Threads:"))


async def crowd(count, args):
    """What ../../crowd.h describes."""
    read, write = os.pipe()
    before = look()
    begin = time.monotonic_ns()
    children = [await asyncio.create_subprocess_exec(*args, stdin=read) for _ in range(count)]
    start = time.monotonic_ns() - begin
    held = look()
    begin = time.monotonic_ns()
    os.close(read)
    os.close(write)
    if any(await asyncio.gather(*(child.wait() for child in children))):
        sys.exit("peer.py: a child failed")
    elapsed = start + time.monotonic_ns() - begin
    print(elapsed, count, start, *(after - earlier for earlier, after in zip(before, held)), -1, flush=True)


def serve_crowd(count, args):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # Its default, a thread for each child, does not come to an end with this many.
    asyncio.set_child_watcher(asyncio.PidfdChildWatcher())
    while sys.stdin.readline():
        asyncio.run(crowd(count, args))


def main():
    if sys.argv[1] == "crowd":
        serve_crowd(int(sys.argv[2]), sys.argv[3:])
        return
    work = {"spawn": spawn, "capture": capture, "lines": lines, "feed": feed}[sys.argv[1]]
    # readline, not iteration: that would read ahead and wait for more than one request.
    while request := sys.stdin.readline():
        check = 0
        begin = time.monotonic_ns()
        for _ in range(int(request)):
            check += work(sys.argv[2:])
        print(time.monotonic_ns() - begin, check, flush=True)


INPUT = b"x" * int(sys.argv[2]) if sys.argv[1] == "feed" else b""
main()
