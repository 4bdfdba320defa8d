/* SPDX-License-Identifier: Apache-2.0 */
/* The verb limits (N08): what was asked for, what is so, and why they differ. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "cgroup/above.h"
#include "cgroup/apply.h"
#include "cgroup/cgroup.h"
#include "run/cgroups.h"
#include "run/update.h"

struct look {
	struct arena *arena;
	struct container c;
	struct cgroup_host host;
	const char *path; /* of its cgroup, or of the one it shares; NULL: not known */
	int dir;          /* of its own; -EBADF: none */
	const char *controllers;
	struct cgroup_plan plan;
	struct limits_report *report;
	bool no_memory;
};

/* What holds for a container, whether or not it was asked for. */
static const char *const inherited_files[] = {
	"memory.max", "memory.high", "memory.swap.max", "pids.max", "cpu.max", "cpuset.cpus",
};

static struct limits_entry *add(struct look *k, const char *key)
{
	struct limits_report *r = k->report;

	r->v[r->n].key = key;
	return &r->v[r->n++];
}

static const char *say(struct look *k, const char *text)
{
	k->no_memory = k->no_memory || !text;
	return text;
}

/* --- why --- */

/* A write behind it to the same file, which is not of another device. */
static const char *overridden_by(const struct look *k, const struct cgroup_file *f)
{
	const struct cgroup_plan *p = &k->plan;

	for (const struct cgroup_file *o = f + 1; o < p->files + p->n; o++) {
		size_t key = strcspn(f->value, " ");

		if (strcmp(o->name, f->name) == 0 &&
		    (!f->value[key] || strncmp(o->value, f->value, key + 1) == 0 ||
		     strcmp(f->name, "cpu.max") == 0))
			return o->key;
	}
	return NULL;
}

static const char *why_missing(struct look *k, const struct cgroup_file *f, int err)
{
	if (k->c.pidfd < 0)
		return "the container is not running";
	if (k->dir < 0)
		return "the container has no cgroup of its own";
	if (err != -ENOENT)
		return say(k,
			   arena_printf(k->arena, "%s cannot be read (errno %d)", f->name, -err));
	if (f->controller && !cgroup_has_words(k->controllers, f->controller))
		return say(k, arena_printf(k->arena,
					   "the controller '%s' is not available in its cgroup",
					   f->controller));
	return say(k, arena_printf(k->arena, "this kernel has no %s", f->name));
}

/* What the kernel makes of a cpuset, where that is not what was asked. */
static const char *why_cpuset(struct look *k, const struct cgroup_file *f)
{
	const char *name = strcmp(f->name, "cpuset.cpus") == 0 ? "cpuset.cpus.effective"
							       : "cpuset.mems.effective";
	const char *have;

	if (strncmp(f->name, "cpuset.", 7) != 0 ||
	    cgroup_read_file(k->arena, k->dir, name, &have) < 0 ||
	    cgroup_value_holds(f, f->name, have))
		return NULL;
	return say(k, arena_printf(k->arena, "of these only '%s' are to be had", have));
}

static const char *why(struct look *k, const struct cgroup_file *f, const char *from,
		       const struct limits_entry *v)
{
	const char *other;

	if (!cgroup_value_holds(f, from, v->applied)) {
		other = overridden_by(k, f);
		return other ? say(k, arena_printf(k->arena, "%s overrides it", other))
			     : "something else has changed it";
	}
	other = why_cpuset(k, f);
	if (other)
		return other;
	if (v->inherited && cgroup_allows_less(v->inherited, v->applied))
		return say(k, arena_printf(k->arena, "the cgroup '%s' above allows less",
					   v->inherited_from));
	return NULL;
}

/* --- the rows --- */

static void inherit(struct look *k, const char *file, struct limits_entry *v)
{
	struct cgroup_above up;

	if (!k->path)
		return;
	if (cgroup_least_above(k->arena, &k->host, k->path, k->dir < 0, file, &up) < 0)
		k->no_memory = true;
	v->inherited = up.value;
	v->inherited_from = up.from;
}

static bool is_inherited(const char *file)
{
	for (size_t i = 0; i < ARRAY_SIZE(inherited_files); i++)
		if (strcmp(inherited_files[i], file) == 0)
			return true;
	return strcmp(file, "cpuset.mems") == 0;
}

static void look_at(struct look *k, const struct cgroup_file *f)
{
	struct limits_entry *v = add(k, f->key);
	const char *from = f->name;
	int r = -ENODEV;

	if (is_inherited(f->name))
		inherit(k, f->name, v);
	if (k->dir >= 0)
		r = cgroup_read_back(k->arena, k->dir, f, &from, &v->applied);
	k->no_memory = k->no_memory || r == -ENOMEM;
	v->asked = f->other_name && strcmp(from, f->other_name) == 0 ? f->other_value : f->value;
	v->reason = r < 0 ? why_missing(k, f, r) : why(k, f, from, v);
}

