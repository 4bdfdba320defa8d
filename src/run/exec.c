/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb exec: a stage joins the container's namespaces by one
 * setns(pidfd, mask), and its clone runs the same process_steps[] as init.
 */
#include "run/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "process/sched.h"
#include "plan/process.h"
#include "run/cgroups.h"
#include "run/create.h"
#include "run/filter.h"
#include "run/listener.h"
#include "run/planning.h"
#include "run/resctrl.h"
#include "run/saved.h"
#include "run/steps.h"
#include "run/target.h"
#include "run/wait.h"
#include "userns/groups.h"

struct exec_run {
	struct launch l;
	struct exec_request req;
	struct container c;
	struct oci_process *process;
	struct wait wait;
};

static int not_running(const char *id, struct error *e)
{
	return error_kind(e, KIND_NOT_RUNNING, ESRCH,
			  "cannot exec in a stopped container: `%s`: container not running", id);
}

static int open_container(void *ctx, struct error *e)
{
	struct exec_run *x = ctx;
	struct launch *l = &x->l;
	int r = container_find(l->arena, l->opt->root, l->opt->id, false, &l->root_fd, &x->c, e);

	if (r < 0)
		return r;
	if (x->c.pidfd < 0)
		return not_running(l->opt->id, e);
	container_look_frozen(&x->c);
	if (x->c.status == STATUS_PAUSED && !x->req.ignore_paused)
		return error_kind(e, KIND_IS_PAUSED, EBUSY,
				  "cannot exec in a paused container: `%s` (--ignore-paused would "
				  "wait for its resume)",
				  l->opt->id);
	if (!x->c.record)
		return error_kind(e, KIND_STATE_BROKEN, x->c.record_error.code, "%s",
				  x->c.record_error.msg);
	return saved_config(l->arena, &x->c, l->opt->id, &l->config, e);
}

static int make_process(void *ctx, struct error *e)
{
	struct exec_run *x = ctx;
	struct launch *l = &x->l;
	int r = exec_user(l->arena, &x->c, &x->req, e);

	if (r == 0)
		r = exec_process(l->arena, l->config, &x->req, &x->process, e);
	if (r < 0)
		return r;
	if (x->process->terminal && l->opt->detach && !l->opt->console_socket)
		return error_msg(e, EINVAL, "use --console-socket with a detached terminal");
	return 0;
}

static int plan_exec(void *ctx, struct error *e)
{
	struct exec_run *x = ctx;
	struct launch *l = &x->l;
	struct process_plan *p = &l->plan.process;
	struct plan_host host;
	int r;

	r = planning_host(l, &host, e);
	if (r < 0)
		return r;
	/* Whoever made it (podman's own namespace, say): what counts is where we are. */
	l->join_mask = x->c.record->namespaces | CLONE_NEWUSER;
	if (target_shares_userns(x->c.init.pid)) {
		l->join_mask &= ~(uint64_t)CLONE_NEWUSER;
	} else {
		r = target_read_map(l, x->c.init.pid, "uid_map", &host.uid_map, e);
		if (r == 0)
			r = target_read_map(l, x->c.init.pid, "gid_map", &host.gid_map, e);
		if (r < 0)
			return r;
	}
	l->plan.id = l->opt->id;
	l->plan.bundle = x->c.record->bundle;
	l->plan.config = l->config;
	l->plan.hooks = l->config->hooks;
	l->plan.rootfs.has_dev_mount = true; /* /dev/console is init's */
	l->rootfs.plan = &l->plan.rootfs;
	l->rootfs.ns = &l->plan.ns;
	p->keep_groups = x->c.record->keep_groups;
	if (groups_read_setgroups_policy(NULL, x->c.init.pid, &p->deny_groups) < 0)
		p->deny_groups = x->c.record->setgroups_denied;
	r = planning_add_gids(l->arena, &x->process->user, x->c.record->map_groups,
			      x->c.record->n_map_groups, e);
	if (r == 0)
		r = plan_process(l->arena, x->process, &host, p, e);
	if (r == 0)
		r = plan_intel_rdt(l->arena, l->config, l->opt->id, &l->plan.rdt, e);
	if (r == 0)
		r = plan_seccomp(l->arena, l->config, &host, &l->plan, e);
	if (r == 0)
		r = plan_personality(l->config->linux->personality, p, e);
	if (r == 0)
		r = plan_memory_policy(l->arena, l->config->linux->memory_policy, p, e);
	if (r < 0)
		return r;
	/* The container's, by its name: not the caller's (P20). */
	if (!l->opt->no_new_keyring)
		p->keyring = l->opt->id;
	p->preserve_fds = l->opt->preserve_fds;
	r = plan_pass_fds(l->arena, l->opt->pass_fds, l->opt->n_pass_fds, p, e);
	if (r < 0)
		return r;
	return plan_listen_env(l->arena, l->opt->listen_fds, l->opt->listen_fdnames, p, e);
}

static int open_cgroup(void *ctx, struct error *e)
{
	struct exec_run *x = ctx;

	return launch_open_cgroup(&x->l, &x->c, x->req.cgroup, e);
}

static bool is_outside(void *ctx)
{
	return ((struct exec_run *)ctx)->l.enter_cgroup;
}

static int attach_process(void *ctx, struct error *e)
{
	struct exec_run *x = ctx;

	return launch_attach_process(&x->l, &x->c, e);
}

