/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of the resctrl file system: shares of caches and of memory bandwidth
 * (linux.intelRdt, B01). All work below `root`, an fd of its top directory.
 */
#ifndef URUN_RUN_RESCTRL_H
#define URUN_RUN_RESCTRL_H

#include "run/launch.h"

/* /sys/fs/resctrl, if it is one. */
int resctrl_open(int *ret_root, struct error *e);

/*
 * The group is there afterwards; *ret_made: it was not before. One that the
 * config names without saying what it shall have must be there.
 */
int resctrl_make(int root, const struct rdt_plan *p, bool *ret_made, struct error *e);

/* A new group gets its schemata; one that was there must have them already. */
int resctrl_configure(int root, const struct rdt_plan *p, bool made, struct error *e);

/* A monitoring group of the container's own in it. */
int resctrl_make_monitor(int root, const struct rdt_plan *p, bool *ret_made, struct error *e);

/* Puts the process into the group, and into the monitoring group. */
int resctrl_add(int root, const struct rdt_plan *p, pid_t pid, struct error *e);

/* --- create, exec and delete --- */

/* All of the above; l->record.rdt_made says what there is to remove. */
int resctrl_enter(struct launch *l, struct error *e);

/* exec: into what create has made or found. */
int resctrl_join(struct launch *l, struct error *e);

/* Removes what was made, NULL: nothing. A failure is warned of. */
void resctrl_remove(const char *made);

#endif
