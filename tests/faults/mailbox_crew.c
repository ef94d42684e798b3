/* SPDX-License-Identifier: MIT */
#include "mailbox_crew.h"
#include "tracer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH      512
#define MOST_HEAD 16 /* bytes of every message before its filling */
#define TROUBLES  40

struct crew *crew_new(const char *folder)
{
	struct crew *crew = mmap(
		NULL, sizeof *crew, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (crew == MAP_FAILED) {
		perror("mmap");
		exit(99);
	}
	snprintf(crew->folder, sizeof crew->folder, "%s", folder);
	crew->longest = 200;
	crew->segment_size = 4096;
	return crew;
}

void crew_free(struct crew *crew)
{
	munmap(crew, sizeof *crew);
}

struct crew_saved {
	char head[offsetof(struct crew, doomed)];
	uint8_t fate[CREW_SAVED];
	struct crew_entry notes[CREW_SAVED];
};

struct crew_saved *crew_save(const struct crew *crew)
{
	struct crew_saved *saved = malloc(sizeof *saved);
	if (!saved || atomic_load(&crew->n_notes) > CREW_SAVED) {
		perror("save");
		exit(99);
	}
	memcpy(saved->head, crew, sizeof saved->head);
	memcpy(saved->fate, (const char *)crew + offsetof(struct crew, fate), sizeof saved->fate);
	memcpy(saved->notes, crew->notes, sizeof saved->notes);
	return saved;
}

void crew_restore(struct crew *crew, const struct crew_saved *saved)
{
	/* Its pages go: they are as new when they are touched again. */
	if (madvise(crew, sizeof *crew, MADV_REMOVE) < 0)
		memset(crew, 0, sizeof *crew);
	memcpy(crew, saved->head, sizeof saved->head);
	memcpy((char *)crew + offsetof(struct crew, fate), saved->fate, sizeof saved->fate);
	memcpy(crew->notes, saved->notes, sizeof saved->notes);
}

int crew_complain(struct crew *crew, const char *format, ...)
{
	char text[sizeof crew->complaint];
	va_list list;
	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	if (atomic_fetch_add(&crew->n_complaints, 1) == 0)
		memcpy(crew->complaint, text, sizeof text);
	return 1;
}

void crew_note(struct crew *crew, enum crew_kind kind, uint64_t id, uint64_t tag, int code)
{
	uint32_t n = atomic_fetch_add(&crew->n_notes, 1);
	if (n >= CREW_NOTES) {
		crew_complain(crew, "too many notes");
		return;
	}
	crew->notes[n].id = id;
	crew->notes[n].tag = tag;
	crew->notes[n].code = code;
	atomic_store(&crew->notes[n].kind, kind);
}

struct brood_mailbox_options crew_options(const struct crew *crew)
{
	return BROOD_MAILBOX_OPTIONS(.sync = crew->sync, .segment_size = crew->segment_size,
		.back_off = -1);
}

/* A message is mostly short, and now and then as long as it may be. */
static uint32_t length_of(const struct crew *crew, uint64_t seed)
{
	uint32_t most = crew->longest - MOST_HEAD;
	if (seed % 4)
		most = most > 100 ? 100 : most;
	return MOST_HEAD + (uint32_t)(seed >> 8) % (most + 1);
}

static void fill(uint64_t tag, char *data, uint32_t length)
{
	uint64_t seed = tag;
	memcpy(data, &tag, 8);
	memcpy(data + 8, &length, 4);
	memset(data + 12, 'b', 4);
	for (uint32_t i = MOST_HEAD; i < length; i++)
		data[i] = (char)tracer_random(&seed);
}

struct brood_message crew_message(const struct crew *crew, uint64_t tag, char *data)
{
	uint64_t seed = tag ^ 0x55;
	uint64_t number = tracer_random(&seed);
	uint32_t length = length_of(crew, number);
	fill(tag, data, length);
	return BROOD_MESSAGE(.data = data, .length = length, .kind = (uint32_t)(number >> 32),
		.priority = (int32_t)(number >> 40) % 3 - 1, .tries = 1000);
}

bool crew_is_whole(const struct crew *crew, const struct brood_message *message, uint64_t *tag)
{
	if (message->length < MOST_HEAD || message->length > crew->longest || !message->data)
		return false;
	memcpy(tag, message->data, 8);
	char *data = malloc(crew->longest);
	if (!data)
		return false;
	struct brood_message expected = crew_message(crew, *tag, data);
	bool is_whole = expected.length == message->length && expected.kind == message->kind &&
			expected.priority == message->priority &&
			memcmp(data, message->data, expected.length) == 0;
	free(data);
	return is_whole;
}

/* A trouble is what a system call that was made to fail may bring about. */
int crew_complain_torn(struct crew *crew, const char *where, const struct brood_message *message)
{
	uint64_t tag = 0;
	if (message->data && message->length >= sizeof tag)
		memcpy(&tag, message->data, sizeof tag);
	return crew_complain(crew,
		"%" PRIu64 ", %s, is not as it was sent: %s, %zu bytes, tag %" PRIx64
		", kind %x, priority %d, state %d, tried %u",
		(uint64_t)message->id, where, message->data ? "data" : "no data", message->length,
		tag, message->kind, message->priority, message->state, message->tried);
}

bool crew_trouble(struct crew *crew, const char *what, int r)
{
	if (r >= 0)
		return false;
	if (crew->is_frail && atomic_fetch_add(&crew->n_troubles, 1) < TROUBLES)
		return true;
	crew_complain(crew, "%s: %d", what, r);
	return true;
}

struct brood_mailbox *crew_open(struct crew_role *role)
{
	struct brood_mailbox_options options = crew_options(role->crew);
	struct brood_mailbox *box = NULL;
	for (int i = 0; i < 3; i++) {
		struct brood_error error = BROOD_ERROR_INIT;
		int r = brood_mailbox_open(&box, role->crew->folder, &options, &error);
		if (r == 0)
			return box;
		if (crew_trouble(role->crew, "open", r) && !role->crew->is_frail)
			return NULL;
	}
	crew_complain(role->crew, "cannot be opened again after a failure");
	return NULL;
}

void crew_begin(struct crew_role *role)
{
	if (role->is_watched)
		*(volatile uint32_t *)&role->crew->inside = 1;
	(void)getppid();
}

/* What was sent unsynced is promised now only. */
static void promise_late(struct crew_role *role, struct brood_mailbox *box)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int r = brood_mailbox_sync(box, &error);
	if (crew_trouble(role->crew, "sync", r))
		return;
	for (uint32_t i = 0; i < role->n && i < CREW_LATE; i++)
		if (role->late[i] != 0)
			crew_note(role->crew, CREW_SENT, role->late[i],
				(uint64_t)role->number << 32 | i, 0);
}

