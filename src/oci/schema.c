/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.json but its linux object: what config-schema.json and defs.json of
 * the runtime-spec say, one row a property. solaris, windows, vm, zos and
 * freebsd have no row: unknown keys, skipped.
 */
#include "oci/schema.h"

/* The decoder writes these by its own names for the same layout. */
_Static_assert(sizeof(struct oci_strings) == sizeof(struct json_strings) &&
		       offsetof(struct oci_strings, v) == offsetof(struct json_strings, v) &&
		       offsetof(struct oci_strings, n) == offsetof(struct json_strings, n),
	       "oci_strings and json_strings differ");
_Static_assert(sizeof(struct oci_key_value) == sizeof(struct json_pair) &&
		       offsetof(struct oci_key_value, key) == offsetof(struct json_pair, key) &&
		       offsetof(struct oci_key_value, value) == offsetof(struct json_pair, value),
	       "oci_key_value and json_pair differ");

static const struct json_field idmap_rows[] = {
	{ U32(struct id_mapping, "containerID", container_id), .required = true },
	{ U32(struct id_mapping, "hostID", host_id), .required = true },
	{ U32(struct id_mapping, "size", size), .required = true },
};

const struct json_object oci_idmap_schema = { JSON_TABLE(struct id_mapping, idmap_rows) };

/* --- process --- */

#define T struct oci_user
static const struct json_field user_rows[] = {
	{ U32(T, "uid", uid) },
	{ U32(T, "gid", gid) },
	{ U32(T, "umask", umask), JSON_HAS(T, has_umask) },
	{ JSON_ROW("additionalGids", JSON_U32S, uint32_t *, T, additional_gids),
	  JSON_COUNT(T, n_additional_gids) },
	{ STRING(T, "username", username) },
};
#undef T

static const struct json_object user_schema = { JSON_TABLE(struct oci_user, user_rows) };

#define T struct oci_capabilities
static const struct json_field capabilities_rows[] = {
	{ STRINGS(T, "bounding", bounding) },   { STRINGS(T, "permitted", permitted) },
	{ STRINGS(T, "effective", effective) }, { STRINGS(T, "inheritable", inheritable) },
	{ STRINGS(T, "ambient", ambient) },
};
#undef T

static const struct json_object capabilities_schema = { JSON_TABLE(struct oci_capabilities,
								   capabilities_rows) };

#define T struct oci_rlimit
static const struct json_field rlimit_rows[] = {
	{ STRING(T, "type", type), .required = true },
	{ U64(T, "soft", soft), .required = true },
	{ U64(T, "hard", hard), .required = true },
};
#undef T

static const struct json_object rlimit_schema = { JSON_TABLE(struct oci_rlimit, rlimit_rows) };

#define T struct oci_console_size
static const struct json_field console_size_rows[] = {
	{ U64(T, "height", height), .required = true },
	{ U64(T, "width", width), .required = true },
};
#undef T

static const struct json_object console_size_schema = { JSON_TABLE(struct oci_console_size,
								   console_size_rows) };

#define T struct oci_io_priority
static const struct json_field io_priority_rows[] = {
	{ STRING(T, "class", class), .required = true },
	{ I32(T, "priority", priority) },
};
#undef T

static const struct json_object io_priority_schema = { JSON_TABLE(struct oci_io_priority,
								  io_priority_rows) };

#define T struct oci_scheduler
static const struct json_field scheduler_rows[] = {
	{ STRING(T, "policy", policy), .required = true },
	{ I32(T, "nice", nice) },
	{ I32(T, "priority", priority) },
	{ STRINGS(T, "flags", flags) },
	{ U64(T, "runtime", runtime) },
	{ U64(T, "deadline", deadline) },
	{ U64(T, "period", period) },
};
#undef T

static const struct json_object scheduler_schema = { JSON_TABLE(struct oci_scheduler,
								scheduler_rows) };

#define T struct oci_exec_cpu_affinity
static const struct json_field affinity_rows[] = {
	{ STRING(T, "initial", initial) },
	{ STRING(T, "final", final) },
};
#undef T

static const struct json_object affinity_schema = { JSON_TABLE(struct oci_exec_cpu_affinity,
							       affinity_rows) };

