#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""run_aarch64.py COMMAND...: becomes that command where programs for aarch64 can be executed.

qemu-aarch64 is registered with the kernel as what runs them: in a user namespace of its own, of which nobody
else on the machine sees anything (Linux 6.7). Where that is not to be had, it says in TAP that all is skipped.
"""
import ctypes
import os
import shutil
import sys

CLONE_NEWNS, CLONE_NEWUSER, MS_REC, MS_PRIVATE = 0x20000, 0x10000000, 0x4000, 0x40000
PLACE = "/proc/sys/fs/binfmt_misc"
# The first 20 bytes of an executable for aarch64, and which bits of them matter.
MAGIC = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
MASK = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"

libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def write_maps(pid, uid, gid, inner_uid, inner_gid, number=1):
    write(f"/proc/{pid}/uid_map", f"{inner_uid} {uid} {number}")
    if number == 1:
        write(f"/proc/{pid}/setgroups", "deny")
    write(f"/proc/{pid}/gid_map", f"{inner_gid} {gid} {number}")


def enter_as_root():
    """Root keeps all ids as they are: somebody outside of the namespace has to say so."""
    pid = os.getpid()
    ask, tell = os.pipe()
    helper = os.fork()
    if helper == 0:
        os.close(tell)
        os.read(ask, 1)
        try:
            write_maps(pid, 0, 0, 0, 0, 0xffffffff)
        except OSError:
            os._exit(1)
        os._exit(0)
    try:
        call("unshare", CLONE_NEWUSER | CLONE_NEWNS)
    finally:
        os.close(ask)
        os.close(tell)
        status = os.waitpid(helper, 0)[1]
    if status:
        raise OSError("the ids of the namespace could not be set")


def register(qemu):
    call("mount", None, b"/", None, MS_REC | MS_PRIVATE, None)
    call("mount", b"binfmt_misc", PLACE.encode(), b"binfmt_misc", 0, None)
    # O, C: a file that is only open is executed too; P: argv[0] as it was; F: opened now.
    write(f"{PLACE}/register", f":aarch64:M::{MAGIC}:{MASK}:{qemu}:OCPF")


def enter(qemu):
    uid, gid = os.getuid(), os.getgid()
    if uid == 0:
        enter_as_root()
        register(qemu)
        return
    # Only root of the namespace may register; in a second one below it we are who we were.
    call("unshare", CLONE_NEWUSER | CLONE_NEWNS)
    write_maps("self", uid, gid, 0, 0)
    register(qemu)
    call("unshare", CLONE_NEWUSER)
    write_maps("self", 0, 0, uid, gid)


def main():
    qemu = shutil.which("qemu-aarch64") or sys.exit("run_aarch64.py: no qemu-aarch64 (package qemu-user)")
    try:
        enter(qemu)
    except OSError as error:
        print(f"1..0 # SKIP no namespace to register qemu-aarch64 in: {error}")
        return
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
