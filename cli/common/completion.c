/* SPDX-License-Identifier: MIT */
#include "common/completion.h"

#include <stdbool.h>
#include <string.h>

/* One of the words of a value's name, which | separates. */
struct kind {
	const char *word;
	size_t length;
};

static bool next_kind(const char **names, struct kind *kind)
{
	if (!*names || **names == '\0')
		return false;
	kind->word = *names;
	kind->length = strcspn(*names, "|");
	*names += kind->length + ((*names)[kind->length] == '|');
	return true;
}

static bool is_kind(const struct kind *kind, const char *name)
{
	return kind->length == strlen(name) && strncmp(kind->word, name, kind->length) == 0;
}

static bool is_literal(const struct kind *kind)
{
	return kind->word[0] >= 'a' && kind->word[0] <= 'z';
}

/* Adds the help of an option as one line; what would end or change the quoted text is escaped. */
static void add_help(struct text *text, const char *help, const char *escaped)
{
	for (; *help; help++) {
		if (*help == '\'')
			text_string(text, "'\\''");
		else if (*help == '\n')
			text_string(text, " ");
		else if (strchr(escaped, *help))
			text_format(text, "\\%c", *help);
		else
			text_add(text, help, 1);
	}
}

/* "run:--timeout|run:-t" */
static void add_bash_names(struct text *text, const char *tool, const struct option_row *row)
{
	text_format(text, "%s:--%s", tool, row->name);
	if (row->letter)
		text_format(text, "|%s:-%c", tool, row->letter);
}

static void add_bash_value(struct text *text, const char *tool, const struct option_row *row)
{
	const char *names = row->value_name;
	struct kind kind;

	text_string(text, "\t");
	add_bash_names(text, tool, row);
	text_string(text, ")");
	while (next_kind(&names, &kind)) {
		if (is_kind(&kind, "FILE"))
			text_string(text, " _brood_paths -f;");
		else if (is_kind(&kind, "DIR"))
			text_string(text, " _brood_paths -d;");
		else if (is_kind(&kind, "SIGNAL"))
			text_string(text, " _brood_words \"$(compgen -A signal SIG)\";");
		else if (is_literal(&kind))
			text_format(text, " _brood_words %.*s;", (int)kind.length, kind.word);
	}
	text_string(text, " return 0 ;;\n");
}

static void add_bash_table(struct text *text, const char *tool, const struct option_table *table,
	void (*add)(struct text *, const char *, const struct option_row *))
{
	for (size_t i = 0; i < table->n_rows; i++)
		if (table->rows[i].takes != OPTION_ALONE)
			add(text, tool, &table->rows[i]);
}

static void add_bash_options(struct text *text, const char *tool, const struct option_table *table)
{
	text_format(text, "\t%s) _brood_words '", tool);
	for (size_t i = 0; i < table->n_rows; i++) {
		const struct option_row *row = &table->rows[i];
		text_format(text, "%s--%s", i > 0 ? " " : "", row->name);
		if (row->letter)
			text_format(text, " -%c", row->letter);
	}
	text_string(text, "' ;;\n");
}

/* A word that must be followed by its value, unless that stands behind =. */
static void add_bash_needs(struct text *text, const char *tool, const struct option_row *row)
{
	if (row->takes != OPTION_VALUE)
		return;
	text_string(text, "\t");
	add_bash_names(text, tool, row);
	text_string(text, ") return 0 ;;\n");
}

