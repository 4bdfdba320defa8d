/* SPDX-License-Identifier: Apache-2.0 */
/*
 * liburun: the whole runtime as a library, and the only header that is
 * installed. The command line (src/cli) uses nothing else.
 *
 * Rules of this interface:
 *  - C99; no type of another library in it. It grows only at its end: new
 *    calls, new flags, new members behind the last one of a struct. A caller
 *    sets `size` of an options struct to its sizeof, the rest to 0 or NULL;
 *    members beyond `size` count as 0; unknown flags, and members that a later
 *    header added and that are set, are refused (-EINVAL).
 *  - Calls return 0, or a negative errno with urun_error() saying why.
 *    Outputs (`ret...`) come last and are untouched on failure.
 *  - The library never exits, never prints to stdout, and changes no signal
 *    handler. It reads the environment in urun_ctx_new() alone (XDG_RUNTIME_DIR,
 *    HOME, NOTIFY_SOCKET, RUN_OCI_SECCOMP_RECEIVER, DBUS_SESSION_BUS_ADDRESS,
 *    DBUS_SYSTEM_BUS_ADDRESS), but for urun_unshare().
 *  - Relative paths are meant from the caller's current directory, which no
 *    call changes. An id is [A-Za-z0-9_+-][A-Za-z0-9_+.-]* as in runc.
 *
 * Threads: all that a call knows is in its context, its log and its last error
 * included. A context serves one call at a time; any number of threads may be
 * in calls on contexts of their own, for the same container, too: calls that
 * change it wait for one another (files are locked, not memory). The calling
 * thread may end after any call; what it has started goes on. Of what a process
 * has only once, so much is touched:
 *  - Signals: no disposition is ever changed. While urun_run() or urun_exec()
 *    wait in the foreground, all signals of the calling thread are blocked and
 *    those that reach it are passed on to the container; NO_SIGNALS leaves them
 *    alone. SIGCHLD must not be ignored, and nobody else may wait for children
 *    that he does not know (waitpid(-1)): the exit status would be his (-ECHILD).
 *  - Children: the caller's process becomes the parent of the container's init.
 *    Other children are never waited for, but with SUBREAPER.
 *  - The new process starts as a copy of the calling thread alone. Until execve()
 *    it makes system calls on memory prepared before: no lock of the program, of
 *    its libraries or its malloc is taken in there. Only plugins of seccomp that a
 *    config asks for (run.oci.seccomp.plugins) are loaded into a process made by
 *    fork(), where what the program gave pthread_atfork() runs, too.
 *  - Descriptors: fds 0 to 2 must be open. Ours are close-on-exec, always.
 *  - The dumpable flag (prctl) of a process that has cleared it is set while an
 *    init with a user namespace is cloned, and then cleared again.
 *  - A thread needs 256 KiB of stack for a call.
 */
#ifndef URUN_H
#define URUN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct urun_ctx urun_ctx;

/* --- context and settings --- */

/*
 * A new context with the settings of the environment: the state root is
 * $XDG_RUNTIME_DIR/urun, else /run/urun for root; for others /run/user/UID/urun
 * if /run/user/UID is theirs, else $HOME/.local/state/urun. Makes nothing on
 * disk. -ENOMEM.
 */
int urun_ctx_new(urun_ctx **ret);

/* NULL is allowed. */
void urun_ctx_free(urun_ctx *ctx);

/* The state directory (made 0700 by the first call that writes to it). */
int urun_set_root(urun_ctx *ctx, const char *dir);

/* The state directory in use; exists or not, usable or not. Never NULL. */
const char *urun_root(const urun_ctx *ctx);

/* "auto" (default), "systemd", "cgroupfs", "disabled". -EINVAL */
int urun_set_cgroup_manager(urun_ctx *ctx, const char *name);

/*
 * "auto" (default) and "true": a caller who may not use cgroups gets a
 * container without one, where no limit is asked for. "false": that is an
 * error. -EINVAL on any other word.
 */
int urun_set_rootless(urun_ctx *ctx, const char *mode);

/*
 * Where NOTIFY_SOCKET is passed on: urun_start() and urun_run() fail if READY=1 has
 * not come within this many seconds of the program's start, and the container is
 * killed and deleted. 0 (default): it may take any time.
 */
