/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See lsm.h. The error text carries the attribute's path in backticks: podman
 * tells a labelling failure from others by that (engine-contracts.md 2).
 *
 * What was written is read back (security.md R2): a write that landed nowhere
 * must not start an unconfined container.
 */
#include "process/lsm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "process/procfs.h"

enum { LABEL_MAX = 4096 };

static const char apparmor_exec[] = "thread-self/attr/apparmor/exec";
static const char apparmor_current[] = "thread-self/attr/apparmor/current";
static const char attr_exec[] = "thread-self/attr/exec";
static const char attr_current[] = "thread-self/attr/current";

static int write_attr(int proc_fd, const char *path, const char *value)
{
	char back[LABEL_MAX];
	int r = procfs_write(proc_fd, path, value);

	if (r < 0)
		return r;
	return procfs_read(proc_fd, path, back, sizeof(back)) > 0 ? 0 : -EIO;
}

/*
 * A process that is confined already (urun inside a container) may, with
 * no_new_privs, only become more confined: the profiles are stacked.
 */
static const char *apparmor_verb(int proc_fd, const char *current)
{
	static const char mode[] = " (unconfined)";
	char now[LABEL_MAX];
	ssize_t n = procfs_read(proc_fd, current, now, sizeof(now));

	if (n <= 0 || strcmp(now, "unconfined") == 0)
		return "exec";
	/* Ubuntu's profile of crun and its like: a name alone, that grants user namespaces. */
	if ((size_t)n >= strlen(mode) && strcmp(now + n - strlen(mode), mode) == 0)
		return "exec";
	return "stack";
}

static int explain_apparmor(int err, const char *profile, const char *path, struct error *e)
{
	if (err == -ENOENT) {
		error_msg(e, ENOENT, "write `/proc/%s`: AppArmor profile '%s' is not loaded", path,
			  profile);
		error_hint(e, "load it with: sudo apparmor_parser -r FILE (sudo aa-status lists "
			      "the loaded ones)");
		return err;
	}
	if (err == -EINVAL)
		return error_msg(e, EINVAL,
				 "write `/proc/%s`: AppArmor profile '%s' is asked for, "
				 "but AppArmor is not enabled in this kernel",
				 path, profile);
	return error_set(e, err, "write AppArmor profile '%s' to `/proc/%s`", profile, path);
}

static int set_apparmor(const char *profile, int proc_fd, struct error *e)
{
	const char *path = apparmor_exec, *current = apparmor_current;
	char value[LABEL_MAX];
	int n, r;

	/* Kernels whose procfs lacks the module's own folder share attr/exec. */
	r = procfs_open(proc_fd, path, O_WRONLY);
	if (r == -ENOENT) {
		path = attr_exec;
		current = attr_current;
	} else if (r >= 0) {
		close(r);
	}
	n = snprintf(value, sizeof(value), "%s %s", apparmor_verb(proc_fd, current), profile);
	if (n < 0 || (size_t)n >= sizeof(value))
		return error_set(e, ENAMETOOLONG, "AppArmor profile '%.64s...'", profile);
	r = write_attr(proc_fd, path, value);
	/* Without AppArmor every process is unconfined: nothing is missing. */
	if (r == -EINVAL && strcmp(profile, "unconfined") == 0)
		return 0;
	return r < 0 ? explain_apparmor(r, profile, path, e) : 0;
}

static int set_selinux(const char *label, int proc_fd, struct error *e)
{
	int r = write_attr(proc_fd, attr_exec, label);

	if (r == -EINVAL || r == -ENOENT)
		return error_msg(e, EINVAL,
				 "write `/proc/%s`: SELinux label '%s' is asked for, but "
				 "SELinux is not enabled in this kernel or does not know the label",
				 attr_exec, label);
	if (r < 0)
		return error_set(e, r, "write SELinux label '%s' to `/proc/%s`", label, attr_exec);
	return 0;
}

int process_set_lsm_label(const struct process_plan *p, int proc_fd, struct error *e)
{
	int r = 0;

	if (p->apparmor_profile)
		r = set_apparmor(p->apparmor_profile, proc_fd, e);
	if (r == 0 && p->selinux_label)
		r = set_selinux(p->selinux_label, proc_fd, e);
	return r;
}
