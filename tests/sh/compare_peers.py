#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What brood sh makes of small programs is what dash or bash --posix makes of them.

    compare_peers.py BROOD [--kinds KIND,...] [--programs N] [--seed N] [--only NUMBER] [--one]

Generated programs are run by `BROOD sh`, dash and bash --posix: each in a subshell of a script of fifty, then,
where the answers differ, alone. A program's answer is its standard output, and whether its status is 0. A
program whose answer dash and bash agree on must have it from brood sh too; where they disagree, brood sh must
answer like one of them. --one shows also the programs where it does so. Each program has its own seed (kind and
number), so that one that fails can be run again: --kinds words --only 4711.

Kinds:
    words    expansions in every context (fields, assignments, for, case, here-documents, set --): quotes,
             ${...} within ${...}, $@ and $*, substitutions, arithmetic, with many values and values of IFS
    arith    $((...)): operators, precedence, overflow, assignments, what is skipped
    pattern  bracket expressions, *, ? and backslashes, in case, # ## % %% and as pathnames
    read     lines for `read` with and without -r, and IFS
    test     [ with up to four operands
    printf   formats and operands
    getopts  letters and words
    control  lists, loops, functions, traps, set -e, subshells, break, continue, return, exit
    subshell what changes a shell, within ( ), $( ) and pipelines, and what is seen of it outside
    syntax   tokens in any order, right or wrong: only whether the shell takes them

Left out, since dash and bash agree there, or each has a way of its own, and the standard is with brood sh; see
"Where dash and bash agree and brood sh does not" in docs/differences-shell.md:
  * IFS with a character that is no white space, and $@ or $* without quotes: each parameter is split by itself;
  * an expansion that fails in a here-document;
  * white space with a backslash in front of it at the end of what `read` gets;
  * printf: %c of nothing, a number of no characters, fields wider than 100 000 000 columns;
  * characters of UTF-8, which are bytes to dash.
"""
import argparse
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

VALUES = ["", "a", "ab", "b", " a  b ", "a:b", ":a::b:", "a b:c d", " : ", ":", "::", "*", "a*", "?", "\\*", "a\\*b", "~",
          "a\\b", "a'b", 'a"b', "[a]", "[ab]*", "x y", "$x", "\\", "\\\\", "-", "0", "10", "a/b/c", "/a//b/", "a\nb", "\n",
          " ", "\t", "a\n", "}", "axbxc", "xx", "aXbXXc", "#", "%", "a}b", "!", "^", "a-b", ".", "d/*"]
IFS_VALUES = [" \t\n", None, "", ":", " :", ": ", "x", " ", "\n", "-", "a:", "\\", "b ", "*", "\t:", "/"]
FILES = ["a", "ab", "abc", "b", ".h", "a b", "x:y", "d/e", "d/f", "d/.g", "a*", "[a]"]
SHOW = "show() { printf %d $#; for q do printf ' <%s>' \"$q\"; done; echo; }\n"


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


class Maker:
    """Makes one program."""

    def __init__(self, rng):
        self.rng = rng
        self.splits = False  # IFS has a character that is no white space
        self.count = 0

    def pick(self, *choices):
        return self.rng.choice(choices)

    def chance(self, probability):
        return self.rng.random() < probability

    # ---- words ----

    def name(self):
        return self.pick("u", "v", "w", "e")  # u is not set at the beginning, e is empty

    def parameter(self, is_quoted):
        kind = self.rng.random() * (0.72 if self.splits and not is_quoted else 1)
        if kind < 0.6:
            return self.name()
        if kind < 0.72:
            return self.pick("1", "2", "3", "9", "10")
        return self.pick("@", "*", "@", "*", "#")

    def literal(self, is_quoted):
        if is_quoted:
            return self.pick("a", "b", " ", "  ", ":", "x", "*", "?", "[a]", "~", "\\$", "\\\\", "\\\"", "\\a", "'", "-", "\\`", "#",
                             "%", "/", "\\*", "\n", ";", "&", "\\\n", "!")
        return self.pick("a", "b", "ab", "x", ":", "*", "?", "[ab]", "\\*", "\\a", "\\ ", "\\:", "''", '""', "~", "-", "x:y", "/",
                         "\\\\", "\\$", "#", "%", "=", "\\'", '\\"', "'a b'", "' '", "'*'", "\\\n", "^", "!", "0", "d/")

    def braces(self, depth, is_quoted, is_here):
        kind = self.rng.random()
        if kind < 0.1:
            return self.pick("${#u}", "${#v}", "${#w}", "${#e}", "${#1}", "${#10}", "${##}", "${#}")
        name = self.parameter(is_quoted)
        if kind < 0.22:
            return "${" + name + "}"
        if kind < 0.62:
            operator = self.pick("-", ":-", "+", ":+", "-", ":-", "+", ":+", "=", ":=")
            if "=" in operator and not name.isalpha():
                operator = ":-"
            return "${" + name.replace("#", "1") + operator + self.word(depth - 1, is_quoted, is_here, True) + "}"
        if kind < 0.66 and not is_here:
            return "${" + name.replace("#", "1") + self.pick("?", ":?") + self.word(depth - 1, is_quoted, is_here, True) + "}"
        if name in "@*#":
            name = self.pick("v", "w", "1")
        return "${" + name + self.pick("#", "##", "%", "%%") + self.pattern(depth - 1) + "}"

    def pattern(self, depth):
        out = []
        for _ in range(self.rng.randint(1, 3)):
            kind = self.rng.random()
            if kind < 0.6:
                out.append(self.pick("a", "b", "*", "?", "[ab]", "[!a]", "[a-c]", ":", "\\*", "'*'", '"*"', "\\\\", "x", "/", "*/",
                                     "/*", "[[:alpha:]]", "[[:space:]]", "' '", "[", "]", "\\?", "'['", "\\[", "-", "[*]", "[]a]",
                                     "[\\]]", "[!]]", "[[=a=]b]", "\\}", "'}'", ".", "[a'-'c]", "[\"!\"a]"))
            elif kind < 0.8:
                out.append("$" + self.name())
            elif kind < 0.9:
                out.append('"$' + self.name() + '"')
            elif depth > 0:
                out.append(self.expansion(depth - 1, False, False))
        return "".join(out)

    def expansion(self, depth, is_quoted, is_here):
        kind = self.rng.random()
        if depth <= 0 or kind < 0.35:
            return "$" + self.parameter(is_quoted).replace("10", "1")
        if kind < 0.8:
            return self.braces(depth, is_quoted, is_here)
        if kind < 0.9:
            return "$(" + self.command(depth - 1) + ")"
        if kind < 0.94:
            text = self.command(0)
            return "`" + ("printf %s $v" if set(text) & set("`\\\"\n") else text) + "`"
        return "$((" + self.sum(min(depth, 2), is_here) + "))"

    def command(self, depth):
        kind = self.rng.random()
        if kind < 0.5:
            return "printf '%s" + self.pick("", "\\n", "\\n\\n", " ", ":") + "' " + self.word(depth, False, False)
        if kind < 0.7:
            return "printf %s " + self.word(depth, False, False)
        if kind < 0.8:
            return "show " + self.word(depth, False, False)
        if kind < 0.9:
            return "printf '[%s]' \"$@\""
        return self.pick("", ":", "IFS=:; printf %s \"$*\"",
                         "v=" + self.word(depth, False, False) + "; printf %s \"$v\"")

    def word(self, depth, is_quoted, is_here, is_inner=False):
        out = []
        for _ in range(self.pick(0, 1, 1, 2, 2, 3) if is_inner else self.pick(1, 1, 2, 2, 3)):
            kind = self.rng.random()
            if is_quoted or is_here:
                if kind < 0.5:
                    literal = self.literal(True)
                    out.append("x" if is_here and literal == '\\"' else literal)
                else:
                    out.append(self.expansion(depth, is_quoted, is_here))
            elif kind < 0.35:
                out.append(self.literal(False))
            elif is_inner and kind < 0.42:
                out.append(" ")
            elif kind < 0.65:
                out.append('"' + (self.word(depth, True, False) if self.chance(0.9) else "") + '"')
            else:
                out.append(self.expansion(depth, False, False))
        return "".join(out)

    def setting(self):
        ifs = self.rng.choice(IFS_VALUES)
        self.splits = ifs is not None and ifs.strip(" \t\n") != ""
        lines = [f"v={quoted(self.rng.choice(VALUES))} w={quoted(self.rng.choice(VALUES))} e="]
        if self.chance(0.85):
            count = self.pick(0, 1, 1, 2, 2, 3, 3, 11)
            lines.append("set -- " + " ".join(quoted(self.rng.choice(VALUES)) for _ in range(count)))
        lines.append("unset IFS" if ifs is None else "IFS=" + quoted(ifs))
        if self.chance(0.05):
            lines.append("set -f")
        return "\n".join(lines) + "\n"

    def use(self):
        """A command with a word in one of the places where words stand."""
        kind = self.rng.random()
        if kind < 0.6:
            return "show " + " ".join(self.word(2, False, False) for _ in range(self.rng.randint(1, 2)))
        if kind < 0.7:
            return "z=" + self.single() + "\nshow \"$z\""
        if kind < 0.78:
            return "for i in " + self.word(2, False, False) + "; do show \"$i\"; done"
        if kind < 0.84:
            return f"case {self.single()} in ({self.pattern(2)}) echo 1;; (*) echo 2; esac"
        if kind < 0.9:
            return "cat <<E\n" + self.word(2, False, True) + "\nE"
        if kind < 0.95:
            return "z=" + self.single() + " eval 'show \"$z\"'"
        return "set -- " + self.word(2, False, False) + "\nshow \"$@\""

    def single(self):
        return self.word(2, False, False)

    def make_words(self):
        text = self.setting()
        for _ in range(self.rng.randint(1, 2)):
            text += self.use() + "\n"
        return text + "show \"$u\" \"$v\" \"$w\"\n"

    # ---- arithmetic ----

    def sum(self, depth, is_safe=False):
        kind = self.rng.random()
        if depth <= 0 or kind < 0.25:
            names = [] if is_safe else ["$i"]
            return self.pick("0", "1", "2", "3", "7", "10", "010", "0x1f", "-1", "9223372036854775807", "i", "j", "k", "64", "255", *names)
        if kind < 0.6:
            risky = [] if is_safe else ["/", "%"]
            operator = self.pick("+", "-", "*", "<<", ">>", "<", "<=", ">", ">=", "==", "!=", "&", "^", "|", "&&", "||", *risky)
            return self.sum(depth - 1, is_safe) + self.pick("", " ") + operator + " " + self.sum(depth - 1, is_safe)
        if kind < 0.7:
            return self.pick("-", "+", "~", "!", "- ", "! ") + self.pick("", " ") + "(" + self.sum(depth - 1, is_safe) + ")"
        if kind < 0.8:
            return "(" + self.sum(depth - 1, is_safe) + ")"
        if kind < 0.9:
            return "(" + " ".join([self.sum(depth - 1, is_safe), "?", self.sum(depth - 1, is_safe), ":",
                                   self.sum(depth - 1, is_safe)]) + ")"
        risky = [] if is_safe else ["/=", "%="]
        operator = self.pick("=", "+=", "-=", "*=", "<<=", ">>=", "&=", "|=", "^=", *risky)
        return "(" + self.pick("i", "j") + " " + operator + " " + self.sum(depth - 1, is_safe) + ")"

    def make_arith(self):
        first = self.pick("0", "1", "5", "-3", "9223372036854775807", "-9223372036854775808", "010", "' 7 '", "0x10")
        return f"i={first} j={self.pick('0', '1', '2', '-1', '63', quoted(''))}\necho $(({self.sum(3)}))\necho $i $j\n"

    # ---- patterns ----

    def make_pattern(self):
        subject = "".join(self.pick(*"abc*?[]!-\\./^:") for _ in range(self.rng.randint(0, 4)))
        pattern = "".join(self.pick("a", "b", "c", "*", "?", "[", "]", "!", "^", "-", "\\", "[:alpha:]", "[:digit:]", ".", "/", "\\]",
                                    "\\-") for _ in range(self.rng.randint(1, 6)))
        lines = [f"s={quoted(subject)} p={quoted(pattern)}", "case $s in $p) echo yes;; *) echo no; esac",
                 "show \"${s#$p}\" \"${s##$p}\" \"${s%$p}\" \"${s%%$p}\""]
        if self.chance(0.3):
            lines.append("case $s in \"$p\") echo yes;; *) echo no; esac")
        if self.chance(0.3):
            lines.append("IFS=; show $p")
        return "\n".join(lines) + "\n"

    # ---- built-ins ----

    def make_read(self):
        line = "".join(self.pick("a", "b", " ", "  ", ":", "::", "\\", "\\a", "\\:", "\t", "c", "\\\n", "x", "-", "*")
                       for _ in range(self.rng.randint(0, 7)))
        ifs = self.rng.choice(IFS_VALUES)
        names = " ".join(["a", "b", "c"][:self.rng.randint(1, 3)])
        lines = ["a=A b=B c=C", "unset IFS" if ifs is None else "IFS=" + quoted(ifs),
                 f"read {self.pick('', '-r ')}{names} <<'E'", line, "E", "echo $?", "show \"$a\" \"$b\" \"$c\""]
        if self.chance(0.4):
            lines += ["z=" + quoted(line), "show $z"]
        return "\n".join(lines) + "\n"

    def make_test(self):
        words = [self.pick("''", "a", "b", "!", "!", "-n", "-z", "=", "!=", "\\(", "\\)", "-f", "-d", "1", "2", "-eq", "-lt", "-ge",
                           "' 1 '", "-e", "d", "-h", "-s", "-r", "-x", "010", "-1", "+1", "-ef", "-nt", "-ot")
                 for _ in range(self.rng.randint(0, 4))]
        return "[ " + " ".join(words) + " ]\necho $?\n"

    def make_printf(self):
        out = []
        for _ in range(self.rng.randint(1, 3)):
            out.append(self.pick("a", "\\n", "\\t", "\\101", "\\\\", "%%", " ", "\\7", "x"))
            out.append("%" + self.pick("", "", "-", "0", "+", " ") + self.pick("", "", "3", "8", "1") + self.pick("", "", ".2", ".0", ".") +
                       self.pick("s", "d", "x", "X", "o", "u", "b", "i", "s", "d"))
        words = [self.pick("a", "abc", "12", "-5", "0x1f", "010", "'\\101'", "'a\\tb'", "\"'a\"", "'\"b'", "'\\0101'", "'x\\cy'", "3", "2",
                           "'a b'", "9223372036854775807", "12a", "-1", "+3", "' 4'") for _ in range(self.rng.randint(0, 5))]
        return f"printf '{''.join(out)}|' {' '.join(words)}\necho $?\n"

    def make_getopts(self):
        letters = self.pick("ab:c", ":ab:c", "a", ":a:", "abc:d")
        words = [self.pick("-a", "-b", "-ab", "-bx", "-bb", "-c", "--", "-", "x", "-d", "-abc", "-b ''", "-:", "-cab", "''", "-a-")
                 for _ in range(self.rng.randint(0, 5))]
        return (f"while getopts {letters} o {' '.join(words)}; do show \"$o\" \"${{OPTARG-}}\"; done\n"
                "echo \"$? $o $OPTIND\"\n")

    # ---- control flow ----

    def simple(self, in_function, in_loop):
        self.count += 1
        n = self.count
        choices = [f"echo {n}", f"echo {n}", "true", "false", "(exit 3)", "! true", "! false", f"x=$(echo {n}; false)", f"x={n}",
                   f"echo \"s$? x$x\"", ":", f"eval 'echo {n}; false'", "eval ''", "x=$(exit 4) :", "command false",
                   f"echo $(false){n}", f"exit {n % 3}", "export y=$(false)", "false | true", "true | false", "$empty", "$(false)",
                   f"trap 'echo T{n}' EXIT", "set +e", "set -e", "unset x", "[ \"$x\" = 1 ]", f"(exit 5) || echo {n}"]
        if in_function:
            choices += ["return", "return 2", "return", "eval 'return 5'", f"command eval 'echo {n}; return 6'"]
        else:
            choices += ["f", "g", "x=$(f)", "echo $(f)", "f && g", "! f"]
        if in_loop:
            choices += ["break", "continue", "break 2", "continue 2", "eval break"]
        return self.rng.choice(choices)

    def commands(self, depth, in_function, in_loop):
        return "".join(self.line(depth, in_function, in_loop) + "\n" for _ in range(self.rng.randint(1, 3)))

    def line(self, depth, in_function, in_loop):
        kind = self.rng.random()
        if depth <= 0 or kind < 0.35:
            return self.simple(in_function, in_loop)
        if kind < 0.5:
            return self.line(depth - 1, in_function, in_loop).rstrip() + self.pick(" && ", " || ", " &&\n") + \
                self.line(depth - 1, in_function, in_loop)

        def body(is_in_loop=in_loop):
            return self.commands(depth - 1, in_function, is_in_loop)

        if kind < 0.6:
            other = self.pick("", "else " + body(), "elif " + body() + "then " + body())
            return "if " + body() + "then " + body() + other + "fi"
        if kind < 0.66:
            return "{ " + body() + "}" + self.pick("", "", " 2>/dev/null")
        if kind < 0.72:
            return "(" + body(False) + ")"
        if kind < 0.8:
            return f"for i in {self.pick('1', '1 2', '', '1 2 3', '$x')}; do {body(True)}done"
        if kind < 0.86:
            word, end = self.pick(("while", "-lt"), ("until", "-ge"))
            # Every turn of every loop counts, so that all of them end.
            return f"{word} [ $((n=n+1)) {end} {self.rng.randint(2, 9)} ]; do {body(True)}done"
        if kind < 0.93:
            return f"case {self.pick('$x', 'a', '$i')} in {self.pick('1|a', 'a*', '2', quoted(''))}) {body()};; *) {body()}esac"
        if kind < 0.96:
            return "! { " + body() + "}"
        return "{ " + body(False) + "} | cat"

    def make_control(self):
        text = self.pick("", "set -e\n")
        if self.chance(0.2):
            text += "trap 'echo trap $?' EXIT\n"
        text += "f() {\n" + self.commands(2, True, False) + "}\n"
        text += "g() " + self.pick("( %s )", "{ %s; }", "if %s; then :; fi", "for i in 1 2; do %s; done") % self.simple(True, False)
        return text + "\n" + self.commands(3, False, False) + "echo end $?\n"

    # ---- subshells ----

    def change(self, depth):
        """Something that changes the shell."""
        n = self.pick("x", "y", "z")
        choices = [f"{n}={self.pick('1', '2', quoted('a b'))}", f"unset {n}", f"export {n}=e", f"readonly {n}=r", f": ${{{n}:=d}}",
                   ": $((i+=1))", "set -- 1 2", "shift", "set --", "set -f", "set -u", "set -C", "set +f +u +C",
                   "cd d", "cd ..", "cd /", "umask 077", "umask u=rwx,go=", "f() { echo f1; x=f1; }", "f() { echo f2; return 3; }",
                   "unset -f f", "f", "g", "IFS=:", "unset IFS", "getopts ab:c o -ab -c", "getopts ab:c o -abv", "OPTIND=1",
                   f"read {n} <<E\none\nE", "g() { local x=l; x=m; f; echo $x; }", "g() { local x; unset x; y=g; }", f"eval '{n}=v; set -f'",
                   "v=t :", "w=t eval 'echo $w'", f"{n}=$(echo $i; i=9)", "echo $x $y $z $i $*", "command -v f >/dev/null",
                   "PATH=/bin", "alias k=l", "unalias -a", "trap 'echo T' EXIT", "exit 2", "false", "break", "continue",
                   f"for {n} in 1 2; do echo ${n}; done", "set -e", "exec 3>&1", "echo three >&3", ". ./part", "v=$v$x", "w=$(printf %s \"$x\")"]
        if depth > 0 and self.chance(0.35):
            inner = "; ".join(self.change(depth - 1).replace("; ", "\n") for _ in range(self.rng.randint(1, 3)))
            around = self.pick("( %s\n)", "%s=$( %%s\n)" % n, "echo $( %s\n)", "( %s\n) | cat", "if ( %s\n); then :; fi", "{ ( %s\n) || echo no; }",
                               "for q in 1 2; do ( %s\n); done", "( %s\n) 3>&1", "echo `%s\n`")
            if "`" in around and ("`" in inner or "\\" in inner):
                around = "( %s\n)"
            return around % inner.replace("; ", "\n")
        return self.rng.choice(choices)

    def make_subshell(self):
        lines = ["x=0 i=1 v= w=", "printf 'x=p\\nf() { echo fp; }\\nset -- p q\\n' >part", "f() { echo f0; }", "g() { f; }", "set -- A B",
                 "here=$PWD", "state() {", "echo \"${x-U} ${y-U} ${z-U} $i <${v-U}> ${w-U} ${o-U} ${OPTARG-} $1 $# <${IFS-U}>\"",
                 "case $- in *f*) echo f; esac; case $- in *u*) echo u; esac; case $- in *C*) echo C; esac; case $- in *e*) echo e; esac",
                 "(set +u; umask; pwd | sed \"s,^$here,HERE,\"; printenv x y z; f; g)", "trap", "}", "exec 3>/dev/null"]
        lines += [self.change(0) for _ in range(self.rng.randint(0, 3)) if self.chance(0.7)]
        lines += [self.change(2) for _ in range(self.rng.randint(1, 3))] + ["echo \"s$?\"", "state \"$@\""]
        return "\n".join(lines) + "\n"

    # ---- syntax ----

    def make_syntax(self):
        tokens = [self.pick("if", "then", "else", "elif", "fi", "while", "until", "do", "done", "for", "in", "case", "esac", "{", "}", "!", "(",
                            ")", ";", ";;", "&&", "||", "|", "\n", "\n", "a", "a", "x=1", ">f", "<", "2>&1", "<<E\nb\nE\n", "'a'", "$x",
                            "$(", "`", "\"", "${x", "${x:-", "#c", "f()", "\\", "a=(", "1", "$((", "))", "echo")
                  for _ in range(self.rng.randint(1, 8))]
        return " ".join(tokens) + "\n"


KINDS = ["words", "arith", "pattern", "read", "test", "printf", "getopts", "control", "subshell", "syntax"]
BATCH = 50


# ---- running ----

def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 24, 1 << 24))


class Shells:
    """The three, in a folder with some files, each with an answer to a script."""

    def __init__(self, brood, top):
        self.commands = {"brood": [brood, "sh"], "dash": ["dash"], "bash": ["bash", "--posix"]}
        self.others = {"mksh": ["mksh"], "ksh93": ["ksh93"], "yash": ["yash", "-o", "posix"], "busybox": ["busybox", "ash"]}
        self.others = {name: command for name, command in self.others.items() if shutil.which(command[0])}
        self.top, self.folder = top, os.path.join(top, "folder")
        self.environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/home/nobody"}
        os.makedirs(os.path.join(self.folder, "d"))
        for name in FILES:
            open(os.path.join(self.folder, name), "w").close()

    def path(self, name):
        return os.path.join(self.top, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def run(self, command, *arguments, seconds=10):
        process = subprocess.Popen([*command, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.environment, start_new_session=True, preexec_fn=limit)
        try:
            out, err = process.communicate(timeout=seconds)
            status = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            status = "too long"
        return out, status, err

    def together(self, command, texts):
        """Answers of many programs, each in a subshell of one script."""
        script = SHOW
        for number, text in enumerate(texts):
            script += f"(. {self.write(f'program{number}', text)}) 2>/dev/null; printf '\\002%d\\001' $?\n"
        out, _, _ = self.run(command, self.write("script", script), seconds=120)
        answers = []
        for part in out.split(b"\1")[:-1]:
            text, _, status = part.rpartition(b"\2")
            answers.append((text, status == b"0"))
        return answers + [(b"", None)] * (len(texts) - len(answers))

    def alone(self, command, kind, text):
        if kind == "syntax":
            out, status, err = self.run(command, "-n", self.write("program", text))
        else:
            out, status, err = self.run(command, self.write("program", SHOW + text))
        return (out, status == 0), status, err


class Comparison:
    def __init__(self, shells, shows_one):
        self.shells, self.shows_one = shells, shows_one
        self.programs = self.alike = 0
        self.failures = []

    def answers(self, kind, text):
        return {name: self.shells.alone(command, kind, text) for name, command in self.shells.commands.items()}

    def look_closer(self, kind, number, text):
        """A program that is not the same for all, run alone."""
        answers = self.answers(kind, text)
        brood, dash, bash = (answers[name][0] for name in ("brood", "dash", "bash"))
        is_failure = brood not in (dash, bash)
        if brood == dash == bash:
            return False
        self.alike += not is_failure
        if is_failure or self.shows_one:
            self.show(kind, number, text, answers, is_failure)
        return is_failure

    def show(self, kind, number, text, answers, is_failure):
        dash, bash = answers["dash"][0], answers["bash"][0]
        title = "as none of them" if dash != bash else "dash and bash agree"
        lines = [f"=== {kind} {number}: {title if is_failure else 'as one of them'}", text.rstrip("\n")]
        for name, command in self.shells.others.items():
            answers[name] = self.shells.alone(command, kind, text)
        groups = {}
        for name, (answer, status, _) in answers.items():
            groups.setdefault((answer[0], status), []).append(name)
        for (out, status), names in groups.items():
            lines += [f"--- {' '.join(names)}: status {status}", out.decode(errors="backslashreplace").rstrip("\n")]
        error = answers["brood"][2].decode(errors="backslashreplace").rstrip("\n")
        lines += ["--- brood says", error] if error else []
        print("\n".join("# " + line for line in "\n".join(lines).split("\n")), flush=True)

    def compare(self, kind, numbers):
        texts = [getattr(Maker(random.Random(f"{kind}:{number}")), "make_" + kind)() for number in numbers]
        self.programs += len(texts)
        if kind == "syntax":
            suspects = range(len(texts))
        else:
            answers = [self.shells.together(command, texts) for command in self.shells.commands.values()]
            suspects = [i for i in range(len(texts)) if not answers[0][i] == answers[1][i] == answers[2][i]]
            # What only brood does otherwise in a subshell is one more difference.
            odd = [i for i in suspects if answers[0][i] != answers[1][i] == answers[2][i]]
        failed = {i for i in suspects if self.look_closer(kind, numbers[i], texts[i])}
        if kind != "syntax":
            for i in set(odd) - failed:
                print(f"# === {kind} {numbers[i]}: only among others, in a subshell", *(a[i] for a in answers), sep="\n# ")
                failed.add(i)
        self.failures += [f"{kind} {numbers[i]}" for i in sorted(failed)]


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].strip())
    parser.add_argument("brood")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--programs", type=int, default=1000, help="of each kind")
    parser.add_argument("--seed", type=int, default=1, help="number of the first program")
    parser.add_argument("--only", type=int)
    parser.add_argument("--one", action="store_true")
    options = parser.parse_args()
    missing = [name for name in ("dash", "bash") if not shutil.which(name)]
    if missing:
        print("1..0 # SKIP no " + " and no ".join(missing))
        return 0
    kinds = options.kinds.split(",")
    print(f"TAP version 13\n1..{len(kinds)}")
    is_good = True
    with tempfile.TemporaryDirectory(prefix="peers.") as top:
        shells = Shells(os.path.abspath(options.brood), top)
        for number, kind in enumerate(kinds, 1):
            comparison = Comparison(shells, options.one or options.only is not None)
            first, count = (options.seed, options.programs) if options.only is None else (options.only, 1)
            for at in range(first, first + count, BATCH):
                comparison.compare(kind, range(at, min(at + BATCH, first + count)))
            failures = comparison.failures
            is_good = is_good and not failures
            print(f"{'not ' if failures else ''}ok {number} - {kind}: {comparison.programs} programs, {comparison.alike} of them "
                  f"where dash and bash disagree", flush=True)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
