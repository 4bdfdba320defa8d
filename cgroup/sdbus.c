/* SPDX-License-Identifier: Apache-2.0 */
/* See sdbus.h. */
#include "cgroup/sdbus.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/dlopen_note.h"

DLOPEN_NOTE("systemd", "cgroup scopes of the caller's systemd", "recommended", "libsystemd.so.0");

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
#define SDBUS_ROW(name) { #name, offsetof(struct sdbus, name) },
	SDBUS_FUNCTIONS(SDBUS_ROW)
#undef SDBUS_ROW
};

static struct sdbus table;
static bool loaded;

int sdbus_load(const struct sdbus **ret, struct error *e)
{
	void *lib;

	if (!loaded) {
		lib = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
		if (!lib) {
			error_kind(e, KIND_NO_BUS, ELIBACC,
				   "cannot talk to systemd: libsystemd.so.0 is not installed");
			return error_hint(e, "apt-get install libsystemd0, or use "
					     "--cgroup-manager=cgroupfs");
		}
		for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
			void *f = dlsym(lib, functions[i].name);

			if (!f)
				return error_kind(e, KIND_NO_BUS, ENOSYS,
						  "cannot talk to systemd: libsystemd.so.0 has no "
						  "%s()",
						  functions[i].name);
			*(void **)((char *)&table + functions[i].offset) = f;
		}
		loaded = true;
	}
	*ret = &table;
	return 0;
}
