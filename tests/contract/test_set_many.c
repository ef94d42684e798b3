/* SPDX-License-Identifier: MIT */

/* Many children at once. */

#include "events.h"

#include <stdio.h>
#include <sys/resource.h>

enum { MANY = 10000 };

/* Room for a descriptor each, and some. */
static bool make_room(struct rlimit *old)
{
	assert_int_equal(getrlimit(RLIMIT_NOFILE, old), 0);
	struct rlimit wanted = { .rlim_cur = old->rlim_max, .rlim_max = old->rlim_max };
	return old->rlim_max > MANY + 1000 && setrlimit(RLIMIT_NOFILE, &wanted) == 0;
}

static int64_t milliseconds_since(int64_t begin)
{
	return (now_ns() - begin) / BROOD_MILLISECOND;
}

/* Starts as many as there may be. Returns how many those are. */
static int start_many(struct brood_set *set, const struct brood_cmd *cmd, struct brood_job **jobs)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = BROOD_OPTIONS(.timeout = BROOD_HOUR);
	int n = 0;
	for (; n < MANY; n++) {
		int r = brood_start(&jobs[n], cmd, 1, n % 2 ? &options : NULL, &error);
		if (r == -EAGAIN || r == -ENOMEM)
			break; /* that is all this machine allows */
		expect_code(r, 0);
		expect_code(brood_set_add(set, jobs[n], jobs[n]), 0);
	}
	return n;
}

static int go_to_the_end(struct brood_set *set)
{
	struct brood_event event;
	int n_done = 0;
	int r;
	while ((r = brood_set_next(set, 60 * BROOD_SECOND, &event)) == 0) {
		assert_ptr_equal(event.user_data, event.job);
		if (event.kind != BROOD_EVENT_DONE)
			continue;
		expect_code(event.code, 0);
		expect_code(brood_job_wait(event.job, 0, NULL, NULL), 0);
		brood_job_free(event.job);
		n_done++;
	}
	expect_code(r, -ENOENT);
	return n_done;
}

/* covers: API-SET.ten-thousand API-SET.memory */
static void ten_thousand_live_at_once_with_a_descriptor_each(void **state)
{
	(void)state;
	static struct brood_job *jobs[MANY];
	struct rlimit old;
	if (denied("") || !make_room(&old))
		skip();
	struct line line = line_open();
	struct brood_fd_map fds[] = { { line.reading, 3 } };
	struct brood_cmd cmd = quiet(ACT("await", "3"));
	cmd.fds = fds;
	cmd.n_fds = 1;
	struct brood_set *set = new_set();
	int descriptors = hygiene_open_descriptors();
	size_t memory = memory_in_use();
	int64_t begin = now_ns();
	int n = start_many(set, &cmd, jobs);
	assert_true(n > 100);
	print_message("# %d were started in %lld ms\n", n, (long long)milliseconds_since(begin));
	assert_int_equal(brood_set_count(set), n);
	assert_true(hygiene_open_descriptors() - descriptors <= n);
	memory = (memory_in_use() - memory) / (size_t)n;
	print_message("# %zu bytes each\n", memory);
	assert_true(memory < 2048);
	for (int i = 0; i < n; i++)
		assert_int_equal(kill(brood_job_pid(jobs[i]), 0), 0);
	expect_code(brood_set_next(set, 0, &(struct brood_event){ .kind = 0 }), -ETIME);
	begin = now_ns();
	line_started(&line);
	assert_int_equal(go_to_the_end(set), n);
	print_message("# all ended in %lld ms\n", (long long)milliseconds_since(begin));
	brood_set_free(set);
	close(line.reading);
	setrlimit(RLIMIT_NOFILE, &old);
}

/* How many descriptors the child's table has room for: as many as were copied for it. */
static int table_size(pid_t pid)
{
	char path[64], text[256];
	int size = 0;
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *status = fopen(path, "re");
	assert_non_null(status);
	while (size == 0 && fgets(text, sizeof text, status))
		sscanf(text, "FDSize: %d", &size);
	fclose(status);
	return size;
}

/* Else each start would copy and close what all the earlier ones keep open.
 * covers: API-SET.memory */
static void what_is_kept_open_for_jobs_is_not_copied_for_the_next(void **state)
{
	(void)state;
	enum { N = 150 };
	struct brood_job *jobs[N];
	if (denied(""))
		skip();
	struct line line = line_open();
	struct brood_fd_map fds[] = { { line.reading, 3 } };
	struct brood_cmd cmd = quiet(ACT("await", "3"));
	cmd.fds = fds;
	cmd.n_fds = 1;
	cmd.out = brood_capture(0, 0);
	cmd.err = brood_capture(0, 0);
	struct brood_set *set = new_set();
	for (int i = 0; i < N; i++) {
		expect_code(brood_start(&jobs[i], &cmd, 1, NULL, NULL), 0);
		expect_code(brood_set_add(set, jobs[i], jobs[i]), 0);
	}
	assert_in_range(table_size(brood_job_pid(jobs[N - 1])), 1, 64);
	line_started(&line);
	assert_int_equal(go_to_the_end(set), N);
	brood_set_free(set);
	close(line.reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(ten_thousand_live_at_once_with_a_descriptor_each),
		hygienic(what_is_kept_open_for_jobs_is_not_copied_for_the_next),
	};
	return hygiene_run("many", tests);
}
