/* SPDX-License-Identifier: MIT */
#include "picture.h"

#include "hygiene.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

extern char **environ;

enum { LAST_SIGNAL = 64, LAST_LIMIT = 15, FILE_ROOM = 1 << 16 };

__attribute__((format(printf, 2, 3))) static void put(
	struct picture *picture, const char *format, ...)
{
	size_t room = PICTURE_ROOM - picture->used;
	va_list list;
	va_start(list, format);
	int length = vsnprintf(picture->text + picture->used, room, format, list);
	va_end(list);
	if (length < 0 || (size_t)length >= room)
		fail_msg("the picture is larger than its %d bytes", PICTURE_ROOM);
	picture->used += (size_t)length;
}

/* Files that a kernel was built without are the same before and after. */
static const char *read_text(const char *path)
{
	static char text[FILE_ROOM];
	size_t length = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		snprintf(text, sizeof text, "no %s: %s\n", path, strerror(errno));
		return text;
	}
	ssize_t n;
	while ((n = read(fd, text + length, sizeof text - 1 - length)) > 0)
		length += (size_t)n;
	close(fd);
	text[length] = '\0';
	for (size_t i = 0; i < length; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	return text;
}

static void put_file(struct picture *picture, const char *path)
{
	put(picture, "%s", read_text(path));
}

/* /proc/thread-self/status, as it is when the picture is begun. */
static char status[FILE_ROOM];

/* The line of it that begins with this word. */
static void put_status(struct picture *picture, const char *word)
{
	const char *line = status;
	while (line && strncmp(line, word, strlen(word)) != 0) {
		line = strchr(line, '\n');
		line += line != NULL;
	}
	if (line)
		put(picture, "%.*s\n", (int)strcspn(line, "\n"), line);
}

static void put_link(struct picture *picture, const char *path)
{
	char target[4096];
	ssize_t length = readlink(path, target, sizeof target - 1);
	target[length < 0 ? 0 : length] = '\0';
	put(picture, "%s -> %s\n", path, target);
}

static void put_place(struct picture *picture, const char *path)
{
	struct stat st;
	if (stat(path, &st) == 0)
		put(picture, "%s is %lu:%lu\n", path, (unsigned long)st.st_dev,
			(unsigned long)st.st_ino);
	else
		put(picture, "%s: %s\n", path, strerror(errno));
}

/* The libc's calls hide two signals and half of the mask. */
static void draw_mask(struct picture *picture)
{
	uint64_t mask = 0;
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask);
	put(picture, "%016llx\n", (unsigned long long)mask);
}

/* Between the usual ones and SIGRTMIN are the libc's own, which it sets with the first thread. */
static void draw_dispositions(struct picture *picture)
{
	for (int number = 1; number <= LAST_SIGNAL; number++) {
		if (number > SIGSYS && number < SIGRTMIN)
			continue;
		unsigned long action[8] = { 0 };
		syscall(SYS_rt_sigaction, number, NULL, action, sizeof(uint64_t));
		/* The way back out of a handler means nothing without its flag, SA_RESTORER. */
		if (!(action[1] & 0x04000000))
			action[2] = 0;
		put(picture, "signal %d: handler %lx flags %lx and %lx %lx\n", number, action[0],
			action[1], action[2], action[3]);
	}
}

static void draw_pending(struct picture *picture)
{
	const uint64_t child = UINT64_C(1) << (SIGCHLD - 1);
	const char *const words[] = { "SigPnd:", "ShdPnd:" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		const char *line = strstr(status, words[i]);
		uint64_t pending = line ? strtoull(line + strlen(words[i]), NULL, 16) : 0;
		put(picture, "%s %016llx\n", words[i], (unsigned long long)(pending & ~child));
	}
}

static void draw_alternate_stack(struct picture *picture)
{
	stack_t stack = { .ss_sp = NULL };
	sigaltstack(NULL, &stack);
	put(picture, "%p %x %zu\n", stack.ss_sp, (unsigned int)stack.ss_flags, stack.ss_size);
}