int crew_produce(void *data)
{
	struct crew_role *role = data;
	struct crew *crew = role->crew;
	char *bytes = malloc(crew->longest);
	crew_begin(role);
	struct brood_mailbox *box = bytes ? crew_open(role) : NULL;
	if (!box) {
		free(bytes);
		return crew_complain(crew, "no mailbox");
	}
	for (uint32_t i = 0; i < role->n; i++) {
		struct brood_error error = BROOD_ERROR_INIT;
		uint64_t number = atomic_fetch_add(&crew->next[role->number], 1);
		uint64_t tag = (uint64_t)role->number << 32 | number;
		uint64_t id = 0;
		struct brood_message message = crew_message(crew, tag, bytes);
		if (number >= CREW_NUMBERS)
			break;
		int r = brood_mailbox_send(box, &message, &id, &error);
		if (r == 0 && role->is_late && i < CREW_LATE)
			role->late[i] = id;
		else
			crew_note(crew, r == 0 ? CREW_SENT : CREW_REFUSED, id, tag, r);
		crew_trouble(crew, "send", r);
	}
	if (role->is_late)
		promise_late(role, box);
	brood_mailbox_close(box);
	free(bytes);
	return 0;
}

static bool is_doomed(struct crew *crew, int32_t pid)
{
	uint32_t n = atomic_load(&crew->n_doomed);
	while (n-- > 0)
		if (atomic_load(&crew->doomed[n % CREW_DOOMED]) == pid)
			return true;
	return false;
}

static int hold(struct crew *crew, const struct brood_message *message)
{
	uint64_t tag = 0;
	if (!crew_is_whole(crew, message, &tag))
		return crew_complain_torn(crew, "taken", message);
	if (message->id >= CREW_IDS)
		return crew_complain(crew, "id %" PRIu64, (uint64_t)message->id);
	if (atomic_load(&crew->fate[message->id]) & CREW_IS_DONE)
		return crew_complain(crew, "%" PRIu64 " was done before", (uint64_t)message->id);
	int32_t before = atomic_exchange(&crew->holder[message->id], (int32_t)getpid());
	if (before != 0 && !is_doomed(crew, before))
		return crew_complain(crew, "%d and %d hold %" PRIu64, (int)before, (int)getpid(),
			(uint64_t)message->id);
	return 0;
}

/* One who looks finds the messages of one producer, of one priority, in the order in which they
   were sent, but for those that came back. */
static int keeps_order(struct crew *crew, const struct brood_message *message, uint64_t *last)
{
	uint64_t tag = 0;
	if (!crew_is_whole(crew, message, &tag) || message->tried != 1 ||
		(atomic_load(&crew->fate[message->id]) & CREW_CAME_BACK))
		return 0;
	uint64_t number = tag >> 32;
	uint64_t *before = &last[3 * (number % CREW_PRODUCERS) + (uint64_t)(message->priority + 1)];
	if (*before > message->id)
		return crew_complain(
			crew, "%" PRIu64 " comes after %" PRIu64, (uint64_t)message->id, *before);
	*before = message->id;
	return 0;
}

