/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a container as the OCI spec writes it: what `urun state` prints,
 * and what hooks get on stdin (K02, H02).
 */
#ifndef URUN_OCI_STATE_DOC_H
#define URUN_OCI_STATE_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/strbuf.h"
#include "json/write.h"
#include "oci/config.h"
#include "oci/net_api.h"

struct oci_state_doc {
	const char *id, *bundle;
	const char *status; /* "creating", "created", "running", "paused", "stopped" */
	pid_t pid;          /* 0 when stopped */
	const char *rootfs, *created, *owner, *systemd_scope; /* NULL: left out */
	const char *cgroup;                /* its path in the hierarchy; NULL: left out */
	const uint32_t *exit_status;       /* of init, once it is stopped; NULL: not known */
	const bool *oom;                   /* was one of it killed for memory; NULL: not known */
	const struct oci_map *annotations; /* NULL or empty: left out */
	/* What the config asks for and is not so, as paths of it; NULL: left out (V22). */
	const char *const *unenforced;
	/* The caller's groups that it keeps, as we number them; NULL: left out (I11). */
	const uint32_t *kept_groups;
	size_t n_kept_groups;
	const struct net_api_view *net; /* the built-in network; NULL: left out (N01) */
};

/* Writes it as one value of a larger document (`list`). */
void oci_state_doc_value(const struct oci_state_doc *s, struct json_writer *w);

/* Appends the document; hooks get it compact. 0 or the strbuf's error. */
int oci_state_doc_write(const struct oci_state_doc *s, bool pretty, struct strbuf *out);

/*
 * Appends the "container process state" that goes to a seccomp agent with the
 * listener (X09): `pid` is the process's, which in exec is not the state's;
 * metadata may be NULL.
 */
int oci_process_state_write(const struct oci_state_doc *s, pid_t pid, const char *metadata,
			    struct strbuf *out);

#endif
