/* SPDX-License-Identifier: MIT */
#include "run/holder.h"

#include "common/file.h"
#include "common/text.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define LARGEST_LIST ((size_t)16 << 20)
/* A line of ours is shorter. */
#define LINE_SIZE 256
/* Deeper than any chain of parents; and a chain that changes while it is walked has an end. */
#define MOST_PARENTS 1000

static bool read_pid(const char **text, pid_t *ret)
{
	char *end = NULL;
	long number = strtol(*text, &end, 10);

	if (**text < '1' || **text > '9' || *end != ' ' || number > 1 << 30)
		return false;
	*text = end + 1;
	*ret = (pid_t)number;
	return true;
}

bool holder_parse(const char *text, struct holder *ret_holder)
{
	struct holder holder = { 0 };
	struct text name = { 0 };
	char *end = NULL;

	*ret_holder = holder;
	if (!read_pid(&text, &holder.pid))
		return false;
	size_t length = strcspn(text, "\n");
	const char *blank = memrchr(text, ' ', length);
	if (text[length] != '\n' || text[length + 1] != '\0' || !blank || blank[1] < '1' ||
		blank[1] > '9')
		return false;
	holder.since = strtoll(blank + 1, &end, 10);
	if (end != text + length || holder.since > INT64_C(1) << 40)
		return false;
	/* Whoever may write to the file has written it. */
	text_safe(&name, text, (size_t)(blank - text));
	snprintf(holder.name, sizeof holder.name, "%s", name.bytes ? name.bytes : "");
	text_done(&name);
	*ret_holder = holder;
	return true;
}

static const char *skip_words(const char *text, int count)
{
	for (; count > 0; count--) {
		text += strcspn(text, " \n");
		text += strspn(text, " ");
	}
	return text;
}

bool holder_parse_lock(const char *line, pid_t *ret_pid, dev_t *ret_device, ino_t *ret_inode)
{
	/* "12: FLOCK  ADVISORY  WRITE 812 fe:00:4711 0 EOF"; one that waits has an arrow where the
	   kind of lock stands. */
	const char *at = skip_words(line, 1);

	if (strncmp(at, "FLOCK ", 6) != 0)
		return false;
	at = skip_words(at, 3);
	if (!read_pid(&at, ret_pid))
		return false;
	char *end = NULL;
	unsigned long major = strtoul(at, &end, 16);
	unsigned long minor = *end == ':' ? strtoul(end + 1, &end, 16) : 0;
	if (*end != ':')
		return false;
	*ret_device = makedev((unsigned int)major, (unsigned int)minor);
	*ret_inode = strtoull(end + 1, &end, 10);
	return *end == ' ';
}

static void read_text(int fd, struct holder *said)
{
	char line[LINE_SIZE];
	ssize_t n = pread(fd, line, sizeof line - 1, 0);

	line[n > 0 ? n : 0] = '\0';
	(void)holder_parse(line, said);
}

/* The process that the kernel says has taken it; 0: it cannot be told. Some file systems show other
   device numbers in the list than in stat(2): then the process that is named has to fit. */
static pid_t find_in_list(int fd, pid_t named)
{
	struct text list = { 0 };
	struct stat stat;
	pid_t found = 0;

	if (fstat(fd, &stat) < 0 || file_read("/proc/locks", &list, LARGEST_LIST) < 0) {
		text_done(&list);
		return 0;
	}
	for (char *line = list.bytes; found == 0 && line && *line;) {
		pid_t pid = 0;
		dev_t device = 0;
		ino_t inode = 0;
		if (holder_parse_lock(line, &pid, &device, &inode) && pid > 0 &&
			inode == stat.st_ino && (device == stat.st_dev || pid == named))
			found = pid;
		line = strchr(line, '\n');
		line += line != NULL;
	}
	text_done(&list);
	return found;
}

/* Whatever has its parent behind the last parenthesis: a name may hold anything. */
static pid_t parent_of(pid_t pid)
{
	struct text stat = { 0 };
	char path[64];
	pid_t parent = 0;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (file_read(path, &stat, LARGEST_LIST) == 0) {
		const char *end = strrchr(stat.bytes, ')');
		const char *at = end ? skip_words(end, 2) : "";
		if (!read_pid(&at, &parent))
			parent = 0;
	}
	text_done(&stat);
	return parent;
}

static bool is_ancestor(pid_t pid)
{
	pid_t parent = getppid();

	for (int i = 0; i < MOST_PARENTS && parent > 0; i++) {
		if (parent == pid)
			return true;
		parent = parent_of(parent);
	}
	return false;
}

static void read_name(pid_t pid, struct holder *holder)
{
	struct text name = { 0 }, safe = { 0 };
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	if (file_read(path, &name, LINE_SIZE) == 0 && name.length > 0)
		text_safe(&safe, name.bytes, name.length - 1);
	snprintf(holder->name, sizeof holder->name, "%s", safe.bytes ? safe.bytes : "");
	text_done(&name);
	text_done(&safe);
}

void holder_find(int fd, struct holder *ret_holder)
{
	struct holder said = { 0 };

	*ret_holder = (struct holder){ 0 };
	read_text(fd, &said);
	pid_t pid = find_in_list(fd, said.pid);
	/* Who has taken it may have handed the descriptor on and gone. */
	if (pid == 0 || (kill(pid, 0) < 0 && errno != EPERM))
		return;
	if (pid == said.pid)
		*ret_holder = said;
	else
		read_name(pid, ret_holder);
	ret_holder->pid = pid;
	ret_holder->is_ancestor = is_ancestor(pid);
}

void holder_write(int fd, const char *name)
{
	struct text line = { 0 };
	struct timespec time = { 0 };

	clock_gettime(CLOCK_REALTIME, &time);
	text_format(&line, "%d ", (int)getpid());
	text_safe(&line, name, strnlen(name, HOLDER_NAME_SIZE - 1));
	text_format(&line, " %lld\n", (long long)time.tv_sec);
	holder_clear(fd);
	ssize_t written = pwrite(fd, line.bytes, line.length, 0);
	(void)written;
	text_done(&line);
}

void holder_clear(int fd)
{
	int r = ftruncate(fd, 0);

	(void)r;
}
