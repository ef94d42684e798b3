/* SPDX-License-Identifier: MIT */
/* Named pipes: made, found, opened, removed, and nothing else in their place. */
#include "check.h"
#include "storms.h"

#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#define NOBODY 65534

static mode_t mode_of(const char *path)
{
	struct stat st;
	if (lstat(path, &st) < 0)
		complain(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
	return st.st_mode;
}

static ino_t inode_of(const char *path)
{
	struct stat st;
	if (lstat(path, &st) < 0)
		complain(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
	return st.st_ino;
}

static ino_t inode_behind(int fd)
{
	struct stat st;
	check_number(fstat(fd, &st), 0);
	return st.st_ino;
}

static void make_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	check_number(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	close(fd);
}

/* Everything that is no FIFO; "fifo" and "nothing" are there for the links. */
static const char *const others[] = { "file", "folder", "link to a fifo", "link to a file",
	"dangling link", "socket", "device" };
#define N_OTHERS (sizeof others / sizeof *others)

static void make_others(const struct place *place)
{
	make_file(place_at(place, "file"), "precious", 0644);
	check_number(mkdir(place_at(place, "folder"), 0755), 0);
	check_number(mkfifo(place_at(place, "fifo"), 0600), 0);
	check_number(symlink("fifo", place_at(place, "link to a fifo")), 0);
	check_number(symlink("file", place_at(place, "link to a file")), 0);
	check_number(symlink("nothing", place_at(place, "dangling link")), 0);
	make_socket(place_at(place, "socket"));
	/* Without the right to make one: the one that is always there. */
	if (mknod(place_at(place, "device"), S_IFCHR | 0666, 1 << 8 | 3) < 0)
		check_number(symlink("/dev/null", place_at(place, "device")), 0);
}

static void check_others(const struct place *place)
{
	check_text(read_file(place_at(place, "file")), "precious");
	check(S_ISDIR(mode_of(place_at(place, "folder"))));
	check(S_ISLNK(mode_of(place_at(place, "link to a fifo"))));
	check(S_ISLNK(mode_of(place_at(place, "link to a file"))));
	check(S_ISLNK(mode_of(place_at(place, "dangling link"))));
	check(S_ISSOCK(mode_of(place_at(place, "socket"))));
	check(!S_ISFIFO(mode_of(place_at(place, "device"))));
	check_number(access(place_at(place, "nothing"), F_OK), -1);
}

static int create(const char *path, mode_t mode)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int r = brood_fifo_create(path, mode, 0, &error);
	if (r < 0)
		check_code(r, 0, &error);
	return r;
}

/* covers: FIFO-create.made */
static void a_fifo_is_made_with_exactly_these_permissions(void **state)
{
	static const mode_t modes[] = { 0600, 0666, 0777, 0000, 0222, 0444 };
	static const mode_t masks[] = { 0, 022, 077, 0777 };
	struct place place;
	(void)state;
	place_make(&place);
	char *path = place_at(&place, "box");
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
		for (size_t j = 0; j < sizeof masks / sizeof *masks; j++) {
			mode_t before = umask(masks[j]);
			int r = create(path, modes[i]);
			umask(before);
			check_number(r, 1);
			check_number(mode_of(path), S_IFIFO | modes[i]);
			check_number(brood_fifo_remove(path, NULL), 1);
		}
	place_leave(&place);
}

/* covers: FIFO-create.there FIFO-create.exclusive */
static void a_fifo_that_is_there_is_used_as_it_is(void **state)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct place place;
	(void)state;
	place_make(&place);
	char *path = place_at(&place, "box");
	check_number(create(path, 0640), 1);
	ino_t inode = inode_of(path);
	check_number(create(path, 0600), 0);
	check_number(mode_of(path), S_IFIFO | 0640);
	check_number(inode_of(path), inode);
	int r = brood_fifo_create(path, 0600, BROOD_FIFO_EXCLUSIVE, &error);
	check_error(r, -EEXIST, &error, BROOD_STEP_OPEN);
	check_text(error.subject, path);
	check_number(inode_of(path), inode);
	check_number(brood_fifo_remove(path, NULL), 1);
	check_number(brood_fifo_create(path, 0600, BROOD_FIFO_EXCLUSIVE, NULL), 1);
	place_leave(&place);
}

