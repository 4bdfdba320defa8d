/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small host of one's own in a temporary folder: etc/, proc/, bin/. Each
 * test program includes this once.
 */
#ifndef URUN_TESTS_USERNS_FIXTURE_H
#define URUN_TESTS_USERNS_FIXTURE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/path.h"
#include "userns/host.h"
#include "userns/userns.h"

struct fixture {
	char dir[64], etc[80], proc[80], bin[80];
	struct userns_host host;
};

__attribute__((unused)) static void fixture_write(const struct fixture *f, const char *name,
						  const char *text, mode_t mode)
{
	char path[256], parent[256];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	snprintf(parent, sizeof(parent), "%.*s", (int)(path_base(path) - path), path);
	if (path_mkdirs(parent, 0755) < 0 ||
	    io_write_file_at(AT_FDCWD, path, text, strlen(text), mode) < 0) {
		printf("Bail out! cannot write %s\n", path);
		exit(1);
	}
}

__attribute__((unused)) static void fixture_remove(const struct fixture *f, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	path_unlinkat(AT_FDCWD, path, 0);
}

__attribute__((unused)) static void fixture_init(struct fixture *f)
{
	*f = (struct fixture){ .dir = "/tmp/urun-userns.XXXXXX" };
	if (!mkdtemp(f->dir)) {
		printf("Bail out! cannot make a temporary folder\n");
		exit(1);
	}
	snprintf(f->etc, sizeof(f->etc), "%s/etc", f->dir);
	snprintf(f->proc, sizeof(f->proc), "%s/proc", f->dir);
	snprintf(f->bin, sizeof(f->bin), "%s/bin", f->dir);
	path_mkdirs(f->etc, 0755);
	path_mkdirs(f->proc, 0755);
	path_mkdirs(f->bin, 0755);
	f->host = (struct userns_host){ .etc = f->etc, .proc = f->proc, .helper_dirs = { f->bin } };
}

__attribute__((unused)) static void fixture_done(const struct fixture *f)
{
	path_remove_tree(AT_FDCWD, f->dir);
}

/* A caller without any privilege, in the initial user namespace. */
__attribute__((unused)) static struct userns_caller fixture_caller(const struct fixture *f,
								   uid_t uid, gid_t gid)
{
	return (struct userns_caller){
		.ruid = uid,
		.euid = uid,
		.egid = gid,
		.initial = true,
		.bounding_setuid = true,
		.bounding_setgid = true,
		.host = &f->host,
	};
}

#endif
