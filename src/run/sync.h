/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dialogue of parent and child: one SOCK_SEQPACKET pair, one message
 * struct, every point named. A message that is not the one waited for is an
 * error that names both. Sizes travel in the packet itself, not in fields
 * that could disagree (CVE-2021-43784).
 */
#ifndef URUN_RUN_SYNC_H
#define URUN_RUN_SYNC_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

enum sync_point {
	SYNC_UNSHARED = 1, /* stage -> parent: the user namespace is there, write its maps */
	SYNC_IDMAPS,       /* parent -> child: the maps are written; value: SYNC_MAPS_* */
	SYNC_INIT,         /* init of a stage -> parent: its first message; sender is its pid */
	SYNC_NETWORK,      /* child -> parent: fd is its network namespace */
	SYNC_NET_DEVICE,   /* parent -> child: value is the index of a network device for it */
	SYNC_CGROUP,       /* parent -> child: it is in its cgroup; fd is that directory */
	SYNC_NARROW, /* child -> parent: its namespace is made, move it down; back: fd is where */
	SYNC_FILTER, /* parent -> child: value is the length of the seccomp filter */
	SYNC_HOOKS,  /* child -> parent: mounts are made, run the runtime hooks */
	SYNC_CONFIGURE, /* parent -> child: go on */
	SYNC_CONSOLE,   /* child -> parent: fd is the terminal's master */
	SYNC_READY,     /* child -> parent: set up, waits for start */
	SYNC_START,     /* parent -> child: run the program; value is its pid out here */
	SYNC_LOG,       /* child -> parent: value is the level, text the line */
	SYNC_ERROR,     /* child -> parent: value is kind and errno, text message NUL hint */
	SYNC_EOF,       /* the other end is closed (never sent) */
};

enum {
	SYNC_MAPS_DENIED = 1, /* setgroups() will fail */
	SYNC_MAPS_SINGLE = 2, /* fell back to one id */
	SYNC_TEXT_MAX = ERROR_MSG_MAX + ERROR_HINT_MAX,
};

struct sync_message {
	enum sync_point point;
	int64_t value;
	int fd;       /* received, or -EBADF; the receiver owns it */
	pid_t sender; /* as the receiver sees it; 0 without sync_want_sender() */
	uid_t uid;    /* its ids, likewise */
	gid_t gid;
	size_t len;
	char text[SYNC_TEXT_MAX + 1]; /* NUL-terminated */
};

int sync_pair(int *ret_parent, int *ret_child);

/* From now on the kernel says with each message whose it is (SO_PASSCRED). */
int sync_want_sender(int sock);

/* One point without text; fd < 0: none. Does not allocate. */
int sync_send(int sock, enum sync_point point, int64_t value, int fd);

int sync_send_error(int sock, const struct error *err);
int sync_send_log(int sock, int level, const char *line);

/* The next message; a closed end is SYNC_EOF, no error. */
int sync_recv(int sock, struct sync_message *ret, struct error *e);

/*
 * As sync_recv(), but it must be `point`. LOG messages on the way are logged,
 * an ERROR becomes the error.
 */
int sync_expect(int sock, enum sync_point point, struct sync_message *ret, struct error *e);

/* Makes an ERROR message the error; returns its -errno. */
int sync_take_error(const struct sync_message *m, struct error *e);

const char *sync_name(enum sync_point point);

#endif
