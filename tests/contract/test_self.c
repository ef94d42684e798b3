/* SPDX-License-Identifier: MIT */
/* brood_self(): what this process is, as the libc and /proc tell it. */
#include "becoming.h"
#include "versions.h"

#include <grp.h>
#include <pthread.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>

static void compare(void)
{
	struct brood_self_info self = BROOD_SELF_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	uid_t uids[3];
	gid_t gids[3];
	gid_t groups[70];

	check_code(brood_self(&self, &error), 0, &error);
	check_number(self.pid, getpid());
	check_number(self.ppid, getppid());
	check_number(self.pgid, getpgrp());
	check_number(self.sid, getsid(0));
	check_number(self.tid, syscall(SYS_gettid));
	check(getresuid(&uids[0], &uids[1], &uids[2]) == 0);
	check(getresgid(&gids[0], &gids[1], &gids[2]) == 0);
	check(self.uid == uids[0] && self.euid == uids[1] && self.suid == uids[2]);
	check(self.gid == gids[0] && self.egid == gids[1] && self.sgid == gids[2]);
	check(self.fsuid == (uid_t)setfsuid((uid_t)-1));
	check(self.fsgid == (gid_t)setfsgid((gid_t)-1));
	int n = getgroups(70, groups);
	check_number((int64_t)self.n_groups, n);
	for (int i = 0; i < n; i++)
		check(self.groups[i] == groups[i]);
	mode_t mask = umask(0);
	umask(mask);
	check_number(self.umask, mask);
	brood_self_done(&self);
	check(self.groups == NULL && self.executable == NULL && self.n_groups == 0);
	check_number((int64_t)self.size, sizeof self);
}

/* covers: API-SELF.ids API-SELF.umask */
static void it_is_what_the_libc_says(void **state)
{
	(void)state;
	mode_t old = umask(0);

	for (mode_t mask = 0; mask < 0777; mask += 0123) {
		umask(mask);
		compare();
	}
	umask(old);
	brood_self_done(NULL);
}

static void other_ids(void *data)
{
	const gid_t groups[] = { 7, 8, 9 };

	(void)data;
	check(setgroups(3, groups) == 0);
	check(setresgid(11, 12, 13) == 0);
	check(setresuid(0, 22, 23) == 0);
	check(setsid() > 0);
	compare();
	_exit(0);
}

static void *compares(void *data)
{
	compare();
	return data;
}

/* covers: API-SELF.ids */
static void it_is_what_it_is_also_with_other_ids(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	in_scene(other_ids, NULL);
}

/* covers: API-SELF.thread */
static void the_thread_is_the_calling_one(void **state)
{
	(void)state;
	need_threads();
	pthread_t thread;
	check(pthread_create(&thread, NULL, compares, NULL) == 0);
	check(pthread_join(thread, NULL) == 0);
}

/* covers: API-SELF.start */
static void number_and_start_name_the_process(void **state)
{
	(void)state;
	struct brood_self_info self = BROOD_SELF_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_process *process;

	check_code(brood_self(&self, &error), 0, &error);
	int r = brood_process_open_started(&process, self.pid, self.start_ticks, &error);
	if (r == -ENOSYS || r == -EPERM) {
		brood_self_done(&self);
		skip();
	}
	check_code(r, 0, &error);
	brood_process_free(process);
	check_code(brood_process_open_started(&process, self.pid, self.start_ticks + 1, &error),
		-ESRCH, &error);
	brood_self_done(&self);
}

/* covers: API-SELF.capabilities */
static void capabilities_are_those_of_proc(void **state)
{
	(void)state;
	struct brood_self_info self = BROOD_SELF_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char wanted[256];

	check_code(brood_self(&self, &error), 0, &error);
	snprintf(wanted, sizeof wanted,
		"CapInh:\t%016llx\nCapPrm:\t%016llx\nCapEff:\t%016llx\nCapBnd:\t%016llx\n"
		"CapAmb:\t%016llx\n",
		(unsigned long long)self.cap_inheritable, (unsigned long long)self.cap_permitted,
		(unsigned long long)self.cap_effective, (unsigned long long)self.cap_bounding,
		(unsigned long long)self.cap_ambient);
	check(strstr(read_file("/proc/self/status"), wanted) != NULL);
	brood_self_done(&self);
}

static int play(void)
{
	struct brood_self_info self = BROOD_SELF_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char line;

	for (int i = 0; i < 2; i++) {
		check_code(brood_self(&self, &error), 0, &error);
		dprintf(1, "%s %x\n", self.executable, (unsigned int)self.flags);
		if (read(0, &line, 1) != 1)
			return 1;
	}
	brood_self_done(&self);
	return 0;
}

/* covers: API-SELF.executable */
static void the_executable_is_known_also_when_it_was_replaced(void **state)
{
	(void)state;
	struct place place;
	place_make(&place);
	/* A name that the kernel's own mark could be mistaken for. */
	char *path = place_at(&place, "tool (deleted)");
	char wanted[2 * PATH_MAX];
	version_make(path, '1');
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(path, "play"));
	struct player player = player_start(&cmd);

	snprintf(wanted, sizeof wanted, "%s 0", path);
	check_text(player_line(&player), wanted);
	version_make(path, '2');
	player_says(&player);
	snprintf(wanted, sizeof wanted, "%s 1", path);
	check_text(player_line(&player), wanted);
	player_says(&player);
	player_ends(&player, 0);
	place_leave(&place);
}

/* covers: API-SELF.size */
static void a_struct_of_another_age_is_filled_as_far_as_it_goes(void **state)
{
	(void)state;
	struct brood_self_info self = BROOD_SELF_INIT;
	struct brood_error error = BROOD_ERROR_INIT;

	self.size = offsetof(struct brood_self_info, umask);
	self.umask = 1234;
	check_code(brood_self(&self, &error), 0, &error);
	check_number(self.fsgid, (gid_t)setfsgid((gid_t)-1));
	check_number(self.umask, 1234);
	self.size = 0;
	check_error(brood_self(&self, &error), -E2BIG, &error, BROOD_STEP_CONFIG);
	self.size = 1;
	check_error(brood_self(&self, &error), BROOD_EMISUSE, &error, BROOD_STEP_CONFIG);
	check_error(brood_self(NULL, &error), BROOD_EMISUSE, &error, BROOD_STEP_CONFIG);

	struct {
		struct brood_self_info self;
		char more[16];
	} larger = { BROOD_SELF_INIT, "" };
	larger.self.size = sizeof larger;
	check_code(brood_self(&larger.self, &error), 0, &error);
	/* A second time what it owns is freed. */
	check_code(brood_self(&larger.self, &error), 0, &error);
	brood_self_done(&larger.self);
	larger.more[3] = 1;
	check_error(brood_self(&larger.self, &error), -E2BIG, &error, BROOD_STEP_CONFIG);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "play") == 0)
		return play();
	const struct CMUnitTest tests[] = {
		hygienic(it_is_what_the_libc_says),
		hygienic(it_is_what_it_is_also_with_other_ids),
		hygienic(the_thread_is_the_calling_one),
		hygienic(number_and_start_name_the_process),
		hygienic(capabilities_are_those_of_proc),
		hygienic(the_executable_is_known_also_when_it_was_replaced),
		hygienic(a_struct_of_another_age_is_filled_as_far_as_it_goes),
	};

	return hygiene_run("self", tests);
}
