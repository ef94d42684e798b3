/* SPDX-License-Identifier: MIT */
/*
 * Handle each line of both streams at the moment it comes, while the program runs.
 *
 * The child below waits for an answer after each of its lines, so this only ends because lines
 * are delivered live. The functions are called by the thread that is in brood_run().
 */

#include <brood/brood.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct listener {
	const char *name;
	int answer_fd;
};

/* A line comes without its newline and without a NUL behind it. 0 means: go on. */
static int on_line(void *data, const char *line, size_t length, uint32_t flags)
{
	const struct listener *listener = data;

	printf("%s: %.*s%s\n", listener->name, (int)length, line,
		flags & BROOD_LINE_UNTERMINATED ? " (and no newline)" : "");
	if (write(listener->answer_fd, "yes\n", 4) != 4)
		return -errno;
	return 0;
}

int main(void)
{
	const char *script = "echo one;      read -r answer\n"
			     "echo two >&2;  read -r answer\n"
			     "echo three;    read -r answer\n"
			     "printf four >&2";
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", script));
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];
	int answers[2];

	if (pipe2(answers, O_CLOEXEC) < 0)
		return 1;
	struct listener out = { "stdout", answers[1] };
	struct listener err = { "stderr", answers[1] };
	cmd.in = brood_fd(answers[0]);
	cmd.out = brood_lines(on_line, &out, 0);
	cmd.err = brood_lines(on_line, &err, 0);

	int r = brood_run(&cmd, NULL, NULL, &error);
	if (r < 0)
		fprintf(stderr, "%s\n", brood_explain(r, NULL, &error, text, sizeof text));
	close(answers[0]);
	close(answers[1]);
	return r < 0 ? 1 : 0;
}
