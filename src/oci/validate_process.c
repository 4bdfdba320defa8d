/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the JSON schema cannot say of a process object, for create and exec.
 * Capability names are not looked at: an unknown one is warned of by the plan
 * (spec: SHOULD NOT fail, C46).
 */
#include "oci/validate.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "oci/words.h"

enum {
	UMASK_MAX = 0777,
	OOM_SCORE_ADJ_MAX = 1000,
	WINSIZE_MAX = UINT16_MAX, /* struct winsize */
	NICE_MIN = -20,
	NICE_MAX = 19,
	RT_PRIORITY_MAX = 99,
	IO_PRIORITY_MAX = 7,
};

static int validate_user(const struct oci_user *u, const char *at, struct error *e)
{
	/* (uid_t)-1 means "leave unchanged" to setresuid(2). */
	if (u->uid == UINT32_MAX)
		return error_msg(e, EINVAL, "%s.user.uid: 4294967295 (-1) is no user id", at);
	if (u->gid == UINT32_MAX)
		return error_msg(e, EINVAL, "%s.user.gid: 4294967295 (-1) is no group id", at);
	for (size_t i = 0; i < u->n_additional_gids; i++)
		if (u->additional_gids[i] == UINT32_MAX)
			return error_msg(
				e, EINVAL,
				"%s.user.additionalGids[%zu]: 4294967295 (-1) is no group id", at,
				i);
	if (u->has_umask && u->umask > UMASK_MAX)
		return error_msg(e, EINVAL, "%s.user.umask: %" PRIu32 " is above 511 (0777)", at,
				 u->umask);
	return 0;
}

static int validate_rlimit(struct oci_process *p, size_t i, const char *at, struct error *e)
{
	struct oci_rlimit *r = &p->rlimits[i];
	const struct oci_rlimit_word *w = oci_rlimits;

	while (w->name && strcmp(w->name, r->type) != 0)
		w++;
	if (!w->name)
		return oci_bad_value(e, r->type, "is not a resource limit of Linux",
				     "%s.rlimits[%zu].type", at, i);
	r->resource = w->resource;
	for (size_t j = 0; j < i; j++)
		if (p->rlimits[j].resource == r->resource)
			return oci_bad_value(e, r->type, "is given twice", "%s.rlimits[%zu].type",
					     at, i);
	if (r->soft > r->hard)
		return error_msg(e, EINVAL,
				 "%s.rlimits[%zu]: %s: soft limit %" PRIu64
				 " is above the hard limit %" PRIu64,
				 at, i, r->type, r->soft, r->hard);
	return 0;
}

static int validate_deadline(const struct oci_scheduler *s, const char *at, struct error *e)
{
	if (strcmp(s->policy, "SCHED_DEADLINE") != 0) {
		if (s->runtime || s->deadline || s->period)
			return error_msg(e, EINVAL,
					 "%s.scheduler: runtime, deadline and period are for "
					 "SCHED_DEADLINE, not for %s",
					 at, s->policy);
		return 0;
	}
	if (s->runtime == 0 || s->deadline < s->runtime || (s->period && s->period < s->deadline))
		return error_msg(e, EINVAL,
				 "%s.scheduler: SCHED_DEADLINE wants 0 < runtime <= deadline <= "
				 "period, but they are %" PRIu64 ", %" PRIu64 ", %" PRIu64,
				 at, s->runtime, s->deadline, s->period);
	return 0;
}

