/* SPDX-License-Identifier: Apache-2.0 */
/* The twin of systemd.c and its like in a build without sd-bus: there is no connection. */
#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cgroup/systemd.h"

static int refuse(struct error *e)
{
	return error_kind(e, KIND_NO_BUS, ENOSYS, "this urun is built without systemd");
}

int systemd_open(struct arena *a, struct bus_socket *sock, struct systemd **ret, struct error *e)
{
	(void)a;
	(void)ret;
	cleanup_fdp(&sock->fd);
	sock->fd = -EBADF;
	return refuse(e);
}

void systemd_close(struct systemd *s)
{
	(void)s;
}

/* What needs a connection is never called: none can be had. */

int systemd_ask_scope(struct systemd *s, const struct cgroup_request *req, pid_t pid, int cache,
		      struct error *e)
{
	(void)s;
	(void)req;
	(void)pid;
	(void)cache;
	return refuse(e);
}

int systemd_await_scope(struct systemd *s, struct error *e)
{
	(void)s;
	return refuse(e);
}

void systemd_abandon(struct systemd *s)
{
	(void)s;
}

int systemd_attach(struct systemd *s, const char *unit, const char *subgroup, pid_t pid,
		   struct error *e)
{
	(void)s;
	(void)unit;
	(void)subgroup;
	(void)pid;
	return refuse(e);
}

const char *systemd_control_group(struct systemd *s, struct arena *a, struct error *e)
{
	(void)s;
	(void)a;
	refuse(e);
	return NULL;
}

int systemd_start_service(struct systemd *s, const char *unit, const char *program, int sock,
			  struct error *e)
{
	(void)s;
	(void)unit;
	(void)program;
	(void)sock;
	return refuse(e);
}

int systemd_set_properties(struct systemd *s, const char *unit, const struct unit_property *p,
			   size_t n, struct error *e)
{
	(void)s;
	(void)unit;
	(void)p;
	(void)n;
	return refuse(e);
}

int systemd_stop_empty(struct systemd *s, const char *unit, struct error *e)
{
	(void)s;
	(void)unit;
	return refuse(e);
}

int systemd_stop(struct systemd *s, const char *unit, struct error *e)
{
	(void)s;
	(void)unit;
	return refuse(e);
}
