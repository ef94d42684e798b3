/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_UNCHANGED_REST_H
#define TESTS_CONTRACT_UNCHANGED_REST_H

/* Topics for test_unchanged.c: what runs no program. */

#include "unchanged.h"

static inline void name_topic(void)
{
	is_called(brood_version);
	is_called(brood_step_name, BROOD_STEP_EXEC);
	is_called(brood_step_name, -1);
	is_called(brood_code_name, BROOD_EEXIT);
	is_called(brood_code_name, 1);
	is_called(brood_signal_name, SIGTERM);
	is_called(brood_signal_name, -1);
	goes_well(brood_signal_number, "RTMIN+3");
	fails(brood_signal_number, "SIGNOTHING");
}

static inline void text_topic(void)
{
	struct brood_cmd cmd = quiet(BROOD_ARGV("sh", "a b"));
	struct brood_status status = BROOD_STATUS_INIT;
	struct brood_bytes bytes = { 0 };
	char **list = NULL;
	char *path = NULL;
	char text[256];

	is_called(brood_cmd_text, &cmd, text, sizeof text);
	goes_well(brood_words, "a 'b c'", &list, NULL);
	free(list);
	fails(brood_words, "a | b", &list, NULL);
	goes_well(brood_environ, &cmd, &list, NULL);
	free(list);
	cmd.env_edit = BROOD_ARGV("=x");
	fails(brood_environ, &cmd, &list, NULL);
	goes_well(brood_lookup, "sh", "/usr/bin:/bin", &path, NULL);
	free(path);
	fails(brood_lookup, "brood-no-such-program", NULL, &path, NULL);
	is_called(brood_status_is_success, &status);
	is_called(brood_status_text, &status, text, sizeof text);
	is_called(brood_explain, BROOD_EEXIT, NULL, NULL, text, sizeof text);
	is_called(brood_chunk_next, &bytes, NULL, NULL);
	is_called(brood_result_done, NULL);
}

static inline void io_topic(void)
{
	struct brood_io branches[] = { brood_null() };
	char text[16];

	is_called(brood_null);
	is_called(brood_inherit);
	is_called(brood_fd, 0);
	is_called(brood_file, "/dev/null", 0, 0);
	is_called(brood_memory, "x", 1);
	is_called(brood_text, "x");
	is_called(brood_source, NULL, NULL);
	is_called(brood_capture, 0, 0);
	is_called(brood_into, text, sizeof text);
	is_called(brood_sink, NULL, NULL);
	is_called(brood_lines, NULL, NULL, 0);
	is_called(brood_merge);
	is_called(brood_pipe);
	is_called(brood_tee, branches, 1);
	is_called(brood_tty, 0, 0);
}