static void draw_directory(struct picture *picture)
{
	put_link(picture, "/proc/thread-self/cwd");
	put_place(picture, ".");
}

static void draw_root(struct picture *picture)
{
	put_link(picture, "/proc/thread-self/root");
	put_place(picture, "/");
}

static void draw_environment(struct picture *picture)
{
	put(picture, "environ is %p\n", (void *)environ);
	for (char **entry = environ; entry && *entry; entry++)
		put(picture, "%p %s\n", (void *)*entry, *entry);
}

/* What others share with us moves the offsets of 0, 1 and 2 at any time. */
static void put_descriptor(struct picture *picture, int folder, const char *name)
{
	char target[512];
	int fd = atoi(name);
	ssize_t length = readlinkat(folder, name, target, sizeof target - 1);
	if (length < 0)
		return;
	target[length] = '\0';
	int flags = fcntl(fd, F_GETFD);
	put(picture, "%d: %s %s, status flags %o, owner %d, signal %d", fd,
		flags & FD_CLOEXEC ? "CLOEXEC" : "inherited", target,
		(unsigned int)fcntl(fd, F_GETFL), fcntl(fd, F_GETOWN), fcntl(fd, F_GETSIG));
	int pipe_size = fcntl(fd, F_GETPIPE_SZ);
	if (pipe_size >= 0)
		put(picture, ", holds %d bytes", pipe_size);
	if (fd > STDERR_FILENO)
		put(picture, ", at %lld", (long long)lseek(fd, 0, SEEK_CUR));
	put(picture, "\n");
}

static void draw_descriptors(struct picture *picture)
{
	DIR *folder = opendir("/proc/thread-self/fd");
	if (!folder)
		fail_msg("/proc/self/fd: %s", strerror(errno));
	struct dirent *entry;
	while ((entry = readdir(folder)))
		if (isdigit((unsigned char)entry->d_name[0]) &&
			atoi(entry->d_name) != dirfd(folder))
			put_descriptor(picture, dirfd(folder), entry->d_name);
	closedir(folder);
}

static void put_folder(struct picture *picture, const char *path, const char *behind)
{
	DIR *folder = opendir(path);
	if (!folder)
		return;
	struct dirent *entry;
	while ((entry = readdir(folder))) {
		char full[512];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(full, sizeof full, "%s/%s%s", path, entry->d_name, behind);
		if (*behind)
			put_file(picture, full);
		else
			put_link(picture, full);
	}
	closedir(folder);
}

/* One that was joined is on its way out for a moment (PF_EXITING). */
static bool is_alive(const char *thread)
{
	char path[300];
	unsigned int flags = 0;
	snprintf(path, sizeof path, "/proc/self/task/%s/stat", thread);
	const char *behind = strrchr(read_text(path), ')');
	return behind && sscanf(behind, ") %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
	       !(flags & 4u);
}

static void draw_threads(struct picture *picture)
{
	DIR *folder = opendir("/proc/self/task");
	struct dirent *entry;
	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.' && is_alive(entry->d_name))
			put(picture, "%s\n", entry->d_name);
	if (folder)
		closedir(folder);
}

/* One line each: a child that has ended and was not waited for is one too. */
static void draw_children(struct picture *picture)
{
	size_t begin = picture->used;
	put_folder(picture, "/proc/self/task", "/children");
	for (char *c = picture->text + begin; *c; c++)
		if (*c == ' ')
			*c = '\n';
	siginfo_t info = { .si_pid = 0 };
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0)
		put(picture, "there are children\n");
}

static void draw_limits(struct picture *picture)
{
	for (int resource = 0; resource <= LAST_LIMIT; resource++) {
		uint64_t limit[2] = { 0, 0 };
		syscall(SYS_prlimit64, 0, resource, NULL, limit);
		put(picture, "limit %d: %llu %llu\n", resource, (unsigned long long)limit[0],
			(unsigned long long)limit[1]);
	}
}

