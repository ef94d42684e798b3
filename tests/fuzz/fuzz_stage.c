/* SPDX-License-Identifier: MIT */
/* Any text as a stage of brood pipe, as several of them, and as words; and what was read, written
   out and read again. */

#include "target.h"

#include "pipe/stage.h"

#include <brood/cmd.h>
#include <errno.h>
#include <string.h>

#define MOST_WORDS 32

static void expect_problem(const struct pipe_problem *problem, size_t length)
{
	CHECK(problem->text.length > 0);
	CHECK(problem->column <= length + 1);
}

static void expect_sound(const struct pipe_stage *stage)
{
	CHECK(stage->n_argv > 0 && !stage->argv[stage->n_argv]);
	for (size_t i = 0; i < stage->n_argv; i++)
		CHECK(stage->argv[i]);
	CHECK(stage->n_env == 0 || !stage->env[stage->n_env]);
	for (size_t i = 0; i < stage->n_env; i++)
		CHECK(strchr(stage->env[i], '=') && stage->env[i][0] != '=');
	CHECK((stage->err == PIPE_ERR_FILE) == (stage->err_path != NULL));
	CHECK(!stage->err_path || stage->err_path[0]);
	CHECK(!stage->in_path || stage->in_path[0]);
	CHECK(!stage->out_path || stage->out_path[0]);
	CHECK(!stage->name || stage->name[0]);
	CHECK(stage->timeout >= 0);
}

/* The words of a stage, quoted, are the same stage again. */
static void expect_same_again(const struct pipe_stage *stage)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = stage->argv);
	size_t length = brood_cmd_text(&cmd, NULL, 0);
	struct pipe_problem problem = { 0 };
	struct pipe_stage again;
	char *text = malloc(length + 1);

	CHECK(text);
	CHECK(brood_cmd_text(&cmd, text, length + 1) == length);
	CHECK(pipe_stage_read(text, &again, &problem) == 0);
	CHECK(again.n_argv == stage->n_argv);
	for (size_t i = 0; i < again.n_argv; i++)
		CHECK(strcmp(again.argv[i], stage->argv[i]) == 0);
	pipe_stage_done(&again);
	free(text);
}

static void try_text(const char *text)
{
	struct pipe_problem problem = { 0 };
	struct pipe_stage stage;
	struct pipe_line line;
	size_t bad = 0;

	int one = pipe_stage_read(text, &stage, &problem);
	if (one == 0) {
		expect_sound(&stage);
		expect_same_again(&stage);
		pipe_stage_done(&stage);
	} else {
		CHECK(one == -EINVAL && !stage.argv);
		expect_problem(&problem, strlen(text));
	}
	int several = pipe_line_read(text, &line, &bad, &problem);
	/* What is one stage is that too where there may be more. */
	CHECK(one < 0 || (several == 0 && line.n == 1));
	if (several < 0) {
		CHECK(line.n == 0);
		expect_problem(&problem, strlen(text));
	}
	for (size_t i = 0; i < line.n; i++)
		expect_sound(&line.stages[i]);
	pipe_line_done(&line);
	text_done(&problem.text);
}

static void try_words(char *const *words, size_t n)
{
	struct pipe_problem problem = { 0 };
	struct pipe_stage stage;

	if (pipe_stage_read_words(words, n, &stage, &problem) == 0) {
		expect_sound(&stage);
		CHECK(stage.n_argv == n || stage.n_argv == n - 1);
		for (size_t i = 0; i < stage.n_argv; i++)
			CHECK(strcmp(stage.argv[i], words[n - stage.n_argv + i]) == 0);
		pipe_stage_done(&stage);
	} else {
		expect_problem(&problem, strlen(words[0]));
	}
	text_done(&problem.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words[MOST_WORDS] = { NULL };
	size_t n = 0;
	char *text = malloc(size + 1);

	CHECK(text);
	memcpy(text, data, size);
	text[size] = '\0';
	try_text(text);
	for (size_t at = 0; at < size && n < MOST_WORDS; at += strlen(text + at) + 1)
		words[n++] = text + at;
	if (n > 0)
		try_words(words, n);
	free(text);
	return 0;
}