static bool was_asked(const struct look *k, const char *file)
{
	for (size_t i = 0; i < k->plan.n; i++)
		if (!k->plan.files[i].is_default && strcmp(k->plan.files[i].name, file) == 0)
			return true;
	return false;
}

/* Are these all that the host has? */
static bool is_whole(struct look *k, const char *file, const char *value)
{
	struct cgroup_above top;

	return strcmp(file, "cpuset.cpus") == 0 &&
	       (cgroup_least_above(k->arena, &k->host, "/", true, file, &top) < 0 || !top.value ||
		strcmp(top.value, value) == 0);
}

static void look_above(struct look *k, const char *file)
{
	struct limits_entry found = { .key = file }, *v;

	inherit(k, file, &found);
	if (!found.inherited || is_whole(k, file, found.inherited))
		return;
	v = add(k, file);
	*v = found;
	if (k->dir >= 0 && cgroup_read_file(k->arena, k->dir, file, &v->applied) < 0)
		v->applied = NULL;
	v->reason = say(k, arena_printf(k->arena, "it is a limit of the cgroup '%s'",
					v->inherited_from));
}

static void look_at_devices(struct look *k, const struct limits *l)
{
	struct limits_entry *v;

	if (!limits_deny_device(l))
		return;
	v = add(k, "devices");
	v->asked = say(k, arena_printf(k->arena, "%zu rules", l->n_devices));
	if (!k->c.record || k->c.record->devices_open)
		v->reason = "not enforced: what can be opened are the nodes in its /dev, by the "
			    "caller's rights";
	else if (k->c.pidfd < 0 || k->dir < 0)
		v->reason = "the container is not running";
	else
		v->applied = v->asked;
}

static void add_facts(struct look *k)
{
	static const char *const files[] = { "memory.peak", "cpu.pressure", "memory.pressure",
					     "io.pressure" };
	struct limits_report *r = k->report;

	for (size_t i = 0; k->dir >= 0 && i < ARRAY_SIZE(files); i++) {
		struct limits_fact *f = &r->facts[r->n_facts];

		f->file = files[i];
		r->n_facts += cgroup_read_file(k->arena, k->dir, f->file, &f->text) == 0;
	}
}

/* --- the report --- */

static int open_cgroup(struct look *k, struct error *e)
{
	const struct cgroup_note *n = &k->c.cgroup;
	int r = 0;

	cgroup_host_open(&k->host);
	k->controllers = "";
	if (n->path) {
		k->path = n->path;
		r = cgroup_open_note(n, &k->dir, e);
		if (r == -ENOENT)
			r = 0;
		if (r < 0)
			return r;
		if (k->dir >= 0)
			(void)cgroup_read_file(k->arena, k->dir, "cgroup.controllers",
					       &k->controllers);
	} else if (k->c.pidfd >= 0 && cgroup_path_of(k->arena, k->c.init.pid, &k->path) < 0) {
		k->path = NULL;
	}
	k->report->cgroup = n->path;
	return 0;
}

static int make_report(struct look *k, const struct limits *l, struct error *e)
{
	struct limits_report *r = k->report;
	int err = cgroup_plan_files(k->arena, l, NULL, &k->plan, e);

	if (err < 0)
		return err;
	r->v = arena_calloc(k->arena, k->plan.n + ARRAY_SIZE(inherited_files) + 1, sizeof(*r->v));
	if (!r->v)
		return error_set(e, ENOMEM, "look at the limits");
	for (size_t i = 0; i < k->plan.n; i++)
		if (!k->plan.files[i].is_default)
			look_at(k, &k->plan.files[i]);
	for (size_t i = 0; i < ARRAY_SIZE(inherited_files); i++)
		if (!was_asked(k, inherited_files[i]))
			look_above(k, inherited_files[i]);
	look_at_devices(k, l);
	add_facts(k);
	return k->no_memory ? error_set(e, ENOMEM, "look at the limits") : 0;
}

int run_limits(struct arena *a, const char *root, const char *id, struct limits_report *ret,
	       struct error *e)
{
	cleanup_fd int root_fd = -EBADF;
	struct look k = {
		.arena = a,
		.c = { .dir = -EBADF, .pidfd = -EBADF },
		.host = { .fd = -EBADF },
		.dir = -EBADF,
		.report = ret,
	};
	struct oci_kept_limits *kept;
	int r = container_find(a, root, id, false, &root_fd, &k.c, e);

	*ret = (struct limits_report){ .n = 0 };
	if (r == 0)
		r = kept_limits(a, &k.c, id, &kept, e);
	if (r == 0)
		r = open_cgroup(&k, e);
	if (r == 0)
		r = make_report(&k, &kept->resources, e);
	cgroup_host_close(&k.host);
	cleanup_fdp(&k.dir);
	container_done(&k.c);
	return r;
}
