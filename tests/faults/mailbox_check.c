/* SPDX-License-Identifier: MIT */
/* The operator, and the one who looks at what is left. */

#include "mailbox_crew.h"
#include "tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOOT_ID    "/proc/sys/kernel/random/boot_id"
#define CHECKER    (CREW_PRODUCERS - 1) /* producer of its own messages */
#define PATIENCE_S 60

/* What the notes say of one id, and what was found. */
struct fate {
	uint64_t sent; /* tag + 1 */
	bool ending, done, found;
};

struct look {
	struct crew *crew;
	struct brood_mailbox *box;
	struct fate fates[CREW_IDS];
	uint8_t tags[CREW_PRODUCERS][CREW_NUMBERS]; /* 1: found, 2: refused */
	uint64_t highest;
	uint32_t steps;
	int32_t last_priority;
	uint64_t last_id;
};

static struct look look;

static void read_notes(struct crew *crew, uint32_t n_notes)
{
	for (uint32_t i = 0; i < n_notes && i < CREW_NOTES; i++) {
		const struct crew_entry *entry = &crew->notes[i];
		struct fate *fate = &look.fates[entry->id % CREW_IDS];
		if (entry->id < CREW_IDS && entry->id > look.highest)
			look.highest = entry->id;
		switch (atomic_load(&crew->notes[i].kind)) {
		case CREW_SENT:
			if (fate->sent || entry->id == 0)
				crew_complain(crew, "id %" PRIu64 " was given twice", entry->id);
			fate->sent = entry->tag + 1;
			break;
		case CREW_REFUSED:
			/* What is not known to be on the disk may be there. */
			if (entry->code != -EIO)
				look.tags[entry->tag >> 32][(uint32_t)entry->tag % CREW_NUMBERS] |=
					2;
			break;
		case CREW_ENDING:
			fate->ending = true;
			break;
		case CREW_DONE:
			fate->done = true;
			break;
		case CREW_STEP:
			look.steps++;
			break;
		}
	}
}

static int found(const struct brood_message *message)
{
	struct crew *crew = look.crew;
	uint64_t tag = 0;
	struct fate *fate = &look.fates[message->id % CREW_IDS];
	if (!crew_is_whole(crew, message, &tag) || tag >> 32 >= CREW_PRODUCERS)
		return crew_complain_torn(crew, "received", message);
	uint8_t *seen = &look.tags[tag >> 32][(uint32_t)tag % CREW_NUMBERS];
	if (*seen & 1)
		return crew_complain(crew, "%" PRIx64 " is there twice", tag);
	if (*seen & 2)
		return crew_complain(crew, "%" PRIx64 " was refused, but is there", tag);
	*seen |= 1;
	if (fate->sent && fate->sent != tag + 1)
		return crew_complain(crew, "%" PRIu64 " is another message", (uint64_t)message->id);
	if (fate->done)
		return crew_complain(crew, "%" PRIu64 " is done, and back", (uint64_t)message->id);
	fate->found = true;
	return 0;
}

/* A list of what is there: ids grow, and with them the numbers of each producer. */
static int list_all(void)
{
	struct crew *crew = look.crew;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_message message = BROOD_MESSAGE_INIT;
	uint64_t above = 0;
	uint64_t numbers[CREW_PRODUCERS] = { 0 };
	int r;
	while ((r = brood_mailbox_next(look.box, above, &message, &error)) > 0) {
		uint64_t tag = 0;
		if (message.id <= above)
			return crew_complain(crew, "the list goes back");
		above = message.id;
		if (message.state == BROOD_MESSAGE_DONE || message.state == BROOD_MESSAGE_REMOVED)
			continue;
		if (!crew_is_whole(crew, &message, &tag))
			return crew_complain_torn(crew, "listed", &message);
		uint64_t number = tag >> 32;
		if (number < CREW_PRODUCERS && tag + 1 <= numbers[number])
			return crew_complain(crew, "ids are not in the order of sending");
		if (number < CREW_PRODUCERS)
			numbers[number] = tag + 1;
	}
	return r < 0 ? crew_complain(crew, "next: %d", r) : 0;
}

static int empty_it(void)
{
	struct crew *crew = look.crew;
	for (bool first = true;; first = false) {
		struct brood_error error = BROOD_ERROR_INIT;
		struct brood_message message = BROOD_MESSAGE_INIT;
		int r = brood_mailbox_receive(look.box, 0, &message, &error);
		if (r == -ETIME)
			return 0;
		if (r < 0)
			return crew_complain(crew, "receive: %d", r);
		if (!first && (message.priority > look.last_priority ||
				      (message.priority == look.last_priority &&
					      message.id < look.last_id)))
			return crew_complain(crew, "%" PRIu64 " comes after %" PRIu64,
				(uint64_t)message.id, look.last_id);
		look.last_priority = message.priority;
		look.last_id = message.id;
		uint64_t id = message.id;
		if (found(&message))
			return 1;
		r = brood_mailbox_done(look.box, id, &error);
		if (r < 0)
			return crew_complain(crew, "done: %d", r);
	}
}

