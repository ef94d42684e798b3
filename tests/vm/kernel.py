# SPDX-License-Identifier: MIT
"""Debian packages unpacked into a folder, without installing any; a kernel's modules; an initramfs.

apt is asked, with lists and a cache of its own, so that neither root is needed nor anything of this machine
changes. Where Debian is to be had is read off this machine's own sources; other suites lie there too.
"""
import gzip
import lzma
import os
import pathlib
import re
import shutil
import stat
import subprocess

# Version: suite. It is named by what it is, and the suite has what belongs to that.
KERNELS = {"5.10": "bullseye", "6.1": "bookworm", "6.12": "trixie"}
# What the initramfs needs to see the machine's root directory.
MODULES = ["virtio_pci", "9pnet_virtio", "9p", "overlay"]
KEYS = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class Missing(Exception):
    """Something that a virtual machine needs, and that cannot be had here."""


def run(*command, env=None):
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                          env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})})
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise Missing(f"{command[0]}: {words[-1] if words else done.returncode}")
    return done.stdout


def sources(suite):
    """This machine's own sources of Debian, for another suite."""
    if not shutil.which("apt-get"):
        raise Missing("no apt-get, which knows where Debian's kernels are")
    own = set()
    for line in run("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages",
                    "Origin: Debian").splitlines():
        address, release = line.split()
        own.add((address, suite + "".join(re.findall("-security$|-updates$", release))))
    if not own:
        raise Missing("apt has no lists of Debian's packages; `apt-get update` gets them")
    by = f"[signed-by={KEYS}] " if KEYS.exists() else ""
    return "".join(f"deb {by}{address} {release} main\n" for address, release in sorted(own))


def apt_options(folder, suite, architecture):
    """A world of apt's own in that folder."""
    for name in ("state/lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "sources.list").write_text(sources(suite))
    return [f"-oDir::State={folder}/state", "-oDir::State::status=/dev/null", f"-oDir::Cache={folder}/cache",
            f"-oDir::Etc::SourceList={folder}/sources.list", "-oDir::Etc::SourceParts=/dev/null",
            f"-oAPT::Architecture={architecture}", f"-oAPT::Architectures={architecture}",
            "-oAcquire::Languages=none", "-oAPT::Sandbox::User=", "-oAcquire::Retries=2", "-q"]


def fetch(folder, suite, architecture, packages):
    """Unpacks packages (for a metapackage: the one it stands for) into folder/PACKAGE, once."""
    done = folder / "done"
    if done.exists() and done.read_text().split() == packages:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    options = apt_options(folder, suite, architecture)
    run("apt-get", *options, "update")
    for package in packages:
        show = run("apt-cache", *options, "show", "--no-all-versions", package)
        real = re.search(r"^Depends: (linux-image-\S+)", show, re.M)
        name = real.group(1) if real and package.startswith("linux-image-") else package
        place = folder / "deb"
        place.mkdir()
        cwd = os.getcwd()
        os.chdir(place)
        try:
            run("apt-get", *options, "download", name)
        finally:
            os.chdir(cwd)
        run("dpkg-deb", "-x", *map(str, place.glob("*.deb")), str(folder / package))
        shutil.rmtree(place)
    for name in ("state", "cache"):
        shutil.rmtree(folder / name)
    done.write_text("\n".join(packages) + "\n")


def module_bytes(path):
    data = path.read_bytes()
    return {".xz": lzma.decompress, ".gz": gzip.decompress}.get(path.suffix, bytes)(data)


def modules(root, wanted):
    """(name, bytes) of each module that is wanted and is none of the kernel's own parts, in an order in which
    they can be loaded."""
    paths = {}
    for path in root.rglob("*.ko*"):
        paths[path.name.split(".ko")[0].replace("-", "_")] = path
    order = {}

    def take(name):
        if name in order or name not in paths:
            return  # built in
        data = module_bytes(paths[name])
        depends = re.search(rb"\0depends=([^\0]*)\0", data)
        for other in depends.group(1).decode().split(",") if depends else []:
            take(other.replace("-", "_"))
        order[name] = data

    for name in wanted:
        take(name)
    return list(order.items())


class Initramfs:
    """A cpio archive, as the kernel takes it (newc)."""

    def __init__(self):
        self.data = bytearray()
        self.number = 0

    def add(self, name, mode, data=b"", device=(0, 0)):
        self.number += 1
        fields = [self.number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0]
        self.data += b"070701" + "".join(f"{field:08X}" for field in fields).encode()
        for piece in (name.encode() + b"\0", data):
            self.data += piece
            self.data += b"\0" * (-len(self.data) % 4)

    def folder(self, name):
        self.add(name, stat.S_IFDIR | 0o755)

    def file(self, name, data, mode=0o755):
        self.add(name, stat.S_IFREG | mode, data)

    def device(self, name, major, minor):
        self.add(name, stat.S_IFCHR | 0o600, device=(major, minor))

    def bytes(self):
        end = Initramfs()
        end.add("TRAILER!!!", 0)
        return bytes(self.data + end.data)
