/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities and credentials, set for real in forked children. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "../tap.h"
#include "child.h"
#include "process/caps.h"
#include "process/credentials.h"

#define BIT(n) (UINT64_C(1) << (n))

static bool sets_are(uint64_t permitted, uint64_t effective, uint64_t inheritable)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];

	if (syscall(SYS_capget, &head, d) < 0)
		return false;
	return (d[0].permitted | (uint64_t)d[1].permitted << 32) == permitted &&
	       (d[0].effective | (uint64_t)d[1].effective << 32) == effective &&
	       (d[0].inheritable | (uint64_t)d[1].inheritable << 32) == inheritable;
}

static int caps_as_root(void)
{
	const uint64_t set = BIT(CAP_KILL) | BIT(CAP_CHOWN) | BIT(CAP_AUDIT_READ);
	struct process_plan p = {
		.caps = { .bounding = set,
			  .permitted = set,
			  .effective = BIT(CAP_KILL),
			  .inheritable = BIT(CAP_CHOWN),
			  .ambient = BIT(CAP_CHOWN) },
	};

	CHECK(77, child_become_root() == 0);
	CHECK(1, process_drop_bounding(&p, &child_error) == 0);
	CHECK(2, process_set_caps(&p, &(struct caps_loan){ 0 }, &child_error) == 0);
	CHECK(3, sets_are(set, BIT(CAP_KILL), BIT(CAP_CHOWN)));
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++) {
		CHECK(4, prctl(PR_CAPBSET_READ, cap) == !!(set & BIT(cap)));
		CHECK(5, prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) ==
				 (cap == CAP_CHOWN));
	}
	return 0;
}

/* What was taken from us before is left out, not an error. */
static int caps_missing(void)
{
	const uint64_t some = BIT(CAP_KILL) | BIT(CAP_SETPCAP);
	struct process_plan less = {
		.caps = { .bounding = some, .permitted = some, .effective = some },
	};
	struct process_plan more = {
		.caps = { .bounding = ~UINT64_C(0),
			  .permitted = some | BIT(CAP_SYS_ADMIN),
			  .effective = BIT(CAP_KILL) | BIT(CAP_SYS_ADMIN),
			  .inheritable = BIT(CAP_SYS_ADMIN) | BIT(CAP_KILL),
			  .ambient = BIT(CAP_SYS_ADMIN) | BIT(CAP_KILL) },
	};

	CHECK(77, child_become_root() == 0);
	CHECK(1, process_drop_bounding(&less, &child_error) == 0);
	CHECK(2, process_set_caps(&less, &(struct caps_loan){ 0 }, &child_error) == 0);
	CHECK(3, process_drop_bounding(&more, &child_error) == 0);
	CHECK(4, process_set_caps(&more, &(struct caps_loan){ 0 }, &child_error) == 0);
	CHECK(5, sets_are(some, BIT(CAP_KILL), BIT(CAP_KILL)));
	CHECK(6, prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0) == 1);
	CHECK(7, prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_SYS_ADMIN, 0, 0) == 0);
	return 0;
}

static int caps_none(void)
{
	struct process_plan p = { 0 };

	CHECK(77, child_become_root() == 0);
	CHECK(1, process_drop_bounding(&p, &child_error) == 0);
	CHECK(2, process_set_caps(&p, &(struct caps_loan){ 0 }, &child_error) == 0);
	CHECK(3, sets_are(0, 0, 0));
	CHECK(4, process_drop_bounding(&p, &child_error) == 0); /* nothing left to drop */
	CHECK(5, process_set_caps(&p, &(struct caps_loan){ 0 }, &child_error) == 0);
	return 0;
}

/* Another user with a capability: keepcaps carries it across. */
static int user_with_caps(void)
{
	gid_t gids[] = { 41, 42 }, now[8];
	struct process_plan p = {
		.uid = 1000,
		.gid = 1001,
		.gids = gids,
		.n_gids = 2,
		.umask = 027,
		.no_new_privs = true,
		.caps = { .bounding = BIT(CAP_KILL),
			  .permitted = BIT(CAP_KILL),
			  .effective = BIT(CAP_KILL),
			  .inheritable = BIT(CAP_KILL),
			  .ambient = BIT(CAP_KILL) },
	};
	uid_t r, e, s;

	CHECK(77, geteuid() == 0);
	CHECK(1, process_drop_bounding(&p, &child_error) == 0);
	CHECK(2, process_set_user(&p, &child_error) == 0);
	CHECK(3, process_set_umask(&p, &child_error) == 0);
	CHECK(4, process_set_caps(&p, &(struct caps_loan){ 0 }, &child_error) == 0);
	CHECK(5, process_set_no_new_privs(&p, &child_error) == 0);
	CHECK(6, getresuid(&r, &e, &s) == 0 && r == 1000 && e == 1000 && s == 1000);
	CHECK(7, getresgid(&r, &e, &s) == 0 && r == 1001 && e == 1001 && s == 1001);
	CHECK(8, getgroups(8, now) == 2 && now[0] == 41 && now[1] == 42);
	CHECK(9, sets_are(BIT(CAP_KILL), BIT(CAP_KILL), BIT(CAP_KILL)));
	CHECK(10, umask(0) == 027);
	CHECK(11, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	CHECK(12, prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) == 0);
	CHECK(13, setresuid(0, 0, 0) < 0);
	return 0;
}

static int groups_go(void)
{
	struct process_plan p = { .uid = 0, .gid = 0 };
	gid_t gids[] = { 41 };

	CHECK(77, geteuid() == 0);
	CHECK(1, setgroups(1, gids) == 0);
	p.keep_groups = true;
	CHECK(2, process_set_user(&p, &child_error) == 0);
	CHECK(3, getgroups(0, NULL) == 1);
	p.keep_groups = false;
	CHECK(4, process_set_user(&p, &child_error) == 0);
	CHECK(5, getgroups(0, NULL) == 0);
	return 0;
}

static int groups_denied(void)
{
	gid_t gids[] = { 41, 42 };
	struct process_plan p = { .gids = gids, .n_gids = 2, .deny_groups = true };
	char map[64];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	CHECK(77, unshare(CLONE_NEWUSER) == 0);
	snprintf(map, sizeof(map), "0 %u 1", uid);
	CHECK(1, io_write_value_at(AT_FDCWD, "/proc/self/uid_map", map) == 0);
	CHECK(2, io_write_value_at(AT_FDCWD, "/proc/self/setgroups", "deny") == 0);
	snprintf(map, sizeof(map), "0 %u 1", gid);
	CHECK(3, io_write_value_at(AT_FDCWD, "/proc/self/gid_map", map) == 0);
	CHECK(4, process_become(0, 0, &child_error) == 0);
	CHECK(5, process_set_user(&p, &child_error) == 0);
	p.deny_groups = false;
	CHECK(6, process_set_user(&p, &child_error) == -EPERM);
	CHECK(7, strstr(child_error.msg, "set 2 additional gids") != NULL);
	return 0;
}

int main(void)
{
	child_ok(caps_as_root, NULL, "C46 the five sets are as planned");
	child_ok(caps_missing, "0x200000", "C46 what we lack is left out with a warning");
	child_ok(caps_none, NULL, "C46 no capability at all, twice");
	child_ok(user_with_caps, NULL, "C46 C47 C48 C23 a user with groups and a capability");
	child_ok(groups_go, NULL, "C48 the caller's groups go, or stay if kept");
	child_ok(groups_denied, "2 additional gids are left out",
		 "C48 denied groups cost a warning");
	return tap_done();
}
