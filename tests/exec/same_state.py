#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What a program finds itself with under `brood exec`, compared with what setpriv, prlimit, chrt, env and the
like give it: ids, groups, capabilities, rights, limits, umask, descriptors, mask, dispositions, directory,
environment, scheduling. TAP.

    same_state.py [SEED [ROUND]]      a grid of hand-made cases, and generated ones
"""
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

BROOD = os.environ["BROOD"]
SHOW = os.path.join(os.environ["HELPERS"], "show_process")
GENERATED = 60
IS_ROOT = os.geteuid() == 0
NEEDED = ["setpriv", "prlimit", "env", "nice", "ionice", "chrt", "taskset", "choom"]
NOBODY = 65534


class Case:
    """One list of options of ours, and the chain of programs that does the same."""

    def __init__(self, title):
        self.title = title
        self.ours = []
        self.chain = []         # in front of the program, outermost first
        self.env = {}           # set
        self.unset = []
        self.clear = False
        self.dir = None
        self.umask = -1        # of Popen: as it is
        self.needs_root = False

    def privileges(self, *words):
        """What setpriv does is one call of it: ids are lost with the first."""
        if not self.chain or self.chain[-1][0] != "setpriv":
            self.chain.append(["setpriv"])
        self.chain[-1] += words

    def reference(self):
        words = [word for program in self.chain for word in program]
        env = ["env", "--default-signal"]
        if self.clear:
            env.append("-i")
        for name in self.unset:
            env += ["-u", name]
        if self.dir:
            env += ["-C", self.dir]
            if not self.clear and "PWD" not in self.env and "PWD" not in self.unset:
                env.append(f"PWD={self.dir}")
        env += [f"{name}={value}" for name, value in self.env.items()]
        return words + env


def add_user(case, kind):
    case.needs_root = True
    if kind == "nobody":
        case.ours += ["--user", "nobody"]
        case.privileges(f"--reuid={NOBODY}", f"--regid={NOBODY}", "--init-groups")
        case.env.update(HOME="/nonexistent", USER="nobody", LOGNAME="nobody")
    elif kind == "numbers":
        case.ours += ["--user", "12345:23456", "--groups", "none"]
        case.privileges("--reuid=12345", "--regid=23456", "--clear-groups")
        case.env["HOME"] = "/"  # as login programs do it for users that nobody knows
    elif kind == "groups":
        case.ours += ["--user", "12345:23456", "--groups", "7,8,99999"]
        case.privileges("--reuid=12345", "--regid=23456", "--groups=7,8,99999")
        case.env["HOME"] = "/"
    elif kind == "group":
        case.ours += ["--user", ":4321", "--groups", "keep"]
        case.privileges("--regid=4321", "--keep-groups")


def add_caps(case, kind):
    case.needs_root = True
    is_user = any(word.startswith("--reuid") for program in case.chain for word in program)
    if kind == "none":
        case.ours += ["--caps", "none"]
        case.privileges("--bounding-set=-all", "--inh-caps=-all")
    elif kind == "two":
        case.ours += ["--caps", "net_bind_service,chown"]
        names = "+net_bind_service,+chown"
        case.privileges(f"--bounding-set=-all,{names}", f"--inh-caps=-all,{names}")
        if is_user:
            case.privileges(f"--ambient-caps=-all,{names}")


def add_limit(case, kind):
    number = {"soft and hard": "64", "both": "32:64", "soft": "32:", "hard": ":128"}[kind]
    case.ours += ["-l", f"nofile={number}", "--limit=core=0"]
    # brood lowers the soft limit where the hard one would be below it, as prlimit does not.
    soft, _, hard = number.partition(":")
    if kind == "hard":
        soft = str(min(128, resource.getrlimit(resource.RLIMIT_NOFILE)[0]))
    if kind == "soft and hard":
        hard = soft
    elif kind == "soft":
        hard = ""
    case.chain.insert(0, ["prlimit", f"--nofile={soft}:{hard}", "--core=0:0", "--"])


def add_other(case, kind):
    if kind == "nnp":
        case.ours.append("--nnp")
        case.privileges("--no-new-privs")
    elif kind == "umask":
        case.ours += ["--umask", "027"]
        case.umask = 0o027
    elif kind == "nice":
        case.ours += ["--nice", "3"]
        case.chain.insert(0, ["nice", "-n", "3"])
    elif kind == "io":
        case.ours += ["--ionice", "best-effort:6"]
        case.chain.insert(0, ["ionice", "-c", "2", "-n", "6"])
    elif kind == "batch":
        case.ours += ["--sched", "batch"]
        case.chain.insert(0, ["chrt", "--batch", "0"])
    elif kind == "oom":
        case.ours += ["--oom-score-adj", "500"]
        case.chain.insert(0, ["choom", "-n", "500", "--"])
    elif kind == "cpus":
        cpu = min(os.sched_getaffinity(0))
        case.ours += ["--cpus", str(cpu)]
        case.chain.insert(0, ["taskset", "-c", str(cpu)])


def add_env(case, kind):
    if kind == "clear":
        case.ours += ["--clear-env", "-e", "A=1", "-e", "PATH"]
        case.clear = True
        case.env["A"] = "1"
        case.env["PATH"] = os.environ["PATH"]
    elif kind == "set":
        case.ours += ["--unset", "GONE", "-e", "KEPT=new", "--env", "B=x y=z"]
        case.unset.append("GONE")
        case.env["KEPT"] = "new"
        case.env["B"] = "x y=z"
    elif kind == "home":
        case.ours += ["-e", "HOME=/mine"]
        case.env["HOME"] = "/mine"
    elif kind == "dir":
        case.ours += ["-C", "/usr"]
        case.dir = "/usr"


USERS = [None, "nobody", "numbers", "groups", "group"]
CAPS = [None, "none", "two"]
LIMITS = [None, "soft and hard", "both", "soft", "hard"]
OTHERS = ["nnp", "umask", "nice", "io", "batch", "oom", "cpus"]
ENVS = [None, "clear", "set", "home", "dir"]


def build(user, caps, limit, others, env):
    words = [word for word in [user, caps and f"caps {caps}", limit and f"limit {limit}", *others, env] if word]
    case = Case(", ".join(words) or "nothing at all")
    if user:
        add_user(case, user)
    if caps:
        add_caps(case, caps)
    # Ids go last: without them the rest may not be allowed.
    for kind in others:
        add_other(case, kind)
    if limit:
        add_limit(case, limit)
    if env:
        add_env(case, env)
    # setpriv innermost, whatever was added behind it.
    case.chain.sort(key=lambda program: program[0] == "setpriv")
    return case


def cases(seed):
    yield build(None, None, None, [], None)
    for user in USERS[1:]:
        yield build(user, None, None, [], None)
    for caps in CAPS[1:]:
        yield build(None, caps, None, [], None)
        yield build("nobody", caps, None, [], None)
    for limit in LIMITS[1:]:
        yield build(None, None, limit, [], None)
    for other in OTHERS:
        yield build(None, None, None, [other], None)
    for env in ENVS[1:]:
        yield build(None, None, None, [], env)
    chance = random.Random(seed)
    # Others may neither change who they are nor what they can do.
    users, capabilities = (USERS, CAPS) if IS_ROOT else ([None], [None])
    for _ in range(GENERATED):
        yield build(chance.choice(users), chance.choice(capabilities), chance.choice(LIMITS),
                    chance.sample(OTHERS, chance.randrange(len(OTHERS))), chance.choice(ENVS))


def start_dirty():
    """The state in which some parents start their children."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGUSR1, signal.SIGRTMIN + 5])