static const char bash_walk[] =
	"_brood() {\n"
	"\tlocal cur=$2 tool='' option='' command=0 i\n"
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
	"\t\t\tif [[ $next == = ]] || _brood_needs \"$tool:$word\"; then option=$word; fi\n"
	"\t\telif [[ ! $tool ]]; then\n"
	"\t\t\ttool=$word\n"
	"\t\telif [[ $next == = ]]; then\n"
	"\t\t\toption=$word\n"
	"\t\telif [[ $word != *=* ]]; then\n"
	"\t\t\tcommand=$i\n"
	"\t\t\tbreak\n"
	"\t\tfi\n"
	"\tdone\n"
	"\t[[ $cur != = ]] || cur=''\n"
	"\tif [[ $tool == run && $command -gt 0 && $COMP_CWORD -gt $command ]]; then\n"
	"\t\tif declare -F _command_offset >/dev/null; then\n"
	"\t\t\t_command_offset \"$command\"\n"
	"\t\telse\n"
	"\t\t\t_brood_paths -f\n"
	"\t\tfi\n"
	"\telif [[ $option ]]; then\n"
	"\t\t_brood_value \"$tool:$option\"\n"
	"\telif [[ $cur == -* && $command -eq 0 ]]; then\n"
	"\t\t_brood_options\n"
	"\telif [[ ! $tool ]]; then\n"
	"\t\t_brood_words \"$_brood_tools help completion\"\n"
	"\telif [[ $tool == help ]]; then\n"
	"\t\t_brood_words \"$_brood_tools\"\n"
	"\telif [[ $tool == completion ]]; then\n"
	"\t\t_brood_words 'bash fish zsh'\n"
	"\telse\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -c -- \"$cur\")\n"
	"\tfi\n"
	"}\n"
	"complete -o bashdefault -F _brood brood\n";

static void add_bash(struct text *text, const struct completion *completion)
{
	text_string(text, "# bash completion of brood, made by `brood completion bash`.\n"
			  "_brood_words() {\n"
			  "\tlocal found\n"
			  "\tmapfile -t found < <(compgen -W \"$1\" -- \"$cur\")\n"
			  "\tCOMPREPLY+=(\"${found[@]}\")\n"
			  "}\n"
			  "_brood_paths() {\n"
			  "\tlocal found\n"
			  "\tcompopt -o filenames 2>/dev/null\n"
			  "\tmapfile -t found < <(compgen \"$1\" -- \"$cur\")\n"
			  "\tCOMPREPLY+=(\"${found[@]}\")\n"
			  "}\n"
			  "_brood_tools='");
	for (size_t i = 0; i < completion->n_tools; i++)
		text_format(text, "%s%s", i > 0 ? " " : "", completion->tools[i]->name);
	text_string(text, "'\n_brood_needs() {\n\tcase $1 in\n");
	for (size_t i = 0; i < completion->n_tools; i++)
		add_bash_table(text, completion->tools[i]->name, completion->tools[i]->options,
			add_bash_needs);
	text_string(text, "\t*) return 1 ;;\n\tesac\n}\n_brood_value() {\n\tcase $1 in\n");
	for (size_t i = 0; i < completion->n_tools; i++)
		add_bash_table(text, completion->tools[i]->name, completion->tools[i]->options,
			add_bash_value);
	text_string(text, "\tesac\n}\n_brood_options() {\n\tcase $tool in\n");
	add_bash_options(text, "''", completion->options);
	for (size_t i = 0; i < completion->n_tools; i++)
		add_bash_options(text, completion->tools[i]->name, completion->tools[i]->options);
	text_string(text, "\tesac\n}\n");
	text_string(text, bash_walk);
}

static void add_zsh_value(struct text *text, const char *names)
{
	struct kind kind;
	bool has_literal = false;

	/* The name is for the person; a colon would end it. */
	text_string(text, ":");
	for (const char *c = names; *c; c++)
		text_add(text, *c == ':' ? "=" : c, 1);
	text_string(text, ":");
	for (const char *rest = names; next_kind(&rest, &kind);) {
		if (is_kind(&kind, "FILE"))
			text_string(text, has_literal ? "" : "_files");
		else if (is_kind(&kind, "DIR"))
			text_string(text, "_files -/");
		else if (is_kind(&kind, "SIGNAL"))
			text_string(text, "_signals");
		else if (is_literal(&kind)) {
			text_format(text, "%s%.*s", has_literal ? " " : "(", (int)kind.length,
				kind.word);
			has_literal = true;
		}
	}
	text_string(text, has_literal ? ")" : " ");
}