static void draw_nice(struct picture *picture)
{
	put(picture, "%d\n", getpriority(PRIO_PROCESS, 0));
}

static void draw_scheduler(struct picture *picture)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} attributes = { .size = 0 };
	syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0);
	put(picture, "policy %u priority %u flags %llx\n", attributes.policy, attributes.priority,
		(unsigned long long)attributes.flags);
}

static void draw_io_priority(struct picture *picture)
{
	long priority = syscall(SYS_ioprio_get, 1, 0);
	/* Of no class: old kernels say 4 until that is set, and then 0. */
	put(picture, "%ld\n", priority >> 13 ? priority : 0);
}

static void draw_timers(struct picture *picture)
{
	for (int which = ITIMER_REAL; which <= ITIMER_PROF; which++) {
		struct itimerval timer = { .it_value = { 0, 0 } };
		syscall(SYS_getitimer, which, &timer);
		put(picture, "timer %d: %s, every %ld.%06ld s\n", which,
			timer.it_value.tv_sec || timer.it_value.tv_usec ? "runs" : "off",
			(long)timer.it_interval.tv_sec, (long)timer.it_interval.tv_usec);
	}
	put_file(picture, "/proc/self/timers");
}

static void draw_identity(struct picture *picture)
{
	put(picture, "process %d of %d, thread %ld, group %d, session %d\n", (int)getpid(),
		(int)getppid(), syscall(SYS_gettid), (int)getpgid(0), (int)getsid(0));
}

static void draw_terminal(struct picture *picture)
{
	struct termios modes;
	struct winsize size = { 0 };
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		put(picture, "none\n");
		return;
	}
	memset(&modes, 0, sizeof modes);
	tcgetattr(fd, &modes);
	ioctl(fd, TIOCGWINSZ, &size);
	put(picture, "foreground group %d, %d rows %d columns, modes %x %x %x %x ",
		(int)tcgetpgrp(fd), size.ws_row, size.ws_col, modes.c_iflag, modes.c_oflag,
		modes.c_cflag, modes.c_lflag);
	for (size_t i = 0; i < sizeof modes.c_cc; i++)
		put(picture, "%02x", modes.c_cc[i]);
	put(picture, "\n");
	close(fd);
}

static void draw_namespaces(struct picture *picture)
{
	put_folder(picture, "/proc/thread-self/ns", "");
	put_file(picture, "/proc/self/uid_map");
	put_file(picture, "/proc/self/gid_map");
	put_file(picture, "/proc/self/setgroups");
}

/* Which there may be already: they are counted since Linux 5.9. */
static void draw_filters(struct picture *picture)
{
	put_status(picture, "Seccomp:");
	put_status(picture, "Seccomp_filters:");
}

/* Whether mounts of this namespace are seen by others. */
static void draw_propagation(struct picture *picture)
{
	const char *line = read_text("/proc/self/mountinfo");
	for (; line && *line; line = strchr(line, '\n'), line += line != NULL) {
		const char *options = strstr(line, " / / ");
		if (options && options < line + strcspn(line, "\n"))
			put(picture, "%.*s\n", (int)strcspn(line, "\n"), line);
	}
}

static void draw_locale(struct picture *picture)
{
	put(picture, "%s, of the thread %p\n", setlocale(LC_ALL, NULL), (void *)uselocale(0));
}

static void draw_cancellation(struct picture *picture)
{
	int state;
	int type;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	pthread_setcancelstate(state, NULL);
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
	pthread_setcanceltype(type, NULL);
	put(picture, "state %d, type %d\n", state, type);
}

static void draw_name(struct picture *picture)
{
	char name[17] = "";
	prctl(PR_GET_NAME, name, 0, 0, 0);
	put(picture, "%s\n", name);
	put_link(picture, "/proc/self/exe");
	put_file(picture, "/proc/self/cmdline");
	put(picture, "\n");
}

