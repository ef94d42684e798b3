/* SPDX-License-Identifier: MIT */
/* The environment of a child: brood_environ(), and what a child really gets. */
#include "check.h"

#define LIST(...) BROOD_ARGV(__VA_ARGS__)
#define EMPTY     ((char *const[]){ NULL })

/* With another environment of our own, as far as brood_environ() is concerned. */
static int environ_with(
	char *const *ours, const struct brood_cmd *cmd, char ***ret_env, struct brood_error *error)
{
	char **saved = environ;

	environ = (char **)(uintptr_t)ours;
	int r = brood_environ(cmd, ret_env, error);
	environ = saved;
	return r;
}

static void check_list(int line, char *const *got, char *const *wanted)
{
	for (size_t i = 0;; i++) {
		if (!got[i] && !wanted[i])
			return;
		if (!got[i] || !wanted[i] || strcmp(got[i], wanted[i]) != 0)
			complain(__FILE__, line, "entry %zu is '%s', not '%s'", i,
				got[i] ? got[i] : "(end)", wanted[i] ? wanted[i] : "(end)");
	}
}

static void check_child(
	int line, const struct brood_cmd *like, char *const *ours, char *const *wanted)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = *like;
	char **saved = environ;

	cmd.argv = BROOD_ARGV(helper("show_env"));
	if (ours)
		environ = (char **)(uintptr_t)ours;
	int r = brood_output(&cmd, NULL, &result, &error);
	environ = saved;
	check_code(r, 0, &error);
	size_t at = 0;
	for (size_t i = 0; wanted[i]; i++) {
		const char *entry = at < result.out.length ? result.out.data + at : "(end)";
		if (strcmp(entry, wanted[i]) != 0)
			complain(__FILE__, line, "the child's entry %zu is '%s', not '%s'", i,
				entry, wanted[i]);
		at += strlen(entry) + 1;
	}
	check_number(at, result.out.length);
	brood_result_done(&result);
}

/* Both ways to see it: what is said, and what the child gets. */
static void check_environ(
	int line, const struct brood_cmd *cmd, char *const *ours, char *const *wanted)
{
	struct brood_error error = BROOD_ERROR_INIT;
	char **env = NULL;

	check_code_at(
		__FILE__, line, environ_with(ours ? ours : environ, cmd, &env, &error), 0, &error);
	check_list(line, env, wanted);
	free(env);
	check_child(line, cmd, ours, wanted);
}

#define EXPECT(cmd, ours, ...) check_environ(__LINE__, (cmd), (ours), LIST(__VA_ARGS__))

/* covers: GE-6.01 API-CMD.env.1 API-FIND.environ.1 */
static void the_callers_environment_is_the_source_unless_one_is_given(void **state)
{
	(void)state;
	struct brood_cmd inherit = BROOD_CMD_INIT;
	struct brood_cmd given = BROOD_CMD(.env = LIST("X=1", "Y=2"));

	EXPECT(&inherit, LIST("A=1", "B=2"), "A=1", "B=2");
	EXPECT(&given, LIST("A=1", "B=2"), "X=1", "Y=2");
}

/* covers: GE-6.01 */
static void the_callers_environment_is_taken_at_the_start(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD_INIT;

	EXPECT(&cmd, LIST("WHEN=before"), "WHEN=before");
	EXPECT(&cmd, LIST("WHEN=after"), "WHEN=after");
}

/* covers: GE-6.01 API-CMD.env.2 */
static void an_empty_list_is_an_empty_environment(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.env = EMPTY);

	check_environ(__LINE__, &cmd, LIST("A=1"), EMPTY);
	struct brood_cmd inherit = BROOD_CMD_INIT;
	check_environ(__LINE__, &inherit, EMPTY, EMPTY);
}

/* covers: GE-6.11 */
static void nothing_is_added(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.env = LIST("ONLY=1"));

	EXPECT(&cmd, NULL, "ONLY=1");
}

