/* SPDX-License-Identifier: MIT */
/* Commands from an input or a string are parsed and run, one complete command after the other. */
#include "sh/interp.h"
#include "sh/jobs.h"
#include "sh/parser.h"
#include "sh/traps.h"

#include <string.h>
#include <unistd.h>

/* What they change while they run something. */
struct outer {
	struct frame frame;
	struct program *program;
};

static struct outer begin(struct shell *sh, struct source *source)
{
	struct outer outer = { sh->frame, sh->program };

	sh->frame.source = source;
	sh->frame.call = NULL;
	return outer;
}

static void end(struct shell *sh, const struct outer *outer)
{
	sh->frame = outer->frame;
	sh->program = outer->program;
}

static enum control run_program(struct shell *sh, struct program *program, unsigned flags)
{
	enum control control = CONTROL_NONE;

	sh->program = program;
	/* An interactive shell would not get out of it any more. */
	if (program->body && (!sh->options[OPTION_NOEXEC] || sh->is_interactive)) {
		sh->frame.place = program->body->place;
		control = run_node(sh, program->body, flags);
	}
	sh->program = NULL;
	program_drop(program);
	return control;
}

/* What text that cannot be parsed, or read, leads to. */
static enum control parse_failed(struct shell *sh)
{
	sh->status = 2;
	sh->has_bad_syntax = true;
	return shell_abort(sh);
}

/* How far the commands of an input are. */
struct progress {
	struct input *input;
	struct parser *parser;
	unsigned flags;
	bool is_over;
	bool has_run; /* some command; the main input begins with a status of its own */
	int n_ends;   /* of input one after the other that did not end it */
};

/* An interactive shell's own input. */
static bool is_prompt(const struct shell *sh, const struct progress *progress)
{
	return sh->is_interactive && sh->input == progress->input && !sh->is_forked;
}

/* So many times `set -o ignoreeof` ignores the end of input in a row: it may have none any more. */
#define MOST_ENDS 50

static void say_at_prompt(struct shell *sh, const struct progress *progress, const char *text)
{
	shell_error_at(sh, input_source(progress->input), (struct place){ 0 }, "%s", text);
}

/* Whether an interactive shell does not end, though its input has. */
static bool stays(struct shell *sh, struct progress *progress)
{
	if (!is_prompt(sh, progress))
		return false;
	/* What has ended it is not shown. */
	if (isatty(STDIN_FILENO))
		(void)!write(STDERR_FILENO, "\n", 1);
	if (jobs_hold_back(sh, true)) {
		say_at_prompt(sh, progress, "there are stopped jobs (exit again to leave them)");
		return true;
	}
	if (!sh->options[OPTION_IGNOREEOF] || !isatty(STDIN_FILENO) ||
		++progress->n_ends > MOST_ENDS)
		return false;
	say_at_prompt(sh, progress, "exit ends the shell (set -o ignoreeof)");
	return true;
}

/* Signals that came at the prompt. */
static enum control interrupted(struct shell *sh)
{
	if (traps_get(sh, SIGINT) && traps_has_come(SIGINT))
		(void)!write(STDERR_FILENO, "\n", 1);
	return traps_run(sh);
}

static enum control next_command(struct shell *sh, struct progress *progress)
{
	struct program *program;

	switch (parser_next(progress->parser, &program)) {
	case PARSED:
		progress->has_run |= program->body != NULL;
		progress->n_ends = 0;
		if (program->body && sh->input == progress->input)
			sh->n_typed++;
		return run_program(
			sh, program, input_is_over(progress->input) ? progress->flags : 0);
	case PARSED_END:
		if (stays(sh, progress))
			return CONTROL_NONE;
		progress->is_over = true;
		if (!progress->has_run)
			sh->status = 0;
		return CONTROL_NONE;
	case PARSED_FAILED:
		/* Not even an interactive shell can go on. */
		sh->status = 128;
		return CONTROL_EXIT;
	case PARSED_INTERRUPTED:
		return interrupted(sh);
	case PARSED_ERROR:
		break;
	}
	return parse_failed(sh);
}

enum control run_input(struct shell *sh, struct input *input, unsigned flags)
{
	if (run_is_too_deep(sh, sh->frame.place))
		return shell_abort(sh);
	struct outer outer = begin(sh, input_source(input));
	struct input_use use = { input, sh->inputs };
	struct progress progress = {
		.input = input,
		.parser = parser_new(sh, input),
		.flags = flags,
		.has_run = sh->input == input,
	};
	enum control control = CONTROL_NONE;

	sh->inputs = &use;
	while (control == CONTROL_NONE && !progress.is_over) {
		sh->program = NULL;
		if (is_prompt(sh, &progress))
			(void)jobs_notify(sh, false);
		control = next_command(sh, &progress);
	}
	parser_free(progress.parser);
	sh->inputs = use.outer;
	end(sh, &outer);
	return control;
}

/* One line: there is nothing behind it that could look different after it has run. */
static enum control run_line(
	struct shell *sh, struct source *source, const char *text, size_t length, unsigned flags)
{
	struct program *program;

	switch (parse_string(sh, source, text, length, &program)) {
	case PARSED:
		if (!program->body)
			sh->status = 0;
		return run_program(sh, program, flags);
	case PARSED_END:
		sh->status = 0;
		return CONTROL_NONE;
	case PARSED_ERROR:
	case PARSED_FAILED:
	case PARSED_INTERRUPTED:
		break;
	}
	return parse_failed(sh);
}

enum control run_string(struct shell *sh, struct source *source, unsigned flags)
{
	if (run_is_too_deep(sh, sh->frame.place))
		return shell_abort(sh);
	const char *newline = memchr(source->text, '\n', source->length);
	enum control control;

	if (!newline || newline == source->text + source->length - 1) {
		struct outer outer = begin(sh, source);
		control = run_line(sh, source, source->text, source->length, flags);
		end(sh, &outer);
	} else {
		struct input *input = input_of_string(source, source->text, source->length);
		control = run_input(sh, input, flags);
		input_free(input);
	}
	return control;
}

enum control run_part(struct shell *sh, const char *text, size_t length, struct place place)
{
	struct input *input = input_of_string(sh->frame.source, text, length);

	input_begin_at(input, place);
	enum control control = run_input(sh, input, RUN_LAST);
	input_free(input);
	return control;
}
