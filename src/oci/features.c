/* SPDX-License-Identifier: Apache-2.0 */
/* See features.h. */
#include "oci/features.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "json/write.h"
#include "oci/version.h"
#include "oci/words.h"

/*
 * F07: the union of what runc and crun name, and our own. Engines must not let
 * an image set these: they reach programs, files or units of the host.
 */
static const char *const unsafe_annotations[] = {
	"bundle",
	"io.crun.keep_original_groups",
	"io.kubernetes.cri.container-type",
	"krun.",
	"module.wasm.image/variant",
	"org.criu.",
	"org.criu.config",
	"org.systemd.property.",
	"run.oci.",
	"run.urun.",
	"urun.",
	NULL,
};

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A list as a sorted array; nothing for a NULL list. */
static int member_sorted(struct json_writer *w, const char *key, const char *const *list)
{
	cleanup_free const char **copy = NULL;
	size_t n = 0;

	if (!list)
		return 0;
	while (list[n])
		n++;
	copy = calloc(n + 1, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	memcpy(copy, list, n * sizeof(*copy));
	qsort(copy, n, sizeof(*copy), compare);
	jw_member_strings(w, key, copy);
	return 0;
}

static void member_enabled(struct json_writer *w, const char *key, bool on)
{
	jw_key(w, key);
	jw_object_begin(w);
	jw_member_bool(w, "enabled", on);
	jw_object_end(w);
}

static void write_cgroup(struct json_writer *w, const struct oci_features_facts *f)
{
	jw_key(w, "cgroup");
	jw_object_begin(w);
	jw_member_bool(w, "v1", f->cgroup_v1);
	jw_member_bool(w, "v2", f->cgroup_v2);
	jw_member_bool(w, "systemd", f->cgroup_systemd);
	jw_member_bool(w, "systemdUser", f->cgroup_systemd_user);
	jw_member_bool(w, "rdma", f->cgroup_rdma);
	jw_object_end(w);
}

static int write_seccomp(struct json_writer *w, const struct oci_features_facts *f)
{
	const struct {
		const char *key;
		const char *const *list;
	} rows[] = {
		{ "actions", f->seccomp_actions },
		{ "operators", f->seccomp_operators },
		{ "archs", f->seccomp_archs },
		{ "knownFlags", f->seccomp_known_flags },
		{ "supportedFlags", f->seccomp_supported_flags },
	};
	int ret = 0;

	jw_key(w, "seccomp");
	jw_object_begin(w);
	jw_member_bool(w, "enabled", f->seccomp);
	for (size_t i = 0; ret == 0 && f->seccomp && i < ARRAY_SIZE(rows); i++)
		ret = member_sorted(w, rows[i].key, rows[i].list);
	jw_object_end(w);
	return ret;
}

static int write_memory_policy(struct json_writer *w, const struct oci_features_facts *f)
{
	int ret;

	if (!f->memory_policy_modes)
		return 0;
	jw_key(w, "memoryPolicy");
	jw_object_begin(w);
	ret = member_sorted(w, "modes", f->memory_policy_modes);
	if (ret == 0)
		ret = member_sorted(w, "flags", f->memory_policy_flags);
	jw_object_end(w);
	return ret;
}

static int write_linux(struct json_writer *w, const struct oci_features_facts *f)
{
	int ret;

	jw_key(w, "linux");
	jw_object_begin(w);
	ret = member_sorted(w, "namespaces", oci_namespace_names);
	if (f->capabilities)
		jw_member_strings(w, "capabilities", f->capabilities); /* by number */
	write_cgroup(w, f);
	if (ret == 0)
		ret = write_seccomp(w, f);
	member_enabled(w, "apparmor", f->apparmor);
	member_enabled(w, "selinux", f->selinux);
	jw_key(w, "intelRdt");
	jw_object_begin(w);
	jw_member_bool(w, "enabled", f->intel_rdt);
	jw_member_bool(w, "schemata", f->intel_rdt_schemata);
	jw_member_bool(w, "monitoring", f->intel_rdt_monitoring);
	jw_object_end(w);
	if (ret == 0)
		ret = write_memory_policy(w, f);
	jw_key(w, "mountExtensions");
	jw_object_begin(w);
	member_enabled(w, "idmap", f->idmap);
	jw_object_end(w);
	member_enabled(w, "netDevices", f->net_devices);
	jw_object_end(w);
	return ret;
}

static void write_annotations(struct json_writer *w, const struct oci_features_facts *f)
{
	jw_key(w, "annotations");
	jw_object_begin(w);
	if (f->libseccomp_version)
		jw_member_string(w, "io.github.seccomp.libseccomp.version", f->libseccomp_version);
	/* The key by which containerd and CRI-O look for it, whatever the runtime. */
	jw_member_string(w, "org.opencontainers.runc.checkpoint.enabled",
			 f->checkpoint ? "true" : "false");
	if (f->commit)
		jw_member_string(w, "run.oci.urun.commit", f->commit);
	jw_member_string(w, "run.oci.urun.version", f->version);
	jw_member_string(w, "run.oci.urun.networks",
			 f->libslirp_version ? "slirp,none,host" : "none,host");
	if (f->libslirp_version) {
		jw_member_string(w, "run.oci.urun.slirp", f->libslirp_version);
		jw_member_string(w, "run.oci.urun.slirp.ping", f->ping ? "true" : "false");
	}
	jw_object_end(w);
}

int oci_features(const struct oci_features_facts *f, struct strbuf *out)
{
	struct json_writer w;
	int ret;

	jw_init(&w, out, true);
	jw_object_begin(&w);
	jw_member_string(&w, "ociVersionMin", OCI_SPEC_VERSION_MIN);
	jw_member_string(&w, "ociVersionMax", OCI_SPEC_VERSION);
	jw_member_strings(&w, "hooks", oci_hook_names); /* in the order they run */
	ret = member_sorted(&w, "mountOptions", f->mount_options);
	if (ret == 0)
		ret = write_linux(&w, f);
	write_annotations(&w, f);
	jw_member_strings(&w, "potentiallyUnsafeConfigAnnotations", unsafe_annotations);
	jw_object_end(&w);
	return ret < 0 ? ret : jw_done(&w);
}
