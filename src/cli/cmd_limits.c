/* SPDX-License-Identifier: Apache-2.0 */
/* urun limits: what was asked for a container, what it got, and why not more (N08). */
#include <errno.h>
#include <stddef.h>

#include "cli/table.h"

struct limits_values {
	unsigned int flags;
};

enum { LIMITS_JSON = 1U << 0 };

/* clang-format off */
static const struct option_row rows[] = {
	{ .name = "json", .kind = OPT_SWITCH, .bit = LIMITS_JSON,
	  .help = "as a JSON object",
	  .offset = offsetof(struct limits_values, flags) },
};
/* clang-format on */

static const char *or_dash(const char *s)
{
	return *s ? s : "-";
}

static int add_entry(void *arg, const struct urun_limits_entry *v)
{
	const char *row[] = { v->key, or_dash(v->asked), or_dash(v->applied), or_dash(v->inherited),
			      or_dash(v->reason) };

	return table_add_row(arg, row);
}

static int cmd_limits(struct cli *cli, struct error *e)
{
	static const char *const header[] = { "LIMIT", "ASKED", "APPLIED", "ABOVE", "REASON" };
	const struct limits_values *v = cli->values;
	const char *id = cli->operands[0];
	cleanup_table struct table t = TABLE_INIT(ARRAY_SIZE(header));
	cleanup_strbuf struct strbuf out = STRBUF_INIT(OUTPUT_MAX);
	cleanup_free char *json = NULL;
	int r;

	if (v->flags & LIMITS_JSON) {
		r = urun_limits_json(cli->ctx, id, &json);
		return r < 0 ? cli_library_error(cli, r, e) : output_text(json, e);
	}
	r = table_add_row(&t, header);
	if (r >= 0)
		r = urun_limits_list(cli->ctx, id, add_entry, &t);
	if (r == -ENOMEM)
		return error_set(e, ENOMEM, "table of limits");
	if (r < 0)
		return cli_library_error(cli, r, e);
	table_print(&t, &out);
	return output_flush(&out, e);
}

const struct command command_limits = {
	.name = "limits",
	.operands = "ID",
	.summary = "show the limits of a container: asked, applied, inherited, and why",
	.options = OPTION_TABLE(rows),
	.values_size = sizeof(struct limits_values),
	.min_operands = 1,
	.max_operands = 1,
	.takes_id = true,
	.operand = { OPERAND_ID },
	.run = cmd_limits,
};
