/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/options.h"
#include "sh/shell.h"

/* The command line: sh [-abCefhimnuvx] [-o option] [+...] [file [argument...]], -c string [name
   [argument...]], -s [argument...]. */
enum sh_setting { SH_UNSAID, SH_ON, SH_OFF };

struct sh_config {
	bool help, version;
	bool print;                    /* --print */
	bool is_login;                 /* argv[0] begins with -, or -l */
	bool takes_string;             /* -c */
	uint8_t options[OPTION_COUNT]; /* enum sh_setting */
	const char *string;            /* of -c */
	const char *file;              /* NULL: standard input, or the string */
	const char *name;              /* $0; NULL: argv[0] */
	char **arguments;              /* the positional parameters */
	int n_arguments;
};

/* Returns 0; the exit code 2 after having said what is wrong. */
int sh_config_read(struct sh_config *config, int argc, char **argv);

/* For help and completion: what has a letter is read as `set` reads it. */
extern const struct option_table sh_options;
