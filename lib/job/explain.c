/* SPDX-License-Identifier: MIT */
/*
 * The one line for a person. What went wrong comes from the code; with what, from the error; how
 * the process ended and what it said, from the result. Each of them may be missing.
 */

#include "base/error.h"
#include "base/size.h"
#include "base/strings.h"
#include "job/story.h"

#include <brood/cmd.h>
#include <brood/status.h>
#include <errno.h>
#include <string.h>

static void add(struct brood__story *s, const char *text)
{
	brood__text_add(s->t, text);
}

static void add_safe(struct brood__story *s, const char *text)
{
	brood__text_add_safe(s->t, text, strlen(text));
}

/* strerror() may write to memory that all threads share; where libc has nothing better, a name has
 * to do. */
static void add_description(struct brood__story *s, int os_errno)
{
#if defined __GLIBC__ && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 32)
	const char *text = strerrordesc_np(os_errno);
#elif !defined __GLIBC__
	char words[128];
	const char *text = strerror_r(os_errno, words, sizeof words) == 0 ? words : NULL;
#else
	const char *text = brood_code_name(-os_errno);
#endif
	if (text) {
		add(s, text);
	} else {
		add(s, "errno ");
		brood__text_add_int(s->t, os_errno);
	}
}

/* Tells how it ended, or what is said instead if nobody knows, or if several have. */
static void add_end(struct brood__story *s, const char *otherwise)
{
	char text[64];

	if (brood__story_has_stages(s) && !brood__story_is_pipeline(s)) {
		const struct brood_status *status = &s->result->stages[0];
		if (status->how == BROOD_EXITED || status->how == BROOD_SIGNALED) {
			brood_status_text(status, text, sizeof text);
			otherwise = text;
		}
	}
	add(s, otherwise);
}

/* A stage of several failed. */
static void explain_stage(struct brood__story *s)
{
	char text[64];
	size_t stage = brood__story_deciding(s);
	const struct brood_status *status = &s->result->stages[stage];

	brood_status_text(status, text, sizeof text);
	if (status->how == BROOD_EXITED) {
		add(s, text);
		add(s, " of ");
		brood__story_add_stage(s, stage);
	} else {
		brood__story_add_stage(s, stage);
		add(s, " ");
		add(s, status->how == BROOD_SIGNALED ? text : "failed");
	}
}

static void explain_lost(struct brood__story *s)
{
	if (brood__story_is_pipeline(s) && brood__story_has_stages(s)) {
		brood__story_add_stage(s, brood__story_deciding(s));
		add(s, " ");
	}
	add(s, "ended, but somebody else took its status");
}

static void explain_guard(struct brood__story *s)
{
	add_end(s, "ended");
	if (brood__story_is_pipeline(s) && s->error && s->error->stage >= 0) {
		add(s, " after the guard of ");
		brood__story_add_stage(s, (size_t)s->error->stage);
		add(s, " was lost");
	} else {
		add(s, " after its guard was lost");
	}
	if (!s->error)
		return;
	switch (s->error->os_errno) {
	case EPIPE:
	case ECONNRESET:
		add(s, ": it was killed");
		break;
	case ETIMEDOUT:
		add(s, ": it did not answer");
		break;
	case EPROTO:
		add(s, ": it said what cannot be");
		break;
	default:
		break;
	}
}

/* A job that is not started has no time limit yet and cannot be stopped by hand: it is the context
 * that has ended. */
static bool is_not_started(const struct brood__story *s)
{
	if (brood__story_has_stages(s))
		return s->result->stages[0].how == BROOD_NOT_STARTED;
	return s->error && s->error->step != BROOD_STEP_WAIT;
}

static void explain_timeout(struct brood__story *s)
{
	if (is_not_started(s)) {
		add(s, "not started: the deadline of its context has passed");
		return;
	}
	add_end(s, "stopped");
	add(s, s->is_context ? " after its context's deadline" : " after the time limit");
	if (s->subject[0]) {
		add(s, " of ");
		add_safe(s, s->subject);
	}
}

