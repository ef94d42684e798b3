/* SPDX-License-Identifier: MIT */
/* The structs as they are in memory: sizes, offsets, and what other sizes than ours mean. */
#include "check.h"

#if !defined(__x86_64__) && !defined(__aarch64__)
#	error "the layout of this platform has not been written down yet"
#endif

/* musl has 128 bytes in reserve behind what the kernel fills. */
#ifdef __GLIBC__
#	define RUSAGE 144
#else
#	define RUSAGE sizeof(struct rusage)
#endif

struct field {
	const char *name;
	size_t is;
	size_t must;
};

#define SIZE(type, bytes)                         \
	{                                         \
#		type, sizeof(struct type), bytes \
	}
#define AT(type, member, bytes)                                                         \
	{                                                                               \
#		type "." #                member, offsetof(struct type, member), bytes \
	}

static const struct field layout[] = {
	SIZE(brood_error, 256),
	AT(brood_error, code, 0),
	AT(brood_error, os_errno, 4),
	AT(brood_error, step, 8),
	AT(brood_error, flags, 10),
	AT(brood_error, stage, 12),
	AT(brood_error, fd, 16),
	AT(brood_error, subject, 20),
	SIZE(brood_io, 64),
	AT(brood_io, kind, 0),
	AT(brood_io, flags, 4),
	AT(brood_io, fd, 8),
	AT(brood_io, mode, 12),
	AT(brood_io, limit, 16),
	AT(brood_io, pointer, 24),
	AT(brood_io, data, 32),
	AT(brood_io, reserved, 40),
	SIZE(brood_fd_map, 8),
	AT(brood_fd_map, parent_fd, 0),
	AT(brood_fd_map, child_fd, 4),
	SIZE(brood_stop, 16),
	AT(brood_stop, signal, 0),
	AT(brood_stop, flags, 4),
	AT(brood_stop, grace, 8),
	SIZE(brood_signals, 400),
	AT(brood_signals, size, 0),
	AT(brood_signals, ignore, 8),
	AT(brood_signals, reset, 136),
	AT(brood_signals, mask, 264),
	AT(brood_signals, has_mask, 392),
	SIZE(brood_credentials, 48),
	AT(brood_credentials, flags, 8),
	AT(brood_credentials, uid, 16),
	AT(brood_credentials, gid, 20),
	AT(brood_credentials, groups, 24),
	AT(brood_credentials, n_groups, 32),
	AT(brood_credentials, umask, 40),
	AT(brood_credentials, reserved, 44),
	SIZE(brood_rlimit, 24),
	AT(brood_rlimit, resource, 0),
	AT(brood_rlimit, reserved, 4),
	AT(brood_rlimit, soft, 8),
	AT(brood_rlimit, hard, 16),
	SIZE(brood_limits, 80),
	AT(brood_limits, flags, 8),
	AT(brood_limits, rlimits, 16),
	AT(brood_limits, n_rlimits, 24),
	AT(brood_limits, affinity, 32),
	AT(brood_limits, affinity_size, 40),
	AT(brood_limits, cgroup_path, 48),
	AT(brood_limits, cgroup_fd, 56),
	AT(brood_limits, nice, 60),
	AT(brood_limits, scheduler, 64),
	AT(brood_limits, scheduler_priority, 68),
	AT(brood_limits, io_priority, 72),
	AT(brood_limits, oom_score_adj, 76),
	SIZE(brood_session, 24),
	AT(brood_session, flags, 8),
	AT(brood_session, controlling_fd, 16),
	AT(brood_session, parent_death_signal, 20),
	SIZE(brood_id_map, 12),
	AT(brood_id_map, inside, 0),
	AT(brood_id_map, outside, 4),
	AT(brood_id_map, count, 8),
	SIZE(brood_sandbox, 112),
	AT(brood_sandbox, flags, 8),
	AT(brood_sandbox, root, 16),
	AT(brood_sandbox, clone_flags, 24),
	AT(brood_sandbox, unshare_flags, 32),
	AT(brood_sandbox, uid_maps, 40),
	AT(brood_sandbox, n_uid_maps, 48),
	AT(brood_sandbox, gid_maps, 56),
	AT(brood_sandbox, n_gid_maps, 64),
	AT(brood_sandbox, capabilities, 72),
	AT(brood_sandbox, ambient, 80),
	AT(brood_sandbox, seccomp, 88),
	AT(brood_sandbox, seccomp_length, 96),
	AT(brood_sandbox, landlock_fd, 104),
	AT(brood_sandbox, landlock_flags, 108),
	SIZE(brood_cmd, 352),
	AT(brood_cmd, size, 0),
	AT(brood_cmd, path, 8),
	AT(brood_cmd, argv, 16),
	AT(brood_cmd, dir, 24),
	AT(brood_cmd, env, 32),
	AT(brood_cmd, env_edit, 40),
	AT(brood_cmd, search_path, 48),
	AT(brood_cmd, in, 56),
	AT(brood_cmd, out, 120),
	AT(brood_cmd, err, 184),
	AT(brood_cmd, fds, 248),
	AT(brood_cmd, n_fds, 256),
	AT(brood_cmd, flags, 264),
	AT(brood_cmd, ok_codes, 272),
	AT(brood_cmd, n_ok_codes, 280),
	AT(brood_cmd, signals, 288),
	AT(brood_cmd, credentials, 296),
	AT(brood_cmd, limits, 304),
	AT(brood_cmd, session, 312),
	AT(brood_cmd, sandbox, 320),
	AT(brood_cmd, function, 328),
	AT(brood_cmd, function_data, 336),
	AT(brood_cmd, label, 344),
	SIZE(brood_options, 64),
	AT(brood_options, size, 0),
	AT(brood_options, flags, 8),
	AT(brood_options, timeout, 16),
	AT(brood_options, context, 24),
	AT(brood_options, stop, 32),
	AT(brood_options, n_stop, 40),
	AT(brood_options, wait_delay, 48),
	AT(brood_options, group, 56),
	AT(brood_options, tree, 60),
	SIZE(brood_status, 48 + RUSAGE),
	AT(brood_status, size, 0),
	AT(brood_status, pid, 8),
	AT(brood_status, how, 12),
	AT(brood_status, exit_code, 16),
	AT(brood_status, signal, 20),
	AT(brood_status, core_dumped, 24),
	AT(brood_status, excused, 28),
	AT(brood_status, started_ns, 32),
	AT(brood_status, ended_ns, 40),
	AT(brood_status, usage, 48),
	SIZE(brood_bytes, 32),
	AT(brood_bytes, data, 0),
	AT(brood_bytes, length, 8),
	AT(brood_bytes, total, 16),
	AT(brood_bytes, omitted, 24),
	SIZE(brood_tree_usage, 32 + RUSAGE),
	AT(brood_tree_usage, tier, 0),
	AT(brood_tree_usage, processes, 4),
	AT(brood_tree_usage, usage, 8),
	AT(brood_tree_usage, peak_memory, 8 + RUSAGE),
	AT(brood_tree_usage, read_bytes, 16 + RUSAGE),
	AT(brood_tree_usage, written_bytes, 24 + RUSAGE),
	SIZE(brood_result, 232 + RUSAGE),
	AT(brood_result, size, 0),
	AT(brood_result, code, 8),
	AT(brood_result, cause, 12),
	AT(brood_result, notes, 16),
	AT(brood_result, tree_killed, 20),
	AT(brood_result, out, 24),
	AT(brood_result, err, 56),
	AT(brood_result, all, 88),
	AT(brood_result, stages, 120),
	AT(brood_result, n_stages, 128),
	AT(brood_result, label, 136),
	AT(brood_result, tree, 200),
	SIZE(brood_info, 216),
	AT(brood_info, size, 0),
	AT(brood_info, pid, 8),
	AT(brood_info, ppid, 12),
	AT(brood_info, pgid, 16),
	AT(brood_info, sid, 20),
	AT(brood_info, uid, 24),
	AT(brood_info, euid, 28),
	AT(brood_info, gid, 32),
	AT(brood_info, egid, 36),
	AT(brood_info, state, 40),
	AT(brood_info, nice, 44),
	AT(brood_info, threads, 48),
	AT(brood_info, start_ticks, 56),
	AT(brood_info, started_ns, 64),
	AT(brood_info, started_at_ns, 72),
	AT(brood_info, user_ns, 80),
	AT(brood_info, system_ns, 88),
	AT(brood_info, memory, 96),
	AT(brood_info, peak_memory, 104),
	AT(brood_info, virtual_memory, 112),
	AT(brood_info, read_bytes, 120),
	AT(brood_info, written_bytes, 128),
	AT(brood_info, read_chars, 136),
	AT(brood_info, written_chars, 144),
	AT(brood_info, name, 152),
};

