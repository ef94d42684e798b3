/* SPDX-License-Identifier: MIT */
/* Many names are sorted: what can be known of a name's place is put into a number once. */

#include "sh/glob.h"

#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct sort_item {
	uint64_t key;     /* the first bytes of text behind what all begin with */
	const char *text; /* whose bytes are in the order of the locale */
	char *name;
};

static int compare(const void *a, const void *b)
{
	const struct sort_item *left = a, *right = b;

	if (left->key != right->key)
		return left->key < right->key ? -1 : 1;
	int order = strcmp(left->text, right->text);
	return order != 0 ? order : strcmp(left->name, right->name);
}

/* Whether strcoll(3) would only compare bytes. */
static bool is_order_of_bytes(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
	const char *name = setlocale(LC_COLLATE, NULL);

	return name == NULL || strcmp(name, "POSIX") == 0 ||
	       (name[0] == 'C' && (name[1] == '\0' || name[1] == '.'));
}

static const char *transformed(struct arena *arena, const char *name)
{
	size_t size = strxfrm(NULL, name, 0) + 1;
	char *text = arena_get(arena, size);

	(void)strxfrm(text, name, size);
	return text;
}

/* How many bytes all texts begin with. */
static size_t common_length(const struct sort_item *list, size_t n)
{
	size_t common = strlen(list[0].text);

	for (size_t i = 1; i < n && common > 0; i++) {
		size_t same = 0;
		while (same < common && list[i].text[same] == list[0].text[same])
			same++;
		common = same;
	}
	return common;
}

static uint64_t key_of(const char *text)
{
	uint64_t key = 0;

	for (size_t i = 0; i < sizeof key; i++) {
		key = key << 8 | (unsigned char)*text;
		text += *text != '\0';
	}
	return key;
}

void glob_sort(struct arena *arena, char **items, size_t n)
{
	bool is_plain = is_order_of_bytes();
	struct arena_mark mark = arena_mark(arena);

	if (n < 2)
		return;
	struct sort_item *list = arena_get(arena, n * sizeof *list);
	for (size_t i = 0; i < n; i++) {
		list[i].name = items[i];
		list[i].text = is_plain ? items[i] : transformed(arena, items[i]);
	}
	size_t common = common_length(list, n);
	for (size_t i = 0; i < n; i++)
		list[i].key = key_of(list[i].text + common);
	qsort(list, n, sizeof *list, compare);
	for (size_t i = 0; i < n; i++)
		items[i] = list[i].name;
	arena_release(arena, mark);
}
