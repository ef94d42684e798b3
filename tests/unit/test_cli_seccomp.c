/* SPDX-License-Identifier: MIT */
/* Profiles in docker's format, and what the filters that are made of them answer. */
#include "common/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#if defined __x86_64__
#	define MACHINE "SCMP_ARCH_X86_64"
#	define GO_NAME "amd64"
#	define AUDIT   AUDIT_ARCH_X86_64
#else
#	define MACHINE "SCMP_ARCH_AARCH64"
#	define GO_NAME "arm64"
#	define AUDIT   AUDIT_ARCH_AARCH64
#endif

#define BIT(number) (UINT64_C(1) << (number))
#define SYS_ADMIN   21
#define SYS_CHROOT  18

static const struct seccomp_facts plain = { .kernel = 5, .patch = 10 };

/* The shape of what container engines come with. */
static const char shape[] =
	"{\n"
	"\t\"defaultAction\": \"SCMP_ACT_ERRNO\",\n"
	"\t\"defaultErrnoRet\": 38,\n"
	"\t\"archMap\": [\n"
	"\t\t{ \"architecture\": \"SCMP_ARCH_X86_64\",\n"
	"\t\t  \"subArchitectures\": [\"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"] },\n"
	"\t\t{ \"architecture\": \"SCMP_ARCH_AARCH64\", \"subArchitectures\": [\"SCMP_ARCH_ARM\"] },\n"
	"\t\t{ \"architecture\": \"SCMP_ARCH_S390X\", \"subArchitectures\": [\"SCMP_ARCH_S390\"] }\n"
	"\t],\n"
	"\t\"syscalls\": [\n"
	"\t\t{ \"names\": [\"read\", \"write\", \"exit_group\", \"of_tomorrow\", \"sync_file_range2\"],\n"
	"\t\t  \"action\": \"SCMP_ACT_ALLOW\", \"args\": null, \"comment\": \"\", \"includes\": {},\n"
	"\t\t  \"excludes\": null },\n"
	"\t\t{ \"names\": [\"ptrace\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"\t\t  \"includes\": { \"minKernel\": \"4.8\" } },\n"
	"\t\t{ \"names\": [\"personality\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"\t\t  \"args\": [{ \"index\": 0, \"value\": 0, \"op\": \"SCMP_CMP_EQ\" }] },\n"
	"\t\t{ \"names\": [\"personality\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"\t\t  \"args\": [{ \"index\": 0, \"value\": 4294967295, \"op\": \"SCMP_CMP_EQ\" }] },\n"
	"\t\t{ \"names\": [\"clone\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"\t\t  \"args\": [{ \"index\": 0, \"value\": 2114060288, \"valueTwo\": 0, \"op\": "
	"\"SCMP_CMP_MASKED_EQ\" }],\n"
	"\t\t  \"excludes\": { \"caps\": [\"CAP_SYS_ADMIN\"], \"arches\": [\"s390\", \"s390x\"] } },\n"
	"\t\t{ \"names\": [\"clone\", \"mount\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"\t\t  \"includes\": { \"caps\": [\"CAP_SYS_ADMIN\"] } },\n"
	"\t\t{ \"names\": [\"chroot\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"\t\t  \"includes\": { \"caps\": [\"CAP_SYS_ADMIN\", \"CAP_SYS_CHROOT\"] } },\n"
	"\t\t{ \"names\": [\"clone3\"], \"action\": \"SCMP_ACT_KILL_PROCESS\",\n"
	"\t\t  \"excludes\": { \"caps\": [\"CAP_SYS_ADMIN\"] } },\n"
	"\t\t{ \"names\": [\"kcmp\"], \"action\": \"SCMP_ACT_ALLOW\",\n"
	"\t\t  \"includes\": { \"arches\": [\"s390x\"] } },\n"
	"\t\t{ \"names\": [\"vhangup\"], \"action\": \"SCMP_ACT_TRAP\",\n"
	"\t\t  \"includes\": { \"arches\": [\"" GO_NAME "\", \"x32\"] } }\n"
	"\t]\n"
	"}\n";

