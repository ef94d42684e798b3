/* SPDX-License-Identifier: MIT */

/* Pipelines that cannot be, and those of which only some stages could be started. */

#include "stages.h"

/* Refused means: by that code at that stage, nothing made, nothing run. */
static struct brood_error refused(const struct brood_cmd *cmds, size_t n,
	const struct brood_options *options, int code, int step, int stage)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct row row;
	int before = hygiene_open_descriptors();
	row_prepare(&row, cmds, n);
	int r = brood_start(&row.job, row.cmds, n, options, &error);
	line_started(&row.line);
	check_error(r, code, &error, step);
	check_number(error.stage, stage);
	check(row.job == NULL);
	char byte;
	check_number(read(row.line.reading, &byte, 1), 0);
	close(row.line.reading);
	close(row.control.reading);
	close(row.control.writing);
	check_number(hygiene_open_descriptors(), before);
	return error;
}

static void three_ready(struct brood_cmd *cmds)
{
	cmds[0] = plain(ACT("ready"));
	cmds[1] = plain(ACT("ready"));
	cmds[2] = quiet(ACT("ready"));
}

/* covers: API-PL.misuse */
static void streams_between_stages_cannot_lead_elsewhere(void **state)
{
	(void)state;
	char memory[8];
	struct brood_cmd cmds[3];
	const struct brood_io outputs[] = { brood_null(), brood_inherit(), brood_fd(2),
		brood_file("/dev/null", 0, 0), brood_capture(0, 0), brood_into(memory, 8),
		brood_sink(NULL, NULL), brood_pipe(), brood_tty(0, 0) };
	const struct brood_io inputs[] = { brood_null(), brood_inherit(), brood_fd(0),
		brood_file("/dev/null", 0, 0), brood_text("x"), brood_pipe(), brood_tty(0, 0) };
	for (int stage = 0; stage < 2; stage++) {
		for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
			three_ready(cmds);
			cmds[stage].out = outputs[i];
			refused(cmds, 3, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG, stage);
		}
	}
	for (int stage = 1; stage < 3; stage++) {
		for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
			three_ready(cmds);
			cmds[stage].in = inputs[i];
			refused(cmds, 3, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG, stage);
		}
	}
	three_ready(cmds);
	struct brood_result result = BROOD_RESULT_INIT;
	check_code(brood_pipeline(cmds, 0, NULL, &result, NULL), BROOD_EMISUSE, NULL);
	check_code(brood_pipeline(NULL, 2, NULL, &result, NULL), BROOD_EMISUSE, NULL);
	brood_result_done(&result);
}

static int return_0(void *data)
{
	(void)data;
	return 0;
}

/* covers: API-PL.misuse API-PL.names-stage */
static void what_is_wrong_with_a_stage_names_it(void **state)
{
	(void)state;
	struct brood_cmd cmds[3];
	for (int stage = 0; stage < 3; stage++) {
		three_ready(cmds);
		cmds[stage].argv = NULL;
		refused(cmds, 3, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG, stage);
		three_ready(cmds);
		cmds[stage].flags = UINT64_C(1) << 50;
		refused(cmds, 3, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG, stage);
		three_ready(cmds);
		cmds[stage].err = brood_text("x");
		refused(cmds, 3, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG, stage);
		three_ready(cmds);
		cmds[stage].env_edit = RUN("=x");
		refused(cmds, 3, NULL, -EINVAL, BROOD_STEP_CONFIG, stage);
		three_ready(cmds);
		struct brood_sandbox sandbox = { .size = sizeof sandbox, .root = "" };
		cmds[stage].sandbox = &sandbox;
		refused(cmds, 3, NULL, -EINVAL, BROOD_STEP_CONFIG, stage);
	}
}

/* covers: API-ABI.7 API-PL.misuse */
static void the_commands_of_a_job_have_one_size(void **state)
{
	(void)state;
	struct brood_cmd cmds[3];
	for (int stage = 0; stage < 3; stage++) {
		three_ready(cmds);
		cmds[stage].size -= 8;
		struct brood_job *job = NULL;
		check_code(brood_start(&job, cmds, 3, NULL, NULL), BROOD_EMISUSE, NULL);
		check(job == NULL);
	}
}