int urun_set_ready_timeout(urun_ctx *ctx, unsigned int seconds);

/* `level` is one of the words below; msg one line without its newline. */
typedef void (*urun_log_fn)(void *arg, const char *level, const char *msg);

struct urun_log_options {
	size_t size;
	const char *target;       /* NULL, "": stderr; "[file:]PATH", "journald:ID", "syslog:ID" */
	const char *format;       /* NULL, "text", "json" */
	const char *level;        /* NULL, "error", "warning" ("warn"), "info", "debug", "trace" */
	const char *container_id; /* NULL or the id which lines of journald and syslog carry */
	urun_log_fn fn;           /* not NULL: called with each line, in place of a target */
	void *arg;
};

/*
 * Where warnings and debug lines of this context go; without this call nowhere.
 * It replaces what an earlier call has said.
 */
int urun_set_log(urun_ctx *ctx, const struct urun_log_options *opt);

/* --- errors --- */

/* Message of the last failed call on ctx: one line; "" if there was none. */
const char *urun_error(const urun_ctx *ctx);

/* What to type to mend the host, or "". */
const char *urun_error_hint(const urun_ctx *ctx);

/* Positive errno of the last failed call, or 0. */
int urun_error_errno(const urun_ctx *ctx);

/*
 * The kind of the last failure: N of URUN-E00N, which keeps its meaning for ever and
 * which 'urun explain' explains. 0: no call failed.
 */
int urun_error_code(const urun_ctx *ctx);

/* --- life cycle --- */

/* Flags; each call says which it takes. */
#define URUN_DETACH (1u << 0)         /* run, exec: return once the process has started */
#define URUN_KEEP (1u << 1)           /* run: keep the container's state when it exits */
#define URUN_NO_PIVOT (1u << 2)       /* create, run: MS_MOVE + chroot, no pivot_root */
#define URUN_NO_NEW_KEYRING (1u << 3) /* create, run: keep the caller's session keyring */
#define URUN_SUBREAPER (1u << 4)      /* run: adopt orphans while waiting, reap any child */
#define URUN_STRICT_RLIMITS (1u << 5) /* create, run: an rlimit that cannot be had is an error */
#define URUN_TTY (1u << 6)            /* exec: a terminal, whatever the config says */
#define URUN_NO_TTY (1u << 7)         /* exec: no terminal, whatever the config says */
#define URUN_NO_NEW_PRIVS (1u << 8)   /* exec: set no_new_privs (cannot be unset) */
#define URUN_IGNORE_PAUSED (1u << 9)  /* exec: start in a paused container, too */
#define URUN_USER (1u << 10)          /* exec: uid is set */
#define URUN_GROUP (1u << 11)         /* exec: gid is set */
#define URUN_ALL (1u << 12)           /* kill: every process of the container */
#define URUN_FORCE (1u << 13)         /* delete: kill it first; an unknown id is no error */
#define URUN_NO_SIGNALS (1u << 14)    /* run, exec: block no signal, pass none on */
#define URUN_STOPPED (1u << 15)       /* delete: only if it has stopped */
#define URUN_CAP_REPLACE (1u << 16)   /* exec: `caps` and no other capability */
#define URUN_STRICT (1u << 17)        /* create, run: an unknown capability is an error, too */
#define URUN_KEEP_GROUPS (1u << 18)   /* create, run: keep the caller's groups, also in exec */

/*
 * For create and run. Flags: NO_PIVOT, NO_NEW_KEYRING, STRICT_RLIMITS, STRICT,
 * KEEP_GROUPS; run also DETACH, KEEP, SUBREAPER, NO_SIGNALS. STRICT implies
 * STRICT_RLIMITS.
 *
 * SUBREAPER is for a program without other children: a container without a pid
 * namespace of its own leaves orphans, and who takes them in cannot tell them
 * from his own.
 */
