/* SPDX-License-Identifier: Apache-2.0 */
/* See events_doc.h. cgroup v2's numbers under v1's names, in its units, as runc writes them. */
#include "oci/events_doc.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "json/write.h"

enum { NSEC_PER_USEC = 1000 };

static void begin(struct json_writer *w, const char *key)
{
	jw_key(w, key);
	jw_object_begin(w);
}

static void number(struct json_writer *w, const char *key, struct cgroup_number n)
{
	if (n.has)
		jw_member_u64(w, key, n.value);
}

static void nanoseconds(struct json_writer *w, const char *key, struct cgroup_number usec)
{
	uint64_t v;

	if (usec.has)
		jw_member_u64(w, key,
			      __builtin_mul_overflow(usec.value, NSEC_PER_USEC, &v) ? UINT64_MAX
										    : v);
}

static void pressure_line(struct json_writer *w, const char *key,
			  const struct cgroup_pressure_line *l)
{
	begin(w, key);
	jw_key(w, "avg10");
	jw_hundredths(w, l->avg10);
	jw_key(w, "avg60");
	jw_hundredths(w, l->avg60);
	jw_key(w, "avg300");
	jw_hundredths(w, l->avg300);
	jw_member_u64(w, "total", l->total);
	jw_object_end(w);
}

static void pressure(struct json_writer *w, const struct cgroup_pressure *p)
{
	if (!p->has)
		return;
	begin(w, "psi");
	pressure_line(w, "some", &p->some);
	if (p->has_full)
		pressure_line(w, "full", &p->full);
	jw_object_end(w);
}

static void cpu(struct json_writer *w, const struct cgroup_cpu_stats *c)
{
	begin(w, "cpu");
	begin(w, "usage");
	nanoseconds(w, "total", c->usage);
	nanoseconds(w, "kernel", c->system);
	nanoseconds(w, "user", c->user);
	jw_object_end(w);
	begin(w, "throttling");
	number(w, "periods", c->periods);
	number(w, "throttledPeriods", c->throttled_periods);
	nanoseconds(w, "throttledTime", c->throttled);
	jw_object_end(w);
	pressure(w, &c->pressure);
	jw_object_end(w);
}

/* "0-3,8": [0,1,2,3,8]. The kernel's own list; what is none ends it. */
static void cpu_list(struct json_writer *w, const char *key, const char *list)
{
	enum { BITS_MAX = 8192 };
	uint64_t first, last, at = 0;

	jw_key(w, key);
	jw_array_begin(w);
	while (parse_u64_at(&list, &first) == 0) {
		last = first;
		if (*list == '-') {
			list++;
			if (parse_u64_at(&list, &last) < 0)
				break;
		}
		for (at = first > at ? first : at; at <= last && at < BITS_MAX; at++)
			jw_u64(w, at);
		if (*list != ',')
			break;
		list++;
	}
	jw_array_end(w);
}

static void cpuset(struct json_writer *w, const struct cgroup_stats *s)
{
	if (!s->cpus && !s->mems)
		return;
	begin(w, "cpuset");
	if (s->cpus)
		cpu_list(w, "cpus", s->cpus);
	if (s->mems)
		cpu_list(w, "mems", s->mems);
	jw_object_end(w);
}

/* As 1 << 63 is to v1, UINT64_MAX is no limit. */
static struct cgroup_number sum(struct cgroup_number l, struct cgroup_number r)
{
	struct cgroup_number ret = { l.has && r.has, 0 };

	if (__builtin_add_overflow(l.value, r.value, &ret.value))
		ret.value = UINT64_MAX;
	return ret;
}

static void memory_entry(struct json_writer *w, const char *key, struct cgroup_number limit,
			 struct cgroup_number usage, const struct cgroup_keys *events)
{
	begin(w, key);
	number(w, "limit", limit);
	number(w, "usage", usage);
	if (events)
		jw_member_u64(w, "failcnt", cgroup_key_find(events, "max").value);
	jw_object_end(w);
}

static void memory_usage(struct json_writer *w, const struct cgroup_memory_stats *m)
{
	begin(w, "usage");
	number(w, "limit", m->max);
	number(w, "usage", m->current);
	number(w, "max", m->peak);
	jw_member_u64(w, "failcnt", cgroup_key_find(&m->events, "max").value);
	jw_object_end(w);
}

static void memory(struct json_writer *w, const struct cgroup_memory_stats *m)
{
	begin(w, "memory");
	if (m->current.has) {
		const struct cgroup_keys none = { NULL, 0 };
		const struct cgroup_number no_limit = { true, 0 };

		number(w, "cache", cgroup_key_find(&m->stat, "file"));
		memory_usage(w, m);
		/* v1's swap is the sum of both. */
		if (m->swap_current.has)
			memory_entry(w, "swap", sum(m->max, m->swap_max),
				     sum(m->current, m->swap_current), &m->swap_events);
		/* v2 has no limit of these two, which is 0 to runc. */
		memory_entry(w, "kernel", no_limit, cgroup_key_find(&m->stat, "kernel"), &none);
		memory_entry(w, "kernelTCP", no_limit, cgroup_key_find(&m->stat, "sock"), &none);
		begin(w, "raw");
		for (size_t i = 0; i < m->stat.n; i++)
			jw_member_u64(w, m->stat.v[i].name, m->stat.v[i].value);
		jw_object_end(w);
	}
	pressure(w, &m->pressure);
	jw_object_end(w);
}

