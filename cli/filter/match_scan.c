/* SPDX-License-Identifier: MIT */
/* Hyperscan by dlopen. Its few functions are declared here, as its documentation has them, so that
   the build needs nothing of it. */
#include "filter/match_scan.h"

#include "common/memory.h"

#include <dlfcn.h>
#include <stdlib.h>

#define HS_MULTILINE 4U
#define HS_BLOCK     1U

struct hs_error {
	char *message;
	int expression;
};

typedef int hs_hit(unsigned int id, unsigned long long from, unsigned long long to,
	unsigned int flags, void *context);

static struct {
	bool tried;
	bool there;
	int (*compile_multi)(const char *const *expressions, const unsigned int *flags,
		const unsigned int *ids, unsigned int n, unsigned int mode, const void *platform,
		void **ret_database, struct hs_error **ret_error);
	int (*free_compile_error)(struct hs_error *error);
	int (*free_database)(void *database);
	int (*alloc_scratch)(const void *database, void **scratch);
	int (*free_scratch)(void *scratch);
	int (*scan)(const void *database, const char *data, unsigned int length, unsigned int flags,
		void *scratch, hs_hit *hit, void *context);
	int (*valid_platform)(void);
} hs;

struct scanner {
	void *database;
	void *scratch;
};

static bool load(void *library)
{
	/* ISO C has no conversion from void * to a function; POSIX promises that this works. */
	const struct {
		void *place;
		const char *name;
	} functions[] = {
		{ &hs.compile_multi, "hs_compile_multi" },
		{ &hs.free_compile_error, "hs_free_compile_error" },
		{ &hs.free_database, "hs_free_database" },
		{ &hs.alloc_scratch, "hs_alloc_scratch" },
		{ &hs.free_scratch, "hs_free_scratch" },
		{ &hs.scan, "hs_scan" },
		{ &hs.valid_platform, "hs_valid_platform" },
	};

	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		void *function = dlsym(library, functions[i].name);
		if (!function)
			return false;
		*(void **)functions[i].place = function;
	}
	return hs.valid_platform() == 0;
}

bool scan_is_there(void)
{
	if (!hs.tried) {
		/* It stays loaded. */
		void *library = dlopen("libhs.so.5", RTLD_NOW | RTLD_LOCAL);
		hs.tried = true;
		hs.there = library && load(library);
	}
	return hs.there;
}

struct scanner *scan_new(char *const *expressions, size_t n)
{
	struct hs_error *error = NULL;
	void *database = NULL, *scratch = NULL;

	if (!scan_is_there())
		return NULL;
	unsigned int *flags = memory_get(2 * n * sizeof *flags), *ids = flags + n;
	for (size_t i = 0; i < n; i++) {
		flags[i] = HS_MULTILINE;
		ids[i] = (unsigned int)i;
	}
	int r = hs.compile_multi((const char *const *)expressions, flags, ids, (unsigned int)n,
		HS_BLOCK, NULL, &database, &error);
	free(flags);
	if (error)
		hs.free_compile_error(error);
	if (r != 0)
		return NULL;
	if (hs.alloc_scratch(database, &scratch) != 0) {
		hs.free_database(database);
		return NULL;
	}
	struct scanner *scanner = memory_get(sizeof *scanner);
	*scanner = (struct scanner){ database, scratch };
	return scanner;
}

void scan_free(struct scanner *scanner)
{
	if (!scanner)
		return;
	hs.free_scratch(scanner->scratch);
	hs.free_database(scanner->database);
	free(scanner);
}

struct call {
	bool (*hit)(void *context, uint32_t expression, size_t end);
	void *context;
};

static int on_hit(unsigned int id, unsigned long long from, unsigned long long to,
	unsigned int flags, void *context)
{
	const struct call *call = context;

	(void)from;
	(void)flags;
	return !call->hit(call->context, id, (size_t)to);
}

bool scan_block(struct scanner *scanner, const char *data, size_t length,
	bool (*hit)(void *context, uint32_t expression, size_t end), void *context)
{
	struct call call = { hit, context };

	return hs.scan(scanner->database, data, (unsigned int)length, 0, scanner->scratch, on_hit,
		       &call) == 0;
}
