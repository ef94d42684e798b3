/* SPDX-License-Identifier: MIT */
/*
 * PID files that are held by a lock. What is written in them is for people and for other programs:
 * nothing is decided by it here.
 */

#include "base/error.h"
#include "base/strings.h"
#include "self/claim.h"
#include "sys/fd.h"
#include "sys/fifo.h"
#include "sys/files.h"
#include "sys/raw.h"
#include <brood/self.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_MODE    0644
#define ALL_PERMISSIONS 0777

/* How often the file may become another one between two looks before that is taken for malice. */
#define TRIES 1000

/*
 * A file that this process has. The next descriptor of it that is closed, whoever has opened it,
 * takes the identity along: so it must not be opened again. Entries are used again and never freed.
 */
struct held {
	struct held *next;
	atomic_bool is_used;
	_Atomic(pid_t) owner; /* 0: nobody */
	dev_t device;
	ino_t inode;
};

static _Atomic(struct held *) all_held;

struct brood_pid_file {
	int fd;
	int folder;
	pid_t owner; /* who has created or adopted it: a forked child has not */
	struct held *held;
	char *path;
	const char *name; /* in its folder */
};

static bool is_held_by_us(const struct stat *st)
{
	for (struct held *h = atomic_load(&all_held); h; h = h->next) {
		if (atomic_load(&h->owner) == getpid() && h->device == st->st_dev &&
			h->inode == st->st_ino)
			return true;
	}
	return false;
}

static struct held *held_new(void)
{
	for (struct held *h = atomic_load(&all_held); h; h = h->next) {
		if (!atomic_exchange(&h->is_used, true))
			return h;
	}
	struct held *h = calloc(1, sizeof *h);
	if (!h)
		return NULL;
	atomic_init(&h->is_used, true);
	h->next = atomic_load(&all_held);
	while (!atomic_compare_exchange_weak(&all_held, &h->next, h))
		;
	return h;
}

static void held_drop(struct held *h)
{
	atomic_store(&h->owner, 0);
	atomic_store(&h->is_used, false);
}

static void file_free(struct brood_pid_file *file)
{
	if (file->held)
		held_drop(file->held);
	brood__fd_close(&file->fd);
	brood__fd_close(&file->folder);
	free(file->path);
	free(file);
}

/* Opens the folder, which the path need not lead to later on. Only who is to hold the file needs an
 * entry for it. */
static int file_new(struct brood_pid_file **ret_file, const char *path, bool holds)
{
	struct brood_pid_file *file = calloc(1, sizeof *file);
	if (!file)
		return -ENOMEM;
	file->fd = -1;
	file->folder = -1;
	file->held = holds ? held_new() : NULL;
	file->path = strdup(path);
	if ((holds && !file->held) || !file->path) {
		file_free(file);
		return -ENOMEM;
	}
	char *slash = strrchr(file->path, '/');
	file->name = slash ? slash + 1 : file->path;
	const char *folder = !slash ? "." : slash == file->path ? "/" : file->path;
	if (slash && slash != file->path)
		*slash = '\0';
	file->folder = brood__fd_open(folder, O_PATH | O_DIRECTORY, 0);
	int r = file->folder < 0 ? file->folder : 0;
	if (r == 0 &&
		(!file->name[0] || strcmp(file->name, ".") == 0 || strcmp(file->name, "..") == 0))
		r = -EISDIR;
	if (r < 0) {
		file_free(file);
		return r;
	}
	*ret_file = file;
	return 0;
}

