#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What clang-format and clang-tidy do not look at.

    check_style.py SOURCE

The first line of a C file is its licence; a file of lib/, cli/ or include/ has at most 600 lines and a
function at most 60; comments are /* */. A source that lies in the tree is named in the meson.build of
its part: nothing is forgotten by the build.
"""
import pathlib
import re
import sys

SPDX = "/* SPDX-License-Identifier: MIT */"
FILE_LINES, FUNCTION_LINES = 600, 60
STRING_OR_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|/\*.*?\*/|//[^\n]*', re.S)
# Folder, what must be listed, the file that lists it.
LISTS = [
    ("lib", "**/*.c", "lib/meson.build"),
    ("cli", "**/*.c", "cli/meson.build"),
    ("include/brood", "*.h", "include/brood/meson.build"),
    ("examples", "*.c", "examples/meson.build"),
    ("tests/unit", "test_*.c", "tests/unit/meson.build"),
    ("tests/contract", "test_*.c", "tests/contract/meson.build"),
    ("tests/helpers", "*.c", "tests/helpers/meson.build"),
    ("tests/cli", "*.bats", "tests/cli/meson.build"),
    ("tests/fuzz", "fuzz_*.c", "tests/fuzz/meson.build"),
]


def functions(lines):
    """(first line, length) of each body, which clang-format has put between braces at column 0."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line.startswith("}") and start:
            yield start, number - start - 1
            start = None


def check_file(root, path):
    place, text = path.relative_to(root), path.read_text()
    lines = text.splitlines()
    if not lines or lines[0] != SPDX:
        yield f"{place}:1: the first line is not {SPDX}"
    for match in STRING_OR_COMMENT.finditer(text):
        if match.group().startswith("//"):
            yield f"{place}:{text[:match.start()].count(chr(10)) + 1}: // comment"
    if place.parts[0] in ("lib", "cli", "include"):
        if len(lines) > FILE_LINES:
            yield f"{place}: {len(lines)} lines, more than {FILE_LINES}"
        for start, length in functions(lines):
            if length > FUNCTION_LINES:
                yield f"{place}:{start}: a function of {length} lines, more than {FUNCTION_LINES}"


def check_lists(root):
    for folder, pattern, list_file in LISTS:
        listed = (root / list_file).read_text()
        for path in sorted((root / folder).glob(pattern)):
            name = path.relative_to(root / list_file.rsplit("/", 1)[0])
            # A list may hold the file, its path from a layer, or its stem without test_ or fuzz_.
            stem = re.sub(r"^(?:test|fuzz)_", "", name.stem)
            words = {str(name), str(pathlib.PurePath(*name.parts[1:])), stem}
            if not any(f"'{word}'" in listed for word in words):
                yield f"{path.relative_to(root)}: not named in {list_file}"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    bad = list(check_lists(root))
    for folder in ("include", "lib", "cli", "tests", "examples", "bench"):
        for path in sorted((root / folder).rglob("*.[ch]")):
            bad += check_file(root, path)
    print("\n".join(bad) or "style: ok")
    return bool(bad)


sys.exit(main())
