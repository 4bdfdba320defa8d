/* SPDX-License-Identifier: Apache-2.0 */
/* Small configs for the planner's unit tests, and the hosts they meet. */
#ifndef URUN_TESTS_PLAN_LOAD_H
#define URUN_TESTS_PLAN_LOAD_H

#include <stdlib.h>

#include "../tap.h"
#include "oci/config.h"
#include "plan/plan.h"

static struct id_mapping load_lines[] = { { 0, 1000, 1 }, { 1, 100000, 65536 } };

__attribute__((unused)) static const struct plan_host load_rootless = {
	.euid = 1000,
	.egid = 1000,
	.initial_userns = true,
	.last_cap = 40,
	.uid_map = { load_lines, 2 },
	.gid_map = { load_lines, 2 },
	.keep_setgroups = true,
};

__attribute__((unused)) static const struct plan_host load_root = {
	.initial_userns = true,
	.has_sys_admin = true,
	.last_cap = 40,
	.keep_setgroups = true,
};

/*
 * The config with these members of .linux beside .namespaces (types that are
 * given as "mount,pid"), and these members at its top; both end with ','
 * where they are not empty.
 */
__attribute__((unused)) static struct oci_config *load(struct arena *a, const char *namespaces,
						       const char *in_linux, const char *top)
{
	struct error e = ERROR_INIT;
	struct oci_config *c = NULL;
	char json[8192], list[512] = "", copy[128];
	char *save = NULL;

	snprintf(copy, sizeof(copy), "%s", namespaces);
	for (char *t = strtok_r(copy, ",", &save); t; t = strtok_r(NULL, ",", &save))
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s{\"type\":\"%s\"}",
			 *list ? "," : "", t);
	snprintf(json, sizeof(json),
		 "{\"ociVersion\":\"1.2.0\",%s\"root\":{\"path\":\"rootfs\"},"
		 "\"process\":{\"args\":[\"sh\"],\"cwd\":\"/\",\"user\":{\"uid\":0,\"gid\":0}},"
		 "\"linux\":{%s\"namespaces\":[%s]}}",
		 top, in_linux, list);
	if (oci_load_memory(a, "test", json, strlen(json), &c, &e) < 0) {
		printf("Bail out! %s\n", e.msg);
		exit(1);
	}
	return c;
}

__attribute__((unused)) static int load_plan(struct arena *a, const struct oci_config *c,
					     const struct plan_host *host, struct launch_plan *p,
					     struct error *e)
{
	static const struct plan_options opt = { .id = "test", .bundle = "/bundle" };

	error_clear(e);
	return plan_create(a, c, host, &opt, p, e);
}

#endif