/* covers: FIFO-create.other */
static void what_is_no_fifo_is_not_taken_for_one(void **state)
{
	struct place place;
	(void)state;
	place_make(&place);
	make_others(&place);
	for (size_t i = 0; i < N_OTHERS; i++)
		for (uint64_t flags = 0; flags <= BROOD_FIFO_EXCLUSIVE; flags++) {
			struct brood_error error = BROOD_ERROR_INIT;
			char *path = place_at(&place, others[i]);
			int r = brood_fifo_create(path, 0600, flags, &error);
			check_error(r, -EEXIST, &error, BROOD_STEP_OPEN);
			check_text(error.subject, path);
		}
	check_others(&place);
	place_leave(&place);
}

static void become_nobody(void)
{
	check_number(setgroups(0, NULL), 0);
	check_number(setgid(NOBODY), 0);
	check_number(setuid(NOBODY), 0);
}

static void create_without_permission(void *data)
{
	struct brood_error error = BROOD_ERROR_INIT;
	become_nobody();
	check_error(brood_fifo_create(data, 0600, 0, &error), -EACCES, &error, BROOD_STEP_OPEN);
}

/* covers: FIFO-create.errors FIFO-create.misuse */
static void making_one_fails_with_the_error_of_the_system(void **state)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct place place;
	char name[300];
	(void)state;
	place_make(&place);
	make_file(place_at(&place, "file"), "", 0600);
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	check_error(brood_fifo_create(place_at(&place, "no/box"), 0600, 0, &error), -ENOENT, &error,
		BROOD_STEP_OPEN);
	check_error(brood_fifo_create(place_at(&place, "file/box"), 0600, 0, &error), -ENOTDIR,
		&error, BROOD_STEP_OPEN);
	check_error(brood_fifo_create(place_at(&place, name), 0600, 0, &error), -ENAMETOOLONG,
		&error, BROOD_STEP_OPEN);
	if (getuid() == 0) {
		check_number(chmod(place.path, 0755), 0);
		in_scene(create_without_permission, place_at(&place, "box"));
	}
	check_number(access(place_at(&place, "box"), F_OK), -1);

	char *path = place_at(&place, "box");
	check_error(
		brood_fifo_create(NULL, 0600, 0, &error), BROOD_EMISUSE, &error, BROOD_STEP_OPEN);
	check_error(brood_fifo_create("", 0600, 0, &error), BROOD_EMISUSE, &error, BROOD_STEP_OPEN);
	check_error(
		brood_fifo_create(path, 0600, 2, &error), BROOD_EMISUSE, &error, BROOD_STEP_OPEN);
	check_error(
		brood_fifo_create(path, 01000, 0, &error), BROOD_EMISUSE, &error, BROOD_STEP_OPEN);
	check_error(brood_fifo_create(path, S_IFIFO | 0600, 0, &error), BROOD_EMISUSE, &error,
		BROOD_STEP_OPEN);
	check_number(access(path, F_OK), -1);
	place_leave(&place);
}

struct comings {
	const char *path;
	atomic_bool over;
	atomic_bool under_way;
};

static void *come_and_go(void *data)
{
	struct comings *comings = data;
	while (!atomic_load(&comings->over)) {
		if (mkfifo(comings->path, 0600) == 0 || errno == EEXIST)
			unlink(comings->path);
		atomic_store(&comings->under_way, true);
	}
	return NULL;
}

/* covers: FIFO-create.made FIFO-create.there */
static void one_that_comes_and_goes_is_made_or_used(void **state)
{
	struct place place;
	struct comings comings = { .over = false };
	pthread_t thread;
	(void)state;
	need_threads();
	/* One thread at a time runs there, for long. */
	if (denied("valgrind"))
		skip();
	place_make(&place);
	comings.path = place_at(&place, "box");
	check_number(pthread_create(&thread, NULL, come_and_go, &comings), 0);
	while (!atomic_load(&comings.under_way))
		;
	for (int i = 0; i < 5000; i++) {
		struct brood_error error = BROOD_ERROR_INIT;
		int r = brood_fifo_create(comings.path, 0600, 0, &error);
		if (r < 0)
			check_code(r, 0, &error);
	}
	atomic_store(&comings.over, true);
	pthread_join(thread, NULL);
	place_leave(&place);
}

