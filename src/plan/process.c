/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan of one process: names of the config become the kernel's numbers
 * here, before the first side effect, because the child may neither allocate
 * nor look a name up. What cannot work (an id that is not mapped, a policy that
 * does not exist) is refused with the JSON path, before anything was made.
 */
#include "plan/process.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/parse.h"
#include "plan/capabilities.h"
#include "plan/process_tables.h"

enum {
	DEFAULT_UMASK = 0022,
	IO_PRIORITY_SHIFT = 13,
	NODES_MAX = 1024, /* MAX_NUMNODES of the largest kernel configuration */
	CPUS_MAX = 8192,  /* NR_CPUS of it */
	LONG_BITS = sizeof(unsigned long) * CHAR_BIT,
};

static int no_memory(struct error *e)
{
	return error_set(e, ENOMEM, "plan the process");
}

/* Order in the sum of flags and in the message is the config's. */
static int flags_of(const struct oci_strings *names, const struct name_value *table,
		    const char *what, uint64_t *ret, struct error *e)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < names->n; i++) {
		const struct name_value *row = name_value_find(table, names->v[i]);

		if (!row)
			return error_msg(e, EINVAL, "%s[%zu]: unknown flag '%s'", what, i,
					 names->v[i]);
		flags |= row->value;
	}
	*ret = flags;
	return 0;
}

/*
 * Without HOME in the config, "HOME=/" holds the place of what the child will
 * find in the container's passwd (C22, process_set_home()).
 */
static int plan_env(struct arena *a, const struct oci_process *p, struct process_plan *ret,
		    struct error *e)
{
	size_t n = p->env.n;

	ret->env = arena_calloc(a, n + 2, sizeof(*ret->env));
	if (!ret->env)
		return no_memory(e);
	ret->needs_home = true;
	for (size_t i = 0; i < n; i++) {
		ret->env[i] = p->env.v[i];
		if (strncmp(p->env.v[i], "HOME=", 5) == 0)
			ret->needs_home = false;
	}
	if (ret->needs_home) {
		ret->env[n] = arena_strdup(a, "HOME=/");
		if (!ret->env[n])
			return no_memory(e);
	}
	return 0;
}

static int check_mapped(const struct idmap *map, uint32_t id, const char *what, struct error *e)
{
	char text[256];

	if (map->n == 0 || idmap_has(map, id))
		return 0;
	return error_kind(e, KIND_ID_UNMAPPED, EINVAL, "%s: %u is not mapped: the map is %s", what,
			  id, idmap_describe(map, text, sizeof(text)));
}

static int plan_user(struct arena *a, const struct oci_process *p, const struct plan_host *host,
		     struct process_plan *ret, struct error *e)
{
	const struct oci_user *u = &p->user;
	bool sets_groups = !ret->keep_groups && !ret->deny_groups;
	int err;

	err = check_mapped(&host->uid_map, u->uid, ".process.user.uid", e);
	if (err == 0)
		err = check_mapped(&host->gid_map, u->gid, ".process.user.gid", e);
	if (err < 0)
		return err;
	if (u->n_additional_gids > NGROUPS_MAX)
		return error_msg(e, EINVAL,
				 ".process.user.additionalGids: %zu groups, the kernel "
				 "takes %d",
				 u->n_additional_gids, NGROUPS_MAX);
	ret->gids = arena_calloc(a, u->n_additional_gids ? u->n_additional_gids : 1,
				 sizeof(*ret->gids));
	if (!ret->gids)
		return no_memory(e);
	for (size_t i = 0; i < u->n_additional_gids; i++) {
		if (sets_groups) {
			err = check_mapped(&host->gid_map, u->additional_gids[i],
					   ".process.user.additionalGids", e);
			if (err < 0)
				return err;
		}
		ret->gids[i] = u->additional_gids[i];
	}
	ret->n_gids = u->n_additional_gids;
	ret->uid = u->uid;
	ret->gid = u->gid;
	ret->umask = u->has_umask ? u->umask : DEFAULT_UMASK;
	return 0;
}

