/* SPDX-License-Identifier: Apache-2.0 */
/* See v1.h. */
#include "cgroup/v1.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/mountinfo.h"
#include "base/path.h"

static const char hierarchy[] = "name=systemd";

static bool has_option(const char *options, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = options; *p;) {
		size_t n = strcspn(p, ",");

		if (n == len && memcmp(p, word, n) == 0)
			return true;
		p += n + (p[n] == ',');
	}
	return false;
}

/* "9:name=systemd:/a/b": what stands behind the second colon. */
char *cgroup_v1_parse(char *text)
{
	char *save = NULL;

	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		char *name = strchr(l, ':'), *path = name ? strchr(name + 1, ':') : NULL;

		if (!path)
			continue;
		*path++ = '\0';
		/* "/../x" is outside of our cgroup namespace. */
		if (has_option(name + 1, hierarchy) && *path == '/')
			return strncmp(path, "/..", 3) == 0 ? NULL : path;
	}
	return NULL;
}

static int with_commands(struct error *e)
{
	return error_hint(e,
			  "as root: mkdir /sys/fs/cgroup/systemd; mount cgroup -t cgroup "
			  "/sys/fs/cgroup/systemd -o none,name=systemd,xattr; "
			  "chown -R %u:%u /sys/fs/cgroup/systemd",
			  geteuid(), getegid());
}

/* The first mount of it in which the caller's place `own` is to be seen. */
static const char *find_mount(struct arena *a, char *text, const char *own, bool *ret_xattr)
{
	char *save = NULL;

	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		struct mountinfo m;

		if (mountinfo_parse(l, &m) < 0 || strcmp(m.type, "cgroup") != 0 ||
		    !has_option(m.super_options, hierarchy) || !path_is_below(own, m.root))
			continue;
		*ret_xattr = has_option(m.super_options, "xattr");
		own += strcmp(m.root, "/") == 0 ? 0 : strlen(m.root);
		return arena_printf(a, "%s%s%s", m.destination, *own && *own != '/' ? "/" : "",
				    own[0] == '/' && !own[1] ? "" : own);
	}
	return NULL;
}

int cgroup_v1_find(struct arena *a, const char *id, struct cgroup_v1 *ret, struct error *e)
{
	cleanup_free char *cgroups = NULL, *mounts = NULL;
	const char *dir = NULL, *own;
	int r = io_read_file_at(AT_FDCWD, "/proc/self/cgroup", 1 << 16, &cgroups, NULL);

	if (r == 0)
		r = io_read_file_at(AT_FDCWD, "/proc/self/mountinfo", 1 << 24, &mounts, NULL);
	if (r < 0)
		return error_set(e, r, ".annotations[\"%s\"]: look for the hierarchy",
				 CGROUP_V1_KEY);
	own = cgroup_v1_parse(cgroups);
	if (own)
		dir = find_mount(a, mounts, own, &ret->xattr);
	if (!dir) {
		error_kind(e, KIND_CGROUP, ENODEV,
			   ".annotations[\"%s\"]: this host has no cgroup v1 hierarchy "
			   "'name=systemd' mounted",
			   CGROUP_V1_KEY);
		return with_commands(e);
	}
	if (path_accessat(AT_FDCWD, dir, W_OK) < 0) {
		error_kind(e, KIND_CGROUP, EACCES,
			   ".annotations[\"%s\"]: the cgroup v1 directory '%s' is not yours to "
			   "change",
			   CGROUP_V1_KEY, dir);
		return with_commands(e);
	}
	ret->path = arena_printf(a, "%s/urun-%s", dir, id);
	return ret->path ? 0 : error_set(e, ENOMEM, "name the cgroup v1 directory");
}

int cgroup_v1_make(struct cgroup_v1 *c, struct error *e)
{
	int r = path_mkdir(c->path, 0755);

	if (r < 0)
		return error_kind(e, KIND_CGROUP, -r,
				  ".annotations[\"%s\"]: make the directory '%s' (errno %d)",
				  CGROUP_V1_KEY, c->path, -r);
	r = c->dir = path_open(c->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (r >= 0)
		r = c->procs = path_openat(c->dir, "cgroup.procs", O_WRONLY, 0);
	if (r >= 0)
		return 0;
	(void)path_unlinkat(AT_FDCWD, c->path, AT_REMOVEDIR);
	return error_kind(e, KIND_CGROUP, -r,
			  ".annotations[\"%s\"]: open the directory '%s' (errno %d)", CGROUP_V1_KEY,
			  c->path, -r);
}

void cgroup_v1_done(struct cgroup_v1 *c)
{
	cleanup_fdp(&c->dir);
	cleanup_fdp(&c->procs);
	c->dir = c->procs = -EBADF;
}

int cgroup_v1_give(int dir, uid_t uid, gid_t gid)
{
	static const char *const files[] = { ".", "cgroup.procs", "tasks",
					     "cgroup.clone_children" };
	struct stat st;
	int r = 0;

	if (fstat(dir, &st) < 0)
		return -errno;
	if (st.st_uid == uid && st.st_gid == gid)
		return 0;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(files); i++)
		r = path_chownat(dir, files[i], uid, gid);
	return r;
}

int cgroup_v1_enter(int procs)
{
	return write(procs, "0", 1) == 1 ? 0 : -errno;
}
