/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the parts of the validator. Messages read "PATH: 'VALUE' WHY";
 * the caller that knows the file puts its name in front.
 */
#ifndef URUN_OCI_VALIDATE_H
#define URUN_OCI_VALIDATE_H

#include <stdbool.h>

#include "oci/config.h"

enum { OCI_DEVICE_MAJOR_MAX = 0xfff, OCI_DEVICE_MINOR_MAX = 0xfffff };

/* Sets the error "PATH: 'VALUE' WHY" with the path from the format; -EINVAL. */
int oci_bad_value(struct error *e, const char *value, const char *why, const char *path, ...)
	__attribute__((format(printf, 4, 5)));

/* Does s consist of bytes of `set` alone? */
bool oci_only(const char *s, const char *set);

/* Is there a control character (tab allowed) in s? */
bool oci_has_control(const char *s);

/* May s be the name of a network interface (kernel: dev_valid_name())? */
bool oci_is_ifname(const char *s);

/* A process at the JSON path `at` ("", ".process"). */
int oci_validate_process_at(struct oci_process *p, const char *at, struct error *e);

/* The mounts of a config, or of `urun mounts add`. */
int oci_validate_mounts(const struct oci_mount *m, size_t n, struct error *e);

/* The linux object. */
int oci_validate_linux(struct oci_linux *l, struct error *e);

/* linux.seccomp */
int oci_validate_seccomp(const struct oci_seccomp *s, struct error *e);

/* Resources at the JSON path `at` ("", ".linux.resources"). */
int oci_validate_resources(const struct limits *l, const char *at, struct error *e);

#endif
