# SPDX-License-Identifier: MIT
"""What the public headers declare, read without a compiler. Used by check_symbols.py, check_docs.py."""
import re

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.)*", re.M | re.S)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def declarations(text):
    """(name, type, offset) of each declaration marked BROOD_API; offsets are those of the text."""
    plain = DIRECTIVE.sub(blank, COMMENT.sub(blank, text))
    for match in re.finditer(r"\bBROOD_API\b([^;{]*)", plain):
        declared = match.group(1)
        name = re.search(r"\b(brood_\w+)\s*\(", declared) or re.search(r"\b(?!BROOD_)(\w+)\s*\(", declared)
        name = name or re.search(r"\b(\w+)\s*(?:\[[^\]]*\])?\s*$", declared)
        yield name.group(1), declared[:name.start(1)].strip(), match.start()


def comment_before(text, offset):
    """The comment that ends right before the offset, with nothing but white space between."""
    before = text[:offset].rstrip()
    if not before.endswith("*/"):
        return None
    return before[before.rindex("/*"):]


def public_headers(root):
    return sorted((root / "include/brood").glob("*.h"))