def show(words, environment, folder, *, dirty=False, umask=-1):
    """dirty: descriptors above 2 are open, signals are blocked and ignored."""
    extra = [os.open("/dev/null", os.O_RDONLY), os.open(folder, os.O_RDONLY)] if dirty else []
    # What Python itself has ignored is not ours to judge: restore_signals puts that back.
    with subprocess.Popen([*words, SHOW], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=environment, cwd=folder, pass_fds=extra, umask=umask,
                          preexec_fn=start_dirty if dirty else None) as child:
        out, err = child.communicate(timeout=60)
    for fd in extra:
        os.close(fd)
    if child.returncode != 0:
        return f"exit code {child.returncode}: {err.decode()}".splitlines()
    # The pipe is another one each time.
    return [line for line in out.decode(errors="replace").splitlines() if not line.startswith(("fd 1 ", "fd 2 "))]


def differences(ours, theirs):
    yield from (f"ours   {line}" for line in ours if line not in theirs)
    yield from (f"theirs {line}" for line in theirs if line not in ours)


def check(case, folder):
    environment = {"PATH": os.environ["PATH"], "KEPT": "kept", "GONE": "gone", "HOME": "/root", "Z": ""}
    theirs = show(case.reference(), environment, folder, umask=case.umask)
    if theirs and theirs[0].startswith("exit code"):
        return None, theirs
    found = []
    for dirty in False, True:
        ours = show([BROOD, "exec", *case.ours, "--"], environment, folder, dirty=dirty)
        found += [f"{'dirty' if dirty else 'clean'} {line}" for line in differences(ours, theirs)]
    return found, []


def check_kept(folder):
    """What is not reset must be the very same."""
    environment = {"PATH": os.environ["PATH"]}
    theirs = show(["setpriv"], environment, folder, dirty=True)
    ours = show([BROOD, "exec", "--keep-signals", "--keep-fds", "--"], environment, folder, dirty=True)
    kept = [line for line in ours if line.startswith(("fd ", "Sig"))]
    ignored = sum(int(line.split()[1], 16) for line in kept if line.startswith("SigIgn:"))
    if not any(line.startswith("fd 3") for line in kept) or ignored & 0x1001 != 0x1001:
        return ["nothing was there to be kept", *kept]
    return list(differences(ours, theirs))


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    only = int(sys.argv[2]) if len(sys.argv) > 2 else None
    missing = [name for name in NEEDED if not shutil.which(name)]
    todo = list(cases(seed))
    print(f"1..{len(todo) + 1}", flush=True)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        folder = str(pathlib.Path(folder).resolve())
        for number, case in enumerate([*todo, None], 1):
            title = case.title if case else "what is kept is kept"
            if only and number != only:
                continue
            if missing or (case and case.needs_root and not IS_ROOT):
                why = f"{', '.join(missing)} missing" if missing else "needs root"
                print(f"ok {number} - {title} # SKIP {why}", flush=True)
                continue
            found, refused = check(case, folder) if case else (check_kept(folder), [])
            if refused:
                print(f"ok {number} - {title} # SKIP the reference is refused here: {refused[0]}", flush=True)
                continue
            print(f"{'not ok' if found else 'ok'} {number} - {title}", flush=True)
            for line in found:
                print(f"# {line}", flush=True)
            if found:
                failed += 1
                print(f"# brood exec {' '.join(case.ours) if case else ''}", flush=True)
    return failed > 0


sys.exit(main())
