/* SPDX-License-Identifier: MIT */
/* The options of a stage: [name=errors ok=0,1 t=30s]. */
#include "common/duration.h"
#include "common/memory.h"
#include "common/size.h"
#include "pipe/stage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MOST_RETRIES 1000000
#define LARGEST_PIPE (UINT64_C(1) << 31)

/* An option while it is read. */
struct item {
	struct pipe_reader *reader;
	size_t column; /* of its name */
	const char *key;
	size_t key_length;
	const char *value;
	size_t value_column;
};

static int refuse(const struct item *item, const char *what, const char *accepted)
{
	return pipe_problem_set(item->reader->problem, item->value_column,
		"%.*s=%s is %s (accepted: %s)", (int)item->key_length, item->key, item->value, what,
		accepted);
}

static int take_text(const struct item *item, char **field)
{
	if (item->value[0] == '\0')
		return pipe_problem_set(item->reader->problem, item->value_column, "%.*s= is empty",
			(int)item->key_length, item->key);
	*field = memory_copy(item->value, strlen(item->value));
	return 0;
}

static int take_name(struct pipe_stage *stage, const struct item *item)
{
	return take_text(item, &stage->name);
}

static int take_dir(struct pipe_stage *stage, const struct item *item)
{
	return take_text(item, &stage->dir);
}

static int take_ok(struct pipe_stage *stage, const struct item *item)
{
	const char *at = item->value;

	for (;;) {
		char *end = NULL;
		unsigned long code = strtoul(at, &end, 10);
		if (*at < '0' || *at > '9' || code > 255 || (*end != ',' && *end != '\0'))
			return refuse(item, "no list of exit codes", "0,1");
		stage->ok_codes = memory_resize(stage->ok_codes, stage->n_ok_codes + 1);
		stage->ok_codes[stage->n_ok_codes++] = (uint8_t)code;
		if (*end == '\0')
			return 0;
		at = end + 1;
	}
}

static int take_timeout(struct pipe_stage *stage, const struct item *item)
{
	int r = duration_parse(item->value, &stage->timeout);

	if (r < 0)
		return refuse(
			item, r == -ERANGE ? "too long a time" : "no duration", DURATION_FORMS);
	if (stage->timeout == DURATION_OFF)
		stage->timeout = 0;
	return 0;
}

static int take_size(const struct item *item, uint64_t most, uint64_t *field)
{
	int r = size_parse(item->value, field);

	if (r == -EINVAL || (r == 0 && *field == 0))
		return refuse(item, "no size", SIZE_FORMS);
	if (r < 0 || *field > most)
		return refuse(item, "too large", most == LARGEST_PIPE ? "up to 2G" : SIZE_FORMS);
	return 0;
}

static int take_buffer(struct pipe_stage *stage, const struct item *item)
{
	/* The other spelling of a relay with memory. */
	if (strcmp(item->value, "mem") == 0)
		return pipe_problem_set(item->reader->problem, item->value_column,
			"buf=mem: say how much memory with mem=64M");
	return take_size(item, LARGEST_PIPE, &stage->buffer);
}

static int take_memory(struct pipe_stage *stage, const struct item *item)
{
	return take_size(item, SIZE_MAX / 2, &stage->memory);
}

static int take_err(struct pipe_stage *stage, const struct item *item)
{
	if (strcmp(item->value, "join") == 0)
		stage->err = PIPE_ERR_JOIN;
	else if (strcmp(item->value, "drop") == 0)
		stage->err = PIPE_ERR_DROP;
	else {
		stage->err = PIPE_ERR_FILE;
		return take_text(item, &stage->err_path);
	}
	return 0;
}

static int take_retry(struct pipe_stage *stage, const struct item *item)
{
	char *end = NULL;
	unsigned long number = strtoul(item->value, &end, 10);

	if (item->value[0] < '0' || item->value[0] > '9' || *end != '\0' || number > MOST_RETRIES)
		return refuse(item, "no number of retries", "0 to 1000000");
	stage->retry = (unsigned int)number;
	return 0;
}

