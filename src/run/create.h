/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's side of create and run. */
#ifndef URUN_RUN_CREATE_H
#define URUN_RUN_CREATE_H

#include <linux/sched.h>

#include "run/launch.h"

/* An empty launch: every fd is -EBADF. */
void launch_init(struct launch *l, const struct launch_options *opt, struct arena *a);
void launch_done(struct launch *l);

/*
 * Reads the config and plans: no side effect. After it, l->plan is whole.
 */
int launch_plan_create(struct launch *l, struct error *e);

/* create_steps[]: afterwards init waits for START in l->sync. */
int launch_create(struct launch *l, struct error *e);

/* Takes back what launch_create() did (a failure after it). */
void launch_undo(struct launch *l);

/*
 * Lets init go on: with a fifo it now waits there and the sync socket closes,
 * without one it executes the program. An error of init becomes *e.
 */
int launch_release(struct launch *l, struct error *e);

/* The namespaces that clone3() makes: the cgroup's comes when init is in its cgroup. */
static inline uint64_t launch_clone_flags(const struct launch *l)
{
	bool later = cgroup_is_own(&l->cgroup) || l->cgroup_v1.path;
	uint64_t own = later ? CLONE_NEWCGROUP : 0;

	return l->plan.ns.clone_flags & ~own;
}

/* Shared with exec. */
int launch_clone(struct launch *l, uint64_t flags, struct error *e);
int launch_open_idmapped_binds(struct launch *l, struct error *e);
int launch_connect_sockets(struct launch *l, struct error *e);
int launch_serve(struct launch *l, struct error *e);
int launch_write_pid_file(struct launch *l, struct error *e);
int launch_send_pidfd(struct launch *l, struct error *e);
int launch_receive_staged_pid(struct launch *l, struct error *e);
void launch_kill(struct launch *l);

/*
 * After a failure that may only follow from the child's end: what the child
 * has said before it went becomes *e, else *e stays. Returns -errno of it.
 */
int launch_ask_child(struct launch *l, struct error *e);

/* Init ended without a word: how becomes *e. */
int launch_explain_end(struct launch *l, struct error *e);

/* --dry-run: launch_plan_create() alone, and its plan as text. */
int run_plan(const struct launch_options *opt, struct strbuf *out, struct error *e);

/* The verbs. */
int run_create(const struct launch_options *opt, struct error *e);
int run_run(const struct launch_options *opt, int *ret_status, struct error *e);

struct start_request {
	const char *root, *id;
	const char *notify_socket;  /* where READY=1 goes; NULL: to that of create, if it had one */
	unsigned int ready_timeout; /* seconds for it to come; 0: any */
};

int run_start(const struct start_request *req, struct error *e);

int run_kill(const char *root, const char *id, int sig, bool all, struct error *e);

enum delete_what {
	DELETE_IDLE,    /* stopped, or created */
	DELETE_STOPPED, /* stopped only */
	DELETE_ANY,     /* it is killed; an unknown id is no error */
};

struct delete_request {
	const char *root, *id;
	enum delete_what what;
	const struct bus_environment *bus;
};

int run_delete(const struct delete_request *req, struct error *e);
int run_wait(const char *root, const char *id, int timeout_ms, int *ret_status, struct error *e);
int run_pidfd(const char *root, const char *id, int *ret, struct error *e);
/* cgroup.freeze on or off; 0 once it is so. */
int run_pause(const char *root, const char *id, bool frozen, struct error *e);

/* K19. One line of JSON about what the container uses. */
int run_stats(const char *root, const char *id, struct strbuf *out, struct error *e);

/* That at once and every interval_ms, and what happens, until init ends or fn returns not 0. */
struct events_request {
	const char *root, *id;
	unsigned int interval_ms;
	int (*fn)(void *arg, const char *line);
	void *arg;
};

int run_events(const struct events_request *req, struct error *e);

int run_ps(const char *root, const char *id, pid_t **ret, size_t *ret_n, struct error *e);

#endif
