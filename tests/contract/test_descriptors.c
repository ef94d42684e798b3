/* SPDX-License-Identifier: MIT */
/* Which descriptors a child gets. The helper show_fds writes down those that it finds. */
#include "check.h"

#include <sys/resource.h>

enum { RESULT_FD = 100, MOST = 1024 };

/* What a descriptor leads to, in one process or the other. */
struct identity {
	bool open;
	unsigned long long device, inode;
	int cloexec;
	long long offset;
	unsigned int flags;
};

static struct identity identify(int fd)
{
	struct identity id = { .open = false };
	struct stat st;
	int flags = fcntl(fd, F_GETFD);

	if (flags < 0)
		return id;
	check_number(fstat(fd, &st), 0);
	return (struct identity){ true, st.st_dev, st.st_ino, flags & FD_CLOEXEC,
		lseek(fd, 0, SEEK_CUR), (unsigned int)fcntl(fd, F_GETFL) };
}

static void parse_fds(const char *text, struct identity *child, int end)
{
	memset(child, 0, (size_t)end * sizeof *child);
	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		struct identity id = { .open = true };
		int fd = -1;
		int n = sscanf(line, "%d %llu %llu %d %lld %o", &fd, &id.device, &id.inode,
			&id.cloexec, &id.offset, &id.flags);
		check(n == 6 && fd >= 0 && fd < end);
		child[fd] = id;
	}
}

/* A file of its own, at that descriptor, with its number as offset. */
static void mark_fd(int at, bool cloexec)
{
	int fd = memfd_create("mark", MFD_CLOEXEC);

	check(fd >= 0);
	if (fd != at)
		check_number(dup3(fd, at, O_CLOEXEC), at);
	check_number(fcntl(at, F_SETFD, cloexec ? FD_CLOEXEC : 0), 0);
	check_number(lseek(at, 1000 + at, SEEK_SET), 1000 + at);
	if (fd != at)
		close(fd);
}

static char result_path[64];

/*
 * Where children of a scene write what they see: a file of this process, which they do not get.
 * What a test runner left open goes.
 */
static void result_open(void)
{
	for (int other = 3; other < MOST; other++)
		if (other != scene_fd)
			close(other);
	int fd = memfd_create("result", MFD_CLOEXEC);

	check_number(dup3(fd, RESULT_FD, O_CLOEXEC), RESULT_FD);
	close(fd);
	snprintf(result_path, sizeof result_path, "/proc/%d/fd/%d", (int)getpid(), RESULT_FD);
}

static void see(struct brood_cmd *cmd, struct identity *child, int end)
{
	static char text[1 << 20];
	char number[16];
	struct brood_error error = BROOD_ERROR_INIT;

	snprintf(number, sizeof number, "%d", end);
	cmd->argv = BROOD_ARGV(helper("show_fds"), result_path, number);
	check_code(brood_run(cmd, NULL, NULL, &error), 0, &error);
	ssize_t n = pread(RESULT_FD, text, sizeof text - 1, 0);
	check(n >= 0);
	text[n] = '\0';
	parse_fds(text, child, end);
}

static void check_same(
	int line, int target, const struct identity *got, const struct identity *wanted)
{
	if (got->open != wanted->open)
		complain(__FILE__, line, "the child's %d is %s", target,
			got->open ? "open" : "closed");
	if (!got->open)
		return;
	if (got->device != wanted->device || got->inode != wanted->inode)
		complain(__FILE__, line,
			"the child's %d leads elsewhere (its mark is %lld, not %lld)", target,
			got->offset, wanted->offset);
	if (got->offset != wanted->offset || got->flags != wanted->flags)
		complain(__FILE__, line, "the child's %d: offset %lld, not %lld; flags %o, not %o",
			target, got->offset, wanted->offset, got->flags, wanted->flags);
	if (got->cloexec)
		complain(__FILE__, line, "the child's %d is close-on-exec", target);
}

