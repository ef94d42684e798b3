/* SPDX-License-Identifier: MIT */
#ifndef BROOD_BROOD_H
#define BROOD_BROOD_H

/*
 * libbrood: everything about running processes on Linux.
 *
 *	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("git", "log", "-1"), .dir = repo);
 *	struct brood_options options = BROOD_OPTIONS(.timeout = 5 * BROOD_SECOND);
 *	struct brood_result result = BROOD_RESULT_INIT;
 *	struct brood_error error = BROOD_ERROR_INIT;
 *
 *	int r = brood_output(&cmd, &options, &result, &error);
 *	if (r < 0)
 *		fprintf(stderr, "%s\n", brood_explain(r, &result, &error, text, sizeof text));
 *	brood_result_done(&result);
 */

#include <brood/base.h>
#include <brood/cmd.h>
#include <brood/context.h>
#include <brood/error.h>
#include <brood/fifo.h>
#include <brood/io.h>
#include <brood/job.h>
#include <brood/lines.h>
#include <brood/lookup.h>
#include <brood/mailbox.h>
#include <brood/process.h>
#include <brood/self.h>
#include <brood/set.h>
#include <brood/status.h>

#endif
