# SPDX-License-Identifier: MIT
"""The rows of the bench: what is measured, beside whom, and what must be reached."""
import dataclasses

import shell_tasks

MIB = 1 << 20
CAPTURED = 1024 * MIB
LINES = 10_000_000
CHILDREN = 10_000
CAPTURED_CHILDREN = 3000
PIPED = 4096 * MIB
LISTED = 2000
JOBS = 100
LETTER = 100  # bytes of a message
RECORD = 156  # bytes that the mailbox appends for one
NOBODY = "65534:65534"  # only root can run these rows
SETPRIV = "{setpriv} --reuid=65534 --regid=65534 --clear-groups"


@dataclasses.dataclass(frozen=True)
class Subject:
    """Something that is measured. `words` is its command; {build} and the like are filled in by bench/run."""
    name: str
    words: str
    env: dict = dataclasses.field(default_factory=dict)
    heap: int = 0  # MiB of touched heap that it holds meanwhile
    mute: bool = False  # what it says on standard error is not shown
    rounds: int = 0  # a slow one takes part in the first so many rounds only; 0: in all


@dataclasses.dataclass(frozen=True)
class Target:
    """The first is to take at most `most` times what the second takes."""
    subject: str
    against: str
    most: float


@dataclasses.dataclass(frozen=True)
class Excess:
    """The first is to take at most `most` more than the second, in the unit of the row."""
    subject: str
    against: str
    most: float


@dataclasses.dataclass(frozen=True)
class Limit:
    """So many of a hundred samples are at most `most`, in the unit of the measure."""
    subject: str
    percent: int
    most: float


@dataclasses.dataclass(frozen=True)
class Most:
    """Its median is at most `most`, in the unit of the measure."""
    subject: str
    most: float


@dataclasses.dataclass(frozen=True)
class Row:
    number: int
    name: str
    unit: str  # of one sample: us or ms
    subjects: tuple
    targets: tuple
    base: str  # the subject that is 1.00 in the table
    rounds: int
    slice_ms: int = 25  # a sample repeats the work until it takes so long
    is_renewed: bool = True  # in another process now and then; False: all is done by a program of its own anyway
    fresh: bool = False  # a new process for each sample; its peak memory is a measure too
    fds: int = 0  # descriptors that each subject holds
    memory_targets: tuple = ()
    fds_targets: tuple = ()
    deadline: bool = False  # the subjects are bench-deadline, whose answers are three measures
    left_targets: tuple = ()
    crowd: int = 0  # so many children; the subjects answer as crowd.h says: that is five measures


def limits(percent, most, *subjects):
    return tuple(Limit(subject, percent, most) for subject in subjects)


def against(subject, most, *others):
    return tuple(Target(subject, other, most) for other in others)


def c(name, program, words="{noop}", **more):
    return Subject(name, f"{{build}}/bench-{program} {words}", **more)


def peers(work, words):
    return (
        Subject("go", f"{{go}} {work} {words}"),
        Subject("rust", f"{{rust}} {work} {words}"),
        Subject("python", f"{{python}} {work} {words}"),
    )


def latency(percent):
    return (
        c("brood filter", "latency", f"{percent} {{brood}} filter {MOST}"),
        c("grep --line-buffered", "latency", f"{percent} {{grep}} -aE --line-buffered {MOST}"),
        c("ripgrep --line-buffered", "latency", f"{percent} {{rg}} -a --line-buffered {MOST}"),
    )


BYTES = f"{{build}}/bench-gush bytes {CAPTURED}"
TEXT = f"{{build}}/bench-gush lines {LINES}"
CROWD = f"{CHILDREN} {{build}}/bench-gate"
STAGES = f"head -c {PIPED} /dev/zero | cat | cat | wc -c"
SOURCE = f"head -c {PIPED} /dev/zero"
TEN = " | ".join(["/bin/true"] * 10)  # with its path: bash has one of its own

# What is looked for in a log: few lines, by a string, a regular expression, and most of all lines.
STRING, REGEX, MOST = "ERROR", "id=[0-9]*77[0-9]*.latency", "INFO|DEBUG|WARN"

