/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urun unshare: a command with the id maps that a container would have, as
 * podman's and buildah's: to look at and remove what belongs to sub-ids (P22).
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "cli/cli.h"

static int cmd_unshare(struct cli *cli, struct error *e)
{
	const char *shell = getenv("SHELL");
	const char *const interactive[] = { shell && *shell ? shell : "/bin/sh", NULL };
	const char *const *argv = cli->n_operands ? (const char *const *)cli->operands
						  : interactive;

	return cli_library_error(cli, urun_unshare(cli->ctx, argv, &cli->status), e);
}

const struct command command_unshare = {
	.name = "unshare",
	.operands = "[COMMAND [ARGUMENT...]]",
	.summary = "run a command as root of a user namespace with all your ids",
	.notes = "Without COMMAND it is $SHELL. The exit status is the command's, 127 where it\n"
		 "is not there, 126 where it cannot be run, and 1 where urun failed before it.\n",
	.order = ORDER_COMMAND,
	.max_operands = SIZE_MAX,
	.operand = { OPERAND_COMMAND },
	.run = cmd_unshare,
};
