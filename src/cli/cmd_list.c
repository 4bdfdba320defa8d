/* SPDX-License-Identifier: Apache-2.0 */
/* urun list: runc's columns and keys; Sarus shows the table, go-runc reads JSON. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "cli/table.h"

enum { PID_LEN = 16 };

struct list_values {
	unsigned int is_quiet;
	const char *format;
};

/* clang-format off */
static const struct option_row rows[] = {
	{ .letter = 'q', .name = "quiet", .kind = OPT_SWITCH, .bit = 1,
	  .help = "print ids only",
	  .offset = offsetof(struct list_values, is_quiet) },
	{ .letter = 'f', .name = "format", .kind = OPT_WORD, .arg = "FORMAT",
	  .words = "table|json",
	  .help = "table (default) or json",
	  .offset = offsetof(struct list_values, format) },
};
/* clang-format on */

/* runc's columns, and one more where a container has a network of ours (N01). */
struct list_tables {
	struct table plain, with_network;
	bool has_network;
};

static int add_row(struct list_tables *t, const char *const *row)
{
	int r = table_add_row(&t->plain, row);

	return r < 0 ? r : table_add_row(&t->with_network, row);
}

static int add_entry(void *arg, const struct urun_list_entry *c)
{
	struct list_tables *t = arg;
	char pid[PID_LEN];
	const char *row[] = { c->id, pid, c->status, c->bundle, c->created, c->owner, c->network };

	snprintf(pid, sizeof(pid), "%d", (int)c->pid);
	t->has_network = t->has_network || c->network;
	return add_row(t, row);
}

static int add_id(void *arg, const struct urun_list_entry *c)
{
	return strbuf_addf(arg, "%s\n", c->id);
}

static int list_table(struct cli *cli, struct strbuf *out, struct error *e)
{
	static const char *const header[] = { "ID",      "PID",   "STATUS", "BUNDLE",
					      "CREATED", "OWNER", "NETWORK" };
	struct list_tables t = {
		.plain = TABLE_INIT(ARRAY_SIZE(header) - 1),
		.with_network = TABLE_INIT(ARRAY_SIZE(header)),
	};
	int r = add_row(&t, header);

	if (r >= 0)
		r = urun_list(cli->ctx, add_entry, &t);
	if (r >= 0)
		table_print(t.has_network ? &t.with_network : &t.plain, out);
	else if (r == -ENOMEM)
		error_set(e, ENOMEM, "list of containers");
	else
		cli_library_error(cli, r, e);
	table_done(&t.plain);
	table_done(&t.with_network);
	return r;
}

static int cmd_list(struct cli *cli, struct error *e)
{
	const struct list_values *v = cli->values;
	cleanup_strbuf struct strbuf out = STRBUF_INIT(OUTPUT_MAX);
	int r;

	if (v->is_quiet) {
		r = urun_list(cli->ctx, add_id, &out);
		if (r < 0 && !strbuf_error(&out))
			return cli_library_error(cli, r, e);
	} else if (v->format && !strcmp(v->format, "json")) {
		cleanup_free char *json = NULL;

		r = urun_list_json(cli->ctx, &json);
		return r < 0 ? cli_library_error(cli, r, e) : output_text(json, e);
	} else {
		r = list_table(cli, &out, e);
		if (r < 0)
			return r;
	}
	return output_flush(&out, e);
}

const struct command command_list = {
	.name = "list",
	.operands = "",
	.summary = "list the containers below the state root",
	.options = OPTION_TABLE(rows),
	.values_size = sizeof(struct list_values),
	.run = cmd_list,
};
