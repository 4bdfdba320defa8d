/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transient scope for a container (D05): the request goes out at once, and is
 * waited for when nothing else is left to do.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/path.h"
#include "cgroup/host.h"
#include "cgroup/systemd_internal.h"

enum { RETRY_PAUSE_MS = 20, DROPPED_MAX = 32 };

/* --- the request --- */

static int append_switches(const struct sdbus *api, sd_bus_message *m)
{
	/* Delegate: every controller that the manager has, and we own what is below. */
	static const char *const on[] = { "Delegate", "CPUAccounting", "MemoryAccounting",
					  "IOAccounting", "TasksAccounting" };
	int r = api->sd_bus_message_append(m, "(sv)", "DefaultDependencies", "b", 0);

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(on); i++)
		r = api->sd_bus_message_append(m, "(sv)", on[i], "b", 1);
	return r;
}

/* The user's own ones last: they are what he says himself. */
static int append_limits(struct systemd *s, sd_bus_message *m)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < s->n_limits; i++)
		r = systemd_append_property(s, m, &s->limits[i]);
	for (size_t i = 0; r >= 0 && i < s->req->n_properties; i++)
		r = systemd_append_property(s, m, &s->req->properties[i]);
	return r;
}

static int append_properties(struct systemd *s, sd_bus_message *m)
{
	const struct sdbus *api = s->api;
	const char *description = arena_printf(s->arena, "urun container %s", s->req->id);
	int r = description ? 0 : -ENOMEM;

	if (r >= 0 && s->req->slice)
		r = api->sd_bus_message_append(m, "(sv)", "Slice", "s", s->req->slice);
	if (r >= 0)
		r = append_switches(api, m);
	if (r >= 0)
		r = api->sd_bus_message_append(m, "(sv)", "Description", "s", description);
	if (r >= 0)
		r = append_limits(s, m);
	/* A unit that failed (out of memory, say) does not keep its name. */
	if (r >= 0)
		r = api->sd_bus_message_append(m, "(sv)", "CollectMode", "s", "inactive-or-failed");
	if (r >= 0)
		r = api->sd_bus_message_append(m, "(sv)", "PIDs", "au", 1, (uint32_t)s->pid);
	return r;
}

static int new_request(struct systemd *s, sd_bus_message **ret)
{
	const struct sdbus *api = s->api;
	sd_bus_message *m = NULL;
	int r = systemd_new_call(s, "StartTransientUnit", &m);

	if (r >= 0)
		r = api->sd_bus_message_append(m, "ss", s->req->unit, "fail");
	if (r >= 0)
		r = api->sd_bus_message_open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = append_properties(s, m);
	if (r >= 0)
		r = api->sd_bus_message_close_container(m);
	/* No auxiliary units. */
	if (r >= 0)
		r = api->sd_bus_message_append(m, "a(sa(sv))", 0);
	if (r < 0)
		api->sd_bus_message_unref(m);
	else
		*ret = m;
	return r;
}

/* --- the answers --- */

static void note_result(struct systemd *s, const char *job, const char *result)
{
	if (s->job && strcmp(s->job, job) == 0)
		s->result = arena_strdup(s->arena, result);
}

static int on_job_removed(sd_bus_message *m, void *arg, sd_bus_error *ret_error)
{
	struct systemd *s = arg;
	const char *job, *unit, *result;
	uint32_t id;

	(void)ret_error;
	if (s->api->sd_bus_message_read(m, "uoss", &id, &job, &unit, &result) < 0 ||
	    strcmp(unit, s->req->unit) != 0)
		return 0;
	if (s->job) {
		note_result(s, job, result);
	} else {
		s->early_job = arena_strdup(s->arena, job);
		s->early_result = arena_strdup(s->arena, result);
	}
	return 0;
}

/* What a bus says of a name that nobody has, or whose program cannot be started. */
static bool is_absent(const char *name)
{
	static const char spawn[] = "org.freedesktop.DBus.Error.Spawn.";

	return strcmp(name, "org.freedesktop.DBus.Error.ServiceUnknown") == 0 ||
	       strcmp(name, "org.freedesktop.DBus.Error.NameHasNoOwner") == 0 ||
	       strncmp(name, spawn, sizeof(spawn) - 1) == 0;
}