/* covers: API-ABI.7 */
static void an_array_has_the_stride_of_its_commands(void **state)
{
	(void)state;
	struct longer {
		struct brood_cmd cmd;
		uint64_t later[3];
	} cmds[2] = { 0 };
	struct shorter {
		unsigned char bytes[offsetof(struct brood_cmd, label)];
	} less[2];
	struct brood_cmd whole[] = { plain(ACT("print", "1", "x")), quiet(ACT("copy", "0", "2")) };
	struct brood_result result = BROOD_RESULT_INIT;
	whole[1].err = brood_capture(0, 0);
	for (int i = 0; i < 2; i++) {
		cmds[i].cmd = whole[i];
		cmds[i].cmd.size = sizeof cmds[i];
		whole[i].size = sizeof less[i];
		memcpy(&less[i], &whole[i], sizeof less[i]);
	}
	check_code(brood_pipeline(&cmds[0].cmd, 2, NULL, &result, NULL), 0, NULL);
	check_text(result.err.data, "x");
	const void *short_ones = less;
	check_code(brood_pipeline(short_ones, 2, NULL, &result, NULL), 0, NULL);
	check_text(result.err.data, "x");
	cmds[1].later[2] = 1;
	check_code(brood_pipeline(&cmds[0].cmd, 2, NULL, &result, NULL), -E2BIG, NULL);
	brood_result_done(&result);
}

/* covers: API-PL.tree-refused API-F.tiers */
static void trees_of_several_stages_that_cannot_be_are_refused(void **state)
{
	(void)state;
	struct brood_cmd cmds[3];
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE,
		.tree = BROOD_TREE_PIDNS);
	struct brood_job *job = NULL;
	struct brood_error error = BROOD_ERROR_INIT;
	three_ready(cmds);
	int r = brood_start(&job, cmds, 3, &options, &error);
	check_error(r, -ENOSYS, &error, BROOD_STEP_NAMESPACE);
	const int tiers[] = { BROOD_TREE_GUARD, BROOD_TREE_CGROUP };
	for (size_t i = 0; i < 2; i++) {
		for (int stage = 0; stage < 3; stage++) {
			three_ready(cmds);
			cmds[stage] = (struct brood_cmd)BROOD_CMD(.function = return_0);
			options.tree = tiers[i];
			r = brood_start(&job, cmds, 3, &options, &error);
			check_error(r, BROOD_EMISUSE, &error, BROOD_STEP_CONFIG);
		}
	}
}

/* covers: API-PL.order */
static void all_is_looked_at_before_anything_is_started(void **state)
{
	(void)state;
	struct brood_cmd cmds[3];
	/* Misuse of a later stage ranks before the look-up of an earlier one, */
	three_ready(cmds);
	cmds[0].argv = RUN("brood-no-such-program");
	cmds[2].flags = UINT64_C(1) << 50;
	refused(cmds, 3, NULL, BROOD_EMISUSE, BROOD_STEP_CONFIG, 2);
	/* a look-up before any file, */
	three_ready(cmds);
	cmds[0].in = brood_file("/nonexistent/file", 0, 0);
	cmds[2].argv = RUN("brood-no-such-program");
	struct brood_error error = refused(cmds, 3, NULL, BROOD_ENOTFOUND, BROOD_STEP_LOOKUP, 2);
	check_text(error.subject, "brood-no-such-program");
	/* a file of the last before any step of a child. */
	three_ready(cmds);
	cmds[0].dir = "/nonexistent/folder";
	cmds[2].out = brood_file("/nonexistent/file", 0, 0);
	error = refused(cmds, 3, NULL, -ENOENT, BROOD_STEP_OPEN, 2);
	check_text(error.subject, "/nonexistent/file");
	for (int stage = 0; stage < 3; stage++) {
		three_ready(cmds);
		cmds[stage].err = brood_file("/nonexistent/err", 0, 0);
		refused(cmds, 3, NULL, -ENOENT, BROOD_STEP_OPEN, stage);
	}
}

