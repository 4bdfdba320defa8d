/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create_steps[]: the parent's work from a plan to an init that waits for
 * START. What can be done while the id-map helpers run is done then (the note
 * of the init process, the state file).
 */
#include "process/rlimits.h"
#include "run/create.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "run/cgroups.h"
#include "run/child.h"
#include "run/filter.h"
#include "run/hooks.h"
#include "run/listener.h"
#include "run/net_devices.h"
#include "run/network.h"
#include "run/resctrl.h"
#include "run/steps.h"
#include "run/sync.h"

static int open_root(void *ctx, struct error *e)
{
	struct launch *l = ctx;

	return store_open_root(l->opt->root, true, &l->root_fd, e);
}

static int reserve_id(void *ctx, struct error *e)
{
	struct launch *l = ctx;

	return store_make(l->root_fd, l->opt->id, &l->dir, e);
}

static void release_id(void *ctx)
{
	struct launch *l = ctx;
	struct error ignored;

	/* A caller without fds to spare: the directory's own is the one we need. */
	if (store_remove(l->root_fd, l->opt->id, &ignored) == -EMFILE) {
		cleanup_fdp(&l->dir);
		l->dir = -EBADF;
		(void)store_remove(l->root_fd, l->opt->id, &ignored);
	}
}

/* C52: later edits of the bundle have no effect; exec and poststop read this. */
static int save_config(void *ctx, struct error *e)
{
	struct launch *l = ctx;
	int r = io_write_file_at(l->dir, "config.json", l->config_text, l->config_len, 0600);

	return r < 0 ? error_set(e, r, "save the config of container `%s`", l->opt->id) : 0;
}

static int connect_sockets(void *ctx, struct error *e)
{
	const struct listener_state state = { .status = "creating" };
	int r = launch_connect_sockets(ctx, e);

	return r < 0 ? r : listener_prepare(ctx, &state, e);
}

static int look_up_filter(void *ctx, struct error *e)
{
	return filter_look_up(ctx, e);
}

static int choose_cgroup(void *ctx, struct error *e)
{
	return launch_choose_cgroup(ctx, e);
}

static bool has_cgroup(void *ctx)
{
	return cgroup_is_own(&((struct launch *)ctx)->cgroup);
}

static int make_cgroup(void *ctx, struct error *e)
{
	return launch_make_cgroup(ctx, e);
}

static void undo_cgroup(void *ctx)
{
	launch_undo_cgroup(ctx);
}

static bool has_cgroup_v1(void *ctx)
{
	return ((struct launch *)ctx)->plan.cgroup.v1;
}

static int make_cgroup_v1(void *ctx, struct error *e)
{
	return launch_make_cgroup_v1(ctx, e);
}

static void undo_cgroup_v1(void *ctx)
{
	launch_undo_cgroup_v1(ctx);
}

static bool has_scope(void *ctx)
{
	return ((struct launch *)ctx)->cgroup.manager == CGROUP_SYSTEMD;
}

static bool has_direct_scope(void *ctx)
{
	return has_scope(ctx) && !((struct launch *)ctx)->staged;
}

static bool has_staged_scope(void *ctx)
{
	return has_scope(ctx) && ((struct launch *)ctx)->staged;
}

static int ask_scope(void *ctx, struct error *e)
{
	return launch_ask_scope(ctx, e);
}

static int place_init(void *ctx, struct error *e)
{
	return launch_place_init(ctx, e);
}

static bool wants_fifo(void *ctx)
{
	return ((struct launch *)ctx)->wait_for_start;
}

static int make_fifo(void *ctx, struct error *e)
{
	struct launch *l = ctx;
	int r = path_mkfifoat(l->dir, "exec.fifo", 0600);

	/* For both ways: init never sees an end of it, and no open can block. */
	if (r == 0)
		r = l->fifo = path_openat(l->dir, "exec.fifo", O_RDWR, 0);
	if (r >= 0)
		r = l->exec_error =
			path_openat(l->dir, "exec.error", O_RDWR | O_CREAT | O_EXCL, 0600);
	return r < 0 ? error_set(e, r, "make the start fifo of container `%s`", l->opt->id) : 0;
}

