/* SPDX-License-Identifier: Apache-2.0 */
/* See mount_options.h. Kept sorted for `features` and a binary search. */
#include "plan/mount_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/syscalls.h"

#define ATTR(name, set, clear)                    \
	{                                         \
		name, MOPT_ATTR, set, clear, NULL \
	}
#define REC(name, set, clear)                         \
	{                                             \
		name, MOPT_REC_ATTR, set, clear, NULL \
	}
#define SB(name, key)                    \
	{                                \
		name, MOPT_SB, 0, 0, key \
	}
#define PROP(name, flags)                              \
	{                                              \
		name, MOPT_PROPAGATION, flags, 0, NULL \
	}
#define KIND(name, kind)               \
	{                              \
		name, kind, 0, 0, NULL \
	}

#define RO MOUNT_ATTR_RDONLY
#define NOSUID MOUNT_ATTR_NOSUID
#define NODEV MOUNT_ATTR_NODEV
#define NOEXEC MOUNT_ATTR_NOEXEC
#define NODIRATIME MOUNT_ATTR_NODIRATIME
#define NOSYMFOLLOW MOUNT_ATTR_NOSYMFOLLOW
#define ATIME MOUNT_ATTR__ATIME
#define NOATIME MOUNT_ATTR_NOATIME
#define STRICTATIME MOUNT_ATTR_STRICTATIME
#define RELATIME MOUNT_ATTR_RELATIME /* 0: the kernel's default */

/*
 * "norelatime" and "nostrictatime" have no flag of their own: like mount(8),
 * they take the access-time mode back to the default.
 *
 * "rsync", "rdirsync", "rmand" and their opposites are flags of a file system:
 * the kernel has no form of them for the mounts below one, and a bind leaves the
 * file systems that it shows as they are. They mean what "sync" and so on mean.
 */
static const struct mount_option table[] = {
	SB("async", NULL),
	ATTR("atime", RELATIME, ATIME),
	{ "bind", MOPT_BIND, 0, 0, NULL },
	KIND("copy-symlink", MOPT_COPY_SYMLINK),
	KIND("defaults", MOPT_IGNORE),
	KIND("dest-nofollow", MOPT_DEST_NOFOLLOW),
	ATTR("dev", 0, NODEV),
	ATTR("diratime", 0, NODIRATIME),
	SB("dirsync", "dirsync"),
	ATTR("exec", 0, NOEXEC),
	KIND("idmap", MOPT_IDMAP),
	SB("iversion", "iversion"), /* fsmount.c knows that most types have no such word */
	SB("lazytime", "lazytime"),
	KIND("loud", MOPT_IGNORE),
	SB("mand", "mand"),
	ATTR("noatime", NOATIME, ATIME),
	ATTR("nodev", NODEV, 0),
	ATTR("nodiratime", NODIRATIME, 0),
	ATTR("noexec", NOEXEC, 0),
	SB("noiversion", NULL),
	SB("nolazytime", NULL),
	SB("nomand", NULL),
	ATTR("norelatime", RELATIME, ATIME),
	ATTR("nostrictatime", RELATIME, ATIME),
	ATTR("nosuid", NOSUID, 0),
	ATTR("nosymfollow", NOSYMFOLLOW, 0),
	PROP("private", MS_PRIVATE),
	SB("rasync", NULL),
	REC("ratime", RELATIME, ATIME),
	{ "rbind", MOPT_BIND, 1, 0, NULL },
	REC("rdev", 0, NODEV),
	REC("rdiratime", 0, NODIRATIME),
	SB("rdirsync", "dirsync"),
	ATTR("relatime", RELATIME, ATIME),
	KIND("remount", MOPT_IGNORE),
	REC("rexec", 0, NOEXEC),
	KIND("ridmap", MOPT_IDMAP),
	SB("rmand", "mand"),
	REC("rnoatime", NOATIME, ATIME),
	REC("rnodev", NODEV, 0),
	REC("rnodiratime", NODIRATIME, 0),
	REC("rnoexec", NOEXEC, 0),
	SB("rnomand", NULL),
	REC("rnorelatime", RELATIME, ATIME),
	REC("rnostrictatime", RELATIME, ATIME),
	REC("rnosuid", NOSUID, 0),
	REC("rnosymfollow", NOSYMFOLLOW, 0),
	ATTR("ro", RO, 0),
	PROP("rprivate", MS_PRIVATE | MS_REC),
	REC("rrelatime", RELATIME, ATIME),
	REC("rro", RO, 0),
	REC("rrw", 0, RO),
	PROP("rshared", MS_SHARED | MS_REC),
	PROP("rslave", MS_SLAVE | MS_REC),
	REC("rstrictatime", STRICTATIME, ATIME),
	REC("rsuid", 0, NOSUID),
	REC("rsymfollow", 0, NOSYMFOLLOW),
	SB("rsync", "sync"),
	PROP("runbindable", MS_UNBINDABLE | MS_REC),
	ATTR("rw", 0, RO),
	PROP("shared", MS_SHARED),
	KIND("silent", MOPT_IGNORE),
	PROP("slave", MS_SLAVE),
	KIND("src-nofollow", MOPT_SRC_NOFOLLOW),
	ATTR("strictatime", STRICTATIME, ATIME),
	ATTR("suid", 0, NOSUID),
	ATTR("symfollow", 0, NOSYMFOLLOW),
	SB("sync", "sync"),
	KIND("tmpcopyup", MOPT_TMPCOPYUP),
	PROP("unbindable", MS_UNBINDABLE),
};

const struct mount_option *mount_options(size_t *ret_n)
{
	*ret_n = ARRAY_SIZE(table);
	return table;
}

static int compare(const void *key, const void *row)
{
	return strcmp(key, ((const struct mount_option *)row)->name);
}

const struct mount_option *mount_option_find(const char *word)
{
	if (strncmp(word, "idmap=", 6) == 0)
		word = "idmap";
	else if (strncmp(word, "ridmap=", 7) == 0)
		word = "ridmap";
	return bsearch(word, table, ARRAY_SIZE(table), sizeof(table[0]), compare);
}
