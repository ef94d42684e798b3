/* SPDX-License-Identifier: MIT */
/* Finding programs: brood_lookup(), and what a start does with a name. */
#include "check.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define SCRIPT "#!/bin/sh\n"

/* good: prog; plain: prog without x; folder: prog/ ; dangling, link -> good/prog; empty: nothing */
static void furnish(struct place *place)
{
	static const char *const folders[] = { "good", "plain", "folder", "folder/prog", "dangling",
		"link", "empty", "other" };

	place_make(place);
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		check_number(mkdir(place_at(place, folders[i]), 0755), 0);
	check_number(chmod(place->path, 0755), 0);
	make_file(place_at(place, "good/prog"), SCRIPT, 0755);
	make_file(place_at(place, "other/prog"), SCRIPT, 0755);
	make_file(place_at(place, "plain/prog"), SCRIPT, 0644);
	check_number(symlink("nowhere", place_at(place, "dangling/prog")), 0);
	check_number(symlink("../good/prog", place_at(place, "link/prog")), 0);
}

/* A search path of folders of the place: "plain:good"; "./x" and "" stay relative. */
static const char *search(const struct place *place, const char *list)
{
	static char text[8 * PATH_MAX];
	char copy[256];
	size_t length = 0;
	char *rest = copy;
	char *element;

	snprintf(copy, sizeof copy, "%s", list);
	text[0] = '\0';
	for (bool first = true; (element = strsep(&rest, ":")); first = false) {
		bool kept = element[0] == '.' || element[0] == '\0' || element[0] == '/' ||
			    element[0] == '~' || element[0] == '"';
		length += (size_t)snprintf(text + length, sizeof text - length, "%s%s%s%s",
			first ? "" : ":", kept ? "" : place->path, kept ? "" : "/", element);
	}
	return text;
}

static void expect_found(
	int line, const char *name, const char *path, int wanted, const char *found)
{
	struct brood_error error = BROOD_ERROR_INIT;
	char *hit = (char *)(uintptr_t) "untouched";
	int r = brood_lookup(name, path, &hit, &error);

	if (r != wanted)
		complain(__FILE__, line, "'%s' in '%s': code %s, not %s", name,
			path ? path : "(null)", brood_code_name(r), brood_code_name(wanted));
	if (found ? !hit || strcmp(hit, found) != 0 : hit != NULL)
		complain(__FILE__, line, "'%s' in '%s': found '%s', not '%s'", name,
			path ? path : "(null)", hit ? hit : "(null)", found ? found : "(null)");
	if (r < 0) {
		check_number(error.step, BROOD_STEP_LOOKUP);
		check_text(error.subject, name);
		check_number(error.code, r);
	}
	free(hit);
}

#define FOUND(name, path, hit)    expect_found(__LINE__, (name), (path), 0, (hit))
#define NOT_FOUND(name, path)     expect_found(__LINE__, (name), (path), BROOD_ENOTFOUND, NULL)
#define REFUSED(name, path, code) expect_found(__LINE__, (name), (path), (code), NULL)
#define RELATIVE(name, path, relative) \
	expect_found(__LINE__, (name), (path), BROOD_EDOT, (relative))

static void each_in_a_place(void (*act)(void *data))
{
	struct place place;

	furnish(&place);
	in_scene(act, &place);
	place_leave(&place);
}

/* covers: GE-7.01 API-FIND.lookup.1 */
static void no_name_and_dots_are_not_found(void **state)
{
	(void)state;
	NOT_FOUND("", "/bin:/");
	NOT_FOUND(".", "/bin:/");
	NOT_FOUND("..", "/bin:/");
	NOT_FOUND("", NULL);
}

static void slash_scene(void *data)
{
	const struct place *place = data;

	check_number(chdir(place->path), 0);
	FOUND("./good/prog", "/bin", "./good/prog");
	FOUND("good/prog", search(place, "other"), "good/prog");
	FOUND("good//.././good/prog", "", "good//.././good/prog");
	FOUND(place_at(place, "good/prog"), NULL, place_at(place, "good/prog"));
	FOUND("link/prog", NULL, "link/prog");
}

/* covers: GE-7.02 */
static void a_name_with_a_slash_is_found_unchanged(void **state)
{
	(void)state;
	each_in_a_place(slash_scene);
}