static bool passes_notify(void *ctx)
{
	return ((struct launch *)ctx)->plan.notify;
}

/* S02: `start` binds the socket itself, as it is the one to read from it. */
static int make_notify(void *ctx, struct error *e)
{
	struct launch *l = ctx;
	const char *label = l->config->linux->mount_label;
	int r = notify_make_dir(l->dir, label && *label ? label : NULL, e);

	if (r < 0 || l->wait_for_start)
		return r;
	return notify_open(&l->notify, l->opt->notify_socket, l->dir, e);
}

static int prepare_child(void *ctx, struct error *e)
{
	struct launch *l = ctx;
	int r = rootfs_prepare(l->arena, &l->plan.rootfs, &l->plan.ns, &l->rootfs, e);

	if (r == 0)
		r = hooks_prepare_inside(l, e);
	if (r < 0)
		return r;
	if (l->plan.hooks->create_container.n) {
		l->bundle_fd = path_open(l->plan.bundle, O_PATH | O_DIRECTORY);
		if (l->bundle_fd < 0)
			return error_set(e, l->bundle_fd, "open the bundle '%s'", l->plan.bundle);
	}
	return 0;
}

static bool has_network(void *ctx)
{
	return ((struct launch *)ctx)->plan.net.mode == NET_MODE_SLIRP;
}

static int prepare_network(void *ctx, struct error *e)
{
	return network_prepare(ctx, e);
}

static int start_network(void *ctx, struct error *e)
{
	return network_start(ctx, e);
}

static int hand_to_network(void *ctx, struct error *e)
{
	return network_hand_over(ctx, e);
}

static void stop_network(void *ctx)
{
	network_kill(&((struct launch *)ctx)->network);
}

static int await_network(void *ctx, struct error *e)
{
	return network_await(ctx, e);
}

static bool has_net_devices(void *ctx)
{
	return ((struct launch *)ctx)->plan.n_net_devices > 0;
}

static int read_net_devices(void *ctx, struct error *e)
{
	return net_devices_read(ctx, e);
}

static int move_net_devices(void *ctx, struct error *e)
{
	return net_devices_move(ctx, e);
}

static bool has_idmapped_binds(void *ctx)
{
	return rootfs_has_idmapped_binds(&((struct launch *)ctx)->plan.rootfs);
}

static int open_idmapped_binds(void *ctx, struct error *e)
{
	return launch_open_idmapped_binds(ctx, e);
}

/* Init has its own of them now: ours would keep a file system busy. */
static int close_idmapped_binds(void *ctx, struct error *e)
{
	(void)e;
	rootfs_close_idmapped_binds(&((struct launch *)ctx)->rootfs);
	return 0;
}

static void undo_idmapped_binds(void *ctx)
{
	rootfs_close_idmapped_binds(&((struct launch *)ctx)->rootfs);
}

static int clone_init(void *ctx, struct error *e)
{
	struct launch *l = ctx;
	const struct namespace_plan *ns = &l->plan.ns;

	l->staged = ns->new_time;
	for (size_t i = 0; i < OCI_NS_COUNT; i++)
		l->staged = l->staged || ns->join[i];
	return launch_clone(l, l->staged ? 0 : launch_clone_flags(l), e);
}

static bool raises_rlimits(void *ctx)
{
	struct launch *l = ctx;
	const struct process_plan *p = &l->plan.process;

	return l->may_raise_rlimits && (p->n_rlimits || p->has_oom_score_adj) &&
	       (l->plan.ns.clone_flags & CLONE_NEWUSER);
}

/*
 * C26, C27: raising a hard limit and lowering the OOM score take
 * CAP_SYS_RESOURCE in the initial user namespace, which init has left; its
 * privileged parent does it (a stage waits for its maps by now, and init has it
 * from the stage). What cannot be had here is init's to clamp or refuse.
 */