/* covers: API-ABI.1 */
static void structs_lie_in_memory_as_written_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof layout / sizeof *layout; i++)
		if (layout[i].is != layout[i].must)
			fail_msg(
				"%s is %zu, not %zu", layout[i].name, layout[i].is, layout[i].must);
}

/* Memory of any length, behind whose end nothing can be read or written. */
struct edge {
	char *base;
	size_t inside;
};

static struct edge edge_make(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct edge edge = { .inside = 2 * page };

	edge.base = mmap(
		NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(edge.base != MAP_FAILED);
	check_number(mprotect(edge.base + edge.inside, page, PROT_NONE), 0);
	return edge;
}

static void edge_drop(struct edge *edge)
{
	munmap(edge->base, edge->inside / 2 * 3);
}

/*
 * A struct of `size` bytes that ends at the edge: the first bytes of the given one, then zeros. Its
 * first field says the size. The bytes before it are set, so that reading there is noticed too.
 */
static void *edge_put(struct edge *edge, const void *from, size_t known, size_t size)
{
	char *at = edge->base + edge->inside - size;

	memset(edge->base, 0xee, edge->inside - size);
	memset(at, 0, size);
	memcpy(at, from, known < size ? known : size);
	memcpy(at, &size, size < sizeof size ? size : sizeof size);
	return at;
}

static int run_exit(int code, const struct brood_options *options, struct brood_result *result,
	struct brood_error *error)
{
	char number[8];
	snprintf(number, sizeof number, "%d", code);
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("exit", number), .out = brood_null());

	return brood_run(&cmd, options, result, error);
}

