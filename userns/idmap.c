/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See idmap.h. Every sum is made in 64 bits: the last id of a range may be the
 * highest that there is, and a map comes from a file somebody else wrote.
 * 4294967295 itself is no id (it means "unchanged" to chown and setresuid), so
 * a range ends at 4294967294 at the latest, as the kernel demands.
 */
#include "userns/idmap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/strbuf.h"

/* "4294967295 4294967295 4294967295\n" */
enum { LINE_TEXT_MAX = 33 };

static uint64_t range_last(uint32_t first, uint32_t size)
{
	return (uint64_t)first + size - 1;
}

static bool ranges_overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
	return a <= range_last(b, b_size) && b <= range_last(a, a_size);
}

static int check_line(const struct idmap *map, size_t i, const char *what, struct error *e)
{
	const struct id_mapping *l = &map->m[i];

	if (l->size == 0)
		return error_msg(e, EINVAL, "%s[%zu]: size is 0", what, i);
	if (range_last(l->container_id, l->size) >= UINT32_MAX)
		return error_msg(e, EINVAL,
				 "%s[%zu]: containerID %u with size %u runs over 4294967294", what,
				 i, l->container_id, l->size);
	if (range_last(l->host_id, l->size) >= UINT32_MAX)
		return error_msg(e, EINVAL, "%s[%zu]: hostID %u with size %u runs over 4294967294",
				 what, i, l->host_id, l->size);
	return 0;
}

static int check_pair(const struct idmap *map, size_t i, const char *what, struct error *e)
{
	const struct id_mapping *b = &map->m[i];

	for (size_t j = 0; j < i; j++) {
		const struct id_mapping *a = &map->m[j];

		if (ranges_overlap(a->container_id, a->size, b->container_id, b->size))
			return error_msg(e, EINVAL,
					 "%s[%zu]: overlaps with [%zu] (containerID %u..%llu)",
					 what, i, j, a->container_id,
					 (unsigned long long)range_last(a->container_id, a->size));
		if (ranges_overlap(a->host_id, a->size, b->host_id, b->size))
			return error_msg(e, EINVAL,
					 "%s[%zu]: overlaps with [%zu] (hostID %u..%llu)", what, i,
					 j, a->host_id,
					 (unsigned long long)range_last(a->host_id, a->size));
	}
	return 0;
}

int idmap_validate(const struct idmap *map, const char *what, struct error *e)
{
	int ret;

	if (map->n > IDMAP_MAX_LINES)
		return error_msg(e, EINVAL, "%s: %zu lines, the kernel takes %d at most", what,
				 map->n, IDMAP_MAX_LINES);
	for (size_t i = 0; i < map->n; i++) {
		ret = check_line(map, i, what, e);
		if (ret < 0)
			return ret;
		ret = check_pair(map, i, what, e);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* The line that holds the container id, or NULL. */
static const struct id_mapping *find_line(const struct idmap *map, uint32_t container_id)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct id_mapping *l = &map->m[i];

		if (container_id >= l->container_id && container_id - l->container_id < l->size)
			return l;
	}
	return NULL;
}

bool idmap_to_host(const struct idmap *map, uint32_t container_id, uint32_t *ret)
{
	const struct id_mapping *l = find_line(map, container_id);

	if (!l)
		return false;
	*ret = l->host_id + (container_id - l->container_id);
	return true;
}

bool idmap_to_container(const struct idmap *map, uint32_t host_id, uint32_t *ret)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct id_mapping *l = &map->m[i];

		if (host_id >= l->host_id && host_id - l->host_id < l->size) {
			*ret = l->container_id + (host_id - l->host_id);
			return true;
		}
	}
	return false;
}

/* Is all of `a` found in `b`, however b cuts it into lines? */
static bool is_subset(const struct idmap *a, const struct idmap *b)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct id_mapping *l = &a->m[i];
		uint64_t off = 0;

		while (off < l->size) {
			uint32_t id = (uint32_t)(l->container_id + off);
			const struct id_mapping *o = find_line(b, id);

			if (!o ||
			    o->host_id + (id - o->container_id) != (uint32_t)(l->host_id + off))
				return false;
			off += o->size - (id - o->container_id);
		}
	}
	return true;
}

bool idmap_equal(const struct idmap *a, const struct idmap *b)
{
	return is_subset(a, b) && is_subset(b, a);
}

bool idmap_is_single(const struct idmap *map)
{
	return map->n == 1 && map->m[0].size == 1;
}

int idmap_split(struct arena *a, const struct idmap *map, const struct idmap *own,
		struct idmap *ret, uint32_t *ret_missing)
{
	struct idmap out = { arena_calloc(a, IDMAP_MAX_LINES, sizeof(*out.m)), 0 };

