/* SPDX-License-Identifier: MIT */
/* From brood to brood-filter. */
#include "filter/helper_become.h"

#include "common/text.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

void helper_become(int argc, char **argv)
{
	static const char *const places[] = { "brood-filter", "../libexec/brood/brood-filter" };
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);

	(void)argc;
	if (length <= 0 || (size_t)length >= sizeof path - 1)
		return;
	path[length] = '\0';
	size_t folder = (size_t)(text_base_name(path) - path);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		if (folder + strlen(places[i]) >= sizeof path)
			return;
		memcpy(path + folder, places[i], strlen(places[i]) + 1);
		/* It returns if there is none, and then there is the next place, or ourselves. */
		execv(path, argv);
	}
}
