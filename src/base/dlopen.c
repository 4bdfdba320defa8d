/* SPDX-License-Identifier: Apache-2.0 */
/* See dlopen.h. */
#include "base/dlopen.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"

int dlopen_table(const char *soname, const struct dlopen_function *functions, size_t n, void *table,
		 const char **ret_why)
{
	void *lib = dlopen(soname, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; lib && i < n; i++) {
		void *f = dlsym(lib, functions[i].name);

		if (!f)
			lib = NULL;
		*(void **)((char *)table + functions[i].offset) = f;
	}
	*ret_why = lib ? NULL : dlerror();
	return lib ? 0 : -ELIBACC;
}

static bool id_of(const char *path, struct library_id *ret)
{
	size_t len = strlen(path);
	struct stat st;

	*ret = (struct library_id){ 0 };
	if (path[0] != '/' || len >= sizeof(ret->path) || path_stat(path, &st) < 0)
		return false;
	memcpy(ret->path, path, len);
	ret->device = st.st_dev;
	ret->inode = st.st_ino;
	ret->size = (uint64_t)st.st_size;
	ret->changed = (uint64_t)st.st_ctim.tv_sec * 1000000000U + (uint64_t)st.st_ctim.tv_nsec;
	return true;
}

void library_id_of(const void *function, struct library_id *ret)
{
	Dl_info info;

	*ret = (struct library_id){ 0 };
	if (dladdr(function, &info))
		id_of(info.dli_fname, ret);
}

bool library_is(const struct library_id *id)
{
	struct library_id now;

	return memchr(id->path, '\0', sizeof(id->path)) && id_of(id->path, &now) &&
	       memcmp(id, &now, sizeof(now)) == 0;
}