/* A set must lie within another, or capset(2) refuses all of it. */
static uint64_t within(uint64_t set, uint64_t bound, const char *name, const char *bound_name)
{
	for (int i = 0; i < CAPABILITY_COUNT; i++)
		if (set & ~bound & (UINT64_C(1) << i))
			log_warning(".process.capabilities.%s: '%s' is left out, as it is not %s",
				    name, capability_names[i], bound_name);
	return set & bound;
}

static void plan_capabilities(const struct oci_capabilities *c, const struct plan_host *host,
			      struct cap_sets *ret)
{
	unsigned int last = host->last_cap;

	memset(ret, 0, sizeof(*ret));
	if (!c)
		return;
	ret->bounding = capability_set(&c->bounding, "bounding", last);
	ret->permitted = capability_set(&c->permitted, "permitted", last);
	ret->inheritable = capability_set(&c->inheritable, "inheritable", last);
	ret->effective = within(capability_set(&c->effective, "effective", last), ret->permitted,
				"effective", "permitted");
	ret->ambient = within(capability_set(&c->ambient, "ambient", last),
			      ret->permitted & ret->inheritable, "ambient",
			      "both permitted and inheritable");
}

static int plan_rlimits(struct arena *a, const struct oci_process *p, struct process_plan *ret,
			struct error *e)
{
	ret->rlimits = arena_calloc(a, p->n_rlimits ? p->n_rlimits : 1, sizeof(*ret->rlimits));
	if (!ret->rlimits)
		return no_memory(e);
	for (size_t i = 0; i < p->n_rlimits; i++) {
		const struct oci_rlimit *r = &p->rlimits[i];

		if (r->soft > r->hard)
			return error_msg(e, EINVAL,
					 ".process.rlimits[%zu]: %s: soft %llu is above "
					 "hard %llu",
					 i, r->type, (unsigned long long)r->soft,
					 (unsigned long long)r->hard);
		ret->rlimits[i] = (struct rlimit_plan){
			.resource = r->resource,
			.name = r->type,
			.soft = r->soft,
			.hard = r->hard,
		};
	}
	ret->n_rlimits = p->n_rlimits;
	return 0;
}

static int plan_io_priority(const struct oci_io_priority *io, struct process_plan *ret,
			    struct error *e)
{
	const struct name_value *row;

	if (!io)
		return 0;
	row = name_value_find(io_priority_classes, io->class ? io->class : "");
	if (!row)
		return error_msg(e, EINVAL, ".process.ioPriority.class: unknown class '%s'",
				 io->class ? io->class : "");
	if (io->priority < 0 || io->priority > 7)
		return error_msg(e, EINVAL, ".process.ioPriority.priority: %d is not in 0..7",
				 io->priority);
	ret->io_priority = (int)(row->value << IO_PRIORITY_SHIFT) | io->priority;
	ret->has_io_priority = true;
	return 0;
}

static int plan_scheduler(struct arena *a, const struct oci_scheduler *s, struct process_plan *ret,
			  struct error *e)
{
	const struct name_value *row;
	struct sched_plan *plan;
	int err;

	if (!s)
		return 0;
	row = name_value_find(sched_policies, s->policy ? s->policy : "");
	if (!row)
		return error_msg(e, EINVAL,
				 ".process.scheduler.policy: '%s' is no policy of the "
				 "Linux kernel",
				 s->policy ? s->policy : "");
	if (s->nice < -20 || s->nice > 19)
		return error_msg(e, EINVAL, ".process.scheduler.nice: %d is not in -20..19",
				 s->nice);
	if (s->priority < 0 || s->priority > 99)
		return error_msg(e, EINVAL, ".process.scheduler.priority: %d is not in 0..99",
				 s->priority);
	plan = arena_alloc(a, sizeof(*plan));
	if (!plan)
		return no_memory(e);
	err = flags_of(&s->flags, sched_flags, ".process.scheduler.flags", &plan->flags, e);
	if (err < 0)
		return err;
	plan->policy = (uint32_t)row->value;
	plan->nice = s->nice;
	plan->priority = (uint32_t)s->priority;
	plan->runtime = s->runtime;
	plan->deadline = s->deadline;
	plan->period = s->period;
	ret->sched = plan;
	return 0;
}

