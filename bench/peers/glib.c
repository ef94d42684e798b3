/* SPDX-License-Identifier: MIT */
/*
 * GLib: g_spawn_sync, standard input from /dev/null, the other two shared.
 *
 *	glib PROGRAM [ARGUMENT...]
 */
#include "../subject.h"

#include <errno.h>
#include <glib.h>

static int64_t start_and_wait(char **args)
{
	GError *error = NULL;
	int status = 0;
	errno = 0;
	if (!g_spawn_sync(
		    NULL, args, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error))
		bench_die(error->message);
	if (status != 0)
		bench_die("the child failed");
	return 1;
}

int main(int argc, char **argv)
{
	return bench_serve(argc, argv, start_and_wait);
}
