/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See credentials.h. Groups first, then gid, then uid: each step needs a
 * capability that the next one takes away from a process without keepcaps.
 */
#include "process/credentials.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/syscalls.h"

static int set_ids(uint32_t uid, uint32_t gid, struct error *e)
{
	if (sys_setresgid(gid) < 0)
		return error_set(e, errno, "become gid %u", gid);
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return error_set(e, errno, "keep the capabilities across the change of the user");
	if (sys_setresuid(uid) < 0)
		return error_set(e, errno, "become uid %u", uid);
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
		return error_set(e, errno, "stop keeping the capabilities");
	return 0;
}

int process_become(uint32_t uid, uint32_t gid, struct error *e)
{
	return set_ids(uid, gid, e);
}

static int set_groups(const struct process_plan *p, struct error *e)
{
	if (p->keep_groups)
		return 0;
	if (p->deny_groups) {
		if (p->n_gids > 0)
			log_warning("%zu additional gids are left out: setgroups is denied in this "
				    "user namespace, as its gid map was written without privilege",
				    p->n_gids);
		return 0;
	}
	/* Also with none: the caller's own groups must not stay. */
	if (sys_setgroups(p->n_gids, p->gids) < 0)
		return error_set(e, errno, "set %zu additional gids", p->n_gids);
	return 0;
}

int process_set_user(const struct process_plan *p, struct error *e)
{
	int r = set_groups(p, e);

	return r < 0 ? r : set_ids(p->uid, p->gid, e);
}

int process_set_umask(const struct process_plan *p, struct error *e)
{
	(void)e; /* umask(2) cannot fail; the signature is that of a step */
	umask((mode_t)p->umask);
	return 0;
}

int process_set_no_new_privs(const struct process_plan *p, struct error *e)
{
	if (p->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set(e, errno, "set no_new_privs");
	return 0;
}
