/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process_steps[]: from "in the container" to execve, the same for init and for
 * exec. Should: take privilege away only, in the one order the kernel allows.
 * Mustn't: read a path of the host; log after seccomp.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "process/caps.h"
#include "process/credentials.h"
#include "process/cwd.h"
#include "process/exec.h"
#include "process/keyring.h"
#include "process/lsm.h"
#include "process/mempolicy.h"
#include "process/rlimits.h"
#include "process/sched.h"
#include "process/seccomp.h"
#include "process/stdio.h"
#include "run/child.h"
#include "run/filter.h"
#include "run/hooks.h"
#include "run/listener.h"
#include "run/steps.h"
#include "run/sync.h"

/* Everything execve needs that outlives one row. */
struct process_run {
	struct child *c;
	struct process_plan *p;
	bool entered_cwd;
	struct caps_loan loan;
	char home[4200];
	struct process_executable program;
};

static struct process_run *run_of(void *ctx)
{
	return ctx;
}

static const struct process_plan *plan_of(void *ctx)
{
	return run_of(ctx)->p;
}

static int proc_of(void *ctx)
{
	return run_of(ctx)->c->l->rootfs.proc;
}

static int oom_score(void *ctx, struct error *e)
{
	struct launch *l = run_of(ctx)->c->l;

	return process_set_oom_score_adj(plan_of(ctx), proc_of(ctx), !l->plan.ns.join[OCI_NS_PID],
					 e);
}

static bool has_oom_score(void *ctx)
{
	/* exec's stage has set it before it joined anything. */
	return plan_of(ctx)->has_oom_score_adj && !run_of(ctx)->c->l->is_exec;
}

static int rlimits(void *ctx, struct error *e)
{
	return process_set_rlimits(plan_of(ctx), e);
}

/* C33: the container's own process has what its maker has. */
static bool has_final_cpus(void *ctx)
{
	return run_of(ctx)->c->l->is_exec && plan_of(ctx)->cpus_final.mask;
}

static int final_cpus(void *ctx, struct error *e)
{
	const struct cpu_list_plan *cpus = &plan_of(ctx)->cpus_final;
	int r = process_set_affinity(cpus->mask, cpus->bits, e);

	return r < 0 ? error_prefix(e, ".process.execCPUAffinity.final") : 0;
}

static int scheduler(void *ctx, struct error *e)
{
	int r = process_set_scheduler(plan_of(ctx), e);

	return r < 0 ? r : process_set_io_priority(plan_of(ctx), e);
}

static int memory_policy(void *ctx, struct error *e)
{
	int r = process_set_memory_policy(plan_of(ctx), e);

	return r < 0 ? r : process_set_personality(plan_of(ctx), e);
}

static int keyring(void *ctx, struct error *e)
{
	return process_join_keyring(plan_of(ctx), proc_of(ctx), e);
}

static int terminal(void *ctx, struct error *e)
{
	struct child *c = run_of(ctx)->c;

	if (c->console_peer < 0)
		return 0;
	/* The session is new (row "hide"); the terminal becomes its own. */
	if (ioctl(c->console_peer, TIOCSCTTY, 0) < 0)
		return error_set(e, errno, "take the terminal as the controlling one");
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(c->console_peer, fd) < 0)
			return error_set(e, errno, "put the terminal on fd %d", fd);
	cleanup_fdp(&c->console_peer);
	c->console_peer = -EBADF;
	return 0;
}

static int stdio(void *ctx, struct error *e)
{
	const int *given = run_of(ctx)->c->l->opt->stdio;
	int r = 0;

	/* A terminal has taken their place. */
	if (given && !plan_of(ctx)->terminal)
		r = process_place_stdio(given, e);
	if (r == 0)
		r = process_reopen_null(run_of(ctx)->c->root, e);
	return r < 0 ? r : process_chown_stdio(plan_of(ctx), e);
}

static int make_cwd(void *ctx, struct error *e)
{
	struct process_run *r = run_of(ctx);

	if (r->c->l->is_exec)
		return process_enter_cwd(r->p, r->c->root, &r->entered_cwd, e);
	return process_make_cwd(r->p, r->c->root, &r->entered_cwd, e);
}