static void slash_failure_scene(void *data)
{
	const struct place *place = data;

	check_number(chdir(place->path), 0);
	REFUSED("./nowhere", NULL, -ENOENT);
	REFUSED("plain/prog", NULL, -EACCES);
	REFUSED("./folder", NULL, -EISDIR);
	REFUSED("folder/prog/", NULL, -EISDIR);
	REFUSED("dangling/prog", NULL, -ENOENT);
	REFUSED("good/prog/x", NULL, -ENOTDIR);
	REFUSED("good/prog/", NULL, -ENOTDIR);
	REFUSED("/", NULL, -EISDIR);
}

/* covers: GE-7.03 */
static void a_name_with_a_slash_fails_with_the_reason(void **state)
{
	(void)state;
	each_in_a_place(slash_failure_scene);
}

static void no_path_scene(void *data)
{
	const struct place *place = data;

	check_number(chdir(place_at(place, "good")), 0);
	NOT_FOUND("prog", "");
	NOT_FOUND("sh", "");
	check_number(unsetenv("PATH"), 0);
	NOT_FOUND("sh", NULL);
	NOT_FOUND("prog", NULL);
	check_number(setenv("PATH", "", 1), 0);
	NOT_FOUND("sh", NULL);
	NOT_FOUND("prog", NULL);
	check_number(setenv("PATH", place_at(place, "good"), 1), 0);
	FOUND("prog", NULL, place_at(place, "good/prog"));
	FOUND("prog", search(place, "other"), place_at(place, "other/prog"));
}

/* covers: GE-7.04 API-CMD.search_path.1 */
static void without_a_search_path_nothing_is_found(void **state)
{
	(void)state;
	each_in_a_place(no_path_scene);
}

static void empty_element_scene(void *data)
{
	const struct place *place = data;

	check_number(chdir(place_at(place, "good")), 0);
	RELATIVE("prog", ":", "prog");
	RELATIVE("prog", search(place, ":other"), "prog");
	RELATIVE("prog", search(place, "empty:"), "prog");
	RELATIVE("prog", search(place, "empty::other"), "prog");
	FOUND("prog", search(place, "other:"), place_at(place, "other/prog"));
	check_number(chdir(place_at(place, "empty")), 0);
	FOUND("prog", search(place, ":other"), place_at(place, "other/prog"));
	FOUND("prog", search(place, "::./x:other:"), place_at(place, "other/prog"));
	NOT_FOUND("prog", "::");
}

/* covers: GE-7.05 GE-7.10 */
static void an_empty_element_is_the_current_directory(void **state)
{
	(void)state;
	each_in_a_place(empty_element_scene);
}

static void relative_scene(void *data)
{
	const struct place *place = data;

	check_number(chdir(place->path), 0);
	RELATIVE("prog", "./good", "good/prog");
	RELATIVE("prog", search(place, "./good:other"), "good/prog");
	RELATIVE("prog", search(place, "./empty:./good/../good//:other"), "good/prog");
	RELATIVE("prog", "../nowhere/..:./link", "link/prog");
	FOUND("prog", search(place, "./empty:./plain:other:./good"), place_at(place, "other/prog"));
	check_number(chdir("empty"), 0);
	RELATIVE("prog", "../good", "../good/prog");
	RELATIVE("prog", ".:../good:..", "../good/prog");
}

/* covers: GE-7.09 GE-7.10 */
static void the_first_usable_hit_ends_the_search_even_if_relative(void **state)
{
	(void)state;
	each_in_a_place(relative_scene);
}

static void quoting_scene(void *data)
{
	const struct place *place = data;

	check_number(setenv("HOME", place->path, 1), 0);
	NOT_FOUND("prog", "~/good");
	char quoted[2 * PATH_MAX];
	snprintf(quoted, sizeof quoted, "\"%s\"", place_at(place, "good"));
	NOT_FOUND("prog", quoted);
	snprintf(quoted, sizeof quoted, "%s\\:x", place_at(place, "good"));
	NOT_FOUND("prog", quoted);
}

/* covers: GE-7.06 */
static void nothing_is_quoted_or_expanded(void **state)
{
	(void)state;
	each_in_a_place(quoting_scene);
}

