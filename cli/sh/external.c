/* SPDX-License-Identifier: MIT */
/* Simple commands that are programs: prepared, started, or put in the shell's place. */
#include "common/exit_code.h"
#include "common/message.h"
#include "sh/advice.h"
#include "sh/assign.h"
#include "sh/interp.h"
#include "sh/jobs.h"
#include "sh/reader.h"
#include "sh/redirect.h"
#include "sh/simple.h"
#include "sh/subshell.h"
#include "sh/traps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char own_program[] = "/proc/self/exe";
static char own_name[] = "sh";

/* ---- what cannot be started ---- */

/* Says it where the program's standard error would lead. */
static void say(struct shell *sh, const struct brood_cmd *cmd, struct place place, const char *what,
	const char *why)
{
	int fd = cmd->err.kind == BROOD_IO_FD ? cmd->err.fd : STDERR_FILENO;
	int kept = -1;

	if (fd < 0)
		return;
	if (fd != STDERR_FILENO) {
		kept = fd_keep(STDERR_FILENO);
		(void)!dup2(fd, STDERR_FILENO);
	}
	shell_error(sh, place, "%s: %s", what, why);
	if (fd == STDERR_FILENO)
		return;
	if (kept >= 0) {
		(void)!dup2(kept, STDERR_FILENO);
		close(kept);
	} else {
		close(STDERR_FILENO);
	}
}

static int say_missing(struct shell *sh, const struct brood_cmd *cmd, struct place place,
	const char *name, int status)
{
	say(sh, cmd, place, name,
		status == EXIT_CANNOT ? "cannot be executed: Permission denied"
				      : advice_not_found(name));
	return status;
}

/* What the kernel does not know how to run is a text for a shell, unless it does not look so. */
static bool is_text(const char *path)
{
	char bytes[512];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	/* That it cannot be read is for the shell that is to run it to say. */
	if (fd < 0)
		return true;
	ssize_t n = read(fd, bytes, sizeof bytes);
	close(fd);
	if (n <= 0)
		return n == 0;
	const char *newline = memchr(bytes, '\n', (size_t)n);
	size_t length = newline ? (size_t)(newline - bytes) : (size_t)n;
	return !memchr(bytes, '\0', length);
}

static char **argv_of_script(struct shell *sh, const char *path, char *const *argv)
{
	size_t n = 0;

	while (argv[n])
		n++;
	char **own = arena_get(&sh->scratch, (n + 3) * sizeof *own);
	own[0] = own_name;
	own[1] = (char *)(uintptr_t)path;
	for (size_t i = 1; i <= n; i++)
		own[i + 1] = argv[i];
	if (n == 0)
		own[2] = NULL;
	return own;
}

/* A remembered path that leads nowhere any more. Returns whether there is another one. */
static bool look_again(struct shell *sh, struct brood_cmd *cmd, const char *name)
{
	struct symbol *symbol = symbol_find(&sh->symbols, name, strlen(name));

	if (!symbol || !symbol->path || symbol->path != cmd->path)
		return false;
	char *old = symbol->path;
	symbol->path = NULL;
	const char *path = NULL;
	int r = command_find(sh, name, 0, &path);
	bool is_other = path && r == 0 && strcmp(path, old) != 0;
	free(old);
	cmd->path = path ? path : name;
	return is_other;
}

int command_recover(
	struct shell *sh, struct brood_cmd *cmd, int code, const struct brood_error *error)
{
	const char *name = cmd->argv && cmd->argv[0] ? cmd->argv[0] : "a process";
	bool is_program = !cmd->function && error->step == BROOD_STEP_EXEC;

	if (is_program && code == -ENOEXEC && cmd->path != own_program) {
		if (!is_text(cmd->path)) {
			say(sh, cmd, sh->frame.place, name,
				"cannot be executed: is no program, and no text");
			return EXIT_CANNOT;
		}
		cmd->argv = argv_of_script(sh, cmd->path, cmd->argv);
		cmd->path = own_program;
		return 0;
	}
	if (is_program && code == -ENOENT && !strchr(name, '/')) {
		if (look_again(sh, cmd, name))
			return 0;
		return say_missing(sh, cmd, sh->frame.place, name, EXIT_NOT_FOUND);
	}
	if (is_program && (code == -ENOENT || code == -ENOTDIR) && access(cmd->path, F_OK) < 0)
		return say_missing(sh, cmd, sh->frame.place, name, EXIT_NOT_FOUND);
	struct text why = { 0 };
	if (is_program && code == -ENOENT)
		text_string(&why, "cannot be executed: its interpreter is missing");
	else
		text_format(&why, "cannot be %s: %s", cmd->function ? "started" : "executed",
			code > -4096 ? message_errno(-code) : brood_code_name(code));
	say(sh, cmd, sh->frame.place, name, why.bytes);
	text_done(&why);
	return EXIT_CANNOT;
}

/* ---- preparing ---- */

static const char *path_among(char *const *entries)
{
	const char *path = NULL;

	for (; entries && *entries; entries++) {
		if (strncmp(*entries, "PATH=", 5) == 0)
			path = *entries + 5;
	}
	return path;
}

static int find(
	struct shell *sh, const struct call *call, char *const *entries, const char **ret_path)
{
	const char *own_path = path_among(entries);

	if (own_path && !strchr(call->argv[0], '/') &&
		!(call->command_flags & COMMAND_DEFAULT_PATH))
		return command_find_along(sh, own_path, call->argv[0], ret_path);
	return command_find(sh, call->argv[0], call->command_flags, ret_path);
}