/* As runc reads it: with blanks around the commas. */
static int plan_cpus(struct arena *a, const char *key, const char *list, struct cpu_list_plan *ret,
		     struct error *e)
{
	char *plain;
	size_t n = 0;
	int err;

	if (!list || !*list)
		return 0;
	plain = arena_strdup(a, list);
	if (!plain)
		return no_memory(e);
	for (const char *s = list; *s; s++)
		if (*s != ' ')
			plain[n++] = *s;
	plain[n] = '\0';
	err = plan_bit_list(a, plain, CPUS_MAX - 1, &ret->mask, &ret->bits);
	if (err == -ENOMEM)
		return no_memory(e);
	if (err < 0 || !ret->mask)
		return error_msg(e, EINVAL,
				 ".process.execCPUAffinity.%s: '%s' is no list of CPUs 0..%d such "
				 "as '0-1,3'",
				 key, list, CPUS_MAX - 1);
	return 0;
}

static int plan_affinity(struct arena *a, const struct oci_exec_cpu_affinity *o,
			 struct process_plan *ret, struct error *e)
{
	int err;

	if (!o)
		return 0;
	err = plan_cpus(a, "initial", o->initial, &ret->cpus_initial, e);
	return err < 0 ? err : plan_cpus(a, "final", o->final, &ret->cpus_final, e);
}

static int plan_attributes(struct arena *a, const struct oci_process *p, struct process_plan *ret,
			   struct error *e)
{
	int err;

	ret->no_new_privs = p->no_new_privileges;
	ret->apparmor_profile = p->apparmor_profile && *p->apparmor_profile ? p->apparmor_profile
									    : NULL;
	ret->selinux_label = p->selinux_label && *p->selinux_label ? p->selinux_label : NULL;
	if (p->has_oom_score_adj) {
		if (p->oom_score_adj < -1000 || p->oom_score_adj > 1000)
			return error_msg(e, EINVAL,
					 ".process.oomScoreAdj: %lld is not in "
					 "-1000..1000",
					 (long long)p->oom_score_adj);
		ret->oom_score_adj = (int)p->oom_score_adj;
		ret->has_oom_score_adj = true;
	}
	err = plan_io_priority(p->io_priority, ret, e);
	if (err < 0)
		return err;
	err = plan_affinity(a, p->exec_cpu_affinity, ret, e);
	return err < 0 ? err : plan_scheduler(a, p->scheduler, ret, e);
}

static int plan_terminal(const struct oci_process *p, struct process_plan *ret, struct error *e)
{
	ret->terminal = p->terminal;
	if (!p->terminal || !p->console_size)
		return 0;
	if (p->console_size->height > UINT16_MAX || p->console_size->width > UINT16_MAX)
		return error_msg(e, EINVAL,
				 ".process.consoleSize: %llux%llu is larger than a "
				 "terminal can be",
				 (unsigned long long)p->console_size->width,
				 (unsigned long long)p->console_size->height);
	ret->rows = (uint16_t)p->console_size->height;
	ret->cols = (uint16_t)p->console_size->width;
	return 0;
}

int plan_process(struct arena *a, const struct oci_process *p, const struct plan_host *host,
		 struct process_plan *ret, struct error *e)
{
	struct process_plan plan = {
		.keep_groups = ret->keep_groups,
		.deny_groups = ret->deny_groups,
		.strict_rlimits = ret->strict_rlimits,
		.argv = p->args.n ? p->args.v : NULL,
		.cwd = p->cwd,
	};
	int err;

