/* SPDX-License-Identifier: MIT */
/*
 * The same questions to brood and to Go's os/exec (peers/peer.go): which environment a child gets,
 * and which program a name stands for. Skipped where there is no go.
 */
#include "check.h"

enum { MOST_ENTRIES = 7, ENVIRONMENTS = 3000, LOOKUPS = 3000 };

struct question {
	char text[1 << 20];
	size_t length;
};

static struct question questions;

static void ask(const char *text)
{
	size_t length = strlen(text) + 1;

	check(questions.length + length <= sizeof questions.text);
	memcpy(questions.text + questions.length, text, length);
	questions.length += length;
}

struct answers {
	struct brood_result result;
	size_t at;
};

static const char *answer(struct answers *answers)
{
	const char *text = answers->result.out.data + answers->at;

	check(answers->at < answers->result.out.length);
	answers->at += strlen(text) + 1;
	return text;
}

static unsigned int dice(unsigned int *seed, unsigned int sides)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 10) % sides;
}

struct environment {
	bool given;
	const char *dir;
	const char *entries[MOST_ENTRIES + 1];
	int n;
};

static void roll_environment(struct environment *environment, unsigned int *seed)
{
	static const char *const any[] = { "A=1", "A=2", "A=", "a=1", "B=x=y", "B=", "AB=1",
		"=C:=1", "=C:=2", "=D:=", "=a", "=b", "=", "==", "==x", "bare", "bare", "other", "",
		"PWD=/stale" };
	static const char *const plain[] = { "A=1", "B=", "C=x=y", "PWD=/stale", "Z=last",
		"OLDPWD=/o", "_=x" };
	static const char *const dirs[] = { "", "/usr", "/usr/../etc/.", "//x//y/..", "/..",
		"/a/b/../../..", ".", "..", "sub//x/", "./a/../b", "...", "/nowhere/.hidden" };

	environment->given = dice(seed, 2);
	environment->dir = dirs[dice(seed, sizeof dirs / sizeof *dirs)];
	environment->n = (int)dice(seed, MOST_ENTRIES + 1);
	for (int i = 0; i < environment->n; i++)
		environment->entries[i] = environment->given
						  ? any[dice(seed, sizeof any / sizeof *any)]
						  : plain[i];
	environment->entries[environment->n] = NULL;
}

static void ask_environment(const struct environment *environment)
{
	char number[16];

	ask("environ");
	ask(environment->given ? "1" : "0");
	ask(environment->dir);
	snprintf(number, sizeof number, "%d", environment->n);
	ask(number);
	for (int i = 0; i < environment->n; i++)
		ask(environment->entries[i]);
}

static void compare_environment(const struct environment *environment, struct answers *answers)
{
	char *const *list = (char *const *)(const void *)environment->entries;
	struct brood_cmd cmd = BROOD_CMD_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char **saved = environ;
	char **env = NULL;

	cmd.dir = environment->dir[0] ? environment->dir : NULL;
	if (environment->given)
		cmd.env = list;
	else
		environ = (char **)(uintptr_t)list;
	int r = brood_environ(&cmd, &env, &error);
	environ = saved;
	check_code(r, 0, &error);
	int n = atoi(answer(answers));
	for (int i = 0; i < n; i++) {
		const char *theirs = answer(answers);
		if (!env[i] || strcmp(env[i], theirs) != 0)
			complain(__FILE__, __LINE__,
				"entry %d of %d with dir '%s' is '%s', in Go '%s'", i, n,
				environment->dir, env[i] ? env[i] : "(end)", theirs);
	}
	if (env[n])
		complain(__FILE__, __LINE__, "'%s' is more than Go has", env[n]);
	free(env);
}

struct search {
	char name[32];
	char path[4 * PATH_MAX];
};

static void roll_search(struct search *search, const struct place *place, unsigned int *seed)
{
	/* Not "", "." and "..": before go1.25 these found a file that stood in PATH itself. */
	static const char *const names[] = { "prog", "prog", "prog", "prog", "only", "none",
		"good/prog", "./prog", "plain/prog", "folder/prog", "nowhere/prog", "../x",
		"dangling/prog" };
	static const char *const folders[] = { "good", "plain", "folder", "dangling", "link",
		"empty", "nowhere", "good/prog", "good/", "./good/../link" };
	static const char *const others[] = { "", ".", "./good", "good", "empty", "plain", "..",
		"./link/.", "nowhere/../good", "link/../empty" };

	snprintf(search->name, sizeof search->name, "%s",
		names[dice(seed, sizeof names / sizeof *names)]);
	search->path[0] = '\0';
	unsigned int n = dice(seed, 5);
	size_t length = 0;
	for (unsigned int i = 0; i < n; i++) {
		bool absolute = dice(seed, 2);
		length += (size_t)snprintf(search->path + length, sizeof search->path - length,
			"%s%s%s%s", i ? ":" : "", absolute ? place->path : "", absolute ? "/" : "",
			absolute ? folders[dice(seed, sizeof folders / sizeof *folders)]
				 : others[dice(seed, sizeof others / sizeof *others)]);
	}
}

