/* SPDX-License-Identifier: Apache-2.0 */
/* A network namespace of a fuzz target's own, in which there is a loopback and nobody else. */
#ifndef URUN_TESTS_FUZZ_OWN_NETNS_H
#define URUN_TESTS_FUZZ_OWN_NETNS_H

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"

#define CHECK(cond)              \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

static inline void enter_netns(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int uid = (int)getuid(), gid = (int)getgid(), fd;
	char map[64];

	if (unshare(CLONE_NEWNET) < 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
			perror("fuzz_net_slirp needs a network namespace of its own");
			exit(1);
		}
		snprintf(map, sizeof(map), "0 %d 1", uid);
		CHECK(io_write_value_at(AT_FDCWD, "/proc/self/setgroups", "deny") == 0);
		CHECK(io_write_value_at(AT_FDCWD, "/proc/self/uid_map", map) == 0);
		snprintf(map, sizeof(map), "0 %d 1", gid);
		CHECK(io_write_value_at(AT_FDCWD, "/proc/self/gid_map", map) == 0);
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(ioctl(fd, SIOCSIFFLAGS, &lo) == 0);
	close(fd);
	(void)io_write_value_at(AT_FDCWD, "/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
}

#endif
