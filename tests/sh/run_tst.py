#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs cases for shells and tells the results as TAP.

    run_tst.py [--as NAME] [-k PATTERN] [-v] [--first] [--patience N] [--checked] SHELL FILE.tst...

SHELL is a command line, "brood sh" or "dash". --as: the name of that shell in `differs` lines;
without it, the last word of SHELL. --first: no case behind the first one that fails. --patience: each limit is N
times as long.

--checked: valgrind or a sanitizer looks on. What it finds goes to files whose names begin with {log}, which
stands in SHELL for valgrind and in the options for sanitizers; a case after which one of them is not empty has
failed, whatever the shell said. What a checker cannot do is left out, with its reason in the case's script.

A .tst file holds cases:

    === the title, a sentence
    the script
    --- out
    what it must write to standard output, to the byte

More sections, in any order behind the script:

    --- status N           its exit status (0); !0: any but 0
    --- err                its standard error, to the byte (default: nothing)
    --- err any            there must be some
    --- err /REGEX/        a search in it
    --- err ignored
    --- in                 its standard input (default: empty)
    --- file NAME          a file in its directory; NAME may end with :x for an executable one
    --- env NAME=VALUE     one more variable
    --- via file|stdin|c   how the script is given (file)
    --- args WORD...       behind the script's name (with c: behind the string), split as sh words
    --- options WORD...    in front of it
    --- tty                with a terminal of its own as standard input, output and error
    --- limit SECONDS      (10)
    --- differs SHELL: why   that shell is known to answer otherwise: it must fail there
    --- needs root|user|PROGRAM...   skipped elsewhere
    --- needs no-valgrind|no-sanitizer   skipped under these

$TESTEE is the shell that is tested, as words to be split. `\\e` and the like are not special in a section. A line that must begin with === or --- has a
backslash in front of it; a last line `\\c` takes away the newline before it. One empty line at the
end of a section only sets it off from the next.
"""
import argparse
import os
import pty
import re
import resource
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SECTION = re.compile(r"^--- (\w+)(?: (.*))?$")


class Case:
    def __init__(self, title, path, line):
        self.title, self.path, self.line = title, path, line
        self.script, self.out, self.err, self.stdin = "", "", "", ""
        self.err_kind, self.status, self.via = "exact", "0", "file"
        self.files, self.env, self.args, self.options, self.needs = [], {}, [], [], []
        self.tty, self.limit, self.differs = False, 10.0, {}


def bad(path, number, what):
    sys.exit(f"{path}:{number}: {what}")


def finish(lines):
    if lines and lines[-1] == "":
        lines = lines[:-1]
    lines = [l[1:] if l.startswith(("\\===", "\\---")) else l for l in lines]
    if lines and lines[-1] == "\\c":
        return "\n".join(lines[:-1])
    return "".join(l + "\n" for l in lines)


def take_flag(case, name, value, where):
    value = value or ""
    if name == "status":
        case.status = value
    elif name == "env":
        key, _, text = value.partition("=")
        case.env[key] = text
    elif name == "via":
        case.via = value
    elif name == "args":
        case.args = shlex.split(value)
    elif name == "options":
        case.options = shlex.split(value)
    elif name == "tty":
        case.tty = True
    elif name == "limit":
        case.limit = float(value)
    elif name == "needs":
        case.needs = value.split()
    elif name == "differs":
        shell, colon, why = value.partition(": ")
        if not colon:
            bad(*where, "differs wants SHELL: why")
        case.differs[shell] = why
    else:
        bad(*where, f"no section is called {name}")


def parse(path):
    cases, case, section, lines = [], None, None, []

    def end():
        if case is None:
            return
        text = finish(lines)
        if section == "script":
            case.script = text
        elif section == "out":
            case.out = text
        elif section == "err":
            case.err = text
        elif section == "in":
            case.stdin = text
        elif section and section.startswith("file "):
            case.files.append((section[5:], text))
        elif text.strip():
            bad(path, case.line, f"{case.title}: text behind a section that takes none")

    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        for number, raw in enumerate(f, 1):
            line = raw.rstrip("\n")
            if line.startswith("=== "):
                end()
                case, section, lines = Case(line[4:].strip(), path, number), "script", []
                cases.append(case)
                continue
            found = SECTION.match(line)
            if not found:
                if case is None and line.strip() and not line.startswith("#"):
                    bad(path, number, "text in front of the first case")
                lines.append(line)
                continue
            end()
            name, value = found.groups()
            section, lines = None, []
            if name in ("out", "in"):
                section = name
            elif name == "file":
                section = "file " + value
            elif name == "err":
                section = "err"
                if value:
                    case.err_kind = {"any": "any", "ignored": "ignored"}.get(value, "regex")
                    section = None
                    case.err = value.strip("/")
            else:
                take_flag(case, name, value, (path, number))
    end()
    titles = [c.title for c in cases]
    for title in titles:
        if titles.count(title) > 1:
            sys.exit(f"{path}: two cases are called: {title}")
    return cases


def missing(case, checker):
    for need in case.needs:
        if need.startswith("no-"):
            if need == "no-" + checker:
                return f"not under a {checker}" if checker == "sanitizer" else f"not under {checker}"
            continue
        if need == "root" and os.geteuid() != 0:
            return "needs root"
        if need == "user" and os.geteuid() == 0:
            return "not for root"
        if need not in ("root", "user") and not shutil.which(need):
            return f"needs {need}"
    return None


def prepare(case, folder):
    for name, text in case.files:
        executable = name.endswith(":x")
        name = name[:-2] if executable else name
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as f:
            f.write(text)
        os.chmod(path, 0o755 if executable else 0o644)


def command(case, shell, folder):
    if case.via == "c":
        return shell + case.options + ["-c", case.script.rstrip("\n")] + case.args, case.stdin
    if case.via == "stdin":
        return shell + case.options + (["-s"] + case.args if case.args else []), case.script
    with open(os.path.join(folder, "script"), "w", encoding="utf-8", errors="surrogateescape") as f:
        f.write(case.script)
    return shell + case.options + ["script"] + case.args, case.stdin


class Checker:
    """What valgrind and the sanitizers have found."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="tst-log-")
        self.log = os.path.join(self.folder.name, "log")

    def environment(self):
        return {name: ":".join(filter(None, [os.environ.get(name), f"log_path={self.log}"]))
                for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS")}

    def take(self):
        lines = []
        for name in sorted(os.listdir(self.folder.name)):
            path = os.path.join(self.folder.name, name)
            with open(path, errors="replace") as f:
                # "--": which system calls valgrind does not know.
                lines += [line for line in f.read().splitlines() if not line.startswith("--")]
            os.unlink(path)
        return lines


def reset():
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    os.umask(0o022)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(case, shell, folder, more_env):
    env = {"PATH": os.environ["PATH"], "HOME": folder, "LC_ALL": "C", "TMPDIR": folder,
           "TESTEE": shlex.join(shell), **more_env, **case.env}
    argv, stdin = command(case, shell, folder)
    if case.tty:
        return run_on_terminal(case, argv, stdin, folder, env)
    p = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         cwd=folder, env=env, preexec_fn=reset, start_new_session=True)
    try:
        out, err = p.communicate(stdin.encode("utf-8", "surrogateescape"), timeout=case.limit)
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGKILL)
        out, err = p.communicate()
        return None, out, err
    return p.returncode, out, err


