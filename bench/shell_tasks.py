# SPDX-License-Identifier: MIT
"""The scripts of row 12: what shells are measured with.

They are made afresh for each run of the bench: names, values and texts are random, so that no shell can
know one of them beforehand; the amount of work is always the same. Each prints one number, which all
shells must agree on. Only what POSIX has is used, and of the built-ins only those that all of them have
(mksh has no printf, and its numbers have 32 bits).
"""
import pathlib
import random
import re
import string
import textwrap

TURNS = 1_000_000
CALLS = 200_000
CHARACTERS = 8_000
MORE_CHARACTERS = 100_000
PROCESSES = 2_000
LINES = 200_000
PIPED_LINES = 50_000
FILES = 20_000
PARSED_LINES = 50_000
HERE_LINES = 20_000
WORDS = 400
PATTERN_ROUNDS = 100
SPLITS = 3_000
SUBSHELL_TURNS = 10_000

LOOP = """
@BEGIN
@i=0 @sum=@NUMBER
while [ "$@i" -lt @TURNS ]; do
    @i=$((@i + 1))
@BODY
done
@END
"""

STRING = """
@letter=@LETTER
@text=$@text$@letter
"""

FUNCTIONS = """
@f() {
    @result=$(($1 + $# + @NUMBER))
    return $((@result % 2))
}
@g() {
    @result=$1
}
"""

CALL = """
@f "$@i" @WORD "$@sum" || @g @NUMBER
@sum=$(((@sum + @result) % @NUMBER))
"""

COMMANDS = """
@value=$@i @NOOP "$@i" @WORD
@sum=$((@sum + $? + @DIGITS))
"""

SUBSTITUTIONS_OF_A_BUILTIN = """
@value=$(echo @WORD "$@i")
@sum=$((@sum + ${#@value}))
"""

SUBSTITUTIONS_OF_A_PROGRAM = """
@value=$(@ECHO @WORD "$@i")
@sum=$((@sum + ${#@value}))
"""

PIPELINES = """
@NOOP @WORD "$@i" | @NOOP @WORD
@sum=$((@sum + $? + @DIGITS))
"""

PIPELINES_FROM_A_BUILTIN = """
echo "$@i" @WORD "$@sum" | @CAT >@out
read -r @value @rest <@out
@sum=$((@sum + @value + @DIGITS))
"""

LINES_OF_A_FILE = """
@sum=0
while read -r @first @middle @rest; do
    @sum=$(((@sum + @first + ${#@middle} + ${#@rest}) % 10000019))
done <@FILE
echo "$@sum"
"""

LINES_OF_A_PIPE = """
@CAT @FILE | {
    @sum=0
    while IFS= read -r @line; do
        @sum=$((@sum + ${#@line}))
    done
    echo "$@sum"
}
"""

GLOBS = """
@sum=0
cd @folder
for @file in *; do
    @sum=$(((@sum * 3 + ${#@file}) % 1000003))
done
set -- *@A*.[ch]
@sum=$((@sum + $#))
set -- *@B?.txt ??@C*[!@A-m].log
@sum=$((@sum + $#))
for @file in ../@folder/[@A-x]*; do
    @sum=$(((@sum * 3 + ${#@file}) % 1000003))
done
echo "$@sum"
"""

PATTERNS = """
for @word in @LIST; do
    case $@word in
    @WORD | @WORD.c | "@WORD") @sum=0 ;;
    @A*.c | ?@B*.o) @sum=$((@sum + 1)) ;;
    *[@C-z@A]*/*@B*.tar.gz) @sum=$((@sum + 2)) ;;
    [!@A-m]*/[[:alpha:]]*.txt) @sum=$((@sum + 3)) ;;
    *) @sum=$((@sum + 4)) ;;
    esac
    @rest=${@word##*/}
    @rest=${@rest%.*}${@word%%/*}${@word#?*[@A@B@C]}
    @sum=$((@sum + ${#@rest}))
done
"""

SPLITTING = """
IFS=:
set -- $@line:$@i
IFS=' '
@sum=$((@sum + $# + ${#2}))
set -- $@listed
for @field in "$@"; do :; done
@sum=$((@sum + $# + ${#@field}))
"""

LEAVING = """
@value=@DIGITS
@f() {
    @value=$1
    cd /
    exit $(($1 % 5))
}
"""

