/* SPDX-License-Identifier: Apache-2.0 */
/* What a container uses, and what happens to it (K19, V26). */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/pidfd.h"
#include "base/strbuf.h"
#include "cgroup/cgroup.h"
#include "cgroup/oom.h"
#include "oci/events_doc.h"
#include "run/cgroups.h"
#include "run/create.h"

enum {
	LINE_MAX_BYTES = 4 << 20,
	REAP_WAIT_MS = 1000, /* conmon and the like reap at once */
};

struct events {
	const struct events_request *req;
	struct container c;
	int dir;    /* of its cgroup */
	int oom_fd; /* memory.events; -ENOENT: nothing counts */
	struct cgroup_oom oom;
	bool counts_oom, oom_killed;
};

static int not_running(const char *id, struct error *e)
{
	return error_kind(e, KIND_NOT_RUNNING, ESRCH, "container `%s`: container not running", id);
}

/* The container and its cgroup. */
static int find(struct arena *a, const char *root, const char *id, struct container *ret,
		int *ret_dir, struct error *e)
{
	cleanup_fd int root_fd = -EBADF;
	int r = container_find(a, root, id, false, &root_fd, ret, e);

	if (r < 0)
		return r;
	if (ret->pidfd < 0)
		return not_running(id, e);
	if (!ret->cgroup.path) {
		error_kind(e, KIND_CGROUP, ENOTSUP,
			   "container `%s` has no cgroup of its own: nothing counts what it uses",
			   id);
		return error_hint(e, CGROUP_HINT_NONE);
	}
	r = cgroup_open_note(&ret->cgroup, ret_dir, e);
	return r == -ENOENT ? not_running(id, e) : r;
}

/*
 * Without the controller its processes are counted, as runc does. An error number
 * without a message: -ENODEV is a cgroup that has been removed.
 */
static int add_stats(int dir, const char *id, struct strbuf *out)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_free pid_t *found = NULL;
	struct cgroup_stats s;
	size_t n;
	int r = cgroup_stats_read(&a, dir, &s);

	if (r < 0)
		return r;
	if (!s.pids_current.has && cgroup_pids(dir, &found, &n) == 0)
		s.pids_current = (struct cgroup_number){ true, n };
	return oci_event_stats(id, &s, out);
}

static int cannot_read(int err, const struct container *c, const char *id, struct error *e)
{
	if (err == -ENODEV)
		return not_running(id, e);
	return error_set(e, err, "read the cgroup '%s' of container `%s`", c->cgroup.path, id);
}

int run_stats(const char *root, const char *id, struct strbuf *out, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	cleanup_container struct container c = { .dir = -EBADF, .pidfd = -EBADF };
	cleanup_fd int dir = -EBADF;
	int r = find(&a, root, id, &c, &dir, e);

	if (r < 0)
		return r;
	r = add_stats(dir, id, out);
	return r < 0 ? cannot_read(r, &c, id, e) : 0;
}

/* --- the stream; 1: fn wants no more --- */

static int tell(struct events *s, const struct strbuf *line)
{
	return s->req->fn(s->req->arg, line->s) ? 1 : 0;
}

static int tell_stats(struct events *s, struct error *e)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT(LINE_MAX_BYTES);
	int r = add_stats(s->dir, s->req->id, &line);

	/* Gone before init is: the end is near, and has its own event. */
	if (r == -ENODEV)
		return 0;
	return r < 0 ? cannot_read(r, &s->c, s->req->id, e) : tell(s, &line);
}

static int tell_oom(struct events *s, struct error *e)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT(LINE_MAX_BYTES);
	struct cgroup_oom now;
	int r;

	if (s->oom_fd < 0)
		return 0;
	r = cgroup_oom_read(s->oom_fd, &now);
	if (r < 0) {
		cleanup_fdp(&s->oom_fd);
		s->oom_fd = -ENODEV;
		return r == -ENODEV ? 0 : cannot_read(r, &s->c, s->req->id, e);
	}
	s->oom_killed = s->oom_killed || now.killed > 0;
	if (!cgroup_oom_rose(&s->oom, &now))
		return 0;
	r = oci_event_oom(s->req->id, &line);
	return r < 0 ? error_set(e, r, "write an event") : tell(s, &line);
}

static int tell_exit(struct events *s, struct error *e)
{
	cleanup_strbuf struct strbuf line = STRBUF_INIT(LINE_MAX_BYTES);
	struct oci_exit x = { .pid = s->c.init.pid };
	int status, r;

	r = tell_oom(s, e);
	if (r)
		return r;
	x.has_oom = s->counts_oom;
	x.oom_killed = s->oom_killed;
	if (pidfd_exit_status(s->c.pidfd, REAP_WAIT_MS, &status) == 0) {
		x.has_status = true;
		x.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
		x.status = exit_code_of(status);
	}
	r = oci_event_exit(s->req->id, &x, &line);
	return r < 0 ? error_set(e, r, "write an event") : tell(s, &line);
}

static int stream(struct events *s, struct error *e)
{
	uint64_t next = clock_ms();
	int r = 0;

	while (r == 0) {
		struct pollfd p[] = { { .fd = s->c.pidfd, .events = POLLIN },
				      { .fd = s->oom_fd, .events = POLLPRI } };
		uint64_t now = clock_ms(), left = next > now ? next - now : 0;

		if (poll(p, ARRAY_SIZE(p), left > 3600000 ? 3600000 : (int)left) < 0) {
			if (errno == EINTR)
				continue;
			return error_set(e, errno, "wait for container `%s`", s->req->id);
		}
		if (p[0].revents)
			return tell_exit(s, e);
		if (p[1].revents)
			r = tell_oom(s, e);
		if (r == 0 && clock_ms() >= next) {
			r = tell_stats(s, e);
			/* What was slept through is not made up for. */
			now = clock_ms();
			next += ((now - next) / s->req->interval_ms + 1) * s->req->interval_ms;
		}
	}
	return r;
}

int run_events(const struct events_request *req, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct events s = {
		.req = req,
		.c = { .dir = -EBADF, .pidfd = -EBADF },
		.dir = -EBADF,
		.oom_fd = -EBADF,
	};
	int r;

	if (req->interval_ms == 0)
		return error_msg(e, EINVAL, "an interval must be one millisecond at least");
	r = find(&a, req->root, req->id, &s.c, &s.dir, e);
	if (r == 0) {
		s.oom_fd = cgroup_oom_open(s.dir);
		/* What was before is not news. */
		s.counts_oom = s.oom_fd >= 0 && cgroup_oom_read(s.oom_fd, &s.oom) == 0;
		s.oom_killed = s.oom.killed > 0;
		r = stream(&s, e);
	}
	cleanup_fdp(&s.oom_fd);
	cleanup_fdp(&s.dir);
	container_done(&s.c);
	return r > 0 ? 0 : r;
}
