/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-bus, opened when it is first wanted: linking libsystemd would cost every
 * start of urun 0.4 ms and six libraries.
 */
#ifndef URUN_CGROUP_SDBUS_H
#define URUN_CGROUP_SDBUS_H

#include <systemd/sd-bus.h>

#include "base/dlopen.h"
#include "base/error.h"

#define SDBUS_FUNCTIONS(X)                \
	X(sd_bus_new)                     \
	X(sd_bus_set_fd)                  \
	X(sd_bus_set_bus_client)          \
	X(sd_bus_start)                   \
	X(sd_bus_flush_close_unref)       \
	X(sd_bus_process)                 \
	X(sd_bus_wait)                    \
	X(sd_bus_call)                    \
	X(sd_bus_call_async)              \
	X(sd_bus_match_signal_async)      \
	X(sd_bus_error_free)              \
	X(sd_bus_get_property_string)     \
	X(sd_bus_message_new_method_call) \
	X(sd_bus_message_unref)           \
	X(sd_bus_message_append)          \
	X(sd_bus_message_append_basic)    \
	X(sd_bus_message_append_array)    \
	X(sd_bus_message_open_container)  \
	X(sd_bus_message_close_container) \
	X(sd_bus_message_get_error)       \
	X(sd_bus_message_read)

struct sdbus {
	SDBUS_FUNCTIONS(DLOPEN_MEMBER)
};

/* The table, loaded once; an error where libsystemd is not installed. */
int sdbus_load(const struct sdbus **ret, struct error *e);

#endif
