/* SPDX-License-Identifier: Apache-2.0 */
/* See files.h. */
#include "cgroup/files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "cgroup/convert.h"

/* A value that v2 has no file for but that is what v2 does anyway. */
enum { SWAPPINESS_DEFAULT = 60 };

struct planner {
	struct arena *arena;
	const struct limits *l;
	const struct cgroup_present *now;
	struct cgroup_plan *plan;
	size_t max, max_warnings;
	bool no_memory;
	struct cgroup_file lost; /* for callers that set a flag; the plan has failed */
	struct error *e;
};

static struct cgroup_file *add(struct planner *p, const char *name, const char *key,
			       const char *value)
{
	struct cgroup_file *f = &p->plan->files[p->plan->n];
	const char *dot = strchr(name, '.');

	if (!value || !key || p->plan->n == p->max) {
		p->no_memory = true;
		return &p->lost;
	}
	*f = (struct cgroup_file){ .name = name, .value = value, .key = key };
	if (dot && strncmp(name, "cgroup.", 7) != 0) {
		f->controller = arena_strndup(p->arena, name, (size_t)(dot - name));
		p->no_memory = p->no_memory || !f->controller;
	}
	p->plan->n++;
	return f;
}

static struct cgroup_file *add_number(struct planner *p, const char *name, const char *key,
				      uint64_t value)
{
	char buf[LIMIT_TEXT_MAX];

	return add(p, name, key, arena_strdup(p->arena, convert_text(value, buf)));
}

static void warn(struct planner *p, const char *key, const char *why)
{
	const char *text = arena_printf(p->arena, ".linux.resources.%s: %s", key, why);

	if (!text || p->plan->n_warnings == p->max_warnings)
		p->no_memory = true;
	else
		p->plan->warnings[p->plan->n_warnings++] = text;
}

static int refuse(struct planner *p, const char *key, const char *why)
{
	return error_kind(p->e, KIND_CONFIG_UNSUPPORTED, ENOTSUP, ".linux.resources.%s: %s", key,
			  why);
}

static int bad(struct planner *p, const char *key, const char *why)
{
	return error_kind(p->e, KIND_CONFIG_VALUE, EINVAL, ".linux.resources.%s: %s", key, why);
}

static uint64_t unsigned_limit(int64_t v)
{
	return v < 0 ? LIMIT_NONE : (uint64_t)v;
}

/* --- memory (V01 to V05) --- */

static int plan_swap(struct planner *p)
{
	const struct limit_memory *m = &p->l->memory;
	int64_t limit = m->has_limit && m->limit ? m->limit : p->now ? p->now->memory_max : 0;
	/* A memory that becomes unlimited takes its swap along, as runc does. */
	int64_t swap = m->has_swap ? m->swap : 0;
	struct cgroup_file *f;
	uint64_t value;
	int ret;

	if (!m->has_swap && !(m->has_limit && m->limit < 0))
		return 0;
	ret = convert_swap(limit, swap, &value);
	if (ret == -EDOM)
		return bad(p, "memory.swap",
			   "it is the sum of memory and swap, and memory.limit is not given");
	if (ret < 0)
		return bad(p, "memory.swap",
			   "it is the sum of memory and swap, and less than memory.limit");
	f = add_number(p, "memory.swap.max", m->has_swap ? "memory.swap" : "memory.limit", value);
	f->is_default = value == LIMIT_NONE;
	/* A kernel that does not account swap. */
	f->optional = true;
	return 0;
}

/* V05: what v2 does not have. */
static int plan_memory_v1(struct planner *p)
{
	const struct limit_memory *m = &p->l->memory;

	if ((m->has_kernel && m->kernel > 0) || (m->has_kernel_tcp && m->kernel_tcp > 0))
		return refuse(
			p, m->has_kernel && m->kernel > 0 ? "memory.kernel" : "memory.kernelTCP",
			"cgroup v2 has no limit of kernel memory alone: memory.limit counts it");
	if (m->has_swappiness && m->swappiness != SWAPPINESS_DEFAULT)
		return refuse(p, "memory.swappiness", "cgroup v2 has no swappiness of a cgroup");
	if (m->has_disable_oom_killer && m->disable_oom_killer)
		return refuse(p, "memory.disableOOMKiller",
			      "cgroup v2 cannot disable the OOM killer");
	if (m->has_kernel)
		warn(p, "memory.kernel", "cgroup v2 has no such limit; it asks for none");
	if (m->has_kernel_tcp)
		warn(p, "memory.kernelTCP", "cgroup v2 has no such limit; it asks for none");
	if (m->has_swappiness)
		warn(p, "memory.swappiness", "cgroup v2 has none of a cgroup; 60 is the default");
	if (m->has_use_hierarchy && !m->use_hierarchy)
		warn(p, "memory.useHierarchy", "cgroup v2 is always hierarchical");
	return 0;
}