SUBSHELLS = """
(@value=$((@i + 1)); @f "$@value")
@sum=$((@sum + $? + @value))
"""

SUBSHELLS_WITH_PROGRAMS = """
(@value=$@i; @NOOP "$@value"; exit $((@value % 5)))
@sum=$((@sum + $? + @value))
{ @value=7; @NOOP @WORD; } &
wait
@sum=$((@sum + $? + @value))
"""

SUM_OF_TEXT = 'echo "$@text" | @CKSUM | { read -r @sum @text; echo "$@sum"; }'

# Some lines of a script that is only parsed.
CONSTRUCTS = (
    'if [ "$@P" -gt @NUMBER ] && [ -n "$@P" ]; then\n\techo "@WORD @WORD $@P"\n'
    "elif @WORD -x --@WORD=$@P; then\n\t@P=$((@P + @NUMBER))\nelse\n\treturn 1\nfi\n",
    'case $@P in\n@WORD | @WORD*) @P=@WORD ;;\n"@WORD"[a-z]?)\n\t@WORD "$@P" ;;\n*) : ;;\nesac\n',
    "for @P in @WORD @WORD @WORD \"$@P\"; do\n\t@WORD \"${@P#*.}\" '@WORD @WORD' >/dev/null 2>&1\n\tbreak\ndone\n",
    'while read -r @P @P; do\n\t@WORD "$@P" | @WORD -c "${@P:-@WORD}" || continue\ndone <@WORD\n',
    "@P=$(@WORD -@LETTER \"$@P\" | @WORD 's/@WORD/@WORD/')\n",
    "# @WORD @WORD @WORD @WORD @WORD\n\n",
    "@WORD @WORD @WORD \"@WORD @WORD ${@P}\" '@WORD' # @WORD\n",
    "@WORD <<END\n@WORD @WORD @WORD $@P\n@WORD @WORD\nEND\n",
)


class Task:
    """One script while it is made. In its texts @lower is a name of the script's, always the same for one
    word, @A to @C are letters, always the same, and other @UPPER something new each time."""

    def __init__(self, tasks):
        self.tasks, self.chance, self.names = tasks, tasks.chance, {}
        self.letters = dict(zip("ABC", self.chance.sample("aeil", 3)))

    def fill(self, text):
        text = textwrap.dedent(text).strip("\n") if text.startswith("\n") else text
        return re.sub(r"@(\w+)", lambda found: self.value(found[1]), text)

    def value(self, word):
        if word.islower():
            if word not in self.names:
                self.names[word] = self.tasks.name()
            return self.names[word]
        if word in self.letters:
            return self.letters[word]
        if word in self.tasks.programs:
            return self.tasks.programs[word]
        return getattr(self, word)()

    def WORD(self, low=3, high=9):
        return "".join(self.chance.choices(string.ascii_lowercase, k=self.chance.randint(low, high)))

    def LETTER(self):
        return self.chance.choice(string.ascii_lowercase)

    def NUMBER(self):
        return str(self.chance.randint(100_000, 999_999))

    def DIGITS(self):
        return str(self.chance.randint(100, 999))

    def P(self):
        """A name, but no new one each time."""
        return self.value(f"p{self.chance.choice(string.ascii_lowercase)}")

    def FILE(self):
        return self.tasks.data

    def LIST(self):
        return " ".join(f"{self.WORD()}/{self.WORD()}/{self.WORD()}.{self.chance.choice(['c', 'tar.gz', 'txt', 'o'])}"
                        for _ in range(WORDS))

    def loop(self, turns, body, begin="", end='echo "$@sum"'):
        parts = {"@TURNS": str(turns), "@BODY": textwrap.indent(body.strip(), "    "), "@BEGIN": begin, "@END": end}
        return self.fill(re.sub("@(TURNS|BODY|BEGIN|END)", lambda found: parts[found[0]], LOOP))


