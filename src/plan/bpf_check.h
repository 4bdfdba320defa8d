/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this a program that seccomp(2) takes? The rules are those of the kernel's
 * own two checks (of classic BPF, and of what seccomp allows of it), which say
 * no more than EINVAL, and say it when all else of the container is done.
 */
#ifndef URUN_PLAN_BPF_CHECK_H
#define URUN_PLAN_BPF_CHECK_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

/* 0, or -EINVAL with the instruction at fault and why. */
int bpf_check(const struct sock_filter *insns, size_t n, size_t *ret_at, const char **ret_why);

/*
 * Can it answer SECCOMP_RET_USER_NOTIF, by an instruction that says so, or with
 * `computed` by one that answers what it has in the accumulator?
 */
bool bpf_notifies(const struct sock_filter *insns, size_t n, bool computed);

#endif