static int plan_memory(struct planner *p)
{
	const struct limit_memory *m = &p->l->memory;
	int ret = plan_memory_v1(p);

	/*
	 * The swap first: a limit lowered below what is used can then push into the swap that
	 * the new values allow, no more.
	 */
	if (ret == 0)
		ret = plan_swap(p);
	if (ret < 0)
		return ret;
	if (m->has_limit && m->limit != 0)
		add_number(p, "memory.max", "memory.limit", unsigned_limit(m->limit))->is_default =
			m->limit < 0;
	if (m->has_reservation && m->reservation != 0)
		add_number(p, "memory.low", "memory.reservation", unsigned_limit(m->reservation))
			->is_default = m->reservation < 0;
	return 0;
}

/* --- cpu (V06 to V11) --- */

static int plan_weight(struct planner *p)
{
	const struct limit_cpu *c = &p->l->cpu;
	bool idle = c->has_idle && c->idle == 1, shares = c->has_shares && c->shares != 0;

	if (idle && shares && c->shares != CPU_SHARES_DEFAULT)
		return bad(p, "cpu.shares", "cannot be set together with cpu.idle");
	/* A cgroup that leaves idle does so before it gets a weight: the kernel wants it. */
	if (c->has_idle)
		add_number(p, "cpu.idle", "cpu.idle", (uint64_t)c->idle)->is_default = c->idle == 0;
	if (idle && shares)
		warn(p, "cpu.shares", "an idle cgroup has no weight; 1024 is the default");
	else if (shares)
		add_number(p, "cpu.weight", "cpu.shares", convert_shares(c->shares))->is_default =
			c->shares == CPU_SHARES_DEFAULT;
	return 0;
}

/* V07, and U06: the half that is not given is what the cgroup has. */
static int plan_quota(struct planner *p)
{
	const struct limit_cpu *c = &p->l->cpu;
	bool has_quota = c->has_quota && c->quota != 0,
	     has_period = c->has_period && c->period != 0;
	uint64_t period = has_period                 ? c->period
			  : p->now && p->now->period ? p->now->period
						     : CPU_PERIOD_DEFAULT;
	int64_t quota = has_quota ? c->quota : p->now && p->now->quota ? p->now->quota : -1;
	char text[LIMIT_TEXT_MAX];

	if (!has_quota && !has_period)
		return 0;
	if (period < CPU_PERIOD_MIN || period > CPU_PERIOD_MAX)
		return bad(p, "cpu.period", "not within 1000 to 1000000 microseconds");
	if (quota > 0 && quota < CPU_PERIOD_MIN)
		return bad(p, "cpu.quota", "less than 1000 microseconds");
	add(p, "cpu.max", has_quota ? "cpu.quota" : "cpu.period",
	    arena_printf(p->arena, "%s %" PRIu64, convert_text(unsigned_limit(quota), text),
			 period))
		->is_default = quota < 0;
	return 0;
}

/* V08: a burst is never above the quota, not between the two writes either. */
static int plan_quota_and_burst(struct planner *p)
{
	const struct limit_cpu *c = &p->l->cpu;
	bool lower = c->has_burst && p->now && p->now->has_burst && c->burst < p->now->burst;
	int64_t quota = c->has_quota && c->quota ? c->quota : p->now ? p->now->quota : 0;
	int ret;

	if (c->has_burst && quota > 0 && c->burst > (uint64_t)quota)
		return bad(p, "cpu.burst", "above cpu.quota");
	if (!c->has_burst && p->now && p->now->has_burst && quota > 0 &&
	    p->now->burst > (uint64_t)quota)
		return bad(p, "cpu.quota", "below the burst that is set: give cpu.burst, too");
	if (lower)
		add_number(p, "cpu.max.burst", "cpu.burst", c->burst)->is_default = c->burst == 0;
	ret = plan_quota(p);
	if (ret == 0 && c->has_burst && !lower)
		add_number(p, "cpu.max.burst", "cpu.burst", c->burst)->is_default = c->burst == 0;
	return ret;
}

