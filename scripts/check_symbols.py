#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the library shows.

    check_symbols.py LIBBROOD.SO LIBBROOD.A SOURCE

The shared library exports exactly what the public headers declare with BROOD_API, all of it brood_*,
under the soname that the build names, and needs nothing but the libc. The static one has no global
symbol outside brood_.
"""
import pathlib
import re
import subprocess
import sys

import headers

ALLOWED_LIBRARIES = re.compile(r"(?:libc\.so|ld-linux|ld-musl|libc\.musl|libpthread\.so)")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def defined(*command):
    words = [line.split() for line in run(*command).splitlines()]
    # "A" is the version node itself.
    return {parts[-1].split("@")[0] for parts in words if len(parts) == 3 and parts[1] != "A"}


def main():
    shared, static, root = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    declared = {name for path in headers.public_headers(root)
                for name, _, _ in headers.declarations(path.read_text())}
    exported = defined("nm", "-D", "--defined-only", shared)
    bad = []
    bad += [f"{shared}: exports {name}: not brood_*" for name in exported
            if not re.match(r"brood_(?!_)", name)]
    bad += [f"{shared}: exports {name}, which no public header declares" for name in exported - declared]
    bad += [f"{shared}: does not export {name}, which a public header declares"
            for name in declared - exported]
    bad += [f"{static}: global symbol {name}: not brood_*"
            for name in defined("nm", "-g", "--defined-only", static) if not name.startswith("brood_")]
    dynamic = run("readelf", "-d", shared)
    bad += [f"{shared}: needs {name}" for name in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
            if not ALLOWED_LIBRARIES.match(name)]
    abi = re.search(r"^abi_version = '(\d+)'", (root / "meson.build").read_text(), re.M).group(1)
    if f"[libbrood.so.{abi}]" not in dynamic:
        bad.append(f"{shared}: its soname is not libbrood.so.{abi}")
    if not declared:
        bad.append("no public function found")
    print("\n".join(sorted(bad)) or f"symbols: ok ({len(exported)} exported)")
    return bool(bad)


sys.exit(main())
