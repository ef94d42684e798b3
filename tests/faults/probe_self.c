/* SPDX-License-Identifier: MIT */
/* What this process is, and a PID file: made, read, written again, adopted, removed. A failure
 * leaves no file, no lock, no descriptor. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static char path[64];

/* For those that say less. */
static int wrong(struct brood_error *error)
{
	*error = (struct brood_error){ .code = -EPROTO, .os_errno = EPROTO };
	return -EPROTO;
}

static int hold(struct brood_pid_file *file, struct brood_error *error)
{
	pid_t pid = 0;
	int r = brood_pid_file_read(path, &pid, error);
	if (r >= 0)
		r = r == 1 && pid == getpid() ? brood_pid_file_update(file, error) : wrong(error);
	if (r < 0) {
		brood_pid_file_remove(file, NULL);
		return r;
	}
	r = brood_pid_file_remove(file, error);
	return r == 0 ? wrong(error) : r < 0 ? r : 0;
}

static int self(const char *child, struct brood_result *result, struct brood_error *error)
{
	struct brood_self_info self = BROOD_SELF_INIT;
	struct brood_pid_file *file;
	(void)child;
	(void)result;
	int r = brood_self(&self, error);
	if (r == 0 && (self.pid != getpid() || self.euid != geteuid()))
		r = wrong(error);
	brood_self_done(&self);
	if (r == 0)
		r = brood_pid_file_create(&file, path, 0, NULL, error);
	return r < 0 ? r : hold(file, error);
}

int main(int argc, char **argv)
{
	snprintf(path, sizeof path, "/tmp/brood-probe-%d.pid", (int)getpid());
	/* An entry for files that are held stays for the next one. */
	struct brood_pid_file *file;
	if (brood_pid_file_create(&file, path, 0, NULL, NULL) == 0)
		brood_pid_file_remove(file, NULL);
	int r = probe_main(&(struct probe){ .call = self, .no_child = true }, argc, argv);
	unlink(path);
	return r;
}
