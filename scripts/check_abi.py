#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The shared library against its first state: additions only; TAP.

    check_abi.py FOLDER LIBRARY HEADER...

FOLDER holds first.xml (functions and types, for abidiff of package abigail-tools), suppressions.ini (what
has changed since and breaks nobody) and first_constants.txt. first.xml was made of commit 9be49ba, on
x86-64, built as meson does by default, with

    abidw --headers-dir include --drop-private-types --drop-undefined-syms --no-write-default-sizes \\
        --no-comp-dir-path --no-corpus-path --no-show-locs --no-elf-needed --no-parameter-names \\
        --out-file first.xml libbrood.so.0.1.0

and first_constants.txt of its headers, by `check_abi.py --constants HEADER...`.
"""
import pathlib
import re
import shutil
import subprocess
import sys

CONSTANT = re.compile(r"^\s*(?:#\s*define\s+)?(BROOD_[A-Z0-9_]+)\s*(?:=|\s[-(0-9U])", re.M)


def values(names, headers):
    """{name: value} of those that are integers known to the compiler; a name that is gone has none."""
    includes = "".join(f'#include "{pathlib.Path(header).resolve()}"\n' for header in headers)
    lines = "".join(f'#line 1 "{name}"\nlong long value_of_{name} = (long long)({name});\n' for name in names)
    include = pathlib.Path(headers[0]).resolve().parent.parent
    run = subprocess.run(["cc", "-S", "-O1", "-x", "c", "-std=gnu17", "-I", include, "-o", "-", "-"],
                         input=includes + lines, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if run.returncode:
        gone = set(re.findall(r"^(BROOD_\w+):1:", run.stderr, re.M))
        if not gone:
            sys.exit(run.stderr)
        return values([name for name in names if name not in gone], headers)
    found = {name: 0 for name in names}
    for name, text in re.findall(r"^value_of_(BROOD_\w+):\n((?:\s+\.(?:quad|zero|long)\s+.*\n)+)", run.stdout, re.M):
        quad = re.search(r"\.quad\s+(-?\d+)", text)
        found[name] = int(quad[1]) if quad else 0
    return found


def main():
    if sys.argv[1] == "--constants":
        headers = sys.argv[2:]
        names = sorted({name for header in headers for name in CONSTANT.findall(pathlib.Path(header).read_text())})
        for name, value in values(names, headers).items():
            print(name, value)
        return 0
    folder, library, *headers = map(pathlib.Path, sys.argv[1:])
    wanted = {name: int(value) for name, value in
              (line.split() for line in (folder / "first_constants.txt").read_text().splitlines())}
    present = values(list(wanted), headers)
    changed = [f"{name} was {value}, is {present.get(name, 'gone')}" for name, value in wanted.items()
               if present.get(name) != value]
    print("1..2")
    print(f"{'not ok' if changed or not wanted else 'ok'} 1 - {len(wanted)} constants")
    for line in changed:
        print(f"# {line}")
    if not shutil.which("abidiff"):
        print("ok 2 - functions and types # SKIP abidiff (package abigail-tools) is not there")
        return bool(changed)
    run = subprocess.run(["abidiff", "--no-added-syms", "--suppressions", folder / "suppressions.ini",
                          folder / "first.xml", library], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True, check=False)
    print(f"{'not ok' if run.returncode else 'ok'} 2 - functions and types")
    for line in run.stdout.splitlines():
        print(f"# {line}")
    return bool(changed or run.returncode)


if __name__ == "__main__":
    sys.exit(main())
