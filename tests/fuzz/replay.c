/* SPDX-License-Identifier: MIT */
/* Feeds the files of a folder to a fuzz target, one TAP test each. Usage: fuzz_NAME FOLDER */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LONGEST_INPUT ((size_t)1 << 20)

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int replay(const char *folder, const char *name)
{
	static uint8_t buffer[LONGEST_INPUT];
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "rb");
	if (!file) {
		perror(path);
		return -1;
	}
	size_t size = fread(buffer, 1, sizeof buffer, file);
	fclose(file);
	/* Memory of exactly this size, so that a sanitizer sees the end of it. */
	uint8_t *data = malloc(size ? size : 1);
	if (!data)
		return -1;
	memcpy(data, buffer, size);
	int r = LLVMFuzzerTestOneInput(data, size);
	free(data);
	return r;
}

int main(int argc, char **argv)
{
	struct dirent **entries;
	int n = argc == 2 ? scandir(argv[1], &entries, is_input, alphasort) : -1;

	if (n <= 0) {
		printf("Bail out! no inputs in %s\n", argc == 2 ? argv[1] : "no folder");
		return 1;
	}
	printf("1..%d\n", n);
	for (int i = 0; i < n; i++) {
		/* A target that finds something does not return. */
		int r = replay(argv[1], entries[i]->d_name);
		printf("%s %d - %s\n", r == 0 ? "ok" : "not ok", i + 1, entries[i]->d_name);
		fflush(stdout);
		free(entries[i]);
	}
	free(entries);
	return 0;
}
