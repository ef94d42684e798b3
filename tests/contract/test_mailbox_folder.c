/* SPDX-License-Identifier: MIT */
/* The folder of a mailbox: damaged, hostile, full, read only, of an earlier boot. */

#include "mailboxes.h"

#include <sys/resource.h>
#include <sys/stat.h>

/* Where a test makes something in the folder "box" of a place. */
static char *in_box(const struct scene_box *scene, const char *name)
{
	char path[100];
	snprintf(path, sizeof path, "box/%.80s", name);
	return place_at(&scene->place, path);
}

static void overwrite(const char *path, int64_t offset, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	check(fd >= 0);
	check_number(pwrite(fd, bytes, n, offset), n);
	close(fd);
}

static int64_t size_of(const char *path)
{
	struct stat st;
	return stat(path, &st) < 0 ? -1 : st.st_size;
}

/* Opening must fail with -EUCLEAN and name this path. */
static void check_unclean(const char *folder, const char *subject)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_mailbox *box = NULL;
	int r = brood_mailbox_open(&box, folder, NULL, &error);
	check_error(r, -EUCLEAN, &error, BROOD_STEP_OPEN);
	check_text(error.subject, subject);
	check(box == NULL);
}

/* covers: API-MB.open.euclean API-MB.files */
static void a_folder_with_something_else_in_it_is_left_alone(void **state)
{
	(void)state;
	struct place place;
	place_make(&place);
	make_file(place_at(&place, "letter"), "dear", 0600);
	check_unclean(place.path, place.path);
	check(access(place_at(&place, "lock"), F_OK) < 0);
	check(access(place_at(&place, "box"), F_OK) < 0);
	place_leave(&place);
	/* Next to a mailbox it disturbs nobody. */
	struct scene_box scene;
	box_make(&scene, NULL);
	make_file(in_box(&scene, "letter"), "dear", 0600);
	make_file(in_box(&scene, "log.1"), "no segment by its name", 0600);
	make_file(in_box(&scene, "log.0000000x"), "", 0600);
	make_file(in_box(&scene, "worker.01"), "", 0600);
	check(mkdir(in_box(&scene, "out"), 0700) == 0);
	struct brood_mailbox *other = box_again(&scene);
	send_text(other, "x");
	receive_now(scene.box);
	check_number(count_of(other).workers, 1);
	check_text(read_file(in_box(&scene, "letter")), "dear");
	brood_mailbox_close(other);
	box_leave(&scene);
}

/* covers: API-MB.open.euclean */
static void files_that_are_none_are_refused_with_their_path(void **state)
{
	(void)state;
	static const char *const names[] = { "box", "log.00000001", "lock" };
	for (size_t i = 0; i < 3; i++) {
		for (int kind = 0; kind < 5; kind++) {
			struct scene_box scene;
			struct brood_error error = BROOD_ERROR_INIT;
			box_make(&scene, NULL);
			send_text(scene.box, "x");
			brood_mailbox_close(scene.box);
			scene.box = NULL;
			char *path = in_box(&scene, names[i]);
			char *aside = place_at(&scene.place, "aside");
			check(rename(path, aside) == 0);
			if (kind == 0)
				check(symlink(aside, path) == 0);
			else if (kind == 1)
				check(mkfifo(path, 0600) == 0);
			else if (kind == 2)
				check(mkdir(path, 0700) == 0);
			else if (kind == 3)
				check(symlink("/dev/zero", path) == 0);
			else
				check(symlink("nowhere", path) == 0);
			struct brood_message message = BROOD_MESSAGE_INIT;
			struct brood_mailbox_options options =
				BROOD_MAILBOX_OPTIONS(.sync = BROOD_SYNC_OFF);
			int r = brood_mailbox_open(&scene.box, scene.path, &options, &error);
			if (r == 0)
				r = brood_mailbox_receive(scene.box, 0, &message, &error);
			check_code(r, -EUCLEAN, &error);
			check_text(error.subject, path);
			/* Nothing was written through the link. */
			if (kind == 0 && i == 1) {
				check(brood_mailbox_send(scene.box,
					      &BROOD_MESSAGE(.data = "y", .length = 1), NULL,
					      &error) == -EUCLEAN);
			}
			box_leave(&scene);
		}
	}
}