static inline void scanner_topic(void)
{
	struct brood_scanner *scanner = NULL;
	const char *line;
	size_t length;
	int ends[2];

	check(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
	check(write(ends[1], "a\nb", 3) == 3);
	goes_well(brood_scanner_new, &scanner, ends[0], 0);
	goes_well(brood_scanner_next, scanner, &line, &length, NULL);
	fails(brood_scanner_next, scanner, &line, &length, NULL);
	is_called(brood_scanner_free, scanner);
	is_called(brood_scanner_free, NULL);
	fails(brood_scanner_new, &scanner, -1, 0);
	close(ends[0]);
	close(ends[1]);
}

static inline void fifo_topic(void)
{
	struct place place;
	struct brood_scanner *scanner = NULL;
	const char *message;
	size_t length;

	place_make(&place);
	char *path = place_at(&place, "fifo");
	goes_well(brood_fifo_create, path, 0600, 0, NULL);
	fails(brood_fifo_create, path, 0600, BROOD_FIFO_EXCLUSIVE, NULL);
	goes_well(brood_fifo_exists, path);
	fails(brood_fifo_exists, NULL);
	fails(brood_fifo_open, path, BROOD_FIFO_WRITE, 0, NULL);
	int fd = brood_fifo_open(path, BROOD_FIFO_BOTH, 0, NULL);
	came_back(__FILE__, __LINE__, "brood_fifo_open", fd, SUCCESS);
	goes_well(brood_fifo_send, fd, "message", 7, BROOD_SECOND, NULL);
	fails(brood_fifo_send, fd, "two\nlines", 9, BROOD_SECOND, NULL);
	goes_well(brood_scanner_new, &scanner, fd, 0);
	goes_well(brood_fifo_receive, scanner, NULL, BROOD_SECOND, &message, &length, NULL);
	fails(brood_fifo_receive, scanner, NULL, 0, &message, &length, NULL);
	brood_scanner_free(scanner);
	close(fd);
	goes_well(brood_fifo_remove, path, NULL);
	fails(brood_fifo_remove, NULL, NULL);
	place_leave(&place);
}

/* Messages 1 to 4 are there: one is done, one fails, one is given back, one is removed. */
static inline void take_messages(struct brood_mailbox *box)
{
	struct brood_message message = BROOD_MESSAGE_INIT;

	goes_well(brood_mailbox_receive, box, 0, &message, NULL);
	goes_well(brood_mailbox_done, box, message.id, NULL);
	fails(brood_mailbox_done, box, message.id, NULL);
	goes_well(brood_mailbox_receive, box, 0, &message, NULL);
	goes_well(brood_mailbox_fail, box, message.id, 1, "why", NULL);
	fails(brood_mailbox_fail, box, message.id, 1, "why", NULL);
	goes_well(brood_mailbox_revive, box, message.id, NULL);
	fails(brood_mailbox_revive, box, message.id, NULL);
	goes_well(brood_mailbox_receive, box, 0, &message, NULL);
	goes_well(brood_mailbox_retry, box, message.id, -1, NULL);
	fails(brood_mailbox_retry, box, message.id, -1, NULL);
	goes_well(brood_mailbox_receive, box, 0, &message, NULL);
	goes_well(brood_mailbox_release, box, message.id, NULL);
	fails(brood_mailbox_release, box, message.id, NULL);
	goes_well(brood_mailbox_remove, box, message.id, NULL);
	fails(brood_mailbox_remove, box, message.id, NULL);
}

static inline void mailbox_topic(void)
{
	struct place place;
	struct brood_mailbox *box = NULL;
	struct brood_mailbox_counts counts = BROOD_MAILBOX_COUNTS_INIT;
	struct brood_message message = BROOD_MESSAGE(.data = "data", .length = 4);
	struct brood_message seen = BROOD_MESSAGE_INIT;

	place_make(&place);
	fails(brood_mailbox_open, &box, place_at(&place, "no/box"), NULL, NULL);
	goes_well(brood_mailbox_open, &box, place_at(&place, "box"), NULL, NULL);
	for (int i = 0; i < 4; i++)
		goes_well(brood_mailbox_send, box, &message, NULL, NULL);
	fails(brood_mailbox_send, box, NULL, NULL, NULL);
	goes_well(brood_mailbox_sync, box, NULL);
	fails(brood_mailbox_sync, NULL, NULL);
	goes_well(brood_mailbox_pollfd, box);
	fails(brood_mailbox_pollfd, NULL);
	goes_well(brood_mailbox_look, box, 1, &seen, NULL);
	fails(brood_mailbox_look, box, 99, &seen, NULL);
	goes_well(brood_mailbox_next, box, 0, &seen, NULL);
	fails(brood_mailbox_next, NULL, 0, &seen, NULL);
	goes_well(brood_mailbox_count, box, &counts, NULL);
	fails(brood_mailbox_count, box, NULL, NULL);
	take_messages(box);
	goes_well(brood_mailbox_pause, box, true, NULL);
	fails(brood_mailbox_pause, NULL, true, NULL);
	fails(brood_mailbox_receive, box, 0, &seen, NULL);
	goes_well(brood_mailbox_drain, box, true, NULL);
	fails(brood_mailbox_drain, NULL, true, NULL);
	fails(brood_mailbox_send, box, &message, NULL, NULL);
	is_called(brood_mailbox_close, box);
	is_called(brood_mailbox_close, NULL);
	place_leave(&place);
}

#endif