static void look_without_permission(void *data)
{
	become_nobody();
	check_number(brood_fifo_exists(data), -EACCES);
}

/* covers: FIFO-exists */
static void only_a_fifo_exists(void **state)
{
	struct place place;
	(void)state;
	place_make(&place);
	make_others(&place);
	check_number(brood_fifo_exists(place_at(&place, "fifo")), 1);
	for (size_t i = 0; i < N_OTHERS; i++)
		check_number(brood_fifo_exists(place_at(&place, others[i])), 0);
	check_number(brood_fifo_exists(place_at(&place, "nothing")), 0);
	check_number(brood_fifo_exists(place_at(&place, "nothing/box")), 0);
	check_number(brood_fifo_exists(place_at(&place, "file/box")), 0);
	check_number(brood_fifo_exists(NULL), BROOD_EMISUSE);
	check_number(brood_fifo_exists(""), BROOD_EMISUSE);
	if (getuid() == 0) {
		check_number(chmod(place.path, 0700), 0);
		in_scene(look_without_permission, place_at(&place, "fifo"));
	}
	check_others(&place);
	place_leave(&place);
}

static int open_fifo(const char *path, uint64_t how, brood_duration timeout)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int fd = brood_fifo_open(path, how, timeout, &error);
	if (fd < 0)
		check_code(fd, 0, &error);
	check(fd > 2);
	check_number(fcntl(fd, F_GETFD), FD_CLOEXEC);
	check(fcntl(fd, F_GETFL) & O_NONBLOCK);
	check_number(inode_behind(fd), inode_of(path));
	return fd;
}

/* covers: FIFO-open.ways FIFO-open.descriptor */
static void the_three_ways_to_open(void **state)
{
	struct place place;
	char c;
	(void)state;
	place_make(&place);
	char *path = place_at(&place, "box");
	check_number(create(path, 0600), 1);

	/* Reading does not wait for a writer; writing does not wait where there is a reader. */
	int reading = open_fifo(path, BROOD_FIFO_READ, 0);
	check_number(fcntl(reading, F_GETFL) & O_ACCMODE, O_RDONLY);
	int writing = open_fifo(path, BROOD_FIFO_WRITE, 0);
	check_number(fcntl(writing, F_GETFL) & O_ACCMODE, O_WRONLY);
	check_number(write(writing, "x", 1), 1);
	check_number(read(reading, &c, 1), 1);
	close(writing);
	check_number(read(reading, &c, 1), 0);
	close(reading);

	/* Both: never an end, never a broken pipe, and the others are not waited for. */
	int both = open_fifo(path, BROOD_FIFO_BOTH, 0);
	check_number(fcntl(both, F_GETFL) & O_ACCMODE, O_RDWR);
	writing = open_fifo(path, BROOD_FIFO_WRITE, 0);
	check_number(write(writing, "x", 1), 1);
	close(writing);
	check_number(read(both, &c, 1), 1);
	check_number(read(both, &c, 1), -1);
	check_number(errno, EAGAIN);
	reading = open_fifo(path, BROOD_FIFO_READ, 0);
	close(reading);
	check_number(write(both, "x", 1), 1);
	close(both);
	place_leave(&place);
}

static void open_with_none_of_the_three(void *data)
{
	close(0);
	close(1);
	close(2);
	int both = brood_fifo_open(data, BROOD_FIFO_BOTH, 0, NULL);
	int reading = brood_fifo_open(data, BROOD_FIFO_READ, 0, NULL);
	int writing = brood_fifo_open(data, BROOD_FIFO_WRITE, 0, NULL);
	check(both > 2);
	check(reading > 2);
	check(writing > 2);
	check_number(fcntl(both, F_GETFD), FD_CLOEXEC);
	check_number(fcntl(0, F_GETFD), -1);
	check_number(fcntl(1, F_GETFD), -1);
	check_number(fcntl(2, F_GETFD), -1);
}

