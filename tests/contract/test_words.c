/* SPDX-License-Identifier: MIT */
/* Command lines as texts, and the names of signals. */
#include "check.h"

static char *const *words_list(const char *first, const char *second)
{
	static const char *list[3];

	list[0] = first;
	list[1] = second;
	return (char *const *)(const void *)list;
}

static void check_round_trip(char *const *argv)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = argv);
	struct brood_error error = BROOD_ERROR_INIT;
	char text[4096];
	char **words = NULL;
	int n = 0;

	size_t length = brood_cmd_text(&cmd, text, sizeof text);
	check_number(strlen(text), length);
	while (argv[n])
		n++;
	int r = brood_words(text, &words, &error);
	if (r != n)
		complain(__FILE__, __LINE__, "'%s' gives %d words, not %d: %s", text, r, n,
			error.subject);
	for (int i = 0; i < n; i++)
		check_text(words[i], argv[i]);
	check(words[n] == NULL);
	free(words);
}

/* covers: API-FIND.words.2 API-FIND.cmd_text.1 */
static void every_pair_of_bytes_survives_text_and_words(void **state)
{
	(void)state;
	for (int a = 1; a < 256; a++)
		for (int b = 0; b < 256; b++) {
			char word[3] = { (char)a, (char)b, '\0' };
			check_round_trip(words_list(word, word));
		}
	check_round_trip(words_list("", ""));
	check_round_trip(words_list("name=value", "a=b"));
	check_round_trip(words_list("if", "then"));
	check_round_trip(words_list("-n", "--"));
}

/* covers: API-FIND.cmd_text.1 */
static void a_shell_reads_the_text_back(void **state)
{
	(void)state;
	static const char *const hostile[] = { "printf", "%s\\0", "", "a b", "it's", "\"q\"",
		"$HOME", "`id`", "*", "~", "~root", "a\nb", "tab\there", "\\", "\\\\n", "#no", "!",
		"{a,b}", "[a-z]*", "a;b", "a|b", "a&b", "(x)", "<in", ">out", "\x1b[31m",
		"\xff\xfe", "'", "''", "-", "=", "a=b", "%s", NULL };
	struct brood_cmd cmd = BROOD_CMD(.argv = (char *const *)(const void *)hostile);
	struct brood_result result = BROOD_RESULT_INIT;
	char text[4096];

	check(brood_cmd_text(&cmd, text, sizeof text) < sizeof text);
	struct brood_cmd shell = BROOD_CMD(.argv = BROOD_ARGV("/bin/sh", "-c", text));
	output_of(&shell, NULL, &result);
	size_t at = 0;
	for (size_t i = 2; hostile[i]; i++) {
		check(at < result.out.length);
		check_text(result.out.data + at, hostile[i]);
		at += strlen(hostile[i]) + 1;
	}
	check_number(at, result.out.length);
	brood_result_done(&result);
}

/* covers: API-FIND.cmd_text.2 */
static void words_of_a_shells_grammar_are_quoted_where_a_command_begins(void **state)
{
	(void)state;
	static const char *const reserved[] = { "if", "then", "else", "elif", "fi", "do", "done",
		"case", "esac", "while", "until", "for", "in", "{", "}", "!", "a=b" };
	struct place place;
	struct brood_result result = BROOD_RESULT_INIT;

	place_make(&place);
	for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
		char text[256];
		make_file(place_at(&place, reserved[i]), "#!/bin/sh\nprintf %s ran\n", 0755);
		struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(reserved[i]));
		brood_cmd_text(&cmd, text, sizeof text);
		char path[PATH_MAX + 64];
		snprintf(path, sizeof path, "PATH=%s:/usr/bin:/bin", place.path);
		struct brood_cmd shell = BROOD_CMD(.argv = BROOD_ARGV("/bin/sh", "-c", text),
			.env_edit = BROOD_ARGV(path));
		output_of(&shell, NULL, &result);
		check_text(result.out.data, "ran");
	}
	brood_result_done(&result);
	place_leave(&place);
}