static uint32_t load(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word;

	assert_true(offset <= sizeof *data - sizeof word && offset % sizeof word == 0);
	memcpy(&word, (const char *)data + offset, sizeof word);
	return word;
}

/* What the kernel does with a filter. */
static uint32_t decide(const struct seccomp_filter *filter, const struct seccomp_data *data)
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
			is_true = a & k;
			break;
		default:
			fail_msg("instruction %zu: code %#x", i, code[i].code);
		}
		i += is_true ? code[i].jt : code[i].jf;
	}
	fail_msg("behind the last instruction");
	return 0;
}

static struct seccomp_filter compile(const char *profile, const struct seccomp_facts *facts)
{
	struct seccomp_filter filter;
	struct text problem = { 0 };
	int r = seccomp_compile(profile, strlen(profile), facts, &filter, &problem);

	if (r < 0)
		fail_msg("%s", problem.bytes);
	assert_null(problem.bytes);
	assert_in_range(filter.length, 1, BPF_MAXINSNS);
	return filter;
}

/* What is answered to a call with that first and second argument. */
static uint32_t ask2(
	const struct seccomp_filter *filter, int number, uint64_t first, uint64_t second)
{
	return decide(filter,
		&(struct seccomp_data){ .nr = number, .arch = AUDIT, .args = { first, second } });
}

static uint32_t ask(const struct seccomp_filter *filter, int number, uint64_t first)
{
	return ask2(filter, number, first, 0);
}

static uint32_t ask_of(const char *profile, const struct seccomp_facts *facts, int number)
{
	struct seccomp_filter filter = compile(profile, facts);
	uint32_t answer = ask(&filter, number, 0);

	free(filter.instructions);
	return answer;
}

/* What the program itself says of a filter, beside what is worked out here. */
static void the_program_answers_as_the_kernel_would(void **state)
{
	static const uint64_t arguments[] = { 0, 1, 0xffffffff, 0x100000000, 2114060288,
		UINT64_MAX };
	(void)state;
	struct seccomp_filter filter = compile(shape, &plain);

	for (int number = 0; number < 600; number++)
		for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
			struct seccomp_data data = {
				.nr = number, .arch = AUDIT, .args = { arguments[i], arguments[i] }
			};
			assert_int_equal(seccomp_answer(&filter, &data), decide(&filter, &data));
			data.arch = AUDIT_ARCH_S390;
			assert_int_equal(seccomp_answer(&filter, &data), decide(&filter, &data));
		}
	assert_true(seccomp_lets_through(&filter, SYS_read));
	assert_false(seccomp_lets_through(&filter, SYS_mount));
	free(filter.instructions);
}

static void every_instruction_is_known(void **state)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 5, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 5, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 2),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 3),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 3),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 4),
		BPF_STMT(BPF_JMP | BPF_JA, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_LOG),
	};
	static const uint32_t answers[] = { SECCOMP_RET_LOG, SECCOMP_RET_ERRNO | 4,
		SECCOMP_RET_ERRNO | 3, SECCOMP_RET_ERRNO | 3, SECCOMP_RET_LOG,
		SECCOMP_RET_ERRNO | 2, SECCOMP_RET_ERRNO | 1 };
	const struct seccomp_filter filter = { code, sizeof code / sizeof *code };

	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		assert_int_equal(seccomp_answer(&filter, &(struct seccomp_data){ .args = { i } }),
			answers[i]);
}

static void check_execve(const char *action, bool expected)
{
	struct text profile = { 0 };

	text_format(&profile,
		"{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [ "
		"{ \"names\": [\"execve\"], \"action\": \"%s\" } ] }",
		action);
	struct seccomp_filter filter = compile(profile.bytes, &plain);
	assert_int_equal(seccomp_lets_through(&filter, SYS_execve), expected);
	assert_true(seccomp_lets_through(&filter, SYS_execveat));
	free(filter.instructions);
	text_done(&profile);
}

static void what_is_refused_is_not_let_through(void **state)
{
	(void)state;
	check_execve("SCMP_ACT_ALLOW", true);
	check_execve("SCMP_ACT_LOG", true);
	check_execve("SCMP_ACT_TRACE", true);
	check_execve("SCMP_ACT_ERRNO", false);
	check_execve("SCMP_ACT_TRAP", false);
	check_execve("SCMP_ACT_KILL", false);
	check_execve("SCMP_ACT_KILL_PROCESS", false);
}