static int connect_sockets(void *ctx, struct error *e)
{
	struct exec_run *x = ctx;
	const struct listener_state state = { .status = "running", .init = x->c.init.pid };
	int r = launch_connect_sockets(&x->l, e);

	return r < 0 ? r : listener_prepare(&x->l, &state, e);
}

static int look_up_filter(void *ctx, struct error *e)
{
	return filter_look_up(&((struct exec_run *)ctx)->l, e);
}

static bool needs_procfs(void *ctx)
{
	const struct process_plan *p = &((struct exec_run *)ctx)->l.plan.process;

	return p->has_oom_score_adj || p->apparmor_profile || p->selinux_label;
}

static int open_procfs(void *ctx, struct error *e)
{
	return rootfs_open_procfs(&((struct exec_run *)ctx)->l.rootfs, e);
}

static int begin_wait(void *ctx, struct error *e)
{
	struct exec_run *x = ctx;

	return wait_begin(&x->wait, x->l.opt->no_signals ? WAIT_QUIET : 0, e);
}

static bool waits(void *ctx)
{
	return !((struct exec_run *)ctx)->l.opt->detach;
}

static int clone_stage(void *ctx, struct error *e)
{
	struct exec_run *x = ctx;

	x->l.staged = true;
	x->l.target_pidfd = fcntl(x->c.pidfd, F_DUPFD_CLOEXEC, 3);
	return launch_clone(&x->l, 0, e);
}

static void kill_process(void *ctx)
{
	launch_kill(&((struct exec_run *)ctx)->l);
}

static int receive_pid(void *ctx, struct error *e)
{
	return launch_receive_staged_pid(&((struct exec_run *)ctx)->l, e);
}

static bool has_resctrl(void *ctx)
{
	return ((struct exec_run *)ctx)->l.plan.rdt.group;
}

/* B01: the stage is the caller's child, and in his group. */
static int join_resctrl(void *ctx, struct error *e)
{
	return resctrl_join(&((struct exec_run *)ctx)->l, e);
}

static bool has_late_filter(void *ctx)
{
	return filter_is_late(&((struct exec_run *)ctx)->l);
}

static int compile_filter(void *ctx, struct error *e)
{
	return filter_compile_and_send(&((struct exec_run *)ctx)->l, e);
}

static int serve(void *ctx, struct error *e)
{
	return launch_serve(&((struct exec_run *)ctx)->l, e);
}

static int send_pidfd(void *ctx, struct error *e)
{
	return launch_send_pidfd(&((struct exec_run *)ctx)->l, e);
}

static int release(void *ctx, struct error *e)
{
	return launch_release(&((struct exec_run *)ctx)->l, e);
}

/* Last: conmon takes the file for the proof that the process runs (0.7). */
static int write_pid_file(void *ctx, struct error *e)
{
	return launch_write_pid_file(&((struct exec_run *)ctx)->l, e);
}

static const struct step exec_steps[] = {
	{ "open-container", open_container, NULL, NULL, KIND_NONE },
	{ "make-process", make_process, NULL, NULL, KIND_NONE },
	{ "plan", plan_exec, NULL, NULL, KIND_CONFIG_PLAN },
	{ "open-cgroup", open_cgroup, NULL, NULL, KIND_CGROUP },
	{ "connect-sockets", connect_sockets, NULL, NULL, KIND_CALLERS_FILES },
	{ "look-up-filter", look_up_filter, NULL, NULL, KIND_SECCOMP },
	{ "open-procfs", open_procfs, NULL, needs_procfs, KIND_NONE },
	{ "block-signals", begin_wait, NULL, waits, KIND_NONE },
	{ "clone-stage", clone_stage, kill_process, NULL, KIND_NONE },
	{ "receive-pid", receive_pid, NULL, NULL, KIND_NONE },
	{ "attach-process", attach_process, NULL, is_outside, KIND_CGROUP },
	{ "join-resctrl", join_resctrl, NULL, has_resctrl, KIND_NONE },
	{ "compile-filter", compile_filter, NULL, has_late_filter, KIND_SECCOMP },
	{ "serve", serve, NULL, NULL, KIND_NONE },
	{ "send-pidfd", send_pidfd, NULL, NULL, KIND_CALLERS_FILES },
	{ "release", release, NULL, NULL, KIND_NONE },
	{ "write-pid-file", write_pid_file, NULL, NULL, KIND_CALLERS_FILES },
};

/*
 * The end of init is the end of all in its pid namespace, and until our process
 * is reaped init has not ended: what went wrong on the way is a consequence.
 */
static int explain_end(struct exec_run *x, int r, struct error *e)
{
	if (r != -ECONNRESET && r != -ESRCH && r != -ENOMEM && r != -EPIPE)
		return r;
	if (x->c.pidfd < 0 || pidfd_wait_exit(x->c.pidfd, 500) < 0)
		return r;
	return not_running(x->l.opt->id, e);
}

int run_exec(const struct launch_options *opt, const struct exec_request *req, int *ret_status,
	     struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct exec_run x = { .req = *req, .c = { .dir = -EBADF, .pidfd = -EBADF } };
	int status = 0, r;

	launch_init(&x.l, opt, &a);
	x.l.is_exec = true;
	r = steps_run(exec_steps, ARRAY_SIZE(exec_steps), &x, e);
	if (r < 0)
		r = explain_end(&x, r, e);
	if (r == 0 && !opt->detach)
		r = wait_process(&x.wait, &x.l, &status, e);
	if (r == 0)
		*ret_status = status;
	wait_end(&x.wait);
	launch_done(&x.l);
	container_done(&x.c);
	return r;
}