	err = plan_env(a, p, &plan, e);
	if (err == 0)
		err = plan_user(a, p, host, &plan, e);
	if (err == 0)
		err = plan_rlimits(a, p, &plan, e);
	if (err == 0)
		err = plan_attributes(a, p, &plan, e);
	if (err == 0)
		err = plan_terminal(p, &plan, e);
	if (err < 0)
		return err;
	plan_capabilities(p->capabilities, host, &plan.caps);
	*ret = plan;
	return 0;
}

/* One "N" or "N-M" at *s, moved behind it. */
static int parse_range(const char **s, uint64_t *ret_first, uint64_t *ret_last)
{
	int err = parse_u64_at(s, ret_first);

	if (err < 0)
		return err;
	*ret_last = *ret_first;
	if (**s == '-') {
		(*s)++;
		err = parse_u64_at(s, ret_last);
		if (err < 0)
			return err;
	}
	return *ret_last < *ret_first ? -EINVAL : 0;
}

int plan_bit_list(struct arena *a, const char *list, unsigned int max, unsigned long **ret_mask,
		  size_t *ret_bits)
{
	size_t longs = (max + LONG_BITS) / LONG_BITS;
	unsigned long *mask;
	uint64_t first, last;

	if (!list || !*list) {
		*ret_mask = NULL;
		*ret_bits = 0;
		return 0;
	}
	mask = arena_calloc(a, longs, sizeof(*mask));
	if (!mask)
		return -ENOMEM;
	for (;;) {
		int err = parse_range(&list, &first, &last);

		if (err < 0)
			return err;
		if (last > max)
			return -ERANGE;
		for (uint64_t i = first; i <= last; i++)
			mask[i / LONG_BITS] |= 1UL << (i % LONG_BITS);
		if (*list == '\0')
			break;
		if (*list++ != ',')
			return -EINVAL;
	}
	*ret_mask = mask;
	*ret_bits = longs * LONG_BITS;
	return 0;
}

int plan_memory_policy(struct arena *a, const struct oci_memory_policy *m, struct process_plan *ret,
		       struct error *e)
{
	const struct name_value *row;
	unsigned long *nodes;
	uint64_t flags;
	size_t bits;
	int err;

	if (!m)
		return 0;
	row = name_value_find(mempolicy_modes, m->mode ? m->mode : "");
	if (!row)
		return error_msg(e, EINVAL, ".linux.memoryPolicy.mode: unknown mode '%s'",
				 m->mode ? m->mode : "");
	err = flags_of(&m->flags, mempolicy_flags, ".linux.memoryPolicy.flags", &flags, e);
	if (err < 0)
		return err;
	err = plan_bit_list(a, m->nodes, NODES_MAX - 1, &nodes, &bits);
	if (err == -ENOMEM)
		return no_memory(e);
	if (err < 0)
		return error_msg(e, EINVAL,
				 ".linux.memoryPolicy.nodes: '%s' is no list of nodes "
				 "0..%d such as '0-1,3'",
				 m->nodes, NODES_MAX - 1);
	ret->mempolicy_mode = (int)(row->value | flags);
	ret->mempolicy_nodes = nodes;
	ret->mempolicy_maxnode = bits;
	ret->has_mempolicy = true;
	return 0;
}

int plan_personality(const struct oci_personality *p, struct process_plan *ret, struct error *e)
{
	const struct name_value *row;

	if (!p)
		return 0;
	row = name_value_find(personality_domains, p->domain ? p->domain : "");
	if (!row)
		return error_msg(e, EINVAL, ".linux.personality.domain: unknown domain '%s'",
				 p->domain ? p->domain : "");
	if (p->flags.n > 0)
		return error_msg(e, EINVAL,
				 ".linux.personality.flags[0]: unknown flag '%s' (the "
				 "spec defines none)",
				 p->flags.v[0]);
	ret->personality = row->value;
	ret->has_personality = true;
	return 0;
}
