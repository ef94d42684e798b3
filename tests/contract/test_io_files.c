/* SPDX-License-Identifier: MIT */
/* Descriptors that lead to files, to those of the caller, or to nothing: nobody moves bytes. */
#include "check.h"

static int run(const struct brood_cmd *cmd)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int r = brood_run(cmd, NULL, NULL, &error);

	check_code(r, 0, &error);
	return r;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	check_number(stat(path, &st), 0);
	return st.st_mode & 07777;
}

/* covers: API-IO.file.1 */
static void a_file_is_read_as_standard_input(void **state)
{
	(void)state;
	struct place place;
	struct brood_result result = BROOD_RESULT_INIT;

	place_make(&place);
	make_file(place_at(&place, "in"), "from a file", 0600);
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("copy"),
		.in = brood_file(place_at(&place, "in"), 0, 0));
	output_of(&cmd, NULL, &result);
	check_text(result.out.data, "from a file");
	/* It was opened for reading alone. */
	struct brood_cmd writing = BROOD_CMD(.argv = PLAY("say", "0", "x"), .in = cmd.in,
		.out = brood_null());
	check_code(brood_run(&writing, NULL, &result, NULL), BROOD_EEXIT, NULL);
	check_number(result.stages[0].exit_code, EBADF);
	brood_result_done(&result);
	place_leave(&place);
}

static void created_scene(void *data)
{
	struct place *place = data;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "new"));
	char *path = place_at(place, "out");

	umask(027);
	cmd.out = brood_file(path, 0, 0);
	run(&cmd);
	check_text(read_file(path), "new");
	check_number(mode_of(path), 0640);
	umask(0);
	cmd.out = brood_file(place_at(place, "other"), 0, 0604);
	run(&cmd);
	check_number(mode_of(place_at(place, "other")), 0604);
	cmd.out = brood_file(place_at(place, "third"), 0, 0);
	run(&cmd);
	check_number(mode_of(place_at(place, "third")), 0666);
}

/* covers: API-IO.file.2 API-IO.file.3 */
static void an_output_file_is_created_with_its_mode_less_the_umask(void **state)
{
	(void)state;
	struct place place;

	place_make(&place);
	in_scene(created_scene, &place);
	place_leave(&place);
}

/* covers: API-IO.file.2 API-IO.file.4 */
static void an_output_file_is_truncated_unless_the_flags_say_otherwise(void **state)
{
	(void)state;
	struct place place;

	place_make(&place);
	char *path = place_at(&place, "out");
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "new"));
	make_file(path, "old and long", 0600);
	cmd.out = brood_file(path, 0, 0);
	run(&cmd);
	check_text(read_file(path), "new");
	cmd.out = brood_file(path, O_WRONLY | O_APPEND, 0);
	run(&cmd);
	check_text(read_file(path), "newnew");
	cmd.out = brood_file(path, O_WRONLY, 0);
	cmd.argv = PLAY("say", "1", "N");
	run(&cmd);
	check_text(read_file(path), "Newnew");
	struct brood_error error = BROOD_ERROR_INIT;
	cmd.out = brood_file(path, O_WRONLY | O_CREAT | O_EXCL, 0);
	check_error(brood_run(&cmd, NULL, NULL, &error), -EEXIST, &error, BROOD_STEP_OPEN);
	check_text(error.subject, path);
	check_number(error.fd, 1);
	place_leave(&place);
}

/* covers: API-IO.file.5 */
static void a_file_that_cannot_be_opened_is_named_and_nothing_starts(void **state)
{
	(void)state;
	struct place place;

	place_make(&place);
	for (int i = 0; i < 3; i++) {
		struct brood_error error = BROOD_ERROR_INIT;
		char *trace = place_at(&place, "trace");
		struct brood_fd_map fds[] = { { open(trace, O_RDWR | O_CREAT | O_CLOEXEC, 0600),
			3 } };
		struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "3", "was here"),
			.out = brood_null(), .fds = fds, .n_fds = 1);
		*(i == 0         ? &cmd.in
			: i == 1 ? &cmd.out
				 : &cmd.err) = brood_file("/nowhere/file", 0, 0);
		check_error(brood_run(&cmd, NULL, NULL, &error), -ENOENT, &error, BROOD_STEP_OPEN);
		check_text(error.subject, "/nowhere/file");
		check_number(error.fd, i);
		check_text(read_file(trace), "");
		close(fds[0].parent_fd);
	}
	place_leave(&place);
}

static void caller_scene(void *data)
{
	struct place *place = data;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "x"), .dir = "/",
		.out = brood_file("mine", 0, 0600));

	check_number(chdir(place->path), 0);
	run(&cmd);
	check_text(read_file("mine"), "x");
}

/* covers: API-IO.file.6 */
static void a_relative_path_counts_from_the_callers_directory(void **state)
{
	(void)state;
	struct place place;

	place_make(&place);
	in_scene(caller_scene, &place);
	place_leave(&place);
}

/* covers: API-IO.file.7 */
static void a_fifo_is_opened_without_waiting(void **state)
{
	(void)state;
	struct place place;
	struct brood_error error = BROOD_ERROR_INIT;

	place_make(&place);
	char *path = place_at(&place, "fifo");
	check_number(mkfifo(path, 0600), 0);
	struct brood_cmd writing = BROOD_CMD(.argv = PLAY("exit", "0"),
		.out = brood_file(path, O_WRONLY, 0));
	check_error(brood_run(&writing, NULL, NULL, &error), -ENXIO, &error, BROOD_STEP_OPEN);
	check_text(error.subject, path);
	/* A reader gets its end at once, and sees that nobody writes. */
	struct brood_cmd reading = BROOD_CMD(.argv = PLAY("expect", "0", "0"),
		.in = brood_file(path, 0, 0), .out = brood_null());
	run(&reading);
	int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char text[8] = "";
	writing.argv = PLAY("say", "1", "through");
	run(&writing);
	check_number(read(reader, text, sizeof text), 7);
	check_text(text, "through");
	close(reader);
	place_leave(&place);
}

