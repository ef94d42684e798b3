/* SPDX-License-Identifier: MIT */
/* test and [: what is meant is decided by the number of operands (XCU test), above four by a
   grammar with -o, -a, ! and parentheses. */
#include "sh/builtins/list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct test {
	struct shell *sh;
	char **words;
	int n, at;
	int depth;
	bool has_failed; /* said already */
};

#define DEEPEST 2000

/* ---- one primary ---- */

static bool is_unary(const char *word)
{
	return word[0] == '-' && word[1] != '\0' && word[2] == '\0' &&
	       strchr("bcdefghknprstuwxzLSOGN", word[1]);
}

static const char *const binary_names[] = { "=", "==", "!=", "<", ">", "-eq", "-ne", "-gt", "-ge",
	"-lt", "-le", "-nt", "-ot", "-ef" };
enum binary {
	SAME,
	ALSO_SAME,
	OTHER,
	BEFORE,
	AFTER,
	EQ,
	NE,
	GT,
	GE,
	LT,
	LE,
	NEWER,
	OLDER,
	FILE_SAME
};

static int binary_of(const char *word)
{
	for (int i = 0; i < (int)(sizeof binary_names / sizeof *binary_names); i++) {
		if (strcmp(word, binary_names[i]) == 0)
			return i;
	}
	return -1;
}

static bool fail(struct test *test, const char *what, const char *subject)
{
	if (!test->has_failed)
		(void)builtin_usage_at(test->sh, subject, "%s: %s", subject, what);
	test->has_failed = true;
	return false;
}

static long long number(struct test *test, const char *word)
{
	char *end;

	errno = 0;
	long long value = strtoll(word, &end, 10);
	bool is_some = end != word;
	while (*end == ' ' || *end == '\t' || *end == '\n')
		end++;
	if (!is_some || *end != '\0')
		fail(test, "is no integer", *word ? word : "\"\"");
	else if (errno == ERANGE)
		fail(test, "is too large", word);
	return value;
}

static bool is_file(const char *path, mode_t type)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & S_IFMT) == type;
}

static bool has_bit(const char *path, mode_t bit)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_mode & bit;
}

static bool is_terminal(struct test *test, const char *word)
{
	long long fd = number(test, word);

	return !test->has_failed && fd >= 0 && fd <= 0x7fffffff && isatty((int)fd);
}

static bool unary(struct test *test, char letter, const char *word)
{
	struct stat st;

	switch (letter) {
	case 'n':
		return *word != '\0';
	case 'z':
		return *word == '\0';
	case 'b':
		return is_file(word, S_IFBLK);
	case 'c':
		return is_file(word, S_IFCHR);
	case 'd':
		return is_file(word, S_IFDIR);
	case 'f':
		return is_file(word, S_IFREG);
	case 'p':
		return is_file(word, S_IFIFO);
	case 'S':
		return is_file(word, S_IFSOCK);
	case 'h':
	case 'L':
		return lstat(word, &st) == 0 && S_ISLNK(st.st_mode);
	case 'e':
		return stat(word, &st) == 0;
	case 's':
		return stat(word, &st) == 0 && st.st_size > 0;
	case 'g':
		return has_bit(word, S_ISGID);
	case 'u':
		return has_bit(word, S_ISUID);
	case 'k':
		return has_bit(word, S_ISVTX);
	case 'r':
		return faccessat(AT_FDCWD, word, R_OK, AT_EACCESS) == 0;
	case 'w':
		return faccessat(AT_FDCWD, word, W_OK, AT_EACCESS) == 0;
	case 'x':
		return faccessat(AT_FDCWD, word, X_OK, AT_EACCESS) == 0;
	case 't':
		return is_terminal(test, word);
	case 'O':
		return stat(word, &st) == 0 && st.st_uid == geteuid();
	case 'G':
		return stat(word, &st) == 0 && st.st_gid == getegid();
	default: /* N */
		return stat(word, &st) == 0 && st.st_mtim.tv_sec > st.st_atim.tv_sec;
	}
}

static int compare_times(const struct stat *a, const struct stat *b)
{
	if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
		return a->st_mtim.tv_sec < b->st_mtim.tv_sec ? -1 : 1;
	return (a->st_mtim.tv_nsec > b->st_mtim.tv_nsec) -
	       (a->st_mtim.tv_nsec < b->st_mtim.tv_nsec);
}

/* A file that is there is newer than one that is not. */
static bool compare_files(enum binary relation, const char *left, const char *right)
{
	struct stat a, b;
	bool has_a = stat(left, &a) == 0, has_b = stat(right, &b) == 0;

	if (relation == FILE_SAME)
		return has_a && has_b && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
	if (!has_a || !has_b)
		return relation == NEWER ? has_a && !has_b : has_b && !has_a;
	return relation == NEWER ? compare_times(&a, &b) > 0 : compare_times(&a, &b) < 0;
}

static bool compare_numbers(
	struct test *test, enum binary relation, const char *left, const char *right)
{
	long long a = number(test, left), b = number(test, right);

