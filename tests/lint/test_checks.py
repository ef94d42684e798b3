#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every check of scripts/ is seen to pass on a small sound tree and to fail on each thing it is for; TAP."""
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
SPDX = "/* SPDX-License-Identifier: MIT */\n"

BASE_H = SPDX + """#ifndef BROOD_BASE_H
#define BROOD_BASE_H
#define BROOD_VERSION_MAJOR 1
#define BROOD_VERSION_MINOR 2
#define BROOD_VERSION_PATCH 3

#define BROOD_ONE 1

/** Exported. */
#define BROOD_API __attribute__((visibility("default")))

/**
 * Adds one.
 *
 * Returns the sum.
 */
BROOD_API int brood_add(int number);

#endif
"""

ABI_XML = """<abi-corpus version='2.1' architecture='elf-amd-x86_64' soname='libbrood.so.0'>
  <elf-function-symbols>
    <elf-symbol name='brood_add' version='BROOD_0' is-default-version='yes' type='func-type'
      binding='global-binding' visibility='default-visibility' is-defined='yes'/>
  </elf-function-symbols>
  <abi-instr address-size='64' path='add.c' language='LANG_C11'>
    <type-decl name='int' size-in-bits='32' id='type-id-1'/>
    <function-decl name='brood_add' mangled-name='brood_add' visibility='default' binding='global'
      elf-symbol-id='brood_add@@BROOD_0'>
      <parameter type-id='type-id-1'/>
      <return type-id='type-id-1'/>
    </function-decl>
  </abi-instr>
</abi-corpus>
"""

MAIN = "int main(void)\n{\n\treturn 0;\n}\n"

TREE = {
    "meson.build": "project('brood', 'c', version: '1.2.3')\nabi_version = '0'\n",
    "include/brood/meson.build": "'base.h'\n",
    "include/brood/base.h": BASE_H,
    "lib/meson.build": "'fd.c' 'clone.c' 'child.c' 'add.c'\n",
    "lib/sys/fd.h": SPDX + "#pragma once\nint brood__fd_one(void);\n",
    "lib/sys/fd.c": SPDX + '#include "sys/fd.h"\n\nint brood__fd_one(void)\n{\n\treturn 1;\n}\n',
    "lib/sys/clone.c": SPDX + "#include <unistd.h>\nint brood__clone(void);\n"
                       "int brood__clone(void)\n{\n\treturn fork();\n}\n",
    "lib/spawn/child.c": SPDX + "int brood__child(void);\nint brood__child(void)\n{\n\treturn 2;\n}\n",
    "lib/job/add.c": SPDX + '#include "sys/fd.h"\n#include <brood/base.h>\n\n'
                     "int brood_add(int number)\n{\n\treturn number + brood__fd_one();\n}\n",
    "cli/meson.build": "'main.c' 'run/run.c' 'common/say.c'\n",
    "cli/main.c": SPDX + '#include "run/run.h"\n\nint main(void)\n{\n\treturn tool_run();\n}\n',
    "cli/run/run.h": SPDX + "int tool_run(void);\n",
    "cli/run/run.c": SPDX + '#include "run/run.h"\n#include "common/say.h"\n\n'
                     "int tool_run(void)\n{\n\treturn say();\n}\n",
    "cli/common/say.h": SPDX + "int say(void);\n",
    "cli/common/say.c": SPDX + '#include "common/say.h"\n\nint say(void)\n{\n\treturn 0;\n}\n',
    "man/meson.build": "'brood.1' 'brood-run.1' 'brood_add.3'\n",
    "man/brood.1.scd": "brood(1)\n\n*-h*, *--help*\n\tHelps.\n\n# EXIT STATUS\n\n0.\n",
    "man/brood-run.1.scd": "brood-run(1)\n\n*-t*, *--timeout* _DURATION_\n\tLimits.\n\n# EXIT STATUS\n\n0.\n",
    "man/brood_add.3.scd": "brood_add(3)\n\n# NAME\n\nbrood_add - adds\n\n# SYNOPSIS\n\n"
                           "*int brood_add(int* _number_*);*\n\n# EXAMPLE\n\n```\n#include <brood/base.h>\n\n"
                           "int main(void)\n{\n\treturn brood_add(-1);\n}\n```\n",
    "README.md": "```c\n" + MAIN + "```\n\n```cpp\n" + MAIN + "```\n\n[code](lib) and `lib/sys/fd.{h,c}`\n",
    "examples/README.md": "Nothing yet.\n",
    "tests/contract/samples/readme.c": SPDX + MAIN,
    "tests/contract/samples/readme.cpp": SPDX + MAIN,
    "tests/contract/test_add.c": SPDX + "/* covers: GE-1.1 DIFF-1 */\nstatic void adds(void **state)\n{\n"
                                 "\t(void)state;\n}\n\nvoid (*add_test)(void **) = adds;\n",
    "tests/contract/ids-a.md": "| id | promise | tests | note |\n|---|---|---|---|\n"
                               "| GE-1.1 | Adds. | adds | difference: DIFF-1 |\n",
    "docs/differences.md": "| id | Go | brood | tests |\n|---|---|---|---|\n| DIFF-1 | One. | Two. | adds |\n",
    "brood": "#!/bin/sh\nif [ \"$1\" = run ]; then\n\techo '  -t, --timeout DURATION  limits, see -x'\n"
             "else\n\techo '  -h, --help  helps'\nfi\n",
    "docs/names.md": "| theirs | ours | |\n|---|---|---|\n| `plus` | `brood_add` | |\n",
    "examples/languages/task.c": SPDX + MAIN, "examples/languages/task.expected": "",
    "tests/abi/first.xml": ABI_XML, "tests/abi/first_constants.txt": "BROOD_ONE 1\n",
    "tests/abi/suppressions.ini": "",
    "brood.map": "BROOD_0 { global: brood_*; local: *; };\n",
    "examples/meson.build": "", "tests/unit/meson.build": "", "tests/contract/meson.build": "'add' 'test_add.c'",
    "tests/helpers/meson.build": "", "tests/cli/meson.build": "", "tests/fuzz/meson.build": "",
}

