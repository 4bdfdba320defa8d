/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the JSON schema cannot say of the linux object. Whether a setting makes
 * sense beside another one (a sysctl without its namespace, mounts without
 * one) is decided by the plan, which knows the host as well.
 */
#include "oci/validate.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "json/decode.h"
#include "oci/words.h"

static int validate_namespaces(struct oci_linux *l, struct error *e)
{
	bool seen[OCI_NS_COUNT] = { false };

	for (size_t i = 0; i < l->n_namespaces; i++) {
		struct oci_namespace *ns = &l->namespaces[i];
		int type = oci_word_index(oci_namespace_names, ns->type_name);

		if (type < 0)
			return oci_bad_value(e, ns->type_name, "is not a type of namespace",
					     ".linux.namespaces[%zu].type", i);
		if (seen[type])
			return oci_bad_value(e, ns->type_name, "is given twice",
					     ".linux.namespaces[%zu].type", i);
		seen[type] = true;
		ns->type = (enum oci_namespace_type)type;
		if (ns->path && !*ns->path)
			ns->path = NULL; /* as crun and runc: a new namespace */
		if (ns->path && ns->path[0] != '/')
			return oci_bad_value(e, ns->path, "is not an absolute path",
					     ".linux.namespaces[%zu].path", i);
	}
	return 0;
}

static int validate_maps(const struct oci_linux *l, struct error *e)
{
	int ret;

	if (!l->uid_mappings.n != !l->gid_mappings.n)
		return error_msg(e, EINVAL,
				 ".linux: uidMappings and gidMappings must be given together");
	if (!l->uid_mappings.n)
		return 0;
	ret = idmap_validate(&l->uid_mappings, ".linux.uidMappings", e);
	if (ret < 0)
		return ret;
	return idmap_validate(&l->gid_mappings, ".linux.gidMappings", e);
}

static mode_t device_type(const char *type)
{
	switch (*type) {
	case 'b':
		return S_IFBLK;
	case 'p':
		return S_IFIFO;
	default:
		return S_IFCHR;
	}
}

static int validate_device_number(const struct oci_device *d, size_t i, struct error *e)
{
	if (*d->type == 'p')
		return 0;
	if (!d->has_major || !d->has_minor)
		return error_msg(e, EINVAL,
				 ".linux.devices[%zu]: type '%s' needs both major and minor", i,
				 d->type);
	if (d->major < 0 || d->major > OCI_DEVICE_MAJOR_MAX)
		return error_msg(e, EINVAL,
				 ".linux.devices[%zu].major: %" PRId64 " is not in the range 0..%d",
				 i, d->major, OCI_DEVICE_MAJOR_MAX);
	if (d->minor < 0 || d->minor > OCI_DEVICE_MINOR_MAX)
		return error_msg(e, EINVAL,
				 ".linux.devices[%zu].minor: %" PRId64 " is not in the range 0..%d",
				 i, d->minor, OCI_DEVICE_MINOR_MAX);
	return 0;
}

/*
 * podman and containerd hand over st_mode whole, file type included; where that
 * type is the device's own, it is taken off.
 */
static int validate_file_mode(struct oci_device *d, size_t i, struct error *e)
{
	uint32_t format = d->file_mode & S_IFMT;

	if (d->file_mode & ~(uint32_t)(S_IFMT | 07777) ||
	    (format && format != device_type(d->type)))
		return error_msg(e, EINVAL,
				 ".linux.devices[%zu].fileMode: %" PRIu32
				 " (0%o) is not a mode of a device of type '%s'",
				 i, d->file_mode, d->file_mode, d->type);
	d->file_mode &= 07777;
	return 0;
}

static int validate_device(struct oci_device *d, size_t i, struct error *e)
{
	int ret;

	if (strlen(d->type) != 1 || !strchr("cbup", *d->type))
		return oci_bad_value(e, d->type, "is not one of 'c', 'b', 'u', 'p'",
				     ".linux.devices[%zu].type", i);
	if (d->path[0] != '/')
		return oci_bad_value(e, d->path, "is not an absolute path",
				     ".linux.devices[%zu].path", i);
	if ((d->has_uid && d->uid == UINT32_MAX) || (d->has_gid && d->gid == UINT32_MAX))
		return error_msg(e, EINVAL,
				 ".linux.devices[%zu]: 4294967295 (-1) is no user or group id", i);
	ret = validate_device_number(d, i, e);
	return ret < 0 ? ret : validate_file_mode(d, i, e);
}

static int validate_net_device(const struct oci_net_device *d, struct error *e)
{
	if (!oci_is_ifname(d->host_name))
		return oci_bad_value(e, d->host_name, "cannot be the name of a network device",
				     ".linux.netDevices");
	if (d->name && !oci_is_ifname(d->name))
		return oci_bad_value(e, d->name, "cannot be the name of a network device",
				     ".linux.netDevices[\"%s\"].name", d->host_name);
	return 0;
}

/* security.md R3: the key becomes a path below /proc/sys. */
static int validate_sysctl(const struct oci_key_value *s, struct error *e)
{
	char key[128];
	size_t len = strlen(s->key);

	if (len == 0 || s->key[0] == '.' || s->key[len - 1] == '.' || strstr(s->key, ".."))
		return oci_bad_value(e, s->key, "has an empty component", ".linux.sysctl");
	if (strchr(s->key, '/'))
		return oci_bad_value(e, s->key, "has a '/': components are parted by '.'",
				     ".linux.sysctl");
	if (oci_has_control(s->key) || strchr(s->key, '\t'))
		return oci_bad_value(e, s->key, "has a control character", ".linux.sysctl");
	json_quote(s->key, len, key, sizeof(key));
	if (oci_has_control(s->value))
		return oci_bad_value(e, s->value, "has a control character",
				     ".linux.sysctl[\"%s\"]", key);
	return 0;
}

