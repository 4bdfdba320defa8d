/* SPDX-License-Identifier: Apache-2.0 */
/* See sdbus.h. */
#include "cgroup/sdbus.h"

#include <errno.h>

#include "base/cleanup.h"

DLOPEN_NOTE("systemd", "cgroup scopes of the caller's systemd", "recommended", "libsystemd.so.0");

static const struct dlopen_function functions[] = {
#define SDBUS_ROW(name) DLOPEN_ROW(sdbus, name),
	SDBUS_FUNCTIONS(SDBUS_ROW)
#undef SDBUS_ROW
};

static struct sdbus table;
static bool loaded;

int sdbus_load(const struct sdbus **ret, struct error *e)
{
	const char *why;
	int r = 0;

	if (!loaded)
		r = dlopen_table("libsystemd.so.0", functions, ARRAY_SIZE(functions), &table, &why);
	if (r < 0) {
		error_kind(e, KIND_NO_BUS, -r, "cannot talk to systemd: %s", why);
		return error_hint(e, "apt-get install libsystemd0, or use "
				     "--cgroup-manager=cgroupfs");
	}
	loaded = true;
	*ret = &table;
	return 0;
}
