/* SPDX-License-Identifier: MIT */
#include "exec/render.h"

#include "common/file.h"
#include "common/identity.h"
#include "common/memory.h"
#include "common/message.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGEST_TEMPLATE ((size_t)64 << 20)
#define MODE_BITS        07777
/* As many as the kernel follows. */
#define MOST_LINKS 40

static int parse_mode(const char *text, size_t length, unsigned int *ret_mode)
{
	char *end = NULL;
	unsigned long mode = strtoul(text, &end, 8);

	if (text[0] < '0' || text[0] > '7' || end != text + length || mode > MODE_BITS)
		return -EINVAL;
	*ret_mode = (unsigned int)mode;
	return 0;
}

int render_parse(const char *spelled, const char *text, struct render *ret_render)
{
	const char *target = strchr(text, ':');
	struct render render = { 0 };

	if (!target || target == text || target[1] == '\0' || target[1] == ':') {
		message("exec: %s: '%s' is not SRC:DST, SRC:DST:MODE or SRC:DST:MODE:OWNER",
			spelled, text);
		return -1;
	}
	const char *mode = strchr(target + 1, ':');
	const char *owner = mode ? strchr(mode + 1, ':') : NULL;
	size_t length = mode ? (size_t)(mode - target - 1) : strlen(target + 1);
	size_t mode_length = owner ? (size_t)(owner - mode - 1) : mode ? strlen(mode + 1) : 0;
	render.has_mode = mode && !(owner && mode_length == 0);
	if (render.has_mode && parse_mode(mode + 1, mode_length, &render.mode) < 0) {
		message("exec: %s: '%.*s' is no file mode (accepted: 0644, 600)", spelled,
			(int)mode_length, mode + 1);
		return -1;
	}
	if (owner && (owner[1] == '\0' || strcmp(owner + 1, ":") == 0)) {
		message("exec: %s: '%s': the owner is missing", spelled, text);
		return -1;
	}
	render.source = memory_copy(text, (size_t)(target - text));
	render.target = memory_copy(target + 1, length);
	render.owner = owner ? memory_copy(owner + 1, strlen(owner + 1)) : NULL;
	*ret_render = render;
	return 0;
}

void render_done(struct render *render)
{
	free(render->source);
	free(render->target);
	free(render->owner);
	*render = (struct render){ 0 };
}

static const char *get(void *data, const char *name, size_t length)
{
	return variables_get(data, name, length);
}

static bool is_secret(void *data, const char *name, size_t length)
{
	return variables_is_secret(data, name, length);
}

static int make_text(const struct render *render, const struct variables *variables,
	const char *only, struct text *text)
{
	/* Reading does not change it. */
	struct variables reading = *variables;
	const struct template_rules rules = { get, &reading, is_secret, only };
	struct template_error error = { 0 };
	struct text source = { 0 };
	int r = file_read(render->source, &source, LARGEST_TEMPLATE);

	if (r < 0) {
		message("%s: %s (--render)", render->source, message_errno(-r));
	} else if ((r = template_render(source.bytes, source.length, &rules, text, &error)) < 0) {
		message("%s:%zu:%zu: %s (--render)", render->source, error.line, error.column,
			error.what.bytes);
	}
	text_done(&error.what);
	text_done(&source);
	return r;
}

/* Where a new file is being written. */
struct draft {
	int fd;
	bool is_there;
	char *path; /* beside the target */
};

/* Whose it will be; -1: as it is. */
struct owner {
	uid_t uid;
	gid_t gid;
};

static int find_owner(const struct render *render, struct owner *ret_owner)
{
	const struct identity_wanted wanted = {
		.tool = "exec",
		.user = render->owner,
		.user_option = "--render",
		.is_elsewhere = true,
	};
	struct identity identity = { 0 };

	*ret_owner = (struct owner){ (uid_t)-1, (gid_t)-1 };
	if (!render->owner)
		return 0;
	if (identity_find(&wanted, &identity) < 0)
		return -1;
	if (identity.has_uid)
		ret_owner->uid = identity.uid;
	if (identity.has_gid)
		ret_owner->gid = identity.gid;
	identity_done(&identity);
	return 0;
}

/* Who the old file belonged to, and what it allowed, holds for the new one. */
static int set_attributes(const struct render *render, const struct owner *owner,
	const struct draft *draft, const struct stat *old, bool has_old)
{
	struct stat source = { 0 };
	mode_t mode = render->mode;

	if (has_old && fchown(draft->fd, old->st_uid, old->st_gid) < 0)
		return -errno;
	if (render->owner && fchown(draft->fd, owner->uid, owner->gid) < 0)
		return -errno;
	if (!render->has_mode && has_old) {
		mode = old->st_mode & MODE_BITS;
	} else if (!render->has_mode) {
		if (stat(render->source, &source) < 0)
			return -errno;
		mode = S_ISREG(source.st_mode) ? source.st_mode & 0777 : 0644;
	}
	return fchmod(draft->fd, mode) < 0 ? -errno : 0;
}

