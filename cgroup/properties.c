/* SPDX-License-Identifier: Apache-2.0 */
/* See properties.h. */
#include "cgroup/properties.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/parse.h"
#include "cgroup/convert.h"

struct maker {
	struct arena *arena;
	const struct cgroup_plan *plan;
	bool bfq;
	struct unit_property *v;
	size_t n, max;
	bool no_memory;
};

struct file_property;
typedef void (*maker_fn)(struct maker *m, const struct file_property *p,
			 const struct cgroup_file *f);

struct file_property {
	const char *file, *property;
	maker_fn make;
};

/* Sets a property; a later file overrides an earlier one (unified). */
static void set(struct maker *m, const char *name, const char *key, const struct gvariant *value)
{
	struct unit_property *p = m->v;

	if (!value) {
		m->no_memory = true;
		return;
	}
	while (p < m->v + m->n && strcmp(p->name, name) != 0)
		p++;
	if (p == m->v + m->max) {
		m->no_memory = true;
		return;
	}
	m->n += p == m->v + m->n;
	*p = (struct unit_property){ .name = name, .value = value, .key = key };
}

static struct unit_property *find(struct maker *m, const char *name)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->v[i].name, name) == 0)
			return &m->v[i];
	return NULL;
}

/* One more (PATH, N) in an a(st). systemd finds the disk by /dev/block/MAJOR:MINOR. */
static void add_device(struct maker *m, const char *name, const struct cgroup_file *f,
		       uint64_t number)
{
	struct unit_property *old = find(m, name);
	size_t n = old ? old->value->kids.n : 0;
	struct gvariant *array = arena_alloc(m->arena, sizeof(*array)),
			*list = arena_calloc(m->arena, n + 1, sizeof(*list)),
			*pair = arena_calloc(m->arena, 2, sizeof(*pair));
	char *path =
		arena_printf(m->arena, "/dev/block/%.*s", (int)strcspn(f->value, " "), f->value);

	if (!array || !list || !pair || !path) {
		m->no_memory = true;
		return;
	}
	if (old)
		memcpy(list, old->value->kids.v, n * sizeof(*list));
	pair[0] = (struct gvariant){ .sig = "s", .s = path };
	pair[1] = (struct gvariant){ .sig = "t", .u = number };
	list[n] = (struct gvariant){ .sig = "(st)", .kids = { .v = pair, .n = 2 } };
	*array = (struct gvariant){ .sig = "a(st)", .kids = { .v = list, .n = n + 1 } };
	set(m, name, f->key, array);
}

/* "max" or a number as the kernel takes one; false: not ours to understand. */
static bool read_limit(const char *s, uint64_t *ret)
{
	int64_t v;

	if (convert_size(s, &v) < 0)
		return false;
	*ret = v < 0 ? LIMIT_NONE : (uint64_t)v;
	return true;
}

static void make_bytes(struct maker *m, const struct file_property *p, const struct cgroup_file *f)
{
	uint64_t v;

	if (read_limit(f->value, &v))
		set(m, p->property, f->key, gvariant_u64(m->arena, v));
}

/* systemd has no TasksMax=0: one is what comes nearest, and the file says 0. */
static void make_tasks(struct maker *m, const struct file_property *p, const struct cgroup_file *f)
{
	uint64_t v;

	if (read_limit(f->value, &v))
		set(m, p->property, f->key, gvariant_u64(m->arena, v ? v : 1));
}

static void make_quota(struct maker *m, const struct file_property *p, const struct cgroup_file *f)
{
	uint64_t quota = 0, period = CPU_PERIOD_DEFAULT;
	const char *s = f->value;

	if (strncmp(s, "max", 3) == 0)
		s += 3;
	else if (parse_u64_at(&s, &quota) < 0 || quota == 0 || quota > INT64_MAX)
		return;
	s += strspn(s, " ");
	if ((*s && parse_u64(s, &period) < 0) || period == 0)
		return;
	set(m, "CPUQuotaPeriodUSec", f->key, gvariant_u64(m->arena, period));
	set(m, p->property, f->key,
	    gvariant_u64(m->arena, convert_quota_per_sec((int64_t)quota, period)));
}

static void make_weight(struct maker *m, const struct file_property *p, const struct cgroup_file *f)
{
	const char *s = strncmp(f->value, "default ", 8) == 0 ? f->value + 8 : f->value;
	uint64_t v;

	if (parse_u64(s, &v) == 0 && v >= 1 && v <= IO_WEIGHT_MAX)
		set(m, p->property, f->key, gvariant_u64(m->arena, v));
}

/* CPUWeight=0 is systemd's idle; no number at all takes that back. */
static void make_idle(struct maker *m, const struct file_property *p, const struct cgroup_file *f)
{
	bool idle = strcmp(f->value, "1") == 0;

	if (idle || strcmp(f->value, "0") == 0)
		set(m, p->property, f->key, gvariant_u64(m->arena, idle ? 0 : LIMIT_NONE));
}

static void make_cpuset(struct maker *m, const struct file_property *p, const struct cgroup_file *f)
{
	uint8_t mask[CPUSET_BITS_MAX / 8];
	int n = convert_cpuset(f->value, mask, sizeof(mask));

	if (n > 0)
		set(m, p->property, f->key, gvariant_bytes(m->arena, mask, (size_t)n));
}

