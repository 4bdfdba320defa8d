/* SPDX-License-Identifier: Apache-2.0 */
/* See target.h. */
#include "run/target.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/path.h"

int target_read_map(struct launch *l, pid_t init, const char *file, struct idmap *ret,
		    struct error *e)
{
	cleanup_free char *text = NULL;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/%s", init, file);
	r = io_read_file_at(AT_FDCWD, path, 1 << 16, &text, NULL);
	if (r == 0)
		r = idmap_parse(l->arena, text, ret);
	return r < 0 ? error_set(e, r, "read '%s'", path) : 0;
}

bool target_shares_userns(pid_t init)
{
	struct stat theirs, own;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/user", init);
	return path_stat(path, &theirs) == 0 && path_stat("/proc/self/ns/user", &own) == 0 &&
	       stat_is_same(&theirs, &own);
}
