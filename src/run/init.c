/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init_steps[]: what the container's first process does from clone to the
 * point where it is an ordinary process to be (process_steps.c). Should: leave
 * nothing of the host reachable. Mustn't: touch a path below the root but by
 * fd, allocate, or run anything of the image.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "process/sysctl.h"
#include "run/cgroups.h"
#include "run/child.h"
#include "run/hooks.h"
#include "run/net_devices.h"
#include "run/steps.h"
#include "run/sync.h"

static struct rootfs *rootfs_of(void *ctx)
{
	return &((struct child *)ctx)->l->rootfs;
}

static const struct launch_plan *plan_of(void *ctx)
{
	return &((struct child *)ctx)->l->plan;
}

static int isolate_mounts(void *ctx, struct error *e)
{
	return rootfs_isolate(rootfs_of(ctx), e);
}

static bool waits_for_maps(void *ctx)
{
	struct child *c = ctx;

	/* A stage has waited for them itself. */
	return !c->l->staged && !c->has_maps && (plan_of(ctx)->ns.clone_flags & CLONE_NEWUSER);
}

static int wait_id_maps(void *ctx, struct error *e)
{
	struct child *c = ctx;
	struct sync_message m;
	int r = sync_expect(c->sync, SYNC_IDMAPS, &m, e);

	if (r == 0) {
		c->maps = (uint64_t)m.value;
		c->has_maps = true;
	}
	return r;
}

/*
 * Beside the helpers, with nothing but the caller's ids. What those may not
 * walk may belong to his sub-ids (podman's layers with --userns=keep-id): then
 * once more as soon as the maps make us privileged over them. What the first
 * attempt has opened goes with close-fds.
 */
static int open_sources(void *ctx, struct error *e)
{
	int r = rootfs_open_sources(rootfs_of(ctx), e);

	if (r != -EACCES || !waits_for_maps(ctx))
		return r;
	r = wait_id_maps(ctx, e);
	if (r < 0)
		return r;
	error_clear(e);
	return rootfs_open_sources(rootfs_of(ctx), e);
}

static bool needs_procfs(void *ctx)
{
	const struct launch_plan *p = plan_of(ctx);

	return p->rootfs.n_sysctls || p->process.has_oom_score_adj || p->process.apparmor_profile ||
	       p->process.selinux_label;
}

static int open_procfs(void *ctx, struct error *e)
{
	return rootfs_open_procfs(rootfs_of(ctx), e);
}

/* In a namespace that is not new its maker decided (unshare -r, a pod's). */
static bool is_setgroups_denied(void)
{
	cleanup_fd int fd = path_open("/proc/self/setgroups", O_RDONLY);
	char text[4];

	return fd >= 0 && io_read_full(fd, text, sizeof(text)) == (ssize_t)sizeof(text) &&
	       memcmp(text, "deny", sizeof(text)) == 0;
}

/* P23, as the plan does: the map that it was made for could not be written. */
static void drop_terminal_groups(struct rootfs_plan *r)
{
	for (size_t i = 0; i < r->n_mounts; i++) {
		struct mount_plan *m = &r->mounts[i];
		size_t n = 0;

		if (!m->data || !m->fstype || strcmp(m->fstype, "devpts") != 0)
			continue;
		for (size_t j = 0; m->data[j]; j++)
			if (strncmp(m->data[j], "gid=", 4) != 0)
				m->data[n++] = m->data[j];
		m->data[n] = NULL;
	}
}

/*
 * Root of the namespace where there is one, else the process's own ids (I07);
 * with no user namespace of the container's own nothing changes but groups.
 */
static int become_ns_root(void *ctx, struct error *e)
{
	struct child *c = ctx;
	const struct launch_plan *p = plan_of(ctx);
	uint32_t uid = 0, gid = 0;

	if (!(p->ns.clone_flags & CLONE_NEWUSER)) {
		if (is_setgroups_denied())
			c->maps |= SYNC_MAPS_DENIED;
		if (!p->ns.join[OCI_NS_USER])
			return 0;
	}
	if (p->ns.uid_map.n && !idmap_has(&p->ns.uid_map, 0))
		uid = p->process.uid;
	if (p->ns.gid_map.n && !idmap_has(&p->ns.gid_map, 0))
		gid = p->process.gid;
	if (c->maps & SYNC_MAPS_SINGLE) {
		drop_terminal_groups(&c->l->plan.rootfs);
		uid = p->process.uid;
		gid = p->process.gid;
	}
	/* The caller's groups are not the container's, unless they are to be kept. */
	if (!p->process.keep_groups && !(c->maps & SYNC_MAPS_DENIED) && !p->ns.deny_setgroups &&
	    sys_setgroups(0, NULL) < 0 && errno != EPERM)
		return error_set(e, errno, "drop the caller's groups");
	/* The map of a joined one is not known before. */
	if (sys_setresgid(gid) < 0 && errno == EINVAL && p->ns.join[OCI_NS_USER]) {
		gid = p->process.gid;
		uid = p->process.uid;
	}
	if (sys_setresgid(gid) < 0)
		return error_set(e, errno, "become gid %u of the user namespace", gid);
	if (sys_setresuid(uid) < 0)
		return error_set(e, errno, "become uid %u of the user namespace", uid);
	return 0;
}

