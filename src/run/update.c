/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb update (U01 to U07): new limits for a created or running container, as
 * properties of its scope, then in its files, then in its state. A failure takes back what
 * was done before it.
 */
#include "run/update.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "cgroup/apply.h"
#include "cgroup/cgroup.h"
#include "cgroup/change.h"
#include "cgroup/delegated.h"
#include "cgroup/device_filter.h"
#include "oci/validate.h"
#include "run/cgroups.h"
#include "run/limit_words.h"
#include "run/resctrl.h"
#include "run/saved.h"

static const char kept_name[] = "limits.json";

enum { KEPT_MAX = 16 << 20 };

struct update {
	struct arena *arena;
	const struct update_request *req;
	struct container c;
	int root_fd;
	struct limits *asked;         /* this update */
	struct oci_kept_limits *kept; /* all, with it */
	int dir;                      /* of the cgroup */
	struct cgroup_plan plan;
	struct cgroup_change change;
	struct systemd *systemd; /* where properties have been set */
	bool enforces;           /* these device rules (V22) */
	struct device_program devices;
	struct device_filter filter;
};

/* --- what is asked --- */

static int load_document(struct update *u, struct error *e)
{
	const struct update_request *q = u->req;
	const char *name = q->json ? "(resources)" : q->file ? io_input_name(q->file) : NULL;
	cleanup_free char *text = NULL;
	size_t len;
	int r;

	if (!name) {
		u->asked = arena_alloc(u->arena, sizeof(*u->asked));
		return u->asked ? 0 : error_set(e, ENOMEM, "read the limits");
	}
	if (q->json)
		return oci_load_resources(u->arena, name, q->json, strlen(q->json), &u->asked, e);
	r = io_read_input_at(AT_FDCWD, q->file, OCI_CONFIG_MAX, &text, &len);
	if (r < 0)
		return error_set(e, r, "read '%s'", name);
	return oci_load_resources(u->arena, name, text, len, &u->asked, e);
}

static int load_asked(struct update *u, struct error *e)
{
	int r = load_document(u, e);

	for (const char *const *p = u->req->set; r == 0 && p && *p; p++)
		r = limit_word_set(u->arena, u->asked, *p, e);
	if (r == 0)
		r = oci_validate_resources(u->asked, ".linux.resources", e);
	return r;
}

int kept_limits(struct arena *a, const struct container *c, const char *id,
		struct oci_kept_limits **ret, struct error *e)
{
	cleanup_free char *text = NULL;
	struct oci_config *config;
	size_t len;
	int r = io_read_file_at(c->dir, kept_name, KEPT_MAX, &text, &len);

	if (r == 0)
		r = oci_kept_load(a, kept_name, text, len, ret, e);
	else if (r != -ENOENT)
		return error_set(e, r, "read the limits of container `%s`", id);
	if (r != -ENOENT)
		return r < 0 ? error_prefix(e, "container `%s`", id) : 0;
	r = saved_config(a, c, id, &config, e);
	if (r < 0)
		return r;
	*ret = arena_alloc(a, sizeof(**ret));
	if (!*ret)
		return error_set(e, ENOMEM, "read the limits of container `%s`", id);
	if (config->linux->resources)
		(*ret)->resources = *config->linux->resources;
	return 0;
}

static int check_status(const struct update *u, struct error *e)
{
	const struct container *c = &u->c;

	if (c->status == STATUS_STOPPED)
		return error_kind(e, KIND_NOT_RUNNING, ESRCH,
				  "cannot update container `%s`: container not running",
				  u->req->id);
	if (c->status == STATUS_CREATING)
		return error_kind(e, KIND_NOT_RUNNING, EAGAIN,
				  "cannot update container `%s`: it is being created", u->req->id);
	return 0;
}

/* --- the plan --- */

/*
 * memory.swap is a sum: with another limit the sum that was asked for stays, so
 * that the files agree with what is kept (as runc).
 */
static void complete_swap(struct limit_memory *asked, const struct limit_memory *kept)
{
	if (!asked->has_limit || asked->limit <= 0 || asked->has_swap || !kept->has_swap ||
	    kept->swap <= 0)
		return;
	asked->has_swap = true;
	asked->swap = kept->swap;
}

/* Of a file that holds a line for each device a unified text may be about another one. */
static bool overrides(const struct cgroup_file *f, const char *unified_key)
{
	return strcmp(f->name, unified_key) == 0 &&
	       (!strchr(f->value, ' ') || strcmp(f->name, "cpu.max") == 0);
}

/* What an earlier `unified` said of a file that is now set by a key of its own. */
static void drop_overridden(struct limits *kept, const struct cgroup_plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < kept->n_unified; i++) {
		bool dropped = false;

		for (size_t f = 0; f < plan->n; f++)
			dropped = dropped || overrides(&plan->files[f], kept->unified[i].key);
		if (!dropped)
			kept->unified[n++] = kept->unified[i];
	}
	kept->n_unified = n;
}

