/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_PICTURE_SPOIL_H
#define TESTS_CONTRACT_PICTURE_SPOIL_H

/*
 * A way to change each part of a picture (picture.h): to see that the comparison notices, and to
 * put a process into a state in which a call that sets something to its usual value would be
 * noticed too. Only for processes that were forked for it.
 */

#include "picture.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <locale.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>

extern char **environ;

static inline void on_spoiled_signal(int number)
{
	(void)number;
}

static inline int spoil_mask(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGRTMAX);
	return pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static inline int spoil_dispositions(void)
{
	struct sigaction action = { .sa_handler = on_spoiled_signal,
		.sa_flags = SA_RESTART | SA_ONSTACK };
	sigaction(SIGCHLD, &action, NULL);
	sigaction(SIGPIPE, &action, NULL);
	signal(SIGRTMIN + 3, SIG_IGN);
	return signal(SIGHUP, SIG_IGN) == SIG_ERR;
}

static inline int spoil_pending(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return raise(SIGUSR1);
}

static inline int spoil_stack(void)
{
	static char memory[1 << 16];
	stack_t stack = { .ss_sp = memory, .ss_size = sizeof memory };
	return sigaltstack(&stack, NULL);
}

static inline int spoil_directory(void)
{
	return chdir("/usr");
}

/* An empty folder but for /proc, which the picture needs. */
static inline int spoil_root(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	if (mount("none", "/mnt", "tmpfs", 0, NULL) < 0 || mkdir("/mnt/proc", 0755) < 0)
		return -1;
	return mount("/proc", "/mnt/proc", "none", MS_BIND | MS_REC, NULL) < 0 || chroot("/mnt");
}

static inline int spoil_umask(void)
{
	umask(027);
	return 0;
}

static inline int spoil_environment(void)
{
	return setenv("PICTURE_SPOILED", "yes", 1);
}

/* Without close-on-exec, and not to block. */
static inline int spoil_descriptors(void)
{
	int ends[2];
	if (pipe2(ends, O_NONBLOCK) < 0)
		return -1;
	return fcntl(ends[1], F_SETPIPE_SZ, 8192) < 0;
}

static inline void *idle_thread(void *data)
{
	for (;;)
		pause();
	return data;
}

/* All signals are the first thread's. */
static inline int spoil_threads(void)
{
	pthread_t thread;
	sigset_t all;
	sigset_t old;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	int r = pthread_create(&thread, NULL, idle_thread, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

static inline int spoil_children(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return pid < 0;
}

static inline int spoil_limits(void)
{
	struct rlimit limit = { 0, 0 };
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 200;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -1;
	limit = (struct rlimit){ 0, 4096 };
	return setrlimit(RLIMIT_CORE, &limit);
}

static inline int spoil_dumpability(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static inline int spoil_subreaper(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

static inline int spoil_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static inline int spoil_keepcaps(void)
{
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
}

static inline int spoil_death_signal(void)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

static inline int spoil_slack(void)
{
	return prctl(PR_SET_TIMERSLACK, 12345, 0, 0, 0);
}

/* SECBIT_NO_SETUID_FIXUP */
static inline int spoil_securebits(void)
{
	return prctl(PR_SET_SECUREBITS, 4, 0, 0, 0);
}

static inline int spoil_huge_pages(void)
{
	return prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
}

static inline int spoil_machine_check(void)
{
	return prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0);
}

/* Everything is allowed. */
static inline int spoil_seccomp(void)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { .len = 1, .filter = code };
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

static inline int spoil_users(void)
{
	return setresuid((uid_t)-1, (uid_t)-1, 65533);
}

static inline int spoil_group_ids(void)
{
	return setresgid((gid_t)-1, (gid_t)-1, 65533);
}

static inline int spoil_groups(void)
{
	const gid_t groups[] = { 65530, 65531 };
	return setgroups(2, groups);
}

/* Which of the three sets lose their last capability that is there, or get it. */
static inline int change_capability(int effective, int permitted, int inheritable)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 }, { 0 } };
	const unsigned int bit = 1u << CAP_NET_RAW;
	if (syscall(SYS_capget, &header, data) < 0 || !(data[0].permitted & bit))
		return -1;
	data[0].effective ^= effective ? bit : 0;
	data[0].permitted ^= permitted ? bit : 0;
	data[0].inheritable ^= inheritable ? bit : 0;
	return (int)syscall(SYS_capset, &header, data);
}

