/* SPDX-License-Identifier: Apache-2.0 */
/* See cgroups.h. */
#include "run/cgroups.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "cgroup/delegated.h"
#include "run/create.h"
#include "run/filter.h"
#include "run/sync.h"

enum {
	DELEGATE_MAX = 4096,
	PLACE_MAX = 2 * NAME_MAX + 4,
};

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

static int choose_v1(struct launch *l, struct error *e)
{
	int r = cgroup_v1_find(l->arena, l->opt->id, &l->cgroup_v1, e);

	/* The kernel would log that it passes over an option that the host's has not. */
	for (size_t i = 0; r == 0 && !l->cgroup_v1.xattr && i < l->plan.rootfs.n_mounts; i++)
		if (l->plan.rootfs.mounts[i].kind == MOUNT_CGROUP_V1)
			l->plan.rootfs.mounts[i].data[2] = NULL;
	return r;
}

int launch_choose_cgroup(struct launch *l, struct error *e)
{
	enum cgroup_manager m = l->plan.cgroup.manager;
	struct bus_caller caller = { .env = l->opt->bus };
	int r;

	if (m == CGROUP_AUTO || m == CGROUP_SYSTEMD)
		caller = bus_caller_of(l->arena, &l->caller, l->opt->bus);
	r = cgroup_choose(l->arena, &l->plan.cgroup, &caller, &l->cgroup, e);
	return r < 0 || !l->plan.cgroup.v1 ? r : choose_v1(l, e);
}

