/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's view of the file system, made in the child. Theory of
 * operation: everything is a detached mount until it is complete; attributes
 * are set before it is attached; targets are O_PATH fds opened below the root
 * with openat2(RESOLVE_IN_ROOT). Between clone and execve nothing here
 * allocates; what needs room (source fds) is in the arena beforehand.
 *
 * Order, each step one function (run/init.c has the table):
 *   rootfs_isolate      host propagation is cut
 *   rootfs_open_sources as the caller, before its ids change (P5, M12)
 *   rootfs_attach       the root tree becomes a mount of this namespace
 *   rootfs_mounts, rootfs_devices
 *   rootfs_sysctls      before /proc/sys may turn read-only
 *   rootfs_mask, rootfs_readonly_paths
 *   rootfs_pivot
 */
#ifndef URUN_ROOTFS_ROOTFS_H
#define URUN_ROOTFS_ROOTFS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "plan/plan.h"

struct rootfs {
	const struct rootfs_plan *plan;
	const struct namespace_plan *ns;
	int root;      /* the root's detached tree, later its attached root */
	int over;      /* what is at root.path: where the tree is attached; O_PATH */
	int proc;      /* the caller's /proc, verified; see rootfs_open_procfs() */
	int null;      /* the host's /dev/null, O_PATH, verified chr 1:3 */
	int *sources;  /* by mount: tree of a bind, user namespace of id maps; or -EBADF */
	int *nodes;    /* detached device nodes, by device */
	int *attached; /* by mount, once it is in its place; NULL: not noted */
	/* called before the first mount of a cgroup; NULL: nothing to wait for */
	int (*before_cgroup)(void *arg, struct error *e);
	void *before_arg;
	int sys; /* detached tree of the host's /sys (M17), or -EBADF */
};

/* Reserves the fd tables; in the parent, before clone. */
int rootfs_prepare(struct arena *a, const struct rootfs_plan *plan, const struct namespace_plan *ns,
		   struct rootfs *ret, struct error *e);

int rootfs_isolate(struct rootfs *r, struct error *e);
int rootfs_open_sources(struct rootfs *r, struct error *e);

/* The part of it that is about .mounts. */
int rootfs_open_mount_sources(struct rootfs *r, struct error *e);

/*
 * Opens the caller's /proc as r->proc (once) and verifies that it is a procfs and its
 * root: every write to /proc goes through this fd, also after pivot (R1).
 */
int rootfs_open_procfs(struct rootfs *r, struct error *e);

/*
 * Binds whose ids are mapped are the caller's work: before clone he puts their
 * trees into r->sources, which init inherits, and afterwards closes his own.
 */
bool rootfs_is_idmapped_bind(const struct mount_plan *m);
bool rootfs_has_idmapped_binds(const struct rootfs_plan *p);
int rootfs_open_idmapped_binds(struct rootfs *r, struct error *e);
void rootfs_close_idmapped_binds(struct rootfs *r);

int rootfs_attach(struct rootfs *r, struct error *e);
int rootfs_mounts(struct rootfs *r, struct error *e);
int rootfs_devices(struct rootfs *r, struct error *e);
int rootfs_mask(struct rootfs *r, struct error *e);
int rootfs_readonly_paths(struct rootfs *r, struct error *e);

/* Leaves the host's tree; afterwards "/" and the cwd are the container's root. */
int rootfs_pivot(struct rootfs *r, struct error *e);

/*
 * A pseudo-terminal of the container's own devpts: *ret_master for the
 * caller, *ret_peer for the process; /dev/console becomes the peer. Sizes of
 * 0 are left. (T1; before pivot)
 */
int rootfs_console(struct rootfs *r, const struct process_plan *p, int *ret_master, int *ret_peer,
		   struct error *e);

/* --- parts, one file each --- */

/* fsmount.c: a detached new file system of m->fstype with its flags. */
int fsmount_new(const struct mount_plan *m, const char *extra_data, int *ret, struct error *e);

/* setup.c: clones the tree (or the one mount) at a host path. */
int rootfs_open_tree(const char *path, bool recursive, unsigned int at_flags);

/* setup.c: that the source of a bind cannot be opened, and which directory refuses. */
int rootfs_source_error(const struct mount_plan *m, int err, struct error *e);

/* mounts.c: flags and propagation of a detached mount. */
int rootfs_set_mount_flags(const struct mount_plan *m, int mnt, struct error *e);

/* idmapped.c: user namespaces of new file systems' maps, into r->sources; before attach. */
int idmapped_prepare(struct rootfs *r, struct error *e);

/* A user namespace below ours with m's maps, as an fd. Needs r->proc. */
int idmapped_namespace(struct rootfs *r, const struct mount_plan *m, struct error *e);

/* The detached mount shows its ids by the maps of that namespace. 0 or -errno. */
int idmapped_setattr(const struct mount_plan *m, int mnt, int ns);

/* The same, with words for a file system that was made for the container. */
int idmapped_set(const struct mount_plan *m, int mnt, int ns, struct error *e);

/* tmpcopyup.c: copies the tree at `from` into the directory `to`. */
int tmpcopyup(int from, int to, struct error *e);

/* The words for messages: ".mounts[3] '/dev/pts'". */
const char *mount_name(const struct mount_plan *m, char *buf, size_t len);

#endif