static void every_map_scene(void *data)
{
	(void)data;
	struct identity parent[6] = { { .open = false } };
	struct identity child[16];

	result_open();
	for (int fd = 0; fd <= 4; fd++)
		mark_fd(fd, fd % 2);
	for (int fd = 0; fd <= 4; fd++)
		parent[fd + 1] = identify(fd);
	for (int map = 0; map < 6 * 6 * 6 * 6 * 6; map++) {
		int from[5];
		for (int i = 0, rest = map; i < 5; i++, rest /= 6)
			from[i] = rest % 6 - 1;
		struct brood_fd_map fds[] = { { from[3], 3 }, { from[4], 4 } };
		struct brood_cmd cmd = BROOD_CMD(.in = brood_fd(from[0]), .out = brood_fd(from[1]),
			.err = brood_fd(from[2]), .fds = fds, .n_fds = 2);
		see(&cmd, child, 16);
		for (int fd = 0; fd < 16; fd++) {
			const struct identity *wanted = &parent[fd < 5 ? from[fd] + 1 : 0];
			if (child[fd].open != wanted->open || child[fd].inode != wanted->inode)
				complain(__FILE__, __LINE__,
					"map %d %d %d %d %d: descriptor %d is wrong", from[0],
					from[1], from[2], from[3], from[4], fd);
			check_same(__LINE__, fd, &child[fd], wanted);
		}
	}
	for (int fd = 0; fd <= 4; fd++) {
		struct identity now = identify(fd);
		check_number(now.inode, parent[fd + 1].inode);
		check_number(now.cloexec, fd % 2);
	}
}

/* covers: GE-8.04 GE-8.05 GE-8.07 GE-8.08 API-CMD.fds.1 */
static void every_map_over_five_descriptors_is_as_it_says(void **state)
{
	(void)state;
	/* Takes too long on valgrind; the other maps are tried there. */
	if (denied("valgrind"))
		skip();
	in_scene(every_map_scene, NULL);
}

static unsigned int dice(unsigned int *seed, unsigned int sides)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % sides;
}

static void random_map(unsigned int *seed, bool keep)
{
	struct brood_fd_map fds[24];
	struct identity child[MOST];
	const struct identity *wanted[MOST] = { NULL };
	static struct identity parent[64];
	struct brood_cmd cmd = BROOD_CMD(.fds = fds, .flags = keep ? BROOD_KEEP_FDS : 0);
	struct brood_io *ios[] = { &cmd.in, &cmd.out, &cmd.err };
	bool taken[MOST] = { false };

	for (int fd = 0; fd < 64; fd++) {
		parent[fd] = identify(fd);
		if (keep && parent[fd].open && !parent[fd].cloexec)
			wanted[fd] = &parent[fd];
	}
	for (int i = 0; i < 3; i++) {
		int source = (int)dice(seed, 40);
		*ios[i] = brood_fd(source);
		wanted[i] = &parent[source];
	}
	size_t n = dice(seed, 25);
	for (size_t i = 0; i < n; i++) {
		int target;
		do
			target = 3 + (int)dice(seed, dice(seed, 2) ? 50 : MOST - 3);
		while (taken[target]);
		taken[target] = true;
		fds[i].parent_fd = (int)dice(seed, 44) - 4;
		if (fds[i].parent_fd < -1)
			fds[i].parent_fd = -1;
		fds[i].child_fd = target;
		wanted[target] = fds[i].parent_fd < 0 ? NULL : &parent[fds[i].parent_fd];
	}
	cmd.n_fds = n;
	see(&cmd, child, MOST);
	for (int fd = 0; fd < MOST; fd++) {
		struct identity closed = { .open = false };
		check_same(__LINE__, fd, &child[fd], wanted[fd] ? wanted[fd] : &closed);
	}
}