def run_on_terminal(case, argv, stdin, folder, env):
    pid, master = pty.fork()
    if pid == 0:
        reset()
        os.chdir(folder)
        try:
            os.execvpe(argv[0], argv, env)
        finally:
            os._exit(127)
    end, out, status = time.monotonic() + case.limit, b"", None
    os.write(master, stdin.encode())
    while status is None and time.monotonic() < end:
        if select.select([master], [], [], 0.02)[0]:
            try:
                out += os.read(master, 65536)
            except OSError:
                pass
        done, code = os.waitpid(pid, os.WNOHANG)
        if done:
            status = os.waitstatus_to_exitcode(code)
    if status is None:
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    while select.select([master], [], [], 0)[0]:
        try:
            more = os.read(master, 65536)
        except OSError:
            break
        if not more:
            break
        out += more
    os.close(master)
    return status, out.replace(b"\r\n", b"\n"), b""


def judge(case, status, out, err):
    """What is wrong, as a list of lines."""
    wrong = []
    if status is None:
        return [f"did not end within {case.limit:g} s"]
    flat = 128 - status if status < 0 else status
    if case.status == "!0":
        if flat == 0:
            wrong.append("status is 0")
    elif flat != int(case.status):
        wrong.append(f"status is {flat}, not {case.status}")
    text = out.decode("utf-8", "surrogateescape")
    if text != case.out:
        wrong += ["stdout is", repr(text), "and should be", repr(case.out)]
    said = err.decode("utf-8", "surrogateescape")
    if case.err_kind == "exact" and said != case.err:
        wrong += ["stderr is", repr(said), "and should be", repr(case.err)]
    elif case.err_kind == "any" and not said:
        wrong.append("nothing is on stderr")
    elif case.err_kind == "regex" and not re.search(case.err, said):
        wrong += ["stderr is", repr(said), "and should have", repr(case.err)]
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--as", dest="name")
    parser.add_argument("-k", dest="pattern", default="")
    parser.add_argument("-v", dest="verbose", action="store_true")
    parser.add_argument("--first", action="store_true")
    parser.add_argument("--patience", type=float, default=1)
    parser.add_argument("--checked", action="store_true")
    parser.add_argument("shell")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    shell = shlex.split(args.shell)
    if os.sep in shell[0]:
        shell[0] = os.path.abspath(shell[0])
    name = args.name or os.path.basename(shell[-1])
    checker = Checker() if args.checked else None
    more_env = checker.environment() if checker else {}
    kind = "none"
    if checker:
        shell = [word.replace("{log}", checker.log) for word in shell]
        kind = "valgrind" if os.path.basename(shell[0]) == "valgrind" else "sanitizer"
    cases = [c for f in args.files for c in parse(f) if re.search(args.pattern, c.title)]
    print(f"1..{len(cases)}")
    failed = 0
    for number, case in enumerate(cases, 1):
        where = os.path.basename(case.path)
        lacking = missing(case, kind)
        if lacking:
            print(f"ok {number} - {where}: {case.title} # SKIP {lacking}")
            continue
        case.limit *= args.patience
        folder = tempfile.mkdtemp(prefix="tst-")
        try:
            prepare(case, folder)
            wrong = judge(case, *run(case, shell, folder, more_env))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        wrong += checker.take() if checker else []
        if name in case.differs:
            wrong = [] if wrong else [f"{name} does it right: take its `differs` line out"]
        failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {number} - {where}: {case.title}", flush=True)
        for line in wrong:
            print(f"# {line}")
        if wrong:
            print(f"# {case.path}:{case.line}")
        if wrong and args.first:
            break
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
