/* SPDX-License-Identifier: Apache-2.0 */
/* urun start: lets the program of a created container begin. */
#include "cli/cli.h"

static int cmd_start(struct cli *cli, struct error *e)
{
	return cli_library_error(cli, urun_start(cli->ctx, cli->operands[0]), e);
}

const struct command command_start = {
	.name = "start",
	.operands = "ID",
	.summary = "start the program of a created container",
	.min_operands = 1,
	.max_operands = 1,
	.takes_id = true,
	.operand = { OPERAND_ID },
	.run = cmd_start,
};
