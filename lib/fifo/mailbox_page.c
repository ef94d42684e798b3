/* SPDX-License-Identifier: MIT */
/* Opening a mailbox: the folder, its page, and what the page is made of again after a crash. */

#include "fifo/mailbox_store.h"

#include "base/error.h"
#include "sys/fd.h"
#include "sys/files.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW_PAGE "box.new"

/* The boot id, by which a page of an earlier boot is told; "-" where there is none. */
static void read_boot(char boot[BROOD__BOOT_BYTES])
{
	AUTO_FD fd = brood__fd_open("/proc/sys/kernel/random/boot_id", O_RDONLY, 0);

	memset(boot, 0, BROOD__BOOT_BYTES);
	if (fd < 0 || brood__fd_read(fd, boot, BROOD__BOOT_BYTES - 1) <= 0)
		boot[0] = '-';
}

/* ---- the folder ---- */

/* Whether a name in a folder without a page may be there: what is left of one who did not live to
 * make it, or a mailbox whose page is gone. */
static bool is_ours(const char *name)
{
	static const char *const names[] = { ".", "..", "lock", "box", NEW_PAGE, "out" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return strncmp(name, "log.", 4) == 0 || strncmp(name, "worker.", 7) == 0;
}

/* Whether a mailbox can be made here. Returns 0 or -errno; -EUCLEAN: something else is there;
 * -ENOENT: it must be there already, and is not. */
static int is_free(const struct brood_mailbox *box, bool is_existing)
{
	uint32_t lowest, highest;
	int fd = openat(box->folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	int r = 0;

	if (!folder) {
		r = -errno;
		if (fd >= 0)
			close(fd);
		return r;
	}
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is ours */
	for (const struct dirent *entry; r == 0 && (entry = readdir(folder)) != NULL;)
		r = is_ours(entry->d_name) ? 0 : -EUCLEAN;
	closedir(folder);
	if (!is_existing)
		return r;
	int seen = brood__mailbox_segments(box, &lowest, &highest);
	return seen < 0 ? seen : lowest == 0 ? -ENOENT : r;
}

static int open_folder(
	struct brood_mailbox *box, bool is_existing, mode_t mode, struct brood_error *error)
{
	bool is_made = !is_existing && mkdir(box->path, mode) == 0;

	if (!is_existing && !is_made && errno != EEXIST)
		return brood__mailbox_fail(box, error, -errno, BROOD_STEP_OPEN, NULL);
	box->folder_fd = brood__fd_open(box->path, O_RDONLY | O_DIRECTORY, 0);
	if (box->folder_fd < 0)
		return brood__mailbox_fail(box, error, box->folder_fd, BROOD_STEP_OPEN, NULL);
	brood__fd_make_way(&box->folder_fd);
	struct stat st;
	if ((is_made && fchmod(box->folder_fd, mode) < 0) || fstat(box->folder_fd, &st) < 0)
		return brood__mailbox_fail(box, error, -errno, BROOD_STEP_OPEN, NULL);
	box->file_mode = st.st_mode & 0666;
	return 0;
}

static int sync_folder(int fd)
{
	/* Some file systems do not sync folders: there is nothing to be done about that. */
	return fsync(fd) < 0 && errno != EINVAL && errno != ENOTSUP ? -errno : 0;
}

/* Whatever the page will speak of has its name on the disk before anybody can read the page: the
 * folder in its parent, and the segments in the folder. */
static int sync_names(struct brood_mailbox *box)
{
	AUTO_FD parent = openat(box->folder_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* One that we may not read was not made by us. */
	int r = parent < 0 ? 0 : sync_folder(parent);
	return r < 0 ? r : sync_folder(box->folder_fd);
}

/* ---- the page ---- */

static int map_page(struct brood_mailbox *box, int fd)
{
	int is_written = !(box->flags & BROOD_MAILBOX_READ_ONLY);

	if (brood__file_size(fd) != BROOD__PAGE_BYTES)
		return -EUCLEAN;
	void *at = mmap(NULL, BROOD__PAGE_BYTES, PROT_READ | (is_written ? PROT_WRITE : 0),
		MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	const struct brood__page *page = at;
	if (memcmp(page->magic, BROOD__PAGE_MAGIC, sizeof page->magic) != 0 ||
		page->version != BROOD__RECORD_VERSION) {
		munmap(at, BROOD__PAGE_BYTES);
		return -EUCLEAN;
	}
	box->page = at;
	return 0;
}

/* Maps the page that is there. Returns 0 or -errno; -ENOENT: there is none. */
static int open_page(struct brood_mailbox *box)
{
	int flags = box->flags & BROOD_MAILBOX_READ_ONLY ? O_RDONLY : O_RDWR;
	AUTO_FD fd = brood__file_open(box->folder_fd, "box", flags, 0);

	return fd < 0 ? fd : map_page(box, fd);
}

/* Makes an empty file that is locked and never written to. */
static int make_lock(struct brood_mailbox *box, const char *name)
{
	AUTO_FD fd = brood__file_open(box->folder_fd, name, O_RDWR | O_CREAT, box->file_mode);

	if (fd < 0)
		return fd;
	/* Whoever made it may be another one with another umask. */
	(void)!fchmod(fd, box->file_mode);
	return 0;
}

/* Writes a page whose boot id fits to nothing, so that it is filled by what the segments say. */
static int make_page(struct brood_mailbox *box, uint32_t salt)
{
	struct brood__page page;
	unsigned char bytes[BROOD__PAGE_BYTES] = { 0 };

	memset(&page, 0, sizeof page);
	memcpy(page.magic, BROOD__PAGE_MAGIC, sizeof page.magic);
	page.version = BROOD__RECORD_VERSION;
	page.salt = salt;
	page.boot[0] = '?';
	memcpy(bytes, &page, sizeof page);
	if (unlinkat(box->folder_fd, NEW_PAGE, 0) < 0 && errno != ENOENT)
		return -errno;
	AUTO_FD fd = brood__file_open(
		box->folder_fd, NEW_PAGE, O_RDWR | O_CREAT | O_EXCL, box->file_mode);
	if (fd < 0)
		return fd;
	if (fchmod(fd, box->file_mode) < 0)
		return -errno;
	int r = brood__fd_write_all(fd, bytes, sizeof bytes);
	if (r == 0)
		r = brood__file_sync(fd);
	if (r == 0)
		r = map_page(box, fd);
	return r;
}

/* The salt of a mailbox whose page is gone, out of the first segment that tells it. */
static int salt_of(struct brood_mailbox *box, uint32_t number, uint32_t *ret_salt)
{
	unsigned char bytes[BROOD__RECORD_META];
	struct brood__record record;
	size_t need;
	AUTO_FD fd = brood__mailbox_open_segment(box, number, O_RDONLY);

	if (fd < 0)
		return fd;
	ssize_t n = brood__file_read_at(fd, bytes, sizeof bytes, 0);
	if (n < 0)
		return (int)n;
	if (brood__record_decode(bytes, (size_t)n, 0, &record, &need) != BROOD__DECODED ||
		record.type != BROOD__RECORD_BEGIN || record.version != BROOD__RECORD_VERSION)
		return -EUCLEAN;
	*ret_salt = record.salt;
	return 0;
}

/* A segment of which less than the first record got to the disk has nothing that was promised. */
bool brood__mailbox_is_stub(struct brood_mailbox *box, uint32_t number)
{
	uint32_t salt;
	AUTO_FD fd = brood__mailbox_open_segment(box, number, O_RDONLY);

	return fd >= 0 && brood__file_size(fd) < BROOD__RECORD_META &&
	       salt_of(box, number, &salt) == -EUCLEAN;
}

/* ---- what the page says ---- */

/* Reads all segments, seals those behind which others follow, and makes the page of what they say.
 * The lock is held. */
static int recover(struct brood_mailbox *box, const char *boot, struct brood_error *error)
{
	struct brood__page *page = box->page;
	uint32_t lowest, highest;
	int r = brood__mailbox_segments(box, &lowest, &highest);

	if (r < 0)
		return brood__mailbox_fail(box, error, r, BROOD_STEP_OPEN, NULL);
	if (highest == 0) {
		r = brood__mailbox_make_segment(box, 1);
		if (r < 0)
			return brood__mailbox_fail_segment(box, error, r, BROOD_STEP_OPEN, 1);
		lowest = highest = 1;
	}
	atomic_store(&page->closing, highest - 1);
	atomic_store(&page->segment, highest);
	atomic_store(&page->seal_segment, 0);
	box->is_recovering = true;
	r = brood__mailbox_refresh(box, error);
	box->is_recovering = false;
	if (r < 0)
		return r;
	if (atomic_load(&page->next_id) < box->messages.next_id)
		atomic_store(&page->next_id, box->messages.next_id);
	if (atomic_load(&page->next_id) == 0)
		atomic_store(&page->next_id, 1);
	if (atomic_load(&page->next_worker) < box->messages.next_worker)
		atomic_store(&page->next_worker, box->messages.next_worker);
	if (atomic_load(&page->next_worker) == 0)
		atomic_store(&page->next_worker, 1);
	atomic_store(&page->draining, box->messages.draining);
	atomic_store(&page->failed, 0);
	atomic_store(&page->sync_from, lowest);
	/* Half a segment at most is written before somebody looks at its size again. */
	atomic_store(&page->began, atomic_load(&page->written) - box->scan.offset);
	r = brood__mailbox_flush(box, error);
	if (r < 0)
		return r;
	r = sync_names(box);
	if (r < 0)
		return brood__mailbox_fail(box, error, r, BROOD_STEP_OPEN, NULL);
	memcpy(page->boot, boot, sizeof page->boot);
	return 0;
}

static bool is_of_boot(const struct brood__page *page, const char *boot)
{
	/* Without a boot id of our own every page that was filled has to do. */
	if (boot[0] == '-')
		return page->boot[0] != '?';
	return memcmp(page->boot, boot, BROOD__BOOT_BYTES) == 0;
}

/* Makes the page where there is none. The lock is held. */
static int make(struct brood_mailbox *box, struct brood_error *error)
{
	uint32_t lowest, highest, salt;
	int r = brood__mailbox_segments(box, &lowest, &highest);

	if (r < 0)
		return brood__mailbox_fail(box, error, r, BROOD_STEP_OPEN, NULL);
	if (getrandom(&salt, sizeof salt, GRND_NONBLOCK) != sizeof salt)
		salt = (uint32_t)brood__mailbox_luck(box);
	/* The first one that has a beginning tells; those that have none are made again. */
	for (uint32_t number = lowest; number > 0 && number <= highest; number++) {
		r = salt_of(box, number, &salt);
		if (r != -ENOENT && !brood__mailbox_is_stub(box, number))
			break;
		r = 0;
	}
	if (r < 0)
		return brood__mailbox_fail_segment(box, error, r, BROOD_STEP_OPEN, lowest);
	r = make_page(box, salt);
	if (r < 0)
		return brood__mailbox_fail(box, error, r, BROOD_STEP_OPEN, "box");
	return 0;
}

/* With the lock: makes the page, or fills it. */
static int prepare(struct brood_mailbox *box, const char *boot, struct brood_error *error)
{
	int r = box->page ? 0 : open_page(box);
	bool is_new = r == -ENOENT;

	if (is_new)
		r = make(box, error);
	else if (r < 0)
		return brood__mailbox_fail(box, error, r, BROOD_STEP_OPEN, "box");
	if (r < 0 || !box->page)
		return r;
	if (!is_of_boot(box->page, boot)) {
		r = recover(box, boot, error);
		if (r < 0)
			return r;
	}
	if (is_new && renameat(box->folder_fd, NEW_PAGE, box->folder_fd, "box") < 0)
		return brood__mailbox_fail(box, error, -errno, BROOD_STEP_OPEN, "box");
	return 0;
}

int brood__mailbox_open_page(
	struct brood_mailbox *box, bool is_existing, mode_t mode, struct brood_error *error)
{
	char boot[BROOD__BOOT_BYTES];
	int r = open_folder(box, is_existing, mode, error);

	if (r < 0)
		return r;
	read_boot(boot);
	r = open_page(box);
	if (r == 0 && (is_of_boot(box->page, boot) || box->flags & BROOD_MAILBOX_READ_ONLY)) {
		box->is_stale = !is_of_boot(box->page, boot);
		return 0;
	}
	if (r < 0 && (r != -ENOENT || box->flags & BROOD_MAILBOX_READ_ONLY))
		return brood__mailbox_fail(box, error, r, BROOD_STEP_OPEN, "box");
	if (r == -ENOENT) {
		r = is_free(box, is_existing);
		if (r < 0)
			return brood__mailbox_fail(
				box, error, r, BROOD_STEP_OPEN, r == -ENOENT ? "box" : NULL);
	}
	r = make_lock(box, "lock");
	if (r < 0)
		return brood__mailbox_fail(box, error, r, BROOD_STEP_OPEN, "lock");
	r = brood__mailbox_lock_bare(box, error);
	if (r < 0)
		return r;
	r = prepare(box, boot, error);
	brood__mailbox_unlock(box);
	return r;
}
