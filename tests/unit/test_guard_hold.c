/* SPDX-License-Identifier: MIT */
/* Guards that hold what has ended until they are told to let go, the groups that last so long, and
 * what guards say of a job that is stopped. */

#include "guard_kit.h"
#include "process/stopping.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Ends with 3 when asked to, and leaves two behind in sessions of their own. */
#define LEAVES_TWO                                                                                \
	WORDS("exit-on", "10", "3", "{", "setsid", "ready", "pause", "}", "{", "setsid", "ready", \
		"pause", "}", "touch", "4", "ready", "pause")

/* Starts it, and hears that it has ended. */
static void start_and_end(struct kit_job *job, uint32_t flags)
{
	kit_describe(job, BROOD__GUARD_HOLD | flags, LEAVES_TWO);
	assert_int_equal(kit_start(job, true), 0);
	kit_await_ready(job, 3);
	kit_ask(job, BROOD__GUARD_SIGNAL, SIGUSR1);
	kit_await_flags(job, BROOD__GUARD_ENDED);
}

static void expect_picture(const struct kit_job *job)
{
	const struct brood__guard_report *last = &job->guard.last;
	assert_int_equal(last->code, CLD_EXITED);
	assert_int_equal(last->status, 3);
	assert_true(last->ended_ns > 0 && last->ended_ns <= brood__clock_now());
	assert_true(last->usage.ru_minflt > 0);
	assert_true(last->usage.ru_maxrss >= 4096);
}

/* Held: it is a zombie, and nobody has touched what it left. Kills one of the two. */
static void expect_held(struct kit_job *job)
{
	pid_t pids[8];
	assert_int_equal(kit_state_of(job->child.pid), 'Z');
	assert_int_equal(kit_children_of(job->guard.pid, pids, 8), 3);
	assert_int_equal(pids[0], job->child.pid);
	assert_int_equal(kill(pids[1], SIGKILL), 0);
	/* When that one has gone the guard has had its turn. */
	kit_await_state(pids[1], 0);
	assert_int_equal(kit_children_of(job->guard.pid, pids, 8), 2);
	assert_int_equal(kit_state_of(job->child.pid), 'Z');
	assert_true(kit_is_alive(pids[1]));
	assert_int_equal(kill(-job->child.pid, 0), 0);
	assert_int_equal(brood__guard_hear(&job->guard), 0);
	assert_int_equal(job->guard.last.flags, BROOD__GUARD_STARTED | BROOD__GUARD_ENDED);
}

/* The picture at the end: the job's own process is in the sum. */
static void expect_all_gone(struct kit_job *job, uint32_t killed, int reason)
{
	kit_await_flags(job, BROOD__GUARD_EMPTY);
	const struct brood__guard_report *last = &job->guard.last;
	expect_picture(job);
	assert_int_equal(last->killed, killed);
	assert_int_equal(last->reason, reason);
	assert_true(last->tree_usage.ru_maxrss >= last->usage.ru_maxrss);
	assert_true(last->tree_usage.ru_minflt >= last->usage.ru_minflt);
	assert_int_equal(kit_state_of(job->child.pid), 0);
	kit_finish(job);
	kit_expect_no_children();
}

static void what_has_ended_is_kept_until_it_is_released(void **state)
{
	(void)state;
	struct kit_job job;
	start_and_end(&job, 0);
	expect_picture(&job);
	expect_held(&job);
	kit_ask(&job, BROOD__GUARD_RELEASE, 0);
	kit_await_nobody(&job);
	expect_all_gone(&job, 1, BROOD__STOP_NONE);
}

static void so_it_is_when_orphans_are_left(void **state)
{
	(void)state;
	struct kit_job job;
	pid_t pids[8];
	start_and_end(&job, BROOD__GUARD_ORPHANS_LEAVE);
	expect_held(&job);
	assert_int_equal(kit_children_of(job.guard.pid, pids, 8), 2);
	kit_ask(&job, BROOD__GUARD_RELEASE, 0);
	kit_await_flags(&job, BROOD__GUARD_EMPTY);
	assert_true(kit_is_alive(pids[1]));
	kill(pids[1], SIGKILL);
	kit_await_nobody(&job);
	expect_all_gone(&job, 0, BROOD__STOP_NONE);
}