static void add_zsh_row(struct text *text, const struct option_row *row)
{
	const char *behind = row->takes == OPTION_VALUE   ? "="
			     : row->takes == OPTION_MAYBE ? "=-"
							  : "";

	text_string(text, "\t\t'*'");
	if (row->letter)
		text_format(text, "{-%c%s,--%s%s}", row->letter,
			row->takes == OPTION_VALUE ? "+" : "", row->name, behind);
	else
		text_format(text, "--%s%s", row->name, behind);
	text_string(text, "'[");
	add_help(text, row->help, "[]");
	text_string(text, "]");
	if (row->takes == OPTION_MAYBE)
		text_string(text, ":");
	if (row->takes != OPTION_ALONE)
		add_zsh_value(text, row->value_name);
	text_string(text, "' \\\n");
}

static void add_zsh_options(struct text *text, const struct option_table *table)
{
	text_string(text, "\t_arguments -S -A '-*' \\\n");
	for (size_t i = 0; i < table->n_rows; i++)
		add_zsh_row(text, &table->rows[i]);
}

static void add_zsh(struct text *text, const struct completion *completion)
{
	text_string(text,
		"#compdef brood\n# zsh completion of brood, made by `brood completion zsh`.\n");
	for (size_t i = 0; i < completion->n_tools; i++) {
		text_format(text, "_brood_%s() {\n", completion->tools[i]->name);
		add_zsh_options(text, completion->tools[i]->options);
		text_string(
			text, "\t\t'(-)1:command: _command_names -e' '*::argument: _normal'\n}\n");
	}
	text_string(text, "_brood_tool() {\n\tlocal -a tools=(\n");
	for (size_t i = 0; i < completion->n_tools; i++) {
		text_format(text, "\t\t'%s:", completion->tools[i]->name);
		add_help(text, completion->tools[i]->summary, "");
		text_string(text, "'\n");
	}
	text_string(text, "\t\t'help:show the help of a tool'\n"
			  "\t\t'completion:print a script for a shell'\n"
			  "\t)\n\t_describe tool tools\n}\n"
			  "_brood_rest() {\n"
			  "\tcase $words[1] in\n"
			  "\thelp) _arguments '1:tool:_brood_tool' ;;\n"
			  "\tcompletion) _arguments '1:shell:(bash fish zsh)' ;;\n"
			  "\t*) (( $+functions[_brood_$words[1]] )) && _brood_$words[1] ;;\n"
			  "\tesac\n}\n"
			  "_brood() {\n");
	add_zsh_options(text, completion->options);
	text_string(text, "\t\t'(-)1:tool: _brood_tool' '*::argument: _brood_rest'\n}\n"
			  "_brood \"$@\"\n");
}

static void add_fish_row(struct text *text, const char *place, const struct option_row *row)
{
	struct kind kind;
	bool has_files = false, has_words = false;

	text_format(text, "complete -c brood -n '__brood_at %s' -l %s", place, row->name);
	if (row->letter)
		text_format(text, " -s %c", row->letter);
	for (const char *rest = row->value_name; next_kind(&rest, &kind);) {
		has_files |= is_kind(&kind, "FILE");
		has_words |= is_literal(&kind);
	}
	if (row->takes == OPTION_VALUE)
		text_string(text, has_files ? " -r -F" : " -x");
	if (has_words) {
		text_string(text, " -a '");
		for (const char *rest = row->value_name; next_kind(&rest, &kind);)
			if (is_literal(&kind))
				text_format(text, "%.*s ", (int)kind.length, kind.word);
		text_string(text, "'");
	}
	if (row->value_name && strcmp(row->value_name, "DIR") == 0)
		text_string(text, " -a '(__fish_complete_directories)'");
	if (row->value_name && strcmp(row->value_name, "SIGNAL") == 0)
		text_string(text, " -a '(kill -l | string split -n \" \")'");
	text_string(text, " -d '");
	for (const char *c = row->help; *c; c++)
		text_format(text, *c == '\'' ? "\\%c" : "%c", *c == '\n' ? ' ' : *c);
	text_string(text, "'\n");
}

