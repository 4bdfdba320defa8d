/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Twin of seccomp.c for builds without libseccomp: a profile in the config is
 * an error, as the container would be less confined than asked.
 */
#include "process/seccomp.h"

#include <errno.h>

int seccomp_compile(struct arena *a, const struct oci_seccomp *s, const struct seccomp_options *o,
		    struct seccomp_program *ret, struct error *e)
{
	(void)a;
	(void)s;
	(void)o;
	(void)ret;
	return error_msg(e, ENOTSUP, ".linux.seccomp: urun was built without seccomp");
}

bool seccomp_library_version(struct seccomp_version *ret)
{
	(void)ret;
	return false;
}

void seccomp_library_id(struct library_id *ret)
{
	*ret = (struct library_id){ 0 };
}

bool seccomp_library_is(const struct library_id *id)
{
	(void)id;
	return false;
}

bool seccomp_knows_arch(const char *name)
{
	(void)name;
	return false;
}
