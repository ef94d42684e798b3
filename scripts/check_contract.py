#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every promise has a test that names it, and every test names a promise.

    check_contract.py SOURCE [--write]

The promises are the rows `id | sentence | tests | note` of tests/contract/ids-*.md and the rows
`id | Go | brood | tests` of docs/differences.md; the tests are the functions of tests/contract/test_*.c, each with the ids that it
proves in a comment `covers: ID ...` above it. A note begins with one of

    built        at least one test covers it
    difference   as built, and not as in Go; it names a row of docs/differences.md
    later        not built; no test covers it
    elsewhere    proved by something else than a contract test, which the note names

The column `tests` has the covering functions, in order of their names; --write fills it in.
"""
import pathlib
import re
import sys

COVERS = re.compile(r"/\*(?:(?!\*/).)*?\bcovers:(?P<ids>(?:(?!\*/).)*)\*/", re.S)
ID = re.compile(r"[A-Z][A-Z0-9]*-[A-Za-z0-9_.-]*[A-Za-z0-9]")
FUNCTION = re.compile(r"^static void (\w+)\(void \*\*(?:\w+)\)", re.M)
NOTES = ("built", "difference", "later", "elsewhere")


def tests_of(path):
    """(function, ids of the comment right above it) of each test in a file."""
    text = path.read_text()
    for function in FUNCTION.finditer(text):
        above = text[:function.start()].rstrip()
        comments = [match for match in COVERS.finditer(above) if match.end() == len(above)]
        yield function[1], ID.findall(comments[0]["ids"]) if comments else []


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def rows_of(path):
    """(line number, cells) of the rows of the tables in a file whose first cell is an id."""
    for number, line in enumerate(path.read_text().splitlines()):
        if line.startswith("|") and ID.fullmatch(cells(line)[0]):
            yield number, cells(line)


def write_row(path, number, row):
    lines = path.read_text().splitlines()
    lines[number] = "| " + " | ".join(row) + " |"
    path.write_text("\n".join(lines) + "\n")


def check_row(row, covering, differences, tests):
    if len(row) != 4:
        return f"{len(row)} cells instead of 4"
    note = row[3].split()[0].rstrip(":;,.") if row[3] else ""
    if note not in NOTES:
        return f"the note begins with none of {', '.join(NOTES)}"
    if note in ("built", "difference") and not covering:
        return f"{note}, but no test covers it"
    if note in ("later", "elsewhere") and covering:
        return f"{note}, but covered by {covering[0]}"
    if note == "difference" and not set(ID.findall(row[3])) & differences:
        return "names no row of docs/differences.md"
    if note == "elsewhere" and len(row[3].split()) < 2:
        return "does not say where"
    if row[2] != ", ".join(covering):
        return f"tests are {', '.join(covering) or 'none'}; run scripts/check_contract.py . --write"
    return None


def check(root, write):
    tests = {}
    covered = {}
    for path in sorted((root / "tests/contract").glob("test_*.c")):
        for function, ids in tests_of(path):
            if not ids:
                yield f"{path.name}: {function} covers nothing"
            if function in tests:
                yield f"{path.name}: {function} is in {tests[function]} too"
            tests[function] = path.name
            for name in ids:
                covered.setdefault(name, []).append(function)
    known = set()
    book = root / "docs/differences.md"
    differences = {row[0] for _, row in rows_of(book)} if book.exists() else set()
    for path in sorted((root / "tests/contract").glob("ids-*.md")) + [book] * book.exists():
        for number, row in list(rows_of(path)):
            if row[0] in known:
                yield f"{path.name}: {row[0]} is there twice"
            known.add(row[0])
            covering = sorted(set(covered.get(row[0], [])))
            if path == book:
                named = set(filter(None, re.split(r",\s*", row[-1])))
                if write and set(covering) - named:
                    row[-1] = ", ".join(sorted(named | set(covering)))
                    write_row(path, number, row)
                elif not named or named - set(tests) or set(covering) - named:
                    yield f"{path.name}: {row[0]}: its tests are {', '.join(covering) or 'none'}"
                continue
            if write and len(row) == 4:
                row[2] = ", ".join(covering)
                write_row(path, number, row)
            wrong = check_row(row, covering, differences, tests)
            if wrong:
                yield f"{path.name}: {row[0]}: {wrong}"
    for name in sorted(set(covered) - known):
        yield f"{name}, covered by {covered[name][0]} in {tests[covered[name][0]]}, is in no list"
    if not known or not tests:
        yield "no promises or no tests found"


def main():
    root = pathlib.Path(sys.argv[1])
    bad = list(check(root, "--write" in sys.argv[2:]))
    print("\n".join(bad) or "contract: ok")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
