#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""check_program.py PROGRAM: brood without its optional libraries, each tool used once as its users do; TAP."""
import os
import pwd
import socket
import subprocess
import sys
import tempfile
import threading

PROGRAM = sys.argv[1]
PATIENCE = 60


def brood(*words, stdin="", **variables):
    """(exit code, what it wrote, what it said)"""
    run = subprocess.run([PROGRAM, *words], input=stdin, capture_output=True, text=True, timeout=PATIENCE,
                         check=False, env={**os.environ, **variables})
    return run.returncode, run.stdout, run.stderr


def same(found, wanted):
    if found != wanted:
        raise AssertionError(f"{found!r} and not {wanted!r}")


def refuses(words, code, reason, stdin=""):
    found, out, said = brood(*words, stdin=stdin)
    same((found, out), (code, ""))
    if reason not in said:
        raise AssertionError(f"it said {said!r}")


def the_version_says_what_is_missing():
    code, out, said = brood("--version")
    lines = out.splitlines()
    same((code, said, lines[0].split()[0]), (0, "", "brood"))
    same([line.split(":")[0] for line in lines[1:]],
         ["Built without PCRE2", "Built without libseccomp and libjansson"])


def filter_finds_strings():
    same(brood("filter", "b2", stdin="a1\nb2\nab2c\n"), (0, "b2\nab2c\n", ""))
    same(brood("filter", "-F", "-e", "a.", "-e", "c", stdin="ab\na.\nc\n"), (0, "a.\nc\n", ""))
    same(brood("filter", "--level", "error", stdin="INFO x\nERROR y\n"), (0, "ERROR y\n", ""))


def filter_refuses_patterns_by_name():
    refuses(["filter", "a[0-9]"], 2, "PCRE2", "a1\n")
    refuses(["filter", "-P", "a"], 2, "PCRE2", "a\n")


def a_filter_of_system_calls_is_refused_and_nothing_runs():
    with tempfile.NamedTemporaryFile("w") as profile:
        profile.write('{"defaultAction": "SCMP_ACT_ALLOW"}')
        profile.flush()
        for tool in "run", "exec":
            refuses([tool, "--seccomp", profile.name, "echo", "it ran"], 125, "built without libseccomp")


def run_tells_how_it_ended():
    same(brood("run", "echo", "hello"), (0, "hello\n", ""))
    same(brood("run", "sh", "-c", "exit 7")[0], 7)
    same(brood("run", "-t", "100ms", "sleep", "60")[0], 124)
    same(brood("run", "/no/such/program")[0], 127)


def exec_becomes_the_program():
    same(brood("exec", "WORD=x", "sh", "-c", "echo $WORD; umask", BROOD_EXEC_UMASK="027"), (0, "x\n0027\n", ""))
    same(brood("exec", "--init", "--", "sh", "-c", "exit 9")[0], 9)


def users_have_names():
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        same(brood("exec", "--user", "nobody", "id", "-u"), (0, f"{nobody.pw_uid}\n", ""))
        same(brood("run", "-u", "nobody", "id", "-g"), (0, f"{nobody.pw_gid}\n", ""))
    refuses(["exec", "--user", "no-such-user", "true"], 125, "no such user")
    user = pwd.getpwuid(os.geteuid())
    same(brood("sh", "-c", f"echo ~{user.pw_name}"), (0, f"{user.pw_dir}\n", ""))


def hosts_have_names():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
        same(brood("exec", "--wait", f"tcp:localhost:{port}", "--wait-timeout", "20s", "echo", "there"), (0, "there\n", ""))


def pipe_joins():
    same(brood("pipe", "printf", r"b\na\n", "|", "sort"), (0, "a\nb\n", ""))
    same(brood("pipe", "sh", "-c", "exit 3", "|", "cat")[0], 3)


def mailbox_hands_on():
    with tempfile.TemporaryDirectory() as folder:
        box = f"{folder}/box"
        same(brood("mailbox", "put", "-b", box, "-m", "a message")[0], 0)
        same(brood("mailbox", "take", "-b", box)[:2], (0, "a message"))
        same(brood("mailbox", "stats", "-b", box, "--json")[0], 0)


def the_shell_runs_scripts():
    script = "f() { for i in 3 1 2; do echo $((i * 2)); done | sort; }; x=$(f); echo \"$x\"; case ab in a*) exit 4; esac"
    same(brood("sh", "-c", script), (4, "2\n4\n6\n", ""))


def main():
    tests = [value for name, value in globals().items() if callable(value) and
             getattr(value, "__module__", "") == __name__ and name not in ("brood", "same", "refuses", "main")]
    bad = 0
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__}", flush=True)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            bad += 1
            print(f"# {error}\nnot ok {number} - {test.__name__}", flush=True)
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
