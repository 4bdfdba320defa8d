/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urun ps: the processes of a container as the host sees them. The table is
 * made from /proc, without ps(1); words meant for ps(1) behind the id, as
 * go-runc may send them, start it (engine-contracts.md section 6).
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "cli/cli.h"

struct ps_values {
	const char *format, *columns;
};

/* clang-format off */
static const struct option_row rows[] = {
	{ .letter = 'f', .name = "format", .kind = OPT_WORD, .arg = "FORMAT",
	  .words = "table|json",
	  .help = "table (default) or json: an array of pids",
	  .offset = offsetof(struct ps_values, format) },
	{ .letter = 'o', .name = "columns", .kind = OPT_STRING, .arg = "LIST",
	  .help = "columns of the table, with commas between",
	  .offset = offsetof(struct ps_values, columns) },
};
/* clang-format on */

static void add_json(struct strbuf *out, const pid_t *pids, size_t n)
{
	strbuf_addc(out, '[');
	for (size_t i = 0; i < n; i++)
		strbuf_addf(out, "%s%d", i ? "," : "", (int)pids[i]);
	strbuf_adds(out, "]\n");
}

static int cmd_ps(struct cli *cli, struct error *e)
{
	static const char default_columns[] = "pid,nspid,user,%cpu,rss,time,cmd";
	const struct ps_values *v = cli->values;
	const char *columns = v->columns ? v->columns : default_columns;
	bool is_json = v->format && !strcmp(v->format, "json");
	bool has_words = cli->n_operands > 1;
	cleanup_free pid_t *pids = NULL;
	cleanup_strbuf struct strbuf out = STRBUF_INIT(OUTPUT_MAX);
	size_t n = 0;
	int r;

	if (has_words && (is_json || v->columns))
		return error_msg(e, EINVAL, "'%s' is for ps(1): not with '--%s'", cli->operands[1],
				 is_json ? "format=json" : "columns");
	r = ps_check_columns(columns, e);
	if (r < 0)
		return r;
	r = urun_ps(cli->ctx, cli->operands[0], &pids, &n);
	if (r < 0)
		return cli_library_error(cli, r, e);
	if (is_json)
		add_json(&out, pids, n);
	else if (has_words)
		r = ps_program(pids, n, cli->operands + 1, &out, e);
	else
		r = ps_table(pids, n, columns, &out, e);
	return r < 0 ? r : output_flush(&out, e);
}

const struct command command_ps = {
	.name = "ps",
	.operands = "ID [PS-OPTION...]",
	.summary = "show the processes of a container",
	.notes = "Columns: pid nspid ppid uid gid user s %cpu rss time comm cmd\n"
		 "Other options behind ID go to ps(1), whose output is filtered.\n",
	.options = OPTION_TABLE(rows),
	.values_size = sizeof(struct ps_values),
	.order = ORDER_PASS_REST,
	.min_operands = 1,
	.max_operands = SIZE_MAX,
	.takes_id = true,
	.operand = { OPERAND_ID },
	.run = cmd_ps,
};
