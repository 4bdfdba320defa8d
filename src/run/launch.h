/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What create, run and exec hold while they work. The parent fills it before
 * clone; the child reads its own copy of the pages. Nothing in it is freed by
 * the child.
 */
#ifndef URUN_RUN_LAUNCH_H
#define URUN_RUN_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "cgroup/cgroup.h"
#include "cgroup/v1.h"
#include "plan/plan.h"
#include "rootfs/rootfs.h"
#include "run/hook_output.h"
#include "run/network.h"
#include "run/notify.h"
#include "state/store.h"
#include "userns/userns.h"

struct urun_ctx;
struct netdev;

/* Whose the id maps are (I02). */
enum launch_userns {
	LAUNCH_USERNS_CONFIG,    /* the config's; without any as the next */
	LAUNCH_USERNS_AUTO,      /* the caller is process.user */
	LAUNCH_USERNS_HOST_ROOT, /* he is 0 */
	LAUNCH_USERNS_KEEP_ID,   /* he is himself */
	LAUNCH_USERNS_NOMAP,     /* he is not in there: sub-ids alone */
};

/* create, run and exec alike */
struct launch_options {
	const char *root; /* state directory */
	const char *id;
	const char *bundle, *config; /* may be NULL */
	const char *config_json;     /* the config itself, or NULL */
	const char *console_socket, *pidfd_socket, *pid_file;
	unsigned int preserve_fds, listen_fds;
	const char *listen_fdnames;
	/* NOTIFY_SOCKET and RUN_OCI_SECCOMP_RECEIVER of our environment, or NULL */
	const char *notify_socket, *seccomp_receiver;
	const struct bus_environment *bus;
	unsigned int ready_timeout; /* seconds for READY=1 to come; 0: any */
	const int *stdio;           /* three, -1: the caller's own; NULL: all are */
	const int *pass_fds;        /* further ones, by their own numbers */
	size_t n_pass_fds;
	enum launch_userns userns;
	const char *network;        /* "slirp:KEY=VALUE,...", or NULL */
	const char *const *publish; /* "8080:80", NULL-terminated; or NULL */
	const char *map_groups;     /* "27,video": groups of the caller to be shown, or NULL */
	bool no_pivot, no_new_keyring, subreaper, strict_rlimits, strict, keep_groups;
	bool detach, keep, no_signals;
	bool rootless_strict;
	enum cgroup_manager cgroup_manager;
};

struct launch {
	const struct launch_options *opt;
	struct arena *arena;
	struct userns_caller caller;
	struct oci_config *config;
	char *config_text; /* as read, malloc'd */
	size_t config_len;
	struct launch_plan plan;
	struct rootfs rootfs;
	uint32_t *map_groups; /* those of opt->map_groups, by their numbers inside */
	size_t n_map_groups;

	int root_fd, dir;   /* state root, this container's directory */
	int fifo;           /* exec.fifo, opened for both ways; -EBADF in run */
	int exec_error;     /* exec.error */
	int console_socket; /* connected, or -EBADF */
	int pidfd_socket;
	int pidfd_receiver;  /* the annotation's (A07) */
	int console;         /* the terminal's master, once it is here */
	bool wait_for_start; /* create: init waits on the fifo */
	bool has_runtime_hooks;
	bool may_raise_rlimits; /* real root with CAP_SYS_RESOURCE */
	bool hides;             /* the caller is dumpable, its child must not be */
	bool staged;            /* namespaces are joined: an intermediate child */

	int bundle_fd;                  /* cwd of the createContainer hooks; -EBADF: none */
	char *inside_state[2];          /* stdin of createContainer and startContainer hooks */
	struct hook_output hook_output; /* of these two */

	struct notify notify; /* run: the container's NOTIFY_SOCKET */

	int listener;        /* to the seccomp agent or our monitor; -EBADF: none */
	char *listener_text; /* what is sent with the filter's listener */

	/* the seccomp filter; shared with the child where it is compiled late */
	struct filter_slot *filter;

	struct cgroup cgroup;
	struct cgroup_v1 cgroup_v1; /* beside it (A08) */
	bool enter_cgroup; /* exec: the stage moves itself, in the container's user namespace */

	struct network network; /* the built-in one's helper */

	const char *rdt_made;       /* resctrl group to remove in the end, or NULL */
	struct netdev *net_devices; /* as plan.net_devices: what they are here */

	int sync, child_sync;
	pid_t stage_pid, pid;
	int stage_pidfd, pidfd;
	struct userns_writing maps;
	bool maps_started;
	uint64_t maps_result; /* SYNC_MAPS_* */
	struct init_handle handle;
	struct state_record record;

	/* join (exec): set instead of plan.ns */
	int target_pidfd;
	uint64_t join_mask;
	bool is_exec;
};

#endif
