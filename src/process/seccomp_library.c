/* SPDX-License-Identifier: Apache-2.0 */
/* See seccomp_library.h. */
#include "process/seccomp_library.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>

#include "base/cleanup.h"
#include "process/seccomp.h"

#ifdef LINK_SECCOMP

#define SECCOMP_ROW(name) name,
static const struct seccomp_library table = { SECCOMP_FUNCTIONS(SECCOMP_ROW) };

int seccomp_library_load(const struct seccomp_library **ret, struct error *e)
{
	(void)e;
	*ret = &table;
	return 0;
}

void seccomp_library_id(struct library_id *ret)
{
	const struct scmp_version *v = seccomp_version();

	*ret = (struct library_id){
		.inode = (uint64_t)v->major << 32 | v->minor << 16 | v->micro,
	};
}

bool seccomp_library_is(const struct library_id *id)
{
	struct library_id now;

	seccomp_library_id(&now);
	return memcmp(id, &now, sizeof(now)) == 0;
}

#else

DLOPEN_NOTE("seccomp", "compiles seccomp profiles", "required", "libseccomp.so.2");

static const struct dlopen_function functions[] = {
#define SECCOMP_ROW(name) DLOPEN_ROW(seccomp_library, name),
	SECCOMP_FUNCTIONS(SECCOMP_ROW)
};

static struct seccomp_library table;
static bool loaded;

int seccomp_library_load(const struct seccomp_library **ret, struct error *e)
{
	const char *why;
	int r = 0;

	if (!loaded)
		r = dlopen_table("libseccomp.so.2", functions, ARRAY_SIZE(functions), &table, &why);
	if (r < 0) {
		error_msg(e, -r, "cannot compile a seccomp profile: %s", why);
		return error_hint(e, "apt-get install libseccomp2");
	}
	loaded = true;
	*ret = &table;
	return 0;
}

void seccomp_library_id(struct library_id *ret)
{
	const struct seccomp_library *lib;
	struct error e = ERROR_INIT;

	*ret = (struct library_id){ 0 };
	if (seccomp_library_load(&lib, &e) == 0)
		library_id_of((const void *)lib->seccomp_init, ret);
}

bool seccomp_library_is(const struct library_id *id)
{
	return library_is(id);
}

#endif
