/* SPDX-License-Identifier: MIT */
#include "common/completion_parts.h"

#include <string.h>

#define QUOTE "'\\''"

/* What each kind of value calls. */
static const char *call_of(const struct completion_kind *kind)
{
	static const struct {
		const char *kind;
		const char *call;
	} calls[] = {
		{ "FILE", "_files" },
		{ "PATH", "_files" },
		{ "DIR", "_files -/" },
		{ "SIGNAL", "_signals" },
		{ "USER", "_users" },
		{ "GROUP", "_groups" },
		{ "CAP", "_values -s , capability " COMPLETION_CAPABILITIES },
		{ "BOX", "_brood_boxes" },
		{ "ID", "_brood_ids" },
		{ "STATE", "_values -s , state " COMPLETION_STATES },
		{ "OPTION", "_values option " COMPLETION_SET_OPTIONS },
		{ "LEVEL", "_values -s , level " COMPLETION_LEVELS },
		{ "STAGE", "_brood_stage" },
		{ "STAGES", "_brood_stage" },
	};

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (completion_is_kind(kind, calls[i].kind))
			return calls[i].call;
	return NULL;
}

static void add_value(struct text *text, const char *names)
{
	struct completion_kind kind;
	bool has_literal = false;

	/* The name is for the person; a colon would end it. */
	text_string(text, ":");
	for (const char *c = names; *c; c++)
		text_add(text, *c == ':' ? "=" : c, 1);
	text_string(text, ":");
	for (const char *rest = names; completion_next_kind(&rest, &kind);) {
		const char *call = call_of(&kind);
		if (call && !has_literal)
			text_string(text, call);
		else if (!call && completion_is_literal(&kind)) {
			text_format(text, "%s%.*s", has_literal ? " " : "(",
				completion_literal_length(&kind), kind.word);
			has_literal = true;
		}
	}
	text_string(text, has_literal ? ")" : " ");
}

static void add_row(struct text *text, const struct option_row *row)
{
	const char *behind = row->takes == OPTION_VALUE   ? "="
			     : row->takes == OPTION_MAYBE ? "=-"
							  : "";

	text_string(text, "\t\t'*'");
	if (!row->name)
		text_format(text, "-%c%s", row->letter, row->takes == OPTION_VALUE ? "+" : "");
	else if (row->letter)
		text_format(text, "{-%c%s,--%s%s}", row->letter,
			row->takes == OPTION_VALUE ? "+" : "", row->name, behind);
	else
		text_format(text, "--%s%s", row->name, behind);
	text_string(text, "'[");
	completion_add_help(text, row->help, QUOTE, "[]\\");
	text_string(text, "]");
	if (row->takes == OPTION_MAYBE)
		text_string(text, ":");
	if (row->takes != OPTION_ALONE)
		add_value(text, row->value_name);
	text_string(text, "' \\\n");
}

static void add_table(struct text *text, const struct option_table *table, const char *options)
{
	text_format(text, "\t_arguments -S%s \\\n", options);
	for (size_t i = 0; i < table->n_rows; i++)
		add_row(text, &table->rows[i]);
}

static const char *operands_of(const struct subcommand *subcommand)
{
	static const struct {
		const char *operands;
		const char *words;
	} kinds[] = {
		{ "COMMAND", "'(-)1:command: _command_names -e' '*::argument: _normal'" },
		{ "PIPELINE", "'(-)1:command: _brood_first' '*::argument: _brood_pipeline'" },
		{ "FILE", "'*:file:_files'" },
		{ "ID", "'*:message:_brood_ids'" },
	};

	for (size_t i = 0; subcommand->operands && i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(subcommand->operands, kinds[i].operands) == 0)
			return kinds[i].words;
	return "";
}

static void add_place(struct text *text, const char *place, const struct subcommand *subcommand)
{
	bool is_left = subcommand->n_actions > 0 || completion_has_commands(subcommand);

	text_format(text, "_brood_%s() {\n", place);
	add_table(text, subcommand->options, is_left ? " -A '-*'" : "");
	if (subcommand->n_actions > 0)
		text_format(text,
			"\t\t'(-)1:action: _brood_actions %s' '*::argument: _brood_act %s'\n}\n",
			place, place);
	else
		text_format(text, "\t\t%s\n}\n", operands_of(subcommand));
}

static void add_names(struct text *text, const struct subcommand *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		text_format(text, "\t\t'%s:", list[i]->name);
		completion_add_help(text, list[i]->summary, QUOTE, ":\\");
		text_string(text, "'\n");
	}
}

static void add_actions(struct text *text, const char *place, const struct subcommand *subcommand)
{
	if (subcommand->n_actions == 0)
		return;
	text_format(text, "\t%s) actions=(\n", place);
	add_names(text, subcommand->actions, subcommand->n_actions);
	text_string(text, "\t\t) ;;\n");
}

