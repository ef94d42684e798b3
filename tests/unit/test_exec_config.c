/* SPDX-License-Identifier: MIT */
/* What brood exec is told, in what order it does that, and the environment that it makes. */

#include "exec/config.h"
#include "exec/init_options.h"
#include "exec/plan.h"
#include "exec/variables.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

static void check_wait(const char *text, enum wait_kind kind, const char *host, unsigned int port,
	const char *path)
{
	struct wait_spec spec = { 0 };
	struct text problem = { 0 };

	if (wait_spec_parse(text, &spec, &problem) < 0)
		fail_msg("%s", problem.bytes);
	assert_int_equal(spec.kind, kind);
	assert_string_equal(spec.text, text);
	assert_string_equal(spec.host ? spec.host : "", host);
	assert_int_equal(spec.port, port);
	assert_string_equal(spec.path ? spec.path : "", path);
	wait_spec_done(&spec);
}

static void check_bad_wait(const char *text, const char *why)
{
	struct wait_spec spec = { 0 };
	struct text problem = { 0 }, expected = { 0 };

	text_format(&expected, "'%s': %s (accepted: " WAIT_SPEC_FORMS ")", text, why);
	assert_int_equal(wait_spec_parse(text, &spec, &problem), -EINVAL);
	assert_string_equal(problem.bytes, expected.bytes);
	text_done(&problem);
	text_done(&expected);
}

static void what_is_waited_for_is_taken_apart(void **state)
{
	(void)state;
	check_wait("tcp:db:5432", WAIT_TCP, "db", 5432, "");
	check_wait("tcp:127.0.0.1:1", WAIT_TCP, "127.0.0.1", 1, "");
	check_wait("tcp:[::1]:65535", WAIT_TCP, "::1", 65535, "");
	check_wait("tcp:[fe80::1%eth0]:80", WAIT_TCP, "fe80::1%eth0", 80, "");
	check_wait("unix:/run/x y", WAIT_UNIX, "", 0, "/run/x y");
	check_wait("unix:@abstract", WAIT_UNIX, "", 0, "@abstract");
	check_wait("http://host", WAIT_HTTP, "host", 80, "/");
	check_wait("http://host:8080/a?b=c#d", WAIT_HTTP, "host", 8080, "/a?b=c");
	check_wait("http://host?x", WAIT_HTTP, "host", 80, "/?x");
	check_wait("http://[::1]:81/", WAIT_HTTP, "::1", 81, "/");
	check_wait("http://[::1]", WAIT_HTTP, "::1", 80, "/");
	check_wait("file:relative", WAIT_FILE, "", 0, "relative");
	check_wait("exec:test 'a b' -a c", WAIT_EXEC, "", 0, "");
}

static void commands_are_words(void **state)
{
	struct wait_spec spec = { 0 };
	struct text problem = { 0 };

	(void)state;
	assert_int_equal(wait_spec_parse("exec:sh -c 'a && b'", &spec, &problem), 0);
	assert_string_equal(spec.argv[0], "sh");
	assert_string_equal(spec.argv[2], "a && b");
	assert_null(spec.argv[3]);
	wait_spec_done(&spec);
}

static void what_cannot_be_waited_for_is_refused(void **state)
{
	(void)state;
	check_bad_wait("", "it does not say what kind of thing that is");
	check_bad_wait("db:5432", "it does not say what kind of thing that is");
	check_bad_wait("http:/x", "it does not say what kind of thing that is");
	check_bad_wait("tcp:", "the host is missing");
	check_bad_wait("tcp::80", "the host is missing");
	check_bad_wait("tcp:[]:80", "the host is missing");
	check_bad_wait("tcp:db", "the port is missing");
	check_bad_wait("tcp:[::1]", "the port is missing");
	check_bad_wait("tcp:db:", "the port is not a number from 1 to 65535");
	check_bad_wait("tcp:db:0", "the port is not a number from 1 to 65535");
	check_bad_wait("tcp:db:65536", "the port is not a number from 1 to 65535");
	check_bad_wait("tcp:db:99999999999999999999", "the port is not a number from 1 to 65535");
	check_bad_wait("tcp:db:80x", "the port is not a number from 1 to 65535");
	check_bad_wait("tcp:::1:80", "an IPv6 address stands in brackets: [::1]:80");
	check_bad_wait("tcp:[::1:80", "the ] of the address is missing");
	check_bad_wait("tcp:[::1]x:80", "the ] of the address is missing");
	check_bad_wait("http://", "the host is missing");
	check_bad_wait("http://a b/", "a URL holds no blanks");
	check_bad_wait("http://u:p@host/", "a user in the URL is not supported: use exec:curl ...");
	check_bad_wait("https://host/",
		"https needs a TLS library, which brood has not: use exec:curl "
		"-fsS URL");
	check_bad_wait("unix:", "the path is missing");
	check_bad_wait("unix:@", "the path is missing");
	check_bad_wait("file:", "the path is missing");
	check_bad_wait("exec:", "the command is missing");
	check_bad_wait("exec:  ", "the command is missing");
	check_bad_wait("exec:a | b", "an open quote, or a sign for a shell that is not quoted: use "
				     "exec:sh -c '...'");
	char path[200] = "unix:/";
	memset(path + 6, 'x', 107);
	check_bad_wait(path, "the path of a socket has at most 107 bytes");
	path[6 + 106] = '\0';
	check_wait(path, WAIT_UNIX, "", 0, path + 5);
}

