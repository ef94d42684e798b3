/* SPDX-License-Identifier: MIT */
#include "mailbox_disk.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST_OPS   20000
#define MOST_FILES 256
#define PATH       512

enum kind { DATA, SIZE, SYNC, NAME, GONE, SYNC_NAMES, SYNC_PARENT };

static const char *const kinds[] = { "write to", "truncate", "sync", "name", "remove",
	"sync the names", "sync the parent" };

struct op {
	enum kind kind;
	size_t file; /* index of the file it is about */
	char name[DISK_NAME];
	size_t offset, length;
	char *bytes;
	size_t covers;    /* SYNC...: operations before this one are on the disk */
	uint32_t n_notes; /* promised before the next one */
};

struct disk {
	char folder[256];
	struct op *ops;
	size_t n;
	ino_t inodes[MOST_FILES];
	size_t n_files;
	size_t at_entry[TRACER_MOST];      /* operations when the call of each began */
	char gone[TRACER_MOST][DISK_NAME]; /* what it is about to remove */
	char page[TRACER_PAGE];            /* of "box", as it was last seen */
	size_t box;                        /* its file + 1 */
};

struct disk *disk_new(const char *folder)
{
	struct disk *disk = calloc(1, sizeof *disk);
	if (disk)
		disk->ops = calloc(MOST_OPS, sizeof *disk->ops);
	if (!disk || !disk->ops) {
		perror("disk");
		exit(99);
	}
	snprintf(disk->folder, sizeof disk->folder, "%s", folder);
	return disk;
}

void disk_free(struct disk *disk)
{
	for (size_t i = 0; i < disk->n; i++)
		free(disk->ops[i].bytes);
	free(disk->ops);
	free(disk);
}

static struct op *add(struct disk *disk, enum kind kind, size_t file)
{
	if (disk->n == MOST_OPS) {
		fprintf(stderr, "too many operations\n");
		exit(99);
	}
	struct op *op = &disk->ops[disk->n++];
	op->kind = kind;
	op->file = file;
	return op;
}

static size_t file_of(struct disk *disk, ino_t inode)
{
	for (size_t i = 0; i < disk->n_files; i++)
		if (disk->inodes[i] == inode)
			return i;
	if (disk->n_files == MOST_FILES) {
		fprintf(stderr, "too many files\n");
		exit(99);
	}
	disk->inodes[disk->n_files] = inode;
	return disk->n_files++;
}

/* The name within our folder; NULL: it is elsewhere. */
static const char *name_in(const struct disk *disk, const char *path)
{
	size_t length = strlen(disk->folder);
	if (strncmp(path, disk->folder, length) != 0 || path[length] != '/' ||
		strchr(path + length + 1, '/'))
		return NULL;
	return path + length + 1;
}

static bool stat_fd(const struct tracee *tracee, int fd, struct stat *status)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)tracee->pid, fd);
	return stat(path, status) == 0;
}

static long position(const struct tracee *tracee, int fd)
{
	char path[64];
	long at = -1;
	snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", (int)tracee->pid, fd);
	FILE *file = fopen(path, "re");
	if (file && fscanf(file, "pos: %ld", &at) != 1)
		at = -1;
	if (file)
		fclose(file);
	return at;
}

/* A name that a call has by a folder and a path. */
static bool name_of(const struct disk *disk, const struct tracee *tracee, int at, uint64_t address,
	char name[DISK_NAME])
{
	char whole[2 * PATH];
	char path[PATH] = "";
	struct iovec here = { path, sizeof path - 1 };
	struct iovec there = { (void *)(uintptr_t)address, 1 };
	/* Byte by byte would do as well; a page may end behind it. */
	there.iov_len = sizeof path - 1;
	size_t to_end = 4096 - address % 4096;
	if (there.iov_len > to_end)
		there.iov_len = to_end;
	if (process_vm_readv(tracee->pid, &here, 1, &there, 1, 0) <= 0)
		return false;
	if (path[0] == '/') {
		snprintf(whole, sizeof whole, "%s", path);
	} else {
		char folder[PATH];
		if (at < 0 || !tracer_path(tracee, at, folder, sizeof folder))
			return false;
		snprintf(whole, sizeof whole, "%s/%s", folder, path);
	}
	const char *found = name_in(disk, whole);
	if (!found || strlen(found) >= DISK_NAME)
		return false;
	memcpy(name, found, strlen(found) + 1);
	return true;
}