COMPILE = ["cc", "-g", "-O1", "-fPIC", "-fvisibility=hidden", "-Iinclude", "-Ilib", "-Icli"]


class Tree:
    """A tree in a folder of its own, with some files replaced, added to (+) or removed (None)."""

    def __init__(self, changes):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="brood-checks-"))
        files = dict(TREE)
        for name, text in changes.items():
            if name.startswith("+"):
                files[name[1:]] += text
            else:
                files[name] = text
        for name, text in files.items():
            if text is not None:
                path = self.root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        (self.root / "brood").chmod(0o755)
        for name in ("scripts", ".ci", "bench"):
            (self.root / name).mkdir(exist_ok=True)
        for name in ("tidy", "format", "shell_lint"):
            shutil.copy(SCRIPTS / name, self.root / "scripts")
        for name in (".clang-format", ".clang-tidy"):
            shutil.copy(SCRIPTS.parent / name, self.root)

    def run(self, *command):
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False,
                              env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})

    def must(self, *command):
        run = self.run(*command)
        if run.returncode:
            raise RuntimeError(f"{' '.join(map(str, command))}: {run.stderr}")

    def compile(self):
        """Objects, archives, the shared library, and what a build says about them."""
        entries = []
        for path in sorted(self.root.rglob("*.c")):
            place = str(path.relative_to(self.root))
            output = place.replace("/", "_") + ".o"
            self.must(*COMPILE, "-c", place, "-o", output)
            entries.append({"directory": str(self.root), "file": place, "output": output,
                            "arguments": [*COMPILE, "-c", place]})
        (self.root / "compile_commands.json").write_text(json.dumps(entries))
        for layer in ("sys", "spawn", "job"):
            self.must("ar", "rcs", f"lib{layer}.a", *sorted(self.root.glob(f"lib_{layer}_*.o")))
        objects = sorted(self.root.glob("lib_*.o"))
        self.must("ar", "rcs", "libbrood.a", *objects)
        self.must("cc", "-shared", "-Wl,-soname,libbrood.so.0", "-Wl,--version-script=brood.map",
                  "-o", "libbrood.so", *objects)