struct urun_create_options {
	size_t size;
	unsigned int flags;
	const char *bundle;         /* NULL: the current directory */
	const char *config;         /* NULL: "config.json" in the bundle; "-": stdin */
	const char *console_socket; /* receives the terminal's fd; NULL: none */
	const char *pidfd_socket;   /* receives a pidfd of init; NULL: none */
	const char *pid_file;       /* NULL: none */
	/*
	 * fds 3 .. 2+N pass into the container, as far as they are open and not
	 * close-on-exec; every other one is closed. listen_fds of them (the first)
	 * are sockets of socket activation: > 0 sets LISTEN_FDS, LISTEN_PID=1 and,
	 * where given, LISTEN_FDNAMES in its environment, unless the config sets them.
	 */
	unsigned int preserve_fds;
	unsigned int listen_fds;
	const char *listen_fdnames;
	/* The config itself, in place of a file; NULL: `config` says where it is. */
	const char *config_json;
	/*
	 * Three fds that become 0, 1 and 2 of the program; one of -1 stays what the
	 * caller has there. NULL: all three. With a terminal: where urun_run() in the
	 * foreground reads and writes.
	 */
	const int *stdio;
	/*
	 * Further fds that pass into the container, by their own numbers: each from 3
	 * on, open, and not close-on-exec.
	 */
	const int *pass_fds;
	size_t n_pass_fds;
	/*
	 * The id maps of a new user namespace, in place of the config's. "auto": as
	 * without any in the config, the caller is process.user; "host-root": the
	 * caller is 0; "keep-id": he is himself; "nomap": he is nobody, all ids are
	 * sub-ids. NULL: the config says.
	 */
	const char *userns;
	/*
	 * "27,video": groups that the caller is in, by number or name. The maps show each
	 * by its own number, and the container's processes are in them. NULL: none.
	 */
	const char *map_groups;
	/*
	 * The network, in place of what the config's annotations say: "slirp[:KEY=VALUE,...]"
	 * (urun-annotations(5), run.urun.net), "none" or "host". NULL: the config says.
	 */
	const char *network;
	/* "[ADDRESS:]PORT[-PORT]:PORT[-PORT][/tcp|/udp]" of it, NULL-terminated; or NULL. */
	const char *const *publish;
};

/*
 * Sets the container up. Returns when its init waits for urun_start(). opt may
 * be NULL. Nothing is left behind on failure.
 */
int urun_create(urun_ctx *ctx, const char *id, const struct urun_create_options *opt);

/*
 * Runs the created container's program. Where NOTIFY_SOCKET was set for
 * urun_create(), returns when the container has sent READY=1 or has ended.
 */
int urun_start(urun_ctx *ctx, const char *id);

/*
 * Stops all processes of a running container (cgroup v2's freezer), and lets them
 * go on. They return when it is so. -ENOTSUP: the container has no cgroup of its
 * own; -EBUSY: it is paused already, or is not.
 */
int urun_pause(urun_ctx *ctx, const char *id);
int urun_resume(urun_ctx *ctx, const char *id);

/*
 * For a program like urun whose argv is a run in the foreground: where the caller
 * stands outside of his systemd's cgroup, so that nothing of his can be moved into it,
 * that systemd starts the program once more, as a service, with our argv, stdio, first
 * `fds` descriptors, environment, working folder and limits, and signals are passed on.
 * Returns 1 when that is done: *ret_status is its exit status, 128+N for signal N. 0:
 * there is no need or no way; go on. The service calls urun_relay_serve() where argv[1]
 * is "__relay", and exits with what that returns.
 */
int urun_relay(urun_ctx *ctx, char *const *argv, unsigned int fds, int *ret_status);
int urun_relay_serve(void);

/*
 * Create, start, wait, delete. *ret_status is the program's exit status, or
 * 128 + N when signal N killed it; with DETACH 0. opt may be NULL. In the
 * foreground the caller's signals are passed on to the container, and its
 * terminal is the container's if process.terminal is set.
 */
int urun_run(urun_ctx *ctx, const char *id, const struct urun_create_options *opt, int *ret_status);

/*
 * What urun_run() with these options, or with DETACH urun_create(), would do, as
 * text: one decision a line (N16). The config is read and checked, the caller's
 * ids are looked up; nothing is made and no container is looked at. *ret is
 * malloc'd.
 */
int urun_plan_text(urun_ctx *ctx, const char *id, const struct urun_create_options *opt,
		   char **ret);