static void attempts_come_at_growing_intervals(void **state)
{
	brood_duration before = 0;

	(void)state;
	assert_int_equal(wait_spec_delay(1, BROOD_SECOND), 20 * BROOD_MILLISECOND);
	assert_int_equal(wait_spec_delay(2, BROOD_SECOND), 40 * BROOD_MILLISECOND);
	assert_int_equal(wait_spec_delay(6, BROOD_SECOND), 640 * BROOD_MILLISECOND);
	assert_int_equal(wait_spec_delay(7, BROOD_SECOND), BROOD_SECOND);
	assert_int_equal(wait_spec_delay(4000000000U, BROOD_SECOND), BROOD_SECOND);
	assert_int_equal(wait_spec_delay(1, BROOD_MILLISECOND), BROOD_MILLISECOND);
	for (unsigned int i = 1; i < 200; i++) {
		brood_duration delay = wait_spec_delay(i, INT64_MAX / 4);
		assert_true(delay >= before && delay > 0);
		before = delay;
	}
}

static void read_options(struct exec_config *config, char *const *argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	assert_int_equal(exec_config_read(config, argc, (char **)(uintptr_t)argv), 0);
}

#define OPTIONS(...) \
	((char *const *)(const void *)(const char *const[]){ "exec", __VA_ARGS__, NULL })

/* All subsets of the optional steps, given in the opposite order. */
static void steps_come_in_one_order(void **state)
{
	static const char *const words[] = { "--run-parts=/x", "--render=a:b", "--wait=file:x",
		"--secret-files" };
	static const enum exec_step steps[] = { EXEC_PARTS, EXEC_RENDER, EXEC_WAIT, EXEC_SECRETS };

	(void)state;
	for (unsigned int subset = 0; subset < 16; subset++) {
		const char *argv[8] = { "exec" };
		enum exec_step plan[EXEC_N_STEPS], expected[EXEC_N_STEPS];
		struct exec_config config;
		size_t n = 1, n_expected = 0;
		for (size_t i = 0; i < 4; i++)
			if (subset >> i & 1)
				argv[n++] = words[i];
		argv[n] = "true";
		read_options(&config, (char *const *)(const void *)argv);
		expected[n_expected++] = EXEC_ENVIRONMENT;
		for (size_t i = 4; i-- > 0;)
			if (subset >> i & 1)
				expected[n_expected++] = steps[i];
		expected[n_expected++] = EXEC_ATTRIBUTES;
		expected[n_expected++] = EXEC_PROGRAM;
		assert_int_equal(exec_plan(&config, plan), n_expected);
		assert_memory_equal(plan, expected, n_expected * sizeof *plan);
		exec_config_done(&config);
	}
}

static void options_come_from_the_environment_too(void **state)
{
	struct exec_config config;

	(void)state;
	setenv("BROOD_EXEC_WAIT", "tcp:db:5432  'exec:true x'", 1);
	setenv("BROOD_EXEC_WAIT_TIMEOUT", "5s", 1);
	setenv("BROOD_EXEC_CHDIR", "/srv", 1);
	setenv("BROOD_EXEC_INIT", "yes", 1);
	setenv("BROOD_EXEC_DRY_RUN", "0", 1);
	setenv("BROOD_EXEC_VERBOSE", "", 1);
	setenv("BROOD_EXEC_LIMIT", "core=0 nofile=64", 1);
	setenv("BROOD_EXEC_ENV", "A=1 'B=x y'", 1);
	read_options(&config, OPTIONS("--wait", "file:z", "-C", "/", "-e", "A=2", "true"));
	assert_int_equal(config.n_waits, 3);
	assert_string_equal(config.waits[0].text, "tcp:db:5432");
	assert_string_equal(config.waits[1].text, "exec:true x");
	assert_string_equal(config.waits[2].text, "file:z");
	assert_int_equal(config.wait.timeout, 5 * BROOD_SECOND);
	assert_string_equal(config.dir, "/");
	assert_true(config.init);
	assert_false(config.dry_run);
	assert_false(config.verbose);
	assert_int_equal(config.attributes.n_wanted, 2);
	assert_int_equal(config.attributes.wanted[0].resource, RLIMIT_CORE);
	assert_int_equal(config.n_edits, 3);
	assert_string_equal(config.edits[1].text, "B=x y");
	assert_string_equal(config.edits[2].text, "A=2");
	exec_config_done(&config);
	for (const char *const *name = (const char *const[]){ "WAIT", "WAIT_TIMEOUT", "CHDIR",
		     "INIT", "DRY_RUN", "VERBOSE", "LIMIT", "ENV", NULL };
		*name; name++) {
		char variable[64] = "BROOD_EXEC_";
		strcat(variable, *name);
		unsetenv(variable);
	}
}

