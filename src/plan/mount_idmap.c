/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See mount_idmap.h. Who sets the maps decides in which ids they are written: a
 * new file system belongs to the container's user namespace, and its init maps
 * it, in ids of the container; a bind shows a file system of the caller's, who
 * alone can map it, in his own ids (rootfs/idmapped.c).
 */
#include "plan/mount_idmap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/parse.h"

static int no_memory(struct error *e)
{
	return error_set(e, ENOMEM, "plan the id maps of a mount");
}

/* --- the grammar --- */

struct parser {
	struct arena *a;
	const char *what; /* "uids", "gids": for messages */
	const struct idmap *own;
	struct idmap *map;
	struct error *e;
};

/* "F-H-N" at *p, which is moved behind it. */
static bool read_numbers(const char **p, struct id_mapping *ret)
{
	uint32_t *const to[] = { &ret->container_id, &ret->host_id, &ret->size };

	for (size_t i = 0; i < 3; i++) {
		uint64_t n;

		if ((i > 0 && *(*p)++ != '-') || parse_u64_at(p, &n) < 0 || n > UINT32_MAX)
			return false;
		*to[i] = (uint32_t)n;
	}
	return true;
}

static int add_line(struct parser *p, const struct id_mapping *line)
{
	if (p->map->n == IDMAP_MAX_LINES)
		return error_msg(p->e, EINVAL, "%s: the kernel takes %d ranges at most", p->what,
				 IDMAP_MAX_LINES);
	p->map->m[p->map->n++] = *line;
	return 0;
}

/* "@": H is the container's; a range that lies in several of its ranges falls apart. */
static int add_relative(struct parser *p, struct id_mapping left)
{
	while (left.size > 0) {
		const struct id_mapping *in = NULL;
		struct id_mapping part = left;
		uint32_t at = 0;
		int r;

		for (size_t i = 0; i < p->own->n && !in; i++) {
			at = left.host_id - p->own->m[i].container_id;
			if (left.host_id >= p->own->m[i].container_id && at < p->own->m[i].size)
				in = &p->own->m[i];
		}
		if (!in)
			return error_msg(p->e, EINVAL, "%s: id %u is not mapped in the container",
					 p->what, left.host_id);
		part.host_id = in->host_id + at;
		if (part.size > in->size - at)
			part.size = in->size - at;
		r = add_line(p, &part);
		if (r < 0)
			return r;
		left.container_id += part.size;
		left.host_id += part.size;
		left.size -= part.size;
	}
	return 0;
}

/* One of "uids=..." and "gids=...", up to ';' or the end. */
static int read_list(struct parser *p, const char **text)
{
	p->map->m = arena_calloc(p->a, IDMAP_MAX_LINES, sizeof(*p->map->m));
	if (!p->map->m)
		return no_memory(p->e);
	for (;;) {
		const char *from = *text;
		bool relative = *from == '@';
		struct id_mapping line;
		int r;

		*text += relative;
		if (!read_numbers(text, &line) || (**text && !strchr("#;", **text)))
			return error_msg(p->e, EINVAL,
					 "%s: '%.*s' is not FILE-SYSTEM-ID, HOST-ID and LENGTH "
					 "with '-' between",
					 p->what, (int)strcspn(from, "#;"), from);
		/* The sums of add_relative() are made of what has been checked. */
		r = idmap_validate(&(struct idmap){ &line, 1 }, p->what, p->e);
		if (r == 0 && relative && p->own->n)
			r = add_relative(p, line);
		else if (r == 0)
			r = add_line(p, &line);
		if (r < 0)
			return r;
		if (**text != '#')
			return idmap_validate(p->map, p->what, p->e);
		(*text)++;
	}
}

int mount_idmap_parse(struct arena *a, const char *value, const struct mount_idmap *own,
		      struct mount_idmap *ret, struct error *e)
{
	*ret = (struct mount_idmap){ 0 };
	for (;;) {
		bool gid = strncmp(value, "gids=", 5) == 0;
		struct parser p = {
			.a = a,
			.what = gid ? "gids" : "uids",
			.own = gid ? &own->gid : &own->uid,
			.map = gid ? &ret->gid : &ret->uid,
			.e = e,
		};
		int r;

		if (!gid && strncmp(value, "uids=", 5) != 0)
			return error_msg(e, EINVAL, "'%.*s': only uids=... and gids=... are known",
					 (int)strcspn(value, ";"), value);
		if (p.map->m)
			return error_msg(e, EINVAL, "%s= is given twice", p.what);
		value += 5;
		r = read_list(&p, &value);
		if (r < 0)
			return r;
		if (!*value)
			return 0;
		value++;
	}
}

/* --- the plan --- */

/* Cuts *x to what lies in one range of the map, its host_id made the id inside. */
static bool first_inside(const struct idmap *ns, struct id_mapping *x)
{
	for (size_t i = 0; i < ns->n; i++) {
		uint32_t at = x->host_id - ns->m[i].host_id;

		if (x->host_id < ns->m[i].host_id || at >= ns->m[i].size)
			continue;
		x->host_id = ns->m[i].container_id + at;
		if (x->size > ns->m[i].size - at)
			x->size = ns->m[i].size - at;
		return true;
	}
	return false;
}

/*
 * The ids that the config calls "host" are the caller's; who writes the map sits
 * in the container's user namespace: they become its ids. A range may fall apart.
 * `map` becomes the new one.
 */
static int map_inside(struct arena *a, const char *what, const struct idmap *ns, struct idmap *map,
		      struct error *e)
{
	struct idmap out = { arena_calloc(a, IDMAP_MAX_LINES, sizeof(*out.m)), 0 };

