/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one cleanup idiom: a resource is owned by a variable that frees it at
 * the end of its scope, and leaves that variable only by take_fd()/take_ptr().
 * An empty fd is -EBADF, so that a use after close fails loudly.
 */
#ifndef URUN_BASE_CLEANUP_H
#define URUN_BASE_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_fdp(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void cleanup_freep(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_dirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

static inline void cleanup_filep(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define cleanup_fd __attribute__((cleanup(cleanup_fdp)))
#define cleanup_free __attribute__((cleanup(cleanup_freep)))
#define cleanup_dir __attribute__((cleanup(cleanup_dirp)))
#define cleanup_file __attribute__((cleanup(cleanup_filep)))

/* Moves the fd out of its owner. */
static inline int take_fd(int *fd)
{
	int ret = *fd;

	*fd = -EBADF;
	return ret;
}

/* Moves a pointer out of its owner. */
#define take_ptr(p)                        \
	({                                 \
		__typeof__(p) *_pp = &(p); \
		__typeof__(p) _ret = *_pp; \
		*_pp = NULL;               \
		_ret;                      \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
