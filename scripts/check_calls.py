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
CHILD_SOURCES = re.compile(r"lib/spawn/child\w*\.c")
# They call each other, too.
CHILD_STEPS = re.compile(r"brood__(?:step|child)_\w+|brood__write_maps")


def plain(name):
    """A function's name without its version, and the checked variants reduced to the plain one."""
    name = name.split("@")[0]
    if name.endswith("_chk") or name.startswith("__isoc"):
        return re.sub(r"^__(?:isoc99_|isoc23_)?(\w+?)(?:_chk)?$", r"\1", name)
    return name


def called(paths):
    """The undefined names of each object."""
    names = {str(path): set() for path in paths}
    out = subprocess.run(["nm", "-A", "-u", *names], check=True, capture_output=True, text=True).stdout
    for line in out.splitlines():
        if match := re.fullmatch(r"(.+):\s+[Uuwv] (\S+)", line):
            names[match[1]].add(plain(match[2]))
    return names


def check(kind, names, name):
    if kind == "child":
        bad = {name for name in names - CHILD_MAY_CALL if not CHILD_STEPS.fullmatch(name)}
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
    bad, seen, child_seen = [], set(), set()
    listed = list(objects(build, source))
    names = called(path for _, path in listed if path.exists())
    for place, path in listed:
        if not path.exists():
            bad.append(f"{place}: its object is not built")
            continue
        seen.add(place)
        if CHILD_SOURCES.fullmatch(place):
            child_seen.add(place)
            bad += check("child", names[str(path)], place)
        elif place.startswith("lib/"):
            bad += check("library", names[str(path)], place)
        if not CREATING_SOURCES.fullmatch(place):
            bad += check("creators", names[str(path)], place)
    for folder in ("lib", "cli"):
        for path in sorted((source / folder).rglob("*.[chS]")):
            place = str(path.relative_to(source))
            if not CREATING_SOURCES.fullmatch(place):
                text = NUMBERS.sub("", path.read_text())
                bad += [f"{place}: uses {name}" for name in RAW_CREATORS.findall(text)]
    for path in sorted((source / "lib/spawn").glob("child*.c")):
        place = str(path.relative_to(source))
        if place not in child_seen:
            bad.append(f"{place}: is not in the build")
    if not seen:
        bad.append("no object looked at")
    return bad, f"calls: ok ({len(seen)} objects)"


def main():
    kind, *paths = sys.argv[1:]
    if kind == "tree":
        bad, fine = check_tree(*(pathlib.Path(path).resolve() for path in paths))
    else:
        names = called(paths)
        bad, fine = [line for path in paths for line in check(kind, names[path], path)], "calls: ok"
    print("\n".join(bad) or fine)
    return bool(bad)


sys.exit(main())
