# SPDX-License-Identifier: MIT
"""The rows of the bench: what is measured, beside whom, and what must be reached."""
import dataclasses

MIB = 1 << 20
CAPTURED = 1024 * MIB
LINES = 10_000_000


@dataclasses.dataclass(frozen=True)
class Subject:
    """Something that is measured. `words` is its command; {build} and the like are filled in by bench/run."""
    name: str
    words: str
    env: dict = dataclasses.field(default_factory=dict)
    heap: int = 0  # MiB of touched heap that it holds meanwhile


@dataclasses.dataclass(frozen=True)
class Target:
    """The first is to take at most `most` times what the second takes."""
    subject: str
    against: str
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
    fresh: bool = False  # a new process for each sample; its peak memory is a measure too
    fds: int = 0  # descriptors that each subject holds
    memory_targets: tuple = ()


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


BYTES = f"{{build}}/bench-gush bytes {CAPTURED}"
TEXT = f"{{build}}/bench-gush lines {LINES}"

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
    Row(8, "10 million lines of 100 bytes", "ms", (
        c("limit", "limit_lines", TEXT),
        c("getline, 4 KiB", "limit_lines", TEXT, env={"PLAIN": "1"}),
        c("brood", "brood_lines", TEXT),
        *peers("lines", TEXT),
    ), against("brood", 1.00, "limit", "getline, 4 KiB", "go", "rust", "python"), "limit",
        rounds=30, slice_ms=0),
    Row(9, "brood run true as a whole command", "us", (
        c("brood run true", "limit_spawn", "{brood} run true"),
        c("timeout 10 true", "limit_spawn", "{timeout} 10 true"),
        c("env true", "limit_spawn", "{env} true"),
        c("true alone", "limit_spawn", "{true}"),
    ), against("brood run true", 1.00, "timeout 10 true"), "timeout 10 true", rounds=61, slice_ms=40),
)


def memory_name(row):
    return row.name + ", peak memory"


def measures():
    """(row number, name) of each measure: its base subject and its targets."""
    found = {}
    for row in ROWS:
        found[row.number, row.name] = row.base, row.targets
        if row.memory_targets:
            found[row.number, memory_name(row)] = "output", row.memory_targets
    return found
