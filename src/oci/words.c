/* SPDX-License-Identifier: Apache-2.0 */
/* See words.h. Sorted where the order means nothing. */
#include "oci/words.h"

#include <string.h>
#include <sys/resource.h>

const char *const oci_hook_names[] = {
	"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
	NULL,
};

const char *const oci_namespace_names[OCI_NS_COUNT + 1] = {
	[OCI_NS_USER] = "user",       [OCI_NS_MOUNT] = "mount", [OCI_NS_PID] = "pid",
	[OCI_NS_NETWORK] = "network", [OCI_NS_IPC] = "ipc",     [OCI_NS_UTS] = "uts",
	[OCI_NS_CGROUP] = "cgroup",   [OCI_NS_TIME] = "time",
};

const char *const oci_seccomp_actions[] = {
	"SCMP_ACT_ALLOW",       "SCMP_ACT_ERRNO",
	"SCMP_ACT_KILL",        "SCMP_ACT_KILL_PROCESS",
	"SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG",
	"SCMP_ACT_NOTIFY",      "SCMP_ACT_TRACE",
	"SCMP_ACT_TRAP",        NULL,
};

const char *const oci_seccomp_operators[] = {
	"SCMP_CMP_EQ", "SCMP_CMP_GE",        "SCMP_CMP_GT", "SCMP_CMP_LE",
	"SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE", NULL,
};

const char *const oci_seccomp_archs[] = {
	"SCMP_ARCH_AARCH64",     "SCMP_ARCH_ARM",    "SCMP_ARCH_LOONGARCH64",
	"SCMP_ARCH_M68K",        "SCMP_ARCH_MIPS",   "SCMP_ARCH_MIPS64",
	"SCMP_ARCH_MIPS64N32",   "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64",
	"SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64",
	"SCMP_ARCH_PPC",         "SCMP_ARCH_PPC64",  "SCMP_ARCH_PPC64LE",
	"SCMP_ARCH_RISCV64",     "SCMP_ARCH_S390",   "SCMP_ARCH_S390X",
	"SCMP_ARCH_SH",          "SCMP_ARCH_SHEB",   "SCMP_ARCH_X32",
	"SCMP_ARCH_X86",         "SCMP_ARCH_X86_64", NULL,
};

const char *const oci_seccomp_flags[] = {
	"SECCOMP_FILTER_FLAG_LOG",
	"SECCOMP_FILTER_FLAG_SPEC_ALLOW",
	"SECCOMP_FILTER_FLAG_TSYNC",
	"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
	NULL,
};

/* SCHED_ISO of the schema is missing: Linux never had it. */
const char *const oci_scheduler_policies[] = {
	"SCHED_BATCH", "SCHED_DEADLINE", "SCHED_FIFO", "SCHED_IDLE",
	"SCHED_OTHER", "SCHED_RR",       NULL,
};

const char *const oci_scheduler_flags[] = {
	"SCHED_FLAG_DL_OVERRUN",     "SCHED_FLAG_KEEP_PARAMS",
	"SCHED_FLAG_KEEP_POLICY",    "SCHED_FLAG_RECLAIM",
	"SCHED_FLAG_RESET_ON_FORK",  "SCHED_FLAG_UTIL_CLAMP_MAX",
	"SCHED_FLAG_UTIL_CLAMP_MIN", NULL,
};

const char *const oci_io_priority_classes[] = {
	"IOPRIO_CLASS_BE",
	"IOPRIO_CLASS_IDLE",
	"IOPRIO_CLASS_RT",
	NULL,
};

const char *const oci_memory_policy_modes[] = {
	"MPOL_BIND",      "MPOL_DEFAULT",        "MPOL_INTERLEAVE",          "MPOL_LOCAL",
	"MPOL_PREFERRED", "MPOL_PREFERRED_MANY", "MPOL_WEIGHTED_INTERLEAVE", NULL,
};

const char *const oci_memory_policy_flags[] = {
	"MPOL_F_NUMA_BALANCING",
	"MPOL_F_RELATIVE_NODES",
	"MPOL_F_STATIC_NODES",
	NULL,
};

const char *const oci_rootfs_propagations[] = {
	"private", "rprivate", "rshared",    "rslave", "runbindable",
	"shared",  "slave",    "unbindable", NULL,
};

const char *const oci_personality_domains[] = { "LINUX", "LINUX32", NULL };

const struct oci_rlimit_word oci_rlimits[] = {
	{ "RLIMIT_AS", RLIMIT_AS },
	{ "RLIMIT_CORE", RLIMIT_CORE },
	{ "RLIMIT_CPU", RLIMIT_CPU },
	{ "RLIMIT_DATA", RLIMIT_DATA },
	{ "RLIMIT_FSIZE", RLIMIT_FSIZE },
	{ "RLIMIT_LOCKS", RLIMIT_LOCKS },
	{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
	{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE", RLIMIT_NICE },
	{ "RLIMIT_NOFILE", RLIMIT_NOFILE },
	{ "RLIMIT_NPROC", RLIMIT_NPROC },
	{ "RLIMIT_RSS", RLIMIT_RSS },
	{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME", RLIMIT_RTTIME },
	{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
	{ "RLIMIT_STACK", RLIMIT_STACK },
	{ NULL, 0 },
};

int oci_word_index(const char *const *list, const char *word)
{
	for (int i = 0; list[i]; i++)
		if (strcmp(list[i], word) == 0)
			return i;
	return -1;
}
