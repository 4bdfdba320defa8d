/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A caller outside of his own systemd's cgroup (a login's session-N.scope, a batch
 * job) cannot have a process moved into it: what is common to both is root's. So
 * nothing is moved: systemd starts the same command once more, as a service, where
 * what it makes is in its place from the start (N07, D10). The two ends:
 *
 *   relay_run    in the caller's process: lends stdio, environment, working folder,
 *                limits; passes signals on; returns the other's exit status
 *   relay_serve  in the service: takes all that over, runs the command, waits
 *
 * Messages over one SOCK_SEQPACKET pair: HELLO with the service's namespaces (another
 * set of them than ours is no place for our paths), an FD for each descriptor, GO with
 * the rest in a memfd, SIGNAL, STATUS.
 */
#ifndef URUN_RUN_RELAY_H
#define URUN_RUN_RELAY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/error.h"
#include "cgroup/request.h"

enum relay_point {
	RELAY_HELLO = 1, /* service: its namespaces */
	RELAY_FD,        /* caller: value is the descriptor's number; RELAY_CWD: the folder */
	RELAY_GO,        /* caller: with the memfd */
	RELAY_SIGNAL,    /* caller: value is the signal */
	RELAY_STATUS,    /* service: value is as waitpid() gives it */
};

enum {
	RELAY_CWD = -1,
	RELAY_NAMESPACES = 7,
	RELAY_FD_MAX = 253,
	RELAY_CPUS = 1024, /* bytes of an affinity mask */
};

struct relay_message {
	uint32_t point;
	int32_t value;
	uint64_t namespaces[RELAY_NAMESPACES]; /* inode numbers */
};

/* The head of the memfd; the words of argv and then of the environment follow, NUL-ended. */
struct relay_state {
	uint32_t argc, envc, umask;
	uint64_t ignored; /* signals, bit N - 1 */
	struct rlimit limits[RLIM_NLIMITS];
	uint32_t cpus_size;
	unsigned char cpus[RELAY_CPUS];
};

/* Inode numbers of our namespaces; 0 where one cannot be read. */
void relay_own_namespaces(uint64_t ret[RELAY_NAMESPACES]);

struct relay_request {
	enum cgroup_manager manager;
	const struct bus_environment *bus;
	char *const *argv;
	unsigned int fds; /* 0 .. fds - 1 go along, if they are open */
};

/*
 * 1: done, *ret_status is the command's. 0: there is nothing to gain or no way to; the
 * caller goes on by himself.
 */
int relay_run(const struct relay_request *req, int *ret_status, struct error *e);

/* The service's life, on its socket; returns its exit status. */
int relay_serve(int sock);

#endif