/*
 * The process: `process` (a file with an OCI process object, "-" is stdin), or
 * argv with the rest of the members laid over the container's own process
 * object. With `process`, only detach, tty, preserve_fds, cgroup, the sockets,
 * stdio and pid_file may be set besides; anything else is -EINVAL.
 * Flags: DETACH, TTY or NO_TTY, NO_NEW_PRIVS, IGNORE_PAUSED, USER, GROUP, NO_SIGNALS,
 * CAP_REPLACE.
 */
struct urun_exec_options {
	size_t size;
	unsigned int flags;
	const char *process;
	const char *const *argv;         /* NULL-terminated, as the lists below */
	const char *const *env;          /* "NAME=VALUE", each replaces the container's */
	const char *const *caps;         /* "CAP_KILL": added to all sets but inheritable */
	const uint32_t *additional_gids; /* added */
	size_t n_additional_gids;
	uint32_t uid, gid; /* with USER alone: the container's gid stays */
	const char *cwd;
	const char *apparmor_profile;
	const char *process_label;
	const char *cgroup; /* "/SUB" or "CONTROLLER[,...]:/SUB" below the container's cgroup */
	const char *console_socket;
	const char *pidfd_socket;
	const char *pid_file;
	unsigned int preserve_fds, listen_fds;
	const char *listen_fdnames;
	/*
	 * "UID[:GID]" or "NAME[:GROUP]", instead of USER, GROUP, uid and gid. Names are
	 * looked up in the container; a user by name also brings his groups and HOME.
	 */
	const char *user;
	const int *stdio; /* as of urun_create_options */
	const int *pass_fds;
	size_t n_pass_fds;
};

/*
 * Starts a process in the running container and, without DETACH, waits for
 * it; *ret_status as for urun_run(). On failure no pid file is left.
 */
int urun_exec(urun_ctx *ctx, const char *id, const struct urun_exec_options *opt, int *ret_status);

/* Sends `sig` (0: only asks if that is possible) to init. Flags: ALL. */
int urun_kill(urun_ctx *ctx, const char *id, int sig, unsigned int flags);

/*
 * Waits until the container's init has ended: timeout_ms, or with -1 as long as
 * it takes (-ETIMEDOUT). Where init is this process's child (urun_create(), or
 * urun_run() with DETACH, were called here) it is reaped and *ret_status is as
 * of urun_run(). Else, or if it was waited for before, it is -1.
 */
int urun_wait(urun_ctx *ctx, const char *id, int timeout_ms, int *ret_status);

/*
 * A pidfd (close-on-exec) of the container's init, to poll for its end: it is
 * readable then. -ESRCH when it has ended already.
 */
int urun_pidfd(urun_ctx *ctx, const char *id, int *ret);

/* Removes a stopped or created container. Flags: FORCE or STOPPED. */
int urun_delete(urun_ctx *ctx, const char *id, unsigned int flags);

/*
 * Mounts of a created or running container: `file` is a JSON array of mounts as
 * in config.json ("-" is stdin). add: all of them or none, sources as at create;
 * remove: what is mounted at their destinations, the last first.
 */
int urun_mounts_add(urun_ctx *ctx, const char *id, const char *file);
int urun_mounts_remove(urun_ctx *ctx, const char *id, const char *file);

struct urun_update_options {
	size_t size;
	const char *resources; /* a file with a LinuxResources object; "-": stdin; NULL: none */
	const char *resources_json; /* the object itself, in place of a file; NULL: none */
	/*
	 * "KEY=VALUE" laid over it, NULL-terminated; NULL: none. KEY is a path below
	 * linux.resources ("memory.limit", "cpu.quota", "unified.memory.high"); memory also
	 * takes sizes ("512M") and what can be unlimited "max" or "-1".
	 */
	const char *const *set;
	const char *l3_cache_schema, *mem_bw_schema; /* of linux.intelRdt; NULL: as they are */
};

/*
 * Gives a created or running container other limits: what is given changes, the rest
 * stays. All of it or, on failure, nothing. -ENOTSUP: it has no cgroup of its own, and
 * something is asked for; -ESRCH: it does not run.
 */
int urun_update(urun_ctx *ctx, const char *id, const struct urun_update_options *opt);