/* The name lasts only once the folder has been written too. A folder that cannot be synced is no
   reason to go without the file. */
static void sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? memory_copy(path, slash == path ? 1 : (size_t)(slash - path))
			     : memory_copy(".", 1);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		(void)fsync(fd);
		close(fd);
	}
	free(folder);
}

static int fill_and_move(const struct render *render, const struct owner *owner,
	struct draft *draft, const char *target, const struct text *text)
{
	struct stat old;
	bool has_old = stat(target, &old) == 0;

	/* A ring of links, say. */
	if (!has_old && errno != ENOENT)
		return -errno;
	if (has_old && !S_ISREG(old.st_mode))
		return S_ISDIR(old.st_mode) ? -EISDIR : -EEXIST;
	/* Writing would take set-id bits away again. */
	int r = write_all(draft->fd, text->bytes, text->length);
	if (r == 0)
		r = set_attributes(render, owner, draft, &old, has_old);
	if (r == 0 && fsync(draft->fd) < 0)
		r = -errno;
	/* Some file systems tell only now. */
	if (close(draft->fd) < 0 && r == 0)
		r = -errno;
	draft->fd = -1;
	if (r == 0 && rename(draft->path, target) < 0)
		r = -errno;
	draft->is_there = r < 0;
	return r;
}

/* A link stays one, also one that leads to what is not there yet: what it leads to is made. */
static void follow(const char *path, struct text *ret_target)
{
	char link[PATH_MAX];

	text_string(ret_target, path);
	for (int n = 0; n < MOST_LINKS; n++) {
		char *resolved = realpath(ret_target->bytes, NULL);
		bool is_there = resolved != NULL;
		ssize_t length = is_there ? -1 : readlink(ret_target->bytes, link, sizeof link);
		if (is_there) {
			ret_target->length = 0;
			text_string(ret_target, resolved);
			free(resolved);
		}
		if (length <= 0 || length == sizeof link)
			return;
		const char *name = text_base_name(ret_target->bytes);
		ret_target->length = link[0] == '/' ? 0 : (size_t)(name - ret_target->bytes);
		text_add(ret_target, link, (size_t)length);
	}
}

/* /dev/stdout and its like: if another file took that one's place, what is written there later
   would be lost. Returns the descriptor, or -1. */
static int stream_of(const char *target)
{
	struct stat info, stream;

	if (strcmp(target, "-") == 0)
		return STDOUT_FILENO;
	if (stat(target, &info) < 0)
		return -1;
	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		if (fstat(fd, &stream) == 0 && stream.st_dev == info.st_dev &&
			stream.st_ino == info.st_ino)
			return fd;
	return -1;
}

static int replace(const struct render *render, const struct owner *owner, const struct text *text)
{
	struct text target = { 0 }, path = { 0 };

	follow(render->target, &target);
	const char *name = text_base_name(target.bytes);
	text_format(&path, "%.*s.%.100s.XXXXXX", (int)(name - target.bytes), target.bytes, name);
	struct draft draft = { .fd = mkostemp(path.bytes, O_CLOEXEC), .path = path.bytes };
	draft.is_there = draft.fd >= 0;
	int r = draft.is_there ? fill_and_move(render, owner, &draft, target.bytes, text) : -errno;
	if (r == 0)
		sync_folder(target.bytes);
	else if (draft.is_there)
		(void)unlink(draft.path);
	if (draft.fd >= 0)
		close(draft.fd);
	text_done(&path);
	text_done(&target);
	return r;
}

static int put(const struct render *render, const struct owner *owner, const struct text *text)
{
	int fd = stream_of(render->target);
	int r = fd >= 0 ? write_all(fd, text->bytes, text->length) : replace(render, owner, text);

	if (r < 0)
		message("%s: %s (--render)", render->target,
			r == -EEXIST ? "it is there, and no regular file" : message_errno(-r));
	return r;
}

int render_file(const struct render *render, const struct variables *variables, const char *only,
	bool is_dry)
{
	struct text text = { 0 };
	struct owner owner;
	int r = make_text(render, variables, only, &text);

	if (r == 0)
		r = find_owner(render, &owner);
	if (r == 0 && !is_dry)
		r = put(render, &owner, &text);
	if (text.bytes)
		explicit_bzero(text.bytes, text.size);
	text_done(&text);
	return r < 0 ? -1 : 0;
}
