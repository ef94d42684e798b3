/* SPDX-License-Identifier: MIT */
/*
 * Compares all that a library could change in its host before and after every public call, calls
 * that fail included: signal mask and dispositions, directory, umask, environment, descriptors,
 * threads, limits, dumpable and subreaper flags, and what is written to 1 and 2.
 */

#include "tap.h"

#include <brood/brood.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char *helper;
static int said; /* what goes to 1 and 2 lands in this file */

#define N_FDS 64

struct picture {
	sigset_t mask;
	struct sigaction actions[NSIG];
	char dir[4096];
	mode_t umask;
	char *env[512];
	char **environ_at;
	struct stat fds[N_FDS];
	int fd_flags[N_FDS], status_flags[N_FDS];
	int n_fds, n_threads;
	struct rlimit limits[RLIM_NLIMITS];
	int dumpable, subreaper, no_new_privs, death_signal, nice;
	pid_t group, session;
	off_t said;
};

static struct picture before, after;

static int count_entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;
	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static void take(struct picture *picture)
{
	memset(picture, 0, sizeof *picture);
	sigprocmask(SIG_BLOCK, NULL, &picture->mask);
	for (int n = 1; n < NSIG; n++)
		sigaction(n, NULL, &picture->actions[n]);
	if (!getcwd(picture->dir, sizeof picture->dir))
		exit(99);
	picture->umask = umask(0);
	umask(picture->umask);
	picture->environ_at = environ;
	for (size_t i = 0; i < 511 && environ[i]; i++)
		picture->env[i] = environ[i];
	for (int fd = 0; fd < N_FDS; fd++) {
		picture->fd_flags[fd] = fcntl(fd, F_GETFD);
		picture->status_flags[fd] = fcntl(fd, F_GETFL);
		if (picture->fd_flags[fd] >= 0)
			fstat(fd, &picture->fds[fd]);
	}
	picture->n_fds = count_entries("/proc/self/fd");
	picture->n_threads = count_entries("/proc/self/task");
	for (int i = 0; i < RLIM_NLIMITS; i++)
		getrlimit((__rlimit_resource_t)i, &picture->limits[i]);
	picture->dumpable = prctl(PR_GET_DUMPABLE);
	prctl(PR_GET_CHILD_SUBREAPER, &picture->subreaper);
	prctl(PR_GET_PDEATHSIG, &picture->death_signal);
	picture->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	picture->nice = getpriority(PRIO_PROCESS, 0);
	picture->group = getpgrp();
	picture->session = getsid(0);
	picture->said = lseek(said, 0, SEEK_END);
}

static bool same_action(const struct sigaction *a, const struct sigaction *b)
{
	return a->sa_handler == b->sa_handler && a->sa_flags == b->sa_flags;
}

static bool same_fd(int fd)
{
	return before.fd_flags[fd] == after.fd_flags[fd] &&
	       before.status_flags[fd] == after.status_flags[fd] &&
	       before.fds[fd].st_dev == after.fds[fd].st_dev &&
	       before.fds[fd].st_ino == after.fds[fd].st_ino;
}

static const char *find_difference(void)
{
	if (memcmp(&before.mask, &after.mask, sizeof before.mask) != 0)
		return "the signal mask";
	for (int n = 1; n < NSIG; n++)
		if (!same_action(&before.actions[n], &after.actions[n]))
			return "a signal's disposition";
	if (strcmp(before.dir, after.dir) != 0)
		return "the directory";
	if (before.umask != after.umask)
		return "the umask";
	if (before.environ_at != after.environ_at ||
		memcmp(before.env, after.env, sizeof before.env) != 0)
		return "the environment";
	for (int fd = 0; fd < N_FDS; fd++)
		if (!same_fd(fd))
			return "a descriptor";
	if (before.n_fds != after.n_fds)
		return "the number of descriptors";
	if (before.n_threads != after.n_threads)
		return "the number of threads";
	if (memcmp(before.limits, after.limits, sizeof before.limits) != 0)
		return "a resource limit";
	if (before.dumpable != after.dumpable || before.subreaper != after.subreaper ||
		before.no_new_privs != after.no_new_privs ||
		before.death_signal != after.death_signal || before.nice != after.nice)
		return "a flag of the process";
	if (before.group != after.group || before.session != after.session)
		return "the process group or session";
	if (before.said != after.said)
		return "standard output or error: something was printed";
	return NULL;
}

static const char *find_child(void)
{
	if (waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD)
		return NULL;
	return "its children: one is left";
}

/* The calls, each once going well and once failing where it can. */

static struct brood_job *job;

static int call_run(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "exit", "3"), .dir = "/");
	return brood_run(&cmd, NULL, NULL, NULL) == BROOD_EEXIT;
}

static int call_run_missing(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("/nonexistent/program"));
	return brood_run(&cmd, NULL, NULL, NULL) == -ENOENT;
}

static int call_run_bad_dir(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "exit"),
		.dir = "/nonexistent/dir");
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_SESSION);
	return brood_run(&cmd, &options, NULL, NULL) == -ENOENT;
}