static void large_maps_scene(void *data)
{
	unsigned int seed = 20260801;
	struct rlimit limit = { MOST, MOST };

	check_number(setrlimit(RLIMIT_NOFILE, &limit), 0);
	result_open();
	for (int fd = 0; fd < 40; fd++)
		mark_fd(fd, fd % 3 != 0);
	for (int i = 0; i < 400; i++)
		random_map(&seed, data != NULL);
}

/* covers: GE-8.05 GE-8.08 API-CMD.fds.1 */
static void large_maps_with_high_targets_are_as_they_say(void **state)
{
	(void)state;
	/* Valgrind keeps the highest descriptors and their limit to itself. */
	if (denied("valgrind"))
		skip();
	in_scene(large_maps_scene, NULL);
}

/* covers: GE-8.01 GE-8.05 API-CMD.flags.keep_fds */
static void large_maps_hold_while_other_descriptors_are_kept(void **state)
{
	(void)state;
	/* Valgrind keeps the highest descriptors and their limit to itself. */
	if (denied("valgrind"))
		skip();
	int yes = 1;
	in_scene(large_maps_scene, &yes);
}

static void swept_scene(void *data)
{
	(void)data;
	struct identity child[MOST];
	struct brood_cmd cmd = BROOD_CMD(.in = brood_null(), .out = brood_null(),
		.err = brood_null());

	result_open();
	mark_fd(50, false);
	mark_fd(51, true);
	mark_fd(900, false);
	see(&cmd, child, MOST);
	for (int fd = 0; fd < MOST; fd++)
		check_number(child[fd].open, fd < 3);
	cmd.flags = BROOD_KEEP_FDS;
	see(&cmd, child, MOST);
	struct identity kept = identify(50), high = identify(900);
	check_same(__LINE__, 50, &child[50], &kept);
	check_same(__LINE__, 900, &child[900], &high);
	for (int fd = 3; fd < MOST; fd++)
		check_number(child[fd].open, fd == 50 || fd == 900);
	struct brood_fd_map fds[] = { { 51, 50 }, { -1, 900 } };
	cmd.fds = fds;
	cmd.n_fds = 2;
	see(&cmd, child, MOST);
	struct identity mapped = identify(51);
	check_same(__LINE__, 50, &child[50], &mapped);
	check_number(child[51].open, 0);
	check_number(child[900].open, 0);
}

/* covers: GE-8.01 API-RULE.4.2 API-CMD.flags.keep_fds */
static void other_descriptors_are_swept_unless_they_are_to_be_kept(void **state)
{
	(void)state;
	in_scene(swept_scene, NULL);
}

static void shared_offset_scene(void *data)
{
	(void)data;
	int fd = memfd_create("file", MFD_CLOEXEC);
	struct brood_fd_map fds[] = { { fd, 5 } };
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("read", "5", "10", "say", "5", "child"),
		.out = brood_null(), .fds = fds, .n_fds = 1);
	char text[6] = "";

	check_number(ftruncate(fd, 100), 0);
	check_number(lseek(fd, 20, SEEK_SET), 20);
	check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
	check_number(lseek(fd, 0, SEEK_CUR), 35);
	check_number(pread(fd, text, 5, 30), 5);
	check_text(text, "child");
	check_number(fcntl(fd, F_GETFD), FD_CLOEXEC);

	cmd.in = brood_fd(fd);
	cmd.argv = PLAY("read", "0", "7");
	check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
	check_number(lseek(fd, 0, SEEK_CUR), 42);
}

/* covers: GE-8.02 API-IO.fd.1 */
static void a_passed_file_shares_its_offset(void **state)
{
	(void)state;
	in_scene(shared_offset_scene, NULL);
}