/* covers: FIFO-open.descriptor */
static void the_descriptor_is_above_2_whatever_is_closed(void **state)
{
	struct place place;
	(void)state;
	place_make(&place);
	check_number(create(place_at(&place, "box"), 0600), 1);
	in_scene(open_with_none_of_the_three, place_at(&place, "box"));
	place_leave(&place);
}

/* covers: FIFO-open.time */
static void opening_for_writing_gives_up_when_the_time_is_over(void **state)
{
	static const brood_duration timeouts[] = { 0, -1, INT64_MIN, 50 * BROOD_MILLISECOND };
	struct place place;
	(void)state;
	place_make(&place);
	char *path = place_at(&place, "box");
	check_number(create(path, 0600), 1);
	for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
		struct brood_error error = BROOD_ERROR_INIT;
		int64_t start = now_ns();
		int r = brood_fifo_open(path, BROOD_FIFO_WRITE, timeouts[i], &error);
		int64_t took = now_ns() - start;
		check_error(r, -ETIME, &error, BROOD_STEP_OPEN);
		check_text(error.subject, path);
		check(took >= timeouts[i]);
		check(took < 10 * BROOD_SECOND);
	}
	place_leave(&place);
}

/* A reader that waits in open(2) for a writer, as `cat box` does. It ends when the writer has gone.
 */
static pid_t start_reader(const char *path, int delay_ms, int again)
{
	pid_t pid = fork();
	check(pid >= 0);
	if (pid > 0)
		return pid;
	char c;
	struct pollfd none = { .fd = -1 };
	alarm(60);
	poll(&none, 1, delay_ms);
	/* Made anew: not what those who wait have seen. */
	if (again && (unlink(path) < 0 || mkfifo(path, 0600) < 0))
		_exit(1);
	int fd = open(path, O_RDONLY);
	while (read(fd, &c, 1) > 0)
		;
	_exit(0);
}

static void end_reader(pid_t pid, int fd)
{
	int status = -1;
	close(fd);
	check_number(waitpid(pid, &status, 0), pid);
	check_number(status, 0);
}

/* covers: FIFO-open.waits FIFO-open.again */
static void opening_for_writing_waits_for_a_reader(void **state)
{
	struct place place;
	(void)state;
	place_make(&place);
	char *path = place_at(&place, "box");
	check_number(create(path, 0600), 1);
	for (int again = 0; again < 2; again++) {
		static const brood_duration timeouts[] = { 50 * BROOD_SECOND, BROOD_FOREVER };
		for (int i = 0; i < 2; i++) {
			pid_t pid = start_reader(path, 30, again);
			end_reader(pid, open_fifo(path, BROOD_FIFO_WRITE, timeouts[i]));
		}
	}
	place_leave(&place);
}

static void open_in_a_storm(void *data)
{
	char *path = data;
	storm_begin();
	int64_t start = now_ns();
	check_number(
		brood_fifo_open(path, BROOD_FIFO_WRITE, 100 * BROOD_MILLISECOND, NULL), -ETIME);
	check(now_ns() - start >= 100 * BROOD_MILLISECOND);
	pid_t pid = start_reader(path, 30, 0);
	int fd = brood_fifo_open(path, BROOD_FIFO_WRITE, BROOD_FOREVER, NULL);
	check(fd > 2);
	storm_end(10);
	end_reader(pid, fd);
}

/* covers: FIFO-open.signals */
static void a_handler_does_not_end_the_wait_for_a_reader(void **state)
{
	struct place place;
	(void)state;
	if (!stands_storms())
		skip();
	place_make(&place);
	check_number(create(place_at(&place, "box"), 0600), 1);
	in_scene(open_in_a_storm, place_at(&place, "box"));
	place_leave(&place);
}

static const uint64_t ways[] = { BROOD_FIFO_READ, BROOD_FIFO_WRITE, BROOD_FIFO_BOTH };

