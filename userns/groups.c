/* SPDX-License-Identifier: Apache-2.0 */
/* See groups.h. */
#include "userns/groups.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"

bool idmap_is_single_own(const struct idmap *map, uint32_t own)
{
	return idmap_is_single(map) && map->m[0].host_id == own;
}

bool groups_deny_needed(const struct userns_caller *c, const struct idmap *gid_map)
{
	return !c->has_setid && idmap_is_single_own(gid_map, c->egid);
}

int groups_read_setgroups_policy(const struct userns_host *h, pid_t pid, bool *ret_denied)
{
	cleanup_free char *text = NULL;
	char path[256];
	int r;

	h = h ? h : &userns_host_default;
	r = pid > 0 ? snprintf(path, sizeof(path), "%s/%d/setgroups", h->proc, pid)
		    : snprintf(path, sizeof(path), "%s/self/setgroups", h->proc);
	if (r < 0 || (size_t)r >= sizeof(path))
		return -ENAMETOOLONG;
	r = io_read_file_at(AT_FDCWD, path, 64, &text, NULL);
	if (r < 0)
		return r;
	*ret_denied = strncmp(text, "deny", 4) == 0;
	return 0;
}

int groups_view(struct arena *a, const struct idmap *gid_map, const gid_t *gids, size_t n,
		struct kept_groups *ret)
{
	struct kept_groups view = { .n = n };

	view.g = arena_calloc(a, n + 1, sizeof(*view.g));
	if (!view.g)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct kept_group *g = &view.g[i];

		g->host = gids[i];
		g->mapped = idmap_to_container(gid_map, gids[i], &g->inside);
		if (!g->mapped)
			g->inside = GROUPS_OVERFLOW_GID;
	}
	*ret = view;
	return 0;
}

int groups_list_kept(struct arena *a, const struct idmap *gid_map, struct kept_groups *ret)
{
	int n = getgroups(0, NULL);
	gid_t *gids;

	if (n < 0)
		return -errno;
	gids = arena_calloc(a, (size_t)n + 1, sizeof(*gids));
	if (!gids)
		return -ENOMEM;
	n = getgroups(n, gids);
	if (n < 0)
		return -errno;
	return groups_view(a, gid_map, gids, (size_t)n, ret);
}
