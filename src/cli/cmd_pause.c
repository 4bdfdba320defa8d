/* SPDX-License-Identifier: Apache-2.0 */
/* urun pause, urun resume: stops all processes of a container, and lets them go on. */
#include "cli/cli.h"

static int cmd_pause(struct cli *cli, struct error *e)
{
	return cli_library_error(cli, urun_pause(cli->ctx, cli->operands[0]), e);
}

static int cmd_resume(struct cli *cli, struct error *e)
{
	return cli_library_error(cli, urun_resume(cli->ctx, cli->operands[0]), e);
}

const struct command command_pause = {
	.name = "pause",
	.operands = "ID",
	.summary = "stop all processes of a container",
	.min_operands = 1,
	.max_operands = 1,
	.takes_id = true,
	.operand = { OPERAND_ID },
	.run = cmd_pause,
};

const struct command command_resume = {
	.name = "resume",
	.operands = "ID",
	.summary = "let a paused container go on",
	.min_operands = 1,
	.max_operands = 1,
	.takes_id = true,
	.operand = { OPERAND_ID },
	.run = cmd_resume,
};