static int plan(struct update *u, struct error *e)
{
	struct oci_kept_limits *k = u->kept;
	struct cgroup_present now;
	int r;

	complete_swap(&u->asked->memory, &k->resources.memory);
	cgroup_read_present(u->dir, &now);
	r = cgroup_plan_files(u->arena, u->asked, &now, &u->plan, e);
	if (r < 0)
		return r;
	drop_overridden(&k->resources, &u->plan);
	if (oci_limits_merge(u->arena, &k->resources, u->asked) < 0)
		return error_set(e, ENOMEM, "keep the limits");
	/* The config may want the check for every update. */
	u->asked->memory.check_before_update = k->resources.memory.check_before_update;
	return cgroup_check_usage(u->dir, &u->asked->memory, e);
}

/*
 * V22: real root alone may, and only a cgroup can have a filter. Engines send all of their
 * limits at each update: rules that hold already are not touched, because a hook may have
 * changed the filter since (NVIDIA's does).
 */
static int plan_devices(struct update *u, struct error *e)
{
	bool open = u->c.record && u->c.record->devices_open;
	struct userns_caller self;
	int r;

	if (!open && limits_same_devices(u->asked, &u->kept->resources))
		u->asked->n_devices = 0;
	if (!u->asked->n_devices || u->dir < 0)
		return 0;
	r = userns_caller_init(&self, e);
	if (r < 0)
		return r;
	u->enforces = self.initial && self.euid == 0;
	return u->enforces ? device_program_make(u->arena, u->asked, &u->devices, e) : 0;
}

static int open_cgroup(struct update *u, struct error *e)
{
	const struct container *c = &u->c;
	const char *wanted = limits_first_asked(u->asked);

	if (!c->cgroup.path) {
		if (!wanted)
			return 0;
		error_kind(e, KIND_CGROUP, ENOTSUP,
			   ".linux.resources.%s: container `%s` has no cgroup of its own", wanted,
			   u->req->id);
		return error_hint(e, CGROUP_HINT_NONE);
	}
	return container_open_cgroup(c, u->req->id, &u->dir, e);
}

/* --- the change --- */

static int set_properties(struct update *u, const struct cgroup_plan *p, struct error *e)
{
	bool bfq = path_accessat(u->dir, "io.bfq.weight", F_OK) == 0;
	struct unit_property *v;
	size_t n;
	int r = cgroup_plan_properties(u->arena, p, bfq, &v, &n);

	if (r < 0)
		return error_set(e, r, "plan the properties of the scope");
	if (!n)
		return 0;
	if (!u->systemd)
		r = container_open_systemd(u->arena, u->req->bus, &u->systemd, e);
	return r < 0 ? r : systemd_set_properties(u->systemd, u->c.cgroup.unit, v, n, e);
}

/* After a failure, whose words stay the first. */
static void take_back(struct update *u, struct error *e)
{
	struct cgroup_plan before = { .n = 0 };
	struct error why = ERROR_INIT;

	if (u->systemd)
		before.files = arena_calloc(u->arena, u->plan.n + 1, sizeof(*before.files));
	for (size_t i = 0; before.files && i < u->change.before.n; i++)
		if (u->change.before.files[i].value)
			before.files[before.n++] = u->change.before.files[i];
	if (before.files && set_properties(u, &before, &why) < 0)
		error_prefix(e, "the scope '%s' keeps its new limits (%s)", u->c.cgroup.unit,
			     why.msg);
	/* Rounded by systemd, exact by us. */
	cgroup_change_undo(&u->change, e);
	device_filter_undo(&u->filter, e);
}