static void flags_scene(void *data)
{
	(void)data;
	int ends[2];
	struct identity child[8];

	result_open();
	check_number(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	struct brood_fd_map fds[] = { { ends[0], 5 }, { ends[1], 6 } };
	struct brood_cmd cmd = BROOD_CMD(.in = brood_fd(ends[0]), .out = brood_null(), .fds = fds,
		.n_fds = 2);
	see(&cmd, child, 8);
	check(child[0].flags & O_NONBLOCK);
	check(child[5].flags & O_NONBLOCK);
	check(child[6].flags & O_NONBLOCK);
	check(fcntl(ends[0], F_GETFL) & O_NONBLOCK);
	check(fcntl(ends[1], F_GETFL) & O_NONBLOCK);
}

/* covers: GE-8.03 API-IO.fd.1 */
static void a_passed_file_keeps_its_flags(void **state)
{
	(void)state;
	in_scene(flags_scene, NULL);
}

static void pipes_scene(void *data)
{
	(void)data;
	struct identity child[8];
	char sink[64];
	struct brood_cmd cmd = BROOD_CMD(.in = brood_memory("", 0), .out = brood_capture(0, 0),
		.err = brood_into(sink, sizeof sink));

	result_open();
	see(&cmd, child, 8);
	for (int fd = 0; fd < 3; fd++) {
		check(child[fd].open);
		check_number(child[fd].offset, -1);
		check(!(child[fd].flags & O_NONBLOCK));
		check_number(child[fd].flags & O_ACCMODE, fd == 0 ? O_RDONLY : O_WRONLY);
	}
	for (int fd = 3; fd < 8; fd++)
		check(!child[fd].open);
}

/* covers: GE-8.03 */
static void pipes_of_the_job_are_blocking_for_the_child(void **state)
{
	(void)state;
	in_scene(pipes_scene, NULL);
}

static void refuse_map(int parent_fd, int child_fd, int wanted)
{
	struct brood_fd_map fds[] = { { 0, 7 }, { parent_fd, child_fd } };
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("exit", "0"), .out = brood_null(), .fds = fds,
		.n_fds = 2);

	check_code(brood_run(&cmd, NULL, NULL, &error), wanted, &error);
	if (wanted == -EINVAL)
		check_text(error.subject, "cmd.fds");
	else
		check_number(error.fd, child_fd);
}

/* covers: API-CMD.fds.2 */
static void a_target_under_3_or_named_twice_is_invalid(void **state)
{
	(void)state;
	for (int target = -1; target < 3; target++)
		refuse_map(0, target, -EINVAL);
	refuse_map(0, 7, -EINVAL);
	refuse_map(-1, 7, -EINVAL);
	refuse_map(-2, 8, -EINVAL);
}

/* covers: API-CMD.fds.3 API-IO.fd.2 */
static void a_source_that_is_not_open_is_refused(void **state)
{
	(void)state;
	refuse_map(77, 9, -EBADF);
	for (int i = 0; i < 3; i++) {
		struct brood_error error = BROOD_ERROR_INIT;
		struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("exit", "0"), .out = brood_null());
		*(i == 0 ? &cmd.in : i == 1 ? &cmd.out : &cmd.err) = brood_fd(77);
		check_code(brood_run(&cmd, NULL, NULL, &error), -EBADF, &error);
		check_number(error.fd, i);
	}
}

/* What the library opens for a start takes the numbers of closed ones. */
/* covers: API-CMD.fds.3 API-IO.fd.2 */
static void a_source_that_is_not_open_never_becomes_a_descriptor_of_ours(void **state)
{
	(void)state;
	for (int fd = 3; fd < 16; fd++) {
		struct brood_error error = BROOD_ERROR_INIT;
		const struct brood_fd_map map = { .parent_fd = fd, .child_fd = 20 };
		struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("exit", "0"), .in = brood_text("x"),
			.out = brood_capture(0, 0), .fds = &map, .n_fds = 1);
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		check_error(brood_run(&cmd, NULL, NULL, &error), -EBADF, &error,
			BROOD_STEP_DESCRIPTORS);
		check_number(error.fd, 20);
		cmd.n_fds = 0;
		cmd.err = brood_fd(fd);
		check_error(brood_run(&cmd, NULL, NULL, &error), -EBADF, &error,
			BROOD_STEP_DESCRIPTORS);
		check_number(error.fd, 2);
	}
}