static bool has_late_filter(void *ctx)
{
	return filter_is_late(run_of(ctx)->c->l);
}

static int receive_filter(void *ctx, struct error *e)
{
	struct process_run *r = run_of(ctx);

	return filter_receive(r->c->l, r->c->sync, r->p, e);
}

static bool has_filter(void *ctx)
{
	return plan_of(ctx)->filter;
}

static int seccomp(void *ctx, struct error *e)
{
	struct child *c = run_of(ctx)->c;

	if (c->l->plan.listener.wanted)
		return listener_load(c, plan_of(ctx), e);
	return process_apply_filter(plan_of(ctx), e);
}

static int bounding_set(void *ctx, struct error *e)
{
	return process_drop_bounding(plan_of(ctx), e);
}

static int user_and_groups(void *ctx, struct error *e)
{
	struct process_run *r = run_of(ctx);
	int s;

	if (r->c->maps & SYNC_MAPS_DENIED)
		r->p->deny_groups = true;
	s = process_set_user(r->p, e);
	if (s == 0)
		s = process_set_umask(r->p, e);
	/* The change of ids took the death signal away. */
	return s < 0 ? s : child_arm_death_signal(r->c, e);
}

static int capabilities(void *ctx, struct error *e)
{
	return process_set_caps(plan_of(ctx), &run_of(ctx)->loan, e);
}

static int repay_capabilities(void *ctx, struct error *e)
{
	return process_repay_caps(&run_of(ctx)->loan, e);
}

static int lsm_label(void *ctx, struct error *e)
{
	return process_set_lsm_label(plan_of(ctx), proc_of(ctx), e);
}

static int no_new_privs(void *ctx, struct error *e)
{
	return process_set_no_new_privs(plan_of(ctx), e);
}

static int set_home(void *ctx, struct error *e)
{
	struct process_run *r = run_of(ctx);

	return process_set_home(r->p, r->c->root, r->home, sizeof(r->home), e);
}

static int close_fds(void *ctx, struct error *e)
{
	struct child *c = run_of(ctx)->c;
	/* The last two are of the startContainer hooks, which come later. */
	const int fds[] = {
		c->sync,
		c->fifo,
		c->exec_error,
		c->root,
		c->l->listener,
		c->l->hook_output.out,
		c->l->hook_output.err,
	};
	int keep[ARRAY_SIZE(fds)], n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		int at = n;

		if (fds[i] < 0)
			continue;
		for (; at > 0 && keep[at - 1] > fds[i]; at--)
			keep[at] = keep[at - 1];
		keep[at] = fds[i];
		n++;
	}
	return process_close_fds(plan_of(ctx), keep, (size_t)n, e);
}

static int set_cwd(void *ctx, struct error *e)
{
	struct process_run *r = run_of(ctx);

	return process_set_cwd(r->p, r->c->root, r->entered_cwd, e);
}

static int find_program(void *ctx, struct error *e)
{
	struct process_run *r = run_of(ctx);

	return process_find_executable(r->p, r->c->root, &r->program, e);
}

static int send_ready(void *ctx, struct error *e)
{
	struct child *c = run_of(ctx)->c;
	struct sync_message m;
	int r = sync_send(c->sync, SYNC_READY, 0, -1);

	if (r < 0)
		return error_set(e, r, "report to the parent");
	r = sync_expect(c->sync, SYNC_START, &m, e);
	if (r < 0)
		return r;
	c->host_pid = (pid_t)m.value;
	/* Written down by now: the container outlives its maker. */
	if (prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) < 0)
		return error_set(e, errno, "clear the parent-death signal");
	return 0;
}

static bool waits_for_start(void *ctx)
{
	return run_of(ctx)->c->fifo >= 0;
}

/* create returns when the sync socket closes; `start` writes one byte. */
static int wait_start(void *ctx, struct error *e)
{
	struct child *c = run_of(ctx)->c;
	char byte;

	c->handed_over = true;
	close(c->sync);
	c->sync = -EBADF;
	child_show(c, true);
	for (;;) {
		ssize_t n = read(c->fifo, &byte, 1);

		if (n == 1) {
			child_show(c, false);
			return 0;
		}
		if (n < 0 && errno != EINTR)
			return error_set(e, errno, "wait for start");
	}
}