/* With the assignments in front of it. Returns as external_prepare(). */
static int prepare_program(struct shell *sh, const struct call *call, struct brood_cmd *cmd)
{
	uint32_t n = call->node ? call->node->n_assignments : 0;
	char **entries = NULL;
	const char *path = NULL;

	const char *prompt = trace_prompt(sh);
	if (n > 0 && assign_entries(sh, call->node, &entries) < 0)
		return EXTERNAL_FATAL;
	trace_command(prompt, STDERR_FILENO,
		&(struct traced){
			entries, n, call->argv - call->n_skipped, call->argc + call->n_skipped });
	int status = find(sh, call, entries, &path);
	if (status != 0)
		return say_missing(
			sh, cmd, call_place(sh, call, call->argv[0]), call->argv[0], status);
	cmd->path = path;
	cmd->argv = call->argv;
	cmd->env = n > 0 ? variables_environment_with(sh, entries, n) : variables_environment(sh);
	return 0;
}

int external_prepare(struct shell *sh, const struct call *call, struct redirect_plan *plan,
	struct brood_cmd *cmd)
{
	if (call->node && call->node->node.redirections) {
		int r = redirect_plan(sh, call->node->node.redirections, plan);
		if (r == REDIRECT_FATAL || r == REDIRECT_BLOCKS)
			return r == REDIRECT_FATAL ? EXTERNAL_FATAL : EXTERNAL_BLOCKS;
		if (r < 0)
			return 1;
	}
	redirect_plan_apply(plan, cmd);
	return prepare_program(sh, call, cmd);
}

/* ---- starting ---- */

/* In a command substitution that has no process of its own. */
static enum control start_collected(struct shell *sh, const struct call *call)
{
	struct redirect_plan plan;
	struct brood_cmd cmd = BROOD_CMD_INIT;
	struct launch launch;
	enum control control = CONTROL_NONE;
	int read_end, write_end;
	int r = fd_pipe(&read_end, &write_end);

	if (r < 0) {
		shell_error(sh, (struct place){ 0 }, "cannot make a pipe: %s", message_errno(-r));
		sh->status = 2;
		return CONTROL_NONE;
	}
	redirect_plan_init(&plan);
	plan.base[STDOUT_FILENO] = write_end;
	int status = external_prepare(sh, call, &plan, &cmd);
	if (status == 0) {
		launch_begin(sh, &launch, call->node ? &call->node->node : NULL, false);
		(void)launch_start(sh, &launch, &cmd);
		redirect_plan_done(&plan);
		close(write_end);
		capture_read(sh, read_end, &sh->out.capture->text);
		control = launch_end(sh, &launch);
	} else {
		redirect_plan_done(&plan);
		close(write_end);
		if (status == EXTERNAL_FATAL)
			control = shell_abort(sh);
		else
			sh->status = status;
	}
	close(read_end);
	return control;
}

/* Nothing comes after it: the shell becomes the program. */
static enum control become(struct shell *sh, const struct call *call)
{
	struct brood_cmd cmd = BROOD_CMD_INIT;
	struct saved_fds saved;
	int r = redirect_begin(sh, call->node ? call->node->node.redirections : NULL, true, &saved);

	if (r == REDIRECT_FATAL)
		return shell_abort(sh);
	int status = r < 0 ? 1 : prepare_program(sh, call, &cmd);
	if (status == EXTERNAL_FATAL)
		return shell_abort(sh);
	if (status == 0)
		status = command_exec(sh, cmd.path, call->argv, (char **)(uintptr_t)cmd.env);
	sh->status = status;
	return CONTROL_NONE;
}

enum control run_external(struct shell *sh, const struct call *call)
{
	struct redirect_plan plan;
	struct brood_cmd cmd = BROOD_CMD_INIT;
	enum control control = CONTROL_NONE;

	if (run_may_replace(sh, call->run_flags))
		return become(sh, call);
	if (sh->out.capture)
		return start_collected(sh, call);
	redirect_plan_init(&plan);
	int status = external_prepare(sh, call, &plan, &cmd);
	if (status == 0)
		control = launch_program(sh, call->node ? &call->node->node : NULL, &cmd);
	else if (status == EXTERNAL_FATAL)
		control = shell_abort(sh);
	else
		sh->status = status;
	redirect_plan_done(&plan);
	return control;
}

/* ---- execve ---- */

static void set_dispositions(const struct brood_signals *signals)
{
	if (!signals)
		return;
	for (int n = 1; n < NSIG; n++) {
		if (sigismember(&signals->ignore, n) == 1)
			(void)signal(n, SIG_IGN);
		else if (sigismember(&signals->reset, n) == 1)
			(void)signal(n, SIG_DFL);
	}
	if (signals->has_mask)
		(void)!pthread_sigmask(SIG_SETMASK, &signals->mask, NULL);
}

int command_exec(struct shell *sh, const char *path, char **argv, char **environment)
{
	struct brood_cmd cmd = BROOD_CMD(.path = path, .argv = argv);
	struct brood_error error = { .step = BROOD_STEP_EXEC };
	int status;

	(void)output_flush(sh);
	reader_settle(sh);
	const struct brood_signals *signals = traps_for_child(sh, false);
	set_dispositions(signals);
	do {
		execve(cmd.path, cmd.argv, environment);
		status = command_recover(sh, &cmd, -errno, &error);
	} while (status == 0);
	if (signals) {
		/* An interactive shell goes on. */
		traps_begin(sh);
		traps_look_again(sh);
	}
	return status;
}