/* Whether the path leads to this file. Returns 1, 0 or -errno. */
static int is_at_path(const struct brood_pid_file *file, int fd)
{
	struct stat here;
	struct stat there;
	if (fstatat(file->folder, file->name, &there, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &here) < 0)
		return -errno;
	return here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/*
 * Writing to a file that somebody else can prepare, or write to, would do his work: a second name
 * may be that of another file of ours.
 */
static int check_file(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return -EINVAL;
	bool is_ours = st->st_uid == geteuid() || st->st_uid == 0;
	return is_ours && st->st_nlink == 1 && !(st->st_mode & S_IWOTH) ? 0 : -EPERM;
}

/* Opens it, or makes it. Returns 0; -ESTALE: it has changed meanwhile; -EBUSY: this process has it;
 * other -errno. */
static int open_file(struct brood_pid_file *file, mode_t mode, bool *ret_is_new)
{
	struct stat st;
	int opened = -ENOENT;
	*ret_is_new = false;
	if (fstatat(file->folder, file->name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		int r = check_file(&st);
		if (r == 0 && is_held_by_us(&st))
			r = -EBUSY;
		if (r < 0)
			return r == -EPERM && st.st_nlink == 0 ? -ESTALE : r;
		opened = brood__file_open(file->folder, file->name, O_RDWR, 0);
		if (opened == -ENOENT)
			return -ESTALE;
	} else if (errno == ENOENT) {
		opened = brood__file_open(
			file->folder, file->name, O_RDWR | O_CREAT | O_EXCL, 0600);
		if (opened == -EEXIST)
			return -ESTALE;
		*ret_is_new = opened >= 0;
		/* At once: another one may have claimed it before us, and finds it as it is. */
		if (opened >= 0)
			RAW2(SYS_fchmod, opened, mode);
	} else {
		opened = -errno;
	}
	if (opened < 0)
		return opened == -EUCLEAN ? -EINVAL : opened;
	file->fd = opened;
	/* What was looked at before may be another one. */
	if (fstat(opened, &st) < 0)
		return -errno;
	if (st.st_nlink == 0)
		return -ESTALE;
	return check_file(&st);
}

/* Returns 0; -ESTALE: it is not what the path leads to any more; -EBUSY; other -errno. */
static int claim_file(struct brood_pid_file *file, pid_t *ret_holder)
{
	int r = brood__claim(file->fd, ret_holder);
	if (r < 0 && r != -EBUSY)
		return r;
	int here = is_at_path(file, file->fd);
	if (here < 0)
		return here;
	return here == 0 ? -ESTALE : r;
}

static void note_held(struct brood_pid_file *file)
{
	struct stat st;
	file->owner = getpid();
	if (fstat(file->fd, &st) < 0)
		return;
	file->held->device = st.st_dev;
	file->held->inode = st.st_ino;
	atomic_store(&file->held->owner, file->owner);
}

/* Who reads it meanwhile sees nothing, or all of it. */
static int write_pid(const struct brood_pid_file *file)
{
	char line[16];
	struct brood__text text = brood__text_over(line, sizeof line);
	brood__text_add_int(&text, getpid());
	brood__text_add(&text, "\n");
	long r = RAW2(SYS_ftruncate, file->fd, 0);
	if (r < 0)
		return (int)r;
	do
		r = RAW4(SYS_pwrite64, file->fd, line, text.length, 0);
	while (r == -EINTR);
	if (r >= 0 && (size_t)r < text.length)
		return -ENOSPC;
	return r < 0 ? (int)r : 0;
}

static int fill_file(const struct brood_pid_file *file, bool is_new, mode_t mode)
{
	int r = is_new ? (int)RAW2(SYS_fchmod, file->fd, mode) : 0;
	if (r == 0)
		r = write_pid(file);
	if (r < 0 && is_new)
		unlinkat(file->folder, file->name, 0);
	return r;
}

static int create(struct brood_pid_file *file, mode_t mode, pid_t *ret_holder)
{
	bool is_new;
	int r = -ESTALE;
	for (int i = 0; r == -ESTALE && i < TRIES; i++) {
		brood__fd_close(&file->fd);
		*ret_holder = getpid();
		r = open_file(file, mode, &is_new);
		if (r == 0)
			r = claim_file(file, ret_holder);
	}
	if (r < 0)
		return r;
	note_held(file);
	return fill_file(file, is_new, mode);
}

int brood_pid_file_create(struct brood_pid_file **ret_file, const char *path, mode_t mode,
	pid_t *ret_holder, struct brood_error *error)
{
	pid_t holder = 0;
	if (!ret_file || !path || !path[0] || mode & ~(mode_t)ALL_PERMISSIONS)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_OPEN, path);
	struct brood_pid_file *file;
	int r = file_new(&file, path, true);
	if (r < 0)
		return brood__fail(error, r, BROOD_STEP_OPEN, path);
	r = create(file, mode ? mode : DEFAULT_MODE, &holder);
	if (r < 0) {
		file_free(file);
		if (ret_holder)
			*ret_holder = r == -EBUSY ? holder : 0;
		return brood__fail(error, r, BROOD_STEP_OPEN, path);
	}
	*ret_file = file;
	return 0;
}

/* The descriptor stays the caller's until all went well. */
static int adopt(struct brood_pid_file *file, int fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	int access = brood__fd_access(fd);
	if (access != O_RDWR)
		return access < 0 ? access : -EBADF;
	int here = is_at_path(file, fd);
	if (here <= 0)
		return here < 0 ? here : -ESTALE;
	pid_t holder;
	int r = brood__claim(fd, &holder);
	if (r == 0)
		r = (int)RAW3(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
	return r;
}

int brood_pid_file_adopt(
	struct brood_pid_file **ret_file, const char *path, int fd, struct brood_error *error)
{
	if (!ret_file || !path || !path[0] || fd < 3)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_OPEN, path);
	struct brood_pid_file *file;
	int r = file_new(&file, path, true);
	if (r < 0)
		return brood__fail(error, r, BROOD_STEP_OPEN, path);
	r = adopt(file, fd);
	if (r == 0) {
		file->fd = fd;
		note_held(file);
		r = write_pid(file);
		if (r < 0)
			file->fd = -1;
	}
	if (r < 0) {
		file_free(file);
		return brood__fail(error, r, BROOD_STEP_OPEN, path);
	}
	*ret_file = file;
	return 0;
}

int brood_pid_file_fd(const struct brood_pid_file *file)
{
	return file ? file->fd : BROOD_EMISUSE;
}

int brood_pid_file_update(struct brood_pid_file *file, struct brood_error *error)
{
	pid_t holder;
	if (!file)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_OPEN, "file");
	int r = brood__claim_identity(file->fd, &holder);
	if (r == 0) {
		note_held(file);
		r = write_pid(file);
	}
	return r < 0 ? brood__fail(error, r, BROOD_STEP_OPEN, file->name) : 0;
}