/* 0 and left out are the same to a reader: no limit. */
static void pids(struct json_writer *w, const struct cgroup_stats *s)
{
	begin(w, "pids");
	number(w, "current", s->pids_current);
	if (s->pids_max.has && s->pids_max.value != UINT64_MAX)
		number(w, "limit", s->pids_max);
	jw_object_end(w);
}

struct io_op {
	const char *key, *op;
};

static void io_entries(struct json_writer *w, const char *name, const struct io_op ops[3],
		       const struct cgroup_stats *s)
{
	jw_key(w, name);
	jw_array_begin(w);
	for (size_t i = 0; i < s->n_io; i++) {
		const char *device = s->io[i].name;
		uint64_t major, minor;

		if (parse_u64_at(&device, &major) < 0 || *device++ != ':' ||
		    parse_u64(device, &minor) < 0)
			continue;
		for (size_t j = 0; j < 3; j++) {
			struct cgroup_number n = cgroup_key_find(&s->io[i].keys, ops[j].key);

			if (!n.has)
				continue;
			jw_object_begin(w);
			jw_member_u64(w, "major", major);
			jw_member_u64(w, "minor", minor);
			jw_member_string(w, "op", ops[j].op);
			jw_member_u64(w, "value", n.value);
			jw_object_end(w);
		}
	}
	jw_array_end(w);
}

static void blkio(struct json_writer *w, const struct cgroup_stats *s)
{
	static const struct io_op bytes[] = { { "rbytes", "Read" },
					      { "wbytes", "Write" },
					      { "dbytes", "Discard" } };
	static const struct io_op operations[] = { { "rios", "Read" },
						   { "wios", "Write" },
						   { "dios", "Discard" } };

	begin(w, "blkio");
	if (s->io) {
		io_entries(w, "ioServiceBytesRecursive", bytes, s);
		io_entries(w, "ioServicedRecursive", operations, s);
	}
	pressure(w, &s->io_pressure);
	jw_object_end(w);
}

/* "max" would be the most that was used, which v2 does not count; "limit" is ours. */
static void hugetlb(struct json_writer *w, const struct cgroup_stats *s)
{
	begin(w, "hugetlb");
	for (size_t i = 0; i < s->n_hugetlb; i++) {
		const struct cgroup_hugetlb_stats *h = &s->hugetlb[i];

		begin(w, h->size);
		number(w, "usage", h->current);
		number(w, "limit", h->max);
		jw_member_u64(w, "failcnt", h->failures);
		jw_object_end(w);
	}
	jw_object_end(w);
}

/* runc has no words for these two; they are there only where their controller is. */
static void rdma_and_misc(struct json_writer *w, const struct cgroup_stats *s)
{
	if (s->rdma)
		begin(w, "rdma");
	for (size_t i = 0; i < s->n_rdma; i++) {
		begin(w, s->rdma[i].name);
		for (size_t j = 0; j < s->rdma[i].keys.n; j++)
			jw_member_u64(w, s->rdma[i].keys.v[j].name, s->rdma[i].keys.v[j].value);
		jw_object_end(w);
	}
	if (s->rdma)
		jw_object_end(w);
	if (!s->misc.v)
		return;
	begin(w, "misc");
	for (size_t i = 0; i < s->misc.n; i++) {
		begin(w, s->misc.v[i].name);
		jw_member_u64(w, "usage", s->misc.v[i].value);
		number(w, "limit", cgroup_key_find(&s->misc_max, s->misc.v[i].name));
		jw_object_end(w);
	}
	jw_object_end(w);
}

/* "{"type":TYPE,"id":ID": the rest is the caller's. */
static void begin_event(struct json_writer *w, struct strbuf *out, const char *type, const char *id)
{
	jw_init(w, out, false);
	jw_object_begin(w);
	jw_member_string(w, "type", type);
	jw_member_string(w, "id", id);
}

static int end_event(struct json_writer *w)
{
	int r;

	jw_object_end(w);
	r = jw_done(w);
	return r < 0 ? r : strbuf_addc(w->out, '\n');
}

int oci_event_stats(const char *id, const struct cgroup_stats *s, struct strbuf *out)
{
	struct json_writer w;

	begin_event(&w, out, "stats", id);
	begin(&w, "data");
	cpu(&w, &s->cpu);
	cpuset(&w, s);
	memory(&w, &s->memory);
	pids(&w, s);
	blkio(&w, s);
	hugetlb(&w, s);
	rdma_and_misc(&w, s);
	/* Of networks that runc itself made and of resctrl groups it monitors: none, as there. */
	begin(&w, "intel_rdt");
	jw_object_end(&w);
	jw_key(&w, "network_interfaces");
	jw_null(&w);
	jw_object_end(&w);
	return end_event(&w);
}

int oci_event_oom(const char *id, struct strbuf *out)
{
	struct json_writer w;

	begin_event(&w, out, "oom", id);
	return end_event(&w);
}

int oci_event_exit(const char *id, const struct oci_exit *x, struct strbuf *out)
{
	struct json_writer w;

	begin_event(&w, out, "exit", id);
	begin(&w, "data");
	jw_member_i64(&w, "pid", x->pid);
	if (x->has_status)
		jw_member_i64(&w, "status", x->status);
	if (x->has_status && x->signal)
		jw_member_i64(&w, "signal", x->signal);
	if (x->has_oom)
		jw_member_bool(&w, "oomKilled", x->oom_killed);
	jw_object_end(&w);
	return end_event(&w);
}