	if (!out.m)
		return -ENOMEM;
	for (size_t i = 0; i < map->n; i++) {
		struct id_mapping left = map->m[i];

		while (left.size > 0) {
			const struct id_mapping *l = find_line(own, left.host_id);
			struct id_mapping part = left;

			if (!l) {
				*ret_missing = left.host_id;
				return -ENOENT;
			}
			if (out.n == IDMAP_MAX_LINES)
				return -E2BIG;
			if (part.size > l->size - (left.host_id - l->container_id))
				part.size = l->size - (left.host_id - l->container_id);
			out.m[out.n++] = part;
			left.container_id += part.size;
			left.host_id += part.size;
			left.size -= part.size;
		}
	}
	*ret = out;
	return 0;
}

int idmap_insert(struct arena *a, const struct idmap *map, uint32_t id, struct idmap *ret)
{
	const struct id_mapping *at = find_line(map, id);
	struct idmap out = { 0 };
	uint32_t inside;

	if (idmap_to_container(map, id, &inside)) {
		*ret = *map;
		return 0;
	}
	out.m = arena_calloc(a, map->n + 2, sizeof(*out.m));
	if (!out.m)
		return -ENOMEM;
	for (const struct id_mapping *l = map->m; l < map->m + map->n; l++) {
		uint32_t before = id - l->container_id;

		if (l != at) {
			out.m[out.n++] = *l;
			continue;
		}
		if (before > 0)
			out.m[out.n++] = (struct id_mapping){ l->container_id, l->host_id, before };
		out.m[out.n++] = (struct id_mapping){ id, id, 1 };
		if (l->size - before > 1)
			out.m[out.n++] = (struct id_mapping){ id + 1, l->host_id + before + 1,
							      l->size - before - 1 };
	}
	if (!at)
		out.m[out.n++] = (struct id_mapping){ id, id, 1 };
	*ret = out;
	return 0;
}

char *idmap_format(struct arena *a, const struct idmap *map)
{
	cleanup_strbuf struct strbuf b = STRBUF_INIT(map->n * LINE_TEXT_MAX + 1);

	for (size_t i = 0; i < map->n; i++)
		strbuf_addf(&b, "%u %u %u\n", map->m[i].container_id, map->m[i].host_id,
			    map->m[i].size);
	return strbuf_error(&b) ? NULL : arena_strndup(a, b.s, b.len);
}

/* Reads one number of a line, with the blanks before it. */
static int parse_field(const char **p, uint32_t *ret)
{
	uint64_t v;
	int r;

	while (**p == ' ' || **p == '\t')
		(*p)++;
	r = parse_u64_at(p, &v);
	if (r < 0)
		return r;
	if (v > UINT32_MAX)
		return -ERANGE;
	*ret = (uint32_t)v;
	return 0;
}

static int parse_line(const char **p, struct id_mapping *ret)
{
	uint32_t v[3];
	int r;

	for (size_t i = 0; i < 3; i++) {
		r = parse_field(p, &v[i]);
		if (r < 0)
			return r;
		if (i < 2 && **p != ' ' && **p != '\t')
			return -EINVAL;
	}
	while (**p == ' ' || **p == '\t')
		(*p)++;
	if (**p != '\n' && **p != '\0')
		return -EINVAL;
	if (**p == '\n')
		(*p)++;
	*ret = (struct id_mapping){ .container_id = v[0], .host_id = v[1], .size = v[2] };
	return 0;
}

int idmap_parse(struct arena *a, const char *text, struct idmap *ret)
{
	struct idmap map = { 0 };
	size_t lines = 1;
	int r;

	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	if (lines > IDMAP_MAX_LINES + 1)
		return -E2BIG;
	map.m = arena_calloc(a, lines, sizeof(*map.m));
	if (!map.m)
		return -ENOMEM;
	while (*text) {
		r = parse_line(&text, &map.m[map.n]);
		if (r < 0)
			return r;
		map.n++;
	}
	if (map.n > IDMAP_MAX_LINES)
		return -E2BIG;
	*ret = map;
	return 0;
}

const char *idmap_describe(const struct idmap *map, char *buf, size_t len)
{
	size_t used = 0;

	if (len == 0)
		return "";
	snprintf(buf, len, "%s", map->n ? "" : "empty");
	for (size_t i = 0; i < map->n && used < len; i++) {
		const struct id_mapping *l = &map->m[i];
		int n = snprintf(buf + used, len - used, "%s%u..%llu -> %u", i ? ", " : "",
				 l->container_id,
				 (unsigned long long)range_last(l->container_id, l->size),
				 l->host_id);

		if (n < 0)
			break;
		used += (size_t)n;
	}
	if (used >= len && len > 4)
		memcpy(buf + len - 4, "...", 4);
	return buf;
}
