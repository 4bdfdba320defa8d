/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only module that hands a path to a path-taking system call
 * (security.md P1; tests/lint/paths.sh). Two families:
 *
 *  path_*_in(rootfd, ...)  below a container's root: openat2() with
 *      RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS; EAGAIN (a rename raced with
 *      "..") is retried within a deadline; no user-space fallback.
 *  path_*(...)             the caller's own host paths (bundle, state root,
 *      sockets, mount sources), resolved with the caller's credentials.
 *
 * All return a new close-on-exec fd, or 0, or -errno. Nothing here allocates.
 */
#ifndef URUN_BASE_PATH_H
#define URUN_BASE_PATH_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* --- below a root that the container can influence --- */

/* Opens `path` below rootfd; flags as open(2). */
int path_open_in(int rootfd, const char *path, int flags);

/* As path_open_in() with more RESOLVE_ bits (e.g. RESOLVE_NO_SYMLINKS). */
int path_open_in_resolve(int rootfd, const char *path, int flags, uint64_t resolve);

/*
 * Opens the directory `path` below rootfd with O_PATH, making what is missing
 * of it with `mode`. Existing symlinks are resolved in the root; a component is
 * never created through a dangling one.
 */
int path_mkdirs_in(int rootfd, const char *path, mode_t mode);

/*
 * Opens the regular file `path` below rootfd with O_PATH, making it (empty,
 * O_EXCL|O_NOFOLLOW) and its parents if missing. An existing object of any
 * type but a directory is returned as it is.
 */
int path_mkfile_in(int rootfd, const char *path, mode_t mode);

/*
 * Makes the symlink `path` -> `target` below rootfd. If something exists
 * there: 0 when it is that very symlink, else -EEXIST (with `replace`, a
 * non-directory in the way is removed first).
 */
int path_symlink_in(int rootfd, const char *path, const char *target, bool replace);

/*
 * Opens the parent of `path` below rootfd with O_PATH (making parents with
 * mode 0755 if `mkdirs`), and points *ret_name at the last component within
 * `path`. -EINVAL where the last component is "", "." or "..".
 */
int path_open_parent_in(int rootfd, const char *path, bool mkdirs, const char **ret_name);

/*
 * Reads a regular file that an image may have forged: opened non-blocking,
 * must be S_ISREG, at most `max` bytes (-EFBIG). The bytes go to buf, which
 * holds max + 1; it is NUL-terminated. Returns the length.
 */
ssize_t path_read_in(int rootfd, const char *path, char *buf, size_t max);

/* --- the caller's own paths --- */

int path_open(const char *path, int flags);
int path_openat(int dirfd, const char *path, int flags, mode_t mode);
int path_stat(const char *path, struct stat *st);
int path_statat(int dirfd, const char *path, struct stat *st, int flags);
int path_mkdir(const char *path, mode_t mode);  /* -EEXIST is an error */
int path_mkdirs(const char *path, mode_t mode); /* like mkdir -p */
int path_mkdirat(int dirfd, const char *name, mode_t mode);
int path_unlinkat(int dirfd, const char *name, int flags);
int path_accessat(int dirfd, const char *name, int mode);            /* by effective ids */
int path_chownat(int dirfd, const char *name, uid_t uid, gid_t gid); /* follows no symlink */
int path_opendirat(int dirfd, const char *name, DIR **ret);          /* to read its entries */
int path_mkfifoat(int dirfd, const char *name, mode_t mode);
int path_chmodat(int dirfd, const char *name, mode_t mode); /* follows a symlink */
int path_renameat(int dirfd, const char *from, const char *to);
int path_linkat(int fromfd, const char *from, int tofd, const char *to);
int path_chdir(const char *path);
ssize_t path_readlinkat(int dirfd, const char *name, char *buf, size_t len);

/* Absolute, symlink-free form of `path`, malloc'd in *ret. */
int path_real(const char *path, char **ret);

/* Removes the tree `name` below dirfd; follows no symlink. -ENOENT is 0. */
int path_remove_tree(int dirfd, const char *name);

/* --- text only, no system call --- */

/* Is `path` lexically equal to or below `dir`? Both absolute. */
bool path_is_below(const char *path, const char *dir);

/*
 * Writes the lexically cleaned absolute form ("/a/../b//c/" -> "/b/c") to
 * buf; -ENAMETOOLONG if it does not fit.
 */
int path_clean(const char *path, char *buf, size_t len);

/* Last component, "" for "/". Points into `path`. */
const char *path_base(const char *path);

#endif
