/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The features document of the OCI runtime spec (F01-F07). What it says comes
 * from the caller, who takes it from the tables and probes that the code itself
 * uses: engines switch features on by this document.
 */
#ifndef URUN_OCI_FEATURES_H
#define URUN_OCI_FEATURES_H

#include <stdbool.h>

#include "base/strbuf.h"

struct oci_features_facts {
	const char *version, *commit;   /* of urun; commit may be NULL */
	const char *libseccomp_version; /* NULL: not linked */
	const char *libslirp_version;   /* of the built-in network; NULL: there is none (N01) */
	/* Lists end with NULL; a NULL list is left out. In any order. */
	const char *const *mount_options, *const *capabilities;
	const char *const *seccomp_actions, *const *seccomp_operators, *const *seccomp_archs;
	const char *const *seccomp_known_flags, *const *seccomp_supported_flags;
	const char *const *memory_policy_modes, *const *memory_policy_flags;
	bool cgroup_v1, cgroup_v2, cgroup_systemd, cgroup_systemd_user, cgroup_rdma;
	bool seccomp, apparmor, selinux;
	bool intel_rdt, intel_rdt_schemata, intel_rdt_monitoring;
	bool idmap; /* mountExtensions.idmap */
	bool net_devices;
	bool checkpoint;
	bool ping; /* the built-in network may send ICMP echo */
};

/* Appends the document, pretty. 0, -ENOMEM, or the strbuf's error. */
int oci_features(const struct oci_features_facts *f, struct strbuf *out);

#endif