static int start_container_hooks(void *ctx, struct error *e)
{
	return hooks_run_inside(run_of(ctx)->c->l, HOOK_START_CONTAINER, e);
}

static bool is_init(void *ctx)
{
	return !run_of(ctx)->c->l->is_exec;
}

static int reset_signals(void *ctx, struct error *e)
{
	(void)ctx;
	return process_reset_signals(e);
}

static int execute(void *ctx, struct error *e)
{
	struct process_run *r = run_of(ctx);

	return process_execve(r->p, &r->program, e);
}

static const struct step process_steps[] = {
	/* as root of the container, by the host's own /proc */
	{ "oom-score", oom_score, NULL, has_oom_score, KIND_ATTRIBUTE },
	{ "rlimits", rlimits, NULL, NULL, KIND_ATTRIBUTE },
	/* in its cgroup, which may narrow it */
	{ "final-cpus", final_cpus, NULL, has_final_cpus, KIND_NONE },
	{ "scheduler", scheduler, NULL, NULL, KIND_ATTRIBUTE },
	{ "memory-policy", memory_policy, NULL, NULL, KIND_ATTRIBUTE },
	{ "keyring", keyring, NULL, NULL, KIND_NONE },
	{ "terminal", terminal, NULL, NULL, KIND_NONE },
	{ "stdio", stdio, NULL, NULL, KIND_NONE },
	{ "make-cwd", make_cwd, NULL, NULL, KIND_CWD },
	{ "home", set_home, NULL, NULL, KIND_NONE },
	/* before no_new_privs, after which a transition may be refused */
	{ "lsm-label", lsm_label, NULL, NULL, KIND_LSM },
	{ "receive-filter", receive_filter, NULL, has_late_filter, KIND_SECCOMP },
	/* host directories must be gone before a cwd of the config is entered (2024-21626) */
	{ "close-fds", close_fds, NULL, NULL, KIND_NONE },
	{ "bounding-set", bounding_set, NULL, NULL, KIND_ATTRIBUTE },
	{ "user-and-groups", user_and_groups, NULL, NULL, KIND_ATTRIBUTE },
	{ "capabilities", capabilities, NULL, NULL, KIND_ATTRIBUTE },
	{ "no-new-privs", no_new_privs, NULL, NULL, KIND_NONE },
	/* as the container's user: what he may not enter or run is refused */
	{ "cwd", set_cwd, NULL, NULL, KIND_CWD },
	{ "find-program", find_program, NULL, NULL, KIND_PROGRAM_MISSING },
	{ "reset-signals", reset_signals, NULL, NULL, KIND_NONE },
	{ "ready", send_ready, NULL, NULL, KIND_NONE },
	{ "wait-start", wait_start, NULL, waits_for_start, KIND_NONE },
	{ "hooks-start-container", start_container_hooks, NULL, is_init, KIND_HOOK },
	/*
	 * The last thing, so that the filter may be as tight as the program needs;
	 * without no_new_privs it needs CAP_SYS_ADMIN, which is on loan until then.
	 */
	{ "seccomp", seccomp, NULL, has_filter, KIND_SECCOMP },
	{ "repay-capabilities", repay_capabilities, NULL, has_filter, KIND_NONE },
	{ "execve", execute, NULL, NULL, KIND_PROGRAM_MISSING },
};

int process_run(struct child *c, struct error *e)
{
	struct process_run r = { .c = c, .p = &c->l->plan.process };

	if (!r.p->argv) {
		/* C49: create succeeds, start cannot. */
		static const struct step waiting[] = {
			{ "close-fds", close_fds, NULL, NULL, KIND_NONE },
			{ "ready", send_ready, NULL, NULL, KIND_NONE },
			{ "wait-start", wait_start, NULL, waits_for_start, KIND_NONE },
		};
		int s = steps_run(waiting, ARRAY_SIZE(waiting), &r, e);

		return s < 0 ? s
			     : error_msg(e, EINVAL,
					 ".process: block not found in the config, there "
					 "is nothing to start");
	}
	return steps_run(process_steps, ARRAY_SIZE(process_steps), &r, e);
}
