/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that a later issue implements and whose absence would change the
 * container: refused by name, never dropped.
 */
#include <errno.h>

#include "plan/plan.h"

int plan_refuse_unsupported(const struct oci_config *c, struct error *e)
{
	const char *key = NULL;

	if (oci_annotation(c, "run.oci.handler"))
		key = ".annotations[\"run.oci.handler\"]";
	if (key)
		return error_kind(e, KIND_CONFIG_UNSUPPORTED, ENOTSUP, "not supported yet: %s",
				  key);
	return 0;
}