static void cleaned_scene(void *data)
{
	const struct place *place = data;
	char path[2 * PATH_MAX];
	static const char *const forms[] = { "/good/", "//good", "/./good/.", "/nowhere/../good",
		"/good/../good//" };

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		snprintf(path, sizeof path, "%s%s", place->path, forms[i]);
		FOUND("prog", path, place_at(place, "good/prog"));
	}
}

/* covers: GE-7.07 */
static void the_hit_is_a_cleaned_path(void **state)
{
	(void)state;
	each_in_a_place(cleaned_scene);
}

static void skipped_scene(void *data)
{
	const struct place *place = data;
	const char *hit = place_at(place, "good/prog");

	FOUND("prog", search(place, "plain:good:other"), hit);
	FOUND("prog", search(place, "folder:good"), hit);
	FOUND("prog", search(place, "dangling:good"), hit);
	FOUND("prog", search(place, "nowhere:good"), hit);
	FOUND("prog", search(place, "good/prog:good"), hit);
	FOUND("prog", search(place, "plain:folder:dangling:nowhere:good/prog:empty:good"), hit);
}

/* covers: GE-7.08 GE-7.12 GE-7.13 */
static void unusable_candidates_are_passed_over(void **state)
{
	(void)state;
	each_in_a_place(skipped_scene);
}

static void noted_scene(void *data)
{
	const struct place *place = data;
	struct brood_error error = BROOD_ERROR_INIT;
	char *hit = NULL;

	check_code(brood_lookup("prog", search(place, "plain:empty"), &hit, &error),
		BROOD_ENOTFOUND, &error);
	check_number(error.os_errno, EACCES);
	check(hit == NULL);
	check_code(brood_lookup("prog", search(place, "empty:folder:dangling"), &hit, &error),
		BROOD_ENOTFOUND, &error);
	check(error.os_errno != EACCES);
	check_code(brood_lookup("prog", search(place, "empty"), &hit, NULL), BROOD_ENOTFOUND, NULL);
}

/* covers: GE-7.11 */
static void a_file_that_may_not_be_executed_is_noted(void **state)
{
	(void)state;
	each_in_a_place(noted_scene);
}

static void links_scene(void *data)
{
	const struct place *place = data;

	FOUND("prog", search(place, "link"), place_at(place, "link/prog"));
	FOUND("prog", search(place, "dangling:link"), place_at(place, "link/prog"));
}

/* covers: GE-7.12 GE-7.19 */
static void a_link_is_followed_but_keeps_its_name(void **state)
{
	(void)state;
	each_in_a_place(links_scene);
}

static void stranger_scene(void *data)
{
	const struct place *place = data;

	check_number(chmod(place_at(place, "good/prog"), 0700), 0);
	check_number(chmod(place_at(place, "other/prog"), 0711), 0);
	FOUND("prog", search(place, "good"), place_at(place, "good/prog"));
	check_number(seteuid(65534), 0);
	NOT_FOUND("prog", search(place, "good"));
	FOUND("prog", search(place, "good:other"), place_at(place, "other/prog"));
	REFUSED(place_at(place, "good/prog"), NULL, -EACCES);
}

/* covers: GE-7.14 */
static void the_effective_user_must_be_allowed(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	each_in_a_place(stranger_scene);
}

/* covers: GE-7.17 */
static void root_needs_one_x_bit(void **state)
{
	(void)state;
	struct place place;

	if (geteuid() != 0)
		skip();
	furnish(&place);
	check_number(chmod(place_at(&place, "good/prog"), 0666), 0);
	NOT_FOUND("prog", search(&place, "good"));
	for (mode_t bit = 1; bit <= 0100; bit <<= 3) {
		check_number(chmod(place_at(&place, "good/prog"), 0600 | bit), 0);
		FOUND("prog", search(&place, "good"), place_at(&place, "good/prog"));
	}
	place_leave(&place);
}

/* covers: GE-7.18 */
static void what_is_no_regular_file_counts_too(void **state)
{
	(void)state;
	struct place place;

	furnish(&place);
	check_number(mkfifo(place_at(&place, "empty/prog"), 0755), 0);
	FOUND("prog", search(&place, "empty:good"), place_at(&place, "empty/prog"));
	check_number(chmod(place_at(&place, "empty/prog"), 0644), 0);
	FOUND("prog", search(&place, "empty:good"), place_at(&place, "good/prog"));
	place_leave(&place);
}