enum { N_HALF = 4 };

/* One way in which a stage can fail when others run already. */
struct failure {
	void (*spoil)(struct brood_cmd *cmd);
	int code;
	int step;
};

static void spoil_exec(struct brood_cmd *cmd)
{
	cmd->argv = RUN("/nonexistent/program");
}

static void spoil_access(struct brood_cmd *cmd)
{
	cmd->argv = RUN("/dev/null");
}

static void spoil_dir(struct brood_cmd *cmd)
{
	cmd->dir = "/nonexistent/folder";
}

static const struct brood_fd_map closed_source[] = { { 1000, 5 } };

static void spoil_descriptors(struct brood_cmd *cmd)
{
	cmd->fds = closed_source;
	cmd->n_fds = 1;
}

static const struct brood_rlimit unlimited[] = { { RLIMIT_NOFILE, 0, UINT64_MAX, UINT64_MAX } };
static const struct brood_limits too_much = {
	.size = sizeof too_much, .rlimits = unlimited, .n_rlimits = 1
};

static void spoil_limits(struct brood_cmd *cmd)
{
	cmd->limits = &too_much;
}

static const struct failure failures[] = { { spoil_exec, -ENOENT, BROOD_STEP_EXEC },
	{ spoil_access, -EACCES, BROOD_STEP_EXEC }, { spoil_dir, -ENOENT, BROOD_STEP_CHDIR },
	{ spoil_descriptors, -EBADF, BROOD_STEP_DESCRIPTORS },
	{ spoil_limits, -EPERM, BROOD_STEP_LIMITS } };

