/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of `urun events` (K19): runc's JSON as go-runc and containerd parse it
 * (engine-contracts.md section 6), with the pressure that newer ones have, and an exit
 * event. What is not known is left out.
 */
#ifndef URUN_OCI_EVENTS_DOC_H
#define URUN_OCI_EVENTS_DOC_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/strbuf.h"
#include "cgroup/stat.h"

struct oci_exit {
	pid_t pid;
	bool has_status;
	int status; /* of the exit, or 128 + signal */
	int signal; /* 0: none */
	bool has_oom, oom_killed;
};

/* Each appends one line with its newline. 0 or the strbuf's error. */
int oci_event_stats(const char *id, const struct cgroup_stats *s, struct strbuf *out);
int oci_event_oom(const char *id, struct strbuf *out);
int oci_event_exit(const char *id, const struct oci_exit *x, struct strbuf *out);

#endif
