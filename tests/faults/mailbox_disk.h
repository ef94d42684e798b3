/* SPDX-License-Identifier: MIT */
#ifndef MAILBOX_DISK_H
#define MAILBOX_DISK_H

/*
 * What may be on a disk after the machine crashed. The calls of traced processes on one flat folder
 * are written down in their order; then the folder can be made as it may be found after any of
 * them: what was synced is there, of what was not each piece may be there, be missing (zeros, or a
 * shorter file) or be there in part. The same for names: they are there for sure when the folder
 * was synced.
 *
 * A sync covers what was written before it began. Not covered: sectors that a crash spoils though
 * they were not written, disks that lie about a sync, and a file's pieces below one call.
 */

#include "tracer.h"

#define DISK_NAME 64

struct disk;

struct disk *disk_new(const char *folder);
void disk_free(struct disk *disk);

/** For the hook of a tracer: writes down what the call did. n_notes: promises made before it. */
void disk_watch(struct disk *disk, const struct tracee *tracee, size_t who, enum tracer_place place,
	uint32_t n_notes);

/** After the last call. */
void disk_end(struct disk *disk, uint32_t n_notes);

/** How many calls changed something, or synced it. */
size_t disk_size(const struct disk *disk);

/** Promises that were made before a crash after the first n of them. */
uint32_t disk_notes(const struct disk *disk, size_t n);

/** Makes the folder at `path` as it may be found when the first n were made. Variant 0: what is not
    synced is missing, 1: is there, 2: the last of it is torn, others: by chance. Returns how many
    variants differ: 1, if all is synced; -1: the folder itself may be missing. */
int disk_make(const struct disk *disk, size_t n, unsigned int variant, const char *path);

/** What call k was, for messages. */
const char *disk_tell(const struct disk *disk, size_t k, char text[128]);

#endif