/*
 * Published ports of a container with the network slirp: "[ADDRESS:]PORT[-PORT]:PORT[-PORT]
 * [/tcp|/udp]", a range as a whole or not at all; remove also takes a number of
 * urun_port_list().
 */
int urun_port_add(urun_ctx *ctx, const char *id, const char *ports);
int urun_port_remove(urun_ctx *ctx, const char *id, const char *ports);

/* --- asking; strings are malloc'd, to be freed with free() --- */

/* The OCI state document, pretty-printed JSON with a newline at its end. */
int urun_state_json(urun_ctx *ctx, const char *id, char **ret);

struct urun_list_entry {
	const char *id;
	pid_t pid;          /* 0 when stopped */
	const char *status; /* "creating", "created", "running", "paused", "stopped" */
	const char *bundle;
	const char *created; /* RFC 3339 */
	const char *owner;   /* user name, or the uid as digits */
	const char *rootfs;
	const char *oci_version;
	const char *network; /* "slirp", "slirp (dead)" when its helper has ended; NULL: not ours */
};

/* Strings live until it returns. A value other than 0 ends the list. */
typedef int (*urun_list_fn)(void *arg, const struct urun_list_entry *entry);

/*
 * Calls fn for each container below the state root, sorted by id. No root is
 * no container; what is not a container is skipped; a broken one is a warning
 * in the log. fn must not use ctx. Returns 0 or what fn returned.
 */
int urun_list(urun_ctx *ctx, urun_list_fn fn, void *arg);

/* The same as a JSON array of state documents with "owner", pretty-printed. */
int urun_list_json(urun_ctx *ctx, char **ret);

/* Host pids of all processes of the container, ascending; free() *ret. */
int urun_ps(urun_ctx *ctx, const char *id, pid_t **ret, size_t *ret_n);

/*
 * What the container uses, as one line of JSON with a newline: {"type":"stats",...} of
 * runc's schema. -ENOTSUP: it has no cgroup of its own; -ESRCH: it does not run.
 */
int urun_stats_json(urun_ctx *ctx, const char *id, char **ret);

/* A line of JSON, which lives until it returns. A value other than 0 ends the stream. */
typedef int (*urun_event_fn)(void *arg, const char *line);

/*
 * Calls fn with such a line at once and each interval_ms (1 at least), with
 * {"type":"oom",...} when the OOM killer was in the container, and last, when init has
 * ended, with {"type":"exit",...}; then it returns 0, and so it does when fn ended it.
 * fn must not use ctx.
 */
int urun_events(urun_ctx *ctx, const char *id, unsigned int interval_ms, urun_event_fn fn,
		void *arg);

struct urun_port_entry {
	uint64_t number;      /* of this one, never used again */
	const char *protocol; /* "tcp", "udp" */
	const char *host_address, *container_address;
	unsigned int host_port, container_port;
};

/* Strings live until it returns. A value other than 0 ends the list. */
typedef int (*urun_port_fn)(void *arg, const struct urun_port_entry *entry);

/* Calls fn for each port that is published now. Returns 0 or what fn returned. */
int urun_port_list(urun_ctx *ctx, const char *id, urun_port_fn fn, void *arg);

/* The same as a JSON array, pretty-printed. */
int urun_port_json(urun_ctx *ctx, const char *id, char **ret);

struct urun_mounts_entry {
	const char *destination, *type, *source;
	const char *options; /* of the mount, with commas between: "ro,nosuid" */
	/* "root", "config", "masked", "readonly", "device", or "other": added later, say */
	const char *reason;
};

/* Strings live until it returns. A value other than 0 ends the list. */
typedef int (*urun_mounts_fn)(void *arg, const struct urun_mounts_entry *entry);

/*
 * Calls fn for each mount that the container has, in the order of its mountinfo;
 * fn must not use ctx. Returns 0 or what fn returned.
 */
int urun_mounts_list(urun_ctx *ctx, const char *id, urun_mounts_fn fn, void *arg);

/* The same as a JSON array with more about each, pretty-printed. */
int urun_mounts_json(urun_ctx *ctx, const char *id, char **ret);