#define T struct oci_process
static const struct json_field process_rows[] = {
	{ BOOL(T, "terminal", terminal) },
	{ POINTER(T, "consoleSize", console_size, struct oci_console_size, console_size_schema) },
	{ EMBEDDED(T, "user", user, struct oci_user, user_schema) },
	{ STRINGS(T, "args", args) },
	{ STRING(T, "commandLine", command_line) },
	{ STRINGS(T, "env", env), JSON_HAS(T, has_env) },
	{ STRING(T, "cwd", cwd), .required = true },
	{ POINTER(T, "capabilities", capabilities, struct oci_capabilities, capabilities_schema) },
	{ ARRAY(T, "rlimits", rlimits, n_rlimits, struct oci_rlimit, rlimit_schema) },
	{ BOOL(T, "noNewPrivileges", no_new_privileges) },
	{ STRING(T, "apparmorProfile", apparmor_profile) },
	{ STRING(T, "selinuxLabel", selinux_label) },
	{ I64(T, "oomScoreAdj", oom_score_adj), JSON_HAS(T, has_oom_score_adj) },
	{ POINTER(T, "ioPriority", io_priority, struct oci_io_priority, io_priority_schema) },
	{ POINTER(T, "scheduler", scheduler, struct oci_scheduler, scheduler_schema) },
	{ POINTER(T, "execCPUAffinity", exec_cpu_affinity, struct oci_exec_cpu_affinity,
		  affinity_schema) },
};
#undef T

const struct json_object oci_process_schema = { JSON_TABLE(struct oci_process, process_rows) };

/* --- root, mounts, hooks --- */

#define T struct oci_root
static const struct json_field root_rows[] = {
	{ STRING(T, "path", path), .required = true },
	{ BOOL(T, "readonly", readonly) },
};
#undef T

static const struct json_object root_schema = { JSON_TABLE(struct oci_root, root_rows) };

#define T struct oci_mount
static const struct json_field mount_rows[] = {
	{ STRING(T, "destination", destination), .required = true },
	{ STRING(T, "type", type) },
	{ STRING(T, "source", source) },
	{ STRINGS(T, "options", options) },
	{ IDMAP(T, "uidMappings", uid_mappings) },
	{ IDMAP(T, "gidMappings", gid_mappings) },
};
#undef T

const struct json_object oci_mount_schema = { JSON_TABLE(struct oci_mount, mount_rows) };

#define T struct oci_hook
static const struct json_field hook_rows[] = {
	{ STRING(T, "path", path), .required = true },
	{ STRINGS(T, "args", args) },
	{ STRINGS(T, "env", env) },
	{ I64(T, "timeout", timeout) },
};
#undef T

static const struct json_object hook_schema = { JSON_TABLE(struct oci_hook, hook_rows) };

#define T struct oci_hooks
#define HOOKS(name, m)                                                 \
	{                                                              \
		ARRAY(T, name, m.v, m.n, struct oci_hook, hook_schema) \
	}
static const struct json_field hooks_rows[] = {
	HOOKS("prestart", prestart),
	HOOKS("createRuntime", create_runtime),
	HOOKS("createContainer", create_container),
	HOOKS("startContainer", start_container),
	HOOKS("poststart", poststart),
	HOOKS("poststop", poststop),
};
#undef T

static const struct json_object hooks_schema = { JSON_TABLE(struct oci_hooks, hooks_rows) };

/* --- the whole --- */

#define T struct oci_config
static const struct json_field config_rows[] = {
	{ STRING(T, "ociVersion", oci_version), .required = true },
	{ POINTER(T, "root", root, struct oci_root, root_schema) },
	{ POINTER(T, "process", process, struct oci_process, oci_process_schema) },
	{ STRING(T, "hostname", hostname) },
	{ STRING(T, "domainname", domainname) },
	{ ARRAY(T, "mounts", mounts, n_mounts, struct oci_mount, oci_mount_schema) },
	{ POINTER(T, "hooks", hooks, struct oci_hooks, hooks_schema) },
	{ MAP(T, "annotations", annotations) },
	{ POINTER(T, "linux", linux, struct oci_linux, oci_linux_schema) },
};
#undef T

const struct json_object oci_config_schema = { JSON_TABLE(struct oci_config, config_rows) };
