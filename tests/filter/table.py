#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What each construct of a pattern means: rows of pattern, lines that match, lines that do not.

    table.py --serve PROGRAM

Every row is asked of each engine, and of GNU grep 3.8 where it is there: a row that it contradicts is wrong,
unless it says why it differs.
"""
import argparse
import subprocess
import sys

import compare

# What stands before the pattern: E, G or F; then i, w, x; then 8 for C.UTF-8.
ROWS = [
    # Literals and escapes.
    ("E", "abc", ["abc", "xabcx"], ["ab", "ABC", ""]),
    ("E", "a\\.b", ["a.b"], ["axb"]),
    ("E", "\\a", ["a"], ["b"]),
    ("E", "\\n", ["n"], ["", "\\"]),
    ("E", "\\d", ["d"], ["1"]),
    ("E", "\\0", ["0"], [""]),
    ("E", "\\\\", ["\\"], ["/"]),
    ("E", "\\]", ["]"], ["["]),
    ("E", "\\}", ["}"], ["{"]),
    ("E", "\\/\\-\\%", ["/-%"], ["\\/"]),
    ("E", "a\\{1\\}", ["a{1}"], ["a"]),
    ("E", "\\(a\\)", ["(a)"], ["a"]),
    ("E", "a\\|b", ["a|b"], ["a"]),
    ("E", "a\\+", ["a+"], ["aa"]),
    ("E", "", ["", "a"], []),
    ("F", "a.b", ["a.b"], ["axb"]),
    ("F", "[a]*\\", ["[a]*\\"], ["a"]),
    ("F", "", ["", "a"], []),
    ("F", "a\nb", ["xa", "b"], ["c"]),
    ("F", "a\n", ["xa", "b", ""], []),
    ("E", "a\n\nb", ["c", ""], []),
    # Repetition in the extended syntax.
    ("E", "ab*c", ["ac", "abbbc"], ["abb"]),
    ("E", "ab+c", ["abc", "abbbc"], ["ac"]),
    ("E", "ab?c", ["abc", "ac"], ["abbc"]),
    ("Ex", "a{2}", ["aa"], ["a", "aaa"]),
    ("Ex", "a{2,}", ["aa", "aaaaa"], ["a"]),
    ("Ex", "a{,2}", ["", "a", "aa"], ["aaa"]),
    ("Ex", "a{1,2}", ["a", "aa"], ["", "aaa"]),
    ("Ex", "a{,}", ["", "aaa"], ["b"]),
    ("Ex", "a{0}", [""], ["a"]),
    ("Ex", "a{2}{3}", ["aaaaaa"], ["aaaaa"]),
    ("Ex", "a**", ["", "aaa"], ["b"]),
    ("Ex", "a+?", ["", "aaa"], ["b"]),
    ("Ex", "(ab){2}", ["abab"], ["ab", "abb"]),
    ("Ex", "(a*)*", ["", "aaa"], ["b"]),
    ("Ex", "(a*)+b", ["b", "aab"], ["a"]),
    ("Ex", "(a|b*){3}", ["", "aba", "bbb"], ["abab" "a"]),
    ("E", "a{", ["a{"], ["a"]),
    ("E", "a{1", ["a{1"], ["a"]),
    ("E", "a{1,2", ["a{1,2"], ["a"]),
    ("E", "a{x}", ["a{x}"], ["a"]),
    ("E", "a{1a}", ["a{1a}"], ["a"]),
    ("E", "a{,x}", ["a{,x}"], ["a"]),
    ("E", "a{1,x}", ["a{1,x}"], ["a"]),
    ("E", "a{ 1}", ["a{ 1}"], ["a"]),
    ("E", "{", ["{"], ["a"]),
    ("E", "{a", ["{a"], ["a"]),
    ("E", "{}a", ["{}a"], ["a"]),
    ("E", "{1", ["{1"], ["1"]),
    # An operator with nothing before it repeats nothing.
    ("E", "*a", ["a", "*a"], ["b"]),
    ("E", "+a", ["a"], ["b"]),
    ("E", "?a", ["a"], ["b"]),
    ("E", "{1}a", ["a"], ["b"]),
    ("E", "a|*b", ["a", "b"], ["c"]),
    ("E", "(*a)", ["a"], ["b"]),
    ("E", "(+a)", ["a"], ["b"]),
    ("E", "({1}a)", ["a"], ["b"]),
    ("E", "^*a", ["a", "xa"], ["b"]),
    ("E", "(^)*a", ["a", "xa"], ["b"]),
    ("E", "\\<*a", ["a", "xa"], ["b"]),
    # Repetition in the basic syntax.
    ("Gx", "a*", ["", "aaa"], ["b"]),
    ("Gx", "a\\+", ["a", "aaa"], ["", "a+"]),
    ("Gx", "a\\?", ["", "a"], ["aa", "a?"]),
    ("Gx", "a\\{2\\}", ["aa"], ["a", "aaa"]),
    ("Gx", "a\\{,2\\}", ["", "aa"], ["aaa"]),
    ("Gx", "a\\{,\\}", ["", "aa"], ["b"]),
    ("G", "a+", ["a+"], ["aa"]),
    ("G", "a?", ["a?"], ["a"]),
    ("G", "a{1}", ["a{1}"], ["a"]),
    ("G", "a|b", ["a|b"], ["a"]),
    ("G", "(a)", ["(a)"], ["a"]),
    ("G", "*a", ["*a"], ["a"]),
    ("G", "*", ["*"], ["a"]),
    ("G", "**a", ["a", "**a"], ["b"]),
    ("G", "\\(*a\\)", ["*a"], ["a"]),
    ("G", "\\(*\\)", ["*"], ["a"]),
    ("G", "b\\|*a", ["b", "*a"], ["a"]),
    ("G", "^*a", ["*a"], ["a"]),
    ("G", "\\(^*a\\)", ["*a"], ["a"]),
    ("G", "\\`*a", ["*a"], ["a"]),
    ("G", "\\<*a", [], ["*a", "a"]),
    ("G", "\\+a", ["+a"], ["a"]),
    ("G", "\\?a", ["?a"], ["a"]),
    ("G", "^\\+a", ["+a"], ["a"]),
    ("G", "\\(\\+a\\)", ["+a"], ["a"]),
    ("G", "\\{1\\}a", ["{1}a"], ["a"]),
    ("G", "^\\{1\\}a", ["{1}a"], ["a"]),
    ("G", "\\(\\{1\\}a\\)", ["{1}a"], ["a"]),
    ("G", "x*\\|^*a", ["b"], []),
    # Alternatives and groups.
    ("Ex", "a|b", ["a", "b"], ["ab", "c"]),
    ("Ex", "a||b", ["", "a", "b"], ["c"]),
    ("Ex", "|a", ["", "a"], ["b"]),
    ("Ex", "(|a)b", ["b", "ab"], ["a"]),
    ("Ex", "()", [""], ["a"]),
    ("Ex", "a()b", ["ab"], ["a"]),
    ("Ex", "(a|b)c", ["ac", "bc"], ["a", "abc"]),
    ("Ex", "((a)(b|c))d", ["abd", "acd"], ["ad"]),
    ("Gx", "a\\|b", ["a", "b"], ["ab"]),
    ("Gx", "\\(a\\|b\\)c", ["ac", "bc"], ["c"]),
    ("Gx", "\\(\\)", [""], ["a"]),
    ("Gx", "\\(a\\|\\)", ["", "a"], ["b"]),
    ("E", ")", [")"], ["a"]),
    ("E", "a)", ["a)"], ["a"]),
    # Anchors.
    ("E", "^a", ["ab"], ["ba"]),
    ("E", "a$", ["ba"], ["ab"]),
    ("E", "^$", [""], ["a"]),
    ("E", "a^b", [], ["ab", "a^b"]),
    ("E", "a$b", [], ["ab", "a$b"]),
    ("E", "x|^a", ["a", "bx"], ["ba"]),
    ("E", "(^a)", ["a"], ["ba"]),
    ("E", "(a$)", ["ba"], ["ab"]),
    ("E", "^^a", ["a"], ["ba"]),
    ("G", "a^b", ["a^b"], ["ab"]),
    ("G", "a$b", ["a$b"], ["ab"]),
    ("G", "$a", ["$a"], ["a"]),
    ("G", "x^", ["x^"], ["x"]),
    ("G", "^^a", ["^a"], ["a"]),
    ("G", "a$$", ["a$"], ["a"]),
    ("G", "a*^", ["^", "aa^"], ["a"]),
    ("G", "\\(^a\\)", ["a"], ["ba"]),
    ("G", "\\(a$\\)", ["ba"], ["ab"]),
    ("G", "b\\|^a", ["a", "cb"], ["ca"]),
    ("G", "a$\\|b", ["ca", "bc"], ["ac"]),
    ("G", "^\\*a", ["*a"], ["a"]),
    ("E", "\\`a", ["ab"], ["ba"]),
    ("E", "a\\'", ["ba"], ["ab"]),
    ("E", "a\\`", [], ["a", "ba"]),
    # Words.
    ("E", "\\<a", ["a", "-a", "b a"], ["ba", "_a", "1a"]),
    ("E", "a\\>", ["a", "a-"], ["ab", "a_", "a1"]),
    ("E", "\\ba", ["a", "-a"], ["ba"]),
    ("E", "a\\b", ["a", "a-"], ["ab"]),
    ("E", "\\Ba", ["ba"], ["a", "-a"]),
    ("E", "\\B", ["", "!", "ab"], ["a"]),
    ("E", "\\b", ["a"], ["", "!"]),
    ("E", "\\<", ["a"], ["", "!"]),
    ("E", "\\>", ["a"], ["", "!"]),
    ("E", "\\B!\\B", ["!"], ["a!"]),
    ("E8", "\\bx", ["x", "-x"], ["éx", "ωx"]),
    ("E8", "\\Bx", ["éx"], ["x"]),
    ("E8", "\\<é", ["é"], ["aé"]),
    ("Ex", "\\w+", ["aZ_09"], ["a-b", ""]),
    ("Ex", "\\W+", ["-! "], ["a", "_"]),
    ("Ex", "\\s+", [" \t\v\f\r"], ["a"]),
    ("Ex", "\\S+", ["ab-"], ["a b"]),
    ("E8x", "\\w+", ["éωſ中"], ["€"]),
    ("E8x", "\\W+", ["€«"], ["é"]),
    ("E8x", "\\s+", ["\u2003\u3000\u1680"], ["\u00a0", "\u2007"]),
    # Any character.
    ("Ex", "a.c", ["abc", "a\0c", "a\rc"], ["ac", "abbc"]),
    ("E8x", "a.c", ["aéc", "a𝄞c"], [b"a\xc3c", b"a\xffc", "aééc"]),
    ("Ex", "a.c", [b"a\xffc"], ["aéc"]),
    ("Ex", "a..c", ["aéc"], []),
    ("E8", "a.*c", ["aéc"], [b"a\xffc"]),
    ("E8", "a[^x]c", ["aéc"], [b"a\xffc", "axc"]),
    ("E8", "a\\Wc", ["a€c"], [b"a\xffc"]),
    ("E8", "a\\Sc", ["aéc"], [b"a\xffc"]),
    # Bracket expressions.
    ("Ex", "[abc]", ["a", "c"], ["d", "ab"]),
    ("Ex", "[^abc]", ["d"], ["a", ""]),
    ("Ex", "[]a]", ["]", "a"], ["b"]),
    ("Ex", "[^]a]", ["b"], ["]", "a"]),
    ("Ex", "[a-c]", ["a", "b", "c"], ["d", "-"]),
    ("Ex", "[a-]", ["a", "-"], ["b"]),
    ("Ex", "[-a]", ["a", "-"], ["b"]),
    ("Ex", "[--a]", ["-", "0", "a"], ["b", ","]),
    ("Ex", "[+--]", ["+", ",", "-"], ["."]),
    ("Ex", "[%--]", ["%", "-"], ["."]),
    ("Ex", "[a\\]", ["a", "\\"], ["b"]),
    ("Ex", "[\\n]", ["n", "\\"], ["b"]),
    ("Ex", "[a\\]b]", ["\\b]", "ab]"], ["]"]),
    ("Ex", "[.*[]", [".", "*", "["], ["a"]),
    ("Ex", "[a^]", ["a", "^"], ["b"]),
    ("Ex", "[$]", ["$"], ["a"]),
    ("Ex", "[:a]", [":", "a"], ["b"]),
    ("Ex", "[a:]", [":", "a"], ["b"]),
    ("Ex", "[::]", [":"], ["a"]),
    ("Ex", "[:::]", [":"], ["a"]),
    ("Ex", "[:a:b]", [":", "a", "b"], ["c"]),
    ("Ex", "[:a-b:]", [":", "a"], ["c"]),
    ("Ex", "[[:alpha:]]", ["a", "Z"], ["1", "_"]),
    ("Ex", "[[:digit:]]", ["0", "9"], ["a"]),
    ("Ex", "[[:alnum:]]", ["0", "a"], ["_"]),
    ("Ex", "[[:upper:]]", ["A"], ["a"]),
    ("Ex", "[[:lower:]]", ["a"], ["A"]),
    ("Ex", "[[:space:]]", [" ", "\t", "\r"], ["a"]),
    ("Ex", "[[:blank:]]", [" ", "\t"], ["\r"]),
    ("Ex", "[[:punct:]]", ["!", "_", "~"], ["a", " "]),
    ("Ex", "[[:print:]]", ["a", " "], ["\x01"]),
    ("Ex", "[[:graph:]]", ["a", "!"], [" "]),
    ("Ex", "[[:cntrl:]]", ["\x01", "\x7f", "\0"], ["a"]),
    ("Ex", "[[:xdigit:]]", ["f", "F", "0"], ["g"]),
    ("Ex", "[^[:alpha:]]", ["1"], ["a"]),
    ("Ex", "[[:alpha:][:digit:]-]", ["a", "1", "-"], ["_"]),
    ("Ex", "[[:alpha:]-]", ["a", "-"], ["1"]),
    ("Ex", "[:[:alpha:]:]", ["a", ":"], ["1"]),
    ("Ex", "[[=a=]]", ["a"], ["b"]),
    ("Ex", "[[.a.]]", ["a"], ["b"]),
    ("Ex", "[[.-.]-a]", ["-", "a"], ["b"]),
    ("Ex", "[a-[.c.]]", ["b"], ["d"]),
    ("Ex", "[[.].]]", ["]"], ["a"]),
    ("E8x", "[é]", ["é"], ["e", b"\xc3"]),
    ("E8x", "[^é]", ["e", "ü"], ["é"]),
    ("E8x", "[[:alpha:]]", ["é", "ω", "中", "٣"], ["1", "€"]),
    ("E8x", "[[:digit:]]", ["3"], ["٣"]),
    ("E8x", "[[:upper:]]", ["É", "ǅ"], ["é"]),
    ("E8x", "[[:lower:]]", ["é", "ǅ", "ª"], ["É"]),
    ("E8x", "[[:punct:]]", ["€", "«"], ["é"]),
    ("E8x", "[[:space:]]", ["\u2003"], ["\u00a0"]),
    ("E8x", "[[:blank:]]", ["\u2003"], ["\u2028"]),
    ("E8x", "[[:cntrl:]]", ["\u0085", "\u2028"], ["é"]),
    ("E8x", "[[:print:]]", ["é", "\u2003"], ["\u0085"]),
    ("E8x", "[[:graph:]]", ["é"], ["\u2003"]),
    ("E8x", "[α-ω]", ["β"], ["a"], "glibc's C.UTF-8 has no order: grep refuses ranges above ASCII"),
    ("E8x", "[a-é]", ["b", "È"], ["ê"], "as above"),
    ("E8x", "[^α-ω]", ["a"], ["β"], "as above"),
    # Back-references.
    ("Ex", "(a|b)\\1", ["aa", "bb"], ["ab"]),
    ("Ex", "(a*)b\\1", ["b", "aabaa"], ["aab"]),
    ("Ex", "(.)(.)\\2\\1", ["abba"], ["abab"]),
    ("Gx", "\\(a\\|b\\)\\1", ["aa"], ["ab"]),
    ("Gx", "\\(ab*\\)c\\1", ["abcab"], ["abca"]),
    ("Ex", "((a)|b)\\2", ["aa"], ["b", "bb"]),
    ("Eix", "(a)\\1", ["aA", "Aa"], ["a"]),
    ("E8ix", "(é)\\1", ["éÉ"], ["é"]),
    ("Ex", "(a)(b|\\1)", ["ab", "aa"], ["a"]),
    # Case.
    ("Ei", "abc", ["ABC", "aBc"], ["AB"]),
    ("Fi", "a.c", ["A.C"], ["abc"]),
    ("Eix", "[a-c]", ["A", "b"], ["d"]),
    ("Eix", "[^a-c]", ["D"], ["A", "b"]),
    ("Eix", "[[:upper:]]", ["a", "A"], ["1"]),
    ("Eix", "[[:lower:]]", ["A"], ["1"]),
    ("Ei", "é", ["é"], ["É"]),
    ("E8i", "é", ["É", "é"], ["e"]),
    ("E8i", "ЖУК", ["жук"], ["жу"]),
    ("E8ix", "s", ["S", "ſ"], ["k"]),
    ("E8ix", "k", ["K"], ["\u212a"]),
    ("E8ix", "i", ["I", "ı"], ["İ"]),
    ("E8ix", "ſ", ["s", "S"], ["k"]),
    ("E8ix", "ı", ["i", "I"], ["İ"]),
    ("E8ix", "\u212a", ["\u212a"], ["k", "K"]),
    ("E8ix", "Σ", ["σ", "ς"], ["s"]),
    ("E8ix", "ς", ["σ", "Σ"], ["s"]),
    ("E8ix", "ß", ["ß"], ["ss"]),
    ("E8ix", "[é]", ["É"], ["e"]),
    ("E8ix", "[^é]", ["e"], ["É", "é"]),
    ("E8ix", "å", ["Å"], ["\u212b"]),
    ("E8ix", "в", ["В"], ["\u1c80"]),
    # Words and whole lines.
    ("Ew", "a", ["a", "a-b", "b a"], ["ab", "a_", "1a"]),
    ("Fw", "a", ["a", "-a-", "ab a"], ["ab"]),
    ("Ew", "foo|foobar", ["foobar"], ["foobarx"]),
    ("Ew", "ab|abc", ["abc"], ["abcd"]),
    ("Ew", "x*", ["", " xy", "xy x", "x !"], ["xy"]),
    ("Ew", " *", ["", " ", " a"], ["a b"]),
    ("Ew", "", ["", " b", "!"], ["a", "a b", "_"]),
    ("E8w", "a", ["a", "a€"], ["aé", "éa"]),
    ("Ex", "a|b", ["a", "b"], ["ab"]),
    ("Fx", "a.c", ["a.c"], ["xa.c", "abc"]),
    ("Ex", "", [""], ["a"]),
    ("Exw", "a", ["a"], ["ab"]),
    # Data is data.
    ("E", "a$", ["a"], ["a\r"]),
    ("E", "a.$", ["a\r"], ["a"]),
    ("Fx", "a\0b", ["a\0b"], ["a"], "no command line has a NUL"),
    # Broken UTF-8 in the pattern is found where these bytes are.
    ("F8", b"\x80", [b"a\x80b"], ["a"]),
    ("E8", b"a\x80b", [b"a\x80b"], ["ab"]),
    ("E8", b"\xa9", [b"x\xa9", "é"], ["e"]),
    ("G8", b"a\xc3", [b"a\xc3", "aé"], ["a"]),
    ("E8x", b"a\x80*", [b"a\x80\x80", "a"], ["ab"]),
    ("E8x", b"a\x80.b", [b"a\x80\xc3\xa9b", b"a\x80xb"], [b"a\x80\x80b"]),
    ("E8i", b"A\x80", [b"a\x80"], ["a"]),
]

# Pattern, the column that is complained about, and part of what is said; grep refuses all of these.
WRONG = [
    ("E", "(a", 1, "without its )"),
    ("E", "a(b(c)", 2, "without its )"),
    ("E", "(", 1, "without its )"),
    ("G", "\\(a", 1, "without its"),
    ("G", "\\)", 1, "without its"),
    ("G", "a\\)", 2, "without its"),
    ("E", "a\\", 2, "backslash"),
    ("G", "ab\\", 3, "backslash"),
    ("E", "[a", 1, "without its ]"),
    ("E", "ab[", 3, "without its ]"),
    ("E", "[]", 1, "without its ]"),
    ("E", "[^]", 1, "without its ]"),
    ("E", "[[:alpha:", 1, "without its ]"),
    ("E", "[[:alpha:]", 1, "without its ]"),
    ("E", "[[:foo:]]", 1, "class"),
    ("E", "[:space:]", 1, "[[:name:]]"),
    ("E", "[^:a:]", 1, "[[:name:]]"),
    ("E", "a[z-a]", 2, "range"),
    ("E", "[[:alpha:]-z]", 1, "range"),
    ("E", "[a-[:alpha:]]", 1, "range"),
    ("E", "[[=a=]-z]", 1, "range"),
    ("E", "[[.space.]]", 1, "collating"),
    ("E", "[[=ab=]]", 1, "collating"),
    ("E", "[[..]]", 1, "collating"),
    ("E", "a{2,1}", 2, "numbers"),
    ("E", "a{}", 2, "numbers"),
    ("E", "a{1,2,3}", 2, "numbers"),
    ("E", "a{32768}", 2, "numbers"),
    ("E", "a{1,99999999999}", 2, "numbers"),
    ("G", "a\\{", 2, "numbers"),
    ("G", "a\\{1", 2, "numbers"),
    ("G", "a\\{1a\\}", 2, "numbers"),
    ("G", "a\\{2,1\\}", 2, "numbers"),
    ("G", "a\\{1}", 2, "numbers"),
    ("E", "\\1", 1, "back-reference"),
    ("E", "(a)\\2", 4, "back-reference"),
    ("E", "(a\\1)", 3, "back-reference"),
    ("E", "(a)|\\1", 5, "back-reference"),
    ("E", "((a)|b\\2)", 7, "back-reference"),
    ("G", "\\(a\\)\\2", 6, "back-reference"),
    ("E", "(*)", 2, "repeated"),
    ("E", "(^*)", 3, "repeated"),
    ("E", "(a|+)", 4, "repeated"),
]


class Row(compare.Pair):
    def __init__(self, head, pattern, lines):  # pylint: disable=super-init-not-called
        self.seed = 0
        self.syntax = head[0]
        self.utf8 = "8" in head
        self.flags = sum(bit for letter, bit in (("i", 1), ("w", 2), ("x", 4)) if letter in head)
        self.pattern = pattern if isinstance(pattern, bytes) else pattern.encode()
        self.text = str(pattern)
        self.data = b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines)
        self.block = 1 << 20


def numbers(output):
    return [int(line.split(b":")[0]) for line in output.split(b"\n") if line]


def check_row(server, row, engines, has_grep):
    head, pattern, yes, no = row[:4]
    pair, wanted = Row(head, pattern, yes + no), list(range(1, len(yes) + 1))
    for engine in engines:
        code, lines, _, name = server.ask(pair, engine)
        if code:
            return f"{engine}: {name}"
        got = numbers(compare.Comparison(server, None, engines).lines_of(pair, lines))
        if got != wanted:
            return f"{engine} ({name}): lines {got}, not {wanted}, of {yes + no}"
    if has_grep and len(row) == 4:
        _, out, said = pair.grep("-n")
        if numbers(out) != wanted:
            return f"grep says otherwise: {numbers(out)} {said!r}"
    return None


def check_wrong(server, row, has_grep):
    head, pattern, column, text = row
    pair = Row(head, pattern, ["a"])
    code, _, _, said = server.ask(pair, "auto")
    if code != 22 or f"column {column}:" not in said or text not in said:
        return f"code {code}, {said!r}"
    if has_grep and pair.grep()[0] != 2:
        return "grep does not refuse it"
    return None


# A line of 10 MB of x: what explodes elsewhere is answered, or given up with a reason, and soon.
LONG = [
    ("E", "(x+x+)+y", []),
    ("E", "(x*)*z", []),
    ("E", "(x|xx)+$", [1]),
    ("E", "(x)\\1$", [1]),
    ("E", "(x)(x*)\\2z", None),
    ("E", "(x*)*\\1z", None),
    ("E8", "(é|x)(x*)\\2z", None),
]


# Many lines of a hundred x, and some of four thousand: too short for a look at the clock in between.
SHORT = ["(x*)*[yz]", "(x+x+)+[yz]", "x*x*x*[yz]", "x*x*x*x*[yz]", "(x|xx|xxx)+[yz]", "(x|y)*(xy?)+[yz]"]


def check_short(server, pattern):
    for length, times in ((100, 2000), (4000, 25)):
        pair = Row("E8", pattern, ["x" * length] * times + ["xxz"])
        for engine in ("built-in", "pcre2", "walk"):
            code, lines, _, said = server.ask(pair, engine)
            if code or len(lines) != 1:
                return f"{engine}, {length}: code {code}, {len(lines)} lines, {said}"
    return None


def check_long(server, row):
    head, pattern, wanted = row
    pair = Row(head, pattern, ["x" * 10000000])
    code, lines, _, said = server.ask(pair, "pcre2")
    if wanted is None:
        return None if code == 22 and "given up" in said else f"code {code}, {said}"
    return None if code == 0 and len(lines) == len(wanted) else f"code {code}, lines {lines}, {said}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", required=True)
    server = compare.Server(parser.parse_args().serve)
    version = subprocess.run(["grep", "--version"], capture_output=True, text=True, check=False).stdout
    has_grep = version.startswith("grep (GNU grep) 3.8")
    engines = ["pcre2", "built-in", "auto", "walk"]
    if server.ask(Row("E", "a", ["a"]), "hyperscan")[0] == 0:
        engines.append("hyperscan")
    bad = number = 0
    print(f"1..{len(ROWS) + len(WRONG) + len(LONG) + len(SHORT)}")
    for row in ROWS + WRONG + LONG + [("E8", pattern) for pattern in SHORT]:
        number += 1
        if len(row) == 2:
            wrong = check_short(server, row[1])
        elif row in LONG:
            wrong = check_long(server, row)
        elif isinstance(row[2], int):
            wrong = check_wrong(server, row, has_grep)
        else:
            wrong = check_row(server, row, engines, has_grep)
        title = f"{row[0]} {row[1]!r}".replace("#", "\\#")
        print(f"{'not ok' if wrong else 'ok'} {number} - {title}{': ' + wrong if wrong else ''}")
        bad += bool(wrong)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
