/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device rules as a program for the kernel (V22). Pure: device_filter.h loads it.
 */
#ifndef URUN_CGROUP_DEVICE_BPF_H
#define URUN_CGROUP_DEVICE_BPF_H

#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "cgroup/limits.h"

struct bpf_insn;

enum {
	DEVICE_RULES_MAX = 1024, /* of a config; the verifier takes 0.2 s for the worst of them */
	DEVICE_RULE_INSNS = 14,  /* of one rule at most */
	DEVICE_FRAME_INSNS = 10, /* around the rules */
};

struct device_program {
	struct bpf_insn *insns;
	size_t n; /* 0: none is needed, as nothing would be denied */
};

/*
 * The program of the rules of a config and, on top of them, of what each container needs.
 * Too many rules are an error that names the key.
 */
int device_program_make(struct arena *a, const struct limits *l, struct device_program *ret,
			struct error *e);

/*
 * The instructions of these rules alone: the last rule that matches decides, for each of
 * read, write and mknod by itself; without one it is denied. `out` has room for
 * DEVICE_FRAME_INSNS and DEVICE_RULE_INSNS for each rule. Returns how many there are.
 */
size_t device_bpf_emit(const struct limit_device *rules, size_t n, struct bpf_insn *out);

/* Whether no access to any device is denied. */
bool device_rules_allow_all(const struct limit_device *rules, size_t n);

#endif
