/* SPDX-License-Identifier: Apache-2.0 */
/* See above.h. */
#include "cgroup/above.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "cgroup/apply.h"
#include "cgroup/convert.h"

/* "max", "65536", or cpu.max's "50000 100000": how much of what. */
static bool read_share(const char *s, uint64_t *ret, uint64_t *ret_of)
{
	*ret = LIMIT_NONE;
	*ret_of = 1;
	if (strncmp(s, "max", 3) == 0)
		return true;
	if (parse_u64_at(&s, ret) < 0)
		return false;
	return !*s || (*s == ' ' && parse_u64(s + 1, ret_of) == 0 && *ret_of > 0);
}

bool cgroup_allows_less(const char *l, const char *r)
{
	uint64_t lv, lof, rv, rof;

	if (!read_share(l, &lv, &lof) || !read_share(r, &rv, &rof) || lv == LIMIT_NONE)
		return false;
	return rv == LIMIT_NONE || (unsigned __int128)lv * rof < (unsigned __int128)rv * lof;
}

/* "/a/b" becomes "/a", "/a" becomes "/"; false at the top. */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || !path[1])
		return false;
	slash[slash == path] = '\0';
	return true;
}

static int read_at(struct arena *a, const struct cgroup_host *h, const char *path, const char *file,
		   const char **ret)
{
	cleanup_fd int dir = cgroup_open(h, path);

	return dir < 0 ? dir : cgroup_read_file(a, dir, file, ret);
}

static const char *effective(const char *file)
{
	if (strcmp(file, "cpuset.cpus") == 0)
		return "cpuset.cpus.effective";
	return strcmp(file, "cpuset.mems") == 0 ? "cpuset.mems.effective" : NULL;
}

int cgroup_least_above(struct arena *a, const struct cgroup_host *h, const char *path, bool self,
		       const char *file, struct cgroup_above *ret)
{
	const char *in_force = effective(file), *value;
	char *p = arena_strdup(a, path);

	*ret = (struct cgroup_above){ .value = NULL };
	if (!p)
		return -ENOMEM;
	for (bool more = self || go_up(p); more; more = go_up(p)) {
		int r = read_at(a, h, p, in_force ? in_force : file, &value);

		if (r == -ENOMEM)
			return r;
		if (r < 0 ||
		    (!in_force && !cgroup_allows_less(value, ret->value ? ret->value : "max")))
			continue;
		ret->value = value;
		ret->from = arena_strdup(a, p);
		if (!ret->from)
			return -ENOMEM;
		if (in_force)
			break;
	}
	return 0;
}