/* covers: API-ABI.2 */
static void shorter_commands_are_filled_with_zeros(void **state)
{
	(void)state;
	struct edge edge = edge_make();
	struct brood_error error = BROOD_ERROR_INIT;
	const uint8_t ok[] = { 7 };
	struct brood_cmd whole = BROOD_CMD(.argv = PLAY("exit", "7"), .out = brood_null(),
		.ok_codes = ok, .n_ok_codes = 1);

	for (size_t size = offsetof(struct brood_cmd, dir); size < sizeof whole; size += 8) {
		struct brood_cmd *cmd = edge_put(&edge, &whole, sizeof whole, size);
		bool has_ok = size >= offsetof(struct brood_cmd, signals);
		/* Cut within a descriptor's description the rest of that is zero, too. */
		int r = brood_run(cmd, NULL, NULL, &error);
		check_code(r, has_ok ? 0 : BROOD_EEXIT, &error);
	}
	edge_drop(&edge);
}

/* covers: API-ABI.2 */
static void shorter_options_are_filled_with_zeros(void **state)
{
	(void)state;
	struct edge edge = edge_make();
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options whole = BROOD_OPTIONS(.timeout = BROOD_MINUTE, .wait_delay = -1);

	for (size_t size = 8; size < sizeof whole; size += 8) {
		struct brood_options *options = edge_put(&edge, &whole, sizeof whole, size);
		int r = run_exit(0, options, NULL, &error);
		check_code(r, 0, &error);
	}
	edge_drop(&edge);
}

