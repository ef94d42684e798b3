/* SPDX-License-Identifier: MIT */
/* Of whom a sentence of brood_explain() tells, and how it begins. */

#include "job/story.h"

#include "job/attributes.h"
#include "job/context.h"

#include <errno.h>
#include <string.h>

bool brood__story_is_pipeline(const struct brood__story *s)
{
	if (!s->result)
		return false;
	/* Without memory for statuses there are none. */
	return s->result->n_stages > 1 ||
	       (s->result->n_stages == 0 && s->error && s->error->stage >= 0);
}

/* Whether a stage may be the one that decided, as far as its status tells. Codes that counted as
 * success are known to the error only. */
static bool may_have_decided(const struct brood__story *s, const struct brood_status *status)
{
	if (status->excused || brood_status_is_success(status))
		return false;
	switch (s->result->cause) {
	case BROOD_CAUSE_EXIT:
		return status->how == BROOD_EXITED;
	case BROOD_CAUSE_SIGNAL:
		return status->how == BROOD_SIGNALED;
	case BROOD_CAUSE_LOST:
		return status->how == BROOD_LOST;
	default:
		return true;
	}
}

size_t brood__story_deciding(const struct brood__story *s)
{
	size_t n = s->result->n_stages;

	if (s->error && s->error->stage >= 0 && (size_t)s->error->stage < n)
		return (size_t)s->error->stage;
	for (size_t i = n; i-- > 0;) {
		if (may_have_decided(s, &s->result->stages[i]))
			return i;
	}
	return n - 1;
}

/* Between the names of the stages in the label of their job. */
#define JOIN " | "

/* The name of one stage in the label of a job. Returns its length, or 0 if it is not there. */
static size_t find_part(const char *label, size_t stage, const char **ret_part)
{
	const char *end;

	while ((end = strstr(label, JOIN)) && stage > 0) {
		label = end + strlen(JOIN);
		stage--;
	}
	size_t length = end ? (size_t)(end - label) : strlen(label);
	bool is_cut = !end && length >= 3 && strcmp(label + length - 3, "...") == 0;
	*ret_part = label;
	return stage > 0 || is_cut ? 0 : length;
}

/* How many stages of the job have a name. */
static size_t count_parts(const struct brood__story *s, const char *name, size_t length)
{
	const char *part;
	size_t count = 0;

	for (size_t i = 0; i < s->result->n_stages; i++)
		count += find_part(s->name, i, &part) == length && !memcmp(part, name, length);
	return count;
}

static void add_stage_number(struct brood__story *s, size_t stage)
{
	brood__text_add(s->t, "stage ");
	brood__text_add_int(s->t, (int64_t)stage + 1);
}

void brood__story_add_stage(struct brood__story *s, size_t stage)
{
	const char *name = s->stage_name;
	size_t length = strlen(name);

	if (length == 0)
		length = find_part(s->name, stage, &name);
	if (length == 0) {
		add_stage_number(s, stage);
		return;
	}
	brood__text_add_safe(s->t, name, length);
	if (brood__story_is_pipeline(s) && count_parts(s, name, length) > 1) {
		brood__text_add(s->t, " (");
		add_stage_number(s, stage);
		brood__text_add(s->t, ")");
	}
}

/* Whether the subject of the error is no file and no field, but the job, or its stage, itself. */
static bool is_about_job(const struct brood_error *error)
{
	/* There it is a length of time. */
	if (error->code == BROOD_ETIMEOUT && error->step == BROOD_STEP_WAIT)
		return false;
	if (error->code == BROOD_ETIMEOUT || error->code == BROOD_ECANCELED)
		return true;
	switch (error->step) {
	case BROOD_STEP_NONE:
	case BROOD_STEP_CONFIG:
	case BROOD_STEP_LOOKUP:
	case BROOD_STEP_OPEN:
	case BROOD_STEP_CHDIR:
	case BROOD_STEP_EXEC:
	case BROOD_STEP_LIMITS:
	case BROOD_STEP_SCHEDULER:
	case BROOD_STEP_CHROOT:
	case BROOD_STEP_CREDENTIALS:
	case BROOD_STEP_CAPABILITIES:
	case BROOD_STEP_SANDBOX:
		return false;
	case BROOD_STEP_SESSION:
	case BROOD_STEP_TERMINAL:
	case BROOD_STEP_CGROUP:
	case BROOD_STEP_NAMESPACE:
		return !brood__attributes_is_subject(error->subject);
	default:
		return true;
	}
}

/* Whether the sentence is about a stage from its beginning, and not about the job. */
static bool is_about_stage(const struct brood__story *s)
{
	if (!s->error || s->error->stage < 0)
		return false;
	switch (s->code) {
	case BROOD_EEXIT:
	case BROOD_ELOST:
	case BROOD_ETIMEOUT:
	case BROOD_ECANCELED:
	case BROOD_EWAITDELAY:
	case BROOD_ELIMIT:
	case -EOWNERDEAD:
		return false;
	default:
		return true;
	}
}

/* What the error says of a context instead of the job's name or a length of time. */
static void take_context(struct brood__story *s)
{
	size_t length = strlen(BROOD__CONTEXT_SUBJECT);

	if ((s->code != BROOD_ETIMEOUT && s->code != BROOD_ECANCELED) ||
		strncmp(s->subject, BROOD__CONTEXT_SUBJECT, length) != 0)
		return;
	s->is_context = true;
	s->subject += length;
	if (strncmp(s->subject, ": ", 2) == 0)
		s->subject += 2;
}

static void begin_job(struct brood__story *s)
{
	bool is_name = s->error && !s->is_context && is_about_job(s->error);

	if (s->result && s->result->label[0])
		s->name = s->result->label;
	else if (is_name)
		s->name = s->subject;
	/* "git: git: ..." says nothing more. */
	if (strcmp(s->name, s->subject) == 0) {
		s->subject = "";
	} else if (is_name && s->error->stage >= 0) {
		s->stage_name = s->subject;
		s->subject = "";
	}
	if (s->name[0]) {
		brood__text_add_safe(s->t, s->name, strlen(s->name));
		brood__text_add(s->t, ": ");
	}
}

static void begin_stage(struct brood__story *s)
{
	const char *part = s->subject;
	size_t stage = (size_t)s->error->stage;
	bool names_program = s->error->step == BROOD_STEP_LOOKUP ||
			     s->error->step == BROOD_STEP_EXEC;

	if (brood__story_is_pipeline(s) && find_part(s->name, stage, &part) == strlen(s->subject) &&
		strncmp(part, s->subject, strlen(s->subject)) == 0) {
		s->stage_name = s->subject;
		s->subject = "";
	}
	/* Nothing but the subject says which program it is. */
	if (!brood__story_is_pipeline(s) && (s->name[0] || (names_program && s->subject[0])))
		return;
	brood__story_add_stage(s, stage);
	brood__text_add(s->t, ": ");
}

void brood__story_begin(struct brood__story *s)
{
	take_context(s);
	begin_job(s);
	if (is_about_stage(s))
		begin_stage(s);
}
