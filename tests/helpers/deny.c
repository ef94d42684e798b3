/* SPDX-License-Identifier: MIT */
/*
 * Runs a program for which some system calls do not work, as on an old or locked-down kernel:
 *
 *	deny NAME=ERROR[,NAME=ERROR...] PROGRAM [ARGUMENT...]
 *
 * ERROR is an errno's name. NAME is one of the table below: a system call, or one with an argument
 * that older kernels do not know. The program and its children find the list in the variable
 * BROOD_TEST_DENIED, for the tests that cannot hold then.
 *
 * Exit code 125: the filter could not be installed; 126 and 127: as for env(1).
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#	define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#	define ARCH AUDIT_ARCH_AARCH64
#else
#	error "no name for this processor yet"
#endif

#define PIDFD_TYPE 3
#define FCHMODAT2  452 /* newer than the headers of Debian 12 */
#define ANY        (-1)

/* The low half of one argument, masked, must have the value; or must not have it. */
static const struct target {
	const char *name;
	long number;
	int argument; /* ANY: always */
	uint32_t mask;
	uint32_t value;
	int unless;
} targets[] = {
	{ "clone3", SYS_clone3, ANY, 0, 0, 0 },
	{ "clone-pidfd", SYS_clone, 0, 0x1000, 0x1000, 0 },
	{ "pidfd_open", SYS_pidfd_open, ANY, 0, 0, 0 },
	{ "pidfd_send_signal", SYS_pidfd_send_signal, ANY, 0, 0, 0 },
	/* the flag for process groups, and any other */
	{ "pidfd_send_signal-flags", SYS_pidfd_send_signal, 3, ~0U, 0, 1 },
	{ "close_range", SYS_close_range, ANY, 0, 0, 0 },
	{ "waitid-pidfd", SYS_waitid, 0, ~0U, PIDFD_TYPE, 0 },
	{ "execveat", SYS_execveat, ANY, 0, 0, 0 },
	{ "memfd_create", SYS_memfd_create, ANY, 0, 0, 0 },
	{ "pwritev2", SYS_pwritev2, ANY, 0, 0, 0 },
	{ "pwritev2-flags", SYS_pwritev2, 5, ~0U, 0, 1 },
	/* PIDFD_GET_INFO: number 11 of the type 0xff, whatever its size */
	{ "pidfd-info", SYS_ioctl, 1, 0xffff, 0xff0b, 0 },
	{ "faccessat2", SYS_faccessat2, ANY, 0, 0, 0 },
	{ "fchmodat2", FCHMODAT2, ANY, 0, 0, 0 },
	{ "inotify_init1", SYS_inotify_init1, ANY, 0, 0, 0 },
	{ "set-rw-hint", SYS_fcntl, 1, ~0U, F_SET_RW_HINT, 0 },
};

#define MAX_CODE 128
static struct sock_filter code[MAX_CODE];
static unsigned short n_code;

static void emit(uint16_t operation, uint32_t k, uint8_t if_true, uint8_t if_false)
{
	if (n_code == MAX_CODE) {
		fprintf(stderr, "deny: too many names\n");
		exit(125);
	}
	code[n_code++] = (struct sock_filter)BPF_JUMP(operation, k, if_true, if_false);
}

static void emit_target(const struct target *target, int error)
{
	uint32_t refuse = SECCOMP_RET_ERRNO | (uint32_t)error;
	emit(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	if (target->argument == ANY) {
		emit(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)target->number, 0, 1);
		emit(BPF_RET | BPF_K, refuse, 0, 0);
		return;
	}
	/* little-endian: the low half comes first */
	uint32_t offset = (uint32_t)(offsetof(struct seccomp_data, args) +
				     (size_t)target->argument * sizeof(uint64_t));
	emit(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)target->number, 0, 4);
	emit(BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
	emit(BPF_ALU | BPF_AND | BPF_K, target->mask, 0, 0);
	emit(BPF_JMP | BPF_JEQ | BPF_K, target->value, target->unless ? 1 : 0,
		target->unless ? 0 : 1);
	emit(BPF_RET | BPF_K, refuse, 0, 0);
}

static int error_number(const char *name)
{
	for (int number = 1; number < 134; number++) {
		const char *candidate = strerrorname_np(number);
		if (candidate && strcmp(candidate, name) == 0)
			return number;
	}
	fprintf(stderr, "deny: no such error: %s\n", name);
	exit(125);
}

static void add(const char *name, const char *error)
{
	for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
		if (strcmp(targets[i].name, name) == 0) {
			emit_target(&targets[i], error_number(error));
			return;
		}
	fprintf(stderr, "deny: no such call: %s\n", name);
	exit(125);
}

static int install(void)
{
	struct sock_fprog program = { .len = n_code, .filter = code };
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
		return 0;
	/* An ordinary user has to give up set-uid programs for it. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: deny NAME=ERROR[,NAME=ERROR...] PROGRAM [ARGUMENT...]\n");
		return 125;
	}
	if (setenv("BROOD_TEST_DENIED", argv[1], 1) != 0)
		return 125;
	emit(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
	emit(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	emit(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	for (char *at = strtok(argv[1], ","); at; at = strtok(NULL, ",")) {
		char *error = strchr(at, '=');
		if (!error) {
			fprintf(stderr, "deny: %s: no error given\n", at);
			return 125;
		}
		*error++ = '\0';
		add(at, error);
	}
	emit(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	if (install() != 0) {
		perror("deny: seccomp");
		return 125;
	}
	execvp(argv[2], argv + 2);
	int error = errno;
	fprintf(stderr, "deny: %s: %s\n", argv[2], strerror(error));
	return error == ENOENT ? 127 : 126;
}
