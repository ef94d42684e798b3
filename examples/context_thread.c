/* SPDX-License-Identifier: MIT */
/*
 * Stop several jobs at once from another thread: they share a context, and the thread cancels it.
 *
 * A context may also have a deadline, and a parent whose end is its own end too.
 */

#include <brood/brood.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

static struct brood_context *context;
static sem_t enough;

static void *second_thread(void *data)
{
	(void)data;
	sem_wait(&enough);
	brood_context_cancel(context);
	return NULL;
}

/* Called while the main thread waits for the job that says this. */
static int on_line(void *data, const char *line, size_t length, uint32_t flags)
{
	(void)data;
	(void)flags;
	printf("the first job says: %.*s\n", (int)length, line);
	sem_post(&enough);
	return 0;
}

static int explain(int r, const struct brood_result *result, const struct brood_error *error)
{
	char text[256];

	printf("%s: %s\n", brood_code_name(r), brood_explain(r, result, error, text, sizeof text));
	return r == BROOD_ECANCELED ? 0 : 1;
}

int main(void)
{
	struct brood_cmd cmds[] = {
		BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", "echo ready; exec sleep 1000")),
		BROOD_CMD(.argv = BROOD_ARGV("sleep", "1000")),
	};
	struct brood_options options = BROOD_OPTIONS_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *jobs[2];
	pthread_t thread;
	int bad = 0;

	if (brood_context_new(&context, NULL, BROOD_MINUTE) < 0 || sem_init(&enough, 0, 0) < 0)
		return 1;
	options.context = context;
	cmds[0].out = brood_lines(on_line, NULL, 0);
	for (size_t i = 0; i < 2; i++)
		if (brood_start(&jobs[i], &cmds[i], 1, &options, &error) < 0)
			return 1;
	if (pthread_create(&thread, NULL, second_thread, NULL) != 0)
		return 1;
	for (size_t i = 0; i < 2; i++) {
		int r = brood_job_wait(jobs[i], BROOD_FOREVER, &result, &error);
		bad |= explain(r, &result, &error);
		brood_job_free(jobs[i]);
	}
	pthread_join(thread, NULL);

	/* A context that has ended starts nothing any more. */
	bad |= explain(brood_run(&cmds[1], &options, &result, &error), &result, &error);
	brood_context_free(context);
	brood_result_done(&result);
	return bad;
}
