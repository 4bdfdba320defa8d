/* SPDX-License-Identifier: Apache-2.0 */
/* The config.json that `urun spec` writes (K16). */
#ifndef URUN_OCI_DEFAULT_SPEC_H
#define URUN_OCI_DEFAULT_SPEC_H

#include <stdbool.h>

#include "base/strbuf.h"

/*
 * Appends the JSON text. `rootless` adds a user namespace, leaves out what only
 * host root could do: devpts gid=5 (an unmapped id) and the device rules.
 * 0 or the strbuf's error.
 */
int oci_default_spec(bool rootless, struct strbuf *out);

#endif
