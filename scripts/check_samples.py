#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the documents show is true; TAP.

    check_samples.py SOURCE LIBBROOD_A 'CC ...' 'CXX ...'

The EXAMPLE of every man page of section 3, and what README.md shows as C and as C++, is a program that
compiles without a warning (C as C99 and as C17), runs, and exits with 0; README.md shows what its C ones
print, and has all of them, in this order, from tests/contract/samples/readme*.c and readme.cpp. The names in NAME of a page are
its own and those of its aliases in man/meson.build. Every example is in the index and has at most 80
lines. Files that the documents name in code or link to are there.
"""
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "examples/README.md", "docs/differences.md",
             "docs/names.md", "docs/README.md"]
PARTS = ("bench/", "cli/", "docs/", "examples/", "include/", "lib/", "man/", "scripts/", "tests/", ".ci/")
WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wwrite-strings", "-Wcast-qual", "-pedantic",
            "-Werror"]
EXAMPLE_LINES = 80
C_STANDARDS = ["c99", "c17"]
SPDX = "/* SPDX-License-Identifier: MIT */\n"


def section(page, title):
    match = re.search(rf"^# {title}\n(.*?)(?=^# |\Z)", page, re.M | re.S)
    return match.group(1) if match else ""


def example(page):
    """The program of the EXAMPLE section; scdoc doubles backslashes in it."""
    match = re.search(r"^```\n(.*?)^```$", section(page, "EXAMPLE"), re.M | re.S)
    return match.group(1).replace("\\\\", "\\") if match else None


def compile_and_run(text, root, library, compiler, standards):
    """(what is wrong, what the program printed)"""
    if text is None:
        return "there is no program", ""
    with tempfile.TemporaryDirectory() as folder:
        for standard in standards:
            language = "c++" if "++" in standard else "c"
            run = subprocess.run([*compiler, f"-std={standard}", *WARNINGS, f"-I{root}/include", "-x", language,
                                  "-", "-x", "none", "-o", "program", library, "-pthread"], cwd=folder,
                                 input=text, capture_output=True, text=True, check=False)
            if run.returncode:
                return run.stderr, ""
        run = subprocess.run(["./program"], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                             text=True, timeout=60, check=False)
    if run.returncode or run.stderr:
        return f"exit code {run.returncode}\n{run.stdout}{run.stderr}", run.stdout
    return "", run.stdout


def check_names(path, page, aliases):
    names = re.split(r"\s+-\s+", section(page, "NAME").strip(), maxsplit=1)[0]
    written = {name.strip() for name in names.split(",")}
    linked = {path.name.split(".")[0], *aliases.get(path.name.removesuffix(".scd"), [])}
    return f"NAME has {sorted(written - linked)}, man/meson.build {sorted(linked - written)}" \
        if written != linked else ""


def check_readme(root, library, compilers):
    readme = (root / "README.md").read_text()
    for language, compiler, standards in (("c", compilers[0], C_STANDARDS), ("cpp", compilers[1], ["c++17"])):
        paths = sorted((root / "tests/contract/samples").glob(f"readme*.{language}"))
        samples = {path.name: path.read_text() for path in paths}
        shown = re.findall(rf"^```{language}\n(.*?)^```$", readme, re.M | re.S)
        if [text.strip() for text in shown] != [text.removeprefix(SPDX).strip() for text in samples.values()]:
            yield f"the {language} of README.md is not tests/contract/samples/{', '.join(samples)}"
        for name, sample in samples.items():
            trouble, printed = compile_and_run(sample, root, library, compiler, standards)
            if trouble:
                yield f"{name}: {trouble}"
            elif language == "c" and "".join(f"    {line}\n" for line in printed.splitlines()) not in readme:
                yield f"{name} prints something else than README.md shows:\n{printed}"


def check_index(root):
    index = (root / "examples/README.md").read_text()
    for path in sorted((root / "examples").glob("*.c")):
        if f"]({path.name})" not in index:
            yield f"examples/README.md does not name {path.name}"
        if (lines := len(path.read_text().splitlines())) > EXAMPLE_LINES:
            yield f"{path.name} has {lines} lines, more than {EXAMPLE_LINES}"


def exists(root, place):
    """A path of the tree, with * and {a,b} as in a shell."""
    if match := re.search(r"\{([^{}]*)\}", place):
        return all(exists(root, place[:match.start()] + word + place[match.end():])
                   for word in match.group(1).split(","))
    return any(root.glob(place)) if "*" in place else (root / place).exists()


def check_places(root):
    for name in DOCUMENTS:
        if not (root / name).exists():
            continue
        text = re.sub(r"^```.*?^```$", "", (root / name).read_text(), flags=re.M | re.S)
        for place in re.findall(r"\]\(([^)#\s]+)", text):
            if "://" not in place and not ((root / name).parent / place).exists():
                yield f"{name}: the link {place} leads nowhere"
        for place in re.findall(r"`([^`\s]+)`", text):
            if place.startswith(PARTS) and not exists(root, place.rstrip("/")):
                yield f"{name}: there is no {place}"


def cases(root, library, compilers):
    listed = (root / "man/meson.build").read_text()
    aliases = {page: re.findall(r"'([\w-]+)'", names)
               for page, names in re.findall(r"'([\w-]+\.\d)':\s*\[([^\]]*)\]", listed)}
    for path in sorted((root / "man").glob("*.3.scd")):
        page = path.read_text()
        yield f"{path.name}: names", check_names(path, page, aliases)
        yield (f"{path.name}: example",
               compile_and_run(example(page), root, library, compilers[0], C_STANDARDS)[0])
    yield "README.md: samples", "\n".join(check_readme(root, library, compilers))
    yield "examples: index", "\n".join(check_index(root))
    yield "documents: files that they name", "\n".join(check_places(root))


def main():
    root, library = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    number = failed = 0
    for title, trouble in cases(root, library, [shlex.split(words) for words in sys.argv[3:5]]):
        number += 1
        failed += bool(trouble)
        print(f"{'not ' if trouble else ''}ok {number} - {title}", flush=True)
        for line in trouble.splitlines():
            print(f"# {line}")
    print(f"1..{number}")
    return bool(failed)


sys.exit(main())
