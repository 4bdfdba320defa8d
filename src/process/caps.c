/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See caps.h. The kernel checks each set as a whole and refuses all of it for
 * one bit too many, so the sets are cut to what we may give first: a runtime
 * that itself runs in a container (no CAP_SYS_RESOURCE, say) still starts one.
 */
#include "process/caps.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "base/syscalls.h"

enum { CAP_BITS = 64 };

#define SYS_ADMIN (UINT64_C(1) << CAP_SYS_ADMIN)

struct cap_triple { /* bit N = capability N */
	uint64_t permitted, effective, inheritable;
};

/* prctl() with all arguments given: the kernel checks the unused ones for 0. */
static int cap_prctl(int option, unsigned long arg2, unsigned long arg3)
{
	int r = (int)syscall(SYS_prctl, option, arg2, arg3, 0UL, 0UL);

	return r < 0 ? -errno : r;
}

static int get_caps(struct cap_triple *ret)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (syscall(SYS_capget, &head, data) < 0)
		return -errno;
	ret->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	ret->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	ret->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

static int set_caps(const struct cap_triple *caps)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		data[i].permitted = (uint32_t)(caps->permitted >> (32 * i));
		data[i].effective = (uint32_t)(caps->effective >> (32 * i));
		data[i].inheritable = (uint32_t)(caps->inheritable >> (32 * i));
	}
	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

/* Our bounding set, as far as the kernel knows capabilities (EINVAL above). */
static uint64_t get_bounding(void)
{
	uint64_t ret = 0;

	for (unsigned int cap = 0; cap < CAP_BITS; cap++) {
		int r = cap_prctl(PR_CAPBSET_READ, cap, 0);

		if (r < 0)
			break;
		if (r > 0)
			ret |= UINT64_C(1) << cap;
	}
	return ret;
}

int process_drop_bounding(const struct process_plan *p, struct error *e)
{
	uint64_t drop = get_bounding() & ~p->caps.bounding;

	for (unsigned int cap = 0; cap < CAP_BITS; cap++) {
		int r;

		if (!(drop & (UINT64_C(1) << cap)))
			continue;
		r = cap_prctl(PR_CAPBSET_DROP, cap, 0);
		if (r < 0)
			return error_set(e, r, "drop capability %u from the bounding set", cap);
	}
	return 0;
}

static void warn_missing(const char *set, uint64_t want, uint64_t have)
{
	if (want & ~have)
		log_warning("%s capabilities 0x%" PRIx64 " are not ours to give and are left out "
			    "(capsh --decode=%" PRIx64 " names them)",
			    set, want & ~have, want & ~have);
}

static int set_ambient(uint64_t ambient, struct error *e)
{
	int r = cap_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0);

	if (r < 0)
		return error_set(e, r, "clear the ambient capabilities");
	for (unsigned int cap = 0; cap < CAP_BITS; cap++) {
		if (!(ambient & (UINT64_C(1) << cap)))
			continue;
		r = cap_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap);
		if (r < 0)
			return error_set(e, r, "raise ambient capability %u", cap);
	}
	return 0;
}

int process_set_caps(const struct process_plan *p, struct caps_loan *loan, struct error *e)
{
	const struct cap_sets *want = &p->caps;
	struct cap_triple have = { 0 }, caps;
	uint64_t heritable;
	int r;

	r = get_caps(&have);
	if (r < 0)
		return error_set(e, r, "read the own capabilities");
	/* capset(2): new inheritable within old inheritable | bounding. */
	heritable = have.inheritable;
	if (want->inheritable & ~heritable)
		heritable |= have.permitted & get_bounding();
	warn_missing("permitted", want->permitted, have.permitted);
	warn_missing("inheritable", want->inheritable, heritable);
	caps.permitted = want->permitted & have.permitted;
	caps.effective = want->effective & caps.permitted;
	caps.inheritable = want->inheritable & heritable;
	*loan = (struct caps_loan){
		.lent = p->filter && !p->no_new_privs &&
			(have.permitted & ~caps.effective & SYS_ADMIN),
		.permitted = caps.permitted,
		.effective = caps.effective,
		.inheritable = caps.inheritable,
	};
	if (loan->lent) {
		caps.permitted |= SYS_ADMIN;
		caps.effective |= SYS_ADMIN;
	}
	r = set_caps(&caps);
	if (r < 0)
		return error_set(e, r, "set the capabilities");
	return set_ambient(want->ambient & loan->permitted & caps.inheritable, e);
}

int process_repay_caps(const struct caps_loan *loan, struct error *e)
{
	const struct cap_triple caps = { loan->permitted, loan->effective, loan->inheritable };
	int r = loan->lent ? set_caps(&caps) : 0;

	return r < 0 ? error_set(e, r, "set the capabilities after the seccomp filter") : 0;
}
