#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Breaks the library in one line, again and again, and sees a test fail each time.

    mutants.py [--check] [WORD]

Reads tests/mutants/mutants.txt. The tree is copied and built once; then each breakage is applied to the
copy, what it touches is built again, and its tests run until one fails. WORD: only those whose file or
lines contain it. --check: only see whether they still apply to the tree. The exit code is 0 if all were
caught.
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
PATIENCE = 90  # seconds for one test program; one that hangs has noticed too
SKIP = re.compile(r"#\s*skip\b", re.I)  # cmocka writes "not ok N # SKIP"
OF_PROGRAM = ("sh/", "cli/")
HEAD = re.compile(r"^(?P<file>\S+): (?P<tests>\S.*)$")


class Mutant:
    def __init__(self, file, tests):
        self.file, self.tests = file, tests.split()
        self.old, self.new = [], []

    def add(self, line):
        if line[0] in " -":
            self.old.append(line[1:])
        if line[0] in " +":
            self.new.append(line[1:])

    def name(self):
        gone = " ".join(line.strip() for line in self.old if line not in self.new)
        come = " ".join(line.strip() for line in self.new if line not in self.old)
        return f"{self.file}: {gone} => {come}"

    def place(self, root):
        """The text of the file and where the lines are in it; they must be there once."""
        text = (root / self.file).read_text()
        old = "\n".join(self.old) + "\n"
        places = [match.start() for match in re.finditer(f"^{re.escape(old)}", text, re.M)]
        if not self.old or len(places) != 1:
            raise ValueError(f"{self.name()}: the lines are there {len(places)} times")
        return text, places[0], places[0] + len(old)

    def stale(self):
        """Why it does not apply to the tree any more, or None."""
        try:
            self.place(ROOT)
            return None
        except (ValueError, OSError) as error:
            return str(error)

    def broken(self, root):
        text, start, end = self.place(root)
        return text[:start] + "\n".join(self.new) + "\n" + text[end:]


def read_mutants(path):
    mutants = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if line[0] in " -+":
            mutants[-1].add(line)
        elif head := HEAD.match(line):
            mutants.append(Mutant(head["file"], head["tests"]))
        else:
            raise ValueError(f"{path.name}:{number}: {line}")
    return mutants


