/* SPDX-License-Identifier: MIT */
/*
 * Write a program's standard input by hand while reading what it answers.
 *
 * First a conversation, line by line; then 4 MiB that come back while they are written: writing
 * all of it before reading would fill both pipes and stop both sides for ever. brood_job_write()
 * returns early as soon as something can be read.
 */

#include <brood/brood.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int ask(struct brood_job *job, const char *question)
{
	char answer[64];

	ssize_t n = brood_job_write(job, 0, 0, question, strlen(question));
	if (n >= 0)
		n = brood_job_read(job, 0, 1, answer, sizeof answer);
	if (n > 0)
		printf("%.*s", (int)n, answer);
	return n > 0 ? 0 : -1;
}

static size_t send_and_receive(struct brood_job *job, const char *bytes, size_t length)
{
	static char buffer[65536];
	size_t sent = 0;
	size_t received = 0;
	ssize_t n;

	while (sent < length) {
		n = brood_job_write(job, 0, 0, bytes + sent, length - sent);
		if (n < 0 && n != -EAGAIN)
			return received;
		sent += n > 0 ? (size_t)n : 0;
		if (sent == length)
			break;
		/* Not all was written: there is something to read first. */
		n = brood_job_read(job, 0, 1, buffer, sizeof buffer);
		if (n <= 0)
			return received;
		received += (size_t)n;
	}
	brood_job_close(job, 0, 0); /* cat sees the end of its input, and so ends */
	while ((n = brood_job_read(job, 0, 1, buffer, sizeof buffer)) > 0)
		received += (size_t)n;
	return received;
}

int main(void)
{
	static char big[4 << 20];
	struct brood_cmd calculator =
		BROOD_CMD(.argv = BROOD_ARGV("sh", "-c",
				  "while read -r a b; do echo \"$a plus $b is $((a + b))\"; done"));
	struct brood_cmd copier = BROOD_CMD(.argv = BROOD_ARGV("cat"));
	struct brood_job *job;

	calculator.in = calculator.out = brood_pipe();
	if (brood_start(&job, &calculator, 1, NULL, NULL) < 0)
		return 1;
	if (ask(job, "1 2\n") < 0 || ask(job, "20 22\n") < 0)
		return 1;
	printf("wait: %s\n", brood_code_name(brood_job_wait(job, BROOD_FOREVER, NULL, NULL)));
	brood_job_free(job);

	copier.in = copier.out = brood_pipe();
	if (brood_start(&job, &copier, 1, NULL, NULL) < 0)
		return 1;
	printf("%zu bytes came back\n", send_and_receive(job, big, sizeof big));
	printf("wait: %s\n", brood_code_name(brood_job_wait(job, BROOD_FOREVER, NULL, NULL)));
	brood_job_free(job);
	return 0;
}
