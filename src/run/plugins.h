/* SPDX-License-Identifier: Apache-2.0 */
/* The plugins of one container, in their monitor process (heap and all). */
#ifndef URUN_RUN_PLUGINS_H
#define URUN_RUN_PLUGINS_H

#include "base/error.h"
#include "run/plugin_abi.h"

struct plugin {
	void *library, *opaque;
	plugin_handle_request_fn handle_request;
	plugin_stop_fn stop;
};

struct plugins {
	struct plugin *v;
	size_t n;
	struct seccomp_notif_sizes sizes; /* the kernel's */
	struct seccomp_notif *request;
	struct seccomp_notif_resp *response;
};

/* Loads and starts each of names (NULL-terminated). */
int plugins_load(struct plugins *p, char *const *names, struct plugin_conf *conf, struct error *e);

/* Answers until no process is left under the filter. */
void plugins_serve(struct plugins *p, int listener);

/* Stops those that were started. */
void plugins_stop(struct plugins *p);

#endif