/*
 * From here on others may see us: not dumpable. (Until the maps were written
 * we had to be: /proc/PID/uid_map of a non-dumpable process is root's.) The
 * change of ids also took the death signal away.
 */
static int hide(void *ctx, struct error *e)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_set(e, errno, "become non-dumpable");
	/* Its own session: no terminal of the caller's can be pushed into (TIOCSTI). */
	if (setsid() < 0 && errno != EPERM)
		return error_set(e, errno, "make a session");
	return child_arm_death_signal(ctx, e);
}

static bool wants_loopback(void *ctx)
{
	return plan_of(ctx)->ns.loopback;
}

static int loopback(void *ctx, struct error *e)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	cleanup_fd int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)ctx;
	if (s < 0)
		return error_set(e, errno, "make a socket to bring 'lo' up");
	if (ioctl(s, SIOCSIFFLAGS, &ifr) < 0)
		return error_set(e, errno, "bring the interface 'lo' up");
	return 0;
}

static bool has_network(void *ctx)
{
	return plan_of(ctx)->net.mode == NET_MODE_SLIRP;
}

/* The parent may not look for it: we are hidden. */
static int show_network(void *ctx, struct error *e)
{
	struct child *c = ctx;
	cleanup_fd int fd = path_open("/proc/self/ns/net", O_RDONLY);
	int r = fd < 0 ? fd : sync_send(c->sync, SYNC_NETWORK, 0, fd);

	if (r < 0)
		return error_set(e, r, "hand over the network namespace");
	/*
	 * Connections of published ports come from the container's own address. Their local
	 * ports are free again after a second and not after a minute of TIME_WAIT, in which
	 * 28000 connections would take them all. A host with a read-only /proc/sys does
	 * without; the config's own value is written later.
	 */
	(void)io_write_value_at(AT_FDCWD, "/proc/sys/net/ipv4/tcp_tw_reuse", "1");
	return 0;
}

static bool has_net_devices(void *ctx)
{
	return plan_of(ctx)->n_net_devices > 0;
}

static int net_devices(void *ctx, struct error *e)
{
	struct child *c = ctx;

	return net_devices_set_up(c->l, c->sync, e);
}

static int set_names(void *ctx, struct error *e)
{
	const struct launch_plan *p = plan_of(ctx);

	if (p->hostname && sethostname(p->hostname, strlen(p->hostname)) < 0)
		return error_set(e, errno, ".hostname: set '%s'", p->hostname);
	if (p->domainname && setdomainname(p->domainname, strlen(p->domainname)) < 0)
		return error_set(e, errno, ".domainname: set '%s'", p->domainname);
	return 0;
}

static int attach_root(void *ctx, struct error *e)
{
	return rootfs_attach(rootfs_of(ctx), e);
}

static int enter_cgroup(void *ctx, struct error *e)
{
	return child_enter_cgroup(ctx, e);
}

static bool has_cgroup(void *ctx)
{
	const struct launch *l = ((struct child *)ctx)->l;

	return cgroup_is_own(&l->cgroup) || l->cgroup_v1.path;
}

static int mounts(void *ctx, struct error *e)
{
	struct rootfs *r = rootfs_of(ctx);

	r->before_cgroup = has_cgroup(ctx) ? enter_cgroup : NULL;
	r->before_arg = ctx;
	return rootfs_mounts(rootfs_of(ctx), e);
}

static int devices(void *ctx, struct error *e)
{
	return rootfs_devices(rootfs_of(ctx), e);
}

static bool has_runtime_hooks(void *ctx)
{
	return ((struct child *)ctx)->l->has_runtime_hooks;
}

