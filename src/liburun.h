/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of liburun share; not installed. */
#ifndef URUN_LIBURUN_H
#define URUN_LIBURUN_H

#include <stdbool.h>

#include "base/error.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "cgroup/bus.h"
#include "cgroup/request.h"
#include "urun.h"

#define API __attribute__((visibility("default"))) /* a call of urun.h */

struct urun_ctx {
	char *root;             /* state directory */
	bool is_home_root;      /* the one below $HOME, for want of a better one */
	char *notify_socket;    /* NOTIFY_SOCKET, or NULL */
	char *seccomp_receiver; /* RUN_OCI_SECCOMP_RECEIVER, or NULL */
	struct bus_environment bus;
	enum cgroup_manager cgroup_manager;
	bool rootless_strict;
	unsigned int ready_timeout; /* seconds; 0: none */
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

/*
 * Options of a caller of any age: what it does not know is 0 for us, and what we
 * do not know must be 0 for it.
 */
int options_copy(const char *name, const void *in, void *out, size_t known, struct error *e);

/* A document, malloc'd, for the caller. */
int document_take(struct strbuf *b, char **ret, struct error *e);

#endif
