/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that answers a container's SCMP_ACT_NOTIFY with plugins (X10). It
 * is the caller's, in none of the container's namespaces, holds none of the
 * caller's fds, and lives until the last process under the filter is gone.
 */
#ifndef URUN_RUN_MONITOR_H
#define URUN_RUN_MONITOR_H

#include "run/launch.h"

/*
 * Starts it and waits until its plugins are loaded: their errors are ours. The
 * listener goes into *ret_sock; when that is closed without one, it ends.
 */
int monitor_start(struct launch *l, int *ret_sock, struct error *e);

#endif