static void noexec_scene(void *data)
{
	const struct place *place = data;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("none", place_at(place, "empty"), "tmpfs", MS_NOEXEC, NULL) < 0)
		_exit(0);
	make_file(place_at(place, "empty/prog"), SCRIPT, 0755);
	NOT_FOUND("prog", search(place, "empty"));
	FOUND("prog", search(place, "empty:good"), place_at(place, "good/prog"));
	REFUSED(place_at(place, "empty/prog"), NULL, -EACCES);
}

/* covers: GE-7.16 */
static void a_file_on_a_noexec_mount_is_refused(void **state)
{
	(void)state;
	/* Valgrind takes the NULL type of a remount for an error. */
	if (denied("valgrind"))
		skip();
	if (geteuid() != 0)
		skip();
	each_in_a_place(noexec_scene);
}

/* From here on faccessat2 fails with this errno. */
static void forbid_faccessat2(int with)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_faccessat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned int)with),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = 4, .filter = filter };

	check_number(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	check_number(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static void any_bit_scene(void *data, int with)
{
	const struct place *place = data;

	check_number(chmod(place_at(place, "other/prog"), 0601), 0);
	forbid_faccessat2(with);
	FOUND("prog", search(place, "plain:good"), place_at(place, "good/prog"));
	FOUND("prog", search(place, "plain:other"), place_at(place, "other/prog"));
	NOT_FOUND("prog", search(place, "plain:folder"));
	REFUSED(place_at(place, "plain/prog"), NULL, -EACCES);
}

static void enosys_scene(void *data)
{
	any_bit_scene(data, ENOSYS);
}

static void eperm_scene(void *data)
{
	any_bit_scene(data, EPERM);
}

/* covers: GE-7.15 */
static void without_faccessat2_any_x_bit_will_do(void **state)
{
	(void)state;
	each_in_a_place(enosys_scene);
	each_in_a_place(eperm_scene);
}

static void start_scene(void *data)
{
	const struct place *place = data;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("prog"), .out = brood_null());

	check_number(chdir(place->path), 0);
	cmd.search_path = search(place, "plain:empty");
	check_error(
		brood_run(&cmd, NULL, NULL, &error), BROOD_ENOTFOUND, &error, BROOD_STEP_LOOKUP);
	check_number(error.os_errno, EACCES);
	check_text(error.subject, "prog");
	cmd.search_path = "./good";
	check_error(brood_run(&cmd, NULL, NULL, &error), BROOD_EDOT, &error, BROOD_STEP_LOOKUP);
	cmd.flags = BROOD_LOOKUP_DOT;
	check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
	cmd.flags = 0;
	cmd.search_path = search(place, "plain:good");
	check_code(brood_run(&cmd, NULL, NULL, &error), 0, &error);
}

/* covers: GE-7.20 API-CMD.search_path.1 API-CMD.flags.lookup_dot */
static void a_start_looks_its_program_up_by_the_same_rules(void **state)
{
	(void)state;
	each_in_a_place(start_scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(no_name_and_dots_are_not_found),
		hygienic(a_name_with_a_slash_is_found_unchanged),
		hygienic(a_name_with_a_slash_fails_with_the_reason),
		hygienic(without_a_search_path_nothing_is_found),
		hygienic(an_empty_element_is_the_current_directory),
		hygienic(the_first_usable_hit_ends_the_search_even_if_relative),
		hygienic(nothing_is_quoted_or_expanded),
		hygienic(the_hit_is_a_cleaned_path),
		hygienic(unusable_candidates_are_passed_over),
		hygienic(a_file_that_may_not_be_executed_is_noted),
		hygienic(a_link_is_followed_but_keeps_its_name),
		hygienic(the_effective_user_must_be_allowed),
		hygienic(root_needs_one_x_bit),
		hygienic(what_is_no_regular_file_counts_too),
		hygienic(a_file_on_a_noexec_mount_is_refused),
		hygienic(without_faccessat2_any_x_bit_will_do),
		hygienic(a_start_looks_its_program_up_by_the_same_rules),
	};
	return hygiene_run("lookup", tests);
}