static void half_start(const struct failure *failure, int stage, struct brood_options *options)
{
	struct brood_cmd cmds[N_HALF];
	struct row row;
	struct brood_error error = BROOD_ERROR_INIT;
	bool all_goes = options->flags & BROOD_KILL_TREE;
	for (int i = 0; i < N_HALF; i++) {
		/* Without a guard grandchildren in other groups are nobody's. */
		cmds[i] = plain(
			all_goes ? ACT("{", "ignore", "15", "pause", "}", "{", "setpgid", "ignore",
					   "1", "pause", "}", "ignore", "15", "pause")
				 : ACT("ignore", "15", "pause"));
		cmds[i].err = brood_capture(0, 0);
	}
	cmds[0].in = brood_pipe();
	cmds[N_HALF - 1].out = brood_capture(0, 0);
	int before = hygiene_open_descriptors();
	row_prepare(&row, cmds, N_HALF);
	failure->spoil(&row.cmds[stage]);
	int64_t begin = now_ns();
	int r = brood_start(&row.job, row.cmds, N_HALF, options, &error);
	check_error(r, failure->code, &error, failure->step);
	check_number(error.stage, stage);
	check(row.job == NULL);
	check(now_ns() - begin < 5 * BROOD_SECOND);
	check_number(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	check_number(errno, ECHILD);
	line_gone(&row.line);
	close(row.control.reading);
	close(row.control.writing);
	check_number(hygiene_open_descriptors(), before);
}

/* covers: API-PL.half API-PL.names-stage GE-16.2 */
static void of_a_pipeline_that_is_half_started_nothing_is_left(void **state)
{
	(void)state;
	const uint64_t flags[] = { 0, BROOD_NEW_GROUP, BROOD_NEW_SESSION };
	for (size_t f = 0; f < sizeof failures / sizeof *failures; f++)
		for (size_t g = 0; g < 3; g++)
			for (int stage = 0; stage < N_HALF; stage++) {
				struct brood_options options = BROOD_OPTIONS(.flags = flags[g]);
				half_start(&failures[f], stage, &options);
			}
}

/* covers: API-PL.half */
static void of_a_tree_that_is_half_started_nothing_is_left(void **state)
{
	(void)state;
	const int tiers[] = { BROOD_TREE_AUTO, BROOD_TREE_GUARD };
	if (denied("execveat") || denied("memfd_create") || denied("valgrind"))
		skip();
	for (size_t f = 0; f < sizeof failures / sizeof *failures; f++)
		for (size_t t = 0; t < 2; t++)
			for (int stage = 0; stage < N_HALF; stage++) {
				struct brood_options options =
					BROOD_OPTIONS(.flags = BROOD_KILL_TREE, .tree = tiers[t]);
				half_start(&failures[f], stage, &options);
			}
}

/* covers: API-PL.half */
static void a_half_started_pipeline_fills_the_result(void **state)
{
	(void)state;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	for (int stage = 0; stage < 3; stage++) {
		struct brood_cmd cmds[] = { plain(ACT("pause")), plain(ACT("pause")),
			quiet(ACT("pause")) };
		cmds[stage].dir = "/nonexistent/folder";
		int r = brood_pipeline(cmds, 3, NULL, &result, &error);
		check_error(r, -ENOENT, &error, BROOD_STEP_CHDIR);
		check_text(error.subject, "/nonexistent/folder");
		check_number(result.code, -ENOENT);
		check_number(result.cause, BROOD_CAUSE_NONE);
		check_number((int64_t)result.n_stages, 3);
		check_number(result.stages[stage].how, BROOD_NOT_STARTED);
		check_number(result.stages[stage].exit_code, -1);
	}
	brood_result_done(&result);
}

static volatile sig_atomic_t n_sigchld;

static void count_sigchld(int number)
{
	(void)number;
	n_sigchld++;
}

/* covers: API-PL.sigchld GE-14.sigchld */
static void each_stage_sends_one_sigchld_and_one_that_fails_none(void **state)
{
	(void)state;
	struct sigaction action = { .sa_handler = count_sigchld };
	struct sigaction old;
	struct row row;
	sigaction(SIGCHLD, &action, &old);
	n_sigchld = 0;
	struct brood_cmd bad[] = { plain(ACT("exit", "0")), quiet(ACT("exit", "0")) };
	bad[0].dir = "/nonexistent/folder";
	for (int i = 0; i < 5; i++)
		check_code(brood_pipeline(bad, 2, NULL, NULL, NULL), -ENOENT, NULL);
	check_number(n_sigchld, 0);
	/* One after the other, so that none is lost in another. */
	struct brood_cmd cmds[] = { plain(ACT("await", "4")), plain(ACT("await", "0")),
		plain(ACT("await", "0")), quiet(ACT("await", "0")) };
	row_start(&row, cmds, 4, NULL, 0);
	row_release(&row);
	for (int i = 0; i < 4; i++)
		await_zombie(row.pids[i]);
	check_code(row_wait(&row, NULL), 0, NULL);
	check(n_sigchld >= 1 && n_sigchld <= 4);
	row_end(&row);
	n_sigchld = 0;
	struct brood_cmd cascade[] = { plain(ACT("ready", "await", "4")),
		quiet(ACT("ready", "pause")) };
	row_start(&row, cascade, 2, NULL, 2);
	row_release(&row);
	await_zombie(row.pids[0]);
	while (n_sigchld < 1)
		;
	kill(row.pids[1], SIGTERM);
	await_zombie(row.pids[1]);
	check_code(row_wait(&row, NULL), BROOD_EEXIT, NULL);
	check_number(n_sigchld, 2);
	sigaction(SIGCHLD, &old, NULL);
	row_end(&row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(streams_between_stages_cannot_lead_elsewhere),
		hygienic(what_is_wrong_with_a_stage_names_it),
		hygienic(the_commands_of_a_job_have_one_size),
		hygienic(an_array_has_the_stride_of_its_commands),
		hygienic(trees_of_several_stages_that_cannot_be_are_refused),
		hygienic(all_is_looked_at_before_anything_is_started),
		hygienic(of_a_pipeline_that_is_half_started_nothing_is_left),
		hygienic(of_a_tree_that_is_half_started_nothing_is_left),
		hygienic(a_half_started_pipeline_fills_the_result),
		hygienic(each_stage_sends_one_sigchld_and_one_that_fails_none),
	};
	return hygiene_run("pipeline start", tests);
}
