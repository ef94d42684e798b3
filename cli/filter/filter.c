/* SPDX-License-Identifier: MIT */
/* The way of one `brood filter`: configuration, patterns, inputs, account. */
#include "filter/filter.h"

#include "common/duration.h"
#include "common/environment.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/print.h"
#include "common/signals.h"
#include "common/size.h"
#include "filter/config.h"
#include "filter/files.h"
#include "filter/helper_become.h"
#include "filter/live.h"
#include "filter/stop.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Exit code of a time limit, in every tool. */
#define EXIT_LIMIT 124

/* Whether all that has been read so far can be read again by the helper program. */
static bool can_begin_again(const struct filter_config *config)
{
	struct stat status;

	for (size_t i = 0; i < config->n_patterns; i++) {
		const char *file = config->patterns[i].file;
		if (file && (stat(file, &status) < 0 || !S_ISREG(status.st_mode)))
			return false;
	}
	return true;
}

/* What is selected by patterns, and what is left out. NULL: there are none. */
struct matchers {
	struct matcher *wanted;
	struct matcher *unwanted;
};

/* Returns 0, -ENOSYS (only the helper program can do it), or -EINVAL with why. */
static int make_matcher(const struct filter_config *config, const struct filter_pattern *from,
	size_t n, bool spans, struct matcher **ret_matcher, struct text *why)
{
	struct match_pattern *patterns = memory_get((n + 1) * sizeof *patterns);

	for (size_t i = 0; i < n; i++)
		patterns[i] = (struct match_pattern){ from[i].bytes, from[i].length, from[i].file,
			1 };
	const struct match_spec spec = {
		.patterns = patterns,
		.n_patterns = n,
		.syntax = config->syntax,
		.engine = config->engine,
		.ignore_case = config->ignore_case,
		.words = config->words,
		.lines = config->whole_lines,
		.utf8 = match_is_utf8(environment_get("LC_ALL"), environment_get("LC_CTYPE"),
			environment_get("LANG")),
		.nul_lines = config->nul_lines,
		.spans = spans,
	};
	int r = match_new(ret_matcher, &spec, why);
	free(patterns);
	return r;
}

static bool wants_helper(const struct matcher *matcher)
{
	return matcher && match_wants_hyperscan(matcher);
}

/* Returns 0, or -1 after having said what is wrong. */
static int make_matchers(
	const struct filter_config *config, int argc, char **argv, struct matchers *ret_matchers)
{
	bool spans = config->only_matching || config->color == FILTER_COLOR_ALWAYS;
	const char *of = "";
	struct text why = { 0 };
	int r = 0;

	*ret_matchers = (struct matchers){ 0 };
	if (config->has_patterns)
		r = make_matcher(config, config->patterns, config->n_patterns, spans,
			&ret_matchers->wanted, &why);
	if (r == 0 && config->n_nots > 0) {
		of = "--not: ";
		r = make_matcher(
			config, config->nots, config->n_nots, false, &ret_matchers->unwanted, &why);
	}
	if (can_begin_again(config) && (r == -ENOSYS || wants_helper(ret_matchers->wanted) ||
					       wants_helper(ret_matchers->unwanted)))
		helper_become(argc, argv);
	if (r < 0) {
		message("filter: %s%s", of, why.bytes ? why.bytes : message_errno(-r));
		match_free(ret_matchers->wanted);
	}
	text_done(&why);
	return r < 0 ? -1 : 0;
}

static bool has_names(const struct filter_config *config)
{
	return config->names >= 0 ? config->names > 0 : config->n_files + config->n_fifos > 1;
}

static bool is_live(const struct filter_config *config)
{
	return config->follow || config->n_fifos > 0 ||
	       (config->on_full != FILTER_FULL_BLOCK && config->n_files == 0);
}

static void say_stats(const struct intake *intake, brood_duration start)
{
	const struct selection *selection = intake->selection;
	char ran[DURATION_TEXT_SIZE];

	brood_duration time = duration_now() - start;
	duration_text(time - time % BROOD_MILLISECOND, ran);
	message("filter: %" PRIu64 " lines, %" PRIu64 " selected, %" PRIu64 " bytes in %s, %" PRIu64
		" dropped, %" PRIu64 " cut, by %s",
		selection->n_lines, selection->n_selected, selection->n_bytes, ran,
		intake->output->n_dropped, selection->n_cut,
		selection->matcher ? match_engine_name(selection->matcher) : "no pattern");
}

