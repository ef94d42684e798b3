#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Each public header compiles alone, included twice, as strict C99 and as C++17; TAP.

    check_headers.py INCLUDE 'CC ...' 'CXX ...'
"""
import pathlib
import shlex
import subprocess
import sys

WARNINGS = ["-Wall", "-Wextra", "-Wundef", "-Werror", "-pedantic-errors", "-fsyntax-only"]


def main():
    include = pathlib.Path(sys.argv[1])
    compilers = [("C99", shlex.split(sys.argv[2]), ["-x", "c", "-std=c99", "-Wstrict-prototypes"]),
                 ("C++17", shlex.split(sys.argv[3]), ["-x", "c++", "-std=c++17"])]
    headers = sorted(path.relative_to(include) for path in include.rglob("*.h"))
    print(f"1..{len(headers) * len(compilers)}")
    number = failed = 0
    for header in headers:
        for language, compiler, options in compilers:
            number += 1
            # ISO C forbids an empty file.
            text = f"#include <{header}>\n#include <{header}>\ntypedef int nothing_else;\n"
            run = subprocess.run([*compiler, *options, *WARNINGS, "-I", include, "-"], input=text,
                                 capture_output=True, text=True, check=False)
            failed += run.returncode != 0
            print(f"{'not ' if run.returncode else ''}ok {number} - {header} as {language}")
            for line in run.stderr.splitlines():
                print(f"# {line}")
    return bool(failed or not number)


sys.exit(main())
