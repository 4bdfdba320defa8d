/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled filters kept on disk (X08): libseccomp needs 12 to 25 ms for podman's
 * default profile, the cache 0.12 ms, most of it for the two hashes. The key
 * covers every field that can change the program; a file that is not ours alone,
 * is damaged, or was made with another libseccomp, counts as not there.
 */
#ifndef URUN_PROCESS_SECCOMP_CACHE_H
#define URUN_PROCESS_SECCOMP_CACHE_H

#include "base/sha256.h"
#include "process/seccomp.h"

enum { SECCOMP_CACHE_FILES = 64 }; /* more than these: the older half goes */

/* Key of the program that seccomp_compile() would make. */
void seccomp_cache_key(const struct oci_seccomp *s, const struct seccomp_options *o,
		       uint8_t ret[SHA256_SIZE]);

/* -ENOENT: not there; -ESTALE: of another libseccomp; others: not to be used. */
int seccomp_cache_load(int dirfd, const uint8_t key[SHA256_SIZE], struct arena *a,
		       struct seccomp_program *ret);

/* Stores a program, and makes room. -EPERM: dirfd is not ours alone. */
int seccomp_cache_store(int dirfd, const uint8_t key[SHA256_SIZE],
			const struct seccomp_program *program);

#endif