static void signals_go_on_as_others(void **state)
{
	struct init_options options = { .rewrites = { 0 } };

	(void)state;
	assert_int_equal(init_take_rewrite(&options, "--rewrite", "TERM:QUIT,HUP:0,64:SIGKILL"), 0);
	assert_int_equal(init_take_rewrite(&options, "--rewrite", "1:2"), 0);
	assert_int_equal(init_rewritten(&options, SIGTERM), SIGQUIT);
	assert_int_equal(init_rewritten(&options, SIGHUP), SIGINT);
	assert_int_equal(init_rewritten(&options, SIGQUIT), SIGQUIT);
	assert_int_equal(init_rewritten(&options, 64), SIGKILL);
	assert_int_equal(init_rewritten(&options, 63), 63);
	assert_int_equal(init_take_rewrite(&options, "--rewrite", "HUP:0"), 0);
	assert_int_equal(init_rewritten(&options, SIGHUP), 0);
	/* What cannot be caught, or is not for the program. */
	for (const char *const *bad = (const char *const[]){ "", "TERM", "TERM:", ":TERM", "65:1",
		     "KILL:TERM", "STOP:TERM", "CHLD:0", "SEGV:0", "TTIN:TERM", "TERM:QUIT,",
		     "TERM:QUIT:INT", NULL };
		*bad; bad++)
		if (init_take_rewrite(&options, "--rewrite", *bad) != -1)
			fail_msg("%s was taken", *bad);
}

static void ends_count_as_good(void **state)
{
	struct init_options options = { .rewrites = { 0 } };

	(void)state;
	assert_int_equal(init_take_ok(&options, "--ok", "3,255,TERM,0"), 0);
	assert_int_equal(init_take_ok(&options, "--ok", "SIGHUP"), 0);
	for (int code = 0; code < 256; code++)
		assert_int_equal(options.is_ok[code], code == 0 || code == 3 || code == 255 ||
							      code == 128 + SIGTERM ||
							      code == 128 + SIGHUP);
	for (const char *const *bad = (const char *const[]){ "", "256", "-1", "3x", "3,", ",3",
		     "99999999999999999999", "0x3", "NO_SUCH", NULL };
		*bad; bad++)
		if (init_take_ok(&options, "--ok", *bad) != -1)
			fail_msg("%s was taken", *bad);
}

static void a_secret_is_known_as_one(void **state)
{
	struct variables variables = { 0 };

	(void)state;
	variables_set(&variables, "A=1", true);
	variables_set_secret(&variables, "B", "2");
	assert_false(variables_is_secret(&variables, "A", 1));
	assert_true(variables_is_secret(&variables, "B", 1));
	assert_false(variables_is_secret(&variables, "BC", 2));
	variables_set(&variables, "B=3", true);
	assert_false(variables_is_secret(&variables, "B", 1));
	variables_done(&variables);
}

static void expect_list(struct variables *variables, const char *const *expected)
{
	char *const *list = variables_list(variables);

	for (; *list && *expected; list++, expected++)
		assert_string_equal(*list, *expected);
	assert_true(!*list && !*expected);
}

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void names_keep_their_place(void **state)
{
	struct variables variables = { 0 };

	(void)state;
	variables_add_all(&variables,
		(char *const *)(const void *)LIST("A=1", "", "B=2", "odd", "A=3", "=x=y", "AB=4"));
	expect_list(&variables, LIST("A=3", "B=2", "odd", "=x=y", "AB=4"));
	assert_false(variables_is_wanted(&variables, "A"));
	variables_set(&variables, "A=5", true);
	variables_unset(&variables, "B");
	variables_set_secret(&variables, "C", "x=y");
	expect_list(&variables, LIST("A=5", "odd", "=x=y", "AB=4", "C=x=y"));
	assert_true(variables_is_wanted(&variables, "A=7"));
	assert_true(variables_is_wanted(&variables, "B"));
	assert_false(variables_is_wanted(&variables, "D"));
	assert_string_equal(variables_get(&variables, "C", 1), "x=y");
	assert_null(variables_get(&variables, "B", 1));
	assert_null(variables_get(&variables, "odd", 3));
	variables_set(&variables, "B=again", false);
	expect_list(&variables, LIST("A=5", "B=again", "odd", "=x=y", "AB=4", "C=x=y"));
	/* The beginning of a name is another name. */
	variables_set(&variables, "o=1", false);
	expect_list(&variables, LIST("A=5", "B=again", "odd", "=x=y", "AB=4", "C=x=y", "o=1"));
	variables_done(&variables);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_waited_for_is_taken_apart),
		cmocka_unit_test(commands_are_words),
		cmocka_unit_test(what_cannot_be_waited_for_is_refused),
		cmocka_unit_test(attempts_come_at_growing_intervals),
		cmocka_unit_test(steps_come_in_one_order),
		cmocka_unit_test(options_come_from_the_environment_too),
		cmocka_unit_test(names_keep_their_place),
		cmocka_unit_test(a_secret_is_known_as_one),
		cmocka_unit_test(signals_go_on_as_others),
		cmocka_unit_test(ends_count_as_good),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