/* How it ended, when all is closed and nothing of ours is left. */
static int ending(const struct intake *intake, int error)
{
	const struct filter_config *config = intake->config;
	int signal = stop_signal();
	char limit[DURATION_TEXT_SIZE];

	if (error == -EPIPE && stop_by_pipe())
		signals_die_of(SIGPIPE);
	if (signal == SIGALRM) {
		message("filter: time limit of %s reached", duration_text(config->timeout, limit));
		return EXIT_LIMIT;
	}
	if (signal != 0)
		signals_die_of(signal);
	if (error != 0) {
		message("filter: standard output: %s", message_errno(-error));
		return EXIT_TROUBLE;
	}
	if (intake->is_broken)
		return EXIT_TROUBLE;
	if (intake->has_trouble && !(config->quiet && intake->selection->any))
		return EXIT_TROUBLE;
	return intake->selection->any ? EXIT_SELECTED : EXIT_NONE;
}

static int read_inputs(struct filter_config *config, const struct matchers *matchers)
{
	brood_duration start = duration_now();
	struct output output;
	struct show show;
	struct selection selection;

	if (filter_output_open(&output, config) < 0)
		return EXIT_TROUBLE;
	show_init(&show, config, &output, matchers->wanted, has_names(config));
	selection_init(&selection, config, matchers->wanted, matchers->unwanted, &show);
	struct intake intake = {
		.config = config,
		.selection = &selection,
		.output = &output,
		.limits = { config->nul_lines ? '\0' : '\n', config->max_line },
	};
	stop_install(config->timeout);
	if (!is_live(config))
		files_read(&intake);
	else if (live_read(&intake) < 0)
		intake.is_broken = true;
	int error = filter_output_close(&output);
	if (config->stats)
		say_stats(&intake, start);
	selection_done(&selection);
	show_done(&show);
	return ending(&intake, error);
}

/* What cannot select anything is not even read, as with grep: nothing is shown, not even a count.
 */
static bool is_vain(const struct filter_config *config)
{
	return config->list != FILTER_LIST_WITHOUT &&
	       (config->most == 0 || (config->invert && config->n_patterns == 1 &&
					     config->patterns[0].length == 0 && !config->words &&
					     !config->whole_lines));
}

static int filter_execute(struct filter_config *config, int argc, char **argv)
{
	struct matchers matchers;

	if (make_matchers(config, argc, argv, &matchers) < 0)
		return EXIT_TROUBLE;
	int code = is_vain(config) ? EXIT_NONE : read_inputs(config, &matchers);
	match_free(matchers.wanted);
	match_free(matchers.unwanted);
	return code;
}

static int filter_main(int argc, char **argv)
{
	struct filter_config config;
	int code = EXIT_TROUBLE;

	if (filter_config_read(&config, argc, argv) == 0) {
		if (config.help) {
			struct text text = { 0 };
			filter_subcommand.help(&text);
			code = print_text(&text) == 0 ? EXIT_SELECTED : EXIT_TROUBLE;
			text_done(&text);
		} else {
			code = filter_execute(&config, argc, argv);
		}
	}
	filter_config_done(&config);
	return code;
}

static void filter_help(struct text *text)
{
	text_string(text,
		"Usage: brood filter [OPTION...] PATTERN [FILE...]\n"
		"       brood filter [OPTION...] -e PATTERN... [FILE...]\n"
		"       brood filter [OPTION...] --level LEVEL [FILE...]\n\n"
		"Shows the lines that match, as soon as they come: of files, of standard input,\n"
		"of a named pipe (--fifo), of logs that grow (--follow). The letters are grep's.\n\n"
		"Options:\n");
	options_help(&filter_options, text);
	text_string(text,
		"\nTIME of --since and --until:\n  " MOMENT_FORMS ".\n"
		"SIZE: " SIZE_FORMS ".\n\n"
		"Exit codes: 0 a line was selected; 1 none was; 2 something went wrong;\n"
		"124 the time limit passed.\n\n"
		"Examples:\n"
		"  brood filter --fifo /run/app.log -e ERROR -e WARN --not healthz\n"
		"  brood filter --follow --level warn /var/log/app.log\n"
		"  brood filter --where 'status>=500 and latency>0.5' --fields ts,path app.json\n"
		"  brood filter --since -10m -C2 'timeout|refused' /var/log/syslog\n");
}

const struct subcommand filter_subcommand = {
	.name = "filter",
	.summary = "show the lines of logs that match, as they come",
	.options = &filter_options,
	.main = filter_main,
	.help = filter_help,
	.operands = "FILE",
};
