/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_RIGHTS_H
#define TESTS_CONTRACT_RIGHTS_H

/* What the tests of attributes share: the helper show_rights and what it says, and who we are. */

#include "check.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

enum { NOBODY = 65534, SOMEBODY = 12345 };

/* Skips the test and says why, for whoever reads the log. */
#define skip_because(reason)                              \
	do {                                              \
		print_message("# skipped: " reason "\n"); \
		skip();                                   \
	} while (0)

static inline bool is_root(void)
{
	return geteuid() == 0 && !denied("root");
}

#define need_root()                                 \
	do {                                        \
		if (!is_root())                     \
			skip_because("needs root"); \
	} while (0)

/* Whether we hold a capability in the effective set. */
static inline bool has_capability(int number)
{
	unsigned long long bits = 0;
	const char *line = strstr(read_file("/proc/self/status"), "\nCapEff:");
	return line && sscanf(line, "\nCapEff: %llx", &bits) == 1 && bits >> number & 1;
}

/* Helpers where everybody may execute them, since the build may be in a folder of ours alone. */
static struct place everybodys;

static inline void copy_program(const char *from, const char *to)
{
	static char bytes[65536];
	ssize_t n = 0;
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	while (in >= 0 && out >= 0 && (n = read(in, bytes, sizeof bytes)) > 0) {
		if (write(out, bytes, (size_t)n) != n)
			break;
	}
	if (in < 0 || out < 0 || n != 0 || fchmod(out, 0755) < 0)
		abort();
	close(in);
	close(out);
}

static void leave_everybodys(void)
{
	place_leave(&everybodys);
}

__attribute__((constructor)) static void make_everybodys(void)
{
	static const char *const names[] = { "show_rights", "act" };
	const char *folder = getenv("HELPERS");
	strcpy(everybodys.path, "/tmp/brood-contract-XXXXXX");
	if (!folder || !mkdtemp(everybodys.path) || chmod(everybodys.path, 0711) < 0)
		abort();
	atexit(leave_everybodys);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char from[PATH_MAX];
		snprintf(from, sizeof from, "%s/%s", folder, names[i]);
		copy_program(from, place_at(&everybodys, names[i]));
	}
}

/* One of them; as place_at(). */
static inline char *everybodys_helper(const char *name)
{
	return place_at(&everybodys, name);
}

/* Runs show_rights, which must end well, and gives what it says; freed by rights_done(). */
struct rights {
	struct brood_result result;
	const char *text;
};

static inline void rights_of(
	struct rights *rights, const struct brood_cmd *like, const struct brood_options *options)
{
	struct brood_cmd cmd = *like;
	char *own[] = { everybodys_helper("show_rights"), NULL };

	*rights = (struct rights){ .result = BROOD_RESULT_INIT };
	if (!cmd.argv)
		cmd.argv = own;
	output_of(&cmd, options, &rights->result);
	rights->text = rights->result.out.data;
}

static inline void rights_done(struct rights *rights)
{
	brood_result_done(&rights->result);
}

/* What stands behind the first word of a line; valid until the next but three calls. */
static inline const char *right_at(const char *text, const char *word)
{
	static char values[4][4096];
	static unsigned int turn;
	char *value = values[turn++ % 4];
	size_t length = strlen(word);

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, word, length) != 0 || line[length] == '\0' ||
			!strchr(" \n", line[length]))
			continue;
		const char *begin = line + length + (line[length] == ' ');
		size_t n = strcspn(begin, "\n");
		memcpy(value, begin, n);
		value[n] = '\0';
		return value;
	}
	return NULL;
}

#define check_right(rights, word, wanted) check_text(right_at((rights)->text, (word)), (wanted))

/* What we are ourselves, by the same helper, without attributes. */
static inline void our_rights(struct rights *rights)
{
	struct brood_cmd cmd = BROOD_CMD_INIT;
	rights_of(rights, &cmd, NULL);
}

/* A start that fails: its code, its step, its subject, and the whole sentence; "" for one that is
 * not looked at. */
static inline void expect_failure_at(const char *file, int line, const struct brood_cmd *cmd,
	const struct brood_options *options, int code, int step, const char *subject)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd full = *cmd;
	char *const *own = PLAY("say", "1", "was here");
	if (!full.argv && !full.function)
		full.argv = own;
	int r = brood_run(&full, options, NULL, &error);
	check_code_at(file, line, r, code, &error);
	if (error.step != step)
		complain(file, line, "step %s, not %s", brood_step_name(error.step),
			brood_step_name(step));
	check_text_at(file, line, "subject", error.subject, subject);
}

#define expect_failure(cmd, options, code, step, subject) \
	expect_failure_at(__FILE__, __LINE__, (cmd), (options), (code), (step), (subject))

static inline void become(uid_t id)
{
	if (geteuid() != 0)
		return;
	check_number(syscall(SYS_setgroups, 0, NULL), 0);
	check_number(setresgid(id, id, id), 0);
	check_number(setresuid(id, id, id), 0);
	/* So that /proc/self is ours, as it would be behind execve. */
	check_number(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
}

#endif