static int plan_cpu(struct planner *p)
{
	const struct limit_cpu *c = &p->l->cpu;
	int ret;

	if (c->has_realtime_runtime && c->realtime_runtime != 0)
		return refuse(p, "cpu.realtimeRuntime",
			      "cgroup v2 has no realtime scheduling by cgroup");
	if (c->has_realtime_runtime || (c->has_realtime_period && c->realtime_period != 0))
		warn(p, c->has_realtime_runtime ? "cpu.realtimeRuntime" : "cpu.realtimePeriod",
		     "cgroup v2 has no realtime scheduling by cgroup; it asks for no time");
	ret = plan_weight(p);
	if (ret == 0)
		ret = plan_quota_and_burst(p);
	if (ret < 0)
		return ret;
	if (c->cpus && *c->cpus)
		add(p, "cpuset.cpus", "cpu.cpus", c->cpus);
	if (c->mems && *c->mems)
		add(p, "cpuset.mems", "cpu.mems", c->mems);
	return 0;
}

/* --- io (V13 to V16) --- */

/* `device`: "8:0 " or "". */
static int add_io_weight(struct planner *p, const char *key, const char *device, uint64_t weight)
{
	struct cgroup_file *f;

	if (weight < BLKIO_WEIGHT_MIN || weight > BLKIO_WEIGHT_MAX)
		return bad(p, key, "not within 10 to 1000");
	f = add(p, "io.bfq.weight", key, arena_printf(p->arena, "%s%" PRIu64, device, weight));
	f->other_name = "io.weight";
	f->other_value = arena_printf(p->arena, "%s%" PRIu64, device, convert_blkio_weight(weight));
	p->no_memory = p->no_memory || !f->other_value;
	return 0;
}

static int plan_io_weights(struct planner *p)
{
	const struct limit_io *io = &p->l->io;
	bool leaf = io->has_leaf_weight && io->leaf_weight;
	char device[64];
	int ret = 0;

	if (io->has_weight && io->weight)
		ret = add_io_weight(p, "blockIO.weight", "", io->weight);
	for (size_t i = 0; ret == 0 && i < io->n_weight_device; i++) {
		const struct limit_io_weight *w = &io->weight_device[i];
		const char *key = arena_printf(p->arena, "blockIO.weightDevice[%zu]", i);

		snprintf(device, sizeof(device), "%" PRId64 ":%" PRId64 " ", w->major, w->minor);
		leaf = leaf || (w->has_leaf_weight && w->leaf_weight);
		if (w->has_weight && w->weight)
			ret = add_io_weight(p, key ? key : "", device, w->weight);
	}
	if (leaf)
		warn(p, "blockIO.leafWeight", "cgroup v2 has no weight of the leaf: ignored");
	return ret;
}

/* V15. A rate of 0 takes a throttle away, as on v1. */
static void plan_throttles(struct planner *p, const char *what, const char *word,
			   const struct limit_io_throttle *t, size_t n)
{
	char rate[LIMIT_TEXT_MAX];

	for (size_t i = 0; i < n; i++)
		add(p, "io.max", arena_printf(p->arena, "blockIO.%s[%zu]", what, i),
		    arena_printf(p->arena, "%" PRId64 ":%" PRId64 " %s=%s", t[i].major, t[i].minor,
				 word, convert_text(t[i].rate ? t[i].rate : LIMIT_NONE, rate)))
			->is_default = t[i].rate == 0;
}

static int plan_io(struct planner *p)
{
	const struct limit_io *io = &p->l->io;
	int ret = plan_io_weights(p);

	if (ret < 0)
		return ret;
	plan_throttles(p, "throttleReadBpsDevice", "rbps", io->read_bps, io->n_read_bps);
	plan_throttles(p, "throttleWriteBpsDevice", "wbps", io->write_bps, io->n_write_bps);
	plan_throttles(p, "throttleReadIOPSDevice", "riops", io->read_iops, io->n_read_iops);
	plan_throttles(p, "throttleWriteIOPSDevice", "wiops", io->write_iops, io->n_write_iops);
	return 0;
}

/* --- the others (V12, V17 to V19) --- */

static int plan_pids(struct planner *p)
{
	const struct limit_pids *l = &p->l->pids;

	if (l->has_limit)
		add_number(p, "pids.max", "pids.limit", unsigned_limit(l->limit))->is_default =
			l->limit < 0;
	return 0;
}

/* What is reserved counts too, where the kernel counts it (5.7). */
static int plan_hugepages(struct planner *p)
{
	for (size_t i = 0; i < p->l->n_hugepages; i++) {
		const struct limit_hugepage *h = &p->l->hugepages[i];
		const char *key = arena_printf(p->arena, "hugepageLimits[%zu]", i);
		const char *max = arena_printf(p->arena, "hugetlb.%s.max", h->page_size);
		const char *rsvd = arena_printf(p->arena, "hugetlb.%s.rsvd.max", h->page_size);

		if (!max || !rsvd) {
			p->no_memory = true;
			return 0;
		}
		add_number(p, max, key, h->limit);
		add_number(p, rsvd, key, h->limit)->optional = true;
	}
	return 0;
}

