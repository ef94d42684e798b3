#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""shell_faults.py BROOD

Each system call that sets up redirections, pipelines, subshells and command substitutions fails once,
in the shell and in its children, with each error of CALLS. After each fault the script has either done
all it should, or says something and its output is not taken for the right one. It never ends by a
signal, never hangs, leaves no process, and never runs on as a second shell: the line at its end is
written once at most. Prints TAP, one case per script and call.
"""
import collections
import os
import re
import signal
import subprocess
import sys
import tempfile

# What cannot fail (close, rt_sigprocmask, brk as strace pretends it) is not here.
CALLS = {
    "openat": ["EMFILE"], "dup2": ["EBUSY"], "dup3": ["EBUSY"], "fcntl": ["EMFILE"], "pipe2": ["EMFILE"],
    "clone": ["EAGAIN"], "clone3": ["EAGAIN"], "vfork": ["EAGAIN"], "fork": ["EAGAIN"],
    "pidfd_open": ["EMFILE"], "eventfd2": ["EMFILE"], "memfd_create": ["EMFILE"], "execve": ["ENOMEM"],
    "read": ["EINTR"], "write": ["EINTR"], "waitid": ["EINTR"], "wait4": ["EINTR"], "ppoll": ["EINTR"],
    "poll": ["EINTR"], "chdir": ["EACCES"], "fchdir": ["EACCES"], "epoll_create1": ["EMFILE"],
    "getdents64": ["EIO"], "setpgid": ["EPERM"], "rt_sigaction": ["EPERM"],
}
SCRIPTS = {
    "redirections": """
echo one >f1; echo two >>f1
{ read a; read b; } <f1; echo $a $b
{ echo group; } >f2; cat <f2
cat <<E
here $a
E
read x <<E
document
E
echo $x
exec 3<>f1; read y <&3; echo $y; echo z >&3; exec 3>&-
cat f1
echo end >>log
""",
    "pipelines": """
set -o pipefail
echo a | cat
{ echo b; echo c; } | { read x; read y; echo $x$y; }
/bin/echo e | /bin/cat
echo end >>log
""",
    "subshells": """
x=1
(x=2; echo $x)
(cd /; pwd)
(umask 077; x=$(/bin/echo q); echo $x)
(exec /bin/echo w)
(trap 'echo t' EXIT; echo u)
[ "$(/bin/pwd)" = "$PWD" ]
sleep 0 & wait $!
echo end >>log
""",
    "command substitutions": """
x=$(echo a); echo $x
x=$(/bin/echo b); echo $x
x=$(echo c | cat); echo $x
x=$(cd /; /bin/pwd); echo $x
x=$(exec /bin/echo d); echo $x
x=$(eval 'echo e; echo f'); echo $x
. ./dotted
echo end >>log
""",
    "jobs": """
set -m
sleep 0 & wait $!
sh -c 'kill -STOP $$' || :
jobs >/dev/null
fg >/dev/null
trap 'echo trapped' USR1
kill -USR1 $$
echo end >>log
""",
}


class Run:
    def __init__(self, brood, script, inject):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in ("script", "set -e\n" + script), ("dotted", "echo dotted\n"):
                with open(os.path.join(folder, name), "w") as f:
                    f.write(text)
            trace = os.path.join(folder, "trace")
            process = subprocess.Popen(
                ["strace", "-f", "-qq", "-o", trace, *inject, brood, "sh", "script"], cwd=folder,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, start_new_session=True)
            self.hangs = False
            try:
                self.out, self.err = process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                self.hangs = True
                os.killpg(process.pid, signal.SIGKILL)
                self.out, self.err = process.communicate()
            self.status = process.returncode
            self.n_ends = 0
            if os.path.exists(os.path.join(folder, "log")):
                with open(os.path.join(folder, "log")) as f:
                    self.n_ends = f.read().count("end")
            with open(trace, errors="replace") as f:
                self.trace = f.read()

    def wrong(self, good):
        if self.hangs:
            return "hangs"
        if self.status < 0 or self.status > 128:
            return f"ends by a signal: {self.status}"
        if self.n_ends > 1:
            return "a second shell ran on"
        if self.n_ends == 1 and self.status != 0:
            return f"reached its end with status {self.status}"
        if self.out != good.out and not self.err:
            return f"is silent: status {self.status}, output {self.out}"
        if self.n_ends == 0 and self.status == 0:
            return "did not reach its end, and has status 0"
        return None


def calls_of(trace):
    counts = collections.Counter(re.findall(r"^(\d+)\s+(\w+)\(", trace, re.M))
    most = collections.Counter()
    for (_, call), n in counts.items():
        most[call] = max(most[call], n)
    return most


def main():
    brood, number, n_faults, n_bad = sys.argv[1], 0, 0, 0
    for name, script in SCRIPTS.items():
        good = Run(brood, script, [])
        number += 1
        is_good = good.status == 0 and good.n_ends == 1 and not good.err
        print("ok" if is_good else "not ok", number, "-", name, "without a fault", flush=True)
        n_bad += not is_good
        for call, n in sorted(calls_of(good.trace).items()):
            bad = []
            for error in CALLS.get(call, []):
                for when in range(1, n + 1):
                    run = Run(brood, script, ["-e", f"inject={call}:error={error}:when={when}"])
                    if "(INJECTED)" not in run.trace:
                        continue
                    n_faults += 1
                    wrong = run.wrong(good)
                    if wrong:
                        bad.append(f"# {call} {when} fails with {error}: {wrong}: {run.err}")
            if call in CALLS:
                number += 1
                print("not ok" if bad else "ok", number, "-", f"{name}: {call} fails", flush=True)
                print("\n".join(bad), end="\n" if bad else "", flush=True)
                n_bad += len(bad)
    print(f"1..{number}\n# {n_faults} faults, {n_bad} bad")
    return 1 if n_bad else 0


sys.exit(main())