static int validate_paths(const struct oci_strings *paths, const char *key, struct error *e)
{
	for (size_t i = 0; i < paths->n; i++)
		if (paths->v[i][0] != '/')
			return oci_bad_value(e, paths->v[i], "is not an absolute path",
					     ".linux.%s[%zu]", key, i);
	return 0;
}

static int validate_intel_rdt(const struct oci_intel_rdt *r, struct error *e)
{
	static const char *const taken[] = { "", ".", "..", "info", "mon_groups", "mon_data", NULL };

	/* "/" is the default group: the file system's own root. */
	if (r->clos_id && strcmp(r->clos_id, "/") != 0 &&
	    (strchr(r->clos_id, '/') || oci_has_control(r->clos_id) ||
	     strlen(r->clos_id) > NAME_MAX || oci_word_index(taken, r->clos_id) >= 0))
		return oci_bad_value(e, r->clos_id, "cannot be the name of a directory",
				     ".linux.intelRdt.closID");
	for (size_t i = 0; i < r->schemata.n; i++)
		if (oci_has_control(r->schemata.v[i]))
			return oci_bad_value(e, r->schemata.v[i], "is not one line",
					     ".linux.intelRdt.schemata[%zu]", i);
	if (r->mem_bw_schema &&
	    (strncmp(r->mem_bw_schema, "MB:", 3) != 0 || strchr(r->mem_bw_schema, '\n')))
		return oci_bad_value(e, r->mem_bw_schema, "is not one line that begins with 'MB:'",
				     ".linux.intelRdt.memBwSchema");
	return 0;
}

static int validate_memory_policy(const struct oci_memory_policy *m, struct error *e)
{
	if (oci_word_index(oci_memory_policy_modes, m->mode) < 0)
		return oci_bad_value(e, m->mode, "is not a memory policy",
				     ".linux.memoryPolicy.mode");
	for (size_t i = 0; i < m->flags.n; i++)
		if (oci_word_index(oci_memory_policy_flags, m->flags.v[i]) < 0)
			return oci_bad_value(e, m->flags.v[i], "is not a memory policy flag",
					     ".linux.memoryPolicy.flags[%zu]", i);
	if (m->nodes && !oci_only(m->nodes, "0123456789,- "))
		return oci_bad_value(e, m->nodes, "is not a list of NUMA nodes",
				     ".linux.memoryPolicy.nodes");
	return 0;
}

static int validate_personality(const struct oci_personality *p, struct error *e)
{
	if (oci_word_index(oci_personality_domains, p->domain) < 0)
		return oci_bad_value(e, p->domain, "is not a personality domain",
				     ".linux.personality.domain");
	if (p->flags.n) /* the spec: "no flag values are supported" yet */
		return oci_bad_value(e, p->flags.v[0], "is not a personality flag",
				     ".linux.personality.flags[0]");
	return 0;
}

static int validate_time_offset(const struct oci_time_offset *t, const char *key, struct error *e)
{
	if (t && t->nanosecs > 999999999)
		return error_msg(e, EINVAL,
				 ".linux.timeOffsets.%s.nanosecs: %" PRIu32 " is above 999999999",
				 key, t->nanosecs);
	return 0;
}

static int validate_lists(struct oci_linux *l, struct error *e)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < l->n_devices; i++)
		ret = validate_device(&l->devices[i], i, e);
	for (size_t i = 0; ret == 0 && i < l->n_net_devices; i++)
		ret = validate_net_device(&l->net_devices[i], e);
	for (size_t i = 0; ret == 0 && i < l->sysctl.n; i++)
		ret = validate_sysctl(&l->sysctl.v[i], e);
	if (ret == 0)
		ret = validate_paths(&l->masked_paths, "maskedPaths", e);
	if (ret == 0)
		ret = validate_paths(&l->readonly_paths, "readonlyPaths", e);
	return ret;
}

int oci_validate_linux(struct oci_linux *l, struct error *e)
{
	int ret = validate_namespaces(l, e);

	if (ret == 0)
		ret = validate_maps(l, e);
	if (ret == 0)
		ret = validate_lists(l, e);
	if (ret == 0 && l->rootfs_propagation &&
	    oci_word_index(oci_rootfs_propagations, l->rootfs_propagation) < 0)
		ret = oci_bad_value(e, l->rootfs_propagation, "is not a mount propagation",
				    ".linux.rootfsPropagation");
	if (ret == 0 && l->cgroups_path && oci_has_control(l->cgroups_path))
		ret = oci_bad_value(e, l->cgroups_path, "has a control character",
				    ".linux.cgroupsPath");
	if (ret == 0 && l->resources)
		ret = oci_validate_resources(l->resources, ".linux.resources", e);
	if (ret == 0 && l->seccomp)
		ret = oci_validate_seccomp(l->seccomp, e);
	if (ret == 0 && l->intel_rdt)
		ret = validate_intel_rdt(l->intel_rdt, e);
	if (ret == 0 && l->memory_policy)
		ret = validate_memory_policy(l->memory_policy, e);
	if (ret == 0 && l->personality)
		ret = validate_personality(l->personality, e);
	if (ret == 0 && l->time_offsets)
		ret = validate_time_offset(l->time_offsets->boottime, "boottime", e);
	if (ret == 0 && l->time_offsets)
		ret = validate_time_offset(l->time_offsets->monotonic, "monotonic", e);
	return ret;
}
