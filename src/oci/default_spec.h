/* SPDX-License-Identifier: Apache-2.0 */
/* The config.json that `urun spec` writes (K16). */
#ifndef URUN_OCI_DEFAULT_SPEC_H
#define URUN_OCI_DEFAULT_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "json/write.h"

enum oci_spec_home { OCI_SPEC_HOME_PRIVATE, OCI_SPEC_HOME_READ_ONLY, OCI_SPEC_HOME_WRITABLE };

/* All lists end with NULL, and may be NULL. */
struct oci_spec_request {
	/*
	 * A user namespace; leaves out what only host root could do: devpts gid=5 (an
	 * unmapped id) and the device rules.
	 */
	bool rootless;
	uint32_t uid, gid;          /* of the process */
	const char *const *args;    /* default: sh */
	const char *const *env;     /* "NAME=VALUE"; of one name the last counts */
	const char *const *mounts;  /* the words of spec_mount_write() */
	const char *rootfs;         /* root.path; default: rootfs */
	bool host_rootfs;           /* root.path is the host's "/" */
	const char *const *private; /* with host_rootfs: its folders that become empty */
	enum oci_spec_home home_mode;
	const char *home;    /* with host_rootfs: $HOME, a folder; NULL: none */
	const char *network; /* "slirp:KEY=VALUE,...": annotations; NULL: none (N01) */
};

/* Appends the JSON text. */
int oci_default_spec(const struct oci_spec_request *req, struct strbuf *out, struct error *e);

/*
 * spec_mount.c: one object of .mounts from the words that docker's and podman's
 * --mount take: "type=bind,source=DIR,destination=DIR,ro". What is no such key is
 * an option of the mount ("noexec", "mode=755"). It is a line of CSV: a word with a
 * comma stands in quotes.
 */
int spec_mount_write(struct json_writer *w, const char *text, struct error *e);

/* spec_network.c: the member "annotations" that says the same as --network. */
int spec_network_write(struct json_writer *w, const char *text, struct error *e);

#endif
