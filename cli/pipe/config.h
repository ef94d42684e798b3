/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/options.h"
#include "pipe/stage.h"

#include <brood/base.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * What the command line of brood pipe says.
 */

/* Whose failure counts. */
enum pipe_mode {
	PIPE_MODE_RIGHTMOST, /* of all; a producer whose reader has had enough is excused */
	PIPE_MODE_STRICT,    /* of all */
	PIPE_MODE_LAST       /* of the last stage */
};

/* A branch: what the stage in front of it writes goes to it too. */
struct pipe_tee {
	size_t after; /* index of that stage */
	struct pipe_line line;
};

struct pipe_config {
	brood_duration timeout; /* 0: none */
	brood_duration kill_after;
	int signal;
	const char *dir;
	const char **env; /* "NAME=value" */
	size_t n_env;
	struct pipe_line trunk;
	struct pipe_tee *tees; /* in the order of their stages */
	size_t n_tees;
	uint64_t rate; /* bytes per second behind the first stage; 0: as fast as it goes */
	enum pipe_mode mode;
	bool strict, last;
	bool keep_going;
	bool stats;
	bool json;
	int status_fd; /* -1: none */
	const char *status_path;
	bool verbose;
	bool quiet;
	bool help;
	bool is_words; /* each operand was a stage */
};

extern const struct option_table pipe_options;

/* Reads a command line. Returns 0, or -1 after having said what is wrong. */
int pipe_config_read(struct pipe_config *config, int argc, char **argv);

void pipe_config_done(struct pipe_config *config);
