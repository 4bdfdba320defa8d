/* SPDX-License-Identifier: Apache-2.0 */
/* See mounts.h: the caller's side. mounts_child.c is the other. */
#include "run/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "plan/rootfs_parts.h"
#include "run/child.h"
#include "run/create.h"
#include "run/planning.h"
#include "run/saved.h"
#include "run/sync.h"
#include "run/target.h"

enum { LIST_MAX = 64 << 20 };

struct mounts_run {
	struct launch l;
	struct launch_options opt;
	struct container c;
};

/* What is known of its namespaces, for the planner and for those who join. */
static int describe_namespaces(struct mounts_run *x, struct error *e)
{
	static const uint64_t flags[OCI_NS_COUNT] = {
		[OCI_NS_USER] = CLONE_NEWUSER,     [OCI_NS_MOUNT] = CLONE_NEWNS,
		[OCI_NS_PID] = CLONE_NEWPID,       [OCI_NS_NETWORK] = CLONE_NEWNET,
		[OCI_NS_IPC] = CLONE_NEWIPC,       [OCI_NS_UTS] = CLONE_NEWUTS,
		[OCI_NS_CGROUP] = CLONE_NEWCGROUP, [OCI_NS_TIME] = CLONE_NEWTIME,
	};
	struct namespace_plan *ns = &x->l.plan.ns;
	struct plan_host host;
	int r = planning_host(&x->l, &host, e);

	if (r < 0)
		return r;
	ns->caller_initial = host.initial_userns;
	ns->clone_flags = x->c.record->namespaces;
	for (size_t i = 0; i < OCI_NS_COUNT; i++)
		ns->host[i] = !(ns->clone_flags & flags[i]);
	x->l.join_mask = ns->clone_flags | CLONE_NEWUSER | CLONE_NEWNS;
	if (target_shares_userns(x->c.init.pid)) {
		x->l.join_mask &= ~(uint64_t)CLONE_NEWUSER;
		return 0;
	}
	r = target_read_map(&x->l, x->c.init.pid, "uid_map", &ns->uid_map, e);
	if (r == 0)
		r = target_read_map(&x->l, x->c.init.pid, "gid_map", &ns->gid_map, e);
	if (r == 0 && (!ns->uid_map.n || !ns->gid_map.n))
		return error_msg(e, ESRCH, "container `%s` is not running", x->opt.id);
	return r;
}

static int open_container(struct mounts_run *x, bool lock, struct error *e)
{
	struct launch *l = &x->l;
	int r = container_find(l->arena, x->opt.root, x->opt.id, lock, &l->root_fd, &x->c, e);

	if (r < 0)
		return r;
	if (x->c.status != STATUS_CREATED && x->c.status != STATUS_RUNNING)
		return error_msg(e, ESRCH,
				 "container `%s` is %s: its mounts are those of a "
				 "created or running one",
				 x->opt.id, status_name(x->c.status));
	if (!x->c.record)
		return error_msg(e, x->c.record_error.code, "%s", x->c.record_error.msg);
	r = saved_config(l->arena, &x->c, x->opt.id, &l->config, e);
	if (r == 0)
		r = describe_namespaces(x, e);
	if (r < 0)
		return r;
	l->plan.bundle = x->c.record->bundle;
	l->plan.config = l->config;
	l->target_pidfd = fcntl(x->c.pidfd, F_DUPFD_CLOEXEC, 3);
	return 0;
}

static int load_file(struct launch *l, const char *file, struct oci_mounts *ret, struct error *e)
{
	const char *name = io_input_name(file);
	cleanup_free char *text = NULL;
	size_t len;
	int r = io_read_input_at(AT_FDCWD, file, OCI_CONFIG_MAX, &text, &len);

	if (r < 0)
		return error_set(e, r, "read '%s'", name);
	return oci_load_mounts(l->arena, name, text, len, ret, e);
}

static int plan_destination(struct launch *l, const struct oci_mount *oci, struct mount_plan *m,
			    struct error *e)
{
	char clean[PATH_MAX];

