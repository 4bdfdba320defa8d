/* SPDX-License-Identifier: Apache-2.0 */
/* See store.h: the root, the directories, the locks. */
#include "state/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/pidfd.h"

enum { ID_MAX = 255, LOCK_TIMEOUT_MS = 10000, LOCK_STEP_MS = 5, MAKE_ROUNDS = 64 };

int store_check_id(const char *id, struct error *e)
{
	size_t len = strlen(id);

	if (len == 0)
		return error_kind(e, KIND_BAD_CONTAINER_ID, EINVAL, "the container id is empty");
	if (len > ID_MAX)
		return error_kind(e, KIND_BAD_CONTAINER_ID, EINVAL,
				  "container id '%.32s...' is longer than %d bytes", id, ID_MAX);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)id[i];
		bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '-' ||
			    (c == '.' && i > 0);

		if (!good)
			return error_kind(
				e, KIND_BAD_CONTAINER_ID, EINVAL,
				"container id '%s': only letters, digits and _ + - . are allowed, "
				"and no leading dot",
				id);
	}
	return 0;
}

int store_open_root(const char *root, bool make, int *ret_fd, struct error *e)
{
	cleanup_fd int fd = -EBADF;
	struct stat st;
	int r;

	fd = path_open(root, O_RDONLY | O_DIRECTORY);
	if (fd == -ENOENT && make) {
		r = path_mkdirs(root, 0700);
		if (r < 0)
			return error_kind_set(e, KIND_STATE_ROOT, r,
					      "make the state directory '%s'", root);
		fd = path_open(root, O_RDONLY | O_DIRECTORY);
	}
	if (fd == -ENOENT && !make)
		return -ENOENT;
	if (fd < 0)
		return error_kind_set(e, KIND_STATE_ROOT, fd, "open the state directory '%s'",
				      root);
	if (fstat(fd, &st) < 0)
		return error_kind_set(e, KIND_STATE_ROOT, errno, "stat the state directory '%s'",
				      root);
	if (st.st_uid != geteuid() || (st.st_mode & 022)) {
		error_kind(e, KIND_STATE_ROOT, EPERM,
			   "state directory '%s' belongs to uid %u with mode %04o: others could "
			   "forge containers there",
			   root, st.st_uid, st.st_mode & 07777);
		return error_hint(e,
				  "give it to uid %u with mode 0700, or choose another with --root",
				  geteuid());
	}
	*ret_fd = take_fd(&fd);
	return 0;
}

