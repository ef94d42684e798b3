/* SPDX-License-Identifier: MIT */
/*
 * A brood_exec() that comes to execve and fails there, with all that can be taken back to be taken
 * back. Whatever fails on the way: either it says so and is as it was, or it says that it has
 * changed. Called as the other probes are (probe.h); CHILD counts for nothing.
 */
#include <brood/brood.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_FDS = 64, TRIES = 3, SOME_SIGNALS = 32 };

struct state {
	struct {
		int flags; /* of the descriptor; -1: not open */
		dev_t device;
		ino_t inode;
	} fds[MOST_FDS];
	sigset_t mask;
	void (*handlers[SOME_SIGNALS])(int);
	mode_t umask;
	struct rlimit limits[2];
	int nice;
	char dir[256];
	size_t memory;
};

static void handler(int number)
{
	(void)number;
}

/* A fault may hit the looking: what fails is asked again. */
static void look(struct state *state)
{
	memset(state, 0, sizeof *state);
	for (int fd = 0; fd < MOST_FDS; fd++) {
		struct stat st;
		state->fds[fd].flags = -1;
		for (int try = 0; try < TRIES && state->fds[fd].flags < 0; try++)
			state->fds[fd].flags = fcntl(fd, F_GETFD);
		for (int try = 0; try < TRIES && state->fds[fd].flags >= 0; try++) {
			if (fstat(fd, &st) < 0)
				continue;
			state->fds[fd].device = st.st_dev;
			state->fds[fd].inode = st.st_ino;
			break;
		}
	}
	for (int try = 0; try < TRIES && sigprocmask(SIG_BLOCK, NULL, &state->mask) < 0; try++)
		memset(&state->mask, 0, sizeof state->mask);
	for (int n = 1; n < SOME_SIGNALS; n++) {
		struct sigaction action = { .sa_flags = 0 };
		for (int try = 0; try < TRIES && sigaction(n, NULL, &action) < 0; try++)
			;
		state->handlers[n] = action.sa_handler;
	}
	state->umask = umask(0);
	umask(state->umask);
	for (int try = 0; try < TRIES && getrlimit(RLIMIT_NOFILE, &state->limits[0]) < 0; try++)
		;
	for (int try = 0; try < TRIES && getrlimit(RLIMIT_CORE, &state->limits[1]) < 0; try++)
		;
	state->nice = getpriority(PRIO_PROCESS, 0);
	for (int try = 0; try < TRIES && !getcwd(state->dir, sizeof state->dir); try++)
		;
	struct mallinfo2 info = mallinfo2();
	state->memory = info.uordblks + info.hblkhd;
}

static int n_bad;

static void bad(const char *what)
{
	fprintf(stderr, "%s\n", what);
	n_bad++;
}

static void compare(const struct state *before, const struct state *after)
{
	for (int fd = 0; fd < MOST_FDS; fd++)
		if (before->fds[fd].flags != after->fds[fd].flags ||
			before->fds[fd].device != after->fds[fd].device ||
			before->fds[fd].inode != after->fds[fd].inode)
			bad("a descriptor has changed");
	if (memcmp(&before->mask, &after->mask, 8) != 0)
		bad("the mask has changed");
	if (memcmp(before->handlers, after->handlers, sizeof before->handlers) != 0)
		bad("a disposition has changed");
	if (before->umask != after->umask)
		bad("the umask has changed");
	if (memcmp(before->limits, after->limits, sizeof before->limits) != 0)
		bad("a limit has changed");
	if (before->nice != after->nice)
		bad("the nice value has changed");
	if (strcmp(before->dir, after->dir) != 0)
		bad("the directory has changed");
}

static int become(const char *script, uint64_t most, struct brood_error *error)
{
	const struct brood_rlimit rlimits[] = { { RLIMIT_NOFILE, 0, 6, most } };
	struct brood_limits limits = { .size = sizeof limits, .rlimits = rlimits, .n_rlimits = 1 };
	struct brood_credentials credentials = {
		.size = sizeof credentials, .flags = BROOD_SET_UMASK, .umask = 077
	};
	struct brood_signals signals = { .size = sizeof signals, .has_mask = 1 };
	sigemptyset(&signals.ignore);
	sigemptyset(&signals.reset);
	sigemptyset(&signals.mask);
	sigaddset(&signals.ignore, SIGUSR1);
	sigaddset(&signals.reset, SIGUSR2);
	/* 20 and 21 change places. */
	const struct brood_fd_map fds[] = { { 20, 21 }, { 21, 20 }, { 1, 23 }, { -1, 24 } };
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(script), .dir = "/proc",
		.credentials = &credentials, .limits = &limits, .signals = &signals,
		.in = brood_null(), .err = brood_merge(), .fds = fds, .n_fds = 4);
	return brood_exec(&cmd, error);
}

static int errno_number(const char *name)
{
	for (int number = 1; number < 134; number++) {
		const char *candidate = strerrorname_np(number);
		if (candidate && strcmp(candidate, name) == 0)
			return number;
	}
	exit(2);
}

/* What was injected, or what comes in any case. */
static void check_code(int code, const struct brood_error *error, char **argv)
{
	const char *step = brood_step_name(error->step);
	int number = argv[2] ? errno_number(argv[2]) : 0;
	if (code == -ENOENT && error->step == BROOD_STEP_EXEC)
		return;
	if (code != -number || !strstr(argv[3], step) ||
		(argv[4] && strcmp(argv[4], "cope") == 0)) {
		fprintf(stderr, "%s at %s: ", brood_code_name(code), step);
		bad("is not what was to be");
	}
	if (error->code != code || error->os_errno != number)
		bad("the error says something else");
}

int main(int argc, char **argv)
{
	static struct state before;
	static struct state after;
	struct brood_error error = BROOD_ERROR_INIT;
	char script[] = "/tmp/brood-probe-XXXXXX";
	int made = mkstemp(script);
	if (argc < 2 || argc > 5 || made < 0)
		return 2;
	if (write(made, "#!/nonexistent\n", 15) != 15 || fchmod(made, 0700) < 0)
		return 2;
	close(made);
	mallopt(M_MXFAST, 0);
	void *volatile first = malloc(1);
	free(first);
	for (int fd = 20; fd < 25; fd++)
		if (dup3(0, fd, fd % 2 ? O_CLOEXEC : 0) != fd)
			return 2;
	signal(SIGUSR1, handler);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGTERM, handler);

	look(&before);
	sched_get_priority_max(SCHED_OTHER);
	int code = become(script, before.limits[0].rlim_max, &error);
	sched_get_priority_min(SCHED_OTHER);
	look(&after);

	unlink(script);
	check_code(code, &error, argv);
	if (!(error.flags & BROOD_ERROR_CHANGED))
		compare(&before, &after);
	else if (argc < 3)
		bad("says that it has changed");
	if (before.memory != after.memory)
		bad("memory was not given back");
	return n_bad ? 1 : 0;
}