	if (path_clean(oci->destination, clean, sizeof(clean)) < 0)
		return error_msg(e, ENAMETOOLONG, ".mounts[%zu].destination: too long", m->index);
	if (strcmp(clean, "/") == 0)
		return error_msg(e, EINVAL, ".mounts[%zu].destination: '%s' is the root itself",
				 m->index, oci->destination);
	m->destination = arena_strdup(l->arena, clean);
	return m->destination ? 0 : error_set(e, ENOMEM, "plan the mounts");
}

static int plan_added(struct launch *l, const struct oci_mount *oci, struct mount_plan *m,
		      struct error *e)
{
	int r = plan_one_mount(l->arena, &l->plan, oci, m, e);

	if (r == 0 && m->kind == MOUNT_CGROUP && l->plan.ns.host[OCI_NS_CGROUP])
		return error_msg(e, EINVAL,
				 ".mounts[%zu]: a cgroup mount needs a cgroup namespace of the "
				 "container's own",
				 m->index);
	return r;
}

static int plan_file(struct launch *l, const char *file, enum mounts_verb verb, struct error *e)
{
	struct rootfs_plan *p = &l->plan.rootfs;
	struct oci_mounts mounts;
	int r = load_file(l, file, &mounts, e);

	if (r < 0)
		return r;
	p->mounts = arena_calloc(l->arena, mounts.n + 1, sizeof(*p->mounts));
	l->rootfs.attached = arena_calloc(l->arena, mounts.n + 1, sizeof(int));
	if (!p->mounts || !l->rootfs.attached)
		return error_set(e, ENOMEM, "plan the mounts");
	p->n_mounts = mounts.n;
	for (size_t i = 0; i < mounts.n && r == 0; i++) {
		p->mounts[i].index = i;
		if (verb == MOUNTS_ADD)
			r = plan_added(l, &mounts.v[i], &p->mounts[i], e);
		else
			r = plan_destination(l, &mounts.v[i], &p->mounts[i], e);
	}
	return r;
}

static int prepare(struct launch *l, enum mounts_verb verb, struct error *e)
{
	int *attached = l->rootfs.attached;
	int r = rootfs_prepare(l->arena, &l->plan.rootfs, &l->plan.ns, &l->rootfs, e);

	for (size_t i = 0; r == 0 && i < l->plan.rootfs.n_mounts; i++)
		attached[i] = -EBADF;
	l->rootfs.attached = attached;
	/* The caller's, before anything of the container's can be in its place. */
	if (r == 0)
		r = rootfs_open_procfs(&l->rootfs, e);
	if (r == 0 && verb == MOUNTS_ADD && rootfs_has_idmapped_binds(&l->plan.rootfs))
		r = launch_open_idmapped_binds(l, e);
	return r;
}

static int run_child(struct mounts_work *w, struct error *e)
{
	struct launch *l = w->l;
	struct sync_message m;
	int r = sync_pair(&l->sync, &l->child_sync);
	int pid;

	if (r < 0)
		return error_set(e, r, "make the sync socket");
	pid = clone_process(0, -EBADF, &l->stage_pidfd);
	if (pid == 0)
		mounts_child(w);
	if (pid < 0)
		return error_set(e, pid, "start a process for container `%s`", l->opt->id);
	cleanup_fdp(&l->child_sync);
	l->child_sync = -EBADF;
	r = sync_expect(l->sync, SYNC_READY, &m, e);
	(void)pidfd_reap(l->stage_pidfd, NULL);
	return r;
}

static void begin(struct mounts_run *x, struct arena *a, const char *root, const char *id)
{
	x->opt = (struct launch_options){ .root = root, .id = id };
	x->c.dir = x->c.pidfd = -EBADF;
	launch_init(&x->l, &x->opt, a);
}

static void end(struct mounts_run *x)
{
	if (x->l.rootfs.sources)
		rootfs_close_idmapped_binds(&x->l.rootfs);
	launch_done(&x->l);
	container_done(&x->c);
}

static int change(const char *root, const char *id, const char *file, enum mounts_verb verb,
		  struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct mounts_run x = { 0 };
	struct mounts_work w = { .l = &x.l, .verb = verb, .out = -EBADF };
	int r;

	begin(&x, &a, root, id);
	r = open_container(&x, true, e);
	if (r == 0)
		r = plan_file(&x.l, file, verb, e);
	if (r == 0)
		r = prepare(&x.l, verb, e);
	if (r == 0)
		r = run_child(&w, e);
	end(&x);
	return r;
}

