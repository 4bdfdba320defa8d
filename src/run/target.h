/* SPDX-License-Identifier: Apache-2.0 */
/* The user namespace of a container that exec and mounts enter. */
#ifndef URUN_RUN_TARGET_H
#define URUN_RUN_TARGET_H

#include "run/launch.h"

/* The map that init lives in ("uid_map", "gid_map"), whoever chose it. */
int target_read_map(struct launch *l, pid_t init, const char *file, struct idmap *ret,
		    struct error *e);

/* Does the caller stand in the container's user namespace already? Then it cannot be joined. */
bool target_shares_userns(pid_t init);

#endif
