/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions of a classic BPF program; linux/filter.h has macros for literals. */
#ifndef URUN_PROCESS_BPF_H
#define URUN_PROCESS_BPF_H

#include <linux/filter.h>
#include <stdint.h>

static inline struct sock_filter bpf_stmt(uint16_t code, uint32_t k)
{
	return (struct sock_filter)BPF_STMT(code, k);
}

/* `test` is BPF_JEQ, BPF_JGT, ...; compares the accumulator with k. */
static inline struct sock_filter bpf_jump(uint16_t test, uint32_t k, uint8_t yes, uint8_t no)
{
	return (struct sock_filter)BPF_JUMP(BPF_JMP | test | BPF_K, k, yes, no);
}

#endif
