/* SPDX-License-Identifier: MIT */
#pragma once

/* What the program is when it is called by this name: timeout(1), with brood's means. Returns the
   exit code. */
#define TIMEOUT_NAME "timeout"
int timeout_main(int argc, char **argv);
