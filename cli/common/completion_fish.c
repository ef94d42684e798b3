/* SPDX-License-Identifier: MIT */
#include "common/completion_parts.h"

#include <string.h>

/* What each kind of value offers besides words that stand for themselves. */
static const char *call_of(const struct completion_kind *kind)
{
	static const struct {
		const char *kind;
		const char *call;
	} calls[] = {
		{ "DIR", "(__fish_complete_directories)" },
		{ "SIGNAL", "(kill -l | string split -n \" \")" },
		{ "USER", "(__fish_complete_users)" },
		{ "GROUP", "(__brood_list (__fish_complete_groups))" },
		{ "CAP", "(__brood_list " COMPLETION_CAPABILITIES ")" },
		{ "BOX", "(__brood_boxes)" },
		{ "ID", "(__brood_ids)" },
		{ "STATE", "(__brood_list " COMPLETION_STATES ")" },
		{ "OPTION", COMPLETION_SET_OPTIONS },
		{ "LEVEL", "(__brood_list " COMPLETION_LEVELS ")" },
		{ "STAGE", "(__brood_stage)" },
		{ "STAGES", "(__brood_stage)" },
	};

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (completion_is_kind(kind, calls[i].kind))
			return calls[i].call;
	return NULL;
}

static void add_offers(struct text *text, const char *names)
{
	struct completion_kind kind;
	bool has_any = false;

	while (completion_next_kind(&names, &kind)) {
		const char *call = call_of(&kind);
		if (!call && !completion_is_literal(&kind))
			continue;
		text_string(text, has_any ? " " : " -a '");
		has_any = true;
		if (call)
			text_string(text, call);
		else
			text_format(text, "%.*s", completion_literal_length(&kind), kind.word);
	}
	if (has_any)
		text_string(text, "'");
}

static void add_row(struct text *text, const char *place, const struct option_row *row)
{
	bool has_files = completion_has_kind(row->value_name, "FILE") ||
			 completion_has_kind(row->value_name, "PATH");

	text_format(text, "complete -c brood -n '__brood_at %s'", place);
	if (row->name)
		text_format(text, " -l %s", row->name);
	if (row->letter)
		text_format(text, " -s %c", row->letter);
	if (row->takes == OPTION_VALUE)
		text_string(text, has_files ? " -r -F" : " -x");
	add_offers(text, row->value_name);
	text_string(text, " -d '");
	completion_add_help(text, row->help, "\\'", "\\");
	text_string(text, "'\n");
}

static void add_needs(struct text *text, const char *place, const struct subcommand *subcommand)
{
	for (size_t i = 0; i < subcommand->options->n_rows; i++) {
		const struct option_row *row = &subcommand->options->rows[i];
		if (row->takes != OPTION_VALUE)
			continue;
		if (row->name)
			text_format(text, " %s:--%s", place, row->name);
		if (row->letter)
			text_format(text, " %s:-%c", place, row->letter);
	}
}

static void add_command_place(
	struct text *text, const char *place, const struct subcommand *subcommand)
{
	if (completion_has_commands(subcommand))
		text_format(text, " %s", place);
}

static const char *operands_of(const struct subcommand *subcommand)
{
	static const struct {
		const char *operands;
		const char *words;
	} kinds[] = {
		{ "COMMAND", "-a '(__fish_complete_command)'" },
		{ "PIPELINE", "-a '(__brood_first)'" },
		{ "FILE", "-F" },
		{ "ID", "-a '(__brood_ids)'" },
	};

	for (size_t i = 0; subcommand->operands && i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(subcommand->operands, kinds[i].operands) == 0)
			return kinds[i].words;
	return NULL;
}

static void add_offer(struct text *text, const char *place, const struct subcommand *offered)
{
	text_format(text, "complete -c brood -n '__brood_at %s' -a %s -d '", place, offered->name);
	completion_add_help(text, offered->summary, "\\'", "\\");
	text_string(text, "'\n");
}

static void add_place(struct text *text, const char *place, const struct subcommand *subcommand)
{
	const char *operands = operands_of(subcommand);

	if (operands)
		text_format(text, "complete -c brood -n '__brood_at %s' %s\n", place, operands);
	for (size_t i = 0; i < subcommand->n_actions; i++) {
		add_offer(text, place, subcommand->actions[i]);
		text_format(text, "complete -c brood -n '__brood_at help_%s' -a %s\n", place,
			subcommand->actions[i]->name);
	}
	for (size_t i = 0; i < subcommand->options->n_rows; i++)
		add_row(text, place, &subcommand->options->rows[i]);
}

