/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slirp4netns' API on a UNIX stream socket (words: api_request.h), which never waits for a
 * client. For the loop it is one descriptor.
 *
 * Each request gets one answer, a line, in order. Requests follow each other on a connection,
 * ended by a newline each. As with slirp4netns, a client may end its side instead, or
 * send one request without a newline and read to the end: the connection is closed when
 * nothing came for API_LONE_MS, and any that neither asks nor reads after API_IDLE_MS, so that
 * `echo REQUEST | nc -U SOCKET` ends, too. After what is no JSON it is closed at once.
 */
#ifndef URUN_NETNS_SLIRP_API_H
#define URUN_NETNS_SLIRP_API_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "netns/slirp/ports.h"

enum {
	API_CLIENTS_MAX = 16, /* more wait to be accepted */
	API_LONE_MS = 100,
	API_IDLE_MS = 10000,
};

struct api;

/*
 * `listening` is ours from here on, on failure, too; its file should be of mode 0600. `owner`:
 * the one user who is heard, as SO_PEERCRED says it in our user namespace: geteuid() right after
 * entering that. Where it is not mapped there (65534), nor is anybody else who could be
 * told from it, and the file's mode alone decides.
 */
int api_new(int listening, uid_t owner, struct ports *ports, struct api **ret, struct error *e);

/* NULL is none. */
void api_free(struct api *a);

/* Can be read when api_run() has something to do. */
int api_fd(const struct api *a);

/* Does what can be done now. */
void api_run(struct api *a);

/* The same at another time than clock_ms(): for tests. */
void api_run_at(struct api *a, uint64_t now_ms);

#endif
