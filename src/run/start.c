/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb start. The byte in the fifo lets init go; the fifo's last reader
 * goes with execve (close-on-exec) or with init's death, and exec.error tells
 * the two apart.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "base/strbuf.h"
#include "run/create.h"
#include "run/members.h"
#include "run/notify.h"
#include "run/resctrl.h"
#include "run/saved.h"

/* Each byte of a message may become six in JSON. */
enum { LAST_ERROR_MAX = 6 * (ERROR_MSG_MAX + ERROR_HINT_MAX) + 256 };

static int check_status(const struct container *c, const char *id, struct error *e)
{
	switch (c->status) {
	case STATUS_CREATED:
		return 0;
	case STATUS_RUNNING:
	case STATUS_PAUSED:
		return error_kind(e, KIND_IS_RUNNING, EBUSY, "container `%s` is already running",
				  id);
	case STATUS_STOPPED:
		return error_kind(e, KIND_NOT_RUNNING, ESRCH,
				  "cannot start container `%s`: container not running", id);
	case STATUS_CREATING:
		break;
	}
	return error_kind(e, KIND_CONTAINER_BUSY, EAGAIN, "container `%s` is still being created",
			  id);
}

/* Reads what init left, if anything: a whole struct error. */
static int read_exec_error(int fd, const char *id, struct error *e)
{
	struct error left;
	ssize_t n = io_read_full(fd, &left, sizeof(left));

	if (n == 0)
		return 0;
	if (n != (ssize_t)sizeof(left) || left.code <= 0)
		return error_msg(e, EPROTO, "container `%s`: its error is cut off", id);
	left.msg[sizeof(left.msg) - 1] = '\0';
	left.hint[sizeof(left.hint) - 1] = '\0';
	*e = left;
	return -e->code;
}

/* ER03: for who looks at the container later; the caller is told by us. */
static void note_last_error(const struct container *c, const char *id, const struct error *e)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(LAST_ERROR_MAX);
	int r;

	log_format_error(&b, e);
	r = strbuf_error(&b);
	if (r == 0)
		r = io_write_file_at(c->dir, "last-error", b.s, b.len, 0600);
	if (r < 0)
		log_warning("container `%s`: note its last error: %s", id, error_words(-r));
}

static int wait_for_exec(int fifo, const struct container *c)
{
	struct pollfd p[2] = {
		{ .fd = fifo, .events = 0 }, /* POLLERR: no reader is left */
		{ .fd = c->pidfd, .events = POLLIN },
	};

	while (poll(p, 2, -1) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int let_go(const struct container *c, const char *id, struct error *e)
{
	cleanup_fd int fifo = path_openat(c->dir, "exec.fifo", O_WRONLY | O_NONBLOCK, 0);
	cleanup_fd int late = path_openat(c->dir, "exec.error", O_RDONLY, 0);
	ssize_t n;
	int r;

	if (fifo == -ENXIO)
		return error_kind(e, KIND_NOT_RUNNING, ESRCH,
				  "cannot start container `%s`: container not running", id);
	if (fifo < 0 || late < 0)
		return error_set(e, fifo < 0 ? fifo : late, "open the start fifo of container `%s`",
				 id);
	r = path_unlinkat(c->dir, "exec.fifo", 0);
	if (r == 0) {
		do
			n = io_write_unsignalled(fifo, "", 1);
		while (n == -EINTR);
		r = n < 0 ? (int)n : 0;
	}
	if (r == 0)
		r = wait_for_exec(fifo, c);
	if (r < 0)
		return error_set(e, r, "start container `%s`", id);
	r = read_exec_error(late, id, e);
	if (r < 0)
		note_last_error(c, id, e);
	(void)path_unlinkat(c->dir, "exec.error", 0);
	return r;
}

/*
 * H05, K01, S02: poststart has failed, or READY=1 did not come in time, so the
 * container is stopped and deleted.
 */
static void take_back(struct arena *a, int root_fd, const struct container *c, const char *id)
{
	struct error ignored = ERROR_INIT;

	if (!members_own_pidns(c->init.pid))
		(void)members_kill(c->init.pid, false, SIGKILL, &ignored);
	(void)pidfd_kill(c->pidfd, SIGKILL);
	(void)pidfd_wait_exit(c->pidfd, 10000);
	(void)saved_hooks(a, c, HOOK_POSTSTOP, "stopped", &ignored);
	resctrl_remove(c->record->rdt_made);
	(void)store_remove(root_fd, id, &ignored);
}

/*
 * S02: the socket is there before the program is. An address that leads nowhere
 * by now lets the container start all the same.
 */
static int open_notify(struct notify *n, const struct container *c, const char *address,
		       struct error *e)
{
	if (!c->record->notify_socket)
		return 0;
	if (!address)
		address = c->record->notify_socket;
	n->init = c->init.pid;
	return notify_has_listener(address) ? notify_open(n, address, c->dir, e) : 0;
}

static int wait_ready(struct notify *n, const struct container *c, const struct start_request *req,
		      struct error *e)
{
	int r = 0;

	if (n->sock >= 0) {
		/* It may take long: others must get at the container. */
		flock(c->dir, LOCK_UN);
		notify_begin_wait(n, req->ready_timeout);
		r = notify_wait_ready(n, req->id, c->pidfd, e);
	}
	notify_done(n);
	return r;
}

int run_start(const struct start_request *req, struct error *e)
{
	const char *id = req->id;
	struct notify notify = NOTIFY_INIT;
	struct error ignored = ERROR_INIT;
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_fd int root_fd = -EBADF;
	cleanup_container struct container c = { .dir = -EBADF, .pidfd = -EBADF };
	int r;

	r = container_find(&a, req->root, id, true, &root_fd, &c, e);
	if (r < 0)
		return r;
	if (!c.record)
		return error_kind(e, KIND_STATE_BROKEN, c.record_error.code, "%s",
				  c.record_error.msg);
	r = check_status(&c, id, e);
	if (r == 0)
		r = open_notify(&notify, &c, req->notify_socket, e);
	if (r == 0)
		r = let_go(&c, id, e);
	if (r == 0) {
		r = saved_hooks(&a, &c, HOOK_POSTSTART, "running", e);
		if (r < 0)
			take_back(&a, root_fd, &c, id);
	}
	if (r < 0) {
		notify_done(&notify);
		return r;
	}
	r = wait_ready(&notify, &c, req, e);
	/* Meanwhile it could be deleted, and its id given to another. */
	if (r < 0 && store_lock_current(root_fd, c.dir, id, &ignored) == 0)
		take_back(&a, root_fd, &c, id);
	return r;
}
