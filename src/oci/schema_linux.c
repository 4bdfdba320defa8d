/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The linux object: what config-linux.json and defs-linux.json of the
 * runtime-spec say. linux.resources decodes straight into the struct limits
 * that the cgroup library takes, and the id maps into its struct idmap.
 */
#include "oci/schema.h"

_Static_assert(sizeof(struct limit_unified) == sizeof(struct json_pair) &&
		       offsetof(struct limit_unified, key) == offsetof(struct json_pair, key) &&
		       offsetof(struct limit_unified, value) == offsetof(struct json_pair, value),
	       "limit_unified and json_pair differ");

/* --- resources --- */

#define T struct limit_device
static const struct json_field limit_device_rows[] = {
	{ BOOL(T, "allow", allow), .required = true },
	{ STRING(T, "type", type) },
	{ I64(T, "major", major), JSON_HAS(T, has_major) },
	{ I64(T, "minor", minor), JSON_HAS(T, has_minor) },
	{ STRING(T, "access", access) },
};
#undef T

static const struct json_object limit_device_schema = { JSON_TABLE(struct limit_device,
								   limit_device_rows) };

#define T struct limit_memory
static const struct json_field memory_rows[] = {
	{ I64(T, "limit", limit), JSON_HAS(T, has_limit) },
	{ I64(T, "reservation", reservation), JSON_HAS(T, has_reservation) },
	{ I64(T, "swap", swap), JSON_HAS(T, has_swap) },
	{ I64(T, "kernel", kernel), JSON_HAS(T, has_kernel) },
	{ I64(T, "kernelTCP", kernel_tcp), JSON_HAS(T, has_kernel_tcp) },
	{ U64(T, "swappiness", swappiness), JSON_HAS(T, has_swappiness) },
	{ BOOL(T, "disableOOMKiller", disable_oom_killer), JSON_HAS(T, has_disable_oom_killer) },
	{ BOOL(T, "useHierarchy", use_hierarchy), JSON_HAS(T, has_use_hierarchy) },
	{ BOOL(T, "checkBeforeUpdate", check_before_update) },
};
#undef T

static const struct json_object memory_schema = { JSON_TABLE(struct limit_memory, memory_rows) };

#define T struct limit_cpu
static const struct json_field cpu_rows[] = {
	{ U64(T, "shares", shares), JSON_HAS(T, has_shares) },
	{ U64(T, "period", period), JSON_HAS(T, has_period) },
	{ U64(T, "burst", burst), JSON_HAS(T, has_burst) },
	{ U64(T, "realtimePeriod", realtime_period), JSON_HAS(T, has_realtime_period) },
	{ I64(T, "quota", quota), JSON_HAS(T, has_quota) },
	{ I64(T, "realtimeRuntime", realtime_runtime), JSON_HAS(T, has_realtime_runtime) },
	{ I64(T, "idle", idle), JSON_HAS(T, has_idle) },
	{ STRING(T, "cpus", cpus) },
	{ STRING(T, "mems", mems) },
};
#undef T

static const struct json_object cpu_schema = { JSON_TABLE(struct limit_cpu, cpu_rows) };

static const struct json_field pids_rows[] = {
	{ I64(struct limit_pids, "limit", limit), JSON_HAS(struct limit_pids, has_limit),
	  .required = true },
};

static const struct json_object pids_schema = { JSON_TABLE(struct limit_pids, pids_rows) };

#define T struct limit_io_weight
static const struct json_field io_weight_rows[] = {
	{ I64(T, "major", major), .required = true },
	{ I64(T, "minor", minor), .required = true },
	{ U16(T, "weight", weight), JSON_HAS(T, has_weight) },
	{ U16(T, "leafWeight", leaf_weight), JSON_HAS(T, has_leaf_weight) },
};
#undef T

static const struct json_object io_weight_schema = { JSON_TABLE(struct limit_io_weight,
								io_weight_rows) };

/*
 * The schema lets "rate" be absent; the struct cannot tell that from 0, and a
 * throttle without a rate says nothing: required.
 */
#define T struct limit_io_throttle
static const struct json_field io_throttle_rows[] = {
	{ I64(T, "major", major), .required = true },
	{ I64(T, "minor", minor), .required = true },
	{ U64(T, "rate", rate), .required = true },
};
#undef T

static const struct json_object io_throttle_schema = { JSON_TABLE(struct limit_io_throttle,
								  io_throttle_rows) };