static int raise_rlimits(void *ctx, struct error *e)
{
	struct launch *l = ctx;
	const struct process_plan *p = &l->plan.process;
	pid_t pid = l->staged ? l->stage_pid : l->pid;
	char path[64], value[16];
	int r;

	(void)e;
	process_raise_rlimits(p, pid);
	if (!p->has_oom_score_adj)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	snprintf(value, sizeof(value), "%d", p->oom_score_adj);
	r = io_write_value_at(AT_FDCWD, path, value);
	if (r < 0)
		log_debug("write '%s' from outside: %s", path, error_words(-r));
	return 0;
}

static void kill_init(void *ctx)
{
	launch_kill(ctx);
}

static bool makes_userns(void *ctx)
{
	return ((struct launch *)ctx)->plan.ns.clone_flags & CLONE_NEWUSER;
}

static int start_id_maps(void *ctx, struct error *e)
{
	struct launch *l = ctx;
	struct userns_maps_request req = {
		.pid = l->staged ? l->stage_pid : l->pid,
		.uid = &l->plan.ns.uid_map,
		.gid = &l->plan.ns.gid_map,
		.deny_setgroups = l->plan.ns.deny_setgroups,
		.try_single = l->plan.ns.default_maps && !l->opt->map_groups,
		.caller = &l->caller,
	};
	struct sync_message m;
	int r;

	if (l->staged) {
		r = sync_expect(l->sync, SYNC_UNSHARED, &m, e);
		if (r < 0)
			return r;
	}
	r = userns_maps_start(l->arena, &req, &l->maps, e);
	l->maps_started = r == 0;
	return r < 0 ? launch_ask_child(l, e) : 0;
}

static void abandon_id_maps(void *ctx)
{
	struct launch *l = ctx;
	struct userns_maps_result ignored_result;
	struct error ignored = ERROR_INIT;

	if (l->maps_started)
		(void)userns_maps_finish(&l->maps, &ignored_result, &ignored);
	l->maps_started = false;
}

static int note_init(void *ctx, struct error *e)
{
	struct launch *l = ctx;
	int r = init_handle_of(l->pid, &l->handle);

	if (r < 0)
		return error_set(e, r, "look at the init process %d", l->pid);
	return store_write_handle(l->dir, STORE_INIT, &l->handle, e);
}

static bool is_direct(void *ctx)
{
	return !((struct launch *)ctx)->staged;
}

static bool is_staged(void *ctx)
{
	return ((struct launch *)ctx)->staged;
}

static int finish_id_maps(void *ctx, struct error *e)
{
	struct launch *l = ctx;
	struct userns_maps_result res = { 0 };
	int r = userns_maps_finish(&l->maps, &res, e);

	l->maps_started = false;
	if (r < 0)
		return launch_ask_child(l, e);
	l->maps_result = (res.setgroups_denied ? SYNC_MAPS_DENIED : 0) |
			 (res.fell_back ? SYNC_MAPS_SINGLE : 0);
	r = sync_send(l->sync, SYNC_IDMAPS, (int64_t)l->maps_result, -1);
	if (r == 0)
		return 0;
	error_set(e, r, "tell init that its id maps are written");
	return launch_ask_child(l, e);
}

static int receive_staged_pid(void *ctx, struct error *e)
{
	struct launch *l = ctx;
	int r = launch_receive_staged_pid(l, e);

	return r < 0 ? r : note_init(l, e);
}

static bool has_late_filter(void *ctx)
{
	return filter_is_late(ctx);
}

static int compile_filter(void *ctx, struct error *e)
{
	return filter_compile_and_send(ctx, e);
}

static bool has_resctrl(void *ctx)
{
	return ((struct launch *)ctx)->plan.rdt.group;
}

static int enter_resctrl(void *ctx, struct error *e)
{
	return resctrl_enter(ctx, e);
}

static void leave_resctrl(void *ctx)
{
	resctrl_remove(((struct launch *)ctx)->rdt_made);
}

