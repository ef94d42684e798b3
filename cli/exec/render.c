/* SPDX-License-Identifier: MIT */
#include "exec/render.h"

#include "common/file.h"
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

static int parse_mode(const char *text, unsigned int *ret_mode)
{
	char *end = NULL;
	unsigned long mode = strtoul(text, &end, 8);

	if (text[0] < '0' || text[0] > '7' || *end != '\0' || mode > MODE_BITS)
		return -EINVAL;
	*ret_mode = (unsigned int)mode;
	return 0;
}

int render_parse(const char *spelled, const char *text, struct render *ret_render)
{
	const char *target = strchr(text, ':');
	struct render render = { 0 };

	if (!target || target == text || target[1] == '\0' || target[1] == ':') {
		message("exec: %s: '%s' is not SRC:DST or SRC:DST:MODE", spelled, text);
		return -1;
	}
	const char *mode = strchr(target + 1, ':');
	size_t length = mode ? (size_t)(mode - target - 1) : strlen(target + 1);
	render.has_mode = mode != NULL;
	if (mode && parse_mode(mode + 1, &render.mode) < 0) {
		message("exec: %s: '%s' is no file mode (accepted: 0644, 600)", spelled, mode + 1);
		return -1;
	}
	render.source = memory_copy(text, (size_t)(target - text));
	render.target = memory_copy(target + 1, length);
	*ret_render = render;
	return 0;
}

void render_done(struct render *render)
{
	free(render->source);
	free(render->target);
	*render = (struct render){ 0 };
}

static const char *get(void *data, const char *name, size_t length)
{
	return variables_get(data, name, length);
}

static int make_text(const struct render *render, const struct variables *variables,
	const char *only, struct text *text)
{
	/* Reading does not change it. */
	struct variables reading = *variables;
	const struct template_rules rules = { get, &reading, only };
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
	char *path; /* beside the target */
};

/* Who the old file belonged to, and what it allowed, holds for the new one. */
static int set_attributes(const struct render *render, const struct draft *draft,
	const struct stat *old, bool has_old)
{
	struct stat source = { 0 };
	mode_t mode = render->mode;

	if (has_old && fchown(draft->fd, old->st_uid, old->st_gid) < 0)
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

static int fill_and_move(const struct render *render, struct draft *draft, const char *target,
	const struct text *text)
{
	struct stat old;
	bool has_old = stat(target, &old) == 0;

	if (has_old && !S_ISREG(old.st_mode))
		return S_ISDIR(old.st_mode) ? -EISDIR : -EEXIST;
	/* Writing would take set-id bits away again. */
	int r = write_all(draft->fd, text->bytes, text->length);
	if (r == 0)
		r = set_attributes(render, draft, &old, has_old);
	if (r == 0 && fsync(draft->fd) < 0)
		r = -errno;
	/* Some file systems tell only now. */
	if (close(draft->fd) < 0 && r == 0)
		r = -errno;
	draft->fd = -1;
	if (r == 0 && rename(draft->path, target) < 0)
		r = -errno;
	return r;
}

/* A link stays one: what it leads to is replaced. */
static int replace(const struct render *render, const struct text *text)
{
	char *resolved = realpath(render->target, NULL);
	const char *target = resolved ? resolved : render->target;
	const char *name = text_base_name(target);
	struct text path = { 0 };

	text_format(&path, "%.*s.%.100s.XXXXXX", (int)(name - target), target, name);
	struct draft draft = { mkostemp(path.bytes, O_CLOEXEC), path.bytes };
	int r = draft.fd < 0 ? -errno : fill_and_move(render, &draft, target, text);
	if (r == 0)
		sync_folder(target);
	else if (path.bytes && strstr(path.bytes, ".XXXXXX") == NULL)
		(void)unlink(path.bytes);
	if (draft.fd >= 0)
		close(draft.fd);
	text_done(&path);
	free(resolved);
	return r;
}

int render_file(const struct render *render, const struct variables *variables, const char *only,
	bool is_dry)
{
	struct text text = { 0 };
	int r = make_text(render, variables, only, &text);

	if (r == 0 && !is_dry) {
		r = strcmp(render->target, "-") == 0
			    ? write_all(STDOUT_FILENO, text.bytes, text.length)
			    : replace(render, &text);
		if (r < 0)
			message("%s: %s (--render)", render->target,
				r == -EEXIST ? "it is there, and no regular file"
					     : message_errno(-r));
	}
	if (text.bytes)
		explicit_bzero(text.bytes, text.size);
	text_done(&text);
	return r < 0 ? -1 : 0;
}
