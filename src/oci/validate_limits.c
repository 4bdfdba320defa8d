/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the JSON schema cannot say of linux.seccomp and linux.resources. An
 * unknown syscall name is not an error here: which names exist is libseccomp's
 * knowledge (X06).
 */
#include "oci/validate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json/decode.h"
#include "oci/words.h"

enum {
	SECCOMP_ARGS_MAX = 6,
	ERRNO_MAX = 4095,       /* the kernel's MAX_ERRNO: SECCOMP_RET_ERRNO is cut to it */
	TRACE_MAX = UINT16_MAX, /* SECCOMP_RET_DATA */
	SWAPPINESS_MAX = 100,
};

/* --- seccomp --- */

/*
 * An action and its errno, of rule `rule` or, with SIZE_MAX, the defaults; X03.
 * The paths are made on failure only: a profile has hundreds of rules.
 */
static int validate_action(const char *action, const uint32_t *errno_ret, size_t rule,
			   struct error *e)
{
	const char *key = rule == SIZE_MAX ? "defaultErrnoRet" : "errnoRet";
	char at[64] = ".linux.seccomp";
	uint32_t max = 0;

	if (oci_word_index(oci_seccomp_actions, action) >= 0) {
		if (!errno_ret)
			return 0;
		if (strcmp(action, "SCMP_ACT_ERRNO") == 0)
			max = ERRNO_MAX;
		else if (strcmp(action, "SCMP_ACT_TRACE") == 0)
			max = TRACE_MAX;
		if (max && *errno_ret <= max)
			return 0;
		if (rule != SIZE_MAX)
			snprintf(at, sizeof(at), ".linux.seccomp.syscalls[%zu]", rule);
		if (!max)
			return error_msg(e, EINVAL, "%s.%s: %s takes no errno", at, key, action);
		return error_msg(e, EINVAL, "%s.%s: %" PRIu32 " is above %" PRIu32, at, key,
				 *errno_ret, max);
	}
	if (rule == SIZE_MAX)
		return oci_bad_value(e, action, "is not a seccomp action",
				     ".linux.seccomp.defaultAction");
	return oci_bad_value(e, action, "is not a seccomp action",
			     ".linux.seccomp.syscalls[%zu].action", rule);
}

static int validate_syscall(const struct oci_seccomp_syscall *s, size_t i, struct error *e)
{
	int ret;

	if (!s->names.n)
		return error_msg(e, EINVAL, ".linux.seccomp.syscalls[%zu].names: empty", i);
	ret = validate_action(s->action, s->has_errno_ret ? &s->errno_ret : NULL, i, e);
	for (size_t j = 0; ret == 0 && j < s->n_args; j++) {
		const struct oci_seccomp_arg *a = &s->args[j];

		if (a->index >= SECCOMP_ARGS_MAX)
			ret = error_msg(e, EINVAL,
					".linux.seccomp.syscalls[%zu].args[%zu].index: %" PRIu32
					" is above 5",
					i, j, a->index);
		else if (oci_word_index(oci_seccomp_operators, a->op) < 0)
			ret = oci_bad_value(e, a->op, "is not a seccomp operator",
					    ".linux.seccomp.syscalls[%zu].args[%zu].op", i, j);
	}
	return ret;
}

int oci_validate_seccomp(const struct oci_seccomp *s, struct error *e)
{
	int ret = validate_action(s->default_action,
				  s->has_default_errno_ret ? &s->default_errno_ret : NULL, SIZE_MAX,
				  e);

	for (size_t i = 0; ret == 0 && i < s->flags.n; i++)
		if (oci_word_index(oci_seccomp_flags, s->flags.v[i]) < 0)
			ret = oci_bad_value(e, s->flags.v[i], "is not a seccomp flag",
					    ".linux.seccomp.flags[%zu]", i);
	for (size_t i = 0; ret == 0 && i < s->architectures.n; i++)
		if (oci_word_index(oci_seccomp_archs, s->architectures.v[i]) < 0)
			ret = oci_bad_value(e, s->architectures.v[i],
					    "is not a seccomp architecture",
					    ".linux.seccomp.architectures[%zu]", i);
	if (ret == 0 && s->listener_path && s->listener_path[0] != '/')
		ret = oci_bad_value(e, s->listener_path, "is not an absolute path",
				    ".linux.seccomp.listenerPath");
	for (size_t i = 0; ret == 0 && i < s->n_syscalls; i++)
		ret = validate_syscall(&s->syscalls[i], i, e);
	return ret;
}

/* --- resources --- */

static int validate_device(const struct limit_device *d, const char *at, size_t i, struct error *e)
{
	if (d->type && (strlen(d->type) != 1 || !strchr("abc", *d->type)))
		return oci_bad_value(e, d->type, "is not one of 'a', 'b', 'c'",
				     "%s.devices[%zu].type", at, i);
	if (d->access && (!*d->access || !oci_only(d->access, "rwm")))
		return oci_bad_value(e, d->access, "is not made of 'r', 'w' and 'm'",
				     "%s.devices[%zu].access", at, i);
	/* -1 means all of them (runc's libcontainer writes it). */
	if (d->has_major && (d->major < -1 || d->major > OCI_DEVICE_MAJOR_MAX))
		return error_msg(e, EINVAL,
				 "%s.devices[%zu].major: %" PRId64 " is not in the range -1..%d",
				 at, i, d->major, OCI_DEVICE_MAJOR_MAX);
	if (d->has_minor && (d->minor < -1 || d->minor > OCI_DEVICE_MINOR_MAX))
		return error_msg(e, EINVAL,
				 "%s.devices[%zu].minor: %" PRId64 " is not in the range -1..%d",
				 at, i, d->minor, OCI_DEVICE_MINOR_MAX);
	return 0;
}

