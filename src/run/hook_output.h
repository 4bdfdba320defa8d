/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files for what hooks say (A11): the annotations run.oci.hooks.stdout and
 * run.oci.hooks.stderr. Without them it is captured, for the error of a hook
 * that fails.
 */
#ifndef URUN_RUN_HOOK_OUTPUT_H
#define URUN_RUN_HOOK_OUTPUT_H

#include "oci/config.h"

struct hook_output {
	int out, err; /* -EBADF: captured */
	const char *err_path;
};

#define HOOK_OUTPUT_NONE                      \
	{                                     \
		.out = -EBADF, .err = -EBADF, \
	}

/* Opens them as the caller, to append; a missing one is made, for him alone. */
int hook_output_open(const struct oci_map *annotations, struct hook_output *ret, struct error *e);
void hook_output_done(struct hook_output *o);

#endif