static void add_acting(struct text *text, const char *place, const struct subcommand *subcommand)
{
	if (subcommand->n_actions > 0)
		text_format(text, " %s", place);
}

static const char helpers[] =
	"# The place (a tool, TOOL_ACTION), and that of the command's first word if there is one.\n"
	"function __brood_place\n"
	"\tset -l words (commandline -opc)\n"
	"\tset -l place\n"
	"\tset -l i 2\n"
	"\twhile test $i -le (count $words)\n"
	"\t\tset -l word $words[$i]\n"
	"\t\tif contains -- \"$place:$word\" $__brood_needs\n"
	"\t\t\tset i (math $i + 1)\n"
	"\t\telse if test \"$word\" = --; and contains -- \"$place\" $__brood_commands\n"
	"\t\t\techo $place\n"
	"\t\t\techo (math $i + 1)\n"
	"\t\t\treturn\n"
	"\t\telse if string match -q -- '-*' $word\n"
	"\t\t\ttrue\n"
	"\t\telse if test -z \"$place\"\n"
	"\t\t\tset place $word\n"
	"\t\telse if contains -- \"$place\" $__brood_acting help\n"
	"\t\t\tset place {$place}_$word\n"
	"\t\telse if contains -- \"$place\" $__brood_commands; and not string match -q '*=*' -- "
	"$word\n"
	"\t\t\techo $place\n"
	"\t\t\techo $i\n"
	"\t\t\treturn\n"
	"\t\tend\n"
	"\t\tset i (math $i + 1)\n"
	"\tend\n"
	"\techo \"$place\"\n"
	"end\n"
	"function __brood_at\n"
	"\tset -l place (__brood_place)\n"
	"\ttest (count $place) -eq 1; and test \"$place\" = \"$argv\"\n"
	"end\n"
	"function __brood_has_command\n"
	"\ttest (count (__brood_place)) -eq 2\n"
	"end\n"
	"# In a pipeline each command begins behind the last lone |.\n"
	"function __brood_command\n"
	"\tset -l place (__brood_place)\n"
	"\tset -l first $place[2]\n"
	"\tset -l words (commandline -opc)\n"
	"\tif test \"$place[1]\" = pipe; and __brood_is_stage $first\n"
	"\t\t__brood_stage\n"
	"\t\techo --tee\n"
	"\t\treturn\n"
	"\tend\n"
	"\tif test \"$place[1]\" = pipe\n"
	"\t\tfor i in (seq (count $words))\n"
	"\t\t\ttest $i -ge $first; and test \"$words[$i]\" = '|'; and set first (math $i + 1)\n"
	"\t\tend\n"
	"\tend\n"
	"\tset -l before\n"
	"\ttest $first -le (count $words); and set before (string escape -- $words[$first..-1])\n"
	"\tcomplete -C (string join ' ' -- $before (commandline -ct))\n"
	"end\n"
	"function __brood_boxes\n"
	"\tset -l all ~/.local/state\n"
	"\tset -q XDG_STATE_HOME; and set all $XDG_STATE_HOME\n"
	"\tstring match -q '*/*' -- (commandline -ct); and __fish_complete_directories; and return\n"
	"\tfor box in $all/brood/mailbox/*/\n"
	"\t\tbasename $box\n"
	"\tend\n"
	"end\n"
	"# Those of the mailbox that the command line names.\n"
	"function __brood_ids\n"
	"\tset -l words (commandline -opc)\n"
	"\tset -l box\n"
	"\tfor i in (seq (count $words))\n"
	"\t\tswitch $words[$i]\n"
	"\t\t\tcase -b --box\n"
	"\t\t\t\tset -a box -b $words[(math $i + 1)]\n"
	"\t\t\tcase '--box=*'\n"
	"\t\t\t\tset -a box -b (string replace -- --box= '' $words[$i])\n"
	"\t\tend\n"
	"\tend\n"
	"\tswitch \"$(__brood_place)\"\n"
	"\t\tcase '*_log' '*_ls' '*_wait'\n"
	"\t\t\tset -a box --all\n"
	"\t\tcase '*_retry'\n"
	"\t\t\tset -a box --state dead\n"
	"\tend\n"
	"\t__brood_list ($words[1] mailbox ls $box 2>/dev/null | string match -r '^[0-9]+')\n"
	"end\n"
	"# Words, the last of several with commas between them.\n"
	"function __brood_list\n"
	"\tset -l head (commandline -ct | string replace -r '^--[a-z-]+=' '' |\n"
	"\t\tstring replace -r '[^,]*$' '')\n"
	"\tfor word in $argv\n"
	"\t\techo \"$head$word\"\n"
	"\tend\n"
	"end\n"
	"complete -c brood -f\n";