/* covers: API-FIND.cmd_text.3 API-FIND.cmd_text.4 */
static void a_text_is_cut_to_fit_and_its_whole_length_is_told(void **state)
{
	(void)state;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("git", "log", "a b"));
	const char *whole = "git log 'a b'";
	char text[32];

	for (size_t size = 1; size < sizeof text; size++) {
		memset(text, '#', sizeof text);
		check_number(brood_cmd_text(&cmd, text, size), strlen(whole));
		size_t shown = size - 1 < strlen(whole) ? size - 1 : strlen(whole);
		check(memcmp(text, whole, shown) == 0);
		check_number(text[shown], 0);
		check_number(text[size], '#');
	}
	check_number(brood_cmd_text(&cmd, NULL, 0), strlen(whole));
	strcpy(text, "##");
	check_number(brood_cmd_text(NULL, text, sizeof text), 0);
	check_text(text, "");
	struct brood_cmd path = BROOD_CMD(.path = "/bin/a b");
	check_number(brood_cmd_text(&path, text, sizeof text), 10);
	check_text(text, "'/bin/a b'");
}

#define END "\001"

/* covers: API-FIND.words.1 */
static void words_are_split_as_a_shell_does(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *words[8];
	} cases[] = {
		{ "", { END } },
		{ "  \t\n ", { END } },
		{ "a", { "a", END } },
		{ " a  b\tc\nd ", { "a", "b", "c", "d", END } },
		{ "''", { "", END } },
		{ "\"\" ''", { "", "", END } },
		{ "a''b", { "ab", END } },
		{ "'a b'\"c d\"e", { "a bc de", END } },
		{ "'\\n'", { "\\n", END } },
		{ "\"\\\\ \\\" \\$ \\` \\n\"", { "\\ \" $ ` \\n", END } },
		{ "\\a\\ \\'", { "a '", END } },
		{ "a\\\nb", { "ab", END } },
		{ "\"a\\\nb\"", { "ab", END } },
		{ "'a\nb'", { "a\nb", END } },
		{ "# all of it", { END } },
		{ "a # b\nc", { "a", "c", END } },
		{ "a#b '#' \\#", { "a#b", "#", "#", END } },
		{ "'|&;<>()$`'", { "|&;<>()$`", END } },
		{ "\"|&;<>()\"", { "|&;<>()", END } },
		{ "\\|\\&\\;\\<\\>\\(\\)\\$\\`", { "|&;<>()$`", END } },
		{ "* ? [a] ~ {b} ! =", { "*", "?", "[a]", "~", "{b}", "!", "=", END } },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct brood_error error = BROOD_ERROR_INIT;
		char **words = NULL;
		int n = 0;
		int r = brood_words(cases[i].text, &words, &error);
		while (strcmp(cases[i].words[n], END) != 0)
			n++;
		if (r != n)
			complain(__FILE__, __LINE__, "'%s' gives %d, not %d: %s", cases[i].text, r,
				n, error.subject);
		for (int k = 0; k < n; k++)
			check_text(words[k], cases[i].words[k]);
		check(words[n] == NULL);
		free(words);
	}
}

/* covers: API-FIND.words.3 */
static void what_would_mean_something_to_a_shell_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "'open", "\"open", "a 'b' \"c", "a|b", "a & b", "a;",
		"< in", "2>out", "(a)", "a)", "$a", "`a`", "\"$a\"", "\"`a`\"", "x\\" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct brood_error error = BROOD_ERROR_INIT;
		char **words = (char **)&error;
		int r = brood_words(bad[i], &words, &error);
		if (r != -EINVAL && !(i == 14 && r == 1))
			complain(__FILE__, __LINE__, "'%s' gives %d", bad[i], r);
		if (r < 0) {
			check_number(error.code, -EINVAL);
			check(error.subject[0] != '\0');
			check(words == (char **)&error);
		} else {
			free(words);
		}
	}
}

/* What a shell makes of these words; NULL if it refuses them. */
static bool shell_words(const char *text, struct brood_result *result)
{
	char script[512];

	snprintf(script, sizeof script, "set -- %s\nfor w; do printf '%%s\\0' \"$w\"; done", text);
	struct brood_cmd shell = BROOD_CMD(.argv = BROOD_ARGV("/bin/sh", "-c", script));
	return brood_output(&shell, NULL, result, NULL) == 0;
}