static int call_run_bad_file(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "exit"), .in = brood_text("x"),
		.out = brood_capture(0, 0), .err = brood_file("/nonexistent/file", 0, 0));
	return brood_run(&cmd, NULL, NULL, NULL) == -ENOENT;
}

static int call_run_signals(void)
{
	struct brood_signals signals = { .size = sizeof signals, .has_mask = 1 };
	sigemptyset(&signals.ignore);
	sigemptyset(&signals.reset);
	sigemptyset(&signals.mask);
	sigaddset(&signals.ignore, SIGHUP);
	sigaddset(&signals.reset, SIGUSR2);
	sigaddset(&signals.mask, SIGTERM);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "exit"), .signals = &signals);
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	return brood_run(&cmd, &options, NULL, NULL) == 0;
}

static int return_three(void *data)
{
	(void)data;
	return 3;
}

static int call_run_function(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("function"), .function = return_three,
		.dir = "/");
	return brood_run(&cmd, NULL, NULL, NULL) == BROOD_EEXIT;
}

static int call_run_as_ourselves(void)
{
	struct brood_credentials credentials = { .size = sizeof credentials,
		.flags = BROOD_SET_UID | BROOD_SET_GID,
		.uid = geteuid(),
		.gid = getegid() };
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "exit"),
		.credentials = &credentials);
	return brood_run(&cmd, NULL, NULL, NULL) == 0;
}

static int call_run_tree(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "exit"));
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE);
	return brood_run(&cmd, &options, NULL, NULL) == 0;
}

static int call_output(void)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "echo"),
		.in = brood_text("in"));
	int code = brood_output(&cmd, NULL, &result, NULL);
	bool good = code == 0 && result.out.length == 2;
	brood_result_done(&result);
	return good;
}

static int call_output_timeout(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "linger"));
	struct brood_options options = BROOD_OPTIONS(.timeout = 10 * BROOD_MILLISECOND);
	return brood_output(&cmd, &options, NULL, NULL) == BROOD_ETIMEOUT;
}

static int call_output_misuse(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "exit"), .out = brood_null());
	return brood_output(&cmd, NULL, NULL, NULL) == BROOD_EMISUSE;
}

static int call_output_deaf(void)
{
	static char input[256 << 10];
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "deaf", "0"),
		.in = brood_memory(input, sizeof input));
	return brood_output(&cmd, NULL, NULL, NULL) == 0;
}

static int call_combined_output(void)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "echo"),
		.in = brood_text("in"));
	int code = brood_combined_output(&cmd, NULL, &result, NULL);
	bool good = code == 0 && result.out.length == 2 + strlen("complaint\n");
	brood_result_done(&result);
	return good;
}

static int call_shell(void)
{
	return brood_shell("exit 7", NULL, NULL, NULL) == BROOD_EEXIT;
}

static int call_lookup(void)
{
	char *path = NULL;
	int code = brood_lookup("sh", "/bin:/usr/bin", &path, NULL);
	free(path);
	return code == 0 && brood_lookup("no-such-program", NULL, &path, NULL) == BROOD_ENOTFOUND;
}

static int call_environ(void)
{
	static char set[] = "A=b";
	static char unset[] = "HOME";
	static char wrong[] = "=";
	char *good_edit[] = { set, unset, NULL };
	char *bad_edit[] = { wrong, NULL };
	char **env = NULL;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("x"), .dir = "/",
		.env_edit = good_edit);
	int code = brood_environ(&cmd, &env, NULL);
	free((void *)env);
	cmd.env_edit = bad_edit;
	return code == 0 && brood_environ(&cmd, &env, NULL) == -EINVAL;
}

static int call_texts(void)
{
	char text[100];
	char **words = NULL;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("a b", "c"));
	brood_cmd_text(&cmd, text, sizeof text);
	int n = brood_words(text, &words, NULL);
	free((void *)words);
	brood_explain(-ENOENT, NULL, NULL, text, sizeof text);
	return n == 2 && brood_words("'", &words, NULL) == -EINVAL &&
	       brood_signal_number("RTMIN+3") > 0 && brood_signal_name(99) == NULL &&
	       brood_version() && brood_code_name(-ENOENT) && brood_step_name(99);
}

static int call_start(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "echo"), .in = brood_pipe(),
		.out = brood_pipe(), .err = brood_capture(0, 0));
	return brood_start(&job, &cmd, 1, NULL, NULL) == 0;
}

static int call_start_misuse(void)
{
	struct brood_job *none = NULL;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "exit"), .flags = ~UINT64_C(0));
	return brood_start(&none, &cmd, 1, NULL, NULL) == BROOD_EMISUSE;
}

static int call_wait_ms(void)
{
	return brood_job_wait(job, BROOD_MILLISECOND, NULL, NULL) == -ETIME;
}

static int call_write(void)
{
	return brood_job_write(job, 0, 0, "in", 2) == 2 &&
	       brood_job_write(job, 0, 1, "in", 2) == -EBADF;
}

