/* SPDX-License-Identifier: MIT */
/*
 * parallel AT_ONCE [COMMAND ARGUMENT...]: runs the command (echo) for each line that it reads, with
 * the line as last argument, AT_ONCE at a time; xargs -d '\n' -n 1 -P. Exits with 123 if one
 * failed.
 */

#include <brood/brood.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int start(struct brood_set *set, const struct brood_cmd *cmd)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *job;
	char text[256];

	int r = brood_start(&job, cmd, 1, NULL, &error);
	if (r < 0)
		fprintf(stderr, "%s\n", brood_explain(r, NULL, &error, text, sizeof text));
	return r < 0 ? r : brood_set_add(set, job, NULL);
}

int main(int argc, char **argv)
{
	size_t at_once = argc > 1 ? strtoul(argv[1], NULL, 10) : 1, length, last = 0;
	char **words = calloc((size_t)argc + 2, sizeof *words), *path = NULL, echo[] = "echo";
	struct brood_cmd cmd = BROOD_CMD(.argv = words);
	int more = 1, r = 0, unable = 0, failed = 0;
	struct brood_scanner *lines;
	struct brood_event event;
	struct brood_set *set;
	const char *line;

	if (!words || brood_scanner_new(&lines, 0, 0) < 0 || brood_set_new(&set, NULL) < 0)
		return 1;
	words[last++] = argc > 2 ? argv[2] : echo;
	for (int i = 3; i < argc; i++)
		words[last++] = argv[i];
	cmd.path = brood_lookup(words[0], NULL, &path, NULL) == 0 ? path : NULL; /* once */
	while (r == 0) {
		while (more && !unable && brood_set_count(set) < (at_once ? at_once : 1)) {
			more = brood_scanner_next(lines, &line, &length, NULL) > 0;
			words[last] = more ? strndup(line, length) : NULL;
			unable = more && (!words[last] || start(set, &cmd) < 0);
			free(words[last]);
		}
		r = brood_set_next(set, BROOD_FOREVER, &event);
		if (r == 0 && event.kind == BROOD_EVENT_DONE) {
			failed |= event.code < 0;
			brood_job_free(event.job);
		}
	}
	brood_set_free(set);
	brood_scanner_free(lines);
	free(path);
	free(words);
	return unable ? 1 : failed ? 123 : 0;
}
