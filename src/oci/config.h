/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.json of the OCI runtime spec 1.3 (Linux) as plain structs. Field
 * names are the spec's in snake case. Everything lives in the arena given to
 * oci_load_*(), is read-only afterwards, and strings are never NULL-containing
 * UTF-8. A `has_x` stands beside a scalar whose absence means something else
 * than 0; pointers are NULL and counts 0 where the key is absent.
 */
#ifndef URUN_OCI_CONFIG_H
#define URUN_OCI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "cgroup/limits.h"
#include "userns/idmap.h"

#undef linux /* gnu11 predefines it as 1; here it is the spec's object */

struct oci_strings { /* an array of strings; v[n] is NULL, as for execve */
	char **v;
	size_t n;
};

struct oci_key_value { /* a member of a string map, in file order */
	const char *key, *value;
};

struct oci_map {
	struct oci_key_value *v;
	size_t n;
};

struct oci_user {
	uint32_t uid, gid;
	uint32_t umask;
	bool has_umask;
	uint32_t *additional_gids;
	size_t n_additional_gids;
	const char *username; /* Windows; ignored */
};

struct oci_capabilities {
	struct oci_strings bounding, permitted, effective, inheritable, ambient;
};

struct oci_rlimit {
	const char *type; /* "RLIMIT_NOFILE" */
	int resource;     /* RLIMIT_NOFILE; set by oci_validate() */
	uint64_t soft, hard;
};

struct oci_console_size {
	uint64_t height, width;
};

struct oci_io_priority {
	const char *class; /* "IOPRIO_CLASS_BE" */
	int32_t priority;
};

struct oci_scheduler {
	const char *policy; /* "SCHED_OTHER" */
	int32_t nice, priority;
	struct oci_strings flags;
	uint64_t runtime, deadline, period;
};

struct oci_exec_cpu_affinity {
	const char *initial, *final;
};

struct oci_process {
	bool terminal;
	struct oci_console_size *console_size;
	struct oci_user user;
	struct oci_strings args;
	const char *command_line; /* Windows; ignored */
	struct oci_strings env;
	bool has_env;
	const char *cwd;
	struct oci_capabilities *capabilities; /* NULL: none at all (spec) */
	struct oci_rlimit *rlimits;
	size_t n_rlimits;
	bool no_new_privileges;
	const char *apparmor_profile;
	const char *selinux_label;
	int64_t oom_score_adj;
	bool has_oom_score_adj;
	struct oci_io_priority *io_priority;
	struct oci_scheduler *scheduler;
	struct oci_exec_cpu_affinity *exec_cpu_affinity;
};

struct oci_root {
	const char *path;
	bool readonly;
};

struct oci_mount {
	const char *destination, *type, *source;
	struct oci_strings options;
	struct idmap uid_mappings, gid_mappings;
};

struct oci_hook {
	const char *path;
	struct oci_strings args, env;
	int64_t timeout; /* seconds; 0 = none */
};

struct oci_hook_list {
	struct oci_hook *v;
	size_t n;
};

struct oci_hooks {
	struct oci_hook_list prestart, create_runtime, create_container;
	struct oci_hook_list start_container, poststart, poststop;
};

enum oci_namespace_type {
	OCI_NS_USER,
	OCI_NS_MOUNT,
	OCI_NS_PID,
	OCI_NS_NETWORK,
	OCI_NS_IPC,
	OCI_NS_UTS,
	OCI_NS_CGROUP,
	OCI_NS_TIME,
	OCI_NS_COUNT,
};

struct oci_namespace {
	const char *type_name;
	enum oci_namespace_type type; /* set by oci_validate() */
	const char *path;             /* NULL: a new one */
};

struct oci_device {
	const char *type; /* "c" "b" "u" "p" */
	const char *path;
	int64_t major, minor;
	bool has_major, has_minor;
	uint32_t file_mode;
	bool has_file_mode;
	uint32_t uid, gid;
	bool has_uid, has_gid;
};

struct oci_net_device {
	const char *host_name; /* the key */
	const char *name;      /* NULL: keeps its name */
};

struct oci_seccomp_arg {
	uint32_t index;
	uint64_t value, value_two;
	const char *op; /* "SCMP_CMP_EQ" */
};

