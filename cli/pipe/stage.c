/* SPDX-License-Identifier: MIT */
/* Stages as they are kept; how they are read stands in stage_text.c and stage_options.c. */
#include "pipe/stage.h"

#include "common/memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

void pipe_stage_done(struct pipe_stage *stage)
{
	for (size_t i = 0; i < stage->n_argv; i++)
		free(stage->argv[i]);
	for (size_t i = 0; i < stage->n_env; i++)
		free(stage->env[i]);
	free(stage->argv);
	free(stage->env);
	free(stage->name);
	free(stage->ok_codes);
	free(stage->err_path);
	free(stage->in_path);
	free(stage->out_path);
	free(stage->dir);
	*stage = (struct pipe_stage){ 0 };
}

int pipe_problem_set(struct pipe_problem *problem, size_t column, const char *format, ...)
{
	va_list arguments;

	problem->column = column;
	problem->text.length = 0;
	va_start(arguments, format);
	text_format_list(&problem->text, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

struct pipe_stage *pipe_line_add(struct pipe_line *line)
{
	if ((line->n & (line->n - 1)) == 0)
		line->stages = memory_resize(
			line->stages, (line->n ? line->n * 2 : 1) * sizeof *line->stages);
	line->stages[line->n] = (struct pipe_stage){ 0 };
	return &line->stages[line->n++];
}

void pipe_line_done(struct pipe_line *line)
{
	for (size_t i = 0; i < line->n; i++)
		pipe_stage_done(&line->stages[i]);
	free(line->stages);
	*line = (struct pipe_line){ 0 };
}

size_t pipe_reader_column(const struct pipe_reader *reader, const char *at)
{
	return (size_t)(at - reader->text) + 1;
}
