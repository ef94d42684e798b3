/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a mailbox is, told in the simplest way: a list of messages, everything else worked out anew
 * each time it is asked for. An id that is not in the list is done.
 */

#include "fifo/mailbox_record.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

enum { MODEL_IDS = 12, MODEL_AFTER = 3 };

enum model_base { M_NONE, M_WAITS, M_TAKEN, M_DONE, M_DEAD, M_REMOVED };

struct model_message {
	enum model_base base;
	int priority;
	uint32_t tries, tried, retried;
	int64_t not_before;
	uint64_t worker;
	int32_t code;
	size_t n_after;
	uint64_t after[MODEL_AFTER];
};

struct model {
	struct model_message messages[MODEL_IDS + 1];
	uint64_t sent, done, removed;
	bool paused, draining;
};

static inline bool model_is_dead(const struct model *model, uint64_t id)
{
	const struct model_message *m = &model->messages[id];

	if (m->base == M_DEAD || m->base == M_REMOVED)
		return true;
	for (size_t i = 0; m->base == M_WAITS && i < m->n_after; i++) {
		if (model_is_dead(model, m->after[i]))
			return true;
	}
	return false;
}

/* BROOD_MESSAGE_...; -1: not known. */
static inline int model_state(const struct model *model, uint64_t id, int64_t now)
{
	const struct model_message *m = &model->messages[id];

	switch (m->base) {
	case M_NONE:
		return -1;
	case M_TAKEN:
		return BROOD_MESSAGE_TAKEN;
	case M_DONE:
		return BROOD_MESSAGE_DONE;
	case M_REMOVED:
		return BROOD_MESSAGE_REMOVED;
	case M_DEAD:
		return BROOD_MESSAGE_DEAD;
	case M_WAITS:
		break;
	}
	if (model_is_dead(model, id))
		return BROOD_MESSAGE_DEAD;
	for (size_t i = 0; i < m->n_after; i++) {
		enum model_base base = model->messages[m->after[i]].base;
		if (base != M_NONE && base != M_DONE)
			return BROOD_MESSAGE_BLOCKED;
	}
	return m->not_before > now ? BROOD_MESSAGE_DELAYED : BROOD_MESSAGE_READY;
}

/* The id to be taken next, or 0. */
static inline uint64_t model_first(const struct model *model, int64_t now)
{
	uint64_t first = 0;

	for (uint64_t id = 1; id <= MODEL_IDS; id++) {
		if (model_state(model, id, now) == BROOD_MESSAGE_READY &&
			(first == 0 ||
				model->messages[id].priority > model->messages[first].priority))
			first = id;
	}
	return first;
}

static inline void model_put(struct model *model, const struct brood__record *record)
{
	struct model_message *m = &model->messages[record->id];

	if (m->base != M_NONE)
		return;
	*m = (struct model_message){ .base = M_WAITS,
		.priority = record->priority,
		.tries = record->tries,
		.not_before = record->not_before,
		.n_after = record->n_after };
	for (size_t i = 0; i < record->n_after; i++)
		m->after[i] = brood__record_after(record, i);
	model->sent++;
}

/* The end of a lease. */
static inline void model_end(struct model *model, const struct brood__record *record)
{
	struct model_message *m = &model->messages[record->id];

	if (m->base == M_NONE && record->type == BROOD__RECORD_DONE)
		model->done++;
	if (m->base != M_TAKEN || m->worker != record->worker)
		return;
	m->not_before = record->not_before;
	m->base = record->is_dead ? M_DEAD : M_WAITS;
	if (record->type == BROOD__RECORD_DONE) {
		m->base = M_DONE;
		m->n_after = 0;
		model->done++;
	}
	if (record->type == BROOD__RECORD_FAIL) {
		m->code = record->code;
		m->retried = 0;
	}
	if (record->type == BROOD__RECORD_RETRY || record->type == BROOD__RECORD_RELEASE)
		m->tried--;
	if (record->type == BROOD__RECORD_RETRY)
		m->retried++;
}

static inline void model_apply(struct model *model, const struct brood__record *record, int64_t now)
{
	struct model_message *m = &model->messages[record->id];

	switch (record->type) {
	case BROOD__RECORD_PUT:
		model_put(model, record);
		break;
	case BROOD__RECORD_TAKE:
		if (m->base != M_WAITS)
			break;
		m->base = M_TAKEN;
		m->worker = record->worker;
		m->tried++;
		break;
	case BROOD__RECORD_REMOVE:
		if (m->base == M_NONE)
			model->removed++;
		if (m->base != M_WAITS && m->base != M_DEAD)
			break;
		m->base = M_REMOVED;
		m->n_after = 0;
		model->removed++;
		break;
	case BROOD__RECORD_REVIVE:
		if (model_state(model, record->id, now) != BROOD_MESSAGE_DEAD)
			break;
		m->base = M_WAITS;
		m->tried = 0;
		m->retried = 0;
		m->not_before = 0;
		m->n_after = 0;
		break;
	case BROOD__RECORD_PAUSE:
	case BROOD__RECORD_RESUME:
		model->paused = record->type == BROOD__RECORD_PAUSE;
		break;
	case BROOD__RECORD_DRAIN:
	case BROOD__RECORD_UNDRAIN:
		model->draining = record->type == BROOD__RECORD_DRAIN;
		break;
	default:
		model_end(model, record);
		break;
	}
}
