#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""kernel_headers.py FOLDER CPU: a folder with the kernel's headers alone (package linux-libc-dev).

Where they are among the headers of another libc, that whole folder cannot be searched.
"""
import pathlib
import sys


def main():
    folder, cpu = pathlib.Path(sys.argv[1]), sys.argv[2]
    include = pathlib.Path("/usr/include")
    places = {"linux": include / "linux", "asm-generic": include / "asm-generic",
              "asm": include / f"{cpu}-linux-gnu" / "asm"}
    folder.mkdir(exist_ok=True)
    for name, place in places.items():
        if not place.is_dir():
            sys.exit(f"kernel_headers.py: {place} is missing (package linux-libc-dev)")
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(place)
    print(folder)


if __name__ == "__main__":
    main()