int brood_pid_file_remove(struct brood_pid_file *file, struct brood_error *error)
{
	if (!file)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_OPEN, "file");
	int r = file->owner == getpid() ? is_at_path(file, file->fd) : 0;
	if (r > 0 && unlinkat(file->folder, file->name, 0) < 0)
		r = errno == ENOENT ? 0 : -errno;
	if (r < 0)
		brood__fail(error, r, BROOD_STEP_OPEN, file->name);
	file_free(file);
	return r;
}

void brood_pid_file_close(struct brood_pid_file *file)
{
	if (file)
		file_free(file);
}

/* Returns as brood_pid_file_read(). */
static int read_holder(const struct brood_pid_file *file, pid_t *ret_pid)
{
	struct stat st;
	if (fstatat(file->folder, file->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (is_held_by_us(&st)) {
		*ret_pid = getpid();
		return 1;
	}
	AUTO_FD fd = brood__file_open(file->folder, file->name, O_RDONLY, 0);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd == -EUCLEAN ? -EINVAL : fd;
	return brood__claim_holder(fd, ret_pid);
}

int brood_pid_file_read(const char *path, pid_t *ret_pid, struct brood_error *error)
{
	if (!path || !path[0] || !ret_pid)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_OPEN, path);
	struct brood_pid_file *file;
	int r = file_new(&file, path, false);
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r == 0) {
		r = read_holder(file, ret_pid);
		file_free(file);
	}
	return r < 0 ? brood__fail(error, r, BROOD_STEP_OPEN, path) : r;
}

int brood_pid_file_process(
	const char *path, struct brood_process **ret_process, struct brood_error *error)
{
	if (!ret_process)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_OPEN, "ret_process");
	int r = -ESRCH;
	for (int i = 0; i < TRIES; i++) {
		struct brood_process *process;
		pid_t pid = 0;
		pid_t again = 0;
		r = brood_pid_file_read(path, &pid, error);
		if (r < 0)
			return r;
		if (r == 0 || pid == 0) {
			r = r == 0 ? -ESRCH : -ENXIO;
			break;
		}
		r = brood_process_open(&process, pid, error);
		if (r < 0 && r != -ESRCH)
			return r;
		if (r < 0)
			continue;
		/* Who still has the lock has had it all the time, and the number too. */
		r = brood_pid_file_read(path, &again, error);
		if (r == 1 && again == pid) {
			*ret_process = process;
			return 0;
		}
		brood_process_free(process);
		if (r < 0)
			return r;
		r = -ESRCH;
	}
	return brood__fail(error, r, BROOD_STEP_OPEN, path);
}
