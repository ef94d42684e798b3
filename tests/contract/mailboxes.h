/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_MAILBOXES_H
#define TESTS_CONTRACT_MAILBOXES_H

/*
 * What the tests of mailboxes share: one in a folder of its own, and the calls that must succeed.
 */

#include "check.h"

#include <brood/mailbox.h>

struct scene_box {
	struct place place;
	char path[PATH_MAX];
	struct brood_mailbox *box;
};

static inline struct brood_mailbox *open_box(
	const char *path, const struct brood_mailbox_options *options)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_mailbox *box = NULL;
	int r = brood_mailbox_open(&box, path, options, &error);

	check_code(r, 0, &error);
	return box;
}

/* A new mailbox; options may be NULL: without syncing and without a back-off. */
static inline void box_make(struct scene_box *scene, const struct brood_mailbox_options *options)
{
	struct brood_mailbox_options usual = BROOD_MAILBOX_OPTIONS(.sync = BROOD_SYNC_OFF,
		.back_off = -1, .worker = "tester");

	place_make(&scene->place);
	snprintf(scene->path, sizeof scene->path, "%.4000s/box", scene->place.path);
	scene->box = open_box(scene->path, options ? options : &usual);
}

/* Another one on the same folder. */
static inline struct brood_mailbox *box_again(struct scene_box *scene)
{
	struct brood_mailbox_options usual = BROOD_MAILBOX_OPTIONS(.sync = BROOD_SYNC_OFF,
		.back_off = -1, .worker = "other");

	return open_box(scene->path, &usual);
}

static inline void box_leave(struct scene_box *scene)
{
	brood_mailbox_close(scene->box);
	place_leave(&scene->place);
}

static inline uint64_t send_at(
	const char *file, int line, struct brood_mailbox *box, struct brood_message message)
{
	struct brood_error error = BROOD_ERROR_INIT;
	uint64_t id = 0;
	int r = brood_mailbox_send(box, &message, &id, &error);

	check_code_at(file, line, r, 0, &error);
	return id;
}

/* Sends a message of these fields; its id. */
#define send_message(box, ...) send_at(__FILE__, __LINE__, (box), BROOD_MESSAGE(__VA_ARGS__))
#define send_text(box, text)   send_message((box), .data = (text), .length = strlen(text))

static inline struct brood_message receive_at(
	const char *file, int line, struct brood_mailbox *box, brood_duration timeout)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_message message = BROOD_MESSAGE_INIT;
	int r = brood_mailbox_receive(box, timeout, &message, &error);

	check_code_at(file, line, r, 0, &error);
	return message;
}

#define receive_now(box)  receive_at(__FILE__, __LINE__, (box), 0)
#define receive_soon(box) receive_at(__FILE__, __LINE__, (box), 20 * BROOD_SECOND)

static inline int receive_code(struct brood_mailbox *box, brood_duration timeout)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_message message = BROOD_MESSAGE_INIT;
	int r = brood_mailbox_receive(box, timeout, &message, &error);

	if (r < 0)
		check_number(error.code, r);
	return r;
}

static inline struct brood_message look_at(
	const char *file, int line, struct brood_mailbox *box, uint64_t id)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_message message = BROOD_MESSAGE_INIT;
	int r = brood_mailbox_look(box, id, &message, &error);

	check_code_at(file, line, r, 0, &error);
	return message;
}

#define look_for(box, id)              look_at(__FILE__, __LINE__, (box), (id))
#define check_state(box, id, expected) check_number(look_for((box), (id)).state, (expected))

static inline struct brood_mailbox_counts count_at(
	const char *file, int line, struct brood_mailbox *box)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_mailbox_counts counts = BROOD_MAILBOX_COUNTS_INIT;
	int r = brood_mailbox_count(box, &counts, &error);

	check_code_at(file, line, r, 0, &error);
	return counts;
}

#define count_of(box) count_at(__FILE__, __LINE__, (box))

/* What a call with an error returns must be this. */
#define check_call(call, wanted)                             \
	do {                                                 \
		struct brood_error error = BROOD_ERROR_INIT; \
		int got_ = (call);                           \
		check_code(got_, (wanted), &error);          \
		if ((wanted) < 0)                            \
			check_number(error.code, (wanted));  \
	} while (0)

static inline void check_data(const struct brood_message *message, const char *text)
{
	check_number(message->length, strlen(text));
	if (memcmp(message->data, text, message->length) != 0)
		complain(__FILE__, __LINE__, "data is not '%s'", text);
}

#endif
