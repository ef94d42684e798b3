#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What compiled code may call.

    check_calls.py child OBJECT...      nothing but inline system calls
    check_calls.py library OBJECT...    nothing that is the host's affair
    check_calls.py creators OBJECT...   nothing that makes a process
    check_calls.py tree BUILD SOURCE    each of them for the objects it is meant for

`tree` takes the objects of lib/ and cli/ from BUILD/compile_commands.json and also looks for raw
system calls that make a process in the sources.
"""
import json
import pathlib
import re
import subprocess
import sys

# The compiler itself may ask for these four; they touch nothing but the memory they are given.
CHILD_MAY_CALL = set("memcpy memmove memset memcmp _GLOBAL_OFFSET_TABLE_".split())

LIBRARY_MUST_NOT_CALL = set(
    # print
    "printf fprintf vprintf vfprintf dprintf vdprintf puts fputs fputc putc putchar fwrite perror "
    "stdout stderr err errx verr verrx warn warnx vwarn vwarnx error syslog vsyslog psignal "
    # end the host
    "abort exit quick_exit _Exit raise atexit on_exit "
    # handlers, dispositions, threads
    "signal sigaction sigset bsd_signal __sysv_signal sigignore pthread_create thrd_create "
    "pthread_atfork __register_atfork alarm setitimer timer_create "
    # what the host shares with us
    "setenv putenv unsetenv clearenv getenv secure_getenv chdir fchdir chroot umask setlocale "
    "setrlimit prlimit prlimit64 setpriority nice prctl setsid setuid setgid setgroups "
    "closefrom close_range "
    # answers in static memory
    "strerror strtok strsignal localtime gmtime ctime asctime ttyname getpwnam getpwuid getgrnam "
    "getgrgid readdir_r rand srand".split())

CREATORS = set(
    "fork vfork _Fork __fork __vfork __libc_fork clone __clone clone2 posix_spawn posix_spawnp "
    "pidfd_spawn pidfd_spawnp system popen daemon forkpty wordexp rcmd".split())
RAW_CREATORS = re.compile(r"\b(?:SYS_|__NR_)(?:fork|vfork|clone|clone3)\b")

# The number of a call is no call: headers older than the kernel lack some.
NUMBERS = re.compile(r"^\s*#\s*(?:ifndef|define) \w+(?: \d+)?$", re.M)

CREATING_SOURCES = re.compile(r"lib/sys/clone\w*\.[chS]")
CHILD_SOURCE = "lib/spawn/child.c"


def called(path):
    """Undefined names, with the checked and the versioned variants reduced to the plain one."""
    out = subprocess.run(["nm", "-u", path], check=True, capture_output=True, text=True).stdout
    names = {line.split()[-1].split("@")[0] for line in out.splitlines() if re.search(r"\s[Uuwv] ", line)}
    return {re.sub(r"^__(?:isoc99_|isoc23_)?(\w+?)(?:_chk)?$", r"\1", name)
            if name.endswith("_chk") or name.startswith("__isoc") else name for name in names}


def check(kind, path, name):
    names = called(path)
    if kind == "child":
        bad = names - CHILD_MAY_CALL
    elif kind == "library":
        bad = names & LIBRARY_MUST_NOT_CALL
    elif kind == "creators":
        bad = names & CREATORS
    else:
        sys.exit(f"check_calls.py: unknown kind {kind}")
    return [f"{name}: calls {function} ({kind})" for function in sorted(bad)]


def objects(build, source):
    """(source, object) of everything in lib/ and cli/ that the build compiles."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if not path.is_relative_to(source):
            continue
        place = path.relative_to(source)
        if place.parts[0] in ("lib", "cli"):
            yield str(place), build / entry["output"]


def check_tree(build, source):
    bad, seen, child_seen = [], set(), False
    for place, path in objects(build, source):
        if not path.exists():
            bad.append(f"{place}: its object is not built")
            continue
        seen.add(place)
        if place == CHILD_SOURCE:
            child_seen = True
            bad += check("child", path, place)
        elif place.startswith("lib/"):
            bad += check("library", path, place)
        if not CREATING_SOURCES.fullmatch(place):
            bad += check("creators", path, place)
    for folder in ("lib", "cli"):
        for path in sorted((source / folder).rglob("*.[chS]")):
            place = str(path.relative_to(source))
            if not CREATING_SOURCES.fullmatch(place):
                text = NUMBERS.sub("", path.read_text())
                bad += [f"{place}: uses {name}" for name in RAW_CREATORS.findall(text)]
    if (source / CHILD_SOURCE).exists() and not child_seen:
        bad.append(f"{CHILD_SOURCE}: is not in the build")
    if not seen:
        bad.append("no object looked at")
    return bad, f"calls: ok ({len(seen)} objects)"


def main():
    kind, *paths = sys.argv[1:]
    if kind == "tree":
        bad, fine = check_tree(*(pathlib.Path(path).resolve() for path in paths))
    else:
        bad, fine = [line for path in paths for line in check(kind, path, path)], "calls: ok"
    print("\n".join(bad) or fine)
    return bool(bad)


sys.exit(main())
