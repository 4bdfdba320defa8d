/* SPDX-License-Identifier: Apache-2.0 */
/* linux.intelRdt (B01): the group's name and the text of its schemata. */
#include <errno.h>
#include <string.h>

#include "plan/plan.h"

/* Its lines; of l3CacheSchema all but those of the memory bandwidth (runtime-spec). */
static void add_lines(struct strbuf *b, const char *text, bool without_mb)
{
	while (text && *text) {
		size_t len = strcspn(text, "\n"), blanks = strspn(text, " \t");
		const char *line = text + blanks;

		if (blanks < len && !(without_mb && strncmp(line, "MB:", 3) == 0)) {
			strbuf_add(b, line, len - blanks);
			strbuf_addc(b, '\n');
		}
		text += len + (text[len] == '\n');
	}
}

static int plan_schemata(struct arena *a, const struct oci_intel_rdt *r, struct rdt_plan *ret)
{
	struct strbuf b;
	int err;

	strbuf_init(&b, 1 << 16);
	add_lines(&b, r->l3_cache_schema, true);
	add_lines(&b, r->mem_bw_schema, false);
	for (size_t i = 0; i < r->schemata.n; i++)
		add_lines(&b, r->schemata.v[i], false);
	err = strbuf_error(&b);
	if (err == 0 && b.len) {
		ret->schemata = arena_strdup(a, b.s);
		err = ret->schemata ? 0 : -ENOMEM;
	}
	strbuf_done(&b);
	return err;
}

int plan_intel_rdt(struct arena *a, const struct oci_config *c, const char *id,
		   struct rdt_plan *ret, struct error *e)
{
	const struct oci_intel_rdt *r = c->linux->intel_rdt;
	int err;

	if (!r)
		return 0;
	/* The root of the file system is a group, too. */
	ret->group = !r->clos_id ? id : strcmp(r->clos_id, "/") == 0 ? "." : r->clos_id;
	ret->monitor = r->enable_monitoring ? id : NULL;
	err = plan_schemata(a, r, ret);
	if (err < 0)
		return error_set(e, err, ".linux.intelRdt");
	ret->must_exist = r->clos_id && !ret->schemata;
	return 0;
}