static int end_one(struct brood_mailbox *box, uint64_t id, unsigned int how)
{
	struct brood_error error = BROOD_ERROR_INIT;
	switch (how) {
	case 0:
		return brood_mailbox_fail(box, id, 3, "no luck", &error);
	case 1:
		return brood_mailbox_retry(box, id, 1, &error);
	case 2:
		return brood_mailbox_release(box, id, &error);
	default:
		return brood_mailbox_done(box, id, &error);
	}
}

/* The first try ends badly now and then. */
static int let_go(struct crew_role *role, struct brood_mailbox *box, uint64_t id, uint32_t tried)
{
	struct crew *crew = role->crew;
	unsigned int how = tried > 1 ? 9 : (unsigned int)(tracer_random(&role->seed) % 10);
	if (atomic_exchange(&crew->holder[id], 0) != (int32_t)getpid())
		return crew_complain(crew, "%" PRIu64 " was held by another meanwhile", id);
	if (how > 2)
		crew_note(crew, CREW_ENDING, id, 0, 0);
	else
		atomic_fetch_or(&crew->fate[id], CREW_CAME_BACK);
	for (int i = 0; i < 4; i++) {
		int r = end_one(box, id, how);
		if (r >= 0) {
			if (how > 2) {
				atomic_fetch_or(&crew->fate[id], CREW_IS_DONE);
				crew_note(crew, CREW_DONE, id, 0, 0);
			}
			return 0;
		}
		/* What failed in the end may have been made all the same. */
		if (r == -ENOENT && i > 0)
			return 0;
		if (crew_trouble(crew, r == -ENOENT ? "taken away" : "end", r) && !crew->is_frail)
			return 1;
	}
	return crew_complain(crew, "%" PRIu64 " cannot be ended", id);
}

int crew_work(void *data)
{
	struct crew_role *role = data;
	struct crew *crew = role->crew;
	uint64_t last[3 * CREW_PRODUCERS] = { 0 };
	crew_begin(role);
	struct brood_mailbox *box = crew_open(role);
	if (!box)
		return 1;
	int bad = 0;
	for (uint32_t n = 0; n < role->n && !bad;) {
		struct brood_message message = BROOD_MESSAGE_INIT;
		struct brood_error error = BROOD_ERROR_INIT;
		int r = brood_mailbox_receive(
			box, crew->patient ? BROOD_FOREVER : 0, &message, &error);
		if (r == -ESHUTDOWN || (r == -ETIME && !crew->patient))
			break;
		if (crew_trouble(crew, "receive", r)) {
			bad = atomic_load(&crew->n_complaints) > 0;
			continue;
		}
		atomic_fetch_add(&crew->n_taken, 1);
		n++;
		bad = hold(crew, &message) || keeps_order(crew, &message, last) ||
		      let_go(role, box, message.id, message.tried);
	}
	brood_mailbox_close(box);
	return bad;
}

void crew_fill(struct crew *crew, uint32_t number, uint32_t n)
{
	struct crew_role role = { .crew = crew, .number = number, .n = n };
	crew_produce(&role);
}

void crew_copy(const char *from, const char *to)
{
	DIR *dir = opendir(from);
	const struct dirent *entry;
	mkdir(to, 0700);
	while (dir && (entry = readdir(dir))) {
		char path[PATH];
		char buffer[65536];
		ssize_t length = -1;
		snprintf(path, sizeof path, "%s/%s", from, entry->d_name);
		int in = entry->d_name[0] == '.' ? -1 : open(path, O_RDONLY | O_CLOEXEC);
		snprintf(path, sizeof path, "%s/%s", to, entry->d_name);
		int out = in < 0 ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		while (out >= 0 && (length = read(in, buffer, sizeof buffer)) > 0)
			if (write(out, buffer, (size_t)length) != length)
				break;
		if (out >= 0 && length != 0)
			perror(path);
		if (in >= 0)
			close(in);
		if (out >= 0)
			close(out);
	}
	if (dir)
		closedir(dir);
}

void crew_remove(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	while (dir && (entry = readdir(dir))) {
		char path[PATH];
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (entry->d_type == DT_DIR)
			crew_remove(path);
		else
			unlink(path);
	}
	if (dir)
		closedir(dir);
	rmdir(folder);
}

void crew_scratch(char folder[128])
{
	const char *at = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(folder, 128, "%s/mailbox-XXXXXX", at);
	if (!mkdtemp(folder)) {
		perror(folder);
		exit(99);
	}
}
