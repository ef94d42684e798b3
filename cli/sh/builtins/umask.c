/* SPDX-License-Identifier: MIT */
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

/* Which of user, group and others: a mode with their bits; without any letter all. */
static mode_t read_who(const char **at)
{
	mode_t who = 0;

	for (;; (*at)++) {
		switch (**at) {
		case 'u':
			who |= 0700;
			break;
		case 'g':
			who |= 0070;
			break;
		case 'o':
			who |= 0007;
			break;
		case 'a':
			who |= 0777;
			break;
		default:
			return who ? who : 0777;
		}
	}
}

/* Permissions, in all three places; X is x where any x is allowed or it is a directory: a mask is
   of both, so it is x where anybody has it. */
static mode_t read_permissions(const char **at, mode_t allowed)
{
	mode_t bits = 0;

	switch (**at) {
	case 'u':
	case 'g':
	case 'o': {
		int shift = **at == 'u' ? 6 : **at == 'g' ? 3 : 0;
		(*at)++;
		return (allowed >> shift & 7) * 0111;
	}
	default:
		break;
	}
	for (;; (*at)++) {
		switch (**at) {
		case 'r':
			bits |= 0444;
			break;
		case 'w':
			bits |= 0222;
			break;
		case 'x':
			bits |= 0111;
			break;
		case 'X':
			bits |= allowed & 0111 ? 0111 : 0;
			break;
		case 's':
		case 't':
			break;
		default:
			return bits;
		}
	}
}

/* A symbolic mode (chmod(1)) of what is allowed. Returns 0, or -1: it is none. */
static int read_symbolic(const char *word, mode_t mask, mode_t *ret_mask)
{
	mode_t allowed = ~mask & 0777;

	for (const char *at = word;; at++) {
		mode_t who = read_who(&at);
		if (*at != '+' && *at != '-' && *at != '=')
			return -1;
		while (*at == '+' || *at == '-' || *at == '=') {
			char action = *at++;
			mode_t bits = read_permissions(&at, allowed) & who;
			if (action == '+')
				allowed |= bits;
			else if (action == '-')
				allowed &= ~bits;
			else
				allowed = (allowed & ~who) | bits;
		}
		if (*at == '\0')
			break;
		if (*at != ',')
			return -1;
	}
	*ret_mask = ~allowed & 0777;
	return 0;
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
	if ((is_octal ? read_octal(word, &new_mask) : read_symbolic(word, mask, &new_mask)) < 0)
		return builtin_error_at(sh, word, "%s: is no mode", *word ? word : "\"\"");
	undo_save_umask(sh);
	umask(new_mask);
	return 0;
}