/* covers: API-MB.open.euclean */
static void a_damaged_page_is_refused(void **state)
{
	(void)state;
	static const unsigned char zeros[4096];
	for (int kind = 0; kind < 6; kind++) {
		struct scene_box scene;
		box_make(&scene, NULL);
		uint64_t id = send_text(scene.box, "kept");
		brood_mailbox_close(scene.box);
		scene.box = NULL;
		char *path = in_box(&scene, "box");
		if (kind == 0)
			check(truncate(path, 0) == 0);
		else if (kind == 1)
			check(truncate(path, 4095) == 0);
		else if (kind == 2)
			check(truncate(path, 1 << 20) == 0);
		else if (kind == 3)
			overwrite(path, 0, zeros, sizeof zeros);
		else if (kind == 4)
			overwrite(path, 8, "\x02", 1); /* the version */
		else
			overwrite(path, 0, "x", 1);
		check_unclean(scene.path, path);
		/* Without it, it is made again of what the segments say. */
		check(unlink(path) == 0);
		scene.box = box_again(&scene);
		struct brood_message got = receive_now(scene.box);
		check_number(got.id, id);
		check_data(&got, "kept");
		check(send_text(scene.box, "next") > id);
		box_leave(&scene);
	}
}

/* covers: API-MB.open.euclean */
static void a_damaged_segment_is_told_with_its_path(void **state)
{
	(void)state;
	static const unsigned char zeros[8192];
	for (int kind = 0; kind < 5; kind++) {
		struct scene_box scene;
		struct brood_error error = BROOD_ERROR_INIT;
		struct brood_message message = BROOD_MESSAGE_INIT;
		struct brood_mailbox_options options = BROOD_MAILBOX_OPTIONS(.sync = BROOD_SYNC_OFF,
			.segment_size = 4096);
		box_make(&scene, &options);
		for (int i = 0; i < 60; i++)
			send_message(scene.box, .data = zeros, .length = 200);
		char *path = in_box(&scene, "log.00000001");
		check(size_of(path) > 4000);
		check(access(in_box(&scene, "log.00000003"), F_OK) == 0);
		brood_mailbox_close(scene.box);
		scene.box = NULL;
		if (kind == 0)
			check(truncate(path, 0) == 0);
		else if (kind == 1)
			check(truncate(path, 2000) == 0);
		else if (kind == 2)
			overwrite(path, 0, zeros, (size_t)size_of(path));
		else if (kind == 3)
			check(rename(in_box(&scene, "log.00000003"), path) == 0);
		else
			check(unlink(in_box(&scene, "log.00000002")) == 0);
		if (kind == 4)
			path = in_box(&scene, "log.00000002");
		int r = brood_mailbox_open(&scene.box, scene.path, &options, &error);
		if (r == 0)
			r = brood_mailbox_receive(scene.box, 0, &message, &error);
		check_code(r, -EUCLEAN, &error);
		check_text(error.subject, path);
		/* And again, and for who looks. */
		check_code(brood_mailbox_look(scene.box, 1, &message, &error), -EUCLEAN, &error);
		check_text(error.subject, path);
		box_leave(&scene);
	}
}

/* covers: API-MB.open.euclean */
static void a_segment_that_shrinks_under_a_reader_is_noticed(void **state)
{
	(void)state;
	struct scene_box scene;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_message message = BROOD_MESSAGE_INIT;
	box_make(&scene, NULL);
	send_text(scene.box, "x");
	send_text(scene.box, "y");
	check_number(count_of(scene.box).ready, 2);
	char *path = in_box(&scene, "log.00000001");
	check(truncate(path, 100) == 0);
	check_code(brood_mailbox_next(scene.box, 0, &message, &error), -EUCLEAN, &error);
	check_text(error.subject, path);
	box_leave(&scene);
}

