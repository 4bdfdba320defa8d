/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec --user by name (E14), looked up in the container's own /etc/passwd and
 * /etc/group. They are an image's, or by now whoever's in the container: opened
 * by fd below its root, regular files only, without waiting for a FIFO, 1 MiB at
 * most (path_read_in()).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/passwd.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "run/exec.h"

enum {
	FILE_MAX_LEN = 1 << 20,
	GROUPS_MAX = 65536, /* NGROUPS_MAX of the kernel */
};

struct look_up {
	struct arena *arena;
	const struct container *c;
	int root;         /* the container's, once a file is wanted */
	const char *spec; /* for messages */
};

/* The root that init sees; the pid cannot be another's if init lives still. */
static int open_root(struct look_up *l, struct error *e)
{
	char path[64];
	int r;

	if (l->root >= 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/root", l->c->init.pid);
	l->root = path_open(path, O_PATH | O_DIRECTORY);
	r = l->root < 0 ? l->root : pidfd_kill(l->c->pidfd, 0);
	if (r >= 0)
		return 0;
	return error_set(e, r, "--user '%s': open the container's root to look it up", l->spec);
}

static int hint_digits(struct error *e)
{
	return error_hint(e, "digits are not looked up: --user UID:GID");
}

static int read_file(struct look_up *l, const char *file, struct passwd_text *ret, struct error *e)
{
	char *buf;
	ssize_t n;
	int r = open_root(l, e);

	if (r < 0)
		return r;
	buf = arena_alloc(l->arena, FILE_MAX_LEN + 1);
	n = buf ? path_read_in(l->root, file, buf, FILE_MAX_LEN) : -ENOMEM;
	if (n >= 0) {
		*ret = (struct passwd_text){ buf, (size_t)n };
		return 0;
	}
	if (n == -ENOENT)
		error_msg(e, ENOENT, "--user '%s': the container has no '%s' to look it up in",
			  l->spec, file);
	else if (n == -EINVAL)
		error_msg(e, EINVAL, "--user '%s': '%s' of the container is no regular file",
			  l->spec, file);
	else if (n == -EFBIG)
		error_msg(e, EFBIG, "--user '%s': '%s' of the container is larger than 1 MiB",
			  l->spec, file);
	else
		error_set(e, (int)n, "--user '%s': read '%s' of the container", l->spec, file);
	return hint_digits(e);
}

static int find_group(struct look_up *l, const struct user_word *w, uint32_t *ret, struct error *e)
{
	struct passwd_text groups;
	int r;

	*ret = w->id;
	if (w->is_id)
		return 0;
	r = read_file(l, "/etc/group", &groups, e);
	if (r < 0 || group_find(&groups, w, ret))
		return r;
	error_kind(e, KIND_NO_SUCH_USER, ESRCH,
		   "--user '%s': no group '%.*s' in '/etc/group' of the container", l->spec,
		   (int)w->len, w->s);
	return hint_digits(e);
}

/* A container without /etc/group has no memberships: that is no error. */
static int find_memberships(struct look_up *l, const struct user_word *w, struct exec_request *req,
			    struct error *e)
{
	struct passwd_text groups;
	uint32_t *gids;
	size_t n;
	int r = read_file(l, "/etc/group", &groups, e);

	if (r == -ENOENT) {
		error_clear(e);
		return 0;
	}
	if (r < 0)
		return r;
	n = group_memberships(&groups, w, NULL, 0);
	if (n > GROUPS_MAX)
		return error_msg(e, E2BIG, "--user '%s': is in %zu groups, %d are possible",
				 l->spec, n, GROUPS_MAX);
	gids = arena_calloc(l->arena, n + 1, sizeof(*gids));
	if (!gids)
		return error_set(e, ENOMEM, "--user '%s'", l->spec);
	req->user_gids = gids;
	req->n_user_gids = group_memberships(&groups, w, gids, n);
	return 0;
}

/* What a login would have: ids, groups and HOME of the entry. */
static int find_user(struct look_up *l, const struct user_spec *spec, struct exec_request *req,
		     struct error *e)
{
	const struct user_word *w = &spec->user;
	struct passwd_text users;
	struct passwd_user u;
	int r = read_file(l, "/etc/passwd", &users, e);

	if (r < 0)
		return r;
	if (!passwd_find_user(&users, w, &u)) {
		error_kind(e, KIND_NO_SUCH_USER, ESRCH,
			   "--user '%s': no user '%.*s' in '/etc/passwd' of the container", l->spec,
			   (int)w->len, w->s);
		return hint_digits(e);
	}
	req->uid = u.uid;
	req->gid = u.gid;
	req->has_gid = req->replaces_gids = true;
	if (u.home_len && u.home[0] == '/' && u.home_len < PATH_MAX)
		req->home = arena_printf(l->arena, "HOME=%.*s", (int)u.home_len, u.home);
	return spec->has_group ? 0 : find_memberships(l, w, req, e);
}

static int resolve(struct look_up *l, struct exec_request *req, struct error *e)
{
	struct user_spec spec;
	int r;

	if (user_spec_parse(l->spec, &spec) < 0)
		return error_kind(e, KIND_USAGE, EINVAL,
				  "--user '%s': must be UID[:GID] or NAME[:GROUP]", l->spec);
	req->has_uid = true;
	req->uid = spec.user.id;
	r = spec.user.is_id ? 0 : find_user(l, &spec, req, e);
	if (r == 0 && spec.has_group) {
		req->has_gid = true;
		r = find_group(l, &spec.group, &req->gid, e);
	}
	return r;
}

int exec_user(struct arena *a, const struct container *c, struct exec_request *req, struct error *e)
{
	struct look_up l = { .arena = a, .c = c, .root = -EBADF, .spec = req->user };
	int r;

	if (!req->user)
		return 0;
	r = resolve(&l, req, e);
	cleanup_fdp(&l.root);
	return r;
}