static const char helpers[] =
	"#compdef brood\n# zsh completion of brood, made by `brood completion zsh`.\n"
	"_brood_boxes() {\n"
	"\tlocal -a boxes=(${XDG_STATE_HOME:-$HOME/.local/state}/brood/mailbox/*(N/:t))\n"
	"\tif [[ $PREFIX == */* ]]; then _files -/; else compadd -a boxes; fi\n"
	"}\n"
	"# Those of the mailbox that the command line names.\n"
	"_brood_ids() {\n"
	"\tlocal -a box ids\n"
	"\tlocal i\n"
	"\tfor ((i = 1; i < CURRENT; i++)); do\n"
	"\t\tcase $words[i] in\n"
	"\t\t(-b|--box) box=(-b ${(Q)words[i + 1]}) ;;\n"
	"\t\t(--box=*) box=(-b ${(Q)words[i]#*=}) ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\tcase $words[1] in\n"
	"\t(log|ls|wait) box+=(--all) ;;\n"
	"\t(retry) box+=(--state dead) ;;\n"
	"\tesac\n"
	"\tcompset -P '*,'\n"
	"\tids=(${${(f)\"$(_call_program ids brood mailbox ls ${(q)box} 2>/dev/null)\"}%% *})\n"
	"\tids=(${(M)ids:#<->})\n"
	"\tcompadd -a ids\n"
	"}\n"
	"# A stage that is one word: options in brackets, a command, its arguments.\n"
	"_brood_stage() {\n"
	"\tcompset -P '*\\|'\n"
	"\tcompset -P ' ##'\n"
	"\tif [[ $PREFIX == '['* && $PREFIX != *']'* ]]; then\n"
	"\t\tcompset -P '*[[ ]'\n"
	"\t\tcase $PREFIX in\n"
	"\t\terr=*) compset -P '*='; compadd join drop; _files ;;\n"
	"\t\tcwd=*) compset -P '*='; _files -/ ;;\n"
	"\t\t*=*) _message value ;;\n"
	"\t\t*) compadd -S '' " COMPLETION_STAGE_OPTIONS " ;;\n"
	"\t\tesac\n"
	"\telse\n"
	"\t\tcompset -P '\\[*\\] #'\n"
	"\t\tif compset -P '* '; then _files; else _command_names -e; fi\n"
	"\tfi\n"
	"}\n"
	"_brood_is_stage() {\n"
	"\t[[ $PREFIX == '['* || $PREFIX == *' '* || -n $compstate[quote] ]]\n"
	"}\n"
	"_brood_first() {\n"
	"\tif _brood_is_stage; then _brood_stage; else _command_names -e; fi\n"
	"}\n"
	"# In a pipeline each command begins behind the last lone |, unless each is one word.\n"
	"_brood_pipeline() {\n"
	"\tlocal i\n"
	"\tif [[ ${(Q)words[1]} == *' '* ]] || _brood_is_stage; then\n"
	"\t\tif [[ $PREFIX == -* ]]; then compadd -- --tee; else _brood_stage; fi\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tfor ((i = CURRENT - 1; i > 0; i--)); do\n"
	"\t\tif [[ ${(Q)words[i]} == '|' ]]; then\n"
	"\t\t\tshift $i words\n"
	"\t\t\t((CURRENT -= i))\n"
	"\t\t\tbreak\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tif ((CURRENT == 1)); then _command_names -e; else _normal; fi\n"
	"}\n"
	"# The name of the tool is the last argument: _arguments puts its own in front.\n"
	"_brood_act() {\n"
	"\tlocal action=_brood_${@[-1]}_$words[1]\n"
	"\t(( $+functions[$action] )) && $action\n"
	"}\n"
	"_brood_help() {\n"
	"\t_arguments '1:tool: _brood_tool' '2:action: _brood_actions $words[2]'\n"
	"}\n";

static const char rest[] = "_brood_rest() {\n"
			   "\tcase $words[1] in\n"
			   "\thelp) _brood_help ;;\n"
			   "\tcompletion) _arguments '1:shell:(bash fish zsh)' ;;\n"
			   "\t*) (( $+functions[_brood_$words[1]] )) && _brood_$words[1] ;;\n"
			   "\tesac\n}\n"
			   "_brood() {\n";

void completion_add_zsh(struct text *text, const struct completion *completion)
{
	text_string(text, helpers);
	text_string(text, "_brood_actions() {\n\tlocal -a actions\n\tcase ${@[-1]} in\n");
	completion_each_place(text, completion, add_actions);
	text_string(text, "\tesac\n\t_describe action actions\n}\n");
	completion_each_place(text, completion, add_place);
	text_string(text, "_brood_tool() {\n\tlocal -a tools=(\n");
	add_names(text, completion->tools, completion->n_tools);
	text_string(text, "\t\t'help:show the help of a tool'\n"
			  "\t\t'completion:print a script for a shell'\n"
			  "\t)\n\t_describe tool tools\n}\n");
	text_string(text, rest);
	add_table(text, completion->options, " -A '-*'");
	text_string(text, "\t\t'(-)1:tool: _brood_tool' '*::argument: _brood_rest'\n}\n"
			  "_brood \"$@\"\n");
}
