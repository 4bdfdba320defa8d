/* SPDX-License-Identifier: Apache-2.0 */
/* See dlopen.h. */
#include "base/dlopen.h"

#include <dlfcn.h>
#include <errno.h>

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