static void open_without_permission(void *data)
{
	become_nobody();
	for (int i = 0; i < 3; i++) {
		struct brood_error error = BROOD_ERROR_INIT;
		check_error(brood_fifo_open(data, ways[i], BROOD_SECOND, &error), -EACCES, &error,
			BROOD_STEP_OPEN);
	}
}

/* covers: FIFO-open.other FIFO-open.errors FIFO-open.misuse */
static void what_is_no_fifo_is_not_opened(void **state)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct place place;
	(void)state;
	place_make(&place);
	make_others(&place);
	for (int i = 0; i < 3; i++) {
		for (size_t j = 0; j < N_OTHERS; j++) {
			char *path = place_at(&place, others[j]);
			int r = brood_fifo_open(path, ways[i], BROOD_SECOND, &error);
			check_error(r, -EINVAL, &error, BROOD_STEP_OPEN);
			check_text(error.subject, path);
		}
		check_error(
			brood_fifo_open(place_at(&place, "nothing"), ways[i], BROOD_SECOND, &error),
			-ENOENT, &error, BROOD_STEP_OPEN);
		check_error(
			brood_fifo_open(place_at(&place, "file/x"), ways[i], BROOD_SECOND, &error),
			-ENOTDIR, &error, BROOD_STEP_OPEN);
		check_error(brood_fifo_open(NULL, ways[i], 0, &error), BROOD_EMISUSE, &error,
			BROOD_STEP_OPEN);
		check_error(brood_fifo_open("", ways[i], 0, &error), BROOD_EMISUSE, &error,
			BROOD_STEP_OPEN);
	}
	check_error(brood_fifo_open(place_at(&place, "fifo"), 0, 0, &error), BROOD_EMISUSE, &error,
		BROOD_STEP_OPEN);
	check_error(brood_fifo_open(place_at(&place, "fifo"), 4, 0, &error), BROOD_EMISUSE, &error,
		BROOD_STEP_OPEN);
	check_others(&place);
	if (getuid() == 0) {
		check_number(chmod(place.path, 0755), 0);
		in_scene(open_without_permission, place_at(&place, "fifo"));
	}
	place_leave(&place);
}

struct swapping {
	const char *path, *trap;
	atomic_bool over;
	atomic_uint swaps;
};

/* The FIFO and the trap change places: at every moment one of them is there. */
static void *swap(void *data)
{
	struct swapping *swapping = data;
	while (!atomic_load(&swapping->over)) {
		if (syscall(SYS_renameat2, AT_FDCWD, swapping->path, AT_FDCWD, swapping->trap, 2) <
			0)
			break;
		atomic_fetch_add(&swapping->swaps, 1);
	}
	return NULL;
}

static void open_while_it_is_swapped(const char *path, const char *trap, ino_t inode)
{
	struct swapping swapping = { .path = path, .trap = trap };
	pthread_t thread;
	int opened = 0, refused = 0;
	check_number(pthread_create(&thread, NULL, swap, &swapping), 0);
	for (int i = 0; i < 200000 && (i < 5000 || opened < 100 || refused < 100); i++) {
		int fd = brood_fifo_open(path, i % 2 ? BROOD_FIFO_READ : BROOD_FIFO_BOTH, 0, NULL);
		if (fd < 0) {
			check_number(fd, -EINVAL);
			refused++;
			continue;
		}
		check_number(inode_behind(fd), inode);
		close(fd);
		opened++;
	}
	atomic_store(&swapping.over, true);
	pthread_join(thread, NULL);
	check(atomic_load(&swapping.swaps) > 100);
	check(opened >= 100);
	check(refused >= 100);
}

/* covers: FIFO-open.race */
static void a_link_that_takes_its_place_is_never_followed(void **state)
{
	struct place place;
	(void)state;
	need_threads();
	if (denied("valgrind"))
		skip();
	place_make(&place);
	char *path = place_at(&place, "box"), *trap = place_at(&place, "trap");
	check_number(create(path, 0600), 1);
	check_number(create(place_at(&place, "victim"), 0600), 1);
	check_number(symlink("victim", trap), 0);
	open_while_it_is_swapped(path, trap, inode_of(brood_fifo_exists(path) ? path : trap));
	place_leave(&place);
}