struct urun_limits_entry {   /* "": there is none */
	const char *key;     /* below linux.resources, or the cgroup's file where none was asked */
	const char *asked;   /* by the config and updates since */
	const char *applied; /* what the cgroup's file says */
	const char *inherited;      /* the least of the cgroups above */
	const char *inherited_from; /* the path of the cgroup that has it */
	const char *reason;         /* why the container does not have what was asked */
};

/* Strings live until it returns. A value other than 0 ends the list. */
typedef int (*urun_limits_fn)(void *arg, const struct urun_limits_entry *entry);

/*
 * Calls fn for each limit that was asked for, each that the cgroups above the
 * container's have, and at last for memory.peak and the pressure files, with what they
 * say as `applied`; fn must not use ctx. Returns 0 or what fn returned.
 */
int urun_limits_list(urun_ctx *ctx, const char *id, urun_limits_fn fn, void *arg);

/* The same as a JSON object, pretty-printed. */
int urun_limits_json(urun_ctx *ctx, const char *id, char **ret);

/* --- without a container --- */

/*
 * For a program that calls urun_create(), urun_run() or urun_exec(), as the
 * first thing in main(): where an id that can be mapped in a container may write
 * this program's file, starts it anew from a sealed copy in memory
 * (CVE-2019-5736) and does not return. Else 0 at once.
 */
int urun_protect_self(urun_ctx *ctx, char *const argv[]);

/* A config.json to start from; rootless: with a user namespace. */
int urun_spec_json(urun_ctx *ctx, int rootless, char **ret);

/*
 * Turns the process into argv (NULL-terminated; found by PATH), as root of a new
 * user namespace with all ids that the caller may map and a mount namespace of its
 * own; for a process with one thread. Returns on failure only, and then the process
 * may have left the caller's namespaces: it should end, with *ret_status.
 */
int urun_unshare(urun_ctx *ctx, const char *const argv[], int *ret_status);

struct urun_unshare_options {
	size_t size;
	const char *map_groups; /* as of urun_create_options; the groups we are in stay so */
};

/* The same, made to order; opt may be NULL. */
int urun_unshare_with(urun_ctx *ctx, const char *const argv[],
		      const struct urun_unshare_options *opt, int *ret_status);

/* Flags of urun_spec(). */
#define URUN_SPEC_ROOTLESS (1u << 0)    /* with a user namespace */
#define URUN_SPEC_KEEP_ID (1u << 1)     /* the process has the caller's uid and gid inside, too */
#define URUN_SPEC_HOST_ROOTFS (1u << 2) /* the root is the host's own tree, read-only */
#define URUN_SPEC_HOME_READ_ONLY (1u << 3) /* HOST_ROOTFS: the host's `home` as it is */
#define URUN_SPEC_HOME_WRITABLE (1u << 4)  /* HOST_ROOTFS: the host's `home`, writable */

struct urun_spec_options {
	size_t size;
	unsigned int flags;
	const char *const *args;   /* NULL, empty: "sh"; lists end with NULL */
	const char *const *env;    /* "NAME=VALUE": more variables, or other values */
	const char *const *mounts; /* "type=bind,source=PATH,destination=PATH[,OPTION...]" */
	const char *rootfs;        /* root.path; NULL: "rootfs" */
	/*
	 * HOST_ROOTFS: a folder of the host that is empty and private inside, unless a
	 * flag says otherwise, and where the process starts. NULL: none. /tmp, /run and
	 * /var/tmp are private in any case.
	 */
	const char *home;
	/* "slirp[:KEY=VALUE,...]", "none" or "host": as annotations; NULL: none. */
	const char *network;
};

/* A config.json made to order. KEEP_ID goes with ROOTLESS only. */
int urun_spec(urun_ctx *ctx, const struct urun_spec_options *opt, char **ret);

/* The features document of the OCI runtime spec. */
int urun_features_json(urun_ctx *ctx, char **ret);

struct urun_version_info {
	const char *version;  /* "0.1.0" */
	const char *commit;   /* git id, or "unknown" */
	const char *spec;     /* "1.3.0" */
	const char *features; /* "+SECCOMP +CAP ...": what this build can do */
};

/* Static; never NULL. */
const struct urun_version_info *urun_version(void);

#ifdef __cplusplus
}
#endif

#endif
