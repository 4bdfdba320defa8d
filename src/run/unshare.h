/* SPDX-License-Identifier: Apache-2.0 */
/* The verb unshare (N10): no container, only its id maps. */
#ifndef URUN_RUN_UNSHARE_H
#define URUN_RUN_UNSHARE_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Turns this process into argv (NULL-terminated), as root of a new user namespace
 * with all ids that the caller may map, and in a mount namespace. Returns on
 * failure only: by then it may have left the caller's namespaces. *ret_status is
 * what a shell would exit with. The map shows map_groups ("27,video"; NULL: none) by their
 * own numbers.
 */
int run_unshare(const char *const *argv, const char *map_groups, int *ret_status, struct error *e);

/*
 * Calls fn in a child that is root of such a namespace: what containers of the
 * caller's sub-ids own is open to it. False: it could not be done, or fn said so.
 */
bool unshare_call(bool (*fn)(void *arg), void *arg);

#endif
