/* SPDX-License-Identifier: MIT */
/* What each option means. */
#include "filter/config.h"

#include "common/duration.h"
#include "common/file.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/size.h"
#include "filter/level.h"

#include <errno.h>
#include <string.h>

#define LARGEST_SIZE     ((uint64_t)1 << 40)
#define LARGEST_PATTERNS ((size_t)1 << 30)

/* The tables of options are long, and so are the names of what they set. */
static struct filter_config *config_of(void *data)
{
	return data;
}

static int take_pattern(void *data, const char *spelled, const char *value)
{
	(void)spelled;
	filter_config_add_pattern(data, value, strlen(value), NULL);
	return 0;
}

static int take_not(void *data, const char *spelled, const char *value)
{
	(void)spelled;
	filter_config_add_not(data, value, strlen(value));
	return 0;
}

static int take_file(void *data, const char *spelled, const char *value)
{
	struct filter_config *config = data;
	struct text text = { 0 };
	int r = file_read(strcmp(value, "-") == 0 ? "/dev/stdin" : value, &text, LARGEST_PATTERNS);

	if (r < 0) {
		message("filter: %s: %s (%s)", value, message_errno(-r), spelled);
	} else {
		/* A file of no lines is a list of no patterns, and nothing matches. */
		config->has_patterns = true;
		if (text.length > 0)
			filter_config_add_pattern(config, text.bytes,
				text.length - (text.bytes[text.length - 1] == '\n'), value);
	}
	text_done(&text);
	return r;
}

static int take_syntax(void *data, const char *spelled, const char *value)
{
	static const char letters[] = "EGFP", *const names[] = { "--extended-regexp",
		"--basic-regexp", "--fixed-strings", "--perl-regexp" };

	(void)value;
	for (size_t i = 0; i < 4; i++)
		if (spelled[1] == letters[i] || strcmp(spelled, names[i]) == 0)
			config_of(data)->syntax = (enum match_syntax)i;
	return 0;
}

static int take_engine(void *data, const char *spelled, const char *value)
{
	static const char *const names[] = { "auto", "pcre2", "built-in", "hyperscan" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(value, names[i]) == 0) {
			config_of(data)->engine = (enum match_engine)i;
			return 0;
		}
	message("filter: %s: '%s' is not auto, built-in, hyperscan or pcre2", spelled, value);
	return -1;
}

/* A number that is too large is the largest one. */
static int take_number(const char *value, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (*value == '\0')
		return -1;
	for (; *value; value++) {
		if (*value < '0' || *value > '9')
			return -1;
		if (__builtin_mul_overflow(number, 10, &number) ||
			__builtin_add_overflow(number, (uint64_t)(*value - '0'), &number))
			number = UINT64_MAX / 10;
	}
	*ret_number = number;
	return 0;
}

static int take_most(void *data, const char *spelled, const char *value)
{
	/* grep takes a negative number for no limit at all. */
	if (value[0] == '-' && take_number(value + 1, &config_of(data)->most) == 0) {
		config_of(data)->most = UINT64_MAX;
		return 0;
	}
	if (take_number(value, &config_of(data)->most) == 0)
		return 0;
	message("filter: %s: '%s' is not a number of lines", spelled, value);
	return -1;
}

static int take_lines(const char *spelled, const char *value, size_t *ret_lines)
{
	uint64_t number;

	if (take_number(value, &number) == 0) {
		*ret_lines = number;
		return 0;
	}
	message("filter: %s: '%s' is not a number of lines", spelled, value);
	return -1;
}

static int take_after(void *data, const char *spelled, const char *value)
{
	config_of(data)->has_after = true;
	return take_lines(spelled, value, &config_of(data)->after);
}

static int take_before(void *data, const char *spelled, const char *value)
{
	config_of(data)->has_before = true;
	return take_lines(spelled, value, &config_of(data)->before);
}

static int take_context(void *data, const char *spelled, const char *value)
{
	return take_lines(spelled, value, &config_of(data)->context);
}

static int take_separator(void *data, const char *spelled, const char *value)
{
	(void)spelled;
	config_of(data)->group_separator = value;
	return 0;
}

static int take_names(void *data, const char *spelled, const char *value)
{
	(void)value;
	config_of(data)->names = strcmp(spelled, "-H") == 0 ||
				 strcmp(spelled, "--with-filename") == 0;
	return 0;
}

static int take_list(void *data, const char *spelled, const char *value)
{
	(void)value;
	config_of(data)->list = strcmp(spelled, "-l") == 0 ||
						strcmp(spelled, "--files-with-matches") == 0
					? FILTER_LIST_WITH
					: FILTER_LIST_WITHOUT;
	return 0;
}