static int take_env(struct pipe_stage *stage, const struct item *item)
{
	const char *name = item->key + strlen("env.");
	size_t length = item->key_length - strlen("env.");
	struct text entry = { 0 };

	if (length == 0)
		return pipe_problem_set(
			item->reader->problem, item->column, "env.: the variable has no name");
	text_add(&entry, name, length);
	text_string(&entry, "=");
	for (size_t i = 0; i < stage->n_env; i++)
		if (strncmp(stage->env[i], entry.bytes, entry.length) == 0) {
			text_done(&entry);
			return pipe_problem_set(item->reader->problem, item->column,
				"env.%.*s is given twice", (int)length, name);
		}
	text_string(&entry, item->value);
	stage->env = memory_resize(stage->env, (stage->n_env + 2) * sizeof *stage->env);
	stage->env[stage->n_env++] = entry.bytes;
	stage->env[stage->n_env] = NULL;
	return 0;
}

static const struct {
	const char *key;
	int (*take)(struct pipe_stage *stage, const struct item *item);
} keys[] = {
	{ "name", take_name },
	{ "ok", take_ok },
	{ "t", take_timeout },
	{ "buf", take_buffer },
	{ "mem", take_memory },
	{ "err", take_err },
	{ "cwd", take_dir },
	{ "retry", take_retry },
};

#define N_KEYS     (sizeof keys / sizeof *keys)
#define KNOWN_KEYS "name= ok= t= buf= mem= err= cwd= env.NAME= retry="

static int unknown(const struct item *item)
{
	char *key = memory_copy(item->key, item->key_length);
	const char *near = NULL;

	for (size_t i = 0; i < N_KEYS && !near; i++)
		if (strlen(keys[i].key) > 1 && text_is_near(key, keys[i].key))
			near = keys[i].key;
	if (strcmp(key, "timeout") == 0)
		near = "t";
	if (near)
		pipe_problem_set(item->reader->problem, item->column,
			"%s is no option of a stage; did you mean %s=?", key, near);
	else
		pipe_problem_set(item->reader->problem, item->column,
			"%s is no option of a stage (accepted: " KNOWN_KEYS ")", key);
	free(key);
	return -EINVAL;
}

static int take(struct pipe_stage *stage, const struct item *item, unsigned int *seen)
{
	if (item->key_length >= 4 && strncmp(item->key, "env.", 4) == 0)
		return take_env(stage, item);
	for (size_t i = 0; i < N_KEYS; i++) {
		if (strlen(keys[i].key) != item->key_length ||
			strncmp(keys[i].key, item->key, item->key_length) != 0)
			continue;
		if (*seen & 1u << i)
			return pipe_problem_set(item->reader->problem, item->column,
				"%s= is given twice", keys[i].key);
		*seen |= 1u << i;
		return keys[i].take(stage, item);
	}
	return unknown(item);
}

/* Up to a blank or the bracket that closes. */
static int read_value(struct pipe_reader *reader, struct text *value)
{
	text_add(value, "", 0);
	while (*reader->at != '\0' && !strchr(" \t\n]", *reader->at)) {
		char c = *reader->at;
		if (c != '\'' && c != '"' && c != '\\')
			text_add(value, reader->at++, 1);
		else if (pipe_read_quoted(reader, value) < 0)
			return -EINVAL;
	}
	return 0;
}

static int read_item(struct pipe_reader *reader, struct pipe_stage *stage, unsigned int *seen)
{
	struct item item = { .reader = reader,
		.column = pipe_reader_column(reader, reader->at),
		.key = reader->at };
	struct text value = { 0 };

	item.key_length = strcspn(item.key, "= \t\n]'\"\\");
	if (item.key[item.key_length] != '=')
		return pipe_problem_set(reader->problem, item.column,
			"%.*s: an option of a stage is NAME=value (a program called [ is written '[')",
			(int)item.key_length, item.key);
	reader->at += item.key_length + 1;
	item.value_column = pipe_reader_column(reader, reader->at);
	int r = read_value(reader, &value);
	item.value = value.bytes;
	if (r == 0)
		r = take(stage, &item, seen);
	text_done(&value);
	return r;
}

bool pipe_begins_options(const char *text)
{
	return text[0] == '[' && text[1] != '\0' && !strchr(" \t\n", text[1]);
}

int pipe_read_options(struct pipe_reader *reader, struct pipe_stage *stage)
{
	size_t column = pipe_reader_column(reader, reader->at);
	unsigned int seen = 0;
	int r = 0;

	reader->at++;
	while (r == 0) {
		reader->at += strspn(reader->at, " \t\n");
		if (*reader->at == '\0')
			return pipe_problem_set(reader->problem, column, "[ is never closed");
		if (*reader->at == ']') {
			reader->at++;
			return 0;
		}
		r = read_item(reader, stage, &seen);
	}
	return r;
}
