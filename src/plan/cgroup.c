/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup that the config asks for; which manager makes it is found out later. */
#include <errno.h>
#include <limits.h>
#include <linux/mount.h>
#include <string.h>

#include "base/path.h"
#include "plan/plan.h"

static const struct limits no_limits;

static const char property_prefix[] = "org.systemd.property.";

/* A09: crun's default, and what CRI-O looks for. */
static const char default_subgroup[] = "container";

static const char subgroup_key[] = "run.oci.systemd.subgroup";

static int check_name(const char *key, const char *name, struct error *e)
{
	if (!strchr(name, '/') && !strchr(name, '\n') && strcmp(name, ".") != 0 &&
	    strcmp(name, "..") != 0 && strlen(name) <= NAME_MAX)
		return 0;
	return error_kind(e, KIND_CONFIG_VALUE, EINVAL,
			  ".annotations[\"%s\"]: '%s' cannot be the name of a cgroup", key, name);
}

static int plan_subgroup(const struct oci_config *c, struct cgroup_request *ret, struct error *e)
{
	const char *name = oci_annotation(c, subgroup_key);

	ret->subgroup = name ? name : default_subgroup;
	if (!*ret->subgroup)
		ret->subgroup = NULL;
	return ret->subgroup ? check_name(subgroup_key, ret->subgroup, e) : 0;
}

/* A10 */
static int plan_inner(const struct oci_config *c, struct cgroup_request *ret, struct error *e)
{
	ret->inner = oci_annotation(c, CGROUP_INNER_KEY);
	if (!ret->inner)
		return 0;
	if (!*ret->inner)
		return error_kind(e, KIND_CONFIG_VALUE, EINVAL,
				  ".annotations[\"%s\"]: the name of a cgroup is missing",
				  CGROUP_INNER_KEY);
	return check_name(CGROUP_INNER_KEY, ret->inner, e);
}

static struct mount_plan *find_mount(struct launch_plan *p, const char *destination)
{
	for (size_t i = p->rootfs.n_mounts; i > 0; i--)
		if (strcmp(p->rootfs.mounts[i - 1].destination, destination) == 0)
			return &p->rootfs.mounts[i - 1];
	return NULL;
}

/*
 * A08: in the place of a mount of the config, whatever that is, with its flags. Its root
 * is that of the cgroup namespace, so the namespace must be ours to make.
 */
static int plan_v1(struct arena *a, const struct oci_config *c, struct launch_plan *p,
		   struct error *e)
{
	const char *path = oci_annotation(c, CGROUP_V1_KEY);
	char clean[PATH_MAX];
	struct mount_plan *m;

	if (!path)
		return 0;
	if (*path != '/' || path_clean(path, clean, sizeof(clean)) < 0)
		return error_kind(e, KIND_CONFIG_VALUE, EINVAL,
				  ".annotations[\"%s\"]: '%s' is no absolute path", CGROUP_V1_KEY,
				  path);
	if (!p->ns.new_cgroup)
		return error_kind(e, KIND_CONFIG_VALUE, EINVAL,
				  ".annotations[\"%s\"]: the container has no cgroup namespace of "
				  "its own (add one to .linux.namespaces, without a path)",
				  CGROUP_V1_KEY);
	m = find_mount(p, clean);
	if (!m)
		return error_kind(e, KIND_CONFIG_VALUE, EINVAL,
				  ".annotations[\"%s\"]: '%s' is the destination of none of "
				  ".mounts",
				  CGROUP_V1_KEY, path);
	*m = (struct mount_plan){
		.kind = MOUNT_CGROUP_V1,
		.index = m->index,
		.destination = m->destination,
		.source = "cgroup",
		.fstype = "cgroup",
		.data = arena_calloc(a, 4, sizeof(char *)),
		.flags = { .set = m->flags.set | m->flags.rec_set,
			   .clear = m->flags.clear | m->flags.rec_clear,
			   .propagation = m->flags.propagation },
	};
	if (!m->data)
		return error_set(e, ENOMEM, "plan the cgroup");
	m->data[0] = "none";
	m->data[1] = "name=systemd";
	m->data[2] = "xattr";
	p->cgroup.v1 = m->destination;
	return 0;
}

