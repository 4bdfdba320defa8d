/* SPDX-License-Identifier: Apache-2.0 */
/* See cgroup.h: which manager, and the cgroup's way from nothing to a place for init. */
#include "cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "cgroup/apply.h"
#include "cgroup/delegated.h"
#include "cgroup/device_filter.h"

/* --- choose --- */

static const char *mode_hint(enum cgroup_mode m)
{
	return m == CGROUP_MODE_NONE ? "mount -t cgroup2 cgroup2 /sys/fs/cgroup"
				     : "boot the host with systemd.unified_cgroup_hierarchy=1";
}

static int choose_systemd(struct cgroup *c, struct error *e)
{
#ifndef HAVE_SYSTEMD
	(void)c;
	error_kind(e, KIND_NO_BUS, ENOSYS, "this urun is built without systemd");
	return error_hint(e, "use --cgroup-manager=cgroupfs below a cgroup that is yours");
#else
	int r = bus_connect(c->arena, &c->caller, &c->bus, e);

	if (r == 0)
		c->manager = CGROUP_SYSTEMD;
	return r;
#endif
}

static int choose_cgroupfs(struct cgroup *c, struct error *e)
{
	int r = delegated_find(c->arena, &c->host, c->req, &c->path, e);

	if (r == 0)
		c->manager = CGROUP_CGROUPFS;
	return r;
}

/*
 * The form of a path tells whose it is; without one a user's systemd comes first,
 * for it can give what the caller's own cgroup has not, and root's is /ID (D01).
 */
static int choose_auto(struct cgroup *c, struct error *e)
{
	const char *path = c->req->path;
	struct error bus = ERROR_INIT;
	int r;

	if (path && strchr(path, ':'))
		return choose_systemd(c, e);
	if ((path && *path == '/') || c->req->privileged)
		return choose_cgroupfs(c, e);
	if (choose_systemd(c, &bus) == 0)
		return 0;
	r = choose_cgroupfs(c, e);
	/* What would help is a user's session: the other is for administrators. */
	if (r < 0)
		*e = bus;
	return r;
}

/* D02: no cgroup is a notice, unless something was asked of it. */
static int without(struct cgroup *c, struct error *e)
{
	const struct cgroup_request *q = c->req;

	c->path = NULL;
	if (q->wanted)
		return error_prefix(e, "%s: %s", q->wanted, q->lack);
	if (!cgroup_may_lack(q))
		return error_prefix(e, "no cgroup for the container");
	log_debug("no cgroup for the container: %s", e->msg);
	error_clear(e);
	return 0;
}

static int refuse_disabled(const struct cgroup_request *q, struct error *e)
{
	if (!q->wanted)
		return 0;
	error_kind(e, KIND_CGROUP, ENOTSUP, "%s: %s: cgroups are disabled", q->wanted, q->lack);
	return error_hint(e, "leave --cgroup-manager=disabled out, or the %s",
			  limits_first_asked(q->limits) ? "limit" : "annotation");
}

int cgroup_choose(struct arena *a, const struct cgroup_request *req,
		  const struct bus_caller *caller, struct cgroup *ret, struct error *e)
{
	struct cgroup *c = ret;
	int r;

	*c = (struct cgroup)CGROUP_INIT;
	c->req = req;
	c->arena = a;
	c->caller = *caller;
	if (req->manager == CGROUP_DISABLED)
		return refuse_disabled(req, e);
	cgroup_host_open(&c->host);
	if (!c->host.mount) {
		error_kind(e, KIND_CGROUP, ENODEV, "this host has %s",
			   cgroup_mode_words(c->host.mode));
		error_hint(e, "%s", mode_hint(c->host.mode));
		return without(c, e);
	}
	if (req->manager == CGROUP_SYSTEMD)
		r = choose_systemd(c, e);
	else if (req->manager == CGROUP_CGROUPFS)
		r = choose_cgroupfs(c, e);
	else
		r = choose_auto(c, e);
	if (r < 0)
		return without(c, e);
	if (c->manager == CGROUP_SYSTEMD)
		log_debug("cgroup by systemd at '%s': the scope '%s'", c->bus.path, req->unit);
	else
		log_debug("cgroup by cgroupfs: '%s'", c->path);
	return 0;
}

/* --- make --- */

/* V22: what denies nothing by name is no reason to fail. */
static int filter_devices(struct cgroup *c, struct error *e)
{
	struct device_filter f = DEVICE_FILTER_INIT;
	int r;

	if (!c->req->device_filter.n)
		return 0;
	r = device_filter_set(c->dir, &c->req->device_filter, &f, e);
	device_filter_done(&f);
	if (r == 0 || limits_deny_device(c->req->limits))
		return r;
	log_warning("%s", e->msg);
	error_clear(e);
	return 0;
}

int cgroup_make(struct cgroup *c, struct error *e)
{
	int r;

	if (c->manager != CGROUP_CGROUPFS)
		return 0;
	r = delegated_make(c, e);
	if (r < 0) {
		delegated_unmake(c);
		return r;
	}
	if (cgroup_is_populated(c->dir)) {
		c->path = NULL; /* not ours to remove */
		return error_kind(e, KIND_CGROUP, EEXIST,
				  "the cgroup '%s' has processes of another container",
				  c->req->path);
	}
	/* Init is born under it, and the step that fails here is not undone. */
	r = filter_devices(c, e);
	if (r < 0) {
		cgroup_undo(c);
		return r;
	}
	c->leaf = path_openat(c->dir, ".", O_RDONLY | O_DIRECTORY, 0);
	return c->leaf < 0 ? error_set(e, c->leaf, "open the cgroup '%s'", c->path) : 0;
}

