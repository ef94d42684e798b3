#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs scripts that nobody here wrote under `brood sh` and dash, and compares.

    scripts/real_scripts.py BROOD [--work FOLDER] [NAME...]

NAME is one of
    parse       every #!/bin/sh program under /usr/bin and /usr/sbin, and the maintainer scripts of the
                installed packages, under -n: brood accepts what dash does, without a word
    git, tmux, curl
                configure of Debian's source package: the same output, the same config.status but for the
                shell's name and for what autoconf writes for a shell whose LINENO it does not trust
    autoconf    its own test suite, the part about shells (m4sh.at): what passes under dash passes
Nothing is given: all of them. It speaks TAP. Sources are fetched with apt-get source and its own configuration, into
FOLDER, which is kept for the next time; without the network that part is skipped, which is said.
"""
import argparse
import glob
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap

TITLES = {
    "parse": "programs of the system and maintainer scripts are parsed",
    "git": "configure of git does the same as under dash",
    "tmux": "configure of tmux does the same as under dash",
    "curl": "configure of curl does the same as under dash",
    "autoconf": "autoconf's own tests of shells pass",
}
OPTIONS = {"git": [], "tmux": [], "curl": ["--without-ssl"]}
PATIENCE_S = 900
FEWEST_PACKAGES = 50


def is_for_sh(path):
    try:
        with open(path, "rb") as file:
            return file.read(64).split(b"\n")[0].removeprefix(b"#!").split()[:1] == [b"/bin/sh"]
    except OSError:
        return False


def parse(brood):
    programs = [path for folder in ("/usr/bin", "/usr/sbin") for path in sorted(glob.glob(f"{folder}/*"))
                if os.path.isfile(path) and is_for_sh(path)]
    maintainers = [path for kind in ("preinst", "postinst", "prerm", "postrm")
                   for path in sorted(glob.glob(f"/var/lib/dpkg/info/*.{kind}")) if is_for_sh(path)]
    problems = []
    for path in programs + maintainers:
        ours, theirs = (subprocess.run([*shell, "-n", path], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                       errors="replace", check=False) for shell in ([brood, "sh"], ["dash"]))
        if theirs.returncode == 0 and (ours.returncode != 0 or ours.stdout or ours.stderr):
            problems.append(f"{path}: status {ours.returncode}: {ours.stderr.strip()}")
    packages = {os.path.basename(path).rpartition(".")[0] for path in maintainers}
    print(f"# parse: {len(programs)} programs, {len(maintainers)} scripts of {len(packages)} packages")
    if not programs or len(packages) < FEWEST_PACKAGES:
        print(f"# parse: there are fewer than {FEWEST_PACKAGES} packages with scripts here")
    return problems


class Skipped(Exception):
    """What is needed for it cannot be had here."""


def apt_options(work):
    """apt-get with the sources of what it has anyway, and lists of our own."""
    sources = work / "sources.sources"
    text = ""
    for path in glob.glob("/etc/apt/sources.list.d/*.sources"):
        paragraphs = re.split(r"\n\s*\n", pathlib.Path(path).read_text())
        text += "\n\n".join(re.sub(r"(?m)^Types:.*", "Types: deb-src", paragraph) for paragraph in paragraphs
                            if "debian-archive-keyring" in paragraph) + "\n\n"
    for path in ["/etc/apt/sources.list", *glob.glob("/etc/apt/sources.list.d/*.list")]:
        if os.path.exists(path):
            lines = [line for line in pathlib.Path(path).read_text().splitlines() if re.match(r"deb\s", line)]
            pathlib.Path(work / "sources.list").write_text("".join(f"deb-src {line[4:]}\n" for line in lines))
    if not text.strip():
        sources = work / "sources.list"
    else:
        sources.write_text(text)
    (work / "lists/partial").mkdir(parents=True, exist_ok=True)
    return ["-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=/nonexistent",
            "-o", f"Dir::State::lists={work}/lists", "-o", "APT::Sandbox::User="]


def fetch(work, name):
    """The folder of a package's sources as they came from its authors."""
    folder = work / "src" / name
    if folder.exists():
        return folder
    if not shutil.which("apt-get"):
        raise Skipped("apt-get is not here")
    options = apt_options(work)
    for command in (["update"], ["--download-only", "--only-source", "source", name]):
        run = subprocess.run(["apt-get", "-q", *options, *command], cwd=work, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if run.returncode != 0:
            raise Skipped("apt-get: " + run.stdout.strip().splitlines()[-1])
    archive = [path for path in sorted(work.glob(f"{name}_*.orig.tar.*")) if not path.name.endswith(".asc")]
    with tempfile.TemporaryDirectory(dir=work) as out:
        subprocess.run(["tar", "-xf", archive[-1], "-C", out], check=True)
        folder.parent.mkdir(exist_ok=True)
        next(pathlib.Path(out).iterdir()).rename(folder)
    return folder


def configure(work, source, shell, options):
    """Runs it in a copy of the sources, always at the same place. Returns what it wrote, by name."""
    place = work / "run"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(source, place, symlinks=True)
    run = subprocess.run([shell, "./configure", *options], cwd=place, env={**os.environ, "CONFIG_SHELL": str(shell)},
                         stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                         timeout=PATIENCE_S, check=False)
    found = {"status": str(run.returncode), "standard output": run.stdout, "standard error": run.stderr}
    status = place / "config.status"
    if status.exists():
        for path in place.rglob("*"):
            if path.is_file() and not path.is_symlink() and path.name not in ("config.log", "configure.lineno") and \
                    not (source / path.relative_to(place)).exists():
                found[str(path.relative_to(place))] = path.read_text(errors="replace")
    return {name: text.replace(str(shell), "SHELL") for name, text in found.items()}


def is_same(theirs, ours):
    """Whether the texts are the same. Where a shell's LINENO does not count as autoconf wants it, as dash's,
    there are numbers in its place; the rest of the line is the same."""
    if theirs is None or ours is None:
        return theirs is ours
    theirs, ours = theirs.split("\n"), ours.split("\n")
    return len(theirs) == len(ours) and all(
        a == b or "$LINENO" in b and re.fullmatch(re.escape(b).replace(r"\$LINENO", r"\d+"), a)
        for a, b in zip(theirs, ours))


def link_shells(brood, work):
    """Both shells are called sh, each in a folder of its own."""
    links = []
    for kind, target in (("dash", shutil.which("dash")), ("brood", brood)):
        (work / kind).mkdir(exist_ok=True)
        links.append(work / kind / "sh")
        links[-1].unlink(missing_ok=True)
        links[-1].symlink_to(target)
    return links


def configured(brood, work, name):
    source = fetch(work, name)
    theirs, ours = (configure(work, source, link, OPTIONS[name]) for link in link_shells(brood, work))
    files = sorted(theirs.keys() | ours.keys())
    problems = [f"{name}: {file} differs" for file in files if not is_same(theirs.get(file), ours.get(file))]
    if theirs["status"] != "0" or "config.status" not in theirs:
        reason = theirs["standard error"].strip().splitlines()[-1:]
        print(f"# {name}: it ends early under dash too: {' '.join(reason)}")
    print(f"# {name}: {len(files) - 3} files made")
    for file in files if problems else ():
        if not is_same(theirs.get(file), ours.get(file)):
            for kind, found in (("dash", theirs), ("brood", ours)):
                (work / f"{name}-{kind}-{file.replace('/', '_')}").write_text(found.get(file, ""))
    return problems


def build_suite(work):
    """Autoconf's tests are made by autoconf; returns their folder."""
    place = work / "autoconf-built"
    if (place / "complete").exists():
        return place / "tests"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(fetch(work, "autoconf"), place, symlinks=True)
    make = ["make", "-s", "all", "tests/testsuite"]
    make += [f"tests/{name}" for name in ("autoconf", "autoheader", "autom4te", "autoreconf", "autoscan",
                                          "autoupdate", "ifnames")]
    for command in ["./configure"], make:
        run = subprocess.run(command, cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        if run.returncode != 0:
            raise Skipped(f"autoconf cannot be built: {run.stdout.strip().splitlines()[-1]}")
    (place / "complete").touch()
    return place / "tests"


def tests_of_shells(folder, shell):
    """The tests of m4sh.at, run by a shell and with it: a dictionary from their lines to "ok" or another."""
    environment = {**os.environ, "CONFIG_SHELL": str(shell), "SHELL": str(shell), "LC_ALL": "C"}
    listed = subprocess.run([shell, "./testsuite", "--list"], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, check=False).stdout
    numbers = re.findall(r"(?m)^ *(\d+): m4sh\.at:", listed)
    run = subprocess.run([shell, "./testsuite", *numbers], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                         capture_output=True, text=True, errors="replace", timeout=PATIENCE_S, check=False)
    found = dict(re.findall(r"(?m)^ *(\d+: .*\S) +(ok|skipped|expected failure|FAILED) *(?:\(.*)?$", run.stdout))
    if len(found) != len(numbers):
        found["all of them are run"] = f"{len(found)} of {len(numbers)}"
    return found


def autoconf(brood, work):
    folder = build_suite(work)
    theirs, ours = (tests_of_shells(folder, link) for link in link_shells(brood, work))
    print(f"# autoconf: {len(ours)} tests, {list(ours.values()).count('ok')} ok; "
          f"under dash {list(theirs.values()).count('ok')}")
    return [f"autoconf: {name}: {result}, {theirs.get(name)} under dash" for name, result in sorted(ours.items())
            if result != "ok" and (result != theirs.get(name) or " of " in result)] or \
        ([] if ours else ["autoconf: no test was run"])


def run(brood, work, name):
    if name == "parse":
        return parse(brood)
    return autoconf(brood, work) if name == "autoconf" else configured(brood, work, name)


def judge(brood, work, name):
    """One test. Returns what is to be said behind ok or not ok, and the problems."""
    try:
        problems = run(brood, work, name)
    except Skipped as reason:
        return f"{TITLES[name]} # SKIP {reason}", []
    return TITLES[name], problems


def main():
    parser = argparse.ArgumentParser(description="Runs real scripts under brood sh and dash. Speaks TAP.")
    parser.add_argument("brood", type=pathlib.Path)
    parser.add_argument("--work", type=pathlib.Path, help="a folder that is kept")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(TITLES))
    args = parser.parse_intermixed_args()
    names = args.names or list(TITLES)
    if unknown := set(names) - set(TITLES):
        parser.error(f"unknown: {' '.join(sorted(unknown))}")
    print(f"1..{len(names)}", flush=True)
    n_failed = 0
    with tempfile.TemporaryDirectory() as own:
        work = args.work.resolve() if args.work else pathlib.Path(own)
        work.mkdir(parents=True, exist_ok=True)
        for number, name in enumerate(names, 1):
            title, problems = judge(args.brood.resolve(), work, name)
            print(f"{'not ok' if problems else 'ok'} {number} - {title}", flush=True)
            for problem in problems:
                print(textwrap.indent(problem, "# "))
            n_failed += bool(problems)
    return min(n_failed, 1)


sys.exit(main())
