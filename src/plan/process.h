/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_process() and its kin are declared in plan.h; here is what else of
 * process.c others use: exec turns its CPU lists into masks (C33).
 *
 * plan_process() reads ret->keep_groups, ret->deny_groups and
 * ret->strict_rlimits, which the caller sets beforehand (in an else zeroed
 * struct), and keeps them. Without HOME in the config env ends with "HOME=/",
 * which process_set_home() replaces by what the container's passwd says.
 */
#ifndef URUN_PLAN_PROCESS_H
#define URUN_PLAN_PROCESS_H

#include "plan/plan.h"

/*
 * A list "0-3,7" as a bit mask of longs, arena-owned; *ret_bits is a multiple
 * of the bits of a long. An empty list gives NULL and 0. -EINVAL where the text
 * is no such list, -ERANGE over `max`, -ENOMEM.
 */
int plan_bit_list(struct arena *a, const char *list, unsigned int max, unsigned long **ret_mask,
		  size_t *ret_bits);

#endif