class Tasks:
    """Makes a script when it is first asked for, in a folder that is this run's alone."""

    def __init__(self, folder, programs):
        self.chance = random.Random()
        self.folder = pathlib.Path(folder)
        self.used = set()
        self.data = None
        # Programs have names of this run too, so that no shell takes them for a built-in.
        self.bin = self.folder / self.name()
        self.bin.mkdir(parents=True)
        self.programs = {name: self.name() for name in programs}
        for name, path in programs.items():
            (self.bin / self.programs[name]).symlink_to(path)

    def name(self):
        """An identifier that is no reserved word and not used yet."""
        while True:
            name = "v" + "".join(self.chance.choices(string.ascii_lowercase, k=6))
            if name not in self.used:
                self.used.add(name)
                return name

    def path(self, name):
        out = self.folder / name
        if not out.exists():
            out.write_text(f"PATH={self.bin}:$PATH\ncd {self.folder}\n{getattr(self, name)(Task(self))}\n")
        return out

    def file(self, text):
        self.data = str(self.folder / self.name())
        pathlib.Path(self.data).write_text(text)

    def loops(self, task):
        return task.loop(TURNS, "@sum=$(((@sum * @DIGITS + @i) % @NUMBER))")

    def strings(self, task):
        return task.loop(CHARACTERS, STRING, "@text=", SUM_OF_TEXT)

    def long_strings(self, task):
        return task.loop(MORE_CHARACTERS, STRING, "@text=", SUM_OF_TEXT)

    def functions(self, task):
        return task.loop(CALLS, CALL, FUNCTIONS)

    def commands(self, task):
        return task.loop(PROCESSES, COMMANDS)

    def substitutions_of_a_builtin(self, task):
        return task.loop(PROCESSES, SUBSTITUTIONS_OF_A_BUILTIN)

    def substitutions_of_a_program(self, task):
        return task.loop(PROCESSES, SUBSTITUTIONS_OF_A_PROGRAM)

    def pipelines(self, task):
        return task.loop(PROCESSES, PIPELINES)

    def pipelines_from_a_builtin(self, task):
        return task.loop(PROCESSES, PIPELINES_FROM_A_BUILTIN)

    def lines_of_a_file(self, task):
        self.file("".join(f"{task.NUMBER()}{' ' * self.chance.randint(1, 3)}{task.WORD()} "
                          f"{' '.join(task.WORD() for _ in range(self.chance.randint(0, 6)))}\n"
                          for _ in range(LINES)))
        return task.fill(LINES_OF_A_FILE)

    def lines_of_a_pipe(self, task):
        self.file("".join(f"{task.NUMBER()}:{task.WORD(20, 50)}\n" for _ in range(PIPED_LINES)))
        return task.fill(LINES_OF_A_PIPE)

    def globs(self, task):
        folder, files = self.folder / task.value("folder"), set()
        folder.mkdir()
        while len(files) < FILES:
            files.add(f"{task.WORD(6, 12)}.{self.chance.choice(['c', 'h', 'txt', 'log'])}")
        for file in files:
            (folder / file).touch()
        return task.fill(GLOBS)

    def here_documents(self, task):
        literal = "".join(task.fill("@WORD @WORD @WORD @WORD @WORD @WORD @WORD\n") for _ in range(HERE_LINES))
        expanded = "".join(task.fill("@WORD $@value @WORD ${@other:-@WORD} $((@NUMBER + @value))\n")
                           for _ in range(HERE_LINES))
        return task.fill("@value=@NUMBER\n{\n@CAT <<'END'\n") + literal + task.fill("END\n@CAT <<END\n") + expanded + \
            task.fill("END\n} | @CKSUM | { read -r @value @other; echo $@value; }")

    def parsing(self, task):
        parts, n_lines = [], 0
        while n_lines < PARSED_LINES:
            body = "".join(task.fill(self.chance.choice(CONSTRUCTS)) for _ in range(12))
            parts.append(f"{self.name()}() {{\n{body}}}\n")
            n_lines += parts[-1].count("\n")
        return "".join(parts) + f"echo {task.NUMBER()}"

    def patterns(self, task):
        return task.loop(PATTERN_ROUNDS, PATTERNS)

    def splitting(self, task):
        fields = [task.WORD(0, 7) for _ in range(100)]
        return task.loop(SPLITS, SPLITTING, f"@line={':'.join(fields)} @listed='{'  '.join(fields)}'")

    def subshells(self, task):
        return task.loop(SUBSHELL_TURNS, SUBSHELLS, LEAVING)

    def subshells_with_programs(self, task):
        return task.loop(PROCESSES // 2, SUBSHELLS_WITH_PROGRAMS)
