/* SPDX-License-Identifier: MIT */
/* Messages of a mailbox in words: the table, the JSON. */
#include "mailbox/payload.h"
#include "mailbox/show.h"

#include <brood/brood.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NOW (INT64_C(1800000000) * BROOD_SECOND)

static void assert_text(struct text *text, const char *expected)
{
	assert_string_equal(text->bytes ? text->bytes : "", expected);
	text_done(text);
}

/* A message that is that command; the data is the caller's. */
static struct brood_message command(struct text *data, char *const *argv)
{
	const struct payload payload = { .argv = argv,
		.env = (char *const[]){ NULL },
		.dir = "/srv",
		.timeout = 600 * BROOD_SECOND };

	payload_encode(data, &payload);
	return BROOD_MESSAGE(.data = data->bytes, .length = data->length, .kind = PAYLOAD_COMMAND,
		.id = 41, .tries = 4, .tried = 1, .sent_ns = NOW - 20 * BROOD_SECOND,
		.changed_ns = NOW - 12 * BROOD_SECOND);
}

static void ages_are_in_one_unit(void **state)
{
	static const struct {
		int64_t age;
		const char *expected;
	} cases[] = {
		{ -5, "0s" },
		{ 0, "0s" },
		{ BROOD_SECOND - 1, "0s" },
		{ 12 * BROOD_SECOND, "12s" },
		{ BROOD_MINUTE - 1, "59s" },
		{ BROOD_MINUTE, "1m" },
		{ BROOD_HOUR - 1, "59m" },
		{ 23 * BROOD_HOUR, "23h" },
		{ 49 * BROOD_HOUR, "2d" },
		{ INT64_MAX, "106751d" },
	};
	char text[SHOW_AGE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(show_age(cases[i].age, text), cases[i].expected);
}

static void states_have_names(void **state)
{
	(void)state;
	assert_string_equal(show_state(BROOD_MESSAGE_READY), "ready");
	assert_string_equal(show_state(BROOD_MESSAGE_TAKEN), "running");
	assert_string_equal(show_state(BROOD_MESSAGE_REMOVED), "removed");
	assert_string_equal(show_state(7), "?");
	assert_string_equal(show_state(-1), "?");
}

static void a_running_command_is_a_line_of_the_table(void **state)
{
	struct text data = { 0 }, text = { 0 };
	struct brood_message message = command(&data, BROOD_ARGV("./send.sh", "a@b", "x y"));

	(void)state;
	message.state = BROOD_MESSAGE_TAKEN;
	message.worker_pid = 812;
	message.worker = "run";
	show_table_head(&text, 0);
	show_table_row(&text, &message, NOW, 0);
	assert_text(&text, "ID    STATE    TRY   AGE   WORKER         WHAT\n"
			   "41    running  1/4   12s   pid 812 run    ./send.sh a@b 'x y'\n");
	text_done(&data);
}

static void a_dead_one_says_why(void **state)
{
	struct text data = { 0 }, text = { 0 };
	struct brood_message message = command(&data, BROOD_ARGV("./send.sh"));

	(void)state;
	message.state = BROOD_MESSAGE_DEAD;
	message.tried = 4;
	message.worker_pid = 812;
	message.reason = "exit code 69: no \033[31mroute";
	show_table_row(&text, &message, NOW, 0);
	assert_text(&text, "41    dead     4/4   12s   -              ./send.sh  exit code 69: no "
			   "\\x1b[31mroute\n");
	text_done(&data);
}

static void those_that_wait_say_for_what(void **state)
{
	struct text text = { 0 };
	struct brood_message message = BROOD_MESSAGE(.data = "x", .length = 1, .id = 9,
		.changed_ns = NOW, .state = BROOD_MESSAGE_BLOCKED, .after = (uint64_t[]){ 7, 8 },
		.n_after = 2);

	(void)state;
	show_table_row(&text, &message, NOW, 0);
	assert_text(&text, "9     blocked  0/1   0s    -              x  after 7,8\n");
	/* It is news of a dead one only. */
	message.reason = "exit code 1";
	message.state = BROOD_MESSAGE_DELAYED;
	message.not_before_ns = NOW + 90 * BROOD_SECOND;
	show_table_row(&text, &message, NOW, 0);
	assert_text(&text, "9     delayed  0/1   0s    -              x  due in 1m30s\n");
	/* A moment after it was said to be in 8 hours. */
	message.not_before_ns = NOW + 8 * BROOD_HOUR - BROOD_MILLISECOND;
	show_table_row(&text, &message, NOW, 0);
	assert_text(&text, "9     delayed  0/1   0s    -              x  due in 8h\n");
	message.not_before_ns = NOW + 50 * BROOD_HOUR - BROOD_SECOND;
	show_table_row(&text, &message, NOW, 0);
	assert_text(&text, "9     delayed  0/1   0s    -              x  due in 2d2h\n");
}

static void a_narrow_terminal_has_room_for_what_it_is(void **state)
{
	struct text data = { 0 }, text = { 0 };
	struct brood_message message = command(&data, BROOD_ARGV("./send.sh", "a@b", "and more"));

	(void)state;
	show_table_head(&text, 40);
	show_table_row(&text, &message, NOW, 40);
	assert_text(&text, "ID    STATE    TRY   WHAT\n"
			   "41    ready    1/4   ./send.sh a@b 'a...\n");
	text_done(&data);
}

static void a_line_fits_the_terminal(void **state)
{
	char bytes[5000];
	struct brood_message message = BROOD_MESSAGE(.data = bytes, .length = sizeof bytes, .id = 9,
		.changed_ns = NOW, .state = BROOD_MESSAGE_DEAD, .reason = "because");

	(void)state;
	for (int round = 0; round < 2; round++) {
		/* Two bytes each in the second round. */
		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = round == 0 ? 'x' : i % 2 == 0 ? '\xc3' : '\xa9';
		for (size_t columns = 10; columns < 200; columns++) {
			struct text text = { 0 };
			size_t n = 0;
			show_table_row(&text, &message, NOW, columns);
			for (size_t i = 0; i < text.length; i++)
				n += ((unsigned char)text.bytes[i] & 0xc0) != 0x80;
			assert_true(n <= columns + 1);
			if (columns > 80)
				assert_non_null(strstr(text.bytes, "...  because\n"));
			text_done(&text);
		}
	}
}

static void data_is_shown_as_a_terminal_can_stand_it(void **state)
{
	struct text text = { 0 };
	struct brood_message message = BROOD_MESSAGE(.data = "a\nb\0c\377\n", .length = 7);

	(void)state;
	show_what(&text, &message, 60);
	assert_text(&text, "a\\x0ab\\x00c\\xff");
	message.length = 0;
	message.data = NULL;
	show_what(&text, &message, 60);
	assert_text(&text, "");
	message.data = "0123456789abcdef";
	message.length = 16;
	show_what(&text, &message, 10);
	assert_text(&text, "0123456...");
	show_what(&text, &message, 16);
	assert_text(&text, "0123456789abcdef");
}

static void what_claims_to_be_a_command_is_shown_as_data(void **state)
{
	struct text text = { 0 };
	const struct brood_message message = BROOD_MESSAGE(.data = "nonsense", .length = 8,
		.kind = PAYLOAD_COMMAND);

	(void)state;
	show_text(&text, &message);
	assert_text(&text, "nonsense");
}

static void json_of_a_command(void **state)
{
	struct text data = { 0 }, text = { 0 };
	struct brood_message message = command(&data, BROOD_ARGV("echo", "\"x\""));

	(void)state;
	message.state = BROOD_MESSAGE_TAKEN;
	message.priority = -3;
	message.worker_pid = 812;
	message.worker = "run";
	message.after = (uint64_t[]){ 7, 8 };
	message.n_after = 2;
	show_json(&text, &message, "mail");
	assert_text(&text,
		"{\"v\":\"brood.mailbox/1\",\"box\":\"mail\",\"id\":41,\"state\":\"running\","
		"\"priority\":-3,\"tried\":1,\"tries\":4,\"sent\":\"2027-01-15T07:59:40.000Z\","
		"\"changed\":\"2027-01-15T07:59:48.000Z\",\"not_before\":null,\"after\":[7,8],"
		"\"worker_pid\":812,\"worker\":\"run\",\"code\":0,\"reason\":null,"
		"\"kind\":\"command\",\"argv\":[\"echo\",\"\\\"x\\\"\"],\"dir\":\"/srv\","
		"\"timeout_s\":600.0}\n");
	text_done(&data);
}

static void json_of_data(void **state)
{
	struct text text = { 0 };
	struct brood_message message = BROOD_MESSAGE(.data = "a\nb\0c", .length = 5, .id = 1);

	(void)state;
	show_json(&text, &message, "mail");
	assert_non_null(strstr(text.bytes,
		"\"worker_pid\":null,\"worker\":null,\"code\":0,\"reason\":null,\"kind\":\"data\","
		"\"bytes\":5,\"text\":\"a\\nb\",\"is_whole\":false}\n"));
	text_done(&text);
	message.length = 3;
	show_json(&text, &message, "mail");
	assert_non_null(strstr(text.bytes, "\"bytes\":3,\"text\":\"a\\nb\",\"is_whole\":true}\n"));
	text_done(&text);
	/* What is no UTF-8 cannot be said in JSON. */
	message = BROOD_MESSAGE(.data = "a\xff", .length = 2, .id = 1);
	show_json(&text, &message, "mail");
	assert_non_null(
		strstr(text.bytes, "\"bytes\":2,\"text\":\"a\\ufffd\",\"is_whole\":false}\n"));
	text_done(&text);
}

static void counts_are_shown(void **state)
{
	struct text text = { 0 };
	const struct brood_mailbox_counts counts = { .size = sizeof counts,
		.ready = 3,
		.dead = 1,
		.sent = 9,
		.bytes = 4096,
		.damaged = 17,
		.paused = 1 };

	(void)state;
	show_counts(&text, &counts);
	assert_non_null(strstr(text.bytes, "ready     3\n"));
	assert_non_null(strstr(text.bytes, "on disk   4096 bytes\n"));
	assert_non_null(strstr(text.bytes, "damaged   17 bytes passed over\n"));
	assert_non_null(strstr(text.bytes, "paused    yes\n"));
	text_done(&text);
	show_counts_json(&text, &counts, "mail");
	assert_text(&text,
		"{\"v\":\"brood.mailbox.stats/1\",\"box\":\"mail\",\"ready\":3,\"delayed\":0,"
		"\"blocked\":0,\"running\":0,\"dead\":1,\"done\":0,\"removed\":0,\"sent\":9,"
		"\"workers\":0,\"bytes\":4096,\"damaged\":17,\"paused\":true,\"draining\":false}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ages_are_in_one_unit),
		cmocka_unit_test(states_have_names),
		cmocka_unit_test(a_running_command_is_a_line_of_the_table),
		cmocka_unit_test(a_dead_one_says_why),
		cmocka_unit_test(those_that_wait_say_for_what),
		cmocka_unit_test(a_narrow_terminal_has_room_for_what_it_is),
		cmocka_unit_test(a_line_fits_the_terminal),
		cmocka_unit_test(data_is_shown_as_a_terminal_can_stand_it),
		cmocka_unit_test(what_claims_to_be_a_command_is_shown_as_data),
		cmocka_unit_test(json_of_a_command),
		cmocka_unit_test(json_of_data),
		cmocka_unit_test(counts_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
