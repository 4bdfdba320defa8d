/* SPDX-License-Identifier: Apache-2.0 */
/* See systemd.h: the connection and the calls that are not about a new scope. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cgroup/systemd_internal.h"

int systemd_open(struct arena *a, struct bus_socket *sock, struct systemd **ret, struct error *e)
{
	struct systemd *s = arena_alloc(a, sizeof(*s));
	int r;

	if (!s)
		return error_set(e, ENOMEM, "connect to systemd");
	s->arena = a;
	s->where = sock->path;
	r = sdbus_load(&s->api, e);
	if (r < 0)
		return r;
	r = s->api->sd_bus_new(&s->bus);
	if (r >= 0)
		r = s->api->sd_bus_set_fd(s->bus, sock->fd, sock->fd);
	if (r >= 0) {
		sock->fd = -EBADF;
		r = s->api->sd_bus_set_bus_client(s->bus, !sock->direct);
	}
	if (r >= 0)
		r = s->api->sd_bus_start(s->bus);
	if (r < 0) {
		systemd_close(s);
		return error_kind(e, KIND_NO_BUS, -r, "connect to systemd at '%s': errno %d",
				  s->where, -r);
	}
	*ret = s;
	return 0;
}

void systemd_close(struct systemd *s)
{
	if (!s || !s->bus)
		return;
	s->bus = s->api->sd_bus_flush_close_unref(s->bus);
}

static bool is_timeout(const sd_bus_error *be, int r)
{
	return r == -ETIMEDOUT || (be->name && (strcmp(be->name, SD_BUS_ERROR_TIMEOUT) == 0 ||
						strcmp(be->name, SD_BUS_ERROR_NO_REPLY) == 0));
}

int systemd_explain(struct systemd *s, const sd_bus_error *be, int r, const char *what,
		    const char *unit, struct error *e)
{
	char said[512];

	if (is_timeout(be, r)) {
		error_kind(e, KIND_SYSTEMD, ETIMEDOUT,
			   "%s '%s': systemd at '%s' has not answered for %d seconds", what, unit,
			   s->where, SYSTEMD_TIMEOUT_MS / 1000);
		return error_hint(e, "does it hang? Look at: systemctl --user status");
	}
	if (be->message)
		return error_kind(e, KIND_SYSTEMD, r ? -r : EIO, "%s '%s': systemd says: %s", what,
				  unit, error_reword(be->message, said, sizeof(said)));
	return error_kind(e, KIND_SYSTEMD, -r, "%s '%s': no answer from systemd at '%s' (errno %d)",
			  what, unit, s->where, -r);
}

int systemd_new_call(struct systemd *s, const char *method, sd_bus_message **ret)
{
	return s->api->sd_bus_message_new_method_call(s->bus, ret, SYSTEMD_NAME, SYSTEMD_PATH,
						      SYSTEMD_MANAGER, method);
}

/* Sends it and waits; a missing unit is -ENOENT without words. The message is given up. */
static int call(struct systemd *s, sd_bus_message *m, const char *what, const char *unit,
		struct error *e)
{
	sd_bus_error be = SD_BUS_ERROR_NULL;
	int r = s->api->sd_bus_call(s->bus, m, SYSTEMD_TIMEOUT_MS * 1000ULL, &be, NULL);

	s->api->sd_bus_message_unref(m);
	if (r < 0 && be.name && strcmp(be.name, SYSTEMD_NO_SUCH_UNIT) == 0)
		r = -ENOENT;
	else if (r < 0)
		r = systemd_explain(s, &be, r, what, unit, e);
	s->api->sd_bus_error_free(&be);
	return r < 0 ? r : 0;
}

