/* SPDX-License-Identifier: Apache-2.0 */
/* See cgroups.h. */
#include "run/cgroups.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "run/create.h"
#include "run/sync.h"

enum { DELEGATE_MAX = 4096 };

/* The caller's uid as the host sees it: /run/user/UID. podman calls us as root of a namespace. */
static uid_t host_uid(struct arena *a, const struct userns_caller *c)
{
	struct error ignored = ERROR_INIT;
	struct idmap map;
	uint32_t uid;

	if (c->initial)
		return c->euid;
	if (userns_own_map(a, c, false, &map, &ignored) < 0 || !idmap_to_host(&map, c->euid, &uid))
		return c->euid;
	return uid;
}

/* Who asks for a cgroup: real root asks the system's manager. */
static struct bus_caller bus_caller_of(struct arena *a, const struct userns_caller *c,
				       const struct bus_environment *env)
{
	return (struct bus_caller){
		.env = env,
		.uid = host_uid(a, c),
		.privileged = c->initial && c->euid == 0,
	};
}

int launch_choose_cgroup(struct launch *l, struct error *e)
{
	enum cgroup_manager m = l->plan.cgroup.manager;
	struct bus_caller caller = { .env = l->opt->bus };

	if (m == CGROUP_AUTO || m == CGROUP_SYSTEMD)
		caller = bus_caller_of(l->arena, &l->caller, l->opt->bus);
	return cgroup_choose(l->arena, &l->plan.cgroup, &caller, &l->cgroup, e);
}

static int note(struct launch *l, struct error *e)
{
	const struct cgroup *c = &l->cgroup;
	const struct cgroup_note n = {
		.manager = c->manager,
		.unit = c->manager == CGROUP_SYSTEMD ? c->req->unit : NULL,
		.subgroup = c->subgroup,
		.path = c->path,
	};

	return store_write_cgroup(l->dir, &n, e);
}

int launch_make_cgroup(struct launch *l, struct error *e)
{
	int r = l->cgroup.manager == CGROUP_CGROUPFS ? note(l, e) : 0;

	return r < 0 ? r : cgroup_make(&l->cgroup, e);
}

void launch_undo_cgroup(struct launch *l)
{
	cgroup_undo(&l->cgroup);
}

int launch_ask_scope(struct launch *l, struct error *e)
{
	/* One that is killed with init before that came in stays, empty: delete finds it. */
	int r = note(l, e);

	if (r == 0)
		r = cgroup_begin(&l->cgroup, l->pid, e);
	return r < 0 ? launch_ask_child(l, e) : 0;
}

bool launch_leaves_devices_open(const struct launch *l)
{
	return limits_deny_device(l->plan.cgroup.limits) && !cgroup_filters_devices(&l->cgroup);
}

int launch_place_init(struct launch *l, struct error *e)
{
	int r = cgroup_place(&l->cgroup, l->pid, e);

	/* Nobody could move init into its scope. */
	if ((r == -ECANCELED || r == -EPERM) && cgroup_may_lack(l->cgroup.req) && !l->cgroup.path) {
		log_debug("no cgroup for the container: %s", e->msg);
		error_clear(e);
		cgroup_undo(&l->cgroup);
		l->cgroup.manager = CGROUP_DISABLED;
		(void)store_forget_cgroup(l->dir);
		l->record.devices_open = launch_leaves_devices_open(l);
		r = l->record.devices_open ? store_write_record(l->dir, &l->record, e) : 0;
	}
	if (r == 0 && l->cgroup.manager == CGROUP_SYSTEMD)
		r = note(l, e);
	if (r == 0) {
		r = sync_send(l->sync, SYNC_CGROUP, 0, l->cgroup.leaf);
		if (r < 0)
			error_set(e, r, "tell init that it is in its cgroup");
	}
	return r < 0 ? launch_ask_child(l, e) : 0;
}

/* --- init --- */

/*
 * M20: exactly what the kernel says may be delegated, and the directory. An owner
 * that our map has not keeps it.
 */
static int take_over(const struct child *c, int dir)
{
	const struct launch_plan *p = &c->l->plan;
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char text[DELEGATE_MAX];
	cleanup_fd int list = -EBADF;
	struct stat st;
	ssize_t n;
	int r;

	if (!p->cgroup.delegate || fstat(dir, &st) < 0 || (st.st_uid == uid && st.st_gid == gid))
		return 0;
	list = path_open("/sys/kernel/cgroup/delegate", O_RDONLY);
	n = list < 0 ? list : io_read_full(list, text, sizeof(text) - 1);
	if (n < 0)
		return (int)n;
	text[n] = '\0';
	r = path_chownat(dir, ".", uid, gid);
	for (char *s = text; r == 0 && *s;) {
		size_t len = strcspn(s, "\n");
		bool more = s[len] == '\n';

		s[len] = '\0';
		r = *s ? path_chownat(dir, s, uid, gid) : 0;
		if (r == -ENOENT) /* of a controller that is not here */
			r = 0;
		s += len + more;
	}
	return r;
}

int child_enter_cgroup(struct child *c, struct error *e)
{
	struct sync_message m;
	int r;

	if (!cgroup_is_own(&c->l->cgroup) || c->in_cgroup)
		return 0;
	c->in_cgroup = true;
	r = sync_expect(c->sync, SYNC_CGROUP, &m, e);
	if (r < 0)
		return r;
	/* None: systemd could not move us, and nothing depends on it (D02). */
	if (m.fd >= 0)
		r = take_over(c, m.fd);
	cleanup_fdp(&m.fd);
	if (r < 0)
		log_debug("the container's cgroup stays the caller's: errno %d", -r);
	if (c->l->plan.ns.new_cgroup && unshare(CLONE_NEWCGROUP) < 0)
		return error_set(e, errno, "make a cgroup namespace");
	return 0;
}

