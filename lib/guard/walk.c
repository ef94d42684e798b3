/* SPDX-License-Identifier: MIT */
/* Reading the tree of processes from /proc. */

#include "guard/walk.h"

#include "base/put.h"
#include "sys/raw.h"
#include "sys/uapi.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#define PAGE_BYTES  4096
#define LIST_BYTES  ((size_t)64 << 10)
#define NAME_BYTES  32
#define OPEN_FLAGS  (O_RDONLY | O_CLOEXEC)
#define OPEN_FOLDER (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* As proc(5) counts them. */
#define FIELD_GROUP   5
#define FIELD_THREADS 20

/* Goes through the names of an open directory that are numbers. */
struct listing {
	int dir;
	long length;
	long at;
	char bytes[PAGE_BYTES] __attribute__((aligned(8)));
};

static void close_fd(long fd)
{
	if (fd >= 0)
		RAW1(SYS_close, fd);
}

static long open_at(int dir, const char *name, int flags)
{
	long fd;
	do
		fd = RAW4(SYS_openat, dir, name, flags, 0);
	while (fd == -EINTR);
	return fd;
}

/* Who has gone meanwhile has no children. */
static void note_missed(struct brood__walk *walk, int parent, long r)
{
	if (parent == walk->root && r < 0 && r != -ENOENT && r != -ESRCH && walk->missed == 0)
		walk->missed = (int)r;
}

/* Digits to a number; -1 for anything else. */
static int parse_pid(const char *text)
{
	int value = 0;
	if (*text < '0' || *text > '9')
		return -1;
	for (; *text >= '0' && *text <= '9' && value < 100000000; text++)
		value = value * 10 + (*text - '0');
	return *text ? -1 : value;
}

/* Returns the next number, or 0: there is none. */
static int listing_next(struct listing *listing)
{
	for (;;) {
		if (listing->at >= listing->length) {
			listing->at = 0;
			listing->length = RAW3(SYS_getdents64, listing->dir, listing->bytes,
				sizeof listing->bytes);
			if (listing->length <= 0)
				return 0;
		}
		struct brood__dirent *entry = (struct brood__dirent *)(listing->bytes +
								       listing->at);
		listing->at += entry->length;
		int number = parse_pid(entry->name);
		if (number > 0)
			return number;
	}
}