static int take_case(void *data, const char *spelled, const char *value)
{
	(void)value;
	config_of(data)->ignore_case = strcmp(spelled, "--no-ignore-case") != 0;
	return 0;
}

static int take_color(void *data, const char *spelled, const char *value)
{
	static const char *const names[] = { "never", "auto", "always" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(value ? value : "auto", names[i]) == 0) {
			config_of(data)->color = (enum filter_color)i;
			return 0;
		}
	message("filter: %s: '%s' is not auto, always or never", spelled, value);
	return -1;
}

static int refuse_recursion(void *data, const char *spelled, const char *value)
{
	(void)data;
	(void)value;
	message("filter: %s: folders are not searched; name the files, as in "
		"find . -type f -exec brood filter PATTERN {} +",
		spelled);
	return -1;
}

static int take_level(void *data, const char *spelled, const char *value)
{
	config_of(data)->levels = level_mask(value);
	if (config_of(data)->levels != 0)
		return 0;
	message("filter: %s: '%s' is not a level that a line can have (accepted: " LEVEL_FORMS ")",
		spelled, value);
	return -1;
}

static int take_where(void *data, const char *spelled, const char *value)
{
	struct filter_config *config = data;
	struct text why = { 0 };
	size_t column = 0;

	where_free(config->where);
	config->where = NULL;
	int r = where_new(&config->where, value, &why, &column);
	if (r < 0)
		message("filter: %s:%zu: %s (accepted: " WHERE_FORMS ")", spelled, column,
			why.bytes);
	text_done(&why);
	return r;
}

static int take_fields(void *data, const char *spelled, const char *value)
{
	struct filter_config *config = data;

	config->n_fields = 0;
	for (const char *name = value;; name++) {
		size_t length = strcspn(name, ",");
		if (length == 0 || config->n_fields == FIELDS_MOST) {
			message(length == 0 ? "filter: %s: '%s' holds an empty name"
					    : "filter: %s: '%s' holds too many names",
				spelled, value);
			return -1;
		}
		config->fields = memory_resize(
			config->fields, (config->n_fields + 1) * sizeof *config->fields);
		config->fields[config->n_fields++] = (struct field_name){ name, length };
		name += length;
		if (*name == '\0')
			return 0;
	}
}

static int take_moment(
	struct filter_config *config, const char *spelled, const char *value, moment *ret_moment)
{
	if (moment_of_option(&config->clock, value, ret_moment))
		return 0;
	message("filter: %s: '%s' is not a time (accepted: " MOMENT_FORMS ")", spelled, value);
	return -1;
}

static int take_since(void *data, const char *spelled, const char *value)
{
	config_of(data)->has_since = true;
	return take_moment(data, spelled, value, &config_of(data)->since);
}

static int take_until(void *data, const char *spelled, const char *value)
{
	config_of(data)->has_until = true;
	return take_moment(data, spelled, value, &config_of(data)->until);
}

static int take_fifo(void *data, const char *spelled, const char *value)
{
	struct filter_config *config = data;

	if (value[0] == '\0') {
		message("filter: %s: the name of the FIFO is empty", spelled);
		return -1;
	}
	config->fifos = memory_resize(config->fifos, (config->n_fifos + 1) * sizeof *config->fifos);
	/* As argv has it: nothing writes to it. */
	config->fifos[config->n_fifos++] = (char *)(uintptr_t)value;
	return 0;
}

static int take_mode(void *data, const char *spelled, const char *value)
{
	unsigned int mode = 0;

	for (const char *digit = value; *digit && mode <= 0777; digit++)
		mode = *digit >= '0' && *digit <= '7' ? mode * 8 + (unsigned int)(*digit - '0')
						      : 01000;
	if (value[0] == '\0' || mode > 0777) {
		message("filter: %s: '%s' is not a mode (accepted: 600, 0660)", spelled, value);
		return -1;
	}
	config_of(data)->mode = mode;
	return 0;
}

static int take_tail(void *data, const char *spelled, const char *value)
{
	config_of(data)->has_tail = true;
	if (!value) {
		config_of(data)->tail = UINT64_MAX;
		return 0;
	}
	if (take_number(value, &config_of(data)->tail) == 0)
		return 0;
	message("filter: %s: '%s' is not a number of lines", spelled, value);
	return -1;
}

static int take_on_full(void *data, const char *spelled, const char *value)
{
	struct filter_config *config = data;

	if (strcmp(value, "block") == 0)
		config->on_full = FILTER_FULL_BLOCK;
	else if (strcmp(value, "drop-old") == 0)
		config->on_full = FILTER_FULL_DROP_OLD;
	else if (strncmp(value, "spill=", 6) == 0 && value[6] != '\0') {
		config->on_full = FILTER_FULL_SPILL;
		config->spill_path = value + 6;
	} else {
		message("filter: %s: '%s' is not block, drop-old or spill=FILE", spelled, value);
		return -1;
	}
	return 0;
}