#define T struct limit_io
#define THROTTLE(name, m)                                                              \
	{                                                                              \
		ARRAY(T, name, m, n_##m, struct limit_io_throttle, io_throttle_schema) \
	}
static const struct json_field io_rows[] = {
	{ U16(T, "weight", weight), JSON_HAS(T, has_weight) },
	{ U16(T, "leafWeight", leaf_weight), JSON_HAS(T, has_leaf_weight) },
	{ ARRAY(T, "weightDevice", weight_device, n_weight_device, struct limit_io_weight,
		io_weight_schema) },
	THROTTLE("throttleReadBpsDevice", read_bps),
	THROTTLE("throttleWriteBpsDevice", write_bps),
	THROTTLE("throttleReadIOPSDevice", read_iops),
	THROTTLE("throttleWriteIOPSDevice", write_iops),
};
#undef T

static const struct json_object io_schema = { JSON_TABLE(struct limit_io, io_rows) };

#define T struct limit_hugepage
static const struct json_field hugepage_rows[] = {
	{ STRING(T, "pageSize", page_size), .required = true },
	{ U64(T, "limit", limit), .required = true },
};
#undef T

static const struct json_object hugepage_schema = { JSON_TABLE(struct limit_hugepage,
							       hugepage_rows) };

#define T struct limit_net_priority
static const struct json_field net_priority_rows[] = {
	{ STRING(T, "name", name), .required = true },
	{ U32(T, "priority", priority), .required = true },
};
#undef T

static const struct json_object net_priority_schema = { JSON_TABLE(struct limit_net_priority,
								   net_priority_rows) };

#define T struct limit_network
static const struct json_field network_rows[] = {
	{ U32(T, "classID", class_id), JSON_HAS(T, has_class_id) },
	{ ARRAY(T, "priorities", priorities, n_priorities, struct limit_net_priority,
		net_priority_schema) },
};
#undef T

static const struct json_object network_schema = { JSON_TABLE(struct limit_network, network_rows) };

#define T struct limit_rdma
static const struct json_field rdma_rows[] = {
	{ U32(T, "hcaHandles", hca_handles), JSON_HAS(T, has_hca_handles) },
	{ U32(T, "hcaObjects", hca_objects), JSON_HAS(T, has_hca_objects) },
};
#undef T

static const struct json_object rdma_schema = { JSON_TABLE(struct limit_rdma, rdma_rows),
						.key_offset = JSON_AT(const char *,
								      struct limit_rdma, device) };

#define T struct limits
static const struct json_field resources_rows[] = {
	{ ARRAY(T, "devices", devices, n_devices, struct limit_device, limit_device_schema) },
	{ EMBEDDED(T, "memory", memory, struct limit_memory, memory_schema) },
	{ EMBEDDED(T, "cpu", cpu, struct limit_cpu, cpu_schema) },
	{ EMBEDDED(T, "pids", pids, struct limit_pids, pids_schema) },
	{ EMBEDDED(T, "blockIO", io, struct limit_io, io_schema) },
	{ ARRAY(T, "hugepageLimits", hugepages, n_hugepages, struct limit_hugepage,
		hugepage_schema) },
	{ EMBEDDED(T, "network", network, struct limit_network, network_schema) },
	{ JSON_ROW("rdma", JSON_OBJECT_MAP, struct limit_rdma *, T, rdma), JSON_COUNT(T, n_rdma),
	  .sub = &rdma_schema },
	{ JSON_ROW("unified", JSON_STRING_MAP, struct limit_unified *, T, unified),
	  JSON_COUNT(T, n_unified) },
};
#undef T

const struct json_object oci_resources_schema = { JSON_TABLE(struct limits, resources_rows) };

/* --- the other members of linux --- */

#define T struct oci_device
static const struct json_field device_rows[] = {
	{ STRING(T, "type", type), .required = true },
	{ STRING(T, "path", path), .required = true },
	{ I64(T, "major", major), JSON_HAS(T, has_major) },
	{ I64(T, "minor", minor), JSON_HAS(T, has_minor) },
	{ U32(T, "fileMode", file_mode), JSON_HAS(T, has_file_mode) },
	{ U32(T, "uid", uid), JSON_HAS(T, has_uid) },
	{ U32(T, "gid", gid), JSON_HAS(T, has_gid) },
};
#undef T

static const struct json_object device_schema = { JSON_TABLE(struct oci_device, device_rows) };

static const struct json_field net_device_rows[] = {
	{ STRING(struct oci_net_device, "name", name) },
};

static const struct json_object net_device_schema = {
	JSON_TABLE(struct oci_net_device, net_device_rows),
	.key_offset = JSON_AT(const char *, struct oci_net_device, host_name),
};

#define T struct oci_namespace
static const struct json_field namespace_rows[] = {
	{ STRING(T, "type", type_name), .required = true },
	{ STRING(T, "path", path) },
};
#undef T

static const struct json_object namespace_schema = { JSON_TABLE(struct oci_namespace,
								namespace_rows) };

#define T struct oci_seccomp_arg
static const struct json_field seccomp_arg_rows[] = {
	{ U32(T, "index", index), .required = true },
	{ U64(T, "value", value), .required = true },
	{ U64(T, "valueTwo", value_two) },
	{ STRING(T, "op", op), .required = true },
};
#undef T

static const struct json_object seccomp_arg_schema = { JSON_TABLE(struct oci_seccomp_arg,
								  seccomp_arg_rows) };

#define T struct oci_seccomp_syscall
static const struct json_field seccomp_syscall_rows[] = {
	{ STRINGS(T, "names", names), .required = true },
	{ STRING(T, "action", action), .required = true },
	{ U32(T, "errnoRet", errno_ret), JSON_HAS(T, has_errno_ret) },
	{ ARRAY(T, "args", args, n_args, struct oci_seccomp_arg, seccomp_arg_schema) },
};
#undef T

static const struct json_object seccomp_syscall_schema = { JSON_TABLE(struct oci_seccomp_syscall,
								      seccomp_syscall_rows) };

#define T struct oci_seccomp
static const struct json_field seccomp_rows[] = {
	{ STRING(T, "defaultAction", default_action), .required = true },
	{ U32(T, "defaultErrnoRet", default_errno_ret), JSON_HAS(T, has_default_errno_ret) },
	{ STRINGS(T, "flags", flags) },
	{ STRING(T, "listenerPath", listener_path) },
	{ STRING(T, "listenerMetadata", listener_metadata) },
	{ STRINGS(T, "architectures", architectures) },
	{ ARRAY(T, "syscalls", syscalls, n_syscalls, struct oci_seccomp_syscall,
		seccomp_syscall_schema) },
};
#undef T

static const struct json_object seccomp_schema = { JSON_TABLE(struct oci_seccomp, seccomp_rows) };

#define T struct oci_time_offset
static const struct json_field time_offset_rows[] = {
	{ I64(T, "secs", secs) },
	{ U32(T, "nanosecs", nanosecs) },
};
#undef T

static const struct json_object time_offset_schema = { JSON_TABLE(struct oci_time_offset,
								  time_offset_rows) };

#define T struct oci_time_offsets
static const struct json_field time_offsets_rows[] = {
	{ POINTER(T, "boottime", boottime, struct oci_time_offset, time_offset_schema) },
	{ POINTER(T, "monotonic", monotonic, struct oci_time_offset, time_offset_schema) },
};
#undef T

static const struct json_object time_offsets_schema = { JSON_TABLE(struct oci_time_offsets,
								   time_offsets_rows) };

#define T struct oci_intel_rdt
static const struct json_field intel_rdt_rows[] = {
	{ STRING(T, "closID", clos_id) },
	{ STRINGS(T, "schemata", schemata) },
	{ STRING(T, "l3CacheSchema", l3_cache_schema) },
	{ STRING(T, "memBwSchema", mem_bw_schema) },
	{ BOOL(T, "enableMonitoring", enable_monitoring) },
};
#undef T

static const struct json_object intel_rdt_schema = { JSON_TABLE(struct oci_intel_rdt,
								intel_rdt_rows) };

/* "mode" and "domain" are REQUIRED in the text of the spec, not in its schema. */
#define T struct oci_memory_policy
static const struct json_field memory_policy_rows[] = {
	{ STRING(T, "mode", mode), .required = true },
	{ STRING(T, "nodes", nodes) },
	{ STRINGS(T, "flags", flags) },
};
#undef T

static const struct json_object memory_policy_schema = { JSON_TABLE(struct oci_memory_policy,
								    memory_policy_rows) };

#define T struct oci_personality
static const struct json_field personality_rows[] = {
	{ STRING(T, "domain", domain), .required = true },
	{ STRINGS(T, "flags", flags) },
};
#undef T

static const struct json_object personality_schema = { JSON_TABLE(struct oci_personality,
								  personality_rows) };

#define T struct oci_linux
static const struct json_field linux_rows[] = {
	{ ARRAY(T, "devices", devices, n_devices, struct oci_device, device_schema) },
	{ JSON_ROW("netDevices", JSON_OBJECT_MAP, struct oci_net_device *, T, net_devices),
	  JSON_COUNT(T, n_net_devices), .sub = &net_device_schema },
	{ IDMAP(T, "uidMappings", uid_mappings) },
	{ IDMAP(T, "gidMappings", gid_mappings) },
	{ ARRAY(T, "namespaces", namespaces, n_namespaces, struct oci_namespace,
		namespace_schema) },
	{ POINTER(T, "resources", resources, struct limits, oci_resources_schema) },
	{ STRING(T, "cgroupsPath", cgroups_path) },
	{ STRING(T, "rootfsPropagation", rootfs_propagation) },
	{ POINTER(T, "seccomp", seccomp, struct oci_seccomp, seccomp_schema) },
	{ MAP(T, "sysctl", sysctl) },
	{ STRINGS(T, "maskedPaths", masked_paths) },
	{ STRINGS(T, "readonlyPaths", readonly_paths) },
	{ STRING(T, "mountLabel", mount_label) },
	{ POINTER(T, "intelRdt", intel_rdt, struct oci_intel_rdt, intel_rdt_schema) },
	{ POINTER(T, "memoryPolicy", memory_policy, struct oci_memory_policy,
		  memory_policy_schema) },
	{ POINTER(T, "personality", personality, struct oci_personality, personality_schema) },
	{ POINTER(T, "timeOffsets", time_offsets, struct oci_time_offsets, time_offsets_schema) },
};
#undef T

const struct json_object oci_linux_schema = { JSON_TABLE(struct oci_linux, linux_rows) };
