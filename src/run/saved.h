/* SPDX-License-Identifier: Apache-2.0 */
/* The config that a container was made from, out of its state directory. */
#ifndef URUN_RUN_SAVED_H
#define URUN_RUN_SAVED_H

#include "oci/config.h"
#include "run/hooks.h"
#include "state/store.h"

int saved_config(struct arena *a, const struct container *c, const char *id,
		 struct oci_config **ret, struct error *e);

/* Runs the hooks of one kind, if the record says that there are any. */
int saved_hooks(struct arena *a, const struct container *c, enum hook_kind kind, const char *status,
		struct error *e);

#endif