def script(name, *arguments):
    return [sys.executable, SCRIPTS / name, *arguments]


CHECKS = {
    "layers": script("check_layers.py", "."),
    "arrows": script("check_layers.py", ".", "sys=libsys.a", "spawn=libspawn.a", "job=libjob.a"),
    "calls": script("check_calls.py", "tree", ".", "."),
    "symbols": script("check_symbols.py", "libbrood.so", "libbrood.a", "."),
    "abi": script("check_abi.py", "tests/abi", "libbrood.so", "include/brood/base.h"),
    "docs": script("check_docs.py", ".", "./brood"),
    "samples": script("check_samples.py", ".", "libbrood.a", "cc", "c++"),
    "names": script("check_names.py", ".", "libbrood.a", "cc", "our"),
    "shown": script("check_names.py", ".", "libbrood.a", "cc", "task.c"),
    "style": script("check_style.py", "."),
    "contract": script("check_contract.py", "."),
    "headers": script("check_headers.py", "include", "cc", "c++"),
    "musl": script("check_musl.py", ".", "."),
    "format": ["scripts/format", "--check"],
    "tidy": [sys.executable, "scripts/tidy", ".", ".", "cli"],
    "shell": ["scripts/shell_lint"],
}
COMPILED = ("abi", "arrows", "calls", "symbols", "samples", "shown", "tidy")


def function(name, body, head=""):
    return f"{head}int {name}(void);\nint {name}(void)\n{{\n\t{body}\n}}\n"


