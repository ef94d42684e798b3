/* SPDX-License-Identifier: MIT */
/* What a filter says, without the kernel: a filter on ourselves could not be asked any more. */
#include "common/seccomp.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

#if defined __x86_64__
#	define SECCOMP_NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined __aarch64__
#	define SECCOMP_NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#	error "which machine is this to the kernel's filters?"
#endif

static uint32_t load(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word = 0;

	if (offset <= sizeof *data - sizeof word)
		memcpy(&word, (const char *)data + offset, sizeof word);
	return word;
}

uint32_t seccomp_answer(const struct seccomp_filter *filter, const struct seccomp_data *data)
{
	const struct sock_filter *code = filter->instructions;
	uint32_t a = 0;

	for (size_t i = 0; i < filter->length; i++) {
		uint32_t k = code[i].k;
		bool is_true = false;
		switch (code[i].code) {
		case BPF_LD | BPF_W | BPF_ABS:
			a = load(data, k);
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= k;
			continue;
		case BPF_JMP | BPF_JA:
			i += k;
			continue;
		case BPF_RET | BPF_K:
			return k;
		case BPF_JMP | BPF_JEQ | BPF_K:
			is_true = a == k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			is_true = a > k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			is_true = a >= k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			is_true = (a & k) != 0;
			break;
		default:
			/* Not of libseccomp's making. The kernel will say. */
			return SECCOMP_RET_ALLOW;
		}
		i += is_true ? code[i].jt : code[i].jf;
	}
	return SECCOMP_RET_ALLOW;
}

bool seccomp_lets_through(const struct seccomp_filter *filter, int number)
{
	const struct seccomp_data data = { .nr = number, .arch = SECCOMP_NATIVE_ARCH };

	/* A tracer may let it through. */
	switch (seccomp_answer(filter, &data) & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ERRNO:
	case SECCOMP_RET_TRAP:
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_KILL_PROCESS:
		return false;
	default:
		return true;
	}
}
