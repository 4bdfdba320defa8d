/* SPDX-License-Identifier: Apache-2.0 */
/* See store.h: one container's process, record and status. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "state/store.h"

enum { RECORD_MAX = 1 << 20 };

int init_handle_of(pid_t pid, struct init_handle *ret)
{
	struct proc_stat st;
	int r;

	r = proc_read_stat(pid, &st);
	if (r == 0)
		r = proc_boot_id(ret->boot_id);
	if (r < 0)
		return r;
	ret->pid = pid;
	ret->start_time = st.start_time;
	return 0;
}

int store_write_handle(int dir, const char *name, const struct init_handle *h, struct error *e)
{
	char target[128];
	int r;

	snprintf(target, sizeof(target), "%d:%llu:%s", h->pid, (unsigned long long)h->start_time,
		 h->boot_id);
	r = path_symlink_in(dir, name, target, true);
	if (r < 0)
		return error_set(e, r, "note the process '%s' in the state directory", name);
	return 0;
}

int store_read_handle(int dir, const char *name, struct init_handle *ret)
{
	char target[128];
	const char *p = target;
	uint64_t pid, start;
	ssize_t n;

	n = path_readlinkat(dir, name, target, sizeof(target));
	if (n < 0)
		return (int)n;
	if (parse_u64_at(&p, &pid) < 0 || *p++ != ':' || parse_u64_at(&p, &start) < 0 ||
	    *p++ != ':' || strlen(p) != 36 || pid == 0 || pid > INT32_MAX)
		return -EBADMSG;
	ret->pid = (pid_t)pid;
	ret->start_time = start;
	memcpy(ret->boot_id, p, sizeof(ret->boot_id));
	return 0;
}

static int open_handle(const struct init_handle *h, struct proc_stat *ret)
{
	cleanup_fd int pidfd = -EBADF;
	char boot_id[37];
	int r;

	r = proc_boot_id(boot_id);
	if (r < 0)
		return r;
	if (strcmp(boot_id, h->boot_id) != 0)
		return -ESRCH;
	/* First the pidfd, then the look: what we look at cannot change under it. */
	pidfd = pidfd_open_pid(h->pid);
	if (pidfd < 0)
		return pidfd == -EINVAL ? -ESRCH : pidfd;
	r = proc_read_stat(h->pid, ret);
	if (r < 0)
		return r;
	return ret->start_time == h->start_time ? take_fd(&pidfd) : -ESRCH;
}

int init_handle_open(const struct init_handle *h)
{
	struct proc_stat st;
	cleanup_fd int pidfd = open_handle(h, &st);

	if (pidfd >= 0 && (st.state == 'Z' || st.state == 'X'))
		return -ESRCH;
	return take_fd(&pidfd);
}

int init_handle_open_ended(const struct init_handle *h)
{
	struct proc_stat st;

	return open_handle(h, &st);
}

int store_write_record(int dir, const struct state_record *r, struct error *e)
{
	cleanup_free char *text = NULL;
	size_t len;
	int s;

	s = state_record_format(r, &text, &len, e);
	if (s < 0)
		return s;
	s = io_write_file_at(dir, "state.json", text, len, 0600);
	if (s < 0)
		return error_set(e, s, "write the state of container `%s`", r->id);
	return 0;
}

int store_read_record(struct arena *a, int dir, const char *id, struct state_record **ret,
		      struct error *e)
{
	cleanup_free char *text = NULL;
	size_t len;
	int r;

	r = io_read_file_at(dir, "state.json", RECORD_MAX, &text, &len);
	if (r < 0)
		return error_set(e, r, "read the state of container `%s`", id);
	r = state_record_parse(a, text, len, ret, e);
	if (r < 0)
		return error_prefix(e, "container `%s`", id);
	return 0;
}

const char *status_name(enum container_status s)
{
	static const char *const names[] = {
		[STATUS_CREATING] = "creating", [STATUS_CREATED] = "created",
		[STATUS_RUNNING] = "running",   [STATUS_PAUSED] = "paused",
		[STATUS_STOPPED] = "stopped",
	};

	return names[s];
}

