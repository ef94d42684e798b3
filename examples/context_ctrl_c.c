/* SPDX-License-Identifier: MIT */
/*
 * Ctrl-C for a program that runs one command after the other: the handler cancels the context that
 * they share. The one that runs is stopped, and the ones behind it are not started.
 */

#include <brood/brood.h>
#include <signal.h>
#include <stdio.h>

static struct brood_context *context;

static void on_interrupt(int signal)
{
	(void)signal;
	brood_context_cancel(context); /* made for handlers */
}

/* Stands for the user, who types Ctrl-C at the line "long". */
static int on_line(void *data, const char *line, size_t length, uint32_t flags)
{
	(void)data;
	(void)flags;
	printf("says: %.*s\n", (int)length, line);
	if (length == 4)
		raise(SIGINT);
	return 0;
}

int main(void)
{
	static const char *const scripts[] = {
		"echo first",
		"echo long; exec sleep 1000",
		"echo never",
	};
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct sigaction action = { .sa_handler = on_interrupt };
	char text[256];
	int r = 0;

	if (brood_context_new(&context, NULL, 0) < 0 || sigaction(SIGINT, &action, NULL) < 0)
		return 1;
	options.context = context;
	for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
		struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", scripts[i]));
		cmd.out = brood_lines(on_line, NULL, 0);
		r = brood_run(&cmd, &options, &result, &error);
		printf("job %zu: %s\n", i + 1,
			brood_explain(r, &result, &error, text, sizeof text));
	}
	action.sa_handler = SIG_DFL; /* before the context goes */
	if (sigaction(SIGINT, &action, NULL) < 0)
		return 1;
	brood_context_free(context);
	brood_result_done(&result);
	return r == BROOD_ECANCELED ? 0 : 1;
}
