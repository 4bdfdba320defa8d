/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See store.h: the note of the container's cgroup, a symlink as that of init is.
 * Its target has lines, empty where there is nothing to say: manager, unit, subgroup,
 * path, and where there is one of them, the inner cgroup and the v1 directory.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "state/store.h"

static const char name[] = "cgroup";

int store_write_cgroup(int dir, const struct cgroup_note *n, struct error *e)
{
	char target[PATH_MAX];
	int len = snprintf(target, sizeof(target), "%s\n%s\n%s\n%s%s%s%s%s",
			   cgroup_manager_name(n->manager), n->unit ? n->unit : "",
			   n->subgroup ? n->subgroup : "", n->path ? n->path : "",
			   n->inner || n->v1 ? "\n" : "", n->inner ? n->inner : "",
			   n->v1 ? "\n" : "", n->v1 ? n->v1 : "");
	int r = len < (int)sizeof(target) ? path_symlink_in(dir, name, target, true)
					  : -ENAMETOOLONG;

	return r < 0 ? error_set(e, r, "note the cgroup in the state directory") : 0;
}

int store_forget_cgroup(int dir)
{
	return path_unlinkat(dir, name, 0);
}

/* Cuts the first line off *p; NULL where it is empty. */
static const char *take_line(char **p)
{
	char *line = *p;
	size_t len = strcspn(line, "\n");

	*p = line + len + (line[len] == '\n');
	line[len] = '\0';
	return *line ? line : NULL;
}

int store_read_cgroup(struct arena *a, int dir, struct cgroup_note *ret)
{
	char target[PATH_MAX];
	const char *manager;
	char *p;
	ssize_t n = path_readlinkat(dir, name, target, sizeof(target));

	*ret = (struct cgroup_note){ .manager = CGROUP_DISABLED };
	if (n < 0)
		return (int)n;
	p = arena_strdup(a, target);
	if (!p)
		return -ENOMEM;
	manager = take_line(&p);
	ret->unit = take_line(&p);
	ret->subgroup = take_line(&p);
	ret->path = take_line(&p);
	ret->inner = take_line(&p);
	ret->v1 = take_line(&p);
	/* A scope that was asked for has no path yet; without a v2 one, v1 may be all. */
	if (!manager || (ret->path ? *ret->path != '/' : !ret->unit && !ret->v1))
		return -EBADMSG;
	if (strcmp(manager, "systemd") == 0)
		ret->manager = CGROUP_SYSTEMD;
	else if (strcmp(manager, "disabled") != 0)
		ret->manager = CGROUP_CGROUPFS;
	return 0;
}