	if (!out.m)
		return no_memory(e);
	for (size_t i = 0; i < map->n; i++) {
		struct id_mapping left = map->m[i];

		while (left.size > 0) {
			struct id_mapping part = left;

			if (ns->n && !first_inside(ns, &part))
				return error_msg(
					e, EINVAL,
					"%s[%zu]: host id %u is not mapped in the container", what,
					i, left.host_id);
			if (out.n == IDMAP_MAX_LINES)
				return error_msg(e, EINVAL, "%s: too many ranges", what);
			out.m[out.n++] = part;
			left.container_id += part.size;
			left.host_id += part.size;
			left.size -= part.size;
		}
	}
	*map = out;
	return 0;
}

/* Are all ids from `first` on that the container has shown as themselves? */
static bool covers(const struct idmap *map, uint32_t first, uint32_t size)
{
	while (size > 0) {
		struct id_mapping at = { first, first, size };

		if (!first_inside(map, &at))
			return false;
		first += at.size;
		size -= at.size;
	}
	return true;
}

/* Does this map change nothing for who has these ids? Others he cannot see at all. */
static bool is_identity(const struct idmap *map, const struct idmap *own)
{
	for (size_t i = 0; i < map->n; i++)
		if (map->m[i].container_id != map->m[i].host_id)
			return false;
	for (size_t i = 0; i < own->n; i++)
		if (!covers(map, own->m[i].host_id, own->m[i].size))
			return false;
	return own->n > 0;
}

static int from_word(const struct mount_idmap_request *req, const struct mount_idmap *own,
		     const struct mount_plan *m, struct mount_idmap *ret, struct error *e)
{
	const char *value = strchr(req->word, '=');
	int r;

	if (!value) {
		*ret = *own;
		return 0;
	}
	if (req->oci->uid_mappings.n)
		return error_msg(e, EINVAL,
				 ".mounts[%zu]: '%s' and uidMappings are both given: one is enough",
				 m->index, req->word);
	if (req->ns->join[OCI_NS_USER] && strchr(value, '@'))
		return error_msg(e, EINVAL,
				 ".mounts[%zu].options: '%s': the maps of a joined user namespace "
				 "are not known: '@' cannot be resolved",
				 m->index, req->word);
	r = mount_idmap_parse(req->arena, value + 1, own, ret, e);
	if (r < 0)
		return error_prefix(e, ".mounts[%zu].options: '%s'", m->index, req->word);
	if (!ret->uid.n)
		ret->uid = own->uid;
	if (!ret->gid.n)
		ret->gid = own->gid;
	if (ret->uid.n && ret->gid.n)
		return 0;
	return error_msg(e, EINVAL,
			 ".mounts[%zu].options: '%s': '%s=' is missing, and the container has no "
			 "user namespace of its own whose map could stand in",
			 m->index, req->word, ret->uid.n ? "gids" : "uids");
}

/* Into ids of the container; `maps` becomes n == 0 where nothing is to be done. */
static int for_new_fs(const struct mount_idmap_request *req, size_t index, struct mount_idmap *maps,
		      struct error *e)
{
	const struct namespace_plan *ns = req->ns;
	char what[64];
	int r;

	/* A file system of the container's own user namespace has those maps already. */
	if (ns->uid_map.n && idmap_equal(&maps->uid, &ns->uid_map) &&
	    idmap_equal(&maps->gid, &ns->gid_map)) {
		*maps = (struct mount_idmap){ 0 };
		return 0;
	}
	snprintf(what, sizeof(what), ".mounts[%zu].%s", index,
		 req->oci->uid_mappings.n ? "uidMappings" : "options: idmap: uids");
	r = map_inside(req->arena, what, &ns->uid_map, &maps->uid, e);
	if (r < 0)
		return r;
	snprintf(what, sizeof(what), ".mounts[%zu].%s", index,
		 req->oci->uid_mappings.n ? "gidMappings" : "options: idmap: gids");
	return map_inside(req->arena, what, &ns->gid_map, &maps->gid, e);
}

int plan_mount_idmap(const struct mount_idmap_request *req, struct mount_plan *m, struct error *e)
{
	const struct namespace_plan *ns = req->ns;
	const struct mount_idmap own = { ns->uid_map, ns->gid_map };
	struct mount_idmap maps = { req->oci->uid_mappings, req->oci->gid_mappings };
	int r;

	if (!req->word && !maps.uid.n)
		return 0;
	if (m->kind != MOUNT_FS && m->kind != MOUNT_BIND)
		return error_msg(e, EINVAL, ".mounts[%zu]: the ids of a %s cannot be mapped",
				 m->index,
				 m->kind == MOUNT_CGROUP ? "cgroup mount" : "'copy-symlink'");
	if (!maps.uid.n) {
		r = from_word(req, &own, m, &maps, e);
		if (r < 0)
			return r;
	} else if (req->word && strchr(req->word, '=')) {
		return from_word(req, &own, m, &maps, e);
	}
	if (!maps.uid.n) {
		/* "idmap" alone, and the namespace is the caller's, or another's by path. */
		m->idmap_userns = m->kind == MOUNT_BIND ? ns->join[OCI_NS_USER] : NULL;
	} else if (m->kind == MOUNT_FS) {
		r = for_new_fs(req, m->index, &maps, e);
		if (r < 0)
			return r;
	} else if (ns->caller_initial && is_identity(&maps.uid, &own.uid) &&
		   is_identity(&maps.gid, &own.gid)) {
		/* The file system's ids are the host's, as ours are. */
		log_debug("mount '%s': its id maps change nothing", m->destination);
		maps = (struct mount_idmap){ 0 };
	}
	m->uid_mappings = maps.uid;
	m->gid_mappings = maps.gid;
	m->idmap_recursive = (maps.uid.n || m->idmap_userns) && req->word && req->word[0] == 'r';
	return 0;
}