static int plan_rdma(struct planner *p)
{
	for (size_t i = 0; i < p->l->n_rdma; i++) {
		const struct limit_rdma *r = &p->l->rdma[i];
		char handles[40] = "", objects[40] = "";

		if (!r->has_hca_handles && !r->has_hca_objects)
			continue;
		if (r->has_hca_handles)
			snprintf(handles, sizeof(handles), " hca_handle=%" PRIu32, r->hca_handles);
		if (r->has_hca_objects)
			snprintf(objects, sizeof(objects), " hca_object=%" PRIu32, r->hca_objects);
		add(p, "rdma.max", arena_printf(p->arena, "rdma[\"%s\"]", r->device),
		    arena_printf(p->arena, "%s%s%s", r->device, handles, objects));
	}
	return 0;
}

static int plan_network(struct planner *p)
{
	const struct limit_network *n = &p->l->network;

	if (n->has_class_id && n->class_id != 0)
		warn(p, "network.classID", "cgroup v2 has no net_cls: ignored");
	if (n->n_priorities)
		warn(p, "network.priorities", "cgroup v2 has no net_prio: ignored");
	return 0;
}

/* --- unified (V20, V21) --- */

/* The cgroup core's files are the runtime's tools, but for its own limits. */
static bool is_own_file(const char *name)
{
	return strncmp(name, "cgroup.", 7) == 0 && strncmp(name, "cgroup.max.", 11) != 0 &&
	       strcmp(name, "cgroup.pressure") != 0;
}

static size_t count_lines(const char *s)
{
	size_t n = 1;

	for (; *s; s++)
		n += *s == '\n';
	return n;
}

static int plan_unified(struct planner *p)
{
	for (size_t i = 0; i < p->l->n_unified; i++) {
		const char *name = p->l->unified[i].key, *s = p->l->unified[i].value;
		const char *key = arena_printf(p->arena, "unified[\"%s\"]", name);

		if (!key) {
			p->no_memory = true;
			return 0;
		}
		if (!strchr(name, '.') || strchr(name, '/'))
			return bad(p, key, "not the name of a cgroup file such as 'memory.high'");
		if (is_own_file(name))
			return bad(p, key, "the runtime's own file, not a limit");
		for (;;) { /* a write for each line */
			size_t len = strcspn(s, "\n");

			if (len)
				add(p, name, key, arena_strndup(p->arena, s, len));
			if (!s[len])
				break;
			s += len + 1;
		}
	}
	return 0;
}

/* --- the plan --- */

/* In this order they are written; unified overrides, so it is last. */
static int (*const planners[])(struct planner *) = {
	plan_memory,    plan_cpu,  plan_io,      plan_pids,
	plan_hugepages, plan_rdma, plan_network, plan_unified,
};

/* How many writes there can be. */
static size_t count_files(const struct limits *l)
{
	const struct limit_io *io = &l->io;
	size_t n = 16 + io->n_weight_device + io->n_read_bps + io->n_write_bps + io->n_read_iops +
		   io->n_write_iops + 2 * l->n_hugepages + l->n_rdma;

	for (size_t i = 0; i < l->n_unified; i++)
		n += count_lines(l->unified[i].value);
	return n;
}

int cgroup_plan_files(struct arena *a, const struct limits *l, const struct cgroup_present *now,
		      struct cgroup_plan *ret, struct error *e)
{
	struct cgroup_plan plan = { .n = 0 };
	struct planner p = {
		.arena = a,
		.l = l,
		.now = now,
		.plan = &plan,
		.max = count_files(l),
		.max_warnings = 16,
		.e = e,
	};
	int err = 0;

	plan.files = arena_calloc(a, p.max, sizeof(*plan.files));
	plan.warnings = arena_calloc(a, p.max_warnings, sizeof(*plan.warnings));
	if (!plan.files || !plan.warnings)
		return error_set(e, ENOMEM, "cannot plan the limits");
	for (size_t i = 0; err == 0 && i < ARRAY_SIZE(planners); i++)
		err = planners[i](&p);
	if (err < 0)
		return err;
	if (p.no_memory)
		return error_set(e, ENOMEM, "cannot plan the limits");
	*ret = plan;
	return 0;
}