class Copy:
    """A copy of the tree with a build folder of its own."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="brood-mutants-"))
        self.source, self.build = self.root / "source", self.root / "build"
        shutil.copytree(ROOT, self.source, ignore=self.passed_over)
        run = subprocess.run(["meson", "setup", "-Dman=disabled", "-Dtests=enabled", self.build, self.source],
                             capture_output=True, text=True, check=False)
        if run.returncode:
            raise RuntimeError(run.stdout + run.stderr)

    @staticmethod
    def passed_over(folder, names):
        ours = {".git"} | {name for name in names if name.startswith("build")} if folder == str(ROOT) else set()
        return ours | {"__pycache__"}

    def make(self, tests):
        """Builds the programs of these tests, and their helpers. Returns what went wrong, or None."""
        helpers = [f"tests/helpers/{path.stem}" for path in (self.source / "tests/helpers").glob("*.c")]
        targets = [self.program(test) for test in tests]
        listed = subprocess.run(["ninja", "-C", self.build, "-t", "targets", "all"], capture_output=True,
                                text=True, check=True).stdout
        known = {line.split(":")[0] for line in listed.splitlines()}
        run = subprocess.run(["ninja", "-j2", "-C", self.build, *targets, *(h for h in helpers if h in known)],
                             capture_output=True, text=True, check=False)
        return None if run.returncode == 0 else run.stdout[-2000:]

    @staticmethod
    def program(test):
        if test.startswith(OF_PROGRAM):
            return "brood"
        folder, name = test.split("/")
        return f"tests/{folder}/test_{name}"

    def command(self, test):
        limit = ["timeout", "--signal=KILL", str(PATIENCE)]
        if not test.startswith(OF_PROGRAM):
            return [*limit, self.build / self.program(test)]
        if test.startswith("cli/"):
            return [*limit, "bats", "--tap", self.source / f"tests/{test}.bats"]
        return [*limit, sys.executable, self.source / "tests/sh/run_tst.py", "--first", "--as", "brood",
                f"{self.build}/brood sh", self.source / f"tests/{test}.tst"]

    @staticmethod
    def title(test, line):
        """Which case it is; those of the program are sentences, the shell's behind the file's name."""
        if test.startswith("cli/"):
            return line.removeprefix("not ok ").strip()
        title = line.split(" - ", 1)[-1].strip()
        return title.split(": ", 1)[-1] if test.startswith("sh/") else title.split()[0]

    def run(self, test):
        """Runs a test program until its first failure. Returns the case that failed, or None."""
        environment = {**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP", "SOURCE_ROOT": str(self.source),
                       "BROOD": str(self.build / "brood"), "BATS_TEST_TIMEOUT": "60", "LC_ALL": "C.UTF-8",
                       "BUILD_ROOT": str(self.build), "HELPERS": str(self.build / "tests/helpers")}
        process = subprocess.Popen(self.command(test), env=environment, cwd=self.root, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                   errors="replace", start_new_session=True)
        failed = None
        for line in process.stdout:
            if line.startswith("not ok") and not SKIP.search(line) and not failed:
                failed = self.title(test, line)
                if test.startswith("cli/"):
                    continue  # to its end: bats ends what its tests have started
                if not test.startswith("sh/"):
                    os.killpg(process.pid, signal.SIGKILL)
                break
        process.stdout.close()
        code = process.wait()
        if not failed and code:
            failed = "it hangs" if code in (-9, 137, 124) else f"exit code {code}"
        return failed

    def try_mutant(self, mutant):
        """Returns who caught it, or None."""
        path = self.source / mutant.file
        whole = path.read_text()
        path.write_text(mutant.broken(self.source))
        try:
            wrong = self.make(mutant.tests)
            if wrong:
                raise RuntimeError(f"{mutant.name()} does not build:\n{wrong}")
            for test in mutant.tests:
                case = self.run(test)
                if case:
                    return f"{test}: {case}"
            return None
        finally:
            path.write_text(whole)

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)


def check_sound(copy, mutants):
    """All tests must pass before anything is broken."""
    tests = sorted({test for mutant in mutants for test in mutant.tests})
    wrong = copy.make(tests)
    if wrong:
        raise RuntimeError(f"the tree does not build:\n{wrong}")
    for test in tests:
        case = copy.run(test)
        if case:
            raise RuntimeError(f"{test} fails on the tree as it is: {case}")
    print(f"{len(mutants)} mutants, {len(tests)} test programs, which pass on the tree as it is", flush=True)


def try_all(mutants):
    copy = Copy()
    try:
        check_sound(copy, mutants)
        survived = 0
        for mutant in mutants:
            caught = copy.try_mutant(mutant)
            survived += not caught
            print(f"caught    {mutant.name()}\n          by {caught}" if caught
                  else f"SURVIVED  {mutant.name()}", flush=True)
        print(f"{len(mutants) - survived} caught, {survived} survived")
        return survived
    finally:
        copy.remove()


def main():
    words = [word for word in sys.argv[1:] if word != "--check"]
    mutants = read_mutants(ROOT / "tests/mutants/mutants.txt")
    stale = [wrong for wrong in map(Mutant.stale, mutants) if wrong]
    if stale:
        raise ValueError("\n".join(stale))
    if "--check" in sys.argv:
        print(f"{len(mutants)} mutants apply")
        return 0
    chosen = [mutant for mutant in mutants if all(word in mutant.name() for word in words)]
    return 1 if not chosen or try_all(chosen) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ValueError, RuntimeError) as error:
        sys.exit(f"mutants.py: {error}")