static int wait_runtime_hooks(void *ctx, struct error *e)
{
	struct child *c = ctx;
	struct sync_message m;
	int r;

	child_show(c, true);
	r = sync_send(c->sync, SYNC_HOOKS, 0, -1);
	if (r < 0)
		return error_set(e, r, "ask for the runtime hooks");
	r = sync_expect(c->sync, SYNC_CONFIGURE, &m, e);
	child_show(c, false);
	return r;
}

static int create_container_hooks(void *ctx, struct error *e)
{
	return hooks_run_inside(((struct child *)ctx)->l, HOOK_CREATE_CONTAINER, e);
}

static bool has_sysctls(void *ctx)
{
	return plan_of(ctx)->rootfs.n_sysctls > 0;
}

static int sysctls(void *ctx, struct error *e)
{
	const struct launch_plan *p = plan_of(ctx);

	return process_write_sysctls(&p->rootfs, &p->ns.gid_map, rootfs_of(ctx)->proc, e);
}

static int masked_paths(void *ctx, struct error *e)
{
	return rootfs_mask(rootfs_of(ctx), e);
}

static int readonly_paths(void *ctx, struct error *e)
{
	return rootfs_readonly_paths(rootfs_of(ctx), e);
}

static bool wants_terminal(void *ctx)
{
	return plan_of(ctx)->process.argv && plan_of(ctx)->process.terminal;
}

static int console(void *ctx, struct error *e)
{
	struct child *c = ctx;
	cleanup_fd int master = -EBADF;
	int r;

	r = rootfs_console(rootfs_of(ctx), &plan_of(ctx)->process, &master, &c->console_peer, e);
	if (r < 0)
		return r;
	r = sync_send(c->sync, SYNC_CONSOLE, 0, master);
	if (r < 0)
		return error_set(e, r, "hand over the terminal");
	return 0;
}

static int pivot_root_step(void *ctx, struct error *e)
{
	struct rootfs *r = rootfs_of(ctx);
	struct child *c = ctx;
	int s = rootfs_pivot(r, e);

	/* The one fd of the container's tree that process_steps looks things up by. */
	if (s == 0)
		c->root = r->root;
	return s;
}

static const struct step init_steps[] = {
	/* as the caller: his ids open what only he may open (P5, M12) */
	{ "isolate-mounts", isolate_mounts, NULL, NULL, KIND_NONE },
	{ "open-sources", open_sources, NULL, NULL, KIND_MOUNT_SOURCE },
	/* the caller's /proc, before any mount of the container's can cover it (R1) */
	{ "open-procfs", open_procfs, NULL, needs_procfs, KIND_NONE },
	/* the helpers have worked beside us so far */
	{ "wait-id-maps", wait_id_maps, NULL, waits_for_maps, KIND_NONE },
	{ "become-ns-root", become_ns_root, NULL, NULL, KIND_NONE },
	{ "hide", hide, NULL, NULL, KIND_NONE },
	{ "loopback", loopback, NULL, wants_loopback, KIND_NONE },
	/* its helper works beside our mounts */
	{ "show-network", show_network, NULL, has_network, KIND_NETWORK },
	{ "net-devices", net_devices, NULL, has_net_devices, KIND_NONE },
	{ "hostname", set_names, NULL, NULL, KIND_ATTRIBUTE },
	{ "attach-root", attach_root, NULL, NULL, KIND_ROOTFS },
	/* the cgroup mount, as a rule the last one, waits for the cgroup */
	{ "mounts", mounts, NULL, NULL, KIND_MOUNT },
	{ "enter-cgroup", enter_cgroup, NULL, has_cgroup, KIND_CGROUP },
	{ "devices", devices, NULL, NULL, KIND_DEVICE },
	/* spec: after the mounts, before pivot_root; first the runtime's, then ours */
	{ "hooks-create-runtime", wait_runtime_hooks, NULL, has_runtime_hooks, KIND_HOOK },
	{ "hooks-create-container", create_container_hooks, NULL, NULL, KIND_HOOK },
	/* before /proc/sys may turn read-only */
	{ "sysctl", sysctls, NULL, has_sysctls, KIND_ATTRIBUTE },
	/* before pivot_root: the masks are clones of the host's /dev/null (M4) */
	{ "masked-paths", masked_paths, NULL, NULL, KIND_MOUNT },
	{ "readonly-paths", readonly_paths, NULL, NULL, KIND_MOUNT },
	{ "console", console, NULL, wants_terminal, KIND_NONE },
	{ "pivot-root", pivot_root_step, NULL, NULL, KIND_ROOTFS },
};

int init_setup(struct child *c, struct error *e)
{
	return steps_run(init_steps, ARRAY_SIZE(init_steps), c, e);
}
