/* SPDX-License-Identifier: Apache-2.0 */
/* urun mounts: add, remove and list what is mounted in a running container (K18, N14). */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "cli/table.h"

struct mounts_values {
	const char *format;
};

/* clang-format off */
static const struct option_row rows[] = {
	{ .letter = 'f', .name = "format", .kind = OPT_WORD, .arg = "FORMAT",
	  .words = "table|json",
	  .help = "of list: table (default) or json",
	  .offset = offsetof(struct mounts_values, format) },
};
/* clang-format on */

static int add_entry(void *arg, const struct urun_mounts_entry *m)
{
	const char *row[] = { m->destination, m->type, m->source, m->options, m->reason };

	return table_add_row(arg, row);
}

static int list_table(struct cli *cli, const char *id, struct error *e)
{
	static const char *const header[] = { "DESTINATION", "TYPE", "SOURCE", "OPTIONS",
					      "REASON" };
	cleanup_table struct table t = TABLE_INIT(ARRAY_SIZE(header));
	cleanup_strbuf struct strbuf out = STRBUF_INIT(OUTPUT_MAX);
	int r = table_add_row(&t, header);

	if (r >= 0)
		r = urun_mounts_list(cli->ctx, id, add_entry, &t);
	if (r >= 0) {
		table_print(&t, &out);
		r = output_flush(&out, e);
	} else if (r == -ENOMEM) {
		error_set(e, ENOMEM, "list of mounts");
	} else {
		cli_library_error(cli, r, e);
	}
	return r;
}

static int list(struct cli *cli, const char *id, struct error *e)
{
	const struct mounts_values *v = cli->values;
	cleanup_free char *json = NULL;
	int r;

	if (!v->format || strcmp(v->format, "json") != 0)
		return list_table(cli, id, e);
	r = urun_mounts_json(cli->ctx, id, &json);
	return r < 0 ? cli_library_error(cli, r, e) : output_text(json, e);
}

static int cmd_mounts(struct cli *cli, struct error *e)
{
	const struct mounts_values *v = cli->values;
	const char *verb = cli->operands[0], *id = cli->operands[1];
	bool is_list = !strcmp(verb, "list");
	bool is_add = !strcmp(verb, "add");

	if (is_list && cli->n_operands > 2)
		return error_msg(e, EINVAL, "'mounts list' does not take the argument '%s'",
				 cli->operands[2]);
	if (is_list)
		return list(cli, id, e);
	if (v->format)
		return error_msg(e, EINVAL, "'--format' is for 'mounts list'");
	if (cli->n_operands < 3)
		return error_msg(e, EINVAL, "'mounts %s' needs a file of mounts, or '-'", verb);
	return cli_library_error(cli,
				 is_add ? urun_mounts_add(cli->ctx, id, cli->operands[2])
					: urun_mounts_remove(cli->ctx, id, cli->operands[2]),
				 e);
}

const struct command command_mounts = {
	.name = "mounts",
	.operands = "add|remove|list ID [FILE]",
	.summary = "add, remove or list the mounts of a running container",
	.notes = "FILE is a JSON array of mounts as in config.json, '-' is stdin. add mounts all\n"
		 "of them or none; remove unmounts what is at their destinations.\n",
	.options = OPTION_TABLE(rows),
	.values_size = sizeof(struct mounts_values),
	.words = "add|remove|list",
	.min_operands = 2,
	.max_operands = 3,
	.operand = { OPERAND_WORD, OPERAND_ID, OPERAND_FILE },
	.takes_id = true,
	.run = cmd_mounts,
};
