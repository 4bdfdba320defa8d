/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that a later issue implements and whose absence would change the
 * container: refused by name, never dropped. Limits that change nothing
 * (containerd's cpu.shares 1024, podman's bare device deny) are no limits.
 */
#include <errno.h>
#include <string.h>

#include "plan/plan.h"

/* cgroup v2's weight for 1024 shares is the default, 100. */
enum { DEFAULT_CPU_SHARES = 1024, DEFAULT_CPU_PERIOD = 100000 };

static const char *memory_limit(const struct limit_memory *m)
{
	if (m->has_limit && m->limit > 0)
		return "memory.limit";
	if (m->has_swap && m->swap > 0)
		return "memory.swap";
	if (m->has_reservation && m->reservation > 0)
		return "memory.reservation";
	if (m->has_kernel && m->kernel > 0)
		return "memory.kernel";
	if (m->has_kernel_tcp && m->kernel_tcp > 0)
		return "memory.kernelTCP";
	return NULL;
}

static const char *cpu_limit(const struct limit_cpu *c)
{
	if (c->has_shares && c->shares != 0 && c->shares != DEFAULT_CPU_SHARES)
		return "cpu.shares";
	if (c->has_quota && c->quota > 0)
		return "cpu.quota";
	if (c->has_burst && c->burst != 0)
		return "cpu.burst";
	if (c->has_idle && c->idle != 0)
		return "cpu.idle";
	if (c->has_realtime_runtime && c->realtime_runtime != 0)
		return "cpu.realtimeRuntime";
	if (c->cpus && *c->cpus)
		return "cpu.cpus";
	if (c->mems && *c->mems)
		return "cpu.mems";
	return NULL;
}

static const char *io_limit(const struct limit_io *io)
{
	if (io->has_weight && io->weight != 0)
		return "blockIO.weight";
	if (io->n_weight_device)
		return "blockIO.weightDevice";
	if (io->n_read_bps || io->n_write_bps || io->n_read_iops || io->n_write_iops)
		return "blockIO.throttle*Device";
	return NULL;
}

/* The first limit that asks for something, as a key below .linux.resources. */
static const char *first_limit(const struct limits *l)
{
	const char *key = memory_limit(&l->memory);

	if (!key)
		key = cpu_limit(&l->cpu);
	if (!key)
		key = io_limit(&l->io);
	if (key)
		return key;
	/* -1 is "no limit"; 0 is a real one since spec 1.3 (V12). */
	if (l->pids.has_limit && l->pids.limit >= 0)
		return "pids.limit";
	if (l->n_hugepages)
		return "hugepageLimits";
	if (l->n_rdma)
		return "rdma";
	if (l->n_unified)
		return "unified";
	if (l->network.has_class_id && l->network.class_id != 0)
		return "network.classID";
	if (l->network.n_priorities)
		return "network.priorities";
	/*
	 * Device rules: which nodes a caller without privilege can reach is
	 * decided by the nodes that are bound in, and by the kernel's own check of
	 * the caller; a rule can only deny more. D06, V22.
	 */
	return NULL;
}

const char *plan_first_limit(const struct oci_config *c)
{
	return c->linux->resources ? first_limit(c->linux->resources) : NULL;
}

int plan_refuse_unsupported(const struct oci_config *c, struct error *e)
{
	const char *key = NULL;

	if (oci_annotation(c, "run.oci.handler"))
		key = ".annotations[\"run.oci.handler\"]";
	else if (oci_annotation(c, "run.oci.systemd.force_cgroup_v1"))
		key = ".annotations[\"run.oci.systemd.force_cgroup_v1\"]";
	else if (oci_annotation(c, "run.oci.delegate-cgroup"))
		key = ".annotations[\"run.oci.delegate-cgroup\"]";
	if (key)
		return error_kind(e, KIND_CONFIG_UNSUPPORTED, ENOTSUP, "not supported yet: %s",
				  key);
	return 0;
}
