/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What survives the command that made the container: ROOT/ID/state.json, with
 * a format number. Written whole by rename; read back by the same table.
 */
#ifndef URUN_STATE_RECORD_H
#define URUN_STATE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "oci/config.h"

enum { STATE_FORMAT = 1 };

struct state_record {
	uint32_t format; /* STATE_FORMAT */
	const char *id;
	int64_t pid;         /* init, in the caller's pid namespace */
	uint64_t start_time; /* of that process: pid reuse is seen (K21) */
	const char *boot_id;
	const char *bundle, *rootfs; /* absolute */
	const char *created;         /* RFC 3339 with nanoseconds */
	const char *owner;           /* user name or decimal uid */
	const char *oci_version;     /* of the config */
	/* CLONE_NEW* of the namespaces that exec must join */
	uint64_t namespaces;
	uint32_t hooks; /* bit of each enum hook_kind that the config has */
	bool setgroups_denied;
	bool setting_up;           /* hooks run, READY has not been seen: "creating" */
	bool devices_open;         /* the config denies devices, and no filter does (V22) */
	const char *rdt_made;      /* resctrl group that goes with the container, or NULL */
	const char *net_config;    /* the built-in network, as net_config_write() has it; or NULL */
	const char *notify_socket; /* NOTIFY_SOCKET of who made it, NULL: none is passed on */
	bool keep_groups;          /* the caller's: exec does so, too */
	uint32_t *map_groups;      /* gids of the container that its processes have, exec's too */
	size_t n_map_groups;
	bool has_exit_status; /* of init, known to `run --keep` */
	uint32_t exit_status;
	bool has_oom, oom; /* the OOM killer struck in its cgroup; known as that is, if counted */
	struct oci_key_value *annotations;
	size_t n_annotations;
};

/* JSON text of the record, malloc'd. */
int state_record_format(const struct state_record *r, char **ret, size_t *ret_len, struct error *e);

/* Decodes it; everything lives in the arena. */
int state_record_parse(struct arena *a, const char *text, size_t len, struct state_record **ret,
		       struct error *e);

#endif