static int all_promised(void)
{
	struct crew *crew = look.crew;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_mailbox_counts counts = BROOD_MAILBOX_COUNTS_INIT;
	for (uint64_t id = 0; id <= look.highest; id++) {
		const struct fate *fate = &look.fates[id];
		if (fate->sent && !fate->found && !fate->done && !fate->ending)
			return crew_complain(crew, "%" PRIu64 " is lost", id);
	}
	int r = brood_mailbox_count(look.box, &counts, &error);
	if (r < 0)
		return crew_complain(crew, "count: %d", r);
	if (counts.ready || counts.delayed || counts.blocked || counts.taken || counts.dead)
		return crew_complain(crew,
			"left: %" PRIu64 " ready, %" PRIu64 " delayed, %" PRIu64 " taken, %" PRIu64
			" dead",
			(uint64_t)counts.ready, (uint64_t)counts.delayed, (uint64_t)counts.taken,
			(uint64_t)counts.dead);
	return 0;
}

/* It can be used: several messages go in and come out, over a change of segments. */
static int use_it(void)
{
	struct crew *crew = look.crew;
	char *data = malloc(crew->longest);
	for (uint32_t i = 0; data && i < 12; i++) {
		struct brood_error error = BROOD_ERROR_INIT;
		struct brood_message message = crew_message(
			crew, (uint64_t)CHECKER << 32 | i, data);
		struct brood_message back = BROOD_MESSAGE_INIT;
		uint64_t id = 0;
		int r = brood_mailbox_send(look.box, &message, &id, &error);
		if (r == 0)
			r = brood_mailbox_receive(look.box, 0, &back, &error);
		if (r == 0 && (back.id != id || id <= look.last_id))
			r = crew_complain(
				crew, "sent %" PRIu64 ", got %" PRIu64, id, (uint64_t)back.id);
		if (r == 0)
			r = brood_mailbox_done(look.box, id, &error);
		if (r != 0) {
			free(data);
			return r > 0 ? 1 : crew_complain(crew, "cannot be used: %d", r);
		}
	}
	free(data);
	return 0;
}

/* What one step of the operator changes. Message 1 is removed, 2 fails for good and is revived. */
static int make_step(struct brood_mailbox *box, unsigned int step)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_message message = BROOD_MESSAGE_INIT;
	int r = 0;
	switch (step) {
	case 0:
		return brood_mailbox_pause(box, true, &error);
	case 1:
		return brood_mailbox_pause(box, false, &error);
	case 2:
		return brood_mailbox_remove(box, 1, &error);
	case 3:
		r = brood_mailbox_receive(box, 0, &message, &error);
		/* What failed before may have been done. */
		if (r == -ETIME)
			return 0;
		if (r == 0)
			r = brood_mailbox_fail(box, message.id, 4, "for good", &error);
		return r == 1 ? 0 : r;
	case 4:
		return brood_mailbox_revive(box, 2, &error);
	case 5:
		return brood_mailbox_drain(box, true, &error);
	default:
		return brood_mailbox_drain(box, false, &error);
	}
}

int crew_operate(void *data)
{
	struct crew_role *role = data;
	struct crew *crew = role->crew;
	crew_begin(role);
	struct brood_mailbox *box = crew_open(role);
	if (!box)
		return 1;
	for (unsigned int step = 0; step < CREW_STEPS; step++) {
		int r = -1;
		for (int i = 0; i < 4 && r < 0; i++) {
			r = make_step(box, step);
			if (r == -ENOENT && i > 0)
				r = 0;
			crew_trouble(crew, "step", r);
		}
		if (r < 0)
			break;
		crew_note(crew, CREW_STEP, step, 0, 0);
	}
	brood_mailbox_close(box);
	return 0;
}

void crew_prepare_operator(struct crew *crew)
{
	struct brood_mailbox_options options = crew_options(crew);
	struct brood_mailbox *box = NULL;
	struct brood_error error = BROOD_ERROR_INIT;
	char *data = malloc(crew->longest);
	if (!data || brood_mailbox_open(&box, crew->folder, &options, &error) < 0) {
		crew_complain(crew, "cannot be prepared");
		free(data);
		return;
	}
	for (uint32_t i = 0; i < 2; i++) {
		struct brood_message message = crew_message(crew, i, data);
		message.tries = 1;
		if (brood_mailbox_send(box, &message, NULL, &error) < 0)
			crew_complain(crew, "cannot be prepared");
	}
	brood_mailbox_close(box);
	free(data);
}