/* covers: API-MB.damaged API-MB.fail */
static void a_message_whose_bytes_have_changed_is_never_delivered(void **state)
{
	(void)state;
	struct scene_box scene;
	box_make(&scene, NULL);
	struct brood_mailbox *other = box_again(&scene);
	uint64_t first = send_text(scene.box, "the first one");
	uint64_t second = send_text(scene.box, "the second one");
	/* Known, and read so long ago that nobody has it in memory when it changes. */
	check_number(count_of(scene.box).ready, 2);
	send_text(scene.box, "the third one");
	check_number(count_of(scene.box).ready, 3);
	char *path = in_box(&scene, "log.00000001");
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof text);
	close(fd);
	char *at = memmem(text, (size_t)n, "first", 5);
	check(at != NULL);
	overwrite(path, at - text, "F", 1);
	struct brood_message got = receive_now(scene.box);
	check_number(got.id, second);
	got = look_for(scene.box, first);
	check_number(got.state, BROOD_MESSAGE_DEAD);
	check_number(got.code, EUCLEAN);
	check(got.data == NULL && got.length == 0 && got.reason != NULL);
	/* Who has not read it before passes over it. */
	struct brood_mailbox_counts counts = count_of(other);
	check_number(counts.taken, 1);
	check(counts.damaged > 0);
	brood_mailbox_close(other);
	box_leave(&scene);
}

/* covers: API-MB.send.full */
static void garbage_in_a_segment_is_passed_over(void **state)
{
	(void)state;
	struct scene_box scene;
	static char garbage[5000];
	box_make(&scene, NULL);
	memset(garbage, 0xfd, sizeof garbage);
	for (int i = 0; i < 20; i++) {
		int fd = open(in_box(&scene, "log.00000001"), O_WRONLY | O_APPEND | O_CLOEXEC);
		size_t n = (size_t)i * 251 % sizeof garbage;
		check_number(write(fd, garbage, n), n);
		close(fd);
		send_text(scene.box, "x");
	}
	for (uint64_t id = 1; id <= 20; id++)
		check_number(receive_now(scene.box).id, id);
	check(count_of(scene.box).damaged > 5000);
	box_leave(&scene);
}