static const char stages[] =
	"# A stage that is one word: options in brackets, a command, its arguments.\n"
	"function __brood_stage\n"
	"\tset -l token (commandline -ct | string replace -r '^(--[a-z-]+=)?[\\'\"]?' '')\n"
	"\tset -l stage (string replace -r '.*\\|' '' -- $token | string trim -l)\n"
	"\tset -l word (string replace -r '.*[\\[ ]' '' -- $stage)\n"
	"\tset -l found\n"
	"\tif string match -qr '^\\[[^\\]]*$' -- $stage\n"
	"\t\tswitch $word\n"
	"\t\t\tcase 'err=*'\n"
	"\t\t\t\tset found err={join,drop} (__brood_files err= $word)\n"
	"\t\t\tcase 'cwd=*'\n"
	"\t\t\t\tset found (__brood_files cwd= $word | string match '*/')\n"
	"\t\t\tcase '*=*'\n"
	"\t\t\tcase '*'\n"
	"\t\t\t\tset found (string split ' ' '" COMPLETION_STAGE_OPTIONS "')\n"
	"\t\tend\n"
	"\telse\n"
	"\t\tset stage (string replace -r '^\\[[^\\]]*\\]\\s*' '' -- $stage)\n"
	"\t\tset word (string replace -r '.* ' '' -- $stage)\n"
	"\t\tset found (complete -C \"$stage\")\n"
	"\tend\n"
	"\tset -l length (math (string length -- \"$token\") - (string length -- \"$word\"))\n"
	"\tset -l head (string sub -l $length -- \"$token\")\n"
	"\tfor one in $found\n"
	"\t\techo \"$head$one\"\n"
	"\tend\n"
	"end\n"
	"function __brood_files\n"
	"\tfor file in (string replace $argv[1] '' -- $argv[2])*\n"
	"\t\ttest -d $file; and echo $argv[1]$file/; or echo $argv[1]$file\n"
	"\tend\n"
	"end\n"
	"# Whether the word is a stage, and not a part of one.\n"
	"function __brood_is_stage\n"
	"\tset -l words (commandline -opc)\n"
	"\tstring match -qr '^[\\'\"]?\\[|[\\'\" ]' -- (commandline -ct)\n"
	"\tor string match -q '* *' -- \"$words[$argv[1]]\"\n"
	"end\n"
	"function __brood_first\n"
	"\t__brood_is_stage 0; and __brood_stage; or __fish_complete_command\n"
	"end\n";

static void add_tools(struct text *text, const struct completion *completion)
{
	for (size_t i = 0; i < completion->n_tools; i++) {
		add_offer(text, "\"\"", completion->tools[i]);
		text_format(text, "complete -c brood -n '__brood_at help' -a %s\n",
			completion->tools[i]->name);
	}
}

void completion_add_fish(struct text *text, const struct completion *completion)
{
	text_string(text, "# fish completion of brood, made by `brood completion fish`.\n"
			  "set -g __brood_needs");
	completion_each_place(text, completion, add_needs);
	text_string(text, "\nset -g __brood_acting");
	completion_each_place(text, completion, add_acting);
	text_string(text, "\nset -g __brood_commands");
	completion_each_place(text, completion, add_command_place);
	text_string(text, "\n");
	text_string(text, helpers);
	text_string(text, stages);
	for (size_t i = 0; i < completion->options->n_rows; i++)
		add_row(text, "\"\"", &completion->options->rows[i]);
	add_tools(text, completion);
	completion_each_place(text, completion, add_place);
	text_string(text,
		"complete -c brood -n '__brood_at \"\"' -a help -d 'show the help of a tool'\n"
		"complete -c brood -n '__brood_at \"\"' -a completion -d 'print a script for a shell'\n"
		"complete -c brood -n '__brood_at completion' -a 'bash fish zsh'\n"
		"complete -c brood -n __brood_has_command -a '(__brood_command)'\n");
}
