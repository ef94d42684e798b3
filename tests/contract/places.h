/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_PLACES_H
#define TESTS_CONTRACT_PLACES_H

/*
 * What a process may be put into or below: namespaces, control groups, terminals, filters, rulesets
 * of landlock; made here without the library, for those that test attributes with it.
 */

#include "rights.h"

#include <pty.h>
#include <sched.h>

#ifndef CLONE_NEWTIME
#	define CLONE_NEWTIME 0x80
#endif

enum { CAP_KILL = 5, CAP_NET_BIND = 10, CAP_NET_RAW = 13 };

#define BIT(n) (UINT64_C(1) << (n))

/* A folder with a program, "/show", and a folder "/sub". */
static inline void make_root(struct place *place)
{
	place_make(place);
	copy_program(helper("show_rights"), place_at(place, "show"));
	check_number(mkdir(place_at(place, "sub"), 0711), 0);
	check_number(chmod(place->path, 0711), 0);
}

/* Whether this machine lets us make such a namespace at all, asked without the library. */
static inline bool can_make(uint64_t flags)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0)
		_exit(unshare((int)flags) == 0 ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* Each kind of namespace, and its name in /proc/self/ns. */
__attribute__((unused)) static const struct {
	uint64_t flag;
	const char *name;
} kinds[] = {
	{ CLONE_NEWNS, "mnt" },
	{ CLONE_NEWUTS, "uts" },
	{ CLONE_NEWIPC, "ipc" },
	{ CLONE_NEWNET, "net" },
	{ CLONE_NEWPID, "pid" },
	{ CLONE_NEWCGROUP, "cgroup" },
	{ CLONE_NEWTIME, "time" },
	{ CLONE_NEWUSER, "user" },
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

/* Whether a process that has made a namespace by unshare is in it when it is another program. One
 * for PIDs is for its children alone, one for time on older kernels (6.1). */
static inline bool enters(size_t kind)
{
	char own[64] = "";
	char path[64];
	static char text[65536];
	size_t length = 0;
	ssize_t n;
	int ends[2];
	if (kinds[kind].flag != CLONE_NEWTIME)
		return kinds[kind].flag != CLONE_NEWPID;
	snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[kind].name);
	check(readlink(path, own, sizeof own - 1) > 0 && pipe2(ends, O_CLOEXEC) == 0);
	uint64_t more = can_make(CLONE_NEWTIME) ? 0 : CLONE_NEWUSER;
	pid_t pid = fork();
	if (pid == 0) {
		dup2(ends[1], 1);
		if (unshare((int)(CLONE_NEWTIME | more)) == 0)
			execl(everybodys_helper("show_rights"), "show_rights", NULL);
		_exit(1);
	}
	close(ends[1]);
	while ((n = read(ends[0], text + length, sizeof text - 1 - length)) > 0)
		length += (size_t)n;
	text[length] = '\0';
	close(ends[0]);
	check(pid > 0 && waitpid(pid, NULL, 0) == pid);
	const char *theirs = right_at(text, "ns time");
	return theirs && strcmp(theirs, own) != 0;
}

/* Makes a control group of ours in the first hierarchy of that version that lets us. */
static inline bool make_group(int version, char path[128])
{
	static const char *const two[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	static const char *const one[] = { "/sys/fs/cgroup/pids", "/sys/fs/cgroup/memory",
		"/sys/fs/cgroup/freezer" };
	const char *const *bases = version == 2 ? two : one;
	for (size_t i = 0; i < (version == 2 ? 2 : 3); i++) {
		char probe[160];
		snprintf(probe, sizeof probe, "%s/cgroup.controllers", bases[i]);
		if ((access(probe, F_OK) == 0) != (version == 2))
			continue;
		snprintf(path, 128, "%s/brood-test-%d", bases[i], (int)getpid());
		if (mkdir(path, 0755) == 0)
			return true;
	}
	return false;
}

/* A pseudo-terminal; both ends are ours. */
struct terminal {
	int ours, theirs;
};

static inline struct terminal open_terminal(void)
{
	struct terminal terminal;
	if (openpty(&terminal.ours, &terminal.theirs, NULL, NULL, NULL) < 0)
		skip_because("there are no pseudo-terminals");
	fcntl(terminal.ours, F_SETFD, FD_CLOEXEC);
	fcntl(terminal.theirs, F_SETFD, FD_CLOEXEC);
	return terminal;
}

static inline void close_terminal(const struct terminal *terminal)
{
	close(terminal->ours);
	close(terminal->theirs);
}

/* struct sock_filter of the kernel. */
struct line_of_filter {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};
#define LOAD_NUMBER           \
	{                     \
		0x20, 0, 0, 0 \
	}
#define RETURN(what)               \
	{                          \
		0x06, 0, 0, (what) \
	}
#define IF_EQUAL(n, yes, no)                     \
	{                                        \
		0x15, (yes), (no), (uint32_t)(n) \
	}
#define ALLOW         0x7fff0000u
#define ERROR(number) (0x00050000u | (number))
#define KILL          0x80000000u

static inline void need_filters(void)
{
	if (denied("valgrind"))
		skip_because("valgrind knows no seccomp(2)");
}

/* From now on this process, and who comes from it, has a kernel without that call. */
static inline void live_without(long number)
{
	const struct line_of_filter lines[] = { LOAD_NUMBER, IF_EQUAL(number, 0, 1),
		RETURN(ERROR(ENOSYS)), RETURN(ALLOW) };
	const struct {
		unsigned short length;
		const struct line_of_filter *lines;
	} filter = { 4, lines };
	check_number(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	check_number(syscall(SYS_seccomp, 1, 0, &filter), 0);
}

struct ruleset {
	uint64_t handled;
};
struct path_rule {
	uint64_t allowed;
	int fd;
} __attribute__((packed));
enum { EXECUTE = 1, READ_FILE = 4, READ_DIR = 8 };

/* Files may be read below this folder alone; executed from anywhere. */
static inline int make_ruleset(const char *folder)
{
	struct ruleset ruleset = { READ_FILE | READ_DIR };
	int fd = (int)syscall(444, &ruleset, sizeof ruleset, 0);
	if (fd < 0)
		return -1;
	struct path_rule rule = { READ_FILE | READ_DIR, open(folder, O_PATH | O_CLOEXEC) };
	check_number(syscall(445, fd, 1, &rule, 0), 0);
	close(rule.fd);
	return fd;
}

#endif
