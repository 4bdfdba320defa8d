/* SPDX-License-Identifier: Apache-2.0 */
/* A transient service for a command that is to run in the manager's own cgroup (N07). */
#include <errno.h>

#include "base/cleanup.h"
#include "cgroup/systemd_internal.h"

const char *systemd_control_group(struct systemd *s, struct arena *a, struct error *e)
{
	sd_bus_error be = SD_BUS_ERROR_NULL;
	cleanup_free char *path = NULL;
	int r = s->api->sd_bus_get_property_string(s->bus, SYSTEMD_NAME, SYSTEMD_PATH,
						   SYSTEMD_MANAGER, "ControlGroup", &be, &path);

	if (r < 0)
		systemd_explain(s, &be, r, "look for the cgroup of", "systemd", e);
	s->api->sd_bus_error_free(&be);
	return r < 0 ? NULL : arena_strdup(a, path);
}

static int append_exec(const struct sdbus *api, sd_bus_message *m, const char *program)
{
	return api->sd_bus_message_append(m, "(sv)", "ExecStart", "a(sasb)", 1, program, 2, program,
					  "__relay", 0);
}

static int append_properties(struct systemd *s, sd_bus_message *m, const char *program, int sock)
{
	const struct sdbus *api = s->api;
	int r = api->sd_bus_message_append(m, "(sv)", "Description", "s",
					   "urun run for a caller outside of this manager");

	if (r >= 0)
		r = api->sd_bus_message_append(m, "(sv)", "Type", "s", "exec");
	if (r >= 0)
		r = api->sd_bus_message_append(m, "(sv)", "CollectMode", "s", "inactive-or-failed");
	if (r >= 0)
		r = api->sd_bus_message_append(m, "(sv)", "StandardInputFileDescriptor", "h", sock);
	if (r >= 0)
		r = api->sd_bus_message_append(m, "(sv)", "StandardOutput", "s", "null");
	if (r >= 0)
		r = api->sd_bus_message_append(m, "(sv)", "StandardError", "s", "null");
	return r < 0 ? r : append_exec(api, m, program);
}

int systemd_start_service(struct systemd *s, const char *unit, const char *program, int sock,
			  struct error *e)
{
	const struct sdbus *api = s->api;
	sd_bus_error be = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL;
	int r = systemd_new_call(s, "StartTransientUnit", &m);

	if (r >= 0)
		r = api->sd_bus_message_append(m, "ss", unit, "fail");
	if (r >= 0)
		r = api->sd_bus_message_open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = append_properties(s, m, program, sock);
	if (r >= 0)
		r = api->sd_bus_message_close_container(m);
	if (r >= 0)
		r = api->sd_bus_message_append(m, "a(sa(sv))", 0);
	if (r >= 0)
		r = api->sd_bus_call(s->bus, m, SYSTEMD_TIMEOUT_MS * 1000ULL, &be, NULL);
	api->sd_bus_message_unref(m);
	if (r < 0)
		r = systemd_explain(s, &be, r, "start the service", unit, e);
	api->sd_bus_error_free(&be);
	return r < 0 ? r : 0;
}
