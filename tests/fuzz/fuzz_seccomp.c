/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a config says of seccomp, from hostile bytes to the filter. Oracles: no
 * crash, no leak; a refusal has a code and a message without control characters;
 * what is taken is a program that the kernel takes (plan/bpf_check.h, which a
 * unit test holds against the kernel), gives an answer that exists to any call,
 * and asks somebody only where the plan says so. Compiled twice, and by the
 * cache's key, it is the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/process/bpf.h"
#include "oci/config.h"
#include "plan/bpf_check.h"
#include "plan/plan.h"
#include "process/seccomp.h"
#include "process/seccomp_cache.h"

#define CHECK(cond)              \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

enum { SMALL = 8 };

static void check_error(const struct error *e, int r)
{
	CHECK(r < 0 && r == -e->code && e->msg[0]);
	CHECK(strlen(e->msg) < sizeof(e->msg));
	for (const char *p = e->msg; *p; p++)
		CHECK((unsigned char)*p >= 0x20 && *p != 0x7f);
}

/* Calls around the ends of each machine's numbers. */
static void check_answers(const struct seccomp_program *p)
{
	static const uint32_t archs[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64,
					  AUDIT_ARCH_ARM, 0 };
	static const uint32_t numbers[] = { 0,    1,          59,         83,      435,       462,
					    4000, 0x40000000, 0x400001ff, 0xf0005, UINT32_MAX };

	for (size_t i = 0; i < sizeof(archs) / sizeof(archs[0]); i++) {
		for (size_t j = 0; j < sizeof(numbers) / sizeof(numbers[0]); j++) {
			uint32_t answer = bpf_ask(p->insns, p->len, archs[i], (int)numbers[j],
						  UINT64_C(0x7e020000), 8);

			switch (answer & SECCOMP_RET_ACTION_FULL) {
			case SECCOMP_RET_ALLOW:
			case SECCOMP_RET_ERRNO:
			case SECCOMP_RET_KILL_PROCESS:
			case SECCOMP_RET_KILL_THREAD:
			case SECCOMP_RET_LOG:
			case SECCOMP_RET_TRACE:
			case SECCOMP_RET_TRAP:
			case SECCOMP_RET_USER_NOTIF:
				break;
			default:
				abort();
			}
		}
	}
}

static void compile(struct arena *a, const struct launch_plan *plan)
{
	const struct seccomp_options opt = { .fail_unknown = plan->seccomp_fail_unknown };
	struct seccomp_program first = { 0 }, second = { 0 };
	uint8_t key[SHA256_SIZE], again[SHA256_SIZE];
	struct error e = ERROR_INIT;
	const char *why;
	size_t at;
	int r;

	seccomp_cache_key(plan->seccomp, &opt, key);
	r = seccomp_compile(a, plan->seccomp, &opt, &first, &e);
	if (r < 0) {
		check_error(&e, r);
		CHECK(!first.insns);
		return;
	}
	CHECK(bpf_check(first.insns, first.len, &at, &why) == 0);
	CHECK(plan->listener.wanted || !bpf_notifies(first.insns, first.len, true));
	check_answers(&first);
	/* Milliseconds for an engine's profile: there are enough small ones. */
	if (plan->seccomp->n_syscalls > SMALL)
		return;
	CHECK(seccomp_compile(a, plan->seccomp, &opt, &second, &e) == 0);
	seccomp_cache_key(plan->seccomp, &opt, again);
	CHECK(first.len == second.len && first.flags == second.flags &&
	      memcmp(key, again, sizeof(key)) == 0 &&
	      memcmp(first.insns, second.insns, first.len * sizeof(*first.insns)) == 0);
}

/* false: refused for what it says of seccomp. */
static bool fuzz(const char *text, size_t len, const char *receiver)
{
	const struct plan_host host = { .seccomp_receiver = receiver };
	cleanup_arena struct arena a = ARENA_INIT;
	struct launch_plan plan = { .id = "fuzz" };
	struct error e = ERROR_INIT;
	struct oci_config *c = NULL;
	unsigned int flags;
	const char *why;
	size_t at;
	int r = oci_load_memory(&a, "config.json", text, len, &c, &e);

	if (r < 0)
		return true; /* fuzz_config's */
	r = plan_seccomp(&a, c, &host, &plan, &e);
	if (r < 0) {
		check_error(&e, r);
		return false;
	}
	CHECK(!plan.listener.wanted || plan.listener.receiver || plan.listener.plugins);
	CHECK(!plan.listener.receiver || plan.listener.receiver[0] == '/');
	CHECK(!plan.listener.receiver || !plan.listener.plugins);
	CHECK(seccomp_parse_flags(plan.seccomp, &flags, &e) == 0);
	if (plan.raw_filter)
		CHECK(bpf_check(plan.raw_filter, plan.raw_filter_len, &at, &why) == 0);
	else if (plan.seccomp)
		compile(&a, &plan);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Exactly as long as it is, so that a read behind the end is seen. */
	char *text = malloc(size ? size : 1);

	CHECK(text);
	if (size)
		memcpy(text, data, size);
	/* Perhaps for want of somebody to ask. */
	if (!fuzz(text, size, NULL))
		(void)fuzz(text, size, "/run/agent");
	free(text);
	return 0;
}
