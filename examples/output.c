/* SPDX-License-Identifier: MIT */
/*
 * Get what a program writes.
 *
 * No shell is involved: the star below reaches expr as it stands.
 */

#include <brood/brood.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("expr", "6", "*", "7"));
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];

	int r = brood_output(&cmd, NULL, &result, &error);
	if (r < 0) {
		/* Standard error was kept as well: its last line is part of the message. */
		fprintf(stderr, "%s\n", brood_explain(r, &result, &error, text, sizeof text));
		brood_result_done(&result);
		return 1;
	}

	/* out.data is out.length bytes, newline included; a NUL behind them makes it a string. */
	printf("%zu bytes: %s", result.out.length, result.out.data);
	printf("half of it is %ld\n", strtol(result.out.data, NULL, 10) / 2);
	brood_result_done(&result);

	/* No more than 16 bytes of a long output: the first and the last 8; the totals are exact.
	 */
	struct brood_cmd seq = BROOD_CMD(.argv = BROOD_ARGV("seq", "-w", "1000"));
	seq.out = brood_capture(16, 0);
	r = brood_output(&seq, NULL, &result, &error);
	if (r == 0)
		printf("%llu bytes came, %llu were left out of the middle\n",
			(unsigned long long)result.out.total,
			(unsigned long long)result.out.omitted);
	brood_result_done(&result);
	return r == 0 ? 0 : 1;
}