/* Nothing is written down yet: its maker works on it, or has died before. */
static bool is_being_made(const struct container *c)
{
	if (c->locked || c->record_error.code != ENOENT)
		return false;
	if (flock(c->dir, LOCK_SH | LOCK_NB) < 0)
		return true;
	flock(c->dir, LOCK_UN);
	return false;
}

static enum container_status status_of(const struct container *c)
{
	struct stat st;

	if (c->pidfd < 0)
		return !c->has_handle && is_being_made(c) ? STATUS_CREATING : STATUS_STOPPED;
	if (c->record ? c->record->setting_up : is_being_made(c))
		return STATUS_CREATING;
	if (path_statat(c->dir, "exec.fifo", &st, AT_SYMLINK_NOFOLLOW) == 0)
		return STATUS_CREATED;
	return STATUS_RUNNING;
}

static bool record_handle(const struct state_record *r, struct init_handle *ret)
{
	if (!r || strlen(r->boot_id) != 36 || r->pid <= 0 || r->pid > INT32_MAX)
		return false;
	ret->pid = (pid_t)r->pid;
	ret->start_time = r->start_time;
	memcpy(ret->boot_id, r->boot_id, sizeof(ret->boot_id));
	return true;
}

/* By either of the two notes: one of them may be broken or forged (S3). */
static int find_init(struct container *c, const char *id, struct error *e)
{
	struct init_handle noted;
	int r = -ESRCH;

	c->has_handle = store_read_handle(c->dir, STORE_INIT, &c->init) == 0;
	if (c->has_handle)
		r = init_handle_open(&c->init);
	if (r == -ESRCH && record_handle(c->record, &noted)) {
		r = init_handle_open(&noted);
		if (r >= 0 || !c->has_handle)
			c->init = noted;
		c->has_handle = true;
	}
	if (r >= 0)
		c->pidfd = r;
	else if (r != -ESRCH)
		return error_set(e, r, "container `%s`: look at process %d", id, c->init.pid);
	return 0;
}

/*
 * A directory without a record and a living process: being made or deleted
 * by another command at this moment, left by one that was killed, or not ours.
 */
static bool is_no_container(const struct container *c)
{
	if (c->record || c->record_error.code != ENOENT || c->pidfd >= 0)
		return false;
	if (c->locked)
		return !c->has_handle && store_is_foreign(c->dir);
	return c->has_handle == is_being_made(c);
}

static int open_container(struct arena *a, int root_fd, const char *id, bool lock,
			  struct container *ret, struct error *e)
{
	cleanup_container struct container c = { .dir = -EBADF, .pidfd = -EBADF };
	int r;

	r = store_check_id(id, e);
	if (r == 0)
		r = store_open(root_fd, id, &c.dir, e);
	if (r == 0 && lock) {
		r = store_lock_current(root_fd, c.dir, id, e);
		c.locked = r == 0;
	}
	if (r < 0)
		return r;
	if (store_read_record(a, c.dir, id, &c.record, &c.record_error) < 0)
		c.record = NULL;
	(void)store_read_cgroup(a, c.dir, &c.cgroup);
	r = find_init(&c, id, e);
	if (r < 0)
		return r;
	if (is_no_container(&c))
		return error_kind(e, KIND_NO_CONTAINER, ENOENT, "container `%s` does not exist",
				  id);
	c.status = status_of(&c);
	*ret = c;
	c.dir = c.pidfd = -EBADF;
	return 0;
}

int container_open(struct arena *a, int root_fd, const char *id, struct container *ret,
		   struct error *e)
{
	return open_container(a, root_fd, id, false, ret, e);
}

int container_find(struct arena *a, const char *root, const char *id, bool lock, int *ret_root,
		   struct container *ret, struct error *e)
{
	cleanup_fd int fd = -EBADF;
	int r;

	r = store_check_id(id, e);
	if (r < 0)
		return r;
	r = store_open_root(root, false, &fd, e);
	if (r == -ENOENT)
		return error_kind(e, KIND_NO_CONTAINER, ENOENT, "container `%s` does not exist",
				  id);
	if (r == 0)
		r = open_container(a, fd, id, lock, ret, e);
	if (r < 0)
		return r;
	*ret_root = take_fd(&fd);
	return 0;
}

void container_done(struct container *c)
{
	cleanup_fdp(&c->dir);
	cleanup_fdp(&c->pidfd);
	c->dir = c->pidfd = -EBADF;
}