static inline int spoil_inheritable(void)
{
	return change_capability(0, 0, 1);
}

static inline int spoil_permitted(void)
{
	return change_capability(1, 1, 0);
}

static inline int spoil_effective(void)
{
	return change_capability(1, 0, 0);
}

static inline int spoil_bounding(void)
{
	return prctl(PR_CAPBSET_DROP, CAP_NET_RAW, 0, 0, 0);
}

static inline int spoil_ambient(void)
{
	if (spoil_inheritable() < 0)
		return -1;
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0);
}

static inline int spoil_identity(void)
{
	return setsid() < 0 && setpgid(0, 0) < 0;
}

/* A terminal that controls this process. */
static inline int spoil_terminal(void)
{
	setsid();
	int front = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (front < 0 || grantpt(front) < 0 || unlockpt(front) < 0)
		return -1;
	int fd = open(ptsname(front), O_RDWR | O_NOCTTY | O_CLOEXEC);
	return fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0;
}

static inline int spoil_tracer(void)
{
	return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static inline int spoil_nice(void)
{
	return setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + 1);
}

static inline int spoil_scheduler(void)
{
	struct sched_param parameter = { .sched_priority = 0 };
	return (int)syscall(SYS_sched_setscheduler, 0, SCHED_BATCH, &parameter);
}

/* On one of its processors. */
static inline int spoil_affinity(void)
{
	cpu_set_t set;
	int cpu = 0;
	if (sched_getaffinity(0, sizeof set, &set) < 0 || CPU_COUNT(&set) < 2)
		return -1;
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof set, &set);
}

/* Best effort, the last level. */
static inline int spoil_io_priority(void)
{
	return (int)syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 7);
}

/* MPOL_LOCAL */
static inline int spoil_memory_policy(void)
{
	return (int)syscall(SYS_set_mempolicy, 4, NULL, 0);
}

/* Of a file without a name. */
static inline int spoil_locks(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = memfd_create("picture", MFD_CLOEXEC);
	return fd < 0 || fcntl(fd, F_SETLK, &lock) < 0;
}

/* Not by the libc: sanitizers make nothing of it. */
static inline int spoil_locked(void)
{
	static char page[8192];
	return (int)syscall(SYS_mlock, page, sizeof page);
}

static inline int spoil_timers(void)
{
	struct itimerval timer = { .it_interval = { 5000, 0 }, .it_value = { 5000, 0 } };
	return setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

static inline int write_setting(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
	if (fd >= 0)
		close(fd);
	return n < 0;
}

static inline int spoil_score(void)
{
	return write_setting("/proc/self/oom_score_adj", "17");
}

static inline int spoil_core_filter(void)
{
	return write_setting("/proc/self/coredump_filter", "0x7");
}

/* Where a process of that number has its group, in one of the two usual places. */
static inline void spoiled_cgroup(pid_t pid, int place, char path[PATH_MAX])
{
	char line[PATH_MAX] = "";
	char own[PATH_MAX] = "/";
	FILE *file = fopen("/proc/self/cgroup", "re");
	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, "0::", 3) == 0)
			snprintf(own, sizeof own, "%.*s", (int)strcspn(line + 3, "\n"), line + 3);
	if (file)
		fclose(file);
	snprintf(path, PATH_MAX, "/sys/fs/cgroup%s%.3000s/picture-%d", place ? "" : "/unified", own,
		(int)pid);
}

static inline int spoil_cgroup(void)
{
	char path[PATH_MAX];
	for (int place = 0; place < 2; place++) {
		spoiled_cgroup(getpid(), place, path);
		if (mkdir(path, 0755) < 0)
			continue;
		strcat(path, "/cgroup.procs");
		if (write_setting(path, "0") == 0)
			return 0;
	}
	return -1;
}

/* When that process has ended. */
static inline void remove_spoiled_cgroup(pid_t pid)
{
	char path[PATH_MAX];
	for (int place = 0; place < 2; place++) {
		spoiled_cgroup(pid, place, path);
		rmdir(path);
	}
}

