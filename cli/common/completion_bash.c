/* SPDX-License-Identifier: MIT */
#include "common/completion_parts.h"

#include <string.h>

/* "run:--timeout|run:-t" */
static void add_names(struct text *text, const char *place, const struct option_row *row)
{
	if (row->name)
		text_format(text, "%s:--%s", place, row->name);
	if (row->letter)
		text_format(text, "%s%s:-%c", row->name ? "|" : "", place, row->letter);
}

/* What each kind of value calls. */
static const char *call_of(const struct completion_kind *kind)
{
	static const struct {
		const char *kind;
		const char *call;
	} calls[] = {
		{ "FILE", "_brood_paths -f" },
		{ "PATH", "_brood_paths -f" },
		{ "DIR", "_brood_paths -d" },
		{ "SIGNAL", "_brood_words \"$(compgen -A signal SIG)\"" },
		{ "USER", "_brood_words \"$(compgen -u)\"" },
		{ "GROUP", "_brood_words \"$(compgen -g)\"" },
		{ "CAP", "_brood_words '" COMPLETION_CAPABILITIES "'" },
		{ "BOX", "_brood_boxes" },
		{ "ID", "_brood_ids" },
		{ "STATE", "_brood_words '" COMPLETION_STATES "'" },
		{ "OPTION", "_brood_words '" COMPLETION_SET_OPTIONS "'" },
		{ "LEVEL", "_brood_words '" COMPLETION_LEVELS "'" },
		{ "STAGE", "_brood_stage" },
		{ "STAGES", "_brood_stage" },
	};

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (completion_is_kind(kind, calls[i].kind))
			return calls[i].call;
	return NULL;
}

static void add_value(struct text *text, const char *place, const struct option_row *row)
{
	const char *names = row->value_name;
	struct completion_kind kind;

	text_string(text, "\t");
	add_names(text, place, row);
	text_string(text, ")");
	while (completion_next_kind(&names, &kind)) {
		const char *call = call_of(&kind);
		if (call)
			text_format(text, " %s;", call);
		else if (completion_is_literal(&kind))
			text_format(text, " _brood_words %.*s;", completion_literal_length(&kind),
				kind.word);
	}
	text_string(text, " return 0 ;;\n");
}

static void add_values(struct text *text, const char *place, const struct subcommand *subcommand)
{
	for (size_t i = 0; i < subcommand->options->n_rows; i++)
		if (subcommand->options->rows[i].takes != OPTION_ALONE)
			add_value(text, place, &subcommand->options->rows[i]);
}

static void add_table(struct text *text, const char *place, const struct option_table *table)
{
	text_format(text, "\t%s) _brood_words '", place);
	for (size_t i = 0; i < table->n_rows; i++) {
		const struct option_row *row = &table->rows[i];
		if (row->name)
			text_format(text, "%s--%s", i > 0 ? " " : "", row->name);
		if (row->letter)
			text_format(text, " -%c", row->letter);
	}
	text_string(text, "' ;;\n");
}

static void add_options(struct text *text, const char *place, const struct subcommand *subcommand)
{
	add_table(text, place, subcommand->options);
}

/* Options that must be followed by their value, unless that stands behind =. */
static void add_needs(struct text *text, const char *place, const struct subcommand *subcommand)
{
	for (size_t i = 0; i < subcommand->options->n_rows; i++) {
		const struct option_row *row = &subcommand->options->rows[i];
		if (row->takes != OPTION_VALUE)
			continue;
		text_string(text, "\t");
		add_names(text, place, row);
		text_string(text, ") return 0 ;;\n");
	}
}

static void add_actions(struct text *text, const char *place, const struct subcommand *subcommand)
{
	if (subcommand->n_actions == 0)
		return;
	text_format(text, "\t%s) echo '", place);
	for (size_t i = 0; i < subcommand->n_actions; i++)
		text_format(text, "%s%s", i > 0 ? " " : "", subcommand->actions[i]->name);
	text_string(text, "' ;;\n");
}

static void add_operands(struct text *text, const char *place, const struct subcommand *subcommand)
{
	if (subcommand->operands)
		text_format(text, "\t%s) echo %s ;;\n", place, subcommand->operands);
}