static void a_profile_of_an_engine_answers_as_it_reads(void **state)
{
	(void)state;
	struct seccomp_filter filter = compile(shape, &plain);
	assert_int_equal(ask(&filter, SYS_read, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&filter, SYS_exit_group, 7), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&filter, SYS_ptrace, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&filter, SYS_kexec_load, 0), SECCOMP_RET_ERRNO | 38);
	assert_int_equal(ask(&filter, 9999, 0), SECCOMP_RET_ERRNO | 38);
	assert_int_equal(ask(&filter, SYS_personality, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&filter, SYS_personality, 0xffffffff), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&filter, SYS_personality, 8), SECCOMP_RET_ERRNO | 38);
	/* The upper half counts. */
	assert_int_equal(ask(&filter, SYS_personality, BIT(32)), SECCOMP_RET_ERRNO | 38);
	assert_int_equal(ask(&filter, SYS_clone, 0x11), SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&filter, SYS_clone, 0x10000000), SECCOMP_RET_ERRNO | 38);
	assert_int_equal(ask(&filter, SYS_mount, 0), SECCOMP_RET_ERRNO | 38);
	assert_int_equal(ask(&filter, SYS_clone3, 0), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(ask(&filter, SYS_kcmp, 0), SECCOMP_RET_ERRNO | 38);
	assert_int_equal(ask(&filter, SYS_vhangup, 0), SECCOMP_RET_TRAP);
	free(filter.instructions);
}

static void another_machine_s_calls_are_not_ours(void **state)
{
	(void)state;
	struct seccomp_filter filter = compile(shape, &plain);
	struct seccomp_data data = { .nr = SYS_read, .arch = AUDIT_ARCH_PPC64 };
	uint32_t killed = decide(&filter, &data);
	assert_true(killed == SECCOMP_RET_KILL_THREAD || killed == SECCOMP_RET_KILL_PROCESS);
#if defined __x86_64__
	/* Those of 32 bits have numbers of their own: 3 is read, 0 restart_syscall. */
	data = (struct seccomp_data){ .nr = 3, .arch = AUDIT_ARCH_I386 };
	assert_int_equal(decide(&filter, &data), SECCOMP_RET_ALLOW);
	data.nr = 0;
	assert_int_equal(decide(&filter, &data), SECCOMP_RET_ERRNO | 38);
	/* Where a profile does not name them, they cannot be used to get around it. */
	free(filter.instructions);
	filter = compile("{ \"defaultAction\": \"SCMP_ACT_ALLOW\" }", &plain);
	killed = decide(&filter, &data);
	assert_true(killed == SECCOMP_RET_KILL_THREAD || killed == SECCOMP_RET_KILL_PROCESS);
	killed = ask(&filter, 0x40000000 | SYS_read, 0);
	assert_true(killed == SECCOMP_RET_KILL_THREAD || killed == SECCOMP_RET_KILL_PROCESS);
#endif
	free(filter.instructions);
}

static void rules_ask_for_capabilities_and_kernels(void **state)
{
	const struct seccomp_facts admin = { BIT(SYS_ADMIN), 5, 10 };
	const struct seccomp_facts chroot = { BIT(SYS_CHROOT), 5, 10 };
	const struct seccomp_facts both = { BIT(SYS_ADMIN) | BIT(SYS_CHROOT), 5, 10 };
	const struct seccomp_facts old = { 0, 4, 7 }, exact = { 0, 4, 8 }, last = { 0, 3, 19 };

	(void)state;
	assert_int_equal(ask_of(shape, &admin, SYS_mount), SECCOMP_RET_ALLOW);
	assert_int_equal(ask_of(shape, &admin, SYS_clone3), SECCOMP_RET_ERRNO | 38);
	/* All of them are wanted. */
	assert_int_equal(ask_of(shape, &admin, SYS_chroot), SECCOMP_RET_ERRNO | 38);
	assert_int_equal(ask_of(shape, &chroot, SYS_chroot), SECCOMP_RET_ERRNO | 38);
	assert_int_equal(ask_of(shape, &both, SYS_chroot), SECCOMP_RET_ALLOW);
	assert_int_equal(ask_of(shape, &old, SYS_ptrace), SECCOMP_RET_ERRNO | 38);
	assert_int_equal(ask_of(shape, &last, SYS_ptrace), SECCOMP_RET_ERRNO | 38);
	assert_int_equal(ask_of(shape, &exact, SYS_ptrace), SECCOMP_RET_ALLOW);
}