int cgroup_begin(struct cgroup *c, pid_t pid, struct error *e)
{
	int r = systemd_open(c->arena, &c->bus, &c->systemd, e);

	return r < 0 ? r : systemd_ask_scope(c->systemd, c->req, pid, c->cache, e);
}

/* --- place --- */

/*
 * D08: the scope itself is systemd's to set, what is below it is ours; and a
 * cgroup with processes could not enable controllers for those that a container
 * with a systemd of its own makes.
 */
static int make_subgroup(struct cgroup *c, pid_t pid, struct error *e)
{
	const char *name = c->req->subgroup;
	char text[16];
	int r;

	if (!name) {
		c->leaf = path_openat(c->dir, ".", O_RDONLY | O_DIRECTORY, 0);
		return c->leaf < 0 ? error_set(e, c->leaf, "open the cgroup '%s'", c->path) : 0;
	}
	r = path_mkdirat(c->dir, name, 0755);
	if (r == 0 || r == -EEXIST)
		r = c->leaf = path_openat(c->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	snprintf(text, sizeof(text), "%d", pid);
	if (r >= 0)
		r = io_write_value_at(c->leaf, "cgroup.procs", text);
	if (r < 0)
		return error_kind(e, KIND_CGROUP, -r,
				  "move init into the cgroup '%s/%s' (errno %d)", c->path, name,
				  -r);
	c->subgroup = name;
	/* For a systemd in there, which has no other way to them (D08, M20). */
	if (c->req->delegate || c->req->inner)
		delegated_enable_all(c->dir, c->path);
	return 0;
}

/*
 * $DBUS_SESSION_BUS_ADDRESS may be that of dbus-run-session or of an old desktop:
 * a bus without a systemd. The next one is asked then.
 */
static int await_scope(struct cgroup *c, pid_t pid, struct error *e)
{
	struct error next = ERROR_INIT;
	int r = systemd_await_scope(c->systemd, e);

	while (r == -ENXIO) {
		log_debug("no systemd at '%s'", c->bus.path);
		systemd_close(c->systemd);
		c->systemd = NULL;
		/* Where there is no other, the first one's words are those that help. */
		if (bus_connect(c->arena, &c->caller, &c->bus, &next) < 0)
			break;
		error_clear(e);
		r = cgroup_begin(c, pid, e);
		if (r == 0)
			r = systemd_await_scope(c->systemd, e);
	}
	return r;
}

static int place_in_scope(struct cgroup *c, pid_t pid, struct error *e)
{
	const char *path;
	int r = await_scope(c, pid, e);

	if (r < 0)
		return r;
	r = cgroup_path_of(c->arena, pid, &path);
	if (r < 0)
		return error_kind(e, KIND_CGROUP, -r, "the scope '%s': init has ended (errno %d)",
				  c->req->unit, -r);
	/* Done, and yet init is where it was: it has ended, or nobody could move it (D10). */
	if (strcmp(path_base(path), c->req->unit) != 0)
		return error_kind(e, KIND_CGROUP, EPERM,
				  "systemd did not move init from '%s' into the scope '%s'", path,
				  c->req->unit);
	/* From here on it is ours to end: never the caller's own. */
	c->path = path;
	r = c->dir = cgroup_open(&c->host, c->path);
	if (r < 0)
		return error_kind(e, KIND_CGROUP, -r,
				  "the scope '%s': its cgroup cannot be opened (errno %d)",
				  c->req->unit, -r);
	/* Who runs in the foreground for days does not hold a bus connection. */
	systemd_close(c->systemd);
	c->systemd = NULL;
	r = filter_devices(c, e);
	return r < 0 ? r : make_subgroup(c, pid, e);
}

static int limit(struct cgroup *c, struct error *e)
{
	const struct cgroup_plan *p = &c->req->plan;
	int r;

	for (size_t i = 0; i < p->n_warnings; i++)
		log_warning("%s", p->warnings[i]);
	if (!p->n)
		return 0;
	delegated_enable_for(&c->host, c->path, c->dir, p);
	r = cgroup_apply(c->dir, p->files, p->n, e);
	if (r == 0 && c->subgroup)
		cgroup_show(c->dir, c->leaf, p->files, p->n);
	if (r < 0 && c->host.mode == CGROUP_MODE_HYBRID)
		error_hint(e, "%s", mode_hint(c->host.mode));
	return r;
}

int cgroup_place(struct cgroup *c, pid_t pid, struct error *e)
{
	int r = c->manager == CGROUP_SYSTEMD ? place_in_scope(c, pid, e) : 0;

	return r < 0 ? r : limit(c, e);
}

void cgroup_undo(struct cgroup *c)
{
	struct error ignored = ERROR_INIT;
	const struct cgroup_note n = { .manager = c->manager, .path = c->path };

	systemd_abandon(c->systemd);
	if (c->path && cgroup_is_own(c))
		(void)cgroup_destroy(&n, &ignored);
	if (c->path && c->manager == CGROUP_CGROUPFS)
		delegated_unmake(c);
	cgroup_done(c);
}

void cgroup_done(struct cgroup *c)
{
	systemd_close(c->systemd);
	c->systemd = NULL;
	cgroup_host_close(&c->host);
	cleanup_fdp(&c->bus.fd);
	cleanup_fdp(&c->dir);
	cleanup_fdp(&c->leaf);
	cleanup_fdp(&c->cache);
	c->bus.fd = c->dir = c->leaf = c->cache = -EBADF;
}
