#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Nothing public without words.

    check_docs.py SOURCE [BROOD]

Every public function has a comment right above its declaration that says what it Returns, and occurs in
a man page of section 3. Every tool has a page brood-TOOL.1.scd with EXIT STATUS; with the program
given, the options of its --help and those of its page are the same. The versions of the headers and of
the build agree. Every page is listed in man/meson.build.
"""
import pathlib
import re
import subprocess
import sys

import headers

OPTION = re.compile(r"(?<![\w-])(--[a-zA-Z][\w-]*|-[a-zA-Z0-9](?![\w-]))")


def plain(scdoc):
    """The text of a page without its marks: scdoc escapes with a backslash and underlines with _."""
    return re.sub(r"\\(.)", r"\1", scdoc)


def check_functions(root):
    pages = "\n".join(plain(path.read_text()) for path in (root / "man").glob("*.3.scd"))
    found = False
    for path in headers.public_headers(root):
        text = path.read_text()
        for name, kind, offset in headers.declarations(text):
            found = True
            comment = headers.comment_before(text, offset)
            if not comment or not comment.startswith("/**"):
                yield f"{path.name}: {name} has no comment right above it"
            elif kind.split()[-1:] != ["void"] and not re.search(r"\bReturns\b", comment):
                yield f"{path.name}: the comment of {name} does not say what it Returns"
            if not re.search(rf"\b{name}\b", pages):
                yield f"{path.name}: {name} occurs in no man page of section 3"
    if not found:
        yield "no public function found"


def help_options(text):
    """Options of a --help text: the part of a line that begins with one, up to the explanation."""
    for line in text.splitlines():
        if re.match(r"\s*-", line):
            yield from OPTION.findall(re.split(r"\s{2,}", line.strip(), maxsplit=1)[0])


def help_of(brood, arguments):
    """Exit code and text of a --help, with those of the actions that it lists behind it."""
    run = subprocess.run([brood, *arguments], capture_output=True, text=True, check=False,
                         stdin=subprocess.DEVNULL)
    code, text = run.returncode, run.stdout
    listed = re.search(r"^Actions:\n((?:  .*\n)+)", text, re.M)
    for line in listed.group(1).splitlines() if listed else []:
        action_code, action_text = help_of(brood, [*arguments[:-1], line.split()[0], arguments[-1]])
        code, text = code or action_code, text + action_text
    return code, text


def page_options(scdoc):
    """Options that a page defines: the bold words of a line that begins with one."""
    for line in plain(scdoc).splitlines():
        if re.match(r"\*-", line):
            yield from OPTION.findall(" ".join(re.findall(r"\*([^*]+)\*", line)))


def check_tools(root, brood):
    tools = [path.name for path in sorted((root / "cli").iterdir())
             if path.is_dir() and path.name != "common" and any(path.glob("*.c"))]
    for tool, arguments, page in [("brood", ["--help"], root / "man/brood.1.scd")] + [
            (f"brood {tool}", [tool, "--help"], root / f"man/brood-{tool}.1.scd") for tool in tools]:
        if not page.exists():
            yield f"{tool}: no man page {page.name}"
            continue
        text = page.read_text()
        if not re.search(r"^# EXIT STATUS$", text, re.M):
            yield f"{page.name}: no section EXIT STATUS"
        if not brood:
            continue
        code, shown = help_of(brood, arguments)
        if code != 0:
            yield f"{tool} --help: exit code {code}"
        helped, written = set(help_options(shown)), set(page_options(text))
        yield from (f"{page.name}: {option} of {tool} --help is missing" for option in helped - written)
        yield from (f"{tool} --help: {option} of {page.name} is missing" for option in written - helped)
        if not helped:
            yield f"{tool} --help: shows no option"


def check_lists(root):
    listed = set(re.findall(r"'([\w-]+\.\d)'", (root / "man/meson.build").read_text()))
    written = {path.name.removesuffix(".scd") for path in (root / "man").glob("*.scd")}
    yield from (f"man/meson.build: {page} is not listed" for page in written - listed)


def check_version(root):
    numbers = re.findall(r"^#define BROOD_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)",
                         (root / "include/brood/base.h").read_text(), re.M)
    built = re.search(r"^project\('brood'.*version: '([\d.]+)'", (root / "meson.build").read_text(), re.M)
    if ".".join(numbers) != built.group(1):
        yield f"base.h says version {'.'.join(numbers)}, meson.build {built.group(1)}"


def main():
    root, brood = pathlib.Path(sys.argv[1]).resolve(), (sys.argv[2:] or [None])[0]
    bad = sorted([*check_functions(root), *check_tools(root, brood), *check_lists(root),
                  *check_version(root)])
    print("\n".join(bad) or "docs: ok")
    return bool(bad)


sys.exit(main())