static int take_size(const char *spelled, const char *value, uint64_t least, uint64_t *ret_size)
{
	int r = size_parse(value, ret_size);

	if (r == 0 && *ret_size >= least && *ret_size <= LARGEST_SIZE)
		return 0;
	if (r == -EINVAL)
		message("filter: %s: '%s' is not a size (accepted: " SIZE_FORMS ")", spelled,
			value);
	else
		message("filter: %s: '%s' is too %s a size (accepted: %llu to 1T)", spelled, value,
			r == 0 && *ret_size < least ? "small" : "large", (unsigned long long)least);
	return -1;
}

static int take_keep(void *data, const char *spelled, const char *value)
{
	return take_size(spelled, value, 1024, &config_of(data)->keep);
}

static int take_max_line(void *data, const char *spelled, const char *value)
{
	return take_size(spelled, value, 1, &config_of(data)->max_line);
}

static int take_pipe_size(void *data, const char *spelled, const char *value)
{
	config_of(data)->has_pipe_size = true;
	return take_size(spelled, value, 0, &config_of(data)->pipe_size);
}

static int take_timeout(void *data, const char *spelled, const char *value)
{
	int r = duration_parse(value, &config_of(data)->timeout);

	if (r < 0)
		message("filter: %s: '%s' is not a duration (accepted: " DURATION_FORMS ")",
			spelled, value);
	if (config_of(data)->timeout == DURATION_OFF)
		config_of(data)->timeout = 0;
	return r;
}

static int take_help(void *data, const char *spelled, const char *value)
{
	(void)spelled;
	(void)value;
	config_of(data)->help = true;
	return 1;
}

#define FIELD(name) offsetof(struct filter_config, name)

