/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of liburun share; not installed. */
#ifndef URUN_LIBURUN_H
#define URUN_LIBURUN_H

#include <stdbool.h>

#include "base/error.h"
#include "urun.h"

struct urun_ctx {
	char *root;          /* state directory */
	char *notify_socket; /* NOTIFY_SOCKET, or NULL */
	bool systemd_cgroup;
	bool rootless_strict;
	unsigned int ready_timeout; /* seconds; 0: none */
	struct error error;
};

#endif