static void compare_search(const struct search *search, struct answers *answers)
{
	struct brood_error error = BROOD_ERROR_INIT;
	char *hit = NULL;
	int r = brood_lookup(search->name, search->path, &hit, &error);
	const char *outcome = r == 0                 ? "found"
			      : r == BROOD_EDOT      ? "dot"
			      : r == BROOD_ENOTFOUND ? "missing"
						     : "failed";
	const char *theirs = answer(answers);
	const char *their_hit = answer(answers);

	if (strcmp(outcome, theirs) != 0 || strcmp(hit ? hit : "", their_hit) != 0)
		complain(__FILE__, __LINE__, "'%s' in '%s': %s '%s', in Go %s '%s'", search->name,
			search->path, outcome, hit ? hit : "", theirs, their_hit);
	free(hit);
}

struct peer {
	struct place place;
	char program[PATH_MAX];
};

static void get_answers(const struct peer *peer, struct answers *answers)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(peer->program),
		.in = brood_memory(questions.text, questions.length),
		.out = brood_capture(BROOD_UNLIMITED, 0));

	*answers = (struct answers){ .result = BROOD_RESULT_INIT };
	check_code(brood_output(&cmd, NULL, &answers->result, &error), 0, &error);
}

static void environments_scene(void *data)
{
	const struct peer *peer = data;
	struct environment environment;
	struct answers answers;
	unsigned int seed = 1;

	check_number(chdir(peer->place.path), 0);
	check_number(unsetenv("PWD"), 0);
	for (int i = 0; i < ENVIRONMENTS; i++) {
		roll_environment(&environment, &seed);
		ask_environment(&environment);
	}
	get_answers(peer, &answers);
	seed = 1;
	for (int i = 0; i < ENVIRONMENTS; i++) {
		roll_environment(&environment, &seed);
		compare_environment(&environment, &answers);
	}
	check_number(answers.at, answers.result.out.length);
}

static void lookups_scene(void *data)
{
	const struct peer *peer = data;
	static struct search search;
	struct answers answers;
	unsigned int seed = 2;

	check_number(chdir(peer->place.path), 0);
	for (int i = 0; i < LOOKUPS; i++) {
		roll_search(&search, &peer->place, &seed);
		ask("lookup");
		ask(search.name);
		ask(search.path);
	}
	get_answers(peer, &answers);
	seed = 2;
	for (int i = 0; i < LOOKUPS; i++) {
		roll_search(&search, &peer->place, &seed);
		compare_search(&search, &answers);
	}
	check_number(answers.at, answers.result.out.length);
}

static void furnish(const struct place *place)
{
	static const char *const folders[] = { "good", "plain", "folder", "folder/prog", "dangling",
		"link", "empty" };

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		check_number(mkdir(place_at(place, folders[i]), 0755), 0);
	make_file(place_at(place, "good/prog"), "#!/bin/sh\n", 0755);
	make_file(place_at(place, "plain/prog"), "#!/bin/sh\n", 0644);
	make_file(place_at(place, "empty/only"), "#!/bin/sh\n", 0755);
	check_number(symlink("nowhere", place_at(place, "dangling/prog")), 0);
	check_number(symlink("../good/prog", place_at(place, "link/prog")), 0);
}

/* Builds the peer and lets a scene ask it; skips the test if there is no go. */
static void with_peer(void (*scene)(void *data))
{
	struct peer peer;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	char source[PATH_MAX];
	char cache[PATH_MAX + 64];
	char text[512];

	place_make(&peer.place);
	snprintf(peer.program, sizeof peer.program, "%s/peer", peer.place.path);
	snprintf(source, sizeof source, "%s/tests/contract/peers/peer.go", getenv("SOURCE_ROOT"));
	snprintf(cache, sizeof cache, "GOCACHE=%s/cache", peer.place.path);
	struct brood_cmd build = BROOD_CMD(.argv = BROOD_ARGV(
						   "go", "build", "-o", peer.program, source),
		.env_edit = BROOD_ARGV(cache, "GO111MODULE=off", "GOFLAGS=", "GOTOOLCHAIN=local"));
	int r = brood_combined_output(&build, NULL, &result, &error);
	if (r == BROOD_ENOTFOUND) {
		place_leave(&peer.place);
		skip();
	}
	if (r < 0)
		complain(__FILE__, __LINE__, "%s: %s",
			brood_explain(r, &result, &error, text, sizeof text), result.out.data);
	brood_result_done(&result);
	furnish(&peer.place);
	in_scene(scene, &peer);
	place_leave(&peer.place);
}

/* covers: GE-6.02 GE-6.03 GE-6.05 GE-6.07 GE-6.08 GE-6.09 */
static void environments_are_those_of_go(void **state)
{
	(void)state;
	with_peer(environments_scene);
}

/* covers: GE-7.02 GE-7.05 GE-7.07 GE-7.08 GE-7.09 GE-7.11 GE-7.12 GE-7.13 GE-7.19 */
static void look_ups_find_what_go_finds(void **state)
{
	(void)state;
	with_peer(lookups_scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(environments_are_those_of_go),
		hygienic(look_ups_find_what_go_finds),
	};
	return hygiene_run("go peer", tests);
}
