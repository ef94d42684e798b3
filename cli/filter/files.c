/* SPDX-License-Identifier: MIT */
#include "filter/files.h"

#include "common/message.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* Lines that come out go in again at the end, without end. */
static bool is_output(const struct intake *intake, const struct stat *st)
{
	const struct filter_config *config = intake->config;
	struct stat out;

	return S_ISREG(st->st_mode) && !config->quiet && config->list == FILTER_LIST_NONE &&
	       config->most > 1 && fstat(STDOUT_FILENO, &out) == 0 && out.st_dev == st->st_dev &&
	       out.st_ino == st->st_ino;
}

/* Who uses a condition and a pattern without -e has named a file that is not there. */
static void complain_open(struct intake *intake, const char *path, const char *name, int error)
{
	const struct filter_config *config = intake->config;
	struct text words = { 0 };

	text_string(&words, message_errno(error));
	if (error == ENOENT && !config->has_patterns && path == config->files[0])
		text_string(&words,
			" (beside --not, --level, --where, --since and --until a pattern "
			"needs -e)");
	intake_complain(intake, *name ? name : "''", words.bytes);
	text_done(&words);
}

static int open_file(struct intake *intake, const char *path, struct stat *ret_st)
{
	bool is_stdin = strcmp(path, "-") == 0;
	const char *name = is_stdin ? intake->config->label : path;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 || fstat(fd, ret_st) < 0) {
		complain_open(intake, path, name, errno);
	} else if (S_ISDIR(ret_st->st_mode)) {
		intake_complain(intake, name, message_errno(EISDIR));
	} else if (is_output(intake, ret_st)) {
		intake_complain(intake, name, "input file is also the output");
	} else {
		intake_set_pipe(intake, fd);
		return fd;
	}
	if (fd > STDERR_FILENO)
		close(fd);
	return -1;
}

/* Reads to the end. Whatever comes of a pipe or a terminal goes out before we wait for more. */
static void read_all(struct intake *intake, struct source *source, bool is_regular)
{
	while (!source->is_at_end && !source->is_done && !intake_is_over(intake)) {
		ssize_t n = intake_read(intake, source);
		if (n == -EAGAIN) {
			struct pollfd readable = { .fd = source->fd, .events = POLLIN };
			(void)filter_output_flush(intake->output);
			(void)poll(&readable, 1, -1);
		} else if (n < 0 && n != -EINTR) {
			intake_complain(intake, source->name, message_errno((int)-n));
			return;
		} else if (!is_regular) {
			(void)filter_output_flush(intake->output);
		}
	}
}

/* After -m the next program goes on behind the last line, as with grep. */
static void give_back(const struct intake *intake, const struct source *source, off_t start)
{
	if (start >= 0 && source->is_done && intake->config->most != UINT64_MAX &&
		source->progress.behind > 0)
		(void)lseek(STDIN_FILENO, start + (off_t)source->progress.behind, SEEK_SET);
}

static void read_file(struct intake *intake, const char *path)
{
	struct source source;
	struct stat st;
	int fd = open_file(intake, path, &st);

	if (fd < 0)
		return;
	intake_begin(intake, &source, strcmp(path, "-") == 0 ? intake->config->label : path);
	source.fd = fd;
	off_t start = fd == STDIN_FILENO && S_ISREG(st.st_mode) ? lseek(fd, 0, SEEK_CUR) : -1;
	source.is_done = intake->config->most == 0;
	read_all(intake, &source, S_ISREG(st.st_mode));
	give_back(intake, &source, start);
	if (!intake->is_broken && !intake->selection->is_over)
		selection_end(intake->selection, &source);
	intake->selection->n_cut += source.n_cut;
	source_done(&source);
}

void files_read(struct intake *intake)
{
	const struct filter_config *config = intake->config;

	if (config->n_files == 0)
		read_file(intake, "-");
	for (size_t i = 0; i < config->n_files && !intake_is_over(intake); i++)
		read_file(intake, config->files[i]);
}