/* covers: GE-6.02 */
static void a_directory_sets_pwd_as_the_last_entry(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.dir = "/usr/bin");

	EXPECT(&cmd, LIST("A=1", "PWD=/stale", "B=2"), "A=1", "B=2", "PWD=/usr/bin");
	EXPECT(&cmd, LIST("A=1"), "A=1", "PWD=/usr/bin");
}

/* covers: GE-6.02 */
static void pwd_is_cleaned_as_a_text(void **state)
{
	(void)state;
	static const struct {
		const char *dir;
		const char *pwd;
	} cases[] = {
		{ "/", "PWD=/" },
		{ "//", "PWD=/" },
		{ "/..", "PWD=/" },
		{ "/../..", "PWD=/" },
		{ "/.", "PWD=/" },
		{ "/usr/", "PWD=/usr" },
		{ "/usr//bin", "PWD=/usr/bin" },
		{ "/usr/./bin/.", "PWD=/usr/bin" },
		{ "/usr/bin/..", "PWD=/usr" },
		{ "/usr/bin/../lib/../../etc", "PWD=/etc" },
		{ "/nowhere/../usr", "PWD=/usr" },
		{ "/nowhere/at/all", "PWD=/nowhere/at/all" },
		{ "/usr/...", "PWD=/usr/..." },
		{ "/usr/..bin", "PWD=/usr/..bin" },
		{ "/usr/.bin", "PWD=/usr/.bin" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct brood_cmd cmd = BROOD_CMD(.dir = cases[i].dir);
		struct brood_error error = BROOD_ERROR_INIT;
		char **env = NULL;
		check_code(environ_with(EMPTY, &cmd, &env, &error), 0, &error);
		check_list(__LINE__, env, LIST(cases[i].pwd));
		free(env);
	}
}

static void relative_scene(void *data)
{
	const struct place *place = data;
	struct brood_error error = BROOD_ERROR_INIT;
	char **env = NULL;
	char wanted[2 * PATH_MAX];
	struct brood_cmd cmd = BROOD_CMD(.dir = "link/../sub/.");

	check_number(chdir(place->path), 0);
	snprintf(wanted, sizeof wanted, "PWD=%s/sub", place->path);
	check_code(environ_with(EMPTY, &cmd, &env, &error), 0, &error);
	check_list(__LINE__, env, LIST(wanted));

	cmd.dir = "link";
	snprintf(wanted, sizeof wanted, "PWD=%s/link", place->path);
	check_code(environ_with(EMPTY, &cmd, &env, &error), 0, &error);
	check_list(__LINE__, env, LIST(wanted));

	cmd.dir = ".";
	snprintf(wanted, sizeof wanted, "PWD=%s", place->path);
	check_code(environ_with(EMPTY, &cmd, &env, &error), 0, &error);
	check_list(__LINE__, env, LIST(wanted));

	/* By the name that the caller knows it by, if that is right. */
	char by_link[2 * PATH_MAX];
	check_number(chdir("sub"), 0);
	snprintf(by_link, sizeof by_link, "PWD=%s/link", place->path);
	check_code(environ_with(LIST(by_link), &cmd, &env, &error), 0, &error);
	check_list(__LINE__, env, LIST(by_link));
	snprintf(wanted, sizeof wanted, "PWD=%s/sub", place->path);
	check_code(environ_with(LIST("PWD=/usr"), &cmd, &env, &error), 0, &error);
	check_list(__LINE__, env, LIST(wanted));
}

/* covers: GE-6.02 */
static void pwd_of_a_relative_directory_is_absolute_and_keeps_links(void **state)
{
	(void)state;
	struct place place;

	place_make(&place);
	check_number(mkdir(place_at(&place, "sub"), 0700), 0);
	check_number(symlink("sub", place_at(&place, "link")), 0);
	in_scene(relative_scene, &place);
	place_leave(&place);
}

static void gone_scene(void *data)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd relative = BROOD_CMD(.dir = "sub");
	struct brood_cmd absolute = BROOD_CMD(.dir = "/usr");
	char **env = NULL;

	check_number(chdir(data), 0);
	check_number(rmdir(data), 0);
	check_code(brood_environ(&relative, &env, &error), -ENOENT, &error);
	check(env == NULL);
	check_code(brood_environ(&absolute, &env, &error), 0, &error);
}