/* covers: API-ABI.2 */
static void a_result_of_any_size_is_filled_as_far_as_it_goes(void **state)
{
	(void)state;
	struct edge edge = edge_make();
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "to out", "say", "2", "to err",
						 "exit", "5"));
	struct brood_result empty = BROOD_RESULT_INIT;

	for (size_t size = 8; size <= 2 * sizeof empty; size += 8) {
		struct brood_result *result = edge_put(&edge, &empty, sizeof empty, size);
		int r = brood_output(&cmd, NULL, result, &error);
		check_code(r, BROOD_EEXIT, &error);
		check_number(result->size, size);
		if (size >= 16)
			check_number(result->code, BROOD_EEXIT);
		if (size >= offsetof(struct brood_result, err))
			check_text(result->out.data, "to out");
		if (size >= offsetof(struct brood_result, all))
			check_text(result->err.data, "to err");
		if (size >= offsetof(struct brood_result, label))
			check_number(result->stages[0].exit_code, 5);
		if (size >= sizeof empty)
			check(strstr(result->label, "play") != NULL);
		for (size_t i = sizeof empty; i < size; i++)
			check_number(((char *)result)[i], 0);
		brood_result_done(result);
		check_number(result->size, size);
	}
	edge_drop(&edge);
}

/* covers: API-ABI.3 */
static void longer_structs_with_a_tail_of_zeros_are_taken(void **state)
{
	(void)state;
	struct edge edge = edge_make();
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("exit", "0"), .out = brood_null());
	struct brood_options options = BROOD_OPTIONS_INIT;
	static const size_t more[] = { 8, 16, 24, 64, 512, 4000 };

	for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
		struct brood_cmd *long_cmd = edge_put(
			&edge, &cmd, sizeof cmd, sizeof cmd + more[i]);
		check_code(brood_run(long_cmd, NULL, NULL, &error), 0, &error);
		struct brood_options *long_options = edge_put(
			&edge, &options, sizeof options, sizeof options + more[i]);
		check_code(brood_run(&cmd, long_options, NULL, &error), 0, &error);
	}
	edge_drop(&edge);
}

/* A child that leaves a trace, so that it is seen when it was started against the rules. */
static int run_traced(struct brood_cmd *cmd, const struct brood_options *options,
	struct brood_result *result, struct brood_error *error)
{
	int trace = memfd_create("trace", MFD_CLOEXEC);
	check(trace >= 0);
	cmd->out = brood_fd(trace);
	int r = brood_run(cmd, options, result, error);
	struct stat st;
	check_number(fstat(trace, &st), 0);
	close(trace);
	if (r != 0)
		check_number(st.st_size, 0);
	return r;
}

/* covers: API-ABI.4 */
static void a_tail_that_is_not_zero_is_too_big(void **state)
{
	(void)state;
	struct edge edge = edge_make();
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "was here"));
	struct brood_options options = BROOD_OPTIONS_INIT;
	const size_t tail = 24;

	for (size_t i = 0; i < tail; i++) {
		struct brood_error error = BROOD_ERROR_INIT;
		struct brood_cmd *long_cmd = edge_put(&edge, &cmd, sizeof cmd, sizeof cmd + tail);
		((char *)(long_cmd + 1))[i] = 1;
		check_error(
			brood_run(long_cmd, NULL, NULL, &error), -E2BIG, &error, BROOD_STEP_CONFIG);

		struct brood_options *long_options = edge_put(
			&edge, &options, sizeof options, sizeof options + tail);
		((char *)(long_options + 1))[i] = (char)0x80;
		check_error(run_traced(&cmd, long_options, NULL, &error), -E2BIG, &error,
			BROOD_STEP_CONFIG);
	}
	edge_drop(&edge);
}

/* covers: API-ABI.4 */
static void size_0_is_too_big_and_a_broken_size_is_misuse(void **state)
{
	(void)state;
	for (size_t size = 0; size < sizeof(size_t); size++) {
		int wanted = size == 0 ? -E2BIG : BROOD_EMISUSE;
		struct brood_error error = BROOD_ERROR_INIT;
		struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "was here"));
		struct brood_options options = BROOD_OPTIONS_INIT;
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_signals signals = { .size = size };

		options.size = size;
		check_error(run_traced(&cmd, &options, NULL, &error), wanted, &error,
			BROOD_STEP_CONFIG);
		result.size = size;
		check_error(
			run_traced(&cmd, NULL, &result, &error), wanted, &error, BROOD_STEP_CONFIG);
		cmd.signals = &signals;
		check_error(
			run_traced(&cmd, NULL, NULL, &error), wanted, &error, BROOD_STEP_CONFIG);
		cmd.signals = NULL;
		cmd.size = size;
		check_error(
			run_traced(&cmd, NULL, NULL, &error), wanted, &error, BROOD_STEP_CONFIG);
		char **env = NULL;
		check_code(brood_environ(&cmd, &env, &error), wanted, &error);
	}
}