	switch ((int)relation) {
	case EQ:
		return a == b;
	case NE:
		return a != b;
	case GT:
		return a > b;
	case GE:
		return a >= b;
	case LT:
		return a < b;
	default:
		return a <= b;
	}
}

static bool binary(struct test *test, enum binary relation, const char *left, const char *right)
{
	switch ((int)relation) {
	case SAME:
	case ALSO_SAME:
		return strcmp(left, right) == 0;
	case OTHER:
		return strcmp(left, right) != 0;
	case BEFORE:
		return strcoll(left, right) < 0;
	case AFTER:
		return strcoll(left, right) > 0;
	case NEWER:
	case OLDER:
	case FILE_SAME:
		return compare_files(relation, left, right);
	default:
		return compare_numbers(test, relation, left, right);
	}
}

/* ---- few operands ---- */

static bool two(struct test *test, char **words)
{
	if (strcmp(words[0], "!") == 0)
		return *words[1] == '\0';
	if (is_unary(words[0]))
		return unary(test, words[0][1], words[1]);
	return fail(test, "is no operator of one operand", words[0]);
}

static bool three(struct test *test, char **words)
{
	int relation = binary_of(words[1]);

	if (relation >= 0)
		return binary(test, (enum binary)relation, words[0], words[2]);
	if (strcmp(words[1], "-a") == 0)
		return *words[0] != '\0' && *words[2] != '\0';
	if (strcmp(words[1], "-o") == 0)
		return *words[0] != '\0' || *words[2] != '\0';
	if (strcmp(words[0], "!") == 0)
		return !two(test, words + 1) && !test->has_failed;
	if (strcmp(words[0], "(") == 0 && strcmp(words[2], ")") == 0)
		return *words[1] != '\0';
	return fail(test, "is no operator of two operands", words[1]);
}

/* ---- more ---- */

static bool any(struct test *test);

static const char *peek(const struct test *test, int ahead)
{
	return test->at + ahead < test->n ? test->words[test->at + ahead] : NULL;
}

static bool peek_is(const struct test *test, const char *word)
{
	const char *next = peek(test, 0);

	return next && strcmp(next, word) == 0;
}

static bool primary(struct test *test)
{
	const char *word = peek(test, 0), *second = peek(test, 1), *third = peek(test, 2);

	if (!word)
		return fail(test, "an operand is missing", test->words[test->n - 1]);
	int relation = second ? binary_of(second) : -1;
	if (relation >= 0 && third) {
		test->at += 3;
		return binary(test, (enum binary)relation, word, third);
	}
	if (strcmp(word, "(") == 0 && second) {
		test->at++;
		bool is_true = any(test);
		if (!peek_is(test, ")"))
			return fail(test, ") is missing", "(");
		test->at++;
		return is_true;
	}
	if (is_unary(word) && second) {
		test->at += 2;
		return unary(test, word[1], second);
	}
	test->at++;
	return *word != '\0';
}

static bool negation(struct test *test)
{
	bool is_negated = false;

	/* A ! that stands before a binary operator is an operand. */
	while (peek_is(test, "!") && peek(test, 1) &&
		!(peek(test, 2) && binary_of(peek(test, 1)) >= 0)) {
		is_negated = !is_negated;
		test->at++;
	}
	return primary(test) != is_negated;
}

static bool all(struct test *test)
{
	bool is_true = negation(test);

	while (!test->has_failed && peek_is(test, "-a")) {
		test->at++;
		is_true = negation(test) && is_true;
	}
	return is_true;
}

static bool any(struct test *test)
{
	if (++test->depth > DEEPEST || shell_is_at_floor(test->sh))
		return fail(test, "is nested too deeply", "(");
	bool is_true = all(test);
	while (!test->has_failed && peek_is(test, "-o")) {
		test->at++;
		is_true = all(test) || is_true;
	}
	test->depth--;
	return is_true;
}

static bool many(struct test *test)
{
	bool is_true = any(test);

	if (!test->has_failed && test->at < test->n)
		return fail(test, "is one operand too many", test->words[test->at]);
	return is_true;
}

static bool four(struct test *test)
{
	char **words = test->words;

	if (strcmp(words[0], "!") == 0)
		return !three(test, words + 1) && !test->has_failed;
	if (strcmp(words[0], "(") == 0 && strcmp(words[3], ")") == 0)
		return two(test, words + 1);
	return many(test);
}

int builtin_test(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct test test = { .sh = sh, .words = argv + 1, .n = argc - 1 };
	bool is_true;

	(void)control;
	if (strcmp(argv[0], "[") == 0) {
		if (test.n == 0 || strcmp(test.words[test.n - 1], "]") != 0)
			return builtin_usage(sh, "] is missing");
		test.n--;
	}
	switch (test.n) {
	case 0:
		is_true = false;
		break;
	case 1:
		is_true = *test.words[0] != '\0';
		break;
	case 2:
		is_true = two(&test, test.words);
		break;
	case 3:
		is_true = three(&test, test.words);
		break;
	case 4:
		is_true = four(&test);
		break;
	default:
		is_true = many(&test);
	}
	return test.has_failed ? 2 : !is_true;
}
