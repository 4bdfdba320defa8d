/* SPDX-License-Identifier: Apache-2.0 */
/* See change.h. */
#include "cgroup/change.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/io.h"
#include "base/log.h"
#include "cgroup/apply.h"

/* What takes a device's or resource's line out of a file: it had none before. */
static const char *no_line(struct arena *a, const char *name, const char *value)
{
	static const struct {
		const char *name, *rest;
	} rows[] = {
		{ "io.max", "rbps=max wbps=max riops=max wiops=max" },
		{ "io.weight", "default" },
		{ "io.bfq.weight", "default" },
		{ "rdma.max", "hca_handle=max hca_object=max" },
		{ "misc.max", "max" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			return arena_printf(a, "%.*s %s", (int)strcspn(value, " "), value,
					    rows[i].rest);
	return NULL;
}

/* The write that makes the file say `have` again; NULL: none is known. */
static const char *text_before(struct arena *a, const struct cgroup_file *f, const char *from,
			       const char *have)
{
	if (!*have && strncmp(from, "cpuset.", 7) == 0)
		return "\n";
	if (!*have)
		return no_line(a, from, f->value);
	/* Of "default 100" and a line for each device the first. */
	if (strncmp(have, "default ", 8) == 0)
		return arena_strndup(a, have, strcspn(have, "\n"));
	return strchr(have, '\n') ? NULL : have;
}

int cgroup_change_prepare(struct arena *a, int dir, const struct cgroup_plan *plan,
			  struct cgroup_change *ret, struct error *e)
{
	struct cgroup_change c = { .dir = dir, .plan = plan, .before = { .n = plan->n } };
	int r = cgroup_check(dir, plan->files, plan->n, e);

	if (r < 0)
		return r;
	c.before.files = arena_calloc(a, plan->n + 1, sizeof(*c.before.files));
	if (!c.before.files)
		return error_set(e, ENOMEM, "change the limits");
	for (size_t i = 0; i < plan->n; i++) {
		const struct cgroup_file *f = &plan->files[i];
		const char *from, *have;

		c.before.files[i] = *f;
		c.before.files[i].value = NULL;
		r = cgroup_read_back(a, dir, f, &from, &have);
		if (r == -ENOMEM)
			return error_set(e, ENOMEM, "change the limits");
		if (r < 0)
			continue;
		c.before.files[i].name = from;
		c.before.files[i].other_name = c.before.files[i].other_value = NULL;
		c.before.files[i].value = text_before(a, f, from, have);
	}
	*ret = c;
	return 0;
}

int cgroup_change_apply(struct cgroup_change *c, struct error *e)
{
	int r = 0;

	for (; c->done < c->plan->n; c->done++) {
		r = cgroup_apply(c->dir, &c->plan->files[c->done], 1, e);
		if (r < 0)
			break;
	}
	return r;
}

void cgroup_change_undo(struct cgroup_change *c, struct error *e)
{
	while (c->done > 0) {
		const struct cgroup_file *f = &c->before.files[--c->done];
		int r = f->value ? io_write_value_at(c->dir, f->name, f->value) : -ENODATA;

		/* What is not there was not written either. */
		if (r == 0 || r == -ENOENT || (r == -ENODATA && (f->is_default || f->optional)))
			continue;
		log_debug("%s cannot be put back to '%s' (errno %d)", f->name,
			  f->value ? f->value : "", -r);
		error_prefix(e, "%s keeps its new value", f->name);
	}
}