static inline int spoil_namespaces(void)
{
	return unshare(CLONE_NEWUTS) < 0 && unshare(CLONE_NEWUSER) < 0;
}

static inline int spoil_propagation(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		return -1;
	return mount("none", "/", "none", MS_REC | MS_UNBINDABLE, NULL);
}

static inline int spoil_personality(void)
{
	return personality(ADDR_NO_RANDOMIZE) < 0;
}

static inline int spoil_cancellation(void)
{
	return pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
}

static inline int spoil_locale(void)
{
	return !setlocale(LC_ALL, strcmp(setlocale(LC_ALL, NULL), "C") == 0 ? "C.UTF-8" : "C");
}

static inline int spoil_name(void)
{
	return prctl(PR_SET_NAME, "spoiled", 0, 0, 0);
}

static inline int spoil_robust_list(void)
{
	static char head[24];
	return (int)syscall(SYS_set_robust_list, head, sizeof head);
}

/* Which part is changed how; 0: it was. */
static const struct spoil {
	const char *part;
	int (*change)(void);
	int usual; /* a host may be like that, and the calls of the library work all the same */
} spoils[] = {
	{ "signal mask", spoil_mask, 1 },
	{ "dispositions", spoil_dispositions, 1 },
	{ "pending signals", spoil_pending, 1 },
	{ "alternate signal stack", spoil_stack, 1 },
	{ "working directory", spoil_directory, 1 },
	{ "root directory", spoil_root, 0 },
	{ "umask", spoil_umask, 1 },
	{ "environment", spoil_environment, 1 },
	{ "descriptors", spoil_descriptors, 1 },
	{ "threads", spoil_threads, 1 },
	{ "children", spoil_children, 0 },
	{ "resource limits", spoil_limits, 1 },
	{ "dumpability", spoil_dumpability, 0 },
	{ "subreaper flag", spoil_subreaper, 1 },
	{ "no_new_privs", spoil_new_privs, 1 },
	{ "keep-capabilities flag", spoil_keepcaps, 1 },
	{ "parent-death signal", spoil_death_signal, 1 },
	{ "timer slack", spoil_slack, 1 },
	{ "securebits", spoil_securebits, 1 },
	{ "huge pages", spoil_huge_pages, 1 },
	{ "machine check policy", spoil_machine_check, 1 },
	{ "filters of system calls", spoil_seccomp, 1 },
	{ "user ids", spoil_users, 0 },
	{ "group ids", spoil_group_ids, 1 },
	{ "groups", spoil_groups, 1 },
	{ "inheritable capabilities", spoil_inheritable, 1 },
	{ "permitted capabilities", spoil_permitted, 0 },
	{ "effective capabilities", spoil_effective, 1 },
	{ "bounding set", spoil_bounding, 1 },
	{ "ambient capabilities", spoil_ambient, 0 },
	{ "process, group and session", spoil_identity, 1 },
	{ "terminal", spoil_terminal, 1 },
	{ "tracer", spoil_tracer, 0 },
	{ "nice", spoil_nice, 1 },
	{ "scheduler", spoil_scheduler, 1 },
	{ "affinity", spoil_affinity, 1 },
	{ "I/O priority", spoil_io_priority, 1 },
	{ "memory policy", spoil_memory_policy, 1 },
	{ "locks of files", spoil_locks, 1 },
	{ "locked memory", spoil_locked, 1 },
	{ "timers", spoil_timers, 1 },
	{ "out-of-memory score", spoil_score, 1 },
	{ "core dump filter", spoil_core_filter, 1 },
	{ "control group", spoil_cgroup, 0 },
	{ "namespaces", spoil_namespaces, 0 },
	{ "mount propagation", spoil_propagation, 0 },
	{ "personality", spoil_personality, 1 },
	{ "locale", spoil_locale, 1 },
	{ "cancellation", spoil_cancellation, 1 },
	{ "name", spoil_name, 1 },
	{ "robust futexes", spoil_robust_list, 0 },
};

enum { N_SPOILS = sizeof spoils / sizeof *spoils };

#endif