static int try_lock(int dir)
{
	while (flock(dir, LOCK_EX | LOCK_NB) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int store_lock(int dir, const char *id, struct error *e)
{
	const struct timespec step = { .tv_nsec = LOCK_STEP_MS * 1000000L };

	for (int waited = 0; waited < LOCK_TIMEOUT_MS; waited += LOCK_STEP_MS) {
		int r = try_lock(dir);

		if (r == 0)
			return 0;
		if (r != -EWOULDBLOCK)
			return error_set(e, r, "lock container `%s`", id);
		nanosleep(&step, NULL);
	}
	return error_kind(e, KIND_CONTAINER_BUSY, ETIMEDOUT,
			  "container `%s` is busy: another command has worked on it for %d s", id,
			  LOCK_TIMEOUT_MS / 1000);
}

/*
 * Is this locked directory still the one of that name? Whoever removes one
 * holds its lock, so the answer stays true until we let go.
 */
static bool is_current(int root_fd, const char *id, int dir)
{
	struct stat ours, named;

	return fstat(dir, &ours) == 0 &&
	       path_statat(root_fd, id, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       stat_is_same(&ours, &named);
}

/*
 * C18: a directory that a boot left behind whose processes are all gone by
 * that very fact is no container. 1: it is out of the way; 0: it stays.
 */
static int reclaim(int root_fd, const char *id)
{
	cleanup_fd int dir = path_openat(root_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	struct init_handle h;
	char boot_id[37];
	int r;

	if (dir == -ENOENT)
		return 1;
	if (dir < 0 || store_read_handle(dir, STORE_INIT, &h) < 0 || proc_boot_id(boot_id) < 0 ||
	    strcmp(h.boot_id, boot_id) == 0 || try_lock(dir) < 0)
		return 0;
	if (!is_current(root_fd, id, dir))
		return 1;
	r = path_remove_tree(root_fd, id);
	return r < 0 ? r : 1;
}

/* The directory, locked; 0: it was taken away before we had the lock. */
static int make_once(int root_fd, const char *id, int *ret_dir, struct error *e)
{
	cleanup_fd int dir = -EBADF;
	int r = path_mkdirat(root_fd, id, 0700);

	if (r == -EEXIST) {
		r = reclaim(root_fd, id);
		if (r > 0)
			return 0;
		if (r == 0)
			return error_kind(e, KIND_CONTAINER_EXISTS, EEXIST,
					  "container `%s` already exists", id);
	}
	if (r < 0)
		return error_set(e, r, "make the state of container `%s`", id);
	dir = path_openat(root_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (dir == -ENOENT)
		return 0;
	if (dir < 0) {
		error_set(e, dir, "open the state of container `%s`", id);
		(void)path_unlinkat(root_fd, id, AT_REMOVEDIR);
		return -e->code;
	}
	r = store_lock(dir, id, e);
	if (r < 0 || !is_current(root_fd, id, dir))
		return r;
	/* Ours was deleted before we opened it, and this is another's, who is done with it. */
	if (path_accessat(dir, "config.json", F_OK) == 0)
		return error_kind(e, KIND_CONTAINER_EXISTS, EEXIST, "container `%s` already exists",
				  id);
	*ret_dir = take_fd(&dir);
	return 1;
}

int store_make(int root_fd, const char *id, int *ret_dir, struct error *e)
{
	/* Each round that gives 0 has lost to somebody's delete. */
	for (int round = 0; round < MAKE_ROUNDS; round++) {
		int r = make_once(root_fd, id, ret_dir, e);

		if (r != 0)
			return r < 0 ? r : 0;
	}
	return error_kind(e, KIND_CONTAINER_BUSY, EAGAIN,
			  "container `%s` is deleted while it is made, again and again", id);
}

int store_lock_current(int root_fd, int dir, const char *id, struct error *e)
{
	int r = store_lock(dir, id, e);

	if (r == 0 && !is_current(root_fd, id, dir))
		return error_kind(e, KIND_NO_CONTAINER, ENOENT, "container `%s` does not exist",
				  id);
	return r;
}

int store_unseal(const char *root, const char *id, struct error *e)
{
	cleanup_fd int fd = -EBADF;
	struct stat st;
	int r = store_open_root(root, false, &fd, e);

	if (r < 0)
		return r;
	r = path_statat(fd, id, &st, AT_SYMLINK_NOFOLLOW);
	if (r == 0 && !S_ISDIR(st.st_mode))
		r = -ENOTDIR;
	if (r == 0)
		r = path_chmodat(fd, id, 0700);
	return r < 0 ? error_set(e, r, "get at the state of container `%s`", id) : 0;
}

/* Names that we make in there, and what a killed write of them leaves. */
static bool is_own_name(const char *name)
{
	static const char *const names[] = { "init",      "state.json", "config.json",
					     "exec.fifo", "exec.error", "last-error",
					     "notify",    "cgroup",     "limits.json",
					     "net",       "resolv.conf" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t len = strlen(names[i]);

		if (strncmp(name, names[i], len) == 0 && (name[len] == '\0' || name[len] == '.'))
			return true;
	}
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

bool store_is_foreign(int dir)
{
	cleanup_dir DIR *stream = NULL;
	struct dirent *d;

	if (path_opendirat(dir, ".", &stream) < 0)
		return true;
	while ((d = readdir(stream)) != NULL)
		if (!is_own_name(d->d_name))
			return true;
	return false;
}

int store_open(int root_fd, const char *id, int *ret_dir, struct error *e)
{
	int dir = path_openat(root_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

	if (dir == -ENOENT || dir == -ENOTDIR)
		return error_kind(e, KIND_NO_CONTAINER, ENOENT, "container `%s` does not exist",
				  id);
	if (dir < 0)
		return error_set(e, dir, "open the state of container `%s`", id);
	*ret_dir = dir;
	return 0;
}

int store_remove(int root_fd, const char *id, struct error *e)
{
	int r = path_remove_tree(root_fd, id);

	if (r < 0)
		return error_set(e, r, "remove the state of container `%s`", id);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int collect_ids(DIR *stream, char ***ret, size_t *ret_n)
{
	char **ids = NULL;
	size_t n = 0;
	struct dirent *d;

	while ((d = readdir(stream)) != NULL) {
		struct error ignored;
		char **grown;

		if (d->d_type != DT_DIR && d->d_type != DT_UNKNOWN)
			continue;
		if (store_check_id(d->d_name, &ignored) < 0)
			continue;
		grown = realloc(ids, (n + 1) * sizeof(*ids));
		if (grown)
			ids = grown;
		if (!grown || !(ids[n] = strdup(d->d_name))) {
			while (n > 0)
				free(ids[--n]);
			free(ids);
			return -ENOMEM;
		}
		n++;
	}
	if (n)
		qsort(ids, n, sizeof(*ids), compare_names);
	*ret = ids;
	*ret_n = n;
	return 0;
}

int store_each(int root_fd, int (*fn)(void *arg, const char *id), void *arg, struct error *e)
{
	cleanup_dir DIR *stream = NULL;
	char **ids;
	size_t n;
	int r = path_opendirat(root_fd, ".", &stream);

	if (r == 0)
		r = collect_ids(stream, &ids, &n);
	if (r < 0)
		return error_set(e, r, "read the state directory");
	for (size_t i = 0; i < n; i++) {
		if (r == 0)
			r = fn(arg, ids[i]);
		free(ids[i]);
	}
	free(ids);
	return r;
}
