/* SPDX-License-Identifier: Apache-2.0 */
/* See socket.h. */
#include "netns/slirp/socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "netns/slirp/janitor.h"
#include "netns/slirp/slirp_config.h"

int socket_make(const struct net_config *c, int init, struct error *e)
{
	const char *name = slirp_socket_name(c);
	const char *shown = c->api ? c->api : name;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	cleanup_fd int fd = -EBADF;
	int r, bound = 0;

	if (strlen(name) >= sizeof(addr.sun_path))
		return error_set(e, ENAMETOOLONG, "make the socket '%s'", shown);
	memcpy(addr.sun_path, name, strlen(name));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_set(e, errno, "make the socket '%s'", shown);
	r = janitor_start(SLIRP_FD_SOCKET_DIR, fd, &addr, init, &bound, e);
	if (r < 0)
		return r;
	if (bound == -EADDRINUSE) {
		error_msg(e, EADDRINUSE, "make the socket '%s': it exists", shown);
		return error_hint(e, "rm '%s', unless it is another container's", shown);
	}
	if (bound == 0 && listen(fd, SOMAXCONN) < 0)
		bound = -errno;
	return bound < 0 ? error_set(e, bound, "make the socket '%s'", shown) : take_fd(&fd);
}