# Check, what is planted, the change, a word that the complaint must hold.
PLANTED = [
    ("layers", "a lower layer includes a higher one", {"+lib/sys/fd.c": '#include "job/add.h"\n'}, "job/add.h"),
    ("layers", "a folder of lib/ that is no layer", {"lib/odd/x.c": SPDX}, "odd"),
    ("layers", "a header of lib/ without its layer", {"+lib/sys/fd.c": '#include "fd.h"\n'}, "fd.h"),
    ("layers", "a tool includes another tool",
     {"cli/sh/sh.h": SPDX, "+cli/run/run.c": '#include "sh/sh.h"\n'}, "sh/sh.h"),
    ("layers", "common/ includes a tool", {"+cli/common/say.c": '#include "run/run.h"\n'}, "run/run.h"),
    ("layers", "cli/ includes a header of lib/", {"+cli/run/run.c": '#include "sys/fd.h"\n'}, "sys/fd.h"),
    ("layers", "a file climbs out of its include path",
     {"+cli/run/run.c": '#include "../lib/sys/fd.h"\n'}, "../lib"),
    ("layers", "a contract test reaches for a header of lib/",
     {"tests/contract/test_x.c": SPDX + '#include "../../lib/sys/fd.h"\n'}, "lib/sys/fd.h"),
    ("arrows", "a lower layer calls a higher one",
     {"+lib/sys/fd.c": function("brood__up", "return brood__child();", "int brood__child(void);\n")},
     "brood__child"),
    ("names", "a name that no header has", {"+docs/names.md": "| `sub` | `brood_sub` | |\n"}, "brood_sub"),
    ("names", "a field that its struct has not",
     {"+docs/names.md": "| `sub` | `brood_add.sub` | |\n"}, "has no sub"),
    ("shown", "a program that prints something else", {"examples/languages/task.expected": "3\n"}, "prints"),
    ("abi", "a public function goes", {"lib/job/add.c": SPDX}, "brood_add"),
    ("abi", "a public function takes something else",
     {"include/brood/base.h": BASE_H.replace("int number", "long number"),
      "lib/job/add.c": SPDX + "#include <brood/base.h>\nint brood_add(long number)\n{\n\treturn number > 1;\n}\n"},
     "long int"),
    ("abi", "a constant has another value",
     {"include/brood/base.h": BASE_H.replace("BROOD_ONE 1", "BROOD_ONE 2")}, "BROOD_ONE was 1, is 2"),
    ("abi", "a constant goes", {"include/brood/base.h": BASE_H.replace("BROOD_ONE", "BROOD_TWO")},
     "BROOD_ONE was 1, is gone"),
    ("musl", "a function that only glibc has",
     {"+lib/sys/fd.c": function("brood__all", "return mallinfo2().arena > 0;", "#include <malloc.h>\n")},
     "mallinfo2"),
    ("calls", "the child's side calls the libc",
     {"+lib/spawn/child.c": function("brood__exec", "return close(1);", "#include <unistd.h>\n")}, "close"),
    ("calls", "the child's side calls another file of the library",
     {"+lib/spawn/child.c": function("brood__x", "return brood__fd_one();", "int brood__fd_one(void);\n")},
     "brood__fd_one"),
    ("calls", "the library prints",
     {"+lib/job/add.c": function("brood__say", 'return puts("x");', "#include <stdio.h>\n")}, "puts"),
    ("calls", "the library prints, checked",
     {"+lib/job/add.c": function("brood__say", 'return __printf_chk(1, "x");',
                                 "int __printf_chk(int, const char *, ...);\n")}, "printf"),
    ("calls", "the library ends the host",
     {"+lib/job/add.c": function("brood__die", "abort();", "#include <stdlib.h>\n")}, "abort"),
    ("calls", "the library reads the environment",
     {"+lib/job/add.c": function("brood__e", 'return !getenv("X");', "#include <stdlib.h>\n")}, "getenv"),
    ("calls", "the library installs a handler",
     {"+lib/job/add.c": function("brood__h", "return sigaction(1, 0, 0);", "#include <signal.h>\n")},
     "sigaction"),
    ("calls", "the library changes the directory",
     {"+lib/job/add.c": function("brood__c", 'return chdir("/");', "#include <unistd.h>\n")}, "chdir"),
    ("calls", "the library starts a thread",
     {"+lib/job/add.c": function("brood__t", "return pthread_create(0, 0, 0, 0);",
                                 "#include <pthread.h>\n")}, "pthread_create"),
    ("calls", "fork outside lib/sys/clone.c",
     {"+lib/job/add.c": function("brood__f", "return fork();", "#include <unistd.h>\n")}, "fork"),
    ("calls", "the program runs system()",
     {"+cli/run/run.c": function("run_it", 'return system("x");', "#include <stdlib.h>\n")}, "system"),
    ("calls", "posix_spawn in the program",
     {"+cli/run/run.c": function("run_it", "return posix_spawn(0, 0, 0, 0, 0, 0);",
                                 "#include <spawn.h>\n")}, "posix_spawn"),
    ("calls", "a raw clone outside lib/sys/clone.c",
     {"+cli/run/run.c": function("run_it", "return (int)syscall(SYS_clone, 0);",
                                 "#include <unistd.h>\n#include <sys/syscall.h>\n")}, "SYS_clone"),
    ("symbols", "an exported function that no header declares",
     {"+lib/job/add.c": function("brood_secret", "return 0;",
                                 '__attribute__((visibility("default"))) ')}, "brood_secret"),
    ("symbols", "a declared function that is not exported",
     {"+include/brood/base.h": "BROOD_API int brood_missing(int a,\n\tint b);\n"}, "brood_missing"),
    ("symbols", "a name outside brood_",
     {"+lib/job/add.c": function("helper", "return 0;")}, "helper"),
    ("symbols", "an exported internal name",
     {"+lib/job/add.c": function("brood__inner", "return 0;",
                                 '__attribute__((visibility("default"))) ')}, "brood__inner"),
    ("symbols", "another soname", {"meson.build": "project('brood')\nabi_version = '9'\n"}, "soname"),
    ("docs", "a public function without a comment",
     {"+include/brood/base.h": "\nBROOD_API int brood_bare(void);\n"}, "brood_bare"),
    ("docs", "a comment without Returns",
     {"+include/brood/base.h": "\n/** Does. */\nBROOD_API int brood_add(void);\n"}, "Returns"),
    ("docs", "a public function in no man page", {"man/brood_add.3.scd": "x(3)\n"}, "brood_add"),
    ("docs", "an option of --help without its line in the page",
     {"brood": "#!/bin/sh\necho '  -t, --timeout DURATION  limits'\necho '  -h, --help  helps'\n"}, "--help"),
    ("docs", "an option of the page that --help lacks",
     {"+man/brood-run.1.scd": "\n*--extra*\n\tMore.\n"}, "--extra"),
    ("docs", "a tool without a page",
     {"man/brood-run.1.scd": None, "man/meson.build": "'brood.1' 'brood_add.3'"}, "brood-run.1.scd"),
    ("docs", "a page without EXIT STATUS",
     {"man/brood-run.1.scd": "brood-run(1)\n\n*-t*, *--timeout* _D_\n\tLimits.\n"}, "EXIT STATUS"),
    ("docs", "a page that is not built", {"man/other.7.scd": "other(7)\n"}, "other.7"),
    ("docs", "two versions", {"meson.build": "project('brood', 'c', version: '1.2.4')\n"}, "1.2.4"),
    ("samples", "an example of a page that does not compile",
     {"man/brood_add.3.scd": "# NAME\n\nbrood_add - adds\n\n# EXAMPLE\n\n```\nint main(void) { return x; }\n```\n"},
     "undeclared"),
    ("samples", "an example of a page that fails",
     {"man/brood_add.3.scd": "# NAME\n\nbrood_add - adds\n\n# EXAMPLE\n\n```\nint main(void) { return 7; }\n```\n"},
     "exit code 7"),
    ("samples", "a page without an example", {"man/brood_add.3.scd": "# NAME\n\nbrood_add - adds\n"}, "no program"),
    ("samples", "a name of a page without a link",
     {"man/other.3.scd": "# NAME\n\nother, brood_more - more\n"}, "brood_more"),
    ("samples", "a sample of the README that is not the tested one", {"+tests/contract/samples/readme.c": "int y;\n"},
     "readme.c"),
    ("samples", "a sample of the README that prints something else",
     {"README.md": "```c\n#include <stdio.h>\nint main(void) { return puts(\"one\") < 0; }\n```\n    two\n",
      "tests/contract/samples/readme.c": "#include <stdio.h>\nint main(void) { return puts(\"one\") < 0; }\n"},
     "prints something else"),
    ("samples", "an example that the index lacks", {"examples/two.c": SPDX}, "two.c"),
    ("samples", "a long example", {"examples/two.c": "\n" * 81}, "81 lines"),
    ("samples", "a link that leads nowhere", {"+README.md": "[x](docs/lost.md)\n"}, "docs/lost.md"),
    ("samples", "a file that is named and not there", {"+README.md": "`lib/sys/lost.{h,c}`\n"}, "lib/sys/lost"),
    ("style", "a file without its licence", {"lib/sys/fd.h": "#pragma once\n"}, "fd.h:1"),
    ("style", "a // comment", {"+lib/sys/fd.c": "int brood__x; // why\n"}, "//"),
    ("style", "a long function",
     {"+lib/sys/fd.c": "int brood__l(void)\n{\n" + "\tbrood__x++;\n" * 61 + "}\n"}, "61 lines"),
    ("style", "a long file", {"+lib/sys/fd.c": "\n" * 600}, "more than 600"),
    ("style", "a source that the build does not know", {"lib/sys/lost.c": SPDX}, "lost.c"),
    ("style", "a test that the build does not know", {"tests/unit/test_lost.c": SPDX}, "test_lost.c"),
    ("contract", "a promise without a test",
     {"+tests/contract/ids-a.md": "| GE-2 | Subtracts. | | built |\n"}, "GE-2"),
    ("contract", "a test that covers nothing",
     {"+tests/contract/test_add.c": "\nstatic void idle(void **state)\n{\n\t(void)state;\n}\n"
                                    "void (*idle_test)(void **) = idle;\n"}, "idle"),
    ("contract", "a test of an unknown promise",
     {"tests/contract/test_add.c": SPDX + "/* covers: GE-1.1 DIFF-1 GE-9 */\nstatic void adds(void **state)\n"
                                   "{\n\t(void)state;\n}\n"}, "GE-9"),
    ("contract", "a difference that the book lacks",
     {"+tests/contract/ids-a.md": "| GE-2 | Adds. | adds | difference: DIFF-2 |\n",
      "tests/contract/test_add.c": SPDX + "/* covers: GE-1.1 DIFF-1 GE-2 */\nstatic void adds(void **state)\n"
                                   "{\n\t(void)state;\n}\n"}, "GE-2"),
    ("contract", "a difference without a test",
     {"+docs/differences.md": "| DIFF-2 | One. | Two. | lost |\n"}, "DIFF-2"),
    ("contract", "a promise that is built after all",
     {"tests/contract/ids-a.md": "| GE-1.1 | Adds. | adds | later: issue 9 |\n"}, "GE-1.1"),
    ("contract", "a promise twice",
     {"+tests/contract/ids-a.md": "| GE-1.1 | Adds. | adds | built |\n"}, "twice"),
    ("headers", "a header that needs another one first",
     {"include/brood/x.h": SPDX + "size_t brood_size(void);\n"}, "not ok"),
    ("headers", "a header that is not C99",
     {"include/brood/x.h": SPDX + "#pragma once\nstruct x { int a; struct { int b; }; };\n"}, "x.h as C99"),
    ("headers", "a header that is not C++",
     {"include/brood/x.h": SPDX + "#pragma once\nint x(int class);\n"}, "x.h as C++17"),
    ("format", "a line that clang-format would change", {"+cli/run/run.c": "int  odd;\n"}, "run.c"),
    ("tidy", "an ignored result",
     {"+cli/run/run.c": "#include <stdlib.h>\nint run_it(const char *t);\n"
                        "int run_it(const char *t)\n{\n\treturn atoi(t);\n}\n"}, "cert-err34-c"),
    ("shell", "a careless script", {"scripts/x.sh": "#!/bin/sh\ncd $1\n"}, "SC2164"),
    ("shell", "a careless bats file", {"tests/cli/x.bats": '@test "x" {\n\tcd $1\n}\n'}, "x.bats"),
]


