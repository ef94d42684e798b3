#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The steps of a child come in the order that ARCHITECTURE.md names, seen in its system calls.

    child_order.py SHOW_ORDER CHILD

Runs SHOW_ORDER (show_order.c) below strace for each kind of child, sorts what the child calls before
execve into steps, and compares: each step that this kind has must be there, none before one that it
comes behind. Prints TAP. It takes root, since few may have all of the attributes.
"""
import os
import re
import subprocess
import sys
import tempfile

# Step, and what its calls look like, in their order.
STEPS = [
    ("1 unshare the table", r"close_range\(.*CLOSE_RANGE_UNSHARE"),
    ("2 dispositions", r"rt_sigaction\("),
    ("3 keep capabilities", r"prctl\(PR_SET_KEEPCAPS, 1"),
    ("4 wait for maps", r"read\("),
    ("5 session", r"setsid\("),
    ("6 group", r"setpgid\("),
    ("7 foreground", r'openat\(.*"/dev/tty"|ioctl\(.*TIOCSPGRP|getpgid\('),
    ("8 control group", r'write\(\d+, "0", 1'),
    ("9 unshare", r"unshare\("),
    ("9 setgroups", r'openat\(.*"/proc/self/setgroups"'),
    ("9 gid_map", r'openat\(.*"/proc/self/gid_map"'),
    ("9 uid_map", r'openat\(.*"/proc/self/uid_map"'),
    ("9 / private", r'mount\("none", "/"'),
    ("10 oom score", r'openat\(.*"/proc/self/oom_score_adj"'),
    ("10 root", r"chroot\("),
    ("10 / of it", r'chdir\("/"\)'),
    ("11 umask", r"umask\("),
    ("11 limits", r"prlimit64\(0, RLIMIT_(?!NOFILE)"),
    ("11 nice", r"setpriority\("),
    ("11 scheduler", r"sched_setscheduler\("),
    ("11 affinity", r"sched_setaffinity\("),
    ("11 I/O priority", r"ioprio_set\("),
    ("12 groups", r"setgroups\("),
    ("12 group", r"setresgid\("),
    ("12 user", r"setresuid\("),
    ("13 capabilities", r"capget\(|capset\(|prctl\(PR_CAPBSET|prctl\(PR_CAP_AMBIENT|prctl\(PR_SET_KEEPCAPS, 0"),
    ("14 directory", r'chdir\("/tmp"\)'),
    ("15 parent-death signal", r"prctl\(PR_SET_PDEATHSIG"),
    ("15 parent", r"getppid\("),
    ("16 descriptors", r"dup3\(|fcntl\((?!\d+, F_SETFD, FD_CLOEXEC)|close_range\("),
    ("17 no terminal", r"ioctl\(0, TIOCNOTTY"),
    ("18 terminal", r"ioctl\(3, TIOCSCTTY, 1"),
    ("19 descriptors' limit", r"prlimit64\(0, RLIMIT_NOFILE"),
    ("20 no_new_privs", r"prctl\(PR_SET_NO_NEW_PRIVS"),
    ("20 landlock", r"landlock_restrict_self\(|fcntl\(\d+, F_SETFD, FD_CLOEXEC"),
    ("21 ptrace", r"ptrace\(PTRACE_TRACEME"),
    ("22 mask", r"rt_sigprocmask\(SIG_SETMASK"),
    ("23 filter", r"seccomp\("),
    ("23 exec", r"execve\("),
]
NAMES = [name for name, _ in STEPS]

# What belongs to none: what was opened for a step is written to and closed, reports are written.
OTHERS = re.compile(r"(?:close|write|exit_group)\(|\+\+\+|---|<\.\.\.")

APART = {"3 keep capabilities", "12 group", "12 user", "13 capabilities", "23 filter"}
OWN_MAPS = {"9 setgroups", "9 gid_map", "9 uid_map"}
GROUP = {"6 group", "7 foreground", "17 no terminal", "21 ptrace"}
# Which steps a kind does not have. Only the launcher that shares memory shares the table as well; in
# the others the kernel cannot reset dispositions, but some are always asked for.
ABSENT = {
    "shared": APART | OWN_MAPS | GROUP | {"4 wait for maps", "12 groups"},
    "own": OWN_MAPS | GROUP | {"1 unshare the table"},
    "unshare": GROUP | {"1 unshare the table", "4 wait for maps", "12 groups"},
    "guard": OWN_MAPS | GROUP | {"1 unshare the table"},
    "group": APART | OWN_MAPS | {"1 unshare the table", "4 wait for maps", "5 session", "12 groups", "18 terminal", "22 mask", "23 exec"},
}
GROUPS = ["/sys/fs/cgroup/pids", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/freezer"]


def calls_of_child(trace):
    """What the process calls that sets the umask, the child, from its beginning to execve."""
    lines = [line.split(maxsplit=1) for line in trace.splitlines()]
    child = next((pid for pid, call in lines if call.startswith("umask(077")), None)
    for pid, call in lines:
        if pid == child:
            yield call
            if call.startswith(("execve(", "exit_group(")):
                return


def step_of(call):
    return next((name for name, pattern in STEPS if re.match(pattern, call)), None)


def check(kind, has_group, trace):
    """Yields what is wrong."""
    seen = []
    for call in calls_of_child(trace):
        step = step_of(call)
        if step is None and not OTHERS.match(call):
            yield f"a call of no step: {call}"
        if step and (not seen or seen[-1] != step):
            seen.append(step)
    if not seen:
        yield "no child"
        return
    absent = ABSENT[kind] | (set() if has_group else {"8 control group"})
    if re.search(r"landlock_create_ruleset\(.*= -1", trace):
        absent = absent | {"20 landlock"}
    wanted = [name for name in NAMES if name not in absent]
    if seen != wanted:
        yield f"missing {[s for s in wanted if s not in seen]}, unwanted {[s for s in seen if s not in wanted]}"
        yield f"the order is {', '.join(seen)}"


def make_group():
    for base in GROUPS:
        path = f"{base}/brood-order-{os.getpid()}"
        try:
            os.mkdir(path)
            return path
        except OSError:
            pass
    return None


def run(show_order, child, kind, group):
    with tempfile.TemporaryDirectory() as folder:
        log = f"{folder}/trace"
        args = ["strace", "-f", "-qq", "-s", "64", "-o", log, show_order, child, kind] + ([group] if group else [])
        done = subprocess.run(args, capture_output=True, text=True, check=False, timeout=60)
        with open(log, encoding="utf-8", errors="replace") as file:
            return done.returncode, done.stderr, file.read()


def main():
    show_order, child = sys.argv[1:]
    if os.geteuid() != 0:
        print("1..0 # SKIP needs root")
        return 0
    if subprocess.run(["unshare", "-Um", "true"], capture_output=True, check=False).returncode != 0:
        print("1..0 # SKIP no user namespaces")
        return 0
    group = make_group()
    failed = 0
    for number, kind in enumerate(ABSENT, 1):
        status, said, trace = run(show_order, child, kind, group)
        if status == 77:
            print(f"ok {number} - {kind} # SKIP no pseudo-terminals")
            continue
        bad = list(check(kind, group is not None, trace))
        if status != 0:
            bad.append(f"exit status {status}: {said.strip()}")
        failed += bool(bad)
        print(f"{'not ok' if bad else 'ok'} {number} - the steps of a child, {kind}")
        for line in bad:
            print(f"# {line}")
    if group:
        os.rmdir(group)
    print(f"1..{len(ABSENT)}")
    return bool(failed)


sys.exit(main())
