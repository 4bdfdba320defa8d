/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state root and its containers. Layout of ROOT/ID (0700, made with mkdir
 * as the lock on the id, flock()ed during every transition):
 *
 *   init         symlink "PID:STARTTIME:BOOTID": made right after clone; it
 *                cannot be truncated, so delete --force finds the process
 *                whatever became of state.json (security.md S3)
 *   state.json   the record (state/record.h)
 *   config.json  what the container was made from (C52)
 *   limits.json  all limits after an update, in place of those of config.json (U07)
 *   exec.fifo    there while init waits for start (C17)
 *   exec.error   what init says when it cannot run the program, until start has read it
 *   last-error   the same as start told it: the JSON object of the log (ER03)
 *   cgroup       symlink that notes the cgroup, if it has one of its own
 *   net          symlink as init, of the network's helper (run/network.h)
 *   net.sock     its API, and net.log what it has said
 *   resolv.conf  the container's, where its network has one written
 *   notify/      the container's NOTIFY_SOCKET, if the caller has one (run/notify.h)
 *
 * All below is reached from directory fds. Errors name the container.
 */
#ifndef URUN_STATE_STORE_H
#define URUN_STATE_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "cgroup/request.h"
#include "state/record.h"

/* Is this a lawful container id (G17)? */
int store_check_id(const char *id, struct error *e);

/*
 * Opens the state root. With `make` it is made (0700) where missing; without,
 * a missing root gives -ENOENT and no message. A root that is another user's
 * or writable by others is refused (S1).
 */
int store_open_root(const char *root, bool make, int *ret_fd, struct error *e);

/* Makes ROOT/ID and locks it. -EEXIST: the id is taken. */
int store_make(int root_fd, const char *id, int *ret_dir, struct error *e);

/* Opens ROOT/ID; -ENOENT with "container `ID` does not exist". */
int store_open(int root_fd, const char *id, int *ret_dir, struct error *e);

/* Locks it for a transition; -ETIMEDOUT after 10 s with a message. */
int store_lock(int dir, const char *id, struct error *e);

/* The same of an opened one: -ENOENT if it has been removed meanwhile. */
int store_lock_current(int root_fd, int dir, const char *id, struct error *e);

/* Gives the owner his rights to ROOT/ID back (a mode of 0000, say). */
int store_unseal(const char *root, const char *id, struct error *e);

/*
 * Does the directory hold anything that we do not make? One without a process
 * and a record is then somebody else's (Slurm's root is /run/user/UID).
 */
bool store_is_foreign(int dir);

/* Removes ROOT/ID and all in it. */
int store_remove(int root_fd, const char *id, struct error *e);

/* --- the init process --- */

struct init_handle {
	pid_t pid;
	uint64_t start_time;
	char boot_id[37];
};

/* Reads what makes `pid` this process of this boot. */
int init_handle_of(pid_t pid, struct init_handle *ret);

/* Writes and reads the symlink STORE_INIT or STORE_NET. */
#define STORE_INIT "init"
#define STORE_NET "net"
int store_write_handle(int dir, const char *name, const struct init_handle *h, struct error *e);
int store_read_handle(int dir, const char *name, struct init_handle *ret);

/*
 * A pidfd of the very process, if it lives: -ESRCH when it is gone, a zombie,
 * another process with its number, or of another boot.
 */
int init_handle_open(const struct init_handle *h);

/* The same, but one that has ended and waits for its parent to reap it will do. */
int init_handle_open_ended(const struct init_handle *h);

/* The note of its cgroup; reading: -ENOENT without one, and *ret is DISABLED. */
int store_write_cgroup(int dir, const struct cgroup_note *n, struct error *e);
int store_forget_cgroup(int dir);
int store_read_cgroup(struct arena *a, int dir, struct cgroup_note *ret);

/* --- the record --- */

int store_write_record(int dir, const struct state_record *r, struct error *e);
int store_read_record(struct arena *a, int dir, const char *id, struct state_record **ret,
		      struct error *e);

enum container_status {
	STATUS_CREATING,
	STATUS_CREATED,
	STATUS_RUNNING,
	STATUS_PAUSED, /* run/cgroups.h tells it from running */
	STATUS_STOPPED,
};

const char *status_name(enum container_status s);

struct container {
	int dir;
	int pidfd; /* of init; -EBADF when it is stopped */
	struct init_handle init;
	bool has_handle, locked;
	struct state_record *record; /* NULL: missing or unreadable (record_error) */
	struct error record_error;
	struct cgroup_note cgroup; /* path NULL: none of its own */
	enum container_status status;
};

/* Opens a container and finds out how it is; a broken record is no failure. */
int container_open(struct arena *a, int root_fd, const char *id, struct container *ret,
		   struct error *e);

/*
 * Opens the root and the container; with `lock` it is locked first, so that
 * what is read stays so. -ENOENT with a message where there is none.
 */
int container_find(struct arena *a, const char *root, const char *id, bool lock, int *ret_root,
		   struct container *ret, struct error *e);
void container_done(struct container *c);

#define cleanup_container __attribute__((cleanup(container_done)))

/* Calls fn for each id below the root, sorted. Stops at a value other than 0. */
int store_each(int root_fd, int (*fn)(void *arg, const char *id), void *arg, struct error *e);

#endif
