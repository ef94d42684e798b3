/* SPDX-License-Identifier: MIT */
/* Picks the tool; nothing else. */
#include "common/completion.h"
#include "common/exit_code.h"
#include "common/message.h"
#include "common/options.h"
#include "common/print.h"
#include "common/standard_fds.h"
#include "common/subcommand.h"
#include "exec/exec.h"
#include "filter/filter.h"
#include "mailbox/mailbox.h"
#include "pipe/pipe.h"
#include "pipe/relay.h"
#include "run/run.h"
#include "run/timeout.h"
#include "sh/sh.h"

#include <string.h>

static const struct subcommand *const tools[] = {
	&exec_subcommand,
	&filter_subcommand,
	&mailbox_subcommand,
	&pipe_subcommand,
	&run_subcommand,
	&sh_subcommand,
};

struct main_config {
	bool help;
	bool version;
};

static const struct option_row rows[] = {
	{ "help", 'h', OPTION_ALONE, NULL, "show this help", NULL,
		offsetof(struct main_config, help) },
	{ "version", 'V', OPTION_ALONE, NULL, "show the version", NULL,
		offsetof(struct main_config, version) },
};

static const struct option_table table = { NULL, rows, sizeof rows / sizeof *rows };

static void add_help(struct text *text)
{
	text_string(text,
		"Usage: brood TOOL [OPTION...] ...\n"
		"       brood help TOOL [ACTION]\n"
		"       brood completion bash|fish|zsh\n\n"
		"Runs, joins and queues commands, and filters logs: with limits, and with an\n"
		"answer to what became of them.\n\nTools:\n");
	for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
		text_format(text, "  %-24s %s\n", tools[i]->name, tools[i]->summary);
	text_string(text, "\nOptions:\n");
	options_help(&table, text);
	text_string(text,
		"\nCalled through a link named timeout, it is timeout(1); named sh, it is sh(1).\n\n"
		"Exit codes: the command's own; 124 a time limit passed; 125 brood itself\n"
		"failed; 126 the command cannot be executed; 127 it was not found; 128+n\n"
		"signal n killed it.\n");
}

static const struct subcommand *find_tool(const char *name)
{
	return subcommand_find(tools, sizeof tools / sizeof *tools, name);
}

static int unknown_tool(const char *name)
{
	const struct subcommand *near = subcommand_near(tools, sizeof tools / sizeof *tools, name);

	if (near)
		message("%s is no tool; did you mean brood %s?", name, near->name);
	else if (text_is_near(name, "help"))
		message("%s is no tool; did you mean brood help?", name);
	else
		message("%s is no tool (brood --help lists them)", name);
	return EXIT_BROOD;
}

/* action: NULL if only the tool was named; words behind the name of a tool without actions do not
   matter. */
static int show_help(const char *name, const char *action)
{
	const struct subcommand *tool = name ? find_tool(name) : NULL;
	struct text text = { 0 };

	if (name && !tool)
		return unknown_tool(name);
	if (tool && tool->n_actions > 0 && action) {
		const struct subcommand *found = subcommand_find(
			tool->actions, tool->n_actions, action);
		return found ? subcommand_show_help(found) : subcommand_no_action(tool, action);
	}
	if (tool)
		return subcommand_show_help(tool);
	add_help(&text);
	int code = print_text(&text);
	text_done(&text);
	return code;
}

static int show_completion(const char *shell)
{
	static const struct completion completion = { &table, tools, sizeof tools / sizeof *tools };
	struct text text = { 0 };

	if (!shell || completion_add(&text, &completion, shell) < 0) {
		message("completion: %s (accepted: " COMPLETION_SHELLS ")",
			shell ? "no such shell" : "which shell?");
		return EXIT_BROOD;
	}
	int code = print_text(&text);
	text_done(&text);
	return code;
}

static int show_version(void)
{
	struct text text = { 0 };

	text_string(&text, "brood " BROOD_VERSION "\n");
#ifdef BROOD_WITHOUT_PCRE2
	text_string(&text, "Built without PCRE2: brood filter finds strings only.\n");
#endif
#ifdef BROOD_WITHOUT_SECCOMP
	text_string(&text, "Built without libseccomp and libjansson: there is no --seccomp.\n");
#endif
	int code = print_text(&text);
	text_done(&text);
	return code;
}

/* sh, and -sh as login(1) says it. */
static bool is_shell_name(const char *name)
{
	return strcmp(text_base_name(name[0] == '-' ? name + 1 : name), "sh") == 0;
}

int main(int argc, char **argv)
{
	struct main_config config = { 0 };

	/* A shell is told by what is closed, and passes it on. */
	if (argc > 0 && is_shell_name(argv[0]))
		return sh_main(argc, argv);
	if (argc > 1 && strcmp(argv[1], "sh") == 0)
		return sh_main(argc - 1, argv + 1);
	standard_fds_occupy();
	if (argc > 0 && strcmp(text_base_name(argv[0]), TIMEOUT_NAME) == 0)
		return timeout_main(argc, argv);
	if (argc > 1 && strcmp(argv[1], PIPE_RELAY_NAME) == 0)
		return pipe_relay_main(argc - 1, argv + 1);
	const struct subcommand *tool = argc > 1 ? find_tool(argv[1]) : NULL;
	if (tool)
		return tool->main(argc - 1, argv + 1);

	int first = options_parse(&table, argc, argv, &config);
	if (first < 0)
		return EXIT_BROOD;
	if (config.help)
		return show_help(NULL, NULL);
	if (config.version)
		return show_version();
	if (first >= argc) {
		message("no tool was named (brood --help lists them)");
		return EXIT_BROOD;
	}
	tool = find_tool(argv[first]);
	if (tool)
		return tool->main(argc - first, argv + first);
	if (strcmp(argv[first], "help") == 0)
		return show_help(argv[first + 1], first + 1 < argc ? argv[first + 2] : NULL);
	if (strcmp(argv[first], "completion") == 0)
		return show_completion(argv[first + 1]);
	return unknown_tool(argv[first]);
}
