/* SPDX-License-Identifier: MIT */
/*
 * Ten downloads, three at once, each with a time limit, and news of all of them while they run.
 *
 * The "downloads" copy local files in two halves. File 7 never answers: it is a FIFO that nobody
 * writes to.
 */

#include <brood/brood.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#define FILES   10
#define AT_ONCE 3

struct download {
	int news;
	char verdict[64];
};

static const char script[] =
	"head -c 5 <$1 >copy.$1; echo 50%; tail -c +6 <$1 >>copy.$1; echo 100%";

static int start(struct brood_set *set, struct download *download, int number)
{
	struct brood_options options = BROOD_OPTIONS(.timeout = BROOD_SECOND,
		.flags = BROOD_NEW_GROUP);
	struct brood_job *job;
	char name[16];

	snprintf(name, sizeof name, "file%d", number);
	FILE *file = number == 7 && mkfifo(name, 0600) == 0 ? NULL : fopen(name, "we");
	if (file && (fprintf(file, "%010d", number) < 0 || fclose(file) != 0))
		return -EIO;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sh", "-ec", script, "sh", name));
	cmd.label = name;
	cmd.out = brood_lines(NULL, NULL, 0); /* no function: the lines come as events */
	int r = brood_start(&job, &cmd, 1, &options, NULL);
	if (r < 0)
		return r;
	r = brood_set_add(set, job, download); /* from here on it is the set's */
	if (r < 0)
		brood_job_free(job);
	return r;
}

int main(void)
{
	struct download downloads[FILES] = { 0 };
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_event event;
	struct brood_set *set;
	int started = 0, r = 0;

	if (brood_set_new(&set, NULL) < 0)
		return 1;
	while (r == 0) {
		for (; r == 0 && started < FILES && brood_set_count(set) < AT_ONCE; started++)
			r = start(set, &downloads[started], started + 1);
		if (r == 0)
			r = brood_set_next(set, BROOD_FOREVER, &event);
		if (r != 0)
			break;
		struct download *download = event.user_data;
		if (event.kind == BROOD_EVENT_LINE)
			download->news++;
		if (event.kind != BROOD_EVENT_DONE)
			continue;
		int code = brood_job_wait(event.job, 0, &result, NULL); /* does not block now */
		brood_explain(code, &result, NULL, download->verdict, sizeof download->verdict);
		brood_job_free(event.job); /* leaves the set, and room for the next one */
	}
	brood_set_free(set);
	brood_result_done(&result);
	for (int i = 0; i < FILES; i++)
		printf("%d news, %s\n", downloads[i].news, downloads[i].verdict);
	return r == -ENOENT ? 0 : 1; /* no job is left */
}
