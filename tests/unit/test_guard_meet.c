/* SPDX-License-Identifier: MIT */
/* The first words of a guard, and the descriptors that come with them: one is taken, none is kept.
 */

/* NOLINTNEXTLINE(bugprone-suspicious-include): what it keeps to itself is tested */
#include "guard/client.c"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int count_fds(void)
{
	int n = 0;
	DIR *folder = opendir("/proc/self/fd");
	assert_non_null(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

static const struct brood__guard_report good = {
	.magic = BROOD__GUARD_MAGIC,
	.flags = BROOD__GUARD_STARTED,
	.pid = 4711,
	.state = BROOD__CHILD_EXECUTES,
};

/* Sends bytes with n descriptors. */
static void say(int tongue, const void *bytes, size_t length, unsigned int n)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(8 * sizeof(int))];
	} control = { .header = { CMSG_LEN(n * sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec part = { (void *)(uintptr_t)bytes, length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	for (unsigned int i = 0; i < n; i++)
		((int *)(void *)CMSG_DATA(&control.header))[i] = (int)(i % 3);
	if (n > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(n * sizeof(int));
	}
	assert_int_equal(sendmsg(tongue, &message, 0), length);
}

static void hear(const void *bytes, size_t length, unsigned int n, int wanted)
{
	int ends[2];
	int fd = -1;
	int before = count_fds();
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	struct brood__guard guard = { .pidfd = -1, .socket = ends[0] };
	say(ends[1], bytes, length, n);
	assert_int_equal(receive(&guard, &fd), wanted);
	assert_int_equal(count_fds(), before + 2 + (n > 0));
	assert_int_equal(fd >= 0, n > 0);
	if (fd >= 0) {
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
		close(fd);
	}
	/* Another one is not looked for in later reports. */
	if (wanted == 1) {
		say(ends[1], bytes, length, n);
		assert_int_equal(brood__guard_hear(&guard), 1);
		assert_int_equal(count_fds(), before + 2);
	}
	assert_int_equal(brood__guard_hear(&guard), 0);
	close(ends[1]);
	assert_int_equal(brood__guard_hear(&guard), -EPIPE);
	close(ends[0]);
	assert_int_equal(count_fds(), before);
}

static void of_many_descriptors_one_is_taken(void **state)
{
	(void)state;
	for (unsigned int n = 0; n <= 8; n++)
		hear(&good, sizeof good, n, 1);
}

static void with_nonsense_a_descriptor_is_not_lost(void **state)
{
	(void)state;
	struct brood__guard_report bad = good;
	bad.magic++;
	for (unsigned int n = 0; n <= 8; n++) {
		hear(&bad, sizeof bad, n, -EPROTO);
		hear(&good, sizeof good - 1, n, -EPROTO);
	}
}

static void what_was_said_before_the_end_is_heard(void **state)
{
	(void)state;
	int ends[2];
	char unread = 'x';
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	struct brood__guard guard = { .pidfd = -1, .socket = ends[0] };
	say(ends[1], &good, sizeof good, 0);
	assert_int_equal(send(ends[0], &unread, 1, 0), 1);
	close(ends[1]);
	/* The kernel says ECONNRESET first, since a request was not read. */
	assert_int_equal(brood__guard_hear(&guard), 1);
	assert_int_equal(brood__guard_hear(&guard), -EPIPE);
	assert_true(brood__guard_ask(&guard, BROOD__GUARD_KILL, 0) < 0);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_many_descriptors_one_is_taken),
		cmocka_unit_test(with_nonsense_a_descriptor_is_not_lost),
		cmocka_unit_test(what_was_said_before_the_end_is_heard),
	};
	return cmocka_run_group_tests_name("guard, first words", tests, NULL, NULL);
}
