/* SPDX-License-Identifier: MIT */
#include "filter/config.h"

#include "common/memory.h"
#include "common/message.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEFAULT_MAX_LINE ((uint64_t)16 << 20)
#define DEFAULT_KEEP     ((uint64_t)1 << 20)

static void add_pattern(struct filter_pattern **patterns, size_t *n, const char *bytes,
	size_t length, const char *file)
{
	*patterns = memory_resize(*patterns, (*n + 1) * sizeof **patterns);
	(*patterns)[(*n)++] = (struct filter_pattern){ memory_copy(bytes, length), length, file };
}

void filter_config_add_pattern(
	struct filter_config *config, const char *bytes, size_t length, const char *file)
{
	config->has_patterns = true;
	add_pattern(&config->patterns, &config->n_patterns, bytes, length, file);
}

void filter_config_add_not(struct filter_config *config, const char *bytes, size_t length)
{
	add_pattern(&config->nots, &config->n_nots, bytes, length, NULL);
}

/* -5, -12: both -A and -B. */
static bool take_digits(struct filter_config *config, const char *word)
{
	char *end;

	if (word[1] < '0' || word[1] > '9')
		return false;
	size_t number = strtoull(word + 1, &end, 10);
	if (*end != '\0')
		return false;
	config->context = number == SIZE_MAX ? SIZE_MAX - 1 : number;
	return true;
}

/* As in GNU grep, options may stand behind operands. */
static int read_words(struct filter_config *config, int argc, char **argv)
{
	int i = 1;

	config->files = memory_get((size_t)argc * sizeof *config->files);
	while (i < argc) {
		if (strcmp(argv[i], "--") == 0) {
			for (i++; i < argc; i++)
				config->files[config->n_files++] = argv[i];
			break;
		}
		if (argv[i][0] != '-' || argv[i][1] == '\0') {
			config->files[config->n_files++] = argv[i++];
			continue;
		}
		if (take_digits(config, argv[i])) {
			i++;
			continue;
		}
		int taken = options_take(&filter_options, argc, argv, i, config);
		if (taken < 0)
			return taken;
		if (taken == OPTIONS_STOP)
			return 0;
		i += taken;
	}
	return 0;
}

static int refuse(const char *words)
{
	message("filter: %s", words);
	return -1;
}

static int check_inputs(const struct filter_config *config)
{
	if (config->follow && config->n_files == 0)
		return refuse("--follow: which file?");
	if (config->has_tail && !config->follow)
		return refuse("--tail and --since-start need --follow");
	if (config->n_fifos > 0 && config->n_files > 0 && !config->follow)
		return refuse("--fifo: files beside it need --follow");
	for (size_t i = 0; config->follow && i < config->n_files; i++)
		if (strcmp(config->files[i], "-") == 0)
			return refuse("--follow: standard input has no name to follow it by");
	if (config->mode != 0600 && config->n_fifos == 0)
		return refuse("--mode needs --fifo FILE");
	return 0;
}

static int check(struct filter_config *config)
{
	bool has_conditions = config->levels != 0 || config->where || config->has_since ||
			      config->has_until || config->n_nots > 0;

	if (!config->has_patterns && !has_conditions) {
		if (config->n_files == 0)
			return refuse("no pattern was given (brood filter --help)");
		filter_config_add_pattern(config, config->files[0], strlen(config->files[0]), NULL);
		memmove(config->files, config->files + 1,
			--config->n_files * sizeof *config->files);
	}
	if (config->only_matching && !config->has_patterns)
		return refuse("--only-matching needs a pattern");
	if (config->only_matching && config->n_fields > 0)
		return refuse("--only-matching: not with --fields");
	if (config->invert && !config->has_patterns)
		return refuse("--invert-match needs a pattern");
	if (config->has_since && config->has_until && config->since >= config->until)
		return refuse("--until lies before --since");
	if (config->keep != DEFAULT_KEEP && config->on_full != FILTER_FULL_DROP_OLD)
		return refuse("--keep needs --on-full drop-old");
	return check_inputs(config);
}

static void settle_context(struct filter_config *config)
{
	config->has_context = config->has_after || config->has_before ||
			      config->context != SIZE_MAX;
	if (config->context == SIZE_MAX)
		return;
	if (!config->has_after)
		config->after = config->context;
	if (!config->has_before)
		config->before = config->context;
}

int filter_config_read(struct filter_config *config, int argc, char **argv)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	*config = (struct filter_config){
		.most = UINT64_MAX,
		.names = -1,
		.mode = 0600,
		.group_separator = "--",
		.label = "(standard input)",
		.keep = DEFAULT_KEEP,
		.max_line = DEFAULT_MAX_LINE,
		.context = SIZE_MAX,
		.clock.now = (moment)now.tv_sec * BROOD_SECOND + now.tv_nsec,
	};

	int r = read_words(config, argc, argv);
	if (config->help || r < 0)
		return r;
	settle_context(config);
	return check(config);
}

void filter_config_done(struct filter_config *config)
{
	for (size_t i = 0; i < config->n_patterns; i++)
		free(config->patterns[i].bytes);
	free(config->patterns);
	for (size_t i = 0; i < config->n_nots; i++)
		free(config->nots[i].bytes);
	free(config->nots);
	where_free(config->where);
	free(config->fields);
	free(config->fifos);
	free(config->files);
	*config = (struct filter_config){ 0 };
}