static void draw_robust_list(struct picture *picture)
{
	void *head = NULL;
	size_t length = 0;
	syscall(SYS_get_robust_list, 0, &head, &length);
	put(picture, "%p %zu\n", head, length);
}

/* Which this process holds by its descriptors; /proc/locks is not read in one piece. */
static void draw_locks(struct picture *picture)
{
	DIR *folder = opendir("/proc/thread-self/fdinfo");
	struct dirent *entry;
	while (folder && (entry = readdir(folder))) {
		char path[300];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/proc/thread-self/fdinfo/%s", entry->d_name);
		const char *line = strstr(read_text(path), "\nlock:");
		for (; line; line = strstr(line + 1, "\nlock:"))
			put(picture, "%s: %.*s\n", entry->d_name, (int)strcspn(line + 1, "\n"),
				line + 1);
	}
	if (folder)
		closedir(folder);
}

static void draw_memory_policy(struct picture *picture)
{
	int mode = -1;
	syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0);
	put(picture, "%d\n", mode);
}

static void draw_personality(struct picture *picture)
{
	put(picture, "%lx\n", syscall(SYS_personality, 0xffffffffUL));
}

static void put_answer(struct picture *picture, int question)
{
	put(picture, "%d\n", prctl(question, 0, 0, 0, 0));
}

static void put_stored(struct picture *picture, int question)
{
	int answer = -1;
	prctl(question, &answer, 0, 0, 0);
	put(picture, "%d\n", answer);
}

/* One of draw, status, file, answer and stored says how it is drawn. */
static const struct part {
	const char *name;
	void (*draw)(struct picture *picture);
	const char *status;
	const char *file;
	int answer;
	int stored;
} parts[] = {
	{ "signal mask", .draw = draw_mask },
	{ "dispositions", .draw = draw_dispositions },
	{ "pending signals", .draw = draw_pending },
	{ "alternate signal stack", .draw = draw_alternate_stack },
	{ "working directory", .draw = draw_directory },
	{ "root directory", .draw = draw_root },
	{ "umask", .status = "Umask:" },
	{ "environment", .draw = draw_environment },
	{ "descriptors", .draw = draw_descriptors },
	{ "threads", .draw = draw_threads },
	{ "children", .draw = draw_children },
	{ "resource limits", .draw = draw_limits },
	{ "dumpability", .answer = PR_GET_DUMPABLE },
	{ "subreaper flag", .stored = PR_GET_CHILD_SUBREAPER },
	{ "no_new_privs", .answer = PR_GET_NO_NEW_PRIVS },
	{ "keep-capabilities flag", .answer = PR_GET_KEEPCAPS },
	{ "parent-death signal", .stored = PR_GET_PDEATHSIG },
	{ "timer slack", .answer = PR_GET_TIMERSLACK },
	{ "securebits", .answer = PR_GET_SECUREBITS },
	{ "huge pages", .answer = PR_GET_THP_DISABLE },
	{ "machine check policy", .answer = PR_MCE_KILL_GET },
	{ "filters of system calls", .draw = draw_filters },
	{ "user ids", .status = "Uid:" },
	{ "group ids", .status = "Gid:" },
	{ "groups", .status = "Groups:" },
	{ "inheritable capabilities", .status = "CapInh:" },
	{ "permitted capabilities", .status = "CapPrm:" },
	{ "effective capabilities", .status = "CapEff:" },
	{ "bounding set", .status = "CapBnd:" },
	{ "ambient capabilities", .status = "CapAmb:" },
	{ "process, group and session", .draw = draw_identity },
	{ "terminal", .draw = draw_terminal },
	{ "tracer", .status = "TracerPid:" },
	{ "nice", .draw = draw_nice },
	{ "scheduler", .draw = draw_scheduler },
	{ "affinity", .status = "Cpus_allowed:" },
	{ "I/O priority", .draw = draw_io_priority },
	{ "memory policy", .draw = draw_memory_policy },
	{ "locks of files", .draw = draw_locks },
	{ "locked memory", .status = "VmLck:" },
	{ "timers", .draw = draw_timers },
	{ "out-of-memory score", .file = "/proc/self/oom_score_adj" },
	{ "core dump filter", .file = "/proc/self/coredump_filter" },
	{ "control group", .file = "/proc/self/cgroup" },
	{ "namespaces", .draw = draw_namespaces },
	{ "mount propagation", .draw = draw_propagation },
	{ "personality", .draw = draw_personality },
	{ "locale", .draw = draw_locale },
	{ "cancellation", .draw = draw_cancellation },
	{ "name", .draw = draw_name },
	{ "robust futexes", .draw = draw_robust_list },
};