static int add(struct brood__walk *walk, int pid, int parent)
{
	if (walk->n == walk->room) {
		size_t size = walk->room * sizeof *walk->items;
		long r = size == 0 ? RAW6(SYS_mmap, 0, LIST_BYTES, PROT_READ | PROT_WRITE,
					     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
				   : RAW4(SYS_mremap, walk->items, size, size * 2, MREMAP_MAYMOVE);
		if (r < 0 && r > -PAGE_BYTES)
			return (int)r;
		walk->items = (struct brood__walk_item *)r;
		walk->room = (size ? size * 2 : LIST_BYTES) / sizeof *walk->items;
	}
	walk->items[walk->n++] = (struct brood__walk_item){ pid, parent };
	return 0;
}

/* The kernel's own list of the children of one thread: numbers with blanks behind them. */
static int read_children(struct brood__walk *walk, long fd, int parent)
{
	char bytes[PAGE_BYTES];
	int pid = 0;
	long n;
	while ((n = RAW3(SYS_read, fd, bytes, sizeof bytes)) > 0) {
		for (long i = 0; i < n; i++) {
			/* NOLINTNEXTLINE(clang-analyzer-core.*): the kernel wrote it */
			if (bytes[i] >= '0' && bytes[i] <= '9') {
				pid = pid * 10 + (bytes[i] - '0');
				continue;
			}
			int r = pid > 0 ? add(walk, pid, parent) : 0;
			if (r < 0)
				return r;
			pid = 0;
		}
	}
	return 0;
}

static int add_children_of_threads(struct brood__walk *walk, int dir, int parent)
{
	struct listing threads = { .dir = (int)open_at(dir, "task", OPEN_FOLDER) };
	int r = 0;
	note_missed(walk, parent, threads.dir);
	for (int tid; r == 0 && threads.dir >= 0 && (tid = listing_next(&threads)) > 0;) {
		char name[NAME_BYTES];
		*brood__put_text(brood__put_number(name, tid), "/children") = 0;
		long fd = open_at(threads.dir, name, OPEN_FLAGS);
		note_missed(walk, parent, fd);
		if (fd >= 0)
			r = read_children(walk, fd, parent);
		close_fd(fd);
	}
	close_fd(threads.dir);
	return r;
}

struct stat_line {
	bool is_guard;
	char state;
	int parent;
	int group;
};

/* Whether the name that ends before the parenthesis at `end` is a guard's. */
static bool has_name(const char *bytes, long end)
{
	static const char name[] = "(" BROOD__GUARD_NAME;
	long start = end - (long)sizeof name + 1;
	for (long i = 0; start > 0 && i < (long)sizeof name - 1; i++) {
		if (bytes[start + i] != name[i])
			return false;
	}
	return start > 0;
}

static int take_number(const char *bytes, long *at)
{
	int number = 0;
	for (; bytes[*at] >= '0' && bytes[*at] <= '9'; ++*at)
		number = number * 10 + (bytes[*at] - '0');
	return number;
}

/* Whether others go on although the first thread, whose state it is, has ended. at: behind GROUP.
 */
static bool has_threads(const char *bytes, long *at)
{
	for (int blanks = FIELD_THREADS - FIELD_GROUP; bytes[*at] && blanks > 0; ++*at)
		blanks -= bytes[*at] == ' ';
	return take_number(bytes, at) > 1;
}

/* "PID (NAME) STATE PARENT GROUP ...": a name may hold anything, so from the last parenthesis on.
 */
static bool read_stat(int dir, struct stat_line *ret_line)
{
	char bytes[512];
	long fd = open_at(dir, "stat", OPEN_FLAGS);
	long n = fd < 0 ? fd : RAW3(SYS_read, fd, bytes, sizeof bytes - 1);
	close_fd(fd);
	if (n <= 0)
		return false;
	bytes[n] = 0;
	/* A command name has at most 64 bytes, so the first lines of numbers cannot hold one. */
	long at = n - 1;
	while (at > 0 && bytes[at] != ')')
		at--;
	if (at == 0 || at + 4 >= n)
		return false;
	ret_line->is_guard = has_name(bytes, at);
	ret_line->state = bytes[at + 2];
	at += 4;
	ret_line->parent = take_number(bytes, &at);
	at++;
	ret_line->group = take_number(bytes, &at);
	if (ret_line->state == 'Z' && has_threads(bytes, &at))
		ret_line->state = 'S';
	return true;
}

/*
 * Opens /proc, if it shows our own PID namespace: in one that was made without a /proc of its own
 * the numbers there are of other processes.
 */
static int open_proc(struct brood__walk *walk)
{
	char name[NAME_BYTES];
	walk->proc = (int)open_at(AT_FDCWD, "/proc", OPEN_FOLDER);
	if (walk->proc < 0)
		return walk->proc;
	long n = RAW4(SYS_readlinkat, walk->proc, "self", name, sizeof name - 1);
	name[n > 0 ? n : 0] = 0;
	if (parse_pid(name) == RAW0(SYS_getpid))
		return 0;
	close_fd(walk->proc);
	return -ENOENT;
}

static long open_process(const struct brood__walk *walk, int pid)
{
	char name[NAME_BYTES];
	*brood__put_number(name, pid) = 0;
	return open_at(walk->proc, name, OPEN_FOLDER);
}

/* A kernel without lists of children: looks at every process there is. */
static int add_children_by_search(struct brood__walk *walk, int parent)
{
	struct listing all = { .dir = (int)open_at(walk->proc, ".", OPEN_FOLDER) };
	int r = all.dir < 0 ? all.dir : 0;
	for (int pid; r == 0 && (pid = listing_next(&all)) > 0;) {
		struct stat_line line;
		long dir = open_process(walk, pid);
		if (dir >= 0 && read_stat((int)dir, &line) && line.parent == parent)
			r = add(walk, pid, parent);
		close_fd(dir);
	}
	close_fd(all.dir);
	return r;
}

static int add_children(struct brood__walk *walk, int dir, int parent)
{
	if (walk->children_files == 0) {
		long probe = open_at(walk->proc, "thread-self/children", OPEN_FLAGS);
		walk->children_files = probe == -ENOENT ? -1 : 1;
		close_fd(probe);
	}
	return walk->children_files > 0 ? add_children_of_threads(walk, dir, parent)
					: add_children_by_search(walk, parent);
}

static int visit(struct brood__walk *walk, struct brood__walk_item item, brood__walk_fn fn,
	void *data, long *count)
{
	struct stat_line line;
	long dir = open_process(walk, item.pid);
	if (dir == -EMFILE || dir == -ENFILE || dir == -ENOMEM)
		return (int)dir;
	/* /proc does not show it to us (hidepid), but until it is reaped its number is its own. */
	if (dir < 0 && walk->reaps_alone && item.parent == walk->root) {
		const struct brood__walk_process hidden = {
			.pid = item.pid, .is_adopted = true, .state = '?', .dir = -1
		};
		fn(data, &hidden);
		++*count;
		return 0;
	}
	int r = 0;
	bool is_it = dir >= 0 && read_stat((int)dir, &line) &&
		     (line.parent == item.parent || line.parent == walk->root);
	if (is_it) {
		struct brood__walk_process process = {
			.pid = item.pid,
			.is_adopted = item.parent == walk->root,
			.is_guard = line.is_guard,
			.state = line.state,
			.dir = (int)dir,
		};
		size_t before = walk->n;
		/* Its children first: once it is killed they are somebody else's. */
		r = add_children(walk, (int)dir, item.pid);
		if (!fn(data, &process))
			walk->n = before;
		++*count;
	}
	close_fd(dir);
	return r;
}

long brood__walk_tree(struct brood__walk *walk, pid_t root, brood__walk_fn fn, void *data)
{
	long count = 0;
	walk->root = root;
	walk->n = 0;
	walk->missed = 0;
	int r = open_proc(walk);
	if (r < 0)
		return r;
	long self = open_process(walk, root);
	r = self < 0 ? (int)self : add_children(walk, (int)self, root);
	close_fd(self);
	for (size_t i = 0; r == 0 && i < walk->n; i++)
		r = visit(walk, walk->items[i], fn, data, &count);
	close_fd(walk->proc);
	return r < 0 ? r : count;
}

long brood__walk_group(struct brood__walk *walk, pid_t group)
{
	long count = 0;
	int r = open_proc(walk);
	if (r < 0)
		return r;
	struct listing all = { .dir = walk->proc };
	for (int pid; (pid = listing_next(&all)) > 0;) {
		struct stat_line line;
		long dir = open_process(walk, pid);
		if (dir >= 0 && read_stat((int)dir, &line) && line.group == group &&
			line.state != 'Z')
			count++;
		close_fd(dir);
	}
	close_fd(walk->proc);
	return count;
}

long brood__walk_signal(const struct brood__walk_process *process, int signal)
{
	long r = process->dir < 0 ? -ENOSYS
				  : RAW4(SYS_pidfd_send_signal, process->dir, signal, 0, 0);
	/* A filter may refuse this call; kill(2) repeats an error that was meant. */
	if (r == -ENOSYS || r == -EPERM || r == -EINVAL)
		r = RAW2(SYS_kill, process->pid, signal);
	return r;
}

uint64_t brood__walk_memory(const struct brood__walk_process *process)
{
	char bytes[128];
	long fd = open_at(process->dir, "statm", OPEN_FLAGS);
	long n = fd < 0 ? fd : RAW3(SYS_read, fd, bytes, sizeof bytes - 1);
	close_fd(fd);
	uint64_t pages = 0;
	long at = 0;
	/* NOLINTNEXTLINE(clang-analyzer-core.*): the kernel wrote it */
	while (at < n && bytes[at] != ' ')
		at++;
	for (at++; at < n && bytes[at] >= '0' && bytes[at] <= '9'; at++)
		pages = pages * 10 + (uint64_t)(bytes[at] - '0');
	return pages;
}

void brood__walk_done(struct brood__walk *walk)
{
	if (walk->items)
		RAW2(SYS_munmap, walk->items, walk->room * sizeof *walk->items);
	walk->items = NULL;
	walk->room = walk->n = 0;
}