/* covers: API-FIND.words.1 API-FIND.words.3 */
static void random_texts_give_the_words_that_a_shell_sees(void **state)
{
	(void)state;
	static const char alphabet[] = "ab  ''\"\"\\\\#|;$\t";
	struct brood_result result = BROOD_RESULT_INIT;
	unsigned int seed = 7;
	int compared = 0;

	for (int i = 0; i < 700; i++) {
		char text[16] = "";
		size_t length = 1 + seed / 65536 % 11;
		for (size_t k = 0; k < length; k++) {
			seed = seed * 1664525u + 1013904223u;
			text[k] = alphabet[(seed >> 10) % (sizeof alphabet - 1)];
		}
		char **words = NULL;
		int n = brood_words(text, &words, NULL);
		if (n < 0 || text[length - 1] == '\\') {
			if (n >= 0)
				free(words);
			continue;
		}
		compared++;
		if (!shell_words(text, &result))
			complain(__FILE__, __LINE__, "a shell refuses '%s'", text);
		size_t at = 0;
		for (int k = 0; k < n; k++) {
			const char *seen = at < result.out.length ? result.out.data + at : "(none)";
			if (strcmp(words[k], seen) != 0)
				complain(__FILE__, __LINE__,
					"'%s': word %d is '%s', to a shell '%s'", text, k, words[k],
					seen);
			at += strlen(words[k]) + 1;
		}
		check_number(at, result.out.length);
		free(words);
	}
	check(compared > 100);
	brood_result_done(&result);
}

/* covers: API-FIND.signal_name.1 */
static void signals_have_the_names_of_kill(void **state)
{
	(void)state;
	static const char *const names[] = { NULL, "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL",
		"SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV",
		"SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT",
		"SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ",
		"SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS" };

	for (int number = 1; number <= 31; number++)
		check_text(brood_signal_name(number), names[number]);
	check_text(brood_signal_name(SIGRTMIN), "SIGRTMIN");
	check_text(brood_signal_name(SIGRTMIN + 3), "SIGRTMIN+3");
	check_text(brood_signal_name(64), "SIGRTMAX");
	static const int none[] = { 0, -1, 65, 1000, INT_MIN, INT_MAX };
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		check(brood_signal_name(none[i]) == NULL);
}

/* covers: API-FIND.signal_number.1 API-FIND.signal_name.1 */
static void every_name_gives_its_number_back(void **state)
{
	(void)state;
	for (int number = 1; number <= 64; number++) {
		const char *name = brood_signal_name(number);
		char text[32];
		if (name) {
			check_number(brood_signal_number(name), number);
			check_number(brood_signal_number(name + 3), number);
			for (size_t i = 0; i <= strlen(name); i++)
				text[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32
										  : name[i]);
			check_number(brood_signal_number(text), number);
		}
		/* The first belong to the libc: they have no names, and cannot be asked for. */
		snprintf(text, sizeof text, "%d", number);
		check_number(brood_signal_number(text), name ? number : -EINVAL);
		check(name || (number >= 32 && number < SIGRTMIN));
		if (number >= SIGRTMIN) {
			snprintf(text, sizeof text, "RTMIN+%d", number - SIGRTMIN);
			check_number(brood_signal_number(text), number);
			snprintf(text, sizeof text, "SIGRTMAX-%d", 64 - number);
			check_number(brood_signal_number(text), number);
		}
	}
	check_number(brood_signal_number("0"), 0);
	check_number(brood_signal_number("EXIT"), 0);
	check_number(brood_signal_number("RTMAX"), 64);
}

/* covers: API-FIND.signal_number.2 */
static void what_names_no_signal_is_invalid(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "FOO", "SIG", "SIGSIGTERM", "65", "-1", "TERM ",
		" TERM", "TERMX", "1x", "RTMIN+31", "RTMAX-31", "RTMIN+", "RTMIN-1", "RTMAX+1",
		"99999999999999999999", "4294967311", "SIGTERM\n" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (brood_signal_number(bad[i]) != -EINVAL)
			complain(__FILE__, __LINE__, "'%s' gives %d", bad[i],
				brood_signal_number(bad[i]));
	check_number(brood_signal_number(NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(every_pair_of_bytes_survives_text_and_words),
		hygienic(a_shell_reads_the_text_back),
		hygienic(words_of_a_shells_grammar_are_quoted_where_a_command_begins),
		hygienic(a_text_is_cut_to_fit_and_its_whole_length_is_told),
		hygienic(words_are_split_as_a_shell_does),
		hygienic(what_would_mean_something_to_a_shell_is_refused),
		hygienic(random_texts_give_the_words_that_a_shell_sees),
		hygienic(signals_have_the_names_of_kill),
		hygienic(every_name_gives_its_number_back),
		hygienic(what_names_no_signal_is_invalid),
	};
	return hygiene_run("words", tests);
}
