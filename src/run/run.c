/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs create and run. */
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/pidfd.h"
#include "cgroup/oom.h"
#include "run/create.h"
#include "run/hooks.h"
#include "run/members.h"
#include "run/resctrl.h"
#include "run/wait.h"

static int run_hooks(struct launch *l, enum hook_kind kind, const char *status, pid_t pid,
		     struct error *e)
{
	const struct hook_state s = {
		.id = l->opt->id,
		.bundle = l->plan.bundle,
		.status = status,
		.pid = pid,
		.pidfd = l->pidfd,
		.annotations = &l->config->annotations,
	};

	return hooks_run(l->plan.hooks, kind, &s, e);
}

/* A failure once the container is made: nothing of it stays (C19). */
static void take_back(struct launch *l)
{
	struct error ignored = ERROR_INIT;

	launch_kill(l);
	(void)run_hooks(l, HOOK_POSTSTOP, "stopped", 0, &ignored);
	launch_undo(l);
}

int run_create(const struct launch_options *opt, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct launch l;
	int r;

	launch_init(&l, opt, &a);
	l.wait_for_start = true;
	r = launch_plan_create(&l, e);
	if (r == 0)
		r = launch_create(&l, e);
	if (r == 0) {
		r = launch_release(&l, e);
		if (r < 0)
			take_back(&l);
	}
	launch_done(&l);
	return r;
}

/* The same once others were let at it: it may be deleted, and its id another's. */
static void take_back_unlocked(struct launch *l)
{
	struct error ignored = ERROR_INIT;

	if (!members_own_pidns(l->pid))
		(void)members_kill(l->pid, false, SIGKILL, &ignored);
	if (store_lock_current(l->root_fd, l->dir, l->opt->id, &ignored) == 0)
		take_back(l);
	else
		launch_kill(l);
}

static int finish(struct launch *l, int status, struct error *e)
{
	struct error ignored = ERROR_INIT;
	int r;

	/* While we waited it could be deleted, and its id given to another. */
	r = store_lock_current(l->root_fd, l->dir, l->opt->id, e);
	if (r == -ENOENT) {
		error_clear(e);
		return 0;
	}
	if (r < 0)
		return r;
	if (l->opt->keep) {
		struct state_record *now;

		/* An update may have changed it since. */
		if (store_read_record(l->arena, l->dir, l->opt->id, &now, &ignored) == 0)
			l->record.devices_open = now->devices_open;
		/* Nobody else can know it later (K02). */
		l->record.has_exit_status = true;
		l->record.exit_status = (uint32_t)status;
		return store_write_record(l->dir, &l->record, e);
	}
	cgroup_undo(&l->cgroup);
	(void)run_hooks(l, HOOK_POSTSTOP, "stopped", 0, &ignored);
	resctrl_remove(l->rdt_made);
	r = store_remove(l->root_fd, l->opt->id, e);
	/* It has gone on meanwhile. */
	network_end(&l->network);
	return r;
}

/*
 * P29. At once: systemd removes the scope with all that it has counted. It is no failure of
 * ours, but who sees the status 137 only is to be told at any level of the log.
 */
static void explain_end(const struct launch *l, struct wait *w)
{
	char *words = w->oom_words;
	struct error e;

	if (w->ended_by != SIGKILL ||
	    (!*words && !cgroup_oom_explain(l->cgroup.dir, l->cgroup.path, words)))
		return;
	error_kind(&e, KIND_NONE, ENOMEM, "container `%s` was killed by the OOM killer: %s",
		   l->opt->id, words);
	log_line(LOG_LEVEL_ERROR, e.msg);
}

/* K02. At once, for the same reason; nothing is known of a cgroup that is shared. */
static void note_oom(struct launch *l, const struct wait *w)
{
	if (!l->opt->keep)
		return;
	l->record.oom = w->oom_killed;
	l->record.has_oom = w->oom_killed ||
			    cgroup_oom_has_killed(l->cgroup.dir, &l->record.oom) == 0;
}

static int run_made(struct launch *l, struct wait *w, int *ret_status, struct error *e)
{
	int status = 0, r;

	r = launch_release(l, e);
	if (r == 0)
		r = run_hooks(l, HOOK_POSTSTART, "running", l->pid, e);
	if (r < 0) {
		take_back(l);
		return r;
	}
	l->notify.init = l->pid;
	notify_begin_wait(&l->notify, l->opt->ready_timeout);
	if (l->opt->detach && l->plan.notify) {
		flock(l->dir, LOCK_UN);
		r = notify_wait_ready(&l->notify, l->opt->id, l->pidfd, e);
		if (r < 0)
			take_back_unlocked(l);
	}
	if (!l->opt->detach) {
		/* It is made: others may start to work on it (delete, update). */
		flock(l->dir, LOCK_UN);
		wait_watch_oom(w, l);
		r = wait_process(w, l, &status, e);
		if (r < 0) {
			take_back_unlocked(l);
		} else {
			note_oom(l, w);
			explain_end(l, w);
			r = finish(l, status, e);
		}
	}
	if (r == 0)
		*ret_status = status;
	return r;
}

/* With a pid namespace of its own init is the container's reaper. */
static unsigned int wait_flags(const struct launch *l)
{
	bool reap = l->opt->subreaper && !(l->plan.ns.clone_flags & CLONE_NEWPID);

	return (reap ? WAIT_REAP : 0) | (l->opt->no_signals ? WAIT_QUIET : 0);
}

int run_run(const struct launch_options *opt, int *ret_status, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct wait w = { .began = false };
	struct launch l;
	int r;

	launch_init(&l, opt, &a);
	r = launch_plan_create(&l, e);
	if (r == 0 && !opt->detach)
		r = wait_begin(&w, wait_flags(&l), e);
	if (r == 0)
		r = launch_create(&l, e);
	if (r == 0)
		r = run_made(&l, &w, ret_status, e);
	wait_end(&w);
	launch_done(&l);
	return r;
}