static int validate_memory(const struct limit_memory *m, const char *at, struct error *e)
{
	const struct {
		const char *key;
		bool has;
		int64_t value;
	} rows[] = {
		{ "limit", m->has_limit, m->limit },
		{ "reservation", m->has_reservation, m->reservation },
		{ "swap", m->has_swap, m->swap },
		{ "kernel", m->has_kernel, m->kernel },
		{ "kernelTCP", m->has_kernel_tcp, m->kernel_tcp },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].has && rows[i].value < -1)
			return error_msg(e, EINVAL,
					 "%s.memory.%s: %" PRId64 " is below -1 (unlimited)", at,
					 rows[i].key, rows[i].value);
	if (m->has_swappiness && m->swappiness > SWAPPINESS_MAX)
		return error_msg(e, EINVAL,
				 "%s.memory.swappiness: %" PRIu64 " is not in the range 0..100", at,
				 m->swappiness);
	return 0;
}

static int validate_cpu(const struct limit_cpu *c, const char *at, struct error *e)
{
	/* The kernel's list syntax: "0-3,8", "0-31:2/4", "all". */
	static const char set[] = "0123456789,-:/ alN";

	if (c->has_idle && c->idle != 0 && c->idle != 1)
		return error_msg(e, EINVAL, "%s.cpu.idle: %" PRId64 " is not 0 or 1", at, c->idle);
	if (c->cpus && !oci_only(c->cpus, set))
		return oci_bad_value(e, c->cpus, "is not a list of CPUs", "%s.cpu.cpus", at);
	if (c->mems && !oci_only(c->mems, set))
		return oci_bad_value(e, c->mems, "is not a list of memory nodes", "%s.cpu.mems",
				     at);
	return 0;
}

static int validate_number_of_device(int64_t major, int64_t minor, const char *where,
				     struct error *e)
{
	if (major < 0 || major > OCI_DEVICE_MAJOR_MAX || minor < 0 || minor > OCI_DEVICE_MINOR_MAX)
		return error_msg(e, EINVAL, "%s: %" PRId64 ":%" PRId64 " is not a device number",
				 where, major, minor);
	return 0;
}

static int validate_io(const struct limit_io *io, const char *at, struct error *e)
{
	const struct {
		const char *key;
		const struct limit_io_throttle *v;
		size_t n;
	} rows[] = {
		{ "throttleReadBpsDevice", io->read_bps, io->n_read_bps },
		{ "throttleWriteBpsDevice", io->write_bps, io->n_write_bps },
		{ "throttleReadIOPSDevice", io->read_iops, io->n_read_iops },
		{ "throttleWriteIOPSDevice", io->write_iops, io->n_write_iops },
	};
	char where[128];
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < io->n_weight_device; i++) {
		snprintf(where, sizeof(where), "%s.blockIO.weightDevice[%zu]", at, i);
		ret = validate_number_of_device(io->weight_device[i].major,
						io->weight_device[i].minor, where, e);
	}
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++)
		for (size_t i = 0; ret == 0 && i < rows[r].n; i++) {
			snprintf(where, sizeof(where), "%s.blockIO.%s[%zu]", at, rows[r].key, i);
			ret = validate_number_of_device(rows[r].v[i].major, rows[r].v[i].minor,
							where, e);
		}
	return ret;
}

/* ^[1-9][0-9]*[KMG]B$ */
static bool is_page_size(const char *s)
{
	size_t digits = strspn(s, "0123456789");

	return digits && *s != '0' && s[digits] && strchr("KMG", s[digits]) &&
	       strcmp(s + digits + 1, "B") == 0;
}

static int validate_names(const struct limits *l, const char *at, struct error *e)
{
	for (size_t i = 0; i < l->n_hugepages; i++)
		if (!is_page_size(l->hugepages[i].page_size))
			return oci_bad_value(e, l->hugepages[i].page_size,
					     "is not a page size such as '2MB'",
					     "%s.hugepageLimits[%zu].pageSize", at, i);
	for (size_t i = 0; i < l->network.n_priorities; i++)
		if (!oci_is_ifname(l->network.priorities[i].name))
			return oci_bad_value(e, l->network.priorities[i].name,
					     "cannot be the name of a network device",
					     "%s.network.priorities[%zu].name", at, i);
	for (size_t i = 0; i < l->n_rdma; i++)
		if (!*l->rdma[i].device || oci_has_control(l->rdma[i].device) ||
		    strpbrk(l->rdma[i].device, " \t/"))
			return oci_bad_value(e, l->rdma[i].device,
					     "cannot be the name of an RDMA device", "%s.rdma", at);
	for (size_t i = 0; i < l->n_unified; i++)
		if (!*l->unified[i].key || l->unified[i].key[0] == '.' ||
		    strchr(l->unified[i].key, '/') || oci_has_control(l->unified[i].key))
			return oci_bad_value(e, l->unified[i].key,
					     "cannot be the name of a cgroup file", "%s.unified",
					     at);
	return 0;
}

int oci_validate_resources(const struct limits *l, const char *at, struct error *e)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < l->n_devices; i++)
		ret = validate_device(&l->devices[i], at, i, e);
	if (ret == 0)
		ret = validate_memory(&l->memory, at, e);
	if (ret == 0)
		ret = validate_cpu(&l->cpu, at, e);
	if (ret == 0)
		ret = validate_io(&l->io, at, e);
	if (ret == 0)
		ret = validate_names(l, at, e);
	return ret;
}