/* Profiles with one comparison of the first argument with 5, or of its bits 0xf0 with 0x50. */
static void every_comparison_is_what_it_is_called(void **state)
{
	static const uint64_t values[] = { 0, 4, 5, 6, 0x50, 0x55, 0x5f, 0x60, UINT32_MAX, BIT(32),
		BIT(32) + 5, UINT64_MAX };
	static const char *const names[] = { "EQ", "NE", "LT", "LE", "GE", "GT", "MASKED_EQ" };
	char profile[256];

	(void)state;
	for (size_t op = 0; op < sizeof names / sizeof *names; op++) {
		snprintf(profile, sizeof profile,
			"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"sync\"],"
			"\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":0,\"value\":%d,"
			"\"valueTwo\":80,\"op\":\"SCMP_CMP_%s\"}]}]}",
			op == 6 ? 0xf0 : 5, names[op]);
		struct seccomp_filter filter = compile(profile, &plain);
		for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
			uint64_t v = values[i];
			const bool expected[] = { v == 5, v != 5, v<5, v <= 5, v >= 5, v> 5,
				(v & 0xf0) == 0x50 };
			assert_int_equal(ask(&filter, SYS_sync, v),
				expected[op] ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_ALLOW);
		}
		free(filter.instructions);
	}
}

static void two_arguments_are_both_wanted_and_one_twice_is_either(void **state)
{
	static const char both[] =
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"name\":\"sync\","
		"\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":7,\"args\":["
		"{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"},"
		"{\"index\":1,\"value\":2,\"op\":\"SCMP_CMP_EQ\"}]}]}";
	static const char either[] =
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"sync\"],"
		"\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":7,\"args\":["
		"{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"},"
		"{\"index\":0,\"value\":2,\"op\":\"SCMP_CMP_EQ\"}]}]}";

	(void)state;
	struct seccomp_filter filter = compile(both, &plain);
	assert_int_equal(ask2(&filter, SYS_sync, 1, 2), SECCOMP_RET_ERRNO | 7);
	assert_int_equal(ask2(&filter, SYS_sync, 1, 1), SECCOMP_RET_ALLOW);
	assert_int_equal(ask2(&filter, SYS_sync, 2, 2), SECCOMP_RET_ALLOW);
	free(filter.instructions);
	filter = compile(either, &plain);
	assert_int_equal(ask(&filter, SYS_sync, 1), SECCOMP_RET_ERRNO | 7);
	assert_int_equal(ask(&filter, SYS_sync, 2), SECCOMP_RET_ERRNO | 7);
	assert_int_equal(ask(&filter, SYS_sync, 3), SECCOMP_RET_ALLOW);
	free(filter.instructions);
}

