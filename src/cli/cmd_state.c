/* SPDX-License-Identifier: Apache-2.0 */
/* urun state: the OCI state document; go-runc reads it with stderr merged in. */
#include "cli/cli.h"

static int cmd_state(struct cli *cli, struct error *e)
{
	cleanup_free char *json = NULL;
	int r = urun_state_json(cli->ctx, cli->operands[0], &json);

	if (r < 0)
		return cli_library_error(cli, r, e);
	return output_text(json, e);
}

const struct command command_state = {
	.name = "state",
	.operands = "ID",
	.summary = "print the state of a container as JSON",
	.min_operands = 1,
	.max_operands = 1,
	.takes_id = true,
	.operand = { OPERAND_ID },
	.run = cmd_state,
};
