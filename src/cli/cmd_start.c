/* SPDX-License-Identifier: Apache-2.0 */
/* urun start: lets the program of a created container begin. */
#include <stddef.h>

#include "cli/cli.h"

struct start_values {
	unsigned int ready_timeout;
};

/* clang-format off */
static const struct option_row rows[] = {
	{ .name = "ready-timeout", .kind = OPT_UINT, .arg = "SECONDS",
	  .offset = offsetof(struct start_values, ready_timeout),
	  .help = "with NOTIFY_SOCKET: fail if READY=1 takes longer" },
};
/* clang-format on */

static int cmd_start(struct cli *cli, struct error *e)
{
	const struct start_values *v = cli->values;
	int r = urun_set_ready_timeout(cli->ctx, v->ready_timeout);

	if (r < 0)
		return cli_library_error(cli, r, e);
	return cli_library_error(cli, urun_start(cli->ctx, cli->operands[0]), e);
}

const struct command command_start = {
	.name = "start",
	.operands = "ID",
	.summary = "start the program of a created container",
	.options = OPTION_TABLE(rows),
	.values_size = sizeof(struct start_values),
	.min_operands = 1,
	.max_operands = 1,
	.takes_id = true,
	.operand = { OPERAND_ID },
	.run = cmd_start,
};
