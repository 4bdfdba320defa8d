/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See sched.h. The kernel answers EINVAL to any wrong number and EPERM to any
 * missing privilege; the messages here say which field or which limit it was.
 */
#include "process/sched.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>

#include "base/syscalls.h"

enum { /* sched(7); <sched.h> lacks the newer ones */
       POLICY_OTHER = 0,
       POLICY_FIFO = 1,
       POLICY_RR = 2,
       POLICY_BATCH = 3,
       POLICY_DEADLINE = 6,
       IOPRIO_WHO_PROCESS = 1,
       IOPRIO_CLASS_SHIFT = 13,
       IOPRIO_CLASS_RT = 1,
};

/* struct sched_attr of <linux/sched/types.h>, which newer glibc defines too. */
struct scheduler_attr {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

static const uint64_t deadline_min = 1024; /* nanoseconds: the kernel's resolution */

static int explain_deadline(const struct sched_plan *s, struct error *e)
{
	const char *what = NULL;

	if (s->runtime < deadline_min)
		what = "runtime must be at least 1024 ns";
	else if (s->deadline < s->runtime)
		what = "deadline must not be below runtime";
	else if (s->period != 0 && s->period < s->deadline)
		what = "period must not be below deadline";
	if (what)
		return error_msg(e, EINVAL,
				 ".process.scheduler: %s (runtime %" PRIu64 ", deadline %" PRIu64
				 ", period %" PRIu64 ")",
				 what, s->runtime, s->deadline, s->period);
	return error_set(e, EINVAL,
			 "set SCHED_DEADLINE (runtime %" PRIu64 ", deadline %" PRIu64
			 ", period %" PRIu64 ", flags 0x%" PRIx64 ")",
			 s->runtime, s->deadline, s->period, s->flags);
}

static int explain_scheduler(const struct sched_plan *s, int err, struct error *e)
{
	bool is_realtime = s->policy == POLICY_FIFO || s->policy == POLICY_RR;

	if (err == -EINVAL && s->policy == POLICY_DEADLINE)
		return explain_deadline(s, e);
	if (err == -EINVAL && is_realtime && s->priority == 0)
		return error_msg(e, EINVAL,
				 ".process.scheduler.priority: must be 1..99 for a "
				 "real-time policy");
	if (err == -EINVAL && !is_realtime && s->priority != 0)
		return error_msg(e, EINVAL,
				 ".process.scheduler.priority: must be 0, the policy is "
				 "no real-time one");
	error_set(e, err, "set the scheduler (policy %u, nice %d, priority %u)", s->policy, s->nice,
		  s->priority);
	if (err != -EPERM)
		return err;
	if (is_realtime)
		error_hint(e,
			   "give the caller RLIMIT_RTPRIO of at least %u (limits.conf(5): "
			   "rtprio; systemd: LimitRTPRIO=)",
			   s->priority);
	else if (s->policy == POLICY_DEADLINE)
		error_hint(e, "SCHED_DEADLINE needs CAP_SYS_NICE on the host: run as root");
	else if (s->nice < 0)
		error_hint(e,
			   "give the caller RLIMIT_NICE of at least %d (limits.conf(5): nice; "
			   "systemd: LimitNICE=)",
			   20 - s->nice);
	return err;
}

int process_set_scheduler(const struct process_plan *p, struct error *e)
{
	const struct sched_plan *s = p->sched;
	struct scheduler_attr attr;

	if (!s)
		return 0;
	attr = (struct scheduler_attr){
		.size = sizeof(attr),
		.policy = s->policy,
		.flags = s->flags,
		.nice = s->nice,
		.priority = s->priority,
		.runtime = s->runtime,
		.deadline = s->deadline,
		.period = s->period,
	};
	if (syscall(SYS_sched_setattr, 0, &attr, 0U) < 0)
		return explain_scheduler(s, -errno, e);
	return 0;
}

int process_set_io_priority(const struct process_plan *p, struct error *e)
{
	int err;

	if (!p->has_io_priority ||
	    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, p->io_priority) == 0)
		return 0;
	err = errno;
	error_set(e, err, "set I/O priority class %d, level %d",
		  p->io_priority >> IOPRIO_CLASS_SHIFT,
		  p->io_priority & ((1 << IOPRIO_CLASS_SHIFT) - 1));
	if (err == EPERM && p->io_priority >> IOPRIO_CLASS_SHIFT == IOPRIO_CLASS_RT)
		error_hint(e,
			   "IOPRIO_CLASS_RT needs CAP_SYS_NICE on the host: use IOPRIO_CLASS_BE");
	return -err;
}

int process_set_affinity(const unsigned long *mask, size_t bits, struct error *e)
{
	if (!mask || bits == 0)
		return 0;
	if (syscall(SYS_sched_setaffinity, 0, bits / CHAR_BIT, mask) < 0)
		return error_set(e, errno, "set the CPU affinity");
	return 0;
}
