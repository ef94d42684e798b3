#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The first process of a virtual machine, behind `init`: makes its control groups, runs tests, says in TAP on the
second serial line how they went, and turns the machine off.

    inside.py ORDER        ORDER: a file in JSON, made by scripts/vm
"""
import concurrent.futures
import ctypes
import fnmatch
import grp
import json
import os
import pathlib
import pwd
import signal
import subprocess
import sys
import traceback

GROUPS = pathlib.Path("/sys/fs/cgroup")
CONTROLLERS = ["memory", "pids", "cpu", "cpuset", "io"]
DELEGATED = ["cgroup.procs", "cgroup.threads", "cgroup.subtree_control"]  # cgroups(7)


def enable(group):
    there = (group / "cgroup.controllers").read_text().split()
    for name in CONTROLLERS:
        if name in there:
            (group / "cgroup.subtree_control").write_text(f"+{name}")


def make_groups(kind, uid):
    """A tree as an init system makes it: the first process in `init`, tests in `session/shell`; `session` belongs
    to the user if it is delegated. "top": the tests are in the topmost group, and groups below it have
    controllers; "bare": they have none."""
    if kind == "bare":
        return
    if kind == "top":
        enable(GROUPS)
        return
    (GROUPS / "init").mkdir()
    session = GROUPS / "session"
    shell = session / "shell"
    shell.mkdir(parents=True)
    (GROUPS / "init/cgroup.procs").write_text("0")
    for pid in (GROUPS / "cgroup.procs").read_text().split():
        try:
            (GROUPS / "init/cgroup.procs").write_text(pid)
        except OSError:
            pass  # a thread of the kernel
    enable(GROUPS)
    enable(session)
    if kind == "delegated":
        for folder in (session, shell):
            for path in [folder, *(folder / name for name in DELEGATED)]:
                os.chown(path, uid, -1)
    (shell / "cgroup.procs").write_text("0")


def become(user):
    """Called in a child."""
    os.setsid()
    # A shell without job control starts what is in its background with these ignored; tests send them.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTSTP,
                   signal.SIGTTIN, signal.SIGTTOU):
        signal.signal(number, signal.SIG_DFL)
    if user.pw_uid:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)


def environment(user):
    return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp", "TMPDIR": "/tmp",
            "USER": user.pw_name, "LOGNAME": user.pw_name, "SHELL": "/bin/sh", "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1"}


def run_command(order, user):
    code = subprocess.run(order["command"], cwd=order["source"], env=environment(user), check=False,
                          stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                          preexec_fn=lambda: become(user)).returncode
    print(f"vm: exit code {code}")


class Tap:
    """One case after the other, all under one plan, which comes at the end."""

    def __init__(self):
        self.number = 0

    def case(self, good, title, words=()):
        self.number += 1
        print(f"{'' if good else 'not '}ok {self.number} - {title}")
        for line in words:
            print("# " + line)

    def end(self):
        print(f"1..{self.number}", flush=True)


def tell(run_tests, entry, tap):
    """The cases of one program, counted as `make test` counts them."""
    name, count = entry["name"], run_tests.count_entry(entry)
    seen = False
    for line in entry["stdout"].splitlines():
        point = run_tests.POINT.match(line)
        if not point:
            continue
        seen = True
        title = point.group(3)
        if run_tests.SKIP.search(title):
            tap.case(True, f"{name}: {title}")
        elif not point.group(1):
            tap.case(True, f"{name}: {title}")
    if count["failed"]:
        text = [line for stream in ("stdout", "stderr") for line in entry.get(stream, "").rstrip().splitlines()]
        for number, reason in enumerate(count.reasons):
            tap.case(False, f"{name}: {reason}", [] if number else text)
    elif not seen:
        plan = [line for line in entry["stdout"].splitlines() if run_tests.PLAN.match(line)]
        why = plan[0].partition("#")[2].strip() if plan else "SKIP" if count["skipped"] else ""
        tap.case(True, name + (f" # {why or 'SKIP'}" if count["skipped"] else ""))
    sys.stdout.flush()


def chosen(tests, words):
    """Of what `meson test` would run: --suite, --no-suite, and names with * and ?."""
    wanted, unwanted, names = [], [], []
    words = iter(words)
    for word in words:
        if word in ("--suite", "--no-suite"):
            (wanted if word == "--suite" else unwanted).append(next(words))
        else:
            names.append(word)
    for test in tests:
        suites = [suite.rpartition(":")[2] for suite in test["suite"]]
        if (not wanted or any(suite in wanted for suite in suites)) and \
                not any(suite in unwanted for suite in suites) and \
                (not names or any(fnmatch.fnmatchcase(test["name"], name) for name in names)):
            yield test


def run_test(test, order, user):
    """What `meson test` would write down of it."""
    env = {**environment(user), "MALLOC_PERTURB_": "173", **test["env"], "BROOD_TEST_SLOW": str(order["patience"])}
    if "BATS_TEST_TIMEOUT" in env:
        env["BATS_TEST_TIMEOUT"] = str(int(env["BATS_TEST_TIMEOUT"]) * order["patience"])
    result = "OK"
    with subprocess.Popen(test["cmd"], cwd=test["workdir"] or order["build"], env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                          preexec_fn=lambda: become(user)) as process:
        try:
            stdout, stderr = process.communicate(timeout=(test["timeout"] or 600) * order["patience"])
        except subprocess.TimeoutExpired:
            result = "TIMEOUT"
            os.killpg(process.pid, signal.SIGKILL)
            stdout, stderr = process.communicate()
    if result == "OK" and process.returncode:
        result = "SKIP" if process.returncode == 77 else "FAIL"
    return {"name": test["name"], "stdout": stdout, "stderr": stderr, "result": result,
            "returncode": process.returncode}


def complain(run_tests, entry):
    """Of what will be run once more."""
    print(f"# once more, alone: {entry['name']}: {'; '.join(run_tests.count_entry(entry).reasons)}")
    for stream in ("stdout", "stderr"):
        for line in entry[stream].rstrip().splitlines():
            if not line.startswith("ok"):
                print("#   " + line)
    sys.stdout.flush()


def run_suites(order, user):
    sys.path.insert(0, order["source"] + "/scripts")
    import run_tests  # pylint: disable=import-outside-toplevel  (the path comes first)
    tap = Tap()
    tests = json.loads(pathlib.Path(order["build"], "meson-info/intro-tests.json").read_text())
    tests = list(chosen(tests, order["tests"]))
    again = []
    # Some stand no neighbour.
    for is_parallel, number in ((True, order["processes"]), (False, 1)):
        with concurrent.futures.ThreadPoolExecutor(number) as pool:
            runs = {pool.submit(run_test, test, order, user): test
                    for test in tests if test["is_parallel"] == is_parallel}
            for done in concurrent.futures.as_completed(runs):
                entry = done.result()
                if order["tries"] > 1 and run_tests.count_entry(entry)["failed"]:
                    again.append((runs[done], entry))
                    complain(run_tests, entry)
                else:
                    tell(run_tests, entry, tap)
    # An emulated machine misses deadlines. What is wrong is so every time.
    for test, entry in again:
        for _ in range(order["tries"] - 1):
            entry = run_test(test, order, user)
            if not run_tests.count_entry(entry)["failed"]:
                break
            complain(run_tests, entry)
        tell(run_tests, entry, tap)
    tap.end()


def work(order):
    """Called in the child that is not the first process."""
    user = pwd.getpwnam(order["user"])
    print(f"# Linux {os.uname().release} {os.uname().machine}, as {user.pw_name} ({grp.getgrgid(user.pw_gid).gr_name}),"
          f" control groups: {order['groups']}", flush=True)
    for name, value in order["sysctl"].items():
        pathlib.Path("/proc/sys", name.replace(".", "/")).write_text(value)
    make_groups(order["groups"], user.pw_uid)
    if order["command"]:
        run_command(order, user)
    else:
        run_suites(order, user)


def turn_off():
    os.sync()
    ctypes.CDLL(None).reboot(0x4321FEDC)


def main():
    order = json.loads(pathlib.Path(sys.argv[1]).read_text())
    line = os.open("/dev/" + order["line"], os.O_RDWR | os.O_NOCTTY)
    os.dup2(line, 1)
    os.dup2(line, 2)
    worker = os.fork()
    if worker == 0:
        try:
            work(order)
        except BaseException:  # pylint: disable=broad-except  (told on the line, whatever it is)
            traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()
        os._exit(0)
    # Whoever loses its parent comes here.
    while os.wait()[0] != worker:
        pass
    os.write(line, b"vm: end\n")
    os.system("sleep 0.2")
    turn_off()


main()