/* Every descriptor that is there now and was not there before is close-on-exec, and above 2. */
static void check_new_descriptors(const bool *before, int line)
{
	for (int fd = 0; fd < MOST; fd++) {
		int flags = fcntl(fd, F_GETFD);
		if (flags < 0 || before[fd])
			continue;
		if (fd < 3)
			complain(__FILE__, line, "the library took descriptor %d", fd);
		if (!(flags & FD_CLOEXEC))
			complain(__FILE__, line, "descriptor %d is not close-on-exec", fd);
	}
}

static void run_without(const bool *before, const char *path, int variant)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_job *job = NULL;
	char into[16] = "";
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("read", "0", "2", "say", "2", "err", "say",
						 "1", "out"));

	cmd.in = variant == 0 ? brood_null() : variant == 1 ? brood_text("in") : brood_pipe();
	cmd.out = variant == 1 ? brood_into(into, sizeof into) : brood_capture(0, 0);
	cmd.err = variant == 0   ? brood_capture(0, 0)
		  : variant == 1 ? brood_file(path, 0, 0600)
				 : brood_merge();
	check_code(brood_start(&job, &cmd, 1, NULL, &error), 0, &error);
	check_new_descriptors(before, __LINE__);
	if (variant == 2)
		check_number(brood_job_write(job, 0, 0, "in", 2), 2);
	check_code(brood_job_wait(job, BROOD_FOREVER, &result, &error), 0, &error);
	check_new_descriptors(before, __LINE__);
	check_text(result.out.data, variant == 2 ? "errout" : "out");
	if (variant == 0)
		check_text(result.err.data, "err");
	if (variant == 1)
		check_text(read_file(path), "err");
	brood_result_done(&result);
	brood_job_free(job);
	for (int fd = 0; fd < MOST; fd++)
		check_number(fcntl(fd, F_GETFD) >= 0, before[fd]);
}

static void closed_scene(void *data)
{
	int set = *(int *)data;
	struct place place;
	bool before[MOST];
	struct identity child[8];

	place_make(&place);
	result_open();
	for (int fd = 0; fd < 3; fd++)
		if (set & 1 << fd)
			close(fd);
		else
			mark_fd(fd, fd != 1);
	for (int fd = 0; fd < MOST; fd++)
		before[fd] = fcntl(fd, F_GETFD) >= 0;
	for (int variant = 0; variant < 3; variant++)
		run_without(before, place_at(&place, "err"), variant);
	struct brood_cmd inherit = BROOD_CMD(.in = brood_inherit(), .out = brood_inherit(),
		.err = brood_inherit());
	see(&inherit, child, 8);
	for (int fd = 0; fd < 8; fd++)
		check_number(child[fd].open, fd < 3 && !(set & 1 << fd));
	struct brood_cmd null = BROOD_CMD(.in = brood_null(), .out = brood_null(),
		.err = brood_null());
	see(&null, child, 8);
	for (int fd = 0; fd < 8; fd++)
		check_number(child[fd].open, fd < 3);
	check_number(child[0].flags & O_ACCMODE, O_RDONLY);
	check_number(child[1].flags & O_ACCMODE, O_WRONLY);
	check_number(child[2].flags & O_ACCMODE, O_WRONLY);
	place_leave(&place);
}

/* covers: GE-8.04 API-RULE.4.1 API-IO.inherit.1 API-IO.null.1 */
static void all_holds_with_0_1_and_2_closed_in_the_caller(void **state)
{
	(void)state;
	for (int set = 0; set < 8; set++)
		in_scene(closed_scene, &set);
}

