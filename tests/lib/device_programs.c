/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device programs of a cgroup, for tests run by root:
 *
 *   device_programs list DIR     the name of each that is attached to it, one a line
 *   device_programs ids DIR      their numbers
 *   device_programs alone DIR    attaches one that allows all and bears no other beside it
 *   device_programs other DIR    the same, but others may stand beside it
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int list(int dir, bool numbers)
{
	__u32 ids[64];
	union bpf_attr attr;
	__u32 n;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (__u32)dir;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = (__u64)(uintptr_t)ids;
	attr.query.prog_cnt = 64;
	if (bpf(BPF_PROG_QUERY, &attr) < 0)
		return -1;
	n = attr.query.prog_cnt;
	for (__u32 i = 0; i < n; i++) {
		struct bpf_prog_info info;
		int fd;

		memset(&attr, 0, sizeof(attr));
		attr.prog_id = ids[i];
		fd = bpf(BPF_PROG_GET_FD_BY_ID, &attr);
		memset(&attr, 0, sizeof(attr));
		memset(&info, 0, sizeof(info));
		attr.info.bpf_fd = (__u32)fd;
		attr.info.info_len = sizeof(info);
		attr.info.info = (__u64)(uintptr_t)&info;
		if (fd < 0 || bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) < 0)
			return -1;
		if (numbers)
			printf("%u\n", info.id);
		else
			printf("%.*s\n", (int)sizeof(info.name), info.name);
		close(fd);
	}
	return 0;
}

static int put(int dir, __u32 flags)
{
	static const char license[] = "Apache-2.0", name[] = "other";
	const struct bpf_insn yes[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (__u64)(uintptr_t)yes;
	attr.insn_cnt = sizeof(yes) / sizeof(*yes);
	attr.license = (__u64)(uintptr_t)license;
	memcpy(attr.prog_name, name, sizeof(name));
	fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0)
		return -1;
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (__u32)dir;
	attr.attach_bpf_fd = (__u32)fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = flags;
	return bpf(BPF_PROG_ATTACH, &attr);
}

int main(int argc, char **argv)
{
	const char *verb = argc == 3 ? argv[1] : "";
	int dir = argc == 3 ? open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int r = -1;

	if (dir >= 0 && strcmp(verb, "list") == 0)
		r = list(dir, false);
	else if (dir >= 0 && strcmp(verb, "ids") == 0)
		r = list(dir, true);
	else if (dir >= 0 && strcmp(verb, "alone") == 0)
		r = put(dir, 0);
	else if (dir >= 0 && strcmp(verb, "other") == 0)
		r = put(dir, BPF_F_ALLOW_MULTI);
	else
		fprintf(stderr, "usage: device_programs list|ids|alone|other DIR\n");
	if (r < 0)
		perror(verb);
	return r < 0;
}
