/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See rlimits.h. Engines send the limits of their own service (podman: NOFILE
 * and NPROC of the machine), which a user's session often cannot raise: a
 * container that starts with the limit it can have beats one that does not.
 */
#include "process/rlimits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "base/parse.h"
#include "base/syscalls.h"
#include "process/procfs.h"

struct limit64 { /* struct rlimit64 of prlimit64(2) on every machine */
	uint64_t soft, hard;
};

static int prlimit64_of(pid_t pid, int resource, const struct limit64 *new, struct limit64 *ret_old)
{
	return syscall(SYS_prlimit64, pid, resource, new, ret_old) < 0 ? -errno : 0;
}

static int prlimit64_self(int resource, const struct limit64 *new, struct limit64 *ret_old)
{
	return prlimit64_of(0, resource, new, ret_old);
}

void process_raise_rlimits(const struct process_plan *p, pid_t pid)
{
	for (size_t i = 0; i < p->n_rlimits; i++) {
		const struct limit64 want = { p->rlimits[i].soft, p->rlimits[i].hard };
		int r = prlimit64_of(pid, p->rlimits[i].resource, &want, NULL);

		if (r < 0)
			log_debug("raise %s from outside: %s", p->rlimits[i].name, error_words(-r));
	}
}

static int set_rlimit(const struct rlimit_plan *r, bool strict, struct error *e)
{
	struct limit64 want = { r->soft, r->hard }, now;
	int err = prlimit64_self(r->resource, &want, NULL);

	if (err == 0)
		return 0;
	if (err != -EPERM || strict || prlimit64_self(r->resource, NULL, &now) < 0) {
		error_set(e, err, "set %s to %" PRIu64 ":%" PRIu64, r->name, r->soft, r->hard);
		if (err == -EPERM)
			error_hint(e, "raise the hard limit of the caller (limits.conf(5), "
				      "systemd's Limit*= of the user's session)");
		return err;
	}
	if (want.hard > now.hard)
		want.hard = now.hard;
	if (want.soft > want.hard)
		want.soft = want.hard;
	err = prlimit64_self(r->resource, &want, NULL);
	if (err < 0)
		return error_set(e, err, "set %s to %" PRIu64 ":%" PRIu64, r->name, want.soft,
				 want.hard);
	log_warning("%s is %" PRIu64 ":%" PRIu64 " instead of %" PRIu64 ":%" PRIu64
		    ": the caller's hard limit is lower and not ours to raise",
		    r->name, want.soft, want.hard, r->soft, r->hard);
	return 0;
}

int process_set_rlimits(const struct process_plan *p, struct error *e)
{
	for (size_t i = 0; i < p->n_rlimits; i++) {
		int r = set_rlimit(&p->rlimits[i], p->strict_rlimits, e);

		if (r < 0)
			return r;
	}
	return 0;
}

static const char oom_path[] = "thread-self/oom_score_adj";

static int write_oom(int proc_fd, const char *value, bool is_alone)
{
	int r = procfs_write(proc_fd, oom_path, value);

	if (r != -EACCES || !is_alone || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1)
		return r;
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return -errno;
	r = procfs_write(proc_fd, oom_path, value);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	return r;
}

int process_set_oom_score_adj(const struct process_plan *p, int proc_fd, bool is_alone,
			      struct error *e)
{
	char value[16], now[16];
	int64_t score;
	int r;

	if (!p->has_oom_score_adj)
		return 0;
	/* The score we have needs no write, and so no privilege. */
	if (procfs_read(proc_fd, oom_path, now, sizeof(now)) < 0 || parse_i64(now, &score) < 0)
		score = INT64_MAX;
	if (score == p->oom_score_adj)
		return 0;
	snprintf(value, sizeof(value), "%d", p->oom_score_adj);
	r = write_oom(proc_fd, value, is_alone);
	if (r == -EACCES || r == -EPERM) {
		log_warning("oom_score_adj stays at %s: %d needs CAP_SYS_RESOURCE",
			    score == INT64_MAX ? "the caller's" : now, p->oom_score_adj);
		return 0;
	}
	if (r < 0)
		return error_set(e, r, "set oom_score_adj to %d", p->oom_score_adj);
	return 0;
}
