/* SPDX-License-Identifier: MIT */
/*
 * The mailbox.
 *
 *	brood_mailbox MEMBERS put|take|job SYNC LENGTH [PROGRAM [ARGUMENT...]]
 *
 * put: a message goes in. take: one goes in, is taken and done. job: and a program is run for it.
 * SYNC is group, always or off.
 */
#include "subject.h"
#include "team.h"

#include <brood/brood.h>
#include <brood/mailbox.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct state {
	struct brood_mailbox *box;
	struct brood_message message;
	bool takes;
	char **program; /* NULL: none is run */
};

static void check(int r, const struct brood_error *error)
{
	char text[256];
	errno = 0;
	if (r < 0)
		bench_die(brood_explain(r, NULL, error, text, sizeof text));
}

static int32_t sync_of(const char *name)
{
	if (strcmp(name, "off") == 0)
		return BROOD_SYNC_OFF;
	return strcmp(name, "always") == 0 ? BROOD_SYNC_ALWAYS : BROOD_SYNC_GROUP;
}

static void *begin(char **args, const char *folder)
{
	static struct state state;
	struct brood_error error = BROOD_ERROR_INIT;
	errno = 0;
	if (!args[0] || !args[1] || !args[2])
		bench_die("usage: brood_mailbox MEMBERS put|take|job SYNC LENGTH [PROGRAM...]");
	struct brood_mailbox_options options = BROOD_MAILBOX_OPTIONS(.sync = sync_of(args[1]));
	size_t length = (size_t)strtoul(args[2], NULL, 10);
	char *data = calloc(1, length + 1);
	if (!data)
		bench_die("memory");
	state.message = BROOD_MESSAGE(.data = data, .length = length);
	state.takes = strcmp(args[0], "put") != 0;
	state.program = strcmp(args[0], "job") == 0 ? args + 3 : NULL;
	check(brood_mailbox_open(&state.box, folder, &options, &error), &error);
	return &state;
}

static void run(char **program)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = program);
	struct brood_error error = BROOD_ERROR_INIT;
	check(brood_run(&cmd, NULL, NULL, &error), &error);
}

static void work(void *data, long n)
{
	struct state *state = data;
	struct brood_error error = BROOD_ERROR_INIT;
	for (long i = 0; i < n; i++)
		check(brood_mailbox_send(state->box, &state->message, NULL, &error), &error);
	for (long i = 0; i < n && state->takes; i++) {
		struct brood_message message = BROOD_MESSAGE_INIT;
		check(brood_mailbox_receive(state->box, BROOD_FOREVER, &message, &error), &error);
		uint64_t id = message.id;
		if (state->program)
			run(state->program);
		check(brood_mailbox_done(state->box, id, &error), &error);
	}
}

int main(int argc, char **argv)
{
	static const struct bench_member member = { begin, work };
	(void)argc;
	return bench_serve_team(&member, argv + 1);
}