static void full_table_scene(void *data)
{
	(void)data;
	struct rlimit limit = { 64, 64 };
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY(
						 "drain", "0", "say", "1", "x", "say", "2", "y"),
		.in = brood_text("in"), .err = brood_capture(0, 0));
	int failed = 0;
	int r;

	scene_fd = dup2(scene_fd, 20);
	check_number(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (dup(0) >= 0)
		;
	for (int fd = 63; fd > 20; fd--) {
		r = brood_output(&cmd, NULL, &result, &error);
		if (r == 0)
			break;
		check_code(r, -EMFILE, &error);
		check(error.step == BROOD_STEP_PIPE || error.step == BROOD_STEP_OPEN ||
			error.step == (UNDER_GUARD ? BROOD_STEP_GUARD : BROOD_STEP_CLONE));
		check_number(fcntl(fd, F_GETFD), 0);
		failed++;
		close(fd);
		for (int at = 0; at < 64; at++)
			check_number(fcntl(at, F_GETFD) >= 0, at < fd);
	}
	check_code(r, 0, &error);
	check(failed >= 6);
	check_text(result.out.data, "x");
	check_text(result.err.data, "y");
	brood_result_done(&result);
}

/* covers: API-RULE.4.3 */
static void a_full_table_is_an_error_until_there_is_room(void **state)
{
	(void)state;
	/* Valgrind keeps the highest descriptors and their limit to itself. */
	if (denied("valgrind"))
		skip();
	in_scene(full_table_scene, NULL);
}

static void limit_20_scene(void *data)
{
	(void)data;
	struct rlimit limit = { 20, 20 };
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_fd_map fds[10];
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper("show_fds"), "-"), .fds = fds);
	struct identity child[64];

	scene_fd = dup2(scene_fd, 3);
	for (int fd = 4; fd < 1024; fd++)
		close(fd);
	check_number(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (int i = 0; i < 10; i++)
		fds[i] = (struct brood_fd_map){ i % 3, 10 + i };
	cmd.n_fds = 10;
	cmd.in = brood_text("in");
	check_code(brood_output(&cmd, NULL, &result, &error), 0, &error);
	parse_fds(result.out.data, child, 64);
	for (int fd = 0; fd < 64; fd++)
		check_number(child[fd].open, fd < 3 || (fd >= 10 && fd < 20));
	brood_result_done(&result);
	fds[0].child_fd = 20;
	check_error(
		brood_output(&cmd, NULL, &result, &error), -EBADF, &error, BROOD_STEP_DESCRIPTORS);
	check_number(error.fd, 20);
	brood_result_done(&result);
}

/* covers: GE-8.08 API-RULE.4.3 */
static void maps_hold_with_a_limit_of_20_descriptors(void **state)
{
	(void)state;
	/* Valgrind keeps the highest descriptors and their limit to itself. */
	if (denied("valgrind"))
		skip();
	in_scene(limit_20_scene, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(every_map_over_five_descriptors_is_as_it_says),
		hygienic(large_maps_with_high_targets_are_as_they_say),
		hygienic(large_maps_hold_while_other_descriptors_are_kept),
		hygienic(other_descriptors_are_swept_unless_they_are_to_be_kept),
		hygienic(a_passed_file_shares_its_offset),
		hygienic(a_passed_file_keeps_its_flags),
		hygienic(pipes_of_the_job_are_blocking_for_the_child),
		hygienic(a_target_under_3_or_named_twice_is_invalid),
		hygienic(a_source_that_is_not_open_is_refused),
		hygienic(a_source_that_is_not_open_never_becomes_a_descriptor_of_ours),
		hygienic(all_holds_with_0_1_and_2_closed_in_the_caller),
		hygienic(a_full_table_is_an_error_until_there_is_room),
		hygienic(maps_hold_with_a_limit_of_20_descriptors),
	};
	return hygiene_run("descriptors", tests);
}
