/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See keyring.h. A session keyring counts against the quota of the *host's*
 * user (200 keys by default), so the 201st rootless container would not start
 * if this were an error.
 */
#include "process/keyring.h"

#include <errno.h>
#include <stdbool.h>
#include <linux/keyctl.h>

#include "base/log.h"
#include "base/syscalls.h"
#include "process/procfs.h"

/*
 * What the kernel gives to a new session keyring (possessor: all; user: view,
 * read, link), and search for the user, without which no exec can join it.
 */
static const unsigned int joinable = 0x3f000000 | 0x00130000 | 0x00080000;

static const char keycreate_path[] = "thread-self/attr/keycreate";

static int warn_without(int err)
{
	if (err == -EDQUOT)
		log_warning("no session keyring: the caller's key quota is used up (raise "
			    "kernel.keys.maxkeys, or use --no-new-keyring); its keys stay "
			    "reachable for the container");
	else
		log_warning("no session keyring (errno %d): refused by the kernel or an outer "
			    "filter; the caller's keys stay reachable for the container",
			    -err);
	return 0;
}

int process_join_keyring(const struct process_plan *p, int proc_fd, struct error *e)
{
	bool has_label = false;
	long serial;
	int r = 0;

	if (!p->keyring)
		return 0;
	if (p->selinux_label)
		has_label = procfs_write(proc_fd, keycreate_path, p->selinux_label) == 0;
	serial = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, p->keyring);
	if (serial < 0)
		r = -errno;
	else
		(void)syscall(SYS_keyctl, KEYCTL_SETPERM, serial, joinable);
	/* "\n" puts the default label back for keys that the container makes. */
	if (has_label && procfs_write(proc_fd, keycreate_path, "\n") < 0)
		log_warning("the SELinux label for new keys could not be reset");
	if (r == 0)
		return 0;
	if (r == -ENOSYS || r == -EDQUOT || r == -EPERM || r == -EACCES || r == -EOPNOTSUPP)
		return warn_without(r);
	return error_set(e, r, "join a session keyring '%s'", p->keyring);
}