/* Whether the state is that after n steps. */
static bool is_after(unsigned int n)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_mailbox_counts counts = BROOD_MAILBOX_COUNTS_INIT;
	struct brood_message first = BROOD_MESSAGE_INIT;
	struct brood_message second = BROOD_MESSAGE_INIT;
	if (brood_mailbox_count(look.box, &counts, &error) < 0)
		return false;
	if (brood_mailbox_look(look.box, 1, &first, &error) < 0)
		first.state = BROOD_MESSAGE_REMOVED;
	if (brood_mailbox_look(look.box, 2, &second, &error) < 0)
		return false;
	return counts.paused == (n == 1) && counts.draining == (n == 6) &&
	       first.state == (n > 2 ? BROOD_MESSAGE_REMOVED : BROOD_MESSAGE_READY) &&
	       second.state == (n == 4 ? BROOD_MESSAGE_DEAD : BROOD_MESSAGE_READY);
}

/* What was made is made; of the one after it all or nothing. With calls that fail, more of it. */
static int operated(void)
{
	struct crew *crew = look.crew;
	struct brood_error error = BROOD_ERROR_INIT;
	bool is_well = false;
	for (unsigned int n = look.steps; n <= look.steps + 1 && !is_well; n++)
		is_well = is_after(n);
	/* Whoever took it is dead, which the next one who takes will see; or it failed. */
	struct brood_message second = BROOD_MESSAGE_INIT;
	int r = brood_mailbox_look(look.box, 2, &second, &error);
	if (!is_well && look.steps == 3)
		is_well = r == 0 && (second.state == BROOD_MESSAGE_DEAD ||
					    second.state == BROOD_MESSAGE_READY ||
					    second.state == BROOD_MESSAGE_TAKEN);
	if (!is_well)
		return crew_complain(crew, "after %u steps it is not as it should be: %d, %d",
			look.steps, r, second.state);
	if (r == 0 && second.state == BROOD_MESSAGE_DEAD)
		r = brood_mailbox_revive(look.box, 2, &error);
	if (r == 0)
		r = brood_mailbox_pause(look.box, false, &error);
	if (r == 0)
		r = brood_mailbox_drain(look.box, false, &error);
	return r < 0 ? crew_complain(crew, "after the operator: %d", r) : 0;
}

bool crew_boot_anew(void)
{
	char path[] = "/tmp/boot_id-XXXXXX";
	static const char id[] = "0b0075e7-0000-4000-8000-00000000cafe\n";
	if (unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return false;
	int fd = mkstemp(path);
	if (fd < 0)
		return false;
	bool is_well = write(fd, id, sizeof id - 1) == (ssize_t)sizeof id - 1 &&
		       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		       mount(path, BOOT_ID, NULL, MS_BIND, NULL) == 0;
	close(fd);
	unlink(path);
	return is_well;
}

struct checker {
	struct crew *crew;
	uint32_t n_notes;
	unsigned int how;
};

static int look_at_it(void *data)
{
	const struct checker *checker = data;
	struct crew *crew = checker->crew;
	unsigned int how = checker->how;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_mailbox_options options = crew_options(crew);
	if ((how & CREW_NEW_BOOT) && !crew_boot_anew())
		return crew_complain(crew, "no new boot id");
	look.crew = crew;
	crew->is_frail = false;
	read_notes(crew, checker->n_notes);
	int r = brood_mailbox_open(&look.box, crew->folder, &options, &error);
	if (r < 0)
		return crew_complain(crew, "cannot be opened: %d", r);
	r = how & CREW_DRAINED ? brood_mailbox_drain(look.box, false, &error) : 0;
	r = r < 0 ? crew_complain(crew, "drain: %d", r) : 0;
	r = r || ((how & CREW_OPERATED) && operated()) || list_all() || empty_it() ||
	    all_promised() || use_it();
	brood_mailbox_close(look.box);
	return r;
}

bool crew_apart(int (*function)(void *data), void *data)
{
	int status = -1;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		alarm(PATIENCE_S);
		_exit(function(data));
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool crew_check(struct crew *crew, uint32_t n_notes, unsigned int how)
{
	struct checker checker = { crew, n_notes, how };
	bool is_well = crew_apart(look_at_it, &checker);
	if (!is_well && atomic_load(&crew->n_complaints) == 0)
		crew_complain(crew, "the checker itself is killed");
	return atomic_load(&crew->n_complaints) == 0;
}

static int try_boot(void *data)
{
	(void)data;
	return crew_boot_anew() ? 0 : 1;
}

bool crew_can_boot(void)
{
	return crew_apart(try_boot, NULL);
}