/* A file that may not grow is as good as a full disk. */
static void send_into_full(void *data)
{
	struct scene_box *scene = data;
	struct brood_mailbox *box = box_again(scene);
	struct brood_error why = BROOD_ERROR_INIT;
	struct rlimit limit = { 0, 0 };
	static char bytes[1000];

	signal(SIGXFSZ, SIG_IGN);
	send_text(box, "before");
	int64_t size = size_of(in_box(scene, "log.00000001"));
	for (rlim_t room = 0; room < 1100; room += 37) {
		limit.rlim_cur = (rlim_t)size + room;
		limit.rlim_max = RLIM_INFINITY;
		check(setrlimit(RLIMIT_FSIZE, &limit) == 0);
		struct brood_message message = BROOD_MESSAGE(.data = bytes, .length = sizeof bytes);
		int r = brood_mailbox_send(box, &message, NULL, &why);
		if (room < 1056) {
			check_code(r, -EFBIG, &why);
			check_text(why.subject, in_box(scene, "log.00000001"));
			/* Nothing can be taken either, and nobody is told that he has it. */
			if (room < 60)
				check_number(receive_code(box, 0), -EFBIG);
			check_number(count_of(box).ready, 1);
		}
		size = size_of(in_box(scene, "log.00000001"));
	}
	limit.rlim_cur = RLIM_INFINITY;
	check(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	struct brood_mailbox_counts counts = count_of(box);
	send_text(box, "after");
	struct brood_message got = receive_now(box);
	check_data(&got, "before");
	check_call(brood_mailbox_done(box, got.id, &error), 0);
	for (uint64_t i = 0; i + 1 < counts.ready; i++)
		check_number(receive_now(box).length, sizeof bytes);
	got = receive_now(box);
	check_data(&got, "after");
	check_number(receive_code(box, 0), -ETIME);
	brood_mailbox_close(box);
}

/* covers: API-MB.send.full */
static void without_room_nothing_is_lost_and_it_goes_on_when_there_is_room(void **state)
{
	(void)state;
	struct scene_box scene;
	box_make(&scene, NULL);
	in_scene(send_into_full, &scene);
	box_leave(&scene);
}

static void look_as_nobody(void *data)
{
	struct scene_box *scene = data;
	struct brood_mailbox_options options =
		BROOD_MAILBOX_OPTIONS(.flags = BROOD_MAILBOX_READ_ONLY);
	struct brood_mailbox *box = NULL;
	struct brood_error why = BROOD_ERROR_INIT;

	if (geteuid() == 0)
		check(setgid(65534) == 0 && setuid(65534) == 0);
	/* For writing it is refused. */
	check_code(brood_mailbox_open(&box, scene->path, NULL, &why), -EACCES, &why);
	box = open_box(scene->path, &options);
	check_state(box, 1, BROOD_MESSAGE_TAKEN);
	check_state(box, 2, BROOD_MESSAGE_READY);
	check_number(count_of(box).workers, 1);
	check(brood_mailbox_pollfd(box) > 2);
	struct brood_message message = BROOD_MESSAGE(.data = "x", .length = 1);
	check_call(brood_mailbox_send(box, &message, NULL, &error), -EBADF);
	check_call(brood_mailbox_receive(box, 0, &message, &error), -EBADF);
	check_call(brood_mailbox_done(box, 1, &error), -EBADF);
	check_call(brood_mailbox_fail(box, 1, 1, NULL, &error), -EBADF);
	check_call(brood_mailbox_retry(box, 1, 0, &error), -EBADF);
	check_call(brood_mailbox_release(box, 1, &error), -EBADF);
	check_call(brood_mailbox_remove(box, 2, &error), -EBADF);
	check_call(brood_mailbox_revive(box, 2, &error), -EBADF);
	check_call(brood_mailbox_pause(box, true, &error), -EBADF);
	check_call(brood_mailbox_drain(box, true, &error), -EBADF);
	check_call(brood_mailbox_sync(box, &error), -EBADF);
	brood_mailbox_close(box);
}

/* covers: API-MB.read-only API-MB.open.errors */
static void who_may_only_read_can_look(void **state)
{
	(void)state;
	struct scene_box scene;
	static const char *const names[] = { "box", "log.00000001", "lock", "worker.1" };
	if (geteuid() != 0)
		skip(); /* our own files are not refused to us by these modes alone */
	box_make(&scene, NULL);
	send_text(scene.box, "x");
	send_text(scene.box, "y");
	receive_now(scene.box);
	check(chmod(scene.place.path, 0755) == 0);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		check(chmod(in_box(&scene, names[i]), 0444) == 0);
	check(chmod(scene.path, 0555) == 0);
	in_scene(look_as_nobody, &scene);
	box_leave(&scene);
}

/* covers: API-MB.read-only API-MB.existing */
static void who_only_looks_makes_nothing(void **state)
{
	(void)state;
	struct place place;
	struct brood_mailbox_options options =
		BROOD_MAILBOX_OPTIONS(.flags = BROOD_MAILBOX_READ_ONLY);
	struct brood_mailbox *box = NULL;
	place_make(&place);
	check_call(brood_mailbox_open(&box, place_at(&place, "box"), &options, &error), -ENOENT);
	check_call(brood_mailbox_open(&box, place.path, &options, &error), -ENOENT);
	check(access(place_at(&place, "lock"), F_OK) < 0);
	place_leave(&place);
}

/* As after a start of the machine: another boot id is in the page, and what is behind it is old. */
static void start_anew(const struct scene_box *scene, bool is_old)
{
	static const unsigned char zeros[512];
	overwrite(in_box(scene, "box"), 16, "another boot", 12);
	if (is_old)
		overwrite(in_box(scene, "box"), 64, zeros, sizeof zeros);
}

/* covers: API-MB.ids API-MB.open API-MB.death */
static void after_a_start_of_the_machine_all_is_as_the_segments_say(void **state)
{
	(void)state;
	for (int is_old = 0; is_old < 2; is_old++) {
		struct scene_box scene;
		struct brood_mailbox_options options = BROOD_MAILBOX_OPTIONS(.sync = BROOD_SYNC_OFF,
			.segment_size = 4096, .back_off = -1);
		struct brood_mailbox_options looking =
			BROOD_MAILBOX_OPTIONS(.flags = BROOD_MAILBOX_READ_ONLY);
		box_make(&scene, &options);
		for (int i = 0; i < 50; i++)
			send_message(scene.box, .data = scene.path, .length = 300);
		for (uint64_t i = 1; i <= 20; i++) {
			check_number(receive_now(scene.box).id, i);
			check_call(brood_mailbox_done(scene.box, i, &error), 0);
		}
		check_call(brood_mailbox_drain(scene.box, true, &error), 0);
		brood_mailbox_close(scene.box);
		start_anew(&scene, is_old);
		struct brood_mailbox *looker = open_box(scene.path, &looking);
		check_number(count_of(looker).ready, 30);
		scene.box = open_box(scene.path, &options);
		struct brood_mailbox_counts counts = count_of(scene.box);
		check_number(counts.ready, 30);
		check_number(counts.sent, 50);
		check_number(counts.done, 20);
		check_number(counts.draining, 1);
		check_number(count_of(looker).ready, 30);
		brood_mailbox_close(looker);
		struct brood_message message = BROOD_MESSAGE(.data = "x", .length = 1);
		check_call(brood_mailbox_send(scene.box, &message, NULL, &error), -ESHUTDOWN);
		check_call(brood_mailbox_drain(scene.box, false, &error), 0);
		check_number(send_text(scene.box, "next"), 51);
		for (uint64_t i = 21; i <= 51; i++) {
			check_number(receive_now(scene.box).id, i);
			check_call(brood_mailbox_done(scene.box, i, &error), 0);
		}
		check_number(receive_code(scene.box, 0), -ETIME);
		box_leave(&scene);
	}
}

/* Where struct brood__page has the current segment, and the last one that is or is being sealed. */
enum { AT_SEGMENT = 192, AT_CLOSING = 200 };

/* covers: API-MB.segments API-MB.send */
static void a_sealing_that_nobody_ended_is_seen_by_the_next_sender(void **state)
{
	(void)state;
	struct scene_box scene;
	uint64_t closing = 1;
	box_make(&scene, NULL);
	send_text(scene.box, "before");
	overwrite(in_box(&scene, "box"), AT_CLOSING, &closing, sizeof closing);
	send_text(scene.box, "after");
	int fd = open(in_box(&scene, "box"), O_RDONLY | O_CLOEXEC);
	check_number(pread(fd, &closing, sizeof closing, AT_CLOSING), sizeof closing);
	close(fd);
	check_number(closing, 0);
	struct brood_message got = receive_now(scene.box);
	check_data(&got, "before");
	got = receive_now(scene.box);
	check_data(&got, "after");
	box_leave(&scene);
}

/* covers: API-MB.segments API-MB.send */
static void what_was_put_behind_the_end_of_a_segment_is_put_in_again(void **state)
{
	(void)state;
	struct scene_box scene;
	struct brood_mailbox_options options = BROOD_MAILBOX_OPTIONS(.sync = BROOD_SYNC_OFF,
		.segment_size = 4096);
	uint64_t sent = 0, segment = 1;
	box_make(&scene, &options);
	while (access(in_box(&scene, "log.00000002"), F_OK) < 0)
		sent = send_message(scene.box, .data = scene.path, .length = 300);
	/* As if the one who sealed the first had not lived to say that there is a second. */
	overwrite(in_box(&scene, "box"), AT_SEGMENT, &segment, sizeof segment);
	uint64_t late = send_text(scene.box, "late");
	check_number(late, sent + 1);
	check_number(count_of(scene.box).ready, late);
	struct brood_message got = look_for(scene.box, late);
	check_data(&got, "late");
	box_leave(&scene);
}

/* covers: API-MB.segments API-MB.after API-MB.count */
static void the_disk_is_bounded_by_what_lives(void **state)
{
	(void)state;
	struct scene_box scene;
	struct brood_mailbox_options options = BROOD_MAILBOX_OPTIONS(.sync = BROOD_SYNC_OFF,
		.segment_size = 8192, .back_off = -1);
	box_make(&scene, &options);
	uint64_t pinned = send_message(
		scene.box, .data = "pinned", .length = 6, .delay = BROOD_HOUR, .kind = 77);
	uint64_t dead = send_message(scene.box, .data = "dead", .length = 4, .tries = 1);
	receive_now(scene.box);
	check_call(brood_mailbox_fail(scene.box, dead, 5, "a reason", &error), 1);
	uint64_t removed = send_text(scene.box, "removed");
	uint64_t waits = send_message(scene.box, .after = &removed, .n_after = 1);
	check_call(brood_mailbox_remove(scene.box, removed, &error), 0);
	uint64_t done = 0;
	for (int i = 0; i < 3000; i++) {
		done = send_message(scene.box, .data = scene.path, .length = 100, .priority = 1);
		check_number(receive_now(scene.box).id, done);
		check_call(brood_mailbox_done(scene.box, done, &error), 0);
	}
	struct brood_mailbox *fresh = box_again(&scene);
	for (int i = 0; i < 2; i++) {
		struct brood_mailbox *box = i ? fresh : scene.box;
		struct brood_mailbox_counts counts = count_of(box);
		check(counts.bytes < UINT64_C(8192) * 8);
		check_number(counts.sent, 3004);
		check_number(counts.done, 3000);
		check_number(counts.removed, 1);
		check_number(counts.delayed, 1);
		check_number(counts.dead, 2);
		check_number(counts.damaged, 0);
		struct brood_message got = look_for(box, pinned);
		check_data(&got, "pinned");
		check_number(got.kind, 77);
		got = look_for(box, dead);
		check_data(&got, "dead");
		check_number(got.state, BROOD_MESSAGE_DEAD);
		check_number(got.tried, 1);
		check_number(got.code, 5);
		check_text(got.reason, "a reason");
		check_state(box, waits, BROOD_MESSAGE_DEAD);
		check_call(brood_mailbox_look(box, 5, &got, &error), -ENOENT);
	}
	check(access(in_box(&scene, "log.00000001"), F_OK) < 0);
	/* One that is not known any more is done. */
	uint64_t known = 5;
	uint64_t id = send_message(fresh, .after = &known, .n_after = 1);
	check_number(receive_now(fresh).id, id);
	brood_mailbox_close(fresh);
	box_leave(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_folder_with_something_else_in_it_is_left_alone),
		hygienic(files_that_are_none_are_refused_with_their_path),
		hygienic(a_damaged_page_is_refused),
		hygienic(a_damaged_segment_is_told_with_its_path),
		hygienic(a_segment_that_shrinks_under_a_reader_is_noticed),
		hygienic(a_message_whose_bytes_have_changed_is_never_delivered),
		hygienic(garbage_in_a_segment_is_passed_over),
		hygienic(without_room_nothing_is_lost_and_it_goes_on_when_there_is_room),
		hygienic(who_may_only_read_can_look),
		hygienic(who_only_looks_makes_nothing),
		hygienic(after_a_start_of_the_machine_all_is_as_the_segments_say),
		hygienic(a_sealing_that_nobody_ended_is_seen_by_the_next_sender),
		hygienic(what_was_put_behind_the_end_of_a_segment_is_put_in_again),
		hygienic(the_disk_is_bounded_by_what_lives),
	};
	return hygiene_run("the folder of a mailbox", tests);
}