int run_mounts_add(const char *root, const char *id, const char *file, struct error *e)
{
	return change(root, id, file, MOUNTS_ADD, e);
}

int run_mounts_remove(const char *root, const char *id, const char *file, struct error *e)
{
	return change(root, id, file, MOUNTS_REMOVE, e);
}

/* --- list --- */

static bool is_in(const struct oci_strings *paths, const char *path)
{
	char clean[PATH_MAX];

	for (size_t i = 0; i < paths->n; i++)
		if (path_clean(paths->v[i], clean, sizeof(clean)) == 0 && strcmp(clean, path) == 0)
			return true;
	return false;
}

static bool is_device(const struct oci_linux *l, const char *path)
{
	static const char *const names[] = { "null",   "zero",    "full",   "tty",
					     "random", "urandom", "console" };

	if (strncmp(path, "/dev/", 5) == 0)
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (strcmp(path + 5, names[i]) == 0)
				return true;
	for (size_t i = 0; i < l->n_devices; i++)
		if (strcmp(l->devices[i].path, path) == 0)
			return true;
	return false;
}

/* Why a mount is there, by its place (N14). */
static const char *reason(const struct oci_config *c, const char *path)
{
	char clean[PATH_MAX];

	if (strcmp(path, "/") == 0)
		return "root";
	for (size_t i = 0; i < c->n_mounts; i++)
		if (path_clean(c->mounts[i].destination, clean, sizeof(clean)) == 0 &&
		    strcmp(clean, path) == 0)
			return "config";
	if (is_in(&c->linux->masked_paths, path))
		return "masked";
	if (is_in(&c->linux->readonly_paths, path))
		return "readonly";
	return is_device(c->linux, path) ? "device" : "other";
}

static int parse_list(struct arena *a, const struct oci_config *c, char *text,
		      struct mounts_list *ret, struct error *e)
{
	size_t lines = 0;

	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	ret->v = arena_calloc(a, lines + 1, sizeof(*ret->v));
	if (!ret->v)
		return error_set(e, ENOMEM, "list the mounts");
	for (char *line = text, *end; *line; line = end) {
		struct mounts_entry *m = &ret->v[ret->n];

		end = line + strcspn(line, "\n");
		if (*end)
			*end++ = '\0';
		if (mountinfo_parse(line, &m->info) < 0)
			return error_msg(e, EBADMSG, "the container's mountinfo has a line '%s'",
					 line);
		m->reason = reason(c, m->info.destination);
		ret->n++;
	}
	return 0;
}

static int read_list(struct arena *a, int fd, char **ret, struct error *e)
{
	cleanup_free char *text = NULL;
	size_t len;
	int r = lseek(fd, 0, SEEK_SET) < 0 ? -errno : io_read_all(fd, LIST_MAX, &text, &len);

	if (r < 0)
		return error_set(e, r, "read the container's mountinfo");
	*ret = arena_strndup(a, text, len);
	return *ret ? 0 : error_set(e, ENOMEM, "list the mounts");
}

int run_mounts_list(struct arena *a, const char *root, const char *id, struct mounts_list *ret,
		    struct error *e)
{
	cleanup_fd int out = memfd_create("mountinfo", MFD_CLOEXEC);
	struct mounts_run x = { 0 };
	struct mounts_work w = { .l = &x.l, .verb = MOUNTS_LIST, .out = out };
	char *text;
	int r = 0;

	*ret = (struct mounts_list){ 0 };
	begin(&x, a, root, id);
	if (out < 0)
		r = error_set(e, errno, "make room for the container's mountinfo");
	if (r == 0)
		r = open_container(&x, false, e);
	if (r == 0)
		r = prepare(&x.l, MOUNTS_LIST, e);
	if (r == 0)
		r = run_child(&w, e);
	if (r == 0)
		r = read_list(a, out, &text, e);
	if (r == 0)
		r = parse_list(a, x.l.config, text, ret, e);
	end(&x);
	return r;
}
