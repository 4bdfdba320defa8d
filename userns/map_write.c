/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the maps of a child's user namespace. Theory of operation:
 *
 *  - setgroups=deny first, where it is to be: after gid_map it is too late, and
 *    without it the kernel takes no gid map from an unprivileged process.
 *  - The helpers start before anything is written directly, and both at once:
 *    each costs about a millisecond (setuid, user lookup).
 *  - A map is written once: what a helper has done cannot be undone. So each
 *    map falls back on its own.
 *  - What counts is not an exit status but what the kernel says: both maps are
 *    read back and compared.
 *
 * The pid cannot be reused under us: the child is ours and not reaped.
 */
#include "userns/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "userns/diagnose.h"
#include "userns/groups.h"

enum {
	HELPER_TIMEOUT_MS = 30000, /* user lookup may go to a slow LDAP server */
	MAP_TEXT_MAX = 64 << 10,
};

/* Fixed, so that messages are in English and nothing of the caller leaks in. */
static char *const helper_env[] = { "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };

static const char *map_name(bool gid)
{
	return gid ? "gid_map" : "uid_map";
}

/* The kernel takes a map in one write() of less than a page. */
static int check_text_size(struct arena *a, const struct idmap *map, bool gid, struct error *e)
{
	const char *text = idmap_format(a, map);
	long page = sysconf(_SC_PAGESIZE);
	size_t len;

	if (!text)
		return error_set(e, ENOMEM, "format the %s", map_name(gid));
	len = strlen(text);
	if (len < (size_t)page)
		return 0;
	error_msg(
		e, E2BIG,
		"linux.%sMappings: its %zu lines are %zu bytes, the kernel takes less than one page "
		"(%ld bytes) as a map",
		gid ? "gid" : "uid", map->n, len, page);
	return error_hint(e, "use fewer and larger ranges");
}

static int write_directly(struct userns_writing *w, const struct idmap *map, bool gid)
{
	const char *text = idmap_format(w->arena, map);

	return text ? io_write_value_at(w->proc_fd, map_name(gid), text) : -ENOMEM;
}

/* newuidmap PID CONTAINER HOST SIZE [...] */
static char **helper_argv(struct arena *a, const char *path, pid_t pid, const struct idmap *map)
{
	char **argv = arena_calloc(a, map->n * 3 + 3, sizeof(*argv));
	size_t n = 0;

	if (!argv)
		return NULL;
	argv[n++] = arena_strdup(a, path);
	argv[n++] = arena_printf(a, "%d", pid);
	for (size_t i = 0; i < map->n; i++) {
		argv[n++] = arena_printf(a, "%u", map->m[i].container_id);
		argv[n++] = arena_printf(a, "%u", map->m[i].host_id);
		argv[n++] = arena_printf(a, "%u", map->m[i].size);
	}
	for (size_t i = 0; i < n; i++)
		if (!argv[i])
			return NULL;
	return argv;
}

static int start_helper(struct userns_writing *w, struct userns_map_writer *m)
{
	char **argv = helper_argv(w->arena, m->helper, w->req.pid, m->map);
	int r;

	if (!argv)
		return -ENOMEM;
	m->spawn = (struct spawn_request){
		.path = m->helper,
		.argv = argv,
		.envp = helper_env,
		.stdout_fd = -1,
		.stderr_fd = -1,
		.cwd_fd = -1,
		.userns_pidfd = -1,
		.timeout_ms = HELPER_TIMEOUT_MS,
	};
	r = spawn_start(&m->spawn, &m->process);
	m->running = r == 0;
	return r;
}

/* May we write this map ourselves (user_namespaces(7))? */
static bool is_direct(const struct userns_writing *w, bool gid)
{
	const struct userns_caller *c = w->req.caller;

	if (c->has_setid)
		return true;
	return gid ? idmap_is_single_own(w->req.gid, c->egid)
		   : idmap_is_single_own(w->req.uid, c->euid);
}

static int deny_setgroups(struct userns_writing *w)
{
	return io_write_value_at(w->proc_fd, "setgroups", "deny");
}

static void start_map(struct userns_writing *w, bool gid)
{
	struct userns_map_writer *m = gid ? &w->gid : &w->uid;

	m->map = gid ? w->req.gid : w->req.uid;
	if (is_direct(w, gid))
		return;
	m->helper = userns_host_helper(w->arena, w->req.caller->host, gid);
	m->failed = m->helper ? start_helper(w, m) : -ENOENT;
}

static void write_if_direct(struct userns_writing *w, bool gid)
{
	struct userns_map_writer *m = gid ? &w->gid : &w->uid;

	if (is_direct(w, gid))
		m->failed = write_directly(w, m->map, gid);
}

int userns_maps_start(struct arena *a, const struct userns_maps_request *req,
		      struct userns_writing *w, struct error *e)
{
	const struct userns_host *h = req->caller->host ? req->caller->host : &userns_host_default;
	const char *path = arena_printf(a, "%s/%d", h->proc, req->pid);
	cleanup_fd int proc_fd = -EBADF;
	int r;

	if (!path)
		return error_set(e, ENOMEM, "write the id maps of process %d", req->pid);
	r = check_text_size(a, req->uid, false, e);
	if (r == 0)
		r = check_text_size(a, req->gid, true, e);
	if (r < 0)
		return r;
	proc_fd = path_open(path, O_PATH | O_DIRECTORY);
	if (proc_fd < 0)
		return error_set(e, proc_fd, "open '%s' to write its id maps", path);
	*w = (struct userns_writing){ .arena = a, .req = *req, .proc_fd = proc_fd };
	if (req->deny_setgroups || groups_deny_needed(req->caller, req->gid)) {
		r = deny_setgroups(w);
		if (r < 0)
			return diagnose_map_write(a, req->caller, req->gid,
						  &(struct map_write_failure){ .errnum = r,
									       .file = "setgroups",
									       .gid = true },
						  e);
	}
	start_map(w, false);
	start_map(w, true);
	write_if_direct(w, false);
	write_if_direct(w, true);
	w->proc_fd = take_fd(&proc_fd);
	return 0;
}

static void wait_helper(struct userns_map_writer *m)
{
	int r;

	if (!m->running)
		return;
	r = spawn_wait(&m->process, &m->result);
	m->running = false;
	if (r < 0)
		m->failed = r;
	else if (m->result.timed_out || !WIFEXITED(m->result.status) ||
		 WEXITSTATUS(m->result.status) != 0)
		m->failed = -EPROTO;
}

/* Sets the error for a map that could not be written. */
static int explain(struct userns_writing *w, bool gid, struct error *e)
{
	const struct userns_map_writer *m = gid ? &w->gid : &w->uid;
	char status[64] = "";

	if (is_direct(w, gid))
		return diagnose_map_write(w->arena, w->req.caller, m->map,
					  &(struct map_write_failure){ .errnum = m->failed,
								       .file = map_name(gid),
								       .gid = gid },
					  e);
	if (m->failed == -EPROTO)
		spawn_describe(&m->result, status, sizeof(status));
	return diagnose_helper(w->arena, w->req.caller,
			       &(struct helper_failure){ .pid = w->req.pid,
							 .gid = gid,
							 .path = m->helper,
							 .map = m->map,
							 .errnum = m->failed,
							 .status = status,
							 .output = m->result.tail },
			       e);
}

/* The caller's own id at the place the refused map has it. */
static bool single_of(struct userns_writing *w, bool gid, struct idmap *ret)
{
	const struct userns_caller *c = w->req.caller;
	const struct idmap *map = gid ? w->req.gid : w->req.uid;
	uint32_t own = gid ? c->egid : c->euid, container_id;
	struct id_mapping *m;

	if (is_direct(w, gid) || !idmap_to_container(map, own, &container_id))
		return false;
	m = arena_alloc(w->arena, sizeof(*m));
	if (!m)
		return false;
	*m = (struct id_mapping){ .container_id = container_id, .host_id = own, .size = 1 };
	*ret = (struct idmap){ .m = m, .n = 1 };
	return true;
}

/*
 * Makes one of the maps good after its helper has failed: with try_single by
 * the caller's id alone. The first error, which says why, stays the one told.
 */
static int settle(struct userns_writing *w, bool gid, bool *fell_back, struct error *e)
{
	struct userns_map_writer *m = gid ? &w->gid : &w->uid;
	struct idmap *single;
	int r;

	if (m->failed == 0)
		return 0;
	explain(w, gid, e);
	single = arena_alloc(w->arena, sizeof(*single));
	if (!w->req.try_single || !single || !single_of(w, gid, single))
		return -e->code;
	r = gid ? deny_setgroups(w) : 0;
	if (r == 0)
		r = write_directly(w, single, gid);
	if (r < 0)
		return -e->code;
	log_warning("%s; the container has one %s only%s%s", e->msg, gid ? "group" : "user",
		    e->hint[0] ? "; " : "", e->hint);
	error_clear(e);
	m->map = single;
	*fell_back = true;
	return 0;
}

static int read_back(struct userns_writing *w, bool gid, struct idmap *ret, struct error *e)
{
	const struct userns_map_writer *m = gid ? &w->gid : &w->uid;
	char want[512], got[512];
	cleanup_free char *text = NULL;
	struct idmap map;
	int r;

	r = io_read_file_at(w->proc_fd, map_name(gid), MAP_TEXT_MAX, &text, NULL);
	if (r == 0)
		r = idmap_parse(w->arena, text, &map);
	if (r < 0)
		return error_set(e, r, "read back %s of process %d", map_name(gid), w->req.pid);
	if (!idmap_equal(&map, m->map))
		return error_msg(e, EPROTO, "%s of process %d is %s, and should be %s",
				 map_name(gid), w->req.pid, idmap_describe(&map, got, sizeof(got)),
				 idmap_describe(m->map, want, sizeof(want)));
	*ret = map;
	return 0;
}

int userns_maps_finish(struct userns_writing *w, struct userns_maps_result *ret, struct error *e)
{
	struct userns_maps_result result = { 0 };
	int r;

	wait_helper(&w->uid);
	wait_helper(&w->gid);
	r = settle(w, false, &result.fell_back, e);
	if (r == 0)
		r = settle(w, true, &result.fell_back, e);
	if (r == 0)
		r = read_back(w, false, &result.uid, e);
	if (r == 0)
		r = read_back(w, true, &result.gid, e);
	close(take_fd(&w->proc_fd));
	if (r < 0)
		return r;
	r = groups_read_setgroups_policy(w->req.caller->host, w->req.pid, &result.setgroups_denied);
	if (r < 0)
		return error_set(e, r, "read setgroups of process %d", w->req.pid);
	*ret = result;
	return 0;
}
