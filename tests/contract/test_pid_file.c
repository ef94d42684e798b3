/* SPDX-License-Identifier: MIT */
/* PID files: one holder at a time, however it ends, and never a stranger. */
#include "becoming.h"
#include "versions.h"

#include <poll.h>
#include <sys/syscall.h>

/* A folder with a path for the file in it. */
struct scenery {
	struct place place;
	char path[PATH_MAX + 16];
};

static void scenery_make(struct scenery *scenery)
{
	place_make(&scenery->place);
	snprintf(scenery->path, sizeof scenery->path, "%s/x.pid", scenery->place.path);
}

static void check_content(const char *path, pid_t pid)
{
	char wanted[32];
	char got[64] = "";
	/* By another process: closing a descriptor of the file here would lose the lock. */
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("cat", path),
		.out = brood_into(got, sizeof got));

	snprintf(wanted, sizeof wanted, "%d\n", (int)pid);
	check_code(brood_run(&cmd, NULL, NULL, NULL), 0, NULL);
	check_text(got, wanted);
}

/* Who holds it, asked by another process; -1: nobody. */
static pid_t holder_seen_by_another(const char *path)
{
	int ends[2];
	pid_t holder = -2;

	check(pipe2(ends, O_CLOEXEC) == 0);
	pid_t child = fork();
	if (child == 0) {
		pid_t pid = -1;
		int r = brood_pid_file_read(path, &pid, NULL);
		pid = r == 1 ? pid : r == 0 ? -1 : -2;
		_exit(write(ends[1], &pid, sizeof pid) != sizeof pid);
	}
	close(ends[1]);
	check(read(ends[0], &holder, sizeof holder) == sizeof holder);
	close(ends[0]);
	check(waitpid(child, NULL, 0) == child);
	return holder;
}

