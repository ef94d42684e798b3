#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""embed.py FILE HEADER NAME: the bytes of a file as a C array."""
import pathlib
import sys


def main():
    source, header, name = sys.argv[1:]
    data = pathlib.Path(source).read_bytes()
    lines = [",".join(map(str, data[i:i + 24])) for i in range(0, len(data), 24)]
    pathlib.Path(header).write_text(
        f"static const unsigned char {name}[{len(data)}] = {{\n" + ",\n".join(lines) + "\n};\n")


main()
