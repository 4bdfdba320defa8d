/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of liburun share; not installed. */
#ifndef URUN_LIBURUN_H
#define URUN_LIBURUN_H

#include <stdbool.h>

#include "base/error.h"
#include "base/log.h"
#include "urun.h"

struct urun_ctx {
	char *root; /* state directory */
	bool systemd_cgroup;
	bool rootless_strict;
	struct error error;
	struct log log;
	urun_log_fn log_fn;
	void *log_arg;
};

/* The first thing in each public call: this thread works for ctx now. */
static inline void ctx_begin(urun_ctx *ctx)
{
	error_clear(&ctx->error);
	log_use(&ctx->log);
}

#endif
