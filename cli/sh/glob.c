/* SPDX-License-Identifier: MIT */
#include "sh/glob.h"

#include "common/text.h"
#include "sh/pattern_code.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

struct glob {
	struct fields *fields;
	const struct pattern *pattern;
	struct text path; /* what was matched so far */
};

static struct pattern part_of(const struct pattern *pattern, size_t start, size_t end)
{
	return (struct pattern){ .bytes = pattern->bytes + start,
		.quoted = pattern->quoted ? pattern->quoted + start : NULL,
		.length = end - start };
}

/* ---- one directory ---- */

/* Whether a dot at the beginning of a name may be matched: the pattern has one itself. */
static bool has_leading_dot(const struct pattern *pattern)
{
	size_t at = !pattern_is_quoted(pattern, 0) && pattern_escapes(pattern, 0);

	return pattern->bytes[at] == '.';
}

static bool is_dot_or_dots(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

static bool may_be_directory(const struct dirent *entry)
{
	return entry->d_type == DT_DIR || entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN;
}

/* Adds the path with this name at its end. */
static void add_path(struct glob *glob, struct fields *fields, const char *name, size_t length)
{
	size_t before = glob->path.length;
	char *string = arena_get(fields->arena, before + length + 1);

	memcpy(string, glob->path.bytes, before);
	memcpy(string + before, name, length);
	string[before + length] = '\0';
	fields_add(fields, string);
}

/* Adds what matches in the directory that the path leads to: whole paths to the result, or, if
   something follows, names that it can follow to `fields`. */
static void read_directory(
	struct glob *glob, const struct pattern *pattern, bool is_last, struct fields *fields)
{
	DIR *directory = opendir(glob->path.length > 0 ? glob->path.bytes : ".");
	bool takes_hidden = has_leading_dot(pattern);
	struct pattern_code code;
	struct dirent *entry;

	if (directory == NULL)
		return;
	pattern_compile(&code, pattern);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
	while ((entry = readdir(directory)) != NULL) {
		const char *name = entry->d_name;
		if (name[0] == '.' && (!takes_hidden || is_dot_or_dots(name)))
			continue;
		size_t length = strlen(name);
		if (!pattern_code_matches(&code, name, length))
			continue;
		if (is_last)
			add_path(glob, fields, name, length);
		else if (may_be_directory(entry))
			fields_add(fields, arena_text(fields->arena, name, length));
	}
	pattern_code_done(&code);
	closedir(directory);
}

/* ---- the whole path ---- */

/* Text that is no pattern, without its backslashes. */
static void add_plain(struct glob *glob, const struct pattern *pattern)
{
	for (size_t i = 0; i < pattern->length; i++) {
		if (!pattern_is_quoted(pattern, i) && pattern_escapes(pattern, i))
			i++;
		text_add(&glob->path, pattern->bytes + i, 1);
	}
}

static void cut_path(struct glob *glob, size_t length)
{
	glob->path.length = length;
	if (glob->path.bytes != NULL)
		glob->path.bytes[length] = '\0';
}

/* Goes on from position `at` of the pattern; the path is what stands before it. */
static void walk(struct glob *glob, size_t at)
{
	const struct pattern *pattern = glob->pattern;
	struct stat status;

	while (at < pattern->length) {
		const char *slash = memchr(pattern->bytes + at, '/', pattern->length - at);
		size_t end = slash ? (size_t)(slash - pattern->bytes) : pattern->length;
		struct pattern component = part_of(pattern, at, end);
		bool is_last = end == pattern->length;
		if (pattern_is_magic(&component)) {
			struct fields names;
			size_t length = glob->path.length;
			if (is_last) {
				read_directory(glob, &component, true, glob->fields);
				return;
			}
			fields_init(&names, glob->fields->arena);
			read_directory(glob, &component, false, &names);
			for (size_t i = 0; i < names.n; i++) {
				text_string(&glob->path, names.items[i]);
				walk(glob, end);
				cut_path(glob, length);
			}
			return;
		}
		add_plain(glob, &component);
		if (!is_last)
			text_add(&glob->path, "/", 1);
		at = is_last ? end : end + 1;
	}
	if (lstat(glob->path.bytes, &status) == 0)
		add_path(glob, glob->fields, "", 0);
}

size_t glob_add(struct fields *fields, const struct pattern *pattern)
{
	struct glob glob = { .fields = fields, .pattern = pattern };
	size_t before = fields->n;

	/* So that there is a string even if the pattern begins with its magic. */
	text_add(&glob.path, "", 0);
	walk(&glob, 0);
	text_done(&glob.path);
	glob_sort(fields->arena, fields->items + before, fields->n - before);
	return fields->n - before;
}
