/* SPDX-License-Identifier: MIT */
/* The macros for C, in every place where an initialiser may stand. */
#include <brood/brood.h>
#include <string.h>

static const struct brood_stop stop[] = { { 15, 0, BROOD_SECOND }, { 9, 0, 0 } };

struct seen {
	int lines;
	size_t bytes;
};

static int take_line(void *data, const char *line, size_t length, uint32_t flags)
{
	struct seen *seen = (struct seen *)data;

	(void)line;
	(void)flags;
	seen->lines++;
	seen->bytes += length;
	return 0;
}

static int count_lines(void)
{
	struct seen seen = { 0, 0 };
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("cat"), .in = brood_text("one\ntwo\n"),
		.out = brood_lines(take_line, &seen, 0),
		.env_edit = BROOD_ARGV("LC_ALL=C", "NOTHING"));
	struct brood_options options = BROOD_OPTIONS(.timeout = BROOD_MINUTE, .stop = stop,
		.n_stop = 2, .wait_delay = BROOD_FOREVER);

	if (brood_run(&cmd, &options, NULL, &error) != 0)
		return -1;
	return seen.bytes == 6 ? seen.lines : -1;
}

int main(void)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("printf", "%s", "a b"), .dir = "/");
	const char *name = brood_signal_name(15);

	if (brood_output(&cmd, NULL, &result, NULL) != 0 || result.out.length != 3)
		return 1;
	brood_result_done(&result);
	if (count_lines() != 2)
		return 2;
	if (name == NULL || strcmp(name, "SIGTERM") != 0 || brood_signal_number("TERM") != 15)
		return 3;
	return brood_version()[0] == '0' + BROOD_VERSION_MAJOR ? 0 : 4;
}
