/* SPDX-License-Identifier: MIT */
/* One mailbox and one worker: what is sent, in which order it comes, how it ends. */

#include "mailboxes.h"

#include <poll.h>
#include <time.h>

static int64_t real_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* covers: API-MB.open API-MB.files API-MB.close */
static void a_mailbox_is_a_folder_that_is_made(void **state)
{
	(void)state;
	struct scene_box scene;
	struct stat st;
	box_make(&scene, NULL);
	check(stat(scene.path, &st) == 0 && S_ISDIR(st.st_mode));
	check_number(st.st_mode & 07777, 0700);
	check(access(place_at(&scene.place, "box/box"), F_OK) == 0);
	check(access(place_at(&scene.place, "box/log.00000001"), F_OK) == 0);
	check(stat(place_at(&scene.place, "box/lock"), &st) == 0 && st.st_size == 0);
	check_number(st.st_mode & 07777, 0600);
	brood_mailbox_close(NULL);
	box_leave(&scene);
}

/* covers: API-MB.open API-MB.options */
static void the_folder_has_the_mode_that_was_said(void **state)
{
	(void)state;
	struct scene_box scene;
	struct stat st;
	struct brood_mailbox_options options = BROOD_MAILBOX_OPTIONS(.sync = BROOD_SYNC_OFF,
		.mode = 0770);
	mode_t mask = umask(077);
	box_make(&scene, &options);
	umask(mask);
	check(stat(scene.path, &st) == 0);
	check_number(st.st_mode & 07777, 0770);
	check(stat(place_at(&scene.place, "box/box"), &st) == 0);
	check_number(st.st_mode & 07777, 0660);
	check(stat(place_at(&scene.place, "box/log.00000001"), &st) == 0);
	check_number(st.st_mode & 07777, 0660);
	box_leave(&scene);
}

/* covers: API-MB.open.errors API-MB.existing */
static void what_cannot_be_opened_is_told_with_its_path(void **state)
{
	(void)state;
	struct place place;
	struct brood_mailbox *box = NULL;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_mailbox_options existing =
		BROOD_MAILBOX_OPTIONS(.flags = BROOD_MAILBOX_EXISTING);
	place_make(&place);
	const char *path = place_at(&place, "box");
	check_error(brood_mailbox_open(&box, path, &existing, &error), -ENOENT, &error,
		BROOD_STEP_OPEN);
	check_text(error.subject, path);
	/* An empty folder is none either. */
	check_error(brood_mailbox_open(&box, place.path, &existing, &error), -ENOENT, &error,
		BROOD_STEP_OPEN);
	path = place_at(&place, "no/box");
	check_error(brood_mailbox_open(&box, path, NULL, &error), -ENOENT, &error, BROOD_STEP_OPEN);
	check_text(error.subject, path);
	path = place_at(&place, "file");
	make_file(path, "", 0600);
	check_error(
		brood_mailbox_open(&box, path, NULL, &error), -ENOTDIR, &error, BROOD_STEP_OPEN);
	check_text(error.subject, path);
	check(box == NULL);
	place_leave(&place);
}