static void format_now(char *buf, size_t len)
{
	struct timespec ts;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	n = strftime(buf, len, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, len - n, ".%09ldZ", ts.tv_nsec);
}

/* The namespaces that exec has to enter: all that are not the caller's. */
static uint64_t foreign_namespaces(const struct namespace_plan *ns)
{
	static const uint64_t flags[OCI_NS_COUNT] = {
		[OCI_NS_USER] = CLONE_NEWUSER,     [OCI_NS_MOUNT] = CLONE_NEWNS,
		[OCI_NS_PID] = CLONE_NEWPID,       [OCI_NS_NETWORK] = CLONE_NEWNET,
		[OCI_NS_IPC] = CLONE_NEWIPC,       [OCI_NS_UTS] = CLONE_NEWUTS,
		[OCI_NS_CGROUP] = CLONE_NEWCGROUP, [OCI_NS_TIME] = CLONE_NEWTIME,
	};
	uint64_t mask = 0;

	for (size_t i = 0; i < OCI_NS_COUNT; i++)
		if (!ns->host[i])
			mask |= flags[i];
	return mask;
}

static int write_state(void *ctx, struct error *e)
{
	struct launch *l = ctx;
	const char *owner = userns_caller_name(l->arena, &l->caller);
	char created[48];

	format_now(created, sizeof(created));
	l->record = (struct state_record){
		.format = STATE_FORMAT,
		.id = l->opt->id,
		.pid = l->pid,
		.start_time = l->handle.start_time,
		.boot_id = l->handle.boot_id,
		.bundle = l->plan.bundle,
		.rootfs = l->plan.rootfs.path,
		.created = arena_strdup(l->arena, created),
		.owner = owner ? owner : arena_printf(l->arena, "%u", l->caller.euid),
		.oci_version = l->config->oci_version,
		.namespaces = foreign_namespaces(&l->plan.ns),
		.hooks = hooks_mask(l->plan.hooks),
		.setgroups_denied = l->maps_result & SYNC_MAPS_DENIED,
		/* Hooks may ask: until READY it is "creating". */
		.setting_up = l->has_runtime_hooks || l->wait_for_start,
		.devices_open = launch_leaves_devices_open(l),
		.rdt_made = l->rdt_made,
		.net_config = l->network.config,
		.notify_socket = l->plan.notify ? l->opt->notify_socket : NULL,
		.keep_groups = l->plan.process.keep_groups,
		.map_groups = l->map_groups,
		.n_map_groups = l->n_map_groups,
		.annotations = l->config->annotations.v,
		.n_annotations = l->config->annotations.n,
	};
	if (!l->record.created || !l->record.owner)
		return error_set(e, ENOMEM, "note the state of container `%s`", l->opt->id);
	return store_write_record(l->dir, &l->record, e);
}

static int serve_init(void *ctx, struct error *e)
{
	return launch_serve(ctx, e);
}

static bool is_setting_up(void *ctx)
{
	return ((struct launch *)ctx)->record.setting_up;
}

static int mark_created(void *ctx, struct error *e)
{
	struct launch *l = ctx;

	l->record.setting_up = false;
	return store_write_record(l->dir, &l->record, e);
}

static int write_pid_file(void *ctx, struct error *e)
{
	return launch_write_pid_file(ctx, e);
}

static void remove_pid_file(void *ctx)
{
	struct launch *l = ctx;

	if (l->opt->pid_file)
		path_unlinkat(AT_FDCWD, l->opt->pid_file, 0);
}

static int send_pidfd(void *ctx, struct error *e)
{
	return launch_send_pidfd(ctx, e);
}