/* --- exec --- */

/*
 * A container that has cgroups below its own (a systemd in it) cannot have
 * processes there, too: then into that of its init.
 */
static int open_place(struct launch *l, const struct container *c, struct error *e)
{
	struct cgroup *g = &l->cgroup;
	char text[8];
	int r;

	r = path_openat(g->dir, c->cgroup.subgroup ? c->cgroup.subgroup : ".",
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (r >= 0 && cgroup_read(r, "cgroup.subtree_control", text, sizeof(text)) > 0) {
		close(r);
		r = cgroup_path_of(l->arena, c->init.pid, &g->path);
		if (r == 0)
			r = cgroup_open(&g->host, g->path);
	}
	if (r < 0)
		return error_kind(e, KIND_CGROUP, -r,
				  "open the cgroup of container `%s` (errno %d)", l->opt->id, -r);
	g->leaf = r;
	return 0;
}

static int open_below(struct launch *l, const char *sub, struct error *e)
{
	cleanup_fd int container = take_fd(&l->cgroup.leaf);
	int r = path_open_in(container, sub, O_RDONLY | O_DIRECTORY);

	if (r < 0)
		return error_kind(e, KIND_CGROUP, -r,
				  "--cgroup '%s': the container has no such cgroup (errno %d)", sub,
				  -r);
	l->cgroup.leaf = r;
	return 0;
}

int launch_open_cgroup(struct launch *l, const struct container *c, const char *sub,
		       struct error *e)
{
	struct cgroup *g = &l->cgroup;
	int r;

	if (!c->cgroup.path) {
		if (!sub)
			return 0;
		return error_kind(e, KIND_CGROUP, ENOTSUP,
				  "--cgroup '%s': the container has no cgroup of its own", sub);
	}
	g->manager = c->cgroup.manager;
	g->path = c->cgroup.path;
	cgroup_host_open(&g->host);
	r = g->dir = cgroup_open(&g->host, g->path);
	if (r < 0)
		return error_kind(e, KIND_CGROUP, -r,
				  "open the cgroup '%s' of container `%s` (errno %d)", g->path,
				  l->opt->id, -r);
	r = open_place(l, c, e);
	return r == 0 && sub ? open_below(l, sub, e) : r;
}

int child_move_into_cgroup(struct child *c)
{
	return io_write_value_at(c->l->cgroup.leaf, "cgroup.procs", "0");
}

static int open_systemd(struct arena *a, const struct bus_caller *caller, struct systemd **ret,
			struct error *e)
{
	struct bus_socket sock = { .fd = -EBADF };
	int r = bus_connect(a, caller, &sock, e);

	if (r == 0)
		r = systemd_open(a, &sock, ret, e);
	cleanup_fdp(&sock.fd);
	return r;
}

/* As seen from a login's session: what is common to it and the scope is root's. */
int launch_attach_process(struct launch *l, const struct container *c, struct error *e)
{
	struct bus_caller caller = bus_caller_of(l->arena, &l->caller, l->opt->bus);
	struct systemd *s = NULL;
	char sub[NAME_MAX + 2] = "";
	int r;

	if (c->cgroup.manager != CGROUP_SYSTEMD)
		return error_kind(e, KIND_CGROUP, EPERM,
				  "the cgroup '%s' of container `%s` cannot be entered from here",
				  c->cgroup.path, l->opt->id);
	if (c->cgroup.subgroup)
		snprintf(sub, sizeof(sub), "/%s", c->cgroup.subgroup);
	r = open_systemd(l->arena, &caller, &s, e);
	if (r == 0)
		r = systemd_attach(s, c->cgroup.unit, sub, l->pid, e);
	systemd_close(s);
	if (r < 0)
		error_prefix(e, "the cgroup of container `%s` cannot be entered from here",
			     l->opt->id);
	return r;
}

/* --- what is there --- */

int container_open_cgroup(const struct container *c, const char *id, int *ret_dir, struct error *e)
{
	int r = cgroup_open_note(&c->cgroup, ret_dir, e);

	if (r != -ENOENT)
		return r;
	return error_kind(e, KIND_NOT_RUNNING, ESRCH,
			  "the cgroup of container `%s` is gone: container not running", id);
}

int container_open_systemd(struct arena *a, const struct bus_environment *env, struct systemd **ret,
			   struct error *e)
{
	struct userns_caller self = { 0 };
	struct bus_caller caller;
	int r = userns_caller_init(&self, e);

	if (r < 0)
		return r;
	caller = bus_caller_of(a, &self, env);
	return open_systemd(a, &caller, ret, e);
}

void container_forget_scope(struct container *c, const struct bus_environment *env)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct error e = ERROR_INIT;
	struct systemd *s = NULL;
	int r = container_open_systemd(&a, env, &s, &e);

	if (r == 0)
		r = systemd_stop_empty(s, c->cgroup.unit, &e);
	systemd_close(s);
	if (r < 0)
		log_debug("the scope '%s': %s", c->cgroup.unit, e.msg);
}

void container_look_frozen(struct container *c)
{
	cleanup_fd int dir = -EBADF;
	struct error ignored = ERROR_INIT;

	if (c->status != STATUS_RUNNING || !c->cgroup.path ||
	    cgroup_open_note(&c->cgroup, &dir, &ignored) < 0)
		return;
	if (cgroup_is_frozen(dir))
		c->status = STATUS_PAUSED;
}
