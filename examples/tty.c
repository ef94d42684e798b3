/* SPDX-License-Identifier: MIT */
/*
 * Talk with a program that only talks with a terminal: it gets one of its own, we type, and read
 * what it shows.
 */

#include <brood/brood.h>
#include <stdio.h>
#include <string.h>

/* Reads what the terminal shows until it ends with this text. Returns 0, or -1 at its end. */
static int expect(struct brood_job *job, const char *ending)
{
	char shown[512];
	size_t length = 0;
	ssize_t n = 0;

	for (;;) {
		if (length >= strlen(ending) &&
			memcmp(shown + length - strlen(ending), ending, strlen(ending)) == 0)
			break;
		n = brood_job_read(job, 0, 1, shown + length, sizeof shown - length);
		if (n <= 0)
			return -1;
		length += (size_t)n;
	}
	for (size_t i = 0; i < length; i++)
		if (shown[i] != '\r') /* a terminal ends its lines with \r\n */
			putchar(shown[i]);
	return 0;
}

int main(void)
{
	/* It reads the secret from the terminal and shows nothing of it, as ssh and sudo do. */
	const char *script = "[ -t 0 ] || exit 9; stty size; stty -echo; printf 'secret: '\n"
			     "read -r secret </dev/tty; echo; echo \"it has ${#secret} letters\"";
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", script));
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_job *job;
	char text[256];

	cmd.in = brood_tty(50, 132); /* rows, columns */
	cmd.out = brood_tty(0, 0);   /* one terminal for all that say so */
	cmd.err = brood_tty(0, 0);
	int r = brood_start(&job, &cmd, 1, NULL, &error);
	if (r < 0) {
		fprintf(stderr, "%s\n", brood_explain(r, NULL, &error, text, sizeof text));
		return 1;
	}
	if (expect(job, "secret: ") < 0 || brood_job_write(job, 0, 0, "egg\n", 4) != 4 ||
		expect(job, "letters\r\n") < 0)
		printf("it did not go as it should\n");
	r = brood_job_wait(job, 5 * BROOD_SECOND, &result, &error);
	printf("%s\n", brood_explain(r, &result, &error, text, sizeof text));
	brood_job_free(job);
	brood_result_done(&result);
	return r < 0 ? 1 : 0;
}