static void every_action_is_what_it_is_called(void **state)
{
	static const struct {
		const char *name;
		uint32_t answer;
	} actions[] = {
		{ "ALLOW", SECCOMP_RET_ALLOW },
		{ "LOG", SECCOMP_RET_LOG },
		{ "TRACE\", \"errnoRet\": 9, \"comment\": \"", SECCOMP_RET_TRACE | 9 },
		{ "ERRNO", SECCOMP_RET_ERRNO | EPERM },
		{ "ERRNO\", \"errnoRet\": 0, \"comment\": \"", SECCOMP_RET_ERRNO },
		{ "ERRNO\", \"errno\": \"ENOSYS\", \"errnoRet\": 38, \"comment\": \"",
			SECCOMP_RET_ERRNO | 38 },
		{ "TRAP", SECCOMP_RET_TRAP },
		{ "KILL", SECCOMP_RET_KILL_THREAD },
		{ "KILL_THREAD", SECCOMP_RET_KILL_THREAD },
		{ "KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	};
	char profile[256];

	(void)state;
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
		snprintf(profile, sizeof profile,
			"{\"defaultAction\":\"SCMP_ACT_TRACE\",\"syscalls\":[{\"names\":[\"sync\"],"
			"\"action\":\"SCMP_ACT_%s\"}]}",
			actions[i].name);
		assert_int_equal(ask_of(profile, &plain, SYS_sync), actions[i].answer);
	}
}

static int try(const char *text, size_t length, char *words, size_t size)
{
	struct seccomp_filter filter;
	struct text problem = { 0 };
	int r = seccomp_compile(text, length, &plain, &filter, &problem);

	snprintf(words, size, "%s", problem.length > 0 ? problem.bytes : "");
	text_done(&problem);
	free(filter.instructions);
	return r;
}

static void a_profile_that_is_cut_is_refused_with_its_place(void **state)
{
	size_t whole = strlen(shape) - 1;
	char words[512];

	(void)state;
	for (size_t length = 0; length < whole; length++) {
		char *copy = malloc(length + 1);
		memcpy(copy, shape, length);
		assert_int_equal(try(copy, length, words, sizeof words), -EINVAL);
		assert_in_range(words[0], '0', '9');
		assert_non_null(strchr(words, ':'));
		free(copy);
	}
	assert_int_equal(try(shape, whole, words, sizeof words), 0);
}

/* Any byte may be any other one: an answer, never a crash. */
static void a_profile_with_a_wrong_byte_is_answered(void **state)
{
	char copy[sizeof shape], words[512];
	unsigned int seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		memcpy(copy, shape, sizeof copy);
		seed = seed * 1103515245 + 12345;
		copy[(seed >> 8) % (sizeof copy - 1)] = (char)(seed >> 24);
		int r = try(copy, sizeof copy - 1, words, sizeof words);
		assert_true(r == 0 || (r == -EINVAL && words[0]));
	}
}

static void what_is_weaker_than_it_reads_is_refused(void **state)
{
	static const struct {
		const char *fallback, *action;
		int code;
	} cases[] = {
		{ "ALLOW", "ERRNO", -EINVAL },
		{ "ALLOW", "KILL", -EINVAL },
		{ "ALLOW", "LOG", -EINVAL },
		{ "ERRNO", "KILL_PROCESS", -EINVAL },
		{ "KILL", "KILL_PROCESS", -EINVAL },
		{ "ALLOW", "ALLOW", 0 },
		{ "ERRNO", "ALLOW", 0 },
		{ "ERRNO", "ERRNO", 0 },
		{ "KILL_PROCESS", "KILL", 0 },
		{ "LOG", "ALLOW", 0 },
	};
	char profile[256], words[512];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(profile, sizeof profile,
			"{\"defaultAction\":\"SCMP_ACT_%s\",\"syscalls\":[{\"names\":[\"of_tomorrow\"],"
			"\"action\":\"SCMP_ACT_%s\"}]}",
			cases[i].fallback, cases[i].action);
		assert_int_equal(try(profile, strlen(profile), words, sizeof words), cases[i].code);
		if (cases[i].code < 0)
			assert_string_equal(words, "syscalls[0].names[0]: 'of_tomorrow' is no "
						   "system call that is known here");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_program_answers_as_the_kernel_would),
		cmocka_unit_test(every_instruction_is_known),
		cmocka_unit_test(what_is_refused_is_not_let_through),
		cmocka_unit_test(a_profile_of_an_engine_answers_as_it_reads),
		cmocka_unit_test(another_machine_s_calls_are_not_ours),
		cmocka_unit_test(rules_ask_for_capabilities_and_kernels),
		cmocka_unit_test(every_comparison_is_what_it_is_called),
		cmocka_unit_test(two_arguments_are_both_wanted_and_one_twice_is_either),
		cmocka_unit_test(every_action_is_what_it_is_called),
		cmocka_unit_test(a_profile_that_is_cut_is_refused_with_its_place),
		cmocka_unit_test(a_profile_with_a_wrong_byte_is_answered),
		cmocka_unit_test(what_is_weaker_than_it_reads_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