# What bash runs: subjects name them in braces.
SCRIPTS = {
    "watched": f"{SOURCE} | cat | wc -c",
    "watched_pv": f"{SOURCE} | {{pv}} | cat | wc -c",
    "ten": TEN,
    "direct": f"{SOURCE} | wc -c",
    "pv_limit": f"{SOURCE} | {{pv}} -q -L 1T | wc -c",
    "mbuffer_64": f"{SOURCE} | {{mbuffer}} -q -m 64M | wc -c",
    "tee_out": f"{SOURCE} | {{tee}} >(cat >/dev/null) | wc -c",
    "live_brood": "cat {log} | {brood} filter '" + MOST + "' | wc -c",
    "live_grep": "cat {log} | {grep} -aE '" + MOST + "' | wc -c",
    "live_rg": "cat {log} | {rg} -a '" + MOST + "' | wc -c",
    "brood_tee": f"exec {{brood}} pipe '{SOURCE}' --tee 'cat >/dev/null' 'wc -c'",
}

# Shells, as a system would call them. ksh93 and busybox are named as Debian names them.
SHELLS = {
    "brood sh": "{brood} sh",
    "dash": "{dash}",
    "bash --posix": "{bash} --posix",
    "mksh": "{mksh}",
    "busybox ash": "{busybox} ash",
    "ksh93": "{ksh93}",
    "yash": "{yash}",
}
SLOW_SHELLS = ("bash --posix", "mksh", "yash")

# What they are measured with: the scripts of shell_tasks.py; true: those that some shells need long for.
SHELL_TASKS = (
    (f"{shell_tasks.TURNS} turns of an arithmetic loop", "loops", True),
    (f"a string of {shell_tasks.CHARACTERS} single characters", "strings", True),
    (f"{shell_tasks.CALLS} calls of functions", "functions", True),
    (f"{shell_tasks.PROCESSES} external commands", "commands", False),
    (f"{shell_tasks.PROCESSES} command substitutions of a built-in", "substitutions_of_a_builtin", False),
    (f"{shell_tasks.PROCESSES} command substitutions of a program", "substitutions_of_a_program", False),
    (f"{shell_tasks.PROCESSES} pipelines of two programs", "pipelines", False),
    (f"{shell_tasks.PROCESSES} pipelines of a built-in and a program", "pipelines_from_a_builtin", False),
    (f"{shell_tasks.LINES} lines of a file", "lines_of_a_file", True),
    (f"{shell_tasks.PIPED_LINES} lines of a pipe", "lines_of_a_pipe", False),
    (f"globs of {shell_tasks.FILES} files", "globs", False),
    (f"here-documents of {2 * shell_tasks.HERE_LINES} lines", "here_documents", False),
    (f"parsing {shell_tasks.PARSED_LINES} lines", "parsing", False),
    ("case and parameter patterns", "patterns", False),
    ("field splitting", "splitting", False),
    (f"{shell_tasks.SUBSHELL_TURNS} subshells of built-ins", "subshells", True),
    (f"{shell_tasks.PROCESSES} subshells with programs", "subshells_with_programs", False),
)


def shells(program, words, is_long=False, without=()):
    return tuple(c(name, program, f"{shell} {words}", rounds=5 if is_long and name in SLOW_SHELLS else 0)
                 for name, shell in SHELLS.items() if name not in without)


def shell_row(name, unit, subjects, **more):
    others = [subject.name for subject in subjects if subject.name != "brood sh"]
    return Row(12, f"shell: {name}", unit, subjects, against("brood sh", 1.05, *others), "dash", rounds=30, **more)


def shell_rows():
    yield shell_row("start-up", "us", shells("limit_spawn", "-c :"))
    for name, script, is_long in SHELL_TASKS:
        yield shell_row(name, "ms", shells("script", f"{{shell_{script}}}", is_long), slice_ms=0,
                        is_renewed=False)
    yield shell_row(f"a string of {shell_tasks.MORE_CHARACTERS} single characters", "ms",
                    shells("script", "{shell_long_strings}", without=SLOW_SHELLS), slice_ms=0,
                    is_renewed=False)


