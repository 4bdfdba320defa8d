/* SPDX-License-Identifier: Apache-2.0 */
/* Which limit asks for something: see limits.h. files.c agrees with it (is_default). */
#include <string.h>

#include "cgroup/convert.h"
#include "cgroup/limits.h"

static const char *memory_asked(const struct limit_memory *m)
{
	if (m->has_limit && m->limit > 0)
		return "memory.limit";
	/* No swap at all is a limit, but where memory is unlimited 0 is "not given" (V02). */
	if (m->has_swap && (m->swap > 0 || (m->swap == 0 && !(m->has_limit && m->limit < 0))))
		return "memory.swap";
	if (m->has_reservation && m->reservation > 0)
		return "memory.reservation";
	if (m->has_kernel && m->kernel > 0)
		return "memory.kernel";
	if (m->has_kernel_tcp && m->kernel_tcp > 0)
		return "memory.kernelTCP";
	return NULL;
}

static const char *cpu_asked(const struct limit_cpu *c)
{
	if (c->has_shares && c->shares != 0 && c->shares != CPU_SHARES_DEFAULT)
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

static bool has_rate(const struct limit_io_throttle *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (t[i].rate != 0)
			return true;
	return false;
}

static const char *io_asked(const struct limit_io *io)
{
	if (io->has_weight && io->weight != 0)
		return "blockIO.weight";
	for (size_t i = 0; i < io->n_weight_device; i++)
		if (io->weight_device[i].has_weight && io->weight_device[i].weight != 0)
			return "blockIO.weightDevice";
	if (has_rate(io->read_bps, io->n_read_bps))
		return "blockIO.throttleReadBpsDevice";
	if (has_rate(io->write_bps, io->n_write_bps))
		return "blockIO.throttleWriteBpsDevice";
	if (has_rate(io->read_iops, io->n_read_iops))
		return "blockIO.throttleReadIOPSDevice";
	if (has_rate(io->write_iops, io->n_write_iops))
		return "blockIO.throttleWriteIOPSDevice";
	return NULL;
}

const char *limits_first_asked(const struct limits *l)
{
	const char *key = memory_asked(&l->memory);

	if (!key)
		key = cpu_asked(&l->cpu);
	if (!key)
		key = io_asked(&l->io);
	if (key)
		return key;
	/* -1 is "no limit"; 0 is a real one since spec 1.3 (V12). */
	if (l->pids.has_limit && l->pids.limit >= 0)
		return "pids.limit";
	if (l->n_hugepages)
		return "hugepageLimits";
	for (size_t i = 0; i < l->n_rdma; i++)
		if (l->rdma[i].has_hca_handles || l->rdma[i].has_hca_objects)
			return "rdma";
	if (l->n_unified)
		return "unified";
	if (l->network.has_class_id && l->network.class_id != 0)
		return "network.classID";
	if (l->network.n_priorities)
		return "network.priorities";
	/*
	 * Device rules: which nodes a caller without privilege can reach is decided by the
	 * nodes that are bound in, and by the kernel's own check of the caller; a rule can only
	 * deny more. D06, V22.
	 */
	return NULL;
}

bool limits_deny_device(const struct limits *l)
{
	for (size_t i = 0; i < l->n_devices; i++)
		if (!l->devices[i].allow)
			return true;
	return false;
}

static bool same_text(const char *x, const char *y)
{
	return x && y ? strcmp(x, y) == 0 : x == y;
}

static bool same_device(const struct limit_device *x, const struct limit_device *y)
{
	return x->allow == y->allow && same_text(x->type, y->type) &&
	       same_text(x->access, y->access) && x->has_major == y->has_major &&
	       x->major == y->major && x->has_minor == y->has_minor && x->minor == y->minor;
}

bool limits_same_devices(const struct limits *x, const struct limits *y)
{
	if (x->n_devices != y->n_devices)
		return false;
	for (size_t i = 0; i < x->n_devices; i++)
		if (!same_device(&x->devices[i], &y->devices[i]))
			return false;
	return true;
}