/* covers: API-IO.file.8 */
static void a_fifo_is_blocking_for_the_child_all_the_same(void **state)
{
	(void)state;
	struct place place;
	struct brood_result result = BROOD_RESULT_INIT;

	place_make(&place);
	char *path = place_at(&place, "fifo");
	check_number(mkfifo(path, 0600), 0);
	int both = open(path, O_RDWR | O_CLOEXEC);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper("show_fds"), "-"),
		.in = brood_file(path, 0, 0));
	output_of(&cmd, NULL, &result);
	unsigned int flags = 0;
	check_number(sscanf(result.out.data, "%*d %*u %*u %*d %*d %o", &flags), 1);
	check_number(flags & O_NONBLOCK, 0);
	brood_result_done(&result);
	close(both);
	place_leave(&place);
}

static void may_block_scene(void *data)
{
	const char *path = data;
	pid_t pid = fork();

	if (pid == 0) {
		/* Opening for writing waits for the child's end, which waits for this one. */
		int fd = open(path, O_WRONLY | O_CLOEXEC);
		_exit(fd >= 0 && write(fd, "late", 4) == 4 ? 0 : 1);
	}
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("copy"), .in = brood_file(path, 0, 0));
	int status = 0;
	cmd.in.flags = BROOD_MAY_BLOCK;
	output_of(&cmd, NULL, &result);
	check_text(result.out.data, "late");
	check_number(waitpid(pid, &status, 0), pid);
	check_number(status, 0);
}

/* covers: API-IO.file.9 */
static void a_fifo_that_may_block_waits_for_its_other_side(void **state)
{
	(void)state;
	struct place place;

	place_make(&place);
	check_number(mkfifo(place_at(&place, "fifo"), 0600), 0);
	in_scene(may_block_scene, place_at(&place, "fifo"));
	place_leave(&place);
}

/* covers: API-IO.merge.3 */
static void merge_into_a_file_or_a_descriptor_shares_the_offset(void **state)
{
	(void)state;
	struct place place;

	place_make(&place);
	char *path = place_at(&place, "both");
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY(
						 "say", "1", "a", "say", "2", "b", "say", "1", "c"),
		.out = brood_file(path, 0, 0), .err = brood_merge());
	run(&cmd);
	check_text(read_file(path), "abc");
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	cmd.out = brood_fd(fd);
	run(&cmd);
	check_text(read_file(path), "abc");
	check_number(lseek(fd, 0, SEEK_CUR), 3);
	close(fd);
	cmd.out = brood_null();
	run(&cmd);
	place_leave(&place);
}

static void inherit_scene(void *data)
{
	struct place *place = data;
	char *path = place_at(place, "mine");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "out ", "say", "2", "err "));

	/* The default of both outputs, and the explicit one. */
	check(dup2(fd, 1) == 1 && dup2(fd, 2) == 2);
	run(&cmd);
	cmd.out = brood_inherit();
	cmd.err = brood_inherit();
	run(&cmd);
	cmd.err = brood_merge();
	run(&cmd);
	check_text(read_file(path), "out err out err out err ");
	check_number(lseek(fd, 4, SEEK_SET), 4);
	check_number(dup2(fd, 0), 0);
	cmd.in = brood_inherit();
	cmd.argv = PLAY("read", "0", "3");
	run(&cmd);
	check_number(lseek(fd, 0, SEEK_CUR), 7);
}

/* covers: API-IO.inherit.1 API-IO.inherit.2 API-IO.default.2 */
static void inherited_descriptors_are_the_callers_own(void **state)
{
	(void)state;
	struct place place;

	place_make(&place);
	in_scene(inherit_scene, &place);
	place_leave(&place);
}

/* covers: API-IO.fd.3 GE-8.05 */
static void one_descriptor_may_serve_several_streams(void **state)
{
	(void)state;
	int fd = memfd_create("all", MFD_CLOEXEC);
	char text[16] = "";
	struct brood_fd_map fds[] = { { fd, 3 }, { fd, 4 } };
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "a", "say", "2", "b", "say", "3",
						 "c", "say", "4", "d"),
		.out = brood_fd(fd), .err = brood_fd(fd), .fds = fds, .n_fds = 2);

	run(&cmd);
	check_number(pread(fd, text, 8, 0), 4);
	check_text(text, "abcd");
	check_number(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
}

/* covers: API-IO.null.1 */
static void null_takes_everything_and_gives_nothing(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("expect", "0", "0", "emit", "1", "300000",
						 "emit", "2", "300000"),
		.in = brood_null(), .out = brood_null(), .err = brood_null());

	run(&cmd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_file_is_read_as_standard_input),
		hygienic(an_output_file_is_created_with_its_mode_less_the_umask),
		hygienic(an_output_file_is_truncated_unless_the_flags_say_otherwise),
		hygienic(a_file_that_cannot_be_opened_is_named_and_nothing_starts),
		hygienic(a_relative_path_counts_from_the_callers_directory),
		hygienic(a_fifo_is_opened_without_waiting),
		hygienic(a_fifo_is_blocking_for_the_child_all_the_same),
		hygienic(a_fifo_that_may_block_waits_for_its_other_side),
		hygienic(merge_into_a_file_or_a_descriptor_shares_the_offset),
		hygienic(inherited_descriptors_are_the_callers_own),
		hygienic(one_descriptor_may_serve_several_streams),
		hygienic(null_takes_everything_and_gives_nothing),
	};
	return hygiene_run("io files", tests);
}
