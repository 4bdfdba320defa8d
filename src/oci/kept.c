/* SPDX-License-Identifier: Apache-2.0 */
/* See kept.h. */
#include "oci/kept.h"

#include <errno.h>
#include <string.h>

#include "json/encode.h"
#include "oci/schema.h"

#define T struct oci_kept_limits
static const struct json_field rows[] = {
	{ EMBEDDED(T, "resources", resources, struct limits, oci_resources_schema) },
	{ STRING(T, "l3CacheSchema", l3_cache_schema) },
	{ STRING(T, "memBwSchema", mem_bw_schema) },
};
#undef T

static const struct json_object schema = { JSON_TABLE(struct oci_kept_limits, rows) };

int oci_kept_load(struct arena *a, const char *name, const char *json, size_t len,
		  struct oci_kept_limits **ret, struct error *e)
{
	const struct json_source src = { .name = name, .text = json, .len = len };
	void *p;
	int r = json_decode(a, &src, &schema, &p, e);

	if (r == 0)
		*ret = p;
	return r;
}

int oci_kept_write(const struct oci_kept_limits *k, struct strbuf *out)
{
	struct json_writer w;

	jw_init(&w, out, false);
	json_encode(&w, &schema, k);
	return jw_done(&w);
}

/* --- merging --- */

#define TAKE(to, from, m)                     \
	do {                                  \
		if ((from)->has_##m) {        \
			(to)->has_##m = true; \
			(to)->m = (from)->m;  \
		}                             \
	} while (0)

/* Where 0 is "not given", as docker sends it. */
#define TAKE_SET(to, from, m)              \
	do {                               \
		if ((from)->m)             \
			TAKE(to, from, m); \
	} while (0)

static void merge_memory(struct limit_memory *l, const struct limit_memory *u)
{
	/* What becomes unlimited takes its swap along (cgroup/files.c). */
	if (u->has_limit && u->limit < 0 && !u->has_swap)
		l->has_swap = false;
	TAKE_SET(l, u, limit);
	TAKE_SET(l, u, reservation);
	TAKE(l, u, swap);
	TAKE_SET(l, u, kernel);
	TAKE_SET(l, u, kernel_tcp);
	TAKE(l, u, swappiness);
	TAKE(l, u, disable_oom_killer);
	TAKE(l, u, use_hierarchy);
	l->check_before_update |= u->check_before_update;
}

static void merge_cpu(struct limit_cpu *l, const struct limit_cpu *u)
{
	/* An idle cgroup has no weight. */
	if (u->has_idle && u->idle == 1)
		l->has_shares = false;
	TAKE_SET(l, u, shares);
	TAKE_SET(l, u, quota);
	TAKE_SET(l, u, period);
	TAKE(l, u, burst);
	TAKE(l, u, idle);
	TAKE(l, u, realtime_period);
	TAKE(l, u, realtime_runtime);
	if (u->cpus && *u->cpus)
		l->cpus = u->cpus;
	if (u->mems && *u->mems)
		l->mems = u->mems;
}

/* How the elements of one list are told apart, and laid over each other. */
struct list_kind {
	size_t size;
	bool (*same)(const void *x, const void *y);
	void (*lay)(void *to, const void *from); /* NULL: the new one replaces the old */
};

static int merge_list(struct arena *a, const struct list_kind *k, void **v, size_t *n,
		      const void *more, size_t n_more)
{
	char *list;

	if (!n_more)
		return 0;
	list = arena_calloc(a, *n + n_more, k->size);
	if (!list)
		return -ENOMEM;
	if (*n)
		memcpy(list, *v, *n * k->size);
	for (size_t i = 0; i < n_more; i++) {
		const char *new = (const char *)more + i * k->size;
		size_t at = 0;

		while (at < *n && !k->same(list + at * k->size, new))
			at++;
		if (at < *n && k->lay)
			k->lay(list + at * k->size, new);
		else
			memcpy(list + at * k->size, new, k->size);
		*n += at == *n;
	}
	*v = list;
	return 0;
}

#define SAME(name, type, condition)                    \
	static bool name(const void *p, const void *q) \
	{                                              \
		const type *x = p, *y = q;             \
                                                       \
		return condition;                      \
	}

SAME(same_weight, struct limit_io_weight, x->major == y->major && x->minor == y->minor)
SAME(same_throttle, struct limit_io_throttle, x->major == y->major && x->minor == y->minor)
SAME(same_hugepage, struct limit_hugepage, strcmp(x->page_size, y->page_size) == 0)
SAME(same_rdma, struct limit_rdma, strcmp(x->device, y->device) == 0)
SAME(same_unified, struct limit_unified, strcmp(x->key, y->key) == 0)

static void lay_weight(void *to, const void *from)
{
	struct limit_io_weight *l = to;
	const struct limit_io_weight *u = from;

	TAKE_SET(l, u, weight);
	TAKE_SET(l, u, leaf_weight);
}

static void lay_rdma(void *to, const void *from)
{
	struct limit_rdma *l = to;
	const struct limit_rdma *u = from;

	TAKE(l, u, hca_handles);
	TAKE(l, u, hca_objects);
}

/* `ret` becomes the first error. */
#define MERGE_LIST(ret, kind, l, u, m)                                                     \
	do {                                                                               \
		void *_v = (l)->m;                                                         \
		if ((ret) == 0)                                                            \
			(ret) = merge_list(a, kind, &_v, &(l)->n_##m, (u)->m, (u)->n_##m); \
		(l)->m = _v;                                                               \
	} while (0)

static int merge_io(struct arena *a, struct limit_io *l, const struct limit_io *u)
{
	static const struct list_kind weights = { sizeof(*l->weight_device), same_weight,
						  lay_weight };
	static const struct list_kind rates = { sizeof(*l->read_bps), same_throttle, NULL };
	int r = 0;

	TAKE_SET(l, u, weight);
	TAKE_SET(l, u, leaf_weight);
	MERGE_LIST(r, &weights, l, u, weight_device);
	MERGE_LIST(r, &rates, l, u, read_bps);
	MERGE_LIST(r, &rates, l, u, write_bps);
	MERGE_LIST(r, &rates, l, u, read_iops);
	MERGE_LIST(r, &rates, l, u, write_iops);
	return r;
}

int oci_limits_merge(struct arena *a, struct limits *l, const struct limits *u)
{
	static const struct list_kind pages = { sizeof(*l->hugepages), same_hugepage, NULL };
	static const struct list_kind rdma = { sizeof(*l->rdma), same_rdma, lay_rdma };
	static const struct list_kind unified = { sizeof(*l->unified), same_unified, NULL };
	int r;

	merge_memory(&l->memory, &u->memory);
	merge_cpu(&l->cpu, &u->cpu);
	TAKE(&l->pids, &u->pids, limit);
	r = merge_io(a, &l->io, &u->io);
	MERGE_LIST(r, &pages, l, u, hugepages);
	MERGE_LIST(r, &rdma, l, u, rdma);
	MERGE_LIST(r, &unified, l, u, unified);
	if (u->n_devices) {
		l->devices = u->devices;
		l->n_devices = u->n_devices;
	}
	TAKE(&l->network, &u->network, class_id);
	if (u->network.n_priorities) {
		l->network.priorities = u->network.priorities;
		l->network.n_priorities = u->network.n_priorities;
	}
	return r;
}