static int validate_scheduler(const struct oci_scheduler *s, const char *at, struct error *e)
{
	bool is_realtime;

	if (oci_word_index(oci_scheduler_policies, s->policy) < 0)
		return oci_bad_value(e, s->policy, "is not a scheduling policy of Linux",
				     "%s.scheduler.policy", at);
	for (size_t i = 0; i < s->flags.n; i++)
		if (oci_word_index(oci_scheduler_flags, s->flags.v[i]) < 0)
			return oci_bad_value(e, s->flags.v[i], "is not a scheduler flag",
					     "%s.scheduler.flags[%zu]", at, i);
	if (s->nice < NICE_MIN || s->nice > NICE_MAX)
		return error_msg(e, EINVAL,
				 "%s.scheduler.nice: %" PRId32 " is not in the range -20..19", at,
				 s->nice);
	is_realtime = !strcmp(s->policy, "SCHED_FIFO") || !strcmp(s->policy, "SCHED_RR");
	if (is_realtime && (s->priority < 1 || s->priority > RT_PRIORITY_MAX))
		return error_msg(e, EINVAL,
				 "%s.scheduler.priority: %" PRId32
				 " is not in the range 1..99 of %s",
				 at, s->priority, s->policy);
	if (!is_realtime && s->priority)
		return error_msg(e, EINVAL,
				 "%s.scheduler.priority: %" PRId32 " is not 0, as %s wants it", at,
				 s->priority, s->policy);
	return validate_deadline(s, at, e);
}

static int validate_io_priority(const struct oci_io_priority *p, const char *at, struct error *e)
{
	if (oci_word_index(oci_io_priority_classes, p->class) < 0)
		return oci_bad_value(e, p->class, "is not an I/O priority class",
				     "%s.ioPriority.class", at);
	if (p->priority < 0 || p->priority > IO_PRIORITY_MAX)
		return error_msg(e, EINVAL,
				 "%s.ioPriority.priority: %" PRId32 " is not in the range 0..7", at,
				 p->priority);
	return 0;
}

static int validate_affinity(const struct oci_exec_cpu_affinity *a, const char *at, struct error *e)
{
	static const char set[] = "0123456789, -";

	if (a->initial && !oci_only(a->initial, set))
		return oci_bad_value(e, a->initial, "is not a list of CPUs",
				     "%s.execCPUAffinity.initial", at);
	if (a->final && !oci_only(a->final, set))
		return oci_bad_value(e, a->final, "is not a list of CPUs",
				     "%s.execCPUAffinity.final", at);
	return 0;
}

static int validate_numbers(const struct oci_process *p, const char *at, struct error *e)
{
	const struct oci_console_size *size = p->console_size;

	if (p->has_oom_score_adj &&
	    (p->oom_score_adj < -OOM_SCORE_ADJ_MAX || p->oom_score_adj > OOM_SCORE_ADJ_MAX))
		return error_msg(e, EINVAL,
				 "%s.oomScoreAdj: %" PRId64 " is not in the range -1000..1000", at,
				 p->oom_score_adj);
	if (size && (size->height > WINSIZE_MAX || size->width > WINSIZE_MAX))
		return error_msg(e, EINVAL,
				 "%s.consoleSize: %" PRIu64 " x %" PRIu64
				 " is above 65535 rows or columns",
				 at, size->height, size->width);
	return 0;
}

int oci_validate_process_at(struct oci_process *p, const char *at, struct error *e)
{
	int ret;

	if (p->cwd[0] != '/')
		return oci_bad_value(e, p->cwd, "is not an absolute path", "%s.cwd", at);
	for (size_t i = 0; i < p->env.n; i++)
		if (!strchr(p->env.v[i], '='))
			return oci_bad_value(e, p->env.v[i], "has no '='", "%s.env[%zu]", at, i);
	ret = validate_user(&p->user, at, e);
	if (ret == 0)
		ret = validate_numbers(p, at, e);
	for (size_t i = 0; ret == 0 && i < p->n_rlimits; i++)
		ret = validate_rlimit(p, i, at, e);
	if (ret == 0 && p->scheduler)
		ret = validate_scheduler(p->scheduler, at, e);
	if (ret == 0 && p->io_priority)
		ret = validate_io_priority(p->io_priority, at, e);
	if (ret == 0 && p->exec_cpu_affinity)
		ret = validate_affinity(p->exec_cpu_affinity, at, e);
	return ret;
}
