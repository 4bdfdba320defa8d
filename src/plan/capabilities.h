/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of capabilities(7), from the kernel's numbers. One table serves
 * the planner, the messages and the `features` document.
 */
#ifndef URUN_PLAN_CAPABILITIES_H
#define URUN_PLAN_CAPABILITIES_H

#include <stddef.h>
#include <stdint.h>

#include "oci/config.h"

enum { CAPABILITY_COUNT = 41 };

/* Index = number of the capability. */
extern const char *const capability_names[CAPABILITY_COUNT];

/* Number of "CAP_NAME" (in any case), or -EINVAL. */
int capability_number(const char *name);

/*
 * A list of names as a set, bit N = capability N. Names that are unknown here
 * or to the kernel (above last_cap) are left out with a warning, as the spec
 * demands (C46); `set` names the list in it.
 */
uint64_t capability_set(const struct oci_strings *names, const char *set, unsigned int last_cap);

/*
 * An error with the JSON path where any set has a name that capability_set()
 * would leave out (--strict); c may be NULL.
 */
int capability_check_names(const struct oci_capabilities *c, unsigned int last_cap,
			   struct error *e);

#endif
