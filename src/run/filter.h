/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the seccomp filter comes from: the cache (then it is in the plan before
 * clone), or libseccomp, which takes longer than everything else together: then
 * the child goes on with its mounts while the parent compiles, and the program
 * is handed over in shared memory.
 */
#ifndef URUN_RUN_FILTER_H
#define URUN_RUN_FILTER_H

#include "run/launch.h"

/* Opens ROOT/.cache, which it makes where it is missing; -errno: there is none. */
int launch_open_cache(const struct launch *l);

/* Looks into the cache; makes the shared slot where it is not there. */
int filter_look_up(struct launch *l, struct error *e);

/* Does the child have to wait for it? */
bool filter_is_late(const struct launch *l);

/*
 * Parent: compiles, stores in the cache, and hands it to the child; where the
 * runtime hooks come first, filter_send() does that after them.
 */
int filter_compile_and_send(struct launch *l, struct error *e);
int filter_send(struct launch *l, struct error *e);

/* Child: waits for it and puts it into the plan. */
int filter_receive(struct launch *l, int sync, struct process_plan *p, struct error *e);

void filter_done(struct launch *l);

#endif
