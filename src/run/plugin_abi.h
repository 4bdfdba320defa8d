/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a seccomp plugin exports: version 1 of the interface that crun has, so
 * that one plugin serves both. handle_request is needed, the others may be
 * missing. 0 is success, else -errno.
 */
#ifndef URUN_RUN_PLUGIN_ABI_H
#define URUN_RUN_PLUGIN_ABI_H

#include <linux/seccomp.h>
#include <stddef.h>

#define PLUGIN_SYMBOL(name) "run_oci_seccomp_notify_" name

enum { PLUGIN_ABI_VERSION = 1 };

/* Whose calls these are. Strings live as long as the plugin. */
struct plugin_conf {
	const char *runtime_root_path;
	const char *name;
	const char *bundle_path;
	const char *oci_config_path;
};

/* What handle_request says in *handled. */
enum plugin_answer {
	PLUGIN_NOT_HANDLED = 0,      /* the next plugin is asked, after the last: ENOTSUP */
	PLUGIN_RESPOND = 1,          /* the response is filled in */
	PLUGIN_RESPONDS_LATER = 2,   /* it sends the response itself */
	PLUGIN_RESPOND_CONTINUE = 3, /* the kernel is to go on with the call */
};

typedef int (*plugin_version_fn)(void);
typedef int (*plugin_start_fn)(void **opaque, struct plugin_conf *conf, size_t conf_size);
typedef int (*plugin_handle_request_fn)(void *opaque, struct seccomp_notif_sizes *sizes,
					struct seccomp_notif *request,
					struct seccomp_notif_resp *response, int seccomp_fd,
					int *handled);
typedef int (*plugin_stop_fn)(void *opaque);

#endif
