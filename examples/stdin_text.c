/* SPDX-License-Identifier: MIT */
/*
 * Give a program its standard input from memory.
 *
 * Input is written and output is read at the same time: any size of either is fine. A program
 * that ends without reading all of it is no error, and no SIGPIPE comes of it.
 */

#include <brood/brood.h>
#include <stdio.h>

int main(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sort", "-r"));
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];

	cmd.in = brood_text("apple\nplum\ncherry\n");
	int r = brood_output(&cmd, NULL, &result, &error);
	if (r < 0)
		fprintf(stderr, "%s\n", brood_explain(r, &result, &error, text, sizeof text));
	else
		printf("%s", result.out.data);
	brood_result_done(&result);
	return r < 0 ? 1 : 0;
}