def missing(check):
    tool = {"format": "clang-format", "tidy": "clang-tidy", "shell": "shellcheck", "musl": "musl-gcc",
            "abi": "abidiff"}.get(check)
    return tool if tool and not shutil.which(tool) else None


def attempt(check, _, changes, word):
    """What is wrong with the check, or None."""
    if missing(check):
        return None
    tree = Tree(changes)
    try:
        if check in COMPILED:
            tree.compile()
        run = tree.run(*CHECKS[check])
        said = run.stdout + run.stderr
        if word is None and run.returncode != 0:
            return f"complains about a sound tree: {said}"
        if word is not None and run.returncode not in (1, 123):  # 123: xargs says that a command failed
            return f"exit code {run.returncode}: {said}"
        if word is not None and word not in said:
            return f"does not name {word}: {said}"
        return None
    finally:
        shutil.rmtree(tree.root)


def main():
    cases = [(check, "a sound tree passes", {}, None) for check in CHECKS] + PLANTED
    print(f"1..{len(cases)}")
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        results = pool.map(lambda case: attempt(*case), cases)
        for number, ((check, title, *_), wrong) in enumerate(zip(cases, results), 1):
            failed += bool(wrong)
            skipped = f" # SKIP {missing(check)} is not installed" if missing(check) else ""
            print(f"{'not ' if wrong else ''}ok {number} - {check}: {title}{skipped}", flush=True)
            for line in (wrong or "").splitlines():
                print(f"# {line}")
    return bool(failed)


sys.exit(main())