static const char helpers[] =
	"# bash completion of brood, made by `brood completion bash`.\n"
	"# Also the last of words with commas between them.\n"
	"_brood_words() {\n"
	"\tlocal found last=${cur##*,}\n"
	"\tmapfile -t found < <(compgen -P \"${cur%\"$last\"}\" -W \"$1\" -- \"$last\")\n"
	"\tCOMPREPLY+=(\"${found[@]}\")\n"
	"}\n"
	"_brood_paths() {\n"
	"\tlocal found\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"\tmapfile -t found < <(compgen \"$1\" -- \"$cur\")\n"
	"\tCOMPREPLY+=(\"${found[@]}\")\n"
	"}\n"
	"_brood_boxes() {\n"
	"\tif [[ $cur == */* ]]; then\n"
	"\t\t_brood_paths -d\n"
	"\telse\n"
	"\t\tlocal all=${XDG_STATE_HOME:-$HOME/.local/state}/brood/mailbox\n"
	"\t\t_brood_words \"$(cd -- \"$all\" 2>/dev/null && compgen -d)\"\n"
	"\tfi\n"
	"}\n"
	"# Those of the mailbox that the command line names.\n"
	"_brood_ids() {\n"
	"\tlocal box=() id rest i\n"
	"\tcase $place in\n"
	"\t*_log | *_ls | *_wait) box=(--all) ;;\n"
	"\t*_retry) box=(--state dead) ;;\n"
	"\tesac\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tcase ${COMP_WORDS[i]} in\n"
	"\t\t-b | --box)\n"
	"\t\t\t[[ ${COMP_WORDS[++i]} != = ]] || i=$((i + 1))\n"
	"\t\t\tbox+=(-b \"${COMP_WORDS[i]}\") ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\t_brood_words \"$(\"${COMP_WORDS[0]}\" mailbox ls \"${box[@]}\" 2>/dev/null |\n"
	"\t\twhile read -r id rest; do [[ $id == ID ]] || echo \"$id\"; done)\"\n"
	"}\n";

static const char stages[] =
	"# A stage that is one word: options in brackets, a command, its arguments.\n"
	"_brood_stage() {\n"
	"\tlocal stage=${cur##*|} item word found\n"
	"\tstage=${stage#\"${stage%%[! ]*}\"}\n"
	"\tif [[ $stage == \\[* && $stage != *\\]* ]]; then\n"
	"\t\titem=${stage##*[[ ]} word=${stage##*[[ =]}\n"
	"\t\tcompopt -o nospace 2>/dev/null\n"
	"\t\tcase $item in\n"
	"\t\terr=*) mapfile -t found < <(compgen -f -W 'join drop' -- \"$word\") ;;\n"
	"\t\tcwd=*) mapfile -t found < <(compgen -d -- \"$word\") ;;\n"
	"\t\t*=*) found=() ;;\n"
	"\t\t*) mapfile -t found < <(compgen -W '" COMPLETION_STAGE_OPTIONS "' -- \"$word\") ;;\n"
	"\t\tesac\n"
	"\telse\n"
	"\t\t[[ $stage != \\[* ]] || stage=${stage#*\\]}\n"
	"\t\tstage=${stage#\"${stage%%[! ]*}\"} word=${stage##* }\n"
	"\t\tif [[ $stage == *' '* ]]; then\n"
	"\t\t\tmapfile -t found < <(compgen -f -- \"$word\")\n"
	"\t\telse\n"
	"\t\t\tmapfile -t found < <(compgen -c -- \"$word\")\n"
	"\t\tfi\n"
	"\tfi\n"
	"\t# The one that is there would have its quote closed, and a value comes yet.\n"
	"\t[[ ${#found[@]} -ne 1 || $found != *= ]] || found+=(\"$found...\")\n"
	"\tfor item in \"${found[@]}\"; do COMPREPLY+=(\"${cur%\"$word\"}$item\"); done\n"
	"}\n"
	"# Whether the word is a stage, and not a part of one. $1: the first one's place, 0: there is none.\n"
	"_brood_is_stage() {\n"
	"\t[[ $cur == *' '* || $1 -gt 0 && ${COMP_WORDS[$1]} == *' '* ]] ||\n"
	"\t\t[[ $cur == \\[* && ($1 -eq 0 || $1 -eq $COMP_CWORD) ]]\n"
	"}\n";

static const char walk[] =
	"_brood() {\n"
	"\tlocal cur=$2 tool='' place='' option='' operands='' helped='' command=0 i\n"
	"\tCOMPREPLY=()\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tlocal word=${COMP_WORDS[i]} next=${COMP_WORDS[i + 1]}\n"
	"\t\tif [[ $option && $word == = ]]; then\n"
	"\t\t\tcontinue\n"
	"\t\telif [[ $option ]]; then\n"
	"\t\t\toption=''\n"
	"\t\telif [[ $tool && $word == -- ]]; then\n"
	"\t\t\tcommand=$((i + 1))\n"
	"\t\t\tbreak\n"
	"\t\telif [[ $word == -* ]]; then\n"
	"\t\t\tif [[ $next == = ]] || _brood_needs \"$place:$word\"; then option=$word; fi\n"
	"\t\telif [[ ! $tool ]]; then\n"
	"\t\t\ttool=$word place=$word operands=$(_brood_operands \"$place\")\n"
	"\t\telif [[ $tool == help ]]; then\n"
	"\t\t\thelped+=$word\n"
	"\t\telif [[ $place == \"$tool\" && $(_brood_actions \"$tool\") ]]; then\n"
	"\t\t\tplace=${tool}_$word operands=$(_brood_operands \"$place\")\n"
	"\t\telif [[ $next == = ]]; then\n"
	"\t\t\toption=$word\n"
	"\t\telif [[ $operands == PIPELINE || ($operands == COMMAND && $word != *=*) ]]; then\n"
	"\t\t\tcommand=$i\n"
	"\t\t\tbreak\n"
	"\t\tfi\n"
	"\tdone\n"
	"\t# In a pipeline each command begins behind the last lone |, unless each is one word.\n"
	"\tif [[ $operands == PIPELINE ]]; then\n"
	"\t\tfor ((i = COMP_CWORD - 1; command > 0 && i > command; i--)); do\n"
	"\t\t\tif [[ ${COMP_WORDS[i]} == [\\'\\\"\\\\]\\|* ]]; then command=$((i + 1)); fi\n"
	"\t\tdone\n"
	"\tfi\n"
	"\t[[ $cur != = ]] || cur=''\n"
	"\tif [[ $operands == PIPELINE && ! $option ]] && _brood_is_stage \"$command\"; then\n"
	"\t\tif [[ $cur == -* ]]; then _brood_words --tee; else _brood_stage; fi\n"
	"\telif [[ $operands == [CP]* && $command -gt 0 && $COMP_CWORD -gt $command ]]; then\n"
	"\t\tif declare -F _command_offset >/dev/null; then\n"
	"\t\t\t_command_offset \"$command\"\n"
	"\t\telse\n"
	"\t\t\t_brood_paths -f\n"
	"\t\tfi\n"
	"\telif [[ $option ]]; then\n"
	"\t\t_brood_value \"$place:$option\"\n"
	"\telif [[ $cur == -* && $command -eq 0 ]]; then\n"
	"\t\t_brood_options\n"
	"\telif [[ ! $tool ]]; then\n"
	"\t\t_brood_words \"$_brood_tools help completion\"\n"
	"\telif [[ $tool == help && ! $helped ]]; then\n"
	"\t\t_brood_words \"$_brood_tools\"\n"
	"\telif [[ $tool == help ]]; then\n"
	"\t\t_brood_words \"$(_brood_actions \"$helped\")\"\n"
	"\telif [[ $tool == completion ]]; then\n"
	"\t\t_brood_words 'bash fish zsh'\n"
	"\telif [[ $place == \"$tool\" && $(_brood_actions \"$tool\") ]]; then\n"
	"\t\t_brood_words \"$(_brood_actions \"$tool\")\"\n"
	"\telse\n"
	"\t\tcase $operands in\n"
	"\t\tCOMMAND | PIPELINE) mapfile -t COMPREPLY < <(compgen -c -- \"$cur\") ;;\n"
	"\t\tFILE) _brood_paths -f ;;\n"
	"\t\tID) _brood_ids ;;\n"
	"\t\tesac\n"
	"\tfi\n"
	"}\n"
	"complete -o bashdefault -F _brood brood\n";

void completion_add_bash(struct text *text, const struct completion *completion)
{
	text_string(text, helpers);
	text_string(text, stages);
	text_string(text, "_brood_tools='");
	for (size_t i = 0; i < completion->n_tools; i++)
		text_format(text, "%s%s", i > 0 ? " " : "", completion->tools[i]->name);
	text_string(text, "'\n_brood_actions() {\n\tcase $1 in\n");
	completion_each_place(text, completion, add_actions);
	text_string(text, "\tesac\n}\n_brood_operands() {\n\tcase $1 in\n");
	completion_each_place(text, completion, add_operands);
	text_string(text, "\tesac\n}\n_brood_needs() {\n\tcase $1 in\n");
	completion_each_place(text, completion, add_needs);
	text_string(text, "\t*) return 1 ;;\n\tesac\n}\n_brood_value() {\n\tcase $1 in\n");
	completion_each_place(text, completion, add_values);
	text_string(text, "\tesac\n}\n_brood_options() {\n\tcase $place in\n");
	add_table(text, "''", completion->options);
	completion_each_place(text, completion, add_options);
	text_string(text, "\tesac\n}\n");
	text_string(text, walk);
}
