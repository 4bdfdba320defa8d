/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device nodes. Without real root a node cannot be made: the host's own node is
 * bound in, after its type and number have been verified (M3, C39). In the
 * initial user namespace with privilege it is made with mknod().
 */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "plan/rootfs_parts.h"

static const struct {
	const char *path;
	uint32_t major, minor;
} default_nodes[] = {
	{ "/dev/null", 1, 3 }, { "/dev/zero", 1, 5 },   { "/dev/full", 1, 7 },
	{ "/dev/tty", 5, 0 },  { "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 },
};

static bool can_mknod(const struct launch_plan *p, const struct plan_host *host)
{
	return host->initial_userns && host->has_sys_admin &&
	       !(p->ns.clone_flags & CLONE_NEWUSER) && !p->ns.join[OCI_NS_USER];
}

static struct device_plan *find(struct rootfs_plan *r, const char *path)
{
	for (size_t i = 0; i < r->n_devices; i++)
		if (strcmp(r->devices[i].path, path) == 0)
			return &r->devices[i];
	return NULL;
}

static int plan_configured(struct arena *a, const struct oci_device *o, size_t index,
			   struct launch_plan *ret, struct error *e)
{
	struct rootfs_plan *r = &ret->rootfs;
	struct device_plan *d;
	char clean[PATH_MAX];

	if (path_clean(o->path, clean, sizeof(clean)) < 0)
		return error_msg(e, ENAMETOOLONG, ".linux.devices[%zu].path: too long", index);
	d = find(r, clean);
	if (!d)
		d = &r->devices[r->n_devices++];
	*d = (struct device_plan){
		.path = arena_strdup(a, clean),
		.type = o->type[0] == 'b'   ? S_IFBLK
			: o->type[0] == 'p' ? S_IFIFO
					    : S_IFCHR,
		.mode = o->has_file_mode ? (mode_t)o->file_mode : 0666,
		.major = (uint32_t)o->major,
		.minor = (uint32_t)o->minor,
		.uid = o->uid,
		.gid = o->gid,
	};
	if (!d->path)
		return error_set(e, ENOMEM, "plan the devices");
	/* The host's node of the same name is looked at first; it must be the same. */
	if (d->type != S_IFIFO)
		d->source = d->path;
	return 0;
}

/*
 * Only of what is made, not of a node of the host's that is bound: there the
 * owner is the host's.
 */
static int check_owner(const struct idmap *map, uint32_t id, const char *key, size_t index,
		       struct error *e)
{
	char text[256];

	if (map->n == 0 || idmap_has(map, id))
		return 0;
	return error_kind(e, KIND_ID_UNMAPPED, EINVAL,
			  ".linux.devices[%zu].%s: %u is not mapped: the map is %s", index, key, id,
			  idmap_describe(map, text, sizeof(text)));
}

static int check_owners(const struct oci_linux *l, const struct namespace_plan *ns, struct error *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->n_devices; i++) {
		if (l->devices[i].type[0] != 'p')
			continue;
		r = check_owner(&ns->uid_map, l->devices[i].uid, "uid", i, e);
		if (r == 0)
			r = check_owner(&ns->gid_map, l->devices[i].gid, "gid", i, e);
	}
	return r;
}

int plan_devices(struct arena *a, const struct oci_config *c, const struct plan_host *host,
		 struct launch_plan *ret, struct error *e)
{
	struct rootfs_plan *r = &ret->rootfs;
	size_t room = ARRAY_SIZE(default_nodes) + c->linux->n_devices;

	int s = check_owners(c->linux, &ret->ns, e);

	if (s < 0)
		return s;
	r->devices = arena_calloc(a, room, sizeof(*r->devices));
	if (!r->devices)
		return error_set(e, ENOMEM, "plan the devices");
	for (size_t i = 0; r->want_devices && i < ARRAY_SIZE(default_nodes); i++)
		r->devices[r->n_devices++] = (struct device_plan){
			.path = default_nodes[i].path,
			.source = default_nodes[i].path,
			.type = S_IFCHR,
			.mode = 0666,
			.major = default_nodes[i].major,
			.minor = default_nodes[i].minor,
			.is_default = true,
		};
	for (size_t i = 0; i < c->linux->n_devices; i++) {
		s = plan_configured(a, &c->linux->devices[i], i, ret, e);
		if (s < 0)
			return s;
	}
	if (can_mknod(ret, host))
		for (size_t i = 0; i < r->n_devices; i++)
			r->devices[i].source = NULL;
	return 0;
}
