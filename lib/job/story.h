/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What brood_explain() knows of a job, and whom it is about: the job, or one of its stages.
 */

#include "base/strings.h"
#include <brood/error.h>
#include <brood/status.h>

/* With the text that is being made. */
struct brood__story {
	struct brood__text *t;
	int code;
	const struct brood_result *result; /* or NULL */
	const struct brood_error *error;   /* or NULL; is about code */
	const char *subject;               /* of error, without what was said already, or "" */
	const char *name;                  /* of the job, or "" */
	const char *stage_name;            /* of the stage that error is about, or "" */
	bool is_context;                   /* the end of a context was the reason */
};

/* Begins the sentence: "git: ", "zcat | sort: sort: ". */
void brood__story_begin(struct brood__story *s);

static inline bool brood__story_has_stages(const struct brood__story *s)
{
	return s->result && s->result->stages && s->result->n_stages > 0;
}

/* Whether there is a result of several stages, as far as it could be filled. */
bool brood__story_is_pipeline(const struct brood__story *s);

/* The stage that decided, only if there are stages: the one that the error names, else the last one
 * that may have. */
size_t brood__story_deciding(const struct brood__story *s);

/* Names one of several stages, by its number too if others are called the same. */
void brood__story_add_stage(struct brood__story *s, size_t stage);
