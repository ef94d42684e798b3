#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Library, program and contract tests are C that musl's headers take too: musl-gcc reads every source.

    check_musl.py SOURCE BUILD

Nothing is linked and nothing runs: that is done by the build of tests/builds/musl.ini (make test-all).
What belongs to glibc or to an optional library is left out.
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

OTHERS = re.compile(r"^#\s*include <(pcre2|hs/hs|seccomp|jansson)\.h>", re.M)
FLAGS = ["-std=gnu17", "-D_GNU_SOURCE", '-DBROOD_VERSION=""', '-DBROOD_LIBEXECDIR=""', "-Wall", "-Wextra",
         "-Werror", "-fsyntax-only"]


def belongs_to_others(path):
    return path.name.endswith("_np.c") or any(
        OTHERS.search(part.read_text()) for part in (path, path.with_suffix(".h")) if part.exists())


def main():
    source, build = map(pathlib.Path, sys.argv[1:])
    headers = subprocess.run([sys.executable, pathlib.Path(__file__).with_name("kernel_headers.py"), build / "kernel-headers",
                              os.uname().machine], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    paths = ["-I", source / "include", "-I", source / "lib", "-I", source / "cli", "-I", build / "lib", "-I", source / "tests" / "tap",
             "-idirafter", headers]

    def read(path):
        run = subprocess.run(["musl-gcc", *FLAGS, *paths, path], stderr=subprocess.PIPE, text=True, check=False)
        return run.stderr if run.returncode else ""

    sources = [path for pattern in ("lib/**/*.c", "cli/**/*.c", "tests/contract/*.c")
               for path in sorted(source.glob(pattern)) if not belongs_to_others(path)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = list(filter(None, pool.map(read, sources)))
    print("".join(complaints), end="")
    return bool(complaints or not sources)


if __name__ == "__main__":
    sys.exit(main())
