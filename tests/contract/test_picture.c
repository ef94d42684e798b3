/* SPDX-License-Identifier: MIT */

/*
 * The picture itself: whatever changes in a process is noticed. Every part is changed once, in a
 * forked copy of this process.
 */

#include "check.h"
#include "picture_spoil.h"

enum { NOT_POSSIBLE = 77 };

static struct picture before;
static struct picture after;

static size_t part_of(const char *name)
{
	size_t part = 0;
	while (part < picture_count() && strcmp(picture_name(part), name) != 0)
		part++;
	return part;
}

/* In a forked copy. */
static int change_and_compare(const struct spoil *spoil)
{
	char text[1024];
	size_t part = part_of(spoil->part);
	picture_take(&before);
	picture_take(&after);
	if (picture_differs(&before, &after, PICTURE_SAME, text, sizeof text)) {
		dprintf(STDERR_FILENO, "before anything was changed: %s\n", text);
		return 1;
	}
	if (spoil->change() != 0)
		return NOT_POSSIBLE;
	picture_take(&after);
	int noticed = picture_part_differs(&before, &after, part, PICTURE_SAME, text, sizeof text);
	if (!noticed)
		dprintf(STDERR_FILENO, "not noticed\n");
	return !noticed;
}

/* covers: API-R10.picture */
static void a_change_of_any_part_is_noticed(void **state)
{
	const struct spoil *spoil = *state;
	int status = 0;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		_exit(change_and_compare(spoil));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	remove_spoiled_cgroup(pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_POSSIBLE)
		skip();
	if (status != 0)
		fail_msg("%s: wait status %#x", spoil->part, status);
}

/* covers: API-R10.picture */
static void there_is_a_change_for_every_part(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SPOILS; i++)
		if (part_of(spoils[i].part) == picture_count())
			fail_msg("%s is no part of the picture", spoils[i].part);
	for (size_t part = 0; part < picture_count(); part++) {
		size_t i = 0;
		while (i < N_SPOILS && strcmp(spoils[i].part, picture_name(part)) != 0)
			i++;
		if (i == N_SPOILS)
			fail_msg("nothing changes %s", picture_name(part));
	}
}

static void descriptors_that_may_be_new(void *data)
{
	char text[1024];
	(void)data;
	picture_take(&before);
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	picture_take(&after);
	check(picture_differs(&before, &after, PICTURE_SAME, text, sizeof text));
	check(!picture_differs(&before, &after, PICTURE_MORE, text, sizeof text));
	fcntl(fd, F_SETFD, 0);
	picture_take(&after);
	check(picture_differs(&before, &after, PICTURE_MORE, text, sizeof text));
	close(fd);
	close(STDIN_FILENO);
	picture_take(&after);
	check(picture_differs(&before, &after, PICTURE_MORE, text, sizeof text));
	picture_take(&before);
	fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	picture_take(&after);
	check(picture_differs(&before, &after, PICTURE_MORE, text, sizeof text));
}

/* covers: API-R10.picture */
static void a_new_descriptor_is_close_on_exec_and_above_2_or_noticed(void **state)
{
	(void)state;
	in_scene(descriptors_that_may_be_new, NULL);
}

int main(void)
{
	static char names[N_SPOILS][80];
	struct CMUnitTest tests[N_SPOILS + 2] = {
		hygienic(there_is_a_change_for_every_part),
		hygienic(a_new_descriptor_is_close_on_exec_and_above_2_or_noticed),
	};
	for (size_t i = 0; i < N_SPOILS; i++) {
		snprintf(
			names[i], sizeof names[i], "a change of the %s is noticed", spoils[i].part);
		tests[i + 2] = (struct CMUnitTest)hygienic(a_change_of_any_part_is_noticed);
		tests[i + 2].name = names[i];
		tests[i + 2].initial_state = (void *)(uintptr_t)&spoils[i];
	}
	return hygiene_run("picture", tests);
}
