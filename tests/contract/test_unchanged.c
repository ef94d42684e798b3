/* SPDX-License-Identifier: MIT */

/*
 * No call changes the process that makes it, be it well or ill: every public function, in a plain
 * process and in one in which all is set otherwise (so that setting it to its usual value would be
 * a change as well), with a terminal and without.
 */

#include "picture_spoil.h"
#include "unchanged_processes.h"
#include "unchanged_rest.h"

#include <ctype.h>
#include <glob.h>

enum { ROUNDS = 6, PAGE_KIB = 4 };

static void (*const topics[])(void) = {
	name_topic,
	text_topic,
	io_topic,
	scanner_topic,
	fifo_topic,
	mailbox_topic,
	run_topic,
	pipeline_topic,
	options_topic,
	start_topic,
	pipe_topic,
	event_topic,
	set_topic,
	context_topic,
	terminal_topic,
	foreground_topic,
	process_topic,
	pid_file_topic,
	pid_file_of_another_topic,
	self_topic,
	exec_topic,
};

static bool is_instrumented(void)
{
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
	return true;
#elif defined __has_feature
	return __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
	return false;
#endif
}

static void go_through_topics(void)
{
	for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
		picture_take(&topic_before);
		topics[i]();
		compare_with_before(__FILE__, __LINE__, "a whole topic", PICTURE_SAME);
	}
}

/* covers: API-R10 */
static void no_call_changes_a_plain_host(void **state)
{
	(void)state;
	go_through_topics();
}

/* What of it cannot be had here (as an ordinary user, say) stays as it was. */
static void in_an_unusual_host(void *data)
{
	(void)data;
	for (size_t i = 0; i < N_SPOILS; i++)
		if (spoils[i].usual)
			(void)!spoils[i].change();
	/* Others cannot read their own /proc then. */
	if (geteuid() == 0)
		(void)!spoil_dumpability();
	go_through_topics();
}

/* covers: API-R10 */
static void no_call_changes_a_host_in_which_all_is_set_otherwise(void **state)
{
	(void)state;
	need_threads();
	in_scene(in_an_unusual_host, NULL);
}

static void in_the_foreground(void *data)
{
	(void)data;
	check(spoil_terminal() == 0);
	go_through_topics();
}

/* covers: API-R10 */
static void no_call_changes_a_host_in_the_foreground_of_a_terminal(void **state)
{
	(void)state;
	in_scene(in_the_foreground, NULL);
}

static void *go_through_topics_in_a_thread(void *data)
{
	(void)spoil_mask();
	go_through_topics();
	return data;
}

static void in_a_thread(void *data)
{
	pthread_t thread;
	check(pthread_create(&thread, NULL, go_through_topics_in_a_thread, data) == 0);
	check(pthread_join(thread, NULL) == 0);
}

/* covers: API-R10 */
static void no_call_changes_the_thread_that_makes_it(void **state)
{
	(void)state;
	need_threads();
	in_scene(in_a_thread, NULL);
}

/* Comments and lines of the preprocessor become blanks. */
static void leave_declarations(char *text)
{
	bool begins = true;
	for (char *c = text; *c; c++) {
		size_t length = 0;
		if (strncmp(c, "/*", 2) == 0)
			length = (size_t)(strstr(c, "*/") + 2 - c);
		else if (begins && *c == '#')
			while (c[length] && (c[length] != '\n' || c[length - 1] == '\\'))
				length++;
		begins = *c == '\n';
		if (length > 0) {
			memset(c, ' ', length);
			c += length - 1;
		}
	}
}

/* The name in front of the first bracket of a declaration. */
static void name_of(const char *declaration, char name[64])
{
	const char *end = strchr(declaration, '(');
	check(end != NULL);
	const char *begin = end;
	while (begin[-1] == '_' || isalnum((unsigned char)begin[-1]))
		begin--;
	snprintf(name, 64, "%.*s", (int)(end - begin), begin);
}

