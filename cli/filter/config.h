/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/options.h"
#include "filter/match.h"
#include "filter/moment.h"
#include "filter/where.h"

#include <brood/base.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What the command line of brood filter says.
 */

#define EXIT_SELECTED 0
#define EXIT_NONE     1
#define EXIT_TROUBLE  2

enum filter_color { FILTER_COLOR_NEVER, FILTER_COLOR_AUTO, FILTER_COLOR_ALWAYS };

/* What happens to lines that the output does not take. */
enum filter_full { FILTER_FULL_BLOCK, FILTER_FULL_DROP_OLD, FILTER_FULL_SPILL };

enum filter_list { FILTER_LIST_NONE, FILTER_LIST_WITH, FILTER_LIST_WITHOUT };

struct filter_pattern {
	char *bytes; /* owned */
	size_t length;
	const char *file; /* NULL: the command line */
};

struct filter_config {
	struct filter_pattern *patterns;
	size_t n_patterns;
	bool has_patterns;           /* none in an empty file is not the same as none said */
	struct filter_pattern *nots; /* --not */
	size_t n_nots;
	enum match_syntax syntax;
	enum match_engine engine;
	bool ignore_case;
	bool invert;
	bool words;
	bool whole_lines;

	unsigned int levels; /* mask of 1 << level; 0: all, and those without one */
	struct where *where;
	bool has_since, has_until;
	moment since, until;
	struct moment_reader clock;

	bool count;
	uint64_t most; /* UINT64_MAX: without limit */
	bool quiet;
	bool no_messages;
	enum filter_list list;
	bool line_numbers;
	bool byte_offsets;
	int names; /* -H 1, -h 0, -1: when there are several inputs */
	bool only_matching;
	bool nul_lines;
	bool nul_names;
	bool has_context;
	size_t before, after;
	const char *group_separator; /* NULL: none */
	const char *label;
	enum filter_color color;
	struct field_name *fields; /* --fields; they point into fields_text */
	size_t n_fields;
	const char *fields_text;

	char **fifos; /* pointers into argv */
	size_t n_fifos;
	mode_t mode;
	bool follow;
	bool has_tail;
	uint64_t tail; /* UINT64_MAX: all that is there */
	enum filter_full on_full;
	const char *spill_path;
	uint64_t keep;
	uint64_t max_line;
	bool has_pipe_size;
	uint64_t pipe_size;
	bool stats;
	brood_duration timeout; /* 0: none */

	char **files; /* operands, pointers into argv */
	size_t n_files;
	bool help;
	bool ignored;          /* where options go that mean nothing */
	size_t context_digits; /* of -NUM: SIZE_MAX: none */
	bool has_before, has_after;
	size_t context;
};

extern const struct option_table filter_options;

/* Reads a command line. Returns 0, or -1 after having said what is wrong. */
int filter_config_read(struct filter_config *config, int argc, char **argv);

/* For the options: the bytes are copied. file may be NULL. */
void filter_config_add_pattern(
	struct filter_config *config, const char *bytes, size_t length, const char *file);

/* The same for --not. */
void filter_config_add_not(struct filter_config *config, const char *bytes, size_t length);

void filter_config_done(struct filter_config *config);
