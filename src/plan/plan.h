/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launch plan: everything that create, run and exec will do, decided
 * before the first side effect. Numbers, not names; kernel constants, not
 * option words. It lives in one arena, is read-only once made, and the child
 * uses it after clone without allocating. `plan_dump()` prints it: the golden
 * tests and --debug read that text.
 */
#ifndef URUN_PLAN_PLAN_H
#define URUN_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "cgroup/request.h"
#include "netns/net_config.h"
#include "oci/config.h"
#include "userns/idmap.h"

/* --- process attributes (create and exec) --- */

struct cap_sets { /* bit N = capability N */
	uint64_t bounding, permitted, effective, inheritable, ambient;
};

struct rlimit_plan {
	int resource;
	const char *name;
	uint64_t soft, hard;
};

struct sched_plan {
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

struct cpu_list_plan {
	unsigned long *mask; /* NULL: unchanged */
	size_t bits;
};

struct process_plan {
	char **argv; /* NULL-terminated; NULL: no process in the config */
	char **env;
	const char *cwd;
	uint32_t uid, gid, umask;
	gid_t *gids; /* additional */
	size_t n_gids;
	bool keep_groups; /* no setgroups(): keep_original_groups */
	bool deny_groups; /* setgroups=deny: gids cannot be set, say so */
	bool needs_home;  /* HOME is not in env: look it up in the container's passwd */
	struct cap_sets caps;
	struct rlimit_plan *rlimits;
	size_t n_rlimits;
	bool strict_rlimits;
	bool no_new_privs;
	const char *apparmor_profile, *selinux_label;
	int oom_score_adj;
	bool has_oom_score_adj;
	int io_priority; /* value for ioprio_set(2) */
	bool has_io_priority;
	struct sched_plan *sched; /* NULL: unchanged */
	int mempolicy_mode;       /* MPOL_* | MPOL_F_* */
	unsigned long *mempolicy_nodes;
	size_t mempolicy_maxnode; /* bits */
	bool has_mempolicy;
	struct cpu_list_plan cpus_initial, cpus_final; /* exec's: before and after its cgroup */
	unsigned long personality;
	bool has_personality;
	const char *keyring; /* name of the new session keyring, or NULL */
	bool terminal;
	uint16_t rows, cols;       /* 0: leave */
	unsigned int preserve_fds; /* fds 3 .. 2+N pass through */
	int *pass_fds;             /* and these: sorted upwards, each once */
	size_t n_pass_fds;
	const void *filter;        /* struct sock_filter[], or NULL */
	size_t filter_len;         /* instructions */
	unsigned int filter_flags; /* SECCOMP_FILTER_FLAG_* */
};

/* --- file systems --- */

enum mount_kind {
	MOUNT_FS,           /* a new file system: fsopen/fsmount */
	MOUNT_BIND,         /* a tree of the host: open_tree */
	MOUNT_CGROUP,       /* cgroup2 of the own namespace, or a bind of it */
	MOUNT_CGROUP_V1,    /* name=systemd of v1, in the own namespace (A08) */
	MOUNT_COPY_SYMLINK, /* not a mount: the source link made again; a bind of what is no link */
};

struct mount_flags {
	uint64_t set, clear;         /* MOUNT_ATTR_* on the mount itself */
	uint64_t rec_set, rec_clear; /* the r$FLAG forms: AT_RECURSIVE */
	unsigned long propagation;   /* MS_SHARED ..., with MS_REC; 0: none */
	bool recursive;              /* rbind */
};

struct mount_plan {
	enum mount_kind kind;
	size_t index;            /* in config.mounts, for messages; SIZE_MAX: ours */
	const char *destination; /* absolute, lexically clean */
	const char *source, *fstype;
	char **data; /* file system options "key" or "key=value", NULL-terminated */
	struct mount_flags flags;
	bool src_nofollow;   /* a source that is a symlink is bound itself */
	bool dest_nofollow;  /* a destination that is one is mounted on itself; it must exist */
	bool dest_create;    /* with dest_nofollow: one that does not is made */
	bool read_only_late; /* tmpfs with tmpcopyup and ro: made ro after the copy */
	bool tmpcopyup;
	bool mode_from_target;  /* tmpfs without mode=: that of the shadowed dir */
	bool fallback_sys_bind; /* sysfs without an own network namespace (M17) */
	bool optional;          /* a source that is missing is skipped */
	/*
	 * Idmapped, n == 0: not. Ids of a file system to ids of the container where
	 * we make it, of the caller where it is bound (see plan/mount_idmap.c).
	 */
	struct idmap uid_mappings, gid_mappings;
	const char *idmap_userns; /* or by the maps of this namespace, by its path */
	bool idmap_recursive;     /* the mounts below it, too */
	const char *label;        /* SELinux's, set as an attribute; or NULL */
};

struct device_plan {
	const char *path;   /* in the container, absolute and clean */
	const char *source; /* host node to bind; NULL: mknod */
	mode_t type;        /* S_IFCHR, S_IFBLK, S_IFIFO */
	mode_t mode;        /* permissions */
	uint32_t major, minor, uid, gid;
	bool is_default; /* one of the spec's default nodes */
};

struct rootfs_plan {
	const char *path; /* host path of root.path, absolute */
	bool readonly;
	bool readonly_tree; /* with all mounts in it: it is the host's own "/" */
	bool no_pivot;
	unsigned long propagation; /* MS_* | MS_REC of the container's "/" */
	struct mount_plan *mounts;
	size_t n_mounts;
	struct device_plan *devices;
	size_t n_devices;
	bool has_dev_mount;      /* the config brings its own /dev as a bind */
	bool want_devices;       /* make device nodes and /dev links */
	bool dev_readonly;       /* /dev turns read-only when all is in it */
	bool want_devpts_links;  /* /dev/ptmx -> pts/ptmx */
	const char *mask_option; /* SELinux's, for the directories that mask; or NULL */
	char **masked_paths, **readonly_paths; /* NULL-terminated */
	struct oci_key_value *sysctls;         /* key already with '/' */
	size_t n_sysctls;
};

/* --- namespaces --- */

struct namespace_plan {
	uint64_t clone_flags;           /* CLONE_NEW* made by clone3() at once */
	bool new_cgroup, new_time;      /* unshared later */
	const char *join[OCI_NS_COUNT]; /* path to join, or NULL */
	bool host[OCI_NS_COUNT];        /* shared with the caller */
	struct idmap uid_map, gid_map;  /* n == 0: no new user namespace */
	bool default_maps;              /* chosen by us, not by the config */
	bool caller_initial;            /* the caller is in the initial user namespace */
	bool deny_setgroups;            /* "deny" is written before gid_map */
	struct oci_time_offsets time_offsets;
	bool loopback; /* bring lo up */
};

/* --- seccomp --- */

/* Whom a filter with SCMP_ACT_NOTIFY asks. */
struct listener_plan {
	bool wanted;              /* the filter asks: it is loaded with a listener */
	const char *receiver;     /* absolute path of an agent's socket, or NULL */
	const char *receiver_key; /* where it was given, for messages */
	const char *metadata;     /* for the agent, or NULL */
	char **plugins;           /* NULL-terminated; NULL: none */
};

/* --- the whole --- */

struct rdt_plan {             /* linux.intelRdt */
	const char *group;    /* below the resctrl file system, "." is its root; NULL: none */
	const char *monitor;  /* name of an own monitoring group in it, or NULL */
	const char *schemata; /* lines, or NULL */
	bool must_exist;
};

struct launch_plan {
	const char *id;
	const char *bundle; /* absolute */
	const struct oci_config *config;
	struct namespace_plan ns;
	struct rootfs_plan rootfs;
	struct process_plan process;
	const struct oci_net_device *net_devices; /* moved in (C38) */
	size_t n_net_devices;
	struct net_config net;   /* the network that is asked for (N01) */
	bool net_is_joined;      /* it was, and is the joined namespace's: nothing is made */
	const char *resolv_conf; /* host path of the container's, which we write; or NULL */
	const char *hostname, *domainname;
	const struct oci_hooks *hooks; /* never NULL */
	bool hooks_userns;             /* those of the runtime, in the container's (H06) */
	const struct oci_seccomp *seccomp;
	bool seccomp_fail_unknown; /* A04 */
	struct rdt_plan rdt;
	const void *raw_filter; /* struct sock_filter[] in place of the profile's (A05) */
	size_t raw_filter_len;  /* instructions */
	struct listener_plan listener;
	struct cgroup_request cgroup;
	bool notify; /* its NOTIFY_SOCKET is ours, to be passed on (S02) */
};

/* What the planner must know of the caller and the host; made by run. */
struct plan_host {
	uid_t euid;
	gid_t egid;
	bool initial_userns;   /* in the initial user namespace? */
	bool selinux;          /* enabled; looked at for .linux.mountLabel only */
	bool has_sys_admin;    /* CAP_SYS_ADMIN effective in our own user namespace */
	unsigned int last_cap; /* highest capability the kernel knows */
	/*
	 * The default maps where the config has none: filled before planning
	 * (userns_default_maps()), n == 0 where no user namespace is wanted.
	 */
	struct idmap uid_map, gid_map;
	bool maps_single;             /* a single id each: sub-ids are missing */
	bool keep_setgroups;          /* setgroups may stay allowed (helper or privileged write) */
	const char *seccomp_receiver; /* of the environment (A02), or NULL */
};

struct plan_options {
	const char *id, *bundle;
	bool no_pivot, no_new_keyring, strict_rlimits;
	bool strict;      /* an unknown capability is an error (C46) */
	bool keep_groups; /* as the annotation keep_original_groups */
	const int *pass_fds;
	size_t n_pass_fds;
	unsigned int preserve_fds; /* LISTEN_FDS included */
	unsigned int listen_fds;   /* > 0: LISTEN_FDS/LISTEN_PID are set in env */
	const char *listen_fdnames;
	enum cgroup_manager cgroup_manager;
	bool rootless_strict;
	bool detached;              /* no terminal of ours: consoleSize alone counts */
	const char *notify_socket;  /* the caller's NOTIFY_SOCKET, or NULL */
	const char *notify_dir;     /* what the container gets of it, a host directory */
	const char *root;           /* the state root */
	const char *network;        /* --network, or NULL */
	const char *const *publish; /* --publish, NULL-terminated; or NULL */
};

/* The plan for create and run. Errors carry the JSON path. */
int plan_create(struct arena *a, const struct oci_config *c, const struct plan_host *host,
		const struct plan_options *opt, struct launch_plan *ret, struct error *e);

/* The process part alone (also exec's). `maps` may be empty: every id exists. */
int plan_process(struct arena *a, const struct oci_process *p, const struct plan_host *host,
		 struct process_plan *ret, struct error *e);

/* linux.personality and linux.memoryPolicy belong to the process, too. */
int plan_personality(const struct oci_personality *o, struct process_plan *ret, struct error *e);
int plan_memory_policy(struct arena *a, const struct oci_memory_policy *o, struct process_plan *ret,
		       struct error *e);

/* LISTEN_FDS, LISTEN_PID=1 and LISTEN_FDNAMES into the environment (C08). */
int plan_listen_env(struct arena *a, unsigned int fds, const char *names, struct process_plan *p,
		    struct error *e);

/* Single fds that pass through by their numbers (N20). */
int plan_pass_fds(struct arena *a, const int *fds, size_t n, struct process_plan *p,
		  struct error *e);

/* plan/net_devices.c: once the namespaces are planned. */
int plan_net_devices(const struct oci_config *c, struct launch_plan *ret, struct error *e);

/* plan/network.c: once the namespaces are planned, and may be changed by it. */
int plan_network(struct arena *a, const struct oci_config *c, const struct plan_options *opt,
		 struct launch_plan *ret, struct error *e);
/* Once the mounts are: the container's resolv.conf lies over what they bring. */
int plan_resolv_conf(struct arena *a, const struct plan_options *opt, struct launch_plan *ret,
		     struct error *e);

/* plan/intel_rdt.c */
int plan_intel_rdt(struct arena *a, const struct oci_config *c, const char *id,
		   struct rdt_plan *ret, struct error *e);

/* plan/label.c: linux.mountLabel on what plan_rootfs() has planned. */
int plan_mount_label(struct arena *a, const struct oci_config *c, const struct plan_host *host,
		     struct launch_plan *ret, struct error *e);

/*
 * plan/notify.c: NOTIFY_SOCKET of the environment and the mount that holds it
 * (S02). Without one of the caller's, or with another in the config, nothing.
 */
int plan_notify(struct arena *a, const struct plan_options *opt, struct launch_plan *ret,
		struct error *e);

/* plan/namespaces.c */
int plan_namespaces(struct arena *a, const struct oci_config *c, const struct plan_host *host,
		    struct launch_plan *ret, struct error *e);

/* plan/mounts.c: rootfs and mounts, devices, masks, sysctls. */
int plan_rootfs(struct arena *a, const struct oci_config *c, const struct plan_host *host,
		struct launch_plan *ret, struct error *e);

/* plan/seccomp.c: the filter's source, and whom it asks. */
int plan_seccomp(struct arena *a, const struct oci_config *c, const struct plan_host *host,
		 struct launch_plan *ret, struct error *e);

/* plan/cgroup.c: once namespaces and mounts are planned. */
int plan_cgroup(struct arena *a, const struct oci_config *c, const struct plan_host *host,
		const struct plan_options *opt, struct launch_plan *ret, struct error *e);

/* plan/refuse.c: what later issues implement and a container would miss. */
int plan_refuse_unsupported(const struct oci_config *c, struct error *e);

/* Appends the plan as text, one decision a line (stable: golden tests). */
void plan_dump(const struct launch_plan *p, struct strbuf *out);

#endif