static void note_error(struct systemd *s, const sd_bus_error *be)
{
	s->exists = strcmp(be->name, SYSTEMD_UNIT_EXISTS) == 0;
	s->absent = is_absent(be->name);
	if (strcmp(be->name, SYSTEMD_READ_ONLY) == 0 && be->message)
		s->refused = arena_strdup(s->arena, be->message);
	s->failed = systemd_explain(s, be, -EIO, "make the scope", s->req->unit, &s->error);
	if (s->req->n_properties && !s->exists && !s->absent && s->failed != -ETIMEDOUT)
		error_hint(&s->error, "is a value of org.systemd.property.* of the wrong type? "
				      "See systemd.resource-control(5) and its D-Bus API");
}

static int on_reply(sd_bus_message *m, void *arg, sd_bus_error *ret_error)
{
	struct systemd *s = arg;
	const sd_bus_error *be = s->api->sd_bus_message_get_error(m);
	const char *job;
	int r;

	(void)ret_error;
	if (be) {
		note_error(s, be);
		return 0;
	}
	r = s->api->sd_bus_message_read(m, "o", &job);
	if (r < 0) {
		s->failed = error_set(&s->error, r, "make the scope '%s'", s->req->unit);
		return 0;
	}
	s->job = arena_strdup(s->arena, job);
	if (s->early_job && s->early_result)
		note_result(s, s->early_job, s->early_result);
	return 0;
}

static int send_request(struct systemd *s, struct error *e)
{
	sd_bus_message *m = NULL;
	int r = new_request(s, &m);

	s->job = s->result = s->early_job = s->early_result = NULL;
	s->failed = 0;
	s->exists = s->absent = false;
	s->refused = NULL;
	error_clear(&s->error);
	if (r >= 0)
		r = s->api->sd_bus_call_async(s->bus, NULL, m, on_reply, s,
					      SYSTEMD_TIMEOUT_MS * 1000ULL);
	s->api->sd_bus_message_unref(m);
	return r < 0 ? error_set(e, r, "ask systemd for the scope '%s'", s->req->unit) : 0;
}

/* What can be read and written without waiting. */
static void pump(struct systemd *s)
{
	while (s->api->sd_bus_process(s->bus, NULL) > 0)
		;
}

/* IOWeight means io.bfq.weight to systemd where the kernel has that file. */
static bool has_bfq(struct arena *a)
{
	cleanup_fd int dir = -EBADF;
	const char *own;

	if (cgroup_path_of(a, 0, &own) == 0)
		dir = cgroup_open_path(own);
	return dir >= 0 && path_accessat(dir, "io.bfq.weight", F_OK) == 0;
}

int systemd_ask_scope(struct systemd *s, const struct cgroup_request *req, pid_t pid, int cache,
		      struct error *e)
{
	bool bfq = req->limits->io.has_weight && has_bfq(s->arena);
	int r = cgroup_plan_properties(s->arena, &req->plan, bfq, &s->limits, &s->n_limits);

	s->req = req;
	s->pid = pid;
	s->cache = cache;
	s->deadline = clock_us() + SYSTEMD_TIMEOUT_MS * 1000ULL;
	if (r < 0)
		return error_set(e, r, "plan the properties of the scope '%s'", req->unit);
	systemd_leave_out_lacking(s);
	r = s->api->sd_bus_match_signal_async(s->bus, NULL, SYSTEMD_NAME, SYSTEMD_PATH,
					      SYSTEMD_MANAGER, "JobRemoved", on_job_removed, NULL,
					      s);
	if (r < 0)
		return error_set(e, r, "watch the jobs of systemd");
	r = send_request(s, e);
	if (r == 0)
		pump(s);
	return r;
}

static int await_answer(struct systemd *s, uint64_t deadline, struct error *e)
{
	const sd_bus_error none = SD_BUS_ERROR_NULL;

	while (!s->result && !s->failed) {
		uint64_t now = clock_us();
		int r = s->api->sd_bus_process(s->bus, NULL);

		if (r == 0 && now >= deadline)
			r = -ETIMEDOUT;
		if (r == 0)
			r = s->api->sd_bus_wait(s->bus, deadline - now);
		if (r < 0 && r != -EINTR)
			return systemd_explain(s, &none, r, "make the scope", s->req->unit, e);
	}
	return 0;
}

