/* SPDX-License-Identifier: Apache-2.0 */
/* See delegated.h. */
#include "cgroup/delegated.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"

enum { CONTROLLERS_MAX = 512 };

static int not_ours(const char *path, struct error *e)
{
	error_kind(e, KIND_CGROUP, EROFS, "the cgroup '%s' is not yours to change",
		   *path ? path : "/");
	return error_hint(e, "use a systemd user session ('--systemd-cgroup'), or have the "
			     "administrator delegate a cgroup: systemd-run --user --scope "
			     "-p Delegate=yes ...");
}

static bool is_ours(const struct cgroup_host *h, const char *path)
{
	cleanup_fd int dir = cgroup_open(h, path);

	return dir >= 0 && cgroup_is_ours(dir);
}

/*
 * Beside the caller's cgroup where its parent is ours, too: what holds
 * processes (ours) cannot enable controllers for those below it. Else below it.
 */
static int beside_own(struct arena *a, const struct cgroup_host *h, const char *id,
		      const char **ret, struct error *e)
{
	const char *own, *slash;
	char parent[PATH_MAX];
	int r = cgroup_path_of(a, 0, &own);

	if (r < 0)
		return error_kind(e, KIND_CGROUP, -r,
				  "the caller is in no cgroup that is visible here");
	slash = strrchr(own, '/');
	snprintf(parent, sizeof(parent), "%.*s", (int)(slash - own), own);
	if (own[1] && is_ours(h, parent))
		*ret = arena_printf(a, "%s/urun-%s", parent, id);
	else if (is_ours(h, own))
		*ret = arena_printf(a, "%s/urun-%s", own[1] ? own : "", id);
	else
		return not_ours(own, e);
	return *ret ? 0 : error_set(e, ENOMEM, "name the cgroup");
}

/* The deepest directory of the path that exists must be ours. */
static int check_existing(const struct cgroup_host *h, const char *path, struct error *e)
{
	char p[PATH_MAX];

	snprintf(p, sizeof(p), "%s", path);
	for (;;) {
		cleanup_fd int dir = cgroup_open(h, p);
		char *slash = strrchr(p, '/');

		if (dir >= 0)
			return cgroup_is_ours(dir) || !strcmp(p, path) ? 0 : not_ours(p, e);
		if (dir != -ENOENT || !slash)
			return error_kind(e, KIND_CGROUP, -dir, "open the cgroup '%s' (errno %d)",
					  path, -dir);
		*slash = '\0';
	}
}

int delegated_find(struct arena *a, const struct cgroup_host *h, const struct cgroup_request *req,
		   const char **ret, struct error *e)
{
	const char *asked = req->path && *req->path ? req->path : NULL;
	char text[PATH_MAX], clean[PATH_MAX];

	if (!asked && !req->privileged)
		return beside_own(a, h, req->id, ret, e);
	snprintf(text, sizeof(text), "/%s", asked ? asked : req->id);
	if (path_clean(text, clean, sizeof(clean)) < 0 || !clean[1])
		return error_kind(e, KIND_CONFIG_VALUE, EINVAL,
				  ".linux.cgroupsPath: '%s' cannot be the path of a cgroup", asked);
	*ret = arena_strdup(a, clean);
	return *ret ? check_existing(h, *ret, e) : error_set(e, ENOMEM, "name the cgroup");
}

/*
 * V23: each controller by itself: one that cannot be (cpu with realtime
 * processes about, all in a cgroup with processes) keeps no other away. What is
 * then missing for a limit is said when that limit is written.
 */
void delegated_enable_all(int dir, const char *path)
{
	char there[CONTROLLERS_MAX], on[CONTROLLERS_MAX], text[64];

	if (cgroup_read(dir, "cgroup.controllers", there, sizeof(there)) < 0 ||
	    cgroup_read(dir, "cgroup.subtree_control", on, sizeof(on)) < 0)
		return;
	for (char *p = there; *p;) {
		size_t n = strcspn(p, " ");
		int r;

		snprintf(text, sizeof(text), "+%.*s", (int)n, p);
		p += n + strspn(p + n, " ");
		if (cgroup_has_words(on, text + 1))
			continue;
		r = io_write_value_at(dir, "cgroup.subtree_control", text);
		if (r < 0)
			log_debug("cgroup '%s': enable %s: errno %d", path, text + 1, -r);
	}
}

