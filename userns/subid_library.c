/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sub-ids from SSSD, LDAP or FreeIPA: shadow's libsubid loads the module that
 * nsswitch.conf names. It is opened by dlopen() and only when such a line
 * exists: a link dependency would cost every start of urun. The functions have
 * the same form in ABI 4 (shadow 4.10, Debian 12) and 5 (shadow 4.16); ABI 3
 * had other names and no released distribution we support has it.
 */
#include "userns/subid.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/dlopen.h"
#include "base/path.h"

#if __has_include(<shadow/subid.h>)
/* With the real header at hand the compiler checks our idea of it. */
#include <shadow/subid.h>
typedef __typeof__(&subid_get_uid_ranges) get_ranges_fn;
typedef __typeof__(&subid_init) init_fn;
#else
struct subid_range {
	unsigned long start, count;
};
typedef int (*get_ranges_fn)(const char *owner, struct subid_range **ranges);
typedef bool (*init_fn)(const char *progname, FILE *logfd);
#endif

DLOPEN_NOTE("subid", "sub-ids from nsswitch.conf", "suggested", "libsubid.so.5\",\"libsubid.so.4");

static void close_library(void **lib)
{
	if (*lib)
		dlclose(*lib);
}

static int convert(struct arena *a, const struct subid_range *from, size_t n, struct id_ranges *ret)
{
	struct id_ranges r = { 0 };

	r.r = arena_calloc(a, n + 1, sizeof(*r.r));
	if (!r.r)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		unsigned long first = from[i].start, count = from[i].count;

		if (count == 0 || first >= UINT32_MAX || count > UINT32_MAX - first)
			r.n_malformed++;
		else
			r.r[r.n++] = (struct id_range){ (uint32_t)first, (uint32_t)count };
	}
	id_ranges_normalize(&r);
	*ret = r;
	return 0;
}

/* A stream of our own to nowhere: the library's own one would stay open. */
static FILE *open_null(void)
{
	int fd = path_open("/dev/null", O_WRONLY);
	FILE *f;

	if (fd < 0)
		return NULL;
	f = fdopen(fd, "w");
	if (!f)
		close(fd);
	return f;
}

int subid_library_load(struct arena *a, const struct subid_owner *owner, enum subid_kind kind,
		       struct id_ranges *ret)
{
	cleanup_file FILE *null = NULL;
	__attribute__((cleanup(close_library))) void *lib = NULL; /* before null goes */
	cleanup_free struct subid_range *list = NULL;
	const char *name = owner->name;
	get_ranges_fn get;
	init_fn init;
	int n;

	lib = dlopen("libsubid.so.5", RTLD_NOW | RTLD_LOCAL);
	if (!lib)
		lib = dlopen("libsubid.so.4", RTLD_NOW | RTLD_LOCAL);
	if (!lib)
		return -ENOSYS;
	*(void **)&get =
		dlsym(lib, kind == SUBID_GID ? "subid_get_gid_ranges" : "subid_get_uid_ranges");
	*(void **)&init = dlsym(lib, "subid_init");
	if (!get)
		return -ENOSYS;
	/* Without this it complains on stderr, which engines read. */
	null = open_null();
	if (init && null)
		init(NULL, null);
	if (!name)
		name = arena_printf(a, "%u", owner->uid);
	if (!name)
		return -ENOMEM;
	n = get(name, &list);
	if (n < 0)
		return -ESRCH;
	return convert(a, list, (size_t)n, ret);
}