ROWS = (
    Row(1, "start and wait of a no-op program, small parent", "us", (
        c("limit", "limit_spawn"),
        c("brood", "brood_spawn"),
        c("posix_spawn", "posix_spawn"),
        *peers("spawn", "{noop}"),
        Subject("libuv", "{libuv} {noop}"),
        Subject("glib", "{glib} {noop}"),
    ), (
        *against("brood", 1.05, "limit"),
        *against("brood", 1.00, "posix_spawn", "go", "rust", "python", "libuv", "glib"),
    ), "limit", rounds=101),
    Row(2, "start and wait with 1 GiB and 4 GiB of touched heap", "us", (
        c("brood, small", "brood_spawn"),
        c("brood, 1 GiB", "brood_spawn", "--heap 1024 {noop}", heap=1024),
        c("brood, 4 GiB", "brood_spawn", "--heap 4096 {noop}", heap=4096),
        c("posix_spawn, 4 GiB", "posix_spawn", "--heap 4096 {noop}", heap=4096),
        c("fork, 1 GiB", "fork", "--heap 1024 {noop}", heap=1024),
        c("fork, 4 GiB", "fork", "--heap 4096 {noop}", heap=4096),
    ), (
        *against("brood, 1 GiB", 1.10, "brood, small"),
        *against("brood, 4 GiB", 1.10, "brood, small"),
    ), "brood, small", rounds=61),
    Row(3, "start and wait with 15 000 open descriptors", "us", (
        c("brood", "brood_spawn", "--fds 15000 {noop}"),
        c("limit", "limit_spawn", "--fds 15000 {noop}"),
        c("posix_spawn", "posix_spawn", "--fds 15000 {noop}"),
        c("posix_spawn + closefrom", "posix_spawn", "--fds 15000 {noop}", env={"CLOSEFROM": "1"}),
        Subject("go", "{go} --fds 15000 spawn {noop}"),
    ), against("brood", 0.50, "posix_spawn", "posix_spawn + closefrom", "go"), "posix_spawn",
        rounds=61, fds=15000),
    Row(4, "capture of 1 GiB", "ms", (
        c("limit", "limit_capture", BYTES),
        c("brood", "brood_capture", BYTES),
        *peers("capture", BYTES),
    ), against("brood", 1.10, "limit"), "limit", rounds=30, fresh=True,
        memory_targets=against("brood", 1.05, "output")),
    Row(5, "feeding 1 GiB while capturing 1 GiB", "ms", (
        c("limit", "limit_feed", f"{CAPTURED} {{cat}}"),
        c("brood", "brood_feed", f"{CAPTURED} {{cat}}"),
        Subject("go", f"{{go}} feed {CAPTURED} {{cat}}"),
        Subject("python", f"{{python}} feed {CAPTURED} {{cat}}"),
    ), against("brood", 1.00, "go", "python"), "limit", rounds=30, fresh=True),
    Row(6, f"{CHILDREN} children alive at once", "ms", (
        c("brood", "brood_crowd", CROWD),
        Subject("go", f"{{go}} crowd {CROWD}"),
        Subject("libuv", f"{{libuv_crowd}} {CROWD}", rounds=5),
        Subject("asyncio", f"{{python}} crowd {CROWD}", rounds=2),
    ), against("brood", 0.80, "go"), "brood", rounds=30, crowd=CHILDREN,
        memory_targets=(Most("brood", 2), Most("brood, malloc", 2)), fds_targets=(Most("brood", 1),)),
    Row(7, "four programs joined by pipes, 4 GiB", "ms", (
        c("bash", "script", "{pipeline}"),
        c("brood", "brood_pipeline", STAGES),
        c("brood pipe", "script", f"{{brood}} pipe {STAGES}"),
    ), (
        Target("brood", "bash", 1.02),
        Target("brood pipe", "bash", 1.02),
    ), "bash", rounds=30, slice_ms=0),
    Row(8, "10 million lines of 100 bytes", "ms", (
        c("limit", "limit_lines", TEXT),
        c("getline, 4 KiB", "limit_lines", TEXT, env={"PLAIN": "1"}),
        c("brood", "brood_lines", TEXT),
        *peers("lines", TEXT),
    ), against("brood", 1.00, "limit", "getline, 4 KiB", "go", "rust", "python"), "limit",
        rounds=30, slice_ms=0),
    Row(9, "brood run true as a whole command", "us", (
        c("brood run true", "limit_spawn", "{brood} run true"),
        c("brood run -t 10s true", "limit_spawn", "{brood} run -t 10s true"),
        c("brood as timeout 10 true", "limit_spawn", "{brood_as_timeout} 10 true"),
        c("brood run --report true", "limit_spawn", "{brood} run --report true", mute=True),
        c("brood run --tree group true", "limit_spawn", "{brood} run --tree group true"),
        c("timeout 10 true", "limit_spawn", "{timeout} 10 true"),
        c("tini -s -- true", "limit_spawn", "{tini} -s -- true"),
        c("env true", "limit_spawn", "{env} true"),
        c("true alone", "limit_spawn", "{true}"),
    ), (
        Target("brood run true", "timeout 10 true", 1.00),
        Target("brood run -t 10s true", "timeout 10 true", 1.00),
        Target("brood as timeout 10 true", "timeout 10 true", 1.00),
        Excess("brood run --report true", "brood run true", 200),
    ), "timeout 10 true", rounds=61, slice_ms=40),
    Row(10, "end of a tree of five processes after a limit of 100 ms", "ms", (
        c("brood run", "deadline", "100 {brood} run -t 100ms {build}/bench-tree"),
        c("brood run, two ignore TERM", "deadline",
          "150 {brood} run -t 100ms -k 50ms {build}/bench-tree stubborn"),
        c("brood run --tree group", "deadline", "100 {brood} run --tree group -t 100ms {build}/bench-tree"),
        c("timeout", "deadline", "100 {timeout} 0.1 {build}/bench-tree"),
        c("timeout -k, two ignore TERM", "deadline", "100 {timeout} -k 0.05 0.1 {build}/bench-tree stubborn"),
    ), limits(99, 5, "brood run", "brood run, two ignore TERM"), "timeout", rounds=201, deadline=True,
        left_targets=limits(100, 0, "brood run", "brood run, two ignore TERM")),
    Row(11, "lines of 1 GiB of log with a string", "ms", (
        c("brood filter -F", "script", f"{{brood}} filter -c -F {STRING} {{log}}"),
        c("grep -F", "script", f"{{grep}} -a -c -F {STRING} {{log}}"),
        c("ripgrep -F", "script", f"{{rg}} -a -c -F {STRING} {{log}}"),
    ), against("brood filter -F", 1.00, "grep -F"), "grep -F", rounds=30, slice_ms=0),
    Row(11, "lines of 1 GiB of log with one of 1000 strings", "ms", (
        c("brood filter -F -f", "script", "{brood} filter -c -F -f {strings} {log}"),
        c("grep -F -f", "script", "{grep} -a -c -F -f {strings} {log}"),
        c("ripgrep -F -f", "script", "{rg} -a -c -F -f {strings} {log}"),
    ), against("brood filter -F -f", 1.00, "grep -F -f", "ripgrep -F -f"), "grep -F -f", rounds=30, slice_ms=0),
    Row(11, "lines of 1 GiB of log with a regular expression", "ms", (
        c("brood filter", "script", f"{{brood}} filter -c {REGEX} {{log}}"),
        c("grep -E", "script", f"{{grep}} -a -c -E {REGEX} {{log}}"),
        c("ripgrep", "script", f"{{rg}} -a -c {REGEX} {{log}}"),
    ), against("brood filter", 1.00, "grep -E"), "grep -E", rounds=30, slice_ms=0),
    Row(11, "1 GiB of log from pipe to pipe, most lines", "ms", (
        c("brood filter", "script", "{live_brood}"),
        c("grep -E", "script", "{live_grep}"),
        c("ripgrep", "script", "{live_rg}"),
    ), against("brood filter", round(1 / 1.2, 3), "grep -E"), "grep -E", rounds=30, slice_ms=0),
    Row(11, "a single line from pipe to pipe, p50", "us", latency(50),
        against("brood filter", 1.30, "grep --line-buffered"), "grep --line-buffered", rounds=61, slice_ms=0),
    Row(11, "a single line from pipe to pipe, p99", "us", latency(99),
        against("brood filter", 1.30, "grep --line-buffered"), "grep --line-buffered", rounds=61, slice_ms=0),
    *shell_rows(),
    Row(15, f"the example parallel beside xargs, {LISTED} commands, two at a time", "ms", (
        c("xargs -P 2", "limit_spawn", "{with_list} {xargs} -d \\n -n 1 -P 2 {noop}"),
        c("parallel 2", "limit_spawn", "{with_list} {build}/bench-parallel 2 {noop}"),
        c("xargs, one at a time", "limit_spawn", "{with_list} {xargs} -d \\n -n 1 {noop}"),
        c("parallel 1", "limit_spawn", "{with_list} {build}/bench-parallel 1 {noop}"),
    ), (
        Target("parallel 2", "xargs -P 2", 1.00),
        Target("parallel 1", "xargs, one at a time", 1.00),
    ), "xargs -P 2", rounds=30, slice_ms=0),
    Row(16, f"{CAPTURED_CHILDREN} children alive at once, both outputs captured", "ms", (
        c("brood", "brood_crowd", f"{CAPTURED_CHILDREN} {{build}}/bench-gate", env={"CAPTURE": "1"}),
        Subject("go", f"{{go}} crowd {CAPTURED_CHILDREN} {{build}}/bench-gate", env={"CAPTURE": "1"}),
    ), against("brood", 0.80, "go"), "brood", rounds=30, crowd=CAPTURED_CHILDREN),
    Row(17, "a message put into the mailbox, not synced", "us", (
        c("limit, append", "limit_append", f"1 off {RECORD}"),
        c("brood", "brood_mailbox", f"1 put off {LETTER}"),
    ), against("brood", 1.11, "limit, append"), "limit, append", rounds=61),
    Row(18, "a message put into the mailbox, synced, by 1 and by 8 producers", "us", (
        c("limit, 1", "limit_append", f"1 always {RECORD}"),
        c("brood, 1", "brood_mailbox", f"1 put group {LETTER}"),
        c("limit, 8", "limit_append", f"8 always {RECORD}"),
        c("brood, 8", "brood_mailbox", f"8 put group {LETTER}"),
    ), (
        Target("brood, 1", "limit, 1", 1.11),
        Target("brood, 8", "limit, 8", 1.11),
    ), "limit, 1", rounds=61, slice_ms=100),
    Row(19, f"{JOBS} jobs put into a queue and worked off", "ms", (
        c("brood mailbox", "limit_spawn", "{jobs_brood}"),
        c("brood mailbox, not synced, as the peers", "limit_spawn", "{jobs_brood_off}"),
        c("nq", "limit_spawn", "{jobs_nq}"),
        c("task-spooler", "limit_spawn", "{jobs_tsp}"),
    ), (
        *against("brood mailbox", 1.00, "nq", "task-spooler"),
        *against("brood mailbox, not synced, as the peers", 1.00, "nq", "task-spooler"),
    ), "nq", rounds=30, slice_ms=0),
    Row(20, "a message put in, taken and done", "us", (
        c("limit, 3 appends", "limit_append", f"1 off {RECORD} 3"),
        c("brood, not synced", "brood_mailbox", f"1 take off {LETTER}"),
        c("brood, synced", "brood_mailbox", f"1 take group {LETTER}"),
        c("brood, with a program", "brood_mailbox", f"1 job group {LETTER} {{noop}}"),
    ), (), "limit, 3 appends", rounds=30),
    Row(21, "4 GiB through three programs that are watched", "ms", (
        c("bash, not watched", "script", "{watched}"),
        c("brood pipe --stats", "script", f"{{brood}} pipe --stats {SOURCE} | cat | wc -c", mute=True),
        c("brood pipe", "script", f"{{brood}} pipe {SOURCE} | cat | wc -c"),
        c("bash with pv", "script", "{watched_pv}", mute=True),
    ), against("brood pipe --stats", 1.02, "bash, not watched"), "bash, not watched", rounds=30, slice_ms=0),
    Row(22, "start and end of a pipeline of ten programs", "ms", (
        c("bash", "limit_spawn", "{ten}"),
        c("brood pipe", "limit_spawn", f"{{brood}} pipe {TEN}"),
        c("brood pipe --stats", "limit_spawn", f"{{brood}} pipe --stats {TEN}", mute=True),
    ), against("brood pipe", 1.00, "bash"), "bash", rounds=61),
    Row(23, "4 GiB through a process in between", "ms", (
        c("nothing in between", "script", "{direct}"),
        c("brood pipe --rate", "script", f"{{brood}} pipe --rate 1024G {SOURCE} | wc -c"),
        c("pv -L", "script", "{pv_limit}"),
        c("brood pipe [mem=64M]", "script", f"{{brood}} pipe [mem=64M] {SOURCE} | wc -c"),
        c("mbuffer -m 64M", "script", "{mbuffer_64}"),
        c("brood pipe --tee", "script", "{brood_tee}"),
        c("tee", "script", "{tee_out}"),
    ), (
        Target("brood pipe --rate", "pv -L", 1.00),
        Target("brood pipe [mem=64M]", "mbuffer -m 64M", 1.00),
        Target("brood pipe --tee", "tee", 1.00),
    ), "nothing in between", rounds=30, slice_ms=0),
    Row(24, "an entry point: another user, a limit, then the program", "us", (
        c("brood exec", "limit_spawn", f"{{brood}} exec --user {NOBODY} --groups none -l nofile=1024 {{true}}"),
        c("brood exec, user only", "limit_spawn", f"{{brood}} exec --user {NOBODY} --groups none {{true}}"),
        c("brood exec, nothing", "limit_spawn", "{brood} exec {true}"),
        c("setpriv, prlimit", "limit_spawn", f"{SETPRIV} {{prlimit}} --nofile=1024 {{true}}"),
        c("setpriv", "limit_spawn", f"{SETPRIV} {{true}}"),
        c("env", "limit_spawn", "{env} {true}"),
        c("true alone", "limit_spawn", "{true}"),
    ), (
        Target("brood exec", "setpriv, prlimit", 1.00),
        Target("brood exec", "setpriv", 1.00),
        Target("brood exec, user only", "setpriv", 1.00),
        Target("brood exec, nothing", "env", 1.00),
    ), "setpriv", rounds=61, slice_ms=40),
    Row(25, "an init: start and end of a program beneath it", "us", (
        c("brood exec --init", "limit_spawn", "{brood} exec --init {true}"),
        c("tini -s", "limit_spawn", "{tini} -s -- {true}"),
        c("dumb-init", "limit_spawn", "{dumb-init} {true}"),
        c("catatonit", "limit_spawn", "{catatonit} -- {true}"),
        c("true alone", "limit_spawn", "{true}"),
    ), against("brood exec --init", 1.00, "tini -s", "dumb-init"), "tini -s", rounds=61, slice_ms=40),
)


def memory_name(row):
    return row.name + ", peak memory"


def crowd_names(row):
    """What else is measured of a crowd: name, unit."""
    return ((row.name + ", starting them", row.unit),
            (row.name + ", memory for each", "KiB"),
            (row.name + ", descriptors for each", "descriptors"),
            (row.name + ", threads", "threads"))


def left_name(row):
    return row.name + ", left alive"


def startup_name(row):
    return row.name + ", start-up of the job"


def measures():
    """(row number, name) of each measure: its base subject, if it has one, and its targets."""
    found = {}
    for row in ROWS:
        found[row.number, row.name] = row.base, row.targets
        if row.crowd:
            for (name, _), targets in zip(crowd_names(row), ((), row.memory_targets, row.fds_targets,
                                                             (Most("brood", 1),))):
                found[row.number, name] = row.base, targets
        elif row.memory_targets or row.fresh:
            found[row.number, memory_name(row)] = "output", row.memory_targets
        if row.deadline:
            found[row.number, left_name(row)] = None, row.left_targets
            found[row.number, startup_name(row)] = row.base, ()
    return found