/* One child whose system calls are stopped at, and somebody who changes things in between. */
struct meddling {
	const char *path, *trap, *victim;
	ino_t inode; /* of the FIFO */
	uint64_t how;
	void (*meddle)(struct meddling *meddling);
};

/* Lets the child act, and meddles at its stop number `at`: before or behind one of its system
   calls. Returns false if it makes fewer. */
static bool act_and_meddle(int (*act)(struct meddling *), struct meddling *meddling, int at)
{
	int status = 0, stops = 0;
	pid_t pid = fork();
	check(pid >= 0);
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(77);
		raise(SIGSTOP);
		_exit(act(meddling));
	}
	check_number(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	while (!WIFEXITED(status)) {
		if (WIFSTOPPED(status) && WSTOPSIG(status) == (SIGTRAP | 0x80) && ++stops == at)
			meddling->meddle(meddling);
		check(ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0);
		check_number(waitpid(pid, &status, 0), pid);
		check(!WIFSIGNALED(status));
	}
	check_number(WEXITSTATUS(status), 0);
	return stops >= at;
}

/* The two change places, or the trap takes the one that is free. */
static void exchange(struct meddling *meddling)
{
	if (syscall(SYS_renameat2, AT_FDCWD, meddling->path, AT_FDCWD, meddling->trap, 2) < 0)
		check_number(rename(meddling->trap, meddling->path), 0);
}

static void take_away(struct meddling *meddling)
{
	if (unlink(meddling->path) < 0)
		check_number(errno, ENOENT);
}

static int open_or_refuse(struct meddling *meddling)
{
	struct stat st;
	int fd = brood_fifo_open(meddling->path, meddling->how, 0, NULL);
	if (fd == -EINVAL || fd == -ETIME)
		return 0;
	return fd < 0 || fstat(fd, &st) < 0 || st.st_ino != meddling->inode;
}

static int create_or_refuse(struct meddling *meddling)
{
	umask(077);
	int r = brood_fifo_create(meddling->path, 0666, 0, NULL);
	return r != 1 && r != 0 && r != -EEXIST;
}

static int create_in_any_case(struct meddling *meddling)
{
	umask(077);
	return brood_fifo_create(meddling->path, 0666, 0, NULL) < 0;
}

/* covers: FIFO-open.race FIFO-create.other */
static void nor_is_one_that_comes_between_any_two_system_calls(void **state)
{
	struct place place;
	struct meddling meddling = { .meddle = exchange };
	(void)state;
	if (denied("valgrind"))
		skip();
	place_make(&place);
	meddling.path = place_at(&place, "box");
	meddling.trap = place_at(&place, "trap");
	meddling.victim = place_at(&place, "victim");
	check_number(create(meddling.victim, 0600), 1);
	check_number(symlink("victim", meddling.trap), 0);
	check_number(create(meddling.path, 0600), 1);
	meddling.inode = inode_of(meddling.path);
	for (int i = 0; i < 3; i++) {
		meddling.how = ways[i];
		int n = 1;
		while (act_and_meddle(open_or_refuse, &meddling, n)) {
			/* It is a link now; back again. */
			check(S_ISLNK(mode_of(meddling.path)));
			exchange(&meddling);
			n++;
		}
		check(n > 8);
	}
	/* One that is being made, before it has its permissions. */
	int n = 0;
	do {
		unlink(meddling.path);
		unlink(meddling.trap);
		check_number(symlink("victim", meddling.trap), 0);
		n++;
	} while (act_and_meddle(create_or_refuse, &meddling, n));
	check(n > 4);
	check_number(mode_of(meddling.victim), S_IFIFO | 0600);
	place_leave(&place);
}

/* covers: FIFO-create.made */
static void one_that_is_taken_away_while_it_is_made_is_made_again(void **state)
{
	struct place place;
	struct meddling meddling = { .meddle = take_away };
	int n = 1;
	(void)state;
	if (denied("valgrind"))
		skip();
	place_make(&place);
	meddling.path = place_at(&place, "box");
	while (act_and_meddle(create_in_any_case, &meddling, n)) {
		unlink(meddling.path);
		n++;
	}
	check(n > 4);
	place_leave(&place);
}

