#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Arrows go down only.

    check_layers.py ROOT [LAYER=ARCHIVE ...]

Includes: a layer of lib/ includes itself and lower ones, a tool of cli/ itself and common/, and nobody
climbs out of its include path. Symbols: what an archive of a layer leaves undefined is defined by its
own layer or a lower one; the archives are given lowest first.
"""
import pathlib
import re
import subprocess
import sys

LAYERS = ["base", "sys", "spawn", "process", "guard", "pump", "fifo", "job", "self"]
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.M)
SOURCES = ("*.c", "*.h", "*.S")


def files(folder):
    return sorted(path for pattern in SOURCES for path in folder.rglob(pattern))


def check_includes(root):
    for path in files(root / "lib"):
        place, own = path.relative_to(root), path.relative_to(root / "lib").parts[0]
        if own not in LAYERS:
            yield f"{place}: {own} is not a layer"
            continue
        for mark, header in INCLUDE.findall(path.read_text()):
            layer = header.split("/")[0]
            if mark == "<":
                continue
            if ".." in header.split("/"):
                yield f"{place}: {header} climbs out of the include path"
            elif layer not in LAYERS:
                yield f'{place}: write "LAYER/FILE.h" or <brood/FILE.h>, not "{header}"'
            elif LAYERS.index(layer) > LAYERS.index(own):
                yield f"{place}: {own}/ must not include {header}"
    for path in files(root / "cli"):
        place, own = path.relative_to(root), path.relative_to(root / "cli").parts[0]
        for mark, header in INCLUDE.findall(path.read_text()):
            if mark == "<":
                continue
            tool = header.split("/")[0]
            if ".." in header.split("/"):
                yield f"{place}: {header} climbs out of the include path"
            elif not (root / "cli" / header).exists():
                yield f'{place}: "{header}" is not a header of cli/'
            elif own != "main.c" and tool not in (own, "common"):
                yield f"{place}: {own} must not include {header}"
    for path in [path for folder in ("include", "tests", "examples", "bench") for path in files(root / folder)]:
        for _, header in INCLUDE.findall(path.read_text()):
            target = (path.parent / header).resolve()
            if any(target.is_relative_to(root / folder) for folder in ("lib", "cli")):
                yield f"{path.relative_to(root)}: reaches around the include path for {header}"


def symbols(archive, *options):
    out = subprocess.run(["nm", "-g", *options, archive], check=True, capture_output=True, text=True)
    words = [line.split() for line in out.stdout.splitlines() if line and not line.endswith(":")]
    return {parts[-1] for parts in words if len(parts) >= 2}


def check_symbols(archives):
    layers = []
    for layer, archive in archives:
        if not layers or layers[-1][0] != layer:
            layers.append((layer, []))
        layers[-1][1].append(archive)
    known = set()
    for layer, paths in layers:
        known |= {name for path in paths for name in symbols(path, "--defined-only")}
        for path in paths:
            for name in sorted(symbols(path, "--undefined-only") - known):
                if name.startswith("brood_"):
                    yield f"{layer}: uses {name}, which neither it nor a lower layer defines"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    archives = [argument.split("=", 1) for argument in sys.argv[2:]]
    bad = sorted({*check_includes(root), *check_symbols(archives)})
    print("\n".join(bad) or "layers: ok")
    return bool(bad)


sys.exit(main())