/* Stores into the shared page are writes too, that no sync follows but one of the file. */
static void look_at_page(struct disk *disk)
{
	char path[PATH];
	char page[TRACER_PAGE] = { 0 };
	struct stat status;
	snprintf(path, sizeof path, "%s/box", disk->folder);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	ssize_t length = pread(fd, page, sizeof page, 0);
	if (length > 0 && fstat(fd, &status) == 0 && memcmp(page, disk->page, sizeof page) != 0) {
		struct op *op = add(disk, DATA, file_of(disk, status.st_ino));
		memcpy(disk->page, page, sizeof page);
		op->bytes = malloc((size_t)length);
		op->length = (size_t)length;
		if (op->bytes)
			memcpy(op->bytes, page, (size_t)length);
	}
	close(fd);
}

static void add_data(struct disk *disk, const struct tracee *tracee, size_t file, long offset)
{
	struct op *op = add(disk, DATA, file);
	op->offset = (size_t)offset;
	op->length = (size_t)tracee->result;
	op->bytes = malloc(op->length);
	if (!op->bytes || tracer_written(tracee, op->bytes, op->length) != op->length) {
		fprintf(stderr, "what was written cannot be read\n");
		exit(99);
	}
}

/* Where a call that has ended wrote. */
static long offset_of(const struct tracee *tracee, int fd)
{
	bool has_offset = tracee->number == SYS_pwrite64 || tracee->number == SYS_pwritev ||
			  (tracee->number == SYS_pwritev2 && (int64_t)tracee->args[3] != -1);
	return has_offset ? (long)tracee->args[3] : position(tracee, fd) - tracee->result;
}

static void at_fd(struct disk *disk, const struct tracee *tracee, size_t who)
{
	int fd = (int)tracee->args[0];
	char path[PATH];
	char parent[256];
	struct stat status;
	if (!tracer_path(tracee, fd, path, sizeof path) || !stat_fd(tracee, fd, &status))
		return;
	snprintf(parent, sizeof parent, "%s", disk->folder);
	*strrchr(parent, '/') = '\0';
	bool is_sync = tracee->number == SYS_fsync || tracee->number == SYS_fdatasync;
	if (strcmp(path, disk->folder) == 0 && is_sync) {
		add(disk, SYNC_NAMES, 0)->covers = disk->at_entry[who];
	} else if (strcmp(path, parent) == 0 && is_sync) {
		add(disk, SYNC_PARENT, 0);
	} else if (name_in(disk, path)) {
		size_t file = file_of(disk, status.st_ino);
		if (is_sync)
			add(disk, SYNC, file)->covers = disk->at_entry[who];
		else if (tracee->number == SYS_ftruncate)
			add(disk, SIZE, file)->offset = tracee->args[1];
		else if (tracee->number == SYS_fallocate)
			add(disk, SIZE, file)->offset = (size_t)status.st_size;
		else if (tracee->result > 0)
			add_data(disk, tracee, file, offset_of(tracee, fd));
	}
}

static void at_open(struct disk *disk, const struct tracee *tracee)
{
	char path[PATH];
	struct stat status;
	const char *name;
	if (!tracer_path(tracee, (int)tracee->result, path, sizeof path) ||
		!stat_fd(tracee, (int)tracee->result, &status))
		return;
	name = name_in(disk, path);
	if (!name || !S_ISREG(status.st_mode) || strlen(name) >= DISK_NAME)
		return;
	size_t n = disk->n_files;
	size_t file = file_of(disk, status.st_ino);
	if (file < n)
		return;
	struct op *op = add(disk, NAME, file);
	memcpy(op->name, name, strlen(name) + 1);
}