/* covers: API-FIND.environ.2 */
static void a_relative_directory_below_one_that_is_gone_is_an_error(void **state)
{
	(void)state;
	struct place place;

	place_make(&place);
	in_scene(gone_scene, place.path);
	place_leave(&place);
}

/* covers: GE-6.03 */
static void an_explicit_environment_never_gets_a_pwd(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.env = LIST("PWD=/stale", "A=1"), .dir = "/usr");

	EXPECT(&cmd, LIST("B=2"), "PWD=/stale", "A=1");
	cmd.env = EMPTY;
	check_environ(__LINE__, &cmd, LIST("B=2"), EMPTY);
}

/* covers: GE-6.04 */
static void without_a_directory_pwd_is_left_even_if_stale(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD_INIT;

	EXPECT(&cmd, LIST("PWD=/stale", "A=1"), "PWD=/stale", "A=1");
}

/* covers: GE-6.05 */
static void the_last_value_wins_at_the_last_position(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.env = LIST("A=1", "B=1", "A=2", "C=1", "B=2", "D=1"));

	EXPECT(&cmd, NULL, "A=2", "C=1", "B=2", "D=1");
	struct brood_cmd inherit = BROOD_CMD_INIT;
	EXPECT(&inherit, LIST("A=1", "B=1", "A=2"), "B=1", "A=2");
	cmd.env = LIST("A=same", "A=same", "A=same");
	EXPECT(&cmd, NULL, "A=same");
}

/* covers: GE-6.06 */
static void names_are_compared_byte_by_byte(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.env = LIST("a=1", "A=2", "AB=3", "A =4", "\xc3\xa9=5",
						 "\xe9=6", "a=7"));

	EXPECT(&cmd, NULL, "A=2", "AB=3", "A =4", "\xc3\xa9=5", "\xe9=6", "a=7");
}

/* covers: GE-6.07 */
static void a_name_may_begin_with_an_equals_sign(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.env = LIST("=C:=1", "=D:=2", "=C:=3"));

	EXPECT(&cmd, NULL, "=D:=2", "=C:=3");
	cmd.env = LIST("=a", "X=1", "=b");
	EXPECT(&cmd, NULL, "X=1", "=b");
	cmd.env = LIST("==1", "==2", "=x", "=");
	EXPECT(&cmd, NULL, "==2", "=");
}

/* covers: GE-6.08 */
static void entries_without_an_equals_sign_stay_as_they_are(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.env = LIST("bare", "A=1", "bare", "A", "A=2", "A"));

	EXPECT(&cmd, NULL, "bare", "bare", "A", "A=2", "A");
}

/* covers: GE-6.09 */
static void empty_entries_go_and_empty_values_stay(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.env = LIST("", "X=", "", "Y=1", "X=2", "X=", ""));

	EXPECT(&cmd, NULL, "Y=1", "X=");
	cmd.env = LIST("", "A=1");
	EXPECT(&cmd, NULL, "A=1");
}

/* covers: API-CMD.env_edit.1 */
static void edits_set_and_unset_on_top_of_the_environment(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.env_edit = LIST("B", "C=new", "A=over"));

	EXPECT(&cmd, LIST("A=1", "B=2", "D=4"), "D=4", "C=new", "A=over");
	cmd.env = LIST("B=here", "E=5");
	EXPECT(&cmd, LIST("A=1"), "E=5", "C=new", "A=over");
	cmd.env = EMPTY;
	EXPECT(&cmd, LIST("A=1"), "C=new", "A=over");
}

/* covers: API-CMD.env_edit.1 */
static void of_edits_of_one_name_the_last_one_counts(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.env = LIST("A=1"), .env_edit = LIST("A=2", "A"));

	check_environ(__LINE__, &cmd, NULL, EMPTY);
	cmd.env_edit = LIST("A", "A=3");
	EXPECT(&cmd, NULL, "A=3");
	cmd.env_edit = LIST("A=2", "A=3");
	EXPECT(&cmd, NULL, "A=3");
	cmd.env_edit = LIST("NOT_THERE", "A=");
	EXPECT(&cmd, NULL, "A=");
}

