#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""docs/names.md is true and complete; TAP.

    check_names.py SOURCE LIBBROOD_A 'CC ...' [WORD...]

Every name of ours on the page is in the public headers, a field in its struct. Where Python, Go and Rust
(with its documentation) are installed, no name of theirs is missing on the page, and every one of them
that the page has there is real. The programs of the page are those of examples/languages/, and print
what task.expected says: each of them where its language is installed. WORD: only cases with that in
their title.
"""
import fnmatch
import inspect
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import headers

# Older ones have not got everything that the page names.
PYTHON = (3, 12)
RUST = (1, 95)
NAME = re.compile(r"(?:struct )?(brood_[a-z0-9_]+|BROOD_[A-Z0-9_]+)(?:\.(\w+))?")
# Python: what of os has to do with processes.
OF_OS = re.compile(
    r"exec|spawn|posix_spawn|POSIX_SPAWN|wait|W[A-Z]|P_|fork|kill|pidfd|PIDFD|system$|popen|abort|_exit|EX_"
    r"|get(?:pid|ppid|pgid|pgrp|sid|uid|euid|gid|egid|resuid|resgid|groups|grouplist|login|priority|env)"
    r"|set(?:pgid|pgrp|sid|uid|euid|gid|egid|reuid|regid|resuid|resgid|groups|priority|ns)"
    r"|nice|PRIO_|sched_|SCHED_|umask|chdir|fchdir|chroot|unshare|CLONE_|register_at_fork|get_exec_path"
    r"|times$|initgroups|[gs]et_inheritable|tc[gs]etpgrp|login_tty|openpty|putenv|unsetenv|environ")


class Skip(Exception):
    """Why something cannot be checked here."""


def tool(name, *version):
    path = shutil.which(name)
    if not path or subprocess.run([path, *version], capture_output=True, check=False).returncode:
        raise Skip(f"{name} is not installed")
    return path


def output_of(*command, **more):
    run = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300,
                         check=False, **more)
    if run.returncode:
        raise ValueError(f"{command[0]}: exit code {run.returncode}\n{run.stdout}{run.stderr}")
    return run.stdout


def section(page, title):
    match = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", page, re.M | re.S)
    return match.group(1) if match else ""


def rows(text):
    """The cells of each row of the tables of a text."""
    for line in text.splitlines():
        if line.startswith("| ") or line.startswith("|  "):
            yield [cell.strip() for cell in line.strip().strip("|").split(" | ")]


def their_names(text):
    return {name for row in rows(text) for name in re.findall(r"`([^`]+)`", row[0])}


def is_there(name, names):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in names)


def members(plain):
    """The fields of each struct of the headers."""
    fields = {}
    for struct in re.finditer(r"\bstruct (brood_\w+) \{(.*?)\n\}", plain, re.S):
        fields[struct.group(1)] = set(re.findall(r"\b(\w+)(?:\[[^\]]*\])?(?=[,;)])", struct.group(2)))
    return fields


def check_ours(root, page):
    plain = "\n".join(headers.COMMENT.sub(headers.blank, path.read_text())
                      for path in headers.public_headers(root))
    known, fields = set(re.findall(r"\b(?:brood|BROOD)_\w+", plain)), members(plain)
    text = re.sub(r"^```.*?^```$", "", page, flags=re.M | re.S)
    quoted = re.findall(r"`([^`]+)`", text)
    for name, field in sorted({found for words in quoted if not words.startswith("man ")
                               for found in NAME.findall(words)}):
        if name not in known:
            yield f"the headers have no {name}"
        elif field and field not in fields.get(name, set()):
            yield f"struct {name} has no {field}"
    for row in rows(text):
        if len(row) not in (2, 3, 5):
            yield f"{len(row)} cells in: {row[0]}"


def check_python(page):
    names = their_names(section(page, "Python"))
    wanted = {f"subprocess.{name}" for name in subprocess.__all__}
    for parent in (subprocess.Popen, subprocess.CompletedProcess, subprocess.CalledProcessError,
                   subprocess.TimeoutExpired):
        wanted |= {f"{parent.__name__}.{name}" for name in set(dir(parent)) - set(dir(Exception))
                   if not name.startswith("_")}
    for function in (subprocess.Popen.__init__, subprocess.run):
        wanted |= set(inspect.signature(function).parameters) - {"self", "popenargs", "kwargs"}
    wanted |= {f"os.{name}" for name in dir(os) if OF_OS.match(name)}
    wanted |= set(re.findall(r"\b(set\w+|resetids|scheduler|file_actions)\b", os.posix_spawn.__doc__))
    yield from (f"Python has {name}" for name in sorted(wanted) if not is_there(name, names))
    for name in sorted(names):
        parent, _, child = name.rpartition(".")
        if parent == "os" and "*" not in child and not hasattr(os, child) and sys.version_info >= PYTHON:
            yield f"Python has no {name}"


def go_doc(*arguments):
    return output_of(tool("go", "version"), "doc", *arguments,
                     env={**os.environ, "GOOS": "linux", "GOFLAGS": "-mod=mod", "GO111MODULE": "off"})


def check_go(page):
    names = their_names(section(page, "Go"))
    wanted = set()
    for name in re.findall(r"^(?:func|type|var|const) (\w+)", go_doc("-all", "os/exec"), re.M):
        wanted.add(f"exec.{name}")
    for kind in ("os/exec.Cmd", "os/exec.Error", "os/exec.ExitError", "os.Process", "os.ProcessState",
                 "os.ProcAttr", "syscall.SysProcAttr", "syscall.Credential", "syscall.SysProcIDMap",
                 "syscall.WaitStatus"):
        text, name = go_doc("-all", kind), kind.rsplit(".", 1)[1]
        body = re.search(rf"^type {name} struct \{{\n(.*?)^\}}", text, re.M | re.S)
        for line in body.group(1).splitlines() if body else []:
            if field := re.match(r"\t\*?(?:\w+\.)?([A-Z]\w*)(?:\s|$)", line):
                wanted.add(f"{name}.{field.group(1)}")
        wanted |= {f"{name}.{method}" for method in re.findall(rf"^func \(\w+ \*?{name}\) (\w+)", text, re.M)}
    yield from (f"Go has {name}" for name in sorted(wanted) if not is_there(name, names))


def check_rust(page):
    names = their_names(section(page, "Rust"))
    root = pathlib.Path(output_of(tool("rustc", "--version"), "--print", "sysroot").strip())
    docs = root / "share/doc/rust/html/std"
    if not (docs / "process").is_dir():
        raise Skip("the documentation of Rust is not installed")
    wanted, kinds = set(), set()
    for folder in ("process", "os/unix/process", "os/linux/process"):
        for path in sorted((docs / folder).glob("*.html")):
            kind, _, name = path.stem.partition(".")
            if kind == "fn":
                wanted.add(name if folder.startswith("os") else f"process::{name}")
            if kind not in ("struct", "trait"):
                continue
            kinds.add(name)
            own = path.read_text().split('id="trait-implementations"')[0]
            wanted |= {name} | {f"{name}::{method}" for method in re.findall(
                r'id="(?:(?:ty)?method|structfield|associatedconstant)\.(\w+)"', own)}
    wanted -= {"ChildExt", "CommandExt", "ExitStatusExt", "Command", "Stdio"}
    yield from (f"Rust has {name}" for name in sorted(wanted) if not is_there(name, names))
    version = re.search(r" (\d+)\.(\d+)\.", output_of(tool("rustc", "--version"), "--version"))
    if tuple(map(int, version.groups())) < RUST:
        return
    for name in sorted(names - wanted):
        if name.split("::")[0] in kinds and "::from" not in name:
            yield f"Rust has no {name}"


def compiled(language, root, library, compiler, folder):
    """The command that runs the program of a language."""
    source, program = root / f"examples/languages/task.{language}", str(folder / language)
    if language == "c":
        output_of(*compiler, "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", f"-I{root}/include",
                  str(source), "-o", program, str(library), "-pthread")
    elif language == "go":
        output_of(tool("go", "version"), "build", "-o", program, str(source),
                  env={**os.environ, "GO111MODULE": "off", "GOCACHE": str(folder / "cache")})
    elif language == "rs":
        output_of(tool("rustc", "--version"), "--edition", "2021", "-D", "warnings", "-o", program,
                  str(source), cwd=folder)
    else:
        return [sys.executable, str(source)]
    return [program]


def check_program(language, root, library, compiler):
    expected = (root / "examples/languages/task.expected").read_text()
    with tempfile.TemporaryDirectory() as folder:
        printed = output_of(*compiled(language, root, library, compiler, pathlib.Path(folder)))
    if printed != expected:
        yield f"task.{language} prints\n{printed}"


def check_shown(root, page):
    folder = root / "examples/languages"
    shown = dict(re.findall(r"^```(c|go|python|rust)\n(.*?)^```$", page, re.M | re.S))
    for language, name in (("c", "task.c"), ("go", "task.go"), ("python", "task.py"), ("rust", "task.rs")):
        text = (folder / name).read_text().split("\n", 1)[1].strip("\n") + "\n"
        if shown.get(language) != text:
            yield f"the page shows something else than {name}"
    if (folder / "task.expected").read_text() not in page:
        yield "the page shows something else than task.expected"


def main():
    root, library = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    compiler = shlex.split(sys.argv[3])
    page = (root / "docs/names.md").read_text()
    cases = [("our names are there", check_ours(root, page)),
             ("the programs are those of examples/languages", check_shown(root, page)),
             ("Python's names are all there", check_python(page)),
             ("Go's names are all there", check_go(page)),
             ("Rust's names are all there", check_rust(page))]
    cases += [(f"task.{language} prints what it should", check_program(language, root, library, compiler))
              for language in ("c", "go", "py", "rs")]
    cases = [case for case in cases if all(word in case[0] for word in sys.argv[4:])]
    failed = 0
    for number, (title, troubles) in enumerate(cases, 1):
        try:
            found = list(troubles)
        except Skip as reason:
            print(f"ok {number} - {title} # SKIP {reason}", flush=True)
            continue
        except ValueError as error:
            found = [str(error)]
        failed += bool(found)
        print(f"{'not ' if found else ''}ok {number} - {title}", flush=True)
        for line in "\n".join(found).splitlines():
            print(f"# {line}")
    print(f"1..{len(cases)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