size_t picture_count(void)
{
	return sizeof parts / sizeof *parts;
}

const char *picture_name(size_t part)
{
	return parts[part].name;
}

void picture_take(struct picture *picture)
{
	_Static_assert(sizeof parts / sizeof *parts <= PICTURE_MOST_PARTS, "too many parts");
	picture->used = 0;
	snprintf(status, sizeof status, "%s", read_text("/proc/thread-self/status"));
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		const struct part *part = &parts[i];
		picture->begins[i] = picture->used;
		if (part->draw)
			part->draw(picture);
		else if (part->status)
			put_status(picture, part->status);
		else if (part->file)
			put_file(picture, part->file);
		else if (part->answer)
			put_answer(picture, part->answer);
		else
			put_stored(picture, part->stored);
		picture->text[picture->used++] = '\0';
	}
}

static const char *text_of(const struct picture *picture, size_t part)
{
	return picture->text + picture->begins[part];
}

static const char *line_end(const char *line)
{
	return line + strcspn(line, "\n");
}

/* Whether text has this line. */
static int has_line(const char *text, const char *line)
{
	size_t length = (size_t)(line_end(line) - line);
	for (; *text; text = line_end(text), text += *text != '\0')
		if (strncmp(text, line, length) == 0 && line_end(text) == text + length)
			return 1;
	return 0;
}

/* The first line, from this one on, that is not in the whole text; NULL: there is none. */
static const char *missing_line(const char *line, const char *whole)
{
	for (; *line; line = line_end(line), line += *line != '\0')
		if (!has_line(whole, line))
			return line;
	return NULL;
}

static int may_be_new(size_t part, const char *line)
{
	if (parts[part].draw == draw_children || parts[part].draw == draw_locks)
		return 1;
	char *behind;
	return parts[part].draw == draw_descriptors && strtol(line, &behind, 10) > STDERR_FILENO &&
	       strncmp(behind, ": CLOEXEC ", 10) == 0;
}

int picture_part_differs(const struct picture *before, const struct picture *after, size_t part,
	enum picture_rule rule, char *text, size_t size)
{
	const char *was = text_of(before, part);
	const char *is = text_of(after, part);
	if (strcmp(was, is) == 0)
		return 0;
	const char *gone = missing_line(was, is);
	const char *added = missing_line(is, was);
	while (rule == PICTURE_MORE && added && may_be_new(part, added))
		added = *line_end(added) ? missing_line(line_end(added) + 1, was) : NULL;
	if (rule == PICTURE_MORE && !gone && !added)
		return 0;
	snprintf(text, size, "%s: was '%.*s', is '%.*s'", parts[part].name,
		gone ? (int)(line_end(gone) - gone) : 0, gone ? gone : "",
		added ? (int)(line_end(added) - added) : 0, added ? added : "");
	return 1;
}

int picture_differs(const struct picture *before, const struct picture *after,
	enum picture_rule rule, char *text, size_t size)
{
	for (size_t i = 0; i < picture_count(); i++)
		if (picture_part_differs(before, after, i, rule, text, size))
			return 1;
	return 0;
}