/* What has to be refused, by its name, where there is no cgroup for it (D02, A10). */
static int plan_wanted(struct arena *a, struct cgroup_request *ret, struct error *e)
{
	const char *limit = limits_first_asked(ret->limits);

	if (limit) {
		ret->wanted = arena_printf(a, ".linux.resources.%s", limit);
		ret->lack = "no cgroup to put this limit on";
	} else if (ret->inner) {
		ret->wanted = ".annotations[\"" CGROUP_INNER_KEY "\"]";
		ret->lack = "no cgroup to make another in";
	}
	return limit && !ret->wanted ? error_set(e, ENOMEM, "plan the cgroup") : 0;
}

/* A15: properties of the scope that the config gives by name. */
static int plan_properties(struct arena *a, const struct oci_config *c, struct cgroup_request *ret,
			   struct error *e)
{
	const size_t len = sizeof(property_prefix) - 1;
	struct unit_property *p = arena_calloc(a, c->annotations.n + 1, sizeof(*p));

	if (!p)
		return error_set(e, ENOMEM, "plan the properties of the scope");
	for (size_t i = 0; i < c->annotations.n; i++) {
		const struct oci_key_value *kv = &c->annotations.v[i];
		int r;

		if (strncmp(kv->key, property_prefix, len) != 0)
			continue;
		r = cgroup_annotation_property(a, kv->key + len, kv->value, &p[ret->n_properties],
					       e);
		if (r < 0)
			return error_prefix(e, ".annotations[\"%s\"]", kv->key);
		ret->n_properties++;
	}
	ret->properties = p;
	return 0;
}

/* M20: whoever sees more than his own, or may not write, gets nothing to own. */
static bool wants_delegation(const struct launch_plan *p)
{
	if (p->ns.host[OCI_NS_CGROUP] || p->ns.join[OCI_NS_CGROUP])
		return false;
	for (size_t i = 0; i < p->rootfs.n_mounts; i++) {
		const struct mount_plan *m = &p->rootfs.mounts[i];

		if (m->kind == MOUNT_CGROUP && !(m->flags.set & MOUNT_ATTR_RDONLY))
			return true;
	}
	return false;
}

int plan_cgroup(struct arena *a, const struct oci_config *c, const struct plan_host *host,
		const struct plan_options *opt, struct launch_plan *ret, struct error *e)
{
	struct cgroup_request *q = &ret->cgroup;
	const char *path = c->linux->cgroups_path;
	int r;

	*q = (struct cgroup_request){
		.manager = opt->cgroup_manager,
		.privileged = host->euid == 0 && host->initial_userns,
		.strict = opt->rootless_strict,
		.id = opt->id,
		.path = path && *path ? path : NULL,
		.limits = c->linux->resources ? c->linux->resources : &no_limits,
	};
	r = plan_v1(a, c, ret, e);
	/* M20: what is covered by it is none to own. */
	q->delegate = wants_delegation(ret);
	if (r == 0)
		r = plan_subgroup(c, q, e);
	if (r == 0)
		r = plan_inner(c, q, e);
	if (r == 0)
		r = plan_wanted(a, q, e);
	if (r == 0)
		r = plan_properties(a, c, q, e);
	if (r == 0)
		r = cgroup_name_unit(a, q->path, q, e);
	if (r == 0)
		r = cgroup_plan_files(a, q->limits, NULL, &q->plan, e);
	/* V22: nobody else may; then what is not enforced is recorded. */
	if (r == 0 && q->privileged)
		r = device_program_make(a, q->limits, &q->device_filter, e);
	return r;
}