static void act_in_a_chroot(void *data)
{
	check_number(chroot(data), 0);
	check_number(chdir("/"), 0);
	check_number(access("/proc", F_OK), -1);
	umask(077);
	int r = brood_fifo_create("box", 0666, 0, NULL);
	/* Before Linux 6.6 its permissions cannot be changed here: then it is not made. */
	if (r != 1) {
		check_number(r, -ENOENT);
		check_number(access("box", F_OK), -1);
		check_number(brood_fifo_create("box", 0600, 0, NULL), 1);
	}
	check_number(symlink("box", "link"), 0);
	for (int i = 0; i < 3; i++)
		check_number(brood_fifo_open("link", ways[i], 0, NULL), -EINVAL);
	check_number(brood_fifo_open("box", BROOD_FIFO_WRITE, 0, NULL), -ETIME);
	int both = open_fifo("box", BROOD_FIFO_BOTH, 0);
	int writing = open_fifo("box", BROOD_FIFO_WRITE, 0);
	close(both);
	close(writing);
	check_number(brood_fifo_remove("box", NULL), 1);
}

/* covers: FIFO-open.ways FIFO-create.made */
static void without_proc_it_is_the_same(void **state)
{
	struct place place;
	(void)state;
	if (getuid() != 0)
		skip();
	place_make(&place);
	in_scene(act_in_a_chroot, place.path);
	place_leave(&place);
}

static void remove_without_permission(void *data)
{
	struct brood_error error = BROOD_ERROR_INIT;
	become_nobody();
	check_error(brood_fifo_remove(data, &error), -EACCES, &error, BROOD_STEP_OPEN);
}

/* covers: FIFO-remove */
static void only_a_fifo_is_removed(void **state)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct place place;
	(void)state;
	place_make(&place);
	make_others(&place);
	for (size_t i = 0; i < N_OTHERS; i++) {
		char *path = place_at(&place, others[i]);
		check_error(brood_fifo_remove(path, &error), -EINVAL, &error, BROOD_STEP_OPEN);
		check_text(error.subject, path);
	}
	check_others(&place);
	if (getuid() == 0) {
		check_number(chmod(place.path, 0755), 0);
		in_scene(remove_without_permission, place_at(&place, "fifo"));
	}
	check_number(brood_fifo_remove(place_at(&place, "fifo"), &error), 1);
	check_number(brood_fifo_exists(place_at(&place, "fifo")), 0);
	check_number(brood_fifo_remove(place_at(&place, "fifo"), &error), 0);
	check_error(brood_fifo_remove(place_at(&place, "file/x"), &error), -ENOTDIR, &error,
		BROOD_STEP_OPEN);
	check_error(brood_fifo_remove(NULL, &error), BROOD_EMISUSE, &error, BROOD_STEP_OPEN);
	check_error(brood_fifo_remove("", &error), BROOD_EMISUSE, &error, BROOD_STEP_OPEN);
	place_leave(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_fifo_is_made_with_exactly_these_permissions),
		hygienic(a_fifo_that_is_there_is_used_as_it_is),
		hygienic(what_is_no_fifo_is_not_taken_for_one),
		hygienic(making_one_fails_with_the_error_of_the_system),
		hygienic(one_that_comes_and_goes_is_made_or_used),
		hygienic(only_a_fifo_exists),
		hygienic(the_three_ways_to_open),
		hygienic(the_descriptor_is_above_2_whatever_is_closed),
		hygienic(opening_for_writing_gives_up_when_the_time_is_over),
		hygienic(opening_for_writing_waits_for_a_reader),
		hygienic(a_handler_does_not_end_the_wait_for_a_reader),
		hygienic(what_is_no_fifo_is_not_opened),
		hygienic(a_link_that_takes_its_place_is_never_followed),
		hygienic(nor_is_one_that_comes_between_any_two_system_calls),
		hygienic(one_that_is_taken_away_while_it_is_made_is_made_again),
		hygienic(without_proc_it_is_the_same),
		hygienic(only_a_fifo_is_removed),
	};
	return hygiene_run("named pipes", tests);
}