/* covers: API-ABI.2 API-ABI.3 API-ABI.4 */
static void the_signals_of_a_command_follow_the_same_rules(void **state)
{
	(void)state;
	struct edge edge = edge_make();
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_signals whole = { .size = sizeof whole };
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("exit", "0"), .out = brood_null());

	for (size_t size = 8; size <= sizeof whole + 64; size += 8) {
		cmd.signals = edge_put(&edge, &whole, sizeof whole, size);
		check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
	}
	char *tail = edge_put(&edge, &whole, sizeof whole, sizeof whole + 16);
	tail[sizeof whole + 15] = 1;
	cmd.signals = (struct brood_signals *)tail;
	check_error(brood_run(&cmd, NULL, NULL, &error), -E2BIG, &error, BROOD_STEP_CONFIG);
	edge_drop(&edge);
}

/* covers: API-ABI.5 */
static void unknown_flags_are_misuse(void **state)
{
	(void)state;
	for (int bit = 0; bit < 64; bit++) {
		struct brood_error error = BROOD_ERROR_INIT;
		struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("say", "1", "was here"));
		struct brood_options options = BROOD_OPTIONS_INIT;

		if (bit >= 3) {
			cmd.flags = UINT64_C(1) << bit;
			check_error(run_traced(&cmd, NULL, NULL, &error), BROOD_EMISUSE, &error,
				BROOD_STEP_CONFIG);
			cmd.flags = 0;
		}
		if (bit >= 8) {
			options.flags = UINT64_C(1) << bit;
			check_error(run_traced(&cmd, &options, NULL, &error), BROOD_EMISUSE, &error,
				BROOD_STEP_CONFIG);
		}
		if (bit < 32) {
			const struct brood_stop stop = { .signal = SIGTERM, .flags = 1u << bit };
			struct brood_options stopping = BROOD_OPTIONS(.stop = &stop, .n_stop = 1);
			check_error(run_traced(&cmd, &stopping, NULL, &error), BROOD_EMISUSE,
				&error, BROOD_STEP_CONFIG);
		}
	}
}

/* covers: API-ABI.5 */
static void unknown_flags_and_reserved_fields_of_an_io_are_misuse(void **state)
{
	(void)state;
	static const char *const io_names[] = { "cmd.in", "cmd.out", "cmd.err" };
	for (int i = 0; i < 3; i++) {
		struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("exit", "0"), .out = brood_null());
		struct brood_io *io = i == 0 ? &cmd.in : i == 1 ? &cmd.out : &cmd.err;
		struct brood_error error = BROOD_ERROR_INIT;

		for (int bit = 0; bit < 32; bit++) {
			*io = brood_null();
			io->flags = 1u << bit;
			check_error(brood_run(&cmd, NULL, NULL, &error), BROOD_EMISUSE, &error,
				BROOD_STEP_CONFIG);
			check_text(error.subject, io_names[i]);
		}
		for (int word = 0; word < 3; word++) {
			*io = brood_null();
			io->reserved[word] = 1;
			check_error(brood_run(&cmd, NULL, NULL, &error), BROOD_EMISUSE, &error,
				BROOD_STEP_CONFIG);
			check_text(error.subject, io_names[i]);
		}
		for (uint32_t kind = BROOD_IO_TTY + 1; kind != 0; kind = kind * 2) {
			*io = brood_null();
			io->kind = kind;
			check_error(brood_run(&cmd, NULL, NULL, &error), BROOD_EMISUSE, &error,
				BROOD_STEP_CONFIG);
			check_text(error.subject, io_names[i]);
		}
	}
}

