/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done to a whole cgroup with all below it: kill, freeze, list, remove
 * (V26, V27). The walk goes down and up by "..", with one descriptor: a container
 * may have made a thousand levels. Names in cgroupfs cannot be symlinks.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "cgroup/cgroup.h"
#include "cgroup/v1.h"

enum {
	END_TIMEOUT_MS = 10000,
	FREEZE_TIMEOUT_MS = 10000,
	RMDIR_ROUNDS = 20,
	SYSTEMD_ROUNDS = 100, /* of 10 ms */
	PIDS_STEP = 64,
	LEVELS_STEP = 32,
	NAMES_MAX = 1 << 24, /* of the children of one cgroup */
};

/* Waits until a line of cgroup.events is `line`; the kernel notifies by POLLPRI. */
static int wait_event(int dir, const char *line, int timeout_ms)
{
	cleanup_fd int fd = path_openat(dir, "cgroup.events", O_RDONLY, 0);
	int64_t end = (int64_t)clock_ms() + timeout_ms;
	char text[256];

	if (fd < 0)
		return fd;
	for (;;) {
		ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
		int64_t left = end - (int64_t)clock_ms();
		int r;

		if (n < 0)
			return -errno;
		text[n] = '\0';
		if (strstr(text, line))
			return 0;
		if (left <= 0)
			return -ETIMEDOUT;
		r = fd_wait(fd, POLLPRI, (int)left);
		if (r < 0 && r != -ETIMEDOUT)
			return r;
	}
}

int cgroup_kill(int dir)
{
	return io_write_value_at(dir, "cgroup.kill", "1");
}

int cgroup_set_frozen(int dir, bool frozen)
{
	int r = io_write_value_at(dir, "cgroup.freeze", frozen ? "1" : "0");

	if (r == 0)
		r = wait_event(dir, frozen ? "frozen 1" : "frozen 0", FREEZE_TIMEOUT_MS);
	/* What was thawed may end at once, by a signal that waited, and systemd removes it. */
	if ((r == -ENOENT || r == -ENODEV) && !frozen)
		r = 0;
	/* A half-frozen one is no state to leave it in. */
	if (r < 0 && frozen)
		(void)io_write_value_at(dir, "cgroup.freeze", "0");
	return r;
}

bool cgroup_is_frozen(int dir)
{
	char text[8];

	return cgroup_read(dir, "cgroup.freeze", text, sizeof(text)) > 0 && *text == '1';
}

/* --- the walk --- */

/* The children of one level: names with their NULs, and how far we are. */
struct level {
	struct strbuf names;
	size_t at, next;
};

struct walk {
	struct level *levels;
	size_t n, room;
	int dir; /* of the last level */
};

/* Each as it is met; `leave` after all below it, by its parent. Either may be NULL. */
struct walker {
	int (*visit)(int dir, void *arg);
	int (*leave)(int parent, const char *name, void *arg);
	void *arg;
};

