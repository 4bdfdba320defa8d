/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Id maps as sets of ranges: what the OCI spec calls linux.uidMappings, what
 * /proc/PID/uid_map holds, and the algebra on them. Pure: no system call.
 */
#ifndef URUN_USERNS_IDMAP_H
#define URUN_USERNS_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

/* The kernel's bound on lines of one map (since Linux 4.15). */
enum { IDMAP_MAX_LINES = 340 };

/* One line: container_id.. is seen inside as what host_id.. is outside. */
struct id_mapping {
	uint32_t container_id;
	uint32_t host_id;
	uint32_t size;
};

struct idmap {
	struct id_mapping *m;
	size_t n;
};

/*
 * Checks sizes (not 0), wrap-around, the line limit, and that neither the
 * container's nor the host's ranges overlap. `what` is the JSON key for the
 * message ("linux.uidMappings[1]: overlaps with [0] ...").
 */
int idmap_validate(const struct idmap *map, const char *what, struct error *e);

/* Host id of a container id; false where it is not mapped. */
bool idmap_to_host(const struct idmap *map, uint32_t container_id, uint32_t *ret);

/* Container id of a host id; false where it is not mapped. */
bool idmap_to_container(const struct idmap *map, uint32_t host_id, uint32_t *ret);

static inline bool idmap_has(const struct idmap *map, uint32_t container_id)
{
	uint32_t host;

	return idmap_to_host(map, container_id, &host);
}

/* Do both maps say the same (lines in any order)? */
bool idmap_equal(const struct idmap *a, const struct idmap *b);

/* Is it one line of one id? */
bool idmap_is_single(const struct idmap *map);

/*
 * The same map, cut so that the host ids of each line lie in one line of `own`,
 * the map of the namespace they are ids of: the kernel takes no other. -ENOENT
 * where one is not mapped there: *ret_missing; -E2BIG, -ENOMEM.
 */
int idmap_split(struct arena *a, const struct idmap *map, const struct idmap *own,
		struct idmap *ret, uint32_t *ret_missing);

/*
 * The same map with one line more, "id id 1": it is seen inside by the same number. The
 * container id that this was is not mapped any more, and its line is cut in two. Where
 * the host id is mapped already, nothing changes. -ENOMEM.
 */
int idmap_insert(struct arena *a, const struct idmap *map, uint32_t id, struct idmap *ret);

/* Kernel text, "0 1000 1\n1 100000 65536\n"; arena-owned. NULL: no memory. */
char *idmap_format(struct arena *a, const struct idmap *map);

/* Parses the kernel text of /proc/PID/uid_map. */
int idmap_parse(struct arena *a, const char *text, struct idmap *ret);

/* For messages: "0..0 -> 1000, 1..65536 -> 100000"; cut at len. */
const char *idmap_describe(const struct idmap *map, char *buf, size_t len);

#endif