int delegated_make(struct cgroup *c, struct error *e)
{
	cleanup_fd int dir = cgroup_open(&c->host, "/");
	const char *path = c->path, *p = path;

	c->existed = 0;
	if (dir < 0)
		return error_kind(e, KIND_CGROUP, -dir, "open '%s' (errno %d)", c->host.mount,
				  -dir);
	while (*(p += strspn(p, "/"))) {
		size_t len = strcspn(p, "/");
		char name[NAME_MAX + 1];
		int next, r;

		if (len > NAME_MAX)
			return error_kind(e, KIND_CONFIG_VALUE, ENAMETOOLONG,
					  "the cgroup '%s': a name is too long", path);
		snprintf(name, sizeof(name), "%.*s", (int)len, p);
		p += len;
		/* Only what we may change: above it the host decides what is enabled. */
		if (cgroup_is_ours(dir))
			delegated_enable_all(dir, path);
		r = path_mkdirat(dir, name, 0755);
		if (r == -EEXIST) {
			c->existed = (size_t)(p - path);
			r = 0;
		}
		next = r < 0 ? r : path_openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
		if (next < 0)
			return error_kind(e, KIND_CGROUP, -next, "make the cgroup '%s' (errno %d)",
					  path, -next);
		close(dir);
		dir = next;
	}
	c->dir = take_fd(&dir);
	return 0;
}

void delegated_unmake(const struct cgroup *c)
{
	size_t len = strlen(c->path);

	while (len > c->existed) {
		cleanup_fd int above = -EBADF;
		char *path = arena_strndup(c->arena, c->path, len);
		char *slash = path ? strrchr(path, '/') : NULL;

		if (!slash)
			return;
		*slash = '\0';
		len = (size_t)(slash - path);
		above = cgroup_open(&c->host, path);
		if (above >= 0)
			(void)path_unlinkat(above, slash + 1, AT_REMOVEDIR);
	}
}

int delegated_make_inner(const struct cgroup *c, pid_t pid, int *ret, struct error *e)
{
	const char *name = c->req->inner, *sub = c->subgroup;
	char text[16];
	cleanup_fd int dir = -EBADF;
	int r = path_mkdirat(c->leaf, name, 0755);

	if (r == 0 || r == -EEXIST)
		r = dir = path_openat(c->leaf, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	snprintf(text, sizeof(text), "%d", pid);
	if (r >= 0)
		r = io_write_value_at(dir, "cgroup.procs", text);
	if (r < 0)
		return error_kind(e, KIND_CGROUP, -r,
				  ".annotations[\"%s\"]: move init into the cgroup "
				  "'%s%s%s/%s' (errno %d)",
				  CGROUP_INNER_KEY, c->path, sub ? "/" : "", sub ? sub : "", name,
				  -r);
	delegated_enable_all(c->leaf, c->path);
	*ret = take_fd(&dir);
	return 0;
}

/* Enables one controller in all that is ours above `path`; what cannot be is left. */
static void enable_above(const struct cgroup_host *h, const char *path, const char *controller)
{
	char above[PATH_MAX], text[64];

	snprintf(text, sizeof(text), "+%s", controller);
	/* From the top: a controller is there below what has it enabled only. */
	for (const char *p = path; p && *p; p = strchr(p + 1, '/')) {
		cleanup_fd int dir = -EBADF;
		int r;

		snprintf(above, sizeof(above), "%.*s", (int)(p - path), path);
		dir = cgroup_open(h, above);
		if (dir < 0 || !cgroup_is_ours(dir))
			continue;
		r = io_write_value_at(dir, "cgroup.subtree_control", text);
		if (r < 0)
			log_debug("cgroup '%s': enable %s: errno %d", above, controller, -r);
	}
}

void delegated_enable_for(const struct cgroup_host *h, const char *path, int dir,
			  const struct cgroup_plan *plan)
{
	char there[CONTROLLERS_MAX];

	for (size_t i = 0; i < plan->n; i++) {
		const char *controller = plan->files[i].controller;

		if (!controller || plan->files[i].is_default ||
		    cgroup_read(dir, "cgroup.controllers", there, sizeof(there)) < 0 ||
		    cgroup_has_words(there, controller))
			continue;
		enable_above(h, path, controller);
	}
}
