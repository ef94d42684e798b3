/* SPDX-License-Identifier: MIT */
#include "common/file_mask.h"

#include <errno.h>

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

int file_mask_parse_symbolic(const char *word, mode_t mask, mode_t *ret_mask)
{
	mode_t allowed = ~mask & 0777;

	for (const char *at = word;; at++) {
		mode_t who = read_who(&at);
		if (*at != '+' && *at != '-' && *at != '=')
			return -EINVAL;
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
			return -EINVAL;
	}
	*ret_mask = ~allowed & 0777;
	return 0;
}