static bool returns_a_code(const char *declaration, const char *name)
{
	char type[128];
	snprintf(type, sizeof type, "%.*s", (int)(strstr(declaration, name) - declaration),
		declaration);
	return !strchr(type, '*') &&
	       (strstr(type, " int ") || strstr(type, "ssize_t ") || strstr(type, "pid_t "));
}

/* What is never seen to go well, since it does not come back then. */
static bool never_returns(const char *name)
{
	return strcmp(name, "brood_exec") == 0 || strcmp(name, "brood_reexec") == 0;
}

static void expect_called(const char *declaration)
{
	char name[64];
	size_t i = 0;
	name_of(declaration, name);
	while (i < n_called && strcmp(called[i].name, name) != 0)
		i++;
	if (i == n_called)
		complain(__FILE__, __LINE__, "%s is called by no topic", name);
	if (!called[i].went_well && !never_returns(name))
		complain(__FILE__, __LINE__, "%s never goes well", name);
	if (!called[i].failed && returns_a_code(declaration, name))
		complain(__FILE__, __LINE__, "%s never fails", name);
}

static int expect_all_called(const char *path)
{
	int n = 0;
	char *text = strdup(read_file(path));
	leave_declarations(text);
	for (char *c = text; (c = strstr(c, "BROOD_API")); n++) {
		c += strlen("BROOD_API");
		expect_called(c);
	}
	free(text);
	return n;
}

static void all_functions_of_the_headers(void *data)
{
	glob_t headers;
	char pattern[PATH_MAX];
	int n = 0;
	in_the_foreground(data);
	snprintf(pattern, sizeof pattern, "%s/include/brood/*.h", getenv("SOURCE_ROOT"));
	check(glob(pattern, 0, NULL, &headers) == 0);
	for (size_t i = 0; i < headers.gl_pathc; i++)
		n += expect_all_called(headers.gl_pathv[i]);
	globfree(&headers);
	check_number(n, (int64_t)n_called);
}

/* covers: API-R10.all */
static void every_public_function_is_among_the_calls(void **state)
{
	(void)state;
	if (!getenv("SOURCE_ROOT") || !has_pidfds())
		skip();
	in_scene(all_functions_of_the_headers, NULL);
}

/* How many mappings this process has, and how much they are in KiB. */
static void measure_memory(long *ret_mappings, long *ret_size)
{
	const char *status = strstr(read_file("/proc/self/status"), "VmSize:");
	check(status != NULL);
	*ret_size = strtol(status + strlen("VmSize:"), NULL, 10);
	*ret_mappings = 0;
	for (const char *c = read_file("/proc/self/maps"); (c = strchr(c, '\n')); c++)
		++*ret_mappings;
}

/* covers: API-R10.memory */
static void calls_leave_no_memory_mapped(void **state)
{
	(void)state;
	long mappings[2];
	long size[2];
	/* Their allocators keep what was freed. */
	if (is_instrumented() || denied("valgrind"))
		skip();
	for (int i = 0; i < 2; i++)
		go_through_topics();
	measure_memory(&mappings[0], &size[0]);
	for (int i = 0; i < ROUNDS; i++)
		go_through_topics();
	measure_memory(&mappings[1], &size[1]);
	if (mappings[1] - mappings[0] >= ROUNDS || size[1] - size[0] >= ROUNDS * PAGE_KIB)
		fail_msg("%d rounds later there are %ld mappings instead of %ld, %ld KiB instead "
			 "of %ld",
			ROUNDS, mappings[1], mappings[0], size[1], size[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(no_call_changes_a_plain_host),
		hygienic(no_call_changes_a_host_in_which_all_is_set_otherwise),
		hygienic(no_call_changes_a_host_in_the_foreground_of_a_terminal),
		hygienic(no_call_changes_the_thread_that_makes_it),
		hygienic(every_public_function_is_among_the_calls),
		hygienic(calls_leave_no_memory_mapped),
	};
	return hygiene_run("unchanged", tests);
}
