/* SPDX-License-Identifier: Apache-2.0 */
/* The versions of the OCI runtime spec that urun follows. */
#ifndef URUN_OCI_VERSION_H
#define URUN_OCI_VERSION_H

#define OCI_SPEC_VERSION "1.3.0"
#define OCI_SPEC_VERSION_MIN "1.0.0"

#endif