static void explain_canceled(struct brood__story *s)
{
	if (is_not_started(s)) {
		add(s, "not started: its context was cancelled");
		return;
	}
	add_end(s, "ended");
	add(s, s->is_context ? " after its context was cancelled" : " after it was stopped");
}

static bool add_descriptor(struct brood__story *s)
{
	static const char *const names[] = { "standard input", "standard output",
		"standard error" };
	int fd = s->error ? s->error->fd : -1;

	if (fd < 0)
		return false;
	if (fd < 3) {
		add(s, names[fd]);
	} else {
		add(s, "descriptor ");
		brood__text_add_int(s->t, fd);
	}
	return true;
}

static void add_subject(struct brood__story *s)
{
	if (!s->subject[0])
		return;
	add_safe(s, s->subject);
	add(s, ": ");
}

static void explain_not_found(struct brood__story *s)
{
	add_subject(s);
	add(s, "not found on PATH");
	if (s->error && s->error->os_errno == EACCES)
		add(s, " (one is there, but not executable)");
}

static void explain_limit(struct brood__story *s)
{
	add_end(s, "stopped");
	add(s, " after more came from ");
	if (!add_descriptor(s))
		add(s, "it");
	if (brood__story_is_pipeline(s) && s->error && s->error->stage >= 0) {
		add(s, " of ");
		brood__story_add_stage(s, (size_t)s->error->stage);
	}
	add(s, " than was to be captured");
}

static void explain_misuse(struct brood__story *s)
{
	add(s, "misuse of the library");
	if (s->subject[0]) {
		add(s, ": ");
		add_safe(s, s->subject);
	}
}

static bool is_at(const struct brood__story *s, int step)
{
	return s->error && s->error->step == step;
}

/* Says at what it failed. At these steps the subject alone tells it, at the others the step has to
 * be named: "chdir /srv: ". */
static void add_place(struct brood__story *s)
{
	if (!s->error)
		return;
	switch (s->error->step) {
	case BROOD_STEP_NONE:
	case BROOD_STEP_CONFIG:
	case BROOD_STEP_LOOKUP:
	case BROOD_STEP_EXEC:
		add_subject(s);
		return;
	case BROOD_STEP_DESCRIPTORS:
	case BROOD_STEP_PUMP:
		if (add_descriptor(s)) {
			add(s, ": ");
			add_subject(s);
			return;
		}
		break;
	default:
		break;
	}
	add(s, brood_step_name(s->error->step));
	if (s->subject[0]) {
		add(s, " ");
		add_safe(s, s->subject);
	}
	add(s, ": ");
}

/* Of a mailbox, which has no descriptor. Returns false if it is about something else. */
static bool explain_mailbox(struct brood__story *s)
{
	if (!s->error || s->error->fd >= 0 || (s->code != -ESHUTDOWN && s->code != -EUCLEAN))
		return false;
	add_subject(s);
	add(s, s->code == -ESHUTDOWN ? "the mailbox is draining" : "no mailbox, or damaged");
	return true;
}

/* A wait for a FIFO or a message, and not for a job. */
static void explain_late(struct brood__story *s)
{
	if (is_at(s, BROOD_STEP_OPEN))
		add_place(s);
	else if (add_descriptor(s))
		add(s, ": ");
	add(s, "the time to wait has passed");
}

