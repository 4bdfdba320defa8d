/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tmpcopyup (M05): a tmpfs starts with what the directory it hides held. The
 * image is hostile and may change beside us: each object is opened once, by a
 * single name below its directory's fd, through no symlink, and all that is
 * read of it comes from that fd. Works after clone, so without heap: what needs
 * room is one struct on the stack, and the depth is bounded.
 *
 * Device nodes and sockets are left out: a node of the image is never one of
 * the container, and a socket without its listener is nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "base/syscalls.h"
#include "rootfs/rootfs.h"

enum {
	DEPTH_MAX = 64,
	DIRENTS_SIZE = 2048, /* holds seven of the longest names; one a level */
	XATTR_NAMES_SIZE = 4096,
	SCRATCH_SIZE = 65536, /* XATTR_SIZE_MAX; also link targets and file data */
};

struct copy {
	struct error *e;
	unsigned int depth;
	size_t path_len;
	char path[PATH_MAX]; /* below the directory copied, for messages */
	char names[XATTR_NAMES_SIZE];
	char scratch[SCRATCH_SIZE];
};

static int failed(struct copy *c, int err, const char *what)
{
	return error_set(c->e, err, "%s '%s'", what, c->path_len ? c->path : ".");
}

/* Opens one name for reading; no FIFO or terminal can hold us up. */
static int open_entry(int dir, const char *name, int flags)
{
	return path_open_in_resolve(dir, name,
				    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | flags,
				    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

/* What a caller without privilege over the id, label or kind may not set. */
static bool is_refusal(int err)
{
	return err == EPERM || err == EACCES || err == EINVAL || err == EOPNOTSUPP;
}

/* Labels are the mount's, overlay's own marks mean nothing outside of it. */
static bool wants_xattr(const char *name)
{
	return strcmp(name, "security.selinux") != 0 &&
	       strncmp(name, "trusted.overlay.", 16) != 0 &&
	       strncmp(name, "user.overlay.", 13) != 0;
}

static int copy_xattrs(struct copy *c, int in, int out)
{
	ssize_t len = flistxattr(in, c->names, sizeof(c->names));

	if (len < 0)
		return errno == EOPNOTSUPP ? 0 : failed(c, errno, "list the xattrs of");
	for (const char *name = c->names; name < c->names + len; name += strlen(name) + 1) {
		ssize_t n;

		if (!wants_xattr(name))
			continue;
		n = fgetxattr(in, name, c->scratch, sizeof(c->scratch));
		if (n < 0 && (errno == ENODATA || is_refusal(errno)))
			continue;
		if (n < 0)
			return failed(c, errno, "read an xattr of");
		if (fsetxattr(out, name, c->scratch, (size_t)n, 0) == 0)
			continue;
		if (!is_refusal(errno))
			return failed(c, errno, "set an xattr of");
		log_debug("tmpcopyup: xattr '%s' of '%s' is left out: %s", name, c->path,
			  error_words(errno));
	}
	return 0;
}

/* 0: given away, 1: not permitted (the owner stays the maker). */
static int copy_owner(struct copy *c, int out, const struct stat *st)
{
	if (fchownat(out, "", st->st_uid, st->st_gid, AT_EMPTY_PATH) == 0)
		return 0;
	if (!is_refusal(errno))
		return failed(c, errno, "set the owner of");
	log_debug("tmpcopyup: '%s' keeps its maker as owner: %u:%u cannot be set", c->path,
		  st->st_uid, st->st_gid);
	return 1;
}

static int copy_times(struct copy *c, int out, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (utimensat(out, "", times, AT_EMPTY_PATH) < 0 && !is_refusal(errno))
		return failed(c, errno, "set the times of");
	return 0;
}

/*
 * Owner, mode, xattrs, times. In this order: a change of owner takes setuid and
 * file capabilities away, one of the mode rewrites an ACL's mask.
 */
static int copy_attributes(struct copy *c, int in, int out, const struct stat *st)
{
	mode_t mode = st->st_mode & 07777;
	int r = copy_owner(c, out, st);

	if (r < 0)
		return r;
	/* Setuid to somebody else than in the image would be ours to answer for. */
	if (r > 0)
		mode &= ~(mode_t)(S_ISUID | S_ISGID);
	if (fchmod(out, mode) < 0)
		return failed(c, errno, "set the mode of");
	r = copy_xattrs(c, in, out);
	return r < 0 ? r : copy_times(c, out, st);
}

static int copy_by_buffer(struct copy *c, int in, int out, off_t at, off_t end)
{
	while (at < end) {
		size_t want = end - at < SCRATCH_SIZE ? (size_t)(end - at) : SCRATCH_SIZE;
		ssize_t n = pread(in, c->scratch, want, at);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(c, errno, "read");
		if (n == 0) /* it was cut meanwhile */
			return 0;
		if (lseek(out, at, SEEK_SET) < 0)
			return failed(c, errno, "seek in");
		r = io_write_all(out, c->scratch, (size_t)n);
		if (r < 0)
			return failed(c, r, "write");
		at += n;
	}
	return 0;
}

/* One extent; the kernel clones or copies it where both ends allow that. */
static int copy_extent(struct copy *c, int in, int out, off_t at, off_t end)
{
	off_t to = at;

	while (at < end) {
		ssize_t n = copy_file_range(in, &at, out, &to, (size_t)(end - at), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == ENOSPC || errno == EIO))
			return failed(c, errno, "copy");
		/* Two file systems, or 0 bytes of a file that lies about its size. */
		if (n <= 0)
			return copy_by_buffer(c, in, out, at, end);
	}
	return 0;
}

/* Holes stay holes: /var/log/lastlog is 300 GB in some images. */
static int copy_data(struct copy *c, int in, int out, off_t size)
{
	off_t at = 0;

	while (at < size) {
		off_t data = lseek(in, at, SEEK_DATA);
		off_t hole;
		int r;

		if (data < 0 && errno == ENXIO)
			break;
		if (data < 0) /* no such thing here */
			return copy_extent(c, in, out, at, size);
		hole = lseek(in, data, SEEK_HOLE);
		if (hole < 0 || hole > size)
			hole = size;
		if (hole <= data)
			break;
		r = copy_extent(c, in, out, data, hole);
		if (r < 0)
			return r;
		at = hole;
	}
	if (ftruncate(out, size) < 0)
		return failed(c, errno, "set the size of");
	return 0;
}

static int copy_file(struct copy *c, int from, int to, const char *name)
{
	cleanup_fd int in = open_entry(from, name, 0);
	cleanup_fd int out = -EBADF;
	struct stat st;
	int r;

	if (in < 0)
		return failed(c, in, "open");
	if (fstat(in, &st) < 0)
		return failed(c, errno, "stat");
	if (!S_ISREG(st.st_mode))
		return failed(c, ESTALE, "copy");
	out = path_openat(to, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (out < 0)
		return failed(c, out, "make");
	r = copy_data(c, in, out, st.st_size);
	return r < 0 ? r : copy_attributes(c, in, out, &st);
}

static int copy_symlink(struct copy *c, int from, int to, const char *name, const struct stat *st)
{
	cleanup_fd int out = -EBADF;
	ssize_t n;
	int r;

	n = path_readlinkat(from, name, c->scratch, PATH_MAX);
	if (n < 0)
		return failed(c, (int)n, "read the link");
	r = path_symlink_in(to, name, c->scratch, false);
	if (r < 0)
		return failed(c, r, "make the link");
	out = path_open_in_resolve(to, name, O_PATH | O_NOFOLLOW,
				   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	if (out < 0)
		return failed(c, out, "open the link");
	r = copy_owner(c, out, st);
	return r < 0 ? r : copy_times(c, out, st);
}

static int copy_fifo(struct copy *c, int from, int to, const char *name)
{
	cleanup_fd int in = open_entry(from, name, 0);
	cleanup_fd int out = -EBADF;
	struct stat st;
	int r;

	if (in < 0)
		return failed(c, in, "open");
	if (fstat(in, &st) < 0)
		return failed(c, errno, "stat");
	if (!S_ISFIFO(st.st_mode))
		return failed(c, ESTALE, "copy");
	r = path_mkfifoat(to, name, 0600);
	if (r < 0)
		return failed(c, r, "make");
	out = open_entry(to, name, 0);
	if (out < 0)
		return failed(c, out, "open");
	return copy_attributes(c, in, out, &st);
}

static int copy_entries(struct copy *c, int from, int to);

static int copy_directory(struct copy *c, int from, int to, const char *name)
{
	cleanup_fd int in = open_entry(from, name, O_DIRECTORY);
	cleanup_fd int out = -EBADF;
	struct stat st;
	int r;

	if (in < 0)
		return failed(c, in, "open");
	if (fstat(in, &st) < 0)
		return failed(c, errno, "stat");
	if (c->depth >= DEPTH_MAX)
		return error_msg(c->e, ELOOP, "'%.256s...' is deeper than %d directories", c->path,
				 DEPTH_MAX);
	r = path_mkdirat(to, name, 0700);
	if (r < 0)
		return failed(c, r, "make");
	out = open_entry(to, name, O_DIRECTORY);
	if (out < 0)
		return failed(c, out, "open");
	c->depth++;
	r = copy_entries(c, in, out);
	c->depth--;
	return r < 0 ? r : copy_attributes(c, in, out, &st);
}

static int copy_one(struct copy *c, int from, int to, const char *name)
{
	struct stat st;
	int r = path_statat(from, name, &st, AT_SYMLINK_NOFOLLOW);

	if (r == -ENOENT) /* it went meanwhile */
		return 0;
	if (r < 0)
		return failed(c, r, "stat");
	switch (st.st_mode & S_IFMT) {
	case S_IFREG:
		return copy_file(c, from, to, name);
	case S_IFDIR:
		return copy_directory(c, from, to, name);
	case S_IFLNK:
		return copy_symlink(c, from, to, name, &st);
	case S_IFIFO:
		return copy_fifo(c, from, to, name);
	default:
		log_debug("tmpcopyup: '%s' is a device or a socket and left out", c->path);
		return 0;
	}
}

/* As copy_one(), with the name appended to the path for messages. */
static int copy_named(struct copy *c, int from, int to, const char *name)
{
	size_t len = strlen(name), before = c->path_len;
	int r;

	if (before + len + 2 > sizeof(c->path))
		return error_msg(c->e, ENAMETOOLONG, "'%.256s...' is too long a path", c->path);
	if (before)
		c->path[c->path_len++] = '/';
	memcpy(c->path + c->path_len, name, len + 1);
	c->path_len += len;
	r = copy_one(c, from, to, name);
	c->path_len = before;
	c->path[before] = '\0';
	return r;
}

/* glibc's struct dirent64 is what the kernel writes. */
static int copy_entries(struct copy *c, int from, int to)
{
	char buf[DIRENTS_SIZE] __attribute__((aligned(__alignof__(struct dirent64))));

	for (;;) {
		long n = syscall(SYS_getdents64, from, buf, sizeof(buf));

		if (n < 0)
			return failed(c, errno, "list");
		if (n == 0)
			return 0;
		for (long at = 0; at < n;) {
			const struct dirent64 *d = (const struct dirent64 *)(buf + at);
			int r = 0;

			at += d->d_reclen;
			if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
				r = copy_named(c, from, to, d->d_name);
			if (r < 0)
				return r;
		}
	}
}

int tmpcopyup(int from, int to, struct error *e)
{
	struct copy c;

	/* The buffers are written before they are read. */
	c.e = e;
	c.depth = 0;
	c.path_len = 0;
	c.path[0] = '\0';
	return copy_entries(&c, from, to);
}