/* The container sees its own cgroup, below the one that has been changed. */
static void show_inside(const struct update *u)
{
	const char *sub = u->c.cgroup.subgroup;
	cleanup_fd int own = -EBADF;

	if (sub)
		own = path_openat(u->dir, sub, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (own >= 0)
		cgroup_show(u->dir, own, u->plan.files, u->plan.n);
}

static int change_cgroup(struct update *u, struct error *e)
{
	struct cgroup_host host;
	int r;

	for (size_t i = 0; i < u->plan.n_warnings; i++)
		log_warning("%s", u->plan.warnings[i]);
	if (!u->plan.n)
		return 0;
	cgroup_host_open(&host);
	delegated_enable_for(&host, u->c.cgroup.path, u->dir, &u->plan);
	cgroup_host_close(&host);
	r = cgroup_change_prepare(u->arena, u->dir, &u->plan, &u->change, e);
	if (r == 0 && u->c.cgroup.manager == CGROUP_SYSTEMD)
		r = set_properties(u, &u->plan, e);
	/* systemd says yes to all of them or to none. */
	if (r < 0)
		return r;
	r = cgroup_change_apply(&u->change, e);
	if (r < 0)
		take_back(u, e);
	else
		show_inside(u);
	return r;
}

/* --- device rules (V22) --- */

static int change_devices(struct update *u, struct error *e)
{
	int r;

	if (!u->enforces)
		return 0;
	r = device_filter_set(u->dir, &u->devices, &u->filter, e);
	if (r < 0)
		take_back(u, e);
	return r;
}

/* For `state`: what was asked for and is not so. */
static int note_devices(struct update *u, bool open, struct error *e)
{
	struct state_record *r = u->c.record;

	if (!u->asked->n_devices || !r || r->devices_open == open)
		return 0;
	r->devices_open = open;
	return store_write_record(u->c.dir, r, e);
}

/* --- resctrl (U03) --- */

static int plan_schemata(struct update *u, struct rdt_plan *ret, struct error *e)
{
	const char *mb = u->req->mem_bw_schema;
	struct oci_intel_rdt *rdt;
	struct oci_config *config;
	int r = saved_config(u->arena, &u->c, u->req->id, &config, e);

	if (r < 0)
		return r;
	rdt = config->linux->intel_rdt;
	if (!rdt)
		return error_msg(e, ENOTSUP,
				 ".linux.intelRdt: container `%s` has no resctrl group: its config "
				 "has no such object",
				 u->req->id);
	if (mb && (strncmp(mb, "MB:", 3) != 0 || strchr(mb, '\n')))
		return oci_bad_value(e, mb, "is not one line that begins with 'MB:'",
				     ".linux.intelRdt.memBwSchema");
	rdt->l3_cache_schema = u->req->l3_cache_schema;
	rdt->mem_bw_schema = mb;
	rdt->schemata.n = 0;
	return plan_intel_rdt(u->arena, config, u->req->id, ret, e);
}

static int change_schemata(struct update *u, struct error *e)
{
	struct rdt_plan p = { .group = NULL };
	cleanup_fd int root = -EBADF;
	int r;

	if (!u->req->l3_cache_schema && !u->req->mem_bw_schema)
		return 0;
	r = plan_schemata(u, &p, e);
	if (r == 0)
		r = resctrl_open(&root, e);
	if (r == 0)
		r = resctrl_configure(root, &p, true, e);
	if (r < 0)
		return r;
	if (u->req->l3_cache_schema)
		u->kept->l3_cache_schema = u->req->l3_cache_schema;
	if (u->req->mem_bw_schema)
		u->kept->mem_bw_schema = u->req->mem_bw_schema;
	return 0;
}

/* --- all of it --- */

static int keep(struct update *u, struct error *e)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(KEPT_MAX);
	int r = oci_kept_write(u->kept, &b);

	if (r == 0)
		r = io_write_file_at(u->c.dir, kept_name, b.s, b.len, 0600);
	return r < 0 ? error_set(e, r, "keep the limits of container `%s`", u->req->id) : 0;
}

/* What `limits` and `state` are to say from now on. */
static int keep_all(struct update *u, struct error *e)
{
	bool was_open = u->c.record && u->c.record->devices_open;
	bool open = !u->enforces && limits_deny_device(u->asked);
	struct error ignored = ERROR_INIT;
	int r = note_devices(u, open, e);

	if (r == 0)
		r = keep(u, e);
	if (r < 0)
		(void)note_devices(u, was_open, &ignored);
	return r;
}

static int update(struct update *u, struct error *e)
{
	bool schemata = u->req->l3_cache_schema || u->req->mem_bw_schema;
	int r = load_asked(u, e);

	if (r == 0)
		r = container_find(u->arena, u->req->root, u->req->id, true, &u->root_fd, &u->c, e);
	if (r == 0)
		r = check_status(u, e);
	if (r == 0)
		r = open_cgroup(u, e);
	if (r < 0 || (u->dir < 0 && !schemata && !u->asked->n_devices))
		return r;
	r = kept_limits(u->arena, &u->c, u->req->id, &u->kept, e);
	if (r == 0)
		r = plan_devices(u, e);
	if (r == 0 && u->dir >= 0)
		r = plan(u, e);
	else if (r == 0 && oci_limits_merge(u->arena, &u->kept->resources, u->asked) < 0)
		r = error_set(e, ENOMEM, "keep the limits");
	if (r == 0 && u->dir >= 0)
		r = change_cgroup(u, e);
	if (r == 0)
		r = change_devices(u, e);
	if (r < 0 || (!u->plan.n && !schemata && !u->asked->n_devices))
		return r;
	r = change_schemata(u, e);
	if (r == 0) {
		r = keep_all(u, e);
		if (r < 0 && schemata)
			error_prefix(e, "the resctrl group keeps its new schemata");
	}
	if (r < 0)
		take_back(u, e);
	return r;
}

int run_update(const struct update_request *req, struct error *e)
{
	cleanup_arena struct arena a = ARENA_INIT;
	struct update u = {
		.arena = &a,
		.req = req,
		.c = { .dir = -EBADF, .pidfd = -EBADF },
		.root_fd = -EBADF,
		.dir = -EBADF,
		.filter = DEVICE_FILTER_INIT,
	};
	int r = update(&u, e);

	systemd_close(u.systemd);
	device_filter_done(&u.filter);
	cleanup_fdp(&u.dir);
	cleanup_fdp(&u.root_fd);
	container_done(&u.c);
	return r;
}