/* The second name of a rename or link exists now: it is the file's only one from here on. */
static void at_rename(struct disk *disk, const struct tracee *tracee, bool is_at)
{
	char name[DISK_NAME];
	char path[PATH];
	struct stat status;
	if (!name_of(disk, tracee, is_at ? (int)tracee->args[2] : -1, tracee->args[is_at ? 3 : 1],
		    name))
		return;
	snprintf(path, sizeof path, "%s/%s", disk->folder, name);
	if (stat(path, &status) < 0)
		return;
	struct op *op = add(disk, NAME, file_of(disk, status.st_ino));
	memcpy(op->name, name, sizeof name);
}

static bool is_removal(uint64_t number)
{
#ifdef SYS_unlink
	if (number == SYS_unlink)
		return true;
#endif
	return number == SYS_unlinkat;
}

static bool is_rename(uint64_t number)
{
#ifdef SYS_rename
	if (number == SYS_rename)
		return true;
#endif
	return number == SYS_renameat2 || number == SYS_linkat
#ifdef SYS_renameat
	       || number == SYS_renameat
#endif
		;
}

static bool has_folder(uint64_t number)
{
	return number == SYS_unlinkat || number == SYS_renameat2 || number == SYS_linkat
#ifdef SYS_renameat
	       || number == SYS_renameat
#endif
		;
}

void disk_watch(struct disk *disk, const struct tracee *tracee, size_t who, enum tracer_place place,
	uint32_t n_notes)
{
	bool is_at = has_folder(tracee->number);
	size_t n = disk->n;
	if (place == TRACER_ENTRY) {
		disk->at_entry[who] = disk->n;
		disk->gone[who][0] = '\0';
		if (is_removal(tracee->number))
			name_of(disk, tracee, is_at ? (int)tracee->args[0] : -1,
				tracee->args[is_at], disk->gone[who]);
		return;
	}
	look_at_page(disk);
	if (tracee->result >= 0) {
		switch (tracee->number) {
		case SYS_openat:
			at_open(disk, tracee);
			break;
		case SYS_write:
		case SYS_writev:
		case SYS_pwrite64:
		case SYS_pwritev:
		case SYS_pwritev2:
		case SYS_fsync:
		case SYS_fdatasync:
		case SYS_ftruncate:
		case SYS_fallocate:
			at_fd(disk, tracee, who);
			break;
		default:
			if (is_rename(tracee->number))
				at_rename(disk, tracee, is_at);
			else if (is_removal(tracee->number) && disk->gone[who][0])
				memcpy(add(disk, GONE, 0)->name, disk->gone[who], DISK_NAME);
			break;
		}
	}
	/* Before the first of these happened. */
	if (disk->n > n && n > 0)
		disk->ops[n - 1].n_notes = n_notes;
	for (size_t i = n; i + 1 < disk->n; i++)
		disk->ops[i].n_notes = n_notes;
}

void disk_end(struct disk *disk, uint32_t n_notes)
{
	if (disk->n > 0)
		disk->ops[disk->n - 1].n_notes = n_notes;
}

size_t disk_size(const struct disk *disk)
{
	return disk->n;
}

uint32_t disk_notes(const struct disk *disk, size_t n)
{
	return n == 0 ? 0 : disk->ops[n - 1].n_notes;
}

const char *disk_tell(const struct disk *disk, size_t k, char text[128])
{
	const struct op *op = &disk->ops[k];
	const char *name = op->name;
	for (size_t i = 0; i < k && !*name; i++)
		if (disk->ops[i].kind == NAME && disk->ops[i].file == op->file)
			name = disk->ops[i].name;
	snprintf(text, 128, "%s %s at %zu, %zu bytes", kinds[op->kind], name, op->offset,
		op->length);
	return text;
}