int systemd_find_unit(struct systemd *s, const char *unit, const char **ret, struct error *e)
{
	sd_bus_error be = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL, *reply = NULL;
	const char *path;
	int r = systemd_new_call(s, "GetUnit", &m);

	if (r >= 0)
		r = s->api->sd_bus_message_append(m, "s", unit);
	if (r >= 0)
		r = s->api->sd_bus_call(s->bus, m, SYSTEMD_TIMEOUT_MS * 1000ULL, &be, &reply);
	if (r >= 0)
		r = s->api->sd_bus_message_read(reply, "o", &path);
	if (r >= 0)
		*ret = arena_strdup(s->arena, path);
	else if (be.name && strcmp(be.name, SYSTEMD_NO_SUCH_UNIT) == 0)
		r = -ENOENT;
	else
		r = systemd_explain(s, &be, r, "look at the scope", unit, e);
	s->api->sd_bus_message_unref(m);
	s->api->sd_bus_message_unref(reply);
	s->api->sd_bus_error_free(&be);
	return r < 0 ? r : *ret ? 0 : error_set(e, ENOMEM, "look at the scope");
}

int systemd_attach(struct systemd *s, const char *unit, const char *subgroup, pid_t pid,
		   struct error *e)
{
	sd_bus_message *m = NULL;
	int r = systemd_new_call(s, "AttachProcessesToUnit", &m);

	if (r >= 0)
		r = s->api->sd_bus_message_append(m, "ssau", unit, subgroup, 1, (uint32_t)pid);
	if (r < 0) {
		s->api->sd_bus_message_unref(m);
		return error_set(e, r, "ask systemd to move process %d", pid);
	}
	r = call(s, m, "move a process into", unit, e);
	if (r == -ENOENT)
		return error_kind(e, KIND_SYSTEMD, ESRCH, "the scope '%s' is gone", unit);
	return r;
}

static int append_changes(struct systemd *s, sd_bus_message *m, const struct unit_property *p,
			  size_t n)
{
	int r = s->api->sd_bus_message_open_container(m, 'a', "(sv)");

	for (size_t i = 0; r >= 0 && i < n; i++)
		if (!p[i].create_only)
			r = systemd_append_property(s, m, &p[i]);
	return r < 0 ? r : s->api->sd_bus_message_close_container(m);
}

int systemd_set_properties(struct systemd *s, const char *unit, const struct unit_property *p,
			   size_t n, struct error *e)
{
	sd_bus_message *m = NULL;
	const char *path;
	int r = systemd_new_call(s, "SetUnitProperties", &m);

	if (r >= 0)
		r = s->api->sd_bus_message_append(m, "sb", unit, 1);
	if (r >= 0)
		r = append_changes(s, m, p, n);
	if (r < 0) {
		s->api->sd_bus_message_unref(m);
		return error_set(e, r, "ask systemd to change the scope '%s'", unit);
	}
	r = call(s, m, "change the limits of", unit, e);
	/*
	 * systemd answers first and writes the files then, before it hears the next
	 * question: with its answer to one, what we write ourselves is the last word.
	 */
	if (r == 0)
		r = systemd_find_unit(s, unit, &path, e);
	if (r == -ENOENT)
		return error_kind(e, KIND_NOT_RUNNING, ESRCH,
				  "the scope '%s' is gone: container not running", unit);
	return r;
}

int systemd_stop(struct systemd *s, const char *unit, struct error *e)
{
	static const char *const methods[] = { "StopUnit", "ResetFailedUnit" };

	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		sd_bus_message *m = NULL;
		int r = systemd_new_call(s, methods[i], &m);

		if (r >= 0)
			r = i == 0 ? s->api->sd_bus_message_append(m, "ss", unit, "replace")
				   : s->api->sd_bus_message_append(m, "s", unit);
		if (r < 0) {
			s->api->sd_bus_message_unref(m);
			return error_set(e, r, "ask systemd to stop '%s'", unit);
		}
		r = call(s, m, "stop", unit, e);
		if (r == -ENOENT)
			return 0;
		if (r < 0)
			return r;
	}
	return 0;
}
