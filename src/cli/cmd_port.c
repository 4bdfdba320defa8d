/* SPDX-License-Identifier: Apache-2.0 */
/* urun port: the published ports of a container with the built-in network (N01). */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cli/table.h"

enum { NUMBER_LEN = 24 };

struct port_values {
	const char *format;
};

/* clang-format off */
static const struct option_row rows[] = {
	{ .letter = 'f', .name = "format", .kind = OPT_WORD, .arg = "FORMAT",
	  .words = "table|json",
	  .help = "of ls: table (default) or json",
	  .offset = offsetof(struct port_values, format) },
};
/* clang-format on */

static int add_entry(void *arg, const struct urun_port_entry *p)
{
	char number[NUMBER_LEN], host[NUMBER_LEN], container[NUMBER_LEN];
	const char *row[] = { number, p->protocol,          p->host_address,
			      host,   p->container_address, container };

	snprintf(number, sizeof(number), "%llu", (unsigned long long)p->number);
	snprintf(host, sizeof(host), "%u", p->host_port);
	snprintf(container, sizeof(container), "%u", p->container_port);
	return table_add_row(arg, row);
}

static int list_table(struct cli *cli, const char *id, struct error *e)
{
	static const char *const header[] = { "NUMBER", "PROTOCOL",  "HOST",
					      "PORT",   "CONTAINER", "PORT" };
	cleanup_table struct table t = TABLE_INIT(ARRAY_SIZE(header));
	cleanup_strbuf struct strbuf out = STRBUF_INIT(OUTPUT_MAX);
	int r = table_add_row(&t, header);

	if (r >= 0)
		r = urun_port_list(cli->ctx, id, add_entry, &t);
	if (r >= 0) {
		table_print(&t, &out);
		r = output_flush(&out, e);
	} else if (r == -ENOMEM) {
		error_set(e, ENOMEM, "list of ports");
	} else {
		cli_library_error(cli, r, e);
	}
	return r;
}

static int list(struct cli *cli, const char *id, struct error *e)
{
	const struct port_values *v = cli->values;
	cleanup_free char *json = NULL;
	int r;

	if (!v->format || strcmp(v->format, "json") != 0)
		return list_table(cli, id, e);
	r = urun_port_json(cli->ctx, id, &json);
	return r < 0 ? cli_library_error(cli, r, e) : output_text(json, e);
}

static int cmd_port(struct cli *cli, struct error *e)
{
	const struct port_values *v = cli->values;
	const char *verb = cli->operands[0], *id = cli->operands[1];
	bool is_list = !strcmp(verb, "ls");

	if (is_list && cli->n_operands > 2)
		return error_msg(e, EINVAL, "'port ls' does not take the argument '%s'",
				 cli->operands[2]);
	if (is_list)
		return list(cli, id, e);
	if (v->format)
		return error_msg(e, EINVAL, "'--format' is for 'port ls'");
	if (cli->n_operands < 3)
		return error_msg(e, EINVAL, "'port %s' needs ports: [ADDRESS:]HOST:CONTAINER[/udp]",
				 verb);
	return cli_library_error(cli,
				 !strcmp(verb, "add")
					 ? urun_port_add(cli->ctx, id, cli->operands[2])
					 : urun_port_remove(cli->ctx, id, cli->operands[2]),
				 e);
}

const struct command command_port = {
	.name = "port",
	.operands = "ls|add|rm ID [PORTS]",
	.summary = "list, add or remove the published ports of a running container",
	.notes = "PORTS is [ADDRESS:]HOST[-HOST]:CONTAINER[-CONTAINER][/tcp|/udp], as of\n"
		 "'run --publish', and for rm the number that ls shows, too. The container\n"
		 "has the network slirp.\n",
	.options = OPTION_TABLE(rows),
	.values_size = sizeof(struct port_values),
	.words = "ls|add|rm",
	.min_operands = 2,
	.max_operands = 3,
	.operand = { OPERAND_WORD, OPERAND_ID, OPERAND_OTHER },
	.takes_id = true,
	.run = cmd_port,
};
