/* SPDX-License-Identifier: MIT */
#pragma once

/* Limits, credentials, session and sandbox of a command: checked. No call is made. */

#include <brood/cmd.h>
#include <brood/error.h>
#include <brood/job.h>

/* Copies at full size; zero if the command has none. What they point at is the caller's. */
struct brood__attributes {
	struct brood_credentials credentials;
	struct brood_limits limits;
	struct brood_session session;
	struct brood_sandbox sandbox;
	const struct brood_fd_map *fds; /* the command's */
	size_t n_fds;
};

/* Copies and checks what does not depend on how the command is run; its io and fds are checked
 * before. Returns 0 or what brood_start() documents. */
int brood__check_attributes(struct brood__attributes *attributes, const struct brood_cmd *cmd,
	struct brood_error *error);

/* Checks the rest, for a job. */
int brood__check_attributes_of_job(const struct brood__attributes *attributes,
	const struct brood_options *options, struct brood_error *error);

/* Checks what nobody could do anything about, for calls that start and wait in one. */
int brood__check_attributes_alone(
	const struct brood__attributes *attributes, struct brood_error *error);

/* "RLIMIT_NOFILE" and so on; NULL for a number that is no resource. */
const char *brood__limit_name(int resource);

/* Writes a map as the kernel wants it, without a NUL, if text is not NULL. Returns its length. */
size_t brood__maps_text(char *text, const struct brood_id_map *maps, size_t n);