/* "8:0 100" or "default 100" or "100". */
static void make_io_weight(struct maker *m, const struct file_property *p,
			   const struct cgroup_file *f)
{
	uint64_t v;

	if (!strchr(f->value, ':'))
		make_weight(m, p, f);
	else if (parse_u64(f->value + strcspn(f->value, " ") + 1, &v) == 0 && v >= 1 &&
		 v <= IO_WEIGHT_MAX)
		add_device(m, "IODeviceWeight", f, v);
}

static void make_bfq_weight(struct maker *m, const struct file_property *p,
			    const struct cgroup_file *f)
{
	size_t device = strchr(f->value, ':') ? strcspn(f->value, " ") : 0;
	const char *number = f->value + device + (device != 0);
	struct cgroup_file unit = *f;
	uint64_t v;

	if (!m->bfq && f->other_value) {
		unit.value = f->other_value;
	} else {
		if (strncmp(number, "default ", 8) == 0)
			number += 8;
		if (parse_u64(number, &v) < 0 || v < 1 || v > BLKIO_WEIGHT_MAX)
			return;
		unit.value = arena_printf(m->arena, "%.*s%s%" PRIu64, (int)device, f->value,
					  device ? " " : "", convert_bfq_to_unit_weight(v));
	}
	if (!unit.value)
		m->no_memory = true;
	else
		make_io_weight(m, p, &unit);
}

/* "8:0 rbps=1 wiops=max". */
static void make_io_max(struct maker *m, const struct file_property *p, const struct cgroup_file *f)
{
	static const struct {
		const char *word, *property;
	} rows[] = {
		{ "rbps=", "IOReadBandwidthMax" },
		{ "wbps=", "IOWriteBandwidthMax" },
		{ "riops=", "IOReadIOPSMax" },
		{ "wiops=", "IOWriteIOPSMax" },
	};
	const char *s = f->value + strcspn(f->value, " ");
	char number[LIMIT_TEXT_MAX];
	uint64_t v;

	(void)p; /* one for each word */
	while (*(s += strspn(s, " "))) {
		size_t len = strcspn(s, " ");

		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			size_t head = strlen(rows[i].word);

			if (len <= head || len - head >= sizeof(number) ||
			    strncmp(s, rows[i].word, head) != 0)
				continue;
			snprintf(number, sizeof(number), "%.*s", (int)(len - head), s + head);
			if (read_limit(number, &v) && v > 0)
				add_device(m, rows[i].property, f, v);
		}
		s += len;
	}
}

/* "8:0 target=1000" (microseconds). */
static void make_io_latency(struct maker *m, const struct file_property *p,
			    const struct cgroup_file *f)
{
	const char *s = strstr(f->value, " target=");
	uint64_t v;

	if (s && parse_u64(s + strlen(" target="), &v) == 0)
		add_device(m, p->property, f, v);
}

static void make_oom_group(struct maker *m, const struct file_property *p,
			   const struct cgroup_file *f)
{
	bool group = strcmp(f->value, "1") == 0;

	if (!group && strcmp(f->value, "0") != 0)
		return;
	set(m, p->property, f->key, gvariant_string(m->arena, group ? "kill" : "continue"));
	if (!m->no_memory)
		find(m, p->property)->create_only = true;
}

static void make_bool(struct maker *m, const struct file_property *p, const struct cgroup_file *f)
{
	bool on = strcmp(f->value, "1") == 0;

	if (on || strcmp(f->value, "0") == 0)
		set(m, p->property, f->key, gvariant_bool(m->arena, on));
}

/* Which property makes systemd write which file. */
static const struct file_property table[] = {
	{ "memory.max", "MemoryMax", make_bytes },
	{ "memory.high", "MemoryHigh", make_bytes },
	{ "memory.low", "MemoryLow", make_bytes },
	{ "memory.min", "MemoryMin", make_bytes },
	{ "memory.swap.max", "MemorySwapMax", make_bytes },
	{ "memory.zswap.max", "MemoryZSwapMax", make_bytes },
	{ "memory.zswap.writeback", "MemoryZSwapWriteback", make_bool },
	{ "memory.oom.group", "OOMPolicy", make_oom_group },
	{ "cpu.idle", "CPUWeight", make_idle },
	{ "cpu.weight", "CPUWeight", make_weight },
	{ "cpu.max", "CPUQuotaPerSecUSec", make_quota },
	{ "cpuset.cpus", "AllowedCPUs", make_cpuset },
	{ "cpuset.mems", "AllowedMemoryNodes", make_cpuset },
	{ "io.bfq.weight", "IOWeight", make_bfq_weight },
	{ "io.weight", "IOWeight", make_io_weight },
	{ "io.max", "IOReadBandwidthMax", make_io_max },
	{ "io.latency", "IODeviceLatencyTargetUSec", make_io_latency },
	{ "pids.max", "TasksMax", make_tasks },
};

int cgroup_plan_properties(struct arena *a, const struct cgroup_plan *plan, bool bfq,
			   struct unit_property **ret, size_t *ret_n)
{
	/* The files of one value have one property and the quota two; io.max has four. */
	struct maker m = { .arena = a, .plan = plan, .bfq = bfq, .max = ARRAY_SIZE(table) + 8 };

	m.v = arena_calloc(a, m.max, sizeof(*m.v));
	if (!m.v)
		return -ENOMEM;
	for (size_t i = 0; i < plan->n; i++)
		for (size_t t = 0; t < ARRAY_SIZE(table); t++)
			if (strcmp(table[t].file, plan->files[i].name) == 0)
				table[t].make(&m, &table[t], &plan->files[i]);
	if (m.no_memory)
		return -ENOMEM;
	*ret = m.v;
	*ret_n = m.n;
	return 0;
}