/* covers: API-PID.create API-PID.read API-PID.remove */
static void it_is_made_held_read_and_removed(void **state)
{
	(void)state;
	struct scenery s;
	scenery_make(&s);
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_pid_file *file;
	pid_t pid = 5;
	struct stat st;
	mode_t old = umask(077);

	check_code(brood_pid_file_read(s.path, &pid, &error), 0, &error);
	check_number(pid, 5);
	check_code(brood_pid_file_create(&file, s.path, 0, NULL, &error), 0, &error);
	umask(old);
	check(stat(s.path, &st) == 0);
	check_number(st.st_mode & 07777, 0644);
	check_content(s.path, getpid());
	check_number(holder_seen_by_another(s.path), getpid());
	check_code(brood_pid_file_read(s.path, &pid, &error), 1, &error);
	check_number(pid, getpid());
	/* Reading has not lost anything. */
	check_number(holder_seen_by_another(s.path), getpid());
	int fd = brood_pid_file_fd(file);
	check(fd > 2 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	check_number(brood_pid_file_remove(file, &error), 1);
	check(stat(s.path, &st) < 0 && errno == ENOENT);
	check_code(brood_pid_file_create(&file, s.path, 0600, NULL, &error), 0, &error);
	check(stat(s.path, &st) == 0);
	check_number(st.st_mode & 07777, 0600);
	brood_pid_file_close(file);
	brood_pid_file_close(NULL);
	check(stat(s.path, &st) == 0);
	check_number(holder_seen_by_another(s.path), -1);
	place_leave(&s.place);
}

/* covers: API-PID.busy */
static void a_second_one_is_told_who_holds_it(void **state)
{
	(void)state;
	struct scenery s;
	scenery_make(&s);
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_pid_file *file;
	struct brood_pid_file *second;
	pid_t holder = 0;
	pid_t us = getpid();

	check_code(brood_pid_file_create(&file, s.path, 0, &holder, &error), 0, &error);
	check_error(brood_pid_file_create(&second, s.path, 0, &holder, &error), -EBUSY, &error,
		BROOD_STEP_OPEN);
	check_number(holder, us);
	check_text(error.subject, s.path);
	pid_t child = fork();
	if (child == 0) {
		holder = 0;
		int r = brood_pid_file_create(&second, s.path, 0, &holder, &error);
		_exit(r == -EBUSY && holder == us ? 0 : 1);
	}
	int status;
	check(waitpid(child, &status, 0) == child);
	check_number(status, 0);
	/* The failures have taken nothing away. */
	check_number(holder_seen_by_another(s.path), us);
	check_content(s.path, us);
	check_number(brood_pid_file_remove(file, &error), 1);
	place_leave(&s.place);
}

/* A child that holds the file and waits; its end of the pipe closes when it is gone. */
static pid_t start_holder(const char *path, int *ret_line)
{
	int ends[2];
	char byte;

	check(pipe2(ends, O_CLOEXEC) == 0);
	pid_t child = fork();
	if (child == 0) {
		struct brood_pid_file *file;
		alarm(60U * (unsigned int)slowness());
		int r = brood_pid_file_create(&file, path, 0, NULL, NULL);
		if (write(ends[1], r == 0 ? "+" : "-", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ends[1]);
	check(read(ends[0], &byte, 1) == 1 && byte == '+');
	*ret_line = ends[0];
	return child;
}

static void end_holder(pid_t child, int line, int signal)
{
	check(kill(child, signal) == 0);
	check(waitpid(child, NULL, 0) == child);
	close(line);
}

/* covers: API-PID.stale API-PID.process */
static void the_file_of_who_was_killed_is_stale(void **state)
{
	(void)state;
	struct scenery s;
	scenery_make(&s);
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_process *process;
	struct brood_pid_file *file;
	int line;
	pid_t child = start_holder(s.path, &line);
	pid_t pid = 0;

	check_code(brood_pid_file_read(s.path, &pid, &error), 1, &error);
	check_number(pid, child);
	int r = brood_pid_file_process(s.path, &process, &error);
	if (r != -ENOSYS && r != -EPERM) {
		check_code(r, 0, &error);
		check_number(brood_process_pid(process), child);
		brood_process_free(process);
	}
	end_holder(child, line, SIGKILL);
	check_content(s.path, child);
	check_code(brood_pid_file_read(s.path, &pid, &error), 0, &error);
	check_error(
		brood_pid_file_process(s.path, &process, &error), -ESRCH, &error, BROOD_STEP_OPEN);
	check_code(brood_pid_file_create(&file, s.path, 0, &pid, &error), 0, &error);
	check_content(s.path, getpid());
	check_number(brood_pid_file_remove(file, &error), 1);
	place_leave(&s.place);
}

/* covers: API-PID.stranger */
static void the_number_in_it_is_never_believed(void **state)
{
	(void)state;
	struct scenery s;
	scenery_make(&s);
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_process *process;
	struct brood_pid_file *file;
	pid_t pid = 0;

	/* A stranger that lives. */
	make_file(s.path, "1\n", 0644);
	check_code(brood_pid_file_read(s.path, &pid, &error), 0, &error);
	check_code(brood_pid_file_process(s.path, &process, &error), -ESRCH, &error);
	int line;
	pid_t child = start_holder(s.path, &line);
	make_file(s.path, "1\n", 0644);
	check_code(brood_pid_file_read(s.path, &pid, &error), 1, &error);
	check_number(pid, child);
	end_holder(child, line, SIGKILL);
	make_file(s.path, "99999999999 and more than that\n", 0644);
	check_code(brood_pid_file_create(&file, s.path, 0, &pid, &error), 0, &error);
	check_content(s.path, getpid());
	check_number(brood_pid_file_remove(file, &error), 1);
	place_leave(&s.place);
}

static void check_hostile(const char *path, int code)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_pid_file *file;
	pid_t pid = 0;

	check_error(
		brood_pid_file_create(&file, path, 0, NULL, &error), code, &error, BROOD_STEP_OPEN);
	check_text(error.subject, path);
	if (code == -EINVAL)
		check_error(brood_pid_file_read(path, &pid, &error), code, &error, BROOD_STEP_OPEN);
}

/* covers: API-PID.hostile */
static void nothing_but_a_file_of_ours_is_written_to(void **state)
{
	(void)state;
	struct scenery s;
	scenery_make(&s);
	char *victim = place_at(&s.place, "victim");
	make_file(victim, "precious", 0644);

	check(symlink("victim", s.path) == 0);
	check_hostile(s.path, -EINVAL);
	check(unlink(s.path) == 0 && symlink("nowhere", s.path) == 0);
	check_hostile(s.path, -EINVAL);
	check(unlink(s.path) == 0 && mkfifo(s.path, 0666) == 0);
	check_hostile(s.path, -EINVAL);
	check(unlink(s.path) == 0 && mkdir(s.path, 0777) == 0);
	check_hostile(s.path, -EINVAL);
	check(rmdir(s.path) == 0 && link(victim, s.path) == 0);
	check_hostile(s.path, -EPERM);
	check(unlink(s.path) == 0);
	make_file(s.path, "", 0666);
	check_hostile(s.path, -EPERM);
	check_hostile("/dev/null", -EINVAL);
	check_hostile(place_at(&s.place, "missing/x"), -ENOENT);
	check_hostile("/dev/null/x", -ENOTDIR);
	pid_t pid = 7;
	check_number(brood_pid_file_read("/dev/null/x", &pid, NULL), 0);
	check_number(brood_pid_file_read(place_at(&s.place, "missing/x"), &pid, NULL), 0);
	check_number(pid, 7);
	check_hostile(place_at(&s.place, ""), -EISDIR);
	check_hostile(place_at(&s.place, "."), -EISDIR);
	check_hostile("", BROOD_EMISUSE);
	if (geteuid() == 0) {
		check(unlink(s.path) == 0);
		make_file(s.path, "", 0644);
		check(chown(s.path, 1234, 1234) == 0);
		check_hostile(s.path, -EPERM);
	}
	check_text(read_file(victim), "precious");
	struct stat st;
	check(stat(place_at(&s.place, "nowhere"), &st) < 0);
	place_leave(&s.place);
}

/* covers: API-PID.remove */
static void what_is_not_ours_any_more_is_left_alone(void **state)
{
	(void)state;
	struct scenery s;
	scenery_make(&s);
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_pid_file *file;

	check_code(brood_pid_file_create(&file, s.path, 0, NULL, &error), 0, &error);
	check(unlink(s.path) == 0);
	make_file(s.path, "another", 0644);
	check_number(brood_pid_file_remove(file, &error), 0);
	check_text(read_file(s.path), "another");
	check_number(brood_pid_file_remove(NULL, &error), BROOD_EMISUSE);
	/* Nor does a forked child remove what its parent has. */
	check_code(brood_pid_file_create(&file, s.path, 0, NULL, &error), 0, &error);
	pid_t child = fork();
	if (child == 0)
		_exit(brood_pid_file_remove(file, NULL) == 0 ? 0 : 1);
	int status;
	check(waitpid(child, &status, 0) == child);
	check_number(status, 0);
	check_number(holder_seen_by_another(s.path), getpid());
	check_number(brood_pid_file_remove(file, &error), 1);
	place_leave(&s.place);
}

/* covers: API-PID.path */
static void the_path_may_lead_elsewhere_later(void **state)
{
	(void)state;
	struct scenery s;
	scenery_make(&s);
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_pid_file *file;
	int old = open(".", O_PATH | O_CLOEXEC);

	check(chdir(s.place.path) == 0);
	check_code(brood_pid_file_create(&file, "x.pid", 0, NULL, &error), 0, &error);
	check(chdir("/") == 0);
	check_number(holder_seen_by_another(s.path), getpid());
	check_number(brood_pid_file_remove(file, &error), 1);
	struct stat st;
	check(stat(s.path, &st) < 0);
	check(fchdir(old) == 0);
	close(old);
	place_leave(&s.place);
}

/* covers: API-PID.update */
static void a_child_goes_on_with_it_when_its_parent_has_let_go(void **state)
{
	(void)state;
	struct scenery s;
	scenery_make(&s);
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_pid_file *file;
	int go[2];
	int done[2];
	char byte;

	check_code(brood_pid_file_create(&file, s.path, 0, NULL, &error), 0, &error);
	check(pipe2(go, O_CLOEXEC) == 0 && pipe2(done, O_CLOEXEC) == 0);
	pid_t child = fork();
	if (child == 0) {
		alarm(60U * (unsigned int)slowness());
		close(go[1]);
		int first = brood_pid_file_update(file, &error);
		if (write(done[1], "t", 1) != 1)
			_exit(1);
		/* Ends when the parent has let go. */
		while (read(go[0], &byte, 1) > 0)
			;
		int second = brood_pid_file_update(file, &error);
		/* Reading does not lose it. */
		pid_t pid = 0;
		int held = brood_pid_file_read(s.path, &pid, &error) == 1 && pid == getpid();
		byte = first == -EBUSY && second == 0 && held ? '+' : '-';
		if (write(done[1], &byte, 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	/* It has tried in vain. */
	check(read(done[0], &byte, 1) == 1);
	brood_pid_file_close(file);
	close(go[0]);
	close(go[1]);
	check(read(done[0], &byte, 1) == 1);
	check_number(holder_seen_by_another(s.path), child);
	check_content(s.path, child);
	check(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
	check_number(byte, '+');
	check_number(holder_seen_by_another(s.path), -1);
	close(done[0]);
	close(done[1]);
	place_leave(&s.place);
}

/* covers: API-PID.children */
static void children_alone_hold_it_without_a_name(void **state)
{
	(void)state;
	struct scenery s;
	scenery_make(&s);
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_pid_file *file;
	pid_t pid = 7;
	int line[2];

	check_code(brood_pid_file_create(&file, s.path, 0, NULL, &error), 0, &error);
	check(pipe2(line, O_CLOEXEC) == 0);
	pid_t child = fork();
	if (child == 0) {
		alarm(60U * (unsigned int)slowness());
		close(line[1]);
		while (read(line[0], &pid, sizeof pid) > 0)
			;
		_exit(0);
	}
	close(line[0]);
	brood_pid_file_close(file);
	check_code(brood_pid_file_read(s.path, &pid, &error), 1, &error);
	check_number(pid, 0);
	struct brood_process *process;
	check_code(brood_pid_file_process(s.path, &process, &error), -ENXIO, &error);
	pid = 7;
	check_code(brood_pid_file_create(&file, s.path, 0, &pid, &error), -EBUSY, &error);
	check_number(pid, 0);
	int own = open(s.path, O_RDWR | O_CLOEXEC);
	check_code(brood_pid_file_adopt(&file, s.path, own, &error), -EBUSY, &error);
	check_number(holder_seen_by_another(s.path), 0);
	close(own);
	close(line[1]);
	check(waitpid(child, NULL, 0) == child);
	check_code(brood_pid_file_create(&file, s.path, 0, &pid, &error), 0, &error);
	check_number(brood_pid_file_remove(file, &error), 1);
	place_leave(&s.place);
}

/* covers: API-PID.readers */
static void a_reader_can_hold_it_too(void **state)
{
	(void)state;
	struct scenery s;
	scenery_make(&s);
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_pid_file *file;
	int ends[2];
	pid_t pid = 7;
	char byte;

	make_file(s.path, "1\n", 0644);
	check(pipe2(ends, O_CLOEXEC) == 0);
	pid_t child = fork();
	if (child == 0) {
		struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
		alarm(60U * (unsigned int)slowness());
		int fd = open(s.path, O_RDONLY);
		int r = fcntl(fd, F_SETLK, &lock);
		if (write(ends[1], r == 0 ? "+" : "-", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ends[1]);
	check(read(ends[0], &byte, 1) == 1 && byte == '+');
	/* He is not taken for its holder. */
	check_code(brood_pid_file_create(&file, s.path, 0, &pid, &error), -EBUSY, &error);
	check_number(pid, 0);
	pid = 7;
	check_code(brood_pid_file_read(s.path, &pid, &error), 1, &error);
	check_number(pid, 0);
	end_holder(child, ends[0], SIGKILL);
	check_code(brood_pid_file_create(&file, s.path, 0, &pid, &error), 0, &error);
	check_number(brood_pid_file_remove(file, &error), 1);
	place_leave(&s.place);
}

/* A program that runs beside: it inherits nothing of the file. */
/* covers: API-PID.children */
static void programs_do_not_hold_it(void **state)
{
	(void)state;
	struct scenery s;
	scenery_make(&s);
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_pid_file *file;
	struct scene scene;

	check_code(brood_pid_file_create(&file, s.path, 0, NULL, &error), 0, &error);
	scene_start(&scene, quiet(ACT("ready", "await", "4")), NULL, 1);
	brood_pid_file_close(file);
	check_number(holder_seen_by_another(s.path), -1);
	scene_release(&scene);
	scene_end(&scene);
	place_leave(&s.place);
}

enum { RIVALS = 50, ROUNDS = 200 };

/* valgrind takes its time for each process. */
static int times(int n)
{
	return denied("valgrind") ? n / 50 : n / slowness();
}

/* One of many: says '+' if it has got the file, else whether it was told who has. */
static void rival(const char *path, int begin, int result, int end)
{
	struct brood_pid_file *file;
	char byte = '-';
	pid_t holder = 0;

	alarm(60U * (unsigned int)slowness());
	while (read(begin, &byte, 1) > 0)
		;
	int r = brood_pid_file_create(&file, path, 0, &holder, NULL);
	byte = r == 0 ? '+' : r == -EBUSY && holder > 0 ? '-' : '?';
	if (write(result, &byte, 1) != 1)
		_exit(1);
	while (read(end, &byte, 1) > 0)
		;
	/* Every other round leaves a stale file. */
	if (r == 0 && getpid() % 2)
		brood_pid_file_remove(file, NULL);
	_exit(0);
}

/* covers: API-PID.race */
static void of_fifty_at_once_one_gets_it(void **state)
{
	(void)state;
	struct scenery s;
	scenery_make(&s);
	int strange = 0;
	int modes = 0;

	for (int round = 0; round < times(ROUNDS); round++) {
		int begin[2];
		int result[2];
		int end[2];
		int winners = 0;
		check(pipe2(begin, O_CLOEXEC) == 0 && pipe2(result, O_CLOEXEC) == 0 &&
			pipe2(end, O_CLOEXEC) == 0);
		for (int i = 0; i < RIVALS; i++) {
			pid_t child = fork();
			check(child >= 0);
			if (child == 0) {
				close(begin[1]);
				close(end[1]);
				rival(s.path, begin[0], result[1], end[0]);
			}
		}
		close(begin[1]);
		for (int i = 0; i < RIVALS; i++) {
			char byte;
			check(read(result[0], &byte, 1) == 1);
			winners += byte == '+';
			strange += byte == '?';
		}
		/* Whoever has made it, and whoever has got it. */
		struct stat st;
		check(stat(s.path, &st) == 0);
		modes += (st.st_mode & 07777) != 0644;
		close(end[1]);
		for (int i = 0; i < RIVALS; i++)
			check(wait(NULL) > 0);
		check_number(winners, 1);
		close(begin[0]);
		close(result[0]);
		close(result[1]);
		close(end[0]);
	}
	check_number(strange, 0);
	check_number(modes, 0);
	place_leave(&s.place);
}

/* While some make it and remove it again and again, two never have it at once. */
static void come_and_go(const char *path, int owner_fd)
{
	alarm(60U * (unsigned int)slowness());
	for (int i = 0; i < times(4000); i++) {
		struct brood_pid_file *file;
		int r = brood_pid_file_create(&file, path, 0, NULL, NULL);
		if (r == -EBUSY || r == -ESTALE)
			continue;
		if (r < 0)
			_exit(2);
		/* Whoever has it is alone with this byte. */
		char byte = 0;
		if (pread(owner_fd, &byte, 1, 0) != 1 || byte != '.')
			_exit(3);
		if (pwrite(owner_fd, "X", 1, 0) != 1 || pwrite(owner_fd, ".", 1, 0) != 1)
			_exit(4);
		if (i % 3 == 0)
			brood_pid_file_close(file);
		else if (brood_pid_file_remove(file, NULL) != 1)
			_exit(5);
	}
	_exit(0);
}

/* covers: API-PID.race */
static void those_who_come_and_go_never_have_it_both(void **state)
{
	(void)state;
	struct scenery s;
	scenery_make(&s);
	FILE *owner = tmpfile();
	check(owner != NULL && pwrite(fileno(owner), ".", 1, 0) == 1);
	for (int i = 0; i < 8; i++) {
		pid_t child = fork();
		check(child >= 0);
		if (child == 0)
			come_and_go(s.path, fileno(owner));
	}
	for (int i = 0; i < 8; i++) {
		int status;
		check(wait(&status) > 0);
		check_number(status, 0);
	}
	fclose(owner);
	place_leave(&s.place);
}

/* A program that keeps its file over brood_reexec(). */
static int play(char **argv)
{
	struct brood_pid_file *file;
	struct brood_error error = BROOD_ERROR_INIT;
	const char *kept = getenv("KEPT");
	char byte;

	int r = kept ? brood_pid_file_adopt(&file, argv[2], atoi(kept), &error)
		     : brood_pid_file_create(&file, argv[2], 0, NULL, &error);
	dprintf(1, "%s %d\n", brood_code_name(r), (int)getpid());
	if (r < 0 || read(0, &byte, 1) != 1)
		return 1;
	if (kept)
		return brood_pid_file_remove(file, &error) == 1 ? 0 : 2;
	char number[16];
	int fd = brood_pid_file_fd(file);
	snprintf(number, sizeof number, "%d", fd);
	setenv("KEPT", number, 1);
	r = brood_reexec(NULL, NULL, NULL, &fd, 1, &error);
	still_itself(r, &error);
}

/* covers: API-PID.adopt */
static void it_is_held_without_a_gap_while_a_program_is_executed_anew(void **state)
{
	(void)state;
	struct scenery s;
	scenery_make(&s);
	char wanted[32];
	char *tool = place_at(&s.place, "tool");
	version_make(tool, '1');
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(tool, "play", s.path));
	struct player player = player_start(&cmd);
	pid_t pid = 0;

	snprintf(wanted, sizeof wanted, "OK %d", (int)player.pid);
	check_text(player_line(&player), wanted);
	player_says(&player);
	/* Looked at all the time until it has it again. */
	int ends[2];
	check(pipe2(ends, O_CLOEXEC) == 0);
	pid_t watcher = fork();
	if (watcher == 0) {
		struct pollfd stop = { ends[0], POLLIN, 0 };
		close(ends[1]);
		alarm(60U * (unsigned int)slowness());
		while (poll(&stop, 1, 0) == 0)
			if (brood_pid_file_read(s.path, &pid, NULL) != 1 || pid != player.pid)
				_exit(1);
		_exit(0);
	}
	check_text(player_line(&player), wanted);
	close(ends[1]);
	close(ends[0]);
	int status;
	check(waitpid(watcher, &status, 0) == watcher);
	check_number(status, 0);
	check_number(brood_pid_file_read(s.path, &pid, NULL), 1);
	check_number(pid, player.pid);
	player_says(&player);
	player_ends(&player, 0);
	struct stat st;
	check(stat(s.path, &st) < 0);
	place_leave(&s.place);
}

/* covers: API-PID.adopt */
static void only_the_file_at_the_path_is_adopted(void **state)
{
	(void)state;
	struct scenery s;
	scenery_make(&s);
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_pid_file *file;
	make_file(s.path, "", 0644);
	int other = open(place_at(&s.place, "other"), O_RDWR | O_CREAT, 0644);
	int reading = open(s.path, O_RDONLY);
	int writing = open(s.path, O_RDWR);

	check_code(brood_pid_file_adopt(&file, s.path, other, &error), -ESTALE, &error);
	check_code(brood_pid_file_adopt(&file, s.path, reading, &error), -EBADF, &error);
	check_code(brood_pid_file_adopt(&file, s.path, 876, &error), -EBADF, &error);
	check_code(brood_pid_file_adopt(&file, s.path, 0, &error), BROOD_EMISUSE, &error);
	check_code(brood_pid_file_adopt(&file, "/dev", other, &error), -ESTALE, &error);
	check(fcntl(other, F_GETFD) == 0 && fcntl(writing, F_GETFD) == 0);
	int line;
	pid_t child = start_holder(s.path, &line);
	check_code(brood_pid_file_adopt(&file, s.path, writing, &error), -EBUSY, &error);
	end_holder(child, line, SIGTERM);
	close(reading);
	check_code(brood_pid_file_adopt(&file, s.path, writing, &error), 0, &error);
	check_number(brood_pid_file_fd(file), writing);
	check_number(fcntl(writing, F_GETFD), FD_CLOEXEC);
	check_content(s.path, getpid());
	check_number(holder_seen_by_another(s.path), getpid());
	check_number(brood_pid_file_remove(file, &error), 1);
	check(fcntl(writing, F_GETFD) < 0);
	close(other);
	place_leave(&s.place);
}

/* covers: API-PID.misuse */
static void what_makes_no_sense_is_misuse(void **state)
{
	(void)state;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_pid_file *file;
	struct brood_process *process;
	pid_t pid;

	check_code(brood_pid_file_create(NULL, "/x", 0, NULL, &error), BROOD_EMISUSE, &error);
	check_code(brood_pid_file_create(&file, NULL, 0, NULL, &error), BROOD_EMISUSE, &error);
	check_code(brood_pid_file_create(&file, "/x", 01000, NULL, &error), BROOD_EMISUSE, &error);
	check_code(brood_pid_file_read(NULL, &pid, &error), BROOD_EMISUSE, &error);
	check_code(brood_pid_file_read("/x", NULL, &error), BROOD_EMISUSE, &error);
	check_code(brood_pid_file_process("", &process, &error), BROOD_EMISUSE, &error);
	check_code(brood_pid_file_process("/x", NULL, &error), BROOD_EMISUSE, &error);
	check_code(brood_pid_file_update(NULL, &error), BROOD_EMISUSE, &error);
	check_number(brood_pid_file_fd(NULL), BROOD_EMISUSE);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "play") == 0)
		return play(argv);
	const struct CMUnitTest tests[] = {
		hygienic(it_is_made_held_read_and_removed),
		hygienic(a_second_one_is_told_who_holds_it),
		hygienic(the_file_of_who_was_killed_is_stale),
		hygienic(the_number_in_it_is_never_believed),
		hygienic(nothing_but_a_file_of_ours_is_written_to),
		hygienic(what_is_not_ours_any_more_is_left_alone),
		hygienic(the_path_may_lead_elsewhere_later),
		hygienic(a_child_goes_on_with_it_when_its_parent_has_let_go),
		hygienic(children_alone_hold_it_without_a_name),
		hygienic(a_reader_can_hold_it_too),
		hygienic(programs_do_not_hold_it),
		hygienic(of_fifty_at_once_one_gets_it),
		hygienic(those_who_come_and_go_never_have_it_both),
		hygienic(it_is_held_without_a_gap_while_a_program_is_executed_anew),
		hygienic(only_the_file_at_the_path_is_adopted),
		hygienic(what_makes_no_sense_is_misuse),
	};

	return hygiene_run("pid_file", tests);
}
