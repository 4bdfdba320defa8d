/* SPDX-License-Identifier: Apache-2.0 */
/* What the planner has to know of the caller; create and exec ask alike. */
#ifndef URUN_RUN_PLANNING_H
#define URUN_RUN_PLANNING_H

#include "run/launch.h"

/* Gids of the container besides the user's own and additional ones; no new one changes nothing. */
int planning_add_gids(struct arena *a, struct oci_user *u, const uint32_t *gids, size_t n,
		      struct error *e);

/* Facts of the caller and this kernel, into l->caller and *ret. */
int planning_host(struct launch *l, struct plan_host *ret, struct error *e);

#endif
