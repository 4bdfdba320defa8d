/* SPDX-License-Identifier: Apache-2.0 */
/* See device_filter.h. */
#include "cgroup/device_filter.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/syscalls.h"

/* By it ours is told from systemd's and others'. */
static const char program_name[] = "urun_device";

_Static_assert(sizeof(program_name) <= BPF_OBJ_NAME_LEN, "the kernel's limit");

enum { PROGRAMS_MAX = 64 }; /* of a cgroup; the kernel's BPF_CGROUP_MAX_PROGS */

static int call(enum bpf_cmd cmd, union bpf_attr *attr)
{
	int r = sys_bpf(cmd, attr, sizeof(*attr));

	return r < 0 ? -errno : r;
}

static __u64 address(const void *p)
{
	return (__u64)(uintptr_t)p;
}

static int load(const struct device_program *p)
{
	/* No helper is called, and so no license asked for. */
	static const char license[] = "Apache-2.0";
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.expected_attach_type = BPF_CGROUP_DEVICE;
	attr.insns = address(p->insns);
	attr.insn_cnt = (__u32)p->n;
	attr.license = address(license);
	memcpy(attr.prog_name, program_name, sizeof(program_name));
	return call(BPF_PROG_LOAD, &attr);
}

/* Beside those of others; `old`, if any, goes in the same step. */
static int attach(int dir, int program, int old)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (__u32)dir;
	attr.attach_bpf_fd = (__u32)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	if (old >= 0) {
		attr.attach_flags |= BPF_F_REPLACE;
		attr.replace_bpf_fd = (__u32)old;
	}
	return call(BPF_PROG_ATTACH, &attr);
}

static int detach(int dir, int program)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (__u32)dir;
	attr.attach_bpf_fd = (__u32)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	return call(BPF_PROG_DETACH, &attr);
}

static bool is_ours(int program)
{
	struct bpf_prog_info info;
	union bpf_attr attr;

	memset(&info, 0, sizeof(info));
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (__u32)program;
	attr.info.info_len = sizeof(info);
	attr.info.info = address(&info);
	return call(BPF_OBJ_GET_INFO_BY_FD, &attr) >= 0 &&
	       strncmp(info.name, program_name, sizeof(info.name)) == 0;
}

/* The one of ours that is there, or -ENOENT. */
static int find_ours(int dir)
{
	__u32 ids[PROGRAMS_MAX];
	union bpf_attr attr;
	__u32 n;
	int r;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (__u32)dir;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = address(ids);
	attr.query.prog_cnt = PROGRAMS_MAX;
	r = call(BPF_PROG_QUERY, &attr);
	if (r < 0)
		return r;
	n = attr.query.prog_cnt;
	for (__u32 i = 0; i < n; i++) {
		cleanup_fd int program = -EBADF;

		memset(&attr, 0, sizeof(attr));
		attr.prog_id = ids[i];
		program = call(BPF_PROG_GET_FD_BY_ID, &attr);
		/* Gone, or kept from us by a security module: it is somebody else's. */
		if (program < 0)
			log_debug("device filter %u: errno %d", ids[i], -program);
		else if (is_ours(program))
			return take_fd(&program);
	}
	return -ENOENT;
}

static int fail(struct error *e, int r, const char *what)
{
	error_kind(e, KIND_CGROUP, -r,
		   "cannot enforce .linux.resources.devices: %s the device filter (errno %d)", what,
		   -r);
	return error_hint(e, "does root have CAP_BPF and CAP_NET_ADMIN, and the kernel "
			     "CONFIG_CGROUP_BPF? Rules that deny nothing need neither");
}

int device_filter_set(int dir, const struct device_program *p, struct device_filter *ret,
		      struct error *e)
{
	cleanup_fd int now = -EBADF, before = find_ours(dir);
	int r;

	if (before < 0 && before != -ENOENT)
		return fail(e, before, "look for");
	if (p->n) {
		now = load(p);
		if (now < 0)
			return fail(e, now, "load");
		r = attach(dir, now, before);
		if (r < 0)
			return fail(e, r, "attach");
	} else if (before >= 0) {
		r = detach(dir, before);
		if (r < 0)
			return fail(e, r, "detach");
	}
	*ret = (struct device_filter){ .dir = dir,
				       .now = take_fd(&now),
				       .before = take_fd(&before) };
	return 0;
}

void device_filter_undo(struct device_filter *f, struct error *e)
{
	int r = 0;

	if (f->before >= 0)
		r = attach(f->dir, f->before, f->now);
	else if (f->now >= 0)
		r = detach(f->dir, f->now);
	if (r < 0)
		error_prefix(e, "the new device filter stays (errno %d)", -r);
	device_filter_done(f);
}

void device_filter_done(struct device_filter *f)
{
	cleanup_fdp(&f->now);
	cleanup_fdp(&f->before);
	f->now = f->before = -EBADF;
}
