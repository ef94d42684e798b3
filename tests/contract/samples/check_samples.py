#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles each sample as the C or C++ that it must be valid in, links it with both libraries, and
runs it. Speaks TAP.

usage: check_samples.py BUILD_FOLDER SOURCE_FOLDER [COMPILER_PAIR...]   (default: cc,c++ and clang,clang++)
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

WARNINGS = ["-pedantic-errors", "-Wall", "-Wextra", "-Werror"]
MODES = {".c": [("c99", "-O0"), ("c17", "-O2")], ".cpp": [("c++17", "-O0"), ("c++20", "-O2")]}


def attempt(command, **more):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=120, check=False, **more)
    return done.returncode, done.stdout + done.stderr


def check(sample, compiler, standard, level, build, include, folder):
    """Returns None, or what went wrong."""
    program = folder / "sample"
    compile_only = [compiler, f"-std={standard}", level, *WARNINGS, f"-I{include}", "-c",
                    str(sample), "-o", str(folder / "sample.o")]
    code, text = attempt(compile_only)
    if code:
        return f"does not compile: {text}"
    libraries = [[str(build / "libbrood.a")],
                 [f"-L{build}", f"-Wl,-rpath,{build}", "-l:libbrood.so.0"]]
    for library in libraries:
        code, text = attempt([compiler, str(folder / "sample.o"), *library, "-pthread", "-o",
                              str(program)])
        if code:
            return f"does not link with {library[-1]}: {text}"
        code, text = attempt([str(program)])
        if code:
            return f"exits with {code}, linked with {library[-1]}: {text}"
    return None


def plan(here, pairs):
    for sample in sorted(here.iterdir()):
        for pair in pairs:
            compiler = pair.split(",")[1 if sample.suffix == ".cpp" else 0]
            if not shutil.which(compiler):
                continue
            for standard, level in MODES.get(sample.suffix, []):
                yield sample, compiler, standard, level


def main():
    build, source = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    here = source / "tests" / "contract" / "samples"
    cases = list(plan(here, sys.argv[3:] or ["cc,c++", "clang,clang++"]))
    print(f"1..{len(cases)}")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, (sample, compiler, standard, level) in enumerate(cases, 1):
            wrong = check(sample, compiler, standard, level, build, source / "include",
                          pathlib.Path(folder))
            failed += wrong is not None
            print(f"{'not ok' if wrong else 'ok'} {number} - {sample.name} as {standard}, "
                  f"{compiler} {level}", flush=True)
            for line in (wrong or "").splitlines():
                print(f"# {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