static int list_children(int dir, struct strbuf *ret)
{
	cleanup_dir DIR *stream = NULL;
	struct dirent *d;
	int r = path_opendirat(dir, ".", &stream);

	if (r < 0)
		return r;
	while ((d = readdir(stream)) != NULL)
		if (d->d_type == DT_DIR && strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
			strbuf_add(ret, d->d_name, strlen(d->d_name) + 1);
	return strbuf_error(ret);
}

/* Takes `dir` over as the place to be. */
static int enter(struct walk *w, int dir, const struct walker *k)
{
	struct level *grown;
	int r;

	cleanup_fdp(&w->dir);
	w->dir = dir;
	if (w->n == w->room) {
		grown = realloc(w->levels, (w->room + LEVELS_STEP) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		w->levels = grown;
		w->room += LEVELS_STEP;
	}
	w->levels[w->n] = (struct level){ .names = STRBUF_INIT(NAMES_MAX) };
	r = list_children(dir, &w->levels[w->n++].names);
	if (r == 0 && k->visit)
		r = k->visit(dir, k->arg);
	return r;
}

static int go_up(struct walk *w, const struct walker *k)
{
	struct level *l = &w->levels[--w->n];
	int up;

	strbuf_done(&l->names);
	if (w->n == 0)
		return 0;
	up = path_openat(w->dir, "..", O_RDONLY | O_DIRECTORY, 0);
	if (up < 0)
		return up;
	cleanup_fdp(&w->dir);
	w->dir = up;
	l--;
	return k->leave ? k->leave(up, l->names.s + l->at, k->arg) : 0;
}

static int walk_tree(int dir, const struct walker *k)
{
	struct walk w = { .dir = -EBADF };
	int r = path_openat(dir, ".", O_RDONLY | O_DIRECTORY, 0);

	if (r >= 0)
		r = enter(&w, r, k);
	while (r == 0 && w.n > 0) {
		struct level *l = &w.levels[w.n - 1];
		int child;

		if (l->next >= l->names.len) {
			r = go_up(&w, k);
			continue;
		}
		l->at = l->next;
		l->next += strlen(l->names.s + l->at) + 1;
		child = path_openat(w.dir, l->names.s + l->at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
				    0);
		/* It may have gone meanwhile. */
		if (child != -ENOENT)
			r = child < 0 ? child : enter(&w, child, k);
	}
	while (w.n > 0)
		strbuf_done(&w.levels[--w.n].names);
	free(w.levels);
	cleanup_fdp(&w.dir);
	return r;
}

/* --- remove --- */

/* The dead may be counted for a moment. */
static int remove_one(int parent, const char *name)
{
	struct timespec pause = { .tv_nsec = 1000000 };
	int r = -EBUSY;

	for (int i = 0; i < RMDIR_ROUNDS && r == -EBUSY; i++) {
		r = path_unlinkat(parent, name, AT_REMOVEDIR);
		if (r == -EBUSY) {
			nanosleep(&pause, NULL);
			pause.tv_nsec += pause.tv_nsec / 2;
		}
	}
	return r == -ENOENT ? 0 : r;
}

static int leave_removed(int parent, const char *name, void *arg)
{
	size_t *n = arg;

	(*n)++;
	return remove_one(parent, name);
}

static int remove_path(const char *path)
{
	struct cgroup_host h;
	int r;

	cgroup_host_open(&h);
	r = remove_one(h.fd, path + strspn(path, "/"));
	cgroup_host_close(&h);
	return r;
}

/*
 * A scope's own directory is systemd's to remove, when the kernel has told it
 * that it is empty: one that went before would stay "active" for ever. But it
 * tries once, and where a container has made others that may have been too early.
 */
static int remove_scope(int dir, const char *path)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	char text[4];

	for (int i = 0; i < SYSTEMD_ROUNDS; i++) {
		if (cgroup_read(dir, "cgroup.events", text, sizeof(text)) < 0)
			return 0;
		nanosleep(&pause, NULL);
	}
	return remove_path(path);
}

int cgroup_open_note(const struct cgroup_note *n, int *ret_dir, struct error *e)
{
	int dir = cgroup_open_path(n->path);

	if (dir == -ENOENT)
		return -ENOENT;
	if (dir < 0)
		return error_kind(e, KIND_CGROUP, -dir, "open the cgroup '%s' (errno %d)", n->path,
				  -dir);
	*ret_dir = dir;
	return 0;
}

int cgroup_destroy(const struct cgroup_note *n, struct error *e)
{
	size_t removed = 0;
	const struct walker remover = { .leave = leave_removed, .arg = &removed };
	cleanup_fd int dir = -EBADF;
	int r = cgroup_open_note(n, &dir, e);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	(void)cgroup_kill(dir);
	r = wait_event(dir, "populated 0", END_TIMEOUT_MS);
	/* systemd removes an empty scope at the same time as we do. */
	if (r == -ENOENT || r == -ENODEV)
		return 0;
	if (r == 0)
		r = walk_tree(dir, &remover);
	if (r == 0 && n->manager == CGROUP_SYSTEMD && removed > 1)
		r = remove_scope(dir, n->path);
	if (r == 0 && n->manager != CGROUP_SYSTEMD)
		r = remove_path(n->path);
	if (r == 0 || r == -ENOENT || r == -ENODEV)
		return 0;
	error_kind(e, KIND_CGROUP, -r, "remove the cgroup '%s' (errno %d)", n->path, -r);
	if (r == -ETIMEDOUT || r == -EBUSY)
		return error_hint(e,
				  "a process in it cannot die (state D?): see cgroup.procs there");
	return r;
}

int cgroup_v1_destroy(const char *path, struct error *e)
{
	size_t removed = 0;
	const struct walker remover = { .leave = leave_removed, .arg = &removed };
	cleanup_fd int dir = path_open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	int r = dir < 0 ? dir : walk_tree(dir, &remover);

	if (r == 0)
		r = remove_one(AT_FDCWD, path);
	if (r == 0 || r == -ENOENT)
		return 0;
	return error_kind(e, KIND_CGROUP, -r, "remove the cgroup v1 directory '%s' (errno %d)",
			  path, -r);
}

/* --- who is in it --- */

struct pid_list {
	pid_t *pids;
	size_t n;
};

static int add_pid(struct pid_list *l, pid_t pid)
{
	if (l->n % PIDS_STEP == 0) {
		pid_t *grown = realloc(l->pids, (l->n + PIDS_STEP) * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		l->pids = grown;
	}
	l->pids[l->n++] = pid;
	return 0;
}

static int add_pids_of(int dir, void *arg)
{
	struct pid_list *l = arg;
	cleanup_free char *text = NULL;
	int r = io_read_file_at(dir, "cgroup.procs", 1 << 24, &text, NULL);
	const char *p = text;
	uint64_t pid;

	/* Of a threaded one the processes are listed further up. */
	if (r < 0)
		return r == -EOPNOTSUPP || r == -ENODEV ? 0 : r;
	for (; *p; p += *p == '\n')
		/* 0 is a process of another pid namespace: nothing to us */
		if (parse_u64_at(&p, &pid) < 0 || (pid && add_pid(l, (pid_t)pid) < 0))
			return -ENOMEM;
	return 0;
}

static int compare_pids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

int cgroup_pids(int dir, pid_t **ret, size_t *ret_n)
{
	struct pid_list l = { 0 };
	const struct walker lister = { .visit = add_pids_of, .arg = &l };
	int r = walk_tree(dir, &lister);

	if (r < 0) {
		free(l.pids);
		return r;
	}
	if (l.n)
		qsort(l.pids, l.n, sizeof(*l.pids), compare_pids);
	*ret = l.pids;
	*ret_n = l.n;
	return 0;
}