/* What errno alone would say badly. Returns false if it says it well. */
static bool explain_special(struct brood__story *s)
{
	bool is_found = is_at(s, BROOD_STEP_EXEC) || is_at(s, BROOD_STEP_LOOKUP);

	if (s->code == -ETIME && (is_at(s, BROOD_STEP_OPEN) || is_at(s, BROOD_STEP_PUMP))) {
		explain_late(s);
	} else if (s->code == -ETIME) {
		add(s, "still runs: the time to wait for it has passed");
	} else if (s->code == -EBUSY && (!s->error || is_at(s, BROOD_STEP_WAIT))) {
		add(s, "another thread waits for it");
	} else if (s->code == -EINTR && is_at(s, BROOD_STEP_KILLED_EARLY)) {
		add(s, "killed before the program could begin");
	} else if (s->code == -E2BIG && is_at(s, BROOD_STEP_CONFIG)) {
		add_subject(s);
		add(s, "0, or fields are set that this library does not know");
	} else if (s->code == -ENOSYS && strncmp(s->subject, "options.", 8) == 0) {
		add_subject(s);
		add(s, "not built yet");
	} else if (s->code == -EINVAL && is_at(s, BROOD_STEP_CGROUP)) {
		add_subject(s);
		add(s, "no control group");
	} else if (s->code == -EACCES && is_found) {
		add_subject(s);
		add_description(s, EACCES);
		add(s, " (found, but not executable)");
	} else if (s->code == -ENOENT && is_at(s, BROOD_STEP_EXEC)) {
		add_subject(s);
		add_description(s, ENOENT);
		add(s, " (it, or the interpreter that it names)");
	} else {
		return false;
	}
	return true;
}

static void explain_errno(struct brood__story *s)
{
	if (explain_special(s) || explain_mailbox(s))
		return;
	add_place(s);
	if (s->code < 0 && s->code > -4096) {
		add_description(s, -s->code);
	} else {
		add(s, "unknown code ");
		brood__text_add_int(s->t, s->code);
	}
}

static void explain(struct brood__story *s)
{
	switch (s->code) {
	case 0:
		add_end(s, "ended well");
		break;
	case BROOD_EEXIT:
		if (brood__story_is_pipeline(s) && brood__story_has_stages(s))
			explain_stage(s);
		else
			add_end(s, "failed");
		break;
	case BROOD_ENOTFOUND:
		explain_not_found(s);
		break;
	case BROOD_EDOT:
		add_subject(s);
		add(s, "would come from the current directory through PATH");
		break;
	case BROOD_ETIMEOUT:
		explain_timeout(s);
		break;
	case BROOD_ECANCELED:
		explain_canceled(s);
		break;
	case BROOD_EWAITDELAY:
		add_end(s, "ended well");
		add(s, ", but its pipes were still open after the wait delay");
		break;
	case BROOD_ELIMIT:
		explain_limit(s);
		break;
	case BROOD_ELOST:
		explain_lost(s);
		break;
	case -EOWNERDEAD:
		explain_guard(s);
		break;
	case BROOD_ESTOPPED:
		add(s, "was stopped by a signal, and may go on");
		break;
	case BROOD_EMISUSE:
		explain_misuse(s);
		break;
	default:
		explain_errno(s);
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Quotes the last line of standard error that has something on it. */
static void quote_stderr(struct brood__story *s)
{
	const struct brood_bytes *err = s->result ? &s->result->err : NULL;

	if (s->code == 0 || !err || !err->data)
		return;
	size_t end = err->length;
	while (end > 0 && is_blank(err->data[end - 1]))
		end--;
	if (end == 0)
		return;
	size_t first = end;
	while (first > 0 && err->data[first - 1] != '\n')
		first--;
	while (is_blank(err->data[first]))
		first++;
	add(s, "; stderr: ");
	brood__text_add_safe(s->t, err->data + first, end - first);
}

const char *brood_explain(int code, const struct brood_result *result,
	const struct brood_error *error, char *text, size_t size)
{
	if (!text || size == 0)
		return "";
	struct brood__text t = brood__text_over(text, size);
	struct brood_result full; /* one of an older program may be shorter */
	if (result && brood__struct_copy(&full, sizeof full, result) == 0)
		result = &full;
	struct brood__story s = { .t = &t, .code = code, .result = result };
	s.subject = s.name = s.stage_name = "";
	/* An error of an earlier call explains nothing. */
	if (error && error->code == code && code != 0) {
		s.error = error;
		s.subject = error->subject;
	}
	brood__story_begin(&s);
	explain(&s);
	quote_stderr(&s);
	brood__text_mark_cut(&t);
	return text;
}
