# SPDX-License-Identifier: MIT
"""The same program in C, Go, Python and Rust: docs/names.md."""
import os
import subprocess
import threading


def feed(process, text):
    try:
        with process.stdin:
            process.stdin.write(text)
    except BrokenPipeError:
        pass


def show(stream):
    for line in stream:
        print(f"  stderr: {line}", end="", flush=True)


def run(*argv, limit=10):
    print(argv[0], flush=True)
    try:
        process = subprocess.Popen(argv, cwd="/usr", text=True,
                                   env={**os.environ, "PWD": "/usr", "GREETING": "hello"},
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except FileNotFoundError:
        print("  not found")
        return
    # communicate() would hand the lines over at the end only, so that each pipe takes a thread.
    captured = []
    threads = [threading.Thread(target=feed, args=(process, "world\n")),
               threading.Thread(target=show, args=(process.stderr,)),
               threading.Thread(target=lambda: captured.append(process.stdout.read()))]
    for thread in threads:
        thread.start()
    late = False
    try:
        process.wait(limit)
    except subprocess.TimeoutExpired:
        late = True
        process.kill()
    for thread in threads:
        thread.join()
    code = process.wait()
    process.stdout.close()
    process.stderr.close()
    if not late:
        print("  stdout:", captured[0], end="")
    if late:
        print("  stopped at its time limit")
    elif code == 0:
        print("  went well")
    elif code > 0:
        print(f"  exit code {code}")
    else:
        print(f"  killed by signal {-code}")


SCRIPT = "read name; echo one >&2; echo $GREETING $name, $1, in $PWD; echo two >&2; exit 3"
run("sh", "-c", SCRIPT, "sh", "first argument")
run("cat")
run("sh", "-c", "echo going; kill -9 $$")
run("sleep", "60", limit=0.1)
run("no-such-program")