/* Has the unit processes? Its cgroup tells, not its state: an empty one is about to go. */
static bool is_populated(struct systemd *s, const char *unit_path)
{
	static const char scope[] = "org.freedesktop.systemd1.Scope";
	cleanup_free char *path = NULL;
	cleanup_fd int dir = -EBADF;

	if (s->api->sd_bus_get_property_string(s->bus, SYSTEMD_NAME, unit_path, scope,
					       "ControlGroup", NULL, &path) < 0)
		return false;
	if (*path)
		dir = cgroup_open_path(path);
	return dir >= 0 && cgroup_is_populated(dir);
}

/*
 * P31: a unit that is left over (failed, or empty and on its way out) is
 * cleared; one with processes in it is somebody's, and stays.
 */
static int clear_stale(struct systemd *s, uint64_t deadline, struct error *e)
{
	const struct timespec pause = { .tv_nsec = RETRY_PAUSE_MS * 1000000L };
	const char *path = NULL;
	int r;

	while ((r = systemd_find_unit(s, s->req->unit, &path, e)) == 0) {
		if (is_populated(s, path)) {
			error_kind(
				e, KIND_SYSTEMD, EEXIST,
				"the scope '%s' is in use: by a container with the same id below "
				"another --root?",
				s->req->unit);
			return error_hint(e, "look at: systemctl %sstatus %s",
					  s->req->privileged ? "" : "--user ", s->req->unit);
		}
		r = systemd_stop(s, s->req->unit, e);
		if (r < 0)
			return r;
		if (clock_us() >= deadline)
			return error_kind(e, KIND_SYSTEMD, ETIMEDOUT,
					  "the old scope '%s' does not go away", s->req->unit);
		nanosleep(&pause, NULL);
	}
	return r == -ENOENT ? 0 : r;
}

static int ask_again(struct systemd *s, uint64_t deadline, struct error *e)
{
	int r = send_request(s, e);

	return r < 0 ? r : await_answer(s, deadline, e);
}

/*
 * D07: a property that this systemd is too old for. It says "Cannot set property
 * X, or unknown property."; what the files say as well can do without.
 */
static bool drop_refused(struct systemd *s)
{
	for (size_t i = 0; i < s->n_limits; i++) {
		const char *name = s->limits[i].name, *at = strstr(s->refused, name);
		size_t len = strlen(name);

		if (!at || at == s->refused || at[-1] != ' ' || (at[len] != ',' && at[len] != ' '))
			continue;
		systemd_note_lacking(s, name);
		systemd_drop_limit(s, i);
		return true;
	}
	return false;
}

int systemd_await_scope(struct systemd *s, struct error *e)
{
	uint64_t deadline = clock_us() + SYSTEMD_TIMEOUT_MS * 1000ULL;
	int r = await_answer(s, deadline, e);

	for (int i = 0; i < DROPPED_MAX && r == 0 && s->refused && drop_refused(s); i++)
		r = ask_again(s, deadline, e);
	if (r == 0 && s->exists) {
		log_debug("the unit '%s' exists: clear it and ask again", s->req->unit);
		r = clear_stale(s, deadline, e);
		if (r == 0)
			r = ask_again(s, deadline, e);
	}
	if (r < 0)
		return r;
	if (s->absent) {
		*e = s->error;
		return -ENXIO;
	}
	if (s->failed) {
		*e = s->error;
		return s->failed;
	}
	if (strcmp(s->result, "done") == 0)
		return 0;
	error_kind(e, KIND_SYSTEMD, ECANCELED, "make the scope '%s': systemd's job ended as '%s'",
		   s->req->unit, s->result);
	return error_hint(e, "look at: journalctl %s-u %s", s->req->privileged ? "" : "--user ",
			  s->req->unit);
}

void systemd_abandon(struct systemd *s)
{
	struct error ignored = ERROR_INIT;

	/* Without its answer we do not know whose unit of that name it is. */
	if (!s || !s->req || await_answer(s, s->deadline, &ignored) < 0 || s->failed)
		return;
	(void)systemd_stop(s, s->req->unit, &ignored);
}

int systemd_stop_empty(struct systemd *s, const char *unit, struct error *e)
{
	const struct cgroup_request req = { .unit = unit };
	int r;

	s->req = &req;
	r = clear_stale(s, clock_us() + SYSTEMD_TIMEOUT_MS * 1000ULL, e);
	s->req = NULL;
	return r;
}