static void so_it_is_when_orphans_are_waited_for(void **state)
{
	(void)state;
	struct kit_job job;
	pid_t pids[8];
	start_and_end(&job, BROOD__GUARD_ORPHANS_WAIT);
	expect_held(&job);
	assert_int_equal(kit_children_of(job.guard.pid, pids, 8), 2);
	kit_ask(&job, BROOD__GUARD_RELEASE, 0);
	/* It is not held any more, and that is all. */
	kit_await_state(job.child.pid, 0);
	assert_true(kit_is_alive(pids[1]));
	assert_int_equal(brood__guard_hear(&job.guard), 0);
	assert_int_equal(kill(pids[1], SIGKILL), 0);
	expect_all_gone(&job, 0, BROOD__STOP_NONE);
}

static void who_was_released_before_its_end_is_not_held(void **state)
{
	(void)state;
	static const uint32_t requests[] = { BROOD__GUARD_RELEASE, BROOD__GUARD_DETACH };
	for (int i = 0; i < 2; i++) {
		struct kit_job job;
		kit_describe(&job, BROOD__GUARD_HOLD, LEAVES_TWO);
		assert_int_equal(kit_start(&job, true), 0);
		kit_await_ready(&job, 3);
		kit_ask(&job, requests[i], 0);
		kit_ask(&job, BROOD__GUARD_SIGNAL, SIGUSR1);
		expect_all_gone(&job, 2, BROOD__STOP_NONE);
	}
}

static void to_let_the_front_go_is_a_release_too(void **state)
{
	(void)state;
	struct kit_job job;
	start_and_end(&job, 0);
	expect_held(&job);
	kit_ask(&job, BROOD__GUARD_DETACH, 0);
	expect_all_gone(&job, 1, BROOD__STOP_NONE);
}

static void a_stop_and_a_kill_do_not_wait_for_the_release(void **state)
{
	(void)state;
	struct kit_job job;
	start_and_end(&job, 0);
	expect_held(&job);
	kit_ask(&job, BROOD__GUARD_STOP, BROOD__STOP_CANCEL);
	expect_all_gone(&job, 1, BROOD__STOP_CANCEL);
	start_and_end(&job, 0);
	expect_held(&job);
	kit_ask(&job, BROOD__GUARD_KILL, 0);
	expect_all_gone(&job, 1, BROOD__STOP_NONE);
	/* Nor if what is held is all that is left. */
	kit_describe(&job, BROOD__GUARD_HOLD, WORDS("touch", "4", "exit", "3"));
	assert_int_equal(kit_start(&job, true), 0);
	kit_await_flags(&job, BROOD__GUARD_ENDED);
	kit_ask(&job, BROOD__GUARD_STOP, BROOD__STOP_CANCEL);
	expect_all_gone(&job, 0, BROOD__STOP_CANCEL);
}

static void a_limit_does_not_wait_for_the_release(void **state)
{
	(void)state;
	struct kit_job job;
	kit_describe(&job, BROOD__GUARD_HOLD,
		WORDS("{", "setsid", "pause", "}", "touch", "4", "exit", "3"));
	job.terms.deadline = brood__clock_now() + 300 * BROOD_MILLISECOND;
	assert_int_equal(kit_start(&job, true), 0);
	kit_await_flags(&job, BROOD__GUARD_ENDED);
	expect_all_gone(&job, 1, BROOD__STOP_TIMEOUT);
	assert_true(brood__clock_now() >= job.terms.deadline);
}

static void nothing_is_held_for_a_front_that_has_gone(void **state)
{
	(void)state;
	struct kit_job job;
	start_and_end(&job, 0);
	expect_held(&job);
	close(job.guard.socket);
	job.guard.socket = -1;
	kit_await_nobody(&job);
	struct pollfd end = { .fd = job.guard.pidfd, .events = POLLIN };
	assert_int_equal(poll(&end, 1, KIT_PATIENCE), 1);
	assert_int_equal(kit_state_of(job.child.pid), 0);
	brood__guard_reap(&job.guard, false);
	close(job.child.pidfd);
	close(job.ready);
	kit_expect_no_children();
}