struct oci_seccomp_syscall {
	struct oci_strings names;
	const char *action; /* "SCMP_ACT_ALLOW" */
	uint32_t errno_ret;
	bool has_errno_ret;
	struct oci_seccomp_arg *args;
	size_t n_args;
};

struct oci_seccomp {
	const char *default_action;
	uint32_t default_errno_ret;
	bool has_default_errno_ret;
	struct oci_strings flags;
	const char *listener_path, *listener_metadata;
	struct oci_strings architectures;
	struct oci_seccomp_syscall *syscalls;
	size_t n_syscalls;
};

struct oci_time_offset {
	int64_t secs;
	uint32_t nanosecs;
};

struct oci_time_offsets {
	struct oci_time_offset *boottime, *monotonic;
};

struct oci_intel_rdt {
	const char *clos_id;
	struct oci_strings schemata;
	const char *l3_cache_schema, *mem_bw_schema;
	bool enable_monitoring;
};

struct oci_memory_policy {
	const char *mode, *nodes;
	struct oci_strings flags;
};

struct oci_personality {
	const char *domain;
	struct oci_strings flags;
};

struct oci_linux {
	struct oci_device *devices;
	size_t n_devices;
	struct oci_net_device *net_devices;
	size_t n_net_devices;
	struct idmap uid_mappings, gid_mappings;
	struct oci_namespace *namespaces;
	size_t n_namespaces;
	struct limits *resources; /* NULL: absent */
	const char *cgroups_path;
	const char *rootfs_propagation;
	struct oci_seccomp *seccomp;
	struct oci_map sysctl;
	struct oci_strings masked_paths, readonly_paths;
	const char *mount_label;
	struct oci_intel_rdt *intel_rdt;
	struct oci_memory_policy *memory_policy;
	struct oci_personality *personality;
	struct oci_time_offsets *time_offsets;
};

struct oci_config {
	const char *oci_version;
	struct oci_root *root;
	struct oci_process *process; /* NULL: create works, start refuses (C49) */
	const char *hostname, *domainname;
	struct oci_mount *mounts;
	size_t n_mounts;
	struct oci_hooks *hooks;
	struct oci_map annotations;
	struct oci_linux *linux; /* never NULL after oci_load_*(): empty if absent */
};

enum { OCI_CONFIG_MAX = 16 << 20 }; /* bytes; larger files are refused */

/*
 * Decodes and validates `len` bytes of config.json. `name` is the file's name
 * for messages, which carry the JSON path and the line:
 * "config.json:12:9: .process.user.uid: expected an unsigned 32-bit integer".
 * Keys that are not in the spec are ignored (spec) and listed at debug level.
 */
int oci_load_memory(struct arena *a, const char *name, const char *json, size_t len,
		    struct oci_config **ret, struct error *e);

/* A process object alone (exec --process). */
int oci_load_process(struct arena *a, const char *name, const char *json, size_t len,
		     struct oci_process **ret, struct error *e);

struct oci_mounts {
	struct oci_mount *v;
	size_t n;
};

/*
 * An array of mounts alone (mounts add, mounts remove); paths in messages begin
 * with ".mounts" as a config's do.
 */
int oci_load_mounts(struct arena *a, const char *name, const char *json, size_t len,
		    struct oci_mounts *ret, struct error *e);

/* A LinuxResources object alone (update --resources). */
int oci_load_resources(struct arena *a, const char *name, const char *json, size_t len,
		       struct limits **ret, struct error *e);

/*
 * What the JSON schema cannot say: enum values, ranges, doubles (two pid
 * namespaces, one rlimit twice), maps that overlap, env without '=', relative
 * cwd, ... Called by oci_load_*(); exported for tests.
 */
int oci_validate(struct oci_config *c, struct error *e);
int oci_validate_process(struct oci_process *p, struct error *e);

/* The value of a key, or NULL. */
const char *oci_map_get(const struct oci_map *map, const char *key);

/* A key that is a switch: there, and not "0". */
bool oci_map_is_on(const struct oci_map *map, const char *key);

/* H06: the runtime's hooks run as root of the container's user namespace. */
#define OCI_HOOKS_USERNS "urun.hooks.userns"

/* Value of an annotation, or NULL. */
const char *oci_annotation(const struct oci_config *c, const char *key);

/* The same of an annotation. */
bool oci_annotation_is_on(const struct oci_config *c, const char *key);

#endif