static const struct step create_steps[] = {
	{ "read-net-devices", read_net_devices, NULL, has_net_devices, KIND_NONE },
	/* what is asked for and cannot be had is said before anything is made */
	{ "choose-cgroup", choose_cgroup, NULL, NULL, KIND_CGROUP },
	{ "open-root", open_root, NULL, NULL, KIND_NONE },
	/* mkdir is the lock on the id; from here on a failure removes it again */
	{ "reserve-id", reserve_id, release_id, NULL, KIND_NONE },
	{ "save-config", save_config, NULL, NULL, KIND_NONE },
	{ "connect-sockets", connect_sockets, NULL, NULL, KIND_CALLERS_FILES },
	{ "look-up-filter", look_up_filter, NULL, NULL, KIND_SECCOMP },
	{ "make-fifo", make_fifo, NULL, wants_fifo, KIND_NONE },
	/* before init opens the sources of its mounts */
	{ "make-notify", make_notify, NULL, passes_notify, KIND_NONE },
	{ "prepare-network", prepare_network, NULL, has_network, KIND_NETWORK },
	/* loads and binds beside all that follows; whatever becomes of us, it ends with init */
	{ "start-network", start_network, stop_network, has_network, KIND_NETWORK },
	{ "prepare-child", prepare_child, NULL, NULL, KIND_NONE },
	/* only the caller has power over the host's file systems (M11) */
	{ "open-idmapped-binds", open_idmapped_binds, undo_idmapped_binds, has_idmapped_binds,
	  KIND_NONE },
	/* noted before it is made */
	{ "make-cgroup", make_cgroup, undo_cgroup, has_cgroup, KIND_CGROUP },
	{ "make-cgroup-v1", make_cgroup_v1, undo_cgroup_v1, has_cgroup_v1, KIND_CGROUP },
	{ "clone-init", clone_init, kill_init, NULL, KIND_NONE },
	{ "close-idmapped-binds", close_idmapped_binds, NULL, has_idmapped_binds, KIND_NONE },
	{ "raise-rlimits", raise_rlimits, NULL, raises_rlimits, KIND_NONE },
	{ "start-id-maps", start_id_maps, abandon_id_maps, makes_userns, KIND_ID_MAPS },
	/* systemd works on it while the helpers and init do their part */
	{ "ask-scope", ask_scope, NULL, has_direct_scope, KIND_SYSTEMD },
	/* beside the helpers; before the maps let init become anyone */
	{ "note-init", note_init, NULL, is_direct, KIND_NONE },
	{ "finish-id-maps", finish_id_maps, NULL, makes_userns, KIND_ID_MAPS },
	{ "receive-pid", receive_staged_pid, NULL, is_staged, KIND_NONE },
	{ "ask-scope", ask_scope, NULL, has_staged_scope, KIND_SYSTEMD },
	/* it works beside init's mounts */
	{ "hand-to-network", hand_to_network, NULL, has_network, KIND_NETWORK },
	/* as long as init has the caller's uid, which the kernel asks for */
	{ "enter-resctrl", enter_resctrl, leave_resctrl, has_resctrl, KIND_NONE },
	/* init waits for them before its mounts and sysctls */
	{ "move-net-devices", move_net_devices, NULL, has_net_devices, KIND_NONE },
	/* beside init's mounts */
	{ "write-state", write_state, NULL, NULL, KIND_NONE },
	{ "place-init", place_init, NULL, has_cgroup, KIND_CGROUP },
	{ "compile-filter", compile_filter, NULL, has_late_filter, KIND_SECCOMP },
	/* hooks and program find it ready */
	{ "await-network", await_network, NULL, has_network, KIND_NETWORK },
	{ "serve-init", serve_init, NULL, NULL, KIND_NONE },
	{ "mark-created", mark_created, NULL, is_setting_up, KIND_NONE },
	{ "send-pidfd", send_pidfd, NULL, NULL, KIND_CALLERS_FILES },
	/* complete before we return 0 (engine-contracts.md 0.2) */
	{ "write-pid-file", write_pid_file, remove_pid_file, NULL, KIND_CALLERS_FILES },
};

int launch_create(struct launch *l, struct error *e)
{
	return steps_run(create_steps, ARRAY_SIZE(create_steps), l, e);
}

void launch_undo(struct launch *l)
{
	steps_undo(create_steps, ARRAY_SIZE(create_steps), l);
}