static int call_read(void)
{
	char buffer[10];
	return brood_job_read(job, 0, 1, buffer, sizeof buffer) == 2 &&
	       brood_job_read(job, 0, 2, buffer, sizeof buffer) == -EBADF;
}

static int call_signal(void)
{
	return brood_job_signal(job, 0) == 0 && brood_job_signal(job, 9999) == -EINVAL;
}

static int call_ids(void)
{
	return brood_job_pid(job) > 0 && brood_job_group(job) == 0;
}

static int call_close(void)
{
	return brood_job_close(job, 0, 0) == 0 && brood_job_close(job, 0, 0) == -EBADF;
}

static int call_take_fd(void)
{
	int fd = brood_job_take_fd(job, 0, 1);
	close(fd);
	return fd > 2 && brood_job_take_fd(job, 0, 1) == -EBADF;
}

static int call_wait(void)
{
	return brood_job_wait(job, BROOD_FOREVER, NULL, NULL) == 0 &&
	       brood_job_wait(job, BROOD_FOREVER, NULL, NULL) == BROOD_EMISUSE;
}

static int call_free(void)
{
	brood_job_free(job);
	brood_job_free(NULL);
	return 1;
}

static int call_stop_and_free(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "linger"));
	int code = brood_start(&job, &cmd, 1, NULL, NULL);
	if (code == 0)
		code = brood_job_stop(job);
	brood_job_free(job);
	return code == 0;
}

/* `holds`: a job is open meanwhile, so that descriptors and children are not compared. */
static const struct entry {
	const char *title;
	int (*call)(void);
	bool holds;
} entries[] = {
	{ "brood_run", call_run, false },
	{ "brood_run of no program", call_run_missing, false },
	{ "brood_run in no directory", call_run_bad_dir, false },
	{ "brood_run into no file", call_run_bad_file, false },
	{ "brood_run with signals and a group", call_run_signals, false },
	{ "brood_run of a function", call_run_function, false },
	{ "brood_run as who we are", call_run_as_ourselves, false },
	{ "brood_run of a tree", call_run_tree, false },
	{ "brood_output", call_output, false },
	{ "brood_output past its time limit", call_output_timeout, false },
	{ "brood_output misused", call_output_misuse, false },
	{ "brood_output with input that nobody reads", call_output_deaf, false },
	{ "brood_combined_output", call_combined_output, false },
	{ "brood_shell", call_shell, false },
	{ "brood_lookup", call_lookup, false },
	{ "brood_environ", call_environ, false },
	{ "texts and names", call_texts, false },
	{ "brood_start misused", call_start_misuse, false },
	{ "brood_job_stop and brood_job_free", call_stop_and_free, false },
	{ "brood_start", call_start, true },
	{ "brood_job_wait for a millisecond", call_wait_ms, true },
	{ "brood_job_write", call_write, true },
	{ "brood_job_read", call_read, true },
	{ "brood_job_signal", call_signal, true },
	{ "brood_job_pid and brood_job_group", call_ids, true },
	{ "brood_job_close", call_close, true },
	{ "brood_job_take_fd", call_take_fd, true },
	{ "brood_job_wait", call_wait, true },
	{ "brood_job_free", call_free, true },
};

static void forget_descriptors(struct picture *picture, const struct picture *other)
{
	memcpy(picture->fds, other->fds, sizeof picture->fds);
	memcpy(picture->fd_flags, other->fd_flags, sizeof picture->fd_flags);
	memcpy(picture->status_flags, other->status_flags, sizeof picture->status_flags);
	picture->n_fds = other->n_fds;
}

static void on_signal(int number)
{
	(void)number;
}

/* A host with a state of its own in everything that is compared. */
static void prepare_host(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	sigset_t blocked;
	sigaction(SIGUSR1, &action, NULL);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGWINCH);
	sigaddset(&blocked, SIGRTMIN + 1);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	umask(037);
}

int main(void)
{
	static struct picture first;
	helper = getenv("FAULT_CHILD");
	said = memfd_create("said", MFD_CLOEXEC);
	int tap = fcntl(1, F_DUPFD_CLOEXEC, 10);
	int noise = fcntl(2, F_DUPFD_CLOEXEC, 10);
	if (!helper || said < 0 || tap < 0)
		return 99;
	prepare_host();
	fflush(stdout);
	dup2(said, 1);
	dup2(said, 2);
	take(&first);
	for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
		const struct entry *entry = &entries[i];
		take(&before);
		int good = entry->call();
		take(&after);
		bool last = entry->call == call_free;
		if (last)
			before = first;
		else if (entry->holds)
			forget_descriptors(&after, &before);
		const char *difference = find_difference();
		/* Looking reaps what it finds, so not while there is a job. */
		if (!difference && (!entry->holds || last))
			difference = find_child();
		dup2(tap, 1);
		tap_ok(good, "%s does what it says", entry->title);
		tap_ok(!difference, "%s leaves the host alone%s%s", entry->title,
			difference ? ", but not " : "", difference ? difference : "");
		dup2(said, 1);
	}
	dup2(tap, 1);
	dup2(noise, 2);
	return tap_end();
}
