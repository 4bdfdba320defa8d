/* SPDX-License-Identifier: Apache-2.0 */
/* A new file system by fsopen/fsconfig/fsmount, and what its refusal means. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/syscalls.h"
#include "rootfs/rootfs.h"

/* The kernel's own words on why an option failed: "e tmpfs: Bad value ...". */
static void kernel_words(int fs, char *buf, size_t len)
{
	ssize_t n = read(fs, buf, len - 1);

	if (n <= 2) {
		buf[0] = '\0';
		return;
	}
	/* "e ", "w " or "i " stands in front. */
	memmove(buf, buf + 2, (size_t)n - 2);
	buf[n - 2] = '\0';
	for (char *p = buf; *p; p++)
		if (*p == '\n')
			*p = ' ';
	for (size_t l = strlen(buf); l > 0 && buf[l - 1] == ' '; l--)
		buf[l - 1] = '\0';
}

static int set_option(int fs, const struct mount_plan *m, const char *word, struct error *e)
{
	const char *eq = strchr(word, '=');
	char key[256], why[256], name[256];
	int r, err;

	if (!eq) {
		r = sys_fsconfig(fs, FSCONFIG_SET_FLAG, word, NULL, 0);
	} else {
		if ((size_t)(eq - word) >= sizeof(key))
			return error_msg(e, EINVAL, "%s: option '%.64s...' is too long",
					 mount_name(m, name, sizeof(name)), word);
		memcpy(key, word, (size_t)(eq - word));
		key[eq - word] = '\0';
		r = sys_fsconfig(fs, FSCONFIG_SET_STRING, key, eq + 1, 0);
	}
	if (r == 0)
		return 0;
	err = errno;
	/*
	 * newinstance: every devpts mount is one since Linux 4.7; the word went.
	 * iversion: a flag to mount(2) that most types ignored; to fsconfig(2) it is
	 * an option of ext4 and xfs alone.
	 */
	if (strcmp(word, "newinstance") == 0 || strcmp(word, "iversion") == 0)
		return 0;
	kernel_words(fs, why, sizeof(why));
	return error_msg(e, err, "%s: option '%s' of type %s: %s",
			 mount_name(m, name, sizeof(name)), word, m->fstype,
			 *why ? why : error_words(err));
}

/*
 * EPERM where an ordinary caller would succeed: the kernel lets a user
 * namespace mount proc and sysfs only where the same is fully visible already
 * (mnt_already_visible()), i.e. not in a container that masks its own.
 */
static int explain_create(const struct mount_plan *m, int err, const char *why, struct error *e)
{
	char name[256];

	mount_name(m, name, sizeof(name));
	if (err == ENODEV)
		return error_msg(e, err, "%s: file system type '%s' is unknown to this kernel",
				 name, m->fstype);
	error_msg(e, err, "%s: mount type %s: %s", name, m->fstype, *why ? why : error_words(err));
	if (err == EPERM && strcmp(m->fstype, "proc") == 0)
		return error_hint(
			e, "/proc is partly masked by an outer container: start that one with "
			   "--security-opt unmask=ALL");
	if (err == EPERM && strcmp(m->fstype, "mqueue") == 0)
		return error_hint(e, "mqueue needs an ipc namespace of the container's own: add "
				     "{\"type\": \"ipc\"}, or bind '/dev/mqueue'");
	if (err == EPERM && strcmp(m->fstype, "sysfs") == 0)
		return error_hint(e,
				  "sysfs needs a network namespace of the container's own, and an "
				  "unmasked /sys: add {\"type\": \"network\"} or bind /sys");
	if (err == EPERM)
		return error_hint(
			e, "only tmpfs, proc, sysfs, devpts, mqueue, cgroup2, overlay, ramfs and "
			   "fuse can be mounted without real root");
	return -err;
}

int fsmount_new(const struct mount_plan *m, const char *extra_data, int *ret, struct error *e)
{
	cleanup_fd int fs = sys_fsopen(m->fstype, FSOPEN_CLOEXEC);
	unsigned int attrs = (unsigned int)m->flags.set;
	char why[256] = "";
	int mnt, r;

	if (fs < 0)
		return explain_create(m, errno, "", e);
	/* The kernel shows the source in mountinfo and ignores it otherwise. */
	if (m->source && *m->source)
		(void)sys_fsconfig(fs, FSCONFIG_SET_STRING, "source", m->source, 0);
	for (char **d = m->data; d && *d; d++) {
		r = set_option(fs, m, *d, e);
		if (r < 0)
			return r;
	}
	if (extra_data) {
		r = set_option(fs, m, extra_data, e);
		if (r < 0)
			return r;
	}
	if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
		int err = errno;

		kernel_words(fs, why, sizeof(why));
		return explain_create(m, err, why, e);
	}
	mnt = sys_fsmount(fs, FSMOUNT_CLOEXEC, attrs);
	if (mnt < 0)
		return explain_create(m, errno, "", e);
	*ret = mnt;
	return 0;
}
