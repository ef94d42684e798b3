/* SPDX-License-Identifier: MIT */
#include "common/file_mask.h"
#include "sh/builtins/list.h"
#include "sh/undo.h"

#include <string.h>
#include <sys/stat.h>

static int show(struct shell *sh, mode_t mask, bool is_symbolic)
{
	static const char letters[] = "ugo";

	if (!is_symbolic) {
		output_format(sh, "%04o\n", (unsigned)mask);
		return 0;
	}
	for (int i = 0; i < 3; i++) {
		mode_t allowed = ~mask >> (6 - 3 * i) & 7;
		output_format(sh, "%s%c=%s%s%s", i > 0 ? "," : "", letters[i],
			allowed & 4 ? "r" : "", allowed & 2 ? "w" : "", allowed & 1 ? "x" : "");
	}
	output_character(sh, '\n');
	return 0;
}

static int read_octal(const char *word, mode_t *ret_mask)
{
	mode_t mask = 0;

	for (; *word >= '0' && *word <= '7' && mask <= 07777; word++)
		mask = mask * 8 + (mode_t)(*word - '0');
	/* chmod's other bits are no permissions. */
	*ret_mask = mask & 0777;
	return *word == '\0' && mask <= 07777 ? 0 : -1;
}

int builtin_umask(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct builtin_options options = { .next = 1 };
	bool is_symbolic = false;
	mode_t mask = umask(0), new_mask;

	(void)control;
	umask(mask);
	/* A mode such as -w is an operand. */
	while (options.next < argc &&
		(strcmp(argv[options.next], "-S") == 0 || strcmp(argv[options.next], "--") == 0)) {
		bool is_end = argv[options.next++][1] == '-';
		is_symbolic |= !is_end;
		if (is_end)
			break;
	}
	if (argc - options.next > 1)
		return builtin_usage_at(sh, argv[argc - 1], "too many operands");
	if (options.next == argc)
		return show(sh, mask, is_symbolic);
	const char *word = argv[options.next];
	bool is_octal = *word >= '0' && *word <= '9';
	if ((is_octal ? read_octal(word, &new_mask)
		      : file_mask_parse_symbolic(word, mask, &new_mask)) < 0)
		return builtin_error_at(sh, word, "%s: is no mode", *word ? word : "\"\"");
	undo_save_umask(sh);
	umask(new_mask);
	return 0;
}