static void a_group_can_be_joined_and_signalled_while_its_leader_is_held(void **state)
{
	(void)state;
	struct kit_job leader;
	struct kit_job other;
	kit_describe(&leader, BROOD__GUARD_HOLD, WORDS("exit", "0"));
	assert_int_equal(kit_start(&leader, true), 0);
	kit_await_flags(&leader, BROOD__GUARD_ENDED);
	kit_describe(&other, BROOD__GUARD_HOLD, WORDS("exit-on", "10", "5", "ready", "pause"));
	other.start.plan.new_group = false;
	other.start.plan.join_group = leader.child.pid;
	assert_int_equal(kit_start(&other, true), 0);
	kit_await_ready(&other, 1);
	assert_int_equal(getpgid(other.child.pid), leader.child.pid);
	assert_int_equal(getsid(other.child.pid), getsid(0));
	assert_int_not_equal(getpgid(other.guard.pid), leader.child.pid);
	assert_int_not_equal(getpgid(other.guard.pid), getpgid(0));
	/* Whoever signals the group by its guard reaches those that are there. */
	kit_ask(&leader, BROOD__GUARD_SIGNAL, SIGUSR1);
	kit_await_flags(&other, BROOD__GUARD_ENDED);
	assert_int_equal(other.guard.last.status, 5);
	kit_ask(&leader, BROOD__GUARD_RELEASE, 0);
	kit_finish(&leader);
	/* The group lasts for as long as another one is held in it. */
	assert_int_equal(kill(-leader.child.pid, 0), 0);
	kit_ask(&other, BROOD__GUARD_RELEASE, 0);
	kit_finish(&other);
	assert_int_equal(kill(-leader.child.pid, 0), -1);
	kit_expect_no_children();
}

static void a_group_whose_leader_is_not_held_cannot_be_joined(void **state)
{
	(void)state;
	struct kit_job leader;
	struct kit_job other;
	kit_describe(&leader, 0, WORDS("exit", "0"));
	assert_int_equal(kit_start(&leader, true), 0);
	kit_finish(&leader);
	kit_describe(&other, BROOD__GUARD_HOLD, WORDS("pause"));
	other.start.plan.new_group = false;
	other.start.plan.join_group = leader.child.pid;
	assert_int_equal(kit_start(&other, true), -EPERM);
	assert_int_equal(other.report.step, BROOD_STEP_GROUP);
	kit_expect_no_children();
}

/* Waits until the picture says that it is stopped by that signal, 0: that it runs. */
static void await_stopped(struct kit_job *job, int signal, uint64_t stops)
{
	while (job->guard.last.stopped != signal || job->guard.last.stops < stops)
		kit_hear(job);
	assert_int_equal(job->guard.last.stops, stops);
}

static void start_pausing(struct kit_job *job, uint32_t flags)
{
	kit_describe(job, flags, WORDS("ready", "pause"));
	assert_int_equal(kit_start(job, true), 0);
	kit_await_ready(job, 1);
}

static void end_pausing(struct kit_job *job)
{
	kit_ask(job, BROOD__GUARD_RELEASE, 0);
	assert_int_equal(kill(job->child.pid, SIGKILL), 0);
	kit_await_flags(job, BROOD__GUARD_ENDED);
	assert_int_equal(job->guard.last.stopped, 0);
	assert_int_equal(job->guard.last.status, SIGKILL);
	kit_finish(job);
	kit_expect_no_children();
}

static const int stop_signals[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };

static void every_stop_is_told_with_its_signal(void **state)
{
	(void)state;
	for (uint32_t flags = 0; flags <= BROOD__GUARD_HOLD; flags += BROOD__GUARD_HOLD) {
		struct kit_job job;
		start_pausing(&job, flags);
		for (uint64_t i = 0; i < 8; i++) {
			assert_int_equal(kill(job.child.pid, stop_signals[i % 4]), 0);
			await_stopped(&job, stop_signals[i % 4], i + 1);
			assert_int_equal(kill(job.child.pid, SIGCONT), 0);
			await_stopped(&job, 0, i + 1);
		}
		end_pausing(&job);
	}
}