/* Which operations are on the disk for sure after the first n. */
static bool *find_safe(const struct disk *disk, size_t n, bool *has_folder)
{
	bool *safe = calloc(n + 1, sizeof *safe);
	*has_folder = false;
	for (size_t k = 0; safe && k < n; k++) {
		const struct op *sync = &disk->ops[k];
		*has_folder |= sync->kind == SYNC_PARENT;
		for (size_t i = 0; i < sync->covers; i++) {
			const struct op *op = &disk->ops[i];
			if (sync->kind == SYNC)
				safe[i] |= op->file == sync->file && op->kind <= SIZE;
			else if (sync->kind == SYNC_NAMES)
				safe[i] |= op->kind == NAME || op->kind == GONE;
		}
	}
	return safe;
}

/* How much of an operation that is not safe is there, in eighths. */
static unsigned int fortune(unsigned int variant, bool is_last, uint64_t *seed)
{
	uint64_t chance = tracer_random(seed);
	switch (variant) {
	case 0:
		return 0;
	case 1:
		return 8;
	case 2:
		return is_last ? 3 : 8;
	default:
		return chance % 3 == 0 ? 0 : chance % 3 == 1 ? 8 : (unsigned int)(chance >> 8) % 8;
	}
}

struct image {
	char *bytes;
	size_t size;
};

static void put(struct image *image, size_t offset, const char *bytes, size_t length)
{
	if (length == 0)
		return;
	if (offset + length > image->size) {
		char *more = realloc(image->bytes, offset + length);
		if (!more)
			exit(99);
		memset(more + image->size, 0, offset + length - image->size);
		image->bytes = more;
		image->size = offset + length;
	}
	memcpy(image->bytes + offset, bytes, length);
}

static void resize(struct image *image, size_t size)
{
	if (size > image->size)
		put(image, size - 1, "", 1);
	image->size = size;
}

static void save(const struct image *image, const char *path, const char *name)
{
	char whole[PATH];
	snprintf(whole, sizeof whole, "%s/%s", path, name);
	int fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || (image->size && write(fd, image->bytes, image->size) != (ssize_t)image->size))
		perror(whole);
	if (fd >= 0)
		close(fd);
}

static void unname(char names[MOST_FILES][DISK_NAME], const char *name)
{
	for (size_t i = 0; i < MOST_FILES; i++)
		if (strcmp(names[i], name) == 0)
			names[i][0] = '\0';
}

int disk_make(const struct disk *disk, size_t n, unsigned int variant, const char *path)
{
	static struct image images[MOST_FILES];
	static char names[MOST_FILES][DISK_NAME];
	bool has_folder;
	bool *safe = find_safe(disk, n, &has_folder);
	uint64_t seed = n * 1000 + variant;
	size_t last = 0;
	size_t n_open = 0;
	if (!safe)
		exit(99);
	for (size_t k = 0; k < n; k++)
		if (!safe[k] && disk->ops[k].kind != SYNC && disk->ops[k].kind < SYNC_NAMES) {
			last = k;
			n_open++;
		}
	memset(images, 0, sizeof images);
	memset(names, 0, sizeof names);
	for (size_t k = 0; k < n; k++) {
		const struct op *op = &disk->ops[k];
		unsigned int eighths = safe[k] ? 8 : fortune(variant, k == last, &seed);
		if (op->kind == DATA)
			put(&images[op->file], op->offset, op->bytes, op->length * eighths / 8);
		else if (op->kind == SIZE && eighths > 3)
			resize(&images[op->file], op->offset);
		else if ((op->kind == NAME || op->kind == GONE) && eighths > 3)
			unname(names, op->name);
		if (op->kind == NAME && eighths > 3)
			memcpy(names[op->file], op->name, DISK_NAME);
	}
	free(safe);
	mkdir(path, 0700);
	for (size_t i = 0; i < MOST_FILES; i++) {
		if (names[i][0])
			save(&images[i], path, names[i]);
		free(images[i].bytes);
	}
	return !has_folder ? -1 : n_open == 0 ? 1 : 1 << 20;
}