static void expect_size(struct brood_cmd *cmd, const char *subject, size_t *size, size_t full)
{
	struct brood_error error = BROOD_ERROR_INIT;
	static const size_t wrong[] = { 1, 2, 7 };

	*size = 0;
	check_error(run_traced(cmd, NULL, NULL, &error), -E2BIG, &error, BROOD_STEP_CONFIG);
	check_text(error.subject, subject);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		*size = wrong[i];
		check_error(run_traced(cmd, NULL, NULL, &error), BROOD_EMISUSE, &error,
			BROOD_STEP_CONFIG);
		check_text(error.subject, subject);
	}
	*size = full + 16;
	check_error(run_traced(cmd, NULL, NULL, &error), -E2BIG, &error, BROOD_STEP_CONFIG);
	check_text(error.subject, subject);
	*size = full + 8; /* a tail of zeros */
	check_code(run_traced(cmd, NULL, NULL, &error), 0, &error);
	*size = sizeof(size_t); /* all of it is zero then */
	check_code(run_traced(cmd, NULL, NULL, &error), 0, &error);
}

/* covers: API-ABI.2 API-ABI.3 API-ABI.4 */
static void session_and_sandbox_of_another_size_follow_the_rules(void **state)
{
	(void)state;
	struct {
		struct brood_session session;
		uint64_t tail[2];
	} session = { .session.flags = 0, .tail = { 0, 1 } };
	struct {
		struct brood_sandbox sandbox;
		uint64_t tail[2];
	} sandbox = { .sandbox.flags = 0, .tail = { 0, 1 } };
	struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("exit", "0"), .out = brood_null());

	cmd.session = &session.session;
	expect_size(&cmd, "cmd.session.size", &session.session.size, sizeof(struct brood_session));
	cmd.session = NULL;
	cmd.sandbox = &sandbox.sandbox;
	expect_size(&cmd, "cmd.sandbox.size", &sandbox.sandbox.size, sizeof(struct brood_sandbox));
}

/* covers: API-ABI.7 */
static void no_command_and_commands_of_two_sizes_are_misuse(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *job = NULL;
	struct brood_cmd one = BROOD_CMD(.argv = PLAY("exit", "0"));
	struct brood_cmd cmds[2] = { one, one };

	check_error(
		brood_start(&job, cmds, 0, NULL, &error), BROOD_EMISUSE, &error, BROOD_STEP_CONFIG);
	check(job == NULL);
	cmds[1].size = sizeof one - 8;
	check_error(
		brood_start(&job, cmds, 2, NULL, &error), BROOD_EMISUSE, &error, BROOD_STEP_CONFIG);
	check(job == NULL);
}

/* covers: API-ABI.8 */
static void two_verdict_flags_at_once_are_misuse(void **state)
{
	(void)state;
	static const uint64_t verdicts[] = { BROOD_VERDICT_LAST, BROOD_VERDICT_RIGHTMOST,
		BROOD_VERDICT_STRICT };

	for (int set = 1; set < 8; set++) {
		struct brood_options options = BROOD_OPTIONS_INIT;
		struct brood_error error = BROOD_ERROR_INIT;
		for (int i = 0; i < 3; i++)
			options.flags |= set & 1 << i ? verdicts[i] : 0;
		int wanted = (set & (set - 1)) == 0 ? 0 : BROOD_EMISUSE;
		check_code(run_exit(0, &options, NULL, &error), wanted, &error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(structs_lie_in_memory_as_written_down),
		hygienic(shorter_commands_are_filled_with_zeros),
		hygienic(shorter_options_are_filled_with_zeros),
		hygienic(a_result_of_any_size_is_filled_as_far_as_it_goes),
		hygienic(longer_structs_with_a_tail_of_zeros_are_taken),
		hygienic(a_tail_that_is_not_zero_is_too_big),
		hygienic(size_0_is_too_big_and_a_broken_size_is_misuse),
		hygienic(the_signals_of_a_command_follow_the_same_rules),
		hygienic(unknown_flags_are_misuse),
		hygienic(unknown_flags_and_reserved_fields_of_an_io_are_misuse),
		hygienic(session_and_sandbox_of_another_size_follow_the_rules),
		hygienic(no_command_and_commands_of_two_sizes_are_misuse),
		hygienic(two_verdict_flags_at_once_are_misuse),
	};
	return hygiene_run("abi", tests);
}