/* The guard sleeps while the job goes on and is stopped again. */
static void a_stop_that_follows_another_unseen_is_told(void **state)
{
	(void)state;
	for (int first = 0; first < 4; first++) {
		for (int second = 0; second < 4; second++) {
			struct kit_job job;
			start_pausing(&job, second % 2 ? BROOD__GUARD_HOLD : 0);
			assert_int_equal(kill(job.child.pid, stop_signals[first]), 0);
			await_stopped(&job, stop_signals[first], 1);
			assert_int_equal(kill(job.guard.pid, SIGSTOP), 0);
			kit_await_state(job.guard.pid, 'T');
			assert_int_equal(kill(job.child.pid, SIGCONT), 0);
			kit_await_state(job.child.pid, 'S');
			assert_int_equal(kill(job.child.pid, stop_signals[second]), 0);
			kit_await_state(job.child.pid, 'T');
			assert_int_equal(kill(job.guard.pid, SIGCONT), 0);
			await_stopped(&job, stop_signals[second], 2);
			/* And one that ends unseen leaves a job that runs. */
			assert_int_equal(kill(job.guard.pid, SIGSTOP), 0);
			kit_await_state(job.guard.pid, 'T');
			assert_int_equal(kill(job.child.pid, SIGCONT), 0);
			kit_await_state(job.child.pid, 'S');
			assert_int_equal(kill(job.guard.pid, SIGCONT), 0);
			await_stopped(&job, 0, 2);
			end_pausing(&job);
		}
	}
}

/* More pictures than the socket has room for: the last one comes all the same. */
static void a_front_that_does_not_listen_hears_the_last_state(void **state)
{
	(void)state;
	struct kit_job job;
	kit_describe(&job, 0,
		WORDS("ignore", "10", "{", "say-on", "10", "ready", "pause", "}", "ready",
			"pause"));
	assert_int_equal(kit_start(&job, true), 0);
	kit_await_ready(&job, 2);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(kill(job.child.pid, SIGSTOP), 0);
		if (i % 2 == 0)
			kit_await_state(job.child.pid, 'T');
		assert_int_equal(kill(job.child.pid, SIGCONT), 0);
		if (i % 2 == 0)
			kit_await_state(job.child.pid, 'S');
	}
	assert_int_equal(kill(job.child.pid, SIGTTIN), 0);
	kit_await_state(job.child.pid, 'T');
	/* When the other one has got its signal the guard has seen that. It cannot tell, and waits.
	 */
	kit_ask(&job, BROOD__GUARD_SIGNAL, SIGUSR1);
	kit_await_ready(&job, 1);
	kit_await_state(job.guard.pid, 'S');
	uint64_t heard = 0;
	for (; job.guard.last.stopped != SIGTTIN; heard++)
		kit_hear(&job);
	/* Each stop would have been told, and each end of one. */
	assert_true(heard < job.guard.last.stops);
	end_pausing(&job);
}

int main(void)
{
	if (kit_has_no_guard()) {
		puts("1..0 # SKIP valgrind does not let a guard be executed");
		return 0;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_has_ended_is_kept_until_it_is_released),
		cmocka_unit_test(so_it_is_when_orphans_are_left),
		cmocka_unit_test(so_it_is_when_orphans_are_waited_for),
		cmocka_unit_test(who_was_released_before_its_end_is_not_held),
		cmocka_unit_test(to_let_the_front_go_is_a_release_too),
		cmocka_unit_test(a_stop_and_a_kill_do_not_wait_for_the_release),
		cmocka_unit_test(a_limit_does_not_wait_for_the_release),
		cmocka_unit_test(nothing_is_held_for_a_front_that_has_gone),
		cmocka_unit_test(a_group_can_be_joined_and_signalled_while_its_leader_is_held),
		cmocka_unit_test(a_group_whose_leader_is_not_held_cannot_be_joined),
		cmocka_unit_test(every_stop_is_told_with_its_signal),
		cmocka_unit_test(a_stop_that_follows_another_unseen_is_told),
		cmocka_unit_test(a_front_that_does_not_listen_hears_the_last_state),
	};
	return cmocka_run_group_tests_name("guard that holds", tests, NULL, NULL);
}