/* covers: API-MB.open.misuse */
static void options_that_cannot_be_are_misuse(void **state)
{
	(void)state;
	struct place place;
	struct brood_mailbox *box = NULL;
	place_make(&place);
	const char *path = place_at(&place, "box");
	const struct brood_mailbox_options wrong[] = {
		BROOD_MAILBOX_OPTIONS(.flags = 4),
		BROOD_MAILBOX_OPTIONS(.sync = 3),
		BROOD_MAILBOX_OPTIONS(.sync = -1),
		BROOD_MAILBOX_OPTIONS(.mode = 01777),
		BROOD_MAILBOX_OPTIONS(.segment_size = 4095),
		BROOD_MAILBOX_OPTIONS(.segment_size = (UINT64_C(1) << 30) + 1),
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		check_call(brood_mailbox_open(&box, path, &wrong[i], &error), BROOD_EMISUSE);
	check_call(brood_mailbox_open(NULL, path, NULL, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_open(&box, NULL, NULL, &error), BROOD_EMISUSE);
	struct {
		struct brood_mailbox_options options;
		char more;
	} later = { { .size = sizeof later }, 1 };
	check_call(brood_mailbox_open(&box, path, &later.options, &error), -E2BIG);
	check(access(path, F_OK) < 0);
	place_leave(&place);
}

/* covers: API-MB.send API-MB.receive API-MB.done API-MB.fields */
static void what_was_sent_is_received_as_it_was(void **state)
{
	(void)state;
	struct scene_box scene;
	static const char bytes[] = "a\0b\n\xff";
	int64_t before = real_now();
	box_make(&scene, NULL);
	uint64_t id = send_message(scene.box, .data = bytes, .length = sizeof bytes, .kind = 0xabcd,
		.priority = -128, .tries = 3);
	check_number(id, 1);
	struct brood_message got = receive_now(scene.box);
	check_number(got.id, id);
	check_number(got.length, sizeof bytes);
	check(memcmp(got.data, bytes, sizeof bytes) == 0);
	check_number(got.kind, 0xabcd);
	check_number(got.priority, -128);
	check_number(got.tries, 3);
	check_number(got.tried, 1);
	check_number(got.state, BROOD_MESSAGE_TAKEN);
	check_number(got.worker_pid, getpid());
	check_text(got.worker, "tester");
	check(got.reason == NULL && got.after == NULL && got.n_after == 0);
	/* The clock of the last tick may be a little behind. */
	check(got.sent_ns > before - BROOD_SECOND / 10 && got.sent_ns <= real_now());
	check(got.changed_ns >= before && got.changed_ns <= real_now());
	check_number(got.not_before_ns, 0);
	check_call(brood_mailbox_done(scene.box, id, &error), 0);
	check_number(receive_code(scene.box, 0), -ETIME);
	struct brood_mailbox_counts counts = count_of(scene.box);
	check_number(counts.sent, 1);
	check_number(counts.done, 1);
	check_number(counts.ready + counts.taken + counts.dead, 0);
	box_leave(&scene);
}

/* covers: API-MB.send */
static void an_empty_and_the_longest_message_come_through(void **state)
{
	(void)state;
	struct scene_box scene;
	box_make(&scene, NULL);
	char *data = malloc(BROOD_MESSAGE_LONGEST + 1);
	for (size_t i = 0; i <= BROOD_MESSAGE_LONGEST; i++)
		data[i] = (char)(i * 7 + i / 251);
	send_message(scene.box, .data = NULL);
	send_message(scene.box, .data = data, .length = BROOD_MESSAGE_LONGEST);
	struct brood_message got = receive_now(scene.box);
	check_number(got.length, 0);
	got = receive_now(scene.box);
	check_number(got.length, BROOD_MESSAGE_LONGEST);
	check(memcmp(got.data, data, BROOD_MESSAGE_LONGEST) == 0);
	struct brood_message long_one = BROOD_MESSAGE(.data = data,
		.length = BROOD_MESSAGE_LONGEST + 1);
	check_call(brood_mailbox_send(scene.box, &long_one, NULL, &error), -EMSGSIZE);
	free(data);
	box_leave(&scene);
}

/* covers: API-MB.send.errors */
static void messages_that_cannot_be_are_refused(void **state)
{
	(void)state;
	struct scene_box scene;
	uint64_t ids[BROOD_MESSAGE_AFTER_MOST + 1];
	box_make(&scene, NULL);
	uint64_t id = send_text(scene.box, "first");
	for (size_t i = 0; i <= BROOD_MESSAGE_AFTER_MOST; i++)
		ids[i] = id;
	uint64_t zero = 0, next = id + 1;
	const struct {
		struct brood_message message;
		int code;
	} wrong[] = {
		{ BROOD_MESSAGE(.data = NULL, .length = 1), BROOD_EMISUSE },
		{ BROOD_MESSAGE(.after = NULL, .n_after = 1), BROOD_EMISUSE },
		{ BROOD_MESSAGE(.priority = 128), BROOD_EMISUSE },
		{ BROOD_MESSAGE(.priority = -129), BROOD_EMISUSE },
		{ BROOD_MESSAGE(.after = ids, .n_after = BROOD_MESSAGE_AFTER_MOST + 1), -EMSGSIZE },
		{ BROOD_MESSAGE(.after = &zero, .n_after = 1), -EINVAL },
		{ BROOD_MESSAGE(.after = &next, .n_after = 1), -EINVAL },
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		check_call(brood_mailbox_send(scene.box, &wrong[i].message, NULL, &error),
			wrong[i].code);
	struct brood_message message = BROOD_MESSAGE(.data = "x", .length = 1);
	check_call(brood_mailbox_send(NULL, &message, NULL, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_send(scene.box, NULL, NULL, &error), BROOD_EMISUSE);
	struct {
		struct brood_message message;
		char more;
	} later = { { .size = sizeof later }, 1 };
	check_call(brood_mailbox_send(scene.box, &later.message, NULL, &error), -E2BIG);
	/* As many as allowed, all the same; an older caller's shorter struct. */
	send_message(scene.box, .after = ids, .n_after = BROOD_MESSAGE_AFTER_MOST);
	message.size = offsetof(struct brood_message, kind);
	check_call(brood_mailbox_send(scene.box, &message, NULL, &error), 0);
	check_number(count_of(scene.box).sent, 3);
	box_leave(&scene);
}

/* covers: API-MB.order */
static void the_highest_priority_comes_first_then_the_lowest_id(void **state)
{
	(void)state;
	struct scene_box scene;
	static const int priorities[] = { 0, 5, -5, 5, 127, 0, -128, 127 };
	static const uint64_t order[] = { 5, 8, 2, 4, 1, 6, 3, 7 };
	box_make(&scene, NULL);
	for (size_t i = 0; i < 8; i++)
		check_number(send_message(scene.box, .priority = priorities[i]), i + 1);
	for (size_t i = 0; i < 8; i++)
		check_number(receive_now(scene.box).id, order[i]);
	box_leave(&scene);
}

/* covers: API-MB.delay API-MB.wait */
static void a_delayed_message_is_waited_for(void **state)
{
	(void)state;
	struct scene_box scene;
	box_make(&scene, NULL);
	int64_t begin = real_now();
	uint64_t late = send_message(scene.box, .delay = 60 * BROOD_MILLISECOND, .priority = 1);
	uint64_t never = send_message(scene.box, .delay = BROOD_FOREVER, .priority = 2);
	check_state(scene.box, late, BROOD_MESSAGE_DELAYED);
	check_state(scene.box, never, BROOD_MESSAGE_DELAYED);
	check_number(receive_code(scene.box, 0), -ETIME);
	uint64_t now = send_text(scene.box, "now");
	check_number(receive_now(scene.box).id, now);
	struct brood_message got = receive_soon(scene.box);
	check_number(got.id, late);
	check(real_now() >= begin + 60 * BROOD_MILLISECOND);
	check(got.not_before_ns >= begin + 60 * BROOD_MILLISECOND);
	check_number(count_of(scene.box).delayed, 1);
	box_leave(&scene);
}

/* covers: API-MB.after API-MB.states */
static void a_message_waits_until_those_before_it_are_done(void **state)
{
	(void)state;
	struct scene_box scene;
	box_make(&scene, NULL);
	uint64_t ids[3];
	ids[0] = send_text(scene.box, "a");
	ids[1] = send_text(scene.box, "b");
	ids[2] = send_message(scene.box, .after = ids, .n_after = 2, .priority = 100);
	struct brood_message got = look_for(scene.box, ids[2]);
	check_number(got.state, BROOD_MESSAGE_BLOCKED);
	check_number(got.n_after, 2);
	check_number(got.after[0], ids[0]);
	check_number(got.after[1], ids[1]);
	check_number(receive_now(scene.box).id, ids[0]);
	check_call(brood_mailbox_done(scene.box, ids[0], &error), 0);
	check_number(receive_now(scene.box).id, ids[1]);
	check_number(receive_code(scene.box, 0), -ETIME);
	check_number(count_of(scene.box).blocked, 1);
	check_call(brood_mailbox_done(scene.box, ids[1], &error), 0);
	check_number(receive_now(scene.box).id, ids[2]);
	box_leave(&scene);
}

/* covers: API-MB.after.dead API-MB.remove API-MB.revive */
static void a_message_dies_with_one_before_it_and_comes_back_with_it(void **state)
{
	(void)state;
	struct scene_box scene;
	box_make(&scene, NULL);
	uint64_t first = send_text(scene.box, "a");
	uint64_t second = send_message(scene.box, .after = &first, .n_after = 1);
	uint64_t third = send_message(scene.box, .after = &second, .n_after = 1);
	check_number(receive_now(scene.box).id, first);
	check_call(brood_mailbox_fail(scene.box, first, 69, "no route", &error), 1);
	check_state(scene.box, first, BROOD_MESSAGE_DEAD);
	check_state(scene.box, second, BROOD_MESSAGE_DEAD);
	check_state(scene.box, third, BROOD_MESSAGE_DEAD);
	check_call(brood_mailbox_revive(scene.box, first, &error), 0);
	check_state(scene.box, second, BROOD_MESSAGE_BLOCKED);
	check_state(scene.box, third, BROOD_MESSAGE_BLOCKED);
	check_call(brood_mailbox_remove(scene.box, first, &error), 0);
	check_state(scene.box, second, BROOD_MESSAGE_DEAD);
	/* By itself it waits for nobody any more. */
	check_call(brood_mailbox_revive(scene.box, second, &error), 0);
	check_number(receive_now(scene.box).id, second);
	check_state(scene.box, third, BROOD_MESSAGE_BLOCKED);
	box_leave(&scene);
}

/* covers: API-MB.fail API-MB.tries */
static void a_message_that_fails_is_tried_again_and_then_dead(void **state)
{
	(void)state;
	struct scene_box scene;
	char reason[400];
	box_make(&scene, NULL);
	memset(reason, 'r', sizeof reason);
	reason[sizeof reason - 1] = '\0';
	uint64_t id = send_message(scene.box, .data = "x", .length = 1, .tries = 2);
	check_number(receive_now(scene.box).tried, 1);
	check_call(brood_mailbox_fail(scene.box, id, 7, NULL, &error), 0);
	struct brood_message got = receive_now(scene.box);
	check_number(got.tried, 2);
	check_number(got.code, 7);
	check(got.reason == NULL);
	check_call(brood_mailbox_fail(scene.box, id, -9, reason, &error), 1);
	got = look_for(scene.box, id);
	check_number(got.state, BROOD_MESSAGE_DEAD);
	check_number(got.code, -9);
	check_number(strlen(got.reason), 255);
	check_data(&got, "x");
	check_number(receive_code(scene.box, 0), -ETIME);
	check_number(count_of(scene.box).dead, 1);
	/* Dead ones stay until somebody removes them, and come back with all tries. */
	check_call(brood_mailbox_revive(scene.box, id, &error), 0);
	got = receive_now(scene.box);
	check_number(got.tried, 1);
	check_data(&got, "x");
	check_call(brood_mailbox_fail(scene.box, id, 0, "", &error), 0);
	box_leave(&scene);
}

/* covers: API-MB.back-off */
static void a_failed_try_is_followed_by_a_back_off_that_doubles(void **state)
{
	(void)state;
	struct scene_box scene;
	struct brood_mailbox_options options = BROOD_MAILBOX_OPTIONS(.sync = BROOD_SYNC_OFF,
		.back_off = 20 * BROOD_MILLISECOND);
	box_make(&scene, &options);
	uint64_t id = send_message(scene.box, .tries = 10);
	for (int i = 0; i < 3; i++) {
		brood_duration least = (20 << i) * BROOD_MILLISECOND;
		check_number(receive_soon(scene.box).id, id);
		int64_t before = real_now();
		check_call(brood_mailbox_fail(scene.box, id, 1, NULL, &error), 0);
		struct brood_message got = look_for(scene.box, id);
		check(got.not_before_ns >= before + least);
		check(got.not_before_ns <= real_now() + least + least / 4);
		check_number(receive_code(scene.box, 0), -ETIME);
	}
	box_leave(&scene);
}

/* covers: API-MB.retry API-MB.release */
static void what_is_given_back_does_not_count_as_a_try(void **state)
{
	(void)state;
	struct scene_box scene;
	box_make(&scene, NULL);
	uint64_t id = send_text(scene.box, "x");
	for (int i = 0; i < 5; i++) {
		check_number(receive_now(scene.box).tried, 1);
		check_call(brood_mailbox_release(scene.box, id, &error), 0);
		check_number(look_for(scene.box, id).tried, 0);
		check_number(receive_now(scene.box).tried, 1);
		check_call(brood_mailbox_retry(scene.box, id, -1, &error), 0);
	}
	check_number(receive_now(scene.box).tried, 1);
	int64_t before = real_now();
	check_call(brood_mailbox_retry(scene.box, id, BROOD_HOUR, &error), 0);
	struct brood_message got = look_for(scene.box, id);
	check_number(got.state, BROOD_MESSAGE_DELAYED);
	check(got.not_before_ns >= before + BROOD_HOUR &&
		got.not_before_ns <= real_now() + BROOD_HOUR);
	box_leave(&scene);
}

/* covers: API-MB.retry */
static void a_retry_without_a_delay_takes_the_back_off(void **state)
{
	(void)state;
	struct scene_box scene;
	struct brood_mailbox_options options = BROOD_MAILBOX_OPTIONS(.sync = BROOD_SYNC_OFF,
		.back_off = 20 * BROOD_MILLISECOND);
	box_make(&scene, &options);
	uint64_t id = send_text(scene.box, "x");
	for (int i = 0; i < 3; i++) {
		brood_duration least = (20 << i) * BROOD_MILLISECOND;
		check_number(receive_soon(scene.box).tried, 1);
		int64_t before = real_now();
		check_call(brood_mailbox_retry(scene.box, id, 0, &error), 0);
		struct brood_message got = look_for(scene.box, id);
		check(got.not_before_ns >= before + least);
		check(got.not_before_ns <= real_now() + least + least / 4);
	}
	box_leave(&scene);
}

/* covers: API-MB.end.errors API-MB.remove.errors */
static void only_what_one_holds_can_be_ended(void **state)
{
	(void)state;
	struct scene_box scene;
	box_make(&scene, NULL);
	struct brood_mailbox *other = box_again(&scene);
	uint64_t id = send_text(scene.box, "x");
	for (uint64_t which = 0; which <= id + 1; which++) {
		check_call(brood_mailbox_done(scene.box, which, &error), -ENOENT);
		check_call(brood_mailbox_fail(scene.box, which, 1, NULL, &error), -ENOENT);
		check_call(brood_mailbox_retry(scene.box, which, 0, &error), -ENOENT);
		check_call(brood_mailbox_release(scene.box, which, &error), -ENOENT);
	}
	check_number(receive_now(scene.box).id, id);
	check_call(brood_mailbox_done(other, id, &error), -ENOENT);
	check_call(brood_mailbox_fail(other, id, 1, NULL, &error), -ENOENT);
	check_call(brood_mailbox_remove(other, id, &error), -EBUSY);
	check_call(brood_mailbox_remove(scene.box, id, &error), -EBUSY);
	check_call(brood_mailbox_revive(other, id, &error), -EBUSY);
	check_call(brood_mailbox_done(scene.box, id, &error), 0);
	check_call(brood_mailbox_done(scene.box, id, &error), -ENOENT);
	check_call(brood_mailbox_remove(scene.box, id, &error), -ENOENT);
	check_call(brood_mailbox_revive(scene.box, id, &error), -ENOENT);
	check_call(brood_mailbox_remove(scene.box, 0, &error), -ENOENT);
	uint64_t ready = send_text(scene.box, "y");
	check_call(brood_mailbox_revive(scene.box, ready, &error), -ENOENT);
	check_call(brood_mailbox_remove(scene.box, ready, &error), 0);
	check_call(brood_mailbox_remove(scene.box, ready, &error), -ENOENT);
	check_number(receive_code(scene.box, 0), -ETIME);
	check_number(count_of(other).removed, 1);
	brood_mailbox_close(other);
	box_leave(&scene);
}

/* covers: API-MB.pause */
static void while_paused_nothing_can_be_taken(void **state)
{
	(void)state;
	struct scene_box scene;
	box_make(&scene, NULL);
	struct brood_mailbox *other = box_again(&scene);
	check_call(brood_mailbox_pause(other, true, &error), 0);
	check_call(brood_mailbox_pause(other, true, &error), 0);
	send_text(scene.box, "x");
	check_number(receive_code(scene.box, 0), -ETIME);
	check_number(receive_code(scene.box, 10 * BROOD_MILLISECOND), -ETIME);
	check_number(count_of(scene.box).paused, 1);
	brood_mailbox_close(other);
	/* It outlives who has said it. */
	other = box_again(&scene);
	check_number(receive_code(other, 0), -ETIME);
	check_call(brood_mailbox_pause(other, false, &error), 0);
	check_number(count_of(scene.box).paused, 0);
	receive_now(scene.box);
	brood_mailbox_close(other);
	box_leave(&scene);
}

/* covers: API-MB.drain API-MB.receive.errors */
static void while_draining_nothing_can_be_put_in_and_workers_hear_the_end(void **state)
{
	(void)state;
	struct scene_box scene;
	struct brood_message message = BROOD_MESSAGE(.data = "y", .length = 1);
	box_make(&scene, NULL);
	struct brood_mailbox *other = box_again(&scene);
	uint64_t id = send_message(scene.box, .data = "x", .length = 1, .tries = 2);
	check_call(brood_mailbox_drain(other, true, &error), 0);
	check_call(brood_mailbox_send(scene.box, &message, NULL, &error), -ESHUTDOWN);
	check_number(count_of(scene.box).draining, 1);
	check_number(receive_now(scene.box).id, id);
	/* It may come back. */
	check_number(receive_code(other, 0), -ETIME);
	check_call(brood_mailbox_fail(scene.box, id, 1, NULL, &error), 0);
	check_number(receive_now(other).id, id);
	check_call(brood_mailbox_fail(other, id, 1, NULL, &error), 1);
	check_number(receive_code(scene.box, BROOD_FOREVER), -ESHUTDOWN);
	check_call(brood_mailbox_drain(scene.box, false, &error), 0);
	send_text(other, "z");
	receive_now(scene.box);
	brood_mailbox_close(other);
	box_leave(&scene);
}

/* covers: API-MB.next API-MB.look */
static void all_messages_are_told_in_the_order_of_their_ids(void **state)
{
	(void)state;
	struct scene_box scene;
	enum { N = 300 };
	box_make(&scene, NULL);
	struct brood_mailbox *reader = box_again(&scene);
	for (uint64_t i = 1; i <= N; i++)
		check_number(send_message(scene.box, .data = &i, .length = sizeof i,
				     .priority = (int)(i % 7)),
			i);
	struct brood_message got = BROOD_MESSAGE_INIT;
	struct brood_error why = BROOD_ERROR_INIT;
	uint64_t n = 0;
	int r;
	for (got.id = 0; (r = brood_mailbox_next(reader, got.id, &got, &why)) > 0;) {
		check_number(got.id, ++n);
		check(memcmp(got.data, &n, sizeof n) == 0);
		/* One that comes meanwhile is told too; one that is done too. */
		if (n == N / 2)
			send_message(scene.box, .data = &(uint64_t){ N + 1 }, .length = 8);
		if (n == N / 2) {
			uint64_t id = receive_now(scene.box).id;
			check_call(brood_mailbox_done(scene.box, id, &error), 0);
			check_state(reader, id, BROOD_MESSAGE_DONE);
		}
	}
	check_code(r, 0, &why);
	check_number(n, N + 1);
	check_code(brood_mailbox_next(reader, 7, &got, &why), 1, &why);
	check_number(got.id, 8);
	check_code(brood_mailbox_next(reader, UINT64_MAX, &got, &why), 0, &why);
	check_call(brood_mailbox_look(reader, 0, &got, &error), -ENOENT);
	check_call(brood_mailbox_look(reader, N + 2, &got, &error), -ENOENT);
	brood_mailbox_close(reader);
	box_leave(&scene);
}

/* covers: API-MB.count */
static void counts_are_those_of_the_messages(void **state)
{
	(void)state;
	struct scene_box scene;
	box_make(&scene, NULL);
	check_number(count_of(scene.box).workers, 0);
	uint64_t done = send_message(scene.box, .priority = 9);
	uint64_t dead = send_message(scene.box, .priority = 8);
	uint64_t taken = send_message(scene.box, .priority = 7);
	uint64_t removed = send_text(scene.box, "r");
	send_text(scene.box, "ready");
	send_message(scene.box, .delay = BROOD_HOUR);
	send_message(scene.box, .after = &taken, .n_after = 1);
	for (int i = 0; i < 3; i++)
		receive_now(scene.box);
	check_call(brood_mailbox_done(scene.box, done, &error), 0);
	check_call(brood_mailbox_fail(scene.box, dead, 1, NULL, &error), 1);
	check_call(brood_mailbox_remove(scene.box, removed, &error), 0);
	struct brood_mailbox *other = box_again(&scene);
	for (int i = 0; i < 2; i++) {
		struct brood_mailbox_counts counts = count_of(i ? other : scene.box);
		check_number(counts.ready, 1);
		check_number(counts.delayed, 1);
		check_number(counts.blocked, 1);
		check_number(counts.taken, 1);
		check_number(counts.dead, 1);
		check_number(counts.sent, 7);
		check_number(counts.done, 1);
		check_number(counts.removed, 1);
		check_number(counts.damaged, 0);
		check_number(counts.workers, 1);
		check(counts.bytes > 500 && counts.bytes < 3000);
	}
	brood_mailbox_close(other);
	box_leave(&scene);
}

/* covers: API-MB.misuse */
static void null_is_misuse_everywhere(void **state)
{
	(void)state;
	struct scene_box scene;
	struct brood_message message = BROOD_MESSAGE_INIT;
	struct brood_mailbox_counts counts = BROOD_MAILBOX_COUNTS_INIT;
	box_make(&scene, NULL);
	check_call(brood_mailbox_sync(NULL, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_receive(NULL, 0, &message, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_receive(scene.box, 0, NULL, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_done(NULL, 1, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_fail(NULL, 1, 0, NULL, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_retry(NULL, 1, 0, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_release(NULL, 1, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_remove(NULL, 1, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_revive(NULL, 1, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_pause(NULL, true, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_drain(NULL, true, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_look(NULL, 1, &message, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_look(scene.box, 1, NULL, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_next(NULL, 0, &message, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_next(scene.box, 0, NULL, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_count(NULL, &counts, &error), BROOD_EMISUSE);
	check_call(brood_mailbox_count(scene.box, NULL, &error), BROOD_EMISUSE);
	check_number(brood_mailbox_pollfd(NULL), BROOD_EMISUSE);
	/* Nothing is taken for somebody who could not be told. */
	uint64_t id = send_text(scene.box, "x");
	message.size = 0;
	counts.size = 0;
	check_call(brood_mailbox_receive(scene.box, 0, &message, &error), -E2BIG);
	check_call(brood_mailbox_look(scene.box, id, &message, &error), -E2BIG);
	check_call(brood_mailbox_next(scene.box, 0, &message, &error), -E2BIG);
	check_call(brood_mailbox_count(scene.box, &counts, &error), -E2BIG);
	check_number(receive_now(scene.box).id, id);
	/* NULL for the error and for the id is fine. */
	struct brood_message plain = BROOD_MESSAGE(.data = "y", .length = 1);
	check_number(brood_mailbox_send(scene.box, &plain, NULL, NULL), 0);
	check_number(brood_mailbox_done(scene.box, 999, NULL), -ENOENT);
	box_leave(&scene);
}

/* covers: API-MB.sync */
static void every_way_of_syncing_takes_messages(void **state)
{
	(void)state;
	for (int sync = BROOD_SYNC_GROUP; sync <= BROOD_SYNC_OFF; sync++) {
		struct scene_box scene;
		struct brood_mailbox_options options = BROOD_MAILBOX_OPTIONS(.sync = sync,
			.segment_size = 4096, .back_off = -1);
		box_make(&scene, &options);
		for (int i = 0; i < 60; i++)
			send_message(scene.box, .data = scene.path, .length = 200);
		check_call(brood_mailbox_sync(scene.box, &error), 0);
		for (int i = 0; i < 60; i++) {
			uint64_t id = receive_now(scene.box).id;
			check_number(id, i + 1);
			check_call(brood_mailbox_done(scene.box, id, &error), 0);
		}
		check_number(receive_code(scene.box, 0), -ETIME);
		box_leave(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_mailbox_is_a_folder_that_is_made),
		hygienic(the_folder_has_the_mode_that_was_said),
		hygienic(what_cannot_be_opened_is_told_with_its_path),
		hygienic(options_that_cannot_be_are_misuse),
		hygienic(what_was_sent_is_received_as_it_was),
		hygienic(an_empty_and_the_longest_message_come_through),
		hygienic(messages_that_cannot_be_are_refused),
		hygienic(the_highest_priority_comes_first_then_the_lowest_id),
		hygienic(a_delayed_message_is_waited_for),
		hygienic(a_message_waits_until_those_before_it_are_done),
		hygienic(a_message_dies_with_one_before_it_and_comes_back_with_it),
		hygienic(a_message_that_fails_is_tried_again_and_then_dead),
		hygienic(a_failed_try_is_followed_by_a_back_off_that_doubles),
		hygienic(what_is_given_back_does_not_count_as_a_try),
		hygienic(a_retry_without_a_delay_takes_the_back_off),
		hygienic(only_what_one_holds_can_be_ended),
		hygienic(while_paused_nothing_can_be_taken),
		hygienic(while_draining_nothing_can_be_put_in_and_workers_hear_the_end),
		hygienic(all_messages_are_told_in_the_order_of_their_ids),
		hygienic(counts_are_those_of_the_messages),
		hygienic(null_is_misuse_everywhere),
		hygienic(every_way_of_syncing_takes_messages),
	};
	return hygiene_run("mailboxes", tests);
}