static int note(struct launch *l, struct error *e)
{
	const struct cgroup *c = &l->cgroup;
	const struct cgroup_note n = {
		.manager = c->manager,
		.unit = c->manager == CGROUP_SYSTEMD ? c->req->unit : NULL,
		.subgroup = c->subgroup,
		.inner = c->req->inner,
		.path = c->path,
		.v1 = l->cgroup_v1.path,
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

/*
 * The container's root, as we see it, whom root can give something that init itself has no
 * power over; false where we are not root, or the map is not ours to know.
 */
static bool root_can_give(const struct launch *l, uid_t *uid, gid_t *gid)
{
	const struct launch_plan *p = &l->plan;
	const struct namespace_plan *ns = &p->ns;

	return l->caller.euid == 0 && ns->uid_map.n && ns->gid_map.n &&
	       (idmap_to_host(&ns->uid_map, 0, uid) ||
		idmap_to_host(&ns->uid_map, p->process.uid, uid)) &&
	       (idmap_to_host(&ns->gid_map, 0, gid) ||
		idmap_to_host(&ns->gid_map, p->process.gid, gid));
}

int launch_make_cgroup_v1(struct launch *l, struct error *e)
{
	uid_t uid;
	gid_t gid;
	int r = note(l, e);

	if (r == 0)
		r = cgroup_v1_make(&l->cgroup_v1, e);
	/* Else init tries it, when it is in its user namespace. */
	if (r == 0 && root_can_give(l, &uid, &gid))
		(void)cgroup_v1_give(l->cgroup_v1.dir, uid, gid);
	return r;
}

void launch_undo_cgroup_v1(struct launch *l)
{
	struct error ignored = ERROR_INIT;

	(void)cgroup_v1_destroy(l->cgroup_v1.path, &ignored);
	cgroup_v1_done(&l->cgroup_v1);
}

int launch_ask_scope(struct launch *l, struct error *e)
{
	/* One that is killed with init before that came in stays, empty: delete finds it. */
	int r = note(l, e);

	if (l->plan.cgroup.plan.n)
		l->cgroup.cache = launch_open_cache(l);
	if (r == 0)
		r = cgroup_begin(&l->cgroup, l->pid, e);
	return r < 0 ? launch_ask_child(l, e) : 0;
}

/*
 * M20: exactly what the kernel says may be delegated, and the directory. To chown takes
 * power over its owner: who is not in our map keeps it.
 */
static int give(int dir, uid_t uid, gid_t gid)
{
	char text[DELEGATE_MAX];
	cleanup_fd int list = -EBADF;
	struct stat st;
	ssize_t n;
	int r;

	if (fstat(dir, &st) < 0)
		return -errno;
	if (st.st_uid == uid && st.st_gid == gid)
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

/*
 * A10: init is in the namespace that it has made in the leaf, and goes further down. That
 * is our work: it may have no power over the leaf's owner.
 */
static int narrow(struct launch *l, struct error *e)
{
	cleanup_fd int dir = -EBADF;
	struct sync_message m;
	int r = sync_expect(l->sync, SYNC_NARROW, &m, e);

	if (r == 0)
		r = delegated_make_inner(&l->cgroup, l->pid, &dir, e);
	if (r < 0)
		return r;
	/* What only root can; for others it is init's own to do, or to complain about. */
	(void)give(dir, m.uid, m.gid);
	r = sync_send(l->sync, SYNC_NARROW, 0, dir);
	return r < 0 ? error_set(e, r, "tell init of the cgroup below its own") : 0;
}

static int tell_init(struct launch *l, struct error *e)
{
	bool inner = l->cgroup.req->inner;
	int r = inner ? sync_want_sender(l->sync) : 0;

	if (r == 0)
		r = sync_send(l->sync, SYNC_CGROUP, 0, l->cgroup.leaf);
	if (r < 0)
		return error_set(e, r, "tell init that it is in its cgroup");
	return inner ? narrow(l, e) : 0;
}

bool launch_leaves_devices_open(const struct launch *l)
{
	return limits_deny_device(l->plan.cgroup.limits) && !cgroup_filters_devices(&l->cgroup);
}

/* M20, where root's id is none of the container's. */
static void give_as_root(const struct launch *l)
{
	const struct cgroup_request *q = &l->plan.cgroup;
	uid_t uid;
	gid_t gid;

	if (cgroup_is_own(&l->cgroup) && q->delegate && !q->inner && root_can_give(l, &uid, &gid))
		(void)give(l->cgroup.leaf, uid, gid);
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
		if (r == 0 && l->cgroup_v1.path)
			r = note(l, e);
	}
	if (r == 0 && l->cgroup.manager == CGROUP_SYSTEMD)
		r = note(l, e);
	if (r == 0) {
		give_as_root(l);
		r = tell_init(l, e);
	}
	return r < 0 ? launch_ask_child(l, e) : 0;
}

/* --- init --- */

static int narrow_delegation(struct child *c, struct error *e)
{
	struct sync_message m;
	int r = sync_send(c->sync, SYNC_NARROW, 0, -1);

	if (r < 0)
		return error_set(e, r, "ask for the cgroup below");
	r = sync_expect(c->sync, SYNC_NARROW, &m, e);
	if (r < 0)
		return r;
	r = give(m.fd, geteuid(), getegid());
	cleanup_fdp(&m.fd);
	if (r == 0)
		return 0;
	error_kind(e, KIND_CGROUP, -r,
		   ".annotations[\"%s\"]: give the cgroup to the container's root (errno %d)",
		   CGROUP_INNER_KEY, -r);
	return error_hint(e, "its owner needs an id in the container: add yours to "
			     ".linux.uidMappings and .linux.gidMappings");
}

static int enter_own_cgroup(struct child *c, struct error *e)
{
	const struct cgroup_request *q = &c->l->plan.cgroup;
	struct sync_message m;
	int r = sync_expect(c->sync, SYNC_CGROUP, &m, e);

	if (r < 0)
		return r;
	/* None: systemd could not move us, and nothing depends on it (D02). */
	if (m.fd >= 0 && q->delegate && !q->inner)
		r = give(m.fd, geteuid(), getegid());
	cleanup_fdp(&m.fd);
	if (r < 0)
		log_debug("the container's cgroup stays the caller's: errno %d", -r);
	return 0;
}

int child_enter_cgroup(struct child *c, struct error *e)
{
	const struct launch *l = c->l;
	int r = 0;

	if (c->in_cgroup || (!cgroup_is_own(&l->cgroup) && !l->cgroup_v1.path))
		return 0;
	c->in_cgroup = true;
	if (l->cgroup_v1.dir >= 0)
		r = cgroup_v1_give(l->cgroup_v1.dir, geteuid(), getegid());
	if (r < 0)
		log_debug("the cgroup v1 directory stays the caller's: errno %d", -r);
	r = cgroup_is_own(&l->cgroup) ? enter_own_cgroup(c, e) : 0;
	if (r < 0)
		return r;
	if (l->plan.ns.new_cgroup && unshare(CLONE_NEWCGROUP) < 0)
		return error_set(e, errno, "make a cgroup namespace");
	/* A10: what M20 would give is the one below, then. */
	return l->plan.cgroup.inner ? narrow_delegation(c, e) : 0;
}

int child_enter_cgroup_v1(struct child *c, struct error *e)
{
	const struct cgroup_v1 *v = &c->l->cgroup_v1;
	int r = v->procs >= 0 ? cgroup_v1_enter(v->procs) : 0;

	if (r == 0)
		return 0;
	return error_kind(e, KIND_CGROUP, -r,
			  ".annotations[\"%s\"]: move init into '%s' (errno %d)", CGROUP_V1_KEY,
			  v->path, -r);
}

/* --- exec --- */

/* Where the processes are, below `top`: "./container/inner". */
static void place_of(const struct cgroup_note *n, const char *top, char ret[PLACE_MAX])
{
	const char *sub = n->subgroup, *inner = n->inner;

	snprintf(ret, PLACE_MAX, "%s%s%s%s%s", top, sub ? "/" : "", sub ? sub : "",
		 inner ? "/" : "", inner ? inner : "");
}

/*
 * A container that has cgroups below its own (a systemd in it) cannot have
 * processes there, too: then into that of its init.
 */
static int open_place(struct launch *l, const struct container *c, struct error *e)
{
	struct cgroup *g = &l->cgroup;
	char text[8], place[PLACE_MAX];
	int r;

	place_of(&c->cgroup, ".", place);
	r = path_openat(g->dir, place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
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

static int open_v1(struct launch *l, const struct container *c, struct error *e)
{
	struct cgroup_v1 *v = &l->cgroup_v1;

	v->path = c->cgroup.v1;
	v->dir = path_open(v->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (v->dir >= 0)
		return 0;
	return error_kind(e, KIND_CGROUP, -v->dir,
			  "open the cgroup v1 directory '%s' of container `%s` (errno %d)", v->path,
			  l->opt->id, -v->dir);
}

int launch_open_cgroup(struct launch *l, const struct container *c, const char *sub,
		       struct error *e)
{
	struct cgroup *g = &l->cgroup;
	int r = c->cgroup.v1 ? open_v1(l, c, e) : 0;

	if (r < 0)
		return r;
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

int child_move_into_cgroup_v1(struct child *c, struct error *e)
{
	const struct cgroup_v1 *v = &c->l->cgroup_v1;
	cleanup_fd int procs = path_openat(v->dir, "cgroup.procs", O_WRONLY, 0);
	int r = procs < 0 ? procs : cgroup_v1_enter(procs);

	if (r == 0)
		return 0;
	return error_kind(e, KIND_CGROUP, -r, "move into the cgroup v1 directory '%s' (errno %d)",
			  v->path, -r);
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
	char sub[PLACE_MAX];
	int r;

	if (c->cgroup.manager != CGROUP_SYSTEMD)
		return error_kind(e, KIND_CGROUP, EPERM,
				  "the cgroup '%s' of container `%s` cannot be entered from here",
				  c->cgroup.path, l->opt->id);
	place_of(&c->cgroup, "", sub);
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