static const struct option_row rows[] = {
	{ "regexp", 'e', OPTION_VALUE, "PATTERN", "a pattern; several: one of them", take_pattern,
		0 },
	{ "file", 'f', OPTION_VALUE, "FILE", "patterns, one a line, of a file (-: standard input)",
		take_file, 0 },
	{ "extended-regexp", 'E', OPTION_ALONE, NULL,
		"patterns are extended regular expressions (default)", take_syntax, 0 },
	{ "fixed-strings", 'F', OPTION_ALONE, NULL, "patterns are strings", take_syntax, 0 },
	{ "basic-regexp", 'G', OPTION_ALONE, NULL, "patterns are basic regular expressions",
		take_syntax, 0 },
	{ "perl-regexp", 'P', OPTION_ALONE, NULL, "patterns are those of Perl", take_syntax, 0 },
	{ "ignore-case", 'i', OPTION_ALONE, NULL, "letters match in either case", take_case, 0 },
	{ "no-ignore-case", 0, OPTION_ALONE, NULL, "they do not (default)", take_case, 0 },
	{ "word-regexp", 'w', OPTION_ALONE, NULL, "a pattern matches whole words only", NULL,
		FIELD(words) },
	{ "line-regexp", 'x', OPTION_ALONE, NULL, "a pattern matches whole lines only", NULL,
		FIELD(whole_lines) },
	{ "invert-match", 'v', OPTION_ALONE, NULL, "select the lines that no pattern matches", NULL,
		FIELD(invert) },
	{ "not", 0, OPTION_VALUE, "PATTERN", "and that this pattern does not match either",
		take_not, 0 },
	{ "level", 0, OPTION_VALUE, "LEVEL",
		"and of that level: warn (and above), '<error',\n'=info', 'debug,error'",
		take_level, 0 },
	{ "where", 0, OPTION_VALUE, "CONDITION",
		"and with such fields (JSON, logfmt):\n'level>=warn and latency>500'", take_where,
		0 },
	{ "since", 0, OPTION_VALUE, "TIME", "and with that time or a later one; -10m: ago",
		take_since, 0 },
	{ "until", 0, OPTION_VALUE, "TIME", "and with an earlier time", take_until, 0 },
	{ "count", 'c', OPTION_ALONE, NULL, "show how many lines were selected instead", NULL,
		FIELD(count) },
	{ "max-count", 'm', OPTION_VALUE, "N", "stop after so many selected lines of an input",
		take_most, 0 },
	{ "quiet", 'q', OPTION_ALONE, NULL, "show nothing, end at the first selected line", NULL,
		FIELD(quiet) },
	{ "no-messages", 's', OPTION_ALONE, NULL, "be silent about files that cannot be read", NULL,
		FIELD(no_messages) },
	{ "files-with-matches", 'l', OPTION_ALONE, NULL,
		"show the names of inputs with a selected line\ninstead", take_list, 0 },
	{ "files-without-match", 'L', OPTION_ALONE, NULL, "show the names of those without one",
		take_list, 0 },
	{ "line-number", 'n', OPTION_ALONE, NULL, "show the number of each line", NULL,
		FIELD(line_numbers) },
	{ "byte-offset", 'b', OPTION_ALONE, NULL, "show where in the input each line begins", NULL,
		FIELD(byte_offsets) },
	{ "with-filename", 'H', OPTION_ALONE, NULL, "show the name of the input of each line",
		take_names, 0 },
	{ "no-filename", 'h', OPTION_ALONE, NULL, "do not, though there are several", take_names,
		0 },
	{ "label", 0, OPTION_VALUE, "NAME", "the name of standard input", NULL, FIELD(label) },
	{ "only-matching", 'o', OPTION_ALONE, NULL, "show what matches, each on its own line", NULL,
		FIELD(only_matching) },
	{ "fields", 0, OPTION_VALUE, "NAME,NAME", "show these fields, with tabs between them",
		take_fields, 0 },
	{ "null-data", 'z', OPTION_ALONE, NULL, "lines end with NUL, not with newline", NULL,
		FIELD(nul_lines) },
	{ "null", 'Z', OPTION_ALONE, NULL, "put NUL behind names of inputs", NULL,
		FIELD(nul_names) },
	{ "after-context", 'A', OPTION_VALUE, "N", "show N lines behind each selected one as well",
		take_after, 0 },
	{ "before-context", 'B', OPTION_VALUE, "N", "show N lines before each selected one",
		take_before, 0 },
	{ "context", 'C', OPTION_VALUE, "N", "both; -N is the same", take_context, 0 },
	{ "group-separator", 0, OPTION_VALUE, "TEXT", "what stands between groups of lines (--)",
		take_separator, 0 },
	{ "no-group-separator", 0, OPTION_ALONE, NULL, "nothing stands there", take_separator, 0 },
	{ "color", 0, OPTION_MAYBE, "auto|always|never", "mark what matches, as GREP_COLORS says",
		take_color, 0 },
	{ "text", 'a', OPTION_ALONE, NULL, "is always so: binary data is text", NULL,
		FIELD(ignored) },
	{ "line-buffered", 0, OPTION_ALONE, NULL, "is not needed: lines come out at once", NULL,
		FIELD(ignored) },
	{ "recursive", 'r', OPTION_ALONE, NULL, "is refused", refuse_recursion, 0 },
	{ "dereference-recursive", 'R', OPTION_ALONE, NULL, "is refused", refuse_recursion, 0 },
	{ "fifo", 0, OPTION_VALUE, "FILE",
		"read a named pipe: make it if it is not there, hold\n"
		"it open while writers come and go, remove it again",
		take_fifo, 0 },
	{ "mode", 0, OPTION_VALUE, "MODE", "the permissions of a FIFO that is made (600)",
		take_mode, 0 },
	{ "follow", 0, OPTION_ALONE, NULL,
		"go on reading files that grow, are rotated, cut off\nor not there yet", NULL,
		FIELD(follow) },
	{ "tail", 0, OPTION_VALUE, "N", "with --follow: begin N lines before the end (0)",
		take_tail, 0 },
	{ "since-start", 0, OPTION_ALONE, NULL, "with --follow: begin at the beginning", take_tail,
		0 },
	{ "on-full", 0, OPTION_VALUE, "block|drop-old|spill=FILE",
		"what to do when the output does not take more (block)", take_on_full, 0 },
	{ "keep", 0, OPTION_VALUE, "SIZE", "with drop-old: so much is kept (1M)", take_keep, 0 },
	{ "max-line", 0, OPTION_VALUE, "SIZE", "cut longer lines (16M)", take_max_line, 0 },
	{ "pipe-size", 0, OPTION_VALUE, "SIZE",
		"of the pipes we read and write (1M when they are\nfull; 0: leave them alone)",
		take_pipe_size, 0 },
	{ "engine", 0, OPTION_VALUE, "auto|built-in|hyperscan|pcre2",
		"what looks for the patterns (auto)", take_engine, 0 },
	{ "timeout", 't', OPTION_VALUE, "TIME", "end after that long; exit code 124", take_timeout,
		0 },
	{ "stats", 0, OPTION_ALONE, NULL, "say at the end how much there was", NULL, FIELD(stats) },
	{ "help", 0, OPTION_ALONE, NULL, "show this help", take_help, 0 },
};

const struct option_table filter_options = { "filter", rows, sizeof rows / sizeof *rows };
