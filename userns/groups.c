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
#include "base/passwd.h"
#include "userns/diagnose.h"
#include "userns/subid.h"

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

static int own_groups(struct arena *a, gid_t **ret, size_t *ret_n)
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
	*ret = gids;
	*ret_n = (size_t)n;
	return 0;
}

int groups_list_kept(struct arena *a, const struct idmap *gid_map, struct kept_groups *ret)
{
	gid_t *gids;
	size_t n;
	int r = own_groups(a, &gids, &n);

	return r < 0 ? r : groups_view(a, gid_map, gids, n, ret);
}

/* --- groups that are shown --- */

static int read_group(struct arena *a, const struct userns_caller *c, struct shown_group *g,
		      struct error *e)
{
	struct user_spec spec;

	if (user_spec_parse(g->word, &spec) < 0 || spec.has_group)
		return error_kind(e, KIND_USAGE, EINVAL,
				  "--map-groups: '%s' is no name and no number of a group",
				  g->word);
	g->gid = spec.user.id;
	if (spec.user.is_id || userns_host_group_id(a, c->host, &spec.user, &g->gid))
		return 0;
	return error_kind(e, KIND_USAGE, EINVAL,
			  "--map-groups: there is no group '%s' on this host", g->word);
}

static bool has_gid(const gid_t *gids, size_t n, uint32_t gid)
{
	for (size_t i = 0; i < n; i++)
		if (gids[i] == gid)
			return true;
	return false;
}

int groups_parse(struct arena *a, const struct userns_caller *c, const char *list,
		 struct shown_groups *ret, struct error *e)
{
	struct shown_groups out = { 0 };
	size_t n_own, max = 1;
	gid_t *own;
	int r = own_groups(a, &own, &n_own);

	if (r < 0)
		return error_set(e, r, "--map-groups: read our own groups");
	for (const char *p = list; *p; p++)
		max += *p == ',';
	out.g = arena_calloc(a, max, sizeof(*out.g));
	for (const char *p = list; out.n < max; p += strcspn(p, ",") + 1) {
		struct shown_group *g = out.g ? &out.g[out.n++] : NULL;

		if (g)
			g->word = arena_strndup(a, p, strcspn(p, ","));
		if (!g || !g->word)
			return error_set(e, ENOMEM, "--map-groups");
		r = read_group(a, c, g, e);
		if (r < 0)
			return r;
		if (g->gid == c->egid || has_gid(own, n_own, g->gid))
			continue;
		error_kind(e, KIND_USAGE, EPERM,
			   "--map-groups: you are not in the group '%s' (gid %u)", g->word, g->gid);
		return error_hint(e, "see 'id'; who was added to a group is in it from the next "
				     "login on");
	}
	*ret = out;
	return 0;
}

static int check_granted(struct arena *a, const struct userns_caller *c,
			 const struct shown_group *g, struct error *e)
{
	struct subid_owner owner = { .name = userns_caller_name(a, c), .uid = c->ruid };
	struct id_ranges granted;

	if (c->has_setid || g->gid == c->egid)
		return 0;
	if (subid_load(a, c->host, &owner, SUBID_GID, &granted) < 0)
		return error_set(e, ENOMEM, "--map-groups");
	return id_ranges_has(&granted, g->gid, 1) ? 0 : diagnose_group(a, c, g, e);
}

static int show_group(struct arena *a, const struct userns_caller *c, const struct shown_group *g,
		      struct idmap *map, struct error *e)
{
	uint32_t host;
	int r;

	if (idmap_to_host(map, g->gid, &host) && host == c->egid)
		return error_kind(e, KIND_USAGE, EINVAL,
				  "--map-groups: group '%s' cannot be gid %u of the container: "
				  "there your own group is (%u)",
				  g->word, g->gid, c->egid);
	r = check_granted(a, c, g, e);
	if (r == 0 && idmap_insert(a, map, g->gid, map) < 0)
		r = error_set(e, ENOMEM, "--map-groups");
	return r;
}

int groups_show(struct arena *a, const struct userns_caller *c, struct idmap *map, struct error *e)
{
	uint32_t inside;
	int r = 0;

	/* One may take the place of another that was there: then that comes in the next round. */
	for (bool again = c->shown.n > 0; again;) {
		again = false;
		for (size_t i = 0; r == 0 && i < c->shown.n; i++) {
			if (idmap_to_container(map, c->shown.g[i].gid, &inside))
				continue;
			r = show_group(a, c, &c->shown.g[i], map, e);
			again = r == 0;
		}
	}
	return r < 0 || !c->shown.n ? r : idmap_validate(map, "--map-groups: the gid map", e);
}