/* covers: API-CMD.env_edit.2 */
static void edits_may_change_the_pwd_of_a_directory(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.dir = "/usr", .env_edit = LIST("PWD=/mine"));

	EXPECT(&cmd, LIST("A=1"), "A=1", "PWD=/mine");
	cmd.env_edit = LIST("PWD");
	EXPECT(&cmd, LIST("A=1"), "A=1");
	cmd.env_edit = LIST("B=2");
	EXPECT(&cmd, LIST("A=1"), "A=1", "PWD=/usr", "B=2");
}

/* covers: API-CMD.env_edit.3 */
static void an_edit_without_a_name_is_invalid(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "=", "=x", "=x=y" };

	for (size_t i = 0; i < 4; i++) {
		struct brood_cmd cmd = BROOD_CMD(.argv = PLAY("exit", "0"), .out = brood_null(),
			.env_edit = LIST("A=1", bad[i]));
		struct brood_error error = BROOD_ERROR_INIT;
		char **env = NULL;
		check_code(brood_environ(&cmd, &env, &error), -EINVAL, &error);
		check(env == NULL);
		check_error(
			brood_run(&cmd, NULL, NULL, &error), -EINVAL, &error, BROOD_STEP_CONFIG);
	}
}

/* covers: API-CMD.env_edit.4 */
static void the_lists_of_a_command_are_never_written_to(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.env = LIST("A=1", "A=2", ""),
		.env_edit = LIST("A", "B=1"));
	struct brood_cmd copy = cmd;

	EXPECT(&cmd, NULL, "B=1");
	check(memcmp(&cmd, &copy, sizeof cmd) == 0);
	check_list(__LINE__, cmd.env, LIST("A=1", "A=2", ""));
}

/* covers: GE-6.05 */
static void large_environments_are_no_slower_than_long(void **state)
{
	(void)state;
	enum { COUNT = 20000 };
	static char text[COUNT][16];
	static char *list[COUNT + 1];
	struct brood_error error = BROOD_ERROR_INIT;
	char **env = NULL;

	for (int i = 0; i < COUNT; i++) {
		snprintf(text[i], sizeof text[i], "V%d=%d", i % (COUNT / 2), i);
		list[i] = text[i];
	}
	struct brood_cmd cmd = BROOD_CMD(.env = list);
	check_code(brood_environ(&cmd, &env, &error), 0, &error);
	check_list(__LINE__, env, list + COUNT / 2);
	free(env);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(the_callers_environment_is_the_source_unless_one_is_given),
		hygienic(the_callers_environment_is_taken_at_the_start),
		hygienic(an_empty_list_is_an_empty_environment),
		hygienic(nothing_is_added),
		hygienic(a_directory_sets_pwd_as_the_last_entry),
		hygienic(pwd_is_cleaned_as_a_text),
		hygienic(pwd_of_a_relative_directory_is_absolute_and_keeps_links),
		hygienic(a_relative_directory_below_one_that_is_gone_is_an_error),
		hygienic(an_explicit_environment_never_gets_a_pwd),
		hygienic(without_a_directory_pwd_is_left_even_if_stale),
		hygienic(the_last_value_wins_at_the_last_position),
		hygienic(names_are_compared_byte_by_byte),
		hygienic(a_name_may_begin_with_an_equals_sign),
		hygienic(entries_without_an_equals_sign_stay_as_they_are),
		hygienic(empty_entries_go_and_empty_values_stay),
		hygienic(edits_set_and_unset_on_top_of_the_environment),
		hygienic(of_edits_of_one_name_the_last_one_counts),
		hygienic(edits_may_change_the_pwd_of_a_directory),
		hygienic(an_edit_without_a_name_is_invalid),
		hygienic(the_lists_of_a_command_are_never_written_to),
		hygienic(large_environments_are_no_slower_than_long),
	};
	return hygiene_run("environment", tests);
}
