/* SPDX-License-Identifier: Apache-2.0 */
/* See saved.h. */
#include "run/saved.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/io.h"

int saved_config(struct arena *a, const struct container *c, const char *id,
		 struct oci_config **ret, struct error *e)
{
	cleanup_free char *text = NULL;
	size_t len;
	int r = io_read_file_at(c->dir, "config.json", OCI_CONFIG_MAX, &text, &len);

	if (r < 0)
		return error_set(e, r, "read the saved config of container `%s`", id);
	return oci_load_memory(a, "config.json", text, len, ret, e);
}

int saved_hooks(struct arena *a, const struct container *c, enum hook_kind kind, const char *status,
		struct error *e)
{
	const struct state_record *rec = c->record;
	struct hook_state s;
	struct oci_config *config;
	int r;

	if (!rec || !(rec->hooks & (1U << kind)))
		return 0;
	r = saved_config(a, c, rec->id, &config, e);
	if (r < 0)
		return r;
	s = (struct hook_state){
		.id = rec->id,
		.bundle = rec->bundle,
		.status = status,
		.pid = kind == HOOK_POSTSTOP ? 0 : c->init.pid,
		.pidfd = c->pidfd,
		.annotations = &config->annotations,
	};
	return hooks_run(config->hooks, kind, &s, e);
}
