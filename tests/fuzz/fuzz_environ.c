/* SPDX-License-Identifier: MIT */
/* Environments against the model. The first byte says how many of the entries that follow, each
 * ended by NUL, are no edits. */

#include "target.h"

#include "model_environ.h"

#define MOST_ENTRIES 300

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *all[MOST_ENTRIES + 1] = { NULL };
	char *source[MOST_ENTRIES + 1] = { NULL };
	size_t n = 0;
	size_t n_source = 0;

	if (size < 2)
		return 0;
	char *text = malloc(size);
	CHECK(text);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	for (size_t at = 0; at < size - 1 && n < MOST_ENTRIES; at += strlen(text + at) + 1) {
		char *entry = text + at;
		bool is_edit = n_source >= data[0];
		if (strlen(entry) >= LONGEST_ENTRY)
			continue;
		/* Those are refused, which the unit tests see to. */
		if (is_edit && (entry[0] == '\0' || entry[0] == '='))
			continue;
		all[n++] = entry;
		if (!is_edit)
			source[n_source++] = entry;
	}
	check_environ(all, n, source, n_source);
	free(text);
	return 0;
}