static const char fish_walk[] =
	"# The tool, and the place of the command's first word if there is one.\n"
	"function __brood_place\n"
	"\tset -l words (commandline -opc)\n"
	"\tset -l tool\n"
	"\tset -l i 2\n"
	"\twhile test $i -le (count $words)\n"
	"\t\tset -l word $words[$i]\n"
	"\t\tif test -z \"$tool\"\n"
	"\t\t\tif not string match -q -- '-*' $word\n"
	"\t\t\t\tset tool $word\n"
	"\t\t\tend\n"
	"\t\telse if test \"$word\" = --\n"
	"\t\t\techo $tool\n"
	"\t\t\techo (math $i + 1)\n"
	"\t\t\treturn\n"
	"\t\telse if contains -- $tool:$word $__brood_needs\n"
	"\t\t\tset i (math $i + 1)\n"
	"\t\telse if not string match -q -r -- '^-|=' $word\n"
	"\t\t\techo $tool\n"
	"\t\t\techo $i\n"
	"\t\t\treturn\n"
	"\t\tend\n"
	"\t\tset i (math $i + 1)\n"
	"\tend\n"
	"\techo \"$tool\"\n"
	"end\n"
	"function __brood_at\n"
	"\tset -l place (__brood_place)\n"
	"\ttest (count $place) -eq 1; and test \"$place\" = \"$argv\"\n"
	"end\n"
	"function __brood_has_command\n"
	"\ttest (count (__brood_place)) -eq 2\n"
	"end\n"
	"function __brood_command\n"
	"\tset -l place (__brood_place)\n"
	"\tset -l first $place[2]\n"
	"\tset -l words (commandline -opc)\n"
	"\tset -l line (string join ' ' -- (string escape -- $words[$first..-1]) (commandline -ct))\n"
	"\tcomplete -C \"$line\"\n"
	"end\n"
	"complete -c brood -f\n";

static void add_fish_needs(struct text *text, const struct subcommand *tool)
{
	for (size_t i = 0; i < tool->options->n_rows; i++) {
		const struct option_row *row = &tool->options->rows[i];
		if (row->takes != OPTION_VALUE)
			continue;
		text_format(text, " %s:--%s", tool->name, row->name);
		if (row->letter)
			text_format(text, " %s:-%c", tool->name, row->letter);
	}
}

static void add_fish(struct text *text, const struct completion *completion)
{
	text_string(text, "# fish completion of brood, made by `brood completion fish`.\n"
			  "set -g __brood_needs");
	for (size_t i = 0; i < completion->n_tools; i++)
		add_fish_needs(text, completion->tools[i]);
	text_string(text, "\n");
	text_string(text, fish_walk);
	for (size_t i = 0; i < completion->options->n_rows; i++)
		add_fish_row(text, "\"\"", &completion->options->rows[i]);
	for (size_t i = 0; i < completion->n_tools; i++) {
		const struct subcommand *tool = completion->tools[i];
		text_format(text, "complete -c brood -n '__brood_at \"\"' -a %s -d '%s'\n",
			tool->name, tool->summary);
		text_format(text, "complete -c brood -n '__brood_at help' -a %s\n", tool->name);
		text_format(text,
			"complete -c brood -n '__brood_at %s' -a '(__fish_complete_command)'\n",
			tool->name);
		for (size_t k = 0; k < tool->options->n_rows; k++)
			add_fish_row(text, tool->name, &tool->options->rows[k]);
	}
	text_string(text,
		"complete -c brood -n '__brood_at \"\"' -a help -d 'show the help of a tool'\n"
		"complete -c brood -n '__brood_at \"\"' -a completion -d 'print a script for a shell'\n"
		"complete -c brood -n '__brood_at completion' -a 'bash fish zsh'\n"
		"complete -c brood -n __brood_has_command -a '(__brood_command)'\n");
}

int completion_add(struct text *text, const struct completion *completion, const char *shell)
{
	static const struct {
		const char *name;
		void (*add)(struct text *, const struct completion *);
	} shells[] = {
		{ "bash", add_bash },
		{ "fish", add_fish },
		{ "zsh", add_zsh },
	};

	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
		if (strcmp(shell, shells[i].name) == 0) {
			shells[i].add(text, completion);
			return 0;
		}
	return -1;
}
